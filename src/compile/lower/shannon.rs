//! Unitaries on many qubits: the quantum Shannon decomposition.
//!
//! Cosines and sines split a unitary into rotations of the top qubit between two unitaries of the others that the top qubit
//! selects; eigenvectors split such a selection into rotations of the selecting qubit between two unitaries that nothing selects.

use super::diagonal::{multiplexed_rz, multiplexed_rz_left_open};
use super::factor::{CosineSine, M, cosine_sine, eigen};
use crate::compile::CompileError;
use crate::compile::kak::{Kak, saving_angle};
use crate::compile::pieces::{Pieces, adjoint};
use crate::gates::{Matrix2, Matrix4};
use num_complex::Complex64;

/// `blocks[index]` on the targets, the index read from `selects`, up to a global phase.
///
/// # Errors
/// [`CompileError::Unsettled`] for entries that are not finite.
pub(super) fn multiplexed(blocks: &[M], targets: &[usize], selects: &[usize], out: &mut Pieces) -> Result<(), CompileError> {
    let mut parts = Parts(Vec::new());
    parts.multiplexed(blocks, targets, selects)?;
    parts.emit(targets, out)
}

enum Part {
    /// A unitary of the two lowest targets.
    Pair(M),
    /// Pieces that are diagonal on them, or a unitary of the only target.
    Rest(Pieces),
}

/// A circuit in time order.
struct Parts(Vec<Part>);

impl Parts {
    fn rest(&mut self, build: impl FnOnce(&mut Pieces)) {
        let mut pieces = Pieces::default();
        build(&mut pieces);
        self.0.push(Part::Rest(pieces));
    }

    fn multiplexed(&mut self, blocks: &[M], targets: &[usize], selects: &[usize]) -> Result<(), CompileError> {
        let Some((&top, rest)) = selects.split_last() else { return self.unitary(&blocks[0], targets) };
        // A = V·D·W and B = V·D†·W, so AB† = V·D²·V†.
        let (zero, one) = blocks.split_at(blocks.len() / 2);
        let (mut left, mut right, mut angles) = (Vec::new(), Vec::new(), Vec::new());
        for (zero, one) in zero.iter().zip(one) {
            let (vectors, phases) = eigen(&(zero * one.adjoint()))?;
            let halves: Vec<_> = phases.iter().map(|phase| Complex64::from_polar(1.0, phase / 2.0)).collect();
            right.push(M::from_diagonal(&halves.into()) * vectors.adjoint() * one);
            left.push(vectors);
            angles.extend(phases.iter().map(|phase| -phase));
        }
        self.multiplexed(&right, targets, rest)?;
        self.rest(|out| multiplexed_rz(&angles, top, &[targets, rest].concat(), out));
        self.multiplexed(&left, targets, rest)
    }

    fn unitary(&mut self, matrix: &M, qubits: &[usize]) -> Result<(), CompileError> {
        match *qubits {
            [] => {}
            [qubit] => self.rest(|out| out.one(qubit, [[matrix[(0, 0)], matrix[(0, 1)]], [matrix[(1, 0)], matrix[(1, 1)]]])),
            [_, _] => self.0.push(Part::Pair(matrix.clone())),
            _ => self.split(matrix, qubits)?,
        }
        Ok(())
    }

    /// The top qubit's rotations between two selections of unitaries on the others.
    fn split(&mut self, matrix: &M, qubits: &[usize]) -> Result<(), CompileError> {
        let Some((&top, low)) = qubits.split_last() else { return Ok(()) };
        let CosineSine { left: [zero, one], angles, right } = cosine_sine(matrix)?;
        self.multiplexed(&right, low, &[top])?;
        let angles: Vec<f64> = angles.iter().map(|angle| 2.0 * angle).collect();
        let mut open = 0;
        self.rest(|out| {
            out.one(top, adjoint(&z_to_y()));
            open = multiplexed_rz_left_open(&angles, top, low, out);
            out.one(top, z_to_y());
        });
        // What is left open are controlled Z gates now: signs that the next selection takes along.
        let sign = |index: usize| if (index & open).count_ones() % 2 == 1 { -1.0 } else { 1.0 };
        let one = M::from_fn(one.nrows(), one.ncols(), |row, column| one[(row, column)] * sign(column));
        self.multiplexed(&[zero, one], low, &[top])
    }

    /// Every pair but the last leaves an interaction to the next one, and needs two instead of three for the rest.
    fn emit(self, targets: &[usize], out: &mut Pieces) -> Result<(), CompileError> {
        let mut pairs = self.0.iter().filter(|part| matches!(part, Part::Pair(_))).count();
        let mut left = 0.0;
        for part in self.0 {
            match part {
                Part::Rest(pieces) => out.append(&pieces),
                Part::Pair(matrix) => {
                    pairs -= 1;
                    let matrix = matrix * interaction(left);
                    left = if pairs == 0 { 0.0 } else { -saving_angle(&rows(&matrix)) };
                    Kak::of(&rows(&(interaction(-left) * matrix))).write([targets[0], targets[1]], out);
                }
            }
        }
        Ok(())
    }
}

