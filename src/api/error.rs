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
            501 => "Not Implemented Error",
            503 => "Service Unavailable Error",
            _ => "Internal Server Error",
        };
        let message = visible(message.into());
        ErrorBody { status_code, error: error.to_owned(), message, validation: None, retry_after: None }
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

/// A message may quote what was sent; what would move the cursor of a terminal, turn the text around, or be no character of XML, is
/// written out.
pub(crate) fn visible(message: String) -> String {
    let hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(letter, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if !message.contains(hidden) {
        return message;
    }
    let written = |letter: char| match hidden(letter) {
        true => letter.escape_unicode().to_string(),
        false => letter.to_string(),
    };
    message.chars().map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_that_reads_from_left_to_right() {
        let message = ErrorBody::new(400, "gate \u{1b}[31m\u{202e}\"h\"\n\u{0} is ünknown").message;
        assert_eq!(message, "gate \\u{1b}[31m\\u{202e}\"h\"\\u{a}\\u{0} is ünknown");
    }

    #[test]
    fn when_to_try_again_is_no_part_of_the_body() {
        let error = ErrorBody::new(429, "later").retry_after(0);
        assert_eq!(serde_json::to_value(&error).unwrap().as_object().unwrap().len(), 3);
        assert_eq!(crate::api::Reply::error(&error).headers, [("retry-after", "1".to_owned())]);
    }
}
