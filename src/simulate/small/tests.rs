use super::super::conformance::{Any, random_operation};
use super::super::noise::{Asked, channels::Channels};
use super::super::{ReadOut, evolve, probabilities, sample};
use super::*;
use crate::circuit::{On, Operation};
use crate::device::NoiseModel;
use crate::gates::table::{MAX_CONTROLS, TABLE};
use crate::gates::{Gateset, Native, PauliExp, Qis, Radians, Turns};
use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Any gates of one gateset on any qubits, under any controls.
fn random_program(gateset: Gateset, qubits: usize, gates: usize, seed: u64) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows: Vec<_> = TABLE.iter().filter(|spec| spec.gateset == gateset).collect();
    let (mut qis, mut native) = (Vec::new(), Vec::new());
    while qis.len() + native.len() < gates {
        match random_operation(rows[rng.random_range(0..rows.len())], qubits, &mut rng) {
            Any::Qis(Operation { gate: Qis::PauliExp(exp), .. }) if exp.groups().iter().any(|group| group.len() > 1) => {}
            Any::Qis(operation) => qis.push(operation),
            Any::Native(operation) => native.push(operation),
        }
    }
    match gateset {
        Gateset::Qis => Circuit::new(qubits, qis).unwrap().into(),
        Gateset::Native => Circuit::new(qubits, native).unwrap().into(),
    }
}

/// The probabilities of the touched qubits, the way that is asked for.
fn weights(program: &Program, lanes: Lanes) -> Vec<f64> {
    fn of<G: Gate>(circuit: &Circuit<G>, lanes: Lanes) -> Vec<f64> {
        let mut arena = Arena::default();
        let sum = Small::of(circuit).expect("it is small").weigh(lanes, &mut arena, &Memory::limited_to(1 << 30)).unwrap();
        assert!((sum - 1.0).abs() < 1e-13 && (arena.weights.iter().sum::<f64>() - sum).abs() < 1e-13);
        arena.weights
    }
    match program {
        Program::Qis(circuit) => of(circuit, lanes),
        Program::Native(circuit) => of(circuit, lanes),
    }
}

