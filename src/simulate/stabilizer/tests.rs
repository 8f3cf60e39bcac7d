//! Stabilizers against all amplitudes, and wide circuits against closed forms.

use super::super::noise::Asked;
use super::super::{ReadOut, evolve};
use super::*;
use crate::circuit::Program;
use crate::circuit::{On, Operation};
use crate::gates::{Native, PauliExp, Qis, Radians, Turns};
use proptest::prelude::*;
use std::f64::consts::FRAC_PI_2;

/// The distribution by stabilizers, which must be one, against the one by amplitudes.
fn assert_same<G: Gate>(program: &Circuit<G>)
where
    Program: From<Circuit<G>>,
{
    let memory = Memory::limited_to(1 << 26);
    let even = outcomes(program).unwrap_or_else(|index| panic!("operation {index} is taken for no Clifford gate: {program:?}"));
    let exact = probabilities(program, &even, &memory).unwrap().probabilities;
    let (expected, _) = evolve(&program.clone().into(), &memory).unwrap().probabilities().unwrap();
    let keys = |probabilities: &Probabilities| probabilities.iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys(&exact), keys(&expected), "{program:?}");
    for (key, p) in expected.iter() {
        approx::assert_abs_diff_eq!(exact.get(key), p, epsilon = 1e-12);
    }
}

/// Two qubits that differ.
fn pair(qubits: usize) -> impl Strategy<Value = (usize, usize)> {
    (0..qubits, 1..qubits).prop_map(move |(a, step)| (a, (a + step) % qubits))
}

fn quarter() -> impl Strategy<Value = f64> {
    (-9..9i32).prop_map(f64::from)
}

fn qis(qubits: usize) -> impl Strategy<Value = Operation<Qis>> {
    let named = prop::sample::select(vec![Qis::X, Qis::Y, Qis::Z, Qis::H, Qis::H, Qis::S, Qis::Si, Qis::V, Qis::Vi]);
    let turned = (0..4usize, quarter()).prop_map(|(which, quarters)| {
        let angle = Radians(quarters * FRAC_PI_2);
        [Qis::Rx(angle), Qis::Ry(angle), Qis::Rz(angle), Qis::Phase(angle)][which].clone()
    });
    let one = (prop_oneof![named, turned], 0..qubits).prop_map(|(gate, qubit)| gate.on([qubit]));
    let coupled = (0..4usize, quarter(), pair(qubits)).prop_map(|(which, quarters, (a, b))| {
        let angle = Radians(quarters * FRAC_PI_2);
        [Qis::Xx(angle), Qis::Yy(angle), Qis::Zz(angle), Qis::Swap][which].clone().on([a, b])
    });
    // Under a control, half a turn is a Clifford gate, and a whole one a phase.
    let controlled = (0..8usize, quarter(), pair(qubits)).prop_map(|(which, quarters, (a, b))| {
        let angle = Radians(quarters * 2.0 * FRAC_PI_2);
        let gates = [Qis::X, Qis::Y, Qis::Z, Qis::Rx(angle), Qis::Ry(angle), Qis::Rz(angle), Qis::Phase(angle), Qis::X];
        gates[which].clone().on([a]).controlled_by([b])
    });
    prop_oneof![3 => one, 1 => coupled, 2 => controlled]
}

/// Native gates in frames of any phase, each qubit's own and changed by quarter turns alone.
fn native(qubits: usize, frames: Vec<f64>) -> impl Strategy<Value = Operation<Native>> {
    (0..5, quarter(), quarter(), quarter(), pair(qubits)).prop_map(move |(which, p, q, angle, (a, b))| {
        let phase = |qubit: usize, quarters: f64| Turns(frames[qubit] + quarters / 4.0);
        match which {
            0 => Native::Gpi(phase(a, p)).on([a]),
            1 | 2 => Native::Gpi2(phase(a, p)).on([a]),
            3 => Native::Ms(phase(a, p), phase(b, q), Turns(angle / 4.0)).on([a, b]),
            _ => Native::Zz(Turns(angle / 4.0)).on([a, b]),
        }
    })
}

