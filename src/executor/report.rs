use super::{Row, Span, Task, Timeline};
use crate::client::{ClientError, JobResult, Traffic};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What became of one circuit. Times count from the start of the batch.
#[derive(Debug)]
pub struct CircuitReport {
    /// Its place in the batch.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its width.
    pub qubits: usize,
    /// The job that carried it, if it got that far.
    pub job: Option<String>,
    /// The unique key in the job's metadata; empty if it did not come to that.
    pub key: String,
    /// When its turn came.
    pub submitted: Duration,
    /// When it left the queue, by the service's account.
    pub started: Option<Duration>,
    /// When its result, or its error, was there.
    pub finished: Duration,
    /// From submission to completion by the service's clock: what it would have cost alone, unless it had to share a processor
    /// with others.
    pub own_time: Option<Duration>,
    /// What it was doing when, one thing after the other.
    pub spans: Vec<Span>,
    /// Whether it was over before this run, by the journal.
    pub replayed: bool,
    /// The result.
    pub result: Result<JobResult, ClientError>,
}

/// How a circuit ended, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fate {
    /// There is a result.
    Completed,
    /// There is a job, and what came of it is no result.
    Unreadable,
    /// The job failed.
    Failed,
    /// Somebody canceled the job.
    Canceled,
    /// The service did not want it; there is no job.
    Rejected,
    /// The service made a job and no longer knows it.
    Lost,
    /// There is a job, and this batch waits for it no longer; a resumed one does.
    Running,
    /// Nobody knows whether there is a job; a resumed batch looks for it.
    Unresolved,
    /// It was not submitted; a resumed batch does that.
    Unsent,
}

impl Fate {
    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Fate::Completed => "completed",
            Fate::Unreadable => "unreadable",
            Fate::Failed => "failed",
            Fate::Canceled => "canceled",
            Fate::Rejected => "rejected",
            Fate::Lost => "lost",
            Fate::Running => "running",
            Fate::Unresolved => "unresolved",
            Fate::Unsent => "unsent",
        }
    }
}

impl CircuitReport {
    pub(super) fn failed(index: usize, task: &Task, job: Option<String>, at: Duration, error: ClientError) -> CircuitReport {
        CircuitReport {
            index,
            name: task.name.clone(),
            qubits: task.program.qubits(),
            job,
            key: String::new(),
            submitted: at,
            started: None,
            finished: at,
            own_time: None,
            spans: Vec::new(),
            replayed: false,
            result: Err(error),
        }
    }

    fn row(&self) -> Row {
        let note = self.result.as_ref().err().map(ToString::to_string);
        let (name, job) = (self.name.clone(), self.job.clone());
        Row { index: self.index, name, job, ok: self.result.is_ok(), note, spans: self.spans.clone() }
    }

    /// How it ended, in a word.
    pub fn fate(&self) -> Fate {
        let Err(error) = &self.result else { return Fate::Completed };
        match (error, &self.job) {
            (ClientError::JobFailed { .. }, _) => Fate::Failed,
            (ClientError::JobCanceled { .. }, _) => Fate::Canceled,
            (ClientError::Lost { .. }, _) => Fate::Lost,
            (ClientError::Unresolved { .. }, _) => Fate::Unresolved,
            (ClientError::BadResults { .. } | ClientError::NoResult { .. } | ClientError::ResultCount { .. }, _) => Fate::Unreadable,
            (_, Some(_)) => Fate::Running,
            (ClientError::Refused { .. } | ClientError::Unfit(_), None) if !error.is_retryable() && !error.ends_a_batch() => Fate::Rejected,
            (ClientError::Stopped(_) | ClientError::Internal(_), None) if !self.key.is_empty() => Fate::Unresolved,
            _ => Fate::Unsent,
        }
    }
}

/// A circuit for which the service has more than one job: it did what it said it had not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The circuit, or the first of those that share the job.
    pub circuit: usize,
    /// The key that the jobs have in their metadata.
    pub key: String,
    /// The job whose result counts.
    pub kept: String,
    /// The others. They can be canceled.
    pub others: Vec<String>,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Report {
    /// Every circuit, in the order given.
    pub circuits: Vec<CircuitReport>,
    /// The most circuits that were allowed in flight.
    pub workers: usize,
    /// From the first submission to the last result.
    pub wall: Duration,
    /// Circuits that have more than one job, by the service's own list. It is looked at if an answer was lost or the service had too many
    /// requests, as otherwise there can be none.
    pub duplicates: Vec<Duplicate>,
    /// Why that list could not be read, if it could not.
    pub unaudited: Option<ClientError>,
    /// Why the batch ended before its end, if it did.
    pub stopped: Option<Arc<str>>,
    /// What its client sent until then.
    pub traffic: Traffic,
}

