//! Shots by trajectories, on any state that takes steps: each draws its own Pauli errors and its own outcome, from its own stream of
//! randomness, so that they are the same whatever the state and however many threads there are.
//!
//! Shots with the same errors evolve together; most have none. All patterns of errors run in order of their first error, so a
//! worker evolves the part before that once: its `base` state only ever moves forward, and each pattern goes on from a copy.

use super::super::evolve::{places, spread};
use super::super::memory::{Demand, Reservation};
use super::super::prepare::{self, Needs};
use super::super::step::Step;
use super::super::{Engine, Sampled, SimulateError, Stop, farther};
use super::Asked;
use super::channels::{Channels, Shot};
use crate::circuit::Circuit;
use crate::gates::Gate;
use crate::outcome::{Counts, ProbabilitiesError};
use rayon::prelude::*;
use std::f64::consts::FRAC_PI_2;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many states a worker has where errors strike: one without and one with them.
pub(in crate::simulate) const STATES: usize = 2;

/// A state over the touched qubits, on its way through a circuit.
pub(in crate::simulate) trait Evolving {
    /// What ends its way early.
    type Error: From<SimulateError> + Send;

    /// Becomes a copy.
    fn copy_from(&mut self, other: &Self);

    /// Applies a step made ready for its positions; once the stop is raised it may leave a long one unfinished.
    fn take(&mut self, step: &Step, stop: &Stop) -> Result<(), Self::Error>;

    /// The outcomes at points of 0..1, which ascend, and how far the squared norm is from 1.
    fn locate(&self, points: &[f64]) -> Result<(Vec<u64>, f64), ProbabilitiesError>;
}

/// Shots that there is memory for.
pub(in crate::simulate) struct Trajectories<'a, G> {
    circuit: &'a Circuit<G>,
    asked: Asked<'a>,
    channels: Channels,
    touched: Vec<usize>,
    workers: usize,
    _reservation: Reservation,
}

impl<'a, G: Gate> Trajectories<'a, G> {
    /// Asks for the memory of everything at once, the states of all workers, the steps, the shots; `room` is what so many states take.
    ///
    /// # Errors
    /// [`SimulateError`], before any work is done.
    pub(in crate::simulate) fn admitted(
        circuit: &'a Circuit<G>,
        asked: Asked<'a>,
        room: impl Fn(usize, Needs) -> Demand,
    ) -> Result<Trajectories<'a, G>, SimulateError> {
        let Asked { read_out, shots, memory, .. } = asked;
        let channels = Channels::new(circuit, read_out)?;
        let (needs, touched) = (Needs::of(circuit)?, circuit.touched());
        let (count, states) = if channels.total() > 0.0 { (rayon::current_num_threads(), STATES) } else { (1, 1) };
        let worker = room(states, needs).bytes();
        let rest = needs.steps.saturating_add(channels.bytes(shots));
        let fitting = (u128::from(memory.total()) / 2).saturating_sub(rest) / worker; // half is left to other runs
        let workers = count.min(shots.get() as usize).min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1);
        let reservation = memory.reserve(Demand::states(touched.len(), 0).and(worker.saturating_mul(workers as u128)).and(rest))?;
        memory.stop().check()?; // it may have been raised during the wait
        Ok(Trajectories { circuit, asked, channels, touched, workers, _reservation: reservation })
    }

    /// Runs them, the operations in an order in which those on the same qubit stay as they are, from states that are `zero`.
    ///
    /// # Errors
    /// What ends the way of a state.
    pub(in crate::simulate) fn run<S: Evolving>(
        &self,
        order: &[usize],
        engine: Engine,
        zero: impl Fn() -> Result<S, S::Error> + Sync,
    ) -> Result<Sampled, S::Error> {
        let course = Course::new(self, order)?;
        let drawn = self.drawn(order);
        let patterns: Vec<&[Shot]> = drawn.chunk_by(|a, b| a.errors == b.errors).collect();
        let next = AtomicUsize::new(0);
        let work = |_| course.work(&zero, || patterns.get(next.fetch_add(1, Ordering::Relaxed)).copied());
        let seen: Vec<(Vec<u64>, f64)> = (0..self.workers).into_par_iter().map(work).collect::<Result<_, _>>()?;
        let norm_error = seen.iter().map(|&(_, error)| error).fold(0.0, farther);
        let counts = Counts::from_outcomes(self.circuit.qubits(), seen.into_iter().flat_map(|(outcomes, _)| outcomes));
        Ok(Sampled { counts, norm_error, engine })
    }

    /// What chance decides about all shots, in the order in which they run. Errors are drawn along the circuit as it is given, and told by
    /// the places of their operations in the order.
    fn drawn(&self, order: &[usize]) -> Vec<Shot> {
        let mut places = vec![0; self.circuit.operations().len()];
        (0u32..).zip(order).for_each(|(place, &operation)| places[operation] = place);
        let draw = |shot: u32| {
            let mut shot = self.channels.draw(&mut self.asked.seed.stream(shot.into()));
            shot.errors.iter_mut().for_each(|error| error.operation = places[error.operation as usize]);
            shot.errors.sort_unstable();
            shot
        };
        let mut drawn: Vec<Shot> = (0..self.asked.shots.get()).into_par_iter().map(draw).collect();
        drawn.par_sort_unstable_by(|a, b| a.order(b));
        drawn
    }
}

