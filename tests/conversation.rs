//! One conversation, three ways into the cloud: embedded, wiremock, and HTTP on a real socket.
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use paultrap::adapters::{embedded, http, wiremock::MockCloud};
use paultrap::api::{
    ApiKey, CloneRequest, Cost, ErrorMitigation, EstimateRequest, JobRequest, JobStatus, Query, SessionLimits, SessionRequest,
    SessionStatus, SettingsBody, UsageGroup, UsagePeriod,
};
use paultrap::circuit::{Circuit, On, Program};
use paultrap::client::{Client, ClientError, Https};
use paultrap::cloud::Cloud;
use paultrap::gates::{Native, Qis, Turns};
use std::time::Duration;
use support::{assert_probabilities, expected, program};

const SOON: Duration = Duration::from_secs(30);

fn job(program: &Program, backend: &str) -> JobRequest {
    JobRequest::single(program).on(backend)
}

fn status(error: &ClientError) -> Option<u16> {
    match error {
        ClientError::Refused { status, .. } => Some(*status),
        _ => None,
    }
}

/// What must hold whichever way the client came in. `other` talks to a cloud where jobs queue for an hour.
async fn converse(client: Client, other: Client) {
    client.health().await.unwrap();
    assert_eq!(client.whoami().await.unwrap().key_name, "local");
    backends(&client).await;
    exact_job(&client).await;
    counted_job(&client).await;
    compiled_job(&client).await;
    characterizations(&client).await;
    multi_circuit_job(&client).await;
    suspicious_job(&client).await;
    refused_and_failed_jobs(&client).await;
    lists_and_pages(&client).await;
    cancel_and_delete(&client, &other).await;
    sessions(&client).await;
    clones(&client, &other).await;
    costs(&client).await;
}

async fn sessions(client: &Client) {
    let limits = SessionLimits { job_count_limit: Some(1), ..SessionLimits::default() };
    let request = SessionRequest { backend: "qpu.aria-1".to_owned(), settings: Some(limits.clone()) };
    let session = client.create_session(&request).await.unwrap();
    assert_eq!((session.status, session.settings.unwrap().limits), (SessionStatus::Created, limits));
    let request = JobRequest { session_id: Some(session.id.clone()), ..job(&program("circuits/qis/bell"), "qpu.aria-1") };
    let id = client.submit(&request).await.unwrap();
    client.wait(&id, SOON).await.unwrap();
    assert_eq!(status(&client.submit(&request).await.unwrap_err()), Some(409));
    assert_eq!(client.session(&session.id).await.unwrap().status, SessionStatus::Started);
    let (jobs, next) = client.session_jobs(&session.id, Query::default()).await.unwrap();
    assert_eq!((jobs.len(), &jobs[0].id, next), (1, &id, None));
    let ended = client.end_session(&session.id).await.unwrap();
    assert_eq!((ended.active, client.end_session(&session.id).await.unwrap()), (false, ended.clone()));
    let active = client.sessions(Some(true)).await.unwrap();
    let all = client.sessions(None).await.unwrap();
    assert!(all.contains(&ended) && !active.contains(&ended) && active.len() < all.len());
    assert_eq!(status(&client.session("nonsense").await.unwrap_err()), Some(404));
}

async fn clones(client: &Client, other: &Client) {
    let id = client.submit(&job(&program("circuits/qis/bell"), "simulator")).await.unwrap();
    client.wait(&id, SOON).await.unwrap();
    let changes = CloneRequest { backend: Some("qpu.forte-1".to_owned()), shots: Some(50), ..CloneRequest::default() };
    let again = client.wait(&client.clone_job(&id, &changes).await.unwrap(), SOON).await.unwrap();
    assert_eq!((again.backend.as_str(), again.shots), ("qpu.forte-1", Some(50)));
    assert_eq!(again.metadata.unwrap()[CloneRequest::ORIGINAL_KEY], id.as_str().into());
    assert_eq!(status(&client.move_job(&id, &changes).await.unwrap_err()), Some(409));
    let waiting = other.submit(&job(&program("circuits/qis/bell"), "simulator")).await.unwrap();
    let moved = other.move_job(&waiting, &CloneRequest::default()).await.unwrap();
    assert_eq!(other.job(&waiting).await.unwrap().status, JobStatus::Canceled);
    assert_eq!(other.job(&moved).await.unwrap().status, JobStatus::Ready);
}

