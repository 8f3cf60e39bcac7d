use serde::{Deserialize, Serialize};

/// The body of every error reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The status code again: qiskit-ionq needs it here.
    #[serde(rename = "statusCode", default)]
    pub status_code: u16,
    /// The kind of error.
    #[serde(default)]
    pub error: String,
    /// What is wrong.
    #[serde(default)]
    pub message: String,
    /// Which fields are wrong; only with status 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
    /// After how many seconds another try may do better: the `Retry-After` header, which is no part of the body.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

/// Which fields of a request are wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validation {
    /// The fields' paths.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Where they are: `payload`, `query`, `params` or `headers`.
    #[serde(default)]
    pub source: String,
}

impl ErrorBody {
    /// The body for a status code, with the kind that IonQ writes for it.
    pub fn new(status_code: u16, message: impl Into<String>) -> ErrorBody {
        let error = match status_code {
            400 => "Bad Request",
            401 => "Unauthorized Error",
            403 => "Forbidden Error",
            404 => "Not Found Error",
            405 => "Method Not Allowed Error",
            408 => "Request Timeout Error",
            409 => "Conflict Error",
            413 => "Payload Too Large Error",
            414 => "URI Too Long Error",
            415 => "Unsupported Media Type Error",
            429 => "Too Many Requests Error",
            431 => "Request Header Fields Too Large Error",
            503 => "Service Unavailable Error",
            _ => "Internal Server Error",
        };
        ErrorBody { status_code, error: error.to_owned(), message: message.into(), validation: None, retry_after: None }
    }

    /// The same body, naming the field at fault.
    #[must_use]
    pub fn naming(self, source: &str, key: impl Into<String>) -> ErrorBody {
        ErrorBody { validation: Some(Validation { keys: vec![key.into()], source: source.to_owned() }), ..self }
    }

    /// The same body for somebody who may try again after so many seconds, at least one.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> ErrorBody {
        ErrorBody { retry_after: Some(seconds.max(1)), ..self }
    }
}
