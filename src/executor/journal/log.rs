use super::JournalError;
use super::record::{self, MAGIC, Position};
use super::scan::{Content, scan};
use super::storage::{LockedFile, Reader, Storage, write_all};
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::SetOnce;

/// Records in a file, durable once appended. Copies are the same log; the file stays locked until the last one is gone.
#[derive(Clone)]
pub(in crate::executor) struct Log(Arc<Shared>);

/// What was found when a log was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::executor) struct Opened {
    /// There was none; it has the header that was given, and nothing was handed over.
    pub(in crate::executor) created: bool,
    /// How many bytes of a record that was never acknowledged were cut off.
    pub(in crate::executor) repaired: Option<u64>,
}

impl Log {
    /// Opens a journal, or creates one for its owner's eyes only with `header` as its record 0, and hands every record that is in it
    /// to `each`, the header first. What was handed over is durable when this returns. Blocks.
    ///
    /// A file that `each` objects to is not changed. It is the caller's to compare the header.
    ///
    /// # Errors
    /// `Locked`, `NotAJournal`, `Format`, `Corrupt`, `BadRecord` for the header, `NoSpace`, `Io`, `Sync`, and whatever `each` returns.
    pub(in crate::executor) fn open(
        path: &Path,
        header: &[u8],
        each: impl FnMut(Position, &[u8]) -> Result<(), JournalError>,
    ) -> Result<(Log, Opened), JournalError> {
        Log::over(Arc::new(LockedFile::open(path)?), path, header, each)
    }

    /// The same over any storage; the path is for errors.
    pub(super) fn over(
        storage: Arc<dyn Storage>,
        path: &Path,
        header: &[u8],
        each: impl FnMut(Position, &[u8]) -> Result<(), JournalError>,
    ) -> Result<(Log, Opened), JournalError> {
        let content = scan(&*storage, path, each)?;
        let files = Files { storage, path: path.into() };
        let (count, end, torn) = match content {
            Content::Records { count, end, torn } => {
                files.keep(end, torn)?;
                (count, end, torn)
            }
            Content::New { torn } => (1, files.begin(header, torn)?, torn),
        };
        let opened = Opened { created: matches!(content, Content::New { .. }), repaired: (torn > 0).then_some(torn) };
        let state = State { next: count, waiting: Group::at(end), writing: false, failed: None };
        Ok((Log(Arc::new(Shared { files, state: Mutex::new(state) })), opened))
    }

    /// Appends a JSON text. It is durable, and all records before it are, when this returns.
    ///
    /// Whoever appends while others are being written goes into the next group: one write and one sync for all of them. A record
    /// is in line from the first poll on, in the order of these polls; a caller who is dropped after that does not know whether it
    /// was written, and disturbs nobody. The writing is done where it may block, so that a paused clock stands still meanwhile.
    ///
    /// # Errors
    /// `BadRecord`, with no consequences. `NoSpace`, `Io`, `Sync`, `Abandoned`: from then on everybody gets this same error,
    /// and nothing is ever written again.
    pub(in crate::executor) async fn append(&self, json: &[u8]) -> Result<Position, JournalError> {
        let (position, group, writer) = self.0.enlist(json)?;
        if let Some(writer) = writer {
            match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn_blocking(|| writer.run())), // it goes on, whoever is dropped
                Err(_) => writer.run(),
            }
        }
        group.wait().await.clone()?;
        Ok(position)
    }

    /// The JSON text of a record, read and checked again. Blocks, for as long as reading a file does.
    ///
    /// # Errors
    /// `Corrupt` if it is no longer what was written, `Io`.
    pub(in crate::executor) fn read(&self, position: Position) -> Result<Vec<u8>, JournalError> {
        self.0.files.read(position)
    }
}

/// Where the records are. Every write ends with a sync.
struct Files {
    storage: Arc<dyn Storage>,
    path: Box<Path>,
}

impl Files {
    /// Begins a journal and says where it ends.
    fn begin(&self, header: &[u8], torn: u64) -> Result<u64, JournalError> {
        let mut bytes = MAGIC.to_vec();
        record::encode(0, header, &mut bytes).map_err(|problem| JournalError::bad_record(&self.path, problem))?;
        if torn > 0 {
            self.keep(MAGIC.len() as u64, torn)?;
        }
        self.commit(0, &bytes)?;
        Ok(bytes.len() as u64)
    }

