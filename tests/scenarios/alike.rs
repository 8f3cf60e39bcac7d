//! Faults of jobs, of lists and of headers: the same through the embedded transport, wiremock and the server.

use crate::raw::{Caller, Server};
use crate::three_ways::timeless;
use crate::{bell, flips, scenario};
use paultrap::adapters::embedded::Embedded;
use paultrap::adapters::http::Options;
use paultrap::adapters::wiremock::MockCloud;
use paultrap::api::{ApiKey, Method, Query, Request};
use paultrap::client::{Https, Transport};
use paultrap::cloud::{Builder, Clock, Cloud};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Sends one request after the other and writes down what came.
struct Scribe<'a> {
    transport: &'a dyn Transport,
    lines: Vec<String>,
}

impl Scribe<'_> {
    async fn ask(&mut self, method: Method, path: &str, body: &Value) -> Value {
        let (bare, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request::new(method, bare).query(Query::parse(query)).key(Some(ApiKey::new("k")));
        let request = if body.is_null() { request } else { request.json(body) };
        let reply = self.transport.send(request).await.unwrap();
        let text = String::from_utf8(reply.body).unwrap();
        self.lines.push(format!("{method} {path} {} {text}", reply.status));
        serde_json::from_str(&text).unwrap()
    }
}

/// What comes of four jobs, one of them of two circuits: the answers to making them, three pages of two, each job by its id, and another
/// question for the first. Ids are numbered in the order of the jobs as the journal has it, and times are left out.
async fn transcript(cloud: &Cloud, transport: &dyn Transport) -> Vec<String> {
    let mut scribe = Scribe { transport, lines: Vec::new() };
    for mut job in [bell(), flips(2), bell(), bell()] {
        job["metadata"] = json!({"task": "one of four"});
        scribe.ask(Method::Post, "/v0.4/jobs", &job).await;
    }
    while cloud.unfinished() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut cursor = String::new();
    for _ in 0..3 {
        let page = scribe.ask(Method::Get, &format!("/v0.4/jobs?limit=2{cursor}"), &Value::Null).await;
        cursor = page["next"].as_str().map(|next| format!("&next={next}")).unwrap_or_default();
    }
    let asked = scribe.lines.len();
    let journal = scribe.ask(Method::Get, "/_paultrap/journal", &Value::Null).await;
    scribe.lines.truncate(asked);
    let jobs: Vec<String> =
        journal["requests"].as_array().unwrap().iter().filter_map(|visit| Some(visit["job"].as_str()?.to_owned())).collect();
    for job in jobs.iter().chain(jobs.first()) {
        scribe.ask(Method::Get, &format!("/v0.4/jobs/{job}"), &Value::Null).await;
    }
    let numbered =
        |line: &String| jobs.iter().enumerate().fold(line.clone(), |line, (index, id)| line.replace(id, &format!("JOB {index}")));
    scribe.lines.iter().map(|line| timeless(&numbered(line))).collect()
}

/// The transcript, which is the same through every adapter.
fn everywhere(faults: &str) -> Vec<String> {
    let cloud = || Cloud::builder().workers(1).scenario(scenario(faults));
    let behind_http = cloud().start();
    let server = Server::start(behind_http.clone(), Options::default());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let here = cloud().start();
        let embedded = transcript(&here, &Embedded::new(here.clone())).await;
        let over_http = transcript(&behind_http, &Https::new(&format!("http://{}", server.addr)).unwrap()).await;
        assert_eq!(embedded, over_http, "{faults}");
        let mock = MockCloud::with(cloud()).await;
        let mocked = transcript(mock.cloud(), &Https::new(mock.url().trim_end_matches("/v0.4")).unwrap()).await;
        assert_eq!(embedded, mocked, "{faults}");
        embedded
    })
}

