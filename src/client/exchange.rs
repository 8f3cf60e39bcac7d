use super::retry::{Backoff, Cause, Turn, retry_after};
use super::{Asked, Client, ClientError, Held, Notes, TransportErrorKind};
use crate::api::{Method, Query, Reply, Request, Route, decode_any};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::time::{Instant, sleep};

impl Client {
    /// Sends a request and reads the answer. What only reads, or changes nothing the second time, is sent again if that may help.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        route: Route,
        query: Query,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<T, ClientError> {
        self.exchange(route, query, body, |asked, body| {
            decode_any(&body).map_err(|problem| ClientError::protocol(asked, problem.to_string(), &body))
        })
        .await
    }

    /// The same, with the answer as it is.
    pub(super) async fn send(&self, route: Route, query: Query, body: Option<&(impl Serialize + Sync)>) -> Result<Vec<u8>, ClientError> {
        self.exchange(route, query, body, |_, body| Ok(body)).await
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, route: Route) -> Result<T, ClientError> {
        self.call(route, Query::default(), None::<&()>).await
    }

    /// Sends a request until it is answered, or fails for good. One that makes something is sent again only if the service certainly did not
    /// carry it out.
    async fn exchange<T>(
        &self,
        route: Route,
        query: Query,
        body: Option<&(impl Serialize + Sync)>,
        read: impl Fn(Asked, Vec<u8>) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let request = self.request(&route, query, body);
        let mut backoff = Backoff::new(self.retry);
        loop {
            let Failure { error, cause, turn } = match self.once(&route, request.clone(), backoff.left(), &read).await {
                Ok(answer) => {
                    self.shared.budget.succeeded(backoff.failures());
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            let (rng, outage) = (&self.shared.rng, self.shared.reached.load(Relaxed));
            let pause = match cause {
                Cause::Throttled => {
                    let Some(pause) = backoff.throttled(rng, error.retry_after()) else {
                        // Too long for this one; the others leave the service alone all the same.
                        if self.retry.retries() {
                            self.shared.limiter.hold(error.retry_after().unwrap_or_default());
                        }
                        return Err(error);
                    };
                    tracing::debug!(%error, ?pause, "everybody waits");
                    self.shared.meter.throttled.fetch_add(1, Relaxed);
                    turn.iter().for_each(|turn| self.shared.limiter.complained(*turn, pause));
                    continue;
                }
                Cause::Passing if request.method != Method::Post => backoff.pause(rng, error.retry_after(), false),
                Cause::Unsent => backoff.pause(rng, None, outage),
                Cause::Passing | Cause::Final => None,
            };
            let Some(pause) = pause else { return Err(error) };
            tracing::debug!(%error, ?pause, "it is sent again");
            self.pause(pause, &error).await;
        }
    }

    /// Waits before something is sent again that failed, and until all who send again may.
    pub(super) async fn pause(&self, pause: Duration, because: &ClientError) {
        let begun = Instant::now();
        self.shared.meter.retries.fetch_add(1, Relaxed);
        self.shared.budget.take().await;
        sleep(pause).await;
        self.note(Held::Retrying, begun, || because.to_string());
    }

    /// A route as a request of this client.
    fn request(&self, route: &Route, query: Query, body: Option<&(impl Serialize + Sync)>) -> Request {
        let (method, path) = route.line();
        let mut request = Request::new(method, path).query(query).key(self.key.clone());
        request.user_agent = Some(concat!("paultrap/", env!("CARGO_PKG_VERSION")).to_owned());
        if let Some(body) = body {
            request = request.json(body);
        }
        request
    }

    /// Sends a request once, when its turn has come.
    async fn once<T>(
        &self,
        route: &Route,
        request: Request,
        patience: Duration,
        read: impl Fn(Asked, Vec<u8>) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        let (method, waiting) = (request.method, Instant::now());
        let turn = self.shared.limiter.turn(patience).await.map_err(|wait| Failure {
            error: ClientError::left_alone(Asked::of(route), wait),
            cause: Cause::Final,
            turn: None,
        })?;
        self.note(Held::Throttled, waiting, || "the service limits the rate".to_owned());
        let creating = self.notes.as_deref().filter(|_| method == Method::Post);
        if creating.is_some_and(Notes::is_halted) {
            let error = ClientError::Stopped("it was not submitted, as the batch was stopped".into());
            return Err(Failure { error, cause: Cause::Final, turn: Some(turn) });
        }
        creating.iter().for_each(|notes| notes.set_open(true));
        self.shared.meter.requests.fetch_add(1, Relaxed);
        let answer = match self.transport.send(request).await {
            Err(error) => {
                self.shared.reached.fetch_or(error.kind != TransportErrorKind::Connect, Relaxed);
                Err(ClientError::Transport { asked: Asked::of(route), error })
            }
            Ok(reply) => {
                self.shared.reached.store(true, Relaxed);
                self.shared.set_clock(&reply);
                let wait = retry_after(&reply);
                let Reply { status, body, .. } = reply;
                let body = self.key.iter().fold(body, |body, key| key.blacken(body));
                match status {
                    200..300 => read(Asked::of(route), body),
                    _ => Err(ClientError::refused(Asked::of(route), status, wait, body)),
                }
            }
        };
        let failed = |error| {
            let cause = Cause::of(&error, method);
            if let Some(notes) = creating {
                notes.set_open(error.is_ambiguous());
                if error.is_ambiguous() || cause == Cause::Throttled {
                    notes.doubt();
                }
            }
            Failure { cause, error, turn: Some(turn) }
        };
        answer.inspect(|_| self.shared.limiter.took()).map_err(failed)
    }
}

/// A request that failed, why, and when it was sent, if it was.
struct Failure {
    error: ClientError,
    cause: Cause,
    turn: Option<Turn>,
}
