//! The IonQ JSON form of a circuit, both directions.
//!
//! Singular and plural spellings are one field (`target` is `targets` with one entry); unknown keys are ignored, because every SDK
//! sends some.

use super::error::{CircuitError, OperationError, shorten};
use super::forms::{OneOrMany, Whole, objects};
use super::validate;
use super::{Circuit, Input, Operation, Program, Qubits};
use crate::gates::table::{self, Absent, Build, Field, GateSpec, Targets};
use crate::gates::{Gate, Gateset, Native, PauliExp, Qis};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One gate as the wire carries it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)] // the fields are IonQ's, see the gate table
pub struct GateJson {
    pub gate: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<OneOrMany<Whole>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<OneOrMany<Whole>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<OneOrMany<Whole>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controls: Option<OneOrMany<Whole>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<OneOrMany<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<OneOrMany<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phases: Option<OneOrMany<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub angle: Option<OneOrMany<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coefficients: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
}

/// The singular or the plural spelling of a field, whichever is there.
fn either<'a, T>(
    (one, singular): (&'static str, &'a Option<OneOrMany<T>>),
    (other, plural): (&'static str, &'a Option<OneOrMany<T>>),
) -> Result<Option<&'a [T]>, OperationError> {
    match (singular, plural) {
        (Some(_), Some(_)) => Err(OperationError::GivenTwice { one, other }),
        (given, None) | (None, given) => Ok(given.as_ref().map(OneOrMany::as_slice)),
    }
}

impl GateJson {
    fn targets(&self) -> Result<Option<&[Whole]>, OperationError> {
        either(("target", &self.target), ("targets", &self.targets))
    }

    fn controls(&self) -> Result<&[Whole], OperationError> {
        Ok(either(("control", &self.control), ("controls", &self.controls))?.unwrap_or_default())
    }

    fn numbers(&self, field: Field) -> Result<Option<&[f64]>, OperationError> {
        match field {
            Field::Rotation => Ok(self.rotation.as_ref().map(OneOrMany::as_slice)),
            Field::Angle => Ok(self.angle.as_ref().map(OneOrMany::as_slice)),
            Field::Phase => either(("phase", &self.phase), ("phases", &self.phases)),
        }
    }

    /// The parameter values in the order of the table; nothing for a gate that becomes another one without them.
    fn values(&self, spec: &GateSpec) -> Result<SmallVec<[f64; 4]>, OperationError> {
        let taken = |field: Field| spec.parameters.iter().any(|p| p.field == field || p.also == Some(field));
        if let Some(field) = Field::ALL.into_iter().find(|&field| !taken(field) && matches!(self.numbers(field), Ok(Some(_)) | Err(_))) {
            return Err(OperationError::Unexpected { field: field.name(), takes: takes(spec) });
        }
        let mut values = SmallVec::new();
        for parameter in spec.parameters {
            let (main, also) = (self.numbers(parameter.field)?, parameter.also.map(|field| self.numbers(field)).transpose()?.flatten());
            let given = match (main, also) {
                (Some(_), Some(_)) => {
                    let other = parameter.also.map_or("", Field::name);
                    return Err(OperationError::GivenTwice { one: parameter.field.name(), other });
                }
                (given, None) | (None, given) => given,
            };
            match (given, parameter.absent) {
                (Some(given), _) if given.len() != parameter.count => {
                    return Err(OperationError::ParameterCount { field: parameter.name(), given: given.len(), expected: parameter.count });
                }
                (Some(given), _) => values.extend_from_slice(given),
                (None, Absent::Refused) => {
                    let needed = if parameter.count == 1 { "a number" } else { "a list of two numbers" };
                    return Err(OperationError::Missing { field: parameter.name(), needed });
                }
                (None, Absent::Means(value)) => values.push(value),
                (None, Absent::OtherGate) => {}
            }
        }
        Ok(values)
    }

