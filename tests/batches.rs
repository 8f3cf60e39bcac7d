//! What `paultrap run` says and refuses besides running circuits: pictures, prices, comparisons, jobs that were made twice.
#![allow(clippy::unwrap_used)] // a test may panic

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const BELL: &str = "fixtures/circuits/qis/bell.json";
const SEEDS: [&str; 4] =
    ["fixtures/seed/circuit_00.json", "fixtures/seed/circuit_01.json", "fixtures/seed/circuit_02.json", "fixtures/seed/circuit_03.json"];

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paultrap"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("run").args(arguments).stdin(Stdio::null()).env("RUST_BACKTRACE", "0");
    command.output().unwrap()
}

#[track_caller]
fn done(arguments: &[&str]) -> (Value, String) {
    let output = run(&[arguments, &["--format", "json"]].concat());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    (serde_json::from_slice(&output.stdout).unwrap(), told)
}

/// Exit code and standard error of a run that printed no data.
#[track_caller]
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(arguments);
    assert!(output.stdout.is_empty(), "{arguments:?} printed data");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn scenario(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("description = \"a test\"\n{text}")).unwrap();
    file
}

#[test]
fn the_timeline_is_a_picture_a_page_or_a_trace_by_the_ending_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let draw = |name: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, "what was there before, longer than nothing ".repeat(5000)).unwrap();
        done(&[&SEEDS[..], &["--run-time", "20ms", "--timeline", text(&file)]].concat());
        std::fs::read_to_string(file).unwrap()
    };
    let picture = draw("a.svg");
    assert!(roxmltree::Document::parse(&picture).unwrap().root_element().has_tag_name("svg"));
    assert!(draw("a.html").to_lowercase().starts_with("<!doctype html"));
    let trace: Value = serde_json::from_str(&draw("a.json")).unwrap();
    let named = |name: &str| trace["traceEvents"].as_array().unwrap().iter().any(|event| event["name"].as_str().unwrap().contains(name));
    assert!(named("seed 00") && named("seed 03") && named("run"));
}

#[test]
fn a_timeline_that_cannot_be_drawn_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let hour = ["--run-time", "1h"];
    for (name, part) in [("a.png", ".svg is a picture"), ("nowhere/a.svg", "No such file"), ("none", ".svg is a picture")] {
        let file = folder.path().join(name);
        let (code, told) = refused(&[&[BELL, "--timeline", text(&file)], &hour[..]].concat());
        assert_eq!(code, Some(2));
        assert!(told.contains(part), "{told}");
    }
    // A file that was begun for nothing is removed.
    let (picture, journal) = (folder.path().join("a.svg"), folder.path().join("a.svg.journal"));
    let (code, _) = refused(&[BELL, "--timeline", text(&picture), "--backend", "qpu.aria-1", "--budget", "0"]);
    assert_eq!((code, picture.exists()), (Some(2), false));
    std::fs::write(&journal, "no journal").unwrap();
    let (code, _) = refused(&[BELL, "--timeline", text(&picture), "--journal", text(&journal)]);
    assert_eq!((code, picture.exists()), (Some(2), false));
}

#[test]
fn a_batch_beyond_its_budget_is_not_begun_and_the_estimate_is_told() {
    let paid = ["--backend", "qpu.aria-1", "--shots", "1000", "--budget"];
    let (code, told) = refused(&[&[BELL], &paid[..], &["1"]].concat());
    assert_eq!(code, Some(2));
    assert!(told.starts_with("paultrap: nothing was submitted: the estimate is ") && told.ends_with(" usd, the budget 1\n"), "{told}");
    let (rows, told) = done(&[&[BELL], &paid[..], &["100000"]].concat());
    assert_eq!(rows[0]["status"], "completed");
    assert!(told.starts_with("paultrap: the estimate is ") && told.contains(" usd, the budget 100000\n"), "{told}");
    let (_, told) = done(&[BELL, "--budget", "0"]);
    assert!(told.contains("the estimate is 0.00 "), "simulators are free: {told}");
    for wrong in ["-1", "NaN", "much"] {
        let (code, told) = refused(&[BELL, &format!("--budget={wrong}")]);
        assert!(code == Some(2) && told.contains("a number ≥ 0 is needed"), "{told}");
    }
}

