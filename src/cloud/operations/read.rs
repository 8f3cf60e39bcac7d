//! What a job is and how far it is.

use super::super::Shared;
use super::super::job::{Job, JobState};
use super::super::labels::Labels;
use super::super::price::Quote;
use super::Call;
use super::variants::mitigation;
use crate::api::{
    Answer, CostReply, ErrorBody, FailureBody, GateCountsBody, JobReply, JobStatus, OutputBody, StatsBody, WarningBody, time,
};
use crate::device::Device;
use std::time::Duration;
use uuid::Uuid;

impl Shared {
    pub(super) fn get_job(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let state = self.state();
        let job = state.job(call.id(), &call.account, self.now())?;
        let children = (!job.children.is_empty()).then(|| job.children.iter().map(Uuid::to_string).collect());
        let (id, debiased) = (job.id, job.debiased());
        let mut reply = JobReply { child_job_ids: Some(children), ..self.describe(job, call) };
        drop(state);
        let debiased = debiased.filter(|_| reply.status == JobStatus::Completed);
        reply.output.error_mitigation = debiased.and_then(|outcome| mitigation(id, &outcome));
        Ok(Answer::Job(Box::new(reply)))
    }

    /// A job as an entry of a list shows it.
    pub(super) fn describe(&self, job: &Job, call: &Call<'_>) -> JobReply {
        let at = |at: Duration| time(self.settings.clock.wall(at));
        let millis = |duration: Duration| u64::from(int32(duration.as_millis()));
        let micros = |quote: Quote| int32(u128::from(quote.quantum_us));
        let submission = &job.submission;
        let duration = job.started_at.zip(job.finished_at).map(|(start, end)| millis(end.saturating_sub(start)));
        let reply = JobReply {
            id: job.id.to_string(),
            status: job.state.status(),
            kind: job.kind.name().to_owned(),
            backend: submission.device.name.clone(),
            dry_run: submission.dry_run,
            submitter_id: submission.account.submitter.clone(),
            project_id: Some(submission.account.project.clone()),
            parent_job_id: job.shown_parent().map(|parent| parent.to_string()),
            session_id: submission.session_id.map(|session| session.to_string()),
            metadata: submission.metadata.as_ref().map(Labels::metadata),
            name: job.name.clone(),
            submitted_at: Some(at(job.submitted_at)),
            started_at: job.started_at.map(at),
            completed_at: job.finished_at.map(at),
            predicted_wait_time_ms: Some(millis(self.settings.queue_time)),
            predicted_execution_duration_ms: Some(millis(self.settings.run_time)),
            execution_duration_ms: duration,
            shots: (!submission.is_ideal()).then_some(submission.shots),
            noise: submission.noise.clone(),
            cost_model: Some(cost_model(&submission.device).to_owned()),
            failure: match failure(job) {
                // cirq-ionq looks into a failure of null when a job was canceled elsewhere, and dies of it.
                None if call.is_cirq => None,
                failure => Some(failure),
            },
            warning: (!job.warnings.is_empty()).then(|| WarningBody { messages: job.warnings.clone() }),
            output: job.output(),
            settings: submission.settings.clone(),
            stats: StatsBody {
                qubits: Some(job.qubits),
                circuits: Some(job.circuits),
                gate_counts: Some(GateCountsBody { one_qubit: job.gate_counts.one_qubit, two_qubit: job.gate_counts.two_qubit }),
                predicted_quantum_compute_time_us: Some(micros(job.quote)),
                billed_quantum_compute_time_us: job.billed().map(micros),
            },
            results: job.result_links(),
            cost: job.cost(),
            child_job_ids: None,
        };
        match reply.status {
            JobStatus::Completed if call.plan.goes_backwards() => undone(reply),
            _ => reply,
        }
    }
}

/// What a completed job was when it had just been started.
fn undone(job: JobReply) -> JobReply {
    JobReply {
        status: JobStatus::Started,
        completed_at: None,
        execution_duration_ms: None,
        stats: StatsBody { billed_quantum_compute_time_us: None, ..job.stats },
        output: OutputBody::default(),
        results: None,
        cost: CostReply { cost: None, ..job.cost },
        ..job
    }
}

fn failure(job: &Job) -> Option<FailureBody> {
    let JobState::Failed(failure) = &job.state else { return None };
    let (code, message) = (failure.code.name().to_owned(), failure.message.clone());
    Some(FailureBody { code, error: message.clone(), message })
}

/// How jobs on a device are billed, in the contract's words. What runs on a simulator takes no time of a quantum computer.
fn cost_model(device: &Device) -> &'static str {
    if device.is_qpu() { "2QGE_operations" } else { "QCT" }
}

/// A number as the contract has it, 32 bits with a sign; what is beyond is the largest there is.
pub(super) fn int32(number: u128) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX).min(i32::MAX.unsigned_abs())
}
