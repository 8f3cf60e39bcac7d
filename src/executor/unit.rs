//! One job of a batch: submitted, waited for, fetched, and written down at each step before the next.

use super::ending::{Ended, Ending, Times};
use super::journal::{Entry, Known, State};
use super::record::{Record, Suspect};
use super::request::key;
use super::{Batch, CircuitReport, Journal, Phase, Span, Stop, Task};
use crate::api::JobStatus;
use crate::client::{Client, ClientError, Failed, Fetched, Notes, Sighting, SubmissionKey, Submitted};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use uuid::Uuid;

/// What all jobs of a batch have in common while it runs.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) batch: Batch,
    /// What all keys derive from.
    pub(super) id: Uuid,
    pub(super) start: Instant,
    pub(super) stop: Stop,
    pub(super) submitted: UnboundedSender<usize>,
}

/// Neighbouring circuits that share a job.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) first: usize,
    pub(super) tasks: Vec<Task>,
    /// What the journal says of it.
    pub(super) known: Option<Known>,
    /// How many jobs there were before, that are void.
    pub(super) attempt: u32,
    /// The key under which it is submitted, once it is, and the job, once there is one.
    begun: Mutex<(String, Option<String>)>,
    /// What its client was held up by, and whether it sent anything.
    notes: Arc<Notes>,
    /// When its turn came, and when there was a job.
    since: [OnceLock<Duration>; 2],
    /// The circuits as native gates, if they were compiled.
    native: OnceLock<Vec<Task>>,
}

/// What became of a unit.
#[derive(Debug)]
pub(super) enum Done {
    /// Its circuits are over, for better or worse.
    Reports(Vec<CircuitReport>, Option<Suspect>),
    /// It is too large for the service; these are its halves.
    Split(Box<[Unit; 2]>),
}

impl Unit {
    pub(super) fn new(first: usize, tasks: Vec<Task>, known: Option<Known>, attempt: u32) -> Unit {
        let begun = known.as_ref().map(Known::begun).unwrap_or_default();
        Unit {
            first,
            tasks,
            known,
            attempt,
            begun: Mutex::new(begun),
            notes: Arc::default(),
            since: Default::default(),
            native: OnceLock::new(),
        }
    }

    /// The circuits as they are submitted.
    fn sent(&self) -> &[Task] {
        self.native.get().unwrap_or(&self.tasks)
    }

    /// The job that carries it, if there is one yet.
    pub(super) fn job(&self) -> Option<String> {
        self.begun().1.clone()
    }

    fn begun(&self) -> MutexGuard<'_, (String, Option<String>)> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_job(&self, id: &str) {
        self.begun().1 = Some(id.to_owned());
    }

    /// All its circuits with the same error.
    pub(super) fn failed(&self, at: Duration, error: &ClientError) -> Vec<CircuitReport> {
        let (key, job) = self.begun().clone();
        let report = |(offset, task): (usize, &Task)| CircuitReport {
            key: key.clone(),
            submitted: self.since[0].get().copied().unwrap_or(at),
            spans: self.spans(at),
            ..CircuitReport::failed(self.first + offset, task, job.clone(), at, error.clone())
        };
        self.tasks.iter().enumerate().map(report).collect()
    }

    /// What it was doing until it was left, as far as that is known.
    fn spans(&self, at: Duration) -> Vec<Span> {
        let [begun, accepted] = [0, 1].map(|index| self.since[index].get().copied());
        let submit = begun.map(|begun| Span::new(Phase::Submit, begun, accepted.unwrap_or(at)));
        submit.into_iter().chain(accepted.map(|accepted| Span::new(Phase::Queue, accepted, at))).collect()
    }

    /// From now on it submits nothing.
    pub(super) fn halt(&self) {
        self.notes.halt();
    }

    fn halves(&self) -> [Unit; 2] {
        let (left, right) = self.tasks.split_at(self.tasks.len() / 2);
        let half = |offset: usize, tasks: &[Task]| Unit::new(self.first + offset, tasks.to_vec(), None, 0);
        [half(0, left), half(left.len(), right)]
    }
}

impl Course {
    /// Brings a unit to its end.
    pub(super) async fn run(self: Arc<Course>, unit: Arc<Unit>) -> Done {
        let begun = self.start.elapsed();
        let _ = unit.since[0].set(begun);
        let notes = Arc::clone(&unit.notes);
        let client = self.batch.client.noting(&notes);
        let mut record = Record { begun, spans: Vec::new(), suspect: None, key: String::new(), replayed: false, surely_lost: false };
        match self.endings(&client, &unit, &notes, &mut record).await {
            Ok(ended) => self.close(&unit, record, ended).await,
            Err(ClientError::Refused { status: 413, .. } | ClientError::Unfit(_)) if unit.tasks.len() > 1 && unit.job().is_none() => {
                Done::Split(Box::new(unit.halves()))
            }
            Err(error) => {
                record.spend(&notes, Phase::Submit, self.start);
                if error.ends_a_batch() {
                    self.stop.now(&format!("the batch was stopped: {error}"));
                }
                let reports = unit.failed(self.start.elapsed(), &error).into_iter();
                let placed = |report| CircuitReport { submitted: begun, spans: record.spans.clone(), ..report };
                Done::Reports(reports.map(placed).collect(), record.suspect)
            }
        }
    }

