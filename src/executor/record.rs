//! What is noted of a unit while it runs.

use super::ending::Times;
use super::{Phase, Span};
use crate::client::{Held, Notes, SubmissionKey};
use std::time::Duration;
use tokio::time::Instant;

/// A submission of which there may be a second job.
#[derive(Debug, Clone)]
pub(super) struct Suspect {
    pub(super) key: SubmissionKey,
    pub(super) backend: String,
    pub(super) job: Option<String>,
    pub(super) first: usize,
}

/// What is noted of a unit while it runs.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) begun: Duration,
    pub(super) spans: Vec<Span>,
    pub(super) suspect: Option<Suspect>,
    pub(super) key: String,
    /// Whether it was over before this run.
    pub(super) replayed: bool,
    /// Whether the service no longer knows its job, nor has it in its list.
    pub(super) surely_lost: bool,
}

impl Record {
    fn until(&self) -> Duration {
        self.spans.last().map_or(self.begun, |span| span.to)
    }

    /// When there was a job: the end of the last attempt to submit it.
    pub(super) fn accepted(&self) -> Duration {
        self.spans.iter().find(|span| matches!(span.phase, Phase::Queue)).map_or(self.begun, |span| span.from)
    }

    /// The time until now was spent in a phase, but for what the client was held up by.
    pub(super) fn spend(&mut self, notes: &Notes, phase: Phase, start: Instant) {
        for note in notes.take() {
            let held = match note.held {
                Held::Throttled => Phase::Throttled,
                Held::Retrying => Phase::Retry,
                Held::Reconciling => Phase::Reconcile,
            };
            let from = note.from.saturating_duration_since(start).max(self.until());
            let to = note.to.saturating_duration_since(start).max(from);
            self.add(phase, from);
            if to > from {
                self.spans.push(Span { phase: held, from, to, note: Some(note.why) });
            }
        }
        self.add(phase, start.elapsed());
    }

    /// The time since then was spent in the service's queue, running, and until somebody asked again.
    pub(super) fn waited(&mut self, accepted: Duration, times: Times, running: bool, now: Duration) {
        let at = |time: Option<Duration>| time.map_or(now, |time| (accepted + time).min(now));
        // Of a job that is still running nobody said since when.
        let started = if running { accepted } else { at(times.until_start).max(accepted) };
        self.spans.push(Span { phase: Phase::Queue, from: self.until(), to: started.max(self.until()), note: None });
        self.add(Phase::Run, at(times.until_end));
    }

    pub(super) fn add(&mut self, phase: Phase, to: Duration) {
        let from = self.until();
        if to > from {
            self.spans.push(Span { phase, from, to, note: None });
        }
    }
}
