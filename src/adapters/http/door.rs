//! What every request goes through: checked, read, translated, answered, translated back.

use super::guard::Hosts;
use super::refusal::{cut, refuse, shown};
use super::{BindError, Limits, Options};
use crate::api::{ApiKey, Method, Query, Reply, Request, Route};
use crate::cloud::Cloud;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Response, StatusCode};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use uuid::Uuid;

/// Bodies up to this size are read at once, and where they came in. Larger ones wait for memory, and are handled beside the other
/// connections.
const SMALL: usize = 64 << 10;

/// What all connections share.
pub(super) struct Door {
    cloud: Cloud,
    hosts: Hosts,
    limits: Limits,
    instance: HeaderValue,
    /// A permit for each KiB that large bodies may still take.
    memory: Arc<Semaphore>,
    /// A permit for each large request that may still be at work.
    turns: Arc<Semaphore>,
    requests: AtomicU64,
}

/// A request that came through the door, and the memory it holds.
struct Admitted {
    request: Request,
    memory: Option<OwnedSemaphorePermit>,
}

impl Door {
    pub(super) fn new(cloud: Cloud, options: &Options, port: u16) -> io::Result<Door> {
        let invalid = |error: BindError| io::Error::new(io::ErrorKind::InvalidInput, error);
        let hosts = Hosts::new(options, port).map_err(invalid)?;
        let instance = options.instance.unwrap_or_else(random_id).to_string();
        let limits = options.limits.clone();
        Ok(Door {
            cloud,
            hosts,
            instance: HeaderValue::try_from(instance).map_err(io::Error::other)?,
            memory: Arc::new(Semaphore::new(kib(limits.held_bytes.max(limits.body_bytes)) as usize)),
            turns: Arc::new(Semaphore::new(limits.at_work.max(1))),
            limits,
            requests: AtomicU64::new(0),
        })
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many requests were answered.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Answers one request, whatever it is. Raises `settled` if all of it was read.
    pub(super) async fn answer(&self, request: hyper::Request<Incoming>, settled: &AtomicBool) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let mut all_read = body.is_end_stream();
        let reply = match self.admit(&head, &body) {
            Err(refusal) => refusal,
            Ok(method) => match self.read(body).await {
                Err(refusal) => refusal,
                Ok((body, memory)) => {
                    all_read = true;
                    self.ask(Admitted { request: translate(method, &head, body), memory }).await
                }
            },
        };
        settled.store(all_read, Relaxed);
        self.requests.fetch_add(1, Relaxed);
        tracing::info!(method = %cut(head.method.as_str(), 16), path = %cut(head.uri.path(), 128), status = reply.status, "request");
        self.dress(reply, all_read, &head)
    }

    /// Checks all that can be checked before the body is read.
    fn admit(&self, head: &Parts, body: &Incoming) -> Result<Method, Reply> {
        self.limits.check(head)?;
        self.hosts.check(head)?;
        if self.hosts.page(&head.headers).is_some() && is_preflight(head) {
            return Err(permission());
        }
        let method = Method::named(head.method.as_str()).ok_or_else(|| unknown_method(head))?;
        if head.headers.get_all(AUTHORIZATION).iter().count() > 1 {
            return Err(refuse(400, "more than one Authorization header"));
        }
        check_type(method, &head.headers)?;
        match body.size_hint().lower() > self.limits.body_bytes as u64 {
            true => Err(self.limits.too_large()),
            false => Ok(method),
        }
    }

    /// Reads a body in limited time, size, and memory together with others.
    async fn read(&self, body: Incoming) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Reply> {
        let most = body.size_hint().exact().map_or(self.limits.body_bytes, |exact| exact as usize);
        let limit = self.limits.body_time;
        let memory = match most > SMALL {
            true => {
                let memory = Arc::clone(&self.memory).acquire_many_owned(kib(most));
                timeout(limit, memory).await.map_err(|_| refuse(503, "too many large bodies at once"))?.ok()
            }
            false => None,
        };
        let late = |_| refuse(408, format!("the body took longer than {} s", limit.as_secs_f64()));
        Ok((timeout(limit, self.collect(body)).await.map_err(late)??, memory))
    }

    async fn collect(&self, mut body: Incoming) -> Result<Vec<u8>, Reply> {
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| refuse(400, "the body ends too early or is not well chunked"))?;
            let Some(data) = frame.data_ref() else { continue };
            if bytes.len() + data.len() > self.limits.body_bytes {
                return Err(self.limits.too_large());
            }
            bytes.extend_from_slice(data);
        }
        Ok(bytes)
    }

    /// Asks the cloud: here if that is quick, else where it holds nobody up.
    async fn ask(&self, admitted: Admitted) -> Reply {
        let cloud = self.cloud.clone();
        if !is_slow(&admitted.request) {
            return guarded(|| cloud.handle(&admitted.request));
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let work = move || {
            let reply = guarded(|| cloud.handle(&admitted.request));
            drop((turn, admitted.memory));
            reply
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| broken())
    }

    /// Gives a reply its headers.
    fn dress(&self, reply: Reply, all_read: bool, head: &Parts) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(reply.body));
        *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let mut set = |name: &'static str, value| headers.insert(HeaderName::from_static(name), value);
        set("content-type", HeaderValue::try_from(&*reply.media_type).unwrap_or(HeaderValue::from_static(Reply::JSON)));
        set("cache-control", HeaderValue::from_static("no-store"));
        set("x-content-type-options", HeaderValue::from_static("nosniff"));
        set("x-local-instance", self.instance.clone());
        if reply.status == 503 {
            set("retry-after", HeaderValue::from_static("1"));
        }
        if !all_read {
            set("connection", HeaderValue::from_static("close"));
        }
        if self.hosts.has_pages() {
            set("vary", HeaderValue::from_static("origin"));
        }
        if let Some(page) = self.hosts.page(&head.headers) {
            set("access-control-allow-origin", page.clone());
            set("access-control-expose-headers", HeaderValue::from_static("retry-after, x-local-instance"));
        }
        for (name, value) in reply.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// The request as the cloud knows it.
