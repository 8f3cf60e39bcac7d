//! Those who simulate: threads under the system clock, blocking tasks under tokio's.

use super::Shared;
use super::access::Account;
use super::attempt::Attempt;
use super::capacity::Capacity;
use super::job::{Event, Failure, Results};
use super::reply;
use super::scenario::Fate;
use super::schedule::Due;
use super::store::State;
use crate::api::FailureCode;
use crate::circuit::Input;
use crate::run::{self, Outcome, RunError, RunOptions};
use crate::simulate::Stop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;
use uuid::Uuid;

/// The most outcomes a result may have: all of 24 qubits, half a gigabyte of JSON. Admitting the memory of a state says nothing
/// of the memory its result takes on the way to the client.
const MAX_OUTCOMES: usize = 1 << 24;

/// Keeps the workers alive; dropping it ends them, and soon what they are at.
pub(super) struct Running {
    shared: Weak<Shared>,
    /// Who hands out the work under tokio's clock.
    task: Option<tokio::task::AbortHandle>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            let mut state = shared.state();
            state.ended = true;
            state.running.values().for_each(|attempt| attempt.stop.raise());
            drop(state);
            shared.planned.notify_all();
            shared.ready.notify_all();
        }
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// What a worker takes out of the store.
struct Work {
    job: Uuid,
    program: Arc<Input>,
    options: RunOptions,
    dry_run: bool,
    stop: Stop,
}

/// Starts the workers of a cloud.
pub(super) fn start(shared: &Arc<Shared>) -> Running {
    if shared.settings.clock.is_tokio() {
        let task = tokio::spawn(dispatch(Arc::clone(shared))).abort_handle();
        return Running { shared: Arc::downgrade(shared), task: Some(task) };
    }
    let spawn = |name: String, life: fn(&Shared)| {
        let shared = Arc::clone(shared);
        std::thread::Builder::new().name(name).spawn(move || life(&shared)).expect("the system gives threads");
    };
    spawn("timer".to_owned(), keep_time);
    (0..shared.settings.capacity.workers).for_each(|index| spawn(format!("worker-{index}"), work));
    Running { shared: Arc::downgrade(shared), task: None }
}

