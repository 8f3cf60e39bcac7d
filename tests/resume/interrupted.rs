//! Ctrl-C and SIGTERM, once and twice.

use super::{Bench, Chance, signal};
use paultrap::cloud::Cloud;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn interrupted_at_twenty_points_a_run_exits_with_130_and_a_resumed_one_does_the_rest() {
    let (mut chance, mut interrupted) = (Chance::seeded(10), 0);
    let bench = Bench::new(400, "", &["--workers", "6"]);
    for point in 0..20 {
        let before = bench.journal_length();
        let mut child = bench.start(&[]);
        bench.wait_for_growth(&mut child, before.max(1), 1 + chance.below(14_000));
        signal(&child, ["-INT", "-TERM"][point % 2]);
        let ended = bench.end(child);
        if ended.code == Some(0) {
            break; // all of them were in flight or done
        }
        interrupted += 1;
        assert_eq!(ended.code, Some(130), "{}", ended.err);
        let rows: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
        let done = rows.iter().filter(|row| row["status"] == "completed").count();
        assert!(rows.iter().all(|row| row["status"] == "completed" || row["status"] == "unsent"), "gently: {}", ended.err);
        assert!(ended.err.contains("paultrap: interrupted: nothing more is submitted"), "{}", ended.err);
        assert!(ended.err.ends_with(&format!("paultrap: interrupted: {done} of 400 circuits were done\n")), "{}", ended.err);
        let submitted = bench.records("intent") - bench.records("void");
        assert_eq!((submitted, bench.records("finished")), (done, done), "what was in flight came to its end");
    }
    assert!(interrupted >= 15, "{interrupted}");
    let done = bench.run(&[]);
    bench.assert_all_once(&done);
}

#[test]
fn interrupted_twice_a_run_leaves_at_once_with_what_it_has_and_the_command_that_resumes_it() {
    let slow = Cloud::builder().queue_time(Duration::from_secs(3600));
    let bench = Bench::on(slow, 3, "", &["--workers", "2"]);
    let mut child = bench.start(&["--timeline", &bench.path("it's.svg").display().to_string()]);
    while bench.records("accepted") < 2 {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "-INT");
    while !bench.text("err").contains("once more leaves at once") {
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "-INT");
    let ended = bench.end(child);
    assert_eq!(ended.code, Some(130));
    let rows: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
    let statuses: Vec<&Value> = rows.iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, [&json!("running"), &json!("running"), &json!("unsent")]);
    assert!(bench.text("it's.svg").starts_with("<svg"));
    // The command is one that a shell reads.
    let command = ended.err.lines().find_map(|line| line.strip_prefix("paultrap: resume with: ")).unwrap();
    assert!(command.contains(r"it'\''s.svg'"), "{command}");
    let child = bench.spawn(std::process::Command::new("sh").args(["-c", &format!("exec {command} --deadline 200ms")]));
    let resumed = bench.end(child);
    assert_eq!(resumed.code, Some(1), "the jobs are still in the queue: {}", resumed.err);
    assert!(resumed.err.contains("0 of 3 circuits are over, 2 were begun"), "{}", resumed.err);
    bench.assert_one_job_each();
}

#[test]
fn a_run_that_looks_for_jobs_made_twice_is_left_at_once_too_and_says_that_it_did_not_look() {
    let lost =
        "[[fault]]\non = \"create_job\"\nnth = [1]\ndo = \"drop_after\"\n[[fault]]\non = \"get_jobs\"\nnth = [2]\ndo = { delay = \"50s\" }";
    let bench = Bench::new(1, lost, &[]);
    let mut child = bench.start(&[]);
    while bench.records("finished") < 1 {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "-TERM");
    while child.try_wait().unwrap().is_none() && !bench.text("err").contains("once more leaves at once") {
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "-TERM");
    let ended = bench.end(child);
    assert_eq!(ended.code, Some(0), "nothing is left to do: {}", ended.err);
    assert!(ended.err.contains("whether any job was made twice could not be read: interrupted"), "{}", ended.err);
    bench.repair();
    assert_eq!(bench.jobs().len(), 1);
}
