//! The schemas of bodies: `schemas.json`, and what it leaves to the code.
//!
//! `"@name"` stands for a value that the code has: a list of names, a limit. `"@with": "Other"` means everything that `Other` has, and
//! what stands beside it. A schema whose own name begins with an @ is there for that only.

use super::gates;
use crate::api::{
    BulkRequest, FailureCode, Format, JobKind, JobStatus, MAX_CIRCUITS, MAX_GATES, MAX_METADATA, MAX_METADATA_KEY, MAX_METADATA_VALUE,
    MAX_NAME, Reply, Version,
};
use crate::circuit::{MAX_QUBITS, MAX_REGISTER_NAME, MAX_REGISTERS};
use crate::device::{Catalog, Status};
use crate::gates::Gateset;
use crate::outcome::Shots;
use serde_json::{Map, Value, json};

/// The schemas of a version, for a cloud with these devices.
pub(super) fn all(version: Version, catalog: &Catalog) -> Map<String, Value> {
    let own = match version {
        Version::V03 => "v0.3",
        Version::V04 => "v0.4",
    };
    let mut file: Map<String, Value> = serde_json::from_str(include_str!("schemas.json")).expect("schemas.json is JSON, see the tests");
    let mut schemas = Map::new();
    for part in ["both", own] {
        if let Some(Value::Object(part)) = file.remove(part) {
            schemas.extend(part);
        }
    }
    schemas.insert("QisGate".to_owned(), gates::schema(Gateset::Qis));
    schemas.insert("NativeGate".to_owned(), gates::schema(Gateset::Native));
    if version == Version::V04 {
        schemas.insert("Artifact".to_owned(), artifact());
    }
    let (known, named) = (known(catalog), schemas.iter().filter(|(name, _)| !name.starts_with('@')));
    let filled = named.map(|(name, schema)| {
        let mut schema = whole(schema, &schemas);
        fill(&mut schema, &known);
        (name.clone(), schema)
    });
    filled.collect()
}

/// What can be downloaded as JSON, by the formats' own schemas.
fn artifact() -> Value {
    let json = Format::ALL.into_iter().filter(|format| format.media_type() == Reply::JSON);
    let schema = |format: Format| {
        let mut schema: Value = serde_json::from_str(format.schema()).expect("schemas are JSON, see the tests of formats");
        schema["title"] = Value::from(format.id());
        for name in ["$schema", "$id"] {
            schema.as_object_mut().and_then(|fields| fields.remove(name));
        }
        schema
    };
    json!({ "anyOf": json.map(schema).collect::<Vec<_>>() })
}

/// A schema with everything that it has from another one.
fn whole(schema: &Value, all: &Map<String, Value>) -> Value {
    let Some(base) = schema.get("@with").and_then(Value::as_str).and_then(|name| all.get(name)) else { return schema.clone() };
    let mut joined = whole(base, all);
    for (key, value) in schema.as_object().into_iter().flatten().filter(|(key, _)| *key != "@with") {
        match (joined.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new.clone()),
            (Some(Value::Array(old)), Value::Array(new)) => old.extend(new.clone()),
            _ => joined[key] = value.clone(),
        }
    }
    joined
}

/// What the names with an @ stand for.
pub(super) fn known(catalog: &Catalog) -> Map<String, Value> {
    let devices = || catalog.all();
    let mut backends: Vec<&str> = devices().map(|device| device.name.as_str()).collect();
    let mut open: Vec<&str> = devices().filter(|device| device.status == Status::Available).map(|device| device.name.as_str()).collect();
    for list in [&mut backends, &mut open] {
        if list.contains(&"qpu.aria-1") {
            list.push("qpu"); // an old name of Aria 1
        }
    }
    let open_or_none: Vec<Option<&str>> = open.iter().copied().map(Some).chain([None]).collect();
    let statuses = JobStatus::ALL.map(JobStatus::name);
    let values = json!({
        "@backends": backends,
        "@open_backends": open,
        "@open_backends_or_none": open_or_none,
        "@noise_models": catalog.noise_names().collect::<Vec<_>>(),
        "@statuses": statuses,
        "@statuses_v03": statuses.map(|status| if status == "started" { "running" } else { status }),
        "@kinds": JobKind::ALL.map(JobKind::name),
        "@failure_codes": FailureCode::ALL.iter().map(|code| code.name()).collect::<Vec<_>>(),
        "@max_shots": Shots::MAX,
        "@max_circuits": MAX_CIRCUITS,
        "@max_gates": MAX_GATES,
        "@max_qubits": MAX_QUBITS,
        "@last_qubit": MAX_QUBITS - 1,
        "@max_ids": BulkRequest::MAX_IDS,
        "@max_name": MAX_NAME,
        "@max_registers": MAX_REGISTERS,
        "@max_register_name": MAX_REGISTER_NAME,
        "@max_metadata": MAX_METADATA,
        "@max_metadata_key": MAX_METADATA_KEY,
        "@max_metadata_value": MAX_METADATA_VALUE,
    });
    values.as_object().cloned().unwrap_or_default()
}

/// Puts values in the place of names.
pub(super) fn fill(schema: &mut Value, known: &Map<String, Value>) {
    match schema {
        Value::String(name) => {
            if let Some(value) = known.get(name) {
                *schema = value.clone();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, known)),
        Value::Object(fields) => fields.values_mut().for_each(|field| fill(field, known)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
