//! Large replies: what they may have, who holds memory for them, and for how long.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod support {
    pub(crate) mod raw;
}

use paultrap::adapters::http::{Limits, Options};
use paultrap::api::{ApiKey, Method, Request};
use paultrap::cloud::Cloud;
use paultrap::simulate::Memory;
use serde_json::{Value, json};
use std::io::Read;
use std::time::Duration;
use support::raw::{Caller, Server};

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A quarter of the memory is for replies.
fn cloud(memory: u64) -> Cloud {
    Cloud::builder().workers(1).memory(Memory::limited_to(memory)).start()
}

/// What the cloud itself says: status and body.
fn send(cloud: &Cloud, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let request = Request::new(method, path).key(Some(ApiKey::new("k")));
    let reply = cloud.handle(&body.map_or(request.clone(), |body| request.json(body)));
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

/// The id of a job that has ended.
fn ended(cloud: &Cloud, job: &Value) -> String {
    let (status, created) = send(cloud, Method::Post, "/v0.4/jobs", Some(job));
    assert_eq!(status, 201, "{created}");
    let id = created["id"].as_str().unwrap().to_owned();
    while !["completed", "failed"].contains(&send(cloud, Method::Get, &format!("/v0.4/jobs/{id}"), None).1["status"].as_str().unwrap()) {
        std::thread::sleep(millis(5));
    }
    id
}

fn turns(qubits: usize) -> Vec<Value> {
    (0..qubits).map(|qubit| json!({"gate": "h", "target": qubit})).collect()
}

/// A job with 2^`qubits` outcomes.
fn wide(qubits: usize) -> Value {
    json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": qubits, "circuit": turns(qubits)}})
}

/// A program that measures one qubit into a register whose name has so many letters.
fn wordy(letters: usize) -> Value {
    let name = "a".repeat(letters);
    let text = format!("OPENQASM 3.0; include \"stdgates.inc\"; qubit[1] q; bit[1] {name}; h q[0]; {name}[0] = measure q[0];");
    json!({"type": "ionq.qasm3.v1", "backend": "qpu.aria-1", "shots": 10_000, "input": {"data": text}})
}

fn message((status, body): (u16, Value)) -> String {
    assert_eq!((status, &body["statusCode"]), (400, &json!(400)), "{}", body.to_string().len());
    body["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_reply_of_more_than_a_quarter_of_the_memory_is_refused_with_numbers_and_what_to_do() {
    let cloud = cloud(8 << 20);
    let get = |id: &str, what: &str| send(&cloud, Method::Get, &format!("/v0.4/jobs/{id}/{what}"), None);
    // Outcomes of 16 qubits have five digits, so an entry has at most 33 bytes, and 65,536 of them 2.1 MiB.
    let narrow = ended(&cloud, &wide(15));
    assert_eq!(get(&narrow, "results/probabilities").0, 200);
    let wide = ended(&cloud, &wide(16));
    let refused = "the reply may have 2.1 MiB, 2.0 MiB are allowed here: measure fewer qubits, or run fewer shots";
    assert_eq!(message(get(&wide, "results/probabilities")), refused);
    // 10,000 shots, each with a name of 250 letters.
    let wordy = ended(&cloud, &wordy(250));
    let links = send(&cloud, Method::Get, &format!("/v0.4/jobs/{wordy}"), None).1["results"].clone();
    let artifact = links["ionq.result.shots.json.v2"]["id"].as_str().unwrap_or_else(|| panic!("{links}")).to_owned();
    let told = message(get(&wordy, &format!("artifacts/{artifact}")));
    assert!(told.ends_with("fetch the histogram, or run fewer shots, or give the registers shorter names"), "{told}");
    for format in ["histogram", "shots", "probabilities"] {
        assert_eq!(get(&wordy, &format!("results/{format}")).0, 200, "{format}");
    }
}

#[test]
fn results_of_many_circuits_that_are_too_large_together_are_refused_and_each_alone_is_not() {
    let cloud = cloud(8 << 20);
    let circuits = vec![json!({"circuit": turns(14)}); 5];
    let id =
        ended(&cloud, &json!({"type": "ionq.multi-circuit.v1", "backend": "simulator", "input": {"qubits": 14, "circuits": circuits}}));
    let told = message(send(&cloud, Method::Get, &format!("/v0.4/jobs/{id}/results/probabilities/aggregated"), None));
    assert!(told.ends_with("2.0 MiB are allowed here: fetch the results of the child jobs one by one"), "{told}");
    let children = send(&cloud, Method::Get, &format!("/v0.4/jobs/{id}"), None).1["child_job_ids"].clone();
    for child in children.as_array().unwrap() {
        assert_eq!(send(&cloud, Method::Get, &format!("/v0.4/jobs/{}/results/probabilities", child.as_str().unwrap()), None).0, 200);
    }
}

/// Asks for results and waits for the first byte of them.
fn begin(server: &Server, id: &str) -> Caller {
    let mut caller = server.call();
    caller.send(server.head(&format!("GET /v0.4/jobs/{id}/results/probabilities")) + "\r\n");
    assert!(!caller.is_silent_for(Duration::from_secs(20)), "no reply");
    caller
}

#[test]
fn a_large_reply_holds_memory_until_its_last_byte_is_taken_and_others_wait_for_it() {
    let cloud = cloud(64 << 20);
    let limits = Limits { memory_time: millis(300), ..Limits::default() };
    let server = Server::start(cloud.clone(), Options { limits, ..Options::default() });
    // 2^18 entries of 27 bytes are 7 MB, more than sockets take without a reader; 16 MiB hold two, and not one more.
    let (large, small) = (ended(&cloud, &wide(18)), ended(&cloud, &wide(2)));
    let (mut first, second) = (begin(&server, &large), begin(&server, &large));
    let full = begin(&server, &large).answer();
    assert_eq!((full.status, full.header("retry-after")), (503, Some("1")), "{}", full.head);
    assert_eq!(full.json()["message"], "too many large replies are being sent at once");
    assert_eq!(begin(&server, &small).answer().status, 200, "a small reply passes by");

    let whole = first.answer();
    assert_eq!((whole.status, whole.json().as_object().unwrap().len()), (200, 1 << 18));
    assert_eq!(begin(&server, &large).answer().status, 200, "who has taken all of it gives the memory back");
    let (_first, full) = (begin(&server, &large), begin(&server, &large).answer());
    assert_eq!(full.status, 503);
    drop(second);
    std::thread::sleep(millis(200));
    assert_eq!(begin(&server, &large).answer().status, 200, "who goes gives it back, too");
}

#[test]
fn whoever_takes_a_reply_too_slowly_loses_the_connection_although_there_is_no_pause() {
    let cloud = cloud(128 << 20);
    let limits = Limits { write_time: millis(1000), write_rate: 100 << 20, ..Limits::default() };
    let server = Server::start(cloud.clone(), Options { limits, ..Options::default() });
    let id = ended(&cloud, &wide(19));
    let caller = begin(&server, &id);
    let (mut taken, mut some) = (0, vec![0; 64 << 10]);
    let end = loop {
        match caller.stream().read(&mut some) {
            Ok(0) | Err(_) => break taken,
            Ok(more) => taken += more,
        }
        std::thread::sleep(millis(20));
    };
    let request = Request::new(Method::Get, format!("/v0.4/jobs/{id}/results/probabilities")).key(Some(ApiKey::new("k")));
    let whole = cloud.handle(&request).body.len();
    assert!(whole > 14_000_000 && end < whole - (1 << 20), "all of {whole} bytes were taken: {end}");
}
