use super::memory::{Demand, Memory, Reservation};
use super::prepare::{self, Needs};
use super::sample::locate;
use super::{SimulateError, StateVector};
use crate::circuit::{Circuit, MAX_QUBITS, Program};
use crate::gates::Gate;
use crate::outcome::{Counts, Probabilities};

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
    /// From here on the memory is the caller's, and no longer counted.
    ///
    /// # Errors
    /// [`SimulateError::Norm`] if that is farther than rounding explains.
    pub fn probabilities(self) -> Result<(Probabilities, f64), SimulateError> {
        Ok(Probabilities::from_amplitudes(self.qubits, &self.touched, self.state.into_amplitudes())?)
    }
}

impl Evolved {
    /// The outcomes at these points of 0..1, which ascend, and how far the squared norm was from 1.
    ///
    /// # Errors
    /// As [`Evolved::probabilities`].
    pub(super) fn counts(&self, points: &[f64]) -> Result<(Counts, f64), SimulateError> {
        let (found, norm_error) = locate(self.state.amplitudes(), points)?;
        let outcomes = found.into_iter().map(|index| spread(index, &self.touched));
        Ok((Counts::from_outcomes(self.qubits, outcomes), norm_error))
    }
}

/// The outcome of a circuit by that of its touched qubits.
pub(super) fn spread(index: usize, touched: &[usize]) -> u64 {
    touched.iter().enumerate().fold(0, |key, (bit, &qubit)| key | ((index >> bit & 1) as u64) << qubit)
}

/// Runs a circuit without noise. It takes `16·2^n` bytes for n touched qubits, three times that with a `pauliexp` of many strings
/// on many qubits, and the matrix of the largest `pauliexp` that needs one; [`Memory`] admits that first, if need be after waiting.
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
/// [`SimulateError::OutOfMemory`] and [`SimulateError::PauliExp`], both before any work is done; [`SimulateError::Stopped`].
pub fn evolve(program: &Program, memory: &Memory) -> Result<Evolved, SimulateError> {
    match program {
        Program::Qis(circuit) => evolve_circuit(circuit, memory),
        Program::Native(circuit) => evolve_circuit(circuit, memory),
    }
}

pub(super) fn evolve_circuit<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Result<Evolved, SimulateError> {
    let touched = circuit.touched();
    let reservation = memory.reserve(demand(circuit, 1)?)?;
    let mut state = StateVector::zero(touched.len())?.until(memory.stop());
    let place = places(&touched);
    for operation in circuit.operations() {
        for step in prepare::steps(operation, |qubit| place[qubit])? {
            memory.stop().check()?;
            state.take(&step)?;
        }
    }
    memory.stop().check()?;
    Ok(Evolved { qubits: circuit.qubits(), touched, state, _reservation: reservation })
}

/// Whether there is memory for so many states of a circuit, without evolving any.
///
/// # Errors
/// What [`evolve`] would fail with before any work is done.
pub(super) fn check<G: Gate>(circuit: &Circuit<G>, states: usize, memory: &Memory) -> Result<(), SimulateError> {
    memory.check(demand(circuit, states)?)?;
    Ok(())
}

/// What so many states of a circuit take.
///
/// # Errors
/// [`SimulateError::PauliExp`] for a gate that cannot be computed.
pub(super) fn demand<G: Gate>(circuit: &Circuit<G>, states: usize) -> Result<Demand, SimulateError> {
    let needs = Needs::of(circuit)?;
    Ok(Demand::states(circuit.touched().len(), states * (1 + needs.buffers)).and(needs.largest * states as u128))
}

