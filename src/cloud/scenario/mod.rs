//! How the cloud misbehaves, on request: a scenario is a list of faults, each with the operation it concerns, when it happens, and what it
//! does. The same rules drive every adapter.
//!
//! Read [`Scenario`] first, then `act.rs` for what a fault can do and `engine.rs` for when it does. `mishaps.rs` is what happens to a job,
//! `refusal.rs` writes other statuses, `results.rs` rewrites results, `delivery.rs` is what adapters get, `control.rs` answers below
//! `/_paultrap`.

mod act;
mod control;
mod delivery;
mod engine;
mod file;
mod journal;
mod library;
mod map;
mod mishaps;
mod numbers;
mod path;
mod plan;
mod refusal;
mod results;
mod spelling;

pub use act::{Act, Numbers, Paging};
pub use delivery::{Adapter, Conduct, Delivery, Ending};
pub use path::Path;
pub use refusal::{Refusal, RetryAfter};

pub(super) use control::Control;
pub(super) use engine::{Asked, Engine, Named};
pub(super) use journal::Visit;
pub(super) use mishaps::{Fate, Mishaps};
pub(super) use plan::Plan;
pub(super) use refusal::Scene;
pub(super) use results::{Widths, disordered};

use crate::api::Operation;
use crate::outcome::Seed;
use file::File;

/// The metadata of a job that names the scenario it wants in the place of the cloud's.
pub(super) const SCENARIO_KEY: &str = "paultrap.scenario";

/// What goes wrong in a cloud, and when: a built-in one, a file as `fixtures/scenarios/README.md` has it, or put together:
///
/// ```
/// use paultrap::api::Operation;
/// use paultrap::cloud::{Act, Fault, Scenario};
/// let lost = Scenario::new("the answer to every third create is lost after the job exists")
///     .fault(Fault::on(Operation::CreateJob, Act::DropAfter).every(3));
/// let same = Scenario::parse(r#"
///     description = "the answer to every third create is lost after the job exists"
///     [[fault]]
///     on = "create_job"
///     every = 3
///     do = "drop_after"
/// "#)?;
/// assert_eq!(lost, same);
/// # Ok::<(), paultrap::cloud::ScenarioError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a scenario does nothing before a cloud gets it"]
pub struct Scenario {
    name: Option<String>,
    description: String,
    seed: Seed,
    faults: Vec<Fault>,
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a fault does nothing outside a scenario"]
pub struct Fault {
    /// `None` for every operation that it can do anything to.
    on: Option<Operation>,
    when: When,
    /// How often at most.
    times: Option<u64>,
    act: Act,
}

/// Which of the requests that a fault concerns it strikes. The first request is number 1.
#[derive(Debug, Clone, PartialEq)]
enum When {
    Always,
    Every(u64),
    Nth(Vec<u64>),
    Probability(f64),
}

/// Why a text is no scenario, or why a scenario cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// It is no TOML, or JSON, of the right shape.
    #[error("{0}")]
    Form(String),
    /// A field makes no sense.
    #[error("{field} is {given}, {needed} is needed")]
    Field {
        /// Which, such as `fault[0].do.scale`.
        field: String,
        /// As given.
        given: String,
        /// What is allowed.
        needed: String,
    },
    /// No built-in scenario is called so.
    #[error("no built-in scenario is named {given:?}, there are {}", library::names())]
    Unknown {
        /// As given.
        given: String,
    },
    /// An adapter cannot do what a fault asks for.
    #[error(
        "fault[{fault}].do is {given}, which {adapter} cannot do: it has no hold of the connection; use the stand-alone server or the embedded cloud"
    )]
    Unable {
        /// Which fault.
        fault: usize,
        /// What it does.
        given: String,
        /// Who cannot.
        adapter: Adapter,
    },
}

impl ScenarioError {
    fn field(fault: usize, name: &str, given: impl Into<String>, needed: impl Into<String>) -> ScenarioError {
        let given: String = given.into();
        let given = given.chars().take(128).collect();
        ScenarioError::Field { field: format!("fault[{fault}].{name}"), given, needed: needed.into() }
    }
}

impl Scenario {
    /// A scenario in which nothing goes wrong yet.
    pub fn new(description: impl Into<String>) -> Scenario {
        Scenario { name: None, description: description.into(), seed: Seed::default(), faults: Vec::new() }
    }

    /// One more thing that goes wrong. Of one request, faults happen in this order.
    pub fn fault(mut self, fault: Fault) -> Scenario {
        self.faults.push(fault);
        self
    }

