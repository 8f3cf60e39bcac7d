use super::record::Suspect;
use super::stop::Halt;
use super::task::Load;
use super::unit::{Course, Done, Unit};
use super::{Batch, CircuitReport, Duplicate, Report, Stop, Task};
use crate::client::{ClientError, SubmissionKey};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::iter::{Enumerate, Peekable};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

/// A batch that runs as long as its results are asked for. Dropping it stops it where it is; what was submitted goes on elsewhere.
pub struct Running<I: Iterator<Item = Task>> {
    course: Arc<Course>,
    tasks: Source<I>,
    /// A unit for which there was no room.
    next: Option<Unit>,
    /// Halves of units that were too large.
    again: VecDeque<Unit>,
    jobs: JoinSet<Done>,
    /// What the jobs carry, for the case that one stops without a report.
    carried: HashMap<Id, Arc<Unit>>,
    /// How many circuits that is.
    in_flight: usize,
    submissions: UnboundedReceiver<usize>,
    ready: VecDeque<CircuitReport>,
    /// Done before their turn.
    early: BTreeMap<usize, CircuitReport>,
    /// How many were handed out, where they are in order.
    handed: usize,
    suspects: Vec<Suspect>,
    panics: usize,
    halt: Option<Halt>,
    patience: Option<Instant>,
}

/// What happens while a batch runs.
#[derive(Debug)]
pub(super) enum Event {
    /// There is a job for a circuit.
    Submitted(usize),
    /// A circuit is over.
    Finished(Box<CircuitReport>),
}

/// Where circuits come from.
enum Source<I: Iterator<Item = Task>> {
    Live(Peekable<Enumerate<I>>),
    Read(Peekable<Enumerate<std::vec::IntoIter<Task>>>),
}

impl<I: Iterator<Item = Task>> Source<I> {
    fn peek(&mut self) -> Option<&(usize, Task)> {
        match self {
            Source::Live(tasks) => tasks.peek(),
            Source::Read(tasks) => tasks.peek(),
        }
    }

    fn next(&mut self) -> Option<(usize, Task)> {
        match self {
            Source::Live(tasks) => tasks.next(),
            Source::Read(tasks) => tasks.next(),
        }
    }

    /// Whether it says that it has an end.
    fn is_finite(&self) -> bool {
        match self {
            Source::Live(tasks) => tasks.size_hint().1.is_some(),
            Source::Read(_) => true,
        }
    }
}

impl<I: Iterator<Item = Task>> Running<I> {
    /// How many tasks of ours may panic before the batch is ended.
    const MOST_PANICS: usize = 3;

    pub(super) fn new(batch: Batch, tasks: I) -> Running<I> {
        let (submitted, submissions) = unbounded_channel();
        let id = batch.journal.as_ref().map(super::Journal::batch).or(batch.id).unwrap_or_else(Uuid::new_v4);
        let stop = batch.stop.clone().unwrap_or_default();
        Running {
            course: Arc::new(Course { batch, id, start: Instant::now(), stop, submitted }),
            tasks: Source::Live(tasks.enumerate().peekable()),
            next: None,
            again: VecDeque::new(),
            jobs: JoinSet::new(),
            carried: HashMap::new(),
            in_flight: 0,
            submissions,
            ready: VecDeque::new(),
            early: BTreeMap::new(),
            handed: 0,
            suspects: Vec::new(),
            panics: 0,
            halt: None,
            patience: None,
        }
    }

    /// The next circuit that is over: as they finish, or in their order if that was asked for. `None` after the last one. Nothing is lost
    /// if this is given up halfway.
    pub async fn next(&mut self) -> Option<CircuitReport> {
        loop {
            if let Event::Finished(report) = self.event().await? {
                return Some(*report);
            }
        }
    }

    /// How many circuits are in flight at present.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Runs to the end and looks whether the service has more jobs than it should: the circuits that [`Running::next`] did not hand out, and
    /// what is to be said of the batch as a whole.
    pub async fn finish(mut self) -> Report {
        let mut circuits = Vec::new();
        while let Some(report) = self.next().await {
            circuits.push(report);
        }
        circuits.sort_by_key(|report| report.index);
        let wall = self.course.start.elapsed();
        let stop = self.course.stop.clone();
        let (duplicates, unaudited) = tokio::select! {
            biased;
            audited = self.audit() => audited,
            error = left(&stop) => (Vec::new(), Some(error)),
        };
        let stopped = self.course.stop.halt().map(|halt| halt.because);
        let traffic = self.course.batch.client().traffic();
        Report { circuits, workers: self.course.batch.most_in_flight(), wall, duplicates, unaudited, stopped, traffic }
    }