fn assert_plain(program: &Program) {
    let plain = evolve(program, &Memory::limited_to(1 << 30)).unwrap();
    let expected: Vec<f64> = plain.state().amplitudes().iter().map(|amplitude| amplitude.norm_sqr()).collect();
    for lanes in [Lanes::best(), Lanes::Portable] {
        let found = weights(program, lanes);
        assert_eq!(found.len(), expected.len());
        for (outcome, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!((found - expected).abs() < 1e-13, "outcome {outcome}: {found} for {expected} by {lanes:?} of {program:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_small_circuit_has_the_probabilities_of_the_plain_engine(
        native in any::<bool>(), qubits in 2usize..=MAX, gates in 0usize..60, seed in any::<u64>()
    ) {
        assert_plain(&random_program(if native { Gateset::Native } else { Gateset::Qis }, qubits, gates, seed));
    }
}

#[test]
fn every_gate_on_every_pair_of_positions_does_what_it_does_in_the_plain_engine() {
    let turn = |qubit: usize| Native::Gpi2(Turns(0.11 + 0.07 * qubit as f64)).on([qubit]);
    for qubits in (2..=6).chain([9, MAX]) {
        for (first, second) in (0..qubits).flat_map(|a| (0..qubits).map(move |b| (a, b))).filter(|(a, b)| a != b) {
            let ms = |angle| Native::Ms(Turns(0.1), Turns(0.7), Turns(angle)).on([first, second]);
            let middle = [ms(0.13), Native::Gpi(Turns(0.2)).on([second]), Native::Zz(Turns(0.3)).on([second, first]), ms(0.5)];
            let circuit =
                (0..qubits).map(turn).chain(middle).chain((0..qubits).rev().map(turn)).chain([ms(0.25)]).chain((0..qubits).map(turn));
            assert_plain(&Circuit::new(qubits, circuit).unwrap().into());
            let ry = |qubit: usize| Qis::Ry(Radians(0.4 + 0.3 * qubit as f64)).on([qubit]);
            let exp = Qis::PauliExp(PauliExp::new(2, &["YX"], &[0.4], 1.3).unwrap().into());
            let others: Vec<usize> = (0..qubits).filter(|&qubit| qubit != first && qubit != second).collect();
            let middle = [
                Qis::X.on([first]).controlled_by([second]),
                Qis::Y.on([second]),
                Qis::Swap.on([first, second]).controlled_by(others.first().copied()),
                Qis::V.on([first]).controlled_by(others.into_iter().take(MAX_CONTROLS)),
                Qis::X.on([first]),
                exp.on([second, first]),
                Qis::Phase(Radians(0.9)).on([second]).controlled_by([first]),
            ];
            let circuit = (0..qubits).map(ry).chain(middle).chain((0..qubits).map(ry));
            assert_plain(&Circuit::new(qubits, circuit).unwrap().into());
        }
    }
}

#[test]
fn rotations_about_strings_of_any_letters_do_what_they_do_in_the_plain_engine() {
    for letters in ["XXXXX", "XYZIY", "ZZIZZ", "YIIIX", "XZZZX", "IIYII", "ZYXIZ"] {
        for turned in 0..5 {
            let exp = Qis::PauliExp(PauliExp::new(5, &[letters], &[0.7], 1.1).unwrap().into());
            let ry = |qubit: usize| Qis::Ry(Radians(0.5 + 0.3 * qubit as f64)).on([qubit]);
            let rx = |qubit: usize| Qis::Rx(Radians(0.9 - 0.2 * qubit as f64)).on([qubit]);
            let circuit = (0..5).map(ry).chain([Qis::Y.on([turned]), Qis::T.on([turned]), exp.on(0..5)]).chain((0..5).map(rx));
            assert_plain(&Circuit::new(5, circuit).unwrap().into());
        }
    }
}

#[test]
fn qubits_that_stay_zero_cost_nothing_and_a_control_on_them_does_nothing() {
    let controls = [
        Qis::H.on([0]),
        Qis::X.on([1]).controlled_by([2, 0]),
        Qis::Z.on([0]).controlled_by([3]),
        Qis::X.on([3]),
        Qis::X.on([2]).controlled_by([3]),
    ];
    assert_plain(&Circuit::new(5, controls).unwrap().into());
    for qubits in [1, 5] {
        assert_plain(&Circuit::<Qis>::new(qubits, []).unwrap().into());
        assert_plain(&Circuit::new(qubits, [Native::Nop.on([0])]).unwrap().into());
        assert_plain(&Circuit::new(qubits, [Native::Gpi(Turns(0.3)).on([qubits - 1])]).unwrap().into());
    }
}

#[test]
fn circuits_of_more_qubits_or_with_sums_of_strings_are_left_to_others() {
    let wide: Program = Circuit::new(MAX + 1, (0..=MAX).map(|qubit| Qis::H.on([qubit]))).unwrap().into();
    let sum = |terms: &[&str]| -> Program {
        let exp = PauliExp::new(2, terms, &[0.3, 0.4], 1.0).unwrap();
        Circuit::new(64, [Qis::PauliExp(exp.into()).on([40, 63])]).unwrap().into()
    };
    let memory = Memory::limited_to(1 << 30);
    for program in [&wide, &sum(&["XI", "ZZ"])] {
        assert!(super::probabilities(program, &memory).is_none() && super::sample(program, Shots::DEFAULT, Seed(1), &memory).is_none());
        let drawn = sample(program, Shots::DEFAULT, Seed(1), &memory).unwrap();
        assert_eq!(drawn.counts, Counts::sample(&probabilities(program, &memory).unwrap().probabilities, Shots::DEFAULT, Seed(1)));
    }
}

#[test]
fn shots_of_a_circuit_are_those_of_its_distribution_on_the_qubits_where_they_belong() {
    for (gateset, seed) in [(Gateset::Qis, 1), (Gateset::Native, 2), (Gateset::Native, 3)] {
        let Program::Qis(spread) = random_program(Gateset::Qis, 4, 20, seed) else { panic!("asked for QIS") };
        let moved = spread.operations().iter().map(|operation| Operation {
            gate: operation.gate.clone(),
            targets: operation.targets.iter().map(|qubit| [3, 17, 40, 63][*qubit]).collect(),
            controls: operation.controls.iter().map(|qubit| [3, 17, 40, 63][*qubit]).collect(),
        });
        for program in [random_program(gateset, 5, 30, seed), Circuit::new(64, moved).unwrap().into()] {
            let memory = Memory::limited_to(1 << 20);
            let exact = probabilities(&program, &memory).unwrap();
            for shots in [1, 1000, 100_000].map(|shots| Shots::new(shots).unwrap()) {
                let drawn = sample(&program, shots, Seed(seed), &memory).unwrap();
                assert_eq!(drawn.counts, Counts::sample(&exact.probabilities, shots, Seed(seed)));
                assert_eq!(drawn.counts.shots(), shots.get());
            }
        }
    }
}

#[test]
fn a_batch_draws_what_its_circuits_draw_alone_on_any_number_of_threads() {
    let mut programs: Vec<Program> = (0..150).map(|seed| random_program(Gateset::Native, 2 + seed as usize % 4, 12, seed)).collect();
    programs.insert(70, Circuit::new(MAX + 1, (0..=MAX).map(|qubit| Qis::H.on([qubit]))).unwrap().into());
    // Every qubit turned and tied to the next, twice: no engine has room for that.
    let tied = |k: usize| [Qis::Ry(Radians(0.3)).on([k % 64]), Qis::X.on([(k + 1) % 64]).controlled_by([k % 64])];
    programs.insert(80, Circuit::new(64, (0..128).flat_map(tied)).unwrap().into());
    let memory = Memory::limited_to(1 << 22);
    let shots = Shots::new(300).unwrap();
    let singles: Vec<_> = (0u64..).zip(&programs).map(|(index, program)| sample(program, shots, Seed(5).child(index), &memory)).collect();
    assert!(matches!(singles[80], Err(SimulateError::OutOfMemory(_))) && singles.iter().filter(|drawn| drawn.is_err()).count() == 1);
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| sample_batch(&programs, shots, Seed(5), &memory)), singles, "{threads} threads");
    }
}

