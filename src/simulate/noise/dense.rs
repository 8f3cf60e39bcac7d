//! Shots with errors, on all amplitudes.

use super::super::memory::Demand;
use super::super::sample::locate;
use super::super::step::Step;
use super::super::{Engine, Sampled, SimulateError, StateVector, Stop};
use super::Asked;
use super::patterns::{Evolving, Trajectories};
use crate::circuit::Circuit;
use crate::gates::Gate;
use crate::outcome::ProbabilitiesError;

/// Shots of a circuit by its state vector.
///
/// # Errors
/// As [`trajectories`](super::trajectories).
pub(in crate::simulate) fn trajectories<G: Gate>(circuit: &Circuit<G>, asked: Asked<'_>) -> Result<Sampled, SimulateError> {
    let qubits = circuit.touched().len();
    let admitted = Trajectories::admitted(circuit, asked, |states, needs| Demand::states(qubits, states * (1 + needs.buffers)))?;
    let order: Vec<usize> = (0..circuit.operations().len()).collect();
    admitted.run(&order, Engine::StateVector, || Ok(StateVector::zero(qubits)?.until(asked.memory.stop())))
}

impl Evolving for StateVector {
    type Error = SimulateError;

    fn copy_from(&mut self, other: &StateVector) {
        StateVector::copy_from(self, other);
    }

    /// The stop is the state's own.
    fn take(&mut self, step: &Step, _: &Stop) -> Result<(), SimulateError> {
        Ok(StateVector::take(self, step)?)
    }

    fn locate(&self, points: &[f64]) -> Result<(Vec<u64>, f64), ProbabilitiesError> {
        let (found, norm_error) = locate(self.amplitudes(), points)?;
        Ok((found.into_iter().map(|index| index as u64).collect(), norm_error))
    }
}
