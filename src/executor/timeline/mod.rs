//! The timeline of a batch: what happened when, as numbers, as a picture, as a page and for a trace viewer.
//!
//! Everything is derived from [`Row::spans`]. Read `bars.rs` for what is drawn, `sweep.rs` for how many at once.

mod bars;
mod curve;
mod evidence;
mod gantt;
mod html;
mod paint;
mod scale;
mod svg;
mod sweep;
#[cfg(test)]
mod tests;
mod trace;

pub use evidence::{Evidence, Limit};

use super::span::{Phase, Span};
use std::time::Duration;
use sweep::Interval;

/// How many characters the words about the speed-up may have: the summary is one line.
const SPEED_UP: usize = 60;

/// What one circuit of a batch was doing all the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place in the batch.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// The job that carried it, if it got that far. Circuits with the same job are drawn as one.
    pub job: Option<String>,
    /// Whether it has a result.
    pub ok: bool,
    /// What became of it, for people: an error's text, for example.
    pub note: Option<String>,
    /// What it was doing, in any order; gaps are allowed.
    pub spans: Vec<Span>,
}

impl Row {
    /// Its spans but those of waiting, in order of time.
    fn worked(&self) -> Vec<&Span> {
        let mut spans: Vec<&Span> = self.spans.iter().filter(|span| span.phase.is_worked_on()).collect();
        spans.sort_by_key(|span| (span.from, span.end()));
        spans
    }

    /// From when until when a worker had it; none if none ever had.
    fn life(&self) -> Option<Interval> {
        let worked = || self.spans.iter().filter(|span| span.phase.is_worked_on());
        Some((worked().map(|span| span.from).min()?, worked().map(Span::end).max()?))
    }

    fn in_flight(&self) -> Vec<Interval> {
        sweep::merged(&self.spans, Phase::is_in_flight)
    }
}

/// What happened when in a batch.
///
/// ```
/// use paultrap::executor::{Limit, Phase, Row, Span, Timeline};
/// use std::time::Duration;
///
/// let at = |phase, from, to| Span::new(phase, Duration::from_secs(from), Duration::from_secs(to));
/// let row = |index: usize, from| Row {
///     index,
///     name: format!("bell {index}"),
///     job: Some(format!("job-{index}")),
///     ok: true,
///     note: None,
///     spans: vec![at(Phase::Queue, from, from + 1), at(Phase::Run, from + 1, from + 3)],
/// };
/// let rows = vec![row(0, 0), row(1, 0), row(2, 3), row(3, 3)];
/// let timeline = Timeline { rows, workers: 2, wall: Duration::from_secs(6), speed_up: None };
/// assert_eq!(timeline.evidence().peak_in_flight, 2);
/// assert_eq!(timeline.evidence().limit, Limit::Workers);
/// assert!(timeline.svg().starts_with("<svg"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Every circuit, in the order of the batch.
    pub rows: Vec<Row>,
    /// The most jobs that were allowed at the same time.
    pub workers: usize,
    /// From the start of the batch to its end.
    pub wall: Duration,
    /// How much faster it was than one after another, in words, if that is known.
    pub speed_up: Option<String>,
}

impl Timeline {
    /// How much time there is to draw: what the batch took, or longer if a span says so.
    fn extent(&self) -> Duration {
        self.rows.iter().flat_map(|row| &row.spans).map(Span::end).fold(self.wall, Duration::max)
    }

    /// How many circuits have no result.
    fn failures(&self) -> usize {
        self.rows.iter().filter(|row| !row.ok).count()
    }

    /// The batch in a line.
    fn summary(&self) -> String {
        let evidence = self.evidence();
        let mut parts = vec![
            format!("wall {}", scale::text(self.wall)),
            format!("at most {} in flight, {:.1} on average", evidence.peak_in_flight, evidence.overlap),
            format!("{} of {} busy", evidence.peak_busy, scale::counted(self.workers, "worker")),
        ];
        parts.extend(self.speed_up.as_deref().map(|words| paint::cut(&paint::visible(words), SPEED_UP)));
        parts.push(format!("limited by {}", evidence.limit.name()));
        parts.join(" · ")
    }

    /// What it is a picture of.
    fn title(&self) -> String {
        let circuits = scale::counted(self.rows.len(), "circuit");
        match self.failures() {
            0 => circuits,
            failures => format!("{circuits}, {} without a result", scale::grouped(failures)),
        }
    }
}
