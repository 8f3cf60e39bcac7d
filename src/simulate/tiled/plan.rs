//! Which operations go into one pass over the state.

use super::order::Held;
use super::shape::Shape;
use crate::simulate::Stop;
use crate::simulate::lower::{Op, bits};
use rayon::prelude::*;

/// What is done in one pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pass {
    /// These operations, in this order, in tiles of these bits of the state.
    Tiles { worked: usize, tile: usize, ops: Vec<usize> },
    /// These phases, then one operation that needs the whole state.
    Whole { phases: Vec<usize>, op: usize },
}

/// From so many turned bits on a pass takes no more: quarter turns leave each amplitude up to √2 larger, which only the next pass makes
/// good, and its square is to be a number still.
const DEEPEST: usize = 1 << 9;

/// What a pass cannot do may be passed over so many times: what comes after it is left to later passes, and planning takes time in
/// proportion to the operations, whatever they are.
const FARTHEST: usize = 1 << 10;

/// Cuts a circuit into passes: the fewest of a few plans, each made greedily with some luck. Whoever is lucky early may have to pay for
/// it later, so a few plans find more than many choices in one. It is the same on any number of threads, and ends early at a raised stop.
pub(super) fn plan(ops: &[Op], shape: Shape, stop: &Stop) -> Vec<Pass> {
    const MOST: usize = 16;
    let plans = (1usize << shape.bits.saturating_sub(18).min(10)).min(MOST); // for a wide state a pass takes longer than a hundred of them
    let made = |luck| Plan::new(ops, shape, luck).take_while(|_| !stop.is_raised()).collect::<Vec<_>>();
    if plans == 1 {
        return made(0);
    }
    (0..plans as u64).into_par_iter().map(made).min_by_key(Vec::len).unwrap_or_default()
}

/// A plan on its way: each pass does as much as can be done at all by the best of a few choices of bits.
struct Plan<'o> {
    ops: &'o [Op],
    shape: Shape,
    /// The operations that are not in a pass yet, in order, from `start` on.
    left: Vec<usize>,
    start: usize,
    random: Random,
}

impl<'o> Plan<'o> {
    fn new(ops: &'o [Op], shape: Shape, luck: u64) -> Plan<'o> {
        Plan { ops, shape, left: (0..ops.len()).collect(), start: 0, random: Random(luck) }
    }

    /// How many choices are looked at.
    fn tries(&self) -> usize {
        (1usize << self.shape.bits.saturating_sub(14).min(10)).clamp(4, 16)
    }

    /// Takes operations out of those that are left. They are near the beginning, and so are those passed over that move up.
    fn take(&mut self, taken: &[usize]) {
        let Some(last) = taken.last() else { return };
        let end = self.start + self.left[self.start..].partition_point(|index| index <= last);
        let mut write = end;
        for read in (self.start..end).rev() {
            if taken.binary_search(&self.left[read]).is_err() {
                write -= 1;
                self.left[write] = self.left[read];
            }
        }
        self.start = write;
    }
}

impl Iterator for Plan<'_> {
    type Item = Pass;

    fn next(&mut self) -> Option<Pass> {
        let (ops, shape) = (self.ops, self.shape);
        let left = &self.left[self.start..];
        let ready = ready(ops, left, shape);
        let mut best = choose(ops, left, shape, 0);
        for _ in 1..self.tries() {
            let choice = choose(ops, left, shape, seeded(&ready, ops, shape, &mut self.random));
            if choice.gain > best.gain {
                best = choice;
            }
        }
        self.take(&best.ops);
        if best.gain > 0 {
            return Some(Pass::Tiles { worked: best.worked, tile: filled(best.worked, shape), ops: best.ops });
        }
        // What turns something and is the first to do so waits for nobody: it must be one that no tile is enough for. If there is none,
        // only phases are left, which nobody will see.
        let op = *self.left[self.start..].iter().find(|&&index| ops[index].turned() != 0)?;
        self.take(&[op]);
        Some(Pass::Whole { phases: best.ops, op })
    }
}

/// A choice of bits and what can be done with them.
#[derive(Debug, Default)]
struct Choice {
    worked: usize,
    /// Ascending.
    ops: Vec<usize>,
    /// How many of them turn something.
    gain: usize,
}

/// Everything that can be done with the bits `wanted` and whatever others still fit, first come, first served.
fn choose(ops: &[Op], left: &[usize], shape: Shape, wanted: usize) -> Choice {
    let mut choice = Choice { worked: wanted, ..Choice::default() };
    let mut held = Held::default();
    let mut passed = 0;
    for &index in left {
        if choice.gain >= DEEPEST {
            break;
        }
        let op = &ops[index];
        if held.lets(op) {
            match op {
                Op::Phase(_) => {
                    choice.ops.push(index);
                    continue;
                }
                Op::Step { .. } => {}
                op => {
                    let worked = choice.worked | op.turned() | op.read();
                    if shape.fits(worked) {
                        choice.worked = worked;
                        choice.ops.push(index);
                        choice.gain += op.turned().count_ones() as usize;
                        continue;
                    }
                }
            }
        }
        held.pass_over(op);
        passed += 1;
        if held.all_of(shape.all()) || passed == FARTHEST {
            break;
        }
    }
    choice
}

/// The operations on two bits or more that each of their bits meets next.
fn ready(ops: &[Op], left: &[usize], shape: Shape) -> Vec<usize> {
    let (mut met, mut ready) = (0, Vec::new());
    for &index in left.iter().take(FARTHEST) {
        let op = &ops[index];
        let bits = op.turned() | op.read();
        if op.turned() != 0 && bits.count_ones() > 1 {
            if met & bits == 0 {
                ready.push(index);
            }
            met |= bits;
        }
        if met == shape.all() {
            break;
        }
    }
    ready
}

/// The bits of as many of them as fit, at random.
fn seeded(ready: &[usize], ops: &[Op], shape: Shape, random: &mut Random) -> usize {
    let mut order = ready.to_vec();
    for last in (1..order.len()).rev() {
        order.swap(last, random.below(last + 1));
    }
    order.into_iter().fold(0, |wanted, index| {
        let with = wanted | ops[index].turned() | ops[index].read();
        if shape.fits(with) { with } else { wanted }
    })
}

/// The bits of a tile: those worked on, the lowest, and others up to its size, low ones first.
fn filled(worked: usize, shape: Shape) -> usize {
    let mut tile = worked | shape.run();
    for bit in bits(shape.all() & !tile) {
        if tile.count_ones() as usize >= shape.tile_bits {
            break;
        }
        tile |= 1 << bit;
    }
    tile
}

/// SplitMix64, for a plan that is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}
