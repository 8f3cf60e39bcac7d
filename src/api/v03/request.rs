use crate::api::decode::{maybe_object, maybe_objects, number_or_text};
use crate::api::metadata::{self, Metadata};
use crate::api::settings::ErrorMitigation;
use crate::api::{CircuitSource, JobKind, JobRequest, NoiseRequest, RequestError, SettingsBody, decode};
use crate::circuit::{CircuitJson, GateJson, Registers, Whole};
use crate::device::Device;
use serde::Deserialize;

/// The languages of `body`, and the formats of `input`.
const LANGUAGES: &[&str] = &["json"];
const FORMATS: &[&str] = &["ionq.circuit.v0", "ionq.circuit.v1"];

/// `POST /v0.3/jobs`. Unknown keys are ignored, as in v0.4.
#[derive(Debug, Default, Deserialize)]
struct JobRequestV03 {
    target: Option<String>,
    name: Option<String>,
    #[serde(default, deserialize_with = "metadata::read")]
    metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "number_or_text")]
    shots: Option<i64>,
    #[serde(default, deserialize_with = "maybe_object")]
    noise: Option<NoiseRequest>,
    #[serde(default, deserialize_with = "maybe_object")]
    error_mitigation: Option<Debias>,
    /// No part of v0.3, but cirq-ionq sends its job settings.
    #[serde(default, deserialize_with = "maybe_object")]
    settings: Option<SettingsBody>,
    dry_run: Option<bool>,
    lang: Option<String>,
    /// The circuit, from cirq-ionq.
    #[serde(default, deserialize_with = "maybe_object")]
    body: Option<Input>,
    /// The circuit, from everybody else.
    #[serde(default, deserialize_with = "maybe_object")]
    input: Option<Input>,
}

/// `error_mitigation` of a job.
#[derive(Debug, Default, Deserialize)]
struct Debias {
    debias: Option<bool>,
}

/// `input` or `body`: one circuit or several.
#[derive(Debug, Default, Deserialize)]
struct Input {
    format: Option<String>,
    gateset: Option<String>,
    qubits: Option<Whole>,
    #[serde(default, deserialize_with = "maybe_objects")]
    circuit: Option<Vec<GateJson>>,
    #[serde(default, deserialize_with = "maybe_objects")]
    circuits: Option<Vec<CircuitJson>>,
    registers: Option<Registers>,
}

/// Reads a job of v0.3 as the job of v0.4 that asks for the same.
///
/// # Errors
/// [`RequestError`], with the path of the field at fault.
pub(in crate::api) fn job_request(body: &[u8]) -> Result<JobRequest, RequestError> {
    let job: JobRequestV03 = decode(body)?;
    allowed("lang", job.lang, LANGUAGES)?;
    let (field, input) = match (job.body, job.input) {
        (Some(_), Some(_)) => return Err(RequestError::Both { one: "body", other: "input" }),
        (Some(body), None) => ("body.format", Some(body)),
        (None, input) => ("input.format", input),
    };
    let kind = match &input {
        Some(Input { circuits: Some(_), circuit: None, .. }) => JobKind::MultiCircuit,
        _ => JobKind::Circuit,
    };
    let input = input.map(|input| input.source(field)).transpose()?;
    Ok(JobRequest {
        kind: Some(kind.name().to_owned()),
        backend: Some(job.target.unwrap_or_else(|| Device::SIMULATOR.to_owned())),
        name: job.name,
        metadata: job.metadata,
        shots: job.shots,
        noise: job.noise,
        settings: settings(job.settings, job.error_mitigation),
        dry_run: job.dry_run,
        input,
        ..JobRequest::default()
    })
}

impl Input {
    fn source(self, field: &'static str) -> Result<CircuitSource, RequestError> {
        allowed(field, self.format, FORMATS)?;
        let Input { gateset, qubits, circuit, circuits, registers, .. } = self;
        Ok(CircuitSource { gateset, qubits, circuit, circuits, registers, ..CircuitSource::default() })
    }
}

/// The settings, with what v0.3 says about debiasing beside them.
fn settings(settings: Option<SettingsBody>, debias: Option<Debias>) -> Option<SettingsBody> {
    let Some(debiasing @ Some(_)) = debias.map(|asked| asked.debias) else { return settings };
    let settings = settings.unwrap_or_default();
    let mitigation = settings.error_mitigation.unwrap_or_default();
    Some(SettingsBody { error_mitigation: Some(ErrorMitigation { debiasing, ..mitigation }), ..settings })
}

fn allowed(field: &'static str, given: Option<String>, allowed: &'static [&'static str]) -> Result<(), RequestError> {
    match given {
        Some(given) if !allowed.contains(&given.as_str()) => {
            Err(RequestError::NotAllowed { field, given: given.chars().take(64).collect(), allowed: allowed.join(", ") })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> JobRequest {
        job_request(text.as_bytes()).unwrap()
    }

    fn refused(text: &str) -> (String, String) {
        let error = job_request(text.as_bytes()).unwrap_err();
        (error.field(), error.to_string())
    }

    #[test]
    fn body_and_input_are_the_same_job_and_the_type_follows_from_the_input() {
        let cirq = read(r#"{"target":"qpu.aria-1","lang":"json","body":{"gateset":"qis","qubits":2,"circuit":[]},"shots":"7"}"#);
        let plain = read(
            r#"{"target":"qpu.aria-1","input":{"format":"ionq.circuit.v0","gateset":"qis","qubits":2,"circuit":[]},"shots":7,"registers":{}}"#,
        );
        assert_eq!(cirq, plain);
        assert_eq!((cirq.kind.as_deref(), cirq.backend.as_deref(), cirq.shots), (Some("ionq.circuit.v1"), Some("qpu.aria-1"), Some(7)));
        let several = read(r#"{"body":{"circuits":[{"circuit":[]}]}}"#);
        assert_eq!((several.kind.as_deref(), several.backend.as_deref()), (Some("ionq.multi-circuit.v1"), Some("simulator")));
        assert_eq!(read("{}").input, None);
    }

    #[test]
    fn debias_joins_the_settings() {
        let settings = |text: &str| serde_json::to_value(read(text).settings).unwrap();
        let both = r#"{"error_mitigation":{"debias":true},"settings":{"compilation":{"opt":1}}}"#;
        assert_eq!(settings(both), serde_json::json!({"compilation": {"opt": 1.0}, "error_mitigation": {"debiasing": true}}));
        assert_eq!(settings(r#"{"error_mitigation":{"debias":false}}"#), serde_json::json!({"error_mitigation": {"debiasing": false}}));
        for nothing in ["{}", r#"{"error_mitigation":{}}"#, r#"{"error_mitigation":{"debias":null}}"#, r#"{"error_mitigation":null}"#] {
            assert!(settings(nothing).is_null(), "{nothing}");
        }
    }

    #[test]
    fn what_v03_does_not_know_is_refused_by_its_own_field_names() {
        assert_eq!(refused(r#"{"lang":"qasm"}"#), ("lang".to_owned(), "lang \"qasm\" is not allowed, allowed are json".to_owned()));
        assert_eq!(refused(r#"{"input":{"format":"ionq.qir.v1"}}"#).0, "input.format");
        assert_eq!(refused(r#"{"body":{"format":"ionq.qir.v1"}}"#).0, "body.format");
        assert_eq!(refused(r#"{"body":{},"input":{}}"#).1, "body and input are both there, one is needed");
        assert_eq!(refused(r#"{"body":{"circuit":[{"gate":"x","target":true}]}}"#).0, "body.circuit[0].target");
        assert_eq!(refused(r#"{"target":5}"#).0, "target");
    }
}
