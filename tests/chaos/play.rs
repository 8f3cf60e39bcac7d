//! A drawn run, from its beginning to its end: rounds of the same batch on the same cloud.

use crate::draw::{Cut, Draw};
use crate::wire::{Crash, Sent, Wire, Witness};
use paultrap::api::{ApiKey, Method, Query, Request};
use paultrap::circuit::{Circuit, On};
use paultrap::client::Client;
use paultrap::cloud::{Clock, Cloud, Scenario};
use paultrap::executor::{Batch, Fate, Journal, Report, Stop, Task};
use paultrap::gates::Qis;
use paultrap::outcome::{Seed, Shots};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

/// In no output, ever.
pub(crate) const CANARY: &str = "CANARY-7f3a";
/// What the journal takes for the service.
pub(crate) const SERVICE: &str = "http://127.0.0.1:1/v0.4";

/// What was left of a run.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) rounds: Vec<Round>,
    /// All jobs of the cloud, by its own account.
    pub(crate) ledger: Vec<Job>,
    pub(crate) log: Vec<Sent>,
    /// What the witness saw.
    pub(crate) wrong: Vec<String>,
    pub(crate) journal: Option<Vec<u8>>,
}

#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) begun: Duration,
    pub(crate) ended: Duration,
    /// None if the process was gone.
    pub(crate) report: Option<Report>,
    pub(crate) cut: Option<Cut>,
}

/// A job as the cloud has it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) key: Option<String>,
    pub(crate) status: String,
}

/// Circuit k of 6 qubits shows the outcome k.
pub(crate) fn tasks(count: usize) -> Vec<Task> {
    let task = |k: usize| {
        let flips = (0..6).filter(|qubit| k >> qubit & 1 == 1).map(|qubit| Qis::X.on([qubit]));
        Task::new(format!("circuit {k}"), Circuit::new(6, flips).unwrap())
    };
    (0..count).map(task).collect()
}

/// A runtime whose clock stands still unless nothing else is to be done.
pub(crate) fn virtually<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(future)
}

/// Plays it. The journal, if there is to be one, is at `path`.
pub(crate) async fn play(draw: &Draw, path: Option<&Path>) -> Played {
    let cloud = cloud(draw);
    let witness = Witness::new();
    if draw.has("previous_reply") {
        witness.share_jobs();
    }
    let lifted = Instant::now() + draw.lifted;
    let relief = tokio::spawn({
        let cloud = cloud.clone();
        async move {
            sleep_until(lifted).await;
            lift(&cloud);
        }
    });
    let mut rounds: Vec<Round> = Vec::new();
    let mut cuts = draw.cuts.iter().copied();
    loop {
        let cut = cuts.next();
        let round = round(draw, &cloud, &witness, path, cut).await;
        let done =
            round.report.as_ref().is_some_and(|report| cut.is_none() && report.circuits.iter().all(|circuit| is_over(circuit.fate())));
        let late = witness.now() > draw.lifted && round.begun > draw.lifted;
        rounds.push(round);
        if path.is_none() || done || cut.is_none() && late {
            break;
        }
        if cuts.len() == 0 {
            sleep_until(lifted + Duration::from_secs(1)).await; // the last round is one without faults
        }
    }
    relief.abort();
    lift(&cloud);
    sleep(Duration::from_secs(10)).await; // until all jobs are in the list
    let journal = path.map(|path| std::fs::read(path).unwrap());
    Played { rounds, ledger: ledger(&cloud), log: witness.log(), wrong: witness.wrong(), journal }
}

/// The cloud of a run.
pub(crate) fn cloud(draw: &Draw) -> Cloud {
    let clock = Clock::tokio().starting_at("2026-03-04T05:06:07Z".parse().unwrap());
    let scenario = Scenario::parse(&draw.scenario()).unwrap_or_else(|error| panic!("{error} in\n{}", draw.scenario()));
    let cloud = Cloud::builder().clock(clock).queue_time(draw.queue).run_time(draw.run).workers(draw.cloud_workers);
    cloud.seed(Seed(draw.seed)).scenario(scenario).start()
}

/// Whether nothing will come of it any more, in this run or another.
pub(crate) fn is_over(fate: Fate) -> bool {
    matches!(fate, Fate::Completed | Fate::Unreadable | Fate::Failed | Fate::Canceled | Fate::Rejected)
}

