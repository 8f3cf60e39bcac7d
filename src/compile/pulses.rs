//! From one-qubit unitaries and ZZ interactions to the pulses of a device.
//!
//! Nothing is played before it must be. A qubit carries the unitary that is still owed to it; an interaction `exp(-it·Z⊗Z)` after it is
//! `exp(-it·n⊗m)` before it, with the axes `n` and `m` that Z has when pulled back through what is owed. `ms` plays any two axes in the
//! equator, `zz` the poles, so a pulse is needed only where an axis lies elsewhere: rotations about Z are never played at all, and one
//! `gpi2` always brings an axis into the equator.

use super::algebra::{Axis, Kind, product, pulled_back_z, renormalized};
use super::pieces::{Piece, Pieces, adjoint};
use crate::circuit::{Circuit, On, Operation};
use crate::gates::{Matrix2, Native, Turns, matrix};
use smallvec::{SmallVec, smallvec};
use std::f64::consts::{PI, TAU};

/// The entangling gate of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entangler {
    /// Mølmer–Sørensen, as Aria plays.
    Ms,
    /// The ZZ interaction, as Forte plays.
    Zz,
}

/// An axis nearer than this to the equator or a pole lies in it.
const NEAR: f64 = 1e-12;

/// Writes the pieces as native gates. With `measured` the last rotation about Z of every qubit is left out.
pub(super) fn pulses(pieces: &Pieces, qubits: usize, entangler: Entangler, measured: bool) -> Vec<Operation<Native>> {
    let plans: Vec<Plan> = gaps(pieces, qubits).iter().map(|gaps| Plan::best(gaps, entangler, measured)).collect();
    let mut next = vec![0; qubits];
    let mut operations = Vec::new();
    for piece in &pieces.0 {
        let Piece::Zz(pair, angle) = *piece else { continue };
        let axes = pair.map(|qubit| {
            let step = &plans[qubit].steps[next[qubit]];
            next[qubit] += 1;
            operations.extend(step.pulses.iter().map(|pulse| pulse.on([qubit])));
            step.axis
        });
        operations.push(interaction(entangler, axes, angle).on(pair));
    }
    for (qubit, plan) in plans.iter().enumerate() {
        operations.extend(plan.last.iter().map(|pulse| pulse.on([qubit])));
    }
    operations
}

/// The unitaries before, between and after the interactions of each qubit.
fn gaps(pieces: &Pieces, qubits: usize) -> Vec<Vec<Matrix2>> {
    let mut gaps = vec![vec![matrix::IDENTITY]; qubits];
    for piece in &pieces.0 {
        match piece {
            Piece::One(qubit, unitary) => {
                let gap = gaps[*qubit].last_mut().expect("there is always one");
                *gap = product(unitary, gap);
            }
            Piece::Zz(pair, _) => pair.iter().for_each(|&qubit| gaps[qubit].push(matrix::IDENTITY)),
            Piece::Swap(_) => unreachable!("a weave has no swaps left"),
        }
    }
    gaps
}

/// `exp(-i·angle·n⊗m)` for axes that the entangler plays.
fn interaction(entangler: Entangler, [n, m]: [Axis; 2], angle: f64) -> Native {
    match entangler {
        Entangler::Ms => {
            let turned = if angle < 0.0 { 0.5 } else { 0.0 };
            Native::Ms(phase(azimuth(&n)), phase(azimuth(&m) + turned), strength(angle.abs()))
        }
        Entangler::Zz => Native::Zz(strength(angle * n[2].signum() * m[2].signum())),
    }
}

/// An angle of -π/4 to π/4 in the unit of the device, of which there is no more than a quarter.
fn strength(angle: f64) -> Turns {
    Turns(tidy(angle / PI).clamp(-0.25, 0.25))
}

/// What is played on one qubit.
#[derive(Debug, Default)]
struct Plan {
    /// Before and at each interaction.
    steps: Vec<Step>,
    /// After the last one.
    last: Vec<Native>,
    /// How many `gpi2` there are before the last interaction.
    quarters: usize,
}

