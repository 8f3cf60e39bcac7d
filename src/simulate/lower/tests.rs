use super::*;
use crate::circuit::{Circuit, On, Operation};
use crate::gates::{Gate, Native, PauliExp, Qis, Radians, Turns};
use crate::simulate::{SimulateError, Stop};

fn lowered<G: Gate>(qubits: usize, operations: impl IntoIterator<Item = Operation<G>>) -> Lowered {
    lower(&Circuit::new(qubits, operations).unwrap(), qubits, |qubit| qubit, &Stop::never()).unwrap()
}

#[test]
fn swaps_flips_and_phases_before_the_measurement_are_no_work() {
    let native = [Native::Gpi(Turns(0.3)).on([0]), Native::Zz(Turns(0.1)).on([0, 1]), Native::Gpi(Turns(0.7)).on([0])];
    assert_eq!(lowered(2, native).ops, []);
    let qis = [Qis::Swap.on([0, 2]), Qis::T.on([1]), Qis::Z.on([0]).controlled_by([2]), Qis::Rz(Radians(0.3)).on([2])];
    assert_eq!(lowered(3, qis), Lowered { ops: vec![], bits: vec![2, 1, 0] });
}

#[test]
fn a_flip_that_is_left_at_the_end_is_done_once() {
    let flips = [Qis::X.on([1]), Qis::Y.on([1]), Qis::X.on([1]), Qis::X.on([0])];
    let ops = lowered(2, flips).ops;
    assert_eq!(ops, [0, 1].map(|target| Op::Flip { target, controls: Pattern::default() }));
}

#[test]
fn one_qubit_gates_in_a_row_are_one_turn_and_before_an_ms_they_are_part_of_it() {
    let gates = [Qis::H, Qis::T, Qis::V, Qis::Rx(Radians(0.3)), Qis::S].map(|gate| gate.on([0]));
    assert!(matches!(lowered(1, gates).ops.as_slice(), [Op::Turn { target: 0, .. }]));
    let layer = |phase: f64| {
        let turns = [0, 1].map(|qubit| Native::Gpi2(Turns(phase + 0.1 * qubit as f64)).on([qubit]));
        turns.into_iter().chain([Native::Ms(Turns(phase), Turns(0.2), Turns(0.25)).on([0, 1])])
    };
    let ops = lowered(2, layer(0.3).chain(layer(0.4))).ops;
    assert_eq!(ops.len(), 2);
    for op in &ops {
        let Op::Pair { targets: [0, 1], turns, cross, .. } = op else { panic!("{op:?}") };
        assert!(turns.iter().chain([cross]).all(|rotation| rotation.is_quarter()), "{op:?}");
    }
}

#[test]
fn a_phase_waits_for_the_first_operation_that_turns_one_of_its_bits() {
    let gates = [Qis::Phase(Radians(0.3)).on([0]).controlled_by([1]), Qis::H.on([2]), Qis::H.on([0])];
    let ops = lowered(3, gates).ops;
    let kinds: Vec<(usize, usize)> = ops.iter().map(|op| (op.turned(), op.read())).collect();
    assert_eq!(kinds, [(0, 0b011), (0b001, 0), (0b100, 0)]);
}

fn exp(terms: &[&str]) -> Qis {
    Qis::PauliExp(PauliExp::new(terms[0].len(), terms, &vec![0.7; terms.len()], 0.4).unwrap().into())
}

#[test]
fn gates_on_many_qubits_and_sums_of_strings_are_left_to_the_plain_kernels_and_find_their_qubits_unflipped() {
    let ops = lowered(6, [Qis::X.on([5]), Qis::X.on([0]).controlled_by([1, 2, 3, 4, 5])]).ops;
    let [Op::Flip { target: 5, .. }, Op::Step { support: 0b11_1111, .. }] = ops.as_slice() else { panic!("{ops:?}") };
    let ops = lowered(3, [Qis::X.on([1]), exp(&["XXI", "ZII"]).on([0, 1, 2])]).ops;
    let [Op::Flip { target: 1, .. }, Op::Step { support: 0b110, .. }] = ops.as_slice() else { panic!("{ops:?}") };
    let ops = lowered(5, [exp(&["XXXXX"]).on([0, 1, 2, 3, 4])]).ops;
    assert!(matches!(ops.as_slice(), [Op::Step { support: 0b1_1111, .. }]), "{ops:?}");
}

#[test]
fn exponentials_of_short_strings_are_turns_pairs_and_phases() {
    assert_eq!(lowered(3, [exp(&["ZZI", "IZZ", "ZIZ", "IIZ"]).on([0, 1, 2])]).ops, [], "phases before the measurement");
    assert!(matches!(lowered(1, [exp(&["X"]).on([0])]).ops.as_slice(), [Op::Turn { target: 0, .. }]));
    let ops = lowered(4, [exp(&["XY"]).on([1, 3]), exp(&["YIIY"]).on([0, 1, 2, 3])]).ops;
    assert!(matches!(ops.as_slice(), [Op::Pair { targets: [1, 3], .. }, Op::Pair { targets: [0, 3], .. }]), "{ops:?}");
    let ops = lowered(4, [exp(&["XYZX"]).on([0, 1, 2, 3])]).ops;
    assert!(ops.iter().all(|op| matches!(op, Op::Turn { .. } | Op::Phase(_))), "{ops:?}");
}

#[test]
fn a_circuit_that_nobody_wants_any_more_is_not_lowered_to_its_end() {
    let stop = Stop::new();
    stop.raise();
    let circuit = Circuit::new(1, [Qis::H.on([0])]).unwrap();
    assert_eq!(lower(&circuit, 1, |qubit| qubit, &stop), Err(SimulateError::Stopped));
}
