//! Faults of lists and of what is seen of jobs, in virtual time: every job queues for one second and runs for two.

use crate::service::{Service, builder, seconds};
use crate::{bell, flips, scenario};
use paultrap::api::{ApiKey, Method, Request};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A cloud with these faults and so many jobs, the newest first.
fn service(faults: &str, jobs: usize) -> (Service, Vec<String>) {
    let service = Service::from(builder().scenario(scenario(faults)));
    let mut made: Vec<String> = (0..jobs).map(|_| service.submit(&bell())).collect();
    made.reverse();
    (service, made)
}

/// The ids on each page, and its `next`; six pages at most.
fn pages(service: &Service, path: &str) -> Vec<(Vec<String>, Value)> {
    let mut pages: Vec<(Vec<String>, Value)> = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let next = cursor.as_str().map(|next| format!("&next={next}")).unwrap_or_default();
        let page = service.get(&format!("{path}?limit=2{next}"));
        let ids = page["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned());
        cursor = page["next"].clone();
        pages.push((ids.collect(), cursor.clone()));
        if cursor.is_null() || pages.len() == 6 {
            return pages;
        }
    }
}

/// Some of the jobs.
fn at(jobs: &[String], places: &[usize]) -> Vec<String> {
    places.iter().map(|&place| jobs[place].clone()).collect()
}

fn on_lists(fault: &str) -> String {
    format!("[[fault]]\non = \"*\"\ndo = {fault}")
}

#[tokio::test(start_paused = true)]
async fn a_looping_list_never_ends_and_never_gets_beyond_its_second_page() {
    let (service, jobs) = service(&on_lists("\"page_loop\""), 5);
    let pages = pages(&service, "/jobs");
    assert_eq!(pages.len(), 6);
    assert_eq!(pages[0], (jobs[..2].to_vec(), json!(jobs[1])));
    assert!(pages[1..].iter().all(|page| *page == (jobs[2..4].to_vec(), json!(jobs[1]))), "{pages:?}");
}

#[tokio::test(start_paused = true)]
async fn a_looping_list_of_one_page_has_a_next_one_which_is_empty_for_ever() {
    let (service, jobs) = service(&on_lists("\"page_loop\""), 1);
    let pages = pages(&service, "/jobs");
    assert_eq!(pages[0], (jobs.clone(), json!(jobs[0])));
    assert!(pages.len() == 6 && pages[1..].iter().all(|page| *page == (Vec::new(), json!(jobs[0]))), "{pages:?}");
    let none = self::service(&on_lists("\"page_loop\""), 0).0;
    assert_eq!(none.get("/jobs"), json!({"jobs": [], "next": null}), "there is no cursor of nothing");
}

#[tokio::test(start_paused = true)]
async fn overlapping_pages_repeat_one_job_each_and_still_come_to_an_end() {
    let (service, jobs) = service(&on_lists("\"page_overlap\""), 5);
    let pages: Vec<Vec<String>> = pages(&service, "/jobs").into_iter().map(|(ids, _)| ids).collect();
    assert_eq!(pages, [at(&jobs, &[0, 1, 1]), at(&jobs, &[1, 2, 3]), at(&jobs, &[3, 4])]);
}

#[tokio::test(start_paused = true)]
async fn an_overlapping_page_does_not_bring_back_a_job_that_is_gone_or_not_asked_for() {
    let (service, jobs) = service(&on_lists("\"page_overlap\""), 4);
    assert_eq!(service.status(Method::Delete, &format!("/jobs/{}", jobs[1])), 200);
    assert_eq!(service.listed(&format!("/jobs?limit=2&next={}", jobs[1])), at(&jobs, &[2, 3, 3]));
    assert_eq!(service.status(Method::Put, &format!("/jobs/{}/status/cancel", jobs[2])), 200);
    assert_eq!(service.listed(&format!("/jobs?status=ready&next={}", jobs[2])), at(&jobs, &[3, 3]), "the one at the cursor is canceled");
}

