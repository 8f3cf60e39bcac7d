//! Who asks: keys and what they open. Jobs belong to a project; a key sees those of its own project only.

use super::ids;
use crate::api::{ApiKey, ErrorBody};
use std::sync::{Arc, LazyLock};

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) key_id: String,
    pub(super) key_name: String,
    pub(super) project: String,
    pub(super) organization: String,
    pub(super) submitter: String,
}

/// Whoever asks without a key of their own: a cloud without keys takes any, and all are the same to it.
static ANYBODY: LazyLock<Arc<Account>> = LazyLock::new(|| {
    Arc::new(Account {
        key_id: ids::KEY.to_owned(),
        key_name: "local".to_owned(),
        project: ids::PROJECT.to_owned(),
        organization: ids::ORGANIZATION.to_owned(),
        submitter: ids::SUBMITTER.to_owned(),
    })
});

/// The keys of a cloud.
#[derive(Debug, Clone, Default)]
pub(super) struct Access {
    keys: Vec<(ApiKey, Arc<Account>)>,
}

impl Access {
    /// Accepts one more key, which has a project of its own.
    pub(super) fn add(&mut self, key: ApiKey) {
        let account = match self.keys.len() {
            0 => Arc::clone(&ANYBODY),
            index => Arc::new(Account {
                key_id: ids::numbered(ids::KEY, index),
                key_name: format!("local-{}", index + 1),
                project: ids::numbered(ids::PROJECT, index),
                submitter: format!("{:024x}", index + 1),
                ..(**ANYBODY).clone()
            }),
        };
        self.keys.push((key, account));
    }

    /// Whom a key stands for.
    ///
    /// # Errors
    /// 401.
    pub(super) fn authorize(&self, key: Option<&ApiKey>) -> Result<Arc<Account>, ErrorBody> {
        let key = key.ok_or_else(|| ErrorBody::new(401, "no API key: send the header Authorization: apiKey YOUR_KEY"))?;
        if self.keys.is_empty() {
            return Ok(Arc::clone(&ANYBODY));
        }
        // Every key is compared, so that the time does not tell which one nearly matched.
        let matching = self.keys.iter().fold(None, |found, (known, account)| if known.matches(key) { Some(account) } else { found });
        matching.cloned().ok_or_else(|| ErrorBody::new(401, "the API key is not known here"))
    }

    /// Whom an operation sees that needs no key.
    pub(super) fn anybody() -> Arc<Account> {
        Arc::clone(&ANYBODY)
    }
}
