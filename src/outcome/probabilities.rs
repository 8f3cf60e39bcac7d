use super::{compensated_sum, fits};
use num_complex::Complex64;
use rayon::prelude::*;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::ops::Range;

/// A probability distribution over the outcomes of `qubits` qubits.
///
/// Always one: every entry is positive and finite, every key fits the width, keys ascend, and the compensated sum is within
/// [`Probabilities::TOLERANCE`] of 1. Outcomes that are not listed have probability zero. Serialized as IonQ does:
/// `{"0":0.5,"3":0.5}`, base-10 keys, numbers that parse back to the same bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities {
    qubits: usize,
    entries: Vec<(u64, f64)>,
}

/// Why a list of numbers is no distribution.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbabilitiesError {
    /// A key that `qubits` qubits cannot show.
    #[error("outcome {outcome} does not fit {qubits} qubits, allowed are 0..=2^{qubits}-1")]
    KeyOutOfRange {
        /// The key.
        outcome: u64,
        /// The width.
        qubits: usize,
    },
    /// The same key twice.
    #[error("outcome {outcome} is listed twice")]
    Repeated {
        /// The key.
        outcome: u64,
    },
    /// Negative, NaN or infinite.
    #[error("outcome {outcome} has probability {value}, a finite number ≥ 0 is needed")]
    Value {
        /// The key.
        outcome: u64,
        /// The value.
        value: f64,
    },
    /// The sum is too far from 1.
    #[error("{entries} probabilities sum to {sum}, off by {:.3e}; at most {tolerance:e} is allowed", sum - 1.0)]
    Sum {
        /// The compensated sum.
        sum: f64,
        /// How many entries there were.
        entries: usize,
        /// How far from 1 it may be.
        tolerance: f64,
    },
}

impl Probabilities {
    /// How far from 1 the compensated sum of a distribution may be.
    pub const TOLERANCE: f64 = 1e-12;

    /// How far from 1 the sum of what a service or an evolution delivers may be before it is an error rather than rounding.
    pub const DRIFT: f64 = 1e-6;

    /// Outcomes below this are rounding residue of amplitudes that are zero (|1e-16|² is 1e-32) and are left out.
    const NEGLIGIBLE: f64 = 1e-20;

    /// Takes a distribution as it is; zeros may be listed and are dropped.
    ///
    /// # Errors
    /// [`ProbabilitiesError`] if it is none.
    pub fn new(qubits: usize, entries: impl IntoIterator<Item = (u64, f64)>) -> Result<Self, ProbabilitiesError> {
        Self::within(qubits, entries.into_iter().collect(), Self::TOLERANCE, |_| Self::TOLERANCE).map(|(probabilities, _)| probabilities)
    }

    /// Takes numbers that should be a distribution but carry rounding: up to [`Probabilities::DRIFT`] away from 1 they are
    /// divided by their sum. Returned with the deviation `sum - 1` that was there, so that nobody rescales in silence.
    ///
    /// # Errors
    /// [`ProbabilitiesError`], with the raw sum if that is what is wrong.
    pub fn normalized(qubits: usize, entries: impl IntoIterator<Item = (u64, f64)>) -> Result<(Self, f64), ProbabilitiesError> {
        Self::rescaled(qubits, entries, Self::DRIFT)
    }

    /// The same with another limit.
    pub(super) fn rescaled(
        qubits: usize,
        entries: impl IntoIterator<Item = (u64, f64)>,
        tolerance: f64,
    ) -> Result<(Self, f64), ProbabilitiesError> {
        Self::within(qubits, entries.into_iter().collect(), tolerance, Self::rounding)
    }

    /// The outcome distribution of a state over the qubits `touched` of a circuit of `qubits` qubits; untouched ones are 0.
    /// The amplitudes' memory is used again. Returned with the deviation of the squared norm from 1.
    ///
    /// # Errors
    /// [`ProbabilitiesError::Sum`] if the norm is not 1 within [`Probabilities::DRIFT`].
    pub fn from_amplitudes(qubits: usize, touched: &[usize], amplitudes: Vec<Complex64>) -> Result<(Self, f64), ProbabilitiesError> {
        // A complex number and an entry are both 16 bytes: collect() reuses the allocation.
        Self::over(qubits, touched, amplitudes.into_iter().map(|amplitude| amplitude.norm_sqr()))
    }

