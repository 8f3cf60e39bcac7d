use super::{Batch, Task};
use crate::api::EstimateRequest;
use crate::client::ClientError;
use crate::outcome::Shots;
use std::collections::BTreeMap;
use std::fmt;

/// What a batch would cost by the service's own estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// How much.
    pub value: f64,
    /// Of what: `usd`, or `credit`.
    pub unit: String,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} {}", self.value, self.unit)
    }
}

impl Batch {
    /// What the circuits would cost, each in a job of its own; none of those that are over by the journal, if there is one. Asks once for all that have as many gates of each kind.
    ///
    /// # Errors
    /// [`ClientError`] if the service gives no estimate for a circuit.
    pub async fn estimate(&self, tasks: &[Task]) -> Result<Estimate, ClientError> {
        let mut kinds: BTreeMap<(&str, u32, usize, usize, usize), u32> = BTreeMap::new();
        let history = self.journal.as_ref().map(super::Journal::history);
        let open = |(index, _): &(usize, &Task)| !history.is_some_and(|history| history.is_over(*index));
        for (_, task) in tasks.iter().enumerate().filter(open) {
            // What is compiled before it is submitted costs what it is then; what cannot be is not submitted.
            let native = self.target.as_ref().and_then(|target| task.clone().native(target).ok());
            let program = &native.as_ref().unwrap_or(task).program;
            let (gates, shots) = (program.gate_counts(), task.shots.or(self.shots).unwrap_or(Shots::DEFAULT));
            let kind = (self.backend_of(task), shots.get(), program.qubits(), gates.one_qubit, gates.two_qubit);
            *kinds.entry(kind).or_default() += 1;
        }
        let mut sum = Estimate { value: 0.0, unit: String::new() };
        for ((backend, shots, qubits, one_qubit, two_qubit), count) in kinds {
            let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            let request = EstimateRequest {
                qubits: number(qubits),
                shots,
                one_qubit_gates: number(one_qubit),
                two_qubit_gates: number(two_qubit),
                ..EstimateRequest::new(backend)
            };
            let reply = self.client.estimate(&request).await?;
            sum.value += reply.estimated_total_cost * f64::from(count);
            sum.unit = reply.estimated_unit;
        }
        Ok(sum)
    }
}
