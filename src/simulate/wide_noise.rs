//! Shots with errors of circuits that need not have all their amplitudes computed.

use super::channels::Channels;
use super::engine::{Choice, Purpose, chosen, few_of};
use super::{Engine, Memory, ReadOut, Sampled, SimulateError, blocks, evolve, noise, sparse, stabilizer};
use crate::circuit::{Circuit, Program};
use crate::gates::Gate;
use crate::outcome::{Counts, Seed, Shots};

/// [`trajectories`](super::trajectories) by a certain engine.
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
    match program {
        Program::Qis(circuit) => by(circuit, engine, read_out, shots, seed, memory),
        Program::Native(circuit) => by(circuit, engine, read_out, shots, seed, memory),
    }
}

fn by<G: Gate>(
    circuit: &Circuit<G>,
    engine: Engine,
    read_out: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Sampled, SimulateError> {
    match trajectories(circuit, Some(engine), read_out, shots, seed, memory)? {
        Some(sampled) => Ok(sampled),
        None => noise::of_amplitudes(circuit, read_out, shots, seed, memory),
    }
}

/// [`trajectories`](super::trajectories) by another engine than the state vector; `None` if that is the one for the circuit.
///
/// # Errors
/// As [`trajectories_by`].
pub(super) fn trajectories<G: Gate>(
    circuit: &Circuit<G>,
    engine: Option<Engine>,
    read_out: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Option<Sampled>, SimulateError> {
    match chosen(circuit, engine, Purpose::Noisy, memory)? {
        Choice::StateVector => match few_of(circuit, engine) {
            Some(most) => sparse::trajectories_within(circuit, most, read_out, shots, seed, memory),
            None => Ok(None),
        },
        Choice::Stabilizer(_) => stabilizer::trajectories(circuit, read_out, shots, seed, memory),
        Choice::Sparse => sparse::trajectories(circuit, read_out, shots, seed, memory).map(Some),
        Choice::Blocks(parts) => of_blocks(circuit, &parts, read_out, shots, seed, memory).map(Some),
    }
}

/// Errors strike each part by itself; then every bit is misread once, whatever part it is of.
fn of_blocks<G: Gate>(
    circuit: &Circuit<G>,
    parts: &[Circuit<G>],
    read_out: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Sampled, SimulateError> {
    let channels = Channels::new(circuit, read_out)?;
    let apart = ReadOut { misread: 0.0, ..read_out };
    let part = |(index, part)| noise::of_circuit(part, apart, shots, seed.child(index as u64), memory);
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
/// What [`trajectories`](super::trajectories) would fail with before any work is done that takes long.
pub(crate) fn check_trajectories<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Result<(), SimulateError> {
    match chosen(circuit, None, Purpose::Noisy, memory)? {
        Choice::StateVector => evolve::check(circuit, 2, memory),
        Choice::Stabilizer(_) => Ok(()),
        Choice::Sparse => sparse::check(circuit, 2 * rayon::current_num_threads(), memory),
        Choice::Blocks(parts) => parts.iter().try_for_each(|part| check_trajectories(part, memory)),
    }
}
