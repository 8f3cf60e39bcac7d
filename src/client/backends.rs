use super::{Client, ClientError};
use crate::api::{BackendReply, HealthReply, Route, WhoamiReply};

impl Client {
    /// Every backend.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn backends(&self) -> Result<Vec<BackendReply>, ClientError> {
        self.get(Route::GetBackends).await
    }

    /// One backend.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if there is none of this name.
    pub async fn backend(&self, name: &str) -> Result<BackendReply, ClientError> {
        self.get(Route::GetBackend(name.to_owned())).await
    }

    /// Whose key this is.
    ///
    /// # Errors
    /// [`ClientError`]; see [`ClientError::is_unauthorized`].
    pub async fn whoami(&self) -> Result<WhoamiReply, ClientError> {
        self.get(Route::Whoami).await
    }

    /// Whether the service is there.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn health(&self) -> Result<(), ClientError> {
        self.get::<HealthReply>(Route::Health).await.map(|_| ())
    }
}
