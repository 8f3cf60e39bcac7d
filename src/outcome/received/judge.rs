//! From entries to a distribution, or to the reasons why there is none.

use super::super::{Probabilities, compensated_sum, fits};
use super::digits::Rounding;
use super::{Entry, Finding, FindingKind, ReceivedMap, Severity};

/// What is done about a sum that is not 1.
///
/// What counts is how much of the numbers has to be changed: the negative ones that are taken as 0, and what is divided away after that.
/// A limit is met within the rounding of the numbers themselves, so that 0.5 + 0.499 is 1e-3 short and not a little more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Policy {
    /// Nothing: beyond [`Policy::STRICT`] it is refused.
    Strict,
    /// It is divided away: as a note up to `quiet`, as a warning up to `warn`. What is beyond fails, so where that begins needs no number
    /// of its own.
    Renormalize {
        /// Up to here rounding explains it.
        quiet: f64,
        /// Up to here somebody should know.
        warn: f64,
    },
}

impl Policy {
    /// How far from 1 a sum may be that is taken as 1.
    pub const STRICT: f64 = 1e-9;

    fn most(self) -> f64 {
        match self {
            Policy::Strict => Policy::STRICT,
            Policy::Renormalize { warn, .. } => warn,
        }
    }
}

impl Default for Policy {
    /// Quiet up to 1e-6, a warning up to 1e-3.
    fn default() -> Policy {
        Policy::Renormalize { quiet: 1e-6, warn: 1e-3 }
    }
}

/// Negative numbers down to here are rounding, and 0.
const TINY: f64 = -1e-9;

/// A distribution, and all that was odd about the numbers that it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The distribution.
    pub probabilities: Probabilities,
    /// Notes and warnings; no errors.
    pub findings: Vec<Finding>,
    /// The compensated sum of the numbers as they came, negative ones included.
    pub sum: f64,
}

/// Numbers that are no distribution.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", said(findings))]
pub struct Unsound {
    /// Everything that is odd, at least one [`Severity::Error`].
    pub findings: Vec<Finding>,
    /// The compensated sum of the numbers as they came, as far as they are numbers.
    pub sum: Option<f64>,
    /// How many of them there are.
    pub entries: usize,
}

fn said(findings: &[Finding]) -> String {
    let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let first = errors.next().map_or_else(|| "no reason given".to_owned(), in_full);
    match errors.count() {
        0 => first,
        more => format!("{first}; and {more} more"),
    }
}

/// What a finding says, with the key and the value that it is about.
fn in_full(finding: &Finding) -> String {
    let missing = |part: &Option<String>| part.clone().filter(|part| !finding.message.contains(part.trim_matches('"')));
    match (missing(&finding.key), missing(&finding.value)) {
        (None, None) => finding.message.clone(),
        (None, Some(value)) => format!("{}; its value is {value}", finding.message),
        (Some(key), None) => format!("{}; its key is {key:?}", finding.message),
        (Some(key), Some(value)) => format!("{}; its key is {key:?}, its value {value}", finding.message),
    }
}

