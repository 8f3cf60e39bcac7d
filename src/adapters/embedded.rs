//! The client's transport straight into a cloud of the same process: no socket, no thread, no copy of the body.

use crate::api::{ApiKey, Request};
use crate::client::{Client, Poll, Sending, Transport};
use crate::cloud::Cloud;
use std::fmt;

/// A cloud as a transport.
///
/// ```
/// use paultrap::{adapters::embedded, cloud::Cloud};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), paultrap::client::ClientError> {
/// let client = embedded::client(&Cloud::builder().start());
/// assert_eq!(client.backend("simulator").await?.qubits, 29);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Embedded(Cloud);

/// A client of a cloud in this process, with a key that any cloud without keys of its own accepts.
pub fn client(cloud: &Cloud) -> Client {
    Client::new(Embedded(cloud.clone())).key(ApiKey::new("embedded"))
}

impl Embedded {
    /// A transport into this cloud.
    pub fn new(cloud: Cloud) -> Embedded {
        Embedded(cloud)
    }
}

impl Transport for Embedded {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move { Ok(self.0.handle(&request)) })
    }

    fn poll(&self) -> Poll {
        Poll::embedded()
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Embedded")
    }
}
