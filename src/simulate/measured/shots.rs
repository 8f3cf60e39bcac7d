//! The ways that shots take: each shot has its own errors, and chance sends it one way or the other.
//!
//! Shots go together for as long as the same has happened to them. Where they part, the larger party waits for the smaller one:
//! so no more states wait than the number of shots can be halved.

use super::super::memory::Memory;
use super::super::noise::channels::{Channels, Strike};
use super::super::prepare::Needs;
use super::super::sample::locate;
use super::super::step::Step;
use super::super::{ReadOut, Replay, SimulateError, StateVector, farther};
use super::Pool;
use super::collapse::chances;
use super::course::{Course, Stage};
use super::ways::settle;
use crate::circuit::MeasuredCircuit;
use crate::gates::Gate;
use crate::outcome::{Seed, Shots};
use rand::RngExt;
use rayon::prelude::*;
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::f64::consts::FRAC_PI_2;

/// What every shot has measured, in the order of the shots, and the farthest that any squared norm was from 1.
///
/// Gates have errors as in [`trajectories`](super::super::trajectories); measurements, resets and waiting have none, but for bits
/// misread. No more ways are gone than there are shots. The outcomes depend on program, noise, shots and seed, and not on the number of
/// threads or on the memory.
///
/// # Errors
/// [`SimulateError::OutOfMemory`], [`SimulateError::PauliExp`], [`SimulateError::NoiseRate`] and [`SimulateError::ReadOut`] before any
/// work is done; [`SimulateError::Waiting`] when there is memory for fewer states than the forks turn out to need.
pub fn measured_shots<G: Gate>(
    program: &MeasuredCircuit<G>,
    ReadOut { noise, misread }: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<(Vec<u64>, f64), SimulateError> {
    if !(0.0..=1.0).contains(&misread) {
        return Err(SimulateError::ReadOut { given: misread });
    }
    let channels = Channels::new(program.gates(), ReadOut { noise, misread: 0.0 })?;
    let noisy = channels.total() > 0.0;
    let needs = Needs::of(program.gates())?;
    let course = Course::of(program, noisy);
    let touched = program.gates().touched();
    let forks = if noisy { usize::MAX } else { course.forks };
    let wanted = 1 + forks.min(shots.get().ilog2() as usize);
    let mut pool = Pool::new(touched.len(), wanted, needs.buffers, needs.steps.saturating_add(channels.bytes(shots)), memory)?;
    let replay = Replay::of(program.gates(), &touched)?;
    let errors = |shot: u32| -> Errors { channels.draw(&mut seed.stream(shot.into())).errors.into_iter().rev().collect() };
    let mut walk = Walk {
        course: &course,
        replay: &replay,
        errors: (0..shots.get()).into_par_iter().map(errors).collect(),
        bits: vec![0; shots.get() as usize],
        norm_error: 0.0,
    };
    // Streams of the seed itself are the shots'.
    let [ways, reading] = [1, 2].map(|index| seed.child(u64::MAX).child(index));
    walk.everywhere(ways, &mut pool)?;
    let Walk { mut bits, norm_error, .. } = walk;
    turn_over(&mut bits, program.measured(), misread, reading);
    Ok((bits, norm_error))
}

/// What is still to strike a shot, the next one last.
type Errors = SmallVec<[Strike; 2]>;

/// A party of shots to which the same has happened.
struct Party {
    state: StateVector,
    stage: usize,
    /// How many operations are done.
    done: usize,
    /// The one that is struck next last.
    shots: Vec<u32>,
    seed: Seed,
}

struct Walk<'c> {
    course: &'c Course,
    replay: &'c Replay,
    errors: Vec<Errors>,
    bits: Vec<u64>,
    norm_error: f64,
}

