//! What SDKs do with a distribution that is none: measured, release by release.

use super::{Finding, FindingKind, Severity};
use serde::Serialize;

/// What a client does with a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Takes it as it is.
    Takes,
    /// Changes it and tells nobody: divides by the sum, or keeps the last of two entries.
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
    /// Whether it divides by the sum.
    #[serde(skip)]
    divides: bool,
    /// Whether it reads numbers in quotation marks.
    #[serde(skip)]
    reads_texts: bool,
}

/// numpy's limit for the weights of a choice: the square root of the precision of 64 bits.
const NUMPY: f64 = 1.490_116_119_384_765_6e-8;

impl Sdk {
    /// Those whose limits are known.
    pub const ALL: [Sdk; 4] = [
        Sdk { name: "cirq-ionq", releases: "1.3.0 to 1.5.0", most: Some(NUMPY), divides: false, reads_texts: true },
        Sdk { name: "cirq-ionq", releases: "1.6.0 to 1.7.0", most: Some(1e-5), divides: true, reads_texts: true },
        Sdk { name: "qiskit-ionq", releases: "1.1.1", most: None, divides: true, reads_texts: false },
        Sdk { name: "pennylane-ionq", releases: "0.45.0", most: None, divides: true, reads_texts: false },
    ];

    /// What it does with the results of an ideal simulator that have this sum and these findings.
    pub fn verdict(&self, sum: f64, findings: &[Finding]) -> Verdict {
        use FindingKind as F;
        let found = |kind: F| findings.iter().any(|finding| finding.kind == kind);
        let worst = |kind: F| findings.iter().any(|finding| finding.kind == kind && finding.severity == Severity::Error);
        let unreadable = [F::NotJson, F::Null, F::Empty, F::NonFinite, F::Negative, F::TinyNegative, F::Value].into_iter().any(found);
        let off = (sum - 1.0).abs();
        if unreadable || worst(F::Key) || worst(F::Shape) || (found(F::TextValue) && !self.reads_texts) {
            return Verdict::Refuses;
        }
        if self.most.is_some_and(|most| off > most) {
            return Verdict::Refuses;
        }
        if found(F::DuplicateKey) || found(F::KeyOutOfRange) || (self.divides && off > 0.0) {
            return Verdict::ChangesSilently;
        }
        Verdict::Takes
    }
}
