//! Gates as products of rotations about Pauli strings: what engines go by that hold Pauli strings and not amplitudes.

use super::{Native, PauliExp, PauliString, Qis, Radians, Turns};
use smallvec::{SmallVec, smallvec};
use std::f64::consts::PI;

/// `exp(-iπ·angle·string)`, the string over a gate's targets. A quarter turn takes Pauli strings to Pauli strings, half a turn is the
/// string itself up to a phase, a whole one is -1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rotation {
    /// What is turned about.
    pub string: PauliString,
    /// By how much.
    pub angle: Turns,
}

/// What a gate is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Product {
    /// Rotations, the first one first, and a phase on all: `e^{2πi·phase}`, which matters under controls.
    Rotations(SmallVec<[Rotation; 5]>, Turns),
    /// The exchange of both targets.
    Swap,
}

const fn string(x: u64, z: u64) -> PauliString {
    PauliString { x, z }
}

const X: PauliString = string(1, 0);
const Y: PauliString = string(1, 1);
const Z: PauliString = string(0, 1);
/// Z on the second target.
const IZ: PauliString = string(0, 2);
const XX: PauliString = string(3, 0);
const YY: PauliString = string(3, 3);
const ZZ: PauliString = string(0, 3);

/// Above this, an angle in radians is reduced by its sine and cosine, since its turns have lost too many digits.
const LARGE: f64 = 1e3;

fn turns(angle: Radians) -> Turns {
    match angle.0.abs() <= LARGE {
        true => angle.into(),
        false => {
            let (sin, cos) = (angle.0 / 2.0).sin_cos();
            Turns(sin.atan2(cos) / PI)
        }
    }
}

fn one(string: PauliString, angle: Turns, phase: f64) -> Option<Product> {
    Some(Product::Rotations(smallvec![Rotation { string, angle }], Turns(phase)))
}

/// `exp(-iπ·angle·string)` between frames turned about Z by these phases, one for each target.
fn framed(string: PauliString, angle: f64, phases: &[Turns]) -> SmallVec<[Rotation; 5]> {
    let frame = |sign: f64| {
        let of = move |(string, phase): (PauliString, &Turns)| Rotation { string, angle: Turns(sign * (phase.0 % 1.0)) };
        [Z, IZ].into_iter().zip(phases).map(of)
    };
    frame(-1.0).chain([Rotation { string, angle: Turns(angle) }]).chain(frame(1.0)).collect()
}

impl Qis {
    /// The gate as a product of rotations; `None` for a `pauliexp` of terms that do not commute.
    pub(super) fn product(&self) -> Option<Product> {
        let half = Turns::HALF;
        match self {
            Qis::X => one(X, half, 0.25),
            Qis::Y => one(Y, half, 0.25),
            Qis::Z => one(Z, half, 0.25),
            // Y turned by a quarter, then X.
            Qis::H => {
                let [y, x] = [Rotation { string: Y, angle: Turns::QUARTER }, Rotation { string: X, angle: half }];
                Some(Product::Rotations(smallvec![y, x], Turns::QUARTER))
            }
            Qis::S => one(Z, Turns(0.25), 0.125),
            Qis::Si => one(Z, Turns(-0.25), -0.125),
            Qis::T => one(Z, Turns(0.125), 0.0625),
            Qis::Ti => one(Z, Turns(-0.125), -0.0625),
            Qis::V => one(X, Turns(0.25), 0.125),
            Qis::Vi => one(X, Turns(-0.25), -0.125),
            Qis::Phase(angle) => one(Z, turns(*angle), turns(*angle).0 / 2.0),
            Qis::Rx(angle) => one(X, turns(*angle), 0.0),
            Qis::Ry(angle) => one(Y, turns(*angle), 0.0),
            Qis::Rz(angle) => one(Z, turns(*angle), 0.0),
            Qis::Xx(angle) => one(XX, turns(*angle), 0.0),
            Qis::Yy(angle) => one(YY, turns(*angle), 0.0),
            Qis::Zz(angle) => one(ZZ, turns(*angle), 0.0),
            Qis::Swap => Some(Product::Swap),
            Qis::PauliExp(exp) => exponential(exp),
        }
    }
}

impl Native {
    pub(super) fn product(&self) -> Product {
        let rotations = match *self {
            Native::Gpi(phase) => return Product::Rotations(framed(X, 0.5, &[phase]), Turns::QUARTER),
            Native::Gpi2(phase) => framed(X, 0.25, &[phase]),
            Native::Ms(first, second, angle) => framed(XX, angle.0, &[first, second]),
            Native::Zz(angle) => smallvec![Rotation { string: ZZ, angle }],
            Native::Nop => SmallVec::new(),
        };
        Product::Rotations(rotations, Turns(0.0))
    }
}

