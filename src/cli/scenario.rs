use crate::cloud::{Scenario, ScenarioError};

/// A scenario by the name of a built-in one, or from a file.
pub(super) fn read(given: &str) -> Result<Scenario, String> {
    let unknown = match Scenario::named(given) {
        Ok(scenario) => return Ok(scenario),
        Err(error) => error,
    };
    match std::fs::read_to_string(given) {
        Ok(text) => Scenario::parse(&text).map_err(|error: ScenarioError| error.to_string()),
        Err(error) => Err(format!("it is no file ({error}), and {unknown}")),
    }
}

/// Says on standard error what is about to go wrong.
pub(super) fn announce(scenario: &Scenario) {
    let name = scenario.name().map(|name| format!(" {name}")).unwrap_or_default();
    tell!("paultrap: scenario{name}: {}", super::show::plain(scenario.description()));
}
