//! The fixtures in `fixtures/circuits/qasm3` check what programs measure; here is what they become, and that nothing breaks the reader.

mod measured;

use super::{read_qasm3, read_qasm3_program};
use crate::circuit::{MAX_GATES, On, Operation};
use crate::gates::{Qis, Radians};
use proptest::prelude::*;

const HEAD: &str = "OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[4] q;\n";

fn operations(body: &str) -> Vec<Operation<Qis>> {
    read_qasm3(&format!("{HEAD}{body}")).unwrap_or_else(|error| panic!("{body}: {error}")).operations().to_vec()
}

fn message(body: &str) -> String {
    read_qasm3(&format!("{HEAD}{body}")).unwrap_err().to_string()
}

#[test]
fn registers_are_counted_in_the_order_of_their_declaration() {
    let circuit = read_qasm3("include \"stdgates.inc\"; qubit[2] b; bit[9] c; qubit a; qreg d[3]; x d[1]; x a; x b[1];").unwrap();
    assert_eq!(circuit.qubits(), 6);
    assert_eq!(circuit.operations(), [Qis::X.on([4]), Qis::X.on([2]), Qis::X.on([1])]);
}

#[test]
fn gates_that_the_table_has_become_one_operation() {
    assert_eq!(operations("cu1(0.5) q[0], q[1];"), [Qis::Phase(Radians(0.5)).on([1]).controlled_by([0])]);
    assert_eq!(operations("ctrl(2) @ cx q[3], q[2], q[1], q[0];"), [Qis::X.on([0]).controlled_by([1, 3, 2])]);
    assert_eq!(operations("inv @ sx q[0]; inv @ rzz(0.5) q[1], q[0];"), [Qis::Vi.on([0]), Qis::Zz(Radians(-0.5)).on([1, 0])]);
    assert_eq!(operations("pow(3) @ rx(0.5) q[0];"), [Qis::Rx(Radians(1.5)).on([0])]);
    assert_eq!(operations("ctrl @ gphase(0.5) q[2];"), [Qis::Phase(Radians(0.5)).on([2])]);
    assert_eq!(operations("ctrl @ swap q[0], q[1], q[2];"), [Qis::Swap.on([1, 2]).controlled_by([0])]);
    assert_eq!(operations("gphase(1); id q; barrier q; barrier; measure q;"), []);
}

#[test]
fn whole_numbers_divide_to_fractions_in_the_exponent_of_a_power_and_nowhere_else() {
    assert_eq!(operations("gate root a { pow(1/2) @ x a; }\nroot q[0];"), operations("pow(0.5) @ x q[0];"));
    assert_eq!(operations("const int n = 4; pow((n - 1)/2 + 1/4) @ x q[0];"), operations("pow(1.75) @ x q[0];"));
    assert_eq!(operations("pow(6/3) @ h q[0];").len(), 2);
    for body in ["rx(1/2) q[0];", "pow(1/2) @ rx(1/2) q[0];", "const float n = 1/2;", "pow(1/2) @ x q[0];\nrx(1/2) q[0];"] {
        assert!(message(body).contains("1 / 2 divides whole numbers"), "{body}");
    }
    assert!(message("pow(1/0) @ x q[0];").contains("1 / 0 divides by zero"));
}

#[test]
fn a_byte_order_mark_before_the_text_is_nothing() {
    let text = format!("\u{feff}{HEAD}x q[0];");
    assert_eq!(read_qasm3(&text).unwrap(), read_qasm3(&text[3..]).unwrap());
    assert_eq!(read_qasm3_program(&text).unwrap(), read_qasm3_program(&text[3..]).unwrap());
    assert_eq!(message("\u{feff}x q[0];").split(':').next(), Some("line 4"), "it is one only there");
    assert!(read_qasm3(&text.replace("x q[0]", "y r")).unwrap_err().to_string().starts_with("line 4: r is not defined"));
}

#[test]
fn names_have_256_characters_at_most() {
    let (long, longer) = ("n".repeat(256), "ä".repeat(257));
    assert_eq!(operations(&format!("gate {long} a {{ x a; }} {long} q[0];")), [Qis::X.on([0])]);
    for body in
        [format!("bit {longer};"), format!("let {longer} = q;"), format!("gate {longer} a {{ }}"), format!("const int {longer} = 1;")]
    {
        assert_eq!(message(&body), "line 4: a name has too many characters, at most 256 are allowed");
    }
}