/// The life of the thread that does what is due when it is due, however busy the workers are.
fn keep_time(shared: &Shared) {
    let mut state = shared.state();
    while !state.ended {
        let now = shared.now();
        if state.do_what_is_due(now) {
            shared.ready.notify_all();
        }
        state = match state.next_due() {
            Some(due) => shared.planned.wait_timeout(state, due.saturating_sub(now)).unwrap_or_else(PoisonError::into_inner).0,
            None => shared.planned.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

/// A worker thread's life.
fn work(shared: &Shared) {
    let mut state = shared.state();
    while !state.ended {
        let Some(work) = state.take_work(shared, shared.now()) else {
            state = shared.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        drop(state);
        if shared.settings.job_time.is_some() {
            shared.planned.notify_one();
        }
        let event = perform(shared, &work);
        state = shared.state();
        if state.report(work.job, event, shared, shared.now()) {
            shared.planned.notify_one();
        }
    }
}

/// Keeps time and hands out the work under tokio's clock.
async fn dispatch(shared: Arc<Shared>) {
    let permits = Arc::new(tokio::sync::Semaphore::new(shared.settings.capacity.workers));
    loop {
        let notified = shared.notify.notified();
        let due = {
            let mut state = shared.state();
            let now = shared.now();
            state.do_what_is_due(now);
            while !state.ready.is_empty()
                && let Ok(permit) = Arc::clone(&permits).try_acquire_owned()
            {
                let Some(work) = state.take_work(&shared, now) else { break };
                let shared = Arc::clone(&shared);
                // Virtual time stands still while a blocking task runs.
                tokio::task::spawn_blocking(move || {
                    let event = perform(&shared, &work);
                    shared.state().report(work.job, event, &shared, shared.now());
                    drop(permit);
                    shared.notify.notify_one();
                });
            }
            state.next_due()
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
    let Work { program, options, stop, .. } = work;
    let memory = shared.settings.memory.until(stop);
    if work.dry_run {
        let compiled = || Ok(run::compiled_input(program, &options.machine)?.map(Arc::new));
        return guarded(compiled, |circuit| Event::Complete(Results::DryRun(circuit)));
    }
    guarded(|| run::run_input(program, options, &memory), |outcome| delivered(outcome, MAX_OUTCOMES))
}

/// How a job ends that takes too long.
fn timeout() -> Event {
    let message = "the simulation took longer than a job may take here".to_owned();
    Event::Fail(Failure { code: FailureCode::SimulationTimeout, message })
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
    /// When there is something to be done.
    fn next_due(&self) -> Option<Duration> {
        let deadlines = self.running.values().filter_map(|attempt| attempt.deadline);
        deadlines.chain(self.schedule.next()).min()
    }

    /// Ends jobs whose run time is over, at the time it was over, makes those ready whose queue time is, and gives up on those that
    /// have taken too long. True if there are new ones for the workers.
    fn do_what_is_due(&mut self, now: Duration) -> bool {
        let waiting = self.ready.len();
        while let Some((at, id, due)) = self.schedule.pop(now) {
            match due {
                Due::Start => {
                    if let Some(job) = self.jobs.get(&id) {
                        self.ready.push(&job.submission.account, id);
                    }
                }
                Due::Finish => {
                    if let Some(event) = self.jobs.get_mut(&id).and_then(|job| job.pending.take()) {
                        self.advance(id, event, at);
                    }
                }
            }
        }
        self.give_up(now);
        self.ready.len() > waiting
    }

    /// Fails jobs that workers have been at for too long.
    fn give_up(&mut self, now: Duration) {
        let late = self.running.iter_mut().filter(|(_, attempt)| attempt.deadline.is_some_and(|deadline| deadline <= now));
        let late: Vec<(Uuid, Option<Duration>)> = late.map(|(id, attempt)| (*id, attempt.deadline.take())).collect();
        for (id, deadline) in late {
            self.advance(id, timeout(), deadline.unwrap_or(now));
        }
    }

    /// The next job to be simulated, started. One that was canceled or deleted while it waited is passed over, and so are for now those
    /// of a project that has as many workers as it may.
    fn take_work(&mut self, shared: &Shared, now: Duration) -> Option<Work> {
        let deadline = shared.settings.job_time.map(|time| now.saturating_add(time));
        while let Some(id) = self.pop_ready(shared.share.workers) {
            if self.advance(id, Event::Start, now)
                && let Some(job) = self.jobs.get_mut(&id)
                && let Some(program) = job.program.clone()
            {
                if job.mishaps.fate != Fate::Run {
                    self.misfare(id, shared, now);
                    continue;
                }
                let options = RunOptions { seed: job.seed, ..job.submission.options.clone() };
                let dry_run = job.submission.dry_run;
                let stop = Stop::new();
                self.running.insert(id, Attempt { account: Arc::clone(&job.submission.account), stop: stop.clone(), deadline });
                return Some(Work { job: id, program, options, dry_run, stop });
            }
        }
        None
    }

    /// Ends a job as a scenario will have it, when its run time is over, or never.
    fn misfare(&mut self, id: Uuid, shared: &Shared, now: Duration) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.pending = match job.mishaps.fate {
            Fate::Run | Fate::Stuck => return,
            Fate::Cancel => Some(Event::Cancel),
            Fate::Fail(code) => Some(Event::Fail(Failure { code, message: "the scenario wants it so".to_owned() })),
        };
        self.schedule.plan(now.saturating_add(shared.settings.run_time), id, Due::Finish);
        shared.planned.notify_one();
    }

    /// The next job in the queue of a project with fewer workers than it may have.
    fn pop_ready(&mut self, most: usize) -> Option<Uuid> {
        let running = &self.running;
        let at = |account: &Account| running.values().filter(|attempt| attempt.account.project == account.project).count();
        self.ready.pop(|account| at(account) < most)
    }

    /// Takes a worker's report: at once, or when the job has run for as long as it should. True if there is something new to
    /// wait for.
    fn report(&mut self, id: Uuid, event: Event, shared: &Shared, now: Duration) -> bool {
        let settings = &shared.settings;
        self.running.remove(&id);
        let unfinished = self.jobs.get(&id).filter(|job| !job.is_final());
        let Some((account, weight)) = unfinished.map(|job| (Arc::clone(&job.submission.account), job.weight)) else { return false };
        let event = self.kept(event, &account, weight, &shared.share);
        let Some(job) = self.jobs.get_mut(&id).filter(|job| !job.is_final()) else { return false };
        let started = job.started_at.unwrap_or(now);
        let over = |time: Duration| started.saturating_add(time);
        let (event, end) = match settings.job_time {
            Some(limit) if over(settings.run_time).max(now) > over(limit) => (timeout(), over(limit)),
            _ => (event, over(settings.run_time)),
        };
        if end <= now {
            self.advance(id, event, now);
            return false;
        }
        job.pending = Some(event);
        self.load.of(&account).weigh(job);
        self.schedule.plan(end, id, Due::Finish);
        true
    }

    /// What a worker reports of a job, if there is room for it, or the failure that there is none. For results that take no more than the
    /// job itself there always is, so that a store full of jobs that wait does not fail them all.
    fn kept(&mut self, event: Event, account: &Account, weight: u64, capacity: &Capacity) -> Event {
        let bytes = if let Event::Complete(results) = &event { results.weigh() } else { 0 };
        match self.make_room_for_result(account, bytes, capacity) {
            Err(failure) if bytes > weight => Event::Fail(failure),
            Ok(()) | Err(_) => event,
        }
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
            Outcome::exact(probabilities, 0.0, crate::simulate::Engine::StateVector)
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
