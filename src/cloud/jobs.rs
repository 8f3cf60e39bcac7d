//! The operations on jobs.

use super::job::{Event, Failure, Job, JobState, Results, Submission, Tally};
use super::reply::{bad_query, bad_request, unknown_backend, unknown_job};
use super::store::State;
use super::{Shared, ids};
use crate::api::{
    BulkReply, BulkRequest, ChangedReply, CreatedReply, ErrorBody, FailureBody, FailureCode, GateCountsBody, JobKind, JobReply, JobRequest,
    JobStatus, JobsReply, Reply, Request, RequestError, ResultFormat, ResultLink, StatsBody, WarningBody, decode, time,
};
use crate::circuit::{GateCounts, Program, lint_messages};
use crate::device::{self, Device, NoiseModel, Status};
use crate::gates::Gate;
use crate::outcome::Seed;
use crate::run::RunOptions;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The most jobs on one page of a list.
const PAGE: usize = 100;
/// The jobs on a page that was not asked for a length.
const DEFAULT_PAGE: usize = 25;

impl Shared {
    pub(super) fn create_job(&self, request: &Request) -> Result<Reply, ErrorBody> {
        let body: JobRequest = decode(&request.body).map_err(|error| bad_request(&error))?;
        let device = backend(&body)?;
        let shots = body.shots().map_err(|error| bad_request(&error))?;
        let noise = body.noise_model().map_err(|error| bad_request(&error))?;
        if body.kind.is_none() {
            let needed = RequestError::Missing { field: "type", needed: "ionq.circuit.v1 or ionq.multi-circuit.v1" };
            return Err(bad_request(&needed));
        }
        let kind = body.kind().map_err(|error| bad_request(&error))?;
        // What a device cannot do is no malformed request: the job is accepted and fails, as IonQ's does.
        let accept = |(name, program): (_, Result<Program, RequestError>)| match program {
            Ok(program) => {
                let failure = check(&program, device, noise).err();
                let warnings = own_warnings(kind, &program);
                Accepted { name, warnings, program: Some(program), failure }
            }
            Err(error) => {
                let failure = Failure { code: FailureCode::TooManyControls, message: error.to_string() };
                Accepted { name, warnings: Vec::new(), program: None, failure: Some(failure) }
            }
        };
        let circuits: Vec<_> = body.circuits().map_err(|error| bad_request(&error))?.into_iter().map(accept).collect();
        let seed = body.seed();
        let first_index = body.seed_index();
        let submission = Arc::new(Submission {
            device,
            // On a QPU the device's own noise applies, and the job's is ignored, as IonQ does.
            options: RunOptions {
                shots,
                noise: if device.is_qpu() { device.noise.as_ref() } else { noise },
                counted: device.is_qpu(),
                seed: Seed::default(),
            },
            noise: body.noise.filter(|_| !device.is_qpu()),
            metadata: body.metadata,
            settings: body.settings.unwrap_or_default(),
            dry_run: body.dry_run.unwrap_or(false),
            session_id: body.session_id,
            shots: shots.get(),
        });
        let id = self.accept(kind, body.name, submission.clone(), circuits, seed, first_index)?;
        let reply = CreatedReply { id: id.to_string(), status: JobStatus::Submitted, session_id: submission.session_id.clone() };
        Ok(Reply::json(201, &reply))
    }

