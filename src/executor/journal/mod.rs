//! The journal: what a batch did, durable before anything depends on it.
//!
//! May import: nothing of the crate; it stores JSON texts and knows nothing of circuits. Read `log.rs` first; `record.rs` has the
//! format of the file.
#![cfg_attr(not(test), expect(dead_code, reason = "the batch does not write it yet"))]

mod error;
mod log;
mod record;
mod scan;
mod storage;

pub use error::JournalError;

#[cfg(test)]
mod tests;
