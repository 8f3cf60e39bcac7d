//! Outcomes drawn straight from amplitudes, without a table of the distribution.

use super::tiles::PARALLEL_QUBITS;
use crate::outcome::{Probabilities, ProbabilitiesError, compensated_sum};
use num_complex::Complex64;
use rayon::prelude::*;

/// How many amplitudes are summed at a time. Fixed, so that the sums do not depend on the number of threads.
const CHUNK: usize = 1 << 10;

/// Where each point of 0..1 falls when the outcomes lie side by side, each as long as its probability. Returned in the order of
/// the points, which ascend; with the deviation of the squared norm from 1.
///
/// # Errors
/// [`ProbabilitiesError::Sum`] if the norm is not 1 within [`Probabilities::DRIFT`].
pub(super) fn locate(amplitudes: &[Complex64], points: &[f64]) -> Result<(Vec<usize>, f64), ProbabilitiesError> {
    locate_scaled(amplitudes, 1.0, points)
}

/// The same of amplitudes whose squares are still to be multiplied by `scale`.
///
/// # Errors
/// As [`locate`].
pub(super) fn locate_scaled(amplitudes: &[Complex64], scale: f64, points: &[f64]) -> Result<(Vec<usize>, f64), ProbabilitiesError> {
    debug_assert!(points.is_sorted());
    let weigh = |chunk: &[Complex64]| chunk.iter().map(Complex64::norm_sqr).sum::<f64>();
    let weights: Vec<f64> = match amplitudes.len() < 1 << PARALLEL_QUBITS {
        true => amplitudes.chunks(CHUNK).map(weigh).collect(),
        false => amplitudes.par_chunks(CHUNK).map(weigh).collect(),
    };
    let weight = compensated_sum(weights.iter().copied());
    let sum = weight * scale;
    if sum.is_nan() || (sum - 1.0).abs() > Probabilities::DRIFT {
        return Err(ProbabilitiesError::Sum { sum, entries: amplitudes.len(), tolerance: Probabilities::DRIFT });
    }
    let points: Vec<f64> = points.iter().map(|point| point * weight).collect();
    let mut end = 0.0;
    let mut next = 0;
    let shares = weights.into_iter().enumerate().map(|(chunk, weight)| {
        let (begin, first) = (end, next);
        end += weight;
        next = first + points[first..].partition_point(|&point| point < end);
        (chunk * CHUNK, begin, &points[first..next])
    });
    let shares: Vec<_> = shares.filter(|(_, _, points)| !points.is_empty()).collect();
    let find = |&(first, begin, points): &(usize, f64, &[f64])| {
        within(&amplitudes[first..amplitudes.len().min(first + CHUNK)], begin, points).map(move |index| first + index).collect::<Vec<_>>()
    };
    let mut found: Vec<usize> = match amplitudes.len() < 1 << PARALLEL_QUBITS {
        true => shares.iter().flat_map(find).collect(),
        false => shares.par_iter().flat_map_iter(find).collect(),
    };
    let last = || amplitudes.iter().rposition(|amplitude| amplitude.norm_sqr() > 0.0).expect("the norm is not 0");
    let left = points.len() - next;
    if left > 0 {
        found.extend(std::iter::repeat_n(last(), left));
    }
    Ok((found, sum - 1.0))
}

/// Where points fall among amplitudes before which the others add up to `begin`.
fn within(amplitudes: &[Complex64], begin: f64, points: &[f64]) -> impl Iterator<Item = usize> {
    let mut passed = begin;
    let mut last = 0;
    let mut rest = amplitudes.iter().map(Complex64::norm_sqr).enumerate().filter(|&(_, probability)| probability != 0.0);
    points.iter().map(move |&point| {
        while point >= passed
            && let Some((index, probability)) = rest.next()
        {
            (passed, last) = (passed + probability, index);
        }
        last // summed one by one the amplitudes may end a rounding short of what they come to
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_fall_on_outcomes_in_proportion_to_their_probability_and_never_on_impossible_ones() {
        // 2^11 amplitudes, two chunks: 1/4 at 5, 1/4 at 1023, 1/2 at 1500.
        let mut amplitudes = vec![Complex64::default(); 2048];
        amplitudes[5] = Complex64::new(0.0, 0.5);
        amplitudes[1023] = Complex64::new(-0.5, 0.0);
        amplitudes[1500] = Complex64::new(0.5, 0.5);
        let points = [0.0, 0.2499, 0.25, 0.4999, 0.5, 0.9999, 1.0 - f64::EPSILON / 2.0];
        let (found, drift) = locate(&amplitudes, &points).unwrap();
        assert_eq!(found, [5, 5, 1023, 1023, 1500, 1500, 1500]);
        assert!(drift.abs() < 1e-15);
    }

    #[test]
    fn a_state_that_is_not_normalized_is_an_error() {
        for wrong in [0.9, 1.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(locate(&[Complex64::new(wrong, 0.0)], &[0.5]), Err(ProbabilitiesError::Sum { .. })), "{wrong}");
        }
    }
}
