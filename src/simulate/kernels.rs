//! The four loops over a state that everything else is made of. Qubits are bits of an amplitude's index; `controls` are the bits
//! that must be 1 for anything to happen.

use super::tiles::{Layout, Part, for_each_part, run_length, runs};
use crate::gates::Matrix2;
use num_complex::Complex64;
use rayon::prelude::*;
use smallvec::SmallVec;

const ZERO: Complex64 = Complex64::new(0.0, 0.0);
const ONE: Complex64 = Complex64::new(1.0, 0.0);

/// A state, cut for the threads.
pub(super) struct View<'a> {
    /// 2^n amplitudes.
    pub(super) amplitudes: &'a mut [Complex64],
    /// How many qubits a tile spans; n or more for a single thread.
    pub(super) tile_qubits: usize,
}

fn odd(mask: usize) -> bool {
    mask.count_ones() % 2 == 1
}

/// Multiplies every amplitude by the first factor if its index has an even number of the bits `parity`, else by the second.
pub(super) fn phases(state: View<'_>, parity: usize, controls: usize, factors: [Complex64; 2]) {
    let layout = Layout { clear: 0, controls, offsets: &[0] };
    for_each_part(state.amplitudes, state.tile_qubits, &layout, |mut part| {
        let tile = &mut *part.tiles[0];
        let inside = tile.len() - 1;
        let run = run_length((parity | controls) & inside, tile.len());
        for start in runs(tile.len(), run, 0, controls & inside) {
            let factor = factors[usize::from(odd((part.first | start) & parity))];
            if factor != ONE {
                tile[start..start + run].iter_mut().for_each(|amplitude| *amplitude *= factor);
            }
        }
    });
}

/// Multiplies every pair of amplitudes `j`, `j ^ flip`, where `j` is 0 in the highest bit of `flip`, by the first matrix if `j` has
/// an even number of the bits `parity`, else by the second.
///
/// With one bit in `flip` this is a one-qubit gate; with two, and the lower of them as parity, a two-qubit gate that keeps
/// {00, 11} apart from {01, 10}, as `ms`, `xx`, `yy` and `swap` do; with any, a Pauli rotation.
pub(super) fn pairs(state: View<'_>, flip: usize, parity: usize, controls: usize, matrices: &[Matrix2; 2]) {
    let pivot = 1 << flip.ilog2();
    let identity = matrices.map(|matrix| matrix == crate::gates::matrix::IDENTITY);
    let offsets = [0, flip];
    let apart = flip >> state.tile_qubits != 0; // the pair lies in two tiles
    let layout = Layout { clear: pivot, controls, offsets: if apart { &offsets } else { &offsets[..1] } };
    for_each_part(state.amplitudes, state.tile_qubits, &layout, |part| {
        let Part { first, mut tiles } = part;
        let length = tiles[0].len();
        let inside = length - 1;
        let run = run_length((flip | parity | controls) & inside, length);
        let which = |start: usize| usize::from(odd((first | start) & parity));
        match tiles.as_mut_slice() {
            [tile] => {
                for start in runs(length, run, pivot, controls & inside) {
                    let which = which(start);
                    if !identity[which] {
                        let (below, above) = tile.split_at_mut(start ^ flip);
                        pair(&mut below[start..start + run], &mut above[..run], &matrices[which]);
                    }
                }
            }
            [lower, upper] => {
                for start in runs(length, run, 0, controls & inside) {
                    let which = which(start);
                    if !identity[which] {
                        let partner = start ^ (flip & inside);
                        pair(&mut lower[start..start + run], &mut upper[partner..partner + run], &matrices[which]);
                    }
                }
            }
            _ => unreachable!("a part has a tile for each offset, one or two"),
        }
    });
}

#[inline]
fn pair(lower: &mut [Complex64], upper: &mut [Complex64], [[a, b], [c, d]]: &Matrix2) {
    for (lower, upper) in lower.iter_mut().zip(upper) {
        (*lower, *upper) = (a * *lower + b * *upper, c * *lower + d * *upper);
    }
}

/// The most qubits of a [`dense`] matrix.
pub(super) const DENSE_QUBITS: usize = 6;

/// Multiplies by any matrix on up to [`DENSE_QUBITS`] qubits; row-major, the first of `qubits` is the lowest bit of its index.
pub(super) fn dense(state: View<'_>, qubits: &[usize], controls: usize, matrix: &[Complex64]) {
    let size = 1 << qubits.len();
    debug_assert!(qubits.len() <= DENSE_QUBITS && matrix.len() == size * size);
    let spread = |index: usize| qubits.iter().enumerate().fold(0, |mask, (bit, qubit)| mask | (index >> bit & 1) << qubit);
    let beyond = !0 << state.tile_qubits;
    let all = spread(size - 1);
    let offsets: SmallVec<[usize; 4]> = (0..size).map(spread).filter(|offset| offset & !beyond == 0).collect();
    // Row r of the matrix is found in the tile of its high bits, at the offset of its low bits.
    let tile_of = |mask: usize| offsets.iter().position(|&offset| offset == mask & beyond).expect("every subset of the high bits is there");
    let places: SmallVec<[(usize, usize); 4]> = (0..size).map(spread).map(|mask| (tile_of(mask), mask & !beyond)).collect();
    let layout = Layout { clear: all, controls, offsets: &offsets };
    for_each_part(state.amplitudes, state.tile_qubits, &layout, |mut part| {
        let length = part.tiles[0].len();
        let inside = length - 1;
        let mut old = [ZERO; 1 << DENSE_QUBITS];
        for start in runs(length, 1, all & inside, controls & inside) {
            for (old, &(tile, offset)) in old.iter_mut().zip(&places) {
                *old = part.tiles[tile][start | offset];
            }
            for (row, &(tile, offset)) in matrix.chunks_exact(size).zip(&places) {
                part.tiles[tile][start | offset] = row.iter().zip(&old).map(|(entry, old)| entry * old).sum();
            }
        }
    });
}

/// One term of a sum of Pauli strings, as an operator on indices: amplitude `j ^ flip` goes to `j`, times `weight`, times -1 if
/// `j ^ flip` has an odd number of the bits `parity`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    pub(super) flip: usize,
    pub(super) parity: usize,
    pub(super) weight: Complex64,
}

/// One step of a three-term recurrence: `next ← factor·(Σ terms)·current - next`, then `sum ← sum + coefficient·next`.
pub(super) fn recur(next: View<'_>, current: &[Complex64], sum: &mut [Complex64], terms: &[Term], factor: f64, coefficient: Complex64) {
    let length = next.amplitudes.len().min(1 << next.tile_qubits);
    let inside = length - 1;
    let work = |(tile, (next, sum)): (usize, (&mut [Complex64], &mut [Complex64]))| {
        next.iter_mut().for_each(|amplitude| *amplitude = -*amplitude);
        let first = tile * length;
        for term in terms {
            let run = run_length((term.flip | term.parity) & inside, length);
            for start in runs(length, run, 0, 0) {
                let source = (first | start) ^ term.flip;
                let sign = if odd(source & term.parity) { -factor } else { factor };
                let weight = term.weight * sign;
                let pairs = next[start..start + run].iter_mut().zip(&current[source..source + run]);
                pairs.for_each(|(next, current)| *next += weight * current);
            }
        }
        sum.iter_mut().zip(&*next).for_each(|(sum, next)| *sum += coefficient * next);
    };
    if next.amplitudes.len() == length {
        return work((0, (next.amplitudes, sum)));
    }
    next.amplitudes.par_chunks_mut(length).zip(sum.par_chunks_mut(length)).enumerate().for_each(work);
}
