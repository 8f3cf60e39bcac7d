//! Replies whose size is known before they take any memory.

use super::{ErrorBody, Reply};
use serde::Serialize;
use std::fmt;

/// A reply that was asked for in order and is not yet written: how large it can become, what to ask for instead if that is too much,
/// and how to write it.
pub(crate) struct Pending {
    bytes: u64,
    instead: &'static str,
    write: Box<dyn FnOnce() -> Reply + Send>,
}

impl Pending {
    pub(crate) fn new(bytes: u64, instead: &'static str, write: impl FnOnce() -> Reply + Send + 'static) -> Pending {
        Pending { bytes, instead, write: Box::new(write) }
    }

    /// The most bytes that the body can have.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What to ask for if that is too much.
    pub(crate) fn instead(&self) -> &'static str {
        self.instead
    }

    /// Writes it.
    pub(crate) fn write(self) -> Reply {
        (self.write)()
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Reply {
    /// A reply with a JSON body of at most so many bytes, which are taken at once; 503 if the system does not give them.
    pub(crate) fn json_within(bytes: u64, body: &impl Serialize) -> Reply {
        let mut text = Vec::new();
        if usize::try_from(bytes).map_or(true, |bytes| text.try_reserve_exact(bytes).is_err()) {
            return Reply::error(&ErrorBody::new(503, "there is no memory for this reply at present").retry_after(1));
        }
        serde_json::to_writer(&mut text, body).expect("wire types have string keys and serialize, and a Vec takes everything");
        text.shrink_to_fit();
        Reply { body: text, ..Reply::empty(200) }
    }
}
