use super::{Probabilities, Seed};
use rand::seq::SliceRandom;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeMap;

/// How often a circuit is run: 1 to 1,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shots(u32);

/// A number of shots outside 1 to 1,000,000.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("shots {given} is not allowed, a job has 1..={} shots", Shots::MAX)]
pub struct ShotsError {
    given: i64,
}

impl Shots {
    /// The most shots of a job.
    pub const MAX: u32 = 1_000_000;

    /// What a job has that does not say.
    pub const DEFAULT: Shots = Shots(100);

    /// Takes a number of shots.
    ///
    /// # Errors
    /// [`ShotsError`] outside 1 to [`Shots::MAX`].
    pub fn new(given: i64) -> Result<Shots, ShotsError> {
        match u32::try_from(given) {
            Ok(shots @ 1..=Shots::MAX) => Ok(Shots(shots)),
            _ => Err(ShotsError { given }),
        }
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

/// How often each outcome was seen. The counts add up to the shots exactly; no entry is zero; keys ascend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    qubits: usize,
    entries: Vec<(u64, u32)>,
}

impl Counts {
    /// Counts outcomes; there must be one at least, and every outcome must fit the width.
    pub(crate) fn from_outcomes(qubits: usize, outcomes: impl IntoIterator<Item = u64>) -> Counts {
        let mut seen = BTreeMap::<u64, u32>::new();
        for outcome in outcomes {
            debug_assert!(super::fits(outcome, qubits));
            *seen.entry(outcome).or_default() += 1;
        }
        Counts { qubits, entries: seen.into_iter().collect() }
    }

    /// Counts whose outcomes ascend, fit, and were seen once at least altogether.
    pub(crate) fn from_ascending(qubits: usize, mut entries: Vec<(u64, u32)>) -> Counts {
        debug_assert!(entries.is_sorted_by(|a, b| a.0 < b.0) && entries.iter().all(|&(outcome, _)| super::fits(outcome, qubits)));
        entries.retain(|&(_, count)| count > 0);
        entries.shrink_to_fit();
        Counts { qubits, entries }
    }

    /// Takes counts as a service sends them; zeros are dropped. `None` if there is no shot at all, more than [`Shots::MAX`] of
    /// them, or an outcome that does not fit.
    pub fn new(qubits: usize, entries: impl IntoIterator<Item = (u64, u32)>) -> Option<Counts> {
        let mut sum = BTreeMap::<u64, u32>::new();
        for (outcome, count) in entries.into_iter().filter(|&(_, count)| count > 0) {
            let entry = sum.entry(outcome).or_default();
            *entry = entry.checked_add(count)?;
        }
        let shots = sum.values().try_fold(0u32, |shots, &count| shots.checked_add(count))?;
        let fit = sum.keys().all(|&outcome| super::fits(outcome, qubits));
        (fit && (1..=Shots::MAX).contains(&shots)).then(|| Counts { qubits, entries: sum.into_iter().collect() })
    }

    /// The same shots, seen on the first qubits alone.
    pub(crate) fn of_first(self, qubits: usize) -> Counts {
        if qubits >= self.qubits {
            return self;
        }
        let mut seen = BTreeMap::<u64, u32>::new();
        for (outcome, count) in self.entries {
            *seen.entry(outcome & !(u64::MAX << qubits)).or_default() += count;
        }
        Counts { qubits, entries: seen.into_iter().collect() }
    }

    /// Shares `shots` out in proportion: every count is `p·shots` rounded down or up, and they add up to the shots. The largest
    /// remainders are rounded up, ties in favour of the lower outcome.
    pub fn rounded(probabilities: &Probabilities, shots: Shots) -> Counts {
        let exact: Vec<_> = probabilities.iter().map(|(outcome, p)| (outcome, p * f64::from(shots.get()))).collect();
        let mut entries: Vec<_> = exact.iter().map(|&(outcome, share)| (outcome, share.floor() as u32)).collect();
        let given: u32 = entries.iter().map(|&(_, count)| count).sum();
        let mut by_remainder: Vec<usize> = (0..exact.len()).collect();
        by_remainder.sort_by(|&a, &b| exact[b].1.fract().total_cmp(&exact[a].1.fract()));
        for &index in by_remainder.iter().cycle().take(shots.get().saturating_sub(given) as usize) {
            entries[index].1 += 1;
        }
        entries.retain(|&(_, count)| count > 0);
        Counts { qubits: probabilities.qubits(), entries }
    }

    /// How many qubits an outcome shows.
    pub fn qubits(&self) -> usize {
        self.qubits
    }

    /// How many shots there were.
    pub fn shots(&self) -> u32 {
        self.entries.iter().map(|&(_, count)| count).sum()
    }

    /// How often one outcome was seen.
    pub fn get(&self, outcome: u64) -> u32 {
        self.entries.binary_search_by_key(&outcome, |&(key, _)| key).map_or(0, |index| self.entries[index].1)
    }

