use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant, SystemTime};

/// What time it is in a cloud: time since the clock was made, plus one reading of the calendar. The calendar may jump; the
/// clock does not.
#[derive(Debug, Clone)]
pub struct Clock {
    epoch: Timestamp,
    source: Source,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    System(Instant),
    Tokio(tokio::time::Instant),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Clock {
        Clock { epoch: calendar(), source: Source::System(Instant::now()) }
    }

    /// Tokio's clock, which stands still in a runtime started with `start_paused` and jumps to the next timer when nothing
    /// else is to be done: an hour in the queue costs milliseconds.
    pub fn tokio() -> Clock {
        Clock { epoch: calendar(), source: Source::Tokio(tokio::time::Instant::now()) }
    }

    /// The same clock on another calendar, for results that can be compared from day to day.
    #[must_use]
    pub fn starting_at(self, epoch: Timestamp) -> Clock {
        Clock { epoch, ..self }
    }

    /// Time since the clock was made.
    pub fn now(&self) -> Duration {
        match self.source {
            Source::System(start) => start.elapsed(),
            Source::Tokio(start) => start.elapsed(),
        }
    }

    /// The calendar at a time of this clock.
    pub fn wall(&self, at: Duration) -> Timestamp {
        let at = SignedDuration::try_from(at).unwrap_or(SignedDuration::MAX);
        self.epoch.saturating_add(at).unwrap_or(Timestamp::MAX)
    }

    /// Where tokio's clock stands at a time of this clock; `None` under the system's.
    pub(super) fn tokio_instant(&self, at: Duration) -> Option<tokio::time::Instant> {
        match self.source {
            Source::System(_) => None,
            // A time beyond tokio's reckoning never comes; in a century nobody will mind.
            Source::Tokio(start) => Some(start.checked_add(at).unwrap_or_else(|| start + Duration::from_secs(3_000_000_000))),
        }
    }

    pub(super) fn is_tokio(&self) -> bool {
        matches!(self.source, Source::Tokio(_))
    }
}

/// The one reading of the calendar.
fn calendar() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
}
