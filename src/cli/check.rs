use super::results::{self, Found};
use super::{Format, Stop, show};
use crate::outcome::{Finding, FindingKind, Keys, Policy, Probabilities, Sdk, Severity, Verdict};
use clap::ValueEnum;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Examine a result: is it a distribution, what is odd about it, and which SDKs refuse it?
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// A map of probabilities as a service sent it, a job's results, or the output of run or simulate; - is standard input
    #[arg(value_name = "RESULT")]
    result: PathBuf,
    /// How many qubits it is of [default: as many as its keys need]
    #[arg(long, value_name = "N", value_parser = qubits)]
    qubits: Option<usize>,
    /// What is done about a sum that is not 1: refused beyond 1e-9, or divided away up to 1e-3
    #[arg(long, value_enum, default_value_t = Rule::Renormalize)]
    policy: Rule,
    /// How outcomes are spelled, outside of the registers of v2 formats
    #[arg(long, value_enum, default_value_t = Spelling::Decimal)]
    keys: Spelling,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rule {
    Strict,
    Renormalize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Spelling {
    /// Base-10 integers.
    Decimal,
    /// Bits, qubit 0 right-most.
    Bits,
}

impl From<Spelling> for Keys {
    fn from(spelling: Spelling) -> Keys {
        match spelling {
            Spelling::Decimal => Keys::Decimal,
            Spelling::Bits => Keys::Bits,
        }
    }
}

/// A width that a circuit can have.
pub(super) fn qubits(text: &str) -> Result<usize, String> {
    const MOST: usize = crate::circuit::MAX_QUBITS;
    text.parse().ok().filter(|number| (1..=MOST).contains(number)).ok_or_else(|| format!("a whole number from 1 to {MOST} is needed"))
}

/// What there is to say of one result.
#[derive(Serialize)]
struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Whether it is a distribution under the policy.
    sound: bool,
    /// How many qubits it was taken to be of.
    qubits: usize,
    /// The sum of the numbers, as far as they are some.
    sum: Option<f64>,
    /// How far that is from 1.
    error: Option<f64>,
    /// Of each kind those that come first.
    findings: Vec<Finding>,
    /// How many more there are, of each kind that has more than are listed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    more: BTreeMap<FindingKind, usize>,
    sdks: Vec<Judgement>,
    /// The distribution; `null` if there is none.
    normalized: Option<Probabilities>,
}

/// The most findings of a kind in JSON, and the most that a person reads.
const MOST: usize = 1000;
const MOST_READ: usize = 20;

/// The first findings of each kind, and how many more there are of each.
fn limited(findings: &[Finding], most: usize) -> (Vec<Finding>, BTreeMap<FindingKind, usize>) {
    let mut seen = BTreeMap::<FindingKind, usize>::new();
    let mut listed = |finding: &&Finding| {
        let count = seen.entry(finding.kind).or_default();
        *count += 1;
        *count <= most
    };
    let first = findings.iter().filter(&mut listed).cloned().collect();
    seen.retain(|_, count| *count > most);
    seen.values_mut().for_each(|count| *count -= most);
    (first, seen)
}

/// A number with a comma before every three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let comma = |index: usize| if index > 0 && (digits.len() - index).is_multiple_of(3) { "," } else { "" };
    digits.char_indices().map(|(index, digit)| format!("{}{digit}", comma(index))).collect()
}

/// What an SDK does with it.
#[derive(Serialize)]
struct Judgement {
    #[serde(flatten)]
    sdk: Sdk,
    verdict: Verdict,
}

impl Check {
    /// Prints the answer; an error if some result is no distribution.
    pub(super) fn main(&self) -> Result<(), Stop> {
        let reports: Vec<Report> = results::read(&self.result, self.keys.into())?.iter().map(|found| self.report(found)).collect();
        results::print(&reports, self.format, text)?;
        match reports.iter().filter(|report| !report.sound).count() {
            0 => Ok(()),
            _ if reports.len() == 1 => Err(Stop::Unequal(format!("{} is no distribution", self.result.display()))),
            unsound => Err(Stop::Unequal(format!("{unsound} of {} results are no distributions", reports.len()))),
        }
    }

    fn report(&self, found: &Found) -> Report {
        let policy = match self.policy {
            Rule::Strict => Policy::Strict,
            Rule::Renormalize => Policy::default(),
        };
        let map = found.map().ok();
        let qubits = self.qubits.or(found.qubits).or(map.map(|map| map.width())).unwrap_or(1);
        let judged = found.map().and_then(|map| map.judge(qubits, policy));
        let (sum, own, normalized) = match judged {
            Ok(judged) => (Some(judged.sum), judged.findings, Some(judged.probabilities)),
            Err(unsound) => (unsound.sum, unsound.findings, None),
        };
        let mut findings = if map.is_some() { found.received.findings().to_vec() } else { Vec::new() };
        findings.extend(own);
        let verdicts = Sdk::verdicts(&found.received, map.and_then(|map| map.name()), qubits);
        let sdks = Sdk::ALL.into_iter().zip(verdicts).map(|(sdk, verdict)| Judgement { sdk, verdict }).collect();
        let (findings, more) = limited(&findings, MOST);
        let (sound, error) = (normalized.is_some(), sum.map(|sum| sum - 1.0));
        Report { name: found.name.clone(), sound, qubits, sum, error, findings, more, sdks, normalized }
    }
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    let mut line = |label: &str, sentence: &str| text.push_str(&show::labelled(label, sentence));
    if let Some(name) = &report.name {
        line("result", name);
    }
    let sound = if report.sound { "sound" } else { "not sound" };
    let outcomes = report.normalized.as_ref().map_or_else(String::new, |all| format!(", {} outcomes", all.len()));
    line("verdict", &format!("{sound}: {} qubits{outcomes}", report.qubits));
    if let (Some(sum), Some(error)) = (report.sum, report.error) {
        let side = if error < 0.0 { "short" } else { "over" };
        let off = if error == 0.0 { "exactly".to_owned() } else { format!("{:.1e} {side}", error.abs()) };
        line("sum", &format!("{sum} ({off})"));
    }
    let (shown, mut unshown) = limited(&report.findings, MOST_READ);
    report.more.iter().for_each(|(&kind, more)| *unshown.entry(kind).or_default() += more);
    for (index, finding) in shown.iter().enumerate() {
        let label = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let place = finding.at.map_or_else(String::new, |at| format!(" (byte {at})"));
        line(label, &format!("{}{place}", finding.message));
        let last = shown[index + 1..].iter().all(|other| other.kind != finding.kind);
        if let Some(&more) = unshown.get(&finding.kind).filter(|_| last) {
            line(label, &format!("and {} more like it", grouped(more)));
        }
    }
    for Judgement { sdk, verdict } in &report.sdks {
        let limit = sdk.most.map_or_else(|| "it divides by any sum".to_owned(), |most| format!("its limit is {most:.3e}"));
        let does = match verdict {
            Verdict::Takes => "takes this",
            Verdict::ChangesSilently => "changes this without a word",
            Verdict::Refuses => "refuses this",
        };
        line("sdk", &format!("{} {} {does}; {limit}", sdk.name, sdk.releases));
    }
    text
}
