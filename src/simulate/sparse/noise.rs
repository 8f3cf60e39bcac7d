//! Shots with errors: those with the same errors evolve together, from where the first of them strikes.

use super::super::channels::{Channels, Shot};
use super::super::memory::Memory;
use super::super::prepare;
use super::super::sample::locate;
use super::super::step::{Step, Steps};
use super::super::{Engine, ReadOut, Sampled, SimulateError, Stop};
use super::lazy::Lazy;
use super::state::{Full, Sparse};
use super::{in_rooms, room};
use crate::circuit::Circuit;
use crate::gates::pauli::bits;
use crate::gates::{Gate, PauliString};
use crate::outcome::{Counts, Seed, Shots};
use num_complex::Complex64;
use rayon::prelude::*;
use std::f64::consts::FRAC_PI_2;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Shots of a circuit with errors.
///
/// # Errors
/// As [`trajectories`](super::super::trajectories).
pub(in crate::simulate) fn trajectories<G: Gate>(
    circuit: &Circuit<G>,
    read_out: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Sampled, SimulateError> {
    in_rooms(circuit, states(), memory, |most| trajectories_within(circuit, most, read_out, shots, seed, memory))
}

/// One without errors and one with for each worker.
fn states() -> usize {
    2 * rayon::current_num_threads()
}

/// The same; `None` if some shot's state has more than `most` amplitudes on the way.
///
/// # Errors
/// The same.
pub(in crate::simulate) fn trajectories_within<G: Gate>(
    circuit: &Circuit<G>,
    most: usize,
    read_out: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Option<Sampled>, SimulateError> {
    let bytes = Channels::new(circuit, read_out)?.bytes(shots);
    let touched = circuit.touched();
    let _reservation = memory.reserve(room(touched.len(), states(), most).and(bytes))?;
    memory.stop().check()?;
    let Some(circuit) = &reordered(circuit, most, memory.stop())? else { return Ok(None) };
    let channels = Channels::new(circuit, read_out)?;
    let draw = |shot: u32| channels.draw(&mut seed.stream(shot.into()));
    let mut drawn: Vec<Shot> = (0..shots.get()).into_par_iter().map(draw).collect();
    drawn.par_sort_unstable_by(|a, b| a.order(b));
    let patterns: Vec<&[Shot]> = drawn.chunk_by(|a, b| a.errors == b.errors).collect();
    let plan = Plan::new(circuit, &touched, most, memory.stop())?;
    let next = AtomicUsize::new(0);
    let work = |_| plan.work(|| patterns.get(next.fetch_add(1, Ordering::Relaxed)).copied());
    let tallies: Option<Vec<(Vec<u64>, f64)>> = (0..states() / 2).into_par_iter().map(work).collect::<Result<_, _>>()?;
    let Some(tallies) = tallies else { return Ok(None) };
    let farther = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
    let norm_error = tallies.iter().map(|(_, error)| *error).fold(0.0, farther);
    let counts = Counts::from_outcomes(circuit.qubits(), tallies.into_iter().flat_map(|(outcomes, _)| outcomes));
    Ok(Some(Sampled { counts, norm_error, engine: Engine::Sparse }))
}

/// The circuit with its operations in an order in which there are few amplitudes on the way, as long as there are no errors.
fn reordered<G: Gate>(circuit: &Circuit<G>, most: usize, stop: &Stop) -> Result<Option<Circuit<G>>, SimulateError> {
    let mut lazy = Lazy::new(circuit, most, usize::MAX, stop);
    if lazy.run()?.is_err() {
        return Ok(None);
    }
    let operations = lazy.into_order().into_iter().map(|index| circuit.operations()[index].clone());
    Ok(Some(Circuit::new(circuit.qubits(), operations).expect("the same operations are valid in any order")))
}

/// A circuit made ready for many evolutions.
struct Plan<'c> {
    operations: Vec<Steps>,
    /// The qubits that errors name by their position.
    touched: &'c [usize],
    most: usize,
    stop: &'c Stop,
}

/// What an evolution fails with, besides having no room.
type Filled<T> = Result<Option<T>, SimulateError>;

impl<'c> Plan<'c> {
    fn new<G: Gate>(circuit: &Circuit<G>, touched: &'c [usize], most: usize, stop: &'c Stop) -> Result<Plan<'c>, SimulateError> {
        let operations = circuit.operations().iter().map(|operation| prepare::steps(operation, |qubit| qubit));
        Ok(Plan { operations: operations.collect::<Result<_, _>>()?, touched, most, stop })
    }

    /// What the shots of patterns show, until there are no more patterns; `None` if there is no room.
    fn work<'s>(&self, next: impl Fn() -> Option<&'s [Shot]>) -> Filled<(Vec<u64>, f64)> {
        let (mut base, mut branch, mut done) = (Sparse::zero(self.most), Sparse::zero(self.most), 0);
        let (mut outcomes, mut norm_error) = (Vec::new(), 0.0f64);
        while let Some(shots) = next() {
            let errors = &shots[0].errors;
            let struck = errors.first().map_or(self.operations.len(), |error| error.operation as usize + 1);
            if self.advance(&mut base, &mut done, struck)?.is_none() {
                return Ok(None);
            }
            branch.copy_from(&base);
            let mut at = done;
            for error in errors {
                let struck = self.advance(&mut branch, &mut at, error.operation as usize + 1)?;
                let string = self.placed(error.string);
                if struck.is_none() || branch.take(&Step::rotation(string, FRAC_PI_2, 0), self.stop) == Err(Full) {
                    return Ok(None);
                }
            }
            if self.advance(&mut branch, &mut at, self.operations.len())?.is_none() {
                return Ok(None);
            }
            let amplitudes: Vec<Complex64> = branch.entries().iter().map(|&(_, amplitude)| amplitude).collect();
            let points: Vec<f64> = shots.iter().map(|shot| shot.point).collect();
            let (found, error) = locate(&amplitudes, &points)?;
            outcomes.extend(found.into_iter().zip(shots).map(|(index, shot)| branch.entries()[index].0 ^ shot.misread));
            norm_error = if error.abs() > norm_error.abs() { error } else { norm_error };
        }
        Ok(Some((outcomes, norm_error)))
    }

    fn advance(&self, state: &mut Sparse, at: &mut usize, to: usize) -> Filled<()> {
        for step in self.operations[*at..to].iter().flatten() {
            self.stop.check()?;
            if state.take(step, self.stop) == Err(Full) {
                return Ok(None);
            }
        }
        self.stop.check()?;
        *at = to;
        Ok(Some(()))
    }

    fn placed(&self, string: PauliString) -> PauliString {
        let spread = |mask: u64| bits(mask).fold(0, |spread, place| spread | 1 << self.touched[place]);
        PauliString { x: spread(string.x), z: spread(string.z) }
    }
}
