//! Shots with errors, on the amplitudes that are not zero.

use super::super::Engine;
use super::super::noise::Asked;
use super::super::noise::patterns::{Evolving, STATES, Trajectories};
use super::super::sample::locate;
use super::super::step::Step;
use super::super::{Sampled, SimulateError, Stop};
use super::lazy::{End, Lazy};
use super::state::Sparse;
use super::{in_rooms, room};
use crate::circuit::Circuit;
use crate::gates::Gate;
use crate::outcome::ProbabilitiesError;
use num_complex::Complex64;

/// Shots of a circuit by its amplitudes that are not zero: those that there are by all of them, with the same seed.
///
/// # Errors
/// As [`trajectories`](super::super::trajectories).
pub(in crate::simulate) fn trajectories<G: Gate>(circuit: &Circuit<G>, asked: Asked<'_>) -> Result<Sampled, SimulateError> {
    in_rooms(circuit, STATES, asked.memory, |most| trajectories_within(circuit, most, asked))
}

/// The same; `None` if some shot's state has more than `most` amplitudes on the way.
///
/// # Errors
/// The same.
pub(in crate::simulate) fn trajectories_within<G: Gate>(
    circuit: &Circuit<G>,
    most: usize,
    asked: Asked<'_>,
) -> Result<Option<Sampled>, SimulateError> {
    let qubits = circuit.touched().len();
    let admitted = Trajectories::admitted(circuit, asked, |states, _| room(qubits, states, most))?;
    // An order in which there are few amplitudes on the way, as long as there are no errors.
    let mut lazy = Lazy::new(circuit, most, usize::MAX, asked.memory.stop());
    let ran = lazy.run().and_then(|()| admitted.run(&lazy.into_order(), Engine::Sparse, || Ok(Sparse::zero(most))));
    End::unless_full(ran)
}

impl Evolving for Sparse {
    type Error = End;

    fn copy_from(&mut self, other: &Sparse) {
        Sparse::copy_from(self, other);
    }

    fn take(&mut self, step: &Step, stop: &Stop) -> Result<(), End> {
        Ok(Sparse::take(self, step, stop)?)
    }

    fn locate(&self, points: &[f64]) -> Result<(Vec<u64>, f64), ProbabilitiesError> {
        let amplitudes: Vec<Complex64> = self.entries().iter().map(|&(_, amplitude)| amplitude).collect();
        let (found, norm_error) = locate(&amplitudes, points)?;
        Ok((found.into_iter().map(|index| self.entries()[index].0).collect(), norm_error))
    }
}
