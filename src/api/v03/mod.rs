//! v0.3 of the API as a translation: its requests into those of v0.4, the cloud's answers into its words.
//!
//! May import: the rest of `api`. cirq-ionq 1.3 to 1.6.1 speak it, and callers of old. Read `request.rs` for what comes in and `job.rs`
//! for what goes out.
//!
//! The codes of failed jobs are those of v0.4, as IonQ's list of codes for v0.3 has them; a sample there has `internal_error`.

mod backend;
mod characterization;
mod error;
mod job;
mod query;
mod reply;
mod request;

pub(super) use error::error;
pub(super) use query::{BACKEND_STATUSES, query};
pub(super) use reply::reply;
pub(super) use request::job_request;
