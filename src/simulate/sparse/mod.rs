//! Circuits whose state has few amplitudes that are not zero, on up to 64 qubits: only those are kept.
//!
//! Read `state.rs` first, then `lazy.rs`, which puts off what makes more of them. `coset.rs` makes small states of what a gate on many
//! qubits, or a sum of Pauli strings, takes to one another; `noise.rs` is shots with errors.
//!
//! How many amplitudes a circuit has on its way shows only when it runs. It is tried with room for a few, then for more, each time from the
//! beginning and with what that takes admitted first, so that nobody waits for memory while holding some.

mod coset;
mod lazy;
mod noise;
mod state;
#[cfg(test)]
mod tests;

pub(super) use noise::{trajectories, trajectories_within};

use super::memory::{Demand, Memory};
use super::stabilizer::Masks;
use super::{Engine, Exact, OutOfMemory, Sampled, SimulateError, Stop};
use crate::circuit::Circuit;
use crate::gates::{Action, Gate};
use crate::outcome::{Counts, Probabilities, Seed, Shots};
use lazy::{End, Lazy};
use num_complex::Complex64;
use state::{ENTRY_BYTES, Sparse};

/// The room that is tried, in amplitudes. The first is not worth counting. Beyond the last, which a circuit fills in half a second, it is
/// tried only if it is known not to need more than there is.
const ROOMS: [usize; 3] = [1 << 12, 1 << 16, 1 << 20];

/// The work that is done to find out whether a circuit fits the largest room, in amplitudes times operations.
const REHEARSAL: usize = 1 << 24;

/// The outcome distribution; `None` if its state has more than `most` amplitudes on the way.
///
/// # Errors
/// [`SimulateError`].
pub(super) fn within<G: Gate>(circuit: &Circuit<G>, most: usize, memory: &Memory) -> Result<Option<Exact>, SimulateError> {
    let _reservation = memory.reserve(room(circuit.touched().len(), 1, most))?;
    let Some(state) = End::unless_full(evolved(circuit, most, usize::MAX, memory.stop()))? else { return Ok(None) };
    let (probabilities, norm_error) = Probabilities::from_listed_amplitudes(circuit.qubits(), state.into_entries())?;
    Ok(Some(Exact { probabilities, norm_error, engine: Engine::Sparse }))
}

/// The outcome distribution.
///
/// # Errors
/// [`SimulateError::OutOfMemory`], with what all amplitudes would take, if there are too many of them.
pub(super) fn probabilities<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Result<Exact, SimulateError> {
    in_rooms(circuit, 1, memory, |most| within(circuit, most, memory))
}

impl Exact {
    /// Shots drawn from it.
    pub(super) fn sampled(&self, shots: Shots, seed: Seed) -> Sampled {
        Sampled { counts: Counts::sample(&self.probabilities, shots, seed), norm_error: self.norm_error, engine: self.engine }
    }
}

/// Whether a circuit that takes so many states would be refused, by a run that ends before it takes long.
///
/// # Errors
/// What [`probabilities`] would fail with, but for circuits that show only after a long time that they have too many amplitudes.
pub(super) fn check<G: Gate>(circuit: &Circuit<G>, states: usize, memory: &Memory) -> Result<(), SimulateError> {
    in_rooms(circuit, states, memory, |most| {
        if bound(circuit) <= most as u128 {
            return Ok(Some(()));
        }
        match evolved(circuit, most, REHEARSAL, memory.stop()) {
            Ok(_) | Err(End::Long) => Ok(Some(())),
            Err(End::Full) => Ok(None),
            Err(End::Failed(error)) => Err(error),
        }
    })
}

/// Runs with more and more room for so many states, until it is enough.
///
/// # Errors
/// [`SimulateError::OutOfMemory`], with what all amplitudes would take, or those without errors and with.
fn in_rooms<G: Gate, T>(
    circuit: &Circuit<G>,
    states: usize,
    memory: &Memory,
    run: impl Fn(usize) -> Result<Option<T>, SimulateError>,
) -> Result<T, SimulateError> {
    let touched = circuit.touched().len();
    for most in rooms(circuit, states, memory) {
        if let Some(result) = run(most)? {
            return Ok(result);
        }
    }
    Err(OutOfMemory { qubits: touched, needed: Demand::states(touched, states.min(2)).bytes(), available: memory.total() }.into())
}

/// The rooms that are tried, as far as there is memory for so many states in them.
fn rooms<G: Gate>(circuit: &Circuit<G>, states: usize, memory: &Memory) -> impl Iterator<Item = usize> {
    let touched = circuit.touched().len();
    let largest = ROOMS[ROOMS.len() - 1];
    let known = usize::try_from(bound(circuit)).ok().filter(|&bound| bound > largest);
    ROOMS.into_iter().chain(known).take_while(move |&most| memory.check(room(touched, states, most)).is_ok())
}

/// The most that [`probabilities`] takes of a circuit.
pub(super) fn largest_room<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Demand {
    room(circuit.touched().len(), 1, rooms(circuit, 1, memory).last().unwrap_or(ROOMS[0]))
}

/// So many states with so many amplitudes each; with what a gate is tried on, there are always two.
fn room(qubits: usize, states: usize, most: usize) -> Demand {
    Demand::states(qubits, 0).and(ENTRY_BYTES * states.max(2) as u128 * most as u128)
}

/// How many amplitudes there may be at most: more after each gate that does more than exchange outcomes.
pub(super) fn bound<G: Gate>(circuit: &Circuit<G>) -> u128 {
    let branches = circuit.operations().iter().map(|operation| branching(&operation.gate.action())).sum::<usize>();
    1 << branches.min(circuit.touched().len())
}

/// The binary logarithm of how many outcomes a gate makes of one at most.
fn branching(action: &Action<'_>) -> usize {
    match action {
        Action::Identity => 0,
        Action::One(matrix) => most_in_a_column(matrix),
        Action::Two(matrix) => most_in_a_column(matrix),
        Action::PauliExp(exp) => Masks::reduced(exp.terms().iter().map(|(string, _)| string.x)).as_slice().len(),
    }
}

fn most_in_a_column<const N: usize>(matrix: &[[Complex64; N]; N]) -> usize {
    let of = |column: usize| matrix.iter().filter(|row| row[column] != Complex64::default()).count();
    (0..N).map(of).max().map_or(0, |most| most.next_power_of_two().ilog2() as usize)
}

fn evolved<G: Gate>(circuit: &Circuit<G>, most: usize, work: usize, stop: &Stop) -> Result<Sparse, End> {
    let mut lazy = Lazy::new(circuit, most, work, stop);
    lazy.run()?;
    Ok(lazy.into_state())
}
