//! A case of a row: what is sent, and what has to happen.

use crate::raw::{Answer, Caller, Server, assert_well_formed};
use paultrap::api::ErrorBody;
use serde_json::Value;

/// One case.
pub(crate) struct Row {
    /// 7 for B7.
    pub(crate) number: u8,
    pub(crate) what: &'static str,
    pub(crate) ask: Ask,
    pub(crate) then: Then,
    /// Why the matrix says otherwise and the SDKs, or earlier decisions, win.
    pub(crate) differs: Option<&'static str>,
}

/// What is sent. `HOST` stands for the server's, the names of [`Known`] for ids, and `RUNNING` for that of a job that runs.
pub(crate) enum Ask {
    /// These bytes.
    Raw(Vec<u8>),
    /// A request with a key and a JSON body.
    Json { line: String, body: Vec<u8> },
}

/// What has to happen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Then {
    /// Answered, with a body, and the connection serves the next request.
    Stays(u16),
    /// Answered, with a body, and the connection ends.
    Closes(u16),
    /// Answered by hyper, without a body, and the connection ends.
    Bare(u16),
    /// The connection ends without an answer.
    Ends,
    /// 400, with these fields named.
    Names(&'static [&'static str]),
    /// The job is taken, and completed in the end.
    Completes,
    /// The job is taken, and fails with this code.
    Fails(&'static str),
}

impl Row {
    pub(crate) fn name(&self) -> String {
        format!("B{} {}", self.number, self.what)
    }

    pub(crate) fn differs(self, why: &'static str) -> Row {
        Row { differs: Some(why), ..self }
    }
}

/// These bytes.
pub(crate) fn raw(number: u8, what: &'static str, bytes: impl Into<Vec<u8>>, then: Then) -> Row {
    Row { number, what, ask: Ask::Raw(bytes.into()), then, differs: None }
}

/// A request with a JSON body, or without one.
pub(crate) fn request(number: u8, what: &'static str, line: impl Into<String>, body: impl Into<Vec<u8>>, then: Then) -> Row {
    Row { number, what, ask: Ask::Json { line: line.into(), body: body.into() }, then, differs: None }
}

/// `POST /v0.4/jobs`.
pub(crate) fn post(number: u8, what: &'static str, body: impl Into<Vec<u8>>, then: Then) -> Row {
    request(number, what, "POST /v0.4/jobs", body, then)
}

pub(crate) const BELL: &str = r#"{"type":"ionq.circuit.v1","backend":"simulator","shots":100,"input":{"gateset":"qis","qubits":2,
    "circuit":[{"gate":"h","target":0},{"gate":"cnot","control":0,"target":1}]}}"#;

const SESSION: &str = r#"{"backend":"simulator"}"#;

