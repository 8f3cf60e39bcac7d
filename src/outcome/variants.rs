//! What debiasing makes of a job: several runs of the same circuit on different qubits, and one distribution out of theirs.

use super::{Counts, Probabilities, compensated_sum};
use std::collections::BTreeMap;

/// One run of a circuit on qubits of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Which of the job's variants it is, from 0.
    pub index: usize,
    /// For each qubit of the circuit the device's qubit that stood for it.
    pub qubit_map: Vec<usize>,
    /// What came out, in the circuit's own order of qubits.
    pub counts: Counts,
}

/// How variants become one distribution. Wire names as in IonQ's contract, which does not say what `dnl` and `majority` do: those
/// definitions are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aggregation {
    /// Their mean, each by its shots: what all shots together show.
    #[default]
    Average,
    /// Each variant has one vote, for its most frequent outcome; outcomes that are equally frequent share it. What has no votes is
    /// gone, which sharpens few peaks and is wrong for a flat distribution. `sharpen` of older revisions.
    Voting,
    /// The mean of those outcomes that more than half of the variants have seen at all; the plain mean if there is none.
    Majority,
    /// A filter that is not linear: for each outcome the median of the variants' frequencies, divided by the sum of the medians; the
    /// plain mean if they are all 0.
    Dnl,
}

impl Aggregation {
    /// All of them.
    pub const ALL: [Aggregation; 4] = [Aggregation::Average, Aggregation::Voting, Aggregation::Majority, Aggregation::Dnl];

    /// The wire spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Aggregation::Average => "average",
            Aggregation::Voting => "voting",
            Aggregation::Majority => "majority",
            Aggregation::Dnl => "dnl",
        }
    }

    /// The method of this name.
    pub fn named(name: &str) -> Option<Aggregation> {
        Aggregation::ALL.into_iter().find(|method| method.name() == name)
    }

    /// One distribution out of several; `None` without variants.
    pub fn of(self, variants: &[Variant]) -> Option<Probabilities> {
        let all = merged(variants)?;
        Some(match self {
            Aggregation::Average => all.frequencies(),
            Aggregation::Voting => voted(variants, all.qubits()),
            Aggregation::Majority => seen_by_most(variants, &all),
            Aggregation::Dnl => medians(variants, &all),
        })
    }
}

/// All shots together; `None` without variants.
pub fn merged(variants: &[Variant]) -> Option<Counts> {
    let qubits = variants.first()?.counts.qubits();
    Counts::new(qubits, variants.iter().flat_map(|variant| variant.counts.iter()))
}

fn voted(variants: &[Variant], qubits: usize) -> Probabilities {
    let mut votes = BTreeMap::<u64, f64>::new();
    for Variant { counts, .. } in variants {
        let most = counts.iter().map(|(_, count)| count).max().unwrap_or(0);
        let first: Vec<u64> = counts.iter().filter(|&(_, count)| count == most).map(|(outcome, _)| outcome).collect();
        for outcome in &first {
            *votes.entry(*outcome).or_default() += 1.0 / first.len() as f64;
        }
    }
    // Divided at the end: what all agree on has a probability of exactly 1.
    votes.values_mut().for_each(|votes| *votes /= variants.len() as f64);
    Probabilities::normalized(qubits, votes).expect("every variant has a shot and one vote").0
}

fn seen_by_most(variants: &[Variant], all: &Counts) -> Probabilities {
    let witnesses = |outcome: u64| variants.iter().filter(|variant| variant.counts.get(outcome) > 0).count();
    let kept = all.iter().filter(|&(outcome, _)| 2 * witnesses(outcome) > variants.len());
    Counts::new(all.qubits(), kept).unwrap_or_else(|| all.clone()).frequencies()
}

