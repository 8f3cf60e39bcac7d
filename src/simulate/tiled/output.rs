//! What a state shows.

use super::Tiled;
use crate::outcome::{Counts, Probabilities};
use crate::simulate::SimulateError;
use crate::simulate::evolve::spread;
use crate::simulate::sample::locate_scaled;

impl Tiled {
    /// The outcome distribution, in the memory of the state, and how far the squared norm was from 1.
    ///
    /// # Errors
    /// [`SimulateError::Norm`] if that is farther than rounding explains.
    pub(in crate::simulate) fn probabilities(self) -> Result<(Probabilities, f64), SimulateError> {
        let (memory, range) = self.state.into_parts();
        Ok(Probabilities::from_squares(self.qubits, &self.touched, memory, range, self.scale)?)
    }

    /// The outcomes at these points of 0..1, which ascend, and how far the squared norm was from 1.
    ///
    /// # Errors
    /// As [`Tiled::probabilities`].
    pub(in crate::simulate) fn counts(&self, points: &[f64]) -> Result<(Counts, f64), SimulateError> {
        let (found, norm_error) = locate_scaled(self.state.amplitudes(), self.scale, points)?;
        let outcomes = found.into_iter().map(|index| spread(index, &self.touched));
        Ok((Counts::from_outcomes(self.qubits, outcomes), norm_error))
    }
}
