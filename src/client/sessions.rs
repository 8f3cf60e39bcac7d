use super::{Client, ClientError};
use crate::api::{JobReply, JobsReply, Operation, Query, Route, SessionReply, SessionRequest, SessionsReply};

impl Client {
    /// Opens a session: jobs that name it as `session_id` are its.
    ///
    /// # Errors
    /// [`ClientError::Refused`] names the fields that are wrong.
    pub async fn create_session(&self, request: &SessionRequest) -> Result<SessionReply, ClientError> {
        self.call(Route::new(Operation::CreateSession, []), Query::default(), Some(request)).await
    }

    /// A session as it is now.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if there is none.
    pub async fn session(&self, id: &str) -> Result<SessionReply, ClientError> {
        self.get(Route::new(Operation::GetSession, [id])).await
    }

    /// The project's sessions; all of them, those that take jobs (`Some(true)`) or those that have ended.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn sessions(&self, active: Option<bool>) -> Result<Vec<SessionReply>, ClientError> {
        let query = active.map_or_else(Query::default, |active| Query::default().with("active", active.to_string()));
        let reply: SessionsReply = self.call(Route::new(Operation::GetSessions, []), query, None::<&()>).await?;
        Ok(reply.sessions)
    }

    /// Ends a session. Jobs that it has taken go on; one that has ended stays as it is.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if there is none.
    pub async fn end_session(&self, id: &str) -> Result<SessionReply, ClientError> {
        self.get(Route::new(Operation::EndSession, [id])).await
    }

    /// One page of a session's jobs, as [`Client::jobs`] has those of all.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if there is no such session.
    pub async fn session_jobs(&self, id: &str, query: Query) -> Result<(Vec<JobReply>, Option<String>), ClientError> {
        let reply: JobsReply = self.call(Route::new(Operation::GetSessionJobs, [id]), query, None::<&()>).await?;
        Ok((reply.jobs, reply.next.flatten()))
    }
}
