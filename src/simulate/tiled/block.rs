//! The amplitudes of a tile in vectors: real parts in one, imaginary parts in the next, so that nothing is shuffled to multiply them.

use crate::simulate::lower::Rotation;
use num_complex::Complex64;
use pulp::Simd;

/// The bits of a tile that lie inside a block of the widest kind, two vectors of 64 bytes.
pub(super) const LANE_BITS: usize = 3;

/// The real parts of as many amplitudes as there are numbers in a vector, and their imaginary parts.
pub(super) type Block<S> = [<S as Simd>::f64s; 2];

/// The memory of amplitudes, block by block; what does not fill a block is left out.
#[inline(always)]
pub(super) fn blocks<S: Simd>(amplitudes: &[Complex64]) -> &[Block<S>] {
    S::as_simd_f64s(bytemuck::cast_slice(amplitudes)).0.as_chunks().0
}

/// The same, to be written to.
#[inline(always)]
pub(super) fn blocks_mut<S: Simd>(amplitudes: &mut [Complex64]) -> &mut [Block<S>] {
    S::as_mut_simd_f64s(bytemuck::cast_slice_mut(amplitudes)).0.as_chunks_mut().0
}

/// Puts real and imaginary parts, which alternate in a state, apart; in some order, but always the same.
#[inline(always)]
pub(super) fn apart<S: Simd>(simd: S, alternating: Block<S>) -> Block<S> {
    simd.deinterleave_shfl_f64s(alternating)
}

/// Undoes [`apart`].
#[inline(always)]
pub(super) fn together<S: Simd>(simd: S, block: Block<S>) -> Block<S> {
    simd.interleave_shfl_f64s(block)
}

/// A number in every place.
#[inline(always)]
pub(super) fn splat<S: Simd>(simd: S, number: Complex64) -> Block<S> {
    [simd.splat_f64s(number.re), simd.splat_f64s(number.im)]
}

#[inline(always)]
pub(super) fn times<S: Simd>(simd: S, [a, b]: Block<S>, [re, im]: Block<S>) -> Block<S> {
    let real = simd.mul_add_e_f64s(a, re, simd.neg_f64s(simd.mul_f64s(b, im)));
    let imaginary = simd.mul_add_e_f64s(a, im, simd.mul_f64s(b, re));
    [real, imaginary]
}

#[inline(always)]
pub(super) fn sum_and_difference<S: Simd>(simd: S, x: Block<S>, y: Block<S>) -> (Block<S>, Block<S>) {
    ([simd.sub_f64s(x[0], y[0]), simd.sub_f64s(x[1], y[1])], [simd.add_f64s(x[0], y[0]), simd.add_f64s(x[1], y[1])])
}

/// A rotation in registers.
#[derive(Clone, Copy)]
pub(super) struct Splat<S: Simd> {
    cos: S::f64s,
    sin: S::f64s,
}

impl<S: Simd> Splat<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, rotation: Rotation) -> Splat<S> {
        Splat { cos: simd.splat_f64s(rotation.cos), sin: simd.splat_f64s(rotation.sin) }
    }

    #[inline(always)]
    pub(super) fn of(self, simd: S, x: Block<S>, y: Block<S>) -> (Block<S>, Block<S>) {
        let [sin_x, sin_y] = [
            [simd.mul_f64s(self.sin, x[0]), simd.mul_f64s(self.sin, x[1])],
            [simd.mul_f64s(self.sin, y[0]), simd.mul_f64s(self.sin, y[1])],
        ];
        let lower =
            [simd.mul_add_e_f64s(self.cos, x[0], simd.neg_f64s(sin_y[0])), simd.mul_add_e_f64s(self.cos, x[1], simd.neg_f64s(sin_y[1]))];
        let upper = [simd.mul_add_e_f64s(self.cos, y[0], sin_x[0]), simd.mul_add_e_f64s(self.cos, y[1], sin_x[1])];
        (lower, upper)
    }
}
