//! Batches of circuits on a client: bounded workers, results in input order, every circuit's times.
//!
//! May import: `client` and what is above it, never `cloud`. Read [`Batch::run`] first, then `report.rs`.

mod batch;
mod report;

pub use batch::{Batch, Progress, Task};
pub use report::{CircuitReport, Report};