    /// Where the chances of [`Fault::probability`] come from. Default: 0.
    pub fn seed(self, seed: Seed) -> Scenario {
        Scenario { seed, ..self }
    }

    /// The most faults that a file can have, and the most requests that one of them can name.
    pub const MOST_FAULTS: usize = 1000;

    /// Reads a scenario file: TOML, or the same as a JSON object.
    ///
    /// # Errors
    /// [`ScenarioError`], naming the field, or the line.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        let file = match text.trim_start().starts_with('{') {
            true => read(&mut serde_json::Deserializer::from_str(text)),
            false => match toml::Deserializer::parse(text) {
                Ok(toml) => read(toml),
                Err(error) => Err(ScenarioError::Form(in_one_line(&error, text))),
            },
        }?;
        if file.fault.len() > Self::MOST_FAULTS {
            return Err(ScenarioError::Field {
                field: "fault".to_owned(),
                given: format!("a list of {}", file.fault.len()),
                needed: format!("at most {}", Self::MOST_FAULTS),
            });
        }
        let faults = file.fault.into_iter().enumerate().map(|(index, fault)| fault.read(index)).collect::<Result<_, _>>()?;
        Ok(Scenario { name: None, description: file.description, seed: Seed(file.seed), faults })
    }

    /// A built-in scenario, from `fixtures/scenarios`.
    ///
    /// # Errors
    /// [`ScenarioError::Unknown`], which lists them.
    pub fn named(name: &str) -> Result<Scenario, ScenarioError> {
        library::named(name)
    }

    /// The built-in scenarios.
    pub fn all() -> impl Iterator<Item = Scenario> {
        library::all()
    }

    /// What a built-in scenario is called.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What it is about.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What goes wrong.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Whether an adapter can do all of it.
    ///
    /// # Errors
    /// [`ScenarioError::Unable`], naming the fault.
    pub fn check(&self, adapter: Adapter) -> Result<(), ScenarioError> {
        match self.faults.iter().enumerate().find(|(_, fault)| !adapter.can(&fault.act)) {
            None => Ok(()),
            Some((index, fault)) => {
                let given = serde_json::to_string(&fault.act.form()).unwrap_or_default();
                Err(ScenarioError::Unable { fault: index, given, adapter })
            }
        }
    }
}

impl Fault {
    /// Something that always happens to an operation.
    ///
    /// # Panics
    /// If it cannot happen to it ([`Act::acts_on`]): the answer to a question for a job has no numbers to change.
    pub fn on(operation: Operation, act: Act) -> Fault {
        assert!(act.acts_on(operation), "{act:?} cannot happen to {}", operation.name());
        Fault { on: Some(operation), when: When::Always, times: None, act }
    }

    /// Something that happens to every operation that it can happen to.
    pub fn on_all(act: Act) -> Fault {
        Fault { on: None, when: When::Always, times: None, act }
    }

    /// Only to each `n`-th request; 0 is taken as 1.
    pub fn every(self, n: u64) -> Fault {
        Fault { when: When::Every(n.max(1)), ..self }
    }

    /// Only to these requests, the first being 1.
    pub fn nth(self, requests: impl IntoIterator<Item = u64>) -> Fault {
        Fault { when: When::Nth(requests.into_iter().collect()), ..self }
    }

    /// Only with a probability; the seed decides.
    pub fn probability(self, probability: f64) -> Fault {
        Fault { when: When::Probability(probability.clamp(0.0, 1.0)), ..self }
    }

    /// At most so often.
    pub fn times(self, times: u64) -> Fault {
        Fault { times: Some(times), ..self }
    }

    /// What it does.
    pub fn act(&self) -> &Act {
        &self.act
    }

    fn concerns(&self, operation: Operation) -> bool {
        self.on.is_none_or(|on| on == operation) && self.act.acts_on(operation)
    }
}

/// Reads a file, whatever it is written in; an error says where.
fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<File, ScenarioError> {
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        let problem = error.into_inner().to_string();
        let problem = problem.lines().last().unwrap_or_default(); // TOML's shows the line above it
        ScenarioError::Form(if path == "." { problem.to_owned() } else { format!("{path}: {problem}") })
    })
}

/// What is wrong with a text that is no TOML.
fn in_one_line(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
    format!("line {line} is no TOML: {}", error.message())
}

#[cfg(test)]
mod tests;
