//! What comes out of a run: probabilities that are a distribution, counts that add up to the shots.
//!
//! May import: `gates`, `circuit`. Read `probabilities.rs` first. Qubit 0 is the least significant bit of every outcome.

mod compare;
mod counts;
mod endian;
mod measurement;
mod points;
mod probabilities;
#[cfg(test)]
mod properties;
mod received;
mod sampling;
mod seed;
mod sum;
mod variants;

pub use compare::{ChiSquared, Comparison, Difference, Sample, compare};
pub use counts::{Counts, Shots, ShotsError};
pub use endian::{BigEndian, LittleEndian, OutcomeError};
pub use measurement::{MeasurementError, MeasurementMap};
pub(crate) use points::{Tally, ascending as ascending_points};
pub use probabilities::{Probabilities, ProbabilitiesError};
pub use received::{Entry, Finding, FindingKind, Judged, Keys, Policy, Received, ReceivedMap, Sdk, Severity, Unsound, Verdict};
pub use seed::Seed;
use sum::Sum;
pub use sum::compensated_sum;
pub use variants::{Aggregation, Variant, merged};

/// The outcome as bits, qubit 0 right-most: `bit_string(2, 3)` is `"010"`.
pub fn bit_string(outcome: u64, qubits: usize) -> String {
    (0..qubits).rev().map(|qubit| if outcome >> qubit & 1 == 1 { '1' } else { '0' }).collect()
}

/// True if the outcome is one of `qubits` qubits.
pub(crate) fn fits(outcome: u64, qubits: usize) -> bool {
    qubits >= 64 || outcome >> qubits == 0
}
