//! Where circuits part for a reason, and what the reason is.

use super::*;

#[test]
fn the_mistake_is_looked_for_where_the_numbers_are_suspicious() {
    let circuit = |angle: f64, unit: f64| {
        let phases = [0.25, 0.5].map(|phase| Native::Gpi2(Turns(phase * unit)).on([0]));
        program(2, [phases[0].clone(), Native::Ms(Turns(0.125 * unit), Turns(0.0), Turns(angle)).on([0, 1]), phases[1].clone()])
    };
    for (wrong, mistake) in [(circuit(0.5, 1.0), "angles-doubled"), (circuit(0.25, TAU), "phases-in-radians")] {
        let right = circuit(0.25, 1.0);
        for (a, b, side) in [(&wrong, &right, Side::A), (&right, &wrong, Side::B)] {
            let suspects = of(a, b).suspects;
            assert_eq!((suspects[0].side, suspects[0].mistake.as_str()), (side, mistake));
        }
    }
}

#[test]
fn a_second_half_that_should_undo_the_first_is_told() {
    let rng = &mut ChaCha8Rng::seed_from_u64(8);
    let compute: Vec<_> = any_circuit(3, 8, rng).into_iter().map(|operation| no_loop(operation, rng)).collect();
    let inverted = |operation: &Operation<Qis>| Operation { gate: operation.gate.inverse(), ..operation.clone() };
    let act = vec![Qis::Rx(Radians(0.3)).on([0]), Qis::T.on([1])];
    let undone: Vec<_> = compute.iter().rev().map(inverted).collect();
    let reversed: Vec<_> = compute.iter().rev().cloned().collect();
    let meant = program(3, [compute.clone(), act.clone(), undone].concat());
    let mistakes = |written: Vec<Operation<Qis>>| {
        of(&meant, &program(3, written)).suspects.into_iter().map(|suspect| suspect.mistake).collect::<Vec<_>>()
    };
    assert_eq!(mistakes([compute.clone(), act.clone(), compute.clone()].concat()), ["rest-not-inverted"]);
    assert_eq!(mistakes([compute.clone(), act.clone(), reversed].concat()), ["rest-not-inverted-each"]);
    let daggers = |gates: [Qis; 3]| program(1, gates.into_iter().flat_map(|gate| [gate.on([0]), Qis::Ry(Radians(0.4)).on([0])]));
    let suspects = of(&daggers([Qis::S, Qis::T, Qis::V]), &daggers([Qis::Si, Qis::Ti, Qis::Vi])).suspects;
    assert_eq!(suspects[0].mistake, "daggers");
}

/// `exp(-iε/2·X)` is off by ε²/4, and so is any state it acts on; the bound of the proof is 2/x = 200 times what the states show.
#[test]
fn identical_circuits_do_not_part_and_have_no_suspects() {
    let bell = program(2, [Qis::H.on([0]), cnot(0, 1)]);
    let same = of(&bell, &bell);
    assert_eq!((same.parted, same.suspects, same.notes), (None, vec![], Vec::<String>::new()));
}

/// A native circuit without symmetries.
fn native() -> Vec<Operation<Native>> {
    let gpi2 = |qubit, phase| Native::Gpi2(Turns(phase)).on([qubit]);
    let ms = |first, second, phases: [f64; 2], angle| Native::Ms(Turns(phases[0]), Turns(phases[1]), Turns(angle)).on([first, second]);
    vec![
        gpi2(0, 0.11),
        gpi2(1, 0.34),
        gpi2(2, 0.05),
        ms(0, 1, [0.03, 0.21], 0.25),
        Native::Gpi(Turns(0.17)).on([1]),
        ms(1, 2, [0.4, 0.13], 0.11),
        gpi2(1, 0.29),
        ms(2, 0, [0.08, 0.31], 0.2),
        gpi2(2, 0.45),
    ]
}

fn qis() -> Vec<Operation<Qis>> {
    let exp = PauliExp::new(2, &["XY", "ZI"], &[0.5, 0.2], 0.9).unwrap();
    vec![
        Qis::Rx(Radians(0.4)).on([0]),
        Qis::Ry(Radians(1.1)).on([1]),
        cnot(0, 2),
        Qis::Xx(Radians(0.7)).on([1, 2]),
        Qis::Phase(Radians(0.6)).on([2]).controlled_by([1]),
        Qis::H.on([1]),
        Qis::PauliExp(exp.into()).on([2, 0]),
        Qis::V.on([0]),
    ]
}

/// Makes the mistake in the second circuit and expects it to be told.
#[track_caller]
fn told<G: Gate>(circuit: Vec<Operation<G>>, mistake: impl Fn(G) -> G, name: &str)
where
    Program: From<Circuit<G>>,
{
    let wrong: Vec<_> = circuit.iter().map(|operation| Operation { gate: mistake(operation.gate.clone()), ..operation.clone() }).collect();
    told_of(&program(3, circuit), &program(3, wrong), name);
}

#[track_caller]
fn told_of(meant: &Program, wrong: &Program, name: &str) {
    let difference = of(meant, wrong);
    assert_eq!(difference.comparison.verdict, Verdict::Different);
    let names: Vec<_> = difference.suspects.iter().map(|suspect| suspect.mistake.as_str()).collect();
    assert_eq!(names, [name]);
    let suspect = &difference.suspects[0];
    assert_eq!((suspect.side, suspect.verdict), (Side::B, Verdict::Identical));
    approx::assert_abs_diff_eq!(suspect.process_fidelity, 1.0, epsilon = 1e-12);
}

