//! Batches in virtual time: queueing for minutes costs milliseconds, and every number is exact.
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use paultrap::adapters::embedded;
use paultrap::api::Query;
use paultrap::circuit::{Circuit, On};
use paultrap::client::ClientError;
use paultrap::cloud::{Builder, Clock, Cloud};
use paultrap::executor::{Batch, Progress, Report, Task};
use paultrap::gates::Qis;
use paultrap::outcome::{Seed, Shots};
use std::time::Duration;
use support::program;

/// Circuit k of 6 qubits shows the outcome k: a result in the wrong place cannot hide.
fn labelled(count: usize) -> Vec<Task> {
    let task = |k: usize| {
        let flips = (0..6).filter(|qubit| k >> qubit & 1 == 1).map(|qubit| Qis::X.on([qubit]));
        Task::new(format!("circuit {k}"), Circuit::new(6, flips).unwrap())
    };
    (0..count).map(task).collect()
}

fn cloud() -> Builder {
    Cloud::builder().clock(Clock::tokio()).queue_time(Duration::from_secs(1)).run_time(Duration::from_secs(2))
}

async fn run(builder: Builder, batch: impl FnOnce(Batch) -> Batch, tasks: Vec<Task>) -> Report {
    let cloud = builder.start();
    batch(Batch::new(embedded::client(&cloud))).run(tasks, |_| {}).await
}

#[track_caller]
fn assert_labels(report: &Report) {
    for (k, circuit) in report.circuits.iter().enumerate() {
        let result = circuit.result.as_ref().unwrap();
        assert_eq!((circuit.index, result.probabilities.get(k as u64)), (k, 1.0), "{}", circuit.name);
    }
}

#[track_caller]
fn assert_seconds(given: Duration, expected: f64) {
    // A poll is late by at most 1 % of the time waited.
    assert!((expected..=expected * 1.01).contains(&given.as_secs_f64()), "{given:?} is not {expected} s within 1 %");
}