    /// The same from the squares of the amplitudes.
    pub(crate) fn from_weights(qubits: usize, touched: &[usize], weights: &[f64]) -> Result<(Self, f64), ProbabilitiesError> {
        Self::over(qubits, touched, weights.iter().copied())
    }

    fn over(qubits: usize, touched: &[usize], weights: impl ExactSizeIterator<Item = f64>) -> Result<(Self, f64), ProbabilitiesError> {
        debug_assert_eq!(weights.len(), 1 << touched.len());
        let spread = Spread::over(touched);
        let entries: Vec<(u64, f64)> = weights
            .enumerate()
            .filter(|&(_, probability)| probability > Self::NEGLIGIBLE || probability.is_nan())
            .map(|(index, probability)| (spread.of(index), probability))
            .collect();
        Self::within(qubits, entries, Self::DRIFT, Self::rounding)
    }

    /// The same of the amplitudes in a range of some memory, their squares to be multiplied by `scale`; all threads work on it.
    ///
    /// # Errors
    /// As [`Probabilities::from_amplitudes`], and [`ProbabilitiesError::Value`] for what is no number.
    pub(crate) fn from_squares(
        qubits: usize,
        touched: &[usize],
        mut memory: Vec<Complex64>,
        range: Range<usize>,
        scale: f64,
    ) -> Result<(Self, f64), ProbabilitiesError> {
        debug_assert_eq!(range.len(), 1 << touched.len());
        let spread = Spread::over(touched);
        // An amplitude becomes its outcome, as bits of a number, and the probability of that.
        let blocks = memory[range.clone()].par_chunks_mut(BLOCK).enumerate().map(|(block, amplitudes)| {
            let (mut sum, mut kept) = (0.0, 0);
            for (index, amplitude) in (block * BLOCK..).zip(amplitudes) {
                let probability = amplitude.norm_sqr() * scale;
                let keep = probability > Self::NEGLIGIBLE || probability.is_nan(); // NaN shows in the sum
                sum += if keep { probability } else { 0.0 };
                kept += usize::from(keep);
                *amplitude = Complex64::new(f64::from_bits(spread.of(index)), probability);
            }
            (sum, kept)
        });
        let blocks: Vec<(f64, usize)> = blocks.collect();
        let sum = compensated_sum(blocks.iter().map(|&(sum, _)| sum));
        let kept: usize = blocks.iter().map(|&(_, kept)| kept).sum();
        let entry = |packed: &Complex64| (packed.re.to_bits(), packed.im);
        if !sum.is_finite() {
            let wrong = memory[range].iter().map(entry).find(|(_, value)| !value.is_finite());
            let (outcome, value) = wrong.unwrap_or((0, sum));
            return Err(ProbabilitiesError::Value { outcome, value });
        }
        if (sum - 1.0).abs() > Self::DRIFT {
            return Err(ProbabilitiesError::Sum { sum, entries: kept, tolerance: Self::DRIFT });
        }
        let divisor = if (sum - 1.0).abs() > Self::rounding(kept) { sum } else { 1.0 };
        // A complex number and an entry are both 16 bytes: collect() reuses the allocation.
        let entries = memory.into_iter().skip(range.start).take(range.len()).map(|packed| (packed.re.to_bits(), packed.im / divisor));
        let mut entries: Vec<(u64, f64)> = entries.filter(|&(_, probability)| probability > Self::NEGLIGIBLE).collect();
        entries.shrink_to_fit();
        Ok((Probabilities { qubits, entries }, sum - 1.0))
    }

    /// The same of a state of which only some amplitudes are listed, outcomes ascending.
    ///
    /// # Errors
    /// As [`Probabilities::from_amplitudes`].
    pub(crate) fn from_listed_amplitudes(qubits: usize, amplitudes: Vec<(u64, Complex64)>) -> Result<(Self, f64), ProbabilitiesError> {
        let entries = amplitudes.into_iter().map(|(outcome, amplitude)| (outcome, amplitude.norm_sqr()));
        let entries = entries.filter(|&(_, probability)| probability > Self::NEGLIGIBLE || probability.is_nan()).collect();
        Self::within(qubits, entries, Self::DRIFT, Self::rounding)
    }

    /// How far from 1 a sum of so many numbers is that were divided by it already: doing so once more would change nothing for the better.
    pub(super) fn rounding(entries: usize) -> f64 {
        2.0 * f64::EPSILON * (entries as f64).sqrt()
    }

