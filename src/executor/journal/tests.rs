use super::log::{Log, Opened};
use super::record::{MAGIC, Position};
use super::*;
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use storage_in_memory::{Memory, Operation};

mod batches;
mod crashes;
mod damage;
mod files;
mod groups;
mod storage_in_memory;

const HEADER: &[u8] = br#"{"batch":"b7"}"#;
const PATH: &str = "runs/batch.journal";

/// Where a record is, and its text.
type Record = (Position, Vec<u8>);

/// A log over a storage, and what was in it, header and numbers checked on the way.
fn open(storage: &Arc<Memory>) -> Result<(Log, Opened, Vec<Record>), JournalError> {
    let mut records = Vec::new();
    let (log, opened) = Log::over(storage.clone(), Path::new(PATH), HEADER, |position, json| {
        assert_eq!(position.sequence, records.len() as u64);
        records.push((position, json.to_vec()));
        Ok(())
    })?;
    assert_eq!(opened.created, records.is_empty());
    assert!(records.first().is_none_or(|(_, header)| header == HEADER), "what was handed over first is not the header");
    Ok((log, opened, records))
}

/// The texts of a storage's records without the header.
fn texts(storage: &Arc<Memory>) -> Vec<Vec<u8>> {
    open(storage).unwrap().2.into_iter().skip(1).map(|(_, json)| json).collect()
}

/// A record like those to come.
fn record(number: usize) -> Vec<u8> {
    format!(r#"{{"accepted":{number},"id":"0b5d-{}"}}"#, number * number).into_bytes()
}

/// A runtime of one thread whose clock is paused.
fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Appends one text after the other.
fn append_all(log: &Log, texts: &[Vec<u8>]) -> Result<Vec<Position>, JournalError> {
    let one_by_one = async {
        let mut positions = Vec::new();
        for text in texts {
            positions.push(log.append(text).await?);
        }
        Ok(positions)
    };
    paused().block_on(one_by_one)
}

/// A journal of this many records besides its header, and its bytes.
fn written(records: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (storage, texts) = (Memory::of(b""), (0..records).map(record).collect::<Vec<_>>());
    append_all(&open(&storage).unwrap().0, &texts).unwrap();
    (texts, storage.bytes())
}

/// Any JSON text as serde_json writes it.
fn json() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from), // line feeds, NULs, emoji: escaped or not
    ];
    let value = leaf.prop_recursive(4, 32, 8, |inner| {
        let object = prop::collection::vec((any::<String>(), inner.clone()), 0..8).prop_map(|pairs| pairs.into_iter().collect());
        prop_oneof![prop::collection::vec(inner, 0..8).prop_map(Value::Array), object]
    });
    value.prop_map(|value| serde_json::to_vec(&value).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_json_text_comes_back_byte_for_byte_when_read_and_when_opened_again(given in prop::collection::vec(json(), 0..20)) {
        let storage = Memory::of(b"");
        let log = open(&storage).unwrap().0;
        let positions = append_all(&log, &given).unwrap();
        for (position, text) in positions.iter().zip(&given) {
            prop_assert_eq!(&log.read(*position).unwrap(), text);
        }
        let (_, opened, records) = open(&storage).unwrap();
        prop_assert_eq!(opened, Opened { created: given.is_empty() && opened.created, repaired: None });
        let (again, read): (Vec<_>, Vec<_>) = records.into_iter().skip(1).unzip();
        prop_assert_eq!(again, positions);
        prop_assert_eq!(read, given);
    }

    #[test]
    fn a_file_of_any_bytes_is_refused_and_left_alone_unless_it_is_a_piece_of_a_journal(bytes in any::<Vec<u8>>()) {
        let storage = Memory::of(&bytes);
        let outcome = open(&storage);
        if MAGIC.starts_with(&bytes) {
            prop_assert!(outcome.unwrap().1.created);
        } else {
            let refused = matches!(outcome, Err(JournalError::NotAJournal { .. }));
            prop_assert!(refused);
            prop_assert_eq!(storage.bytes(), bytes);
            prop_assert_eq!(storage.count(Operation::Write), 0);
        }
    }

    #[test]
    fn any_bytes_after_the_first_line_are_read_or_refused_without_a_panic(bytes in any::<Vec<u8>>()) {
        let storage = Memory::of(&[MAGIC, &bytes].concat());
        if let Err(error) = open(&storage) {
            let corrupt = matches!(error, JournalError::Corrupt { .. });
            prop_assert!(corrupt, "{error}");
            prop_assert_eq!(storage.bytes(), [MAGIC, &bytes].concat());
        }
    }
}

/// The checksums are Python's: `zlib.crc32(b'1 {"intent":17}')`.
const GOLDEN: &str = concat!(
    "# paultrap journal 1: crc32 sequence json\n",
    "50ad29fa 0 {\"batch\":\"b7\"}\n",
    "e39819e2 1 {\"intent\":17}\n",
    "26e3f3a8 2 {\"name\":\"ä \\n\"}\n",
);

