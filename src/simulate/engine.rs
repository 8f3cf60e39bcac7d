//! The two questions that every engine answers, and which engine answers them.

use super::{Memory, SimulateError, evolve, trajectories};
use crate::circuit::Program;
use crate::outcome::{Counts, Probabilities, Seed, Shots};
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
}

impl Engine {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Engine::StateVector => "state-vector",
            Engine::Stabilizer => "stabilizer",
            Engine::Sparse => "sparse",
            Engine::Blocks => "blocks",
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
    let touched = program.touched().len();
    if touched >= super::tiled::LEAST_QUBITS && std::env::var("PLAIN").is_err() {
        let t = std::time::Instant::now();
        let ran = match program {
            Program::Qis(circuit) => super::tiled::evolve(circuit, memory)?,
            Program::Native(circuit) => super::tiled::evolve(circuit, memory)?,
        };
        let t1 = t.elapsed();
        let (probabilities, norm_error) = ran.probabilities(program.qubits())?;
        if std::env::var("VERBOSE").is_ok() {
            eprintln!("evolved in {t1:?}, all in {:?}", t.elapsed());
        }
        return Ok(Exact { probabilities, norm_error, engine: Engine::StateVector });
    }
    let (probabilities, norm_error) = evolve(program, memory)?.probabilities()?;
    Ok(Exact { probabilities, norm_error, engine: Engine::StateVector })
}

/// Shots of a circuit without noise, drawn without a table of its distribution.
///
/// # Errors
/// As [`probabilities`].
pub fn sample(program: &Program, shots: Shots, seed: Seed, memory: &Memory) -> Result<Sampled, SimulateError> {
    trajectories(program, super::ReadOut::default(), shots, seed, memory)
}
