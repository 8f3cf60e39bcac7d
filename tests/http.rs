//! The stand-alone server over real sockets: what it lets in, what it refuses and how, and how it stops.
//!
//! The row names B1 … B34 are those of the bad-input matrix that the adapter was written against.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod support {
    pub(crate) mod raw;
}

use paultrap::adapters::http::{Limits, Options};
use paultrap::api::ApiKey;
use paultrap::cloud::Cloud;
use serde_json::Value;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};
use support::raw::{Caller, Server, assert_well_formed};

/// IonQ's limit of a body.
const LARGEST: usize = 10 << 20;
const BELL: &str = r#"{"type":"ionq.circuit.v1","backend":"simulator","shots":100,"input":{"gateset":"qis","qubits":2,
    "circuit":[{"gate":"h","target":0},{"gate":"cnot","control":0,"target":1}]}}"#;

fn cloud() -> Cloud {
    Cloud::builder().workers(1).start()
}

fn server() -> Server {
    Server::start(cloud(), Options::default())
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn hosts_origins_sites_methods_and_media_types_decide_who_gets_in() {
    let options = Options { allowed_hosts: vec!["Cloud.Local".to_owned(), "::2".to_owned()], ..Options::default() };
    let server = Server::start(cloud(), options);
    let port = server.addr.port().to_string();
    const JSON: &str = "application/json";
    // Method and path, Host, Origin, Sec-Fetch-Site, Content-Type; an empty one is not sent.
    let rows = [
        ("GET /v0.4/health", "localhost:PORT", "", "", "", 200),
        ("GET /v0.4/health", "LOCALHOST.:1", "", "", "", 200),
        ("GET /v0.4/health", "127.0.0.1", "", "", "", 200),
        ("GET /v0.4/health", "[::1]:PORT", "", "", "", 200),
        ("GET /v0.4/health", "cloud.LOCAL:80", "", "", "", 200),
        ("GET /v0.4/health", "[::2]", "", "", "", 200),
        ("GET /v0.4/health", "evil.example", "", "", "", 403),
        ("GET /v0.4/health", "localhost.evil.example:PORT", "", "", "", 403),
        ("GET /v0.4/health", "127.0.0.1.nip.io", "", "", "", 403),
        ("GET /v0.4/health", "0.0.0.0:PORT", "", "", "", 403),
        ("GET /v0.4/health", "[::ffff:127.0.0.1]", "", "", "", 403),
        ("GET /v0.4/health", "127.1", "", "", "", 403),
        ("GET /v0.4/health", "localhost:80:80", "", "", "", 403),
        ("GET /v0.4/health", "localhost@evil.example", "", "", "", 403),
        ("GET /v0.4/nope", "evil.example", "", "", "", 403),
        ("POST /v0.4/jobs", "evil.example", "", "", JSON, 403),
        ("GET /v0.4/jobs", "localhost:PORT", "http://localhost:PORT", "same-origin", "", 200),
        ("GET /v0.4/jobs", "localhost:PORT", "http://cloud.local:PORT", "", "", 200),
        ("GET /v0.4/jobs", "localhost:PORT", "http://localhost:1", "", "", 403),
        ("GET /v0.4/jobs", "localhost:PORT", "https://localhost:PORT", "", "", 403),
        ("GET /v0.4/jobs", "localhost:PORT", "http://localhost", "", "", 403),
        ("GET /v0.4/jobs", "localhost:PORT", "http://evil.example:PORT", "", "", 403),
        ("GET /v0.4/health", "localhost:PORT", "null", "", "", 403),
        ("OPTIONS /v0.4/jobs", "localhost:PORT", "http://evil.example", "cross-site", "", 403),
        ("OPTIONS /v0.4/jobs", "localhost:PORT", "http://localhost:PORT", "same-origin", "", 405),
        ("POST /v0.4/jobs", "localhost:PORT", "http://127.0.0.1:PORT", "same-origin", JSON, 201),
        ("POST /v0.4/jobs", "localhost:PORT", "null", "cross-site", JSON, 403),
        ("POST /v0.4/jobs", "localhost:PORT", "", "cross-site", JSON, 403),
        ("POST /v0.4/jobs", "localhost:PORT", "", "same-site", JSON, 403),
        ("POST /v0.4/jobs", "localhost:PORT", "", "none", JSON, 201),
        ("DELETE /v0.4/jobs/1", "localhost:PORT", "", "cross-site", "", 403),
        ("DELETE /v0.4/jobs/1", "localhost:PORT", "", "", "", 404),
        ("PUT /v0.4/jobs/1/status/cancel", "localhost:PORT", "", "same-site", "", 403),
        ("PUT /v0.4/jobs/1/status/cancel", "localhost:PORT", "", "", "", 404),
        ("GET /v0.4/backends", "localhost:PORT", "", "cross-site", "", 200),
        ("GET /_paultrap/scenario", "localhost:PORT", "", "cross-site", "", 403),
        ("POST /v0.4/jobs", "localhost:PORT", "", "", "", 201),
        ("POST /v0.4/jobs", "localhost:PORT", "", "", "Application/JSON; charset=utf-8", 201),
        ("POST /v0.4/jobs", "localhost:PORT", "", "", "text/plain", 415),
        ("POST /v0.4/jobs", "localhost:PORT", "", "", "text/plain; x=application/json", 415),
        ("POST /v0.4/jobs", "localhost:PORT", "", "", "application/x-www-form-urlencoded", 415),
        ("POST /v0.4/jobs", "localhost:PORT", "", "", "multipart/form-data; boundary=b", 415),
        ("POST /v0.4/jobs", "localhost:PORT", "", "", "application/xml", 415),
        ("PUT /v0.4/jobs/1/status/cancel", "localhost:PORT", "", "", "text/plain", 415),
        ("DELETE /v0.4/jobs/1", "localhost:PORT", "", "", "text/plain", 415),
        ("GET /v0.4/jobs", "localhost:PORT", "", "", "text/plain", 200),
        ("HEAD /v0.4/health", "localhost:PORT", "", "", "", 405),
    ];
    for row in rows {
        let (line, host, origin, site, media_type, status) = row;
        let mut request = format!("{line} HTTP/1.1\r\nAuthorization: apiKey k\r\n");
        for (name, value) in [("Host", host), ("Origin", origin), ("Sec-Fetch-Site", site), ("Content-Type", media_type)] {
            if !value.is_empty() {
                request += &format!("{name}: {}\r\n", value.replace("PORT", &port));
            }
        }
        let body = if line.starts_with("POST") { BELL } else { "" };
        request += &format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        let mut caller = server.call();
        caller.send(&request).stream().shutdown(Shutdown::Write).unwrap();
        let mut text = Vec::new();
        caller.stream().read_to_end(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{row:?}: {text}");
        assert!(!text.to_lowercase().contains("access-control-allow"), "{row:?}: {text}");
        if status == 403 {
            assert!(!text.contains("submitted_at") && !text.contains("pass"), "{row:?}: {text}");
        }
        server.assert_healthy(line);
    }
}

#[test]
fn a_web_page_that_was_named_may_ask_and_no_other_may() {
    let options = Options { cors_origins: vec!["https://Lab.example".to_owned()], ..Options::default() };
    let server = Server::start(cloud(), options);
    let ask = |line: &str, headers: &str| server.call().send(server.head(line) + headers + "\r\n").answer();
    let preflight = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n";
    let page = "Origin: https://lab.example\r\nSec-Fetch-Site: cross-site\r\n";
    let allowed = ask("OPTIONS /v0.4/jobs", &format!("{page}{preflight}"));
    assert_eq!((allowed.status, allowed.body.len()), (204, 0));
    for (name, value) in [
        ("access-control-allow-origin", Some("https://lab.example")),
        ("access-control-allow-methods", Some("GET, POST, PUT, DELETE")),
        ("access-control-allow-headers", Some("authorization, content-type")),
        ("access-control-allow-credentials", None),
        ("access-control-allow-private-network", None),
        ("vary", Some("origin")),
    ] {
        assert_eq!(allowed.header(name), value, "{name}: {}", allowed.head);
    }
    let answer = ask("GET /v0.4/jobs", page);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("https://lab.example")));
    assert_eq!(answer.header("access-control-expose-headers"), Some("retry-after, x-local-instance"));
    let refused = server.call().send(format!("GET /v0.4/jobs HTTP/1.1\r\nHost: {}\r\n{page}\r\n", server.addr)).answer();
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, Some("https://lab.example")), "a key is needed");
    for other in ["https://evil.example", "http://lab.example", "https://lab.example:444", "https://sub.lab.example", "null"] {
        for line in ["GET /v0.4/jobs", "OPTIONS /v0.4/jobs"] {
            let answer = ask(line, &format!("Origin: {other}\r\n{preflight}"));
            assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, None), "{line} {other}");
        }
    }
    assert_eq!(ask("GET /v0.4/jobs", &format!("{page}Origin: https://lab.example\r\n")).status, 403, "one origin, not two");
    assert_eq!(ask("GET /_paultrap/scenario", page).status, 403, "what is inside stays inside");
    let own = ask("GET /v0.4/jobs", "");
    assert_eq!((own.header("access-control-allow-origin"), own.header("vary")), (None, Some("origin")));
}

