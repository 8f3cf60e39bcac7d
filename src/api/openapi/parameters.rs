//! The parameters of paths and queries.

use crate::api::v03::BACKEND_STATUSES;
use crate::api::{Format, JobStatus, Operation};
use crate::outcome::Aggregation;
use crate::outcome::Shots;
use serde_json::{Value, json};

fn parameter(name: &str, schema: Value, description: &str) -> Value {
    json!({ "in": "query", "name": name, "schema": schema, "description": description })
}

fn needed(mut parameter: Value) -> Value {
    parameter["required"] = Value::Bool(true);
    parameter
}

/// A parameter of an operation's path, by its name in the table.
pub(super) fn of_path(operation: Operation, name: &'static str) -> Value {
    let schema = match (name, operation) {
        ("id" | "variant" | "session" | "organization", _) => json!({ "type": "string", "format": "uuid" }),
        ("lang", _) => json!({ "enum": ["native", "qasm3"] }),
        ("format", Operation::GetFormatSchema) => json!({ "enum": Format::ALL.map(Format::id) }),
        ("format", _) => json!({ "enum": ["probabilities", "histogram", "shots"] }),
        _ => json!({ "type": "string", "minLength": 1 }),
    };
    json!({ "in": "path", "name": name_of(name), "required": true, "schema": schema })
}

/// The name that IonQ's document has for a part of a path.
pub(super) fn name_of(name: &'static str) -> &'static str {
    match name {
        "id" => "UUID",
        "session" => "session_id",
        "organization" => "organization_id",
        "artifact" => "artifactId",
        "variant" => "variantId",
        other => other,
    }
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn list() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn whole(least: u32, most: u32, usual: u32) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "default": usual })
}

fn page() -> [Value; 2] {
    [
        parameter(
            "limit",
            json!({ "type": "integer", "minimum": 1, "maximum": u64::MAX, "default": 25 }),
            "How many on a page; 100 is the most there will be.",
        ),
        parameter("next", json!({ "type": "string", "format": "uuid" }), "The `next` of the page before."),
    ]
}

pub(super) fn jobs() -> Vec<Value> {
    let filters = [
        parameter("ids", list(), "Only these, at most 1000; repeated or with commas. Children are listed if they are asked for."),
        parameter("parent_job_id", text(), "Only the children of this job."),
        parameter("status", text(), &format!("Only those that are {}; no other status has any.", statuses(JobStatus::name).join(", "))),
        parameter("target", text(), "Only those of these backends, with commas."),
        parameter("session_id", text(), "Only those of this session."),
        parameter("submitter_id", text(), "Only those of this person."),
    ];
    filters.into_iter().chain(page()).collect()
}

pub(super) fn jobs_v03() -> Vec<Value> {
    let word = |status: JobStatus| if status == JobStatus::Started { "running" } else { status.name() };
    let filters = [
        parameter("id", list(), "Only these, at most 1000; repeated or with commas."),
        parameter("status", text(), &format!("Only those that are {}; no other status has any.", statuses(word).join(", "))),
        parameter("submitter_id", text(), "Only those of this person."),
    ];
    filters.into_iter().chain(page()).collect()
}

fn statuses(word: impl Fn(JobStatus) -> &'static str) -> Vec<&'static str> {
    JobStatus::ALL.into_iter().map(word).collect()
}

pub(super) fn fields() -> Vec<Value> {
    vec![
        parameter("include", list(), "Only these fields; repeated or with commas."),
        parameter("exclude", list(), "All but these fields; repeated or with commas."),
    ]
}

pub(super) fn backend_status() -> Value {
    let words: Vec<_> = BACKEND_STATUSES.iter().map(|(word, _)| word).collect();
    parameter("status", json!({ "enum": words }), "Only those that are doing this; one that is available runs.")
}

fn pages() -> [Value; 2] {
    [
        parameter("limit", whole(1, 10, 10), "How many on a page."),
        parameter("page", json!({ "type": "integer", "minimum": 1, "maximum": u64::MAX, "default": 1 }), "Which page."),
    ]
}

pub(super) fn days() -> Vec<Value> {
    let text = |format: &str| json!({ "type": "string", "format": format });
    let day = || json!({ "anyOf": [text("date"), text("date-time"), moment()] });
    let filters = [
        parameter("start", day(), "Only those of this day or moment and later."),
        parameter("end", day(), "Only those before this day or moment."),
    ];
    filters.into_iter().chain(pages()).collect()
}

pub(super) fn milliseconds() -> Vec<Value> {
    moments().into_iter().take(2).chain(pages()).collect()
}

/// Milliseconds since 1970, in the years that a date can have.
fn moment() -> Value {
    json!({ "type": "integer", "minimum": -377_705_023_201_000_i64, "maximum": 253_402_207_200_000_i64 })
}

pub(super) fn moments() -> Vec<Value> {
    vec![
        parameter("start", moment(), "Only those from this moment on, in milliseconds since 1970."),
        parameter("end", moment(), "Only those before this moment, in milliseconds since 1970."),
    ]
}

pub(super) fn estimate() -> Vec<Value> {
    let most = i32::MAX.unsigned_abs();
    vec![
        needed(parameter("backend", json!({ "enum": "@backends" }), "What the job would run on.")),
        parameter("type", json!({ "type": "string", "default": "ionq.circuit.v1" }), "The type of the job; makes no difference."),
        parameter("qubits", whole(1, most, 25), "The width; makes no difference."),
        parameter("shots", whole(1, Shots::MAX, 1000), "How often it would be run."),
        parameter("1q_gates", whole(0, most, 0), "How many gates on one qubit it has."),
        parameter("2q_gates", whole(0, most, 0), "How many gates on two qubits it has."),
        parameter("error_mitigation", flag(), "Whether errors would be mitigated."),
        parameter("session", flag(), "Whether it would be part of a session; makes no difference."),
    ]
}

pub(super) fn aggregation() -> Vec<Value> {
    let ways = Aggregation::ALL.map(Aggregation::name);
    vec![
        sharpen(),
        parameter("aggregation", json!({ "enum": ways }), "How the variants of a debiased job are put together; `voting` is `sharpen`."),
    ]
}

pub(super) fn sharpen() -> Value {
    parameter("sharpen", flag(), "Whether the variants of a debiased job vote, rather than being averaged.")
}

pub(super) fn active() -> Value {
    parameter("active", flag(), "Only those that have not ended, or only those that have.")
}

pub(super) fn usage() -> Vec<Value> {
    let day = || json!({ "type": "string", "format": "date" });
    vec![
        needed(parameter("start_date", day(), "The first day.")),
        needed(parameter("end_date", day(), "The last day.")),
        needed(parameter("group_by", json!({ "enum": ["job", "project", "user"] }), "What is told apart.")),
        needed(parameter("modality", json!({ "enum": ["daily", "weekly", "monthly"] }), "How long a period is.")),
    ]
}
