//! How a file says what goes wrong.

use super::spelling::Form;
use super::{Act, Fault, Scenario, ScenarioError, When};
use crate::api::{OPERATIONS, Operation};
use serde::{Deserialize, Serialize};

/// A scenario file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) description: String,
    #[serde(default)]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) fault: Vec<Entry>,
}

/// One `[[fault]]` of a file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    on: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nth: Option<Vec<u64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    #[serde(rename = "do")]
    act: Form,
}

impl Entry {
    pub(super) fn read(self, index: usize) -> Result<Fault, ScenarioError> {
        let wrong = |name: &str, given: String, needed: &str| Err(ScenarioError::field(index, name, given, needed));
        let on = match self.on.as_str() {
            "*" => None,
            name => match OPERATIONS.iter().find(|spec| spec.name == name) {
                Some(spec) => Some(spec.operation),
                None => {
                    let names: Vec<&str> = OPERATIONS.iter().map(|spec| spec.name).collect();
                    return wrong("on", format!("{name:?}"), &format!("\"*\" or one of {}", names.join(", ")));
                }
            },
        };
        let when = match (self.every, self.nth, self.probability) {
            (None, None, None) => When::Always,
            (Some(0), None, None) => return wrong("every", "0".to_owned(), "a number ≥ 1"),
            (Some(every), None, None) => When::Every(every),
            (None, Some(nth), None) if nth.is_empty() || nth.contains(&0) => {
                return wrong("nth", format!("{nth:?}"), "a list of numbers ≥ 1");
            }
            (None, Some(nth), None) if nth.len() > Scenario::MOST_FAULTS => {
                return wrong("nth", format!("a list of {}", nth.len()), &format!("at most {}", Scenario::MOST_FAULTS));
            }
            (None, Some(nth), None) => When::Nth(nth),
            (None, None, Some(probability)) if (0.0..=1.0).contains(&probability) => When::Probability(probability),
            (None, None, Some(probability)) => return wrong("probability", probability.to_string(), "a number from 0 to 1"),
            _ => return wrong("every", "given together with another of every, nth and probability".to_owned(), "one of them at most"),
        };
        if self.times == Some(0) {
            return wrong("times", "0".to_owned(), "a number ≥ 1");
        }
        let act = Act::read(self.act, index)?;
        if let Some(operation) = on.filter(|operation| !act.acts_on(*operation)) {
            let possible = OPERATIONS.iter().filter(|spec| act.acts_on(spec.operation)).map(|spec| spec.name);
            let needed =
                format!("one of the operations that its fault can happen to ({}) or \"*\"", possible.collect::<Vec<_>>().join(", "));
            return wrong("on", format!("{:?}", operation.name()), &needed);
        }
        Ok(Fault { on, when, times: self.times, act })
    }

    pub(super) fn of(fault: &Fault) -> Entry {
        let none = Entry {
            on: fault.on.map_or("*", Operation::name).to_owned(),
            every: None,
            nth: None,
            probability: None,
            times: fault.times,
            act: fault.act.form(),
        };
        match &fault.when {
            When::Always => none,
            When::Every(every) => Entry { every: Some(*every), ..none },
            When::Nth(nth) => Entry { nth: Some(nth.clone()), ..none },
            When::Probability(probability) => Entry { probability: Some(*probability), ..none },
        }
    }
}
