//! How far two outcomes are from one another, and how far chance alone would put them.

use super::{Counts, Probabilities, compensated_sum};
use serde::Serialize;
use statrs::function::beta::ln_beta;
use statrs::function::gamma::{gamma_ur, ln_gamma};
use std::collections::BTreeMap;

/// A distribution, and how many shots it was counted in; `None` if it is exact.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The distribution.
    pub probabilities: Probabilities,
    /// The shots.
    pub shots: Option<u32>,
}

impl From<Probabilities> for Sample {
    fn from(probabilities: Probabilities) -> Sample {
        Sample { probabilities, shots: None }
    }
}

impl From<&Counts> for Sample {
    fn from(counts: &Counts) -> Sample {
        Sample { probabilities: counts.frequencies(), shots: Some(counts.shots()) }
    }
}

/// How far two distributions are from one another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Half the sum of all differences: the largest difference that any event's probability can have. 0 is the same, 1 nothing in common.
    pub total_variation: f64,
    /// (Σ √(p·q))²: 1 is the same, 0 nothing in common.
    pub hellinger_fidelity: f64,
    /// Pearson's test, where shots were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chi_squared: Option<ChiSquared>,
    /// What the probability that equal distributions are split so unevenly is at most, whatever they are, where both were counted: exact
    /// for any number of shots, and little where Pearson's test has enough of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact_bound: Option<f64>,
    /// The total variation that chance alone exceeds once in a million comparisons of equal circuits; 0 if both are exact.
    pub shot_noise: f64,
    /// The outcomes that differ most, largest difference first.
    pub worst: Vec<Difference>,
}

impl Comparison {
    /// Whether neither test gives equal distributions less than a chance in a million. That is more than the total variation can tell of
    /// few outcomes, and of many outcomes that were hit by few shots.
    pub fn is_likely(&self) -> bool {
        let pearson = self.chi_squared.is_none_or(|test| test.p_value >= ALARM);
        pearson && self.exact_bound.is_none_or(|bound| bound >= ALARM)
    }
}

/// Pearson's test for equality.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChiSquared {
    /// Σ (seen - expected)² / expected; outcomes expected less than five times are one.
    pub statistic: f64,
    /// Degrees of freedom.
    pub degrees: u32,
    /// The probability that equal distributions are so far apart or farther.
    pub p_value: f64,
}

/// An outcome whose probabilities differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The outcome.
    pub outcome: u64,
    /// Its probability in the first.
    pub a: f64,
    /// Its probability in the second.
    pub b: f64,
}

/// How many outcomes are listed.
const WORST: usize = 10;

/// The chance of calling equal distributions different.
const ALARM: f64 = 1e-6;

/// What is as good as 0 in an exact distribution: the residue of amplitudes that cancel.
const IMPOSSIBLE: f64 = 1e-12;

/// Compares two outcomes of the same width; the wider of two has qubits that are 0 in the other.
pub fn compare(a: &Sample, b: &Sample) -> Comparison {
    let mut both = BTreeMap::<u64, [f64; 2]>::new();
    for (side, sample) in [a, b].into_iter().enumerate() {
        for (outcome, p) in sample.probabilities.iter() {
            both.entry(outcome).or_default()[side] = p;
        }
    }
    let total_variation = compensated_sum(both.values().map(|[p, q]| (p - q).abs())) / 2.0;
    let overlap = compensated_sum(both.values().map(|[p, q]| (p * q).sqrt()));
    let mut worst: Vec<Difference> =
        both.iter().filter(|(_, [p, q])| p != q).map(|(&outcome, &[a, b])| Difference { outcome, a, b }).collect();
    worst.sort_by(|x, y| (y.a - y.b).abs().total_cmp(&(x.a - x.b).abs()).then(x.outcome.cmp(&y.outcome)));
    worst.truncate(WORST);
    Comparison {
        total_variation: total_variation.min(1.0),
        hellinger_fidelity: (overlap * overlap).min(1.0),
        chi_squared: chi_squared(a.shots, b.shots, &both),
        exact_bound: a.shots.zip(b.shots).map(|(m, n)| exact_bound(m, n, &both)),
        shot_noise: shot_noise(a.shots, b.shots, &both),
        worst,
    }
}