#[test]
fn every_fault_of_jobs_and_lists_is_the_same_through_every_adapter() {
    let plain = everywhere("");
    let mut seen = BTreeMap::new();
    for row in [
        "create_job:{ hidden = \"1h\" }",
        "create_job:{ unlisted = \"1h\" }",
        "create_job:\"drop_metadata\"",
        "get_jobs:\"lose_state\"",
        "get_job:\"backwards\"",
        "get_jobs:\"page_loop\"",
        "get_jobs:\"page_overlap\"",
        "get_jobs:\"shuffled\"",
        "get_jobs:\"forget_entry\"",
    ] {
        let (on, act) = row.split_once(':').unwrap();
        let got = everywhere(&format!("[[fault]]\non = \"{on}\"\nnth = [2]\ndo = {act}"));
        assert!(got != plain, "{row}: nothing happens");
        let same = seen.insert(got, row);
        assert!(same.is_none(), "{row} does what {same:?} does");
    }
    let told = everywhere("[[fault]]\non = \"create_job\"\nnth = [2]\ndo = \"previous_reply\"");
    assert!(told[1].contains("JOB 0") && plain[1].contains("JOB 1"), "{told:?}");
    assert!(told[2..] == plain[2..], "the job is there all the same");
}

/// The clock of these clouds is not that of this machine.
fn builder(retry_after: &str) -> Builder {
    let clock = Clock::system().starting_at("1994-11-06T08:00:00Z".parse().unwrap());
    let refused = scenario(&format!("[[fault]]\non = \"whoami\"\ndo = {{ status = 503, {retry_after} }}"));
    Cloud::builder().workers(1).clock(clock).scenario(refused)
}

/// The `Retry-After` and the `Date` on a socket.
fn headers_at(addr: SocketAddr) -> [Option<String>; 2] {
    let head = format!("GET /v0.4/whoami HTTP/1.1\r\nHost: {addr}\r\nAuthorization: apiKey k\r\n\r\n");
    let answer = Caller::to(addr).send(head).answer();
    assert_eq!(answer.status, 503);
    for name in ["retry-after:", "date:"] {
        assert_eq!(answer.head.lines().filter(|line| line.to_ascii_lowercase().starts_with(name)).count(), 1, "{}", answer.head);
    }
    ["retry-after", "date"].map(|name| answer.header(name).map(str::to_owned))
}

/// The same through the embedded transport, over HTTP, and behind wiremock.
fn headers(retry_after: &str) -> [[Option<String>; 2]; 3] {
    let request = Request::new(Method::Get, "/v0.4/whoami").key(Some(ApiKey::new("k")));
    let reply = tokio::runtime::Runtime::new().unwrap().block_on(Embedded::new(builder(retry_after).start()).send(request)).unwrap();
    let header = |name| reply.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let server = Server::start(builder(retry_after).start(), Options::default());
    let mock = tokio::runtime::Runtime::new().unwrap();
    let mocked = mock.block_on(MockCloud::with(builder(retry_after)));
    [["retry-after", "date"].map(header), headers_at(server.addr), headers_at(*mocked.server().address())]
}

#[test]
fn a_retry_after_of_ones_own_comes_to_the_letter_through_every_adapter() {
    for text in ["Fri, 31 Dec 9999 23:59:59 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "-1", "1e9", "soon", "", "0", "1, 2", "\u{7e}"] {
        let got = headers(&format!("retry_after_header = \"{text}\"")).map(|[retry_after, _]| retry_after);
        assert_eq!(got, [Some(text.to_owned()), Some(text.to_owned()), Some(text.to_owned())]);
    }
    assert_eq!(
        headers("retry_after = \"1500ms\"").map(|[retry_after, _]| retry_after),
        [Some("2".to_owned()), Some("2".to_owned()), Some("2".to_owned())]
    );
}

#[test]
fn a_date_to_retry_after_is_by_the_date_of_the_answer_which_is_the_clouds() {
    let read = |header: &Option<String>| jiff::fmt::rfc2822::parse(header.as_deref().unwrap()).unwrap().timestamp().as_second();
    for (wait, seconds) in [("30s", 30), ("1500ms", 2), ("24h", 86_400), ("0s", 0)] {
        for (adapter, [retry_after, date]) in headers(&format!("retry_after_date = \"{wait}\"")).iter().enumerate() {
            assert_eq!(read(retry_after) - read(date), seconds, "{adapter}: {wait}");
            assert!(
                date.as_deref().is_some_and(|date| date.starts_with("Sun, 06 Nov 1994 08:0") && date.ends_with(" GMT")),
                "{adapter}: {date:?}"
            );
        }
    }
}
