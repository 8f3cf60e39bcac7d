//! Device noise by trajectories: each shot draws its own Pauli errors and its own outcome, from its own stream of randomness.
//!
//! Shots with the same errors evolve together; most have none. All patterns of errors run in order of their first error, so a
//! worker evolves the part before that once: its `base` state only ever moves forward, and each pattern goes on from a copy.

use super::evolve::places;
use super::memory::Demand;
use super::sample::locate;
use super::step::{self, Needs, Step};
use super::{Memory, SimulateError, StateVector};
use crate::circuit::{Circuit, Operation, Program};
use crate::device::NoiseModel;
use crate::gates::{Action, Gate, PauliString};
use crate::outcome::{Counts, Seed, Shots};
use rand::{Rng, RngExt};
use rayon::prelude::*;
use smallvec::SmallVec;
use std::f64::consts::FRAC_PI_2;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts over shots, each shot with errors of its own. Without a model there are none, and the counts are plain samples.
///
/// The errors are those of depolarizing channels after each operation ([`NoiseModel`]), by the number m of qubits it touches,
/// targets and controls together:
///
/// | m | channels |
/// |---|---|
/// | 1 | one one-qubit channel |
/// | 2 | one two-qubit channel; `swap` is three CNOTs and has three |
/// | 3 and more | two two-qubit channels on each pair of its qubits, m·(m-1) in all: six for a Toffoli, which costs six CNOTs |
///
/// A `pauliexp` counts by its targets and controls like any other gate; `nop` has no errors. The counts depend on program, noise,
/// shots and seed, and not on the number of threads or on the memory. Returned with the farthest that any squared norm was from 1.
///
/// # Errors
/// [`SimulateError`], all but [`SimulateError::Norm`] before any work is done.
pub fn trajectories(
    program: &Program,
    noise: Option<&NoiseModel>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<(Counts, f64), SimulateError> {
    match program {
        Program::Qis(circuit) => run(circuit, noise, shots, seed, memory),
        Program::Native(circuit) => run(circuit, noise, shots, seed, memory),
    }
}

fn run<G: Gate>(
    circuit: &Circuit<G>,
    noise: Option<&NoiseModel>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<(Counts, f64), SimulateError> {
    let touched = circuit.touched();
    let place = places(&touched);
    let channels = Channels::new(circuit, noise)?;
    let needs = Needs::of(circuit)?;

    // Everything is asked for at once: the states of all workers, the steps, the shots.
    let (count, states) = if channels.total() > 0.0 { (rayon::current_num_threads(), 2) } else { (1, 1) };
    let worker = Demand::states(touched.len(), states * (1 + needs.buffers));
    let rest = needs.steps.saturating_add(channels.bytes(shots));
    let fitting = (u128::from(memory.total()) / 2).saturating_sub(rest) / worker.bytes(); // half is left to other runs
    let workers = count.min(shots.get() as usize).min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1);
    let _reservation = memory.reserve(Demand::states(touched.len(), workers * states * (1 + needs.buffers)).and(rest))?;

    let mut drawn: Vec<Shot> = (0..shots.get()).into_par_iter().map(|shot| channels.draw(&mut seed.stream(shot.into()))).collect();
    drawn.par_sort_unstable_by(|a, b| a.order(b));
    let patterns: Vec<&[Shot]> = drawn.chunk_by(|a, b| a.errors == b.errors).collect();
    let plan = Plan::new(circuit, |qubit| place[qubit])?;
    let next = AtomicUsize::new(0);
    let work = |_| plan.work(touched.len(), || patterns.get(next.fetch_add(1, Ordering::Relaxed)).copied());
    let tallies: Vec<(Vec<usize>, f64)> = (0..workers).into_par_iter().map(work).collect::<Result<_, _>>()?;

    let norm_error = tallies.iter().map(|&(_, error)| error).fold(0.0, farther);
    let key = |&index: &usize| touched.iter().enumerate().fold(0, |key, (bit, qubit)| key | ((index >> bit & 1) as u64) << qubit);
    let outcomes = tallies.iter().flat_map(|(outcomes, _)| outcomes).map(key);
    Ok((Counts::from_outcomes(circuit.qubits(), outcomes), norm_error))
}

fn farther(a: f64, b: f64) -> f64 {
    if b.abs() > a.abs() { b } else { a }
}

/// A Pauli string that strikes after an operation; positions, not qubits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PauliError {
    operation: u32,
    string: PauliString,
}

