use super::{Client, ClientError};
use crate::api::{AggregateReply, CountsReply, JobReply, NumberMap, ProbabilitiesReply, ResultFormat, Route};
use crate::outcome::{Counts, Probabilities};

/// What came out of one circuit of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobResult {
    /// The distribution: exact from the ideal simulator, relative frequencies from everything else.
    pub probabilities: Probabilities,
    /// How often each outcome was seen, where shots were counted.
    pub counts: Option<Counts>,
    /// How far the sum of the numbers on the wire was from 1 before they were divided by it.
    pub sum_error: f64,
}

impl Client {
    /// The result of a completed job with a single circuit.
    ///
    /// # Errors
    /// [`ClientError::BadResults`] if the numbers are no distribution.
    pub async fn result(&self, job: &JobReply) -> Result<JobResult, ClientError> {
        let widths = [job.stats.qubits.unwrap_or(crate::circuit::MAX_QUBITS)];
        let mut results = self.results(job, &widths).await?;
        results.pop().ok_or_else(|| ClientError::ResultCount { job: job.id.clone(), given: 0, expected: 1 })
    }

    /// The results of a completed job in the order of its circuits, whose widths are given.
    ///
    /// # Errors
    /// [`ClientError::BadResults`] if some numbers are no distribution, [`ClientError::ResultCount`] if there are not as many
    /// results as circuits.
    pub async fn results(&self, job: &JobReply, widths: &[usize]) -> Result<Vec<JobResult>, ClientError> {
        let children = job.child_job_ids.clone().flatten().unwrap_or_default();
        let (ids, maps): (Vec<String>, Vec<ProbabilitiesReply>) = if children.is_empty() {
            (vec![job.id.clone()], vec![self.get(Route::results(&job.id, ResultFormat::Probabilities)).await?])
        } else {
            let reply: AggregateReply = self.get(Route::results(&job.id, ResultFormat::Aggregated)).await?;
            // By id, so that no order on the wire can mix them up.
            let mut found: std::collections::HashMap<_, _> = reply.0.into_iter().collect();
            let maps = children.iter().filter_map(|child| found.remove(child)).collect();
            (children, maps)
        };
        if maps.len() != widths.len() {
            return Err(ClientError::ResultCount { job: job.id.clone(), given: maps.len(), expected: widths.len() });
        }
        let counted = job.shots.is_some();
        let mut results = Vec::with_capacity(maps.len());
        for (circuit, ((id, NumberMap(entries)), &qubits)) in ids.iter().zip(maps).zip(widths).enumerate() {
            let bad = |problem| ClientError::BadResults { job: job.id.clone(), circuit, problem };
            let (probabilities, sum_error) = Probabilities::normalized(qubits, entries).map_err(bad)?;
            let counts = if counted { self.counts(id, qubits).await? } else { None };
            results.push(JobResult { probabilities, counts, sum_error });
        }
        Ok(results)
    }

    /// A job's histogram. IonQ's own service may not have one; then there is none.
    async fn counts(&self, id: &str, qubits: usize) -> Result<Option<Counts>, ClientError> {
        match self.get::<CountsReply>(Route::results(id, ResultFormat::Histogram)).await {
            Ok(NumberMap(entries)) => Ok(Counts::new(qubits, entries)),
            Err(ClientError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
