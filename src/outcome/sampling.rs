//! Shots drawn from a distribution.

use super::points::{Tally, ascending};
use super::{Counts, Probabilities, Seed, Shots};

impl Counts {
    /// Draws `shots` outcomes; the counts are multinomial. The same seed draws the same counts, whatever the number of threads, and
    /// whether they are drawn from this list or from the amplitudes behind it.
    pub fn sample(probabilities: &Probabilities, shots: Shots, seed: Seed) -> Counts {
        let counted = if probabilities.len() > shots.get() as usize { merged } else { tallied };
        Counts::from_ascending(probabilities.qubits(), counted(probabilities, shots, seed))
    }
}

/// By a table of all outcomes.
fn tallied(probabilities: &Probabilities, shots: Shots, seed: Seed) -> Vec<(u64, u32)> {
    let mut tally = Tally::default();
    let weights: Vec<f64> = probabilities.iter().map(|(_, probability)| probability).collect();
    tally.lay(&weights, 1.0);
    let mut seen = vec![0; weights.len()];
    tally.draw(shots.get(), seed, &mut seen);
    probabilities.iter().map(|(outcome, _)| outcome).zip(seen).collect()
}

/// The same without a table, for few shots of many outcomes: one way along both.
fn merged(probabilities: &Probabilities, shots: Shots, seed: Seed) -> Vec<(u64, u32)> {
    let mut points = ascending(shots.get(), seed).into_iter().peekable();
    let (mut counts, mut passed, mut last) = (Vec::new(), 0.0, 0);
    for (outcome, probability) in probabilities.iter() {
        passed += probability;
        last = outcome;
        let mut seen = 0;
        while points.next_if(|point| 1.0 + point < 1.0 + passed).is_some() {
            seen += 1;
        }
        if seen > 0 {
            counts.push((outcome, seen));
        }
    }
    // By rounding the last outcome may end before the last point.
    let left = points.count() as u32;
    match counts.last_mut() {
        Some((outcome, seen)) if *outcome == last => *seen += left,
        _ if left > 0 => counts.push((last, left)),
        _ => {}
    }
    counts
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
        // 3,000 shots are shared out among parts of 0..1 first; half of them are whole parts.
        for (n, runs, p) in
            [(1000u32, 40_000u64, 0.005), (1000, 40_000, 0.12), (1000, 40_000, 0.88), (3000, 20_000, 0.3), (3000, 40_000, 0.5)]
        {
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
        // 4,096 outcomes, whose probability grows with the outcome; 5,000 shots are shared out among parts of 0..1 first.
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
    fn with_a_table_and_without_one_the_same_shots_are_drawn() {
        for outcomes in [1u64, 2, 7, 300, 4096] {
            let total = (outcomes * (outcomes + 1) / 2) as f64;
            let probabilities = Probabilities::normalized(12, (0..outcomes).map(|k| (k, (k as f64 + 1.0) / total))).unwrap().0;
            for n in [1, 50, 3000] {
                let some = |(_, count): &(u64, u32)| *count > 0;
                let by_table: Vec<_> = tallied(&probabilities, shots(n), Seed(3)).into_iter().filter(some).collect();
                assert_eq!(merged(&probabilities, shots(n), Seed(3)), by_table, "{n} shots of {outcomes} outcomes");
            }
        }
    }

    #[test]
    fn the_counts_of_a_seed_stay_what_they_are() {
        let probabilities = distribution(&[(0, 0.125), (3, 0.25), (5, 0.625)]);
        let drawn = |n| Counts::sample(&probabilities, shots(n), Seed(7)).iter().collect::<Vec<_>>();
        assert_eq!((drawn(2), drawn(1_000_000)), (vec![(5, 2)], vec![(0, 124_942), (3, 250_787), (5, 624_271)]));
    }

    #[test]
    fn outcomes_that_are_all_but_impossible_take_no_shots_from_the_others() {
        let probabilities = distribution(&[(0, 1e-300), (2, 1e-18), (7, 1.0), (9, 1e-30)]);
        assert_eq!(Counts::sample(&probabilities, shots(1_000_000), Seed(1)).iter().collect::<Vec<_>>(), [(7, 1_000_000)]);
    }
}