#[test]
fn a_method_that_no_path_has_is_told_the_methods_it_has() {
    let server = server();
    let rows = [
        ("PATCH /v0.4/jobs", "GET, POST, DELETE"),
        ("OPTIONS /v0.4/health", "GET"),
        ("POST /v0.4/health", "GET"),
        ("CONNECT localhost:1", "GET, POST, PUT, DELETE"),
        ("TRACE /", "GET, POST, PUT, DELETE"),
    ];
    for (line, allow) in rows {
        let line = line.replace("localhost:1", &server.addr.to_string());
        let answer = server.call().send(server.head(&line) + "\r\n").answer();
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "B23 {line}: {answer:?}");
        assert_well_formed(&answer, &line);
        server.assert_healthy(&line);
    }
}

#[test]
fn what_four_sdks_really_sent_is_taken() {
    let server = server();
    let mut sent = 0;
    for sdk in std::fs::read_dir("fixtures/wire").unwrap() {
        for file in std::fs::read_dir(sdk.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            let fixture: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            let request = &fixture["request"];
            let path = request["path"].as_str().unwrap();
            if !path.starts_with("/v0.4/") {
                continue; // the older version is not the adapter's business
            }
            let mut head = server.head(&format!("{} {path}", request["method"].as_str().unwrap()));
            for (name, value) in request["headers"].as_object().unwrap() {
                if let Some(value) = value.as_str() {
                    head += &format!("{name}: {value}\r\n");
                }
            }
            let body = request["body"].to_string();
            let answer = server.call().send(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).answer();
            assert_eq!(answer.status, 201, "{}: {}", file.display(), answer.json());
            assert_well_formed(&answer, path);
            sent += 1;
        }
    }
    assert!(sent > 30, "{sent} requests");
}

