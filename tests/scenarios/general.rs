//! The built-in scenarios that are for testing one's own client: they do about what their descriptions say.

use crate::service::{Service, builder};
use crate::{bell, naming};
use paultrap::api::{ApiKey, Method, Reply, Request};
use paultrap::cloud::Scenario;
use serde_json::Value;
use std::collections::BTreeSet;

fn ask(service: &Service, method: Method, path: &str, body: &Value) -> Reply {
    let request = Request::new(method, path).key(Some(ApiKey::new("any")));
    service.cloud.handle(&if body.is_null() { request } else { request.json(body) })
}

/// Of the requests that made a job or were to make one, `(job, status, answer)` as the journal has it.
fn creates(service: &Service) -> Vec<(bool, u64, String)> {
    let journal: Value = serde_json::from_slice(&ask(service, Method::Get, "/_paultrap/journal", &Value::Null).body).unwrap();
    let requests = journal["requests"].as_array().unwrap().iter().filter(|visit| visit["operation"] == "create_job");
    let row = |visit: &Value| (visit["job"].is_string(), visit["status"].as_u64().unwrap(), visit["answer"].as_str().unwrap().to_owned());
    requests.map(row).collect()
}

#[tokio::test(start_paused = true)]
async fn of_lost_answers_a_tenth_has_made_a_job_and_a_twentieth_has_not() {
    const CREATES: usize = 4000;
    let service = Service::from(builder().scenario(Scenario::named("lost-answers").unwrap()));
    for _ in 0..CREATES {
        ask(&service, Method::Post, "/v0.4/jobs", &bell());
    }
    let creates = creates(&service);
    let share = |job: bool, status: u64, answer: &str| {
        let count = creates.iter().filter(|row| **row == (job, status, answer.to_owned())).count();
        count as f64 / CREATES as f64
    };
    // A fault that an earlier one has forestalled does not show. Four standard deviations of a share of 0.05 are 0.014.
    for (got, expected, what) in [
        (share(true, 201, "reset"), 0.05, "drop_after"),
        (share(true, 503, "whole"), 0.95 * 0.05, "503 after"),
        (share(false, 503, "reset"), 0.95 * 0.95 * 0.02, "drop_before"),
        (share(false, 503, "whole"), 0.95 * 0.95 * 0.98 * 0.03, "503 before"),
    ] {
        assert!((got - expected).abs() < 0.014, "{what}: {got}, not {expected}");
    }
    let jobs = creates.iter().filter(|(job, ..)| *job).count();
    assert_eq!(service.cloud.unfinished(), jobs, "every job has its line, and no line names one that is not there");
}

#[tokio::test(start_paused = true)]
async fn every_fault_of_chaos_strikes_within_twelve_thousand_requests() {
    let service = Service::from(builder().scenario(Scenario::named("chaos").unwrap()));
    let mut job = String::new();
    for _ in 0..4000 {
        let created = ask(&service, Method::Post, "/v0.4/jobs", &bell());
        if let (201, Ok(created)) = (created.status, serde_json::from_slice::<Value>(&created.body)) {
            job = created["id"].as_str().unwrap().to_owned();
        }
        for path in ["/v0.4/jobs", &format!("/v0.4/jobs/{job}/results/probabilities")] {
            ask(&service, Method::Get, path, &Value::Null);
        }
    }
    let shown: Value = serde_json::from_slice(&ask(&service, Method::Get, "/_paultrap/scenario", &Value::Null).body).unwrap();
    let never: Vec<&Value> = shown["scenario"]["fault"].as_array().unwrap().iter().filter(|fault| fault["fired"] == 0).collect();
    assert!(never.is_empty(), "{never:?}");
}

#[tokio::test(start_paused = true)]
async fn creates_that_name_chaos_meet_more_than_one_of_its_refusals() {
    let service = Service::from(builder());
    let statuses: BTreeSet<u16> = (0..200).map(|_| ask(&service, Method::Post, "/v0.4/jobs", &naming(bell(), "chaos")).status).collect();
    assert!([201, 429, 503].iter().all(|status| statuses.contains(status)), "{statuses:?}");
}
