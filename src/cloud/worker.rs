//! Those who simulate: threads under the system clock, blocking tasks under tokio's.

use super::Shared;
use super::job::{Event, Failure, Results};
use super::reply;
use super::schedule::Due;
use super::store::State;
use crate::api::FailureCode;
use crate::circuit::Program;
use crate::run::{self, Outcome, RunOptions};
use crate::simulate::SimulateError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;
use uuid::Uuid;

/// Keeps the workers alive; dropping it ends them after what they are at.
pub(super) enum Running {
    Threads(Weak<Shared>),
    Task(tokio::task::AbortHandle),
}

impl Drop for Running {
    fn drop(&mut self) {
        match self {
            Running::Task(task) => task.abort(),
            Running::Threads(shared) => {
                if let Some(shared) = shared.upgrade() {
                    shared.state().closed = true;
                    shared.state().ended = true;
                    shared.wake.notify_all();
                }
            }
        }
    }
}

/// What a worker takes out of the store.
struct Work {
    job: Uuid,
    program: Program,
    options: RunOptions,
}

/// Starts the workers of a cloud.
pub(super) fn start(shared: &Arc<Shared>) -> Running {
    if shared.settings.clock.is_tokio() {
        return Running::Task(tokio::spawn(dispatch(Arc::clone(shared))).abort_handle());
    }
    for index in 0..shared.settings.workers {
        let shared = Arc::clone(shared);
        let thread = std::thread::Builder::new().name(format!("worker-{index}"));
        thread.spawn(move || work(&shared)).expect("the system gives threads");
    }
    Running::Threads(Arc::downgrade(shared))
}

/// A worker thread's life.
fn work(shared: &Shared) {
    let mut state = shared.state();
    while !state.ended {
        let now = shared.now();
        if let Some(work) = state.take_work(now) {
            drop(state);
            shared.wake.notify_one(); // there may be work for another one
            let event = perform(shared, &work);
            state = shared.state();
            let finished = shared.now();
            state.report(work.job, event, shared.settings.run_time, finished);
            shared.wake.notify_one(); // whoever waits may have something new to wait for
            continue;
        }
        state = match state.schedule.next() {
            Some(due) => {
                let wait = due.saturating_sub(now);
                shared.wake.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0
            }
            None => shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

/// Hands out the work under tokio's clock.
async fn dispatch(shared: Arc<Shared>) {
    let permits = Arc::new(tokio::sync::Semaphore::new(shared.settings.workers));
    loop {
        let notified = shared.notify.notified();
        let permit = Arc::clone(&permits).acquire_owned().await.expect("nobody closes the semaphore");
        let now = shared.now();
        let (work, next) = {
            let mut state = shared.state();
            (state.take_work(now), state.schedule.next())
        };
        if let Some(work) = work {
            let shared = Arc::clone(&shared);
            // Virtual time stands still while a blocking task runs.
            tokio::task::spawn_blocking(move || {
                let event = perform(&shared, &work);
                let finished = shared.now();
                shared.state().report(work.job, event, shared.settings.run_time, finished);
                shared.notify.notify_one();
                drop(permit);
            });
            continue;
        }
        drop(permit);
        match next.and_then(|due| shared.settings.clock.tokio_instant(due)) {
            Some(due) => {
                let _ = tokio::time::timeout_at(due, notified).await;
            }
            None => notified.await,
        }
    }
}

/// Runs a job.
fn perform(shared: &Shared, work: &Work) -> Event {
    guarded(|| run::run(&work.program, &work.options, &shared.settings.memory))
}

/// Whatever happens, a worker reports exactly one event.
fn guarded(run: impl FnOnce() -> Result<Outcome, SimulateError>) -> Event {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(outcome)) => Event::Complete(Results::Single(Arc::new(outcome))),
        Ok(Err(error)) => Event::Fail(Failure { code: reply::failure_code(&error), message: error.to_string() }),
        Err(_) => {
            let message = "the simulation stopped unexpectedly".to_owned();
            Event::Fail(Failure { code: FailureCode::InternalError, message })
        }
    }
}

impl State {
    /// Does everything that is due, up to the first job that has to be simulated.
    fn take_work(&mut self, now: Duration) -> Option<Work> {
        while let Some((id, due)) = self.schedule.pop(now) {
            match due {
                Due::Finish => {
                    if let Some(event) = self.jobs.get_mut(&id).and_then(|job| job.pending.take()) {
                        self.advance(id, event, now);
                    }
                }
                Due::Start => {
                    if self.advance(id, Event::Start, now)
                        && let Some(job) = self.jobs.get_mut(&id)
                        && let Some(program) = job.program.take()
                    {
                        let options = RunOptions { seed: job.seed, ..job.submission.options };
                        return Some(Work { job: id, program, options });
                    }
                }
            }
        }
        None
    }

    /// Takes a worker's report: at once, or when the job has run for as long as it should.
    fn report(&mut self, id: Uuid, event: Event, run_time: Duration, now: Duration) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let end = job.started_at.unwrap_or(now) + run_time;
        if end <= now {
            self.advance(id, event, now);
        } else if !job.is_final() {
            job.pending = Some(event);
            self.schedule.plan(end, id, Due::Finish);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_panics_fails_its_job_and_does_not_say_why() {
        let event = guarded(|| panic!("CANARY"));
        let Event::Fail(failure) = event else { panic!("{event:?}") };
        assert_eq!((failure.code, failure.message.as_str()), (FailureCode::InternalError, "the simulation stopped unexpectedly"));
    }
}
