use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// What a client was held up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// The service limits the rate.
    Throttled,
    /// A pause before something is sent again.
    Retrying,
    /// A lost answer is looked into.
    Reconciling,
}

/// What it was held up by, when and why.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) held: Held,
    pub(crate) from: Instant,
    pub(crate) to: Instant,
    pub(crate) why: String,
}

/// What one circuit's client was held up by.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Vec<Note>>);

impl Notes {
    /// The most that are kept; a circuit that is held up more often has its first ones.
    const MOST: usize = 200;

    pub(super) fn add(&self, note: Note) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < Self::MOST {
            notes.push(note);
        }
    }

    /// What there is so far, which is then gone.
    pub(crate) fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
