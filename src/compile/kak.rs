//! Any two-qubit unitary as local unitaries around `exp(-i(x·X⊗X + y·Y⊗Y + z·Z⊗Z))`: the KAK decomposition.
//!
//! In the magic basis local unitaries are real and the interaction is diagonal, so that `UᵀU` is a complex symmetric matrix whose
//! real eigenvectors are the one local part and whose eigenvalues are the interaction.

use super::algebra::{NEGLIGIBLE, beside, product, reduced};
use super::pieces::{Pieces, adjoint};
use crate::gates::{Matrix2, Matrix4, Radians, Turns, matrix};
use nalgebra::{Matrix4 as Dense, SymmetricEigen};
use num_complex::Complex64;
use std::array::from_fn;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_4};

const ZERO: Complex64 = Complex64::new(0.0, 0.0);
const I: Complex64 = Complex64::new(0.0, 1.0);

/// `U = phase · (after₀⊗after₁) · exp(-i(x·XX + y·YY + z·ZZ)) · (before₀⊗before₁)`.
#[derive(Debug, Clone)]
pub(super) struct Kak {
    /// On the first and the second qubit, before the interaction.
    before: [Matrix2; 2],
    /// `x`, `y`, `z`, each in -π/4..=π/4.
    pub(super) coordinates: [f64; 3],
    /// On the first and the second qubit, after it.
    after: [Matrix2; 2],
}

impl Kak {
    /// Decomposes a unitary.
    pub(super) fn of(unitary: &Matrix4) -> Kak {
        let magic = magic();
        let u = Dense::from_fn(|row, column| unitary[row][column]);
        let u = u.map(|x| x / u.determinant().powf(0.25));
        let turned = magic.adjoint() * u * magic;
        let squared = turned.transpose() * turned;
        let mut vectors = real_eigenvectors(&squared);
        if vectors.determinant() < 0.0 {
            vectors.column_mut(0).neg_mut();
        }
        let complex = vectors.map(Complex64::from);
        let spectrum = complex.transpose() * squared * complex;
        let mut angles: [f64; 4] = from_fn(|j| spectrum[(j, j)].arg() / 2.0);
        // The root of each eigenvalue is free up to its sign; an even number of them makes both local parts proper rotations.
        let determinant = (turned * complex).determinant() * Complex64::from_polar(1.0, -angles.iter().sum::<f64>());
        if determinant.re < 0.0 {
            angles[0] += std::f64::consts::PI;
        }
        let roots = Dense::from_diagonal(&nalgebra::Vector4::from_fn(|j, _| Complex64::from_polar(1.0, -angles[j])));
        let outer = (turned * complex * roots).map(|x| Complex64::from(x.re));
        let (before, after) = (factors(&(magic * complex.transpose() * magic.adjoint())), factors(&(magic * outer * magic.adjoint())));
        let [a, b, c, d] = angles;
        let coordinates = [-(a - b + c - d) / 4.0, -(b + c - a - d) / 4.0, -(a + b - c - d) / 4.0];
        let kak = Kak { before, coordinates, after }.in_range();
        kak.plain(&u).unwrap_or(kak)
    }

    /// With full interactions only, the local parts are not unique, and those of a Clifford gate may be any; then they are chosen among
    /// Clifford gates if there are such, which meet more of what stands around them.
    fn plain(&self, unitary: &Dense<Complex64>) -> Option<Kak> {
        let full = |coordinate: &f64| *coordinate == 0.0 || (coordinate.abs() - FRAC_PI_4).abs() < NEGLIGIBLE;
        if !self.coordinates.iter().all(full) {
            return None;
        }
        let count = self.coordinates.iter().filter(|coordinate| **coordinate != 0.0).count();
        let coordinates: [f64; 3] = from_fn(|k| if k + count >= 3 { FRAC_PI_4 } else { 0.0 }); // Z first
        let back = coordinates.iter().zip([matrix::xx, matrix::yy, matrix::zz]).fold(Dense::identity(), |back, (coordinate, gate)| {
            let gate = gate(Radians(-2.0 * coordinate));
            Dense::from_fn(|row, column| gate[row][column]) * back
        });
        // Which axis of either qubit is the one that stands alone: X, Y and Z in turn.
        let cycle = product(&matrix::s(), &matrix::h());
        let axes = [matrix::IDENTITY, cycle, adjoint(&cycle)];
        let pairs = axes.into_iter().flat_map(|first| axes.map(|second| [first, second]));
        pairs.into_iter().find_map(|before| {
            let undone = beside(&adjoint(&before[0]), &adjoint(&before[1]));
            // U = after · core · before
            let after = unitary * Dense::from_fn(|row, column| undone[row][column]) * back;
            is_local(&after).then(|| Kak { before, coordinates, after: factors(&after) })
        })
    }

