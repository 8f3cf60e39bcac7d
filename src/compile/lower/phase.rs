//! The phase that all ones of a set of qubits earn.

use super::rotation::Plans;
use crate::compile::pieces::Pieces;
use std::f64::consts::{PI, TAU};

/// Closer to a special angle than this is that angle; tens of roundings of a product of matrices.
pub(super) const CLOSE: f64 = 1e-13;

/// Whether two angles are the same up to full turns.
pub(super) fn same_angle(a: f64, b: f64) -> bool {
    ((a - b) / 2.0).sin().abs() < CLOSE / 2.0
}

/// Interactions of [`phase`].
pub(super) fn cost(angle: f64, qubits: usize, idle: usize, plans: &Plans) -> usize {
    if same_angle(angle, 0.0) {
        return 0;
    }
    match qubits {
        0 | 1 => 0,
        _ if borrows(angle, qubits, idle, plans) => plans.rotation_cost(qubits, idle - 1),
        _ => counting_cost(qubits),
    }
}

/// n qubits: 2n² - 6n + 5 for n > 1.
fn counting_cost(qubits: usize) -> usize {
    let counter = qubits - 2;
    2 * counter * (counter + 1) + 1
}

/// Whether to borrow a qubit: turning it once around is no more than the sign that a phase of π is.
fn borrows(angle: f64, qubits: usize, idle: usize, plans: &Plans) -> bool {
    idle > 0 && same_angle(angle, PI) && plans.rotation_cost(qubits, idle - 1) < counting_cost(qubits)
}

/// `e^{i·angle}` if all qubits are 1, exact up to a global phase. `plans` reach as far as there are qubits; idle ones are given back.
pub(super) fn phase(angle: f64, qubits: &[usize], idle: &[usize], plans: &Plans, out: &mut Pieces) {
    match (qubits, idle) {
        _ if same_angle(angle, 0.0) => {}
        ([], _) => {}
        (&[qubit], _) => out.rz(qubit, angle),
        (_, [borrowed, idle @ ..]) if borrows(angle, qubits.len(), 1 + idle.len(), plans) => {
            plans.rotation(TAU, *borrowed, qubits, idle, out);
        }
        ([first, second, counter @ ..], _) => by_counting(angle, *first, *second, counter, out),
    }
}

/// Reads all qubits but two as a number x below M. The first qubit adds the phase `x·angle/M`, the second adds 1 to x, the first takes
/// the phase of the new x away, the second takes the 1 away. If both are 1, every x has lost `angle/M` and the one that
/// wrapped around has won `angle` besides.
fn by_counting(angle: f64, first: usize, second: usize, counter: &[usize], out: &mut Pieces) {
    let unit = angle / (counter.len() as f64).exp2();
    let (mut slope, mut step) = (Pieces::default(), Pieces::default());
    for (bit, &qubit) in counter.iter().enumerate() {
        slope.controlled_phase(first, qubit, unit * (bit as f64).exp2());
    }
    increment(second, counter, &mut step);
    if !counter.is_empty() {
        for part in [&slope, &step, &slope.inverse(), &step.inverse()] {
            out.append(part);
        }
    }
    out.controlled_phase(first, second, unit);
}

/// Adds 1 to the counter (least significant qubit first) if the control is 1, up to a phase on every basis state.
///
/// The top qubit flips if `(low + control - low')/2ⁿ` is 1, where `low'` is the incremented rest of n qubits. That is a sum of
/// phases on the top qubit's Fourier transform, so each term is one controlled phase: Draper's adder, one qubit at a time.
fn increment(control: usize, counter: &[usize], out: &mut Pieces) {
    let Some((&top, low)) = counter.split_last() else { return };
    if low.is_empty() {
        return out.cx(control, top);
    }
    let unit = PI / (low.len() as f64).exp2();
    let mut weights = Pieces::default();
    for (bit, &qubit) in low.iter().enumerate() {
        weights.controlled_phase(top, qubit, unit * (bit as f64).exp2());
    }
    out.h(top);
    out.append(&weights);
    increment(control, low, out);
    out.append(&weights.inverse());
    out.controlled_phase(control, top, unit);
    out.h(top);
}
