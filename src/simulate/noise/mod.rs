//! Device noise: each shot has errors and misread bits of its own, whatever engine its state is computed by.
//!
//! `channels.rs` tells what chance makes of a shot. `patterns.rs` evolves shots by trajectories, on all amplitudes as in `dense.rs` or on
//! few as in `sparse/noise.rs`; circuits on few qubits and those of Clifford gates have quicker ways (`small/noisy.rs`,
//! `stabilizer/noise.rs`).

pub(super) mod channels;
mod dense;
pub(super) mod patterns;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use dense::trajectories as of_amplitudes;

use super::engine::{Choice, Purpose, chosen, few_of};
use super::small::Small;
use super::{Engine, Memory, Sampled, SimulateError, blocks, evolve, sparse, stabilizer};
use crate::circuit::{Circuit, Program};
use crate::device::NoiseModel;
use crate::gates::Gate;
use crate::outcome::{Counts, Seed, Shots};
use channels::Channels;

/// What goes wrong on the way from the gates to the bits of a shot.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReadOut<'n> {
    /// Errors after gates.
    pub noise: Option<&'n NoiseModel>,
    /// The probability with which each measured bit is reported turned over; the qubit is as it was measured.
    pub misread: f64,
}

/// What is asked of a circuit: shots, each with errors of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) read_out: ReadOut<'a>,
    pub(super) shots: Shots,
    pub(super) seed: Seed,
    pub(super) memory: &'a Memory,
}

/// Counts over shots, each shot with errors of its own; with none to be had, plain samples.
///
/// The errors are those of one depolarizing channel after each gate, by whether it acts on one qubit or on two ([`NoiseModel`]); `nop`
/// has none. Rates are measured on native gates, so circuits of others are to be compiled first. Then each of the circuit's bits is
/// misread or not. The counts depend on program, noise, shots and seed, and not on the number of threads or on the memory.
///
/// # Errors
/// [`SimulateError`], all but [`SimulateError::Norm`] before any work is done; [`SimulateError::NoisyGate`] for noise after a gate on
/// more than two qubits.
pub fn trajectories(program: &Program, read_out: ReadOut<'_>, shots: Shots, seed: Seed, memory: &Memory) -> Result<Sampled, SimulateError> {
    of_program(program, None, Asked { read_out, shots, seed, memory })
}

/// [`trajectories`] by a certain engine.
///
/// # Errors
/// The same, and [`SimulateError::Engine`] if it is not one for this circuit.
pub fn trajectories_by(
    program: &Program,
    engine: Engine,
    read_out: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Sampled, SimulateError> {
    of_program(program, Some(engine), Asked { read_out, shots, seed, memory })
}

/// [`trajectories`] of a circuit.
///
/// # Errors
/// The same.
pub(crate) fn of_circuit<G: Gate>(
    circuit: &Circuit<G>,
    read_out: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Sampled, SimulateError> {
    by(circuit, None, Asked { read_out, shots, seed, memory })
}

fn of_program(program: &Program, engine: Option<Engine>, asked: Asked<'_>) -> Result<Sampled, SimulateError> {
    match program {
        Program::Qis(circuit) => by(circuit, engine, asked),
        Program::Native(circuit) => by(circuit, engine, asked),
    }
}

/// By the engine that is asked for, or by the one that is best.
fn by<G: Gate>(circuit: &Circuit<G>, engine: Option<Engine>, asked: Asked<'_>) -> Result<Sampled, SimulateError> {
    if engine.is_none()
        && let Some(small) = Small::of(circuit)
    {
        return small.noisy(asked);
    }
    match chosen(circuit, engine, Purpose::Noisy, asked.memory)? {
        Choice::Stabilizer(_) => stabilizer::trajectories(circuit, asked),
        Choice::Sparse => sparse::trajectories(circuit, asked),
        Choice::Blocks(parts) => of_blocks(circuit, &parts, asked),
        Choice::StateVector => {
            let few = few_of(circuit, engine).map(|most| sparse::trajectories_within(circuit, most, asked));
            match few.transpose()?.flatten() {
                Some(sampled) => Ok(sampled),
                None => dense::trajectories(circuit, asked),
            }
        }
    }
}

/// Errors strike each part by itself; then every bit is misread once, whatever part it is of.
fn of_blocks<G: Gate>(circuit: &Circuit<G>, parts: &[Circuit<G>], asked: Asked<'_>) -> Result<Sampled, SimulateError> {
    let Asked { read_out, seed, .. } = asked;
    let channels = Channels::new(circuit, read_out)?;
    let apart = Asked { read_out: ReadOut { misread: 0.0, ..read_out }, ..asked };
    let part = |(index, part)| by(part, None, Asked { seed: seed.child(index as u64), ..apart });
    let parts = parts.iter().enumerate().map(part).collect::<Result<Vec<_>, _>>()?;
    let together = blocks::together(circuit.qubits(), &parts, seed);
    if read_out.misread == 0.0 {
        return Ok(together);
    }
    let mut rng = seed.child(u64::MAX).stream(0);
    let outcomes = together.counts.iter().flat_map(|(outcome, count)| std::iter::repeat_n(outcome, count as usize));
    let counts = Counts::from_outcomes(circuit.qubits(), outcomes.map(|outcome| outcome ^ channels.misread(&mut rng)));
    Ok(Sampled { counts, ..together })
}

/// Whether there is memory for shots with errors of a circuit.
///
/// # Errors
/// What [`trajectories`] would fail with before any work is done that takes long.
pub(crate) fn check_trajectories<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Result<(), SimulateError> {
    match chosen(circuit, None, Purpose::Noisy, memory)? {
        Choice::StateVector => evolve::check(circuit, patterns::STATES, memory),
        Choice::Stabilizer(_) => Ok(()),
        Choice::Sparse => sparse::check(circuit, patterns::STATES, memory),
        Choice::Blocks(parts) => parts.iter().try_for_each(|part| check_trajectories(part, memory)),
    }
}
