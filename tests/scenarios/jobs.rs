//! Faults of jobs, in virtual time: every job queues for one second and runs for two.

use crate::service::{Service, builder};
use crate::{bell, flips, naming, scenario};
use paultrap::api::Method;
use serde_json::{Value, json};
use std::time::Duration;

fn service(faults: &str) -> Service {
    Service::from(builder().scenario(scenario(faults)))
}

async fn seconds(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

/// The path of a new job.
fn create(service: &Service, job: &Value) -> String {
    format!("/jobs/{}", service.create("/jobs", job)["id"].as_str().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_job_fails_after_its_run_time_with_the_code_that_the_scenario_names() {
    let service = service("[[fault]]\non = \"create_job\"\nnth = [2]\ndo = { fail = \"QuotaExhaustedError\" }");
    let (fine, unlucky) = (create(&service, &bell()), create(&service, &bell()));
    seconds(2.5).await;
    assert_eq!(service.get(&unlucky)["status"], "started");
    seconds(1.0).await;
    assert_eq!((&service.get(&fine)["status"], &service.get(&unlucky)["status"]), (&json!("completed"), &json!("failed")));
    assert_eq!(service.get(&unlucky)["failure"]["code"], "QuotaExhaustedError");
    assert_eq!(service.status(Method::Get, &format!("{unlucky}/results/probabilities")), 404);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_canceled_by_the_service_or_never_ends() {
    let canceling = service("[[fault]]\non = \"create_job\"\ndo = \"cancel\"");
    let canceled = create(&canceling, &bell());
    seconds(4.0).await;
    assert_eq!(canceling.get(&canceled)["status"], "canceled");
    let sticking = service("[[fault]]\non = \"create_job\"\ntimes = 1\ndo = \"stuck\"");
    let (stuck, behind) = (create(&sticking, &bell()), create(&sticking, &bell()));
    seconds(1e6).await;
    assert_eq!((&sticking.get(&stuck)["status"], &sticking.get(&behind)["status"]), (&json!("started"), &json!("completed")));
    assert_eq!(sticking.status(Method::Put, &format!("{stuck}/status/cancel")), 200);
    assert_eq!(sticking.get(&stuck)["status"], "canceled", "whoever made it can");
}

#[tokio::test(start_paused = true)]
async fn results_come_later_than_the_end_of_the_job() {
    let service = service("[[fault]]\non = \"create_job\"\ndo = { results_late = \"5s\" }");
    for (job, results) in [(bell(), "results/probabilities"), (flips(3), "results/probabilities/aggregated")] {
        let job = create(&service, &job);
        seconds(3.5).await;
        assert_eq!(service.get(&job)["status"], "completed");
        assert_eq!(service.status(Method::Get, &format!("{job}/{results}")), 404);
        seconds(5.0).await;
        assert_eq!(service.status(Method::Get, &format!("{job}/{results}")), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn all_circuits_of_a_job_that_fails_fail() {
    let service = service("[[fault]]\non = \"*\"\ndo = { fail = \"InternalError\" }");
    let parent = create(&service, &flips(3));
    seconds(4.0).await;
    let parent = service.get(&parent);
    assert_eq!((&parent["status"], &parent["failure"]["code"]), (&json!("failed"), &json!("InternalError")));
    for child in parent["child_job_ids"].as_array().unwrap() {
        assert_eq!(service.get(&format!("/jobs/{}", child.as_str().unwrap()))["status"], "failed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_names_a_scenario_of_its_own_and_others_go_on_with_the_clouds() {
    let service = service("[[fault]]\non = \"get_job_probabilities\"\ndo = { scale = 0.5 }");
    let (own, other) = (create(&service, &naming(bell(), "A-01")), create(&service, &bell()));
    seconds(4.0).await;
    let sum = |job: &str| -> f64 {
        let results = service.get(&format!("{job}/results/probabilities"));
        results.as_object().unwrap().values().map(|value| value.as_f64().unwrap()).sum()
    };
    assert!((sum(&own) - 0.9999998).abs() < 1e-12 && (sum(&other) - 0.5).abs() < 1e-12);
    let (status, refusal) = service.send(Method::Post, "/jobs", &naming(bell(), "fixtures/scenarios/A-01.toml"));
    assert_eq!((status, &refusal["validation"]["keys"]), (400, &json!(["metadata.paultrap.scenario"])), "a request opens no file");
}

#[tokio::test(start_paused = true)]
async fn the_counts_of_a_fault_are_those_of_each_job_that_names_it() {
    let service = Service::from(builder());
    let jobs = [create(&service, &naming(bell(), "D-04")), create(&service, &naming(bell(), "D-04"))];
    for job in &jobs {
        assert_eq!([service.status(Method::Get, job), service.status(Method::Get, job)], [504, 200], "once for each job");
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_job_that_names_a_scenario_has_it_like_all_others() {
    let service = Service::from(builder());
    let jobs: Vec<String> = (0..3).map(|_| create(&service, &naming(bell(), "D-06"))).collect();
    seconds(4.0).await;
    for job in jobs {
        assert_eq!(service.get(&job)["status"], "canceled");
    }
    assert_eq!(service.send(Method::Post, "/jobs", &naming(bell(), "D-01-status")).0, 503);
}

#[tokio::test(start_paused = true)]
async fn every_job_that_names_a_scenario_has_chances_of_its_own() {
    let service = Service::from(builder());
    let mut histories = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let job = loop {
            if let (201, created) = service.send(Method::Post, "/jobs", &naming(bell(), "flaky")) {
                break format!("/jobs/{}", created["id"].as_str().unwrap());
            }
        };
        histories.insert((0..30).map(|_| service.status(Method::Get, &job)).collect::<Vec<_>>());
    }
    assert!(histories.len() > 10, "of twenty jobs {} have a history of their own", histories.len());
}

#[tokio::test(start_paused = true)]
async fn a_scenario_that_is_no_text_is_refused() {
    let mut job = bell();
    job["metadata"] = json!({"paultrap.scenario": 5});
    let (status, refusal) = Service::from(builder()).send(Method::Post, "/jobs", &job);
    assert_eq!((status, &refusal["validation"]["keys"]), (400, &json!(["metadata.paultrap.scenario"])));
}
