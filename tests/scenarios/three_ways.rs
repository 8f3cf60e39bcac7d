//! The same rules through the embedded transport, wiremock and the server.

use crate::raw::Server;
use crate::{bell, flips, scenario};
use paultrap::adapters::embedded::Embedded;
use paultrap::adapters::http::Options;
use paultrap::adapters::wiremock::MockCloud;
use paultrap::api::{ApiKey, Method, Request};
use paultrap::client::{Https, Transport, TransportError, TransportErrorKind};
use paultrap::cloud::{Act, Adapter, Cloud, Fault, Scenario, ScenarioError};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What a client gets.
type Got = Result<(u16, String), TransportErrorKind>;

async fn send(transport: &dyn Transport, method: Method, path: &str, body: Option<&Value>) -> Got {
    let request = Request::new(method, path).key(Some(ApiKey::new("k")));
    let sent = transport.send(body.map_or(request.clone(), |body| request.json(body))).await;
    sent.map(|reply| (reply.status, String::from_utf8(reply.body).unwrap())).map_err(|error: TransportError| error.kind)
}

/// What comes of making a job, asking for it twice, and asking twice for its results; ids differ and are left out.
async fn conversation(transport: &dyn Transport, job: &Value) -> Vec<Got> {
    let created = send(transport, Method::Post, "/v0.4/jobs", Some(job)).await;
    let listed = loop {
        let (status, body) = send(transport, Method::Get, "/v0.4/jobs", None).await.unwrap();
        assert_eq!(status, 200);
        let listed: Value = serde_json::from_str(&body).unwrap();
        if listed["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .all(|job| ["completed", "failed", "canceled"].contains(&job["status"].as_str().unwrap()))
        {
            break listed;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let Some(job) = listed["jobs"].as_array().unwrap().iter().find(|job| job["parent_job_id"].is_null()) else { return vec![created] };
    let path = format!("/v0.4/jobs/{}", job["id"].as_str().unwrap());
    let mut got = vec![created.map(|(status, _)| (status, String::new()))];
    for path in [&path, &path, &format!("{path}/results/probabilities"), &format!("{path}/results/probabilities")] {
        got.push(send(transport, Method::Get, path, None).await);
    }
    let children: Vec<&str> = listed["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect();
    let anonymous = |body: String| timeless(&children.iter().fold(body, |text, id| text.replace(id, "ID")));
    got.into_iter().map(|got| got.map(|(status, body)| (status, anonymous(body)))).collect()
}

/// A text without what depends on the time: moments, milliseconds, and ids.
pub(crate) fn timeless(text: &str) -> String {
    let mut parts: Vec<&str> = text.split('"').collect();
    for index in 0..parts.len() {
        if parts[index].parse::<jiff::Timestamp>().is_ok() {
            parts[index] = "TIME";
        } else if parts[index].parse::<uuid::Uuid>().is_ok() {
            parts[index] = "ID"; // of an artifact, which follows from that of its job
        } else if index > 0 && parts[index - 1].ends_with("_ms") {
            parts[index] = ":MILLISECONDS,";
        }
    }
    parts.join("\"")
}

/// The conversation through every adapter that can do the scenario, which is the same for all.
fn everywhere(scenario: &Scenario, job: &Value) -> Vec<Got> {
    let cloud = || Cloud::builder().workers(1).scenario(scenario.clone());
    let server = Server::start(cloud().start(), Options::default());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let embedded = conversation(&Embedded::new(cloud().start()), job).await;
        let over_http = conversation(&Https::new(&format!("http://{}", server.addr)).unwrap(), job).await;
        assert_eq!(embedded, over_http, "{scenario:?}");
        if scenario.check(Adapter::Wiremock).is_ok() {
            let mock = MockCloud::with(cloud()).await;
            let mocked = conversation(&Https::new(&mock.url()).unwrap(), job).await;
            assert_eq!(embedded, mocked, "{scenario:?}");
        }
        embedded
    })
}

#[test]
fn every_fault_is_the_same_through_every_adapter() {
    let single = [
        "create_job:{ status = 503 }",
        "create_job:{ status = 503, after = true }",
        "get_job:{ delay = \"20ms\" }",
        "get_job:\"bad_json\"",
        "get_job:\"html\"",
        "get_job_probabilities:{ body = \"[1]\" }",
        "get_job:{ set = \"stats.qubits\", to = \"7\" }",
        "create_job:{ fail = \"QuotaExhaustedError\" }",
        "create_job:\"cancel\"",
        "create_job:{ results_late = \"1h\" }",
        "*:{ scale = 0.5 }",
        "*:{ decimals = 1 }",
        "*:\"float32\"",
        "*:{ negative = 1e-17 }",
        "*:\"nan\"",
        "*:\"infinity\"",
        "*:\"integers\"",
        "*:\"strings\"",
        "*:\"scientific\"",
        "*:\"duplicate_key\"",
        "*:\"fold_key\"",
        "*:\"missing_key\"",
        "*:\"empty\"",
        "*:\"null\"",
        "*:\"wrapped\"",
        "*:\"bit_strings\"",
        "*:\"reversed_bits\"",
        "*:\"round_counts\"",
    ];
    let several = ["*:{ lose_child = 2 }", "*:{ null_child = 2 }", "*:\"reorder_children\"", "*:\"empty\""];
    let rows = single.iter().map(|row| (row, bell())).chain(several.iter().map(|row| (row, flips(4))));
    for (row, job) in rows {
        let (on, act) = row.split_once(':').unwrap();
        let plain = everywhere(&scenario(""), &job);
        let once = scenario(&format!("[[fault]]\non = \"{on}\"\nnth = [1]\ndo = {act}"));
        let got = everywhere(&once, &job);
        let harmless = ["delay", "integers", "reversed"].iter().any(|act| row.contains(act));
        assert_eq!(got == plain, harmless, "{row}: {got:?}");
        if on == "*" {
            assert_eq!(got[4], plain[4], "{row}: only the first time");
        }
    }
}

#[test]
fn what_breaks_the_connection_breaks_it_for_transports_alike_and_wiremock_refuses_it() {
    for act in ["\"drop_before\"", "\"drop_after\"", "{ truncate = 17 }"] {
        let broken = scenario(&format!("[[fault]]\non = \"*\"\ndo = \"stuck\"\n[[fault]]\non = \"get_job\"\nnth = [1]\ndo = {act}"));
        let job = bell();
        let got = everywhere(&scenario(&format!("[[fault]]\non = \"get_job\"\nnth = [1]\ndo = {act}")), &job);
        assert_eq!(got[1], Err(TransportErrorKind::Broken), "{act}");
        assert_eq!(got[2].as_ref().unwrap().0, 200, "{act}: only the first time");
        let error = Cloud::builder().scenario(broken).start().attach(Adapter::Wiremock).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("fault[1].do is {}", act.replace("{ truncate = 17 }", "{\"truncate\":17}"))),
            "{error}"
        );
    }
}

