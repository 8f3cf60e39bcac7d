//! The operations of the API, by subject. Each is a method of the cloud's shared part that takes a [`Call`] and gives an [`Answer`] or
//! an error body; none simulates and none waits.

mod again;
mod artifacts;
mod backends;
mod change;
mod characterizations;
mod cost;
mod create;
mod list;
mod page;
mod place;
mod read;
mod results;
mod schemas;
mod sessions;
mod usage;
mod variants;
mod widths;

use super::access::{Access, Account};
use super::scenario::{Conduct, Control, Delivery, Plan, Scene, Visit};
use super::{Shared, reply};
use crate::api::{self, Answer, ApiKey, ErrorBody, HealthReply, Method, Operation, Pending, Query, Reply, Request, Route, screen};
use crate::simulate::Size;
use std::sync::Arc;

/// A request that is in order: what is asked, and who asks.
#[derive(Clone)]
pub(super) struct Call<'a> {
    pub(super) route: Route,
    pub(super) query: &'a Query,
    pub(super) body: &'a [u8],
    pub(super) account: Arc<Account>,
    /// Whether it is cirq-ionq that asks.
    pub(super) is_cirq: bool,
    /// What a scenario does to it.
    pub(super) plan: &'a Plan,
}

impl<'a> Call<'a> {
    fn new(route: Route, account: Arc<Account>, plan: &'a Plan, request: &'a Request) -> Call<'a> {
        let is_cirq = request.user_agent.as_deref().is_some_and(|agent| agent.starts_with("cirq/"));
        Call { route, query: &request.query, body: &request.body, account, is_cirq, plan }
    }
}

impl Call<'_> {
    /// What stands for `{id}` in the path.
    pub(super) fn id(&self) -> &str {
        self.route.named("id")
    }
}

/// A request that was let in: what is asked, and who asks.
pub(crate) struct Admitted(Wanted);

/// What is asked for.
enum Wanted {
    /// An operation of the API.
    Operation(Route, Arc<Account>),
    /// Something of the cloud itself.
    Control(Control),
}

/// An answer as far as it is there, and how it is to be delivered.
pub(crate) struct Begun {
    pub(crate) writing: Writing,
    pub(crate) conduct: Conduct,
}

/// An answer as far as it is there.
pub(crate) enum Writing {
    /// All of it.
    Done(Reply),
    /// What is still to be written, because it may be large.
    Pending(Pending),
}

impl Begun {
    /// All of an answer, to be delivered at once.
    pub(crate) fn done(reply: Reply) -> Begun {
        Begun { writing: Writing::Done(reply), conduct: Conduct::default() }
    }

    /// All of it.
    pub(crate) fn finish(self) -> Delivery {
        let reply = match self.writing {
            Writing::Done(reply) => reply,
            Writing::Pending(pending) => pending.write(),
        };
        Delivery { reply, conduct: self.conduct }
    }
}

impl Writing {
    /// The status it has, or will have if nothing goes wrong with the memory.
    pub(super) fn status(&self) -> u16 {
        match self {
            Writing::Done(reply) => reply.status,
            Writing::Pending(_) => 200,
        }
    }
}

impl Shared {
    /// Lets a request in whose line is one of an operation, from somebody who may ask now. The rest of it need not be there yet.
    pub(super) fn admit(&self, request: &Request) -> Result<Admitted, Reply> {
        let wanted = self.wanted(request);
        if let Err(reply) = &wanted {
            self.engine.note(Visit::new(self.now(), request, None, reply.status));
        }
        wanted.map(Admitted)
    }

    fn wanted(&self, request: &Request) -> Result<Wanted, Reply> {
        if let Some(control) = Control::parse(request) {
            self.settings.access.authorize_control(request.key.as_ref()).map_err(|error| Reply::error(&error))?;
            return Ok(Wanted::Control(control));
        }
        let route = Route::parse(request.method, &request.path).ok_or_else(|| reply::no_such_route(request))?;
        let account = self.account(&route, request.key.as_ref()).map_err(|error| Reply::error(&error))?;
        Ok(Wanted::Operation(route, account))
    }

    /// Does what a request asks for. What may be large is not yet written.
    pub(super) fn begin(&self, Admitted(wanted): Admitted, request: &Request) -> Begun {
        let (route, account) = match wanted {
            Wanted::Control(control) => return Begun::done(self.control(control, &request.body)),
            Wanted::Operation(route, account) => (route, account),
        };
        let operation = route.operation();
        let plan = self.plan(&route, &account, &request.body);
        if plan.loses_state() {
            self.state().forget(&account);
        }
        let scene = Scene { version: route.version(), now: self.settings.clock.wall(self.now()) };
        let (begun, made) = match plan.instead(scene) {
            Some(instead) => (instead, None),
            None => self.carry_out(Call::new(route, account, &plan, request), request, scene),
        };
        let visit = Visit::new(self.now(), request, Some(operation), begun.writing.status());
        self.engine.note(plan.noted(visit, begun.conduct).made(made));
        begun
    }

