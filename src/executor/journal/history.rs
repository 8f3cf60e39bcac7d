//! What a journal says when it is opened: read once, record by record, into as little as a resumed batch needs.

use super::entry::Entry;
use super::record::Position;
use crate::client::SubmissionKey;
use std::collections::BTreeMap;

/// What is known of a job from before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::executor) struct Known {
    pub(in crate::executor) key: SubmissionKey,
    /// How many circuits it carries.
    pub(in crate::executor) count: usize,
    pub(in crate::executor) attempt: u32,
    /// Whether there may be more jobs than one.
    pub(in crate::executor) doubtful: bool,
    pub(in crate::executor) state: State,
}

impl Known {
    /// The key under which it was submitted and its job, if it may still be going on.
    pub(in crate::executor) fn begun(&self) -> (String, Option<String>) {
        match &self.state {
            State::Intended => (self.key.to_string(), None),
            State::Accepted(job) => (self.key.to_string(), Some(job.clone())),
            State::Refused | State::Void | State::Finished(_) => (String::new(), None),
        }
    }
}

/// How far it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::executor) enum State {
    /// It may have been submitted.
    Intended,
    /// There is a job.
    Accepted(String),
    /// There should be no job by the service's word, or by its list; it is looked for once more and submitted.
    Refused,
    /// There is no job, and it is to be submitted.
    Void,
    /// It is over, and this is where it says how.
    Finished(Position),
}

/// All jobs of a batch, by their first circuits.
#[derive(Debug, Default)]
pub(in crate::executor) struct History {
    units: BTreeMap<usize, Known>,
    /// The first circuits of those that are not over, by key.
    open: BTreeMap<SubmissionKey, usize>,
}

impl History {
    /// Takes in one more record.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn take(&mut self, position: Position, json: &[u8]) -> Result<(), String> {
        let entry: Entry = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        match entry {
            Entry::Intent { key, first, count, attempt } => {
                let key = read(&key)?;
                if count == 0 || first.checked_add(count).is_none() {
                    return Err(format!("{count} circuits from circuit {first} are no job"));
                }
                let replaced = self.units.range(first..first + count).map(|(first, known)| (*first, known.clone())).collect::<Vec<_>>();
                for (first, known) in replaced {
                    if matches!(known.state, State::Finished(_)) {
                        return Err(format!("circuit {first} was over and is to be submitted again"));
                    }
                    self.units.remove(&first);
                    self.open.remove(&known.key);
                }
                self.units.insert(first, Known { key, count, attempt, doubtful: false, state: State::Intended });
                self.open.insert(key, first);
            }
            Entry::Accepted { key, job, doubtful } => self.set(&key, State::Accepted(job))?.doubtful |= doubtful,
            Entry::Void { key, doubtful, .. } => drop(self.set(&key, if doubtful { State::Refused } else { State::Void })?),
            Entry::Finished { key, .. } => {
                self.set(&key, State::Finished(position))?;
                self.open.remove(&read(&key)?);
            }
        }
        Ok(())
    }

    fn set(&mut self, key: &str, state: State) -> Result<&mut Known, String> {
        let known = self.open.get(&read(key)?).and_then(|first| self.units.get_mut(first));
        let known = known.ok_or_else(|| format!("no job was begun under the key {key}"))?;
        known.state = state;
        Ok(known)
    }

    /// The service is not the one there was, and knows none of the jobs that are not over.
    pub(super) fn forget_open(&mut self) {
        self.units.retain(|_, known| matches!(known.state, State::Finished(_)));
        self.open.clear();
    }

    /// What is known of the job that begins with a circuit.
    pub(in crate::executor) fn at(&self, first: usize) -> Option<&Known> {
        self.units.get(&first).filter(|known| known.state != State::Void)
    }

    /// How many jobs there were that are void, for the circuits from this one on.
    pub(in crate::executor) fn attempt(&self, first: usize) -> u32 {
        self.units.get(&first).map_or(0, |known| known.attempt)
    }

    /// Whether a circuit is over.
    pub(in crate::executor) fn is_over(&self, index: usize) -> bool {
        let unit = self.units.range(..=index).next_back();
        unit.is_some_and(|(first, known)| index - first < known.count && matches!(known.state, State::Finished(_)))
    }

    /// How many circuits are over, and how many are not.
    pub(in crate::executor) fn circuits(&self) -> (usize, usize) {
        let of = |over: bool| {
            let units = self.units.values().filter(move |known| matches!(known.state, State::Finished(_)) == over);
            units.filter(|known| known.state != State::Void).map(|known| known.count).sum()
        };
        (of(true), of(false))
    }
}

fn read(key: &str) -> Result<SubmissionKey, String> {
    SubmissionKey::parse(key).ok_or_else(|| format!("{:?} is no key", key.chars().take(64).collect::<String>()))
}
