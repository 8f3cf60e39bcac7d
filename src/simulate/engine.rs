//! The two questions that every engine answers, and which engine answers them.

use super::sample::locate;
use super::{Memory, SimulateError, evolve, small};
use crate::circuit::Program;
use crate::outcome::{Counts, Probabilities, Seed, Shots, ascending_points};
use std::fmt;

/// What simulates a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// All 2^n amplitudes.
    StateVector,
    /// The stabilizers of a circuit of Clifford gates.
    Stabilizer,
    /// The amplitudes that are not zero.
    Sparse,
    /// Groups of qubits that never meet, each simulated apart.
    Blocks,
    /// The density matrix of a circuit with noise.
    DensityMatrix,
}

impl Engine {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Engine::StateVector => "state-vector",
            Engine::Stabilizer => "stabilizer",
            Engine::Sparse => "sparse",
            Engine::Blocks => "blocks",
            Engine::DensityMatrix => "density-matrix",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The outcome distribution of a circuit without noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Exact {
    /// Over the whole width of the circuit.
    pub probabilities: Probabilities,
    /// How far the squared norm of the state was from 1.
    pub norm_error: f64,
    /// What computed it.
    pub engine: Engine,
}

/// Shots of a circuit.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// How often each outcome was seen.
    pub counts: Counts,
    /// How far the squared norm of the state was from 1; of several states, the farthest.
    pub norm_error: f64,
    /// What drew them.
    pub engine: Engine,
}

/// The outcome distribution of a circuit without noise.
///
/// # Errors
/// [`SimulateError`], all but [`SimulateError::Norm`] and [`SimulateError::Stopped`] before any work is done.
pub fn probabilities(program: &Program, memory: &Memory) -> Result<Exact, SimulateError> {
    if let Some(ran) = small::probabilities(program, memory) {
        return ran;
    }
    let (probabilities, norm_error) = evolve(program, memory)?.probabilities()?;
    Ok(Exact { probabilities, norm_error, engine: Engine::StateVector })
}

/// Shots of a circuit without noise, drawn without a table of its distribution: those that [`Counts::sample`] draws of [`probabilities`]
/// with the same seed.
///
/// # Errors
/// As [`probabilities`].
pub fn sample(program: &Program, shots: Shots, seed: Seed, memory: &Memory) -> Result<Sampled, SimulateError> {
    if let Some(drawn) = small::sample(program, shots, seed, memory) {
        return drawn;
    }
    let evolved = evolve(program, memory)?;
    let (found, norm_error) = locate(evolved.state().amplitudes(), &ascending_points(shots.get(), seed))?;
    let outcomes = found.into_iter().map(|index| spread(index, evolved.touched()));
    Ok(Sampled { counts: Counts::from_outcomes(evolved.qubits(), outcomes), norm_error, engine: Engine::StateVector })
}

/// The outcome of a circuit by that of its touched qubits.
fn spread(index: usize, touched: &[usize]) -> u64 {
    touched.iter().enumerate().fold(0, |key, (bit, &qubit)| key | ((index >> bit & 1) as u64) << qubit)
}
