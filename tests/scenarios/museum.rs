//! paultrap's own client and executor in every built-in scenario: a right result, or an error that says where; never a wrong number.

use crate::raw::Server;
use paultrap::adapters::embedded;
use paultrap::adapters::http::Options;
use paultrap::api::ApiKey;
use paultrap::client::{Client, ClientError, Https, Retry};
use paultrap::cloud::{Act, Clock, Cloud, Fault, Numbers, Scenario};
use paultrap::executor::{CircuitReport, Report};
use paultrap::outcome::Severity;
use paultrap::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// Outcomes and their probabilities; all others are never seen.
type Expected = Vec<(u64, f64)>;

/// Circuits that no order of bits, of outcomes or of circuits can mix up, with what comes out of them: a Bell pair on two of three
/// qubits, three unlike turns, and X on the first and on the last.
fn circuits() -> Vec<(Circuit<Qis>, Expected)> {
    let angles = [0.4, 1.1, 2.0];
    let one = |angle: f64| (angle / 2.0).sin().powi(2);
    let turned = (0..8u64).map(|outcome| {
        let factor = |(qubit, &angle): (usize, &f64)| if outcome >> qubit & 1 == 1 { one(angle) } else { 1.0 - one(angle) };
        (outcome, angles.iter().enumerate().map(factor).product())
    });
    let turns = angles.iter().enumerate().map(|(qubit, &angle)| Qis::Ry(Radians(angle)).on([qubit]));
    vec![
        (Circuit::new(3, [Qis::H.on([1]), Qis::X.on([2]).controlled_by([1])]).unwrap(), vec![(0, 0.5), (6, 0.5)]),
        (Circuit::new(3, turns).unwrap(), turned.collect()),
        (Circuit::new(3, [Qis::X.on([0])]).unwrap(), vec![(1, 1.0)]),
        (Circuit::new(3, [Qis::X.on([2])]).unwrap(), vec![(4, 1.0)]),
    ]
}

fn tasks() -> impl Iterator<Item = Task> {
    circuits().into_iter().enumerate().map(|(index, (circuit, _))| Task::new(format!("circuit {index}"), circuit))
}

/// Runs the circuits, one job each or all in one.
async fn run(client: Client, pack: usize) -> Report {
    Batch::new(client).workers(4).pack(pack).deadline(Duration::from_secs(3600)).run(tasks(), |_| {}).await
}

/// What became of a circuit, in a word, if it is something that may: the right numbers, within what a rescaling of 1e-3 can do to them, or
/// an error that says which job it was.
fn verdict(circuit: &CircuitReport, scenario: &Scenario, context: &str) -> &'static str {
    let (_, expected) = &circuits()[circuit.index];
    let result = match &circuit.result {
        Ok(result) => result,
        Err(error) => return told(error, circuit.job.as_deref(), context),
    };
    for outcome in 0..8 {
        let right = expected.iter().find(|(known, _)| *known == outcome).map_or(0.0, |(_, probability)| *probability);
        let got = result.probabilities.get(outcome);
        assert!((got - right).abs() < tolerance(scenario), "{context}: circuit {} has {got} for {outcome}, not {right}", circuit.index);
    }
    match result.findings.iter().map(|finding| finding.severity).max() {
        None => "right",
        Some(Severity::Note) => "right, with a note",
        Some(_) => {
            assert!(result.raw.is_some(), "{context}: what is odd is kept");
            "right, with a warning"
        }
    }
}

/// How far a number may be off. Where the service rounds to counts of the 100 shots of a job that does not say, nobody can know more.
fn tolerance(scenario: &Scenario) -> f64 {
    let rounds = |fault: &Fault| matches!(fault.act(), Act::Numbers(Numbers::RoundCounts));
    if scenario.faults().iter().any(rounds) { 0.5 / 100.0 + 1e-5 } else { 1e-5 }
}