impl ReceivedMap {
    /// Everything that is odd about the numbers as outcomes of so many qubits, and their sum.
    pub fn findings(&self, qubits: usize, policy: Policy) -> (Vec<Finding>, f64) {
        let mut findings = self.findings.clone();
        let sum = compensated_sum(self.entries.iter().map(|entry| entry.value));
        if self.entries.is_empty() && findings.is_empty() {
            findings.push(Finding::new(FindingKind::Empty, Severity::Error, "there is no outcome at all"));
        }
        if self.entries.is_empty() {
            return (findings, sum);
        }
        self.check_keys(qubits, &mut findings);
        self.check_values(&mut findings);
        let whole = self.entries.iter().all(|entry| entry.value.fract() == 0.0);
        if whole && sum > 1.5 {
            let message = format!("the numbers are whole and add up to {sum}: counts, not probabilities");
            findings.push(Finding::new(FindingKind::Counts, Severity::Error, message));
        } else if self.findings.iter().all(|finding| finding.severity < Severity::Error) {
            // Where a number cannot be read the sum says nothing.
            self.check_sum(sum, policy, &mut findings);
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity)); // stable: the document's order within each
        (findings, sum)
    }

    /// The distribution over the outcomes of so many qubits.
    ///
    /// # Errors
    /// [`Unsound`], with every reason.
    pub fn judge(&self, qubits: usize, policy: Policy) -> Result<Judged, Unsound> {
        let (mut findings, sum) = self.findings(qubits, policy);
        let refused = |findings| Unsound { findings, sum: Some(sum), entries: self.entries.len() };
        if findings.first().is_some_and(|finding| finding.severity == Severity::Error) {
            return Err(refused(findings));
        }
        let entries = self.entries.iter().map(|entry| (entry.outcome, entry.value.max(0.0)));
        match Probabilities::rescaled(qubits, entries, policy.most().max(Policy::STRICT) * 2.0) {
            Ok((probabilities, _)) => Ok(Judged { probabilities, findings, sum }),
            Err(problem) => {
                findings.insert(0, Finding::new(FindingKind::Value, Severity::Error, problem.to_string()));
                Err(refused(findings))
            }
        }
    }

    pub(super) fn check_keys(&self, qubits: usize, findings: &mut Vec<Finding>) {
        let told = |kind, entry: &Entry, message: String| {
            Finding::new(kind, Severity::Error, message).of(&entry.outcome.to_string(), Some(&entry.value.to_string())).at(entry.at)
        };
        for entry in self.entries.iter().filter(|entry| !fits(entry.outcome, qubits)) {
            let message =
                format!("outcome {}, with {}, does not fit {qubits} qubits, allowed are 0..=2^{qubits}-1", entry.outcome, entry.value);
            findings.push(told(FindingKind::KeyOutOfRange, entry, message));
        }
        if let Some((fewest, most)) = self.bits.filter(|&(fewest, most)| fewest != most || most != qubits) {
            let given = if fewest == most { format!("{most}") } else { format!("{fewest} to {most}") };
            let message = format!("the keys have {given} bits, {qubits} are needed");
            findings.push(Finding::new(FindingKind::Key, Severity::Warning, message));
        }
        let mut order: Vec<&Entry> = self.entries.iter().collect();
        if !order.is_sorted_by_key(|entry| entry.outcome) {
            order.sort_by_key(|entry| entry.outcome);
        }
        for pair in order.windows(2).filter(|pair| pair[0].outcome == pair[1].outcome) {
            let [first, again] = [pair[0], pair[1]];
            let message = format!("outcome {} is there twice, with {} and {}", again.outcome, first.value, again.value);
            findings.push(told(FindingKind::DuplicateKey, again, message));
        }
    }

    fn check_values(&self, findings: &mut Vec<Finding>) {
        for entry in self.entries.iter().filter(|entry| entry.value < 0.0) {
            let (kind, severity, what) = match entry.value {
                TINY.. => (FindingKind::TinyNegative, Severity::Warning, "is negative by rounding and taken as 0"),
                _ => (FindingKind::Negative, Severity::Error, "is negative"),
            };
            let (key, value) = (entry.outcome.to_string(), format!("{:e}", entry.value));
            let message = format!("the probability of outcome {key}, {value}, {what}");
            findings.push(Finding::new(kind, severity, message).of(&key, Some(&value)).at(entry.at));
        }
    }

    /// The negative numbers that are taken as 0 make the sum larger: that is the one which is divided away.
    fn check_sum(&self, sum: f64, policy: Policy, findings: &mut Vec<Finding>) {
        let values = self.entries.iter().map(|entry| entry.value).filter(|&value| value != 0.0);
        let entries = values.clone().count();
        let drift = Drift { sum, clamped: compensated_sum(values.clone().map(|value| if value < TINY { value } else { value.max(0.0) })) };
        // What is less than this is not divided away, so there is nothing to tell.
        if drift.size() > Probabilities::rounding(entries) {
            findings.push(drift.judge(policy));
        }
        let error = sum - 1.0;
        if let Some(rounding) = self.digits.rounding().filter(|_| error != 0.0) {
            let (kind, how) = match rounding {
                Rounding::Decimals(decimals) => (FindingKind::Decimals, format!("{decimals} decimals")),
                Rounding::Single => (FindingKind::Float32, "32 bits".to_owned()),
            };
            let most = rounding.most(values);
            let explains =
                if error.abs() <= most * (1.0 + 1e-9) + 1e-15 { "which explains the sum" } else { "which does not explain the sum" };
            let message = format!("{how} over {entries} outcomes: up to {most:.0e}, {explains}");
            findings.push(Finding::new(kind, Severity::Note, message));
        }
    }
}

/// A sum as it came, and with negative numbers taken as 0.
struct Drift {
    sum: f64,
    clamped: f64,
}

impl Drift {
    /// How far numbers of 64 bits that were meant to be at a limit can be beyond it: half of the last bit each, of 1 altogether.
    const SLACK: f64 = 4.0 * f64::EPSILON;

    /// How much of the numbers has to be changed to make their sum 1.
    fn size(&self) -> f64 {
        (self.clamped - 1.0).abs() + (self.clamped - self.sum)
    }

    fn judge(&self, policy: Policy) -> Finding {
        let (size, most) = (self.size(), policy.most());
        let severity = match policy {
            _ if size > most + Drift::SLACK => Severity::Error,
            Policy::Renormalize { quiet, .. } if size > quiet + Drift::SLACK => Severity::Warning,
            _ => Severity::Note,
        };
        let error = self.sum - 1.0;
        let side = if error < 0.0 { "short" } else { "over" };
        let mut message = format!("the sum is {}: ", self.sum);
        let refused = severity == Severity::Error;
        if self.clamped == self.sum {
            let off = if refused { beyond(error.abs(), most) } else { format!("{:.1e}", error.abs()) };
            message.push_str(&format!("{off} {side}"));
        } else {
            let off = if refused { beyond(size, most) } else { format!("{size:.1e}") };
            message.push_str(&format!("{:.1e} {side}, and {} with negative numbers as 0, a change of {off}", error.abs(), self.clamped));
        }
        if refused {
            message.push_str(&format!(", at most {most:e} is allowed"));
        }
        Finding::new(FindingKind::Sum, severity, message)
    }
}

/// The number in as few digits, of two at least, as show that it is beyond the limit.
fn beyond(number: f64, limit: f64) -> String {
    let shows = |text: &String| text.parse::<f64>().is_ok_and(|shown| shown > limit);
    (1..17).map(|digits| format!("{number:.digits$e}")).find(shows).unwrap_or_else(|| format!("{number:e}"))
}
