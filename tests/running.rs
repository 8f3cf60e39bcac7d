//! A batch while it runs: how much of it there is at a time, how it ends early, and what it would cost.
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use paultrap::adapters::embedded;
use paultrap::api::{ApiKey, Operation, Query, Reply, Request, Route};
use paultrap::client::{Client, Retry, Sending, Transport, TransportError, TransportErrorKind};
use paultrap::cloud::{Act, Builder, Clock, Fault, Refusal, RetryAfter, Scenario};
use paultrap::executor::{Fate, Journal, Phase, Stop};
use paultrap::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Circuit k shows the outcome k.
fn labelled(k: usize) -> Task {
    let flips = (0..10).filter(|qubit| k >> qubit & 1 == 1).map(|qubit| Qis::X.on([qubit]));
    Task::new(format!("circuit {k}"), Circuit::new(10, flips).unwrap())
}

fn cloud() -> Builder {
    Cloud::builder().clock(Clock::tokio()).queue_time(Duration::from_secs(1)).run_time(Duration::from_secs(2))
}

fn refusing(operation: Operation, status: u16) -> Scenario {
    let refusal = Refusal { status, retry_after: None, body: None, after: false };
    Scenario::new("refusing").fault(Fault::on(operation, Act::Status(refusal)))
}

#[tokio::test(start_paused = true)]
async fn circuits_are_taken_from_an_endless_iterator_only_as_there_is_room_for_them() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let endless = (0..).map(move |k| {
        counted.fetch_add(1, SeqCst);
        labelled(k % 1024)
    });
    let cloud = cloud().start();
    let mut running = Batch::new(embedded::client(&cloud)).workers(4).start(endless);
    for done in 1..=40 {
        let circuit = running.next().await.unwrap();
        assert_eq!(circuit.result.unwrap().probabilities.get(circuit.index as u64), 1.0);
        // Those in flight, one for which there is no room yet, and one to see whether it goes with that.
        assert!(taken.load(SeqCst) <= done + 4 + 2, "{} are taken when {done} are done", taken.load(SeqCst));
    }
    running.stop().now("enough");
    let rest = running.finish().await;
    assert!(rest.circuits.len() <= 6 && rest.stopped.as_deref() == Some("enough"), "{}", rest.circuits.len());
}

#[tokio::test(start_paused = true)]
async fn results_come_in_order_if_that_is_asked_for_although_they_finish_in_another() {
    // The first circuit's results are late, and all others are done before.
    let late = Scenario::new("late").fault(Fault::on(Operation::CreateJob, Act::ResultsLate(Duration::from_secs(8))).nth([1]));
    let order = async |batch: fn(Batch) -> Batch| {
        let cloud = cloud().scenario(late.clone()).start();
        let mut running = batch(Batch::new(embedded::client(&cloud)).workers(5)).start((0..20).map(labelled));
        let mut order = Vec::new();
        while let Some(circuit) = running.next().await {
            assert_eq!(circuit.result.unwrap().probabilities.get(circuit.index as u64), 1.0);
            order.push(circuit.index);
        }
        order
    };
    assert_eq!(order(Batch::in_order).await, (0..20).collect::<Vec<_>>());
    let free = order(|batch| batch).await;
    assert!(free[0] != 0 && free.len() == 20, "{free:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_stopped_gently_finishes_what_is_in_flight_and_reports_every_circuit() {
    let cloud = cloud().start();
    let client = embedded::client(&cloud);
    let stop = Stop::new();
    let batch = Batch::new(client.clone()).workers(5).stop_on(&stop);
    let pulled = async {
        tokio::time::sleep(Duration::from_secs(4)).await; // five are done, five are in flight
        stop.gently("that is enough");
    };
    let (report, ()) = tokio::join!(batch.run((0..20).map(labelled), |_| {}), pulled);
    let fates: Vec<Fate> = report.circuits.iter().map(|circuit| circuit.fate()).collect();
    assert_eq!(fates, [[Fate::Completed; 10], [Fate::Unsent; 10]].concat());
    assert_eq!(report.stopped.as_deref(), Some("that is enough"));
    assert_eq!(client.jobs(Query::default()).await.unwrap().0.len(), 10, "nothing more was submitted");
}

#[tokio::test(start_paused = true)]
async fn after_the_grace_what_is_still_in_flight_is_left_running() {
    let cloud = cloud().queue_time(Duration::from_secs(3600)).start();
    let stop = Stop::new();
    let batch = Batch::new(embedded::client(&cloud)).workers(3).stop_on(&stop).grace(Duration::from_secs(10));
    let start = tokio::time::Instant::now();
    let pulled = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        stop.gently("enough");
    };
    let (report, ()) = tokio::join!(batch.run((0..5).map(labelled), |_| {}), pulled);
    let fates: Vec<Fate> = report.circuits.iter().map(|circuit| circuit.fate()).collect();
    assert_eq!(fates, [Fate::Running, Fate::Running, Fate::Running, Fate::Unsent, Fate::Unsent]);
    assert_eq!(start.elapsed(), Duration::from_secs(15));
    assert!(report.circuits[0].job.is_some());
}

