//! What holds of every distribution, however wide, and however its numbers were rounded on their way.

use super::{Counts, Judged, Keys, Policy, Probabilities, Received, ReceivedMap, Seed, Shots, compensated_sum};
use proptest::prelude::*;
use rand::RngExt;
use std::collections::BTreeMap;

/// The numbers of a distribution before anybody rounded them.
#[derive(Debug, Clone)]
struct Numbers {
    qubits: usize,
    entries: Vec<(u64, f64)>,
}

/// Weights as large as one another, or spread over so many powers of ten, on every outcome or on so many.
fn numbers(qubits: usize, outcomes: Option<usize>, spread: f64, seed: u64) -> Numbers {
    let mut rng = Seed(seed).stream(0);
    let mut weigh = || rng.random::<f64>().max(1e-3) * 10f64.powf(-spread * rng.random::<f64>());
    let weights: BTreeMap<u64, f64> = match outcomes {
        None => (0..1 << qubits).map(|outcome| (outcome, weigh())).collect(),
        Some(outcomes) => {
            let mut places = Seed(seed).stream(1);
            (0..outcomes).map(|_| (places.random_range(0..1 << qubits), weigh())).collect()
        }
    };
    let total = compensated_sum(weights.values().copied());
    Numbers { qubits, entries: weights.into_iter().map(|(outcome, weight)| (outcome, weight / total)).collect() }
}

/// Of 1 to 20 qubits, on some hundred outcomes or on all.
fn any_numbers() -> impl Strategy<Value = Numbers> {
    let outcomes = prop_oneof![7 => (1usize..400).prop_map(Some), 1 => Just(None)];
    let spread = prop_oneof![Just(0.0), 0.0..8.0, Just(290.0)];
    (1usize..=20, outcomes, spread, any::<u64>()).prop_map(|(qubits, outcomes, spread, seed)| numbers(qubits, outcomes, spread, seed))
}

#[derive(Debug, Clone, Copy)]
enum Rounding {
    Decimals(usize),
    Single,
}

fn any_rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![4 => (1usize..=17).prop_map(Rounding::Decimals), 1 => Just(Rounding::Single)]
}

impl Rounding {
    fn of(self, value: f64) -> f64 {
        match self {
            Rounding::Decimals(decimals) => format!("{value:.decimals$}").parse().unwrap(),
            Rounding::Single => f64::from(value as f32),
        }
    }

    /// As services write it that keep all decimals.
    fn padded(self, value: f64) -> String {
        match self {
            Rounding::Decimals(decimals) => format!("{value:.decimals$}"),
            Rounding::Single => value.to_string(),
        }
    }
}

fn printed(entries: &[(u64, f64)], write: impl Fn(f64) -> String) -> Vec<u8> {
    let body: Vec<String> = entries.iter().map(|&(key, value)| format!("\"{key}\":{}", write(value))).collect();
    format!("{{{}}}", body.join(",")).into_bytes()
}

fn bits(entries: impl Iterator<Item = (u64, f64)>) -> Vec<(u64, u64)> {
    entries.map(|(outcome, value)| (outcome, value.to_bits())).collect()
}

fn read(map: &ReceivedMap) -> Vec<(u64, u64)> {
    bits(map.entries().iter().map(|entry| (entry.outcome, entry.value)))
}

/// Whatever the rounding: the numbers are read back to the same bits, and taken where they add up, once and for all.
fn check_rounded(numbers: &Numbers, rounding: Rounding) {
    let rounded: Vec<_> = numbers.entries.iter().map(|&(outcome, value)| (outcome, rounding.of(value))).collect();
    let texts = [printed(&rounded, |value| serde_json::to_string(&value).unwrap()), printed(&rounded, |value| rounding.padded(value))];
    for text in texts {
        let received = Received::read(text, Keys::Decimal);
        let map = received.single().unwrap();
        assert_eq!(read(map), bits(rounded.iter().copied()));
        let off = (rounded.iter().map(|&(_, value)| value).sum::<f64>() - 1.0).abs();
        let judged = map.judge(numbers.qubits, Policy::default());
        if (off - 1e-3).abs() > 1e-9 {
            assert_eq!(judged.is_ok(), off < 1e-3, "{off:e} away: {judged:?}");
        }
        if let Ok(Judged { probabilities, .. }) = judged {
            check_settled(&probabilities);
        }
    }
}

/// The sum is 1 to 2 ulp·√n, dividing again changes no bit, and printed as the cloud prints it is read back to the same bits.
fn check_settled(probabilities: &Probabilities) {
    let sum = compensated_sum(probabilities.iter().map(|(_, p)| p));
    assert!((sum - 1.0).abs() <= 2.0 * f64::EPSILON * (probabilities.len() as f64).sqrt(), "{sum}");
    let (again, drift) = Probabilities::normalized(probabilities.qubits(), probabilities.iter()).unwrap();
    assert_eq!((bits(again.iter()), drift), (bits(probabilities.iter()), sum - 1.0));
    let received = Received::read(serde_json::to_vec(probabilities).unwrap(), Keys::Decimal);
    let judged = received.single().unwrap().judge(probabilities.qubits(), Policy::Strict).unwrap();
    assert_eq!(bits(judged.probabilities.iter()), bits(probabilities.iter()));
}

fn check_counts(probabilities: &Probabilities, shots: u32, seed: u64) {
    let given = Shots::new(shots.into()).unwrap();
    let rounded = Counts::rounded(probabilities, given);
    let drawn = Counts::sample(probabilities, given, Seed(seed));
    for counts in [&rounded, &drawn] {
        assert_eq!(counts.iter().map(|(_, count)| u64::from(count)).sum::<u64>(), u64::from(shots));
        assert!(counts.iter().all(|(outcome, count)| count > 0 && probabilities.get(outcome) > 0.0));
        assert_eq!(&Counts::new(probabilities.qubits(), counts.iter()).unwrap(), counts, "keys ascend and fit");
    }
    for (outcome, p) in probabilities.iter() {
        let exact = p * f64::from(shots);
        assert!((f64::from(rounded.get(outcome)) - exact).abs() < 1.0 + 1e-9, "{outcome}: {} of {exact}", rounded.get(outcome));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_the_rounding_numbers_are_read_to_the_bit_and_normalized_once(numbers in any_numbers(), rounding in any_rounding()) {
        check_rounded(&numbers, rounding);
    }

    #[test]
    fn counts_of_any_distribution_add_up_to_the_shots(numbers in any_numbers(), shots in 1u32..=Shots::MAX, few: bool, seed: u64) {
        let probabilities = Probabilities::normalized(numbers.qubits, numbers.entries).unwrap().0;
        check_settled(&probabilities);
        check_counts(&probabilities, if few { 1 + shots % 1000 } else { shots }, seed);
    }
}

#[test]
fn all_outcomes_of_twenty_qubits_are_read_to_the_bit_and_counted_to_the_shot() {
    let numbers = numbers(20, None, 3.0, 1);
    check_rounded(&numbers, Rounding::Decimals(9));
    check_counts(&Probabilities::normalized(20, numbers.entries).unwrap().0, Shots::MAX, 1);
}
