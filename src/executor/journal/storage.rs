use super::JournalError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, Instant};

/// What a log needs of a file. Calls may come from several threads at once; there is one writer.
///
/// Required: all of it. An implementation may do less than asked for (`read`, `write`), as files may.
pub(super) trait Storage: Send + Sync {
    /// Reads some bytes from a place; 0 is the end.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes some bytes at a place, and says how many.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts it off.
    fn truncate(&self, length: u64) -> io::Result<()>;

    /// Everything written so far stays, whatever happens to the power.
    fn sync(&self) -> io::Result<()>;
}

/// A file that is locked as long as it is open.
pub(super) struct LockedFile(File);

impl LockedFile {
    /// Opens the file, or creates it for its owner's eyes only, and locks it. Its name is durable when this returns.
    ///
    /// # Errors
    /// `NotAJournal` for what is no file, `Locked` for a file that is open elsewhere, `NoSpace`, `Io` and `Sync` as it comes.
    pub(super) fn open(path: &Path) -> Result<LockedFile, JournalError> {
        regular(path, std::fs::metadata(path))?; // before it is opened: opening a device or a pipe can do things
        let file = open(path).map_err(|error| JournalError::io(path, "open or create the file", error))?;
        regular(path, file.metadata())?;
        lock(&file, path)?;
        sync_folder(path).map_err(|error| JournalError::sync(path, error))?;
        Ok(LockedFile(file))
    }
}

/// Locks the file. The last write of a run that has just ended may hold it for another moment.
fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    const MOMENT: Duration = Duration::from_millis(200);
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if begun.elapsed() < MOMENT => std::thread::sleep(MOMENT / 40),
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(JournalError::io(path, "lock the file", error)),
        }
    }
}

fn regular(path: &Path, metadata: io::Result<std::fs::Metadata>) -> Result<(), JournalError> {
    match metadata {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(metadata) if metadata.is_dir() => Err(JournalError::not_a_journal(path, "it is a folder")),
        Ok(_) => Err(JournalError::not_a_journal(path, "it is a device, a pipe or a socket")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(JournalError::io(path, "look at the file", error)),
    }
}

/// A file that is there is opened, never emptied; one that is not is created, unless somebody else does meanwhile.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => match create(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => options.open(path),
            created => created,
        },
        opened => opened,
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file's name is its folder's, and is lost with the power unless the folder is synced too.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(folder)?.sync_all() {
        // Some network file systems have nothing to sync there, and say so.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(()) // folders cannot be opened there
}

// Places are given with every call, for a handle's own cursor would be shared between readers and the writer.
impl Storage for LockedFile {
    #[cfg(unix)]
    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, buffer, offset)
    }

    #[cfg(unix)]
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::write_at(&self.0, bytes, offset)
    }

    #[cfg(windows)]
    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.0, buffer, offset)
    }

    #[cfg(windows)]
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_write(&self.0, bytes, offset)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data() // with the length, for without it the data could not be read
    }
}

/// Writes all of it, in as many pieces as it takes.
pub(super) fn write_all(storage: &dyn Storage, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match storage.write(offset, bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                offset += written as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A storage read from a place onwards.
pub(super) struct Reader<'a> {
    pub(super) storage: &'a dyn Storage,
    pub(super) offset: u64,
}

impl io::Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = loop {
            match self.storage.read(self.offset, buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.offset += read as u64;
        Ok(read)
    }
}
