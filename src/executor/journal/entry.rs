use crate::client::{ClientError, Fetched};
use crate::executor::ending::{Ending, Times};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The first record: whose journal it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::executor) struct Header {
    /// The version that began it.
    pub(in crate::executor) paultrap: String,
    /// What all keys of the batch derive from.
    pub(in crate::executor) batch: uuid::Uuid,
    /// The base of the API; none of a cloud in the same process, which is gone when the process is.
    pub(in crate::executor) service: Option<String>,
    /// What the circuits and their settings come to.
    pub(in crate::executor) circuits: Option<String>,
}

/// What happened to a job. Written before anything depends on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::executor) enum Entry {
    /// It is about to be submitted under a key: from now on there may be a job.
    Intent {
        key: String,
        /// The place of its first circuit in the batch.
        first: usize,
        /// How many circuits it carries.
        count: usize,
        /// How many jobs there were before it for the same circuits.
        #[serde(default, skip_serializing_if = "is_zero")]
        attempt: u32,
    },
    /// There is a job.
    Accepted {
        key: String,
        job: String,
        /// Whether there may be a second one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        doubtful: bool,
    },
    /// There certainly is none and never will be under this key.
    Void {
        key: String,
        because: String,
        /// Whether the service did not answer as it should, so that a resumed batch looks for a job first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        doubtful: bool,
    },
    /// It is over.
    Finished {
        key: String,
        job: Option<String>,
        /// What the service said, byte for byte.
        bodies: Vec<Body>,
        /// What became of each circuit.
        circuits: Vec<Written>,
    },
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The results of a job as the service sent them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::executor) struct Body {
    job: String,
    several: bool,
    circuits: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shots: Option<u32>,
    probabilities: Bytes,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    histograms: Vec<Option<Bytes>>,
}

/// Bytes: as text where they are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Bytes {
    Text(String),
    Other { base64: String },
}

impl Bytes {
    fn of(bytes: &[u8]) -> Bytes {
        match std::str::from_utf8(bytes) {
            Ok(text) => Bytes::Text(text.to_owned()),
            Err(_) => Bytes::Other { base64: STANDARD.encode(bytes) },
        }
    }

    fn read(self) -> Result<Arc<[u8]>, String> {
        match self {
            Bytes::Text(text) => Ok(text.into_bytes().into()),
            Bytes::Other { base64 } => STANDARD.decode(base64).map(Into::into).map_err(|error| error.to_string()),
        }
    }
}

/// What became of a circuit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::executor) enum Written {
    /// Its result is so many-th of a body.
    Result { body: usize, circuit: usize, times: [Option<u64>; 2] },
    /// Its job failed.
    Failed { job: String, code: String, message: String, times: [Option<u64>; 2] },
    /// Its job was canceled.
    Canceled { job: String, times: [Option<u64>; 2] },
    /// The service did not want it.
    Refused { status: u16, message: String, fields: Option<String> },
}

impl Entry {
    /// The record of a job that is over; `None` if it is not, or not for good.
    pub(in crate::executor) fn finished(key: String, job: Option<&str>, endings: &[Ending]) -> Option<Entry> {
        let mut fetched: Vec<&Arc<Fetched>> = Vec::new();
        let mut circuits = Vec::with_capacity(endings.len());
        for Ending { times, outcome } in endings {
            let times = times.written();
            circuits.push(match outcome {
                Ok((own, circuit)) => {
                    let known = fetched.iter().rposition(|other| Arc::ptr_eq(other, own));
                    let body = known.unwrap_or_else(|| {
                        fetched.push(own);
                        fetched.len() - 1
                    });
                    Written::Result { body, circuit: *circuit, times }
                }
                Err(ClientError::JobFailed { job, code, message }) => {
                    Written::Failed { job: job.clone(), code: code.clone(), message: message.clone(), times }
                }
                Err(ClientError::JobCanceled { job }) => Written::Canceled { job: job.clone(), times },
                Err(ClientError::Refused { status, message, fields, .. }) if job.is_none() => {
                    Written::Refused { status: *status, message: message.clone(), fields: fields.clone() }
                }
                Err(_) => return None,
            });
        }
        let bodies = fetched.into_iter().map(|fetched| Body::of(fetched)).collect();
        Some(Entry::Finished { key, job: job.map(str::to_owned), bodies, circuits })
    }

    /// Reads what [`Entry::finished`] wrote: the job, and what became of its circuits.
    pub(in crate::executor) fn endings(self) -> Result<(Option<String>, Vec<Ending>), String> {
        let Entry::Finished { job, bodies, circuits, .. } = self else { return Err("it is no record of an end".to_owned()) };
        let bodies = bodies.into_iter().map(Body::read).collect::<Result<Vec<_>, _>>()?;
        let endings = circuits.into_iter().map(|written| written.read(&bodies)).collect::<Result<_, _>>()?;
        Ok((job, endings))
    }
}

impl Body {
    fn of(fetched: &Fetched) -> Body {
        Body {
            job: fetched.job.clone(),
            several: fetched.several,
            circuits: fetched.circuits.clone(),
            shots: fetched.shots,
            probabilities: Bytes::of(&fetched.probabilities),
            histograms: fetched.histograms.iter().map(|bytes| bytes.as_deref().map(Bytes::of)).collect(),
        }
    }

    fn read(self) -> Result<Arc<Fetched>, String> {
        let histograms = self.histograms.into_iter().map(|bytes| bytes.map(Bytes::read).transpose());
        let histograms = histograms.collect::<Result<_, _>>()?;
        let Body { job, several, circuits, shots, probabilities, .. } = self;
        Ok(Arc::new(Fetched { job, several, circuits, shots, probabilities: probabilities.read()?, histograms }))
    }
}

impl Written {
    fn read(self, bodies: &[Arc<Fetched>]) -> Result<Ending, String> {
        let ending = |times, outcome| Ending { times: Times::read(times), outcome };
        Ok(match self {
            Written::Result { body, circuit, times } => {
                let fetched = bodies.get(body).filter(|fetched| circuit < fetched.circuits.len()).ok_or("a result that is not there")?;
                ending(times, Ok((Arc::clone(fetched), circuit)))
            }
            Written::Failed { job, code, message, times } => ending(times, Err(ClientError::JobFailed { job, code, message })),
            Written::Canceled { job, times } => ending(times, Err(ClientError::JobCanceled { job })),
            Written::Refused { status, message, fields } => ending([None; 2], Err(ClientError::refused_before(status, message, fields))),
        })
    }
}

impl Times {
    fn written(self) -> [Option<u64>; 2] {
        [self.until_start, self.until_end].map(|time| time.map(|time| time.as_millis() as u64))
    }

    fn read([start, end]: [Option<u64>; 2]) -> Times {
        Times { until_start: start.map(Duration::from_millis), until_end: end.map(Duration::from_millis) }
    }
}
