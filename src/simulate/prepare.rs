//! Operations made ready: what a gate does becomes one kernel call, or a few, and what they take in memory.

use super::step::{Step, Steps};
use super::{SimulateError, pauli};
use crate::circuit::{Circuit, Operation};
use crate::gates::{Action, Gate};
use smallvec::smallvec;

/// Makes an operation ready for a state in which `place` tells a qubit's position.
pub(super) fn steps<G: Gate>(operation: &Operation<G>, place: impl Fn(usize) -> usize) -> Result<Steps, SimulateError> {
    let controls = operation.controls.iter().fold(0, |mask, &qubit| mask | 1 << place(qubit));
    let target = |index: usize| place(operation.targets[index]);
    Ok(match operation.gate.action() {
        Action::Identity => Steps::new(),
        Action::One(matrix) => smallvec![Step::one(&matrix, target(0), controls)],
        Action::Two(matrix) => smallvec![Step::two(&matrix, [target(0), target(1)], controls)],
        Action::PauliExp(exp) => pauli::steps(exp, target, controls)?,
    })
}

/// What the steps of a circuit take in memory, besides the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Needs {
    /// How many buffers of a state's size work on one state.
    pub(super) buffers: usize,
    /// Bytes of all steps together.
    pub(super) steps: u128,
    /// Those among them that sums of Pauli strings take, for their matrices above all.
    pub(super) sums: u128,
    /// The most that those of one operation take.
    pub(super) largest: u128,
}

impl Needs {
    /// Adds everything up, without making a single matrix.
    ///
    /// # Errors
    /// What [`steps`] would fail with.
    pub(super) fn of<G: Gate>(circuit: &Circuit<G>) -> Result<Needs, SimulateError> {
        let mut needs = Needs { steps: (circuit.operations().len() * size_of::<Step>()) as u128, ..Needs::default() };
        for exp in circuit.operations().iter().filter_map(|operation| operation.gate.pauli_exp()) {
            let before = needs.sums;
            for group in exp.groups() {
                let (series, bytes) = pauli::cost(&group)?;
                needs.buffers = needs.buffers.max(if series { 2 } else { 0 });
                needs.sums += (bytes + size_of::<Step>()) as u128;
            }
            needs.largest = needs.largest.max(needs.sums - before);
        }
        needs.steps += needs.sums;
        Ok(needs)
    }
}
