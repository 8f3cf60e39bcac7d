//! What a job came to, in every form in which it can be downloaded.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::api::{ApiKey, Format, Method, Query, Reply, Request};
use paultrap::circuit::{CircuitJson, Program, read_qasm3};
use paultrap::cloud::{Clock, Cloud};
use paultrap::outcome::Seed;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

fn fetch(cloud: &Cloud, path: &str) -> Reply {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    cloud.handle(&Request::new(Method::Get, path).key(Some(ApiKey::new("any"))).query(Query::parse(query)))
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&reply.body)))
}

fn get(cloud: &Cloud, path: &str) -> Value {
    let reply = fetch(cloud, path);
    assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
    json_of(&reply)
}

fn refused(cloud: &Cloud, path: &str) -> (u16, String) {
    let reply = fetch(cloud, path);
    let body = json_of(&reply);
    assert_eq!(body["statusCode"], reply.status, "{path}: {body}");
    (reply.status, body["message"].as_str().unwrap().to_owned())
}

fn post(cloud: &Cloud, body: &Value) -> String {
    let reply = cloud.handle(&Request::new(Method::Post, "/v0.4/jobs").key(Some(ApiKey::new("any"))).json(body));
    assert_eq!(reply.status, 201, "{}", json_of(&reply));
    json_of(&reply)["id"].as_str().unwrap().to_owned()
}

fn cloud() -> Cloud {
    let clock = Clock::tokio().starting_at("2026-03-04T05:06:07.089Z".parse().unwrap());
    Cloud::builder().clock(clock).seed(Seed(42)).start()
}

