//! What operations do, written down the long way: as explicit Kronecker products, without an index trick in sight.

use crate::circuit::Operation;
use crate::gates::{Action, Gate, Matrix2, PauliExp, matrix};
use nalgebra::{DMatrix, DVector};
use num_complex::Complex64;
use rand::{Rng, RngExt};

pub(super) type M = DMatrix<Complex64>;

pub(super) fn c(re: f64, im: f64) -> Complex64 {
    Complex64::new(re, im)
}

fn two(m: &Matrix2) -> M {
    M::from_fn(2, 2, |row, column| m[row][column])
}

/// |row⟩⟨column|
fn unit(row: usize, column: usize) -> M {
    let mut m = M::zeros(2, 2);
    m[(row, column)] = c(1.0, 0.0);
    m
}

/// The product of these operators on their qubits and the identity on the others; qubit 0 is the right-most factor.
pub(super) fn on(qubits: usize, factors: &[(usize, M)]) -> M {
    let identity = M::identity(2, 2);
    (0..qubits).rev().fold(M::identity(1, 1), |product, qubit| {
        let factor = factors.iter().find(|(given, _)| *given == qubit).map_or(&identity, |(_, factor)| factor);
        product.kronecker(factor)
    })
}

/// `Σ coefficient·string` of a `pauliexp`, times its time.
pub(super) fn hamiltonian(exp: &PauliExp, targets: &[usize], qubits: usize) -> M {
    let size = 1 << qubits;
    exp.terms().iter().fold(M::zeros(size, size), |sum, (string, coefficient)| {
        let letters = string.letters(exp.qubits());
        let factor = |(&target, letter)| match letter {
            'X' => (target, two(&matrix::X)),
            'Y' => (target, two(&matrix::Y)),
            'Z' => (target, two(&matrix::Z)),
            _ => (target, two(&matrix::IDENTITY)),
        };
        let factors: Vec<_> = targets.iter().zip(letters.chars().rev()).map(factor).collect();
        sum + on(qubits, &factors) * c(coefficient * exp.time(), 0.0)
    })
}

/// The whole operation as a matrix on `qubits` qubits.
pub(super) fn operator<G: Gate>(operation: &Operation<G>, qubits: usize) -> M {
    let size = 1 << qubits;
    let controls: Vec<_> = operation.controls.iter().map(|&control| (control, unit(1, 1))).collect();
    let targets = &operation.targets;
    let controlled = |mut factors: Vec<(usize, M)>| {
        factors.extend(controls.iter().cloned());
        on(qubits, &factors)
    };
    let active = controlled(vec![]); // projects on all controls being 1
    let acted = match operation.gate.action() {
        Action::Identity => active.clone(),
        Action::One(m) => controlled(vec![(targets[0], two(&m))]),
        Action::Two(m) => {
            let entries = (0..4).flat_map(|row| (0..4).map(move |column| (row, column)));
            entries.filter(|&(row, column)| m[row][column] != c(0.0, 0.0)).fold(M::zeros(size, size), |sum, (row, column)| {
                let (first, second) = (unit(row % 2, column % 2), unit(row / 2, column / 2));
                sum + controlled(vec![(targets[0], first), (targets[1], second)]) * m[row][column]
            })
        }
        Action::PauliExp(exp) => (hamiltonian(exp, targets, qubits) * c(0.0, -1.0)).exp() * &active,
    };
    M::identity(size, size) - active + acted
}

/// What becomes of a vector.
pub(super) fn applied(operator: &M, amplitudes: &[Complex64]) -> Vec<Complex64> {
    (operator * DVector::from_column_slice(amplitudes)).as_slice().to_vec()
}

pub(super) fn random_number(rng: &mut impl Rng) -> Complex64 {
    c(rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0))
}

/// A normalized vector.
pub(super) fn random_state(qubits: usize, rng: &mut impl Rng) -> Vec<Complex64> {
    let state: Vec<_> = (0..1 << qubits).map(|_| random_number(rng)).collect();
    let norm = state.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
    state.into_iter().map(|amplitude| amplitude / norm).collect()
}

pub(super) fn distance(left: &[Complex64], right: &[Complex64]) -> f64 {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(left, right)| (left - right).norm()).fold(0.0, f64::max)
}