/// The kind of an error, after a look at whether it says enough.
fn told(error: &ClientError, job: Option<&str>, context: &str) -> &'static str {
    let text = error.to_string();
    // In a job of several it may be the circuit's own job that is named.
    assert!(job.is_none() || text.contains("job 0"), "{context}: {text} names no job");
    match error {
        ClientError::BadResults { problem, raw, .. } => {
            let first = problem.findings.first().unwrap_or_else(|| panic!("{context}: {text} says nothing"));
            let named = [&first.key, &first.value].into_iter().flatten().all(|part| text.contains(part.trim_matches('"')));
            assert!(named && text.contains("circuit ") && !raw.is_empty(), "{context}: {text} does not name {first:?}");
            "error: no distribution"
        }
        ClientError::NoResult { .. } => "error: no result",
        ClientError::Refused { status, .. } => {
            assert!(text.contains(&status.to_string()), "{context}: {text}");
            "error: refused"
        }
        ClientError::Transport { error, .. } => {
            assert!(!error.message.is_empty(), "{context}");
            "error: no answer"
        }
        ClientError::Protocol { raw, .. } => {
            assert!(!raw.is_empty(), "{context}: what came is kept");
            "error: no answer of the API"
        }
        ClientError::JobFailed { .. } => "error: job failed",
        ClientError::JobCanceled { .. } => "error: job canceled",
        ClientError::Deadline { .. } => "error: not done in time",
        other => panic!("{context}: {other}"),
    }
}

/// The verdicts of a batch, each once.
fn verdicts(report: &Report, scenario: &Scenario, context: &str) -> Vec<&'static str> {
    assert_eq!(report.circuits.len(), circuits().len(), "{context}: nothing is lost");
    let mut verdicts: Vec<_> = report.circuits.iter().map(|circuit| verdict(circuit, scenario, context)).collect();
    verdicts.sort_unstable();
    verdicts.dedup();
    verdicts
}

/// What comes of every scenario in virtual time, one job a circuit, and all circuits in one job.
#[test]
fn every_built_in_scenario_ends_with_right_numbers_or_an_error_that_says_where() {
    let mut table = BTreeMap::new();
    for scenario in Scenario::all() {
        let name = scenario.name().unwrap().to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let both = [1, 4].map(|pack| {
            runtime.block_on(async {
                let cloud = Cloud::builder().clock(Clock::tokio()).scenario(scenario.clone()).run_time(Duration::from_secs(1)).start();
                let report = run(embedded::client(&cloud), pack).await;
                verdicts(&report, &scenario, &format!("{name}, {pack} in a job")).join("; ")
            })
        });
        table.insert(name, both);
    }
    let [width] = [table.keys().map(String::len).max().unwrap()];
    let row = |(name, [alone, packed]): (&String, &[String; 2])| match alone == packed {
        true => format!("{name:width$} {alone}"),
        false => format!("{name:width$} {alone} | in one job: {packed}"),
    };
    insta::assert_snapshot!(table.iter().map(row).collect::<Vec<_>>().join("\n"));
}

/// As on a server of this machine, but sooner at the end of it.
const IMPATIENT: Retry = Retry {
    first: Duration::from_millis(1),
    longest: Duration::from_millis(20),
    settle: Duration::from_millis(50),
    lag: Duration::from_millis(500),
    ..Retry::local()
};

/// The same over real sockets, where a scenario does not make everybody wait.
#[test]
fn every_built_in_scenario_ends_over_http_as_it_does_in_this_process() {
    let quick = |scenario: &Scenario| !scenario.faults().iter().any(|fault| matches!(fault.act(), Act::Stall | Act::Delay(_) | Act::Stuck));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for scenario in Scenario::all().filter(quick) {
        let name = scenario.name().unwrap().to_owned();
        for pack in [1, 4] {
            let context = format!("{name} over HTTP, {pack} in a job");
            let server = Server::start(Cloud::builder().workers(1).scenario(scenario.clone()).start(), Options::default());
            let client = Client::new(Https::new(&format!("http://{}", server.addr)).unwrap()).key(ApiKey::new("k"));
            let batch = Batch::new(client.retry(IMPATIENT)).workers(4).pack(pack).deadline(Duration::from_secs(5));
            let report = runtime.block_on(batch.run(tasks(), |_| {}));
            verdicts(&report, &scenario, &context);
            server.assert_healthy(&context);
        }
    }
}