    /// Stores a job, and its children if it has any, and puts them into the queue.
    fn accept(
        &self,
        kind: JobKind,
        name: Option<String>,
        submission: Arc<Submission>,
        circuits: Vec<Accepted>,
        seed: Option<Seed>,
        first_index: u64,
    ) -> Result<Uuid, ErrorBody> {
        let warnings = warnings(kind, &circuits);
        let mut state = self.state();
        // Read under the lock, so that nothing that happens later has an earlier time.
        let now = self.now();
        let wall = self.settings.clock.wall(now);
        let start = now.saturating_add(self.settings.queue_time);
        if state.closed {
            return Err(ErrorBody::new(503, "the cloud is shutting down and takes no new jobs"));
        }
        let seed = seed.unwrap_or_else(|| self.settings.seed.child(state.submitted));
        state.submitted += 1;
        let (mut widest, mut counts) = (0, GateCounts::default());
        for program in circuits.iter().filter_map(|circuit| circuit.program.as_ref()) {
            let own = program.gate_counts();
            widest = widest.max(program.qubits());
            counts = GateCounts { one_qubit: counts.one_qubit + own.one_qubit, two_qubit: counts.two_qubit + own.two_qubit };
        }
        let id = state.ids.next(wall);
        let job = |id, kind, name, parent, qubits, gate_counts, seed| Job {
            id,
            kind,
            name,
            submission: submission.clone(),
            state: JobState::default(),
            submitted_at: now,
            started_at: None,
            finished_at: None,
            parent,
            children: Vec::new(),
            tally: Tally::default(),
            circuits: 1,
            qubits,
            gate_counts,
            seed,
            warnings: Vec::new(),
            program: None,
            pending: None,
        };
        let mut first = job(id, kind, name, None, widest, counts, seed.child(first_index));
        first.circuits = circuits.len();
        first.warnings = warnings;
        if submission.dry_run {
            // Checked and accepted; there is nothing to run.
            let failure = circuits.into_iter().find_map(|circuit| circuit.failure);
            let events = match failure {
                Some(failure) => vec![Event::Fail(failure)],
                None => vec![Event::Queue, Event::Start, Event::Complete(Results::DryRun)],
            };
            for event in events {
                first.advance(event, now).expect("this is the way of every job");
            }
            state.enqueue(first, start);
        } else if kind == JobKind::Circuit {
            if let Some(circuit) = circuits.into_iter().next() {
                circuit.give_to(&mut first, now);
            }
            state.enqueue(first, start);
        } else {
            for (index, mut circuit) in circuits.into_iter().enumerate() {
                let (child_id, seed, program) = (state.ids.next(wall), seed.child(first_index + index as u64), circuit.program.as_ref());
                let (qubits, counts) = program.map_or_else(Default::default, |program| (program.qubits(), program.gate_counts()));
                let mut child = job(child_id, JobKind::Circuit, circuit.name.take(), Some(id), qubits, counts, seed);
                child.warnings = std::mem::take(&mut circuit.warnings);
                circuit.give_to(&mut child, now);
                first.children.push(child_id);
                match &child.state {
                    JobState::Failed(failure) => first.child_failed(child_id, failure.clone()),
                    _ => first.tally.unfinished += 1,
                }
                state.enqueue(child, start);
            }
            first.end_with_children(now);
            state.enqueue(first, start);
        }
        drop(state);
        self.wake_workers();
        Ok(id)
    }

    fn wake_workers(&self) {
        self.ready.notify_all();
        self.planned.notify_one();
        self.notify.notify_one();
    }

    pub(super) fn get_job(&self, id: &str, request: &Request) -> Result<Reply, ErrorBody> {
        let state = self.state();
        let job = state.job(id).ok_or_else(|| unknown_job(id))?;
        let children = (!job.children.is_empty()).then(|| job.children.iter().map(Uuid::to_string).collect());
        let mut reply = JobReply { child_job_ids: Some(children), ..self.describe(job) };
        drop(state);
        // cirq-ionq looks into a failure of null when a job was canceled elsewhere, and dies of it.
        if is_cirq(request) {
            reply.failure = reply.failure.filter(Option::is_some);
        }
        Ok(Reply::json(200, &reply))
    }

