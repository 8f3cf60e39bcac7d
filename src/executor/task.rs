use crate::api;
use crate::circuit::{Input, Program};
use crate::compile::{CompileError, CompileOptions, Target, compile};
use crate::gates::{Gate, PauliExp};
use crate::outcome::Shots;

/// One circuit or OpenQASM program to be run, and what is special about it; what it leaves open the batch decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The name the job will have.
    pub name: String,
    /// The circuit or program.
    pub program: Input,
    /// The backend.
    pub backend: Option<String>,
    /// The shots.
    pub shots: Option<Shots>,
    /// The noise model.
    pub noise: Option<String>,
}

impl Task {
    /// A circuit or program with a name and nothing special.
    pub fn new(name: impl Into<String>, program: impl Into<Input>) -> Task {
        Task { name: name.into(), program: program.into(), backend: None, shots: None, noise: None }
    }

    /// The same, its circuit compiled to native gates; a program stays as it is.
    pub(super) fn native(self, target: &Target) -> Result<Task, CompileError> {
        let program = match self.program {
            Input::Circuit(program, registers) => Input::Circuit(compile(&program, target, CompileOptions::default())?.into(), registers),
            program => program,
        };
        Ok(Task { program, ..self })
    }

    /// Whether two circuits can be in one multi-circuit job. Programs are jobs of their own.
    pub(super) fn goes_with(&self, other: &Task) -> bool {
        let circuits = self.program.circuit().is_some() && other.program.circuit().is_some();
        circuits && (&self.backend, self.shots, &self.noise) == (&other.backend, other.shots, &other.noise)
    }
}

/// What the circuits of one job come to, against what a service takes in one.
#[derive(Default)]
pub(super) struct Load {
    gates: usize,
    bytes: usize,
    circuits: usize,
}

impl Load {
    /// Less than the 10 MB of a body, as the length is an estimate.
    const BYTES: usize = 8_000_000;

    /// The length of a circuit as JSON, estimated from above: names, indices and numbers of full precision.
    fn bytes(program: &Input) -> usize {
        const GATE: usize = 160;
        let terms = |exp: &PauliExp| exp.terms().len() * (exp.qubits() + 32);
        let registers: usize =
            program.registers_json().iter().flatten().map(|(name, places)| 6 * name.len() + 8 * (1 + places.len())).sum();
        registers
            + match program {
                Input::Qasm3(program) => program.text().len(),
                Input::Circuit(Program::Qis(circuit), _) => {
                    let lists = circuit.operations().iter().filter_map(|operation| operation.gate.pauli_exp()).map(terms).sum::<usize>();
                    circuit.operations().len() * GATE + lists
                }
                Input::Circuit(Program::Native(circuit), _) => circuit.operations().len() * GATE,
            }
    }

    /// Whether one more circuit fits.
    pub(super) fn takes(&self, program: &Input) -> bool {
        self.circuits < api::MAX_CIRCUITS
            && self.gates + program.len() <= api::MAX_GATES
            && self.bytes + Self::bytes(program) <= Self::BYTES
    }

    pub(super) fn add(&mut self, program: &Input) {
        self.circuits += 1;
        self.gates += program.len();
        self.bytes += Self::bytes(program);
    }
}
