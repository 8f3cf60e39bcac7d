//! A cloud behind a real socket on a port of its own, and a caller that sends exactly the bytes it is told to.
#![allow(dead_code)] // every test file uses its own part

use paultrap::adapters::http::{Options, Summary, serve};
use paultrap::api::ErrorBody;
use paultrap::cloud::Cloud;
use serde_json::Value;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How long a caller waits for anything before the test fails.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running server; dropping it stops it.
#[must_use = "dropping the server stops it"]
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Summary>>,
}

impl Server {
    pub(crate) fn start(cloud: Cloud, options: Options) -> Server {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        let thread = std::thread::spawn(move || runtime.block_on(serve(listener, cloud, options, shutdown)).unwrap());
        Server { addr, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn call(&self) -> Caller {
        Caller::to(self.addr)
    }

    /// The first bytes of a request: the line, the right host, a key.
    pub(crate) fn head(&self, line: &str) -> String {
        format!("{line} HTTP/1.1\r\nHost: {}\r\nAuthorization: apiKey k\r\n", self.addr)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.call().send(self.head(&format!("GET {path}")) + "\r\n").answer()
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        let head = self.head(&format!("POST {path}"));
        self.call().send(format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())).answer()
    }

    /// A new caller gets an answer, and soon.
    pub(crate) fn assert_healthy(&self, after: &str) {
        let start = Instant::now();
        assert_eq!(self.get("/v0.4/health").status, 200, "after {after}");
        assert!(start.elapsed() < Duration::from_secs(1), "after {after}: {:?}", start.elapsed());
    }

    /// Gives the stop signal.
    pub(crate) fn signal(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
    }

    /// Gives the stop signal and waits for the end.
    pub(crate) fn stop(mut self) -> Summary {
        self.signal();
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal();
    }
}

/// One connection.
pub(crate) struct Caller(BufReader<TcpStream>);

impl Caller {
    pub(crate) fn to(addr: SocketAddr) -> Caller {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Caller(BufReader::new(stream))
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        self.0.get_ref()
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Caller {
        self.stream().write_all(bytes.as_ref()).unwrap();
        self
    }

    pub(crate) fn answer(&mut self) -> Answer {
        self.try_answer().expect("an answer, not the end of the connection")
    }

    /// The next answer, or nothing if the connection ends cleanly before it.
    pub(crate) fn try_answer(&mut self) -> Option<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            match self.0.read_line(&mut head).unwrap() {
                0 if head.is_empty() => return None,
                0 => panic!("the connection ends within a header: {head}"),
                _ => {}
            }
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        let length = answer.header("content-length").unwrap_or("0").parse().unwrap();
        answer.body.resize(length, 0);
        self.0.read_exact(&mut answer.body).unwrap();
        Some(answer)
    }

    /// The next answer, or nothing if the connection is reset before it.
    pub(crate) fn try_answer_or_reset(&mut self) -> Option<Answer> {
        match self.0.fill_buf() {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
            _ => self.try_answer(),
        }
    }

    /// Whether nothing arrives in this time.
    pub(crate) fn is_silent_for(&mut self, time: Duration) -> bool {
        self.stream().set_read_timeout(Some(time)).unwrap();
        let silent = self.0.fill_buf().is_err();
        self.stream().set_read_timeout(Some(PATIENCE)).unwrap();
        silent
    }

    /// Waits until the server ends the connection; false if it keeps it or sends more.
    pub(crate) fn is_ended(&mut self) -> bool {
        match self.0.read(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }
}

/// A reply as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(&self.body)))
    }
}

/// Panics unless a reply has the headers that every reply has, and an error is told in IonQ's words, shortly, on one line.
#[track_caller]
pub(crate) fn assert_well_formed(answer: &Answer, of: &str) {
    let headers = [("content-type", "application/json"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store")];
    for (name, value) in headers {
        assert_eq!(answer.header(name), Some(value), "{of}: {}", answer.head);
    }
    assert!(answer.header("x-local-instance").is_some_and(|id| id.len() == 36), "{of}: {}", answer.head);
    let head = answer.head.to_lowercase();
    assert!(!head.contains("access-control") && !head.contains("\r\nserver:"), "{of}: {}", answer.head);
    if answer.status == 405 {
        assert!(answer.header("allow").is_some_and(|methods| !methods.is_empty()), "{of}: {}", answer.head);
    }
    if answer.status >= 400 {
        let error: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{of}: {error}"));
        assert_eq!(error.status_code, answer.status, "{of}");
        let message = &error.message;
        assert!(!error.error.is_empty() && !message.is_empty() && message.chars().count() <= 300, "{of}: {error:?}");
        assert!(!message.contains("CANARY"), "{of}: {message}");
        assert!(!message.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{of}: {message:?}");
    }
}