/// One process.
async fn round(draw: &Draw, cloud: &Cloud, witness: &Arc<Witness>, path: Option<&Path>, cut: Option<Cut>) -> Round {
    let crash = match cut {
        Some(Cut::Crash { request, after }) => Some(Crash::AtRequest(request, after)),
        _ => None,
    };
    let stop = Stop::new();
    let pull = {
        let stop = stop.clone();
        async move {
            match cut {
                Some(Cut::Gently(at)) => (sleep(at).await, stop.gently("enough")).1,
                Some(Cut::Now(at)) => (sleep(at).await, stop.now("at once")).1,
                _ => {}
            }
            std::future::pending::<()>().await
        }
    };
    let batch = batch(draw, cloud, witness).stop_on(&stop);
    let begun = witness.now();
    let report = tokio::select! {
        biased;
        report = run(batch, draw.circuits, witness, path, crash) => report,
        () = pull => None,
    };
    Round { begun, ended: witness.now(), report, cut }
}

/// A batch with a client of its own.
pub(crate) fn batch(draw: &Draw, cloud: &Cloud, witness: &Arc<Witness>) -> Batch {
    let client = Client::new(Wire::new(cloud, witness)).key(ApiKey::new(CANARY)).poll(draw.poll).retry(match draw.mode {
        Some(mode) => draw.retry.mode(mode),
        None => draw.retry,
    });
    let batch = Batch::new(client).workers(draw.workers).pack(draw.pack).deadline(draw.deadline).id(Uuid::from_u128(draw.seed.into()));
    let batch = if draw.ordered { batch.in_order() } else { batch };
    let batch = if draw.has("lose_state") && draw.seed.is_multiple_of(2) { batch.resubmit_lost() } else { batch };
    let batch = if draw.delete { batch.delete_when_done() } else { batch };
    match draw.qpu {
        true => batch.backend("qpu.aria-1").shots(Shots::new(50).unwrap()).seed(Seed(draw.seed)),
        false => batch,
    }
}

/// Runs a batch until it is done or the process is gone.
pub(crate) async fn run(
    batch: Batch,
    circuits: usize,
    witness: &Arc<Witness>,
    path: Option<&Path>,
    crash: Option<Crash>,
) -> Option<Report> {
    let tasks = tasks(circuits);
    let batch = match path {
        Some(path) => batch.clone().journal(open(path, batch.fingerprint(&tasks)).await),
        None => batch,
    };
    witness.begin(crash, path.map(PathBuf::from));
    let _ = tokio::time::timeout(Duration::ZERO, witness.crashed.notified()).await; // of the process before
    tokio::select! {
        biased;
        () = witness.crashed.notified() => None,
        report = batch.run(tasks, |_| {}) => Some(report),
    }
}

/// Opens a journal as soon as the process before is really gone.
async fn open(path: &Path, fingerprint: Uuid) -> Journal {
    for _ in 0..1000 {
        match Journal::open(path, Some(SERVICE), Some(fingerprint)) {
            Ok(journal) => return journal,
            Err(error) if error.to_string().contains("lock") || error.to_string().contains("use") => sleep(Duration::from_millis(1)).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{} is still locked", path.display())
}

/// The faults stop.
fn lift(cloud: &Cloud) {
    let reply = cloud.handle(&Request::new(Method::Delete, "/_paultrap/scenario").key(Some(ApiKey::new(CANARY))));
    assert_eq!(reply.status, 200);
}

/// All jobs there are.
pub(crate) fn ledger(cloud: &Cloud) -> Vec<Job> {
    let get = |path: &str, query: Query| -> Value {
        let reply = cloud.handle(&Request::new(Method::Get, path).query(query).key(Some(ApiKey::new(CANARY))));
        assert_eq!(reply.status, 200, "{path}");
        serde_json::from_slice(&reply.body).unwrap()
    };
    let (mut jobs, mut next) = (Vec::new(), None::<String>);
    loop {
        let query = Query::default().with("limit", "100");
        let page = get("/v0.4/jobs", next.iter().fold(query, |query, next| query.with("next", next)));
        for job in page["jobs"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let id = text(&job["id"]).unwrap();
            let key = text(&job["metadata"]["paultrap.key"]);
            jobs.push(Job { id, key, status: text(&job["status"]).unwrap() });
        }
        match page["next"].as_str() {
            Some(cursor) => next = Some(cursor.to_owned()),
            None => return jobs,
        }
    }
}