#[test]
fn phases_and_angles_in_wrong_units_are_told_together_and_apart() {
    let scaled = |phases: f64, angles: f64| {
        move |gate| match gate {
            Native::Gpi(phase) => Native::Gpi(Turns(phase.0 * phases)),
            Native::Gpi2(phase) => Native::Gpi2(Turns(phase.0 * phases)),
            Native::Ms(one, other, angle) => Native::Ms(Turns(one.0 * phases), Turns(other.0 * phases), Turns(angle.0 * angles)),
            gate => gate,
        }
    };
    for (phases, angles, name) in [
        (TAU, 1.0, "phases-in-radians"),
        (1.0 / TAU, 1.0, "phases-in-turns"),
        (-1.0, 1.0, "phases-negated"),
        (1.0, TAU, "angles-in-radians"),
        (1.0, PI, "angles-in-radians-by-pi"),
        (1.0, 1.0 / TAU, "angles-in-turns"),
        (1.0, 0.5, "angles-halved"),
        (1.0, 2.0, "angles-doubled"),
        (TAU, TAU, "phases-in-radians+angles-in-radians"),
        (TAU, PI, "phases-in-radians+angles-in-radians-by-pi"),
        (TAU, 0.5, "phases-in-radians+angles-halved"),
    ] {
        told(native(), scaled(phases, angles), name);
    }
}

#[test]
fn exchanged_phases_of_ms_are_told() {
    let exchanged = |gate| match gate {
        Native::Ms(one, other, angle) => Native::Ms(other, one, angle),
        gate => gate,
    };
    told(native(), exchanged, "ms-phases-exchanged");
}

#[test]
fn rotations_in_wrong_units_or_with_a_wrong_sign_are_told() {
    let scaled = |factor: f64| {
        move |gate| match gate {
            Qis::Rx(angle) => Qis::Rx(Radians(angle.0 * factor)),
            Qis::Ry(angle) => Qis::Ry(Radians(angle.0 * factor)),
            Qis::Xx(angle) => Qis::Xx(Radians(angle.0 * factor)),
            Qis::Phase(angle) => Qis::Phase(Radians(angle.0 * factor)),
            Qis::PauliExp(exp) => {
                let coefficients = [0.5 * factor, 0.2 * factor];
                Qis::PauliExp(PauliExp::new(2, &["XY", "ZI"], &coefficients, exp.time()).unwrap().into())
            }
            gate => gate,
        }
    };
    for (factor, name) in [
        (1.0 / TAU, "rotations-in-turns"),
        (TAU, "rotations-in-radians"),
        (180.0 / PI, "rotations-in-degrees"),
        (0.5, "rotations-halved"),
        (2.0, "rotations-doubled"),
        (-1.0, "rotations-negated"),
    ] {
        told(qis(), scaled(factor), name);
    }
}

#[test]
fn a_register_the_other_way_round_and_an_inverse_are_told() {
    let place = |operation: &Operation<Qis>| Operation {
        targets: operation.targets.iter().map(|qubit| 2 - qubit).collect(),
        controls: operation.controls.iter().map(|qubit| 2 - qubit).collect(),
        ..operation.clone()
    };
    let meant = program(3, qis());
    told_of(&meant, &program(3, qis().iter().map(place)), "qubits-reversed");
    told_of(&meant, &program(3, qis().iter().rev().map(undone)), "inverse");
}

#[test]
fn one_wrong_operation_is_told_with_its_place() {
    let meant = program(3, qis());
    let with = |index: usize, operation: Operation<Qis>| {
        let mut circuit = qis();
        circuit[index] = operation;
        program(3, circuit)
    };
    told_of(&meant, &with(7, undone(&qis()[7])), "operation-inverted");
    told_of(&meant, &with(2, cnot(2, 0)), "operation-turned-round");
    let mut longer = qis();
    longer.insert(6, Qis::Rx(Radians(0.2)).on([2]));
    told_of(&meant, &program(3, longer.clone()), "operation-too-many");
    let missing = of(&program(3, longer), &meant);
    assert_eq!((missing.suspects[0].side, missing.suspects[0].mistake.as_str()), (Side::A, "operation-too-many"));
    let told = "operation 6 (rx(0.2) on 2) of A is one too many, or missing from the other circuit; then they are identical";
    assert!(missing.suspects[0].message.starts_with(told), "{}", missing.suspects[0].message);
}

#[test]
fn unrelated_circuits_have_no_suspects() {
    let rng = &mut ChaCha8Rng::seed_from_u64(9);
    let [a, b] = [(); 2].map(|()| program(4, any_circuit(4, 20, rng)));
    let difference = of(&a, &b);
    assert_eq!((difference.comparison.verdict, difference.suspects), (Verdict::Different, vec![]));
}

#[test]
fn wide_clifford_circuits_have_suspects_too() {
    let circuit = any_clifford(40, 200, &mut ChaCha8Rng::seed_from_u64(3));
    let inverse = circuit.iter().rev().map(undone).collect::<Vec<_>>();
    let difference = diff(&program(40, circuit), &program(40, inverse), &Memory::limited_to(0)).unwrap();
    assert_eq!(difference.suspects[0].mistake, "inverse");
}
