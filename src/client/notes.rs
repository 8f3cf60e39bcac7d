use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
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
pub(crate) struct Notes {
    notes: Mutex<Vec<Note>>,
    /// Whether a create was sent of which nobody knows what became.
    open: AtomicBool,
    /// Whether one was not answered as it should be, so that there may be a job of which nobody was told.
    doubtful: AtomicBool,
    /// Whether no create is to be sent any more.
    halted: AtomicBool,
}

impl Notes {
    /// The most that are kept; a circuit that is held up more often has its first ones.
    const MOST: usize = 200;

    pub(super) fn add(&self, note: Note) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < Self::MOST {
            notes.push(note);
        }
    }

    /// From now on no create is sent.
    pub(crate) fn halt(&self) {
        self.halted.store(true, SeqCst);
    }

    pub(super) fn is_halted(&self) -> bool {
        self.halted.load(SeqCst)
    }

    /// A create is being sent, or it is known that it made nothing.
    pub(super) fn set_open(&self, open: bool) {
        self.open.store(open, SeqCst);
    }

    /// A create was not answered as it should be.
    pub(super) fn doubt(&self) {
        self.doubtful.store(true, SeqCst);
    }

    /// Whether a create was sent of which nobody knows what became.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(SeqCst)
    }

    /// Whether a create was not answered as it should be: there should be no job of it by now, but who knows.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubtful.load(SeqCst)
    }

    /// What there is so far, which is then gone.
    pub(crate) fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
