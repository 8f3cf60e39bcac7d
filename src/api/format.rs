//! The forms in which a job's results and circuits can be downloaded, by IonQ's names.

use super::Reply;

/// A form of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Outcome → probability, keys base 10.
    Probabilities,
    /// Outcome → count, keys base 10.
    Histogram,
    /// The outcomes one by one, base 10.
    Shots,
    /// Child job → outcome → probability.
    Aggregate,
    /// Register → outcome → probability, keys in bits.
    ProbabilitiesV2,
    /// Register → outcome → count, keys in bits.
    HistogramV2,
    /// The shots one by one, register → bits.
    ShotsV2,
    /// A circuit of native gates.
    Native,
    /// A program text.
    Qasm3,
}

/// What there is to know of a format.
struct Row {
    id: &'static str,
    /// The artifact's id where the id is a word; others have UUIDs.
    word: Option<&'static str>,
    media_type: &'static str,
    schema: &'static str,
}

/// A row, its schema from the file of its id.
macro_rules! row {
    ($id:literal, $word:expr, $media_type:expr) => {
        Row { id: $id, word: $word, media_type: $media_type, schema: include_str!(concat!("../../fixtures/schemas/", $id, ".json")) }
    };
}

impl Format {
    /// All of them.
    #[rustfmt::skip]
    pub const ALL: [Format; 9] = [
        Format::Probabilities, Format::Histogram, Format::Shots, Format::Aggregate, Format::ProbabilitiesV2, Format::HistogramV2,
        Format::ShotsV2, Format::Native, Format::Qasm3,
    ];

    #[rustfmt::skip]
    const fn row(self) -> Row {
        match self {
            Format::Probabilities   => row!("ionq.result.probabilities.json.v1",           Some("probabilities"),           Reply::JSON),
            Format::Histogram       => row!("ionq.result.histogram.json.v1",               Some("histogram"),               Reply::JSON),
            Format::Shots           => row!("ionq.result.shots.json.v1",                   Some("shots"),                   Reply::JSON),
            Format::Aggregate       => row!("ionq.result.probabilities-aggregate.json.v1", Some("probabilities-aggregate"), Reply::JSON),
            Format::ProbabilitiesV2 => row!("ionq.result.probabilities.json.v2",           None,                            Reply::JSON),
            Format::HistogramV2     => row!("ionq.result.histogram.json.v2",               None,                            Reply::JSON),
            Format::ShotsV2         => row!("ionq.result.shots.json.v2",                   None,                            Reply::JSON),
            Format::Native          => row!("ionq.native.v1",                              None,                            Reply::JSON),
            Format::Qasm3           => row!("ionq.qasm3.v1",                               None,                            "text/plain"),
        }
    }

    /// The id in IonQ's list of formats.
    pub const fn id(self) -> &'static str {
        self.row().id
    }

    /// The id of a job's artifact of this format if it is the same word for every job; other artifacts have UUIDs.
    pub const fn word(self) -> Option<&'static str> {
        self.row().word
    }

    /// What a payload is.
    pub const fn media_type(self) -> &'static str {
        self.row().media_type
    }

    /// The JSON Schema document of a payload, as text.
    pub const fn schema(self) -> &'static str {
        self.row().schema
    }

    /// The format of an id.
    pub fn named(id: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_schema_that_says_whose_it_is() {
        for format in Format::ALL {
            let schema: serde_json::Value = serde_json::from_str(format.schema()).unwrap();
            assert_eq!((schema["$id"].as_str(), Format::named(format.id())), (Some(format.id()), Some(format)));
            for key in ["$schema", "type", "description"] {
                assert!(schema[key].is_string(), "{} {key}", format.id());
            }
        }
        let files = std::fs::read_dir("fixtures/schemas").unwrap().count();
        assert_eq!(files, Format::ALL.len(), "a schema belongs to no format");
        assert_eq!(Format::named("ionq.result.shots.json.v3"), None);
    }
}