    /// The answer of a request that is carried out, and the job that it made, if it made one.
    fn carry_out(&self, call: Call<'_>, request: &Request, scene: Scene) -> (Begun, Option<String>) {
        let plan = call.plan;
        let widths = || plan.needs_widths().then(|| self.widths(&call)).flatten();
        let (writing, made) = self.answer(&call, request).unwrap_or_else(|error| (Writing::Done(Reply::error(&error)), None));
        match plan.is_empty() {
            true => (Begun { writing, conduct: Conduct::default() }, made),
            false => (plan.applied(writing, scene, widths()), made),
        }
    }

    /// The same before anything is done to it by faults of the answer.
    fn answer(&self, call: &Call<'_>, request: &Request) -> Result<(Writing, Option<String>), ErrorBody> {
        // cirq-ionq sends a body with a GET, which nobody reads.
        if request.method != Method::Get {
            screen(&request.body).map_err(|error| reply::bad_request(&error))?;
        }
        let version = call.route.version();
        let query = version.query(call.route.operation(), &request.query)?;
        let call = Call { query: &query, ..call.clone() };
        let answer = self.perform(&call).map_err(|error| version.error(error, call.body))?;
        let done = |answer: Answer| Writing::Done(answer.reply(version, &request.query));
        match answer {
            Answer::Pending(pending) => {
                let pending = self.affordable(pending).map_err(|error| version.error(error, call.body))?;
                Ok((Writing::Pending(pending), None))
            }
            Answer::Created(made) => {
                let id = made.id.clone();
                Ok((done(Answer::Created(self.engine.told(&call.account.project, made, call.plan.repeats_reply()))), Some(id)))
            }
            answer => Ok((done(answer), None)),
        }
    }

    /// Lets a reply pass that is not too large.
    ///
    /// # Errors
    /// 400 with what there is for it.
    fn affordable(&self, pending: Pending) -> Result<Pending, ErrorBody> {
        let allowed = self.settings.reply_bytes();
        if pending.bytes() <= allowed {
            return Ok(pending);
        }
        let (needed, allowed) = (Size::up(pending.bytes().into()), Size::down(allowed.into()));
        Err(ErrorBody::new(400, format!("the reply may have {needed}, {allowed} are allowed here: {}", pending.instead())))
    }

    /// Who asks, if they may ask now. What is open to everybody is neither locked nor limited.
    fn account(&self, route: &Route, key: Option<&ApiKey>) -> Result<Arc<Account>, ErrorBody> {
        if route.spec().open {
            return Ok(Access::anybody());
        }
        let account = self.settings.access.authorize(key)?;
        self.limiter.admit(&account, self.now())?;
        Ok(account)
    }

    fn perform(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        match call.route.operation() {
            Operation::Health => Ok(Answer::json(&HealthReply { status: "pass".to_owned() })),
            Operation::GetApiDocs => Ok(Answer::json(&api::document(call.route.version(), &self.settings.catalog))),
            Operation::Whoami => Ok(Answer::json(&call.account.whoami())),
            Operation::GetBackends => Ok(self.get_backends()),
            Operation::GetBackend => self.get_backend(call),
            Operation::GetCharacterizations => self.get_characterizations(call),
            Operation::GetCurrentCharacterization => self.get_current_characterization(call),
            Operation::GetCharacterization => self.get_characterization(call),
            Operation::GetCalibrations => self.get_calibrations(call),
            Operation::GetCurrentCalibration => self.get_current_calibration(),
            Operation::CreateJob => self.create_job(call),
            Operation::GetJobs => self.get_jobs(call),
            Operation::GetJob => self.get_job(call),
            Operation::CancelJob => self.cancel_job(call),
            Operation::CancelJobs => self.cancel_jobs(call),
            Operation::DeleteJob => self.delete_job(call),
            Operation::DeleteJobs => self.delete_jobs(call),
            Operation::CloneJob => self.clone_job(call),
            Operation::MoveJob => self.move_job(call),
            Operation::GetJobCost => self.get_job_cost(call),
            Operation::EstimateJobCost => self.estimate_job_cost(call),
            Operation::CreateSession => self.create_session(call),
            Operation::GetSessions => self.get_sessions(call),
            Operation::GetSession => self.get_session(call),
            Operation::EndSession => self.end_session(call),
            Operation::GetSessionJobs => self.get_session_jobs(call),
            Operation::GetUsage => self.get_usage(call),
            Operation::GetJobProbabilities
            | Operation::GetJobProbabilitiesAggregated
            | Operation::GetJobHistogram
            | Operation::GetJobShots => self.get_results(call),
            Operation::GetJobArtifact => self.get_job_artifact(call),
            Operation::GetJobCircuit => self.get_job_circuit(call),
            Operation::GetVariantResults => self.get_variant_results(call),
            Operation::GetFormatSchema => self.get_format_schema(call),
        }
    }
}
