//! I9: a run that ends at any record of its journal, or in the middle of one, and is resumed comes to the same end.

use crate::draw::{Draw, Wrong};
use crate::folder;
use crate::play::{batch, cloud, ledger, run, virtually};
use crate::wire::{Crash, Witness};
use paultrap::client::{Mode, Poll, Retry};
use paultrap::outcome::Seed;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// Twelve circuits; the answers to some submissions are lost.
fn draw(pack: usize) -> Draw {
    let wrong = |what, when: &str| Wrong { on: "create_job", what, when: when.to_owned() };
    Draw {
        circuits: 12,
        workers: 4,
        pack,
        qpu: false,
        mode: Some(Mode::Effective),
        queue: Duration::from_secs(1),
        run: Duration::from_secs(2),
        cloud_workers: 2,
        poll: Poll { first: Duration::from_millis(50), growth: 1.3, longest: Duration::from_secs(5), batch: 25 },
        retry: Retry::local().seeded(Seed(1)),
        deadline: Duration::from_secs(600),
        ordered: false,
        delete: false,
        journal: true,
        faults: vec![wrong("\"drop_after\"", "nth = [3]"), wrong("{ status = 503 }", "nth = [5]")],
        lifted: Duration::ZERO,
        cuts: Vec::new(),
        ..Draw::new(1)
    }
}

/// What came of it: the journal, and the number of jobs.
async fn cut_off_and_resumed(draw: &Draw, path: &Path, records: usize, torn: bool) -> Result<(), String> {
    let (cloud, witness) = (cloud(draw), Witness::new());
    run(batch(draw, &cloud, &witness), draw.circuits, &witness, Some(path), Some(Crash::BeyondRecord(records))).await;
    tokio::time::sleep(Duration::from_secs(1)).await; // what was being written is written
    cut(path, records, torn);
    let report = run(batch(draw, &cloud, &witness), draw.circuits, &witness, Some(path), None).await.unwrap();
    for (k, circuit) in report.circuits.iter().enumerate() {
        let share = circuit.result.as_ref().map(|result| result.probabilities.get(k as u64)).map_err(ToString::to_string)?;
        if circuit.index != k || share != 1.0 {
            return Err(format!("circuit {k} is {} with {share}", circuit.index));
        }
    }
    let jobs: Vec<String> = ledger(&cloud).into_iter().map(|job| job.key.unwrap()).collect();
    let keys: BTreeSet<&String> = jobs.iter().collect();
    let expected = draw.circuits.div_ceil(draw.pack);
    if (report.circuits.len(), jobs.len(), keys.len()) != (12, expected, expected) || !report.duplicates.is_empty() {
        return Err(format!("{} circuits, {} jobs, {} keys, {:?}", report.circuits.len(), jobs.len(), keys.len(), report.duplicates));
    }
    if !witness.wrong().is_empty() {
        return Err(witness.wrong().join("; "));
    }
    Ok(())
}

/// Leaves so many records of a journal, the header being one, and half of the next.
fn cut(path: &Path, records: usize, torn: bool) {
    let bytes = std::fs::read(path).unwrap();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let mut kept = lines[..lines.len().min(records + 1)].concat();
    if let Some(next) = lines.get(records + 1).filter(|_| torn) {
        kept.extend_from_slice(&next[..next.len() / 2]);
    }
    std::fs::write(path, kept).unwrap();
}

#[test]
fn a_run_cut_off_at_any_record_of_its_journal_comes_to_the_same_end() {
    let folder = folder();
    for pack in [1, 4] {
        let (draw, whole) = (draw(pack), folder.path().join(format!("whole-{pack}")));
        let report = virtually(async {
            let witness = Witness::new();
            run(batch(&draw, &cloud(&draw), &witness), draw.circuits, &witness, Some(&whole), None).await.unwrap()
        });
        assert_eq!(report.failures(), 0);
        let records = std::fs::read_to_string(&whole).unwrap().lines().count() - 1;
        assert_eq!(records, 1 + 3 * 12 / pack, "a header, and intent, acceptance and end of each job");
        for (kept, torn) in (0..=records).flat_map(|kept| [(kept, false), (kept, true)]) {
            let path = folder.path().join(format!("{pack}-{kept}-{torn}"));
            let ended = virtually(cut_off_and_resumed(&draw, &path, kept, torn));
            assert_eq!(ended, Ok(()), "pack {pack}, {kept} of {records} records, torn: {torn}");
        }
    }
}
