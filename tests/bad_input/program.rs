//! B80: programs in OpenQASM 3. IonQ accepts such a job and then fails it, with a reason.

use crate::row::Then::{Fails, Names};
use crate::row::{Row, post};

const ACCEPTED: &str = "IonQ documents that a program is accepted, gets an id, and fails with a reason";

fn program(data: &str) -> String {
    let data = serde_json::to_string(data).unwrap();
    format!(r#"{{"type":"ionq.qasm3.v1","backend":"simulator","input":{{"data":{data}}}}}"#)
}

fn refused(what: &'static str, data: &str) -> Row {
    post(80, what, program(data), Fails("PreflightError")).differs(ACCEPTED)
}

pub(crate) fn rows() -> Vec<Row> {
    let head = "OPENQASM 3.0;\ninclude \"stdgates.inc\";\n";
    let with = |rest: &str| format!("{head}{rest}");
    vec![
        refused("a program of nine megabytes that is none", &"(".repeat(9 << 20)),
        refused("a program of 10^9 qubits", &with("qubit[1000000000] q;")),
        refused("100,000 brackets", &with(&format!("qubit q; rx({}1{}) q;", "(".repeat(100_000), ")".repeat(100_000)))),
        refused("100,000 unfinished blocks", &with(&"gate g q {".repeat(100_000))),
        refused("a loop without end", &with("qubit q; while (true) { x q; }")),
        refused("a gate that calls itself", &with("gate g a { g a; }\nqubit q; g q;")),
        refused("gates that call each other", &with("gate f a { g a; }\ngate g a { f a; }\nqubit q; f q;")),
        refused("gates that double 60 times", &{
            let double = |k: usize| format!("gate g{} a {{ g{k} a; g{k} a; }}\n", k + 1);
            with(&format!("gate g0 a {{ x a; }}\n{}qubit q; g60 q;", (0..60).map(double).collect::<String>()))
        }),
        post(80, "a power of 10^18", program(&with("qubit q; pow(1000000000000000000) @ u3(0.1, 0.2, 0.3) q;")), Fails("TooManyGates"))
            .differs(ACCEPTED),
        refused("a file to be included", "OPENQASM 3.0;\ninclude \"/etc/passwd\";\nqubit q;"),
        refused("no program", ""),
        post(80, "a program that is a number", program("").replace("\"\"", "5"), Names(&["input.data"])),
        post(80, "no data", r#"{"type":"ionq.qasm3.v1","backend":"simulator","input":{}}"#, Names(&["input.data"])),
        post(
            80,
            "a circuit for a program",
            r#"{"type":"ionq.qasm3.v1","backend":"simulator","input":{"circuit":[]}}"#,
            Names(&["input.circuit"]),
        ),
    ]
}