#[test]
fn pack_alone_is_one_job_and_with_workers_no_more_than_those() {
    let jobs = |flags: &[&str]| {
        let (rows, told) = done(&[&SEEDS[..], flags].concat());
        let mut jobs: Vec<String> = rows.as_array().unwrap().iter().map(|row| row["job_id"].to_string()).collect();
        jobs.dedup();
        (jobs.len(), told)
    };
    let (one, told) = jobs(&["--pack", "20", "--run-time", "30ms"]);
    assert_eq!(one, 1);
    assert!(told.starts_with("4 circuits, 20 workers: ") && told.contains(" peak 4 in flight"), "{told}");
    assert_eq!(jobs(&["--pack", "4", "--workers", "2"]).0, 2);
    assert_eq!(jobs(&["--pack", "4", "--sequential"]).0, 4);
}

#[test]
fn compiled_circuits_are_what_the_device_plays_and_have_the_same_results() {
    let forte = ["--backend", "qpu.forte-1", "--shots", "10000"];
    let output = run(&[&["fixtures/circuits/native/bell.json"], &forte[..]].concat());
    assert_eq!(output.status.code(), Some(2), "forte does not play ms");
    for flag in ["--compile", "--compile=forte", "--compile=qpu.forte-1"] {
        let (rows, _) = done(&[&["fixtures/circuits/native/bell.json", flag], &forte[..]].concat());
        // A Bell pair, but for the noise of the device.
        let [both, odd] =
            [["0", "3"], ["1", "2"]].map(|keys| keys.map(|key| rows[0]["counts"][key].as_f64().unwrap_or(0.0)).iter().sum::<f64>());
        assert!(both > 9_000.0 && odd < 1_000.0, "{rows}");
        let (plain, _) = done(&[BELL, "--seed", "4"]);
        let (native, _) = done(&[BELL, "--seed", "4", flag]);
        for outcome in ["0", "3"] {
            let p = |rows: &Value| rows[0]["probabilities"][outcome].as_f64().unwrap();
            approx::assert_abs_diff_eq!(p(&plain), p(&native), epsilon = 1e-12);
        }
    }
    let narrow = refused(&[BELL, "--compile=arya"]);
    assert!(narrow.0 == Some(2) && narrow.1.contains("allowed are aria, forte, "), "{}", narrow.1);
}

#[test]
fn compare_measures_in_a_row_in_parallel_and_packed_in_virtual_time() {
    let seeds: Vec<String> = (0..20).map(|k| format!("fixtures/seed/circuit_{k:02}.json")).collect();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let flags = ["--compare", "--queue-time", "1s", "--run-time", "2s"];
    let (compared, told) = done(&[&seeds[..], &flags].concat());
    assert_eq!(told, "");
    assert_eq!((&compared["virtual_time"], &compared["same_results"], &compared["circuits"]), (&json!(true), &json!(true), &json!(20)));
    let runs = compared["runs"].as_array().unwrap();
    let expected = [("one after another", 60.0, 1, 20), ("10 workers", 6.0, 10, 20), ("packed into one job", 3.0, 20, 1)];
    assert_eq!(runs.len(), expected.len());
    for (run, (name, seconds, peak, jobs)) in runs.iter().zip(expected) {
        assert_eq!((&run["name"], &run["peak_in_flight"], &run["jobs"]), (&json!(name), &json!(peak), &json!(jobs)));
        approx::assert_relative_eq!(run["seconds"].as_f64().unwrap(), seconds, max_relative = 0.01);
        approx::assert_relative_eq!(run["speed_up"].as_f64().unwrap(), 60.0 / seconds, max_relative = 0.01);
        assert!(run["requests"].as_u64().unwrap() >= 2 * jobs as u64 && run["failed"] == 0);
    }
    let days = [&seeds[..], &["--compare", "--queue-time", "2h", "--workers", "5"]].concat();
    let table = String::from_utf8(run(&days).stdout).unwrap();
    let words: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["wall", "peak", "in", "flight", "jobs", "requests", "speed-up"]);
    assert!(
        table.contains("\n5 workers ") && table.contains("three runs in virtual time") && table.contains("the same numbers"),
        "{table}"
    );
    for flag in [&["--url", "http://127.0.0.1:1"][..], &["--journal", "j"], &["--timeline", "t.svg"], &["--sequential"], &["--pack", "2"]] {
        assert_eq!(refused(&[&[BELL, "--compare"], flag].concat()).0, Some(2), "{flag:?}");
    }
}

