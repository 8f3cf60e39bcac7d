//! From gates to what is done to the state.

use super::frame::{Crossed, Frame, crossed};
use super::{Lowered, Op};
use crate::circuit::{Circuit, Operation};
use crate::gates::{Action, Gate, Matrix2, Matrix4, matrix};
use crate::simulate::step::Step;
use crate::simulate::{SimulateError, Stop, prepare};
use std::f64::consts::FRAC_PI_2;

/// Lowers a circuit; `place` tells the bit in which each of its `width` qubits begins.
///
/// # Errors
/// [`SimulateError::PauliExp`] for a gate too strong to be computed, [`SimulateError::Stopped`].
pub(in crate::simulate) fn lower<G: Gate>(
    circuit: &Circuit<G>,
    width: usize,
    place: impl Fn(usize) -> usize,
    stop: &Stop,
) -> Result<Lowered, SimulateError> {
    let mut lowering = Lowering { frame: Frame::new(2 * circuit.operations().len()), gates: vec![None; width], bits: (0..width).collect() };
    for operation in circuit.operations() {
        stop.check()?;
        lowering.operation(operation, &place)?;
    }
    (0..width).for_each(|qubit| lowering.merge(qubit));
    Ok(Lowered { ops: lowering.frame.finish(), bits: lowering.bits })
}

/// Gates that are not diagonal and are on more qubits than this, controls included, need the whole state.
pub(super) const MOST_WORKED: usize = 4;

fn is_diagonal([[_, b], [c, _]]: &Matrix2) -> bool {
    b.norm_sqr() == 0.0 && c.norm_sqr() == 0.0
}

pub(super) struct Lowering {
    pub(super) frame: Frame,
    /// The product of the one-qubit gates that have come to each qubit since it last met another one.
    gates: Vec<Option<Matrix2>>,
    /// The bit that stands for each qubit now.
    pub(super) bits: Vec<usize>,
}

impl Lowering {
    fn operation<G: Gate>(&mut self, operation: &Operation<G>, place: impl Fn(usize) -> usize) -> Result<(), SimulateError> {
        let target = |index: usize| place(operation.targets[index]);
        let action = operation.gate.action();
        let few = operation.qubits().count() <= MOST_WORKED;
        match (action, operation.controls.is_empty()) {
            (Action::Identity, _) => {}
            (Action::One(matrix), true) => self.then(target(0), matrix),
            (Action::One(matrix), false) if few || is_diagonal(&matrix) => {
                operation.qubits().for_each(|qubit| self.merge(place(qubit)));
                let controls = self.mask(operation.controls.iter().map(|&qubit| place(qubit)));
                self.frame.controlled(&matrix, self.bits[target(0)], controls);
            }
            (Action::Two(matrix), _) if few || matches!(crossed(&matrix), Some(Crossed::Diagonal(_))) => {
                operation.controls.iter().for_each(|&qubit| self.merge(place(qubit)));
                let controls = self.mask(operation.controls.iter().map(|&qubit| place(qubit)));
                if !self.two(&matrix, [target(0), target(1)], controls) {
                    self.steps(operation, place)?;
                }
            }
            (Action::PauliExp(exp), _) => self.pauli_exp(exp, operation, place)?,
            (Action::One(_) | Action::Two(_), _) => self.steps(operation, place)?,
        }
        Ok(())
    }

    /// A gate on a qubit, after what has come to it.
    pub(super) fn then(&mut self, qubit: usize, matrix: Matrix2) {
        let gate = &mut self.gates[qubit];
        *gate = Some(gate.map_or(matrix, |before| matrix::product(&matrix, &before)));
    }

    /// Does what has come to a qubit alone.
    pub(super) fn merge(&mut self, qubit: usize) {
        if let Some(matrix) = self.gates[qubit].take() {
            self.frame.one(&matrix, self.bits[qubit]);
        }
    }

    pub(super) fn mask(&self, qubits: impl Iterator<Item = usize>) -> usize {
        qubits.fold(0, |mask, qubit| mask | 1 << self.bits[qubit])
    }

    /// False if the matrix is none that has a short form.
    pub(super) fn two(&mut self, matrix: &Matrix4, qubits: [usize; 2], controls: usize) -> bool {
        let targets = qubits.map(|qubit| self.bits[qubit]);
        let Some(crossed) = crossed(matrix) else { return false };
        if controls != 0 || matches!(crossed, Crossed::Diagonal(_)) {
            qubits.into_iter().for_each(|qubit| self.merge(qubit));
        }
        match crossed {
            Crossed::Swap if controls == 0 => {
                self.bits.swap(qubits[0], qubits[1]);
                self.gates.swap(qubits[0], qubits[1]);
            }
            Crossed::Swap => {
                let [first, second] = targets;
                self.frame.flip(second, 1 << first);
                self.frame.flip(first, controls | 1 << second);
                self.frame.flip(second, 1 << first);
            }
            Crossed::Diagonal(angles) => self.frame.diagonal(targets, angles, controls),
            Crossed::Interaction([first, second], rotation) => {
                // In the frame of these phases it turns about Y⊗X, which is real.
                let phases = [first - FRAC_PI_2, second];
                match controls {
                    0 => self.frame.pair(targets, qubits.map(|qubit| self.gates[qubit].take()), phases, rotation),
                    _ => self.frame.controlled_cross(targets, phases, rotation, controls),
                }
            }
        }
        true
    }

    /// What has no short form goes to the plain kernels as it is.
    fn steps<G: Gate>(&mut self, operation: &Operation<G>, place: impl Fn(usize) -> usize) -> Result<(), SimulateError> {
        operation.qubits().for_each(|qubit| self.merge(place(qubit)));
        let support = self.mask(operation.acting().map(&place));
        self.frame.settle(support);
        for step in prepare::steps(operation, |qubit| self.bits[place(qubit)])? {
            self.step(support, step);
        }
        Ok(())
    }

    pub(super) fn step(&mut self, support: usize, step: Step) {
        self.frame.push(support, Op::Step { support, step: Box::new(step) });
    }
}
