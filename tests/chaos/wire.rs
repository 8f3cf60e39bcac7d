//! The transport into the cloud, with a witness: what was sent when, and what must not have been.

use paultrap::adapters::embedded::Embedded;
use paultrap::api::{Method, Reply, Request};
use paultrap::client::{Sending, Transport, TransportError};
use paultrap::cloud::Cloud;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// One request as the cloud's door saw it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    /// Since the beginning.
    pub(crate) at: Duration,
    pub(crate) round: usize,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    /// The key in the metadata of a submission.
    pub(crate) key: Option<String>,
    /// Whether it got an answer that is one; `None` if none came before the end.
    pub(crate) good: Option<bool>,
}

impl Sent {
    pub(crate) fn line(&self) -> Line {
        (self.method.name(), self.path.clone(), self.query.clone(), self.key.clone())
    }

    pub(crate) fn is_submission(&self) -> bool {
        self.method == Method::Post && self.path == "/v0.4/jobs"
    }

    /// Whether it begins to look for lost jobs.
    pub(crate) fn is_search(&self) -> bool {
        self.path == "/v0.4/jobs" && self.method == Method::Get && self.query.contains("target=") && !self.query.contains("next=")
    }
}

/// What all rounds of a run have in common.
#[derive(Debug)]
pub(crate) struct Witness {
    begun: Instant,
    state: Mutex<State>,
    /// Somebody has fallen.
    pub(crate) crashed: Notify,
}

#[derive(Debug, Default)]
struct State {
    log: Vec<Sent>,
    wrong: Vec<String>,
    round: usize,
    requests: usize,
    crash: Option<Crash>,
    /// Whether two circuits may have been told the same job.
    shares_jobs: bool,
    /// The process is gone.
    gone: bool,
    /// Nothing may be sent before this (429).
    left_alone: Option<(Duration, String)>,
    /// The same request may not be sent again before this (any other status).
    later: BTreeMap<Line, (Duration, String)>,
    journal: Option<PathBuf>,
}

/// What makes two requests the same: method, path, query, key.
pub(crate) type Line = (&'static str, String, String, Option<String>);

/// When the process is gone.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Crash {
    /// At the so-many-th request of the round, before or after the cloud has it.
    AtRequest(usize, bool),
    /// At the first submission whose intent is beyond so many records.
    BeyondRecord(usize),
}

impl Witness {
    pub(crate) fn new() -> Arc<Witness> {
        Arc::new(Witness { begun: Instant::now(), state: Mutex::default(), crashed: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A new process, which knows nothing of the one before.
    pub(crate) fn begin(&self, crash: Option<Crash>, journal: Option<PathBuf>) {
        let mut state = self.state();
        state.round += 1;
        (state.requests, state.crash, state.left_alone, state.journal) = (0, crash, None, journal);
        state.later.clear();
        state.gone = false;
    }

    /// Two circuits may be told the same job.
    pub(crate) fn share_jobs(&self) {
        self.state().shares_jobs = true;
    }

    pub(crate) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(crate) fn log(&self) -> Vec<Sent> {
        self.state().log.clone()
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        self.state().wrong.clone()
    }

    /// Notes a request; `None` if the process is gone before it is sent.
    fn sees(&self, request: &Request) -> Option<usize> {
        let mut state = self.state();
        if state.gone {
            return None;
        }
        let at = self.now();
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let key = body["metadata"]["paultrap.key"].as_str().map(str::to_owned);
        let sent = Sent {
            at,
            round: state.round,
            method: request.method,
            path: request.path.clone(),
            query: request.query.encode(),
            key,
            good: None,
        };
        let waits = [state.left_alone.clone(), state.later.get(&sent.line()).cloned()];
        // Two who were told the same job ask for it each for itself.
        let (waits, shared) = (waits.into_iter().flatten(), state.shares_jobs);
        for (until, why) in waits.filter(|(until, why)| at < *until && (!shared || why.starts_with("429"))) {
            state.wrong.push(format!("I6: {} {} at {at:?}, left alone until {until:?} was asked for by {why}", sent.method, sent.path));
        }
        let mut falls = matches!(state.crash, Some(Crash::AtRequest(number, false)) if number == state.requests);
        if sent.is_submission()
            && let Some(path) = state.journal.clone()
        {
            let intent = sent.key.as_ref().and_then(|key| intent(&path, key));
            match (intent, state.crash) {
                (None, _) => state.wrong.push(format!("I5: {:?} is submitted at {at:?} without an intent on record", sent.key)),
                (Some(record), Some(Crash::BeyondRecord(last))) => falls |= record >= last,
                _ => {}
            }
        }
        state.requests += 1;
        state.log.push(sent);
        state.gone = falls;
        (!falls).then(|| state.log.len() - 1)
    }

    /// Notes an answer, and says whether the process ends before it is read.
    fn hears(&self, number: usize, answer: &Result<Reply, TransportError>) -> bool {
        let mut state = self.state();
        let at = self.now();
        let sent = &mut state.log[number];
        let search = |status| status == 404 && sent.method == Method::Get;
        sent.good = Some(match answer {
            Ok(reply) if reply.status < 300 => serde_json::from_slice::<serde_json::Value>(&reply.body).is_ok_and(|body| body.is_object()),
            Ok(reply) => search(reply.status),
            Err(_) => false,
        });
        if let Ok(reply) = answer
            && reply.status >= 400
            && let Some(seconds) = asked(reply)
        {
            let (until, why) = (at + Duration::from_secs(seconds), format!("{} at {at:?}", reply.status));
            if reply.status != 429 {
                let line = state.log[number].line();
                state.later.insert(line, (until, why));
            } else if state.left_alone.as_ref().is_none_or(|(before, _)| *before < until) {
                state.left_alone = Some((until, why));
            }
        }
        let own = in_round(&state.log, number);
        let falls = matches!(state.crash, Some(Crash::AtRequest(of, true)) if state.log[number].round == state.round && of == own);
        state.gone |= falls;
        state.gone
    }
}

/// How many seconds a reply asks to be left alone for.
fn asked(reply: &Reply) -> Option<u64> {
    let header = |name: &str| reply.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
    let date = |name: &str| header(name).and_then(|value| httpdate::parse_http_date(value).ok());
    let seconds = header("retry-after")?.parse::<u64>().ok();
    seconds.or_else(|| Some(date("retry-after")?.duration_since(date("date")?).ok()?.as_secs()))
}

/// Which request of its round it was.
fn in_round(log: &[Sent], number: usize) -> usize {
    log[..number].iter().filter(|sent| sent.round == log[number].round).count()
}

/// Which record of a journal is the intent of a submission.
fn intent(path: &PathBuf, key: &str) -> Option<usize> {
    let text = std::fs::read_to_string(path).ok()?;
    let wanted = format!("{{\"intent\":{{\"key\":\"{key}\"");
    text.lines().skip(1).position(|line| line.contains(&wanted))
}

/// A way into a cloud that is watched.
#[derive(Debug)]
pub(crate) struct Wire {
    inner: Embedded,
    witness: Arc<Witness>,
}

impl Wire {
    pub(crate) fn new(cloud: &Cloud, witness: &Arc<Witness>) -> Wire {
        Wire { inner: Embedded::new(cloud.clone()), witness: Arc::clone(witness) }
    }

    async fn fall(&self) -> ! {
        self.witness.crashed.notify_one();
        std::future::pending().await
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            let Some(number) = self.witness.sees(&request) else { self.fall().await };
            let answer = self.inner.send(request).await;
            if self.witness.hears(number, &answer) {
                self.fall().await;
            }
            answer
        })
    }
}
