//! What makes an operation acceptable, and the errors that say why one is not.

use super::register::{MAX_REGISTERS, RegisterError};
use super::{MAX_QUBITS, Operation};
use crate::gates::pauli::PauliError;
use crate::gates::table::{self, MAX_CONTROLS};
use crate::gates::{Gate, Gateset};

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

/// A width that can be declared.
pub(super) fn width(given: i64) -> Result<usize, CircuitError> {
    match usize::try_from(given) {
        Ok(qubits @ 1..=MAX_QUBITS) => Ok(qubits),
        _ => Err(CircuitError::Width { given }),
    }
}

/// A qubit that exists.
pub(super) fn qubit(field: &'static str, given: i64, qubits: usize) -> Result<usize, OperationError> {
    match usize::try_from(given) {
        Ok(qubit) if qubit < qubits => Ok(qubit),
        _ => Err(OperationError::QubitOutOfRange { field, given, qubits }),
    }
}

/// Everything that can be wrong with a gate on its qubits; its name and the presence of its fields are the reader's business.
pub(super) fn operation<G: Gate>(operation: &Operation<G>, qubits: usize) -> Result<(), OperationError> {
    let (spec, targets, controls) = (operation.gate.spec(), &operation.targets, &operation.controls);
    for (parameter, value) in parameter_names(spec).zip(operation.gate.values()) {
        finite(parameter, value)?;
    }
    if targets.len() != operation.gate.target_count() {
        let expected = match spec.targets {
            table::Targets::One => "1 is",
            table::Targets::Two => "2 are",
            table::Targets::PerLetter => "one per letter of its terms is",
        };
        return Err(OperationError::TargetCount { given: targets.len(), expected });
    }
    controllable(spec, controls.len())?;
    let mut seen = 0u64;
    for (field, &given) in targets.iter().map(|q| ("target", q)).chain(controls.iter().map(|q| ("control", q))) {
        let qubit = qubit(field, i64::try_from(given).unwrap_or(i64::MAX), qubits)?;
        if seen >> qubit & 1 == 1 {
            return Err(OperationError::RepeatedQubit { field, qubit });
        }
        seen |= 1 << qubit;
    }
    // Last, because it alone does not refuse the circuit: its job fails.
    match controls.len() {
        given if given > MAX_CONTROLS => Err(OperationError::TooManyControls { given }),
        _ => Ok(()),
    }
}

/// Refuses controls on a gate that has none, or more than its few.
pub(super) fn controllable(spec: &table::GateSpec, given: usize) -> Result<(), OperationError> {
    match spec.max_controls {
        allowed if allowed < MAX_CONTROLS && given > allowed => Err(OperationError::NotControllable { given, allowed }),
        _ => Ok(()),
    }
}

pub(super) fn finite(field: &'static str, value: f64) -> Result<f64, OperationError> {
    if value.is_finite() { Ok(value) } else { Err(OperationError::NotFinite { field, value }) }
}

/// The field of each value of [`Gate::values`].
pub(super) fn parameter_names(spec: &'static table::GateSpec) -> impl Iterator<Item = &'static str> {
    spec.parameters.iter().flat_map(|parameter| std::iter::repeat_n(parameter.name(), parameter.count))
}

#[cfg(test)]
mod tests {
    use crate::circuit::{Circuit, CircuitError, On};
    use crate::gates::{Native, PauliExp, Qis, Radians, Turns};

    fn message<G: crate::gates::Gate>(qubits: usize, operations: impl IntoIterator<Item = crate::circuit::Operation<G>>) -> String {
        Circuit::new(qubits, operations).unwrap_err().to_string()
    }

    #[test]
    fn a_refused_operation_is_named_with_its_index_field_value_and_what_is_allowed() {
        let ok = || Qis::H.on([0]);
        assert_eq!(message(3, [ok(), Qis::X.on([3])]), "operation 1 (x): target 3 is outside 0..=2");
        assert_eq!(message(3, [ok(), Qis::X.on([1]).controlled_by([7])]), "operation 1 (x): control 7 is outside 0..=2");
        assert_eq!(
            message(3, [ok(), Qis::Swap.on([1, 1])]),
            "operation 1 (swap): target 1 is given twice, the qubits of an operation must differ"
        );
        assert_eq!(
            message(3, [ok(), Qis::X.on([1]).controlled_by([1])]),
            "operation 1 (x): control 1 is given twice, the qubits of an operation must differ"
        );
        assert_eq!(message(3, [ok(), Qis::Swap.on([1])]), "operation 1 (swap): targets has 1 entries, 2 are needed");
        assert_eq!(message(3, [Qis::Rx(Radians(f64::NAN)).on([1])]), "operation 0 (rx): rotation NaN is not a finite number");
        assert_eq!(message(9, [Qis::X.on([8]).controlled_by(0..8)]), "operation 0 (x): controls has 8 entries, at most 7 are allowed");
        assert_eq!(
            message(9, [Native::Gpi(Turns(0.0)).on([8]).controlled_by([1])]),
            "operation 0 (gpi): controls has 1 entries, this gate takes at most 0"
        );
        let exp = Qis::PauliExp(PauliExp::new(2, &["XY"], &[1.0], 1.0).unwrap().into());
        assert_eq!(message(4, [exp.on([1])]), "operation 0 (pauliexp): targets has 1 entries, one per letter of its terms is needed");
    }

    #[test]
    fn a_circuit_has_between_one_and_sixty_four_qubits() {
        assert_eq!(Circuit::<Qis>::new(0, []), Err(CircuitError::Width { given: 0 }));
        assert_eq!(Circuit::<Qis>::new(65, []), Err(CircuitError::Width { given: 65 }));
        assert!(Circuit::new(64, [Qis::X.on([63])]).is_ok());
    }
}