    /// What became of each circuit; an error is that of all.
    async fn endings(&self, client: &Client, unit: &Unit, notes: &Notes, record: &mut Record) -> Result<Ended, ClientError> {
        self.compile(unit).await?;
        record.add(Phase::Compile, self.start.elapsed());
        let known = unit.known.as_ref();
        let mut attempt = known.map_or(unit.attempt, |known| known.attempt);
        let mut state = known.map(|known| &known.state);
        let mut anew = false;
        loop {
            let mut request = self.batch.request(unit.first, unit.sent());
            let key = key(self.id, unit.first, attempt, &request);
            record.key = key.to_string();
            if let (Some(known), Some(journal)) = (known.filter(|_| state.is_some()), self.journal())
                && known.key != key
            {
                let problem = format!("circuit {} or its settings were others", unit.first);
                return Err(self.broken(journal.mismatch(problem)));
            }
            if state.is_some() && known.is_some_and(|known| known.doubtful) {
                record.suspect = Some(self.suspect(unit, key)); // the run before may have ended before it looked
            }
            if let (Some(State::Finished(_)), Some(known), Some(journal)) = (state, known, self.journal()) {
                let (job, endings) = journal.endings(known).map_err(|error| self.broken(error))?;
                record.suspect.iter_mut().for_each(|suspect| suspect.job = job.clone());
                *unit.begun() = (record.key.clone(), job.clone());
                record.replayed = true;
                return Ok(Ended::judged(endings, unit.sent(), client));
            }
            let metadata = request.metadata.get_or_insert_default();
            metadata.insert(SubmissionKey::METADATA.to_owned(), record.key.as_str().into());
            let submitted = match state {
                Some(State::Accepted(job)) => Submitted { id: job.clone(), adopted: true, doubtful: false },
                before => self.submit(client, unit, key, attempt, before.is_some(), &request, record).await?,
            };
            unit.set_job(&submitted.id);
            if let Some(suspect) = &mut record.suspect {
                suspect.job = Some(submitted.id.clone());
            }
            record.spend(notes, Phase::Submit, self.start);
            for index in unit.first..unit.first + unit.tasks.len() {
                let _ = self.submitted.send(index); // nobody listens any more if the batch was dropped
            }
            match self.follow(client, unit, key, submitted.id, notes, record).await {
                Err(ClientError::Lost { .. }) if self.batch.resubmit_lost && !anew && record.surely_lost && !self.stop_pulled() => {
                    (attempt, state, anew) = (attempt + 1, None, true);
                }
                other => return other,
            }
        }
    }

    /// Turns the circuits into native gates, if that is wanted, where it may take its time.
    async fn compile(&self, unit: &Unit) -> Result<(), ClientError> {
        let Some(target) = self.batch.target.clone() else { return Ok(()) };
        let tasks = unit.tasks.clone();
        let native = tokio::task::spawn_blocking(move || tasks.into_iter().map(|task| task.native(&target)).collect::<Result<Vec<_>, _>>());
        let native = native.await.map_err(|error| ClientError::Internal(error.to_string()))?;
        let native = native.map_err(|error| ClientError::Unfit(error.to_string().into()))?;
        let _ = unit.native.set(native); // compiled twice is the same
        Ok(())
    }

