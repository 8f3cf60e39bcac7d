//! Pauli errors in a circuit of Clifford gates: an error is followed through the rest of the circuit, at the end of which it turns some
//! bits over and leaves others alone. The shots' own outcomes are those of the circuit without errors.
//!
//! Errors strike in the frame of the pending phases: X there is an X turned about Z. A depolarizing channel has no preferred axes, so
//! it is the same channel.

use super::super::evolve::places;
use super::super::memory::Demand;
use super::super::noise::Asked;
use super::super::noise::channels::{Channels, Strike};
use super::super::{Engine, Sampled, SimulateError};
use super::Even;
use super::state::Stabilizers;
use super::walk::{Move, Tolerance, Walk};
use crate::circuit::{Circuit, MAX_QUBITS};
use crate::gates::pauli::bits;
use crate::gates::{Gate, PauliString};
use crate::outcome::{Counts, Seed};
use rand::RngExt;
use rayon::prelude::*;

/// About how many errors are followed at a time.
const ERRORS: f64 = (1 << 18) as f64;

/// The fewest shots and the most that are followed at a time.
const CHUNK: [f64; 2] = [64.0, (1 << 15) as f64];

/// Shots with errors of a circuit that has [`outcomes`](super::outcomes).
///
/// # Errors
/// As [`trajectories`](super::super::trajectories).
pub(in crate::simulate) fn trajectories<G: Gate>(circuit: &Circuit<G>, asked: Asked<'_>) -> Result<Sampled, SimulateError> {
    let Asked { read_out, shots, seed, memory } = asked;
    let channels = Channels::new(circuit, read_out)?;
    let course = Course::of(circuit).expect("the same walk leads to the outcomes");
    let chunk = (ERRORS / (1.0 + channels.total())).clamp(CHUNK[0], CHUNK[1]) as usize;
    let at_once = (chunk * rayon::current_num_threads()).min(shots.get() as usize) as f64;
    let at_once = (at_once * (1.0 + channels.total()) * size_of::<Struck>() as f64 * 2.0) as u128;
    let kept = 3 * size_of::<u64>() as u128 * u128::from(shots.get());
    let _reservation = memory.reserve(Demand::states(circuit.touched().len(), 0).and(at_once + course.bytes() + kept))?;
    let mut outcomes = vec![0u64; shots.get() as usize];
    let follow = |(index, outcomes): (usize, &mut [u64])| -> Result<(), SimulateError> {
        memory.stop().check()?;
        course.follow(&channels, seed, index * chunk, outcomes);
        Ok(())
    };
    outcomes.par_chunks_mut(chunk).enumerate().try_for_each(follow)?;
    let counts = Counts::from_outcomes(circuit.qubits(), outcomes);
    Ok(Sampled { counts, norm_error: 0.0, engine: Engine::Stabilizer })
}

/// An error that strikes one of the shots that are followed together.
struct Struck {
    operation: u32,
    shot: u32,
    string: PauliString,
}

/// What happens to errors.
struct Course {
    touched: Vec<usize>,
    outcomes: Even,
    moves: Vec<Move>,
    /// Where in `moves` each operation ends.
    ends: Vec<u32>,
}

impl Course {
    fn of<G: Gate>(circuit: &Circuit<G>) -> Option<Course> {
        let touched = circuit.touched();
        let place = places(&touched);
        let (mut walk, mut moves, mut ends) =
            (Walk::new(Stabilizers::zero(touched.len()), Tolerance::ROUNDING), Vec::new(), Vec::with_capacity(circuit.operations().len()));
        for operation in circuit.operations() {
            walk.take(operation, |qubit| place[qubit], |made| moves.push(made))?;
            ends.push(moves.len() as u32);
        }
        Some(Course { outcomes: walk.state.outcomes().spread(&touched), touched, moves, ends })
    }

    fn bytes(&self) -> u128 {
        (2 * size_of_val(self.moves.as_slice()) + size_of_val(self.ends.as_slice())) as u128
    }

    /// The outcomes of shots from `first` on. Each has its own stream of randomness, so it does not matter which are followed together.
    fn follow(&self, channels: &Channels, seed: Seed, first: usize, outcomes: &mut [u64]) {
        let mut struck = Vec::new();
        for (shot, outcome) in outcomes.iter_mut().enumerate() {
            let mut rng = seed.stream((first + shot) as u64);
            let drawn = channels.draw(&mut rng);
            *outcome = self.outcomes.outcome(rng.random()) ^ drawn.misread;
            let strike = |error: &Strike| Struck { operation: error.operation, shot: shot as u32, string: error.string };
            struck.extend(drawn.errors.iter().map(strike));
        }
        struck.sort_unstable_by_key(|error| error.operation);
        let mut rest = Rest::none(&self.touched);
        let mut at = self.moves.len();
        for error in struck.iter().rev() {
            let end = self.ends[error.operation as usize] as usize;
            self.moves[end..at].iter().rev().for_each(|&made| rest.precede(made));
            at = end;
            outcomes[error.shot as usize] ^= rest.turned_over(error.string);
        }
    }
}

/// The rest of a circuit, as which bits of the outcome an X or a Z before it turns over.
struct Rest {
    x: [u64; MAX_QUBITS],
    z: [u64; MAX_QUBITS],
}

impl Rest {
    /// Nothing but the measurement.
    fn none(touched: &[usize]) -> Rest {
        Rest { x: std::array::from_fn(|place| touched.get(place).map_or(0, |qubit| 1 << qubit)), z: [0; MAX_QUBITS] }
    }

    fn turned_over(&self, string: PauliString) -> u64 {
        let flips = bits(string.x).fold(0, |mask, place| mask ^ self.x[place]);
        bits(string.z).fold(flips, |mask, place| mask ^ self.z[place])
    }

    /// Puts a move before the rest: behind it, what does not commute with its string has become a product with it.
    fn precede(&mut self, made: Move) {
        match made {
            Move::Swap(a, b) => {
                self.x.swap(a, b);
                self.z.swap(a, b);
            }
            Move::Quarter(string) => {
                let of_string = self.turned_over(string);
                bits(string.z).for_each(|place| self.x[place] ^= of_string);
                bits(string.x).for_each(|place| self.z[place] ^= of_string);
            }
        }
    }
}
