use super::memory::{Demand, Memory, Reservation};
use super::step::{self, Needs};
use super::{SimulateError, StateVector};
use crate::circuit::{Circuit, MAX_QUBITS, Program};
use crate::gates::Gate;
use crate::outcome::Probabilities;

/// The state at the end of a circuit, over the qubits that the circuit touches: the others are 0 and cost nothing.
#[derive(Debug)]
pub struct Evolved {
    qubits: usize,
    touched: Vec<usize>,
    state: StateVector,
    /// Held as long as the state lives.
    _reservation: Reservation,
}

impl Evolved {
    /// The circuit's width.
    pub fn qubits(&self) -> usize {
        self.qubits
    }

    /// The qubits of the circuit in the state's order: qubit k of the state is qubit `touched()[k]` of the circuit.
    pub fn touched(&self) -> &[usize] {
        &self.touched
    }

    /// The state over the touched qubits.
    pub fn state(&self) -> &StateVector {
        &self.state
    }

    /// The outcome distribution over the whole width, in the memory of the state, and how far the squared norm was from 1.
    ///
    /// # Errors
    /// [`SimulateError::Norm`] if that is farther than rounding explains.
    pub fn probabilities(self) -> Result<(Probabilities, f64), SimulateError> {
        Ok(Probabilities::from_amplitudes(self.qubits, &self.touched, self.state.into_amplitudes())?)
    }
}

/// Runs a circuit without noise. It takes `16·2^n` bytes for n touched qubits, three times that with a `pauliexp` of many strings
/// on many qubits; [`Memory`] admits that first, if need be after waiting.
///
/// ```
/// use paultrap::circuit::{Circuit, On};
/// use paultrap::gates::Qis;
/// use paultrap::simulate::{Memory, evolve};
/// let circuit = Circuit::new(29, [Qis::H.on([28]), Qis::X.on([3]).controlled_by([28])])?;
/// let (probabilities, norm_error) = evolve(&circuit.into(), Memory::shared())?.probabilities()?;
/// assert!((probabilities.get(1 << 28 | 1 << 3) - 0.5).abs() < 1e-15 && norm_error.abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SimulateError::OutOfMemory`] and [`SimulateError::PauliExp`], both before any work is done.
pub fn evolve(program: &Program, memory: &Memory) -> Result<Evolved, SimulateError> {
    match program {
        Program::Qis(circuit) => evolve_circuit(circuit, memory),
        Program::Native(circuit) => evolve_circuit(circuit, memory),
    }
}

fn evolve_circuit<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Result<Evolved, SimulateError> {
    let touched = circuit.touched();
    let needs = Needs::of(circuit)?;
    let reservation = memory.reserve(Demand::states(touched.len(), 1 + needs.buffers))?;
    let mut state = StateVector::zero(touched.len())?;
    let place = places(&touched);
    for operation in circuit.operations() {
        for step in step::steps(operation, |qubit| place[qubit])? {
            state.take(&step)?;
        }
    }
    Ok(Evolved { qubits: circuit.qubits(), touched, state, _reservation: reservation })
}

/// The position in the state of each touched qubit.
pub(super) fn places(touched: &[usize]) -> [usize; MAX_QUBITS] {
    let mut places = [usize::MAX; MAX_QUBITS]; // untouched ones are never asked for
    for (place, &qubit) in touched.iter().enumerate() {
        places[qubit] = place;
    }
    places
}
