//! B35 … B48: what is no JSON, or JSON that no job needs.

use crate::row::Then::{Completes, Names, Stays};
use crate::row::{BELL, Row, post};

/// A job with something more in it.
fn with(more: &str) -> String {
    BELL.replacen('{', &format!("{{{more},"), 1)
}

/// A job with this name.
fn named(name: &[u8]) -> Vec<u8> {
    [b"{\"name\":\"", name, b"\",", &BELL.as_bytes()[1..]].concat()
}

/// A job with a rotation about this angle.
fn rotation(angle: &str) -> String {
    BELL.replace(r#"{"gate":"h","target":0}"#, &format!(r#"{{"gate":"rx","target":0,"rotation":{angle}}}"#))
}

pub(crate) fn rows() -> Vec<Row> {
    [grammar(), shapes(), numbers()].into_iter().flatten().collect()
}

fn grammar() -> Vec<Row> {
    let nested = |depth: usize| format!("\"x\":{}{}", "[".repeat(depth), "]".repeat(depth));
    const WHOLE: crate::row::Then = Names(&[]);
    vec![
        post(35, "half an object", "{", WHOLE),
        post(35, "more behind the object", format!("{BELL}x"), WHOLE),
        post(35, "two objects", format!("{BELL}{BELL}"), WHOLE),
        post(35, "a comment", with("/* no */ \"x\":1"), WHOLE),
        post(35, "single quotes", BELL.replace('"', "'"), WHOLE),
        post(35, "a byte order mark", format!("\u{feff}{BELL}"), WHOLE),
        post(36, "a list", "[]", WHOLE),
        post(36, "a text", "\"job\"", WHOLE),
        post(36, "a number", "7", WHOLE),
        post(36, "null", "null", WHOLE),
        post(37, "lists 31 deep in the object", with(&nested(31)), Completes),
        post(37, "lists 32 deep in the object", with(&nested(32)), WHOLE),
        post(37, "lists 100,000 deep in an unknown field", with(&nested(100_000)), WHOLE),
        post(37, "objects 100,000 deep, unfinished", "{\"x\":".repeat(100_000), WHOLE),
        post(38, "shots twice", with("\"shots\":1"), Names(&["shots"])),
        post(38, "backend and its old name", with("\"target\":\"simulator\""), Names(&["backend"])),
        post(38, "a key of the metadata twice", with(r#""metadata":{"a":"1","a":"2"}"#), Names(&["metadata"])),
        post(39, "an unknown key", with(r#""lang":"json","unknown":{"to":["us"]}"#), Completes)
            .differs("cirq-ionq sends lang, qiskit-ionq settings.compilation.service_version and input.qubits of a program"),
        post(40, "half a surrogate pair", with(r#""name":"\ud800""#), Names(&["name"])),
        post(40, "bytes that are no UTF-8 in a name", named(b"\xff\xfe"), WHOLE),
        post(40, "overlong UTF-8 in a name", named(b"\xc0\xaf"), WHOLE),
        post(40, "half a letter in a name", named(b"\xc3"), WHOLE),
        post(40, "a surrogate as UTF-8 in a name", named(b"\xed\xa0\x80"), WHOLE),
        post(40, "bytes that are no UTF-8 in an unknown field", [b"{\"x\":\"\xff\",", &BELL.as_bytes()[1..]].concat(), WHOLE),
        post(40, "bytes that are no UTF-8 behind the object", [BELL.as_bytes(), b"\xff"].concat(), WHOLE),
        post(41, "a zero in a gate", BELL.replace("\"h\"", r#""h\u0000""#), Names(&["input.circuit[0].gate"])),
        post(41, "ANSI in a gate", BELL.replace("\"h\"", r#""\u001b[31m\u202eh""#), Names(&["input.circuit[0].gate"])),
        post(41, "ANSI in a name", with(r#""name":"\u001b[31m\u202ered""#), Completes),
    ]
}

fn shapes() -> Vec<Row> {
    let zeros = format!("[{}0]", "0,".repeat(5 << 20 >> 1));
    let keys: String = (0..500_000).map(|key| format!("\"k{key}\":\"\",")).collect();
    vec![
        post(47, "a list of 2.6 million zeros for a job", zeros.clone(), Names(&[])),
        post(47, "a list of 2.6 million zeros for the input", job_of(&zeros), Names(&["input"])),
        post(48, "metadata of 500,000 keys", with(&format!("\"metadata\":{{{keys}\"z\":\"\"}}")), Names(&["metadata"])),
        post(48, "a million empty objects in an unknown field", with(&format!("\"x\":[{}{{}}]", "{},".repeat(1_000_000))), Names(&[])),
    ]
}

fn job_of(input: &str) -> String {
    format!("{{\"type\":\"ionq.circuit.v1\",\"backend\":\"simulator\",\"input\":{input}}}")
}

fn numbers() -> Vec<Row> {
    const ROTATION: &[&str] = &["input.circuit[0].rotation"];
    let digits = |count: usize| format!("0.{}", "3".repeat(count));
    vec![
        post(42, "NaN", rotation("NaN"), Names(ROTATION)),
        post(42, "Infinity", rotation("Infinity"), Names(ROTATION)),
        post(42, "-Infinity", rotation("-Infinity"), Names(ROTATION)),
        post(43, "1e400", rotation("1e400"), Names(ROTATION)),
        post(43, "1e999999999999", rotation("1e999999999999"), Names(ROTATION)),
        post(44, "1e-400 is 0", rotation("1e-400"), Completes),
        post(45, "a number of 64 characters", rotation(&digits(62)), Completes),
        post(45, "a number of 65 characters", rotation(&digits(63)), Names(&[])),
        post(45, "a number of a million characters", rotation(&digits(1 << 20)), Stays(400)),
        post(46, "NaN as text", rotation("\"NaN\""), Names(ROTATION)),
        post(46, "1.0 as text", rotation("\"1.0\""), Names(ROTATION)),
    ]
}
