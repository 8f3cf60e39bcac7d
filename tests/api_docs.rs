//! The OpenAPI documents against the cloud they describe: every operation is in them, every reply is as they say, and a body is refused
//! where they say that it is none.
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use jsonschema::Validator;
use paultrap::api::{ApiKey, Method, OPERATIONS, Query, Reply, Request, Route, Version};
use paultrap::cloud::{Clock, Cloud};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;
use support::files;

fn cloud() -> Cloud {
    Cloud::builder().clock(Clock::tokio()).queue_time(Duration::from_secs(1)).run_time(Duration::from_secs(2)).start()
}

async fn seconds(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

fn request(method: Method, path: &str, body: &Value) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = Request::new(method, path).key(Some(ApiKey::new("any"))).query(Query::parse(query));
    if body.is_null() { request } else { request.json(body) }
}

/// The document of a version, asked for without a key.
fn document(cloud: &Cloud, version: Version) -> Value {
    let reply = cloud.handle(&Request::new(Method::Get, format!("{}/api-docs", version.prefix())));
    assert_eq!((reply.status, &*reply.media_type), (200, Reply::JSON));
    serde_json::from_slice(&reply.body).unwrap()
}

fn resolved<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => node,
    }
}

/// Every object of a JSON text.
fn objects(value: &Value, see: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            see(fields);
            fields.values().for_each(|field| objects(field, see));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, see)),
        _ => {}
    }
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

/// What is in no reply of the conversations, and why.
const NEVER_SEEN: [(&str, &str); 1] = [("Backend.kw", "no built-in device says it; a device of one's own may")];

/// A document that looks at replies: which are as it says, and which of the things that it says occur.
struct Witness {
    cloud: Cloud,
    version: Version,
    document: Value,
    validators: RefCell<BTreeMap<String, Rc<Validator>>>,
    operations: RefCell<BTreeSet<String>>,
    /// What was seen of each place in a schema: the types of its values, `+` and `-` for a key that was there or not.
    seen: RefCell<BTreeMap<String, BTreeSet<String>>>,
    /// What the schema says there can be.
    said: RefCell<BTreeMap<String, BTreeSet<String>>>,
}

