//! Why a circuit is refused, in words that name the field, what was given and what is allowed.

use super::{MAX_BITS, MAX_QUBITS, MAX_REGISTER_NAME, MAX_REGISTERS};
use crate::gates::Gateset;
use crate::gates::pauli::PauliError;
use crate::gates::table::{self, MAX_CONTROLS};

/// Why a circuit is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// The declared width cannot be.
    #[error("qubits {given} is not allowed, a circuit has 1..={MAX_QUBITS} qubits")]
    Width {
        /// The width as given.
        given: i64,
    },
    /// The gateset is none of the two.
    #[error("gateset {given:?} is not known, allowed are qis, native")]
    Gateset {
        /// The name as given, shortened.
        given: String,
    },
    /// A classical register cannot be.
    #[error("register {name:?}: {problem}")]
    Register {
        /// The register's name, shortened.
        name: String,
        /// What is wrong with it.
        problem: RegisterError,
    },
    /// More classical registers than results are told by.
    #[error("registers has {given} entries, at most {MAX_REGISTERS} are allowed")]
    Registers {
        /// How many there are.
        given: usize,
    },
    /// One operation is wrong.
    #[error("operation {index} ({gate}): {problem}")]
    Operation {
        /// Its index in the list of gates as given.
        index: usize,
        /// The gate's name, shortened.
        gate: String,
        /// What is wrong with it.
        problem: OperationError,
    },
}

impl CircuitError {
    pub(crate) fn at(index: usize, gate: &str, problem: OperationError) -> CircuitError {
        CircuitError::Operation { index, gate: shorten(gate), problem }
    }

    /// The path of the offending field inside the circuit object, such as `circuit[3].controls`.
    pub fn field(&self) -> String {
        match self {
            CircuitError::Width { .. } => "qubits".to_owned(),
            CircuitError::Gateset { .. } => "gateset".to_owned(),
            CircuitError::Register { name, .. } => format!("registers.{name}"),
            CircuitError::Registers { .. } => "registers".to_owned(),
            CircuitError::Operation { index, problem, .. } => format!("circuit[{index}].{}", problem.field()),
        }
    }

    /// True if the circuit is well formed but asks for more controls than the service can do. IonQ accepts such a job and
    /// then fails it with `TooManyControls`.
    pub fn is_too_many_controls(&self) -> bool {
        matches!(self, CircuitError::Operation { problem: OperationError::TooManyControls { .. }, .. })
    }
}

/// What is wrong with one operation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The name is in neither gateset.
    #[error("gate {given:?} is not known, {gateset} gates are {}", table::names(*.gateset))]
    UnknownGate {
        /// The name as given, shortened.
        given: String,
        /// The circuit's gateset.
        gateset: Gateset,
    },
    /// The name belongs to the other gateset.
    #[error("gate {given:?} is a {} gate, in a {gateset} circuit allowed are {}", other(*.gateset), table::names(*.gateset))]
    OtherGateset {
        /// The name as given.
        given: String,
        /// The circuit's gateset.
        gateset: Gateset,
    },
    /// A qubit that the circuit does not have.
    #[error("{field} {given} is outside 0..={}", qubits - 1)]
    QubitOutOfRange {
        /// `target` or `control`.
        field: &'static str,
        /// The index as given.
        given: i64,
        /// The circuit's width.
        qubits: usize,
    },
    /// One qubit in two places of the same operation.
    #[error("{field} {qubit} is given twice, the qubits of an operation must differ")]
    RepeatedQubit {
        /// `target` or `control`, where it came up the second time.
        field: &'static str,
        /// The qubit.
        qubit: usize,
    },
    /// The wrong number of targets.
    #[error("targets has {given} entries, {expected} needed")]
    TargetCount {
        /// How many were given.
        given: usize,
        /// How many there must be.
        expected: &'static str,
    },
    /// Fewer controls than the name promises.
    #[error("controls has {given} entries, at least {expected} needed")]
    TooFewControls {
        /// How many were given.
        given: usize,
        /// How many there must be.
        expected: usize,
    },
    /// Controls on a gate that has none, or more than one on `swap`.
    #[error("controls has {given} entries, this gate takes at most {allowed}")]
    NotControllable {
        /// How many were given.
        given: usize,
        /// How many it takes.
        allowed: usize,
    },
    /// More controls than any gate may have.
    #[error("controls has {given} entries, at most {MAX_CONTROLS} are allowed")]
    TooManyControls {
        /// How many were given.
        given: usize,
    },
    /// A field that must be there.
    #[error("{field} is missing, {needed} is needed")]
    Missing {
        /// The field.
        field: &'static str,
        /// What it carries.
        needed: &'static str,
    },
    /// Two spellings of the same field at once.
    #[error("{one} and {other} are both given, only one is allowed")]
    GivenTwice {
        /// One field.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A list of numbers of the wrong length.
    #[error("{field} has {given} entries, {expected} needed")]
    ParameterCount {
        /// The field.
        field: &'static str,
        /// How many were given.
        given: usize,
        /// How many there must be.
        expected: usize,
    },
    /// A number that is not finite.
    #[error("{field} {value:?} is not a finite number")]
    NotFinite {
        /// The field.
        field: &'static str,
        /// The value.
        value: f64,
    },
    /// A field that this gate does not have.
    #[error("{field} is given, but the gate takes {takes}")]
    Unexpected {
        /// The field.
        field: &'static str,
        /// What the gate takes.
        takes: String,
    },
    /// The lists of a `pauliexp` do not make one.
    #[error(transparent)]
    Pauli(#[from] PauliError),
}

impl OperationError {
    /// The wire field to look at.
    pub fn field(&self) -> &'static str {
        match self {
            OperationError::UnknownGate { .. } | OperationError::OtherGateset { .. } => "gate",
            OperationError::QubitOutOfRange { field, .. }
            | OperationError::RepeatedQubit { field, .. }
            | OperationError::Missing { field, .. }
            | OperationError::ParameterCount { field, .. }
            | OperationError::NotFinite { field, .. }
            | OperationError::Unexpected { field, .. } => field,
            OperationError::TargetCount { .. } => "targets",
            OperationError::TooFewControls { .. } | OperationError::NotControllable { .. } | OperationError::TooManyControls { .. } => {
                "controls"
            }
            OperationError::GivenTwice { one, .. } => one,
            OperationError::Pauli(PauliError::CoefficientCount { .. } | PauliError::Coefficient { .. }) => "coefficients",
            OperationError::Pauli(PauliError::Time(_)) => "time",
            OperationError::Pauli(_) => "terms",
        }
    }
}

/// Why a circuit's register is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// A name too long to be repeated for every shot.
    #[error("its name has {given} characters, at most {MAX_REGISTER_NAME} are allowed")]
    Name {
        /// How many there are.
        given: usize,
    },
    /// The name of all bits together.
    #[error("results have all bits together under this name, choose another")]
    Taken,
    /// More bits than an outcome.
    #[error("it has {given} bits, at most {MAX_BITS} are allowed")]
    Bits {
        /// How many there are.
        given: usize,
    },
    /// A qubit that there is not, or twice.
    #[error(transparent)]
    Qubit(#[from] OperationError),
}

fn other(gateset: Gateset) -> Gateset {
    match gateset {
        Gateset::Qis => Gateset::Native,
        Gateset::Native => Gateset::Qis,
    }
}

/// The first 64 characters: enough to recognise, too few to hurt.
pub(crate) fn shorten(given: &str) -> String {
    given.chars().take(64).collect()
}
