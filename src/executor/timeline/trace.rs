//! The timeline for trace viewers, in Chrome's trace event format.

use super::Timeline;
use super::bars::{Bar, bars, lanes};
use super::paint::visible;
use super::sweep::levels;
use crate::executor::Span;
use serde_json::{Value, json};
use std::time::Duration;

/// The one process there is.
const PROCESS: u32 = 1;

impl Timeline {
    /// The timeline as trace events in JSON, for chrome://tracing and Perfetto: one thread for each lane of the picture, in it an
    /// event for each circuit (or job with several) and inside that one for each span, and a counter of the circuits in flight.
    /// Times are in microseconds, with fractions.
    pub fn trace(&self) -> String {
        let bars = bars(&self.rows);
        let (lane_of, lanes) = lanes(&bars);
        let names = [metadata("process_name", 0, json!({"name": format!("batch: {}", self.title())}))];
        let threads = (1..=lanes).flat_map(|lane| {
            let name = metadata("thread_name", lane, json!({"name": format!("lane {lane}")}));
            [name, metadata("thread_sort_index", lane, json!({"sort_index": lane}))]
        });
        let circuits = bars.iter().zip(lane_of).flat_map(|(bar, lane)| of_bar(bar, lane + 1));
        let events = names.into_iter().chain(threads).chain(circuits).chain(self.counters());
        let events: Vec<String> = events.map(|event| event.to_string()).collect();
        format!("{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n{}\n]}}\n", events.join(",\n"))
    }

    fn counters(&self) -> impl Iterator<Item = Value> {
        let levels = levels(self.rows.iter().flat_map(super::Row::in_flight));
        let counter = |level: super::sweep::Level| {
            let args = json!({"circuits": level.count});
            json!({"ph": "C", "name": "in flight", "pid": PROCESS, "tid": 0, "ts": micros(level.at), "args": args})
        };
        levels.into_iter().map(counter)
    }
}

fn metadata(name: &str, thread: usize, args: Value) -> Value {
    json!({"ph": "M", "name": name, "pid": PROCESS, "tid": thread, "args": args})
}

/// The bar, and its spans inside it.
fn of_bar<'a>(bar: &'a Bar<'a>, thread: usize) -> impl Iterator<Item = Value> {
    let mut args = json!({"index": bar.row.index, "job": bar.row.job.as_deref().map(visible), "ok": bar.is_ok()});
    if let Some(note) = &bar.row.note {
        args["note"] = visible(note).into();
    }
    if bar.rows.len() > 1 {
        args["circuits"] = bar.rows.iter().map(|row| json!({"index": row.index, "name": visible(&row.name), "ok": row.ok})).collect();
    }
    let whole = complete("circuit", &visible(&bar.name()), thread, (bar.from, bar.to), args);
    let inside = bar.spans().into_iter().map(move |span| of_span(bar, span, thread));
    [whole].into_iter().chain(inside)
}

fn of_span(bar: &Bar<'_>, span: &Span, thread: usize) -> Value {
    let mut args = json!({"index": bar.row.index, "job": bar.row.job.as_deref().map(visible)});
    if let Some(note) = &span.note {
        args["note"] = visible(note).into();
    }
    complete("phase", span.phase.name(), thread, (span.from, span.end()), args)
}

fn complete(category: &str, name: &str, thread: usize, (from, to): (Duration, Duration), args: Value) -> Value {
    let (ts, dur) = (micros(from), micros(to - from));
    json!({"ph": "X", "cat": category, "name": name, "pid": PROCESS, "tid": thread, "ts": ts, "dur": dur, "args": args})
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}
