//! A case of a row: what is sent, and what has to happen.

use crate::raw::{Answer, Caller, Server};
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

/// What is sent. `HOST` stands for the server's, `JOB`, `DONE`, `CANCELED` and `FOREIGN` for the ids of [`Known`].
pub(crate) enum Ask {
    /// These bytes.
    Raw(String),
    /// A request with a key and a JSON body.
    Json { line: String, body: String },
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
pub(crate) fn raw(number: u8, what: &'static str, bytes: impl Into<String>, then: Then) -> Row {
    Row { number, what, ask: Ask::Raw(bytes.into()), then, differs: None }
}

/// A request with a JSON body, or without one.
pub(crate) fn request(number: u8, what: &'static str, line: impl Into<String>, body: impl Into<String>, then: Then) -> Row {
    Row { number, what, ask: Ask::Json { line: line.into(), body: body.into() }, then, differs: None }
}

/// `POST /v0.4/jobs`.
pub(crate) fn post(number: u8, what: &'static str, body: impl Into<String>, then: Then) -> Row {
    request(number, what, "POST /v0.4/jobs", body, then)
}

/// The jobs that rows speak of.
pub(crate) struct Known {
    done: String,
    canceled: String,
    foreign: String,
}

pub(crate) const BELL: &str = r#"{"type":"ionq.circuit.v1","backend":"simulator","shots":100,"input":{"gateset":"qis","qubits":2,
    "circuit":[{"gate":"h","target":0},{"gate":"cnot","control":0,"target":1}]}}"#;

impl Known {
    pub(crate) fn new(server: &Server) -> Known {
        let id = |key: &str| {
            let head = format!("POST /v0.4/jobs HTTP/1.1\r\nHost: {}\r\nAuthorization: apiKey {key}\r\n", server.addr);
            let created = server.call().send(format!("{head}Content-Length: {}\r\n\r\n{BELL}", BELL.len())).answer();
            created.json()["id"].as_str().unwrap().to_owned()
        };
        let known = Known { done: id("k"), canceled: id("k"), foreign: id("other") };
        for id in [&known.done, &known.canceled] {
            end_of(server, id);
        }
        known
    }

    fn fill(&self, server: &Server, text: &str) -> String {
        let pairs = [("HOST", server.addr.to_string()), ("DONE", self.done.clone()), ("CANCELED", self.canceled.clone())];
        let known = pairs.iter().fold(text.replace("FOREIGN", &self.foreign), |text, (name, value)| text.replace(name, value));
        known.replace("UPPER", &self.done.to_uppercase())
    }

    /// What was said, without what differs from run to run.
    fn hide(&self, server: &Server, text: &str) -> String {
        let pairs = [(self.done.clone(), "DONE"), (self.done.to_uppercase(), "UPPER"), (self.canceled.clone(), "CANCELED")];
        let hidden = pairs.iter().fold(text.replace(&self.foreign, "FOREIGN"), |text, (id, name)| text.replace(id, name));
        hidden.replace(&server.addr.to_string(), "HOST")
    }
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
        Then::Bare(_) | Then::Closes(_) => assert!(caller.is_ended(), "{name}: stays open"),
        Then::Stays(_) | Then::Completes | Then::Fails(_) | Then::Names(_) => assert_serves(server, &mut caller, &name),
    }
    let answer = answer.filter(|answer| !matches!(row.then, Then::Bare(_)) && !answer.body.is_empty());
    if let Some(answer) = &answer {
        assert_well_formed(answer, &name);
    }
    known.hide(server, &end(server, row.then, answer.as_ref(), &name).map_or(told.clone(), |end| format!("{told}, {end}")))
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
        Ask::Raw(text) => known.fill(server, text).into_bytes(),
        Ask::Json { line, body } => {
            let (line, body) = (known.fill(server, line), known.fill(server, body));
            let head = server.head(&line);
            format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
        }
    }
}

/// A job at its end.
fn end_of(server: &Server, id: &str) -> Value {
    for _ in 0..2000 {
        let job = server.get(&format!("/v0.4/jobs/{id}")).json();
        if ["completed", "failed", "canceled"].contains(&job["status"].as_str().unwrap()) {
            return job;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("job {id} does not end");
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

/// Panics unless a reply has the headers that every reply has, and an error is told in IonQ's words, shortly, on one line.
#[track_caller]
fn assert_well_formed(answer: &Answer, of: &str) {
    let headers = [("content-type", "application/json"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store")];
    for (name, value) in headers {
        assert_eq!(answer.header(name), Some(value), "{of}: {}", answer.head);
    }
    assert!(answer.header("x-local-instance").is_some_and(|id| id.len() == 36), "{of}: {}", answer.head);
    let head = answer.head.to_lowercase();
    assert!(!head.contains("access-control") && !head.contains("\r\nserver:"), "{of}: {}", answer.head);
    if answer.status >= 400 {
        let error: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{of}: {error}"));
        assert_eq!(error.status_code, answer.status, "{of}");
        let message = &error.message;
        assert!(!error.error.is_empty() && !message.is_empty() && message.chars().count() <= 300, "{of}: {error:?}");
        assert!(!message.contains("CANARY"), "{of}: {message}");
        assert!(!message.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{of}: {message:?}");
    }
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
