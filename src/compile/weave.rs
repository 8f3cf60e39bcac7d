//! A circuit as strands that interactions tie together, so that what commutes can meet.
//!
//! On every qubit the interactions lie in layers. Those of one layer all act through the same axis, commute, and have no order;
//! between two layers stands a one-qubit unitary that moves the axis. An interaction that finds its own pair in the top layer of both
//! strands adds its angle to it, and two that undo each other vanish and lay open what was below.

use super::algebra::{Kind, NEGLIGIBLE, beside, product, product4, reduced, renormalized, zz_diagonal};
use super::kak::Kak;
use super::pieces::{Piece, Pieces};
use crate::gates::{Matrix2, matrix};
use smallvec::SmallVec;
use std::array::from_fn;

/// What a compiled circuit may do differently from its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Freedom {
    /// Every qubit starts in |0⟩.
    pub(super) start: bool,
    /// Every qubit is measured at the end.
    pub(super) end: bool,
    /// Swaps rename qubits instead of being played.
    pub(super) rename: bool,
}

impl Freedom {
    /// All of it, or none if the operation must stay the same.
    pub(super) fn of(exact: bool) -> Freedom {
        Freedom { start: !exact, end: !exact, rename: !exact }
    }
}

/// So many interactions of one pair in a row are more than any two-qubit unitary takes.
const ALWAYS_SHORTER: usize = 4;

/// Interactions tied between strands.
#[derive(Debug, Clone)]
pub(super) struct Weave {
    freedom: Freedom,
    /// The strand that carries each qubit now.
    carrier: Vec<usize>,
    pub(super) strands: Vec<Strand>,
    pub(super) knots: Vec<Knot>,
    /// The latest living knot of each pair of strands.
    latest: Vec<Option<usize>>,
    /// While a run is being written in fewer interactions.
    settling: bool,
}

/// What happens to one qubit.
#[derive(Debug, Clone)]
pub(super) struct Strand {
    pub(super) layers: Vec<Layer>,
    /// The unitary after the last layer.
    pub(super) rest: Matrix2,
}

/// Interactions that act through the same axis.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    /// The unitary between the layer before and this one.
    pub(super) before: Matrix2,
    /// Its knots, dead ones included.
    pub(super) knots: SmallVec<[usize; 2]>,
    /// How many live.
    living: usize,
}

/// An interaction `exp(-i·angle·Z⊗Z)`.
#[derive(Debug, Clone)]
pub(super) struct Knot {
    pub(super) strands: [usize; 2],
    /// The layer it lies in on either strand.
    pub(super) layers: [usize; 2],
    pub(super) angle: f64,
    pub(super) alive: bool,
    /// The knot of the same pair tied before this one.
    earlier: Option<usize>,
}

impl Knot {
    /// The layer it lies in on one of its strands.
    pub(super) fn layer_on(&self, strand: usize) -> usize {
        self.layers[usize::from(self.strands[1] == strand)]
    }
}

impl Weave {
    /// Weaves the pieces in time order. Afterwards a strand has the number of the qubit it ends as.
    pub(super) fn of(pieces: &Pieces, qubits: usize, freedom: Freedom) -> Weave {
        let strand = Strand { layers: Vec::new(), rest: matrix::IDENTITY };
        let mut weave = Weave {
            freedom,
            carrier: (0..qubits).collect(),
            strands: vec![strand; qubits],
            knots: Vec::new(),
            latest: vec![None; qubits * qubits],
            settling: false,
        };
        pieces.0.iter().for_each(|piece| weave.add(piece));
        if freedom.end {
            weave.forget_phases();
        }
        weave
    }

    /// The strand that ends as each qubit.
    pub(super) fn carriers(&self) -> &[usize] {
        &self.carrier
    }

    fn add(&mut self, piece: &Piece) {
        match *piece {
            Piece::One(qubit, unitary) => self.turn(self.carrier[qubit], &unitary),
            Piece::Zz([a, b], angle) => self.tie(self.carrier[a], self.carrier[b], angle),
            Piece::Swap([a, b]) if self.freedom.rename => self.carrier.swap(a, b),
            Piece::Swap([a, b]) => {
                let mut three = Pieces::default();
                three.cx(a, b);
                three.cx(b, a);
                three.cx(a, b);
                three.0.iter().for_each(|piece| self.add(piece));
            }
        }
    }

    fn turn(&mut self, strand: usize, unitary: &Matrix2) {
        let rest = &mut self.strands[strand].rest;
        *rest = renormalized(&product(unitary, rest));
    }

    /// Adds `exp(-i·angle·Z⊗Z)`.
    fn tie(&mut self, a: usize, b: usize, angle: f64) {
        let (angle, letters) = reduced(angle);
        if letters {
            self.turn(a, &matrix::Z);
            self.turn(b, &matrix::Z);
        }
        if angle.abs() < NEGLIGIBLE {
            return;
        }
        let signs = [a, b].map(|strand| Kind::of(&self.strands[strand].rest).sign());
        let fresh = [a, b].map(|strand| self.freedom.start && self.strands[strand].layers.is_empty());
        for (known, other) in [(0, 1), (1, 0)] {
            // Z of a qubit that is still |0⟩ or |1⟩ is a number.
            if let (true, Some(sign)) = (fresh[known], signs[known]) {
                return self.turn([a, b][other], &matrix::rz(crate::gates::Radians(2.0 * sign * angle)));
            }
        }
        if let [Some(sign_a), Some(sign_b)] = signs
            && let Some(knot) = self.meeting(a, b)
        {
            return self.tighten(knot, sign_a * sign_b * angle);
        }
        let (knot, mut signed) = (self.knots.len(), angle);
        let layers = [(a, signs[0]), (b, signs[1])].map(|(strand, sign)| {
            let Strand { layers, rest } = &mut self.strands[strand];
            match (sign, layers.is_empty()) {
                (Some(sign), false) => signed *= sign,
                _ => layers.push(Layer { before: std::mem::replace(rest, matrix::IDENTITY), knots: SmallVec::new(), living: 0 }),
            }
            let top = layers.len() - 1;
            layers[top].knots.push(knot);
            layers[top].living += 1;
            top
        });
        let pair = self.pair(a, b);
        let earlier = self.latest[pair].replace(knot);
        self.knots.push(Knot { strands: [a, b], layers, angle: signed, alive: true, earlier });
        self.settle(a, b);
    }