#[test]
fn a_body_of_the_allowed_size_is_read_and_one_byte_more_is_refused_before_it_is_sent_or_while() {
    let server = server();
    let declared = |length| server.head("POST /v0.4/jobs") + &format!("Content-Length: {length}\r\n\r\n");
    let spaces = vec![b' '; LARGEST + 1];

    let mut exact = server.call();
    assert_eq!(exact.send(declared(LARGEST)).send(&spaces[1..]).answer().status, 400, "B1 at the limit: read, and no JSON");

    // Whoever sends without waiting must see the refusal and not a reset connection.
    let mut eager = server.call();
    let answer = eager.send(declared(LARGEST + 1)).send(&spaces).answer();
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")), "B1 sent at once");
    assert!(eager.is_ended(), "B1 sent at once: stays open");
    server.assert_healthy("B1");

    let chunk = [format!("{:x}\r\n", 1 << 20).into_bytes(), vec![b' '; 1 << 20], b"\r\n".to_vec()].concat();
    let mut chunked = server.call();
    chunked.send(server.head("POST /v0.4/jobs") + "Transfer-Encoding: chunked\r\n\r\n");
    for _ in 0..10 {
        chunked.send(&chunk);
    }
    let answer = chunked.send("1\r\n \r\n").answer();
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")), "B2 stops at the limit, before the end");
    assert!(chunked.is_ended(), "B2: stays open");
    server.assert_healthy("B2");

    let mut polite = server.call();
    polite.send(server.head("POST /v0.4/jobs") + &format!("Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", BELL.len()));
    assert_eq!(polite.answer().status, 100, "B22 within the limit");
    assert_eq!(polite.send(BELL).answer().status, 201, "B22 within the limit");
}

