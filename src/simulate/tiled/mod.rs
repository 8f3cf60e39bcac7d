//! All amplitudes of wide states, many operations in each pass over memory.
//!
//! The circuit is [lowered](super::lower), its operations are [planned](plan) into passes, and a pass takes the state tile by tile: a
//! tile is [gathered](gather) into the cache, all operations of the pass are done to it there, and it is written back. Real and imaginary
//! parts are apart in a tile, in [blocks](block) of two vectors. Three bits of a tile that no operation of the pass works on lie inside
//! the blocks, so that the [kernels] never look into one.
//!
//! Read `plan.rs`, then `program.rs` and `kernels.rs`.

mod block;
mod buffer;
mod gather;
mod kernels;
mod order;
mod output;
mod pass;
mod phases;
mod plan;
mod program;
mod relocate;
mod shape;
#[cfg(test)]
mod tests;

use super::evolve::places;
use super::kernels::View;
use super::lower::{Lowered, Op, lower};
use super::memory::{self, Memory, Reservation};
use super::prepare::Needs;
use super::{Demand, SimulateError, Stop, tiles};
use crate::circuit::Circuit;
use crate::gates::Gate;
use buffer::Buffer;
use gather::Map;
use num_complex::Complex64;
use pass::{Arenas, Pass};
use program::{Carried, Program};
use shape::{Bits, Shape};

/// The narrowest state that is cut into tiles: those below are quicker as a whole.
const LEAST_QUBITS: usize = 9;

/// Whether a circuit is one for tiles: wide enough, and there is memory for the matrices of all its operations at once.
pub(super) fn suits<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> bool {
    circuit.touched().len() >= LEAST_QUBITS && demand(circuit).is_ok_and(|demand| memory.check(demand).is_ok())
}

fn demand<G: Gate>(circuit: &Circuit<G>) -> Result<Demand, SimulateError> {
    let needs = Needs::of(circuit)?;
    Ok(Demand::states(circuit.touched().len(), 1 + needs.buffers).and(needs.sums))
}

/// A state at the end of a circuit, up to phases that do not show.
pub(super) struct Tiled {
    /// The circuit's width.
    qubits: usize,
    touched: Vec<usize>,
    state: Buffer,
    /// What the squares of the amplitudes are to be multiplied by.
    scale: f64,
    /// Held as long as the state lives.
    _reservation: Reservation,
}

/// Runs a circuit.
///
/// # Errors
/// As [`evolve`](super::evolve()).
pub(super) fn evolve<G: Gate>(circuit: &Circuit<G>, memory: &Memory) -> Result<Tiled, SimulateError> {
    let touched = circuit.touched();
    let width = touched.len();
    let reservation = memory.reserve(demand(circuit)?)?;
    let place = places(&touched);
    let lowered = lower(circuit, width, |qubit| place[qubit], memory.stop())?;
    let mut state = Buffer::zeros(width)?;
    let scale = Run::new(Shape::of(width), state.amplitudes_mut(), memory.stop()).all(&lowered)?;
    Ok(Tiled { qubits: circuit.qubits(), touched, state, scale, _reservation: reservation })
}

/// A state on its way through a circuit.
struct Run<'s> {
    arch: pulp::Arch,
    shape: Shape,
    state: &'s mut [Complex64],
    stop: &'s Stop,
    carried: Carried,
    /// The bits in which some amplitude that is not zero may be 1: all others are not looked at.
    alive: usize,
    arenas: Arenas,
    /// Two more states' worth of memory, once a step has asked for them.
    buffers: Option<[Vec<Complex64>; 2]>,
}

impl<'s> Run<'s> {
    /// Begins in the first basis state; the memory is all zeros.
    fn new(shape: Shape, state: &'s mut [Complex64], stop: &'s Stop) -> Run<'s> {
        state[0] = Complex64::new(1.0, 0.0);
        let (carried, arenas) = (Carried::default(), Arenas::default());
        Run { arch: pulp::Arch::new(), shape, state, stop, carried, alive: 0, arenas, buffers: None }
    }

    /// Does everything, and puts each qubit where it belongs; returns what the squares of the amplitudes are to be multiplied by.
    fn all(mut self, lowered: &Lowered) -> Result<f64, SimulateError> {
        for pass in plan::plan(&lowered.ops, self.shape, self.stop) {
            self.stop.check()?;
            match pass {
                plan::Pass::Tiles { worked, tile, ops } => self.tiles(tile, worked, ops.iter().map(|&index| &lowered.ops[index])),
                plan::Pass::Whole { phases, op } => self.whole(phases.iter().map(|&index| &lowered.ops[index]), &lowered.ops[op])?,
            }
        }
        for step in relocate::moves(&lowered.bits, self.shape) {
            self.stop.check()?;
            self.pass(self.shape.all(), &step.from, &step.to, None);
        }
        self.stop.check()?;
        Ok(self.carried.scale())
    }

    fn tiles<'o>(&mut self, tile: usize, worked: usize, ops: impl Iterator<Item = &'o Op> + Clone) {
        let bits = Bits::new(tile, worked);
        let map = Map::new(&bits);
        let turned = ops.clone().fold(0, |turned, op| turned | op.turned());
        let scale = self.carried.take_scale();
        let program = Program::new(ops, &bits, &mut self.carried);
        self.scaled_pass(self.alive, &map, &map, Some(&program), scale);
        self.alive |= turned;
    }

    /// Phases that cannot wait, then an operation that the plain kernels do.
    fn whole<'o>(&mut self, phases: impl Iterator<Item = &'o Op>, op: &Op) -> Result<(), SimulateError> {
        phases.for_each(|op| self.carried.put_off(op));
        if !self.carried.is_done() {
            let tile = (1 << self.shape.tile_bits) - 1;
            let bits = Bits::new(tile, 0);
            let map = Map::new(&bits);
            let program = Program::of_phases(&bits, &mut self.carried);
            self.pass(self.alive, &map, &map, Some(&program));
        }
        let Op::Step { support, step } = op else { unreachable!("only a step needs the whole state") };
        let (bits, buffers) = (self.shape.bits, &mut self.buffers);
        let view = View { amplitudes: &mut *self.state, tile_qubits: tiles::tile_qubits(bits) };
        step.apply(view, self.stop, || {
            if buffers.is_none() {
                *buffers = Some([memory::zeros(bits)?, memory::zeros(bits)?]);
            }
            Ok(buffers.as_mut().expect("just made"))
        })?;
        self.alive |= support;
        Ok(())
    }

    fn pass(&mut self, alive: usize, from: &Map, to: &Map, program: Option<&Program>) {
        self.scaled_pass(alive, from, to, program, 1.0);
    }

    fn scaled_pass(&mut self, alive: usize, from: &Map, to: &Map, program: Option<&Program>, scale: f64) {
        let pass = Pass { arch: self.arch, from, to, scale, program, alive };
        pass.run(self.state, &self.arenas, self.stop);
    }
}