    /// Submits the unit, or finds the job that it has.
    #[allow(clippy::too_many_arguments)] // each is of another kind
    async fn submit(
        &self,
        client: &Client,
        unit: &Unit,
        key: SubmissionKey,
        attempt: u32,
        begun_before: bool,
        request: &crate::api::JobRequest,
        record: &mut Record,
    ) -> Result<Submitted, ClientError> {
        let backend = self.batch.backend_of(&unit.tasks[0]);
        let text = key.to_string();
        let suspect = || Some(self.suspect(unit, key));
        if begun_before {
            record.suspect = suspect();
            let refused = unit.known.as_ref().is_some_and(|known| known.state == State::Refused);
            match client.sight(key, backend, None).await {
                Sighting::Found(id) => {
                    self.write(Entry::Accepted { key: text, job: id.clone(), doubtful: true }).await?;
                    return Ok(Submitted { id, adopted: true, doubtful: true });
                }
                Sighting::Absent if refused && !self.stop_pulled() => self.write(self.intent(unit, &text, attempt)).await?,
                Sighting::Absent if client.may_resend(backend) && !self.stop_pulled() => {}
                Sighting::Absent | Sighting::Unknown => {
                    let error = Box::new(ClientError::Stopped("the run before ended without an answer".into()));
                    return Err(ClientError::Unresolved { key: text, error });
                }
            }
        } else {
            self.write(self.intent(unit, &text, attempt)).await?;
        }
        unit.begun().0 = text.clone();
        match client.submit_as(key, request, || self.stop_pulled()).await {
            Ok(submitted) => {
                if submitted.doubtful {
                    record.suspect = suspect();
                }
                self.write(Entry::Accepted { key: text, job: submitted.id.clone(), doubtful: record.suspect.is_some() }).await?;
                Ok(submitted)
            }
            Err(Failed { error, possible: true, .. }) => {
                record.suspect = suspect();
                Err(error)
            }
            Err(Failed { error, possible: false, doubtful }) => {
                unit.begun().0.clear(); // there is nothing of it
                let because = error.to_string();
                let over = !error.is_retryable() && !error.ends_a_batch() && (unit.tasks.len() == 1 || !is_too_large(&error));
                let entry = Entry::finished(text.clone(), None, &self.refusals(unit, &error)).filter(|_| over);
                let doubtful = doubtful || record.suspect.is_some(); // one from before stays one
                self.write(entry.unwrap_or(Entry::Void { key: text, because, doubtful })).await?;
                Err(error)
            }
        }
    }

    fn intent(&self, unit: &Unit, key: &str, attempt: u32) -> Entry {
        Entry::Intent { key: key.to_owned(), first: unit.first, count: unit.tasks.len(), attempt }
    }

    /// Writes down that a unit that is left made no job, if that is so.
    pub(super) async fn leave(&self, unit: &Unit) {
        unit.notes.halt();
        let (key, job) = unit.begun().clone();
        if job.is_some()
            || key.is_empty()
            || unit.notes.is_open()
            || unit.known.as_ref().is_some_and(|known| known.state == State::Intended)
        {
            return;
        }
        // A doubt from before stays one.
        let doubtful = unit.notes.is_doubtful() || unit.known.is_some();
        let because = "it was not sent, as the batch was left".to_owned();
        if self.write(Entry::Void { key, because, doubtful }).await.is_ok() {
            unit.begun().0.clear();
        }
    }

    fn suspect(&self, unit: &Unit, key: SubmissionKey) -> Suspect {
        Suspect { key, backend: self.batch.backend_of(&unit.tasks[0]).to_owned(), job: None, first: unit.first }
    }

    fn refusals(&self, unit: &Unit, error: &ClientError) -> Vec<Ending> {
        unit.tasks.iter().map(|_| Ending { times: Times::default(), outcome: Err(error.clone()) }).collect()
    }

    /// Waits for the job and fetches what came of it.
    async fn follow(
        &self,
        client: &Client,
        unit: &Unit,
        key: SubmissionKey,
        mut id: String,
        notes: &Notes,
        record: &mut Record,
    ) -> Result<Ended, ClientError> {
        let accepted = self.start.elapsed();
        let _ = unit.since[1].set(accepted);
        let mut waited = client.wait_for(&id, Some(key), self.batch.deadline).await;
        while let Err(ClientError::Mismatch { .. } | ClientError::Lost { .. }) = &waited
            && self.start.elapsed() < accepted + self.batch.deadline
        {
            let own = match client.sight(key, self.batch.backend_of(&unit.tasks[0]), None).await {
                Sighting::Found(own) => own,
                sighting => {
                    record.surely_lost = sighting == Sighting::Absent;
                    break;
                }
            };
            // Either the answer was one to somebody else's submission, or the service knows the job after all.
            if own != id {
                self.write(Entry::Accepted { key: key.to_string(), job: own.clone(), doubtful: record.suspect.is_some() }).await?;
                unit.set_job(&own);
                record.suspect.iter_mut().for_each(|suspect| suspect.job = Some(own.clone()));
                id = own;
            }
            waited = client.wait_for(&id, Some(key), self.batch.deadline).await;
        }
        let running = matches!(&waited, Err(ClientError::Deadline { status: JobStatus::Started, .. }));
        notes.take(); // asking for others is no time of this one
        let times = waited.as_ref().map(Times::of).unwrap_or_default();
        record.waited(accepted, times, running, self.start.elapsed());
        let whole = match waited {
            Ok(job) => client.fetch(&job, unit.tasks.len()).await.map(Arc::new),
            Err(error) => Err(error),
        };
        let endings = match &whole {
            Ok(fetched) => (0..unit.tasks.len()).map(|circuit| Ending { times, outcome: Ok((Arc::clone(fetched), circuit)) }).collect(),
            Err(error) if unit.tasks.len() > 1 && error.is_final() => self.singly(client, &id, unit, error).await,
            Err(error) if error.is_final() => {
                let times = client.job(&id).await.map(|job| Times::of(&job)).unwrap_or(times);
                vec![Ending { times, outcome: Err(error.clone()) }]
            }
            Err(error) => return Err(error.clone()),
        };
        let mut ended = Ended::judged(endings, unit.sent(), client);
        if let Ok(fetched) = &whole
            && fetched.several
        {
            self.mend(client, fetched, unit, &mut ended).await;
        }
        record.spend(notes, Phase::Fetch, self.start);
        Ok(ended)
    }