    /// Quarter periods are local: `exp(-iπ/2·XX) = -i·XX`.
    fn in_range(mut self) -> Kak {
        for (coordinate, pauli) in self.coordinates.iter_mut().zip([matrix::X, matrix::Y, matrix::Z]) {
            let (rest, letters) = reduced(*coordinate);
            *coordinate = rest;
            if letters {
                self.after = self.after.map(|unitary| product(&unitary, &pauli));
            }
            if coordinate.abs() < NEGLIGIBLE {
                *coordinate = 0.0;
            }
        }
        self
    }

    /// Writes it on two qubits: one interaction for each coordinate that is not zero, and no way takes fewer.
    pub(super) fn write(&self, qubits: [usize; 2], out: &mut Pieces) {
        let both = |out: &mut Pieces, unitaries: [Matrix2; 2]| qubits.iter().zip(unitaries).for_each(|(&qubit, u)| out.one(qubit, u));
        both(out, self.before);
        // H takes X to Z and back; a π/2 rotation about X takes Y to Z.
        let to_z = [matrix::h(), matrix::gpi2(Turns(0.0)), matrix::IDENTITY];
        let from_z = [matrix::h(), matrix::gpi2(Turns::HALF), matrix::IDENTITY];
        for (index, &coordinate) in self.coordinates.iter().enumerate().filter(|(_, coordinate)| **coordinate != 0.0) {
            both(out, [to_z[index]; 2]);
            out.zz(qubits[0], qubits[1], coordinate);
            both(out, [from_z[index]; 2]);
        }
        both(out, self.after);
    }
}

/// The ψ for which `exp(-iψ·ZZ)·U` is within reach of two interactions: where the trace of `V·YY·Vᵀ·YY` is real for `V` in SU(4)
/// (Shende, Bullock and Markov). With `V = exp(-iψ·ZZ)·U` that trace is `cos 2ψ·A - i·sin 2ψ·B`.
pub(super) fn saving_angle(unitary: &Matrix4) -> f64 {
    let u = Dense::from_fn(|row, column| unitary[row][column]);
    let u = u.map(|x| x / u.determinant().powf(0.25));
    let yy = Dense::from_fn(|row, column| match (row + column, row) {
        (3, 0 | 3) => -Complex64::ONE,
        (3, _) => Complex64::ONE,
        _ => Complex64::ZERO,
    });
    let zz = Dense::from_diagonal(&nalgebra::Vector4::new(1.0, -1.0, -1.0, 1.0).map(Complex64::from));
    let gamma = u * yy * u.transpose() * yy;
    let (a, b) = (gamma.trace(), (gamma * zz).trace());
    // Where every angle will do, rounding must not choose one.
    let any = a.im.abs() < NEGLIGIBLE && b.re.abs() < NEGLIGIBLE;
    if any { 0.0 } else { a.im.atan2(b.re) / 2.0 }
}

/// The magic basis as columns, index = `bit(first) + 2·bit(second)`.
fn magic() -> Dense<Complex64> {
    let (s, i) = (Complex64::from(FRAC_1_SQRT_2), I * FRAC_1_SQRT_2);
    Dense::new(s, i, ZERO, ZERO, ZERO, ZERO, i, s, ZERO, ZERO, i, -s, s, -i, ZERO, ZERO)
}

/// Real orthonormal eigenvectors of a unitary symmetric matrix: those that its real and imaginary part have in common.
fn real_eigenvectors(symmetric: &Dense<Complex64>) -> Dense<f64> {
    // A mixture of both parts has no eigenvalue twice that the matrix has not, but for a few unlucky mixtures.
    let attempt = |k: u32| {
        let (sin, cos) = (0.7 + 1.3 * f64::from(k)).sin_cos();
        let vectors = SymmetricEigen::new(symmetric.map(|x| cos * x.re + sin * x.im)).eigenvectors;
        let complex = vectors.map(Complex64::from);
        let off = complex.transpose() * symmetric * complex;
        let error = (0..16).filter(|k| k / 4 != k % 4).map(|k| off[(k / 4, k % 4)].norm()).fold(0.0, f64::max);
        (error, vectors)
    };
    let mut best = attempt(0);
    for k in 1..12 {
        if best.0 < 1e-14 {
            break;
        }
        let next = attempt(k);
        if next.0 < best.0 {
            best = next;
        }
    }
    best.1
}

/// Whether it is a product of one-qubit unitaries: then all its 2×2 blocks are multiples of one another.
fn is_local(unitary: &Dense<Complex64>) -> bool {
    let [first, second] = factors(unitary);
    let product = beside(&first, &second);
    let overlap: Complex64 = (0..16).map(|k| product[k / 4][k % 4].conj() * unitary[(k / 4, k % 4)]).sum();
    (overlap.norm() - 4.0).abs() < NEGLIGIBLE && {
        let phase = overlap / overlap.norm();
        (0..16).all(|k| (product[k / 4][k % 4] * phase - unitary[(k / 4, k % 4)]).norm() < NEGLIGIBLE)
    }
}