/// What chance decides about one shot.
#[derive(Debug, Clone, PartialEq)]
struct Shot {
    /// In time order.
    errors: SmallVec<[PauliError; 2]>,
    /// Where in 0..1 the outcome lies.
    point: f64,
}

impl Shot {
    /// By the first error, none last; equal patterns side by side, their points ascending.
    fn order(&self, other: &Shot) -> std::cmp::Ordering {
        let first = |shot: &Shot| shot.errors.first().map_or(u32::MAX, |error| error.operation);
        let errors = first(self).cmp(&first(other)).then_with(|| self.errors.cmp(&other.errors));
        errors.then(self.point.total_cmp(&other.point))
    }
}

/// The channels of all operations, laid end to end on a line so that each is as long as its hazard, -ln(1 - probability).
///
/// Points scattered over the line at unit density hit a channel with just its probability, so drawing the errors of a shot takes
/// a step for each error and not for each gate.
struct Channels {
    operations: Vec<Charge>,
}

/// The channels of one operation, all alike.
struct Charge {
    /// The positions it touches.
    qubits: SmallVec<[usize; 4]>,
    /// How many channels there are.
    count: usize,
    /// The hazard of each.
    hazard: f64,
    /// Where on the line they begin and end.
    begin: f64,
    end: f64,
}

impl Channels {
    fn new<G: Gate>(circuit: &Circuit<G>, noise: Option<&NoiseModel>) -> Result<Channels, SimulateError> {
        let (one, two) = noise.map_or((0.0, 0.0), |model| (model.one_qubit, model.two_qubit));
        if let Some(&rate) = [one, two].iter().find(|rate| !(0.0..=1.0).contains(*rate)) {
            return Err(SimulateError::NoiseRate { rate });
        }
        // A rate is the probability of losing all memory of the qubits; one Pauli string in 4, or in 16, is then the identity.
        let (one, two) = (-(-one * 3.0 / 4.0).ln_1p(), -(-two * 15.0 / 16.0).ln_1p());
        let place = places(&circuit.touched());
        let mut begin = 0.0;
        let charge = |operation: &Operation<G>| {
            let qubits: SmallVec<[usize; 4]> = operation.qubits().map(|qubit| place[qubit]).collect();
            let (count, hazard) = match qubits.len() {
                _ if operation.gate.action() == Action::Identity => (0, 0.0),
                0 => (0, 0.0),
                1 => (1, one),
                2 if operation.gate.spec().name == "swap" => (3, two),
                2 => (1, two),
                m => (m * (m - 1), two),
            };
            let end = begin + count as f64 * hazard;
            let charge = Charge { qubits, count, hazard, begin, end };
            begin = end;
            charge
        };
        Ok(Channels { operations: circuit.operations().iter().map(charge).collect() })
    }

    /// How many points fall on the line, on average.
    fn total(&self) -> f64 {
        self.operations.last().map_or(0.0, |charge| charge.end)
    }

    /// About what the shots and their outcomes take in memory.
    fn bytes(&self, shots: Shots) -> u128 {
        let errors = 2.0 * self.total() * size_of::<PauliError>() as f64; // beyond two, in a list that grows by doubling
        let shot = size_of::<Shot>() + size_of::<&[Shot]>() + 2 * size_of::<usize>();
        u128::from(shots.get()) * (shot as u128 + errors as u128)
    }

