//! Simulation testing: batches on a cloud that misbehaves in every way it can, in virtual time, by seed; then the cloud's own ledger is
//! compared with what the executor says.
//!
//! `PAULTRAP_SEEDS=0..100000 cargo test --test chaos -- seeds` runs others, `PAULTRAP_SEED=17` one. Read `draw.rs` for what a seed comes to
//! and `oracle.rs` for what must be true of it.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod draw;
mod oracle;
mod play;
mod prefixes;
mod wire;

use draw::Draw;
use play::{Played, play, virtually};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tempfile::TempDir;

/// How many seeds run by default.
const SEEDS: u64 = 2000;

/// A folder in memory where there is one: what is tested here is not the disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap()
}

fn once(draw: &Draw, folder: &Path) -> Played {
    let path = folder.join(format!("{}.journal", draw.seed));
    let _ = std::fs::remove_file(&path); // from the time before
    virtually(play(draw, draw.journal.then_some(path.as_path())))
}

/// What is wrong with a seed.
fn check(seed: u64, folder: &Path) -> Vec<String> {
    let draw = Draw::new(seed);
    let judged = catch_unwind(AssertUnwindSafe(|| oracle::judge(&draw, &once(&draw, folder))));
    judged.unwrap_or_else(|_| vec!["it panicked".to_owned()])
}

fn seeds() -> Range<u64> {
    let read = |name: &str| std::env::var(name).ok();
    if let Some(seed) = read("PAULTRAP_SEED") {
        let seed = seed.parse().expect("PAULTRAP_SEED is a number");
        return seed..seed + 1;
    }
    let Some(text) = read("PAULTRAP_SEEDS") else { return 0..SEEDS };
    let (from, to) = text.split_once("..").expect("PAULTRAP_SEEDS is from..to");
    from.parse().expect("a number")..to.parse().expect("a number")
}

#[test]
fn whatever_goes_wrong_no_seed_loses_a_circuit_or_doubles_a_job() {
    let (seeds, folder) = (seeds(), folder());
    let (next, found) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let wrong = check(seed, folder.path());
                    if !wrong.is_empty() {
                        found.lock().unwrap().push((seed, wrong));
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    for (seed, wrong) in &found {
        println!("PAULTRAP_SEED={seed} cargo test --test chaos -- seed  # {} more: {}", wrong.len() - 1, wrong[0]);
    }
    if let (1, Some((seed, wrong))) = (seeds.end - seeds.start, found.first()) {
        println!("{:#?}\n{}", Draw::new(*seed), wrong.join("\n"));
    }
    assert!(found.is_empty(), "{} of {} seeds", found.len(), seeds.end - seeds.start);
}

#[test]
fn the_same_seed_sends_the_same_requests_at_the_same_times() {
    let folder = folder();
    for seed in 0..40 {
        let draw = Draw { journal: false, cuts: Vec::new(), ..Draw::new(seed) };
        let lines = || -> Vec<String> {
            let line = |sent: wire::Sent| format!("{:?} {} {}?{}", sent.at, sent.method, sent.path, sent.query);
            once(&draw, folder.path()).log.into_iter().map(line).collect()
        };
        let (first, second) = (lines(), lines());
        let differs = first.iter().zip(&second).position(|(one, other)| one != other);
        let at = differs.map(|at| (&first[at], &second[at]));
        assert_eq!((at, first.len()), (None, second.len()), "seed {seed}, request {differs:?}");
    }
}
