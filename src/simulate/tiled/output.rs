//! What a state shows.

use super::Tiled;
use crate::outcome::Probabilities;
use crate::simulate::SimulateError;

impl Tiled {
    /// The outcome distribution over a circuit of `qubits` qubits, in the memory of the state, and how far the squared norm was from 1.
    ///
    /// # Errors
    /// [`SimulateError::Norm`] if that is farther than rounding explains.
    pub(in crate::simulate) fn probabilities(self, qubits: usize) -> Result<(Probabilities, f64), SimulateError> {
        let (memory, range) = self.state.into_parts();
        Ok(Probabilities::from_squares(qubits, &self.touched, memory, range, self.scale)?)
    }
}
