//! How much a cloud keeps, and what goes when there is no room for more.

use super::access::Account;
use super::job::{Event, Failure, Job, JobState, Results};
use super::reply::too_many;
use super::store::State;
use crate::api::{ErrorBody, FailureCode, MetadataValue};
use crate::simulate::Size;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};
use std::time::Duration;
use uuid::Uuid;

/// How much there may be of one project, so that none locks out another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    /// Jobs, those that are done included; a circuit of a job is a job.
    pub(super) jobs: usize,
    /// Circuits that wait or run.
    pub(super) queue: usize,
    /// About what jobs and results take in memory.
    pub(super) bytes: u64,
    /// Workers that are at its jobs.
    pub(super) workers: usize,
}

impl Capacity {
    /// What each of so many projects may have, if one alone may have all of this: an equal share of the memory, and all workers but one.
    pub(super) fn of_each(self, projects: usize) -> Capacity {
        match projects {
            0 | 1 => self,
            _ => Capacity { bytes: self.bytes / projects as u64, workers: (self.workers - 1).max(1), ..self },
        }
    }
}

/// Sessions of a project that are kept.
const SESSIONS: usize = 10_000;

/// What there is of each project.
#[derive(Debug, Default)]
pub(super) struct Load(BTreeMap<String, Share>);

/// What there is of one project.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// Circuits that wait or run.
    pub(super) queue: usize,
    pub(super) sessions: usize,
    jobs: usize,
    bytes: u64,
    /// Its jobs but for the circuits of others, the oldest first.
    whole: BTreeSet<Uuid>,
}

impl Load {
    /// What there is of an account's project.
    pub(super) fn of(&mut self, account: &Account) -> &mut Share {
        self.0.entry(account.project.clone()).or_default()
    }
}

impl Share {
    /// A job comes.
    pub(super) fn add(&mut self, job: &Job) {
        self.jobs += 1;
        self.bytes += job.weight;
        if job.parent.is_none() {
            self.whole.insert(job.id);
        }
    }

    /// A job goes.
    fn subtract(&mut self, job: &Job) {
        self.jobs -= 1;
        self.bytes -= job.weight;
        self.whole.remove(&job.id);
    }

    /// Weighs a job again that has changed.
    pub(super) fn weigh(&mut self, job: &mut Job) {
        let weight = job.weigh();
        self.bytes = self.bytes + weight - std::mem::replace(&mut job.weight, weight);
    }
}

impl State {
    /// Makes room for one job of so many circuits: the oldest jobs of the same project that are done go, their results with them.
    ///
    /// # Errors
    /// 429 if the project's queue is full, or its store of what is not done; 400 if either is too short for the job.
    pub(super) fn make_room(&mut self, account: &Account, circuits: usize, children: usize, capacity: &Capacity) -> Result<(), ErrorBody> {
        let jobs = 1 + children;
        if circuits > capacity.queue || jobs > capacity.jobs {
            let message = match circuits > capacity.queue {
                true => format!("the job has {circuits} circuits, {} may wait or run at once", capacity.queue),
                false => format!("the job and its circuits are {jobs} jobs, {} are kept", capacity.jobs),
            };
            return Err(ErrorBody::new(400, message).naming("payload", "input"));
        }
        let queue = self.load.of(account).queue;
        if queue + circuits > capacity.queue {
            let message = format!("the project's queue is full: {queue} circuits wait or run, {} may, try again later", capacity.queue);
            return Err(too_many(message));
        }
        let fits = |share: &Share, spare: usize| share.jobs + jobs + spare <= capacity.jobs && share.bytes <= capacity.bytes;
        if fits(self.load.of(account), 0) {
            return Ok(());
        }
        // A little more than needed, so that looking for them is rare.
        let spare = capacity.jobs / 128;
        let mut last = Uuid::nil();
        while !fits(self.load.of(account), spare)
            && let Some(oldest) = self.oldest_done(account, last)
        {
            self.remove(oldest);
            last = oldest;
        }
        let left = self.load.of(account);
        match fits(left, 0) {
            true => Ok(()),
            false => Err(too_many(format!("the project's store is full: {} jobs are not done, try again later", left.jobs))),
        }
    }

