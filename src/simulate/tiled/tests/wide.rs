//! Random circuits on more bits than a tile has, on one thread and on many.

use super::*;

/// Any shape for so many bits whose tiles leave some of them outside and are wider than a row of phases.
fn cut(bits: usize) -> impl Strategy<Value = Shape> {
    (9..=12.min(bits - 1), 2..=RUN_BITS).prop_map(move |(tile_bits, run_bits)| Shape { bits, tile_bits, run_bits })
}

/// Any gates, among them more phases of three or four qubits than there are otherwise: these lie in rows, across them and outside of a
/// tile at once.
fn gates(width: usize, most: usize) -> impl Strategy<Value = Vec<Operation<Qis>>> {
    let phase = (qubits(4, width), 0..=1usize, -3.0..3.0f64)
        .prop_map(|(on, fewer, angle)| Qis::Phase(Radians(angle)).on([on[0]]).controlled_by(on[1..4 - fewer].to_vec()));
    prop::collection::vec(prop_oneof![2 => qis(width).boxed(), 1 => phase.boxed()], 1..most)
}

/// Every qubit turned, so that phases before it show.
fn turned<'a>(operations: &'a [Operation<Qis>], width: usize) -> impl Iterator<Item = Operation<Qis>> + 'a {
    let turns = move |angle: f64| (0..width).map(move |qubit| Qis::Ry(Radians(angle + 0.1 * qubit as f64)).on([qubit]));
    turns(0.4).chain(operations.iter().cloned()).chain(turns(1.1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn native_circuits_wider_than_a_tile_have_the_outcomes_of_the_plain_engine(
        (operations, shape) in (10..=14usize).prop_flat_map(|width| (prop::collection::vec(native(width), 1..120), cut(width)))
    ) {
        assert_same(Circuit::new(shape.bits, operations).unwrap(), shape);
    }

    #[test]
    fn circuits_of_all_gates_wider_than_a_tile_have_the_outcomes_of_the_plain_engine(
        (operations, shape) in (10..=14usize).prop_flat_map(|width| (gates(width, 60), cut(width)))
    ) {
        assert_same(Circuit::new(shape.bits, turned(&operations, shape.bits)).unwrap(), shape);
    }
}

/// As the plain engine, on two threads and on three.
fn assert_same_on_threads<G: Gate>(circuit: &Circuit<G>, shape: Shape)
where
    AnyProgram: From<Circuit<G>>,
{
    assert!(shape.bits >= tiles::PARALLEL_QUBITS, "narrower states are left to one thread");
    let expected = plain(&circuit.clone().into());
    for threads in [2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let seen = pool.install(|| tiled(circuit, shape, pulp::Arch::new()));
        for (index, (seen, expected)) in seen.into_iter().zip(&expected).enumerate() {
            assert!((seen - expected).abs() < 1e-13, "outcome {index} on {threads} threads: {seen} for {expected}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn native_circuits_on_many_threads_have_the_outcomes_of_the_plain_engine(
        (operations, shape) in (16..=17usize).prop_flat_map(|width| (prop::collection::vec(native(width), 60..120), cut(width)))
    ) {
        assert_same_on_threads(&Circuit::new(shape.bits, operations).unwrap(), shape);
    }

    #[test]
    fn circuits_of_all_gates_on_many_threads_have_the_outcomes_of_the_plain_engine(
        (operations, shape) in (gates(16, 60), cut(16))
    ) {
        assert_same_on_threads(&Circuit::new(shape.bits, turned(&operations, shape.bits)).unwrap(), shape);
    }
}
