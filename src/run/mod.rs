//! From a program to what comes out of it: the one place where compiler, simulation and sampling meet.
//!
//! May import: everything above it. Read [`fn@run`] first, then `machine.rs`.

#[cfg(test)]
mod conformance;
mod debias;
#[cfg(test)]
mod density;
mod error;
mod fit;
mod input;
mod machine;
mod measured;

pub use debias::{DEBIASING_SHOTS, TooFewShots, VARIANTS};
pub use error::RunError;
pub use fit::{Unfit, check};
pub use input::{check_input, compiled_input, run_input};
pub use machine::Machine;
pub use measured::run_measured;

use crate::circuit::{Circuit, Program, Register};
use crate::compile::{CompileError, CompileOptions, Target, compile};
use crate::gates::Native;
use crate::outcome::{Counts, Probabilities, Seed, Shots, Variant};
use crate::simulate::{self, Demand, Engine, Memory, SimulateError, trajectories_of};
use std::sync::Arc;

/// How a program is run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOptions {
    /// How often, where shots matter: the ideal simulator ignores them.
    pub shots: Shots,
    /// What runs it.
    pub machine: Machine,
    /// Whether to debias, as it was asked for: see [`RunOptions::debiases`].
    pub debiasing: Option<bool>,
    /// Where the counts come from.
    pub seed: Seed,
}

impl Default for RunOptions {
    /// Ideal and exact.
    fn default() -> RunOptions {
        RunOptions { shots: Shots::DEFAULT, machine: Machine::Ideal, debiasing: None, seed: Seed::default() }
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
    /// What simulated it; of several circuits, the last.
    pub engine: Engine,
    /// What bits of an outcome are called together.
    pub registers: Vec<Register>,
    /// The outcomes in the order of the shots, where it is known.
    pub shots: Option<Vec<u64>>,
    /// The native circuit that ran; `None` on the ideal simulator, which runs programs as they are. Where few qubits couple it can
    /// be wider than the program, whose qubits are then the first ones.
    pub compiled: Option<Arc<Circuit<Native>>>,
    /// What the counts are made of, if the run was debiased.
    pub variants: Vec<Variant>,
}

impl Outcome {
    /// What the ideal simulator gives.
    pub fn exact(probabilities: Probabilities, norm_error: f64, engine: Engine) -> Outcome {
        Outcome {
            probabilities,
            counts: None,
            norm_error,
            engine,
            registers: Vec::new(),
            shots: None,
            compiled: None,
            variants: Vec::new(),
        }
    }

    /// About what it takes in memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        const ENTRY: usize = size_of::<(u64, f64)>();
        let counts = |counts: &Counts| ENTRY * counts.iter().len();
        let variants: usize = self.variants.iter().map(|variant| counts(&variant.counts) + size_of_val(&*variant.qubit_map)).sum();
        let compiled = self.compiled.as_ref().map_or(0, |circuit| size_of_val(circuit.operations()));
        let shots = self.shots.as_ref().map_or(0, |shots| size_of_val(&**shots));
        ENTRY * self.probabilities.len() + self.counts.as_ref().map_or(0, counts) + variants + compiled + shots
    }

    /// What counting gives.
    pub fn counted(counts: Counts, norm_error: f64, engine: Engine) -> Outcome {
        Outcome { counts: Some(counts.clone()), ..Outcome::exact(counts.frequencies(), norm_error, engine) }
    }
}

