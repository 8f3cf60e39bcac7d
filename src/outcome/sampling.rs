//! Shots drawn from a distribution.

use super::{Counts, Probabilities, Seed, Shots};
use rand::{Rng, RngExt};
use rand_distr::{Binomial, Distribution};

impl Counts {
    /// Draws `shots` outcomes; the counts are multinomial. The same seed draws the same counts, whatever the number of threads.
    ///
    /// Where there are at least as many shots as outcomes, how often each outcome is seen is drawn at once, given what is left of the
    /// shots: a million shots of two outcomes are two draws. Where there are fewer, each shot is drawn.
    pub fn sample(probabilities: &Probabilities, shots: Shots, seed: Seed) -> Counts {
        let mut rng = seed.stream(0);
        match probabilities.len() <= shots.get() as usize {
            true => Counts::from_ascending(probabilities.qubits(), outcome_by_outcome(probabilities, shots, &mut rng)),
            false => Counts::from_outcomes(probabilities.qubits(), shot_by_shot(probabilities, shots, &mut rng)),
        }
    }
}

/// How often each outcome is seen, given how often those before it were: binomial among the shots that are left.
fn outcome_by_outcome(probabilities: &Probabilities, shots: Shots, rng: &mut impl Rng) -> Vec<(u64, u32)> {
    let entries: Vec<(u64, f64)> = probabilities.iter().collect();
    // What each outcome and those behind it share; added up from the end, so that the last one has exactly all that is left.
    let mut shared = vec![0.0; entries.len()];
    let mut sum = 0.0;
    for (shared, &(_, probability)) in shared.iter_mut().zip(&entries).rev() {
        sum += probability;
        *shared = sum;
    }
    let mut left = shots.get();
    let mut counts = Vec::with_capacity(entries.len());
    for ((outcome, probability), shared) in entries.into_iter().zip(shared) {
        let share = (probability / shared).clamp(0.0, 1.0);
        let seen = Binomial::new(left.into(), share).expect("a share is between 0 and 1").sample(rng);
        let seen = u32::try_from(seen).unwrap_or(left).min(left);
        counts.push((outcome, seen));
        left -= seen;
        if left == 0 {
            break;
        }
    }
    counts
}

