use super::watched::Seat;
use super::{Client, ClientError, SubmissionKey};
use crate::api::{JobKind, JobReply, JobStatus};
use std::time::Duration;
use tokio::time::Instant;

/// How often to ask for a job's state: after `first`, then after ever longer pauses up to `longest`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Poll {
    /// The first pause.
    pub first: Duration,
    /// What each pause is multiplied by for the next one; at least 1.
    pub growth: f64,
    /// The longest pause.
    pub longest: Duration,
    /// How many jobs one request asks for at most.
    pub batch: usize,
}

impl Poll {
    /// For a cloud in the same process, where asking costs microseconds: after a millisecond, then late by at most 1 % of
    /// the time waited. An hour of virtual time takes a thousand questions.
    pub const fn embedded() -> Poll {
        Poll { first: Duration::from_millis(1), growth: 1.01, longest: Duration::from_secs(60), batch: 100 }
    }

    /// For a server on this machine: late by at most 2 % of the time waited.
    pub const fn local() -> Poll {
        Poll { first: Duration::from_millis(5), growth: 1.02, longest: Duration::from_secs(1), batch: 100 }
    }

    /// For a service that others use too.
    pub const fn remote() -> Poll {
        Poll { first: Duration::from_millis(500), growth: 1.5, longest: Duration::from_secs(30), batch: 25 }
    }
}

impl Client {
    /// Waits until a job is completed. Those who wait at the same time ask together.
    ///
    /// # Errors
    /// [`ClientError::JobFailed`] and [`ClientError::JobCanceled`] if it will never be, [`ClientError::Deadline`] if it is not
    /// by the deadline; then it goes on without us. [`ClientError::Refused`] with status 404 if there is none.
    pub async fn wait(&self, id: &str, deadline: Duration) -> Result<JobReply, ClientError> {
        self.wait_for(id, None, deadline).await
    }

    /// The same for a job whose metadata has this key, unless the service keeps none.
    ///
    /// # Errors
    /// Also [`ClientError::Mismatch`] if it is the job of another key, and [`ClientError::Lost`] if the service no longer knows it.
    pub(crate) async fn wait_for(&self, id: &str, key: Option<SubmissionKey>, deadline: Duration) -> Result<JobReply, ClientError> {
        let start = Instant::now();
        let seat = Seat::new(self, id);
        let mut pauses = self.poll.pauses();
        let (mut last, mut unknown) = (None, None);
        let mut predicted = Duration::ZERO;
        loop {
            let trouble = match seat.news().await {
                Ok(Some(job)) => {
                    self.check_key(&job, key)?;
                    (last, unknown, predicted) = (Some(job.status), None, prediction(&job));
                    if job.status.is_final() {
                        return finished(self.whole(job).await?);
                    }
                    None
                }
                // A new job may not be known everywhere at once, and one answer without it may be wrong.
                Ok(None) if unknown.get_or_insert_with(Instant::now).elapsed() >= self.retry.lag => return Err(self.lost(id, key)),
                Ok(None) => None,
                // An outage does not end the job.
                Err(error) if error.is_retryable() && self.retry.retries() => Some(error),
                Err(error) => return Err(error),
            };
            let left = deadline.saturating_sub(start.elapsed());
            if left.is_zero() {
                let status = last.unwrap_or(JobStatus::Submitted);
                return Err(trouble.unwrap_or(ClientError::Deadline { job: id.to_owned(), status, waited: start.elapsed() }));
            }
            // Before it can be done by the service's own prediction, there is little to be asked.
            let early = predicted.saturating_sub(start.elapsed()).min(self.poll.longest);
            let pause = if trouble.is_some() { self.poll.longest } else { pauses.next().unwrap_or(self.poll.longest).max(early) };
            seat.again_after(pause.min(left));
        }
    }

    /// A job as it is by itself, if a list says too little of it.
    async fn whole(&self, job: JobReply) -> Result<JobReply, ClientError> {
        let several = job.kind == JobKind::MultiCircuit.name() && job.child_job_ids.is_none();
        let silent = job.status == JobStatus::Failed && job.failure.as_ref().is_none_or(Option::is_none);
        if !several && !silent {
            return Ok(job);
        }
        let whole = self.job(&job.id).await?;
        // What was once at its end is.
        Ok(if whole.status.is_final() { whole } else { JobReply { status: job.status, ..whole } })
    }

    fn check_key(&self, job: &JobReply, key: Option<SubmissionKey>) -> Result<(), ClientError> {
        match (key, SubmissionKey::of(job)) {
            (Some(expected), Some(given)) if expected != given => {
                Err(ClientError::Mismatch { job: job.id.clone(), given: given.to_string(), expected: expected.to_string() })
            }
            (Some(_), None) => {
                self.shared.reconciler.distrust();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn lost(&self, id: &str, key: Option<SubmissionKey>) -> ClientError {
        match key {
            Some(_) => ClientError::Lost { job: id.to_owned() },
            None => ClientError::unknown_job(id),
        }
    }
}

/// How long the service expects a job to take from its submission on.
fn prediction(job: &JobReply) -> Duration {
    let [queue, run] = [job.predicted_wait_time_ms, job.predicted_execution_duration_ms].map(|time| time.unwrap_or_default());
    Duration::from_millis(queue.saturating_add(run))
}

/// What became of a job that is at its end.
fn finished(job: JobReply) -> Result<JobReply, ClientError> {
    match job.status {
        JobStatus::Failed => {
            let (code, message) = job.failure.flatten().map_or_else(Default::default, |failure| (failure.code, failure.message));
            Err(ClientError::JobFailed { job: job.id, code, message })
        }
        JobStatus::Canceled => Err(ClientError::JobCanceled { job: job.id }),
        _ => Ok(job),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_stay_there() {
        let poll = Poll { first: Duration::from_millis(100), growth: 2.0, longest: Duration::from_millis(350), batch: 1 };
        let pauses: Vec<u128> = poll.pauses().take(5).map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses, [100, 200, 350, 350, 350]);
    }
}
