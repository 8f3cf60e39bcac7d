//! Jobs, and what is one step away from being one.

use crate::conversations::flip;
use crate::support::files;
use crate::witness::{Witness, request};
use paultrap::api::{Method, Version};
use paultrap::cloud::{Clock, Cloud};
use serde_json::{Value, json};
use std::time::Duration;

/// What no schema says of a circuit, in the cloud's words.
const BEYOND_SCHEMAS: &[&str] =
    &["is outside 0..=", "is given twice", "one each is needed", "one per letter of its terms is needed", "qubits 0 is not allowed"];

/// The bodies that are one step away: another value in one place, or nothing.
fn neighbours(body: &Value) -> Vec<(String, Value)> {
    let others = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(64),
        json!(2_000_000),
        json!("x"),
        json!("7"),
        json!([]),
        json!([0]),
        json!([0, 0]),
        json!(["X"]),
        json!({}),
    ];
    let mut found = Vec::new();
    for place in places(body) {
        for other in &others {
            let mut changed = body.clone();
            *changed.pointer_mut(&place).unwrap() = other.clone();
            found.push((format!("{place} = {other}"), changed));
        }
        let (parent, key) = place.rsplit_once('/').unwrap();
        let mut changed = body.clone();
        if let Some(fields) = changed.pointer_mut(parent).and_then(Value::as_object_mut) {
            fields.remove(key);
            found.push((format!("no {place}"), changed));
        }
    }
    found
}

fn places(value: &Value) -> Vec<String> {
    let inside = |(key, value): (String, &Value)| {
        std::iter::once(format!("/{key}")).chain(places(value).into_iter().map(|place| format!("/{key}{place}"))).collect::<Vec<_>>()
    };
    match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).flat_map(inside).collect(),
        // A long list is as good as its beginning.
        Value::Array(items) => items.iter().take(40).enumerate().map(|(key, value)| (key.to_string(), value)).flat_map(inside).collect(),
        _ => Vec::new(),
    }
}

/// A small job with every gate of both gatesets.
fn every_gate() -> Vec<Value> {
    let qis = json!([
        {"gate": "x", "target": 0}, {"gate": "cnot", "control": 0, "targets": [1]}, {"gate": "z", "targets": [0], "rotation": 0.5},
        {"gate": "rx", "target": 0, "rotation": [0.5], "controls": [1, 2]}, {"gate": "swap", "targets": [0, 1], "control": 2},
        {"gate": "zz", "targets": [0, 1], "rotation": 1}, {"gate": "x", "target": 0, "controls": [1, 2, 3, 4, 5, 6, 7, 8]},
        {"gate": "pauliexp", "targets": [0, 1], "terms": ["XY", "ZZ"], "coefficients": [0.5, -1], "time": 0.25}
    ]);
    let native = json!([
        {"gate": "gpi", "target": 0, "phase": 0.5}, {"gate": "gpi2", "targets": [0], "phases": [0.25]},
        {"gate": "ms", "targets": [0, 1], "phases": [0, 0.5], "angle": 0.1}, {"gate": "zz", "targets": [0, 1], "phase": 0.25}, {"gate": "nop"}
    ]);
    let job = |input: Value| {
        json!({"type": "ionq.circuit.v1", "backend": "simulator", "name": "n", "metadata": {"a": "b"}, "shots": 10, "dry_run": false,
            "noise": {"model": "ideal", "seed": 1}, "settings": {"compilation": {"opt": 1, "precision": "1E-3"},
            "error_mitigation": {"debiasing": false}}, "input": input})
    };
    let mut several = job(json!({"gateset": "native", "qubits": 3,
        "circuits": [{"name": "a", "circuit": native}, {"gateset": "qis", "qubits": 3, "circuit": flip(0)}]}));
    several["type"] = json!("ionq.multi-circuit.v1");
    let mut other = several.clone();
    other["input"] = json!({"circuits": [{"circuit": flip(0)}, {"gateset": "native", "circuit": native}]});
    let mut program = job(json!({"data": "OPENQASM 3.0; qubit q;", "qubits": 1}));
    program["type"] = json!("ionq.qasm3.v1");
    vec![
        program,
        job(json!({"gateset": "qis", "qubits": 9, "circuit": qis})),
        job(json!({"gateset": "native", "circuit": native})),
        several,
        other,
    ]
}

/// The same job in v0.3.
fn old(job: &Value, key: &str) -> Value {
    let mut old = job.clone();
    let fields = old.as_object_mut().unwrap();
    fields.remove("type");
    let (backend, input) = (fields.remove("backend").unwrap(), fields.remove("input").unwrap());
    fields.extend([("target".to_owned(), backend), (key.to_owned(), input), ("lang".to_owned(), json!("json"))]);
    fields.insert("error_mitigation".to_owned(), json!({"debias": false}));
    old
}

/// A body is taken if and only if the schema says that it is one, but for what no schema can say.
fn assert_agreement(witness: &Witness, what: &str, body: &Value) {
    let reply = witness.cloud.handle(&request(Method::Post, &format!("{}/jobs", witness.version.prefix()), body));
    let said = witness.is("JobRequest", body);
    let message = String::from_utf8(reply.body).unwrap();
    match (reply.status, said) {
        (200 | 201, true) | (400, false) => {}
        (400, true) if BEYOND_SCHEMAS.iter().any(|part| message.contains(part)) => {}
        (status, said) => panic!("{what} of {body}\nwas answered {status} {message}\nand by the document is a job: {said}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_refused_if_the_document_says_that_it_is_none_and_otherwise_taken() {
    let cloud = Cloud::builder().clock(Clock::tokio()).queue_time(Duration::MAX).start();
    let open = |version| Witness::lenient(&cloud, version);
    let (newer, older) = (open(Version::V04), open(Version::V03));
    for job in every_gate() {
        let is_program = job["type"] == "ionq.qasm3.v1"; // v0.3 has none
        let both = [(&newer, job.clone()), (&older, old(&job, "input")), (&older, old(&job, "body"))];
        for (witness, job) in both.into_iter().take(if is_program { 1 } else { 3 }) {
            witness.assert_is("JobRequest", &job, "the job");
            for (what, changed) in neighbours(&job) {
                assert_agreement(witness, &what, &changed);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_that_an_sdk_sends_is_one_by_the_document() {
    let cloud = Cloud::builder().clock(Clock::tokio()).queue_time(Duration::MAX).start();
    let mut read = 0;
    for version in Version::ALL {
        let witness = Witness::lenient(&cloud, version);
        for sdk in ["cirq-ionq-1.6.1", "cirq-ionq-1.7.0", "qiskit-ionq-1.1.1", "pennylane-ionq-0.45.0"] {
            for file in files(&format!("wire/{sdk}")) {
                let sent: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
                let (path, body) = (sent["request"]["path"].as_str().unwrap(), &sent["request"]["body"]);
                if path == format!("{}/jobs", version.prefix()) {
                    witness.assert_is("JobRequest", body, &file.display().to_string());
                    read += 1;
                }
            }
        }
    }
    assert!(read > 50, "{read} requests");
}
