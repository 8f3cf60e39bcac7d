//! A circuit as OpenQASM 3 text that any reader of the language understands: `stdgates.inc`, and definitions of the gates that it lacks.

use crate::circuit::{Circuit, Operation};
use crate::gates::{Gate, Native, PauliString, Qis, Turns, pauli};
use std::collections::BTreeSet;
use std::f64::consts::TAU;
use std::fmt::{Display, Write as _};

/// A sum of Pauli strings that no finite product of gates is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("operation {index} (pauliexp): terms that do not commute have no program that is exact; compile the circuit to native gates")]
pub struct NoExactProgram {
    /// Which operation.
    pub index: usize,
}

/// The gates that `stdgates.inc` lacks, built from gates whose phases it fixes, so that it does not matter which of the two forms of
/// `U` a reader has. Parameters of native gates are turns, as in IonQ's own form of a circuit; of several, the names are in alphabetical
/// order, because Qiskit's reader (qiskit-qasm3-import 0.6.0) hands the values out in that order.
const DEFINITIONS: &[(&str, &str)] = &[
    ("rxx", "gate rxx(theta) a, b { h a; h b; cx a, b; rz(theta) b; cx a, b; h a; h b; }"),
    ("ryy", "gate ryy(theta) a, b { sdg a; sdg b; h a; h b; cx a, b; rz(theta) b; cx a, b; h a; h b; s a; s b; }"),
    ("rzz", "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }"),
    ("gpi", "gate gpi(turns) q { rz(-2*pi*turns) q; x q; rz(2*pi*turns) q; }"),
    ("gpi2", "gate gpi2(turns) q { rz(-2*pi*turns) q; rx(pi/2) q; rz(2*pi*turns) q; }"),
    (
        "ms",
        "gate ms(phase0, phase1, turns) a, b {\n  rz(-2*pi*phase0) a; rz(-2*pi*phase1) b;\n  h a; h b; cx a, b; rz(2*pi*turns) b; \
         cx a, b; h a; h b;\n  rz(2*pi*phase0) a; rz(2*pi*phase1) b;\n}",
    ),
    ("zz", "gate zz(turns) a, b { cx a, b; rz(2*pi*turns) b; cx a, b; }"),
];

/// A native circuit as an OpenQASM 3 program: `qubit[n] q`, the gates with their parameters in turns and what they mean, and a
/// measurement of every qubit into the bit of its number.
///
/// ```
/// use paultrap::circuit::{Circuit, On, native_qasm3, read_qasm3};
/// use paultrap::gates::{Native, Turns};
/// let text = native_qasm3(&Circuit::new(1, [Native::Gpi2(Turns(0.25)).on([0])])?);
/// assert!(text.ends_with("qubit[1] q;\nbit[1] c;\ngpi2(0.25) q[0];\nc = measure q;\n"), "{text}");
/// assert_eq!(read_qasm3(&text)?.qubits(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn native_qasm3(circuit: &Circuit<Native>) -> String {
    let mut writer = Writer::default();
    for Operation { gate, targets, .. } in circuit.operations() {
        let values: Vec<f64> = match *gate {
            // What differs by whole periods is the same gate, and a reader that multiplies by 2π does not overflow.
            Native::Gpi(phase) | Native::Gpi2(phase) => vec![phase.within(1.0)],
            Native::Ms(phi0, phi1, angle) => vec![phi0.within(1.0), phi1.within(1.0), angle.within(2.0)],
            Native::Zz(angle) => vec![angle.within(2.0)],
            Native::Nop => {
                targets.iter().for_each(|qubit| writer.call("id", &[], &[*qubit]));
                continue;
            }
        };
        writer.call(gate.spec().name, &values, targets);
    }
    writer.program(circuit.qubits())
}

