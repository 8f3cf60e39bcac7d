//! What the cloud answers below `/_paultrap`: it is about the cloud itself, and no part of IonQ's API.

use super::{Scenario, ScenarioError};
use crate::api::{ErrorBody, Method, Reply, Request};
use crate::cloud::Shared;
use serde_json::json;

/// What can be asked there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cloud) enum Control {
    ShowScenario,
    LoadScenario,
    RemoveScenario,
    Reset,
    ShowJournal,
}

const ROUTES: &[(Method, &str, Control)] = &[
    (Method::Get, "/_paultrap/scenario", Control::ShowScenario),
    (Method::Put, "/_paultrap/scenario", Control::LoadScenario),
    (Method::Delete, "/_paultrap/scenario", Control::RemoveScenario),
    (Method::Post, "/_paultrap/reset", Control::Reset),
    (Method::Get, "/_paultrap/journal", Control::ShowJournal),
];

impl Control {
    /// Reads a request line.
    pub(in crate::cloud) fn parse(request: &Request) -> Option<Control> {
        let mut routes = ROUTES.iter().filter(|(_, path, _)| *path == request.path);
        routes.find(|(method, ..)| *method == request.method).map(|(.., control)| *control)
    }

    /// The methods that a path has something for.
    pub(in crate::cloud) fn allowed(path: &str) -> impl Iterator<Item = Method> {
        ROUTES.iter().filter(move |(_, known, _)| *known == path).map(|(method, ..)| *method)
    }
}

impl Shared {
    /// Does what is asked of the cloud itself.
    pub(in crate::cloud) fn control(&self, control: Control, body: &[u8]) -> Reply {
        let done = match control {
            Control::ShowScenario => Ok(()),
            Control::LoadScenario => scenario(body).and_then(|scenario| self.engine.load(Some(scenario))),
            Control::RemoveScenario => self.engine.load(None),
            Control::ShowJournal => return Reply::json(200, &self.engine.journal()),
            Control::Reset => {
                let jobs = self.state().clear();
                self.engine.restart();
                return Reply::json(200, &json!({ "jobs": jobs }));
            }
        };
        match done {
            Ok(()) => Reply::json(200, &self.engine.show()),
            Err(error) => Reply::error(&refusal(&error)),
        }
    }
}

/// Reads a scenario: a built-in one's name as a JSON text, or a whole one, in TOML or JSON.
fn scenario(body: &[u8]) -> Result<Scenario, ScenarioError> {
    let text = std::str::from_utf8(body).map_err(|error| ScenarioError::Form(format!("the scenario is no UTF-8: {error}")))?;
    match serde_json::from_str::<String>(text) {
        Ok(name) => Scenario::named(&name),
        Err(_) => Scenario::parse(text),
    }
}

/// 400, naming the field.
fn refusal(error: &ScenarioError) -> ErrorBody {
    let body = ErrorBody::new(400, error.to_string());
    match error {
        ScenarioError::Field { field, .. } => body.naming("payload", field),
        ScenarioError::Unable { fault, .. } => body.naming("payload", format!("fault[{fault}].do")),
        ScenarioError::Form(_) | ScenarioError::Unknown { .. } => body,
    }
}
