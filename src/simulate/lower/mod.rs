//! A circuit as a tiled engine wants it: real rotations, and phases that are put off for as long as they can be.
//!
//! Every gate on one qubit is a phase, a real rotation and a phase; so is every `ms`, on the plane that it turns. A phase commutes with
//! everything that is diagonal on its qubits, and what is left of them at the end does not show in a measurement. Flips and swaps move
//! nothing: they only change which bit of the state stands for which qubit.

mod frame;
mod gate;
mod strings;
#[cfg(test)]
mod tests;

pub(in crate::simulate) use frame::bits;
pub(super) use gate::lower;

use super::step::Step;
use std::f64::consts::FRAC_1_SQRT_2;

/// Bits of the state that must have certain values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pattern {
    /// Which bits.
    pub(super) mask: usize,
    /// Their values; 0 outside the mask.
    pub(super) value: usize,
}

/// Multiplies the amplitudes whose index has all the bits `mask` by `exp(i·angle)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Phase {
    pub(super) mask: usize,
    pub(super) angle: f64,
}

/// A real rotation `[[cos, -sin], [sin, cos]]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rotation {
    pub(super) cos: f64,
    pub(super) sin: f64,
}

impl Rotation {
    /// A quarter turn on the Bloch sphere, as `gpi2` and `h` make it: `√½·[[1, -1], [1, 1]]`.
    pub(super) const QUARTER: Rotation = Rotation { cos: FRAC_1_SQRT_2, sin: FRAC_1_SQRT_2 };

    /// The same, or [`Rotation::QUARTER`] if it is that but for rounding.
    fn new(cos: f64, sin: f64) -> Rotation {
        let quarter = (cos - FRAC_1_SQRT_2).abs() < NEGLIGIBLE && (sin - FRAC_1_SQRT_2).abs() < NEGLIGIBLE;
        if quarter { Rotation::QUARTER } else { Rotation { cos, sin } }
    }

    /// Whether sums and differences are enough, and the factor √½ can wait.
    pub(super) fn is_quarter(self) -> bool {
        self == Rotation::QUARTER
    }

    /// No rotation.
    pub(super) const NONE: Rotation = Rotation { cos: 1.0, sin: 0.0 };

    fn inverse(self) -> Rotation {
        Rotation { sin: -self.sin, ..self }
    }
}

/// What is below this is the rounding of a zero.
const NEGLIGIBLE: f64 = 1e-15;

/// What is done to the state; numbers are its bits.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op {
    /// A phase.
    Phase(Phase),
    /// Multiplies 1 of the target by `exp(i·before)`, then rotates (0, 1).
    Turn { target: usize, before: f64, rotation: Rotation },
    /// The same to each target by itself, then phases again, then a rotation of both.
    Pair { targets: [usize; 2], before: [f64; 2], turns: [Rotation; 2], between: [f64; 2], cross: Rotation },
    /// Rotates (0, 1) of the target under controls.
    ControlledTurn { target: usize, controls: Pattern, rotation: Rotation },
    /// Rotates ((0, b), (1, 1 - b)) of the targets, for both values of b, under controls.
    ControlledCross { targets: [usize; 2], controls: Pattern, rotation: Rotation },
    /// Exchanges 0 and 1 of the target.
    Flip { target: usize, controls: Pattern },
    /// Whatever is none of these, on all the bits `support`.
    Step { support: usize, step: Box<Step> },
}

/// A circuit, lowered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lowered {
    /// In an order in which they can be done; those that share no bit, or are both diagonal on all that they share, commute.
    pub(super) ops: Vec<Op>,
    /// Which bit of the state stands for each qubit at the end.
    pub(super) bits: Vec<usize>,
}

impl Op {
    /// The bits that it is not diagonal on.
    pub(super) fn turned(&self) -> usize {
        match self {
            Op::Phase(_) => 0,
            Op::Turn { target, .. } | Op::ControlledTurn { target, .. } | Op::Flip { target, .. } => 1 << target,
            Op::Pair { targets: [first, second], .. } | Op::ControlledCross { targets: [first, second], .. } => 1 << first | 1 << second,
            Op::Step { support, .. } => *support,
        }
    }

    /// The bits that it depends on and is diagonal on.
    pub(super) fn read(&self) -> usize {
        match self {
            Op::Phase(phase) => phase.mask,
            Op::ControlledTurn { controls, .. } | Op::Flip { controls, .. } | Op::ControlledCross { controls, .. } => controls.mask,
            Op::Turn { .. } | Op::Pair { .. } | Op::Step { .. } => 0,
        }
    }
}
