//! The matrices, exact up to floating point, global phase included.
//!
//! A [`Matrix2`] is row-major. A [`Matrix4`] is row-major with index = `bit(first) + 2·bit(second)`: the first target is the
//! least significant bit, as everywhere in this crate. Tables printed with the first qubit on the left swap rows and columns 1 and 2.

use super::{Radians, Turns};
use num_complex::Complex64;
use std::array::from_fn;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_4};

/// A one-qubit operator, row-major.
pub type Matrix2 = [[Complex64; 2]; 2];

/// A two-qubit operator, row-major, index = `bit(first) + 2·bit(second)`.
pub type Matrix4 = [[Complex64; 4]; 4];

const ZERO: Complex64 = Complex64::new(0.0, 0.0);
const ONE: Complex64 = Complex64::new(1.0, 0.0);
const I: Complex64 = Complex64::new(0.0, 1.0);

fn re(x: f64) -> Complex64 {
    Complex64::new(x, 0.0)
}

fn diagonal(a: Complex64, b: Complex64) -> Matrix2 {
    [[a, ZERO], [ZERO, b]]
}

/// `a·b`: first `b`, then `a`.
pub(crate) fn product(a: &Matrix2, b: &Matrix2) -> Matrix2 {
    from_fn(|row| from_fn(|column| a[row][0] * b[0][column] + a[row][1] * b[1][column]))
}

/// The identity.
pub const IDENTITY: Matrix2 = [[ONE, ZERO], [ZERO, ONE]];
/// Pauli X.
pub const X: Matrix2 = [[ZERO, ONE], [ONE, ZERO]];
/// Pauli Y.
pub const Y: Matrix2 = [[ZERO, Complex64::new(0.0, -1.0)], [I, ZERO]];
/// Pauli Z.
pub const Z: Matrix2 = [[ONE, ZERO], [ZERO, Complex64::new(-1.0, 0.0)]];

/// Hadamard, `(X + Z)/√2`.
pub fn h() -> Matrix2 {
    let s = re(FRAC_1_SQRT_2);
    [[s, s], [s, -s]]
}

/// Phase gate `diag(1, e^{iλ})`. `s`, `t` and their inverses are its values at ±π/2 and ±π/4.
pub fn phase(lambda: Radians) -> Matrix2 {
    diagonal(ONE, Complex64::from_polar(1.0, lambda.0))
}

/// `s`, exact.
pub fn s() -> Matrix2 {
    diagonal(ONE, I)
}

/// Inverse of `s`, exact.
pub fn si() -> Matrix2 {
    diagonal(ONE, -I)
}

/// `t = diag(1, e^{iπ/4})`.
pub fn t() -> Matrix2 {
    phase(Radians(FRAC_PI_4))
}

/// Inverse of `t`.
pub fn ti() -> Matrix2 {
    phase(Radians(-FRAC_PI_4))
}

/// Square root of X with `v² = X` exactly, phase included.
pub fn v() -> Matrix2 {
    let (a, b) = (Complex64::new(0.5, 0.5), Complex64::new(0.5, -0.5));
    [[a, b], [b, a]]
}

/// Inverse of `v`.
pub fn vi() -> Matrix2 {
    let (a, b) = (Complex64::new(0.5, -0.5), Complex64::new(0.5, 0.5));
    [[a, b], [b, a]]
}

/// `exp(-iθ/2·X)`.
pub fn rx(theta: Radians) -> Matrix2 {
    let (sin, cos) = (theta.0 / 2.0).sin_cos();
    [[re(cos), -I * sin], [-I * sin, re(cos)]]
}

/// `exp(-iθ/2·Y)`.
pub fn ry(theta: Radians) -> Matrix2 {
    let (sin, cos) = (theta.0 / 2.0).sin_cos();
    [[re(cos), re(-sin)], [re(sin), re(cos)]]
}

/// `exp(-iθ/2·Z)`.
pub fn rz(theta: Radians) -> Matrix2 {
    let half = Complex64::from_polar(1.0, theta.0 / 2.0);
    diagonal(half.conj(), half)
}

