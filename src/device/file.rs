use super::NoiseModel;
use super::characterization::{self, Characterization};
use crate::gates::{Gateset, table};
use jiff::Timestamp;
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
    /// What it takes at most besides its width.
    #[serde(default)]
    pub limits: Limits,
    /// What was measured, newest first; the simulator has none.
    #[serde(default, rename = "characterization")]
    pub characterizations: Vec<Characterization>,
}

/// What a device takes at most; more is accepted and fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Shots of a job.
    pub shots: Option<u32>,
    /// Gates of a circuit, as it is submitted.
    pub gates: Option<usize>,
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
    /// A limit that nothing could keep.
    #[error("limits.{name} is 0, at least 1 is needed")]
    Limit {
        /// Which.
        name: &'static str,
    },
    /// A characterization that is not older than the one before it.
    #[error("characterization[{index}].date is {given}, the newest comes first: one before {needed} is needed")]
    Order {
        /// Which one.
        index: usize,
        /// As given.
        given: Timestamp,
        /// The date of the one before.
        needed: Timestamp,
    },
    /// A time that is none.
    #[error("{field} is {given}, a number of seconds ≥ 0 is needed")]
    Time {
        /// Where.
        field: String,
        /// As given.
        given: f64,
    },
    /// A rate or fidelity that is no probability.
    #[error("{field} is {given}, a number in 0..=1 is needed")]
    Probability {
        /// Where.
        field: String,
        /// As given.
        given: f64,
    },
    /// A native gate that is none, or not all that circuits are compiled to.
    #[error("native_gates is {given:?}, allowed are {allowed} with gpi, gpi2 and one of ms, zz among them")]
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
        let compiled_to = self.plays("gpi") && self.plays("gpi2") && (self.plays("ms") || self.plays("zz"));
        if !self.native_gates.iter().all(known) || !compiled_to {
            return Err(DeviceError::NativeGates { given: self.native_gates.clone(), allowed: table::names(Gateset::Native) });
        }
        let wrong = |pair: &[usize; 2]| pair[0] == pair[1] || pair.iter().any(|&qubit| qubit >= qubits);
        let pairs = self.connectivity.iter().flatten().copied();
        if let Some((index, given)) = pairs.enumerate().find(|(_, pair)| wrong(pair)) {
            return Err(DeviceError::Coupling { index, given, qubits });
        }
        if let Some((name, _)) = [("shots", self.limits.shots.map(u64::from)), ("gates", self.limits.gates.map(|gates| gates as u64))]
            .into_iter()
            .find(|(_, limit)| *limit == Some(0))
        {
            return Err(DeviceError::Limit { name });
        }
        self.check_rates()?;
        characterization::check(&self.characterizations)
    }

    fn check_rates(&self) -> Result<(), DeviceError> {
        let rates = self.noise.iter().flat_map(|noise| [("one_qubit", noise.one_qubit), ("two_qubit", noise.two_qubit)]);
        rates.into_iter().try_for_each(|(name, rate)| characterization::probability(format!("noise.{name}"), rate))
    }

    /// The only backend that gives exact probabilities.
    pub const SIMULATOR: &'static str = "simulator";

    /// Whether the results are counts over shots rather than exact probabilities.
    pub fn is_qpu(&self) -> bool {
        self.name != Self::SIMULATOR
    }

    /// What was measured last; `None` for the simulator.
    pub fn characterization(&self) -> Option<&Characterization> {
        self.characterizations.first()
    }

    /// The pairs of qubits that can interact, each with the lower one first, ascending: the listed ones, or all.
    pub fn pairs(&self) -> Vec<[usize; 2]> {
        let Some(listed) = &self.connectivity else {
            return (0..self.qubits).flat_map(|a| (a + 1..self.qubits).map(move |b| [a, b])).collect();
        };
        let mut pairs: Vec<_> = listed.iter().map(|&[a, b]| [a.min(b), a.max(b)]).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    /// Whether two qubits can interact.
    pub fn couples(&self, a: usize, b: usize) -> bool {
        self.connectivity.as_ref().is_none_or(|pairs| pairs.contains(&[a, b]) || pairs.contains(&[b, a]))
    }

    /// Whether the device plays a native gate of this name.
    pub fn plays(&self, native: &str) -> bool {
        native == "nop" || self.native_gates.iter().any(|gate| gate == native)
    }

    /// The chance that nothing goes wrong from preparation to readout, by the median fidelities of the device: the product over
    /// the gates on one and on two qubits and the readout of `qubits` qubits. `None` for the simulator, where nothing does.
    pub fn estimated_fidelity(&self, one_qubit: usize, two_qubit: usize, qubits: usize) -> Option<f64> {
        let Characterization { fidelity_1q, fidelity_2q, fidelity_spam, .. } = self.characterization()?;
        let power = |fidelity: &f64, times: usize| fidelity.powf(times as f64);
        Some(power(fidelity_1q, one_qubit) * power(fidelity_2q, two_qubit) * power(fidelity_spam, qubits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Catalog;

    #[test]
    fn a_device_file_that_makes_no_sense_is_refused_by_field() {
        let file = |change: (&str, &str)| {
            let text = include_str!("../../fixtures/devices/forte-1.toml").replace(change.0, change.1);
            Device::read(&text).map(|_| ()).unwrap_err().to_string()
        };
        assert_eq!(file(("qubits = 36", "qubits = 65")), "qubits is 65, a whole number from 1 to 64 is needed");
        assert!(file(("\"zz\"", "\"zx\"")).starts_with("native_gates is [\"gpi\", \"gpi2\", \"zx\"], allowed are gpi, gpi2, ms, zz, nop"));
        for missing in [", \"zz\"", "\"gpi\", ", ", \"gpi2\""] {
            assert!(file((missing, "")).ends_with("with gpi, gpi2 and one of ms, zz among them"), "without {missing}");
        }
        assert!(
            file(("[\"gpi\", \"gpi2\", \"zz\"]", "[\"ms\"]"))
                .starts_with("native_gates is [\"ms\"], allowed are gpi, gpi2, ms, zz, nop with")
        );
        let pairs = file(("qubits = 36", "qubits = 36\nconnectivity = [[0, 1], [1, 36]]"));
        assert_eq!(pairs, "connectivity[1] is [1, 36], two different qubits in 0..=35 are needed");
        assert!(file(("qubits = 36", "qubit = 36")).contains("qubit"));
        assert_eq!(file(("one_qubit = 0.0002666666666666667", "one_qubit = 1.5")), "noise.one_qubit is 1.5, a number in 0..=1 is needed");
        let spam = file(("fidelity_spam = 0.9959", "fidelity_spam = nan"));
        assert_eq!(spam, "characterization[1].fidelity_spam is NaN, a number in 0..=1 is needed");
        assert_eq!(file(("t2 = 1.0", "t2 = -1.0")), "characterization[0].t2 is -1, a number of seconds ≥ 0 is needed");
        let order = "characterization[1].date is 2026-07-09T00:00:00Z, the newest comes first: one before 2026-06-16T00:00:00Z is needed";
        assert_eq!(file(("2026-06-09", "2026-07-09")), order);
        assert!(file(("id = \"6f6f", "id = \"6f6")).contains("UUID"));
        assert!(file(("2026-06-16T", "16 June, ")).contains("date is needed"));
        assert_eq!(file(("shots = 10000", "shots = 0")), "limits.shots is 0, at least 1 is needed");
    }

    #[test]
    fn the_example_of_a_device_of_ones_own_is_one() {
        for file in std::fs::read_dir("fixtures/devices/examples").unwrap() {
            let device = Device::read(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
            Catalog::default().with(device).unwrap();
        }
        let tempo = Device::read(include_str!("../../fixtures/devices/examples/tempo.toml")).unwrap();
        assert_eq!(tempo.pairs().len(), 6 * 7 + 5 * 8);
        assert!(tempo.couples(8, 0) && tempo.couples(46, 47) && !tempo.couples(7, 8));
    }

    #[test]
    fn all_pairs_couple_unless_some_are_listed() {
        let aria = Device::read(include_str!("../../fixtures/devices/aria-1.toml")).unwrap();
        let pairs = aria.pairs();
        assert_eq!((pairs.len(), pairs[0], pairs[299]), (300, [0, 1], [23, 24]));
        assert!(aria.couples(24, 3));
        let listed = Device { connectivity: Some(vec![[2, 1], [0, 1], [1, 2]]), ..aria };
        assert_eq!(listed.pairs(), [[0, 1], [1, 2]]);
        assert!(listed.couples(2, 1) && !listed.couples(0, 2));
    }
}
