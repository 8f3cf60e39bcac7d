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
    /// More gates than the device takes.
    #[error("the circuit has {given} gates, {device} takes {allowed}")]
    Gates {
        /// Of the circuit.
        given: usize,
        /// What the device takes.
        allowed: usize,
        /// The device.
        device: String,
    },
    /// More shots than the device takes.
    #[error("the job has {given} shots, {device} takes {allowed}")]
    Shots {
        /// Of the job.
        given: u32,
        /// What the device takes.
        allowed: u32,
        /// The device.
        device: String,
    },
    /// A native gate between qubits that do not couple.
    #[error("operation {index}: {gate} on qubits {} and {}, which do not couple on {device}", pair[0], pair[1])]
    Pair {
        /// Which operation.
        index: usize,
        /// Its gate.
        gate: &'static str,
        /// The qubits.
        pair: [usize; 2],
        /// The device.
        device: String,
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
        Machine::Qpu(device) => {
            check_limits(program, options, device)?;
            check_gates(program, device)
        }
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

fn check_limits(program: &Program, options: &RunOptions, device: &Device) -> Result<(), Unfit> {
    let (shots, gates) = (options.shots.get(), program.len());
    match (device.limits.shots, device.limits.gates) {
        (Some(allowed), _) if shots > allowed => Err(Unfit::Shots { given: shots, allowed, device: device.name.clone() }),
        (_, Some(allowed)) if gates > allowed => Err(Unfit::Gates { given: gates, allowed, device: device.name.clone() }),
        _ => Ok(()),
    }
}

/// Native gates are played as they are written, so the device must play them, and where they are.
fn check_gates(program: &Program, device: &Device) -> Result<(), Unfit> {
    let Program::Native(circuit) = program else { return Ok(()) };
    for (index, operation) in circuit.operations().iter().enumerate() {
        let gate = operation.gate.spec().name;
        if !device.plays(gate) {
            return Err(Unfit::Gate { index, gate, device: device.name.clone(), allowed: device.native_gates.join(", ") });
        }
        if let &[a, b] = operation.targets.as_slice()
            && !device.couples(a, b)
        {
            return Err(Unfit::Pair { index, gate, pair: [a, b], device: device.name.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{Circuit, On};
    use crate::gates::{Native, Qis, Turns};
    use crate::outcome::Shots;
    use std::sync::Arc;

    fn refused(program: impl Into<Program>, machine: Machine, shots: i64) -> Option<String> {
        let options = RunOptions { shots: Shots::new(shots).unwrap(), machine, ..RunOptions::default() };
        check(&program.into(), &options).err().map(|problem| problem.to_string())
    }

    fn tempo() -> Machine {
        Machine::Qpu(Arc::new(Device::read(include_str!("../../fixtures/devices/examples/tempo.toml")).unwrap()))
    }

    fn qpu(name: &str) -> Machine {
        Machine::Qpu(Catalog::built_in().find(name).unwrap().clone())
    }

    fn idle(qubits: usize) -> Circuit<Qis> {
        Circuit::new(qubits, []).unwrap()
    }

    #[test]
    fn the_width_is_that_of_the_device_or_of_the_simulator_under_its_model() {
        let model = |name: &str| Machine::Noisy(Catalog::built_in().noise_model(name).unwrap().unwrap().clone());
        for (machine, allowed, of) in [
            (Machine::Ideal, 29, "backend simulator"),
            (model("aria-1"), 25, "noise model aria-1"),
            (model("harmony-2"), 11, "noise model harmony"),
            (model("forte-1"), 29, "backend simulator"),
            (qpu("qpu.aria-1"), 25, "backend qpu.aria-1"),
            (qpu("qpu.forte-1"), 36, "backend qpu.forte-1"),
            (tempo(), 48, "backend qpu.tempo-example"),
        ] {
            assert_eq!(refused(idle(allowed), machine.clone(), 100), None, "{of}");
            let message = format!("the circuit has {} qubits, {of} has {allowed}", allowed + 1);
            assert_eq!(refused(idle(allowed + 1), machine, 100), Some(message));
        }
    }

    #[test]
    fn shots_and_gates_beyond_the_limits_of_the_device_are_refused() {
        assert_eq!(refused(idle(1), qpu("qpu.aria-1"), 10_000), None);
        let message = "the job has 10001 shots, qpu.aria-1 takes 10000";
        assert_eq!(refused(idle(1), qpu("qpu.aria-1"), 10_001).as_deref(), Some(message));
        assert_eq!(refused(idle(1), Machine::Ideal, 1_000_000), None);
        let long = |gates: usize| Circuit::new(1, (0..gates).map(|_| Qis::X.on([0]))).unwrap();
        assert_eq!(refused(long(5000), tempo(), 100), None);
        assert_eq!(refused(long(5001), tempo(), 100).as_deref(), Some("the circuit has 5001 gates, qpu.tempo-example takes 5000"));
        assert_eq!(refused(long(5001), qpu("qpu.aria-1"), 100), None);
    }

    #[test]
    fn native_gates_must_be_the_devices_own_and_where_it_can_play_them() {
        let circuit = |gate: Native, pair: [usize; 2]| Circuit::new(9, [Native::Nop.on([0]), gate.on(pair)]).unwrap();
        let ms = || Native::Ms(Turns(0.0), Turns(0.0), Turns(0.25));
        let message = "operation 1: qpu.forte-1 does not play ms, its gates are gpi, gpi2, zz";
        assert_eq!(refused(circuit(ms(), [0, 1]), qpu("qpu.forte-1"), 100).as_deref(), Some(message));
        assert_eq!(refused(circuit(ms(), [0, 1]), qpu("qpu.aria-1"), 100), None);
        assert_eq!(refused(circuit(ms(), [0, 1]), Machine::Ideal, 100), None);
        assert_eq!(refused(circuit(Native::Zz(Turns(0.1)), [8, 0]), tempo(), 100), None);
        let message = "operation 1: zz on qubits 0 and 2, which do not couple on qpu.tempo-example";
        assert_eq!(refused(circuit(Native::Zz(Turns(0.1)), [0, 2]), tempo(), 100).as_deref(), Some(message));
    }
}
