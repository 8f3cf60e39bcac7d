//! Every file under `fixtures/` is a test case by being there.
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use paultrap::api::{ApiKey, JobReply, JobRequest, JobStatus, Method, Request, decode};
use paultrap::circuit::{CircuitJson, Program, read_qasm3, read_qasm3_program};
use paultrap::cloud::{Clock, Cloud};
use paultrap::run::{RunOptions, run, run_measured};
use paultrap::simulate::Memory;
use serde::Deserialize;
use std::collections::BTreeMap;
use support::{assert_probabilities, expected, files, files_ending, program, stem};

fn exact(program: &Program) -> paultrap::run::Outcome {
    run(program, &RunOptions::default(), Memory::shared()).unwrap()
}

#[test]
fn every_circuit_has_the_probabilities_computed_independently() {
    let mut checked = 0;
    for (circuits, answers) in [("circuits/qis", "qis"), ("circuits/native", "native"), ("seed", "seed")] {
        for file in files(circuits) {
            let name = stem(&file);
            let outcome = exact(&program(&format!("{circuits}/{name}")));
            assert_probabilities(&name, &outcome.probabilities, &expected(&format!("{answers}/{name}")));
            assert!(outcome.norm_error.abs() < 1e-12, "{name}: norm error {}", outcome.norm_error);
            checked += 1;
        }
    }
    assert!(checked >= 100, "only {checked} circuits found");
}

#[test]
fn every_mistake_is_refused_with_a_message_that_says_where_what_and_what_is_allowed() {
    let mut messages = BTreeMap::new();
    for file in files("circuits/invalid") {
        let bytes = std::fs::read(&file).unwrap();
        let refused = decode::<CircuitJson>(&bytes)
            .map_err(|error| error.to_string())
            .and_then(|circuit| circuit.program(None, None).map_err(|error| error.to_string()));
        let message = refused.err().unwrap_or_else(|| panic!("{} is accepted", file.display()));
        messages.insert(stem(&file), message);
    }
    insta::assert_json_snapshot!("invalid_circuits", messages);
}

