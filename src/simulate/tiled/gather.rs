//! From the state into a tile and back.

use super::kernels::Real;
use super::program::Bits;
use crate::simulate::lower::bits;
use num_complex::Complex64;
use pulp::{Simd, WithSimd};

/// Where the amplitudes of a tile lie in the state, in runs of neighbours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Map {
    /// For each amplitude of a run its place in the tile; `None` if they are neighbours there too.
    run: Option<Vec<usize>>,
    length: usize,
    /// For each run its place in the state and in the tile.
    runs: Vec<[usize; 2]>,
}

impl Map {
    pub(super) fn new(tile: &Bits) -> Map {
        let mask: usize = tile.of_state.iter().fold(0, |mask, &bit| mask | 1 << bit);
        let run_bits = mask.trailing_ones() as usize;
        let place = |bit: usize| 1 << tile.of_state.iter().position(|&of_state| of_state == bit).expect("it is in the tile");
        let spread = |low: usize| bits(low).fold(0, |spread, bit| spread | place(bit));
        let run: Vec<usize> = (0..1 << run_bits).map(spread).collect();
        let neighbours = run.iter().enumerate().all(|(index, &at)| index == at);
        // Runs that are neighbours in the tile one after the other: its lines are filled while they are at hand.
        let high: Vec<usize> = tile.of_state.iter().copied().filter(|&bit| bit >= run_bits).collect();
        let of_run = |index: usize| high.iter().enumerate().filter(|(bit, _)| index >> bit & 1 == 1).fold([0, 0], |[state, at], (_, &bit)| [state | 1 << bit, at | place(bit)]);
        Map { run: (!neighbours).then_some(run), length: 1 << run_bits, runs: (0..1 << high.len()).map(of_run).collect() }
    }

    /// Reads the tile at `outside`, multiplied by a factor.
    pub(super) fn gather(&self, arch: pulp::Arch, state: &mut impl Runs, outside: usize, scale: f64, tile: &mut [Complex64]) {
        arch.dispatch(Gather { map: self, state, outside, scale, tile });
    }

    /// Writes it back.
    pub(super) fn scatter(&self, arch: pulp::Arch, tile: &[Complex64], outside: usize, state: &mut impl Runs) {
        arch.dispatch(Scatter { map: self, state, outside, tile });
    }
}

struct Gather<'a, R> {
    map: &'a Map,
    state: &'a mut R,
    outside: usize,
    scale: f64,
    tile: &'a mut [Complex64],
}

impl<R: Runs> WithSimd for Gather<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Gather { map, state, outside, scale, tile } = self;
        let factor = Real::new(simd, scale);
        for &[from, to] in &map.runs {
            let amplitudes = state.run(outside | from, map.length);
            match &map.run {
                None => copy_with::<S>(amplitudes, &mut tile[to..to + map.length], |vector| factor.times(simd, vector), |one| one * scale),
                Some(places) => places.iter().zip(amplitudes).for_each(|(place, amplitude)| tile[to | place] = *amplitude * scale),
            }
        }
    }
}

struct Scatter<'a, R> {
    map: &'a Map,
    state: &'a mut R,
    outside: usize,
    tile: &'a [Complex64],
}

impl<R: Runs> WithSimd for Scatter<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Scatter { map, state, outside, tile } = self;
        for &[to, from] in &map.runs {
            let amplitudes = state.run(outside | to, map.length);
            match &map.run {
                None => copy_with::<S>(&tile[from..from + map.length], amplitudes, |vector| vector, |one| one),
                Some(places) => places.iter().zip(amplitudes).for_each(|(place, amplitude)| *amplitude = tile[from | place]),
            }
        }
    }
}

/// A run, in whole vectors; for a few cache lines that is quicker than a call.
#[inline(always)]
fn copy_with<S: Simd>(
    from: &[Complex64],
    to: &mut [Complex64],
    vector: impl Fn(S::c64s) -> S::c64s,
    one: impl Fn(Complex64) -> Complex64,
) {
    let (from, to) = (S::as_simd_c64s(from), S::as_mut_simd_c64s(to));
    to.0.iter_mut().zip(from.0).for_each(|(to, from)| *to = vector(*from));
    to.1.iter_mut().zip(from.1).for_each(|(to, from)| *to = one(*from));
}

/// A state that gives out runs of its amplitudes.
pub(super) trait Runs {
    /// So many amplitudes from `start` on.
    fn run(&mut self, start: usize, length: usize) -> &mut [Complex64];
}

impl Runs for &mut [Complex64] {
    fn run(&mut self, start: usize, length: usize) -> &mut [Complex64] {
        &mut self[start..start + length]
    }
}

/// A state whose tiles are worked on by many threads, each tile by one.
#[derive(Clone, Copy)]
pub(super) struct Shared<'s> {
    pointer: *mut Complex64,
    length: usize,
    _state: std::marker::PhantomData<&'s mut [Complex64]>,
}

// SAFETY: it is a unique borrow of plain numbers, and whoever takes runs out of it on several threads promises that they are apart.
#[allow(unsafe_code)]
unsafe impl Send for Shared<'_> {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Sync for Shared<'_> {}

impl<'s> Shared<'s> {
    pub(super) fn new(state: &'s mut [Complex64]) -> Shared<'s> {
        Shared { pointer: state.as_mut_ptr(), length: state.len(), _state: std::marker::PhantomData }
    }

    /// The runs of one tile.
    ///
    /// # Safety
    /// No amplitude that is asked for is asked for by anybody else at the same time.
    #[allow(unsafe_code)]
    pub(super) unsafe fn tile(self) -> Apart<'s> {
        Apart(self)
    }
}

/// The part of a [`Shared`] state that nobody else looks at.
pub(super) struct Apart<'s>(Shared<'s>);

impl Runs for Apart<'_> {
    #[allow(unsafe_code)]
    fn run(&mut self, start: usize, length: usize) -> &mut [Complex64] {
        assert!(start + length <= self.0.length);
        // SAFETY: in bounds as just asserted, and nobody else has these amplitudes by the promise given to `Shared::tile`.
        unsafe { std::slice::from_raw_parts_mut(self.0.pointer.add(start), length) }
    }
}