    pub(super) async fn event(&mut self) -> Option<Event> {
        self.guard().await;
        loop {
            self.notice_halt().await;
            if let Some(report) = self.ready.pop_front() {
                return Some(Event::Finished(Box::new(report)));
            }
            self.fill();
            if self.jobs.is_empty() && !self.carried.is_empty() {
                self.abandon().await; // somebody gave up waiting in the middle of that
                continue;
            }
            if self.jobs.is_empty() {
                match self.leftover() {
                    true => continue,
                    false => return None,
                }
            }
            let (stop, halt) = (self.course.stop.clone(), self.halt.clone());
            tokio::select! {
                biased;
                Some(index) = self.submissions.recv() => return Some(Event::Submitted(index)),
                Some(finished) = self.jobs.join_next_with_id() => self.take(finished),
                _ = stop.changed(halt.as_ref()) => {}
                () = until(self.patience) => self.abandon().await,
            }
        }
    }

    /// Before anything is submitted: what it would cost.
    async fn guard(&mut self) {
        let (Some(budget), Source::Live(_)) = (self.course.batch.budget, &self.tasks) else { return };
        let mut tasks = Vec::new();
        while let Some((_, task)) = self.tasks.next() {
            tasks.push(task);
        }
        let problem = match self.course.batch.estimate(&tasks).await {
            Ok(estimate) if estimate.value <= budget => None,
            Ok(estimate) => Some(format!("nothing was submitted: the estimate is {estimate}, the budget {budget}")),
            Err(error) => Some(format!("nothing was submitted: the service gives no estimate: {error}")),
        };
        problem.iter().for_each(|problem| self.course.stop.now(problem));
        self.tasks = Source::Read(tasks.into_iter().enumerate().peekable());
    }

    /// Starts jobs as long as there is room.
    fn fill(&mut self) {
        while self.halt.is_none() {
            let Some(unit) = self.again.pop_front().or_else(|| self.next.take()).or_else(|| self.form()) else { return };
            let batch = &self.course.batch;
            let most = batch.most_in_flight();
            let room = self.in_flight == 0 || self.in_flight + unit.tasks.len() <= most;
            // Who waits for an early circuit must not have to hear of too many later ones.
            let near = !batch.ordered || unit.first < self.handed + 16 * most.max(16);
            if !room || !near {
                self.next = Some(unit);
                return;
            }
            self.in_flight += unit.tasks.len();
            let unit = Arc::new(unit);
            let handle = self.jobs.spawn(Arc::clone(&self.course).run(Arc::clone(&unit)));
            self.carried.insert(handle.id(), unit);
        }
    }

    /// The next neighbouring circuits that can share a job, or shared one before.
    fn form(&mut self) -> Option<Unit> {
        let batch = &self.course.batch;
        let history = batch.journal.as_ref().map(super::Journal::history);
        let (first, task) = self.tasks.next()?;
        let known = history.and_then(|history| history.at(first)).cloned();
        let most = known.as_ref().map_or(batch.pack.min(batch.most_in_flight()), |known| known.count);
        let mut load = Load::default();
        load.add(&task.program);
        let mut tasks = vec![task];
        while tasks.len() < most
            && let Some((index, task)) = self.tasks.peek()
            && (known.is_some() || tasks[0].goes_with(task) && load.takes(&task.program))
            && (known.is_some() || history.is_none_or(|history| history.at(*index).is_none()))
        {
            load.add(&task.program);
            tasks.extend(self.tasks.next().map(|(_, task)| task));
        }
        let attempt = history.map_or(0, |history| history.attempt(first));
        Some(Unit::new(first, tasks, known, attempt))
    }

    fn take(&mut self, finished: Result<(Id, Done), JoinError>) {
        let id = finished.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let unit = self.carried.remove(&id);
        self.in_flight -= unit.as_ref().map_or(0, |unit| unit.tasks.len());
        let reports = match finished {
            Ok((_, Done::Split(halves))) => {
                halves.into_iter().rev().for_each(|half| self.again.push_front(half));
                return;
            }
            Ok((_, Done::Reports(reports, suspect))) => {
                self.suspects.extend(suspect);
                reports
            }
            Err(error) => {
                self.panics += usize::from(error.is_panic());
                if self.panics > Self::MOST_PANICS {
                    self.course.stop.gently("too many tasks of the batch itself failed");
                }
                let error = ClientError::Internal(format!("the circuit's task stopped: {error}"));
                unit.map(|unit| unit.failed(self.course.start.elapsed(), &error)).unwrap_or_default()
            }
        };
        self.hand_out(reports);
    }

