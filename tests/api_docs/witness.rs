//! What looks at replies.

use jsonschema::Validator;
use paultrap::api::{ApiKey, Method, OPERATIONS, Query, Reply, Request, Route, Version};
use paultrap::cloud::Cloud;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(crate) fn request(method: Method, path: &str, body: &Value) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = Request::new(method, path).key(Some(ApiKey::new("any"))).query(Query::parse(query));
    if body.is_null() { request } else { request.json(body) }
}

/// The document of a version, asked for without a key.
pub(crate) fn document(cloud: &Cloud, version: Version) -> Value {
    let reply = cloud.handle(&Request::new(Method::Get, format!("{}/api-docs", version.prefix())));
    assert_eq!((reply.status, &*reply.media_type), (200, Reply::JSON));
    serde_json::from_slice(&reply.body).unwrap()
}

pub(crate) fn resolved<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => node,
    }
}

/// Every object of a JSON text.
pub(crate) fn objects(value: &Value, see: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            see(fields);
            fields.values().for_each(|field| objects(field, see));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, see)),
        _ => {}
    }
}

/// What is in no reply of the conversations, and why.
const NEVER_SEEN: [(&str, &str); 1] = [("Backend.kw", "no built-in device says it; a device of one's own may")];

/// A document that looks at replies: which are as it says, and which of the things that it says occur.
pub(crate) struct Witness {
    pub(crate) cloud: Cloud,
    pub(crate) version: Version,
    pub(crate) document: Value,
    validators: RefCell<BTreeMap<String, Rc<Validator>>>,
    operations: RefCell<BTreeSet<String>>,
    /// What was seen of each place in a schema: the types of its values, `+` and `-` for a key that was there or not.
    seen: RefCell<BTreeMap<String, BTreeSet<String>>>,
    /// What the schema says there can be.
    said: RefCell<BTreeMap<String, BTreeSet<String>>>,
}

impl Witness {
    /// Allows no key that is not written down.
    pub(crate) fn new(cloud: &Cloud, version: Version) -> Witness {
        let mut witness = Witness::lenient(cloud, version);
        close(&mut witness.document["components"]["schemas"]);
        witness
    }

    /// Takes the document at its word.
    pub(crate) fn lenient(cloud: &Cloud, version: Version) -> Witness {
        Witness {
            cloud: cloud.clone(),
            version,
            document: document(cloud, version),
            validators: RefCell::default(),
            operations: RefCell::default(),
            seen: RefCell::default(),
            said: RefCell::default(),
        }
    }

    fn validator(&self, schema: &str) -> Rc<Validator> {
        let make = || {
            let root = json!({"$ref": format!("#/components/schemas/{schema}"), "components": self.document["components"]});
            let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
            Rc::new(options.build(&root).unwrap())
        };
        Rc::clone(self.validators.borrow_mut().entry(schema.to_owned()).or_insert_with(make))
    }

    /// Whether a value is as a schema of the document says.
    pub(crate) fn is(&self, schema: &str, value: &Value) -> bool {
        self.validator(schema).is_valid(value)
    }

    pub(crate) fn assert_is(&self, schema: &str, value: &Value, what: &str) {
        let validator = self.validator(schema);
        let errors: Vec<String> = validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{what}: {value}\nis no {schema}:\n{}", errors.join("\n"));
    }

