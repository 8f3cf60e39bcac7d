//! The journal: what a batch did, durable before anything depends on it.
//!
//! Read `keeper.rs` first, then `entry.rs` for what is written and `history.rs` for what a resumed batch makes of it. `log.rs` is the file,
//! which knows nothing of circuits; `record.rs` has its format.

mod entry;
mod error;
mod history;
mod keeper;
mod log;
mod record;
mod scan;
mod storage;

pub(super) use entry::Entry;
pub use error::JournalError;
pub(super) use history::{Known, State};
pub use keeper::Journal;

#[cfg(test)]
mod tests;
