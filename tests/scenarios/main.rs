//! Clouds that misbehave on request: the same faults through every adapter, real ones on real sockets.
#![cfg(all(feature = "client", feature = "http", feature = "wiremock"))]
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

#[path = "../support/raw.rs"]
mod raw;
#[path = "../support/service.rs"]
#[allow(dead_code)] // other tests use more of it
mod service;

mod alike;
mod control;
mod general;
mod jobs;
mod lists;
mod lost;
mod museum;
mod three_ways;
mod wire;

use paultrap::cloud::Scenario;
use serde_json::{Value, json};

/// A scenario with these faults.
fn scenario(faults: &str) -> Scenario {
    Scenario::parse(&format!("description = \"a test\"\n{faults}")).unwrap()
}

/// A job of one Bell circuit.
fn bell() -> Value {
    json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": 2, "circuit": [
        {"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1},
    ]}})
}

/// A job of circuits that each flip the qubits of their index.
fn flips(circuits: usize) -> Value {
    let circuit = |index: usize| -> Value {
        let gates: Vec<Value> = (0..3).filter(|bit| index >> bit & 1 == 1).map(|bit| json!({"gate": "x", "target": bit})).collect();
        let gates = if gates.is_empty() { vec![json!({"gate": "z", "target": 0})] } else { gates };
        json!({"qubits": 3, "circuit": gates})
    };
    let circuits: Vec<Value> = (0..circuits).map(circuit).collect();
    json!({"type": "ionq.multi-circuit.v1", "backend": "simulator", "input": {"gateset": "qis", "circuits": circuits}})
}

/// The same job, which names a scenario.
fn naming(job: Value, name: &str) -> Value {
    let mut job = job;
    job["metadata"] = json!({"paultrap.scenario": name});
    job
}
