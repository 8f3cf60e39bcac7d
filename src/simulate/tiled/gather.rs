//! From the state into a tile and back.

use super::block::{Block, LANE_BITS, apart, blocks, blocks_mut, splat, times, together};
use super::phases::{Factors, ROW};
use super::shape::{Bits, LINE, RUN_BITS};
use crate::simulate::lower::bits;
use num_complex::Complex64;
use pulp::{Simd, WithSimd};

/// Where the amplitudes of a tile lie in the state, in runs of neighbours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Map {
    /// The bits of the state that are in a tile: its amplitudes differ from one another in these alone.
    tile: usize,
    order: Order,
    /// How many amplitudes a run has.
    length: usize,
    /// For each run, or for each eight, its place in the state and in the tile.
    runs: Vec<[usize; 2]>,
}

/// How a run lies in the tile.
#[derive(Debug, Clone, PartialEq)]
enum Order {
    /// As in the state.
    Same,
    /// Eight runs, so far apart in the state, are interleaved.
    Eight([usize; LANES]),
    /// The amplitudes of a run, [`RUN`] of them, change places among themselves.
    Within([usize; RUN]),
    /// Each amplitude has its place.
    Any(Vec<usize>),
}

/// How many amplitudes lie side by side inside a block.
const LANES: usize = 1 << LANE_BITS;

/// The amplitudes of a run: four cache lines.
const RUN: usize = 1 << RUN_BITS;

/// How many runs ahead are fetched.
const AHEAD: usize = 24;

impl Map {
    pub(super) fn new(tile: &Bits) -> Map {
        let mask: usize = tile.of_state.iter().fold(0, |mask, &bit| mask | 1 << bit);
        assert_eq!(mask.count_ones() as usize, tile.of_state.len(), "every bit of a tile has a place of its own");
        let run_bits = RUN_BITS.min(mask.trailing_ones() as usize);
        let place = |bit: usize| 1 << tile.of_state.iter().position(|&of_state| of_state == bit).expect("it is in the tile");
        let (lanes, others) = tile.of_state.split_at(LANE_BITS);
        // Runs that are neighbours in the tile come one after the other: its lines are filled while they are at hand.
        let in_order = |bits: &[usize]| bits.iter().take(run_bits).copied().eq(0..run_bits);
        let low = |bit: &usize| *bit < run_bits;
        let places = |low: usize| bits(low).fold(0, |spread, bit| spread | place(bit));
        let order = if run_bits >= LANE_BITS && in_order(&tile.of_state) {
            Order::Same
        } else if run_bits == RUN_BITS && in_order(others) && !lanes.iter().any(low) {
            Order::Eight(std::array::from_fn(|lane| bits(lane).fold(0, |spread, bit| spread | 1 << lanes[bit])))
        } else if run_bits == RUN_BITS && tile.of_state.iter().take(RUN_BITS).all(low) {
            Order::Within(std::array::from_fn(places))
        } else {
            Order::Any((0..1 << run_bits).map(places).collect())
        };
        let lanes = if matches!(order, Order::Eight(_)) { &[] } else { lanes };
        let high: Vec<usize> = lanes.iter().chain(others).copied().filter(|&bit| bit >= run_bits).collect();
        let mut runs = Vec::with_capacity(1 << high.len());
        runs.push([0, 0]);
        for bit in high {
            let (in_state, in_tile) = (1 << bit, place(bit));
            runs.extend_from_within(..);
            let half = runs.len() / 2;
            runs[half..].iter_mut().for_each(|[state, at]| (*state, *at) = (*state | in_state, *at | in_tile));
        }
        Map { tile: mask, order, length: 1 << run_bits, runs }
    }

    /// The bits of the state that are in a tile.
    pub(super) fn tile(&self) -> usize {
        self.tile
    }

    /// Fetches one line after the other of the tile at `outside`, one at each call, until there are no more.
    pub(super) fn fetch_ahead<'a>(&'a self, state: &'a mut impl Runs, outside: Option<usize>) -> impl FnMut() + 'a {
        let (apart, fan_bits): (&[usize], u32) = match &self.order {
            Order::Eight(apart) => (apart, LANE_BITS as u32),
            _ => (&[0], 0),
        };
        let line_bits = (self.length / LINE).max(1).ilog2();
        let count = if outside.is_some() { self.runs.len() << (line_bits + fan_bits) } else { 0 };
        let outside = outside.unwrap_or(0);
        let mut next = 0;
        move || {
            if next < count {
                let [run, _] = self.runs[next >> (line_bits + fan_bits)];
                let apart = apart[next >> line_bits & (apart.len() - 1)];
                let line = (next & ((1 << line_bits) - 1)) * LINE;
                fetch_far(state.run(outside | run | apart | line, 1));
                next += 1;
            }
        }
    }