/// Runs a program.
///
/// ```
/// use paultrap::circuit::{Circuit, On};
/// use paultrap::gates::Qis;
/// use paultrap::outcome::{Seed, Shots};
/// use paultrap::device::Catalog;
/// use paultrap::run::{Machine, RunOptions, run};
/// use paultrap::simulate::Memory;
/// let bell = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])])?;
/// let aria = Catalog::built_in().find("qpu.aria-1").cloned().unwrap();
/// let options = RunOptions { shots: Shots::new(1000)?, machine: Machine::Qpu(aria), seed: Seed(7), ..RunOptions::default() };
/// let counts = run(&bell.into(), &options, Memory::shared())?.counts.unwrap();
/// assert_eq!(counts.shots(), 1000);
/// assert!(counts.get(0b00) + counts.get(0b11) > 900);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// QIS circuits are compiled for a noisy machine first, since its rates are those of native gates; native circuits run as they are.
/// On a device each bit is misread besides, by the fidelity of preparation and measurement in its last characterization, and
/// debiasing shares the shots among variants of the circuit ([`RunOptions::debiases`]).
///
/// # Errors
/// [`RunError`].
pub fn run(program: &Program, options: &RunOptions, memory: &Memory) -> Result<Outcome, RunError> {
    let Some(target) = options.machine.target() else {
        let ran = simulate::probabilities(program, memory)?;
        return Ok(Outcome::exact(ran.probabilities, ran.norm_error, ran.engine));
    };
    if let Machine::Qpu(device) = &options.machine
        && options.debiases(program.gateset())
    {
        return debias::run(program, device, options, memory);
    }
    let native = native(program, &target)?;
    let ran = trajectories_of(&native, options.machine.read_out(), options.shots, options.seed, memory)?;
    let outcome = Outcome::counted(ran.counts.of_first(program.qubits()), ran.norm_error, ran.engine);
    Ok(Outcome { compiled: Some(Arc::new(native)), ..outcome })
}

/// What a machine with noise plays for a program; `None` for the ideal simulator, which runs programs as they are.
///
/// # Errors
/// [`CompileError`].
pub fn compiled(program: &Program, machine: &Machine) -> Result<Option<Circuit<Native>>, CompileError> {
    machine.target().map(|target| native(program, &target)).transpose()
}

fn native(program: &Program, target: &Target) -> Result<Circuit<Native>, CompileError> {
    match program {
        Program::Native(circuit) => Ok(circuit.clone()),
        Program::Qis(_) => compile(program, target, CompileOptions { exact: false }),
    }
}

/// Whether there is memory for a program, without running it.
///
/// # Errors
/// [`SimulateError`], those that [`fn@run`] would fail with before any work is done that takes long.
pub fn admit(program: &Program, machine: &Machine, memory: &Memory) -> Result<(), SimulateError> {
    let Some(target) = machine.target() else { return simulate::check(program, memory) };
    // Native gates need no buffers, only the state of the errors besides the one without.
    let needed = memory.check(Demand::states(program.touched().len(), 2));
    match (needed, native(program, &target)) {
        (Ok(_), _) => Ok(()),
        (Err(_), Ok(native)) => simulate::check_trajectories(&native, memory),
        (Err(error), Err(_)) => Err(error.into()), // it will not be compiled either
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{Circuit, On};
    use crate::device::Catalog;
    use crate::gates::{Qis, Radians};

    fn program() -> Program {
        Circuit::new(3, [Qis::Ry(Radians(1.0)).on([2]), Qis::X.on([0]).controlled_by([2])]).unwrap().into()
    }

    fn noisy(name: &str) -> Machine {
        Machine::Noisy(Catalog::built_in().noise_model(name).unwrap().unwrap().clone())
    }

    fn qpu(name: &str) -> Machine {
        Machine::Qpu(Catalog::built_in().find(name).unwrap().clone())
    }

    fn outcome(machine: Machine, seed: u64) -> Outcome {
        run(&program(), &RunOptions { shots: Shots::new(2000).unwrap(), machine, debiasing: None, seed: Seed(seed) }, Memory::shared())
            .unwrap()
    }

    #[test]
    fn the_ideal_simulator_gives_exact_probabilities_and_no_counts() {
        let outcome = outcome(Machine::Ideal, 5);
        assert_eq!(outcome.counts, None);
        let expected = (0.5f64).sin().powi(2);
        assert!((outcome.probabilities.get(0b101) - expected).abs() < 1e-15);
        assert!(outcome.norm_error.abs() < 1e-15);
    }

    #[test]
    fn a_device_and_noise_give_counts_and_their_frequencies() {
        for machine in [noisy("harmony"), qpu("qpu.harmony")] {
            let outcome = outcome(machine, 5);
            let counts = outcome.counts.unwrap();
            assert_eq!(counts.shots(), 2000);
            assert_eq!(outcome.probabilities, counts.frequencies());
            assert!(counts.get(0b000) + counts.get(0b101) < 2000);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_outcome_and_another_one_another() {
        assert_eq!(outcome(qpu("qpu.aria-1"), 5), outcome(qpu("qpu.aria-1"), 5));
        assert_ne!(outcome(qpu("qpu.aria-1"), 5), outcome(qpu("qpu.aria-1"), 6));
    }
}
