//! `exp(-i·time·Σ coefficient·string)`, exact.
//!
//! [`PauliExp::groups`] splits the sum into groups that commute with one another. A group of one string is a Pauli rotation. A
//! group on few qubits becomes a matrix by its eigenvalues; a wider one is summed on the state itself as a Chebyshev series, whose
//! terms fall faster than exponentially once their number exceeds the norm of the sum.

use super::SimulateError;
use super::kernels::{self, DENSE_QUBITS, Term, View};
use super::step::{Step, Steps};
use crate::gates::{PauliExp, PauliString};
use nalgebra::{DMatrix, SymmetricEigen};
use num_complex::Complex64;
use smallvec::SmallVec;

/// A string and its angle `time·coefficient`.
type Angle = (PauliString, f64);

/// The largest sum of |angles| that a matrix is made for. Each eigenvalue carries a rounding of about 1e-16 of it, and that many
/// radians of phase: at the limit eight digits are left.
const DENSE_LIMIT: f64 = 1e8;

/// The largest sum of |angles| of a series, which is also about the number of times the sum of strings is applied to the state.
const SERIES_LIMIT: f64 = 1e4;

/// Makes the exponential ready; `place` tells the position of the k-th target.
pub(super) fn steps(exp: &PauliExp, place: impl Fn(usize) -> usize, controls: usize) -> Result<Steps, SimulateError> {
    let spread = |mask: u64| bits(mask).fold(0, |spread, target| spread | 1 << place(target));
    let placed = |&(string, angle): &Angle| (PauliString { x: spread(string.x), z: spread(string.z) }, angle);
    let step = |group: &Vec<Angle>| {
        let group: Vec<Angle> = group.iter().map(placed).collect();
        cost(&group)?;
        Ok(match *group.as_slice() {
            [(string, angle)] => Step::rotation(string, angle, controls),
            _ if support(&group).count_ones() as usize <= DENSE_QUBITS => {
                let (qubits, matrix) = unitary(&group);
                Step::dense(qubits, matrix, controls)
            }
            _ => Step::series(Series::new(&group), controls),
        })
    };
    exp.groups().iter().map(step).collect()
}

/// Whether the group needs a series, and how many bytes what is kept for it takes.
///
/// # Errors
/// [`SimulateError::PauliExp`] if the group is beyond what can be computed.
pub(super) fn cost(group: &[Angle]) -> Result<(bool, usize), SimulateError> {
    if group.len() == 1 {
        return Ok((false, 0));
    }
    let qubits = support(group).count_ones() as usize;
    let (series, limit) = if qubits <= DENSE_QUBITS { (false, DENSE_LIMIT) } else { (true, SERIES_LIMIT) };
    let sum = norm(group);
    if sum > limit {
        return Err(SimulateError::PauliExp { qubits, sum, limit });
    }
    Ok(if series { (true, size_of_val(group)) } else { (false, size_of::<Complex64>() << (2 * qubits)) })
}

fn bits(mask: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |bit| mask >> bit & 1 == 1)
}

fn support(group: &[Angle]) -> u64 {
    group.iter().fold(0, |support, (string, _)| support | string.support())
}

/// An upper bound of the absolute eigenvalues.
fn norm(group: &[Angle]) -> f64 {
    group.iter().map(|(_, angle)| angle.abs()).sum()
}

/// i to the number of Ys: Y is `i·X·Z`, so this is what turns a product of X and Z masks into the string.
pub(super) fn phase(string: PauliString) -> Complex64 {
    const POWERS: [Complex64; 4] =
        [Complex64::new(1.0, 0.0), Complex64::new(0.0, 1.0), Complex64::new(-1.0, 0.0), Complex64::new(0.0, -1.0)];
    POWERS[(string.x & string.z).count_ones() as usize % 4]
}

/// The matrix of a group on the qubits it touches, ascending, row-major with the lowest qubit as lowest bit of the index.
fn unitary(group: &[Angle]) -> (SmallVec<[usize; DENSE_QUBITS]>, Vec<Complex64>) {
    let qubits: SmallVec<[usize; DENSE_QUBITS]> = bits(support(group)).collect();
    let gather = |mask: u64| qubits.iter().enumerate().fold(0, |gathered, (bit, qubit)| gathered | (mask as usize >> qubit & 1) << bit);
    let size = 1 << qubits.len();
    let norm = norm(group).max(f64::MIN_POSITIVE);
    let mut sum = DMatrix::zeros(size, size); // with eigenvalues in -1..=1
    for &(string, angle) in group {
        let (flip, parity) = (gather(string.x), gather(string.z));
        for column in 0..size {
            let sign = if (column & parity).count_ones() % 2 == 1 { -1.0 } else { 1.0 };
            sum[(column ^ flip, column)] += phase(string) * (sign * angle / norm);
        }
    }
    let unitary = exponential(&sum, norm, 1000 * size);
    (qubits, unitary.transpose().as_slice().to_vec()) // nalgebra is column-major
}

