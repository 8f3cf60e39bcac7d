//! The methods against closed forms and against one another. Independently computed numbers are in `tests/diff.rs`.

mod suspects;

use super::pair::{cliffords, in_use};
use super::replays::Replays;
use super::*;
use crate::circuit::{Circuit, On, Operation};
use crate::gates::{Gate, Native, PauliExp, Qis, Radians, Turns};
use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

fn program<G: Gate>(qubits: usize, operations: impl IntoIterator<Item = Operation<G>>) -> Program
where
    Program: From<Circuit<G>>,
{
    Circuit::new(qubits, operations).unwrap().into()
}

fn cnot(control: usize, target: usize) -> Operation<Qis> {
    Qis::X.on([target]).controlled_by([control])
}

fn of(a: &Program, b: &Program) -> Difference {
    diff(a, b, Memory::shared()).unwrap()
}

fn verdict(a: &Program, b: &Program) -> Verdict {
    compare(a, b, Memory::shared()).unwrap().verdict
}

/// The three methods on the same circuits, as far as they apply.
fn by_every_method(a: &Program, b: &Program) -> Vec<Comparison> {
    let qubits = in_use(a, b);
    let replays = Replays::new(a, b, &qubits).unwrap();
    let mut all = vec![unitary::compare(&replays).unwrap(), random::compare(&replays).unwrap()];
    all.extend(cliffords(a, b, &qubits).map(|[a, b]| stabilizer::compare(qubits.len(), &a, &b)));
    all
}

#[test]
fn verdicts_fidelities_and_distances_are_those_of_closed_forms() {
    use Verdict::*;
    let theta = Radians(0.8);
    let (cos, sin) = ((0.4f64).cos().powi(2), (0.4f64).sin().powi(2));
    let none = || program::<Qis>(2, []);
    let qis = |operations: &[Operation<Qis>]| program(2, operations.iter().cloned());
    let native = |operations: &[Operation<Native>]| program(2, operations.iter().cloned());
    let ms = |angle: f64| Native::Ms(Turns(0.0), Turns(0.0), Turns(angle)).on([0, 1]);
    for (name, a, b, verdict, fidelity, distance) in [
        ("nothing twice", none(), none(), Identical, 1.0, 0.0),
        ("ZH = HX", qis(&[Qis::H.on([0]), Qis::Z.on([0])]), qis(&[Qis::X.on([0]), Qis::H.on([0])]), Identical, 1.0, 0.0),
        ("a global phase", qis(&[Qis::Rz(Radians(TAU)).on([1])]), none(), Identical, 1.0, 0.0),
        ("a phase under a control", qis(&[Qis::Rz(Radians(TAU)).on([1]).controlled_by([0])]), none(), SameMeasurement, 0.0, 0.0),
        ("either side of a cz", qis(&[Qis::Z.on([1]).controlled_by([0])]), qis(&[Qis::Z.on([0]).controlled_by([1])]), Identical, 1.0, 0.0),
        ("gpi and x", native(&[Native::Gpi(Turns(0.0)).on([1])]), qis(&[Qis::X.on([1])]), Identical, 1.0, 0.0),
        ("rz last", qis(&[Qis::H.on([0]), Qis::Rz(theta).on([0])]), qis(&[Qis::H.on([0])]), SameMeasurement, cos, 0.0),
        ("rz first", qis(&[Qis::Rz(theta).on([0]), Qis::H.on([0])]), qis(&[Qis::H.on([0])]), SameOutcome, cos, 0.0),
        ("h and ry", qis(&[Qis::H.on([0])]), qis(&[Qis::Ry(Radians(FRAC_PI_2)).on([0])]), SameOutcome, 0.0, 0.0),
        ("a cnot turned round", qis(&[cnot(0, 1)]), qis(&[cnot(1, 0)]), SameOutcome, 1.0 / 16.0, 0.0),
        ("x or not", qis(&[Qis::X.on([0])]), none(), Different, 0.0, 1.0),
        ("h or not", qis(&[Qis::H.on([1])]), none(), Different, 0.0, 0.5),
        ("rx", qis(&[Qis::Rx(theta).on([0])]), none(), Different, cos, sin),
        ("rx on either qubit", qis(&[Qis::Rx(theta).on([0])]), qis(&[Qis::Rx(theta).on([1])]), Different, cos * cos, sin),
        ("half an ms", native(&[ms(0.125)]), native(&[ms(0.25)]), Different, (PI / 8.0).cos().powi(2), 0.5 - (PI / 8.0).sin().powi(2)),
    ] {
        let comparison = compare(&a, &b, Memory::shared()).unwrap();
        assert_eq!(comparison.method, Method::Unitary);
        assert_eq!(comparison.verdict, verdict, "{name}");
        approx::assert_abs_diff_eq!(comparison.process_fidelity, fidelity, epsilon = 1e-12);
        approx::assert_abs_diff_eq!(comparison.total_variation, distance, epsilon = 1e-12);
        let swapped = compare(&b, &a, Memory::shared()).unwrap();
        assert_eq!(swapped.verdict, verdict, "{name}, the other way round");
    }
}

