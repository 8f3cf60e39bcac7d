//! What any engine must do. A second one implements [`Engine`], is listed at the end, and is put through the same tests.

use super::oracle::{applied, distance, operator, random_number, random_state};
use super::{StateVector, tiles};
use crate::circuit::{On, Operation};
use crate::gates::table::{self, Absent, Build, GateSpec, TABLE, Targets};
use crate::gates::{Action, Gate, Gateset, Matrix2, Matrix4, Native, PauliExp, Qis, Radians};
use num_complex::Complex64;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};

/// Something that applies operations to amplitudes.
trait Engine {
    fn with(amplitudes: Vec<Complex64>) -> Self;
    fn apply<G: Gate>(&mut self, operation: &Operation<G>);
    fn amplitudes(&self) -> &[Complex64];
}

impl Engine for StateVector {
    fn with(amplitudes: Vec<Complex64>) -> Self {
        let qubits = amplitudes.len().ilog2() as usize;
        StateVector::tiled(amplitudes, tiles::tile_qubits(qubits))
    }

    fn apply<G: Gate>(&mut self, operation: &Operation<G>) {
        StateVector::apply(self, operation).unwrap();
    }

    fn amplitudes(&self) -> &[Complex64] {
        StateVector::amplitudes(self)
    }
}

/// The state vector in tiles of two qubits: all that large states do, on small ones.
struct SmallTiles(StateVector);

impl Engine for SmallTiles {
    fn with(amplitudes: Vec<Complex64>) -> Self {
        SmallTiles(StateVector::tiled(amplitudes, 2))
    }

    fn apply<G: Gate>(&mut self, operation: &Operation<G>) {
        self.0.apply(operation).unwrap();
    }

    fn amplitudes(&self) -> &[Complex64] {
        self.0.amplitudes()
    }
}

/// A gate of any matrix, also of none that the table has.
#[derive(Debug, Clone, PartialEq)]
enum Raw {
    One(Matrix2),
    Two(Matrix4),
}

impl Gate for Raw {
    const GATESET: Gateset = Gateset::Qis;

    fn spec(&self) -> &'static GateSpec {
        match self {
            Raw::One(_) => &table::X,
            Raw::Two(_) => &table::SWAP,
        }
    }

    fn values(&self) -> Vec<f64> {
        vec![]
    }

    fn action(&self) -> Action<'_> {
        match *self {
            Raw::One(m) => Action::One(m),
            Raw::Two(m) => Action::Two(m),
        }
    }

    fn inverse(&self) -> Raw {
        unreachable!("kernels are tried with any matrix, and none of them asks for its inverse")
    }
}

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Applies the operation to a random state, and compares with its Kronecker product.
fn check<E: Engine, G: Gate>(operation: &Operation<G>, qubits: usize, rng: &mut impl Rng) {
    let before = random_state(qubits, rng);
    let expected = applied(&operator(operation, qubits), &before);
    let mut engine = E::with(before);
    engine.apply(operation);
    let distance = distance(engine.amplitudes(), &expected);
    assert!(distance < 1e-13, "{operation:?} on {qubits} qubits is {distance:e} away from its Kronecker product");
}

/// Every choice of up to two qubits that are not taken.
fn up_to_two_controls(qubits: usize, taken: &[usize]) -> Vec<Vec<usize>> {
    let free: Vec<usize> = (0..qubits).filter(|qubit| !taken.contains(qubit)).collect();
    let pairs = free.iter().flat_map(|&a| free.iter().filter(move |&&b| b > a).map(move |&b| vec![a, b]));
    std::iter::once(vec![]).chain(free.iter().map(|&a| vec![a])).chain(pairs).collect()
}

