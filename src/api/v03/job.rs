use crate::api::{GateCountsBody, JobReply, JobStatus, Metadata, NoiseRequest, WarningBody};
use jiff::Timestamp;
use serde::Serialize;

/// `POST /v0.3/jobs` answers 200, and that the job is ready, whatever it is.
#[derive(Debug, Serialize)]
pub(super) struct Created {
    pub(super) id: String,
    pub(super) status: &'static str,
}

/// `GET /v0.3/jobs/{id}`, and each entry of `GET /v0.3/jobs`. What there is not is left out rather than null: cirq-ionq looks into
/// `failure` and `warning` wherever they are. `name` and `metadata` are always there, because it reads them without looking.
#[derive(Debug, Serialize)]
pub(super) struct Job {
    id: String,
    status: &'static str,
    target: String,
    name: Option<String>,
    metadata: Metadata,
    dry_run: bool,
    /// Seconds since 1970, like `start` and `response`.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shots: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<NoiseRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_mitigation: Option<Debias>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qubits: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    circuits: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gate_counts: Option<GateCountsBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_cost_usd: Option<f64>,
    /// Once the job has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<f64>,
    /// Whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    predicted_execution_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    children: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<WarningBody>,
}

#[derive(Debug, Serialize)]
struct Debias {
    debias: bool,
}

#[derive(Debug, Serialize)]
struct Failure {
    error: String,
    code: String,
}

/// `GET /v0.3/jobs`.
#[derive(Debug, Serialize)]
pub(super) struct Jobs {
    pub(super) jobs: Vec<Job>,
    /// Left out on the last page: cirq-ionq asks on while it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

impl From<JobReply> for Job {
    fn from(job: JobReply) -> Job {
        let seconds = |at: Option<String>| at?.parse::<Timestamp>().ok().map(Timestamp::as_second);
        let whole = |millis: u64| (millis.saturating_add(500)) / 1000;
        Job {
            results_url: job.results.is_some().then(|| format!("/v0.3/jobs/{}/results", job.id)),
            id: job.id,
            status: status(job.status),
            target: job.backend,
            name: job.name,
            metadata: job.metadata.unwrap_or_default(),
            dry_run: job.dry_run,
            request: seconds(job.submitted_at),
            start: seconds(job.started_at),
            response: seconds(job.completed_at),
            shots: job.shots,
            noise: job.noise,
            error_mitigation: job.settings.error_mitigation.and_then(|asked| asked.debiasing).map(|debias| Debias { debias }),
            qubits: job.stats.qubits,
            circuits: job.stats.circuits,
            gate_counts: job.stats.gate_counts,
            cost_model: job.cost_model,
            estimated_cost_usd: job.cost.estimated_cost.map(|cost| cost.value),
            cost_usd: job.cost.cost.map(|cost| cost.value),
            predicted_execution_time: job.predicted_execution_duration_ms.map(whole),
            execution_time: job.execution_duration_ms.map(whole),
            children: job.child_job_ids.flatten(),
            failure: job.failure.flatten().map(|failure| Failure { error: failure.message, code: failure.code }),
            warning: job.warning,
        }
    }
}

/// A running job is `running` in v0.3.
fn status(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Started => "running",
        status => status.name(),
    }
}
