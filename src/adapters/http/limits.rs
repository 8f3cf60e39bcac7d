//! How long and how large a request may be.

use super::refusal::{refuse, shown};
use crate::api::Reply;
use hyper::http::request::Parts;
use std::time::Duration;

/// How long and how large requests may be, and how many at once. `Limits { body_bytes, ..Limits::default() }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From the first moment of a connection, or the end of a reply, to the end of the next header. Default: 10 s.
    pub header_time: Duration,
    /// From the end of a header to the end of its body. Default: 30 s.
    pub body_time: Duration,
    /// How long a client may take nothing of a reply. Default: 30 s.
    pub write_time: Duration,
    /// How many bytes a second a client must take of a reply, on average over all of it and beside that time. Default: 256 KiB.
    pub write_rate: u64,
    /// How long a large body or reply may wait for memory that others hold; then 503. Default: 10 s.
    pub memory_time: Duration,
    /// Bytes of a request's target. Default: 8 KiB.
    pub uri_bytes: usize,
    /// Headers. Default: 100.
    pub headers: usize,
    /// Bytes of request line and headers. Default: 16 KiB.
    pub header_bytes: usize,
    /// Bytes of a body. Default: IonQ's 10 MB, 10 · 2²⁰.
    pub body_bytes: usize,
    /// Bytes of all large bodies that are held at one time; more of them wait for their turn. Default: 256 MiB.
    pub held_bytes: usize,
    /// Bodies that take long to read, and results that take long to write, at one time. Default: 4.
    pub at_work: usize,
    /// Open connections; more of them wait to be accepted. Default: 1024.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            header_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            write_rate: 256 << 10,
            memory_time: Duration::from_secs(10),
            uri_bytes: 8 << 10,
            headers: 100,
            header_bytes: 16 << 10,
            body_bytes: 10 << 20,
            held_bytes: 256 << 20,
            at_work: 4,
            connections: 1024,
        }
    }
}

impl Limits {
    /// Lets a header of allowed size in.
    pub(super) fn check(&self, head: &Parts) -> Result<(), Reply> {
        let target = head.uri.to_string();
        if target.len() > self.uri_bytes {
            let message = format!("the URI {} has {} bytes, {} are allowed", shown(&target), target.len(), self.uri_bytes);
            return Err(refuse(414, message));
        }
        if head.headers.len() > self.headers {
            return Err(refuse(431, format!("{} headers, {} are allowed", head.headers.len(), self.headers)));
        }
        // Two spaces, the version and a line's end around method and target; a colon, a space and a line's end in each header.
        let line = head.method.as_str().len() + target.len() + 12;
        let bytes = line + head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() + 2;
        if bytes > self.header_bytes {
            return Err(refuse(431, format!("the headers have {bytes} bytes, {} are allowed", self.header_bytes)));
        }
        Ok(())
    }

    /// The refusal of a body that is too large.
    pub(super) fn too_large(&self) -> Reply {
        refuse(413, format!("the body has more than the {} bytes allowed", self.body_bytes))
    }
}
