//! New jobs: read and checked. `place.rs` stores them.

use super::super::Shared;
use super::super::ids::exact_id;
use super::super::job::{Failure, Submission};
use super::super::labels::Labels;
use super::super::price::{Quote, quote};
use super::super::reply::{bad_request, bad_scenario, no_such_session, unfit, unknown_backend};
use super::super::scenario::{Mishaps, SCENARIO_KEY};
use super::Call;
use super::widths::name_in;
use crate::api::{Answer, CreatedReply, ErrorBody, FailureCode, JobKind, JobRequest, JobStatus, RequestError};
use crate::circuit::{GateCounts, Input, Program, lint_messages};
use crate::device::{Catalog, Device, Status};
use crate::outcome::Seed;
use crate::run::{self, Machine, RunOptions};
use std::sync::Arc;
use uuid::Uuid;

/// A job that was asked for in good form and that is about to be stored.
pub(super) struct Order {
    pub(super) kind: JobKind,
    pub(super) name: Option<String>,
    pub(super) submission: Arc<Submission>,
    pub(super) circuits: Vec<Accepted>,
    pub(super) warnings: Vec<String>,
    /// The job's own seed, and the first of its streams.
    pub(super) seed: Option<Seed>,
    pub(super) first_index: u64,
    /// What a scenario does to the job.
    pub(super) mishaps: Mishaps,
}

/// What a job's circuits are run on.
pub(super) struct Terms {
    device: Arc<Device>,
    options: RunOptions,
}

impl Shared {
    pub(super) fn create_job(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let body = call.route.version().job_request(call.body).map_err(|error| bad_request(&error))?;
        let order = order(body, call, &self.settings.catalog)?;
        self.check_scenario(&order)?;
        let session = order.submission.session_id;
        Ok(created(self.place(order)?, session))
    }

    /// Lets a job have the scenario it names.
    ///
    /// # Errors
    /// 400, naming the metadata.
    pub(super) fn check_scenario(&self, order: &Order) -> Result<(), ErrorBody> {
        let Some(metadata) = &order.submission.metadata else { return Ok(()) };
        let named = metadata.get(SCENARIO_KEY);
        match (named.and_then(name_in), named.is_some()) {
            (Some(name), _) => self.engine.admit(&order.submission.account.project, name).map_err(|error| bad_scenario(&error.to_string())),
            (None, true) => Err(bad_scenario("metadata.paultrap.scenario is no text, the name of a built-in scenario is needed")),
            (None, false) => Ok(()),
        }
    }
}

/// `201`
pub(super) fn created(id: Uuid, session: Option<Uuid>) -> Answer {
    let session_id = session.map(|session| session.to_string());
    Answer::Created(CreatedReply { id: id.to_string(), status: JobStatus::Submitted, session_id })
}

/// The field that asks for debiasing.
const DEBIASING: &str = "settings.error_mitigation.debiasing";

/// What a job says whose program cannot have what it asks for.
const NOT_DEBIASED: &str = "settings.error_mitigation.debiasing is true, but the program measures a qubit twice, or measures or resets on its way: it is not \
                            debiased, the shots are those of one run";

/// Checks a request.
fn order(body: JobRequest, call: &Call<'_>, catalog: &Catalog) -> Result<Order, ErrorBody> {
    let terms = Terms::read(&body, call, catalog)?;
    if body.kind.is_none() {
        let needed = RequestError::Missing { field: "type", needed: "ionq.circuit.v1, ionq.multi-circuit.v1 or ionq.qasm3.v1" };
        return Err(bad_request(&needed));
    }
    let kind = body.kind().map_err(|error| bad_request(&error))?;
    let read = body.circuits().map_err(|error| bad_request(&error))?.into_iter();
    let circuits = read.map(|(name, program)| Accepted::new(kind, name, program.map(Arc::new).map_err(failed), &terms)).collect();
    order_of(kind, circuits, body, terms, None, call)
}

/// How a job fails whose circuit asks for too much, or whose program is not understood.
fn failed(error: RequestError) -> Failure {
    let code = match &error {
        RequestError::Qasm3(error) if error.problem.is_too_many_gates() => FailureCode::TooManyGates,
        RequestError::Qasm3(error) if !error.problem.is_too_many_controls() => FailureCode::PreflightError,
        _ => FailureCode::TooManyControls,
    };
    Failure { code, message: error.to_string() }
}