    fn hand_out(&mut self, reports: Vec<CircuitReport>) {
        if !self.course.batch.ordered {
            self.ready.extend(reports);
            return;
        }
        self.early.extend(reports.into_iter().map(|report| (report.index, report)));
        while let Some(report) = self.early.remove(&self.handed) {
            self.handed += 1;
            self.ready.push_back(report);
        }
    }

    async fn notice_halt(&mut self) {
        let halt = self.course.stop.halt();
        if halt == self.halt {
            return;
        }
        self.halt = halt;
        self.carried.values().for_each(|unit| unit.halt());
        match &self.halt {
            Some(Halt { gently: true, .. }) => self.patience = Some(Instant::now() + self.course.batch.grace),
            Some(_) => self.abandon().await,
            None => {}
        }
    }

    /// Leaves what is in flight.
    async fn abandon(&mut self) {
        self.patience = None;
        self.jobs.abort_all();
        while let Some(finished) = self.jobs.join_next_with_id().await {
            if finished.as_ref().err().is_none_or(|error| !error.is_cancelled()) {
                self.take(finished); // it came to its end just before
            }
        }
        // Now nothing is sent any more, and what each of them did is known.
        let error = self.stopped();
        let mut left: Vec<(Id, usize)> = self.carried.iter().map(|(id, unit)| (*id, unit.first)).collect();
        left.sort_by_key(|(_, first)| *first);
        for (id, _) in left {
            let Some(unit) = self.carried.get(&id).cloned() else { continue };
            self.course.leave(&unit).await;
            self.carried.remove(&id);
            self.in_flight -= unit.tasks.len();
            self.hand_out(unit.failed(self.course.start.elapsed(), &error));
        }
    }

    fn stopped(&self) -> ClientError {
        ClientError::Stopped(self.halt.as_ref().map_or_else(|| "the batch was stopped".into(), |halt| Arc::clone(&halt.because)))
    }

    /// Reports one more unit that is not begun any more, as far as there is an end of them.
    fn leftover(&mut self) -> bool {
        if self.halt.is_none() {
            return !self.ready.is_empty();
        }
        let unit = self.again.pop_front().or_else(|| self.next.take()).or_else(|| match self.tasks.is_finite() {
            true => self.form(),
            false => None,
        });
        let Some(unit) = unit else { return false };
        let reports = unit.failed(self.course.start.elapsed(), &self.stopped());
        self.hand_out(reports);
        true
    }

    /// Which submissions of doubt have more jobs than one.
    async fn audit(&mut self) -> (Vec<Duplicate>, Option<ClientError>) {
        let mut by_backend: BTreeMap<&str, Vec<&Suspect>> = BTreeMap::new();
        for suspect in &self.suspects {
            by_backend.entry(&suspect.backend).or_default().push(suspect);
        }
        let (mut duplicates, mut problem) = (Vec::new(), None);
        for (backend, suspects) in by_backend {
            let keys: BTreeSet<SubmissionKey> = suspects.iter().map(|suspect| suspect.key).collect();
            match self.course.batch.client().jobs_of(&keys, backend).await {
                Err(error) => problem = Some(error),
                Ok(mut jobs) => duplicates.extend(suspects.into_iter().filter_map(|suspect| {
                    let mut jobs = jobs.remove(&suspect.key)?;
                    let kept = suspect.job.clone().unwrap_or_else(|| jobs[0].clone());
                    jobs.retain(|id| *id != kept);
                    (!jobs.is_empty()).then(|| Duplicate { circuit: suspect.first, key: suspect.key.to_string(), kept, others: jobs })
                })),
            }
        }
        (duplicates, problem)
    }

    /// The switch that ends it early.
    pub fn stop(&self) -> Stop {
        self.course.stop.clone()
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        self.course.start.elapsed()
    }
}

/// Waits until a batch is to end at once.
async fn left(stop: &Stop) -> ClientError {
    let mut halt = stop.halt();
    loop {
        match halt {
            Some(Halt { gently: false, because }) => return ClientError::Stopped(because),
            other => halt = Some(stop.changed(other.as_ref()).await),
        }
    }
}

/// Never without a time.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

impl<I: Iterator<Item = Task>> fmt::Debug for Running<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("in_flight", &self.in_flight).field("halt", &self.halt).finish_non_exhaustive()
    }
}
