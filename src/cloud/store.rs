//! The jobs, in memory, in the order of their ids, and the changes that touch more than one of them.

use super::access::Account;
use super::attempt::Attempt;
use super::capacity::{Load, Share};
use super::clock::Clock;
use super::ids::{Ids, exact_id};
use super::job::{Event, Job, JobState};
use super::ledger::Ledger;
use super::ready::Ready;
use super::reply::{unknown_job, unknown_session};
use super::schedule::{Due, Schedule};
use super::session::Session;
use crate::api::ErrorBody;
use crate::outcome::Seed;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Everything that changes.
pub(super) struct State {
    pub(super) jobs: BTreeMap<Uuid, Job>,
    pub(super) sessions: BTreeMap<Uuid, Session>,
    pub(super) ledger: Ledger,
    pub(super) schedule: Schedule,
    /// Jobs whose queue time is over and that wait for a worker.
    pub(super) ready: Ready,
    /// The jobs that workers are at.
    pub(super) running: BTreeMap<Uuid, Attempt>,
    pub(super) load: Load,
    pub(super) ids: Ids,
    /// How many jobs there have been: the index of the next one's seed.
    pub(super) submitted: u64,
    /// No new jobs.
    pub(super) closed: bool,
    /// Nobody is left to ask: workers leave.
    pub(super) ended: bool,
}

impl State {
    pub(super) fn new(seed: Seed, clock: Clock) -> State {
        State {
            jobs: BTreeMap::new(),
            sessions: BTreeMap::new(),
            ledger: Ledger::new(clock),
            schedule: Schedule::default(),
            ready: Ready::default(),
            running: BTreeMap::new(),
            load: Load::default(),
            ids: Ids::new(seed),
            submitted: 0,
            closed: false,
            ended: false,
        }
    }

    /// Forgets everything but the time and who asks; gives the number of jobs there were. What workers are at goes nowhere.
    pub(super) fn clear(&mut self) -> usize {
        self.running.values().for_each(|attempt| attempt.stop.raise());
        (self.schedule, self.ready, self.load) = Default::default();
        self.ledger.clear();
        self.sessions.clear();
        self.submitted = 0;
        std::mem::take(&mut self.jobs).len()
    }

    pub(super) fn unfinished(&self) -> usize {
        self.jobs.values().filter(|job| !job.is_final()).count()
    }

    /// Forgets the jobs and the sessions of an account's project. What they came to stays in the ledger, as for those that are deleted.
    /// What workers are at goes nowhere.
    pub(super) fn forget(&mut self, account: &Account) {
        for id in self.load.jobs_behind(account, Uuid::nil()).collect::<Vec<_>>() {
            let children = self.jobs.get(&id).map(|job| job.children.clone()).unwrap_or_default();
            children.iter().chain([&id]).filter_map(|id| self.running.get(id)).for_each(|attempt| attempt.stop.raise());
            self.remove(id);
        }
        self.sessions.retain(|_, session| session.account.project != account.project);
        *self.load.of(account) = Share::default();
    }

    /// A job by the text of its id, if it is one of the account's project and to be seen by now. Those of others do not exist for it.
    ///
    /// # Errors
    /// 404.
    pub(super) fn job(&self, id: &str, account: &Account, now: Duration) -> Result<&Job, ErrorBody> {
        let found = exact_id(id).and_then(|id| self.jobs.get(&id));
        let own = found.filter(|job| job.submission.account.project == account.project);
        own.filter(|job| job.is_visible(now)).ok_or_else(|| unknown_job(id))
    }

    /// A session by the text of its id, if it is one of the account's project.
    ///
    /// # Errors
    /// 404.
    pub(super) fn session(&self, id: &str, account: &Account) -> Result<&Session, ErrorBody> {
        let found = exact_id(id).and_then(|id| self.sessions.get(&id));
        found.filter(|session| session.account.project == account.project).ok_or_else(|| unknown_session(id))
    }