fn a_one_qubit_matrix_is_its_kronecker_product_on_every_qubit_under_all_controls<E: Engine>() {
    let rng = &mut rng(1);
    for qubits in 1..=6 {
        for target in 0..qubits {
            for controls in up_to_two_controls(qubits, &[target]) {
                let any: Matrix2 = std::array::from_fn(|_| std::array::from_fn(|_| random_number(rng)));
                let mut diagonal = any;
                (diagonal[0][1], diagonal[1][0]) = Default::default();
                for matrix in [any, diagonal] {
                    check::<E, _>(&Raw::One(matrix).on([target]).controlled_by(controls.clone()), qubits, rng);
                }
            }
        }
    }
}

fn a_two_qubit_matrix_is_its_kronecker_product_on_every_ordered_pair_under_all_controls<E: Engine>() {
    let rng = &mut rng(2);
    // All entries; those that keep {00, 11} apart from {01, 10}, with and without 1s to skip; a diagonal; one that zz has.
    let shapes: [fn(usize, usize, Complex64) -> Complex64; 5] = [
        |_, _, entry| entry,
        |row, column, entry| if row == column || row + column == 3 { entry } else { Complex64::default() },
        |row, column, entry| match (row, column) {
            (1 | 2, 1 | 2) => entry,
            _ => Complex64::from(f64::from(u8::from(row == column))),
        },
        |row, column, entry| if row == column { entry } else { Complex64::default() },
        |row, column, entry| match (row == column, row) {
            (true, 0 | 3) => Complex64::new(0.25, -2.0),
            (true, _) => Complex64::new(1.5, 0.5),
            _ => entry * 0.0,
        },
    ];
    for qubits in 2..=6 {
        for (first, second) in (0..qubits).flat_map(|a| (0..qubits).map(move |b| (a, b))).filter(|(a, b)| a != b) {
            for (k, controls) in up_to_two_controls(qubits, &[first, second]).into_iter().enumerate() {
                // On six qubits the Kronecker products take their time: one shape for each choice of controls.
                for shape in shapes.iter().skip(k % 5).step_by(if qubits < 6 { 1 } else { 5 }) {
                    let matrix = std::array::from_fn(|row| std::array::from_fn(|column| shape(row, column, random_number(rng))));
                    check::<E, _>(&Raw::Two(matrix).on([first, second]).controlled_by(controls.clone()), qubits, rng);
                }
            }
        }
    }
}

fn letters(qubits: usize, rng: &mut impl Rng) -> String {
    (0..qubits).map(|_| ['I', 'X', 'Y', 'Z'][rng.random_range(0..4)]).collect()
}

fn pauli_exp(terms: &[String], rng: &mut impl Rng) -> Qis {
    let coefficients: Vec<f64> = terms.iter().map(|_| rng.random_range(-1.0..1.0)).collect();
    Qis::PauliExp(PauliExp::new(terms[0].len(), terms, &coefficients, 1.7).unwrap().into())
}

/// Qubits 0..n in random order.
fn shuffled(qubits: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..qubits).collect();
    order.shuffle(rng);
    order
}

fn every_string_on_three_qubits_rotates_as_its_exponential_under_all_controls<E: Engine>() {
    let rng = &mut rng(3);
    for code in 0..64 {
        let string: String = [code / 16, code / 4, code].map(|letter| ['I', 'X', 'Y', 'Z'][letter % 4]).iter().collect();
        let order = shuffled(5, rng);
        for controls in up_to_two_controls(5, &order[..3]) {
            let operation = pauli_exp(std::slice::from_ref(&string), rng).on(order[..3].to_vec()).controlled_by(controls);
            check::<E, _>(&operation, 5, rng);
        }
    }
}

fn a_sum_of_strings_is_exponentiated_exactly_whether_or_not_they_commute<E: Engine>() {
    let rng = &mut rng(4);
    for targets in 1..=6 {
        for terms in 2..=7 {
            let strings: Vec<String> = (0..terms).map(|_| letters(targets, rng)).collect();
            let order = shuffled(6, rng);
            let controls = rng.random_range(0..=(6 - targets).min(2));
            let operation = pauli_exp(&strings, rng).on(order[..targets].to_vec()).controlled_by(order[targets..][..controls].to_vec());
            check::<E, _>(&operation, 6, rng);
        }
    }
}