async fn costs(client: &Client) {
    let flips = Circuit::new(1, (0..10).map(|_| Qis::X.on([0]))).unwrap().into();
    let plain = ErrorMitigation { debiasing: Some(false), ..ErrorMitigation::default() };
    let settings = SettingsBody { error_mitigation: Some(plain), ..SettingsBody::default() };
    let request = JobRequest { shots: Some(10_000), settings: Some(settings), ..job(&flips, "qpu.aria-1") };
    let id = client.submit(&request).await.unwrap();
    client.wait(&id, SOON).await.unwrap();
    let usd = |value: f64| Some(Cost { value, unit: "usd".to_owned() });
    let cost = client.cost(&id).await.unwrap();
    assert_eq!((cost.estimated_cost, cost.cost, cost.dry_run), (usd(22.0), usd(22.0), false)); // 10 × 10000 × 0.00022
    let request = EstimateRequest { shots: 10_000, one_qubit_gates: 10, ..EstimateRequest::new("qpu.aria-1") };
    let estimate = client.estimate(&request).await.unwrap();
    assert_eq!((estimate.estimated_total_cost, estimate.estimate_context.request), (22.0, request));
    let organization =
        client.create_session(&SessionRequest { backend: "simulator".to_owned(), settings: None }).await.unwrap().organization_id;
    let days = ("2020-01-01", "2999-12-31");
    let usage = client.usage(&organization, days, UsageGroup::User, UsagePeriod::Monthly).await.unwrap();
    assert!(usage.amount_total >= 22.0 && usage.job_count > 1, "{usage:?}");
    let elsewhere = client.usage("com.example", days, UsageGroup::User, UsagePeriod::Monthly).await.unwrap_err();
    assert!(elsewhere.is_unauthorized() && status(&elsewhere) == Some(403));
}

async fn backends(client: &Client) {
    let names: Vec<_> = client.backends().await.unwrap().into_iter().map(|backend| backend.backend).collect();
    assert_eq!(names[0], "simulator");
    assert!(names.contains(&"qpu.forte-1".to_owned()));
    let aria = client.backend("qpu.aria-1").await.unwrap();
    assert_eq!((aria.qubits, aria.supported_native_gates), (25, ["gpi", "gpi2", "ms"].map(str::to_owned).to_vec()));
    assert_eq!(status(&client.backend("qpu.qpu").await.unwrap_err()), Some(404));
}

async fn exact_job(client: &Client) {
    let mut request = job(&program("circuits/qis/asymmetric_3"), "simulator");
    request.name = Some("asymmetric".to_owned());
    request.metadata = Some([("run".to_owned(), "4\u{1f}2".into())].into());
    let id = client.submit(&request).await.unwrap();
    let done = client.wait(&id, SOON).await.unwrap();
    let mut metadata = done.metadata.unwrap();
    assert!(metadata.remove("paultrap.key").is_some(), "by which the job is found if the answer is lost");
    assert_eq!((done.status, done.name, Some(metadata)), (JobStatus::Completed, request.name, request.metadata));
    assert_eq!(done.shots, None, "shots mean nothing to the ideal simulator");
    let done = client.job(&id).await.unwrap();
    assert!(done.started_at.is_some() && done.completed_at.is_some() && done.execution_duration_ms.is_some());
    let result = client.result(&done).await.unwrap();
    assert_probabilities("asymmetric_3", &result.probabilities, &expected("qis/asymmetric_3"));
    assert_eq!((result.counts, (result.sum - 1.0).abs() < 1e-12), (None, true));
}

async fn counted_job(client: &Client) {
    let mut request = job(&program("circuits/qis/asymmetric_3"), "qpu.aria-1");
    request.shots = Some(700);
    let id = client.submit(&request).await.unwrap();
    let done = client.wait(&id, SOON).await.unwrap();
    let result = client.result(&done).await.unwrap();
    let counts = result.counts.unwrap();
    assert_eq!((counts.shots(), done.shots), (700, Some(700)));
    for (outcome, count) in counts.iter() {
        approx::assert_abs_diff_eq!(result.probabilities.get(outcome), f64::from(count) / 700.0, epsilon = 1e-15);
    }
    // The whole journey is reproducible: the same seed in the request, the same counts.
    request.metadata = Some([(JobRequest::SEED_KEY.to_owned(), "77".into())].into());
    let mut seen = Vec::new();
    for _ in 0..2 {
        let id = client.submit(&request).await.unwrap();
        let done = client.wait(&id, SOON).await.unwrap();
        seen.push(client.result(&done).await.unwrap().counts);
    }
    assert_eq!(seen[0], seen[1]);
}