    fn pauli_exp(&self, targets: usize) -> Result<PauliExp, OperationError> {
        let missing = |field, needed| OperationError::Missing { field, needed };
        let terms = self.terms.as_ref().ok_or(missing("terms", "a list of Pauli strings"))?;
        let coefficients = self.coefficients.as_ref().ok_or(missing("coefficients", "a list with a number for each term"))?;
        let time = self.time.ok_or(missing("time", "a number ≥ 0"))?;
        Ok(PauliExp::new(targets, terms, coefficients, time)?)
    }
}

/// The fields a gate takes, for an error text.
fn takes(spec: &GateSpec) -> String {
    let names: Vec<_> = spec.parameters.iter().map(|parameter| parameter.name()).collect();
    match (spec.build, names.is_empty()) {
        (Build::PauliExp, _) => "terms, coefficients and time".to_owned(),
        (_, true) => "no parameter".to_owned(),
        (_, false) => names.join(" and "),
    }
}

/// A gateset's own way through the table.
trait FromTable: Gate {
    fn build(build: Build, gate: &GateJson, values: &[f64], targets: usize) -> Result<Self, OperationError>;
}

impl FromTable for Qis {
    fn build(build: Build, gate: &GateJson, values: &[f64], targets: usize) -> Result<Qis, OperationError> {
        match build {
            Build::Qis(build) => Ok(build(values)),
            Build::PauliExp => Ok(Qis::PauliExp(Arc::new(gate.pauli_exp(targets)?))),
            Build::Native(_) => unreachable!("the row was looked up among the QIS gates"),
        }
    }
}

impl FromTable for Native {
    fn build(build: Build, _: &GateJson, values: &[f64], _: usize) -> Result<Native, OperationError> {
        match build {
            Build::Native(build) => Ok(build(values)),
            Build::Qis(_) | Build::PauliExp => unreachable!("the row was looked up among the native gates"),
        }
    }
}

/// Reads one gate; a one-qubit gate with several targets becomes one operation for each.
fn read<G: FromTable>(gate: &GateJson, qubits: usize, operations: &mut Vec<Operation<G>>) -> Result<(), OperationError> {
    let Some(row) = table::find(G::GATESET, &gate.gate) else {
        let given = shorten(&gate.gate);
        let elsewhere = Gateset::ALL.into_iter().any(|gateset| table::find(gateset, &gate.gate).is_some());
        return Err(match elsewhere {
            true => OperationError::OtherGateset { given, gateset: G::GATESET },
            false => OperationError::UnknownGate { given, gateset: G::GATESET },
        });
    };
    let spec = row.spec;
    let index = |field, list: &[Whole]| list.iter().map(|given| validate::qubit(field, given.0, qubits)).collect::<Result<Qubits, _>>();
    let controls = gate.controls()?;
    if controls.len() < row.min_controls {
        return Err(OperationError::TooFewControls { given: controls.len(), expected: row.min_controls });
    }
    validate::controllable(spec, controls.len())?;
    let controls = index("control", controls)?;
    let targets = match gate.targets()? {
        Some(list) => index("target", list)?,
        None if spec.name == "nop" => return Ok(()), // a pause of nobody in particular
        None => return Err(OperationError::Missing { field: "target", needed: "a qubit or a list of them" }),
    };
    let values = gate.values(spec)?;
    let built = G::build(spec.build, gate, &values, targets.len())?;
    if spec.targets == Targets::One && !targets.is_empty() {
        if let Some(&qubit) = targets.iter().enumerate().find_map(|(k, qubit)| targets[..k].contains(qubit).then_some(qubit)) {
            return Err(OperationError::RepeatedQubit { field: "target", qubit });
        }
        for target in targets {
            let operation = Operation { gate: built.clone(), targets: Qubits::from_iter([target]), controls: controls.clone() };
            validate::operation(&operation, qubits)?;
            operations.push(operation);
        }
    } else {
        let operation = Operation { gate: built, targets, controls };
        validate::operation(&operation, qubits)?;
        operations.push(operation);
    }
    Ok(())
}

