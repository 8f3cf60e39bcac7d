//! Sessions in virtual time: what they say, what they allow, and when they end.
#![allow(clippy::unwrap_used)] // a test may panic

#[path = "support/service.rs"]
#[allow(dead_code)]
mod service;

use paultrap::api::{ApiKey, Method};
use paultrap::outcome::Seed;
use serde_json::{Value, json};
use service::{Service, builder, flip, multi, seconds, single, text, with};

/// What a circuit of few gates and shots costs on a device: the least there is.
const LEAST: f64 = 12.4166;

fn open(service: &Service, settings: Value) -> String {
    service.create_id("/sessions", &json!({"backend": "qpu.aria-1", "settings": settings}))
}

fn in_session(id: &str) -> Value {
    with(&single("qpu.aria-1", flip(1)), json!({"session_id": id}))
}

fn submit(service: &Service, body: &Value) -> (u16, String, Vec<String>) {
    service.refused(Method::Post, "/jobs", body)
}

#[tokio::test(start_paused = true)]
async fn a_session_says_what_the_contract_requires_from_its_creation_to_its_end() {
    let service = Service::from(builder().seed(Seed(7)));
    let settings = json!({"job_count_limit": 2, "duration_limit_min": "60", "cost_limit": {"value": 100}});
    let created = service.create("/sessions", &json!({"backend": "qpu.aria-1", "settings": settings}));
    insta::assert_json_snapshot!("created_session", created);
    let id = text(&created["id"]);
    assert_eq!(service.get(&format!("/sessions/{id}")), created);
    service.submit(&in_session(&id));
    seconds(0.5).await;
    let early = service.get(&format!("/sessions/{id}"));
    assert_eq!((&early["status"], &early["started_at"]), (&json!("created"), &Value::Null));
    seconds(2.0).await;
    let started = service.get(&format!("/sessions/{id}"));
    assert_eq!((&started["status"], &started["active"]), (&json!("started"), &json!(true)));
    assert_eq!(started["started_at"], json!("2026-03-04T05:06:08.000Z"));
    let (status, ended) = service.send(Method::Post, &format!("/sessions/{id}/end"), &Value::Null);
    assert_eq!(status, 200);
    insta::assert_json_snapshot!("ended_session", ended);
    // Once more is the same, whatever is sent along, and time does not go on.
    seconds(100.0).await;
    assert_eq!(service.send(Method::Post, &format!("/sessions/{id}/end"), &json!({"any": "thing"})), (200, ended));
}

