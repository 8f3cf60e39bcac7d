//! Two second ways to the same distributions: density matrices, one for each outcome so far, written down with Kronecker products;
//! and the circuit in which every measurement is a CNOT onto a fresh qubit and every reset takes a fresh qubit.

use super::super::oracle::{M, c, on, operator};
use super::super::{Memory, Replay, evolve};
use super::*;
use crate::circuit::{Circuit, Event, MeasuredCircuit, On, Operation, read_qasm3_program};
use crate::device::NoiseModel;
use crate::gates::{Gate, Native, Qis, Radians, Turns, matrix};
use crate::outcome::{Probabilities, Seed, Shots};
use crate::simulate::ReadOut;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Distribution = BTreeMap<u64, f64>;

fn memory() -> Memory {
    Memory::limited_to(1 << 30)
}

fn exact<G: Gate>(program: &MeasuredCircuit<G>) -> Distribution {
    let (probabilities, norm_error) = measured_distribution(program, &memory()).unwrap();
    assert!(norm_error.abs() < 1e-12);
    assert_eq!(probabilities.qubits(), program.bits());
    probabilities.iter().collect()
}

fn shots<G: Gate>(program: &MeasuredCircuit<G>, read_out: ReadOut<'_>, count: i64, seed: u64) -> Vec<u64> {
    let (shots, norm_error) = measured_shots(program, read_out, Shots::new(count).unwrap(), Seed(seed), &memory()).unwrap();
    assert!(norm_error.abs() < 1e-12 && shots.len() as i64 == count);
    shots
}

fn assert_close(given: &Distribution, expected: &Distribution) {
    for outcome in given.keys().chain(expected.keys()) {
        let [given, expected] = [given, expected].map(|distribution| distribution.get(outcome).copied().unwrap_or(0.0));
        assert!((given - expected).abs() < 1e-12, "outcome {outcome:b}: {given} is not {expected}");
    }
}

fn assert_within_five_sigmas(shots: &[u64], expected: &Distribution) {
    let n = shots.len() as f64;
    let mut counts = BTreeMap::<u64, f64>::new();
    shots.iter().for_each(|outcome| *counts.entry(*outcome).or_default() += 1.0);
    for outcome in counts.keys().chain(expected.keys()) {
        let (count, p) = (counts.get(outcome).copied().unwrap_or(0.0), expected.get(outcome).copied().unwrap_or(0.0).clamp(0.0, 1.0));
        let sigma = (n * p * (1.0 - p)).sqrt();
        assert!((count - n * p).abs() <= 5.0 * sigma + 1e-6, "outcome {outcome:b}: {count} of {n}, expected {}, sigma {sigma}", n * p);
    }
}

/// One density matrix for each value of the bits, not normalized; each gate is followed by the channel on its qubits.
fn by_density_matrices<G: Gate>(program: &MeasuredCircuit<G>, noise: Option<&NoiseModel>) -> Distribution {
    let qubits = program.gates().qubits();
    let mut zero = M::zeros(1 << qubits, 1 << qubits);
    zero[(0, 0)] = c(1.0, 0.0);
    let mut branches = BTreeMap::from([(0u64, zero)]);
    let mut events = program.events().iter().peekable();
    let unit = |qubit: usize, row: usize, column: usize| {
        let mut m = M::zeros(2, 2);
        m[(row, column)] = c(1.0, 0.0);
        on(qubits, &[(qubit, m)])
    };
    for place in 0..=program.gates().operations().len() {
        while let Some((_, event)) = events.next_if(|(before, _)| *before == place) {
            let mut after = BTreeMap::<u64, M>::new();
            for (bits, state) in &branches {
                for outcome in 0..2 {
                    let (kraus, bits) = match *event {
                        Event::Measure { qubit, bit } => {
                            let bits = bit.map_or(*bits, |bit| bits & !(1 << bit) | (outcome as u64) << bit);
                            (unit(qubit, outcome, outcome), bits)
                        }
                        Event::Reset { qubit } => (unit(qubit, 0, outcome), *bits),
                    };
                    let part = &kraus * state * kraus.adjoint();
                    let sum = after.remove(&bits).map_or(part.clone(), |sum| sum + part);
                    after.insert(bits, sum);
                }
            }
            branches = after;
        }
        if let Some(operation) = program.gates().operations().get(place) {
            let unitary = operator(operation, qubits);
            for state in branches.values_mut() {
                *state = depolarized(&(&unitary * &*state * unitary.adjoint()), qubits, operation, noise);
            }
        }
    }
    branches.into_iter().map(|(bits, state)| (bits, state.trace().re)).collect()
}