/// One Pauli string by an odd angle of quarter turns, or two that commute.
fn exponential(qubits: usize) -> impl Strategy<Value = Operation<Qis>> {
    (0..1u64 << qubits, 0..1u64 << qubits, 0..1u64 << qubits, -4..4i32, -4..4i32).prop_map(move |(x, z, other, a, b)| {
        let letters = |x, z| crate::gates::PauliString { x, z }.letters(qubits);
        let commutes = (x & other).count_ones().is_multiple_of(2);
        let terms = [letters(x, z), letters(0, if commutes { other } else { 0 })];
        let exp = PauliExp::new(qubits, &terms, &[f64::from(a) / 2.0, f64::from(b) / 2.0], FRAC_PI_2).unwrap();
        Qis::PauliExp(exp.into()).on((0..qubits).rev())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn qis_clifford_circuits_have_the_outcomes_of_all_their_amplitudes(
        (qubits, operations) in (2..8usize).prop_flat_map(|n| (Just(n), prop::collection::vec(qis(n), 0..60)))
    ) {
        assert_same(&Circuit::new(qubits, operations).unwrap());
    }

    #[test]
    fn native_clifford_circuits_in_any_frames_have_the_outcomes_of_all_their_amplitudes(
        (qubits, operations) in (2..7usize, prop::collection::vec(-1.0..1.0f64, 7))
            .prop_flat_map(|(n, frames)| (Just(n), prop::collection::vec(native(n, frames), 0..40)))
    ) {
        assert_same(&Circuit::new(qubits, operations).unwrap());
    }

    #[test]
    fn exponentials_of_commuting_strings_have_the_outcomes_of_all_their_amplitudes(
        (qubits, operations) in (2..7usize).prop_flat_map(|n| (Just(n), prop::collection::vec(prop_oneof![exponential(n), qis(n)], 0..30)))
    ) {
        assert_same(&Circuit::new(qubits, operations).unwrap());
    }

    #[test]
    fn pending_phases_wander_and_turn_over_as_their_qubits_do(
        (qubits, operations) in (2..7usize).prop_flat_map(|n| {
            let phase = (0..n, -7.0..7.0f64).prop_map(|(qubit, angle)| Qis::Rz(Radians(angle)).on([qubit]));
            // What carries any phase along: bit flips, swaps, and all that is diagonal.
            let carrier = (0..6, pair(n), -7.0..7.0f64).prop_map(|(which, (a, b), angle)| match which {
                0 => Qis::X.on([a]),
                1 => Qis::Y.on([a]),
                2 => Qis::Swap.on([a, b]),
                3 => Qis::T.on([a]),
                4 => Qis::Z.on([a]).controlled_by([b]),
                _ => Qis::Phase(Radians(angle)).on([b]),
            });
            (Just(n), (prop::collection::vec(qis(n), 0..20), prop::collection::vec(prop_oneof![phase, carrier], 0..20)))
        })
    ) {
        // The carriers and their inverses around a gate that lets phases through only where they have come back to nothing.
        let (clifford, carriers) = operations;
        let back: Vec<_> = carriers.iter().rev().map(|operation| Operation { gate: crate::gates::Gate::inverse(&operation.gate), ..operation.clone() }).collect();
        let all = clifford.iter().chain(&carriers).chain(&back).chain(&clifford).chain(&carriers).cloned();
        assert_same(&Circuit::new(qubits, all).unwrap());
    }
}

fn program(qubits: usize, operations: impl IntoIterator<Item = Operation<Qis>>) -> Circuit<Qis> {
    Circuit::new(qubits, operations).unwrap()
}

fn cnot(control: usize, target: usize) -> Operation<Qis> {
    Qis::X.on([target]).controlled_by([control])
}

#[test]
fn a_phase_turns_over_with_a_flip_and_goes_where_a_swap_takes_its_qubit() {
    let phase = |qubit: usize, angle: f64| Qis::Rz(Radians(angle)).on([qubit]);
    for flip in [Qis::X, Qis::Y, Qis::Rx(Radians(2.0 * FRAC_PI_2))] {
        assert_same(&program(2, [Qis::H.on([0]), phase(0, 0.3), flip.on([0]), phase(0, 0.3), Qis::H.on([0]), cnot(0, 1)]));
    }
    assert_same(&program(2, [Qis::H.on([0]), phase(0, 0.3), Qis::Swap.on([0, 1]), phase(1, -0.3), Qis::H.on([1])]));
    let stays = program(2, [Qis::H.on([0]), phase(0, 0.3), Qis::Z.on([0]), phase(0, 0.3), Qis::H.on([0])]);
    assert_eq!(outcomes(&stays), Err(4));
}

#[test]
fn what_is_no_clifford_circuit_is_not_taken_for_one() {
    let h = || Qis::H.on([0]);
    for operations in [
        vec![h(), Qis::T.on([0]), h()],
        vec![Qis::Rx(Radians(FRAC_PI_2 + 1e-11)).on([0])],
        vec![h(), Qis::H.on([1]), Qis::X.on([2]).controlled_by([0, 1])],
        vec![h(), Qis::H.on([1]).controlled_by([0])],
        vec![h(), Qis::Swap.on([1, 2]).controlled_by([0])],
        vec![h(), Qis::S.on([1]).controlled_by([0]), h()],
        vec![Qis::PauliExp(PauliExp::new(1, &["X", "Z"], &[0.5, 0.5], FRAC_PI_2).unwrap().into()).on([0])],
        vec![Qis::Rx(Radians(1e18)).on([0])],
    ] {
        assert!(outcomes(&program(3, operations.clone())).is_err(), "{operations:?}");
    }
    let off = |phase| Circuit::new(1, [Native::Gpi2(Turns(0.1)).on([0]), Native::Gpi2(Turns(phase)).on([0])]).unwrap();
    assert_eq!(outcomes(&off(0.2)), Err(1));
    assert!(outcomes(&off(0.35)).is_ok());
}

#[test]
fn many_angles_a_little_off_are_not_what_one_of_them_is() {
    let off = |gates: usize| program(1, (0..gates).map(|_| Qis::Rx(Radians(FRAC_PI_2 + 3e-12)).on([0])));
    assert!(outcomes(&off(4)).is_ok());
    assert!(outcomes(&off(100)).is_err());
}

#[test]
fn a_rotation_about_a_string_that_stabilizes_the_state_is_a_phase() {
    let bell = [Qis::H.on([0]), cnot(0, 1)];
    let turned = [Qis::Xx(Radians(0.3)), Qis::Yy(Radians(1.1)), Qis::Zz(Radians(-2.0))].map(|gate| gate.on([0, 1]));
    assert_same(&program(2, bell.into_iter().chain(turned).chain([Qis::H.on([0])])));
}

#[test]
fn sixty_four_qubits_have_their_closed_forms() {
    let ghz = program(64, std::iter::once(Qis::H.on([0])).chain((1..64).map(|qubit| cnot(qubit - 1, qubit))));
    assert_eq!(outcomes(&ghz).unwrap().iter().collect::<Vec<_>>(), [0, u64::MAX]);
    let exact = probabilities(&ghz, &outcomes(&ghz).unwrap(), &Memory::limited_to(64)).unwrap();
    assert_eq!(exact.probabilities.iter().collect::<Vec<_>>(), [(0, 0.5), (u64::MAX, 0.5)]);

    // Bernstein-Vazirani: the secret is the outcome, on 63 qubits beside the one that is kicked.
    let secret = 0x5a5a_1234_dead_beef_u64 & (u64::MAX >> 1);
    let hadamards = || (0..64).map(|qubit| Qis::H.on([qubit]));
    let oracle = (0..63).filter(|bit| secret >> bit & 1 == 1).map(|bit| cnot(bit, 63));
    let vazirani = program(64, std::iter::once(Qis::X.on([63])).chain(hadamards()).chain(oracle).chain(hadamards()));
    assert_eq!(outcomes(&vazirani).unwrap().iter().collect::<Vec<_>>(), [secret | 1 << 63]);

    // A ring of 64 as a graph state, every second qubit measured in X: neighbours in Z fix its bit, X_q·Z_{q-1}·Z_{q+1} = 1.
    let edges = (0..64).map(|qubit| Qis::Z.on([(qubit + 1) % 64]).controlled_by([qubit]));
    let rotated = (0..64).filter(|qubit| qubit % 2 == 0).map(|qubit| Qis::H.on([qubit]));
    let even = outcomes(&program(64, hadamards().chain(edges).chain(rotated))).unwrap();
    assert_eq!(even.bits(), 32);
    for number in 0..1000u64 {
        let outcome = even.outcome(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let bit = |qubit: usize| outcome >> (qubit % 64) & 1;
        assert!((0..64).step_by(2).all(|qubit| bit(qubit) == bit(qubit + 63) ^ bit(qubit + 1)), "{outcome:064b}");
    }
}

#[test]
fn outcomes_too_many_to_be_listed_are_refused_with_what_they_would_take_and_sampled_all_the_same() {
    let hadamards = program(40, (0..40).map(|qubit| Qis::H.on([qubit])));
    let even = outcomes(&hadamards).unwrap();
    let refused = probabilities(&hadamards, &even, &Memory::limited_to(1 << 30)).unwrap_err();
    assert_eq!(refused.to_string(), "40 qubits need 16.0 TiB of memory, 1.0 GiB are available");
    let counts = sample(&hadamards, &even, Shots::new(20_000).unwrap(), Seed(3), &Memory::limited_to(1 << 30)).unwrap().counts;
    for qubit in 0..40 {
        let ones: u32 = counts.iter().filter(|(key, _)| key >> qubit & 1 == 1).map(|(_, count)| count).sum();
        assert!((f64::from(ones) - 10_000.0).abs() < 5.0 * 71.0, "qubit {qubit} is 1 in {ones} of 20000 shots");
    }
    assert_eq!(counts, sample(&hadamards, &even, Shots::new(20_000).unwrap(), Seed(3), &Memory::limited_to(1 << 30)).unwrap().counts);
}

#[test]
fn shots_are_those_of_the_listed_distribution_whether_it_is_listed_or_not() {
    let shots = Shots::new(500).unwrap();
    for bits in [4, 22] {
        let circuit = program(24, (0..bits).flat_map(|k| [Qis::H.on([k]), cnot(k, 23 - k % 2)]));
        let (even, memory) = (outcomes(&circuit).unwrap(), Memory::limited_to(1 << 30));
        assert_eq!(even.bits(), bits);
        let listed = probabilities(&circuit, &even, &memory).unwrap().probabilities;
        assert_eq!(sample(&circuit, &even, shots, Seed(6), &memory).unwrap().counts, Counts::sample(&listed, shots, Seed(6)));
    }
}

#[test]
fn errors_in_a_wide_ghz_state_have_their_closed_form_on_any_number_of_threads() {
    // A chain of CNOTs after one H. The parity of neighbours, carried back from the end, is Z_q·Z_{q+1} behind the CNOT that goes on from
    // q+1 and behind the one that made q+1, and before that Z_{q+1}, which no earlier gate touches: two channels, each of which keeps 1-r.
    // Behind the last qubit no CNOT goes on.
    let model = crate::device::NoiseModel { names: vec!["test".to_owned()], one_qubit: 0.0, two_qubit: 0.01, qubits: 29 };
    let misread = 0.02;
    let circuit = Circuit::new(40, std::iter::once(Qis::H.on([0])).chain((1..40).map(|qubit| cnot(qubit - 1, qubit)))).unwrap();
    let read_out = ReadOut { noise: Some(&model), misread };
    let shots = Shots::new(100_000).unwrap();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let asked = Asked { read_out, shots, seed: Seed(5), memory: &Memory::limited_to(1 << 30) };
        pool.install(|| super::trajectories(&circuit, asked).unwrap().counts)
    };
    let counts = run(1);
    for neighbours in [(0, 1), (17, 18), (38, 39)] {
        let differ: u32 =
            counts.iter().filter(|(key, _)| (key >> neighbours.0 ^ key >> neighbours.1) & 1 == 1).map(|(_, count)| count).sum();
        let channels = if neighbours == (38, 39) { 1 } else { 2 };
        let correlation = 0.99f64.powi(channels) * (1.0 - 2.0 * misread).powi(2);
        let p = (1.0 - correlation) / 2.0;
        assert!((f64::from(differ) - 1e5 * p).abs() < 5.0 * (1e5 * p * (1.0 - p)).sqrt(), "{neighbours:?} differ in {differ} shots, {p}");
    }
    assert_eq!(counts, run(3));
}

#[test]
fn a_circuit_as_long_as_a_job_may_be_on_64_qubits_is_followed_to_its_end() {
    // Layers and their inverses: the outcome is the one that the last flips leave.
    let layer: Vec<Operation<Qis>> = (0..64)
        .flat_map(|qubit| {
            [
                Qis::H.on([qubit]),
                cnot(qubit, (qubit + 1) % 64),
                Qis::S.on([qubit]),
                Qis::Xx(Radians(FRAC_PI_2)).on([qubit, (qubit + 7) % 64]),
            ]
        })
        .collect();
    let there: Vec<_> = layer.iter().cycle().take(74_000).cloned().collect();
    let back = there.iter().rev().map(|operation| Operation { gate: crate::gates::Gate::inverse(&operation.gate), ..operation.clone() });
    let flips = (0..64).filter(|qubit| qubit % 3 == 0).map(|qubit| Qis::X.on([qubit]));
    let expected = (0..64).filter(|qubit| qubit % 3 == 0).fold(0u64, |key, qubit| key | 1 << qubit);
    let program = program(64, there.iter().cloned().chain(back).chain(flips));
    assert_eq!(outcomes(&program).unwrap().iter().collect::<Vec<_>>(), [expected]);
}
