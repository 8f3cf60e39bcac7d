use super::{CostReply, Format, Metadata, NoiseRequest, OutputBody, ResultFormat, SettingsBody};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The states of a job on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// Accepted.
    Submitted,
    /// In the queue.
    Ready,
    /// Running; v0.3 has another word.
    #[serde(alias = "running")]
    Started,
    /// Done; there are results.
    Completed,
    /// Failed; there is a failure.
    Failed,
    /// Canceled before it was done; some spell it with two l.
    #[serde(alias = "cancelled")]
    Canceled,
}

impl JobStatus {
    /// All of them.
    pub const ALL: [JobStatus; 6] = [Self::Submitted, Self::Ready, Self::Started, Self::Completed, Self::Failed, Self::Canceled];

    /// The wire spelling.
    pub const fn name(self) -> &'static str {
        match self {
            JobStatus::Submitted => "submitted",
            JobStatus::Ready => "ready",
            JobStatus::Started => "started",
            JobStatus::Completed => "completed",
            JobStatus::Failed => "failed",
            JobStatus::Canceled => "canceled",
        }
    }

    /// The status of this name.
    pub fn named(name: &str) -> Option<JobStatus> {
        JobStatus::ALL.into_iter().find(|status| status.name() == name)
    }

    /// True if nothing will change any more.
    pub const fn is_final(self) -> bool {
        matches!(self, JobStatus::Completed | JobStatus::Failed | JobStatus::Canceled)
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Declares the codes; each is spelled on the wire as it is here.
macro_rules! failure_codes {
    ($($code:ident),* $(,)?) => {
        /// Why a job failed, in IonQ's words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub enum FailureCode {
            $($code),*
        }

        impl FailureCode {
            /// All of them.
            pub const ALL: &'static [FailureCode] = &[$(Self::$code),*];

            /// The code of this name.
            pub fn named(name: &str) -> Option<FailureCode> {
                Self::ALL.iter().copied().find(|code| code.name() == name)
            }

            /// The wire spelling.
            pub const fn name(self) -> &'static str {
                match self {
                    $(FailureCode::$code => stringify!($code)),*
                }
            }
        }
    };
}

failure_codes![
    CompilationError,
    ContractExpiredError,
    DebiasingError,
    InternalError,
    InvalidInput,
    NotEnoughQubits,
    OptimizationError,
    PreflightError,
    QuantumCircuitComplexityError,
    QuantumComputerError,
    QuotaExhaustedError,
    SimulationError,
    SimulationTimeout,
    SystemCancel,
    TooLongPredictedExecutionTime,
    TooManyControls,
    TooManyGates,
    TooManyShots,
    UnknownBillingError,
    UnsupportedGate,
];

/// `failure` of a job. IonQ's contract has code and message; cirq-ionq and qiskit-ionq read the text from `error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureBody {
    /// A [`FailureCode`], or whatever a service sends.
    #[serde(default)]
    pub code: String,
    /// What went wrong.
    #[serde(default)]
    pub message: String,
    /// The same text again.
    #[serde(default)]
    pub error: String,
}

/// `201` to `POST /jobs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedReply {
    /// The new job.
    pub id: String,
    /// `submitted`.
    pub status: JobStatus,
    /// The session it belongs to.
    #[serde(default)]
    pub session_id: Option<String>,
}

/// `GET /jobs/{id}`, and each entry of `GET /jobs`. Keys that the contract requires are always there, `null` if need be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct JobReply {
    pub id: String,
    pub status: JobStatus,
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default)]
    pub backend: String,
    #[serde(default)]
    pub dry_run: bool,
    #[serde(default)]
    pub submitter_id: String,
    #[serde(default)]
    pub project_id: Option<String>,
    #[serde(default)]
    pub parent_job_id: Option<String>,
    #[serde(default)]
    pub session_id: Option<String>,
    #[serde(default)]
    pub metadata: Option<Metadata>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub submitted_at: Option<String>,
    #[serde(default)]
    pub started_at: Option<String>,
    #[serde(default)]
    pub completed_at: Option<String>,
    #[serde(default)]
    pub predicted_wait_time_ms: Option<u64>,
    #[serde(default)]
    pub predicted_execution_duration_ms: Option<u64>,
    #[serde(default)]
    pub execution_duration_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shots: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseRequest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_model: Option<String>,
    /// The outer `None` leaves the key out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub failure: Option<Option<FailureBody>>,
    /// What is probably not meant, and was run all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<WarningBody>,
    #[serde(default)]
    pub output: OutputBody,
    #[serde(default)]
    pub settings: SettingsBody,
    #[serde(default)]
    pub stats: StatsBody,
    #[serde(default)]
    pub results: Option<ResultLinks>,
    /// v0.3 says it here, v0.4 has a path for it.
    #[serde(skip)]
    pub cost: CostReply,
    /// Absent from the entries of a list, as IonQ has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child_job_ids: Option<Option<Vec<String>>>,
}

