use super::{Client, ClientError};
use crate::api::{CountsReply, JobReply, NumberMap, Query, ResultFormat, Route};
use crate::outcome::{Counts, Finding, FindingKind, Judged, Keys, Probabilities, Received, Severity};
use std::sync::Arc;

/// What came out of one circuit of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobResult {
    /// The distribution: exact from the ideal simulator, relative frequencies from everything else.
    pub probabilities: Probabilities,
    /// How often each outcome was seen, where shots were counted.
    pub counts: Option<Counts>,
    /// The sum of the numbers on the wire, before they were divided by it.
    pub sum: f64,
    /// What is odd about them; errors never, see [`ClientError::BadResults`].
    pub findings: Vec<Finding>,
    /// What came, byte for byte, with the results of the job's other circuits, if the probabilities are not what it said to the last bit
    /// or a finding is worse than a note.
    pub raw: Option<Arc<[u8]>>,
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
    /// Numbers become a distribution under the client's [`Policy`](crate::outcome::Policy); whatever is odd about them travels with the
    /// result.
    ///
    /// # Errors
    /// [`ClientError::BadResults`] if some numbers are no distribution, [`ClientError::NoResult`] if a circuit has none,
    /// [`ClientError::ResultCount`] if there are not as many results as circuits.
    pub async fn results(&self, job: &JobReply, widths: &[usize]) -> Result<Vec<JobResult>, ClientError> {
        let children = job.child_job_ids.clone().flatten().unwrap_or_default();
        let (ids, format) = match children.is_empty() {
            true => (vec![job.id.clone()], ResultFormat::Probabilities),
            false => (children, ResultFormat::Aggregated),
        };
        if ids.len() != widths.len() {
            return Err(ClientError::ResultCount { job: job.id.clone(), given: ids.len(), expected: widths.len() });
        }
        let bytes = self.send(Route::results(&job.id, format), Query::default(), None::<&()>).await?;
        let received = Received::read(bytes, Keys::Decimal);
        let counted = job.shots.is_some();
        let mut results = Vec::with_capacity(ids.len());
        for (circuit, (id, &qubits)) in ids.iter().zip(widths).enumerate() {
            let bad = |problem| ClientError::BadResults { job: job.id.clone(), circuit, problem, raw: Arc::clone(received.bytes()) };
            let map = match format {
                ResultFormat::Aggregated => received.named(id).map_err(bad)?.ok_or_else(|| ClientError::NoResult {
                    job: job.id.clone(),
                    circuit,
                    child: id.clone(),
                })?,
                _ => received.single().map_err(bad)?,
            };
            let Judged { probabilities, mut findings, sum } = map.judge(qubits, self.policy).map_err(bad)?;
            findings.extend_from_slice(received.findings());
            let counts = if counted { self.counts(id, qubits).await? } else { None };
            let odd = |finding: &Finding| finding.severity > Severity::Note || finding.kind == FindingKind::Sum;
            let raw = findings.iter().any(odd).then(|| Arc::clone(received.bytes()));
            results.push(JobResult { probabilities, counts, sum, findings, raw });
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
