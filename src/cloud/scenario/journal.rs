use super::Ending;
use crate::api::{Operation, Request};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// How many requests are remembered.
const MOST: usize = 10_000;
/// How many of the faults that happened to one are.
const FAULTS: usize = 16;
/// How much of a path is.
const LONGEST: usize = 256;

/// The latest requests: neither keys, nor queries, nor bodies.
#[derive(Debug, Default)]
pub(super) struct Journal {
    visits: VecDeque<Visit>,
    /// How many there were in all.
    count: u64,
}

/// A request, and what came of it.
#[derive(Debug, Clone, Serialize)]
pub(in crate::cloud) struct Visit {
    /// Milliseconds since the cloud was started.
    at_ms: u64,
    method: &'static str,
    path: String,
    /// What was asked for, if it is anything.
    operation: Option<&'static str>,
    status: u16,
    /// How much of the answer was to arrive.
    answer: &'static str,
    /// The job that it made, whatever was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<String>,
    /// The faults of the scenario that happened to it, the first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<usize>,
}

impl Visit {
    pub(in crate::cloud) fn new(at: Duration, request: &Request, operation: Option<Operation>, status: u16) -> Visit {
        Visit {
            at_ms: u64::try_from(at.as_millis()).unwrap_or(u64::MAX),
            method: request.method.name(),
            path: request.path.chars().take(LONGEST).collect(),
            operation: operation.map(Operation::name),
            status,
            answer: Ending::Whole.name(),
            job: None,
            faults: Vec::new(),
        }
    }

    pub(in crate::cloud) fn made(self, job: Option<String>) -> Visit {
        Visit { job, ..self }
    }

    pub(super) fn struck(self, faults: impl Iterator<Item = usize>, ending: Ending) -> Visit {
        Visit { faults: faults.take(FAULTS).collect(), answer: ending.name(), ..self }
    }
}

impl Journal {
    pub(super) fn note(&mut self, visit: Visit) {
        if self.visits.len() == MOST {
            self.visits.pop_front();
        }
        self.visits.push_back(visit);
        self.count += 1;
    }

    pub(super) fn show(&self) -> Value {
        json!({ "received": self.count, "requests": self.visits })
    }
}
