//! How many of many intervals hold at once, by a sweep over their ends.

use crate::executor::{Phase, Span};
use std::time::Duration;

/// From when until when.
pub(super) type Interval = (Duration, Duration);

/// How many intervals hold from a time on, until the next level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) at: Duration,
    pub(super) count: usize,
}

/// How many of the intervals hold at each time, in order of time; the last level is 0. What ends when something begins gives way
/// to it, so touching is not overlapping, and an interval of length zero never holds.
pub(super) fn levels(intervals: impl IntoIterator<Item = Interval>) -> Vec<Level> {
    let lasting = intervals.into_iter().filter(|(from, to)| from < to);
    let mut changes: Vec<(Duration, i64)> = lasting.flat_map(|(from, to)| [(from, 1), (to, -1)]).collect();
    changes.sort_unstable();
    let mut count = 0;
    let mut level = |same: &[(Duration, i64)]| {
        count += same.iter().map(|(_, change)| change).sum::<i64>();
        Level { at: same[0].0, count: count.unsigned_abs() as usize }
    };
    let mut levels: Vec<Level> = changes.chunk_by(|(one, _), (other, _)| one == other).map(&mut level).collect();
    levels.dedup_by_key(|level| level.count);
    levels
}

/// The highest level.
pub(super) fn peak(levels: &[Level]) -> usize {
    levels.iter().map(|level| level.count).max().unwrap_or(0)
}

/// The mean level while it is above zero, in seconds by seconds; 0 if it never is.
pub(super) fn mean_while_any(levels: &[Level]) -> f64 {
    let (mut area, mut time) = (0.0, 0.0);
    for (seconds, count) in stretches(levels).filter(|(_, count)| *count > 0) {
        area += seconds * count as f64;
        time += seconds;
    }
    if time > 0.0 { area / time } else { 0.0 }
}

/// For how many seconds the level is at least this.
pub(super) fn seconds_at(levels: &[Level], least: usize) -> f64 {
    stretches(levels).filter(|(_, count)| *count >= least).map(|(seconds, _)| seconds).sum()
}

/// How long, in seconds, each level lasts.
fn stretches(levels: &[Level]) -> impl Iterator<Item = (f64, usize)> {
    levels.windows(2).map(|pair| ((pair[1].at - pair[0].at).as_secs_f64(), pair[0].count))
}

/// When a circuit was in one of the phases that are `wanted`: each time once, however many spans claim it, spans that touch as one.
pub(super) fn merged(spans: &[Span], wanted: impl Fn(Phase) -> bool) -> Vec<Interval> {
    let mut intervals: Vec<Interval> = spans.iter().filter(|span| wanted(span.phase)).map(|span| (span.from, span.end())).collect();
    intervals.sort_unstable();
    intervals.dedup_by(|next, kept| {
        let joins = next.0 <= kept.1;
        if joins {
            kept.1 = kept.1.max(next.1);
        }
        joins
    });
    intervals
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn seconds(intervals: &[(u64, u64)]) -> Vec<Level> {
        levels(intervals.iter().map(|&(from, to)| (Duration::from_secs(from), Duration::from_secs(to))))
    }

    fn counts(intervals: &[(u64, u64)]) -> Vec<(u64, usize)> {
        seconds(intervals).iter().map(|level| (level.at.as_secs(), level.count)).collect()
    }

    #[test]
    fn levels_change_where_intervals_begin_and_end_and_touching_is_not_overlapping() {
        assert_eq!(counts(&[(0, 3), (3, 6)]), [(0, 1), (6, 0)]);
        assert_eq!(counts(&[(0, 3), (1, 4), (2, 6), (4, 5)]), [(0, 1), (1, 2), (2, 3), (3, 2), (5, 1), (6, 0)]);
        assert_eq!(counts(&[(2, 2), (5, 4)]), []);
        assert_eq!(peak(&seconds(&[(0, 3), (1, 4), (2, 6), (4, 5)])), 3);
        assert_eq!(peak(&[]), 0);
    }

    #[test]
    fn the_mean_leaves_out_the_time_when_nothing_holds() {
        assert_relative_eq!(mean_while_any(&seconds(&[(0, 2), (0, 2), (10, 14)])), (2.0 * 2.0 + 4.0) / 6.0);
        assert_relative_eq!(mean_while_any(&[]), 0.0);
        assert_relative_eq!(seconds_at(&seconds(&[(0, 2), (1, 2), (10, 14)]), 2), 1.0);
    }

    #[test]
    fn spans_of_one_circuit_that_touch_or_overlap_count_once() {
        let at = |phase, from, to| Span::new(phase, Duration::from_secs(from), Duration::from_secs(to));
        let spans = [at(Phase::Run, 5, 9), at(Phase::Submit, 0, 2), at(Phase::Queue, 2, 6), at(Phase::Retry, 20, 30)];
        let whole = merged(&spans, Phase::is_in_flight);
        assert_eq!(whole, [(Duration::ZERO, Duration::from_secs(9))]);
        assert_eq!(merged(&spans, |phase| phase == Phase::Compile), []);
    }
}
