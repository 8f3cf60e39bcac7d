//! The service itself, request by request, in virtual time: exact ids, exact times, exact shapes.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::api::{ApiKey, Method, Query, Reply, Request};
use paultrap::cloud::{Builder, Clock, Cloud};
use paultrap::outcome::Seed;
use paultrap::simulate::{Demand, Memory};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CIRQ: &str = "cirq/1.7.0 (python/3.11.7)";

fn send(cloud: &Cloud, agent: Option<&str>, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = Request::new(method, path).key(Some(ApiKey::new("any"))).query(Query::parse(query));
    let request = Request { user_agent: agent.map(str::to_owned), ..request };
    let request = if body.is_null() { request } else { request.json(body) };
    let Reply { status, body, .. } = cloud.handle(&request);
    (status, serde_json::from_slice(&body).unwrap())
}

fn post(cloud: &Cloud, body: &Value) -> String {
    let (status, reply) = send(cloud, None, Method::Post, "/v0.4/jobs", body);
    assert_eq!(status, 201, "{reply}");
    reply["id"].as_str().unwrap().to_owned()
}

fn get(cloud: &Cloud, path: &str) -> Value {
    send(cloud, None, Method::Get, path, &Value::Null).1
}

fn job(cloud: &Cloud, id: &str) -> Value {
    get(cloud, &format!("/v0.4/jobs/{id}"))
}

