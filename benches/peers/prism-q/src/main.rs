//! prism-q on files of IonQ circuits, by its state vector: `prism-q-peer MODE FILE REPEAT` prints `{"seconds": […]}`, or with the mode
//! `distribution` the probabilities. `RAYON_NUM_THREADS` says how many threads it has.
//!
//! Modes: `samples` and `probabilities` of the circuit of a file, `samples` of each circuit of a `.jsonl`, one after another; `noise`,
//! samples with depolarizing errors. The clock starts when the circuits are built.

use num_complex::Complex64;
use prism_q::circuit::Circuit;
use prism_q::gates::Gate;
use prism_q::sim::{self, BackendKind};
use prism_q::{GateFilter, NoiseBuilder, NoiseChannel};
use serde_json::Value;
use std::f64::consts::{FRAC_1_SQRT_2, PI, TAU};
use std::hint::black_box;
use std::time::Instant;

const SHOTS: usize = 1000;
const SEED: u64 = 42;
const ZERO: Complex64 = Complex64::new(0.0, 0.0);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, file, repeat] = arguments.as_slice() else { panic!("prism-q-peer MODE FILE REPEAT") };
    let text = std::fs::read_to_string(file).expect("a file of circuits");
    let documents: Vec<&str> = if file.ends_with(".jsonl") { text.lines().collect() } else { vec![&text] };
    let measured = matches!(mode.as_str(), "samples" | "noise");
    let circuits: Vec<Circuit> = documents.iter().map(|document| circuit(document, measured)).collect();
    if mode == "distribution" {
        println!("{}", serde_json::to_string(&probabilities(&circuits[0])).expect("numbers"));
        return;
    }
    let work: &dyn Fn() = match mode.as_str() {
        "samples" => &|| circuits.iter().for_each(samples),
        "probabilities" => &|| drop(black_box(probabilities(&circuits[0]))),
        "noise" => &|| noisy(&circuits[0]),
        _ => panic!("{mode} is no mode"),
    };
    let seconds: Vec<f64> = (0..repeat.parse().expect("a number")).map(|_| seconds(work)).collect();
    println!("{}", serde_json::json!({ "seconds": seconds }));
}

fn seconds(work: &dyn Fn()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn samples(circuit: &Circuit) {
    let run = sim::simulate(circuit).backend(BackendKind::Statevector).seed(SEED);
    black_box(run.sample_counts(SHOTS).expect("it can be simulated").counts);
}

fn probabilities(circuit: &Circuit) -> Vec<f64> {
    let run = sim::simulate(circuit).backend(BackendKind::Statevector).seed(SEED);
    run.run().expect("it can be simulated").probabilities.expect("nothing was measured").to_vec()
}

/// An error after one in 1,000 gates on one qubit and after one in 100 on two.
fn noisy(circuit: &Circuit) {
    let noise = NoiseBuilder::new()
        .after_gates(GateFilter::all().arity(1), NoiseChannel::Depolarizing { p: 1e-3 })
        .after_gates_joint(GateFilter::all().arity(2), NoiseChannel::TwoQubitDepolarizing { p: 1e-2 });
    let noise = noise.build(circuit).expect("a noise model");
    let run = sim::simulate(circuit).backend(BackendKind::Statevector).noise(&noise).seed(SEED);
    black_box(run.sample_counts(SHOTS).expect("it can be simulated").counts);
}

fn circuit(document: &str, measured: bool) -> Circuit {
    let document: Value = serde_json::from_str(document).expect("a circuit");
    let qubits = document["qubits"].as_u64().expect("a width") as usize;
    let mut circuit = Circuit::new(qubits, if measured { qubits } else { 0 });
    for operation in document["circuit"].as_array().expect("operations") {
        let (gate, on) = gate(operation);
        circuit.add_gate(gate, &on);
    }
    if measured {
        (0..qubits).for_each(|qubit| circuit.add_measure(qubit, qubit));
    }
    circuit
}

/// The gate, and the qubits that it acts on.
fn gate(operation: &Value) -> (Gate, Vec<usize>) {
    let number = |value: &Value| value.as_f64().expect("a number");
    let one = |name: &str| vec![operation[name].as_u64().expect("a qubit") as usize];
    let several =
        |name: &str| operation[name].as_array().expect("qubits").iter().map(|qubit| qubit.as_u64().expect("a qubit") as usize).collect();
    match operation["gate"].as_str().expect("a name") {
        "gpi" => (equatorial(PI, number(&operation["phase"])), one("target")),
        "gpi2" => (equatorial(PI / 2.0, number(&operation["phase"])), one("target")),
        "ms" => {
            let phase = |index: usize| number(&operation["phases"][index]);
            (ms(phase(0), phase(1), number(&operation["angle"])), several("targets"))
        }
        "zz" => (Gate::Rzz(TAU * number(&operation["angle"])), several("targets")),
        "h" => (Gate::H, one("target")),
        "cnot" => (Gate::Cx, [one("control"), one("target")].concat()),
        "swap" => (Gate::Swap, several("targets")),
        "z" => (Gate::cphase(number(&operation["rotation"])), [several("controls"), several("targets")].concat()),
        name => panic!("{name} is in none of the circuits that are compared"),
    }
}

/// A rotation by an angle about an axis at a phase, which is in turns.
fn equatorial(angle: f64, phase: f64) -> Gate {
    let (sin, cos) = if angle == PI { (1.0, 0.0) } else { (FRAC_1_SQRT_2, FRAC_1_SQRT_2) };
    let flip = |turns: f64| Complex64::new(0.0, -sin) * Complex64::from_polar(1.0, TAU * turns);
    let stay = Complex64::new(cos, 0.0);
    Gate::Fused(Box::new([[stay, flip(-phase)], [flip(phase), stay]]))
}

/// The interaction, its first target the more significant bit of a row.
fn ms(first: f64, second: f64, angle: f64) -> Gate {
    let (sin, cos) = (PI * angle).sin_cos();
    let flip = |turns: f64| Complex64::new(0.0, -sin) * Complex64::from_polar(1.0, TAU * turns);
    let stay = Complex64::new(cos, 0.0);
    let (sum, difference) = (first + second, first - second);
    Gate::Fused2q(Box::new([
        [stay, ZERO, ZERO, flip(-sum)],
        [ZERO, stay, flip(-difference), ZERO],
        [ZERO, flip(difference), stay, ZERO],
        [flip(sum), ZERO, ZERO, stay],
    ]))
}
