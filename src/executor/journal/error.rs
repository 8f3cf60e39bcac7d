use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a journal cannot be opened or written. A file that is refused stays as it was, to the last byte.
///
/// A journal that failed once while being written stays failed: what an operating system says after a failed write or sync is not
/// to be relied upon. Open it again, once the cause is gone.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Somebody else has it open.
    #[error("journal {path} is in use by another run: wait until that has ended, or give another file")]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path} is no journal: {problem}; it was not changed: give the name of a journal or of a file that does not exist yet")]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        problem: String,
    },
    /// The file was written by another version.
    #[error("journal {path} has format {given:?}, this version reads format {known}: resume it with the version that began it")]
    Format {
        /// The file.
        path: PathBuf,
        /// The format it names.
        given: String,
        /// The one format there is.
        known: u32,
    },
    /// There is damage that a crash cannot have done.
    #[error("journal {path} is damaged at byte {offset}: {problem}; it was not changed: restore a copy, or begin a new journal")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where the damaged record begins, bytes.
        offset: u64,
        /// What is wrong there.
        problem: String,
    },
    /// The journal is of something else than what is to be done now.
    #[error("journal {path} is of another batch: {problem}; it was not changed: repeat what it was begun with, or give another file")]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// What was recorded, and what was given.
        problem: String,
    },
    /// A text that cannot be a record. The journal is as good as before.
    #[error("nothing was written to journal {path}: {problem}")]
    BadRecord {
        /// The file.
        path: PathBuf,
        /// What is wrong with the text.
        problem: String,
    },
    /// There is no room, or no more allowed.
    #[error("no room for journal {path}: could not {doing}: {error}; make room, then run again with the same journal")]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// What was to be done.
        doing: &'static str,
        /// The system's words.
        #[source]
        error: Arc<io::Error>,
    },
    /// The system refused.
    #[error("journal {path}: could not {doing}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was to be done.
        doing: &'static str,
        /// The system's words.
        #[source]
        error: Arc<io::Error>,
    },
    /// The system could not say that what was written will stay. What was written last may or may not be there.
    #[error("journal {path} could not be made durable: {error}; check the disk, then run again with the same journal")]
    Sync {
        /// The file.
        path: PathBuf,
        /// The system's words.
        #[source]
        error: Arc<io::Error>,
    },
    /// The runtime ended while records were being written. What was written last may or may not be there.
    #[error("journal {path} was left while it was being written: run again with the same journal")]
    Abandoned {
        /// The file.
        path: PathBuf,
    },
}

impl JournalError {
    /// The error of an operation other than a sync.
    pub(super) fn io(path: &Path, doing: &'static str, error: io::Error) -> JournalError {
        let (path, full) = (path.to_owned(), is_full(error.kind()));
        let error = Arc::new(error);
        if full { JournalError::NoSpace { path, doing, error } } else { JournalError::Io { path, doing, error } }
    }

    /// The error of a sync. Delayed allocation finds out only here that the disk is full.
    pub(super) fn sync(path: &Path, error: io::Error) -> JournalError {
        match is_full(error.kind()) {
            true => JournalError::io(path, "make it durable", error),
            false => JournalError::Sync { path: path.to_owned(), error: Arc::new(error) },
        }
    }

    pub(super) fn not_a_journal(path: &Path, problem: impl Into<String>) -> JournalError {
        JournalError::NotAJournal { path: path.to_owned(), problem: problem.into() }
    }

    pub(super) fn corrupt(path: &Path, offset: u64, problem: impl Into<String>) -> JournalError {
        JournalError::Corrupt { path: path.to_owned(), offset, problem: problem.into() }
    }

    pub(super) fn bad_record(path: &Path, problem: impl Into<String>) -> JournalError {
        JournalError::BadRecord { path: path.to_owned(), problem: problem.into() }
    }
}

fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}