/// The total variation that is exceeded with a probability of at most [`ALARM`] if both are drawn from the same distribution.
///
/// On average N shots of a distribution p are ½·Σ √(p(1-p)/N) away from it at most; and as one shot moves the distance by 1/N at most, it
/// is beyond its average by √(ln(1/δ)/2N) only with probability δ (McDiarmid's inequality). What p is, the two together tell best.
fn shot_noise(a: Option<u32>, b: Option<u32>, both: &BTreeMap<u64, [f64; 2]>) -> f64 {
    let inverse = [a, b].into_iter().flatten().map(|shots| 1.0 / f64::from(shots)).sum::<f64>();
    if inverse == 0.0 {
        return 0.0;
    }
    let pooled = both.values().map(|&[p, q]| match (a, b) {
        (Some(_), None) => q,
        (None, Some(_)) => p,
        (Some(m), Some(n)) => (p * f64::from(m) + q * f64::from(n)) / (f64::from(m) + f64::from(n)),
        (None, None) => 0.0,
    });
    let average = 0.5 * compensated_sum(pooled.map(|p| (p * (1.0 - p) * inverse).max(0.0).sqrt()));
    (average + ((1.0 / ALARM).ln() * inverse / 2.0).sqrt()).min(1.0)
}

fn chi_squared(a: Option<u32>, b: Option<u32>, both: &BTreeMap<u64, [f64; 2]>) -> Option<ChiSquared> {
    // How often the first one saw an outcome, and how often it should have; what is exact expects, of two samples both together do.
    let (m, n) = (a.map(f64::from), b.map(f64::from));
    // The deviations of two samples add up: those of the first one times 1 + m/n.
    let (shots, scale) = match (m, n) {
        (Some(m), Some(n)) => (m, 1.0 + m / n),
        (Some(shots), None) | (None, Some(shots)) => (shots, 1.0),
        (None, None) => return None,
    };
    let mut cells: Vec<(f64, f64)> = both
        .values()
        .map(|&[p, q]| match (m, n) {
            (Some(m), Some(n)) => (m * p, m * (m * p + n * q) / (m + n)),
            (None, Some(_)) => (shots * q, shots * p),
            _ => (shots * p, shots * q),
        })
        .collect();
    if cells.iter().any(|&(seen, expected)| expected <= IMPOSSIBLE * shots && seen > 0.5) {
        return Some(ChiSquared { statistic: f64::INFINITY, degrees: (cells.len() as u32 - 1).max(1), p_value: 0.0 });
    }
    cells.sort_by(|x, y| x.1.total_cmp(&y.1));
    let least = 5.0 * n.map_or(1.0, |n| m.map_or(1.0, |m| (m / n).max(1.0))); // the rarer sample is to expect five
    let mut joined: Vec<(f64, f64)> = Vec::new();
    for (seen, expected) in cells {
        match joined.last_mut() {
            Some(last) if last.1 < least => *last = (last.0 + seen, last.1 + expected),
            _ => joined.push((seen, expected)),
        }
    }
    if joined.len() > 1 && joined.last().is_some_and(|last| last.1 < least) {
        let rest = joined.pop().unwrap_or_default();
        joined.last_mut().into_iter().for_each(|last| *last = (last.0 + rest.0, last.1 + rest.1));
    }
    let degrees = u32::try_from(joined.len()).ok()?.checked_sub(1).filter(|&degrees| degrees > 0)?;
    let statistic = joined.iter().map(|&(seen, expected)| (seen - expected).powi(2) / expected).sum::<f64>() * scale;
    Some(ChiSquared { statistic, degrees, p_value: upper(degrees, statistic) })
}

