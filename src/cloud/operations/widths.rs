//! What a scenario must know of a request before it is carried out.

use super::super::Shared;
use super::super::access::Account;
use super::super::ids::exact_id;
use super::super::scenario::{Asked, Named, Plan, SCENARIO_KEY, Widths};
use super::Call;
use super::results::Found;
use crate::api::{Metadata, MetadataValue, Operation, Route};
use serde::Deserialize;

impl Shared {
    /// What happens to a request.
    pub(super) fn plan(&self, route: &Route, account: &Account, body: &[u8]) -> Plan {
        let operation = route.operation();
        let named = match operation {
            Operation::CreateJob => named_in(body).map(|scenario| Named { scenario, project: account.project.clone(), job: None }),
            _ if self.engine.has_named() => self.named_by_job(route, account),
            _ => None,
        };
        if let Some(Named { scenario, project, job: None }) = &named {
            let _ = self.engine.admit(project, scenario); // if it cannot be had, the job is refused
        }
        self.engine.plan(&Asked { operation, named })
    }

    /// The scenario that the job in the path has named, if it is one the account may see.
    fn named_by_job(&self, route: &Route, account: &Account) -> Option<Named> {
        let id = exact_id(route.named("id"))?;
        let state = self.state();
        let job = state.jobs.get(&id).filter(|job| job.submission.account.project == account.project)?;
        let scenario = name_in(job.submission.metadata.as_ref()?.get(SCENARIO_KEY)?)?.to_owned();
        // The circuits of a job are all that job's.
        let whole = job.parent.and_then(|parent| state.jobs.get(&parent)).unwrap_or(job);
        Some(Named { scenario, project: account.project.clone(), job: Some((whole.id, whole.seed)) })
    }

    /// How wide the outcomes of the job in the path are.
    pub(super) fn widths(&self, call: &Call<'_>) -> Option<Widths> {
        let state = self.state();
        let job = state.job(call.id(), &call.account, self.now()).ok()?;
        let bits = match state.outcomes(job, self.now()).ok()? {
            Found::One(outcome) => vec![outcome.probabilities.qubits()],
            Found::Several(outcomes) => outcomes.iter().map(|(_, outcome)| outcome.probabilities.qubits()).collect(),
        };
        Some(Widths { bits, shots: job.submission.shots })
    }
}

/// The scenario that a job names by the value of its key.
pub(super) fn name_in(value: &MetadataValue) -> Option<&str> {
    match value {
        MetadataValue::Text(name) => Some(name),
        _ => None,
    }
}

/// The scenario that the body of a new job names. Bodies that do not have the word are not read for it.
fn named_in(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        metadata: Option<Metadata>,
    }
    let word = SCENARIO_KEY.as_bytes();
    body.windows(word.len()).any(|part| part == word).then_some(())?;
    let Named { metadata } = serde_json::from_slice(body).ok()?;
    name_in(metadata?.get(SCENARIO_KEY)?).map(str::to_owned)
}
