//! Circuits of Clifford gates as what they do to Pauli strings.

use super::TOLERANCE;
use super::tableau::Tableau;
use crate::circuit::{Circuit, Program};
use crate::gates::Gate;
use crate::simulate::{Tolerance, Walk};
use std::f64::consts::{PI, TAU};

/// Matrix entries closer than [`TOLERANCE`] are equal; many gates a little off are not what one of them is.
const CLOSE: Tolerance = Tolerance { each: TOLERANCE / TAU, together: 10.0 * TOLERANCE / PI };

/// A circuit of Clifford gates.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clifford {
    /// What it does.
    pub(super) tableau: Tableau,
    /// How far the gates, all together, are from the Clifford gates they are taken for, in the operator norm and but for a global phase.
    pub(super) deviation: f64,
}

/// The circuit over these qubits, if all its gates are Clifford gates.
pub(super) fn recognize(program: &Program, qubits: &[usize]) -> Option<Clifford> {
    let mut walk = Walk::new(Tableau::identity(qubits.len()), CLOSE);
    follow(program, qubits, &mut walk, |_| ())?;
    // A rotation that is off by δ turns, exp(-iπδP), is at most πδ away from 1.
    Some(Clifford { tableau: walk.state, deviation: PI * walk.deviation })
}

/// Calls `each` before the first operation and after every one.
pub(super) fn trace(program: &Program, qubits: &[usize], each: impl FnMut(&Tableau)) {
    follow(program, qubits, &mut Walk::new(Tableau::identity(qubits.len()), CLOSE), each);
}

fn follow(program: &Program, qubits: &[usize], walk: &mut Walk<Tableau>, each: impl FnMut(&Tableau)) -> Option<()> {
    match program {
        Program::Qis(circuit) => follow_circuit(circuit, qubits, walk, each),
        Program::Native(circuit) => follow_circuit(circuit, qubits, walk, each),
    }
}

fn follow_circuit<G: Gate>(circuit: &Circuit<G>, qubits: &[usize], walk: &mut Walk<Tableau>, mut each: impl FnMut(&Tableau)) -> Option<()> {
    each(&walk.state);
    for operation in circuit.operations() {
        walk.take(operation, |qubit| qubits.binary_search(&qubit).unwrap_or(0), |_| ())?;
        walk.settled()?;
        each(&walk.state);
    }
    Some(())
}
