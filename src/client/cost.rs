use super::{Client, ClientError};
use crate::api::{CostReply, EstimateReply, EstimateRequest, Operation, Query, Route, UsageGroup, UsagePeriod, UsageReply};

impl Client {
    /// What a job was expected to cost, and once it is done, what it did cost.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if there is no such job.
    pub async fn cost(&self, id: &str) -> Result<CostReply, ClientError> {
        self.get(Route::new(Operation::GetJobCost, [id])).await
    }

    /// What a job would cost, by its numbers of gates.
    ///
    /// # Errors
    /// [`ClientError::Refused`] names the parameters that are wrong.
    pub async fn estimate(&self, request: &EstimateRequest) -> Result<EstimateReply, ClientError> {
        let query = Query::default()
            .with("backend", &request.backend)
            .with("type", &request.kind)
            .with("qubits", request.qubits.to_string())
            .with("shots", request.shots.to_string())
            .with("1q_gates", request.one_qubit_gates.to_string())
            .with("2q_gates", request.two_qubit_gates.to_string())
            .with("error_mitigation", request.error_mitigation.to_string());
        self.call(Route::new(Operation::EstimateJobCost, []), query, None::<&()>).await
    }

    /// What the jobs of an organization came to from one day to another, both as in `2026-03-01` and included.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 403 if the key is not one of the organization.
    pub async fn usage(
        &self,
        organization: &str,
        (from, to): (&str, &str),
        group: UsageGroup,
        period: UsagePeriod,
    ) -> Result<UsageReply, ClientError> {
        let query =
            Query::default().with("start_date", from).with("end_date", to).with("group_by", group.name()).with("modality", period.name());
        self.call(Route::new(Operation::GetUsage, [organization]), query, None::<&()>).await
    }
}
