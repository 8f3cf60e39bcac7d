//! A TCP stream that neither hangs up on a reply nor waits for ever.

use super::Limits;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// How long what a client still sends after a refusal is taken and thrown away.
const LINGER: Duration = Duration::from_secs(1);

/// A TCP stream with three habits that hyper leaves to it.
///
/// * Whoever takes nothing of a reply for too long, or all of it too slowly, loses the connection, and the reply its memory.
/// * A connection that is closed while the client still sends is closed for writing only, and read for a while. Otherwise the system
///   would reset it, and the client would see the reset instead of the 413 it was sent (and some SDKs repeat a POST after a reset).
/// * A connection that a scenario wants reset is reset, and one that it wants closed in the middle of a reply is closed there.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    patience: Duration,
    /// Bytes a second.
    rate: u64,
    reply: Option<Progress>,
    manners: Arc<Manners>,
    lingering: Option<Pin<Box<Sleep>>>,
}

/// How a connection is to be closed.
#[derive(Debug)]
pub(super) struct Manners {
    /// All the client has sent was read and answered, so that there is nothing to linger for. The socket lowers it with every byte it
    /// reads, its user raises it with every reply to a request that was read completely.
    pub(super) settled: AtomicBool,
    /// It is to be reset, whatever there is still to be read or written.
    pub(super) reset: AtomicBool,
    /// It is to be closed once what there is has been written.
    pub(super) cut: AtomicBool,
}

impl Socket {
    /// A socket, and how it is to be closed.
    pub(super) fn new(stream: TcpStream, limits: &Limits) -> (Socket, Arc<Manners>) {
        let manners = Arc::new(Manners { settled: AtomicBool::new(true), reset: AtomicBool::new(false), cut: AtomicBool::new(false) });
        let (patience, rate) = (limits.write_time, limits.write_rate.max(1));
        (Socket { stream, patience, rate, reply: None, manners: Arc::clone(&manners), lingering: None }, manners)
    }

    /// Passes on what writing did, and ends with an error once the client has taken nothing for too long, or too little since it first
    /// had to be waited for.
    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match (written, &mut self.reply) {
            (Poll::Ready(written), None) => Poll::Ready(written),
            (Poll::Ready(written), Some(reply)) => {
                reply.bytes += *written.as_ref().unwrap_or(&0) as u64;
                reply.waiting = None;
                Poll::Ready(written)
            }
            (Poll::Pending, reply) => {
                let reply = reply.get_or_insert_with(Progress::new);
                let deadline = (Instant::now() + self.patience).min(reply.deadline(self.patience, self.rate));
                let waiting = reply.waiting.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
                waiting.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.manners.reset.load(Relaxed) {
            let _ = self.stream.set_zero_linger(); // what cannot be reset is closed
        }
    }
}

/// A reply that the client does not take all at once.
#[derive(Debug)]
struct Progress {
    since: Instant,
    /// Taken since then.
    bytes: u64,
    /// Until when the client must have taken more.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Progress {
    fn new() -> Progress {
        Progress { since: Instant::now(), bytes: 0, waiting: None }
    }

    /// Until when more must have been taken, at so many bytes a second.
    fn deadline(&self, patience: Duration, rate: u64) -> Instant {
        self.since + patience + Duration::from_secs_f64(self.bytes as f64 / rate as f64)
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.manners.settled.store(false, Relaxed);
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(cx, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Called when all of the reply was written.
        self.reply = None;
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        match self.manners.cut.load(Relaxed) {
            true => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            false => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = &mut *self;
        if socket.manners.reset.load(Relaxed) {
            return Poll::Ready(Ok(())); // dropping it is all there is to do
        }
        if socket.lingering.is_none() {
            ready!(Pin::new(&mut socket.stream).poll_shutdown(cx))?;
            if socket.manners.settled.load(Relaxed) {
                return Poll::Ready(Ok(()));
            }
        }
        let lingering = socket.lingering.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        let mut scrap = [0; 4096];
        loop {
            if lingering.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut scrap = ReadBuf::new(&mut scrap);
            let read = ready!(Pin::new(&mut socket.stream).poll_read(cx, &mut scrap));
            if read.is_err() || scrap.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
