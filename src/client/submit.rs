use super::reconcile::Sighting;
use super::{Asked, Client, ClientError, Held, Mode, SubmissionKey};
use crate::api::{CreatedReply, JobRequest, Operation, Query, Route};
use crate::client::retry::Backoff;
use crate::device::Device;
use serde::Serialize;
use std::sync::atomic::Ordering::Relaxed;
use tokio::time::Instant;

/// What came of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submitted {
    /// The job.
    pub(crate) id: String,
    /// Whether it was found in the service's list, as its answer was lost.
    pub(crate) adopted: bool,
    /// Whether the service may have made a second job for it: some answer was not the expected one.
    pub(crate) doubtful: bool,
}

/// A submission that failed.
#[derive(Debug, Clone)]
pub(crate) struct Failed {
    pub(crate) error: ClientError,
    /// Whether there may be a job all the same.
    pub(crate) possible: bool,
    /// Whether some answer before the last one was not the expected one, or the last one was a refusal because of too many requests:
    /// services are known that make the job then.
    pub(crate) doubtful: bool,
}

impl Client {
    /// Submits a job and returns its id.
    ///
    /// The job's metadata gets a unique key, unless it has one or no room for it. If an answer is lost, the job is looked for by that key
    /// in the service's list and its id returned if it is there; only if it certainly is not, and the [`Mode`] allows it, is it sent again.
    ///
    /// # Errors
    /// [`ClientError::Refused`] names the fields that are wrong; [`ClientError::Unresolved`] if nobody knows whether there is a job.
    pub async fn submit(&self, request: &JobRequest) -> Result<String, ClientError> {
        let mut request = request.clone();
        match SubmissionKey::random().put(&mut request).filter(|_| self.retry.retries()) {
            Some(key) => self.submit_as(key, &request, || false).await.map(|submitted| submitted.id).map_err(|failed| failed.error),
            None => self.create(Route::new(Operation::CreateJob, []), &request).await,
        }
    }

    /// Submits a job whose metadata has this key; not once more after `halted` is true.
    pub(crate) async fn submit_as(&self, key: SubmissionKey, request: &JobRequest, halted: impl Fn() -> bool) -> Result<Submitted, Failed> {
        let backend = request.backend.as_deref().unwrap_or(Device::SIMULATOR);
        let mut backoff = Backoff::new(self.retry);
        let (mut doubtful, begun) = (false, Instant::now());
        let none = |error| Failed { error, possible: false, doubtful: true };
        loop {
            let complaints = self.shared.limiter.complaints();
            let error = match self.create(Route::new(Operation::CreateJob, []), request).await {
                Ok(id) => {
                    doubtful |= complaints != self.shared.limiter.complaints();
                    return Ok(Submitted { id, adopted: false, doubtful });
                }
                Err(error) if error.is_ambiguous() && self.retry.retries() => error,
                Err(error) => {
                    doubtful |= complaints != self.shared.limiter.complaints();
                    return Err(Failed { possible: error.is_ambiguous(), error, doubtful });
                }
            };
            doubtful = true;
            self.shared.meter.lost_answers.fetch_add(1, Relaxed);
            tracing::debug!(%error, %key, "looking for the job");
            match self.reconcile(key, backend, begun, &error).await {
                Sighting::Found(id) => {
                    self.shared.meter.adopted.fetch_add(1, Relaxed);
                    return Ok(Submitted { id, adopted: true, doubtful });
                }
                // The service's own word, and there really is none.
                Sighting::Absent if matches!(error, ClientError::Refused { status: 409, .. }) => return Err(none(error)),
                Sighting::Absent if self.may_resend(backend) => {
                    match backoff.pause(&self.shared.rng, error.retry_after(), false).filter(|_| !halted()) {
                        None => return Err(none(error)),
                        Some(pause) => {
                            self.notes.iter().for_each(|notes| notes.set_open(false));
                            self.pause(pause, &error).await;
                        }
                    }
                }
                Sighting::Absent | Sighting::Unknown => {
                    let error = ClientError::Unresolved { key: key.to_string(), error: Box::new(error) };
                    return Err(Failed { error, possible: true, doubtful });
                }
            }
        }
    }

    /// Whether a submission that is not in the list may be sent again.
    pub(crate) fn may_resend(&self, backend: &str) -> bool {
        self.retry.mode_on(backend) == Mode::Effective && self.shared.reconciler.trusts_metadata()
    }

    /// Looks for the job of a submission whose answer was lost.
    async fn reconcile(&self, key: SubmissionKey, backend: &str, since: Instant, because: &ClientError) -> Sighting {
        let begun = Instant::now();
        let sighting = self.sight(key, backend, Some(since)).await;
        self.note(Held::Reconciling, begun, || because.to_string());
        sighting
    }

    /// Makes a job and returns its id.
    pub(super) async fn create(&self, route: Route, request: &(impl Serialize + Sync)) -> Result<String, ClientError> {
        let asked = Asked::of(&route);
        let created: CreatedReply = self.call(route, Query::default(), Some(request)).await?;
        match is_id(&created.id) {
            false => Err(ClientError::protocol(asked, "the id is none".to_owned(), created.id.as_bytes())),
            true => Ok(created.id),
        }
    }
}

/// Whether it can stand in a path and mean a job.
fn is_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
