//! What a wide state takes at its peak. A process of its own with a single test, so that nobody else's memory is counted.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::circuit::Program;
use paultrap::outcome::Seed;
use paultrap::prelude::*;
use paultrap::simulate::{Memory, probabilities, sample};

/// Counts what is allocated, and the most there was at once.
#[global_allocator]
static HEAP: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, usize::MAX);

#[test]
fn a_wide_circuit_takes_little_more_than_its_state() {
    // 128 MiB, and none of the amplitudes is zero.
    const QUBITS: usize = 23;
    let turns = (0..QUBITS).map(|qubit| Qis::Ry(Radians(0.3 + qubit as f64)).on([qubit]));
    let chain = (1..QUBITS).map(|qubit| Qis::X.on([qubit]).controlled_by([qubit - 1]));
    let program = Program::from(Circuit::new(QUBITS, turns.chain(chain)).unwrap());
    let memory = Memory::limited_to(1 << 30);
    let over_the_state = || HEAP.max_allocated() as f64 / f64::from(16 << QUBITS);
    drop(sample(&program, Shots::DEFAULT, Seed(1), &memory).unwrap());
    let shots = over_the_state();
    drop(probabilities(&program, &memory).unwrap());
    let all = over_the_state();
    println!("{shots:.3} of the state for shots, {all:.3} for all probabilities");
    assert!((1.0..=1.05).contains(&shots), "shots take {shots} of the state");
    assert!(all <= 1.5, "all probabilities take {all} of the state");
}
