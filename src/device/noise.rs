use serde::Deserialize;

/// Depolarizing noise after every gate.
///
/// With rate r, a one-qubit gate is followed by each Pauli error with probability r/4, a two-qubit gate by each of the fifteen
/// products with probability r/16. Source: IonQ's description of its noise models.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseModel {
    /// The names it has in a job's `noise.model`.
    pub names: Vec<String>,
    /// Rate after a one-qubit gate.
    pub one_qubit: f64,
    /// Rate after a two-qubit gate.
    pub two_qubit: f64,
    /// The widest circuit the simulator takes under this model.
    pub qubits: usize,
}

impl NoiseModel {
    /// The name of no noise at all.
    pub const IDEAL: &'static str = "ideal";

    /// The first of its names.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

/// A noise model that nobody has heard of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("noise model {given:?} is not known, allowed are {allowed}")]
pub struct UnknownNoiseModel {
    given: String,
    allowed: String,
}

impl UnknownNoiseModel {
    pub(super) fn new<'a>(given: &str, allowed: impl Iterator<Item = &'a str>) -> UnknownNoiseModel {
        UnknownNoiseModel { given: given.chars().take(64).collect(), allowed: allowed.collect::<Vec<_>>().join(", ") }
    }
}
