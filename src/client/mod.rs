//! The client: submit, wait, fetch, cancel, list, over any [`Transport`].
//!
//! May import: `api` and the layers of physics, never `cloud`. Read `submit.rs`, `wait.rs` and `results.rs` in this order.
//!
//! Nothing is sent twice here: a request that fails is an error, and the caller decides.

mod again;
mod artifacts;
mod backends;
mod cancel;
mod cost;
mod error;
mod https;
mod jobs;
mod results;
mod sessions;
mod submit;
mod transport;
mod wait;

pub use error::{Asked, ClientError};
pub use https::{BadUrl, Https};
pub use results::JobResult;
pub use transport::{Sending, Transport, TransportError, TransportErrorKind};
pub use wait::Poll;

use crate::api::{ApiKey, Query, Reply, Request, Route, decode_any};
use crate::outcome::Policy;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A client of IonQ's API: against the real service, a local server or a cloud in the same process alike. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    key: Option<ApiKey>,
    poll: Poll,
    policy: Policy,
}

impl Client {
    /// The environment variable that holds the key.
    pub const KEY_VARIABLE: &'static str = "IONQ_API_KEY";

    /// A client over a transport, without a key.
    pub fn new(transport: impl Transport + 'static) -> Client {
        let poll = transport.poll();
        Client { transport: Arc::new(transport), key: None, poll, policy: Policy::default() }
    }

    /// A client of the service at an API base such as `https://api.ionq.co/v0.4`, with the key from `IONQ_API_KEY`.
    ///
    /// # Errors
    /// [`ClientError::Url`] for a base that cannot be used, [`ClientError::NoKey`] without the variable,
    /// [`ClientError::BadKey`] if what it holds cannot be sent.
    pub fn from_env(base: &str) -> Result<Client, ClientError> {
        let key = std::env::var(Self::KEY_VARIABLE).ok().filter(|key| !key.is_empty()).ok_or(ClientError::NoKey)?;
        if !key.chars().all(|c| c.is_ascii_graphic()) {
            return Err(ClientError::BadKey);
        }
        Ok(Client::new(Https::new(base)?).key(ApiKey::new(key)))
    }

    /// The same client with a key.
    #[must_use]
    pub fn key(self, key: ApiKey) -> Client {
        Client { key: Some(key), ..self }
    }

    /// The same client, asking for a job's state in another rhythm.
    #[must_use]
    pub fn poll(self, poll: Poll) -> Client {
        Client { poll, ..self }
    }

    /// The same client, doing something else about results whose sum is not 1.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Client {
        Client { policy, ..self }
    }

    /// Sends one request and reads the answer.
    async fn call<T: DeserializeOwned>(
        &self,
        route: Route,
        query: Query,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<T, ClientError> {
        let asked = Asked::of(&route);
        let body = self.send(route, query, body).await?;
        decode_any(&body).map_err(|problem| ClientError::protocol(asked, problem.to_string(), &body))
    }

    /// Sends one request and takes the answer as it is.
    async fn send(&self, route: Route, query: Query, body: Option<&(impl Serialize + Sync)>) -> Result<Vec<u8>, ClientError> {
        let (method, path) = route.line();
        let mut request = Request::new(method, path).query(query).key(self.key.clone());
        request.user_agent = Some(concat!("paultrap/", env!("CARGO_PKG_VERSION")).to_owned());
        if let Some(body) = body {
            request = request.json(body);
        }
        let sent = self.transport.send(request).await;
        let Reply { status, body, .. } = sent.map_err(|error| ClientError::Transport { asked: Asked::of(&route), error })?;
        if !(200..300).contains(&status) {
            return Err(ClientError::refused(Asked::of(&route), status, body));
        }
        Ok(body)
    }

    async fn get<T: DeserializeOwned>(&self, route: Route) -> Result<T, ClientError> {
        self.call(route, Query::default(), None::<&()>).await
    }
}
