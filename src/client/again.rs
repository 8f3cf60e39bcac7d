use super::{Client, ClientError};
use crate::api::{CloneRequest, CreatedReply, Operation, Query, Route};

impl Client {
    /// Submits an old job once more, with changes, and returns the new one's id. Like [`Client::submit`], it is sent once.
    ///
    /// # Errors
    /// [`ClientError::Refused`] names the fields that are wrong.
    pub async fn clone_job(&self, id: &str, changes: &CloneRequest) -> Result<String, ClientError> {
        self.once_more(Route::new(Operation::CloneJob, [id]), changes).await
    }

    /// The same, and cancels the old job.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 409 if it is done already; then there is no new one.
    pub async fn move_job(&self, id: &str, changes: &CloneRequest) -> Result<String, ClientError> {
        self.once_more(Route::new(Operation::MoveJob, [id]), changes).await
    }

    async fn once_more(&self, route: Route, changes: &CloneRequest) -> Result<String, ClientError> {
        let name = route.spec().name;
        let created: CreatedReply = self.call(route, Query::default(), Some(changes)).await?;
        if created.id.is_empty() {
            return Err(ClientError::protocol(name, "the id is empty".to_owned(), b""));
        }
        Ok(created.id)
    }
}
