//! Circuits that measure and reset on their way: one state for each way through the program that is possible, one at a time.
//!
//! `course.rs` finds out which measurements can wait until the end; `collapse.rs` is what a measurement does to a state; `ways.rs`
//! goes all ways and adds up their probabilities, `shots.rs` only those that some shot takes.

mod collapse;
mod course;
mod shots;
#[cfg(test)]
mod tests;
mod ways;

pub use shots::measured_shots;
pub use ways::measured_distribution;

use super::memory::{Demand, Memory, Reservation};
use super::{SimulateError, StateVector, Stop};

/// A way less likely than this is rounding residue of amplitudes that are zero, and nobody goes it.
const NEGLIGIBLE: f64 = 1e-20;

/// The most states that may wait at forks.
const MAX_WAITING: usize = 64;

/// States of one width, as many as were admitted; one that is given back is used again.
struct Pool {
    qubits: usize,
    idle: Vec<StateVector>,
    made: usize,
    most: usize,
    stop: Stop,
    _reservation: Reservation,
}

impl Pool {
    /// Asks for `wanted` states at most, or as many as fit half of all memory, but for two at least if two are wanted. Each
    /// works in `buffers` more; `bytes` are for everything else.
    fn new(qubits: usize, wanted: usize, buffers: usize, bytes: u128, memory: &Memory) -> Result<Pool, SimulateError> {
        let state = Demand::states(qubits, 1 + buffers).bytes();
        let fitting = usize::try_from((u128::from(memory.total()) / 2).saturating_sub(bytes) / state).unwrap_or(usize::MAX);
        let most = wanted.min(fitting.max(2)).min(1 + MAX_WAITING);
        let reservation = memory.reserve(Demand::states(qubits, most * (1 + buffers)).and(bytes))?;
        Ok(Pool { qubits, idle: Vec::new(), made: 0, most, stop: memory.stop().clone(), _reservation: reservation })
    }

    /// |0…0⟩, the first state of all.
    fn zero(&mut self) -> Result<StateVector, SimulateError> {
        self.made += 1;
        Ok(StateVector::zero(self.qubits)?.until(&self.stop))
    }

    /// Lets the run go on until its stop is raised.
    fn go_on(&self) -> Result<(), SimulateError> {
        self.stop.check()
    }

    fn copy(&mut self, of: &StateVector) -> Result<StateVector, SimulateError> {
        let mut state = match self.idle.pop() {
            Some(state) => state,
            None if self.made < self.most => self.zero()?,
            None => return Err(SimulateError::Waiting { qubits: self.qubits, most: self.most }),
        };
        state.copy_from(of);
        Ok(state)
    }

    fn give_back(&mut self, state: StateVector) {
        self.idle.push(state);
    }
}
