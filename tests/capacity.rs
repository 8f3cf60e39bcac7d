//! How much a cloud keeps and how long it works on one job. In virtual time where that is possible: jobs that run too long really do.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::api::{ApiKey, Method, Query, Reply, Request};
use paultrap::cloud::{Builder, Clock, Cloud, Credential};
use serde_json::{Value, json};
use std::time::Duration;

fn send(cloud: &Cloud, key: &str, method: Method, path: &str, body: &Value) -> (Reply, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = Request::new(method, path).key(Some(ApiKey::new(key))).query(Query::parse(query));
    let request = if body.is_null() { request } else { request.json(body) };
    let reply = cloud.handle(&request);
    let body = serde_json::from_slice(&reply.body).unwrap();
    (reply, body)
}

fn get(cloud: &Cloud, path: &str) -> (u16, Value) {
    let (reply, body) = send(cloud, "a", Method::Get, path, &Value::Null);
    (reply.status, body)
}

fn try_post(cloud: &Cloud, job: &Value) -> (Reply, Value) {
    send(cloud, "a", Method::Post, "/v0.4/jobs", job)
}

fn post(cloud: &Cloud, job: &Value) -> String {
    let (reply, body) = try_post(cloud, job);
    assert_eq!(reply.status, 201, "{body}");
    body["id"].as_str().unwrap().to_owned()
}

fn retry_after(reply: &Reply) -> Option<&str> {
    reply.headers.iter().find(|(name, _)| *name == "retry-after").map(|(_, value)| value.as_str())
}

fn flip() -> Value {
    json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"circuit": [{"gate": "x", "target": 0}]}})
}

fn batch(circuits: usize) -> Value {
    let circuits = vec![json!({"circuit": [{"gate": "x", "target": 0}]}); circuits];
    json!({"type": "ionq.multi-circuit.v1", "backend": "simulator", "input": {"circuits": circuits}})
}

/// Minutes of work: 20 qubits are turned again and again.
fn endless() -> Value {
    let turn = |k: usize| {
        let (qubit, next) = (k % 20, (k + 1) % 20);
        [json!({"gate": "ry", "target": qubit, "rotation": 0.1}), json!({"gate": "cnot", "control": qubit, "target": next})]
    };
    let turns: Vec<Value> = (0..50_000).flat_map(turn).collect();
    json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": 20, "circuit": turns}})
}

fn turns(qubits: usize) -> Vec<Value> {
    (0..qubits).map(|qubit| json!({"gate": "h", "target": qubit})).collect()
}

/// A job with 2^`qubits` outcomes of 16 bytes.
fn wide(qubits: usize) -> Value {
    json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": qubits, "circuit": turns(qubits)}})
}

fn status(cloud: &Cloud, id: &str) -> String {
    get(cloud, &format!("/v0.4/jobs/{id}")).1["status"].as_str().unwrap_or("gone").to_owned()
}

/// Virtual time: jobs queue for a second.
fn builder() -> Builder {
    Cloud::builder().clock(Clock::tokio()).queue_time(Duration::from_secs(1))
}

