//! Journals that are not for this run, and the key that is nowhere.

use super::{Bench, CANARY, circuits, signal};
use std::process::Command;
use std::time::Duration;

#[test]
fn a_second_run_with_the_same_journal_is_refused_while_the_first_one_goes_on() {
    let bench = Bench::new(40, "", &["--sequential"]);
    let mut first = bench.start(&[]);
    bench.wait_for_growth(&mut first, 0, 2_000);
    let second = Command::new(env!("CARGO_BIN_EXE_paultrap"))
        .args(bench.arguments("circuits.jsonl", &[]))
        .env("IONQ_API_KEY", CANARY)
        .output()
        .unwrap();
    let text = String::from_utf8(second.stderr).unwrap();
    assert_eq!((second.status.code(), second.stdout.len()), (Some(2), 0), "{text}");
    assert!(text.contains("is in use by another run") && text.lines().count() == 1, "{text}");
    let done = bench.end(first);
    bench.assert_all_once(&done);
}

#[test]
fn what_the_journal_is_not_of_is_refused_before_any_request() {
    let bench = Bench::new(5, "", &[]);
    assert_eq!(bench.run(&[]).code, Some(0));
    let requests = || bench.server.get("/_paultrap/journal").json()["requests"].as_array().unwrap().len();
    let before = requests();
    std::fs::write(bench.path("others.jsonl"), circuits(1..6)).unwrap();
    std::fs::write(bench.path("text"), "this is not a journal\n").unwrap();
    let journal = bench.text("journal");
    let damaged = journal.replacen("circuit", "cirkuit", 1).replacen("intent", "intend", 1);
    std::fs::write(bench.path("damaged"), damaged).unwrap();
    let given = |file: &str, flags: &[&str]| {
        let child = bench.spawn(Command::new(env!("CARGO_BIN_EXE_paultrap")).args(bench.arguments(file, flags)));
        bench.end(child)
    };
    let other = |name: &str| {
        let arguments = bench.arguments("circuits.jsonl", &[]);
        let path = if name.starts_with('/') { name.into() } else { bench.path(name).display().to_string() };
        let arguments = arguments.iter().map(|word| if word.ends_with("/journal") { &path } else { word });
        bench.end(bench.spawn(Command::new(env!("CARGO_BIN_EXE_paultrap")).args(arguments)))
    };
    for (ended, part) in [
        (given("others.jsonl", &[]), "is of another batch: its circuits or their settings were others"),
        (given("circuits.jsonl", &["--shots", "7"]), "its circuits or their settings were others"),
        (given("circuits.jsonl", &["--compile"]), "its circuits or their settings were others"),
        (other("text"), "is no journal"),
        (other("damaged"), "is damaged at byte"),
        (other("/dev/full"), "is no journal: it is a device"),
        (other("nowhere/journal"), "could not open or create the file"),
    ] {
        assert_eq!((ended.code, ended.out.len()), (Some(2), 0), "{}", ended.err);
        assert!(ended.err.contains(part) && ended.err.lines().count() == 1, "{:?} does not say {part:?}", ended.err);
    }
    assert_eq!(requests(), before);
    assert_eq!(bench.text("journal"), journal, "it was not changed");
}

#[test]
fn the_key_is_in_no_log_at_the_finest_level_nor_in_what_is_left_behind() {
    let lost = "[[fault]]\non = \"create_job\"\nnth = [2, 5]\ndo = \"drop_after\"\n[[fault]]\non = \"create_job\"\nnth = [7]\ndo = { status = 503 }\n\
                [[fault]]\non = \"create_job\"\nnth = [12]\ndo = { status = 401 }";
    let bench = Bench::new(20, lost, &["--sequential"]);
    let traced = |signaled: bool| {
        let timeline = bench.path("timeline.html").display().to_string();
        let arguments = bench.arguments("circuits.jsonl", &["--timeline", &timeline]);
        let mut child = bench.spawn(Command::new(env!("CARGO_BIN_EXE_paultrap")).args(arguments).env("RUST_LOG", "trace"));
        if signaled {
            bench.wait_for_growth(&mut child, bench.journal_length(), 500);
            std::thread::sleep(Duration::from_millis(5));
            signal(&child, "-INT");
        }
        bench.end(child) // looks for the key in all files
    };
    let refused = traced(false);
    assert!(refused.code == Some(1) && refused.err.contains("status 401"), "{}", refused.err);
    assert!(refused.err.contains("TRACE"), "it was the finest level");
    traced(true);
    let done = traced(false);
    bench.assert_all_once(&done);
    assert!(bench.text("timeline.html").contains("<html"));
}
