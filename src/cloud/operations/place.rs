//! Puts jobs that are in order into the store and the queue.

use super::super::Shared;
use super::super::job::{Event, Job, JobState, Submission, Tally};
use super::super::price::Dollars;
use super::super::scenario::Mishaps;
use super::super::store::State;
use super::create::{Accepted, Order};
use crate::api::{ErrorBody, JobKind};
use crate::outcome::Seed;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

impl Shared {
    /// Stores a job, and its children if it has any, and puts them into the queue.
    ///
    /// # Errors
    /// 503 if the cloud takes no more jobs; 429 if there is no room for it; 400, 404 or 409 if the job's session does not take it.
    pub(super) fn place(&self, order: Order) -> Result<Uuid, ErrorBody> {
        let several = order.circuits.len() > 1;
        let mut state = self.state();
        let id = self.place_in(&mut state, order)?;
        drop(state);
        self.wake_workers(several);
        Ok(id)
    }

    /// The same under a lock that is already held. [`Shared::wake_workers`] afterwards.
    pub(super) fn place_in(&self, state: &mut State, order: Order) -> Result<Uuid, ErrorBody> {
        // Read under the lock, so that nothing that happens later has an earlier time.
        let now = self.now();
        if state.closed {
            return Err(ErrorBody::new(503, "the cloud is shutting down and takes no new jobs").retry_after(1));
        }
        let children = if order.kind == JobKind::MultiCircuit { order.circuits.len() } else { 0 };
        state.make_room(&order.submission.account, order.circuits.len(), children, &self.share)?;
        state.admit(&order.submission, order.expected_cost(), now)?;
        let seed = order.seed.unwrap_or_else(|| self.settings.seed.child(state.submitted));
        state.submitted += 1;
        let wall = self.settings.clock.wall(now);
        let start = now.saturating_add(self.settings.queue_time);
        let id = state.ids.next(wall);
        let mut first = blank(id, order.kind, &order.submission, now, seed.child(order.first_index));
        (first.name, first.warnings, first.circuits) = (order.name, order.warnings, order.circuits.len());
        first.mishaps = order.mishaps;
        match order.kind {
            JobKind::Circuit | JobKind::Qasm3 => order.circuits.into_iter().for_each(|circuit| circuit.give_to(&mut first)),
            JobKind::MultiCircuit => {
                for (index, mut circuit) in order.circuits.into_iter().enumerate() {
                    let seed = seed.child(order.first_index + index as u64);
                    let mut child = blank(state.ids.next(wall), JobKind::Circuit, &order.submission, now, seed);
                    child.mishaps = order.mishaps;
                    (child.name, child.warnings) = (circuit.name.take(), std::mem::take(&mut circuit.warnings));
                    circuit.give_to(&mut child);
                    first.adopt(&mut child);
                    state.enqueue(child, start);
                }
                first.end_with_children(now);
            }
        }
        state.enqueue(first, start);
        Ok(id)
    }

    /// After one new job, or several: one worker is enough for one. The timer has to do with them only if they wait for their turn.
    pub(super) fn wake_workers(&self, several: bool) {
        if several {
            self.ready.notify_all()
        } else {
            self.ready.notify_one()
        }
        if !self.settings.queue_time.is_zero() {
            self.planned.notify_one();
        }
        self.notify.notify_one();
    }
}

impl Order {
    /// What the circuits that can be run are expected to cost.
    fn expected_cost(&self) -> Dollars {
        let runnable = self.circuits.iter().filter(|circuit| circuit.failure.is_none() && !self.submission.dry_run);
        runnable.fold(Dollars::default(), |sum, circuit| sum.plus(circuit.quote.cost))
    }
}

impl Accepted {
    /// The job gets the circuit, to run it or to fail.
    fn give_to(self, job: &mut Job) {
        (job.program, job.qubits, job.gate_counts, job.quote) = (self.program, self.qubits, self.gate_counts, self.quote);
        if let Some(failure) = self.failure {
            job.advance(Event::Fail(failure), job.submitted_at).expect("a submitted job can fail");
        }
    }
}

impl Job {
    /// Takes note of a new child.
    fn adopt(&mut self, child: &mut Job) {
        child.parent = Some(self.id);
        self.children.push(child.id);
        self.qubits = self.qubits.max(child.qubits);
        self.gate_counts.one_qubit += child.gate_counts.one_qubit;
        self.gate_counts.two_qubit += child.gate_counts.two_qubit;
        self.quote += child.quote;
        match &child.state {
            JobState::Failed(failure) => self.child_failed(child.id, failure.clone()),
            _ => self.tally.unfinished += 1,
        }
    }
}

/// A job that nothing is known about yet.
fn blank(id: Uuid, kind: JobKind, submission: &Arc<Submission>, now: Duration, seed: Seed) -> Job {
    Job {
        id,
        kind,
        name: None,
        submission: Arc::clone(submission),
        state: JobState::default(),
        submitted_at: now,
        started_at: None,
        finished_at: None,
        parent: None,
        children: Vec::new(),
        tally: Tally::default(),
        circuits: 1,
        qubits: 0,
        gate_counts: Default::default(),
        quote: Default::default(),
        seed,
        warnings: Vec::new(),
        program: None,
        pending: None,
        mishaps: Mishaps::default(),
        weight: 0,
    }
}
