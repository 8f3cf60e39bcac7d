use super::JournalError;
use super::entry::{Entry, Header};
use super::history::{History, Known, State};
use super::log::{Log, Opened};
use super::record::Position;
use crate::executor::ending::Ending;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// What a batch did, in a file: with it a batch that was cut off is resumed. Circuits that are over are not run again; a job that may have
/// been submitted is looked for before anything else happens to its circuits.
///
/// The file is locked as long as this, or a batch that has it, lives. Nobody but its owner can read it. It holds the circuits' results as
/// they came, and no key.
#[derive(Clone)]
pub struct Journal(Arc<Keeper>);

/// What each record is handed to.
type Each<'a> = dyn FnMut(Position, &[u8]) -> Result<(), JournalError> + 'a;

struct Keeper {
    log: Log,
    path: PathBuf,
    header: Header,
    history: History,
    opened: Opened,
}

impl Journal {
    /// Begins a journal in a new file, or goes on with the one that is there. `service` is the base of the API; `None` is a cloud in this
    /// process, which forgets its jobs at the end of it. `circuits` is [`Batch::fingerprint`](crate::executor::Batch::fingerprint), so that
    /// other circuits, or others settings, are refused before anything is submitted. Blocks.
    ///
    /// # Errors
    /// [`JournalError`]; no file that was there is changed then.
    pub fn open(path: impl AsRef<Path>, service: Option<&str>, circuits: Option<Uuid>) -> Result<Journal, JournalError> {
        let path = path.as_ref();
        let journal = Journal::begin(path, service, circuits, |header, each| Log::open(path, header, each))?;
        close_to_others(path)?;
        Ok(journal)
    }

    /// A journal of a service over any storage.
    #[cfg(test)]
    pub(super) fn over(storage: Arc<dyn super::storage::Storage>) -> Result<Journal, JournalError> {
        let path = Path::new("in memory");
        Journal::begin(path, Some("http://localhost"), None, |header, each| Log::over(storage, path, header, each))
    }

    /// Goes on with what the log has, or begins with a new header.
    fn begin(
        path: &Path,
        service: Option<&str>,
        circuits: Option<Uuid>,
        open: impl FnOnce(&[u8], &mut Each<'_>) -> Result<(Log, Opened), JournalError>,
    ) -> Result<Journal, JournalError> {
        let service = service.map(|base| base.trim_end_matches('/').to_owned());
        let new = Header {
            paultrap: env!("CARGO_PKG_VERSION").to_owned(),
            batch: Uuid::new_v4(),
            service,
            circuits: circuits.map(|fingerprint| fingerprint.to_string()),
        };
        let (mut old, mut history) = (None, History::default());
        let header =
            serde_json::to_vec(&new).map_err(|error| JournalError::BadRecord { path: path.to_owned(), problem: error.to_string() })?;
        let (log, opened) = open(&header, &mut |position, json| {
            let damaged = |problem| JournalError::Corrupt { path: path.to_owned(), offset: position.offset(), problem };
            match &old {
                None => old = Some(new.resumes(path, json)?),
                Some(_) => history.take(position, json).map_err(damaged)?,
            }
            Ok(())
        })?;
        let header = old.unwrap_or(new);
        if header.service.is_none() {
            history.forget_open();
        }
        Ok(Journal(Arc::new(Keeper { log, path: path.to_owned(), header, history, opened })))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// How many circuits were over when it was opened, and how many more had been begun.
    pub fn circuits(&self) -> (usize, usize) {
        self.0.history.circuits()
    }

    /// Whether it is a new one.
    pub fn is_new(&self) -> bool {
        self.0.opened.created
    }

    /// How many bytes of a record were cut off that had not been written to its end.
    pub fn repaired(&self) -> Option<u64> {
        self.0.opened.repaired
    }

    pub(in crate::executor) fn batch(&self) -> Uuid {
        self.0.header.batch
    }

    pub(in crate::executor) fn history(&self) -> &History {
        &self.0.history
    }

    /// Writes a record; it is durable when this returns.
    pub(in crate::executor) async fn write(&self, entry: &Entry) -> Result<Position, JournalError> {
        let json = serde_json::to_vec(entry).map_err(|error| self.unreadable(error.to_string()))?;
        self.0.log.append(&json).await
    }

    /// What became of a job that is over, and of its circuits.
    pub(in crate::executor) fn endings(&self, known: &Known) -> Result<(Option<String>, Vec<Ending>), JournalError> {
        let State::Finished(position) = &known.state else { return Err(self.unreadable("the job is not over".to_owned())) };
        let damaged = |problem| JournalError::Corrupt { path: self.0.path.clone(), offset: position.offset(), problem };
        let entry: Entry = serde_json::from_slice(&self.0.log.read(*position)?).map_err(|error| damaged(error.to_string()))?;
        let (job, endings) = entry.endings().map_err(damaged)?;
        if endings.len() != known.count {
            return Err(damaged(format!("it has {} circuits, {} were begun", endings.len(), known.count)));
        }
        Ok((job, endings))
    }

    /// The error for circuits that are not those of the journal.
    pub(in crate::executor) fn mismatch(&self, problem: String) -> JournalError {
        JournalError::Mismatch { path: self.0.path.clone(), problem }
    }

    fn unreadable(&self, problem: String) -> JournalError {
        JournalError::BadRecord { path: self.0.path.clone(), problem }
    }
}

/// A journal that was there may be open to everybody.
#[cfg(unix)]
fn close_to_others(path: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::PermissionsExt;
    let closed = std::fs::metadata(path).and_then(|file| match file.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)),
    });
    closed.map_err(|error| JournalError::Io { path: path.to_owned(), doing: "close it to others", error: Arc::new(error) })
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> Result<(), JournalError> {
    Ok(())
}

impl Header {
    /// The header of a journal that was there, if what is to be done now goes on with it.
    fn resumes(&self, path: &Path, json: &[u8]) -> Result<Header, JournalError> {
        let mismatch = |problem: String| JournalError::Mismatch { path: path.to_owned(), problem };
        let old: Header = serde_json::from_slice(json).map_err(|error| mismatch(format!("its header cannot be read: {error}")))?;
        let named = |service: &Option<String>| service.clone().unwrap_or_else(|| "a cloud in its own process".to_owned());
        if old.service != self.service {
            return Err(mismatch(format!("it was run on {}, not on {}", named(&old.service), named(&self.service))));
        }
        match (&old.circuits, &self.circuits) {
            (Some(old), Some(new)) if old != new => Err(mismatch("its circuits or their settings were others".to_owned())),
            _ => Ok(old),
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("path", &self.0.path).finish_non_exhaustive()
    }
}
