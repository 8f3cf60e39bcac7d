//! `exp(-i·time·Σ coefficient·string)`, exact.
//!
//! [`PauliExp::groups`] splits the sum into groups that commute with one another. A group of one string is a Pauli rotation. A
//! group on few qubits becomes a matrix by its eigenvalues; a wider one is summed on the state itself as a Chebyshev series, whose
//! terms fall faster than exponentially once their number exceeds the norm of the sum.

use super::SimulateError;
use super::kernels::DENSE_QUBITS;
use super::series::{Angle, Series, norm};
use super::step::{Step, Steps};
use crate::gates::pauli::bits;
use crate::gates::{PauliExp, PauliString};
use nalgebra::{DMatrix, SymmetricEigen};
use num_complex::Complex64;
use smallvec::SmallVec;

/// The largest sum of |angles| that a matrix is made for. Each eigenvalue carries a rounding of about 1e-16 of it, and that many
/// radians of phase: at the limit eight digits are left.
const DENSE_LIMIT: f64 = 1e8;

/// The largest sum of |angles| of a series, which is also about the number of times the sum of strings is applied to the state.
const SERIES_LIMIT: f64 = 1e4;

/// Makes the exponential ready; `place` tells the position of the k-th target.
pub(super) fn steps(exp: &PauliExp, place: impl Fn(usize) -> usize, controls: usize) -> Result<Steps, SimulateError> {
    exp.groups().iter().map(|group| step(group, &place, controls)).collect()
}

/// Makes one group of it ready.
pub(super) fn step(group: &[Angle], place: impl Fn(usize) -> usize, controls: usize) -> Result<Step, SimulateError> {
    let spread = |mask: u64| bits(mask).fold(0, |spread, target| spread | 1 << place(target));
    let placed = |&(string, angle): &Angle| (PauliString { x: spread(string.x), z: spread(string.z) }, angle);
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

fn support(group: &[Angle]) -> u64 {
    group.iter().fold(0, |support, (string, _)| support | string.support())
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
            sum[(column ^ flip, column)] += string.phase() * (sign * angle / norm);
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

#[cfg(test)]
mod tests {
    use super::super::oracle::{distance, random_state};
    use super::super::{StateVector, prepare};
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
        let error = |operation: &Operation<Qis>| prepare::steps(operation, |qubit| qubit).unwrap_err();
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
