use super::{Format, Stop, input};
use crate::circuit::Program;
use crate::diff::{Comparison, Difference, Followed, Method, Parting, Verdict, diff};
use crate::simulate::Memory;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Compare two circuits: are they the same operation, and if not, where do they part and what went wrong?
#[derive(Debug, clap::Args)]
pub(super) struct Diff {
    /// One circuit: IonQ circuit JSON of either gateset, or OpenQASM; - is standard input
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The other circuit
    #[arg(value_name = "B")]
    b: PathBuf,
    /// Accept nothing but identical circuits
    #[arg(long)]
    strict: bool,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

impl Diff {
    /// Prints the answer; an error if the circuits are not the same.
    pub(super) fn main(&self) -> Result<(), Stop> {
        if self.a == self.b && self.a == Path::new("-") {
            return Err(Stop::Input("standard input can be one of the two circuits, not both".to_owned()));
        }
        let (a, b) = (one(&self.a)?, one(&self.b)?);
        let both = || format!("{} and {}", self.a.display(), self.b.display());
        let difference = diff(&a, &b, Memory::shared()).map_err(|error| Stop::Input(format!("{}: {error}", both())))?;
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json => writeln!(out, "{}", serde_json::to_string(&difference).map_err(io::Error::from)?)?,
            Format::Table => out.write_all(text(&difference).as_bytes())?,
        }
        out.flush()?;
        match difference.comparison.verdict {
            Verdict::Different => Err(Stop::Unequal(format!("{} are different", both()))),
            Verdict::SameOutcome | Verdict::SameMeasurement if self.strict => Err(Stop::Unequal(format!("{} are not identical", both()))),
            Verdict::SameOutcome | Verdict::SameMeasurement | Verdict::Identical => Ok(()),
        }
    }
}

/// The circuit in a file.
fn one(file: &Path) -> Result<Program, Stop> {
    let mut tasks = input::read(file)?.tasks;
    match (tasks.pop(), tasks.len()) {
        (Some(task), 0) => input::circuit(task),
        (_, more) => Err(Stop::Input(format!("{}: there are {} circuits in it, diff takes one of each file", file.display(), more + 1))),
    }
}

fn text(difference: &Difference) -> String {
    let mut text = String::new();
    let mut line = |label: &str, sentence: &str| writeln!(text, "{label:10}{sentence}").expect("a string takes everything");
    line("verdict", &verdict(&difference.comparison));
    line("fidelity", &fidelity(&difference.comparison));
    line("outcomes", &outcomes(&difference.comparison));
    line("method", &method(difference));
    if let Some(parting) = &difference.parted {
        let [first, a, b] = parted(parting);
        line("parted", &first);
        line("", &a);
        line("", &b);
    }
    let lists = [
        ("suspect", difference.suspects.iter().map(|suspect| &suspect.message).collect::<Vec<_>>()),
        ("warning", difference.warnings.iter().collect()),
        ("note", difference.notes.iter().collect()),
    ];
    for (label, sentences) in lists {
        sentences.into_iter().for_each(|sentence| line(label, sentence));
    }
    text
}

fn verdict(comparison: &Comparison) -> String {
    let meaning = match comparison.verdict {
        Verdict::Identical => "the same operation, up to a global phase",
        Verdict::SameMeasurement => "the same up to phases just before measurement, whatever comes in",
        Verdict::SameOutcome => "the same outcomes from |0…0⟩, but not the same operation",
        Verdict::Different => "not even the same outcomes from |0…0⟩",
    };
    format!("{}: {meaning}", comparison.verdict)
}

fn fidelity(comparison: &Comparison) -> String {
    let error = comparison.bound.fidelity_error;
    let spread = if error >= 1e-6 { format!(" ± {error:.0e}") } else { String::new() };
    format!("{:.6}{spread} (process fidelity, 1 is identical)", comparison.process_fidelity)
}

fn outcomes(comparison: &Comparison) -> String {
    match comparison.total_variation {
        distance if distance <= crate::diff::TOLERANCE => "equal from |0…0⟩".to_owned(),
        distance => format!("{:.4}% of the probability is elsewhere from |0…0⟩", 100.0 * distance),
    }
}

fn method(difference: &Difference) -> String {
    let Comparison { method, bound, .. } = difference.comparison;
    let how = match method {
        Method::Unitary => "every basis state",
        Method::RandomStates => "a few random states",
        Method::Stabilizer => "Pauli strings, as every gate is a Clifford gate",
    };
    let failure = match bound.failure_probability {
        0.0 => String::new(),
        failure => format!(", except with probability {failure:.1e}"),
    };
    let but = if difference.comparison.verdict == Verdict::SameMeasurement { "apart from these phases " } else { "" };
    let sure = bound.infidelity.map_or_else(String::new, |bound| format!("; {but}the infidelity is at most {bound:.1e}{failure}"));
    let qubits = difference.qubits_in_use;
    format!("{how}, {qubits} qubit{} in use{sure}", if qubits == 1 { "" } else { "s" })
}

fn parted(parting: &Parting) -> [String; 3] {
    let level = if parting.agreement == Verdict::Identical { "" } else { " up to phases before measurement" };
    let next = |side: &str, Followed { done, next }: &Followed| {
        let next = next.as_ref().map_or_else(|| "the end".to_owned(), |place| format!("operation {}, {place}", place.index));
        format!("{side}: {done} done, next is {next}")
    };
    let first = match (parting.a.done, parting.b.done) {
        (0, 0) => "at the start".to_owned(),
        _ => format!("they agree{level} until then"),
    };
    [first, next("A", &parting.a), next("B", &parting.b)]
}
