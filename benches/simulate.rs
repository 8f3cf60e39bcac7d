//! Circuits by the engine that is chosen for them, on one thread and on all: `cargo bench --bench simulate`.
//!
//! The circuits and their names are those of `benches/peers`, where other simulators run them too.

mod workloads;

use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main, measurement::WallTime};
use paultrap::circuit::Program;
use paultrap::device::NoiseModel;
use paultrap::outcome::{Seed, Shots};
use paultrap::simulate::{Engine, Memory, ReadOut, sample, sample_batch, sample_by, trajectories};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::hint::black_box;
use std::time::Duration;

const SEED: Seed = Seed(7);

/// How many circuits a batch has; the peers run 2,000.
const BATCH: u64 = 500;

/// What each circuit is asked for, as the peers are.
fn shots() -> Shots {
    Shots::new(1000).expect("an allowed number of shots")
}

/// One thread and all of them.
fn pools() -> Vec<ThreadPool> {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
    if all == 1 { vec![pool(1)] } else { vec![pool(1), pool(all)] }
}

/// Ten runs of each, since one takes up to a second; the fewest that criterion allows.
fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group
}

/// 1,000 shots of each circuit, on one thread and on all.
fn wide(criterion: &mut Criterion, name: &str, engine: Option<Engine>, widths: &[usize], circuit: fn(usize) -> Program) {
    let mut group = group(criterion, name);
    for &qubits in widths {
        let program = circuit(qubits);
        for pool in pools() {
            let id = BenchmarkId::new(format!("{qubits}_qubits"), threads(&pool));
            let run = || sample_by(&program, engine, shots(), SEED, Memory::shared()).expect("these can be simulated");
            group.bench_function(id, |bencher| bencher.iter(|| pool.install(|| black_box(run()))));
        }
    }
}

fn threads(pool: &ThreadPool) -> String {
    format!("{}_threads", pool.current_num_threads())
}

fn layers(criterion: &mut Criterion) {
    wide(criterion, "w1", Some(Engine::StateVector), &[16, 20, 22], workloads::layers);
}

fn fourier(criterion: &mut Criterion) {
    wide(criterion, "qft", Some(Engine::StateVector), &[16, 20], workloads::fourier);
}

fn ghz(criterion: &mut Criterion) {
    wide(criterion, "ghz/state-vector", Some(Engine::StateVector), &[20, 22], workloads::ghz);
    let program = workloads::ghz(26);
    let run = || sample(&program, shots(), SEED, Memory::shared()).expect("it can be simulated");
    group(criterion, "ghz/chosen").bench_function(format!("26_qubits/{}", run().engine), |bencher| bencher.iter(|| black_box(run())));
}

fn batches(criterion: &mut Criterion) {
    let mut group = group(criterion, "batch_1000_shots");
    group.throughput(Throughput::Elements(BATCH));
    for (qubits, gates) in [(4, 24), (8, 60)] {
        let programs: Vec<Program> = (0..BATCH).map(|seed| workloads::mixed(qubits, gates, seed)).collect();
        for pool in pools() {
            let id = BenchmarkId::new(format!("{qubits}_qubits"), threads(&pool));
            let run = || sample_batch(&programs, shots(), SEED, Memory::shared());
            group.bench_function(id, |bencher| bencher.iter(|| pool.install(|| black_box(run()))));
        }
    }
}

fn noise(criterion: &mut Criterion) {
    let program = workloads::mixed(8, 60, 424_242);
    // An error after one in 1,000 gates on one qubit and after one in 100 on two: a rate counts the identity among the errors.
    let (one_qubit, two_qubit) = (1e-3 * 4.0 / 3.0, 1e-2 * 16.0 / 15.0);
    let model = NoiseModel { names: vec!["bench".to_owned()], one_qubit, two_qubit, qubits: 8 };
    let read_out = ReadOut { noise: Some(&model), misread: 0.0 };
    let mut group = group(criterion, "noise_1000_shots");
    for pool in pools() {
        let run = || trajectories(&program, read_out, shots(), SEED, Memory::shared()).expect("it can be simulated");
        let id = BenchmarkId::new("8_qubits", threads(&pool));
        group.bench_function(id, |bencher| bencher.iter(|| pool.install(|| black_box(run()))));
    }
}

criterion_group!(benches, layers, fourier, ghz, batches, noise);
criterion_main!(benches);
