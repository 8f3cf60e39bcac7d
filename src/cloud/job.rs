//! A job and its states. The only place that knows which moves are legal is [`JobState::advance`].

use super::access::Account;
use super::labels::Labels;
use super::price::Quote;
use super::scenario::Mishaps;
use crate::api::{FailureCode, JobKind, JobStatus, NoiseRequest, SettingsBody};
use crate::circuit::{Circuit, GateCounts, Input};
use crate::device::Device;
use crate::gates::Native;
use crate::outcome::Seed;
use crate::run::{Outcome, RunOptions};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// IonQ's code.
    pub code: FailureCode,
    /// What went wrong, for people.
    pub message: String,
}

/// What a completed job has to show.
#[derive(Debug, Clone, PartialEq)]
pub enum Results {
    /// A circuit's own outcome.
    Single(Arc<Outcome>),
    /// The children have them.
    Children,
    /// The job was only checked, and compiled where it would have been.
    DryRun(Option<Arc<Circuit<Native>>>),
}

/// Where a job is. A completed job without results, or a failed one without a reason, cannot be written.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum JobState {
    /// Accepted.
    #[default]
    Submitted,
    /// In the queue.
    Ready,
    /// Running.
    Started,
    /// Done.
    Completed(Results),
    /// Failed.
    Failed(Failure),
    /// Canceled before it was done.
    Canceled,
}

/// What can happen to a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// It is put into the queue.
    Queue,
    /// A worker takes it.
    Start,
    /// It is done.
    Complete(Results),
    /// It cannot be done.
    Fail(Failure),
    /// Somebody no longer wants it.
    Cancel,
}

/// A move that a job's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {from} cannot {event}")]
pub struct IllegalMove {
    from: JobStatus,
    event: &'static str,
}

impl JobState {
    /// The wire's name for the state.
    pub fn status(&self) -> JobStatus {
        match self {
            JobState::Submitted => JobStatus::Submitted,
            JobState::Ready => JobStatus::Ready,
            JobState::Started => JobStatus::Started,
            JobState::Completed(_) => JobStatus::Completed,
            JobState::Failed(_) => JobStatus::Failed,
            JobState::Canceled => JobStatus::Canceled,
        }
    }

    /// Moves on.
    ///
    /// # Errors
    /// [`IllegalMove`]; a refused move changes nothing.
    pub fn advance(&mut self, event: Event) -> Result<(), IllegalMove> {
        use JobState::{Canceled, Completed, Failed, Ready, Started, Submitted};
        *self = match (&*self, event) {
            (Submitted, Event::Queue) => Ready,
            (Ready, Event::Start) => Started,
            (Started, Event::Complete(results)) => Completed(results),
            (Submitted | Ready | Started, Event::Fail(failure)) => Failed(failure),
            (Submitted | Ready | Started, Event::Cancel) => Canceled,
            (
                Submitted | Ready | Started | Completed(_) | Failed(_) | Canceled,
                event @ (Event::Queue | Event::Start | Event::Complete(_) | Event::Fail(_) | Event::Cancel),
            ) => return Err(IllegalMove { from: self.status(), event: event.name() }),
        };
        Ok(())
    }
}

impl Event {
    const fn name(&self) -> &'static str {
        match self {
            Event::Queue => "queue",
            Event::Start => "start",
            Event::Complete(_) => "complete",
            Event::Fail(_) => "fail",
            Event::Cancel => "be canceled",
        }
    }
}

/// What all jobs of one submission have in common, kept once.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) account: Arc<Account>,
    pub(super) device: Arc<Device>,
    pub(super) options: RunOptions,
    pub(super) noise: Option<NoiseRequest>,
    pub(super) metadata: Option<Labels>,
    pub(super) settings: SettingsBody,
    pub(super) dry_run: bool,
    pub(super) session_id: Option<Uuid>,
    /// The parent that was asked for. Unlike [`Job::parent`], it has nothing to do with the job.
    pub(super) parent: Option<Uuid>,
    pub(super) shots: u32,
}

impl Submission {
    /// Whether the results are exact probabilities without counts.
    pub(super) fn is_ideal(&self) -> bool {
        self.options.machine.is_ideal()
    }
}

/// A job in the store.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: Uuid,
    pub(super) kind: JobKind,
    pub(super) name: Option<String>,
    pub(super) submission: Arc<Submission>,
    pub(super) state: JobState,
    pub(super) submitted_at: Duration,
    pub(super) started_at: Option<Duration>,
    pub(super) finished_at: Option<Duration>,
    pub(super) parent: Option<Uuid>,
    /// In the order of the circuits; empty for a single circuit.
    pub(super) children: Vec<Uuid>,
    /// What the children have come to so far.
    pub(super) tally: Tally,
    /// How many circuits were submitted.
    pub(super) circuits: usize,
    pub(super) qubits: usize,
    pub(super) gate_counts: GateCounts,
    /// What it is expected to cost, and to take; of several circuits, in all.
    pub(super) quote: Quote,
    pub(super) seed: Seed,
    /// What is probably not meant in its circuits.
    pub(super) warnings: Vec<String>,
    /// What is run, if it can be; kept for clones even if not.
    pub(super) program: Option<Arc<Input>>,
    /// What a worker found out before the run time was over.
    pub(super) pending: Option<Event>,
    /// What a scenario does to it.
    pub(super) mishaps: Mishaps,
    /// About what it takes in memory, in bytes, as far as it is counted.
    pub(super) weight: u64,
}

