//! Run with: cargo run --example cloud_in_a_test
//!
//! Code that takes a URL is tested against a cloud of its own: real jobs, real results, no network.

use paultrap::adapters::wiremock::MockCloud;
use paultrap::api::{ApiKey, JobRequest};
use paultrap::client::{Client, Https};
use paultrap::prelude::*;
use std::time::Duration;

/// The code under test: it knows nothing but a URL.
async fn fraction_of_heads(url: &str) -> Result<f64, Box<dyn std::error::Error>> {
    let client = Client::new(Https::new(url)?).key(ApiKey::new("any"));
    let coin = Program::from(Circuit::new(1, [Qis::H.on([0])])?);
    let job = client.submit(&JobRequest::single(&coin).on("simulator")).await?;
    let done = client.wait(&job, Duration::from_secs(10)).await?;
    Ok(client.result(&done).await?.probabilities.get(1))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cloud = MockCloud::start().await;
    let heads = fraction_of_heads(&cloud.url()).await?;
    assert!((heads - 0.5).abs() < 1e-12);
    assert_eq!(cloud.received("POST", "/v0.4/jobs").await, 1);
    println!("heads {heads:.3}, one job submitted");
    Ok(())
}