/// On a QPU what may have been submitted stays unresolved; what certainly was not is submitted.
#[tokio::test(start_paused = true)]
async fn what_waited_for_its_turn_when_a_strict_batch_was_left_is_submitted_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let busy = Refusal { status: 429, retry_after: Some(RetryAfter::Seconds(Duration::from_secs(60))), body: None, after: false };
    let cloud = cloud().scenario(Scenario::new("busy").fault(Fault::on(Operation::CreateJob, Act::Status(busy)).nth([3, 4]))).start();
    let client = embedded::client(&cloud);
    let batch = || {
        let journal = Journal::open(folder.path().join("j"), Some("http://localhost"), None).unwrap();
        Batch::new(client.clone()).backend("qpu.aria-1").workers(10).journal(journal)
    };
    let stop = Stop::new();
    let pulled = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        stop.now("left");
    };
    let first = batch().stop_on(&stop);
    let (left, ()) = tokio::join!(first.run((0..10).map(labelled), |_| {}), pulled);
    drop(first); // and the lock of its journal
    let fates: Vec<Fate> = left.circuits.iter().map(|circuit| circuit.fate()).collect();
    assert!(fates.contains(&Fate::Unsent) && !fates.contains(&Fate::Unresolved), "{fates:?}");
    let rest = batch().run((0..10).map(labelled), |_| {}).await;
    assert!(rest.circuits.iter().all(|circuit| circuit.fate() == Fate::Completed), "{:?}", rest.circuits);
    assert_eq!(client.jobs(Query::default()).await.unwrap().0.len(), 10);
}

/// The first create is carried out, and its answer larger than anybody takes.
#[derive(Debug)]
struct Verbose(embedded::Embedded, AtomicUsize);

