use super::JournalError;
use super::record::{self, FAMILY, FORMAT, LONGEST, MAGIC, Position};
use super::storage::{Reader, Storage};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// How much is read at once, bytes.
const CHUNK: usize = 64 << 10;

/// What is in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing yet, or what a crash left of the very first write: a piece of the first line, a piece of the header.
    New { torn: u64 },
    /// Records, and perhaps a torn one after them.
    Records { count: u64, end: u64, torn: u64 },
}

/// Reads all records, one at a time, and changes nothing.
///
/// # Errors
/// `NotAJournal`, `Format`, `Corrupt`, `Io`, and whatever `each` returns.
pub(super) fn scan(
    storage: &dyn Storage,
    path: &Path,
    mut each: impl FnMut(Position, &[u8]) -> Result<(), JournalError>,
) -> Result<Content, JournalError> {
    let failed = |error| JournalError::io(path, "read the file", error);
    let mut input = BufReader::with_capacity(CHUNK, Reader { storage, offset: 0 });
    if !first_line(&mut input, path)? {
        return Ok(Content::New { torn: 0 });
    }
    let (mut line, mut count, mut end) = (Vec::new(), 0, MAGIC.len() as u64);
    loop {
        let rest = read_line(&mut input, &mut line).map_err(failed)?;
        let record = Position { sequence: count, offset: end, length: line.len().try_into().unwrap_or(u32::MAX) };
        match rest {
            Line::None if count == 0 => return Ok(Content::New { torn: 0 }),
            Line::None => return Ok(Content::Records { count, end, torn: 0 }),
            Line::TooLong => return Err(JournalError::corrupt(path, end, format!("the line has more than {LONGEST} bytes"))),
            Line::Whole => match record::decode(&line[..line.len() - 1]) {
                Ok((number, json)) if number == count => each(record, json)?,
                Ok((number, _)) => return Err(JournalError::corrupt(path, end, format!("record {number} where {count} belongs"))),
                Err(problem) => {
                    let last = input.fill_buf().map_err(failed)?.is_empty();
                    return torn(&line, record, last, path, problem);
                }
            },
            Line::Torn => return torn(&line, record, true, path, "the file ends within the line"),
        }
        (count, end) = (count + 1, record.end());
    }
}

/// Whether the first line is all there; it is none if the file ends before.
fn first_line(input: &mut impl Read, path: &Path) -> Result<bool, JournalError> {
    let mut line = Vec::with_capacity(MAGIC.len());
    input.take(MAGIC.len() as u64).read_to_end(&mut line).map_err(|error| JournalError::io(path, "read the file", error))?;
    if line == MAGIC {
        return Ok(true);
    }
    // Such a file loses nothing by becoming a journal: what is in it stays.
    if MAGIC.starts_with(&line) {
        return Ok(false);
    }
    let format = line.strip_prefix(FAMILY).map(|rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
    Err(match format {
        Some(digits @ 1..) => {
            let given = String::from_utf8_lossy(&line[FAMILY.len()..][..digits]).into_owned();
            if given == FORMAT.to_string() {
                return Err(JournalError::corrupt(path, 0, "the first line is not as it was written"));
            }
            JournalError::Format { path: path.to_owned(), given, known: FORMAT }
        }
        _ => {
            let expected = String::from_utf8_lossy(MAGIC);
            JournalError::not_a_journal(path, format!("its first line is not `{}`", expected.trim_end()))
        }
    })
}

enum Line {
    /// The file ended before.
    None,
    /// With its line feed.
    Whole,
    /// Without it: the file ended.
    Torn,
    TooLong,
}

fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    input.take(LONGEST as u64 + 1).read_until(b'\n', line)?;
    Ok(match line.last() {
        None => Line::None,
        Some(_) if line.len() > LONGEST => Line::TooLong,
        Some(b'\n') => Line::Whole,
        Some(_) => Line::Torn,
    })
}

/// A bad line: what a crash left if it is the last one, damage if not.
fn torn(line: &[u8], record: Position, last: bool, path: &Path, problem: &str) -> Result<Content, JournalError> {
    let damage = |what: &str| Err(JournalError::corrupt(path, record.offset, format!("{problem}, {what}")));
    let torn = line.len() as u64;
    let (whole, text) = line.strip_suffix(b"\n").map_or((false, line), |text| (true, text));
    match record.sequence {
        _ if !last => damage("and the file goes on after it"),
        // A header that is all there or is none was not torn by a crash.
        0 if whole || !record::begins_a_header(text) => damage("and it should be the header"),
        0 => Ok(Content::New { torn }),
        _ if record::hides_a_record(text, record.sequence) => damage("and a later record follows within it"),
        count => Ok(Content::Records { count, end: record.offset, torn }),
    }
}
