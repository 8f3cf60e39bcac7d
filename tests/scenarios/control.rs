//! What is below `/_paultrap`.

use crate::raw::Server;
use crate::{bell, scenario};
use paultrap::adapters::http::Options;
use paultrap::api::ApiKey;
use paultrap::cloud::{Cloud, Credential};
use serde_json::json;

const SCENARIO: &str = "/_paultrap/scenario";

fn server() -> Server {
    Server::start(Cloud::builder().workers(1).start(), Options::default())
}

/// The answer to a PUT of a text.
fn put(server: &Server, media_type: &str, body: &str) -> crate::raw::Answer {
    let head = server.head(&format!("PUT {SCENARIO}"));
    server.call().send(format!("{head}Content-Type: {media_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len())).answer()
}

fn delete(server: &Server) -> crate::raw::Answer {
    server.call().send(server.head(&format!("DELETE {SCENARIO}")) + "\r\n").answer()
}

#[test]
fn a_scenario_is_put_shown_with_what_it_did_and_removed() {
    let server = server();
    assert_eq!(server.get(SCENARIO).json(), json!({"scenario": null, "named_by_jobs": []}));
    let toml = "description = \"every second whoami\"\nseed = 3\n[[fault]]\non = \"whoami\"\nevery = 2\ndo = { status = 503 }";
    assert_eq!(put(&server, "application/toml", toml).status, 200);
    let statuses: Vec<u16> = (0..5).map(|_| server.get("/v0.4/whoami").status).collect();
    assert_eq!(statuses, [200, 503, 200, 503, 200]);
    let fault = json!({"on": "whoami", "every": 2, "do": {"status": 503}, "seen": 5, "fired": 2});
    let shown = json!({"name": null, "description": "every second whoami", "seed": 3, "fault": [fault]});
    assert_eq!(server.get(SCENARIO).json()["scenario"], shown);
    assert_eq!(delete(&server).json()["scenario"], json!(null));
    assert_eq!((0..4).map(|_| server.get("/v0.4/whoami").status).max(), Some(200));
}

#[test]
fn a_scenario_comes_as_toml_as_json_or_by_name_and_a_bad_one_changes_nothing() {
    let server = server();
    assert_eq!(put(&server, "application/json", "\"A-01\"").json()["scenario"]["name"], "A-01");
    for (media_type, body, status, part) in [
        ("application/json", "\"Z-99\"", 400, "no built-in scenario is named \"Z-99\""),
        ("application/json", r#"{"description":"x","fault":[{"on":"x","do":"stall"}]}"#, 400, "fault[0].on is \"x\""),
        ("application/toml", "descripton = \"x\"", 400, "unknown field `descripton`"),
        ("application/toml", "\u{0}", 400, "TOML"),
        ("text/plain", "description = \"x\"", 415, "Content-Type"),
        ("application/toml", "", 400, "missing field `description`"),
    ] {
        let answer = put(&server, media_type, body);
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(answer.status == status && message.contains(part), "{body}: {} {message}", answer.status);
    }
    assert_eq!(server.get(SCENARIO).json()["scenario"]["name"], "A-01");
    let json = r#"{"description":"x","fault":[{"on":"*","do":"stall","nth":[1000]}]}"#;
    assert_eq!(put(&server, "application/json", json).status, 200);
}

#[test]
fn a_reset_empties_the_cloud_and_begins_to_count_anew() {
    let server = Server::start(
        Cloud::builder().workers(1).scenario(scenario("[[fault]]\non = \"whoami\"\nnth = [1]\ndo = { status = 503 }")).start(),
        Options::default(),
    );
    for _ in 0..3 {
        assert_eq!(server.post("/v0.4/jobs", &bell().to_string()).status, 201);
    }
    assert_eq!((server.get("/v0.4/whoami").status, server.get("/v0.4/whoami").status), (503, 200));
    assert_eq!(server.post("/_paultrap/reset", "").json(), json!({"jobs": 3}));
    assert_eq!(server.get("/v0.4/jobs").json()["jobs"], json!([]));
    assert_eq!(server.get("/v0.4/whoami").status, 503);
    assert_eq!(server.post("/v0.4/jobs", &bell().to_string()).status, 201, "and goes on");
}

#[test]
fn the_journal_has_the_requests_and_what_became_of_them_and_no_secrets() {
    let cloud = Cloud::builder().workers(1).api_key(ApiKey::new("CANARY-KEY"));
    let lost = scenario("[[fault]]\non = \"create_job\"\nnth = [2]\ndo = \"drop_after\"");
    let server = Server::start(cloud.scenario(lost).start(), Options::default());
    let ask = |line: &str, body: &str| {
        let head =
            format!("{line} HTTP/1.1\r\nHost: {}\r\nAuthorization: apiKey CANARY-KEY\r\nContent-Type: application/json\r\n", server.addr);
        server.call().send(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).try_answer_or_reset()
    };
    let job = bell().to_string();
    assert_eq!(ask("POST /v0.4/jobs?name=CANARY-QUERY", &job).map(|answer| answer.status), Some(201));
    assert!(ask("POST /v0.4/jobs", &job).is_none());
    assert_eq!(server.get("/v0.4/jobs").status, 401, "the key of the test's server is another one");
    let journal = ask("GET /_paultrap/journal", "").unwrap();
    let text = String::from_utf8(journal.body.clone()).unwrap();
    assert!(!text.contains("CANARY") && !text.contains("cnot"), "{text}");
    let rows = journal.json();
    let rows: Vec<_> = rows["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["method"].as_str().unwrap().to_owned(),
                row["operation"].clone(),
                row["status"].clone(),
                row["answer"].clone(),
                row["faults"].clone(),
            )
        })
        .collect();
    let post = |answer: &str, faults| ("POST".to_owned(), json!("create_job"), json!(201), json!(answer), faults);
    assert_eq!(
        rows,
        [post("whole", json!(null)), post("reset", json!([0])), ("GET".to_owned(), json!(null), json!(401), json!("whole"), json!(null)),]
    );
}

#[test]
fn without_a_key_nobody_changes_a_scenario() {
    let server = server();
    for line in [
        "GET /_paultrap/scenario",
        "PUT /_paultrap/scenario",
        "DELETE /_paultrap/scenario",
        "POST /_paultrap/reset",
        "GET /_paultrap/journal",
    ] {
        let answer = server.call().send(format!("{line} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr)).answer();
        assert_eq!(answer.status, 401, "{line}");
    }
    let wrong = server.call().send(server.head("POST /_paultrap/journal") + "\r\n").answer();
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET")));
    assert_eq!(server.get("/_paultrap/nothing").status, 404);
}

#[test]
fn where_keys_open_several_projects_only_an_admins_changes_the_cloud() {
    let key = |text: &str| Credential::new(ApiKey::new(text));
    let cloud = Cloud::builder().workers(1).credential(key("alice").project("a")).credential(key("bob").project("b"));
    let server = Server::start(cloud.credential(key("root").project("b").admin()).start(), Options::default());
    let ask = |line: &str, key: &str| {
        let head = format!("{line} HTTP/1.1\r\nHost: {}\r\nAuthorization: apiKey {key}\r\n\r\n", server.addr);
        server.call().send(head).answer().status
    };
    for line in ["GET /_paultrap/scenario", "DELETE /_paultrap/scenario", "POST /_paultrap/reset", "GET /_paultrap/journal"] {
        assert_eq!([ask(line, "alice"), ask(line, "bob"), ask(line, "root"), ask(line, "nobody")], [403, 403, 200, 401], "{line}");
    }
}

#[test]
fn what_a_scenario_may_have_is_limited_and_the_journal_with_it() {
    let server = server();
    let faults = |count: usize| {
        let fault = r#"{"on":"*","do":{"delay":"0s"}}"#;
        format!(r#"{{"description":"many","fault":[{}]}}"#, vec![fault; count].join(","))
    };
    let refused = put(&server, "application/json", &faults(1001)).json();
    assert_eq!(refused["message"], "fault is a list of 1001, at most 1000 is needed");
    assert_eq!(put(&server, "application/json; charset=utf-8", &faults(1000)).status, 200);
    assert_eq!(server.get("/v0.4/whoami").status, 200);
    let journal = server.get("/_paultrap/journal").json();
    let faults = |row: &serde_json::Value| row["faults"].as_array().map_or(0, Vec::len);
    assert_eq!(journal["requests"].as_array().unwrap().iter().map(faults).max(), Some(16));
    let toml = "description = \"x\"\n[[fault]]\non = \"*\"\ndo = { scal = 1 }";
    let message = put(&server, "application/toml; charset=utf-8", toml).json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("fault[0].do.scal: unknown field `scal`, expected one of `status`"), "{message}");
    let message = put(&server, "application/toml", "description = \"x\"\n[[fault]").json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("line 2 is no TOML: ") && !message.contains('\\'), "{message}");
}