    /// Refuses beyond `tolerance`, and divides beyond what is `kept` of so many entries.
    fn within(
        qubits: usize,
        mut entries: Vec<(u64, f64)>,
        tolerance: f64,
        kept: fn(usize) -> f64,
    ) -> Result<(Self, f64), ProbabilitiesError> {
        for &(outcome, value) in &entries {
            if !fits(outcome, qubits) {
                return Err(ProbabilitiesError::KeyOutOfRange { outcome, qubits });
            }
            if !(value.is_finite() && value >= 0.0) {
                return Err(ProbabilitiesError::Value { outcome, value });
            }
        }
        if !entries.is_sorted_by_key(|&(outcome, _)| outcome) {
            entries.sort_by_key(|&(outcome, _)| outcome);
        }
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(ProbabilitiesError::Repeated { outcome: pair[0].0 });
        }
        let sum = compensated_sum(entries.iter().map(|&(_, value)| value));
        if (sum - 1.0).abs() > tolerance {
            return Err(ProbabilitiesError::Sum { sum, entries: entries.len(), tolerance });
        }
        entries.retain(|&(_, value)| value > 0.0);
        entries.shrink_to_fit();
        if (sum - 1.0).abs() > kept(entries.len()) {
            entries.iter_mut().for_each(|(_, value)| *value /= sum);
        }
        Ok((Probabilities { qubits, entries }, sum - 1.0))
    }

    /// How many qubits an outcome shows.
    pub fn qubits(&self) -> usize {
        self.qubits
    }

    /// The probability of one outcome.
    pub fn get(&self, outcome: u64) -> f64 {
        self.entries.binary_search_by_key(&outcome, |&(key, _)| key).map_or(0.0, |index| self.entries[index].1)
    }

    /// The outcomes that can happen and their probabilities, keys ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, f64)> + '_ {
        self.entries.iter().copied()
    }

    /// How many outcomes can happen; at least one.
    #[allow(clippy::len_without_is_empty)] // a distribution is never empty
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The most likely outcomes, likeliest first; at most `count`. What differs by rounding alone is a tie and goes by key.
    pub fn top(&self, count: usize) -> Vec<(u64, f64)> {
        let rank = |p: f64| (p / Self::TOLERANCE).round();
        let likelier = |a: &(u64, f64), b: &(u64, f64)| rank(b.1).total_cmp(&rank(a.1)).then(a.0.cmp(&b.0));
        let mut top = Vec::new();
        if count == 0 {
            return top;
        }
        let narrow = |top: &mut Vec<(u64, f64)>| {
            if count < top.len() {
                top.select_nth_unstable_by(count - 1, likelier);
                top.truncate(count);
            }
        };
        // As many again at a time, so that a few of very many take next to no memory.
        for entries in self.entries.chunks(count.max(BLOCK)) {
            top.extend_from_slice(entries);
            narrow(&mut top);
        }
        top.sort_unstable_by(likelier);
        top
    }

    /// The outcomes that can happen and their probabilities, keys ascending.
    pub(crate) fn into_entries(self) -> Vec<(u64, f64)> {
        self.entries
    }
}

/// How many amplitudes are summed at a time. Fixed, so that the sums do not depend on the number of threads.
const BLOCK: usize = 1 << 12;

/// Indices of a state, spread over the bits of the qubits that it is of.
struct Spread<'t> {
    touched: &'t [usize],
    /// Whether they are the first ones.
    dense: bool,
}

impl Spread<'_> {
    fn over(touched: &[usize]) -> Spread<'_> {
        Spread { touched, dense: touched.iter().enumerate().all(|(position, &qubit)| position == qubit) }
    }

    fn of(&self, index: usize) -> u64 {
        match self.dense {
            true => index as u64,
            false => self.touched.iter().enumerate().fold(0, |key, (bit, &qubit)| key | ((index >> bit & 1) as u64) << qubit),
        }
    }
}

