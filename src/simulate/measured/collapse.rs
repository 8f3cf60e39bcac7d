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
