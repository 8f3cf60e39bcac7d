//! What holds of every document, whatever is in it. Both the hunt for documents (`engine/`) and the tests that read those found again
//! (`tests/documents.rs`) ask here.

use paultrap::outcome::FindingKind as F;
use paultrap::outcome::{Finding, Judged, Keys, Policy, Probabilities, Received, ReceivedMap, Severity};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;

/// Panics if something does not hold of a document.
pub(crate) fn check(document: &[u8]) {
    for keys in [Keys::Decimal, Keys::Bits] {
        let received = Received::read(document, keys);
        assert_eq!(&**received.bytes(), document, "the bytes stay");
        check_findings(document, received.findings());
        for map in received.maps() {
            check_entries(document, map);
            for qubits in [map.width(), 2] {
                check_findings(document, &map.findings(qubits, Policy::Strict).0);
                check_judged(map, qubits);
            }
        }
        if keys == Keys::Decimal {
            check_beside_serde(document, &received);
            check_nothing_lost(document, &received);
        }
    }
}

/// What is told of a document is within it.
fn check_findings(document: &[u8], findings: &[Finding]) {
    for finding in findings {
        assert!(finding.at.is_none_or(|at| at <= document.len()), "{finding:?} is beyond the document");
        assert!(!finding.message.is_empty(), "{finding:?} says nothing");
        let written = |text: &str| text.ends_with('…') || String::from_utf8_lossy(document).contains(text);
        // These tell numbers as they were read.
        let read = matches!(finding.kind, F::Negative | F::TinyNegative | F::KeyOutOfRange | F::DuplicateKey);
        assert!(read || finding.value.as_deref().is_none_or(written), "{finding:?} was not written");
    }
}

/// Each entry is what the document has at its place.
fn check_entries(document: &[u8], map: &ReceivedMap) {
    for entry in map.entries() {
        let mut texts = serde_json::Deserializer::from_slice(&document[entry.at..]).into_iter::<String>();
        let key = texts.next().expect("a key begins here").expect("a key is a text");
        let outcomes = [key.trim().parse().ok(), u64::from_str_radix(&key, 2).ok()];
        assert!(outcomes.contains(&Some(entry.outcome)), "{entry:?} under the key {key:?}");
        let rest = String::from_utf8_lossy(&document[entry.at + texts.byte_offset()..]).into_owned();
        let value = rest.trim_start().strip_prefix(':').expect("a value follows its key").trim_start();
        let number = match value.strip_prefix('"') {
            Some(_) => serde_json::Deserializer::from_str(value).into_iter::<String>().next().expect("a text").expect("a text"),
            None => value.split([',', '}', ' ', '\t', '\n', '\r']).next().unwrap_or_default().to_owned(),
        };
        assert_eq!(number.trim().parse::<f64>().map(f64::to_bits), Ok(entry.value.to_bits()), "{entry:?}");
    }
}

/// What is judged sound is a distribution, made of all the numbers that came, and printed it comes back.
fn check_judged(map: &ReceivedMap, qubits: usize) {
    let strict = map.judge(qubits, Policy::Strict).is_ok();
    let Judged { probabilities, findings, sum } = match map.judge(qubits, Policy::default()) {
        Ok(judged) => judged,
        Err(unsound) => {
            assert!(unsound.findings.iter().any(|finding| finding.severity == Severity::Error), "{unsound:?}");
            return assert!(!strict, "refused, though the stricter policy takes it: {unsound}");
        }
    };
    assert!(findings.iter().all(|finding| finding.severity < Severity::Error), "{findings:?}");
    let plain: f64 = probabilities.iter().map(|(_, p)| p).sum();
    assert!((plain - 1.0).abs() < 1e-9, "a sum of {plain}");
    assert!(probabilities.iter().all(|(outcome, p)| p > 0.0 && (qubits >= 64 || outcome >> qubits == 0)), "{probabilities:?}");
    let positive = map.entries().iter().filter(|entry| entry.value > 0.0);
    assert_eq!(probabilities.len(), positive.clone().count(), "nothing is dropped or overwritten");
    let total: f64 = positive.clone().map(|entry| entry.value).sum();
    assert!((total - 1.0).abs() <= 1e-3 + 1e-12, "{total} was divided away");
    for entry in positive {
        let p = probabilities.get(entry.outcome);
        assert!((p * total - entry.value).abs() <= 1e-8 * entry.value.max(1e-300), "{entry:?} became {p}, the sum is {total}");
    }
    let changed = (total - 1.0).abs() > 1e-12 || (sum - 1.0).abs() > 1e-12;
    assert!(!changed || findings.iter().any(|finding| finding.kind == F::Sum), "rescaled in silence: {findings:?}");
    check_printed(&probabilities);
}

