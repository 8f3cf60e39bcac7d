//! How much a cloud keeps, and what goes when there is no room for more.

use super::access::Account;
use super::job::{Event, Job, JobState, Results};
use super::labels::Labels;
use crate::api::MetadataValue;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};
use uuid::Uuid;

/// How much there may be of one project, so that none locks out another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    /// Jobs, those that are done included; a circuit of a job is a job.
    pub(super) jobs: usize,
    /// Circuits that wait or run.
    pub(super) queue: usize,
    /// About what jobs and results take in memory.
    pub(super) bytes: u64,
    /// Workers that are at its jobs.
    pub(super) workers: usize,
}

impl Capacity {
    /// What each of so many projects may have, if one alone may have all of this: an equal share of the memory, and all workers but one.
    pub(super) fn of_each(self, projects: usize) -> Capacity {
        match projects {
            0 | 1 => self,
            _ => Capacity { bytes: self.bytes / projects as u64, workers: (self.workers - 1).max(1), ..self },
        }
    }
}

/// What there is of each project.
#[derive(Debug, Default)]
pub(super) struct Load(BTreeMap<String, Share>);

/// What there is of one project.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// Circuits that wait or run.
    pub(super) queue: usize,
    pub(super) sessions: usize,
    pub(super) jobs: usize,
    pub(super) bytes: u64,
    /// Its jobs but for the circuits of others, the oldest first.
    whole: BTreeSet<Uuid>,
}

impl Load {
    /// What there is of an account's project.
    pub(super) fn of(&mut self, account: &Account) -> &mut Share {
        self.0.entry(account.project.clone()).or_default()
    }

    /// The jobs of an account's project behind `last`, the oldest first; not those that are circuits of others.
    pub(super) fn jobs_behind(&self, account: &Account, last: Uuid) -> impl Iterator<Item = Uuid> {
        self.0.get(&account.project).into_iter().flat_map(move |share| share.whole.range((Excluded(last), Unbounded))).copied()
    }
}

impl Load {
    /// The jobs of an account's project before `first`, the newest first; not those that are circuits of others.
    pub(super) fn jobs_before(&self, account: &Account, first: Uuid) -> impl Iterator<Item = Uuid> {
        self.0.get(&account.project).into_iter().flat_map(move |share| share.whole.range(..first).rev()).copied()
    }
}

impl Share {
    /// A job comes.
    pub(super) fn add(&mut self, job: &Job) {
        self.jobs += 1;
        self.bytes += job.weight;
        if job.parent.is_none() {
            self.whole.insert(job.id);
        }
    }

    /// A job goes.
    pub(super) fn subtract(&mut self, job: &Job) {
        self.jobs -= 1;
        self.bytes -= job.weight;
        self.whole.remove(&job.id);
    }

    /// Weighs a job again that has changed.
    pub(super) fn weigh(&mut self, job: &mut Job) {
        let weight = job.weigh();
        self.bytes = self.bytes + weight - std::mem::replace(&mut job.weight, weight);
    }
}

impl Results {
    /// About what they take in memory, in bytes.
    pub(super) fn weigh(&self) -> u64 {
        let bytes = match self {
            Results::Single(outcome) => outcome.bytes(),
            Results::DryRun(compiled) => compiled.as_ref().map_or(0, |circuit| size_of_val(circuit.operations())),
            Results::Children => 0,
        };
        bytes as u64
    }
}

impl Job {
    /// How many bytes its metadata have as JSON, but for quotation marks and commas.
    pub(super) fn metadata_bytes(&self) -> usize {
        let escaped = |byte: u8| match byte {
            b'"' | b'\\' => 2,
            0..=0x1f => 6,
            _ => 1,
        };
        let text = |text: &str| text.bytes().map(escaped).sum::<usize>();
        let value = |value: &MetadataValue| match value {
            MetadataValue::Text(given) => text(given),
            _ => 0,
        };
        self.submission.metadata.iter().flat_map(Labels::iter).map(|(key, given)| text(key) + value(given)).sum()
    }

    /// About what it takes in memory, in bytes. What several jobs share counts for each of them.
    pub(super) fn weigh(&self) -> u64 {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let metadata = self.submission.metadata.iter().flat_map(Labels::iter).map(|(key, value)| match value {
            MetadataValue::Text(text) => key.len() + text.len(),
            _ => key.len(),
        });
        // The circuits of a job have its metadata.
        let metadata: usize = if self.parent.is_none() { metadata.sum() } else { 0 };
        let results = match (&self.state, &self.pending) {
            (JobState::Completed(results), _) | (_, Some(Event::Complete(results))) => results.weigh(),
            _ => 0,
        };
        let program = self.program.as_ref().map_or(0, |program| program.bytes());
        let lists = size_of_val(&*self.children) + self.warnings.iter().map(String::len).sum::<usize>();
        (size_of::<Job>() + text(&self.name) + metadata + lists + program) as u64 + results
    }
}
