//! The format: text, one record a line, written at the end only.
//!
//! ```text
//! # paultrap journal 1: crc32 sequence json
//! 50ad29fa 0 {"batch":"b7"}
//! e39819e2 1 {"intent":17}
//! ```
//!
//! * The first line is [`MAGIC`], always the same, and ends in the number of the format before the colon.
//! * Every other line is a record: eight lower-case hexadecimal digits, a space, the record's number in decimal, a space, a JSON
//!   text without line feeds, a line feed. Numbers count from 0 without gaps; record 0 is the caller's header.
//! * The checksum is zlib's CRC-32 (that of gzip and PNG) of everything between the first space and the line feed, both
//!   excluded; `python3 -c 'import zlib; print("%08x" % zlib.crc32(b"1 {}"))'` computes one.
//! * A last line that is incomplete or does not match its checksum is what a crash leaves of a record that was never
//!   acknowledged; it is cut off. Anything else that does not match is damage, and refused.
//! * What a crash leaves of a journal's very first write becomes a new one: an empty file, the beginning of the first line, or the
//!   first line and the beginning of record 0 without its line feed. Nothing else does, so that no file of another kind is lost.

/// The first line of every journal.
pub(super) const MAGIC: &[u8] = b"# paultrap journal 1: crc32 sequence json\n";
/// How the first line begins in every format there will be.
pub(super) const FAMILY: &[u8] = b"# paultrap journal ";
/// The format of this version.
pub(super) const FORMAT: u32 = 1;
/// The longest line, bytes: as much as the largest answer the client takes, and that is read back into memory at once.
pub(super) const LONGEST: usize = 64 << 20;
/// How long a checksum and its space are.
const CHECKSUM: usize = 9;

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::executor) struct Position {
    pub(super) sequence: u64,
    pub(super) offset: u64,
    pub(super) length: u32,
}

impl Position {
    /// Where its line begins, bytes from the beginning of the file.
    pub(in crate::executor) fn offset(self) -> u64 {
        self.offset
    }

    /// The end of its line, line feed included.
    pub(super) fn end(self) -> u64 {
        self.offset + u64::from(self.length)
    }
}

/// Writes one line and says how long it is; nothing is written if the text cannot be a record.
pub(super) fn encode(sequence: u64, json: &[u8], lines: &mut Vec<u8>) -> Result<u32, String> {
    if let Some(at) = json.iter().position(|byte| *byte == b'\n') {
        return Err(format!("byte {at} of the record is a line feed, and a record is one line"));
    }
    let number = format!("{sequence} ");
    let length = CHECKSUM + number.len() + json.len() + 1;
    if length > LONGEST {
        return Err(format!("the record has {} bytes, a line has at most {LONGEST}", json.len()));
    }
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(number.as_bytes());
    checksum.update(json);
    lines.extend_from_slice(format!("{:08x} {number}", checksum.finalize()).as_bytes());
    lines.extend_from_slice(json);
    lines.push(b'\n');
    Ok(u32::try_from(length).expect("LONGEST fits"))
}

/// The number and the text of a line without its line feed. What is in the line is not repeated: it may be anybody's file.
pub(super) fn decode(line: &[u8]) -> Result<(u64, &[u8]), &'static str> {
    let parts = Parts::of(line).ok_or("the line is not `crc32 sequence json`")?;
    if !parts.match_checksum() {
        return Err("the line does not match its checksum");
    }
    Ok((parts.sequence, parts.json))
}

/// A line that has the right shape.
struct Parts<'a> {
    checksum: u32,
    checked: &'a [u8],
    sequence: u64,
    json: &'a [u8],
}

impl Parts<'_> {
    fn of(line: &[u8]) -> Option<Parts<'_>> {
        let (checksum, checked) = checksum(line)?;
        let space = checked.iter().take(21).position(|byte| *byte == b' ')?; // u64::MAX has 20 digits
        let digits = std::str::from_utf8(&checked[..space]).ok()?;
        let sequence = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        Some(Parts { checksum, checked, sequence, json: &checked[space + 1..] })
    }

    fn match_checksum(&self) -> bool {
        crc32fast::hash(self.checked) == self.checksum
    }
}

fn checksum(line: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, body) = line.split_at_checked(CHECKSUM)?;
    let (space, digits) = digits.split_last()?;
    let lower = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let digits = std::str::from_utf8(digits).ok().filter(|_| *space == b' ' && digits.iter().all(lower))?;
    Some((u32::from_str_radix(digits, 16).ok()?, body))
}

/// Whether a later record hides in a bad line: then a line feed was lost, and the line is no torn tail.
pub(super) fn hides_a_record(line: &[u8], sequence: u64) -> bool {
    const MOST: usize = 100; // a text made of nothing but numbers must not cost a checksum at each of them
    let later = (1..line.len()).filter_map(|start| Parts::of(&line[start..])).filter(|parts| parts.sequence > sequence);
    later.take(MOST).any(|parts| parts.match_checksum())
}

/// Whether this could be the beginning of a line of record 0, and nothing but that.
pub(super) fn begins_a_header(line: &[u8]) -> bool {
    const DIGIT: u8 = b'x';
    let expected = [DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, b' ', b'0', b' '];
    line.iter().zip(expected).all(|(given, expected)| match expected {
        DIGIT => given.is_ascii_digit() || (b'a'..=b'f').contains(given),
        _ => *given == expected,
    })
}
