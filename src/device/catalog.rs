use super::NoiseModel;
use serde::Deserialize;
use std::sync::LazyLock;

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

impl Device {
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
}

/// The built-in device files, in the order of the listing.
const FILES: [&str; 6] = [
    include_str!("../../fixtures/devices/simulator.toml"),
    include_str!("../../fixtures/devices/harmony.toml"),
    include_str!("../../fixtures/devices/aria-1.toml"),
    include_str!("../../fixtures/devices/aria-2.toml"),
    include_str!("../../fixtures/devices/forte-1.toml"),
    include_str!("../../fixtures/devices/forte-enterprise-1.toml"),
];

static DEVICES: LazyLock<Vec<Device>> = LazyLock::new(|| {
    let read = |file| toml::from_str(file).expect("built-in device files parse, see the test below");
    FILES.into_iter().map(read).collect()
});

/// Every backend, in the order of the listing.
pub fn all() -> &'static [Device] {
    &DEVICES
}

/// The full name of a backend: `qpu` alone is an old name of Aria 1.
pub fn canonical(name: &str) -> String {
    if name == "qpu" { "qpu.aria-1".to_owned() } else { name.to_owned() }
}

/// A backend by name.
pub fn find(name: &str) -> Option<&'static Device> {
    all().iter().find(|device| device.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::{Gateset, table};

    #[test]
    fn every_device_file_parses_and_names_gates_of_the_table() {
        for file in FILES {
            let device: Device = toml::from_str(file).unwrap();
            assert!(device.native_gates.iter().all(|name| table::find(Gateset::Native, name).is_some()), "{}", device.name);
            assert_eq!(device.is_qpu(), device.characterization.is_some(), "{}", device.name);
            assert_eq!(device.is_qpu(), device.noise.is_some(), "{}", device.name);
            assert!(device.qubits <= crate::circuit::MAX_QUBITS);
        }
        assert_eq!(all().len(), std::fs::read_dir("fixtures/devices").unwrap().count(), "a device file is not built in");
    }
}
