use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What all retries of a client may take together, so that a service in trouble is not asked many times as often as one that works. Who
/// finds it empty waits; nothing fails because of it.
#[derive(Debug)]
pub(in crate::client) struct Budget(Mutex<State>);

#[derive(Debug)]
struct State {
    tokens: f64,
    at: Instant,
}

impl Budget {
    const FULL: f64 = 500.0;
    /// What one retry takes; once it succeeds, it gets that back.
    const RETRY: f64 = 14.0;
    /// What a request gives that succeeds at once.
    const SUCCESS: f64 = 1.0;
    /// What time gives in a second: beyond a burst of 35, one retry a second while nothing succeeds.
    const SECOND: f64 = 14.0;

    pub(in crate::client) fn new() -> Budget {
        Budget(Mutex::new(State { tokens: Self::FULL, at: Instant::now() }))
    }

    /// Takes what a retry costs, as soon as it is there: the wait for it.
    pub(in crate::client) async fn take(&self) {
        let wait = self.owe();
        if !wait.is_zero() {
            sleep(wait).await;
        }
    }

    /// Takes the tokens at once, in advance of time if need be, and tells how long that is.
    fn owe(&self) -> Duration {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let given = now.duration_since(state.at).as_secs_f64() * Self::SECOND;
        state.tokens = (state.tokens + given).min(Self::FULL) - Self::RETRY;
        state.at = now;
        Duration::from_secs_f64((-state.tokens / Self::SECOND).max(0.0))
    }

    /// A request succeeded, after so many retries.
    pub(in crate::client) fn succeeded(&self, retries: u32) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let back = if retries == 0 { Self::SUCCESS } else { Self::RETRY };
        state.tokens = (state.tokens + back).min(Self::FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_service_that_never_answers_is_asked_once_a_second_after_the_first_burst() {
        let (budget, start) = (Budget::new(), Instant::now());
        for _ in 0..35 {
            budget.take().await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..60 {
            budget.take().await;
        }
        assert!((59..=60).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn retries_that_succeed_cost_nothing() {
        let (budget, start) = (Budget::new(), Instant::now());
        for _ in 0..1000 {
            budget.take().await;
            budget.succeeded(1);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