/// The order of circuits that were let in under the terms of a request.
pub(super) fn order_of(
    kind: JobKind,
    circuits: Vec<Accepted>,
    body: JobRequest,
    terms: Terms,
    parent: Option<Uuid>,
    call: &Call<'_>,
) -> Result<Order, ErrorBody> {
    let session = |given: &str| exact_id(given).ok_or_else(|| no_such_session(given));
    let (seed, first_index, mishaps) = (body.seed(), body.seed_index(), call.plan.mishaps());
    let submission = Submission {
        account: Arc::clone(&call.account),
        // On a QPU the device's own noise applies, and the job's is ignored, as IonQ does.
        noise: body.noise.filter(|_| !terms.device.is_qpu()),
        metadata: body.metadata.filter(|_| !mishaps.drops_metadata).map(Labels::from),
        settings: body.settings.unwrap_or_default(),
        dry_run: body.dry_run.unwrap_or(false),
        session_id: body.session_id.as_deref().map(session).transpose()?,
        parent,
        shots: terms.options.shots.get(),
        device: terms.device,
        options: terms.options,
    };
    let warnings = warnings(kind, &circuits, &submission.options);
    Ok(Order { kind, name: body.name, submission: Arc::new(submission), circuits, warnings, seed, first_index, mishaps })
}

impl Terms {
    /// Those of a request.
    ///
    /// # Errors
    /// 400, naming the field; 403 for a backend that the key may not use.
    pub(super) fn read(body: &JobRequest, call: &Call<'_>, catalog: &Catalog) -> Result<Terms, ErrorBody> {
        let device = backend(body, catalog)?;
        call.account.check_backend(&device.name)?;
        body.check_texts().map_err(|error| bad_request(&error))?;
        let shots = body.shots().map_err(|error| bad_request(&error))?;
        let noise = body.noise_model(catalog).map_err(|error| bad_request(&error))?;
        let debiasing = body.settings.as_ref().and_then(|settings| settings.error_mitigation.as_ref()?.debiasing);
        let options = RunOptions { shots, machine: Machine::of(device, noise), debiasing, seed: Seed::default() };
        options.check_debiasing().map_err(|error| ErrorBody::new(400, error.to_string()).naming("payload", DEBIASING))?;
        Ok(Terms { device: Arc::clone(device), options })
    }

    /// What a circuit or a program costs, and takes.
    fn quote(&self, program: &Input) -> Quote {
        quote(&self.device, program.gate_counts(), self.options.shots.get(), self.options.debiases_input(program))
    }
}

/// A circuit that was let in, and why the device cannot run it, if it cannot.
pub(super) struct Accepted {
    pub(super) name: Option<String>,
    /// What a job of its own would say about it.
    pub(super) warnings: Vec<String>,
    pub(super) program: Option<Arc<Input>>,
    pub(super) failure: Option<Failure>,
    pub(super) qubits: usize,
    pub(super) gate_counts: GateCounts,
    pub(super) quote: Quote,
}

impl Accepted {
    /// What a device cannot do is no malformed request: the job is accepted and fails, as IonQ's does. So it does if there is a
    /// failure in place of the program.
    pub(super) fn new(kind: JobKind, name: Option<String>, program: Result<Arc<Input>, Failure>, terms: &Terms) -> Accepted {
        let (program, failure) = match program {
            Ok(program) => {
                let failure = run::check_input(&program, &terms.options).err().map(|problem| unfit(&problem));
                (Some(program), failure)
            }
            Err(failure) => (None, Some(failure)),
        };
        let known = program.as_deref();
        Accepted {
            name,
            warnings: known.map(|program| own_warnings(kind, program)).unwrap_or_default(),
            qubits: known.map_or(0, Input::qubits),
            gate_counts: known.map(Input::gate_counts).unwrap_or_default(),
            quote: known.map(|program| terms.quote(program)).unwrap_or_default(),
            program,
            failure,
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
fn warnings(kind: JobKind, circuits: &[Accepted], options: &RunOptions) -> Vec<String> {
    let asked = options.debiasing == Some(true) && matches!(options.machine, Machine::Qpu(_));
    let programs = circuits.iter().filter_map(|circuit| circuit.program.as_deref());
    if asked && kind == JobKind::Qasm3 && programs.into_iter().any(|program| !options.debiases_input(program)) {
        return vec![NOT_DEBIASED.to_owned()];
    }
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
    available(body.backend.as_deref().ok_or_else(|| bad_request(&needed))?, catalog)
}

/// A backend that takes jobs.
///
/// # Errors
/// 400, naming `backend`.
pub(super) fn available<'a>(name: &str, catalog: &'a Catalog) -> Result<&'a Arc<Device>, ErrorBody> {
    let device = catalog.find(name).ok_or_else(|| unknown_backend(400, name, catalog).naming("payload", "backend"))?;
    match device.status {
        Status::Available => Ok(device),
        Status::Unavailable | Status::Retired => {
            let message = format!("backend {name:?} is {} and takes no jobs", device.status.name());
            Err(ErrorBody::new(400, message).naming("payload", "backend"))
        }
    }
}