impl Transport for Verbose {
    fn send(&self, request: Request) -> Sending<'_> {
        let creates = Route::parse(request.method, &request.path).is_some_and(|route| route.operation() == Operation::CreateJob);
        let first = creates && self.1.fetch_add(1, SeqCst) == 0;
        Box::pin(async move {
            let answer = self.0.send(request).await?;
            let error = TransportError { kind: TransportErrorKind::TooLarge, message: "endless".to_owned() };
            if first { Err(error) } else { Ok(answer) }
        })
    }

    fn retry(&self) -> Retry {
        Retry::embedded()
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_answer_was_too_large_is_found_by_the_next_batch_if_this_one_is_left_before_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = embedded::Embedded::new(cloud().start());
    let client = Client::new(Verbose(cloud, AtomicUsize::new(0))).key(ApiKey::new("k"));
    let batch = || {
        let journal = Journal::open(folder.path().join("j"), Some("http://localhost"), None).unwrap();
        Batch::new(client.clone()).journal(journal)
    };
    let stop = Stop::new();
    let pulled = async {
        tokio::time::sleep(Duration::from_millis(50)).await; // it looks after a tenth of a second
        stop.now("left");
    };
    let first = batch().stop_on(&stop);
    let (left, ()) = tokio::join!(first.run([labelled(5)], |_| {}), pulled);
    assert_eq!(left.circuits[0].fate(), Fate::Unresolved);
    drop(first);
    let resumed = batch().run([labelled(5)], |_| {}).await;
    assert_eq!(resumed.circuits[0].result.as_ref().unwrap().probabilities.get(5), 1.0);
    assert_eq!(client.jobs(Query::default()).await.unwrap().0.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_not_taken_ends_the_batch_with_the_first_circuits() {
    for status in [401, 403, 404] {
        let cloud = cloud().scenario(refusing(Operation::CreateJob, status)).start();
        let client = embedded::client(&cloud);
        let report = Batch::new(client.clone()).workers(3).run((0..50).map(labelled), |_| {}).await;
        assert_eq!((report.circuits.len(), report.failures()), (50, 50));
        assert!(report.stopped.as_deref().unwrap().contains(&format!("status {status}")), "{:?}", report.stopped);
        assert!(client.traffic().requests <= 3, "{status}: {:?}", client.traffic());
        assert!(report.circuits.iter().all(|circuit| circuit.fate() == Fate::Unsent), "a resumed batch submits them");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_circuit_is_no_reason_to_stop() {
    let cloud = cloud().scenario(Scenario::new("no").fault(Fault::on(Operation::CreateJob, act(400)).nth([2]))).start();
    let report = Batch::new(embedded::client(&cloud)).workers(1).run((0..4).map(labelled), |_| {}).await;
    let fates: Vec<Fate> = report.circuits.iter().map(|circuit| circuit.fate()).collect();
    assert_eq!(fates, [Fate::Completed, Fate::Rejected, Fate::Completed, Fate::Completed]);
}

fn act(status: u16) -> Act {
    Act::Status(Refusal { status, retry_after: None, body: None, after: false })
}

/// Refuses jobs of more than so many circuits.
#[derive(Debug)]
struct Narrow {
    cloud: embedded::Embedded,
    most: usize,
    /// How many circuits the jobs have that it took.
    created: Arc<Mutex<Vec<usize>>>,
}

impl Transport for Narrow {
    fn send(&self, request: Request) -> Sending<'_> {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let circuits = body["input"]["circuits"].as_array().map_or(1, Vec::len);
        let creates = Route::parse(request.method, &request.path).is_some_and(|route| route.operation() == Operation::CreateJob);
        if creates && circuits > self.most {
            return Box::pin(async { Ok(Reply::json(413, &serde_json::json!({"message": "too large"}))) });
        }
        if creates {
            self.created.lock().unwrap().push(circuits);
        }
        self.cloud.send(request)
    }

    fn retry(&self) -> Retry {
        Retry::embedded()
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_too_large_is_divided_until_it_fits_and_nothing_is_lost() {
    let cloud = embedded::Embedded::new(cloud().start());
    let created = Arc::default();
    let narrow = Narrow { cloud, most: 3, created: Arc::clone(&created) };
    let report = Batch::new(Client::new(narrow).key(ApiKey::new("k"))).pack(20).run((0..20).map(labelled), |_| {}).await;
    for circuit in &report.circuits {
        assert_eq!(circuit.result.as_ref().unwrap().probabilities.get(circuit.index as u64), 1.0);
    }
    let created = created.lock().unwrap();
    assert!(created.iter().all(|circuits| *circuits <= 3) && created.iter().sum::<usize>() == 20, "{created:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_beyond_its_budget_submits_nothing() {
    let tasks = || (0..7).map(|k| Task { backend: Some("qpu.forte-1".to_owned()), ..labelled(k + 1) });
    let cloud = cloud().start();
    let batch = Batch::new(embedded::client(&cloud)).shots(Shots::new(1000).unwrap());
    let estimate = batch.estimate(&tasks().collect::<Vec<_>>()).await.unwrap();
    assert!(estimate.value > 0.0 && !estimate.unit.is_empty());
    let refused = batch.clone().budget(estimate.value * 0.99).run(tasks(), |_| {}).await;
    assert!(refused.circuits.iter().all(|circuit| circuit.fate() == Fate::Unsent) && refused.circuits.len() == 7);
    let said = refused.stopped.unwrap();
    assert!(said.starts_with("nothing was submitted: the estimate is ") && said.contains(&estimate.unit), "{said}");
    assert_eq!(embedded::client(&cloud).jobs(Query::default()).await.unwrap().0.len(), 0);
    assert_eq!(batch.budget(estimate.value).run(tasks(), |_| {}).await.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn circuits_are_compiled_before_they_are_submitted_if_that_is_asked_for() {
    let cloud = cloud().start();
    let batch = Batch::new(embedded::client(&cloud)).backend("qpu.aria-1").compile(Target::ARIA);
    let report = batch.run((0..4).map(labelled), |_| {}).await;
    for circuit in &report.circuits {
        assert_eq!(circuit.fate(), Fate::Completed);
        let phases: Vec<Phase> = circuit.spans.iter().map(|span| span.phase).filter(|phase| *phase != Phase::Compile).collect();
        assert_eq!(phases, [Phase::Queue, Phase::Run, Phase::Fetch], "in virtual time the rest takes none: {:?}", circuit.spans);
    }
}

#[tokio::test(start_paused = true)]
async fn spans_follow_one_another_from_the_turn_of_a_circuit_to_its_end() {
    let cloud = cloud().scenario(Scenario::named("flaky").unwrap()).start();
    let client = embedded::client(&cloud).retry(Retry::embedded().seeded(Seed(3)));
    let report = Batch::new(client).workers(4).run((0..40).map(labelled), |_| {}).await;
    let mut seen = std::collections::BTreeSet::new();
    for circuit in &report.circuits {
        assert_eq!(circuit.fate(), Fate::Completed);
        let mut at = circuit.submitted;
        for span in &circuit.spans {
            assert_eq!(span.from, at, "circuit {}: {:?}", circuit.index, circuit.spans);
            (at, _) = (span.to, seen.insert(span.phase));
        }
        assert_eq!(at, circuit.finished, "circuit {}", circuit.index);
    }
    assert!([Phase::Queue, Phase::Run, Phase::Reconcile, Phase::Retry].iter().all(|phase| seen.contains(phase)), "{seen:?}");
    let evidence = report.timeline().evidence();
    assert!(evidence.peak_in_flight <= 4 && evidence.overlap > 1.0, "{evidence:?}");
}
