//! All ways through a program, and what is at their ends.

use super::super::memory::Memory;
use super::super::prepare::Needs;
use super::super::{Replay, SimulateError, StateVector, farther};
use super::collapse::{chances, is_apart, project, turn_over};
use super::course::{Course, Stage};
use super::{NEGLIGIBLE, Pool};
use crate::circuit::MeasuredCircuit;
use crate::gates::Gate;
use crate::outcome::Probabilities;
use num_complex::Complex64;

/// The most outcomes that several ways may lead to.
const MAX_OUTCOMES: usize = 1 << 22;

/// The most ways through a program, however short they are.
const MAX_WAYS: usize = 1 << 20;

/// What all ways together may cost, in multiplications of an amplitude. Some minutes on two cores.
const MAX_WORK: f64 = (1u64 << 37) as f64;

/// How many ways any program may have, however long they are.
const LEAST_WAYS: usize = 16;

/// The exact distribution of the bits that a circuit measures, without noise, and the farthest that any squared norm was from 1.
///
/// A measurement after which nothing changes its qubit is read from the state at the end. Every other one, and every reset, has two
/// ways out wherever both are possible; they are gone one after the other, and their probabilities multiply. A reset of a qubit that is
/// not entangled with any other has one: it leaves the same state whatever the qubit was. That takes a state for each fork on the way
/// to the one at work, besides two for what comes out.
///
/// ```
/// use paultrap::circuit::read_qasm3_program;
/// use paultrap::simulate::{Memory, measured_distribution};
/// let text = "include \"stdgates.inc\"; qubit q; bit[2] c; h q; c[0] = measure q; x q; c[1] = measure q;";
/// let (probabilities, _) = measured_distribution(&read_qasm3_program(text)?, Memory::shared())?;
/// assert!((probabilities.get(0b01) - 0.5).abs() < 1e-15 && (probabilities.get(0b10) - 0.5).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SimulateError::OutOfMemory`] and [`SimulateError::PauliExp`] before any work is done; [`SimulateError::Ways`],
/// [`SimulateError::Outcomes`] and [`SimulateError::Waiting`] when the forks turn out to be too many.
pub fn measured_distribution<G: Gate>(program: &MeasuredCircuit<G>, memory: &Memory) -> Result<(Probabilities, f64), SimulateError> {
    let needs = Needs::of(program.gates())?;
    let course = Course::of(program, false);
    let touched = program.gates().touched();
    let results = if course.forks > 0 { 3 * outcome_bytes(MAX_OUTCOMES.ilog2().min(program.bits() as u32)) } else { 0 };
    let bytes = needs.steps.saturating_add(results + 2 * outcome_bytes(course.read.len() as u32));
    let mut pool = Pool::new(touched.len(), 1 + course.forks, needs.buffers, bytes, memory)?;
    let replay = Replay::of(program.gates(), &touched)?;
    let most = most_ways(&course, &replay, touched.len());
    let mut walk = Walk { course: &course, replay: &replay, most, ways: 1, norm_error: 0.0, found: Vec::new(), merged: 0 };
    walk.everywhere(&mut pool)?;
    let (probabilities, sum_error) = Probabilities::normalized(program.bits(), walk.merged())?;
    Ok((probabilities, farther(walk.norm_error, sum_error)))
}

fn outcome_bytes(bits: u32) -> u128 {
    (size_of::<(u64, f64)>() as u128) << bits
}

pub(super) fn most_ways(course: &Course, replay: &Replay, width: usize) -> usize {
    let passes = replay.cost() + 3.0 * course.forks as f64 + course.read.len() as f64 + 1.0;
    let way = passes * (1u128 << width) as f64;
    ((MAX_WORK / way) as usize).clamp(LEAST_WAYS, MAX_WAYS)
}

/// Somewhere on the way.
struct Node {
    state: StateVector,
    stage: usize,
    /// The bits so far.
    bits: u64,
    probability: f64,
}

struct Walk<'c> {
    course: &'c Course,
    replay: &'c Replay,
    /// How many ways there may be, and have been.
    most: usize,
    ways: usize,
    norm_error: f64,
    /// Outcomes and their probabilities; the same outcome may come several times.
    found: Vec<(u64, f64)>,
    /// How many of them have been merged last.
    merged: usize,
}