impl Witness {
    fn new(cloud: &Cloud, version: Version) -> Witness {
        let mut document = document(cloud, version);
        close(&mut document["components"]["schemas"]);
        Witness {
            cloud: cloud.clone(),
            version,
            document,
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
    fn is(&self, schema: &str, value: &Value) -> bool {
        self.validator(schema).is_valid(value)
    }

    fn assert_is(&self, schema: &str, value: &Value, what: &str) {
        let validator = self.validator(schema);
        let errors: Vec<String> = validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{what}: {value}\nis no {schema}:\n{}", errors.join("\n"));
    }

    fn ask(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        self.look(&request(method, &format!("{}{path}", self.version.prefix()), body))
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::Get, path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn post(&self, path: &str, body: &Value) -> String {
        let (status, reply) = self.ask(Method::Post, path, body);
        assert!(status == 200 || status == 201, "{path}: {reply}");
        reply["id"].as_str().unwrap().to_owned()
    }

    /// Asks, and holds the reply against the document.
    fn look(&self, request: &Request) -> (u16, Value) {
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
    fn has_seen_everything(&self) {
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

fn flip(qubit: usize) -> Value {
    json!([{"gate": "x", "target": qubit}])
}

/// What goes wrong is told in the same form everywhere.
fn mistakes(witness: &Witness) {
    for (method, path, body, expected) in [
        (Method::Get, "/jobs/019cb73d-3271-7000-804c-d42ae755a8e2", Value::Null, 404),
        (Method::Get, "/jobs/nonsense", Value::Null, 404),
        (Method::Get, "/jobs?limit=0", Value::Null, 400),
        (Method::Get, "/jobs?next=nonsense", Value::Null, 400),
        (Method::Get, "/backends/qpu.nowhere", Value::Null, 404),
        (Method::Post, "/jobs", json!({"input": 5}), 400),
        (Method::Delete, "/jobs", json!({}), 400),
        (Method::Put, "/jobs/status/cancel", json!({"ids": ["nonsense"]}), 404),
        (Method::Delete, "/jobs/nonsense", Value::Null, 404),
        (Method::Put, "/jobs/nonsense/status/cancel", Value::Null, 404),
    ] {
        let (status, reply) = witness.ask(method, path, &body);
        assert_eq!(status, expected, "{path}: {reply}");
    }
    let nobody = Request::new(Method::Get, format!("{}/jobs", witness.version.prefix()));
    assert_eq!(witness.look(&nobody).0, 401);
}

/// Everything that can be downloaded of a job.
fn artifacts(witness: &Witness, id: &str) {
    let job = witness.get(&format!("/jobs/{id}"));
    let mut links = Vec::new();
    objects(&job, &mut |fields| {
        if let (Some(id), Some(format)) = (fields.get("id").and_then(Value::as_str), fields.get("format").and_then(Value::as_str)) {
            links.push((id.to_owned(), format.to_owned()));
        }
    });
    if let Some(variant) = job.pointer("/output/error_mitigation/debiasing/variants/0/variant_id").and_then(Value::as_str) {
        for format in ["probabilities", "histogram", "shots"] {
            witness.get(&format!("/jobs/{id}/variants/{variant}/results/{format}"));
        }
    }
    for (artifact, format) in links {
        witness.get(&format!("/jobs/{id}/artifacts/{artifact}?sharpen=true"));
        witness.get(&format!("/schemas/formats/{format}"));
        if format == "ionq.native.v1" {
            witness.get(&format!("/jobs/{id}/circuits/native"));
            witness.get(&format!("/jobs/{id}/circuits/qasm3"));
        }
    }
    for (path, status) in [("artifacts/nonsense", 404), ("circuits/latin", 404), ("results/probabilities?sharpen=perhaps", 400)] {
        assert_eq!(witness.ask(Method::Get, &format!("/jobs/{id}/{path}"), &Value::Null).0, status, "{path}");
    }
}

/// What was measured, in both forms.
fn characterizations(witness: &Witness, path: &str) {
    let list = witness.get(path);
    if witness.version == Version::V04 {
        witness.get(&format!("{path}/{}", list["characterizations"][0]["id"].as_str().unwrap()));
    }
    assert_eq!(witness.ask(Method::Get, &format!("{path}?limit=11"), &Value::Null).0, 400);
    witness.get("/calibrations");
    witness.get("/calibrations/current");
}

/// Jobs are canceled and deleted, alone and together.
fn ends(witness: &Witness, body: &Value) {
    let ids: Vec<String> = (0..4).map(|_| witness.post("/jobs", body)).collect();
    let together = json!({"ids": &ids[..2]});
    for (method, path, body) in [
        (Method::Put, format!("/jobs/{}/status/cancel", ids[2]), &Value::Null),
        (Method::Delete, format!("/jobs/{}", ids[3]), &Value::Null),
        (Method::Put, "/jobs/status/cancel".to_owned(), &together),
        (Method::Delete, "/jobs".to_owned(), &together),
    ] {
        assert_eq!(witness.ask(method, &path, body).0, 200, "{path}");
    }
    witness.get(&format!("/jobs/{}", ids[2]));
}

#[tokio::test(start_paused = true)]
async fn every_reply_of_a_long_conversation_in_v04_is_as_the_document_says_and_all_that_it_says_occurs() {
    let cloud = cloud();
    let witness = Witness::new(&cloud, Version::V04);
    for path in ["/health", "/api-docs", "/whoami", "/backends", "/backends/simulator", "/backends/qpu.forte-1"] {
        witness.get(path);
    }
    let circuit = |backend: &str| json!({"type": "ionq.circuit.v1", "backend": backend, "input": {"circuit": flip(0)}});
    let mut rich = circuit("simulator");
    rich["name"] = json!("n");
    rich["metadata"] = json!({"text": "a", "flag": true, "number": 1.5, "nothing": null});
    rich["noise"] = json!({"model": "aria-1", "seed": 5});
    rich["settings"] = json!({
        "compilation": {"opt": 1, "precision": "1E-3", "gate_basis": "ZZ", "service_version": "v0.4"},
        "error_mitigation": {"debiasing": false, "symmetry_verification": false},
    });
    let mut sparse = circuit("simulator");
    sparse["noise"] = json!({"model": "ideal"});
    sparse["settings"] = json!({"compilation": {}, "error_mitigation": {}});
    let turned = json!([{"gate": "gpi", "target": 0, "phase": std::f64::consts::FRAC_PI_2}]);
    let warned = json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"gateset": "native", "circuit": turned}});
    let wide = json!({"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": 30, "circuit": []}});
    let mut dry = circuit("simulator");
    dry["dry_run"] = json!(true);
    let several = json!({"type": "ionq.multi-circuit.v1", "backend": "simulator",
        "input": {"circuits": [{"circuit": flip(0)}, {"circuit": flip(1), "name": "second"}]}});
    let mut debiased = circuit("qpu.forte-1");
    debiased["shots"] = json!(600);
    let ids: Vec<String> = [&circuit("simulator"), &circuit("qpu.aria-1"), &rich, &sparse, &warned, &wide, &dry, &several, &debiased]
        .map(|body| witness.post("/jobs", body))
        .into();
    for pause in [0.5, 1.0, 2.0] {
        seconds(pause).await;
        ids.iter().for_each(|id| drop(witness.get(&format!("/jobs/{id}"))));
        witness.get("/jobs");
        witness.get("/jobs?limit=1&status=completed");
        witness.get(&format!("/jobs?parent_job_id={}", ids[7]));
    }
    characterizations(&witness, "/backends/qpu.forte-1/characterizations");
    for results in ["probabilities", "histogram", "shots"] {
        witness.get(&format!("/jobs/{}/results/{results}", ids[1]));
    }
    witness.get(&format!("/jobs/{}/results/probabilities/aggregated", ids[7]));
    witness.get(&format!("/jobs/{}/results/probabilities", ids[7]));
    let parent = witness.get(&format!("/jobs/{}", ids[7]));
    witness.get(&format!("/jobs/{}", parent["child_job_ids"][0].as_str().unwrap()));
    assert_eq!(witness.ask(Method::Get, &format!("/jobs/{}/results/shots", ids[0]), &Value::Null).0, 404);
    for id in &ids {
        artifacts(&witness, id);
    }
    sessions(&witness, &circuit("simulator"), &ids[1]).await;
    ids.iter().for_each(|id| drop(witness.get(&format!("/jobs/{id}/cost"))));
    ends(&witness, &circuit("simulator"));
    mistakes(&witness);
    witness.has_seen_everything();
}

#[tokio::test(start_paused = true)]
async fn every_reply_of_a_long_conversation_in_v03_is_as_the_document_says_and_all_that_it_says_occurs() {
    let cloud = cloud();
    let witness = Witness::new(&cloud, Version::V03);
    for path in ["/health", "/api-docs", "/backends", "/backends?status=running", "/backends/simulator", "/backends/qpu.forte-1"] {
        witness.get(path);
    }
    let plain = json!({"input": {"circuit": flip(0)}});
    let rich = json!({"target": "simulator", "name": "n", "metadata": {"text": "a", "flag": true, "number": 1.5, "nothing": null},
        "noise": {"model": "aria-1", "seed": 5}, "error_mitigation": {"debias": false}, "body": {"circuit": flip(0)}});
    let sparse = json!({"noise": {"model": "ideal"}, "input": {"circuit": flip(0)}});
    let qpu = json!({"target": "qpu.aria-1", "input": {"circuit": flip(0)}});
    let turned = json!([{"gate": "gpi", "target": 0, "phase": std::f64::consts::FRAC_PI_2}]);
    let warned = json!({"input": {"gateset": "native", "circuit": turned}});
    let wide = json!({"input": {"qubits": 30, "circuit": []}});
    let several = json!({"input": {"circuits": [{"circuit": flip(0)}, {"circuit": flip(1)}]}});
    let ids: Vec<String> = [&plain, &rich, &sparse, &qpu, &warned, &wide, &several].map(|body| witness.post("/jobs", body)).into();
    for pause in [0.5, 1.0, 2.0] {
        seconds(pause).await;
        ids.iter().for_each(|id| drop(witness.get(&format!("/jobs/{id}"))));
        witness.get("/jobs");
        witness.get("/jobs?limit=1&status=completed");
    }
    characterizations(&witness, "/characterizations/backends/qpu.forte-1");
    let current = witness.get("/characterizations/backends/qpu.forte-1/current");
    witness.get(&format!("/characterizations/{}", current["id"].as_str().unwrap()));
    witness.get(&format!("/jobs/{}?include=status,failure", ids[0]));
    witness.get(&format!("/jobs/{}?exclude[]=status", ids[0]));
    for id in [&ids[3], &ids[6]] {
        witness.get(&format!("/jobs/{id}/results"));
    }
    ends(&witness, &plain);
    mistakes(&witness);
    witness.has_seen_everything();
}

/// What no schema says of a circuit, in the cloud's words.
const BEYOND_SCHEMAS: &[&str] =
    &["is outside 0..=", "is given twice", "one each is needed", "one per letter of its terms is needed", "qubits 0 is not allowed"];

/// The bodies that are one step away: another value in one place, or nothing.
fn neighbours(body: &Value) -> Vec<(String, Value)> {
    let others = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(64),
        json!(2_000_000),
        json!("x"),
        json!("7"),
        json!([]),
        json!([0]),
        json!([0, 0]),
        json!(["X"]),
        json!({}),
    ];
    let mut found = Vec::new();
    for place in places(body) {
        for other in &others {
            let mut changed = body.clone();
            *changed.pointer_mut(&place).unwrap() = other.clone();
            found.push((format!("{place} = {other}"), changed));
        }
        let (parent, key) = place.rsplit_once('/').unwrap();
        let mut changed = body.clone();
        if let Some(fields) = changed.pointer_mut(parent).and_then(Value::as_object_mut) {
            fields.remove(key);
            found.push((format!("no {place}"), changed));
        }
    }
    found
}

fn places(value: &Value) -> Vec<String> {
    let inside = |(key, value): (String, &Value)| {
        std::iter::once(format!("/{key}")).chain(places(value).into_iter().map(|place| format!("/{key}{place}"))).collect::<Vec<_>>()
    };
    match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).flat_map(inside).collect(),
        // A long list is as good as its beginning.
        Value::Array(items) => items.iter().take(40).enumerate().map(|(key, value)| (key.to_string(), value)).flat_map(inside).collect(),
        _ => Vec::new(),
    }
}