async fn compiled_job(client: &Client) {
    let program = program("circuits/qis/asymmetric_3");
    let request = JobRequest { dry_run: Some(true), ..job(&program, "qpu.forte-1") };
    let id = client.submit(&request).await.unwrap();
    let done = client.wait(&id, SOON).await.unwrap();
    assert_eq!((done.status, &done.results), (JobStatus::Completed, &None));
    let compiled = client.compiled_circuit(&done).await.unwrap().unwrap();
    assert!(compiled.operations().iter().all(|operation| !matches!(operation.gate, Native::Ms(..))), "forte plays zz");
    let outcome = paultrap::run::run(&compiled.into(), &Default::default(), paultrap::simulate::Memory::shared()).unwrap();
    assert_probabilities("asymmetric_3", &outcome.probabilities, &expected("qis/asymmetric_3"));
    let link = &done.output.compilation.unwrap().compiled_circuits["ionq.qasm3.v1"];
    assert!(client.artifact(&id, link).await.unwrap().starts_with(b"OPENQASM 3.0;\n"));
    let id = client.submit(&job(&program, "simulator")).await.unwrap();
    let done = client.wait(&id, SOON).await.unwrap();
    assert_eq!(client.compiled_circuit(&done).await.unwrap(), None);
    assert_eq!(status(&client.artifact(&id, link).await.unwrap_err()), Some(404));
}

async fn characterizations(client: &Client) {
    let (page, left) = client.characterizations("qpu.forte-1", Query::default().with("limit", "1")).await.unwrap();
    assert!(page.len() == 1 && left >= 1, "{left}");
    assert_eq!(client.backend("qpu.forte-1").await.unwrap().characterization_id.as_ref(), Some(&page[0].id));
    assert_eq!(client.characterization("qpu.forte-1", &page[0].id).await.unwrap(), page[0]);
    assert_eq!(status(&client.characterization("qpu.aria-1", &page[0].id).await.unwrap_err()), Some(404));
}

async fn multi_circuit_job(client: &Client) {
    // Circuit k has only qubit k set: any mix-up of order or bits shows.
    let programs: Vec<Program> = (0..5).map(|k| Circuit::new(5, [Qis::X.on([k])]).unwrap().into()).collect();
    let named = programs.iter().enumerate().map(|(k, program)| (Some(format!("flip {k}")), program));
    let request = JobRequest::multi(named).on("simulator");
    let id = client.submit(&request).await.unwrap();
    let done = client.wait(&id, SOON).await.unwrap();
    let results = client.results(&done, &[5; 5]).await.unwrap();
    for (k, result) in results.iter().enumerate() {
        assert_eq!(result.probabilities.iter().collect::<Vec<_>>(), [(1 << k, 1.0)], "circuit {k}");
    }
    let children = done.child_job_ids.flatten().unwrap();
    assert!(children.is_sorted(), "ids are in the order of the circuits");
    for (k, child) in children.iter().enumerate() {
        let child = client.job(child).await.unwrap();
        assert_eq!((child.name, child.parent_job_id.as_ref()), (Some(format!("flip {k}")), Some(&id)));
    }
}

async fn suspicious_job(client: &Client) {
    // The phase of a Y, given in radians: a job like any other, with a warning that the client sees.
    let radians = Circuit::new(1, [Native::Gpi(Turns(std::f64::consts::FRAC_PI_2)).on([0])]).unwrap();
    let id = client.submit(&job(&radians.into(), "simulator")).await.unwrap();
    let done = client.wait(&id, SOON).await.unwrap();
    let result = client.result(&done).await.unwrap();
    approx::assert_abs_diff_eq!(result.probabilities.get(1), 1.0, epsilon = 1e-12);
    let [message] = <[String; 1]>::try_from(done.warning.unwrap().messages).unwrap();
    assert!(message.starts_with("operation 0 (gpi): phase 1.5707963267948966 looks like radians (π/2)"), "{message}");
}

async fn refused_and_failed_jobs(client: &Client) {
    let refused = client.submit(&JobRequest { shots: Some(0), ..job(&program("circuits/qis/bell"), "simulator") }).await.unwrap_err();
    let expected = "create_job was refused with status 400: shots 0 is not allowed, a job has 1..=1000000 shots (shots)";
    assert_eq!(refused.to_string(), expected);
    let refused = client.submit(&job(&program("circuits/qis/bell"), "qpu.nowhere")).await.unwrap_err();
    assert!(refused.to_string().contains("(backend)") && status(&refused) == Some(400), "{refused}");
    // A gate that the device does not play is no malformed request: the job is accepted and fails.
    let native = Circuit::new(2, [Native::Ms(Turns(0.0), Turns(0.0), Turns(0.25)).on([0, 1])]).unwrap().into();
    let id = client.submit(&job(&native, "qpu.forte-1")).await.unwrap();
    let failed = client.wait(&id, SOON).await.unwrap_err();
    assert_eq!(failed.job_failed(), Some("UnsupportedGate"), "{failed}");
    let wide = Circuit::new(30, [Qis::X.on([29])]).unwrap().into();
    let id = client.submit(&job(&wide, "simulator")).await.unwrap();
    assert_eq!(client.wait(&id, SOON).await.unwrap_err().job_failed(), Some("NotEnoughQubits"));
    assert_eq!(status(&client.job("nonsense").await.unwrap_err()), Some(404));
    let unknown = client.clone().key(ApiKey::new("wrong"));
    assert!(unknown.whoami().await.unwrap_err().is_unauthorized());
}

