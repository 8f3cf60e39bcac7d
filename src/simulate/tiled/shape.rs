//! How a state is cut.

use super::block::LANE_BITS;
use crate::simulate::lower::{Pattern, bits};
use num_complex::Complex64;
use std::sync::LazyLock;

/// The amplitudes of a cache line.
pub(super) const LINE: usize = 4;

/// The most bits of a run, amplitudes that are neighbours in the state and in every tile.
pub(super) const RUN_BITS: usize = 4;

/// How a state is cut into tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// How many bits the state has.
    pub(super) bits: usize,
    /// How many of them a tile has; at most all.
    pub(super) tile_bits: usize,
    /// How many of the lowest are in every tile, so that whole cache lines travel.
    pub(super) run_bits: usize,
}

impl Shape {
    /// Tiles that fill half of a second-level cache. Measured 2026-11-23 on shared 2-core machines (1 MiB a core) with a random circuit of
    /// 20 layers on 22 qubits: on a Zen 5, in an earlier layout, tiles of 2^15 take 171 ms, of 2^14 200, of 2^16 and 2^17 189; on a Zen 4
    /// 2^15 take 218, 2^14 222, 2^16 208, and on 24 qubits 2^15 900, 2^16 914.
    pub(super) fn of(bits: usize) -> Shape {
        let cached = (second_level_cache() / 2 / size_of::<Complex64>()).max(1).ilog2() as usize;
        let tile_bits = cached.clamp(LEAST, MOST).min(bits);
        Shape { bits, tile_bits, run_bits: RUN_BITS.min(tile_bits - LANE_BITS) }
    }

    /// All bits.
    pub(super) fn all(self) -> usize {
        usize::MAX >> (usize::BITS as usize - self.bits)
    }

    /// Those that are in every tile.
    pub(super) fn run(self) -> usize {
        (1 << self.run_bits) - 1
    }

    /// Whether there can be a tile in which all of these bits are worked on, and three others lie inside the blocks: all among the
    /// lowest or none, so that runs are taken apart in one way only. So there is for any four bits in the tiles of [`Shape::of`].
    pub(super) fn fits(self, worked: usize) -> bool {
        let together = (worked | self.run()).count_ones() as usize;
        let idle = (self.run() & !worked).count_ones() as usize;
        together <= self.tile_bits && (idle >= LANE_BITS || together + LANE_BITS <= self.tile_bits)
    }
}

/// The bits of the smallest and of the largest tile that a cache asks for.
const LEAST: usize = 12;
const MOST: usize = 16;

/// The bytes of the second-level cache of a core; half a MiB where the system does not tell.
fn second_level_cache() -> usize {
    static BYTES: LazyLock<usize> = LazyLock::new(|| {
        let text = std::fs::read_to_string("/sys/devices/system/cpu/cpu0/cache/index2/size").unwrap_or_default();
        let kib = text.trim().strip_suffix('K').and_then(|kib| kib.parse::<usize>().ok());
        kib.map_or(512 << 10, |kib| kib << 10)
    });
    *BYTES
}

/// How the bits of a tile lie in the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits {
    /// The bit of the state for each bit of the tile; the first are inside the blocks, then ascending.
    pub(super) of_state: Vec<usize>,
}

impl Bits {
    /// Three bits that are not worked on come first: the lowest three, or else three that are not among the lowest, if there are any.
    pub(super) fn new(tile: usize, worked: usize) -> Bits {
        let idle: Vec<usize> = bits(tile & !worked).collect();
        let lanes = match idle.as_slice() {
            [0, 1, 2, ..] => vec![0, 1, 2],
            [.., a, b, c] if *a >= RUN_BITS => vec![*a, *b, *c],
            idle => idle[..LANE_BITS].to_vec(),
        };
        let others = bits(tile).filter(|bit| !lanes.contains(bit));
        Bits { of_state: lanes.iter().copied().chain(others).collect() }
    }

    pub(super) fn inside(&self, bit: usize) -> Option<usize> {
        self.of_state.iter().position(|&of_state| of_state == bit)
    }

    pub(super) fn at(&self, bit: usize) -> usize {
        self.inside(bit).expect("what is worked on is in the tile")
    }

    pub(super) fn pattern(&self, pattern: Pattern) -> Pattern {
        let spread = |mask| bits(mask).fold(0, |spread, bit| spread | 1 << self.at(bit));
        Pattern { mask: spread(pattern.mask), value: spread(pattern.value) }
    }
}
