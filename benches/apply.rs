//! Microseconds for one gate on states of growing width: `cargo bench --bench apply`.
//!
//! The column of one thread against that of all threads shows from which width on it pays to share the work, which is what
//! `PARALLEL_QUBITS` in `src/simulate/tiles.rs` is set by: set it to 13, run this, and look where the second column gets smaller.

use paultrap::circuit::{On, Operation};
use paultrap::gates::{Gate, Native, PauliExp, Qis, Turns};
use paultrap::simulate::StateVector;
use std::time::Instant;

/// The fastest of many batches, in microseconds for one application.
fn microseconds<G: Gate>(state: &mut StateVector, operation: &Operation<G>) -> f64 {
    let batch = (1 << 18 >> state.qubits()).max(1);
    let rounds = if state.qubits() < 21 { 40 } else { 10 };
    let time = |_| {
        let start = Instant::now();
        (0..batch).for_each(|_| state.apply(operation).expect("none of these can fail"));
        start.elapsed().as_secs_f64() * 1e6 / f64::from(batch)
    };
    (0..rounds).map(time).fold(f64::INFINITY, f64::min)
}

fn row<G: Gate>(name: &str, qubits: usize, operation: &Operation<G>) {
    let measure = || microseconds(&mut StateVector::zero(qubits).expect("memory for the state"), operation);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
    // All threads are called from outside their pool, as by a run: waking them is part of the price.
    let (one, all) = (pool.install(measure), measure());
    let nanoseconds = all * 1e3 / (1u64 << qubits) as f64;
    println!("{qubits:>2} qubits  {name:<22} {one:>12.1} µs on 1 thread {all:>12.1} µs on all {nanoseconds:>8.3} ns an amplitude");
}

fn main() {
    let gpi2 = || Native::Gpi2(Turns(0.137));
    let ms = || Native::Ms(Turns(0.1), Turns(0.2), Turns::QUARTER);
    let sum = PauliExp::new(3, &["XIZ", "ZXI", "IYX"], &[0.3, 0.2, 0.1], 1.0).expect("a valid sum");
    for qubits in [10, 12, 13, 14, 15, 16, 17, 18, 20, 22] {
        let top = qubits - 1;
        for target in [0, 1, 4, top] {
            row(&format!("gpi2 {target}"), qubits, &gpi2().on([target]));
        }
        for targets in [[0, 1], [5, 3], [0, top], [top - 1, top]] {
            row(&format!("ms {} {}", targets[0], targets[1]), qubits, &ms().on(targets));
        }
        row("native zz 0 top", qubits, &Native::Zz(Turns(0.2)).on([0, top]));
        row("s 0", qubits, &Qis::S.on([0]));
        row("cnot top to 2", qubits, &Qis::X.on([2]).controlled_by([top]));
        row("cnot 0 to top", qubits, &Qis::X.on([top]).controlled_by([0]));
        row("pauliexp, 3 strings", qubits, &Qis::PauliExp(sum.clone().into()).on([0, 4, top]));
    }
}
