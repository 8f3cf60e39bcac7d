use super::{Client, ClientError, SubmissionKey};
use crate::api::Query;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What a look through the service's list says of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// There is a job; of several, the first that was made.
    Found(String),
    /// There is none, and there was none a while before.
    Absent,
    /// The list could not be read to its end.
    Unknown,
}

/// Looks through the service's list, for all who lost an answer together.
#[derive(Debug, Default)]
pub(super) struct Reconciler {
    /// Whose jobs are looked for, and since when there may be one, if that is known.
    wanted: Mutex<BTreeMap<SubmissionKey, Option<Instant>>>,
    /// The last look, by backend.
    last: tokio::sync::Mutex<BTreeMap<String, Arc<Scan>>>,
    /// Whether the service was seen to lose metadata, so that a job may be there and not be found.
    forgets: AtomicBool,
}

impl Reconciler {
    /// Whether what is not found by its metadata is not there.
    pub(super) fn trusts_metadata(&self) -> bool {
        !self.forgets.load(Relaxed)
    }

    /// The service lost the metadata of a job.
    pub(super) fn distrust(&self) {
        self.forgets.store(true, Relaxed);
    }

    fn wanted(&self) -> MutexGuard<'_, BTreeMap<SubmissionKey, Option<Instant>>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look through the list.
#[derive(Debug)]
struct Scan {
    begun: Instant,
    /// Whether it came to the end of the list.
    whole: bool,
    /// When they were submitted, and their ids.
    found: BTreeMap<SubmissionKey, BTreeSet<(String, String)>>,
}

impl Client {
    /// How many pages a list may have.
    const MOST_PAGES: usize = 10_000;
    /// How much older than its submission a job may look at least.
    const MARGIN: Duration = Duration::from_secs(2);

    /// Looks for the job of a submission that was sent before now: twice, until [`Retry::settle`](super::Retry::settle) has passed both times.
    /// The list is read back to when it was first sent, if that is given, else to its end.
    pub(crate) async fn sight(&self, key: SubmissionKey, backend: &str, since: Option<Instant>) -> Sighting {
        let reconciler = &self.shared.reconciler;
        reconciler.wanted().insert(key, since);
        let _done = Wanted(reconciler, key);
        let mut after = Instant::now() + self.retry.settle;
        for _ in 0..2 {
            let scan = self.scan(backend, after).await;
            match scan.found.get(&key).and_then(BTreeSet::first) {
                Some((_, id)) => return Sighting::Found(id.clone()),
                None if !scan.whole => return Sighting::Unknown,
                None => after = scan.begun + self.retry.settle,
            }
        }
        Sighting::Absent
    }

    /// All jobs that have one of these keys, by key, the first one first.
    ///
    /// # Errors
    /// [`ClientError`] if the list could not be read to its end.
    pub(crate) async fn jobs_of(
        &self,
        keys: &BTreeSet<SubmissionKey>,
        backend: &str,
    ) -> Result<BTreeMap<SubmissionKey, Vec<String>>, ClientError> {
        let (found, whole) = self.list(backend, keys, None).await;
        whole?;
        let ids = |found: BTreeSet<(String, String)>| found.into_iter().map(|(_, id)| id).collect();
        Ok(found.into_iter().map(|(key, found)| (key, ids(found))).collect())
    }

    /// A look through the list that begins after a moment; who waits for one at the same time has the same.
    async fn scan(&self, backend: &str, after: Instant) -> Arc<Scan> {
        sleep_until(after).await;
        let mut last = self.shared.reconciler.last.lock().await;
        if let Some(scan) = last.get(backend).filter(|scan| scan.begun >= after) {
            return Arc::clone(scan);
        }
        let begun = Instant::now();
        let (wanted, since): (BTreeSet<_>, Vec<_>) = self.shared.reconciler.wanted().iter().map(|(key, since)| (*key, *since)).unzip();
        let since = since.into_iter().try_fold(begun, |first, since| Some(first.min(since?)));
        let (found, end) = self.list(backend, &wanted, since).await;
        let whole = end.inspect_err(|error| tracing::debug!(%error, "the list could not be read to its end")).is_ok();
        let scan = Arc::new(Scan { begun, whole, found });
        last.insert(backend.to_owned(), Arc::clone(&scan));
        scan
    }

    /// Reads the list page by page: which jobs have a wanted key, and whether the end was reached, or jobs that are older than a moment.
    async fn list(
        &self,
        backend: &str,
        wanted: &BTreeSet<SubmissionKey>,
        since: Option<Instant>,
    ) -> (BTreeMap<SubmissionKey, BTreeSet<(String, String)>>, Result<(), ClientError>) {
        let mut found: BTreeMap<SubmissionKey, BTreeSet<(String, String)>> = BTreeMap::new();
        let mut cursors = BTreeSet::new();
        let mut next: Option<String> = None;
        // By the service's own clock. The order of the list is nowhere promised, so it must be seen to go back in time.
        let horizon = since.and_then(|since| self.shared.time_there(since)).map(|then| then - self.retry.settle.max(Self::MARGIN));
        let mut oldest = Timestamp::MAX;
        loop {
            let query = Query::default().with("target", backend).with("limit", self.poll.batch.to_string());
            let query = match &next {
                Some(cursor) => query.with("next", cursor),
                None => query,
            };
            let (jobs, cursor) = match self.jobs(query).await {
                Ok(page) => page,
                Err(error) => return (found, Err(error)),
            };
            let times: Option<Vec<Timestamp>> = jobs.iter().map(|job| job.submitted_at.as_deref()?.parse().ok()).collect();
            let ordered = times.filter(|times| times.first().is_none_or(|first| *first <= oldest) && times.is_sorted_by(|a, b| a >= b));
            oldest = ordered.map_or(Timestamp::MIN, |times| times.last().copied().unwrap_or(oldest));
            for job in jobs {
                if let Some(key) = SubmissionKey::of(&job).filter(|key| wanted.contains(key)) {
                    found.entry(key).or_default().insert((job.submitted_at.unwrap_or_default(), job.id));
                }
            }
            let far_enough = oldest > Timestamp::MIN && horizon.is_some_and(|horizon| oldest < horizon);
            match cursor {
                None => return (found, Ok(())),
                Some(_) if far_enough => return (found, Ok(())),
                Some(cursor) if cursors.len() >= Self::MOST_PAGES || !cursors.insert(cursor.clone()) => {
                    return (found, Err(ClientError::endless_list(&cursor)));
                }
                Some(cursor) => next = Some(cursor),
            }
        }
    }
}

/// Looked for as long as this lives.
struct Wanted<'a>(&'a Reconciler, SubmissionKey);

impl Drop for Wanted<'_> {
    fn drop(&mut self) {
        self.0.wanted().remove(&self.1);
    }
}
