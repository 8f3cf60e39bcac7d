//! From entries to counts, or to the reasons why they are none.

use super::super::{Counts, Shots, compensated_sum};
use super::{Entry, Finding, FindingKind, ReceivedMap, Severity, Unsound};

impl ReceivedMap {
    /// The entries as counts of the outcomes of so many qubits, that add up to the shots if their number is known.
    ///
    /// # Errors
    /// [`Unsound`] if a number is no count or a key no outcome, if there is no shot or more than [`Shots::MAX`], or another number of
    /// shots than given.
    pub fn counts(&self, qubits: usize, shots: Option<u32>) -> Result<Counts, Unsound> {
        let mut findings = self.findings.clone();
        self.check_keys(qubits, &mut findings);
        findings.extend(self.entries.iter().filter(|entry| count(entry.value).is_none()).map(no_count));
        let sum = compensated_sum(self.entries.iter().map(|entry| entry.value));
        let readable = findings.iter().all(|finding| finding.severity < Severity::Error);
        if readable && !shots.map_or((1.0..=f64::from(Shots::MAX)).contains(&sum), |shots| f64::from(shots) == sum) {
            findings.push(wrong_sum(sum, shots));
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let counts = Counts::new(qubits, self.entries.iter().filter_map(|entry| Some((entry.outcome, count(entry.value)?))));
        let sound = findings.iter().all(|finding| finding.severity < Severity::Error);
        counts.filter(|_| sound).ok_or(Unsound { findings, sum: Some(sum), entries: self.entries.len() })
    }
}

fn count(value: f64) -> Option<u32> {
    (value.fract() == 0.0 && (0.0..=f64::from(Shots::MAX)).contains(&value)).then_some(value as u32)
}

fn no_count(entry: &Entry) -> Finding {
    let (key, value) = (entry.outcome.to_string(), entry.value.to_string());
    let message = format!("the count of outcome {key}, {value}, is no whole number from 0 to {}", Shots::MAX);
    Finding::new(FindingKind::Value, Severity::Error, message).of(&key, Some(&value)).at(entry.at)
}

fn wrong_sum(sum: f64, shots: Option<u32>) -> Finding {
    let message = match shots {
        Some(shots) => format!("the counts add up to {sum}, the job has {shots} shots"),
        None => format!("the counts add up to {sum}, a job has 1 to {} shots", Shots::MAX),
    };
    Finding::new(FindingKind::Counts, Severity::Error, message)
}
