use super::{BadUrl, TransportError, TransportErrorKind};
use crate::api::{ErrorBody, JobStatus, Operation, Route};
use crate::outcome::Unsound;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What was asked for, and of which job if of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The operation.
    pub operation: &'static str,
    /// The job.
    pub job: Option<Box<str>>,
}

impl Asked {
    pub(super) fn of(route: &Route) -> Asked {
        let job = Some(route.named("id")).filter(|id| !id.is_empty() && route.path_is_of_a_job());
        Asked { operation: route.spec().name, job: job.map(Box::from) }
    }
}

impl Asked {
    /// Whether it was to make a job.
    pub(crate) fn is_create(&self) -> bool {
        self.operation == Operation::CreateJob.name()
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.job {
            None => f.write_str(self.operation),
            Some(job) => write!(f, "{} of job {job}", self.operation),
        }
    }
}

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
    /// Nobody answered, or not in full.
    #[error("{asked}: {error}")]
    Transport {
        /// What was asked for.
        asked: Asked,
        /// What happened on the way.
        error: TransportError,
    },
    /// The service answered with an error.
    #[error("{asked} was refused with status {status}: {message}{}", fields.as_ref().map(|f| format!(" ({f})")).unwrap_or_default())]
    Refused {
        /// What was asked for.
        asked: Asked,
        /// The HTTP status.
        status: u16,
        /// The service's words.
        message: String,
        /// The fields it complains of.
        fields: Option<String>,
        /// How long the service asks to be left alone, if it does.
        retry_after: Option<Duration>,
        /// What came, byte for byte.
        raw: Arc<[u8]>,
    },
    /// The service answered with something that is no answer.
    #[error("{asked} was answered with something unexpected: {problem}; it begins with {snippet:?}")]
    Protocol {
        /// What was asked for.
        asked: Asked,
        /// What is wrong with the answer.
        problem: String,
        /// The first bytes of it.
        snippet: String,
        /// All of it, byte for byte.
        raw: Arc<[u8]>,
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
    /// The answer to a submission was lost, and nobody knows whether there is a job. If there is one, its metadata has this key.
    #[error("nobody knows whether there is a job with the metadata key {}={key}: {error}", super::SubmissionKey::METADATA)]
    Unresolved {
        /// The value of the metadata key.
        key: String,
        /// How the submission failed.
        error: Box<ClientError>,
    },
    /// The service made the job, and no longer knows it.
    #[error("job {job} is lost: the service made it and no longer knows it")]
    Lost {
        /// The job.
        job: String,
    },
    /// The service says that this is our job, and it is somebody else's.
    #[error("job {job} is not the one that was submitted: its metadata has the key {given}, not {expected}")]
    Mismatch {
        /// The job.
        job: String,
        /// The key that it has.
        given: String,
        /// The key that it should have.
        expected: String,
    },
    /// It was not submitted, or not waited for any longer, because the batch stopped.
    #[error("{0}")]
    Stopped(Arc<str>),
    /// The circuit cannot be compiled to the native gates that were asked for.
    #[error("the circuit cannot be compiled: {0}")]
    Unfit(Arc<str>),
    /// A task of ours stopped.
    #[error("internal error: {0}")]
    Internal(String),
}

impl ClientError {
    pub(super) fn refused(asked: Asked, status: u16, retry_after: Option<Duration>, raw: Vec<u8>) -> ClientError {
        let body = serde_json::from_slice::<ErrorBody>(&raw).ok();
        let fields = body.as_ref().and_then(|body| body.validation.as_ref()).map(|validation| validation.keys.join(", "));
        let message = body.map(|body| body.message).filter(|message| !message.is_empty());
        let message = message.unwrap_or_else(|| "no reason given".to_owned());
        ClientError::Refused { asked, status, message, fields, retry_after, raw: raw.into() }
    }

    pub(super) fn protocol(asked: Asked, problem: String, body: &[u8]) -> ClientError {
        let snippet = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        ClientError::Protocol { asked, problem, snippet, raw: body.into() }
    }

    /// A request that was not sent, because the service asked before to be left alone for longer than anybody waits.
    pub(super) fn left_alone(asked: Asked, wait: Duration) -> ClientError {
        let message = format!("it was not sent, as the service asked before to be left alone for another {} s", wait.as_secs() + 1);
        ClientError::Refused { asked, status: 429, message, fields: None, retry_after: Some(wait), raw: Arc::default() }
    }

    /// A list whose pages do not end.
    pub(super) fn endless_list(cursor: &str) -> ClientError {
        let asked = Asked { operation: Operation::GetJobs.name(), job: None };
        ClientError::protocol(asked, format!("the list has no end: page {:?} came twice, or there are too many", clip(cursor)), b"")
    }

    /// A refusal of a submission that was written down before.
    pub(crate) fn refused_before(status: u16, message: String, fields: Option<String>) -> ClientError {
        let asked = Asked { operation: Operation::CreateJob.name(), job: None };
        ClientError::Refused { asked, status, message, fields, retry_after: None, raw: Arc::default() }
    }

    /// The service does not know a job.
    pub(super) fn unknown_job(id: &str) -> ClientError {
        let asked = Asked { operation: Operation::GetJob.name(), job: Some(id.into()) };
        ClientError::Refused {
            asked,
            status: 404,
            message: "the service does not know it".to_owned(),
            fields: None,
            retry_after: None,
            raw: Arc::default(),
        }
    }

    /// The same error of a circuit that is another one in its job than in the job asked.
    pub(crate) fn of_circuit(mut self, index: usize) -> ClientError {
        if let ClientError::BadResults { circuit, .. } | ClientError::NoResult { circuit, .. } = &mut self {
            *circuit = index;
        }
        self
    }

    /// Whether the same request may succeed later. Says nothing about whether the first one was carried out.
    pub fn is_retryable(&self) -> bool {
        match self {
            ClientError::Transport { error, .. } => !matches!(error.kind, TransportErrorKind::TooLarge | TransportErrorKind::Unsendable),
            ClientError::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            ClientError::Protocol { .. } => true,
            ClientError::Deadline { .. } => true,
            _ => false,
        }
    }

    /// How long the service asks to be left alone, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            ClientError::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether time ran out, on the wire or for the job.
    pub fn is_timeout(&self) -> bool {
        match self {
            ClientError::Transport { error, .. } => error.kind == TransportErrorKind::Timeout,
            ClientError::Deadline { .. } => true,
            _ => false,
        }
    }

    /// Whether the key is missing, unknown or not allowed to do this: nothing else will work either.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, ClientError::NoKey | ClientError::BadKey | ClientError::Refused { status: 401 | 403, .. })
    }

    /// Whether no other circuit would fare better: a key that is not taken, a service that is none.
    pub(crate) fn ends_a_batch(&self) -> bool {
        match self {
            ClientError::Refused { asked, status, .. } => *status == 401 || asked.is_create() && matches!(status, 300..400 | 403 | 404),
            // It was called again and again, and nobody is there.
            ClientError::Transport { asked, error } => asked.is_create() && error.kind == TransportErrorKind::Connect,
            error => error.is_unauthorized(),
        }
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

/// The beginning of a text from elsewhere.
fn clip(text: &str) -> String {
    text.chars().take(64).collect()
}