fn children(cloud: &Cloud, id: &str) -> Vec<String> {
    job(cloud, id)["child_job_ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn flip(qubit: usize) -> Value {
    json!([{"gate": "x", "target": qubit}])
}

fn single() -> Value {
    json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": 3, "circuit": flip(1)}})
}

fn multi(circuits: Vec<Value>) -> Value {
    let circuits: Vec<Value> = circuits.into_iter().map(|circuit| json!({"circuit": circuit})).collect();
    json!({"type": "ionq.multi-circuit.v1", "backend": "simulator", "input": {"qubits": 10, "circuits": circuits}})
}

fn builder() -> Builder {
    Cloud::builder().clock(Clock::tokio()).queue_time(Duration::from_secs(1)).run_time(Duration::from_secs(2))
}

async fn seconds(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn replies_have_every_key_of_the_contract() {
    let clock = Clock::tokio().starting_at("2026-03-04T05:06:07.089Z".parse().unwrap());
    let cloud = builder().clock(clock).seed(Seed(42)).start();
    let asked = json!({
        "type": "ionq.circuit.v1", "backend": "simulator", "name": "flip", "shots": "250",
        "metadata": {"run": "4\u{1f}2", "ionq_compiler_synthesis": true}, "noise": {"model": "ideal", "seed": null},
        "settings": {"compilation": {"opt": 0, "precision": "1E-3"}}, "unknown": {"to": ["us"]},
        "input": {"gateset": "qis", "qubits": 3, "circuit": [{"gate": "h", "targets": [0]}, {"gate": "cnot", "control": 0, "target": 1}]}
    });
    let (_, created) = send(&cloud, None, Method::Post, "/v0.4/jobs", &asked);
    insta::assert_json_snapshot!("created_job", created);
    let id = created["id"].as_str().unwrap().to_owned();
    insta::assert_json_snapshot!("ready_job", job(&cloud, &id));
    seconds(3.5).await;
    insta::assert_json_snapshot!("completed_job", job(&cloud, &id));
    let counted = post(&cloud, &json!({"type": "ionq.circuit.v1", "backend": "qpu.forte-1", "input": {"circuit": flip(0)}}));
    let parent = post(&cloud, &multi(vec![flip(0), flip(1)]));
    let failed = post(&cloud, &json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": 30, "circuit": []}}));
    seconds(3.5).await;
    insta::assert_json_snapshot!("counted_job", job(&cloud, &counted));
    insta::assert_json_snapshot!("completed_parent", job(&cloud, &parent));
    insta::assert_json_snapshot!("failed_job", job(&cloud, &failed));
    insta::assert_json_snapshot!("jobs", get(&cloud, "/v0.4/jobs?limit=1"));
    insta::assert_json_snapshot!("backend", get(&cloud, "/v0.4/backends/qpu.aria-1"));
    insta::assert_json_snapshot!("bad_request", send(&cloud, None, Method::Post, "/v0.4/jobs", &json!({"type": "ionq.circuit.v1"})));
    insta::assert_json_snapshot!("not_found", send(&cloud, None, Method::Get, "/v0.4/jobs/nonsense", &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn cirq_never_sees_a_null_that_it_cannot_bear_and_others_always_see_the_key() {
    let cloud = builder().start();
    let id = post(&cloud, &single());
    for (path, key) in [(format!("/v0.4/jobs/{id}"), "failure"), ("/v0.4/jobs".to_owned(), "next")] {
        let (_, cirq) = send(&cloud, Some(CIRQ), Method::Get, &path, &json!({"limit": 1000}));
        assert_eq!(cirq.get(key), None, "{path}");
        let (_, other) = send(&cloud, Some("ionq-core/0.2.0"), Method::Get, &path, &Value::Null);
        assert_eq!(other.get(key), Some(&Value::Null), "{path}");
    }
    let first = |sdk| send(&cloud, Some(sdk), Method::Get, "/v0.4/jobs", &Value::Null).1["jobs"][0].clone();
    assert_eq!((first(CIRQ).get("failure"), first("ionq-core/0.2.0").get("failure")), (None, Some(&Value::Null)));
}

#[tokio::test(start_paused = true)]
async fn jobs_queue_and_run_for_exactly_as_long_as_they_should() {
    let cloud = builder().start();
    let id = post(&cloud, &single());
    for (pause, status) in [(0.9, "ready"), (0.2, "started"), (1.8, "started"), (0.2, "completed")] {
        seconds(pause).await;
        assert_eq!(job(&cloud, &id)["status"], status);
    }
    let done = job(&cloud, &id);
    assert_eq!((&done["status"], &done["execution_duration_ms"]), (&json!("completed"), &json!(2000)));
}

#[tokio::test(start_paused = true)]
async fn a_parent_ends_although_its_children_are_deleted_or_canceled() {
    let delete = |cloud: &Cloud, id: &str| send(cloud, None, Method::Delete, &format!("/v0.4/jobs/{id}"), &Value::Null).0;
    let cancel = |cloud: &Cloud, id: &str| send(cloud, None, Method::Put, &format!("/v0.4/jobs/{id}/status/cancel"), &Value::Null).0;
    let cloud = builder().start();
    let id = post(&cloud, &multi(vec![flip(0)]));
    assert_eq!(delete(&cloud, &children(&cloud, &id)[0]), 200);
    assert_eq!(job(&cloud, &id)["status"], "canceled");
    let id = post(&cloud, &multi(vec![flip(0), flip(1), flip(2)]));
    let kids = children(&cloud, &id);
    assert_eq!((cancel(&cloud, &kids[0]), delete(&cloud, &kids[1])), (200, 200));
    let parent = job(&cloud, &id);
    assert_eq!((&parent["status"], &parent["started_at"]), (&json!("ready"), &Value::Null), "no child has started");
    seconds(4.0).await;
    assert_eq!(job(&cloud, &id)["status"], "canceled");
    assert_eq!(children(&cloud, &id), kids, "places do not shift");
    // The end does not depend on whether the others were done when a child was deleted.
    for pause in [0.5, 1.5] {
        let id = post(&cloud, &multi(vec![flip(0), flip(1)]));
        seconds(pause).await;
        assert_eq!(delete(&cloud, &children(&cloud, &id)[1]), 200);
        seconds(4.0).await;
        assert_eq!(job(&cloud, &id)["status"], "canceled");
    }
    let id = post(&cloud, &multi(vec![flip(0)]));
    assert_eq!(cancel(&cloud, &id), 200);
    let canceled = job(&cloud, &id);
    assert_eq!((&canceled["started_at"], &canceled["execution_duration_ms"]), (&Value::Null, &Value::Null));
    // Deleted after the end, a child takes its result along and nothing else.
    let id = post(&cloud, &multi(vec![flip(0), flip(1), flip(2)]));
    seconds(4.0).await;
    let kids = children(&cloud, &id);
    assert_eq!(delete(&cloud, &kids[1]), 200);
    let results = get(&cloud, &format!("/v0.4/jobs/{id}/results/probabilities/aggregated"));
    assert_eq!(results, json!({(kids[0].clone()): {"1": 1.0}, (kids[2].clone()): {"4": 1.0}}));
    assert_eq!((delete(&cloud, &id), cloud.unfinished()), (200, 0));
    assert_eq!(send(&cloud, None, Method::Get, &format!("/v0.4/jobs/{}", kids[0]), &Value::Null).0, 404);
}

#[tokio::test(start_paused = true)]
async fn one_circuit_that_cannot_run_fails_alone_and_its_parent_says_which() {
    let cloud = builder().start();
    let greedy = json!([{"gate": "x", "target": 9, "controls": [0, 1, 2, 3, 4, 5, 6, 7]}]);
    let id = post(&cloud, &multi(vec![flip(0), greedy.clone(), flip(2)]));
    seconds(4.0).await;
    let parent = job(&cloud, &id);
    assert_eq!((&parent["status"], &parent["stats"]["circuits"]), (&json!("failed"), &json!(3)));
    assert_eq!(parent["failure"]["code"], "TooManyControls");
    assert!(parent["failure"]["message"].as_str().unwrap().starts_with("circuit 1: input.circuits[1]: operation 0 (x): controls has 8"));
    let statuses: Vec<_> = children(&cloud, &id).iter().map(|child| job(&cloud, child)["status"].clone()).collect();
    assert_eq!(statuses, ["completed", "failed", "completed"]);
    let alone = json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"circuit": greedy}});
    assert_eq!(job(&cloud, &post(&cloud, &alone))["failure"]["code"], "TooManyControls");
}

#[tokio::test(start_paused = true)]
async fn native_jobs_with_radians_are_run_and_say_what_they_look_like() {
    let cloud = builder().start();
    let gpi = |phase: f64| json!([{"gate": "gpi2", "target": 0, "phase": 0.25}, {"gate": "gpi", "target": 0, "phase": phase}]);
    let native =
        |circuit: Value| json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"gateset": "native", "circuit": circuit}});
    let text = "operation 1 (gpi): phase 1.5707963267948966 looks like radians (π/2); phases are in turns, π/2 radians are 0.25";
    let warned = post(&cloud, &native(gpi(std::f64::consts::FRAC_PI_2)));
    let mut batch = multi(vec![gpi(0.5), gpi(std::f64::consts::FRAC_PI_2), gpi(std::f64::consts::PI)]);
    batch["input"]["gateset"] = json!("native");
    let parent = post(&cloud, &batch);
    let fine = post(&cloud, &native(gpi(0.75)));
    let qis = json!([{"gate": "rx", "target": 0, "rotation": std::f64::consts::PI}]);
    let qis = post(&cloud, &json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"circuit": qis}}));
    let listed = get(&cloud, &format!("/v0.4/jobs?ids={warned}"));
    assert_eq!(listed["jobs"][0]["warning"], json!({"messages": [text]}));
    seconds(4.0).await;
    let done = job(&cloud, &warned);
    assert_eq!((&done["status"], &done["warning"]), (&json!("completed"), &json!({"messages": [text]})));
    let results = get(&cloud, &format!("/v0.4/jobs/{warned}/results/probabilities"));
    approx::assert_abs_diff_eq!(results["0"].as_f64().unwrap(), 0.5, epsilon = 1e-12);
    // Several circuits: the first that is wrong, and how many more; each child speaks for itself.
    let done = job(&cloud, &parent);
    let both = format!("circuit 1: {text}; and 1 more like it");
    assert_eq!((&done["status"], &done["warning"]), (&json!("completed"), &json!({"messages": [both]})));
    let own: Vec<_> = children(&cloud, &parent).iter().map(|child| job(&cloud, child).get("warning").cloned()).collect();
    let last = "operation 1 (gpi): phase 3.141592653589793 looks like radians (π); phases are in turns, π radians are 0.5";
    assert_eq!(own, [None, Some(json!({"messages": [text]})), Some(json!({"messages": [last]}))]);
    for id in [fine, qis] {
        let done = job(&cloud, &id);
        assert_eq!((&done["status"], done.get("warning")), (&json!("completed"), None), "the key is not there");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_of_many_circuits_is_no_more_work_than_its_circuits() {
    let cloud = builder().start();
    let id = post(&cloud, &multi((0..5000).map(|k| flip(k % 10)).collect()));
    seconds(4.0).await;
    assert_eq!(job(&cloud, &id)["status"], "completed");
    let results = get(&cloud, &format!("/v0.4/jobs/{id}/results/probabilities/aggregated"));
    assert_eq!(results.as_object().unwrap().len(), 5000);
}

#[tokio::test(start_paused = true)]
async fn bodies_are_objects_all_the_way_down() {
    let cloud = builder().start();
    let circuit = || json!([{"gate": "h", "target": 0}]);
    for body in [
        json!([]),
        json!(["ionq.circuit.v1", "simulator", null, null, null, null, null, null, null, {"circuit": circuit()}]),
        json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": ["qis", 2, circuit(), null]}),
        json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"circuit": [["h", 0]]}}),
        json!({"type": "ionq.circuit.v1", "backend": "simulator", "noise": ["aria-1", 3], "input": {"circuit": circuit()}}),
        json!({"type": "ionq.multi-circuit.v1", "backend": "simulator", "input": {"circuits": [[null, null, 1, circuit()]]}}),
        json!({"type": "ionq.circuit.v1", "backend": "simulator", "settings": {"compilation": [1.0, "a", "b", "c"]}, "input": {"circuit": circuit()}}),
        json!({"backend": "simulator", "input": {"circuit": circuit()}}),
    ] {
        let (status, reply) = send(&cloud, None, Method::Post, "/v0.4/jobs", &body);
        assert_eq!(status, 400, "{body} was answered {reply}");
    }
    for body in [json!([["a"]]), json!({})] {
        let (status, reply) = send(&cloud, None, Method::Delete, "/v0.4/jobs", &body);
        assert_eq!(status, 400, "{body} was answered {reply}");
    }
}

