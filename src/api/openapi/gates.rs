//! The gates of the table as schemas: one for each name of a gateset. What a schema cannot say (a target that is a control too, a
//! target beyond the circuit's width) the cloud still refuses.

use crate::circuit::MAX_QUBITS;
use crate::gates::table::{self, Absent, Build, Field, GateSpec, MAX_CONTROLS, Parameter, Targets};
use crate::gates::{Gateset, PauliExp};
use serde_json::{Value, json};

/// The fields that carry numbers, and those that only `pauliexp` has.
const NUMBERS: [&str; 4] = ["rotation", "phase", "phases", "angle"];

/// A gate of a gateset: one alternative for each name.
pub(super) fn schema(gateset: Gateset) -> Value {
    let rows = table::TABLE.iter().filter(|spec| spec.gateset == gateset);
    let names = rows.flat_map(|spec| {
        let aliases = spec.aliases.iter().map(|alias| (alias.name, alias.min_controls));
        std::iter::once((spec.name, 0)).chain(aliases).map(move |(name, controls)| gate(spec, name, controls))
    });
    json!({ "oneOf": names.collect::<Vec<_>>() })
}

fn gate(spec: &GateSpec, name: &str, min_controls: usize) -> Value {
    let mut rules = vec![targets(spec), controls(spec, min_controls)];
    rules.extend(spec.parameters.iter().map(parameter));
    rules.push(match spec.build {
        Build::PauliExp => pauli(),
        Build::Native(_) | Build::Qis(_) => no_pauli(),
    });
    let taken: Vec<&str> = spec.parameters.iter().flat_map(names).collect();
    let absent = NUMBERS.into_iter().filter(|name| !taken.contains(name));
    rules.push(json!({ "properties": nothing(absent) }));
    json!({
        "title": name,
        "description": spec.summary,
        "type": "object",
        "required": ["gate"],
        "properties": { "gate": { "enum": [name] } },
        "allOf": rules,
    })
}

fn qubit() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": MAX_QUBITS - 1 })
}

/// A list of this many different qubits; one alone may stand without the list.
fn qubits(least: usize, most: usize) -> Value {
    let list = json!({ "type": "array", "items": qubit(), "minItems": least, "maxItems": most, "uniqueItems": true });
    if least <= 1 && most >= 1 { json!({ "oneOf": [qubit(), list] }) } else { list }
}

fn targets(spec: &GateSpec) -> Value {
    let wanted = match spec.targets {
        Targets::One | Targets::PerLetter => qubits(1, MAX_QUBITS),
        Targets::Two => qubits(2, 2),
    };
    one_of(&["target", "targets"], &wanted, spec.name == "nop")
}

/// More controls than any gate can have are well formed; the job fails with `TooManyControls`.
fn controls(spec: &GateSpec, least: usize) -> Value {
    let most = if spec.max_controls == MAX_CONTROLS { MAX_QUBITS - 1 } else { spec.max_controls };
    one_of(&["control", "controls"], &qubits(least, most), least == 0)
}

/// The names under which a parameter may come.
fn names(parameter: &Parameter) -> Vec<&'static str> {
    let spelled = |field| match field {
        Field::Rotation => vec!["rotation"],
        Field::Angle => vec!["angle"],
        Field::Phase => vec!["phase", "phases"],
    };
    [Some(parameter.field), parameter.also].into_iter().flatten().flat_map(spelled).collect()
}

fn parameter(parameter: &Parameter) -> Value {
    let count = parameter.count;
    let list = json!({ "type": "array", "items": { "type": "number" }, "minItems": count, "maxItems": count });
    let wanted = if count == 1 { json!({ "oneOf": [{ "type": "number" }, list] }) } else { list };
    one_of(&names(parameter), &wanted, parameter.absent != Absent::Refused)
}

fn pauli() -> Value {
    let most = PauliExp::MAX_TERMS;
    json!({
        "required": ["terms", "coefficients", "time"],
        "properties": {
            "terms": { "type": "array", "items": { "type": "string", "pattern": "^[IXYZ]+$" }, "minItems": 1, "maxItems": most },
            "coefficients": { "type": "array", "items": { "type": "number" }, "minItems": 1, "maxItems": most },
            "time": { "type": "number", "minimum": 0 },
        },
    })
}

/// Read, and used for nothing.
fn no_pauli() -> Value {
    json!({
        "properties": {
            "terms": { "type": ["array", "null"], "items": { "type": "string" } },
            "coefficients": { "type": ["array", "null"], "items": { "type": "number" } },
            "time": { "type": ["number", "null"] },
        },
    })
}

/// A value under exactly one of its names, or under none if it may be absent. `null` is as good as absent.
fn one_of(names: &[&str], wanted: &Value, optional: bool) -> Value {
    let under = |name: &&str| {
        let mut properties = nothing(names.iter().copied().filter(|other| other != name));
        properties[*name] = wanted.clone();
        json!({ "required": [name], "properties": properties })
    };
    let none = optional.then(|| json!({ "properties": nothing(names.iter().copied()) }));
    match (names, none) {
        ([name], None) => under(name),
        (_, none) => json!({ "oneOf": names.iter().map(under).chain(none).collect::<Vec<_>>() }),
    }
}

fn nothing<'a>(names: impl Iterator<Item = &'a str>) -> Value {
    names.map(|name| (name.to_owned(), json!({ "type": "null" }))).collect::<serde_json::Map<_, _>>().into()
}
