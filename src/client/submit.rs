use super::{Client, ClientError};
use crate::api::{CreatedReply, JobRequest, Operation, Query, Route};

impl Client {
    /// Submits a job, once, and returns its id. If nobody answers, the job may exist all the same.
    ///
    /// # Errors
    /// [`ClientError::Refused`] names the fields that are wrong.
    pub async fn submit(&self, request: &JobRequest) -> Result<String, ClientError> {
        let created: CreatedReply = self.call(Route::new(Operation::CreateJob, []), Query::default(), Some(request)).await?;
        if created.id.is_empty() {
            return Err(ClientError::protocol(Operation::CreateJob.name(), "the id is empty".to_owned(), b""));
        }
        Ok(created.id)
    }
}
