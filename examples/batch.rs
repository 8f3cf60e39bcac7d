//! Run with: cargo run --example batch
//!
//! A hundred circuits, eight in flight, results in the order given.

use paultrap::adapters::embedded;
use paultrap::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let angle = |k: u32| Radians(std::f64::consts::PI * f64::from(k) / 99.0);
    let tasks: Result<Vec<_>, _> =
        (0..100).map(|k| Circuit::new(1, [Qis::Ry(angle(k)).on([0])]).map(|circuit| Task::new(format!("ry {k}"), circuit))).collect();
    let batch = Batch::new(embedded::client(&Cloud::builder().start())).workers(8);
    let report = batch.run(tasks?, |_| {}).await;
    for (k, circuit) in report.circuits.iter().enumerate().step_by(11) {
        let p = circuit.result.as_ref().map_err(Clone::clone)?.probabilities.get(1);
        assert!((p - (angle(k as u32).0 / 2.0).sin().powi(2)).abs() < 1e-12);
        println!("{}: {p:.4}", circuit.name);
    }
    println!("{} circuits in {:?}, peak {} in flight", report.circuits.len(), report.wall, report.peak_in_flight());
    Ok(())
}
