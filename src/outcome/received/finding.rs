use serde::Serialize;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Unusual, and nothing is lost: an integer where others write a fraction.
    Note,
    /// Some client stumbles over it; the numbers can still be told.
    Warning,
    /// There is no telling what was meant.
    Error,
}

/// What is unusual about a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The text is no JSON, or ends too early.
    NotJson,
    /// JSON, but nothing that results come in.
    Shape,
    /// The map is inside of another object.
    Wrapped,
    /// There is no entry.
    Empty,
    /// `null` in place of a map or of a value.
    Null,
    /// A key that is no outcome in the format declared.
    Key,
    /// A key that so many qubits cannot show.
    KeyOutOfRange,
    /// The same outcome more than once.
    DuplicateKey,
    /// A value that is no number.
    Value,
    /// A number in quotation marks.
    TextValue,
    /// `NaN`, `Infinity`, or a number beyond all that 64 bits can hold.
    NonFinite,
    /// A number without a decimal point.
    Integer,
    /// A number with an exponent.
    Scientific,
    /// A negative number too large for rounding.
    Negative,
    /// A negative number that rounding explains; taken as 0.
    TinyNegative,
    /// The numbers are whole and add up to more than 1: counts.
    Counts,
    /// The sum is not 1.
    Sum,
    /// All numbers end after a few decimals.
    Decimals,
    /// All numbers were rounded to 32 bits.
    Float32,
}

/// Something unusual, where it stands and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// The key as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The value as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The byte of the document that it begins with, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// The same in words.
    pub message: String,
}

impl Finding {
    pub(super) fn new(kind: FindingKind, severity: Severity, message: impl Into<String>) -> Finding {
        Finding { kind, severity, key: None, value: None, at: None, message: message.into() }
    }

    pub(super) fn at(self, at: usize) -> Finding {
        Finding { at: Some(at), ..self }
    }

    pub(super) fn of(self, key: &str, value: Option<&str>) -> Finding {
        Finding { key: Some(shown(key)), value: value.map(shown), ..self }
    }
}

/// A piece of a document, as much of it as a person reads.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().nth(MOST).is_none() {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}