impl Walk<'_> {
    fn everywhere(&mut self, seed: Seed, pool: &mut Pool) -> Result<(), SimulateError> {
        let shots = self.sorted((0..self.bits.len() as u32).collect());
        let mut waiting = vec![Party { state: pool.zero()?, stage: 0, done: 0, shots, seed }];
        while let Some(mut party) = waiting.pop() {
            loop {
                while let Some(other) = self.strike(&mut party, pool)? {
                    wait(&mut party, other, &mut waiting);
                }
                let Some(&stage) = self.course.stages.get(party.stage) else { break };
                pool.go_on()?;
                party.stage += 1;
                match stage {
                    Stage::Gate(index) => {
                        self.replay.apply(index, &mut party.state)?;
                        party.done = index + 1;
                    }
                    Stage::Measure { place, .. } | Stage::Reset { place } => {
                        if let Some(other) = self.fork(&mut party, stage, place, pool)? {
                            wait(&mut party, other, &mut waiting);
                        }
                    }
                }
            }
            pool.go_on()?;
            self.arrive(&party)?;
            pool.give_back(party.state);
        }
        Ok(())
    }

    /// Lets the errors of the last operation strike; those that are not struck, or otherwise, become a party of their own.
    fn strike(&mut self, party: &mut Party, pool: &mut Pool) -> Result<Option<Party>, SimulateError> {
        let Some(error) = self.due(party) else { return Ok(None) };
        let mut struck = Vec::new();
        while self.due(party) == Some(error) {
            struck.extend(party.shots.pop());
        }
        for &shot in &struck {
            self.errors[shot as usize].pop();
        }
        let rest = std::mem::replace(&mut party.shots, self.sorted(struck));
        let mut other = None;
        if !rest.is_empty() {
            other = Some(Party { state: pool.copy(&party.state)?, shots: rest, ..*party });
            party.seed = party.seed.child(error.operation.into()).child(error.string.x).child(error.string.z);
        }
        party.state.take(&Step::rotation(error.string, FRAC_PI_2, 0))?; // the string, times -i
        Ok(other)
    }

    /// The error that strikes a shot of the party now.
    fn due(&self, party: &Party) -> Option<Strike> {
        let next = self.errors[*party.shots.last()? as usize].last().copied();
        next.filter(|error| (error.operation as usize) < party.done)
    }

    /// In the order of their next error, none first.
    fn sorted(&self, mut shots: Vec<u32>) -> Vec<u32> {
        let next = |shot: &u32| self.errors[*shot as usize].last().copied();
        shots.sort_unstable_by_key(|shot| (next(shot).map(Reverse), *shot));
        shots
    }

    /// Every shot finds out for itself what the qubit is.
    fn fork(&mut self, party: &mut Party, stage: Stage, place: usize, pool: &mut Pool) -> Result<Option<Party>, SimulateError> {
        let (chances, norm_error) = chances(party.state.amplitudes(), place)?;
        self.norm_error = farther(self.norm_error, norm_error);
        let mut rng = party.seed.stream(party.stage as u64);
        let (ones, zeros): (Vec<u32>, Vec<u32>) = party.shots.drain(..).partition(|_| rng.random::<f64>() < chances[1]);
        let mut other = None;
        if !ones.is_empty() && !zeros.is_empty() {
            let seed = party.seed.child(!(party.stage as u64));
            let mut ones = Party { state: pool.copy(&party.state)?, shots: ones, seed, ..*party };
            self.settle(&mut ones, stage, true, chances);
            other = Some(ones);
            party.shots = zeros;
            self.settle(party, stage, false, chances);
        } else {
            let outcome = zeros.is_empty();
            party.shots = if outcome { ones } else { zeros };
            self.settle(party, stage, outcome, chances);
        }
        Ok(other)
    }

    fn settle(&mut self, party: &mut Party, stage: Stage, outcome: bool, chances: [f64; 2]) {
        let bits = settle(&mut party.state, stage, outcome, chances);
        for &shot in &party.shots {
            self.bits[shot as usize] |= bits;
        }
    }

    /// Reads what is left to be read.
    fn arrive(&mut self, party: &Party) -> Result<(), SimulateError> {
        if self.course.read.is_empty() {
            return Ok(());
        }
        let mut rng = party.seed.stream(0);
        let mut points: Vec<(f64, u32)> = party.shots.iter().map(|&shot| (rng.random(), shot)).collect();
        points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let ascending: Vec<f64> = points.iter().map(|(point, _)| *point).collect();
        let (found, norm_error) = locate(party.state.amplitudes(), &ascending)?;
        self.norm_error = farther(self.norm_error, norm_error);
        for ((_, shot), index) in points.into_iter().zip(found) {
            self.bits[shot as usize] |= self.course.bits(index);
        }
        Ok(())
    }
}

/// The larger one of two parties waits.
fn wait(party: &mut Party, mut other: Party, waiting: &mut Vec<Party>) {
    if other.shots.len() < party.shots.len() {
        std::mem::swap(party, &mut other);
    }
    waiting.push(other);
}

/// Turns each of the bits in the mask over with this probability, in every shot.
fn turn_over(shots: &mut [u64], mask: u64, probability: f64, seed: Seed) {
    if probability == 0.0 {
        return;
    }
    let mut rng = seed.stream(0);
    for shot in shots {
        for bit in (0..u64::BITS).filter(|bit| mask >> bit & 1 == 1) {
            *shot ^= u64::from(rng.random::<f64>() < probability) << bit;
        }
    }
}
