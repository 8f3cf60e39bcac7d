//! Results from files: a map of probabilities or counts as a service sent it, a job's results, or what `run` and `simulate` print.

use super::{Format, Stop};
use crate::outcome::{Keys, Policy, Received, ReceivedMap, Sample, Unsound};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// Prints what there is to say of each result; of a single one, JSON is no list.
pub(super) fn print<T: Serialize>(reports: &[T], format: Format, text: impl Fn(&T) -> String) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match (format, reports) {
        (Format::Json, [report]) => writeln!(out, "{}", serde_json::to_string(report)?)?,
        (Format::Json, reports) => writeln!(out, "{}", serde_json::to_string(reports)?)?,
        (Format::Table, reports) => reports.iter().try_for_each(|report| out.write_all(text(report).as_bytes()))?,
    }
    out.flush()
}

/// The result of one circuit.
pub(super) struct Found {
    /// What it is called, if it is one of several.
    pub(super) name: Option<String>,
    /// How many qubits it is of, if the file says so.
    pub(super) qubits: Option<usize>,
    /// The document that it is part of.
    pub(super) received: Arc<Received>,
    /// Which of the document's maps it is; none if there is no map at all.
    map: Option<usize>,
    /// The counts beside the probabilities.
    counts: Option<Received>,
}

impl Found {
    pub(super) fn map(&self) -> Result<&ReceivedMap, Unsound> {
        self.received.whole()?;
        match self.map {
            Some(index) => Ok(&self.received.maps()[index]),
            None => self.received.single(),
        }
    }

    /// The distribution, and how many shots it was counted in where the numbers are counts.
    ///
    /// # Errors
    /// [`Unsound`].
    pub(super) fn sample(&self, qubits: usize) -> Result<Sample, Unsound> {
        if let Some(counts) = &self.counts {
            return Ok(Sample::from(&counts.single()?.counts(qubits, None)?));
        }
        let map = self.map()?;
        match map.is_of_counts() {
            true => Ok(Sample::from(&map.counts(qubits, None)?)),
            false => Ok(map.judge(qubits, Policy::default())?.probabilities.into()),
        }
    }
}

/// An entry of what `run` prints, what `simulate` does, or a job's results in both formats. Nothing else may be in it, lest something be
/// overlooked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Printed<'a> {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    qubits: Option<usize>,
    #[serde(default, borrow)]
    probabilities: Option<&'a RawValue>,
    #[serde(default, borrow, alias = "histogram")]
    counts: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default, rename = "index")]
    _index: IgnoredAny,
    #[serde(default, rename = "status")]
    _status: IgnoredAny,
    #[serde(default, rename = "job_id", alias = "id")]
    _job: IgnoredAny,
    #[serde(default, rename = "shots")]
    _shots: IgnoredAny,
    #[serde(default, rename = "sum")]
    _sum: IgnoredAny,
    #[serde(default, rename = "findings")]
    _findings: IgnoredAny,
    #[serde(default, rename = "gates")]
    _gates: IgnoredAny,
    #[serde(default, rename = "seconds")]
    _seconds: IgnoredAny,
    #[serde(default, rename = "norm_error")]
    _norm_error: IgnoredAny,
    #[serde(default, rename = "engine")]
    _engine: IgnoredAny,
    #[serde(default, rename = "registers")]
    _registers: IgnoredAny,
}

/// The bytes of a file, `-` for standard input.
pub(super) fn bytes(file: &Path) -> Result<Vec<u8>, Stop> {
    let read = match file == Path::new("-") {
        true => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
        false => std::fs::read(file),
    };
    read.map_err(|error| Stop::Input(format!("{}: {error}", file.display())))
}

/// The results in a file. There is always one at least, if only to say that it is none.
pub(super) fn read(file: &Path, keys: Keys) -> Result<Vec<Found>, Stop> {
    let bytes = bytes(file)?;
    printed(&bytes, keys, file).unwrap_or_else(|| Ok(sent(bytes, keys)))
}

/// What a service sent.
fn sent(bytes: Vec<u8>, keys: Keys) -> Vec<Found> {
    let received = Arc::new(Received::read(bytes, keys));
    let found = |map: Option<usize>| {
        let name = map.and_then(|index| received.maps()[index].name().map(str::to_owned));
        Found { name, qubits: None, received: Arc::clone(&received), map, counts: None }
    };
    match received.maps().len() {
        0 => vec![found(None)],
        maps => (0..maps).map(|index| found(Some(index))).collect(),
    }
}

/// What this command printed: an object that says its qubits, or has probabilities and counts; a list of such, or a line for each.
fn printed(bytes: &[u8], keys: Keys, file: &Path) -> Option<Result<Vec<Found>, Stop>> {
    let list = |bytes| -> Option<Vec<Printed<'_>>> {
        match serde_json::from_slice::<Vec<Printed<'_>>>(bytes) {
            Ok(all) => Some(all),
            Err(_) => serde_json::Deserializer::from_slice(bytes).into_iter().collect::<Result<_, _>>().ok(),
        }
    };
    let all = list(bytes)?;
    let ours = |entry: &Printed<'_>| entry.qubits.is_some() || (entry.probabilities.is_some() && entry.counts.is_some());
    let found = |entry: Printed<'_>| {
        if let (None, None, Some(error)) = (entry.probabilities, entry.counts, &entry.error) {
            let name = entry.name.as_deref().unwrap_or("the circuit");
            return Err(Stop::Input(format!("{}: {name} has no result: {error}", file.display())));
        }
        let read = |text: &RawValue| Received::read(text.get().as_bytes(), keys);
        let text = entry.probabilities.or(entry.counts);
        let received = Arc::new(text.map_or_else(|| Received::read(&b"null"[..], keys), read));
        let map = (!received.maps().is_empty()).then_some(0);
        // Counts say more than their frequencies.
        let counts = entry.counts.map(read);
        Ok(Found { name: entry.name, qubits: entry.qubits, received, map, counts })
    };
    (!all.is_empty() && all.iter().all(ours)).then(|| all.into_iter().map(found).collect())
}

/// Counts as a sample, frequencies as the number of shots that somebody knows.
pub(super) fn with_shots(sample: Sample, shots: Option<u32>) -> Sample {
    Sample { shots: sample.shots.or(shots), ..sample }
}