    fn draw(&self, rng: &mut impl Rng) -> Shot {
        let mut errors: SmallVec<[PauliError; 2]> = SmallVec::new();
        let mut at = 0.0;
        loop {
            at -= (1.0 - rng.random::<f64>()).ln(); // the next point
            let index = self.operations.partition_point(|charge| charge.end <= at);
            let Some(charge) = self.operations.get(index) else { break };
            let channel = (((at - charge.begin) / charge.hazard) as usize).min(charge.count - 1);
            at = charge.begin + (channel + 1) as f64 * charge.hazard; // a channel is hit or not, how often is no matter
            let error = PauliError { operation: index as u32, string: charge.strike(channel, rng) };
            match errors.last_mut().filter(|last| last.operation == error.operation) {
                Some(last) => {
                    last.string = PauliString { x: last.string.x ^ error.string.x, z: last.string.z ^ error.string.z };
                    if last.string.is_identity() {
                        errors.pop();
                    }
                }
                None => errors.push(error),
            }
        }
        Shot { errors, point: rng.random() }
    }
}

impl Charge {
    /// One of the 3, or 15, Pauli strings on the qubits of one channel.
    fn strike(&self, channel: usize, rng: &mut impl Rng) -> PauliString {
        let letter = |code: u64, qubit: usize| PauliString { x: (code & 1) << qubit, z: (code >> 1 & 1) << qubit };
        if let [qubit] = *self.qubits {
            return letter(rng.random_range(1..4), qubit);
        }
        let m = self.qubits.len();
        let mut pairs = (0..m).flat_map(|a| (a + 1..m).map(move |b| (a, b)));
        let per_pair = self.count / (m * (m - 1) / 2);
        let (a, b) = pairs.nth(channel / per_pair).expect("channels are numbered pair by pair");
        let code = rng.random_range(1..16);
        let (a, b) = (letter(code, self.qubits[a]), letter(code >> 2, self.qubits[b]));
        PauliString { x: a.x | b.x, z: a.z | b.z }
    }
}

/// A circuit made ready for many evolutions.
struct Plan {
    steps: Vec<Step>,
    /// Where in `steps` each operation ends.
    ends: Vec<usize>,
}

impl Plan {
    fn new<G: Gate>(circuit: &Circuit<G>, place: impl Fn(usize) -> usize) -> Result<Plan, SimulateError> {
        let mut plan = Plan { steps: Vec::with_capacity(circuit.operations().len()), ends: Vec::with_capacity(circuit.operations().len()) };
        for operation in circuit.operations() {
            plan.steps.extend(step::steps(operation, &place)?);
            plan.ends.push(plan.steps.len());
        }
        Ok(plan)
    }

    /// Evolves patterns until there are no more; they come in the order of [`Shot::order`].
    fn work<'s>(&self, qubits: usize, next: impl Fn() -> Option<&'s [Shot]>) -> Result<(Vec<usize>, f64), SimulateError> {
        let mut base = StateVector::zero(qubits)?;
        let mut branch: Option<StateVector> = None;
        let mut done = 0;
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
                        none => none.insert(StateVector::zero(qubits)?),
                    };
                    branch.copy_from(&base);
                    let mut at = done;
                    for error in errors {
                        self.advance(branch, &mut at, self.ends[error.operation as usize])?;
                        branch.take(&Step::rotation(error.string, FRAC_PI_2, 0))?; // the string, times -i
                    }
                    self.advance(branch, &mut at, self.steps.len())?;
                    &*branch
                }
            };
            let points: Vec<f64> = shots.iter().map(|shot| shot.point).collect();
            let (found, error) = locate(state.amplitudes(), &points)?;
            outcomes.extend(found);
            norm_error = farther(norm_error, error);
        }
        Ok((outcomes, norm_error))
    }

    fn advance(&self, state: &mut StateVector, at: &mut usize, to: usize) -> Result<(), SimulateError> {
        for step in &self.steps[*at..to] {
            state.take(step)?;
        }
        *at = to;
        Ok(())
    }
}
