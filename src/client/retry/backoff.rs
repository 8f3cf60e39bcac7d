use super::Retry;
use rand::{RngExt, rngs::ChaCha8Rng};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The pauses of one call: full jitter under a limit that doubles, until its attempts or its patience are used up.
#[derive(Debug)]
pub(in crate::client) struct Backoff {
    retry: Retry,
    begun: Instant,
    sent: u32,
    /// How often in a row the service was too busy.
    throttled: u32,
}

impl Backoff {
    /// The first pause after a refusal because of too many requests, if the service does not say how long.
    const THROTTLED: Duration = Duration::from_secs(1);
    /// The longest such pause.
    const THROTTLED_LONGEST: Duration = Duration::from_secs(60);

    pub(in crate::client) fn new(retry: Retry) -> Backoff {
        Backoff { retry, begun: Instant::now(), sent: 0, throttled: 0 }
    }

    /// How long to wait before a request is sent again that failed; `None` if it has failed often enough. While a service cannot be reached
    /// at all that could be reached before, only patience counts.
    pub(in crate::client) fn pause(&mut self, rng: &Mutex<ChaCha8Rng>, hint: Option<Duration>, outage: bool) -> Option<Duration> {
        self.sent += 1;
        let again = self.retry.retries() && (self.sent < self.retry.attempts || outage && self.begun.elapsed() < self.retry.outage);
        let limit = doubled(self.retry.first, self.sent - 1, self.retry.longest);
        let pause = part(rng, limit).max(hint.unwrap_or_default());
        (again && self.lasts(pause)).then_some(pause)
    }

    /// How long everybody is to wait after a refusal because of too many requests; `None` if that is beyond patience.
    pub(in crate::client) fn throttled(&mut self, rng: &Mutex<ChaCha8Rng>, hint: Option<Duration>) -> Option<Duration> {
        let limit = doubled(Self::THROTTLED, self.throttled, Self::THROTTLED_LONGEST);
        self.throttled += 1;
        // A little later than asked for, and not everybody at once.
        let pause = hint.map_or_else(|| part(rng, limit), |hint| hint + part(rng, hint / 10));
        (self.retry.retries() && self.lasts(pause)).then_some(pause)
    }

    /// How often the request has failed.
    pub(in crate::client) fn failures(&self) -> u32 {
        self.sent
    }

    /// What is left of the patience.
    pub(in crate::client) fn left(&self) -> Duration {
        self.retry.patience.saturating_sub(self.begun.elapsed())
    }

    fn lasts(&self, pause: Duration) -> bool {
        self.begun.elapsed() + pause <= self.retry.patience
    }
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(1 << times.min(30)).min(longest)
}

/// A random part of a duration, all lengths being equally likely.
fn part(rng: &Mutex<ChaCha8Rng>, whole: Duration) -> Duration {
    whole.mul_f64(rng.lock().unwrap_or_else(PoisonError::into_inner).random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Seed;

    fn rng() -> Mutex<ChaCha8Rng> {
        Mutex::new(Seed(7).stream(0))
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_are_random_parts_of_a_limit_that_doubles_and_end_with_the_attempts() {
        let (rng, retry) = (rng(), Retry::remote());
        let mut means = [0.0; 7];
        for _ in 0..1000 {
            let mut backoff = Backoff::new(retry);
            for (index, mean) in means.iter_mut().enumerate() {
                let (pause, limit) = (backoff.pause(&rng, None, false).unwrap(), 0.1 * f64::powi(2.0, index as i32));
                assert!(pause.as_secs_f64() <= limit, "{index}: {pause:?}");
                *mean += pause.as_secs_f64() / limit / 1000.0;
            }
            assert_eq!(backoff.pause(&rng, None, false), None, "eight attempts have seven pauses");
        }
        // The mean of 1000 uniform numbers is off by more than 0.05 once in 20 million times.
        assert!(means.iter().all(|mean| (mean - 0.5).abs() < 0.05), "{means:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_hint_is_the_least_and_patience_the_most() {
        let (rng, wait) = (rng(), Duration::from_secs(100));
        let mut backoff = Backoff::new(Retry { patience: Duration::from_secs(250), ..Retry::remote() });
        assert_eq!(backoff.pause(&rng, Some(wait), false), Some(wait));
        let asked = backoff.throttled(&rng, Some(wait)).unwrap();
        assert!((wait..=wait.mul_f64(1.1)).contains(&asked), "{asked:?}");
        tokio::time::advance(Duration::from_secs(200)).await;
        assert_eq!(backoff.pause(&rng, Some(wait), true), None);
        assert_eq!(Backoff::new(Retry::never()).throttled(&rng, None), None);
        assert_eq!(Backoff::new(Retry::never()).pause(&rng, None, true), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_lasts_as_long_as_patience() {
        let (rng, mut backoff) = (rng(), Backoff::new(Retry::remote()));
        let mut waited = Duration::ZERO;
        while let Some(pause) = backoff.pause(&rng, None, true) {
            assert!(pause <= Duration::from_secs(20));
            tokio::time::advance(pause).await;
            waited += pause;
        }
        assert!((880..=900).contains(&waited.as_secs()), "{waited:?}");
    }
}
