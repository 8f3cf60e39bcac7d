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
    let (read_out, shots) = (ReadOut { noise: Some(noise), misread: 0.0 }, Shots::new(100_000).unwrap());
    let asked = Asked { read_out, shots, seed: Seed(seed), memory: &Memory::limited_to(1 << 30) };
    let (small, channels) = (Small::of(circuit).unwrap(), Channels::new(circuit, read_out).unwrap());
    let small = |density| small.noisy_by(density, &channels, asked);
    for (engine, drawn) in
        [(Engine::StateVector, small(false)), (Engine::DensityMatrix, small(true)), (Engine::StateVector, of_amplitudes(circuit, asked))]
    {
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
        let expected: Vec<f64> = (0..8).map(|outcome| misread.powi(wrong(outcome)) * (1.0 - misread).powi(3 - wrong(outcome))).collect();
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

/// Turns and a chain: all amplitudes, none of them zero.
fn tied(qubits: usize) -> Program {
    let turns = (0..qubits).map(|qubit| Qis::Ry(Radians(0.4 + 0.1 * qubit as f64)).on([qubit]));
    let chain = (1..qubits).map(|qubit| Qis::X.on([qubit]).controlled_by([qubit - 1]));
    Circuit::new(qubits, turns.chain(chain)).unwrap().into()
}

#[test]
fn counts_do_not_depend_on_the_number_of_threads_or_on_the_memory() {
    let noise = model(0.02, 0.05);
    const WIDE: usize = super::super::tiles::PARALLEL_QUBITS;
    for (program, engine) in [
        (ghz(4), Engine::DensityMatrix),
        (ghz(WIDE), Engine::Stabilizer),
        (tied(13), Engine::StateVector),
        (tied(WIDE), Engine::StateVector),
    ] {
        let shots = Shots::new(if program.qubits() < 10 { 3000 } else { 20 }).unwrap();
        let draw = |threads, bytes| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let asked = ReadOut { noise: Some(&noise), misread: 0.1 };
            let sampled = pool.install(|| trajectories(&program, asked, shots, Seed(9), &Memory::limited_to(bytes)).unwrap());
            assert_eq!(sampled.engine, engine, "{threads} threads, {bytes} bytes");
            sampled.counts
        };
        let one = draw(1, 1 << 30);
        assert_eq!(one, draw(2, 1 << 30));
        assert_eq!(one, draw(3, 1 << 30));
        assert_eq!(one, draw(4, 8 << 20)); // not enough for four states with errors and without of the widest
        assert_ne!(one, counts(&program, Some(&noise), shots.get().into(), 10));
    }
}

#[test]
fn counts_do_not_depend_on_whether_the_memory_is_enough_for_all_amplitudes() {
    // More amplitudes than are few, and an order in which there are fewer on the way than in the given one.
    let turns = |angle: f64| (0..16).map(move |qubit| Qis::Ry(Radians(if qubit % 4 == 0 { angle } else { 0.0 })).on([qubit]));
    let chain = (1..16).map(|qubit| Qis::X.on([qubit]).controlled_by([qubit - 1]));
    let program = Circuit::new(17, turns(0.7).chain(chain).chain(turns(0.4))).unwrap().into();
    let noise = model(0.01, 0.02);
    let draw = |bytes| {
        let memory = Memory::limited_to(bytes);
        trajectories(&program, ReadOut { noise: Some(&noise), misread: 0.01 }, Shots::new(200).unwrap(), Seed(4), &memory).unwrap()
    };
    let (all, few) = (draw(1 << 24), draw(3 << 19));
    assert_eq!([all.engine, few.engine], [Engine::StateVector, Engine::Sparse]);
    assert_eq!(all.counts, few.counts);
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