fn exponential(exp: &PauliExp) -> Option<Product> {
    let (mut rotations, mut phase) = (SmallVec::new(), 0.0);
    for group in exp.groups() {
        let [(string, angle)] = *group.as_slice() else { return None };
        match string.is_identity() {
            true => phase -= turns(Radians(angle)).0,
            false => rotations.push(Rotation { string, angle: turns(Radians(2.0 * angle)) }),
        }
    }
    Some(Product::Rotations(rotations, Turns(phase)))
}

#[cfg(test)]
mod tests {
    use super::super::table::{TABLE, Targets};
    use super::super::{Action, Gate, matrix, table::Build};
    use super::*;
    use nalgebra::DMatrix;
    use num_complex::Complex64;
    use std::f64::consts::TAU;

    type M = DMatrix<Complex64>;

    /// A string as a Kronecker product, the first target right-most.
    fn pauli(string: PauliString, qubits: usize) -> M {
        let letter = |qubit: usize| match (string.x >> qubit & 1, string.z >> qubit & 1) {
            (0, 0) => matrix::IDENTITY,
            (1, 0) => matrix::X,
            (0, _) => matrix::Z,
            _ => matrix::Y,
        };
        let factor = |qubit| M::from_fn(2, 2, |row, column| letter(qubit)[row][column]);
        (0..qubits).rev().fold(M::identity(1, 1), |product, qubit| product.kronecker(&factor(qubit)))
    }

    fn exp(generator: &M, angle: f64) -> M {
        generator.map(|entry| entry * Complex64::new(0.0, -angle)).exp()
    }

    fn multiplied(product: &Product, qubits: usize) -> M {
        let Product::Rotations(rotations, phase) = product else { unreachable!("only a swap is no rotation") };
        let whole = M::identity(1 << qubits, 1 << qubits) * Complex64::from_polar(1.0, TAU * (phase.0 % 1.0));
        rotations.iter().fold(whole, |whole, rotation| exp(&pauli(rotation.string, qubits), rotation.angle.interaction()) * whole)
    }

    fn check<G: Gate>(gate: &G) {
        let expected = match gate.action() {
            Action::Identity => M::identity(2, 2),
            Action::One(m) => M::from_fn(2, 2, |row, column| m[row][column]),
            Action::Two(m) => M::from_fn(4, 4, |row, column| m[row][column]),
            Action::PauliExp(_) => unreachable!("the table makes none"),
        };
        let product = gate.product().expect("a gate of the table");
        if product == Product::Swap {
            assert_eq!(gate.spec().name, "swap");
            return;
        }
        let distance = (multiplied(&product, expected.nrows().ilog2() as usize) - expected).norm();
        assert!(distance < 1e-11, "{gate:?} is {distance:e} away from {product:?}");
    }

    #[test]
    fn every_gate_of_the_table_is_the_product_of_its_rotations_phase_included() {
        let values = [0.3, -0.71, 1.9, 0.25, -7.25, 12_345.6];
        for spec in TABLE.iter().filter(|spec| spec.targets != Targets::PerLetter) {
            let count: usize = spec.parameters.iter().map(|parameter| parameter.count).sum();
            for first in 0..values.len() {
                let given: Vec<f64> = (first..first + count).map(|index| values[index % values.len()]).collect();
                match spec.build {
                    Build::Native(build) => check(&build(&given)),
                    Build::Qis(build) => {
                        [given.as_slice(), &[]].iter().filter(|given| given.len() == count).for_each(|given| check(&build(given)))
                    }
                    Build::PauliExp => unreachable!("it has one target per letter"),
                }
            }
        }
        check(&Qis::Z);
    }

    #[test]
    fn commuting_terms_are_rotations_and_others_are_no_product() {
        let commuting = PauliExp::new(2, &["XX", "ZZ", "II"], &[0.3, -0.4, 0.2], 1.7).unwrap();
        let sum = pauli(XX, 2) * Complex64::from(0.3) + pauli(ZZ, 2) * Complex64::from(-0.4) + M::identity(4, 4) * Complex64::from(0.2);
        let distance = (multiplied(&exponential(&commuting).unwrap(), 2) - exp(&sum, 1.7)).norm();
        assert!(distance < 1e-13, "{distance:e}");
        assert_eq!(exponential(&PauliExp::new(1, &["X", "Z"], &[1.0, 1.0], 1.0).unwrap()), None);
    }
}