    pub(super) fn get_jobs(&self, request: &Request) -> Result<Reply, ErrorBody> {
        let query = &request.query;
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
            .filter(|job| ids.as_ref().is_none_or(|ids| ids.contains(&job.id)))
            .filter(|job| parent.map_or(job.parent.is_none() || ids.is_some(), |parent| job.parent == parent && parent.is_some()))
            .filter(|job| status.is_none_or(|status| status == Some(job.state.status())))
            .filter(|job| targets.as_ref().is_none_or(|targets| targets.contains(&job.submission.device.name.as_str())))
            .filter(|job| query.get("session_id").is_none_or(|id| job.submission.session_id.as_deref() == Some(id)))
            .filter(|_| query.get("submitter_id").is_none_or(|id| id == ids::SUBMITTER));
        let page: Vec<&Job> = found.by_ref().take(limit).collect();
        let next = if found.next().is_some() { page.last().map(|job| job.id.to_string()) } else { None };
        let jobs = page.into_iter().map(|job| self.describe(job)).collect();
        drop(state);
        // cirq-ionq asks for the next page for ever unless the key is absent; ionq-core fails unless it is there.
        let next = if is_cirq(request) && next.is_none() { None } else { Some(next) };
        Ok(Reply::json(200, &JobsReply { jobs, next }))
    }

    pub(super) fn cancel_job(&self, id: &str) -> Result<Reply, ErrorBody> {
        self.change(id, "canceled", |state, id, now| state.cancel(id, now))
    }

    pub(super) fn delete_job(&self, id: &str) -> Result<Reply, ErrorBody> {
        self.change(id, "deleted", |state, id, now| state.delete(id, now))
    }

    pub(super) fn cancel_jobs(&self, request: &Request) -> Result<Reply, ErrorBody> {
        self.change_all(request, "canceled", |state, id, now| state.cancel(id, now))
    }

    pub(super) fn delete_jobs(&self, request: &Request) -> Result<Reply, ErrorBody> {
        self.change_all(request, "deleted", |state, id, now| state.delete(id, now))
    }

    /// Canceling a job that is final already is answered like any other and changes nothing: SDKs expect it.
    fn change(&self, id: &str, status: &str, change: impl Fn(&mut State, Uuid, Duration)) -> Result<Reply, ErrorBody> {
        let mut state = self.state();
        let now = self.now();
        let found = state.job(id).map(|job| job.id).ok_or_else(|| unknown_job(id))?;
        change(&mut state, found, now);
        Ok(Reply::json(200, &ChangedReply { id: found.to_string(), status: status.to_owned() }))
    }

    /// All or nothing: an unknown id changes no job.
    fn change_all(&self, request: &Request, status: &str, change: impl Fn(&mut State, Uuid, Duration)) -> Result<Reply, ErrorBody> {
        let BulkRequest { ids } = decode(&request.body).map_err(|error| bad_request(&error))?;
        let mut state = self.state();
        let now = self.now();
        let found = ids.iter().map(|id| state.job(id).map(|job| job.id).ok_or_else(|| unknown_job(id)));
        let found = found.collect::<Result<Vec<_>, _>>()?;
        for id in found {
            change(&mut state, id, now);
        }
        Ok(Reply::json(200, &BulkReply { ids, status: status.to_owned() }))
    }

    /// A job as an entry of a list shows it.
    fn describe(&self, job: &Job) -> JobReply {
        let at = |at: Duration| time(self.settings.clock.wall(at));
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let submission = &job.submission;
        let duration = job.started_at.zip(job.finished_at).map(|(start, end)| millis(end.saturating_sub(start)));
        let results = matches!(job.state, JobState::Completed(Results::Single(_) | Results::Children));
        JobReply {
            id: job.id.to_string(),
            status: job.state.status(),
            kind: job.kind.name().to_owned(),
            backend: submission.device.name.clone(),
            dry_run: submission.dry_run,
            submitter_id: ids::SUBMITTER.to_owned(),
            project_id: Some(ids::PROJECT.to_owned()),
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
            output: Default::default(),
            settings: submission.settings.clone(),
            stats: StatsBody {
                qubits: Some(job.qubits),
                circuits: Some(job.circuits),
                gate_counts: Some(GateCountsBody { one_qubit: job.gate_counts.one_qubit, two_qubit: job.gate_counts.two_qubit }),
            },
            results: results.then(|| ResultLink::all(&job.id.to_string(), formats(job))),
            child_job_ids: None,
        }
    }
}

/// Whether it is cirq-ionq that asks.
fn is_cirq(request: &Request) -> bool {
    request.user_agent.as_deref().is_some_and(|agent| agent.starts_with("cirq/"))
}

