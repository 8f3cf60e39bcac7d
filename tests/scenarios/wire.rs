//! Faults of the connection, as a client's socket sees them.

use crate::raw::Server;
use crate::{bell, scenario};
use paultrap::adapters::http::{Limits, Options};
use paultrap::cloud::Cloud;
use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

fn server(faults: &str) -> Server {
    Server::start(Cloud::builder().workers(1).scenario(scenario(faults)).start(), Options::default())
}

/// What a client reads until the connection ends, and how it ends.
fn read_all(server: &Server, request: &str) -> (Vec<u8>, Result<usize, ErrorKind>) {
    let mut caller = server.call();
    caller.send(request);
    let mut bytes = Vec::new();
    let ended = caller.stream().read_to_end(&mut bytes).map_err(|error| error.kind());
    (bytes, ended)
}

fn post(server: &Server) -> String {
    let body = bell().to_string();
    let head = server.head("POST /v0.4/jobs");
    format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// How many jobs the cloud has.
fn jobs(server: &Server) -> usize {
    server.get("/v0.4/jobs").json()["jobs"].as_array().unwrap().len()
}

#[test]
fn a_drop_is_a_reset_before_or_after_the_job_exists() {
    for (drop, there) in [("drop_before", 0), ("drop_after", 1)] {
        let server = server(&format!("[[fault]]\non = \"create_job\"\ntimes = 1\ndo = \"{drop}\""));
        assert_eq!(read_all(&server, &post(&server)), (Vec::new(), Err(ErrorKind::ConnectionReset)), "{drop}");
        assert_eq!(jobs(&server), there, "{drop}");
        assert_eq!(server.post("/v0.4/jobs", &bell().to_string()).status, 201, "{drop}: only the first one");
        server.assert_healthy(drop);
    }
}

#[test]
fn a_truncated_answer_announces_more_than_it_sends() {
    for bytes in [0, 17] {
        let server = server(&format!("[[fault]]\non = \"create_job\"\ndo = {{ truncate = {bytes} }}"));
        let (read, ended) = read_all(&server, &post(&server));
        let text = String::from_utf8(read).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{bytes}: no whole head: {text:?}"));
        let announced = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        assert!(head.starts_with("HTTP/1.1 201") && announced.parse::<usize>().unwrap() > 60, "{head}");
        assert_eq!((body.len(), ended), (bytes, Ok(text.len())), "then the connection is closed: {text}");
        assert_eq!(jobs(&server), 1);
    }
}

#[test]
fn a_stalled_answer_never_comes_and_others_do() {
    let server = server("[[fault]]\non = \"create_job\"\ntimes = 1\ndo = \"stall\"");
    let mut caller = server.call();
    caller.send(post(&server));
    assert!(caller.is_silent_for(Duration::from_millis(300)));
    assert_eq!(jobs(&server), 1, "the job is there");
    assert!(caller.is_silent_for(Duration::from_millis(100)));
    server.assert_healthy("a stalled answer");
}

#[test]
fn a_delayed_answer_comes_late_and_the_job_is_there_early() {
    let server = server("[[fault]]\non = \"create_job\"\ndo = { delay = \"400ms\" }");
    let start = Instant::now();
    let mut caller = server.call();
    caller.send(post(&server));
    while jobs(&server) == 0 {
        assert!(start.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(caller.answer().status, 201);
    assert!(start.elapsed() >= Duration::from_millis(400));
}

#[test]
fn a_refusal_has_its_status_its_header_and_its_body() {
    let server = server(concat!(
        "[[fault]]\non = \"create_job\"\nnth = [1]\ndo = { status = 429, retry_after = \"1500ms\" }\n",
        "[[fault]]\non = \"create_job\"\nnth = [2]\ndo = { status = 502, body = \"<html>oh</html>\" }\n",
        "[[fault]]\non = \"create_job\"\nnth = [3]\ndo = { status = 503, after = true }\n",
    ));
    let body = bell().to_string();
    let limited = server.post("/v0.4/jobs", &body);
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("2")), "whole seconds, rounded up");
    assert_eq!(limited.json()["statusCode"], 429);
    let page = server.post("/v0.4/jobs", &body);
    assert_eq!((page.status, page.header("content-type"), &*page.body), (502, Some("text/html; charset=utf-8"), &b"<html>oh</html>"[..]));
    assert_eq!(jobs(&server), 0, "neither was carried out");
    assert_eq!(server.post("/v0.4/jobs", &body).status, 503);
    assert_eq!(jobs(&server), 1, "the third was");
}

#[test]
fn who_leaves_a_stalled_answer_is_let_go() {
    let limits = Limits { connections: 3, ..Limits::default() };
    let cloud = Cloud::builder().workers(1).scenario(scenario("[[fault]]\non = \"whoami\"\ndo = \"stall\"")).start();
    let server = Server::start(cloud, Options { limits, ..Options::default() });
    for _ in 0..20 {
        let mut caller = server.call();
        caller.send(server.head("GET /v0.4/whoami") + "\r\n");
        assert!(caller.is_silent_for(Duration::from_millis(20)));
    }
    server.assert_healthy("twenty who left, with room for three");
}
