use super::{Client, ClientError};
use crate::api::{JobReply, Query, ResultFormat, Route};
use crate::outcome::{Counts, Finding, FindingKind, Judged, Keys, Probabilities, Received, Severity, Unsound};
use std::sync::Arc;

/// What came out of one circuit of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobResult {
    /// The distribution: exact from the ideal simulator, relative frequencies from everything else.
    pub probabilities: Probabilities,
    /// How often each outcome was seen, where shots were counted; they add up to the job's shots.
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
    /// [`ClientError::BadResults`] if some numbers are no distribution or no counts of the job's shots, [`ClientError::NoResult`] if a
    /// circuit has none, [`ClientError::ResultCount`] if there are not as many results as circuits.
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
        let mut results = Vec::with_capacity(ids.len());
        for (circuit, (id, &qubits)) in ids.iter().zip(widths).enumerate() {
            let bad = |problem| ClientError::BadResults { job: job.id.clone(), circuit, problem, raw: Arc::clone(received.bytes()) };
            let map = match format {
                ResultFormat::Aggregated => received.named(id).map_err(bad)?.ok_or_else(|| ClientError::NoResult {
                    job: job.id.clone(),
                    circuit,
                    child: id.clone(),
                })?,
                _ => received.single_of(id).map_err(bad)?,
            };
            let Judged { probabilities, mut findings, sum } = map.judge(qubits, self.policy).map_err(bad)?;
            findings.extend_from_slice(received.findings());
            let counts = match job.shots {
                Some(shots) => {
                    let bad = |problem, raw| ClientError::BadResults { job: job.id.clone(), circuit, problem, raw };
                    self.counts(id, qubits, shots, bad).await?
                }
                None => None,
            };
            let odd = |finding: &Finding| finding.severity > Severity::Note || finding.kind == FindingKind::Sum;
            let raw = findings.iter().any(odd).then(|| Arc::clone(received.bytes()));
            results.push(JobResult { probabilities, counts, sum, findings, raw });
        }
        Ok(results)
    }

    /// A job's histogram. IonQ's own service may not have one; then there is none.
    async fn counts(
        &self,
        id: &str,
        qubits: usize,
        shots: u32,
        bad: impl Fn(Unsound, Arc<[u8]>) -> ClientError,
    ) -> Result<Option<Counts>, ClientError> {
        let bytes = match self.send(Route::results(id, ResultFormat::Histogram), Query::default(), None::<&()>).await {
            Err(ClientError::Refused { status: 404, .. }) => return Ok(None),
            other => other?,
        };
        let received = Received::read(bytes, Keys::Decimal);
        let counts = received.single_of(id).and_then(|map| map.counts(qubits, Some(shots)));
        counts.map(Some).map_err(|problem| bad(problem, Arc::clone(received.bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Sending, Transport};
    use super::*;
    use crate::api::{Reply, Request};

    /// Answers with one body for probabilities, and with status and body for the histogram.
    #[derive(Debug)]
    struct Scripted(&'static str, u16, &'static str);

    impl Transport for Scripted {
        fn send(&self, request: Request) -> Sending<'_> {
            let (status, body) = if request.path.contains("histogram") { (self.1, self.2) } else { (200, self.0) };
            Box::pin(async move { Ok(Reply { status, headers: Vec::new(), media_type: "application/json".into(), body: body.into() }) })
        }
    }

    fn result(probabilities: &'static str, status: u16, histogram: &'static str) -> Result<JobResult, ClientError> {
        let job = r#"{"id":"mine","status":"completed","shots":100,"stats":{"qubits":2}}"#;
        let job: JobReply = serde_json::from_str(job).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Client::new(Scripted(probabilities, status, histogram)).result(&job))
    }

    const HALVES: &str = r#"{"0":0.5,"3":0.5}"#;

    #[test]
    fn a_histogram_that_is_none_is_an_error_with_its_bytes_and_a_missing_one_is_not() {
        assert_eq!(result(HALVES, 200, r#"{"0":50,"3":50}"#).unwrap().counts.unwrap().get(3), 50);
        assert_eq!(result(HALVES, 404, "{}").unwrap().counts, None);
        for (body, part) in [
            (r#"{"0":50,"4":50}"#, "outcome 4, with 50, does not fit 2 qubits"),
            (r#"{"0":50,"3":49}"#, "the counts add up to 99, the job has 100 shots"),
            (r#"{"0":-50,"3":150}"#, "the count of outcome 0, -50,"),
            ("<html>", "this is HTML"),
            ("{}", "the counts add up to 0"),
        ] {
            let error = result(HALVES, 200, body).unwrap_err();
            assert!(error.to_string().starts_with(&format!("job mine, circuit 0: {part}")), "{error}");
            assert!(matches!(error, ClientError::BadResults { raw, .. } if &*raw == body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn the_result_of_somebody_else_is_an_error() {
        let error = result(r#"{"other":{"0":0.5,"3":0.5}}"#, 404, "").unwrap_err();
        assert_eq!(error.to_string(), "job mine, circuit 0: this is the result of \"other\", not of \"mine\"");
        assert_eq!(result(r#"{"probabilities":{"0":0.5,"3":0.5}}"#, 404, "").unwrap().probabilities.get(3), 0.5);
    }
}
