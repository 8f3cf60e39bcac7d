//! An order of the operations in which there are few amplitudes on the way.
//!
//! Compilers put gates on one qubit as early as they can, and each may double the amplitudes; what halves them again, on the same qubit,
//! may come after gates on many others. So a gate on one qubit waits until something else needs its qubit, or until it takes nothing more.

use super::super::prepare;
use super::super::{SimulateError, Stop};
use super::branching;
use super::state::{Full, Sparse};
use crate::circuit::{Circuit, MAX_QUBITS, Operation};
use crate::gates::Gate;
use std::collections::VecDeque;

/// Why an evolution ended early.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulate) enum End {
    /// More amplitudes than there is room for.
    Full,
    /// More work than was to be done.
    Long,
    /// What any evolution can fail with.
    Failed(SimulateError),
}

impl End {
    /// What an evolution came to; `None` if there was no room for it.
    ///
    /// # Errors
    /// What it failed with.
    pub(super) fn unless_full<T>(ended: Result<T, End>) -> Result<Option<T>, SimulateError> {
        match ended {
            Ok(result) => Ok(Some(result)),
            Err(End::Full | End::Long) => Ok(None),
            Err(End::Failed(error)) => Err(error),
        }
    }
}

impl From<Full> for End {
    fn from(Full: Full) -> End {
        End::Full
    }
}

impl From<SimulateError> for End {
    fn from(error: SimulateError) -> End {
        End::Failed(error)
    }
}

/// A circuit on its way.
pub(super) struct Lazy<'c, G: Gate> {
    circuit: &'c Circuit<G>,
    state: Sparse,
    /// What a gate is tried on.
    trial: Sparse,
    /// What is still to be done on each qubit.
    ahead: [VecDeque<usize>; MAX_QUBITS],
    /// The operations in the order in which they were done.
    order: Vec<usize>,
    /// How much more work may be done, in amplitudes times operations.
    work: usize,
    stop: &'c Stop,
}

impl<'c, G: Gate> Lazy<'c, G> {
    pub(super) fn new(circuit: &'c Circuit<G>, most: usize, work: usize, stop: &'c Stop) -> Self {
        let mut ahead: [VecDeque<usize>; MAX_QUBITS] = std::array::from_fn(|_| VecDeque::new());
        for (index, operation) in circuit.operations().iter().enumerate() {
            operation.acting().for_each(|qubit| ahead[qubit].push_back(index));
        }
        Lazy { circuit, state: Sparse::zero(most), trial: Sparse::zero(most), ahead, order: Vec::new(), work, stop }
    }

    /// Goes through the whole circuit: gates on several qubits in their order, those on one when it is best.
    pub(super) fn run(&mut self) -> Result<(), End> {
        for qubit in 0..self.circuit.qubits() {
            self.advance(qubit)?;
        }
        for (index, operation) in self.circuit.operations().iter().enumerate() {
            if !is_joint(operation) {
                continue;
            }
            for qubit in operation.acting() {
                self.catch_up(qubit)?;
                self.ahead[qubit].pop_front(); // the operation itself
            }
            self.take(index)?;
            for qubit in operation.acting() {
                self.advance(qubit)?;
            }
        }
        for qubit in 0..self.circuit.qubits() {
            self.catch_up(qubit)?;
        }
        Ok(self.stop.check()?)
    }

    /// The state at the end.
    pub(super) fn into_state(self) -> Sparse {
        self.state
    }

    /// The operations in the order in which they were done.
    pub(super) fn into_order(self) -> Vec<usize> {
        self.order
    }

    /// Does what is ahead on a qubit up to the next gate on several.
    fn catch_up(&mut self, qubit: usize) -> Result<(), End> {
        while let Some(index) = self.next_alone(qubit, 0) {
            self.ahead[qubit].pop_front();
            self.take(index)?;
        }
        Ok(())
    }

    /// A gate that is ahead on a qubit, so many behind the next, if it and those before it are on this qubit alone.
    fn next_alone(&self, qubit: usize, behind: usize) -> Option<usize> {
        let index = *self.ahead[qubit].get(behind)?;
        (!is_joint(&self.circuit.operations()[index])).then_some(index)
    }

    fn take(&mut self, index: usize) -> Result<(), End> {
        self.order.push(index);
        self.stop.check()?;
        apply(&mut self.state, self.circuit, index, self.stop)?;
        self.account()
    }

    fn account(&mut self) -> Result<(), End> {
        self.work = self.work.checked_sub(self.state.entries().len()).ok_or(End::Long)?;
        Ok(())
    }

    /// Does as much of what is ahead on a qubit alone as leaves no more amplitudes than there are.
    fn advance(&mut self, qubit: usize) -> Result<(), End> {
        while let Some(index) = self.next_alone(qubit, 0)
            && branching(&self.circuit.operations()[index].gate.action()) == 0
        {
            self.ahead[qubit].pop_front();
            self.take(index)?;
        }
        self.trial.copy_from(&self.state);
        let mut tried = 0;
        while let Some(index) = self.next_alone(qubit, tried) {
            self.stop.check()?;
            tried += 1;
            match apply(&mut self.trial, self.circuit, index, self.stop) {
                Err(End::Full) => break,
                applied => applied?,
            }
            if self.trial.entries().len() <= self.state.entries().len() {
                self.state.copy_from(&self.trial);
                self.order.extend(self.ahead[qubit].drain(..tried));
                tried = 0;
            }
            self.account()?;
        }
        Ok(())
    }
}

/// Whether an operation is on several qubits.
fn is_joint<G: Gate>(operation: &Operation<G>) -> bool {
    operation.acting().nth(1).is_some()
}

fn apply<G: Gate>(state: &mut Sparse, circuit: &Circuit<G>, index: usize, stop: &Stop) -> Result<(), End> {
    for step in prepare::steps(&circuit.operations()[index], |qubit| qubit)? {
        state.take(&step, stop)?;
    }
    Ok(())
}
