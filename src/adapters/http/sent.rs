use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The body of a reply, possibly cut short.
#[derive(Debug)]
pub(super) struct Sent {
    bytes: Bytes,
    /// How long it is said to be.
    announced: u64,
}

impl Sent {
    pub(super) fn whole(bytes: Bytes) -> Sent {
        Sent { announced: bytes.len() as u64, bytes }
    }

    /// The same, of which only so many bytes are sent.
    pub(super) fn cut(self, bytes: usize) -> Sent {
        Sent { bytes: self.bytes.slice(..bytes.min(self.bytes.len())), ..self }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if !self.bytes.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            self.announced -= bytes.len() as u64;
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.announced {
            0 => Poll::Ready(None),
            _ => Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.announced == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
