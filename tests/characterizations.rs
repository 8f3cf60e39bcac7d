//! What was measured of the devices, page by page.
#![allow(clippy::unwrap_used)] // a test may panic

use paultrap::api::{ApiKey, CharacterizationsReply, Method, Query, Request};
use paultrap::cloud::Cloud;
use paultrap::device::{Catalog, Characterization, Device};
use serde_json::{Value, json};

fn get(cloud: &Cloud, path: &str) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let reply = cloud.handle(&Request::new(Method::Get, path).key(Some(ApiKey::new("any"))).query(Query::parse(query)));
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

/// A device that was measured at noon on each of the first 23 days of March 2026.
fn cloud() -> Cloud {
    let aria = Device::clone(Catalog::built_in().find("qpu.aria-1").unwrap());
    let measured = |day: u32| Characterization {
        id: uuid::Uuid::from_u128(day.into()),
        date: format!("2026-03-{day:02}T12:00:00Z").parse().unwrap(),
        ..aria.characterization().unwrap().clone()
    };
    let characterizations = (1..=23).rev().map(measured).collect();
    let connectivity = Some(vec![[1, 0], [1, 2], [2, 3]]);
    let device = Device { name: "qpu.often".to_owned(), qubits: 4, noise: None, connectivity, characterizations, ..aria };
    Cloud::builder().device(device).unwrap().start()
}

const OFTEN: &str = "/v0.4/backends/qpu.often/characterizations";

/// The days of a page, and how many pages are left.
fn days(cloud: &Cloud, query: &str) -> (Vec<u32>, usize) {
    let (status, body) = get(cloud, &format!("{OFTEN}?{query}"));
    assert_eq!(status, 200, "{query}: {body}");
    let reply: CharacterizationsReply = serde_json::from_value(body).unwrap();
    (reply.characterizations.iter().map(|entry| entry.date[8..10].parse().unwrap()).collect(), reply.pages)
}

#[test]
fn pages_go_from_the_newest_to_the_oldest_and_say_how_many_are_left() {
    let cloud = cloud();
    let down = |from: u32, to: u32| (to..=from).rev().collect::<Vec<_>>();
    assert_eq!(days(&cloud, ""), (down(23, 14), 2));
    assert_eq!(days(&cloud, "page=2"), (down(13, 4), 1));
    assert_eq!(days(&cloud, "page=3"), (down(3, 1), 0));
    assert_eq!(days(&cloud, "page=4"), (vec![], 0));
    assert_eq!(days(&cloud, "limit=1"), (vec![23], 22));
    assert_eq!(days(&cloud, "limit=8&page=2"), (down(15, 8), 1));
    assert_eq!(days(&cloud, "page=18446744073709551615"), (vec![], 0));
}

#[test]
fn start_is_the_first_moment_that_counts_and_end_the_first_that_does_not() {
    let cloud = cloud();
    assert_eq!(days(&cloud, "start=2026-03-20&end=2026-03-22"), (vec![21, 20], 0));
    assert_eq!(days(&cloud, "start=2026-03-20T12:00:00Z&end=2026-03-22T12:00:00.000Z"), (vec![21, 20], 0));
    assert_eq!(days(&cloud, "start=2026-03-20T12:00:00.001Z&end=2026-03-22T12:00:00.001Z"), (vec![22, 21], 0));
    assert_eq!(days(&cloud, "start=2026-03-22T14:00:00%2B03:00"), (vec![23, 22], 0));
    assert_eq!(days(&cloud, "start=2026-03-23T13:00:00"), (vec![], 0));
    assert_eq!(days(&cloud, "end=2026-03-02"), (vec![1], 0));
}

#[test]
fn what_makes_no_sense_in_the_query_is_refused_by_name() {
    let cloud = cloud();
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=11", "limit"),
        ("limit=ten", "limit"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("start=yesterday", "start"),
        ("end=2026-02-30", "end"),
        ("start=", "start"),
    ] {
        let (status, body) = get(&cloud, &format!("{OFTEN}?{query}"));
        assert_eq!((status, &body["validation"]), (400, &json!({"keys": [name], "source": "query"})), "{query}");
    }
    assert_eq!(get(&cloud, "/v0.4/backends/qpu.none/characterizations").0, 404);
}

#[test]
fn one_is_found_by_its_id_at_its_own_backend() {
    let cloud = cloud();
    let (_, list) = get(&cloud, &format!("{OFTEN}?limit=1"));
    let (_, backend) = get(&cloud, "/v0.4/backends/qpu.often");
    let id = backend["characterization_id"].as_str().unwrap();
    let (status, newest) = get(&cloud, &format!("{OFTEN}/{id}"));
    assert_eq!((status, &newest), (200, &list["characterizations"][0]));
    insta::assert_json_snapshot!("characterization", newest);
    for other in [format!("/v0.4/backends/qpu.aria-1/characterizations/{id}"), format!("{OFTEN}/nonsense")] {
        assert_eq!(get(&cloud, &other).0, 404, "{other}");
    }
}

#[test]
fn every_built_in_device_has_been_measured_but_the_simulator_never_is() {
    let cloud = cloud();
    for device in Catalog::built_in().all() {
        let (status, body) = get(&cloud, &format!("/v0.4/backends/{}/characterizations?limit=1", device.name));
        let entries = body["characterizations"].as_array().unwrap();
        assert_eq!((status, entries.len()), (200, usize::from(device.is_qpu())), "{}", device.name);
        for entry in entries {
            assert_eq!((&entry["backend"], &entry["qubits"]), (&json!(device.name), &json!(device.qubits)));
            assert_eq!(entry["connectivity"].as_array().unwrap().len(), device.qubits * (device.qubits - 1) / 2, "all pairs");
            uuid::Uuid::try_parse(entry["id"].as_str().unwrap()).unwrap();
        }
    }
}

#[test]
fn calibrations_are_characterizations_in_the_words_that_cirq_knows() {
    let cloud = cloud();
    let (_, newest) = get(&cloud, "/v0.4/backends/qpu.aria-1/characterizations?limit=1");
    let newest = &newest["characterizations"][0];
    for version in ["v0.4", "v0.3"] {
        let (status, current) = get(&cloud, &format!("/{version}/calibrations/current"));
        assert_eq!((status, &current["target"], &current["qubits"]), (200, &json!("qpu.aria-1"), &json!(25)));
        for same in ["id", "connectivity", "timing"] {
            assert_eq!(current[same], newest[same], "{same}");
        }
        assert_eq!(current["fidelity"]["2q"], json!({"mean": newest["fidelity"]["2q"]["median"]}));
        // cirq-ionq splits the date at its point.
        assert_eq!(current["date"].as_str().unwrap().split('.').count(), 2);
        let (_, list) = get(&cloud, &format!("/{version}/calibrations"));
        assert_eq!((&list["calibrations"][0], list.get("next")), (&current, None));
        // 2100 in milliseconds.
        assert_eq!(get(&cloud, &format!("/{version}/calibrations?start=4102444800000")).1, json!({"calibrations": []}));
    }
}
