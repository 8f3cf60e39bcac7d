//! Batches of the real binary that are killed, interrupted, cut off from the disk or from the service, and resumed: every circuit has exactly
//! one job on the server in the end, and its own result.
#![allow(clippy::unwrap_used)] // a test may panic
#![cfg(unix)] // signals

mod interrupted;
mod killed;
mod refused;
mod stopped;

#[path = "../support/raw.rs"]
mod raw;

use paultrap::adapters::http::Options;
use paultrap::api::{ApiKey, Query};
use paultrap::client::{Client, Https};
use paultrap::cloud::{Cloud, Scenario};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The API key; it must not turn up anywhere.
const CANARY: &str = "CANARY-6d1f";
/// How long a process may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// Random numbers from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    /// The seed is printed; `PAULTRAP_SEED` sets another one.
    fn seeded(stream: u64) -> Chance {
        let seed = std::env::var("PAULTRAP_SEED").ok().map_or(6, |text| text.parse().expect("PAULTRAP_SEED is a number"));
        println!("PAULTRAP_SEED={seed}, stream {stream}");
        Chance(seed ^ stream.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

/// A server with a scenario, and a batch of circuits for it with a journal.
struct Bench {
    server: raw::Server,
    folder: tempfile::TempDir,
    count: usize,
    flags: Vec<String>,
}

/// A process that has ended.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Circuit k of 9 qubits shows the outcome k: a result in the wrong place cannot hide.
fn circuits(range: std::ops::Range<usize>) -> String {
    let line = |k: usize| {
        let flips = (0..9).filter(|qubit| k >> qubit & 1 == 1).map(|qubit| json!({"gate": "x", "target": qubit}));
        let gates: Vec<Value> = std::iter::once(json!({"gate": "z", "target": 0})).chain(flips).collect();
        json!({"name": format!("circuit {k}"), "qubits": 9, "circuit": gates}).to_string() + "\n"
    };
    range.map(line).collect()
}

impl Bench {
    fn new(count: usize, scenario: &str, flags: &[&str]) -> Bench {
        Bench::on(Cloud::builder().run_time(Duration::from_millis(3)), count, scenario, flags)
    }

    fn on(cloud: paultrap::cloud::Builder, count: usize, scenario: &str, flags: &[&str]) -> Bench {
        let cloud = cloud.scenario(Scenario::parse(&format!("description = \"a test\"\n{scenario}")).unwrap()).start();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("circuits.jsonl"), circuits(0..count)).unwrap();
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Bench { server: raw::Server::start(cloud, Options::default()), folder, count, flags }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.addr)
    }

    /// The arguments of the run of some circuits.
    fn arguments(&self, file: &str, more: &[&str]) -> Vec<String> {
        let (circuits, journal) = (self.path(file).display().to_string(), self.path("journal").display().to_string());
        let fixed = ["run".to_owned(), circuits, "--url".to_owned(), self.url(), "--journal".to_owned(), journal];
        let fixed = fixed.into_iter().chain(["--format".to_owned(), "json".to_owned()]);
        fixed.chain(self.flags.iter().cloned()).chain(more.iter().map(|flag| (*flag).to_owned())).collect()
    }

    fn spawn(&self, program: &mut Command) -> Child {
        let file = |name: &str| Stdio::from(File::create(self.path(name)).unwrap());
        program.env("IONQ_API_KEY", CANARY).env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        program.stdout(file("out")).stderr(file("err")).spawn().unwrap()
    }

    fn start(&self, more: &[&str]) -> Child {
        self.spawn(Command::new(env!("CARGO_BIN_EXE_paultrap")).args(self.arguments("circuits.jsonl", more)))
    }

    /// Runs the batch to its end.
    fn run(&self, more: &[&str]) -> Ended {
        self.end(self.start(more))
    }

    /// Waits for the end, and looks for the key in everything that the process left.
    fn end(&self, mut child: Child) -> Ended {
        let begun = Instant::now();
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None if begun.elapsed() > PATIENCE => {
                    child.kill().unwrap();
                    panic!("it does not end: {}", self.text("err"));
                }
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(CANARY), "the key is in {}", path.display());
        }
        Ended { code: status.code(), out: self.text("out"), err: self.text("err") }
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&std::fs::read(self.path(name)).unwrap_or_default()).into_owned()
    }

    fn journal_length(&self) -> u64 {
        std::fs::metadata(self.path("journal")).map_or(0, |metadata| metadata.len())
    }

    /// Waits until the journal has grown by so much, or the process has ended.
    fn wait_for_growth(&self, child: &mut Child, from: u64, bytes: u64) {
        while child.try_wait().unwrap().is_none() && self.journal_length() < from + bytes {
            std::thread::sleep(Duration::from_micros(300));
        }
    }

    /// How many records of a kind are in the journal, whole lines only.
    fn records(&self, kind: &str) -> usize {
        let text = self.text("journal");
        text.split_inclusive('\n').filter(|line| line.ends_with('\n') && line.contains(&format!("{{\"{kind}\":"))).count()
    }

    /// From now on nothing goes wrong any more.
    fn repair(&self) {
        let head = self.server.head("DELETE /_paultrap/scenario");
        let answer = self.server.call().send(format!("{head}\r\n")).answer();
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// How many jobs there are on the server, by name.
    fn jobs(&self) -> BTreeMap<String, usize> {
        let client = Client::new(Https::new(&self.url()).unwrap()).key(ApiKey::new(CANARY));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (mut jobs, mut next) = (BTreeMap::new(), None::<String>);
        loop {
            let query = Query::default().with("limit", "100");
            let query = next.iter().fold(query, |query, cursor| query.with("next", cursor));
            let (page, cursor) = runtime.block_on(client.jobs(query)).unwrap();
            for job in page {
                *jobs.entry(job.name.unwrap_or_default()).or_insert(0) += 1;
            }
            match cursor {
                Some(cursor) => next = Some(cursor),
                None => return jobs,
            }
        }
    }

    /// Every circuit has one job and its own result.
    #[track_caller]
    fn assert_all_once(&self, ended: &Ended) {
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        let rows: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(rows.len(), self.count);
        for (k, row) in rows.iter().enumerate() {
            assert_eq!(row["name"], json!(format!("circuit {k}")));
            assert_eq!((&row["status"], &row["probabilities"]), (&json!("completed"), &json!({k.to_string(): 1.0})), "circuit {k}");
        }
        self.assert_one_job_each();
    }

    #[track_caller]
    fn assert_one_job_each(&self) {
        self.repair();
        let jobs = self.jobs();
        let wrong: Vec<_> = jobs.iter().filter(|(_, count)| **count != 1).collect();
        assert_eq!((jobs.len(), &wrong[..]), (self.count, &[][..]));
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
    let _ = sent; // it may have ended meanwhile
}