/// A job of a small circuit that takes many seconds: its noise is another in almost every shot.
fn endless() -> String {
    let gate = |k: usize| format!(r#"{{"gate":"xx","targets":[{},{}],"rotation":0.{}}}"#, k % 16, (k + 1) % 16, k + 1);
    let circuit = (0..200).map(gate).collect::<Vec<_>>().join(",");
    let rest = r#""type":"ionq.circuit.v1","backend":"simulator","noise":{"model":"aria-1"},"shots":100000"#;
    format!(r#"{{{rest},"input":{{"qubits":16,"circuit":[{circuit}]}}}}"#)
}

/// The jobs and sessions that rows speak of, by name.
pub(crate) struct Known(Vec<(&'static str, String)>);

impl Known {
    pub(crate) fn new(server: &Server) -> Known {
        let [done, canceled] = [BELL, &endless()].map(|job| made(server, "k", "/v0.4/jobs", job));
        end_of(server, &done);
        let told = server.call().send(server.head(&format!("PUT /v0.4/jobs/{canceled}/status/cancel")) + "\r\n").answer();
        assert_eq!((told.status, &end_of(server, &canceled)["status"]), (200, &"canceled".into()));
        let ended = made(server, "k", "/v0.4/sessions", SESSION);
        assert_eq!(server.post(&format!("/v0.4/sessions/{ended}/end"), "").json()["status"], "ended");
        let foreign = made(server, "other", "/v0.4/jobs", BELL);
        let theirs = made(server, "other", "/v0.4/sessions", SESSION);
        let upper = done.to_uppercase();
        Known(vec![
            ("HOST", server.addr.to_string()),
            ("DONE", done),
            ("UPPER", upper),
            ("CANCELED", canceled),
            ("FOREIGN", foreign),
            ("ENDED", ended),
            ("THEIRS", theirs),
        ])
    }

    fn fill(&self, server: &Server, text: &str) -> String {
        let filled = self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        if !filled.contains("RUNNING") {
            return filled;
        }
        let id = made(server, "k", "/v0.4/jobs", &endless());
        wait_for(server, &id, &["started"]);
        filled.replace("RUNNING", &id)
    }

    /// The same for bytes; what comes after the first that are no UTF-8 stays as it is.
    fn fill_bytes(&self, server: &Server, bytes: &[u8]) -> Vec<u8> {
        let end = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
        let (text, rest) = bytes.split_at(end);
        [self.fill(server, std::str::from_utf8(text).unwrap()).as_bytes(), rest].concat()
    }

    /// What was said, without what differs from run to run.
    fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(value, name))
    }
}

/// The id of what a key's POST makes.
fn made(server: &Server, key: &str, path: &str, body: &str) -> String {
    let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: apiKey {key}\r\n", server.addr);
    let created = server.call().send(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).answer();
    created.json()["id"].as_str().unwrap().to_owned()
}

/// Sends a row, compares, and tells what was said.
pub(crate) fn perform(server: &Server, known: &Known, row: &Row) -> String {
    let name = row.name();
    let mut caller = server.call();
    caller.send(bytes(server, known, &row.ask));
    let answer = caller.try_answer();
    assert_eq!(answer.as_ref().map(|answer| answer.status), row.then.status(), "{name}: {answer:?}");
    let told = match &answer {
        None => "the connection ends".to_owned(),
        Some(answer) if answer.body.is_empty() => format!("{} without a body", answer.status),
        Some(answer) => told(answer, &name),
    };
    match row.then {
        Then::Ends => {}
        Then::Bare(_) => assert!(caller.is_ended(), "{name}: stays open"),
        Then::Closes(_) => {
            let said = answer.as_ref().and_then(|answer| answer.header("connection"));
            assert!(said == Some("close") || name.contains("HTTP/1.0"), "{name}: does not say that it closes");
            assert!(caller.is_ended(), "{name}: stays open");
        }
        Then::Stays(_) | Then::Completes | Then::Fails(_) | Then::Names(_) => assert_serves(server, &mut caller, &name),
    }
    let answer = answer.filter(|answer| !matches!(row.then, Then::Bare(_)) && !answer.body.is_empty());
    if let Some(answer) = &answer {
        assert_well_formed(answer, &name);
    }
    known.hide(&end(server, row.then, answer.as_ref(), &name).map_or(told.clone(), |end| format!("{told}, {end}")))
}

/// Whether the fields and the job's end are as the row says; how the job ended.
fn end(server: &Server, then: Then, answer: Option<&Answer>, name: &str) -> Option<String> {
    match then {
        Then::Names(keys) => {
            let error: ErrorBody = serde_json::from_slice(&answer?.body).unwrap();
            let given = error.validation.map(|validation| validation.keys).unwrap_or_default();
            assert_eq!(given, keys, "{name}: {}", error.message);
            None
        }
        Then::Completes => {
            let end = end_of(server, answer?.json()["id"].as_str().unwrap());
            assert_eq!(end["status"], "completed", "{name}: {}", end["failure"]);
            assert_distribution(server, &end, name);
            Some("completed".to_owned())
        }
        Then::Fails(code) => {
            let end = end_of(server, answer?.json()["id"].as_str().unwrap());
            assert_eq!((&end["status"], &end["failure"]["code"]), (&"failed".into(), &code.into()), "{name}: {end}");
            Some(format!("{code}: {}", end["failure"]["message"].as_str().unwrap()))
        }
        Then::Stays(_) | Then::Closes(_) | Then::Bare(_) | Then::Ends => None,
    }
}

fn bytes(server: &Server, known: &Known, ask: &Ask) -> Vec<u8> {
    match ask {
        Ask::Raw(bytes) => known.fill_bytes(server, bytes),
        Ask::Json { line, body } => {
            let (line, body) = (known.fill(server, line), known.fill_bytes(server, body));
            let head = server.head(&line) + &format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
            [head.as_bytes(), &body].concat()
        }
    }
}

/// A job at its end.
fn end_of(server: &Server, id: &str) -> Value {
    wait_for(server, id, &["completed", "failed", "canceled"])
}

/// A job once its status is one of these.
fn wait_for(server: &Server, id: &str, wanted: &[&str]) -> Value {
    for _ in 0..2000 {
        let job = server.get(&format!("/v0.4/jobs/{id}")).json();
        if wanted.contains(&job["status"].as_str().unwrap()) {
            return job;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("job {id} is never {}", wanted.join(" or "));
}

fn assert_serves(server: &Server, caller: &mut Caller, name: &str) {
    let health = caller.send(server.head("GET /v0.4/health") + "\r\n").answer();
    assert_eq!((health.status, &health.json()["status"]), (200, &"pass".into()), "{name}: the next request");
}

/// Status, message and fields.
fn told(answer: &Answer, name: &str) -> String {
    if answer.status < 400 {
        return answer.status.to_string();
    }
    let error: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{name}: {error}"));
    let keys = error.validation.map(|found| format!(" [{} {}]", found.source, found.keys.join(", "))).unwrap_or_default();
    format!("{} {}{keys}: {}", answer.status, error.error, error.message)
}

/// The probabilities of a job that is one circuit are finite and add up to 1.
fn assert_distribution(server: &Server, job: &Value, name: &str) {
    if job["type"] == "ionq.multi-circuit.v1" {
        return;
    }
    let results = server.get(&format!("/v0.4/jobs/{}/results/probabilities", job["id"].as_str().unwrap())).json();
    let all: Vec<f64> = results.as_object().unwrap().values().map(|probability| probability.as_f64().unwrap()).collect();
    let sum: f64 = all.iter().sum();
    assert!(all.iter().all(|p| (0.0..=1.0 + 1e-12).contains(p)) && (sum - 1.0).abs() < 1e-9, "{name}: {results}");
}

impl Then {
    fn status(self) -> Option<u16> {
        match self {
            Then::Stays(status) | Then::Closes(status) | Then::Bare(status) => Some(status),
            Then::Names(_) => Some(400),
            Then::Completes | Then::Fails(_) => Some(201),
            Then::Ends => None,
        }
    }
}
