//! Wide states, many operations in each pass over memory.
//!
//! The circuit is [lowered](super::lower), its operations are [planned](plan) into passes, and a pass takes the state tile by tile: a
//! tile is [gathered](gather) into the cache, all operations of the pass are done to it there, and it is written back. Two bits of a
//! tile that no operation of the pass works on lie inside the vectors, so that the [kernels] never look into one.

mod buffer;
mod gather;
mod kernels;
mod order;
mod output;
mod phases;
mod plan;
mod program;
#[cfg(test)]
mod tests;

use super::evolve::places;
use super::lower::{Op, bits, lower};
use super::memory::{Memory, Reservation};
use super::prepare::Needs;
use super::kernels::View;
use super::{Demand, SimulateError, Stop, memory};
use crate::circuit::Circuit;
use crate::gates::Gate;
use aligned_vec::{AVec, avec};
use buffer::Buffer;
use gather::{Map, Runs, Shared};
use num_complex::Complex64;
use phases::Workspace;
use plan::{Pass, Shape, plan};
use program::{Bits, Carried, Program};
use std::sync::{Mutex, PoisonError};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The narrowest state that is cut into tiles at all.
pub(super) const LEAST_QUBITS: usize = 8;

impl Shape {
    fn of(bits: usize) -> Shape {
        let tile_bits = std::env::var("TILE").map_or(13, |v| v.parse().unwrap()).min(bits);
        let run_bits = std::env::var("RUN").map_or(4, |v| v.parse().unwrap()).min(tile_bits - kernels::LANE_BITS);
        Shape { bits, tile_bits, run_bits }
    }
}

/// A state at the end of a circuit, up to phases that do not show.
pub(super) struct Tiled {
    pub(super) touched: Vec<usize>,
    state: Buffer,
    /// What the squares of the amplitudes are to be multiplied by.
    scale: f64,
    pub(super) _reservation: Reservation,
}

/// Runs a circuit.
pub(super) fn evolve<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Result<Tiled, SimulateError> {
    let touched = circuit.touched();
    let width = touched.len();
    let needs = Needs::of(circuit)?;
    let reservation = memory.reserve(Demand::states(width, 1 + needs.buffers))?;
    let place = places(&touched);
    let lowered = lower(circuit, width, |qubit| place[qubit])?;
    let mut state = Buffer::zeros(width)?;
    let scale = run(&lowered.ops, Shape::of(width), state.amplitudes_mut(), memory.stop())?;
    relocate(&lowered.bits, state.amplitudes_mut());
    Ok(Tiled { touched, state, scale, _reservation: reservation })
}

fn relocate(places: &[usize], new: &mut [Complex64]) {
    if places.iter().enumerate().all(|(index, &bit)| index == bit) {
        return;
    }
    let old = new.to_vec();
    for (index, amplitude) in new.iter_mut().enumerate() {
        let from = bits(index).fold(0, |from, qubit| from | 1 << places[qubit]);
        *amplitude = old[from];
    }
}

