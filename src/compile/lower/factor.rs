//! Factors of unitary matrices: cosine and sine, and eigenvectors.

use crate::compile::CompileError;
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use num_complex::Complex64;

pub(super) type M = DMatrix<Complex64>;

/// Iterations per row before an eigenvalue iteration is given up.
const ITERATIONS: usize = 1000;

/// Rounds through all pairs of columns before their turning is given up; ten are many.
const SWEEPS: usize = 60;

/// `[L₀ 0; 0 L₁] · [C -S; S C] · [R₀ 0; 0 R₁]` with C and S the cosines and sines of `angles`.
pub(super) struct CosineSine {
    pub(super) left: [M; 2],
    pub(super) angles: Vec<f64>,
    pub(super) right: [M; 2],
}

/// The factors of a unitary matrix of even size.
///
/// The singular vectors of the upper left block belong to cosines. Where the cosine is nearly 1 they say little about the sine, so there
/// they are turned until the lower left block is as diagonal as the upper one (Van Loan's way).
pub(super) fn cosine_sine(unitary: &M) -> Result<CosineSine, CompileError> {
    let size = unitary.nrows() / 2;
    let block = |row: usize, column: usize| unitary.view((row * size, column * size), (size, size)).into_owned();
    let mut basis = right_vectors(&block(0, 0))?; // cosines descend
    let large = (&block(0, 0) * &basis).column_iter().take_while(|column| column.norm() > 0.5f64.sqrt()).count();
    if large > 0 {
        let near_one = basis.columns(0, large).into_owned();
        let turn = right_vectors(&(block(1, 0) * &near_one))?; // sines descend
        let turned = near_one * M::from_fn(large, large, |row, column| turn[(row, large - 1 - column)]);
        basis.columns_mut(0, large).copy_from(&turned);
    }
    // Now cosines descend and sines ascend, so either block is made orthogonal from its longest column on.
    let (cosines, upper) = orthogonal(&(block(0, 0) * &basis), false);
    let (sines, lower) = orthogonal(&(block(1, 0) * &basis), true);
    let angles: Vec<f64> = sines.iter().zip(&cosines).map(|(sine, cosine)| sine.atan2(*cosine)).collect();
    let scaled = |angles: &[f64], of: fn(f64) -> f64, rows: M| M::from_fn(size, size, |row, column| rows[(row, column)] * of(angles[row]));
    let right = scaled(&angles, f64::cos, lower.adjoint() * block(1, 1)) - scaled(&angles, f64::sin, upper.adjoint() * block(0, 1));
    Ok(CosineSine { left: [upper, lower], angles, right: [basis.adjoint(), right] })
}

/// The right singular vectors as columns, the largest singular value first.
///
/// Hestenes' way: pairs of columns are turned until all are orthogonal, which finds small values as precisely as large ones. nalgebra's
/// decomposition loses two to four digits of sixteen from 3×3 on.
fn right_vectors(matrix: &M) -> Result<M, CompileError> {
    let size = matrix.ncols();
    let (mut columns, mut turns) = (matrix.clone(), M::identity(size, size));
    for _ in 0..SWEEPS {
        let mut settled = true;
        for (p, q) in (0..size).flat_map(|p| (p + 1..size).map(move |q| (p, q))) {
            let [a, b, overlap] = [columns.column(p).norm(), columns.column(q).norm(), columns.column(p).dotc(&columns.column(q)).norm()];
            if overlap <= f64::EPSILON * a * b {
                continue;
            }
            settled = false;
            let phase = columns.column(p).dotc(&columns.column(q)) / overlap;
            let ratio = (b - a) * (b + a) / (2.0 * overlap);
            let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
            for matrix in [&mut columns, &mut turns] {
                turn_columns(matrix, [p, q], phase, tangent);
            }
        }
        if settled {
            let mut order: Vec<usize> = (0..size).collect();
            order.sort_by(|&p, &q| columns.column(q).norm().total_cmp(&columns.column(p).norm()));
            return Ok(turns.select_columns(&order));
        }
    }
    Err(CompileError::Unsettled)
}

fn turn_columns(matrix: &mut M, [p, q]: [usize; 2], phase: Complex64, tangent: f64) {
    let cosine = tangent.hypot(1.0).recip();
    let sine = tangent * cosine;
    for row in 0..matrix.nrows() {
        let (a, b) = (matrix[(row, p)], matrix[(row, q)] * phase.conj());
        (matrix[(row, p)], matrix[(row, q)]) = (a * cosine - b * sine, a * sine + b * cosine);
    }
}

/// Lengths and directions of columns that are orthogonal but for rounding; from the last one on if `backwards`.
fn orthogonal(columns: &M, backwards: bool) -> (Vec<f64>, M) {
    let size = columns.ncols();
    let place = |k: usize| if backwards { size - 1 - k } else { k };
    let ordered = M::from_fn(size, size, |row, column| columns[(row, place(column))]);
    let (q, r) = ordered.qr().unpack();
    let phase = |k: usize| if r[(k, k)].norm() > 0.0 { r[(k, k)] / r[(k, k)].norm() } else { Complex64::new(1.0, 0.0) };
    let lengths = (0..size).map(|k| r[(place(k), place(k))].norm()).collect();
    (lengths, M::from_fn(size, size, |row, column| q[(row, place(column))] * phase(place(column))))
}

/// Eigenvectors as columns and the phases of the eigenvalues.
///
/// The Hermitian part of the matrix times a phase has the same eigenvectors, except where two eigenvalues have the same real part
/// by accident; of several phases the one is taken that leaves least beside the diagonal.
pub(super) fn eigen(unitary: &M) -> Result<(M, Vec<f64>), CompileError> {
    let attempt = |k: i32| {
        let turned = unitary * Complex64::from_polar(1.0, f64::from(k) * 1.234_567);
        let vectors = hermitian_eigen(&(&turned + turned.adjoint())).ok()?.0;
        let values = vectors.adjoint() * unitary * &vectors;
        let rest = &values - M::from_diagonal(&values.diagonal());
        Some((rest.norm(), vectors, values.diagonal().iter().map(|value| value.arg()).collect()))
    };
    let attempts = (1..=12).filter_map(attempt);
    let best = attempts.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|(rest, ..)| rest.is_finite());
    best.map(|(_, vectors, phases)| (vectors, phases)).ok_or(CompileError::Unsettled)
}

/// Eigenvectors as columns and eigenvalues.
pub(super) fn hermitian_eigen(hermitian: &M) -> Result<(M, DVector<f64>), CompileError> {
    let size = hermitian.nrows();
    let eigen = SymmetricEigen::try_new(hermitian.clone(), f64::EPSILON, ITERATIONS * size).ok_or(CompileError::Unsettled)?;
    Ok((eigen.eigenvectors, eigen.eigenvalues))
}