fn model(one_qubit: f64, two_qubit: f64) -> NoiseModel {
    NoiseModel { names: vec!["test".to_owned()], one_qubit, two_qubit, qubits: 29 }
}

/// Shots with noise, by a density matrix or by trajectories.
fn noisy(program: &Program, density: bool, read_out: ReadOut<'_>, shots: i64, seed: u64) -> Sampled {
    fn of<G: Gate>(circuit: &Circuit<G>, density: bool, asked: Asked<'_>) -> Sampled {
        let channels = Channels::new(circuit, asked.read_out).unwrap();
        Small::of(circuit).unwrap().noisy_by(density, &channels, asked).unwrap()
    }
    let asked = Asked { read_out, shots: Shots::new(shots).unwrap(), seed: Seed(seed), memory: &Memory::limited_to(1 << 30) };
    match program {
        Program::Qis(circuit) => of(circuit, density, asked),
        Program::Native(circuit) => of(circuit, density, asked),
    }
}

/// The gates of a random program that act on one or two qubits.
fn random_narrow_program(gateset: Gateset, qubits: usize, gates: usize, seed: u64) -> Program {
    match random_program(gateset, qubits, gates, seed) {
        Program::Qis(circuit) => {
            let narrow = circuit.operations().iter().filter(|operation| operation.acting().count() <= 2).cloned();
            Circuit::new(qubits, narrow.collect::<Vec<_>>()).unwrap().into()
        }
        native => native,
    }
}