/// What the probability of so uneven a split of the shots on two samples is at most.
///
/// If all m + n shots come from one distribution, every choice of the m of the first sample is as likely: outcomes seen cₖ times
/// altogether are split aₖ to bₖ with probability Π C(cₖ, aₖ) / C(m+n, m). Another law, under which the shots of an outcome go to the first
/// sample with a probability of its own (drawn from Jeffreys' prior), gives the split Π C(cₖ, aₖ)·B(aₖ+½, bₖ+½)/π. The ratio of the second
/// to the first is E; its mean under the first is 1 at most, so it is 1/δ or more only with probability δ (Markov's inequality). Of shots
/// that hit an outcome once each it is never more than 1: they tell nothing.
fn exact_bound(m: u32, n: u32, both: &BTreeMap<u64, [f64; 2]>) -> f64 {
    let (m, n) = (f64::from(m), f64::from(n));
    let split = |&[p, q]: &[f64; 2]| ln_beta((m * p).round() + 0.5, (n * q).round() + 0.5) - std::f64::consts::PI.ln();
    let ways = ln_gamma(m + n + 1.0) - ln_gamma(m + 1.0) - ln_gamma(n + 1.0);
    (-ways - compensated_sum(both.values().map(split))).exp().min(1.0)
}

/// The probability of this statistic or a larger one. The function below knows no statistic of 0: equal counts.
fn upper(degrees: u32, statistic: f64) -> f64 {
    if statistic > 0.0 { gamma_ur(f64::from(degrees) / 2.0, statistic / 2.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::super::{Seed, Shots};
    use super::*;
    use approx::assert_abs_diff_eq;

    fn exact(entries: &[(u64, f64)]) -> Sample {
        Probabilities::new(3, entries.iter().copied()).unwrap().into()
    }

    fn drawn(from: &Sample, shots: i64, seed: u64) -> Sample {
        (&Counts::sample(&from.probabilities, Shots::new(shots).unwrap(), Seed(seed))).into()
    }

    #[test]
    fn distances_of_exact_distributions_have_their_closed_forms() {
        let (a, b) = (exact(&[(0, 0.5), (3, 0.5)]), exact(&[(0, 0.25), (1, 0.25), (3, 0.5)]));
        let found = compare(&a, &b);
        assert_abs_diff_eq!(found.total_variation, 0.25, epsilon = 1e-15);
        assert_abs_diff_eq!(found.hellinger_fidelity, (0.125f64.sqrt() + 0.5).powi(2), epsilon = 1e-15);
        assert_eq!((found.chi_squared, found.shot_noise), (None, 0.0));
        let worst: Vec<u64> = found.worst.iter().map(|difference| difference.outcome).collect();
        assert_eq!(worst, [0, 1]);
        let apart = compare(&exact(&[(0, 1.0)]), &exact(&[(7, 1.0)]));
        assert_eq!((apart.total_variation, apart.hellinger_fidelity), (1.0, 0.0));
        let same = compare(&a, &a);
        assert_eq!((same.total_variation, same.worst.len()), (0.0, 0));
        assert_abs_diff_eq!(same.hellinger_fidelity, 1.0, epsilon = 1e-15);
    }

    #[test]
    fn the_statistic_of_a_die_is_that_of_the_textbook() {
        // 5, 8, 9, 8, 10 and 20 of 60 throws: Σ (seen - 10)²/10 = 13.4 with five degrees, p = 0.0199 (R: pchisq(13.4, 5, lower.tail = FALSE)).
        let die = Probabilities::normalized(3, (0..6).map(|face| (face, 1.0 / 6.0))).unwrap().0;
        let thrown = Counts::new(3, [(0, 5), (1, 8), (2, 9), (3, 8), (4, 10), (5, 20)]).unwrap();
        for found in [compare(&(&thrown).into(), &die.clone().into()), compare(&die.into(), &(&thrown).into())] {
            let test = found.chi_squared.unwrap();
            assert_abs_diff_eq!(test.statistic, 13.4, epsilon = 1e-9);
            assert_eq!(test.degrees, 5);
            assert_abs_diff_eq!(test.p_value, 0.019_905, epsilon = 1e-6);
        }
    }

    #[test]
    fn two_samples_are_tested_as_a_table_of_two_rows() {
        // The table 30 70 / 50 50: χ² = 200·(30·50 - 70·50)²/(80·120·100·100) = 25/3.
        let of = |zeros, ones| Sample::from(&Counts::new(1, [(0, zeros), (1, ones)]).unwrap());
        let test = compare(&of(30, 70), &of(50, 50)).chi_squared.unwrap();
        assert_abs_diff_eq!(test.statistic, 25.0 / 3.0, epsilon = 1e-9);
        // The table 30 70 / 250 250 has row sums 100 and 500: χ² = 600·(30·250 - 70·250)²/(280·320·100·500).
        let test = compare(&of(30, 70), &of(250, 250)).chi_squared.unwrap();
        assert_abs_diff_eq!(test.statistic, 600.0 * 1e8 / (280.0 * 320.0 * 5e4), epsilon = 1e-9);
    }

    fn counted(entries: impl IntoIterator<Item = (u64, u32)>) -> Sample {
        (&Counts::new(12, entries).unwrap()).into()
    }

    /// As the command judges it.
    fn equal(a: &Sample, b: &Sample) -> bool {
        let found = compare(a, b);
        found.total_variation <= found.shot_noise && found.is_likely()
    }

    #[test]
    fn what_has_nothing_in_common_is_different_as_soon_as_the_shots_can_tell() {
        let flat = Probabilities::new(12, (0..512).map(|outcome| (outcome, 1.0 / 512.0))).unwrap();
        let upper = counted((0..100).map(|outcome| (512 + 5 * outcome, 1)));
        assert!(!equal(&flat.into(), &upper), "outcomes that cannot be");
        assert!(!equal(&counted((0..512).map(|outcome| (outcome, 2))), &upper), "twice each, and none of them");
        let every = |from: u64| counted((0..100).map(|k| (2 * k + from, 1)));
        assert!(equal(&every(0), &every(1)), "once each: two samples of a wide distribution look like that");
        assert!(equal(&counted([(0, 5)]), &counted([(3, 5)])), "2 of 252 ways to split ten shots are like that");
        assert!(!equal(&counted([(0, 50)]), &counted([(3, 50)])));
        let bell = exact(&[(0, 0.5), (3, 0.5)]);
        assert!(!equal(&bell, &(&Counts::new(3, [(0, 420), (3, 580)]).unwrap()).into()), "p = 4e-7");
        assert!(equal(&bell, &(&Counts::new(3, [(0, 430), (3, 570)]).unwrap()).into()), "p = 1e-5");
        let residue = exact(&[(0, 0.5), (3, 0.5 - 1e-13), (1, 1e-13)]);
        assert!(!equal(&residue, &(&Counts::new(3, [(0, 500), (1, 1), (3, 499)]).unwrap()).into()));
    }

    /// Of the splits of ten shots in {0: 5, 3: 5} on two samples of five each, C(5,k)²/252 have k shots of outcome 0 in the first.
    #[test]
    fn the_bound_is_never_below_the_exact_probability_of_a_split_as_uneven() {
        let ways = [1.0, 5.0, 10.0, 10.0, 5.0, 1.0f64];
        for k in 0..=5u32 {
            let part = |zeros: u32| counted([(0, zeros), (3, 5 - zeros)]);
            let bound = compare(&part(k), &part(5 - k)).exact_bound.unwrap();
            let uneven = |j: u32| (2.0 * f64::from(j) - 5.0).abs() >= (2.0 * f64::from(k) - 5.0).abs();
            let exact: f64 = (0..=5).filter(|&j| uneven(j)).map(|j| ways[j as usize].powi(2) / 252.0).sum();
            assert!(bound >= exact, "{k}: {bound} < {exact}");
        }
    }

    #[test]
    fn equal_pairs_are_never_called_different() {
        let wide = Probabilities::new(12, (0..1000).map(|outcome| (4 * outcome, 1.0 / 1000.0))).unwrap();
        let skew = Probabilities::normalized(12, (0..60).map(|k| (k, 0.8f64.powi(k as i32)))).or_else(|_| {
            let total: f64 = (0..60).map(|k| 0.8f64.powi(k)).sum();
            Probabilities::normalized(12, (0..60).map(|k| (k, 0.8f64.powi(k as i32) / total)))
        });
        let bell = Probabilities::new(12, [(0, 0.5), (3, 0.5)]).unwrap();
        for (which, truth) in [wide, skew.unwrap().0, bell].map(Sample::from).iter().enumerate() {
            for seed in 0..700 {
                let (few, many) = (drawn(truth, 100, seed), drawn(truth, 1000, seed + 10_000));
                assert!(equal(truth, &few) && equal(truth, &many) && equal(&few, &many), "{which}, {seed}");
            }
        }
    }

    #[test]
    fn equal_counts_have_a_statistic_of_0_and_a_p_value_of_1() {
        let counts = Sample::from(&Counts::new(2, [(0, 454), (3, 546)]).unwrap());
        let found = compare(&counts, &counts);
        assert_eq!(found.chi_squared, Some(ChiSquared { statistic: 0.0, degrees: 1, p_value: 1.0 }));
        assert_eq!(compare(&counts, &counts.probabilities.clone().into()).chi_squared.unwrap().p_value, 1.0);
    }

    #[test]
    fn what_cannot_be_has_a_p_value_of_zero_and_a_single_outcome_has_none() {
        let seen = Sample::from(&Counts::new(1, [(0, 999), (1, 1)]).unwrap());
        assert_eq!(compare(&seen, &exact(&[(0, 1.0)])).chi_squared.unwrap().p_value, 0.0);
        let sure = Sample::from(&Counts::new(1, [(0, 1000)]).unwrap());
        assert_eq!(compare(&sure, &exact(&[(0, 1.0)])).chi_squared, None);
    }

    #[test]
    fn samples_of_the_same_distribution_stay_within_the_shot_noise_and_a_wrong_one_does_not() {
        let truth = exact(&[(0, 0.4), (1, 0.05), (2, 0.05), (5, 0.2), (7, 0.3)]);
        let wrong = exact(&[(0, 0.3), (1, 0.15), (2, 0.05), (5, 0.2), (7, 0.3)]);
        for seed in 0..200 {
            let one = drawn(&truth, 10_000, seed);
            let found = compare(&one, &truth);
            assert!(found.total_variation < found.shot_noise && found.shot_noise < 0.05, "{found:?}");
            let two = compare(&one, &drawn(&truth, 3_000, seed + 1000));
            assert!(two.total_variation < two.shot_noise && two.shot_noise < 0.08, "{two:?}");
            assert!(compare(&drawn(&wrong, 10_000, seed), &truth).total_variation > found.shot_noise);
        }
    }

    #[test]
    fn p_values_of_samples_are_spread_evenly() {
        let truth = exact(&[(0, 0.4), (1, 0.05), (2, 0.05), (5, 0.2), (7, 0.3)]);
        let values: Vec<f64> = (0..2000).map(|seed| compare(&drawn(&truth, 2000, seed), &truth).chi_squared.unwrap().p_value).collect();
        for (below, sigma) in [(0.1, 0.0067), (0.5, 0.0112), (0.9, 0.0067)] {
            let part = values.iter().filter(|&&p| p < below).count() as f64 / 2000.0;
            assert!((part - below).abs() < 5.0 * sigma, "{part} of the p-values are below {below}");
        }
    }
}
