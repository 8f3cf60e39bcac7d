use super::{Poll, Retry};
use crate::api::{Reply, Request};
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// An answer on its way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Reply, TransportError>> + Send + 'a>>;

/// Carries requests to a service.
///
/// Required: [`Transport::send`], which answers with whatever the service said, errors included, and fails only if nobody
/// answered. Provided: [`Transport::poll`], [`Transport::retry`].
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends a request once.
    fn send(&self, request: Request) -> Sending<'_>;

    /// How often a job's state is worth asking for over this transport.
    fn poll(&self) -> Poll {
        Poll::remote()
    }

    /// How failures over this transport are worth being dealt with.
    fn retry(&self) -> Retry {
        Retry::remote()
    }
}

/// Nobody answered, or not in full.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct TransportError {
    /// What went wrong.
    pub kind: TransportErrorKind,
    /// The library's words, without secrets.
    pub message: String,
}

/// What can go wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: the request was certainly not sent.
    Connect,
    /// The request is one that cannot be sent.
    Unsendable,
    /// No answer in time; the request may have been carried out.
    Timeout,
    /// The answer is larger than anything a service should send.
    TooLarge,
    /// The connection broke; the request may have been carried out.
    Broken,
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TransportErrorKind::Connect => "no connection",
            TransportErrorKind::Unsendable => "the request cannot be sent",
            TransportErrorKind::Timeout => "no answer in time",
            TransportErrorKind::TooLarge => "the answer is too large",
            TransportErrorKind::Broken => "the connection broke",
        })
    }
}
