//! OpenQASM programs that measure only at their end are the circuits they are: compiled, debiased and priced as such.
#![allow(clippy::unwrap_used)] // a test may panic

#[path = "support/service.rs"]
#[allow(dead_code)]
mod service;

use serde_json::{Value, json};
use service::{Service, builder, seconds, with};
use std::collections::BTreeMap;

/// Qubit 0 is 1 with a chance of 0.23, qubit 1 is the same, qubit 2 is 1.
const GATES: &str = "ry(1.0) q[0]; cx q[0], q[1]; cp(0.4) q[1], q[0]; x q[2];";

/// Qubit k is measured into bit 2 - k.
const ENDS: &str = "c[2] = measure q[0]; c[0] = measure q[2]; c[1] = measure q[1];";

fn program(measurements: &str) -> Value {
    let text = format!("include \"stdgates.inc\"; qubit[3] q; bit[3] c; bit[2] d; {GATES} {measurements}");
    json!({"type": "ionq.qasm3.v1", "backend": "qpu.aria-1", "shots": 2000, "metadata": {"paultrap.seed": "5"}, "input": {"data": text}})
}

/// The same gates.
fn circuit() -> Value {
    let gates = json!([
        {"gate": "ry", "target": 0, "rotation": 1.0}, {"gate": "cnot", "control": 0, "target": 1},
        {"gate": "z", "control": 1, "target": 0, "rotation": 0.4}, {"gate": "x", "target": 2},
    ]);
    with(&program(""), json!({"type": "ionq.circuit.v1", "input": {"qubits": 3, "circuit": gates}}))
}

/// A job run to its end.
async fn done(service: &Service, body: &Value) -> Value {
    let id = service.submit(body);
    seconds(4.0).await;
    let job = service.job(&id);
    assert_eq!(job["status"], "completed", "{}", job["failure"]);
    job
}

fn artifact(service: &Service, job: &Value, descriptor: &Value) -> Value {
    service.get(&format!("/jobs/{}/artifacts/{}", job["id"].as_str().unwrap(), descriptor["id"].as_str().unwrap()))
}

fn v1(service: &Service, job: &Value, format: &str) -> Value {
    service.get(&format!("/jobs/{}/results/{format}", job["id"].as_str().unwrap()))
}

fn compiled(service: &Service, job: &Value) -> Value {
    artifact(service, job, &job["output"]["compilation"]["compiled_circuits"]["ionq.native.v1"])
}

/// Counts of qubits as counts of bits: bit k is qubit `sources[k]`.
fn by_bit(counts: &Value, sources: &[Option<u32>]) -> Value {
    let mut sums = BTreeMap::<String, u64>::new();
    for (key, count) in counts.as_object().unwrap() {
        let qubits: u64 = key.parse().unwrap();
        let bit = |(bit, source): (usize, &Option<u32>)| source.map_or(0, |qubit| (qubits >> qubit & 1) << bit);
        *sums.entry(sources.iter().enumerate().map(bit).sum::<u64>().to_string()).or_default() += count.as_u64().unwrap();
    }
    json!(sums)
}

