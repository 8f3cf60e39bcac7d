//! The service: jobs, their states, the queue, the workers, the clock. Knows no HTTP library; adapters translate.
//!
//! May import: everything above it but `client` and `executor`. Read [`Cloud::handle`] first, then `operations/`
//! for what it answers and `job.rs` for the state machine.
//!
//! [`Cloud::handle`] validates, stores and looks up; it never simulates and never waits. Workers simulate: threads of their own
//! under the system clock, blocking tasks of tokio under tokio's clock, so that virtual time waits for them.

mod access;
mod admission;
mod attempt;
mod capacity;
mod clock;
mod ids;
mod job;
mod labels;
mod ledger;
mod limiter;
mod operations;
mod price;
mod ready;
mod reply;
mod scenario;
mod schedule;
mod session;
mod store;
mod worker;

pub use access::Credential;
pub use clock::Clock;
pub use job::{Event, Failure, IllegalMove, JobState, Results};
pub use limiter::{RateLimit, RateLimitError};
pub use scenario::{Act, Adapter, Conduct, Delivery, Ending, Fault, Numbers, Paging, Path, Refusal, RetryAfter, Scenario, ScenarioError};

use crate::api::{ApiKey, Reply, Request};
use crate::device::{Catalog, Device, DeviceError};
use crate::outcome::Seed;
use crate::simulate::Memory;
use access::Access;
use capacity::Capacity;
use limiter::Limiter;
#[cfg(feature = "http")]
pub(crate) use operations::Writing;
pub(crate) use operations::{Admitted, Begun};
use scenario::Engine;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::State;

/// A running cloud. Cheap to clone; the workers end when the last clone is dropped.
#[derive(Clone)]
pub struct Cloud {
    shared: Arc<Shared>,
    /// Dropped with the last clone; ends the workers.
    _running: Arc<worker::Running>,
}

/// How a cloud is to behave. `Cloud::builder().queue_time(…).start()`.
#[derive(Debug, Clone)]
#[must_use = "nothing runs before start()"]
pub struct Builder {
    queue_time: Duration,
    run_time: Duration,
    job_time: Option<Duration>,
    capacity: Capacity,
    /// In place of a quarter of the memory.
    bytes: Option<u64>,
    seed: Seed,
    clock: Clock,
    access: Access,
    rate_limit: Option<RateLimit>,
    memory: Memory,
    catalog: Catalog,
    scenario: Option<Scenario>,
}

/// What handlers and workers share.
struct Shared {
    settings: Builder,
    /// What each project may have of it.
    share: Capacity,
    state: Mutex<State>,
    limiter: Limiter,
    engine: Engine,
    /// Wakes the thread that keeps time: something new is planned.
    planned: Condvar,
    /// Wakes worker threads: a job is ready.
    ready: Condvar,
    /// Wakes the task that does both under tokio's clock.
    notify: tokio::sync::Notify,
}

impl Builder {
    /// How long a job waits before it starts. Default: not at all.
    pub fn queue_time(self, queue_time: Duration) -> Builder {
        Builder { queue_time, ..self }
    }

    /// How long a job runs at least. Default: as long as its simulation takes.
    pub fn run_time(self, run_time: Duration) -> Builder {
        Builder { run_time, ..self }
    }

    /// How long a job may run, each circuit of it for itself; then it fails with `SimulationTimeout`. Default: as long as it takes,
    /// because honest simulations of 26 qubits and more take minutes on a laptop.
    pub fn job_time(self, job_time: Duration) -> Builder {
        Builder { job_time: Some(job_time), ..self }
    }

    /// How many circuits of a project may wait or run; beyond, a new job gets 429. Default: 10,000.
    pub fn max_queue(mut self, circuits: usize) -> Builder {
        self.capacity.queue = circuits;
        self
    }

    /// How many jobs of a project are kept, each circuit of a job being one; beyond, its oldest that are done make room for new ones.
    /// Default: 100,000.
    pub fn max_jobs(mut self, jobs: usize) -> Builder {
        self.capacity.jobs = jobs;
        self
    }

    /// About how much memory jobs and their results may take, an equal share for each project that the keys open; beyond, its oldest that
    /// are done make room for new ones. Default: a quarter of what simulations may take, but [`Builder::LEAST_BYTES`] at least. A result
    /// that finds no room fails its job.
    pub fn max_bytes(mut self, bytes: u64) -> Builder {
        self.bytes = Some(bytes);
        self
    }

    /// What jobs and results may take in memory however little simulations may: 64 MiB.
    pub const LEAST_BYTES: u64 = 64 << 20;

    /// The most workers a cloud can have.
    pub const MAX_WORKERS: usize = 1024;

    /// How many simulations run at once, at most [`Builder::MAX_WORKERS`]; where keys open several projects, one worker of two or more
    /// is always left to the others. Default: one per processor.
    pub fn workers(mut self, workers: usize) -> Builder {
        self.capacity.workers = workers.clamp(1, Self::MAX_WORKERS);
        self
    }

    /// Where all randomness and all ids come from. Default: 0.
    pub fn seed(self, seed: Seed) -> Builder {
        Builder { seed, ..self }
    }

    /// What time it is. Default: the system clock.
    pub fn clock(self, clock: Clock) -> Builder {
        Builder { clock, ..self }
    }

    /// Accepts this key (and others named so), each with jobs of its own; without any, every non-empty key is accepted, and all see
    /// the same jobs.
    pub fn api_key(self, key: ApiKey) -> Builder {
        self.credential(Credential::new(key))
    }

