//! kill -9 at any point.

use super::{Bench, Chance};
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

/// Now and then an answer is lost, or there is none.
const FLAKY: &str = r#"
seed = 3
[[fault]]
on = "create_job"
probability = 0.03
do = "drop_after"
[[fault]]
on = "*"
probability = 0.01
do = { status = 503 }
"#;

/// Kills a run at a random moment: soon after its start, or once its journal has grown by some records. False if it was done before.
fn killed_somewhere(bench: &Bench, chance: &mut Chance) -> bool {
    let before = bench.journal_length();
    let mut child = bench.start(&[]);
    if chance.below(5) == 0 {
        std::thread::sleep(Duration::from_micros(chance.below(300_000)));
    } else {
        bench.wait_for_growth(&mut child, before, chance.below(30_000));
        std::thread::sleep(Duration::from_micros(chance.below(3_000)));
    }
    child.kill().unwrap();
    child.wait().unwrap().signal() == Some(9)
}

/// Runs batches of 500 circuits until so many runs were killed, and each to its end.
fn kill(times: usize, stream: u64) -> usize {
    let (mut chance, mut kills) = (Chance::seeded(stream), 0);
    while kills < times {
        let bench = Bench::new(500, FLAKY, &["--workers", "8"]);
        while kills < times && killed_somewhere(&bench, &mut chance) {
            kills += 1;
        }
        let done = bench.run(&[]);
        bench.assert_all_once(&done);
    }
    kills
}

#[test]
fn killed_at_a_hundred_points_of_500_circuits_every_circuit_has_one_job_and_its_own_result() {
    let threads: Vec<_> = (0..4).map(|stream| std::thread::spawn(move || kill(26, stream))).collect();
    let kills: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    println!("{kills} kills");
    assert!(kills >= 100);
}