fn variants(job: &Value) -> Vec<Value> {
    job["output"]["error_mitigation"]["debiasing"]["variants"].as_array().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn the_same_circuit_as_json_and_as_a_program_is_compiled_to_the_same_and_has_the_same_counts_by_bit() {
    let service = Service::from(builder());
    for more in [
        json!({}),
        json!({"settings": {"error_mitigation": {"debiasing": true}}}),
        json!({"settings": {"error_mitigation": {"debiasing": false}}}),
        json!({"backend": "simulator", "noise": {"model": "harmony"}}),
    ] {
        let whole = done(&service, &with(&circuit(), more.clone())).await;
        for (measurements, sources) in [
            (ENDS, vec![Some(2), Some(1), Some(0), None, None]),
            ("d = measure q[0:1]; d[1] = measure q[2];", vec![None, None, None, Some(0), Some(2)]), // the later one counts
            ("c[0] = measure q[1]; c[2] = measure q[0];", vec![Some(1), None, Some(0), None, None]),
            ("", vec![Some(0), Some(1), Some(2)]), // all are measured
        ] {
            let job = done(&service, &with(&program(measurements), more.clone())).await;
            assert_eq!(compiled(&service, &job), compiled(&service, &whole), "{measurements}");
            let counts = v1(&service, &job, "histogram");
            assert_eq!(counts, by_bit(&v1(&service, &whole, "histogram"), &sources), "{measurements}");
            for (key, p) in v1(&service, &job, "probabilities").as_object().unwrap() {
                approx::assert_abs_diff_eq!(p.as_f64().unwrap(), counts[key].as_f64().unwrap() / 2000.0, epsilon = 1e-12);
            }
            assert!(job.get("warning").is_none(), "{}", job["warning"]);
            assert_eq!(job["stats"], whole["stats"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_is_debiased_like_a_circuit_and_its_variants_are_shown_by_bit_and_register() {
    let service = Service::from(builder());
    let (job, whole) = (done(&service, &program(ENDS)).await, done(&service, &circuit()).await);
    let (own, of_circuit) = (variants(&job), variants(&whole));
    assert_eq!(own.len(), 20);
    let mut sum = BTreeMap::<String, u64>::new();
    for (variant, other) in own.iter().zip(&of_circuit) {
        assert_eq!((&variant["qubit_map"], &variant["shots"]), (&other["qubit_map"], &other["shots"]));
        let path = |job: &Value, variant: &Value| {
            format!("/jobs/{}/variants/{}/results/histogram", job["id"].as_str().unwrap(), variant["variant_id"].as_str().unwrap())
        };
        let counts = service.get(&path(&job, variant));
        assert_eq!(counts, by_bit(&service.get(&path(&whole, other)), &[Some(2), Some(1), Some(0)]));
        let registers = artifact(&service, &job, &variant["results"]["ionq.result.histogram.json.v2"])["histogram"]["registers"].clone();
        assert_eq!(registers.as_object().unwrap().keys().collect::<Vec<_>>(), ["c", "d", "output_all"]);
        assert_eq!(registers["d"], json!({"00": variant["shots"]}), "d is never measured");
        for (key, count) in counts.as_object().unwrap() {
            let key: u64 = key.parse().unwrap();
            assert_eq!((&registers["c"][format!("{key:03b}")], &registers["output_all"][format!("{key:05b}")]), (count, count));
            *sum.entry(key.to_string()).or_default() += count.as_u64().unwrap();
        }
    }
    assert_eq!(json!(sum), v1(&service, &job, "histogram"));
    let shots = v1(&service, &job, "shots");
    let mut listed = BTreeMap::<String, u64>::new();
    shots.as_array().unwrap().iter().for_each(|shot| *listed.entry(shot.as_str().unwrap().to_owned()).or_default() += 1);
    assert_eq!(listed, sum);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_of_a_program_compiles_it() {
    let service = Service::from(builder());
    let dry = |body: &Value| with(body, json!({"dry_run": true}));
    let (job, whole) = (done(&service, &dry(&program(ENDS))).await, done(&service, &dry(&circuit())).await);
    assert_eq!(compiled(&service, &job), compiled(&service, &whole));
    assert_eq!(job["results"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_program_costs_as_much_as_its_circuit_and_less_if_it_cannot_be_debiased() {
    let service = Service::from(builder());
    let cost = async |body: &Value| {
        let job = done(&service, body).await;
        service.get(&format!("/jobs/{}/cost", job["id"].as_str().unwrap()))["cost"]["value"].as_f64().unwrap()
    };
    assert_eq!([cost(&program(ENDS)).await, cost(&circuit()).await], [97.5, 97.5]);
    assert_eq!(cost(&program("c[0] = measure q[0]; x q[0];")).await, 12.4166);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_measures_on_its_way_says_that_it_is_not_debiased_if_it_was_to_be() {
    let service = Service::from(builder());
    let asked = json!({"settings": {"error_mitigation": {"debiasing": true}}});
    for on_the_way in ["c[0] = measure q[0]; x q[0];", "reset q[0];", "measure q[1]; h q[1];"] {
        let job = done(&service, &with(&program(on_the_way), asked.clone())).await;
        let messages = job["warning"]["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 1);
        assert!(messages[0].as_str().unwrap().contains("measures or resets on its way: it is not debiased"), "{messages:?}");
        assert!(job["output"].get("error_mitigation").is_none() && job["output"].get("compilation").is_none(), "{}", job["output"]);
        let path = format!("/v0.4/jobs/{}/circuits/native", job["id"].as_str().unwrap());
        let (status, refused) = service.send(paultrap::api::Method::Get, path.trim_start_matches("/v0.4"), &Value::Null);
        assert!(status == 404 && refused["message"].as_str().unwrap().contains("measures or resets on its way"), "{refused}");
        let unasked = [
            json!({}),
            json!({"settings": {"error_mitigation": {"debiasing": false}}}),
            with(&asked, json!({"backend": "simulator", "noise": {"model": "aria-1"}})),
        ];
        for more in unasked {
            assert!(done(&service, &with(&program(on_the_way), more)).await.get("warning").is_none());
        }
    }
}
