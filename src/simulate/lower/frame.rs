//! What has not been done yet, and need not be before something else is.

use super::{NEGLIGIBLE, Op, Pattern, Phase, Rotation};
use crate::gates::Matrix2;
use num_complex::Complex64;
use std::f64::consts::PI;

/// The most flipped bits that a phase is written out for; each doubles the number of its terms.
const MOST_FLIPPED: u32 = 2;

/// The bits of a state, what they stand for, and the phases that are put off.
#[derive(Debug)]
pub(super) struct Frame {
    ops: Vec<Op>,
    phases: Vec<Phase>,
    /// Bits that stand for the opposite of what they are.
    flipped: usize,
}

/// A one-qubit gate up to a phase: `exp(i·before)` on 1, the rotation, `exp(i·after)` on 1; all times `exp(i·global)`.
struct Euler {
    before: f64,
    rotation: Rotation,
    after: f64,
    global: f64,
}

fn euler(&[[a, b], [c, d]]: &Matrix2) -> Euler {
    let (cos, sin) = (a.norm(), c.norm());
    if sin < NEGLIGIBLE {
        return Euler { before: d.arg() - a.arg(), rotation: Rotation::NONE, after: 0.0, global: a.arg() };
    }
    if cos < NEGLIGIBLE {
        // [[0, b], [c, 0]] = [[0, -1], [1, 0]] · diag(c, -b)
        return Euler { before: (-b).arg() - c.arg(), rotation: Rotation { cos: 0.0, sin: 1.0 }, after: 0.0, global: c.arg() };
    }
    let global = a.arg();
    Euler { before: (-b).arg() - global, rotation: Rotation::new(cos, sin), after: c.arg() - global, global }
}

impl Frame {
    pub(super) fn new(capacity: usize) -> Frame {
        Frame { ops: Vec::with_capacity(capacity), phases: Vec::new(), flipped: 0 }
    }

    /// Ends; the phases that are left do not show, and flips that are left are done.
    pub(super) fn finish(mut self) -> Vec<Op> {
        self.phases.clear();
        self.settle(usize::MAX);
        self.ops
    }

    /// Does the flips of these bits, so that they stand for what they are.
    pub(super) fn settle(&mut self, mask: usize) {
        for target in bits(self.flipped & mask) {
            self.push(1 << target, Op::Flip { target, controls: Pattern::default() });
        }
        self.flipped &= !mask;
    }

    /// Does something that is not diagonal on the bits `turned`: phases on them cannot wait any longer.
    pub(super) fn push(&mut self, turned: usize, op: Op) {
        let ops = &mut self.ops;
        self.phases.retain(|phase| {
            let waits = phase.mask & turned == 0;
            if !waits {
                ops.push(Op::Phase(*phase));
            }
            waits
        });
        self.ops.push(op);
    }

    /// Multiplies by `exp(i·angle)` where all of `mask` are 1, as the bits stand.
    pub(super) fn phase(&mut self, mask: usize, angle: f64) {
        if mask == 0 || angle == 0.0 {
            return;
        }
        let mut flipped = mask & self.flipped;
        if flipped.count_ones() > MOST_FLIPPED {
            self.settle(mask);
            flipped = 0;
        }
        // A flipped bit is 1 where it is 0: 1 - b for b.
        let mut subset = flipped;
        loop {
            let sign = if subset.count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
            self.add(mask & !flipped | subset, sign * angle);
            if subset == 0 {
                return;
            }
            subset = (subset - 1) & flipped;
        }
    }

    fn add(&mut self, mask: usize, angle: f64) {
        if mask == 0 || angle == 0.0 {
            return; // of the whole state
        }
        match self.phases.iter_mut().find(|phase| phase.mask == mask) {
            Some(phase) => phase.angle += angle,
            None => self.phases.push(Phase { mask, angle }),
        }
    }

    fn pattern(&self, controls: usize) -> Pattern {
        Pattern { mask: controls, value: controls & !self.flipped }
    }

    /// A one-qubit gate.
    pub(super) fn one(&mut self, matrix: &Matrix2, target: usize) {
        let (before, rotation) = self.turned(matrix, target);
        if rotation != Rotation::NONE {
            // What comes after it waits by itself already.
            let after = self.take(target);
            self.push(1 << target, Op::Turn { target, before, rotation });
            self.add(1 << target, after);
        } else {
            self.add(1 << target, before);
        }
    }

    /// Gates on each of two bits, then `exp(-i·angle·G(φ₀)⊗G(φ₁))`, by the two phases and the rotation that it is.
    pub(super) fn pair(&mut self, targets: [usize; 2], gates: [Option<Matrix2>; 2], phases: [f64; 2], cross: Rotation) {
        let none = (0.0, Rotation::NONE);
        let [first, second] = [0, 1].map(|k| gates[k].map_or(none, |matrix| self.turned(&matrix, targets[k])));
        let [a, b] = targets.map(|target| 1 << target);
        self.phase(a, -phases[0]);
        self.phase(b, -phases[1]);
        let between = targets.map(|target| self.take(target));
        let (before, turns) = ([first.0, second.0], [first.1, second.1]);
        let merged = [0, 1].map(|k| if turns[k] == Rotation::NONE { before[k] + between[k] } else { between[k] });
        let before = [0, 1].map(|k| if turns[k] == Rotation::NONE { 0.0 } else { before[k] });
        let cross = if self.flipped & a == 0 { cross } else { cross.inverse() };
        self.push(a | b, Op::Pair { targets, before, turns, between: merged, cross });
        self.phase(a, phases[0]);
        self.phase(b, phases[1]);
    }