#[tokio::test(start_paused = true)]
async fn settings_that_were_not_given_are_not_there() {
    let service = Service::from(builder());
    let bare = service.create("/sessions", &json!({"backend": "simulator"}));
    assert_eq!((bare.get("settings"), &bare["backend"]), (None, &json!("simulator")));
    let empty = service.create("/sessions", &json!({"backend": "qpu", "settings": {}}));
    assert_eq!((&empty["settings"], &empty["backend"]), (&json!({}), &json!("qpu.aria-1")));
    let null = service.create("/sessions", &json!({"backend": "simulator", "settings": null}));
    assert_eq!(null.get("settings"), None);
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_when_its_time_is_over_and_jobs_it_has_taken_go_on() {
    let service = Service::from(builder());
    let id = open(&service, json!({"duration_limit_min": 1}));
    seconds(57.5).await;
    let running = service.submit(&in_session(&id));
    seconds(2.4).await;
    let queued = service.submit(&in_session(&id));
    assert_eq!(service.get(&format!("/sessions/{id}"))["status"], "started");
    seconds(0.2).await; // 60.1 s
    assert_eq!(service.job(&running)["status"], "started");
    let (status, message, keys) = submit(&service, &in_session(&id));
    assert_eq!((status, keys), (409, vec![]));
    assert_eq!(message, format!("session_id: session {id} has ended and takes no more jobs"));
    let ended = service.get(&format!("/sessions/{id}"));
    assert_eq!((&ended["status"], &ended["active"], &ended["ender_id"]), (&json!("ended"), &json!(false), &Value::Null));
    assert_eq!(ended["ended_at"], "2026-03-04T05:07:07.000Z");
    assert_eq!(ended["settings"]["expires_at"], ended["ended_at"]);
    assert_eq!(service.send(Method::Post, &format!("/sessions/{id}/end"), &Value::Null), (200, ended));
    seconds(4.0).await;
    assert_eq!((&service.job(&running)["status"], &service.job(&queued)["status"]), (&json!("completed"), &json!("completed")));
}

#[tokio::test(start_paused = true)]
async fn a_session_takes_as_many_jobs_as_it_was_said_and_one_of_several_circuits_is_one() {
    let service = Service::from(builder());
    let id = open(&service, json!({"job_count_limit": 3}));
    service.submit(&in_session(&id));
    service.submit(&with(&multi("qpu.aria-1", [flip(0), flip(1)]), json!({"session_id": id})));
    let wide = json!({"type": "ionq.circuit.v1", "backend": "qpu.aria-1", "input": {"qubits": 26, "circuit": []}, "session_id": id});
    assert_eq!(service.job(&service.submit(&wide))["status"], "failed", "a job that fails is one too");
    let before = service.listed("/jobs");
    let (status, message, _) = submit(&service, &in_session(&id));
    assert_eq!((status, message), (409, format!("session_id: session {id} takes 3 jobs (job_count_limit) and has had them")));
    assert_eq!(service.listed("/jobs"), before, "a job that is refused is not there");
    assert_eq!(service.listed(&format!("/sessions/{id}/jobs")), before);
    assert_eq!(service.get(&format!("/sessions/{id}"))["status"], "created");
}

#[tokio::test(start_paused = true)]
async fn a_session_takes_jobs_as_long_as_they_fit_its_budget_and_what_is_not_run_makes_room() {
    let service = Service::from(builder());
    let id = open(&service, json!({"cost_limit": {"unit": "usd", "value": 3.0 * LEAST}}));
    let first = service.submit(&in_session(&id));
    let batch = service.submit(&with(&multi("qpu.aria-1", [flip(0), flip(1)]), json!({"session_id": id})));
    let (status, message, _) = submit(&service, &in_session(&id));
    let full =
        format!("session_id: session {id} may cost 37.2498 usd (cost_limit); 37.2498 are taken, and the job is estimated at 12.4166");
    assert_eq!((status, message), (409, full));
    // Neither what cannot run nor what is only checked costs anything.
    service.submit(&with(&in_session(&id), json!({"dry_run": true})));
    service.submit(&json!({"type": "ionq.circuit.v1", "backend": "qpu.aria-1", "input": {"qubits": 26, "circuit": []}, "session_id": id}));
    assert_eq!(service.status(Method::Put, &format!("/jobs/{}/status/cancel", service.children(&batch)[0])), 200);
    let again = service.submit(&in_session(&id));
    assert_eq!(submit(&service, &in_session(&id)).0, 409);
    seconds(4.0).await;
    assert_eq!(service.job(&first)["status"], "completed");
    // What has run is paid for, canceled or deleted afterwards or not.
    assert_eq!(service.status(Method::Put, &format!("/jobs/{first}/status/cancel")), 200);
    assert_eq!(service.status(Method::Delete, &format!("/jobs/{again}")), 200);
    assert_eq!(submit(&service, &in_session(&id)).0, 409);
}

#[tokio::test(start_paused = true)]
async fn a_session_of_another_project_does_not_exist() {
    let service = Service::from(builder().api_key(ApiKey::new("first")).api_key(ApiKey::new("second")));
    let (first, second) = (service.with_key("first"), service.with_key("second"));
    let id = open(&first, json!({}));
    let missing = format!("there is no session {id:?}");
    for (method, path) in [(Method::Get, ""), (Method::Post, "/end"), (Method::Get, "/jobs")] {
        assert_eq!(second.refused(method, &format!("/sessions/{id}{path}"), &Value::Null), (404, missing.clone(), vec![]));
        let unknown = second.refused(method, &format!("/sessions/nonsense{path}"), &Value::Null);
        assert_eq!((unknown.0, unknown.1.as_str()), (404, "there is no session \"nonsense\""));
    }
    let wrong = format!("session_id {id:?} is not allowed, the id of a session is needed");
    assert_eq!(submit(&second, &in_session(&id)), (400, wrong, vec!["session_id".to_owned()]));
    assert_eq!((second.get("/sessions")["sessions"].clone(), first.get("/sessions")["sessions"][0]["id"].clone()), (json!([]), json!(id)));
    assert_eq!(first.get(&format!("/sessions/{id}"))["status"], "created", "nobody else ended it");
}

#[tokio::test(start_paused = true)]
async fn a_job_for_another_backend_or_with_an_id_that_is_none_names_session_id() {
    let service = Service::from(builder());
    let id = open(&service, json!({}));
    let elsewhere = with(&single("qpu.forte-1", flip(0)), json!({"session_id": id}));
    let (status, message, keys) = submit(&service, &elsewhere);
    assert_eq!((status, keys), (400, vec!["session_id".to_owned()]));
    assert_eq!(message, format!("session_id: session {id} is for backend qpu.aria-1, the job is for qpu.forte-1"));
    let (status, message, keys) = submit(&service, &in_session("nonsense"));
    assert_eq!((status, keys), (400, vec!["session_id".to_owned()]));
    assert_eq!(message, "session_id \"nonsense\" is not allowed, the id of a session is needed");
    assert_eq!(submit(&service, &in_session("01980000-0000-7000-8000-000000000001")).0, 400);
    assert_eq!(submit(&service, &in_session(&id.to_uppercase())).0, 400, "another spelling is another id");
    let created = service.create("/jobs", &in_session(&id));
    assert_eq!((&created["session_id"], &service.job(&text(&created["id"]))["session_id"]), (&json!(id), &json!(id)));
}

#[tokio::test(start_paused = true)]
async fn sessions_are_listed_newest_first_all_or_those_that_are_active_or_not() {
    let service = Service::from(builder());
    let ids = [open(&service, json!({"duration_limit_min": 1})), open(&service, json!({})), open(&service, json!({}))];
    assert_eq!(service.status(Method::Post, &format!("/sessions/{}/end", ids[2])), 200);
    seconds(61.0).await;
    let listed = |query: &str| {
        let reply = service.get(&format!("/sessions{query}"));
        assert_eq!(text(&reply["organization_id"]), text(&reply["sessions"][0]["organization_id"]));
        reply["sessions"].as_array().unwrap().iter().map(|session| text(&session["id"])).collect::<Vec<_>>()
    };
    assert_eq!(listed(""), [&ids[2], &ids[1], &ids[0]].map(Clone::clone));
    assert_eq!((listed("?active=true"), listed("?active=True")), (vec![ids[1].clone()], vec![ids[1].clone()]));
    assert_eq!(listed("?active=false"), [&ids[2], &ids[0]].map(Clone::clone));
    let (status, message, keys) = service.refused(Method::Get, "/sessions?active=maybe", &Value::Null);
    assert_eq!(
        (status, message.as_str(), keys),
        (400, "active \"maybe\" is not allowed, true or false is needed", vec!["active".to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn the_jobs_of_a_session_are_found_with_the_filters_of_all_jobs() {
    let service = Service::from(builder());
    let id = open(&service, json!({}));
    let one = service.submit(&in_session(&id));
    service.submit(&single("qpu.aria-1", flip(0)));
    let batch = service.submit(&with(&multi("qpu.aria-1", [flip(0), flip(1)]), json!({"session_id": id})));
    service.status(Method::Put, &format!("/jobs/{one}/status/cancel"));
    let kids = service.children(&batch);
    assert_eq!(service.listed(&format!("/sessions/{id}/jobs")), [batch.clone(), one.clone()]);
    let newest_first = vec![kids[1].clone(), kids[0].clone()];
    let other = open(&service, json!({}));
    for (query, expected) in [
        ("".to_owned(), vec![batch.clone(), one.clone()]),
        ("status=canceled".to_owned(), vec![one.clone()]),
        ("status=queued".to_owned(), vec![]), // qiskit-ionq asks for what does not exist
        (format!("parent_job_id={batch}"), newest_first.clone()),
        (format!("ids={}&ids={one}", kids.join(",")), [newest_first, vec![one.clone()]].concat()),
        ("limit=1".to_owned(), vec![batch.clone()]),
        (format!("limit=1&next={batch}"), vec![one]),
        ("target=simulator".to_owned(), vec![]),
        (format!("session_id={other}"), vec![]),
    ] {
        assert_eq!(service.listed(&format!("/sessions/{id}/jobs?{query}")), expected, "{query}");
        if !query.contains("session_id") {
            assert_eq!(service.listed(&format!("/jobs?session_id={id}&{query}")), expected, "{query}");
        }
    }
    assert_eq!(service.listed("/jobs?session_id=nonsense"), Vec::<String>::new());
    assert_eq!(service.refused(Method::Get, &format!("/sessions/{id}/jobs?limit=0"), &Value::Null).2, ["limit"]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_makes_no_sense_is_refused_by_field() {
    let service = Service::from(builder());
    let limits = |settings: Value| json!({"backend": "simulator", "settings": settings});
    for (body, field) in [
        (json!({}), "backend"),
        (json!({"backend": 5}), "backend"),
        (json!({"backend": "qpu.nowhere"}), "backend"),
        (json!({"backend": "qpu.harmony"}), "backend"), // retired
        (json!({"backend": "simulator", "settings": []}), "settings"),
        (limits(json!({"job_count_limit": 0})), "settings.job_count_limit"),
        (limits(json!({"job_count_limit": "many"})), "settings.job_count_limit"),
        (limits(json!({"duration_limit_min": 2.5})), "settings.duration_limit_min"),
        (limits(json!({"duration_limit_min": 3_000_000_000u32})), "settings.duration_limit_min"),
        (limits(json!({"cost_limit": {"unit": "usd"}})), "settings.cost_limit.value"),
        (limits(json!({"cost_limit": {"unit": "credit", "value": 1}})), "settings.cost_limit.unit"),
        (limits(json!({"cost_limit": {"value": -1}})), "settings.cost_limit.value"),
        (limits(json!({"cost_limit": {"value": "inf"}})), "settings.cost_limit.value"),
    ] {
        let (status, message, keys) = service.refused(Method::Post, "/sessions", &body);
        assert_eq!((status, keys), (400, vec![field.to_owned()]), "{body}: {message}");
    }
    assert_eq!(service.get("/sessions")["sessions"], json!([]));
}
