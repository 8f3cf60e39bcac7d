//! Few amplitudes against all of them, and wide circuits against closed forms.

use super::super::noise::{Asked, of_amplitudes};
use super::super::{Engine, ReadOut, evolve, probabilities_by, sample_by};
use super::*;
use crate::circuit::{On, Operation, Program};
use crate::gates::{Native, PauliExp, PauliString, Qis, Radians, Turns};
use proptest::prelude::*;

fn memory() -> Memory {
    Memory::limited_to(1 << 30)
}

fn assert_same(program: impl Into<Program>) {
    let program = program.into();
    let exact = probabilities_by(&program, Some(Engine::Sparse), &memory()).unwrap();
    let (expected, norm_error) = evolve(&program, &memory()).unwrap().probabilities().unwrap();
    assert_eq!(exact.engine, Engine::Sparse);
    approx::assert_abs_diff_eq!(exact.norm_error, norm_error, epsilon = 1e-12);
    for key in 0..1 << program.qubits() {
        approx::assert_abs_diff_eq!(exact.probabilities.get(key), expected.get(key), epsilon = 1e-12);
    }
}

/// So many different qubits.
fn some(qubits: usize, count: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..qubits).collect::<Vec<_>>()).prop_shuffle().prop_map(move |mut all| {
        all.truncate(count);
        all
    })
}

/// Any gate of the gateset, under up to two controls.
fn qis(qubits: usize) -> impl Strategy<Value = Operation<Qis>> {
    (0..20usize, -7.0..7.0f64, some(qubits, 4), 0..3usize).prop_map(|(which, angle, qubits, controls)| {
        let angle = Radians(angle);
        let named = [Qis::X, Qis::Y, Qis::Z, Qis::H, Qis::S, Qis::Si, Qis::T, Qis::Ti, Qis::V, Qis::Vi];
        let turned = [Qis::Phase(angle), Qis::Rx(angle), Qis::Ry(angle), Qis::Rz(angle)];
        let coupled = [Qis::Xx(angle), Qis::Yy(angle), Qis::Zz(angle), Qis::Swap];
        let toffolis = [Qis::X, Qis::X];
        let gate = named.into_iter().chain(turned).chain(coupled).chain(toffolis).nth(which).unwrap();
        let targets = crate::gates::Gate::target_count(&gate);
        let most = gate.spec().max_controls.min(4 - targets);
        gate.on(qubits[..targets].iter().copied()).controlled_by(qubits[targets..].iter().copied().take(controls.min(most)))
    })
}

fn native(qubits: usize) -> impl Strategy<Value = Operation<Native>> {
    (0..5usize, -1.0..1.0f64, -1.0..1.0f64, 0.0..0.5f64, some(qubits, 2)).prop_map(|(which, p, q, angle, qubits)| match which {
        0 => Native::Gpi(Turns(p)).on([qubits[0]]),
        1 => Native::Gpi2(Turns(p)).on([qubits[0]]),
        2 => Native::Ms(Turns(p), Turns(q), Turns(angle)).on(qubits),
        3 => Native::Zz(Turns(angle)).on(qubits),
        _ => Native::Nop.on([qubits[0]]),
    })
}

