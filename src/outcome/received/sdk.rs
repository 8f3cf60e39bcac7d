//! What SDKs do with results, release by release: each is followed step by step on the dict that Python makes of the document.

use super::super::{Probabilities, compensated_sum};
use super::Received;
use jiter::JsonValue;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a client does with a result; worse is larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Takes it as it is.
    Takes,
    /// Changes it and tells nobody: divides by the sum, cuts outcomes to the width, or keeps the last of two entries.
    ChangesSilently,
    /// Raises an error.
    Refuses,
}

/// A client in some of its releases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sdk {
    /// Its name.
    pub name: &'static str,
    /// Which releases.
    pub releases: &'static str,
    /// How far from 1 a sum may be for it; `None` for any.
    pub most: Option<f64>,
    #[serde(skip)]
    family: Family,
}

/// How it comes from keys and values to a distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Family {
    /// Cuts outcomes to the width, of two that are then the same the last one counts; divides by sums as near to 1 as it says, if at all.
    Cirq { divides: Option<f64> },
    /// Cuts outcomes to the width and adds up those that are then the same; divides by any sum.
    Qiskit,
    /// Reverses the bits, has no room for outcomes that are then too large; divides by any sum.
    Pennylane,
}

/// numpy's limit for the weights of a choice: the square root of the precision of 64 bits.
const NUMPY: f64 = 1.490_116_119_384_765_6e-8;

impl Sdk {
    /// Those whose ways are known.
    pub const ALL: [Sdk; 4] = [
        Sdk { name: "cirq-ionq", releases: "1.3.0 to 1.5.0", most: Some(NUMPY), family: Family::Cirq { divides: None } },
        Sdk { name: "cirq-ionq", releases: "1.6.0 to 1.7.0", most: Some(1e-5), family: Family::Cirq { divides: Some(1e-5) } },
        Sdk { name: "qiskit-ionq", releases: "1.1.1", most: None, family: Family::Qiskit },
        Sdk { name: "pennylane-ionq", releases: "0.45.0", most: None, family: Family::Pennylane },
    ];

    /// What each of [`Sdk::ALL`] does with the results of an ideal simulator of so many qubits, or with those under a name where there
    /// are several.
    pub fn verdicts(received: &Received, name: Option<&str>, qubits: usize) -> [Verdict; 4] {
        let bytes = received.bytes();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match JsonValue::parse(bytes, true) {
            Ok(value) => Sdk::ALL.map(|sdk| sdk.verdict(&value, name, qubits)),
            Err(_) => [Verdict::Refuses; 4],
        }
    }

    /// An object whose first value is an object is a batch, of all of them.
    fn verdict(&self, value: &JsonValue<'_>, name: Option<&str>, qubits: usize) -> Verdict {
        let Some(dict) = Dict::of(value) else { return Verdict::Refuses };
        let Some((_, first)) = dict.entries.first() else { return Verdict::Refuses };
        if !matches!(first, JsonValue::Object(_)) {
            return self.histogram(&dict, qubits);
        }
        let own = dict.entries.iter().filter(|(key, _)| name.is_none_or(|name| name == *key));
        let each = own.map(|(_, value)| Dict::of(value).map_or(Verdict::Refuses, |dict| self.histogram(&dict, qubits)));
        each.max().unwrap_or(Verdict::Refuses).max(if dict.overwritten { Verdict::ChangesSilently } else { Verdict::Takes })
    }

    fn histogram(&self, dict: &Dict<'_>, qubits: usize) -> Verdict {
        match self.distribution(dict, qubits) {
            Some(used) if !dict.overwritten && dict.means(qubits).is_some_and(|meant| same(&used, &meant)) => Verdict::Takes,
            Some(_) => Verdict::ChangesSilently,
            None => Verdict::Refuses,
        }
    }

    /// The distribution that it draws from; `None` if it raises an error.
    fn distribution(&self, dict: &Dict<'_>, qubits: usize) -> Option<BTreeMap<u64, f64>> {
        let mut used = BTreeMap::<u64, f64>::new();
        for (key, value) in &dict.entries {
            let (key, value) = (Int::of(key)?, self.number(value)?);
            let outcome = self.outcome(key, qubits)?;
            match self.family {
                Family::Qiskit => *used.entry(outcome).or_default() += value,
                Family::Cirq { .. } | Family::Pennylane => drop(used.insert(outcome, value)),
            }
        }
        let of_all: Option<Vec<f64>> = dict.entries.iter().map(|(_, value)| self.number(value)).collect();
        let divisor = match self.family {
            Family::Cirq { divides } => {
                divides.map(|most| (used.values().sum::<f64>(), most)).filter(|(sum, most)| (sum - 1.0).abs() <= *most)
            }
            Family::Qiskit => Some((used.values().sum(), 0.0)),
            Family::Pennylane => Some((of_all?.iter().sum(), 0.0)),
        };
        if let Some((sum, _)) = divisor {
            used.values_mut().for_each(|value| *value /= sum);
        }
        let drawable = used.values().all(|&p| p >= 0.0) && (compensated_sum(used.values().copied()) - 1.0).abs() <= NUMPY;
        drawable.then_some(used)
    }

