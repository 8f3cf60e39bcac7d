//! Batches of circuits on a client: bounded workers, results in input order, every circuit's times.
//!
//! May import: `client` and what is above it, never `cloud`. Read [`Batch::run`] first, then `report.rs`.

mod batch;
mod journal;
mod report;
mod task;

pub use batch::{Batch, Progress};
pub use journal::JournalError;
pub use report::{CircuitReport, Report};
pub use task::Task;
