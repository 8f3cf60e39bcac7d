//! How a job is to be run, beside its shots: noise, compilation, error mitigation.

use super::decode::maybe_object;
use crate::circuit::Whole;
use serde::{Deserialize, Serialize};

/// `noise` of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoiseRequest {
    /// The model's name.
    pub model: String,
    /// The seed; qiskit-ionq sends null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Whole>,
}

/// `settings` of a job, echoed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SettingsBody {
    #[serde(default, deserialize_with = "maybe_object", skip_serializing_if = "Option::is_none")]
    pub compilation: Option<Compilation>,
    #[serde(default, deserialize_with = "maybe_object", skip_serializing_if = "Option::is_none")]
    pub error_mitigation: Option<ErrorMitigation>,
}

/// `settings.compilation`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Compilation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate_basis: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_version: Option<String>,
}

/// `settings.error_mitigation`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ErrorMitigation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debiasing: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symmetry_verification: Option<bool>,
}
