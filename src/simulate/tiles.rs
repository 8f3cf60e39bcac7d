//! How threads share a state without sharing an amplitude.
//!
//! The state is cut into tiles of consecutive amplitudes. A kernel names the tiles that it needs together; they become a [`Part`],
//! each part has its tiles for itself, and the parts run in parallel. Safe Rust all the way: a tile is a `&mut` slice and is
//! handed out once. The top qubit parallelises like any other, since it only pairs distant tiles.

use num_complex::Complex64;
use rayon::prelude::*;
use smallvec::SmallVec;

/// From this many qubits on, a state is cut into tiles and all threads work on it, whatever engine it is of.
///
/// Measured 2026-11-22 of the plain kernels with `cargo bench --bench apply` and 13 in this place, on two shared cores of an AMD EPYC
/// (Zen 3): two threads are 0.4 to 1.8 times as fast as one at 14 qubits, 0.6 to 1.9 at 15, 1.4 to 1.9 at 16.
pub(super) const PARALLEL_QUBITS: usize = 16;

/// How many qubits a tile spans: 64 KiB, two fit a second-level cache with room to spare.
const TILE_QUBITS: usize = 12;

/// How many qubits the tiles of a state of so many qubits span.
pub(super) fn tile_qubits(qubits: usize) -> usize {
    if qubits < PARALLEL_QUBITS { qubits } else { TILE_QUBITS }
}

/// The tiles that a kernel needs together.
pub(super) struct Part<'a> {
    /// Index of the first amplitude of the first tile.
    pub(super) first: usize,
    /// One tile for each offset, in their order.
    pub(super) tiles: SmallVec<[&'a mut [Complex64]; 4]>,
}

/// Which tiles belong together. All numbers are masks of amplitude indices; bits inside a tile are ignored.
pub(super) struct Layout<'a> {
    /// Bits that are 0 in the first tile of a part.
    pub(super) clear: usize,
    /// Bits that are 1 in every tile.
    pub(super) controls: usize,
    /// What takes the first tile to each tile of the part, by exclusive or; the first is 0.
    pub(super) offsets: &'a [usize],
}

/// Runs `work` on every part of the state.
pub(super) fn for_each_part(amplitudes: &mut [Complex64], tile_qubits: usize, layout: &Layout<'_>, work: impl Fn(Part<'_>) + Send + Sync) {
    if amplitudes.len() >> tile_qubits <= 1 {
        return work(Part { first: 0, tiles: SmallVec::from_iter([amplitudes]) });
    }
    let [clear, controls] = [layout.clear, layout.controls].map(|mask| mask >> tile_qubits);
    let mut tiles: Vec<_> = amplitudes.chunks_mut(1 << tile_qubits).map(Some).collect();
    let firsts = (0..tiles.len()).filter(|tile| tile & clear == 0 && tile & controls == controls);
    let parts: Vec<Part<'_>> = firsts
        .map(|first| {
            let take = |&offset: &usize| tiles[first ^ (offset >> tile_qubits)].take().expect("a tile belongs to one part");
            Part { first: first << tile_qubits, tiles: layout.offsets.iter().map(take).collect() }
        })
        .collect();
    parts.into_par_iter().for_each(work);
}

/// The starts of all runs of `run` indices below `length` in which the bits `clear` are 0 and the bits `set` are 1.
///
/// `run` is a power of two and at most the lowest of those bits.
pub(super) fn runs(length: usize, run: usize, clear: usize, set: usize) -> impl Iterator<Item = usize> {
    // Counts in the remaining bits: filling the others with ones lets the carry pass through them.
    let fixed = clear | set | (run - 1);
    std::iter::successors(Some(0), move |&index| Some(((index | fixed) + 1) & !fixed))
        .take_while(move |&index| index < length)
        .map(move |index| index | set)
}

/// The lowest bit of the mask, or `length` if there is none: how many indices in a row agree on all its bits.
pub(super) fn run_length(mask: usize, length: usize) -> usize {
    if mask == 0 { length } else { length.min(1 << mask.trailing_zeros()) }
}
