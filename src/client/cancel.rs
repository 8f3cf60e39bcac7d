use super::{Client, ClientError};
use crate::api::{BulkReply, BulkRequest, ChangedReply, Operation, Query, Route};

impl Client {
    /// Cancels a job. One that is done already stays as it is.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn cancel(&self, id: &str) -> Result<(), ClientError> {
        self.get::<ChangedReply>(Route::new(Operation::CancelJob, [id])).await.map(|_| ())
    }

    /// Cancels several jobs in one request.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn cancel_all(&self, ids: &[String]) -> Result<(), ClientError> {
        self.bulk(Route::new(Operation::CancelJobs, []), ids).await
    }

    /// Deletes a job and its results.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn delete(&self, id: &str) -> Result<(), ClientError> {
        self.get::<ChangedReply>(Route::new(Operation::DeleteJob, [id])).await.map(|_| ())
    }

    /// Deletes several jobs in one request.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn delete_all(&self, ids: &[String]) -> Result<(), ClientError> {
        self.bulk(Route::new(Operation::DeleteJobs, []), ids).await
    }

    async fn bulk(&self, route: Route, ids: &[String]) -> Result<(), ClientError> {
        if ids.is_empty() {
            return Ok(()); // a service refuses to be asked for nothing
        }
        let body = BulkRequest { ids: ids.to_vec() };
        self.call::<BulkReply>(route, Query::default(), Some(&body)).await.map(|_| ())
    }
}