    pub(crate) fn ask(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        self.look(&request(method, &format!("{}{path}", self.version.prefix()), body))
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::Get, path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> String {
        let (status, reply) = self.ask(Method::Post, path, body);
        assert!(status == 200 || status == 201, "{path}: {reply}");
        reply["id"].as_str().unwrap().to_owned()
    }

    /// Asks, and holds the reply against the document.
    pub(crate) fn look(&self, request: &Request) -> (u16, Value) {
        let reply = self.cloud.handle(request);
        let name = Route::parse(request.method, &request.path).unwrap().operation().name();
        let items = self.document["paths"].as_object().unwrap().values();
        let operation =
            items.flat_map(|item| item.as_object().unwrap().values()).find(|operation| operation["operationId"] == name).unwrap();
        let what = format!("{} {} {}", request.method, request.path, reply.status);
        let told = operation["responses"].get(reply.status.to_string()).unwrap_or_else(|| panic!("{what}: an unknown status"));
        let media = reply.media_type.split(';').next().unwrap();
        let content = resolved(&self.document, told)["content"].get(media).unwrap_or_else(|| panic!("{what}: {media}"));
        let schema = content["schema"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        let body = match media {
            "text/plain" => Value::String(String::from_utf8(reply.body).unwrap()),
            _ => serde_json::from_slice(&reply.body).unwrap(),
        };
        self.assert_is(schema, &body, &what);
        if reply.status < 300 {
            self.operations.borrow_mut().insert(name.to_owned());
        }
        self.note(&self.document["components"]["schemas"][schema], &body, schema);
        (reply.status, body)
    }

    /// Notes which of the things that a schema says of a value are true of this one.
    fn note(&self, schema: &Value, value: &Value, place: &str) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.note(resolved(&self.document, schema), value, reference.rsplit('/').next().unwrap());
        }
        if let Some(alternatives) = schema.get("oneOf").and_then(Value::as_array) {
            self.said(place, alternatives.iter().enumerate().map(|(index, _)| index.to_string()));
            for (index, alternative) in alternatives.iter().enumerate() {
                let fits = match alternative["$ref"].as_str() {
                    Some(reference) => self.is(reference.rsplit('/').next().unwrap(), value),
                    None => alternative["type"] == kind(value),
                };
                if fits {
                    self.saw(place, &index.to_string());
                    self.note(alternative, value, place);
                }
            }
            return;
        }
        if let Some(types) = schema["type"].as_array() {
            self.said(place, types.iter().map(|name| name.as_str().unwrap().to_owned()));
            let integer = kind(value) == "number" && types.contains(&json!("integer"));
            self.saw(place, if integer { "integer" } else { kind(value) });
        }
        if let (Some(properties), Some(fields)) = (schema.get("properties").and_then(Value::as_object), value.as_object()) {
            let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
            for (name, property) in properties {
                let place = format!("{place}.{name}");
                if !required(name) {
                    self.said(&place, ["+".to_owned(), "-".to_owned()]);
                    self.saw(&place, if fields.contains_key(name) { "+" } else { "-" });
                }
                if let Some(value) = fields.get(name) {
                    self.note(property, value, &place);
                }
            }
        }
        let items = value.as_array().into_iter().flatten().map(|item| (item, "items"));
        let others = value.as_object().into_iter().flat_map(Map::values).map(|item| (item, "additionalProperties"));
        for (item, key) in items.chain(others) {
            if let Some(schema) = schema.get(key).filter(|schema| schema.is_object()) {
                self.note(schema, item, &format!("{place}[]"));
            }
        }
    }

    fn said(&self, place: &str, words: impl IntoIterator<Item = String>) {
        self.said.borrow_mut().entry(place.to_owned()).or_default().extend(words);
    }

    fn saw(&self, place: &str, word: &str) {
        self.seen.borrow_mut().entry(place.to_owned()).or_default().insert(word.to_owned());
    }

    /// Everything that can be has been: each operation was done, each key that may be absent was there and was not, each value that may
    /// be null was null and was not.
    pub(crate) fn has_seen_everything(&self) {
        let table = OPERATIONS.iter().filter(|spec| spec.path(self.version).is_some());
        let never: Vec<_> = table.map(|spec| spec.name).filter(|name| !self.operations.borrow().contains(*name)).collect();
        assert!(never.is_empty(), "{:?}: nobody asked for {never:?}", self.version);
        let (said, seen) = (self.said.borrow(), self.seen.borrow());
        let missing = |(place, words): (&String, &BTreeSet<String>)| {
            let missing: Vec<String> = words.difference(&seen[place]).cloned().collect();
            (!missing.is_empty() && !NEVER_SEEN.iter().any(|(never, _)| never == place))
                .then(|| format!("{place}: never {}", missing.join(", ")))
        };
        let missing: Vec<String> = said.iter().filter_map(missing).collect();
        assert!(missing.is_empty(), "{:?} says what is never so:\n{}", self.version, missing.join("\n"));
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Forbids every key that is not written down.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("type") == Some(&json!("object")) && !fields.contains_key("additionalProperties") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
