//! B1 … B33: bytes, requests and keys.

use crate::row::Then::{Bare, Closes, Completes, Ends, Stays};
use crate::row::{BELL, Row, raw};

/// IonQ's limit of a body.
const LARGEST: u64 = 10 << 20;

/// Why an answer has no body and none of our headers.
const HYPER: &str = "hyper answers what is no HTTP, or far beyond our limits, before there is a request: a status alone, and the end";
/// Why a length beside chunks is no error.
const CHUNKED: &str = "RFC 9112 lets a server read it as chunks and end the connection; hyper does, and takes the length away";

fn head(line: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: HOST\r\nAuthorization: apiKey k\r\n")
}

fn get(rest: &str) -> String {
    format!("{}{rest}\r\n", head("GET /v0.4/jobs"))
}

fn post(rest: &str) -> String {
    format!("{}{rest}", head("POST /v0.4/jobs"))
}

fn with_body(headers: &str, body: &str) -> String {
    post(&format!("{headers}Content-Length: {}\r\n\r\n{body}", body.len()))
}

/// A whole job in one chunk.
fn chunked(headers: &str) -> String {
    post(&format!("{headers}\r\n{:x}\r\n{BELL}\r\n0\r\n\r\n", BELL.len()))
}

fn path(path: &str) -> String {
    head(&format!("GET {path}")) + "\r\n"
}

/// The same for a path that need not be UTF-8.
fn raw_path(path: &[u8]) -> Vec<u8> {
    let rest = " HTTP/1.1\r\nHost: HOST\r\nAuthorization: apiKey k\r\n\r\n";
    [b"GET ", path, rest.as_bytes()].concat()
}

fn many(count: usize) -> String {
    (0..count).map(|index| format!("X-{index}: v\r\n")).collect()
}

fn keyed(header: &str) -> String {
    format!("GET /v0.4/jobs HTTP/1.1\r\nHost: HOST\r\n{header}\r\n")
}

pub(crate) fn rows() -> Vec<Row> {
    [bodies(), sizes(), hosts(), protocol(), paths(), keys()].into_iter().flatten().collect()
}

