//! The amplitudes of a small state and the loops over them.
//!
//! Four amplitudes lie together, their real parts and then their imaginary parts: a cache line, and two registers. A qubit below
//! [`LANES`] pairs amplitudes of one block, any other one pairs blocks.

use super::{ONE, ZERO};
use crate::gates::Matrix2;
use num_complex::Complex64;

/// How many qubits are inside a block.
pub(super) const LANES: usize = 2;

/// A number for each amplitude of a block.
type Lane = [f64; 1 << LANES];

/// Four amplitudes in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Block {
    pub(super) re: Lane,
    pub(super) im: Lane,
}

/// What becomes of a block: `y = keep·x + take·partner`, amplitude by amplitude.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Row {
    keep: Block,
    take: Block,
}

/// Which amplitudes a sweep acts on and how, in bits of their index.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Where {
    /// An amplitude's partner has these bits turned over; with none it has no partner.
    pub(super) flip: usize,
    /// The second of two matrices is for an odd number of these.
    pub(super) parity: usize,
    /// Bits that are fixed, and what they are.
    pub(super) fixed: usize,
    pub(super) values: usize,
}

/// A pass over the state that multiplies pairs of amplitudes by a matrix, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sweep {
    /// In bits of a block's index.
    blocks: Where,
    /// Which amplitude of a block is the partner's.
    low_flip: usize,
    /// Whether what is kept of an amplitude is the same real number everywhere.
    real: bool,
    /// Whether blocks of even and of odd parity stay as they are.
    idle: [bool; 2],
    /// By the parity, then for the block whose highest flipped bit is 0 and for its partner.
    rows: [[Row; 2]; 2],
}

fn odd(mask: usize) -> bool {
    mask.count_ones() % 2 == 1
}

impl Sweep {
    /// Multiplies each pair of amplitudes `j`, `j ^ flip`, where `j` is 0 in the highest bit of `flip`, by the first matrix if `j` has
    /// an even number of the bits `parity`, else by the second; without `flip`, each amplitude by the first entry of the matrix.
    pub(super) fn new(place: Where, matrices: &[Matrix2; 2]) -> Sweep {
        let low = (1 << LANES) - 1;
        let Where { flip, parity, fixed, values } = place;
        let blocks = Where { flip: flip >> LANES, parity: parity >> LANES, fixed: fixed >> LANES, values: values >> LANES };
        let [[[a, _], [_, d]], [[e, _], [_, h]]] = *matrices;
        let everywhere = fixed & low == 0 && (parity == 0 || (a == e && d == h));
        let real = flip != 0 && everywhere && a.im == 0.0 && d == a;
        let mut sweep = Sweep { blocks, low_flip: flip & low, real, idle: [false; 2], rows: Default::default() };
        let (flip, parity, fixed, values) = (flip & low, parity & low, fixed & low, values & low);
        let uniform = flip | parity | fixed == 0;
        sweep.idle = [0, 1].map(|which| uniform && blocks.flip == 0 && matrices[which][0][0] == ONE);
        for odd_block in 0..if blocks.parity == 0 { 1 } else { 2 } {
            if blocks.flip != 0 && uniform {
                let [[a, b], [c, d]] = matrices[odd_block];
                sweep.rows[odd_block] = [Row::uniform(a, b), Row::uniform(d, c)];
                continue;
            }
            for lane in 0..1 << LANES {
                let acts = lane & fixed == values;
                let which = |lane: usize| odd_block ^ usize::from(odd(lane & parity));
                let entries = |row: usize, lane: usize| match row {
                    0 => (matrices[which(lane)][0][0], matrices[which(lane)][0][1]),
                    _ => (matrices[which(lane ^ flip)][1][1], matrices[which(lane ^ flip)][1][0]),
                };
                let upper = flip != 0 && lane >> flip.ilog2() & 1 == 1;
                let sides = match blocks.flip {
                    0 => [usize::from(upper); 2],
                    _ => [0, 1],
                };
                for (side, row) in sides.into_iter().enumerate() {
                    let (keep, take) = if acts { entries(row, lane) } else { (ONE, ZERO) };
                    sweep.rows[odd_block][side].set(lane, keep, take);
                }
            }
        }
        sweep
    }