/// With the rate as probability, the qubits of the gate forget everything: the average over all Pauli strings on them.
fn depolarized<G: Gate>(state: &M, qubits: usize, operation: &Operation<G>, noise: Option<&NoiseModel>) -> M {
    let Some(noise) = noise else { return state.clone() };
    let touched: Vec<usize> = operation.qubits().collect();
    let rate = if touched.len() == 1 { noise.one_qubit } else { noise.two_qubit };
    let pauli = |letter: usize| {
        let m = [matrix::IDENTITY, matrix::X, matrix::Y, matrix::Z][letter];
        M::from_fn(2, 2, |row, column| m[row][column])
    };
    let count = 4usize.pow(touched.len() as u32);
    let strings = (0..count).map(|code| {
        let factors: Vec<_> = touched.iter().enumerate().map(|(k, &qubit)| (qubit, pauli(code >> (2 * k) & 3))).collect();
        on(qubits, &factors)
    });
    let average = strings.fold(state * c(0.0, 0.0), |sum, string| sum + &string * state * string.adjoint()) / c(count as f64, 0.0);
    state * c(1.0 - rate, 0.0) + average * c(rate, 0.0)
}

/// Every measurement is a CNOT onto a qubit of its own, every reset goes on with a new qubit.
fn by_deferred_measurements(program: &MeasuredCircuit<Qis>) -> Distribution {
    let mut now: Vec<usize> = (0..program.gates().qubits()).collect();
    let (mut width, mut operations) = (now.len(), Vec::new());
    let mut holders = BTreeMap::new();
    let mut events = program.events().iter().peekable();
    for place in 0..=program.gates().operations().len() {
        while let Some((_, event)) = events.next_if(|(before, _)| *before == place) {
            match *event {
                Event::Measure { qubit, bit } => {
                    operations.push(Qis::X.on([width]).controlled_by([now[qubit]]));
                    bit.and_then(|bit| holders.insert(bit, width));
                }
                Event::Reset { qubit } => now[qubit] = width,
            }
            width += 1;
        }
        if let Some(operation) = program.gates().operations().get(place) {
            let mut moved = operation.clone();
            moved.targets.iter_mut().chain(&mut moved.controls).for_each(|qubit| *qubit = now[*qubit]);
            operations.push(moved);
        }
    }
    let plain = Circuit::new(width, operations).unwrap();
    let (probabilities, _) = evolve(&plain.into(), &memory()).unwrap().probabilities().unwrap();
    let mut distribution = Distribution::new();
    for (outcome, probability) in probabilities.iter() {
        let bits = holders.iter().fold(0, |bits, (bit, holder)| bits | (outcome >> holder & 1) << bit);
        *distribution.entry(bits).or_default() += probability;
    }
    distribution
}

/// What stands at one place of a random program.
#[derive(Debug, Clone, Copy)]
struct Item {
    kind: u8,
    qubits: [usize; 2],
    angle: f64,
    bit: usize,
}

fn items(most: usize) -> impl Strategy<Value = Vec<Item>> {
    let item = (0..11u8, 0..3usize, 1..3usize, -3.0..3.0f64, 0..3usize);
    let item = item.prop_map(|(kind, qubit, step, angle, bit)| Item { kind, qubits: [qubit, (qubit + step) % 3], angle, bit });
    prop::collection::vec(item, 1..most)
}

/// Three qubits, three bits in two registers.
fn program<G: Gate>(items: &[Item], gate: impl Fn(Item) -> Operation<G>) -> MeasuredCircuit<G> {
    let (mut operations, mut events) = (Vec::new(), Vec::new());
    for item in items {
        let qubit = item.qubits[0];
        let event = match item.kind {
            0 | 1 => Event::Measure { qubit, bit: Some(item.bit) },
            2 => Event::Measure { qubit, bit: None },
            3 => Event::Reset { qubit },
            _ => {
                operations.push(gate(*item));
                continue;
            }
        };
        events.push((operations.len(), event));
    }
    MeasuredCircuit::new(Circuit::new(3, operations).unwrap(), events, [("a", 1), ("b", 2)]).unwrap()
}

fn qis(item: Item) -> Operation<Qis> {
    let [one, other] = item.qubits;
    match item.kind {
        4 => Qis::H.on([one]),
        5 => Qis::Ry(Radians(item.angle)).on([one]),
        6 => Qis::Rz(Radians(item.angle)).on([one]),
        7 => Qis::Phase(Radians(item.angle)).on([one]).controlled_by([other]),
        8 => Qis::Zz(Radians(item.angle)).on([one, other]),
        9 => Qis::Swap.on([one, other]),
        _ => Qis::X.on([one]).controlled_by([other]),
    }
}

