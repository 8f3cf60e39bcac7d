//! Matrices of circuits the long way: Kronecker products, no index tricks.

use crate::compile::pieces::{Piece, Pieces};
use crate::gates::{Matrix2, matrix};
use nalgebra::DMatrix;
use num_complex::Complex64;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(super) type M = DMatrix<Complex64>;

pub(super) fn c(re: f64, im: f64) -> Complex64 {
    Complex64::new(re, im)
}

pub(super) fn two(m: &Matrix2) -> M {
    M::from_fn(2, 2, |row, column| m[row][column])
}

/// The product of these operators on their qubits; qubit 0 is the right-most factor.
pub(super) fn on(qubits: usize, factors: &[(usize, M)]) -> M {
    let identity = M::identity(2, 2);
    (0..qubits).rev().fold(M::identity(1, 1), |product, qubit| {
        let factor = factors.iter().find(|(given, _)| *given == qubit).map_or(&identity, |(_, factor)| factor);
        product.kronecker(factor)
    })
}

/// What becomes of a state.
pub(super) fn applied(pieces: &Pieces, mut state: Vec<Complex64>) -> Vec<Complex64> {
    for piece in &pieces.0 {
        match *piece {
            Piece::One(qubit, u) => {
                for low in (0..state.len()).filter(|index| index >> qubit & 1 == 0) {
                    let (zero, one) = (state[low], state[low | 1 << qubit]);
                    state[low] = u[0][0] * zero + u[0][1] * one;
                    state[low | 1 << qubit] = u[1][0] * zero + u[1][1] * one;
                }
            }
            Piece::Zz([a, b], angle) => {
                assert_ne!(a, b);
                let [equal, unequal] = [-angle, angle].map(|phase| Complex64::from_polar(1.0, phase));
                for (index, amplitude) in state.iter_mut().enumerate() {
                    *amplitude *= if (index >> a ^ index >> b) & 1 == 1 { unequal } else { equal };
                }
            }
            Piece::Swap([a, b]) => {
                for index in (0..state.len()).filter(|index| index >> a & 1 == 1 && index >> b & 1 == 0) {
                    state.swap(index, index ^ 1 << a ^ 1 << b);
                }
            }
        }
    }
    state
}

/// What the pieces do to each basis state in turn.
pub(super) fn product(pieces: &Pieces, qubits: usize) -> M {
    let identity = M::identity(1 << qubits, 1 << qubits);
    let columns = identity.column_iter().map(|column| applied(pieces, column.as_slice().to_vec()).into());
    M::from_columns(&columns.collect::<Vec<nalgebra::DVector<_>>>())
}

/// Amplitudes without structure.
pub(super) fn random_state(qubits: usize, rng: &mut ChaCha8Rng) -> Vec<Complex64> {
    let mut number = || rng.random_range(-1.0..1.0);
    let state = nalgebra::DVector::from_fn(1 << qubits, |_, _| c(number(), number()));
    state.normalize().as_slice().to_vec()
}

/// The operator where all controls are 1, the identity elsewhere.
pub(super) fn under(controls: &[usize], operator: &M, qubits: usize) -> M {
    let all = controls.iter().fold(0usize, |all, control| all | 1 << control);
    let identity = M::identity(1 << qubits, 1 << qubits);
    M::from_fn(1 << qubits, 1 << qubits, |row, column| {
        let active = row & all == all && column & all == all;
        if active { operator[(row, column)] } else { identity[(row, column)] }
    })
}

/// The largest difference of two entries once the global phases agree.
pub(super) fn distance(found: &M, wanted: &M) -> f64 {
    let overlap: Complex64 = wanted.iter().zip(found.iter()).map(|(wanted, found)| wanted.conj() * found).sum();
    let phase = overlap / overlap.norm();
    let distance = wanted.iter().zip(found.iter()).map(|(wanted, found)| (wanted * phase - found).norm()).fold(0.0, f64::max);
    if distance.is_nan() { f64::INFINITY } else { distance }
}

#[track_caller]
pub(super) fn assert_same(pieces: &Pieces, wanted: &M, what: impl std::fmt::Debug) {
    let qubits = wanted.nrows().trailing_zeros() as usize;
    let distance = distance(&product(pieces, qubits), wanted);
    assert!(distance < 1e-12, "{what:?}: {distance:e} apart");
}

/// A unitary without structure, by orthogonalizing random columns.
pub(super) fn random_unitary(size: usize, rng: &mut ChaCha8Rng) -> M {
    let mut number = || rng.random_range(-1.0..1.0);
    M::from_fn(size, size, |_, _| c(number(), number())).qr().q()
}

pub(super) fn random_one(rng: &mut ChaCha8Rng) -> Matrix2 {
    let m = random_unitary(2, rng);
    let phase = Complex64::from_polar(1.0, rng.random_range(-3.0..3.0));
    [[m[(0, 0)] * phase, m[(0, 1)] * phase], [m[(1, 0)] * phase, m[(1, 1)] * phase]]
}

/// The qubits 0.. in random order.
pub(super) fn shuffled(qubits: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..qubits).collect();
    for k in (1..qubits).rev() {
        order.swap(k, rng.random_range(0..=k));
    }
    order
}

#[test]
fn pieces_multiply_out_as_kronecker_products() {
    let (x, z) = (two(&matrix::X), two(&matrix::Z));
    let mut pieces = Pieces::default();
    pieces.one(2, matrix::X);
    pieces.zz(0, 2, 0.3);
    let zz = on(3, &[(0, z.clone()), (2, z)]).map(|entry| entry * c(0.0, -0.3)).exp();
    assert!((product(&pieces, 3) - zz * on(3, &[(2, x)])).norm() < 1e-14);
    let swap = Pieces(vec![Piece::Swap([0, 1])]);
    assert_eq!(product(&swap, 2), M::from_fn(4, 4, |row, column| c(if row == [0, 2, 1, 3][column] { 1.0 } else { 0.0 }, 0.0)));
}
