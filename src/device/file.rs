use super::NoiseModel;
use crate::gates::{Gateset, table};
use serde::Deserialize;

/// A backend: a device file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The name jobs are sent to, such as `qpu.aria-1`.
    pub name: String,
    /// Whether it takes jobs.
    pub status: Status,
    /// The widest circuit.
    pub qubits: usize,
    /// The native gates it plays.
    pub native_gates: Vec<String>,
    /// The pairs of qubits that can interact directly; absent where all can.
    pub connectivity: Option<Vec<[usize; 2]>>,
    /// Typical time in the queue, in milliseconds, as the backend listing tells it.
    pub average_queue_time: u64,
    /// Where it stands.
    pub location: Option<String>,
    /// Power drawn, in kilowatts.
    pub kw: Option<f64>,
    /// Depolarizing rates after each gate; the ideal simulator has none.
    pub noise: Option<NoiseModel>,
    /// Measured fidelities and times; the simulator has none.
    pub characterization: Option<Characterization>,
}

/// Whether a backend takes jobs; the wire spelling is the lower-case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It does.
    Available,
    /// Not now.
    Unavailable,
    /// Never again.
    Retired,
}

impl Status {
    /// The wire spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Available => "available",
            Status::Unavailable => "unavailable",
            Status::Retired => "retired",
        }
    }
}

/// Median fidelities and times of a device. Times are in seconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields are the wire's
pub struct Characterization {
    pub id: String,
    pub date: String,
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

/// Why a text is no device.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// It is no TOML of the right shape.
    #[error("{0}")]
    Form(String),
    /// A width that no circuit has.
    #[error("qubits is {given}, a whole number from 1 to 64 is needed")]
    Width {
        /// As given.
        given: usize,
    },
    /// A name that no backend of IonQ has.
    #[error("name is {given:?}, qpu. and a name of letters, digits and hyphens are needed")]
    Name {
        /// As given.
        given: String,
    },
    /// A name of a noise model that another device has, or the ideal simulator.
    #[error("noise.names has {given:?}, which is taken by {by}")]
    NoiseName {
        /// As given.
        given: String,
        /// The device that has it.
        by: String,
    },
    /// A rate or fidelity that is no probability.
    #[error("{field} is {given}, a number in 0..=1 is needed")]
    Probability {
        /// Where.
        field: &'static str,
        /// As given.
        given: f64,
    },
    /// A native gate that is none, or no entangling one.
    #[error("native_gates is {given:?}, allowed are {allowed} with ms or zz among them")]
    NativeGates {
        /// As given.
        given: Vec<String>,
        /// The native gates there are.
        allowed: String,
    },
    /// A coupling to itself, or to a qubit that the device does not have.
    #[error("connectivity[{index}] is {given:?}, two different qubits in 0..={} are needed", qubits - 1)]
    Coupling {
        /// Which pair.
        index: usize,
        /// As given.
        given: [usize; 2],
        /// How many qubits the device has.
        qubits: usize,
    },
}

impl Device {
    /// Reads a device file, such as those in `fixtures/devices`.
    ///
    /// # Errors
    /// [`DeviceError`], naming the field.
    pub fn read(text: &str) -> Result<Device, DeviceError> {
        let device: Device = toml::from_str(text).map_err(|error| DeviceError::Form(error.message().to_owned()))?;
        device.check().map(|()| device)
    }