/// Sums of strings that need not commute, on the first qubits: as a matrix up to six, as a series on seven.
fn exponential(qubits: usize, targets: usize) -> impl Strategy<Value = Operation<Qis>> {
    let term = (0..1u64 << targets, 0..1u64 << targets, -1.0..1.0f64);
    (prop::collection::vec(term, 1..4), some(qubits, targets + 1), any::<bool>()).prop_map(move |(terms, qubits, controlled)| {
        let letters: Vec<String> = terms.iter().map(|&(x, z, _)| PauliString { x, z }.letters(targets)).collect();
        let coefficients: Vec<f64> = terms.iter().map(|&(_, _, coefficient)| coefficient).collect();
        let exp = PauliExp::new(targets, &letters, &coefficients, 1.3).unwrap();
        let operation = Qis::PauliExp(exp.into()).on(qubits[..targets].iter().copied());
        if controlled { operation.controlled_by([qubits[targets]]) } else { operation }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn qis_circuits_have_the_outcomes_of_all_their_amplitudes(
        (qubits, operations) in (4..8usize).prop_flat_map(|n| (Just(n), prop::collection::vec(qis(n), 0..40)))
    ) {
        assert_same(Circuit::new(qubits, operations).unwrap());
    }

    #[test]
    fn native_circuits_have_the_outcomes_of_all_their_amplitudes(
        (qubits, operations) in (2..8usize).prop_flat_map(|n| (Just(n), prop::collection::vec(native(n), 0..40)))
    ) {
        assert_same(Circuit::new(qubits, operations).unwrap());
    }

    #[test]
    fn sums_of_strings_have_the_outcomes_of_all_their_amplitudes(
        operations in prop::collection::vec(prop_oneof![exponential(8, 3), exponential(8, 7), qis(8)], 0..10)
    ) {
        assert_same(Circuit::new(8, operations).unwrap());
    }
}

fn cnot(control: usize, target: usize) -> Operation<Qis> {
    Qis::X.on([target]).controlled_by([control])
}

/// (|10…0⟩ + |010…0⟩ + …)/√n, each share split off the one before.
fn w_state(qubits: usize) -> Vec<Operation<Qis>> {
    let split = |qubit: usize| {
        let angle = 2.0 * (1.0 / (qubits - qubit) as f64).sqrt().acos();
        [Qis::Ry(Radians(angle)).on([qubit + 1]).controlled_by([qubit]), cnot(qubit + 1, qubit)]
    };
    std::iter::once(Qis::X.on([0])).chain((0..qubits - 1).flat_map(split)).collect()
}

#[test]
fn a_w_state_of_64_qubits_has_64_outcomes() {
    let circuit = Circuit::new(64, w_state(64)).unwrap();
    let exact = probabilities(&circuit, &memory()).unwrap();
    let keys: Vec<u64> = exact.probabilities.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, (0..64).map(|qubit| 1 << qubit).collect::<Vec<u64>>());
    exact.probabilities.iter().for_each(|(_, p)| approx::assert_abs_diff_eq!(p, 1.0 / 64.0, epsilon = 1e-14));
    assert!(check(&circuit, 1, &memory()).is_ok());
}

/// `b += a` on two registers of `width` qubits with a carry of the same width beside them: 3·width qubits.
fn adder(width: usize) -> Vec<Operation<Qis>> {
    let (a, b, carry) = (|k| k, move |k| width + k, move |k| 2 * width + k);
    let both = |x: usize, y: usize, to: usize| Qis::X.on([to]).controlled_by([x, y]);
    let up = (0..width - 1).flat_map(|k| [both(a(k), b(k), carry(k + 1)), cnot(a(k), b(k)), both(carry(k), b(k), carry(k + 1))]);
    let sums = (0..width).rev().flat_map(|k| {
        let mut down = Vec::new();
        if k == width - 1 {
            down.extend([cnot(a(k), b(k)), cnot(carry(k), b(k))]);
        } else {
            // The carry is computed back before the sum is there.
            down.extend([
                both(carry(k), b(k), carry(k + 1)),
                cnot(a(k), b(k)),
                both(a(k), b(k), carry(k + 1)),
                cnot(a(k), b(k)),
                cnot(carry(k), b(k)),
            ]);
        }
        down
    });
    up.chain(sums).collect()
}

#[test]
fn a_sum_of_numbers_in_superposition_on_48_qubits_is_right_for_each_of_them() {
    // a is any of 2^6 numbers, b is fixed: as many outcomes, each with a, a + b and no carry left.
    let (width, b) = (16, 0xbeef_u64);
    let superposed = (0..6).map(|k| Qis::H.on([2 * k]));
    let fixed = (0..width).filter(|k| b >> k & 1 == 1).map(|k| Qis::X.on([width + k]));
    let circuit = Circuit::new(3 * width, superposed.chain(fixed).chain(adder(width))).unwrap();
    let exact = super::super::probabilities(&circuit.into(), &memory()).unwrap();
    assert_eq!((exact.engine, exact.probabilities.len()), (Engine::Sparse, 64));
    for (key, p) in exact.probabilities.iter() {
        let a = key & 0xffff;
        assert_eq!((key >> 16 & 0xffff, key >> 32), ((a + b) & 0xffff, 0), "{a} + {b}");
        approx::assert_abs_diff_eq!(p, 1.0 / 64.0, epsilon = 1e-15);
    }
}

#[test]
fn what_cancels_leaves_nothing_behind() {
    // There and back again through angles of no special value: rounding is all that is left beside the one outcome.
    let there: Vec<Operation<Qis>> =
        (0..12).flat_map(|q| [Qis::Ry(Radians(0.3 + q as f64)).on([q]), cnot(q, (q + 1) % 12), Qis::T.on([q])]).collect();
    let back = there.iter().rev().map(|operation| Operation { gate: crate::gates::Gate::inverse(&operation.gate), ..operation.clone() });
    let circuit = Circuit::new(40, there.iter().cloned().chain(back)).unwrap();
    let state = evolved(&circuit, 1 << 12, usize::MAX, memory().stop()).unwrap();
    assert_eq!(state.entries().len(), 1);
    approx::assert_abs_diff_eq!(state.entries()[0].1.norm_sqr(), 1.0, epsilon = 1e-13);
}

#[test]
fn small_amplitudes_are_no_residue() {
    let angle = 2.0 * 1e-6f64.asin();
    let circuit = Circuit::new(3, (0..3).map(|qubit| Qis::Ry(Radians(angle)).on([qubit]))).unwrap();
    let exact = probabilities(&circuit, &memory()).unwrap().probabilities;
    approx::assert_relative_eq!(exact.get(1), 1e-12, max_relative = 1e-9);
    let state = evolved(&circuit, 8, usize::MAX, memory().stop()).unwrap();
    assert_eq!(state.entries().len(), 7); // all three turned over: 1e-18
}

#[test]
fn gates_on_one_qubit_wait_for_those_that_undo_them() {
    // Every qubit is turned at the beginning and back at the end, with something in between that needs it as it was.
    let angle = |qubit: usize| Radians(0.3 + qubit as f64);
    let turned = (0..40).map(|q| Qis::Ry(angle(q)).on([q]));
    let back = (0..40).map(|q| Qis::Ry(Radians(-angle(q).0)).on([q]));
    let between = (0..40).flat_map(|q| [Qis::Zz(Radians(1.1)).on([q, (q + 1) % 40]), Qis::Zz(Radians(-1.1)).on([(q + 1) % 40, q])]);
    let exact = probabilities(&Circuit::new(40, turned.chain(between).chain(back)).unwrap(), &memory()).unwrap();
    // The ring ties the first two to all that follow, so they stay turned until its end.
    assert_eq!(exact.probabilities.len(), 1);
    approx::assert_abs_diff_eq!(exact.probabilities.get(0), 1.0, epsilon = 1e-12);
}

#[test]
fn too_many_amplitudes_are_refused_with_what_all_of_them_would_take() {
    let layer = |k: usize| (0..40).flat_map(move |q| [Qis::Ry(Radians(0.1 + (k * q) as f64)).on([q]), cnot(q, (q + 1) % 40)]);
    let program: Program = Circuit::new(40, (0..3).flat_map(layer)).unwrap().into();
    let small = Memory::limited_to(1 << 24);
    let message = "40 qubits need 16.0 TiB of memory, 16.0 MiB are available";
    assert_eq!(super::super::probabilities(&program, &small).unwrap_err().to_string(), message);
    assert_eq!(super::super::check(&program, &small).unwrap_err().to_string(), message);
    assert_eq!(super::super::sample(&program, Shots::DEFAULT, Seed(1), &small).unwrap_err().to_string(), message);
    let misread = ReadOut { noise: None, misread: 0.1 };
    let message = "40 qubits need 32.0 TiB of memory, 16.0 MiB are available";
    assert_eq!(super::super::trajectories(&program, misread, Shots::DEFAULT, Seed(1), &small).unwrap_err().to_string(), message);
}

#[test]
fn many_turned_qubits_and_a_chain_that_keeps_them_apart_are_known_to_fit() {
    // 21 branches are more than what is tried, and admitted by the circuit alone.
    let turned = (0..21).map(|q| Qis::Ry(Radians(0.4)).on([q]));
    let circuit = Circuit::new(36, turned.chain((0..35).map(|q| cnot(q, q + 1)))).unwrap();
    assert_eq!(bound(&circuit), 1 << 21);
    assert!(check(&circuit, 1, &memory()).is_ok());
    assert!(check(&circuit, 1, &Memory::limited_to(1 << 27)).is_err());
}

#[test]
fn errors_on_few_amplitudes_show_what_they_show_on_all_and_on_any_number_of_threads() {
    let model = crate::device::NoiseModel { names: vec!["test".to_owned()], one_qubit: 0.05, two_qubit: 0.1, qubits: 29 };
    let read_out = ReadOut { noise: Some(&model), misread: 0.03 };
    let circuit = Circuit::new(5, w_state(4)).unwrap();
    let asked = Asked { read_out, shots: Shots::new(50_000).unwrap(), seed: Seed(5), memory: &memory() };
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| super::trajectories(&circuit, asked).unwrap())
    };
    let sampled = run(1);
    assert_eq!(sampled.counts, run(3).counts);
    assert!(sampled.norm_error.abs() < 1e-12);
    assert_eq!(sampled.counts, of_amplitudes(&circuit, asked).unwrap().counts);
}