/// A circuit made ready for many evolutions.
struct Course<'c> {
    steps: Vec<Step>,
    /// Where in `steps` each operation ends.
    ends: Vec<usize>,
    touched: &'c [usize],
    stop: &'c Stop,
}

impl<'c> Course<'c> {
    fn new<G: Gate>(of: &'c Trajectories<'_, G>, order: &[usize]) -> Result<Course<'c>, SimulateError> {
        let mut course =
            Course { steps: Vec::new(), ends: Vec::with_capacity(order.len()), touched: &of.touched, stop: of.asked.memory.stop() };
        let place = places(&of.touched);
        for &index in order {
            course.steps.extend(prepare::steps(&of.circuit.operations()[index], |qubit| place[qubit])?);
            course.ends.push(course.steps.len());
        }
        Ok(course)
    }

    /// The outcomes of patterns as they are read, until there are no more. Patterns come in the order of [`Shot::order`].
    fn work<'s, S: Evolving>(
        &self,
        zero: impl Fn() -> Result<S, S::Error>,
        next: impl Fn() -> Option<&'s [Shot]>,
    ) -> Result<(Vec<u64>, f64), S::Error> {
        let (mut base, mut branch, mut done) = (zero()?, None, 0);
        let (mut outcomes, mut norm_error) = (Vec::new(), 0.0);
        while let Some(shots) = next() {
            let errors = &shots[0].errors;
            let struck = errors.first().map_or(self.steps.len(), |error| self.ends[error.operation as usize]);
            self.advance(&mut base, &mut done, struck)?;
            let state = match errors.is_empty() {
                true => &base,
                false => {
                    let branch = match &mut branch {
                        Some(branch) => branch,
                        none => none.insert(zero()?),
                    };
                    branch.copy_from(&base);
                    let mut at = done;
                    for error in errors {
                        self.advance(branch, &mut at, self.ends[error.operation as usize])?;
                        branch.take(&Step::rotation(error.string, FRAC_PI_2, 0), self.stop)?; // the string, times -i
                    }
                    self.advance(branch, &mut at, self.steps.len())?;
                    &*branch
                }
            };
            let points: Vec<f64> = shots.iter().map(|shot| shot.point).collect();
            let (found, error) = state.locate(&points).map_err(SimulateError::from)?;
            outcomes.extend(found.into_iter().zip(shots).map(|(outcome, shot)| spread(outcome as usize, self.touched) ^ shot.misread));
            norm_error = farther(norm_error, error);
        }
        Ok((outcomes, norm_error))
    }

    fn advance<S: Evolving>(&self, state: &mut S, at: &mut usize, to: usize) -> Result<(), S::Error> {
        for step in &self.steps[*at..to] {
            self.stop.check()?;
            state.take(step, self.stop)?;
        }
        self.stop.check()?;
        *at = to;
        Ok(())
    }
}
