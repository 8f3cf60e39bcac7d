//! `paultrap compile`: a circuit in, the fewest native gates that do the same out.

use super::{Format, Stop, input, show};
use crate::circuit::{Circuit, CircuitJson, Program};
use crate::compile::{Options, Target, compile};
use crate::device::{self, Device};
use crate::gates::{Gate, Native};
use clap::Args;
use std::io::{self, Write};
use std::path::PathBuf;

/// Compile circuits to the native gates of a device
#[derive(Debug, Args)]
pub(super) struct Compile {
    /// Circuits as for `run`; `-` is standard input
    file: PathBuf,
    /// A device family (aria, forte), a backend such as qpu.aria-2, or a device file such as those in fixtures/devices
    #[arg(long, default_value = "aria", value_parser = device)]
    target: Device,
    /// Keep the whole operation, not only the outcome from |0…0⟩
    #[arg(long)]
    exact: bool,
    /// json goes to the API as it is; table compares before and after
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

/// The device behind a target's name.
fn device(name: &str) -> Result<Device, String> {
    if name.ends_with(".toml") {
        let text = std::fs::read_to_string(name).map_err(|error| error.to_string())?;
        return Device::read(&text).map_err(|error| error.to_string());
    }
    let backend = match name {
        "aria" => "qpu.aria-1".to_owned(),
        "forte" => "qpu.forte-1".to_owned(),
        other => device::canonical(other),
    };
    let allowed =
        || device::all().iter().filter(|device| device.is_qpu()).map(|device| device.name.as_str()).collect::<Vec<_>>().join(", ");
    let named = device::find(&backend).filter(|device| device.is_qpu()).cloned();
    named.ok_or_else(|| format!("allowed are aria, forte, {}, and a device file (.toml)", allowed()))
}

impl Compile {
    pub(super) fn main(self) -> Result<(), Stop> {
        let input = input::read(&self.file)?;
        let target = Target::of(&self.target);
        let mut out = io::stdout().lock();
        for task in &input.tasks {
            let compiled = compile(&task.program, &target, Options { exact: self.exact });
            let compiled = compiled.map_err(|error| Stop::Input(format!("{}: {}: {error}", self.file.display(), task.name)))?;
            match self.format {
                Format::Json => {
                    let name = input.batch.then(|| task.name.clone());
                    let json = CircuitJson { name, ..CircuitJson::from(&Program::Native(compiled)) };
                    writeln!(out, "{}", serde_json::to_string(&json).map_err(io::Error::from)?)?;
                }
                Format::Table => out.write_all(self.table(&task.name, &task.program, compiled).as_bytes())?,
            }
        }
        Ok(out.flush()?)
    }

    fn table(&self, name: &str, before: &Program, after: Circuit<Native>) -> String {
        let after = Program::Native(after);
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let mut rows = vec![row(["", "before", "after"])];
        let (was, is) = (before.gate_counts(), after.gate_counts());
        let mut compare = |what: &str, was: usize, is: usize| rows.push(row([what, &was.to_string(), &is.to_string()]));
        compare("gates on one qubit", was.one_qubit, is.one_qubit);
        compare("gates on two or more", was.two_qubit, is.two_qubit);
        compare("depth of those", before.two_qubit_depth(), after.two_qubit_depth());
        let fidelity = |program: &Program| match program {
            Program::Native(circuit) if circuit.operations().iter().all(|operation| self.target.plays(operation.gate.spec().name)) => {
                let counts = circuit.gate_counts();
                let fidelity = self.target.estimated_fidelity(counts.one_qubit, counts.two_qubit, circuit.qubits());
                fidelity.map_or("-".to_owned(), |fidelity| format!("{fidelity:.4}"))
            }
            _ => "-".to_owned(),
        };
        rows.push(row(["estimated fidelity", &fidelity(before), &fidelity(&after)]));
        format!("{} for {}, {}\n{}", show::plain(name), self.target.name, self.kept(), show::table(&rows))
    }

    fn kept(&self) -> &'static str {
        if self.exact { "same operation" } else { "same outcome from |0…0⟩" }
    }
}
