//! The jobs, in memory, in the order of their ids, and the changes that touch more than one of them.

use super::ids::Ids;
use super::job::{Event, Failure, Job, Results};
use super::schedule::{Due, Schedule};
use crate::api::JobStatus;
use crate::outcome::Seed;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Everything that changes.
pub(super) struct State {
    pub(super) jobs: BTreeMap<Uuid, Job>,
    pub(super) schedule: Schedule,
    pub(super) ids: Ids,
    /// How many jobs there have been: the index of the next one's seed.
    pub(super) submitted: u64,
    /// No new jobs.
    pub(super) closed: bool,
    /// Nobody is left to ask: workers leave.
    pub(super) ended: bool,
}

impl State {
    pub(super) fn new(seed: Seed) -> State {
        State { jobs: BTreeMap::new(), schedule: Schedule::default(), ids: Ids::new(seed), submitted: 0, closed: false, ended: false }
    }

    pub(super) fn unfinished(&self) -> usize {
        self.jobs.values().filter(|job| !job.is_final()).count()
    }

    /// A job by the text of its id.
    pub(super) fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.get(&Uuid::try_parse(id).ok()?)
    }

    /// Puts a job into the queue for `start`.
    pub(super) fn enqueue(&mut self, mut job: Job, start: Duration) {
        let (id, has_program) = (job.id, job.program.is_some());
        if !job.is_final() {
            job.advance(Event::Queue, job.submitted_at).expect("a new job is submitted, and a submitted job can be queued");
            if has_program {
                self.schedule.plan(start, id, Due::Start);
            }
        }
        self.jobs.insert(id, job);
    }

    /// Moves a job on if its state allows it, and its parent with it. Refused moves are somebody having been faster (a cancel
    /// against a worker, say) and change nothing.
    pub(super) fn advance(&mut self, id: Uuid, event: Event, now: Duration) -> bool {
        let Some(job) = self.jobs.get_mut(&id) else { return false };
        let moved = job.advance(event, now).is_ok();
        if let (true, Some(parent)) = (moved, job.parent) {
            self.advance_parent(parent, now);
        }
        moved
    }

    /// A parent starts with its first child and ends with its last: completed if all are, else failed or canceled as they are.
    pub(super) fn advance_parent(&mut self, id: Uuid, now: Duration) {
        let Some(parent) = self.jobs.get(&id).filter(|parent| !parent.children.is_empty()) else { return };
        let children: Vec<&Job> = parent.children.iter().filter_map(|child| self.jobs.get(child)).collect();
        let ready = parent.state.status() == JobStatus::Ready;
        let any_started = children.iter().any(|child| !matches!(child.state.status(), JobStatus::Submitted | JobStatus::Ready));
        let mut events = Vec::new();
        if ready && any_started {
            events.push(Event::Start);
        }
        if children.iter().all(|child| child.is_final()) {
            let failed = children.iter().enumerate().find_map(|(index, child)| match &child.state {
                super::JobState::Failed(failure) => Some((index, failure)),
                _ => None,
            });
            let canceled = children.iter().any(|child| child.state.status() == JobStatus::Canceled);
            events.push(match failed {
                Some((index, failure)) => {
                    let message = format!("circuit {index}: {}", failure.message);
                    Event::Fail(Failure { code: failure.code, message })
                }
                None if canceled => Event::Cancel,
                None => Event::Complete(Results::Children),
            });
        }
        for event in events {
            self.advance(id, event, now);
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

    /// Removes a job and its children. What a worker finds out about them later goes nowhere.
    pub(super) fn delete(&mut self, id: Uuid) {
        let children = self.jobs.remove(&id).map(|job| job.children).unwrap_or_default();
        for child in children {
            self.jobs.remove(&child);
        }
    }
}
