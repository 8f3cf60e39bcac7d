//! Every row of the bad-input matrix that a client can send, over a real socket: the answer, the field it names, and the server
//! afterwards, which answers, holds no descriptor and no memory more than before. A process of its own, so that nobody else's memory
//! is counted.
//!
//! The matrix has 90 rows, B1 … B90, most with several cases. Where SDKs really send what a row forbids, the SDKs win: those cases say
//! `differs`, and why.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod circuits;
mod fields;
mod health;
mod json;
mod lists;
mod program;
#[path = "../support/raw.rs"]
mod raw;
mod row;
mod transport;

use health::Health;
use paultrap::adapters::http::Options;
use paultrap::api::ApiKey;
use paultrap::cloud::{Cloud, Credential};
use paultrap::simulate::Memory;
use raw::Server;
use row::{Known, Row, perform};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows that take time or a client of their own, and the tests of `tests/http.rs` and others that have them.
/// B78 `differs`: only `job_time` ends what takes too long, and unless it is given a simulation takes as long as it takes, because honest
/// ones of 26 qubits take minutes on a laptop.
const ELSEWHERE: &[(u8, &str)] = &[
    (3, "http: whoever_is_slow_to_ask_is_hung_up_on_in_a_time_that_counts_from_the_start"),
    (4, "http: whoever_is_slow_to_ask_is_hung_up_on_in_a_time_that_counts_from_the_start"),
    (5, "http: whoever_is_slow_to_ask_is_hung_up_on_in_a_time_that_counts_from_the_start"),
    (6, "http: whoever_is_slow_to_ask_is_hung_up_on_in_a_time_that_counts_from_the_start"),
    (27, "http: ten_thousand_requests_in_one_breath_are_answered_in_order"),
    (28, "http: the_log_has_one_line_for_each_request_and_no_secrets"),
    (78, "capacity: a_job_that_takes_too_long_fails_and_others_have_their_turn"),
    (78, "projects: no_project_has_all_workers_at_once_where_there_are_several"),
    (87, "capacity: the_oldest_jobs_that_are_done_make_room_for_new_ones"),
];

/// Rows about what this server does not have.
const NOT_APPLICABLE: &[(u8, &str)] = &[
    (88, "there are no event streams: every SDK polls"),
    (89, "there is no chaos route, so there is none to guard; the Origin and Host checks hold for every path"),
    (90, "there is no admin route, so nobody can reset a cloud while jobs run"),
];

fn rows() -> Vec<Row> {
    let all = [transport::rows(), json::rows(), fields::rows(), circuits::rows(), program::rows(), lists::rows()];
    all.into_iter().flatten().collect()
}

/// A server with these keys: `k` asks, `other` has a project of its own, `revoked` was good once.
fn server() -> Server {
    let key = |text: &str| Credential::new(ApiKey::new(text));
    let keys = [key("k"), key("other"), key("revoked").revoked(), key("simulator-only").backends(["simulator"])];
    let cloud = keys.into_iter().fold(Cloud::builder().workers(1).memory(Memory::limited_to(1 << 30)), |cloud, key| cloud.credential(key));
    Server::start(cloud.start(), Options::default())
}

#[test]
fn every_row_is_here_or_elsewhere_or_about_something_that_does_not_exist() {
    let here = rows().into_iter().map(|row| row.number);
    let elsewhere = ELSEWHERE.iter().chain(NOT_APPLICABLE).map(|(number, _)| *number);
    let covered: BTreeSet<u8> = here.chain(elsewhere).collect();
    let missing: Vec<u8> = (1..=90).filter(|number| !covered.contains(number)).collect();
    assert!(missing.is_empty(), "rows {missing:?}");
    assert_eq!(covered.last(), Some(&90));
}

#[test]
fn the_tests_that_have_the_other_rows_are_there_and_run() {
    for (number, test) in ELSEWHERE {
        let (file, name) = test.split_once(": ").unwrap();
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file).with_extension("rs");
        let source = std::fs::read_to_string(&file).unwrap();
        let before: Vec<&str> = source.lines().map(str::trim).take_while(|line| !line.contains(&format!("fn {name}("))).collect();
        assert!(before.len() < source.lines().count(), "B{number}: {} has no {name}", file.display());
        let attributes: Vec<&&str> = before.iter().rev().take_while(|line| line.starts_with("#[")).collect();
        let is_test = attributes.iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
        assert!(is_test && !attributes.iter().any(|line| line.contains("ignore")), "B{number}: {name} does not run: {attributes:?}");
    }
}

#[test]
fn whatever_is_sent_is_answered_as_its_row_says_and_the_server_is_as_healthy_after_as_before() {
    let server = server();
    let known = Known::new(&server);
    let rows = rows();
    // Two rounds fill caches and pools, whichever thread each request meets; the third one must leave nothing behind.
    let (mut said, mut wrong) = (String::new(), 0);
    for row in &rows {
        match catch_unwind(AssertUnwindSafe(|| perform(&server, &known, row))) {
            Ok(told) => writeln!(said, "{}: {told}", row.name()).unwrap(),
            Err(_) => wrong += 1,
        }
    }
    assert_eq!(wrong, 0, "so many cases went otherwise, each is told above");
    rows.iter().for_each(|row| drop(perform(&server, &known, row)));
    let mut health = Health::of(&server);
    for row in &rows {
        health.check(&server, &row.name(), || drop(perform(&server, &known, row)));
    }
    health.assert_no_growth();
    let differing = rows.iter().filter(|row| row.differs.is_some()).count();
    println!(
        "{} cases of {} rows, {differing} cases differ from the matrix; {health}",
        rows.len(),
        90 - NOT_APPLICABLE.len() - ELSEWHERE.len()
    );
    insta::assert_snapshot!("answers", said);
    assert_eq!(server.stop().cut, 0);
}
