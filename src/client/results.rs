use super::{Client, ClientError, Held};
use crate::api::{JobReply, Query, ResultFormat, Route};
use crate::outcome::{Counts, Finding, FindingKind, Judged, Keys, Policy, Probabilities, Received, Severity};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

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
    /// Numbers become a distribution under the client's [`Policy`]; whatever is odd about them travels with the
    /// result.
    ///
    /// # Errors
    /// [`ClientError::BadResults`] if some numbers are no distribution or no counts of the job's shots, [`ClientError::NoResult`] if a
    /// circuit has none, [`ClientError::ResultCount`] if there are not as many results as circuits.
    pub async fn results(&self, job: &JobReply, widths: &[usize]) -> Result<Vec<JobResult>, ClientError> {
        self.fetch(job, widths.len()).await?.judge(widths, self.policy).into_iter().collect()
    }

    /// What the service says came out of a job of so many circuits, as it says it. Results that are not there yet are waited for.
    ///
    /// # Errors
    /// [`ClientError::ResultCount`], and whatever happens on the way.
    pub(crate) async fn fetch(&self, job: &JobReply, circuits: usize) -> Result<Fetched, ClientError> {
        let children = job.child_job_ids.clone().flatten().unwrap_or_default();
        let several = !children.is_empty();
        let ids = if several { children } else { vec![job.id.clone()] };
        if ids.len() != circuits {
            return Err(ClientError::ResultCount { job: job.id.clone(), given: ids.len(), expected: circuits });
        }
        let format = if several { ResultFormat::Aggregated } else { ResultFormat::Probabilities };
        let probabilities = self.await_results(&job.id, format).await?.into();
        let mut histograms = Vec::new();
        if job.shots.is_some() {
            for id in &ids {
                histograms.push(self.histogram(id).await?);
            }
        }
        Ok(Fetched { job: job.id.clone(), several, circuits: ids, shots: job.shots, probabilities, histograms })
    }

    /// The bytes of the results, once they are there.
    async fn await_results(&self, id: &str, format: ResultFormat) -> Result<Vec<u8>, ClientError> {
        let start = Instant::now();
        let mut pauses = self.poll.pauses();
        loop {
            let bytes = self.send(Route::results(id, format), Query::default(), None::<&()>).await;
            let missing = match &bytes {
                Ok(bytes) => matches!(bytes.trim_ascii(), b"" | b"null" | b"{}"),
                Err(error) => matches!(error, ClientError::Refused { status: 404, .. }),
            };
            let left = self.retry.lag.saturating_sub(start.elapsed());
            if !missing || left.is_zero() {
                return bytes;
            }
            let pause = pauses.next().unwrap_or(self.poll.longest);
            sleep(pause.max(Self::AGAIN).min(left)).await;
            self.note(Held::Retrying, start, || "the results are not there yet".to_owned());
        }
    }

    /// The shortest pause before results are asked for again that were not there.
    const AGAIN: Duration = Duration::from_millis(20);

    /// A job's histogram. IonQ's own service may not have one; then there is none.
    async fn histogram(&self, id: &str) -> Result<Option<Arc<[u8]>>, ClientError> {
        match self.send(Route::results(id, ResultFormat::Histogram), Query::default(), None::<&()>).await {
            Err(ClientError::Refused { status: 404, .. }) => Ok(None),
            other => other.map(|bytes| Some(bytes.into())),
        }
    }
}

/// What a service said came out of a job, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub(crate) job: String,
    /// Whether the job is one of several circuits, whose results stand under their ids.
    pub(crate) several: bool,
    /// The ids of the circuits' jobs.
    pub(crate) circuits: Vec<String>,
    /// The shots, where they were counted.
    pub(crate) shots: Option<u32>,
    pub(crate) probabilities: Arc<[u8]>,
    /// Of each circuit where shots were counted, if there is one.
    pub(crate) histograms: Vec<Option<Arc<[u8]>>>,
}

impl Fetched {
    /// The results of the circuits, whose widths are given, each for itself.
    fn judge(&self, widths: &[usize], policy: Policy) -> Vec<Result<JobResult, ClientError>> {
        let reading = self.read();
        (0..self.circuits.len()).zip(widths).map(|(circuit, &qubits)| reading.judge(circuit, qubits, policy)).collect()
    }

    /// Reads them as JSON, as far as that goes.
    pub(crate) fn read(&self) -> Reading<'_> {
        Reading { fetched: self, received: Received::read(self.probabilities.to_vec(), Keys::Decimal) }
    }

    fn counts(&self, circuit: usize, qubits: usize) -> Result<Option<Counts>, ClientError> {
        let Some(Some(histogram)) = self.histograms.get(circuit) else { return Ok(None) };
        let received = Received::read(histogram.to_vec(), Keys::Decimal);
        let counts = received.single_of(&self.circuits[circuit]).and_then(|map| map.counts(qubits, self.shots));
        counts.map(Some).map_err(|problem| ClientError::BadResults {
            job: self.job.clone(),
            circuit,
            problem,
            raw: Arc::clone(received.bytes()),
        })
    }
}

/// What a service said, read once for all circuits of the job.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    fetched: &'a Fetched,
    received: Received,
}

impl Reading<'_> {
    /// The result of one circuit of a width.
    pub(crate) fn judge(&self, circuit: usize, qubits: usize, policy: Policy) -> Result<JobResult, ClientError> {
        let Reading { fetched, received } = self;
        let id = &fetched.circuits[circuit];
        let job = || fetched.job.clone();
        let bad = |problem| ClientError::BadResults { job: job(), circuit, problem, raw: Arc::clone(received.bytes()) };
        let map = match fetched.several {
            true => {
                let named = received.named(id).map_err(bad)?;
                named.ok_or_else(|| ClientError::NoResult { job: job(), circuit, child: id.clone() })?
            }
            false => received.single_of(id).map_err(bad)?,
        };
        let Judged { probabilities, mut findings, sum } = map.judge(qubits, policy).map_err(bad)?;
        findings.extend_from_slice(received.findings());
        let counts = fetched.counts(circuit, qubits)?;
        let odd = |finding: &Finding| finding.severity > Severity::Note || finding.kind == FindingKind::Sum;
        let raw = findings.iter().any(odd).then(|| Arc::clone(received.bytes()));
        Ok(JobResult { probabilities, counts, sum, findings, raw })
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
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
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
