mod positions;
mod stopped;
mod wide;

use super::shape::RUN_BITS;
use super::*;
use crate::circuit::{On, Operation, Program as AnyProgram};
use crate::gates::{Native, Qis, Radians, Turns};
use crate::simulate;
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// The amplitudes after a circuit, computed in tiles of a shape, and what their squares are to be multiplied by.
fn amplitudes<G: Gate>(circuit: &Circuit<G>, shape: Shape, arch: pulp::Arch) -> (Buffer, f64) {
    let qubits = circuit.qubits();
    let lowered = lower(circuit, qubits, |qubit| qubit, &Stop::never()).unwrap();
    let mut state = Buffer::zeros(qubits).unwrap();
    let stop = Stop::never();
    let run = Run { arch, ..Run::new(shape, state.amplitudes_mut(), &stop) };
    let scale = run.all(&lowered).unwrap();
    (state, scale)
}

/// The distribution after a circuit, computed in tiles of a shape.
fn tiled<G: Gate>(circuit: &Circuit<G>, shape: Shape, arch: pulp::Arch) -> Vec<f64> {
    let (state, scale) = amplitudes(circuit, shape, arch);
    state.amplitudes().iter().map(|amplitude| amplitude.norm_sqr() * scale).collect()
}

/// No vectors at all, those of AVX2 where there are any, and the best there are.
fn archs() -> Vec<pulp::Arch> {
    let mut archs = vec![pulp::Arch::Scalar, pulp::Arch::new()];
    #[cfg(target_arch = "x86_64")]
    archs.extend(pulp::x86::V3::try_new().map(pulp::Arch::V3));
    archs
}

fn plain(program: &AnyProgram) -> Vec<f64> {
    let memory = Memory::limited_to(1 << 30);
    let probabilities = simulate::evolve(program, &memory).unwrap().probabilities().unwrap().0;
    (0..1 << program.qubits()).map(|key| probabilities.get(key)).collect()
}

fn qubits(count: usize, from: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..from).collect::<Vec<_>>()).prop_shuffle().prop_map(move |all| all[..count].to_vec())
}

fn native(width: usize) -> impl Strategy<Value = Operation<Native>> {
    let turns = || {
        (0..16i32, any::<bool>(), -1.0..1.0f64).prop_map(|(eighth, exact, any)| Turns(if exact { f64::from(eighth) / 8.0 } else { any }))
    };
    prop_oneof![
        (qubits(1, width), turns()).prop_map(|(on, phase)| Native::Gpi(phase).on(on)),
        (qubits(1, width), turns()).prop_map(|(on, phase)| Native::Gpi2(phase).on(on)),
        (qubits(2, width), turns(), turns(), turns()).prop_map(|(on, a, b, angle)| Native::Ms(a, b, angle).on(on)),
        (qubits(2, width), turns(), turns()).prop_map(|(on, a, b)| Native::Ms(a, b, Turns(0.25)).on(on)),
        (qubits(2, width), turns()).prop_map(|(on, angle)| Native::Zz(angle).on(on)),
    ]
}

