//! How the errors of the layers above become replies: the one translation at the edge.

use super::job::Failure;
use super::scenario::Control;
use crate::api::{ErrorBody, FailureCode, Reply, Request, RequestError, Route};
use crate::compile::CompileError;
use crate::device::Catalog;
use crate::run::{RunError, Unfit};
use crate::simulate::SimulateError;

/// No operation has this request line: 405 if the path has others, else 404.
pub(super) fn no_such_route(request: &Request) -> Reply {
    let allowed: Vec<_> = Route::allowed(&request.path).into_iter().chain(Control::allowed(&request.path)).collect();
    let shown: String = request.path.chars().take(64).collect();
    if allowed.is_empty() {
        return Reply::json(404, &ErrorBody::new(404, format!("there is nothing at {shown:?}")));
    }
    let allow = allowed.iter().map(|method| method.name()).collect::<Vec<_>>().join(", ");
    let body = ErrorBody::new(405, format!("{} is not allowed at {shown:?}, allowed are {allow}", request.method));
    Reply { headers: vec![("allow", allow)], ..Reply::json(405, &body) }
}

/// A body that is no job.
pub(super) fn bad_request(error: &RequestError) -> ErrorBody {
    let body = ErrorBody::new(400, error.to_string());
    match error.field() {
        whole if whole.is_empty() => body,
        field => body.naming("payload", field),
    }
}

/// A parameter of the query that makes no sense.
pub(super) fn bad_query(name: &str, given: &str, needed: &str) -> ErrorBody {
    let shown: String = given.chars().take(64).collect();
    ErrorBody::new(400, format!("{name} {shown:?} is not allowed, {needed} is needed")).naming("query", name)
}

/// A job that names a scenario it cannot have.
pub(super) fn bad_scenario(message: &str) -> ErrorBody {
    ErrorBody::new(400, message).naming("payload", "metadata.paultrap.scenario")
}

/// A field of a body that makes no sense.
pub(super) fn bad_field(name: &str, given: &str, needed: &str) -> ErrorBody {
    let shown: String = given.chars().take(64).collect();
    ErrorBody::new(400, format!("{name} {shown:?} is not allowed, {needed} is needed")).naming("payload", name)
}

/// No room at present.
pub(super) fn too_many(message: String) -> ErrorBody {
    ErrorBody::new(429, message).retry_after(1)
}

/// A backend that is not in the catalog.
pub(super) fn unknown_backend(status: u16, name: &str, catalog: &Catalog) -> ErrorBody {
    let shown: String = name.chars().take(64).collect();
    ErrorBody::new(status, format!("backend {shown:?} is not known, allowed are {}", catalog.names()))
}

/// A job that is not in the store.
pub(super) fn unknown_job(id: &str) -> ErrorBody {
    let shown: String = id.chars().take(64).collect();
    ErrorBody::new(404, format!("there is no job {shown:?}"))
}

/// How a job that its backend cannot run fails.
pub(super) fn unfit(problem: &Unfit) -> Failure {
    let code = match problem {
        Unfit::Qubits { .. } => FailureCode::NotEnoughQubits,
        Unfit::Gate { .. } | Unfit::Pair { .. } => FailureCode::UnsupportedGate,
        Unfit::Gates { .. } => FailureCode::TooManyGates,
        Unfit::Shots { .. } => FailureCode::TooManyShots,
    };
    Failure { code, message: problem.to_string() }
}

/// A session that is not in the store.
pub(super) fn unknown_session(id: &str) -> ErrorBody {
    let shown: String = id.chars().take(64).collect();
    ErrorBody::new(404, format!("there is no session {shown:?}"))
}

/// The same where a job names it: then the job's field is wrong.
pub(super) fn no_such_session(id: &str) -> ErrorBody {
    bad_field("session_id", id, "the id of a session")
}

/// How a failed run is told to the job's owner.
pub(super) fn failure_code(error: &RunError) -> FailureCode {
    match error {
        RunError::Compile(CompileError::TooWide { .. }) => FailureCode::NotEnoughQubits,
        RunError::Compile(_) => FailureCode::CompilationError,
        RunError::Simulate(error) => simulation(error),
    }
}

fn simulation(error: &SimulateError) -> FailureCode {
    match error {
        SimulateError::OutOfMemory(_)
        | SimulateError::Stopped // the job has ended by then, and this reaches nobody
        | SimulateError::PauliExp { .. }
        | SimulateError::NoiseRate { .. }
        | SimulateError::Ways { .. }
        | SimulateError::Outcomes { .. }
        | SimulateError::Waiting { .. }
        | SimulateError::ReadOut { .. }
        | SimulateError::NoisyGate { .. }
        | SimulateError::Engine { .. }
        | SimulateError::Norm(_) => FailureCode::SimulationError,
    }
}