fn check_printed(probabilities: &Probabilities) {
    let text = serde_json::to_vec(probabilities).expect("a map of numbers");
    let again = Received::read(text, Keys::Decimal);
    let map = again.single().expect("one map");
    let judged = map.judge(probabilities.qubits(), Policy::Strict).expect("a distribution");
    assert_eq!(&judged.probabilities, probabilities);
    let bits = |probabilities: &Probabilities| probabilities.iter().map(|(_, p)| p.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&judged.probabilities), bits(probabilities));
}

/// Every number of a document, texts that are numbers included, however deep, with those under names that come twice; and the names.
#[derive(Default)]
struct Leaves {
    numbers: Vec<u64>,
    names: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for Leaves {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Leaves, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Leaves;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Leaves, E> {
        Ok(Leaves::default())
    }

    fn visit_unit<E>(self) -> Result<Leaves, E> {
        Ok(Leaves::default())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Leaves, E> {
        Ok(Leaves::number(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Leaves, E> {
        Ok(Leaves::number(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Leaves, E> {
        Ok(Leaves::number(value as f64))
    }

    fn visit_str<E>(self, text: &str) -> Result<Leaves, E> {
        Ok(Leaves { numbers: text.trim().parse::<f64>().map(f64::to_bits).into_iter().collect(), ..Leaves::default() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Leaves, A::Error> {
        let mut all = Leaves::default();
        while let Some(leaves) = list.next_element()? {
            all.join(leaves);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Leaves, A::Error> {
        let mut all = Leaves::default();
        while let Some((name, leaves)) = map.next_entry()? {
            all.names.insert(name);
            all.join(leaves);
        }
        Ok(all)
    }
}

impl Leaves {
    fn number(value: f64) -> Leaves {
        Leaves { numbers: vec![value.to_bits()], ..Leaves::default() }
    }

    fn join(&mut self, other: Leaves) {
        self.numbers.extend(other.numbers);
        self.names.extend(other.names);
    }
}

/// If all maps of a document are sound, the numbers in them are all its numbers. Registers are left out: of several, the one with all bits
/// has those of the others.
fn check_nothing_lost(document: &[u8], received: &Received) {
    let Ok(Leaves { numbers: mut theirs, names }) = serde_json::from_slice(document) else { return };
    let sound = |map: &ReceivedMap| map.judge(map.width(), Policy::default()).is_ok();
    if received.whole().is_err() || names.contains("registers") || !received.maps().iter().all(sound) {
        return;
    }
    let mut ours: Vec<u64> = received.maps().iter().flat_map(ReceivedMap::entries).map(|entry| entry.value.to_bits()).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    // The sign of a zero written as an integer is lost by one of the two readers.
    let plain =
        |numbers: Vec<u64>| numbers.into_iter().map(|bits| if bits == (-0.0f64).to_bits() { 0 } else { bits }).collect::<BTreeSet<_>>();
    assert_eq!(ours.len(), theirs.len(), "numbers are lost, or come from nowhere");
    assert_eq!(plain(ours), plain(theirs));
}

/// A flat map of numbers, in order, as serde reads it.
struct Flat(Vec<(String, f64)>);

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Flat, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Flat;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map of numbers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Flat, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Flat(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A document that another reader takes as a flat map of outcomes is read the same, and taken or refused by what can be told from its
/// numbers alone.
fn check_beside_serde(document: &[u8], received: &Received) {
    let Ok(Flat(entries)) = serde_json::from_slice(document) else { return };
    let Some(outcomes) = entries.iter().map(|(key, _)| canonical(key)).collect::<Option<Vec<u64>>>() else { return };
    let map = received.single().expect("a flat map is one map");
    let ours: Vec<_> = map.entries().iter().map(|entry| (entry.outcome, entry.value.to_bits())).collect();
    let theirs: Vec<_> = outcomes.iter().zip(&entries).map(|(&outcome, &(_, value))| (outcome, value.to_bits())).collect();
    assert_eq!(ours, theirs);
    let distinct = outcomes.iter().collect::<BTreeSet<_>>().len() == outcomes.len();
    let values = || entries.iter().map(|&(_, value)| value);
    let sum: f64 = values().sum();
    let (lowest, whole) = (values().fold(0.0, f64::min), values().all(|value| value.fract() == 0.0));
    let near = |value: f64, border: f64| (value - border).abs() < 1e-11;
    if near(lowest, -1e-9) || near(sum, 1.001) || near(sum, 0.999) {
        return; // rounding decides
    }
    let taken_as_0: f64 = values().map(|value| (-value).max(0.0)).sum();
    let change = (sum + taken_as_0 - 1.0).abs() + taken_as_0;
    if near(change, 1e-3) {
        return;
    }
    let expected = !entries.is_empty() && distinct && lowest >= -1e-9 && change <= 1e-3 && !(whole && sum > 1.5);
    let judged = map.judge(map.width(), Policy::default());
    assert_eq!(judged.is_ok(), expected, "{judged:?}");
}

/// The outcome, if a key is one as services write them.
fn canonical(key: &str) -> Option<u64> {
    key.parse().ok().filter(|outcome: &u64| outcome.to_string() == key)
}
