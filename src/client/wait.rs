use super::{Client, ClientError};
use crate::api::{JobReply, JobStatus};
use std::time::Duration;

/// How often to ask for a job's state: after `first`, then after ever longer pauses up to `longest`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Poll {
    /// The first pause.
    pub first: Duration,
    /// What each pause is multiplied by for the next one; at least 1.
    pub growth: f64,
    /// The longest pause.
    pub longest: Duration,
}

impl Poll {
    /// For a cloud in the same process, where asking costs microseconds: after a millisecond, then late by at most 1 % of
    /// the time waited. An hour of virtual time takes a thousand questions.
    pub const fn embedded() -> Poll {
        Poll { first: Duration::from_millis(1), growth: 1.01, longest: Duration::from_secs(60) }
    }

    /// For a server on this machine: late by at most 2 % of the time waited.
    pub const fn local() -> Poll {
        Poll { first: Duration::from_millis(5), growth: 1.02, longest: Duration::from_secs(1) }
    }

    /// For a service that others use too.
    pub const fn remote() -> Poll {
        Poll { first: Duration::from_millis(500), growth: 1.5, longest: Duration::from_secs(30) }
    }

    /// The pauses, without end.
    fn pauses(self) -> impl Iterator<Item = Duration> {
        let next = move |pause: &Duration| Some(pause.mul_f64(self.growth.max(1.0)).min(self.longest));
        std::iter::successors(Some(self.first.min(self.longest)), next)
    }
}

impl Client {
    /// Waits until a job is completed.
    ///
    /// # Errors
    /// [`ClientError::JobFailed`] and [`ClientError::JobCanceled`] if it will never be, [`ClientError::Deadline`] if it is not
    /// by the deadline; then it goes on without us.
    pub async fn wait(&self, id: &str, deadline: Duration) -> Result<JobReply, ClientError> {
        let start = tokio::time::Instant::now();
        let mut pauses = self.poll.pauses();
        loop {
            let job = self.job(id).await?;
            match job.status {
                JobStatus::Completed => return Ok(job),
                JobStatus::Failed => {
                    let (code, message) = job.failure.flatten().map_or_else(Default::default, |failure| (failure.code, failure.message));
                    return Err(ClientError::JobFailed { job: job.id, code, message });
                }
                JobStatus::Canceled => return Err(ClientError::JobCanceled { job: job.id }),
                JobStatus::Submitted | JobStatus::Ready | JobStatus::Started => {}
            }
            let left = deadline.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(ClientError::Deadline { job: job.id, status: job.status, waited: start.elapsed() });
            }
            tokio::time::sleep(pauses.next().unwrap_or(self.poll.longest).min(left)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_stay_there() {
        let poll = Poll { first: Duration::from_millis(100), growth: 2.0, longest: Duration::from_millis(350) };
        let pauses: Vec<u128> = poll.pauses().take(5).map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses, [100, 200, 350, 350, 350]);
    }
}
