//! Devices behind the API: what they take, what they refuse and how, and what their results depend on.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::api::{ApiKey, Method, Query, Request};
use paultrap::cloud::{Builder, Clock, Cloud};
use paultrap::device::Device;
use serde_json::{Value, json};
use std::time::Duration;

fn builder() -> Builder {
    let tempo = Device::read(include_str!("../fixtures/devices/examples/tempo.toml")).unwrap();
    Cloud::builder().clock(Clock::tokio()).device(tempo).unwrap()
}

fn send(cloud: &Cloud, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = Request {
        method,
        path: path.to_owned(),
        query: Query::default(),
        key: Some(ApiKey::new("any")),
        user_agent: None,
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
    };
    let reply = cloud.handle(&request);
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

/// The job once it is done.
async fn job(cloud: &Cloud, body: &Value) -> Value {
    let (status, reply) = send(cloud, Method::Post, "/v0.4/jobs", body);
    assert_eq!(status, 201, "{reply}");
    tokio::time::sleep(Duration::from_secs(10)).await;
    send(cloud, Method::Get, &format!("/v0.4/jobs/{}", reply["id"].as_str().unwrap()), &Value::Null).1
}

fn body(backend: &str, shots: u32, gateset: &str, qubits: usize, circuit: &Value) -> Value {
    let input = json!({"gateset": gateset, "qubits": qubits, "circuit": circuit});
    json!({"type": "ionq.circuit.v1", "backend": backend, "shots": shots, "input": input})
}

#[tokio::test(start_paused = true)]
async fn what_a_device_cannot_do_is_accepted_and_fails_with_the_documented_code() {
    let cloud = builder().start();
    let flip = |count: usize| Value::Array(vec![json!({"gate": "x", "target": 0}); count]);
    let ms = json!([{"gate": "ms", "targets": [0, 1], "phases": [0, 0]}]);
    let zz = json!([{"gate": "zz", "targets": [0, 2], "angle": 0.1}]);
    let controls: Vec<usize> = (1..9).collect();
    let controlled = json!([{"gate": "x", "target": 0, "controls": controls}]);
    // Terms that do not commute, on more qubits than a matrix for the compiler can have.
    let chain = (0..8).map(|k| (0..9).map(|place| if place == k || place == k + 1 { 'X' } else { 'I' }).collect::<String>());
    let field = (0..9).map(|k| (0..9).map(|place| if place == k { 'Z' } else { 'I' }).collect::<String>());
    let terms: Vec<String> = chain.chain(field).collect();
    let coefficients: Vec<f64> = (0..terms.len()).map(|k| 0.1 + 0.07 * k as f64).collect();
    let targets: Vec<usize> = (0..9).collect();
    let sum = json!([{"gate": "pauliexp", "targets": targets, "time": 0.5, "coefficients": coefficients, "terms": terms}]);
    for (code, part, body) in [
        ("NotEnoughQubits", "backend qpu.aria-1 has 25", body("qpu.aria-1", 100, "qis", 26, &flip(1))),
        ("TooManyShots", "the job has 10001 shots, qpu.aria-1 takes 10000", body("qpu.aria-1", 10_001, "qis", 1, &flip(1))),
        ("TooManyGates", "the circuit has 5001 gates, qpu.tempo-example takes 5000", body("qpu.tempo-example", 100, "qis", 1, &flip(5001))),
        ("TooManyControls", "controls has 8 entries, at most 7", body("qpu.aria-1", 100, "qis", 9, &controlled)),
        ("UnsupportedGate", "qpu.forte-1 does not play ms", body("qpu.forte-1", 100, "native", 2, &ms)),
        ("UnsupportedGate", "do not couple on qpu.tempo-example", body("qpu.tempo-example", 100, "native", 3, &zz)),
        ("CompilationError", "pauliexp", body("qpu.aria-1", 100, "qis", 9, &sum)),
    ] {
        let job = job(&cloud, &body).await;
        assert_eq!((&job["status"], &job["failure"]["code"]), (&json!("failed"), &json!(code)), "{job}");
        assert!(job["failure"]["message"].as_str().unwrap().contains(part), "{}", job["failure"]);
    }
    assert_eq!(job(&cloud, &body("qpu.tempo-example", 100, "qis", 1, &flip(5000))).await["status"], "completed");
}

#[tokio::test(start_paused = true)]
async fn debiasing_with_too_few_shots_is_refused_at_the_door_only_where_it_was_asked_for_and_means_something() {
    let cloud = builder().start();
    let flip = json!([{"gate": "x", "target": 0}]);
    let asked = |backend: &str, shots: u32, debiasing: bool| {
        let mut body = body(backend, shots, "qis", 1, &flip);
        body["settings"] = json!({"error_mitigation": {"debiasing": debiasing}});
        send(&cloud, Method::Post, "/v0.4/jobs", &body)
    };
    let (status, error) = asked("qpu.aria-1", 499, true);
    assert_eq!((status, &error["message"]), (400, &json!("debiasing needs at least 500 shots, the job has 499")));
    assert_eq!(error["validation"]["keys"], json!(["settings.error_mitigation.debiasing"]));
    assert_eq!(asked("qpu.aria-1", 500, true).0, 201);
    assert_eq!(asked("qpu.aria-1", 100, false).0, 201);
    assert_eq!(asked("simulator", 100, true).0, 201);
}

#[tokio::test(start_paused = true)]
async fn counts_of_a_debiased_job_depend_on_its_seed_and_not_on_the_workers_and_add_up_to_the_shots() {
    let circuit =
        json!([{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}, {"gate": "ry", "target": 2, "rotation": 0.7}]);
    let mut histograms = Vec::new();
    for (workers, seed) in [(1, "5"), (3, "5"), (1, "6")] {
        let cloud = builder().workers(workers).start();
        let mut body = body("qpu.tempo-example", 1234, "qis", 3, &circuit);
        body["metadata"] = json!({"paultrap.seed": seed});
        let id = job(&cloud, &body).await["id"].as_str().unwrap().to_owned();
        let (status, histogram) = send(&cloud, Method::Get, &format!("/v0.4/jobs/{id}/results/histogram"), &Value::Null);
        assert_eq!(status, 200, "{histogram}");
        assert_eq!(histogram.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 1234);
        histograms.push(histogram);
    }
    assert_eq!(histograms[0], histograms[1]);
    assert_ne!(histograms[0], histograms[2]);
}