#[test]
fn controls_that_the_call_has_no_qubits_for_cost_nothing() {
    // 28 times 64 controls on each of 12,000 gates would be hundreds of megabytes; the answer counts them all the same.
    let text = message(&format!("{} pow(12000) @ h q[0], q[1];", "ctrl(64) @ ".repeat(28)));
    assert!(text.contains("1793"), "{text}");
    assert!(message("ctrl @ ctrl @ ctrl @ x q[0], q[1];").contains('4'));
}

#[test]
fn gates_of_the_old_library_are_known() {
    assert_eq!(operations("c3x q[0], q[1], q[2], q[3];"), [Qis::X.on([3]).controlled_by([0, 1, 2])]);
    assert_eq!(operations("rccx q[2], q[1], q[0];").len(), 9);
    assert_eq!(operations("u(0.5, 0, 0) q[0]; u0(1) q[1];"), [Qis::Ry(Radians(0.5)).on([0])]);
}

#[test]
fn a_control_that_must_be_zero_is_turned_over_once_for_a_whole_gate() {
    let x = |qubit| Qis::X.on([qubit]);
    let rest = [Qis::Ry(Radians(0.5)).on([1]).controlled_by([0]), Qis::Phase(Radians(0.7)).on([1]).controlled_by([0])];
    assert_eq!(operations("negctrl @ U(0.5, 0.7, 0) q[0], q[1];"), [vec![x(0)], rest.to_vec(), vec![x(0)]].concat());
}

#[test]
fn a_modifier_may_stand_close_to_its_gate_and_an_old_measurement_among_new_ones() {
    assert_eq!(operations("ctrl@x q[0],q[1];"), [Qis::X.on([1]).controlled_by([0])]);
    assert_eq!(operations("bit[4] c; measure q[0] -> c[3]; c[1] = measure q[1]; x q[2]; measure q -> c;"), [Qis::X.on([2])]);
}

#[test]
fn measured_qubits_take_no_more_gates_not_even_empty_ones() {
    let error = "acts on qubit 1 after its measurement, every measurement must be the last thing that happens to its qubit";
    for gate in ["h q;", "ctrl @ z q[1], q[0];", "nothing q[0], q[1];"] {
        let text = message(&format!("gate nothing a, b {{ }}\nmeasure q[1];\n{gate}"));
        assert!(text.starts_with("line 6: ") && text.ends_with(error), "{text}");
    }
}

#[test]
fn as_many_gates_as_a_job_may_have_are_read_and_one_more_is_refused() {
    let body = format!("gate block a {{ {} }}\n", "h a; ".repeat(1000));
    let most = body.clone() + &"block q[0];\n".repeat(MAX_GATES / 1000);
    assert_eq!(operations(&most).len(), MAX_GATES);
    let text = message(&(most + "x q[0];"));
    assert_eq!(text, format!("line {}: the program has too many gates, at most {MAX_GATES} are allowed", 5 + MAX_GATES / 1000));
    assert!(message(&(body + "pow(151) @ block q[0];")).contains("too many gates"));
    let deeper = format!("gate one a {{ h a; }} gate block a {{ {} }}\n", "one a; ".repeat(1000));
    assert_eq!(operations(&(deeper + &"block q[0];\n".repeat(MAX_GATES / 1000))).len(), MAX_GATES);
}

#[test]
fn a_program_that_comes_to_nothing_may_take_few_steps_and_every_gate_allows_some_more() {
    let doubling = |levels: usize| {
        let next = |level: usize| format!("gate e{} a {{ e{level} a; e{level} a; }}\n", level + 1);
        "gate e0 a { }\n".to_owned() + &(0..levels).map(next).collect::<String>() + &format!("e{levels} q[0];\n")
    };
    assert!(operations(&doubling(16)).is_empty());
    assert!(message(&doubling(18)).ends_with("the program takes too many steps, at most 400000 are allowed"));
    let gates = "pow(1000) @ x q[0];\n".repeat(30);
    assert!(message(&(gates + &doubling(20))).ends_with("the program takes too many steps, at most 580000 are allowed"));
}