#[test]
fn only_what_is_below_the_tolerance_is_equal() {
    let rx = |angle: f64| program(1, [Qis::Rx(Radians(angle)).on([0])]);
    assert_eq!(verdict(&rx(1.0), &rx(1.0 + 1e-9)), Verdict::Identical); // entries differ by half of it
    let far = of(&rx(1.0), &rx(1.0 + 1e-8));
    assert_eq!(far.comparison.verdict, Verdict::Different);
    assert!(far.notes[0].starts_with("they differ by something like 1e-7 radians"), "{:?}", far.notes);
}

#[test]
fn extra_qubits_are_idle_in_the_narrower_circuit_and_it_is_said() {
    let one = program(1, [Qis::H.on([0])]);
    let idle = of(&one, &program(4, [Qis::H.on([0])]));
    assert_eq!((idle.comparison.verdict, idle.qubits_in_use), (Verdict::Identical, 1));
    assert_eq!(idle.notes, ["A has 1 of the 4 qubits of B; qubits 1 to 3 are taken as idle in A"]);
    let used = of(&program(3, [Qis::H.on([0]), Qis::X.on([2])]), &one);
    assert_eq!((used.comparison.verdict, used.comparison.process_fidelity), (Verdict::Different, 0.0));
    assert_eq!(used.notes, ["B has 1 of the 3 qubits of A; qubits 1 to 2 are taken as idle in B"]);
}

// ---------------------------------------------------------------------------------------------------- random circuits

fn distinct(count: usize, qubits: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut all: Vec<usize> = (0..qubits).collect();
    (0..count).map(|_| all.swap_remove(rng.random_range(0..all.len()))).collect()
}

fn any_gate(qubits: usize, rng: &mut impl Rng) -> Operation<Qis> {
    let angle = Radians(rng.random_range(-PI..PI));
    let [a, b] = distinct(2, qubits, rng)[..] else { unreachable!() };
    match rng.random_range(0..7) {
        0 => Qis::H.on([a]),
        1 => Qis::Rx(angle).on([a]),
        2 => Qis::Rz(angle).on([a]),
        3 => cnot(a, b),
        4 => Qis::Xx(angle).on([a, b]),
        5 => Qis::Phase(angle).on([a]).controlled_by([b]),
        _ => Qis::V.on([a]),
    }
}

fn any_circuit(qubits: usize, count: usize, rng: &mut impl Rng) -> Vec<Operation<Qis>> {
    let start = (0..qubits).map(|qubit| Qis::Ry(Radians(0.3 + qubit as f64)).on([qubit])); // every qubit is in use
    let start: Vec<_> = start.collect();
    start.into_iter().chain((0..count).map(|_| any_gate(qubits, rng))).collect()
}

fn any_diagonal(qubits: usize, rng: &mut impl Rng) -> Operation<Qis> {
    let angle = Radians(rng.random_range(0.3..PI));
    let [a, b] = distinct(2, qubits, rng)[..] else { unreachable!() };
    match rng.random_range(0..4) {
        0 => Qis::T.on([a]),
        1 => Qis::Rz(angle).on([a]),
        2 => Qis::Zz(angle).on([a, b]),
        _ => Qis::Phase(angle).on([a]).controlled_by([b]),
    }
}

