//! Whether a backend can run a program that is valid in itself.

use super::RunOptions;
use super::machine::Machine;
use crate::circuit::Program;
use crate::device::{Catalog, Device};
use crate::gates::Gate;

/// Why a backend cannot run a program, or not so often.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// More qubits than there are.
    #[error("the circuit has {given} qubits, {of} has {allowed}")]
    Qubits {
        /// Of the circuit.
        given: usize,
        /// Of the backend.
        allowed: usize,
        /// The backend or the noise model.
        of: String,
    },
    /// A native gate that the device does not play.
    #[error("operation {index}: {device} does not play {gate}, its gates are {allowed}")]
    Gate {
        /// Which operation.
        index: usize,
        /// Its gate.
        gate: &'static str,
        /// The device.
        device: String,
        /// The gates it plays.
        allowed: String,
    },
}

/// Whether a machine can run a program that is valid in itself.
///
/// # Errors
/// [`Unfit`], the first reason found.
pub fn check(program: &Program, options: &RunOptions) -> Result<(), Unfit> {
    check_width(program, &options.machine)?;
    match &options.machine {
        Machine::Qpu(device) => check_gates(program, device),
        Machine::Ideal | Machine::Noisy(_) => Ok(()),
    }
}

fn check_width(program: &Program, machine: &Machine) -> Result<(), Unfit> {
    let simulator = Catalog::built_in().find(Device::SIMULATOR).map_or(0, |simulator| simulator.qubits);
    let (allowed, of) = match machine {
        Machine::Qpu(device) => (device.qubits, format!("backend {}", device.name)),
        Machine::Noisy(device) => match &device.noise {
            Some(noise) if noise.qubits < simulator => (noise.qubits, format!("noise model {}", noise.name())),
            _ => (simulator, format!("backend {}", Device::SIMULATOR)),
        },
        Machine::Ideal => (simulator, format!("backend {}", Device::SIMULATOR)),
    };
    let given = program.qubits();
    if given > allowed { Err(Unfit::Qubits { given, allowed, of }) } else { Ok(()) }
}

fn check_gates(program: &Program, device: &Device) -> Result<(), Unfit> {
    let Program::Native(circuit) = program else { return Ok(()) };
    let mut gates = circuit.operations().iter().map(|operation| operation.gate.spec().name).enumerate();
    match gates.find(|(_, gate)| !device.plays(gate)) {
        None => Ok(()),
        Some((index, gate)) => {
            let allowed = device.native_gates.join(", ");
            Err(Unfit::Gate { index, gate, device: device.name.clone(), allowed })
        }
    }
}
