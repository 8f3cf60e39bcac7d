//! The loops over a tile. All run on whole blocks: no kernel touches a bit below [`LANE_BITS`](super::block::LANE_BITS), which are inside
//! one.

use super::block::{Block, Splat, blocks_mut, splat, sum_and_difference, times};
use crate::simulate::lower::{Pattern, Rotation};
use num_complex::Complex64;
use pulp::{Simd, WithSimd};

/// One walk over a tile; bits are the tile's.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sweep {
    /// A phase, then a rotation, of one bit.
    Turn { bit: usize, before: f64, rotation: Rotation },
    /// The same of two bits, then phases again, then a rotation of ((0, b), (1, 1 - b)).
    Pair(Pair),
    /// A rotation of one bit under controls.
    ControlledTurn(usize, Pattern, Rotation),
    /// A rotation of ((0, b), (1, 1 - b)) under controls.
    ControlledCross([usize; 2], Pattern, Rotation),
    /// Exchanges 0 and 1.
    Flip(usize, Pattern),
}

/// What is done to two bits while they are in registers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub(super) bits: [usize; 2],
    pub(super) before: Option<Factors>,
    pub(super) turns: [Rotation; 2],
    pub(super) between: Factors,
    pub(super) cross: Rotation,
}

/// What amplitudes are multiplied by where one of two bits is 1, where the other is, and where both are.
pub(super) type Factors = [Complex64; 3];

/// The factors of a phase for each of two bits.
pub(super) fn factors([first, second]: [f64; 2]) -> Factors {
    [first, second, first + second].map(|angle| Complex64::from_polar(1.0, angle))
}

impl Sweep {
    /// The bits that it turns or reads.
    pub(super) fn bits(&self) -> usize {
        match self {
            Sweep::Turn { bit, .. } => 1 << bit,
            Sweep::Pair(Pair { bits: [a, b], .. }) => 1 << a | 1 << b,
            Sweep::ControlledTurn(bit, controls, _) | Sweep::Flip(bit, controls) => 1 << bit | controls.mask,
            Sweep::ControlledCross([a, b], controls, _) => 1 << a | 1 << b | controls.mask,
        }
    }

    /// How often the amplitudes come out multiplied by √2, since sums and differences are enough.
    pub(super) fn doublings(&self) -> u32 {
        match self {
            Sweep::Turn { rotation, .. } => u32::from(rotation.is_quarter()),
            Sweep::Pair(pair) => {
                2 * u32::from(Kind::of_turns(pair.turns) == Kind::Quarter) + u32::from(Kind::of(pair.cross) == Kind::Quarter)
            }
            Sweep::ControlledTurn(..) | Sweep::ControlledCross(..) | Sweep::Flip(..) => 0,
        }
    }
}

/// How much work a rotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    /// Sums and differences.
    Quarter,
    Any,
}

impl Kind {
    fn of(rotation: Rotation) -> Kind {
        match rotation {
            Rotation::NONE => Kind::None,
            rotation if rotation.is_quarter() => Kind::Quarter,
            _ => Kind::Any,
        }
    }

    fn of_turns([first, second]: [Rotation; 2]) -> Kind {
        match (Kind::of(first), Kind::of(second)) {
            (Kind::None, Kind::None) => Kind::None,
            (Kind::Quarter, Kind::Quarter) => Kind::Quarter,
            _ => Kind::Any,
        }
    }
}

/// A sweep over a tile, for whatever vectors there are.
pub(super) struct Apply<'a> {
    pub(super) sweep: &'a Sweep,
    pub(super) tile: &'a mut [Complex64],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let tile = blocks_mut::<S>(self.tile);
        match self.sweep {
            &Sweep::Turn { bit, before, rotation } => match (before != 0.0, rotation.is_quarter()) {
                (false, false) => turn::<S, false, false>(simd, tile, bit, before, rotation),
                (false, true) => turn::<S, false, true>(simd, tile, bit, before, rotation),
                (true, false) => turn::<S, true, false>(simd, tile, bit, before, rotation),
                (true, true) => turn::<S, true, true>(simd, tile, bit, before, rotation),
            },
            Sweep::Pair(pair) => whole_pair(simd, tile, pair),
            &Sweep::ControlledTurn(bit, controls, rotation) => controlled_turn(simd, tile, bit, controls, rotation),
            &Sweep::ControlledCross(bits, controls, rotation) => controlled_cross(simd, tile, bits, controls, rotation),
            &Sweep::Flip(bit, controls) => flip::<S>(tile, bit, controls),
        }
    }
}

/// How many blocks lie between amplitudes that differ in a bit.
#[inline(always)]
fn stride<S: Simd>(bit: usize) -> usize {
    (1 << bit) / S::F64_LANES
}

/// The bits of a pattern in blocks.
#[inline(always)]
fn scaled<S: Simd>(pattern: Pattern) -> Pattern {
    Pattern { mask: pattern.mask / S::F64_LANES, value: pattern.value / S::F64_LANES }
}

/// All indices below `length` in which the bits `fixed` are those of `value`, ascending.
#[inline(always)]
fn for_each(length: usize, fixed: usize, value: usize, mut work: impl FnMut(usize)) {
    let mut index = 0;
    while index < length {
        work(index | value);
        index = ((index | fixed) + 1) & !fixed; // the carry passes through the fixed bits
    }
}

