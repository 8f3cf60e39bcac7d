use crate::circuit::error::shorten;
use crate::circuit::{CircuitError, MAX_GATES, MAX_QUBITS};

/// Why OpenQASM text is refused, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Qasm3Error {
    /// The line of the statement at fault, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Qasm3Problem,
}

/// What is wrong with OpenQASM text. Names are shortened.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Qasm3Problem {
    /// OpenQASM, but not of the kind that becomes a circuit.
    #[error("{construct} is not supported, {instead}")]
    Unsupported {
        /// The keyword or the thing.
        construct: String,
        /// What there is instead.
        instead: &'static str,
    },
    /// Not OpenQASM.
    #[error("{given} where {needed} is needed")]
    Syntax {
        /// What stands there.
        given: String,
        /// What could.
        needed: &'static str,
    },
    /// A name that nothing has.
    #[error("{name} is not defined{hint}")]
    Undefined {
        /// The name.
        name: String,
        /// What may help, with its own comma; or empty.
        hint: &'static str,
    },
    /// A name that is taken.
    #[error("{name} is defined already")]
    Redefined {
        /// The name.
        name: String,
    },
    /// A name that means something else.
    #[error("{name} is {kind}, {needed} is needed")]
    WrongKind {
        /// The name.
        name: String,
        /// What it is.
        kind: &'static str,
        /// What it should be.
        needed: &'static str,
    },
    /// A list of the wrong length.
    #[error("{of} has {given} {what}, {needed} needed")]
    Count {
        /// The gate.
        of: String,
        /// `parameters` or `qubits`.
        what: &'static str,
        /// How many were given.
        given: usize,
        /// How many there must be.
        needed: usize,
    },
    /// An index that a register does not have.
    #[error("{register}[{index}] does not exist, {register} has {size} elements")]
    Index {
        /// The register.
        register: String,
        /// The index as given.
        index: i64,
        /// How many elements there are.
        size: usize,
    },
    /// Registers of different sizes in one statement.
    #[error("{what} joins registers of {one} and {other} elements, they must be of one size")]
    Sizes {
        /// The gate, or `measure`.
        what: String,
        /// One size.
        one: usize,
        /// The other.
        other: usize,
    },
    /// One qubit twice.
    #[error("{what}: qubit {qubit} is given twice, the qubits of an operation must differ")]
    RepeatedQubit {
        /// The gate, or `let`.
        what: String,
        /// The qubit's place in the circuit.
        qubit: usize,
    },
    /// Something after a measurement.
    #[error("{what} acts on qubit {qubit} after its measurement, every measurement must be the last thing that happens to its qubit")]
    AfterMeasurement {
        /// The gate.
        what: String,
        /// The qubit's place in the circuit.
        qubit: usize,
    },
    /// An expression without a value, or with one that cannot be used.
    #[error("{expression} {problem}")]
    Value {
        /// The operation or the value.
        expression: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A power that has no simple form.
    #[error("pow({exponent}) of {gate} is not supported, a fractional power needs one rotation, phase, Pauli, h, s, t, sx or swap")]
    FractionalPower {
        /// The gate.
        gate: String,
        /// The exponent.
        exponent: f64,
    },
    /// More than fits.
    #[error("{what}, at most {limit} are allowed")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// More gates than a job may have.
    #[error("the program has too many gates, at most {MAX_GATES} are allowed")]
    Gates,
    /// No qubit at all.
    #[error("no qubit is declared, a circuit has 1..={MAX_QUBITS} qubits")]
    NoQubits,
    /// The operations do not make a circuit.
    #[error("{}", without_index(.0))]
    Circuit(CircuitError),
}

impl Qasm3Problem {
    /// True if a gate has more controls than the service can do, which has a failure code of its own.
    pub fn is_too_many_controls(&self) -> bool {
        matches!(self, Qasm3Problem::Circuit(error) if error.is_too_many_controls())
    }

    /// True if there are more gates than a job may have, which has a failure code of its own.
    pub fn is_too_many_gates(&self) -> bool {
        matches!(self, Qasm3Problem::Gates)
    }

    pub(super) fn at(self, line: usize) -> Qasm3Error {
        Qasm3Error { line, problem: self }
    }

    pub(super) fn unsupported(construct: impl Into<String>, instead: &'static str) -> Qasm3Problem {
        Qasm3Problem::Unsupported { construct: construct.into(), instead }
    }

    pub(super) fn undefined(name: &str, hint: &'static str) -> Qasm3Problem {
        Qasm3Problem::Undefined { name: shorten(name), hint }
    }

    pub(super) fn value(expression: impl Into<String>, problem: &'static str) -> Qasm3Problem {
        Qasm3Problem::Value { expression: expression.into(), problem }
    }
}

/// The index of an operation means nothing to someone who wrote a program; the line does.
fn without_index(error: &CircuitError) -> String {
    match error {
        CircuitError::Operation { gate, problem, .. } => format!("{gate}: {problem}"),
        CircuitError::Width { .. } | CircuitError::Gateset { .. } | CircuitError::Register { .. } | CircuitError::Registers { .. } => {
            error.to_string()
        }
    }
}