    /// Cuts off what is torn. What is left may have been read before it was durable: a process can be killed between write and sync.
    fn keep(&self, end: u64, torn: u64) -> Result<(), JournalError> {
        if torn > 0 {
            self.storage.truncate(end).map_err(|error| JournalError::io(&self.path, "cut off a torn record", error))?;
        }
        self.storage.sync().map_err(|error| JournalError::sync(&self.path, error))
    }

    fn commit(&self, offset: u64, bytes: &[u8]) -> Result<(), JournalError> {
        write_all(&*self.storage, offset, bytes).map_err(|error| JournalError::io(&self.path, "write to the file", error))?;
        self.storage.sync().map_err(|error| JournalError::sync(&self.path, error))
    }

    fn read(&self, position: Position) -> Result<Vec<u8>, JournalError> {
        let corrupt = |problem: &str| JournalError::corrupt(&self.path, position.offset, problem);
        let line = self.line(position).map_err(|error| JournalError::io(&self.path, "read the file", error))?;
        let text = line.strip_suffix(b"\n").ok_or_else(|| corrupt("the line is no longer as long as it was"))?;
        match record::decode(text).map_err(corrupt)? {
            (sequence, json) if sequence == position.sequence => Ok(json.to_vec()),
            _ => Err(corrupt("another record is there now")),
        }
    }

    fn line(&self, position: Position) -> io::Result<Vec<u8>> {
        let mut line = Vec::with_capacity(position.length as usize);
        let from = Reader { storage: &*self.storage, offset: position.offset };
        from.take(position.length.into()).read_to_end(&mut line)?;
        Ok(line)
    }
}

struct Shared {
    files: Files,
    state: Mutex<State>,
}

struct State {
    /// The number of the next record.
    next: u64,
    /// Those who wait for the next write.
    waiting: Group,
    /// Whether there is a writer. It takes groups until nobody waits.
    writing: bool,
    /// What everybody gets from now on.
    failed: Option<JournalError>,
}

/// Records that become durable together.
struct Group {
    offset: u64,
    lines: Vec<u8>,
    done: Done,
}

type Done = Arc<SetOnce<Result<(), JournalError>>>;

impl Group {
    fn at(offset: u64) -> Group {
        Group { offset, lines: Vec::new(), done: Done::default() }
    }

    fn end(&self) -> u64 {
        self.offset + self.lines.len() as u64
    }
}

impl Shared {
    /// No section under this lock can panic half-way.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a record in line, and makes a writer if there is none.
    fn enlist(self: &Arc<Self>, json: &[u8]) -> Result<(Position, Done, Option<Writer>), JournalError> {
        let mut state = self.state();
        if let Some(error) = &state.failed {
            return Err(error.clone());
        }
        let (sequence, offset) = (state.next, state.waiting.end());
        let length = record::encode(sequence, json, &mut state.waiting.lines);
        let length = length.map_err(|problem| JournalError::bad_record(&self.files.path, problem))?;
        state.next += 1;
        let idle = !std::mem::replace(&mut state.writing, true);
        let writer = idle.then(|| Writer { log: self.clone(), group: None, finished: false });
        Ok((Position { sequence, offset, length }, state.waiting.done.clone(), writer))
    }

    /// Everybody who waits; nobody, and the writer's work is done.
    fn take(&self) -> Option<Group> {
        let mut state = self.state();
        state.writing = !state.waiting.lines.is_empty();
        let next = Group::at(state.waiting.end());
        state.writing.then(|| std::mem::replace(&mut state.waiting, next))
    }

    /// The end: what is being written and what waits has failed, and so has all that comes.
    fn fail(&self, group: Option<&Group>, error: JournalError) {
        let mut state = self.state();
        state.failed = Some(error.clone());
        state.waiting.lines = Vec::new();
        for done in group.map(|group| &group.done).into_iter().chain([&state.waiting.done]) {
            let _ = done.set(Err(error.clone())); // already known only to those who are done
        }
    }
}

/// Writes groups until nobody waits. Dropped before that it fails the log: a panic or a runtime that ended must leave nobody waiting.
struct Writer {
    log: Arc<Shared>,
    group: Option<Group>,
    finished: bool,
}

impl Writer {
    fn run(mut self) {
        self.group = self.log.take();
        while let Some(group) = &self.group {
            match self.log.files.commit(group.offset, &group.lines) {
                Ok(()) => drop(group.done.set(Ok(()))),
                Err(error) => {
                    self.log.fail(Some(group), error);
                    break;
                }
            }
            self.group = self.log.take();
        }
        self.finished = true;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            let path = self.log.files.path.to_path_buf();
            self.log.fail(self.group.as_ref(), JournalError::Abandoned { path });
        }
    }
}
