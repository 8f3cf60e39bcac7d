use std::time::Duration;

/// What a circuit is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// It waits for its turn: no worker has it yet. The one phase that is not drawn.
    Waiting,
    /// It is checked, and compiled to native gates.
    Compile,
    /// Its request is on the way, or the answer.
    Submit,
    /// An answer was lost: the service is asked whether it has the job.
    Reconcile,
    /// The service has it in its queue.
    Queue,
    /// The service runs it.
    Run,
    /// Its result is on the way.
    Fetch,
    /// It pauses before something is tried again.
    Retry,
    /// It is held back by the rate limit.
    Throttled,
}

impl Phase {
    /// Every phase, in the order of a circuit's life.
    pub const ALL: [Phase; 9] = [
        Phase::Waiting,
        Phase::Compile,
        Phase::Submit,
        Phase::Reconcile,
        Phase::Queue,
        Phase::Run,
        Phase::Fetch,
        Phase::Retry,
        Phase::Throttled,
    ];

    /// Its name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::Compile => "compile",
            Phase::Submit => "submit",
            Phase::Reconcile => "reconcile",
            Phase::Queue => "queue",
            Phase::Run => "run",
            Phase::Fetch => "fetch",
            Phase::Retry => "retry",
            Phase::Throttled => "throttled",
        }
    }

    /// Whether a worker is occupied by it.
    pub fn is_worked_on(self) -> bool {
        self != Phase::Waiting
    }

    /// Whether the service has the circuit, or is being asked about it. Compiling, pausing and being held back are not: a batch
    /// of which most is held back has little in flight, however many its workers are.
    pub fn is_in_flight(self) -> bool {
        matches!(self, Phase::Submit | Phase::Reconcile | Phase::Queue | Phase::Run | Phase::Fetch)
    }
}

/// A time during which a circuit was doing one thing. Both ends count from the start of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What it was doing.
    pub phase: Phase,
    /// When it began.
    pub from: Duration,
    /// When it ended; one that ends before it begins is as long as nothing.
    pub to: Duration,
    /// What is worth knowing besides, for example why something is tried again. Never a secret: it is drawn as it stands.
    pub note: Option<String>,
}

impl Span {
    /// A span without a note.
    pub fn new(phase: Phase, from: Duration, to: Duration) -> Span {
        Span { phase, from, to, note: None }
    }

    /// The same with a note.
    #[must_use]
    pub fn noting(self, note: impl Into<String>) -> Span {
        Span { note: Some(note.into()), ..self }
    }

    /// How long it was.
    pub fn length(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }

    /// When it ended, never before it began.
    pub(super) fn end(&self) -> Duration {
        self.to.max(self.from)
    }
}
