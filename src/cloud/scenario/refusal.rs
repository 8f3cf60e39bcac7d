//! Another status than the right one, and when another try may do better.

use crate::api::{ErrorBody, Reply, Version};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use std::time::Duration;

/// A status in place of the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<RetryAfter>,
    /// The body in place of the error JSON that IonQ sends.
    pub body: Option<String>,
    /// Whether the request is carried out all the same.
    pub after: bool,
}

/// How a `Retry-After` header says when another try may do better.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// In whole seconds, rounded up.
    Seconds(Duration),
    /// The date so many whole seconds, rounded up, behind that of a `Date` header, which the answer has too. Both are by the cloud's clock.
    Date(Duration),
    /// These characters, whatever they say. What a header cannot have is left out.
    Header(String),
}

/// What is said in which version of the API, and when.
#[derive(Debug, Clone, Copy)]
pub(in crate::cloud) struct Scene {
    pub(in crate::cloud) version: Version,
    /// What the cloud's calendar shows.
    pub(in crate::cloud) now: Timestamp,
}

/// The media type of web pages.
pub(super) const HTML: &str = "text/html; charset=utf-8";

impl Refusal {
    /// What the client gets.
    pub(super) fn reply(&self, Scene { version, now }: Scene) -> Reply {
        let body = ErrorBody::new(self.status, "the scenario wants it so");
        let reply = Reply::error(&version.error(body, &[]));
        let headers = self.retry_after.as_ref().map(|retry_after| retry_after.headers(now)).unwrap_or_default();
        let reply = Reply { headers, status: self.status, ..reply };
        match &self.body {
            None => reply,
            Some(body) => {
                let media_type = if body.trim_start().starts_with('<') { HTML } else { Reply::JSON };
                Reply { media_type: Cow::Borrowed(media_type), body: body.clone().into_bytes(), ..reply }
            }
        }
    }
}

impl RetryAfter {
    fn headers(&self, now: Timestamp) -> Vec<(&'static str, String)> {
        match self {
            RetryAfter::Seconds(wait) => vec![("retry-after", seconds(*wait).to_string())],
            RetryAfter::Header(text) => vec![("retry-after", text.chars().filter(|&character| is_of_a_header(character)).collect())],
            RetryAfter::Date(wait) => {
                let wait = SignedDuration::from_secs(i64::try_from(seconds(*wait)).unwrap_or(i64::MAX));
                let then = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                vec![("date", http_date(now)), ("retry-after", http_date(then))]
            }
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}

/// Whether the value of a header can have it: visible ASCII and spaces.
pub(super) fn is_of_a_header(character: char) -> bool {
    matches!(character, ' '..='~')
}

/// A date as headers have it, in whole seconds, rounded down. Years before 0, which it cannot write, are 1970.
fn http_date(at: Timestamp) -> String {
    let print = |at| DateTimePrinter::new().timestamp_to_rfc9110_string(&at);
    print(at).or_else(|_| print(Timestamp::UNIX_EPOCH)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(retry_after: RetryAfter, now: &str) -> Vec<(&'static str, String)> {
        let scene = Scene { version: Version::V04, now: now.parse().unwrap() };
        Refusal { status: 429, retry_after: Some(retry_after), body: None, after: false }.reply(scene).headers
    }

    #[test]
    fn a_date_is_whole_seconds_behind_the_date_of_the_answer_and_written_as_the_rfc_has_it() {
        // The second is the example of RFC 9110, section 5.6.7.
        for (now, wait, date, then) in [
            ("1994-11-06T08:49:07.9Z", 30_000, "Sun, 06 Nov 1994 08:49:07 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("1994-11-06T08:49:37Z", 0, "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("2024-02-28T23:59:59.999Z", 1, "Wed, 28 Feb 2024 23:59:59 GMT", "Thu, 29 Feb 2024 00:00:00 GMT"),
            ("-000100-01-01T00:00:00Z", 0, "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] {
            let got = headers(RetryAfter::Date(Duration::from_millis(wait)), now);
            assert_eq!(got, [("date", date.to_owned()), ("retry-after", then.to_owned())], "{now}");
        }
    }

    #[test]
    fn the_last_date_there_is_does_not_overflow() {
        let got = headers(RetryAfter::Date(Duration::MAX), "2026-01-01T00:00:00Z");
        assert!(got[1].1.ends_with("9999 22:00:00 GMT"), "{got:?}");
    }

    #[test]
    fn a_header_of_ones_own_cannot_begin_another_one() {
        let got = headers(RetryAfter::Header("1e9\r\nX-Evil: 1\u{e9}".to_owned()), "2026-01-01T00:00:00Z");
        assert_eq!(got, [("retry-after", "1e9X-Evil: 1".to_owned())]);
    }
}
