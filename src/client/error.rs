use super::{BadUrl, TransportError, TransportErrorKind};
use crate::api::{ErrorBody, JobStatus};
use crate::outcome::Unsound;
use std::sync::Arc;
use std::time::Duration;

/// Why something could not be done. Ask the predicates; the variants may grow.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The base URL cannot be used.
    #[error(transparent)]
    Url(#[from] BadUrl),
    /// There is no key.
    #[error("no API key: set {} in the environment", super::Client::KEY_VARIABLE)]
    NoKey,
    /// The key is none.
    #[error("the API key in {} has characters that no key has", super::Client::KEY_VARIABLE)]
    BadKey,
    /// Nobody answered.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The service answered with an error.
    #[error("{operation} was refused with status {status}: {message}{}", fields.as_ref().map(|f| format!(" ({f})")).unwrap_or_default())]
    Refused {
        /// The operation.
        operation: &'static str,
        /// The HTTP status.
        status: u16,
        /// The service's words.
        message: String,
        /// The fields it complains of.
        fields: Option<String>,
    },
    /// The service answered with something that is no answer.
    #[error("{operation} was answered with something unexpected: {problem}; it begins with {snippet:?}")]
    Protocol {
        /// The operation.
        operation: &'static str,
        /// What is wrong with the answer.
        problem: String,
        /// The first bytes of it.
        snippet: String,
    },
    /// The job failed.
    #[error("job {job} failed: {code}: {message}")]
    JobFailed {
        /// The job.
        job: String,
        /// The service's code.
        code: String,
        /// The service's words.
        message: String,
    },
    /// Somebody canceled the job.
    #[error("job {job} was canceled")]
    JobCanceled {
        /// The job.
        job: String,
    },
    /// The job was not done in time. It goes on.
    #[error("job {job} is still {status} after {waited:?}")]
    Deadline {
        /// The job.
        job: String,
        /// Its last known state.
        status: JobStatus,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The numbers are no distribution.
    #[error("job {job}, circuit {circuit}: {problem}")]
    BadResults {
        /// The job.
        job: String,
        /// The circuit within the job.
        circuit: usize,
        /// What is wrong with them: every oddity with its key, value and place.
        problem: Unsound,
        /// What came, byte for byte.
        raw: Arc<[u8]>,
    },
    /// The job has results, but none for this circuit.
    #[error("job {job} has no result for circuit {circuit}, its child job {child}")]
    NoResult {
        /// The job.
        job: String,
        /// The circuit within the job.
        circuit: usize,
        /// The id of the child job.
        child: String,
    },
    /// The job has results for another number of circuits.
    #[error("job {job} has results for {given} circuits, {expected} were submitted")]
    ResultCount {
        /// The job.
        job: String,
        /// How many there are.
        given: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A task of ours stopped.
    #[error("internal error: {0}")]
    Internal(String),
}

impl ClientError {
    pub(super) fn refused(operation: &'static str, status: u16, body: Option<ErrorBody>) -> ClientError {
        let fields = body.as_ref().and_then(|body| body.validation.as_ref()).map(|validation| validation.keys.join(", "));
        let message = body.map(|body| body.message).filter(|message| !message.is_empty());
        ClientError::Refused { operation, status, message: message.unwrap_or_else(|| "no reason given".to_owned()), fields }
    }

    pub(super) fn protocol(operation: &'static str, problem: String, body: &[u8]) -> ClientError {
        let snippet = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        ClientError::Protocol { operation, problem, snippet }
    }

    /// Whether the same request may succeed later. Says nothing about whether the first one was carried out.
    pub fn is_retryable(&self) -> bool {
        match self {
            ClientError::Transport(error) => error.kind != TransportErrorKind::TooLarge,
            ClientError::Refused { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504 | 520..=529),
            ClientError::Deadline { .. } => true,
            _ => false,
        }
    }

    /// Whether time ran out, on the wire or for the job.
    pub fn is_timeout(&self) -> bool {
        match self {
            ClientError::Transport(error) => error.kind == TransportErrorKind::Timeout,
            ClientError::Deadline { .. } => true,
            _ => false,
        }
    }

    /// Whether the key is missing, unknown or not allowed to do this: nothing else will work either.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, ClientError::NoKey | ClientError::BadKey | ClientError::Refused { status: 401 | 403, .. })
    }

    /// Whether the job has come to its end, so that its parts can be looked at one by one.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            ClientError::JobFailed { .. }
                | ClientError::JobCanceled { .. }
                | ClientError::BadResults { .. }
                | ClientError::NoResult { .. }
                | ClientError::ResultCount { .. }
        )
    }

    /// The failure code, if the job itself failed.
    pub fn job_failed(&self) -> Option<&str> {
        match self {
            ClientError::JobFailed { code, .. } => Some(code),
            _ => None,
        }
    }
}
