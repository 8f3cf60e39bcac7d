//! From a program to what comes out of it: the one place where simulation and sampling meet.

use crate::circuit::Program;
use crate::device::NoiseModel;
use crate::outcome::{Counts, Probabilities, Seed, Shots};
use crate::simulate::{Memory, SimulateError, evolve, trajectories};
use std::time::{Duration, Instant};

/// How a program is run.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// How often, where shots matter: the ideal simulator ignores them.
    pub shots: Shots,
    /// The noise of a device; `None` for an ideal one.
    pub noise: Option<&'static NoiseModel>,
    /// Whether the results are counts over shots even without noise, as those of a `qpu.*` backend are.
    pub counted: bool,
    /// Where the counts come from.
    pub seed: Seed,
}

impl Default for RunOptions {
    /// Ideal and exact.
    fn default() -> RunOptions {
        RunOptions { shots: Shots::DEFAULT, noise: None, counted: false, seed: Seed::default() }
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Exact probabilities, or the relative frequencies of the counts.
    pub probabilities: Probabilities,
    /// How often each outcome was seen; `None` if nothing was drawn.
    pub counts: Option<Counts>,
    /// How far the squared norm of the state was from 1 at the end; of several states, the farthest.
    pub norm_error: f64,
}

/// Runs a program.
///
/// ```
/// use paultrap::circuit::{Circuit, On};
/// use paultrap::gates::Qis;
/// use paultrap::outcome::{Seed, Shots};
/// use paultrap::run::{RunOptions, run};
/// use paultrap::simulate::Memory;
/// let bell = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])])?;
/// let options = RunOptions { shots: Shots::new(1000)?, noise: None, counted: true, seed: Seed(7) };
/// let counts = run(&bell.into(), &options, Memory::shared())?.counts.unwrap();
/// assert_eq!(counts.get(0b00) + counts.get(0b11), 1000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SimulateError`].
pub fn run(program: &Program, options: &RunOptions, memory: &Memory) -> Result<Outcome, SimulateError> {
    if options.noise.is_none() && !options.counted {
        let (probabilities, norm_error) = evolve(program, memory)?.probabilities()?;
        return Ok(Outcome { probabilities, counts: None, norm_error });
    }
    let (counts, norm_error) = trajectories(program, options.noise, options.shots, options.seed, memory)?;
    Ok(Outcome { probabilities: counts.frequencies(), counts: Some(counts), norm_error })
}

/// Runs a program and says how long that took: evolution, probabilities and counts, but neither reading the program nor writing
/// the outcome.
///
/// # Errors
/// [`SimulateError`].
pub fn timed(program: &Program, options: &RunOptions, memory: &Memory) -> Result<(Outcome, Duration), SimulateError> {
    let start = Instant::now();
    let outcome = run(program, options, memory)?;
    Ok((outcome, start.elapsed()))
}