#[tokio::test(start_paused = true)]
async fn times_beyond_reckoning_only_mean_that_a_job_never_ends() {
    let cloud = builder().queue_time(Duration::ZERO).run_time(Duration::MAX).start();
    let id = post(&cloud, &single());
    seconds(1e9).await;
    assert_eq!(job(&cloud, &id)["status"], "started");
    assert_eq!(job(&cloud, &post(&cloud, &single()))["status"], "ready");
    let cloud = builder().queue_time(Duration::MAX).start();
    assert_eq!(job(&cloud, &post(&cloud, &single()))["status"], "ready");
}

#[test]
fn a_busy_worker_does_not_make_other_jobs_longer() {
    let memory = Memory::limited_to(64 << 20);
    let taken = memory.reserve(Demand::states(21, 2)).unwrap(); // all of it
    let cloud = Cloud::builder().workers(1).run_time(Duration::from_millis(500)).memory(memory).start();
    let quick = post(&cloud, &single());
    let circuit: Vec<Value> = (0..20).map(|qubit| json!({"gate": "h", "target": qubit})).collect();
    let stuck = post(&cloud, &json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"circuit": circuit}}));
    let wait = |id: &str| {
        let start = Instant::now();
        while job(&cloud, id)["status"] != "completed" {
            assert!(start.elapsed() < Duration::from_secs(60), "{}", job(&cloud, id));
            std::thread::sleep(Duration::from_millis(2));
        }
        job(&cloud, id)
    };
    // The only worker waits for memory with the second job in its hands, and the first ends on time all the same.
    assert_eq!(wait(&quick)["execution_duration_ms"], 500);
    drop(taken);
    wait(&stuck);
}

