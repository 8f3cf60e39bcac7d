//! A batch whose journal fails: nothing is submitted that is not on record, and a resumed one submits nothing twice.

use super::storage_in_memory::Fault;
use super::*;
use crate::api::{ApiKey, Method, Reply, Request};
use crate::circuit::{Circuit, On};
use crate::client::{Client, Retry, Sending, Transport};
use crate::executor::{Batch, Fate, Task};
use crate::gates::Qis;
use serde_json::json;
use std::io::ErrorKind;
use std::sync::Mutex;

const CIRCUITS: usize = 6;

/// A service whose jobs are done at once.
#[derive(Debug, Default, Clone)]
struct Service(Arc<Mutex<Vec<Value>>>);

impl Service {
    fn jobs(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn answer(&self, request: &Request) -> Reply {
        let mut jobs = self.0.lock().unwrap();
        if request.method == Method::Post {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let id = format!("job-{}", jobs.len());
            jobs.push(json!({"id": id, "status": "completed", "metadata": body["metadata"], "stats": {"qubits": 1}}));
            return Reply::json(201, &json!({"id": id, "status": "submitted"}));
        }
        let of = |job: &&Value| request.path.contains(job["id"].as_str().unwrap());
        match (request.path.ends_with("/probabilities"), jobs.iter().find(of)) {
            (true, _) => Reply::json(200, &json!({"0": 1.0})),
            (false, Some(job)) => Reply::json(200, job),
            (false, None) => Reply::json(200, &json!({"jobs": *jobs, "next": null})),
        }
    }
}

impl Transport for Service {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move { Ok(self.answer(&request)) })
    }

    fn retry(&self) -> Retry {
        Retry::embedded()
    }
}

/// How the circuits ended, with a journal over this storage.
async fn run(service: &Service, storage: &Arc<Memory>) -> Vec<Fate> {
    let journal = Journal::over(storage.clone()).unwrap();
    let client = Client::new(service.clone()).key(ApiKey::new("k"));
    let circuit = |k: usize| Task::new(k.to_string(), Circuit::new(1, [Qis::Z.on([0])]).unwrap());
    let report = Batch::new(client).workers(2).journal(journal).run((0..CIRCUITS).map(circuit), |_| {}).await;
    report.circuits.iter().map(|circuit| circuit.fate()).collect()
}

#[tokio::test(start_paused = true)]
async fn whichever_write_or_sync_fails_nothing_is_submitted_after_it_and_a_resumed_batch_completes_with_one_job_each() {
    let whole = Memory::of(b"");
    assert_eq!(run(&Service::default(), &whole).await, [Fate::Completed; CIRCUITS]);
    let operations = whole.changes();
    assert!(operations > 2 * CIRCUITS, "{operations}");
    for fault in [Fault::Fails(ErrorKind::StorageFull), Fault::Fails(ErrorKind::Other), Fault::HalfThenFails(ErrorKind::QuotaExceeded)] {
        for nth in 2..operations {
            let (service, storage) = (Service::default(), Memory::of(b""));
            storage.fail(nth, fault);
            let fates = run(&service, &storage).await;
            let text = String::from_utf8(storage.bytes()).unwrap();
            let intents = text.matches("\"intent\"").count();
            assert!(service.jobs() <= intents, "{fault:?} at {nth}: {} jobs, {intents} intents", service.jobs());
            let failed = fates.iter().any(|fate| *fate != Fate::Completed);
            assert!(failed || service.jobs() == CIRCUITS, "{fault:?} at {nth}: {fates:?}");
            let resumed = run(&service, &Memory::of(&storage.bytes())).await;
            assert_eq!(resumed, [Fate::Completed; CIRCUITS], "{fault:?} at {nth}");
            assert_eq!(service.jobs(), CIRCUITS, "{fault:?} at {nth}: one job each");
        }
    }
}
