//! From a program to what comes out of it: the one place where simulation and sampling meet.

use crate::circuit::Program;
use crate::device::NoiseModel;
use crate::outcome::{Counts, Probabilities, Seed, Shots};
use crate::simulate::{Memory, SimulateError, evolve, trajectories};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{Circuit, On};
    use crate::gates::{Qis, Radians};

    fn program() -> Program {
        Circuit::new(3, [Qis::Ry(Radians(1.0)).on([2]), Qis::X.on([0]).controlled_by([2])]).unwrap().into()
    }

    fn options(noise: Option<&'static str>, counted: bool) -> RunOptions {
        let noise = noise.and_then(|name| NoiseModel::named(name).unwrap());
        RunOptions { shots: Shots::new(2000).unwrap(), noise, counted, seed: Seed(5) }
    }

    fn outcome(noise: Option<&'static str>, counted: bool) -> Outcome {
        run(&program(), &options(noise, counted), Memory::shared()).unwrap()
    }

    #[test]
    fn the_ideal_simulator_gives_exact_probabilities_and_no_counts() {
        let outcome = outcome(None, false);
        assert_eq!(outcome.counts, None);
        let expected = (0.5f64).sin().powi(2);
        assert!((outcome.probabilities.get(0b101) - expected).abs() < 1e-15);
        assert!(outcome.norm_error.abs() < 1e-15);
    }

    #[test]
    fn a_device_and_noise_give_counts_and_their_frequencies() {
        for (noise, counted) in [(None, true), (Some("harmony"), false), (Some("harmony"), true)] {
            let outcome = outcome(noise, counted);
            let counts = outcome.counts.unwrap();
            assert_eq!(counts.shots(), 2000);
            assert_eq!(outcome.probabilities, counts.frequencies());
            assert_eq!(counts.get(0b000) + counts.get(0b101) == 2000, noise.is_none(), "{noise:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_outcome_and_another_one_another() {
        assert_eq!(outcome(Some("aria-1"), true), outcome(Some("aria-1"), true));
        let other = RunOptions { seed: Seed(6), ..options(Some("aria-1"), true) };
        assert_ne!(outcome(Some("aria-1"), true), run(&program(), &other, Memory::shared()).unwrap());
    }
}