#[tokio::test(start_paused = true)]
async fn twenty_circuits_of_three_seconds_take_sixty_in_a_row_and_six_with_ten_workers() {
    let sequential = run(cloud(), |batch| batch.workers(1), labelled(20)).await;
    assert_seconds(sequential.wall, 60.0);
    assert_eq!(sequential.peak_in_flight(), 1);
    let parallel = run(cloud(), |batch| batch.workers(10), labelled(20)).await;
    assert_seconds(parallel.wall, 6.0);
    assert_eq!(parallel.peak_in_flight(), 10);
    assert_seconds(parallel.sum_of_own_times(), 60.0);
    assert!(parallel.speed_up().unwrap() > 9.7);
    for report in [sequential, parallel] {
        assert_labels(&report);
        for circuit in &report.circuits {
            let (started, own) = (circuit.started.unwrap() - circuit.submitted, circuit.own_time.unwrap());
            assert_eq!((started.as_secs(), own.as_secs()), (1, 3));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn twenty_circuits_in_one_job_take_three_seconds() {
    let packed = run(cloud(), |batch| batch.pack(20), labelled(20)).await;
    assert_seconds(packed.wall, 3.0);
    assert_labels(&packed);
    assert!(packed.circuits.iter().all(|circuit| circuit.job == packed.circuits[0].job));
}

#[tokio::test(start_paused = true)]
async fn an_hour_in_the_queue_passes_at_once_and_a_deadline_ends_the_wait() {
    let long = || cloud().queue_time(Duration::from_secs(3600));
    let report = run(long(), |batch| batch.deadline(Duration::from_secs(7200)), labelled(3)).await;
    assert_labels(&report);
    assert_seconds(report.wall, 3602.0);
    let late = run(long(), |batch| batch.deadline(Duration::from_secs(60)), labelled(2)).await;
    assert_eq!(late.failures(), 2);
    assert!(late.circuits[0].result.as_ref().unwrap_err().is_timeout());
}

#[tokio::test(start_paused = true)]
async fn one_failure_does_not_lose_the_others_packed_or_not() {
    let mut tasks = labelled(9);
    tasks[4].program = Circuit::new(30, [Qis::X.on([29])]).unwrap().into(); // one qubit too many
    for pack in [1, 3, 9] {
        let report = run(cloud(), |batch| batch.pack(pack), tasks.clone()).await;
        assert_eq!((report.circuits.len(), report.failures()), (9, 1), "pack {pack}");
        for (k, circuit) in report.circuits.iter().enumerate() {
            match &circuit.result {
                Ok(result) => assert_eq!(result.probabilities.get(k as u64), 1.0, "pack {pack}"),
                Err(error) => assert_eq!((k, error.job_failed()), (4, Some("NotEnoughQubits")), "pack {pack}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn packed_circuits_share_jobs_and_stay_in_order() {
    let report = run(cloud(), |batch| batch.pack(4).workers(8), labelled(10)).await;
    assert_labels(&report);
    let mut jobs: Vec<_> = report.circuits.iter().map(|circuit| circuit.job.clone().unwrap()).collect();
    jobs.dedup();
    assert_eq!(jobs.len(), 3);
    assert_eq!(report.peak_in_flight(), 8);
}

#[tokio::test(start_paused = true)]
async fn packed_circuits_are_never_more_than_may_be_in_flight_and_a_job_counts_once() {
    let report = run(cloud(), |batch| batch.pack(50).workers(10), labelled(20)).await;
    assert_labels(&report);
    assert_eq!(report.peak_in_flight(), 10);
    assert_seconds(report.wall, 6.0);
    // Two jobs of three seconds, one after the other: packing is no speed-up by itself.
    assert_seconds(report.sum_of_own_times(), 6.0);
    assert!((0.95..1.01).contains(&report.speed_up().unwrap()), "{:?}", report.speed_up());
}

#[tokio::test(start_paused = true)]
async fn circuits_too_large_for_one_job_together_are_not_packed_together() {
    let large = || Circuit::new(2, (0..40_000).map(|_| Qis::X.on([1]))).unwrap();
    let tasks = (0..3).map(|k| Task::new(k.to_string(), large())).collect();
    let report = run(cloud(), |batch| batch.pack(3), tasks).await;
    assert_eq!(report.failures(), 0);
    let mut jobs: Vec<_> = report.circuits.iter().map(|circuit| circuit.job.clone().unwrap()).collect();
    jobs.dedup();
    assert_eq!(jobs.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_circuit_that_somebody_cancels_or_deletes_does_not_lose_or_shift_those_packed_with_it() {
    for delete in [false, true] {
        let cloud = cloud().start();
        let client = embedded::client(&cloud);
        let batch = Batch::new(client.clone()).pack(4);
        let meddle = async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            let (jobs, _) = client.jobs(Query::default()).await.unwrap();
            let children = client.job(&jobs[0].id).await.unwrap().child_job_ids.flatten().unwrap();
            if delete { client.delete(&children[1]).await.unwrap() } else { client.cancel(&children[1]).await.unwrap() }
        };
        let (report, ()) = tokio::join!(batch.run(labelled(4), |_| {}), meddle);
        for (k, circuit) in report.circuits.iter().enumerate() {
            match &circuit.result {
                Ok(result) => assert_eq!(result.probabilities.get(k as u64), 1.0, "{k}"),
                Err(ClientError::JobCanceled { .. }) => assert_eq!((k, delete), (1, false)),
                Err(ClientError::Refused { status: 404, .. }) => assert_eq!((k, delete), (1, true)),
                Err(error) => panic!("{k}: {error}"),
            }
            if k != 1 {
                assert_eq!(circuit.started.map(|started| (started - circuit.submitted).as_secs()), Some(1), "{k}");
            }
        }
        assert_eq!(report.failures(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_are_deleted_when_done_if_that_is_asked_for() {
    let cloud = cloud().start();
    let client = embedded::client(&cloud);
    assert_labels(&Batch::new(client.clone()).run(labelled(3), |_| {}).await);
    assert_eq!(client.jobs(Query::default()).await.unwrap().0.len(), 3);
    assert_labels(&Batch::new(client.clone()).delete_when_done().run(labelled(3), |_| {}).await);
    assert_eq!(client.jobs(Query::default()).await.unwrap().0.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_circuits_come_back_in_order() {
    let tasks = (0..1000).map(|k| Task { name: k.to_string(), ..labelled(64).swap_remove(k % 64) }).collect();
    let report = run(Cloud::builder().clock(Clock::tokio()), |batch| batch, tasks).await;
    for (k, circuit) in report.circuits.iter().enumerate() {
        let probabilities = &circuit.result.as_ref().unwrap().probabilities;
        assert_eq!((circuit.name.as_str(), probabilities.get(k as u64 % 64)), (k.to_string().as_str(), 1.0));
    }
    assert_eq!(report.circuits.len(), 1000);
}

#[tokio::test(start_paused = true)]
async fn counts_do_not_depend_on_the_number_of_workers() {
    let tasks = || (0..12).map(|k| Task::new(format!("{k}"), program("circuits/qis/asymmetric_3"))).collect::<Vec<_>>();
    for (backend, noise) in [("qpu.aria-1", None), ("simulator", Some("aria-1"))] {
        let counts = async |workers, pack, seed| {
            let set = |batch: Batch| {
                let batch = batch.workers(workers).pack(pack).backend(backend).shots(Shots::new(200).unwrap()).seed(Seed(seed));
                noise.map_or(batch.clone(), |model: &str| batch.noise(model))
            };
            let report = run(cloud(), set, tasks()).await;
            report.circuits.into_iter().map(|circuit| circuit.result.unwrap().counts.unwrap()).collect::<Vec<_>>()
        };
        let one = counts(1, 1, 5).await;
        assert_eq!(one, counts(7, 1, 5).await, "{backend}");
        assert_eq!(one, counts(10, 4, 5).await, "{backend}: nor on how they are packed");
        assert_ne!(one, counts(7, 1, 6).await, "{backend}");
        assert_ne!(one[0], one[1], "{backend}: every circuit has its own stream");
    }
}

#[tokio::test(start_paused = true)]
async fn every_circuit_is_announced_when_submitted_and_when_finished() {
    let cloud = cloud().start();
    let (mut submitted, mut finished) = (Vec::new(), Vec::new());
    let batch = Batch::new(embedded::client(&cloud)).workers(4);
    let report = batch
        .run(labelled(10), |event| match event {
            Progress::Submitted { index } => submitted.push(index),
            Progress::Finished(circuit) => finished.push(circuit.index),
            _ => {}
        })
        .await;
    assert_labels(&report);
    for mut announced in [submitted, finished] {
        announced.sort_unstable();
        assert_eq!(announced, (0..10).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_batch_is_done_at_once() {
    let report = run(cloud(), |batch| batch, Vec::new()).await;
    assert_eq!((report.circuits.len(), report.peak_in_flight(), report.speed_up()), (0, 0, None));
}
