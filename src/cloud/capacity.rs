//! How much a cloud keeps, and what goes when there is no room for more.

use super::job::{Job, JobState, Results};
use super::reply::too_many;
use super::store::State;
use crate::api::{ErrorBody, MetadataValue};
use std::ops::Bound::{Excluded, Unbounded};
use std::time::Duration;
use uuid::Uuid;

/// How much a cloud keeps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    /// Jobs, those that are done included; a circuit of a job is a job.
    pub(super) jobs: usize,
    /// Circuits that wait or run.
    pub(super) queue: usize,
    /// About what jobs and results take in memory.
    pub(super) bytes: u64,
}

/// Sessions that are kept.
const SESSIONS: usize = 10_000;

/// What there is of each.
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) queue: usize,
    bytes: u64,
}

impl Load {
    /// A job has come, has changed or goes; `before` and `now` are what it takes and took.
    pub(super) fn change(&mut self, before: u64, now: u64) {
        self.bytes = (self.bytes + now).saturating_sub(before);
    }
}

impl State {
    /// Makes room for one job of so many circuits: the oldest jobs that are done go, their results with them.
    ///
    /// # Errors
    /// 429 if the queue is full, or the store of what is not done; 400 if the queue is too short for the job.
    pub(super) fn make_room(&mut self, circuits: usize, children: usize, capacity: &Capacity) -> Result<(), ErrorBody> {
        if circuits > capacity.queue {
            let message = format!("the job has {circuits} circuits, {} may wait or run at once", capacity.queue);
            return Err(ErrorBody::new(400, message).naming("payload", "input"));
        }
        if self.load.queue + circuits > capacity.queue {
            let message = format!("the queue is full: {} circuits wait or run, {} may, try again later", self.load.queue, capacity.queue);
            return Err(too_many(message));
        }
        let jobs = 1 + children;
        let fits = |state: &State, spare: usize| state.jobs.len() + jobs + spare <= capacity.jobs && state.load.bytes <= capacity.bytes;
        if fits(self, 0) {
            return Ok(());
        }
        // A little more than needed, so that looking for them is rare.
        let spare = capacity.jobs / 128;
        let mut last = Uuid::nil();
        while !fits(self, spare)
            && let Some(oldest) = self.oldest_done(last)
        {
            self.remove(oldest);
            last = oldest;
        }
        match fits(self, 0) {
            true => Ok(()),
            false => Err(too_many(format!("the store is full: {} jobs are not done, try again later", self.jobs.len()))),
        }
    }

    /// The oldest job behind `last` that is done; circuits of a job come and go with it.
    fn oldest_done(&self, last: Uuid) -> Option<Uuid> {
        let later = self.jobs.range((Excluded(last), Unbounded));
        later.map(|(_, job)| job).find(|job| job.parent.is_none() && job.is_final()).map(|job| job.id)
    }

    /// Makes room for a session: the oldest that has ended goes.
    ///
    /// # Errors
    /// 429 if none has.
    pub(super) fn make_room_for_session(&mut self, now: Duration) -> Result<(), ErrorBody> {
        if self.sessions.len() < SESSIONS {
            return Ok(());
        }
        let ended = self.sessions.values().find(|session| session.ended_at(now).is_some()).map(|session| session.id);
        let ended = ended.ok_or_else(|| too_many(format!("{SESSIONS} sessions are open, no more may be")))?;
        self.sessions.remove(&ended);
        Ok(())
    }

    /// Removes a job and its circuits.
    pub(super) fn remove(&mut self, id: Uuid) {
        let Some(job) = self.jobs.remove(&id) else { return };
        self.load.change(job.weight, 0);
        for child in job.children {
            self.remove(child);
        }
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
        let outcome = match &self.state {
            JobState::Completed(Results::Single(outcome)) => outcome.bytes(),
            _ => 0,
        };
        let program = self.program.as_ref().map_or(0, |program| program.bytes());
        let lists = size_of_val(&*self.children) + self.warnings.iter().map(String::len).sum::<usize>();
        (size_of::<Job>() + text(&self.name) + metadata + lists + program + outcome) as u64
    }
}