fn qis(width: usize) -> impl Strategy<Value = Operation<Qis>> {
    let angle = || {
        (0..16i32, any::<bool>(), -7.0..7.0f64)
            .prop_map(|(eighth, exact, any)| Radians(if exact { f64::from(eighth) * std::f64::consts::FRAC_PI_4 } else { any }))
    };
    let one = angle().prop_flat_map(|angle| {
        prop::sample::select(vec![
            Qis::X,
            Qis::Y,
            Qis::Z,
            Qis::H,
            Qis::S,
            Qis::Si,
            Qis::T,
            Qis::Ti,
            Qis::V,
            Qis::Vi,
            Qis::Phase(angle),
            Qis::Rx(angle),
            Qis::Ry(angle),
            Qis::Rz(angle),
        ])
    });
    let two = angle().prop_flat_map(|angle| prop::sample::select(vec![Qis::Swap, Qis::Xx(angle), Qis::Yy(angle), Qis::Zz(angle)]));
    let exp = (0..8usize, 0.0..1.0f64).prop_map(|(which, time)| {
        let terms: &[&str] =
            [&["XYZ"] as &[&str], &["ZZZ"], &["XIZ", "ZXI"], &["IIY"], &["YXI"], &["ZIX"], &["ZII", "IZZ", "ZIZ"], &["III", "XXI"]][which];
        Qis::PauliExp(crate::gates::PauliExp::new(3, terms, &vec![0.7; terms.len()], time).unwrap().into())
    });
    let controls = prop_oneof![6 => Just(0usize), 3 => Just(1usize), 1 => Just(2usize), 1 => Just(4usize)];
    let gate =
        prop_oneof![8 => one.prop_map(|gate| (gate, 1usize)), 5 => two.prop_map(|gate| (gate, 2)), 1 => exp.prop_map(|gate| (gate, 3))];
    (gate, controls).prop_flat_map(move |((gate, targets), controls)| {
        let on = |on: &[usize]| gate.clone().on(on[..targets].to_vec()).controlled_by(on[targets..].to_vec());
        let all: Vec<usize> = (0..width).collect();
        let allowed = |controls: &usize| Circuit::new(width, [on(&all[..targets + controls])]).is_ok();
        let controls = (0..=controls.min(width - targets)).rev().find(allowed).expect("every gate may have no controls");
        let gate = gate.clone();
        qubits(targets + controls, width).prop_map(move |on| gate.clone().on(on[..targets].to_vec()).controlled_by(on[targets..].to_vec()))
    })
}

/// Any shape for operations on so many bits; what is smaller has no room for three bits that they leave alone.
fn shape(bits: usize, worked: usize) -> impl Strategy<Value = Shape> {
    let runs = move |tile_bits: usize| (2..=RUN_BITS.min(tile_bits - worked)).prop_map(move |run_bits| Shape { bits, tile_bits, run_bits });
    (worked + 5..=bits).prop_flat_map(runs)
}

fn assert_same<G: Gate>(circuit: Circuit<G>, shape: Shape)
where
    AnyProgram: From<Circuit<G>>,
{
    assert_within(&circuit, shape, 1e-13);
}

fn assert_within<G: Gate>(circuit: &Circuit<G>, shape: Shape, tolerance: f64)
where
    AnyProgram: From<Circuit<G>>,
{
    let expected = plain(&circuit.clone().into());
    for arch in archs() {
        for (index, (seen, expected)) in tiled(circuit, shape, arch).into_iter().zip(&expected).enumerate() {
            assert!((seen - expected).abs() < tolerance, "outcome {index} by {arch:?}: {seen} for {expected}");
        }
    }
}

