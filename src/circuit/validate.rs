//! What makes an operation acceptable.

use super::error::{CircuitError, OperationError};
use super::{MAX_QUBITS, Operation};
use crate::gates::Gate;
use crate::gates::table::{self, MAX_CONTROLS};

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
