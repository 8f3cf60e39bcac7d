use super::{Client, ClientError};
use crate::api::{JobReply, JobsReply, Operation, Query, Route};

impl Client {
    /// A job as it is now.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if there is none.
    pub async fn job(&self, id: &str) -> Result<JobReply, ClientError> {
        self.get(Route::new(Operation::GetJob, [id])).await
    }

    /// One page of jobs, newest first, and the cursor of the next page. The query may hold `ids`, `status`, `target`,
    /// `parent_job_id`, `session_id`, `submitter_id`, `limit` and `next`.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn jobs(&self, query: Query) -> Result<(Vec<JobReply>, Option<String>), ClientError> {
        let reply: JobsReply = self.call(Route::new(Operation::GetJobs, []), query, None::<&()>).await?;
        Ok((reply.jobs, reply.next.flatten()))
    }
}
