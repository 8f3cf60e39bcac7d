//! What goes wrong on real sockets: F1, F3, F4, F5, F7, F48.

use crate::raw::Server;
use crate::stage::{ledger, tasks};
use paultrap::adapters::http::Options;
use paultrap::api::{ApiKey, Query};
use paultrap::client::{Client, ClientError, Https, Mode, Retry};
use paultrap::cloud::Cloud;
use paultrap::executor::{Batch, Report};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// What a proxy does to the first submission.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Harm {
    /// The connection is reset after so many sixteenths of the request.
    Reset(usize),
    /// It is carried out; of the answer so many bytes come, then the connection is closed.
    Cut(usize),
}

/// Stands between a client and a server, one request a connection.
struct Proxy {
    addr: SocketAddr,
    submissions: Arc<AtomicUsize>,
}

impl Proxy {
    fn over(listener: TcpListener, server: SocketAddr, harm: Option<Harm>) -> Proxy {
        let (addr, submissions) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&submissions);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || drop(pass(client, server, harm, &counted)));
            }
        });
        Proxy { addr, submissions }
    }

    fn new(server: &Server, harm: Harm) -> Proxy {
        Proxy::over(TcpListener::bind("127.0.0.1:0").unwrap(), server.addr, Some(harm))
    }
}

fn pass(mut client: TcpStream, server: SocketAddr, harm: Option<Harm>, submissions: &AtomicUsize) -> std::io::Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut request = Vec::new();
    let mut byte = [0];
    // Byte by byte, so that what is not read stays in the socket, whose end is then a reset.
    while !request.ends_with(b"\r\n\r\n") {
        if request.is_empty() && client.peek(&mut byte)? == 0 {
            return Ok(());
        }
        if request.is_empty() && byte == *b"P" && harm == Some(Harm::Reset(0)) && submissions.fetch_add(1, SeqCst) == 0 {
            return Ok(());
        }
        client.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.trim().parse().unwrap());
    let first = head.starts_with("post") && harm != Some(Harm::Reset(0)) && submissions.fetch_add(1, SeqCst) == 0;
    let mut body = vec![0; length];
    match harm.filter(|_| first) {
        Some(Harm::Reset(sixteenths)) => return client.read_exact(&mut body[..length * sixteenths / 17]),
        _ => client.read_exact(&mut body)?,
    }
    let text = String::from_utf8_lossy(&request).replace(&client.local_addr()?.to_string(), &server.to_string());
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(text.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes())?;
    upstream.write_all(&body)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    match harm.filter(|_| first) {
        Some(Harm::Cut(bytes)) => client.write_all(&answer[..bytes.min(answer.len() - 1)])?,
        _ => client.write_all(&answer)?,
    }
    client.shutdown(Shutdown::Both)
}

fn client(addr: SocketAddr) -> Client {
    let retry = Retry { settle: Duration::from_millis(30), attempts: 40, ..Retry::local() }.mode(Mode::Effective);
    Client::new(Https::new(&format!("http://{addr}")).unwrap()).key(ApiKey::new("CANARY")).retry(retry)
}

fn run(client: Client, count: usize) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Batch::new(client).workers(1).run(tasks(count), |_| {}))
}

#[track_caller]
fn assert_one_job_each(cloud: &Cloud, report: &Report, about: &str) {
    for (k, circuit) in report.circuits.iter().enumerate() {
        let result = circuit.result.as_ref().unwrap_or_else(|error| panic!("{about}: {error}"));
        assert_eq!((circuit.index, result.probabilities.get(k as u64)), (k, 1.0), "{about}");
    }
    assert_eq!(ledger(cloud).len(), report.circuits.len(), "{about}");
    assert!(!format!("{report:?}").contains("CANARY"));
}

fn server() -> (Cloud, Server) {
    let cloud = Cloud::builder().start();
    (cloud.clone(), Server::start(cloud, Options::default()))
}

