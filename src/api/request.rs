//! `POST /jobs`: what every SDK sends, read into programs.

use super::decode::{maybe_object, maybe_objects, number_or_text};
use super::metadata::{self, Metadata, MetadataValue};
use super::settings::{NoiseRequest, SettingsBody};
use crate::circuit::{self, CircuitError, CircuitJson, GateJson, Input, Program, Qasm3Error, Qasm3Program, Registers, Whole};
use crate::device::{Catalog, Device};
use crate::outcome::{Seed, Shots, ShotsError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A job as it is asked for: v0.4 (`backend`, `input`), and v0.3 (`target`, `body`) where an old file has it. Unknown keys are
/// ignored although the contract forbids them, because every SDK sends some.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct JobRequest {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(alias = "target", skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "metadata::read", skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "number_or_text", skip_serializing_if = "Option::is_none")]
    pub shots: Option<i64>,
    #[serde(default, deserialize_with = "maybe_object", skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseRequest>,
    #[serde(default, deserialize_with = "maybe_object", skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    #[serde(default, alias = "body", deserialize_with = "maybe_object", skip_serializing_if = "Option::is_none")]
    pub input: Option<CircuitSource>,
}

/// `input`: one circuit or several, or an OpenQASM program.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CircuitSource {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qubits: Option<Whole>,
    #[serde(default, deserialize_with = "maybe_objects", skip_serializing_if = "Option::is_none")]
    pub circuit: Option<Vec<GateJson>>,
    #[serde(default, deserialize_with = "maybe_objects", skip_serializing_if = "Option::is_none")]
    pub circuits: Option<Vec<CircuitJson>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registers: Option<Registers>,
    /// The text of an OpenQASM program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// What `type` a job has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// `ionq.circuit.v1`
    Circuit,
    /// `ionq.multi-circuit.v1`
    MultiCircuit,
    /// `ionq.qasm3.v1`
    Qasm3,
}

impl JobKind {
    /// All of them.
    pub const ALL: [JobKind; 3] = [Self::Circuit, Self::MultiCircuit, Self::Qasm3];

    /// The wire spelling.
    pub const fn name(self) -> &'static str {
        match self {
            JobKind::Circuit => "ionq.circuit.v1",
            JobKind::MultiCircuit => "ionq.multi-circuit.v1",
            JobKind::Qasm3 => "ionq.qasm3.v1",
        }
    }
}

/// The most circuits of a multi-circuit job.
pub const MAX_CIRCUITS: usize = 5_000;
pub use crate::circuit::MAX_GATES;
/// The most characters of a job's or a circuit's name, and of a text in its settings.
pub const MAX_NAME: usize = 1024;