#[test]
fn large_bodies_wait_for_memory_and_small_ones_do_not() {
    let limits = Limits { held_bytes: 1 << 20, body_bytes: 1 << 20, body_time: millis(400), ..Limits::default() };
    let server = Server::start(cloud(), Options { limits, ..Options::default() });
    let declared = |length| server.head("POST /v0.4/jobs") + &format!("Content-Length: {length}\r\n\r\n");
    let mut first = server.call();
    first.send(declared(1 << 20)).send(vec![b' '; 600 << 10]);
    std::thread::sleep(millis(100));
    let mut second = server.call();
    second.send(declared(1 << 20)).send(vec![b' '; 1 << 20]);
    assert_eq!(server.post("/v0.4/jobs", BELL).status, 201, "a small body passes by");
    assert!(second.is_silent_for(millis(100)), "the second must wait");
    assert_eq!(first.answer().status, 408, "the first never comes to an end");
    assert_eq!(second.answer().status, 400, "the second had its turn then, and is no JSON");
}

#[test]
fn who_may_not_ask_is_told_before_the_body_and_holds_no_memory() {
    let limits = Limits { held_bytes: 10 << 20, ..Limits::default() };
    let limited = Cloud::builder().workers(1).api_key(ApiKey::new("k")).rate_limit("5/h".parse().unwrap()).start();
    let server = Server::start(limited, Options { limits, ..Options::default() });
    let foreign = |line: &str| server.head(line).replace("apiKey k", "apiKey other");
    let declared = "Content-Length: 10000000\r\n\r\n";
    for (head, status) in [
        (foreign("POST /v0.4/jobs"), 401),
        (server.head("POST /v0.4/nope"), 404),
        (server.head("PUT /v0.4/jobs"), 405),
        (foreign("POST /v0.4/jobs") + "Expect: 100-continue\r\n", 401),
    ] {
        let mut caller = server.call();
        let answer = caller.send(head.clone() + declared).answer();
        assert_eq!((answer.status, answer.header("connection")), (status, Some("close")), "{head}");
        assert_well_formed(&answer, &head);
        assert!(caller.is_ended(), "{head}: stays open");
    }
    // Nor does a GET with a body that never ends.
    let mut open = server.call();
    assert_eq!(open.send(server.head("GET /v0.4/health") + declared).answer().status, 200);
    assert!(open.is_ended(), "a body may still come");
    // A small body is passed over, and the connection goes on; not if the client still waits to be told to send it.
    let mut small = server.call();
    for _ in 0..2 {
        assert_eq!(small.send(foreign("POST /v0.4/jobs") + "Content-Length: 2\r\n\r\n{}").answer().status, 401);
    }
    let mut polite = server.call();
    assert_eq!(polite.send(foreign("POST /v0.4/jobs") + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n").answer().status, 401);
    assert!(polite.is_ended(), "a body may still come");
    // Those who have said nothing but that they will send much hold nothing, whatever their key.
    let chunked = "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n";
    let mut stalled: Vec<Caller> = (0..30).map(|_| server.call()).collect();
    for (index, caller) in stalled.iter_mut().enumerate() {
        let head = if index < 3 { server.head("POST /v0.4/jobs") } else { foreign("POST /v0.4/jobs") };
        caller.send(head + if index % 2 == 0 { chunked } else { declared });
    }
    std::thread::sleep(millis(100));
    let padded = BELL.replace("{\"type\"", &format!("{}{{\"type\"", " ".repeat(1 << 20)));
    assert_eq!(server.post("/v0.4/jobs", &padded).status, 201);
    let mut late = server.call();
    while server.get("/v0.4/jobs").status != 429 {}
    assert_eq!(late.send(server.head("POST /v0.4/jobs") + declared).answer().status, 429, "before the body");
}

#[test]
fn whoever_is_slow_to_ask_is_hung_up_on_in_a_time_that_counts_from_the_start() {
    let limits = Limits { header_time: millis(600), body_time: millis(600), ..Limits::default() };
    let server = Server::start(cloud(), Options { limits, ..Options::default() });
    let soon = millis(500)..millis(5000); // without these limits it would be 10 s and more

    let start = Instant::now();
    let (mut partial, mut silent, mut idle) = (server.call(), server.call(), server.call());
    let mut late = server.call();
    partial.send("GET /v0.4/health HT");
    assert_eq!(idle.send(server.head("GET /v0.4/health") + "\r\n").answer().status, 200);
    late.send(server.head("POST /v0.4/jobs") + "Content-Length: 100\r\n\r\n{");
    server.assert_healthy("B3, B4, B5 while they last");
    let answer = late.answer();
    assert_eq!(answer.status, 408, "B3 body stalls");
    assert_well_formed(&answer, "B3");
    assert!(late.is_ended(), "B3: stays open");
    for (name, caller) in [("B4 header stalls", &mut partial), ("B5 nothing sent", &mut silent), ("B5 nothing more sent", &mut idle)] {
        assert!(caller.is_ended(), "{name}: stays open");
        assert!(soon.contains(&start.elapsed()), "{name}: {:?}", start.elapsed());
    }

    let start = Instant::now();
    let mut trickle = server.call();
    let mut sent = 0;
    for byte in server.head("GET /v0.4/health").bytes() {
        if trickle.stream().write_all(&[byte]).is_err() || start.elapsed() > millis(5000) {
            break;
        }
        sent += 1;
        std::thread::sleep(millis(80));
    }
    assert!(sent < 15, "B6 a byte now and then: {sent} bytes were taken");
    assert!(trickle.is_ended(), "B6: stays open");
    server.assert_healthy("B6");
}

#[test]
fn whoever_takes_nothing_of_the_replies_loses_the_connection() {
    let limits = Limits { write_time: millis(200), ..Limits::default() };
    let server = Server::start(cloud(), Options { limits, ..Options::default() });
    let caller = server.call();
    let requests = (server.head("GET /v0.4/backends") + "\r\n").repeat(100);
    // The replies fill both sides' buffers, then the server stops reading, then it gives up.
    let error = std::iter::repeat_with(|| caller.stream().write_all(requests.as_bytes())).find_map(Result::err).unwrap();
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "the connection stays: {error}");
    server.assert_healthy("B28 a client that does not read");
}

#[test]
fn ten_thousand_requests_in_one_breath_are_answered_in_order() {
    const COUNT: usize = 10_000;
    let server = server();
    let requests: String = (0..COUNT).map(|index| server.head(&format!("GET /v0.4/jobs/number-{index}.")) + "\r\n").collect();
    let mut caller = server.call();
    let mut writer = caller.stream().try_clone().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(requests.as_bytes()).unwrap());
    for index in 0..COUNT {
        let answer = caller.answer();
        let message = answer.json()["message"].to_string();
        assert!(answer.status == 404 && message.contains(&format!("number-{index}.")), "B27 reply {index}: {message}");
    }
    writing.join().unwrap();
    server.assert_healthy("B27");
}

