//! Who comes in, and who goes to make room.

use super::access::Account;
use super::capacity::{Capacity, Share};
use super::job::{Failure, Job, Submission};
use super::price::Dollars;
use super::reply::{no_such_session, too_many};
use super::session::Session;
use super::store::State;
use crate::api::{ErrorBody, FailureCode};
use crate::simulate::Size;
use std::time::Duration;
use uuid::Uuid;

/// Sessions of a project that are kept.
const SESSIONS: usize = 10_000;

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
        self.load.jobs_behind(account, last).find(|id| self.jobs.get(id).is_some_and(Job::is_final))
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

    /// Takes a job into its session, if it is for one. `cost` is what it is expected to cost.
    ///
    /// # Errors
    /// 400 for a session that is not there, and see [`Session::check`].
    pub(super) fn admit(&mut self, submission: &Submission, cost: Dollars, now: Duration) -> Result<(), ErrorBody> {
        let Some(id) = submission.session_id else { return Ok(()) };
        let found = self.sessions.get_mut(&id).filter(|session| session.account.project == submission.account.project);
        let session = found.ok_or_else(|| no_such_session(&id.to_string()))?;
        session.check(&submission.device.name, cost, now)?;
        session.jobs += 1;
        session.spent = session.spent.plus(cost);
        Ok(())
    }

    /// Replaces an unfinished job by what `replacement` places: its session and the queue have the room that the job took. If nothing comes
    /// of it the job stays where it is.
    pub(super) fn replace<T>(
        &mut self,
        job: Uuid,
        now: Duration,
        replacement: impl FnOnce(&mut State) -> Result<T, ErrorBody>,
    ) -> Result<T, ErrorBody> {
        let (session, unspent) = (self.jobs.get(&job).and_then(|job| job.submission.session_id), self.unspent(job));
        // A circuit of several is no job of the session's.
        let count = self.jobs.get(&job).map_or(0, |job| u32::from(job.parent.is_none()));
        let leaves =
            |session: &mut Session| (session.jobs, session.spent) = (session.jobs.saturating_sub(count), session.spent.minus(unspent));
        let stays = |session: &mut Session| (session.jobs, session.spent) = (session.jobs + count, session.spent.plus(unspent));
        let of = |state: &mut State, change: &dyn Fn(&mut Session)| {
            session.and_then(|id| state.sessions.get_mut(&id)).into_iter().for_each(change)
        };
        let (account, waiting) = (self.jobs.get(&job).map(|job| job.submission.account.clone()), self.waiting(job));
        of(self, &leaves);
        account.iter().for_each(|account| self.load.of(account).queue -= waiting);
        let placed = replacement(self);
        account.iter().for_each(|account| self.load.of(account).queue += waiting);
        of(self, &stays);
        if placed.is_ok() {
            self.cancel(job, now); // which gives its money back
            of(self, &|session| session.jobs = session.jobs.saturating_sub(count));
        }
        placed
    }

    /// How many places in the queue it has.
    fn waiting(&self, id: Uuid) -> usize {
        let Some(job) = self.jobs.get(&id) else { return 0 };
        let own = usize::from(job.children.is_empty() && !job.is_final());
        own + job.children.iter().map(|&child| self.waiting(child)).sum::<usize>()
    }

    /// What its session would get back if a job were canceled.
    fn unspent(&self, id: Uuid) -> Dollars {
        let Some(job) = self.jobs.get(&id).filter(|job| !job.submission.dry_run) else { return Dollars::default() };
        let own = if job.children.is_empty() && !job.is_final() { job.quote.cost } else { Dollars::default() };
        job.children.iter().fold(own, |sum, &child| sum.plus(self.unspent(child)))
    }
}
