//! Run with: cargo run --example native_circuit
//!
//! A Bell pair in the gates that the ions are told, exact and as Aria 1 would count it.

use paultrap::device::Catalog;
use paultrap::prelude::*;
use paultrap::run::Machine;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Phases and angles are in turns; ms with 0.25 is fully entangling.
    let bell: Program = Circuit::new(2, [Native::Ms(Turns(0.0), Turns(0.0), Turns::QUARTER).on([0, 1])])?.into();
    let exact = run(&bell, &RunOptions::default(), Memory::shared())?;
    println!("exact  {}", serde_json::to_string(&exact.probabilities)?);

    let aria = Catalog::built_in().noise_model("aria-1")?.cloned().map_or(Machine::Ideal, Machine::Noisy);
    let noisy = RunOptions { machine: aria, shots: Shots::new(1000)?, seed: Seed(7), ..RunOptions::default() };
    let counted = run(&bell, &noisy, Memory::shared())?;
    println!("aria-1 {}", serde_json::to_string(&counted.counts)?);
    Ok(())
}
