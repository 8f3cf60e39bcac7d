//! What every request goes through: checked, read, translated, answered, translated back.

use super::guard::Hosts;
use super::refusal::{cut, refuse, shown};
use super::sent::Sent;
use super::socket::Manners;
use super::{BindError, Limits, Options};
use crate::api::{ApiKey, Method, Query, Reply, Request, Route};
use crate::cloud::{Admitted, Begun, Cloud, Conduct, Ending, Writing};
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HeaderName, HeaderValue, TRANSFER_ENCODING, USER_AGENT};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Response, StatusCode};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// Bodies up to this size are read without waiting for memory, and replies up to this size are written where they were asked for.
const SMALL: usize = 64 << 10;
/// Bodies up to this size are handled where they came in, unless there is more to them than their length.
const QUICK: usize = 16 << 10;
/// Replies of more than this wait for memory before they are written.
const LARGE: usize = 1 << 20;
/// How long a connection stays open whose client gets no answer: longer than any client waits.
const STALL: Duration = Duration::from_secs(3600);
/// How long a small body that nobody wants may take to come.
const SKIP: Duration = Duration::from_millis(100);

/// What all connections share.
pub(super) struct Door {
    cloud: Cloud,
    hosts: Hosts,
    limits: Limits,
    instance: HeaderValue,
    /// A permit for each KiB that large bodies may still take.
    memory: Arc<Semaphore>,
    /// A permit for each KiB that large replies may still take.
    replies: Arc<Semaphore>,
    /// A permit for each request that takes long and may still be at work.
    turns: Arc<Semaphore>,
    requests: AtomicU64,
}

/// What there is to send, and how.
struct Answered {
    reply: Reply,
    /// What it holds of the memory for large replies.
    memory: Option<OwnedSemaphorePermit>,
    conduct: Conduct,
}

/// The connection is to be reset.
#[derive(Debug, thiserror::Error)]
#[error("the scenario resets the connection")]
pub(super) struct Reset;

impl Answered {
    fn plain(reply: Reply) -> Answered {
        Answered { reply, memory: None, conduct: Conduct::default() }
    }
}

