//! How files spell what a fault does.

use super::ScenarioError;
use super::act::{Act, Numbers, Paging};
use super::refusal::{Refusal, RetryAfter, is_of_a_header};
use crate::api::FailureCode;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::time::Duration;

/// What stands behind `do`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Form {
    Word(String),
    Table(Box<Table>),
}

// Not untagged, so that an error says which key of the table is wrong, and what it needs.
impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Form, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Form;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a fault, or a table with one")
            }

            fn visit_str<E>(self, word: &str) -> Result<Form, E> {
                Ok(Form::Word(word.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Form, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(map)).map(|table| Form::Table(Box::new(table)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// How the wire spells [`Act`]s of one word.
const WORDS: &[(&str, Act)] = &[
    ("drop_before", Act::DropBefore),
    ("drop_after", Act::DropAfter),
    ("stall", Act::Stall),
    ("bad_json", Act::BadJson),
    ("html", Act::Html),
    ("cancel", Act::Cancel),
    ("stuck", Act::Stuck),
    ("drop_metadata", Act::DropMetadata),
    ("previous_reply", Act::PreviousReply),
    ("lose_state", Act::LoseState),
    ("backwards", Act::Backwards),
    ("page_loop", Act::Page(Paging::Loop)),
    ("page_overlap", Act::Page(Paging::Overlap)),
    ("shuffled", Act::Page(Paging::Shuffled)),
    ("forget_entry", Act::Page(Paging::ForgetEntry)),
    ("reorder_children", Act::ReorderChildren),
    ("float32", Act::Numbers(Numbers::Float32)),
    ("nan", Act::Numbers(Numbers::Nan)),
    ("infinity", Act::Numbers(Numbers::Infinity)),
    ("integers", Act::Numbers(Numbers::Integers)),
    ("strings", Act::Numbers(Numbers::Strings)),
    ("scientific", Act::Numbers(Numbers::Scientific)),
    ("duplicate_key", Act::Numbers(Numbers::DuplicateKey)),
    ("fold_key", Act::Numbers(Numbers::FoldKey)),
    ("missing_key", Act::Numbers(Numbers::MissingKey)),
    ("empty", Act::Numbers(Numbers::Empty)),
    ("null", Act::Numbers(Numbers::Null)),
    ("wrapped", Act::Numbers(Numbers::Wrapped)),
    ("bit_strings", Act::Numbers(Numbers::BitStrings)),
    ("reversed_bits", Act::Numbers(Numbers::ReversedBits)),
    ("round_counts", Act::Numbers(Numbers::RoundCounts)),
];

/// Those that have a number or a text, and what else they may have.
const TABLES: &str = "{ status = … } (with retry_after, retry_after_date or retry_after_header, body, after), { delay = … }, { truncate = … }, \
                      { body = … }, { set = …, to = … }, { fail = … }, { results_late = … }, { hidden = … }, { unlisted = … }, { lose_child = … }, { null_child = … }, { scale = … }, { decimals = … }, { negative = … }";

/// The most decimals that a number can be rounded to; a double has no more than 17 digits that matter, small ones further back.
const MAX_DECIMALS: usize = 30;

impl Act {
    /// Reads what a file says, in the fault of this index.
    pub(super) fn read(form: Form, index: usize) -> Result<Act, ScenarioError> {
        let wrong = |name: &str, given: String, needed: String| ScenarioError::field(index, &format!("do{name}"), given, needed);
        match form {
            Form::Word(word) => {
                let known = WORDS.iter().find(|(name, _)| *name == word);
                let needed = || format!("{}, or {TABLES}", WORDS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "));
                known.map(|(_, act)| act.clone()).ok_or_else(|| wrong("", format!("{word:?}"), needed()))
            }
            Form::Table(table) => table.read().map_err(|(name, given, needed)| wrong(name, given, needed)),
        }
    }

    /// As a file says it.
    pub(super) fn form(&self) -> Form {
        if let Some((word, _)) = WORDS.iter().find(|(_, act)| act == self) {
            return Form::Word((*word).to_owned());
        }
        let none = Table::default();
        Form::Table(Box::new(match self.clone() {
            Act::Status(Refusal { status, retry_after, body, after }) => {
                Table { status: Some(status.into()), body, after: after.then_some(true), ..Table::of(retry_after) }
            }
            Act::Delay(delay) => Table { delay: Some(text(delay)), ..none },
            Act::Truncate(bytes) => Table { truncate: Some(bytes), ..none },
            Act::Body(body) => Table { body: Some(body), ..none },
            Act::Set { path, to } => Table { set: Some(path.to_string()), to: Some(to.to_string()), ..none },
            Act::Fail(code) => Table { fail: Some(code.name().to_owned()), ..none },
            Act::Hidden(time) => Table { hidden: Some(text(time)), ..none },
            Act::Unlisted(time) => Table { unlisted: Some(text(time)), ..none },
            Act::ResultsLate(late) => Table { results_late: Some(text(late)), ..none },
            Act::LoseChild(index) => Table { lose_child: Some(index), ..none },
            Act::NullChild(index) => Table { null_child: Some(index), ..none },
            Act::Numbers(Numbers::Scale(factor)) => Table { scale: Some(factor), ..none },
            Act::Numbers(Numbers::Decimals(decimals)) => Table { decimals: Some(decimals), ..none },
            Act::Numbers(Numbers::Negative(number)) => Table { negative: Some(number), ..none },
            _ => none, // the others are words
        }))
    }
}

/// What stands behind `do`, if it is no word. Exactly one of its keys says which fault it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Table {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncate: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results_late: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unlisted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lose_child: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    null_child: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    negative: Option<f64>,
}

/// The longest header that can be asked for.
const LONGEST_HEADER: usize = 256;

/// The longest that anything takes or is held back.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A key, what it has, and what it needs.
type Wrong = (&'static str, String, String);

impl Table {
    fn read(self: Box<Table>) -> Result<Act, Wrong> {
        match *self {
            Table { status: Some(_), .. } => self.read_status(),
            Table { set: Some(ref path), to: Some(ref to), .. } if self.keys() == 2 => {
                let path = path.parse().map_err(|needed| (".set", format!("{path:?}"), needed))?;
                let to = serde_json::from_str(to).map_err(|error| (".to", format!("{to:?}"), format!("JSON, {error}")))?;
                Ok(Act::Set { path, to })
            }
            _ if self.keys() != 1 => Err(("", self.given(), format!("one of {TABLES}"))),
            Table { body: Some(body), .. } => Ok(Act::Body(body)),
            Table { delay: Some(delay), .. } => duration(".delay", &delay).map(Act::Delay),
            Table { truncate: Some(bytes), .. } => Ok(Act::Truncate(bytes)),
            Table { fail: Some(code), .. } => match FailureCode::named(&code) {
                Some(code) => Ok(Act::Fail(code)),
                None => Err((".fail", format!("{code:?}"), FailureCode::ALL.iter().map(|code| code.name()).collect::<Vec<_>>().join(", "))),
            },
            Table { results_late: Some(late), .. } => duration(".results_late", &late).map(Act::ResultsLate),
            Table { hidden: Some(time), .. } => duration(".hidden", &time).map(Act::Hidden),
            Table { unlisted: Some(time), .. } => duration(".unlisted", &time).map(Act::Unlisted),
            Table { lose_child: Some(index), .. } => Ok(Act::LoseChild(index)),
            Table { null_child: Some(index), .. } => Ok(Act::NullChild(index)),
            Table { scale: Some(factor), .. } => match factor.is_finite() {
                true => Ok(Act::Numbers(Numbers::Scale(factor))),
                false => Err((".scale", factor.to_string(), "a finite number".to_owned())),
            },
            Table { decimals: Some(decimals), .. } => match decimals {
                0..=MAX_DECIMALS => Ok(Act::Numbers(Numbers::Decimals(decimals))),
                _ => Err((".decimals", decimals.to_string(), format!("0..={MAX_DECIMALS}"))),
            },
            Table { negative: Some(number), .. } => match number.is_finite() && number > 0.0 {
                true => Ok(Act::Numbers(Numbers::Negative(number))),
                false => Err((".negative", number.to_string(), "a number > 0, which becomes negative".to_owned())),
            },
            _ => Err(("", self.given(), format!("one of {TABLES}"))),
        }
    }

    fn read_status(self) -> Result<Act, Wrong> {
        let own = Table {
            status: self.status,
            retry_after: self.retry_after.clone(),
            retry_after_date: self.retry_after_date.clone(),
            retry_after_header: self.retry_after_header.clone(),
            body: self.body.clone(),
            after: self.after,
            ..Table::default()
        };
        if self != own {
            return Err((
                "",
                self.given(),
                "status with no other keys than retry_after, retry_after_date, retry_after_header, body and after".to_owned(),
            ));
        }
        let given = self.status.unwrap_or_default();
        let status = u16::try_from(given).ok().filter(|status| (200..600).contains(status));
        let status = status.ok_or_else(|| (".status", given.to_string(), "200..=599".to_owned()))?;
        let (retry_after, body, after) = (self.read_retry_after()?, self.body, self.after.unwrap_or(false));
        Ok(Act::Status(Refusal { status, retry_after, body, after }))
    }

    fn read_retry_after(&self) -> Result<Option<RetryAfter>, Wrong> {
        match (&self.retry_after, &self.retry_after_date, &self.retry_after_header) {
            (None, None, None) => Ok(None),
            (Some(wait), None, None) => Ok(Some(RetryAfter::Seconds(duration(".retry_after", wait)?))),
            (None, Some(wait), None) => Ok(Some(RetryAfter::Date(duration(".retry_after_date", wait)?))),
            (None, None, Some(header)) => {
                let sent = header.len() <= LONGEST_HEADER && header.trim() == header && header.chars().all(is_of_a_header);
                let needed = || format!("at most {LONGEST_HEADER} visible ASCII characters, with spaces between them only,");
                let shown = || format!("{:?}", header.chars().take(64).collect::<String>());
                if sent { Ok(Some(RetryAfter::Header(header.clone()))) } else { Err((".retry_after_header", shown(), needed())) }
            }
            _ => {
                let needed = "one of retry_after, retry_after_date and retry_after_header at most";
                Err(("", self.given(), needed.to_owned()))
            }
        }
    }

    /// How a table says when another try may do better.
    fn of(retry_after: Option<RetryAfter>) -> Table {
        let none = Table::default();
        match retry_after {
            None => none,
            Some(RetryAfter::Seconds(wait)) => Table { retry_after: Some(text(wait)), ..none },
            Some(RetryAfter::Date(wait)) => Table { retry_after_date: Some(text(wait)), ..none },
            Some(RetryAfter::Header(header)) => Table { retry_after_header: Some(header), ..none },
        }
    }

    /// How many keys are given.
    fn keys(&self) -> usize {
        self.object().len()
    }

    fn given(&self) -> String {
        serde_json::Value::Object(self.object()).to_string()
    }

    fn object(&self) -> serde_json::Map<String, serde_json::Value> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(object)) => object,
            _ => serde_json::Map::new(),
        }
    }
}

/// Reads `2s`, `500ms`, `1m 30s`.
fn duration(name: &'static str, given: &str) -> Result<Duration, Wrong> {
    let read = given.parse::<jiff::SignedDuration>().ok().and_then(|read| Duration::try_from(read).ok());
    let read = read.filter(|time| *time <= LONGEST);
    read.ok_or_else(|| (name, format!("{given:?}"), "a time such as \"2s\" or \"500ms\", at most \"24h\",".to_owned()))
}

fn text(duration: Duration) -> String {
    let duration = jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX);
    format!("{duration:#}")
}

#[cfg(test)]
pub(super) mod tests {
    /// Every fault of one word.
    pub(in crate::cloud::scenario) fn words() -> impl Iterator<Item = &'static str> {
        super::WORDS.iter().map(|(word, _)| *word)
    }
}
