//! Printing and reading 2²⁰ outcomes beside Python's `json`, in turns: `cargo bench --bench json`.
//!
//! What is printed is the map of probabilities as the cloud sends it; what is read is the same text as the client reads it, from bytes to
//! a distribution with everything odd about it told. Python reads text to a `dict` and prints that. Each time is the least of several.

use paultrap::outcome::{Keys, Policy, Probabilities, Received};
use std::process::Command;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

fn main() {
    // `cargo test --benches` runs every bench once and wants no more than a sign of life.
    let (qubits, turns) = if std::env::args().any(|argument| argument == "--bench") { (20, 3) } else { (6, 1) };
    let probabilities = distribution(qubits);
    let text = serde_json::to_vec(&probabilities).expect("a map of numbers");
    let file = std::env::temp_dir().join(format!("paultrap-bench-json-{}", std::process::id()));
    std::fs::write(&file, &text).expect("the temporary folder takes files");
    let mut ours = [Duration::MAX; 2];
    let mut theirs = [Duration::MAX; 2];
    for _ in 0..turns {
        let now = [best(|| serde_json::to_vec(&probabilities)), best(|| read(&text, qubits))];
        ours = [ours[0].min(now[0]), ours[1].min(now[1])];
        let now = python(&file);
        theirs = [theirs[0].min(now[0]), theirs[1].min(now[1])];
    }
    std::fs::remove_file(&file).expect("the file is ours");
    assert_eq!(read(&text, qubits), probabilities, "what is printed is read back to the same bits");
    println!("{} outcomes", probabilities.len());
    for (what, ours, theirs) in [("print", ours[0], theirs[0]), ("read", ours[1], theirs[1])] {
        let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
        println!("{what}: {:.1} ms, Python {:.1} ms, ratio {ratio:.1}", ours.as_secs_f64() * 1e3, theirs.as_secs_f64() * 1e3);
    }
}

/// Numbers of all sizes with all their digits, as states have them.
fn distribution(qubits: usize) -> Probabilities {
    let weight = |outcome: u64| 0.01 + (outcome as f64 * 0.618_033_988_749_894_9).fract();
    let total: f64 = (0..1 << qubits).map(weight).sum();
    Probabilities::normalized(qubits, (0..1 << qubits).map(|outcome| (outcome, weight(outcome) / total))).expect("a distribution").0
}

/// As the client does; one copy of the bytes included.
fn read(bytes: &[u8], qubits: usize) -> Probabilities {
    let received = Received::read(bytes, Keys::Decimal);
    received.single().expect("one map").judge(qubits, Policy::default()).expect("a distribution").probabilities
}

fn best<T>(work: impl Fn() -> T) -> Duration {
    let time = |_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed()
    };
    (0..ROUNDS).map(time).min().unwrap_or_default()
}

/// How long Python takes to print and to read the map in a file.
fn python(file: &std::path::Path) -> [Duration; 2] {
    let peer = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/json/peer.py");
    let done = Command::new("python3").arg(peer).arg(file).arg(ROUNDS.to_string()).output().expect("python3 is there");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8(done.stdout).expect("numbers");
    let numbers: Vec<f64> = said.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    [1, 2].map(|index| Duration::from_secs_f64(numbers[index]))
}