/// `exp(-i·time·hamiltonian)` by eigenvalues; should their iteration not settle, by nalgebra's Padé approximant.
fn exponential(hamiltonian: &DMatrix<Complex64>, time: f64, iterations: usize) -> DMatrix<Complex64> {
    match SymmetricEigen::try_new(hamiltonian.clone(), f64::EPSILON, iterations) {
        Some(SymmetricEigen { eigenvectors, eigenvalues }) => {
            let turned = DMatrix::from_fn(eigenvectors.nrows(), eigenvectors.ncols(), |row, column| {
                eigenvectors[(row, column)] * Complex64::from_polar(1.0, -time * eigenvalues[column])
            });
            turned * eigenvectors.adjoint()
        }
        None => hamiltonian.map(|entry| entry * Complex64::new(0.0, -time)).exp(),
    }
}

/// `exp(-iλH)` as `Σ cₖ·Tₖ(H)` with Chebyshev polynomials Tₖ, for H with eigenvalues in -1..=1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    /// H.
    terms: Vec<Term>,
    /// λ.
    norm: f64,
}

impl Series {
    fn new(group: &[Angle]) -> Series {
        // Any bound of the eigenvalues will do, and one that is not tiny keeps the Bessel functions out of trouble.
        let norm = norm(group).max(1e-3);
        let term =
            |&(string, angle): &Angle| Term { flip: string.x as usize, parity: string.z as usize, weight: phase(string) * (angle / norm) };
        Series { terms: group.iter().map(term).collect(), norm }
    }

    /// Adds the series up on the state; `current` and `next` are two buffers of its size.
    pub(super) fn apply(&self, state: View<'_>, controls: usize, [current, next]: &mut [Vec<Complex64>; 2]) {
        let View { amplitudes: sum, tile_qubits } = state;
        let bessel = bessel(self.norm);
        // T₀ is 1. What the controls exclude stays out of the buffers, and as it is in the sum.
        for (index, (sum, current)) in sum.iter_mut().zip(&mut *current).enumerate() {
            *current = if index & controls == controls { *sum } else { Complex64::default() };
            *sum += (bessel[0] - 1.0) * *current;
        }
        next.fill(Complex64::default());
        let mut power = Complex64::new(1.0, 0.0); // (-i)^k
        for (k, &bessel) in bessel.iter().enumerate().skip(1) {
            power *= Complex64::new(0.0, -1.0);
            // T₁ is H; from then on Tₖ₊₁ is 2H·Tₖ - Tₖ₋₁.
            let factor = if k == 1 { 1.0 } else { 2.0 };
            let target = View { amplitudes: next, tile_qubits };
            kernels::recur(target, current, sum, &self.terms, factor, 2.0 * bessel * power);
            std::mem::swap(current, next);
        }
    }
}

