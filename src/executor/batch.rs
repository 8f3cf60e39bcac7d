use super::report::{CircuitReport, Report};
use super::task::{Load, Task};
use crate::api::{JobReply, JobRequest, MetadataValue, NoiseRequest};
use crate::circuit::Whole;
use crate::client::{Client, ClientError, JobResult};
use crate::device::Device;
use crate::outcome::{Seed, Shots};
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

/// What happens while a batch runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A circuit was submitted.
    Submitted {
        /// Its place in the batch.
        index: usize,
    },
    /// A circuit is done, for better or worse.
    Finished(&'a CircuitReport),
}

/// How to run many circuits. `Batch::new(client).workers(10).run(tasks, |_| {}).await`.
///
/// One failure does not lose the others. Counts depend on the seed and the circuit's place in the batch, never on the number
/// of workers.
#[derive(Debug, Clone)]
pub struct Batch {
    client: Client,
    workers: usize,
    pack: usize,
    backend: String,
    shots: Option<Shots>,
    noise: Option<String>,
    seed: Option<Seed>,
    deadline: Duration,
    delete: bool,
}

impl Batch {
    /// How many circuits are in flight unless told otherwise.
    pub const WORKERS: usize = 10;

    /// A batch on a client, on the ideal simulator.
    pub fn new(client: Client) -> Batch {
        Batch {
            client,
            workers: Self::WORKERS,
            pack: 1,
            backend: Device::SIMULATOR.to_owned(),
            shots: None,
            noise: None,
            seed: None,
            deadline: Duration::from_secs(3600),
            delete: false,
        }
    }

    /// The most circuits in flight at once; 1 is one after another.
    #[must_use]
    pub fn workers(self, workers: usize) -> Batch {
        Batch { workers: workers.max(1), ..self }
    }

    /// Puts up to this many neighbouring circuits into one multi-circuit job, but never more than may be in flight or than one
    /// job can carry.
    #[must_use]
    pub fn pack(self, circuits: usize) -> Batch {
        Batch { pack: circuits.max(1), ..self }
    }

    /// The backend of circuits that do not name one.
    #[must_use]
    pub fn backend(self, backend: impl Into<String>) -> Batch {
        Batch { backend: backend.into(), ..self }
    }

    /// The shots of circuits that do not say.
    #[must_use]
    pub fn shots(self, shots: Shots) -> Batch {
        Batch { shots: Some(shots), ..self }
    }

    /// The noise model of circuits that do not name one.
    #[must_use]
    pub fn noise(self, model: impl Into<String>) -> Batch {
        Batch { noise: Some(model.into()), ..self }
    }

    /// Makes counts reproducible.
    #[must_use]
    pub fn seed(self, seed: Seed) -> Batch {
        Batch { seed: Some(seed), ..self }
    }

