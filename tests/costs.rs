//! What jobs cost, would cost and came to, in virtual time. The sums are written out by hand, from `fixtures/prices.toml`.
#![allow(clippy::unwrap_used)] // a test may panic

#[path = "support/service.rs"]
#[allow(dead_code)]
mod service;

use approx::assert_abs_diff_eq;
use paultrap::api::{ApiKey, Method};
use paultrap::cloud::Clock;
use serde_json::{Value, json};
use service::{Service, builder, flip, multi, seconds, single, text, with};

/// The least a circuit costs on a device.
const LEAST: f64 = 12.4166;

/// 30 gates on one qubit and 20 on two: 5000 shots of them cost 5000 × (30 × 0.00022 + 20 × 0.000975) = 130.5 dollars.
fn dear() -> Value {
    let one = json!({"gate": "h", "target": 0});
    let two = json!({"gate": "cnot", "control": 0, "target": 1});
    let circuit: Vec<Value> = std::iter::repeat_n(one, 30).chain(std::iter::repeat_n(two, 20)).collect();
    with(&single("qpu.aria-1", Value::Array(circuit)), json!({"shots": 5000}))
}

fn cost(service: &Service, id: &str) -> Value {
    service.get(&format!("/jobs/{id}/cost"))
}

fn usd(value: f64) -> Value {
    json!({"value": value, "unit": "usd"})
}

