use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// When the next request may be sent, for everybody who uses the client.
///
/// Until a service complains there is no limit. A 429 holds everybody back for as long as the service asks, and from then on requests are
/// sent at even intervals, a little more slowly than those were that the service took. The rate then rises again: a first guess quickly, later
/// ones back to where the complaint came within [`Limiter::RECOVERY`], slowly around it, and ever faster beyond.
#[derive(Debug)]
pub(in crate::client) struct Limiter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The rate, once there is one.
    rate: Option<Rate>,
    /// Before this nothing is sent.
    held: Option<Instant>,
    /// When the next request is due under the rate.
    next: Option<Instant>,
    /// When the service took requests lately.
    taken: VecDeque<Instant>,
    /// When the service last complained and the rate followed.
    complaint: Option<Instant>,
    complaints: u64,
}

/// Requests a second: what they were at a complaint, and since when they have been less.
#[derive(Debug, Clone, Copy)]
struct Rate {
    highest: f64,
    since: Instant,
    /// Whether it is a first guess, which is tried out quickly.
    guessed: bool,
}

impl Rate {
    /// What is left of the rate after a complaint.
    const LESS: f64 = 0.8;
    /// The least, one request in a minute and a half; beyond that the service's own word holds.
    const LEAST: f64 = 0.011;
    const MOST: f64 = 1e6;

    fn at(self, now: Instant) -> f64 {
        let passed = now.duration_since(self.since).as_secs_f64();
        let part = match self.guessed {
            true => Self::LESS * (passed / Limiter::DOUBLING.as_secs_f64()).exp2(),
            false => {
                let [shortest, longest] = Limiter::RECOVERY.map(|recovery| recovery.as_secs_f64());
                let recovery = (Limiter::REQUESTS / self.highest).clamp(shortest, longest);
                1.0 + (1.0 - Self::LESS) * (passed / recovery - 1.0).powi(3)
            }
        };
        (self.highest * part).clamp(Self::LEAST, Self::MOST)
    }
}

/// Leave to send one request, and when it was asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::client) struct Turn(Instant);

impl Limiter {
    /// How long it takes the rate to be what it was, at least and at most.
    const RECOVERY: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(160)];
    /// How many requests that takes, within these limits.
    const REQUESTS: f64 = 60.0;
    /// How long it takes a first guess to double.
    const DOUBLING: Duration = Duration::from_secs(2);
    /// How long one complaint goes on.
    const ROUND: Duration = Duration::from_secs(1);
    /// How far back the service's pace is measured at most.
    const MEMORY: Duration = Duration::from_secs(60);
    /// How many requests that were taken are remembered.
    const REMEMBERED: usize = 4096;
    /// How many of them a pace is measured with, if there are as many.
    const SAMPLE: usize = 100;
    /// How far back that goes, unless there are only a few.
    const LATELY: Duration = Duration::from_secs(2);
    const FEW: usize = 10;
    /// The shortest time that a pace is measured in.
    const SHORTEST: Duration = Duration::from_millis(100);

    pub(in crate::client) fn new() -> Limiter {
        Limiter(Mutex::default())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request may be sent, but not for a service that wants to be left alone for longer than this: then that is how long.
    pub(in crate::client) async fn turn(&self, patience: Duration) -> Result<Turn, Duration> {
        loop {
            self.state().bear(patience)?;
            let due = self.state().reserve();
            let reserved = Instant::now();
            if due > reserved {
                sleep_until(due).await;
            }
            // Meanwhile the service may have asked to be left alone.
            if self.state().held.is_none_or(|held| held <= Instant::now()) {
                return Ok(Turn(reserved));
            }
        }
    }

    /// The service took a request.
    pub(in crate::client) fn took(&self) {
        let mut state = self.state();
        let now = Instant::now();
        state.taken.push_back(now);
        if state.taken.len() > Self::REMEMBERED {
            state.taken.pop_front();
        }
    }

    /// The service had too many requests, and wants none for so long.
    pub(in crate::client) fn complained(&self, turn: Turn, pause: Duration) {
        let mut state = self.state();
        let now = Instant::now();
        state.hold(now + pause);
        state.complaints += 1;
        // Requests that were on their way or in line when it complained before, or soon after, say nothing new.
        if state.complaint.is_some_and(|complaint| turn.0 <= complaint + Self::ROUND) {
            return;
        }
        let first = state.complaint.replace(now).is_none_or(|before| now.duration_since(before) > Self::MEMORY);
        let (count, pace) = state.pace(now);
        let current = state.rate.map(|rate| rate.at(now));
        // Where there is nothing to measure, or little and this is the first complaint, there is no rate.
        if current.is_none() && (count == 0 || first && count < 5) {
            return;
        }
        // The pace lags behind a guess that doubles, and behind a pause.
        let highest = current.map_or(pace, |current| current.min(pace.max(current / 2.0))).max(Rate::LEAST);
        state.rate = Some(Rate { highest, since: now, guessed: current.is_none() });
    }

    /// The service had too many requests; nobody sends anything for so long.
    pub(in crate::client) fn hold(&self, pause: Duration) {
        let mut state = self.state();
        state.hold(Instant::now() + pause);
        state.complaints += 1;
    }

    /// Requests a second at present; `None` without a limit.
    pub(in crate::client) fn rate(&self) -> Option<f64> {
        let state = self.state();
        state.rate.map(|rate| rate.at(Instant::now()))
    }

    /// How often the service complained.
    pub(in crate::client) fn complaints(&self) -> u64 {
        self.state().complaints
    }
}