impl Report {
    /// The shortest job, on average, whose own time means something.
    const SHORTEST: Duration = Duration::from_millis(10);

    /// How many circuits have no result.
    pub fn failures(&self) -> usize {
        self.circuits.iter().filter(|circuit| circuit.result.is_err()).count()
    }

    /// What happened when: as numbers, a picture, a page or a trace.
    pub fn timeline(&self) -> Timeline {
        let rows = self.circuits.iter().filter(|circuit| !circuit.replayed).map(CircuitReport::row).collect();
        let speed_up = self.speed_up().map(|speed_up| format!("{speed_up:.2}× the speed of one after another"));
        Timeline { rows, workers: self.workers, wall: self.wall, speed_up }
    }

    /// The most circuits that really were in flight at the same time.
    pub fn peak_in_flight(&self) -> usize {
        let accepted = || self.circuits.iter().filter(|circuit| circuit.job.is_some() && !circuit.replayed);
        let begins = accepted().map(|circuit| (circuit.submitted, 1i64));
        let ends = accepted().map(|circuit| (circuit.finished, -1i64));
        let mut changes: Vec<_> = begins.chain(ends).collect();
        changes.sort_unstable(); // at equal times ends come first: touching is not overlapping
        let running = changes.iter().scan(0i64, |now, (_, change)| {
            *now += change;
            Some(*now)
        });
        running.max().map_or(0, |peak| peak.unsigned_abs() as usize)
    }

    /// The sum of the own times of this run's jobs, each job once: what one after another would have taken, if they waited rather than
    /// computed.
    pub fn sum_of_own_times(&self) -> Duration {
        self.own_times().into_values().sum()
    }

    /// How much faster than one after another; `None` if the jobs are too short to tell, as the service's clock counts
    /// milliseconds.
    pub fn speed_up(&self) -> Option<f64> {
        let (own, wall) = (self.own_times(), self.wall.as_secs_f64());
        let (jobs, sum) = (own.len() as u32, own.into_values().sum::<Duration>());
        (jobs > 0 && wall > 0.0 && sum >= Self::SHORTEST * jobs).then(|| sum.as_secs_f64() / wall)
    }

    /// The own time of each job; circuits that were packed together share one.
    fn own_times(&self) -> BTreeMap<&str, Duration> {
        let mut own = BTreeMap::new();
        for circuit in self.circuits.iter().filter(|circuit| !circuit.replayed) {
            if let (Some(job), Some(time)) = (&circuit.job, circuit.own_time) {
                let longest: &mut Duration = own.entry(job.as_str()).or_default();
                *longest = time.max(*longest);
            }
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circuit(index: usize, submitted: u64, finished: u64) -> CircuitReport {
        CircuitReport {
            index,
            name: String::new(),
            qubits: 1,
            job: Some(index.to_string()),
            submitted: Duration::from_secs(submitted),
            started: None,
            finished: Duration::from_secs(finished),
            own_time: Some(Duration::from_secs(finished - submitted)),
            key: String::new(),
            spans: Vec::new(),
            replayed: false,
            result: Err(ClientError::NoKey),
        }
    }

    #[test]
    fn the_peak_counts_circuits_that_overlap_and_not_those_that_touch() {
        let report = |spans: &[(u64, u64)]| Report {
            circuits: spans.iter().enumerate().map(|(index, &(from, to))| circuit(index, from, to)).collect(),
            workers: 9,
            wall: Duration::from_secs(6),
            duplicates: Vec::new(),
            unaudited: None,
            stopped: None,
            traffic: Traffic::default(),
        };
        assert_eq!(report(&[(0, 3), (3, 6)]).peak_in_flight(), 1);
        assert_eq!(report(&[(0, 3), (1, 4), (2, 6), (4, 5)]).peak_in_flight(), 3);
        assert_eq!(report(&[]).peak_in_flight(), 0);
        assert_eq!(report(&[(0, 6), (0, 6), (0, 6)]).speed_up(), Some(3.0));
        assert_eq!(report(&[]).speed_up(), None);
    }
}
