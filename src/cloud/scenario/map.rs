//! The probability map of one circuit, and how it is written.

use crate::outcome::{ReceivedMap, bit_string};
use std::fmt::Write;

/// The map of one circuit.
#[derive(Debug)]
pub(super) struct Map {
    /// The job's id, where there are several.
    pub(super) name: Option<String>,
    /// Of an outcome.
    pub(super) bits: usize,
    pub(super) lines: Vec<Line>,
    pub(super) style: Style,
    pub(super) as_bits: bool,
    pub(super) wrapped: bool,
}

/// An outcome and its number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// Wider than any that is right.
    pub(super) outcome: u128,
    pub(super) value: f64,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Integers,
    Strings,
    Scientific,
    /// Not at all.
    Null,
}

impl Map {
    pub(super) fn new(map: &ReceivedMap, bits: usize) -> Map {
        let lines = map.entries().iter().map(|entry| Line { outcome: entry.outcome.into(), value: entry.value }).collect();
        Map { name: map.name().map(str::to_owned), bits, lines, style: Style::Plain, as_bits: false, wrapped: false }
    }

    pub(super) fn write(&self, out: &mut String) {
        if self.style == Style::Null {
            out.push_str("null");
            return;
        }
        out.push_str(if self.wrapped { "{\"histogram\":{" } else { "{" });
        for (index, line) in self.lines.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            let _ = match (self.as_bits, u64::try_from(line.outcome)) {
                // What does not fit has more bits. A String takes everything.
                (true, Ok(outcome)) => write!(out, "\"{}\":", bit_string(outcome, self.bits.max(64 - outcome.leading_zeros() as usize))),
                _ => write!(out, "\"{}\":", line.outcome),
            };
            out.push_str(&self.style.number(line.value));
        }
        out.push_str(if self.wrapped { "}}" } else { "}" });
    }
}

impl Style {
    fn number(self, value: f64) -> String {
        let plain = || serde_json::to_string(&value).unwrap_or_default();
        match self {
            _ if value.is_nan() => "NaN".to_owned(),
            _ if value.is_infinite() => if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
            Style::Integers if value.fract() == 0.0 => format!("{value:.0}"),
            Style::Strings => format!("\"{}\"", plain()),
            Style::Scientific => format!("{value:e}"),
            Style::Plain | Style::Integers | Style::Null => plain(),
        }
    }
}
