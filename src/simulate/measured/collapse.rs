//! What a measurement of one qubit does to a state.

use super::super::tiles::PARALLEL_QUBITS;
use crate::outcome::{Probabilities, ProbabilitiesError, compensated_sum};
use num_complex::Complex64;
use rayon::prelude::*;

/// How many amplitudes are summed at a time. Fixed, so that the sums do not depend on the number of threads.
const CHUNK: usize = 1 << 12;

/// Whether one thread is enough.
fn alone(amplitudes: &[Complex64]) -> bool {
    amplitudes.len() < 1 << PARALLEL_QUBITS
}

/// The probabilities that a qubit is 0 and 1, and how far the squared norm is from 1.
///
/// # Errors
/// [`ProbabilitiesError::Sum`] if that is farther than rounding explains.
pub(super) fn chances(amplitudes: &[Complex64], place: usize) -> Result<([f64; 2], f64), ProbabilitiesError> {
    let weigh = |(chunk, amplitudes): (usize, &[Complex64])| {
        let mut weights = [0.0; 2];
        for (index, amplitude) in (chunk * CHUNK..).zip(amplitudes) {
            weights[index >> place & 1] += amplitude.norm_sqr();
        }
        weights
    };
    let weights: Vec<[f64; 2]> = match alone(amplitudes) {
        true => amplitudes.chunks(CHUNK).enumerate().map(weigh).collect(),
        false => amplitudes.par_chunks(CHUNK).enumerate().map(weigh).collect(),
    };
    let [zero, one] = [0, 1].map(|outcome| compensated_sum(weights.iter().map(|weights| weights[outcome])));
    let sum = zero + one;
    if sum.is_nan() || (sum - 1.0).abs() > Probabilities::DRIFT {
        return Err(ProbabilitiesError::Sum { sum, entries: amplitudes.len(), tolerance: Probabilities::DRIFT });
    }
    Ok(([zero / sum, one / sum], sum - 1.0))
}

/// How far the state beside a qubit that is 1 may be from the one beside the same qubit that is 0, where the two are the same but for
/// rounding.
const SAME: f64 = 1e-12;

/// Whether a qubit is entangled with no other: what is beside it is the same state up to a phase, whether it is 0 or 1. Both have
/// their chance.
pub(super) fn is_apart(amplitudes: &[Complex64], place: usize, chances: [f64; 2]) -> bool {
    let overlap = sum_of_pairs(amplitudes, place, |zero, one| zero.conj() * one);
    let most = (chances[0] * chances[1]).sqrt();
    // The overlap of two states that are the same is as large as can be. What comes close is looked at more closely.
    if overlap.norm() < most * 0.999 {
        return false;
    }
    let (of_zero, of_one) = (overlap / (overlap.norm() * chances[0].sqrt()), chances[1].sqrt().recip());
    let distance = |zero: Complex64, one: Complex64| Complex64::from((one * of_one - zero * of_zero).norm_sqr());
    sum_of_pairs(amplitudes, place, distance).re <= SAME * SAME
}

/// The sum over all pairs of amplitudes that differ in one qubit alone, the one where it is 0 first.
fn sum_of_pairs(amplitudes: &[Complex64], place: usize, value: impl Fn(Complex64, Complex64) -> Complex64 + Sync) -> Complex64 {
    let pairs = amplitudes.len() / 2;
    let pair = |pair: usize| {
        let zero = pair >> place << (place + 1) | pair & ((1 << place) - 1);
        value(amplitudes[zero], amplitudes[zero | 1 << place])
    };
    let chunk = |chunk: usize| (chunk * CHUNK..pairs.min((chunk + 1) * CHUNK)).map(pair).sum::<Complex64>();
    let chunks = 0..pairs.div_ceil(CHUNK);
    match alone(amplitudes) {
        true => chunks.map(chunk).sum(),
        false => chunks.into_par_iter().map(chunk).collect::<Vec<_>>().into_iter().sum(),
    }
}

/// Keeps what has the qubit at `outcome`, and scales it: by one over the root of its probability, so that its norm is 1.
pub(super) fn project(amplitudes: &mut [Complex64], place: usize, outcome: bool, scale: f64) {
    let keep = usize::from(outcome);
    let project = |(chunk, amplitudes): (usize, &mut [Complex64])| {
        for (index, amplitude) in (chunk * CHUNK..).zip(amplitudes) {
            *amplitude *= if index >> place & 1 == keep { scale } else { 0.0 };
        }
    };
    match alone(amplitudes) {
        true => amplitudes.chunks_mut(CHUNK).enumerate().for_each(project),
        false => amplitudes.par_chunks_mut(CHUNK).enumerate().for_each(project),
    }
}

/// Turns a qubit over.
pub(super) fn turn_over(amplitudes: &mut [Complex64], place: usize) {
    let turn = |both: &mut [Complex64]| {
        let (zero, one) = both.split_at_mut(1 << place);
        zero.swap_with_slice(one);
    };
    let block = 2 << place;
    match alone(amplitudes) {
        true => amplitudes.chunks_mut(block).for_each(turn),
        false => amplitudes.par_chunks_mut(block.max(CHUNK)).for_each(|blocks| blocks.chunks_mut(block).for_each(turn)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Seed;
    use rand::RngExt;

    #[test]
    fn a_qubit_is_apart_if_the_others_are_the_same_beside_both_of_its_values_in_states_of_any_width() {
        for (qubits, place) in [(1, 0), (3, 1), (PARALLEL_QUBITS + 1, 0), (PARALLEL_QUBITS + 1, 9)] {
            let mut rng = Seed(7).stream(qubits as u64);
            let mut any = || Complex64::new(rng.random::<f64>() - 0.5, rng.random::<f64>() - 0.5);
            let others: Vec<Complex64> = (0..1usize << (qubits - 1)).map(|_| any()).collect();
            let (zero, one) = (any(), any());
            let other = |index: usize| others[index >> (place + 1) << place | index & ((1 << place) - 1)];
            let mut state: Vec<Complex64> =
                (0..1usize << qubits).map(|index| other(index) * if index >> place & 1 == 1 { one } else { zero }).collect();
            let norm = state.iter().map(|amplitude| amplitude.norm_sqr()).sum::<f64>().sqrt();
            state.iter_mut().for_each(|amplitude| *amplitude /= norm);
            let (weights, _) = chances(&state, place).unwrap();
            assert!(is_apart(&state, place, weights), "{qubits} qubits");
            if qubits > 1 {
                state.last_mut().unwrap().re += 1e-9;
                assert!(!is_apart(&state, place, weights), "{qubits} qubits");
            }
        }
    }
}
