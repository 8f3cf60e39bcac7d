//! Faults that lose something: answers, metadata, all jobs.

use crate::service::{Service, builder, seconds};
use crate::{bell, flips, scenario};
use paultrap::api::{ApiKey, Method, Reply, Request};
use paultrap::cloud::{Cloud, Credential, Ending};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[tokio::test(start_paused = true)]
async fn a_create_is_answered_with_the_id_of_the_one_before_and_its_own_job_is_there() {
    let service = Service::from(builder().scenario(scenario("[[fault]]\non = \"create_job\"\nnth = [1, 3, 4]\ndo = \"previous_reply\"")));
    let told: Vec<String> = (0..5).map(|_| service.submit(&bell())).collect();
    assert_eq!((&told[2], &told[3]), (&told[1], &told[1]), "what was told, not what was made");
    let jobs = service.listed("/jobs");
    assert_eq!(jobs.len(), 5);
    assert_eq!((&jobs[4], &jobs[3], &jobs[0]), (&told[0], &told[1], &told[4]), "before the first there was none");
}

#[tokio::test(start_paused = true)]
async fn a_clone_is_answered_with_the_id_of_the_create_before_and_of_no_other_project() {
    let key = |key: &str| Credential::new(ApiKey::new(key));
    let cloud = builder().credential(key("a")).credential(key("b"));
    let a = Service::from(cloud.scenario(scenario("[[fault]]\non = \"*\"\ndo = \"previous_reply\""))).with_key("a");
    let b = a.with_key("b");
    let first = a.submit(&bell());
    let of_b = b.submit(&bell());
    assert_ne!(first, of_b);
    assert_eq!(a.create_id(&format!("/jobs/{first}/clone"), &json!({})), first);
    assert_eq!(b.submit(&flips(2)), of_b);
    assert_eq!((a.listed("/jobs").len(), b.listed("/jobs").len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_job_and_a_clone_may_lose_their_metadata_and_others_keep_theirs() {
    let service = Service::from(builder().scenario(scenario("[[fault]]\non = \"*\"\nnth = [2, 3]\ndo = \"drop_metadata\"")));
    let mut job = bell();
    job["metadata"] = json!({"key": "value"});
    let [kept, lost] = [service.submit(&job), service.submit(&job)];
    assert_eq!((&service.job(&kept)["metadata"], &service.job(&lost)["metadata"]), (&json!({"key": "value"}), &Value::Null));
    let clones = [&kept, &kept].map(|id| service.job(&service.create_id(&format!("/jobs/{id}/clone"), &json!({})))["metadata"].clone());
    assert_eq!((&clones[0], &clones[1]["key"]), (&Value::Null, &json!("value")));
}

#[tokio::test(start_paused = true)]
async fn circuits_of_a_job_without_metadata_have_none() {
    let service = Service::from(builder().scenario(scenario("[[fault]]\non = \"create_job\"\ndo = \"drop_metadata\"")));
    let mut job = flips(2);
    job["metadata"] = json!({"key": "value"});
    let parent = service.submit(&job);
    assert_eq!(service.job(&parent)["metadata"], Value::Null);
    assert_eq!(
        service.children(&parent).iter().map(|child| service.job(child)["metadata"].clone()).collect::<Vec<_>>(),
        [Value::Null, Value::Null]
    );
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_loses_its_state_has_no_jobs_and_no_sessions_and_its_scenario_goes_on() {
    let lossy =
        "[[fault]]\non = \"get_job\"\nnth = [2]\ndo = \"lose_state\"\n[[fault]]\non = \"create_job\"\nnth = [4]\ndo = { status = 503 }";
    let service = Service::from(builder().scenario(scenario(lossy)));
    let session = service.create_id("/sessions", &json!({"backend": "simulator"}));
    let [done, parent] = [service.submit(&bell()), service.submit(&flips(3))];
    seconds(3.5).await;
    let waiting = service.submit(&bell());
    assert_eq!(service.job(&done)["status"], "completed");
    let (status, message, _) = service.refused(Method::Get, &format!("/jobs/{done}"), &Value::Null);
    assert_eq!((status, message), (404, format!("there is no job {done:?}")), "the request itself finds nothing any more");
    for id in [&parent, &waiting] {
        assert_eq!(service.status(Method::Get, &format!("/jobs/{id}/results/probabilities")), 404);
    }
    assert_eq!((service.listed("/jobs").len(), service.cloud.unfinished()), (0, 0));
    assert_eq!(service.status(Method::Get, &format!("/sessions/{session}")), 404);
    assert_eq!(service.send(Method::Post, "/jobs", &bell()).0, 503, "the fourth create is still the fourth");
    let new = service.submit(&bell());
    seconds(4.0).await;
    assert_eq!(service.job(&new)["status"], "completed", "and goes on");
    let usage =
        "/organizations/01980000-0000-7000-8000-00000000006f/usage?start_date=2026-03-04&end_date=2026-03-04&group_by=job&modality=daily";
    assert_eq!(service.get(usage)["job_count"], 3, "what was done stays on the bill: two that were lost, and the new one");
}

#[tokio::test(start_paused = true)]
async fn who_loses_their_jobs_loses_nobody_elses_and_a_reset_loses_all() {
    let key = |key: &str| Credential::new(ApiKey::new(key));
    let cloud = builder().credential(key("a")).credential(key("b").admin());
    let a = Service::from(cloud.scenario(scenario("[[fault]]\non = \"whoami\"\ndo = \"lose_state\""))).with_key("a");
    let b = a.with_key("b");
    let [of_a, of_b] = [&a, &b].map(|service| service.submit(&bell()));
    assert_eq!(a.status(Method::Get, "/whoami"), 200);
    assert_eq!((a.listed("/jobs").len(), b.listed("/jobs")), (0, vec![of_b.clone()]));
    seconds(4.0).await;
    assert_eq!(b.job(&of_b)["status"], "completed");
    assert_eq!(a.status(Method::Get, &format!("/jobs/{of_a}")), 404);
    a.submit(&bell());
    let reset = Request::new(Method::Post, "/_paultrap/reset").key(Some(ApiKey::new("b")));
    assert_eq!(body(&a.cloud.handle(&reset)), json!({"jobs": 2}), "which is another's and a new one");
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_loses_the_jobs_too_and_one_without_a_key_does_not() {
    let lossy = "[[fault]]\non = \"*\"\nnth = [2]\ndo = \"lose_state\"\n[[fault]]\non = \"*\"\nnth = [2]\ndo = \"drop_before\"";
    let service = Service::from(builder().scenario(scenario(lossy)));
    service.submit(&bell());
    assert_eq!(service.cloud.unfinished(), 1);
    let refused = Request::new(Method::Get, "/v0.4/jobs");
    assert_eq!(service.cloud.handle(&refused).status, 401);
    assert_eq!(service.cloud.unfinished(), 1);
    let asked = Request::new(Method::Get, "/v0.4/jobs").key(Some(ApiKey::new("any")));
    assert_eq!(service.cloud.deliver(&asked).conduct.ending, Ending::Reset);
    assert_eq!(service.cloud.unfinished(), 0);
}

/// Under the system's clock, with one worker, which is at work for minutes unless it is told to stop.
#[test]
fn what_is_being_simulated_ends_when_its_job_is_lost() {
    let turns: Vec<Value> = (0..100_000).map(|k| json!({"gate": "ry", "target": k % 20, "rotation": 0.1})).collect();
    let endless = json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": 20, "circuit": turns}});
    let lossy = scenario("[[fault]]\non = \"whoami\"\ndo = \"lose_state\"");
    let service = Service::from(Cloud::builder().workers(1).scenario(lossy));
    let patience = Instant::now() + Duration::from_secs(60);
    let until = |id: &str, status: &str| {
        while service.job(id)["status"] != status {
            assert!(Instant::now() < patience, "{id} is not {status}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    until(&service.submit(&endless), "started");
    assert_eq!(service.status(Method::Get, "/whoami"), 200);
    until(&service.submit(&bell()), "completed");
}

#[tokio::test(start_paused = true)]
async fn the_journal_names_the_job_that_a_request_made_whatever_was_answered() {
    let faults = concat!(
        "[[fault]]\non = \"create_job\"\nnth = [2]\ndo = \"drop_after\"\n",
        "[[fault]]\non = \"create_job\"\nnth = [3]\ndo = { status = 503, after = true }\n",
        "[[fault]]\non = \"create_job\"\nnth = [4]\ndo = { status = 503 }\n",
        "[[fault]]\non = \"create_job\"\nnth = [5]\ndo = \"previous_reply\"\n",
        "[[fault]]\non = \"create_job\"\nnth = [6]\ndo = \"drop_before\"\n",
    );
    let service = Service::from(builder().scenario(scenario(faults)));
    for _ in 0..6 {
        service.cloud.handle(&request(&bell()));
    }
    service.send(Method::Post, "/jobs", &json!({"type": "nothing"}));
    let mut jobs = service.listed("/jobs");
    jobs.reverse();
    service.create_id(&format!("/jobs/{}/clone", jobs[0]), &json!({}));
    let cloned = service.listed("/jobs").swap_remove(0);
    let journal = Request::new(Method::Get, "/_paultrap/journal").key(Some(ApiKey::new("any")));
    let journal = body(&service.cloud.handle(&journal));
    let made: Vec<Value> = journal["requests"].as_array().unwrap().iter().map(|visit| visit["job"].clone()).collect();
    let [one, two, three, four] = [0, 1, 2, 3].map(|index| json!(jobs[index]));
    let none = || Value::Null;
    assert_eq!(made, [one, two, three, none(), four, none(), none(), none(), json!(cloned), none()]);
}

fn body(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn request(job: &Value) -> Request {
    Request::new(Method::Post, "/v0.4/jobs").key(Some(ApiKey::new("any"))).json(job)
}
