//! What debiasing did to a job, as the service tells it: the variants are added up again here.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::api::{ApiKey, Method, Query, Request};
use paultrap::cloud::{Clock, Cloud};
use paultrap::outcome::Seed;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

fn get(cloud: &Cloud, path: &str) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let reply = cloud.handle(&Request::new(Method::Get, path).key(Some(ApiKey::new("any"))).query(Query::parse(query)));
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

fn ok(cloud: &Cloud, path: &str) -> Value {
    let (status, body) = get(cloud, path);
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// Four entangled qubits on a device, 1000 shots.
fn ghz() -> Value {
    let chain = (1..4).map(|qubit| json!({"gate": "cnot", "control": qubit - 1, "target": qubit}));
    std::iter::once(json!({"gate": "h", "target": 0})).chain(chain).collect()
}

fn job(debiasing: Option<bool>) -> Value {
    let settings = json!({"error_mitigation": {"debiasing": debiasing}});
    json!({"type": "ionq.circuit.v1", "backend": "qpu.aria-1", "shots": 1000, "settings": settings, "input": {"qubits": 4, "circuit": ghz()}})
}

async fn done(jobs: &[Value]) -> (Cloud, Vec<String>) {
    let cloud = Cloud::builder().clock(Clock::tokio()).seed(Seed(7)).start();
    let mut ids = Vec::new();
    for job in jobs {
        let reply = cloud.handle(&Request::new(Method::Post, "/v0.4/jobs").key(Some(ApiKey::new("any"))).json(job));
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(reply.status, 201, "{body}");
        ids.push(body["id"].as_str().unwrap().to_owned());
    }
    while cloud.unfinished() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    (cloud, ids)
}

type Histogram = BTreeMap<String, u64>;

fn histogram(body: Value) -> Histogram {
    serde_json::from_value(body).unwrap()
}

/// The variants of a job as it lists them, and each one's histogram by its path.
fn variants(cloud: &Cloud, id: &str) -> Vec<(Value, Histogram)> {
    let variants =
        ok(cloud, &format!("/v0.4/jobs/{id}"))["output"]["error_mitigation"]["debiasing"]["variants"].as_array().unwrap().clone();
    let path = |variant: &Value| format!("/v0.4/jobs/{id}/variants/{}/results/histogram", variant["variant_id"].as_str().unwrap());
    variants.into_iter().map(|variant| (variant.clone(), histogram(ok(cloud, &path(&variant))))).collect()
}

#[tokio::test(start_paused = true)]
async fn the_variants_of_a_job_add_up_to_its_results_and_are_on_qubits_of_their_own() {
    let (cloud, ids) = done(&[job(None)]).await;
    let id = &ids[0];
    let variants = variants(&cloud, id);
    let mut sum = Histogram::new();
    for (variant, histogram) in &variants {
        assert_eq!(histogram.values().sum::<u64>(), variant["shots"].as_u64().unwrap());
        histogram.iter().for_each(|(key, count)| *sum.entry(key.clone()).or_default() += count);
    }
    assert_eq!(sum.values().sum::<u64>(), 1000);
    assert_eq!(histogram(ok(&cloud, &format!("/v0.4/jobs/{id}/results/histogram"))), sum);
    let mut maps: Vec<_> = variants.iter().map(|(variant, _)| variant["qubit_map"].to_string()).collect();
    let mut variant_ids: Vec<_> = variants.iter().map(|(variant, _)| variant["variant_id"].to_string()).collect();
    for list in [&mut maps, &mut variant_ids] {
        list.sort();
        list.dedup();
        assert!(list.len() == variants.len() && list.len() > 10);
    }
}

#[tokio::test(start_paused = true)]
async fn a_variant_has_the_same_results_by_path_and_by_artifact() {
    let (cloud, ids) = done(&[job(Some(true))]).await;
    let id = &ids[0];
    let (variant, histogram) = &variants(&cloud, id)[3];
    let base = format!("/v0.4/jobs/{id}/variants/{}/results", variant["variant_id"].as_str().unwrap());
    let artifact = |format: &str| {
        let artifact = variant["results"][format]["id"].as_str().unwrap();
        ok(&cloud, &format!("/v0.4/jobs/{id}/artifacts/{artifact}"))
    };
    let shots = variant["shots"].as_f64().unwrap();
    let probabilities: BTreeMap<String, f64> = serde_json::from_value(ok(&cloud, &format!("{base}/probabilities"))).unwrap();
    let counts = &artifact("ionq.result.histogram.json.v2")["histogram"]["registers"]["output_all"];
    for (key, count) in histogram {
        approx::assert_abs_diff_eq!(probabilities[key], *count as f64 / shots, epsilon = 1e-15);
        assert_eq!(counts[format!("{:04b}", key.parse::<u64>().unwrap())], json!(count));
    }
    let list: Vec<String> = serde_json::from_value(ok(&cloud, &format!("{base}/shots"))).unwrap();
    let mut counted = Histogram::new();
    list.into_iter().for_each(|outcome| *counted.entry(outcome).or_default() += 1);
    assert_eq!(&counted, histogram);
    assert_eq!(artifact("ionq.result.shots.json.v2")["shots"].as_array().unwrap().len() as f64, shots);
}

#[tokio::test(start_paused = true)]
async fn sharpened_results_are_one_vote_of_each_variant() {
    let parent = json!({"type": "ionq.multi-circuit.v1", "backend": "qpu.aria-1", "shots": 1000,
        "input": {"circuits": [{"circuit": ghz(), "qubits": 4}, {"circuit": [{"gate": "x", "target": 1}], "qubits": 2}]}});
    let (cloud, ids) = done(&[job(None), parent]).await;
    let id = &ids[0];
    let variants = variants(&cloud, id);
    let mut votes = BTreeMap::<String, f64>::new();
    for (_, histogram) in &variants {
        let most = histogram.values().max().unwrap();
        let winners: Vec<_> = histogram.iter().filter(|(_, count)| *count == most).collect();
        winners.iter().for_each(|(key, _)| *votes.entry((*key).clone()).or_default() += 1.0 / (winners.len() * variants.len()) as f64);
    }
    let base = format!("/v0.4/jobs/{id}/results/probabilities");
    let plain = ok(&cloud, &base);
    assert!(plain.as_object().unwrap().len() > votes.len(), "there is noise to be voted away");
    for query in ["sharpen=True", "sharpen=true", "aggregation=voting", "sharpen=false&aggregation=voting"] {
        let sharpened: BTreeMap<String, f64> = serde_json::from_value(ok(&cloud, &format!("{base}?{query}"))).unwrap();
        assert_eq!(sharpened.keys().collect::<Vec<_>>(), votes.keys().collect::<Vec<_>>(), "{query}");
        sharpened.iter().for_each(|(key, share)| approx::assert_abs_diff_eq!(*share, votes[key], epsilon = 1e-12));
    }
    for query in ["sharpen=False", "aggregation=average", "sharpen=true&aggregation=average"] {
        assert_eq!(ok(&cloud, &format!("{base}?{query}")), plain, "{query}");
    }
    // The artifacts say the same in counts of all shots.
    let aggregations = &ok(&cloud, &format!("/v0.4/jobs/{id}"))["output"]["error_mitigation"]["aggregations"];
    assert_eq!(aggregations.as_object().unwrap().keys().collect::<Vec<_>>(), ["average", "dnl", "majority", "voting"]);
    let voted = aggregations["voting"]["id"].as_str().unwrap();
    let voted = ok(&cloud, &format!("/v0.4/jobs/{id}/artifacts/{voted}"))["histogram"]["registers"]["output_all"].clone();
    for (key, count) in histogram(voted) {
        let share = votes[&u64::from_str_radix(&key, 2).unwrap().to_string()];
        assert!((count as f64 - 1000.0 * share).abs() <= 1.0, "{key}: {count} of {share}");
    }
    // Of several circuits each is sharpened by its own variants.
    let children = ok(&cloud, &format!("/v0.4/jobs/{}/results/probabilities/aggregated?sharpen=True", ids[1]));
    let listed = ok(&cloud, &format!("/v0.4/jobs/{}", ids[1]))["child_job_ids"].clone();
    let second = &children[listed[1].as_str().unwrap()];
    assert_eq!(second.as_object().unwrap().keys().collect::<Vec<_>>(), ["2"]);
    approx::assert_abs_diff_eq!(second["2"].as_f64().unwrap(), 1.0, epsilon = 1e-12);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_not_debiased_has_no_variants_and_says_so() {
    let (cloud, ids) = done(&[job(Some(false)), job(None)]).await;
    let plain = ok(&cloud, &format!("/v0.4/jobs/{}", ids[0]));
    assert_eq!(plain["output"].get("error_mitigation"), None);
    let variant = variants(&cloud, &ids[1])[0].0["variant_id"].as_str().unwrap().to_owned();
    for (path, why) in [
        (format!("{}/variants/{variant}/results/histogram", ids[0]), "the job was not debiased"),
        (format!("{}/variants/first/results/histogram", ids[1]), "output.error_mitigation lists the variants"),
        (format!("{}/variants/{variant}/results/amplitudes", ids[1]), "results of variants are probabilities, histogram, shots"),
    ] {
        let (status, body) = get(&cloud, &format!("/v0.4/jobs/{path}"));
        assert!(status == 404 && body["message"].as_str().unwrap().ends_with(why), "{path}: {body}");
    }
}
