//! Documents on which the reader of results was tried, and those that a hunt guided by coverage has found (`tests/fuzz/run`).
#![allow(clippy::unwrap_used)] // a test may panic

#[path = "fuzz/oracle.rs"]
mod oracle;

use std::path::Path;

#[test]
fn what_holds_of_every_document_holds_of_those_found() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut documents = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let document = std::fs::read(&path).unwrap();
        assert!(std::panic::catch_unwind(|| oracle::check(&document)).is_ok(), "{}", path.display());
        documents += 1;
    }
    assert!(documents > 100, "{documents} documents");
}
