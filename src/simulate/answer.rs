//! What every engine answers, and the engines by name.

use crate::outcome::{Counts, Probabilities};
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
    /// All that can be asked for by name.
    pub const ALL: [Engine; 4] = [Engine::StateVector, Engine::Stabilizer, Engine::Sparse, Engine::Blocks];

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

/// The one of two norm errors that is farther from none; of two that are as far the positive one, whichever comes first.
pub(super) fn farther(a: f64, b: f64) -> f64 {
    if b.abs() > a.abs() || b.abs() == a.abs() && b > a { b } else { a }
}
