use crate::api::{ErrorBody, Operation, Query, time};
use jiff::Timestamp;
use std::borrow::Cow;

/// What a backend can be doing, in v0.3's words, and the status of v0.4 that is meant. A local backend is never reserved and never
/// calibrating.
pub(in crate::api) const BACKEND_STATUSES: [(&str, &str); 7] = [
    ("available", "available"),
    ("running", "available"),
    ("reserved", ""),
    ("calibrating", ""),
    ("unavailable", "unavailable"),
    ("offline", "unavailable"),
    ("retired", "retired"),
];

/// A parameter's name and value in v0.4.
type Word = Result<(String, String), ErrorBody>;

/// A query of v0.3 as the query of v0.4 that asks for the same.
///
/// # Errors
/// 400 for a value that v0.3 does not have.
pub(in crate::api) fn query(operation: Operation, query: &Query) -> Result<Cow<'_, Query>, ErrorBody> {
    let word: fn(&str, &str) -> Word = match operation {
        Operation::GetJobs => job_filter,
        Operation::GetBackends => backend_filter,
        Operation::GetCharacterizations => day_filter,
        _ => return Ok(Cow::Borrowed(query)),
    };
    let words = query.iter().map(|(name, value)| word(name, value)).collect::<Result<_, _>>()?;
    Ok(Cow::Owned(words))
}

fn same(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn job_filter(name: &str, value: &str) -> Word {
    Ok(match (name, value) {
        ("id" | "id[]" | "ids[]", ids) => same("ids", ids),
        ("status", "running") => same("status", "started"),
        _ => same(name, value),
    })
}

/// The reply is what is filtered; here a word is only known or not.
fn backend_filter(name: &str, value: &str) -> Word {
    match name == "status" && !BACKEND_STATUSES.iter().any(|(word, _)| *word == value) {
        true => Err(refused(name, value, "available, running, reserved, calibrating, unavailable, offline or retired")),
        false => Ok(same(name, value)),
    }
}

/// Filters by date are in milliseconds since 1970.
fn day_filter(name: &str, value: &str) -> Word {
    if !matches!(name, "start" | "end") {
        return Ok(same(name, value));
    }
    let at = value.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let at = at.ok_or_else(|| refused(name, value, "a number of milliseconds since 1970"))?;
    Ok((name.to_owned(), time(at)))
}

fn refused(name: &str, value: &str, needed: &str) -> ErrorBody {
    let shown: String = value.chars().take(64).collect();
    ErrorBody::new(400, format!("{name} {shown:?} is not allowed, {needed} is needed")).naming("query", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(operation: Operation, text: &str) -> Result<String, String> {
        let given = Query::parse(text);
        query(operation, &given).map(|query| query.encode()).map_err(|error| error.message)
    }

    #[test]
    fn filters_of_jobs_are_put_into_the_words_of_v04() {
        let asked = |text| asked(Operation::GetJobs, text).unwrap();
        assert_eq!(asked("id=a&id%5B%5D=b&ids=c&limit=3"), "ids=a&ids=b&ids=c&limit=3");
        assert_eq!(asked("status=running"), "status=started");
        assert_eq!(asked("status=ready&next=x"), "status=ready&next=x");
    }

    #[test]
    fn days_come_in_milliseconds() {
        let asked = |text| asked(Operation::GetCharacterizations, text);
        assert_eq!(asked("start=1585713600000&page=2").unwrap(), "start=2020-04-01T04%3A00%3A00.000Z&page=2");
        for wrong in ["end=2020-04-01", "start=", "start=99999999999999999999", "end=9223372036854775807"] {
            assert!(asked(wrong).unwrap_err().contains("a number of milliseconds since 1970 is needed"), "{wrong}");
        }
    }

    #[test]
    fn a_status_that_no_backend_can_have_is_refused() {
        assert_eq!(asked(Operation::GetBackends, "status=calibrating").unwrap(), "status=calibrating");
        assert!(asked(Operation::GetBackends, "status=asleep").unwrap_err().starts_with("status \"asleep\" is not allowed"));
        assert_eq!(asked(Operation::GetJob, "status=asleep").unwrap(), "status=asleep");
    }
}