#[test]
fn long_texts_are_refused_before_they_cost_anything() {
    assert_eq!(
        read_qasm3(&" ".repeat((8 << 20) + 1)).unwrap_err().to_string(),
        "line 1: the text is too long in bytes, at most 8388608 are allowed"
    );
    assert!(message(&format!("x q[0]{};", ", q[0]".repeat(100_000))).contains("too long a list"));
    assert!(message(&format!("{} x q[0];", "inv @ ".repeat(100_000))).contains("too long a list"));
    assert!(message(&format!("x q{};", "[0:3]".repeat(100_000))).contains("too long a list"));
    assert!(message(&format!("gate g {} {{ }}", (0..65).map(|n| format!("a{n}, ")).collect::<String>())).contains("too many qubits"));
    assert!(message(&(0..10_001).map(|n| format!("let a{n} = q;")).collect::<String>()).contains("too many names"));
    let chain = format!("measure q -> c{}[0:3];\n", "[0:65535]".repeat(100));
    assert!(message(&format!("bit[65536] c;\n{chain}")).contains("too many steps"));
    let sum = "a+".repeat(2000) + "a";
    let long: String = (0..600).map(|n| format!("gate g{n}(a) b {{ rx({sum}) b; }}\n")).collect();
    assert!(message(&long).contains("definitions are too long"));
}

#[test]
fn a_gate_of_the_programs_own_comes_before_one_that_only_some_libraries_have() {
    let own = "gate rzz(a) x, y { p(a) x; }";
    assert_eq!(operations(&format!("{own} rzz(0.5) q[0], q[1];")), [Qis::Phase(Radians(0.5)).on([0])]);
    assert_eq!(operations("rzz(0.5) q[0], q[1];"), [Qis::Zz(Radians(0.5)).on([0, 1])]);
    assert_eq!(message("gate rzz(a) x, y { rzz(a) x, y; }"), "line 4: gate rzz is not defined inside itself");
    let late = read_qasm3("gate h a { } include \"stdgates.inc\"; qubit q; h q;").unwrap_err();
    assert_eq!(late.to_string(), "line 1: h is defined already");
}

/// A program with everything in it that is read, and much that is not.
const SEED: &str = "OPENQASM 3.0; include \"stdgates.inc\"; const uint n = 2 ** 2; gate g(a, b) x, y { ctrl @ rx(a) x, y; pow(2) @ cx x, y; \
    gphase(b / 2); } qubit[n] q; bit[4] c; h q; g(pi, -2.5e-3) q[0], q[1]; let a = q[0:1] ++ q[{3, 2}]; negctrl(2) @ inv @ U(1, .5, sin(3)) a[0], \
    a[-1], q[1]; barrier q; pow(0.5) @ swap q[0], q[1]; angle w = tau / 3; ctrl @ gphase(w) q[2:-1:1]; measure q[0] -> c[0]; c[1:3] = measure \
    q[1:3]; reset q; h q[1]; c[{0, 2}] = measure q[{1, 0}]; if (c == 1) { x q[0]; } for int i in [0:2] { x q[i]; } delay[10ns] q; 0x1F /* x */ // y\n";

fn pieces() -> Vec<&'static str> {
    SEED.split_inclusive(|character: char| !character.is_alphanumeric()).collect()
}

/// The seed up to where it stops being a circuit, some of its pieces taken out, doubled or put elsewhere.
fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4u8);
    prop::collection::vec(change, 1..8).prop_map(|changes| {
        let mut text = pieces();
        for (at, other, kind) in changes {
            let at = at.index(text.len());
            match kind {
                0 => drop(text.remove(at)),
                1 => text.insert(at, pieces()[other.index(pieces().len())]),
                2 => text[at] = pieces()[other.index(pieces().len())],
                _ => text.truncate(text.len() - at / 2),
            }
        }
        text.concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_mutation_of_a_program_breaks_the_reader(text in mutated()) {
        let errors = [read_qasm3(&text).err(), read_qasm3_program(&text).err()];
        for error in errors.into_iter().flatten() {
            prop_assert!(error.line >= 1 && error.line <= 1 + text.lines().count(), "{error}");
        }
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_qasm3(&String::from_utf8_lossy(&bytes));
        let _ = read_qasm3_program(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_run_of_its_own_words_breaks_the_reader(words in prop::collection::vec(prop::sample::select(pieces()), 0..60)) {
        let _ = read_qasm3(&words.concat());
        let _ = read_qasm3_program(&words.concat());
    }
}

#[test]
fn the_program_that_is_mutated_reads_as_far_as_it_is_a_circuit() {
    let (circuit, rest) = SEED.split_at(SEED.find("reset").unwrap());
    assert!(read_qasm3(circuit).unwrap().operations().len() > 10);
    assert!(rest.starts_with("reset") && read_qasm3(SEED).unwrap_err().to_string().contains("reset is not supported"));
    let measured = SEED.split_at(SEED.find("if (").unwrap()).0;
    assert_eq!(read_qasm3_program(measured).unwrap().events().len(), 4 + 4 + 2);
    assert!(read_qasm3_program(SEED).unwrap_err().to_string().contains("if is not supported"));
}
