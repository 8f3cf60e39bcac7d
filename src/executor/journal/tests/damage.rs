//! Bytes that changed, files that end too early, and files that never were journals.

use super::*;

/// Where each line begins, the first line's included.
fn lines(bytes: &[u8]) -> Vec<usize> {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let mut starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
    starts.pop();
    starts
}

#[test]
fn a_changed_byte_is_refused_where_it_is_or_in_the_last_record_cut_off() {
    let (given, bytes) = written(29); // and the header
    let starts = lines(&bytes);
    assert_eq!(starts.len(), 31);
    for at in 0..bytes.len() {
        let line = starts.iter().rposition(|start| *start <= at).unwrap();
        for flip in [1, 2, 4, 8, 16, 32, 64, 128, 255, bytes[at] ^ b'\n', bytes[at]] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            if changed == bytes {
                continue;
            }
            let storage = Memory::of(&changed);
            match open(&storage) {
                Ok((_, opened, records)) => {
                    assert_eq!(line, 30, "byte {at} changed by {flip} went unnoticed");
                    assert_eq!(opened.repaired, Some((bytes.len() - starts[30]) as u64));
                    assert!(records.into_iter().skip(1).map(|(_, json)| json).eq(given[..28].iter().cloned()));
                    assert_eq!(storage.bytes(), bytes[..starts[30]]);
                    continue;
                }
                Err(JournalError::Corrupt { offset, .. }) => assert_eq!(offset as usize, starts[line], "byte {at} changed by {flip}"),
                Err(JournalError::NotAJournal { .. } | JournalError::Format { .. }) => assert_eq!(line, 0),
                Err(error) => panic!("{error}"),
            }
            assert_eq!(storage.bytes(), changed);
        }
    }
}

#[test]
fn a_journal_cut_off_anywhere_has_the_records_that_are_whole_and_says_how_much_was_torn() {
    let (given, bytes) = written(12);
    let starts = lines(&bytes);
    for length in 0..=bytes.len() {
        let storage = Memory::of(&bytes[..length]);
        let (_, opened, records) = open(&storage).unwrap();
        let whole = bytes[..length].iter().filter(|byte| **byte == b'\n').count(); // lines
        let torn = if whole == 0 { 0 } else { length - starts.get(whole).unwrap_or(&bytes.len()) };
        assert_eq!(opened, Opened { created: whole < 2, repaired: (torn > 0).then_some(torn as u64) }, "{length} bytes");
        assert!(records.into_iter().skip(1).map(|(_, json)| json).eq(given[..whole.saturating_sub(2)].iter().cloned()));
        assert_eq!(storage.bytes(), bytes[..starts.get(whole.max(2)).copied().unwrap_or(bytes.len())], "{length} bytes");
    }
}

#[test]
fn a_last_record_of_which_only_the_length_arrived_is_cut_off() {
    let (given, bytes) = written(5);
    let last = *lines(&bytes).last().unwrap();
    for arrived in last..bytes.len() {
        for zeros in [bytes.len() - arrived, 4096] {
            let storage = Memory::of(&[&bytes[..arrived], &vec![0; zeros]].concat());
            let (_, opened, records) = open(&storage).unwrap();
            assert_eq!(opened.repaired, Some((arrived - last + zeros) as u64));
            assert!(records.into_iter().skip(1).map(|(_, json)| json).eq(given[..4].iter().cloned()));
        }
    }
}

#[test]
fn records_that_are_missing_doubled_or_exchanged_are_refused_even_at_the_end() {
    let (_, bytes) = written(6);
    let starts = lines(&bytes);
    let line = |index: usize| &bytes[starts[index]..starts.get(index + 1).copied().unwrap_or(bytes.len())];
    for (order, damaged) in [
        (vec![0, 1, 2, 4, 5, 6, 7], 3),
        (vec![0, 1, 2, 3, 4, 5, 7], 6),
        (vec![0, 1, 2, 3, 4, 5, 6, 7, 7], 8),
        (vec![0, 1, 2, 4, 3, 5, 6, 7], 3),
        (vec![0, 2], 1),
        (vec![0, 1, 0], 2),
        (vec![0, 1, 0, 1], 2),
    ] {
        let content: Vec<u8> = order.iter().flat_map(|index| line(*index)).copied().collect();
        let storage = Memory::of(&content);
        match open(&storage).map(|(_, opened, records)| (opened, records.len())) {
            Err(JournalError::Corrupt { offset, .. }) => {
                let before: usize = order[..damaged].iter().map(|index| line(*index).len()).sum();
                assert_eq!(offset as usize, before, "{order:?}");
                assert_eq!(storage.bytes(), content);
            }
            // The one case in which the damage is a last line that is no record.
            other => assert_eq!((order, other.unwrap().1), (vec![0, 1, 0], 1)),
        }
    }
}

#[test]
fn a_line_feed_lost_between_the_last_two_records_does_not_cost_both_of_them() {
    let (_, mut bytes) = written(6);
    let last = *lines(&bytes).last().unwrap();
    bytes.remove(last - 1);
    let error = open(&Memory::of(&bytes)).err().unwrap();
    assert!(error.to_string().contains("a later record follows within it"), "{error}");
    // As many candidates as a line has room for are no work without end.
    let many = [&bytes[..last - 1], &b"00000000 99 ".repeat(1 << 18)].concat();
    assert!(open(&Memory::of(&many)).unwrap().1.repaired.is_some());
}

#[test]
fn a_file_that_was_saved_by_an_editor_with_other_line_ends_is_refused() {
    let (_, bytes) = written(6);
    let text = String::from_utf8(bytes).unwrap();
    let (first, records) = text.split_once('\n').unwrap();
    for changed in [text.replace('\n', "\r\n"), format!("{first}\n{}", records.replace('\n', "\r\n")), format!("\u{feff}{text}")] {
        let storage = Memory::of(changed.as_bytes());
        assert!(matches!(open(&storage), Err(JournalError::Corrupt { .. } | JournalError::NotAJournal { .. })));
        assert_eq!(storage.bytes(), changed.as_bytes());
    }
}

#[test]
fn a_header_that_no_crash_can_have_left_is_refused() {
    let (_, bytes) = written(0);
    for tail in ["my notes", "deadbeef 1 {", "DEADBEEF 0 {", "deadbeef 0 {\"batch\":\"b7\"}\n", "\n", "\0\0\0", "0000000000"] {
        let content = [MAGIC, tail.as_bytes()].concat();
        let storage = Memory::of(&content);
        let error = open(&storage).err().unwrap_or_else(|| panic!("{tail:?} was taken for a torn header"));
        assert!(matches!(error, JournalError::Corrupt { offset, .. } if offset == MAGIC.len() as u64));
        assert_eq!(storage.bytes(), content);
    }
    let storage = Memory::of(&[MAGIC, b"deadbeef 0 {\"batch\":\"another, longer one"].concat());
    assert!(open(&storage).unwrap().1.created);
    assert_eq!(storage.bytes(), bytes);
}