    /// Shortens a run on top that has this pair for itself once it has four knots, which is one too many for any run. Done at once, so
    /// that what it lays open can meet what comes next: passes over the whole circuit would uncover one layer each. Shorter runs wait
    /// for such a pass, since what comes next may still meet them as they are.
    fn settle(&mut self, a: usize, b: usize) {
        let run = self.run_on_top(a, b);
        if self.settling || run.len() < ALWAYS_SHORTER {
            return;
        }
        let local = |side: &dyn Fn(usize) -> Matrix2| beside(&side(a), &side(b));
        let mut unitary = beside(&matrix::IDENTITY, &matrix::IDENTITY);
        for &knot in run.iter().rev() {
            let Knot { angle, .. } = self.knots[knot];
            let before = local(&|strand| self.strands[strand].layers[self.knots[knot].layer_on(strand)].before);
            let diagonal = zz_diagonal(angle);
            unitary = product4(&before, &unitary);
            unitary = from_fn(|row| from_fn(|column| diagonal[row] * unitary[row][column]));
        }
        unitary = product4(&local(&|strand| self.strands[strand].rest), &unitary);
        let mut shorter = Pieces::default();
        Kak::of(&unitary).write([a, b], &mut shorter);
        if shorter.entanglers() >= run.len() {
            return;
        }
        run.into_iter().for_each(|knot| self.untie(knot));
        [a, b].into_iter().for_each(|strand| self.strands[strand].rest = matrix::IDENTITY);
        self.settling = true;
        for piece in shorter.0 {
            match piece {
                Piece::One(strand, unitary) => self.turn(strand, &unitary),
                Piece::Zz([a, b], angle) => self.tie(a, b, angle),
                Piece::Swap(_) => unreachable!("three interactions do all there is to do"),
            }
        }
        self.settling = false;
    }

    /// The knots on top that the two strands share with no other, the last one first.
    fn run_on_top(&self, a: usize, b: usize) -> SmallVec<[usize; 4]> {
        let alone = |strand: usize, depth: usize| {
            let layers = &self.strands[strand].layers;
            let layer = layers.len().checked_sub(depth + 1).map(|index| &layers[index]).filter(|layer| layer.living == 1)?;
            layer.knots.iter().copied().find(|&knot| self.knots[knot].alive)
        };
        (0..ALWAYS_SHORTER).map_while(|depth| alone(a, depth).filter(|knot| alone(b, depth) == Some(*knot))).collect()
    }

    fn pair(&self, a: usize, b: usize) -> usize {
        a.min(b) * self.strands.len() + a.max(b)
    }

    /// The knot of this pair that lies in the top layer of both.
    fn meeting(&self, a: usize, b: usize) -> Option<usize> {
        let knot = self.latest[self.pair(a, b)]?;
        self.is_on_top(knot).then_some(knot)
    }

    fn is_on_top(&self, knot: usize) -> bool {
        let Knot { strands, layers, alive, .. } = &self.knots[knot];
        *alive && (0..2).all(|side| layers[side] + 1 == self.strands[strands[side]].layers.len())
    }

    /// Adds to the angle of a knot on top.
    fn tighten(&mut self, knot: usize, angle: f64) {
        let (sum, letters) = reduced(self.knots[knot].angle + angle);
        let [a, b] = self.knots[knot].strands;
        if letters {
            self.turn(a, &matrix::Z);
            self.turn(b, &matrix::Z);
        }
        if sum.abs() < NEGLIGIBLE {
            self.untie(knot);
        } else {
            self.knots[knot].angle = sum;
        }
    }

    /// Takes a knot on top away, and the layers that are empty without it.
    fn untie(&mut self, knot: usize) {
        let [a, b] = self.knots[knot].strands;
        self.knots[knot].alive = false;
        let pair = self.pair(a, b);
        self.latest[pair] = self.knots[knot].earlier;
        for strand in [a, b] {
            let top = self.strands[strand].layers.last_mut().expect("the knot lies in it");
            top.living -= 1;
            if top.living == 0 {
                self.unravel(strand);
            }
        }
    }

    fn unravel(&mut self, strand: usize) {
        let Strand { layers, rest } = &mut self.strands[strand];
        let empty = layers.pop().expect("only a top layer is unraveled");
        *rest = renormalized(&product(rest, &empty.before));
    }

    /// Takes away what only turns phases before the measurement.
    fn forget_phases(&mut self) {
        let mut waiting: Vec<usize> = (0..self.strands.len()).collect();
        while let Some(strand) = waiting.pop() {
            let transparent = |weave: &Weave, strand: usize| Kind::of(&weave.strands[strand].rest) != Kind::Other;
            let Some(top) = self.strands[strand].layers.last() else { continue };
            if !transparent(self, strand) {
                continue;
            }
            for knot in top.knots.clone() {
                let strands = self.knots[knot].strands;
                if self.is_on_top(knot) && strands.iter().all(|&strand| transparent(self, strand)) {
                    self.untie(knot);
                    waiting.extend(strands);
                }
            }
        }
    }
}
