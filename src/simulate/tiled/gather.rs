//! From the state into a tile and back.

use super::kernels::{LANE_BITS, Real};
use super::phases::Factors;
use super::program::Bits;
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
    /// For each run, or for each four, its place in the state and in the tile.
    runs: Vec<[usize; 2]>,
}

/// How a run lies in the tile.
#[derive(Debug, Clone, PartialEq)]
enum Order {
    /// As in the state.
    Same,
    /// Four runs, so far apart in the state, are interleaved.
    Four([usize; LANES]),
    /// The amplitudes of a run, [`RUN`] of them, change places among themselves.
    Within([usize; RUN]),
    /// Each amplitude has its place.
    Any(Vec<usize>),
}

/// How many amplitudes are in a cache line.
pub(super) const LINE: usize = 4;

/// How many amplitudes lie side by side inside a vector.
const LANES: usize = 1 << LANE_BITS;

/// The most bits of a run, and its amplitudes: four cache lines.
pub(super) const RUN_BITS: usize = 4;
const RUN: usize = 1 << RUN_BITS;

/// How many runs ahead are fetched.
const AHEAD: usize = 8;

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
        let order = if in_order(&tile.of_state) {
            Order::Same
        } else if run_bits == RUN_BITS && in_order(others) && !lanes.iter().any(low) {
            Order::Four([0, 1 << lanes[0], 1 << lanes[1], 1 << lanes[0] | 1 << lanes[1]])
        } else if run_bits == RUN_BITS && tile.of_state.iter().take(RUN_BITS).all(low) {
            Order::Within(std::array::from_fn(places))
        } else {
            Order::Any((0..1 << run_bits).map(places).collect())
        };
        let lanes = if matches!(order, Order::Four(_)) { &[] } else { lanes };
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
            Order::Four(apart) => (apart, LANE_BITS as u32),
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
        arch.dispatch(Gather { map: self, state, outside, scale, factors, tile: &mut *tile });
        if let (Order::Within(_) | Order::Any(_), Some(factors)) = (&self.order, factors) {
            factors.apply(arch, tile);
        }
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
    /// Only where runs stay together: otherwise they are left to a walk of their own.
    factors: Option<&'a Factors>,
    tile: &'a mut [Complex64],
}

/// Multiplies what was read to a place of the tile, one row of it at the most.
struct Reading<'a, S: Simd> {
    simd: S,
    scale: f64,
    real: Real<S>,
    factors: Option<(&'a [S::c64s], &'a Factors)>,
}

impl<S: Simd> Reading<'_, S> {
    #[inline(always)]
    fn multiply(&self, at: usize, read: &mut [S::c64s]) {
        let simd = self.simd;
        match self.factors {
            None => read.iter_mut().for_each(|read| *read = self.real.times(simd, *read)),
            Some((row, factors)) => {
                let length = factors.row.len();
                let of_row = simd.splat_c64s(factors.rows[at / length] * self.scale);
                let row = &row[at % length / S::C64_LANES..];
                for (read, &phase) in read.iter_mut().zip(row) {
                    *read = simd.mul_e_c64s(of_row, simd.mul_e_c64s(phase, *read));
                }
            }
        }
    }
}

impl<R: Runs> WithSimd for Gather<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Gather { map, state, outside, scale, factors, tile } = self;
        let factors = factors.map(|factors| (S::as_simd_c64s(&factors.row).0, factors));
        let reading = Reading { simd, scale, real: Real::new(simd, scale), factors };
        match &map.order {
            Order::Same => {
                for (index, &[from, to]) in map.runs.iter().enumerate() {
                    if let Some([ahead, _]) = map.runs.get(index + AHEAD) {
                        fetch(state.run(outside | ahead, map.length));
                    }
                    let from = S::as_simd_c64s(state.run(outside | from, map.length)).0;
                    let read = S::as_mut_simd_c64s(&mut tile[to..to + map.length]).0;
                    read.copy_from_slice(from);
                    reading.multiply(to, read);
                }
            }
            Order::Four(apart) => {
                for (index, &[from, to]) in map.runs.iter().enumerate() {
                    if let Some([ahead, _]) = map.runs.get(index + AHEAD / LANES) {
                        apart.iter().for_each(|apart| fetch(state.run(outside | ahead | apart, RUN)));
                    }
                    let mut four = [[Complex64::default(); RUN]; LANES];
                    for (lane, apart) in four.iter_mut().zip(apart) {
                        lane.copy_from_slice(state.run(outside | from | apart, RUN));
                    }
                    let read = tile[to..to + LANES * RUN].as_chunks_mut::<LANES>().0;
                    for (index, read) in read.iter_mut().enumerate() {
                        *read = [four[0][index % RUN], four[1][index % RUN], four[2][index % RUN], four[3][index % RUN]];
                    }
                    reading.multiply(to, S::as_mut_simd_c64s(read.as_flattened_mut()).0);
                }
            }
            Order::Within(places) => {
                for (index, &[from, to]) in map.runs.iter().enumerate() {
                    if let Some([ahead, _]) = map.runs.get(index + AHEAD) {
                        fetch(state.run(outside | ahead, RUN));
                    }
                    let from = state.run(outside | from, RUN).as_chunks::<RUN>().0;
                    let to = tile[to..to + RUN].as_chunks_mut::<RUN>().0;
                    for (from, to) in from.iter().zip(to) {
                        for (place, from) in places.iter().zip(from) {
                            to[place % RUN] = *from * scale;
                        }
                    }
                }
            }
            Order::Any(places) => {
                for &[from, to] in &map.runs {
                    let from = state.run(outside | from, map.length);
                    places.iter().zip(from).for_each(|(place, from)| tile[to | place] = *from * scale);
                }
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
        match &map.order {
            Order::Same => {
                for &[to, from] in &map.runs {
                    let to = S::as_mut_simd_c64s(state.run(outside | to, map.length)).0;
                    let from = S::as_simd_c64s(&tile[from..from + map.length]).0;
                    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
            }
            Order::Four(apart) => {
                for &[to, from] in &map.runs {
                    let mut four = [[Complex64::default(); RUN]; LANES];
                    let from = tile[from..from + LANES * RUN].as_chunks::<LANES>().0;
                    for (index, from) in from.iter().enumerate() {
                        for (lane, from) in four.iter_mut().zip(from) {
                            lane[index % RUN] = *from;
                        }
                    }
                    for (lane, apart) in four.iter().zip(apart) {
                        state.run(outside | to | apart, RUN).copy_from_slice(lane);
                    }
                }
            }
            Order::Within(places) => {
                for &[to, from] in &map.runs {
                    let to = state.run(outside | to, RUN).as_chunks_mut::<RUN>().0;
                    let from = tile[from..from + RUN].as_chunks::<RUN>().0;
                    for (from, to) in from.iter().zip(to) {
                        for (place, to) in places.iter().zip(to) {
                            *to = from[place % RUN];
                        }
                    }
                }
            }
            Order::Any(places) => {
                for &[to, from] in &map.runs {
                    let to = state.run(outside | to, map.length);
                    places.iter().zip(to).for_each(|(place, to)| *to = tile[from | place]);
                }
            }
        }
    }
}

/// Tells the processor that a run is wanted soon: tiles come from all over the state, which no hardware foresees.
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