    /// A one-qubit gate as a phase on 1 and a rotation, or no rotation; the phase after it waits.
    fn turned(&mut self, matrix: &Matrix2, target: usize) -> (f64, Rotation) {
        let bit = 1 << target;
        let Euler { before, rotation, after, .. } = euler(matrix);
        self.phase(bit, before);
        if rotation.cos == 0.0 {
            // [[0, -1], [1, 0]] is a flip after a sign.
            self.phase(bit, PI);
            self.flip(target, 0);
            return (self.take(target), Rotation::NONE);
        }
        let rotation = match self.flipped & bit == 0 {
            true => rotation,
            false if rotation.sin == 0.0 => Rotation::NONE,
            false => rotation.inverse(),
        };
        let before = self.take(target);
        self.phase(bit, after);
        (before, rotation)
    }

    /// The phase that waits on a bit alone; from now on there is none.
    fn take(&mut self, target: usize) -> f64 {
        match self.phases.iter().position(|phase| phase.mask == 1 << target) {
            Some(index) => self.phases.swap_remove(index).angle,
            None => 0.0,
        }
    }

    /// A one-qubit gate where all `controls` are 1.
    pub(super) fn controlled(&mut self, matrix: &Matrix2, target: usize, controls: usize) {
        let bit = 1 << target;
        let Euler { before, rotation, after, global } = euler(matrix);
        self.phase(controls, global);
        self.phase(controls | bit, before);
        if rotation.cos == 0.0 {
            self.phase(controls | bit, PI);
            self.flip(target, controls);
        } else if rotation.sin != 0.0 {
            let rotation = if self.flipped & bit == 0 { rotation } else { rotation.inverse() };
            self.push(bit, Op::ControlledTurn { target, controls: self.pattern(controls), rotation });
        }
        self.phase(controls | bit, after);
    }

    /// Exchanges 0 and 1 of the target where all `controls` are 1.
    pub(super) fn flip(&mut self, target: usize, controls: usize) {
        match controls {
            0 => self.flipped ^= 1 << target,
            _ => self.push(1 << target, Op::Flip { target, controls: self.pattern(controls) }),
        }
    }

    /// The interaction of [`Frame::pair`] where all `controls` are 1.
    pub(super) fn controlled_cross(&mut self, targets: [usize; 2], phases: [f64; 2], cross: Rotation, controls: usize) {
        let [first, second] = targets.map(|target| 1 << target);
        self.phase(first, -phases[0]);
        self.phase(second, -phases[1]);
        let rotation = if self.flipped & first == 0 { cross } else { cross.inverse() };
        self.push(first | second, Op::ControlledCross { targets, controls: self.pattern(controls), rotation });
        self.phase(first, phases[0]);
        self.phase(second, phases[1]);
    }

    /// A diagonal on two bits where all `controls` are 1, by the angles of 00, 10, 01 and 11, the first bit first.
    pub(super) fn diagonal(&mut self, [first, second]: [usize; 2], angles: [f64; 4], controls: usize) {
        let [none, one, other, both] = angles;
        let [first, second] = [1 << first, 1 << second];
        self.phase(controls, none);
        self.phase(controls | first, one - none);
        self.phase(controls | second, other - none);
        self.phase(controls | first | second, both - one - other + none);
    }
}

/// The bits of a mask, ascending.
pub(in crate::simulate) fn bits(mask: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(mask), |mask| Some(mask & mask.wrapping_sub(1)))
        .take_while(|&mask| mask != 0)
        .map(|mask| mask.trailing_zeros() as usize)
}

/// What a gate on two qubits is that keeps {00, 11} apart from {01, 10}.
pub(super) enum Crossed {
    /// Diagonal, by the angles of 00, 10, 01, 11.
    Diagonal([f64; 4]),
    /// `exp(-i·angle·G(φ₀)⊗G(φ₁))` with `G(φ) = cos φ·X + sin φ·Y`, by phases and rotation of half the angle.
    Interaction([f64; 2], Rotation),
    /// An exchange of the qubits.
    Swap,
}

/// Recognizes a matrix, index = `bit(first) + 2·bit(second)`; `None` if it is something else.
pub(super) fn crossed(m: &crate::gates::Matrix4) -> Option<Crossed> {
    let near = |a: Complex64, b: Complex64| (a - b).norm() < NEGLIGIBLE;
    let zero = |row: usize, column: usize| m[row][column].norm() < NEGLIGIBLE;
    if !(0..4).all(|row| (0..4).all(|column| row == column || row + column == 3 || zero(row, column))) {
        return None;
    }
    if zero(0, 3) && zero(3, 0) && zero(1, 2) && zero(2, 1) {
        return Some(Crossed::Diagonal([0, 1, 2, 3].map(|index| m[index][index].arg())));
    }
    let one = Complex64::new(1.0, 0.0);
    if [m[0][0], m[3][3], m[1][2], m[2][1]].into_iter().all(|entry| near(entry, one)) {
        return Some(Crossed::Swap);
    }
    let cos = m[0][0].re;
    let same = (0..4).all(|index| near(m[index][index], Complex64::new(cos, 0.0)));
    let sin = m[3][0].norm();
    let paired = near(m[0][3], -m[3][0].conj()) && near(m[2][1], -m[1][2].conj()) && (m[1][2].norm() - sin).abs() < NEGLIGIBLE;
    if !(same && paired) {
        return None;
    }
    // The way from 00 to 11 has -i·sin·exp(i(φ₀ + φ₁)), that from 01 to 10 (first bit first) -i·sin·exp(i(φ₀ - φ₁)).
    let turned = |entry: Complex64| (entry * Complex64::new(0.0, 1.0)).arg();
    let (sum, difference) = (turned(m[3][0]), turned(m[1][2]));
    Some(Crossed::Interaction([(sum + difference) / 2.0, (sum - difference) / 2.0], Rotation::new(cos, sin)))
}