#[test]
fn f01_a_closed_port_is_called_until_somebody_answers() {
    let (cloud, server) = server();
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (to, begun) = (server.addr, std::time::Instant::now());
    let open = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        Proxy::over(TcpListener::bind(addr).unwrap(), to, None)
    });
    let report = run(client(addr), 2);
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert_one_job_each(&cloud, &report, "a closed port");
    assert_eq!(open.join().unwrap().submissions.load(SeqCst), 2, "what was not sent was not sent twice");
    assert_eq!((report.traffic.lost_answers, report.traffic.retries > 0), (0, true));
}

#[test]
fn f03_f04_a_connection_reset_before_or_within_the_request_ends_in_one_job() {
    for sixteenths in 0..=16 {
        let (cloud, server) = server();
        let proxy = Proxy::new(&server, Harm::Reset(sixteenths));
        let report = run(client(proxy.addr), 2);
        let about = format!("reset after {sixteenths}/16");
        assert_one_job_each(&cloud, &report, &about);
        assert_eq!(report.traffic.lost_answers, 1, "{about}: nobody can tell it from a job that was made");
        server.stop();
    }
}

#[test]
fn f05_f07_a_connection_closed_before_or_within_the_answer_ends_in_one_job() {
    for bytes in (0..400).step_by(37) {
        let (cloud, server) = server();
        let proxy = Proxy::new(&server, Harm::Cut(bytes));
        let report = run(client(proxy.addr), 2);
        let about = format!("closed after {bytes} bytes");
        assert_one_job_each(&cloud, &report, &about);
        assert_eq!((report.traffic.lost_answers, report.traffic.adopted, proxy.submissions.load(SeqCst)), (1, 1, 2), "{about}");
        server.stop();
    }
}

/// A service that names another place wherever a URL can stand.
fn hostile(elsewhere: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut head = [0; 4096];
            let read = client.read(&mut head).unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let url = format!("http://{elsewhere}/v0.4/jobs");
            let (status, body) = match head.split(' ').nth(1).unwrap_or_default() {
                "/v0.4/jobs/redirected" => ("307 Temporary Redirect", String::new()),
                "/v0.4/jobs/mine/results/probabilities" => ("200 OK", "{\"0\":1.0}".to_owned()),
                path if path.starts_with("/v0.4/jobs/mine") => {
                    let results = format!("{{\"probabilities\":{{\"url\":\"{url}\"}},\"histogram\":{{\"url\":\"{url}\"}}}}");
                    ("200 OK", format!("{{\"id\":\"mine\",\"status\":\"completed\",\"stats\":{{\"qubits\":1}},\"results\":{results}}}"))
                }
                _ => ("200 OK", format!("{{\"jobs\":[],\"next\":\"{url}\"}}")),
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nLocation: {url}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            let _ = client.write_all(answer.as_bytes());
        }
    });
    addr
}

#[test]
fn f48_no_url_in_an_answer_is_followed_to_another_place() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let client = client(hostile(elsewhere.local_addr().unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        assert!(client.job("redirected").await.is_err());
        let job = client.job("mine").await.unwrap();
        assert_eq!(client.result(&job).await.unwrap().probabilities.get(0), 1.0);
        let (_, next) = client.jobs(Query::default()).await.unwrap();
        let (_, same) = client.jobs(Query::default().with("next", next.unwrap())).await.unwrap();
        assert!(same.is_some());
    });
    assert_eq!(elsewhere.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody may have come");
}

#[test]
fn a_refusal_without_end_is_read_as_far_as_it_says_what_is_wrong() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\n\r\n");
        while stream.write_all(&[b'x'; 65_536]).is_ok() {}
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(client(addr).health()).unwrap_err();
    assert!(matches!(&error, ClientError::Refused { status: 400, raw, .. } if (1..=1 << 20).contains(&raw.len())), "{error}");
}
