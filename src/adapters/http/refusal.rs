use crate::api::{ErrorBody, Reply};

/// A reply that the cloud has no part in.
pub(super) fn refuse(status: u16, message: impl Into<String>) -> Reply {
    let error = ErrorBody::new(status, message);
    // What is short now may be there in a moment.
    Reply::error(&if status == 503 { error.retry_after(1) } else { error })
}

/// A text from outside, in quotes, for messages.
pub(super) fn shown(text: &str) -> String {
    format!("\"{}\"", cut(text, 64))
}

/// A text from outside, shortened, without control characters.
pub(super) fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_short_and_on_one_line() {
        assert_eq!(cut("/a\r\n\u{1b}[31m\u{202e}b", 128), "/a\\r\\n\\u{1b}[31m\\u{202e}b");
        assert_eq!(shown(&"x".repeat(1000)).len(), 66);
    }
}
