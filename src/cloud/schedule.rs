use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;
use uuid::Uuid;

/// What is due for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// Its queue time is over.
    Start,
    /// Its run time is over and its result is there.
    Finish,
}

/// What is due when; equal times in the order they were planned.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    planned: BinaryHeap<Reverse<(Duration, u64, Uuid, Due)>>,
    count: u64,
}

impl Schedule {
    pub(super) fn plan(&mut self, at: Duration, job: Uuid, due: Due) {
        self.count += 1;
        self.planned.push(Reverse((at, self.count, job, due)));
    }

    /// How much is planned.
    pub(super) fn len(&self) -> usize {
        self.planned.len()
    }

    /// Forgets what was planned for jobs that nobody waits for any more.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&Uuid) -> bool) {
        self.planned.retain(|Reverse((_, _, job, _))| is_wanted(job));
    }

    /// When the next thing is due.
    pub(super) fn next(&self) -> Option<Duration> {
        self.planned.peek().map(|Reverse((at, ..))| *at)
    }

    /// The next thing that is due by now, and when it was.
    pub(super) fn pop(&mut self, now: Duration) -> Option<(Duration, Uuid, Due)> {
        if self.next()? > now {
            return None;
        }
        self.planned.pop().map(|Reverse((at, _, job, due))| (at, job, due))
    }
}
