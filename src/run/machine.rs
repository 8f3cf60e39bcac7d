use crate::compile::Target;
use crate::device::{Characterization, Device};
use crate::simulate::ReadOut;
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

    /// What goes wrong after gates, and on a device also when its qubits are read.
    pub fn read_out(&self) -> ReadOut<'_> {
        let noise = self.device().and_then(|device| device.noise.as_ref());
        let misread = match self {
            Machine::Ideal | Machine::Noisy(_) => 0.0,
            Machine::Qpu(device) => device.characterization().map_or(0.0, Characterization::misread),
        };
        ReadOut { noise, misread }
    }

    /// What QIS circuits are compiled for before they run with noise: the gates of the device, and on the device itself between the
    /// qubits that couple; `None` where they run as they are.
    pub fn target(&self) -> Option<Target> {
        match self {
            Machine::Ideal => None,
            Machine::Noisy(device) => Some(Target { qubits: None, couplings: None, ..Target::of(device) }),
            Machine::Qpu(device) => Some(Target::of(device)),
        }
    }
}