#[derive(Debug)]
struct Step {
    pulses: SmallVec<[Native; 2]>,
    /// The axis through which the interaction acts.
    axis: Axis,
}

impl Plan {
    /// The plan with the fewest pulses: a `gpi2` may turn either way round, and the right way of the last ones saves a pulse at the end.
    fn best(gaps: &[Matrix2], entangler: Entangler, measured: bool) -> Plan {
        let plain = Plan::new(gaps, entangler, measured, None);
        if plain.last.is_empty() || plain.quarters == 0 {
            return plain;
        }
        let turned = Plan::new(gaps, entangler, measured, Some(plain.quarters - 1));
        if turned.last.len() < plain.last.len() { turned } else { plain }
    }

    fn new(gaps: &[Matrix2], entangler: Entangler, measured: bool, turned: Option<usize>) -> Plan {
        let mut plan = Plan::default();
        let mut owed = matrix::IDENTITY;
        for (index, gap) in gaps.iter().enumerate() {
            owed = renormalized(&product(gap, &owed));
            if index + 1 == gaps.len() {
                plan.last = if measured { before_measurement(&owed) } else { exactly(&owed) };
                break;
            }
            let axis = pulled_back_z(&owed);
            let phases = match entangler {
                Entangler::Ms => into_the_equator(&axis, || ahead(&owed, &gaps[index + 1..])).into_iter().collect(),
                Entangler::Zz => to_a_pole(&axis),
            };
            let mut pulses = SmallVec::new();
            for azimuth in phases {
                let half = if turned == Some(plan.quarters) { 0.5 } else { 0.0 };
                let pulse = phase(azimuth + half);
                owed = product(&owed, &adjoint(&matrix::gpi2(pulse)));
                pulses.push(Native::Gpi2(pulse));
                plan.quarters += 1;
            }
            plan.steps.push(Step { pulses, axis: pulled_back_z(&owed) });
        }
        plan
    }
}

/// The phase of the `gpi2` that brings an axis into the equator, if one is needed. An axis at a pole may fall anywhere; `ahead` says
/// what suits the rest of the circuit.
fn into_the_equator(axis: &Axis, ahead: impl FnOnce() -> f64) -> Option<f64> {
    if axis[2].abs() < NEAR {
        None
    } else if axis[0].hypot(axis[1]) < NEAR {
        Some(ahead())
    } else {
        Some(azimuth(axis))
    }
}

/// How far ahead is looked for what comes next: enough to see past interactions on one axis, and linear in time.
const LOOKAHEAD: usize = 16;

/// The phase of a `gpi2`, due when the axis lies at a pole, after which the next other axis needs none.
fn ahead(owed: &Matrix2, gaps: &[Matrix2]) -> f64 {
    let mut then = *owed;
    for (index, gap) in gaps.iter().take(LOOKAHEAD).enumerate() {
        then = product(gap, &then);
        let axis = pulled_back_z(&then);
        if axis[0].hypot(axis[1]) < NEAR {
            continue;
        }
        // The pulse takes the axis a quarter turn further to a pole: right for a measurement, wrong for an interaction.
        let measured = index + 1 == gaps.len() && axis[2].abs() < NEAR;
        return azimuth(&axis) - if measured { 0.25 } else { 0.0 };
    }
    0.0
}

/// The phases of the `gpi2` that bring an axis to a pole: none, one or two.
fn to_a_pole(axis: &Axis) -> SmallVec<[f64; 2]> {
    let level = axis[0].hypot(axis[1]);
    if level < NEAR {
        return smallvec![];
    }
    let along = azimuth(axis);
    if axis[2].abs() < NEAR {
        return smallvec![along - 0.25];
    }
    // A quarter turn about its own azimuth lays the axis into the equator, at this angle before it.
    let tilt = axis[2].atan2(level) / TAU;
    smallvec![along, along - tilt - 0.25]
}

/// The pulses after which a measurement of Z sees what it would see after the unitary.
fn before_measurement(owed: &Matrix2) -> Vec<Native> {
    let axis = pulled_back_z(owed);
    if axis[0].hypot(axis[1]) < NEAR {
        return if axis[2] > 0.0 { vec![] } else { vec![Native::Gpi(Turns(0.0))] };
    }
    to_a_pole(&axis).into_iter().map(|azimuth| Native::Gpi2(phase(azimuth))).collect()
}