/// Does the operations to a state of which only the first amplitude is not zero; returns what the squares of the amplitudes are to be
/// multiplied by afterwards.
fn run(ops: &[Op], shape: Shape, state: &mut [Complex64], stop: &Stop) -> Result<f64, SimulateError> {
    let arch = pulp::Arch::new();
    let mut carried = Carried::default();
    let mut buffers = None;
    let arenas = Arenas::default();
    state[0] = Complex64::new(1.0, 0.0);
    let mut alive = 0; // bits in which some amplitude that is not zero may be 1
    let t = std::time::Instant::now();
    let passes = plan(ops, shape);
    if std::env::var("VERBOSE").is_ok() {
        eprintln!("{} ops, {} passes, planned in {:?}", ops.len(), passes.len(), t.elapsed());
    }
    for pass in passes {
        stop.check()?;
        match pass {
            Pass::Tiles { worked, tile, ops: indices } => {
                let tile_bits = Bits::new(tile, worked);
                let scale = carried.take_scale();
                let program = Program::new(indices.iter().map(|&index| &ops[index]), &tile_bits, &mut carried);
                                Sweeping { arch, program: &program, map: &Map::new(&tile_bits), size: 1 << tile.count_ones(), outside: alive & !tile, scale, arenas: &arenas }.all(state, stop);
                alive |= indices.iter().fold(0, |turned, &index| turned | ops[index].turned());
            }
            Pass::Whole { phases, op } => {
                for &index in &phases {
                    if let Op::Phase(phase) = ops[index] {
                        carried.put_off(phase);
                    }
                }
                if !carried.is_done() {
                    let tile = (1 << shape.tile_bits) - 1;
                    let tile_bits = Bits::new(tile, 0);
                    let scale = carried.take_scale();
                    let program = Program::of_phases(&tile_bits, &mut carried);
                                    Sweeping { arch, program: &program, map: &Map::new(&tile_bits), size: 1 << tile.count_ones(), outside: alive & !tile, scale, arenas: &arenas }.all(state, stop);
                }
                if let Op::Step { support, step } = &ops[op] {
                    let view = View { amplitudes: state, tile_qubits: super::tiles::tile_qubits(shape.bits) };
                    step.apply(view, stop, || {
                        if buffers.is_none() {
                            buffers = Some([memory::zeros(shape.bits)?, memory::zeros(shape.bits)?]);
                        }
                        Ok(buffers.as_mut().expect("just made"))
                    })?;
                    alive |= support;
                }
            }
        }
    }
    stop.check()?;
    Ok(carried.scale())
}

/// One pass: what is done to every tile of which the bits outside are among `outside`.
struct Sweeping<'p> {
    arch: pulp::Arch,
    program: &'p Program,
    map: &'p Map,
    size: usize,
    outside: usize,
    /// What the amplitudes are multiplied by on the way.
    scale: f64,
    arenas: &'p Arenas,
}

impl Sweeping<'_> {
    fn one(&self, state: &mut impl Runs, index: usize, scratch: &mut Scratch) {
        let at = deposit(index, self.outside);
        let tile = &mut scratch.tile[..self.size];
        self.map.gather(self.arch, state, at, self.scale, tile);
        self.program.run(self.arch, tile, at, &mut scratch.workspace);
        self.map.scatter(self.arch, tile, at, state);
    }

    fn all(&self, mut state: &mut [Complex64], stop: &Stop) {
        let count = 1usize << self.outside.count_ones();
        let threads = rayon::current_num_threads().min(count);
        if threads == 1 || state.len() < 1 << super::tiles::PARALLEL_QUBITS {
            let mut scratch = self.arenas.take(self.size);
            (0..count).take_while(|_| !stop.is_raised()).for_each(|index| self.one(&mut state, index, &mut scratch));
            self.arenas.give_back(scratch);
            return;
        }
        let shared = Shared::new(state);
        let next = AtomicUsize::new(0);
        rayon::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|_| {
                    let mut scratch = self.arenas.take(self.size);
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= count || stop.is_raised() {
                            break;
                        }
                        // SAFETY: tiles with different indices differ in a bit outside, so they have no amplitude in common.
                        #[allow(unsafe_code)]
                        let mut apart = unsafe { shared.tile() };
                        self.one(&mut apart, index, &mut scratch);
                    }
                    self.arenas.give_back(scratch);
                });
            }
        });
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

impl Scratch {
    fn new(size: usize) -> Scratch {
        Scratch { tile: avec![Complex64::default(); size], workspace: Workspace::default() }
    }
}

/// What threads leave for the next pass.
#[derive(Default)]
struct Arenas(Mutex<Vec<Scratch>>);

impl Arenas {
    fn take(&self, size: usize) -> Scratch {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        left.filter(|scratch| scratch.tile.len() >= size).unwrap_or_else(|| Scratch::new(size))
    }

    fn give_back(&self, scratch: Scratch) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}
