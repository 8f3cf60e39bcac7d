use super::{Format, Operation};
use crate::outcome::{Counts, Probabilities};
use serde::de::{MapAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// The forms in which a job's results have a path of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResultFormat {
    /// Outcome → probability.
    Probabilities,
    /// Child job → outcome → probability.
    Aggregated,
    /// Outcome → count.
    Histogram,
    /// The outcomes one by one.
    Shots,
}

impl ResultFormat {
    /// All of them.
    pub const ALL: [ResultFormat; 4] =
        [ResultFormat::Probabilities, ResultFormat::Aggregated, ResultFormat::Histogram, ResultFormat::Shots];

    /// The end of the path, below `/results/`.
    pub const fn path(self) -> &'static str {
        match self {
            ResultFormat::Probabilities => "probabilities",
            ResultFormat::Aggregated => "probabilities/aggregated",
            ResultFormat::Histogram => "histogram",
            ResultFormat::Shots => "shots",
        }
    }

    /// Its place among the forms of payloads.
    pub const fn format(self) -> Format {
        match self {
            ResultFormat::Probabilities => Format::Probabilities,
            ResultFormat::Aggregated => Format::Aggregate,
            ResultFormat::Histogram => Format::Histogram,
            ResultFormat::Shots => Format::Shots,
        }
    }

    /// The operation that fetches it.
    pub const fn operation(self) -> Operation {
        match self {
            ResultFormat::Probabilities => Operation::GetJobProbabilities,
            ResultFormat::Aggregated => Operation::GetJobProbabilitiesAggregated,
            ResultFormat::Histogram => Operation::GetJobHistogram,
            ResultFormat::Shots => Operation::GetJobShots,
        }
    }
}

/// A map from keys to values that keeps the order of the wire and refuses a repeated key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberMap<K, V>(pub Vec<(K, V)>);

impl<'de, K, V> Deserialize<'de> for NumberMap<K, V>
where
    K: Deserialize<'de> + Ord + fmt::Debug,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<K, V>(PhantomData<(K, V)>);

        impl<'de, K, V> Visitor<'de> for Pairs<K, V>
        where
            K: Deserialize<'de> + Ord + fmt::Debug,
            V: Deserialize<'de>,
        {
            type Value = NumberMap<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of results")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs: Vec<(K, V)> = Vec::with_capacity(map.size_hint().unwrap_or(0).min(4096));
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                // Services write keys in order; only where one does not is a second look needed.
                if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
                    let mut keys: Vec<&K> = pairs.iter().map(|(key, _)| key).collect();
                    keys.sort_unstable();
                    if let Some(twice) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
                        return Err(serde::de::Error::custom(format!("key {:?} is listed twice", twice[0])));
                    }
                }
                Ok(NumberMap(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

impl<K: Serialize, V: Serialize> Serialize for NumberMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// `GET …/results/probabilities` as the client reads it.
pub type ProbabilitiesReply = NumberMap<u64, f64>;

/// `GET …/results/histogram` as the client reads it.
pub type CountsReply = NumberMap<u64, u32>;

/// `GET …/results/probabilities/aggregated` as the client reads it; order is the circuits' order.
pub type AggregateReply = NumberMap<String, ProbabilitiesReply>;

/// What the cloud answers for a format.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ResultsBody<'a> {
    Probabilities(&'a Probabilities),
    Histogram(&'a Counts),
    /// IonQ writes the outcomes of single shots as base-10 strings.
    Shots(#[serde(serialize_with = "as_texts")] Cow<'a, [u64]>),
}

fn as_texts<S: Serializer>(shots: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(shots.len()))?;
    shots.iter().try_for_each(|shot| list.serialize_element(&format_args!("{shot}")))?;
    list.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_an_error_and_not_an_overwrite() {
        let error = serde_json::from_str::<ProbabilitiesReply>(r#"{"0":0.5,"0":0.25,"3":0.5}"#).unwrap_err();
        assert!(error.to_string().starts_with("key 0 is listed twice"), "{error}");
    }

    #[test]
    fn integers_and_exponents_are_probabilities_too() {
        let reply: ProbabilitiesReply = serde_json::from_str(r#"{"0":1,"1":0E0,"5":1e-3}"#).unwrap();
        assert_eq!(reply.0, [(0, 1.0), (1, 0.0), (5, 0.001)]);
    }

    #[test]
    fn the_order_of_the_wire_is_kept() {
        let text = r#"{"b":{"1":1.0},"a":{"0":0.5,"2":0.5}}"#;
        let reply: AggregateReply = serde_json::from_str(text).unwrap();
        assert_eq!(reply.0.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(serde_json::to_string(&reply).unwrap(), text);
    }
}
