//! Circuits of Clifford gates on up to 64 qubits, by the Pauli strings that leave their state as it is: a gate costs nanoseconds whatever
//! the width, and the outcomes are even, all those that are possible at all being equally likely.
//!
//! Read `walk.rs` first: it tells which circuits these are, phases that nobody sees included. `state.rs` keeps the strings, `even.rs` is
//! what comes out, `noise.rs` follows Pauli errors to the end. `walk.rs` and `pauli.rs` are also
//! what [`diff`](crate::diff) knows and compares Clifford circuits by.

mod even;
mod noise;
pub(crate) mod pauli;
mod state;
#[cfg(test)]
mod tests;
pub(crate) mod walk;

pub(super) use even::{Even, Masks};
pub(super) use noise::trajectories;

use super::evolve::places;
use super::memory::{Demand, Memory};
use super::{Engine, Exact, Sampled, SimulateError};
use crate::circuit::Circuit;
use crate::gates::Gate;
use crate::outcome::{Counts, Probabilities, Seed, Shots, ascending_points};
use rand::RngExt;
use state::Stabilizers;
use walk::{Tolerance, Walk};

/// The outcomes of a circuit of Clifford gates.
///
/// # Errors
/// The first operation that is none, if there is one.
pub(super) fn outcomes<G: Gate>(circuit: &Circuit<G>) -> Result<Even, usize> {
    let touched = circuit.touched();
    let place = places(&touched);
    let mut walk = Walk::new(Stabilizers::zero(touched.len()), Tolerance::ROUNDING);
    for (index, operation) in circuit.operations().iter().enumerate() {
        walk.take(operation, |qubit| place[qubit], |_| ()).ok_or(index)?;
    }
    Ok(walk.state.outcomes().spread(&touched))
}

/// The distribution that has these outcomes, exact.
///
/// # Errors
/// [`SimulateError::OutOfMemory`] if there are too many to be listed.
pub(super) fn probabilities<G: Gate>(circuit: &Circuit<G>, even: &Even, memory: &Memory) -> Result<Exact, SimulateError> {
    let _reservation = memory.reserve(listed(circuit, even))?;
    memory.stop().check()?;
    let each = (-(even.bits() as f64)).exp2();
    let probabilities = Probabilities::new(circuit.qubits(), even.iter().map(|outcome| (outcome, each)))?;
    Ok(Exact { probabilities, norm_error: 0.0, engine: Engine::Stabilizer })
}

/// What a list of these outcomes takes.
pub(super) fn listed<G: Gate>(circuit: &Circuit<G>, even: &Even) -> Demand {
    Demand::states(circuit.touched().len(), 0).and((size_of::<(u64, f64)>() as u128) << even.bits())
}

/// Up to so many outcomes, as a power of two, a list of them is made to draw from.
const LISTED: usize = 20;

/// The most outcomes, as a power of two, that the points of 0..1 tell apart.
const POINTED: usize = 52;

/// Draws from these outcomes, as [`Counts::sample`] does from their distribution where that can be listed.
pub(super) fn sample<G: Gate>(
    circuit: &Circuit<G>,
    even: &Even,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Sampled, SimulateError> {
    if even.bits() <= LISTED {
        return Ok(probabilities(circuit, even, memory)?.sampled(shots, seed));
    }
    memory.stop().check()?;
    let bits = even.bits();
    let counts = if bits <= POINTED {
        let numbers = ascending_points(shots.get(), seed).into_iter().map(|point| (point * (bits as f64).exp2()) as u64);
        Counts::from_outcomes(circuit.qubits(), numbers.map(|number| even.outcome(number)))
    } else {
        let mut rng = seed.stream(0);
        Counts::from_outcomes(circuit.qubits(), (0..shots.get()).map(|_| even.outcome(rng.random())))
    };
    Ok(Sampled { counts, norm_error: 0.0, engine: Engine::Stabilizer })
}