#[test]
fn a_journal_of_format_1_is_written_as_it_is_documented_and_read_for_ever() {
    let records = [r#"{"intent":17}"#, r#"{"name":"ä \n"}"#].map(|text| text.as_bytes().to_vec());
    let storage = Memory::of(b"");
    append_all(&open(&storage).unwrap().0, &records).unwrap();
    assert_eq!(String::from_utf8(storage.bytes()).unwrap(), GOLDEN);
    assert_eq!(texts(&Memory::of(GOLDEN.as_bytes())), records);
}

#[test]
fn a_journal_of_a_later_format_is_refused_by_its_number() {
    for (first, given) in [("# paultrap journal 2: blake3 sequence json", "2"), ("# paultrap journal 17\nsomething else entirely", "17")] {
        let storage = Memory::of(first.as_bytes());
        let error = open(&storage).err().unwrap();
        assert!(matches!(&error, JournalError::Format { given: found, known: 1, .. } if found == given), "{error}");
        assert_eq!(storage.bytes(), first.as_bytes());
    }
}

#[test]
fn records_appended_after_opening_again_follow_those_before() {
    let (mut given, bytes) = written(3);
    let storage = Memory::of(&bytes);
    for number in 3..6 {
        let (log, ..) = open(&storage).unwrap();
        given.push(record(number));
        let position = append_all(&log, &given[number..]).unwrap()[0];
        assert_eq!((position.sequence, log.read(position).unwrap()), (number as u64 + 1, given[number].clone()));
    }
    assert_eq!(texts(&storage), given);
}

#[test]
fn a_text_that_is_no_single_line_or_too_long_is_refused_and_harms_nobody() {
    let (storage, good) = (Memory::of(b""), record(1));
    let (log, ..) = open(&storage).unwrap();
    let long = vec![b'1'; record::LONGEST];
    for (bad, word) in [(&b"{\n}"[..], "byte 1 of the record is a line feed"), (&long, "a line has at most 67108864")] {
        let error = append_all(&log, &[bad.to_vec()]).unwrap_err();
        assert!(matches!(error, JournalError::BadRecord { .. }) && error.to_string().contains(word), "{error}");
    }
    append_all(&log, std::slice::from_ref(&good)).unwrap();
    assert_eq!(texts(&storage), [good]);
    let refused = Log::over(Memory::of(b""), Path::new(PATH), b"{\n}", |_, _| Ok(())).err().unwrap();
    assert!(matches!(refused, JournalError::BadRecord { .. }), "{refused}");
}

#[test]
fn what_the_reader_objects_to_is_the_error_and_the_torn_tail_stays() {
    let (_, mut bytes) = written(5);
    bytes.truncate(bytes.len() - 3);
    for objected in 0..5 {
        let storage = Memory::of(&bytes);
        let mismatch = JournalError::Mismatch { path: PATH.into(), problem: "seed 1 was recorded, seed 2 was given".into() };
        let outcome = Log::over(storage.clone(), Path::new(PATH), HEADER, |position, _| match position.sequence {
            sequence if sequence == objected => Err(mismatch.clone()),
            sequence => {
                assert!(sequence < objected);
                Ok(())
            }
        });
        let error = outcome.err().unwrap();
        assert!(error.to_string().contains("seed 1 was recorded, seed 2 was given"), "{error}");
        assert_eq!(storage.bytes(), bytes);
    }
}

#[test]
fn a_hundred_thousand_records_are_read_in_small_pieces() {
    let mut bytes = [MAGIC, b"50ad29fa 0 {\"batch\":\"b7\"}\n"].concat();
    (1..100_000).for_each(|number| drop(record::encode(number, &record(number as usize), &mut bytes)));
    let (storage, mut count) = (Memory::of(&bytes), 0);
    Log::over(storage.clone(), Path::new(PATH), HEADER, |position, json| {
        count += 1;
        assert!(position.sequence == 0 || json == record(position.sequence as usize));
        Ok(())
    })
    .unwrap();
    assert_eq!(count, 100_000);
    assert!(storage.largest_read() <= 64 << 10, "{} bytes at once", storage.largest_read());
    assert_eq!((storage.count(Operation::Write), storage.bytes().len()), (0, bytes.len()));
}

#[test]
fn reading_a_record_again_finds_what_happened_to_it_meanwhile() {
    let storage = Memory::of(b"");
    let (log, ..) = open(&storage).unwrap();
    let positions = append_all(&log, &[record(1), record(2), record(1)]).unwrap();
    let bytes = storage.bytes();
    for (index, position) in positions.iter().enumerate() {
        let others = positions.iter().filter(|other| *other != position);
        let end = others.map(|other| other.offset()).find(|offset| *offset > position.offset()).unwrap_or(bytes.len() as u64);
        for at in position.offset()..end {
            let mut changed = bytes.clone();
            changed[at as usize] ^= 1;
            storage.set(changed);
            assert!(matches!(log.read(*position), Err(JournalError::Corrupt { offset, .. }) if offset == position.offset()), "{at}");
        }
        // Another record, whole and as long, in its place.
        let other = positions[(index + 1) % 2];
        let mut changed = bytes.clone();
        changed.copy_within(other.offset() as usize..other.end() as usize, position.offset() as usize);
        storage.set(changed);
        assert!(log.read(*position).unwrap_err().to_string().contains("another record is there now"));
        storage.set(bytes[..end as usize - 1].to_vec());
        assert!(matches!(log.read(*position), Err(JournalError::Corrupt { .. })), "{index}");
    }
}
