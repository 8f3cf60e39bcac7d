//! New jobs: read, checked, stored, queued.

use super::super::Shared;
use super::super::job::{Event, Failure, Job, JobState, Submission, Tally};
use super::super::reply::{bad_request, unfit, unknown_backend};
use super::Call;
use crate::api::{Answer, CreatedReply, ErrorBody, FailureCode, JobKind, JobRequest, JobStatus, RequestError};
use crate::circuit::{GateCounts, Input, Program, lint_messages};
use crate::device::{Catalog, Device, Status};
use crate::outcome::Seed;
use crate::run::{self, Machine, RunOptions};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A job that was asked for in good form and that is about to be stored.
pub(super) struct Order {
    pub(super) kind: JobKind,
    pub(super) name: Option<String>,
    pub(super) submission: Arc<Submission>,
    pub(super) circuits: Vec<Accepted>,
    /// The job's own seed, and the first of its streams.
    pub(super) seed: Option<Seed>,
    pub(super) first_index: u64,
}

impl Shared {
    pub(super) fn create_job(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let body = call.route.version().job_request(call.body).map_err(|error| bad_request(&error))?;
        let order = order(body, call, &self.settings.catalog)?;
        let session_id = order.submission.session_id.clone();
        let id = self.place(order)?;
        Ok(Answer::Created(CreatedReply { id: id.to_string(), status: JobStatus::Submitted, session_id }))
    }

    /// Stores a job, and its children if it has any, and puts them into the queue.
    pub(super) fn place(&self, order: Order) -> Result<Uuid, ErrorBody> {
        let Order { kind, name, submission, circuits, seed, first_index } = order;
        let warnings = warnings(kind, &circuits);
        let mut state = self.state();
        // Read under the lock, so that nothing that happens later has an earlier time.
        let now = self.now();
        let wall = self.settings.clock.wall(now);
        let start = now.saturating_add(self.settings.queue_time);
        if state.closed {
            return Err(ErrorBody::new(503, "the cloud is shutting down and takes no new jobs").retry_after(1));
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
        if kind != JobKind::MultiCircuit {
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
}

/// The field that asks for debiasing.
const DEBIASING: &str = "settings.error_mitigation.debiasing";

/// Checks a request.
fn order(body: JobRequest, call: &Call<'_>, catalog: &Catalog) -> Result<Order, ErrorBody> {
    let device = backend(&body, catalog)?;
    call.account.check_backend(&device.name)?;
    body.check_texts().map_err(|error| bad_request(&error))?;
    let shots = body.shots().map_err(|error| bad_request(&error))?;
    let noise = body.noise_model(catalog).map_err(|error| bad_request(&error))?;
    let debiasing = body.settings.as_ref().and_then(|settings| settings.error_mitigation.as_ref()?.debiasing);
    let options = RunOptions { shots, machine: Machine::of(device, noise), debiasing, seed: Seed::default() };
    options.check_debiasing().map_err(|error| ErrorBody::new(400, error.to_string()).naming("payload", DEBIASING))?;
    if body.kind.is_none() {
        let needed = RequestError::Missing { field: "type", needed: "ionq.circuit.v1, ionq.multi-circuit.v1 or ionq.qasm3.v1" };
        return Err(bad_request(&needed));
    }
    let kind = body.kind().map_err(|error| bad_request(&error))?;
    let read = body.circuits().map_err(|error| bad_request(&error))?.into_iter();
    let circuits = read.map(|(name, program)| Accepted::new(kind, name, program, &options)).collect();
    let (seed, first_index) = (body.seed(), body.seed_index());
    let submission = Arc::new(Submission {
        account: Arc::clone(&call.account),
        device: Arc::clone(device),
        options,
        // On a QPU the device's own noise applies, and the job's is ignored, as IonQ does.
        noise: body.noise.filter(|_| !device.is_qpu()),
        metadata: body.metadata,
        settings: body.settings.unwrap_or_default(),
        dry_run: body.dry_run.unwrap_or(false),
        session_id: body.session_id,
        shots: shots.get(),
    });
    Ok(Order { kind, name: body.name, submission, circuits, seed, first_index })
}

/// A circuit that was let in, and why the device cannot run it, if it cannot.
pub(super) struct Accepted {
    name: Option<String>,
    /// What a job of its own would say about it.
    warnings: Vec<String>,
    program: Option<Arc<Input>>,
    failure: Option<Failure>,
}

impl Accepted {
    /// What a device cannot do is no malformed request: the job is accepted and fails, as IonQ's does.
    fn new(kind: JobKind, name: Option<String>, program: Result<Input, RequestError>, options: &RunOptions) -> Accepted {
        match program {
            Ok(program) => {
                let failure = run::check_input(&program, options).err().map(|problem| unfit(&problem));
                let warnings = own_warnings(kind, &program);
                Accepted { name, warnings, program: Some(Arc::new(program)), failure }
            }
            Err(error) => {
                let code = match &error {
                    RequestError::Qasm3(error) if !error.problem.is_too_many_controls() => FailureCode::PreflightError,
                    _ => FailureCode::TooManyControls,
                };
                let failure = Failure { code, message: error.to_string() };
                Accepted { name, warnings: Vec::new(), program: None, failure: Some(failure) }
            }
        }
    }

    /// The job gets the circuit to run, or fails.
    fn give_to(self, job: &mut Job, now: Duration) {
        match self.failure {
            Some(failure) => job.advance(Event::Fail(failure), now).expect("a submitted job can fail"),
            None => job.program = self.program,
        }
    }
}

/// What a child says about its own circuit. A single circuit is its job's.
fn own_warnings(kind: JobKind, program: &Input) -> Vec<String> {
    match (kind, program.circuit()) {
        (JobKind::MultiCircuit, Some(Program::Native(circuit))) => lint_messages([(String::new(), circuit)]),
        (JobKind::MultiCircuit, Some(Program::Qis(_)) | None) | (JobKind::Circuit | JobKind::Qasm3, _) => Vec::new(),
    }
}

/// What a job says about its circuits; of several, about which one.
fn warnings(kind: JobKind, circuits: &[Accepted]) -> Vec<String> {
    let native = circuits.iter().enumerate().filter_map(|(index, circuit)| match circuit.program.as_deref()?.circuit() {
        Some(Program::Native(program)) => Some((index, program)),
        Some(Program::Qis(_)) | None => None,
    });
    lint_messages(native.map(|(index, program)| match kind {
        JobKind::Circuit | JobKind::Qasm3 => (String::new(), program),
        JobKind::MultiCircuit => (format!("circuit {index}: "), program),
    }))
}

/// The device a job is for.
fn backend<'a>(body: &JobRequest, catalog: &'a Catalog) -> Result<&'a Arc<Device>, ErrorBody> {
    let needed = RequestError::Missing { field: "backend", needed: "simulator or qpu.…" };
    let name = body.backend.as_deref().ok_or_else(|| bad_request(&needed))?;
    let device = catalog.find(name).ok_or_else(|| unknown_backend(400, name, catalog).naming("payload", "backend"))?;
    match device.status {
        Status::Available => Ok(device),
        Status::Unavailable | Status::Retired => {
            let message = format!("backend {name:?} is {} and takes no jobs", device.status.name());
            Err(ErrorBody::new(400, message).naming("payload", "backend"))
        }
    }
}
