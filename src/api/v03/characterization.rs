use crate::api::{CharacterizationReply, CharacterizationsReply, FidelityBody, MeanBody, MeansBody, MedianBody, TimingBody};
use jiff::Timestamp;
use serde::Serialize;

/// `GET /v0.3/characterizations/{id}`, and each entry of the list.
#[derive(Debug, Serialize)]
pub(super) struct Characterization {
    id: String,
    backend: String,
    /// The backend again, by the name that it had before.
    target: String,
    /// Seconds since 1970.
    date: i64,
    qubits: usize,
    connectivity: Vec<[usize; 2]>,
    fidelity: MeansBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<TimingBody>,
}

/// `GET /v0.3/characterizations/backends/{backend}`.
#[derive(Debug, Serialize)]
pub(super) struct Characterizations {
    characterizations: Vec<Characterization>,
    pages: usize,
}

impl From<CharacterizationReply> for Characterization {
    fn from(new: CharacterizationReply) -> Characterization {
        Characterization {
            id: new.id,
            target: new.backend.clone(),
            backend: new.backend,
            date: new.date.parse().map_or(0, Timestamp::as_second),
            qubits: new.qubits,
            connectivity: new.connectivity,
            fidelity: means(new.fidelity),
            timing: new.timing,
        }
    }
}

impl From<CharacterizationsReply> for Characterizations {
    fn from(page: CharacterizationsReply) -> Characterizations {
        Characterizations { characterizations: page.characterizations.into_iter().map(Into::into).collect(), pages: page.pages }
    }
}

/// v0.3 says mean where v0.4 says median.
fn means(FidelityBody { spam, one_qubit, two_qubit }: FidelityBody) -> MeansBody {
    let mean = |MedianBody { median }| MeanBody { mean: median };
    MeansBody { spam: mean(spam), one_qubit: one_qubit.map(mean), two_qubit: two_qubit.map(mean) }
}