#[inline(always)]
fn turn<S: Simd, const PHASE: bool, const QUARTER: bool>(simd: S, tile: &mut [Block<S>], bit: usize, before: f64, rotation: Rotation) {
    let stride = stride::<S>(bit);
    let phase = splat(simd, Complex64::from_polar(1.0, before));
    let rotation = Splat::new(simd, rotation);
    for_each(tile.len(), stride, 0, |low| {
        let (x, mut y) = (tile[low], tile[low + stride]);
        if PHASE {
            y = times(simd, phase, y);
        }
        (tile[low], tile[low + stride]) = if QUARTER { sum_and_difference(simd, x, y) } else { rotation.of(simd, x, y) };
    });
}

#[inline(always)]
fn whole_pair<S: Simd>(simd: S, tile: &mut [Block<S>], pair: &Pair) {
    match (pair.before.is_some(), Kind::of_turns(pair.turns), Kind::of(pair.cross)) {
        (true, Kind::Quarter, Kind::Quarter) => self::pair::<S, true, 1, 1>(simd, tile, pair),
        (false, Kind::Quarter, Kind::Quarter) => self::pair::<S, false, 1, 1>(simd, tile, pair),
        (true, Kind::Quarter, _) => self::pair::<S, true, 1, 2>(simd, tile, pair),
        (false, Kind::Quarter, _) => self::pair::<S, false, 1, 2>(simd, tile, pair),
        (_, Kind::None, Kind::Quarter) => self::pair::<S, false, 0, 1>(simd, tile, pair),
        (_, Kind::None, _) => self::pair::<S, false, 0, 2>(simd, tile, pair),
        (true, Kind::Any, Kind::Quarter) => self::pair::<S, true, 2, 1>(simd, tile, pair),
        (false, Kind::Any, Kind::Quarter) => self::pair::<S, false, 2, 1>(simd, tile, pair),
        (true, Kind::Any, _) => self::pair::<S, true, 2, 2>(simd, tile, pair),
        (false, Kind::Any, _) => self::pair::<S, false, 2, 2>(simd, tile, pair),
    }
}

/// Four blocks in registers; `TURNS` and `CROSS` are 0 for none, 1 for sums and differences, 2 for any rotation.
#[inline(always)]
fn pair<S: Simd, const PHASES: bool, const TURNS: u8, const CROSS: u8>(simd: S, tile: &mut [Block<S>], pair: &Pair) {
    let (first, second) = (stride::<S>(pair.bits[0]), stride::<S>(pair.bits[1]));
    let before = pair.before.unwrap_or_default().map(|factor| splat(simd, factor));
    let between = pair.between.map(|factor| splat(simd, factor));
    let (first_turn, second_turn, cross) = (Splat::new(simd, pair.turns[0]), Splat::new(simd, pair.turns[1]), Splat::new(simd, pair.cross));
    for_each(tile.len(), first | second, 0, |base| {
        let (mut none, mut one, mut other, mut both) = (tile[base], tile[base + first], tile[base + second], tile[base + first + second]);
        if PHASES {
            one = times(simd, before[0], one);
            other = times(simd, before[1], other);
            both = times(simd, before[2], both);
        }
        if TURNS == 1 {
            (none, one) = sum_and_difference(simd, none, one);
            (other, both) = sum_and_difference(simd, other, both);
            (none, other) = sum_and_difference(simd, none, other);
            (one, both) = sum_and_difference(simd, one, both);
        }
        if TURNS == 2 {
            (none, one) = first_turn.of(simd, none, one);
            (other, both) = first_turn.of(simd, other, both);
            (none, other) = second_turn.of(simd, none, other);
            (one, both) = second_turn.of(simd, one, both);
        }
        one = times(simd, between[0], one);
        other = times(simd, between[1], other);
        both = times(simd, between[2], both);
        (none, both) = if CROSS == 1 { sum_and_difference(simd, none, both) } else { cross.of(simd, none, both) };
        (other, one) = if CROSS == 1 { sum_and_difference(simd, other, one) } else { cross.of(simd, other, one) };
        tile[base] = none;
        tile[base + first] = one;
        tile[base + second] = other;
        tile[base + first + second] = both;
    });
}

#[inline(always)]
fn controlled_turn<S: Simd>(simd: S, tile: &mut [Block<S>], bit: usize, controls: Pattern, rotation: Rotation) {
    let (stride, Pattern { mask, value }) = (stride::<S>(bit), scaled::<S>(controls));
    let rotation = Splat::new(simd, rotation);
    for_each(tile.len(), stride | mask, value, |low| {
        (tile[low], tile[low + stride]) = rotation.of(simd, tile[low], tile[low + stride]);
    });
}

#[inline(always)]
fn controlled_cross<S: Simd>(simd: S, tile: &mut [Block<S>], bits: [usize; 2], controls: Pattern, rotation: Rotation) {
    let (first, second, Pattern { mask, value }) = (stride::<S>(bits[0]), stride::<S>(bits[1]), scaled::<S>(controls));
    let rotation = Splat::new(simd, rotation);
    for_each(tile.len(), first | second | mask, value, |base| {
        let (none, one, other, both) = (tile[base], tile[base + first], tile[base + second], tile[base + first + second]);
        (tile[base], tile[base + first + second]) = rotation.of(simd, none, both);
        (tile[base + second], tile[base + first]) = rotation.of(simd, other, one);
    });
}

#[inline(always)]
fn flip<S: Simd>(tile: &mut [Block<S>], bit: usize, controls: Pattern) {
    let (stride, Pattern { mask, value }) = (stride::<S>(bit), scaled::<S>(controls));
    for_each(tile.len(), stride | mask, value, |low| tile.swap(low, low + stride));
}