fn native(item: Item) -> Operation<Native> {
    match item.kind {
        4..=6 => Native::Gpi2(Turns(item.angle / 3.0)).on([item.qubits[0]]),
        7 => Native::Gpi(Turns(item.angle / 3.0)).on([item.qubits[0]]),
        _ => Native::Zz(Turns(item.angle / 12.0)).on(item.qubits),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_program_has_the_distribution_of_its_density_matrices(items in items(16)) {
        let program = program(&items, qis);
        assert_close(&exact(&program), &by_density_matrices(&program, None));
    }

    #[test]
    fn any_program_has_the_distribution_of_its_deferred_measurements(items in items(12)) {
        let program = program(&items, qis);
        assert_close(&exact(&program), &by_deferred_measurements(&program));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn shots_of_any_program_follow_its_exact_distribution(items in items(20), seed: u64) {
        let program = program(&items, qis);
        assert_within_five_sigmas(&shots(&program, ReadOut::default(), 20_000, seed), &exact(&program));
    }

    #[test]
    fn noisy_shots_of_any_program_follow_its_density_matrices(items in items(16), seed: u64) {
        let program = program(&items, native);
        let noise = model(0.2, 0.3);
        let shots = shots(&program, ReadOut { noise: Some(&noise), misread: 0.0 }, 20_000, seed);
        assert_within_five_sigmas(&shots, &by_density_matrices(&program, Some(&noise)));
    }
}

fn model(one_qubit: f64, two_qubit: f64) -> NoiseModel {
    NoiseModel { names: vec![], one_qubit, two_qubit, qubits: 64 }
}

fn read(body: &str) -> MeasuredCircuit<Qis> {
    read_qasm3_program(&format!("include \"stdgates.inc\";\n{body}")).unwrap()
}

/// A coin tossed so many times with one qubit.
fn tosses(times: usize) -> MeasuredCircuit<Qis> {
    let toss = |toss| format!("h q; c[{toss}] = measure q; reset q;");
    read(&format!("qubit q; bit[{times}] c; {}", (0..times).map(toss).collect::<String>()))
}

#[test]
fn the_last_measurement_of_a_bit_wins_and_a_bit_never_measured_is_zero() {
    let program = read("qubit[2] q; bit[3] c; ry(1.0) q[0]; c[1] = measure q[0]; x q[0]; c[1] = measure q[0]; c[0] = measure q[1];");
    let one = 0.5f64.sin().powi(2);
    assert_close(&exact(&program), &Distribution::from([(0b010, 1.0 - one), (0b000, one)]));
}

#[test]
fn measurements_that_can_wait_have_no_forks() {
    let forks = |body: &str| course::Course::of(&read(body), false).forks;
    let noisy = |body: &str| course::Course::of(&read(body), true).forks;
    let phases = "qubit[2] q; bit[2] c; h q; c = measure q; cz q[0], q[1]; t q[0]; rz(0.3) q[1]; cx q[0], q[1];";
    assert_eq!((forks(phases), noisy(phases)), (1, 2)); // the target of the last gate; with noise every qubit of any gate
    assert_eq!(forks("qubit q; bit[3] c; h q; c[0] = measure q; c[1] = measure q; c[2] = measure q; reset q;"), 0);
    assert_eq!(forks("qubit[2] q; bit c; reset q; c = measure q[0]; h q[0]; c = measure q[1]; reset q[1];"), 0);
    assert_eq!(forks("qubit q; bit c; h q; measure q; h q; c = measure q;"), 1);
    assert_eq!(forks("qubit q; bit c; h q; c = measure q; h q; c = measure q;"), 1);
    assert_eq!(forks("qubit q; bit[2] c; h q; reset q; c[0] = measure q; c[1] = measure q;"), 1);
}

#[test]
fn outcomes_that_are_certain_make_no_new_way() {
    // Forty rounds of a parity that is always even: 2^40 ways if each of them forked.
    let round = "cx q[0], q[2]; cx q[1], q[2]; c[1] = measure q[2]; reset q[2];";
    let program = read(&format!("qubit[3] q; bit[3] c; h q[0]; cx q[0], q[1]; {} c[0] = measure q[0];", round.repeat(40)));
    assert_close(&exact(&program), &Distribution::from([(0, 0.5), (1, 0.5)]));
}

#[test]
fn a_program_with_too_many_ways_is_refused_with_the_numbers() {
    let refused = |program: &MeasuredCircuit<Qis>| measured_distribution(program, &memory()).unwrap_err();
    assert_eq!(refused(&tosses(40)), SimulateError::Ways { forks: 78, limit: 1 << 20 });
    assert!(
        refused(&tosses(40)).to_string().starts_with("78 measurements and resets before the end make more than 1048576 different ways")
    );
    assert_eq!(exact(&tosses(12)).len(), 1 << 12);
}

#[test]
fn a_reset_of_a_qubit_that_is_not_entangled_is_no_fork() {
    for times in [22, 3000] {
        let program = read(&format!("qubit q; bit c; {} h q; c = measure q;", "h q; reset q;".repeat(times)));
        assert_close(&exact(&program), &Distribution::from([(0, 0.5), (1, 0.5)]));
    }
    // Others may be entangled with each other, and the qubit may have any phase and any chance.
    let rounds = "u(2.9, 0.4, 1.0) q[1]; s q[1]; reset q[1];".repeat(200);
    let program = read(&format!("qubit[3] q; bit[3] c; ry(1.0) q[0]; cx q[0], q[2]; sx q[2]; {rounds} sxdg q[2]; c = measure q;"));
    let one = 0.5f64.sin().powi(2);
    assert_close(&exact(&program), &Distribution::from([(0b000, 1.0 - one), (0b101, one)]));
}

#[test]
fn a_reset_of_an_entangled_qubit_is_a_fork() {
    // Of a Bell pair the other half is left at random, and its superposition is gone.
    let program = read("qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; reset q[0]; h q[1]; c = measure q;");
    assert_close(&exact(&program), &Distribution::from([(0b00, 0.5), (0b10, 0.5)]));
    // So it is if the two hardly differ: 0.001 of an angle between them.
    let program = read("qubit[2] q; bit[2] c; h q[0]; cry(0.001) q[0], q[1]; reset q[0]; c = measure q;");
    let one = 0.0005f64.sin().powi(2) / 2.0;
    assert_close(&exact(&program), &Distribution::from([(0b00, 1.0 - one), (0b10, one)]));
}

#[test]
fn a_measurement_that_nobody_reads_before_the_next_or_a_reset_is_no_fork() {
    let forks = |body: &str| course::Course::of(&read(body), false).forks;
    assert_eq!(forks("qubit q; bit c; h q; measure q; reset q; h q; c = measure q;"), 1);
    assert_eq!(forks("qubit q; bit c; h q; c = measure q; reset q; h q; c = measure q;"), 1, "the bit is written again");
    assert_eq!(forks("qubit q; bit c; h q; measure q; h q; reset q; h q; c = measure q;"), 2);
    assert_eq!(forks("qubit[2] q; bit c; h q; measure q[0]; cx q[0], q[1]; reset q[0]; h q; c = measure q[0];"), 2, "something sees it");
    let program = read(&format!("qubit q; bit c; {}", "h q; c = measure q; reset q;".repeat(40)));
    assert_close(&exact(&program), &Distribution::from([(0, 0.5), (1, 0.5)]));
}

#[test]
fn too_many_ways_open_at_once_are_refused_in_words_of_their_own() {
    let program = read(&format!("qubit q; bit c; {} c = measure q;", "h q; measure q;".repeat(100)));
    let refused = measured_distribution(&program, &memory()).unwrap_err().to_string();
    let message = "more than 65 ways through the measurements and resets before the end are open at once, each keeps a state (qubits: 1)";
    assert!(refused.starts_with(message), "{refused}");
}

#[test]
fn the_longer_a_way_the_fewer_are_allowed_but_always_some() {
    let most = |program: &MeasuredCircuit<Qis>| {
        let gates = program.gates();
        let replay = Replay::of(gates, &gates.touched()).unwrap();
        ways::most_ways(&course::Course::of(program, false), &replay, gates.qubits())
    };
    let wide = |qubits| read(&format!("qubit[{qubits}] q; bit[2] c; h q; c[0] = measure q[0]; h q; c[1] = measure q[0];"));
    assert_eq!(most(&wide(2)), 1 << 20);
    assert!((16..1 << 14).contains(&most(&wide(20))) && most(&wide(20)) > most(&wide(22)));
    assert_eq!(most(&wide(29)), 16);
}

#[test]
fn more_states_than_the_memory_holds_are_refused_and_two_are_always_tried() {
    let program = read("qubit[10] q; bit[30] c; h q; measure q -> c[0:9]; h q; measure q -> c[10:19]; h q;");
    let small = Memory::limited_to(2 * 3 * (16 << 10));
    let refused = measured_distribution(&program, &small).unwrap_err();
    assert!(matches!(refused, SimulateError::OutOfMemory(_) | SimulateError::Waiting { qubits: 10, .. }), "{refused}");
    let none = Memory::limited_to(1000);
    assert!(matches!(measured_distribution(&program, &none), Err(SimulateError::OutOfMemory(_))));
    assert!(matches!(measured_shots(&program, ReadOut::default(), Shots::DEFAULT, Seed(1), &none), Err(SimulateError::OutOfMemory(_))));
}

#[test]
fn counted_shots_go_through_programs_with_more_ways_than_could_be_added_up() {
    let shots = shots(&tosses(64), ReadOut::default(), 1000, 3);
    let ones = shots.iter().map(|shot| f64::from(shot.count_ones())).sum::<f64>();
    assert!((ones - 32_000.0).abs() < 5.0 * 16_000.0f64.sqrt(), "{ones} of 64000 tosses");
    assert_eq!(shots.iter().collect::<std::collections::HashSet<_>>().len(), 1000);
}

#[test]
fn misread_bits_are_those_that_are_measured_and_the_qubit_stays_what_it_was() {
    // Bit 0 reads 1 for certain, bit 1 is never measured, bit 2 is measured of a qubit that nothing touches.
    let program = read("qubit[2] q; bit[4] c; x q[0]; c[0] = measure q[0]; c[2] = measure q[1]; cx q[0], q[1]; c[3] = measure q[1];");
    let e = 0.1;
    let shots = shots(&program, ReadOut { noise: None, misread: e }, 100_000, 9);
    let expected = (0..16u64).filter(|bits| bits >> 1 & 1 == 0).map(|bits| {
        let wrong = (bits ^ 0b1001).count_ones() as i32;
        (bits, e.powi(wrong) * (1.0 - e).powi(3 - wrong))
    });
    assert_within_five_sigmas(&shots, &expected.collect());
    for misread in [-0.1, 1.1, f64::NAN] {
        let read_out = ReadOut { noise: None, misread };
        assert!(matches!(measured_shots(&program, read_out, Shots::DEFAULT, Seed(0), &memory()), Err(SimulateError::ReadOut { .. })));
    }
}

#[test]
fn shots_do_not_depend_on_the_number_of_threads_or_on_the_memory_but_on_the_seed() {
    let noise = model(0.05, 0.1);
    let items: Vec<Item> = (0..60)
        .map(|k| Item { kind: (k * 7 % 11) as u8, qubits: [k % 3, (k + 1 + k / 3 % 2) % 3], angle: 0.1 * k as f64, bit: k % 3 })
        .filter(|item| item.qubits[0] != item.qubits[1])
        .collect();
    let program = program(&items, native);
    let draw = |threads, bytes, seed| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let read_out = ReadOut { noise: Some(&noise), misread: 0.01 };
        pool.install(|| measured_shots(&program, read_out, Shots::new(3000).unwrap(), Seed(seed), &Memory::limited_to(bytes)).unwrap().0)
    };
    let one = draw(1, 1 << 30, 9);
    assert_eq!(one, draw(3, 1 << 30, 9));
    assert_eq!(one, draw(2, 3 << 20, 9));
    assert_ne!(one, draw(1, 1 << 30, 10));
    assert!(!one.is_sorted());
}

#[test]
fn a_wide_state_collapses_as_a_narrow_one_does() {
    // Sixteen qubits are cut into tiles and shared by threads; the others only follow the first.
    let body = |qubits: usize| {
        let follow: String = (1..qubits).map(|qubit| format!("cx q[0], q[{qubit}];")).collect();
        let last = qubits - 1;
        format!(
            "qubit[{qubits}] q; bit[4] c; ry(1.1) q[0]; {follow} c[0] = measure q[{last}]; h q[{last}]; c[1] = measure q[{last}]; \
             reset q[{last}]; ry(0.4) q[{last}]; reset q[0]; h q[0]; c[2] = measure q[0]; c[3] = measure q[{last}]; h q[0];"
        )
    };
    assert_close(&exact(&read(&body(17))), &exact(&read(&body(3))));
    assert_eq!(exact(&read(&body(3))).len(), 16);
}

#[test]
fn a_measured_circuit_without_gates_is_zero() {
    let empty = MeasuredCircuit::from(Circuit::<Qis>::new(2, []).unwrap());
    assert_close(&exact(&empty), &Distribution::from([(0, 1.0)]));
    assert_eq!(shots(&empty, ReadOut::default(), 3, 1), [0, 0, 0]);
    let probabilities: Probabilities = measured_distribution(&empty, &memory()).unwrap().0;
    assert_eq!(probabilities.qubits(), 2);
}