/// A reply, and the memory it holds until the last byte of it is written, or nobody is left to take it.
struct Held {
    body: Vec<u8>,
    _memory: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl Door {
    pub(super) fn new(cloud: Cloud, options: &Options, port: u16) -> io::Result<Door> {
        let invalid = |error: BindError| io::Error::new(io::ErrorKind::InvalidInput, error);
        let hosts = Hosts::new(options, port).map_err(invalid)?;
        let instance = options.instance.unwrap_or_else(random_id).to_string();
        let limits = options.limits.clone();
        Ok(Door {
            hosts,
            instance: HeaderValue::try_from(instance).map_err(io::Error::other)?,
            memory: Arc::new(Semaphore::new(kib(limits.held_bytes.max(limits.body_bytes)) as usize)),
            replies: Arc::new(Semaphore::new(kib(usize::try_from(cloud.reply_bytes()).unwrap_or(usize::MAX)) as usize)),
            turns: Arc::new(Semaphore::new(limits.at_work.max(1))),
            limits,
            cloud,
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

    /// Answers one request, whatever it is.
    ///
    /// # Errors
    /// [`Reset`] if a scenario wants the connection to break.
    pub(super) async fn answer(&self, request: hyper::Request<Incoming>, manners: &Arc<Manners>) -> Result<Response<Sent>, Reset> {
        let (head, body) = request.into_parts();
        let (answered, all_read) = self.reply(&head, body).await;
        manners.settled.store(all_read, Relaxed);
        self.requests.fetch_add(1, Relaxed);
        let Conduct { delay, ending } = answered.conduct;
        let (method, path, status) = (cut(head.method.as_str(), 16), cut(head.uri.path(), 128), answered.reply.status);
        let odd = (ending != Ending::Whole).then(|| tracing::field::debug(ending));
        tracing::info!(%method, %path, status, answer = odd, "request");
        let wait = if ending == Ending::Stalled { STALL } else { delay };
        if !wait.is_zero() {
            sleep(wait).await;
        }
        let response = self.dress(answered, all_read, &head);
        match ending {
            Ending::Whole => Ok(response),
            Ending::Truncated(bytes) => Ok(response.map(|body| body.cut(bytes, manners))),
            Ending::Reset | Ending::Stalled => {
                manners.reset.store(true, Relaxed);
                Err(Reset)
            }
        }
    }

    /// The reply, and whether all of the request was read.
    async fn reply(&self, head: &Parts, body: Incoming) -> (Answered, bool) {
        let empty = body.is_end_stream();
        let mut request = match self.check(head, &body) {
            Ok(method) => translate(method, head),
            Err(refusal) => return (Answered::plain(refusal), empty),
        };
        // Nothing is read, and no memory held, for who may not ask.
        let admitted = match guarded(|| self.cloud.admit(&request), || Err(broken())) {
            Ok(admitted) => admitted,
            Err(refusal) => return (Answered::plain(refusal), empty || self.skip(head, body).await),
        };
        // No reply to a GET depends on its body, which cirq-ionq sends all the same: no memory is held for it.
        if request.method == Method::Get && !empty {
            let skipped = self.skip(head, body).await;
            return (self.ask(admitted, request, None).await.unwrap_or_else(Answered::plain), skipped);
        }
        let (body, memory) = match self.read(body).await {
            Ok(read) => read,
            Err(refusal) => return (Answered::plain(refusal), false),
        };
        request.body = body;
        (self.ask(admitted, request, memory).await.unwrap_or_else(Answered::plain), true)
    }

    /// Checks all that can be checked before the body is read and that the cloud has no part in.
    fn check(&self, head: &Parts, body: &Incoming) -> Result<Method, Reply> {
        self.limits.check(head)?;
        self.hosts.check(head)?;
        if self.hosts.page(&head.headers).is_some() && is_preflight(head) {
            return Err(permission());
        }
        let method = Method::named(head.method.as_str()).ok_or_else(|| unknown_method(head))?;
        if head.headers.get_all(AUTHORIZATION).iter().count() > 1 {
            return Err(refuse(400, "more than one Authorization header"));
        }
        check_coding(&head.headers)?;
        check_type(method, head)?;
        match body.size_hint().lower() > self.limits.body_bytes as u64 {
            true => Err(self.limits.too_large()),
            false => Ok(method),
        }
    }

    /// Takes a small body off the connection, so that it can be used again; false if that would take time, or the client waits to be
    /// told to send it.
    async fn skip(&self, head: &Parts, mut body: Incoming) -> bool {
        let small = body.size_hint().exact().is_some_and(|exact| exact <= SMALL as u64);
        if !small || head.headers.contains_key(EXPECT) {
            return false;
        }
        let end = async { while body.frame().await.is_some_and(|frame| frame.is_ok()) {} };
        timeout(SKIP, end).await.is_ok() && body.is_end_stream()
    }

    /// Reads a body in limited time, size, and memory together with others, which it takes as it comes.
    async fn read(&self, body: Incoming) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Reply> {
        let limit = self.limits.body_time;
        let late = |_| refuse(408, format!("the body took longer than {} s", limit.as_secs_f64()));
        timeout(limit, self.collect(body)).await.map_err(late)?
    }

    async fn collect(&self, mut body: Incoming) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Reply> {
        let most = body.size_hint().exact().map_or(self.limits.body_bytes, |exact| exact as usize);
        let (mut bytes, mut memory, mut held) = (Vec::new(), None, SMALL);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| refuse(400, "the body ends too early or is not well chunked"))?;
            let Some(data) = frame.data_ref() else { continue };
            let length = bytes.len() + data.len();
            if length > self.limits.body_bytes {
                return Err(self.limits.too_large());
            }
            if length > held {
                let wanted = length.max(2 * held).next_multiple_of(1024).min(most);
                let more =
                    self.room(&self.memory, wanted - if memory.is_some() { held } else { 0 }, "too many large bodies at once").await?;
                memory = Some(joined(memory, more));
                held = wanted;
                bytes.reserve_exact(held - bytes.len());
            }
            bytes.extend_from_slice(data);
        }
        Ok((bytes, memory))
    }

    /// Memory for so many bytes, as soon as others have given it back.
    async fn room(&self, memory: &Arc<Semaphore>, bytes: usize, refusal: &'static str) -> Result<OwnedSemaphorePermit, Reply> {
        let memory = Arc::clone(memory).acquire_many_owned(kib(bytes));
        timeout(self.limits.memory_time, memory).await.ok().and_then(Result::ok).ok_or_else(|| refuse(503, refusal))
    }

    /// Asks the cloud: here if that is quick, else where it holds nobody up. A large reply comes with its memory.
    async fn ask(&self, admitted: Admitted, request: Request, memory: Option<OwnedSemaphorePermit>) -> Result<Answered, Reply> {
        const FULL: &str = "too many large replies are being sent at once";
        let (cloud, slow) = (self.cloud.clone(), is_slow(&request));
        let begin = move || {
            let begun = guarded(|| cloud.begin(admitted, &request), || Begun::done(broken()));
            drop(memory);
            begun
        };
        let Begun { writing, conduct } = self.work(slow, begin).await?;
        let (reply, memory) = match writing {
            Writing::Done(reply) if reply.body.len() > LARGE => {
                let memory = self.room(&self.replies, reply.body.len(), FULL).await?;
                (reply, Some(memory))
            }
            Writing::Done(reply) => (reply, None),
            Writing::Pending(pending) => {
                let bytes = usize::try_from(pending.bytes()).unwrap_or(usize::MAX);
                // The memory first: whoever waits for it holds up nobody else's work.
                let memory = if bytes > LARGE { Some(self.room(&self.replies, bytes, FULL).await?) } else { None };
                let write = move || {
                    let reply = guarded(|| pending.write(), broken);
                    let memory = memory.and_then(|memory| shrunk(memory, reply.body.len()));
                    (reply, memory)
                };
                self.work(bytes > SMALL, write).await?
            }
        };
        Ok(Answered { reply, memory, conduct })
    }

    /// Does something: here, or if it takes long beside the connections, when it is its turn.
    async fn work<T: Send + 'static>(&self, slow: bool, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Reply> {
        if !slow {
            return Ok(work());
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let work = move || {
            let done = work();
            drop(turn);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| broken())
    }

    /// Gives a reply its headers.
    fn dress(&self, Answered { reply, memory, .. }: Answered, all_read: bool, head: &Parts) -> Response<Sent> {
        let body = match memory {
            Some(memory) => Bytes::from_owner(Held { body: reply.body, _memory: memory }),
            None => Bytes::from(reply.body),
        };
        let mut response = Response::new(Sent::whole(body));
        *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let mut set = |name: &'static str, value| headers.insert(HeaderName::from_static(name), value);
        set("content-type", HeaderValue::try_from(&*reply.media_type).unwrap_or(HeaderValue::from_static(Reply::JSON)));
        set("cache-control", HeaderValue::from_static("no-store"));
        set("x-content-type-options", HeaderValue::from_static("nosniff"));
        set("x-local-instance", self.instance.clone());
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

/// The request as the cloud knows it, but for its body.
fn translate(method: Method, head: &Parts) -> Request {
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    Request {
        method,
        path: head.uri.path().to_owned(),
        query: Query::parse(head.uri.query().unwrap_or_default()),
        key: text(AUTHORIZATION).and_then(ApiKey::from_header),
        user_agent: text(USER_AGENT).map(str::to_owned),
        body: Vec::new(),
    }
}

/// Refuses a body in transfer codings that are not read.
fn check_coding(headers: &HeaderMap) -> Result<(), Reply> {
    let codings: Vec<&[u8]> = headers.get_all(TRANSFER_ENCODING).iter().map(HeaderValue::as_bytes).collect();
    if codings.is_empty() || matches!(&*codings, [coding] if coding.eq_ignore_ascii_case(b"chunked")) {
        return Ok(());
    }
    let given = shown(&String::from_utf8_lossy(&codings.join(&b", "[..])));
    Err(refuse(501, format!("Transfer-Encoding {given} is not read; send a Content-Length, or chunked alone")))
}

/// Refuses a body that is packed, and one of a type that a foreign page may send without asking first. A body without a type is
/// taken: pennylane-ionq sends none. Scenarios may also be TOML.
fn check_type(method: Method, head: &Parts) -> Result<(), Reply> {
    let headers = &head.headers;
    if headers.get_all(CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(refuse(415, "a body with Content-Encoding is not read; send it as it is"));
    }
    let toml = head.uri.path().starts_with("/_paultrap/");
    let foreign =
        |value: &&HeaderValue| !value.to_str().is_ok_and(|given| is_json(given) || (toml && essence(given) == "application/toml"));
    match headers.get_all(CONTENT_TYPE).iter().find(foreign) {
        Some(value) if method != Method::Get => {
            let given = shown(&String::from_utf8_lossy(value.as_bytes()));
            let or_toml = if toml { " or application/toml" } else { "" };
            Err(refuse(415, format!("Content-Type {given} is not read; send application/json{or_toml}")))
        }
        _ => Ok(()),
    }
}

/// A media type without its parameters.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON: `application/json`, or `application/….+json`, with any parameters.
fn is_json(media_type: &str) -> bool {
    essence(media_type).strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

/// Whether a request takes long enough to hold up others: a body that is not short is read as JSON, and few words of OpenQASM can mean
/// many gates. A word with a backslash in it may be that one.
fn is_slow(request: &Request) -> bool {
    let body = &*request.body;
    let may_be_qasm = || body.contains(&b'\\') || body.windows(5).any(|word| word == b"qasm3");
    let slow_body = body.len() > QUICK || (request.method == Method::Post && may_be_qasm());
    slow_body || Route::parse(request.method, &request.path).is_some_and(|route| route.operation().is_large())
}

/// What is made, even if making it panics. What the panic says is for standard error only.
fn guarded<T>(make: impl FnOnce() -> T, or: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| or())
}

/// Both permits as one.
fn joined(first: Option<OwnedSemaphorePermit>, mut more: OwnedSemaphorePermit) -> OwnedSemaphorePermit {
    if let Some(first) = first {
        more.merge(first);
    }
    more
}

/// What of the memory so many bytes need; the rest is given back.
fn shrunk(mut memory: OwnedSemaphorePermit, bytes: usize) -> Option<OwnedSemaphorePermit> {
    memory.split((kib(bytes) as usize).min(memory.num_permits()))
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
        let reply = guarded(|| panic!("the secret is CANARY"), broken);
        let body: ErrorBody = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!((reply.status, body.status_code, body.error.as_str()), (500, 500, "Internal Server Error"));
        assert!(!String::from_utf8(reply.body).unwrap().contains("CANARY"));
    }

    #[test]
    fn what_takes_long_is_done_elsewhere_however_it_is_spelled() {
        let slow = |body: &str| is_slow(&Request { body: body.into(), ..Request::new(Method::Post, "/v0.4/jobs") });
        for body in [r#"{"type":"ionq.qasm3.v1"}"#, r#"{"type":"ionq.\u0071asm3.v1"}"#, &" ".repeat(QUICK + 1)] {
            assert!(slow(body), "{body}");
        }
        assert!(!slow(r#"{"type":"ionq.circuit.v1","input":{"circuit":[{"gate":"h","target":0}]}}"#));
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