#[test]
fn keys_are_checked_after_the_host_and_never_repeated() {
    let options = Options::default();
    let server = Server::start(Cloud::builder().workers(1).api_key(ApiKey::new("right")).start(), options);
    let with = |key: &str| format!("GET /v0.4/whoami HTTP/1.1\r\nHost: {}\r\n{key}\r\n", server.addr);
    let long = format!("Authorization: apiKey {}\r\n", "CANARY".repeat(1700));
    let rows = [
        ("B29 none", "", 401),
        ("B30 other scheme", "Authorization: Bearer CANARY\r\n", 401),
        ("B30 no key", "Authorization: apiKey\r\n", 401),
        ("B30 wrong", "Authorization: apiKey CANARY\r\n", 401),
        ("B30 right", "Authorization: APIKEY right\r\n", 200),
        ("B31 10 KB", &long, 401),
        ("B31 not ASCII", "Authorization: apiKey CANARYü\r\n", 401),
        ("B32 right and right", "Authorization: apiKey right\r\nAuthorization: apiKey right\r\n", 400),
    ];
    for (name, key, status) in rows {
        let answer = server.call().send(with(key)).answer();
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        assert_well_formed(&answer, name);
        assert!(!String::from_utf8_lossy(&answer.body).contains("CANARY"), "{name}: {answer:?}");
    }
    assert_eq!(server.get("/v0.4/backends").status, 200, "backends are for everybody");
}