impl State {
    fn hold(&mut self, until: Instant) {
        self.held = Some(self.held.map_or(until, |held| held.max(until)));
    }

    /// Fails if nothing may be sent for longer than this.
    fn bear(&self, patience: Duration) -> Result<(), Duration> {
        let left = self.held.map_or(Duration::ZERO, |held| held.saturating_duration_since(Instant::now()));
        if left > patience { Err(left) } else { Ok(()) }
    }

    /// The next free moment, which then is nobody else's.
    fn reserve(&mut self) -> Instant {
        let now = Instant::now();
        let from = self.held.map_or(now, |held| held.max(now));
        let Some(rate) = self.rate.map(|rate| rate.at(now)) else { return from };
        let due = self.next.map_or(from, |next| next.max(from));
        self.next = Some(due + Duration::from_secs_f64(rate.recip()));
        due
    }

    /// How many requests the service took lately, and how many that is in a second.
    fn pace(&mut self, now: Instant) -> (usize, f64) {
        while self.taken.front().is_some_and(|at| now.duration_since(*at) > Limiter::MEMORY) {
            self.taken.pop_front();
        }
        let latest = self.taken.iter().rev().take_while(|at| now.duration_since(**at) <= Limiter::LATELY).count();
        let sample = self.taken.len().saturating_sub(if latest < Limiter::FEW { Limiter::FEW } else { latest.min(Limiter::SAMPLE) });
        let oldest = self.taken.get(sample).map_or(Duration::ZERO, |at| now.duration_since(*at));
        let window = oldest.max(Limiter::SHORTEST);
        let count = self.taken.iter().rev().take_while(|at| now.duration_since(**at) <= window).count();
        (count, count as f64 / window.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn forever(limiter: &Limiter) -> Turn {
        limiter.turn(Duration::MAX).await.unwrap()
    }

    /// A service that takes so many requests a second, and as many at once.
    struct Bucket {
        rate: f64,
        burst: f64,
        tokens: f64,
        at: Instant,
    }

    impl Bucket {
        fn new(rate: f64, burst: f64) -> Bucket {
            Bucket { rate, burst, tokens: burst, at: Instant::now() }
        }

        /// Whether it takes a request, and if not, when it would.
        fn takes(&mut self) -> Result<(), Duration> {
            let now = Instant::now();
            self.tokens = (self.tokens + now.duration_since(self.at).as_secs_f64() * self.rate).min(self.burst);
            self.at = now;
            if self.tokens >= 1.0 {
                self.tokens -= 1.0;
                return Ok(());
            }
            Err(Duration::from_secs_f64((1.0 - self.tokens) / self.rate))
        }
    }

    /// Workers who ask as fast as they may, for so long: the share of the allowed rate, and of refusals.
    async fn drive(rate: f64, burst: f64, whole_seconds: bool, lasting: Duration) -> (f64, f64) {
        let (limiter, bucket, start) = (Limiter::new(), Mutex::new(Bucket::new(rate, burst)), Instant::now());
        let counts = Mutex::new((0u64, 0u64));
        let worker = async || {
            while start.elapsed() < lasting {
                let turn = forever(&limiter).await;
                let took = bucket.lock().unwrap().takes();
                match took {
                    Ok(()) => {
                        limiter.took();
                        counts.lock().unwrap().0 += 1;
                    }
                    Err(wait) => {
                        let seconds = if whole_seconds { Duration::from_secs(wait.as_secs() + 1) } else { wait };
                        limiter.complained(turn, seconds);
                        counts.lock().unwrap().1 += 1;
                    }
                }
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        };
        let workers: [_; 16] = std::array::from_fn(|_| worker());
        futures_join(workers).await;
        let (taken, refused) = *counts.lock().unwrap();
        let allowed = rate * lasting.as_secs_f64() + burst;
        (taken as f64 / allowed, refused as f64 / (taken + refused) as f64)
    }

    async fn futures_join(workers: [impl Future<Output = ()>; 16]) {
        let mut workers = workers.map(Box::pin);
        let mut done = [false; 16];
        std::future::poll_fn(|context| {
            for (worker, done) in workers.iter_mut().zip(&mut done) {
                *done = *done || worker.as_mut().poll(context).is_ready();
            }
            if done.iter().all(|done| *done) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn most_of_what_a_service_allows_is_used_and_it_rarely_has_to_refuse() {
        for (rate, burst) in [(500.0, 500.0), (100.0, 10.0), (20.0, 1.0), (3.0, 3.0), (1.0 / 6.0, 10.0)] {
            for whole in [false, true] {
                let lasting = Duration::from_secs(if rate < 10.0 { 3600 } else { 300 });
                let (used, refused) = drive(rate, burst, whole, lasting).await;
                // Where the service asks for whole seconds, all of them pass without a request.
                let (least, few) = (if whole { 0.8 } else { 0.9 }, if rate < 1.0 { 0.12 } else { 0.05 });
                assert!(
                    used > least && refused < few,
                    "{rate}/s, {burst} at once, whole seconds {whole}: {used:.3} used, {refused:.4} refused"
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_while_the_service_wants_to_be_left_alone() {
        let (limiter, start) = (Limiter::new(), Instant::now());
        limiter.complained(forever(&limiter).await, Duration::from_secs(7));
        forever(&limiter).await;
        assert_eq!(start.elapsed(), Duration::from_secs(7));
        // Also not by those who were waiting already.
        let late = forever(&limiter).await;
        limiter.complained(late, Duration::from_secs(5));
        let waiting = limiter.turn(Duration::MAX);
        let asking = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            limiter.complained(late, Duration::from_secs(9));
        };
        tokio::join!(waiting, asking).0.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(17));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_complaint_there_is_no_limit_and_one_alone_is_no_rate() {
        let (limiter, start) = (Limiter::new(), Instant::now());
        for _ in 0..1000 {
            forever(&limiter).await;
        }
        limiter.complained(forever(&limiter).await, Duration::ZERO);
        assert_eq!((limiter.rate(), limiter.complaints(), start.elapsed()), (None, 1, Duration::ZERO));
    }
}
