use crate::device::{Device, NoiseModel};
use std::sync::Arc;

/// What runs a program.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Machine {
    /// The simulator without noise: exact probabilities, no counts.
    #[default]
    Ideal,
    /// The simulator under the noise model of this device.
    Noisy(Arc<Device>),
    /// This device, with all that goes wrong on it.
    Qpu(Arc<Device>),
}

impl Machine {
    /// What runs the jobs of a backend. `noise` is the device whose model a job asks for; a device has its own, whatever a job
    /// asks for.
    pub fn of(backend: &Arc<Device>, noise: Option<&Arc<Device>>) -> Machine {
        match (backend.is_qpu(), noise) {
            (true, _) => Machine::Qpu(Arc::clone(backend)),
            (false, Some(device)) => Machine::Noisy(Arc::clone(device)),
            (false, None) => Machine::Ideal,
        }
    }

    /// Whether the results are exact probabilities without counts.
    pub fn is_ideal(&self) -> bool {
        matches!(self, Machine::Ideal)
    }

    /// The device that runs the program or lends its noise.
    pub fn device(&self) -> Option<&Arc<Device>> {
        match self {
            Machine::Ideal => None,
            Machine::Noisy(device) | Machine::Qpu(device) => Some(device),
        }
    }

    /// What goes wrong after each gate.
    pub fn noise(&self) -> Option<&NoiseModel> {
        self.device().and_then(|device| device.noise.as_ref())
    }
}
