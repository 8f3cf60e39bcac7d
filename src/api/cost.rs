//! What a job costs and what it would: `GET /jobs/{id}/cost`, `GET /jobs/estimate`.

use serde::{Deserialize, Serialize};

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// How much.
    pub value: f64,
    /// Of what: `usd`, or `credit`.
    pub unit: String,
}

/// `GET /jobs/{id}/cost`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CostReply {
    /// Whether the job was only checked; then it never costs anything.
    pub dry_run: bool,
    /// What it was expected to cost when it was submitted. IonQ leaves it out for jobs without a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_cost: Option<Cost>,
    /// What it cost; absent until that is known, and of a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// What an estimate is asked about, and says it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct EstimateRequest {
    pub backend: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub qubits: u32,
    pub shots: u32,
    #[serde(rename = "1q_gates")]
    pub one_qubit_gates: u32,
    #[serde(rename = "2q_gates")]
    pub two_qubit_gates: u32,
    pub error_mitigation: bool,
}

impl EstimateRequest {
    /// The request for a backend, with what the API takes for granted.
    pub fn new(backend: impl Into<String>) -> EstimateRequest {
        EstimateRequest {
            backend: backend.into(),
            kind: super::JobKind::Circuit.name().to_owned(),
            qubits: 25,
            shots: 1000,
            one_qubit_gates: 0,
            two_qubit_gates: 0,
            error_mitigation: false,
        }
    }
}

/// `estimate_context` of an estimate, as the revision of September 2026 has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EstimateContext {
    /// What was asked.
    #[serde(flatten)]
    pub request: EstimateRequest,
    /// Who asked.
    #[serde(default)]
    pub organization: Option<String>,
    /// For which project.
    #[serde(default)]
    pub project: Option<String>,
}

/// `input_values` of an estimate, as the revision of May 2026 has it and qiskit-ionq reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EstimateInput {
    /// What was asked.
    #[serde(flatten)]
    pub request: EstimateRequest,
    /// Whether the job would be one of a session; makes no difference.
    pub session: bool,
}

/// One line of a `rate_card`: the prices of a backend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct Rate {
    pub sku: String,
    /// `gates`, or `compute_second` of what is billed by time.
    pub unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_1q_gate: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_2q_gate: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_cost_minimum: Option<f64>,
}

/// `rate_card` of an estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateCard {
    /// Which price list.
    pub id: String,
    /// The prices that count.
    pub rates: Vec<Rate>,
}

/// `rate_information` of an estimate, as the revision of May 2026 has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct RateInformation {
    pub organization: String,
    pub cost_1q_gate: f64,
    pub cost_2q_gate: f64,
    pub job_cost_minimum: f64,
}

/// `GET /jobs/estimate`: the names of September 2026 and those of May 2026 at once. Times are in milliseconds but where the name says
/// otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct EstimateReply {
    pub estimate_context: EstimateContext,
    pub estimated_at: String,
    pub estimated_unit: String,
    pub rate_card: RateCard,
    pub estimated_total_cost: f64,
    pub estimated_execution_time: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_quantum_compute_time_us: Option<u32>,
    pub current_predicted_queue_time: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_values: Option<EstimateInput>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_information: Option<RateInformation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_cost: Option<f64>,
}