    /// Applies it.
    #[inline(always)]
    pub(super) fn apply<const FUSED: bool>(&self, state: &mut [Block]) {
        match (self.blocks.flip, self.low_flip, self.real) {
            (0, 0, _) => self.diagonal::<FUSED>(state),
            (0, 1, true) => self.inside::<FUSED, 1, true>(state),
            (0, 2, true) => self.inside::<FUSED, 2, true>(state),
            (0, _, true) => self.inside::<FUSED, 3, true>(state),
            (0, 1, false) => self.inside::<FUSED, 1, false>(state),
            (0, 2, false) => self.inside::<FUSED, 2, false>(state),
            (0, _, false) => self.inside::<FUSED, 3, false>(state),
            (_, 0, true) => self.across::<FUSED, 0, true>(state),
            (_, 1, true) => self.across::<FUSED, 1, true>(state),
            (_, 2, true) => self.across::<FUSED, 2, true>(state),
            (_, _, true) => self.across::<FUSED, 3, true>(state),
            (_, 0, false) => self.across::<FUSED, 0, false>(state),
            (_, 1, false) => self.across::<FUSED, 1, false>(state),
            (_, 2, false) => self.across::<FUSED, 2, false>(state),
            (_, _, false) => self.across::<FUSED, 3, false>(state),
        }
    }

    #[inline(always)]
    fn diagonal<const FUSED: bool>(&self, state: &mut [Block]) {
        for which in (0..2).filter(|&which| !self.idle[which]) {
            for block in self.blocks.walk(which, 0, state.len()) {
                state[block] = times::<FUSED>(&self.rows[which][0].keep, &state[block]);
            }
        }
    }

    #[inline(always)]
    fn inside<const FUSED: bool, const LOW: usize, const REAL: bool>(&self, state: &mut [Block]) {
        for which in 0..2 {
            for block in self.blocks.walk(which, 0, state.len()) {
                let x = state[block];
                state[block] = self.rows[which][0].of::<FUSED, REAL>(&x, &x.turned::<LOW>());
            }
        }
    }

    #[inline(always)]
    fn across<const FUSED: bool, const LOW: usize, const REAL: bool>(&self, state: &mut [Block]) {
        let flip = self.blocks.flip;
        for which in 0..2 {
            let [lower, upper] = &self.rows[which];
            for block in self.blocks.walk(which, 1 << flip.ilog2(), state.len()) {
                let (x, y) = (state[block], state[block ^ flip]);
                state[block] = lower.of::<FUSED, REAL>(&x, &y.turned::<LOW>());
                state[block ^ flip] = upper.of::<FUSED, REAL>(&y, &x.turned::<LOW>());
            }
        }
    }
}

impl Where {
    /// The indices below `length` that are as `fixed` wants them, are 0 in the bits `clear`, and have an even number of the bits
    /// `parity`, or an odd one.
    #[inline(always)]
    fn walk(&self, odd_ones: usize, clear: usize, length: usize) -> Walk {
        let (mut fixed, mut values) = (self.fixed | clear, self.values);
        let free = self.parity & !fixed;
        let settled = usize::from(odd(self.parity & values));
        let mut parity = 0;
        let none = match free.count_ones() {
            0 => settled != odd_ones,
            1 => {
                fixed |= free;
                values |= if settled != odd_ones { free } else { 0 };
                false
            }
            _ => {
                parity = self.parity;
                false
            }
        };
        Walk { index: if none { length } else { 0 }, length, fixed, values, parity, odd_ones }
    }
}

/// Counts in the bits that are not fixed.
struct Walk {
    index: usize,
    length: usize,
    fixed: usize,
    values: usize,
    /// Two bits or more that must add up as `odd_ones` says; none where that is sure already.
    parity: usize,
    odd_ones: usize,
}

