//! Registers of JSON circuits, as results by register show them.
#![allow(clippy::unwrap_used)] // a test may panic

#[path = "support/service.rs"]
#[allow(dead_code)]
mod service;

use paultrap::api::Method;
use serde_json::{Value, json};
use service::{Service, builder, seconds, with};
use std::collections::BTreeMap;

/// Qubits 0 and 2 are 1, qubit 1 is 0 or 1.
fn circuit() -> Value {
    json!([{"gate": "x", "targets": [0, 2]}, {"gate": "h", "target": 1}])
}

/// Bit 0 is the first entry; one that is null reads 0.
fn registers() -> Value {
    json!({"pair": [1, 0], "gap": [null, 2, null], "coin": [1], "nothing": []})
}

fn single() -> Value {
    let input = json!({"qubits": 3, "circuit": circuit(), "registers": registers()});
    json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": input})
}

async fn done(service: &Service, id: &str) -> Value {
    seconds(4.0).await;
    let job = service.job(id);
    assert_eq!(job["status"], "completed", "{}", job["failure"]);
    job
}

/// The registers of a result's second revision.
fn shown(service: &Service, job: &Value, from: &Value, word: &str) -> Value {
    let artifact = from[format!("ionq.result.{word}.json.v2")]["id"].as_str().unwrap();
    let payload = service.get(&format!("/jobs/{}/artifacts/{artifact}", job["id"].as_str().unwrap()));
    let schema = service.get(&format!("/schemas/formats/ionq.result.{word}.json.v2"));
    let errors: Vec<String> = jsonschema::validator_for(&schema).unwrap().iter_errors(&payload).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{payload}: {errors:?}");
    payload[word].clone()
}

#[tokio::test(start_paused = true)]
async fn every_register_is_shown_by_the_bits_that_it_names_beside_all_qubits() {
    let service = Service::from(builder());
    let job = done(&service, &service.submit(&single())).await;
    let given = &shown(&service, &job, &job["results"], "probabilities")["registers"];
    let expected = json!({
        "pair": {"10": 0.5, "11": 0.5}, "gap": {"010": 1.0}, "coin": {"0": 0.5, "1": 0.5}, "nothing": {"": 1.0},
        "output_all": {"101": 0.5, "111": 0.5},
    });
    let read = |value: &Value| serde_json::from_value::<BTreeMap<String, BTreeMap<String, f64>>>(value.clone()).unwrap();
    let (given, expected) = (read(given), read(&expected));
    assert_eq!(given.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, expected) in expected {
        assert_eq!(given[&name].keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}");
        expected.iter().for_each(|(key, p)| approx::assert_abs_diff_eq!(given[&name][key], *p, epsilon = 1e-12));
    }
    // The first revision has the qubits.
    let first = service.get(&format!("/jobs/{}/results/probabilities", job["id"].as_str().unwrap()));
    assert_eq!(first.as_object().unwrap().keys().collect::<Vec<_>>(), ["5", "7"]);
}

#[tokio::test(start_paused = true)]
async fn counted_jobs_have_them_in_histograms_shots_variants_and_clones() {
    let service = Service::from(builder());
    let id = service.submit(&with(&single(), json!({"backend": "qpu.aria-1", "shots": 500})));
    let source = done(&service, &id).await;
    let clone = done(&service, &service.create_id(&format!("/jobs/{id}/clone"), &json!({}))).await;
    for job in [&source, &clone] {
        assert_read_from_all(&shown(&service, job, &job["results"], "histogram")["registers"], 500);
        let shots = shown(&service, job, &job["results"], "shots");
        assert_eq!(shots.as_array().unwrap().len(), 500);
        for shot in shots.as_array().unwrap() {
            let registers = &shot["registers"];
            let all: Vec<u64> = serde_json::from_value(registers["output_all"].clone()).unwrap();
            assert_eq!((&registers["pair"], &registers["gap"]), (&json!([all[1], all[0]]), &json!([0, all[2], 0])));
            assert_eq!((&registers["coin"], &registers["nothing"]), (&json!([all[1]]), &json!([])));
        }
    }
    let variants = source["output"]["error_mitigation"]["debiasing"]["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 20);
    for variant in variants {
        assert_read_from_all(&shown(&service, &source, &variant["results"], "histogram")["registers"], 25);
    }
}

/// Every register's counts are what the outcomes of all qubits say.
fn assert_read_from_all(registers: &Value, shots: u64) {
    let mut expected = BTreeMap::<&str, BTreeMap<String, u64>>::new();
    for (key, count) in registers["output_all"].as_object().unwrap() {
        let [two, one, zero] = [0, 1, 2].map(|place| &key[place..=place]);
        let count = count.as_u64().unwrap();
        for (name, key) in
            [("pair", format!("{zero}{one}")), ("gap", format!("0{two}0")), ("coin", one.to_owned()), ("nothing", String::new())]
        {
            *expected.entry(name).or_default().entry(key).or_default() += count;
        }
    }
    assert_eq!(expected["nothing"][""], shots);
    for (name, counts) in expected {
        assert_eq!(registers[name], json!(counts), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_circuit_of_several_has_its_own() {
    let service = Service::from(builder());
    let circuits = json!([{"circuit": circuit(), "registers": {"flipped": [2, 0]}}, {"circuit": circuit(), "registers": {"coin": [1]}}]);
    let body = json!({"type": "ionq.multi-circuit.v1", "backend": "simulator", "shots": 40, "noise": {"model": "aria-1"},
        "input": {"qubits": 3, "circuits": circuits}});
    let id = service.submit(&body);
    let parents = [done(&service, &id).await, done(&service, &service.create_id(&format!("/jobs/{id}/clone"), &json!({}))).await];
    for parent in parents {
        for (child, name) in parent["child_job_ids"].as_array().unwrap().iter().zip(["flipped", "coin"]) {
            let child = service.job(child.as_str().unwrap());
            let registers = shown(&service, &child, &child["results"], "histogram")["registers"].clone();
            assert_eq!(registers.as_object().unwrap().keys().collect::<Vec<_>>(), [name, "output_all"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn registers_that_cannot_be_shown_are_refused_by_field() {
    let service = Service::from(builder());
    let (long, longer) = ("é".repeat(256), "é".repeat(257));
    let many = |count: usize| (0..count).map(|index| (format!("r{index}"), json!([0]))).collect::<serde_json::Map<_, _>>().into();
    let shortened = "é".repeat(64);
    for (registers, field) in [
        (json!({ longer.as_str(): [0] }), format!("registers.{shortened}")),
        (json!({"output_all": [0]}), "registers.output_all".to_owned()),
        (json!({"wide": vec![Value::Null; 65]}), "registers.wide".to_owned()),
        (many(65), "registers".to_owned()),
    ] {
        for (path, input) in [
            ("input", json!({"input": {"qubits": 3, "circuit": circuit(), "registers": registers}})),
            (
                "input.circuits[0]",
                json!({"type": "ionq.multi-circuit.v1", "input": {"qubits": 3, "circuits": [{"circuit": circuit(), "registers": registers}]}}),
            ),
        ] {
            let (status, body) = service.send(Method::Post, "/jobs", &with(&single(), input));
            assert_eq!((status, &body["validation"]["keys"]), (400, &json!([format!("{path}.{field}")])), "{body}");
        }
    }
    for registers in [json!({ long.as_str(): [0] }), many(64), json!({"wide": vec![Value::Null; 64]})] {
        service.submit(&with(&single(), json!({"input": {"qubits": 3, "circuit": circuit(), "registers": registers}})));
    }
}
