//! Circuits on few qubits: no allocation for a gate, no thread for a circuit, no table for a sample.
//!
//! Read `frames.rs` first: which sweeps a circuit takes; then `sweep.rs`: what a sweep does to the amplitudes.

mod batch;
mod density;
mod frames;
mod noisy;
mod seen;
mod simd;
mod sweep;
#[cfg(test)]
mod tests;
mod turns;

pub use batch::sample_batch;
#[cfg(feature = "cli")]
pub(crate) use batch::{Draw, sample_each};

use super::evolve::{places, spread};
use super::memory::Demand;
use super::{Engine, Exact, Memory, Sampled, SimulateError};
use crate::circuit::{Circuit, Program, Qubits};
use crate::gates::Gate;
use crate::outcome::{Counts, Probabilities, ProbabilitiesError, Seed, Shots, Tally};
use frames::Frames;
use num_complex::Complex64;
use simd::Lanes;
use std::cell::RefCell;
use sweep::{Block, LANES};

/// The most qubits of a small state: 64 KiB.
pub(super) const MAX: usize = 12;

const ZERO: Complex64 = Complex64::new(0.0, 0.0);
const ONE: Complex64 = Complex64::new(1.0, 0.0);

/// What one circuit after another is computed in.
#[derive(Debug, Default)]
struct Arena {
    state: Vec<Block>,
    weights: Vec<f64>,
    tally: Tally,
    seen: Vec<u32>,
}

thread_local! {
    static ARENA: RefCell<Arena> = RefCell::default();
}

/// A circuit that is small enough, and has no sum of Pauli strings that takes more than rotations.
pub(super) struct Small<'c, G> {
    circuit: &'c Circuit<G>,
    touched: Qubits,
}

impl<'c, G: Gate> Small<'c, G> {
    pub(super) fn of(circuit: &'c Circuit<G>) -> Option<Small<'c, G>> {
        let mask = circuit.operations().iter().flat_map(|operation| operation.acting()).fold(0u64, |mask, qubit| mask | 1 << qubit);
        let rotations = || {
            circuit
                .operations()
                .iter()
                .filter_map(|operation| operation.gate.pauli_exp())
                .all(|exp| exp.groups().iter().all(|group| group.len() == 1))
        };
        (mask.count_ones() as usize <= MAX && rotations()).then(|| Small { circuit, touched: crate::gates::pauli::bits(mask).collect() })
    }

    /// |amplitude|² of every outcome of the touched qubits, in the arena; their sum.
    fn weigh(&self, lanes: Lanes, arena: &mut Arena, memory: &Memory) -> Result<f64, SimulateError> {
        let qubits = self.touched.len();
        memory.check(Demand::states(qubits, 1))?;
        let Arena { state, weights, .. } = arena;
        state.clear();
        state.resize(1 << qubits.saturating_sub(LANES), Block::default());
        state[0].re[0] = 1.0;
        let mut emit = |sweep| lanes.apply(&sweep, state);
        let mut frames = Frames::new(qubits);
        let place = places(&self.touched);
        for operation in self.circuit.operations() {
            frames.follow(operation, |qubit| place[qubit], &mut emit)?;
        }
        let turned = frames.finish(qubits, &mut emit);
        memory.stop().check()?;
        weights.resize(state.len() << LANES, 0.0);
        let sum = lanes.weigh(state, turned, weights);
        weights.truncate(1 << qubits);
        Ok(sum)
    }

    fn probabilities(&self, memory: &Memory) -> Result<Exact, SimulateError> {
        ARENA.with_borrow_mut(|arena| {
            self.weigh(Lanes::best(), arena, memory)?;
            let (probabilities, norm_error) = Probabilities::from_weights(self.circuit.qubits(), &self.touched, &arena.weights)?;
            Ok(Exact { probabilities, norm_error, engine: Engine::StateVector })
        })
    }

    fn sample(&self, shots: Shots, seed: Seed, memory: &Memory) -> Result<Sampled, SimulateError> {
        ARENA.with_borrow_mut(|arena| {
            let sum = self.weigh(Lanes::best(), arena, memory)?;
            let Arena { weights, tally, seen, .. } = arena;
            normal(sum, weights.len())?;
            tally.lay(weights, sum);
            seen.clear();
            seen.resize(weights.len(), 0);
            tally.draw(shots.get(), seed, seen);
            Ok(Sampled { counts: counted(self.circuit.qubits(), &self.touched, seen), norm_error: sum - 1.0, engine: Engine::StateVector })
        })
    }
}

/// Refuses a squared norm that is farther from 1 than rounding explains.
fn normal(sum: f64, entries: usize) -> Result<(), ProbabilitiesError> {
    let tolerance = Probabilities::DRIFT;
    if (sum - 1.0).abs() <= tolerance { Ok(()) } else { Err(ProbabilitiesError::Sum { sum, entries, tolerance }) }
}

/// The counts of a circuit of so many qubits by those of the touched ones.
fn counted(qubits: usize, touched: &[usize], seen: &[u32]) -> Counts {
    let mut entries = Vec::with_capacity(seen.iter().filter(|&&count| count > 0).count());
    let dense = touched.iter().enumerate().all(|(position, &qubit)| position == qubit);
    for (outcome, &count) in seen.iter().enumerate().filter(|&(_, &count)| count > 0) {
        entries.push((if dense { outcome as u64 } else { spread(outcome, touched) }, count));
    }
    Counts::from_ascending(qubits, entries)
}

/// The outcome distribution of a program, if it is small.
pub(super) fn probabilities(program: &Program, memory: &Memory) -> Option<Result<Exact, SimulateError>> {
    match program {
        Program::Qis(circuit) => Small::of(circuit).map(|small| small.probabilities(memory)),
        Program::Native(circuit) => Small::of(circuit).map(|small| small.probabilities(memory)),
    }
}

/// Shots of a program, if it is small.
pub(super) fn sample(program: &Program, shots: Shots, seed: Seed, memory: &Memory) -> Option<Result<Sampled, SimulateError>> {
    match program {
        Program::Qis(circuit) => Small::of(circuit).map(|small| small.sample(shots, seed, memory)),
        Program::Native(circuit) => Small::of(circuit).map(|small| small.sample(shots, seed, memory)),
    }
}
