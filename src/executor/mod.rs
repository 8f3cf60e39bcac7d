//! Batches on a client: bounded workers, results in input order, every circuit's times; nothing is lost, and nothing submitted twice.
//!
//! May import: `client` and what is above it, never `cloud`. Read [`Batch`] first, then `drive.rs` for who runs when and `unit.rs` for one
//! job's way; `journal/` is what a resumed batch knows, `timeline/` what a batch looked like.

mod batch;
mod drive;
mod ending;
mod estimate;
mod journal;
mod record;
mod report;
mod request;
mod span;
mod stop;
mod task;
mod timeline;
mod unit;

pub use batch::{Batch, Progress};
pub use drive::Running;
pub use estimate::Estimate;
pub use journal::{Journal, JournalError};
pub use report::{CircuitReport, Duplicate, Fate, Report};
pub use span::{Phase, Span};
pub use stop::Stop;
pub use task::Task;
pub use timeline::{Evidence, Limit, Row, Timeline};
