//! The stand-alone server under load, as a process of its own: `cargo bench --bench http`.
//!
//! Prints how many jobs of 20 gates a second it takes in, how long a GET takes, and how much memory a stored job leaves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

const JOBS: usize = 20_000;
const CONNECTIONS: usize = 16;
const GETS: usize = 10_000;

fn main() {
    // `cargo test --benches` runs every bench once and wants no more than a sign of life.
    let (jobs, gets) = if std::env::args().any(|argument| argument == "--bench") { (JOBS, GETS) } else { (100, 100) };
    let server = Server::start();
    warm_up(&server);
    let before = server.resident();
    let (ids, took) = create(&server, jobs);
    println!("create: {:.0} jobs a second, {jobs} jobs of 20 gates over {CONNECTIONS} connections", jobs as f64 / took.as_secs_f64());
    await_completion(&server, &ids);
    if let (Some(before), Some(after)) = (before, server.resident()) {
        println!("memory: {} bytes a stored job, its result of two outcomes included", after.saturating_sub(before) / jobs);
    }
    let paths: Vec<String> = ids.iter().map(|id| format!("/v0.4/jobs/{id}")).collect();
    latency(&server, "GET /jobs/{id}", &paths, gets);
    let results: Vec<String> = paths.iter().map(|path| format!("{path}/results/probabilities")).collect();
    latency(&server, "GET /jobs/{id}/results/probabilities", &results, gets);
    latency(&server, "GET /backends", &["/v0.4/backends".to_owned()], gets);
    latency(&server, "GET /health", &["/v0.4/health".to_owned()], gets);
}

/// A Bell pair and 18 gates that cancel.
fn circuit() -> String {
    let flips = (0..18).map(|k| format!(r#"{{"gate":"x","target":{}}}"#, 2 + k % 2));
    let gates: Vec<_> =
        [r#"{"gate":"h","target":0}"#, r#"{"gate":"cnot","control":0,"target":1}"#].map(str::to_owned).into_iter().chain(flips).collect();
    format!(r#"{{"type":"ionq.circuit.v1","backend":"simulator","input":{{"gateset":"qis","qubits":4,"circuit":[{}]}}}}"#, gates.join(","))
}

struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start() -> Server {
        let mut process = Command::new(env!("CARGO_BIN_EXE_paultrap"))
            .args(["serve", "--addr", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the server says where it listens");
        let address = line.trim().rsplit('/').next().expect("an address").to_owned();
        Server { process, address }
    }

    fn connect(&self) -> Connection {
        let stream = TcpStream::connect(&self.address).expect("the server accepts");
        stream.set_nodelay(true).expect("a socket without delay");
        Connection { stream: BufReader::new(stream) }
    }

    /// Bytes in memory; `None` where the system does not tell.
    fn resident(&self) -> Option<usize> {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.process.id())).ok()?;
        Some(statm.split_whitespace().nth(1)?.parse::<usize>().ok()? * 4096)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One connection that is kept.
struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Sends a request and reads the reply: status and body.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        let head = "Host: localhost\r\nAuthorization: apiKey bench\r\nContent-Type: application/json";
        let request = format!("{method} {path} HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        self.stream.get_mut().write_all(request.as_bytes()).expect("the server reads");
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            self.stream.read_line(&mut line).expect("the server answers");
            let lower = line.trim_end().to_ascii_lowercase();
            if lower.starts_with("http/1.1 ") {
                status = lower[9..12].parse().expect("a status");
            } else if let Some(given) = lower.strip_prefix("content-length: ") {
                length = given.parse().expect("a length");
            } else if lower.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the whole body");
        (status, String::from_utf8(body).expect("text"))
    }
}

/// Pools and caches fill up.
fn warm_up(server: &Server) {
    let (ids, _) = create(server, 500);
    await_completion(server, &ids);
}

/// Creates jobs over all connections: their ids, and how long it took.
fn create(server: &Server, jobs: usize) -> (Vec<String>, Duration) {
    let (body, next) = (circuit(), AtomicUsize::new(0));
    let start = Instant::now();
    let worker = || {
        let (mut connection, mut ids) = (server.connect(), Vec::new());
        while next.fetch_add(1, Relaxed) < jobs {
            let (status, reply) = connection.ask("POST", "/v0.4/jobs", &body);
            assert_eq!(status, 201, "{reply}");
            let id = reply.split(r#""id":""#).nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
            ids.push(id.to_owned());
        }
        ids
    };
    let ids = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    (ids, start.elapsed())
}

/// Waits for the last jobs; those before them are done too, or nearly.
fn await_completion(server: &Server, ids: &[String]) {
    let mut connection = server.connect();
    for id in ids.iter().rev().take(CONNECTIONS * 4) {
        while !connection.ask("GET", &format!("/v0.4/jobs/{id}"), "").1.contains(r#""status":"completed""#) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Times requests one after another on one connection.
fn latency(server: &Server, what: &str, paths: &[String], count: usize) {
    let mut connection = server.connect();
    let mut times: Vec<Duration> = (0..count)
        .map(|index| {
            let start = Instant::now();
            let (status, reply) = connection.ask("GET", &paths[index * 7919 % paths.len()], "");
            assert_eq!(status, 200, "{reply}");
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let [half, most] = [count / 2, count * 99 / 100].map(|index| times[index].as_secs_f64() * 1e3);
    println!("{what}: p50 {half:.3} ms, p99 {most:.3} ms, {count} one after another");
}
