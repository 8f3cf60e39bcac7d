//! One-qubit unitaries under any number of controls.

use super::phase::{self, CLOSE, phase, same_angle};
use super::rotation::{Plans, basis};
use crate::compile::pieces::{Pieces, adjoint};
use crate::gates::Matrix2;
use num_complex::Complex64;

/// `unitary` on the target if all controls are 1, exact up to a global phase.
///
/// The phase of `unitary` is part of it: under control it is relative. `idle` are qubits that the gate does not touch; they may be
/// borrowed in whatever state they are and are given back in it. Interactions for k = 1, 2, …, 7 controls:
///
/// | unitary | no idle qubit | one | two |
/// |---|---|---|---|
/// | determinant 1 (`rz`, …) | 1, 4, 8, 14, 20, 26, 34 | | |
/// | an eigenvalue 1 (`s`, …) | 1, 5, 13, 25, 41, 61, 85 | | |
/// | eigenvalues 1 and -1 (`x`, `h`, …) | 1, 5, 13, 25, 41, 61, 85 | 1, 5, 13, 20, 26, 34, 46 | 1, 5, 13, 20, 26, 34, 42 |
/// | any | 1, 5, 13, 27, 45, 67, 95 | | |
pub(crate) fn controlled(unitary: &Matrix2, target: usize, controls: &[usize], idle: &[usize], out: &mut Pieces) {
    if controls.is_empty() {
        return out.one(target, *unitary);
    }
    let plans = Plans::up_to(controls.len() + 1);
    let turn = Turn::of(unitary);
    if turn.angle == 0.0 {
        return phase(turn.phase, controls, idle, &plans, out);
    }
    let apart = plans.rotation_cost(controls.len(), idle.len()) + phase::cost(turn.phase, controls.len(), idle.len(), &plans);
    match turn.kept() {
        Some(kept) if phase::cost(kept.angle, controls.len() + 1, idle.len(), &plans) < apart => {
            let (basis, qubits) = (basis(kept.axis), [controls, &[target]].concat());
            out.one(target, adjoint(&basis));
            phase(kept.angle, &qubits, idle, &plans, out);
            out.one(target, basis);
        }
        _ => {
            plans.about(turn.axis, turn.angle, target, controls, idle, out);
            phase(turn.phase, controls, idle, &plans, out);
        }
    }
}

/// `e^{i·phase}` times a rotation by `angle` about `axis`.
struct Turn {
    phase: f64,
    angle: f64,
    axis: [f64; 3],
}

/// `e^{i·angle}` on the state that -Z along `axis` belongs to, 1 on the other.
struct Kept {
    angle: f64,
    axis: [f64; 3],
}

impl Turn {
    /// The phase is within a quarter turn, so it is 0 if it can be; the angle is 0 if the unitary is a mere phase.
    fn of(unitary: &Matrix2) -> Turn {
        let [[a, b], [c, d]] = *unitary;
        let phase = (a * d - b * c).arg() / 2.0;
        let back = Complex64::from_polar(0.5, -phase);
        // cos(angle/2) - i·sin(angle/2)·(x·X + y·Y + z·Z), the axis having the length of the sine
        let [plus, minus, sum, difference] = [a + d, d - a, b + c, c - b].map(|entry| entry * back);
        let (cosine, axis) = (plus.re, [-sum.im, difference.re, minus.im]);
        let sine = axis.iter().fold(0.0f64, |length, component| length.hypot(*component));
        let angle = 2.0 * sine.atan2(cosine);
        if sine < CLOSE { Turn { phase: a.arg(), angle: 0.0, axis } } else { Turn { phase, angle, axis } }
    }

