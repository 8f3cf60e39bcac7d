//! What the cloud keeps. A process of its own, so that nobody else's memory is counted.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::adapters::embedded;
use paultrap::prelude::*;

/// Counts what is allocated and not freed. Resident memory would also count the holes between
/// allocations, which depend on what ran before.
#[global_allocator]
static HEAP: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, usize::MAX);

/// One test at a time, or they would count each other's memory.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test]
async fn a_finished_job_of_twenty_gates_takes_less_than_three_kib_in_memory() {
    let _alone = ALONE.lock().await;
    // The circuit stays, because a clone of the job runs it again.
    let circuit = Circuit::new(4, (0..20).map(|k| Qis::X.on([k % 4]))).unwrap();
    let cloud = Cloud::builder().start();
    let batch = Batch::new(embedded::client(&cloud));
    let tasks = |count: usize| (0..count).map(|k| Task::new(k.to_string(), circuit.clone()));
    assert_eq!(batch.run(tasks(4000), |_| {}).await.failures(), 0); // pools, caches and the journal fill up
    let before = HEAP.allocated();
    let circuits = 4000;
    drop(batch.run(tasks(circuits), |_| {}).await);
    let each = HEAP.allocated().saturating_sub(before) / circuits;
    println!("{each} bytes for each finished job");
    assert!(each < 3 << 10, "the cloud keeps {each} bytes for each finished job");
}

#[tokio::test]
async fn a_batch_that_deletes_its_jobs_holds_each_result_once() {
    let _alone = ALONE.lock().await;
    // 2^14 outcomes of 16 bytes: a result is 256 KiB, and its JSON twice that.
    let circuit = Circuit::new(14, (0..14).map(|qubit| Qis::Ry(Radians(0.3 + qubit as f64)).on([qubit]))).unwrap();
    let batch = Batch::new(embedded::client(&Cloud::builder().start())).workers(2).delete_when_done();
    let tasks = |count: usize| (0..count).map(|k| Task::new(k.to_string(), circuit.clone()));
    let warm = batch.run(tasks(40), |_| {}).await;
    let before = HEAP.allocated();
    let circuits = 160;
    let report = batch.run(tasks(circuits), |_| {}).await;
    let each = HEAP.allocated().saturating_sub(before) / circuits;
    assert_eq!((warm.failures(), report.failures()), (0, 0));
    println!("{each} bytes for each result");
    assert!(each < (256 << 10) * 5 / 4, "a result of 256 KiB takes {each} bytes");
}
