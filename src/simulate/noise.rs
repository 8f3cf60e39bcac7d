//! Device noise by trajectories: each shot draws its own Pauli errors and its own outcome, from its own stream of randomness.
//!
//! Shots with the same errors evolve together; most have none. All patterns of errors run in order of their first error, so a
//! worker evolves the part before that once: its `base` state only ever moves forward, and each pattern goes on from a copy.

use super::channels::{Channels, Shot};
use super::evolve::places;
use super::memory::Demand;
use super::prepare::{self, Needs};
use super::sample::locate;
use super::small::Small;
use super::step::Step;
use super::{Engine, Memory, Sampled, SimulateError, StateVector, Stop, wide_noise};
use crate::circuit::{Circuit, Program};
use crate::device::NoiseModel;
use crate::gates::Gate;
use crate::outcome::{Counts, Seed, Shots};
use rayon::prelude::*;
use std::f64::consts::FRAC_PI_2;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What goes wrong on the way from the gates to the bits of a shot.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReadOut<'n> {
    /// Errors after gates.
    pub noise: Option<&'n NoiseModel>,
    /// The probability with which each measured bit is reported turned over; the qubit is as it was measured.
    pub misread: f64,
}

/// Counts over shots, each shot with errors of its own; with none to be had, plain samples.
///
/// The errors are those of one depolarizing channel after each gate, by whether it acts on one qubit or on two ([`NoiseModel`]); `nop`
/// has none. Rates are measured on native gates, so circuits of others are to be compiled first. Then each of the circuit's bits is
/// misread or not. The counts depend on program, noise, shots and seed, and not on the number of threads or on the memory.
///
/// # Errors
/// [`SimulateError`], all but [`SimulateError::Norm`] before any work is done; [`SimulateError::NoisyGate`] for noise after a gate on
/// more than two qubits.
pub fn trajectories(program: &Program, read_out: ReadOut<'_>, shots: Shots, seed: Seed, memory: &Memory) -> Result<Sampled, SimulateError> {
    match program {
        Program::Qis(circuit) => of_circuit(circuit, read_out, shots, seed, memory),
        Program::Native(circuit) => of_circuit(circuit, read_out, shots, seed, memory),
    }
}

/// [`trajectories`] of a circuit.
///
/// # Errors
/// The same.
pub(crate) fn of_circuit<G: Gate>(
    circuit: &Circuit<G>,
    read_out: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Sampled, SimulateError> {
    if let Some(small) = Small::of(circuit) {
        return small.noisy(read_out, shots, seed, memory);
    }
    match wide_noise::trajectories(circuit, None, read_out, shots, seed, memory)? {
        Some(sampled) => Ok(sampled),
        None => of_amplitudes(circuit, read_out, shots, seed, memory),
    }
}

/// [`trajectories`] of a circuit, of all its amplitudes, by shots that draw their errors one by one.
///
/// # Errors
/// The same.
pub(super) fn of_amplitudes<G: Gate>(
    circuit: &Circuit<G>,
    read_out: ReadOut<'_>,
    shots: Shots,
    seed: Seed,
    memory: &Memory,
) -> Result<Sampled, SimulateError> {
    let touched = circuit.touched();
    let place = places(&touched);
    let channels = Channels::new(circuit, read_out)?;
    let needs = Needs::of(circuit)?;

    // Everything is asked for at once: the states of all workers, the steps, the shots.
    let (count, states) = if channels.total() > 0.0 { (rayon::current_num_threads(), 2) } else { (1, 1) };
    let worker = Demand::states(touched.len(), states * (1 + needs.buffers));
    let rest = needs.steps.saturating_add(channels.bytes(shots));
    let fitting = (u128::from(memory.total()) / 2).saturating_sub(rest) / worker.bytes(); // half is left to other runs
    let workers = count.min(shots.get() as usize).min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1);
    let _reservation = memory.reserve(Demand::states(touched.len(), workers * states * (1 + needs.buffers)).and(rest))?;

    memory.stop().check()?; // it may have been raised during the wait
    let mut drawn: Vec<Shot> = (0..shots.get()).into_par_iter().map(|shot| channels.draw(&mut seed.stream(shot.into()))).collect();
    drawn.par_sort_unstable_by(|a, b| a.order(b));
    let patterns: Vec<&[Shot]> = drawn.chunk_by(|a, b| a.errors == b.errors).collect();
    let plan = Plan::new(circuit, |qubit| place[qubit], memory.stop())?;
    let next = AtomicUsize::new(0);
    let work = |_| plan.work(touched.len(), || patterns.get(next.fetch_add(1, Ordering::Relaxed)).copied());
    let tallies: Vec<(Vec<(usize, u64)>, f64)> = (0..workers).into_par_iter().map(work).collect::<Result<_, _>>()?;

    let norm_error = tallies.iter().map(|&(_, error)| error).fold(0.0, farther);
    let spread = |index: usize| touched.iter().enumerate().fold(0, |key, (bit, qubit)| key | ((index >> bit & 1) as u64) << qubit);
    let key = |&(index, misread): &(usize, u64)| spread(index) ^ misread;
    let outcomes = tallies.iter().flat_map(|(outcomes, _)| outcomes).map(key);
    Ok(Sampled { counts: Counts::from_outcomes(circuit.qubits(), outcomes), norm_error, engine: Engine::StateVector })
}

