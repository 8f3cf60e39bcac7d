//! What is said of the batch as a whole, on standard error.

use crate::cli::show;
use crate::client::ClientError;
use crate::executor::{Fate, Limit, Report};
use std::time::Duration;

/// The line that says what running in parallel was worth. `nominal` is what a job takes in the cloud in this process if it only
/// waits: where jobs compute, they share this machine, and their own times tell nothing of what one after another would take.
pub(super) fn line(report: &Report, sequential: bool, nominal: Option<Duration>) -> String {
    let evidence = report.timeline().evidence();
    let workers = match (sequential, report.workers) {
        (true, _) => "one after another".to_owned(),
        (false, workers) => counted(workers, "worker"),
    };
    let mut line = format!("{}, {workers}: {} wall", counted(report.circuits.len(), "circuit"), show::seconds(report.wall));
    line += &format!(", peak {} in flight, {:.1} on average", evidence.peak_in_flight, evidence.overlap);
    if let Some(speed_up) = report.speed_up().filter(|_| waited(report, nominal)) {
        line += &format!(", {speed_up:.2}× the speed of the jobs' own {} in a row", show::seconds(report.sum_of_own_times()));
    }
    if evidence.limit != Limit::Nothing {
        line += &format!(", limited by {}", evidence.limit.name());
    }
    line += &traffic(report);
    let replayed = report.circuits.iter().filter(|circuit| circuit.replayed).count();
    if replayed > 0 {
        line += &format!(", {replayed} from the journal");
    }
    if report.failures() > 0 {
        line += &format!(", {} failed", report.failures());
    }
    line
}

/// Whether jobs in this process did nothing but wait.
fn waited(report: &Report, nominal: Option<Duration>) -> bool {
    let longest = report.circuits.iter().filter(|circuit| !circuit.replayed).filter_map(|circuit| circuit.own_time).max();
    nominal.is_none_or(|nominal| longest.unwrap_or_default() <= nominal.mul_f64(1.25))
}

/// What had to be done again.
fn traffic(report: &Report) -> String {
    let traffic = &report.traffic;
    let mut words = String::new();
    if traffic.retries > 0 {
        words += &format!(", {} sent again", counted(traffic.retries as usize, "request"));
    }
    if traffic.lost_answers > 0 {
        words +=
            &format!(", {} lost ({} adopted)", counted(traffic.lost_answers as usize, "answer"), counted(traffic.adopted as usize, "job"));
    }
    words
}

/// What somebody must know besides: a line each.
pub(super) fn warnings(report: &Report) -> Vec<String> {
    let doubled = report.duplicates.iter().map(|doubled| {
        let (name, others) = (report.circuits.get(doubled.circuit).map_or("", |circuit| circuit.name.as_str()), doubled.others.join(", "));
        format!(
            "circuit {} ({}) has more jobs than one, key {}: kept {}, besides {}",
            doubled.circuit,
            show::plain(name),
            show::plain(&doubled.key),
            show::plain(&doubled.kept),
            show::plain(&others)
        )
    });
    let unread = report.unaudited.iter().map(|error| {
        let reason = show::plain(&error.to_string());
        format!("answers were lost, and the list that would show whether any job was made twice could not be read: {reason}")
    });
    let unresolved = report.circuits.iter().filter(|circuit| matches!(circuit.result, Err(ClientError::Unresolved { .. }))).count();
    let unresolved = (unresolved > 0).then(|| {
        format!(
            "{unresolved} unresolved: an answer was lost and no job is to be found. If you are sure that there is none, \
             `--mode effective` submits again"
        )
    });
    doubled.chain(unread).chain(unresolved).collect()
}

/// How many circuits a resumed batch would go on with.
pub(super) fn left(report: &Report) -> usize {
    let is_left = |fate: Fate| matches!(fate, Fate::Running | Fate::Unresolved | Fate::Unsent);
    report.circuits.iter().filter(|circuit| is_left(circuit.fate())).count()
}

/// This command line again, as a shell reads it.
pub(super) fn command() -> String {
    let words: Vec<String> = std::env::args_os().map(|word| quoted(&word.to_string_lossy())).collect();
    words.join(" ")
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ClientError, Traffic};
    use crate::executor::Duplicate;

    #[test]
    fn duplicates_and_a_list_that_could_not_be_read_are_a_line_each() {
        let doubled =
            Duplicate { circuit: 4, key: "k".to_owned(), kept: "a".to_owned(), others: vec!["b".to_owned(), "c\u{1b}".to_owned()] };
        let report = Report {
            circuits: Vec::new(),
            workers: 1,
            wall: Duration::ZERO,
            duplicates: vec![doubled],
            unaudited: Some(ClientError::NoKey),
            stopped: None,
            traffic: Traffic::default(),
        };
        let [doubled, unread] = warnings(&report).try_into().unwrap();
        assert_eq!(doubled, "circuit 4 () has more jobs than one, key k: kept a, besides b, c\\u{1b}");
        assert!(unread.ends_with("could not be read: no API key: set IONQ_API_KEY in the environment"), "{unread}");
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_read_them_otherwise() {
        let pairs =
            [("run", "run"), ("--url=http://[::1]:1", "'--url=http://[::1]:1'"), ("it's", r"'it'\''s'"), ("", "''"), ("$HOME", "'$HOME'")];
        for (word, shell) in pairs {
            assert_eq!(quoted(word), shell);
        }
    }
}
