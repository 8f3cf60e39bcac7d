use super::DeviceError;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};
use uuid::Uuid;

/// Median fidelities and times of a device on a day. Times are in seconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields are the wire's
pub struct Characterization {
    #[serde(deserialize_with = "id")]
    pub id: Uuid,
    #[serde(deserialize_with = "date")]
    pub date: Timestamp,
    pub fidelity_1q: f64,
    pub fidelity_2q: f64,
    pub fidelity_spam: f64,
    pub t1: f64,
    pub t2: f64,
    pub time_1q: f64,
    pub time_2q: f64,
    pub readout: f64,
    pub reset: f64,
}

impl Characterization {
    /// The probability that a bit is reported turned over. State preparation is counted with it, as fidelity_spam does.
    pub fn misread(&self) -> f64 {
        1.0 - self.fidelity_spam
    }
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = String::deserialize(deserializer)?;
    Uuid::try_parse(&text).map_err(|_| de::Error::custom(format!("id is {text:?}, a UUID is needed")))
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| de::Error::custom(format!("date is {text:?}, a date is needed such as 2026-06-16T00:00:00.000Z")))
}

/// Whether a history makes sense: numbers that can be, the newest first.
pub(super) fn check(history: &[Characterization]) -> Result<(), DeviceError> {
    for (index, known) in history.iter().enumerate() {
        let field = |name: &str| format!("characterization[{index}].{name}");
        let fidelities = [("fidelity_1q", known.fidelity_1q), ("fidelity_2q", known.fidelity_2q), ("fidelity_spam", known.fidelity_spam)];
        fidelities.into_iter().try_for_each(|(name, fidelity)| probability(field(name), fidelity))?;
        let times = [("t1", known.t1), ("t2", known.t2), ("time_1q", known.time_1q), ("time_2q", known.time_2q)];
        let times = times.into_iter().chain([("readout", known.readout), ("reset", known.reset)]);
        if let Some((name, given)) = times.into_iter().find(|(_, time)| !(time.is_finite() && *time >= 0.0)) {
            return Err(DeviceError::Time { field: field(name), given });
        }
    }
    let mut pairs = history.iter().zip(history.iter().skip(1)).enumerate();
    match pairs.find(|(_, (newer, older))| older.date >= newer.date) {
        Some((index, (newer, older))) => Err(DeviceError::Order { index: index + 1, given: older.date, needed: newer.date }),
        None => Ok(()),
    }
}

/// Whether a number is a probability.
pub(super) fn probability(field: String, given: f64) -> Result<(), DeviceError> {
    if (0.0..=1.0).contains(&given) { Ok(()) } else { Err(DeviceError::Probability { field, given }) }
}