fn a_sum_too_wide_for_a_matrix_is_exponentiated_exactly_under_controls<E: Engine>() {
    let rng = &mut rng(5);
    for controls in 0..=1 {
        let order = shuffled(7 + controls, rng);
        // A chain of strings, each of which fails to commute with the next: one group on all seven targets.
        let strings: Vec<String> = ["IIIIIXZ", "IIIIXZI", "IIIXZII", "IIXYIII", "IXZIIII", "YZIIIII"].map(String::from).into();
        let operation = pauli_exp(&strings, rng).on(order[..7].to_vec()).controlled_by(order[7..][..controls].to_vec());
        check::<E, _>(&operation, 7 + controls, rng);
    }
}

/// A gate of the row with random values, on random qubits, under random controls.
pub(super) enum Any {
    Qis(Operation<Qis>),
    Native(Operation<Native>),
}

pub(super) fn random_operation(spec: &GateSpec, qubits: usize, rng: &mut impl Rng) -> Any {
    let count: usize = spec.parameters.iter().map(|parameter| parameter.count).sum();
    let optional = spec.parameters.iter().any(|parameter| parameter.absent == Absent::OtherGate);
    let values: Vec<f64> = (0..count).map(|_| rng.random_range(-3.0..3.0)).collect();
    let values = if optional && rng.random() { &[][..] } else { &values };
    let order = shuffled(qubits, rng);
    let targets = match spec.targets {
        Targets::One => 1,
        Targets::Two => 2,
        Targets::PerLetter => rng.random_range(1..=qubits.min(3)),
    };
    let controls = rng.random_range(0..=spec.max_controls.min(qubits - targets));
    let (targets, controls) = (order[..targets].to_vec(), order[targets..][..controls].to_vec());
    match spec.build {
        Build::Qis(build) => Any::Qis(build(values).on(targets).controlled_by(controls)),
        Build::Native(build) => Any::Native(build(values).on(targets).controlled_by(controls)),
        Build::PauliExp => {
            let terms: Vec<String> = (0..rng.random_range(1..4)).map(|_| letters(targets.len(), rng)).collect();
            Any::Qis(pauli_exp(&terms, rng).on(targets).controlled_by(controls))
        }
    }
}

fn every_gate_of_the_table_is_its_kronecker_product<E: Engine>() {
    let rng = &mut rng(6);
    for spec in TABLE {
        for qubits in [2, 3, 5, 5, 5, 5] {
            match random_operation(spec, qubits, rng) {
                Any::Qis(operation) => check::<E, _>(&operation, qubits, rng),
                Any::Native(operation) => check::<E, _>(&operation, qubits, rng),
            }
        }
    }
}

fn zero<E: Engine>(qubits: usize) -> E {
    let mut amplitudes = vec![Complex64::default(); 1 << qubits];
    amplitudes[0] = Complex64::new(1.0, 0.0);
    E::with(amplitudes)
}

fn qubit_q_is_bit_q_of_the_index<E: Engine>() {
    for qubits in 1..=6 {
        for qubit in 0..qubits {
            let mut engine: E = zero(qubits);
            engine.apply(&Qis::X.on([qubit]));
            assert_eq!(engine.amplitudes().iter().position(|amplitude| amplitude.norm() > 0.5), Some(1 << qubit));
            // A rotation by another angle on each qubit: every amplitude is another product.
            let mut engine: E = zero(qubits);
            (0..qubits).for_each(|qubit| engine.apply(&Qis::Ry(Radians(0.3 + 0.4 * qubit as f64)).on([qubit])));
            for (index, amplitude) in engine.amplitudes().iter().enumerate() {
                let half = |qubit: usize| 0.15 + 0.2 * qubit as f64;
                let factor = |qubit: usize| if index >> qubit & 1 == 1 { half(qubit).sin() } else { half(qubit).cos() };
                let expected: f64 = (0..qubits).map(factor).product();
                assert!((amplitude - expected).norm() < 1e-14, "amplitude {index} of {qubits} qubits is {amplitude}, not {expected}");
            }
        }
    }
}

