//! What a job is and how far it is.

use super::super::Shared;
use super::super::job::{Job, JobState};
use super::super::reply::bad_query;
use super::Call;
use crate::api::{Answer, ErrorBody, FailureBody, GateCountsBody, JobReply, JobStatus, JobsReply, StatsBody, WarningBody, time};
use std::time::Duration;
use uuid::Uuid;

/// The most jobs on one page of a list.
const PAGE: usize = 100;
/// The most ids that a list can be asked for.
const MAX_IDS: usize = 1000;
/// The jobs on a page that was not asked for a length.
const DEFAULT_PAGE: usize = 25;

impl Shared {
    pub(super) fn get_job(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let state = self.state();
        let job = state.job(call.id(), &call.account)?;
        let children = (!job.children.is_empty()).then(|| job.children.iter().map(Uuid::to_string).collect());
        let mut reply = JobReply { child_job_ids: Some(children), ..self.describe(job) };
        drop(state);
        // cirq-ionq looks into a failure of null when a job was canceled elsewhere, and dies of it.
        if call.is_cirq {
            reply.failure = reply.failure.filter(Option::is_some);
        }
        Ok(Answer::Job(Box::new(reply)))
    }

    pub(super) fn get_jobs(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let query = call.query;
        let limit = match query.get("limit") {
            None => DEFAULT_PAGE,
            Some(text) => match text.parse::<usize>() {
                Ok(limit) if limit >= 1 => limit.min(PAGE),
                _ => return Err(bad_query("limit", text, "a whole number ≥ 1")),
            },
        };
        // qiskit-ionq asks for statuses that do not exist; it gets none.
        let status = query.get("status").map(JobStatus::named);
        let id = |text: &str| Uuid::try_parse(text).ok();
        if let Some(given) = query.list("ids").map(|list| list.len()).filter(|&given| given > MAX_IDS) {
            let message = format!("ids has {given} entries, at most {MAX_IDS} are allowed");
            return Err(ErrorBody::new(400, message).naming("query", "ids"));
        }
        let ids: Option<Vec<Uuid>> = query.list("ids").map(|list| list.into_iter().filter_map(id).collect());
        let parent = query.get("parent_job_id").map(id);
        let targets = query.list("target");
        let cursor = match query.get("next") {
            None => None,
            Some(text) => Some(id(text).ok_or_else(|| bad_query("next", text, "the next of the page before"))?),
        };
        let state = self.state();
        // Newest first; ids ascend with time. A child is listed only if it is asked for.
        let mut found = state
            .jobs
            .range(..cursor.unwrap_or(Uuid::max()))
            .rev()
            .map(|(_, job)| job)
            .filter(|job| job.submission.account.project == call.account.project)
            .filter(|job| ids.as_ref().is_none_or(|ids| ids.contains(&job.id)))
            .filter(|job| parent.map_or(job.parent.is_none() || ids.is_some(), |parent| job.parent == parent && parent.is_some()))
            .filter(|job| status.is_none_or(|status| status == Some(job.state.status())))
            .filter(|job| targets.as_ref().is_none_or(|targets| targets.contains(&job.submission.device.name.as_str())))
            .filter(|job| query.get("session_id").is_none_or(|id| job.submission.session_id.as_deref() == Some(id)))
            .filter(|job| query.get("submitter_id").is_none_or(|id| job.submission.account.submitter == id));
        let page: Vec<&Job> = found.by_ref().take(limit).collect();
        let next = if found.next().is_some() { page.last().map(|job| job.id.to_string()) } else { None };
        let jobs = page.into_iter().map(|job| self.describe(job)).collect();
        drop(state);
        // cirq-ionq asks for the next page for ever unless the key is absent; ionq-core fails unless it is there.
        let next = if call.is_cirq && next.is_none() { None } else { Some(next) };
        Ok(Answer::Jobs(JobsReply { jobs, next }))
    }

    /// A job as an entry of a list shows it.
    pub(super) fn describe(&self, job: &Job) -> JobReply {
        let at = |at: Duration| time(self.settings.clock.wall(at));
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let submission = &job.submission;
        let duration = job.started_at.zip(job.finished_at).map(|(start, end)| millis(end.saturating_sub(start)));
        JobReply {
            id: job.id.to_string(),
            status: job.state.status(),
            kind: job.kind.name().to_owned(),
            backend: submission.device.name.clone(),
            dry_run: submission.dry_run,
            submitter_id: submission.account.submitter.clone(),
            project_id: Some(submission.account.project.clone()),
            parent_job_id: job.parent.map(|parent| parent.to_string()),
            session_id: submission.session_id.clone(),
            metadata: submission.metadata.clone(),
            name: job.name.clone(),
            submitted_at: Some(at(job.submitted_at)),
            started_at: job.started_at.map(at),
            completed_at: job.finished_at.map(at),
            predicted_wait_time_ms: Some(millis(self.settings.queue_time)),
            predicted_execution_duration_ms: Some(millis(self.settings.run_time)),
            execution_duration_ms: duration,
            shots: (!submission.is_ideal()).then_some(submission.shots),
            noise: submission.noise.clone(),
            cost_model: None,
            failure: Some(match &job.state {
                JobState::Failed(failure) => Some(FailureBody {
                    code: failure.code.name().to_owned(),
                    message: failure.message.clone(),
                    error: failure.message.clone(),
                }),
                _ => None,
            }),
            warning: (!job.warnings.is_empty()).then(|| WarningBody { messages: job.warnings.clone() }),
            output: job.output(),
            settings: submission.settings.clone(),
            stats: StatsBody {
                qubits: Some(job.qubits),
                circuits: Some(job.circuits),
                gate_counts: Some(GateCountsBody { one_qubit: job.gate_counts.one_qubit, two_qubit: job.gate_counts.two_qubit }),
            },
            results: job.result_links(),
            child_job_ids: None,
        }
    }
}
