//! Programs that measure on their way.

use super::{Outcome, RunError, RunOptions};
use crate::circuit::{MeasuredCircuit, Program, Register};
use crate::compile::{CompileError, CompileOptions, Target, compile};
use crate::gates::{Native, Qis};
use crate::outcome::{Counts, Probabilities};
use crate::simulate::{Engine, Memory, measured_distribution, measured_shots};

impl Outcome {
    /// What a register shows, alone.
    pub fn register_probabilities(&self, register: &Register) -> Probabilities {
        self.probabilities.regrouped(register.bits(), |outcome| register.of(outcome))
    }

    /// How often a register showed what; `None` if nothing was drawn.
    pub fn register_counts(&self, register: &Register) -> Option<Counts> {
        self.counts.as_ref().map(|counts| counts.regrouped(register.bits(), |outcome| register.of(outcome)))
    }
}

/// Runs a program that measures on its way; outcomes are of its bits.
///
/// The ideal simulator gives the exact distribution. Elsewhere the gates between two measurements are compiled for the device as they
/// are, each run of them by itself, and have its noise; measurements, resets and waiting have none, but that a QPU misreads bits.
///
/// ```
/// use paultrap::circuit::read_qasm3_program;
/// use paultrap::run::{RunOptions, run_measured};
/// use paultrap::simulate::Memory;
/// let text = "include \"stdgates.inc\"; qubit q; bit a; bit b; h q; a = measure q; reset q; h q; b = measure q;";
/// let outcome = run_measured(&read_qasm3_program(text)?, &RunOptions::default(), Memory::shared())?;
/// assert!((outcome.probabilities.get(0b10) - 0.25).abs() < 1e-15);
/// assert!((outcome.register_probabilities(&outcome.registers[1]).get(1) - 0.5).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RunError`].
pub fn run_measured(program: &MeasuredCircuit<Qis>, options: &RunOptions, memory: &Memory) -> Result<Outcome, RunError> {
    let registers = program.registers().to_vec();
    let Some(target) = options.machine.target() else {
        let (probabilities, norm_error) = measured_distribution(program, memory)?;
        return Ok(Outcome { registers, ..Outcome::exact(probabilities, norm_error, Engine::StateVector) });
    };
    let native = lowered(program, &target)?;
    let (shots, norm_error) = measured_shots(&native, options.machine.read_out(), options.shots, options.seed, memory)?;
    let counts = Counts::from_outcomes(program.bits(), shots.iter().copied());
    Ok(Outcome { registers, shots: Some(shots), ..Outcome::counted(counts, norm_error, Engine::StateVector) })
}

