//! Conversations in which everything occurs that a document says there is.

use crate::witness::{Witness, objects};
use crate::{cloud, seconds};
use paultrap::api::{Method, Request, Version};
use serde_json::{Value, json};

pub(crate) fn flip(qubit: usize) -> Value {
    json!([{"gate": "x", "target": qubit}])
}

/// What goes wrong is told in the same form everywhere.
fn mistakes(witness: &Witness) {
    for (method, path, body, expected) in [
        (Method::Get, "/jobs/019cb73d-3271-7000-804c-d42ae755a8e2", Value::Null, 404),
        (Method::Get, "/jobs/nonsense", Value::Null, 404),
        (Method::Get, "/jobs?limit=0", Value::Null, 400),
        (Method::Get, "/jobs?next=nonsense", Value::Null, 400),
        (Method::Get, "/backends/qpu.nowhere", Value::Null, 404),
        (Method::Post, "/jobs", json!({"input": 5}), 400),
        (Method::Delete, "/jobs", json!({}), 400),
        (Method::Put, "/jobs/status/cancel", json!({"ids": ["nonsense"]}), 404),
        (Method::Delete, "/jobs/nonsense", Value::Null, 404),
        (Method::Put, "/jobs/nonsense/status/cancel", Value::Null, 404),
    ] {
        let (status, reply) = witness.ask(method, path, &body);
        assert_eq!(status, expected, "{path}: {reply}");
    }
    let nobody = Request::new(Method::Get, format!("{}/jobs", witness.version.prefix()));
    assert_eq!(witness.look(&nobody).0, 401);
}

/// Everything that can be downloaded of a job.
fn artifacts(witness: &Witness, id: &str) {
    let job = witness.get(&format!("/jobs/{id}"));
    let mut links = Vec::new();
    objects(&job, &mut |fields| {
        if let (Some(id), Some(format)) = (fields.get("id").and_then(Value::as_str), fields.get("format").and_then(Value::as_str)) {
            links.push((id.to_owned(), format.to_owned()));
        }
    });
    if let Some(variant) = job.pointer("/output/error_mitigation/debiasing/variants/0/variant_id").and_then(Value::as_str) {
        for format in ["probabilities", "histogram", "shots"] {
            witness.get(&format!("/jobs/{id}/variants/{variant}/results/{format}"));
        }
    }
    for (artifact, format) in links {
        witness.get(&format!("/jobs/{id}/artifacts/{artifact}?sharpen=true"));
        witness.get(&format!("/schemas/formats/{format}"));
        if format == "ionq.native.v1" {
            witness.get(&format!("/jobs/{id}/circuits/native"));
            witness.get(&format!("/jobs/{id}/circuits/qasm3"));
        }
    }
    for (path, status) in [("artifacts/nonsense", 404), ("circuits/latin", 404), ("results/probabilities?sharpen=perhaps", 400)] {
        assert_eq!(witness.ask(Method::Get, &format!("/jobs/{id}/{path}"), &Value::Null).0, status, "{path}");
    }
}

/// What was measured, in both forms.
fn characterizations(witness: &Witness, path: &str) {
    let list = witness.get(path);
    if witness.version == Version::V04 {
        witness.get(&format!("{path}/{}", list["characterizations"][0]["id"].as_str().unwrap()));
    }
    assert_eq!(witness.ask(Method::Get, &format!("{path}?limit=11"), &Value::Null).0, 400);
    witness.get("/calibrations");
    witness.get("/calibrations/current");
}

/// Jobs are canceled and deleted, alone and together.
fn ends(witness: &Witness, body: &Value) {
    let ids: Vec<String> = (0..4).map(|_| witness.post("/jobs", body)).collect();
    let together = json!({"ids": &ids[..2]});
    for (method, path, body) in [
        (Method::Put, format!("/jobs/{}/status/cancel", ids[2]), &Value::Null),
        (Method::Delete, format!("/jobs/{}", ids[3]), &Value::Null),
        (Method::Put, "/jobs/status/cancel".to_owned(), &together),
        (Method::Delete, "/jobs".to_owned(), &together),
    ] {
        assert_eq!(witness.ask(method, &path, body).0, 200, "{path}");
    }
    witness.get(&format!("/jobs/{}", ids[2]));
}