/// A circuit as the wire carries it: an `input` object, or one entry of `circuits`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CircuitJson {
    /// Name of the circuit, where a container has a place for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `qis` or `native`; the container's, or `qis`, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateset: Option<String>,
    /// The width; the highest index plus one if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qubits: Option<Whole>,
    /// The gates in time order.
    #[serde(deserialize_with = "objects")]
    pub circuit: Vec<GateJson>,
    /// Classical registers and the qubits they are read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registers: Option<Registers>,
}

/// Classical registers by name: the qubit of each bit, or none.
pub type Registers = BTreeMap<String, Vec<Option<Whole>>>;

impl CircuitJson {
    /// Validates the circuit without its registers. `gateset` and `qubits` stand in for what the circuit itself does not say.
    ///
    /// # Errors
    /// [`CircuitError`] with the index of the gate in the list.
    pub fn program(&self, gateset: Option<&str>, qubits: Option<Whole>) -> Result<Program, CircuitError> {
        program(&self.circuit, self.gateset.as_deref().or(gateset), self.qubits.or(qubits))
    }

    /// The same with its registers.
    ///
    /// # Errors
    /// [`CircuitError`] with the index of the gate in the list, or the register.
    pub fn input(&self, gateset: Option<&str>, qubits: Option<Whole>) -> Result<Input, CircuitError> {
        Input::with_registers(self.program(gateset, qubits)?, self.registers.as_ref())
    }
}

/// Validates a list of gates: `qis` if no gateset is given, as wide as the highest index asks for if no width is.
///
/// # Errors
/// [`CircuitError`] with the index of the gate in the list.
pub(crate) fn program(gates: &[GateJson], gateset: Option<&str>, qubits: Option<Whole>) -> Result<Program, CircuitError> {
    match gateset.unwrap_or("qis") {
        "qis" => Ok(Program::Qis(circuit(gates, qubits)?)),
        "native" => Ok(Program::Native(circuit(gates, qubits)?)),
        given => Err(CircuitError::Gateset { given: shorten(given) }),
    }
}

fn circuit<G: FromTable>(gates: &[GateJson], qubits: Option<Whole>) -> Result<Circuit<G>, CircuitError> {
    let highest = || -> i64 {
        let indices = gates.iter().flat_map(|gate| [&gate.target, &gate.targets, &gate.control, &gate.controls]);
        indices.flatten().flat_map(OneOrMany::as_slice).map(|index| index.0).max().unwrap_or(0)
    };
    // An empty circuit may say 0 qubits: qiskit-ionq counts the ones in use.
    let declared = match qubits {
        Some(Whole(0)) if gates.is_empty() => Some(1),
        declared => declared.map(|declared| declared.0),
    };
    let qubits = validate::width(declared.unwrap_or_else(|| highest().max(0).saturating_add(1)))?;
    let mut operations = Vec::with_capacity(gates.len());
    // Too many controls only fail the job: what is really wrong comes first, wherever it is.
    let mut too_many = None;
    for (index, gate) in gates.iter().enumerate() {
        match read(gate, qubits, &mut operations).map_err(|problem| CircuitError::at(index, &gate.gate, problem)) {
            Err(problem) if problem.is_too_many_controls() => too_many = too_many.or(Some(problem)),
            read => read?,
        }
    }
    too_many.map_or(Ok(Circuit { qubits, operations }), Err)
}