/// π rotation about the equatorial axis at `phase`: `cos(2πφ)·X + sin(2πφ)·Y`.
///
/// Units: turns. Phase: exact. Source: IonQ native-gate documentation; same matrix in cirq-ionq and qiskit-ionq.
pub fn gpi(phase: Turns) -> Matrix2 {
    let e = phase.cis();
    [[ZERO, e.conj()], [e, ZERO]]
}

/// π/2 rotation about the equatorial axis at `phase`: `exp(-iπ/4·gpi(φ))`.
///
/// Units: turns. Phase: exact. Source: IonQ native-gate documentation; same matrix in cirq-ionq and qiskit-ionq.
pub fn gpi2(phase: Turns) -> Matrix2 {
    let (s, e) = (FRAC_1_SQRT_2, phase.cis());
    [[re(s), -I * e.conj() * s], [-I * e * s, re(s)]]
}

/// SWAP.
pub fn swap() -> Matrix4 {
    let mut m = [[ZERO; 4]; 4];
    (m[0][0], m[1][2], m[2][1], m[3][3]) = (ONE, ONE, ONE, ONE);
    m
}

/// `cos(a)·1 - i·sin(a)·A⊗B` for `A⊗B` with `A`, `B` anti-diagonal: the common form of `xx`, `yy` and `ms`.
///
/// `equal` is the amplitude that lifts |00⟩ to |11⟩, `unequal` the one that takes (first, second) = (0, 1) to (1, 0);
/// the way back is the conjugate, since `A⊗B` is Hermitian.
fn flip_flip(angle: f64, equal: Complex64, unequal: Complex64) -> Matrix4 {
    let (sin, cos) = angle.sin_cos();
    let (c, k) = (re(cos), -I * sin);
    [[c, ZERO, ZERO, k * equal.conj()], [ZERO, c, k * unequal, ZERO], [ZERO, k * unequal.conj(), c, ZERO], [k * equal, ZERO, ZERO, c]]
}

/// `exp(-iθ/2·X⊗X)`.
pub fn xx(theta: Radians) -> Matrix4 {
    flip_flip(theta.0 / 2.0, ONE, ONE)
}

/// `exp(-iθ/2·Y⊗Y)`.
pub fn yy(theta: Radians) -> Matrix4 {
    flip_flip(theta.0 / 2.0, -ONE, ONE)
}

/// `exp(-i·half_angle·Z⊗Z)`, the form shared by QIS `zz` (`rotation`/2) and native `zz` (π·`angle`).
fn zz_interaction(half_angle: f64) -> Matrix4 {
    let e = Complex64::from_polar(1.0, half_angle);
    let mut m = [[ZERO; 4]; 4];
    (m[0][0], m[1][1], m[2][2], m[3][3]) = (e.conj(), e, e, e.conj());
    m
}

/// QIS `zz`: `exp(-iθ/2·Z⊗Z)`, radians.
pub fn zz(theta: Radians) -> Matrix4 {
    zz_interaction(theta.0 / 2.0)
}

/// Native `zz`: `exp(-iπa·Z⊗Z)`, turns. Equal to QIS `zz` when `θ = 2πa`.
pub fn native_zz(angle: Turns) -> Matrix4 {
    zz_interaction(angle.interaction())
}

/// Mølmer–Sørensen gate, `exp(-iπθ·G(φ₀)⊗G(φ₁))` with `G(φ) = cos(2πφ)·X + sin(2πφ)·Y`, φ₀ and `G(φ₀)` on the first target.
///
/// * Units: all three parameters in turns; θ = 0.25 is maximally entangling.
/// * Shape: 4×4 row-major, index = `bit(first) + 2·bit(second)`.
/// * Phase: exact, global phase included. Source: IonQ native-gate documentation, which prints the first qubit as the left
///   (most significant) index; read that way round the sign of φ₀ − φ₁ flips.
///
/// ```
/// use num_complex::Complex64;
/// use paultrap::gates::{Turns, matrix};
/// let m = matrix::ms(Turns(0.0), Turns(0.0), Turns(0.25));
/// assert!((m[0][3] - Complex64::new(0.0, -0.5f64.sqrt())).norm() < 1e-12);
/// ```
pub fn ms(phi0: Turns, phi1: Turns, theta: Turns) -> Matrix4 {
    let (e0, e1) = (phi0.cis(), phi1.cis());
    flip_flip(theta.interaction(), e0 * e1, e0 * e1.conj())
}