impl Walk<'_> {
    /// Depth first, so that few states wait.
    fn everywhere(&mut self, pool: &mut Pool) -> Result<(), SimulateError> {
        let mut waiting = vec![Node { state: pool.zero()?, stage: 0, bits: 0, probability: 1.0 }];
        while let Some(mut node) = waiting.pop() {
            while let Some(&stage) = self.course.stages.get(node.stage) {
                pool.go_on()?;
                node.stage += 1;
                match stage {
                    Stage::Gate(index) => self.replay.apply(index, &mut node.state)?,
                    Stage::Measure { place, .. } | Stage::Reset { place } => {
                        waiting.extend(self.fork(&mut node, stage, place, pool)?);
                    }
                }
            }
            pool.go_on()?;
            self.arrive(&node)?;
            pool.give_back(node.state);
        }
        Ok(())
    }

    /// Goes the way of 0, or the only one there is; the other one is given back.
    fn fork(&mut self, node: &mut Node, stage: Stage, place: usize, pool: &mut Pool) -> Result<Option<Node>, SimulateError> {
        let (chances, norm_error) = chances(node.state.amplitudes(), place)?;
        self.norm_error = farther(self.norm_error, norm_error);
        let mut other = None;
        let both = chances.iter().all(|chance| *chance > NEGLIGIBLE);
        if both && matches!(stage, Stage::Reset { .. }) && is_apart(node.state.amplitudes(), place, chances) {
            // Both ways lead to the same state with the same bits: one stands for both, with the probability of both.
            settle(&mut node.state, stage, chances[1] > chances[0], chances);
            return Ok(None);
        }
        if both {
            self.ways += 1;
            if self.ways > self.most {
                return Err(SimulateError::Ways { forks: self.course.forks, limit: self.most });
            }
            let mut node = Node { state: pool.copy(&node.state)?, ..*node };
            take(&mut node, stage, true, chances);
            other = Some(node);
        }
        take(node, stage, other.is_none() && chances[1] > chances[0], chances);
        Ok(other)
    }

    /// Reads what is left to be read.
    fn arrive(&mut self, node: &Node) -> Result<(), SimulateError> {
        let places = &self.course.read;
        let mut outcomes = marginal(node.state.amplitudes(), places);
        let sum: f64 = crate::outcome::compensated_sum(outcomes.iter().copied());
        self.norm_error = farther(self.norm_error, sum - 1.0);
        outcomes.iter_mut().for_each(|probability| *probability *= node.probability);
        let spread =
            |index: usize| places.iter().enumerate().fold(node.bits, |bits, (k, (_, mask))| bits | (mask * (index >> k & 1) as u64));
        let seen = || outcomes.iter().enumerate().filter(|(_, probability)| **probability > NEGLIGIBLE || probability.is_nan());
        self.found.reserve(seen().count());
        self.found.extend(seen().map(|(index, probability)| (spread(index), *probability)));
        if self.found.len() > 2 * self.merged + (1 << 16) {
            self.merge();
        }
        match self.merged > MAX_OUTCOMES && self.course.forks > 0 {
            true => Err(SimulateError::Outcomes { limit: MAX_OUTCOMES }),
            false => Ok(()),
        }
    }

    fn merge(&mut self) {
        self.found.sort_unstable_by_key(|&(outcome, _)| outcome);
        self.found.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        self.merged = self.found.len();
    }

    fn merged(&mut self) -> Vec<(u64, f64)> {
        self.merge();
        std::mem::take(&mut self.found)
    }
}

/// The qubit of the stage turns out to be `outcome`.
fn take(node: &mut Node, stage: Stage, outcome: bool, chances: [f64; 2]) {
    node.probability *= chances[usize::from(outcome)];
    node.bits |= settle(&mut node.state, stage, outcome, chances);
}

/// Collapses a state, and returns the bits that have become 1.
pub(super) fn settle(state: &mut StateVector, stage: Stage, outcome: bool, chances: [f64; 2]) -> u64 {
    let amplitudes = state.amplitudes_mut();
    let scale = chances[usize::from(outcome)].sqrt().recip();
    match stage {
        Stage::Gate(_) => 0,
        Stage::Measure { place, bit } => {
            project(amplitudes, place, outcome, scale);
            bit.filter(|_| outcome).map_or(0, |bit| 1 << bit)
        }
        Stage::Reset { place } => {
            project(amplitudes, place, outcome, scale);
            if outcome {
                turn_over(amplitudes, place);
            }
            0
        }
    }
}

/// The distribution over the places that are read; bit k of the index is the k-th of them.
fn marginal(amplitudes: &[Complex64], read: &[(usize, u64)]) -> Vec<f64> {
    let mut sums = vec![0.0; 1 << read.len()];
    for (index, amplitude) in amplitudes.iter().enumerate() {
        let key = read.iter().enumerate().fold(0, |key, (k, (place, _))| key | (index >> place & 1) << k);
        sums[key] += amplitude.norm_sqr();
    }
    sums
}