/// Why a request is refused at the door.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum RequestError {
    #[error("{message}{}", if field.is_empty() { String::new() } else { format!(", field {field}") })]
    Json { field: String, message: String },
    #[error("{problem}, line {line} column {column}")]
    Body { problem: String, line: usize, column: usize },
    #[error("{field} has {given} characters, at most {MAX_NAME} are allowed")]
    TooLong { field: String, given: usize },
    #[error("noise.seed {given} is not allowed, a whole number from {} to {} is needed", i32::MIN, i32::MAX)]
    Seed { given: i64 },
    #[error("{field} is missing, {needed} is needed")]
    Missing { field: &'static str, needed: &'static str },
    #[error("type {given:?} is not supported, allowed are ionq.circuit.v1, ionq.multi-circuit.v1, ionq.qasm3.v1")]
    Kind { given: String },
    #[error("input.{given} does not go with type {kind}, which has input.{needed}")]
    WrongInput { given: &'static str, kind: &'static str, needed: &'static str },
    #[error("input.circuits has {given} entries, 1..={MAX_CIRCUITS} are allowed")]
    Circuits { given: usize },
    #[error("the job has {given} gates, at most {MAX_GATES} are allowed")]
    Gates { given: usize },
    #[error("{}: {problem}", path.trim_end_matches('.'))]
    Circuit { path: String, problem: CircuitError },
    #[error(transparent)]
    Qasm3(#[from] Qasm3Error),
    #[error(transparent)]
    Shots(#[from] ShotsError),
    #[error("{problem}")]
    Noise { problem: crate::device::UnknownNoiseModel },
    #[error("{field} {given:?} is not allowed, allowed are {allowed}")]
    NotAllowed { field: &'static str, given: String, allowed: String },
    #[error("{one} and {other} are both there, one is needed")]
    Both { one: &'static str, other: &'static str },
}

impl RequestError {
    /// The path of the field at fault; empty if it is the body as a whole.
    pub fn field(&self) -> String {
        match self {
            RequestError::Json { field, .. } | RequestError::TooLong { field, .. } => field.clone(),
            RequestError::Body { .. } => String::new(),
            RequestError::Seed { .. } => "noise.seed".to_owned(),
            RequestError::Missing { field, .. } => (*field).to_owned(),
            RequestError::Kind { .. } => "type".to_owned(),
            RequestError::WrongInput { given, .. } => format!("input.{given}"),
            RequestError::Circuits { .. } => "input.circuits".to_owned(),
            RequestError::Gates { .. } => "input".to_owned(),
            RequestError::Circuit { path, problem } => format!("{path}{}", problem.field()),
            RequestError::Qasm3(_) => "input.data".to_owned(),
            RequestError::Shots(_) => "shots".to_owned(),
            RequestError::Noise { .. } => "noise.model".to_owned(),
            RequestError::NotAllowed { field, .. } => (*field).to_owned(),
            RequestError::Both { one, .. } => (*one).to_owned(),
        }
    }
}

impl JobRequest {
    /// Metadata key under which a job can bring its own seed, for backends whose requests have no other place for one.
    /// Only a local cloud reads it.
    pub const SEED_KEY: &'static str = "paultrap.seed";

    /// Metadata key that tells which of the seed's streams the job's first circuit has; the others follow. So a batch draws
    /// the same counts however its circuits are packed into jobs.
    pub const INDEX_KEY: &'static str = "paultrap.index";

    /// The seed the request brings along: the metadata's, or `noise.seed`.
    pub fn seed(&self) -> Option<Seed> {
        let noise = || self.noise.as_ref().and_then(|noise| noise.seed).map(|seed| seed.0 as u64);
        self.metadata_number(Self::SEED_KEY).or_else(noise).map(Seed)
    }

    /// The stream of the first circuit; 0 if the request does not say.
    pub fn seed_index(&self) -> u64 {
        self.metadata_number(Self::INDEX_KEY).unwrap_or(0)
    }

    fn metadata_number(&self, key: &str) -> Option<u64> {
        match self.metadata.as_ref()?.get(key)? {
            MetadataValue::Text(text) => text.parse().ok(),
            MetadataValue::Integer(number) => Some(*number as u64),
            MetadataValue::Unsigned(number) => Some(*number),
            MetadataValue::Flag(_) | MetadataValue::Number(_) | MetadataValue::Nothing => None,
        }
    }

    /// A request to run one circuit.
    pub fn single(program: &Program) -> JobRequest {
        let CircuitJson { gateset, qubits, circuit, .. } = CircuitJson::from(program);
        JobRequest::with(JobKind::Circuit, CircuitSource { gateset, qubits, circuit: Some(circuit), ..CircuitSource::default() })
    }

    /// A request to run an OpenQASM program.
    pub fn qasm3(text: impl Into<String>) -> JobRequest {
        JobRequest::with(JobKind::Qasm3, CircuitSource { data: Some(text.into()), ..CircuitSource::default() })
    }

    /// A request to run a circuit or an OpenQASM program.
    pub fn of(input: &Input) -> JobRequest {
        match input {
            Input::Circuit(program, _) => JobRequest::single(program).registered([input.registers_json()]),
            Input::Qasm3(program) => JobRequest::qasm3(program.text()),
        }
    }

    /// The same with the registers of its circuits.
    pub(crate) fn registered(mut self, registers: impl IntoIterator<Item = Option<Registers>>) -> JobRequest {
        let mut registers = registers.into_iter();
        if let Some(input) = &mut self.input {
            match &mut input.circuits {
                Some(circuits) => circuits.iter_mut().zip(registers).for_each(|(circuit, own)| circuit.registers = own),
                None => input.registers = registers.next().flatten(),
            }
        }
        self
    }

    fn with(kind: JobKind, input: CircuitSource) -> JobRequest {
        JobRequest { kind: Some(kind.name().to_owned()), input: Some(input), ..JobRequest::default() }
    }

    /// The same request for a backend.
    #[must_use]
    pub fn on(self, backend: impl Into<String>) -> JobRequest {
        JobRequest { backend: Some(backend.into()), ..self }
    }

    /// A request to run several programs as one job.
    pub fn multi<'a>(programs: impl IntoIterator<Item = (Option<String>, &'a Program)>) -> JobRequest {
        let circuits: Vec<_> = programs.into_iter().map(|(name, program)| CircuitJson { name, ..CircuitJson::from(program) }).collect();
        let gateset = circuits.first().and_then(|circuit| circuit.gateset.clone());
        let qubits = circuits.iter().filter_map(|circuit| circuit.qubits).max();
        JobRequest::with(JobKind::MultiCircuit, CircuitSource { gateset, qubits, circuits: Some(circuits), ..CircuitSource::default() })
    }

    /// What type of job it is. v0.3 has no `type`: there the input tells.
    ///
    /// # Errors
    /// [`RequestError::Kind`] for a type that is not served.
    pub fn kind(&self) -> Result<JobKind, RequestError> {
        let several = self.input.as_ref().is_some_and(|input| input.circuits.is_some());
        match self.kind.as_deref() {
            Some("ionq.circuit.v1") => Ok(JobKind::Circuit),
            Some("ionq.multi-circuit.v1") => Ok(JobKind::MultiCircuit),
            Some("ionq.qasm3.v1") => Ok(JobKind::Qasm3),
            Some(given) => Err(RequestError::Kind { given: given.chars().take(64).collect() }),
            None if several => Ok(JobKind::MultiCircuit),
            None => Ok(JobKind::Circuit),
        }
    }

    /// Checks that what is kept with the job is not long, and that the seed is one.
    ///
    /// # Errors
    /// [`RequestError::TooLong`] and [`RequestError::Seed`].
    pub fn check_texts(&self) -> Result<(), RequestError> {
        short("name", self.name.as_deref())?;
        if let Some(settings) = self.settings.as_ref().and_then(|settings| settings.compilation.as_ref()) {
            short("settings.compilation.precision", settings.precision.as_deref())?;
            short("settings.compilation.gate_basis", settings.gate_basis.as_deref())?;
            short("settings.compilation.service_version", settings.service_version.as_deref())?;
        }
        let circuits = self.input.as_ref().and_then(|input| input.circuits.as_deref()).unwrap_or_default();
        let mut names = circuits.iter().enumerate().filter_map(|(index, circuit)| Some((index, circuit.name.as_deref()?)));
        if let Some((index, name)) = names.find(|(_, name)| name.chars().count() > MAX_NAME) {
            short(&format!("input.circuits[{index}].name"), Some(name))?;
        }
        match self.noise.as_ref().and_then(|noise| noise.seed) {
            Some(Whole(given)) if i32::try_from(given).is_err() => Err(RequestError::Seed { given }),
            _ => Ok(()),
        }
    }

    /// The validated circuits or the program with their names, in order; one but for a multi-circuit job.
    ///
    /// # Errors
    /// [`RequestError`], with the path of the field at fault.
    pub fn programs(&self) -> Result<Vec<(Option<String>, Input)>, RequestError> {
        self.circuits()?.into_iter().map(|(name, program)| Ok((name, program?))).collect()
    }

    /// Like [`JobRequest::programs`], but a circuit with too many controls is an error of its own: it is well formed, and in a
    /// job of several circuits it must not lose the others. So is an OpenQASM text that is not understood: IonQ accepts it, and then
    /// fails the job.
    ///
    /// # Errors
    /// [`RequestError`], with the path of the field at fault.
    pub(crate) fn circuits(&self) -> Result<Vec<NamedProgram>, RequestError> {
        let input = self.input.as_ref().ok_or(RequestError::Missing { field: "input", needed: "an object with a circuit" })?;
        let kind = self.kind()?;
        let wrong = |given, needed| Err(RequestError::WrongInput { given, kind: kind.name(), needed });
        match (kind, &input.circuit, &input.circuits) {
            (JobKind::Qasm3, Some(_), _) => wrong("circuit", "data"),
            (JobKind::Qasm3, _, Some(_)) => wrong("circuits", "data"),
            (JobKind::Qasm3, None, None) => {
                let text = input.data.as_deref().ok_or(RequestError::Missing { field: "input.data", needed: "an OpenQASM program" })?;
                Ok(vec![(self.name.clone(), Qasm3Program::read(text).map(Input::Qasm3).map_err(RequestError::Qasm3))])
            }
            (JobKind::Circuit, _, Some(_)) => wrong("circuits", "circuit"),
            (JobKind::MultiCircuit, Some(_), _) => wrong("circuit", "circuits"),
            (JobKind::Circuit, None, None) => Err(RequestError::Missing { field: "input.circuit", needed: "a list of gates" }),
            (JobKind::MultiCircuit, None, None) => Err(RequestError::Missing { field: "input.circuits", needed: "a list of circuits" }),
            (JobKind::Circuit, Some(gates), None) => {
                check_gates(gates.len())?;
                let program = circuit::program(gates, input.gateset.as_deref(), input.qubits);
                let program = program.and_then(|program| Input::with_registers(program, input.registers.as_ref()));
                Ok(vec![(self.name.clone(), place(program, || "input.".to_owned())?)])
            }
            (JobKind::MultiCircuit, None, Some(circuits)) => {
                if circuits.is_empty() || circuits.len() > MAX_CIRCUITS {
                    return Err(RequestError::Circuits { given: circuits.len() });
                }
                check_gates(circuits.iter().map(|circuit| circuit.circuit.len()).sum())?;
                let read = |(index, circuit): (usize, &CircuitJson)| {
                    let program = circuit.input(input.gateset.as_deref(), input.qubits);
                    Ok((circuit.name.clone(), place(program, || format!("input.circuits[{index}]."))?))
                };
                circuits.iter().enumerate().map(read).collect()
            }
        }
    }

    /// The number of shots; [`Shots::DEFAULT`] if the request does not say.
    ///
    /// # Errors
    /// [`RequestError::Shots`].
    pub fn shots(&self) -> Result<Shots, RequestError> {
        Ok(self.shots.map(Shots::new).transpose()?.unwrap_or(Shots::DEFAULT))
    }

    /// The device whose noise model is asked for; none for `ideal`.
    ///
    /// # Errors
    /// [`RequestError::Noise`] for a name that the catalog does not have.
    pub fn noise_model<'a>(&self, catalog: &'a Catalog) -> Result<Option<&'a Arc<Device>>, RequestError> {
        let Some(noise) = &self.noise else { return Ok(None) };
        catalog.noise_model(&noise.model).map_err(|problem| RequestError::Noise { problem })
    }
}

