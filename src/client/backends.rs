use super::{Client, ClientError};
use crate::api::{BackendReply, HealthReply, Operation, Route, WhoamiReply};

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
