use crate::api::Reply;
use std::time::{Duration, SystemTime};

/// Beyond a day it is no request to wait but a mistake.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What `Retry-After` asks for: seconds, or a date, which counts from the service's own `Date` and not from our clock. The longest of
/// several; what is none of these, is in the past or beyond a day says nothing.
pub(in crate::client) fn retry_after(reply: &Reply) -> Option<Duration> {
    let all = |name: &'static str| reply.headers.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value.trim());
    let now = all("date").find_map(|date| httpdate::parse_http_date(date).ok());
    let wait = all("retry-after").filter_map(|text| seconds(text).or_else(|| until(text, now)));
    wait.filter(|wait| *wait <= LONGEST).max()
}

/// `120`
fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().map_or(Duration::MAX, Duration::from_secs))
}

/// `Wed, 21 Oct 2026 07:28:00 GMT`
fn until(text: &str, now: Option<SystemTime>) -> Option<Duration> {
    let at = httpdate::parse_http_date(text).ok()?;
    at.duration_since(now?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(headers: &[(&'static str, &str)]) -> Option<u64> {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        retry_after(&Reply { headers, ..Reply::json(429, &()) }).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_understood_and_nonsense_is_not() {
        const NOW: (&str, &str) = ("date", "Wed, 21 Oct 2026 07:28:00 GMT");
        for (value, expected) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("86400", Some(86_400)),
            ("86401", None),
            ("1000000000", None),
            ("99999999999999999999999", None),
            ("1e9", None),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("2s", None),
            ("", None),
            ("soon", None),
            ("Wed, 21 Oct 2026 07:28:30 GMT", Some(30)),
            ("Wednesday, 21-Oct-26 07:29:00 GMT", Some(60)),
            ("Wed Oct 21 07:28:05 2026", Some(5)),
            ("Wed, 21 Oct 2026 07:28:00 GMT", Some(0)),
            ("Wed, 21 Oct 2026 07:27:59 GMT", None), // it is over
            ("Fri, 31 Dec 9999 23:59:59 GMT", None),
            ("2026-10-21T07:28:30Z", None),
        ] {
            assert_eq!(hint(&[NOW, ("retry-after", value)]), expected, "{value:?}");
        }
        assert_eq!(hint(&[NOW]), None);
        assert_eq!(hint(&[("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT")]), None, "nobody knows what time it is there");
        assert_eq!(hint(&[("retry-after", "3"), ("retry-after", "9"), ("retry-after", "x")]), Some(9), "the longest of several");
    }

    #[test]
    fn a_date_counts_from_the_clock_of_the_service() {
        let skewed = [("date", "Wed, 21 Oct 1970 07:28:00 GMT"), ("retry-after", "Wed, 21 Oct 1970 07:28:12 GMT")];
        assert_eq!(hint(&skewed), Some(12));
    }
}
