//! `GET /jobs`: every filter, and pages that neither repeat nor lose a job.
#![allow(clippy::unwrap_used)] // a test may panic

#[path = "support/service.rs"]
#[allow(dead_code)]
mod service;

use paultrap::api::{ApiKey, Method};
use serde_json::{Value, json};
use service::{Service, builder, flip, multi, seconds, single, text};

#[tokio::test(start_paused = true)]
async fn walking_the_pages_while_jobs_are_added_and_deleted_neither_repeats_nor_loses_one() {
    let service = Service::from(builder());
    let mut there: Vec<String> = (0..23).map(|_| service.submit(&single("simulator", flip(0)))).collect();
    let (mut walked, mut path) = (Vec::new(), "/jobs?limit=4".to_owned());
    loop {
        let page = service.get(&path);
        walked.extend(page["jobs"].as_array().unwrap().iter().map(|job| text(&job["id"])));
        // Between two pages: a new job, and every other time the last of the page is deleted, to which the cursor points.
        service.submit(&single("simulator", flip(1)));
        let Some(next) = page["next"].as_str() else { break };
        if walked.len() % 8 == 0 {
            assert_eq!(service.status(Method::Delete, &format!("/jobs/{next}")), 200);
        }
        path = format!("/jobs?limit=4&next={next}");
        seconds(0.001).await;
    }
    there.reverse();
    assert_eq!(walked, there);
}

#[tokio::test(start_paused = true)]
async fn jobs_with_much_metadata_have_short_pages_and_none_is_lost() {
    let service = Service::from(builder());
    let much: serde_json::Map<String, Value> = (0..10).map(|key| (key.to_string(), json!("\u{1}".repeat(40_000)))).collect();
    let mut job = single("simulator", flip(0));
    job["metadata"] = Value::Object(much);
    let mut there: Vec<String> = (0..5).map(|_| service.submit(&job)).collect();
    there.extend((0..20).map(|_| service.submit(&single("simulator", flip(0)))));
    there.reverse();
    let (mut walked, mut path) = (Vec::new(), "/jobs?limit=100".to_owned());
    loop {
        let page = service.get(&path);
        assert!(page.to_string().len() < 6 << 20, "a page of {} bytes", page.to_string().len());
        walked.extend(page["jobs"].as_array().unwrap().iter().map(|job| text(&job["id"])));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/jobs?limit=100&next={next}");
    }
    assert_eq!(walked, there);
}