/// The Bessel functions J₀(x), J₁(x), … up to the last that matters, for x > 0.
///
/// Miller's way: their recurrence is stable downwards, from anything far beyond x, and `J₀ + 2·(J₂ + J₄ + …) = 1` sets the scale.
fn bessel(x: f64) -> Vec<f64> {
    // Beyond x, Jₖ falls like exp(-2/3·a^{3/2}) at k = x + a·(x/2)^{1/3}; a = 20 makes that 1e-26.
    let last = (x + 20.0 * (x / 2.0).cbrt() + 30.0) as usize;
    let mut values = vec![0.0; last + 2];
    values[last] = 1e-250;
    for k in (1..=last).rev() {
        values[k - 1] = 2.0 * k as f64 / x * values[k] - values[k + 1];
    }
    let scale = values[0] + 2.0 * values.iter().skip(2).step_by(2).sum::<f64>();
    values.iter_mut().for_each(|value| *value /= scale);
    let end = values.iter().rposition(|value| value.abs() > 1e-18).map_or(1, |index| index + 1);
    values.truncate(end);
    values
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{distance, random_state};
    use super::super::{StateVector, step};
    use super::*;
    use crate::circuit::{On, Operation};
    use crate::gates::Qis;
    use rand::{RngExt, SeedableRng};

    fn exp(terms: &[&str], coefficients: &[f64], time: f64) -> Qis {
        Qis::PauliExp(PauliExp::new(terms[0].len(), terms, coefficients, time).unwrap().into())
    }

    fn after(step: &Step, before: &[Complex64]) -> Vec<Complex64> {
        let mut state = StateVector::tiled(before.to_vec(), 3);
        state.take(step).unwrap();
        state.into_amplitudes()
    }

    #[test]
    fn matrix_and_series_agree_on_weak_and_strong_sums_under_controls() {
        let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(11);
        for time in [1e-300, 1e-9, 0.01, 1.0, 30.0, 3000.0] {
            for _ in 0..10 {
                let group: Vec<Angle> = (0..rng.random_range(2..6))
                    .map(|_| (PauliString { x: rng.random_range(0..32), z: rng.random_range(0..32) }, time * rng.random_range(-0.3..0.3)))
                    .collect();
                let before = random_state(6, &mut rng);
                let (qubits, matrix) = unitary(&group);
                for controls in [0, 1 << 5] {
                    let by_matrix = after(&Step::dense(qubits.clone(), matrix.clone(), controls), &before);
                    let by_series = after(&Step::series(Series::new(&group), controls), &before);
                    let distance = distance(&by_matrix, &by_series);
                    assert!(distance < 1e-14 * (10.0 + time), "{distance:e} apart at time {time} for {group:?}");
                    let norm: f64 = by_series.iter().map(Complex64::norm_sqr).sum();
                    assert!((norm - 1.0).abs() < 1e-13 * (1.0 + time.sqrt()), "norm {norm} at time {time}");
                }
            }
        }
    }

    #[test]
    fn the_approximant_stands_in_when_the_eigenvalues_do_not_settle() {
        let hamiltonian =
            DMatrix::from_fn(8, 8, |row, column| Complex64::new((row + column) as f64 / 50.0, column as f64 - row as f64) / 20.0);
        assert!(SymmetricEigen::try_new(hamiltonian.clone(), f64::EPSILON, 1).is_none());
        let (settled, stand_in) = (exponential(&hamiltonian, 3.0, 1000), exponential(&hamiltonian, 3.0, 1));
        assert!((settled - stand_in).norm() < 1e-13);
    }

    #[test]
    fn bessel_functions_have_their_tabulated_values() {
        // Abramowitz and Stegun, tables 9.1 and 9.4.
        for (x, k, value) in
            [(1.0, 0, 0.7651976865579666), (1.0, 1, 0.4400505857449335), (10.0, 0, -0.2459357644513483), (100.0, 0, 0.0199858503042231)]
        {
            approx::assert_abs_diff_eq!(bessel(x)[k], value, epsilon = 1e-15);
        }
        for x in [1e-3, 0.5, 77.0, SERIES_LIMIT] {
            let values = bessel(x);
            let squares = values[0].powi(2) + 2.0 * values[1..].iter().map(|value| value * value).sum::<f64>();
            approx::assert_abs_diff_eq!(squares, 1.0, epsilon = 1e-13); // an identity that the scale does not rest on
        }
    }

    #[test]
    fn a_string_without_letters_is_a_phase_that_a_control_turns_into_a_rotation() {
        let mut state = StateVector::zero(2).unwrap();
        state.apply(&Qis::H.on([1])).unwrap();
        state.apply(&exp(&["I"], &[1.0], 0.3).on([0]).controlled_by([1])).unwrap();
        let phases: Vec<f64> = [0, 2].map(|index| state.amplitudes()[index].arg()).into();
        approx::assert_abs_diff_eq!(phases[0], 0.0, epsilon = 1e-15);
        approx::assert_abs_diff_eq!(phases[1], -0.3, epsilon = 1e-15);
        state.apply(&exp(&[""], &[1.0], 0.2).on([])).unwrap();
        approx::assert_abs_diff_eq!(state.amplitudes()[0].arg(), -0.2, epsilon = 1e-15);
    }

    #[test]
    fn huge_angles_are_rotations_or_errors_but_never_nan() {
        let error = |operation: &Operation<Qis>| step::steps(operation, |qubit| qubit).unwrap_err();
        let mut state = StateVector::zero(7).unwrap();
        for huge in [1e18, 1e300, f64::MAX] {
            state.apply(&exp(&["XY"], &[huge], 1.0).on([0, 1])).unwrap();
            state.apply(&Qis::Rx(crate::gates::Radians(huge)).on([1])).unwrap();
            let norm: f64 = state.amplitudes().iter().map(Complex64::norm_sqr).sum();
            assert!((norm - 1.0).abs() < 1e-13, "{norm}");
            let narrow = error(&exp(&["XY", "ZY"], &[huge, huge], 1.0).on([0, 1]));
            assert!(matches!(narrow, SimulateError::PauliExp { qubits: 2, limit: DENSE_LIMIT, .. }), "{narrow:?}");
        }
        let wide = error(&exp(&["XXXXXXX", "ZIIIIII"], &[8.0, 2.5], 1000.0).on(0..7));
        assert_eq!(
            wide.to_string(),
            "pauliexp: terms that do not commute have |time × coefficients| adding up to 1.0500e4, at most 1e4 can be simulated on \
             7 qubits; lower the time"
        );
        state.apply(&exp(&["X", "Z"], &[6e7, -3e7], 1.0).on([3])).unwrap();
        state.apply(&exp(&["XXXXXXX", "ZIIIIII"], &[8.0, 1.9], 1000.0).on(0..7)).unwrap();
        let norm: f64 = state.amplitudes().iter().map(Complex64::norm_sqr).sum();
        assert!((norm - 1.0).abs() < 1e-11, "{norm}");
    }
}