impl Serialize for Probabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (outcome, probability) in self.iter() {
            map.serialize_entry(&outcome, &probability)?; // serde_json writes integer keys as strings
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_distribution_is_refused_with_the_number_that_is_wrong() {
        use ProbabilitiesError as E;
        assert_eq!(Probabilities::new(2, [(4, 1.0)]), Err(E::KeyOutOfRange { outcome: 4, qubits: 2 }));
        assert_eq!(Probabilities::new(2, [(1, 0.5), (0, 0.2), (1, 0.3)]), Err(E::Repeated { outcome: 1 }));
        assert_eq!(Probabilities::new(2, [(0, 1.5), (1, -0.5)]), Err(E::Value { outcome: 1, value: -0.5 }));
        assert!(matches!(Probabilities::new(2, [(0, f64::NAN)]), Err(E::Value { outcome: 0, .. })));
        assert_eq!(Probabilities::new(2, []), Err(E::Sum { sum: 0.0, entries: 0, tolerance: 1e-12 }));
        let short = Probabilities::normalized(2, [(0, 0.5), (3, 0.49999)]).unwrap_err();
        assert_eq!(short.to_string(), "2 probabilities sum to 0.9999899999999999, off by -1.000e-5; at most 1e-6 is allowed");
    }

    #[test]
    fn normalization_reports_drift_instead_of_hiding_it() {
        let (probabilities, drift) = Probabilities::normalized(2, [(0, 0.4999999), (3, 0.4999999)]).unwrap();
        approx::assert_abs_diff_eq!(drift, -2e-7, epsilon = 1e-15);
        approx::assert_abs_diff_eq!(probabilities.get(0), 0.5, epsilon = 1e-15);
    }

    #[test]
    fn amplitudes_of_touched_qubits_land_on_the_keys_of_the_whole_circuit() {
        let (a, b) = (Complex64::new(0.6, 0.0), Complex64::new(0.0, 0.8));
        let zero = Complex64::default();
        // Four amplitudes over qubits 1 and 4 of 6: the state with only qubit 4 set, and the one with both.
        let (probabilities, _) = Probabilities::from_amplitudes(6, &[1, 4], vec![zero, zero, a, b]).unwrap();
        let entries: Vec<_> = probabilities.iter().collect();
        assert_eq!(entries.iter().map(|&(key, _)| key).collect::<Vec<_>>(), [16, 18]);
        approx::assert_abs_diff_eq!(entries[0].1, 0.36, epsilon = 1e-15);
    }

    #[test]
    fn json_has_decimal_keys_and_shortest_numbers() {
        let probabilities = Probabilities::new(3, [(1, 0.1 + 0.2), (6, 1.0 - (0.1 + 0.2))]).unwrap();
        assert_eq!(serde_json::to_string(&probabilities).unwrap(), r#"{"1":0.30000000000000004,"6":0.7}"#);
    }

    #[test]
    fn the_top_is_ordered_by_probability_then_key() {
        let probabilities = Probabilities::new(2, [(0, 0.25), (1, 0.125), (2, 0.375), (3, 0.25)]).unwrap();
        assert_eq!(probabilities.top(3), [(2, 0.375), (0, 0.25), (3, 0.25)]);
        assert_eq!(probabilities.top(0), []);
        assert_eq!(probabilities.top(9).len(), 4);
    }

    #[test]
    fn the_top_of_many_is_the_beginning_of_all_of_them_in_order() {
        let entries: Vec<(u64, f64)> = (0..20_000u64).map(|key| (key, ((key * 7919) % 20_011 + 1) as f64)).collect();
        let sum: f64 = entries.iter().map(|&(_, weight)| weight).sum();
        let mut expected: Vec<(u64, f64)> = entries.iter().map(|&(key, weight)| (key, weight / sum)).collect();
        let probabilities = Probabilities::new(15, expected.iter().copied()).unwrap();
        expected.sort_by(|a, b| b.1.total_cmp(&a.1));
        for count in [1, 5, 4096, 5000, 19_999, 20_000] {
            assert_eq!(probabilities.top(count), expected[..count]);
        }
    }

    proptest! {
        #[test]
        fn any_weights_become_a_distribution_whose_json_parses_back_to_the_same_bits(
            weights in proptest::collection::vec(1e-6f64..1.0, 1..200)
        ) {
            let total = compensated_sum(weights.iter().copied());
            let entries = weights.iter().enumerate().map(|(key, weight)| (key as u64, weight / total));
            let (probabilities, _) = Probabilities::normalized(8, entries).unwrap();
            let sum = compensated_sum(probabilities.iter().map(|(_, p)| p));
            prop_assert!((sum - 1.0).abs() <= Probabilities::TOLERANCE, "{sum}");
            let text = serde_json::to_string(&probabilities).unwrap();
            let parsed: std::collections::BTreeMap<u64, f64> = serde_json::from_str(&text).unwrap();
            prop_assert!(probabilities.iter().all(|(key, p)| parsed[&key].to_bits() == p.to_bits()));
        }
    }
}