fn write<G: Gate>(operation: &Operation<G>) -> GateJson {
    let list = |qubits: &Qubits| OneOrMany::Many(qubits.iter().map(|&qubit| Whole(qubit as i64)).collect());
    let mut json = GateJson { gate: operation.gate.spec().name.to_owned(), ..GateJson::default() };
    match operation.targets.as_slice() {
        &[target] => json.target = Some(OneOrMany::One(Whole(target as i64))),
        _ => json.targets = Some(list(&operation.targets)),
    }
    match operation.controls.as_slice() {
        [] => {}
        &[control] => json.control = Some(OneOrMany::One(Whole(control as i64))),
        _ => json.controls = Some(list(&operation.controls)),
    }
    let mut values = operation.gate.values().into_iter();
    for parameter in operation.gate.spec().parameters {
        let given: Vec<f64> = values.by_ref().take(parameter.count).collect();
        let number = match *given.as_slice() {
            [] => continue, // z without a rotation
            [one] => OneOrMany::One(one),
            _ => OneOrMany::Many(given),
        };
        let field = match parameter.name() {
            "rotation" => &mut json.rotation,
            "angle" => &mut json.angle,
            "phases" => &mut json.phases,
            _ => &mut json.phase,
        };
        *field = Some(number);
    }
    if let Some(exp) = operation.gate.pauli_exp() {
        json.terms = Some(exp.terms().iter().map(|(string, _)| string.letters(exp.qubits())).collect());
        json.coefficients = Some(exp.terms().iter().map(|&(_, c)| c).collect());
        json.time = Some(exp.time());
    }
    json
}

impl<G: Gate> From<&Circuit<G>> for CircuitJson {
    fn from(circuit: &Circuit<G>) -> CircuitJson {
        CircuitJson {
            name: None,
            gateset: Some(G::GATESET.name().to_owned()),
            qubits: Some(Whole(circuit.qubits as i64)),
            circuit: circuit.operations.iter().map(write).collect(),
            registers: None,
        }
    }
}