/// Exponentials of any strings of up to five letters.
fn strings(width: usize) -> impl Strategy<Value = Operation<Qis>> {
    let letters = prop::collection::vec(prop::sample::select(vec!["I", "X", "Y", "Z"]), 5).prop_map(|letters| letters.concat());
    (letters, -4.0..4.0f64, qubits(7, width), 0..3usize).prop_map(|(letters, angle, on, controls)| {
        let exp = crate::gates::PauliExp::new(5, &[letters], &[angle], 1.0).unwrap();
        Qis::PauliExp(exp.into()).on(on[..5].to_vec()).controlled_by(on[5..5 + controls].to_vec())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn exponentials_of_strings_have_the_outcomes_of_the_plain_engine(
        (operations, shape) in (9..=11usize).prop_flat_map(|width| {
            let turns = (0..width, -3.0..3.0f64).prop_map(|(qubit, angle)| Qis::Ry(Radians(angle)).on([qubit]));
            (prop::collection::vec(prop_oneof![strings(width).boxed(), turns.boxed()], 1..40), shape(width, 4))
        })
    ) {
        assert_same(Circuit::new(shape.bits, operations).unwrap(), shape);
    }

    #[test]
    fn native_circuits_have_the_outcomes_of_the_plain_engine(
        (operations, shape) in (7..=10usize).prop_flat_map(|width| (prop::collection::vec(native(width), 1..80), shape(width, 2)))
    ) {
        assert_same(Circuit::new(shape.bits, operations).unwrap(), shape);
    }

    #[test]
    fn circuits_of_all_gates_have_the_outcomes_of_the_plain_engine(
        (operations, shape) in (9..=11usize).prop_flat_map(|width| (prop::collection::vec(qis(width), 1..60), shape(width, 4)))
    ) {
        assert_same(Circuit::new(shape.bits, operations).unwrap(), shape);
    }
}

/// A random circuit in layers, as deep as one likes.
fn layers(qubits: usize, count: usize) -> Circuit<Native> {
    let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(qubits as u64);
    let mut operations = Vec::new();
    for _ in 0..count {
        operations.extend((0..qubits).map(|qubit| Native::Gpi2(Turns(rng.random())).on([qubit])));
        let mut order: Vec<usize> = (0..qubits).collect();
        order.shuffle(&mut rng);
        operations.extend(
            order.chunks_exact(2).map(|pair| Native::Ms(Turns(rng.random()), Turns(rng.random()), Turns(0.25)).on([pair[0], pair[1]])),
        );
    }
    Circuit::new(qubits, operations).unwrap()
}

fn ms(a: usize, b: usize) -> Operation<Native> {
    Native::Ms(Turns(0.1), Turns(0.4), Turns(0.25)).on([a, b])
}

#[test]
fn the_amplitudes_are_the_same_to_the_last_bit_on_any_number_of_threads() {
    let circuit = layers(17, 3);
    let shape = Shape { tile_bits: 12, ..Shape::of(17) };
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (state, _) = pool.install(|| amplitudes(&circuit, shape, pulp::Arch::new()));
        state.amplitudes().iter().map(|amplitude| [amplitude.re.to_bits(), amplitude.im.to_bits()]).collect::<Vec<_>>()
    };
    let one = bits(1);
    assert!([2, 3].into_iter().all(|threads| bits(threads) == one));
}

#[test]
fn ten_thousand_gates_leave_the_norm_what_it_was() {
    let circuit = layers(16, 417); // 10,008 gates
    let evolved = evolve(&circuit, &Memory::limited_to(1 << 24)).unwrap();
    let (_, norm_error) = evolved.probabilities().unwrap();
    assert!(norm_error.abs() < 1e-12, "{norm_error:e}");
}

#[test]
fn ten_thousand_turns_of_any_angle_leave_the_norm_what_it_was() {
    let turn = |index: usize| {
        let (qubit, angle) = (index % 16, Radians(0.1 + index as f64));
        if index.is_multiple_of(3) { Qis::Xx(angle).on([qubit, (qubit + 5) % 16]) } else { Qis::Ry(angle).on([qubit]) }
    };
    let evolved = evolve(&Circuit::new(16, (0..10_000).map(turn)).unwrap(), &Memory::limited_to(1 << 24)).unwrap();
    let (_, norm_error) = evolved.probabilities().unwrap();
    assert!(norm_error.abs() < 1e-12, "{norm_error:e}");
}

#[test]
fn a_tile_that_is_enough_for_thousands_of_gates_overflows_nothing() {
    let layers = (0..2000).flat_map(|_| [Native::Gpi2(Turns(0.1)).on([0]), Native::Gpi2(Turns(0.3)).on([1])].into_iter().chain([ms(0, 1)]));
    let whole = (0..13).map(|qubit| Native::Gpi2(Turns(0.0)).on([qubit]));
    let circuit = Circuit::new(13, layers.chain(whole)).unwrap();
    for tile_bits in [8, 13] {
        assert_within(&circuit, Shape { tile_bits, ..Shape::of(13) }, 1e-12);
    }
}

#[test]
fn a_state_whose_run_is_stopped_is_no_result() {
    let (memory, stop) = (Memory::limited_to(1 << 24), Stop::new());
    stop.raise();
    assert!(matches!(evolve(&layers(13, 2), &memory.until(&stop)), Err(SimulateError::Stopped)));
}

#[test]
fn any_permutation_of_qubits_is_undone_in_place() {
    for qubits in [8, 9, 13] {
        for shape in
            [Shape { bits: qubits, tile_bits: 7, run_bits: 3 }, Shape { bits: qubits, tile_bits: 8, run_bits: 4 }, Shape::of(qubits)]
        {
            let turns = (0..qubits).map(|qubit| Qis::Ry(Radians(0.2 + 0.3 * qubit as f64)).on([qubit]));
            let swaps = (0..qubits).map(|qubit| Qis::Swap.on([qubit, (5 * qubit + 3) % qubits]));
            let swaps = swaps.filter(|swap| swap.targets[0] != swap.targets[1]);
            assert_same(Circuit::new(qubits, turns.chain(swaps)).unwrap(), shape);
        }
    }
}
