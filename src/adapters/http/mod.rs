//! The stand-alone server: one accept loop over hyper's HTTP/1, for any SDK in any language.
//!
//! May import: `api`, `cloud`. Read [`serve`] first, then `door.rs`, which every request goes through, and `guard.rs`, which keeps web
//! pages out.
//!
//! A cloud on a laptop is reachable from every page its browser shows. So, before anything else is looked at, the `Host` must be a
//! known name (a page that rebinds its own name to 127.0.0.1 gets 403), an `Origin` must be our own, and a body must not be of a type
//! that a page may send without asking (415). No reply has a CORS header, unless [`Options::cors_origins`] names a page.
//!
//! A request must have come completely in the time that [`Limits`] give, and must not be larger than they say; its body is read only
//! once its line and its key are good. Large replies share a quarter of the memory that simulations may take, and a client that takes its
//! reply too slowly loses it. Whatever is wrong with
//! it is told in IonQ's error JSON, with four exceptions, which hyper answers before there is a request: a request line or header that
//! is not HTTP/1 (400), more than twice the headers (431), more than eight times the header bytes (431 or 414) get a status without a
//! body; HTTP/2 and a header that does not arrive in time get none. All four close the connection.

mod bind;
mod door;
mod guard;
mod limits;
mod refusal;
mod sent;
mod socket;

pub use bind::{BindError, DEFAULT_ADDR, Listeners, check_bind, is_remote};
pub use limits::Limits;

use crate::cloud::{Adapter, Cloud};
use door::Door;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket::Socket;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// How to serve. `Options { drain, ..Options::default() }`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names beside `localhost`, `127.0.0.1` and `[::1]` under which clients may address the server, without port. Default: none.
    pub allowed_hosts: Vec<String>,
    /// Web pages that may use the cloud from a browser, such as `https://lab.example`; exactly these, and with a key. Default: none.
    pub cors_origins: Vec<String>,
    /// What every reply says in `x-local-instance`, so that a client notices when it talks to another cloud. Default: random.
    pub instance: Option<Uuid>,
    /// How long jobs may take to finish after the stop signal. Default: 10 s.
    pub drain: Duration,
    /// How long and how large requests may be.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            allowed_hosts: Vec::new(),
            cors_origins: Vec::new(),
            instance: None,
            drain: Duration::from_secs(10),
            limits: Limits::default(),
        }
    }
}

/// What a server did until it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Requests that were answered, refusals included.
    pub requests: u64,
    /// Jobs that were still unfinished at the end.
    pub unfinished: usize,
    /// Connections that were cut in the middle of something.
    pub cut: usize,
}

/// How often a draining server looks whether the jobs are done.
const DRAIN_POLL: Duration = Duration::from_millis(20);
/// Once the last job is done, nobody having asked anything for this long means that nobody waits for its result any more:
/// SDKs ask every second.
const FETCH_PAUSE: Duration = Duration::from_millis(1500);
/// How long open connections may take to end what they are at, once nothing new is accepted.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long to wait before another try, when the system has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves a cloud on one listener, or on several of the same port, until `shutdown` is ready and the cloud has drained.
///
/// After the signal new jobs are refused (503), while old and new connections can still read, until no job is unfinished and nobody
/// asks for results any more, or [`Options::drain`] is over. Then nothing more is accepted, idle connections are closed, and busy ones have a second to finish.
/// Must run in a tokio runtime with time and I/O enabled.
///
/// # Errors
/// If the listener has no address, or [`Options::allowed_hosts`] has something that is no host name, or [`Options::cors_origins`]
/// something that is no origin. Later trouble with the network never ends the server.
pub async fn serve(
    listeners: impl Into<Listeners>,
    cloud: Cloud,
    options: Options,
    shutdown: impl Future<Output = ()>,
) -> io::Result<Summary> {
    let listeners = listeners.into();
    cloud.attach(Adapter::Http).map_err(io::Error::other)?;
    let port = listeners.addrs()?.first().map_or(0, SocketAddr::port);
    let door = Arc::new(Door::new(cloud.clone(), &options, port)?);
    let slots = Arc::new(Semaphore::new(options.limits.connections));
    let (farewell, leaving) = watch::channel(());
    let protocol = protocol(&options.limits);
    let mut connections = JoinSet::new();
    let mut drained = pin!(drain(shutdown, &cloud, &door, options.drain));
    loop {
        tokio::select! {
            () = &mut drained => break,
            Some(_) = connections.join_next() => {}
            (stream, slot) = accept(&listeners, &slots) => {
                let mut protocol = protocol.clone();
                // Where answers are held back, who hangs up is let go, and no longer told from who has only sent everything.
                protocol.half_close(!cloud.holds_back());
                let (door, leaving) = (Arc::clone(&door), leaving.clone());
                connections.spawn(async move {
                    converse(stream, &protocol, &door, leaving).await;
                    drop(slot);
                });
            }
        }
    }
    drop(listeners);
    drop(farewell);
    let _ = timeout(FAREWELL, async { while connections.join_next().await.is_some() {} }).await;
    let cut = connections.len();
    connections.shutdown().await;
    Ok(Summary { requests: door.requests(), unfinished: cloud.unfinished(), cut })
}

/// Is over when the signal has come and then the jobs are done and their results fetched, or the time is up.
async fn drain(shutdown: impl Future<Output = ()>, cloud: &Cloud, door: &Door, limit: Duration) {
    shutdown.await;
    cloud.close();
    if cloud.unfinished() == 0 {
        return;
    }
    let finished = async {
        while cloud.unfinished() > 0 {
            sleep(DRAIN_POLL).await;
        }
        let mut seen = None;
        while seen != Some(door.requests()) {
            seen = Some(door.requests());
            sleep(FETCH_PAUSE).await;
        }
    };
    let _ = timeout(limit, finished).await;
}

/// The next connection, once there is a slot for it. Until then connections wait in the system's queue.
async fn accept(listeners: &Listeners, slots: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    let slot = Arc::clone(slots).acquire_owned().await.ok(); // nobody closes the semaphore
    loop {
        match listeners.accept().await {
            Ok(stream) => return (stream, slot),
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the next connection may be better. Otherwise (no file descriptors, no memory) trying again at once would spin.
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// hyper's part of the limits, wider than ours, so that it is the door that refuses, with a body.
fn protocol(limits: &Limits) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(limits.header_time);
    protocol.max_headers(2 * limits.headers).max_buf_size((8 * limits.header_bytes).max(8192));
    protocol.half_close(true); // who has sent everything may say so and still wants the reply
    protocol
}

/// A connection's life.
async fn converse(stream: TcpStream, protocol: &http1::Builder, door: &Arc<Door>, mut leaving: watch::Receiver<()>) {
    let _ = stream.set_nodelay(true);
    let (socket, manners) = Socket::new(stream, door.limits());
    let service = hyper::service::service_fn(move |request| {
        let (door, manners) = (Arc::clone(door), Arc::clone(&manners));
        async move { door.answer(request, &manners).await }
    });
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(socket), service));
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = leaving.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_file_descriptors_is_waited_out_and_a_lost_caller_is_not() {
        assert!(concerns_one_connection(&io::ErrorKind::ConnectionAborted.into()));
        for code in [12, 23, 24] {
            assert!(!concerns_one_connection(&io::Error::from_raw_os_error(code)), "ENOMEM, ENFILE, EMFILE: {code}");
        }
    }
}
