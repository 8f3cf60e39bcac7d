//! Who may do what: keys, projects, organizations, revoked keys, and how often. In virtual time.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::api::{ApiKey, Method, Query, Reply, Request};
use paultrap::cloud::{Builder, Clock, Cloud, Credential, RateLimit};
use serde_json::{Value, json};
use std::time::Duration;

fn key(text: &str) -> Credential {
    Credential::new(ApiKey::new(text))
}

fn builder() -> Builder {
    Cloud::builder().clock(Clock::tokio())
}

fn send(cloud: &Cloud, key: Option<&str>, method: Method, path: &str, body: &Value) -> (Reply, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = Request::new(method, path).key(key.map(ApiKey::new)).query(Query::parse(query));
    let request = if body.is_null() { request } else { request.json(body) };
    let reply = cloud.handle(&request);
    let body = serde_json::from_slice(&reply.body).unwrap();
    (reply, body)
}

fn get(cloud: &Cloud, key: &str, path: &str) -> (u16, Value) {
    let (reply, body) = send(cloud, Some(key), Method::Get, path, &Value::Null);
    (reply.status, body)
}

fn job(backend: &str) -> Value {
    json!({"type": "ionq.circuit.v1", "backend": backend, "input": {"circuit": [{"gate": "x", "target": 0}]}})
}

fn post(cloud: &Cloud, key: &str, backend: &str) -> (u16, Value) {
    let (reply, body) = send(cloud, Some(key), Method::Post, "/v0.4/jobs", &job(backend));
    (reply.status, body)
}

fn retry_after(reply: &Reply) -> Option<&str> {
    reply.headers.iter().find(|(name, _)| *name == "retry-after").map(|(_, value)| value.as_str())
}

#[tokio::test(start_paused = true)]
async fn keys_of_a_project_share_its_jobs_and_others_cannot_tell_that_there_are_any() {
    let cloud = builder().credential(key("a").project("p")).credential(key("b").project("p")).credential(key("c").project("q")).start();
    let (status, created) = post(&cloud, "a", "simulator");
    assert_eq!(status, 201);
    let path = format!("/v0.4/jobs/{}", created["id"].as_str().unwrap());
    assert_eq!(get(&cloud, "b", &path).0, 200);
    assert_eq!(get(&cloud, "b", "/v0.4/jobs").1["jobs"].as_array().unwrap().len(), 1);
    // B33: everything that names the job answers as if it did not exist.
    let stranger = get(&cloud, "c", &path);
    assert_eq!(stranger.0, 404);
    let none = get(&cloud, "c", "/v0.4/jobs/0198aaaa-0000-7000-8000-000000000001");
    let id = created["id"].as_str().unwrap();
    let without = |body: &Value, id: &str| body["message"].as_str().unwrap().replace(id, "ID");
    assert_eq!(without(&stranger.1, id), without(&none.1, "0198aaaa-0000-7000-8000-000000000001"));
    assert_eq!(get(&cloud, "c", &format!("{path}/results/probabilities")).0, 404);
    assert_eq!(get(&cloud, "c", "/v0.4/jobs").1["jobs"], json!([]));
    assert_eq!(get(&cloud, "c", &format!("/v0.4/jobs?ids={id}")).1["jobs"], json!([]));
    for (method, path) in [(Method::Delete, path.clone()), (Method::Put, format!("{path}/status/cancel"))] {
        assert_eq!(send(&cloud, Some("c"), method, &path, &Value::Null).0.status, 404, "{method} {path}");
    }
    for (method, path) in [(Method::Delete, "/v0.4/jobs"), (Method::Put, "/v0.4/jobs/status/cancel")] {
        assert_eq!(send(&cloud, Some("c"), method, path, &json!({"ids": [id]})).0.status, 404, "{method} {path}");
    }
    assert_eq!(get(&cloud, "a", &path).0, 200, "nobody else has deleted it");
}

#[tokio::test(start_paused = true)]
async fn a_revoked_key_is_told_so_and_a_wrong_one_is_not_repeated() {
    let cloud = builder().credential(key("CANARY-old").revoked()).credential(key("good").named("ours")).start();
    let (status, body) = get(&cloud, "CANARY-old", "/v0.4/whoami");
    assert_eq!((status, &body["message"]), (401, &json!("the API key was revoked")));
    let (status, body) = get(&cloud, "CANARY-new", "/v0.4/whoami");
    assert_eq!((status, &body["error"], &body["message"]), (401, &json!("Unauthorized Error"), &json!("the API key is not known here")));
    assert_eq!(send(&cloud, None, Method::Get, "/v0.4/whoami", &Value::Null).0.status, 401);
    assert_eq!(get(&cloud, "good", "/v0.4/whoami").1["key_name"], "ours");
    assert_eq!(get(&cloud, "CANARY-old", "/v0.4/backends").0, 200, "backends are for everybody");
    assert!(!format!("{:?}", builder().credential(key("CANARY"))).contains("CANARY"));
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_is_not_open_to_a_key_is_refused_by_name_and_leaves_no_job() {
    let cloud = builder().credential(key("a").backends(["simulator"])).start();
    assert_eq!(post(&cloud, "a", "simulator").0, 201);
    let (status, body) = post(&cloud, "a", "qpu.forte-1");
    assert_eq!((status, &body["error"]), (403, &json!("Forbidden Error")));
    assert_eq!(body["message"], "this API key may not use backend \"qpu.forte-1\", allowed are simulator");
    assert_eq!(get(&cloud, "a", "/v0.4/jobs").1["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn beyond_its_rate_a_key_waits_as_long_as_it_is_told_and_nobody_else_does() {
    let cloud = builder().credential(key("a")).credential(key("b")).rate_limit(RateLimit::per_minute(2)).start();
    let ask = |key: &str| send(&cloud, Some(key), Method::Get, "/v0.4/jobs", &Value::Null);
    assert_eq!([ask("a").0.status, ask("a").0.status], [200, 200]);
    let (refused, body) = ask("a");
    assert_eq!((refused.status, retry_after(&refused)), (429, Some("30")));
    assert_eq!((&body["statusCode"], &body["error"]), (&json!(429), &json!("Too Many Requests Error")));
    assert_eq!(body["message"], "too many requests, 2/min are allowed, try again in 30 s");
    let (created, _) = send(&cloud, Some("a"), Method::Post, "/v0.4/jobs", &job("simulator"));
    assert_eq!(created.status, 429);
    assert_eq!(ask("b").0.status, 200, "another key has its own");
    for path in ["/v0.4/health", "/v0.4/backends", "/v0.4/backends/simulator"] {
        assert_eq!(get(&cloud, "a", path).0, 200, "{path} is open to everybody");
    }
    tokio::time::sleep(Duration::from_secs(29)).await;
    let (refused, _) = ask("a");
    assert_eq!((refused.status, retry_after(&refused)), (429, Some("1")));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!([ask("a").0.status, ask("a").0.status], [200, 429]);
    assert_eq!(get(&cloud, "b", "/v0.4/jobs").1["jobs"], json!([]), "a refused create has created nothing");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_not_known_costs_nobody_a_token() {
    let cloud = builder().credential(key("a")).rate_limit(RateLimit::per_second(1)).start();
    for _ in 0..10 {
        assert_eq!(get(&cloud, "wrong", "/v0.4/jobs").0, 401);
    }
    assert_eq!(get(&cloud, "a", "/v0.4/jobs").0, 200);
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_nobody_waits() {
    let cloud = builder().start();
    for _ in 0..2000 {
        assert_eq!(get(&cloud, "a", "/v0.4/jobs").0, 200);
    }
}