/// The forms in which a completed job's results can be had.
fn formats(job: &Job) -> &'static [ResultFormat] {
    match (job.kind, job.submission.is_ideal()) {
        (JobKind::MultiCircuit, _) => &[ResultFormat::Aggregated],
        (JobKind::Circuit, true) => &[ResultFormat::Probabilities],
        (JobKind::Circuit, false) => &[ResultFormat::Probabilities, ResultFormat::Histogram, ResultFormat::Shots],
    }
}

/// A circuit that was let in, and why the device cannot run it, if it cannot.
struct Accepted {
    name: Option<String>,
    /// What a job of its own would say about it.
    warnings: Vec<String>,
    program: Option<Program>,
    failure: Option<Failure>,
}

impl Accepted {
    /// The job gets the circuit to run, or fails.
    fn give_to(self, job: &mut Job, now: Duration) {
        match self.failure {
            Some(failure) => job.advance(Event::Fail(failure), now).expect("a submitted job can fail"),
            None => job.program = self.program,
        }
    }
}

/// What a child says about its own circuit. A single circuit is its job's.
fn own_warnings(kind: JobKind, program: &Program) -> Vec<String> {
    match (kind, program) {
        (JobKind::MultiCircuit, Program::Native(circuit)) => lint_messages([(String::new(), circuit)]),
        (JobKind::MultiCircuit, Program::Qis(_)) | (JobKind::Circuit, _) => Vec::new(),
    }
}

/// What a job says about its circuits; of several, about which one.
fn warnings(kind: JobKind, circuits: &[Accepted]) -> Vec<String> {
    let native = circuits.iter().enumerate().filter_map(|(index, circuit)| match &circuit.program {
        Some(Program::Native(program)) => Some((index, program)),
        Some(Program::Qis(_)) | None => None,
    });
    lint_messages(native.map(|(index, program)| match kind {
        JobKind::Circuit => (String::new(), program),
        JobKind::MultiCircuit => (format!("circuit {index}: "), program),
    }))
}

/// The device a job is for.
fn backend(body: &JobRequest) -> Result<&'static Device, ErrorBody> {
    let needed = RequestError::Missing { field: "backend", needed: "simulator or qpu.…" };
    let name = device::canonical(body.backend.as_deref().ok_or_else(|| bad_request(&needed))?);
    let device = device::find(&name).ok_or_else(|| unknown_backend(400, &name).naming("payload", "backend"))?;
    match device.status {
        Status::Available => Ok(device),
        Status::Unavailable | Status::Retired => {
            let message = format!("backend {name:?} is {} and takes no jobs", device.status.name());
            Err(ErrorBody::new(400, message).naming("payload", "backend"))
        }
    }
}

/// Whether a device, or the simulator under a noise model, can run a program that is valid in itself. A job that cannot be run
/// is accepted and fails with this failure, as IonQ's does.
///
/// # Errors
/// The [`Failure`] such a job has.
pub fn check(program: &Program, device: &Device, noise: Option<&NoiseModel>) -> Result<(), Failure> {
    let (limit, of) = match noise.filter(|_| !device.is_qpu()) {
        Some(noise) if noise.qubits < device.qubits => (noise.qubits, format!("noise model {}", noise.names[0])),
        _ => (device.qubits, format!("backend {}", device.name)),
    };
    if program.qubits() > limit {
        let message = format!("the circuit has {} qubits, {of} has {limit}", program.qubits());
        return Err(Failure { code: FailureCode::NotEnoughQubits, message });
    }
    let Program::Native(circuit) = program else { return Ok(()) };
    let mut operations = circuit.operations().iter().enumerate().map(|(index, operation)| (index, operation.gate.spec().name));
    match operations.find(|(_, gate)| !device.plays(gate)) {
        None => Ok(()),
        Some((index, gate)) => {
            let gates = device.native_gates.join(", ");
            let message = format!("operation {index}: {} does not play {gate}, its gates are {gates}", device.name);
            Err(Failure { code: FailureCode::UnsupportedGate, message })
        }
    }
}
