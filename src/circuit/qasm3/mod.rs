//! OpenQASM 3 text into a circuit: declarations, the standard gates, definitions of gates, modifiers, arithmetic, measurements
//! and resets. What a circuit cannot be (conditions, loops, times, files) is refused by name and line.
//!
//! May import: `gates`, `circuit`. The way of the text is `token.rs`, `parse.rs` and `arithmetic.rs`, `program.rs`; what a gate
//! becomes is in `gates.rs` and `piece.rs`. Names are looked up only in `program.rs` and `gates.rs`.

mod arithmetic;
mod error;
mod expression;
mod gates;
mod library;
mod parse;
mod piece;
mod program;
mod registers;
mod syntax;
#[cfg(test)]
mod tests;
mod token;
mod write;

pub use error::{Qasm3Error, Qasm3Problem};
pub use write::{NoExactProgram, native_qasm3, qis_qasm3};

use super::{Circuit, MeasuredCircuit};
use crate::gates::Qis;

/// The longest text.
const MAX_TEXT: usize = 8 << 20;
/// The most registers, aliases and numbers.
const MAX_NAMES: usize = 10_000;
/// The most classical bits.
const MAX_BITS: usize = 1 << 16;

/// Reads an OpenQASM 3 program, or an OpenQASM 2 program of the same statements, as a circuit. Measurements must come last; a
/// program that measures or resets on its way is read by [`read_qasm3_program`].
///
/// * Qubits are counted in the order of their declaration: element 0 of the first register is qubit 0.
/// * Every outcome is one of all qubits, so measurements at the end are accepted and say nothing new: results are by qubit, whatever
///   classical bit a qubit was measured into.
/// * Gates are exact, their global phases included, which `ctrl @` makes relative. `U(θ, φ, λ)` is the matrix
///   `[[cos θ/2, -e^{iλ} sin θ/2], [e^{iφ} sin θ/2, e^{i(φ+λ)} cos θ/2]]`.
/// * `include "stdgates.inc"` and `"qelib1.inc"` are known; no file is ever opened.
///
/// ```
/// use paultrap::circuit::{On, read_qasm3};
/// use paultrap::gates::Qis;
/// let text = "OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[2] q;\nh q[0];\nctrl @ x q[0], q[1];\nbit[2] c = measure q;";
/// assert_eq!(read_qasm3(text)?.operations(), [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])]);
/// let refused = read_qasm3("qubit q;\nreset q;").unwrap_err();
/// assert_eq!(refused.to_string(), "line 2: reset is not supported, every qubit begins in 0 and is used from there");
/// # Ok::<(), paultrap::circuit::Qasm3Error>(())
/// ```
///
/// # Errors
/// [`Qasm3Error`] with the line and the construct at fault.
pub fn read_qasm3(text: &str) -> Result<Circuit<Qis>, Qasm3Error> {
    let (program, line) = read(text, program::Program::default())?;
    program.circuit(line)
}

/// Reads an OpenQASM 3 program like [`read_qasm3`], but with measurements and resets wherever they stand.
///
/// * `measure q -> c;`, `c = measure q;`, `bit[2] c = measure q;` with whole registers, elements and slices of them; every bit is
///   what it was measured to be last, and 0 before. `measure q;` alone measures and keeps nothing.
/// * Registers are those of the program in the order of their declaration, with at most [`MAX_BITS`](super::MAX_BITS) bits together.
/// * A program in which no measurement fills a bit measures every qubit at the end, and has no registers.
///
/// ```
/// use paultrap::circuit::{Event, read_qasm3_program};
/// let text = "include \"stdgates.inc\"; qubit q; bit[2] c; h q; c[1] = measure q; reset q; x q; c[0] = measure q;";
/// let program = read_qasm3_program(text)?;
/// assert_eq!(program.events()[..2], [(1, Event::Measure { qubit: 0, bit: Some(1) }), (1, Event::Reset { qubit: 0 })]);
/// let refused = read_qasm3_program("qubit q;\nbit c = measure q;\nif (c) U(0, 0, 1) q;").unwrap_err();
/// assert_eq!(refused.to_string(), "line 3: if is not supported, a circuit does the same things in every shot");
/// # Ok::<(), paultrap::circuit::Qasm3Error>(())
/// ```
///
/// # Errors
/// [`Qasm3Error`] with the line and the construct at fault.
pub fn read_qasm3_program(text: &str) -> Result<MeasuredCircuit<Qis>, Qasm3Error> {
    let (program, line) = read(text, program::Program::measuring())?;
    program.measured_circuit(line)
}

/// Reads everything into a program; with the line at the end.
fn read(text: &str, mut program: program::Program) -> Result<(program::Program, usize), Qasm3Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text); // some editors begin a file with a byte order mark
    if text.len() > MAX_TEXT {
        return Err(Qasm3Problem::TooMany { what: "the text is too long in bytes", limit: MAX_TEXT }.at(1));
    }
    let mut parser = parse::Parser::of(text)?;
    while let Some(statement) = parser.statement()? {
        program.take(&statement)?;
    }
    Ok((program, parser.next.line))
}
