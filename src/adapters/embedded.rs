//! The client's transport straight into a cloud of the same process: no socket, no thread, no copy of the body.

use crate::api::{ApiKey, Reply, Request};
use crate::client::{Client, Poll, Retry, Sending, Transport, TransportError, TransportErrorKind};
use crate::cloud::{Adapter, Cloud, Conduct, Delivery, Ending};
use std::fmt;
use std::time::Duration;
use tokio::time::sleep;

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
    Client::new(Embedded::new(cloud.clone())).key(ApiKey::new("embedded"))
}

impl Embedded {
    /// A transport into this cloud.
    pub fn new(cloud: Cloud) -> Embedded {
        let _ = cloud.attach(Adapter::Embedded); // it can do whatever a scenario asks for
        Embedded(cloud)
    }
}

impl Transport for Embedded {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move { arrive(self.0.deliver(&request)).await })
    }

    fn poll(&self) -> Poll {
        Poll::embedded()
    }

    fn retry(&self) -> Retry {
        Retry::embedded()
    }
}

/// How long an answer may take, here as over the network.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a client gets of a delivery. Where a scenario delays it, tokio's clock must run.
async fn arrive(Delivery { reply, conduct: Conduct { delay, ending } }: Delivery) -> Result<Reply, TransportError> {
    let error = |kind, message: String| Err(TransportError { kind, message });
    if ending == Ending::Stalled || delay >= PATIENCE {
        sleep(PATIENCE).await;
        return error(TransportErrorKind::Timeout, format!("nothing came for {} s", PATIENCE.as_secs()));
    }
    if !delay.is_zero() {
        sleep(delay).await;
    }
    match ending {
        Ending::Whole | Ending::Stalled => Ok(reply),
        Ending::Reset => error(TransportErrorKind::Broken, "the connection was reset".to_owned()),
        Ending::Truncated(bytes) if bytes >= reply.body.len() => Ok(reply),
        Ending::Truncated(bytes) => error(
            TransportErrorKind::Broken,
            format!("the connection was closed after {bytes} of {} bytes of the answer", reply.body.len()),
        ),
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Embedded")
    }
}