    /// Where the results of all circuits together have none for one, asks for that circuit alone, and takes what is any better.
    async fn mend(&self, client: &Client, fetched: &Fetched, unit: &Unit, ended: &mut Ended) {
        for (position, task) in unit.sent().iter().enumerate() {
            if let Err(error) = &ended.results[position] {
                tracing::debug!(%error, "asking for the circuit alone");
                let alone = self.single(client, &fetched.circuits[position], position).await;
                ended.mend(position, alone, task, client);
            }
        }
    }

    /// What became of the circuits of a job that failed as a whole: each one's own result if it has one, else its own error, else the job's.
    async fn singly(&self, client: &Client, id: &str, unit: &Unit, error: &ClientError) -> Vec<Ending> {
        let mut endings = Vec::with_capacity(unit.tasks.len());
        let parent = client.job(id).await;
        let children = parent.as_ref().map(|parent| parent.child_job_ids.clone().flatten().unwrap_or_default()).unwrap_or_default();
        let of_all = || Ending { times: parent.as_ref().map(Times::of).unwrap_or_default(), outcome: Err(error.clone()) };
        for position in 0..unit.tasks.len() {
            endings.push(match children.get(position) {
                Some(child) => self.single(client, child, position).await,
                None => of_all(),
            });
        }
        endings
    }

    async fn single(&self, client: &Client, child: &str, position: usize) -> Ending {
        match client.wait_for(child, None, self.batch.deadline).await {
            Ok(reply) => {
                let fetched = client.fetch(&reply, 1).await.map(|fetched| (Arc::new(fetched), 0));
                Ending { times: Times::of(&reply), outcome: fetched.map_err(|error| error.of_circuit(position)) }
            }
            Err(own) => {
                let times = client.job(child).await.map(|reply| Times::of(&reply));
                Ending { times: times.unwrap_or_default(), outcome: Err(own) }
            }
        }
    }

    /// Writes the end down, deletes the job if that is wanted, and reports.
    async fn close(&self, unit: &Unit, record: Record, ended: Ended) -> Done {
        let Ended { endings, results } = ended;
        let job = unit.job();
        let mut broken = None;
        if !record.replayed {
            match Entry::finished(record.key.clone(), job.as_deref(), &endings) {
                Some(entry) => broken = self.write(entry).await.err(),
                None => tracing::debug!(?job, "not over for good"),
            }
            if let (true, Some(id), true) = (self.batch.delete, &job, endings.iter().all(|ending| ending.is_over())) {
                let _ = self.batch.client.delete(id).await; // a job that stays is no failure of its circuits
            }
        }
        if let Some(error) = broken {
            tracing::warn!(%error, "the end of a job could not be written down");
        }
        let finished = self.start.elapsed();
        let circuits = unit.tasks.iter().zip(endings).zip(results).enumerate();
        let reports = circuits.map(|(offset, ((task, ending), result))| {
            let started = ending.times.until_start.map(|queued| record.accepted() + queued);
            CircuitReport {
                index: unit.first + offset,
                name: task.name.clone(),
                qubits: task.program.qubits(),
                job: job.clone(),
                key: record.key.clone(),
                submitted: record.begun,
                started: started.filter(|_| !record.replayed),
                finished,
                own_time: ending.times.until_end,
                spans: record.spans.clone(),
                replayed: record.replayed,
                result,
            }
        });
        Done::Reports(reports.collect(), record.suspect.clone())
    }

    fn journal(&self) -> Option<&Journal> {
        self.batch.journal.as_ref()
    }

    /// Writes a record, if there is a journal. If it cannot be written, the batch ends: nothing is submitted that is not on record.
    async fn write(&self, entry: Entry) -> Result<(), ClientError> {
        let Some(journal) = self.journal() else { return Ok(()) };
        journal.write(&entry).await.map(drop).map_err(|error| self.broken(error))
    }

    /// The batch cannot go on with this journal.
    fn broken(&self, error: super::JournalError) -> ClientError {
        let text: Arc<str> = error.to_string().into();
        self.stop.gently(&text);
        ClientError::Stopped(text)
    }

    fn stop_pulled(&self) -> bool {
        self.stop.halt().is_some()
    }
}

fn is_too_large(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused { status: 413, .. })
}
