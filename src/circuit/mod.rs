//! Gates placed on qubits, validated once: whoever holds a [`Circuit`] holds the proof that it makes sense.
//!
//! May import: `gates`. Read [`Circuit::new`] first, then `json.rs` for the wire form and `qasm3` for text;
//! `measured.rs` is for circuits that measure on their way.

mod error;
mod forms;
mod input;
mod json;
mod lint;
mod measured;
mod qasm3;
mod register;
mod validate;

pub use error::{CircuitError, OperationError, RegisterError};
pub(crate) use forms::{Object, objects};
pub use forms::{OneOrMany, Whole};
pub use input::{Input, Qasm3Program};
pub(crate) use json::program;
pub use json::{CircuitJson, GateJson, Registers};
pub(crate) use lint::messages as lint_messages;
pub use lint::{Finding, Suspicion, lint};
pub use measured::{Event, MeasuredCircuit, MeasuredCircuitError};
pub use qasm3::{NoExactProgram, Qasm3Error, Qasm3Problem, native_qasm3, qis_qasm3, read_qasm3, read_qasm3_program};
pub use register::Register;

use crate::gates::{Gate, Gateset, Native, Qis};
use smallvec::SmallVec;

/// The widest circuit: an outcome must fit a `u64`.
pub const MAX_QUBITS: usize = 64;

/// The most bits that the measurements of a circuit can fill: an outcome must fit a `u64`.
pub const MAX_BITS: usize = 64;

/// The most characters of a register's name: results repeat it for every shot.
pub const MAX_REGISTER_NAME: usize = 256;

/// The most registers of a circuit, as there are bits at most.
pub const MAX_REGISTERS: usize = MAX_BITS;

/// The most gates of a job, all circuits together.
pub const MAX_GATES: usize = 150_000;

/// A short list of qubit indices.
pub type Qubits = SmallVec<[usize; 2]>;

/// A gate on its qubits.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation<G> {
    /// The gate.
    pub gate: G,
    /// The qubits it acts on, in the gate's order.
    pub targets: Qubits,
    /// The qubits that must be 1 for it to act.
    pub controls: Qubits,
}

/// Places a gate on qubits: `Qis::X.on([1]).controlled_by([0])`.
pub trait On: Gate {
    /// The gate on these targets, without controls. Nothing is checked before [`Circuit::new`].
    fn on(self, targets: impl IntoIterator<Item = usize>) -> Operation<Self> {
        Operation { gate: self, targets: targets.into_iter().collect(), controls: Qubits::new() }
    }
}

impl<G: Gate> On for G {}

impl<G: Gate> Operation<G> {
    /// The same operation, acting only where all these qubits are 1.
    #[must_use]
    pub fn controlled_by(mut self, controls: impl IntoIterator<Item = usize>) -> Self {
        self.controls.extend(controls);
        self
    }

    /// Targets, then controls.
    pub fn qubits(&self) -> impl Iterator<Item = usize> + '_ {
        self.targets.iter().chain(&self.controls).copied()
    }

    /// The qubits that the operation does something to or depends on: none for `nop`, and for `pauliexp` only the targets that
    /// have a letter other than I in some term.
    pub fn acting(&self) -> impl Iterator<Item = usize> + '_ {
        let support = match (self.gate.native(), self.gate.pauli_exp()) {
            (Some(Native::Nop), _) => 0,
            (_, Some(exp)) => exp.terms().iter().fold(0, |support, (string, _)| support | string.support()),
            (_, None) => u64::MAX,
        };
        let targets = self.targets.iter().enumerate().filter(move |(place, _)| support >> place & 1 == 1).map(|(_, qubit)| *qubit);
        targets.chain(self.controls.iter().copied())
    }
}

/// A valid sequence of operations on `qubits` qubits, all of one gateset.
#[derive(Debug, Clone, PartialEq)]
pub struct Circuit<G> {
    qubits: usize,
    operations: Vec<Operation<G>>,
}

impl<G: Gate> Circuit<G> {
    /// Validates and keeps the operations.
    ///
    /// ```
    /// use paultrap::circuit::{Circuit, On};
    /// use paultrap::gates::Qis;
    /// let bell = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])])?;
    /// let wrong = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([2])]).unwrap_err();
    /// assert_eq!(wrong.to_string(), "operation 1 (x): target 2 is outside 0..=1");
    /// # Ok::<(), paultrap::circuit::CircuitError>(())
    /// ```
    ///
    /// # Errors
    /// [`CircuitError`], naming the operation, the field, what was given and what is allowed.
    pub fn new(qubits: usize, operations: impl IntoIterator<Item = Operation<G>>) -> Result<Self, CircuitError> {
        validate::width(qubits as i64)?;
        let operations: Vec<_> = operations.into_iter().collect();
        for (index, operation) in operations.iter().enumerate() {
            validate::operation(operation, qubits).map_err(|problem| CircuitError::at(index, operation.gate.spec().name, problem))?;
        }
        Ok(Circuit { qubits, operations })
    }

