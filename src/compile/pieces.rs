//! What a circuit is made of on its way through the compiler: one-qubit unitaries and ZZ interactions, nothing else.

use crate::gates::{Matrix2, Radians, matrix};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// A part of a circuit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Piece {
    /// A one-qubit unitary.
    One(usize, Matrix2),
    /// `exp(-i·angle·Z⊗Z)`, angle in radians; π/4 entangles fully.
    Zz([usize; 2], f64),
    /// Exchange of two qubits, kept whole because most of them cost nothing.
    Swap([usize; 2]),
}

/// Parts in time order, each up to a global phase.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Pieces(pub(crate) Vec<Piece>);

impl Pieces {
    /// A one-qubit unitary.
    pub(crate) fn one(&mut self, qubit: usize, unitary: Matrix2) {
        self.0.push(Piece::One(qubit, unitary));
    }

    /// `exp(-i·angle·Z⊗Z)`.
    pub(crate) fn zz(&mut self, a: usize, b: usize, angle: f64) {
        self.0.push(Piece::Zz([a, b], angle));
    }

    /// `exp(-i·angle/2·Z)`.
    pub(crate) fn rz(&mut self, qubit: usize, angle: f64) {
        self.one(qubit, matrix::rz(Radians(angle)));
    }

    /// Hadamard.
    pub(crate) fn h(&mut self, qubit: usize) {
        self.one(qubit, matrix::h());
    }

    /// Controlled Z: one interaction.
    pub(crate) fn cz(&mut self, a: usize, b: usize) {
        self.zz(a, b, FRAC_PI_4);
        self.rz(a, -FRAC_PI_2);
        self.rz(b, -FRAC_PI_2);
    }

    /// Controlled X: one interaction.
    pub(crate) fn cx(&mut self, control: usize, target: usize) {
        self.h(target);
        self.cz(control, target);
        self.h(target);
    }

    /// `diag(1, 1, 1, e^{i·angle})`: one interaction.
    pub(crate) fn controlled_phase(&mut self, a: usize, b: usize, angle: f64) {
        self.zz(a, b, -angle / 4.0);
        self.rz(a, angle / 2.0);
        self.rz(b, angle / 2.0);
    }

    /// What follows these parts.
    pub(crate) fn append(&mut self, next: &Pieces) {
        self.0.extend_from_slice(&next.0);
    }

    /// What undoes these parts.
    #[must_use]
    pub(crate) fn inverse(&self) -> Pieces {
        let undone = |piece: &Piece| match *piece {
            Piece::One(qubit, unitary) => Piece::One(qubit, adjoint(&unitary)),
            Piece::Zz(pair, angle) => Piece::Zz(pair, -angle),
            swap @ Piece::Swap(_) => swap,
        };
        Pieces(self.0.iter().rev().map(undone).collect())
    }

    /// How many interactions there are, three for an exchange.
    pub(crate) fn entanglers(&self) -> usize {
        let cost = |piece: &Piece| match piece {
            Piece::One(..) => 0,
            Piece::Zz(..) => 1,
            Piece::Swap(_) => 3,
        };
        self.0.iter().map(cost).sum()
    }
}

/// The conjugate transpose.
pub(crate) fn adjoint(unitary: &Matrix2) -> Matrix2 {
    let [[a, b], [c, d]] = unitary;
    [[a.conj(), c.conj()], [b.conj(), d.conj()]]
}
