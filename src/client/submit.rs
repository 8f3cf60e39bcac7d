use super::{Asked, Client, ClientError};
use crate::api::{CreatedReply, JobRequest, Operation, Query, Route};
use serde::Serialize;

impl Client {
    /// Submits a job, once, and returns its id. If nobody answers, the job may exist all the same.
    ///
    /// # Errors
    /// [`ClientError::Refused`] names the fields that are wrong.
    pub async fn submit(&self, request: &JobRequest) -> Result<String, ClientError> {
        self.create(Route::new(Operation::CreateJob, []), request).await
    }

    /// Makes a job and returns its id.
    pub(super) async fn create(&self, route: Route, request: &(impl Serialize + Sync)) -> Result<String, ClientError> {
        let asked = Asked::of(&route);
        let created: CreatedReply = self.call(route, Query::default(), Some(request)).await?;
        match created.id.is_empty() {
            true => Err(ClientError::protocol(asked, "the id is empty".to_owned(), b"")),
            false => Ok(created.id),
        }
    }
}