#[tokio::test(start_paused = true)]
async fn a_job_is_estimated_from_the_beginning_and_billed_at_its_end() {
    let service = Service::from(builder());
    let id = service.submit(&dear());
    assert_eq!(cost(&service, &id), json!({"dry_run": false, "estimated_cost": usd(130.5)}));
    seconds(4.0).await;
    assert_eq!(cost(&service, &id), json!({"dry_run": false, "estimated_cost": usd(130.5), "cost": usd(130.5)}));
    let debiasing = |on: bool| json!({"shots": 500, "settings": {"error_mitigation": {"debiasing": on}}});
    for (body, expected) in [
        (single("qpu.aria-1", flip(0)), LEAST),
        (with(&single("qpu.aria-1", flip(0)), debiasing(true)), 97.5),
        (with(&single("qpu.aria-1", flip(0)), debiasing(false)), LEAST),
        (with(&single("qpu.aria-1", flip(0)), json!({"shots": 500})), 97.5), // what is debiased unasked costs as much
        (with(&single("simulator", flip(0)), debiasing(true)), 0.0),
        (single("simulator", flip(0)), 0.0),
        (with(&single("simulator", flip(0)), json!({"noise": {"model": "aria-1"}})), 0.0),
    ] {
        let id = service.submit(&body);
        seconds(4.0).await;
        assert_eq!(cost(&service, &id), json!({"dry_run": false, "estimated_cost": usd(expected), "cost": usd(expected)}), "{body}");
    }
    assert_eq!(service.status(Method::Get, "/jobs/nonsense/cost"), 404);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_run_is_not_billed() {
    let service = Service::from(builder());
    let dry = service.submit(&with(&dear(), json!({"dry_run": true})));
    seconds(4.0).await;
    assert_eq!(service.job(&dry)["status"], "completed");
    assert_eq!(cost(&service, &dry), json!({"dry_run": true, "estimated_cost": usd(130.5)}));
    let canceled = service.submit(&dear());
    seconds(1.5).await;
    assert_eq!(service.status(Method::Put, &format!("/jobs/{canceled}/status/cancel")), 200);
    assert_eq!(cost(&service, &canceled), json!({"dry_run": false, "estimated_cost": usd(130.5), "cost": usd(0.0)}));
    let failed = service.submit(&json!({"type": "ionq.circuit.v1", "backend": "qpu.aria-1", "input": {"qubits": 26, "circuit": []}}));
    assert_eq!(cost(&service, &failed)["cost"], usd(0.0));
}

#[tokio::test(start_paused = true)]
async fn a_job_of_several_circuits_costs_what_those_cost_that_were_run() {
    let service = Service::from(builder());
    let mut asked = multi("qpu.aria-1", [dear()["input"]["circuit"].clone(), flip(0), flip(1)]);
    asked = with(&asked, json!({"shots": 5000, "settings": {"error_mitigation": {"debiasing": false}}}));
    let id = service.submit(&asked);
    let kids = service.children(&id);
    let all = 130.5 + 2.0 * LEAST;
    assert_eq!(cost(&service, &id), json!({"dry_run": false, "estimated_cost": usd(all)}));
    assert_eq!(service.status(Method::Put, &format!("/jobs/{}/status/cancel", kids[2])), 200);
    seconds(4.0).await;
    let bills: Vec<f64> = kids.iter().map(|kid| cost(&service, kid)["cost"]["value"].as_f64().unwrap()).collect();
    assert_eq!(bills, [130.5, LEAST, 0.0]);
    let sum = json!({"dry_run": false, "estimated_cost": usd(all), "cost": usd(130.5 + LEAST)});
    assert_eq!(cost(&service, &id), sum);
    // A circuit that is deleted afterwards has been run all the same.
    assert_eq!(service.status(Method::Delete, &format!("/jobs/{}", kids[0])), 200);
    assert_eq!(cost(&service, &id), sum);
}

#[tokio::test(start_paused = true)]
async fn a_job_says_how_it_is_billed_and_how_long_a_quantum_computer_is_at_it() {
    let service = Service::from(builder());
    let (counted, free) = (service.submit(&dear()), service.submit(&single("simulator", flip(0))));
    let field = |id: &str, key: &str| service.job(id)["stats"].get(key).cloned();
    // 5000 × (30 × 135 + 20 × 600 + 300 + 20) microseconds
    assert_eq!(field(&counted, "predicted_quantum_compute_time_us"), Some(json!(81_850_000)));
    assert_eq!(field(&counted, "billed_quantum_compute_time_us"), None);
    seconds(4.0).await;
    assert_eq!(field(&counted, "billed_quantum_compute_time_us"), Some(json!(81_850_000)));
    assert_eq!(field(&free, "billed_quantum_compute_time_us"), Some(json!(0)));
    assert_eq!((&service.job(&counted)["cost_model"], &service.job(&free)["cost_model"]), (&json!("2QGE_operations"), &json!("QCT")));
    let listed = service.get("/jobs");
    assert_eq!(listed["jobs"][1]["stats"], service.job(&counted)["stats"]);
    // The contract's numbers have 32 bits; what does not fit is the largest that does.
    let long = service.submit(&with(&dear(), json!({"shots": 1_000_000, "dry_run": true})));
    assert_eq!(field(&long, "predicted_quantum_compute_time_us"), Some(json!(i32::MAX)));
}

#[tokio::test(start_paused = true)]
async fn an_estimate_has_the_names_of_both_revisions_and_the_price_of_the_job_that_it_describes() {
    let service = Service::from(builder());
    let asked = "backend=qpu.aria-1&qubits=2&shots=5000&1q_gates=30&2q_gates=20&error_mitigation=false&session=true";
    let estimate = service.get(&format!("/jobs/estimate?{asked}"));
    insta::assert_json_snapshot!("estimate", estimate);
    let id = service.submit(&dear());
    assert_eq!(cost(&service, &id)["estimated_cost"]["value"], estimate["estimated_total_cost"]);
    let stats = service.job(&id)["stats"].clone();
    assert_eq!(stats["predicted_quantum_compute_time_us"], estimate["estimated_quantum_compute_time_us"]);
    insta::assert_json_snapshot!("free_estimate", service.get("/jobs/estimate?backend=simulator"));
    let mitigated = service.get(&format!("/jobs/estimate?{asked}&error_mitigation=True&shots=1"));
    assert_eq!((&mitigated["estimated_cost"], &mitigated["input_values"]["error_mitigation"]), (&json!(97.5), &json!(true)));
    let huge = service.get("/jobs/estimate?backend=qpu&shots=1000000&1q_gates=0&2q_gates=2147483647");
    assert_abs_diff_eq!(huge["estimated_cost"].as_f64().unwrap(), u64::MAX as f64 / 1e9, epsilon = 1.0);
}

#[tokio::test(start_paused = true)]
async fn an_estimate_that_makes_no_sense_is_refused_by_parameter() {
    let service = Service::from(builder());
    for (query, field) in [
        ("", "backend"),
        ("backend=qpu.nowhere", "backend"),
        ("backend=qpu.aria-1&shots=0", "shots"),
        ("backend=qpu.aria-1&shots=1000001", "shots"),
        ("backend=qpu.aria-1&qubits=0", "qubits"),
        ("backend=qpu.aria-1&qubits=2.5", "qubits"),
        ("backend=qpu.aria-1&1q_gates=-1", "1q_gates"),
        ("backend=qpu.aria-1&2q_gates=2147483648", "2q_gates"),
        ("backend=qpu.aria-1&error_mitigation=1", "error_mitigation"),
        ("backend=qpu.aria-1&session=yes", "session"),
    ] {
        let (status, message, keys) = service.refused(Method::Get, &format!("/jobs/estimate?{query}"), &Value::Null);
        assert_eq!((status, keys), (400, vec![field.to_owned()]), "{query}: {message}");
    }
}

/// A cloud whose first job is done at the first second of a Monday and of March, with two projects.
fn march() -> (Service, Service) {
    let clock = Clock::tokio().starting_at("2027-02-28T23:59:58Z".parse().unwrap());
    let service = Service::from(builder().clock(clock).api_key(ApiKey::new("first")).api_key(ApiKey::new("second")));
    (service.with_key("first"), service.with_key("second"))
}

fn organization(service: &Service) -> String {
    text(&service.get("/sessions")["organization_id"])
}

fn usage(service: &Service, from: &str, to: &str, group: &str, modality: &str) -> Value {
    let query = format!("start_date={from}&end_date={to}&group_by={group}&modality={modality}");
    service.get(&format!("/organizations/{}/usage?{query}", organization(service)))
}

/// `from`, `job_count`, `amount` and `time_us` of each entry.
fn entries(report: &Value) -> Vec<(String, u64, f64, f64)> {
    let number = |value: &Value| value.as_f64().unwrap();
    let entry =
        |entry: &Value| (text(&entry["from"]), entry["job_count"].as_u64().unwrap(), number(&entry["amount"]), number(&entry["time_us"]));
    report["usage_data"].as_array().unwrap().iter().map(entry).collect()
}

const DAY: f64 = 86_400.0;

#[tokio::test(start_paused = true)]
async fn usage_counts_completed_jobs_by_day_week_and_month_and_those_of_all_projects() {
    let (first, second) = march();
    first.submit(&with(&single("simulator", flip(0)), json!({"name": "free"}))); // done at 00:00:01 on 1 March, a Monday
    let batch = first.submit(&with(&multi("qpu.aria-1", [flip(0), flip(1)]), json!({"name": "batch"})));
    first.submit(&with(&dear(), json!({"dry_run": true})));
    let canceled = first.submit(&dear());
    first.status(Method::Put, &format!("/jobs/{canceled}/status/cancel"));
    seconds(5.0 * DAY).await; // the next is done on 6 March, a Saturday
    let own = second.submit(&dear());
    seconds(2.0 * DAY).await; // on 8 March, the next Monday
    let late = first.submit(&dear());
    seconds(30.0 * DAY).await; // on 7 April
    first.submit(&dear());
    seconds(4.0).await;
    let (two, one) = (2.0 * LEAST, 130.5);
    // In microseconds, as they are billed: 5000 × (30 × 135 + 20 × 600 + 300 + 20), and twice 100 × (135 + 300 + 20).
    let (long, short) = (81_850_000.0, 91_000.0);
    let daily = usage(&first, "2027-03-01", "2027-03-08", "project", "daily");
    assert_eq!(
        entries(&daily),
        [("2027-03-08".to_owned(), 1, one, long), ("2027-03-06".to_owned(), 1, one, long), ("2027-03-01".to_owned(), 2, two, short),]
    );
    let weekly = usage(&first, "2027-03-01", "2027-04-30", "project", "weekly");
    let weeks = [("2027-04-05", 1, one, long), ("2027-03-08", 1, one, long), ("2027-03-01", 3, two + one, short + long)];
    assert_eq!(entries(&weekly), weeks.map(|(from, jobs, amount, time)| (from.to_owned(), jobs, amount, time)));
    let monthly = usage(&first, "2027-03-01", "2027-04-30", "project", "monthly");
    let months = [("2027-04-01", 1, one, long), ("2027-03-01", 4, two + 2.0 * one, short + 2.0 * long)];
    assert_eq!(entries(&monthly), months.map(|(from, jobs, amount, time)| (from.to_owned(), jobs, amount, time)));
    assert_eq!((&monthly["job_count"], &monthly["time_us_total"]), (&json!(5), &json!(short + 3.0 * long)));
    assert_abs_diff_eq!(monthly["amount_total"].as_f64().unwrap(), two + 3.0 * one, epsilon = 1e-9);
    // Both ends of the range count; the time it ends is that of the next midnight.
    assert_eq!(entries(&usage(&first, "2027-03-06", "2027-03-06", "user", "daily")).len(), 1);
    assert_eq!((&daily["usage_from"], &daily["usage_to"]), (&json!("2027-03-01T00:00:00Z"), &json!("2027-03-09T00:00:00Z")));
    assert_eq!(entries(&usage(&first, "2027-02-28", "2027-02-28", "user", "daily")), []);
    // What has been run has been run, whether its job is still there or not.
    for (service, id) in [(&first, &batch), (&first, &late), (&second, &own)] {
        assert_eq!(service.status(Method::Delete, &format!("/jobs/{id}")), 200);
    }
    assert_eq!(usage(&first, "2027-03-01", "2027-03-08", "project", "daily"), daily);
}

#[tokio::test(start_paused = true)]
async fn usage_lists_the_five_dearest_groups_by_job_project_or_user() {
    let (first, second) = march();
    let mut ids = Vec::new();
    for shots in [5000, 9000, 6000, 8000, 4000, 7000] {
        ids.push(first.submit(&with(&dear(), json!({"shots": shots, "name": format!("{shots} shots")}))));
    }
    second.submit(&dear());
    seconds(4.0).await;
    insta::assert_json_snapshot!("usage_by_project", usage(&first, "2027-03-01", "2027-03-01", "project", "daily"));
    let by_user = usage(&second, "2027-03-01", "2027-03-01", "user", "monthly");
    let users = by_user["usage_data"][0]["group_usages"].as_array().unwrap();
    assert_eq!(users.iter().map(|user| user["job_count"].as_u64().unwrap()).collect::<Vec<_>>(), [6, 1]);
    assert_eq!(users[1]["group_id"], second.get("/jobs")["jobs"][0]["submitter_id"]);
    let by_job = usage(&first, "2027-03-01", "2027-03-01", "job", "daily");
    let jobs = by_job["usage_data"][0]["group_usages"].as_array().unwrap();
    let names: Vec<String> = jobs.iter().map(|job| text(&job["group_name"])).collect();
    assert_eq!(names[..4], ["9000 shots", "8000 shots", "7000 shots", "6000 shots"]);
    assert_eq!((jobs.len(), text(&jobs[0]["group_id"])), (5, ids[1].clone()));
    assert_abs_diff_eq!(jobs[0]["amount"].as_f64().unwrap(), 234.9, epsilon = 1e-9); // 9000 × 0.0261
}

#[tokio::test(start_paused = true)]
async fn usage_by_job_tells_neither_ids_nor_names_of_jobs_of_other_projects_and_its_totals_are_those_of_all() {
    let (first, second) = march();
    let secret = |service: &Service, shots: u32| service.submit(&with(&dear(), json!({"shots": shots, "name": "CANARY"})));
    let theirs = [secret(&first, 9000), secret(&first, 8000)];
    let own = second.submit(&with(&dear(), json!({"name": "ours"})));
    seconds(4.0).await;
    let report = usage(&second, "2027-03-01", "2027-03-01", "job", "daily");
    let groups = report["usage_data"][0]["group_usages"].as_array().unwrap();
    let told = |group: &Value| (text(&group["group_id"]), text(&group["group_name"]), group["job_count"].as_u64().unwrap());
    let others = "other projects".to_owned();
    assert_eq!(groups.iter().map(told).collect::<Vec<_>>(), [(others.clone(), others, 2), (own, "ours".to_owned(), 1)]);
    assert_abs_diff_eq!(groups[0]["amount"].as_f64().unwrap(), 17_000.0 * 0.0261, epsilon = 1e-9);
    assert_eq!((&report["job_count"], entries(&report)[0].1), (&json!(3), 3));
    for group in ["job", "project", "user"] {
        let report = usage(&second, "2027-03-01", "2027-03-01", group, "daily").to_string();
        assert!(!report.contains("CANARY") && !theirs.iter().any(|id| report.contains(id.as_str())), "{group}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn usage_of_another_organization_is_forbidden_and_a_query_that_makes_no_sense_is_refused_by_parameter() {
    let (service, _) = march();
    let all = "start_date=2027-03-01&end_date=2027-03-31&group_by=job&modality=daily";
    for other in ["com.example", "01980000-0000-7000-8000-000000000000"] {
        let (status, message, keys) = service.refused(Method::Get, &format!("/organizations/{other}/usage?{all}"), &Value::Null);
        assert_eq!((status, message, keys), (403, format!("this API key does not belong to organization {other:?}"), vec![]));
    }
    let own = organization(&service);
    for (from, to, field) in [
        ("start_date=2027-03-01&", "", "start_date"),
        ("2027-03-01", "2027-02-30", "start_date"),
        ("2027-03-01", "yesterday", "start_date"),
        ("2027-03-01", "-000001-01-01", "start_date"),
        ("end_date=2027-03-31&", "", "end_date"),
        ("2027-03-31", "2027-02-28", "end_date"),
        ("group_by=job", "group_by=team", "group_by"),
        ("group_by=job&", "", "group_by"),
        ("modality=daily", "modality=hourly", "modality"),
        ("&modality=daily", "", "modality"),
    ] {
        let query = all.replace(from, to);
        let (status, message, keys) = service.refused(Method::Get, &format!("/organizations/{own}/usage?{query}"), &Value::Null);
        assert_eq!((status, keys), (400, vec![field.to_owned()]), "{query}: {message}");
    }
    // The longest time there is does not take long: only periods with jobs are reported.
    assert_eq!(usage(&service, "0001-01-01", "9999-12-31", "job", "daily")["usage_data"], json!([]));
}
