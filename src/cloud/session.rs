//! Sessions: what they allow, and how far they are. A session ends by request or when its duration is over; jobs it has taken go on.

use super::access::Account;
use super::price::Dollars;
use super::reply::bad_field;
use crate::api::{ErrorBody, SessionLimits, SessionStatus};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A session in the store.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: Uuid,
    pub(super) account: Arc<Account>,
    /// What its jobs run on.
    pub(super) backend: String,
    /// As given, if at all; checked by [`Limits`].
    pub(super) given: Option<SessionLimits>,
    pub(super) limits: Limits,
    pub(super) created_at: Duration,
    /// When its first job started.
    pub(super) started_at: Option<Duration>,
    /// When somebody ended it, and who.
    pub(super) ended: Option<(Duration, String)>,
    /// How many jobs it has taken; one of several circuits is one.
    pub(super) jobs: u32,
    /// What its jobs have cost, and those that are not done are expected to.
    pub(super) spent: Dollars,
}

/// What a session allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Limits {
    pub(super) jobs: Option<u32>,
    pub(super) duration: Option<Duration>,
    pub(super) cost: Option<Dollars>,
}

impl Limits {
    /// Checks limits as they are asked for.
    ///
    /// # Errors
    /// 400, naming the field.
    pub(super) fn read(given: &SessionLimits) -> Result<Limits, ErrorBody> {
        let whole = |name, number: Option<i64>| {
            let checked = |number: i64| match i32::try_from(number) {
                Ok(fits @ 1..) => Ok(fits.unsigned_abs()),
                _ => Err(bad_field(&format!("settings.{name}"), &number.to_string(), "a whole number from 1 to 2147483647")),
            };
            number.map(checked).transpose()
        };
        let jobs = whole("job_count_limit", given.job_count_limit)?;
        let minutes = whole("duration_limit_min", given.duration_limit_min)?;
        let cost = given.cost_limit.as_ref().map(|limit| {
            let unit = limit.unit.as_deref().unwrap_or(Dollars::UNIT);
            if !unit.eq_ignore_ascii_case(Dollars::UNIT) {
                return Err(bad_field("settings.cost_limit.unit", unit, Dollars::UNIT));
            }
            match limit.value {
                Some(value) if value.is_finite() && value >= 0.0 => Ok(Dollars::new(value)),
                Some(value) => Err(bad_field("settings.cost_limit.value", &value.to_string(), "a number ≥ 0")),
                None => Err(bad_field("settings.cost_limit.value", "", "a number ≥ 0")),
            }
        });
        let duration = minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
        Ok(Limits { jobs, duration, cost: cost.transpose()? })
    }
}

impl Session {
    /// When it ends by itself.
    pub(super) fn expires_at(&self) -> Option<Duration> {
        self.limits.duration.map(|duration| self.created_at.saturating_add(duration))
    }

    /// When it ended, if it has.
    pub(super) fn ended_at(&self, now: Duration) -> Option<Duration> {
        let expired = self.expires_at().filter(|&at| at <= now);
        self.ended.as_ref().map(|(at, _)| *at).or(expired)
    }

    pub(super) fn status(&self, now: Duration) -> SessionStatus {
        match (self.ended_at(now), self.started_at) {
            (Some(_), _) => SessionStatus::Ended,
            (None, Some(_)) => SessionStatus::Started,
            (None, None) => SessionStatus::Created,
        }
    }

    /// Whether it takes jobs for a backend at all.
    pub(super) fn is_open_to(&self, backend: &str, now: Duration) -> bool {
        self.backend == backend && self.status(now) != SessionStatus::Ended
    }

    /// Ends it. One that has ended stays as it is.
    pub(super) fn end(&mut self, now: Duration, ender: &str) {
        if self.ended_at(now).is_none() {
            self.ended = Some((now, ender.to_owned()));
        }
    }

    /// Whether it takes one more job.
    ///
    /// # Errors
    /// 400 if the job is for another backend, 409 if the session has ended or the job is beyond a limit.
    pub(super) fn check(&self, backend: &str, cost: Dollars, now: Duration) -> Result<(), ErrorBody> {
        let id = self.id;
        let full = |why: String| Err(ErrorBody::new(409, format!("session_id: session {id} {why}")));
        if backend != self.backend {
            let message = format!("session_id: session {id} is for backend {}, the job is for {backend}", self.backend);
            return Err(ErrorBody::new(400, message).naming("payload", "session_id"));
        }
        if self.status(now) == SessionStatus::Ended {
            return full("has ended and takes no more jobs".to_owned());
        }
        if let Some(limit) = self.limits.jobs.filter(|&limit| self.jobs >= limit) {
            return full(format!("takes {limit} jobs (job_count_limit) and has had them"));
        }
        let would_be = self.spent.plus(cost);
        match self.limits.cost.filter(|&limit| would_be > limit) {
            None => Ok(()),
            Some(limit) => {
                let [limit, spent, cost] = [limit, self.spent, cost].map(Dollars::value);
                full(format!("may cost {limit} usd (cost_limit); {spent} are taken, and the job is estimated at {cost}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CostLimit;

    #[test]
    fn a_limit_that_makes_no_sense_is_named_with_what_was_given() {
        let cost = |unit: Option<&str>, value| SessionLimits {
            cost_limit: Some(CostLimit { unit: unit.map(str::to_owned), value }),
            ..SessionLimits::default()
        };
        let jobs = |jobs| SessionLimits { job_count_limit: Some(jobs), ..SessionLimits::default() };
        let minutes = |minutes| SessionLimits { duration_limit_min: Some(minutes), ..SessionLimits::default() };
        for (given, field, shown) in [
            (jobs(0), "settings.job_count_limit", "\"0\""),
            (jobs(1 << 31), "settings.job_count_limit", "\"2147483648\""),
            (minutes(-5), "settings.duration_limit_min", "\"-5\""),
            (cost(Some("credit"), Some(1.0)), "settings.cost_limit.unit", "\"credit\" is not allowed, usd is needed"),
            (cost(None, Some(-0.5)), "settings.cost_limit.value", "\"-0.5\""),
            (cost(None, Some(f64::INFINITY)), "settings.cost_limit.value", "\"inf\""),
            (cost(None, None), "settings.cost_limit.value", "a number ≥ 0 is needed"),
        ] {
            let error = Limits::read(&given).unwrap_err();
            assert_eq!((error.status_code, &error.validation.unwrap().keys[0]), (400, &field.to_owned()));
            assert!(error.message.contains(shown), "{}", error.message);
        }
        let all = SessionLimits { job_count_limit: Some(1), duration_limit_min: Some(2), ..cost(Some("USD"), Some(0.0)) };
        let read = Limits { jobs: Some(1), duration: Some(Duration::from_secs(120)), cost: Some(Dollars::default()) };
        assert_eq!((Limits::read(&all), Limits::read(&SessionLimits::default())), (Ok(read), Ok(Limits::default())));
    }
}
