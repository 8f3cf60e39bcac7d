//! Old jobs once more, in virtual time: what a clone inherits, what can be changed, and what moving does.
#![allow(clippy::unwrap_used)] // a test may panic

#[path = "support/service.rs"]
#[allow(dead_code)]
mod service;

use paultrap::api::{ApiKey, Method, Request};
use serde_json::{Value, json};
use service::{Service, builder, flip, multi, seconds, single, text, with};

fn clone(service: &Service, id: &str, changes: &Value) -> String {
    service.create_id(&format!("/jobs/{id}/clone"), changes)
}

/// A job's results in a format.
fn results(service: &Service, id: &str, format: &str) -> Value {
    service.get(&format!("/jobs/{id}/results/{format}"))
}

/// A circuit whose outcomes are all over the place.
fn spread() -> Value {
    json!([{"gate": "h", "target": 0}, {"gate": "ry", "target": 1, "rotation": 1.1}, {"gate": "cnot", "control": 0, "target": 2}])
}

/// A native circuit with the two-qubit gate of Aria, which Forte does not play.
fn native() -> Value {
    let circuit = json!([{"gate": "ms", "targets": [0, 1], "phases": [0, 0]}]);
    json!({"type": "ionq.circuit.v1", "backend": "qpu.aria-1", "input": {"gateset": "native", "circuit": circuit}})
}

#[tokio::test(start_paused = true)]
async fn a_clone_is_its_source_again_in_all_that_is_not_given() {
    let service = Service::from(builder());
    let session = service.create_id("/sessions", &json!({"backend": "simulator"}));
    let asked = with(
        &single("simulator", spread()),
        json!({
            "name": "spread", "shots": "300", "metadata": {"run": "42"}, "noise": {"model": "aria-1", "seed": 5}, "session_id": session,
            "settings": {"compilation": {"opt": 1, "precision": "1E-3"}, "error_mitigation": {"debiasing": false}}
        }),
    );
    let source = service.submit(&asked);
    seconds(4.0).await;
    let (status, created) = service.send(Method::Post, &format!("/jobs/{source}/clone"), &json!({}));
    assert_eq!((status, &created["status"], &created["session_id"]), (201, &json!("submitted"), &json!(session)));
    let id = text(&created["id"]);
    seconds(4.0).await;
    let (old, new) = (service.job(&source), service.job(&id));
    for key in ["status", "type", "backend", "name", "shots", "noise", "settings", "session_id", "dry_run", "stats", "parent_job_id"] {
        assert_eq!(old[key], new[key], "{key}");
    }
    assert_eq!(new["metadata"], json!({"run": "42", "original_job_id": source}));
    assert_ne!((&old["id"], &old["submitted_at"]), (&new["id"], &new["submitted_at"]));
    // The seed is inherited, and with it every count.
    assert_eq!(results(&service, &source, "histogram"), results(&service, &id, "histogram"));
    assert_eq!(service.listed(&format!("/sessions/{session}/jobs")), [id, source]);
}