/// What each shot shows: where a point of 0..1 falls when the outcomes lie side by side, each as long as its probability.
fn shot_by_shot(probabilities: &Probabilities, shots: Shots, rng: &mut impl Rng) -> impl Iterator<Item = u64> {
    let mut cumulative = Vec::with_capacity(probabilities.len());
    let mut sum = 0.0;
    for (outcome, probability) in probabilities.iter() {
        sum += probability;
        cumulative.push((sum, outcome));
    }
    let draw = move || {
        let point = rng.random::<f64>() * sum; // sum is 1 up to rounding; the last interval ends at it exactly
        let index = cumulative.partition_point(|&(end, _)| end <= point);
        cumulative[index.min(cumulative.len() - 1)].1
    };
    std::iter::repeat_with(draw).take(shots.get() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn shots(n: u32) -> Shots {
        Shots::new(n.into()).unwrap()
    }

    fn distribution(entries: &[(u64, f64)]) -> Probabilities {
        Probabilities::new(4, entries.iter().copied()).unwrap()
    }

    /// Holds what was seen against what was expected: χ² within six of its own sigmas.
    fn agree(pairs: &[(u64, f64)]) {
        let expected: f64 = pairs.iter().map(|&(_, expected)| expected).sum();
        let seen: u64 = pairs.iter().map(|&(seen, _)| seen).sum();
        assert!((expected - seen as f64).abs() < 1e-6 * expected, "{seen} of {expected}");
        let chi: f64 = pairs.iter().map(|&(seen, expected)| (seen as f64 - expected).powi(2) / expected).sum();
        let degrees = (pairs.len() - 1) as f64;
        assert!(chi < degrees + 6.0 * (2.0 * degrees).sqrt(), "χ² = {chi} at {degrees} degrees of freedom");
    }

    /// How probable these counts are: the number of orders times the probability of each.
    fn multinomial(counts: &[u32], probabilities: &[f64]) -> f64 {
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        let each = counts.iter().zip(probabilities).map(|(&count, p)| p.powi(count as i32) / factorial(count));
        factorial(counts.iter().sum()) * each.product::<f64>()
    }

    #[test]
    fn every_way_to_share_few_shots_out_is_as_frequent_as_the_multinomial_law_has_it() {
        let p = [0.5, 0.2, 0.3];
        let probabilities = distribution(&[(1, p[0]), (4, p[1]), (9, p[2])]);
        let runs = 100_000;
        // Five shots of three outcomes are drawn outcome by outcome, two of three shot by shot.
        for n in [5, 2] {
            let mut seen = BTreeMap::<[u32; 3], u64>::new();
            for seed in 0..runs {
                let counts = Counts::sample(&probabilities, shots(n), Seed(seed));
                *seen.entry([1, 4, 9].map(|outcome| counts.get(outcome))).or_default() += 1;
            }
            let ways = (0..=n).flat_map(|a| (0..=n - a).map(move |b| [a, b, n - a - b]));
            let pairs: Vec<_> = ways.map(|way| (seen.get(&way).copied().unwrap_or(0), runs as f64 * multinomial(&way, &p))).collect();
            agree(&pairs);
        }
    }

    #[test]
    fn many_shots_of_two_outcomes_follow_the_binomial_law_count_by_count() {
        // 5 to 880 are expected: each of the ways in which a binomial count is drawn.
        for p in [0.005, 0.012, 0.12, 0.3, 0.88] {
            let (n, runs) = (1000u32, 40_000u64);
            let probabilities = distribution(&[(0, p), (1, 1.0 - p)]);
            let mut seen = vec![0u64; n as usize + 1];
            for seed in 0..runs {
                seen[Counts::sample(&probabilities, shots(n), Seed(seed)).get(0) as usize] += 1;
            }
            // C(n,k)·p^k·(1-p)^(n-k), by its logarithm.
            let mut log = f64::from(n) * (1.0 - p).ln();
            let mut pairs = vec![(0u64, 0.0f64)];
            for (k, &seen) in seen.iter().enumerate() {
                let last = pairs.last_mut().unwrap();
                (last.0, last.1) = (last.0 + seen, last.1 + runs as f64 * log.exp());
                if last.1 > 20.0 {
                    pairs.push((0, 0.0));
                }
                log += ((f64::from(n) - k as f64) / (k as f64 + 1.0)).ln() + p.ln() - (1.0 - p).ln();
            }
            let rest = pairs.pop().unwrap();
            let last = pairs.last_mut().unwrap();
            (last.0, last.1) = (last.0 + rest.0, last.1 + rest.1);
            agree(&pairs);
        }
    }

    #[test]
    fn few_shots_of_many_outcomes_are_drawn_as_the_many_are() {
        // 4,096 outcomes, whose probability grows with the outcome; 1,000 shots are drawn one by one, 5,000 outcome by outcome.
        let total = 4096.0 * 4097.0 / 2.0;
        let probabilities = Probabilities::normalized(12, (0..4096).map(|k| (k, (k as f64 + 1.0) / total))).unwrap().0;
        for n in [1000, 5000] {
            let mut eighths = [0u64; 8];
            let runs = 200;
            for seed in 0..runs {
                let counts = Counts::sample(&probabilities, shots(n), Seed(seed));
                counts.iter().for_each(|(outcome, count)| eighths[outcome as usize / 512] += u64::from(count));
            }
            let share = |eighth: f64| ((eighth + 1.0) * 512.0 * ((eighth + 1.0) * 512.0 + 1.0) / 2.0) / total;
            let expected = |eighth: usize| f64::from(n) * runs as f64 * (share(eighth as f64) - share(eighth as f64 - 1.0));
            agree(&(0..8).map(|eighth| (eighths[eighth], expected(eighth))).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_counts_of_a_seed_stay_what_they_are() {
        let probabilities = distribution(&[(0, 0.125), (3, 0.25), (5, 0.625)]);
        let drawn = |n| Counts::sample(&probabilities, shots(n), Seed(7)).iter().collect::<Vec<_>>();
        assert_eq!((drawn(2), drawn(1_000_000)), (vec![(3, 2)], vec![(0, 125_030), (3, 250_181), (5, 624_789)]));
    }

    #[test]
    fn outcomes_that_are_all_but_impossible_take_no_shots_from_the_others() {
        let probabilities = distribution(&[(0, 1e-300), (2, 1e-18), (7, 1.0), (9, 1e-30)]);
        assert_eq!(Counts::sample(&probabilities, shots(1_000_000), Seed(1)).iter().collect::<Vec<_>>(), [(7, 1_000_000)]);
    }
}
