use super::{Client, ClientError};
use crate::api::{CloneRequest, Operation, Route};

impl Client {
    /// Submits an old job once more, with changes, and returns the new one's id. It is sent once: if the answer is lost, the job may exist all the same.
    ///
    /// # Errors
    /// [`ClientError::Refused`] names the fields that are wrong.
    pub async fn clone_job(&self, id: &str, changes: &CloneRequest) -> Result<String, ClientError> {
        self.create(Route::new(Operation::CloneJob, [id]), changes).await
    }

    /// The same, and cancels the old job.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 409 if it is done already; then there is no new one.
    pub async fn move_job(&self, id: &str, changes: &CloneRequest) -> Result<String, ClientError> {
        self.create(Route::new(Operation::MoveJob, [id]), changes).await
    }
}
