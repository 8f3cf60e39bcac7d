//! Bytes to wire types: an error names the field by its path, and nothing but an object is taken for one.

use super::RequestError;
use crate::circuit::{self, Object};
use crate::outcome::Shots;
use serde::{Deserialize, Deserializer};

/// Reads a JSON body that is an object; an error names the field by its path.
///
/// # Errors
/// [`RequestError::Json`].
pub fn decode<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, RequestError> {
    decode_any(body).map(|Object(value)| value)
}

/// Reads a JSON list of objects, such as a bare list of gates.
///
/// # Errors
/// [`RequestError::Json`].
pub fn decode_list<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, RequestError> {
    Ok(decode_any::<Vec<Object<T>>>(body)?.into_iter().map(|Object(value)| value).collect())
}

/// Reads JSON of any form; an error names the field by its path.
///
/// # Errors
/// [`RequestError::Json`].
pub fn decode_any<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, RequestError> {
    // Keeping the path takes a third of the time, and nobody asks for it where there is no error.
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        // serde quotes what was given; a megabyte of it helps nobody.
        let message = shorten(error.inner().to_string());
        let named = |begin| message.strip_prefix(begin).and_then(|rest: &str| rest.split('`').next()).map(str::to_owned);
        let missing = named("missing field `").or_else(|| named("duplicate field `"));
        let path = error.path().to_string();
        // The body as a whole is a dot; a field whose name could not be read is a question mark.
        let path = path.trim_end_matches(['.', '?']);
        let field = match missing {
            Some(missing) if path.is_empty() => missing,
            Some(missing) => format!("{path}.{missing}"),
            None => path.to_owned(),
        };
        RequestError::Json { field, message }
    })?;
    deserializer.end().map_err(|error| RequestError::Json { field: String::new(), message: error.to_string() })?;
    Ok(value)
}

fn shorten(message: String) -> String {
    if message.chars().count() <= 240 {
        return message;
    }
    let tail: String = message.chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{} … {tail}", message.chars().take(150).collect::<String>())
}

pub(super) fn maybe_object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(value)| value))
}

pub(super) fn maybe_objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<T>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent, bound = "T: Deserialize<'de>")]
    struct List<T>(#[serde(deserialize_with = "circuit::objects")] Vec<T>);

    Ok(Option::<List<T>>::deserialize(deserializer)?.map(|List(values)| values))
}

/// A number, or text of one.
pub(super) fn loose<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + std::str::FromStr,
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a number of the right kind is needed")]
    enum Given<T> {
        Number(T),
        Text(String),
    }

    match Option::deserialize(deserializer)? {
        None => Ok(None),
        Some(Given::Number(number)) => Ok(Some(number)),
        Some(Given::Text(text)) => {
            let wrong = |_| serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &"a number");
            text.trim().parse().map(Some).map_err(wrong)
        }
    }
}

/// cirq-ionq sends shots as text.
pub(super) fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    struct Either;

    impl serde::de::Visitor<'_> for Either {
        type Value = i64;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "a whole number from 1 to {}", Shots::MAX)
        }

        fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<i64, E> {
            Ok(value)
        }

        fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<i64, E> {
            Ok(i64::try_from(value).unwrap_or(i64::MAX))
        }

        fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<i64, E> {
            value.trim().parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(value), &self))
        }
    }

    struct Maybe;

    impl<'de> serde::de::Visitor<'de> for Maybe {
        type Value = Option<i64>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            serde::de::Visitor::expecting(&Either, f)
        }

        fn visit_none<E>(self) -> Result<Option<i64>, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Option<i64>, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<i64>, D::Error> {
            deserializer.deserialize_any(Either).map(Some)
        }
    }
    deserializer.deserialize_option(Maybe)
}
