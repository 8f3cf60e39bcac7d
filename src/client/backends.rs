use super::{Client, ClientError};
use crate::api::{BackendReply, CharacterizationReply, CharacterizationsReply, HealthReply, Operation, Query, Route, WhoamiReply};

impl Client {
    /// Every backend.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn backends(&self) -> Result<Vec<BackendReply>, ClientError> {
        self.get(Route::new(Operation::GetBackends, [])).await
    }

    /// One backend.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if there is none of this name.
    pub async fn backend(&self, name: &str) -> Result<BackendReply, ClientError> {
        self.get(Route::new(Operation::GetBackend, [name])).await
    }

    /// One page of what was measured of a backend, newest first, and how many pages are left. The query may hold `start`, `end`,
    /// `limit` and `page`.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if there is no backend of this name.
    pub async fn characterizations(&self, backend: &str, query: Query) -> Result<(Vec<CharacterizationReply>, usize), ClientError> {
        let route = Route::new(Operation::GetCharacterizations, [backend]);
        let reply: CharacterizationsReply = self.call(route, query, None::<&()>).await?;
        Ok((reply.characterizations, reply.pages))
    }

    /// One of them, by its id.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if there is none.
    pub async fn characterization(&self, backend: &str, id: &str) -> Result<CharacterizationReply, ClientError> {
        self.get(Route::new(Operation::GetCharacterization, [backend, id])).await
    }

    /// Whose key this is.
    ///
    /// # Errors
    /// [`ClientError`]; see [`ClientError::is_unauthorized`].
    pub async fn whoami(&self) -> Result<WhoamiReply, ClientError> {
        self.get(Route::new(Operation::Whoami, [])).await
    }

    /// Whether the service is there.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn health(&self) -> Result<(), ClientError> {
        self.get::<HealthReply>(Route::new(Operation::Health, [])).await.map(|_| ())
    }
}