async fn seconds(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

/// Waits for a job in real time, for as long as the test has patience.
fn wait_for(cloud: &Cloud, id: &str, wanted: &str) {
    for _ in 0..12_000 {
        let now = status(cloud, id);
        if now == wanted {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("job {id} is {} and not {wanted}", status(cloud, id));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_jobs_until_there_is_room_and_counts_circuits() {
    let cloud = builder().max_queue(5).start();
    let parent = post(&cloud, &batch(3));
    let single = post(&cloud, &flip());
    let (refused, body) = try_post(&cloud, &batch(2));
    assert_eq!((refused.status, retry_after(&refused)), (429, Some("1")));
    assert_eq!(body["message"], "the project's queue is full: 4 circuits wait or run, 5 may, try again later");
    assert_eq!(get(&cloud, "/v0.4/jobs").1["jobs"].as_array().unwrap().len(), 2, "a refused job is nowhere");
    post(&cloud, &flip());
    assert_eq!(try_post(&cloud, &flip()).0.status, 429);
    // Who is canceled or deleted makes room, and so does who is done.
    assert_eq!(send(&cloud, "a", Method::Put, &format!("/v0.4/jobs/{parent}/status/cancel"), &Value::Null).0.status, 200);
    assert_eq!(send(&cloud, "a", Method::Delete, &format!("/v0.4/jobs/{single}"), &Value::Null).0.status, 200);
    post(&cloud, &batch(4));
    assert_eq!(try_post(&cloud, &flip()).0.status, 429);
    seconds(2.0).await;
    post(&cloud, &batch(5));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_never_fits_the_queue_is_a_bad_request() {
    let cloud = builder().max_queue(5).start();
    let (refused, body) = try_post(&cloud, &batch(6));
    assert_eq!((refused.status, &body["validation"]["keys"]), (400, &json!(["input"])));
    assert_eq!(body["message"], "the job has 6 circuits, 5 may wait or run at once");
}

#[tokio::test(start_paused = true)]
async fn the_oldest_jobs_that_are_done_make_room_for_new_ones() {
    let cloud = builder().max_jobs(6).start();
    let first = post(&cloud, &batch(2)); // three jobs
    seconds(2.0).await;
    let [second, third] = [post(&cloud, &flip()), post(&cloud, &flip())];
    let children = get(&cloud, &format!("/v0.4/jobs/{first}")).1["child_job_ids"].clone();
    assert_eq!(status(&cloud, &first), "completed");
    let fourth = post(&cloud, &flip());
    assert_eq!(status(&cloud, &first), "completed", "six jobs fit");
    let fifth = post(&cloud, &flip());
    assert_eq!(status(&cloud, &first), "gone");
    for child in children.as_array().unwrap() {
        assert_eq!(status(&cloud, child.as_str().unwrap()), "gone", "circuits go with their job");
    }
    for id in [&second, &third, &fourth, &fifth] {
        assert_eq!(status(&cloud, id), "ready");
    }
    // Nothing is done: what is there stays.
    let (refused, body) = try_post(&cloud, &batch(2));
    assert_eq!((refused.status, retry_after(&refused)), (429, Some("1")));
    assert_eq!(body["message"], "the project's store is full: 4 jobs are not done, try again later");
    seconds(2.0).await;
    post(&cloud, &batch(2));
    assert_eq!([&second, &third, &fourth, &fifth].map(|id| status(&cloud, id)), ["gone", "completed", "completed", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn results_that_take_too_much_memory_go_with_their_jobs_the_oldest_first() {
    // A result of 12 qubits is 64 KiB.
    let cloud = builder().max_bytes(150 << 10).start();
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(post(&cloud, &wide(12)));
        seconds(2.0).await;
    }
    // Two results fit, and the third one comes.
    assert_eq!(ids.iter().map(|id| status(&cloud, id)).collect::<Vec<_>>(), ["gone", "gone", "completed", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_result_that_finds_no_room_fails_its_circuit_and_those_before_it_are_kept() {
    let cloud = builder().workers(1).max_bytes(150 << 10).start();
    let circuits = vec![json!({"circuit": turns(12)}); 4];
    let id = post(&cloud, &json!({"type": "ionq.multi-circuit.v1", "backend": "simulator", "input": {"qubits": 12, "circuits": circuits}}));
    seconds(2.0).await;
    let job = get(&cloud, &format!("/v0.4/jobs/{id}")).1;
    let children = job["child_job_ids"].as_array().unwrap();
    let ends: Vec<String> = children.iter().map(|child| status(&cloud, child.as_str().unwrap())).collect();
    assert_eq!(ends, ["completed", "completed", "failed", "failed"]);
    assert_eq!((&job["status"], &job["failure"]["code"]), (&json!("failed"), &json!("SimulationError")));
    let message = job["failure"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("circuit 2: the result takes 64.0 KiB of memory, and the project's jobs that are not done hold 1"),
        "{message}"
    );
    assert!(
        message.ends_with(" of the 150.0 KiB for its jobs and results: measure fewer qubits, or submit fewer circuits at once"),
        "{message}"
    );
    // What is done now makes room, and what is small always has some.
    let next = post(&cloud, &wide(12));
    seconds(2.0).await;
    assert_eq!([&next, &id].map(|id| status(&cloud, id)), ["completed", "gone"]);
}

#[tokio::test(start_paused = true)]
async fn results_that_wait_for_the_end_of_a_run_time_count_and_small_ones_always_fit() {
    let cloud = builder().workers(1).run_time(Duration::from_secs(10)).max_bytes(150 << 10).start();
    let ids = [12, 12, 12, 1].map(|qubits| post(&cloud, &wide(qubits)));
    seconds(20.0).await;
    assert_eq!(ids.each_ref().map(|id| status(&cloud, id)), ["completed", "completed", "failed", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_runs_too_long_fails_at_that_time_and_one_that_is_just_in_time_does_not() {
    for (run_time, status) in [(2.0, "completed"), (2.001, "failed")] {
        let run_time = Duration::from_secs_f64(run_time);
        let cloud = builder().run_time(run_time).job_time(Duration::from_secs(2)).start();
        let id = post(&cloud, &flip());
        seconds(5.0).await;
        let job = get(&cloud, &format!("/v0.4/jobs/{id}")).1;
        assert_eq!((&job["status"], &job["execution_duration_ms"]), (&json!(status), &json!(2000)), "{run_time:?}");
        if status == "failed" {
            assert_eq!(job["failure"]["code"], "SimulationTimeout");
            assert_eq!(job["failure"]["message"], "the simulation took longer than a job may take here");
        }
    }
}

#[test]
fn a_job_that_takes_too_long_fails_and_others_have_their_turn() {
    let cloud = Cloud::builder().workers(1).job_time(Duration::from_millis(300)).start();
    let long = post(&cloud, &endless());
    let short = post(&cloud, &flip());
    // There is one worker, so the short one is done only if the long one was really given up.
    wait_for(&cloud, &short, "completed");
    assert_eq!(get(&cloud, &format!("/v0.4/jobs/{long}")).1["failure"]["code"], "SimulationTimeout");
}

#[test]
fn a_job_that_is_canceled_or_deleted_while_it_runs_frees_its_worker() {
    for (method, rest) in [(Method::Put, "/status/cancel"), (Method::Delete, "")] {
        let cloud = Cloud::builder().workers(1).start();
        let long = post(&cloud, &endless());
        wait_for(&cloud, &long, "started");
        assert_eq!(send(&cloud, "a", method, &format!("/v0.4/jobs/{long}{rest}"), &Value::Null).0.status, 200);
        let short = post(&cloud, &flip());
        wait_for(&cloud, &short, "completed");
    }
}

#[tokio::test]
async fn a_cloud_that_is_dropped_ends_what_it_is_at() {
    // Blocking tasks keep a runtime from ending: this test ends because the simulation does.
    let cloud = Cloud::builder().clock(Clock::tokio()).workers(1).start();
    let long = post(&cloud, &endless());
    while status(&cloud, &long) != "started" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(cloud);
}

#[test]
fn projects_take_turns_at_a_busy_worker() {
    let key = |text: &str| Credential::new(ApiKey::new(text));
    let cloud = Cloud::builder().workers(1).credential(key("a")).credential(key("b")).start();
    let blocking = post(&cloud, &endless());
    wait_for(&cloud, &blocking, "started");
    let crowd = post(&cloud, &batch(2000));
    let (_, other) = send(&cloud, "b", Method::Post, "/v0.4/jobs", &flip());
    send(&cloud, "a", Method::Put, &format!("/v0.4/jobs/{blocking}/status/cancel"), &Value::Null);
    let path = format!("/v0.4/jobs/{}", other["id"].as_str().unwrap());
    let of = |key: &str, path: &str| send(&cloud, key, Method::Get, path, &Value::Null).1;
    wait_for(&cloud, &crowd, "completed");
    let done = |job: &Value| job["completed_at"].as_str().unwrap().to_owned();
    let children = get(&cloud, &format!("/v0.4/jobs/{crowd}")).1["child_job_ids"].clone();
    let last = of("a", &format!("/v0.4/jobs/{}", children[1999].as_str().unwrap()));
    let tenth = of("a", &format!("/v0.4/jobs/{}", children[10].as_str().unwrap()));
    let other = of("b", &path);
    assert!(done(&other) <= done(&tenth) && done(&other) < done(&last), "{} {} {}", done(&other), done(&tenth), done(&last));
}