fn a_circuit_followed_by_its_inverse_is_the_identity_and_the_norm_stays<E: Engine>() {
    let rng = &mut rng(7);
    for qubits in 2..=7 {
        let circuit: Vec<Any> = (0..60).map(|_| random_operation(&TABLE[rng.random_range(0..TABLE.len())], qubits, rng)).collect();
        let before = random_state(qubits, rng);
        let mut engine = E::with(before.clone());
        for operation in &circuit {
            match operation {
                Any::Qis(operation) => engine.apply(operation),
                Any::Native(operation) => engine.apply(operation),
            }
            let norm: f64 = engine.amplitudes().iter().map(Complex64::norm_sqr).sum();
            assert!((norm - 1.0).abs() < 1e-13, "norm {norm}");
        }
        assert!(distance(engine.amplitudes(), &before) > 1e-3, "the circuit does nothing");
        for operation in circuit.iter().rev() {
            match operation {
                Any::Qis(operation) => engine.apply(&Operation { gate: operation.gate.inverse(), ..operation.clone() }),
                Any::Native(operation) => engine.apply(&Operation { gate: operation.gate.inverse(), ..operation.clone() }),
            }
        }
        let distance = distance(engine.amplitudes(), &before);
        assert!(distance < 1e-12, "{distance:e} away after {} gates and back on {qubits} qubits", circuit.len());
    }
}

macro_rules! conforms {
    ($($module:ident: $engine:ident),*; $tests:tt) => {$(conforms! { @ $module $engine, $tests })*};
    (@ $module:ident $engine:ident, { $($test:ident)* }) => {
        mod $module {
            use super::$engine;
            $(#[test] fn $test() { super::$test::<$engine>() })*
        }
    };
}

conforms! {
    state_vector: StateVector, small_tiles: SmallTiles;
    {
        a_one_qubit_matrix_is_its_kronecker_product_on_every_qubit_under_all_controls
        a_two_qubit_matrix_is_its_kronecker_product_on_every_ordered_pair_under_all_controls
        every_string_on_three_qubits_rotates_as_its_exponential_under_all_controls
        a_sum_of_strings_is_exponentiated_exactly_whether_or_not_they_commute
        a_sum_too_wide_for_a_matrix_is_exponentiated_exactly_under_controls
        every_gate_of_the_table_is_its_kronecker_product
        qubit_q_is_bit_q_of_the_index
        a_circuit_followed_by_its_inverse_is_the_identity_and_the_norm_stays
    }
}

#[test]
fn all_threads_together_compute_the_same_bits_as_one() {
    let rng = &mut rng(8);
    let qubits = tiles::PARALLEL_QUBITS + 1;
    let before = random_state(qubits, rng);
    let (mut alone, mut together) = (StateVector::tiled(before.clone(), qubits), StateVector::with(before));
    for spec in TABLE.iter().cycle().take(3 * TABLE.len()) {
        let _ = match random_operation(spec, qubits, rng) {
            Any::Qis(operation) => [&mut alone, &mut together].map(|state| state.apply(&operation).unwrap()),
            Any::Native(operation) => [&mut alone, &mut together].map(|state| state.apply(&operation).unwrap()),
        };
    }
    // Terms that reach across tiles and do not commute.
    let wide: Vec<String> = (0..3).map(|_| letters(qubits, rng)).collect();
    let wide = pauli_exp(&wide, rng).on(shuffled(qubits, rng));
    let _ = [&mut alone, &mut together].map(|state| state.apply(&wide).unwrap());
    assert!(alone.amplitudes() == together.amplitudes());
}
