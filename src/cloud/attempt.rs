use super::access::Account;
use crate::simulate::Stop;
use std::sync::Arc;
use std::time::Duration;

/// What a worker is at.
#[derive(Debug)]
pub(super) struct Attempt {
    /// Whose job it is.
    pub(super) account: Arc<Account>,
    /// Raised when nobody wants the result any more.
    pub(super) stop: Stop,
    /// When it has taken too long.
    pub(super) deadline: Option<Duration>,
}