    /// Reads the tile at `outside`, multiplied by a number and, if there are any, by factors.
    pub(super) fn gather(
        &self,
        arch: pulp::Arch,
        state: &mut impl Runs,
        outside: usize,
        scale: f64,
        factors: Option<&Factors>,
        tile: &mut [Complex64],
    ) {
        arch.dispatch(Gather { map: self, state, outside, scale, factors, tile });
    }

    /// Writes it back.
    pub(super) fn scatter(&self, arch: pulp::Arch, tile: &mut [Complex64], outside: usize, state: &mut impl Runs) {
        arch.dispatch(Scatter { map: self, state, outside, tile });
    }
}

struct Gather<'a, R> {
    map: &'a Map,
    state: &'a mut R,
    outside: usize,
    scale: f64,
    factors: Option<&'a Factors>,
    tile: &'a mut [Complex64],
}

/// Makes what was read the blocks of a tile, multiplied.
struct Reading<'a, S: Simd> {
    simd: S,
    scale: f64,
    factors: Option<(&'a [Block<S>], &'a Factors)>,
}

impl<S: Simd> Reading<'_, S> {
    /// From this place of a tile on, one row of it at the most.
    #[inline(always)]
    fn put(&self, at: usize, read: &[Complex64], part: &mut [Complex64]) {
        let simd = self.simd;
        let blocks = blocks_mut::<S>(part).iter_mut().zip(blocks::<S>(read));
        match self.factors {
            None => {
                let scale = simd.splat_f64s(self.scale);
                for (to, read) in blocks {
                    let [re, im] = apart(simd, *read);
                    *to = [simd.mul_f64s(scale, re), simd.mul_f64s(scale, im)];
                }
            }
            Some((row, factors)) => {
                let length = factors.row.len();
                let of_row = splat(simd, factors.rows[at / length] * self.scale);
                let row = &row[at % length / S::F64_LANES..];
                for ((to, read), &phase) in blocks.zip(row) {
                    *to = times(simd, times(simd, of_row, phase), apart(simd, *read));
                }
            }
        }
    }

    /// What has just been read, in the order of the tile.
    #[inline(always)]
    fn from(&self, at: usize, read: &[Complex64], tile: &mut [Complex64]) {
        self.put(at, read, &mut tile[at..at + read.len()]);
    }
}

impl<R: Runs> WithSimd for Gather<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Gather { map, state, outside, scale, factors, tile } = self;
        let mut row = [Complex64::default(); ROW];
        let factors = factors.map(|factors| (factors.of_row(simd, &mut row), factors));
        let reading = Reading { simd, scale, factors };
        match &map.order {
            Order::Same => {
                for (index, &[from, to]) in map.runs.iter().enumerate() {
                    if let Some([ahead, _]) = map.runs.get(index + AHEAD) {
                        fetch(state.run(outside | ahead, map.length));
                    }
                    reading.from(to, state.run(outside | from, map.length), tile);
                }
            }
            Order::Eight(apart) => {
                for (index, &[from, to]) in map.runs.iter().enumerate() {
                    if let Some([ahead, _]) = map.runs.get(index + AHEAD / LANES) {
                        apart.iter().for_each(|apart| fetch(state.run(outside | ahead | apart, RUN)));
                    }
                    let mut read = [[Complex64::default(); LANES]; RUN];
                    for (lane, apart) in apart.iter().enumerate() {
                        spread(state.run(outside | from | apart, RUN), lane, &mut read);
                    }
                    reading.from(to, read.as_flattened(), tile);
                }
            }
            Order::Within(places) => {
                for (index, &[from, to]) in map.runs.iter().enumerate() {
                    if let Some([ahead, _]) = map.runs.get(index + AHEAD) {
                        fetch(state.run(outside | ahead, RUN));
                    }
                    let mut read = [Complex64::default(); RUN];
                    permute(state.run(outside | from, RUN), places, &mut read);
                    reading.from(to, &read, tile);
                }
            }
            Order::Any(places) => {
                for &[from, to] in &map.runs {
                    let from = state.run(outside | from, map.length);
                    places.iter().zip(from).for_each(|(place, from)| tile[to | place] = *from);
                }
                for (index, row) in tile.chunks_mut(ROW).enumerate() {
                    let mut read = [Complex64::default(); ROW];
                    read[..row.len()].copy_from_slice(row);
                    reading.put(index * ROW, &read[..row.len()], row);
                }
            }
        }
    }
}

