//! Power fails at every moment, every operation fails once.

use super::*;
use std::io::ErrorKind;
use storage_in_memory::Fault;
use tokio::task::JoinSet;

/// 20 tasks append three records each, and rely on each as soon as it is acknowledged. The texts in the order of their numbers.
fn batch(storage: &Arc<Memory>) -> (Vec<Vec<u8>>, Vec<JournalError>) {
    let (log, opened, _) = open(storage).unwrap();
    assert!(opened.created);
    let mut records = Vec::new();
    let mut errors = Vec::new();
    paused().block_on(async {
        let mut tasks = JoinSet::new();
        for circuit in 0..20 {
            let (log, storage) = (log.clone(), storage.clone());
            tasks.spawn(async move {
                let mut told = Vec::new();
                for text in (0..3).map(|step| record(circuit * 10 + step)) {
                    let position = log.append(&text).await.map_err(|error| (told.clone(), error))?;
                    storage.acknowledge(position.sequence);
                    told.push((position.sequence, text));
                }
                Ok(told)
            });
        }
        for outcome in tasks.join_all().await {
            let told = outcome.unwrap_or_else(|(told, error)| {
                errors.push(error);
                told
            });
            records.extend(told);
        }
    });
    records.sort();
    assert!(
        records.iter().enumerate().all(|(index, (sequence, _))| *sequence == index as u64 + 1),
        "records were acknowledged out of order"
    );
    (records.into_iter().map(|(_, text)| text).collect(), errors)
}

/// What a file holds after a crash: opened, one more record written, opened again.
fn recovered(content: &[u8], more: &[u8]) -> (Vec<Vec<u8>>, Arc<Memory>) {
    let storage = Memory::of(content);
    storage.remember();
    let (log, _, records) = open(&storage).unwrap();
    let records: Vec<Vec<u8>> = records.into_iter().skip(1).map(|(_, json)| json).collect();
    append_all(&log, &[more.to_vec()]).unwrap();
    let again = texts(&storage);
    assert_eq!((&again[..again.len() - 1], again.last().unwrap()), (&records[..], &more.to_vec()));
    (records, storage)
}

#[test]
fn whenever_the_power_fails_what_was_acknowledged_is_there_and_what_is_there_was_written_in_this_order() {
    let storage = Memory::of(b"");
    storage.remember();
    let (given, errors) = batch(&storage);
    assert_eq!((given.len(), errors.len()), (60, 0));
    let mut seen = std::collections::BTreeSet::new();
    for moment in storage.moments() {
        let acknowledged = moment.acknowledged.iter().max().copied().unwrap_or(0) as usize;
        for content in moment.contents() {
            let (records, _) = recovered(&content, b"\"more\"");
            assert!(given.starts_with(&records), "{} bytes", content.len());
            assert!(records.len() >= acknowledged, "{} of {acknowledged} records in {} bytes", records.len(), content.len());
            seen.insert(content.len());
        }
    }
    assert!(seen.iter().copied().eq(0..=storage.bytes().len()), "every length was a crash");
}

#[test]
fn a_power_failure_while_a_torn_record_is_repaired_does_no_harm_either() {
    let (given, bytes) = written(4);
    let (_, whole) = written(3);
    for torn in whole.len() + 1..bytes.len() {
        let (records, storage) = recovered(&bytes[..torn], b"\"more\"");
        assert_eq!(records, given[..3]);
        for content in storage.moments().iter().flat_map(storage_in_memory::Moment::contents) {
            let (records, _) = recovered(&content, b"\"again\"");
            assert!(records == given[..3] || records[..3] == given[..3] && records[3..] == [b"\"more\""], "{torn}");
        }
    }
}

#[test]
fn after_any_failed_operation_nothing_is_written_ever_again_and_everybody_gets_the_same_error() {
    let untroubled = Memory::of(b"");
    open(&untroubled).unwrap();
    let kinds = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge, ErrorKind::Other, ErrorKind::TimedOut];
    let faults = kinds.into_iter().flat_map(|kind| [Fault::Fails(kind), Fault::HalfThenFails(kind)]);
    for fault in faults.chain([Fault::Nothing]) {
        for nth in 0.. {
            let storage = Memory::of(b"");
            let (log, ..) = open(&storage).unwrap();
            storage.fail(nth, fault);
            let acknowledged: Vec<_> = (0..10).map_while(|number| append_all(&log, &[record(number)]).ok()).collect();
            if acknowledged.len() == 10 {
                assert!(nth >= 19, "operation {nth} was to fail: {fault:?}");
                break;
            }
            let changes = storage.changes();
            let errors = [&b"99"[..], b"a good one", b"and one\nthat is none"];
            let errors = errors.map(|text| append_all(&log, &[text.to_vec()]).unwrap_err().to_string());
            assert!(errors.iter().all(|error| *error == errors[0] && error.contains(PATH)), "{errors:?}");
            assert_eq!(storage.changes(), changes, "something was tried again: {fault:?} at {nth}");
            let records = texts(&storage);
            let given: Vec<_> = (0..10).map(record).collect();
            assert!(given.starts_with(&records) && records.len() >= acknowledged.len(), "{fault:?} at {nth}");
        }
    }
}

#[test]
fn all_who_wait_when_a_write_or_sync_fails_are_told_and_with_the_kind_of_error_it_was() {
    for (nth, kind, expected) in [
        (0, ErrorKind::StorageFull, "no room for journal runs/batch.journal: could not write to the file: no storage space"),
        (1, ErrorKind::StorageFull, "no room for journal runs/batch.journal: could not make it durable: no storage space"),
        (0, ErrorKind::Other, "journal runs/batch.journal: could not write to the file: other error"),
        (1, ErrorKind::Other, "journal runs/batch.journal could not be made durable: other error; check the disk"),
        (1, ErrorKind::Interrupted, "journal runs/batch.journal could not be made durable: operation interrupted"),
    ] {
        let storage = Memory::of(b"");
        // The header is written by two operations, the log's own open.
        storage.fail(2 + nth, Fault::Fails(kind));
        let (given, errors) = batch(&storage);
        assert_eq!((given.len(), errors.len()), (0, 20));
        assert!(errors.iter().all(|error| error.to_string().starts_with(expected)), "{}", errors[0]);
    }
}

#[test]
fn an_interrupted_or_short_write_is_completed() {
    for fault in [Fault::Half, Fault::HalfThenFails(ErrorKind::Interrupted), Fault::Fails(ErrorKind::Interrupted)] {
        for write in 0..5 {
            let storage = Memory::of(b"");
            let given: Vec<_> = (0..5).map(record).collect();
            let (log, ..) = open(&storage).unwrap();
            storage.fail(2 * write, fault); // a write and a sync each
            append_all(&log, &given).unwrap();
            assert_eq!(texts(&storage), given);
        }
    }
}

#[test]
fn a_failure_while_opening_is_an_error_and_opening_again_later_works() {
    let (given, bytes) = written(4);
    for content in [&bytes[..bytes.len() - 5], &bytes[..], &MAGIC[..10], &bytes[..MAGIC.len() + 15]] {
        let untroubled = Memory::of(content);
        let records = texts(&untroubled);
        for nth in 0..untroubled.changes() {
            for fault in [Fault::Fails(ErrorKind::StorageFull), Fault::HalfThenFails(ErrorKind::Other)] {
                let storage = Memory::of(content);
                storage.fail(nth, fault);
                assert!(open(&storage).is_err(), "{fault:?} at {nth}");
                assert_eq!(texts(&storage), records);
                assert!(given.starts_with(&records));
            }
        }
    }
}
