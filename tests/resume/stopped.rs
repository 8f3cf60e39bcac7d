//! What ends a batch from outside: a full disk, a key that is no longer taken.

use super::Bench;
use serde_json::Value;
use std::process::Command;

/// Runs a batch whose files cannot be longer than so many blocks of the shell's; its results go through a pipe.
fn cramped(bench: &Bench, blocks: u32, more: &[&str]) -> super::Ended {
    let words: Vec<String> = bench.arguments("circuits.jsonl", more).iter().map(|word| format!("'{word}'")).collect();
    let script =
        format!("(ulimit -f {blocks}; '{}' {}; echo \"exit $?\" >&2) 2>&1 >&3 | cat >&2", env!("CARGO_BIN_EXE_paultrap"), words.join(" "));
    let script = format!("{{ {script}; }} 3>&1 | cat");
    bench.end(bench.spawn(Command::new("sh").args(["-c", &script])))
}

#[test]
fn without_room_for_the_journal_nothing_more_is_submitted_and_with_room_the_rest_is_done() {
    for blocks in [4, 9, 17] {
        let bench = Bench::new(60, "", &[]);
        // One after another, so that each record is written for itself.
        let ended = cramped(&bench, blocks, &["--sequential"]);
        assert!(ended.err.contains("no room for journal") && ended.err.ends_with("exit 1\n"), "{}", ended.err);
        assert!(ended.err.contains("60 circuits failed") && ended.err.contains("paultrap: resume with: "), "{}", ended.err);
        let (jobs, intents) = (bench.jobs().len(), bench.records("intent"));
        assert!(jobs == intents && (1..60).contains(&jobs), "{jobs} jobs, {intents} intents on record");
        let done = bench.run(&[]);
        bench.assert_all_once(&done);
    }
    // In parallel a record may be whole that was refused together with one that is not.
    let bench = Bench::new(60, "", &["--workers", "8"]);
    let ended = cramped(&bench, 12, &[]);
    assert!(ended.err.contains("no room for journal"), "{}", ended.err);
    assert!(bench.jobs().len() <= bench.records("intent"));
    let done = bench.run(&[]);
    bench.assert_all_once(&done);
}

#[test]
fn results_that_are_there_are_printed_though_the_disk_is_full() {
    let bench = Bench::new(60, "", &["--sequential"]);
    let ended = cramped(&bench, 9, &[]);
    let rows: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
    let completed = rows.iter().filter(|row| row["status"] == "completed").count();
    assert!(completed >= bench.records("finished") && completed > 0, "{completed}");
    assert!(rows.iter().all(|row| row["status"] == "completed" || row["error"].as_str().unwrap().contains("no room for journal")));
}

#[test]
fn a_key_that_is_no_longer_taken_stops_the_batch_and_with_one_that_is_the_rest_is_done() {
    let refusing = "[[fault]]\non = \"create_job\"\nnth = [21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33]\ndo = { status = 401 }";
    let bench = Bench::new(60, refusing, &["--workers", "4"]);
    let ended = bench.run(&[]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let rows: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
    let told = rows.iter().filter(|row| row["error"].as_str().is_some_and(|error| error.contains("status 401"))).count();
    let completed = rows.iter().filter(|row| row["status"] == "completed").count();
    assert_eq!(told + completed, 60, "every circuit without a result says why");
    assert!(ended.err.contains("paultrap: stopped: the batch was stopped: create_job was refused with status 401"), "{}", ended.err);
    assert!(bench.jobs().len() <= 20 && bench.records("intent") <= 24);
    bench.repair();
    let done = bench.run(&[]);
    bench.assert_all_once(&done);
}
