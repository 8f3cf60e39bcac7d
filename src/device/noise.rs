use super::catalog;
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

/// A noise model that nobody has heard of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("noise model {given:?} is not known, allowed are {}", NoiseModel::names().join(", "))]
pub struct UnknownNoiseModel {
    given: String,
}

impl NoiseModel {
    /// The name of no noise at all.
    pub const IDEAL: &'static str = "ideal";

    /// The model of this name; `None` for `ideal`.
    ///
    /// # Errors
    /// [`UnknownNoiseModel`], listing the known ones.
    pub fn named(name: &str) -> Result<Option<&'static NoiseModel>, UnknownNoiseModel> {
        if name == Self::IDEAL {
            return Ok(None);
        }
        let known = Self::all().find(|model| model.names.iter().any(|known| known == name));
        known.map(Some).ok_or_else(|| UnknownNoiseModel { given: name.chars().take(64).collect() })
    }

    /// Every name a job may use.
    pub fn names() -> Vec<&'static str> {
        std::iter::once(Self::IDEAL).chain(Self::all().flat_map(|model| model.names.iter().map(String::as_str))).collect()
    }

    fn all() -> impl Iterator<Item = &'static NoiseModel> {
        catalog::all().iter().filter_map(|device| device.noise.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_the_published_rates_and_unknown_ones_are_refused_with_the_list() {
        let aria = NoiseModel::named("aria-1").unwrap().unwrap();
        assert_eq!((aria.one_qubit, aria.two_qubit, aria.qubits), (0.0005, 0.0133, 25));
        assert_eq!(NoiseModel::named("ideal"), Ok(None));
        let error = NoiseModel::named("brisbane").unwrap_err().to_string();
        assert_eq!(
            error,
            "noise model \"brisbane\" is not known, allowed are ideal, harmony, harmony-1, harmony-2, aria-1, aria-2, forte-1, \
             forte-enterprise-1"
        );
    }
}
