//! Batches over HTTP against the stand-alone server, a process of its own: `cargo bench --bench load`.
//!
//! Prints how long twenty circuits of three seconds take one after another, with ten workers and in one job, in virtual and in real time; how
//! long 10,000 circuits take with 64 workers; and the same while answers are lost, the service fails and limits the rate.

use paultrap::adapters::embedded;
use paultrap::api::{ApiKey, Query};
use paultrap::client::{Client, Https};
use paultrap::cloud::Clock;
use paultrap::executor::Report;
use paultrap::prelude::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Requests a second that the limited server allows.
const ALLOWED: f64 = 500.0;
/// The share of requests that it answers with 503 unread.
const FAILING: f64 = 0.1;

fn main() {
    // `cargo test --benches` runs every bench once and wants no more than a sign of life.
    let whole = std::env::args().any(|argument| argument == "--bench");
    in_turn(if whole { Duration::from_secs(1) } else { Duration::from_millis(20) });
    without_faults(if whole { 10_000 } else { 200 });
    with_faults(if whole { 10_000 } else { 200 });
}

/// Twenty circuits that queue for a unit and run for two.
fn in_turn(unit: Duration) {
    let (queue, run) = (unit, 2 * unit);
    for (what, workers, pack) in [("one after another", 1, 1), ("ten workers", 10, 1), ("one job of twenty", 20, 20)] {
        let shaped = |client: Client| Batch::new(client).workers(workers).pack(pack);
        let clock = Instant::now();
        let paused = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
        let virtually = paused.block_on(async {
            let cloud = Cloud::builder().clock(Clock::tokio()).queue_time(queue).run_time(run).start();
            checked(shaped(embedded::client(&cloud)).run(flips(20), |_| {}).await)
        });
        let took = clock.elapsed();
        let server = Server::start(&["--queue-time", &format!("{}ms", queue.as_millis()), "--run-time", &format!("{}ms", run.as_millis())]);
        let really = checked(runtime().block_on(shaped(server.client()).run(flips(20), |_| {})));
        println!(
            "20 circuits, {what}: {:.3} s in virtual time ({:.1} ms of real time), {:.3} s over HTTP",
            virtually.wall.as_secs_f64(),
            took.as_secs_f64() * 1e3,
            really.wall.as_secs_f64()
        );
    }
}

fn without_faults(circuits: usize) {
    let server = Server::start(&[]);
    let report = checked(runtime().block_on(Batch::new(server.client()).workers(64).run(flips(circuits), |_| {})));
    println!("{circuits} circuits over HTTP, 64 workers: {:.2} s", report.wall.as_secs_f64());
}

fn with_faults(circuits: usize) {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().expect("a file");
    write!(
        file,
        "description = \"503 and lost answers\"\nseed = 3\n[[fault]]\non = \"*\"\nprobability = {FAILING}\ndo = {{ status = 503 }}\n\
         [[fault]]\non = \"create_job\"\nprobability = 0.02\ndo = \"drop_after\"\n"
    )
    .expect("a file takes text");
    let server = Server::start(&["--rate-limit", &format!("{ALLOWED}/s"), "--scenario", &file.path().to_string_lossy()]);
    let report = checked(runtime().block_on(Batch::new(server.client()).workers(64).run(flips(circuits), |_| {})));
    // Each circuit is submitted and fetched, and each of these sent again where it failed; a full bucket of tokens is there at the start.
    let ideal = (2.0 * circuits as f64 / (1.0 - FAILING) - ALLOWED) / ALLOWED;
    let wall = report.wall.as_secs_f64();
    let traffic = report.traffic;
    println!(
        "{circuits} circuits at 10 % 503, 2 % lost answers, {ALLOWED} requests a second: {wall:.1} s, {:.2} times the ideal {ideal:.1} s; \
         {} requests, {} throttled, {} answers lost, {} jobs found again",
        wall / ideal,
        traffic.requests,
        traffic.throttled,
        traffic.lost_answers,
        traffic.adopted
    );
    server.assert_one_job_each(circuits);
}

/// Circuit k shows the outcome k.
fn flips(count: usize) -> impl Iterator<Item = Task> {
    (0..count).map(|k| {
        let flips = (0..14).filter(|qubit| k >> qubit & 1 == 1).map(|qubit| Qis::X.on([qubit]));
        Task::new(k.to_string(), Circuit::new(14, flips).expect("a valid circuit"))
    })
}

/// A report in which every circuit has its own result.
fn checked(report: Report) -> Report {
    for circuit in &report.circuits {
        let result = circuit.result.as_ref().unwrap_or_else(|error| panic!("circuit {}: {error}", circuit.index));
        assert_eq!(result.probabilities.get(circuit.index as u64), 1.0, "circuit {}", circuit.index);
    }
    assert!(report.duplicates.is_empty() && report.unaudited.is_none());
    report
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paultrap"));
        command.args(["serve", "--addr", "127.0.0.1:0", "--max-queue", "1000000"]).args(arguments);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the server says where it listens");
        let url = line.split_whitespace().last().expect("an address").to_owned();
        Server { process, url }
    }

    fn client(&self) -> Client {
        Client::new(Https::new(&self.url).expect("a loopback address")).key(ApiKey::new("bench"))
    }

    /// By the server's own list.
    fn assert_one_job_each(&self, circuits: usize) {
        let (client, mut jobs, mut next) = (self.client(), BTreeMap::new(), None::<String>);
        runtime().block_on(async {
            loop {
                let query = next.iter().fold(Query::default().with("limit", "100"), |query, next| query.with("next", next));
                let (page, cursor) = client.jobs(query).await.expect("a list");
                page.into_iter().for_each(|job| *jobs.entry(job.name).or_insert(0) += 1);
                next = cursor;
                if next.is_none() {
                    break;
                }
            }
        });
        assert!(jobs.len() == circuits && jobs.values().all(|count| *count == 1), "one job for each circuit");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
