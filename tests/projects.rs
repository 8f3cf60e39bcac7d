//! Projects do not lock each other out: each has a queue, a store and sessions of its own, and no one has all workers. In virtual time
//! but for the last tests, whose jobs really keep workers busy.
#![allow(clippy::unwrap_used)] // a test may panic

#[path = "support/service.rs"]
#[allow(dead_code)]
mod service;

use paultrap::api::{ApiKey, Method};
use paultrap::cloud::{Builder, Cloud, Credential};
use serde_json::{Value, json};
use service::{Service, builder, flip, multi, seconds, single};
use std::time::Duration;

/// The same cloud as two projects see it.
fn two(builder: Builder) -> [Service; 2] {
    let key = |text: &str| Credential::new(ApiKey::new(text));
    let service = Service::from(builder.credential(key("a")).credential(key("b")));
    ["a", "b"].map(|key| service.with_key(key))
}

fn job() -> Value {
    single("simulator", flip(0))
}

fn batch(circuits: usize) -> Value {
    multi("simulator", vec![flip(0); circuits])
}

fn status(service: &Service, id: &str) -> u16 {
    service.status(Method::Get, &format!("/jobs/{id}"))
}

#[tokio::test(start_paused = true)]
async fn a_project_that_fills_its_queue_leaves_those_of_others_as_they_are() {
    let [a, b] = two(builder().max_queue(5));
    let first = a.submit(&batch(5));
    let (status, message, _) = a.refused(Method::Post, "/jobs", &job());
    assert_eq!((status, message.as_str()), (429, "the project's queue is full: 5 circuits wait or run, 5 may, try again later"));
    b.submit(&batch(5));
    assert_eq!(b.refused(Method::Post, "/jobs", &job()).0, 429);
    // What one makes free is free for that one.
    assert_eq!(a.status(Method::Delete, &format!("/jobs/{first}")), 200);
    assert_eq!(b.refused(Method::Post, "/jobs", &job()).0, 429);
    a.submit(&batch(5));
}