impl Iterator for Walk {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        while self.index < self.length {
            let block = self.index | self.values;
            // Filling the fixed bits with ones lets the carry pass through them.
            self.index = ((self.index | self.fixed) + 1) & !self.fixed;
            if self.parity == 0 || usize::from(odd(block & self.parity)) == self.odd_ones {
                return Some(block);
            }
        }
        None
    }
}

impl Row {
    fn uniform(keep: Complex64, take: Complex64) -> Row {
        Row { keep: Block::of(keep), take: Block::of(take) }
    }

    fn set(&mut self, lane: usize, keep: Complex64, take: Complex64) {
        (self.keep.re[lane], self.keep.im[lane]) = (keep.re, keep.im);
        (self.take.re[lane], self.take.im[lane]) = (take.re, take.im);
    }

    #[inline(always)]
    fn of<const FUSED: bool, const REAL: bool>(&self, x: &Block, partner: &Block) -> Block {
        let mut y = Block::default();
        for lane in 0..1 << LANES {
            let (re, im) = match REAL {
                true => (self.keep.re[lane] * x.re[lane], self.keep.re[lane] * x.im[lane]),
                false => {
                    let (re, im) = (self.keep.re[lane] * x.re[lane], self.keep.re[lane] * x.im[lane]);
                    (sum::<FUSED>(-self.keep.im[lane], x.im[lane], re), sum::<FUSED>(self.keep.im[lane], x.re[lane], im))
                }
            };
            let re = sum::<FUSED>(self.take.re[lane], partner.re[lane], re);
            let im = sum::<FUSED>(self.take.re[lane], partner.im[lane], im);
            y.re[lane] = sum::<FUSED>(-self.take.im[lane], partner.im[lane], re);
            y.im[lane] = sum::<FUSED>(self.take.im[lane], partner.re[lane], im);
        }
        y
    }
}

impl Block {
    fn of(number: Complex64) -> Block {
        Block { re: [number.re; 1 << LANES], im: [number.im; 1 << LANES] }
    }

    /// The block with each amplitude where the partner is that has the bits `LOW` turned over.
    #[inline(always)]
    fn turned<const LOW: usize>(&self) -> Block {
        let turn = |x: &Lane| [x[LOW], x[1 ^ LOW], x[2 ^ LOW], x[3 ^ LOW]];
        Block { re: turn(&self.re), im: turn(&self.im) }
    }
}

/// The product, amplitude by amplitude.
#[inline(always)]
fn times<const FUSED: bool>(factor: &Block, x: &Block) -> Block {
    let mut y = Block::default();
    for lane in 0..1 << LANES {
        y.re[lane] = sum::<FUSED>(-factor.im[lane], x.im[lane], factor.re[lane] * x.re[lane]);
        y.im[lane] = sum::<FUSED>(factor.im[lane], x.re[lane], factor.re[lane] * x.im[lane]);
    }
    y
}

/// `a·b + c`, in one instruction where there is one.
#[inline(always)]
fn sum<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// |amplitude|² of each outcome, and their sum; an outcome's amplitude is found where the bits `turned` are turned over.
#[inline(always)]
pub(super) fn weigh<const FUSED: bool>(state: &[Block], turned: usize, weights: &mut [f64]) -> f64 {
    let (blocks, lane) = (turned >> LANES, turned & ((1 << LANES) - 1));
    let mut sums = [0.0; 1 << LANES];
    for (index, weights) in weights.chunks_exact_mut(1 << LANES).enumerate() {
        let block = &state[index ^ blocks];
        let mut squares = [0.0; 1 << LANES];
        for lane in 0..1 << LANES {
            squares[lane] = sum::<FUSED>(block.im[lane], block.im[lane], block.re[lane] * block.re[lane]);
            sums[lane] += squares[lane];
        }
        for (outcome, weight) in weights.iter_mut().enumerate() {
            *weight = squares[outcome ^ lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
