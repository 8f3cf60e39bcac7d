//! The exact answer under noise, for tests: a density matrix, gates as matrices, errors as Kraus operators. Shares nothing with the
//! simulator but the circuit: every formula is IonQ's, written out here.

use crate::circuit::Circuit;
use crate::gates::{Native, Turns};
use nalgebra::DMatrix;
use num_complex::Complex64;
use std::f64::consts::{FRAC_1_SQRT_2, PI, TAU};

type M = DMatrix<Complex64>;

/// The rates of a device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) one_qubit: f64,
    pub(super) two_qubit: f64,
    /// The probability that a bit is read wrong.
    pub(super) misread: f64,
}

fn c(re: f64, im: f64) -> Complex64 {
    Complex64::new(re, im)
}

/// `e^{i2πx}`.
fn turned(x: f64) -> Complex64 {
    Complex64::from_polar(1.0, TAU * x)
}

fn matrix(size: usize, entries: &[Complex64]) -> M {
    M::from_row_slice(size, size, entries)
}

/// The matrix of a gate. Of two qubits the first target is the left, more significant index, as in IonQ's documentation.
fn gate(gate: &Native) -> Option<M> {
    let zero = c(0.0, 0.0);
    Some(match *gate {
        Native::Nop => return None,
        Native::Gpi(Turns(p)) => matrix(2, &[zero, turned(-p), turned(p), zero]),
        Native::Gpi2(Turns(p)) => {
            let (one, minus_i) = (c(1.0, 0.0), c(0.0, -1.0));
            matrix(2, &[one, minus_i * turned(-p), minus_i * turned(p), one]) * c(FRAC_1_SQRT_2, 0.0)
        }
        Native::Ms(Turns(p), Turns(q), Turns(angle)) => {
            let (cos, sin) = (c((PI * angle).cos(), 0.0), c(0.0, -(PI * angle).sin()));
            let mut ms = M::identity(4, 4) * cos;
            ms[(0, 3)] = sin * turned(-(p + q));
            ms[(1, 2)] = sin * turned(-(p - q));
            ms[(2, 1)] = sin * turned(p - q);
            ms[(3, 0)] = sin * turned(p + q);
            ms
        }
        Native::Zz(Turns(angle)) => {
            let entry = |row: usize| turned(if row == 0 || row == 3 { -angle / 2.0 } else { angle / 2.0 });
            M::from_fn(4, 4, |row, column| if row == column { entry(row) } else { zero })
        }
    })
}

/// An operator on some qubits as one on all: the row and column bits of the others stay.
fn embedded(small: &M, targets: &[usize], qubits: usize) -> M {
    let others = targets.iter().fold(!0usize, |mask, qubit| mask & !(1 << qubit));
    let index = |state: usize| targets.iter().fold(0, |index, qubit| index << 1 | (state >> qubit & 1));
    M::from_fn(
        1 << qubits,
        1 << qubits,
        |row, column| {
            if row & others == column & others { small[(index(row), index(column))] } else { c(0.0, 0.0) }
        },
    )
}

/// The Kraus operators of depolarization on one qubit, or on two: √(1 - 3r/4)·I and √(r/4)·P, or √(1 - 15r/16)·II and √(r/16)·PQ.
fn kraus(rate: f64, qubits: usize) -> Vec<M> {
    let zero = c(0.0, 0.0);
    let paulis = [
        matrix(2, &[c(1.0, 0.0), zero, zero, c(1.0, 0.0)]),
        matrix(2, &[zero, c(1.0, 0.0), c(1.0, 0.0), zero]),
        matrix(2, &[zero, c(0.0, -1.0), c(0.0, 1.0), zero]),
        matrix(2, &[c(1.0, 0.0), zero, zero, c(-1.0, 0.0)]),
    ];
    let products = match qubits {
        1 => paulis.to_vec(),
        _ => paulis.iter().flat_map(|left| paulis.iter().map(|right| left.kronecker(right))).collect(),
    };
    let share = rate / products.len() as f64;
    let weight = |index: usize| if index == 0 { 1.0 - share * (products.len() - 1) as f64 } else { share };
    products.iter().enumerate().map(|(index, product)| product * c(weight(index).sqrt(), 0.0)).collect()
}

/// The probability of each outcome of the first `read` qubits.
pub(super) fn probabilities(circuit: &Circuit<Native>, rates: Rates, read: usize) -> Vec<f64> {
    let qubits = circuit.qubits();
    let mut state = M::zeros(1 << qubits, 1 << qubits);
    state[(0, 0)] = c(1.0, 0.0);
    for operation in circuit.operations() {
        let Some(unitary) = gate(&operation.gate) else { continue };
        let unitary = embedded(&unitary, &operation.targets, qubits);
        state = &unitary * state * unitary.adjoint();
        let rate = if operation.targets.len() == 1 { rates.one_qubit } else { rates.two_qubit };
        let operators = kraus(rate, operation.targets.len()).into_iter().map(|small| embedded(&small, &operation.targets, qubits));
        state = operators.map(|kraus| &kraus * &state * kraus.adjoint()).sum();
    }
    let mut probabilities = vec![0.0; 1 << read];
    for (outcome, entry) in state.diagonal().iter().enumerate() {
        probabilities[outcome & ((1 << read) - 1)] += entry.re;
    }
    (0..read).fold(probabilities, |before, bit| read_wrong(&before, bit, rates.misread))
}

fn read_wrong(probabilities: &[f64], bit: usize, misread: f64) -> Vec<f64> {
    let seen = |outcome: usize| (1.0 - misread) * probabilities[outcome] + misread * probabilities[outcome ^ 1 << bit];
    (0..probabilities.len()).map(seen).collect()
}
