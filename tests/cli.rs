//! The real binary: what it prints, where, and how it exits.
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use paultrap::api::{ApiKey, Query};
use paultrap::client::{Client, Https};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};
use support::{expected, files, stem};

const CANARY: &str = "CANARY-6d1f";

fn paultrap(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paultrap"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).env("IONQ_API_KEY", CANARY).env("RUST_BACKTRACE", "0");
    command
}

fn run(arguments: &[&str]) -> Output {
    let output = paultrap(arguments).stdin(Stdio::null()).output().unwrap();
    for stream in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(stream).contains(CANARY), "the key is in the output of {arguments:?}");
    }
    output
}

#[track_caller]
fn json_of(arguments: &[&str]) -> Value {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Exit code and the one line on standard error.
#[track_caller]
fn refused(arguments: &[&str]) -> (i32, String) {
    let output = run(arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.stdout.is_empty(), "{arguments:?} printed data");
    assert_eq!(text.lines().count(), 1, "{text}");
    (output.status.code().unwrap(), text.trim_end().to_owned())
}

#[track_caller]
fn assert_probabilities(given: &Value, name: &str) {
    let expected = expected(name);
    let given = given.as_object().unwrap();
    assert_eq!(given.len(), expected.len(), "{name}");
    for (key, p) in given {
        approx::assert_abs_diff_eq!(p.as_f64().unwrap(), expected[&key.parse().unwrap()], epsilon = 1e-12);
    }
}

#[test]
fn run_prints_the_results_in_the_order_of_the_files() {
    let seeds = files("seed");
    let paths: Vec<_> = seeds.iter().map(|file| file.to_str().unwrap()).collect();
    let rows = json_of(&[&["run", "--workers", "7", "--format", "json"], &paths[..]].concat());
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 20);
    for (file, row) in seeds.iter().zip(rows) {
        assert_eq!(row["name"], json!(stem(file).replace("circuit_", "seed ")));
        assert_eq!((&row["status"], &row["qubits"]), (&json!("completed"), &json!(4)));
        assert_probabilities(&row["probabilities"], &format!("seed/{}", stem(file)));
    }
}

