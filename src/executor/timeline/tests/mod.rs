//! Batches in closed form: what they come to is known before they are drawn.

mod numbers;
mod page;
mod picture;
mod trace;

use crate::executor::{Phase, Row, Span, Timeline};
use std::time::Duration;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Spans that follow one another, each so many milliseconds long.
fn chain(from: u64, phases: &[(Phase, u64)]) -> Vec<Span> {
    let mut at = from;
    let mut span = |&(phase, length): &(Phase, u64)| {
        at += length;
        Span::new(phase, ms(at - length), ms(at))
    };
    phases.iter().map(&mut span).collect()
}

fn row(index: usize, spans: Vec<Span>) -> Row {
    Row { index, name: format!("circuit {index}"), job: Some(format!("job-{index}")), ok: true, note: None, spans }
}

fn timeline(rows: Vec<Row>, workers: usize) -> Timeline {
    let wall = rows.iter().flat_map(|row| &row.spans).map(|span| span.to).max().unwrap_or_default();
    Timeline { rows, workers, wall, speed_up: None }
}

/// As many circuits as wanted, each queueing for one second and running for two, so many at once.
fn even(circuits: usize, workers: usize) -> Timeline {
    let of = |index: usize| row(index, chain((index / workers) as u64 * 3000, &[(Phase::Queue, 1000), (Phase::Run, 2000)]));
    timeline((0..circuits).map(of).collect(), workers)
}

/// Two workers, four circuits: one compiled, one tried again, one without a result, two in one job.
fn example() -> Timeline {
    let mut rows = vec![
        row(0, chain(0, &[(Phase::Compile, 500), (Phase::Submit, 500), (Phase::Queue, 1000), (Phase::Run, 2000), (Phase::Fetch, 1000)])),
        row(1, chain(0, &[(Phase::Submit, 1000), (Phase::Retry, 2000), (Phase::Reconcile, 500)])),
        row(2, chain(4000, &[(Phase::Throttled, 1000), (Phase::Run, 3000)])),
        row(3, chain(4000, &[(Phase::Throttled, 1000), (Phase::Run, 3000)])),
    ];
    rows[0].name = "bell".to_owned();
    rows[1].ok = false;
    rows[1].job = None;
    rows[1].note = Some("the answer was lost".to_owned());
    rows[1].spans[1].note = Some("503".to_owned());
    rows[2].spans.insert(0, Span::new(Phase::Waiting, ms(0), ms(4000)));
    for packed in &mut rows[2..] {
        packed.job = Some("both".to_owned());
    }
    Timeline { speed_up: Some("1.6 × as fast as one after another".to_owned()), ..timeline(rows, 2) }
}
