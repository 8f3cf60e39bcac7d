//! B49 … B60: the fields of a job, but for its circuits.

use crate::row::Then::{self, Completes, Names, Stays};
use crate::row::{BELL, Row, post, request};

const INPUT: &str = r#""input":{"gateset":"qis","qubits":2,"circuit":[{"gate":"h","target":0}]}"#;

/// A job with these fields besides its type, backend and input.
fn with(fields: &str) -> String {
    format!(r#"{{"type":"ionq.circuit.v1","backend":"simulator",{INPUT},{fields}}}"#)
}

fn on(backend: &str, fields: &str) -> String {
    with(fields).replacen("\"simulator\"", backend, 1)
}

fn typed(kind: &str) -> String {
    with("\"shots\":1").replacen("\"ionq.circuit.v1\"", kind, 1)
}

fn metadata(count: usize, key: usize, value: usize) -> String {
    let entries: Vec<String> = (0..count).map(|k| format!("\"{k:0key$}\":\"{}\"", "v".repeat(value))).collect();
    with(&format!("\"metadata\":{{{}}}", entries.join(",")))
}

pub(crate) fn rows() -> Vec<Row> {
    [needed(), shots(), texts(), noise(), sessions()].into_iter().flatten().collect()
}

fn needed() -> Vec<Row> {
    let without = |field: &str, value: &str| with("\"shots\":1").replacen(&format!("\"{field}\":{value},"), "", 1);
    let long = format!("\"{}\"", "x".repeat(1 << 20));
    vec![
        post(49, "no type", without("type", "\"ionq.circuit.v1\""), Names(&["type"])),
        post(49, "no backend", without("backend", "\"simulator\""), Names(&["backend"])),
        post(49, "no input", r#"{"type":"ionq.circuit.v1","backend":"simulator"}"#, Names(&["input"])),
        post(49, "nothing at all", "{}", Names(&["backend"])),
        post(49, "no circuit", BELL.replace("\"circuit\":", "\"gates\":"), Names(&["input.circuit"])),
        post(50, "a type of the future", typed("\"ionq.circuit.v99\""), Names(&["type"])),
        post(50, "a type in capitals", typed("\"IONQ.CIRCUIT.V1\""), Names(&["type"])),
        post(50, "a type that is a number", typed("1"), Names(&["type"])),
        post(50, "a type of a megabyte", typed(&long), Names(&["type"])),
        post(51, "a backend that nobody knows", on("\"qpu.nowhere\"", "\"shots\":1"), Names(&["backend"])),
        post(51, "a backend that is retired", on("\"qpu.harmony\"", "\"shots\":1"), Names(&["backend"])),
        post(51, "an empty backend", on("\"\"", "\"shots\":1"), Names(&["backend"])),
        post(51, "a backend of a megabyte", on(&long, "\"shots\":1"), Names(&["backend"])),
        post(60, "dry_run as text", with(r#""dry_run":"yes""#), Names(&["dry_run"])),
        post(60, "dry_run as a number", with(r#""dry_run":1"#), Names(&["dry_run"])),
    ]
}

fn shots() -> Vec<Row> {
    let shots = |what, given: &str, then: Then| post(52, what, with(&format!("\"shots\":{given}")), then);
    const SHOTS: Then = Names(&["shots"]);
    vec![
        shots("0 shots", "0", SHOTS),
        shots("-1 shots", "-1", SHOTS),
        shots("1,000,000 shots", "1000000", Completes),
        shots("1,000,001 shots", "1000001", SHOTS),
        shots("1.5 shots", "1.5", SHOTS),
        shots("2^31 shots", "2147483648", SHOTS),
        shots("2^64 shots", "18446744073709551616", SHOTS),
        shots("shots in words", "\"many\"", SHOTS),
        shots("shots as text", "\"100\"", Completes).differs("cirq-ionq sends them so"),
        shots("null shots", "null", Completes).differs("qiskit-ionq sends what it was not given as null"),
    ]
}

fn texts() -> Vec<Row> {
    const METADATA: Then = Names(&["metadata"]);
    let value = |what, value: &str, then: Then| post(53, what, with(&format!("\"metadata\":{{\"k\":{value}}}")), then);
    const QISKIT: &str = "qiskit-ionq sends true among its compiler options; what comes in goes out unchanged";
    vec![
        value("an object in the metadata", "{}", Names(&["metadata.k"])),
        value("a list in the metadata", "[\"a\"]", Names(&["metadata.k"])),
        value("a number in the metadata", "5", Completes).differs(QISKIT),
        value("true in the metadata", "true", Completes).differs(QISKIT),
        value("null in the metadata", "null", Completes).differs(QISKIT),
        post(53, "metadata that is a list", with("\"metadata\":[]"), METADATA),
        post(54, "10 keys of metadata", metadata(10, 40, 1), Completes),
        post(54, "11 keys of metadata", metadata(11, 40, 1), METADATA),
        post(54, "a key of 41 characters", metadata(1, 41, 1), METADATA),
        post(54, "a value of 401 characters", metadata(1, 1, 401), Completes)
            .differs("the documentation says 40,000 in one place and 400 in another; batches of cirq-ionq need more than 400"),
        post(54, "a value of 40,000 characters", metadata(1, 1, 40_000), Completes),
        post(54, "a value of 40,001 characters", metadata(1, 1, 40_001), METADATA),
        post(55, "a name of 1,024 characters", with(&format!("\"name\":\"{}\"", "ä".repeat(1024))), Completes),
        post(55, "a name of 1,025 characters", with(&format!("\"name\":\"{}\"", "ä".repeat(1025))), Names(&["name"])),
        post(55, "a name of 100,000 characters", with(&format!("\"name\":\"{}\"", "x".repeat(100_000))), Names(&["name"])),
        post(
            55,
            "a long text in the settings",
            with(&format!(r#""settings":{{"compilation":{{"precision":"{}"}}}}"#, "1".repeat(2000))),
            Names(&["settings.compilation.precision"]),
        ),
    ]
}

fn noise() -> Vec<Row> {
    let noise = |what, noise: &str, then: Then| post(57, what, with(&format!("\"noise\":{noise}")), then);
    vec![
        noise("a model that nobody knows", r#"{"model":"brisbane"}"#, Names(&["noise.model"])),
        noise("no model", r#"{"seed":1}"#, Names(&["noise.model"])),
        noise("noise that is a text", r#""aria-1""#, Names(&["noise"])),
        noise("seed 1.5", r#"{"model":"aria-1","seed":1.5}"#, Names(&["noise.seed"])),
        noise("seed -2^32", r#"{"model":"aria-1","seed":-4294967296}"#, Names(&["noise.seed"])),
        noise("seed 2^31", r#"{"model":"aria-1","seed":2147483648}"#, Names(&["noise.seed"])),
        noise("seed 2^31 - 1", r#"{"model":"aria-1","seed":2147483647}"#, Completes),
        noise("seed null", r#"{"model":"ideal","seed":null}"#, Completes).differs("qiskit-ionq sends it so with every simulator job"),
        post(58, "noise on a QPU", on("\"qpu.aria-1\"", r#""noise":{"model":"forte-1"}"#), Completes)
            .differs("IonQ ignores it there: the device's own noise applies"),
    ]
}

fn sessions() -> Vec<Row> {
    let session = |what, id: &str, then: Then| post(56, what, with(&format!("\"session_id\":{id}")), then);
    let jobs = "GET /v0.4/sessions/0198aaaa-0000-7000-8000-000000000001/jobs";
    let debiasing = |shots: u32| format!(r#""shots":{shots},"settings":{{"error_mitigation":{{"debiasing":true}}}}"#);
    const DEBIASING: Then = Names(&["settings.error_mitigation.debiasing"]);
    // An id in a body that is nobody's is a wrong field; 404 would say that the path leads nowhere.
    let nobodys = |what, id: &str| {
        session(what, id, Names(&["session_id"])).differs("the status was our choice: a field is wrong, the path leads somewhere")
    };
    vec![
        session("a session that is no id", "\"mine\"", Names(&["session_id"])),
        session("a session that is a number", "5", Names(&["session_id"])),
        nobodys("a session that nobody has", "\"0198aaaa-0000-7000-8000-000000000001\""),
        nobodys("a session of another project", "\"THEIRS\""),
        session("a session that has ended", "\"ENDED\"", Stays(409)),
        nobodys("a session in capitals", "\"0198AAAA-0000-7000-8000-000000000001\""),
        request(56, "ending a session that has ended", "POST /v0.4/sessions/ENDED/end", "", Stays(200)),
        request(56, "ending a session of another project", "POST /v0.4/sessions/THEIRS/end", "", Stays(404)),
        request(56, "the jobs of a session that nobody has", jobs, "", Stays(404)),
        post(59, "debiasing with 499 shots", on("\"qpu.aria-1\"", &debiasing(499)), DEBIASING),
        post(59, "debiasing with 500 shots", on("\"qpu.aria-1\"", &debiasing(500)), Completes),
        post(59, "debiasing that is a text", on("\"qpu.aria-1\"", &debiasing(500).replace("true", "\"on\"")), DEBIASING),
    ]
}