/// The position in the state of each touched qubit.
pub(super) fn places(touched: &[usize]) -> [usize; MAX_QUBITS] {
    let mut places = [usize::MAX; MAX_QUBITS]; // untouched ones are never asked for
    for (place, &qubit) in touched.iter().enumerate() {
        places[qubit] = place;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::{Engine, OutOfMemory, probabilities_by};
    use super::*;
    use crate::circuit::On;
    use crate::gates::{Native, PauliExp, Qis, Radians};

    fn probabilities(program: impl Into<Program>, memory: &Memory) -> String {
        let (probabilities, norm_error) = evolve(&program.into(), memory).unwrap().probabilities().unwrap();
        assert!(norm_error.abs() < 1e-14);
        serde_json::to_string(&probabilities).unwrap()
    }

    fn bytes(count: u64) -> Memory {
        Memory::limited_to(count)
    }

    #[test]
    fn qubit_q_is_bit_q_of_the_histogram_key_whatever_other_qubits_are_touched() {
        for qubits in 1..=6 {
            for qubit in 0..qubits {
                let alone = Circuit::new(qubits, [Qis::X.on([qubit])]).unwrap();
                assert_eq!(probabilities(alone, &bytes(32)), format!("{{\"{}\":1.0}}", 1 << qubit));
                let among_others = Circuit::new(qubits, (0..qubits).map(|q| Qis::Rx(Radians(0.0)).on([q])).chain([Qis::X.on([qubit])]));
                assert_eq!(probabilities(among_others.unwrap(), &bytes(16 << qubits)), format!("{{\"{}\":1.0}}", 1 << qubit));
            }
        }
    }

    #[test]
    fn qubits_that_no_gate_touches_cost_nothing() {
        let three = Circuit::new(64, [Qis::X.on([63]), Qis::X.on([40]).controlled_by([63]), Qis::Swap.on([40, 7])]).unwrap();
        assert_eq!(probabilities(three, &bytes(16 * 8)), format!("{{\"{}\":1.0}}", 1u64 << 63 | 1 << 7));
    }

    #[test]
    fn a_circuit_without_gates_ends_where_it_began() {
        assert_eq!(probabilities(Circuit::<Qis>::new(5, []).unwrap(), &bytes(16)), r#"{"0":1.0}"#);
        assert_eq!(probabilities(Circuit::new(5, [Native::Nop.on([2])]).unwrap(), &bytes(32)), r#"{"0":1.0}"#);
    }

    #[test]
    fn a_circuit_too_wide_for_the_memory_is_refused_before_anything_is_allocated() {
        for (qubits, needed) in [(30, 16 << 30), (64, 16u128 << 64)] {
            let circuit = Circuit::new(qubits, (0..qubits).map(|qubit| Qis::H.on([qubit]))).unwrap();
            let refused = evolve(&circuit.into(), &bytes(1 << 20)).unwrap_err();
            assert_eq!(refused, SimulateError::OutOfMemory(OutOfMemory { qubits, needed, available: 1 << 20 }));
        }
    }

    #[test]
    fn a_sum_too_wide_for_a_matrix_asks_for_two_more_states() {
        let exp = PauliExp::new(7, &["XXXXXXX", "ZIIIIII"], &[0.1, 0.2], 1.0).unwrap();
        let program = Circuit::new(7, [Qis::PauliExp(exp.into()).on(0..7)]).unwrap().into();
        assert!(evolve(&program, &bytes(3 * 16 * 128 + 1000)).is_ok()); // its strings take some as well
        assert!(evolve(&program, &bytes(3 * 16 * 128 - 1)).is_err());
    }

    #[test]
    fn matrices_are_made_one_by_one_where_there_is_no_memory_for_all() {
        let exp = PauliExp::new(6, &["XXXXXX", "ZIIIII"], &[0.1, 0.2], 1.0).unwrap();
        let sums = || (0..100).map(|_| Qis::PauliExp(exp.clone().into()).on(0..6));
        let tied = (0..13).flat_map(|qubit| [Qis::T.on([qubit]), Qis::V.on([(qubit + 1) % 13]).controlled_by([qubit])]);
        let program: Program = Circuit::new(13, sums().chain(tied)).unwrap().into();
        let (state, matrix) = (16 << 13, 16 * 64 * 64);
        let probabilities = |memory| probabilities_by(&program, Some(Engine::StateVector), &bytes(memory)).map(|exact| exact.probabilities);
        let few = probabilities(state + matrix + 1000).unwrap();
        let many = probabilities(state + 101 * matrix).unwrap();
        assert!((0..1 << 13).all(|outcome| (few.get(outcome) - many.get(outcome)).abs() < 1e-12));
        assert!(matches!(probabilities(state + matrix - 1), Err(SimulateError::OutOfMemory(_))));
    }

    #[test]
    fn a_sum_too_strong_is_refused_before_it_asks_for_memory() {
        let exp = PauliExp::new(2, &["XI", "ZI"], &[1.0, 1.0], 1e9).unwrap();
        let circuit = Circuit::new(2, [Qis::PauliExp(exp.into()).on([1, 0])]).unwrap();
        assert!(matches!(evolve(&circuit.into(), &bytes(0)), Err(SimulateError::PauliExp { .. })));
    }
}
