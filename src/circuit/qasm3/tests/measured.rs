//! Programs that measure and reset on their way.

use super::super::read_qasm3_program;
use super::HEAD;
use crate::circuit::{Event, MAX_BITS, MAX_GATES, MeasuredCircuit, On, Register, read_qasm3};
use crate::gates::Qis;

fn program(body: &str) -> MeasuredCircuit<Qis> {
    read_qasm3_program(&format!("{HEAD}{body}")).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn message(body: &str) -> String {
    read_qasm3_program(&format!("{HEAD}{body}")).unwrap_err().to_string()
}

/// Name, first bit and number of bits.
fn registers(program: &MeasuredCircuit<Qis>) -> Vec<(&str, usize, usize)> {
    let one = |register: &'_ Register| {
        let places: Vec<usize> = register.places().map(Option::unwrap).collect();
        assert!(places.windows(2).all(|pair| pair[1] == pair[0] + 1), "{places:?}");
        (places[0], places.len())
    };
    program.registers().iter().map(|register| (register.name(), one(register).0, one(register).1)).collect()
}

/// Place, qubit, bit of each measurement; -1 for a result that is lost, -2 for a reset.
fn events(body: &str) -> Vec<(usize, usize, i32)> {
    let program = program(body);
    let event = |&(place, event): &(usize, Event)| match event {
        Event::Measure { qubit, bit } => (place, qubit, bit.map_or(-1, |bit| bit as i32)),
        Event::Reset { qubit } => (place, qubit, -2),
    };
    program.events().iter().map(event).collect()
}

#[test]
fn both_spellings_of_a_measurement_fill_registers_elements_and_slices() {
    let all = [(0, 0, 0), (0, 1, 1), (0, 2, 2), (0, 3, 3)];
    for body in ["bit[4] c = measure q;", "bit[4] c; c = measure q;", "creg c[4]; measure q -> c;", "bit[4] c; measure q[0:3] -> c[:];"] {
        assert_eq!(events(body), all, "{body}");
    }
    assert_eq!(events("bit[4] c; c[{3, 1}] = measure q[0:1];"), [(0, 0, 3), (0, 1, 1)]);
    assert_eq!(events("bit[4] c; measure q[3:-1:2] -> c[-1:-2:1];"), [(0, 3, 3), (0, 2, 1)]);
    assert_eq!(events("bit a; bit b; b = measure q[2]; measure q[0] -> a;"), [(0, 2, 1), (0, 0, 0)]);
    assert_eq!(events("let pair = q[2:3]; bit[2] c = measure pair;"), [(0, 2, 0), (0, 3, 1)]);
}

#[test]
fn events_stand_before_the_operation_that_comes_next() {
    let body = "bit[2] c; reset q[1]; h q[0]; c[0] = measure q[0]; barrier q; reset q[0]; x q[0]; measure q[3]; measure q[0] -> c[1];";
    assert_eq!(events(body), [(0, 1, -2), (1, 0, 0), (1, 0, -2), (2, 3, -1), (2, 0, 1)]);
    assert_eq!(program(body).gates().operations(), [Qis::H.on([0]), Qis::X.on([0])]);
    assert_eq!(events("bit b; reset q; b = measure q[1];").len(), 5);
}

#[test]
fn registers_lie_side_by_side_in_the_order_of_their_declaration() {
    let program = program("creg b[2]; qubit[2] r; bit a; bit[3] d; a = measure r[0];");
    assert_eq!(registers(&program), [("b", 0, 2), ("a", 2, 1), ("d", 3, 3)]);
    assert_eq!((program.bits(), program.measured(), program.gates().qubits()), (6, 0b100, 6));
}

#[test]
fn a_program_that_fills_no_bit_measures_every_qubit_at_the_end() {
    for body in ["x q[0];", "bit[9] c; x q[0];", "x q[0]; bit c; measure q[1];"] {
        let program = program(body);
        assert_eq!((program.bits(), registers(&program)), (4, vec![]), "{body}");
        assert!(program.events().ends_with(&[(1, Event::Measure { qubit: 3, bit: Some(3) })]), "{body}");
    }
}

#[test]
fn a_program_that_a_plain_circuit_can_express_has_the_same_gates() {
    let text = format!("{HEAD}bit[4] c; negctrl @ cu3(0.1, 0.2, 0.3) q[0], q[1], q[2]; measure q -> c; barrier q; h q[3];");
    let error = read_qasm3(&text).unwrap_err();
    assert!(error.to_string().contains("h acts on qubit 3 after its measurement"), "{error}");
    let plain = text.replace("h q[3];", "");
    assert_eq!(read_qasm3(&plain).unwrap(), *read_qasm3_program(&plain).unwrap().gates());
}

#[test]
fn what_no_circuit_does_is_refused_with_its_line_and_name() {
    let body = "bit[2] c;\nc = measure q[0:1];\n";
    for (statement, construct) in [
        ("if (c == 1) { x q[0]; }", "if"),
        ("while (c[0]) { x q[0]; }", "while"),
        ("for int i in [0:2] { x q[0]; }", "for"),
        ("switch (c) { }", "switch"),
        ("def f(qubit a) { }", "def"),
        ("extern f(bit) -> bit;", "extern"),
        ("delay[10ns] q[0];", "delay"),
        ("defcal x $0 { }", "defcal"),
        ("input float a;", "input"),
        ("c[0] = c[1];", "a classical value"),
        ("c ^= 1;", "^="),
        ("include \"other.inc\";", "include \"other.inc\""),
        ("bit[2] d = \"01\";", "a classical value"),
        ("measure $0 -> c[0];", "$0"),
        ("reset $0;", "$0"),
        ("gate g a { reset a; }", "reset in a gate"),
    ] {
        let text = message(&format!("{body}{statement}"));
        assert!(text.starts_with(&format!("line 6: {construct} is not supported, ")), "{statement}: {text}");
    }
}

#[test]
fn measurements_and_resets_of_the_wrong_things_are_refused() {
    assert_eq!(message("bit[2] c = measure q;"), "line 4: measure joins registers of 4 and 2 elements, they must be of one size");
    assert_eq!(message("bit c;\nreset c;"), "line 5: c is a classical register, a quantum register is needed");
    assert_eq!(message("measure q[0] -> q[1];"), "line 4: q is a quantum register, a classical register is needed");
    assert_eq!(message("reset q[4];"), "line 4: q[4] does not exist, q has 4 elements");
    assert_eq!(message("reset;"), "line 4: \";\" where a qubit or a register is needed");
    assert_eq!(message("bit output_all;"), "line 4: output_all is the name of all bits together in the results, choose another");
}

#[test]
fn as_many_bits_as_an_outcome_can_show_are_allowed_and_no_more() {
    assert_eq!(program(&format!("bit[{MAX_BITS}] c; c[63] = measure q[0];")).bits(), MAX_BITS);
    let error = "line 4: too many classical bits, at most 64 are allowed";
    for body in ["bit[65] c;", "bit[64] c; bit d;", "bit[1000000000] c;", "bit[9223372036854775807] c;"] {
        assert_eq!(message(body), error, "{body}");
    }
}

#[test]
fn as_many_events_as_gates_are_allowed_and_no_more() {
    let text = |events: usize| "reset q[0];".repeat(events);
    assert_eq!(program(&text(MAX_GATES)).events().len(), MAX_GATES + 4);
    assert!(message(&text(MAX_GATES + 1)).contains("too many measurements and resets, at most 150000 are allowed"));
}