/// The fewest pulses that are the unitary up to a global phase.
fn exactly(owed: &Matrix2) -> Vec<Native> {
    let azimuth_of = |entry: num_complex::Complex64| entry.arg() / TAU;
    match Kind::of(owed) {
        Kind::Diagonal => {
            let turn = azimuth_of(owed[1][1] * owed[0][0].conj());
            // gpi(b)·gpi(a) = diag(e^{2πi(a-b)}, e^{-2πi(a-b)})
            let none = (turn - turn.round()).abs() < NEAR;
            if none { vec![] } else { vec![Native::Gpi(Turns(0.0)), Native::Gpi(phase(turn / 2.0))] }
        }
        Kind::Antidiagonal => vec![Native::Gpi(phase(azimuth_of(owed[1][0] * owed[0][1].conj()) / 2.0))],
        Kind::Other => [one_quarter(owed), two_quarters(owed)].into_iter().flatten().next().unwrap_or_else(|| three(owed)),
    }
}

/// A quarter turn, alone or with a `gpi` after it.
fn one_quarter(owed: &Matrix2) -> Option<Vec<Native>> {
    let axis = pulled_back_z(owed);
    if axis[2].abs() >= NEAR {
        return None;
    }
    let choices = [-0.25, 0.25].map(|side| {
        let first = Native::Gpi2(phase(azimuth(&axis) + side));
        let mut pulses = vec![first];
        pulses.extend(exactly(&without(owed, &[first])));
        pulses
    });
    choices.into_iter().min_by_key(Vec::len)
}

/// Two quarter turns, where they happen to be enough: the first lays the axis into the equator, the second raises it to a pole.
fn two_quarters(owed: &Matrix2) -> Option<Vec<Native>> {
    let along = azimuth(&pulled_back_z(owed));
    let firsts = [along, along + 0.5].map(|azimuth| Native::Gpi2(phase(azimuth)));
    let both = |first: Native| {
        let across = azimuth(&pulled_back_z(&without(owed, &[first])));
        [-0.25, 0.25].map(|side| [first, Native::Gpi2(phase(across + side))])
    };
    firsts.into_iter().flat_map(both).find(|pulses| exactly_nothing(&without(owed, pulses))).map(Vec::from)
}

fn exactly_nothing(unitary: &Matrix2) -> bool {
    Kind::of(unitary) == Kind::Diagonal && (unitary[0][0] - unitary[1][1]).norm() < NEAR
}

/// Any unitary: `Rz(c)·Ry(b)·Rz(a)` is `gpi2`, `gpi`, `gpi2`.
fn three(owed: &Matrix2) -> Vec<Native> {
    let b = 2.0 * owed[1][0].norm().atan2(owed[0][0].norm());
    let sum = (owed[1][1] * owed[0][0].conj()).arg();
    let difference = (-owed[1][0] * owed[0][1].conj()).arg();
    let (c, a) = ((sum + difference) / 2.0, (sum - difference) / 2.0);
    let pulses = |b: f64| {
        let middle = (b / 2.0 + (c - a) / 2.0) / TAU;
        vec![Native::Gpi2(phase(0.5 - a / TAU)), Native::Gpi(phase(middle)), Native::Gpi2(phase(0.5 + c / TAU))]
    };
    // Sum and difference know half a turn less than a and c do; it shows as the sign of b.
    let fits = |pulses: &Vec<Native>| exactly_nothing(&without(owed, pulses));
    let first = pulses(b);
    if fits(&first) { first } else { pulses(-b) }
}

/// What is still owed when the pulses have been played.
fn without(owed: &Matrix2, pulses: &[Native]) -> Matrix2 {
    pulses.iter().fold(*owed, |owed, pulse| {
        let played = match *pulse {
            Native::Gpi(phase) => matrix::gpi(phase),
            Native::Gpi2(phase) => matrix::gpi2(phase),
            Native::Ms(..) | Native::Zz(_) | Native::Nop => matrix::IDENTITY,
        };
        product(&owed, &adjoint(&played))
    })
}

