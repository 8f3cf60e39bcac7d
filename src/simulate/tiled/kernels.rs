//! The loops over a tile. All run on whole vectors: no kernel touches a bit below [`LANE_BITS`], which are inside one.

use crate::simulate::lower::{Pattern, Rotation};
use num_complex::Complex64;
use pulp::{Simd, WithSimd};

/// The bits of a tile that lie inside a vector of the widest kind, 64 bytes.
pub(super) const LANE_BITS: usize = 2;

/// The most bits that one [`Sweep::Quarters`] or [`Sweep::Turns`] works on: eight vectors leave room in sixteen registers.
pub(super) const BLOCK_BITS: usize = 3;

/// One walk over a tile; bits are the tile's.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sweep {
    /// `[[1, -1], [1, 1]]` on each bit; ascending.
    Quarters(Vec<usize>),
    /// A rotation of each bit; ascending.
    Turns(Vec<(usize, Rotation)>),
    /// A rotation of ((0, b), (1, 1 - b)) of two bits; without one, `[[1, -1], [1, 1]]`.
    Cross([usize; 2], Option<Rotation>),
    /// A rotation of one bit under controls.
    ControlledTurn(usize, Pattern, Rotation),
    /// The same of two.
    ControlledCross([usize; 2], Pattern, Rotation),
    /// Exchanges 0 and 1.
    Flip(usize, Pattern),
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
        let tile = vectors::<S>(self.tile);
        match self.sweep {
            Sweep::Quarters(bits) => match *bits.as_slice() {
                [a] => quarters::<S, 1, 2>(simd, tile, [stride::<S>(a)]),
                [a, b] => quarters::<S, 2, 4>(simd, tile, [stride::<S>(a), stride::<S>(b)]),
                [a, b, c] => quarters::<S, 3, 8>(simd, tile, [stride::<S>(a), stride::<S>(b), stride::<S>(c)]),
                _ => unreachable!("a block has one to {BLOCK_BITS} bits"),
            },
            Sweep::Turns(bits) => match *bits.as_slice() {
                [a] => turns::<S, 1, 2>(simd, tile, [a]),
                [a, b] => turns::<S, 2, 4>(simd, tile, [a, b]),
                [a, b, c] => turns::<S, 3, 8>(simd, tile, [a, b, c]),
                _ => unreachable!("a block has one to {BLOCK_BITS} bits"),
            },
            &Sweep::Cross(bits, rotation) => cross(simd, tile, bits, Pattern::default(), rotation),
            &Sweep::ControlledTurn(bit, controls, rotation) => turn(simd, tile, bit, controls, rotation),
            &Sweep::ControlledCross(bits, controls, rotation) => cross(simd, tile, bits, controls, Some(rotation)),
            &Sweep::Flip(bit, controls) => flip::<S>(tile, bit, controls),
        }
    }
}

/// A tile as vectors of numbers.
#[inline(always)]
pub(super) fn vectors<S: Simd>(tile: &mut [Complex64]) -> &mut [S::f64s] {
    S::as_mut_simd_f64s(pulp::bytemuck::cast_slice_mut(tile)).0
}

