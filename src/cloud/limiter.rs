//! How often a key may ask: a token bucket each.

use super::access::Account;
use crate::api::ErrorBody;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many requests in so much time, and how many of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    requests: u32,
    per: Duration,
    burst: u32,
}

/// The units of a limit as they are written.
const UNITS: [(&str, Duration); 3] = [("s", Duration::from_secs(1)), ("min", Duration::from_secs(60)), ("h", Duration::from_secs(3600))];

impl RateLimit {
    /// So many requests a second, at least one; as many may come at once.
    pub fn per_second(requests: u32) -> RateLimit {
        RateLimit::new(requests, Duration::from_secs(1))
    }

    /// So many requests a minute, at least one; as many may come at once.
    pub fn per_minute(requests: u32) -> RateLimit {
        RateLimit::new(requests, Duration::from_secs(60))
    }

    /// So many requests an hour, at least one; as many may come at once.
    pub fn per_hour(requests: u32) -> RateLimit {
        RateLimit::new(requests, Duration::from_secs(3600))
    }

    /// How many requests may come at once, at least one, after a time without any.
    #[must_use]
    pub fn burst(self, burst: u32) -> RateLimit {
        RateLimit { burst: burst.max(1), ..self }
    }

    fn new(requests: u32, per: Duration) -> RateLimit {
        RateLimit { requests: requests.max(1), per, burst: requests.max(1) }
    }

    /// How long it takes until there is one more token.
    fn interval(&self) -> Duration {
        (self.per / self.requests).max(Duration::from_nanos(1))
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.iter().find(|(_, per)| *per == self.per).map_or("s", |(unit, _)| unit);
        write!(f, "{}/{unit}", self.requests)
    }
}

/// What is no rate limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no rate, a number from 1 with /s, /min or /h is needed, such as 100/s")]
pub struct RateLimitError {
    given: String,
}

impl FromStr for RateLimit {
    type Err = RateLimitError;

    /// Reads `100/s`, `30/min` or `5/h`.
    fn from_str(text: &str) -> Result<RateLimit, RateLimitError> {
        let read = || {
            let (number, unit) = text.split_once('/')?;
            let (_, per) = UNITS.iter().find(|(known, _)| *known == unit.trim())?;
            let requests = number.trim().parse().ok().filter(|&requests| requests >= 1)?;
            Some(RateLimit::new(requests, *per))
        };
        read().ok_or_else(|| RateLimitError { given: text.chars().take(64).collect() })
    }
}

/// The buckets of all keys.
#[derive(Debug)]
pub(super) struct Limiter {
    limit: Option<RateLimit>,
    /// By the key's id, when its bucket will be full again. A key whose time has passed has all its tokens.
    full_at: Mutex<BTreeMap<String, Duration>>,
}

impl Limiter {
    pub(super) fn new(limit: Option<RateLimit>) -> Limiter {
        Limiter { limit, full_at: Mutex::default() }
    }

    /// Takes a token for a request that comes now. A refused request takes none.
    ///
    /// # Errors
    /// 429, with the time until there is one.
    pub(super) fn admit(&self, account: &Account, now: Duration) -> Result<(), ErrorBody> {
        let Some(limit) = self.limit else { return Ok(()) };
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = buckets.entry(account.key_id.clone()).or_default();
        let after = (*full_at).max(now) + limit.interval();
        let missing = after.saturating_sub(now).saturating_sub(limit.interval() * limit.burst);
        if missing.is_zero() {
            *full_at = after;
            return Ok(());
        }
        let seconds = missing.as_secs() + u64::from(missing.subsec_nanos() > 0);
        let message = format!("too many requests, {limit} are allowed, try again in {seconds} s");
        Err(ErrorBody::new(429, message).retry_after(u32::try_from(seconds).unwrap_or(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::access::Access;
    use super::*;

    fn admitted(limiter: &Limiter, at: f64) -> Result<(), Option<u32>> {
        limiter.admit(&Access::anybody(), Duration::from_secs_f64(at)).map_err(|error| error.retry_after)
    }

    #[test]
    fn a_burst_passes_and_then_one_request_for_each_token() {
        let limiter = Limiter::new(Some(RateLimit::per_second(2).burst(3)));
        for _ in 0..3 {
            assert_eq!(admitted(&limiter, 10.0), Ok(()));
        }
        assert_eq!(admitted(&limiter, 10.0), Err(Some(1)));
        assert_eq!(admitted(&limiter, 10.49), Err(Some(1)), "refused requests take no token, and none is there yet");
        assert_eq!(admitted(&limiter, 10.5), Ok(()));
        assert_eq!(admitted(&limiter, 10.5), Err(Some(1)));
        for _ in 0..3 {
            assert_eq!(admitted(&limiter, 60.0), Ok(()), "a bucket never holds more than its burst");
        }
        assert_eq!(admitted(&limiter, 60.0), Err(Some(1)));
    }

    #[test]
    fn the_time_to_wait_is_in_whole_seconds_rounded_up() {
        let limiter = Limiter::new(Some(RateLimit::per_hour(6).burst(1)));
        assert_eq!(admitted(&limiter, 0.0), Ok(()));
        assert_eq!(admitted(&limiter, 0.0), Err(Some(600)));
        assert_eq!(admitted(&limiter, 0.25), Err(Some(600)));
        assert_eq!(admitted(&limiter, 599.9), Err(Some(1)));
        assert_eq!(admitted(&limiter, 600.0), Ok(()));
    }

    #[test]
    fn over_a_long_time_exactly_as_many_pass_as_are_allowed() {
        let limiter = Limiter::new(Some("90/min".parse().unwrap()));
        let passed = (0..120_000).filter(|&k| admitted(&limiter, f64::from(k) * 0.005).is_ok()).count();
        assert!((990 - 1..=990).contains(&passed), "{passed} in ten minutes: a burst of 90 and 900 more");
    }

    #[test]
    fn rates_are_read_as_they_are_written() {
        for text in ["100/s", "30/min", "5/h", "4294967295/s"] {
            assert_eq!(text.parse::<RateLimit>().unwrap().to_string(), text);
        }
        for text in ["", "100", "0/s", "-1/s", "1.5/s", "100/d", "/s", "s/100", "100/s/s", "4294967296/s"] {
            assert!(text.parse::<RateLimit>().unwrap_err().to_string().contains("is no rate"), "{text}");
        }
        assert!(Limiter::new(Some(RateLimit::per_second(0))).admit(&Access::anybody(), Duration::MAX / 2).is_ok(), "no division by 0");
    }
}
