//! Two-qubit gates under controls.

use super::rotation::Plans;
use crate::compile::pieces::{Pieces, adjoint};
use crate::gates::{Matrix2, Radians, matrix};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, FRAC_PI_8};

/// A Pauli letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Axis {
    /// X
    X,
    /// Y
    Y,
    /// Z
    Z,
}

impl Axis {
    /// What turns Z into the letter.
    pub(super) fn basis(self) -> Matrix2 {
        match self {
            Axis::X => matrix::ry(Radians(FRAC_PI_2)),
            Axis::Y => matrix::rx(Radians(-FRAC_PI_2)),
            Axis::Z => matrix::IDENTITY,
        }
    }
}

/// `exp(-i·angle/2·P⊗P)` if all controls are 1, up to a global phase: two interactions more than the rotation of one qubit.
pub(crate) fn controlled_interaction(axis: Axis, angle: f64, pair: [usize; 2], controls: &[usize], idle: &[usize], out: &mut Pieces) {
    let ([first, second], basis) = (pair, axis.basis());
    for qubit in pair {
        out.one(qubit, adjoint(&basis));
    }
    if controls.is_empty() {
        out.zz(first, second, angle / 2.0);
    } else {
        out.cx(first, second);
        Plans::up_to(controls.len()).rotation(angle, second, controls, idle, out);
        out.cx(first, second);
    }
    for qubit in pair {
        out.one(qubit, basis);
    }
}

/// Exchange of two qubits if the control is 1, up to a global phase: six interactions.
///
/// It is `exp(iπ/8·(1 - Z)·(XX + YY + ZZ - 1))` with Z on the control. One controlled X makes operators of one qubit each out of
/// XX and ZZ, a second one does that to YY, and both together are undone by a single interaction.
pub(crate) fn controlled_swap(control: usize, [a, b]: [usize; 2], out: &mut Pieces) {
    let part = |qubit: usize, angle: f64, out: &mut Pieces| {
        out.rz(qubit, -2.0 * angle);
        out.zz(control, qubit, angle);
    };
    out.rz(control, -FRAC_PI_4);
    out.cx(a, b);
    out.h(a); // XX is Z on a, ZZ is Z on b, YY is -Z⊗Z
    part(a, FRAC_PI_8, out);
    part(b, FRAC_PI_8, out);
    out.cx(a, b); // YY is -Z on b
    part(b, -FRAC_PI_8, out);
    // `cx, h, cx` is a controlled Y with b as a control that reads X, then h.
    let (y, x) = (Axis::Y.basis(), Axis::X.basis());
    out.h(a);
    out.one(a, matrix::ry(Radians(-FRAC_PI_2)));
    out.one(a, adjoint(&y));
    out.one(b, adjoint(&x));
    out.zz(a, b, FRAC_PI_4);
    out.one(a, y);
    out.one(b, x);
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{M, assert_same, c, on, shuffled, two, under};
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn a_controlled_swap_exchanges_two_qubits_if_the_control_is_one() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let ([control, a, b], mut out) = (order, Pieces::default());
            controlled_swap(control, [a, b], &mut out);
            let exchanged = |index: usize| index & 1 << control | (index >> a & 1) << b | (index >> b & 1) << a;
            let wanted = M::from_fn(8, 8, |row, column| {
                let image = if column >> control & 1 == 1 { exchanged(column) } else { column };
                c(f64::from(u8::from(row == image)), 0.0)
            });
            assert_same(&out, &wanted, order);
            assert_eq!(out.entanglers(), 6);
        }
    }

    #[test]
    fn interactions_are_exponentials_under_any_number_of_controls() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for (k, entanglers) in [1, 3, 6, 10, 16, 22, 28, 36].into_iter().enumerate() {
            for (axis, letter) in [(Axis::X, matrix::X), (Axis::Y, matrix::Y), (Axis::Z, matrix::Z)] {
                let (order, mut out) = (shuffled(k + 2, &mut rng), Pieces::default());
                let (pair, controls) = order.split_at(2);
                controlled_interaction(axis, 0.7, [pair[0], pair[1]], controls, &[], &mut out);
                let generator = on(k + 2, &[(pair[0], two(&letter)), (pair[1], two(&letter))]);
                let identity = M::identity(4 << k, 4 << k);
                let wanted = identity * c(0.35f64.cos(), 0.0) + generator * c(0.0, -0.35f64.sin()); // the generator's square is 1
                assert_same(&out, &under(controls, &wanted, k + 2), (axis, &order));
                assert_eq!(out.entanglers(), entanglers, "{k} controls");
            }
        }
    }
}