#[test]
fn every_reply_tells_which_start_of_the_server_it_comes_from() {
    let (first, second) = (server(), server());
    let id = |server: &Server, path| server.get(path).header("x-local-instance").map(str::to_owned).unwrap();
    assert_eq!(id(&first, "/v0.4/health"), id(&first, "/nope"));
    assert_ne!(id(&first, "/v0.4/health"), id(&second, "/v0.4/health"));
    let given = "0198aaaa-0000-7000-8000-000000000001";
    let third = Server::start(cloud(), Options { instance: Some(given.parse().unwrap()), ..Options::default() });
    assert_eq!(id(&third, "/v0.4/health"), given);
}

#[test]
fn callers_beyond_the_limit_of_connections_wait_for_one_to_end() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let server = Server::start(cloud(), Options { limits, ..Options::default() });
    let health = server.head("GET /v0.4/health") + "\r\n";
    let mut first = server.call();
    let mut second = server.call();
    assert_eq!((first.send(&health).answer().status, second.send(&health).answer().status), (200, 200));
    let mut third = server.call();
    assert!(third.send(&health).is_silent_for(millis(200)), "the third must wait");
    drop(first);
    assert_eq!(third.answer().status, 200);
    assert_eq!(second.send(&health).answer().status, 200);
}

#[test]
fn a_draining_server_refuses_jobs_answers_reads_and_leaves_in_time() {
    let cloud = Cloud::builder().workers(1).queue_time(Duration::from_secs(3600)).start();
    let mut server = Server::start(cloud, Options { drain: millis(2000), ..Options::default() });
    let created = server.post("/v0.4/jobs", BELL);
    assert_eq!(created.status, 201);
    let path = format!("/v0.4/jobs/{}", created.json()["id"].as_str().unwrap());
    let mut old = server.call();
    assert_eq!(old.send(server.head("GET /v0.4/health") + "\r\n").answer().status, 200);
    let start = Instant::now();
    server.signal();
    std::thread::sleep(millis(100));
    let refused = server.post("/v0.4/jobs", BELL);
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_well_formed(&refused, "new job while draining");
    assert_eq!(server.get(&path).status, 200, "a new connection can read");
    assert_eq!(old.send(server.head(&format!("GET {path}")) + "\r\n").answer().status, 200, "an old connection can read");
    let addr = server.addr;
    let summary = server.stop();
    assert!(start.elapsed() >= millis(2000), "the unfinished job has its time: {:?}", start.elapsed());
    assert_eq!((summary.requests, summary.unfinished, summary.cut), (5, 1, 0));
    assert!(old.is_ended());
    assert!(std::net::TcpStream::connect(addr).is_err(), "nobody listens any more");
}