/// `warning` of a job: an object wherever it is, because cirq-ionq looks into it; absent where there is nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WarningBody {
    /// One line each.
    #[serde(default)]
    pub messages: Vec<String>,
}

/// `stats` of a job.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct StatsBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qubits: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuits: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate_counts: Option<GateCountsBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_quantum_compute_time_us: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_quantum_compute_time_us: Option<u32>,
}

/// `stats.gate_counts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct GateCountsBody {
    #[serde(rename = "1q", default)]
    pub one_qubit: usize,
    #[serde(rename = "2q", default)]
    pub two_qubit: usize,
}

/// Where the results of a completed job are: by short name with a URL as the revision of May 2026 has it, and by format id as
/// that of September 2026 has it. Every client finds what it looks for.
pub type ResultLinks = BTreeMap<String, ResultLink>;

/// One entry of `results`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ResultLink {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub format: String,
    #[serde(default)]
    pub media_type: String,
}

impl ResultLink {
    /// What can be downloaded under an id.
    pub fn artifact(id: String, format: Format) -> ResultLink {
        ResultLink { url: None, id, format: format.id().to_owned(), media_type: format.media_type().to_owned() }
    }

    /// The `results` of a job whose artifacts are given by format and id.
    pub fn all(job: &str, artifacts: impl IntoIterator<Item = (Format, String)>) -> ResultLinks {
        let mut links = ResultLinks::new();
        for (format, id) in artifacts {
            let link = ResultLink::artifact(id, format);
            if let Some(result) = ResultFormat::ALL.into_iter().find(|result| result.format() == format) {
                let short = if result == ResultFormat::Aggregated { ResultFormat::Probabilities } else { result };
                let (_, url) = super::Route::results(job, result).line();
                links.insert(short.path().to_owned(), ResultLink { url: Some(url), ..link.clone() });
            }
            links.insert(format.id().to_owned(), link);
        }
        links
    }
}

/// `GET /jobs`. ionq-core needs `next` even when it is null, cirq-ionq loops for ever when it is; see the cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobsReply {
    /// One page of jobs.
    pub jobs: Vec<JobReply>,
    /// The cursor of the next page; the outer `None` leaves the key out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub next: Option<Option<String>>,
}

/// `null` told apart from a key that is not there.
pub(super) fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Answer to the cancel or delete of one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ChangedReply {
    pub id: String,
    pub status: String,
}

/// Body of a bulk cancel or delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct BulkRequest {
    pub ids: Vec<String>,
}

impl BulkRequest {
    /// The most jobs that are changed at once.
    pub const MAX_IDS: usize = 10_000;
}

/// Answer to a bulk cancel or delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct BulkReply {
    pub ids: Vec<String>,
    pub status: String,
}

/// A time as v0.4 writes it: UTC with milliseconds and a `Z`.
pub fn time(at: Timestamp) -> String {
    jiff::fmt::temporal::DateTimePrinter::new().precision(Some(3)).timestamp_to_string(&at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_a_z() {
        let at: Timestamp = "2026-03-04T05:06:07.089123Z".parse().unwrap();
        assert_eq!(time(at), "2026-03-04T05:06:07.089Z");
        assert_eq!(time(Timestamp::from_second(0).unwrap()), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_warning_is_an_object_or_not_there() {
        let read = |warning: &str| serde_json::from_str::<JobReply>(&format!(r#"{{"id":"a","status":"ready"{warning}}}"#)).unwrap();
        let warned = read(r#","warning":{"messages":["one","two"]}"#);
        assert_eq!(warned.warning, Some(WarningBody { messages: vec!["one".to_owned(), "two".to_owned()] }));
        assert_eq!(serde_json::to_value(&warned).unwrap()["warning"], serde_json::json!({"messages": ["one", "two"]}));
        for none in ["", r#","warning":null"#] {
            let reply = read(none);
            assert_eq!((&reply.warning, serde_json::to_value(&reply).unwrap().get("warning")), (&None, None));
        }
        assert_eq!(read(r#","warning":{}"#).warning, Some(WarningBody::default()));
    }

    #[test]
    fn next_is_absent_null_or_a_cursor_and_the_reader_tells_them_apart() {
        for (text, next) in [
            (r#"{"jobs":[]}"#, None),
            (r#"{"jobs":[],"next":null}"#, Some(None)),
            (r#"{"jobs":[],"next":"a"}"#, Some(Some("a".to_owned()))),
        ] {
            let reply: JobsReply = serde_json::from_str(text).unwrap();
            assert_eq!(reply.next, next);
            assert_eq!(serde_json::to_string(&reply).unwrap(), text);
        }
    }
}
