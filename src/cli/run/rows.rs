//! What is printed of each circuit.

use crate::cli::show;
use crate::executor::{CircuitReport, Report};
use crate::outcome::{Counts, Finding, FindingKind, Probabilities, Severity};
use serde::Serialize;
use std::io::{self, Write};

/// A circuit's result as JSON.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    name: &'a str,
    status: &'static str,
    job_id: Option<&'a str>,
    qubits: usize,
    probabilities: Option<&'a Probabilities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<&'a Counts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The sum of the numbers on the wire, where they were divided by it or something is worth a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<f64>,
    #[serde(skip_serializing_if = "<[Finding]>::is_empty")]
    findings: &'a [Finding],
}

impl<'a> Row<'a> {
    fn of(circuit: &'a CircuitReport) -> Row<'a> {
        let result = circuit.result.as_ref();
        let odd = result.ok().filter(|result| result.findings.iter().any(tells));
        Row {
            index: None,
            name: &circuit.name,
            status: circuit.fate().name(),
            job_id: circuit.job.as_deref(),
            qubits: circuit.qubits,
            probabilities: result.ok().map(|result| &result.probabilities),
            counts: result.ok().and_then(|result| result.counts.as_ref()),
            error: result.err().map(ToString::to_string),
            sum: odd.map(|result| result.sum),
            findings: odd.map_or(&[], |result| &result.findings),
        }
    }
}

/// Whether somebody should be told: the numbers are not those that came, or a client may stumble over them.
fn tells(finding: &Finding) -> bool {
    finding.severity > Severity::Note || finding.kind == FindingKind::Sum
}

/// All circuits as one JSON array.
pub(super) fn array(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let rows: Vec<_> = report.circuits.iter().map(Row::of).collect();
    serde_json::to_writer_pretty(&mut *out, &rows)?;
    out.write_all(b"\n")
}

/// One circuit as a line of JSON on standard output.
pub(super) fn line(circuit: &CircuitReport) -> io::Result<()> {
    let mut line = serde_json::to_vec(&Row { index: Some(circuit.index), ..Row::of(circuit) })?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}

/// All circuits for people.
pub(super) fn table(report: &Report) -> String {
    let mut rows = vec![["#", "name", "qubits", "status", "time", "histogram", "likeliest"].map(str::to_owned).to_vec()];
    for circuit in &report.circuits {
        let time = circuit.finished.saturating_sub(circuit.submitted);
        let (bars, rest) = match &circuit.result {
            Ok(result) => {
                let mark = if result.findings.iter().any(tells) { " *" } else { "" };
                (show::bars(&result.probabilities), show::likeliest(&result.probabilities, 3) + mark)
            }
            Err(error) => (String::new(), error.to_string()),
        };
        let (index, qubits) = (circuit.index.to_string(), circuit.qubits.to_string());
        rows.push(vec![index, circuit.name.clone(), qubits, circuit.fate().name().to_owned(), show::seconds(time), bars, rest]);
    }
    show::table(&rows) + &remarks(report)
}

/// A line for each circuit whose numbers were odd.
fn remarks(report: &Report) -> String {
    let remark = |circuit: &CircuitReport| {
        let findings = circuit.result.as_ref().ok()?.findings.iter().filter(|finding| tells(finding));
        let said: Vec<&str> = findings.clone().take(3).map(|finding| finding.message.as_str()).collect();
        let more = findings.count() - said.len();
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        (!said.is_empty()).then(|| format!("* circuit {}: {}{more}\n", circuit.index, show::plain(&said.join("; "))))
    };
    report.circuits.iter().filter_map(remark).collect()
}
