//! Whatever a job brings along: circuits, and programs, which are circuits too if they measure only at their end.

use super::measured::{lowered, run_measured};
use super::{Machine, Outcome, RunError, RunOptions, Unfit};
use crate::circuit::{Circuit, Input, Program, Qasm3Program, Register};
use crate::compile::CompileError;
use crate::gates::{Gateset, Native};
use crate::outcome::Variant;
use crate::simulate::Memory;

/// Runs a circuit with [`run`](fn@super::run); a program that measures only at its end
/// ([`measured_at_end`](crate::circuit::MeasuredCircuit::measured_at_end)) as the circuit that it is, and what its qubits show is
/// written into its bits; any other with [`run_measured`].
///
/// # Errors
/// [`RunError`].
pub fn run_input(input: &Input, options: &RunOptions, memory: &Memory) -> Result<Outcome, RunError> {
    let registers = input.registers().to_vec();
    match input {
        Input::Circuit(program, _) => Ok(Outcome { registers, ..super::run(program, options, memory)? }),
        // Exact probabilities are the same either way, and this one adds up those of the bits alone.
        Input::Qasm3(program) if options.machine.is_ideal() => run_measured(program.circuit(), options, memory),
        Input::Qasm3(program) => match program.measured_at_end() {
            Some(sources) => Ok(super::run(&gates(program), options, memory)?.into_bits(sources, registers)),
            None => run_measured(program.circuit(), options, memory),
        },
    }
}

/// What a machine with noise plays; `None` for the ideal simulator, and for a program that measures on its way, which is compiled in
/// parts.
///
/// # Errors
/// [`CompileError`].
pub fn compiled_input(input: &Input, machine: &Machine) -> Result<Option<Circuit<Native>>, CompileError> {
    match (input, machine.target()) {
        (Input::Circuit(program, _), _) => super::compiled(program, machine),
        (Input::Qasm3(program), Some(_)) if program.measured_at_end().is_some() => super::compiled(&gates(program), machine),
        (Input::Qasm3(program), Some(target)) => lowered(program.circuit(), &target).map(|_| None),
        (Input::Qasm3(_), None) => Ok(None),
    }
}

/// Whether a machine can run a circuit or a program that is valid in itself.
///
/// # Errors
/// [`Unfit`], the first reason found.
pub fn check_input(input: &Input, options: &RunOptions) -> Result<(), Unfit> {
    match input {
        Input::Circuit(program, _) => super::check(program, options),
        Input::Qasm3(program) => super::check(&gates(program), options),
    }
}

/// The gates of a program alone.
fn gates(program: &Qasm3Program) -> Program {
    Program::Qis(program.circuit().gates().clone())
}

impl RunOptions {
    /// Whether a circuit or a program is debiased: [`RunOptions::debiases`], but a program that measures on its way never.
    pub fn debiases_input(&self, input: &Input) -> bool {
        match input {
            Input::Circuit(program, _) => self.debiases(program.gateset()),
            Input::Qasm3(program) => program.measured_at_end().is_some() && self.debiases(Gateset::Qis),
        }
    }
}

impl Outcome {
    /// The same in bits: each is what its qubit shows, or 0 if it has none.
    fn into_bits(self, sources: &[Option<usize>], registers: Vec<Register>) -> Outcome {
        let shown = |source: &Option<usize>, outcome: u64| source.map_or(0, |qubit| outcome >> qubit & 1);
        let read = |outcome| sources.iter().enumerate().fold(0, |bits, (bit, source)| bits | shown(source, outcome) << bit);
        let counts = self.counts.map(|counts| counts.regrouped(sources.len(), read));
        let probabilities = match &counts {
            Some(counts) => counts.frequencies(),
            None => self.probabilities.regrouped(sources.len(), read),
        };
        let of_bits = |variant: Variant| Variant { counts: variant.counts.regrouped(sources.len(), read), ..variant };
        let variants = self.variants.into_iter().map(of_bits).collect();
        let shots = self.shots.map(|shots| shots.into_iter().map(read).collect());
        Outcome { probabilities, counts, shots, registers, variants, ..self }
    }
}