#[tokio::test(start_paused = true)]
async fn every_field_of_a_clone_can_be_another() {
    let service = Service::from(builder());
    let session = service.create_id("/sessions", &json!({"backend": "qpu.forte-1"}));
    let noisy = json!({"name": "old", "metadata": {"run": "42"}, "noise": {"model": "aria-1"}, "shots": 300});
    let source = service.submit(&with(&single("simulator", flip(1)), noisy));
    let parent = service.submit(&single("simulator", flip(0)));
    let id = clone(
        &service,
        &source,
        &json!({
            "name": "new", "metadata": {"original_job_id": "mine", "more": "1"}, "shots": 7, "backend": "qpu.forte-1",
            "session_id": session, "settings": {"error_mitigation": {"debiasing": false}}, "parent": parent, "unknown": 1
        }),
    );
    seconds(4.0).await;
    let job = service.job(&id);
    assert_eq!((&job["name"], &job["shots"], &job["backend"]), (&json!("new"), &json!(7), &json!("qpu.forte-1")));
    assert_eq!(job["metadata"], json!({"original_job_id": source, "more": "1"}));
    assert_eq!((&job["session_id"], &job["parent_job_id"]), (&json!(session), &json!(parent)));
    assert_eq!(job["settings"], json!({"error_mitigation": {"debiasing": false}}));
    assert_eq!((&job["status"], job.get("noise")), (&json!("completed"), None), "a device has its own noise");
    // The parent is only shown: it neither waits for the job nor lists it, but the job is found by it.
    assert_eq!((&service.job(&parent)["status"], &service.job(&parent)["child_job_ids"]), (&json!("completed"), &Value::Null));
    assert_eq!(service.listed(&format!("/jobs?parent_job_id={parent}")), std::slice::from_ref(&id));
    // Out of the session again, and to an ideal simulator, where shots mean nothing.
    let plain = clone(&service, &source, &json!({"noise": {"model": "ideal"}, "name": null}));
    let apart = clone(&service, &id, &json!({"session_id": null}));
    seconds(4.0).await;
    let job = service.job(&plain);
    assert_eq!((job.get("shots"), &job["name"], &job["noise"]), (None, &json!("old"), &json!({"model": "ideal"})));
    assert_eq!(results(&service, &plain, "probabilities"), json!({"2": 1.0}));
    assert_eq!(service.job(&apart)["session_id"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_clone_of_several_circuits_has_children_of_its_own() {
    let service = Service::from(builder());
    let mut asked = multi("simulator", [flip(0), flip(1), flip(2)]);
    asked["input"]["circuits"][1]["name"] = json!("middle");
    let source = service.submit(&asked);
    seconds(4.0).await;
    let id = clone(&service, &source, &json!({}));
    seconds(4.0).await;
    let (old, kids) = (service.children(&source), service.children(&id));
    assert!(kids.len() == 3 && kids.iter().all(|kid| !old.contains(kid)));
    let expected = json!({(kids[0].clone()): {"1": 1.0}, (kids[1].clone()): {"2": 1.0}, (kids[2].clone()): {"4": 1.0}});
    assert_eq!(results(&service, &id, "probabilities/aggregated"), expected);
    let child = service.job(&kids[1]);
    assert_eq!((&child["name"], &child["parent_job_id"]), (&json!("middle"), &json!(id)));
    assert_eq!(child["metadata"]["original_job_id"], json!(source));
    // One child alone is a job of one circuit.
    let alone = clone(&service, &kids[2], &json!({}));
    seconds(4.0).await;
    let job = service.job(&alone);
    assert_eq!((&job["type"], &job["parent_job_id"]), (&json!("ionq.circuit.v1"), &Value::Null));
    assert_eq!(results(&service, &alone, "probabilities"), json!({"4": 1.0}));
    // What was deleted cannot be run again.
    assert_eq!(service.status(Method::Delete, &format!("/jobs/{}", kids[1])), 200);
    let (status, message, _) = service.refused(Method::Post, &format!("/jobs/{id}/clone"), &json!({}));
    assert_eq!((status, message), (409, format!("circuit 1 of job {id} was deleted, the job cannot be run again")));
}

#[tokio::test(start_paused = true)]
async fn what_was_only_checked_can_be_run_and_what_was_run_can_be_checked() {
    let service = Service::from(builder());
    let dry = |body: Value| service.submit(&with(&body, json!({"dry_run": true})));
    let (one, several) = (dry(single("simulator", flip(2))), dry(multi("simulator", [flip(0), flip(1)])));
    seconds(4.0).await;
    for id in [&one, &several] {
        let job = service.job(id);
        assert_eq!((&job["status"], &job["results"]), (&json!("completed"), &Value::Null), "{job}");
        assert_eq!(service.status(Method::Get, &format!("/jobs/{id}/results/probabilities")), 404);
    }
    let kids = service.children(&several);
    assert_eq!((kids.len(), &service.job(&kids[0])["dry_run"], &service.job(&kids[0])["results"]), (2, &json!(true), &Value::Null));
    let run = json!({"dry_run": false});
    let (one, several) = (clone(&service, &one, &run), clone(&service, &several, &run));
    seconds(4.0).await;
    assert_eq!(results(&service, &one, "probabilities"), json!({"4": 1.0}));
    assert_eq!(results(&service, &several, "probabilities/aggregated").as_object().unwrap().len(), 2);
    let checked = clone(&service, &one, &json!({"dry_run": true}));
    let still_dry = clone(&service, &checked, &json!({}));
    seconds(4.0).await;
    let (checked, still_dry) = (service.job(&checked), service.job(&still_dry));
    assert_eq!((&checked["status"], &checked["dry_run"], &checked["results"]), (&json!("completed"), &json!(true), &Value::Null));
    assert_eq!((&still_dry["status"], &still_dry["dry_run"]), (&json!("completed"), &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn programs_are_cloned_like_circuits() {
    let service = Service::from(builder());
    let program = |text: &str| json!({"type": "ionq.qasm3.v1", "backend": "simulator", "dry_run": true, "input": {"data": text}});
    let flip = "OPENQASM 3.0; include \"stdgates.inc\"; qubit[2] q; bit[2] c; x q[1]; c = measure q;";
    let source = service.submit(&program(flip));
    let id = clone(&service, &source, &json!({"dry_run": false}));
    seconds(4.0).await;
    assert_eq!((&service.job(&id)["type"], &service.job(&id)["status"]), (&json!("ionq.qasm3.v1"), &json!("completed")));
    assert_eq!(results(&service, &id, "probabilities"), json!({"2": 1.0}));
    let source = service.submit(&program("OPENQASM 3.0; while (true) {}"));
    let again = clone(&service, &source, &json!({"backend": "qpu.aria-1"}));
    assert_eq!(
        (&service.job(&again)["failure"], &service.job(&again)["failure"]["code"]),
        (&service.job(&source)["failure"], &json!("PreflightError"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_of_several_circuits_says_which_of_them_cannot_be_run() {
    let service = Service::from(builder());
    let greedy = json!([{"gate": "x", "target": 9, "controls": [0, 1, 2, 3, 4, 5, 6, 7]}]);
    let mut asked = with(&multi("simulator", [flip(0), greedy]), json!({"dry_run": true}));
    asked["input"]["qubits"] = json!(10);
    let id = service.submit(&asked);
    seconds(4.0).await;
    let job = service.job(&id);
    assert_eq!((&job["status"], &job["failure"]["code"]), (&json!("failed"), &json!("TooManyControls")));
    assert!(text(&job["failure"]["message"]).starts_with("circuit 1: "), "{job}");
}

#[tokio::test(start_paused = true)]
async fn a_clone_on_another_backend_is_checked_against_that_one() {
    let service = Service::from(builder());
    let source = service.submit(&native());
    let elsewhere = clone(&service, &source, &json!({"backend": "qpu.forte-1"}));
    assert_eq!(service.job(&elsewhere)["failure"]["code"], "UnsupportedGate");
    // A job that failed can be run where it does not.
    let back = clone(&service, &elsewhere, &json!({"backend": "qpu.aria-1"}));
    let wide = service.submit(&json!({"type": "ionq.circuit.v1", "backend": "qpu.aria-1", "input": {"qubits": 30, "circuit": flip(29)}}));
    let wider = clone(&service, &wide, &json!({"backend": "qpu.forte-1", "shots": 3}));
    seconds(4.0).await;
    assert_eq!((&service.job(&back)["status"], &service.job(&wider)["status"]), (&json!("completed"), &json!("completed")));
    assert_eq!(service.job(&wide)["failure"]["code"], "NotEnoughQubits");
    // One whose circuit asks for too much fails again, for the same reason.
    let greedy = json!([{"gate": "x", "target": 9, "controls": [0, 1, 2, 3, 4, 5, 6, 7]}]);
    let greedy = service.submit(&json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"circuit": greedy}}));
    let again = service.job(&clone(&service, &greedy, &json!({"backend": "qpu.forte-1"})));
    assert_eq!((&again["failure"], &again["failure"]["code"]), (&service.job(&greedy)["failure"], &json!("TooManyControls")));
}

#[tokio::test(start_paused = true)]
async fn moving_a_job_cancels_it_and_a_job_that_is_done_cannot_be_moved() {
    let service = Service::from(builder());
    let source = service.submit(&single("qpu.aria-1", flip(1)));
    seconds(1.5).await; // running already
    let id = service.create_id(&format!("/jobs/{source}/move"), &json!({"backend": "simulator"}));
    assert_eq!((&service.job(&source)["status"], &service.job(&id)["backend"]), (&json!("canceled"), &json!("simulator")));
    seconds(4.0).await;
    assert_eq!((&service.job(&source)["status"], &service.job(&id)["status"]), (&json!("canceled"), &json!("completed")));
    assert_eq!(results(&service, &id, "probabilities"), json!({"2": 1.0}));
    assert_eq!(service.job(&id)["metadata"], json!({"original_job_id": source}));
    let batch = service.submit(&multi("simulator", [flip(0), flip(1)]));
    let moved = service.create_id(&format!("/jobs/{batch}/move"), &json!({}));
    let statuses: Vec<Value> = service.children(&batch).iter().map(|kid| service.job(kid)["status"].clone()).collect();
    assert_eq!((statuses, &service.job(&batch)["status"]), (vec![json!("canceled"), json!("canceled")], &json!("canceled")));
    seconds(4.0).await;
    assert_eq!(service.job(&moved)["status"], "completed");
    let failed = service.submit(&with(&native(), json!({"backend": "qpu.forte-1"})));
    let before = service.listed("/jobs");
    for (id, status) in [(&moved, "completed"), (&source, "canceled"), (&failed, "failed")] {
        let (given, message, _) = service.refused(Method::Post, &format!("/jobs/{id}/move"), &json!({}));
        assert_eq!((given, message), (409, format!("job {id} is {status} and can no longer be moved")));
    }
    assert_eq!(service.listed("/jobs"), before, "nothing was created");
}

#[tokio::test(start_paused = true)]
async fn a_clone_that_makes_no_sense_is_refused_by_field_and_changes_nothing() {
    let service = Service::from(builder().api_key(ApiKey::new("first")).api_key(ApiKey::new("second")));
    let (first, second) = (service.with_key("first"), service.with_key("second"));
    let source = first.submit(&single("simulator", flip(0)));
    let session = first.create_id("/sessions", &json!({"backend": "qpu.aria-1"}));
    let cases = [
        (json!({"shots": 0}), 400, "shots"),
        (json!({"backend": "qpu.nowhere"}), 400, "backend"),
        (json!({"backend": "qpu.harmony"}), 400, "backend"), // retired
        (json!({"noise": {"model": "brisbane"}}), 400, "noise.model"),
        (json!({"settings": []}), 400, "settings"),
        (json!({"session_id": "nonsense"}), 400, "session_id"),
        (json!({"session_id": session}), 400, "session_id"), // another backend
        (json!({"session_id": "01980000-0000-7000-8000-000000000001"}), 400, "session_id"),
        (json!({"parent": "nonsense"}), 400, "parent"),
        (json!({"dry_run": "yes"}), 400, "dry_run"),
        (json!([]), 400, ""),
    ];
    for (changes, status, field) in cases {
        for verb in ["clone", "move"] {
            let (given, message, keys) = first.refused(Method::Post, &format!("/jobs/{source}/{verb}"), &changes);
            let field = Some(field).filter(|field| !field.is_empty()).map(str::to_owned);
            assert_eq!((given, keys), (status, field.into_iter().collect()), "{verb} {changes}: {message}");
        }
    }
    for verb in ["clone", "move"] {
        let elsewhere = second.refused(Method::Post, &format!("/jobs/{source}/{verb}"), &json!({}));
        assert_eq!((elsewhere.0, elsewhere.1), (404, format!("there is no job {source:?}")));
    }
    assert_eq!((first.listed("/jobs"), &first.job(&source)["status"]), (vec![source.clone()], &json!("ready")));
    // No body at all is no change at all.
    let request = Request::new(Method::Post, format!("/v0.4/jobs/{source}/clone")).key(Some(ApiKey::new("first")));
    assert_eq!(first.cloud.handle(&request).status, 201);
}

#[tokio::test(start_paused = true)]
async fn a_clone_is_a_job_more_in_the_session_that_it_inherits() {
    let service = Service::from(builder());
    let session = service.create_id("/sessions", &json!({"backend": "qpu.aria-1", "settings": {"job_count_limit": 2}}));
    let source = service.submit(&with(&single("qpu.aria-1", flip(0)), json!({"session_id": session})));
    clone(&service, &source, &json!({}));
    let (status, message, _) = service.refused(Method::Post, &format!("/jobs/{source}/clone"), &json!({}));
    assert_eq!((status, message), (409, format!("session_id: session {session} takes 2 jobs (job_count_limit) and has had them")));
    assert_eq!(service.listed("/jobs").len(), 2);
    clone(&service, &source, &json!({"session_id": null}));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_moves_within_a_full_session_takes_its_own_place() {
    let service = Service::from(builder());
    let limits = json!({"job_count_limit": 1, "cost_limit": {"value": 20.0}});
    let open = || service.create_id("/sessions", &json!({"backend": "qpu.aria-1", "settings": limits}));
    let (session, other) = (open(), open());
    let job = |session: &str| with(&single("qpu.aria-1", flip(0)), json!({"session_id": session}));
    let source = service.submit(&job(&session));
    service.submit(&job(&other));
    // To a session that is full it cannot go, and then it stays, and its session is as full as before.
    let elsewhere = json!({"session_id": other});
    assert_eq!(service.refused(Method::Post, &format!("/jobs/{source}/move"), &elsewhere).0, 409);
    let dear = json!({"shots": 500, "settings": {"error_mitigation": {"debiasing": true}}});
    assert_eq!(service.refused(Method::Post, &format!("/jobs/{source}/move"), &dear).0, 409, "beyond the cost limit");
    assert_eq!(service.job(&source)["status"], "ready", "a move that is refused cancels nothing");
    assert_eq!(service.refused(Method::Post, "/jobs", &job(&session)).0, 409);
    let moved = service.create_id(&format!("/jobs/{source}/move"), &json!({}));
    assert_eq!((&service.job(&source)["status"], &service.job(&moved)["session_id"]), (&json!("canceled"), &json!(session)));
    let again = service.create_id(&format!("/jobs/{moved}/move"), &json!({}));
    assert_eq!(service.refused(Method::Post, "/jobs", &job(&session)).0, 409, "it is full all the same");
    service.create_id(&format!("/jobs/{again}/move"), &json!({"session_id": null}));
    service.submit(&job(&session));
}

#[tokio::test(start_paused = true)]
async fn moving_circuits_of_a_batch_makes_no_room_in_its_session_but_a_move_needs_no_room_in_the_queue() {
    let service = Service::from(builder().max_queue(3));
    let session = service.create_id("/sessions", &json!({"backend": "qpu.aria-1", "settings": {"job_count_limit": 2}}));
    let inside = |body: &Value| with(body, json!({"session_id": session}));
    let batch = service.submit(&inside(&multi("qpu.aria-1", [flip(0), flip(1), flip(2)])));
    assert_eq!(service.refused(Method::Post, "/jobs", &single("simulator", flip(0))).0, 429, "the queue is full");
    let kids = service.children(&batch);
    service.create_id(&format!("/jobs/{}/move", kids[0]), &json!({})); // the second job of the session
    for kid in &kids[1..] {
        assert_eq!(service.refused(Method::Post, &format!("/jobs/{kid}/move"), &json!({})).0, 409);
    }
    service.create_id(&format!("/jobs/{}/move", kids[1]), &json!({"session_id": null}));
    assert_eq!(service.refused(Method::Post, "/jobs", &single("simulator", flip(0))).0, 429, "the queue is as full as before");
    assert_eq!(service.status(Method::Put, &format!("/jobs/{}/status/cancel", kids[2])), 200);
    assert_eq!(service.refused(Method::Post, "/jobs", &inside(&single("qpu.aria-1", flip(0)))).0, 409, "and so is the session");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_has_ended_or_is_for_another_backend_is_not_inherited_but_must_not_be_asked_for() {
    let service = Service::from(builder());
    let session = service.create_id("/sessions", &json!({"backend": "qpu.aria-1"}));
    let source = service.submit(&with(&single("qpu.aria-1", flip(0)), json!({"session_id": session})));
    let session_of = |changes: Value| service.job(&clone(&service, &source, &changes))["session_id"].clone();
    assert_eq!(session_of(json!({"backend": "qpu"})), json!(session), "the same backend by its old name");
    assert_eq!(session_of(json!({"backend": "simulator"})), Value::Null);
    assert_eq!(service.status(Method::Post, &format!("/sessions/{session}/end")), 200);
    assert_eq!(session_of(json!({})), Value::Null);
    let asked = service.refused(Method::Post, &format!("/jobs/{source}/clone"), &json!({"session_id": session}));
    assert_eq!(asked.0, 409);
}