    fn outcome(&self, key: Int, qubits: usize) -> Option<u64> {
        let mask = if qubits >= 64 { u64::MAX } else { !(u64::MAX << qubits) };
        match self.family {
            // Of two's complement.
            Family::Cirq { .. } => Some(if key.negative { key.low.wrapping_neg() } else { key.low } & mask),
            // The `b` of Python's `-0b1` is in the way unless it is cut off.
            Family::Qiskit if key.negative && (key.bits as usize) < qubits => None,
            Family::Qiskit => Some(key.low & mask),
            Family::Pennylane if key.negative || key.bits > 64 => None,
            Family::Pennylane => {
                let width = qubits.max(key.bits as usize).clamp(1, 64) as u32;
                let reversed = key.low.reverse_bits() >> (64 - width);
                let fits = reversed & !mask == 0;
                fits.then(|| reversed.reverse_bits() >> (64 - qubits.clamp(1, 64) as u32))
            }
        }
    }

    /// A value as a number: cirq makes one of texts, the others add what there is.
    fn number(&self, value: &JsonValue<'_>) -> Option<f64> {
        match value {
            JsonValue::Int(number) => Some(*number as f64),
            JsonValue::Float(number) => Some(*number),
            JsonValue::Bool(truth) => Some(f64::from(u8::from(*truth))),
            JsonValue::Str(text) if matches!(self.family, Family::Cirq { .. }) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

/// A dict as Python makes it: in the place of the first of two entries of a name stands the value of the last.
struct Dict<'a> {
    entries: Vec<(&'a str, &'a JsonValue<'a>)>,
    /// Whether that was another value.
    overwritten: bool,
}

impl<'a> Dict<'a> {
    fn of(value: &'a JsonValue<'a>) -> Option<Dict<'a>> {
        let JsonValue::Object(object) = value else { return None };
        let mut places = std::collections::HashMap::new();
        let mut dict = Dict { entries: Vec::with_capacity(object.len()), overwritten: false };
        for (key, value) in object.iter() {
            let place = *places.entry(&**key).or_insert(dict.entries.len());
            match dict.entries.get_mut(place) {
                Some(entry) => {
                    dict.overwritten |= entry.1 != value;
                    entry.1 = value;
                }
                None => dict.entries.push((key, value)),
            }
        }
        Some(dict)
    }

    /// The distribution as whoever sent it meant it: bits are bits, although Python takes them for an integer, and texts numbers.
    fn means(&self, qubits: usize) -> Option<BTreeMap<u64, f64>> {
        let mut meant = BTreeMap::new();
        for (key, value) in &self.entries {
            let bits = qubits >= 2 && key.len() == qubits && key.bytes().all(|byte| matches!(byte, b'0' | b'1'));
            let outcome = match bits {
                true => u64::from_str_radix(key, 2).ok()?,
                false => Int::of(key).filter(|key| !key.negative && key.bits as usize <= qubits)?.low,
            };
            if meant.insert(outcome, Sdk::ALL[0].number(value)?).is_some() {
                return None;
            }
        }
        Some(meant)
    }
}

/// The same outcomes with the same probabilities, to what counts as rounding.
fn same(a: &BTreeMap<u64, f64>, b: &BTreeMap<u64, f64>) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() <= Probabilities::TOLERANCE)
}

/// An integer of any length, as Python reads one.
#[derive(Clone, Copy)]
struct Int {
    negative: bool,
    /// The lowest 64 bits of its size.
    low: u64,
    /// How many bits its size has; 65 for more than 64.
    bits: u32,
}

impl Int {
    /// `int(text)`: white space around it, a sign, digits with single underscores between; at most 4,300 of them.
    fn of(text: &str) -> Option<Int> {
        let text = text.trim();
        let negative = text.starts_with('-');
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.split('_').any(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit())) || digits.len() > 4300 {
            return None;
        }
        let (mut low, mut large) = (0u64, false);
        for digit in digits.bytes().filter(u8::is_ascii_digit) {
            let digit = u64::from(digit - b'0');
            large |= low.checked_mul(10).and_then(|low| low.checked_add(digit)).is_none();
            low = low.wrapping_mul(10).wrapping_add(digit);
        }
        let bits = if large { 65 } else { 64 - low.leading_zeros() };
        Some(Int { negative: negative && (low > 0 || large), low, bits })
    }
}