fn farther(a: f64, b: f64) -> f64 {
    if b.abs() > a.abs() { b } else { a }
}

/// A circuit made ready for many evolutions.
struct Plan {
    steps: Vec<Step>,
    /// Where in `steps` each operation ends.
    ends: Vec<usize>,
    stop: Stop,
}

impl Plan {
    fn new<G: Gate>(circuit: &Circuit<G>, place: impl Fn(usize) -> usize, stop: &Stop) -> Result<Plan, SimulateError> {
        let operations = circuit.operations().len();
        let mut plan = Plan { steps: Vec::with_capacity(operations), ends: Vec::with_capacity(operations), stop: stop.clone() };
        for operation in circuit.operations() {
            plan.steps.extend(prepare::steps(operation, &place)?);
            plan.ends.push(plan.steps.len());
        }
        Ok(plan)
    }

    /// The outcomes of patterns until there are no more, and the bits of each that are read wrong. Patterns come in the order of [`Shot::order`].
    fn work<'s>(&self, qubits: usize, next: impl Fn() -> Option<&'s [Shot]>) -> Result<(Vec<(usize, u64)>, f64), SimulateError> {
        let mut base = StateVector::zero(qubits)?.until(&self.stop);
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
                        none => none.insert(StateVector::zero(qubits)?.until(&self.stop)),
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
            outcomes.extend(found.into_iter().zip(shots.iter().map(|shot| shot.misread)));
            norm_error = farther(norm_error, error);
        }
        Ok((outcomes, norm_error))
    }

    fn advance(&self, state: &mut StateVector, at: &mut usize, to: usize) -> Result<(), SimulateError> {
        for step in &self.steps[*at..to] {
            self.stop.check()?;
            state.take(step)?;
        }
        self.stop.check()?;
        *at = to;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::evolve;
    use super::super::oracle::{M, c, on, operator};
    use super::*;
    use crate::circuit::{On, Operation};
    use crate::gates::{Native, PauliExp, Qis, Radians, Turns, matrix};

    fn model(one_qubit: f64, two_qubit: f64) -> NoiseModel {
        NoiseModel { names: vec!["test".to_owned()], one_qubit, two_qubit, qubits: 29 }
    }

    fn counts(program: &Program, noise: Option<&NoiseModel>, shots: i64, seed: u64) -> Counts {
        let shots = Shots::new(shots).unwrap();
        let sampled = trajectories(program, ReadOut { noise, misread: 0.0 }, shots, Seed(seed), &Memory::limited_to(1 << 30)).unwrap();
        assert!(sampled.norm_error.abs() < 1e-13 && sampled.counts.shots() == shots.get());
        sampled.counts
    }

    fn assert_within_five_sigmas(counts: &Counts, probabilities: &[f64]) {
        let shots = f64::from(counts.shots());
        for (outcome, &p) in probabilities.iter().enumerate() {
            let (expected, sigma) = (shots * p, (shots * p * (1.0 - p)).sqrt());
            let off = f64::from(counts.get(outcome as u64)) - expected;
            assert!(off.abs() <= 5.0 * sigma + 1e-6, "outcome {outcome}: {off} away from {expected}, sigma {sigma}");
        }
    }

    /// A depolarizing channel as the average over all Pauli strings on its qubits, each a Kronecker product.
    fn depolarized(state: &M, qubits: usize, on_qubits: &[usize], rate: f64) -> M {
        let pauli = |letter: usize| {
            let m = [matrix::IDENTITY, matrix::X, matrix::Y, matrix::Z][letter];
            M::from_fn(2, 2, |row, column| m[row][column])
        };
        let count = 4usize.pow(on_qubits.len() as u32);
        let strings = (0..count).map(|code| {
            let factors: Vec<_> = on_qubits.iter().enumerate().map(|(k, &qubit)| (qubit, pauli(code >> (2 * k) & 3))).collect();
            on(qubits, &factors)
        });
        let average = strings.fold(state * c(0.0, 0.0), |sum, string| sum + &string * state * string.adjoint()) / c(count as f64, 0.0);
        state * c(1.0 - rate, 0.0) + average * c(rate, 0.0)
    }

    /// The outcome distribution by density matrices: each operation, then the channels listed with it.
    fn exact<G: Gate>(qubits: usize, operations: &[(Operation<G>, Vec<Vec<usize>>)], noise: &NoiseModel) -> Vec<f64> {
        let mut state = M::zeros(1 << qubits, 1 << qubits);
        state[(0, 0)] = c(1.0, 0.0);
        for (operation, channels) in operations {
            let unitary = operator(operation, qubits);
            state = &unitary * state * unitary.adjoint();
            for channel in channels {
                state = depolarized(&state, qubits, channel, if channel.len() == 1 { noise.one_qubit } else { noise.two_qubit });
            }
        }
        state.diagonal().iter().map(|entry| entry.re).collect()
    }

    fn check<G: Gate>(qubits: usize, operations: Vec<(Operation<G>, Vec<Vec<usize>>)>, seed: u64)
    where
        Program: From<Circuit<G>>,
    {
        let noise = model(0.25, 0.15);
        let circuit = Circuit::new(qubits, operations.iter().map(|(operation, _)| operation.clone())).unwrap();
        assert_every_way_within_five_sigmas(&circuit, &noise, seed, &exact(qubits, &operations, &noise));
    }

    /// By trajectories whose errors are drawn together and one by one, and by a density matrix.
    fn assert_every_way_within_five_sigmas<G: Gate>(circuit: &Circuit<G>, noise: &NoiseModel, seed: u64, exact: &[f64]) {
        let (read_out, shots, seed) = (ReadOut { noise: Some(noise), misread: 0.0 }, Shots::new(100_000).unwrap(), Seed(seed));
        let (small, channels) = (Small::of(circuit).unwrap(), Channels::new(circuit, read_out).unwrap());
        let memory = &Memory::limited_to(1 << 30);
        let small = |density| small.noisy_by(density, &channels, read_out, shots, seed, memory);
        for (engine, drawn) in [
            (Engine::StateVector, small(false)),
            (Engine::DensityMatrix, small(true)),
            (Engine::StateVector, of_amplitudes(circuit, read_out, shots, seed, memory)),
        ] {
            let Sampled { counts, norm_error, engine: ran } = drawn.unwrap();
            assert!(norm_error.abs() < 1e-13 && counts.shots() == shots.get() && ran == engine);
            assert_within_five_sigmas(&counts, exact);
        }
    }

    /// Turns every qubit by an angle of its own, so that no outcome is like another; each turn is one one-qubit gate.
    fn turned(qubits: usize, angle: f64) -> Vec<(Operation<Qis>, Vec<Vec<usize>>)> {
        (0..qubits).map(|q| (Qis::Ry(Radians(angle + 0.4 * q as f64)).on([q]), vec![vec![q]])).collect()
    }

    #[test]
    fn one_and_two_qubit_gates_have_the_closed_forms_of_depolarization() {
        let noise = model(0.3, 0.2);
        let flip = Circuit::new(1, [Qis::X.on([0])]).unwrap();
        assert_within_five_sigmas(&counts(&flip.into(), Some(&noise), 100_000, 1), &[0.15, 0.85]);
        let bell = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])]).unwrap();
        // Half of a Bell pair stays, the rest is spread over four outcomes; what befalls the Hadamard does not show.
        assert_within_five_sigmas(&counts(&bell.into(), Some(&noise), 100_000, 2), &[0.45, 0.05, 0.05, 0.45]);
    }

    #[test]
    fn a_gate_on_one_or_two_qubits_has_one_channel_whatever_it_is() {
        let exp = |terms: &[&str]| Qis::PauliExp(PauliExp::new(terms[0].len(), terms, &vec![0.4; terms.len()], 1.3).unwrap().into());
        let mut operations = turned(3, 0.7);
        operations.push((exp(&["X"]).on([2]), vec![vec![2]]));
        operations.push((exp(&["XY", "ZZ"]).on([2, 0]), vec![vec![0, 2]]));
        operations.push((exp(&["Y"]).on([1]).controlled_by([2]), vec![vec![1, 2]]));
        operations.push((exp(&["IXI"]).on([0, 1, 2]), vec![vec![1]])); // by the qubits that have a letter
        operations.push((Qis::Swap.on([1, 0]), vec![vec![0, 1]]));
        check(3, operations, 5);
    }

    #[test]
    fn noise_after_a_gate_on_three_qubits_is_refused_by_name() {
        let toffoli: Program = Circuit::new(3, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0, 2])]).unwrap().into();
        let ran = |noise| trajectories(&toffoli, ReadOut { noise, misread: 0.0 }, Shots::DEFAULT, Seed(0), Memory::shared());
        let noise = model(0.1, 0.1);
        let refused = ran(Some(&noise)).unwrap_err();
        assert_eq!(refused.to_string(), "operation 1: x acts on 3 qubits, noise is known of gates on one or two");
        assert!(ran(None).is_ok());
    }

    #[test]
    fn every_bit_is_misread_with_the_same_probability_and_by_itself() {
        // Qubit 1 is 1, the others 0; nobody touches qubit 2, and it is read like the others.
        let program: Program = Circuit::new(3, [Qis::X.on([1]), Qis::Z.on([0])]).unwrap().into();
        for (misread, seed) in [(0.004, 1), (0.3, 2), (1.0, 3)] {
            let read_out = ReadOut { noise: None, misread };
            let sampled = trajectories(&program, read_out, Shots::new(200_000).unwrap(), Seed(seed), Memory::shared()).unwrap();
            let wrong = |outcome: u64| (outcome ^ 0b010).count_ones() as i32;
            let expected: Vec<f64> =
                (0..8).map(|outcome| misread.powi(wrong(outcome)) * (1.0 - misread).powi(3 - wrong(outcome))).collect();
            assert_within_five_sigmas(&sampled.counts, &expected);
        }
    }

    #[test]
    fn a_probability_of_misreading_that_is_none_is_refused() {
        for misread in [-0.1, 1.1, f64::NAN] {
            let refused = trajectories(&ghz(2), ReadOut { noise: None, misread }, Shots::DEFAULT, Seed(0), Memory::shared());
            assert!(matches!(refused, Err(SimulateError::ReadOut { .. })));
        }
    }

    #[test]
    fn errors_strike_between_gates_and_a_nop_has_none() {
        let operations = vec![
            (Native::Gpi2(Turns(0.1)).on([0]), vec![vec![0]]),
            (Native::Ms(Turns(0.2), Turns(0.7), Turns(0.11)).on([2, 0]), vec![vec![0, 2]]),
            (Native::Nop.on([2]), vec![]),
            (Native::Gpi2(Turns(0.6)).on([2]), vec![vec![2]]),
            (Native::Zz(Turns(0.13)).on([1, 2]), vec![vec![1, 2]]),
            (Native::Gpi(Turns(0.3)).on([1]), vec![vec![1]]),
            (Native::Gpi2(Turns(-0.2)).on([0]), vec![vec![0]]),
        ];
        check(3, operations, 6);
    }

    #[test]
    fn a_second_error_strikes_where_it_falls_and_not_where_the_first_did() {
        // Before the CNOT an error on its control spreads to the target, after it it does not.
        let operations = vec![
            (Qis::Ry(Radians(0.4)).on([1]), vec![vec![1]]),
            (Qis::X.on([1]).controlled_by([0]), vec![vec![0, 1]]),
            (Qis::Ry(Radians(0.3)).on([0]), vec![vec![0]]),
        ];
        let noise = model(0.6, 0.05);
        let circuit = Circuit::new(2, operations.iter().map(|(operation, _)| operation.clone())).unwrap();
        assert_every_way_within_five_sigmas(&circuit, &noise, 7, &exact(2, &operations, &noise));
    }

    #[test]
    fn no_two_shots_share_their_randomness() {
        let even: Program = Circuit::new(13, (0..13).map(|qubit| Qis::H.on([qubit]))).unwrap().into();
        for noise in [None, Some(&model(0.1, 0.1))] {
            let seen = counts(&even, noise, 100, 12).iter().len();
            assert!(seen > 95, "{seen} outcomes in 100 shots at 2^13 possible ones");
        }
    }

    fn ghz(qubits: usize) -> Program {
        let chain = (1..qubits).map(|qubit| Qis::X.on([qubit]).controlled_by([qubit - 1]));
        Circuit::new(qubits + 3, std::iter::once(Qis::H.on([0])).chain(chain)).unwrap().into()
    }

    #[test]
    fn counts_do_not_depend_on_the_number_of_threads_or_on_the_memory() {
        let noise = model(0.02, 0.05);
        for program in [ghz(4), ghz(super::super::tiles::PARALLEL_QUBITS)] {
            let shots = Shots::new(if program.qubits() < 10 { 3000 } else { 10 }).unwrap();
            let draw = |threads, bytes| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| {
                    trajectories(&program, ReadOut { noise: Some(&noise), misread: 0.1 }, shots, Seed(9), &Memory::limited_to(bytes))
                        .unwrap()
                        .counts
                })
            };
            let one = draw(1, 1 << 30);
            assert_eq!(one, draw(2, 1 << 30));
            assert_eq!(one, draw(3, 1 << 30));
            assert_eq!(one, draw(4, 3 << 20)); // enough for one worker
            assert_ne!(one, counts(&program, Some(&noise), shots.get().into(), 10));
        }
    }

    #[test]
    fn without_errors_the_counts_are_samples_of_the_exact_distribution() {
        let operations = [Qis::Ry(Radians(0.9)).on([1]), Qis::Ry(Radians(2.0)).on([3]).controlled_by([1])];
        let program: Program = Circuit::new(4, operations).unwrap().into();
        let (exact, _) = evolve(&program, &Memory::limited_to(1 << 20)).unwrap().probabilities().unwrap();
        let plain = counts(&program, None, 100_000, 8);
        assert_within_five_sigmas(&plain, &(0..16).map(|outcome| exact.get(outcome)).collect::<Vec<_>>());
        assert_eq!(plain, counts(&program, Some(&model(0.0, 0.0)), 100_000, 8));
    }

    #[test]
    fn a_rate_that_is_no_probability_is_refused() {
        for rate in [-0.1, 1.1, f64::NAN] {
            let refused =
                trajectories(&ghz(2), ReadOut { noise: Some(&model(0.0, rate)), misread: 0.0 }, Shots::DEFAULT, Seed(0), Memory::shared())
                    .unwrap_err();
            assert_eq!(refused.to_string(), format!("noise rate {rate} is not allowed, a rate is in 0..=1"));
        }
    }

    #[test]
    fn a_circuit_without_gates_gives_zeros() {
        let empty = Circuit::<Qis>::new(2, []).unwrap().into();
        assert_eq!(counts(&empty, Some(&model(0.1, 0.1)), 10, 1).iter().collect::<Vec<_>>(), [(0, 10)]);
    }
}
