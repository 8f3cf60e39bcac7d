//! What travels with a job and comes back unchanged.

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// What travels with a job and comes back unchanged. The contract has text only; qiskit-ionq also sends `true`.
pub type Metadata = BTreeMap<String, MetadataValue>;

/// One value of the metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "text, a number, true, false or null")]
#[allow(missing_docs)]
pub enum MetadataValue {
    Text(String),
    Flag(bool),
    Integer(i64),
    Unsigned(u64),
    Number(f64),
    Nothing,
}

impl From<&str> for MetadataValue {
    fn from(text: &str) -> MetadataValue {
        MetadataValue::Text(text.to_owned())
    }
}

/// The most keys of a request's metadata.
pub const MAX_METADATA: usize = 10;
/// The most characters of a key.
pub const MAX_METADATA_KEY: usize = 40;
/// The most characters of a value. IonQ's documentation says so in one place and 400 in another; cirq-ionq sends more than 400.
pub const MAX_METADATA_VALUE: usize = 40_000;

/// Reads metadata within IonQ's limits, and stops where it goes beyond.
pub(in crate::api) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Metadata>, D::Error> {
    struct Maybe;

    impl<'de> Visitor<'de> for Maybe {
        type Value = Option<Metadata>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object of texts")
        }

        fn visit_none<E>(self) -> Result<Option<Metadata>, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Option<Metadata>, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Metadata>, D::Error> {
            deserializer.deserialize_map(Maybe)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Metadata>, A::Error> {
            let mut metadata = Metadata::new();
            while let Some(key) = map.next_key::<String>()? {
                if metadata.len() == MAX_METADATA {
                    return Err(A::Error::custom(format!("metadata has more than the {MAX_METADATA} keys allowed")));
                }
                let length = key.chars().count();
                if length > MAX_METADATA_KEY {
                    let shown: String = key.chars().take(64).collect();
                    let most = format!("at most {MAX_METADATA_KEY} are allowed");
                    return Err(A::Error::custom(format!("the key {shown:?} has {length} characters, {most}")));
                }
                if metadata.contains_key(&key) {
                    return Err(A::Error::custom(format!("the key {key:?} is given twice")));
                }
                let value = map.next_value()?;
                if let MetadataValue::Text(text) = &value
                    && text.chars().count() > MAX_METADATA_VALUE
                {
                    let length = text.chars().count();
                    return Err(A::Error::custom(format!("{key:?} has {length} characters, at most {MAX_METADATA_VALUE} are allowed")));
                }
                metadata.insert(key, value);
            }
            Ok(Some(metadata))
        }
    }
    deserializer.deserialize_option(Maybe)
}

#[cfg(test)]
mod tests {
    use crate::api::{JobRequest, RequestError, decode};

    fn read(metadata: &str) -> Result<JobRequest, RequestError> {
        decode(format!(r#"{{"metadata":{metadata}}}"#).as_bytes())
    }

    fn object(entries: impl IntoIterator<Item = (String, String)>) -> String {
        let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("\"{key}\":\"{value}\"")).collect();
        format!("{{{}}}", entries.join(","))
    }

    #[test]
    fn metadata_up_to_its_limits_is_read_and_beyond_them_refused() {
        let keys = |count: usize| object((0..count).map(|k| (format!("k{k}"), "v".to_owned())));
        let one = |key: usize, value: usize| object([("k".repeat(key), "ä".repeat(value))]);
        for (good, bad, part) in [
            (keys(10), keys(11), "metadata has more than the 10 keys allowed"),
            (one(40, 1), one(41, 1), "has 41 characters, at most 40 are allowed"),
            (one(1, 40_000), one(1, 40_001), "\"k\" has 40001 characters, at most 40000 are allowed"),
            (r#"{"a":"1","b":"1"}"#.to_owned(), r#"{"a":"1","a":"1"}"#.to_owned(), "the key \"a\" is given twice"),
            (r#"{"a":1.5,"b":true,"c":null}"#.to_owned(), r#"{"a":[]}"#.to_owned(), "text, a number, true, false or null"),
            ("null".to_owned(), "[]".to_owned(), "an object of texts"),
        ] {
            assert!(read(&good).is_ok(), "{good:.80}");
            let error = read(&bad).unwrap_err();
            assert!(error.to_string().contains(part) && error.field().starts_with("metadata"), "{error} at {:?}", error.field());
        }
        assert_eq!(read("null").unwrap().metadata, None);
    }

    #[test]
    fn a_million_keys_are_refused_at_the_eleventh() {
        let mut endless = keys_without_end();
        endless.truncate(2 << 20); // the rest is not even JSON
        assert!(read(&endless).unwrap_err().to_string().contains("more than the 10 keys"));
    }

    fn keys_without_end() -> String {
        "{".to_owned() + &(0..200_000).map(|k| format!("\"k{k}\":\"v\",")).collect::<String>()
    }
}
