//! What is sent again, when and how often: by cause, and never blindly where a second request could make a second job.
//!
//! Read [`Retry`] first, then `cause.rs` for what a failure means. `limiter.rs` and `budget.rs` are shared by everybody who uses a client.

mod after;
mod backoff;
mod budget;
mod cause;
mod limiter;

pub(super) use after::retry_after;
pub(super) use backoff::Backoff;
pub(super) use budget::Budget;
pub(super) use cause::Cause;
pub(super) use limiter::{Limiter, Turn};

use crate::device::Device;
use crate::outcome::Seed;
use std::time::Duration;

/// How a client deals with failures that pass.
///
/// Reading is simply done again. A submission whose answer is lost is looked for among the jobs of the service, by the unique key in its
/// metadata, before anything else happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retry {
    /// How often one request is sent at most; 1 is never again. Refusals because of too many requests (429) do not count.
    pub attempts: u32,
    /// The longest that the first pause can be; the limit doubles from pause to pause, and each pause is a random part of it.
    pub first: Duration,
    /// The longest that any pause can be, unless the service asks for a longer one.
    pub longest: Duration,
    /// How long one call may take with all its pauses.
    pub patience: Duration,
    /// How long a service is called that could be reached before and cannot be any more, where that is longer than the attempts take.
    pub outage: Duration,
    /// How long after a lost answer the job may still turn up in the service's list: after that, what is not there was never made.
    pub settle: Duration,
    /// How long a new job may be unknown to the service, and the results of a completed one missing.
    pub lag: Duration,
    /// What to do about a submission that is found nowhere; by default as the backend asks for, see [`Mode`].
    pub mode: Option<Mode>,
    /// Where the pauses' randomness comes from; by default the system.
    pub seed: Option<Seed>,
}

/// What becomes of a submission whose answer is lost and whose job is found nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It stays unresolved: rather no job than two. The default where jobs cost money, on `qpu.*`.
    Strict,
    /// After two complete looks through the list that do not show it, [`Retry::settle`] apart, it is sent again under the same key. The
    /// default on simulators.
    Effective,
}

impl Retry {
    /// For a service that others use too.
    pub const fn remote() -> Retry {
        Retry {
            attempts: 8,
            first: Duration::from_millis(100),
            longest: Duration::from_secs(20),
            patience: Duration::from_secs(15 * 60),
            outage: Duration::from_secs(15 * 60),
            settle: Duration::from_secs(130), // gateways give up after some 100 s
            lag: Duration::from_secs(60),
            mode: None,
            seed: None,
        }
    }

    /// For a server on this machine.
    pub const fn local() -> Retry {
        Retry {
            first: Duration::from_millis(10),
            longest: Duration::from_secs(1),
            outage: Duration::ZERO,
            settle: Duration::from_millis(250),
            lag: Duration::from_secs(10),
            ..Retry::remote()
        }
    }

    /// For a cloud in the same process.
    pub const fn embedded() -> Retry {
        Retry { settle: Duration::from_millis(100), ..Retry::local() }
    }

    /// Nothing is sent twice and nothing is looked for: a request that fails is an error, and the caller decides.
    pub const fn never() -> Retry {
        Retry { attempts: 1, patience: Duration::ZERO, lag: Duration::ZERO, ..Retry::remote() }
    }

    /// The same, with pauses that repeat.
    #[must_use]
    pub const fn seeded(self, seed: Seed) -> Retry {
        Retry { seed: Some(seed), ..self }
    }

    /// The same in a mode for all backends.
    #[must_use]
    pub const fn mode(self, mode: Mode) -> Retry {
        Retry { mode: Some(mode), ..self }
    }

    /// Whether anything is done again.
    pub(super) fn retries(&self) -> bool {
        self.attempts > 1
    }

    /// The mode for jobs of a backend.
    pub(super) fn mode_on(&self, backend: &str) -> Mode {
        let simulated = crate::device::canonical(backend) == Device::SIMULATOR;
        self.mode.unwrap_or(if simulated { Mode::Effective } else { Mode::Strict })
    }
}