/// The same circuit without pauses, its phases from 0 up to a whole turn.
pub(super) fn tidied(circuit: &Circuit<Native>) -> Circuit<Native> {
    let operations = circuit.operations().iter().filter_map(|operation| {
        let gate = match operation.gate {
            Native::Gpi(turns) => Native::Gpi(phase(turns.0)),
            Native::Gpi2(turns) => Native::Gpi2(phase(turns.0)),
            Native::Ms(first, second, angle) => Native::Ms(phase(first.0), phase(second.0), angle),
            Native::Zz(angle) => Native::Zz(angle),
            Native::Nop => return None,
        };
        Some(Operation { gate, ..operation.clone() })
    });
    Circuit::new(circuit.qubits(), operations).expect("the circuit was valid before")
}

/// Where an axis points in the equator, in turns.
fn azimuth(axis: &Axis) -> f64 {
    axis[1].atan2(axis[0]) / TAU
}

/// A phase from 0 up to a whole turn.
fn phase(turns: f64) -> Turns {
    let tidy = tidy(turns.rem_euclid(1.0));
    Turns(if tidy >= 1.0 { 0.0 } else { tidy })
}

/// A number without the last digits' noise where it is meant to be a simple fraction.
fn tidy(turns: f64) -> f64 {
    let simple = (turns * 48.0).round() / 48.0;
    if (turns - simple).abs() < 1e-14 { simple } else { turns }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::Radians;
    use proptest::prelude::*;
    use std::f64::consts::FRAC_PI_2;

    fn unitary() -> impl Strategy<Value = Matrix2> {
        let angle = prop_oneof![Just(0.0), Just(FRAC_PI_2), Just(-FRAC_PI_2), Just(PI), Just(FRAC_PI_2 / 2.0), -7.0..7.0f64];
        (angle.clone(), angle.clone(), angle)
            .prop_map(|(a, b, c)| product(&matrix::rz(Radians(c)), &product(&matrix::ry(Radians(b)), &matrix::rz(Radians(a)))))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn every_unitary_is_at_most_three_pulses_and_two_before_a_measurement(owed in unitary()) {
            let pulses = exactly(&owed);
            prop_assert!(pulses.len() <= 3);
            let rest = without(&owed, &pulses);
            prop_assert!(rest[0][1].norm() < 1e-11 && (rest[0][0] - rest[1][1]).norm() < 1e-11, "{rest:?}");
            let pulses = before_measurement(&owed);
            prop_assert!(pulses.len() <= 2);
            let axis = pulled_back_z(&without(&owed, &pulses));
            prop_assert!(axis[2] > 1.0 - 1e-11, "{axis:?}");
        }
    }

    proptest! {
        #[test]
        fn two_pulses_stay_two_pulses(first in 0.0..1.0f64, second in 0.0..1.0f64, halves in prop::array::uniform2(any::<bool>())) {
            let pulse = |turns: f64, half: bool| if half { matrix::gpi2(Turns(turns)) } else { matrix::gpi(Turns(turns)) };
            // Pulses that nearly undo one another leave an axis that rounding has moved.
            let apart = (2.0 * (first - second)).rem_euclid(1.0);
            prop_assume!((1e-3..1.0 - 1e-3).contains(&apart));
            let owed = product(&pulse(second, halves[1]), &pulse(first, halves[0]));
            prop_assert!(exactly(&owed).len() <= 2, "{:?}", exactly(&owed));
        }
    }

    #[test]
    fn simple_unitaries_take_few_pulses() {
        let count = |unitary: &Matrix2| exactly(unitary).len();
        assert_eq!(count(&matrix::IDENTITY), 0);
        assert_eq!(count(&matrix::X), 1);
        assert_eq!(count(&matrix::Y), 1);
        assert_eq!(count(&matrix::Z), 2);
        assert_eq!(count(&matrix::h()), 2);
        assert_eq!(count(&matrix::v()), 1);
        assert_eq!(count(&matrix::ry(Radians(0.3))), 3);
    }
}