    /// Whether the numbers make sense; a device file that was read has been checked.
    ///
    /// # Errors
    /// [`DeviceError`], naming the field.
    pub fn check(&self) -> Result<(), DeviceError> {
        const WIDEST: usize = 64;
        let qubits = self.qubits;
        if !(1..=WIDEST).contains(&qubits) {
            return Err(DeviceError::Width { given: qubits });
        }
        let known = |name: &String| table::find(Gateset::Native, name).is_some();
        if !self.native_gates.iter().all(known) || !(self.plays("ms") || self.plays("zz")) {
            return Err(DeviceError::NativeGates { given: self.native_gates.clone(), allowed: table::names(Gateset::Native) });
        }
        let wrong = |pair: &[usize; 2]| pair[0] == pair[1] || pair.iter().any(|&qubit| qubit >= qubits);
        let pairs = self.connectivity.iter().flatten().copied();
        if let Some((index, given)) = pairs.enumerate().find(|(_, pair)| wrong(pair)) {
            return Err(DeviceError::Coupling { index, given, qubits });
        }
        match self.probabilities().into_iter().find(|(_, given)| !(0.0..=1.0).contains(given)) {
            Some((field, given)) => Err(DeviceError::Probability { field, given }),
            None => Ok(()),
        }
    }

    /// Every number that must be a probability, and where it stands in the file.
    fn probabilities(&self) -> Vec<(&'static str, f64)> {
        let rates = self.noise.iter().flat_map(|noise| [("noise.one_qubit", noise.one_qubit), ("noise.two_qubit", noise.two_qubit)]);
        let fidelities = self.characterization.iter().flat_map(|known| {
            [
                ("characterization.fidelity_1q", known.fidelity_1q),
                ("characterization.fidelity_2q", known.fidelity_2q),
                ("characterization.fidelity_spam", known.fidelity_spam),
            ]
        });
        rates.chain(fidelities).collect()
    }

    /// The only backend that gives exact probabilities.
    pub const SIMULATOR: &'static str = "simulator";

    /// Whether the results are counts over shots rather than exact probabilities.
    pub fn is_qpu(&self) -> bool {
        self.name != Self::SIMULATOR
    }

    /// Whether the device plays a native gate of this name.
    pub fn plays(&self, native: &str) -> bool {
        native == "nop" || self.native_gates.iter().any(|gate| gate == native)
    }

    /// The chance that nothing goes wrong from preparation to readout, by the median fidelities of the device: the product over
    /// the gates on one and on two qubits and the readout of `qubits` qubits. `None` for the simulator, where nothing does.
    pub fn estimated_fidelity(&self, one_qubit: usize, two_qubit: usize, qubits: usize) -> Option<f64> {
        let Characterization { fidelity_1q, fidelity_2q, fidelity_spam, .. } = self.characterization.as_ref()?;
        let power = |fidelity: &f64, times: usize| fidelity.powf(times as f64);
        Some(power(fidelity_1q, one_qubit) * power(fidelity_2q, two_qubit) * power(fidelity_spam, qubits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_file_that_makes_no_sense_is_refused_by_field() {
        let file = |change: (&str, &str)| {
            let text = include_str!("../../fixtures/devices/forte-1.toml").replace(change.0, change.1);
            Device::read(&text).map(|_| ()).unwrap_err().to_string()
        };
        assert_eq!(file(("qubits = 36", "qubits = 65")), "qubits is 65, a whole number from 1 to 64 is needed");
        assert!(file(("\"zz\"", "\"zx\"")).starts_with("native_gates is [\"gpi\", \"gpi2\", \"zx\"], allowed are gpi, gpi2, ms, zz, nop"));
        assert!(file((", \"zz\"]", "]")).ends_with("with ms or zz among them"));
        let pairs = file(("qubits = 36", "qubits = 36\nconnectivity = [[0, 1], [1, 36]]"));
        assert_eq!(pairs, "connectivity[1] is [1, 36], two different qubits in 0..=35 are needed");
        assert!(file(("qubits = 36", "qubit = 36")).contains("qubit"));
        assert_eq!(file(("one_qubit = 0.0002666666666666667", "one_qubit = 1.5")), "noise.one_qubit is 1.5, a number in 0..=1 is needed");
        let spam = file(("fidelity_spam = 0.9962", "fidelity_spam = nan"));
        assert_eq!(spam, "characterization.fidelity_spam is NaN, a number in 0..=1 is needed");
    }
}