    /// Makes room for a result: the oldest jobs of the same project that are done go.
    ///
    /// # Errors
    /// How its job fails, if that is not enough.
    pub(super) fn make_room_for_result(&mut self, account: &Account, result: u64, capacity: &Capacity) -> Result<(), Failure> {
        let fits = |share: &Share| share.bytes.saturating_add(result) <= capacity.bytes;
        let mut last = Uuid::nil();
        // A result that is larger than the store would not fit if everything went.
        while result <= capacity.bytes
            && !fits(self.load.of(account))
            && let Some(oldest) = self.oldest_done(account, last)
        {
            self.remove(oldest);
            last = oldest;
        }
        let left = self.load.of(account);
        if fits(left) {
            return Ok(());
        }
        let [result, held, all] = [Size::up(result.into()), Size::up(left.bytes.into()), Size::down(capacity.bytes.into())];
        let message = format!(
            "the result takes {result} of memory, and the project's jobs that are not done hold {held} of the {all} for its jobs and \
             results: measure fewer qubits, or submit fewer circuits at once"
        );
        Err(Failure { code: FailureCode::SimulationError, message })
    }

    /// The oldest job of a project behind `last` that is done; circuits of a job come and go with it.
    fn oldest_done(&self, account: &Account, last: Uuid) -> Option<Uuid> {
        let mut later = self.load.0.get(&account.project)?.whole.range((Excluded(last), Unbounded));
        later.find(|id| self.jobs.get(id).is_some_and(Job::is_final)).copied()
    }

    /// Makes room for a session: the oldest of the same project that has ended goes.
    ///
    /// # Errors
    /// 429 if none has.
    pub(super) fn make_room_for_session(&mut self, account: &Account, now: Duration) -> Result<(), ErrorBody> {
        if self.load.of(account).sessions < SESSIONS {
            return Ok(());
        }
        let mut own = self.sessions.values().filter(|session| session.account.project == account.project);
        let ended = own.find(|session| session.ended_at(now).is_some()).map(|session| session.id);
        let ended = ended.ok_or_else(|| too_many(format!("{SESSIONS} sessions of the project are open, no more may be")))?;
        self.sessions.remove(&ended);
        self.load.of(account).sessions -= 1;
        Ok(())
    }

    /// Removes a job and its circuits.
    pub(super) fn remove(&mut self, id: Uuid) {
        let Some(job) = self.jobs.remove(&id) else { return };
        self.load.of(&job.submission.account).subtract(&job);
        for child in job.children {
            self.remove(child);
        }
    }
}

impl Results {
    /// About what they take in memory, in bytes.
    pub(super) fn weigh(&self) -> u64 {
        let bytes = match self {
            Results::Single(outcome) => outcome.bytes(),
            Results::DryRun(compiled) => compiled.as_ref().map_or(0, |circuit| size_of_val(circuit.operations())),
            Results::Children => 0,
        };
        bytes as u64
    }
}

impl Job {
    /// About what it takes in memory, in bytes. What several jobs share counts for each of them.
    pub(super) fn weigh(&self) -> u64 {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let metadata = self.submission.metadata.iter().flatten().map(|(key, value)| match value {
            MetadataValue::Text(text) => key.len() + text.len(),
            _ => key.len(),
        });
        // The circuits of a job have its metadata.
        let metadata: usize = if self.parent.is_none() { metadata.sum() } else { 0 };
        let results = match (&self.state, &self.pending) {
            (JobState::Completed(results), _) | (_, Some(Event::Complete(results))) => results.weigh(),
            _ => 0,
        };
        let program = self.program.as_ref().map_or(0, |program| program.bytes());
        let lists = size_of_val(&*self.children) + self.warnings.iter().map(String::len).sum::<usize>();
        (size_of::<Job>() + text(&self.name) + metadata + lists + program) as u64 + results
    }
}