#[tokio::test(start_paused = true)]
async fn the_last_full_page_has_no_next() {
    let service = Service::from(builder());
    let ids: Vec<String> = (0..4).map(|_| service.submit(&single("simulator", flip(0)))).collect();
    for (limit, next) in [(3, json!(ids[1])), (4, Value::Null), (5, Value::Null)] {
        assert_eq!(service.get(&format!("/jobs?limit={limit}"))["next"], next);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_has_25_jobs_or_as_many_as_asked_for_up_to_100() {
    let service = Service::from(builder());
    for _ in 0..101 {
        service.submit(&single("simulator", flip(0)));
    }
    for (query, length) in [("", 25), ("?limit=1", 1), ("?limit=100", 100), ("?limit=101", 100), ("?limit=1000000000", 100)] {
        assert_eq!(service.listed(&format!("/jobs{query}")).len(), length, "{query}");
    }
    for limit in ["0", "-1", "abc", "", "1.5", "99999999999999999999"] {
        let (status, message, keys) = service.refused(Method::Get, &format!("/jobs?limit={limit}"), &Value::Null);
        assert_eq!((status, keys), (400, vec!["limit".to_owned()]));
        assert_eq!(message, format!("limit {limit:?} is not allowed, a whole number ≥ 1 is needed"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_nobody_gave_is_refused() {
    let service = Service::from(builder());
    for next in ["", "abc", "0000", &"9".repeat(100_000)] {
        let (status, message, keys) = service.refused(Method::Get, &format!("/jobs?next={next}"), &Value::Null);
        assert_eq!((status, keys), (400, vec!["next".to_owned()]));
        assert!(message.len() < 200, "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn ids_come_repeated_or_with_commas_and_at_most_a_thousand_of_them() {
    let service = Service::from(builder());
    let ids: Vec<String> = (0..3).map(|_| service.submit(&single("simulator", flip(0)))).collect();
    let batch = service.submit(&multi("simulator", [flip(0)]));
    let child = &service.children(&batch)[0];
    let newest = vec![ids[2].clone(), ids[0].clone()];
    for query in [
        format!("ids={}&ids={}", ids[0], ids[2]),
        format!("ids={},{}", ids[2], ids[0]),
        format!("ids={},{},{}&ids=nonsense", ids[2], ids[0], ids[2]),
        format!("ids={},%20{}", ids[2], ids[0]),
    ] {
        assert_eq!(service.listed(&format!("/jobs?{query}")), newest, "{query}");
    }
    assert_eq!(service.listed(&format!("/jobs?ids={child}&ids={}", ids[0])), [child.clone(), ids[0].clone()], "children if named");
    assert_eq!(service.listed("/jobs?ids="), Vec::<String>::new());
    let page = service.get(&format!("/jobs?limit=1&ids={},{}", ids[2], ids[0]));
    assert_eq!(page["next"], json!(ids[2]));
    assert_eq!(service.listed(&format!("/jobs?limit=1&ids={},{}&next={}", ids[2], ids[0], ids[2])), [ids[0].clone()]);
    let many = |count: usize| format!("/jobs?ids={}", vec![ids[0].as_str(); count].join(","));
    assert_eq!(service.listed(&many(1000)), [ids[0].clone()]);
    let (status, message, keys) = service.refused(Method::Get, &many(1001), &Value::Null);
    assert_eq!((status, keys), (400, vec!["ids".to_owned()]));
    assert_eq!(message, "ids has 1001 entries, at most 1000 are allowed");
}

#[tokio::test(start_paused = true)]
async fn every_filter_finds_what_it_should_and_they_go_together() {
    let service = Service::from(builder());
    let simulated = service.submit(&single("simulator", flip(0)));
    let counted = service.submit(&single("qpu.aria-1", flip(0)));
    let forte = service.submit(&single("qpu.forte-1", flip(0)));
    let batch = service.submit(&multi("simulator", [flip(0), flip(1)]));
    let kids = service.children(&batch);
    service.status(Method::Put, &format!("/jobs/{forte}/status/cancel"));
    let list = |ids: &[&String]| ids.iter().map(|id| (*id).clone()).collect::<Vec<String>>();
    let submitter = text(&service.job(&batch)["submitter_id"]);
    for (query, expected) in [
        (String::new(), list(&[&batch, &forte, &counted, &simulated])),
        ("status=canceled".to_owned(), list(&[&forte])),
        ("status=ready".to_owned(), list(&[&batch, &counted, &simulated])),
        ("status=running".to_owned(), vec![]), // the word of v0.3
        ("target=simulator".to_owned(), list(&[&batch, &simulated])),
        ("target=qpu.aria-1,qpu.forte-1".to_owned(), list(&[&forte, &counted])),
        ("target=qpu".to_owned(), list(&[&counted])), // an old name
        ("target=qpu.aria-1,qpu.forte-1&status=ready".to_owned(), list(&[&counted])),
        (format!("parent_job_id={batch}"), list(&[&kids[1], &kids[0]])),
        (format!("parent_job_id={batch}&ids={}", kids[0]), list(&[&kids[0]])),
        (format!("parent_job_id={simulated}"), vec![]),
        ("parent_job_id=nonsense".to_owned(), vec![]),
        (format!("submitter_id={submitter}&limit=2"), list(&[&batch, &forte])),
        ("submitter_id=somebody".to_owned(), vec![]),
        ("unknown=filter&limit=1".to_owned(), list(&[&batch])),
    ] {
        assert_eq!(service.listed(&format!("/jobs?{query}")), expected, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_of_another_project_are_on_no_page_whatever_is_asked() {
    let service = Service::from(builder().api_key(ApiKey::new("first")).api_key(ApiKey::new("second")));
    let (first, second) = (service.with_key("first"), service.with_key("second"));
    let batch = first.submit(&multi("simulator", [flip(0)]));
    let own = second.submit(&single("simulator", flip(0)));
    assert_eq!(second.listed("/jobs"), vec![own]);
    for query in [format!("ids={batch}"), format!("parent_job_id={batch}"), format!("next={batch}")] {
        assert_eq!(second.listed(&format!("/jobs?{query}")), Vec::<String>::new(), "{query}");
    }
}
