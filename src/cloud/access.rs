//! Who asks: keys and what they open. Jobs belong to a project; a key sees those of its own project only.

use super::ids;
use crate::api::{ApiKey, ErrorBody};
use crate::device;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

/// A key and what it opens. `Credential::new(key).project("chemistry")`.
///
/// Keys of the same project see the same jobs. A key without a project has one of its own; a key without an organization belongs to the
/// one that all such keys share. The name of a project or an organization stands for an id, which is made up unless the name is a UUID.
#[derive(Debug, Clone)]
#[must_use = "a credential does nothing before a cloud gets it"]
pub struct Credential {
    key: ApiKey,
    name: Option<String>,
    project: Option<String>,
    organization: Option<String>,
    backends: Option<Vec<String>>,
    revoked: bool,
    admin: bool,
}

impl Credential {
    /// A key that opens every backend.
    pub fn new(key: ApiKey) -> Credential {
        Credential { key, name: None, project: None, organization: None, backends: None, revoked: false, admin: false }
    }

    /// What the key is called in `whoami`. Default: `local`, `local-2`, ….
    pub fn named(self, name: impl Into<String>) -> Credential {
        Credential { name: Some(name.into()), ..self }
    }

    /// The project whose jobs it sees.
    pub fn project(self, project: impl Into<String>) -> Credential {
        Credential { project: Some(project.into()), ..self }
    }

    /// The organization that the project belongs to, whose usage it may read.
    pub fn organization(self, organization: impl Into<String>) -> Credential {
        Credential { organization: Some(organization.into()), ..self }
    }

    /// The only backends that it may use; a job for another one is refused (403).
    pub fn backends<N: Into<String>>(self, backends: impl IntoIterator<Item = N>) -> Credential {
        Credential { backends: Some(backends.into_iter().map(Into::into).collect()), ..self }
    }

    /// The key may change the scenario, read the journal and empty the cloud. Where all keys are those of one project, each of them may.
    pub fn admin(self) -> Credential {
        Credential { admin: true, ..self }
    }

    /// The key is known and no longer good: 401.
    pub fn revoked(self) -> Credential {
        Credential { revoked: true, ..self }
    }
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) key_id: String,
    pub(super) key_name: String,
    pub(super) project: String,
    pub(super) organization: String,
    pub(super) submitter: String,
    /// The backends it may use; all if `None`.
    backends: Option<Vec<String>>,
}

impl Account {
    /// Lets those pass who may use a backend.
    ///
    /// # Errors
    /// 403.
    pub(super) fn check_backend(&self, name: &str) -> Result<(), ErrorBody> {
        let Some(allowed) = &self.backends else { return Ok(()) };
        if allowed.iter().any(|allowed| allowed == name) {
            return Ok(());
        }
        Err(ErrorBody::new(403, format!("this API key may not use backend {name:?}, allowed are {}", allowed.join(", "))))
    }

    /// Lets those pass who belong to an organization. Whether there is such an organization is not for others to know.
    ///
    /// # Errors
    /// 403.
    pub(super) fn check_organization(&self, id: &str) -> Result<(), ErrorBody> {
        if self.organization == id {
            return Ok(());
        }
        let shown: String = id.chars().take(64).collect();
        Err(ErrorBody::new(403, format!("this API key does not belong to organization {shown:?}")))
    }
}

/// Whoever asks without a key of their own: a cloud without keys takes any, and all are the same to it.
static ANYBODY: LazyLock<Arc<Account>> = LazyLock::new(|| {
    Arc::new(Account {
        key_id: ids::KEY.to_owned(),
        key_name: "local".to_owned(),
        project: ids::PROJECT.to_owned(),
        organization: ids::ORGANIZATION.to_owned(),
        submitter: ids::SUBMITTER.to_owned(),
        backends: None,
    })
});

/// A key of a cloud.
#[derive(Debug, Clone)]
struct Known {
    credential: Credential,
    account: Arc<Account>,
}

/// The keys of a cloud.
#[derive(Debug, Clone, Default)]
pub(super) struct Access {
    keys: Vec<Known>,
}

impl Access {
    /// Knows one more key.
    pub(super) fn add(&mut self, credential: Credential) {
        let index = self.keys.len();
        let organization = self.organization(&credential, index);
        let account = Account {
            key_id: ids::numbered(ids::KEY, index),
            key_name: credential.name.clone().unwrap_or_else(|| match index {
                0 => ANYBODY.key_name.clone(),
                _ => format!("{}-{}", ANYBODY.key_name, index + 1),
            }),
            project: self.project(&credential, &organization, index),
            organization,
            submitter: format!("{:024x}", index + 1),
            backends: credential.backends.as_ref().map(|names| names.iter().map(|name| device::canonical(name).to_owned()).collect()),
        };
        self.keys.push(Known { credential, account: Arc::new(account) });
    }

    /// The id of a credential's organization: that of an earlier one of the same name, or a new one.
    fn organization(&self, new: &Credential, index: usize) -> String {
        let same = |known: &&Known| known.credential.organization == new.organization;
        match (&new.organization, self.keys.iter().find(same)) {
            (None, _) => ids::ORGANIZATION.to_owned(),
            (Some(_), Some(known)) => known.account.organization.clone(),
            (Some(name), None) => own_id(name).unwrap_or_else(|| ids::numbered(ids::ORGANIZATION, index + 1)),
        }
    }