/// The name of a circuit or program and itself, or why it asks for too much.
pub(crate) type NamedProgram = (Option<String>, Result<Input, RequestError>);

/// Says where in the request a circuit's error is, and keeps it apart if the circuit merely asks for too much.
fn place(program: Result<Input, CircuitError>, path: impl FnOnce() -> String) -> Result<Result<Input, RequestError>, RequestError> {
    match program {
        Ok(program) => Ok(Ok(program)),
        Err(problem) if problem.is_too_many_controls() => Ok(Err(RequestError::Circuit { path: path(), problem })),
        Err(problem) => Err(RequestError::Circuit { path: path(), problem }),
    }
}

/// A text that is not too long, if it is there.
fn short(field: &str, text: Option<&str>) -> Result<(), RequestError> {
    match text.map_or(0, |text| text.chars().count()) {
        given if given > MAX_NAME => Err(RequestError::TooLong { field: field.to_owned(), given }),
        _ => Ok(()),
    }
}

fn check_gates(given: usize) -> Result<(), RequestError> {
    if given > MAX_GATES { Err(RequestError::Gates { given }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::decode;
    use crate::circuit::{Circuit, On};
    use crate::gates::Qis;

    fn request(text: &str) -> Result<Vec<(Option<String>, Input)>, RequestError> {
        decode::<JobRequest>(text.as_bytes())?.programs()
    }

    fn refused(text: &str) -> (String, String) {
        let error = request(text).unwrap_err();
        (error.field(), error.to_string())
    }

    #[test]
    fn a_request_the_client_writes_is_the_one_the_cloud_reads() {
        let bell = Program::from(Circuit::new(2, [Qis::H.on([0]), Qis::X.on([1]).controlled_by([0])]).unwrap());
        let flip = Program::from(Circuit::new(3, [Qis::X.on([2])]).unwrap());
        let tossed = Qasm3Program::read("qubit q; bit c; U(1, 0, 0) q; c = measure q; reset q;").unwrap();
        for input in [Input::from(bell.clone()), Input::from(tossed)] {
            let single = serde_json::to_string(&JobRequest::of(&input)).unwrap();
            assert_eq!(request(&single).unwrap(), [(None, input)]);
        }
        let named = [(Some("a".to_owned()), bell), (None, flip)];
        let several = JobRequest::multi(named.iter().map(|(name, program)| (name.clone(), program)));
        let named = named.map(|(name, program)| (name, Input::from(program)));
        assert_eq!(request(&serde_json::to_string(&several).unwrap()).unwrap(), named);
    }

    #[test]
    fn shots_may_be_text_and_seeds_null() {
        let request: JobRequest = decode(br#"{"shots":"250","noise":{"model":"ideal","seed":null}}"#).unwrap();
        assert_eq!((request.shots().unwrap().get(), request.noise_model(Catalog::built_in())), (250, Ok(None)));
        assert_eq!(decode::<JobRequest>(br#"{"shots":null}"#).unwrap().shots(), Ok(Shots::DEFAULT));
        for (body, part) in [
            (r#"{"shots":"many"}"#, "invalid value: string \"many\", expected a whole number from 1 to 1000000"),
            (r#"{"shots":1.5}"#, "invalid type: floating point `1.5`, expected a whole number"),
        ] {
            let error = decode::<JobRequest>(body.as_bytes()).unwrap_err();
            assert_eq!(error.field(), "shots");
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn a_refused_request_names_the_field_the_value_and_what_is_allowed() {
        assert_eq!(refused(r#"{"backend":"simulator"}"#).0, "input");
        assert_eq!(refused(r#"{"type":"ionq.circuit.v99","input":{"circuit":[]}}"#).0, "type");
        assert_eq!(refused(r#"{"type":"ionq.circuit.v1","input":{"circuits":[]}}"#).0, "input.circuits");
        assert_eq!(refused(r#"{"type":"ionq.qasm3.v1","input":{"qubits":2}}"#).0, "input.data");
        assert_eq!(refused(r#"{"type":"ionq.qasm3.v1","input":{"circuit":[],"data":""}}"#).0, "input.circuit");
        assert_eq!(refused(r#"{"type":"ionq.qasm3.v1","input":{"data":7}}"#).0, "input.data");
        let (field, message) = refused(r#"{"type":"ionq.qasm3.v1","input":{"qubits":7,"data":"qubit q;\nwhile (true) {}"}}"#);
        assert_eq!(
            (field.as_str(), message.as_str()),
            ("input.data", "line 2: while is not supported, a circuit does the same things in every shot")
        );
        assert_eq!(refused(r#"{"input":{"circuits":[]}}"#).1, "input.circuits has 0 entries, 1..=5000 are allowed");
        let (field, message) = refused(r#"{"input":{"qubits":2,"circuit":[{"gate":"h","target":0},{"gate":"x","target":2}]}}"#);
        assert_eq!((field.as_str(), message.as_str()), ("input.circuit[1].target", "input: operation 1 (x): target 2 is outside 0..=1"));
        let (field, _) = refused(r#"{"input":{"qubits":2,"circuits":[{"circuit":[]},{"circuit":[{"gate":"rx","target":0}]}]}}"#);
        assert_eq!(field, "input.circuits[1].circuit[0].rotation");
        assert_eq!(refused(r#"{"input":{"circuit":[{"gate":"x","target":true}]}}"#).0, "input.circuit[0].target");
    }

    #[test]
    fn too_many_circuits_or_gates_are_refused() {
        let circuits = vec![r#"{"circuit":[]}"#; MAX_CIRCUITS + 1].join(",");
        assert_eq!(refused(&format!(r#"{{"input":{{"circuits":[{circuits}]}}}}"#)).0, "input.circuits");
        let gates = vec![r#"{"gate":"h","target":0}"#; MAX_GATES + 1].join(",");
        assert_eq!(refused(&format!(r#"{{"input":{{"circuit":[{gates}]}}}}"#)).1, "the job has 150001 gates, at most 150000 are allowed");
    }

    #[test]
    fn texts_that_are_kept_are_short_and_seeds_are_whole_numbers_of_32_bits() {
        let checked = |text: &str| decode::<JobRequest>(text.as_bytes()).unwrap().check_texts().map_err(|error| error.field());
        let name = |length: usize| "ä".repeat(length);
        for (field, text) in [
            ("name", r#"{"name":"NAME"}"#),
            ("settings.compilation.precision", r#"{"settings":{"compilation":{"precision":"NAME"}}}"#),
            ("settings.compilation.gate_basis", r#"{"settings":{"compilation":{"gate_basis":"NAME"}}}"#),
            ("input.circuits[1].name", r#"{"input":{"circuits":[{"circuit":[]},{"name":"NAME","circuit":[]}]}}"#),
        ] {
            assert_eq!(checked(&text.replace("NAME", &name(1024))), Ok(()), "{field}");
            assert_eq!(checked(&text.replace("NAME", &name(1025))), Err(field.to_owned()));
        }
        for (seed, good) in [(i64::from(i32::MAX), true), (i64::from(i32::MIN), true), (1 << 31, false), (-(1 << 31) - 1, false)] {
            assert_eq!(checked(&format!(r#"{{"noise":{{"model":"ideal","seed":{seed}}}}}"#)).is_ok(), good, "{seed}");
        }
    }

    #[test]
    fn registers_name_qubits_that_the_circuit_has_each_once() {
        let registers = |registers: &str| {
            let single = format!(r#"{{"input":{{"qubits":3,"circuit":[],"registers":{registers}}}}}"#);
            let several = format!(r#"{{"input":{{"qubits":3,"circuits":[{{"circuit":[],"registers":{registers}}}]}}}}"#);
            (request(&single).map_err(|error| error.field()), request(&several).map_err(|error| error.field()))
        };
        for good in ["null", "{}", r#"{"a":[0,2],"b":[1,null,0]}"#] {
            let (single, several) = registers(good);
            assert!(single.is_ok() && several.is_ok(), "{good}: {single:?} {several:?}");
        }
        for bad in ["[3]", "[-1]", "[0,0]", "[0.5]", "[\"0\"]"] {
            let (single, several) = registers(&format!(r#"{{"b":[0],"a":{bad}}}"#));
            let (single, several) = (single.unwrap_err(), several.unwrap_err());
            assert!(single.starts_with("input.registers.a"), "{bad}: {single}");
            assert!(several.starts_with("input.circuits[0].registers.a"), "{bad}: {several}");
        }
    }

    #[test]
    fn a_huge_wrong_value_is_not_repeated_in_full() {
        let text = format!(r#"{{"shots":"{}"}}"#, "9x".repeat(500_000));
        assert!(decode::<JobRequest>(text.as_bytes()).unwrap_err().to_string().len() < 400);
    }
}
