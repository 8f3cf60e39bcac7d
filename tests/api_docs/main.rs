//! The OpenAPI documents against the cloud they describe: every operation is in them, every reply is as they say, and a body is refused
//! where they say that it is none.
#![allow(clippy::unwrap_used)] // a test may panic

mod bodies;
mod conversations;
#[path = "../support/mod.rs"]
mod support;
mod witness;

use paultrap::api::{OPERATIONS, Route, Version};
use paultrap::cloud::{Clock, Cloud};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use witness::{document, objects};

pub(crate) fn cloud() -> Cloud {
    Cloud::builder().clock(Clock::tokio()).queue_time(Duration::from_secs(1)).run_time(Duration::from_secs(2)).start()
}

pub(crate) async fn seconds(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn every_operation_of_the_table_is_in_the_document_with_its_path_method_name_key_and_statuses() {
    let cloud = cloud();
    for version in Version::ALL {
        let document = document(&cloud, version);
        let mut found = BTreeMap::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                found.insert(
                    operation["operationId"].as_str().unwrap().to_owned(),
                    (path.clone(), method.to_uppercase(), operation.clone()),
                );
            }
        }
        let table: BTreeSet<_> = OPERATIONS.iter().filter(|spec| spec.path(version).is_some()).map(|spec| spec.name.to_owned()).collect();
        assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), table);
        for (name, (path, method, operation)) in &found {
            let spec = OPERATIONS.iter().find(|spec| spec.name == name).unwrap();
            // A path with anything in its places leads to the operation.
            let names: Vec<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            let filled = names.iter().fold(path.clone(), |path, name| path.replace(&format!("{{{name}}}"), "0198"));
            let route = Route::parse(spec.method, &format!("{}{filled}", version.prefix())).unwrap();
            assert_eq!((route.operation(), method.as_str()), (spec.operation, spec.method.name()));
            let parameters = operation["parameters"].as_array().unwrap().iter();
            let in_path = parameters.filter(|parameter| parameter["in"] == "path" && parameter["required"] == true);
            assert_eq!(in_path.map(|parameter| parameter["name"].as_str().unwrap()).collect::<Vec<_>>(), names, "{name}");
            assert_eq!(operation.get("security") == Some(&json!([])), spec.open, "{name}");
            let statuses: BTreeSet<_> = operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(statuses.contains("401"), !spec.open, "{name}");
            assert!(["400", "403", "429", "500", "503"].iter().all(|status| statuses.contains(status)), "{name}");
            assert!(names.is_empty() || statuses.contains("404"), "{name}");
            assert_eq!(statuses.iter().filter(|status| status.starts_with('2')).count(), 1, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_reference_leads_somewhere_every_schema_is_used_and_no_blank_is_left() {
    let cloud = cloud();
    for version in Version::ALL {
        let document = document(&cloud, version);
        let mut used = BTreeSet::new();
        objects(&document, &mut |fields| {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
                used.insert(reference.to_owned());
            }
        });
        for kind in ["schemas", "responses"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                assert!(used.contains(&format!("#/components/{kind}/{name}")), "{kind} {name} is used nowhere in {version:?}");
            }
        }
        assert!(!document.to_string().contains("\"@"), "{version:?}");
    }
}

#[test]
fn the_readme_has_the_table_of_operations() {
    support::assert_in_readme("operations", &paultrap::api::coverage());
}
