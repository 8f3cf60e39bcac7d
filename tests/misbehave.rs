//! `--scenario` of the real binary.
#![allow(clippy::unwrap_used)] // a test may panic

use serde_json::Value;
use std::process::{Command, Output, Stdio};

const BELL: &str = "fixtures/circuits/qis/bell.json";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paultrap"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).stdin(Stdio::null()).env("RUST_BACKTRACE", "0");
    command.output().unwrap()
}

/// The exit code, the rows and what is on standard error.
fn rows(scenario: &str) -> (i32, Value, String) {
    let output = run(&["run", BELL, "--scenario", scenario, "--format", "json"]);
    let rows = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code().unwrap(), rows, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_batch_runs_under_a_built_in_scenario_which_is_announced() {
    let (code, rows, told) = rows("A-07");
    let error = rows[0]["error"].as_str().unwrap();
    assert!(code == 1 && error.contains("outcome 1") && error.contains("-1e-1") && error.contains("job 0"), "{error}");
    assert!(told.starts_with("paultrap: scenario A-07: "), "{told}");
    let (code, rows, _) = self::rows("A-01");
    assert_eq!((code, &rows[0]["status"]), (0, &Value::from("completed")));
}

#[test]
fn a_batch_runs_under_a_scenario_of_ones_own() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let text = "description = \"none \\u001b[31mcome\"\n[[fault]]\non = \"create_job\"\ndo = { status = 503 }";
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    let (code, rows, told) = rows(file.path().to_str().unwrap());
    assert!(code == 1 && rows[0]["error"].as_str().unwrap().starts_with("create_job was refused with status 503"), "{rows}");
    assert!(told.starts_with("paultrap: scenario: none ") && !told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn a_scenario_that_is_none_is_bad_usage_and_says_what_there_is() {
    for command in [&["run", BELL][..], &["serve", "--addr", "127.0.0.1:0"]] {
        for (given, part) in [
            ("Z-99", "no built-in scenario is named \"Z-99\", there are A-01, "),
            ("Cargo.toml", "unknown field `bench`, expected one of `description`, "),
        ] {
            let output = run(&[command, &["--scenario", given]].concat());
            let text = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.code() == Some(2) && output.stdout.is_empty() && text.contains(part), "{given}: {text}");
        }
    }
    let both = run(&["run", BELL, "--scenario", "A-01", "--url", "http://127.0.0.1:1"]);
    assert_eq!(both.status.code(), Some(2), "a scenario is for the cloud in this process");
}