/// A QIS circuit as an OpenQASM 3 program: `qubit[n] q`, the gates, and a measurement of every qubit into the bit of its number.
///
/// # Errors
/// [`NoExactProgram`] for a `pauliexp` whose terms do not commute.
pub fn qis_qasm3(circuit: &Circuit<Qis>) -> Result<String, NoExactProgram> {
    let mut writer = Writer::default();
    for (index, operation) in circuit.operations().iter().enumerate() {
        writer.operation(operation).ok_or(NoExactProgram { index })?;
    }
    Ok(writer.program(circuit.qubits()))
}

impl Turns {
    /// The same angle within a period.
    fn within(self, period: f64) -> f64 {
        if self.0.abs() > period { self.0 % period } else { self.0 }
    }
}

/// What is written so far.
#[derive(Default)]
struct Writer {
    lines: String,
    /// The places in [`DEFINITIONS`] of the gates that are used.
    defined: BTreeSet<usize>,
}

impl Writer {
    fn program(self, qubits: usize) -> String {
        let mut text = "OPENQASM 3.0;\ninclude \"stdgates.inc\";\n".to_owned();
        for index in self.defined {
            text.push_str(DEFINITIONS[index].1);
            text.push('\n');
        }
        let _ = write!(text, "qubit[{qubits}] q;\nbit[{qubits}] c;\n{}c = measure q;\n", self.lines); // a String takes everything
        text
    }

    /// One gate; a name that is not in `stdgates.inc` is defined.
    fn call(&mut self, name: &str, values: &[f64], qubits: &[usize]) {
        self.controlled(0, name, values, qubits);
    }

    /// One gate whose first qubits are controls.
    fn controlled(&mut self, controls: usize, name: &str, values: &[f64], qubits: &[usize]) {
        let gate = name.rsplit(' ').next().unwrap_or(name); // behind `inv @`
        self.defined.extend(DEFINITIONS.iter().position(|(known, _)| *known == gate));
        let control = match controls {
            0 => String::new(),
            1 => "ctrl @ ".to_owned(),
            _ => format!("ctrl({controls}) @ "),
        };
        // Debug text of a number is its shortest one, and always has a point or an exponent.
        let values = if values.is_empty() { String::new() } else { format!("({})", list(values.iter().map(|value| format!("{value:?}")))) };
        let qubits = list(qubits.iter().map(|qubit| format!("q[{qubit}]")));
        let space = if qubits.is_empty() { "" } else { " " };
        let _ = writeln!(self.lines, "{control}{name}{values}{space}{qubits};");
    }

    /// A QIS gate; nothing if it has no exact form.
    fn operation(&mut self, operation: &Operation<Qis>) -> Option<()> {
        let Operation { gate, targets, controls } = operation;
        if let Some(exp) = gate.pauli_exp() {
            for group in exp.groups() {
                let [(string, angle)] = *group else { return None };
                self.rotation(string, angle, targets, controls);
            }
            return Some(());
        }
        let qubits: Vec<usize> = controls.iter().chain(targets).copied().collect();
        self.controlled(controls.len(), standard_name(gate), &gate.values(), &qubits);
        Some(())
    }

    /// `exp(-i·angle·string)` where all controls are 1: Z rotations of a parity between changes of basis.
    fn rotation(&mut self, string: PauliString, angle: f64, targets: &[usize], controls: &[usize]) {
        let support: Vec<usize> = pauli::bits(string.support()).collect();
        let Some((&last, others)) = support.split_last() else {
            return self.phase(-angle, controls);
        };
        let doubled = if angle.abs() < f64::MAX / 2.0 { 2.0 * angle } else { 2.0 * (angle % TAU) };
        self.basis(string, &support, targets, false);
        others.iter().for_each(|&place| self.call("cx", &[], &[targets[place], targets[last]]));
        let qubits: Vec<usize> = controls.iter().copied().chain([targets[last]]).collect();
        self.controlled(controls.len(), "rz", &[doubled], &qubits);
        others.iter().rev().for_each(|&place| self.call("cx", &[], &[targets[place], targets[last]]));
        self.basis(string, &support, targets, true);
    }

