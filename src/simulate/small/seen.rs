//! Shots that are read from the outcomes of a state, right or wrong.

use super::super::noise::channels::Strike;
use super::super::{SimulateError, farther};
use super::normal;
use crate::outcome::{Seed, Tally};
use rand::RngExt;
use smallvec::SmallVec;

/// Up to so many shots of one state are looked up one by one.
const FEW: usize = 16;

/// A shot that is not like most: with errors, or with bits that are read wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Odd {
    pub(super) errors: SmallVec<[Strike; 2]>,
    pub(super) misread: u64,
}

/// Shots with the same errors.
pub(super) struct Pattern<'s> {
    /// How many of them are read right.
    pub(super) right: u32,
    /// All that have errors or are read wrong.
    pub(super) shots: &'s [Odd],
    /// Where their points come from.
    pub(super) seed: Seed,
}

impl Pattern<'_> {
    pub(super) fn errors(&self) -> &[Strike] {
        self.shots.first().map_or(&[], |shot| &shot.errors)
    }
}

/// What was seen, by the outcome of the touched qubits and, where bits were read wrong, one by one.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) right: Vec<u32>,
    pub(super) wrong: Vec<(usize, u64)>,
    pub(super) norm_error: f64,
}

impl Seen {
    /// What both have seen.
    pub(super) fn and(mut self, other: Seen) -> Seen {
        self.right.iter_mut().zip(&other.right).for_each(|(sum, count)| *sum += count);
        self.wrong.extend(other.wrong);
        self.norm_error = farther(self.norm_error, other.norm_error);
        self
    }

    /// Reads the shots of a pattern from the weights of its state's outcomes.
    pub(super) fn read(&mut self, pattern: &Pattern<'_>, weights: &[f64], sum: f64, tally: &mut Tally) -> Result<(), SimulateError> {
        normal(sum, weights.len())?;
        self.norm_error = farther(self.norm_error, sum - 1.0);
        self.right.resize(weights.len(), 0);
        let wrong = || pattern.shots.iter().map(|shot| shot.misread).filter(|&misread| misread != 0);
        let mut rng = pattern.seed.points(u64::from(u32::MAX));
        if pattern.errors().is_empty() || pattern.shots.len() > FEW {
            tally.lay(weights, sum);
            tally.draw(pattern.right, pattern.seed, &mut self.right);
            self.wrong.extend(wrong().map(|misread| (tally.at(rng.random()), misread)));
            return Ok(());
        }
        let rights = std::iter::repeat_n(0, pattern.right as usize);
        let mut shots: SmallVec<[(f64, u64); FEW]> = rights.chain(wrong()).map(|misread| (rng.random::<f64>() * sum, misread)).collect();
        shots.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        for ((_, misread), outcome) in shots.iter().zip(locate(weights, shots.iter().map(|&(point, _)| point))) {
            match misread {
                0 => self.right[outcome] += 1,
                _ => self.wrong.push((outcome, *misread)),
            }
        }
        Ok(())
    }
}

/// The outcomes at ascending points of outcomes side by side.
pub(super) fn locate(weights: &[f64], points: impl Iterator<Item = f64>) -> impl Iterator<Item = usize> {
    const CHUNK: usize = 16;
    let (mut begin, mut first) = (0.0, 0);
    points.map(move |point| {
        // In large steps first, as long as the next one ends before the point.
        while let Some(chunk) = weights.get(first..first + CHUNK) {
            let end = begin + chunk.iter().sum::<f64>();
            if end > point {
                break;
            }
            (begin, first) = (end, first + CHUNK);
        }
        let (mut passed, mut last) = (begin, None);
        for (outcome, &weight) in weights.iter().enumerate().skip(first).filter(|&(_, &weight)| weight > 0.0) {
            passed += weight;
            last = Some(outcome);
            if passed > point {
                break;
            }
        }
        // By rounding a point may lie behind the last outcome.
        last.or_else(|| weights.iter().rposition(|&weight| weight > 0.0)).unwrap_or(0)
    })
}