#[tokio::test(start_paused = true)]
async fn counts_are_drawn_once_and_every_reading_of_a_result_is_the_same() {
    let bell =
        json!([{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}, {"gate": "ry", "target": 2, "rotation": 1.1}]);
    let noisy =
        json!({"type": "ionq.circuit.v1", "backend": "simulator", "shots": 1000, "noise": {"model": "aria-1"}, "input": {"circuit": bell}});
    let counted = json!({"type": "ionq.circuit.v1", "backend": "qpu.aria-1", "shots": 1000, "input": {"circuit": bell}});
    let read = |cloud: &Cloud, id: &str| {
        ["histogram", "probabilities", "shots"].map(|format| {
            let request = Request::new(Method::Get, format!("/v0.4/jobs/{id}/results/{format}")).key(Some(ApiKey::new("any")));
            String::from_utf8(cloud.handle(&request).body.to_vec()).unwrap()
        })
    };
    let mut clouds = Vec::new();
    for seed in [5, 5, 6] {
        let cloud = builder().seed(Seed(seed)).start();
        let jobs = [post(&cloud, &noisy), post(&cloud, &counted)];
        seconds(10.0).await;
        let first = jobs.clone().map(|id| read(&cloud, &id));
        for _ in 0..3 {
            seconds(60.0).await;
            assert_eq!(jobs.clone().map(|id| read(&cloud, &id)), first);
        }
        clouds.push(first);
    }
    let total = |histogram: &str| {
        serde_json::from_str::<Value>(histogram).unwrap().as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>()
    };
    assert_eq!(clouds[0].clone().map(|[histogram, ..]| total(&histogram)), [1000, 1000]);
    assert_eq!(clouds[0], clouds[1], "the same seed");
    assert!(clouds[0].iter().zip(&clouds[2]).all(|(five, six)| five[0] != six[0]), "another seed");
}