    /// The same for its project, which is one of its organization.
    fn project(&self, new: &Credential, organization: &str, index: usize) -> String {
        let same = |known: &&Known| known.credential.project == new.project && known.account.organization == organization;
        match (&new.project, self.keys.iter().find(same)) {
            (Some(_), Some(known)) => known.account.project.clone(),
            // An id that is a project of another organization's stays that one's.
            (Some(name), None) => own_id(name)
                .filter(|id| self.keys.iter().all(|known| known.account.project != *id))
                .unwrap_or_else(|| ids::numbered(ids::PROJECT, index)),
            (None, _) => ids::numbered(ids::PROJECT, index),
        }
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
        let matching = self.keys.iter().fold(None, |found, known| if known.credential.key.matches(key) { Some(known) } else { found });
        match matching {
            None => Err(ErrorBody::new(401, "the API key is not known here")),
            Some(known) if known.credential.revoked => Err(ErrorBody::new(401, "the API key was revoked")),
            Some(known) => Ok(Arc::clone(&known.account)),
        }
    }

    /// Lets those pass who may change the cloud itself: where keys open several projects, only an admin's.
    ///
    /// # Errors
    /// 401, 403.
    pub(super) fn authorize_control(&self, key: Option<&ApiKey>) -> Result<(), ErrorBody> {
        self.authorize(key)?;
        let is_admin = |known: &Known| known.credential.admin && key.is_some_and(|key| known.credential.key.matches(key));
        match self.projects() < 2 || self.keys.iter().any(is_admin) {
            true => Ok(()),
            false => Err(ErrorBody::new(403, "there are several projects here, and this API key is none of an admin")),
        }
    }

    /// How many projects there are that somebody can use; a cloud without keys has one.
    pub(super) fn projects(&self) -> usize {
        let good = self.keys.iter().filter(|known| !known.credential.revoked);
        let projects: BTreeSet<&str> = good.map(|known| known.account.project.as_str()).collect();
        projects.len().max(1)
    }

    /// Whom an operation sees that needs no key.
    pub(super) fn anybody() -> Arc<Account> {
        Arc::clone(&ANYBODY)
    }
}

/// A name that is an id already.
fn own_id(name: &str) -> Option<String> {
    Uuid::try_parse(name).ok().map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(credentials: impl IntoIterator<Item = Credential>) -> Access {
        let mut access = Access::default();
        credentials.into_iter().for_each(|credential| access.add(credential));
        access
    }

    fn key(text: &str) -> Credential {
        Credential::new(ApiKey::new(text))
    }

    fn account(access: &Access, text: &str) -> Arc<Account> {
        access.authorize(Some(&ApiKey::new(text))).unwrap()
    }

    #[test]
    fn projects_of_the_same_name_are_one_only_within_an_organization() {
        let access = access([
            key("a"),
            key("b").project("p"),
            key("c").project("p"),
            key("d").project("p").organization("o"),
            key("e").project("q").organization("o"),
            key("f"),
            key("g").project("nobody's").revoked(),
        ]);
        let [a, b, c, d, e, f] = ["a", "b", "c", "d", "e", "f"].map(|text| account(&access, text));
        assert_eq!(b.project, c.project);
        let mut projects = vec![&a.project, &b.project, &d.project, &e.project, &f.project];
        projects.sort();
        projects.dedup();
        assert_eq!((projects.len(), access.projects()), (5, 5));
        assert_eq!((&a.organization, &d.organization), (&c.organization, &e.organization));
        assert_ne!(a.organization, d.organization);
        assert_eq!(*a, **ANYBODY, "the first key is whom a cloud without keys knows");
        assert!(d.check_organization(&e.organization).is_ok());
        assert_eq!(d.check_organization(&a.organization).unwrap_err().status_code, 403);
    }

    #[test]
    fn a_name_that_is_an_id_is_the_id() {
        let id = "0198aaaa-0000-7000-8000-000000000001";
        let access = access([key("a").project(id.to_uppercase()).organization(id)]);
        let account = account(&access, "a");
        assert_eq!((account.project.as_str(), account.organization.as_str()), (id, id));
    }

    #[test]
    fn an_id_that_two_organizations_claim_is_a_project_of_the_first_alone() {
        let id = "0198aaaa-0000-7000-8000-000000000001";
        let access = access([
            key("a").project(id).organization("o"),
            key("b").project(id).organization("p"),
            key("c").project(id).organization("o"),
        ]);
        let [a, b, c] = ["a", "b", "c"].map(|text| account(&access, text));
        assert_eq!((a.project.as_str(), &a.project), (id, &c.project));
        assert_ne!(a.project, b.project);
    }

    #[test]
    fn who_has_a_list_of_backends_may_use_no_other() {
        let access = access([key("a").backends(["simulator", "qpu"]), key("b"), key("c").backends([""; 0])]);
        let allowed = |text: &str, name: &str| account(&access, text).check_backend(name).map_err(|error| error.message);
        assert_eq!((allowed("a", "simulator"), allowed("a", "qpu.aria-1"), allowed("b", "qpu.forte-1")), (Ok(()), Ok(()), Ok(())));
        let message = allowed("a", "qpu.forte-1").unwrap_err();
        assert_eq!(message, "this API key may not use backend \"qpu.forte-1\", allowed are simulator, qpu.aria-1");
        assert!(allowed("c", "simulator").is_err());
    }
}