#[tokio::test(start_paused = true)]
async fn only_jobs_of_the_project_that_needs_the_room_go() {
    let [a, b] = two(builder().max_jobs(3));
    let old = b.submit(&job());
    seconds(4.0).await;
    let mut own = Vec::new();
    for _ in 0..10 {
        own.push(a.submit(&job()));
        seconds(4.0).await;
    }
    assert_eq!(status(&b, &old), 200);
    let left: Vec<u16> = own.iter().map(|id| status(&a, id)).collect();
    assert_eq!(left, [404, 404, 404, 404, 404, 404, 404, 200, 200, 200]);
    // A store full of what is not done is that project's own, too.
    (0..3).for_each(|_| drop(a.submit(&job())));
    let (refused, message, _) = a.refused(Method::Post, "/jobs", &job());
    assert_eq!((refused, message.as_str()), (429, "the project's store is full: 3 jobs are not done, try again later"));
    (0..2).for_each(|_| drop(b.submit(&job())));
    assert_eq!(status(&b, &old), 200, "three jobs fit");
    b.submit(&job());
    assert_eq!(status(&b, &old), 404);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_the_store_can_never_hold_is_a_bad_request_and_makes_nobody_go() {
    let service = Service::from(builder().max_jobs(3));
    let old = service.submit(&job());
    seconds(4.0).await;
    let (refused, message, keys) = service.refused(Method::Post, "/jobs", &batch(3));
    assert_eq!((refused, keys), (400, vec!["input".to_owned()]));
    assert_eq!(message, "the job and its circuits are 4 jobs, 3 are kept");
    assert_eq!(status(&service, &old), 200);
    service.submit(&batch(2));
}

#[tokio::test(start_paused = true)]
async fn each_project_has_an_equal_share_of_the_memory_for_results() {
    // A result of 12 qubits is 64 KiB: two are within the share of 150 KiB, and the third one makes the oldest go when it comes.
    let turns: Value = (0..12).map(|qubit| json!({"gate": "h", "target": qubit})).collect();
    let wide = || with_qubits(single("simulator", turns.clone()), 12);
    let [a, b] = two(builder().max_bytes(300 << 10));
    let old = b.submit(&wide());
    seconds(4.0).await;
    let mut own = Vec::new();
    for _ in 0..4 {
        own.push(a.submit(&wide()));
        seconds(4.0).await;
    }
    assert_eq!(own.iter().map(|id| status(&a, id)).collect::<Vec<_>>(), [404, 404, 200, 200]);
    assert_eq!(status(&b, &old), 200);
    // A cloud without keys has one project, and that has all.
    let alone = Service::from(builder().max_bytes(300 << 10));
    let mut own = Vec::new();
    for _ in 0..4 {
        own.push(alone.submit(&wide()));
        seconds(4.0).await;
    }
    assert_eq!(own.iter().map(|id| status(&alone, id)).collect::<Vec<_>>(), [200; 4]);
}

fn with_qubits(mut job: Value, qubits: usize) -> Value {
    job["input"]["qubits"] = json!(qubits);
    job
}

#[tokio::test(start_paused = true)]
async fn sessions_of_one_project_take_no_room_from_those_of_another() {
    let [a, b] = two(builder());
    let session = json!({"backend": "simulator"});
    let ended = b.create_id("/sessions", &session);
    assert_eq!(b.status(Method::Post, &format!("/sessions/{ended}/end")), 200);
    let first = a.create_id("/sessions", &session);
    (1..10_000).for_each(|_| drop(a.create("/sessions", &session)));
    let (refused, message, _) = a.refused(Method::Post, "/sessions", &session);
    assert_eq!((refused, message.as_str()), (429, "10000 sessions of the project are open, no more may be"));
    b.create("/sessions", &session);
    assert_eq!(b.status(Method::Get, &format!("/sessions/{ended}")), 200, "nobody else made it go");
    assert_eq!(a.status(Method::Post, &format!("/sessions/{first}/end")), 200);
    a.create("/sessions", &session);
    assert_eq!(a.status(Method::Get, &format!("/sessions/{first}")), 404);
    assert_eq!(a.refused(Method::Post, "/sessions", &session).0, 429);
}

/// Minutes of work: 20 qubits are turned again and again, each tied to the next.
fn endless() -> Value {
    let turn = |k: usize| {
        let (qubit, next) = (k % 20, (k + 1) % 20);
        [json!({"gate": "ry", "target": qubit, "rotation": 0.1}), json!({"gate": "cnot", "control": qubit, "target": next})]
    };
    let turns: Vec<Value> = (0..50_000).flat_map(turn).collect();
    with_qubits(single("simulator", Value::Array(turns)), 20)
}

/// Waits for a job in real time, for as long as the test has patience.
fn wait_for(service: &Service, id: &str, wanted: &str) {
    for _ in 0..12_000 {
        if service.job(id)["status"] == wanted {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("job {id} is {} and not {wanted}", service.job(id)["status"]);
}

#[test]
fn no_project_has_all_workers_at_once_where_there_are_several() {
    let [a, b] = two(Cloud::builder().workers(3));
    let long: Vec<String> = (0..4).map(|_| a.submit(&endless())).collect();
    wait_for(&a, &long[1], "started");
    let short = b.submit(&job());
    wait_for(&b, &short, "completed");
    assert_eq!([0, 1, 2, 3].map(|k| a.job(&long[k])["status"].clone()), ["started", "started", "ready", "ready"]);
    // A worker that it no longer has is another's turn for it.
    assert_eq!(a.status(Method::Put, &format!("/jobs/{}/status/cancel", long[0])), 200);
    wait_for(&a, &long[2], "started");
    assert_eq!(a.job(&long[3])["status"], "ready");
}

#[test]
fn where_there_is_one_project_it_has_all_workers() {
    let service = Service::from(Cloud::builder().workers(2));
    let long = [service.submit(&endless()), service.submit(&endless())];
    long.iter().for_each(|id| wait_for(&service, id, "started"));
}

#[test]
fn where_there_is_one_worker_every_project_may_have_it() {
    let [a, b] = two(Cloud::builder().workers(1));
    let ids = [a.submit(&job()), b.submit(&job())];
    wait_for(&a, &ids[0], "completed");
    wait_for(&b, &ids[1], "completed");
}
