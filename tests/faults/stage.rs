//! A batch on a cloud with a scenario, and everything that was sent.

use paultrap::adapters::embedded::Embedded;
use paultrap::api::{ApiKey, Method, Query, Reply, Request};
use paultrap::circuit::{Circuit, On};
use paultrap::client::{Client, Mode, Poll, Retry, Sending, Transport, TransportError, TransportErrorKind};
use paultrap::cloud::{Builder, Clock, Cloud, Scenario};
use paultrap::executor::{Batch, Fate, Report, Task};
use paultrap::gates::Qis;
use paultrap::outcome::Seed;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// What the settle time of [`retry`] is.
pub(crate) const SETTLE: Duration = Duration::from_secs(5);

/// Circuit k of 6 qubits shows the outcome k.
pub(crate) fn tasks(count: usize) -> Vec<Task> {
    let task = |k: usize| {
        let flips = (0..6).filter(|qubit| k >> qubit & 1 == 1).map(|qubit| Qis::X.on([qubit]));
        Task::new(format!("circuit {k}"), Circuit::new(6, flips).unwrap())
    };
    (0..count).map(task).collect()
}

/// Every job queues for one second and runs for two.
pub(crate) fn cloud(faults: &str) -> Builder {
    let clock = Clock::tokio().starting_at("2026-03-04T05:06:07Z".parse().unwrap());
    let scenario = Scenario::parse(&format!("description = \"a test\"\n{faults}")).unwrap();
    Cloud::builder().clock(clock).queue_time(Duration::from_secs(1)).run_time(Duration::from_secs(2)).scenario(scenario)
}

/// One fault.
pub(crate) fn fault(on: &str, when: &str, what: &str) -> String {
    format!("[[fault]]\non = \"{on}\"\n{when}\ndo = {what}\n")
}

pub(crate) fn retry() -> Retry {
    Retry { settle: SETTLE, ..Retry::local() }.seeded(Seed(5)).mode(Mode::Effective)
}

pub(crate) fn poll() -> Poll {
    Poll { first: Duration::from_millis(100), growth: 1.3, longest: Duration::from_secs(5), batch: 25 }
}

/// What is done to a request in place of sending it, by how many of its kind there were before.
type Instead = dyn Fn(&Request, usize) -> Option<Result<Reply, TransportErrorKind>> + Send + Sync;
/// What becomes of an answer.
type Change = dyn Fn(&Request, Reply) -> Reply + Send + Sync;

/// A request that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
}

impl Sent {
    pub(crate) fn is_submission(&self) -> bool {
        self.method == Method::Post && self.path == "/v0.4/jobs"
    }
}

/// A way into a cloud that keeps a log.
#[derive(Clone)]
pub(crate) struct Wire {
    inner: Embedded,
    begun: Instant,
    log: Arc<Mutex<Vec<Sent>>>,
    instead: Arc<Instead>,
    change: Arc<Change>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub(crate) fn new(cloud: &Cloud) -> Wire {
        let inner = Embedded::new(cloud.clone());
        Wire { inner, begun: Instant::now(), log: Arc::default(), instead: Arc::new(|_, _| None), change: Arc::new(|_, reply| reply) }
    }

    pub(crate) fn instead(
        self,
        instead: impl Fn(&Request, usize) -> Option<Result<Reply, TransportErrorKind>> + Send + Sync + 'static,
    ) -> Wire {
        Wire { instead: Arc::new(instead), ..self }
    }

    pub(crate) fn change(self, change: impl Fn(&Request, Reply) -> Reply + Send + Sync + 'static) -> Wire {
        Wire { change: Arc::new(change), ..self }
    }

    pub(crate) fn log(&self) -> Vec<Sent> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn batch(&self) -> Batch {
        self.batch_with(retry(), poll())
    }

    pub(crate) fn batch_with(&self, retry: Retry, poll: Poll) -> Batch {
        Batch::new(Client::new(self.clone()).key(ApiKey::new("CANARY")).retry(retry).poll(poll))
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            let sent = Sent { at: self.begun.elapsed(), method: request.method, path: request.path.clone(), query: request.query.encode() };
            let before = {
                let mut log = self.log.lock().unwrap();
                let before = log.iter().filter(|other| (other.method, &other.path) == (sent.method, &sent.path)).count();
                log.push(sent);
                before
            };
            match (self.instead)(&request, before) {
                Some(answer) => answer.map_err(|kind| TransportError { kind, message: "a test".to_owned() }),
                None => self.inner.send(request.clone()).await.map(|reply| (self.change)(&request, reply)),
            }
        })
    }
}

/// What came of a batch.
pub(crate) struct Story {
    pub(crate) cloud: Cloud,
    pub(crate) report: Report,
    pub(crate) log: Vec<Sent>,
}

/// Runs so many circuits on a cloud with these faults.
pub(crate) async fn story(faults: &str, count: usize, set: impl FnOnce(Batch) -> Batch) -> Story {
    let cloud = cloud(faults).start();
    let wire = Wire::new(&cloud);
    told(&cloud, &wire, count, set).await
}

pub(crate) async fn told(cloud: &Cloud, wire: &Wire, count: usize, set: impl FnOnce(Batch) -> Batch) -> Story {
    let report = set(wire.batch()).run(tasks(count), |_| {}).await;
    assert!(!format!("{report:?}").contains("CANARY"));
    Story { cloud: cloud.clone(), report, log: wire.log() }
}

impl Story {
    pub(crate) fn fates(&self) -> Vec<Fate> {
        self.report.circuits.iter().map(|circuit| circuit.fate()).collect()
    }

    /// Panics unless every circuit has its own result.
    #[track_caller]
    pub(crate) fn assert_complete(&self) {
        for (k, circuit) in self.report.circuits.iter().enumerate() {
            let result = circuit.result.as_ref().unwrap_or_else(|error| panic!("circuit {k}: {error}"));
            assert_eq!((circuit.index, result.probabilities.get(k as u64)), (k, 1.0));
        }
    }

    /// Panics unless the cloud has as many jobs, each with a key of its own, and the report knows of no duplicates.
    #[track_caller]
    pub(crate) fn assert_jobs(&self, count: usize) {
        let jobs = ledger(&self.cloud);
        let keys: BTreeSet<&str> = jobs.iter().map(|job| job["metadata"]["paultrap.key"].as_str().unwrap()).collect();
        assert_eq!((jobs.len(), keys.len()), (count, count));
        assert!(self.report.duplicates.is_empty(), "{:?}", self.report.duplicates);
    }

    pub(crate) fn submissions(&self) -> usize {
        self.log.iter().filter(|sent| sent.is_submission()).count()
    }
}

/// All jobs of the cloud, once everything in it is over and nothing goes wrong any more.
pub(crate) fn ledger(cloud: &Cloud) -> Vec<Value> {
    let key = || Some(ApiKey::new("CANARY"));
    assert_eq!(cloud.handle(&Request::new(Method::Delete, "/_paultrap/scenario").key(key())).status, 200);
    let query = Query::default().with("limit", "100");
    let reply = cloud.handle(&Request::new(Method::Get, "/v0.4/jobs").query(query).key(key()));
    let page: Value = serde_json::from_slice(&reply.body).unwrap();
    page["jobs"].as_array().unwrap().clone()
}