fn rows(matrix: &M) -> Matrix4 {
    std::array::from_fn(|row| std::array::from_fn(|column| matrix[(row, column)]))
}

/// `exp(-i·angle·Z⊗Z)`
fn interaction(angle: f64) -> M {
    let [equal, unequal] = [-angle, angle].map(|phase| Complex64::from_polar(1.0, phase));
    M::from_diagonal(&vec![equal, unequal, unequal, equal].into())
}

/// Turns Z into Y, Y into X and X into Z.
fn z_to_y() -> Matrix2 {
    let [plus, minus] = [0.5, -0.5].map(|re| [Complex64::new(re, 0.5), Complex64::new(re, -0.5)]);
    [[plus[0], plus[0]], [minus[0], plus[1]]]
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{assert_same, c, on, product, random_unitary, shuffled};
    use super::*;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    /// A unitary up to a global phase; bit i of its index is `qubits[i]`.
    fn unitary(matrix: &M, qubits: &[usize], out: &mut Pieces) -> Result<(), CompileError> {
        multiplexed(std::slice::from_ref(matrix), qubits, &[], out)
    }

    fn checked(matrix: &M, rng: &mut ChaCha8Rng) -> usize {
        let qubits = matrix.nrows().trailing_zeros() as usize;
        let (order, mut out) = (shuffled(qubits, rng), Pieces::default());
        unitary(matrix, &order, &mut out).unwrap();
        let read = |index: usize| order.iter().enumerate().fold(0, |read, (bit, qubit)| read | (index >> qubit & 1) << bit);
        assert_same(&out, &M::from_fn(matrix.nrows(), matrix.nrows(), |row, column| matrix[(read(row), read(column))]), &order);
        out.entanglers()
    }

    #[test]
    fn random_unitaries_come_out_as_they_went_in() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (qubits, count) in [0, 3, 20, 100, 444].into_iter().enumerate() {
            for _ in 0..[20, 20, 20, 5, 1][qubits] {
                assert_eq!(checked(&random_unitary(2 << qubits, &mut rng), &mut rng), count, "{} qubits", qubits + 1);
            }
        }
    }

    /// Where singular values and eigenvalues coincide, are 0 or 1, or differ by almost nothing.
    #[test]
    fn unitaries_with_structure_come_out_as_they_went_in() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for qubits in 2..5 {
            let size = 1 << qubits;
            let identity = M::identity(size, size);
            let cycle = M::from_fn(size, size, |row, column| c(f64::from(u8::from(row == (column + 1) % size)), 0.0));
            let fourier = M::from_fn(size, size, |row, column| {
                Complex64::from_polar((size as f64).sqrt().recip(), std::f64::consts::TAU * (row * column) as f64 / size as f64)
            });
            let swapped = M::from_fn(size, size, |row, column| identity[(row ^ (size / 2), column)]);
            let factors: Vec<_> = (0..qubits).map(|qubit| (qubit, random_unitary(2, &mut rng))).collect();
            let mut matrices = vec![identity.clone(), cycle.clone(), fourier, swapped, on(qubits, &factors)];
            matrices.push(on(qubits, &[(0, random_unitary(2, &mut rng))]));
            for small in [1e-5, 1e-8, 1e-11, 1e-15] {
                let generator = random_unitary(size, &mut rng);
                let nearly = ((&generator - generator.adjoint()) * c(small, 0.0)).exp();
                matrices.extend([&cycle * &nearly, nearly]);
            }
            for (k, matrix) in matrices.iter().enumerate() {
                assert!(checked(matrix, &mut rng) < 200, "{k}");
            }
        }
    }

    /// Circuits of Clifford gates and a few others, whose blocks are full of zeros and equal values.
    #[test]
    fn products_of_few_gates_come_out_as_they_went_in() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for case in 0..60 {
            let (qubits, mut circuit) = (2 + case % 4, Pieces::default());
            for _ in 0..rng.random_range(1..12) {
                let order = shuffled(qubits, &mut rng);
                match rng.random_range(0..5) {
                    0 => circuit.h(order[0]),
                    1 => circuit.rz(order[0], std::f64::consts::FRAC_PI_4),
                    2 => circuit.cx(order[0], order[1]),
                    3 => circuit.controlled_phase(order[0], order[1], 0.3),
                    _ => circuit.one(order[0], crate::gates::matrix::X),
                }
            }
            checked(&product(&circuit, qubits), &mut rng);
        }
    }

    #[test]
    fn entries_that_are_no_numbers_are_refused() {
        let matrix = M::from_element(8, 8, c(f64::NAN, 0.0));
        let error = unitary(&matrix, &[0, 1, 2], &mut Pieces::default()).unwrap_err();
        assert_eq!(error.to_string(), "unitary: its factors did not settle, finite and unitary entries are needed");
    }
}
