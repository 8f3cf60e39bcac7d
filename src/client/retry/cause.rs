use super::super::{ClientError, TransportErrorKind};
use crate::api::Method;

/// Why a request failed, as far as it decides what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Cause {
    /// It was never sent: nobody answered the call.
    Unsent,
    /// The service had too many requests, and did not carry it out.
    Throttled,
    /// It may have been carried out or not, and the next one may do better.
    Passing,
    /// It will not do better.
    Final,
}

impl Cause {
    pub(in crate::client) fn of(error: &ClientError, method: Method) -> Cause {
        match error {
            ClientError::Transport { error, .. } => match error.kind {
                TransportErrorKind::Connect => Cause::Unsent,
                TransportErrorKind::Timeout | TransportErrorKind::Broken => Cause::Passing,
                TransportErrorKind::TooLarge | TransportErrorKind::Unsendable => Cause::Final,
            },
            ClientError::Refused { status: 429, .. } => Cause::Throttled,
            // Gateways say 409 as well; of a change it is the service's own word.
            ClientError::Refused { status: 409, .. } if matches!(method, Method::Put | Method::Delete) => Cause::Final,
            ClientError::Refused { status: 408 | 409 | 425 | 500..=599, .. } => Cause::Passing,
            ClientError::Protocol { .. } => Cause::Passing,
            _ => Cause::Final,
        }
    }
}

impl ClientError {
    /// Whether a submission that ended like this may have made a job.
    pub(in crate::client) fn is_ambiguous(&self) -> bool {
        let too_large = matches!(self, ClientError::Transport { error, .. } if error.kind == TransportErrorKind::TooLarge);
        too_large || matches!(Cause::of(self, Method::Post), Cause::Passing)
    }
}