impl From<&Program> for CircuitJson {
    fn from(program: &Program) -> CircuitJson {
        match program {
            Program::Qis(circuit) => circuit.into(),
            Program::Native(circuit) => circuit.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::On;
    use crate::gates::{Radians, Turns};

    fn program(json: &str) -> Result<Program, CircuitError> {
        serde_json::from_str::<CircuitJson>(json).unwrap().program(None, None)
    }

    fn qis(json: &str) -> Circuit<Qis> {
        match program(&format!(r#"{{"qubits":4,"circuit":[{json}]}}"#)).unwrap() {
            Program::Qis(circuit) => circuit,
            Program::Native(_) => panic!("the default gateset is qis"),
        }
    }

    fn native(json: &str) -> Vec<Operation<Native>> {
        match program(&format!(r#"{{"gateset":"native","qubits":4,"circuit":[{json}]}}"#)).unwrap() {
            Program::Native(circuit) => circuit.operations,
            Program::Qis(_) => panic!("native was asked for"),
        }
    }

    #[test]
    fn singular_and_plural_spellings_mean_the_same() {
        let toffoli = [Qis::X.on([3]).controlled_by([0, 2])];
        assert_eq!(qis(r#"{"gate":"cnot","target":3,"controls":[0,2]}"#).operations, toffoli);
        assert_eq!(qis(r#"{"gate":"x","targets":[3],"controls":[0,2]}"#).operations, toffoli);
        assert_eq!(qis(r#"{"gate":"not","target":[3],"control":[0,2]}"#).operations, toffoli);
        let ms = [Native::Ms(Turns(0.1), Turns(0.2), Turns(0.25)).on([3, 1])];
        assert_eq!(native(r#"{"gate":"ms","targets":[3,1],"phases":[0.1,0.2]}"#), ms);
        assert_eq!(native(r#"{"gate":"ms","target":[3,1],"phase":[0.1,0.2],"angle":0.25}"#), ms);
        assert_eq!(native(r#"{"gate":"gpi","targets":[3],"phases":[0.1]}"#), [Native::Gpi(Turns(0.1)).on([3])]);
    }

    #[test]
    fn native_zz_takes_angle_or_phase_but_not_both() {
        let zz = [Native::Zz(Turns(0.1)).on([0, 1])];
        assert_eq!(native(r#"{"gate":"zz","targets":[0,1],"angle":0.1}"#), zz);
        assert_eq!(native(r#"{"gate":"zz","targets":[0,1],"phase":0.1}"#), zz);
        let both = r#"{"gateset":"native","circuit":[{"gate":"zz","targets":[0,1],"phase":0.1,"angle":0.1}]}"#;
        assert_eq!(program(both).unwrap_err().to_string(), "operation 0 (zz): angle and phase are both given, only one is allowed");
    }

    #[test]
    fn z_with_a_rotation_is_a_phase_gate_and_without_one_z() {
        assert_eq!(qis(r#"{"gate":"z","target":0}"#).operations, [Qis::Z.on([0])]);
        assert_eq!(qis(r#"{"gate":"z","target":0,"rotation":0.5}"#).operations, [Qis::Phase(Radians(0.5)).on([0])]);
        assert_eq!(qis(r#"{"gate":"z","target":0,"rotation":null}"#).operations, [Qis::Z.on([0])]);
    }

    #[test]
    fn several_targets_of_a_one_qubit_gate_are_one_operation_each() {
        let circuit = qis(r#"{"gate":"h","targets":[0,1,3]}"#);
        assert_eq!(circuit.operations, [Qis::H.on([0]), Qis::H.on([1]), Qis::H.on([3])]);
    }

    #[test]
    fn missing_qubits_are_inferred_from_the_highest_index() {
        assert_eq!(program(r#"{"circuit":[{"gate":"x","target":1,"control":4}]}"#).unwrap().qubits(), 5);
        assert_eq!(program(r#"{"circuit":[]}"#).unwrap().qubits(), 1);
        assert_eq!(program(r#"{"qubits":0,"circuit":[]}"#).unwrap().qubits(), 1);
        let far = program(r#"{"circuit":[{"gate":"x","target":9000000000000000000}]}"#);
        assert_eq!(far.unwrap_err().field(), "qubits");
    }

    #[test]
    fn every_gate_of_the_table_survives_writing_and_reading() {
        let numbers = [0.1, 0.2, 0.3];
        for spec in table::TABLE {
            let count: usize = spec.parameters.iter().map(|parameter| parameter.count).sum();
            let places: &[usize] = if spec.targets == Targets::One { &[2] } else { &[2, 0] };
            let program = match spec.build {
                Build::Qis(build) => {
                    let mut operation = build(&numbers[..count]).on(places.iter().copied());
                    operation.controls.extend([1]);
                    Program::from(Circuit::new(4, [operation]).unwrap())
                }
                Build::Native(build) => Program::from(Circuit::new(4, [build(&numbers[..count]).on(places.iter().copied())]).unwrap()),
                Build::PauliExp => {
                    let exp = PauliExp::new(2, &["ZX", "YI"], &[0.5, -1.5], 0.25).unwrap();
                    let operation = Qis::PauliExp(Arc::new(exp)).on(places.iter().copied()).controlled_by([1, 3]);
                    Program::from(Circuit::new(4, [operation]).unwrap())
                }
            };
            let text = serde_json::to_string(&CircuitJson::from(&program)).unwrap();
            assert_eq!(self::program(&text).unwrap(), program, "{text}");
        }
    }

    #[test]
    fn a_wrong_type_is_reported_with_its_path() {
        let mut deserializer = serde_json::Deserializer::from_str(r#"{"circuit":[{"gate":"h","target":0},{"gate":"x","target":"0"}]}"#);
        let error = serde_path_to_error::deserialize::<_, CircuitJson>(&mut deserializer).unwrap_err();
        assert_eq!(error.path().to_string(), "circuit[1].target");
        assert!(error.inner().to_string().starts_with("invalid type: string \"0\", expected a number or a list of numbers"));
    }
}