/// Shots with many errors and misread bits, of few amplitudes and of all of them.
fn assert_same_shots<G: Gate>(circuit: &Circuit<G>, seed: u64) {
    let model = crate::device::NoiseModel { names: vec!["test".to_owned()], one_qubit: 0.1, two_qubit: 0.2, qubits: 29 };
    let read_out = ReadOut { noise: Some(&model), misread: 0.02 };
    let asked = Asked { read_out, shots: Shots::new(300).unwrap(), seed: Seed(seed), memory: &memory() };
    let (few, all) = (trajectories(circuit, asked).unwrap(), of_amplitudes(circuit, asked).unwrap());
    assert_eq!([few.engine, all.engine], [Engine::Sparse, Engine::StateVector]);
    assert_eq!(few.counts, all.counts, "{circuit:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn shots_with_errors_are_those_of_all_amplitudes_with_the_same_seed(
        operations in prop::collection::vec(qis(7).prop_filter("noise is known of", |gate| gate.acting().count() <= 2), 0..40),
        seed in any::<u64>(),
    ) {
        assert_same_shots(&Circuit::new(8, operations).unwrap(), seed);
    }
}

#[test]
fn an_order_of_its_own_and_operations_that_do_nothing_move_no_error() {
    let turned = |qubit, phase| Native::Gpi2(Turns(phase)).on([qubit]);
    let pair = |a, b| Native::Ms(Turns(0.1), Turns(0.3), Turns(0.2)).on([a, b]);
    // The first layer waits until the pairs come, the last nop is on a qubit that nothing else touches.
    let layer = (0..6).flat_map(|qubit| [turned(qubit, 0.2), Native::Nop.on([qubit]), turned(qubit, 0.6)]);
    let gates = layer.chain([pair(4, 2), turned(0, 0.1), pair(5, 0), turned(2, 0.4), pair(1, 4), turned(3, 0.9), Native::Nop.on([6])]);
    assert_same_shots(&Circuit::new(8, gates).unwrap(), 3);
}

