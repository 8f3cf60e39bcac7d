//! `paultrap serve`, the real binary: where it listens, whose keys it takes, and how much.
#![allow(clippy::unwrap_used)] // a test may panic

#[path = "support/raw.rs"]
mod raw;

use raw::{Answer, Caller};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const CANARY: &str = "CANARY-6d1f";

fn paultrap(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paultrap"));
    command
        .arg("serve")
        .args(arguments)
        .env("ALICE_KEY", format!("{CANARY}-alice"))
        .env("RUST_BACKTRACE", "0")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    command
}

/// Exit code 2 and the one line on standard error.
fn refused(arguments: &[&str]) -> String {
    let output = paultrap(arguments).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len(), text.lines().count()), (Some(2), 0, 1), "{arguments:?}: {text}");
    assert!(!text.contains(CANARY), "{text}");
    text.trim_end().to_owned()
}

/// A running server; dropping it ends it.
struct Server {
    child: Child,
    addr: SocketAddr,
}

impl Server {
    fn start(arguments: &[&str]) -> Server {
        Server::start_with(arguments, None)
    }

    fn start_with(arguments: &[&str], log: Option<&str>) -> Server {
        let all = [&["--addr", "127.0.0.1:0"], arguments].concat();
        let mut child =
            paultrap(&all).envs(log.map(|level| ("RUST_LOG", level))).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let addr = line.strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line:?}")).trim().parse().unwrap();
        Server { child, addr }
    }

    fn ask(&self, key: &str, line: &str, body: &str) -> Answer {
        let head = format!("{line} HTTP/1.1\r\nHost: {}\r\nAuthorization: apiKey {key}\r\n", self.addr);
        Caller::to(self.addr).send(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).answer()
    }

    /// What it said on standard error, once it has ended.
    fn end(mut self) -> String {
        self.child.kill().unwrap();
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn job(backend: &str) -> String {
    format!(r#"{{"type":"ionq.circuit.v1","backend":"{backend}","input":{{"circuit":[{{"gate":"x","target":0}}]}}}}"#)
}

/// A file that only its owner may read.
fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    allow(&file, 0o600);
    file
}

#[cfg(unix)]
fn allow(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn allow(_: &Path, _: u32) {}

#[test]
fn keys_come_from_a_file_and_open_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let keys = file(
        folder.path(),
        "keys.toml",
        "[[key]]\nenv = \"ALICE_KEY\"\nname = \"alice\"\nproject = \"chemistry\"\n\
         [[key]]\nkey = \"CANARY-bob\"\nproject = \"chemistry\"\nbackends = [\"simulator\"]\n\
         [[key]]\nkey = \"CANARY-old\"\nrevoked = true\n",
    );
    let server = Server::start(&["--keys", keys.to_str().unwrap()]);
    let alice = format!("{CANARY}-alice");
    assert_eq!(server.ask(&alice, "GET /v0.4/whoami", "").json()["key_name"], "alice");
    let created = server.ask(&alice, "POST /v0.4/jobs", &job("qpu.aria-1"));
    assert_eq!(created.status, 201);
    let path = format!("GET /v0.4/jobs/{}", created.json()["id"].as_str().unwrap());
    assert_eq!(server.ask("CANARY-bob", &path, "").status, 200, "they share a project");
    assert_eq!(server.ask("CANARY-bob", "POST /v0.4/jobs", &job("qpu.aria-1")).status, 403);
    assert_eq!(server.ask("CANARY-old", "GET /v0.4/jobs", "").status, 401);
    assert_eq!(server.ask("other", "GET /v0.4/jobs", "").status, 401);
    assert!(!server.end().contains("CANARY"));
}

#[cfg(unix)]
#[test]
fn a_file_with_keys_in_it_that_others_may_read_is_refused_and_one_that_names_variables_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let written = file(folder.path(), "written.toml", "[[key]]\nkey = \"CANARY-bob\"\n");
    let named = file(folder.path(), "named.toml", "[[key]]\nenv = \"ALICE_KEY\"\n");
    for mode in [0o644, 0o640, 0o602] {
        allow(&written, mode);
        allow(&named, mode);
        let text = refused(&["--keys", written.to_str().unwrap()]);
        assert!(text.ends_with("it has keys in it and others may read it: chmod 600, or name environment variables with env"), "{text}");
        Server::start(&["--keys", named.to_str().unwrap()]);
    }
}

