//! Those who simulate: threads under the system clock, blocking tasks under tokio's.

use super::Shared;
use super::job::{Event, Failure, Results};
use super::reply;
use super::schedule::Due;
use super::store::State;
use crate::api::FailureCode;
use crate::circuit::Input;
use crate::run::{self, Outcome, RunError, RunOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;
use uuid::Uuid;

/// The most outcomes a result may have: all of 24 qubits, half a gigabyte of JSON. Admitting the memory of a state says nothing
/// of the memory its result takes on the way to the client.
const MAX_OUTCOMES: usize = 1 << 24;

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
                    shared.state().ended = true;
                    shared.planned.notify_all();
                    shared.ready.notify_all();
                }
            }
        }
    }
}

/// What a worker takes out of the store.
struct Work {
    job: Uuid,
    program: Arc<Input>,
    options: RunOptions,
    dry_run: bool,
}

/// Starts the workers of a cloud.
pub(super) fn start(shared: &Arc<Shared>) -> Running {
    if shared.settings.clock.is_tokio() {
        return Running::Task(tokio::spawn(dispatch(Arc::clone(shared))).abort_handle());
    }
    let spawn = |name: String, life: fn(&Shared)| {
        let shared = Arc::clone(shared);
        std::thread::Builder::new().name(name).spawn(move || life(&shared)).expect("the system gives threads");
    };
    spawn("timer".to_owned(), keep_time);
    (0..shared.settings.workers).for_each(|index| spawn(format!("worker-{index}"), work));
    Running::Threads(Arc::downgrade(shared))
}

/// The life of the thread that does what is due when it is due, however busy the workers are.
fn keep_time(shared: &Shared) {
    let mut state = shared.state();
    while !state.ended {
        let now = shared.now();
        if state.do_what_is_due(now) {
            shared.ready.notify_all();
        }
        state = match state.schedule.next() {
            Some(due) => shared.planned.wait_timeout(state, due.saturating_sub(now)).unwrap_or_else(PoisonError::into_inner).0,
            None => shared.planned.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

/// A worker thread's life.
fn work(shared: &Shared) {
    let mut state = shared.state();
    while !state.ended {
        let Some(work) = state.take_work(shared.now()) else {
            state = shared.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        drop(state);
        let event = perform(shared, &work);
        state = shared.state();
        if state.report(work.job, event, shared.settings.run_time, shared.now()) {
            shared.planned.notify_one();
        }
    }
}

/// Keeps time and hands out the work under tokio's clock.
async fn dispatch(shared: Arc<Shared>) {
    let permits = Arc::new(tokio::sync::Semaphore::new(shared.settings.workers));
    loop {
        let notified = shared.notify.notified();
        let due = {
            let mut state = shared.state();
            let now = shared.now();
            state.do_what_is_due(now);
            while !state.ready.is_empty()
                && let Ok(permit) = Arc::clone(&permits).try_acquire_owned()
            {
                let Some(work) = state.take_work(now) else { break };
                let shared = Arc::clone(&shared);
                // Virtual time stands still while a blocking task runs.
                tokio::task::spawn_blocking(move || {
                    let event = perform(&shared, &work);
                    shared.state().report(work.job, event, shared.settings.run_time, shared.now());
                    drop(permit);
                    shared.notify.notify_one();
                });
            }
            state.schedule.next()
        };
        match due.and_then(|due| shared.settings.clock.tokio_instant(due)) {
            Some(due) => {
                let _ = tokio::time::timeout_at(due, notified).await;
            }
            None => notified.await,
        }
    }
}

/// Runs a job, or only compiles it.
fn perform(shared: &Shared, work: &Work) -> Event {
    let Work { program, options, .. } = work;
    if work.dry_run {
        let compiled = || Ok(run::compiled_input(program, &options.machine)?.map(Arc::new));
        return guarded(compiled, |circuit| Event::Complete(Results::DryRun(circuit)));
    }
    guarded(|| run::run_input(program, options, &shared.settings.memory), |outcome| delivered(outcome, MAX_OUTCOMES))
}

/// Whatever happens, a worker reports exactly one event.
fn guarded<T>(work: impl FnOnce() -> Result<T, RunError>, done: impl FnOnce(T) -> Event) -> Event {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(result)) => done(result),
        Ok(Err(error)) => Event::Fail(Failure { code: reply::failure_code(&error), message: error.to_string() }),
        Err(_) => {
            let message = "the simulation stopped unexpectedly".to_owned();
            Event::Fail(Failure { code: FailureCode::InternalError, message })
        }
    }
}

/// A result that can be sent, or the failure that it cannot.
fn delivered(outcome: Outcome, most: usize) -> Event {
    match outcome.probabilities.len() {
        outcomes if outcomes > most => {
            let message = format!("{outcomes} outcomes are possible, at most {most} can be delivered");
            Event::Fail(Failure { code: FailureCode::SimulationError, message })
        }
        _ => Event::Complete(Results::Single(Arc::new(outcome))),
    }
}

impl State {
    /// Ends jobs whose run time is over, at the time it was over, and makes those ready whose queue time is. True if there are
    /// new ones for the workers.
    fn do_what_is_due(&mut self, now: Duration) -> bool {
        let waiting = self.ready.len();
        while let Some((at, id, due)) = self.schedule.pop(now) {
            match due {
                Due::Start => self.ready.push_back(id),
                Due::Finish => {
                    if let Some(event) = self.jobs.get_mut(&id).and_then(|job| job.pending.take()) {
                        self.advance(id, event, at);
                    }
                }
            }
        }
        self.ready.len() > waiting
    }

    /// The next job to be simulated, started. One that was canceled or deleted while it waited is passed over.
    fn take_work(&mut self, now: Duration) -> Option<Work> {
        while let Some(id) = self.ready.pop_front() {
            if self.advance(id, Event::Start, now)
                && let Some(job) = self.jobs.get_mut(&id)
                && let Some(program) = job.program.clone()
            {
                let options = RunOptions { seed: job.seed, ..job.submission.options.clone() };
                return Some(Work { job: id, program, options, dry_run: job.submission.dry_run });
            }
        }
        None
    }

    /// Takes a worker's report: at once, or when the job has run for as long as it should. True if there is something new to
    /// wait for.
    fn report(&mut self, id: Uuid, event: Event, run_time: Duration, now: Duration) -> bool {
        let Some(job) = self.jobs.get_mut(&id).filter(|job| !job.is_final()) else { return false };
        let end = job.started_at.unwrap_or(now).saturating_add(run_time);
        if end <= now {
            self.advance(id, event, now);
            return false;
        }
        job.pending = Some(event);
        self.schedule.plan(end, id, Due::Finish);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Probabilities;

    #[test]
    fn a_result_too_large_to_be_sent_is_a_failure_that_says_so() {
        let outcome = || {
            let probabilities = Probabilities::new(3, (0..8).map(|key| (key, 0.125))).unwrap();
            Outcome::exact(probabilities, 0.0)
        };
        assert!(matches!(delivered(outcome(), 8), Event::Complete(_)));
        let Event::Fail(failure) = delivered(outcome(), 7) else { panic!("delivered") };
        assert_eq!(failure.message, "8 outcomes are possible, at most 7 can be delivered");
    }

    #[test]
    fn a_worker_that_panics_fails_its_job_and_does_not_say_why() {
        let event = guarded(|| panic!("CANARY"), |()| Event::Cancel);
        let Event::Fail(failure) = event else { panic!("{event:?}") };
        assert_eq!((failure.code, failure.message.as_str()), (FailureCode::InternalError, "the simulation stopped unexpectedly"));
    }
}
