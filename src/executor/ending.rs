//! What became of a circuit: which result of what the service said it is, or why there is none.

use super::Task;
use crate::api::JobReply;
use crate::client::{Client, ClientError, Fetched, JobResult, Reading};
use std::sync::Arc;
use std::time::Duration;

/// What became of one circuit: which result of which body it is, or why there is none.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    pub(super) times: Times,
    pub(super) outcome: Result<(Arc<Fetched>, usize), ClientError>,
}

/// A job's own times by the service's clock, counted from its submission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) until_start: Option<Duration>,
    pub(super) until_end: Option<Duration>,
}

/// What became of the circuits of a job, and the result that each is.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) endings: Vec<Ending>,
    pub(super) results: Vec<Result<JobResult, ClientError>>,
}

impl Ended {
    /// Reads the results of endings, those that came together once.
    pub(super) fn judged(endings: Vec<Ending>, tasks: &[Task], client: &Client) -> Ended {
        let results = results(&endings, tasks, client);
        Ended { endings, results }
    }

    /// Puts another ending in the place of one if it has a result.
    pub(super) fn mend(&mut self, position: usize, ending: Ending, task: &Task, client: &Client) {
        let result = results(std::slice::from_ref(&ending), std::slice::from_ref(task), client).remove(0);
        if result.is_ok() {
            (self.endings[position], self.results[position]) = (ending, result);
        }
    }
}

fn results(endings: &[Ending], tasks: &[Task], client: &Client) -> Vec<Result<JobResult, ClientError>> {
    let mut read: Option<(&Arc<Fetched>, Reading<'_>)> = None;
    let mut results = Vec::with_capacity(endings.len());
    for (task, ending) in tasks.iter().zip(endings) {
        results.push(match &ending.outcome {
            Err(error) => Err(error.clone()),
            Ok((fetched, circuit)) => {
                if read.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, fetched)) {
                    read = Some((fetched, fetched.read()));
                }
                let (_, reading) = read.as_ref().expect("it was just read");
                reading.judge(*circuit, task.program.bits(), client.policy_in_use())
            }
        });
    }
    results
}

impl Ending {
    /// Whether nothing will change about it.
    pub(super) fn is_over(&self) -> bool {
        self.outcome.as_ref().err().is_none_or(ClientError::is_final)
    }
}

impl Times {
    pub(super) fn of(job: &JobReply) -> Times {
        let parse = |text: &Option<String>| text.as_deref()?.parse::<jiff::Timestamp>().ok();
        let Some(submitted) = parse(&job.submitted_at) else { return Times::default() };
        let since = |at: jiff::Timestamp| Duration::try_from(at.duration_since(submitted)).ok();
        Times { until_start: parse(&job.started_at).and_then(since), until_end: parse(&job.completed_at).and_then(since) }
    }
}
