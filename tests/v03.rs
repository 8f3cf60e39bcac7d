//! v0.3 as its callers see it, in virtual time: cirq-ionq up to 1.6.1 and whoever calls it by hand.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::api::{ApiKey, Method, Query, Reply, Request};
use paultrap::cloud::{Builder, Clock, Cloud};
use paultrap::outcome::Seed;
use serde_json::{Value, json};
use std::time::Duration;

fn send(cloud: &Cloud, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = Request::new(method, path).key(Some(ApiKey::new("any"))).query(Query::parse(query));
    let request = if body.is_null() { request } else { request.json(body) };
    let Reply { status, body, .. } = cloud.handle(&request);
    (status, serde_json::from_slice(&body).unwrap())
}

fn get(cloud: &Cloud, path: &str) -> Value {
    let (status, body) = send(cloud, Method::Get, path, &Value::Null);
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn post(cloud: &Cloud, body: &Value) -> String {
    let (status, reply) = send(cloud, Method::Post, "/v0.3/jobs", body);
    assert_eq!((status, &reply["status"], reply.as_object().unwrap().len()), (200, &json!("ready"), 2), "{reply}");
    reply["id"].as_str().unwrap().to_owned()
}

fn builder() -> Builder {
    let clock = Clock::tokio().starting_at("2026-03-04T05:06:07.089Z".parse().unwrap());
    Cloud::builder().clock(clock).seed(Seed(42)).queue_time(Duration::from_secs(1)).run_time(Duration::from_secs(2))
}

async fn seconds(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

fn flip(qubit: usize) -> Value {
    json!([{"gate": "x", "target": qubit}])
}

/// As cirq-ionq 1.6.1 sends it.
fn cirq(body: Value) -> Value {
    json!({"target": "simulator", "lang": "json", "body": body, "metadata": {"shots": "10", "measurement0": "m\u{1f}0"}, "shots": "10"})
}

fn several() -> Value {
    cirq(json!({"gateset": "qis", "qubits": 2, "circuits": [{"circuit": flip(0)}, {"circuit": flip(1)}]}))
}

#[tokio::test(start_paused = true)]
async fn replies_have_the_fields_and_the_units_of_v03() {
    let cloud = builder().start();
    let id = post(&cloud, &json!({"input": {"qubits": 3, "circuit": flip(1)}}));
    insta::assert_json_snapshot!("v03_ready_job", get(&cloud, &format!("/v0.3/jobs/{id}")));
    seconds(1.5).await;
    assert_eq!(get(&cloud, &format!("/v0.3/jobs/{id}"))["status"], "running");
    seconds(2.0).await;
    let qpu = json!({
        "target": "qpu.aria-1", "name": "n", "shots": 700, "noise": {"model": "aria-1"}, "error_mitigation": {"debias": false},
        "input": {"format": "ionq.circuit.v0", "gateset": "native", "qubits": 1,
            "circuit": [{"gate": "gpi", "target": 0, "phase": std::f64::consts::FRAC_PI_2}]}
    });
    let warned = post(&cloud, &qpu);
    let parent = post(&cloud, &several());
    let failed = post(&cloud, &json!({"input": {"qubits": 30, "circuit": []}}));
    seconds(3.5).await;
    insta::assert_json_snapshot!("v03_completed_job", get(&cloud, &format!("/v0.3/jobs/{id}")));
    insta::assert_json_snapshot!("v03_warned_job", get(&cloud, &format!("/v0.3/jobs/{warned}")));
    insta::assert_json_snapshot!("v03_completed_parent", get(&cloud, &format!("/v0.3/jobs/{parent}")));
    insta::assert_json_snapshot!("v03_failed_job", get(&cloud, &format!("/v0.3/jobs/{failed}")));
    insta::assert_json_snapshot!("v03_backend", get(&cloud, "/v0.3/backends/qpu.aria-1"));
    assert_eq!(get(&cloud, &format!("/v0.3/jobs/{id}/results")), json!({"2": 1.0}));
}

#[tokio::test(start_paused = true)]
async fn a_job_is_the_same_job_in_both_versions() {
    let cloud = builder().start();
    let id =
        post(&cloud, &json!({"target": "qpu.forte-1", "shots": 500, "error_mitigation": {"debias": true}, "input": {"circuit": flip(0)}}));
    let newer = get(&cloud, &format!("/v0.4/jobs/{id}"));
    assert_eq!((&newer["type"], &newer["backend"], &newer["shots"]), (&json!("ionq.circuit.v1"), &json!("qpu.forte-1"), &json!(500)));
    assert_eq!(newer["settings"]["error_mitigation"]["debiasing"], true);
    let asked = json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"circuit": flip(0)}});
    let (_, created) = send(&cloud, Method::Post, "/v0.4/jobs", &asked);
    let older = get(&cloud, &format!("/v0.3/jobs/{}", created["id"].as_str().unwrap()));
    assert_eq!((&older["target"], &older["request"]), (&json!("simulator"), &json!(1_772_600_767)));
}

