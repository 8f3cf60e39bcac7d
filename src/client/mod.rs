//! The client: submit, wait, fetch, cancel, list, over any [`Transport`].
//!
//! May import: `api` and the layers of physics, never `cloud`. Read `submit.rs`, `wait.rs` and `results.rs` in this order; `exchange.rs` is
//! how each request is sent, and [`Retry`] what happens if it fails.

mod again;
mod artifacts;
mod backends;
mod cancel;
mod cost;
mod error;
mod exchange;
mod https;
mod jobs;
mod key;
mod notes;
mod reconcile;
mod results;
mod retry;
mod sessions;
mod submit;
mod traffic;
mod transport;
mod wait;
mod watched;

pub use error::{Asked, ClientError};
pub use https::{BadUrl, Https};
pub(crate) use key::SubmissionKey;
pub(crate) use notes::{Held, Note, Notes};
pub(crate) use reconcile::Sighting;
pub use results::JobResult;
pub(crate) use results::{Fetched, Reading};
pub use retry::{Mode, Retry};
pub(crate) use submit::{Failed, Submitted};
pub use traffic::Traffic;
pub use transport::{Sending, Transport, TransportError, TransportErrorKind};
pub use wait::Poll;

use crate::api::{ApiKey, Reply};
use crate::outcome::{Policy, Seed};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::ChaCha8Rng;
use reconcile::Reconciler;
use retry::{Budget, Limiter};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;
use traffic::Meter;
use uuid::Uuid;
use watched::Watched;

/// A client of IonQ's API: against the real service, a local server or a cloud in the same process alike. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    key: Option<ApiKey>,
    poll: Poll,
    policy: Policy,
    retry: Retry,
    shared: Arc<Shared>,
    notes: Option<Arc<Notes>>,
}

impl Client {
    /// The environment variable that holds the key.
    pub const KEY_VARIABLE: &'static str = "IONQ_API_KEY";

    /// A client over a transport, without a key.
    pub fn new(transport: impl Transport + 'static) -> Client {
        let (poll, retry) = (transport.poll(), transport.retry());
        let shared = Arc::new(Shared::new(&retry));
        Client { transport: Arc::new(transport), key: None, poll, policy: Policy::default(), retry, shared, notes: None }
    }

    /// A client of the service at an API base such as `https://api.ionq.co/v0.4`, with the key from `IONQ_API_KEY`.
    ///
    /// # Errors
    /// [`ClientError::Url`] for a base that cannot be used, [`ClientError::NoKey`] without the variable,
    /// [`ClientError::BadKey`] if what it holds cannot be sent.
    pub fn from_env(base: &str) -> Result<Client, ClientError> {
        let key = std::env::var(Self::KEY_VARIABLE).ok().filter(|key| !key.is_empty()).ok_or(ClientError::NoKey)?;
        if !key.chars().all(|c| c.is_ascii_graphic()) {
            return Err(ClientError::BadKey);
        }
        Ok(Client::new(Https::new(base)?).key(ApiKey::new(key)))
    }

    /// The same client with a key.
    #[must_use]
    pub fn key(self, key: ApiKey) -> Client {
        Client { key: Some(key), ..self }
    }

    /// The same client, asking for a job's state in another rhythm.
    #[must_use]
    pub fn poll(self, poll: Poll) -> Client {
        Client { poll, ..self }
    }

    /// The same client, doing something else about results whose sum is not 1.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Client {
        Client { policy, ..self }
    }

    /// The same client, dealing with failures in another way. It starts afresh: limits and budgets are not shared with the one before.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Client {
        Client { retry, shared: Arc::new(Shared::new(&retry)), ..self }
    }

    /// The same client, doing something else about submissions that are found nowhere; otherwise as [`Client::retry`].
    #[must_use]
    pub fn mode(self, mode: Mode) -> Client {
        let retry = self.retry.mode(mode);
        self.retry(retry)
    }

    /// What it has sent so far, together with its copies.
    pub fn traffic(&self) -> Traffic {
        self.shared.meter.read()
    }

    /// What is done about results whose sum is not 1.
    pub(crate) fn policy_in_use(&self) -> Policy {
        self.policy
    }

    /// The same client, telling what it was held up by.
    #[must_use]
    pub(crate) fn noting(&self, notes: &Arc<Notes>) -> Client {
        Client { notes: Some(Arc::clone(notes)), ..self.clone() }
    }

    /// Notes what this client was held up by until now, if it was.
    fn note(&self, held: Held, since: Instant, why: impl FnOnce() -> String) {
        if let Some(notes) = &self.notes
            && since < Instant::now()
        {
            notes.add(Note { held, from: since, to: Instant::now(), why: why() });
        }
    }
}

/// What all who use the same client share.
#[derive(Debug)]
struct Shared {
    rng: Mutex<ChaCha8Rng>,
    limiter: Limiter,
    budget: Budget,
    /// Whether the service was ever there.
    reached: AtomicBool,
    /// What time it was there, and when here.
    there: Mutex<Option<(Timestamp, Instant)>>,
    reconciler: Reconciler,
    watched: Watched,
    meter: Meter,
}

impl Shared {
    fn new(retry: &Retry) -> Shared {
        let seed = retry.seed.unwrap_or_else(|| Seed(Uuid::new_v4().as_u64_pair().0));
        Shared {
            rng: Mutex::new(seed.stream(0)),
            limiter: Limiter::new(),
            budget: Budget::new(),
            reached: AtomicBool::new(false),
            there: Mutex::new(None),
            reconciler: Reconciler::default(),
            watched: Watched::default(),
            meter: Meter::default(),
        }
    }

    /// Notes the time that the service says it is.
    fn set_clock(&self, reply: &Reply) {
        let date = reply.headers.iter().find_map(|(name, value)| httpdate::parse_http_date(value).ok().filter(|_| *name == "date"));
        let Some(time) = date.and_then(|date| Timestamp::try_from(date).ok()) else { return };
        let (mut there, now) = (self.there.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        // Of clocks that disagree, or one that jumps, the one that is most behind.
        let expected = there.and_then(|(then, read)| then.checked_add(SignedDuration::try_from(now - read).ok()?).ok());
        if expected.is_none_or(|expected| time < expected) {
            *there = Some((time, now));
        }
    }

    /// What time it was there at a moment, at the earliest; `None` if the service never said.
    fn time_there(&self, at: Instant) -> Option<Timestamp> {
        let (time, read) = (*self.there.lock().unwrap_or_else(PoisonError::into_inner))?;
        time.checked_sub(SignedDuration::try_from(read.saturating_duration_since(at)).ok()?).ok()
    }
}
