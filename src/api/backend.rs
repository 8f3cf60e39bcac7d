use crate::device::Device;
use crate::gates::{Gateset, table};
use serde::{Deserialize, Serialize};

/// `GET /backends/{backend}`, and each entry of `GET /backends`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct BackendReply {
    pub backend: String,
    pub status: String,
    pub qubits: usize,
    #[serde(default)]
    pub average_queue_time: f64,
    #[serde(default)]
    pub last_updated: String,
    #[serde(default)]
    pub degraded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characterization_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kw: Option<f64>,
    #[serde(default)]
    pub supported_gates: Vec<String>,
    #[serde(default)]
    pub supported_native_gates: Vec<String>,
    #[serde(default)]
    pub supported_error_mitigations: Vec<String>,
}

impl BackendReply {
    /// What the listing says of a device, as of the time given.
    pub fn of(device: &Device, last_updated: String) -> BackendReply {
        BackendReply {
            backend: device.name.clone(),
            status: device.status.name().to_owned(),
            qubits: device.qubits,
            average_queue_time: device.average_queue_time as f64,
            last_updated,
            degraded: false,
            characterization_id: device.characterization().map(|known| known.id.to_string()),
            location: device.location.clone(),
            kw: device.kw,
            supported_gates: table::names(Gateset::Qis).split(", ").map(str::to_owned).collect(),
            supported_native_gates: device.native_gates.clone(),
            supported_error_mitigations: if device.is_qpu() { vec!["debiasing".to_owned()] } else { vec![] },
        }
    }
}

/// `GET /whoami`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct WhoamiReply {
    pub key_id: String,
    pub key_name: String,
    pub project_id: String,
}

/// `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct HealthReply {
    pub status: String,
}
