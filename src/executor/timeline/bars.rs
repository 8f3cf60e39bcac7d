//! What is drawn: a bar for what occupied a worker, in as few lanes as it takes.

use super::Row;
use super::sweep::Interval;
use crate::executor::{Phase, Span};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

/// What occupied a worker from beginning to end: a circuit, or the circuits of one job.
#[derive(Debug, Clone)]
pub(super) struct Bar<'a> {
    /// The circuit that ended last; its spans are those of the bar.
    pub(super) row: &'a Row,
    /// All of them, in the order of the batch.
    pub(super) rows: Vec<&'a Row>,
    pub(super) from: Duration,
    pub(super) to: Duration,
}

impl<'a> Bar<'a> {
    fn of(rows: Vec<&'a Row>) -> Option<Bar<'a>> {
        let life = |row: &&Row| row.life();
        let (from, to) = rows.iter().filter_map(life).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
        let row = *rows.iter().rev().find(|row| row.life().is_some_and(|(_, end)| end == to))?;
        Some(Bar { row, rows, from, to })
    }

    /// Whether all its circuits have results.
    pub(super) fn is_ok(&self) -> bool {
        self.rows.iter().all(|row| row.ok)
    }

    /// The name of its first circuit, and how many more there are.
    pub(super) fn name(&self) -> String {
        match self.rows.as_slice() {
            [first, _, ..] => format!("{} and {} more", first.name, self.rows.len() - 1),
            _ => self.row.name.clone(),
        }
    }

    /// Its spans but those of waiting, in order of time.
    pub(super) fn spans(&self) -> Vec<&'a Span> {
        self.row.worked()
    }

    pub(super) fn interval(&self) -> Interval {
        (self.from, self.to)
    }
}

/// The bars of these rows, in order of time and then of the batch. Circuits with the same job are one bar; those that no worker
/// ever had are none.
pub(super) fn bars(rows: &[Row]) -> Vec<Bar<'_>> {
    let (mut alone, mut jobs) = (Vec::new(), BTreeMap::<&str, Vec<&Row>>::new());
    for row in rows {
        match &row.job {
            Some(job) => jobs.entry(job).or_default().push(row),
            None => alone.push(vec![row]),
        }
    }
    let mut bars: Vec<Bar<'_>> = alone.into_iter().chain(jobs.into_values()).filter_map(Bar::of).collect();
    bars.sort_by_key(|bar| (bar.from, bar.rows[0].index));
    bars
}

/// The lane of each bar, from 0, and how many lanes there are: as many as bars overlap, at most. Each takes the first lane that is
/// free, so those of one worker mostly follow one another. Bars in order of time.
pub(super) fn lanes(bars: &[Bar<'_>]) -> (Vec<usize>, usize) {
    let (mut free, mut busy) = (BinaryHeap::new(), BinaryHeap::new());
    let mut lanes = 0;
    let mut lane_of = |bar: &Bar<'_>| {
        while let Some(&Reverse((end, lane))) = busy.peek()
            && end <= bar.from
        {
            busy.pop();
            free.push(Reverse(lane));
        }
        let lane = free.pop().map_or(lanes, |Reverse(lane)| lane);
        lanes = lanes.max(lane + 1);
        busy.push(Reverse((bar.to, lane)));
        lane
    };
    let lane_of_each = bars.iter().map(&mut lane_of).collect();
    (lane_of_each, lanes)
}

/// Part of a bar as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) phase: Phase,
    pub(super) from: Duration,
    pub(super) to: Duration,
}

/// A bar's parts without what nobody could see: those that last no time are left out, unless it has no others, and those shorter
/// than `least` are joined until they are not, in the colour of the longest. So a circuit that was tried again a thousand times has
/// no more parts than its bar has room for.
pub(super) fn parts(bar: &Bar<'_>, least: Duration) -> Vec<Part> {
    let spans = bar.spans();
    let mut parts: Vec<Part> = Vec::new();
    let mut longest = Duration::ZERO; // of the spans that the last part is joined from
    for span in spans.iter().filter(|span| span.length() > Duration::ZERO) {
        match parts.last_mut() {
            Some(last) if last.to - last.from < least && span.from.saturating_sub(last.to) < least => {
                last.to = last.to.max(span.to);
                if span.length() > longest {
                    (last.phase, longest) = (span.phase, span.length());
                }
            }
            _ => {
                parts.push(Part { phase: span.phase, from: span.from, to: span.to });
                longest = span.length();
            }
        }
    }
    match (parts.is_empty(), spans.first()) {
        (true, Some(instant)) => vec![Part { phase: instant.phase, from: instant.from, to: instant.from }],
        _ => parts,
    }
}