#[test]
fn a_server_leaves_as_soon_as_the_last_job_is_done() {
    let cloud = Cloud::builder().workers(1).queue_time(millis(300)).start();
    let server = Server::start(cloud, Options::default());
    assert_eq!(server.post("/v0.4/jobs", BELL).status, 201);
    let start = Instant::now();
    let summary = server.stop();
    let drain = Options::default().drain;
    assert!((millis(200)..drain).contains(&start.elapsed()), "{:?}", start.elapsed());
    assert_eq!((summary.unfinished, summary.cut), (0, 0));
}

#[test]
fn idle_connections_do_not_hold_up_the_end_and_busy_ones_may_finish() {
    let server = server();
    let (mut silent, mut idle) = (server.call(), server.call());
    assert_eq!(idle.send(server.head("GET /v0.4/health") + "\r\n").answer().status, 200);
    assert_eq!(server.stop().cut, 0, "nobody had to be waited for and cut off");
    assert!(silent.is_ended() && idle.is_ended());

    let mut server = self::server();
    let (mut busy, mut stuck) = (server.call(), server.call());
    let half = server.head("POST /v0.4/jobs") + &format!("Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", BELL.len());
    // The interim answer says that the server has read the head and waits for the body: from here on both are busy.
    assert_eq!([&mut busy, &mut stuck].map(|caller| caller.send(&half).answer().status), [100, 100]);
    server.signal();
    std::thread::sleep(millis(200));
    let answer = busy.send(BELL).answer();
    assert_eq!((answer.status, answer.header("connection")), (503, Some("close")), "it was accepted before the end");
    assert!(busy.is_ended());
    assert_eq!(server.stop().cut, 1, "the one that never sent its body");
    assert!(stuck.is_ended());
}

#[test]
fn a_host_that_is_none_keeps_the_server_from_starting() {
    let options = Options { allowed_hosts: vec!["*".to_owned()], ..Options::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        paultrap::adapters::http::serve(listener, cloud(), options, std::future::ready(())).await.unwrap_err()
    });
    assert!(error.to_string().starts_with("\"*\" is no host name"), "{error}");
}

#[cfg(target_os = "linux")]
mod file_descriptors {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};

    /// Processor time that a process has used, in hundredths of a second.
    fn ticks(child: &Child) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    #[test]
    #[ignore = "no test by itself: the test below runs it as a process of its own"]
    fn serves_until_standard_input_ends() {
        let server = server();
        println!("\nlistening on {}", server.addr);
        std::io::stdin().read_line(&mut String::new()).unwrap();
        server.stop();
    }

    #[test]
    fn a_server_without_file_descriptors_sleeps_and_recovers() {
        let run = format!(
            "ulimit -n 32; exec '{}' --exact file_descriptors::serves_until_standard_input_ends --ignored --nocapture",
            std::env::current_exe().unwrap().display()
        );
        let mut child = Command::new("sh").args(["-c", &run]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let addr = lines.find_map(|line| Some(line.unwrap().strip_prefix("listening on ")?.parse().unwrap())).unwrap();
        let crowd: Vec<Caller> = (0..100).map(|_| Caller::to(addr)).collect();
        std::thread::sleep(millis(100));
        let before = ticks(&child);
        std::thread::sleep(millis(500));
        let used = ticks(&child) - before;
        drop(crowd);
        let health = format!("GET /v0.4/health HTTP/1.1\r\nHost: {addr}\r\n\r\n");
        let answer = Caller::to(addr).send(health).try_answer();
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        assert!(answer.is_some_and(|answer| answer.status == 200));
        assert!(used <= 10, "{used} hundredths of a second in half a second of waiting");
    }
}