    /// How long to wait for one job. Default: an hour.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Batch {
        Batch { deadline, ..self }
    }

    /// Deletes each job once its results are here, so that a service does not keep what nobody will ask for again.
    #[must_use]
    pub fn delete_when_done(self) -> Batch {
        Batch { delete: true, ..self }
    }

    /// Runs the circuits and reports them in the order given. `progress` is called as things happen.
    pub async fn run(&self, tasks: impl IntoIterator<Item = Task>, mut progress: impl FnMut(Progress<'_>)) -> Report {
        let start = Instant::now();
        let mut tasks = tasks.into_iter().enumerate().peekable();
        let mut running: JoinSet<Vec<CircuitReport>> = JoinSet::new();
        // Which circuits a job carries, for the case that its task stops without a report.
        let mut carried: Vec<(Id, Vec<(usize, Task)>)> = Vec::new();
        let (submitted, mut submissions) = tokio::sync::mpsc::unbounded_channel();
        let mut reports: Vec<CircuitReport> = Vec::new();
        let pack = self.pack.min(self.workers);
        let jobs = self.workers / pack;
        loop {
            while running.len() < jobs {
                let mut unit: Vec<(usize, Task)> = Vec::new();
                let mut load = Load::default();
                while unit.len() < pack
                    && let Some(next) = tasks.next_if(|(_, task)| match unit.first() {
                        None => true,
                        Some((_, first)) => first.goes_with(task) && load.takes(&task.program),
                    })
                {
                    load.add(&next.1.program);
                    unit.push(next);
                }
                if unit.is_empty() {
                    break;
                }
                let (batch, submitted, copy) = (self.clone(), submitted.clone(), unit.clone());
                let handle = running.spawn(async move { batch.run_unit(unit, start, submitted).await });
                carried.push((handle.id(), copy));
            }
            tokio::select! {
                biased;
                Some(index) = submissions.recv() => progress(Progress::Submitted { index }),
                finished = running.join_next_with_id() => {
                    let Some(finished) = finished else { break };
                    let id = finished.as_ref().map_or_else(|error| error.id(), |(id, _)| *id);
                    let position = carried.iter().position(|(known, _)| *known == id);
                    let unit = position.map(|position| carried.swap_remove(position).1).unwrap_or_default();
                    let done = finished.map_or_else(
                        |error| {
                            let lost = |(index, task)| {
                                let error = ClientError::Internal(format!("the circuit's task stopped: {error}"));
                                CircuitReport::failed(index, task, start.elapsed(), error)
                            };
                            unit.into_iter().map(lost).collect()
                        },
                        |(_, reports)| reports,
                    );
                    for report in done {
                        progress(Progress::Finished(&report));
                        reports.push(report);
                    }
                }
            }
        }
        reports.sort_by_key(|report| report.index);
        Report { circuits: reports, workers: self.workers, wall: start.elapsed() }
    }

    /// One job: a circuit, or several packed together.
    async fn run_unit(
        &self,
        unit: Vec<(usize, Task)>,
        start: Instant,
        submitted: tokio::sync::mpsc::UnboundedSender<usize>,
    ) -> Vec<CircuitReport> {
        let begun = start.elapsed();
        let mut id = None;
        let outcome = self.run_job(&unit, &mut id, &submitted).await;
        let mut reports = Vec::with_capacity(unit.len());
        let done = outcome.as_ref().map_or_else(ClientError::is_final, |_| true);
        match outcome {
            Ok((job, results)) => {
                let (times, finished) = (Times::of(&job), start.elapsed());
                for ((index, task), result) in unit.into_iter().zip(results) {
                    reports.push(times.report(index, task, id.clone(), [begun, finished], Ok(result)));
                }
            }
            Err(error) => {
                // In a job of several circuits one failure must not lose the others.
                for (position, (index, task)) in unit.into_iter().enumerate() {
                    let (times, result) = self.singly(id.as_deref(), position, &task, &error).await;
                    reports.push(times.report(index, task, id.clone(), [begun, start.elapsed()], result));
                }
            }
        }
        if let (true, Some(id)) = (self.delete && done, &id) {
            let _ = self.client.delete(id).await; // a job that stays is no failure of its circuits
        }
        reports
    }

    /// What became of one circuit of a job that failed as a whole: its own result if it has one, else its own error, else the
    /// job's.
    async fn singly(
        &self,
        job: Option<&str>,
        position: usize,
        task: &Task,
        error: &ClientError,
    ) -> (Times, Result<JobResult, ClientError>) {
        let whole = || (Times::default(), Err(error.clone()));
        let (Some(id), true) = (job, error.is_final()) else { return whole() };
        let Ok(parent) = self.client.job(id).await else { return whole() };
        let children = parent.child_job_ids.clone().flatten().unwrap_or_default();
        let Some(child) = children.get(position) else { return (Times::of(&parent), Err(error.clone())) };
        match self.client.wait(child, self.deadline).await {
            Ok(reply) => {
                let results = self.client.results(&reply, &[task.program.bits()]).await.map_err(|error| error.of_circuit(position));
                (Times::of(&reply), results.and_then(|mut results| results.pop().ok_or_else(|| error.clone())))
            }
            Err(own) => {
                let times = self.client.job(child).await.map(|reply| Times::of(&reply));
                (times.unwrap_or_default(), Err(own))
            }
        }
    }

    async fn run_job(
        &self,
        unit: &[(usize, Task)],
        id: &mut Option<String>,
        submitted: &tokio::sync::mpsc::UnboundedSender<usize>,
    ) -> Result<(JobReply, Vec<JobResult>), ClientError> {
        let job = self.client.submit(&self.request(unit)).await?;
        *id = Some(job.clone());
        for (index, _) in unit {
            let _ = submitted.send(*index); // nobody listens any more if the batch was dropped
        }
        let reply = self.client.wait(&job, self.deadline).await?;
        let widths: Vec<usize> = unit.iter().map(|(_, task)| task.program.bits()).collect();
        let results = self.client.results(&reply, &widths).await?;
        Ok((reply, results))
    }

    fn request(&self, unit: &[(usize, Task)]) -> JobRequest {
        let (index, first) = &unit[0];
        let mut request = match unit {
            [(_, only)] => JobRequest { name: Some(only.name.clone()), ..JobRequest::of(&only.program) },
            _ => {
                let circuits = unit.iter().filter_map(|(_, task)| Some((Some(task.name.clone()), task.program.circuit()?)));
                let name = format!("{} and {} more", first.name, unit.len() - 1);
                let registers = unit.iter().map(|(_, task)| task.program.registers_json());
                JobRequest { name: Some(name), ..JobRequest::multi(circuits).registered(registers) }
            }
        };
        request.backend = Some(first.backend.clone().unwrap_or_else(|| self.backend.clone()));
        request.shots = first.shots.or(self.shots).map(|shots| i64::from(shots.get()));
        request.noise = first.noise.clone().or_else(|| self.noise.clone()).map(|model| NoiseRequest {
            model,
            // IonQ's seeds are 1 to 2³¹-1; a local cloud goes by the metadata.
            seed: self.seed.map(|seed| Whole(((seed.child(*index as u64).0 >> 33) as i64).max(1))),
        });
        if let Some(Seed(seed)) = self.seed {
            let pairs = [(JobRequest::SEED_KEY, seed), (JobRequest::INDEX_KEY, *index as u64)];
            let text = |(key, number): (&str, u64)| (key.to_owned(), MetadataValue::Text(number.to_string()));
            request.metadata = Some(pairs.into_iter().map(text).collect());
        }
        request
    }
}

/// A job's own times by the service's clock, counted from its submission.
#[derive(Clone, Copy, Default)]
struct Times {
    until_start: Option<Duration>,
    until_end: Option<Duration>,
}

impl Times {
    fn report(
        self,
        index: usize,
        task: Task,
        job: Option<String>,
        [submitted, finished]: [Duration; 2],
        result: Result<JobResult, ClientError>,
    ) -> CircuitReport {
        let (qubits, started) = (task.program.qubits(), self.until_start.map(|queued| submitted + queued));
        CircuitReport { index, name: task.name, qubits, job, submitted, started, finished, own_time: self.until_end, result }
    }

    fn of(job: &JobReply) -> Times {
        let parse = |text: &Option<String>| text.as_deref()?.parse::<jiff::Timestamp>().ok();
        let Some(submitted) = parse(&job.submitted_at) else { return Times::default() };
        let since = |at: jiff::Timestamp| Duration::try_from(at.duration_since(submitted)).ok();
        Times { until_start: parse(&job.started_at).and_then(since), until_end: parse(&job.completed_at).and_then(since) }
    }
}
