//! `output` of a job: what it came to beside its results.

use super::{Format, ResultLinks};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `output` of a job: always an object, often an empty one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct OutputBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compilation: Option<CompilationOutput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_mitigation: Option<MitigationOutput>,
}

/// `output.compilation`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CompilationOutput {
    /// What was run, by the id of its format.
    #[serde(default)]
    pub compiled_circuits: ResultLinks,
}

/// `output.error_mitigation`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MitigationOutput {
    /// What debiasing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debiasing: Option<DebiasingOutput>,
    /// The variants put together in each way there is, by its name ([`crate::outcome::Aggregation::name`]).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aggregations: ResultLinks,
}

/// `output.error_mitigation.debiasing`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DebiasingOutput {
    #[serde(default)]
    pub variants: Vec<VariantBody>,
    /// How the job's own results were put together.
    #[serde(default)]
    pub aggregation_method: String,
}

/// One of the ways in which a circuit was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct VariantBody {
    pub variant_id: String,
    /// Which qubit of the device each qubit of the circuit was.
    #[serde(default)]
    pub qubit_map: Option<Vec<usize>>,
    pub shots: u32,
    /// What it gave, by the id of the format.
    #[serde(default)]
    pub results: ResultLinks,
}

impl Format {
    /// The formats in which a circuit can be had.
    pub const CIRCUITS: [Format; 2] = [Format::Native, Format::Qasm3];

    /// The formats of one variant's results.
    pub const OF_A_VARIANT: [Format; 3] = [Format::ProbabilitiesV2, Format::HistogramV2, Format::ShotsV2];
}