fn bodies() -> Vec<Row> {
    let oversize = LARGEST + 1;
    const PENNYLANE: &str = "pennylane-ionq sends none; a page's cross-origin POST has an Origin and gets 403";
    vec![
        raw(1, "declared one byte too large, nothing sent", post(&format!("Content-Length: {oversize}\r\n\r\n")), Closes(413)),
        raw(1, "declared larger than any memory", post(&format!("Content-Length: {}\r\n\r\n", u64::MAX - 3)), Closes(413)),
        raw(1, "a GET is no way around it", get(&format!("Content-Length: {oversize}\r\n")), Closes(413)),
        raw(
            2,
            "a chunk over the limit",
            post(&format!("Transfer-Encoding: chunked\r\n\r\n{oversize:x}\r\n{}", " ".repeat(LARGEST as usize + 1))),
            Closes(413),
        ),
        raw(7, "no Content-Type", with_body("", BELL), Completes).differs(PENNYLANE),
        raw(8, "text/plain", with_body("Content-Type: text/plain\r\n", BELL), Closes(415)),
        raw(8, "a form", with_body("Content-Type: application/x-www-form-urlencoded\r\n", BELL), Closes(415)),
        raw(8, "multipart", with_body("Content-Type: multipart/form-data; boundary=b\r\n", BELL), Closes(415)),
        raw(9, "gzip", with_body("Content-Encoding: gzip\r\n", BELL), Closes(415)),
        raw(9, "identity", with_body("Content-Encoding: identity\r\n", BELL), Completes),
        raw(17, "length and chunks", chunked("Content-Length: 9\r\nTransfer-Encoding: chunked\r\n"), Closes(201)).differs(CHUNKED),
        raw(17, "chunks and length", chunked("Transfer-Encoding: chunked\r\nContent-Length: 9\r\n"), Closes(201)).differs(CHUNKED),
        raw(17, "chunks of something packed", chunked("Transfer-Encoding: gzip, chunked\r\n"), Closes(501)),
        raw(17, "chunks twice", chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), Closes(501)),
        raw(17, "CHUNKED", chunked("Transfer-Encoding: CHUNKED\r\n"), Completes),
        raw(17, "chunks in HTTP/1.0", "POST /v0.4/jobs HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Bare(400))
            .differs(HYPER),
        raw(18, "two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), Bare(400)).differs(HYPER),
        raw(18, "negative length", post("Content-Length: -2\r\n\r\n{}"), Bare(400)).differs(HYPER),
        raw(18, "length with plus", post("Content-Length: +2\r\n\r\n{}"), Bare(400)).differs(HYPER),
        raw(18, "broken chunk", post("Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"), Closes(400)),
        raw(18, "coding that is not chunked", post("Transfer-Encoding: gzip\r\n\r\n{}"), Bare(400)).differs(HYPER),
        raw(22, "too large, asks first", post(&format!("Expect: 100-continue\r\nContent-Length: {oversize}\r\n\r\n")), Closes(413)),
        raw(34, "empty body", post("Content-Length: 0\r\n\r\n"), Stays(400)),
        raw(34, "a type and no body, as from qiskit-ionq", post("Content-Type: application/json\r\n\r\n"), Stays(400)),
        raw(34, "GET with a body, as from cirq-ionq", head("GET /v0.4/jobs") + "Content-Length: 14\r\n\r\n{\"limit\":1000}", Stays(200)),
        raw(34, "a job in chunks", chunked("Transfer-Encoding: chunked\r\n"), Completes),
    ]
}

fn sizes() -> Vec<Row> {
    vec![
        raw(10, "100 headers", get(&many(98)), Stays(200)),
        raw(10, "101 headers", get(&many(99)), Stays(431)),
        raw(10, "150 headers", get(&many(148)), Stays(431)),
        raw(10, "250 headers", get(&many(250)), Bare(431)).differs(HYPER),
        raw(11, "header just under 16 KiB", get(&format!("X: {}\r\n", "x".repeat(16 * 1024 - 120))), Stays(200)),
        raw(11, "header over 16 KiB", get(&format!("X: {}\r\n", "x".repeat(16 * 1024))), Stays(431)),
        raw(11, "header of 600 KB", get(&format!("X: {}\r\n", "x".repeat(600_000))), Bare(431)).differs(HYPER),
        raw(12, "URI just under 8 KiB", path(&format!("/v0.4/jobs?{}", "x".repeat(8180))), Stays(200)),
        raw(12, "URI over 8 KiB", path(&format!("/v0.4/jobs?{}", "x".repeat(8192))), Stays(414)),
        raw(12, "URI of 70 KB", path(&format!("/v0.4/jobs?{}", "x".repeat(70_000))), Bare(414)).differs(HYPER),
    ]
}

fn hosts() -> Vec<Row> {
    const HEALTH: &str = "GET /v0.4/health HTTP/1.1\r\n";
    vec![
        raw(13, "no Host", format!("{HEALTH}\r\n"), Stays(400)),
        raw(13, "no Host in HTTP/1.0", "GET /v0.4/health HTTP/1.0\r\n\r\n", Closes(400)),
        raw(14, "the same Host twice", get("Host: HOST\r\n"), Stays(400)),
        raw(14, "a good and a bad Host", get("Host: evil.example\r\n"), Stays(400)),
        raw(15, "foreign Host", format!("{HEALTH}Host: evil.example\r\n\r\n"), Stays(403)),
        raw(15, "foreign Host, no such route", "GET /nope HTTP/1.1\r\nHost: evil.example\r\n\r\n", Stays(403)),
        raw(15, "foreign Host with a job", with_body("", BELL).replacen("HOST", "evil.example", 1), Closes(403)),
        raw(16, "foreign authority in the URI", "GET http://evil.example/v0.4/health HTTP/1.1\r\nHost: HOST\r\n\r\n", Stays(403)),
        raw(16, "own authority in the URI", "GET http://HOST/v0.4/health HTTP/1.1\r\nHost: HOST\r\n\r\n", Stays(200)),
        raw(16, "own authority, foreign Host", "GET http://HOST/v0.4/health HTTP/1.1\r\nHost: e\r\n\r\n", Stays(403)),
    ]
}

fn protocol() -> Vec<Row> {
    vec![
        raw(19, "TLS hello", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}", Bare(400)).differs(HYPER),
        raw(20, "HTTP/0.9", "GET /v0.4/health\r\n\r\n", Bare(400)).differs(HYPER),
        raw(20, "HTTP/3.0", "GET /v0.4/health HTTP/3.0\r\n\r\n", Bare(400)).differs(HYPER),
        raw(20, "garbage", "\u{0}\u{1}\u{2}garbage\r\n\r\n", Bare(400)).differs(HYPER),
        raw(20, "header without colon", "GET /v0.4/health HTTP/1.1\r\nHost: HOST\r\nnonsense\r\n\r\n", Bare(400)).differs(HYPER),
        raw(20, "folded header", "GET /v0.4/health HTTP/1.1\r\nHost: HOST\r\nX: a\r\n b\r\n\r\n", Bare(400)).differs(HYPER),
        raw(21, "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Ends),
        raw(23, "TRACE", head("TRACE /v0.4/jobs") + "\r\n", Stays(405)),
        raw(23, "CONNECT", head("CONNECT HOST") + "\r\n", Stays(405)),
        raw(23, "PATCH", head("PATCH /v0.4/jobs") + "\r\n", Stays(405)),
        raw(23, "OPTIONS *", head("OPTIONS *") + "\r\n", Stays(405)),
        raw(23, "own invention", head("BREW /v0.4/jobs") + "\r\n", Stays(405)),
        raw(23, "lower case", head("get /v0.4/jobs") + "\r\n", Stays(405)),
        raw(24, "a method that others have", head("DELETE /v0.4/backends") + "\r\n", Stays(405)),
    ]
}

fn paths() -> Vec<Row> {
    vec![
        raw(25, "no such path", path("/v0.4/nope"), Stays(404)),
        raw(25, "no such version", path("/v0.5/jobs"), Stays(404)),
        raw(25, "doubled slashes", path("//v0.4//jobs"), Stays(404)),
        raw(25, "root", path("/"), Stays(404)),
        raw(25, "star", path("*"), Stays(404)),
        raw(26, "dots", path("/v0.4/jobs/../../etc/passwd"), Stays(404)),
        raw(26, "encoded dots", path("/v0.4/jobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd"), Stays(404)),
        raw(26, "encoded zero", path("/v0.4/jobs/%00"), Stays(404)),
        raw(26, "overlong UTF-8", path("/v0.4/jobs/%c0%ae%c0%ae"), Stays(404)),
        raw(26, "overlong UTF-8 as it is", raw_path(b"/v0.4/jobs/\xc0\xae\xc0\xae"), Bare(400)).differs(HYPER),
        raw(26, "a zero as it is", raw_path(b"/v0.4/jobs/\0"), Bare(400)).differs(HYPER),
    ]
}

fn keys() -> Vec<Row> {
    let long = format!("Authorization: apiKey {}\r\n", "CANARY".repeat(1700));
    const USAGE: &str = "start_date=2026-03-01&end_date=2026-03-31&group_by=job&modality=daily";
    vec![
        raw(29, "no key", keyed(""), Stays(401)),
        raw(29, "a revoked key", keyed("Authorization: apiKey revoked\r\n"), Stays(401)),
        raw(30, "Bearer", keyed("Authorization: Bearer CANARY\r\n"), Stays(401)),
        raw(30, "empty key", keyed("Authorization: apiKey \r\n"), Stays(401)),
        raw(30, "no key behind the scheme", keyed("Authorization: apiKey\r\n"), Stays(401)),
        raw(30, "wrong key", keyed("Authorization: apiKey CANARY\r\n"), Stays(401)),
        raw(30, "any case", keyed("authorization: APIKEY k\r\n"), Stays(200)),
        raw(31, "key of 10 KB", keyed(&long), Stays(401)),
        raw(31, "key not ASCII", keyed("Authorization: apiKey schlüssel\r\n"), Stays(401)),
        raw(31, "key with control character", keyed("Authorization: apiKey \u{1}k\r\n"), Bare(400)).differs(HYPER),
        raw(32, "two keys", get("Authorization: apiKey k\r\n"), Stays(400)),
        raw(33, "another project's job", path("/v0.4/jobs/FOREIGN"), Stays(404)),
        raw(33, "its results", path("/v0.4/jobs/FOREIGN/results/probabilities"), Stays(404)),
        raw(33, "deleting it", head("DELETE /v0.4/jobs/FOREIGN") + "\r\n", Stays(404)),
        raw(33, "canceling it", head("PUT /v0.4/jobs/FOREIGN/status/cancel") + "\r\n", Stays(404)),
        raw(
            33,
            "another organization's usage",
            path(&format!("/v0.4/organizations/01980000-0000-7000-8000-0000000001ff/usage?{USAGE}")),
            Stays(403),
        ),
        raw(
            33,
            "the usage of one's own",
            path(&format!("/v0.4/organizations/01980000-0000-7000-8000-00000000006f/usage?{USAGE}")),
            Stays(200),
        ),
        raw(
            33,
            "a backend that the key may not use",
            with_body("", &BELL.replace("simulator", "qpu.aria-1")).replace("apiKey k", "apiKey simulator-only"),
            Stays(403),
        ),
    ]
}