/// Sessions of every kind, their jobs, and what everything costs.
async fn sessions(witness: &Witness, circuit: &Value, of_qpu: &str) {
    let limits = json!({"job_count_limit": 2, "duration_limit_min": "60", "cost_limit": {"value": 500}});
    let full = witness.post("/sessions", &json!({"backend": "qpu.aria-1", "settings": limits}));
    let [plain, none] = [json!({"backend": "simulator"}), json!({"backend": "simulator", "settings": {}})];
    let (plain, none) = (witness.post("/sessions", &plain), witness.post("/sessions", &none));
    let mut inside = circuit.clone();
    (inside["backend"], inside["session_id"]) = (json!("qpu.aria-1"), json!(full));
    let first = witness.post("/jobs", &inside);
    let clone = witness.post(&format!("/jobs/{of_qpu}/clone"), &json!({"session_id": full, "name": "again"}));
    assert_eq!(witness.ask(Method::Post, "/jobs", &inside).0, 409, "the session is full");
    let moved = witness.post(&format!("/jobs/{first}/move"), &json!({"session_id": null}));
    assert_eq!(witness.ask(Method::Post, &format!("/jobs/{first}/move"), &json!({})).0, 409, "it was canceled");
    seconds(1.5).await;
    witness.get(&format!("/sessions/{full}"));
    seconds(2.5).await;
    for id in [&full, &plain, &none] {
        witness.get(&format!("/sessions/{id}"));
        witness.get(&format!("/sessions/{id}/jobs"));
    }
    for job in [&first, &clone, &moved] {
        witness.get(&format!("/jobs/{job}"));
        witness.get(&format!("/jobs/{job}/cost"));
    }
    assert_eq!(witness.ask(Method::Post, &format!("/sessions/{plain}/end"), &Value::Null).0, 200);
    witness.get("/sessions");
    witness.get("/sessions?active=false");
    inside["session_id"] = json!(plain);
    inside["backend"] = json!("simulator");
    assert_eq!(witness.ask(Method::Post, "/jobs", &inside).0, 409, "the session has ended");
    let nowhere = "019cb73d-3271-7000-804c-d42ae755a8e2";
    inside["session_id"] = json!(nowhere);
    assert_eq!(witness.ask(Method::Post, "/jobs", &inside).0, 404);
    for path in ["", "/jobs"] {
        assert_eq!(witness.ask(Method::Get, &format!("/sessions/{nowhere}{path}"), &Value::Null).0, 404, "{path}");
    }
    for query in ["backend=qpu.forte-1&1q_gates=3&2q_gates=4&error_mitigation=true&session=false", "backend=simulator"] {
        witness.get(&format!("/jobs/estimate?{query}"));
    }
    let organization = witness.get("/sessions")["organization_id"].as_str().unwrap().to_owned();
    for (group, modality) in [("job", "daily"), ("project", "weekly"), ("user", "monthly")] {
        let query = format!("start_date=2020-01-01&end_date=2099-12-31&group_by={group}&modality={modality}");
        witness.get(&format!("/organizations/{organization}/usage?{query}"));
        assert_eq!(witness.ask(Method::Get, &format!("/organizations/{nowhere}/usage?{query}"), &Value::Null).0, 403);
    }
    for path in ["/jobs/estimate", "/sessions?active=perhaps", &format!("/organizations/{organization}/usage")] {
        assert_eq!(witness.ask(Method::Get, path, &Value::Null).0, 400, "{path}");
    }
}