/// Each run of gates as native gates that do the same, whatever the state.
pub(super) fn lowered(program: &MeasuredCircuit<Qis>, target: &Target) -> Result<MeasuredCircuit<Native>, CompileError> {
    program.rewritten(|gates| compile(&Program::Qis(gates), target, CompileOptions { exact: true }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::read_qasm3_program;
    use crate::device::{Catalog, Device};
    use crate::outcome::{Seed, Shots};
    use crate::run::Machine;

    fn program(body: &str) -> MeasuredCircuit<Qis> {
        read_qasm3_program(&format!("include \"stdgates.inc\";\n{body}")).unwrap()
    }

    fn outcome(body: &str, machine: Machine, shots: i64) -> Outcome {
        let options = RunOptions { machine, shots: Shots::new(shots).unwrap(), debiasing: None, seed: Seed(4) };
        run_measured(&program(body), &options, Memory::shared()).unwrap()
    }

    fn device(name: &str, change: impl Fn(&mut Device)) -> std::sync::Arc<Device> {
        let mut device = Catalog::built_in().find(name).unwrap().as_ref().clone();
        change(&mut device);
        device.into()
    }

    const CHAIN: &str = "qubit[3] q; bit[2] c; bit d; rx(0.9) q[0]; c[0] = measure q[0]; cx q[0], q[2]; h q[0]; reset q[0]; \
                         ry(2.1) q[0]; cx q[0], q[1]; c[1] = measure q[1]; h q[1]; cp(0.7) q[1], q[2]; h q[1]; d = measure q[1];";

    #[test]
    fn a_device_without_errors_gives_the_distribution_of_the_ideal_simulator() {
        let ideal = outcome(CHAIN, Machine::Ideal, 1);
        let perfect = |device: &mut Device| {
            device.noise.iter_mut().for_each(|noise| (noise.one_qubit, noise.two_qubit) = (0.0, 0.0));
            device.characterizations.iter_mut().for_each(|known| known.fidelity_spam = 1.0);
        };
        let line = |device: &mut Device| {
            perfect(device);
            device.connectivity = Some((1..device.qubits).map(|qubit| [qubit - 1, qubit]).collect());
        };
        let machines = [
            Machine::Noisy(device("qpu.aria-1", perfect)),
            Machine::Qpu(device("qpu.forte-1", perfect)),
            Machine::Qpu(device("qpu.forte-1", line)),
        ];
        for machine in machines {
            let counted = outcome(CHAIN, machine, 50_000);
            let counts = counted.counts.unwrap();
            for (key, p) in ideal.probabilities.iter() {
                let (expected, sigma) = (50_000.0 * p, (50_000.0 * p * (1.0 - p)).sqrt());
                assert!((f64::from(counts.get(key)) - expected).abs() <= 5.0 * sigma, "{key}: {} of {expected}", counts.get(key));
            }
        }
    }

    #[test]
    fn a_qpu_misreads_bits_and_the_simulator_under_its_noise_does_not() {
        let noiseless = |device: &mut Device| {
            device.noise.iter_mut().for_each(|noise| (noise.one_qubit, noise.two_qubit) = (0.0, 0.0));
            device.characterizations.iter_mut().for_each(|known| known.fidelity_spam = 0.9);
        };
        let body = "qubit q; bit[2] c; c[0] = measure q; x q; c[1] = measure q;";
        let simulated = outcome(body, Machine::Noisy(device("qpu.aria-1", noiseless)), 10_000);
        assert_eq!(simulated.counts.unwrap().get(0b10), 10_000);
        let counts = outcome(body, Machine::Qpu(device("qpu.aria-1", noiseless)), 10_000).counts.unwrap();
        for (key, p) in [(0b10, 0.81), (0b00, 0.09), (0b11, 0.09), (0b01, 0.01)] {
            let sigma = f64::sqrt(10_000.0 * p * (1.0 - p));
            assert!((f64::from(counts.get(key)) - 10_000.0 * p).abs() <= 5.0 * sigma, "{key}: {}", counts.get(key));
        }
    }

    #[test]
    fn native_gates_between_measurements_have_the_noise_of_the_model() {
        // Two x on one qubit with a measurement between them are two gates, and without one none at all.
        let loud = |device: &mut Device| device.noise.iter_mut().for_each(|noise| (noise.one_qubit, noise.two_qubit) = (0.5, 0.5));
        let ones = |body: &str| outcome(body, Machine::Noisy(device("qpu.aria-1", loud)), 20_000).register_ones();
        assert_eq!(ones("qubit q; bit[2] c; x q; x q; c[0] = measure q;")[0], 0);
        let [first, second] = ones("qubit q; bit[2] c; x q; c[0] = measure q; x q; c[1] = measure q;");
        // 1 - r/2, and then again: (1 - r/2)·r/2 twice.
        assert!((f64::from(first) - 15_000.0).abs() < 5.0 * 62.0, "{first}");
        assert!((f64::from(second) - 7_500.0).abs() < 5.0 * 69.0, "{second}");
    }

    impl Outcome {
        /// How often each of two bits was 1.
        fn register_ones(&self) -> [u32; 2] {
            let counts = self.counts.as_ref().unwrap();
            [0, 1].map(|bit| counts.iter().filter(|(key, _)| key >> bit & 1 == 1).map(|(_, count)| count).sum())
        }
    }

    #[test]
    fn registers_and_shots_tell_the_same_as_all_bits_together() {
        let outcome = outcome(CHAIN, Machine::Noisy(device("qpu.aria-1", |_| ())), 3000);
        let (shots, counts) = (outcome.shots.clone().unwrap(), outcome.counts.clone().unwrap());
        assert_eq!(Counts::from_outcomes(3, shots.iter().copied()), counts);
        let [c, d] = outcome.registers.as_slice() else { panic!("two registers") };
        let own = outcome.register_counts(c).unwrap();
        assert_eq!(own.get(0b10), counts.get(0b010) + counts.get(0b110));
        assert_eq!((own.qubits(), own.shots()), (2, 3000));
        let (ones, all) = (outcome.register_probabilities(d).get(1), (4..8).map(|key| outcome.probabilities.get(key)).sum::<f64>());
        assert!((ones - all).abs() < 1e-12);
    }

    #[test]
    fn a_program_too_wide_for_the_device_is_refused() {
        let options = RunOptions { machine: Machine::Qpu(device("qpu.aria-1", |_| ())), ..RunOptions::default() };
        let refused = run_measured(&program("qubit[26] q; h q;"), &options, Memory::shared()).unwrap_err();
        assert_eq!(refused, RunError::Compile(CompileError::TooWide { qubits: 26, allowed: 25 }));
    }
}
