//! One pass over the state: every tile once, by all threads.

use super::gather::{Map, Runs, Shared};
use super::phases::Workspace;
use super::program::Program;
use crate::simulate::lower::bits;
use crate::simulate::{Stop, tiles};
use aligned_vec::{AVec, avec};
use num_complex::Complex64;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// From so many amplitudes on, tiles come from beyond the third-level cache, and the next one is fetched while one is worked on. Measured
/// 2026-11-23 on two shared cores (Zen 4, 32 MiB of L3) with W1: on 22 qubits 218 ms instead of 232, on 24 900 instead of 970; on a Zen 5
/// 146 instead of 151 on 22, and 29 instead of 28 on 20.
const FAR: usize = 1 << 21;

/// What is done to each tile.
pub(super) struct Pass<'p> {
    pub(super) arch: pulp::Arch,
    /// How tiles are read, and how they are written: both have the same bits.
    pub(super) from: &'p Map,
    pub(super) to: &'p Map,
    /// What the amplitudes are multiplied by on the way.
    pub(super) scale: f64,
    pub(super) program: Option<&'p Program>,
    /// The bits in which there is anything but zeros.
    pub(super) alive: usize,
}

impl Pass<'_> {
    /// The tile at these bits outside of it; what the one that is to follow needs comes nearer meanwhile.
    fn one(&self, state: &mut impl Runs, at: usize, following: Option<usize>, scratch: &mut Scratch) {
        let tile = &mut scratch.tile[..1 << self.from.tile().count_ones()];
        self.from.gather(self.arch, state, at, self.scale, self.program.and_then(Program::first), tile);
        if let Some(program) = self.program {
            program.run(self.arch, tile, at, &mut scratch.workspace, self.from.fetch_ahead(state, following));
        }
        self.to.scatter(self.arch, tile, at, state);
    }

    /// Leaves tiles as they are once the stop is raised.
    pub(super) fn run(&self, mut state: &mut [Complex64], arenas: &Arenas, stop: &Stop) {
        let tile = self.from.tile();
        assert_eq!(tile, self.to.tile(), "a tile is written where it was read");
        let outside = self.alive & !tile;
        let count = 1usize << outside.count_ones();
        let size = 1 << tile.count_ones();
        let threads = rayon::current_num_threads().min(count);
        let ahead = state.len() >= FAR;
        let tile_at = |index: usize| (index < count).then(|| deposit(index, outside));
        if threads == 1 || state.len() < 1 << tiles::PARALLEL_QUBITS {
            let mut scratch = arenas.take(size);
            for (index, at) in (0..count).map_while(tile_at).enumerate().take_while(|_| !stop.is_raised()) {
                self.one(&mut state, at, tile_at(index + 1).filter(|_| ahead), &mut scratch);
            }
            return arenas.give_back(scratch);
        }
        let shared = Shared::new(state);
        let next = AtomicUsize::new(0);
        let claim = || tile_at(next.fetch_add(1, Ordering::Relaxed));
        let work = || {
            let mut scratch = arenas.take(size);
            let mut claimed = claim();
            while let Some(at) = claimed
                && !stop.is_raised()
            {
                claimed = claim();
                // SAFETY: each index is claimed once, and tiles with different indices differ in a bit of `outside`, which the amplitudes
                // of a tile have in common: both maps reach `tile` alone. So no two of them have an amplitude in common, and the tile
                // that is fetched ahead is claimed as well.
                #[allow(unsafe_code)]
                let mut apart = unsafe { shared.tile() };
                self.one(&mut apart, at, claimed.filter(|_| ahead), &mut scratch);
            }
            arenas.give_back(scratch);
        };
        rayon::scope(|scope| (0..threads).for_each(|_| scope.spawn(|_| work())));
    }
}

/// The bits of `index`, put where `mask` has ones.
fn deposit(index: usize, mask: usize) -> usize {
    bits(mask).enumerate().fold(0, |at, (bit, place)| at | (index >> bit & 1) << place)
}

/// What a thread works in.
struct Scratch {
    tile: AVec<Complex64>,
    workspace: Workspace,
}

/// What threads leave for the next pass.
#[derive(Default)]
pub(super) struct Arenas(Mutex<Vec<Scratch>>);

impl Arenas {
    fn take(&self, size: usize) -> Scratch {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let fits = left.filter(|scratch| scratch.tile.len() >= size);
        fits.unwrap_or_else(|| Scratch { tile: avec![Complex64::default(); size], workspace: Workspace::default() })
    }

    fn give_back(&self, scratch: Scratch) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}