#[tokio::test]
#[should_panic(expected = "fault[0].do is \"drop_after\", which wiremock cannot do")]
async fn a_mock_cloud_does_not_start_with_a_fault_that_it_cannot_do() {
    let lost = Scenario::new("lost").fault(Fault::on_all(Act::DropAfter));
    let _cloud = MockCloud::with(Cloud::builder().scenario(lost)).await;
}

#[tokio::test]
async fn a_mock_cloud_takes_no_such_scenario_later_either() {
    let mock = MockCloud::start().await;
    let transport: Arc<dyn Transport> = Arc::new(Https::new(&mock.url()).unwrap());
    let lost = serde_json::json!({"description": "lost", "fault": [{"on": "*", "do": {"truncate": 1}}]});
    let (status, body) = send(&*transport, Method::Put, "/_paultrap/scenario", Some(&lost)).await.unwrap();
    assert_eq!(status, 400, "{}", body);
    let fine = serde_json::json!({"description": "slow", "fault": [{"on": "whoami", "do": {"delay": "10ms"}}]});
    assert_eq!(send(&*transport, Method::Put, "/_paultrap/scenario", Some(&fine)).await.unwrap().0, 200);
}

#[tokio::test(start_paused = true)]
async fn in_virtual_time_a_stall_is_a_timeout_after_a_minute_and_costs_nothing() {
    let stalled = scenario("[[fault]]\non = \"whoami\"\ndo = \"stall\"\n[[fault]]\non = \"get_usage\"\ndo = { delay = \"59s\" }");
    let cloud = Cloud::builder().clock(paultrap::cloud::Clock::tokio()).scenario(stalled).start();
    let start = tokio::time::Instant::now();
    assert_eq!(send(&Embedded::new(cloud), Method::Get, "/v0.4/whoami", None).await, Err(TransportErrorKind::Timeout));
    assert_eq!(start.elapsed(), Duration::from_secs(60));
}

#[test]
fn an_adapter_says_beforehand_what_it_cannot_do() {
    let lost = Scenario::new("lost").fault(Fault::on_all(Act::Stall)).fault(Fault::on_all(Act::Truncate(5)));
    assert_eq!(lost.check(Adapter::Http), Ok(()));
    assert_eq!(lost.check(Adapter::Embedded), Ok(()));
    assert!(matches!(lost.check(Adapter::Wiremock), Err(ScenarioError::Unable { fault: 1, .. })));
}