#[test]
fn json_of_run_keeps_its_shape() {
    let bell = "fixtures/circuits/qis/bell.json";
    let rows = json_of(&["run", bell, "fixtures/circuits/native/ms.json", "--format", "json", "--pack", "2"]);
    let rounded = insta::rounded_redaction(9);
    insta::assert_json_snapshot!("run_json", rows, { "[].job_id" => "[id]", "[].probabilities.*" => rounded });
    let counted = json_of(&["run", bell, "--backend", "qpu.aria-1", "--shots", "50", "--seed", "3", "--format", "json"]);
    let counts: u64 = counted[0]["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counts, 50);
    let output = run(&["run", bell, bell, bell, "--format", "jsonl"]);
    let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    let mut indices: Vec<_> = lines.iter().map(|line| line["index"].as_u64().unwrap()).collect();
    indices.sort_unstable();
    assert_eq!(indices, [0, 1, 2]);
}

#[test]
fn run_repeats_itself_without_being_asked_to() {
    let run = || {
        let seeds = files("seed");
        let paths: Vec<_> = seeds.iter().map(|file| file.to_str().unwrap()).collect();
        let mut rows = json_of(&[&["run", "--backend", "qpu.aria-1", "--format", "json"], &paths[..]].concat());
        rows.as_array_mut().unwrap().iter_mut().for_each(|row| row["job_id"] = Value::Null);
        rows
    };
    assert_eq!(run(), run());
}

#[test]
fn run_measures_the_overlap_and_says_so_on_standard_error() {
    let output = run(&["run", "fixtures/seed/circuit_00.json", "fixtures/seed/circuit_01.json", "--run-time", "100ms"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("2 circuits, 10 workers: ") && text.contains("peak 2 in flight"), "{text}");
    let output = run(&["run", "fixtures/seed/circuit_00.json", "fixtures/seed/circuit_01.json", "--sequential"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("2 circuits, one after another: ") && text.contains("peak 1 in flight"), "{text}");
}

#[test]
fn simulate_prints_outcome_seconds_and_norm_error() {
    let bell = "fixtures/circuits/qis/bell.json";
    let mut one = json_of(&["simulate", bell, "--repeat", "3", "--shots", "100", "--seed", "1", "--format", "json"]);
    assert!(one["norm_error"].as_f64().unwrap().abs() < 1e-12);
    let seconds = one["seconds"].take();
    assert_eq!(seconds.as_array().unwrap().len(), 3);
    assert!(seconds.as_array().unwrap().iter().all(|seconds| seconds.as_f64().unwrap() > 0.0));
    let rounded = insta::rounded_redaction(9);
    insta::assert_json_snapshot!("simulate_json", one, {
        ".norm_error" => "[tiny]", ".probabilities.*" => rounded, ".counts.*" => "[count]"
    });
    assert_eq!(one["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 100);
    let none = json_of(&["simulate", bell, "--top", "0", "--format", "json"]);
    assert!(none.get("probabilities").is_none() && none.get("counts").is_none());
    let top = json_of(&["simulate", "fixtures/circuits/qis/asymmetric_3.json", "--top", "2", "--threads", "1", "--format", "json"]);
    assert_eq!(top["probabilities"].as_object().unwrap().len(), 2);
}

#[test]
fn shots_of_a_circuit_with_more_outcomes_than_memory_are_shown_without_probabilities() {
    let hadamards: Vec<Value> = (0..36).map(|qubit| json!({"gate": "h", "target": qubit})).collect();
    let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    std::fs::write(file.path(), json!({"qubits": 36, "circuit": hadamards}).to_string()).unwrap();
    let file = file.path().to_str().unwrap();
    let shots = json_of(&["simulate", file, "--shots", "100", "--format", "json"]);
    assert!(shots.get("probabilities").is_none());
    let counts = shots["counts"].as_object().unwrap();
    assert_eq!(counts.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 100);
    let table = run(&["simulate", file, "--shots", "100", "--top", "2"]);
    let text = String::from_utf8(table.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "36 qubits, 36 gates");
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["outcome", "bits", "count"]);
    assert!(lines.len() == 5 && lines[4].ends_with("outcomes more"), "{text}");
    let told = String::from_utf8(table.stderr).unwrap();
    assert!(told.starts_with("a list of all outcomes does not fit the memory, so there are shots without probabilities\n"), "{told}");
    // Without shots there is nothing to show.
    let refused = paultrap(&["simulate", file]).output().unwrap();
    assert!(!refused.status.success() && String::from_utf8(refused.stderr).unwrap().contains("36 qubits need 1.0 TiB of memory"));
}

#[test]
fn json_lines_are_one_batch_and_a_dash_is_standard_input() {
    let feed = |arguments: &[&str], text: &str| {
        let mut child = paultrap(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let lines = "[{\"gate\":\"x\",\"target\":1}]\n\n{\"qubits\":3,\"circuit\":[{\"gate\":\"x\",\"target\":2}]}\n";
    let batch = feed(&["simulate", "-", "--format", "json"], lines);
    assert_eq!(batch["circuits"], json!(2));
    assert_eq!(batch["seconds"].as_array().unwrap().len(), 1);
    assert_eq!(batch["results"][0]["probabilities"], json!({"2": 1.0}));
    assert_eq!(batch["results"][1]["probabilities"], json!({"4": 1.0}));
    let rows = feed(&["run", "-", "--format", "json"], lines);
    assert_eq!((&rows[0]["name"], &rows[1]["probabilities"]), (&json!("stdin:1"), &json!({"4": 1.0})));
}

#[test]
fn simulate_honours_the_noise_of_a_job_body_and_a_job_of_several_circuits_is_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, body: Value| {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("\u{feff}{body}")).unwrap(); // with the byte order mark of some editors
        file.to_str().unwrap().to_owned()
    };
    let bell = json!([{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]);
    let noisy = write("noisy.json", json!({"shots": "4000", "noise": {"model": "harmony"}, "input": {"circuit": bell}}));
    let counts = json_of(&["simulate", &noisy, "--format", "json"])["counts"].clone();
    assert_eq!(counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 4000);
    assert!(counts.get("1").is_some() && counts.get("2").is_some(), "harmony makes mistakes: {counts}");
    let ideal = json_of(&["simulate", &noisy, "--noise", "ideal", "--format", "json"]);
    assert_eq!(ideal.get("counts"), None, "the command line wins");
    let several = write("several.json", json!({"input": {"circuits": [{"circuit": bell}, {"circuit": bell}]}}));
    assert_eq!(json_of(&["simulate", &several, "--format", "json"])["circuits"], 2);
}

#[test]
fn openqasm_is_read_by_its_ending_or_its_first_line() {
    let file = "fixtures/circuits/qasm3/standard_gates.qasm"; // begins with a comment
    let rows = json_of(&["run", file, "fixtures/circuits/qasm3/bell.qasm", "--format", "json"]);
    assert_eq!((&rows[0]["name"], &rows[0]["qubits"]), (&json!("standard_gates"), &json!(4)));
    assert_probabilities(&rows[0]["probabilities"], "qasm3/standard_gates");
    assert_probabilities(&rows[1]["probabilities"], "qasm3/bell");
    for name in ["standard_gates", "bell"] {
        let text = std::fs::read(format!("fixtures/circuits/qasm3/{name}.qasm")).unwrap();
        let mut child = paultrap(&["simulate", "-", "--format", "json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&text).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_probabilities(&serde_json::from_slice::<Value>(&output.stdout).unwrap()["probabilities"], &format!("qasm3/{name}"));
    }
}

#[test]
fn simulate_says_which_engine_ran_and_runs_the_one_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, gates: &[Value]| {
        let file = folder.path().join(name);
        std::fs::write(&file, json!(gates).to_string()).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let h = json!({"gate": "h", "target": 0});
    let cnot = |control: usize, target: usize| json!({"gate": "cnot", "control": control, "target": target});
    let ghz = |qubits: usize| std::iter::once(h.clone()).chain((1..qubits).map(|qubit| cnot(qubit - 1, qubit))).collect::<Vec<_>>();
    let turned = |qubit: usize| json!({"gate": "ry", "target": qubit, "rotation": 0.4});
    let split: Vec<Value> = std::iter::once(turned(0)).chain((1..63).map(|qubit| cnot(qubit - 1, qubit))).collect();
    let apart: Vec<Value> = [vec![turned(0), turned(62)], (0..30).map(|k| cnot(2 * k, 2 * k + 1)).collect()].concat();
    let (small, wide) = (write("small.json", &ghz(3)), write("wide.json", &ghz(63)));
    let (split, apart) = (write("split.json", &split), write("apart.json", &apart));
    let engine = |arguments: &[&str]| {
        let arguments = [&["simulate"], arguments, &["--format", "json"]].concat();
        let ran = json_of(&arguments);
        format!("{} with {} outcomes", ran["engine"].as_str().unwrap(), ran["probabilities"].as_object().unwrap().len())
    };
    let chosen = [&small, &wide, &split, &apart].map(|file| engine(&[file]));
    let asked = ["auto", "state-vector", "stabilizer", "sparse"].map(|name| engine(&[&small, "--engine", name]));
    let blocks = engine(&[&apart, "--engine", "blocks"]);
    insta::assert_json_snapshot!("simulate_engines", json!({"chosen": chosen, "asked": asked, "blocks": blocks}));
}

#[test]
fn a_qpu_of_36_qubits_runs_what_has_stabilizers_or_falls_into_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let cnot = |control: usize, target: usize| json!({"gate": "cnot", "control": control, "target": target});
    let ghz: Vec<Value> = std::iter::once(json!({"gate": "h", "target": 0})).chain((1..36).map(|qubit| cnot(qubit - 1, qubit))).collect();
    let pair = |k: usize| {
        let turn = |qubit: usize, rotation: f64| json!({"gate": "ry", "target": qubit, "rotation": rotation});
        [turn(k, 0.3 + k as f64), cnot(k, 35 - k), turn(35 - k, 0.7 * k as f64), cnot(35 - k, k), turn(k, 1.1)]
    };
    let pairs: Vec<Value> = (0..18).flat_map(pair).collect();
    for (name, gates) in [("ghz", ghz), ("pairs", pairs)] {
        let file = folder.path().join(format!("{name}.json"));
        std::fs::write(&file, json!(gates).to_string()).unwrap();
        let arguments = ["run", file.to_str().unwrap(), "--backend", "qpu.forte-1", "--shots", "1000", "--format", "json"];
        let ran = json_of(&arguments)[0].clone();
        assert_eq!(ran["status"], "completed", "{ran}");
        let counts = ran["counts"].as_object().unwrap_or_else(|| panic!("{ran}"));
        assert_eq!(counts.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 1000);
        if name == "ghz" {
            let all_ones = ((1u64 << 36) - 1).to_string();
            let peaks: u64 = ["0", all_ones.as_str()].iter().map(|key| counts[*key].as_u64().unwrap()).sum();
            assert!((300..1000).contains(&peaks), "{peaks} of 1000 shots are all alike");
        }
    }
}

#[test]
fn bad_input_is_one_line_and_exit_code_two() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let wide: String = (0..60).map(|qubit| format!("{}{{\"gate\":\"h\",\"target\":{qubit}}}", if qubit == 0 { "" } else { "," })).collect();
    // Every qubit turned and tied to the next, three times: nothing about it is simple.
    let turn = |k: usize| {
        let (qubit, next) = (k % 36, (k + 1) % 36);
        [json!({"gate": "ry", "target": qubit, "rotation": 0.3 + k as f64}), json!({"gate": "cnot", "control": qubit, "target": next})]
    };
    let dense: Vec<Value> = (0..3 * 36).flat_map(turn).collect();
    let dense = write("dense.json", &json!(dense).to_string());
    let (wide, torn) = (write("wide.json", &format!("[{wide}]")), write("torn.json", "{\"circuit\":["));
    let (empty, qasm) = (write("empty.json", "{}"), write("loop.qasm", "OPENQASM 3.0;\nqubit q;\nwhile (true) { }"));
    for (arguments, part) in [
        (&["run", "nowhere.json"][..], "paultrap: nowhere.json: No such file"),
        (&["run", &torn], "torn.json: EOF while parsing"),
        (&["run", &empty], "there is no circuit in it"),
        (&["run", &qasm], "loop.qasm: line 3: while is not supported"),
        (&["simulate", "fixtures/circuits/qasm3/invalid/other_include.qasm"], "other_include.qasm: line 5: include \"/etc/passwd\""),
        (&["simulate", "fixtures/circuits/invalid/qubit_out_of_range.json"], "operation 1 (x): target 3 is outside 0..=2"),
        (&["run", "fixtures/circuits/invalid/unknown_gate.json"], "is not known, qis gates are x, not, cnot"),
        (&["run", &wide], "wide: the circuit has 60 qubits, backend simulator has 29"),
        (&["simulate", &wide], "60 qubits need 16.0 EiB of memory"),
        (&["simulate", &dense], "dense.json: 36 qubits need 1.0 TiB of memory"),
        (
            &["simulate", &dense, "--engine", "stabilizer"],
            "the stabilizer engine cannot run the circuit: operation 0: ry is no Clifford gate there, up to phases that nobody sees",
        ),
        (&["simulate", &wide, "--engine", "stabilizer", "--noise", "aria-1"], "--engine goes with circuits without noise"),
        (&["run", "fixtures/circuits/qis/bell.json", "--backend", "qpu.nowhere"], "backend \"qpu.nowhere\" is not known"),
        (&["run", "fixtures/circuits/native/ms.json", "--backend", "qpu.forte-1"], "qpu.forte-1 does not play ms"),
        (&["run", "fixtures/circuits/qis/bell.json", "--url", "http://api.ionq.co"], "plain http is for this machine only"),
        (&["run", "fixtures/circuits/qis/bell.json", "--url", "https://x.y/v0.3"], "this client speaks v0.4"),
        (&["serve", "--addr", "0.0.0.0:0"], "0.0.0.0"),
        (&["run", "fixtures/circuits/qis/bell.json", "--backend", "qpu.harmony"], "qpu.harmony is retired"),
        (&["simulate", "fixtures/circuits/qis/bell.json", "--noise", "brisbane"], "bell.json: noise model \"brisbane\" is not known"),
        (
            &["run", "fixtures/circuits/qis/bell.json", "--noise", "brisbane"],
            "bell: noise model \"brisbane\" is not known, allowed are ideal",
        ),
        (&["serve", "--device", "fixtures/devices/simulator.toml"], "--device: name is \"simulator\", qpu. and a name"),
        (&["run", &dense, "--backend", "qpu.forte-1"], "dense: 36 qubits need 2.0 TiB of memory"),
    ] {
        let (code, text) = refused(arguments);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(part), "{text:?} does not say {part:?}");
    }
    for arguments in [
        &["run"][..],
        &["run", "x.json", "--queue-time", "18446744073709551615s"],
        &["serve", "--workers", "1000000"],
        &["simulate", "x.json", "--threads", "20000"],
        &["simulate", "x.json", "--engine", "tensor"],
        &["run", "x.json", "--shots", "0"],
        &["dance"],
    ] {
        assert_eq!(run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn json_of_diff_keeps_its_shape() {
    let circuit = |name: &str| format!("fixtures/{name}.json");
    let (meant, written) = (circuit("seed/circuit_00"), circuit("team/circuits/seed_00_by_table_1"));
    let output = run(&["diff", &meant, &written, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let different: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rounded = || insta::rounded_redaction(9);
    insta::assert_json_snapshot!("diff_json", different, {
        ".process_fidelity" => rounded(), ".total_variation" => rounded(), ".suspects[].process_fidelity" => rounded()
    });
    let same = json_of(&["diff", &meant, &circuit("seed/circuit_01"), "--format", "json"]);
    insta::assert_json_snapshot!("diff_json_same", same, {
        ".process_fidelity" => rounded(), ".bound.infidelity" => "[tiny]", ".total_variation" => "[tiny]"
    });
}

#[test]
fn diff_tells_people_the_verdict_the_method_the_place_and_the_suspect() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, body: Value| {
        let file = folder.path().join(name);
        std::fs::write(&file, body.to_string()).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let meant = write("meant.json", json!([{"gate": "h", "target": 0}, {"gate": "y", "target": 1}, {"gate": "h", "target": 0}]));
    let native = |phase: f64| {
        let h = [json!({"gate": "gpi2", "target": 0, "phase": phase / 2.0}), json!({"gate": "gpi", "target": 0, "phase": 0})];
        let y = [json!({"gate": "gpi", "target": 1, "phase": phase / 2.0})];
        let circuit = [&h[..], &y, &h].concat();
        json!({"gateset": "native", "qubits": 3, "circuit": circuit})
    };
    let wrong = write("wrong.json", native(std::f64::consts::PI));
    let output = run(&["diff", &meant, &wrong]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("diff_table", String::from_utf8(output.stdout).unwrap());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.ends_with("wrong.json are different\n"), "{text}");
    let right = write("right.json", native(0.5));
    let output = run(&["diff", &meant, &right, "--strict"]);
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn the_readme_shows_what_diff_prints() {
    let command = "paultrap diff fixtures/circuits/qis/bell.json fixtures/compare/circuits/bell_in_radians.json";
    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    let printed = String::from_utf8(run(&arguments).stdout).unwrap();
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    assert!(readme.contains(command) && readme.contains(&printed), "{printed}");
}

#[test]
fn diff_accepts_what_measures_the_same_unless_it_is_strict() {
    let seed = |number: usize| format!("fixtures/seed/circuit_{number:02}.json");
    let code =
        |a: &str, b: &str, strict: bool| run(&[&["diff", a, b][..], if strict { &["--strict"] } else { &[] }].concat()).status.code();
    let (bell, native) = ("fixtures/circuits/qis/bell.json", "fixtures/circuits/native/bell.json");
    assert_eq!([code(&seed(0), &seed(0), true), code(&seed(0), &seed(0), false)], [Some(0), Some(0)]);
    assert_eq!([code(&seed(0), &seed(1), true), code(&seed(0), &seed(1), false)], [Some(1), Some(0)]); // same-measurement
    assert_eq!([code(bell, native, true), code(bell, native, false)], [Some(1), Some(0)]); // same-outcome
    assert_eq!([code(bell, &seed(0), true), code(bell, &seed(0), false)], [Some(1), Some(1)]); // different
}

#[test]
fn diff_refuses_what_it_cannot_compare_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, body: Value| {
        let file = folder.path().join(name);
        std::fs::write(&file, body.to_string()).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let bell = "fixtures/circuits/qis/bell.json";
    let several = write("several.json", json!({"input": {"circuits": [{"circuit": []}, {"circuit": []}]}}));
    let wide = write("wide.json", (0..60).map(|qubit| json!({"gate": "t", "target": qubit})).collect());
    for (arguments, part) in [
        (["diff", bell, "nowhere.json"], "paultrap: nowhere.json: No such file"),
        (["diff", bell, &several], "several.json: there are 2 circuits in it, diff takes one of each file"),
        (["diff", "-", "-"], "standard input can be one of the two circuits, not both"),
        (["diff", &wide, bell], "wider circuits can be compared if all their gates are Clifford gates"),
        (["diff", "fixtures/circuits/invalid/zero_qubits.json", bell], "a circuit has 1..=64 qubits"),
    ] {
        let (code, text) = refused(&arguments);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(part), "{text:?} does not say {part:?}");
    }
    assert_eq!(run(&["diff", bell]).status.code(), Some(2));
}

/// `paultrap serve` on a free port, killed when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Server {
        let all = [&["serve", "--addr", "127.0.0.1:0"], arguments].concat();
        let mut child = paultrap(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).trim().to_owned();
        Server { child, url }
    }

    /// Returns once somebody has submitted a job.
    fn wait_for_a_job(&self) {
        let client = Client::new(Https::new(&self.url).unwrap()).key(ApiKey::new(CANARY));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        while runtime.block_on(client.jobs(Query::default())).unwrap().0.is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn run_works_against_serve_and_one_failure_is_exit_code_one() {
    let server = Server::start(&["--api-key", CANARY]);
    let wide = "fixtures/circuits/qis/bell.json";
    let rows = json_of(&["run", wide, "--url", &server.url, "--format", "json"]);
    assert_probabilities(&rows[0]["probabilities"], "qis/bell");
    let native = "fixtures/circuits/native/ms.json"; // a gate that Forte does not play
    let output = run(&["run", wide, native, "--backend", "qpu.forte-1", "--url", &server.url, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&json!("completed"), &json!("failed")));
    assert!(rows[1]["error"].as_str().unwrap().contains("UnsupportedGate"), "{rows}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("1 of 2 circuits failed"));
    let output = paultrap(&["run", wide, "--url", &server.url]).env("IONQ_API_KEY", "wrong").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "every circuit was refused");
    let output = paultrap(&["run", wide, "--url", &server.url]).env_remove("IONQ_API_KEY").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("set IONQ_API_KEY"));
}

#[test]
fn sigterm_drains_the_server_and_it_exits_with_zero() {
    let mut server = Server::start(&["--run-time", "300ms", "--api-key", CANARY]);
    // A job is under way when the signal comes, and its client still gets the result.
    let running = paultrap(&["run", "fixtures/circuits/qis/bell.json", "--url", &server.url, "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    server.wait_for_a_job();
    server.signal("-TERM");
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    let mut text = String::new();
    server.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(!text.contains(CANARY), "{text}");
}

#[test]
fn a_busy_port_is_one_line_and_exit_code_two() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let (code, text) = refused(&["serve", "--addr", &addr]);
    assert_eq!(code, 2);
    assert!(text.starts_with(&format!("paultrap: cannot listen on {addr}: ")), "{text}");
}

#[test]
fn ctrl_c_stops_a_batch_with_exit_code_130() {
    let server = Server::start(&["--queue-time", "1h"]);
    let arguments = ["run", "fixtures/circuits/qis/bell.json", "--url", &server.url];
    let mut child = paultrap(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    server.wait_for_a_job();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let signal = || assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    signal();
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert!(line.starts_with("paultrap: interrupted: nothing more is submitted, "), "{line}");
    signal();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut text = String::new();
    told.read_to_string(&mut text).unwrap();
    assert!(text.ends_with("paultrap: interrupted: 0 of 1 circuits were done\n"), "{text}");
}

#[test]
fn a_reader_that_leaves_early_ends_a_batch_early() {
    // A thousand seconds of circuits, one after another; the reader leaves after the first.
    let paths = ["fixtures/circuits/qis/bell.json"; 1000];
    let arguments = [&["run", "--sequential", "--run-time", "1s", "--format", "jsonl"], &paths[..]].concat();
    let mut child = paultrap(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with('{'));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child = paultrap(&["simulate", "fixtures/circuits/qis/asymmetric_3.json"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Compiles a file, and reads what came out as any other file is read.
fn compiled(arguments: &[&str]) -> (tempfile::NamedTempFile, Value) {
    let output = run(&[&["compile"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    file.write_all(&output.stdout).unwrap();
    (file, serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn compile_prints_a_native_circuit_that_goes_back_in_everywhere() {
    let seed = "fixtures/seed/circuit_00.json";
    for (target, entangler) in [("aria", "ms"), ("forte", "zz"), ("qpu.forte-enterprise-1", "zz")] {
        let (file, json) = compiled(&[seed, "--target", target, "--exact", "--check"]);
        assert_eq!((&json["gateset"], &json["qubits"]), (&json!("native"), &json!(4)));
        let gates: Vec<&str> = json["circuit"].as_array().unwrap().iter().map(|gate| gate["gate"].as_str().unwrap()).collect();
        assert_eq!(gates.iter().filter(|gate| **gate == entangler).count(), 3);
        assert!(gates.iter().all(|gate| [entangler, "gpi", "gpi2"].contains(gate)) && gates.len() < 24, "{gates:?}");
        let path = file.path().to_str().unwrap();
        assert_eq!(json_of(&["diff", seed, path, "--strict", "--format", "json"])["verdict"], "identical");
        assert_probabilities(&json_of(&["run", path, "--format", "json"])[0]["probabilities"], "seed/circuit_00");
        // The cloud warns of nothing in it, and neither does the compiler.
        assert!(run(&["compile", path]).stderr.is_empty());
    }
    let (_, json) = compiled(&["fixtures/circuits/qis/bell.json"]);
    insta::assert_json_snapshot!("compile_json", json, { ".circuit[].phase" => insta::rounded_redaction(9) });
}

#[test]
fn compile_shows_before_and_after_with_what_to_expect_of_the_device() {
    let output = run(&["compile", "fixtures/circuits/qasm3/fourier_4.qasm", "--target", "forte", "--format", "table", "--exact"]);
    insta::assert_snapshot!("compile_table", String::from_utf8(output.stdout).unwrap());
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("compiled in "));
    let output = run(&["compile", "fixtures/seed/circuit_00.json", "fixtures/seed/circuit_01.json"]);
    assert_eq!(output.status.code(), Some(2), "one file at a time");
}

#[test]
fn compile_warns_of_radians_and_several_circuits_become_json_lines() {
    let output = run(&["compile", "fixtures/team/circuits/seed_00_by_table_1.json"]);
    let warnings = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && warnings.contains("looks like radians (π)"), "{warnings}");
    let mut lines = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    for index in ["00", "01"] {
        let text = std::fs::read_to_string(format!("fixtures/seed/circuit_{index}.json")).unwrap();
        writeln!(lines, "{}", text.replace('\n', " ")).unwrap();
    }
    let output = run(&["compile", lines.path().to_str().unwrap()]);
    let names: Vec<Value> =
        output.stdout.lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap()["name"].take()).collect();
    assert_eq!(names, ["seed 00", "seed 01"]);
}

#[test]
fn compile_routes_for_a_device_file_with_few_couplings() {
    let line = |pairs: &str| {
        let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
        let text = std::fs::read_to_string("fixtures/devices/forte-1.toml").unwrap();
        file.write_all(text.replace("qubits = 36", &format!("qubits = 5\nconnectivity = {pairs}")).as_bytes()).unwrap();
        file
    };
    let device = line("[[0, 1], [1, 2], [2, 3], [3, 4]]");
    let (_, json) =
        compiled(&["fixtures/circuits/qasm3/fourier_4.qasm", "--target", device.path().to_str().unwrap(), "--exact", "--check"]);
    for gate in json["circuit"].as_array().unwrap().iter().filter(|gate| gate["gate"] == "zz") {
        let [a, b] = [0, 1].map(|place| gate["targets"][place].as_i64().unwrap());
        assert_eq!((a - b).abs(), 1, "{gate}");
    }
    let apart = line("[[0, 1], [2, 3], [3, 4]]");
    let (code, text) =
        refused(&["compile", "fixtures/circuits/qasm3/fourier_4.qasm", "--exact", "--target", apart.path().to_str().unwrap()]);
    assert!(code == 2 && text.contains("no path of couplings"), "{text}");
    let wrong = line("[[0, 5]]");
    let output = run(&["compile", "fixtures/circuits/qis/bell.json", "--target", wrong.path().to_str().unwrap()]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("connectivity[0] is [0, 5], two different qubits in 0..=4 are needed"), "{text}");
    let output = run(&["compile", "fixtures/circuits/qis/bell.json", "--target", "arya"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && text.contains("'arya'") && text.contains("allowed are aria, forte, "), "{text}");
}
