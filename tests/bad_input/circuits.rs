//! B61 … B79: circuits.

use crate::row::Then::{self, Completes, Fails, Names};
use crate::row::{Row, post};

/// A job with this input.
fn input(input: &str) -> String {
    format!(r#"{{"type":"ionq.circuit.v1","backend":"simulator","shots":100,"input":{input}}}"#)
}

/// A job of one gate on three qubits.
fn gate(gate: &str) -> String {
    input(&format!(r#"{{"gateset":"qis","qubits":3,"circuit":[{gate}]}}"#))
}

fn native(gate: &str) -> String {
    input(&format!(r#"{{"gateset":"native","qubits":3,"circuit":[{gate}]}}"#))
}

fn several(entries: &str) -> String {
    format!(r#"{{"type":"ionq.multi-circuit.v1","backend":"simulator","input":{{"qubits":3,{entries}}}}}"#)
}

fn repeated(text: &str, count: usize) -> String {
    vec![text; count].join(",")
}

pub(crate) fn rows() -> Vec<Row> {
    [widths(), targets(), gates(), natives(), sums(), sizes(), registers()].into_iter().flatten().collect()
}

fn widths() -> Vec<Row> {
    let wide = |what, qubits: &str, then: Then| {
        post(61, what, input(&format!(r#"{{"qubits":{qubits},"circuit":[{{"gate":"h","target":0}}]}}"#)), then)
    };
    const QUBITS: Then = Names(&["input.qubits"]);
    let flat = |backend: &str, qubits: usize| {
        let gates: Vec<String> = (0..qubits).map(|qubit| format!(r#"{{"gate":"h","target":{qubit}}}"#)).collect();
        input(&format!(r#"{{"qubits":{qubits},"circuit":[{}]}}"#, gates.join(","))).replacen("simulator", backend, 1)
    };
    vec![
        wide("0 qubits", "0", QUBITS),
        wide("-1 qubits", "-1", QUBITS),
        wide("2^31 qubits", "2147483648", QUBITS),
        wide("10^9 qubits", "1000000000", QUBITS),
        wide("10^30 qubits", "1000000000000000000000000000000", QUBITS),
        wide("3.0 qubits", "3.0", QUBITS),
        wide("qubits in words", "\"3\"", QUBITS),
        wide("null qubits", "null", Completes)
            .differs("null stands for what was not given, as qiskit-ionq writes it; the width is inferred"),
        post(62, "30 qubits on the simulator", flat("simulator", 30), Fails("NotEnoughQubits")),
        post(62, "37 qubits on a QPU", flat("qpu.forte-1", 37), Fails("NotEnoughQubits")),
        post(63, "29 qubits, 8 GiB, where there is one", flat("simulator", 29), Fails("SimulationError"))
            .differs("the job is accepted and fails, like all that the backend cannot do; it says how much there is"),
        post(64, "no qubits and a target of 10^9", input(r#"{"circuit":[{"gate":"h","target":1000000000}]}"#), QUBITS),
        post(
            64,
            "no qubits and a target of 2^64",
            input(r#"{"circuit":[{"gate":"h","target":18446744073709551616}]}"#),
            Names(&["input.circuit[0].target"]),
        ),
    ]
}

fn targets() -> Vec<Row> {
    const TARGET: Then = Names(&["input.circuit[0].target"]);
    let target = |what, given: &str, then: Then| post(65, what, gate(&format!(r#"{{"gate":"h","target":{given}}}"#)), then);
    let both = |what, number, fields: &str, then: Then| post(number, what, gate(&format!("{{{fields}}}")), then);
    let controls = |count: usize| (1..=count).map(|qubit| qubit.to_string()).collect::<Vec<_>>().join(",");
    let controlled =
        |count: usize| format!(r#"{{"qubits":{},"circuit":[{{"gate":"x","target":0,"controls":[{}]}}]}}"#, count + 1, controls(count));
    vec![
        target("target -1", "-1", TARGET),
        target("a target that is one too far", "3", TARGET),
        target("target 1.0", "1.0", TARGET),
        target("target 1e2", "1e2", TARGET),
        target("target -0", "-0", TARGET),
        target("target as text", "\"0\"", TARGET),
        target("target null", "null", TARGET),
        target("target true", "true", TARGET),
        both("target and targets", 66, r#""gate":"h","target":0,"targets":[0]"#, TARGET),
        both("neither target nor targets", 66, r#""gate":"h""#, TARGET),
        both("a target under its own control", 67, r#""gate":"x","target":0,"control":0"#, Names(&["input.circuit[0].control"])),
        both("the same control twice", 67, r#""gate":"x","target":0,"controls":[1,1]"#, Names(&["input.circuit[0].control"])),
        both("the same target twice", 67, r#""gate":"h","targets":[1,1]"#, TARGET),
        both("a swap of one", 68, r#""gate":"swap","targets":[0]"#, Names(&["input.circuit[0].targets"])),
        both("a swap of three", 68, r#""gate":"swap","targets":[0,1,2]"#, Names(&["input.circuit[0].targets"])),
        post(68, "an ms of one", native(r#"{"gate":"ms","targets":[0],"phases":[0,0]}"#), Names(&["input.circuit[0].targets"])),
        post(69, "eight controls", input(&controlled(8)), Fails("TooManyControls")),
        post(69, "forty controls", input(&controlled(40)), Fails("TooManyControls")),
    ]
}

fn gates() -> Vec<Row> {
    const GATE: Then = Names(&["input.circuit[0].gate"]);
    let named = |what, name: &str| post(70, what, gate(&format!(r#"{{"gate":"{name}","target":0}}"#)), GATE);
    let turned = |what, angle: &str| post(72, what, gate(&format!(r#"{{"gate":"rx","target":0,"rotation":{angle}}}"#)), Completes);
    vec![
        named("a gate that nobody knows", "frobnicate"),
        named("a gate without a name", ""),
        named("a gate in capitals", "H"),
        named("a gate with a name of a megabyte", &"x".repeat(1 << 20)),
        post(70, "a gate that is a list", gate(r#"["h",0]"#), Names(&["input.circuit[0]"])),
        post(70, "a gate that is null", gate("null"), Names(&["input.circuit[0]"])),
        post(71, "rx without an angle", gate(r#"{"gate":"rx","target":0}"#), Names(&["input.circuit[0].rotation"])),
        post(71, "h with an angle", gate(r#"{"gate":"h","target":0,"rotation":1}"#), Names(&["input.circuit[0].rotation"])),
        post(71, "rx with two angles", gate(r#"{"gate":"rx","target":0,"rotation":[1,2]}"#), Names(&["input.circuit[0].rotation"])),
        turned("an angle of 1e308", "1e308"),
        turned("an angle of -1e308", "-1e308"),
        turned("an angle of 1e-308", "1e-308"),
    ]
}

fn natives() -> Vec<Row> {
    let native = |what, gate: &str, then: Then| post(73, what, native(gate), then);
    const PHASES: Then = Names(&["input.circuit[0].phases"]);
    vec![
        native("three phases", r#"{"gate":"ms","targets":[0,1],"phases":[0,0,0]}"#, PHASES),
        native("one phase", r#"{"gate":"ms","targets":[0,1],"phases":[0]}"#, PHASES),
        native("a phase as text", r#"{"gate":"gpi","target":0,"phase":"0"}"#, Names(&["input.circuit[0].phase"])),
        native("a QIS gate", r#"{"gate":"h","target":0}"#, Names(&["input.circuit[0].gate"])),
        post(73, "a native gate among QIS gates", gate(r#"{"gate":"gpi","target":0,"phase":0}"#), Names(&["input.circuit[0].gate"])),
        native("a controlled native gate", r#"{"gate":"gpi","target":0,"control":1,"phase":0}"#, Names(&["input.circuit[0].controls"])),
        native("an angle of 0.3 turns", r#"{"gate":"ms","targets":[0,1],"phases":[0,0],"angle":0.3}"#, Completes)
            .differs("cirq-ionq sends any angle; the job runs and carries a warning"),
        post(73, "a gateset that nobody knows", input(r#"{"gateset":"pulse","qubits":1,"circuit":[]}"#), Names(&["input.gateset"])),
    ]
}

fn sums() -> Vec<Row> {
    let exp = |what, fields: &str, then: Then| post(74, what, gate(&format!(r#"{{"gate":"pauliexp","targets":[0,1],{fields}}}"#)), then);
    let many = |count: usize| {
        let (terms, coefficients) = (repeated("\"XX\"", count), repeated("0.1", count));
        format!(r#""terms":[{terms}],"coefficients":[{coefficients}],"time":1"#)
    };
    const TERMS: Then = Names(&["input.circuit[0].terms"]);
    const COEFFICIENTS: Then = Names(&["input.circuit[0].coefficients"]);
    vec![
        exp("10,000 terms", &many(10_000), TERMS),
        exp("no terms", r#""terms":[],"coefficients":[],"time":1"#, TERMS),
        exp("more terms than coefficients", r#""terms":["XX","ZZ"],"coefficients":[1],"time":1"#, COEFFICIENTS),
        exp("a letter that is none", r#""terms":["XQ"],"coefficients":[1],"time":1"#, TERMS),
        exp("a term that is too long", r#""terms":["XXX"],"coefficients":[1],"time":1"#, TERMS),
        exp("a term of a megabyte", &format!(r#""terms":["{}"],"coefficients":[1],"time":1"#, "X".repeat(1 << 20)), TERMS),
        exp("no time", r#""terms":["XX"],"coefficients":[1]"#, Names(&["input.circuit[0].time"])),
        exp("a time of -1", r#""terms":["XX"],"coefficients":[1],"time":-1"#, Names(&["input.circuit[0].time"])),
        exp("a time that makes infinity", r#""terms":["XX"],"coefficients":[1e300],"time":1e300"#, COEFFICIENTS),
        exp("a time of 1e300", r#""terms":["XX","ZI"],"coefficients":[1,1],"time":1e300"#, Fails("SimulationError"))
            .differs("it is a number, and whether it can be simulated depends on whether the terms commute: the job fails, and says so"),
    ]
}

fn sizes() -> Vec<Row> {
    let gates = |count: usize| repeated(r#"{"gate":"h","target":0}"#, count);
    let circuits = |count: usize| several(&format!("\"circuits\":[{}]", repeated(r#"{"circuit":[]}"#, count)));
    vec![
        post(75, "no gates", input(r#"{"qubits":3,"circuit":[]}"#), Completes),
        post(75, "no gates and no qubits, as from qiskit-ionq", input(r#"{"qubits":0,"circuit":[]}"#), Completes),
        post(76, "150,001 gates", input(&format!(r#"{{"qubits":1,"circuit":[{}]}}"#, gates(150_001))), Names(&["input"])),
        post(
            76,
            "150,001 gates in two circuits",
            several(&format!("\"circuits\":[{{\"circuit\":[{}]}},{{\"circuit\":[{}]}}]", gates(75_000), gates(75_001))),
            Names(&["input"]),
        ),
        post(76, "160,000 gates", input(&format!(r#"{{"qubits":1,"circuit":[{}]}}"#, gates(160_000))), Names(&[])),
        post(77, "5,001 circuits", circuits(5001), Names(&["input.circuits"])),
        post(77, "no circuits", circuits(0).replace("[{\"circuit\":[]}]", "[]"), Names(&["input.circuits"])),
        post(77, "circuit beside circuits", several(r#""circuit":[],"circuits":[{"circuit":[]}]"#), Names(&["input.circuit"])),
        post(77, "circuits in a job of one", input(r#"{"circuits":[{"circuit":[]}]}"#), Names(&["input.circuits"])),
        post(77, "a circuit that is null", several(r#""circuits":[null]"#), Names(&["input.circuits[0]"])),
    ]
}

fn registers() -> Vec<Row> {
    let register = |what, bits: &str, then: Then| {
        post(79, what, several(&format!(r#""circuits":[{{"circuit":[],"registers":{{"a":{bits}}}}}]"#)), then)
    };
    const BITS: Then = Names(&["input.circuits[0].registers.a"]);
    vec![
        register("a register of qubits and gaps", "[0,null,2]", Completes),
        register("a register beyond the circuit", "[3]", BITS),
        register("a register before the circuit", "[-1]", BITS),
        register("a register with a qubit twice", "[0,0]", BITS),
        register("a register of halves", "[0.5]", Names(&["input.circuits[0].registers.a[0]"])),
        register("a register that is no list", "0", BITS),
        post(79, "registers that are null", several(r#""circuits":[{"circuit":[],"registers":null}]"#), Completes),
        post(
            79,
            "a register of a single circuit",
            input(r#"{"qubits":1,"circuit":[],"registers":{"a":[1]}}"#),
            Names(&["input.registers.a"]),
        ),
    ]
}