    /// Puts a job into the queue for `start`.
    pub(super) fn enqueue(&mut self, mut job: Job, start: Duration) {
        let (id, has_program) = (job.id, job.program.is_some());
        if !job.is_final() {
            job.advance(Event::Queue, job.submitted_at).expect("a new job is submitted, and a submitted job can be queued");
            if has_program && start <= job.submitted_at {
                self.ready.push(&job.submission.account, id);
            } else if has_program {
                self.schedule.plan(start, id, Due::Start);
            }
        }
        job.weight = job.weigh();
        let share = self.load.of(&job.submission.account);
        share.queue += usize::from(job.children.is_empty() && !job.is_final());
        share.add(&job);
        self.jobs.insert(id, job);
        self.forget_the_gone();
    }

    /// Whoever is canceled or deleted leaves its place in the queue behind; when most places are such, they go.
    fn forget_the_gone(&mut self) {
        let most = 2 * self.jobs.len() + 1024;
        let is_wanted = |id: &Uuid| self.jobs.get(id).is_some_and(|job| !job.is_final());
        if self.schedule.len() > most {
            self.schedule.retain(is_wanted);
        }
        if self.ready.len() > most {
            self.ready.retain(is_wanted);
        }
    }

    /// Moves a job on if its state allows it, and its parent with it. Refused moves are somebody having been faster (a cancel
    /// against a worker, say) and change nothing.
    pub(super) fn advance(&mut self, id: Uuid, event: Event, now: Duration) -> bool {
        let Some(job) = self.jobs.get_mut(&id) else { return false };
        if job.advance(event, now).is_err() {
            return false;
        }
        if job.is_final() {
            let share = self.load.of(&job.submission.account);
            share.queue -= usize::from(job.children.is_empty());
            share.weigh(job);
            if let Some(attempt) = self.running.get(&id) {
                attempt.stop.raise();
            }
        }
        let (parent, state, billed) = (job.parent, job.state.clone(), job.billed());
        self.account_for(id, now);
        if let Some(parent) = parent.and_then(|parent| self.jobs.get_mut(&parent)) {
            parent.child_moved(id, &state, billed, now);
        }
        true
    }

    /// Lets a circuit's session and the ledger know what happened to it. Jobs of several circuits are what their circuits are, and dry
    /// runs are nothing.
    fn account_for(&mut self, id: Uuid, now: Duration) {
        let Some(job) = self.jobs.get(&id).filter(|job| job.children.is_empty() && !job.submission.dry_run) else { return };
        let session = job.submission.session_id.and_then(|id| self.sessions.get_mut(&id));
        match (&job.state, session) {
            (JobState::Started, Some(session)) => {
                session.started_at.get_or_insert(now);
            }
            // What is not run is not paid for, and makes room for others.
            (JobState::Failed(_) | JobState::Canceled, Some(session)) => session.spent = session.spent.minus(job.quote.cost),
            (JobState::Completed(_), _) => {
                self.ledger.add(now, job.parent.unwrap_or(id), &job.submission.account, job.quote);
            }
            (JobState::Submitted | JobState::Ready | JobState::Started | JobState::Failed(_) | JobState::Canceled, _) => {}
        }
    }

    /// Cancels a job and its children, as far as they are not final.
    pub(super) fn cancel(&mut self, id: Uuid, now: Duration) {
        let children = self.jobs.get(&id).map(|job| job.children.clone()).unwrap_or_default();
        for child in children {
            self.advance(child, Event::Cancel, now);
        }
        self.advance(id, Event::Cancel, now);
    }

    /// Removes a job and its children, canceled first where they are unfinished. What a worker finds out about them later goes
    /// nowhere; a parent still lists a child that was removed, so that the places of the others stay what they were.
    pub(super) fn delete(&mut self, id: Uuid, now: Duration) {
        self.cancel(id, now);
        self.remove(id);
    }
}
