//! `paultrap compile`: a circuit in, few native gates that do the same out.

use super::{Format, Stop, devices, input, show};
use crate::circuit::{Circuit, CircuitJson, Program, lint_messages};
use crate::compile::{CompileError, CompileOptions, Target, compile};
use crate::device::{Catalog, Device};
use crate::diff::{self, Verdict};
use crate::gates::{Gate, Native};
use crate::simulate::Memory;
use clap::Args;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Compile circuits to the native gates of a device
#[derive(Debug, Args)]
pub(super) struct Compile {
    /// Circuits as for `run`; `-` is standard input
    file: PathBuf,
    /// A device family (aria, forte), a backend such as qpu.aria-2, or a device file such as those in fixtures/devices
    #[arg(long, default_value = "aria", value_parser = goal)]
    target: Goal,
    /// Keep the whole operation, not only the outcome from |0…0⟩
    #[arg(long)]
    exact: bool,
    /// Compare the result with the circuit, however wide, and print it only if it is the same
    #[arg(long)]
    check: bool,
    /// Compile this often and time it
    #[arg(long, default_value_t = 1, value_parser = super::positive)]
    repeat: usize,
    /// json goes to the API as it is; table compares before and after
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

/// What is compiled for, and the device that the fidelity is estimated of.
#[derive(Debug, Clone)]
pub(super) struct Goal {
    pub(super) target: Target,
    device: Arc<Device>,
}

/// A family is as wide as the circuit, a device as wide as it is.
pub(super) fn goal(name: &str) -> Result<Goal, String> {
    let catalog = Catalog::built_in();
    let built_in = |backend: &str| catalog.find(backend).filter(|device| device.is_qpu()).cloned();
    let family = |target: Target, device: &str| built_in(device).map(|device| Goal { target, device });
    let alone = |device: Arc<Device>| Goal { target: Target::of(&device), device };
    if name.ends_with(".toml") {
        return devices::from_file(name).map(Arc::new).map(alone);
    }
    let goal = match name {
        "aria" => family(Target::ARIA, "qpu.aria-1"),
        "forte" => family(Target::FORTE, "qpu.forte-1"),
        other => built_in(other).map(alone),
    };
    let devices = || catalog.all().filter(|device| device.is_qpu()).map(|device| device.name.as_str()).collect::<Vec<_>>().join(", ");
    goal.ok_or_else(|| format!("allowed are aria, forte, {}, and a device file (.toml)", devices()))
}

/// Up to this many qubits the table says whether the result is the same without being asked to.
const CHECKED: usize = 10;

impl Compile {
    pub(super) fn main(self) -> Result<(), Stop> {
        let input = input::read(&self.file)?;
        let mut out = io::stdout().lock();
        let mut total = Duration::ZERO;
        for task in input.tasks {
            let name = task.name.clone();
            let program = input::circuit(task)?;
            let fail = |problem: &dyn std::fmt::Display| Stop::Input(format!("{}: {name}: {problem}", self.file.display()));
            if let Program::Native(circuit) = &program {
                let warnings = lint_messages([(format!("{name}: "), circuit)]);
                warnings.iter().for_each(|warning| tell!("warning: {}", show::plain(warning)));
            }
            let (after, time) = self.compiled(&program).map_err(|error| fail(&error))?;
            total += time;
            let wanted = self.check || (self.format == Format::Table && program.touched().len() <= CHECKED);
            let verdict = wanted.then(|| diff::compare(&program, &after, Memory::shared()).map(|comparison| comparison.verdict));
            let verdict = verdict.transpose().map_err(|error| fail(&error))?;
            if verdict.is_some_and(|verdict| verdict < self.least()) {
                return Err(Stop::Unequal(format!("{}: {name}: the result is not the circuit", self.file.display())));
            }
            match self.format {
                Format::Json => {
                    let json = CircuitJson { name: input.batch.then_some(name), ..CircuitJson::from(&after) };
                    writeln!(out, "{}", serde_json::to_string(&json).map_err(io::Error::from)?)?;
                }
                Format::Table => out.write_all(self.table(&name, &program, &after, verdict).as_bytes())?,
            }
        }
        if self.format == Format::Table {
            tell!("compiled in {}", show::seconds(total));
        }
        Ok(out.flush()?)
    }

    /// The native circuit, and the shortest time it took.
    fn compiled(&self, program: &Program) -> Result<(Program, Duration), CompileError> {
        let mut best: Option<(Circuit<Native>, Duration)> = None;
        for _ in 0..self.repeat {
            let start = Instant::now();
            let circuit = compile(program, &self.target.target, CompileOptions { exact: self.exact })?;
            let time = start.elapsed();
            let time = best.map_or(time, |(_, least)| least.min(time));
            best = Some((circuit, time));
        }
        let (circuit, time) = best.expect("compiled at least once");
        Ok((circuit.into(), time))
    }

    /// What the result must be at least.
    fn least(&self) -> Verdict {
        if self.exact { Verdict::Identical } else { Verdict::SameOutcome }
    }

    fn table(&self, name: &str, before: &Program, after: &Program, verdict: Option<Verdict>) -> String {
        let mut rows = vec![["".to_owned(), "before".to_owned(), "after".to_owned()].to_vec()];
        let mut compare = |what: &str, was: String, is: String| rows.push(vec![what.to_owned(), was, is]);
        let (was, is) = (before.gate_counts(), after.gate_counts());
        compare("gates on one qubit", was.one_qubit.to_string(), is.one_qubit.to_string());
        compare("gates on two or more", was.two_qubit.to_string(), is.two_qubit.to_string());
        compare("depth of those", before.two_qubit_depth().to_string(), after.two_qubit_depth().to_string());
        compare("estimated fidelity", self.fidelity(before), self.fidelity(after));
        let promise = if self.exact { "the same operation" } else { "the same outcomes from |0…0⟩" };
        let checked = match verdict {
            Some(verdict) => format!("checked: {verdict}"),
            None => "not checked, ask with --check".to_owned(),
        };
        format!("{} on {}: {promise}, {checked}\n{}", show::plain(name), self.target.device.name, show::table(&rows))
    }

    /// Of a circuit that the device can play.
    fn fidelity(&self, program: &Program) -> String {
        let (Program::Native(circuit), device) = (program, &self.target.device) else { return "-".to_owned() };
        let plays =
            circuit.qubits() <= device.qubits && circuit.operations().iter().all(|operation| device.plays(operation.gate.spec().name));
        let counts = circuit.gate_counts();
        let fidelity = device.estimated_fidelity(counts.one_qubit, counts.two_qubit, circuit.qubits()).filter(|_| plays);
        fidelity.map_or("-".to_owned(), |fidelity| format!("{fidelity:.4}"))
    }
}
