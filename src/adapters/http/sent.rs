use super::socket::Manners;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

/// The body of a reply, possibly cut short.
#[derive(Debug)]
pub(super) struct Sent {
    bytes: Bytes,
    /// How much of what it is said to be is still to come.
    announced: u64,
    /// Who closes the connection in the middle.
    cut: Option<Arc<Manners>>,
}

impl Sent {
    pub(super) fn whole(bytes: Bytes) -> Sent {
        Sent { announced: bytes.len() as u64, bytes, cut: None }
    }

    /// The same, of which only so many bytes are sent.
    pub(super) fn cut(self, bytes: usize, manners: &Arc<Manners>) -> Sent {
        Sent { bytes: self.bytes.slice(..bytes.min(self.bytes.len())), cut: Some(Arc::clone(manners)), ..self }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.bytes.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            self.announced -= bytes.len() as u64;
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match &self.cut {
            // The rest never comes: once all there is has been written, the socket ends the connection.
            Some(manners) if self.announced > 0 => {
                manners.cut.store(true, Relaxed);
                Poll::Pending
            }
            _ => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.announced == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