async fn lists_and_pages(client: &Client) {
    let bell = program("circuits/qis/bell");
    let session = client.create_session(&SessionRequest { backend: "simulator".to_owned(), settings: None }).await.unwrap().id;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(client.submit(&JobRequest { session_id: Some(session.clone()), ..job(&bell, "simulator") }).await.unwrap());
    }
    ids.reverse(); // newest first
    let page = |next: Option<String>| {
        let query = Query::default().with("session_id", &session).with("limit", "2");
        client.jobs(next.map_or(query.clone(), |next| query.with("next", next)))
    };
    let (first, next) = page(None).await.unwrap();
    let (second, next) = page(next).await.unwrap();
    let (third, next) = page(next).await.unwrap();
    assert_eq!(next, None);
    let listed: Vec<_> = [first, second, third].into_iter().flatten().map(|job| job.id).collect();
    assert_eq!(listed, ids);
    let (some, _) = client.jobs(Query::default().with("ids", ids[1..3].join(","))).await.unwrap();
    assert_eq!(some.into_iter().map(|job| job.id).collect::<Vec<_>>(), ids[1..3]);
    assert_eq!(client.jobs(Query::default().with("status", "queued")).await.unwrap().0.len(), 0);
    assert_eq!(status(&client.jobs(Query::default().with("limit", "many")).await.unwrap_err()), Some(400));
}

async fn cancel_and_delete(client: &Client, other: &Client) {
    let bell = program("circuits/qis/bell");
    let ids = [other.submit(&job(&bell, "simulator")).await.unwrap(), other.submit(&job(&bell, "simulator")).await.unwrap()];
    let waiting = other.job(&ids[0]).await.unwrap();
    assert_eq!(waiting.status, JobStatus::Ready);
    assert_eq!(status(&other.result(&waiting).await.unwrap_err()), Some(404), "there are no results yet");
    let late = other.wait(&ids[0], Duration::ZERO).await.unwrap_err();
    assert!(late.is_timeout() && late.is_retryable(), "{late}");
    other.cancel(&ids[0]).await.unwrap();
    assert!(matches!(other.wait(&ids[0], SOON).await, Err(ClientError::JobCanceled { .. })));
    other.cancel_all(&ids).await.unwrap();
    assert_eq!(other.job(&ids[1]).await.unwrap().status, JobStatus::Canceled);
    // A completed job stays completed, and keeps its results.
    let id = client.submit(&job(&bell, "simulator")).await.unwrap();
    client.wait(&id, SOON).await.unwrap();
    client.cancel(&id).await.unwrap();
    let done = client.job(&id).await.unwrap();
    assert_eq!(done.status, JobStatus::Completed);
    assert!(client.result(&done).await.is_ok());
    client.delete(&id).await.unwrap();
    assert_eq!(status(&client.job(&id).await.unwrap_err()), Some(404));
    let id = client.submit(&job(&bell, "simulator")).await.unwrap();
    let unknown = other.delete_all(&[ids[0].clone(), id.clone()]).await.unwrap_err();
    assert_eq!(status(&unknown), Some(404), "that job is in the other cloud");
    assert!(other.job(&ids[0]).await.is_ok(), "an unknown id among several changes nothing");
    other.delete_all(&ids).await.unwrap();
    assert_eq!(other.jobs(Query::default()).await.unwrap().0.len(), 0);
}

fn key() -> ApiKey {
    ApiKey::new("right")
}

/// Only [`key`] is accepted.
fn cloud() -> paultrap::cloud::Builder {
    Cloud::builder().api_key(key())
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn the_conversation_holds_over_the_embedded_transport() {
    let client = |builder: paultrap::cloud::Builder| embedded::client(&builder.start()).key(key());
    converse(client(cloud()), client(cloud().queue_time(HOUR))).await;
}

#[tokio::test]
async fn the_conversation_holds_over_wiremock() {
    let (one, two) = (MockCloud::with(cloud()).await, MockCloud::with(cloud().queue_time(HOUR)).await);
    let client = |cloud: &MockCloud| Client::new(Https::new(&cloud.url()).unwrap()).key(key());
    converse(client(&one), client(&two)).await;
}

#[tokio::test]
async fn the_conversation_holds_over_http() {
    async fn serve(builder: paultrap::cloud::Builder) -> (Client, tokio::sync::oneshot::Sender<()>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let cloud = builder.start();
        tokio::spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            http::serve(listener, cloud, http::Options::default(), stop).await
        });
        (Client::new(Https::new(&url).unwrap()).key(key()), stop)
    }
    let ((one, _stop_one), (two, _stop_two)) = (serve(cloud()).await, serve(cloud().queue_time(HOUR)).await);
    converse(one, two).await;
}