    /// If one eigenvalue is 1.
    fn kept(&self) -> Option<Kept> {
        if same_angle(self.phase, self.angle / 2.0) {
            Some(Kept { angle: self.angle, axis: self.axis })
        } else if same_angle(self.phase, -self.angle / 2.0) {
            Some(Kept { angle: -self.angle, axis: self.axis.map(|component| -component) })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{M, applied, assert_same, distance, on, random_one, random_state, shuffled, two, under};
    use super::*;
    use crate::gates::{Radians, Turns, matrix};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;
    use std::f64::consts::{PI, TAU};

    fn phased(unitary: Matrix2, phase: f64) -> Matrix2 {
        unitary.map(|row| row.map(|entry| entry * Complex64::from_polar(1.0, phase)))
    }

    /// Two states without structure show every phase and every bit; a matrix of this size takes seconds.
    fn assert_same_on_states(out: &Pieces, unitary: &Matrix2, qubits: usize, target: usize, controls: &[usize], rng: &mut ChaCha8Rng) {
        let states = [random_state(qubits, rng), random_state(qubits, rng)];
        let wanted = states.clone().map(|state| {
            let active = |index: usize| controls.iter().all(|control| index >> control & 1 == 1);
            let mixed = |(index, amplitude): (usize, &Complex64)| {
                let (bit, other) = (index >> target & 1, state[index ^ 1 << target]);
                if active(index) { unitary[bit][bit] * amplitude + unitary[bit][1 - bit] * other } else { *amplitude }
            };
            state.iter().enumerate().map(mixed).collect::<Vec<_>>()
        });
        let matrix = |states: [Vec<Complex64>; 2]| M::from_vec(states[0].len(), 2, states.concat());
        let distance = distance(&matrix(states.map(|state| applied(out, state))), &matrix(wanted));
        assert!(distance < 1e-12, "{unitary:?} on {target} under {controls:?}: {distance:e} apart");
    }

    /// Builds the gate on qubits in random order, checks what it does and returns its interactions.
    fn checked(unitary: &Matrix2, controls: usize, idle: usize, rng: &mut ChaCha8Rng) -> usize {
        let (qubits, mut out) = (1 + controls + idle, Pieces::default());
        let order = shuffled(qubits, rng);
        let (controls, idle) = order[1..].split_at(controls);
        controlled(unitary, order[0], controls, idle, &mut out);
        if qubits > 6 {
            assert_same_on_states(&out, unitary, qubits, order[0], controls, rng);
        } else {
            let wanted = under(controls, &on(qubits, &[(order[0], two(unitary))]), qubits);
            assert_same(&out, &wanted, (unitary, &order, controls.len()));
        }
        out.entanglers()
    }

    #[test]
    fn every_kind_of_gate_takes_as_few_interactions_as_the_table_says() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let turns = [0, 1, 4, 8, 14, 20, 26, 34];
        let phases = [0, 1, 5, 13, 25, 41, 61, 85];
        let any = [0, 1, 5, 13, 27, 45, 67, 95];
        let sets = [
            (turns, vec![matrix::rz(Radians(0.3)), matrix::rx(Radians(-2.1)), matrix::ry(Radians(7.0)), phased(matrix::X, PI / 2.0)]),
            (phases, vec![matrix::X, matrix::Y, matrix::Z, matrix::h(), matrix::gpi(Turns(0.1)), phased(matrix::h(), PI)]),
            (phases, vec![matrix::s(), matrix::ti(), matrix::v(), matrix::vi(), matrix::phase(Radians(0.3)), matrix::phase(Radians(-3.0))]),
            (any, vec![random_one(&mut rng), random_one(&mut rng), phased(matrix::rx(Radians(0.3)), 0.2)]),
        ];
        for (counts, unitaries) in sets {
            for unitary in unitaries {
                for (controls, count) in counts.into_iter().enumerate() {
                    assert_eq!(checked(&unitary, controls, 0, &mut rng), count, "{controls} controls on {unitary:?}");
                }
            }
        }
    }

    #[test]
    fn idle_qubits_make_reflections_cheaper_and_come_back_as_they_were() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for (idle, counts) in [(1, [1, 5, 13, 20, 26, 34, 46]), (2, [1, 5, 13, 20, 26, 34, 42])] {
            for (k, count) in counts.into_iter().enumerate() {
                for unitary in [matrix::X, matrix::h()] {
                    assert_eq!(checked(&unitary, k + 1, idle, &mut rng), count, "{} controls, {idle} idle", k + 1);
                }
            }
        }
        for unitary in [matrix::rz(Radians(0.3)), matrix::s(), random_one(&mut rng)] {
            (2..8).for_each(|k| assert!(checked(&unitary, k, 2, &mut rng) > 0));
        }
    }

    #[test]
    fn a_mere_phase_of_the_target_is_a_gate_of_the_controls() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for (phase, counts) in [(0.3, [0, 0, 1, 5, 13]), (PI, [0, 0, 1, 5, 13]), (-PI, [0, 0, 1, 5, 13]), (0.0, [0; 5]), (TAU, [0; 5])] {
            for (k, count) in counts.into_iter().enumerate() {
                assert_eq!(checked(&phased(matrix::IDENTITY, phase), k, 0, &mut rng), count, "{phase} under {k}");
            }
        }
    }

    #[test]
    fn small_and_nearly_special_angles_stay_exact() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for angle in [1e-15, 1e-12, 1e-9, PI - 1e-9, PI, TAU - 1e-9, TAU, 2.0 * TAU, 1e5] {
            for unitary in [matrix::rx(Radians(angle)), matrix::phase(Radians(angle)), phased(matrix::ry(Radians(angle)), 1e-9)] {
                for k in 1..5 {
                    checked(&unitary, k, k % 2, &mut rng);
                }
            }
        }
    }
}