/// What the children of a job have come to. Counted as it happens, so that it stays true when a child is deleted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// How many are not final.
    pub(super) unfinished: usize,
    /// What the completed ones came to.
    billed: Quote,
    canceled: bool,
    /// The first that failed, in the order of the circuits.
    failed: Option<(usize, Failure)>,
}

impl Job {
    /// Takes note of what happened to a child. A parent starts with its first child and ends with its last: completed if all
    /// are, else failed or canceled as they are.
    pub(super) fn child_moved(&mut self, child: Uuid, state: &JobState, billed: Option<Quote>, now: Duration) {
        match state {
            JobState::Submitted | JobState::Ready => return,
            JobState::Started => {
                let _ = self.advance(Event::Start, now); // all but the first come too late
                return;
            }
            JobState::Completed(_) => {}
            JobState::Failed(failure) => self.child_failed(child, failure.clone()),
            JobState::Canceled => self.tally.canceled = true,
        }
        self.tally.billed += billed.unwrap_or_default();
        self.tally.unfinished -= 1;
        self.end_with_children(now);
    }

    /// Takes note of a child that failed, possibly before it was ever queued.
    pub(super) fn child_failed(&mut self, child: Uuid, failure: Failure) {
        let index = self.children.iter().position(|id| *id == child).unwrap_or(usize::MAX);
        if self.tally.failed.as_ref().is_none_or(|(first, _)| index < *first) {
            self.tally.failed = Some((index, failure));
        }
    }

    /// Ends a parent whose children have all ended.
    pub(super) fn end_with_children(&mut self, now: Duration) {
        if self.tally.unfinished > 0 {
            return;
        }
        let event = match (self.tally.failed.take(), self.tally.canceled) {
            (Some((index, failure)), _) => {
                Event::Fail(Failure { code: failure.code, message: format!("circuit {index}: {}", failure.message) })
            }
            (None, true) => Event::Cancel,
            (None, false) => Event::Complete(Results::Children),
        };
        let _ = self.advance(event, now); // it may have been canceled as a whole
    }

    /// Moves the job on and notes the time.
    pub(super) fn advance(&mut self, event: Event, now: Duration) -> Result<(), IllegalMove> {
        self.state.advance(event)?;
        match self.state.status() {
            JobStatus::Submitted | JobStatus::Ready => {}
            JobStatus::Started => self.started_at = Some(now),
            JobStatus::Completed | JobStatus::Failed | JobStatus::Canceled => {
                self.finished_at = Some(now);
                self.pending = None;
            }
        }
        Ok(())
    }

    /// Whether it can be found by its id.
    pub(super) fn is_visible(&self, now: Duration) -> bool {
        self.submitted_at.saturating_add(self.mishaps.hidden) <= now
    }

    /// Whether it is in lists.
    pub(super) fn is_listed(&self, now: Duration) -> bool {
        self.is_visible(now) && self.submitted_at.saturating_add(self.mishaps.unlisted) <= now
    }

    pub(super) fn is_final(&self) -> bool {
        self.state.status().is_final()
    }

    /// What the job came to: nothing where it failed or was canceled. `None` until it is final, and of a dry run.
    pub(super) fn billed(&self) -> Option<Quote> {
        match &self.state {
            _ if self.submission.dry_run => None,
            JobState::Submitted | JobState::Ready | JobState::Started => None,
            JobState::Completed(_) | JobState::Failed(_) | JobState::Canceled if !self.children.is_empty() => Some(self.tally.billed),
            JobState::Completed(_) => Some(self.quote),
            JobState::Failed(_) | JobState::Canceled => Some(Quote::default()),
        }
    }

    /// The job to show as its parent.
    pub(super) fn shown_parent(&self) -> Option<Uuid> {
        self.parent.or(self.submission.parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Failure {
        Failure { code: FailureCode::SimulationError, message: "no".to_owned() }
    }

    #[test]
    fn every_pair_of_state_and_event_moves_as_the_table_says() {
        let states = [
            JobState::Submitted,
            JobState::Ready,
            JobState::Started,
            JobState::Completed(Results::Children),
            JobState::Failed(failure()),
            JobState::Canceled,
        ];
        let events = [Event::Queue, Event::Start, Event::Complete(Results::Children), Event::Fail(failure()), Event::Cancel];
        // Rows are states, columns events; "-" is refused.
        let table = [
            ["ready", "-", "-", "failed", "canceled"],
            ["-", "started", "-", "failed", "canceled"],
            ["-", "-", "completed", "failed", "canceled"],
            ["-", "-", "-", "-", "-"],
            ["-", "-", "-", "-", "-"],
            ["-", "-", "-", "-", "-"],
        ];
        for (state, row) in states.iter().zip(table) {
            for (event, expected) in events.iter().zip(row) {
                let mut moved = state.clone();
                match moved.advance(event.clone()) {
                    Ok(()) => assert_eq!(moved.status().name(), expected, "{state:?} {event:?}"),
                    Err(_) => assert_eq!((expected, &moved), ("-", state), "a refused move changes nothing"),
                }
            }
        }
    }

    #[test]
    fn canceling_a_completed_job_is_refused_and_keeps_the_results() {
        let mut state = JobState::Completed(Results::Children);
        assert_eq!(state.advance(Event::Cancel).unwrap_err().to_string(), "a job that is completed cannot be canceled");
        assert_eq!(state, JobState::Completed(Results::Children));
    }
}
