//! Products of small matrices, and what a one-qubit unitary does to the Z axis.

pub(super) use crate::gates::matrix::product;

use crate::gates::{Matrix2, Matrix4};
use num_complex::Complex64;
use std::array::from_fn;
use std::f64::consts::{FRAC_PI_2, PI};

/// Smaller than this, an off-diagonal entry is nothing: a thousandth of what the compiler promises, hundreds of times rounding.
pub(super) const NEGLIGIBLE: f64 = 1e-13;

/// A direction on the Bloch sphere.
pub(super) type Axis = [f64; 3];

/// `a·b`.
pub(super) fn product4(a: &Matrix4, b: &Matrix4) -> Matrix4 {
    from_fn(|row| from_fn(|column| (0..4).map(|k| a[row][k] * b[k][column]).sum()))
}

/// `first` and `second` side by side, index = `bit(first) + 2·bit(second)`.
pub(super) fn beside(first: &Matrix2, second: &Matrix2) -> Matrix4 {
    from_fn(|row| from_fn(|column| first[row & 1][column & 1] * second[row >> 1][column >> 1]))
}

/// `exp(-i·angle·Z⊗Z)`, the diagonal.
pub(super) fn zz_diagonal(angle: f64) -> [Complex64; 4] {
    let e = Complex64::from_polar(1.0, angle);
    [e.conj(), e, e, e.conj()]
}

/// An interaction's angle without its quarter periods, in -π/4..=π/4, and whether an odd number of them was taken out: each is a Pauli
/// letter on both qubits, `exp(-iπ/2·Z⊗Z) = -i·Z⊗Z`.
pub(super) fn reduced(angle: f64) -> (f64, bool) {
    // The sine and the cosine know all digits of π, however large the angle.
    let angle = if angle.abs() > PI { angle.sin().atan2(angle.cos()) } else { angle };
    // Full entanglement keeps its sign: nothing is won by turning it.
    let periods = angle / FRAC_PI_2;
    let whole = (periods - NEGLIGIBLE.copysign(periods)).round();
    (angle - whole * FRAC_PI_2, whole.rem_euclid(2.0) == 1.0)
}

/// How a one-qubit unitary treats the Z axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It keeps it: a rotation about Z.
    Diagonal,
    /// It turns it round: a rotation about Z and an X.
    Antidiagonal,
    /// It moves it elsewhere.
    Other,
}

impl Kind {
    pub(super) fn of(unitary: &Matrix2) -> Kind {
        if unitary[0][1].norm() < NEGLIGIBLE && unitary[1][0].norm() < NEGLIGIBLE {
            Kind::Diagonal
        } else if unitary[0][0].norm() < NEGLIGIBLE && unitary[1][1].norm() < NEGLIGIBLE {
            Kind::Antidiagonal
        } else {
            Kind::Other
        }
    }

    /// The sign of Z after it: `U†ZU = ±Z`, if it is one of the two.
    pub(super) fn sign(self) -> Option<f64> {
        match self {
            Kind::Diagonal => Some(1.0),
            Kind::Antidiagonal => Some(-1.0),
            Kind::Other => None,
        }
    }
}

/// The axis `n` with `U†·Z·U = n·(X, Y, Z)`.
pub(super) fn pulled_back_z(unitary: &Matrix2) -> Axis {
    // Column j of U gives (U†ZU)[j][k] = conj(U[0][j])·U[0][k] - conj(U[1][j])·U[1][k].
    let entry = |j: usize, k: usize| unitary[0][j].conj() * unitary[0][k] - unitary[1][j].conj() * unitary[1][k];
    let (diagonal, raise) = (entry(0, 0), entry(1, 0));
    unit([raise.re, raise.im, diagonal.re])
}

/// The axis at length 1.
pub(super) fn unit(axis: Axis) -> Axis {
    let length = dot(&axis, &axis).sqrt();
    axis.map(|x| x / length)
}

/// Scalar product.
pub(super) fn dot(a: &Axis, b: &Axis) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// A unitary whose product with its own adjoint has drifted from 1 by rounding, brought back.
pub(super) fn renormalized(unitary: &Matrix2) -> Matrix2 {
    // A 2×2 unitary is [[a, -b̄·δ], [b, ā·δ]] with δ its determinant; the first column and δ say everything.
    let length = (unitary[0][0].norm_sqr() + unitary[1][0].norm_sqr()).sqrt();
    let (a, b) = (unitary[0][0] / length, unitary[1][0] / length);
    let determinant = unitary[0][0] * unitary[1][1] - unitary[0][1] * unitary[1][0];
    let delta = determinant / determinant.norm();
    [[a, -b.conj() * delta], [b, a.conj() * delta]]
}

#[cfg(test)]
mod tests {
    use super::super::pieces::adjoint;
    use super::*;
    use crate::gates::{Radians, Turns, matrix};
    use approx::assert_abs_diff_eq;

    #[test]
    fn the_axis_of_a_hadamard_is_x_and_that_of_a_quarter_turn_lies_in_the_equator() {
        let near = |a: Axis, b: Axis| a.iter().zip(b).for_each(|(x, y)| assert_abs_diff_eq!(*x, y, epsilon = 1e-15));
        near(pulled_back_z(&matrix::h()), [1.0, 0.0, 0.0]);
        near(pulled_back_z(&matrix::X), [0.0, 0.0, -1.0]);
        // exp(iπ/4·X)·Z·exp(-iπ/4·X) = Z·exp(-iπ/2·X) = -i·Z·X = Y
        near(pulled_back_z(&matrix::gpi2(Turns(0.0))), [0.0, 1.0, 0.0]);
        near(pulled_back_z(&matrix::rz(Radians(0.7))), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_drifted_unitary_comes_back() {
        let unitary = matrix::ry(Radians(0.3)).map(|row| row.map(|x| x * 1.001));
        let back = renormalized(&unitary);
        let one = product(&adjoint(&back), &back);
        assert_abs_diff_eq!(one[0][0].re, 1.0, epsilon = 1e-15);
        assert_abs_diff_eq!((back[1][0] - matrix::ry(Radians(0.3))[1][0]).norm(), 0.0, epsilon = 1e-15);
    }

    #[test]
    fn full_entanglement_keeps_its_sign_and_more_is_less_and_a_letter() {
        let quarter = FRAC_PI_2 / 2.0;
        for (angle, rest, odd) in
            [(quarter, quarter, false), (-quarter, -quarter, false), (0.9, 0.9 - FRAC_PI_2, true), (2.0 * FRAC_PI_2, 0.0, false)]
        {
            let (found, letter) = reduced(angle);
            assert_abs_diff_eq!(found, rest, epsilon = 1e-15);
            assert_eq!(letter, odd, "{angle}");
        }
    }

    #[test]
    fn kinds() {
        assert_eq!(Kind::of(&matrix::s()), Kind::Diagonal);
        assert_eq!(Kind::of(&matrix::gpi(Turns(0.3))), Kind::Antidiagonal);
        assert_eq!(Kind::of(&matrix::h()), Kind::Other);
    }
}