fn translate(method: Method, head: &Parts, body: Vec<u8>) -> Request {
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    Request {
        method,
        path: head.uri.path().to_owned(),
        query: Query::parse(head.uri.query().unwrap_or_default()),
        key: text(AUTHORIZATION).and_then(ApiKey::from_header),
        user_agent: text(USER_AGENT).map(str::to_owned),
        body,
    }
}

/// Refuses a body that is packed, and one of a type that a foreign page may send without asking first. A body without a type is
/// taken: pennylane-ionq sends none.
fn check_type(method: Method, headers: &HeaderMap) -> Result<(), Reply> {
    if headers.get_all(CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(refuse(415, "a body with Content-Encoding is not read; send it as it is"));
    }
    let foreign = |value: &&HeaderValue| !value.to_str().is_ok_and(is_json);
    match headers.get_all(CONTENT_TYPE).iter().find(foreign) {
        Some(value) if method != Method::Get => {
            let given = shown(&String::from_utf8_lossy(value.as_bytes()));
            Err(refuse(415, format!("Content-Type {given} is not read; send application/json")))
        }
        _ => Ok(()),
    }
}

/// Whether a media type is JSON: `application/json`, or `application/….+json`, with any parameters.
fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

/// Whether a request takes long enough to hold up others: a large body is read as JSON, results are written as JSON.
fn is_slow(request: &Request) -> bool {
    request.body.len() > SMALL || Route::parse(request.method, &request.path).is_some_and(|route| route.operation().is_large())
}

/// A reply, even if making it panics. What the panic says is for standard error only.
fn guarded(make: impl FnOnce() -> Reply) -> Reply {
    catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| broken())
}

/// A refusal that says nothing but under which name the log has it.
fn broken() -> Reply {
    let incident = random_id();
    tracing::error!(%incident, "a request could not be answered");
    refuse(500, format!("the request could not be answered, incident {incident}"))
}

/// TRACE, CONNECT, PATCH, HEAD, OPTIONS and inventions: no path has an operation for them.
fn unknown_method(head: &Parts) -> Reply {
    let here = Route::allowed(head.uri.path());
    let allowed = if here.is_empty() { Method::ALL.to_vec() } else { here };
    let allowed = allowed.into_iter().map(Method::name).collect::<Vec<_>>().join(", ");
    let reply = refuse(405, format!("{} is not allowed, allowed are {allowed}", cut(head.method.as_str(), 16)));
    Reply { headers: vec![("allow", allowed)], ..reply }
}

/// Whether a browser asks if a page may ask.
fn is_preflight(head: &Parts) -> bool {
    head.method == hyper::Method::OPTIONS && head.headers.contains_key("access-control-request-method")
}

/// That it may: with a key, in JSON, and without the cookies of anybody.
fn permission() -> Reply {
    let methods = Method::ALL.map(Method::name).join(", ");
    let headers = vec![
        ("access-control-allow-methods", methods),
        ("access-control-allow-headers", "authorization, content-type".to_owned()),
        ("access-control-max-age", "600".to_owned()),
    ];
    Reply { status: 204, headers, body: Vec::new(), ..refuse(200, "") }
}

/// Permits for a number of bytes.
fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

/// An id that is not the one of another start. It is no secret: the randomness is that of a hash map.
fn random_id() -> Uuid {
    let word = || u128::from(RandomState::new().build_hasher().finish());
    uuid::Builder::from_random_bytes((word() << 64 | word()).to_be_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorBody;

    #[test]
    fn a_panic_becomes_a_reply_that_does_not_repeat_it() {
        let reply = guarded(|| panic!("the secret is CANARY"));
        let body: ErrorBody = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!((reply.status, body.status_code, body.error.as_str()), (500, 500, "Internal Server Error"));
        assert!(!String::from_utf8(reply.body).unwrap().contains("CANARY"));
    }

    #[test]
    fn json_is_json_with_any_parameters_and_nothing_else_is() {
        for json in ["application/json", "Application/JSON; charset=utf-8", " application/json;", "application/problem+json"] {
            assert!(is_json(json), "{json}");
        }
        for other in ["", "text/plain", "text/plain; application/json", "application/jsonp", "application/x-www-form-urlencoded", "json"] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn two_starts_have_two_ids() {
        assert_ne!(random_id(), random_id());
        assert_eq!(random_id().get_version_num(), 4);
    }
}