/// A small job with every gate of both gatesets.
fn every_gate() -> Vec<Value> {
    let qis = json!([
        {"gate": "x", "target": 0}, {"gate": "cnot", "control": 0, "targets": [1]}, {"gate": "z", "targets": [0], "rotation": 0.5},
        {"gate": "rx", "target": 0, "rotation": [0.5], "controls": [1, 2]}, {"gate": "swap", "targets": [0, 1], "control": 2},
        {"gate": "zz", "targets": [0, 1], "rotation": 1}, {"gate": "x", "target": 0, "controls": [1, 2, 3, 4, 5, 6, 7, 8]},
        {"gate": "pauliexp", "targets": [0, 1], "terms": ["XY", "ZZ"], "coefficients": [0.5, -1], "time": 0.25}
    ]);
    let native = json!([
        {"gate": "gpi", "target": 0, "phase": 0.5}, {"gate": "gpi2", "targets": [0], "phases": [0.25]},
        {"gate": "ms", "targets": [0, 1], "phases": [0, 0.5], "angle": 0.1}, {"gate": "zz", "targets": [0, 1], "phase": 0.25}, {"gate": "nop"}
    ]);
    let job = |input: Value| {
        json!({"type": "ionq.circuit.v1", "backend": "simulator", "name": "n", "metadata": {"a": "b"}, "shots": 10, "dry_run": false,
            "noise": {"model": "ideal", "seed": 1}, "settings": {"compilation": {"opt": 1, "precision": "1E-3"},
            "error_mitigation": {"debiasing": false}}, "input": input})
    };
    let mut several = job(json!({"gateset": "native", "qubits": 3,
        "circuits": [{"name": "a", "circuit": native}, {"gateset": "qis", "qubits": 3, "circuit": flip(0)}]}));
    several["type"] = json!("ionq.multi-circuit.v1");
    let mut other = several.clone();
    other["input"] = json!({"circuits": [{"circuit": flip(0)}, {"gateset": "native", "circuit": native}]});
    let mut program = job(json!({"data": "OPENQASM 3.0; qubit q;", "qubits": 1}));
    program["type"] = json!("ionq.qasm3.v1");
    vec![
        program,
        job(json!({"gateset": "qis", "qubits": 9, "circuit": qis})),
        job(json!({"gateset": "native", "circuit": native})),
        several,
        other,
    ]
}