fn undone(operation: &Operation<Qis>) -> Operation<Qis> {
    Operation { gate: operation.gate.inverse(), ..operation.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_gate_and_its_inverse_anywhere_change_nothing(seed: u64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let circuit = any_circuit(4, 15, rng);
        let (gate, at) = (any_gate(4, rng), rng.random_range(0..=circuit.len()));
        let longer = circuit[..at].iter().cloned().chain([undone(&gate), gate]).chain(circuit[at..].iter().cloned());
        prop_assert_eq!(verdict(&program(4, circuit.clone()), &program(4, longer)), Verdict::Identical);
    }

    #[test]
    fn gates_on_different_qubits_may_change_places(seed: u64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let circuit = any_circuit(5, 20, rng);
        let mut other = circuit.clone();
        for k in 1..other.len() {
            if other[k].qubits().all(|qubit| other[k - 1].qubits().all(|before| before != qubit)) {
                other.swap(k - 1, k);
            }
        }
        prop_assert_ne!(&circuit, &other);
        prop_assert_eq!(verdict(&program(5, circuit), &program(5, other)), Verdict::Identical);
    }

    #[test]
    fn diagonal_gates_at_the_end_do_not_show_in_a_measurement_and_at_the_start_they_do(seed: u64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let circuit = any_circuit(4, 15, rng);
        let diagonal: Vec<_> = (0..3).map(|_| any_diagonal(4, rng)).collect();
        let (plain, last) = (program(4, circuit.clone()), program(4, circuit.iter().chain(&diagonal).cloned()));
        for comparison in by_every_method(&plain, &last) {
            prop_assert_eq!(comparison.verdict, Verdict::SameMeasurement);
            prop_assert!(comparison.bound.infidelity.unwrap() < 1e-20);
        }
        let first = program(4, diagonal.iter().chain(&circuit).cloned());
        for comparison in by_every_method(&plain, &first) {
            prop_assert_eq!(comparison.verdict, Verdict::SameOutcome); // |0…0⟩ has only one phase to change
        }
    }

    #[test]
    fn one_changed_gate_is_found_by_every_method_and_named(seed: u64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let circuit: Vec<_> = any_circuit(6, 15, rng).into_iter().map(|operation| no_loop(operation, rng)).collect();
        let at = rng.random_range(6..circuit.len());
        let mut changed = circuit.clone();
        changed[at] = Qis::Ry(Radians(1.234)).on([rng.random_range(0..6)]);
        let (a, b) = (program(6, circuit), program(6, changed));
        let [exact, estimate] = by_every_method(&a, &b)[..] else { panic!("not a Clifford circuit") };
        prop_assert_eq!(exact.verdict, Verdict::Different);
        prop_assert_eq!(estimate.verdict, Verdict::Different);
        let off = (exact.process_fidelity - estimate.process_fidelity).abs();
        // Eight, because the standard error is taken from the estimate itself.
        prop_assert!(off <= 8.0 * estimate.bound.fidelity_error, "{off} {}", estimate.bound.fidelity_error);
        prop_assert!((exact.total_variation - estimate.total_variation).abs() < 1e-12);
        let parting = of(&a, &b).parted.unwrap();
        prop_assert_eq!((parting.a.done, parting.b.done, parting.agreement), (at, at, Verdict::Identical));
        prop_assert_eq!(parting.b.next.unwrap().gate, "ry");
    }

    #[test]
    fn pauli_strings_say_what_every_basis_state_says(seed: u64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let circuit = any_clifford(4, 14, rng);
        // From the same circuit to an unrelated one.
        let mut other = circuit.clone();
        match rng.random_range(0..5) {
            0 => {}
            1 => other.push(Qis::S.on([1])),
            2 => other.insert(0, Qis::Z.on([2]).controlled_by([3])),
            3 => other[rng.random_range(0..14)] = clifford_gate(4, rng),
            _ => other = any_clifford(4, 14, rng),
        }
        let (a, b) = (program(4, circuit), program(4, other));
        let [exact, random, stabilizer] = by_every_method(&a, &b)[..] else { panic!("not recognized") };
        prop_assert_eq!(stabilizer.verdict, exact.verdict);
        prop_assert_eq!(random.verdict, exact.verdict);
        prop_assert!((stabilizer.process_fidelity - exact.process_fidelity).abs() < 1e-12, "{stabilizer:?} {exact:?}");
        prop_assert!((stabilizer.total_variation - exact.total_variation).abs() < 1e-12, "{stabilizer:?} {exact:?}");
        prop_assert!(stabilizer.bound.infidelity.is_none_or(|bound| bound < 1e-20));
    }
}

#[test]
fn a_small_error_is_found_where_it_is_or_said_to_be_too_small() {
    let rng = &mut ChaCha8Rng::seed_from_u64(5);
    let circuit: Vec<_> = any_circuit(4, 200, rng).into_iter().map(|operation| no_loop(operation, rng)).collect();
    for (at, error) in [(60, 1e-4), (60, 1e-6), (100, 1e-7), (150, 1e-8)] {
        let with = |angle: f64| {
            let mut operations = circuit.clone();
            operations[at] = Qis::Rx(Radians(angle)).on([1]);
            program(4, operations)
        };
        let difference = of(&with(0.7), &with(0.7 + error));
        assert_eq!(difference.comparison.verdict, Verdict::Different, "{error}");
        let parting = difference.parted.unwrap();
        assert_eq!((parting.a.done, parting.b.done), (at, at), "{error}");
    }
}

#[test]
fn the_bound_of_random_states_is_the_one_of_the_proof() {
    let (angle, qubits) = (1e-9f64, 8);
    let spread = || (0..qubits).map(|qubit| Qis::Ry(Radians(0.3 + qubit as f64)).on([qubit]));
    let (a, b) = (program(qubits, spread()), program(qubits, spread().chain([Qis::Rx(Radians(angle)).on([0])])));
    let [_, random] = by_every_method(&a, &b)[..] else { panic!("not a Clifford circuit") };
    let ratio = random.bound.infidelity.unwrap() / (angle * angle / 4.0);
    assert_eq!(random.verdict, Verdict::Identical);
    assert!((150.0..=250.0).contains(&ratio), "{ratio}");
}

#[test]
fn many_gates_a_little_off_are_no_clifford_circuit() {
    let little = |count: usize| program(14, (0..count).map(|k| Qis::Rx(Radians(9.9e-10)).on([k % 14])));
    let qubits: Vec<usize> = (0..14).collect();
    let few = program(14, [Qis::Rx(Radians(FRAC_PI_2 + 1e-12)).on([3])]);
    assert!(cliffords(&few, &few, &qubits).is_some());
    assert!(cliffords(&few, &little(140_000), &qubits).is_none());
}

#[test]
fn angles_of_ten_digits_are_followed_as_pauli_strings_and_count_by_half() {
    // exp(-iεX/2) is 2·sin(ε/4) away from 1, so three of them on three qubits are at most 3ε/2 away.
    let off = 4e-10;
    let close = program(14, (0..3).map(|k| Qis::Rx(Radians(FRAC_PI_2 + off)).on([k])));
    let exact = program(14, (0..3).map(|k| Qis::V.on([k])));
    let [a, b] = cliffords(&close, &exact, &[0, 1, 2]).unwrap();
    assert_eq!(a.tableau, b.tableau);
    approx::assert_relative_eq!(a.deviation, 1.5 * off, max_relative = 1e-5);
    assert!(b.deviation < 1e-15);
}

/// Gates that undo one another would let circuits agree again later on.
fn no_loop(operation: Operation<Qis>, rng: &mut impl Rng) -> Operation<Qis> {
    let angle = Radians(rng.random_range(0.1..1.0));
    match operation.gate {
        Qis::H | Qis::V => Qis::Rx(angle).on(operation.targets),
        Qis::X => Qis::Phase(angle).on(operation.targets).controlled_by(operation.controls),
        _ => operation,
    }
}

fn clifford_gate(qubits: usize, rng: &mut impl Rng) -> Operation<Qis> {
    let quarter = |rng: &mut dyn Rng| Radians(FRAC_PI_2 * f64::from(rng.random_range(-3..=3)));
    let [a, b, c] = distinct(3, qubits, rng)[..] else { unreachable!() };
    match rng.random_range(0..13) {
        0 => Qis::H.on([a]),
        1 => Qis::S.on([a]),
        2 => Qis::Vi.on([a]),
        3 => Qis::Rx(quarter(rng)).on([a]),
        4 => Qis::Ry(quarter(rng)).on([a]),
        5 => Qis::Phase(quarter(rng)).on([a]),
        6 => cnot(a, b),
        7 => Qis::Y.on([a]).controlled_by([b]),
        8 => Qis::Z.on([a]).controlled_by([b]),
        9 => Qis::Swap.on([a, b]),
        10 => Qis::Xx(quarter(rng)).on([a, b]),
        11 => Qis::Yy(quarter(rng)).on([a, b]),
        _ => {
            let time = FRAC_PI_4 * f64::from(rng.random_range(0..8));
            let exp = PauliExp::new(3, &["XYZ", "YXI", "III"], &[1.0, -2.0, 0.3], time).unwrap();
            Qis::PauliExp(exp.into()).on([b, c, a])
        }
    }
}

fn any_clifford(qubits: usize, count: usize, rng: &mut impl Rng) -> Vec<Operation<Qis>> {
    (0..count).map(|_| clifford_gate(qubits, rng)).collect()
}

#[test]
fn native_clifford_gates_are_recognized_by_what_they_do() {
    let rng = &mut ChaCha8Rng::seed_from_u64(5);
    let quarter = |rng: &mut ChaCha8Rng| Turns(0.25 * f64::from(rng.random_range(-4..=4)));
    let gate = |rng: &mut ChaCha8Rng| {
        let [a, b] = distinct(2, 3, rng)[..] else { unreachable!() };
        match rng.random_range(0..5) {
            0 => Native::Gpi(Turns(quarter(rng).0 / 2.0)).on([a]), // X, Y and what lies between them
            1 => Native::Gpi2(quarter(rng)).on([a]),
            2 => Native::Ms(quarter(rng), quarter(rng), quarter(rng)).on([a, b]),
            3 => Native::Zz(quarter(rng)).on([a, b]),
            _ => Native::Nop.on([a]),
        }
    };
    for _ in 0..30 {
        let [a, b] = [(); 2].map(|()| program(3, (0..12).map(|_| gate(rng)).collect::<Vec<_>>()));
        let [exact, _, stabilizer] = by_every_method(&a, &b)[..] else { panic!("not recognized") };
        assert_eq!(stabilizer.verdict, exact.verdict);
        approx::assert_abs_diff_eq!(stabilizer.process_fidelity, exact.process_fidelity, epsilon = 1e-12);
        approx::assert_abs_diff_eq!(stabilizer.total_variation, exact.total_variation, epsilon = 1e-12);
    }
}

#[test]
fn what_is_no_clifford_gate_is_not_taken_for_one() {
    let exp = |terms: &[&str], time| PauliExp::new(2, terms, &vec![1.0; terms.len()], time).unwrap().into();
    for operation in [
        Qis::T.on([0]),
        Qis::Rx(Radians(FRAC_PI_2 + 1e-8)).on([0]),
        Qis::H.on([0]).controlled_by([1]),
        Qis::S.on([0]).controlled_by([1]),
        Qis::X.on([0]).controlled_by([1, 2]),
        Qis::Swap.on([0, 1]).controlled_by([2]),
        Qis::PauliExp(exp(&["XY"], PI / 8.0)).on([0, 1]),
        Qis::PauliExp(exp(&["XI", "ZZ"], FRAC_PI_4)).on([0, 1]),
        Qis::PauliExp(exp(&["XY"], FRAC_PI_4)).on([0, 1]).controlled_by([2]),
    ] {
        assert!(clifford::recognize(&program(3, [operation.clone()]), &[0, 1, 2]).is_none(), "{operation:?}");
    }
    let yes = program(3, [Qis::Zz(Radians(PI)).on([0, 1]).controlled_by([2])]); // a product of phases ±i, one per parity
    assert!(clifford::recognize(&yes, &[0, 1, 2]).is_some());
}

// ------------------------------------------------------------------------------------------------------ large circuits

#[test]
fn wide_clifford_circuits_of_many_gates_take_no_memory() {
    let ghz = |order: &mut dyn Iterator<Item = usize>| {
        let gates = std::iter::once(Qis::H.on([0])).chain(order.map(|qubit| cnot(0, qubit))).collect::<Vec<_>>();
        program(64, gates)
    };
    let memory = Memory::limited_to(0);
    let (up, down) = (ghz(&mut (1..64)), ghz(&mut (1..64).rev()));
    let same = diff(&up, &down, &memory).unwrap();
    assert_eq!((same.comparison.verdict, same.comparison.method), (Verdict::Identical, Method::Stabilizer));
    let short = diff(&up, &ghz(&mut (1..63)), &memory).unwrap();
    assert_eq!((short.comparison.verdict, short.comparison.process_fidelity), (Verdict::Different, 0.25));
    assert_eq!(short.comparison.total_variation, 0.5);
    let parting = short.parted.unwrap();
    assert_eq!((parting.a.done, parting.a.next.unwrap().targets, parting.b.done), (63, vec![63], 63));
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let circuit = any_clifford(64, 3_000, rng);
    let mut wrong = circuit.clone();
    wrong[2_345] = undone(&Qis::S.on([7]));
    let found = diff(&program(64, circuit), &program(64, wrong), &memory).unwrap();
    assert_eq!(found.parted.unwrap().b.done, 2_345);
}

#[test]
fn beyond_cheap_unitaries_random_states_decide_and_say_how_surely() {
    let rng = &mut ChaCha8Rng::seed_from_u64(2);
    let circuit = any_circuit(13, 40, rng);
    let plain = program(13, circuit.clone());
    let inverse_twice = circuit.iter().cloned().chain(circuit.iter().rev().map(undone)).chain(circuit.iter().cloned());
    let same = compare(&plain, &program(13, inverse_twice), Memory::shared()).unwrap();
    assert_eq!((same.verdict, same.method), (Verdict::Identical, Method::RandomStates));
    approx::assert_abs_diff_eq!(same.process_fidelity, 1.0, epsilon = 1e-12);
    approx::assert_abs_diff_eq!(same.bound.failure_probability, 5.46e-7, epsilon = 1e-9);
    assert!(same.bound.infidelity.unwrap() < 1e-24);
    // A seven-fold controlled phase concerns one amplitude in 256, and is found.
    let rare = Qis::Phase(Radians(0.1)).on([0]).controlled_by(1..8);
    let middle = circuit[..30].iter().cloned().chain([rare]).chain(circuit[30..].iter().cloned());
    let found = of(&plain, &program(13, middle));
    assert_eq!(found.comparison.verdict, Verdict::Different);
    assert_eq!(found.parted.unwrap().b.done, 30);
    assert_eq!((found.suspects[0].mistake.as_str(), found.suspects[0].verdict), ("operation-too-many", Verdict::Identical));
}

#[test]
fn what_does_not_fit_is_refused_with_a_way_out() {
    let wide = program(40, (0..40).map(|qubit| Qis::T.on([qubit])));
    let refused = diff(&wide, &wide, &Memory::limited_to(1 << 30)).unwrap_err();
    let text =
        "40 qubits need 48.1 TiB of memory, 1.0 GiB are available; wider circuits can be compared if all their gates are Clifford gates";
    assert_eq!(refused.to_string(), text);
    let strong = PauliExp::new(1, &["X", "Z"], &[1.0, 1.0], 1e12).unwrap();
    let strong = program(1, [Qis::PauliExp(strong.into()).on([0])]);
    let refused = diff(&program::<Qis>(1, []), &strong, Memory::shared()).unwrap_err();
    assert!(refused.to_string().starts_with("circuit B: pauliexp: "), "{refused}");
}

// ------------------------------------------------------------------------------------------------- where they part, and why

#[test]
fn an_abstract_circuit_and_its_native_form_are_followed_side_by_side() {
    let quarter = |qubit, phase| Native::Gpi2(Turns(phase)).on([qubit]);
    let h = |qubit| [quarter(qubit, 0.25), Native::Gpi(Turns(0.0)).on([qubit])];
    let ms = Native::Ms(Turns(0.0), Turns(0.0), Turns(0.25)).on([0, 1]);
    let cx = [quarter(0, 0.25), ms, quarter(0, 0.5), quarter(1, 0.5), quarter(0, 0.75)];
    let meant = program(2, [Qis::H.on([0]), cnot(0, 1), Qis::H.on([1]), cnot(0, 1)]);
    let right = [&h(0)[..], &cx, &h(1), &cx].concat();
    assert_eq!(of(&meant, &program(2, right.clone())).comparison.verdict, Verdict::Identical);
    let wrong = [&h(0)[..], &cx, &h(0), &cx].concat();
    let parting = of(&meant, &program(2, wrong)).parted.unwrap();
    assert_eq!((parting.a.done, parting.b.done), (2, 7));
    assert_eq!(parting.a.next.unwrap().to_string(), "h on 1");
    assert_eq!(parting.b.next.unwrap().to_string(), "gpi2(0.25) on 0");
}

#[test]
fn where_nothing_agrees_exactly_agreement_up_to_phases_counts() {
    let circuit = |angle: f64, last| [Qis::Rz(Radians(angle)).on([0]), Qis::Ry(Radians(1.0)).on([1]), last];
    let (meant, written) = (circuit(0.3, Qis::H.on([1])), circuit(0.7, Qis::V.on([1])));
    let parting = of(&program(2, meant), &program(2, written)).parted.unwrap();
    assert_eq!((parting.agreement, parting.a.done, parting.b.done), (Verdict::SameMeasurement, 2, 2));
    assert_eq!(parting.a.next.unwrap().gate, "h");
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    let rng = &mut ChaCha8Rng::seed_from_u64(4);
    let [a, b] = [(); 2].map(|()| program(13, any_circuit(13, 20, rng)));
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| of(&a, &b))
    };
    assert_eq!(with(1), with(3));
}
