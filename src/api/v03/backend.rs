use super::query::BACKEND_STATUSES;
use crate::api::{BackendReply, Query};
use jiff::Timestamp;
use serde::Serialize;

/// Each entry of `GET /v0.3/backends`, and `GET /v0.3/backends/{backend}`.
#[derive(Debug, Serialize)]
pub(super) struct Backend {
    backend: String,
    status: String,
    qubits: usize,
    average_queue_time: f64,
    /// Seconds since 1970.
    last_updated: i64,
    degraded: bool,
    has_access: bool,
    /// Below the version's base.
    #[serde(skip_serializing_if = "Option::is_none")]
    characterization_url: Option<String>,
}

impl From<BackendReply> for Backend {
    fn from(backend: BackendReply) -> Backend {
        Backend {
            has_access: backend.status != "retired",
            backend: backend.backend,
            status: backend.status,
            qubits: backend.qubits,
            average_queue_time: backend.average_queue_time,
            last_updated: backend.last_updated.parse().map_or(0, Timestamp::as_second),
            degraded: backend.degraded,
            characterization_url: backend.characterization_id.map(|id| format!("/characterizations/{id}")),
        }
    }
}

/// The backends that a query asks for by `status`; without it all.
pub(super) fn asked_for(backends: Vec<BackendReply>, query: &Query) -> Vec<Backend> {
    let meant = |asked: &str| BACKEND_STATUSES.iter().find(|(word, _)| *word == asked).map_or("", |(_, status)| *status);
    let status = query.get("status").map(meant);
    let found = backends.into_iter().filter(|backend| status.is_none_or(|status| backend.status == status));
    found.map(Backend::from).collect()
}
