//! The service as one of its users sees it: `Cloud::handle`, JSON in and out.

use paultrap::api::{ApiKey, Method, Query, Reply, Request};
use paultrap::cloud::{Builder, Clock, Cloud};
use serde_json::{Value, json};
use std::time::Duration;

/// A cloud and the key to it.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) cloud: Cloud,
    key: &'static str,
}

/// Every job queues for one second and runs for two, in virtual time; the cloud starts at 2026-03-04T05:06:07Z.
pub(crate) fn builder() -> Builder {
    let clock = Clock::tokio().starting_at("2026-03-04T05:06:07Z".parse().unwrap());
    Cloud::builder().clock(clock).queue_time(Duration::from_secs(1)).run_time(Duration::from_secs(2))
}

impl From<Builder> for Service {
    fn from(builder: Builder) -> Service {
        Service { cloud: builder.start(), key: "any" }
    }
}

impl Service {
    /// The same cloud with another key.
    pub(crate) fn with_key(&self, key: &'static str) -> Service {
        Service { key, ..self.clone() }
    }

    /// Status and body of an answer. Paths are those below `/v0.4`; a body of null is none.
    pub(crate) fn send(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request::new(method, format!("/v0.4{path}")).key(Some(ApiKey::new(self.key))).query(Query::parse(query));
        let request = if body.is_null() { request } else { request.json(body) };
        let Reply { status, body, .. } = self.cloud.handle(&request);
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// What is at a path.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, reply) = self.send(Method::Get, path, &Value::Null);
        assert_eq!(status, 200, "{path}: {reply}");
        reply
    }

    /// The status with which a path is answered.
    pub(crate) fn status(&self, method: Method, path: &str) -> u16 {
        self.send(method, path, &Value::Null).0
    }

    /// What comes of a POST that makes something new.
    pub(crate) fn create(&self, path: &str, body: &Value) -> Value {
        let (status, reply) = self.send(Method::Post, path, body);
        assert_eq!(status, 201, "{path} {body}: {reply}");
        reply
    }

    /// The id of what comes of it.
    pub(crate) fn create_id(&self, path: &str, body: &Value) -> String {
        text(&self.create(path, body)["id"])
    }

    /// Status, message and the fields at fault of a request that is refused.
    pub(crate) fn refused(&self, method: Method, path: &str, body: &Value) -> (u16, String, Vec<String>) {
        let (status, reply) = self.send(method, path, body);
        assert!(status >= 400, "{method} {path} {body}: {reply}");
        assert_eq!(reply["statusCode"], status);
        let keys = reply["validation"]["keys"].as_array().cloned().unwrap_or_default();
        (status, text(&reply["message"]), keys.iter().map(text).collect())
    }

    /// A new job's id.
    pub(crate) fn submit(&self, body: &Value) -> String {
        self.create_id("/jobs", body)
    }

    pub(crate) fn job(&self, id: &str) -> Value {
        self.get(&format!("/jobs/{id}"))
    }

    /// The ids of a job's children.
    pub(crate) fn children(&self, id: &str) -> Vec<String> {
        self.job(id)["child_job_ids"].as_array().unwrap().iter().map(text).collect()
    }

    /// The ids of the jobs on a page.
    pub(crate) fn listed(&self, path: &str) -> Vec<String> {
        self.get(path)["jobs"].as_array().unwrap().iter().map(|job| text(&job["id"])).collect()
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// X on one of three qubits.
pub(crate) fn flip(qubit: usize) -> Value {
    json!([{"gate": "x", "target": qubit}])
}

/// A job of one circuit of three qubits.
pub(crate) fn single(backend: &str, circuit: Value) -> Value {
    json!({"type": "ionq.circuit.v1", "backend": backend, "input": {"qubits": 3, "circuit": circuit}})
}

/// A job of several.
pub(crate) fn multi(backend: &str, circuits: impl IntoIterator<Item = Value>) -> Value {
    let circuits: Vec<Value> = circuits.into_iter().map(|circuit| json!({"circuit": circuit})).collect();
    json!({"type": "ionq.multi-circuit.v1", "backend": backend, "input": {"qubits": 3, "circuits": circuits}})
}

/// The body with more keys, or others.
pub(crate) fn with(body: &Value, more: Value) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// Virtual time goes by.
pub(crate) async fn seconds(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}