#[test]
fn shots_are_drawn_from_the_distribution() {
    let circuit = Circuit::new(36, w_state(36)).unwrap();
    let shots = Shots::new(36_000).unwrap();
    let counts = sample_by(&circuit.into(), Some(Engine::Sparse), shots, Seed(2), &memory()).unwrap().counts;
    let chi: f64 = (0..36).map(|qubit| (f64::from(counts.get(1 << qubit)) - 1000.0).powi(2) / 1000.0).sum();
    assert!((10.0..90.0).contains(&chi), "χ² is {chi} at 35 degrees of freedom");
    assert_eq!(counts.shots(), 36_000);
}

#[test]
fn grover_on_33_qubits_finds_what_it_looks_for() {
    // Six qubits are searched, the others hold what their Toffolis compute and give back; after 6 rounds p = sin²(13·asin(1/8)).
    let marked = 0b101101_usize;
    let ladder = || {
        let first = std::iter::once(Qis::X.on([20]).controlled_by([0, 1]));
        first.chain((2..6).map(|k| Qis::X.on([19 + k]).controlled_by([k, 18 + k]))).collect::<Vec<_>>()
    };
    let all_ones = || {
        let up = ladder();
        let down: Vec<_> = up.iter().rev().cloned().collect();
        up.into_iter().chain([Qis::Z.on([24])]).chain(down)
    };
    let flips = |of: usize| (0..6).filter(move |bit| of >> bit & 1 == 0).map(|bit| Qis::X.on([bit])).collect::<Vec<_>>();
    let hadamards = || (0..6).map(|bit| Qis::H.on([bit])).collect::<Vec<_>>();
    let round = |_| {
        let oracle = flips(marked).into_iter().chain(all_ones()).chain(flips(marked));
        oracle.chain(hadamards()).chain(flips(0)).chain(all_ones()).chain(flips(0)).chain(hadamards()).collect::<Vec<_>>()
    };
    // The width is of a register beside it that one CNOT touches each.
    let beside = (25..33).map(|qubit| Qis::X.on([qubit]));
    let circuit = Circuit::new(33, beside.chain(hadamards()).chain((0..6).flat_map(round))).unwrap();
    let exact = probabilities(&circuit, &memory()).unwrap().probabilities;
    let expected = (13.0 * (1.0f64 / 8.0).asin()).sin().powi(2);
    approx::assert_abs_diff_eq!(exact.get(0xff << 25 | marked as u64), expected, epsilon = 1e-12);
    assert!(expected > 0.99 && exact.len() == 64, "{expected}, {}", exact.len());
}
