use super::{Client, ClientError, Poll};
use crate::api::{JobReply, Operation, Query, Route};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The jobs that are being waited for. Whoever's question is due asks for the others whose turn is near, all in one request.
#[derive(Debug, Default)]
pub(super) struct Watched(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    next: u64,
    seats: BTreeMap<u64, Waiting>,
}

/// Somebody who waits for a job.
#[derive(Debug)]
struct Waiting {
    job: String,
    /// When to ask next, and how long before.
    due: Instant,
    pause: Duration,
    /// Whether somebody is asking at present.
    asked: bool,
    news: Option<News>,
    wake: Arc<Notify>,
}

/// What the service says of a job; `None` if it does not know it.
pub(super) type News = Result<Option<JobReply>, ClientError>;

/// What to do next.
enum Step {
    Take(Box<News>),
    Ask(Vec<(u64, String)>),
    Wait(Arc<Notify>, Option<Instant>),
}

impl Watched {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `sparing` is whether requests are few, so that each should ask for as many as it can.
    fn step(&self, seat: u64, batch: usize, sparing: bool) -> Step {
        let (mut table, now) = (self.table(), Instant::now());
        let Some(own) = table.seats.get_mut(&seat) else { return Step::Take(Box::new(Ok(None))) };
        if let Some(news) = own.news.take() {
            return Step::Take(Box::new(news));
        }
        if own.asked {
            return Step::Wait(Arc::clone(&own.wake), None);
        }
        if own.due > now {
            return Step::Wait(Arc::clone(&own.wake), Some(own.due));
        }
        own.asked = true;
        let mut asking = vec![(seat, own.job.clone())];
        // A quarter of a pause early is better than a request of its own.
        let near = |waiting: &Waiting| !waiting.asked && waiting.news.is_none() && (sparing || waiting.due <= now + waiting.pause / 4);
        for (other, waiting) in table.seats.iter_mut().filter(|(_, waiting)| near(waiting)).take(batch.saturating_sub(1)) {
            waiting.asked = true;
            asking.push((*other, waiting.job.clone()));
        }
        Step::Ask(asking)
    }

    fn deliver(&self, seat: u64, news: Option<News>) {
        if let Some(waiting) = self.table().seats.get_mut(&seat) {
            waiting.asked = false;
            waiting.news = news;
            waiting.wake.notify_one();
        }
    }
}

/// A place among those who wait; free again when dropped.
#[derive(Debug)]
pub(super) struct Seat<'a> {
    client: &'a Client,
    number: u64,
}

impl<'a> Seat<'a> {
    pub(super) fn new(client: &'a Client, job: &str) -> Seat<'a> {
        let mut table = client.shared.watched.table();
        let number = table.next;
        table.next += 1;
        let (pause, wake) = (client.between_questions(table.seats.len()), Arc::default());
        let due = Instant::now() + pause;
        table.seats.insert(number, Waiting { job: job.to_owned(), due, pause, asked: false, news: None, wake });
        Seat { client, number }
    }

    /// The next news is to come after so long; later if the service limits the rate and many are waiting.
    pub(super) fn again_after(&self, pause: Duration) {
        let mut table = self.client.shared.watched.table();
        let least = self.client.between_questions(table.seats.len());
        if let Some(own) = table.seats.get_mut(&self.number) {
            own.pause = pause.max(least);
            own.due = Instant::now() + own.pause;
        }
    }

    /// What the service says of the job, when it is next asked.
    pub(super) async fn news(&self) -> News {
        let watched = &self.client.shared.watched;
        loop {
            match watched.step(self.number, self.client.poll.batch, self.client.shared.limiter.rate().is_some()) {
                Step::Take(news) => return *news,
                Step::Wait(wake, None) => wake.notified().await,
                Step::Wait(wake, Some(due)) => tokio::select! {
                    biased;
                    () = wake.notified() => {}
                    () = sleep_until(due) => {}
                },
                Step::Ask(jobs) => {
                    let mut asking = Asking { watched, seats: jobs.iter().map(|(seat, _)| *seat).collect() };
                    let news = self.client.ask(&jobs).await;
                    asking.seats.clear();
                    jobs.iter().zip(news).for_each(|((seat, _), news)| watched.deliver(*seat, Some(news)));
                }
            }
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.client.shared.watched.table().seats.remove(&self.number);
    }
}

/// If who asks goes away in the middle, the others ask for themselves.
struct Asking<'a> {
    watched: &'a Watched,
    seats: Vec<u64>,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.seats.iter().for_each(|seat| self.watched.deliver(*seat, None));
    }
}

impl Client {
    /// The longest that jobs are left alone because of the rate, for each request that asking for them takes: a rate that is very low now
    /// may be high again soon.
    const ALONE: Duration = Duration::from_secs(120);

    /// How long to leave so many jobs alone after a question, so that asking takes a twentieth of the service's rate at most.
    fn between_questions(&self, jobs: usize) -> Duration {
        let requests = (jobs / self.poll.batch + 1) as f64;
        let each = self.shared.limiter.rate().map_or(0.0, |rate| 20.0 / rate);
        Duration::from_secs_f64(requests * each.min(Self::ALONE.as_secs_f64()))
    }

    /// Asks for some jobs in one request.
    async fn ask(&self, jobs: &[(u64, String)]) -> Vec<News> {
        if let [(_, job)] = jobs {
            return vec![unknown_is_none(self.get(Route::new(Operation::GetJob, [job.as_str()])).await)];
        }
        let ids: Vec<&str> = jobs.iter().map(|(_, job)| job.as_str()).collect();
        let (mut found, mut next) = (BTreeMap::new(), None);
        // A page may be shorter than asked for.
        for _ in 0..jobs.len() {
            let query = Query::default().with("ids", ids.join(",")).with("limit", ids.len().to_string());
            match self.jobs(next.iter().fold(query, |query, next: &String| query.with("next", next))).await {
                Err(error) => return jobs.iter().map(|_| Err(error.clone())).collect(),
                Ok((page, cursor)) => {
                    let empty = page.is_empty();
                    found.extend(page.into_iter().map(|job| (job.id.clone(), job)));
                    match cursor {
                        Some(cursor) if !empty && found.len() < ids.len() && next.as_ref() != Some(&cursor) => next = Some(cursor),
                        _ => break,
                    }
                }
            }
        }
        jobs.iter().map(|(_, job)| Ok(found.get(job).cloned())).collect()
    }
}

/// A job that the service does not know is no error yet.
fn unknown_is_none(job: Result<JobReply, ClientError>) -> News {
    match job {
        Ok(job) => Ok(Some(job)),
        Err(ClientError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Poll {
    /// The pauses, without end.
    pub(super) fn pauses(self) -> impl Iterator<Item = Duration> {
        let next = move |pause: &Duration| Some(pause.mul_f64(self.growth.max(1.0)).min(self.longest));
        std::iter::successors(Some(self.first.min(self.longest)), next)
    }
}