/// The two factors of a product of one-qubit unitaries, first and second.
fn factors(product: &Dense<Complex64>) -> [Matrix2; 2] {
    let (row, column) =
        (0..16).map(|k| (k / 4, k % 4)).fold((0, 0), |best, at| if product[at].norm() > product[best].norm() { at } else { best });
    let first: Matrix2 = from_fn(|i| from_fn(|j| product[((row & 2) + i, (column & 2) + j)]));
    let determinant = first[0][0] * first[1][1] - first[0][1] * first[1][0];
    let first = first.map(|row| row.map(|x| x / determinant.sqrt()));
    let pivot = first[row & 1][column & 1];
    let second: Matrix2 = from_fn(|i| from_fn(|j| product[(2 * i + (row & 1), 2 * j + (column & 1))] / pivot));
    [super::algebra::renormalized(&first), super::algebra::renormalized(&second)]
}

#[cfg(test)]
mod tests {
    use super::super::algebra::product4;
    use super::super::pieces::Piece;
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::FRAC_PI_2;

    /// What the pieces on qubits 0 and 1 multiply to.
    fn multiplied(pieces: &Pieces) -> Matrix4 {
        pieces.0.iter().fold(beside(&matrix::IDENTITY, &matrix::IDENTITY), |total, piece| match *piece {
            Piece::One(0, u) => product4(&beside(&u, &matrix::IDENTITY), &total),
            Piece::One(_, u) => product4(&beside(&matrix::IDENTITY, &u), &total),
            Piece::Zz(_, angle) => product4(&matrix::zz(Radians(2.0 * angle)), &total),
            Piece::Swap(_) => product4(&matrix::swap(), &total),
        })
    }

    fn assert_same(a: &Matrix4, b: &Matrix4) {
        let overlap: Complex64 = (0..16).map(|k| a[k / 4][k % 4].conj() * b[k / 4][k % 4]).sum();
        let phase = overlap / overlap.norm();
        for k in 0..16 {
            assert!((a[k / 4][k % 4] * phase - b[k / 4][k % 4]).norm() < 1e-13, "{a:?}\n{b:?}");
        }
    }

    fn local() -> impl Strategy<Value = Matrix2> {
        let angle = prop_oneof![Just(0.0), Just(FRAC_PI_2), -3.2..3.2f64];
        (angle.clone(), angle.clone(), angle)
            .prop_map(|(a, b, c)| product(&matrix::rz(Radians(a)), &product(&matrix::ry(Radians(b)), &matrix::rz(Radians(c)))))
    }

    fn coordinate() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), Just(FRAC_PI_2 / 2.0), Just(-FRAC_PI_2 / 2.0), Just(FRAC_PI_2 / 4.0), Just(1e-7), -3.2..3.2f64]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn every_unitary_is_what_its_decomposition_multiplies_to(locals in prop::array::uniform4(local()), c in prop::array::uniform3(coordinate())) {
            let interaction = product4(&matrix::xx(Radians(2.0 * c[0])), &product4(&matrix::yy(Radians(2.0 * c[1])), &matrix::zz(Radians(2.0 * c[2]))));
            let unitary = product4(&beside(&locals[0], &locals[1]), &product4(&interaction, &beside(&locals[2], &locals[3])));
            let kak = Kak::of(&unitary);
            let mut pieces = Pieces::default();
            kak.write([0, 1], &mut pieces);
            assert_same(&unitary, &multiplied(&pieces));
            let needed = c.iter().filter(|c| (*c / FRAC_PI_2 - (*c / FRAC_PI_2).round()).abs() > 1e-9).count();
            prop_assert_eq!(pieces.entanglers(), needed);
        }
    }

    #[test]
    fn clifford_gates_stay_between_clifford_gates() {
        let (h, s, cz) = (matrix::h(), matrix::s(), matrix::zz(Radians(FRAC_PI_2)));
        let mut unitary = beside(&matrix::IDENTITY, &matrix::IDENTITY);
        for step in 0..200 {
            let local = [[h, s], [s, h], [product(&s, &h), matrix::v()]][step % 3];
            unitary = product4(&product4(&cz, &beside(&local[0], &local[1])), &unitary);
            let kak = Kak::of(&unitary);
            for local in kak.before.iter().chain(&kak.after) {
                // Every entry of a Clifford gate has the modulus 0, √½ or 1.
                assert!(
                    local.iter().flatten().all(|x| (4.0 * x.norm_sqr() - (2.0 * x.norm_sqr()).round() * 2.0).abs() < 1e-12),
                    "{local:?}"
                );
            }
        }
    }

    #[test]
    fn gates_take_as_many_interactions_as_they_must() {
        let count = |unitary: &Matrix4| {
            let mut pieces = Pieces::default();
            Kak::of(unitary).write([0, 1], &mut pieces);
            pieces.entanglers()
        };
        assert_eq!(count(&beside(&matrix::h(), &matrix::t())), 0);
        assert_eq!(count(&matrix::xx(Radians(0.3))), 1);
        assert_eq!(count(&product4(&matrix::xx(Radians(0.3)), &matrix::yy(Radians(0.2)))), 2);
        assert_eq!(count(&matrix::swap()), 3);
        assert_eq!(count(&product4(&matrix::swap(), &matrix::zz(Radians(FRAC_PI_2)))), 2);
    }
}