#[test]
fn what_is_wrong_with_the_arguments_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let torn = file(folder.path(), "torn.toml", &format!("[[key]]\nkey = \"{CANARY}"));
    let torn = torn.to_str().unwrap();
    let same = file(folder.path(), "same.toml", &format!("[[key]]\nkey = \"{CANARY}\""));
    let same = same.to_str().unwrap();
    for (arguments, part) in [
        (&["--keys", "nowhere.toml"][..], "nowhere.toml: No such file"),
        (&["--keys", torn], "torn.toml: line 2 is no TOML"),
        (&["--addr", "0.0.0.0:0"], "allow that, or listen on 127.0.0.1"),
        (&["--addr", "0.0.0.0:0", "--allow-remote"], "set an API key"),
        (&["--addr", "0.0.0.0:0", "--allow-remote", "--api-key", CANARY], "allow at least one host name"),
        (&["--addr", "0.0.0.0:0", "--api-key", CANARY, "--allowed-host", "cloud"], "allow that"),
        (&["--allowed-host", "*"], "\"*\" is no host name"),
        (&["--api-key", CANARY, "--api-key", "b", "--api-key", CANARY], "--api-key 3: it is the same as --api-key 1"),
        (&["--api-key", "alice", "--api-key", CANARY, "--keys", same], "same.toml: key 1: it is the same as --api-key 2"),
        (&["--api-key", "CANARY-6d1f ü"], "--api-key 1: the key is not of visible ASCII characters, and no header can carry it"),
        (&["--api-key", "b", "--api-key", "CANARY-6d1f\nb"], "--api-key 2: the key is not of visible"),
        (&["--api-key", " "], "--api-key 1: the key is not of visible"),
        (&["--cors-origin", "*"], "\"*\" is no origin"),
        (&["--addr", "127.0.0.1:0", "--port-file", "/nowhere/port"], "cannot write the port to /nowhere/port"),
    ] {
        let text = refused(arguments);
        assert!(text.contains(part), "{arguments:?}: {text}");
    }
    for arguments in [&["--rate-limit", "0/s"][..], &["--rate-limit", "fast"], &["--rate-burst", "5"], &["--max-queue", "0"]] {
        assert_eq!(paultrap(arguments).output().unwrap().status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn the_log_goes_to_standard_error_as_far_as_it_is_asked_for_and_never_has_a_key() {
    for (level, lines) in [(None, 0), (Some("warn"), 0), (Some("info"), 4), (Some("trace"), 4)] {
        let server = Server::start_with(&["--api-key", CANARY], level);
        let created = server.ask(CANARY, "POST /v0.4/jobs", &job("simulator"));
        assert_eq!(created.status, 201);
        assert_eq!(server.ask(CANARY, "GET /v0.4/whoami", "").status, 200);
        assert_eq!(server.ask("CANARY-wrong", "GET /v0.4/jobs", "").status, 401);
        assert_eq!(server.ask(CANARY, "POST /v0.4/jobs", "{").status, 400);
        let text = server.end();
        assert!(!text.contains("CANARY") && !text.contains('\u{1b}'), "{text}");
        let requests = text.lines().filter(|line| line.contains("INFO") && line.contains("method=") && line.contains("status="));
        assert_eq!(requests.count(), lines, "{level:?}: {text}");
    }
}

#[test]
fn a_server_that_others_can_reach_says_so() {
    let mut child = paultrap(&["--addr", "0.0.0.0:0", "--allow-remote", "--api-key", CANARY, "--allowed-host", "cloud"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("listening on http://0.0.0.0:"), "{line}");
    child.kill().unwrap();
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    assert!(text.starts_with("paultrap: warning: other machines can reach 0.0.0.0:0") && text.contains("not encrypted"), "{text}");
}

#[test]
fn the_port_is_in_a_file_that_nobody_else_can_read_and_both_loopback_addresses_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path(), "port", "what was there before\n");
    allow(&file, 0o644);
    let server = Server::start(&["--port-file", file.to_str().unwrap()]);
    let port: u16 = std::fs::read_to_string(&file).unwrap().trim_end().parse().unwrap();
    assert_eq!(port, server.addr.port());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // Where there is IPv6 at all.
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        let health = format!("GET /v0.4/health HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        assert_eq!(Caller::to(SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port))).send(health).answer().status, 200);
    }
}

#[test]
fn a_rate_limit_holds_for_each_key_and_says_when_to_come_again() {
    let server = Server::start(&["--rate-limit", "1/h", "--rate-burst", "2", "--api-key", "a", "--api-key", "b"]);
    let ask = |key: &str| server.ask(key, "GET /v0.4/jobs", "");
    assert_eq!([ask("a").status, ask("a").status], [200, 200]);
    let refused = ask("a");
    let seconds: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(refused.status == 429 && (1..=3600).contains(&seconds), "{refused:?}");
    assert_eq!(refused.json()["message"], format!("too many requests, 1/h are allowed, try again in {seconds} s"));
    assert_eq!(ask("b").status, 200);
    assert_eq!(server.ask("a", "GET /v0.4/backends", "").status, 200);
}

#[test]
fn a_server_whose_lines_nobody_reads_serves_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("port");
    let mut child = paultrap(&["--addr", "127.0.0.1:0", "--port-file", file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take()); // as after `| head -1`
    let port = (0..1000).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        std::fs::read_to_string(&file).ok()?.trim().parse::<u16>().ok()
    });
    std::thread::sleep(std::time::Duration::from_millis(200)); // it has written its lines by now
    let addr = SocketAddr::from(([127, 0, 0, 1], port.unwrap()));
    let answer = Caller::to(addr).send(format!("GET /v0.4/health HTTP/1.1\r\nHost: {addr}\r\n\r\n")).answer();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answer.status, 200);
}

#[test]
fn queue_store_and_time_can_be_limited() {
    let server = Server::start(&["--max-queue", "1", "--max-jobs", "2", "--job-time", "1h", "--queue-time", "1h"]);
    let post = || server.ask("a", "POST /v0.4/jobs", &job("simulator"));
    assert_eq!(post().status, 201);
    let refused = post();
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    let long = Server::start(&["--job-time", "1ms", "--run-time", "1h"]);
    let created = long.ask("a", "POST /v0.4/jobs", &job("simulator")).json();
    let path = format!("GET /v0.4/jobs/{}", created["id"].as_str().unwrap());
    let failed = (0..2000).map(|_| long.ask("a", &path, "").json()).find(|job| job["status"] == "failed").unwrap();
    assert_eq!(failed["failure"]["code"], "SimulationTimeout");
}
