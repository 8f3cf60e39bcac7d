//! A circuit made ready once, to be applied to many states over the same qubits.

use super::evolve::places;
use super::prepare::{self, Needs};
use super::step::Steps;
use super::{OutOfMemory, SimulateError, StateVector};
use crate::circuit::{Circuit, Program};
use crate::gates::Gate;

/// A circuit made ready for states over certain of its qubits.
#[derive(Debug)]
pub(crate) struct Replay {
    /// One for each operation of the circuit.
    operations: Vec<Steps>,
}

/// What a [`Replay`] takes in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReplayNeeds {
    /// How many buffers of a state's size it works in, besides the state.
    pub(crate) buffers: usize,
    /// How many bytes are kept for all operations together.
    pub(crate) bytes: u128,
}

impl ReplayNeeds {
    /// Adds everything up, without making a single matrix.
    ///
    /// # Errors
    /// [`SimulateError::PauliExp`] for a gate too strong to be computed.
    pub(crate) fn of(program: &Program) -> Result<ReplayNeeds, SimulateError> {
        let needs = match program {
            Program::Qis(circuit) => Needs::of(circuit)?,
            Program::Native(circuit) => Needs::of(circuit)?,
        };
        let rows = program.len() * size_of::<Steps>();
        Ok(ReplayNeeds { buffers: needs.buffers, bytes: needs.steps + rows as u128 })
    }
}

impl Replay {
    /// Makes a circuit ready for states in which position k is qubit `qubits[k]`; every qubit that the circuit touches is among them.
    ///
    /// # Errors
    /// [`SimulateError::PauliExp`] for a gate too strong to be computed.
    pub(crate) fn new(program: &Program, qubits: &[usize]) -> Result<Replay, SimulateError> {
        match program {
            Program::Qis(circuit) => Replay::of(circuit, qubits),
            Program::Native(circuit) => Replay::of(circuit, qubits),
        }
    }

    /// The same for a circuit of a known gateset.
    pub(super) fn of<G: Gate>(circuit: &Circuit<G>, qubits: &[usize]) -> Result<Replay, SimulateError> {
        let place = places(qubits);
        let steps = circuit.operations().iter().map(|operation| prepare::steps(operation, |qubit| place[qubit]));
        Ok(Replay { operations: steps.collect::<Result<_, _>>()? })
    }

    /// How many operations there are.
    pub(crate) fn len(&self) -> usize {
        self.operations.len()
    }

    /// How often an amplitude is multiplied on its way through the whole circuit, roughly.
    pub(crate) fn cost(&self) -> f64 {
        self.operations.iter().flatten().map(super::step::Step::cost).sum()
    }

    /// Applies one operation.
    ///
    /// # Errors
    /// [`OutOfMemory`] if the system does not give the memory that a wide `pauliexp` works in.
    pub(crate) fn apply(&self, index: usize, state: &mut StateVector) -> Result<(), OutOfMemory> {
        self.operations[index].iter().try_for_each(|step| state.take(step))
    }

    /// Applies the whole circuit.
    ///
    /// # Errors
    /// As [`Replay::apply`].
    pub(crate) fn run(&self, state: &mut StateVector) -> Result<(), OutOfMemory> {
        self.operations.iter().flatten().try_for_each(|step| state.take(step))
    }
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{distance, random_state};
    use super::*;
    use crate::circuit::On;
    use crate::gates::{PauliExp, Qis, Radians};
    use rand::SeedableRng;

    #[test]
    fn a_replay_over_some_qubits_does_what_the_operations_do() {
        let exp = PauliExp::new(2, &["XI", "ZY"], &[0.3, -0.8], 1.1).unwrap();
        let circuit = |place: [usize; 3]| {
            let [a, b, c] = place;
            let gates = [
                Qis::H.on([a]),
                Qis::PauliExp(exp.clone().into()).on([c, a]),
                Qis::Ry(Radians(0.7)).on([b]).controlled_by([c]),
                Qis::Swap.on([a, b]),
            ];
            Circuit::new(40, gates).unwrap()
        };
        let before = random_state(3, &mut rand::rngs::ChaCha8Rng::seed_from_u64(11));
        let mut expected = StateVector::tiled(before.clone(), 3);
        circuit([0, 1, 2]).operations().iter().for_each(|operation| expected.apply(operation).unwrap());
        let replay = Replay::new(&circuit([4, 17, 39]).into(), &[4, 17, 39]).unwrap();
        let (mut whole, mut stepwise) = (StateVector::tiled(before.clone(), 3), StateVector::tiled(before, 3));
        replay.run(&mut whole).unwrap();
        (0..replay.len()).for_each(|index| replay.apply(index, &mut stepwise).unwrap());
        assert!(distance(expected.amplitudes(), whole.amplitudes()) < 1e-15);
        assert!(distance(expected.amplitudes(), stepwise.amplitudes()) < 1e-15);
    }
}