#[tokio::test(start_paused = true)]
async fn shuffled_pages_have_all_jobs_and_another_order() {
    let (service, jobs) = service(&on_lists("\"shuffled\""), 5);
    let listed: Vec<String> = pages(&service, "/jobs").into_iter().flat_map(|(ids, _)| ids).collect();
    assert_eq!(listed, at(&jobs, &[1, 0, 3, 2, 4]), "of two there is one other order, of one there is none");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_forgets_an_entry_lacks_one_of_each_page_and_goes_on_behind_it() {
    let (service, jobs) = service(&on_lists("\"forget_entry\""), 5);
    let pages = pages(&service, "/jobs");
    assert_eq!(pages.iter().map(|(ids, _)| ids.len()).collect::<Vec<_>>(), [1, 1, 0]);
    assert!(jobs[..2].contains(&pages[0].0[0]) && jobs[2..4].contains(&pages[1].0[0]), "{pages:?}");
    assert_eq!([&pages[0].1, &pages[1].1], [&json!(jobs[1]), &json!(jobs[3])]);
    let lacking = (0..20).map(|_| service.listed("/jobs")).map(|ids| jobs.iter().position(|id| !ids.contains(id)));
    assert!(lacking.collect::<BTreeSet<_>>().len() > 1, "it is not always the same one");
}

#[tokio::test(start_paused = true)]
async fn lists_of_a_session_have_the_same_faults() {
    for (fault, expected) in [("page_overlap", 2), ("forget_entry", 0)] {
        let service = Service::from(builder().scenario(scenario(&on_lists(&format!("\"{fault}\"")))));
        let session = service.create_id("/sessions", &json!({"backend": "simulator"}));
        let mut job = bell();
        job["session_id"] = json!(session);
        service.submit(&job);
        assert_eq!(service.listed(&format!("/sessions/{session}/jobs")).len(), expected, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hidden_job_does_not_exist_for_anybody_for_a_while_and_runs_all_the_same() {
    let hidden = "[[fault]]\non = \"create_job\"\ntimes = 1\ndo = { hidden = \"5s\" }";
    let (service, jobs) = service(hidden, 2);
    let (job, other) = (format!("/jobs/{}", jobs[1]), &jobs[0]);
    seconds(4.5).await;
    assert_eq!(service.listed("/jobs"), at(&jobs, &[0]));
    assert_eq!(service.listed(&format!("/jobs?ids={},{other}", jobs[1])), at(&jobs, &[0]));
    let cancel = json!({"ids": [other, &jobs[1]]});
    for (method, path) in [
        (Method::Get, ""),
        (Method::Get, "/results/probabilities"),
        (Method::Get, "/cost"),
        (Method::Get, "/circuits/qasm3"),
        (Method::Post, "/clone"),
        (Method::Post, "/move"),
        (Method::Put, "/status/cancel"),
        (Method::Delete, ""),
    ] {
        let (status, message, _) = service.refused(method, &format!("{job}{path}"), &Value::Null);
        let unknown = service.refused(method, &format!("/jobs/0198aaaa-0000-7000-8000-000000000001{path}"), &Value::Null);
        assert_eq!(
            (status, message.replace(&jobs[1], "ID")),
            (404, unknown.1.replace("0198aaaa-0000-7000-8000-000000000001", "ID")),
            "{path}"
        );
    }
    assert_eq!(service.refused(Method::Put, "/jobs/status/cancel", &cancel).0, 404, "all or nothing");
    seconds(1.0).await;
    assert_eq!((&service.get(&job)["status"], service.listed("/jobs")), (&json!("completed"), jobs.clone()));
    assert_eq!(service.get(&job)["completed_at"], service.job(other)["completed_at"], "it ran as any other");
}

#[tokio::test(start_paused = true)]
async fn an_unlisted_job_is_found_by_its_id_only_and_circuits_follow_their_job() {
    for (fault, by_id) in [("unlisted", 200), ("hidden", 404)] {
        let service = Service::from(builder().scenario(scenario(&format!("[[fault]]\non = \"create_job\"\ndo = {{ {fault} = \"5s\" }}"))));
        let parent = service.submit(&flips(2));
        let children = |service: &Service| service.listed(&format!("/jobs?parent_job_id={parent}")).len();
        assert_eq!((service.listed("/jobs").len(), children(&service)), (0, 0), "{fault}");
        assert_eq!(service.status(Method::Get, &format!("/jobs/{parent}")), by_id, "{fault}");
        seconds(4.9).await;
        assert_eq!((service.listed("/jobs").len(), children(&service)), (0, 0), "{fault}");
        seconds(0.2).await;
        assert_eq!((service.listed("/jobs").len(), children(&service)), (1, 2), "{fault}");
        for child in service.children(&parent) {
            assert_eq!(service.job(&child)["status"], "completed", "{fault}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn clones_and_moved_jobs_are_hidden_too() {
    for how in ["clone", "move"] {
        let hidden = format!("[[fault]]\non = \"{how}_job\"\ndo = {{ hidden = \"5s\" }}");
        let (service, jobs) = service(&hidden, 1);
        let again = service.create_id(&format!("/jobs/{}/{how}", jobs[0]), &json!({}));
        assert_eq!(service.status(Method::Get, &format!("/jobs/{again}")), 404, "{how}");
        assert_eq!(service.listed("/jobs"), jobs, "{how}");
        seconds(5.1).await;
        assert_eq!(service.job(&again)["status"], "completed", "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_completed_job_goes_back_to_what_it_was_and_comes_again() {
    let backwards =
        "[[fault]]\non = \"get_job\"\nnth = [2]\ndo = \"backwards\"\n[[fault]]\non = \"get_jobs\"\nnth = [2]\ndo = \"backwards\"";
    for job in [json!({"shots": 500, "backend": "qpu.aria-1", "settings": {"error_mitigation": {"debiasing": true}}}), json!({})] {
        let service = Service::from(builder().scenario(scenario(backwards)));
        let id = service.submit(&crate::service::with(&bell(), job));
        seconds(2.0).await;
        let (started, listed) = (service.job(&id), service.get("/jobs"));
        assert_eq!((&started["status"], &listed["jobs"][0]["status"]), (&json!("started"), &json!("started")), "while it was");
        seconds(2.0).await;
        assert_eq!((service.job(&id), service.get("/jobs")), (started, listed), "key by key");
        assert_eq!((&service.job(&id)["status"], &service.get("/jobs")["jobs"][0]["status"]), (&json!("completed"), &json!("completed")));
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_that_are_not_completed_do_not_go_backwards() {
    let (service, jobs) = service("[[fault]]\non = \"*\"\ndo = \"backwards\"", 1);
    assert_eq!(service.job(&jobs[0])["status"], "ready");
    assert_eq!(service.status(Method::Put, &format!("/jobs/{}/status/cancel", jobs[0])), 200);
    assert_eq!(service.job(&jobs[0])["status"], "canceled");
}

#[tokio::test(start_paused = true)]
async fn version_0_3_has_the_same_faults() {
    let faults = "[[fault]]\non = \"get_jobs\"\ndo = \"page_loop\"\n[[fault]]\non = \"*\"\nnth = [2]\ndo = \"backwards\"";
    let (service, jobs) = service(faults, 1);
    seconds(4.0).await;
    let get = |path: &str| -> Value {
        let request = Request::new(Method::Get, path).key(Some(ApiKey::new("any")));
        serde_json::from_slice(&service.cloud.handle(&request).body).unwrap()
    };
    assert_eq!(get("/v0.3/jobs")["next"], json!(jobs[0]));
    let back = get(&format!("/v0.3/jobs/{}", jobs[0]));
    assert_eq!((&back["status"], back.get("results_url").cloned().unwrap_or_default()), (&json!("running"), Value::Null), "{back}");
    assert_eq!(get(&format!("/v0.3/jobs/{}", jobs[0]))["status"], "completed");
}
