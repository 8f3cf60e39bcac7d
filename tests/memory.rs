//! What the cloud keeps. A process of its own, so that nobody else's memory is counted.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::adapters::embedded;
use paultrap::prelude::*;

/// Resident memory of this process in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[tokio::test]
async fn a_finished_circuit_leaves_little_more_than_its_result_in_memory() {
    // 100 gates each: kept programs would show as 6 KiB a circuit, kept requests as more.
    let circuit = Circuit::new(4, (0..100).map(|k| Qis::X.on([k % 4]))).unwrap();
    let cloud = Cloud::builder().start();
    let batch = Batch::new(embedded::client(&cloud));
    let tasks = |count: usize| (0..count).map(|k| Task::new(k.to_string(), circuit.clone()));
    assert_eq!(batch.run(tasks(500), |_| {}).await.failures(), 0); // pools and caches fill up
    let before = resident();
    let circuits = 4000;
    drop(batch.run(tasks(circuits), |_| {}).await);
    let each = resident().saturating_sub(before) / circuits;
    println!("{each} bytes for each finished circuit");
    assert!(each < 3000, "the cloud keeps {each} bytes for each finished circuit");
}
