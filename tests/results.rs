//! `paultrap check` and `paultrap compare`: what they print and how they exit.
#![allow(clippy::unwrap_used)] // a test may panic

use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// Exit code, data, and the rest.
fn paultrap(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paultrap"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).env("RUST_BACKTRACE", "0");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()); // it may not want it
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn check(input: &str, more: &[&str]) -> (i32, Value) {
    let (code, out, _) = paultrap(&[&["check", "-", "--format", "json"], more].concat(), input);
    (code, serde_json::from_str(&out).unwrap())
}

fn kinds(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["kind"].as_str().unwrap()).collect()
}

/// A file that lives as long as the test.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

#[test]
fn a_short_sum_is_diagnosed_in_plain_words() {
    let (code, out, rest) = paultrap(&["check", "-"], r#"{"0":0.5,"3":0.49999}"#);
    assert_eq!((code, rest.as_str()), (0, ""));
    insta::assert_snapshot!("short_sum", out);
    let (code, out, rest) = paultrap(&["check", "-", "--policy", "strict"], r#"{"0":0.5,"3":0.49999}"#);
    assert_eq!((code, rest.as_str()), (1, "paultrap: - is no distribution\n"));
    insta::assert_snapshot!("short_sum_strict", out);
}

#[test]
fn json_has_the_sum_the_error_every_finding_and_the_normalized_distribution() {
    let (code, report) = check(r#"{"0":0.25,"1":-1e-17,"3":0.7499999}"#, &["--qubits", "2"]);
    assert_eq!((code, &report["sound"], &report["qubits"]), (0, &json!(true), &json!(2)));
    assert!((report["sum"].as_f64().unwrap() - 0.9999999).abs() < 1e-15 && (report["error"].as_f64().unwrap() + 1e-7).abs() < 1e-15);
    let tiny = &report["findings"][0];
    assert_eq!(
        (&tiny["kind"], &tiny["severity"], &tiny["key"], &tiny["at"]),
        (&json!("tiny_negative"), &json!("warning"), &json!("1"), &json!(10))
    );
    assert_eq!(report["normalized"].as_object().unwrap().keys().collect::<Vec<_>>(), ["0", "3"]);
    let sum: f64 = report["normalized"].as_object().unwrap().values().map(|p| p.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-15);
    let verdicts: Vec<&str> = report["sdks"].as_array().unwrap().iter().map(|sdk| sdk["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["refuses"; 4], "a negative number is refused by all of them");
    insta::assert_json_snapshot!("report", report, { ".error" => "[error]", ".sum" => "[sum]", ".normalized" => "[normalized]" });
}

#[test]
fn what_no_reader_of_json_takes_is_told_by_key_and_byte() {
    for (input, found) in [
        (r#"{"0":NaN,"3":0.5}"#, vec!["non_finite"]),
        (r#"{"0":0.5,"0":0.25,"3":0.5}"#, vec!["duplicate_key", "sum", "decimals"]),
        ("<html><body>502</body></html>", vec!["not_json"]),
        ("null", vec!["null"]),
        ("{}", vec!["empty"]),
        (r#"{"0":512,"3":512}"#, vec!["counts", "integer"]),
    ] {
        let (code, report) = check(input, &["--qubits", "2"]);
        assert_eq!((code, kinds(&report), &report["normalized"]), (1, found, &Value::Null), "{input}");
    }
    let (_, report) = check(r#"{"0":0.5,"7":0.5}"#, &["--qubits", "2"]);
    assert_eq!((kinds(&report), &report["findings"][0]["at"]), (vec!["key_out_of_range"], &json!(9)));
    assert_eq!(check(r#"{"0":0.5,"7":0.5}"#, &[]).1["qubits"], 3, "as many qubits as the keys need");
    assert_eq!(check(r#"{"01":0.5,"10":0.5}"#, &["--keys", "bits"]).1["normalized"], json!({"1": 0.5, "2": 0.5}));
}

#[test]
fn of_many_findings_of_a_kind_the_first_are_listed_and_the_others_counted() {
    let entries: Vec<String> = (0..3000).map(|outcome| format!("\"{}\":1.0", outcome + 8)).collect();
    let body = format!("{{{}}}", entries.join(","));
    let (code, report) = check(&body, &["--qubits", "3"]);
    assert_eq!(code, 1);
    assert_eq!(kinds(&report).iter().filter(|kind| **kind == "key_out_of_range").count(), 1000);
    assert_eq!(report["more"], json!({"key_out_of_range": 2000}));
    let (_, text, _) = paultrap(&["check", "-", "--qubits", "3"], &body);
    assert_eq!(text.matches("does not fit 3 qubits").count(), 20);
    assert_eq!(text.matches("error     and 2,980 more like it\n").count(), 1, "{text}");
}

#[test]
fn results_of_several_circuits_are_checked_one_by_one() {
    let (code, reports) = check(r#"{"b":{"0":1.0},"a":{"0":0.5}}"#, &[]);
    let told: Vec<_> =
        reports.as_array().unwrap().iter().map(|report| (report["name"].as_str().unwrap(), report["sound"].as_bool().unwrap())).collect();
    assert_eq!((code, told), (1, vec![("b", true), ("a", false)]));
    let (_, run, _) = paultrap(&["run", "fixtures/seed/circuit_00.json", "fixtures/circuits/qis/bell.json", "--format", "json"], "");
    let (code, reports) = check(&run, &[]);
    assert_eq!((code, reports.as_array().unwrap().len()), (0, 2), "{run}");
    let (_, simulated, _) = paultrap(&["simulate", "fixtures/circuits/qis/bell.json", "--format", "json"], "");
    let (code, report) = check(&simulated, &[]);
    assert_eq!((code, &report["qubits"]), (0, &json!(2)), "{simulated}");
    assert!((report["normalized"]["3"].as_f64().unwrap() - 0.5).abs() < 1e-12);
}

#[test]
fn a_noisy_run_is_equal_to_another_seed_and_to_its_golden_file_and_a_wrong_circuit_is_not() {
    let run = |circuit: &str, seed: &str| {
        let circuit = format!("fixtures/circuits/qis/{circuit}.json");
        let arguments = ["run", &circuit, "--backend", "qpu.aria-1", "--shots", "2000", "--seed", seed, "--format", "json"];
        file(&paultrap(&arguments, "").1)
    };
    let golden = run("bell", "1");
    let again = paultrap(&["compare", path(&golden), path(&run("bell", "1"))], "");
    assert_eq!((again.0, again.1.contains("equal: total variation 0.000e0, "), again.2.as_str()), (0, true, ""), "{again:?}");
    for seed in ["2", "3", "4", "5"] {
        let (code, out, _) = paultrap(&["compare", path(&golden), path(&run("bell", seed)), "--format", "json"], "");
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, &report["equal"], &report["shots"]), (0, &json!(true), &json!([2000, 2000])), "{out}");
        assert!(report["chi_squared"]["p_value"].as_f64().unwrap() > 1e-6);
    }
    let ideal = file(&paultrap(&["simulate", "fixtures/circuits/qis/bell.json", "--format", "json"], "").1);
    let exact = file(r#"{"0":0.5,"3":0.5}"#);
    assert_eq!(paultrap(&["compare", path(&ideal), path(&exact)], "").0, 0);
    let flat = file(r#"{"0":0.25,"1":0.25,"2":0.25,"3":0.25}"#);
    let (code, out, rest) = paultrap(&["compare", path(&exact), path(&flat)], "");
    assert_eq!((code, rest.contains("are not equal")), (1, true));
    insta::assert_snapshot!("different", out);
    assert_eq!(paultrap(&["compare", path(&golden), path(&flat)], "").0, 1);
    assert_eq!(paultrap(&["compare", path(&exact), path(&flat), "--tolerance", "0.5"], "").0, 0);
    let drawn = file(r#"{"0":0.52,"3":0.48}"#);
    assert_eq!(paultrap(&["compare", path(&exact), path(&drawn)], "").0, 1, "exact numbers are not that far off");
    assert_eq!(paultrap(&["compare", path(&exact), path(&drawn), "--shots", "1000"], "").0, 0, "a thousand shots are");
}

#[test]
fn counts_beside_probabilities_are_no_trouble_and_results_are_paired_by_name() {
    let bell = "fixtures/circuits/qis/bell.json";
    let (_, run, _) = paultrap(&["run", bell, "--backend", "qpu.aria-1", "--shots", "500", "--format", "json"], "");
    let (code, report) = check(&run, &[]);
    assert_eq!((code, &report["sound"], &report["name"]), (0, &json!(true), &json!("bell")), "{run}");
    let both = r#"{"probabilities":{"0":0.5,"3":0.5},"histogram":{"0":50,"3":50}}"#;
    assert_eq!(check(both, &[]).0, 0);
    assert_eq!(check(r#"{"probabilities":{"0":0.5,"3":0.5},"histogram":{"0":50,"3":50},"1":1.0}"#, &[]).0, 1, "something else beside them");
    let (ab, ba) = (file(r#"{"a":{"0":40,"1":60},"b":{"1":100}}"#), file(r#"{"b":{"1":100},"a":{"0":40,"1":60}}"#));
    assert_eq!(paultrap(&["compare", path(&ab), path(&ba)], "").0, 0, "paired by name");
    let ac = file(r#"{"a":{"0":40,"1":60},"c":{"1":100}}"#);
    let (code, _, rest) = paultrap(&["compare", path(&ab), path(&ac)], "");
    assert!(code == 2 && rest.contains("has a result called \"b\""), "{code} {rest}");
    let double = file(r#"{"0":40,"0":60}"#);
    let (code, _, rest) = paultrap(&["compare", path(&double), path(&double)], "");
    assert!(code == 2 && rest.contains("outcome 0 is there twice"), "{code} {rest}");
}

#[test]
fn a_run_tells_what_was_divided_away() {
    let bell = "fixtures/circuits/qis/bell.json";
    let rows = |scenario: &[&str], format: &str| paultrap(&[&["run", bell, "--format", format], scenario].concat(), "").1;
    let honest: Value = serde_json::from_str(&rows(&[], "json")).unwrap();
    assert!(honest[0].get("findings").is_none() && honest[0].get("sum").is_none(), "{honest}");
    assert!(!rows(&[], "table").contains('*'));
    for format in ["json", "jsonl"] {
        let short: Value = serde_json::from_str(&rows(&["--scenario", "A-03"], format)).unwrap();
        let row = if format == "json" { &short[0] } else { &short };
        assert!(kinds(row).contains(&"sum") && row["sum"].as_f64().unwrap() != 1.0, "{row}");
    }
    let table = rows(&["--scenario", "A-03"], "table");
    assert!(table.contains(" *\n* circuit 0: the sum is "), "{table}");
}

#[test]
fn what_cannot_be_compared_is_bad_input_in_one_line() {
    let (one, two, none) = (file(r#"{"0":1.0}"#), file(r#"{"a":{"0":1.0},"b":{"0":1.0}}"#), file("{}"));
    for (a, b, part) in [
        (path(&one), path(&two), "has 1 results"),
        (path(&one), path(&none), "there is no outcome at all"),
        ("-", "-", "not both"),
        ("/nowhere", path(&one), "/nowhere: "),
    ] {
        let (code, out, rest) = paultrap(&["compare", a, b], "");
        assert_eq!((code, out.as_str(), rest.lines().count()), (2, "", 1), "{rest}");
        assert!(rest.contains(part), "{rest}");
    }
}