#[tokio::test(start_paused = true)]
async fn every_reply_of_a_long_conversation_in_v04_is_as_the_document_says_and_all_that_it_says_occurs() {
    let cloud = cloud();
    let witness = Witness::new(&cloud, Version::V04);
    for path in ["/health", "/api-docs", "/whoami", "/backends", "/backends/simulator", "/backends/qpu.forte-1"] {
        witness.get(path);
    }
    let circuit = |backend: &str| json!({"type": "ionq.circuit.v1", "backend": backend, "input": {"circuit": flip(0)}});
    let mut rich = circuit("simulator");
    rich["name"] = json!("n");
    rich["metadata"] = json!({"text": "a", "flag": true, "number": 1.5, "nothing": null});
    rich["noise"] = json!({"model": "aria-1", "seed": 5});
    rich["settings"] = json!({
        "compilation": {"opt": 1, "precision": "1E-3", "gate_basis": "ZZ", "service_version": "v0.4"},
        "error_mitigation": {"debiasing": false, "symmetry_verification": false},
    });
    let mut sparse = circuit("simulator");
    sparse["noise"] = json!({"model": "ideal"});
    sparse["settings"] = json!({"compilation": {}, "error_mitigation": {}});
    let turned = json!([{"gate": "gpi", "target": 0, "phase": std::f64::consts::FRAC_PI_2}]);
    let warned = json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"gateset": "native", "circuit": turned}});
    let wide = json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": 30, "circuit": []}});
    let mut dry = circuit("simulator");
    dry["dry_run"] = json!(true);
    let several = json!({"type": "ionq.multi-circuit.v1", "backend": "simulator",
        "input": {"circuits": [{"circuit": flip(0)}, {"circuit": flip(1), "name": "second"}]}});
    let mut debiased = circuit("qpu.forte-1");
    debiased["shots"] = json!(600);
    let ids: Vec<String> = [&circuit("simulator"), &circuit("qpu.aria-1"), &rich, &sparse, &warned, &wide, &dry, &several, &debiased]
        .map(|body| witness.post("/jobs", body))
        .into();
    for pause in [0.5, 1.0, 2.0] {
        seconds(pause).await;
        ids.iter().for_each(|id| drop(witness.get(&format!("/jobs/{id}"))));
        witness.get("/jobs");
        witness.get("/jobs?limit=1&status=completed");
        witness.get(&format!("/jobs?parent_job_id={}", ids[7]));
    }
    characterizations(&witness, "/backends/qpu.forte-1/characterizations");
    for results in ["probabilities", "histogram", "shots"] {
        witness.get(&format!("/jobs/{}/results/{results}", ids[1]));
    }
    witness.get(&format!("/jobs/{}/results/probabilities/aggregated", ids[7]));
    witness.get(&format!("/jobs/{}/results/probabilities", ids[7]));
    let parent = witness.get(&format!("/jobs/{}", ids[7]));
    witness.get(&format!("/jobs/{}", parent["child_job_ids"][0].as_str().unwrap()));
    assert_eq!(witness.ask(Method::Get, &format!("/jobs/{}/results/shots", ids[0]), &Value::Null).0, 404);
    for id in &ids {
        artifacts(&witness, id);
    }
    sessions(&witness, &circuit("simulator"), &ids[1]).await;
    ids.iter().for_each(|id| drop(witness.get(&format!("/jobs/{id}/cost"))));
    ends(&witness, &circuit("simulator"));
    mistakes(&witness);
    witness.has_seen_everything();
}

#[tokio::test(start_paused = true)]
async fn every_reply_of_a_long_conversation_in_v03_is_as_the_document_says_and_all_that_it_says_occurs() {
    let cloud = cloud();
    let witness = Witness::new(&cloud, Version::V03);
    for path in ["/health", "/api-docs", "/backends", "/backends?status=running", "/backends/simulator", "/backends/qpu.forte-1"] {
        witness.get(path);
    }
    let plain = json!({"input": {"circuit": flip(0)}});
    let rich = json!({"target": "simulator", "name": "n", "metadata": {"text": "a", "flag": true, "number": 1.5, "nothing": null},
        "noise": {"model": "aria-1", "seed": 5}, "error_mitigation": {"debias": false}, "body": {"circuit": flip(0)}});
    let sparse = json!({"noise": {"model": "ideal"}, "input": {"circuit": flip(0)}});
    let qpu = json!({"target": "qpu.aria-1", "input": {"circuit": flip(0)}});
    let turned = json!([{"gate": "gpi", "target": 0, "phase": std::f64::consts::FRAC_PI_2}]);
    let warned = json!({"input": {"gateset": "native", "circuit": turned}});
    let wide = json!({"input": {"qubits": 30, "circuit": []}});
    let several = json!({"input": {"circuits": [{"circuit": flip(0)}, {"circuit": flip(1)}]}});
    let ids: Vec<String> = [&plain, &rich, &sparse, &qpu, &warned, &wide, &several].map(|body| witness.post("/jobs", body)).into();
    for pause in [0.5, 1.0, 2.0] {
        seconds(pause).await;
        ids.iter().for_each(|id| drop(witness.get(&format!("/jobs/{id}"))));
        witness.get("/jobs");
        witness.get("/jobs?limit=1&status=completed");
    }
    characterizations(&witness, "/characterizations/backends/qpu.forte-1");
    let current = witness.get("/characterizations/backends/qpu.forte-1/current");
    witness.get(&format!("/characterizations/{}", current["id"].as_str().unwrap()));
    witness.get(&format!("/jobs/{}?include=status,failure", ids[0]));
    witness.get(&format!("/jobs/{}?exclude[]=status", ids[0]));
    for id in [&ids[3], &ids[6]] {
        witness.get(&format!("/jobs/{id}/results"));
    }
    ends(&witness, &plain);
    mistakes(&witness);
    witness.has_seen_everything();
}

