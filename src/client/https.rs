use super::{Poll, Retry, Sending, Transport, TransportError, TransportErrorKind};
use crate::api::{Method, Reply, Request};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use std::net::IpAddr;
use std::time::Duration;

/// The transport over the network: HTTPS, or plain HTTP to this machine.
#[derive(Debug, Clone)]
pub struct Https {
    http: reqwest::Client,
    /// Scheme, host and whatever path stands before the version.
    origin: String,
    local: bool,
}

/// A base URL that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the API base {given:?} cannot be used: {problem}")]
pub struct BadUrl {
    given: String,
    problem: String,
}

impl Https {
    /// How long to wait for a connection.
    const CONNECT: Duration = Duration::from_secs(10);
    /// How long to wait for a whole answer.
    const TOTAL: Duration = Duration::from_secs(60);
    /// The largest answer taken.
    const LARGEST: usize = 1 << 30;
    /// How much of a refusal is taken.
    const LARGEST_REFUSAL: usize = 1 << 20;

    /// Takes an API base such as `https://api.ionq.co/v0.4`; without a version, v0.4 is meant. A key travels in the clear only
    /// to this machine: plain `http` needs a loopback host.
    ///
    /// # Errors
    /// [`BadUrl`], saying what is wrong.
    pub fn new(base: &str) -> Result<Https, BadUrl> {
        let bad = |problem: &str| BadUrl { given: base.chars().take(64).collect(), problem: problem.to_owned() };
        let url = reqwest::Url::parse(base).map_err(|error| bad(&error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl { given: "…".to_owned(), problem: "a URL is no place for a user name or a key".to_owned() });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("it must end with the host or the version"));
        }
        let host = url.host_str().ok_or_else(|| bad("it has no host"))?;
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => return Err(bad("plain http is for this machine only, use https")),
            _ => return Err(bad("the scheme must be https")),
        }
        let path = url.path().trim_end_matches('/');
        let (before, last) = path.rsplit_once('/').unwrap_or(("", path));
        let prefix = match last {
            "" | "v0.4" => before,
            version if version.starts_with("v0.") => return Err(bad("this client speaks v0.4")),
            _ => path,
        };
        let origin = format!("{}{prefix}", url.origin().ascii_serialization());
        // A second installation finds the first one in place.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none()) // a 307 would carry the circuit elsewhere
            .connect_timeout(Self::CONNECT)
            .timeout(Self::TOTAL)
            .pool_idle_timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| bad(&error.to_string()))?;
        Ok(Https { http, origin, local })
    }

    /// Where it leads: scheme, host and whatever path stands before the version. However a base is written, it is the same.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    async fn exchange(&self, request: Request) -> Result<Reply, TransportError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let query = request.query.encode();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut sending = self.http.request(method, format!("{}{}{mark}{query}", self.origin, request.path));
        if let Some(key) = &request.key {
            let mut value = HeaderValue::from_str(&key.header()).map_err(|_| TransportError {
                kind: TransportErrorKind::Unsendable,
                message: "the API key has characters that no header can carry".to_owned(),
            })?;
            value.set_sensitive(true);
            sending = sending.header(AUTHORIZATION, value);
        }
        if let Some(agent) = request.user_agent {
            sending = sending.header(USER_AGENT, agent);
        }
        if !request.body.is_empty() {
            sending = sending.header(CONTENT_TYPE, Reply::JSON).body(request.body);
        }
        let mut response = sending.send().await.map_err(error)?;
        let status = response.status().as_u16();
        let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.map_or(Reply::JSON.into(), |given| given.to_owned().into());
        let headers = words(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(error)? {
            if !(200..300).contains(&status) && body.len() + chunk.len() > Self::LARGEST_REFUSAL {
                break; // nobody needs to read on to know what is wrong
            }
            if body.len() + chunk.len() > Self::LARGEST {
                let message = format!("more than {} MiB", Self::LARGEST >> 20);
                return Err(TransportError { kind: TransportErrorKind::TooLarge, message });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, media_type, body })
    }
}

/// The headers that say when to come again.
fn words(headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let all = [("retry-after", RETRY_AFTER), ("date", DATE)].into_iter().flat_map(|(name, header)| {
        let values = headers.get_all(header).into_iter().filter_map(|value| value.to_str().ok());
        values.map(move |value| (name, value.to_owned())).collect::<Vec<_>>()
    });
    all.collect()
}

/// reqwest's error with its causes, which it does not print by itself.
fn error(error: reqwest::Error) -> TransportError {
    let kind = match () {
        () if error.is_connect() => TransportErrorKind::Connect,
        () if error.is_timeout() => TransportErrorKind::Timeout,
        () => TransportErrorKind::Broken,
    };
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        message = format!("{message}: {inner}");
        cause = inner.source();
    }
    TransportError { kind, message }
}

impl Transport for Https {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(self.exchange(request))
    }

    fn poll(&self) -> Poll {
        if self.local { Poll::local() } else { Poll::remote() }
    }

    fn retry(&self) -> Retry {
        if self.local { Retry::local() } else { Retry::remote() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(base: &str) -> Result<String, String> {
        Https::new(base).map(|https| https.origin).map_err(|error| error.problem)
    }

    #[test]
    fn a_base_may_have_the_version_or_leave_it_out() {
        assert_eq!(origin("https://api.ionq.co/v0.4").unwrap(), "https://api.ionq.co");
        assert_eq!(origin("https://api.ionq.co").unwrap(), "https://api.ionq.co");
        assert_eq!(origin("http://127.0.0.1:8000/v0.4/").unwrap(), "http://127.0.0.1:8000");
        assert_eq!(origin("http://[::1]:8000").unwrap(), "http://[::1]:8000");
        assert_eq!(origin("https://gate.example/ionq/v0.4").unwrap(), "https://gate.example/ionq");
    }

    #[test]
    fn bases_that_would_leak_the_key_or_speak_another_version_are_refused() {
        assert_eq!(origin("http://api.ionq.co/v0.4").unwrap_err(), "plain http is for this machine only, use https");
        assert_eq!(origin("https://api.ionq.co/v0.3").unwrap_err(), "this client speaks v0.4");
        assert_eq!(origin("ftp://localhost").unwrap_err(), "the scheme must be https");
        assert!(origin("localhost:8000").is_err() && origin("").is_err());
        let secret = Https::new("https://key:CANARY@api.ionq.co").unwrap_err();
        assert!(!format!("{secret} {secret:?}").contains("CANARY"));
    }
}
