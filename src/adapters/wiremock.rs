//! The cloud behind a real wiremock server, for Rust tests of code that takes a URL.

use crate::api::{ApiKey, Method, Query, Reply, Request};
use crate::cloud::{Adapter, Builder, Cloud, Delivery, Ending};
use std::time::Duration;
use wiremock::matchers::path_regex;
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

/// An IonQ cloud on a free port of this machine for as long as the value lives.
///
/// It is a wiremock server: mount mocks of your own with a priority below [`MockCloud::PRIORITY`] to make it answer otherwise,
/// and ask it what it was asked. wiremock answers one request at a time, so the responder only enqueues and looks up; the
/// cloud's workers simulate. wiremock also keeps every request it has received: for long runs use the `http` adapter.
///
/// ```
/// # use paultrap::adapters::wiremock::MockCloud;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let cloud = MockCloud::start().await;
/// let code_under_test_gets = cloud.url(); // http://127.0.0.1:PORT/v0.4
/// assert_eq!(cloud.received("POST", "/v0.4/jobs").await, 0);
/// # }
/// ```
#[must_use = "dropping the server ends the cloud; bind it to a variable"]
pub struct MockCloud {
    server: MockServer,
    cloud: Cloud,
}

impl MockCloud {
    /// The priority of the cloud's own answers in wiremock's order: mocks of a lower number go first.
    pub const PRIORITY: u8 = 200;

    /// Starts a cloud with default settings.
    pub async fn start() -> MockCloud {
        MockCloud::with(Cloud::builder()).await
    }

    /// Starts a cloud with settings of one's own, and perhaps with a scenario:
    ///
    /// ```
    /// # use paultrap::adapters::wiremock::MockCloud;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use paultrap::api::Operation;
    /// use paultrap::cloud::{Act, Cloud, Fault, Numbers, Scenario};
    /// let short = Scenario::new("one result in two is short").fault(Fault::on(Operation::GetJobProbabilities, Act::Numbers(Numbers::Scale(0.99))).every(2));
    /// let cloud = MockCloud::with(Cloud::builder().scenario(short)).await;
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the scenario has a fault that wiremock cannot do, such as breaking a connection ([`Adapter::can`]).
    pub async fn with(builder: Builder) -> MockCloud {
        let cloud = builder.start();
        cloud.attach(Adapter::Wiremock).unwrap_or_else(|error| panic!("{error}"));
        let server = MockServer::builder().start().await; // not from wiremock's pool, where it would live on
        let gateway = Gateway { cloud: cloud.clone() };
        Mock::given(path_regex(".*")).respond_with(gateway).with_priority(Self::PRIORITY).mount(&server).await;
        MockCloud { server, cloud }
    }

    /// The API base, version included, for SDKs and clients that take one.
    pub fn url(&self) -> String {
        format!("{}/v0.4", self.server.uri())
    }

    /// The wiremock server, to mount mocks of one's own and to ask for what was received.
    pub fn server(&self) -> &MockServer {
        &self.server
    }

    /// The cloud itself.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// How often a request line was received, whoever answered it.
    pub async fn received(&self, method: &str, path: &str) -> usize {
        let requests = self.server.received_requests().await.unwrap_or_default();
        requests.iter().filter(|request| request.method.as_str() == method && request.url.path() == path).count()
    }
}

/// Translates for wiremock.
struct Gateway {
    cloud: Cloud,
}

impl Respond for Gateway {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        // wiremock holds its write lock here: enqueue or look up, never simulate or sleep.
        let Some(translated) = translate(request) else {
            let body = crate::api::ErrorBody::new(405, format!("{} is not allowed here", request.method));
            return template(Reply::json(405, &body));
        };
        let Delivery { reply, conduct } = self.cloud.deliver(&translated);
        let stall = if conduct.ending == Ending::Stalled { FOR_EVER } else { Duration::ZERO };
        template(reply).set_delay(conduct.delay.saturating_add(stall)) // wiremock waits after it has given the lock back
    }
}

/// Longer than any client waits.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);

fn translate(request: &wiremock::Request) -> Option<Request> {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    Some(Request {
        method: Method::named(request.method.as_str())?,
        path: request.url.path().to_owned(),
        query: Query::parse(request.url.query().unwrap_or_default()),
        key: header("authorization").and_then(ApiKey::from_header),
        user_agent: header("user-agent").map(str::to_owned),
        body: request.body.clone(),
    })
}

fn template(reply: Reply) -> ResponseTemplate {
    let template = ResponseTemplate::new(reply.status).set_body_raw(reply.body, &reply.media_type);
    reply.headers.into_iter().fold(template, |template, (name, value)| template.insert_header(name, value.as_str()))
}
