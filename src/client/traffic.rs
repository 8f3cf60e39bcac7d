use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a client has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// Requests, all of them.
    pub requests: u64,
    /// Those that were sent again because the one before failed.
    pub retries: u64,
    /// Those that the service had too many of (429).
    pub throttled: u64,
    /// Submissions whose answer was lost.
    pub lost_answers: u64,
    /// Of these, those whose job was found.
    pub adopted: u64,
}

/// Counts it.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub(super) requests: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) throttled: AtomicU64,
    pub(super) lost_answers: AtomicU64,
    pub(super) adopted: AtomicU64,
}

impl Meter {
    pub(super) fn read(&self) -> Traffic {
        let [requests, retries, throttled, lost_answers, adopted] =
            [&self.requests, &self.retries, &self.throttled, &self.lost_answers, &self.adopted].map(|count| count.load(Relaxed));
        Traffic { requests, retries, throttled, lost_answers, adopted }
    }
}