/// Sessions of every kind, their jobs, and what everything costs.
async fn sessions(witness: &Witness, circuit: &Value, of_qpu: &str) {
    let limits = json!({"job_count_limit": 2, "duration_limit_min": "60", "cost_limit": {"value": 500}});
    let full = witness.post("/sessions", &json!({"backend": "qpu.aria-1", "settings": limits}));
    let [plain, none] = [json!({"backend": "simulator"}), json!({"backend": "simulator", "settings": {}})];
    let (plain, none) = (witness.post("/sessions", &plain), witness.post("/sessions", &none));
    let mut inside = circuit.clone();
    (inside["backend"], inside["session_id"]) = (json!("qpu.aria-1"), json!(full));
    let first = witness.post("/jobs", &inside);
    let clone = witness.post(&format!("/jobs/{of_qpu}/clone"), &json!({"session_id": full, "name": "again"}));
    assert_eq!(witness.ask(Method::Post, "/jobs", &inside).0, 409, "the session is full");
    let moved = witness.post(&format!("/jobs/{first}/move"), &json!({"session_id": null}));
    assert_eq!(witness.ask(Method::Post, &format!("/jobs/{first}/move"), &json!({})).0, 409, "it was canceled");
    seconds(1.5).await;
    witness.get(&format!("/sessions/{full}"));
    seconds(2.5).await;
    for id in [&full, &plain, &none] {
        witness.get(&format!("/sessions/{id}"));
        witness.get(&format!("/sessions/{id}/jobs"));
    }
    for job in [&first, &clone, &moved] {
        witness.get(&format!("/jobs/{job}"));
        witness.get(&format!("/jobs/{job}/cost"));
    }
    assert_eq!(witness.ask(Method::Post, &format!("/sessions/{plain}/end"), &Value::Null).0, 200);
    witness.get("/sessions");
    witness.get("/sessions?active=false");
    inside["session_id"] = json!(plain);
    inside["backend"] = json!("simulator");
    assert_eq!(witness.ask(Method::Post, "/jobs", &inside).0, 409, "the session has ended");
    let nowhere = "019cb73d-3271-7000-804c-d42ae755a8e2";
    inside["session_id"] = json!(nowhere);
    assert_eq!(witness.ask(Method::Post, "/jobs", &inside).0, 400);
    for path in ["", "/jobs"] {
        assert_eq!(witness.ask(Method::Get, &format!("/sessions/{nowhere}{path}"), &Value::Null).0, 404, "{path}");
    }
    for query in ["backend=qpu.forte-1&1q_gates=3&2q_gates=4&error_mitigation=true&session=false", "backend=simulator"] {
        witness.get(&format!("/jobs/estimate?{query}"));
    }
    let organization = witness.get("/sessions")["organization_id"].as_str().unwrap().to_owned();
    for (group, modality) in [("job", "daily"), ("project", "weekly"), ("user", "monthly")] {
        let query = format!("start_date=2020-01-01&end_date=2099-12-31&group_by={group}&modality={modality}");
        witness.get(&format!("/organizations/{organization}/usage?{query}"));
        assert_eq!(witness.ask(Method::Get, &format!("/organizations/{nowhere}/usage?{query}"), &Value::Null).0, 403);
    }
    for path in ["/jobs/estimate", "/sessions?active=perhaps", &format!("/organizations/{organization}/usage")] {
        assert_eq!(witness.ask(Method::Get, path, &Value::Null).0, 400, "{path}");
    }
}