#[test]
fn every_openqasm_program_has_the_probabilities_computed_independently() {
    let files = files_ending("circuits/qasm3", "qasm");
    for file in &files {
        let name = stem(file);
        let circuit = read_qasm3(&std::fs::read_to_string(file).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_probabilities(&name, &exact(&circuit.into()).probabilities, &expected(&format!("qasm3/{name}")));
    }
    assert!(files.len() >= 14, "only {} programs found", files.len());
}

/// Every register's distribution, `output_all` among them; keys are bits, bit 0 right-most.
type Registers = BTreeMap<String, BTreeMap<String, f64>>;

#[test]
fn every_program_that_measures_on_its_way_fills_its_registers_as_computed_independently() {
    let files = files_ending("circuits/qasm3/measured", "qasm");
    for file in &files {
        let name = stem(file);
        let expected: Registers = serde_json::from_slice(&std::fs::read(expected_file(&name)).unwrap()).unwrap();
        let program = read_qasm3_program(&std::fs::read_to_string(file).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let outcome = run_measured(&program, &RunOptions::default(), Memory::shared()).unwrap();
        let registers = outcome.registers.iter().map(|register| (register.name(), outcome.register_probabilities(register)));
        let given: Vec<_> = [("output_all", outcome.probabilities.clone())].into_iter().chain(registers).collect();
        assert_eq!(given.len(), expected.len(), "{name}");
        for (register, probabilities) in given {
            let expected = &expected[register];
            assert!(expected.keys().all(|key| key.len() == probabilities.qubits()), "{name} {register}");
            let expected = expected.iter().map(|(key, p)| (u64::from_str_radix(key, 2).unwrap(), *p)).collect();
            assert_probabilities(&format!("{name} {register}"), &probabilities, &expected);
        }
    }
    assert!(files.len() >= 10, "only {} programs found", files.len());
}

fn expected_file(name: &str) -> String {
    format!("fixtures/expected/qasm3/measured/{name}.json")
}

#[test]
fn every_mistaken_openqasm_program_is_refused_with_its_line() {
    let mut messages = BTreeMap::new();
    for file in files_ending("circuits/qasm3/invalid", "qasm") {
        let text = std::fs::read_to_string(&file).unwrap();
        let error = read_qasm3(&text).err().unwrap_or_else(|| panic!("{} is accepted", file.display()));
        // The line at fault says so itself.
        let marked = text.lines().position(|line| line.contains("// here")).map_or(1, |index| index + 1);
        assert_eq!(error.line, marked, "{}: {error}", file.display());
        messages.insert(stem(&file), error.to_string());
    }
    insta::assert_json_snapshot!("invalid_qasm3", messages);
}

/// What an SDK sent.
#[derive(Deserialize)]
struct Wire {
    request: WireRequest,
}

#[derive(Deserialize)]
struct WireRequest {
    path: String,
    body: Box<serde_json::value::RawValue>,
}

fn wire() -> Vec<(String, WireRequest)> {
    let folders = ["cirq-ionq-1.7.0", "cirq-ionq-1.6.1", "qiskit-ionq-1.1.1", "pennylane-ionq-0.45.0"];
    let files = folders.iter().flat_map(|folder| files(&format!("wire/{folder}")).into_iter().map(move |file| (*folder, file)));
    let read = |(folder, file): (&str, std::path::PathBuf)| {
        let wire: Wire = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        (format!("{folder}/{}", stem(&file)), wire.request)
    };
    files.map(read).collect()
}

#[test]
fn every_job_that_an_sdk_sends_is_read() {
    let mut circuits = BTreeMap::new();
    let mut native_ms: Option<BTreeMap<u64, f64>> = None;
    for (name, request) in wire() {
        let job: JobRequest = decode(request.body.get().as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let programs = job.programs().unwrap_or_else(|error| panic!("{name}: {error}"));
        let only = || programs[0].1.circuit().unwrap();
        if name.ends_with("/asymmetric_3") {
            assert_probabilities(&name, &exact(only()).probabilities, &expected("qis/asymmetric_3"));
        }
        if name.ends_with("/native_ms") {
            // One circuit in four spellings.
            let given = exact(only()).probabilities;
            let first = native_ms.get_or_insert_with(|| given.iter().collect());
            assert_probabilities(&name, &given, first);
        }
        circuits.insert(name, programs.len());
    }
    assert!(circuits.len() >= 60, "only {} requests found", circuits.len());
}

#[tokio::test(start_paused = true)]
async fn every_job_that_a_v04_sdk_sends_runs_to_its_end_and_echoes_what_came_with_it() {
    let cloud = Cloud::builder().clock(Clock::tokio()).start();
    let call = |method, path: String, body: Vec<u8>| {
        let request = Request { body, ..Request::new(method, path).key(Some(ApiKey::new("any"))) };
        cloud.handle(&request)
    };
    for (name, request) in wire().into_iter().filter(|(_, request)| request.path == "/v0.4/jobs") {
        let asked: JobRequest = decode(request.body.get().as_bytes()).unwrap();
        let created = call(Method::Post, request.path, request.body.get().as_bytes().to_vec());
        assert_eq!(created.status, 201, "{name}: {}", String::from_utf8_lossy(&created.body));
        let id: paultrap::api::CreatedReply = serde_json::from_slice(&created.body).unwrap();
        let job = loop {
            let job: JobReply = serde_json::from_slice(&call(Method::Get, format!("/v0.4/jobs/{}", id.id), vec![]).body).unwrap();
            if job.status.is_final() {
                break job;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        };
        assert_eq!(job.status, JobStatus::Completed, "{name}: {:?}", job.failure);
        assert_eq!((job.metadata, job.name), (asked.metadata, asked.name), "{name}");
    }
}