#[test]
fn circuits_that_differ_from_way_to_way_or_fail_are_told_by_compare() {
    let failing = scenario("[[fault]]\non = \"create_job\"\nnth = [2]\ndo = { fail = \"QuotaExhaustedError\" }");
    let output = run(&[&SEEDS[..], &["--compare", "--format", "json", "--scenario", text(failing.path())]].concat());
    let compared: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Packed there is no second job.
    assert_eq!((output.status.code(), &compared["same_results"]), (Some(1), &json!(false)));
    assert_eq!((&compared["runs"][0]["failed"], &compared["runs"][2]["failed"]), (&json!(1), &json!(0)));
}

#[test]
fn a_job_that_was_made_twice_is_a_warning_and_exit_code_one() {
    // The answer is lost, and the list does not show the job until it was looked for twice.
    let blind = "[[fault]]\non = \"create_job\"\nnth = [1]\ndo = \"drop_after\"\n\
                 [[fault]]\non = \"get_jobs\"\nnth = [1, 2]\ndo = { body = '{\"jobs\":[]}' }";
    let kept = "--run-time=3s"; // so that the list is not asked for anything else before
    let output = run(&[BELL, kept, "--format", "json", "--scenario", text(scenario(blind).path())]);
    let (told, rows) = (String::from_utf8(output.stderr).unwrap(), serde_json::from_slice::<Value>(&output.stdout).unwrap());
    assert_eq!((output.status.code(), &rows[0]["status"]), (Some(1), &json!("completed")), "{told}");
    let job = rows[0]["job_id"].as_str().unwrap();
    let warning =
        told.lines().find_map(|line| line.strip_prefix("paultrap: warning: circuit 0 (bell) has more jobs than one, key ")).unwrap();
    assert!(warning.contains(&format!("kept {job}, besides ")) && warning.len() > 36 + job.len() + 36, "{told}");
    assert!(told.contains(", 1 answer lost (0 jobs adopted)"), "{told}");
    assert!(told.ends_with("paultrap: there are more jobs than circuits called for\n"), "{told}");
}

#[test]
fn a_strict_run_leaves_what_is_not_found_and_an_effective_one_sends_it_again() {
    let lost = scenario("[[fault]]\non = \"create_job\"\nnth = [1]\ndo = \"drop_before\"");
    let output = run(&[BELL, "--mode", "strict", "--format", "json", "--scenario", text(lost.path())]);
    let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &rows[0]["status"]), (Some(1), &json!("unresolved")));
    assert!(rows[0]["error"].as_str().unwrap().starts_with("nobody knows whether there is a job with the metadata key paultrap.key="));
    let (rows, told) = done(&[BELL, "--mode", "effective", "--scenario", text(lost.path())]);
    assert_eq!(rows[0]["status"], "completed");
    assert!(told.contains(", 1 answer lost (0 jobs adopted)"), "{told}");
}

#[test]
fn a_status_says_how_a_circuit_ended() {
    let status = |scenario_text: &str, flags: &[&str]| {
        let file = scenario(scenario_text);
        let output = run(&[&[BELL, "--format", "jsonl", "--scenario", text(file.path())], flags].concat());
        let row: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1));
        row["status"].as_str().unwrap().to_owned()
    };
    let on_create = |act: &str| format!("[[fault]]\non = \"create_job\"\ndo = {act}");
    assert_eq!(status(&on_create("{ fail = \"QuotaExhaustedError\" }"), &[]), "failed");
    assert_eq!(status(&on_create("\"cancel\""), &[]), "canceled");
    assert_eq!(status(&on_create("{ status = 400 }"), &[]), "rejected");
    assert_eq!(status(&on_create("{ status = 401 }"), &[]), "unsent");
    assert_eq!(status(&on_create("\"stuck\""), &["--deadline", "100ms"]), "running");
    assert_eq!(status("[[fault]]\non = \"get_job_probabilities\"\ndo = \"nan\"", &[]), "unreadable");
}