/// The same job in v0.3.
fn old(job: &Value, key: &str) -> Value {
    let mut old = job.clone();
    let fields = old.as_object_mut().unwrap();
    fields.remove("type");
    let (backend, input) = (fields.remove("backend").unwrap(), fields.remove("input").unwrap());
    fields.extend([("target".to_owned(), backend), (key.to_owned(), input), ("lang".to_owned(), json!("json"))]);
    fields.insert("error_mitigation".to_owned(), json!({"debias": false}));
    old
}

/// A body is taken if and only if the schema says that it is one, but for what no schema can say.
fn assert_agreement(witness: &Witness, what: &str, body: &Value) {
    let reply = witness.cloud.handle(&request(Method::Post, &format!("{}/jobs", witness.version.prefix()), body));
    let said = witness.is("JobRequest", body);
    let message = String::from_utf8(reply.body).unwrap();
    match (reply.status, said) {
        (200 | 201, true) | (400, false) => {}
        (400, true) if BEYOND_SCHEMAS.iter().any(|part| message.contains(part)) => {}
        (status, said) => panic!("{what} of {body}\nwas answered {status} {message}\nand by the document is a job: {said}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_refused_if_the_document_says_that_it_is_none_and_otherwise_taken() {
    let cloud = Cloud::builder().clock(Clock::tokio()).queue_time(Duration::MAX).start();
    let open = |version| Witness { document: document(&cloud, version), ..Witness::new(&cloud, version) };
    let (newer, older) = (open(Version::V04), open(Version::V03));
    for job in every_gate() {
        let is_program = job["type"] == "ionq.qasm3.v1"; // v0.3 has none
        let both = [(&newer, job.clone()), (&older, old(&job, "input")), (&older, old(&job, "body"))];
        for (witness, job) in both.into_iter().take(if is_program { 1 } else { 3 }) {
            witness.assert_is("JobRequest", &job, "the job");
            for (what, changed) in neighbours(&job) {
                assert_agreement(witness, &what, &changed);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_that_an_sdk_sends_is_one_by_the_document() {
    let cloud = Cloud::builder().clock(Clock::tokio()).queue_time(Duration::MAX).start();
    let mut read = 0;
    for version in Version::ALL {
        let witness = Witness { document: document(&cloud, version), ..Witness::new(&cloud, version) };
        for sdk in ["cirq-ionq-1.6.1", "cirq-ionq-1.7.0", "qiskit-ionq-1.1.1", "pennylane-ionq-0.45.0"] {
            for file in files(&format!("wire/{sdk}")) {
                let sent: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
                let (path, body) = (sent["request"]["path"].as_str().unwrap(), &sent["request"]["body"]);
                if path == format!("{}/jobs", version.prefix()) {
                    witness.assert_is("JobRequest", body, &file.display().to_string());
                    read += 1;
                }
            }
        }
    }
    assert!(read > 50, "{read} requests");
}

#[test]
fn the_readme_has_the_table_of_operations() {
    support::assert_in_readme("operations", &paultrap::api::coverage());
}
