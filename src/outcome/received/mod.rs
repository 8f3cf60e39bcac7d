//! Results as services really send them: integers, texts, `NaN`, duplicate keys, maps inside of maps, HTML. Nothing is lost: the bytes
//! stay, every oddity is a [`Finding`], and a distribution comes out only under a [`Policy`].

mod counted;
mod digits;
mod finding;
mod judge;
mod read;
mod sdk;
#[cfg(test)]
mod tests;

pub use finding::{Finding, FindingKind, Severity};
pub use judge::{Judged, Policy, Unsound};
pub use sdk::{Sdk, Verdict};

use digits::Digits;
use std::sync::Arc;

/// How the outcomes of a map are spelled. The format of a result says so; from the keys alone nobody can tell `"10"` from `"10"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keys {
    /// Base-10 integers: `ionq.result.probabilities.json.v1`, and every histogram of v0.3. Maps inside of `registers` are bits all the
    /// same, as v2 has them.
    #[default]
    Decimal,
    /// Bits, qubit 0 right-most: `ionq.result.probabilities.json.v2`.
    Bits,
}

impl Keys {
    const fn name(self) -> &'static str {
        match self {
            Keys::Decimal => "base-10 integers",
            Keys::Bits => "bits",
        }
    }
}

/// A document as it came.
///
/// ```
/// use paultrap::outcome::{Keys, Policy, Received};
/// let received = Received::read(&br#"{"0":0.5,"3":0.4999999850}"#[..], Keys::Decimal);
/// let judged = received.single()?.judge(2, Policy::default())?;
/// assert!((judged.probabilities.get(0) - 0.5000000075).abs() < 1e-12);
/// assert_eq!(judged.findings.len(), 2); // what was divided away, and that the numbers have ten decimals
/// # Ok::<(), paultrap::outcome::Unsound>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    bytes: Arc<[u8]>,
    maps: Vec<ReceivedMap>,
    findings: Vec<Finding>,
}

/// The map of one circuit.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceivedMap {
    name: Option<String>,
    entries: Vec<Entry>,
    digits: Digits,
    /// The fewest and the most bits of a key, where keys are bits.
    bits: Option<(usize, usize)>,
    findings: Vec<Finding>,
}

/// An outcome and its number, in the order of the document; the same outcome may come twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// The outcome.
    pub outcome: u64,
    /// Its number.
    pub value: f64,
    /// The byte that its key begins with.
    pub at: usize,
}

impl Received {
    /// Reads a document. There is always something to be said of it, so this cannot fail.
    pub fn read(bytes: impl Into<Arc<[u8]>>, keys: Keys) -> Received {
        let bytes = bytes.into();
        let (maps, findings) = read::document(&bytes, keys);
        Received { bytes, maps, findings }
    }

    /// What came, byte for byte.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The maps in it: one, or one for each circuit of a job, in the order of the document.
    pub fn maps(&self) -> &[ReceivedMap] {
        &self.maps
    }

    /// What is unusual about the document as a whole.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The map, if there is only one.
    ///
    /// # Errors
    /// [`Unsound`] if there is none, or several.
    pub fn single(&self) -> Result<&ReceivedMap, Unsound> {
        self.whole()?;
        match self.maps.as_slice() {
            [map] => Ok(map),
            maps => Err(unsound(FindingKind::Shape, format!("the document has the results of {} circuits, one is needed", maps.len()))),
        }
    }

    /// The same, if it has no name or this one: of one job, that of another is none.
    ///
    /// # Errors
    /// [`Unsound`] if there is none, or several, or one of another name.
    pub fn single_of(&self, name: &str) -> Result<&ReceivedMap, Unsound> {
        let map = self.single()?;
        match &map.name {
            Some(other) if other != name => Err(unsound(FindingKind::Shape, format!("this is the result of {other:?}, not of {name:?}"))),
            _ => Ok(map),
        }
    }

    /// Nothing, if nothing is wrong with the document as a whole.
    ///
    /// # Errors
    /// [`Unsound`] with all that is unusual about it.
    pub fn whole(&self) -> Result<(), Unsound> {
        match self.findings.iter().all(|finding| finding.severity < Severity::Error) {
            true => Ok(()),
            false => Err(Unsound { findings: self.findings.clone(), sum: None, entries: 0 }),
        }
    }

    /// The map of one circuit of several, found by its name, so that no order can mix them up; `None` if there is none.
    ///
    /// # Errors
    /// [`Unsound`] if the document has no maps with names, or this one twice.
    pub fn named(&self, name: &str) -> Result<Option<&ReceivedMap>, Unsound> {
        self.whole()?;
        if let [map] = self.maps.as_slice()
            && map.name.is_none()
        {
            return match map.entries.is_empty() && map.findings.is_empty() {
                true => Ok(None), // an empty object has the results of nobody
                false => Err(unsound(FindingKind::Shape, "there is the result of one circuit, those of several are needed".to_owned())),
            };
        }
        Ok(self.maps.iter().find(|map| map.name.as_deref() == Some(name)))
    }
}

fn unsound(kind: FindingKind, message: String) -> Unsound {
    Unsound { findings: vec![Finding::new(kind, Severity::Error, message)], sum: None, entries: 0 }
}

impl ReceivedMap {
    /// What it is called, if it is one of several: the id of a job.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The entries as they came.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether the entries look like counts: whole numbers, more than one altogether.
    pub fn is_of_counts(&self) -> bool {
        let sum: f64 = self.entries.iter().map(|entry| entry.value).sum();
        sum > 1.5 && self.entries.iter().all(|entry| entry.value.fract() == 0.0)
    }

    /// The width that the keys show: that of the bits, or the fewest qubits whose outcomes they all can be.
    pub fn width(&self) -> usize {
        let highest = self.entries.iter().map(|entry| entry.outcome).max().unwrap_or(0);
        self.bits.map_or(0, |(_, most)| most).max((64 - highest.leading_zeros() as usize).max(1))
    }
}