#[test]
fn a_journal_of_the_cloud_in_this_process_keeps_results_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, timeline) = (folder.path().join("j"), folder.path().join("t.json"));
    let flags = ["--journal", text(&journal), "--backend", "qpu.aria-1", "--seed", "5"];
    let (first, told) = done(&[&SEEDS[..], &flags].concat());
    assert!(!told.contains("journal"), "{told}");
    let (again, told) = done(&[&SEEDS[..], &flags, &["--timeline", text(&timeline)]].concat());
    assert_eq!(first, again);
    let begins = format!("paultrap: journal {}: 4 of 4 circuits are over, 0 were begun\n4 circuits, 10 workers: ", text(&journal));
    assert!(told.starts_with(&begins) && told.ends_with(" wall, peak 0 in flight, 0.0 on average, 4 from the journal\n"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn json_lines_are_not_kept_in_memory_once_they_are_written() {
    use std::io::{BufRead, BufReader, Write};
    // 2^15 outcomes of 16 bytes: a result is 512 KiB, and its JSON twice that.
    let mut file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    let gates: Vec<Value> = (0..15).map(|qubit| json!({"gate": "ry", "target": qubit, "rotation": 0.3 + f64::from(qubit)})).collect();
    (0..100).for_each(|_| writeln!(file, "{}", json!({"qubits": 15, "circuit": gates})).unwrap());
    let mut child = Command::new(env!("CARGO_BIN_EXE_paultrap"))
        .args(["run", text(file.path()), "--workers", "2", "--format", "jsonl", "--queue-time", "1ms"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut lines, mut peak) = (0, 0);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        assert!(line.unwrap().contains("\"status\":\"completed\""));
        lines += 1;
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        // Without the program's own file, of which a debug build has 27 MiB in memory.
        let taken = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak = taken.unwrap_or(0).max(peak);
    }
    assert!(child.wait().unwrap().success());
    // Kept, they would be 50 MiB more.
    assert!(lines == 100 && peak > 0 && peak < 45 << 10, "{lines} results of 512 KiB took {peak} KiB at the most");
}

#[test]
fn a_picture_is_not_drawn_over_what_the_run_needs_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (own, journal) = (folder.path().join("own.json"), folder.path().join("journal.json"));
    let circuit = std::fs::read(BELL).unwrap();
    std::fs::write(&own, &circuit).unwrap();
    let around = folder.path().join(".").join("own.json");
    for arguments in [&[text(&own), "--timeline", text(&around)][..], &[BELL, "--journal", text(&journal), "--timeline", text(&journal)]] {
        let (code, told) = refused(arguments);
        assert!(code == Some(2) && told.contains("this run needs that file itself"), "{told}");
    }
    assert!(std::fs::read(&own).unwrap() == circuit && !journal.exists());
}

#[test]
fn a_comparison_of_failures_compares_nothing() {
    let output = run(&[BELL, "--compare", "--run-time", "3s", "--deadline", "1s"]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && table.contains("1 circuit, three runs") && table.contains("1 of them failed"), "{table}");
    assert!(!table.contains("the same numbers"), "{table}");
}

#[test]
fn where_nobody_listens_the_batch_ends_after_a_few_attempts_and_nothing_is_in_doubt() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_paultrap"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("IONQ_API_KEY", "k").stdin(Stdio::null());
    let arguments = ["--url", &format!("http://{closed}"), "--backend", "qpu.aria-1", "--workers", "2", "--format", "json"];
    let output = command.arg("run").args(SEEDS).args(arguments).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && told.contains("paultrap: stopped: ") && told.contains("no connection"), "{told}");
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(rows.len() == 4 && rows.iter().all(|row| row["status"] == "unsent"), "{rows:?}");
}

#[test]
fn a_reader_of_standard_error_who_leaves_costs_no_result() {
    let mut command = Command::new("sh");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("PAULTRAP", env!("CARGO_BIN_EXE_paultrap"));
    let output = command.args(["-c", &format!("\"$PAULTRAP\" run {BELL} --scenario flaky --format json 2>&-")]).output().unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success() && rows[0]["status"] == "completed", "{rows:?}");
}