#[test]
fn a_density_matrix_and_trajectories_of_any_circuit_have_the_same_distribution() {
    let noise = model(0.08, 0.15);
    for seed in 0..24 {
        let gateset = if seed % 2 == 0 { Gateset::Native } else { Gateset::Qis };
        let program = random_narrow_program(gateset, 2 + seed as usize % 5, 14, seed);
        for misread in [0.0, 0.03] {
            let read_out = ReadOut { noise: Some(&noise), misread };
            let [by_matrix, by_errors] =
                [(true, 1), (false, 2)].map(|(density, offset)| noisy(&program, density, read_out, 100_000, seed + offset).counts);
            assert_eq!([by_matrix.shots(), by_errors.shots()], [100_000; 2]);
            for outcome in 0..1 << program.qubits() {
                let [a, b] = [&by_matrix, &by_errors].map(|counts| f64::from(counts.get(outcome)));
                assert!((a - b).abs() <= 5.0 * (a + b).sqrt() + 5.0, "outcome {outcome}: {a} and {b}, seed {seed}, misread {misread}");
            }
        }
    }
}

#[test]
fn a_density_matrix_is_taken_where_it_is_less_work() {
    let noise = model(1e-3, 1e-2);
    let read_out = ReadOut { noise: Some(&noise), misread: 0.0 };
    let engine = |qubits, shots| {
        let program = random_program(Gateset::Native, qubits, 40, 3);
        crate::simulate::trajectories(&program, read_out, Shots::new(shots).unwrap(), Seed(1), Memory::shared()).unwrap().engine
    };
    assert_eq!([engine(4, 1), engine(4, 1_000_000), engine(8, 1000)], [Engine::StateVector, Engine::DensityMatrix, Engine::StateVector]);
}

#[test]
fn noisy_counts_do_not_depend_on_the_number_of_threads() {
    let noise = model(0.05, 0.1);
    let program = random_program(Gateset::Native, 9, 60, 5);
    for misread in [0.0, 0.02] {
        let read_out = ReadOut { noise: Some(&noise), misread };
        let drawn = [1, 2, 5].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| noisy(&program, false, read_out, 1500, 3))
        });
        assert!(drawn.iter().all(|other| *other == drawn[0]) && drawn[0].counts.shots() == 1500);
        assert_ne!(drawn[0].counts, noisy(&program, false, read_out, 1500, 4).counts);
    }
}

#[test]
fn without_errors_shots_fall_where_they_do_without_noise() {
    let noise = model(0.0, 0.0);
    for qubits in [3, 8] {
        let program = random_program(Gateset::Native, qubits, 30, 8);
        for shots in [3, 1000, 50_000] {
            let drawn = sample(&program, Shots::new(shots).unwrap(), Seed(6), Memory::shared()).unwrap();
            assert_eq!(drawn, noisy(&program, false, ReadOut { noise: Some(&noise), misread: 0.0 }, shots, 6));
            assert_eq!(drawn, noisy(&program, false, ReadOut::default(), shots, 6));
        }
    }
}

#[test]
fn few_points_are_found_where_a_search_from_the_beginning_finds_them() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for outcomes in [1, 4, 16, 17, 64, 256] {
        let weights: Vec<f64> =
            (0..outcomes).map(|_| if rng.random_bool(0.3) { 0.0 } else { rng.random::<f64>() }).chain([0.5, 0.0]).collect();
        let sum: f64 = weights.iter().sum();
        for count in [1, 3, 16] {
            let mut points: Vec<f64> = (0..count).map(|_| rng.random::<f64>() * sum).collect();
            points.sort_unstable_by(f64::total_cmp);
            let search = |&point: &f64| {
                let ends = weights.iter().scan(0.0, |passed, weight| {
                    *passed += weight;
                    Some(*passed)
                });
                ends.zip(0..).find(|&(end, _)| end > point).unwrap().1
            };
            let expected: Vec<usize> = points.iter().map(search).collect();
            assert_eq!(super::seen::locate(&weights, points.iter().copied()).collect::<Vec<_>>(), expected);
        }
        assert_eq!(super::seen::locate(&weights, [sum * (1.0 + 1e-15)].into_iter()).collect::<Vec<_>>(), [outcomes]);
    }
}
