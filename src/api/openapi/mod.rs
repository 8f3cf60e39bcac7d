//! Our own OpenAPI document, one for each version: `GET /v0.4/api-docs`, `GET /v0.3/api-docs`.
//!
//! It is put together when it is asked for. Paths, names, keys and links come from the table of operations, gates from the table of
//! gates, backends and noise models from the cloud's devices. What is left is written down: `operations.rs` says what an operation takes
//! and gives, `schemas.json` what bodies look like; `tests/api_docs.rs` holds both against what the cloud does.

mod gates;
mod operations;
mod parameters;
mod schemas;

use super::operation::{OPERATIONS, Operation, Spec, Version};
use super::{ErrorBody, Method};
use crate::device::Catalog;
use operations::Doc;
use serde_json::{Map, Value, json};

/// The document of a version, for a cloud with these devices.
pub(crate) fn document(version: Version, catalog: &Catalog) -> Value {
    let schemas = schemas::all(version, catalog);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "paultrap",
            "version": version.prefix().trim_start_matches('/'),
            "summary": "An IonQ-compatible quantum cloud that runs on a laptop and in CI.",
            "license": { "name": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": version.prefix() }],
        "security": [{ "key": [] }],
        "paths": paths(version),
        "components": {
            "securitySchemes": { "key": {
                "type": "apiKey", "in": "header", "name": "Authorization", "description": "The word `apiKey`, a space, and the key.",
            } },
            "responses": refusals(version),
        },
    });
    schemas::fill(&mut document, &schemas::known(catalog));
    document["components"]["schemas"] = Value::Object(schemas);
    document
}

/// The path as IonQ's document writes it.
fn path_of(path: &'static str) -> String {
    let named = |segment: &'static str| match names(segment).next() {
        Some(name) => format!("{{{}}}", parameters::name_of(name)),
        None => segment.to_owned(),
    };
    path.split('/').map(named).collect::<Vec<_>>().join("/")
}

/// The names of what varies in a path.
fn names(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn paths(version: Version) -> Map<String, Value> {
    let mut paths = Map::new();
    for spec in OPERATIONS {
        let Some(path) = spec.path(version) else { continue };
        let item = paths.entry(path_of(path)).or_insert_with(|| json!({}));
        item[spec.method.name().to_ascii_lowercase()] = operation(spec, path, version);
    }
    paths
}

fn operation(spec: &Spec, path: &'static str, version: Version) -> Value {
    let doc = spec.operation.doc(version);
    let mut operation = json!({
        "operationId": spec.name,
        "summary": spec.operation.summary(),
        "tags": [tag(path)],
        "parameters": names(path).map(|name| parameters::of_path(spec.operation, name)).chain(doc.query.iter().cloned()).collect::<Vec<_>>(),
        "responses": responses(spec, path, &doc, version),
    });
    if spec.open {
        operation["security"] = json!([]);
    }
    if let Some((schema, required)) = doc.body {
        operation["requestBody"] = json!({ "required": required, "content": { "application/json": { "schema": reference(schema) } } });
    }
    operation
}

/// What the operations of one subject have in common: the first word of the path.
fn tag(path: &'static str) -> &'static str {
    path.split('/').nth(1).unwrap_or_default()
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// The refusals that any request can meet, whatever it asks for: most of them are the server's.
const EVERYWHERE: [u16; 10] = [400, 403, 408, 413, 414, 415, 429, 431, 500, 503];

fn responses(spec: &Spec, path: &'static str, doc: &Doc, version: Version) -> Value {
    let content = doc.replies.iter().map(|(media, schema)| ((*media).to_owned(), json!({ "schema": reference(schema) })));
    let mut success = json!({ "description": "Done.", "content": content.collect::<Map<_, _>>() });
    let links = links(spec, version);
    if !links.is_empty() {
        success["links"] = Value::Object(links);
    }
    let mut responses = json!({ doc.status.to_string(): success });
    let key = (!spec.open).then_some(401);
    let name = names(path).next().is_some().then_some(404);
    // No foreign page makes a GET worse by its type, so that is not looked at.
    let everywhere = EVERYWHERE.into_iter().filter(|&status| status != 415 || spec.method != Method::Get);
    for status in everywhere.chain(key).chain(name).chain(doc.errors.iter().copied()) {
        responses[status.to_string()] = json!({ "$ref": format!("#/components/responses/{status}") });
    }
    responses
}

/// A reply for each status of refusal. What conflicts with something else is of v0.4 only.
fn refusals(version: Version) -> Map<String, Value> {
    let described = |status: u16| {
        let description = ErrorBody::new(status, "").error;
        let content = json!({ "application/json": { "schema": reference("Error") } });
        (status.to_string(), json!({ "description": description, "content": content }))
    };
    let conflict = (version == Version::V04).then_some(409);
    EVERYWHERE.into_iter().chain([401, 404]).chain(conflict).map(described).collect()
}

/// What can be asked about what was just made.
fn links(spec: &Spec, version: Version) -> Map<String, Value> {
    use Operation::{CloneJob, CreateJob, CreateSession, MoveJob};
    let (name, below) = match spec.operation {
        CreateJob | CloneJob | MoveJob => ("id", "/jobs/{id}"),
        CreateSession => ("session", "/sessions/{session}"),
        _ => return Map::new(),
    };
    let here = |other: &&Spec| other.path(version).is_some_and(|path| path.starts_with(below) && names(path).count() == 1);
    let link = |other: &Spec| {
        let parameter = parameters::name_of(name);
        (other.name.to_owned(), json!({ "operationId": other.name, "parameters": { parameter: "$response.body#/id" } }))
    };
    OPERATIONS.iter().filter(here).map(link).collect()
}
