//! Circuits written as OpenQASM 3: our own reader gets the same operation back, and other readers do too (`fixtures/written.py`).
#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use paultrap::circuit::{Program, native_qasm3, qis_qasm3, read_qasm3};
use paultrap::diff::{Verdict, compare};
use paultrap::simulate::Memory;
use std::path::Path;
use support::{files, program, stem};

const WITHOUT: [&str; 7] =
    ["pauliexp_controlled", "pauliexp_five_qubits", "pauliexp_noncommuting", "random_4", "random_5", "random_6", "random_7"];

fn written(program: &Program) -> Option<String> {
    match program {
        Program::Native(circuit) => Some(native_qasm3(circuit)),
        Program::Qis(circuit) => qis_qasm3(circuit).ok(),
    }
}

#[test]
fn every_circuit_is_the_same_operation_after_writing_and_reading() {
    let (mut checked, mut without) = (0, Vec::new());
    for folder in ["circuits/qis", "circuits/native", "seed"] {
        for file in files(folder) {
            let name = stem(&file);
            let program = program(&format!("{folder}/{name}"));
            let Some(text) = written(&program) else {
                without.push(name);
                continue;
            };
            let read = Program::from(read_qasm3(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}")));
            assert_eq!(read.qubits(), program.qubits(), "{name}");
            assert_eq!(compare(&program, &read, Memory::shared()).unwrap().verdict, Verdict::Identical, "{name}:\n{text}");
            checked += 1;
        }
    }
    assert!(checked >= 90, "only {checked} circuits found");
    assert_eq!(without, WITHOUT, "these have sums of terms that do not commute");
}

/// `PAULTRAP_WRITE=1` writes the files anew; then `fixtures/written.py` must be asked again.
#[test]
fn programs_are_written_as_other_readers_have_checked_them() {
    let names = [
        ("native", "random_4_ms"),
        ("native", "random_5_zz"),
        ("native", "gpi"),
        ("native", "nop"),
        ("native", "phase_negative"),
        ("qis", "random_3"),
        ("qis", "pauliexp_commuting"),
        ("qis", "pauliexp_controlled_identity"),
        ("qis", "control_vi"),
        ("qis", "controls_7_v"),
        ("qis", "yy"),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/written");
    for (gateset, name) in names {
        let text = written(&program(&format!("circuits/{gateset}/{name}"))).unwrap();
        let file = folder.join(format!("{gateset}.{name}.qasm"));
        if std::env::var_os("PAULTRAP_WRITE").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        assert_eq!(text, std::fs::read_to_string(&file).unwrap(), "{}", file.display());
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), names.len(), "a file is left over");
}
