//! Gates to amplitudes: the state vector and its kernels, device noise by trajectories, and the memory that all of it may use.
//!
//! May import: `gates`, `circuit`, `outcome`, `device`. Read `engine.rs` first, which chooses how a circuit is simulated: `small` for few
//! qubits, `tiled` for all amplitudes of many, `stabilizer`, `sparse` and `blocks.rs` for circuits that need not have all of them. The plain
//! engine, `state_vector.rs` with `prepare.rs` and `kernels.rs`, does one operation after the other; every other one is tested against it.
//! `noise` is shots with errors, by whatever engine; `measured` is circuits that measure on their way.

mod answer;
mod blocks;
#[cfg(test)]
mod conformance;
mod engine;
mod evolve;
mod kernels;
mod lower;
mod measured;
mod memory;
mod noise;
#[cfg(test)]
mod oracle;
mod pauli;
mod prepare;
mod replay;
mod sample;
mod series;
mod small;
mod sparse;
mod stabilizer;
mod state_vector;
mod step;
mod stop;
mod tiled;
mod tiles;

pub use answer::{Engine, Exact, Sampled};
pub use engine::{check, probabilities, probabilities_by, sample, sample_by};
pub use evolve::{Evolved, evolve};
pub use measured::{measured_distribution, measured_shots};
pub(crate) use memory::Size;
pub use memory::{Demand, Memory, OutOfMemory, Reservation};
pub use noise::{ReadOut, trajectories, trajectories_by};
pub(crate) use noise::{check_trajectories, of_circuit as trajectories_of};
pub(crate) use replay::{Replay, ReplayNeeds};
pub use small::sample_batch;
#[cfg(feature = "cli")]
pub(crate) use small::{Draw, sample_each};
pub(crate) use stabilizer::pauli::{Parities, Pauli};
pub(crate) use stabilizer::walk::{Conjugated, Tolerance, Walk};
pub use state_vector::StateVector;
pub use stop::Stop;

use crate::outcome::ProbabilitiesError;
use answer::farther;

/// Why a circuit cannot be simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// It is too wide for the memory there is.
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
    /// A `pauliexp` that would run for ever, or keep no correct digit.
    #[error(
        "pauliexp: terms that do not commute have |time × coefficients| adding up to {sum:.4e}, at most {limit:e} can be simulated on \
         {qubits} qubits; lower the time"
    )]
    PauliExp {
        /// How many qubits these terms act on.
        qubits: usize,
        /// What the angles add up to.
        sum: f64,
        /// What they may add up to.
        limit: f64,
    },
    /// An engine was asked for that is not one for the circuit.
    #[error("the {engine} engine cannot run the circuit: {reason}")]
    Engine {
        /// The engine.
        engine: Engine,
        /// Why it cannot.
        reason: String,
    },
    /// A [`Stop`] was raised.
    #[error("the simulation was stopped")]
    Stopped,
    /// A noise model with a rate that is no probability.
    #[error("noise rate {rate} is not allowed, a rate is in 0..=1")]
    NoiseRate {
        /// The rate.
        rate: f64,
    },
    /// Measurements on the way with more combinations of outcomes than can be gone through one by one.
    #[error(
        "{forks} measurements and resets before the end make more than {limit} different ways through the program, at most so many can \
         be simulated exactly; with counted shots (a noise model, a QPU) it is never more ways than shots"
    )]
    Ways {
        /// How many measurements and resets cannot wait until the end.
        forks: usize,
        /// How many ways a program of this size may have.
        limit: usize,
    },
    /// Measurements on the way with more outcomes than can be added up.
    #[error("more than {limit} outcomes are possible for the bits measured, at most so many can be computed exactly")]
    Outcomes {
        /// How many there may be.
        limit: usize,
    },
    /// Forks inside forks, and more states at them than can be kept.
    #[error(
        "more than {most} ways through the measurements and resets before the end are open at once, each keeps a state (qubits: {qubits}), \
         and no more are kept"
    )]
    Waiting {
        /// How many qubits the gates touch.
        qubits: usize,
        /// How many states can be kept.
        most: usize,
    },
    /// A probability of misreading that is none.
    #[error("the probability {given} of reading a bit wrongly is not allowed, 0..=1 is")]
    ReadOut {
        /// The probability.
        given: f64,
    },
    /// Noise after a gate that is not native to any device.
    #[error("operation {index}: {gate} acts on {given} qubits, noise is known of gates on one or two")]
    NoisyGate {
        /// Which operation.
        index: usize,
        /// Its gate.
        gate: &'static str,
        /// On how many qubits it acts.
        given: usize,
    },
    /// The amplitudes have drifted away from norm 1 by more than rounding explains.
    #[error(transparent)]
    Norm(#[from] ProbabilitiesError),
}