/// Until every job has ended.
async fn finished(cloud: &Cloud) {
    while cloud.unfinished() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Qubit 1 is turned over, qubit 0 half way, of three.
fn circuit() -> Value {
    json!([{"gate": "h", "target": 0}, {"gate": "x", "target": 1}])
}

fn job(more: Value) -> Value {
    let mut body = json!({"type": "ionq.circuit.v1", "backend": "simulator", "shots": 200, "input": {"qubits": 3, "circuit": circuit()}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn several() -> Value {
    json!({"type": "ionq.multi-circuit.v1", "input": {"qubits": 3, "circuits": [{"circuit": circuit()}, {"circuit": [{"gate": "x", "target": 2}]}]}})
}

const MEASURED: &str =
    "OPENQASM 3.0; include \"stdgates.inc\"; qubit[2] q; bit[2] a; bit b; h q[0]; b = measure q[0]; x q[1]; a = measure q;";

/// Every descriptor in the job, wherever it is.
fn descriptors(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(fields) if fields.contains_key("media_type") => vec![value.clone()],
        Value::Object(fields) => fields.values().flat_map(descriptors).collect(),
        Value::Array(items) => items.iter().flat_map(descriptors).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_a_job_lists_can_be_fetched_and_is_what_its_schema_says() {
    let cloud = cloud();
    let jobs = [
        job(json!({})),
        job(json!({"noise": {"model": "aria-1", "seed": 3}})),
        job(json!({"backend": "qpu.forte-1"})),
        job(json!({"backend": "qpu.aria-1", "shots": 1000})),
        job(json!({"backend": "qpu.aria-1", "dry_run": true})),
        job(several()),
        job(several().as_object().unwrap().clone().into_iter().chain([("backend".to_owned(), json!("qpu.forte-1"))]).collect()),
        job(json!({"type": "ionq.qasm3.v1", "noise": {"model": "aria-1"}, "input": {"data": MEASURED}})),
        job(json!({"type": "ionq.qasm3.v1", "backend": "qpu.aria-1", "dry_run": true, "input": {"data": MEASURED}})),
    ];
    let mut ids: Vec<String> = jobs.iter().map(|body| post(&cloud, body)).collect();
    finished(&cloud).await;
    let children: Vec<String> = ids
        .iter()
        .filter_map(|id| get(&cloud, &format!("/v0.4/jobs/{id}"))["child_job_ids"].as_array().cloned())
        .flatten()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    ids.extend(children);
    let mut seen = BTreeSet::new();
    for id in &ids {
        let job = get(&cloud, &format!("/v0.4/jobs/{id}"));
        assert_eq!(job["status"], "completed", "{job}");
        for link in descriptors(&job) {
            let (format, artifact) = (link["format"].as_str().unwrap(), link["id"].as_str().unwrap());
            let reply = fetch(&cloud, &format!("/v0.4/jobs/{id}/artifacts/{artifact}"));
            assert_eq!(reply.status, 200, "{link}: {}", String::from_utf8_lossy(&reply.body));
            assert!(reply.media_type.starts_with(link["media_type"].as_str().unwrap()), "{link}: {}", reply.media_type);
            let is_text = link["media_type"] == "text/plain";
            let payload = if is_text { String::from_utf8(reply.body.clone()).unwrap().into() } else { json_of(&reply) };
            let schema = get(&cloud, &format!("/v0.4/schemas/formats/{format}"));
            let errors: Vec<_> = jsonschema::validator_for(&schema).unwrap().iter_errors(&payload).map(|error| error.to_string()).collect();
            assert_eq!(errors, [""; 0], "{format}: {payload}");
            if let Some(url) = link.get("url") {
                assert_eq!(fetch(&cloud, url.as_str().unwrap()), reply, "{link}");
            }
            seen.insert(format.to_owned());
        }
    }
    assert_eq!(seen, Format::ALL.map(|format| format.id().to_owned()).into(), "every format has been seen");
}

#[tokio::test(start_paused = true)]
async fn results_have_one_shape_for_each_revision_and_list_no_more_than_there_is() {
    let cloud = cloud();
    let ideal = post(&cloud, &job(json!({})));
    let counted = post(&cloud, &job(json!({"noise": {"model": "aria-1"}})));
    let dry = post(&cloud, &job(json!({"backend": "qpu.aria-1", "dry_run": true})));
    finished(&cloud).await;
    insta::assert_json_snapshot!("ideal_results", get(&cloud, &format!("/v0.4/jobs/{ideal}"))["results"]);
    insta::assert_json_snapshot!("counted_results", get(&cloud, &format!("/v0.4/jobs/{counted}"))["results"]);
    assert_eq!(get(&cloud, &format!("/v0.4/jobs/{dry}"))["results"], Value::Null);
    for id in [&ideal, &counted] {
        for word in ["histogram", "shots"] {
            let listed = get(&cloud, &format!("/v0.4/jobs/{id}"))["results"].get(word).is_some();
            assert_eq!(fetch(&cloud, &format!("/v0.4/jobs/{id}/artifacts/{word}")).status == 200, listed, "{word}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn qubit_0_is_the_last_digit_of_a_key_and_the_first_bit_of_a_shot() {
    let cloud = cloud();
    let ideal = post(&cloud, &job(json!({})));
    let native =
        json!({"gateset": "native", "qubits": 3, "circuit": [{"gate": "nop", "target": 0}, {"gate": "gpi", "target": 1, "phase": 0.0}]});
    let quiet = post(&cloud, &job(json!({"noise": {"model": "forte-1"}, "shots": 4, "input": native})));
    finished(&cloud).await;
    let results = |id: &str| get(&cloud, &format!("/v0.4/jobs/{id}"))["results"].clone();
    let artifact = |id: &str, format: Format| {
        let artifact = results(id)[format.id()]["id"].as_str().unwrap().to_owned();
        get(&cloud, &format!("/v0.4/jobs/{id}/artifacts/{artifact}"))
    };
    let probabilities = artifact(&ideal, Format::Probabilities);
    assert_eq!(probabilities.as_object().unwrap().keys().collect::<Vec<_>>(), ["2", "3"]);
    let registers = &artifact(&ideal, Format::ProbabilitiesV2)["probabilities"]["registers"];
    assert_eq!(registers.as_object().unwrap().len(), 1);
    for (key, bits) in [("2", "010"), ("3", "011")] {
        approx::assert_abs_diff_eq!(probabilities[key].as_f64().unwrap(), 0.5, epsilon = 1e-15);
        assert_eq!(registers["output_all"][bits], probabilities[key]);
    }
    assert_eq!(artifact(&quiet, Format::HistogramV2), json!({"histogram": {"registers": {"output_all": {"010": 4}}}}));
    assert_eq!(artifact(&quiet, Format::Shots), json!(["2", "2", "2", "2"]));
    let shot = json!({"registers": {"output_all": [0, 1, 0]}});
    assert_eq!(artifact(&quiet, Format::ShotsV2), json!({"shots": [shot, shot, shot, shot]}));
}

#[tokio::test(start_paused = true)]
async fn ids_of_artifacts_are_words_or_uuids_that_differ_from_job_to_job_and_are_the_same_every_time() {
    let cloud = cloud();
    let jobs = [0, 1].map(|_| post(&cloud, &job(json!({"backend": "qpu.aria-1"}))));
    finished(&cloud).await;
    let ids = |job: &str| -> Vec<String> {
        let links = descriptors(&get(&cloud, &format!("/v0.4/jobs/{job}")));
        links.iter().filter(|link| link.get("url").is_none()).map(|link| link["id"].as_str().unwrap().to_owned()).collect()
    };
    let [first, second] = [ids(&jobs[0]), ids(&jobs[1])];
    assert_eq!((first.len(), &first), (first.iter().collect::<BTreeSet<_>>().len(), &ids(&jobs[0])));
    for (a, b) in first.iter().zip(&second) {
        match uuid::Uuid::try_parse(a) {
            Ok(_) => assert_ne!(a, b),
            Err(_) => assert!(["probabilities", "histogram", "shots"].contains(&a.as_str()) && a == b, "{a} {b}"),
        }
    }
    let foreign = second.iter().find(|id| uuid::Uuid::try_parse(id).is_ok()).unwrap();
    let (status, message) = refused(&cloud, &format!("/v0.4/jobs/{}/artifacts/{foreign}", jobs[0]));
    assert!(status == 404 && message.contains(foreign) && message.contains("there is probabilities, histogram, shots, "), "{message}");
}

#[tokio::test(start_paused = true)]
async fn the_compiled_circuit_is_native_and_the_same_in_both_languages() {
    let cloud = cloud();
    let runs =
        [json!({"backend": "qpu.aria-1"}), json!({"noise": {"model": "forte-1"}}), json!({"backend": "qpu.forte-1", "dry_run": true})];
    for more in runs {
        let id = post(&cloud, &job(more.clone()));
        finished(&cloud).await;
        let circuits = &get(&cloud, &format!("/v0.4/jobs/{id}"))["output"]["compilation"]["compiled_circuits"];
        let artifact =
            |format: Format| fetch(&cloud, &format!("/v0.4/jobs/{id}/artifacts/{}", circuits[format.id()]["id"].as_str().unwrap()));
        let native = json_of(&artifact(Format::Native));
        assert_eq!(native.as_object().unwrap().keys().collect::<Vec<_>>(), ["circuit", "qubits"], "{native}");
        let text = artifact(Format::Qasm3);
        assert_eq!(text.media_type, "text/plain; charset=utf-8");
        let text = String::from_utf8(text.body).unwrap();
        // Both say what the submitted circuit gives: qubit 0 half, qubit 1 one.
        let native: CircuitJson = serde_json::from_value(native).unwrap();
        for program in [native.program(Some("native"), None).unwrap(), Program::from(read_qasm3(&text).unwrap())] {
            let outcome = paultrap::run::run(&program, &Default::default(), paultrap::simulate::Memory::shared()).unwrap();
            approx::assert_abs_diff_eq!(outcome.probabilities.get(0b010), 0.5, epsilon = 1e-12);
            approx::assert_abs_diff_eq!(outcome.probabilities.get(0b011), 0.5, epsilon = 1e-12);
        }
        // As it was before there were artifacts: text in a JSON string.
        assert_eq!(get(&cloud, &format!("/v0.4/jobs/{id}/circuits/qasm3")), json!(text), "{more}");
        let native = get(&cloud, &format!("/v0.4/jobs/{id}/circuits/native"));
        assert_eq!(serde_json::from_str::<Value>(native.as_str().unwrap()).unwrap(), json_of(&artifact(Format::Native)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_without_a_compiled_circuit_says_why() {
    let cloud = cloud();
    let ideal = post(&cloud, &job(json!({})));
    let failed = post(&cloud, &job(json!({"backend": "qpu.aria-1", "input": {"qubits": 26, "circuit": circuit()}})));
    let parent = post(&cloud, &job(several()));
    let why = |id: &str| refused(&cloud, &format!("/v0.4/jobs/{id}/circuits/native"));
    assert!(why(&ideal).1.ends_with("it is still ready"));
    finished(&cloud).await;
    for (id, reason) in [
        (&ideal, "the simulator without noise runs circuits as they are"),
        (&failed, "it failed, the circuit has 26 qubits, backend qpu.aria-1 has 25"),
        (&parent, "its child jobs have one each"),
    ] {
        assert_eq!(why(id), (404, format!("job {id} has no compiled circuit: {reason}")));
        assert_eq!(get(&cloud, &format!("/v0.4/jobs/{id}"))["output"], json!({}));
    }
    let (status, message) = refused(&cloud, &format!("/v0.4/jobs/{ideal}/circuits/python"));
    assert_eq!((status, message.as_str()), (404, "there are no circuits in \"python\", allowed are native, qasm3"));
    assert_eq!(refused(&cloud, "/v0.4/jobs/nonsense/circuits/native").0, 404);
    assert_eq!(refused(&cloud, "/v0.4/jobs/nonsense/artifacts/probabilities").0, 404);
}

#[tokio::test(start_paused = true)]
async fn sharpen_and_aggregation_are_taken_everywhere_and_refused_by_name_when_they_make_no_sense() {
    let cloud = cloud();
    let single = post(&cloud, &job(json!({"noise": {"model": "aria-1"}})));
    let parent = post(&cloud, &job(several()));
    finished(&cloud).await;
    let paths = [
        format!("/v0.4/jobs/{single}/results/probabilities"),
        format!("/v0.4/jobs/{single}/results/histogram"),
        format!("/v0.4/jobs/{single}/artifacts/probabilities"),
        format!("/v0.4/jobs/{parent}/results/probabilities/aggregated"),
        format!("/v0.4/jobs/{parent}/results/probabilities"),
    ];
    for path in &paths {
        let plain = get(&cloud, path);
        // Nothing was debiased: there is nothing to sharpen.
        for query in
            ["sharpen=True", "sharpen=false", "sharpen=TRUE", "aggregation=voting", "aggregation=dnl", "sharpen=true&aggregation=average"]
        {
            assert_eq!(get(&cloud, &format!("{path}?{query}")), plain, "{path}?{query}");
        }
        for (query, name, allowed) in [
            ("sharpen=yes", "sharpen", "true or false"),
            ("sharpen=", "sharpen", "true or false"),
            ("aggregation=mean", "aggregation", "one of average, voting, majority, dnl"),
        ] {
            let reply = fetch(&cloud, &format!("{path}?{query}"));
            let body = json_of(&reply);
            assert_eq!((reply.status, &body["validation"]), (400, &json!({"keys": [name], "source": "query"})), "{path}?{query}");
            assert!(body["message"].as_str().unwrap().ends_with(&format!("{allowed} is needed")), "{body}");
        }
    }
    let ids: Vec<Value> = get(&cloud, &format!("/v0.4/jobs/{parent}"))["child_job_ids"].as_array().unwrap().clone();
    let text = String::from_utf8(fetch(&cloud, &format!("{}?sharpen=true", paths[3])).body).unwrap();
    let places: Vec<_> = ids.iter().map(|id| text.find(id.as_str().unwrap()).unwrap()).collect();
    assert!(places.is_sorted() && places.len() == 2, "circuits keep their order: {text}");
}

#[tokio::test(start_paused = true)]
async fn a_schema_says_whose_it_is_and_a_format_that_is_none_is_answered_with_the_list() {
    let cloud = cloud();
    for format in Format::ALL {
        assert_eq!(get(&cloud, &format!("/v0.4/schemas/formats/{}", format.id()))["$id"], format.id());
    }
    let (status, message) = refused(&cloud, "/v0.4/schemas/formats/ionq.result.shots.json.v3");
    assert!(status == 404 && message.contains("ionq.result.shots.json.v2, "), "{message}");
}
