//! Batches of circuits on a client: bounded workers, results in input order, every circuit's times.
//!
//! May import: `client` and what is above it, never `cloud`. Read [`Batch::run`] first, then `report.rs`.

mod batch;
mod journal;
mod report;
mod span;
mod task;
mod timeline;

pub use batch::{Batch, Progress};
pub use journal::JournalError;
pub use report::{CircuitReport, Report};
pub use span::{Phase, Span};
pub use task::Task;
pub use timeline::{Evidence, Limit, Row, Timeline};