    /// The outcomes seen and how often, keys ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, u32)> + '_ {
        self.entries.iter().copied()
    }

    /// The counts of what `read` makes of an outcome: of one register of several, say. It must fit `qubits`.
    pub(crate) fn regrouped(&self, qubits: usize, read: impl Fn(u64) -> u64) -> Counts {
        let mut sums = BTreeMap::<u64, u32>::new();
        for (outcome, count) in self.iter() {
            *sums.entry(read(outcome)).or_default() += count;
        }
        Counts { qubits, entries: sums.into_iter().collect() }
    }

    /// The relative frequencies.
    pub fn frequencies(&self) -> Probabilities {
        let shots = f64::from(self.shots());
        let entries = self.iter().map(|(outcome, count)| (outcome, f64::from(count) / shots));
        Probabilities::new(self.qubits, entries).expect("n/N over all n sums to 1 within rounding, and there is a shot")
    }

    /// The outcomes one by one in an order drawn from the seed, as if each shot had been written down.
    pub fn one_by_one(&self, seed: Seed) -> Vec<u64> {
        let mut shots: Vec<u64> = self.iter().flat_map(|(outcome, count)| std::iter::repeat_n(outcome, count as usize)).collect();
        shots.shuffle(&mut seed.stream(u64::MAX));
        shots
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.entries.len()))?;
        for (outcome, count) in self.iter() {
            map.serialize_entry(&outcome, &count)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shots(n: i64) -> Shots {
        Shots::new(n).unwrap()
    }

    #[test]
    fn shots_are_between_one_and_a_million() {
        assert!(Shots::new(1).is_ok() && Shots::new(1_000_000).is_ok());
        for given in [0, -1, 1_000_001, i64::MAX] {
            assert_eq!(Shots::new(given).unwrap_err().to_string(), format!("shots {given} is not allowed, a job has 1..=1000000 shots"));
        }
    }

    #[test]
    fn rounding_gives_the_largest_remainders_the_missing_shots() {
        let thirds = Probabilities::normalized(2, [(0, 1.0 / 3.0), (1, 1.0 / 3.0), (3, 1.0 / 3.0)]).unwrap().0;
        assert_eq!(Counts::rounded(&thirds, shots(100)).iter().collect::<Vec<_>>(), [(0, 34), (1, 33), (3, 33)]);
        let uneven = Probabilities::new(1, [(0, 0.004), (1, 0.996)]).unwrap();
        assert_eq!(Counts::rounded(&uneven, shots(100)).iter().collect::<Vec<_>>(), [(1, 100)]);
        let wide = Probabilities::new(10, (0..1024).map(|key| (key, 1.0 / 1024.0))).unwrap();
        assert_eq!(Counts::rounded(&wide, shots(100)).shots(), 100);
    }

    #[test]
    fn sampled_counts_lie_within_five_sigmas_of_the_exact_probabilities() {
        let exact = [(0, 0.05), (2, 0.15), (5, 0.3), (7, 0.5)];
        let probabilities = Probabilities::new(3, exact).unwrap();
        let n = 1_000_000;
        let counts = Counts::sample(&probabilities, shots(n), Seed(1));
        assert_eq!(i64::from(counts.shots()), n);
        for (outcome, p) in exact {
            let sigma = (n as f64 * p * (1.0 - p)).sqrt();
            let off = f64::from(counts.get(outcome)) - n as f64 * p;
            assert!(off.abs() < 5.0 * sigma, "outcome {outcome} is {off} away, sigma {sigma}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_counts_and_another_one_others() {
        let probabilities = Probabilities::new(4, (0..16).map(|key| (key, 0.0625))).unwrap();
        let draw = |seed| Counts::sample(&probabilities, shots(1000), Seed(seed));
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(Seed(7).child(0), Seed(7).child(1));
        assert_ne!(Seed(7).child(1), Seed(8).child(1));
    }

    #[test]
    fn the_first_qubits_are_seen_whatever_the_others_show() {
        let counts = Counts::new(3, [(0b001, 5), (0b101, 7), (0b110, 1)]).unwrap();
        assert_eq!(counts.clone().of_first(2), Counts::new(2, [(0b01, 12), (0b10, 1)]).unwrap());
        assert_eq!(counts.clone().of_first(3), counts);
    }

    #[test]
    fn shots_written_down_one_by_one_add_up_to_the_counts() {
        let probabilities = Probabilities::new(2, [(0, 0.25), (3, 0.75)]).unwrap();
        let counts = Counts::sample(&probabilities, shots(500), Seed(3));
        let list = counts.one_by_one(Seed(3));
        assert_eq!(Counts::from_outcomes(2, list.iter().copied()), counts);
        assert!(!list.is_sorted());
    }
}
