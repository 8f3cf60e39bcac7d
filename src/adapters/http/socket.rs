//! A TCP stream that neither hangs up on a reply nor waits for ever.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long what a client still sends after a refusal is taken and thrown away.
const LINGER: Duration = Duration::from_secs(1);

/// A TCP stream with two habits that hyper leaves to it.
///
/// * Whoever takes nothing of a reply for too long loses the connection.
/// * A connection that is closed while the client still sends is closed for writing only, and read for a while. Otherwise the system
///   would reset it, and the client would see the reset instead of the 413 it was sent (and some SDKs repeat a POST after a reset).
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    settled: Arc<AtomicBool>,
    lingering: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    /// A socket, and its flag. The flag says that all the client has sent was read and answered, so that there is nothing to linger
    /// for. The socket lowers it with every byte it reads, its user raises it with every reply to a request that was read completely.
    pub(super) fn new(stream: TcpStream, patience: Duration) -> (Socket, Arc<AtomicBool>) {
        let settled = Arc::new(AtomicBool::new(true));
        (Socket { stream, patience, stalled: None, settled: Arc::clone(&settled), lingering: None }, settled)
    }

    /// Passes on what writing did, and ends with an error once it has done nothing for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        stalled.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.settled.store(false, Relaxed);
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
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = &mut *self;
        if socket.lingering.is_none() {
            ready!(Pin::new(&mut socket.stream).poll_shutdown(cx))?;
            if socket.settled.load(Relaxed) {
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
