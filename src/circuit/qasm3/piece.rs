//! What gates are made of while they are taken apart: QIS gates and phases, under controls that ask for 1 or for 0.
//!
//! A gate is a list of pieces in time order, exact with its global phase, which a control makes a relative one.

use crate::gates::{Gate, Qis, Radians};
use smallvec::SmallVec;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

/// What a piece does to its targets.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    Gate(Qis),
    /// `e^{iγ}`; no targets.
    Phase(f64),
}

/// One deed on its qubits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) deed: Deed,
    pub(super) targets: SmallVec<[usize; 2]>,
    /// Each control and the value that it must have.
    pub(super) controls: SmallVec<[(usize, bool); 2]>,
}

impl Piece {
    /// A gate on the first qubits after as many controls.
    pub(super) fn controlled(gate: Qis, controls: usize) -> Piece {
        let targets = (controls..controls + gate.target_count()).collect();
        Piece { deed: Deed::Gate(gate), targets, controls: (0..controls).map(|control| (control, true)).collect() }
    }

    pub(super) fn phase(angle: f64) -> Piece {
        Piece { deed: Deed::Phase(angle), targets: SmallVec::new(), controls: SmallVec::new() }
    }

    /// The same piece on the qubits that `place` gives for its own.
    pub(super) fn placed(mut self, place: impl Fn(usize) -> usize) -> Piece {
        self.targets.iter_mut().for_each(|qubit| *qubit = place(*qubit));
        self.controls.iter_mut().for_each(|(qubit, _)| *qubit = place(*qubit));
        self
    }

    fn inverse(mut self) -> Piece {
        self.deed = match self.deed {
            Deed::Gate(gate) => Deed::Gate(gate.inverse()),
            Deed::Phase(angle) => Deed::Phase(-angle),
        };
        self
    }
}

/// Undoes all of it.
pub(super) fn inverse(pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.into_iter().rev().map(Piece::inverse).collect()
}

/// The same under `count` more controls, which come before all other qubits.
pub(super) fn control(pieces: Vec<Piece>, count: usize, on: bool) -> Vec<Piece> {
    let control = |piece: Piece| {
        let mut piece = piece.placed(|qubit| qubit + count);
        piece.controls.extend((0..count).map(|control| (control, on)));
        piece
    };
    pieces.into_iter().map(control).collect()
}

/// The power of one piece; nothing where it would not be simple. A whole exponent is exact, another one means the principal
/// power: every eigenvalue `e^{ia}` with -π < a ≤ π becomes `e^{iak}`. A control changes nothing about that.
pub(super) fn power(piece: &Piece, exponent: f64) -> Option<Vec<Piece>> {
    let whole = exponent.fract() == 0.0;
    let phase = |angle: f64| Deed::Phase(if whole { angle } else { principal(angle, PI) } * exponent);
    // exp(-iθ/2·P) has the eigenvalues e^{±iθ/2}; at θ = 2π it is -1, whose principal power is a phase.
    let rotation = |angle: Radians, build: fn(Radians) -> Qis| {
        let angle = if whole { angle.0 } else { principal(angle.0, TAU) };
        if !whole && (angle - TAU).abs() < 1e-12 { Deed::Phase(PI * exponent) } else { Deed::Gate(build(Radians(angle * exponent))) }
    };
    let diagonal = |angle: f64| Deed::Gate(Qis::Phase(Radians(if whole { angle } else { principal(angle, PI) } * exponent)));
    let turned =
        |angle: f64, build: fn(Radians) -> Qis| vec![Deed::Phase(angle / 2.0 * exponent), Deed::Gate(build(Radians(angle * exponent)))];
    let deeds = match &piece.deed {
        Deed::Phase(angle) => vec![phase(*angle)],
        Deed::Gate(Qis::Phase(angle)) => vec![diagonal(angle.0)],
        Deed::Gate(Qis::Rx(angle)) => vec![rotation(*angle, Qis::Rx)],
        Deed::Gate(Qis::Ry(angle)) => vec![rotation(*angle, Qis::Ry)],
        Deed::Gate(Qis::Rz(angle)) => vec![rotation(*angle, Qis::Rz)],
        Deed::Gate(Qis::Xx(angle)) => vec![rotation(*angle, Qis::Xx)],
        Deed::Gate(Qis::Yy(angle)) => vec![rotation(*angle, Qis::Yy)],
        Deed::Gate(Qis::Zz(angle)) => vec![rotation(*angle, Qis::Zz)],
        Deed::Gate(_) if whole => return None, // repeated as it is
        Deed::Gate(Qis::Z) => vec![diagonal(PI)],
        Deed::Gate(Qis::S) => vec![diagonal(FRAC_PI_2)],
        Deed::Gate(Qis::Si) => vec![diagonal(-FRAC_PI_2)],
        Deed::Gate(Qis::T) => vec![diagonal(FRAC_PI_4)],
        Deed::Gate(Qis::Ti) => vec![diagonal(-FRAC_PI_4)],
        Deed::Gate(Qis::X) => turned(PI, Qis::Rx),
        Deed::Gate(Qis::Y) => turned(PI, Qis::Ry),
        Deed::Gate(Qis::V) => turned(FRAC_PI_2, Qis::Rx),
        Deed::Gate(Qis::Vi) => turned(-FRAC_PI_2, Qis::Rx),
        // H is Z seen from an axis an eighth of a turn away.
        Deed::Gate(Qis::H) => {
            let aside = |angle| Deed::Gate(Qis::Ry(Radians(angle)));
            vec![aside(-FRAC_PI_4), diagonal(PI), aside(FRAC_PI_4)]
        }
        // SWAP = (1 + XX + YY + ZZ)/2, and the three commute.
        Deed::Gate(Qis::Swap) => {
            let angle = Radians(FRAC_PI_2 * exponent);
            vec![Deed::Phase(FRAC_PI_4 * exponent), Deed::Gate(Qis::Xx(angle)), Deed::Gate(Qis::Yy(angle)), Deed::Gate(Qis::Zz(angle))]
        }
        Deed::Gate(Qis::PauliExp(_)) => return None,
    };
    let place = |deed: Deed| {
        let targets = if matches!(deed, Deed::Phase(_)) { SmallVec::new() } else { piece.targets.clone() };
        Piece { deed, targets, controls: piece.controls.clone() }
    };
    Some(deeds.into_iter().map(place).collect())
}

/// The angle moved by whole periods of `2·half` into (-half, half].
fn principal(angle: f64, half: f64) -> f64 {
    if angle > -half && angle <= half {
        return angle;
    }
    let moved = angle - 2.0 * half * ((angle - half) / (2.0 * half)).ceil();
    if moved > -half { moved } else { moved + 2.0 * half }
}
