use super::check::{Spelling, qubits};
use super::results::{self, Found};
use super::{Format, Stop, show};
use crate::outcome::{Comparison, bit_string, compare};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Compare two results: how far apart are they, and would chance alone put them there?
#[derive(Debug, clap::Args)]
pub(super) struct Compare {
    /// One result: what a service sent, or the output of run or simulate; - is standard input
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The other result
    #[arg(value_name = "B")]
    b: PathBuf,
    /// The total variation up to which they are equal [default: what chance exceeds once in a million, from the shots; and Pearson's test
    /// and an exact bound must find them no less likely than that]
    #[arg(long, value_name = "TVD", value_parser = tolerance)]
    tolerance: Option<f64>,
    /// How many shots the frequencies in B were counted in, if B has no counts; A is exact unless it has counts itself
    #[arg(long, value_name = "N", value_parser = super::shots)]
    shots: Option<crate::outcome::Shots>,
    /// How many qubits they are of [default: as the files say, or as many as their keys need]
    #[arg(long, value_name = "N", value_parser = qubits)]
    qubits: Option<usize>,
    /// How outcomes are spelled, outside of the registers of v2 formats
    #[arg(long, value_enum, default_value_t = Spelling::Decimal)]
    keys: Spelling,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// A total variation.
fn tolerance(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|number| (0.0..=1.0).contains(number)).ok_or_else(|| "a number from 0 to 1 is needed".to_owned())
}

/// What is equal of exact results: rounding.
const ROUNDING: f64 = 1e-9;

/// What there is to say of two results.
#[derive(Serialize)]
struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Whether the total variation is within the tolerance, and nothing else tells them apart.
    equal: bool,
    tolerance: f64,
    qubits: usize,
    /// The shots of each; `null` if it is exact.
    shots: [Option<u32>; 2],
    #[serde(flatten)]
    comparison: Comparison,
}

impl Compare {
    /// Prints the answer; an error if some results are not equal.
    pub(super) fn main(&self) -> Result<(), Stop> {
        if self.a == self.b && self.a == Path::new("-") {
            return Err(Stop::Input("standard input can be one of the two results, not both".to_owned()));
        }
        let read = |file| results::read(file, self.keys.into());
        let reports = pairs((&self.a, read(&self.a)?), (&self.b, read(&self.b)?))?
            .into_iter()
            .map(|(a, b)| self.report(&a, &b))
            .collect::<Result<Vec<_>, _>>()?;
        results::print(&reports, self.format, text)?;
        match reports.iter().filter(|report| !report.equal).count() {
            0 => Ok(()),
            _ if reports.len() == 1 => Err(Stop::Unequal(format!("{} and {} are not equal", self.a.display(), self.b.display()))),
            different => Err(Stop::Unequal(format!("{different} of {} results are not equal", reports.len()))),
        }
    }

    fn report(&self, a: &Found, b: &Found) -> Result<Report, Stop> {
        let needed = |found: &Found| found.qubits.or(found.map().ok().map(|map| map.width()));
        let qubits = self.qubits.or(needed(a).max(needed(b))).unwrap_or(1);
        let sample =
            |found: &Found, file: &Path| found.sample(qubits).map_err(|unsound| Stop::Input(format!("{}: {unsound}", file.display())));
        let (first, second) = (sample(a, &self.a)?, sample(b, &self.b)?);
        let second = results::with_shots(second, self.shots.map(|shots| shots.get()));
        let comparison = compare(&first, &second);
        let tolerance = self.tolerance.unwrap_or_else(|| comparison.shot_noise.max(ROUNDING));
        let equal = match self.tolerance {
            Some(tolerance) => comparison.total_variation <= tolerance,
            None => comparison.total_variation <= tolerance && comparison.is_likely(),
        };
        let name = match (&a.name, &b.name) {
            (Some(a), Some(b)) if a != b => Some(format!("{a} and {b}")),
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        Ok(Report { name, equal, tolerance, qubits, shots: [first.shots, second.shots], comparison })
    }
}

/// Results by name where both files have names and there are several, in their order else.
fn pairs(a: (&Path, Vec<Found>), b: (&Path, Vec<Found>)) -> Result<Vec<(Found, Found)>, Stop> {
    let ((first, a), (second, mut b)) = (a, b);
    let (first, second) = (first.display(), second.display());
    if a.len() != b.len() {
        return Err(Stop::Input(format!("{first} has {} results, {second} has {}", a.len(), b.len())));
    }
    let names = |all: &[Found]| all.iter().map(|found| found.name.clone()).collect::<Option<Vec<_>>>();
    if let (Some(ours), Some(theirs)) = (names(&a), names(&b))
        && a.len() > 1
        && ours != theirs
    {
        // The same circuit may have run twice: then only its order tells which is which, and the names must be the same in order.
        let lone = |name: &String, all: &[String]| all.iter().filter(|other| *other == name).count() == 1;
        if let Some(name) = ours.iter().find(|name| !lone(name, &theirs) || !lone(name, &ours)) {
            return Err(Stop::Input(format!("{first} has a result called {name:?}, {second} has not exactly one of that name")));
        }
        b.sort_by_key(|found| ours.iter().position(|name| Some(name) == found.name.as_ref()));
    }
    Ok(a.into_iter().zip(b).collect())
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    let mut line = |label: &str, sentence: &str| text.push_str(&show::labelled(label, sentence));
    if let Some(name) = &report.name {
        line("result", name);
    }
    let found = &report.comparison;
    let verdict = if report.equal { "equal" } else { "different" };
    line("verdict", &format!("{verdict}: total variation {:.3e}, at most {:.3e} is equal", found.total_variation, report.tolerance));
    line("fidelity", &format!("{:.6} (Hellinger, 1 is equal)", found.hellinger_fidelity));
    let shots = report.shots.map(|shots| shots.map_or_else(|| "exact".to_owned(), |shots| format!("{shots} shots")));
    if found.shot_noise > 0.0 {
        line("chance", &format!("{} and {}: up to {:.3e} by chance, but for once in a million", shots[0], shots[1], found.shot_noise));
    }
    if report.equal && found.shot_noise >= 1.0 {
        line("note", "so few shots of so many outcomes tell little: most of what is different would pass as equal");
    }
    if let Some(test) = found.chi_squared {
        line("χ²", &format!("{:.2} with {} degrees of freedom, p = {:.3e}", test.statistic, test.degrees, test.p_value));
    }
    if let Some(bound) = found.exact_bound.filter(|_| !found.is_likely()) {
        line("bound", &format!("p is at most {bound:.3e}, whatever the distribution; below 1.000e-6 is different"));
    }
    for worst in &found.worst {
        let bits = bit_string(worst.outcome, report.qubits);
        line("outcome", &format!("{bits} ({}): {:.6} and {:.6}", worst.outcome, worst.a, worst.b));
    }
    text
}
