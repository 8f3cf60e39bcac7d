use super::Task;
use crate::client::{ClientError, JobResult};
use std::collections::BTreeMap;
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
    /// When it was submitted.
    pub submitted: Duration,
    /// When it left the queue, by the service's account.
    pub started: Option<Duration>,
    /// When its result, or its error, was there.
    pub finished: Duration,
    /// From submission to completion by the service's clock: what it would have cost alone, unless it had to share a processor
    /// with others.
    pub own_time: Option<Duration>,
    /// The result.
    pub result: Result<JobResult, ClientError>,
}

impl CircuitReport {
    pub(super) fn failed(index: usize, task: Task, at: Duration, error: ClientError) -> CircuitReport {
        CircuitReport {
            index,
            name: task.name,
            qubits: task.program.qubits(),
            job: None,
            submitted: at,
            started: None,
            finished: at,
            own_time: None,
            result: Err(error),
        }
    }
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
}

impl Report {
    /// The shortest job, on average, whose own time means something.
    const SHORTEST: Duration = Duration::from_millis(10);

    /// How many circuits have no result.
    pub fn failures(&self) -> usize {
        self.circuits.iter().filter(|circuit| circuit.result.is_err()).count()
    }

    /// The most circuits that really were in flight at the same time.
    pub fn peak_in_flight(&self) -> usize {
        let accepted = || self.circuits.iter().filter(|circuit| circuit.job.is_some());
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

    /// The sum of the jobs' own times, each job once: what one after another would have taken, if they waited rather than
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
        for circuit in &self.circuits {
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
            result: Err(ClientError::NoKey),
        }
    }

    #[test]
    fn the_peak_counts_circuits_that_overlap_and_not_those_that_touch() {
        let report = |spans: &[(u64, u64)]| Report {
            circuits: spans.iter().enumerate().map(|(index, &(from, to))| circuit(index, from, to)).collect(),
            workers: 9,
            wall: Duration::from_secs(6),
        };
        assert_eq!(report(&[(0, 3), (3, 6)]).peak_in_flight(), 1);
        assert_eq!(report(&[(0, 3), (1, 4), (2, 6), (4, 5)]).peak_in_flight(), 3);
        assert_eq!(report(&[]).peak_in_flight(), 0);
        assert_eq!(report(&[(0, 6), (0, 6), (0, 6)]).speed_up(), Some(3.0));
        assert_eq!(report(&[]).speed_up(), None);
    }
}