mod log {
    use super::*;
    use std::fmt::Write as _;
    use std::sync::Mutex;
    use tracing::field::{Field, Visit};
    use tracing::{Event, Metadata, Subscriber, span};

    static LINES: Mutex<String> = Mutex::new(String::new());

    /// Writes every event of every level down.
    struct Recorder;

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            write!(self.0, " {}={value:?}", field.name()).unwrap();
        }
    }

    impl Subscriber for Recorder {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            let mut line = Line(format!("{}", event.metadata().level()));
            event.record(&mut line);
            writeln!(LINES.lock().unwrap(), "{}", line.0.replace('\n', "<LINE>")).unwrap();
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    /// Asks for a reply of 30 MB, which no socket has room for, and leaves with the first bytes.
    fn leave_in_the_middle_of_a_reply(server: &Server) {
        let gates: Vec<String> = (0..20).map(|qubit| format!(r#"{{"gate":"h","target":{qubit}}}"#)).collect();
        let input = format!(r#"{{"qubits":20,"circuit":[{}]}}"#, gates.join(","));
        let created = server.post("/v0.4/jobs", &format!(r#"{{"type":"ionq.circuit.v1","backend":"simulator","input":{input}}}"#));
        let path = format!("/v0.4/jobs/{}", created.json()["id"].as_str().unwrap());
        while server.get(&path).json()["status"] != "completed" {
            std::thread::sleep(millis(5));
        }
        let mut leaving = server.call();
        leaving.send(server.head(&format!("GET {path}/results/probabilities")) + "\r\n");
        let mut first = [0; 1000];
        leaving.stream().read_exact(&mut first).unwrap();
        let first = String::from_utf8_lossy(&first).to_lowercase();
        let length = first.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        assert!(first.starts_with("http/1.1 200") && length.parse::<usize>().unwrap() > 20_000_000, "{first}");
    }

    #[test]
    fn the_log_has_one_line_for_each_request_and_no_secrets() {
        tracing::subscriber::set_global_default(Recorder).unwrap();
        let server = server();
        let body = r#"{"CANARY-BODY":1}"#;
        let head = format!("POST /v0.4/logged?q=CANARY-QUERY HTTP/1.1\r\nHost: {}\r\nAuthorization: apiKey CANARY-KEY\r\n", server.addr);
        server.call().send(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).answer();
        server.get(&format!("/logged-too/{}", "x".repeat(1000)));
        server.call().send("GET /CANARY-GARBAGE \u{1}\r\n\r\n").answer();
        // B28: the reply finds nobody, or somebody who leaves in the middle of it, and that is nobody's fault.
        let mut leaving = server.call();
        leaving.send(server.head("GET /v0.4/backends") + "\r\n").stream().shutdown(Shutdown::Both).unwrap();
        drop(leaving);
        leave_in_the_middle_of_a_reply(&server);
        Caller::to(server.addr).send("POST /v0.4/jobs HT");
        server.assert_healthy("B28");
        server.stop();

        let lines = LINES.lock().unwrap();
        assert!(!lines.contains("CANARY"), "{lines}");
        let of = |path: &str| lines.lines().filter(|line| line.contains(path)).collect::<Vec<_>>();
        assert_eq!(of("path=/v0.4/logged"), ["INFO message=request method=POST path=/v0.4/logged status=404"]);
        let long = of("path=/logged-too");
        assert!(long.len() == 1 && long[0].len() < 200, "{long:?}");
        assert!(lines.contains("DEBUG message=a connection ended early error=error writing a body to connection"), "{lines}");
        assert!(!lines.lines().any(|line| line.starts_with("WARN") || line.starts_with("ERROR")), "{lines}");
    }
}
