//! What a job brings along to be run.

use super::{Circuit, GateCounts, MeasuredCircuit, Program, Qasm3Error, read_qasm3_program};
use crate::gates::{Gate, Native, Qis};

/// An OpenQASM program as it was written, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Qasm3Program {
    text: Box<str>,
    circuit: MeasuredCircuit<Qis>,
}

impl Qasm3Program {
    /// Reads a program and keeps its text.
    ///
    /// # Errors
    /// [`Qasm3Error`] with the line and the construct at fault.
    pub fn read(text: impl Into<Box<str>>) -> Result<Qasm3Program, Qasm3Error> {
        let text = text.into();
        Ok(Qasm3Program { circuit: read_qasm3_program(&text)?, text })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says.
    pub fn circuit(&self) -> &MeasuredCircuit<Qis> {
        &self.circuit
    }
}

/// A circuit whose qubits are all measured at the end, or a program that measures as it likes.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A circuit.
    Circuit(Program),
    /// A program.
    Qasm3(Qasm3Program),
}

impl Input {
    /// How many qubits it declares.
    pub fn qubits(&self) -> usize {
        match self {
            Input::Circuit(program) => program.qubits(),
            Input::Qasm3(program) => program.circuit.gates().qubits(),
        }
    }

    /// How many bits an outcome has: one for each qubit of a circuit, one for each bit of a program.
    pub fn bits(&self) -> usize {
        match self {
            Input::Circuit(program) => program.qubits(),
            Input::Qasm3(program) => program.circuit.bits(),
        }
    }

    /// How many gates there are.
    pub fn len(&self) -> usize {
        match self {
            Input::Circuit(program) => program.len(),
            Input::Qasm3(program) => program.circuit.gates().operations().len(),
        }
    }

    /// About what it takes in memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        fn of<G: Gate>(circuit: &Circuit<G>) -> usize {
            let sums = circuit.operations().iter().filter_map(|operation| operation.gate.pauli_exp());
            size_of_val(circuit.operations()) + sums.map(|exp| size_of_val(exp.terms())).sum::<usize>()
        }
        match self {
            Input::Circuit(Program::Qis(circuit)) => of(circuit),
            Input::Circuit(Program::Native(circuit)) => of(circuit),
            Input::Qasm3(program) => program.text.len() + of(program.circuit.gates()),
        }
    }

    /// Whether there is no gate at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many gates act on one qubit, and how many on more.
    pub fn gate_counts(&self) -> GateCounts {
        match self {
            Input::Circuit(program) => program.gate_counts(),
            Input::Qasm3(program) => program.circuit.gates().gate_counts(),
        }
    }

    /// The circuit, if it is one.
    pub fn circuit(&self) -> Option<&Program> {
        match self {
            Input::Circuit(program) => Some(program),
            Input::Qasm3(_) => None,
        }
    }
}

impl From<Program> for Input {
    fn from(program: Program) -> Input {
        Input::Circuit(program)
    }
}

impl From<Circuit<Qis>> for Input {
    fn from(circuit: Circuit<Qis>) -> Input {
        Input::Circuit(circuit.into())
    }
}

impl From<Circuit<Native>> for Input {
    fn from(circuit: Circuit<Native>) -> Input {
        Input::Circuit(circuit.into())
    }
}

impl From<Qasm3Program> for Input {
    fn from(program: Qasm3Program) -> Input {
        Input::Qasm3(program)
    }
}
