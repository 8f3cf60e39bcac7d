//! OpenQASM programs as jobs of the service, and on the command line.
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use paultrap::api::{ApiKey, Method, Reply, Request};
use paultrap::cloud::{Clock, Cloud};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{files_ending, stem};

fn send(cloud: &Cloud, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::new(method, path).key(Some(ApiKey::new("any")));
    let request = if body.is_null() { request } else { request.json(body) };
    let Reply { status, body, .. } = cloud.handle(&request);
    (status, serde_json::from_slice(&body).unwrap())
}

/// A job run to its end.
async fn job(cloud: &Cloud, text: &str, more: Value) -> Value {
    let mut body = json!({"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": text, "qubits": 2}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, created) = send(cloud, Method::Post, "/v0.4/jobs", &body);
    assert_eq!((status, &created["status"]), (201, &json!("submitted")), "{created}");
    let path = format!("/v0.4/jobs/{}", created["id"].as_str().unwrap());
    loop {
        let job = send(cloud, Method::Get, &path, &Value::Null).1;
        if ["completed", "failed"].contains(&job["status"].as_str().unwrap()) {
            return job;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// The artifact that the job lists under a format.
fn artifact(cloud: &Cloud, job: &Value, format: &str) -> Value {
    let (id, artifact) = (job["id"].as_str().unwrap(), job["results"][format]["id"].as_str().unwrap());
    let (status, body) = send(cloud, Method::Get, &format!("/v0.4/jobs/{id}/artifacts/{artifact}"), &Value::Null);
    assert_eq!(status, 200, "{format}: {body}");
    body
}

fn cloud() -> Cloud {
    Cloud::builder().clock(Clock::tokio()).start()
}

const TOSSES: &str = "include \"stdgates.inc\"; qubit q; bit[2] c; bit d; ry(1.0) q; c[1] = measure q; reset q; x q; d = measure q;";

#[tokio::test(start_paused = true)]
async fn every_measured_program_fills_its_registers_on_the_ideal_simulator() {
    let cloud = cloud();
    for file in files_ending("circuits/qasm3/measured", "qasm") {
        let (name, text) = (stem(&file), std::fs::read_to_string(&file).unwrap());
        let settings = json!({"settings": {"compilation": {"service_version": "v0.4"}}, "name": name});
        let job = job(&cloud, &text, settings.clone()).await;
        assert_eq!((&job["status"], &job["type"]), (&json!("completed"), &json!("ionq.qasm3.v1")), "{name}: {}", job["failure"]);
        assert_eq!((&job["settings"], &job["name"]), (&settings["settings"], &json!(name)));
        let formats: Vec<&String> = job["results"].as_object().unwrap().keys().collect();
        assert_eq!(formats, ["ionq.result.probabilities.json.v1", "ionq.result.probabilities.json.v2", "probabilities"]);
        let expected = std::fs::read(format!("fixtures/expected/qasm3/measured/{name}.json")).unwrap();
        let expected: BTreeMap<String, BTreeMap<String, f64>> = serde_json::from_slice(&expected).unwrap();
        let given = &artifact(&cloud, &job, "ionq.result.probabilities.json.v2")["probabilities"]["registers"];
        let given: BTreeMap<String, BTreeMap<String, f64>> = serde_json::from_value(given.clone()).unwrap();
        for (register, expected) in &expected {
            assert_eq!(given[register].keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name} {register}");
            assert!(expected.iter().all(|(key, p)| (given[register][key] - p).abs() < 1e-12), "{name} {register}");
        }
        let url = job["results"]["probabilities"]["url"].as_str().unwrap();
        for (key, p) in send(&cloud, Method::Get, url, &Value::Null).1.as_object().unwrap() {
            let bits = format!("{:0width$b}", key.parse::<u64>().unwrap(), width = expected["output_all"].keys().next().unwrap().len());
            assert!((expected["output_all"][&bits] - p.as_f64().unwrap()).abs() < 1e-12, "{name} {key}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn counted_programs_have_shots_in_which_entry_i_is_bit_i_and_everything_else_adds_up_from_them() {
    let cloud = cloud();
    for more in [json!({"noise": {"model": "aria-1", "seed": 3}, "shots": 400}), json!({"backend": "qpu.forte-1", "shots": 400})] {
        let job = job(&cloud, TOSSES, more).await;
        assert_eq!((&job["status"], &job["shots"]), (&json!("completed"), &json!(400)), "{}", job["failure"]);
        let shots = artifact(&cloud, &job, "ionq.result.shots.json.v2");
        let shots = shots["shots"].as_array().unwrap();
        assert_eq!(shots.len(), 400);
        let mut counts = BTreeMap::<String, u64>::new();
        for shot in shots {
            let [all, c, d] = ["output_all", "c", "d"].map(|name| shot["registers"][name].as_array().unwrap());
            assert_eq!((all.len(), &all[..2], &all[2..]), (3, &c[..], &d[..]));
            let bits: String = all.iter().rev().map(|bit| if bit == 1 { '1' } else { '0' }).collect();
            *counts.entry(bits).or_default() += 1;
        }
        // c[0] is never measured; c[1] is 1 with a chance of 0.23; d is 1, but for errors.
        assert!(counts.keys().all(|bits| bits.ends_with('0')), "{counts:?}");
        assert!(counts["100"] > 250 && (50..140).contains(&counts["110"]), "{counts:?}");
        let histogram = artifact(&cloud, &job, "ionq.result.histogram.json.v2");
        assert_eq!(histogram["histogram"]["registers"]["output_all"], json!(counts));
        let one = artifact(&cloud, &job, "ionq.result.shots.json.v1");
        let decimal = |shot: &Value| u64::from_str_radix(&format!("{:03b}", shot.as_str().unwrap().parse::<u64>().unwrap()), 2).unwrap();
        let first = shots[0]["registers"]["output_all"].as_array().unwrap();
        let first: u64 = first.iter().enumerate().map(|(place, bit)| bit.as_u64().unwrap() << place).sum();
        assert_eq!((decimal(&one[0]), one.as_array().unwrap().len()), (first, 400));
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_shots() {
    let cloud = cloud();
    let mut all = Vec::new();
    for seed in [3, 3, 4] {
        let job = job(&cloud, TOSSES, json!({"noise": {"model": "aria-1", "seed": seed}, "shots": 100})).await;
        all.push(artifact(&cloud, &job, "ionq.result.shots.json.v2"));
    }
    assert_eq!(all[0], all[1]);
    assert_ne!(all[0], all[2]);
}

#[tokio::test(start_paused = true)]
async fn what_is_outside_the_subset_is_accepted_and_fails_with_its_construct_and_line() {
    let cloud = cloud();
    let controls =
        format!("include \"stdgates.inc\"; qubit[9] q; ctrl(8) @ x {};", (0..9).map(|k| format!("q[{k}]")).collect::<Vec<_>>().join(","));
    let long = format!("qubit q;\nbit {} = measure q;", "n".repeat(257));
    for (text, code, message) in [
        (
            "qubit q;\nbit c = measure q;\nif (c == 1) { }",
            "PreflightError",
            "line 3: if is not supported, a circuit does the same things in every shot",
        ),
        (
            "OPENQASM 3.0;\ninclude \"/etc/passwd\";",
            "PreflightError",
            "line 2: include \"/etc/passwd\" is not supported, allowed are \"stdgates.inc\", \"qelib1.inc\"",
        ),
        ("bit[2] c;\nqubit[1000000000] q;", "PreflightError", "line 2: qubits 1000000000 is not allowed, a circuit has 1..=64 qubits"),
        ("not a program", "PreflightError", "line 1: "),
        ("", "PreflightError", "line 1: no qubit is declared"),
        (
            "include \"stdgates.inc\";\nqubit q;\npow(150001) @ h q;",
            "TooManyGates",
            "line 3: the program has too many gates, at most 150000",
        ),
        (&long, "PreflightError", "line 2: a name has too many characters, at most 256 are allowed"),
        ("qubit[30] q;", "NotEnoughQubits", "the circuit has 30 qubits, backend simulator has 29"),
        (&controls, "TooManyControls", "line 1: x: controls has 8 entries, at most 7 are allowed"),
    ] {
        for more in [json!({}), json!({"dry_run": true})] {
            let job = job(&cloud, text, more).await;
            assert_eq!((&job["status"], &job["failure"]["code"]), (&json!("failed"), &json!(code)), "{text}: {}", job["failure"]);
            assert!(job["failure"]["message"].as_str().unwrap().starts_with(message), "{text}: {}", job["failure"]);
            assert_eq!(job["failure"]["message"], job["failure"]["error"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_with_too_many_ways_fails_and_says_what_to_do() {
    let tosses: String = (0..40).map(|bit| format!("h q; c[{bit}] = measure q; reset q;")).collect();
    let text = format!("include \"stdgates.inc\"; qubit q; bit[40] c; {tosses}");
    let cloud = cloud();
    let failed = job(&cloud, &text, json!({})).await;
    assert_eq!(failed["failure"]["code"], "SimulationError");
    let message = failed["failure"]["message"].as_str().unwrap();
    assert!(message.contains("78 measurements and resets") && message.contains("with counted shots (a noise model, a QPU)"), "{message}");
    let counted = job(&cloud, &text, json!({"noise": {"model": "aria-1"}})).await;
    assert_eq!(counted["status"], "completed", "{}", counted["failure"]);
}

#[cfg(feature = "cli")]
mod command {
    use super::*;
    use std::process::{Command, Output};

    fn paultrap(arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_paultrap")).current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
    }

    fn json_of(arguments: &[&str]) -> Value {
        let output = paultrap(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    const FILE: &str = "fixtures/circuits/qasm3/measured/several_registers.qasm";

    fn assert_expected(probabilities: &Value) {
        let expected = std::fs::read("fixtures/expected/qasm3/measured/several_registers.json").unwrap();
        let expected: BTreeMap<String, BTreeMap<String, f64>> = serde_json::from_slice(&expected).unwrap();
        assert_eq!(probabilities.as_object().unwrap().len(), expected["output_all"].len());
        for (bits, p) in &expected["output_all"] {
            let key = u64::from_str_radix(bits, 2).unwrap().to_string();
            approx::assert_abs_diff_eq!(probabilities[key].as_f64().unwrap(), *p, epsilon = 1e-12);
        }
    }

    #[test]
    fn simulate_shows_the_bits_of_a_program_and_its_registers() {
        let given = json_of(&["simulate", FILE, "--format", "json"]);
        assert_expected(&given["probabilities"]);
        assert_eq!(given["registers"].as_object().unwrap().keys().collect::<Vec<_>>(), ["flag", "high", "low", "never"]);
        approx::assert_abs_diff_eq!(given["registers"]["low"]["10"].as_f64().unwrap(), 0.15164664532641728, epsilon = 1e-12);
        let table = String::from_utf8(paultrap(&["simulate", FILE]).stdout).unwrap();
        assert!(table.starts_with("3 qubits, 9 gates, bits are high[3] never[2] flag[1] low[2]\n"), "{table}");
        assert!(table.contains(" 00000100 "), "{table}");
    }

    #[test]
    fn run_sends_a_program_as_a_job_of_its_own_among_circuits() {
        let rows = json_of(&["run", "fixtures/circuits/qasm3/bell.qasm", FILE, "--pack", "2", "--format", "json"]);
        assert_expected(&rows[1]["probabilities"]);
        assert_ne!(rows[0]["job_id"], rows[1]["job_id"]);
        let counted = json_of(&["run", FILE, "--noise", "aria-1", "--shots", "50", "--format", "json"]);
        let counts: u64 = counted[0]["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(counts, 50);
    }

    #[test]
    fn what_needs_a_circuit_says_that_a_program_is_none() {
        for arguments in [&["compile", FILE][..], &["diff", FILE, FILE]] {
            let output = paultrap(arguments);
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), text.lines().count()), (Some(2), 1), "{text}");
            assert!(text.contains("several_registers: it measures or resets before its end, a circuit is needed"), "{text}");
        }
    }
}
