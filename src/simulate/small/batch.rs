//! Many circuits at once.

use super::super::{Memory, SimulateError};
use super::super::{Sampled, sample};
use crate::circuit::Program;
use crate::outcome::{Seed, Shots};
use rayon::prelude::*;
use std::borrow::Borrow;

/// So many circuits are the least that a thread takes at a time: a fraction of a millisecond of work.
const CHUNK: usize = 32;

/// A circuit and the shots to be drawn of it.
pub(crate) type Draw<'p> = (&'p Program, Shots, Seed);

/// Shots of many circuits, in their order; circuit k has the seed [`seed.child(k)`](Seed::child), and what comes out is what
/// [`sample`](super::super::sample) gives for it. All threads work on small circuits, wide ones follow one by one.
///
/// ```
/// use paultrap::circuit::{Circuit, On, Program};
/// use paultrap::gates::{Qis, Radians};
/// use paultrap::outcome::{Seed, Shots};
/// use paultrap::simulate::{Memory, sample, sample_batch};
/// let tilted = |k: u32| Circuit::new(1, [Qis::Ry(Radians(f64::from(k) / 100.0)).on([0])]).map(Program::from);
/// let circuits = (0..300).map(tilted).collect::<Result<Vec<Program>, _>>()?;
/// let shots = Shots::new(1000)?;
/// let drawn = sample_batch(&circuits, shots, Seed(7), Memory::shared());
/// assert_eq!(drawn.len(), 300);
/// assert_eq!(drawn[271], sample(&circuits[271], shots, Seed(7).child(271), Memory::shared()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sample_batch<P: Borrow<Program> + Sync>(
    programs: &[P],
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Vec<Result<Sampled, SimulateError>> {
    let draws: Vec<Draw<'_>> = (0u64..).zip(programs).map(|(index, program)| (program.borrow(), shots, seed.child(index))).collect();
    sample_each(&draws, memory)
}

/// The same with shots and a seed for each.
pub(crate) fn sample_each(draws: &[Draw<'_>], memory: &Memory) -> Vec<Result<Sampled, SimulateError>> {
    let small = |&(program, shots, seed): &Draw<'_>| super::sample(program, shots, seed, memory);
    let drawn: Vec<_> = draws.par_iter().with_min_len(CHUNK).map(small).collect();
    // A wide circuit may have to wait for memory, which is no place to be in for one of many threads.
    drawn
        .into_iter()
        .zip(draws)
        .map(|(drawn, &(program, shots, seed))| drawn.unwrap_or_else(|| sample(program, shots, seed, memory)))
        .collect()
}