    /// The declared width.
    pub fn qubits(&self) -> usize {
        self.qubits
    }

    /// The operations in time order.
    pub fn operations(&self) -> &[Operation<G>] {
        &self.operations
    }

    /// The qubits that some operation acts on, ascending. Only these cost anything.
    pub fn touched(&self) -> Vec<usize> {
        let mask = self.operations.iter().flat_map(Operation::acting).fold(0u64, |mask, qubit| mask | 1 << qubit);
        (0..self.qubits).filter(|qubit| mask >> qubit & 1 == 1).collect()
    }

    /// How many operations act on one qubit, and how many on more.
    pub fn gate_counts(&self) -> GateCounts {
        let one = self.operations.iter().filter(|operation| operation.qubits().count() == 1).count();
        GateCounts { one_qubit: one, two_qubit: self.operations.len() - one }
    }

    /// How many steps the operations on two or more qubits take if those that share no qubit happen at once.
    pub fn two_qubit_depth(&self) -> usize {
        let mut depths = vec![0; self.qubits];
        for operation in self.operations.iter().filter(|operation| operation.qubits().count() > 1) {
            let depth = operation.qubits().map(|qubit| depths[qubit]).max().unwrap_or(0) + 1;
            operation.qubits().for_each(|qubit| depths[qubit] = depth);
        }
        depths.into_iter().max().unwrap_or(0)
    }
}

/// How many operations act on one qubit, and how many on two or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GateCounts {
    /// On one qubit.
    pub one_qubit: usize,
    /// On two or more.
    pub two_qubit: usize,
}

/// A circuit of either gateset: what a job runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Program {
    /// Abstract gates.
    Qis(Circuit<Qis>),
    /// Native gates.
    Native(Circuit<Native>),
}

impl Program {
    /// The declared width.
    pub fn qubits(&self) -> usize {
        match self {
            Program::Qis(circuit) => circuit.qubits(),
            Program::Native(circuit) => circuit.qubits(),
        }
    }

    /// The gateset it is written in.
    pub fn gateset(&self) -> Gateset {
        match self {
            Program::Qis(_) => Gateset::Qis,
            Program::Native(_) => Gateset::Native,
        }
    }

    /// The qubits that some operation acts on, ascending.
    pub fn touched(&self) -> Vec<usize> {
        match self {
            Program::Qis(circuit) => circuit.touched(),
            Program::Native(circuit) => circuit.touched(),
        }
    }

    /// How many operations there are.
    pub fn len(&self) -> usize {
        match self {
            Program::Qis(circuit) => circuit.operations().len(),
            Program::Native(circuit) => circuit.operations().len(),
        }
    }

    /// Whether there is no operation at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many operations act on one qubit, and how many on more.
    pub fn gate_counts(&self) -> GateCounts {
        match self {
            Program::Qis(circuit) => circuit.gate_counts(),
            Program::Native(circuit) => circuit.gate_counts(),
        }
    }

    /// How many steps the operations on two or more qubits take if those that share no qubit happen at once.
    pub fn two_qubit_depth(&self) -> usize {
        match self {
            Program::Qis(circuit) => circuit.two_qubit_depth(),
            Program::Native(circuit) => circuit.two_qubit_depth(),
        }
    }
}

impl From<Circuit<Qis>> for Program {
    fn from(circuit: Circuit<Qis>) -> Program {
        Program::Qis(circuit)
    }
}

impl From<Circuit<Native>> for Program {
    fn from(circuit: Circuit<Native>) -> Program {
        Program::Native(circuit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::{PauliExp, Turns};

    #[test]
    fn pauses_and_identity_letters_touch_nothing() {
        let nop = (0..29).map(|qubit| Native::Nop.on([qubit]));
        let circuit = Circuit::new(29, nop.chain([Native::Gpi2(Turns(0.1)).on([28])])).unwrap();
        assert_eq!(circuit.touched(), [28]);
        let exp = PauliExp::new(5, &["IIXIX", "IIIIZ"], &[1.0, 0.5], 1.0).unwrap();
        let circuit = Circuit::new(9, [Qis::PauliExp(exp.into()).on([8, 6, 4, 2, 0]).controlled_by([7])]).unwrap();
        assert_eq!(circuit.touched(), [4, 7, 8]);
    }
}
