use super::kernels::View;
use super::memory::{self, OutOfMemory};
use super::prepare;
use super::step::Step;
use super::{SimulateError, Stop, tiles};
use crate::circuit::Operation;
use crate::gates::Gate;
use num_complex::Complex64;

/// The amplitudes of 2^n basis states; qubit 0 is the least significant bit of the index.
///
/// ```
/// use paultrap::circuit::On;
/// use paultrap::gates::Qis;
/// use paultrap::simulate::StateVector;
/// let mut state = StateVector::zero(2)?;
/// state.apply(&Qis::X.on([1]))?;
/// assert_eq!(state.amplitudes()[0b10].re, 1.0);
/// # Ok::<(), paultrap::simulate::SimulateError>(())
/// ```
#[derive(Debug)]
pub struct StateVector {
    qubits: usize,
    amplitudes: Vec<Complex64>,
    tile_qubits: usize,
    /// Two more states' worth of memory, once a wide `pauliexp` has asked for them.
    buffers: Option<[Vec<Complex64>; 2]>,
    stop: Stop,
}

impl StateVector {
    /// |0…0⟩ on so many qubits. Whoever shares the machine asks [`Memory`](super::Memory) first, as [`evolve`](super::evolve) does.
    ///
    /// # Errors
    /// [`OutOfMemory`] if the system does not give the memory.
    pub fn zero(qubits: usize) -> Result<StateVector, OutOfMemory> {
        let mut amplitudes = memory::zeros(qubits)?;
        amplitudes[0] = Complex64::new(1.0, 0.0);
        Ok(StateVector { qubits, amplitudes, tile_qubits: tiles::tile_qubits(qubits), buffers: None, stop: Stop::never() })
    }

    /// The same state, in which long steps end when the stop is raised, and leave it in the middle of nowhere: who gives a stop looks
    /// at it after every step.
    #[must_use]
    pub(super) fn until(self, stop: &Stop) -> StateVector {
        StateVector { stop: stop.clone(), ..self }
    }

    /// How many qubits the state has.
    pub fn qubits(&self) -> usize {
        self.qubits
    }

    /// Applies a gate on its qubits, under its controls.
    ///
    /// # Errors
    /// [`SimulateError::PauliExp`] if a `pauliexp` is too strong to be computed, which changes nothing;
    /// [`SimulateError::OutOfMemory`] if the system does not give the memory that a wide one works in.
    ///
    /// # Panics
    /// If the state does not have one of the qubits.
    pub fn apply<G: Gate>(&mut self, operation: &Operation<G>) -> Result<(), SimulateError> {
        let qubits = self.qubits;
        assert!(operation.qubits().all(|qubit| qubit < qubits), "a state of {qubits} qubits has no such qubit: {operation:?}");
        for step in prepare::steps(operation, |qubit| qubit)? {
            self.take(&step)?;
        }
        Ok(())
    }

    /// Applies a step made ready for this state's positions.
    pub(super) fn take(&mut self, step: &Step) -> Result<(), OutOfMemory> {
        let view = View { amplitudes: &mut self.amplitudes, tile_qubits: self.tile_qubits };
        let (qubits, buffers) = (self.qubits, &mut self.buffers);
        step.apply(view, &self.stop, || {
            if buffers.is_none() {
                *buffers = Some([memory::zeros(qubits)?, memory::zeros(qubits)?]);
            }
            Ok(buffers.as_mut().expect("just made"))
        })
    }

    /// Becomes a copy of a state of the same width.
    pub(crate) fn copy_from(&mut self, other: &StateVector) {
        self.amplitudes.copy_from_slice(&other.amplitudes);
    }

    /// All 2^n amplitudes, to be overwritten by whoever wants to begin elsewhere than in |0…0⟩.
    pub(crate) fn amplitudes_mut(&mut self) -> &mut [Complex64] {
        &mut self.amplitudes
    }

    /// All 2^n amplitudes.
    pub fn amplitudes(&self) -> &[Complex64] {
        &self.amplitudes
    }

    /// Hands the amplitudes over.
    pub fn into_amplitudes(self) -> Vec<Complex64> {
        self.amplitudes
    }
}

#[cfg(test)]
impl StateVector {
    /// Any vector of 2^n amplitudes, cut into tiles of so many qubits.
    pub(super) fn tiled(amplitudes: Vec<Complex64>, tile_qubits: usize) -> StateVector {
        let qubits = amplitudes.len().ilog2() as usize;
        assert_eq!(amplitudes.len(), 1 << qubits);
        StateVector { qubits, amplitudes, tile_qubits, buffers: None, stop: Stop::never() }
    }
}
