//! Run with: cargo run --example an_hour_in_a_millisecond
//!
//! How to test one's own code against hours of queueing, lost answers and rate limits: under tokio's paused clock a cloud, a client and a batch
//! live in virtual time, which jumps to the next moment at which anything happens. The same seed gives the same story.

use paultrap::adapters::embedded;
use paultrap::client::Retry;
use paultrap::cloud::{Clock, Scenario};
use paultrap::prelude::*;
use std::time::Duration;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Every job queues for an hour; some answers are lost, some are 503, some jobs are not in the list at first.
    let cloud =
        Cloud::builder().clock(Clock::tokio()).queue_time(Duration::from_secs(3600)).scenario(Scenario::named("lost-answers")?).start();
    let client = embedded::client(&cloud).retry(Retry::embedded().seeded(Seed(7)));

    let (real, virtual_time) = (std::time::Instant::now(), tokio::time::Instant::now());
    let flip = |k: usize| Circuit::new(5, (0..5).filter(|qubit| k >> qubit & 1 == 1).map(|qubit| Qis::X.on([qubit])));
    let tasks: Result<Vec<_>, _> = (0..32).map(|k| flip(k).map(|circuit| Task::new(format!("flip {k}"), circuit))).collect();
    let report = Batch::new(client).workers(32).deadline(Duration::from_secs(7200)).seed(Seed(7)).run(tasks?, |_| {}).await;

    for circuit in &report.circuits {
        let result = circuit.result.as_ref().map_err(Clone::clone)?;
        assert_eq!(result.probabilities.get(circuit.index as u64), 1.0);
    }
    assert!(report.duplicates.is_empty() && virtual_time.elapsed() >= Duration::from_secs(3600));
    println!("{} circuits in {:?}, of which {:?} really passed", report.circuits.len(), virtual_time.elapsed(), real.elapsed());
    println!(
        "{} requests, {} answers lost, {} jobs found again, none twice",
        report.traffic.requests, report.traffic.lost_answers, report.traffic.adopted
    );
    Ok(())
}