/// Puts what stands in a tile into the order of a state.
#[inline(always)]
fn write<S: Simd>(simd: S, from: &[Complex64], to: &mut [Complex64]) {
    for (from, to) in blocks::<S>(from).iter().zip(blocks_mut::<S>(to)) {
        *to = together(simd, *from);
    }
}

struct Scatter<'a, R> {
    map: &'a Map,
    state: &'a mut R,
    outside: usize,
    tile: &'a mut [Complex64],
}

impl<R: Runs> WithSimd for Scatter<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Scatter { map, state, outside, tile } = self;
        match &map.order {
            Order::Same => {
                for &[to, from] in &map.runs {
                    write(simd, &tile[from..from + map.length], state.run(outside | to, map.length));
                }
            }
            Order::Eight(apart) => {
                for &[to, from] in &map.runs {
                    let mut written = [[Complex64::default(); LANES]; RUN];
                    write(simd, &tile[from..from + LANES * RUN], written.as_flattened_mut());
                    for (lane, apart) in apart.iter().enumerate() {
                        collect(&written, lane, state.run(outside | to | apart, RUN));
                    }
                }
            }
            Order::Within(places) => {
                for &[to, from] in &map.runs {
                    let mut written = [Complex64::default(); RUN];
                    write(simd, &tile[from..from + RUN], &mut written);
                    permute_back(&written, places, state.run(outside | to, RUN));
                }
            }
            Order::Any(places) => {
                for block in blocks_mut::<S>(tile) {
                    *block = together(simd, *block);
                }
                for &[to, from] in &map.runs {
                    let to = state.run(outside | to, map.length);
                    places.iter().zip(to).for_each(|(place, to)| *to = tile[from | place]);
                }
            }
        }
    }
}

/// Puts a run into one lane of blocks. This and what follows is kept away from the code for wide vectors: the compiler makes scattered
/// writes of it there, and they are several times as slow.
#[inline(never)]
fn spread(run: &[Complex64], lane: usize, to: &mut [[Complex64; LANES]; RUN]) {
    run.iter().zip(to).for_each(|(from, to)| to[lane % LANES] = *from);
}

/// Undoes [`spread`].
#[inline(never)]
fn collect(from: &[[Complex64; LANES]; RUN], lane: usize, run: &mut [Complex64]) {
    run.iter_mut().zip(from).for_each(|(to, from)| *to = from[lane % LANES]);
}

/// Puts each amplitude of a run at its place.
#[inline(never)]
fn permute(run: &[Complex64], places: &[usize; RUN], to: &mut [Complex64; RUN]) {
    run.iter().zip(places).for_each(|(from, place)| to[place % RUN] = *from);
}

/// Undoes [`permute`].
#[inline(never)]
fn permute_back(from: &[Complex64; RUN], places: &[usize; RUN], run: &mut [Complex64]) {
    run.iter_mut().zip(places).for_each(|(to, place)| *to = from[place % RUN]);
}

/// Tells the processor that a run is wanted soon: tiles come from all over the state, which no hardware foresees. Without it W1 takes 47
/// instead of 43 ms on 20 qubits and 962 instead of 900 ms on 24 (2026-11-23, two shared cores, Zen 4).
#[inline(always)]
#[allow(unsafe_code)]
fn fetch(run: &[Complex64]) {
    #[cfg(target_arch = "x86_64")]
    for line in run.chunks(LINE) {
        // SAFETY: a hint; it reads nothing, and the address is one of a borrowed slice.
        unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = run;
}

/// The same of a single line, and no nearer than the second-level cache: the first is at work.
#[inline(always)]
#[allow(unsafe_code)]
fn fetch_far(line: &[Complex64]) {
    // SAFETY: as above.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T1 }>(line.as_ptr().cast())
    };
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
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

/// A state whose tiles are worked on by many threads, each tile by one. Their amplitudes lie scattered, so no safe slices could be handed
/// out; two threads are 1.9 times as fast as one (`benches/README.md`). The safe twin is a slice on one thread, which gives the same to the
/// last bit.
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