fn medians(variants: &[Variant], all: &Counts) -> Probabilities {
    let frequency = |variant: &Variant, outcome| f64::from(variant.counts.get(outcome)) / f64::from(variant.counts.shots());
    let median = |outcome: u64| {
        let mut frequencies: Vec<f64> = variants.iter().map(|variant| frequency(variant, outcome)).collect();
        frequencies.sort_by(f64::total_cmp);
        (frequencies[(frequencies.len() - 1) / 2] + frequencies[frequencies.len() / 2]) / 2.0
    };
    let medians: Vec<(u64, f64)> = all.iter().map(|(outcome, _)| (outcome, median(outcome))).collect();
    let sum = compensated_sum(medians.iter().map(|&(_, median)| median));
    let shared = medians.into_iter().map(|(outcome, median)| (outcome, median / sum));
    Probabilities::normalized(all.qubits(), shared).map_or_else(|_| all.frequencies(), |(probabilities, _)| probabilities)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants(counts: &[&[(u64, u32)]]) -> Vec<Variant> {
        let variant = |(index, counts): (usize, &&[(u64, u32)])| Variant {
            index,
            qubit_map: vec![0, 1],
            counts: Counts::new(2, counts.iter().copied()).unwrap(),
        };
        counts.iter().enumerate().map(variant).collect()
    }

    fn of(method: Aggregation, variants: &[Variant]) -> Vec<(u64, f64)> {
        method.of(variants).unwrap().iter().collect()
    }

    #[test]
    fn the_average_of_variants_of_equal_shots_is_the_mean_of_their_frequencies() {
        let variants = variants(&[&[(0, 6), (3, 4)], &[(0, 1), (1, 9)], &[(3, 10)]]);
        let average = Aggregation::Average.of(&variants).unwrap();
        for outcome in 0..4 {
            let mean = variants.iter().map(|variant| variant.counts.frequencies().get(outcome)).sum::<f64>() / 3.0;
            approx::assert_abs_diff_eq!(average.get(outcome), mean, epsilon = 1e-15);
        }
        assert_eq!(merged(&variants).unwrap().frequencies(), average);
    }

    #[test]
    fn every_variant_votes_for_its_most_frequent_outcome_and_ties_share_the_vote() {
        let variants = variants(&[&[(0, 6), (1, 4)], &[(0, 3), (1, 3), (2, 4)], &[(0, 5), (3, 5)], &[(3, 9), (2, 1)]]);
        assert_eq!(of(Aggregation::Voting, &variants), [(0, 0.375), (2, 0.25), (3, 0.375)]);
    }

    #[test]
    fn the_majority_keeps_what_more_than_half_of_the_variants_have_seen() {
        let even = variants(&[&[(0, 6), (1, 4)], &[(0, 6), (2, 4)]]);
        assert_eq!(of(Aggregation::Majority, &even), [(0, 1.0)]);
        let more = variants(&[&[(0, 6), (1, 4)], &[(0, 8), (1, 2)], &[(0, 4), (2, 6)]]);
        assert_eq!(of(Aggregation::Majority, &more), [(0, 0.75), (1, 0.25)]);
        let none = variants(&[&[(0, 10)], &[(1, 10)]]);
        assert_eq!(of(Aggregation::Majority, &none), [(0, 0.5), (1, 0.5)]);
    }

    #[test]
    fn dnl_takes_the_median_frequency_of_each_outcome_and_an_outlier_does_not_matter() {
        // Medians 0.6, 0.3 and 0.
        let odd = variants(&[&[(0, 6), (1, 4)], &[(0, 7), (1, 3)], &[(0, 1), (2, 9)]]);
        let [(0, zero), (1, one)] = *of(Aggregation::Dnl, &odd) else { panic!("{:?}", of(Aggregation::Dnl, &odd)) };
        approx::assert_abs_diff_eq!(zero, 2.0 / 3.0, epsilon = 1e-15);
        approx::assert_abs_diff_eq!(one, 1.0 / 3.0, epsilon = 1e-15);
        // With an even number the median is the mean of the middle two: 0.5 and 0.5.
        assert_eq!(of(Aggregation::Dnl, &variants(&[&[(0, 6), (1, 4)], &[(0, 4), (1, 6)]])), [(0, 0.5), (1, 0.5)]);
        let none = variants(&[&[(0, 10)], &[(1, 10)], &[(2, 10)]]);
        assert_eq!(of(Aggregation::Dnl, &none), of(Aggregation::Average, &none));
    }

    #[test]
    fn names_are_read_back_and_others_are_none() {
        for method in Aggregation::ALL {
            assert_eq!(Aggregation::named(method.name()), Some(method));
        }
        assert_eq!(Aggregation::named("mean"), None);
        assert_eq!(Aggregation::Average.of(&[]), None);
    }
}
