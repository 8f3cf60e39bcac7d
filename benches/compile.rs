//! Compile times: `cargo bench --bench compile`. Circuits of the comparison with other compilers, and long random ones, whose time must
//! grow no faster than they do.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use paultrap::circuit::{Circuit, On, Operation, Program};
use paultrap::compile::{CompileOptions, Target, compile};
use paultrap::gates::{Qis, Radians};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use std::f64::consts::PI;

fn program(qubits: usize, operations: Vec<Operation<Qis>>) -> Program {
    Circuit::new(qubits, operations).expect("valid operations").into()
}

fn ghz(qubits: usize) -> Program {
    let chain = (1..qubits).map(|qubit| Qis::X.on([qubit]).controlled_by([qubit - 1]));
    program(qubits, std::iter::once(Qis::H.on([0])).chain(chain).collect())
}

/// The Fourier transform of a product state, so that no gate falls away for the known start.
fn fourier(qubits: usize) -> Program {
    let mut operations: Vec<_> = (0..qubits).map(|qubit| Qis::Ry(Radians(0.3 + qubit as f64)).on([qubit])).collect();
    for target in (0..qubits).rev() {
        operations.push(Qis::H.on([target]));
        operations.extend(
            (0..target).map(|control| Qis::Phase(Radians(PI / (1u64 << (target - control)) as f64)).on([target]).controlled_by([control])),
        );
    }
    operations.extend((0..qubits / 2).map(|qubit| Qis::Swap.on([qubit, qubits - 1 - qubit])));
    program(qubits, operations)
}

fn random(qubits: usize, gates: usize) -> Program {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let operation = |_| {
        let first = random.random_range(0..qubits);
        let second = (first + random.random_range(1..qubits)) % qubits;
        let angle = Radians(random.random_range(-PI..PI));
        match random.random_range(0..8) {
            0 => Qis::H.on([first]),
            1 => Qis::T.on([first]),
            2 => Qis::Rx(angle).on([first]),
            3 => Qis::Rz(angle).on([first]),
            4 | 5 => Qis::X.on([first]).controlled_by([second]),
            6 => Qis::Zz(angle).on([first, second]),
            _ => Qis::Xx(angle).on([first, second]),
        }
    };
    program(qubits, (0..gates).map(operation).collect())
}

/// Exchange interactions along a chain, forward and then back: everything falls away, from the middle outwards.
fn echo(qubits: usize, steps: usize) -> Program {
    let pairs: Vec<[usize; 2]> = (0..steps).flat_map(|step| (step % 2..qubits - 1).step_by(2).map(|qubit| [qubit, qubit + 1])).collect();
    let exchange = |pair: &[usize; 2], angle: f64| [Qis::Xx, Qis::Yy, Qis::Zz].map(|gate| gate(Radians(angle)).on(*pair));
    let forward = pairs.iter().flat_map(|pair| exchange(pair, 0.21));
    let back = pairs.iter().rev().flat_map(|pair| exchange(pair, -0.21));
    let flips = (0..qubits).step_by(2).map(|qubit| Qis::X.on([qubit]));
    program(qubits, flips.chain(forward).chain(back).collect())
}

fn compilers(criterion: &mut Criterion) {
    let toffoli = program(3, vec![Qis::H.on([0]), Qis::H.on([1]), Qis::Ry(Radians(0.3)).on([2]), Qis::X.on([2]).controlled_by([0, 1])]);
    let circuits = [("ghz_5", ghz(5)), ("qft_4", fourier(4)), ("qft_6", fourier(6)), ("toffoli", toffoli), ("random_6x60", random(6, 60))];
    let mut group = criterion.benchmark_group("compile");
    for (name, circuit) in &circuits {
        for (family, target) in [("aria", Target::ARIA), ("forte", Target::FORTE)] {
            group.bench_function(format!("{name}/{family}"), |bencher| {
                bencher.iter(|| compile(circuit, &target, CompileOptions::default()))
            });
        }
    }
    group.finish();
    let mut group = criterion.benchmark_group("compile_20_qubits");
    group.sample_size(10);
    for gates in [1_000, 10_000, 100_000] {
        for (name, circuit) in [("random", random(20, gates)), ("echo", echo(20, gates / 57))] {
            group.throughput(Throughput::Elements(circuit.len() as u64));
            group.bench_with_input(BenchmarkId::new(name, gates), &circuit, |bencher, circuit| {
                bencher.iter(|| compile(circuit, &Target::ARIA, CompileOptions::default()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, compilers);
criterion_main!(benches);
