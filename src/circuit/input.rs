//! What a job brings along to be run.

use super::{
    Circuit, CircuitError, GateCounts, MeasuredCircuit, Program, Qasm3Error, Register, Registers, Whole, read_qasm3_program, register,
};
use crate::gates::{Gate, Native, Qis};

/// An OpenQASM program as it was written, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Qasm3Program {
    text: Box<str>,
    circuit: MeasuredCircuit<Qis>,
    measured_at_end: Option<Box<[Option<usize>]>>,
}

impl Qasm3Program {
    /// Reads a program and keeps its text.
    ///
    /// # Errors
    /// [`Qasm3Error`] with the line and the construct at fault.
    pub fn read(text: impl Into<Box<str>>) -> Result<Qasm3Program, Qasm3Error> {
        let text = text.into();
        let circuit = read_qasm3_program(&text)?;
        Ok(Qasm3Program { measured_at_end: circuit.measured_at_end().map(Vec::into), circuit, text })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says.
    pub fn circuit(&self) -> &MeasuredCircuit<Qis> {
        &self.circuit
    }

    /// What [`MeasuredCircuit::measured_at_end`] says of it, found out once.
    pub fn measured_at_end(&self) -> Option<&[Option<usize>]> {
        self.measured_at_end.as_deref()
    }
}

/// A circuit whose qubits are all measured at the end, or a program that measures as it likes.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A circuit, and the registers that its results are shown by besides.
    Circuit(Program, Vec<Register>),
    /// A program.
    Qasm3(Qasm3Program),
}

impl Input {
    /// A circuit with registers as the wire names them.
    ///
    /// # Errors
    /// [`CircuitError::Register`] and [`CircuitError::Registers`].
    pub fn with_registers(program: Program, registers: Option<&Registers>) -> Result<Input, CircuitError> {
        let registers = register::registers(&program, registers)?;
        Ok(Input::Circuit(program, registers))
    }

    /// What bits of an outcome are called.
    pub fn registers(&self) -> &[Register] {
        match self {
            Input::Circuit(_, registers) => registers,
            Input::Qasm3(program) => program.circuit.registers(),
        }
    }

    /// The registers of a circuit as the wire names them; none for a program, which brings its own.
    pub(crate) fn registers_json(&self) -> Option<Registers> {
        let Input::Circuit(_, registers) = self else { return None };
        let whole = |place: Option<usize>| place.map(|qubit| Whole(qubit as i64));
        let all = registers.iter().map(|register| (register.name().to_owned(), register.places().map(whole).collect()));
        (!registers.is_empty()).then(|| all.collect())
    }

    /// How many qubits it declares.
    pub fn qubits(&self) -> usize {
        match self {
            Input::Circuit(program, _) => program.qubits(),
            Input::Qasm3(program) => program.circuit.gates().qubits(),
        }
    }

    /// How many bits an outcome has: one for each qubit of a circuit, one for each bit of a program.
    pub fn bits(&self) -> usize {
        match self {
            Input::Circuit(program, _) => program.qubits(),
            Input::Qasm3(program) => program.circuit.bits(),
        }
    }

    /// How many gates there are.
    pub fn len(&self) -> usize {
        match self {
            Input::Circuit(program, _) => program.len(),
            Input::Qasm3(program) => program.circuit.gates().operations().len(),
        }
    }

    /// About what it takes in memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        fn of<G: Gate>(circuit: &Circuit<G>) -> usize {
            let sums = circuit.operations().iter().filter_map(|operation| operation.gate.pauli_exp());
            size_of_val(circuit.operations()) + sums.map(|exp| size_of_val(exp.terms())).sum::<usize>()
        }
        let registers: usize = self.registers().iter().map(Register::bytes).sum();
        let own = match self {
            Input::Circuit(Program::Qis(circuit), _) => of(circuit),
            Input::Circuit(Program::Native(circuit), _) => of(circuit),
            Input::Qasm3(program) => program.text.len() + of(program.circuit.gates()),
        };
        own + registers
    }

    /// Whether there is no gate at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many gates act on one qubit, and how many on more.
    pub fn gate_counts(&self) -> GateCounts {
        match self {
            Input::Circuit(program, _) => program.gate_counts(),
            Input::Qasm3(program) => program.circuit.gates().gate_counts(),
        }
    }

    /// The circuit, if it is one.
    pub fn circuit(&self) -> Option<&Program> {
        match self {
            Input::Circuit(program, _) => Some(program),
            Input::Qasm3(_) => None,
        }
    }
}

impl From<Program> for Input {
    fn from(program: Program) -> Input {
        Input::Circuit(program, Vec::new())
    }
}

impl From<Circuit<Qis>> for Input {
    fn from(circuit: Circuit<Qis>) -> Input {
        Program::from(circuit).into()
    }
}

impl From<Circuit<Native>> for Input {
    fn from(circuit: Circuit<Native>) -> Input {
        Program::from(circuit).into()
    }
}

impl From<Qasm3Program> for Input {
    fn from(program: Qasm3Program) -> Input {
        Input::Qasm3(program)
    }
}