#[tokio::test(start_paused = true)]
async fn several_circuits_come_back_as_a_map_of_children_in_order() {
    let cloud = builder().start();
    let id = post(&cloud, &several());
    seconds(3.5).await;
    let job = get(&cloud, &format!("/v0.3/jobs/{id}"));
    let children: Vec<String> = job["children"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    let url = job["results_url"].as_str().unwrap();
    assert_eq!(get(&cloud, url), json!({(children[0].clone()): {"1": 1.0}, (children[1].clone()): {"2": 1.0}}));
    assert!(children[0] < children[1], "maps are read in the order of their keys");
    assert_eq!(get(&cloud, &format!("{url}?sharpen=False")), get(&cloud, url));
    assert_eq!(get(&cloud, &format!("/v0.3/jobs/{}/results", children[1])), json!({"2": 1.0}));
}

#[tokio::test(start_paused = true)]
async fn lists_are_filtered_in_the_words_of_v03_and_end_without_a_next() {
    let cloud = builder().start();
    let mut ids: Vec<String> = (0..3).map(|_| post(&cloud, &cirq(json!({"qubits": 1, "circuit": flip(0)})))).collect();
    ids.reverse();
    let listed = |path: &str| {
        let reply = get(&cloud, path);
        let jobs = reply["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned());
        (jobs.collect::<Vec<_>>(), reply.get("next").cloned())
    };
    assert_eq!(listed("/v0.3/jobs"), (ids.clone(), None));
    let (first, next) = listed("/v0.3/jobs?limit=2");
    assert_eq!(first, ids[..2]);
    let next = next.unwrap();
    assert_eq!(listed(&format!("/v0.3/jobs?limit=2&next={}", next.as_str().unwrap())), (ids[2..].to_vec(), None));
    for name in ["id", "id[]", "ids"] {
        assert_eq!(listed(&format!("/v0.3/jobs?{name}={},{}", ids[0], ids[2])).0, [ids[0].clone(), ids[2].clone()], "{name}");
    }
    assert_eq!((listed("/v0.3/jobs?status=ready").0.len(), listed("/v0.3/jobs?status=running").0.len()), (3, 0));
    seconds(1.5).await;
    assert_eq!((listed("/v0.3/jobs?status=ready").0.len(), listed("/v0.3/jobs?status=running").0.len()), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn fields_can_be_chosen() {
    let cloud = builder().start();
    let id = post(&cloud, &json!({"name": "n", "input": {"circuit": flip(0)}}));
    let path = format!("/v0.3/jobs/{id}");
    assert_eq!(get(&cloud, &format!("{path}?include=status,name,device_id")), json!({"status": "ready", "name": "n"}));
    assert_eq!(get(&cloud, &format!("{path}?include[]=id&include[]=status&exclude[]=status")), json!({"id": id}));
    let (all, some) = (get(&cloud, &path), get(&cloud, &format!("{path}?exclude=gate_counts")));
    assert_eq!((all.as_object().unwrap().len(), some.get("gate_counts")), (some.as_object().unwrap().len() + 1, None));
}

#[tokio::test(start_paused = true)]
async fn jobs_are_canceled_and_deleted_alone_and_together() {
    let cloud = builder().start();
    let ids: Vec<String> = (0..4).map(|_| post(&cloud, &json!({"input": {"circuit": flip(0)}}))).collect();
    let ask = |method, path: String, body: &Value| send(&cloud, method, &path, body);
    let canceled = ask(Method::Put, format!("/v0.3/jobs/{}/status/cancel", ids[0]), &Value::Null);
    assert_eq!(canceled, (200, json!({"id": ids[0], "status": "canceled"})));
    let job = get(&cloud, &format!("/v0.3/jobs/{}", ids[0]));
    assert_eq!((&job["status"], job.get("failure")), (&json!("canceled"), None));
    let both = json!({"ids": [ids[1], ids[2]]});
    let canceled = ask(Method::Put, "/v0.3/jobs/status/cancel".to_owned(), &both);
    assert_eq!(canceled, (200, json!({"ids": [ids[1], ids[2]], "status": "canceled"})));
    assert_eq!(ask(Method::Delete, format!("/v0.3/jobs/{}", ids[3]), &Value::Null), (200, json!({"id": ids[3], "status": "deleted"})));
    assert_eq!(ask(Method::Delete, "/v0.3/jobs".to_owned(), &both), (200, json!({"ids": [ids[1], ids[2]], "status": "deleted"})));
    assert_eq!(get(&cloud, "/v0.3/jobs")["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn backends_are_listed_by_what_they_do() {
    let cloud = builder().start();
    let listed = |query: &str| {
        let reply = get(&cloud, &format!("/v0.3/backends{query}"));
        reply.as_array().unwrap().iter().map(|backend| backend["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = listed("");
    let available = all.iter().filter(|status| *status == "available").count();
    assert!(available > 0 && available < all.len(), "{all:?}");
    assert_eq!(listed("?status=available"), vec!["available"; available]);
    assert_eq!(listed("?status=running"), vec!["available"; available]);
    assert!(listed("?status=retired").iter().all(|status| status == "retired"));
    assert!(listed("?status=calibrating").is_empty());
    let (status, refused) = send(&cloud, Method::Get, "/v0.3/backends?status=asleep", &Value::Null);
    assert_eq!((status, &refused["validation"]), (400, &json!({"keys": ["status"], "source": "query"})));
}

#[tokio::test(start_paused = true)]
async fn characterizations_are_dated_in_seconds_filtered_in_milliseconds_and_speak_of_means() {
    let cloud = builder().start();
    let (_, newest) = send(&cloud, Method::Get, "/v0.4/backends/qpu.aria-1/characterizations?limit=1", &Value::Null);
    let newest = &newest["characterizations"][0];
    let list = get(&cloud, "/v0.3/characterizations/backends/qpu.aria-1");
    let current = get(&cloud, "/v0.3/characterizations/backends/qpu.aria-1/current");
    assert_eq!(list["characterizations"][0], current);
    assert_eq!(get(&cloud, &format!("/v0.3/characterizations/{}", current["id"].as_str().unwrap())), current);
    let url = get(&cloud, "/v0.3/backends/qpu.aria-1")["characterization_url"].as_str().unwrap().to_owned();
    assert_eq!(get(&cloud, &format!("/v0.3{url}")), current);
    for same in ["id", "backend", "qubits", "connectivity", "timing"] {
        assert_eq!(current[same], newest[same], "{same}");
    }
    assert_eq!((&current["target"], &current["fidelity"]["1q"]["mean"]), (&current["backend"], &newest["fidelity"]["1q"]["median"]));
    let date = current["date"].as_i64().unwrap();
    let written: jiff::Timestamp = newest["date"].as_str().unwrap().parse().unwrap();
    assert_eq!(date, written.as_second());
    let count = |query: String| {
        get(&cloud, &format!("/v0.3/characterizations/backends/qpu.aria-1?{query}"))["characterizations"].as_array().unwrap().len()
    };
    assert_eq!(count(format!("start={}", (date + 1) * 1000)), 0);
    assert_eq!(count(format!("start={}&end={}", date * 1000, (date + 1) * 1000)), 1);
    for (path, status) in [
        ("/v0.3/characterizations/backends/simulator/current", 404),
        ("/v0.3/characterizations/backends/qpu.nowhere", 404),
        ("/v0.3/characterizations/nonsense", 404),
        ("/v0.3/characterizations/backends/qpu.aria-1?start=2026-01-01", 400),
    ] {
        assert_eq!(send(&cloud, Method::Get, path, &Value::Null).0, status, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_told_in_the_words_of_the_request() {
    let cloud = builder().start();
    let wrong = json!([{"gate": "x", "target": 5}]);
    for (body, key) in [
        (json!({}), "input"),
        (json!({"input": {}}), "input.circuit"),
        (json!({"body": {}}), "body.circuit"),
        (json!({"target": "qpu.nowhere", "input": {"circuit": []}}), "target"),
        (json!({"shots": 0, "input": {"circuit": []}}), "shots"),
        (json!({"input": {"qubits": 1, "circuit": wrong}}), "input.circuit[0].target"),
        (json!({"body": {"qubits": 1, "circuit": wrong}}), "body.circuit[0].target"),
        (json!({"body": {"qubits": 1, "circuits": [{"circuit": wrong}]}}), "body.circuits[0].circuit[0].target"),
        (json!({"body": {"circuit": [], "circuits": []}}), "body.circuits"),
        (json!({"body": {"circuit": [{"gate": 5}]}}), "body.circuit[0].gate"),
        (json!({"lang": "qasm", "body": {"circuit": []}}), "lang"),
    ] {
        let (status, reply) = send(&cloud, Method::Post, "/v0.3/jobs", &body);
        assert_eq!((status, &reply["validation"]["keys"][0]), (400, &json!(key)), "{body}: {reply}");
        let message = reply["message"].as_str().unwrap();
        let old = body.get("body").is_none() || !message.contains("input");
        assert!(old, "{body}: {message}");
    }
    assert_eq!(send(&cloud, Method::Get, "/v0.3/jobs/nonsense", &Value::Null).0, 404);
    assert_eq!(send(&cloud, Method::Post, "/v0.3/sessions", &json!({})).0, 404);
    assert_eq!(cloud.handle(&Request::new(Method::Get, "/v0.3/jobs")).status, 401);
}