/// How many vectors lie between amplitudes that differ in a bit.
#[inline(always)]
fn stride<S: Simd>(bit: usize) -> usize {
    (2 << bit) / S::F64_LANES
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

/// `[[1, -1], [1, 1]]` on each of B bits.
#[inline(always)]
fn quarters<S: Simd, const B: usize, const N: usize>(simd: S, tile: &mut [S::f64s], strides: [usize; B]) {
    blocks::<S, B, N>(simd, tile, strides, |_, x, y| (simd.sub_f64s(x, y), simd.add_f64s(x, y)));
}

/// A rotation of each of B bits.
#[inline(always)]
fn turns<S: Simd, const B: usize, const N: usize>(simd: S, tile: &mut [S::f64s], bits: [(usize, Rotation); B]) {
    let mut strides = [0; B];
    let mut rotations = [Splat::new(simd, Rotation::QUARTER); B];
    for bit in 0..B {
        strides[bit] = stride::<S>(bits[bit].0);
        rotations[bit] = Splat::new(simd, bits[bit].1);
    }
    blocks::<S, B, N>(simd, tile, strides, |bit, x, y| rotations[bit].of(simd, x, y));
}

/// Takes N = 2^B vectors at a time into registers, and turns each pair that differs in one of the B bits.
///
/// Plain loops of constant length: they are unrolled, closures over arrays are not.
#[inline(always)]
fn blocks<S: Simd, const B: usize, const N: usize>(
    simd: S,
    tile: &mut [S::f64s],
    strides: [usize; B],
    turn: impl Fn(usize, S::f64s, S::f64s) -> (S::f64s, S::f64s),
) {
    let offsets: [usize; N] = offsets(strides);
    let mut fixed = 0;
    for stride in strides {
        fixed |= stride;
    }
    for_each(tile.len(), fixed, 0, |base| {
        let mut block = [simd.splat_f64s(0.0); N];
        for index in 0..N {
            block[index] = tile[base + offsets[index]];
        }
        for bit in 0..B {
            for pair in 0..N / 2 {
                let low = (pair >> bit << (bit + 1)) | (pair & ((1 << bit) - 1));
                let high = low | 1 << bit;
                (block[low], block[high]) = turn(bit, block[low], block[high]);
            }
        }
        for index in 0..N {
            tile[base + offsets[index]] = block[index];
        }
    });
}

#[inline(always)]
fn offsets<const B: usize, const N: usize>(strides: [usize; B]) -> [usize; N] {
    let mut offsets = [0; N];
    for index in 0..N {
        for bit in 0..B {
            offsets[index] += (index >> bit & 1) * strides[bit];
        }
    }
    offsets
}

/// A rotation in registers.
#[derive(Clone, Copy)]
struct Splat<S: Simd> {
    cos: S::f64s,
    sin: S::f64s,
}

impl<S: Simd> Splat<S> {
    #[inline(always)]
    fn new(simd: S, rotation: Rotation) -> Splat<S> {
        Splat { cos: simd.splat_f64s(rotation.cos), sin: simd.splat_f64s(rotation.sin) }
    }

    #[inline(always)]
    fn of(self, simd: S, x: S::f64s, y: S::f64s) -> (S::f64s, S::f64s) {
        let lower = simd.neg_mul_add_e(self.sin, y, simd.mul_f64s(self.cos, x));
        let upper = simd.mul_add_e_f64s(self.sin, x, simd.mul_f64s(self.cos, y));
        (lower, upper)
    }
}

/// What `pulp` has no name for.
trait More: Simd {
    /// c - a·b
    #[inline(always)]
    fn neg_mul_add_e(self, a: Self::f64s, b: Self::f64s, c: Self::f64s) -> Self::f64s {
        self.mul_add_e_f64s(self.neg_f64s(a), b, c)
    }
}

impl<S: Simd> More for S {}

/// The bits of a pattern in vectors.
#[inline(always)]
fn scaled<S: Simd>(pattern: Pattern) -> Pattern {
    Pattern { mask: pattern.mask * 2 / S::F64_LANES, value: pattern.value * 2 / S::F64_LANES }
}

#[inline(always)]
fn turn<S: Simd>(simd: S, tile: &mut [S::f64s], bit: usize, controls: Pattern, rotation: Rotation) {
    let (stride, Pattern { mask, value }) = (stride::<S>(bit), scaled::<S>(controls));
    let rotation = Splat::new(simd, rotation);
    for_each(tile.len(), stride | mask, value, |low| {
        (tile[low], tile[low | stride]) = rotation.of(simd, tile[low], tile[low | stride]);
    });
}

#[inline(always)]
fn cross<S: Simd>(simd: S, tile: &mut [S::f64s], bits: [usize; 2], controls: Pattern, rotation: Option<Rotation>) {
    let (first, second, Pattern { mask, value }) = (stride::<S>(bits[0]), stride::<S>(bits[1]), scaled::<S>(controls));
    let (fixed, both) = (first | second | mask, first | second);
    match rotation {
        None => for_each(tile.len(), fixed, value, |base| {
            let (x, y, u, v) = (tile[base], tile[base + both], tile[base + second], tile[base + first]);
            tile[base] = simd.sub_f64s(x, y);
            tile[base + both] = simd.add_f64s(x, y);
            tile[base + second] = simd.sub_f64s(u, v);
            tile[base + first] = simd.add_f64s(u, v);
        }),
        Some(rotation) => {
            let rotation = Splat::new(simd, rotation);
            for_each(tile.len(), fixed, value, |base| {
                let (x, y, u, v) = (tile[base], tile[base + both], tile[base + second], tile[base + first]);
                (tile[base], tile[base + both]) = rotation.of(simd, x, y);
                (tile[base + second], tile[base + first]) = rotation.of(simd, u, v);
            });
        }
    }
}

#[inline(always)]
fn flip<S: Simd>(tile: &mut [S::f64s], bit: usize, controls: Pattern) {
    let (stride, Pattern { mask, value }) = (stride::<S>(bit), scaled::<S>(controls));
    for_each(tile.len(), stride | mask, value, |low| tile.swap(low, low | stride));
}
