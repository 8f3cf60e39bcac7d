//! The cloud as a wiremock server: its own mocks beside it, and what it was asked.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::adapters::wiremock::MockCloud;
use paultrap::api::{ApiKey, JobRequest};
use paultrap::client::{Client, ClientError, Https, Retry};
use paultrap::prelude::*;
use std::time::{Duration, Instant};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

fn bell() -> JobRequest {
    let bell = Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])]).unwrap();
    JobRequest::single(&bell.into()).on("simulator")
}

fn client(cloud: &MockCloud) -> Client {
    Client::new(Https::new(&cloud.url()).unwrap()).key(ApiKey::new("any"))
}

#[tokio::test]
async fn a_mock_of_ones_own_goes_before_the_cloud_and_steps_aside_again() {
    let cloud = MockCloud::start().await;
    let busy = ResponseTemplate::new(503).set_body_string("<html>busy</html>");
    let create = Mock::given(method("POST")).and(path("/v0.4/jobs"));
    create.respond_with(busy).up_to_n_times(1).expect(1).mount(cloud.server()).await;
    let careless = client(&cloud).retry(Retry::never());
    let refused = careless.submit(&bell()).await.unwrap_err();
    assert!(matches!(refused, ClientError::Refused { status: 503, .. }) && refused.is_retryable(), "{refused}");
    let client = client(&cloud);
    let job = client.submit(&bell()).await.unwrap();
    assert_eq!(client.wait(&job, Duration::from_secs(10)).await.unwrap().id, job);
    assert_eq!(cloud.received("POST", "/v0.4/jobs").await, 2);
}

#[tokio::test]
async fn jobs_run_beside_each_other_although_wiremock_answers_one_request_at_a_time() {
    // A simulation or a sleep inside the responder would make every request wait for the one before it.
    let cloud = MockCloud::with(Cloud::builder().queue_time(Duration::from_millis(200)).run_time(Duration::from_millis(300))).await;
    let tasks = (0..8).map(|k| Task::new(k.to_string(), Circuit::new(1, [Qis::X.on([0])]).unwrap()));
    let report = Batch::new(client(&cloud)).workers(8).run(tasks, |_| {}).await;
    assert_eq!((report.failures(), report.peak_in_flight()), (0, 8));
    let own = report.circuits.iter().filter_map(|circuit| circuit.own_time).min().unwrap();
    assert!(own >= Duration::from_millis(499), "each job takes half a second by itself, not {own:?}");
}

#[tokio::test]
async fn each_cloud_is_a_world_of_its_own() {
    let (one, two) = (MockCloud::start().await, MockCloud::start().await);
    let job = client(&one).submit(&bell()).await.unwrap();
    assert!(client(&two).job(&job).await.is_err());
    assert_eq!((one.received("POST", "/v0.4/jobs").await, two.received("POST", "/v0.4/jobs").await), (1, 0));
}

#[tokio::test]
async fn dropping_the_server_ends_it() {
    let cloud = MockCloud::start().await;
    let client = client(&cloud);
    client.health().await.unwrap();
    drop(cloud);
    let start = Instant::now();
    assert!(client.health().await.is_err());
    assert!(start.elapsed() < Duration::from_secs(10));
}
