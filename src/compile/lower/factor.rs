//! Factors of unitary matrices: cosine and sine, and eigenvectors.

use crate::compile::CompileError;
use nalgebra::{DMatrix, DVector, SymmetricEigen, Vector3};
use num_complex::Complex64;

pub(super) type M = DMatrix<Complex64>;

/// Iterations per row before an eigenvalue iteration is given up.
const ITERATIONS: usize = 1000;

/// Rounds through all pairs of columns before their turning is given up; ten are many.
const SWEEPS: usize = 60;

/// The most that may be left beside a diagonal.
const SETTLED: f64 = 1e-12;

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
    let (nothing, close) = (f64::EPSILON * matrix.norm(), 4.0 * f64::EPSILON * (matrix.nrows() as f64).sqrt());
    for _ in 0..SWEEPS {
        let mut settled = true;
        for (p, q) in (0..size).flat_map(|p| (p + 1..size).map(move |q| (p, q))) {
            let [a, b, overlap] = [columns.column(p).norm(), columns.column(q).norm(), columns.column(p).dotc(&columns.column(q)).norm()];
            if overlap <= close * a * b || a.min(b) <= nothing {
                continue;
            }
            settled = false;
            let ratio = (b - a) * (b + a) / (2.0 * overlap);
            let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
            let cosine = tangent.hypot(1.0).recip();
            let phase = columns.column(q).dotc(&columns.column(p)) / overlap;
            for matrix in [&mut columns, &mut turns] {
                turn_pair(matrix, [p, q], cosine, -phase * (tangent * cosine));
            }
        }
        if settled {
            break;
        }
    }
    if !columns.norm().is_finite() {
        return Err(CompileError::Unsettled);
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&p, &q| columns.column(q).norm().total_cmp(&columns.column(p).norm()));
    Ok(turns.select_columns(&order))
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
/// The Hermitian part of the matrix times a phase has the same eigenvectors, except where two eigenvalues have nearly the same real
/// part by accident; of several phases the one is taken that leaves least beside the diagonal, and that rest is turned away.
pub(super) fn eigen(unitary: &M) -> Result<(M, Vec<f64>), CompileError> {
    let attempt = |k: i32| {
        let turned = unitary * Complex64::from_polar(1.0, f64::from(k) * 1.234_567);
        let vectors = hermitian_eigen(&(&turned + turned.adjoint())).ok()?.0;
        Some((beside_diagonal(&(vectors.adjoint() * unitary * &vectors)), vectors))
    };
    let best = (1..=4).filter_map(attempt).min_by(|a, b| a.0.total_cmp(&b.0));
    let mut vectors = best.ok_or(CompileError::Unsettled)?.1;
    let mut values = vectors.adjoint() * unitary * &vectors;
    for _ in 0..SWEEPS {
        if !turn_to_diagonal(&mut values, &mut vectors) {
            break;
        }
    }
    if beside_diagonal(&values) < SETTLED {
        Ok((vectors, values.diagonal().iter().map(|value| value.arg()).collect()))
    } else {
        Err(CompileError::Unsettled)
    }
}

fn beside_diagonal(matrix: &M) -> f64 {
    (matrix - M::from_diagonal(&matrix.diagonal())).norm()
}

/// One round of Jacobi rotations of a normal matrix, by the closed form of Cardoso and Souloumiac; false if there was nothing to turn.
fn turn_to_diagonal(values: &mut M, vectors: &mut M) -> bool {
    let mut turned = false;
    for (p, q) in (0..values.nrows()).flat_map(|p| (0..p).map(move |q| (q, p))) {
        let (up, down) = (values[(p, q)], values[(q, p)]);
        if up.norm().max(down.norm()) <= 4.0 * f64::EPSILON {
            continue;
        }
        let axis = Vector3::new(values[(p, p)] - values[(q, q)], up + down, (down - up) * Complex64::i());
        let (re, im) = (axis.map(|entry| entry.re), axis.map(|entry| entry.im));
        let eigen = (re * re.transpose() + im * im.transpose()).symmetric_eigen();
        let [x, y, z] = eigen.eigenvectors.column(eigen.eigenvalues.imax()).into_owned().into();
        let cosine = (0.5 + x.abs() / 2.0).sqrt();
        let sine = Complex64::new(y, -z) * (0.5 * x.signum() / cosine);
        turned = true;
        turn_pair(vectors, [p, q], cosine, sine);
        turn_pair(values, [p, q], cosine, sine);
        let mut rows = values.adjoint();
        turn_pair(&mut rows, [p, q], cosine, sine);
        *values = rows.adjoint();
    }
    turned
}

/// Columns p and q become `cosine·p + sine·q` and `cosine·q - sine*·p`.
fn turn_pair(matrix: &mut M, [p, q]: [usize; 2], cosine: f64, sine: Complex64) {
    for row in 0..matrix.nrows() {
        let (a, b) = (matrix[(row, p)], matrix[(row, q)]);
        (matrix[(row, p)], matrix[(row, q)]) = (a * cosine + b * sine, b * cosine - a * sine.conj());
    }
}

/// Eigenvectors as columns and eigenvalues.
pub(super) fn hermitian_eigen(hermitian: &M) -> Result<(M, DVector<f64>), CompileError> {
    let size = hermitian.nrows();
    let eigen = SymmetricEigen::try_new(hermitian.clone(), f64::EPSILON, ITERATIONS * size).ok_or(CompileError::Unsettled)?;
    Ok((eigen.eigenvectors, eigen.eigenvalues))
}
