//! Old jobs once more: cloned, or moved, which also cancels the old one. Nothing here knows what a program is.

use super::super::Shared;
use super::super::job::{Failure, Job, JobState, Submission};
use super::super::labels::Labels;
use super::super::reply::{bad_field, bad_request};
use super::super::store::State;
use super::Call;
use super::create::{Accepted, Order, Terms, created, order_of};
use crate::api::{Answer, CloneRequest, ErrorBody, FailureCode, JobKind, JobRequest, MetadataValue, decode};
use crate::circuit::Input;
use crate::device::canonical;
use std::sync::Arc;
use uuid::Uuid;

impl Shared {
    pub(super) fn clone_job(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let order = self.order_again(call)?;
        let session = order.submission.session_id;
        Ok(created(self.place(order)?, session))
    }

    /// A clone, and the source is canceled in the same moment. If it cannot be any more, nothing happens at all.
    pub(super) fn move_job(&self, call: &Call<'_>) -> Result<Answer, ErrorBody> {
        let order = self.order_again(call)?;
        let session = order.submission.session_id;
        let mut state = self.state();
        let now = self.now();
        let source = state.job(call.id(), &call.account, now)?;
        if source.is_final() {
            let message = format!("job {} is {} and can no longer be moved", source.id, source.state.status());
            return Err(ErrorBody::new(409, message));
        }
        let source = source.id;
        let id = state.replace(source, now, |state| self.place_in(state, order))?;
        drop(state);
        self.wake_workers(true);
        Ok(created(id, session))
    }

    /// The order that a clone of the job in the path is, checked like any other: another backend may find another fault.
    fn order_again(&self, call: &Call<'_>) -> Result<Order, ErrorBody> {
        let changes: CloneRequest = match call.body {
            [] => CloneRequest::default(),
            body => decode(body).map_err(|error| bad_request(&error))?,
        };
        let (source, parent) = {
            let state = self.state();
            let now = self.now();
            let mut source = Source::read(&state, state.job(call.id(), &call.account, now)?)?;
            let backend = canonical(changes.backend.as_deref().unwrap_or(&source.submission.device.name));
            source.session = source.session.filter(|id| state.sessions.get(id).is_some_and(|session| session.is_open_to(backend, now)));
            let parent = changes.parent.as_deref().map(|id| {
                let known = state.job(id, &call.account, now).map(|job| job.id);
                known.map_err(|_| bad_field("parent", id, "the id of a job"))
            });
            (source, parent.transpose()?)
        };
        let (kind, body) = (source.kind, source.request(changes));
        let terms = Terms::read(&body, call, &self.settings.catalog)?;
        let again = |(name, program)| Accepted::new(kind, name, program, &terms);
        let circuits = source.circuits.into_iter().map(again).collect();
        let order = order_of(kind, circuits, body, terms, parent, call)?;
        self.check_scenario(&order)?;
        Ok(order)
    }
}

/// What is known of a job that is to be run once more.
struct Source {
    id: Uuid,
    kind: JobKind,
    name: Option<String>,
    submission: Arc<Submission>,
    /// Its session, unless that has ended or is for another backend: a job cannot be left in such a one, and SDKs have no word for
    /// none.
    session: Option<Uuid>,
    circuits: Vec<Part>,
}

/// The name of a circuit, and what to run, or why there never was anything.
type Part = (Option<String>, Result<Arc<Input>, Failure>);

impl Source {
    /// # Errors
    /// 409 if one of its circuits was deleted.
    fn read(state: &State, job: &Job) -> Result<Source, ErrorBody> {
        let circuit = |job: &Job| (job.name.clone(), job.program.clone().ok_or_else(|| failure(job)));
        let child = |(index, id): (usize, &Uuid)| match state.jobs.get(id) {
            Some(child) => Ok(circuit(child)),
            None => Err(ErrorBody::new(409, format!("circuit {index} of job {} was deleted, the job cannot be run again", job.id))),
        };
        let circuits = match job.kind {
            JobKind::MultiCircuit => job.children.iter().enumerate().map(child).collect::<Result<_, _>>()?,
            JobKind::Circuit | JobKind::Qasm3 => vec![circuit(job)],
        };
        let (submission, session) = (Arc::clone(&job.submission), job.submission.session_id);
        Ok(Source { id: job.id, kind: job.kind, name: job.name.clone(), submission, session, circuits })
    }

    /// The request that would have made the job, changed. It has no input.
    fn request(&self, changes: CloneRequest) -> JobRequest {
        let old = &self.submission;
        let mut metadata = changes.metadata.or_else(|| old.metadata.as_ref().map(Labels::metadata)).unwrap_or_default();
        metadata.insert(CloneRequest::ORIGINAL_KEY.to_owned(), MetadataValue::Text(self.id.to_string()));
        JobRequest {
            kind: Some(self.kind.name().to_owned()),
            backend: Some(changes.backend.unwrap_or_else(|| old.device.name.clone())),
            name: changes.name.or_else(|| self.name.clone()),
            metadata: Some(metadata),
            shots: Some(changes.shots.unwrap_or(i64::from(old.shots))),
            noise: changes.noise.or_else(|| old.noise.clone()),
            settings: Some(changes.settings.unwrap_or_else(|| old.settings.clone())),
            session_id: changes.session_id.unwrap_or_else(|| self.session.map(|session| session.to_string())),
            dry_run: Some(changes.dry_run.unwrap_or(old.dry_run)),
            input: None,
        }
    }
}

/// Why a job without a program failed: its circuit asked for too much to become one.
fn failure(job: &Job) -> Failure {
    match &job.state {
        JobState::Failed(failure) => failure.clone(),
        state => Failure { code: FailureCode::InternalError, message: format!("the {} job has no circuit", state.status()) },
    }
}