    /// Accepts a key and says what it opens.
    ///
    /// ```
    /// use paultrap::api::ApiKey;
    /// use paultrap::cloud::{Cloud, Credential};
    /// let key = |text: &str| Credential::new(ApiKey::new(text));
    /// let cloud = Cloud::builder()
    ///     .credential(key("a").project("chemistry"))
    ///     .credential(key("b").project("chemistry").backends(["simulator"]))
    ///     .credential(key("old").revoked())
    ///     .start();
    /// ```
    pub fn credential(mut self, credential: Credential) -> Builder {
        self.access.add(credential);
        self
    }

    /// How often each key may ask; then 429 with `Retry-After`. Health, backends and whatever else is open to everybody are not
    /// limited. A cloud without keys of its own has one limit for all who ask. Default: no limit.
    pub fn rate_limit(self, limit: RateLimit) -> Builder {
        Builder { rate_limit: Some(limit), ..self }
    }

    /// How much memory simulations may take, and a quarter of it the largest reply. Default: what the machine has available, shared by the
    /// whole process.
    pub fn memory(self, memory: Memory) -> Builder {
        Builder { memory, ..self }
    }

    /// The devices there are. Default: those that are built in.
    pub fn catalog(self, catalog: Catalog) -> Builder {
        Builder { catalog, ..self }
    }

    /// Adds a device, or puts it in the place of the one of its name.
    ///
    /// # Errors
    /// [`DeviceError`], as [`Catalog::with`].
    pub fn device(self, device: Device) -> Result<Builder, DeviceError> {
        let catalog = self.catalog.with(device)?;
        Ok(self.catalog(catalog))
    }

    /// What goes wrong. Default: nothing.
    pub fn scenario(self, scenario: Scenario) -> Builder {
        Builder { scenario: Some(scenario), ..self }
    }

    /// How many bytes a reply may have: a quarter of what simulations may take.
    fn reply_bytes(&self) -> u64 {
        self.memory.total() / 4
    }

    /// Starts the workers. Under tokio's clock this must happen inside a tokio runtime.
    pub fn start(mut self) -> Cloud {
        self.capacity.bytes = self.bytes.unwrap_or_else(|| (self.memory.total() / 4).max(Self::LEAST_BYTES));
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(self.seed, self.clock.clone())),
            limiter: Limiter::new(self.rate_limit),
            engine: Engine::new(self.scenario.take()),
            share: self.capacity.of_each(self.access.projects()),
            settings: self,
            planned: Condvar::new(),
            ready: Condvar::new(),
            notify: tokio::sync::Notify::new(),
        });
        let running = Arc::new(worker::start(&shared));
        Cloud { shared, _running: running }
    }
}

impl Cloud {
    /// A cloud with default settings, to be changed and started.
    pub fn builder() -> Builder {
        Builder {
            queue_time: Duration::ZERO,
            run_time: Duration::ZERO,
            job_time: None,
            capacity: Capacity {
                jobs: 100_000,
                queue: 10_000,
                bytes: u64::MAX,
                workers: std::thread::available_parallelism().map_or(1, usize::from),
            },
            bytes: None,
            seed: Seed::default(),
            clock: Clock::system(),
            access: Access::default(),
            rate_limit: None,
            memory: Memory::shared().clone(),
            catalog: Catalog::default(),
            scenario: None,
        }
    }

    /// Answers one request: validates, stores, looks up. Never simulates, never waits. What a scenario does to the connection is not to be
    /// seen here, see [`Cloud::deliver`].
    pub fn handle(&self, request: &Request) -> Reply {
        self.deliver(request).reply
    }

    /// The same for adapters: the answer, and how it is to be delivered.
    pub fn deliver(&self, request: &Request) -> Delivery {
        match self.admit(request) {
            Ok(admitted) => self.begin(admitted, request).finish(),
            Err(refusal) => Delivery { reply: refusal, conduct: Conduct::default() },
        }
    }

    /// Whether a scenario may hold back answers at present.
    #[cfg(feature = "http")]
    pub(crate) fn holds_back(&self) -> bool {
        self.shared.engine.holds_back()
    }

    /// From now on this cloud is reached through an adapter, and every scenario must be one that it can do.
    ///
    /// # Errors
    /// [`ScenarioError::Unable`] if the one there is is not.
    pub fn attach(&self, adapter: Adapter) -> Result<(), ScenarioError> {
        self.shared.engine.attach(adapter)
    }

    /// The first half of [`Cloud::deliver`]: lets a request in by its line and its key. The body need not be there yet.
    pub(crate) fn admit(&self, request: &Request) -> Result<Admitted, Reply> {
        self.shared.admit(request)
    }

    /// The second half, but for what may be large: that is still to be written.
    pub(crate) fn begin(&self, admitted: Admitted, request: &Request) -> Begun {
        self.shared.begin(admitted, request)
    }

    /// How many bytes a reply may have, and those that are being sent at one time.
    #[cfg(feature = "http")]
    pub(crate) fn reply_bytes(&self) -> u64 {
        self.shared.settings.reply_bytes()
    }

    /// Refuses new jobs from now on (503). Jobs already accepted go on.
    pub fn close(&self) {
        self.shared.state().closed = true;
    }

    /// How many jobs are neither completed nor failed nor canceled.
    pub fn unfinished(&self) -> usize {
        self.shared.state().unfinished()
    }
}

impl Shared {
    /// The state. Nothing that could panic half-way is done under the lock, so a poisoned one is still whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.settings.clock.now()
    }
}