    /// From the basis of the string's letters to that of Z, or back.
    fn basis(&mut self, string: PauliString, support: &[usize], targets: &[usize], back: bool) {
        for &place in support {
            let (x, y) = (string.x >> place & 1 == 1, string.x & string.z & 1 << place != 0);
            let gates: &[&str] = match (x, y, back) {
                (false, ..) => &[],
                (true, false, _) => &["h"],
                (true, true, false) => &["sdg", "h"],
                (true, true, true) => &["h", "s"],
            };
            gates.iter().for_each(|gate| self.call(gate, &[], &[targets[place]]));
        }
    }

    /// A phase where all controls are 1.
    fn phase(&mut self, angle: f64, controls: &[usize]) {
        match controls.len() {
            0 => self.call("gphase", &[angle], &[]),
            count => self.controlled(count - 1, "p", &[angle], controls),
        }
    }
}

/// What `stdgates.inc` or [`DEFINITIONS`] calls a gate.
fn standard_name(gate: &Qis) -> &'static str {
    match gate {
        Qis::Phase(_) => "p",
        Qis::Si => "sdg",
        Qis::Ti => "tdg",
        Qis::V => "sx",
        Qis::Vi => "inv @ sx",
        Qis::Xx(_) => "rxx",
        Qis::Yy(_) => "ryy",
        Qis::Zz(_) => "rzz",
        _ => gate.spec().name,
    }
}

fn list<T: Display>(items: impl Iterator<Item = T>) -> String {
    let mut text = String::new();
    for (index, item) in items.enumerate() {
        let _ = write!(text, "{}{item}", if index == 0 { "" } else { ", " });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{On, read_qasm3};
    use crate::gates::{PauliExp, Radians};
    use std::sync::Arc;

    #[test]
    fn only_what_the_standard_lacks_is_defined_and_only_where_it_is_used() {
        let text = qis_qasm3(&Circuit::new(2, [Qis::Vi.on([1]).controlled_by([0]), Qis::Xx(Radians(0.5)).on([1, 0])]).unwrap()).unwrap();
        assert_eq!(text.matches("gate ").count(), 1);
        assert!(text.contains("\nctrl @ inv @ sx q[0], q[1];\nrxx(0.5) q[1], q[0];\n"), "{text}");
        let plain = qis_qasm3(&Circuit::new(1, [Qis::H.on([0])]).unwrap()).unwrap();
        assert_eq!(plain, "OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[1] q;\nbit[1] c;\nh q[0];\nc = measure q;\n");
    }

    #[test]
    fn terms_that_do_not_commute_are_refused_by_the_index_of_their_gate() {
        let exp = |terms: &[&str]| Qis::PauliExp(Arc::new(PauliExp::new(2, terms, &[0.5, 0.25], 1.0).unwrap())).on([0, 1]);
        let circuit = Circuit::new(2, [exp(&["XX", "ZZ"]), exp(&["XI", "ZI"])]).unwrap();
        assert_eq!(qis_qasm3(&circuit), Err(NoExactProgram { index: 1 }));
    }

    #[test]
    fn any_finite_number_is_written_so_that_it_can_be_read() {
        let huge = |sign: f64| Turns(sign * 1.7e308);
        let native = [Native::Ms(huge(1.0), huge(-1.0), huge(1.0)).on([0, 1]), Native::Gpi(Turns(5e-324)).on([0])];
        read_qasm3(&native_qasm3(&Circuit::new(2, native).unwrap())).unwrap();
        let exp = PauliExp::new(1, &["Y"], &[-1.7e308], 1.0).unwrap();
        let qis = [Qis::PauliExp(Arc::new(exp)).on([1]), Qis::Rx(Radians(-1e-300)).on([0])];
        read_qasm3(&qis_qasm3(&Circuit::new(2, qis).unwrap()).unwrap()).unwrap();
    }
}
