//! What the tests of more than one outside surface need.
#![allow(dead_code)] // every test file uses its own part

use paultrap::circuit::{CircuitJson, Program};
use paultrap::outcome::Probabilities;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The JSON files of a fixture folder, in order.
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    files_ending(folder, "json")
}

/// The files of a fixture folder with that ending, in order.
pub(crate) fn files_ending(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == ending));
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// The file's name without its ending.
pub(crate) fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}

/// A circuit file of `fixtures/`, such as `circuits/qis/bell`.
pub(crate) fn program(name: &str) -> Program {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str::<CircuitJson>(&text).unwrap().program(None, None).unwrap()
}

/// The independently computed probabilities of a circuit, such as `qis/bell`.
pub(crate) fn expected(name: &str) -> BTreeMap<u64, f64> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/expected").join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))).unwrap()
}

/// Every outcome of either side within 1e-12 of the other.
pub(crate) fn assert_probabilities(what: &str, given: &Probabilities, expected: &BTreeMap<u64, f64>) {
    let keys = given.iter().map(|(key, _)| key).chain(expected.keys().copied());
    for key in keys {
        let (given, expected) = (given.get(key), expected.get(&key).copied().unwrap_or(0.0));
        assert!((given - expected).abs() < 1e-12, "{what}: outcome {key} has {given}, expected {expected}");
    }
}

/// The README has this text between `<!-- name -->` and `<!-- /name -->`. With `UPDATE_README=1` it gets it.
pub(crate) fn assert_in_readme(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&file).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let start = readme.find(&begin).unwrap_or_else(|| panic!("README.md has no {begin}")) + begin.len();
    let stop = start + readme[start..].find(&end).unwrap_or_else(|| panic!("README.md has no {end}"));
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&file, format!("{}{text}{}", &readme[..start], &readme[stop..])).unwrap();
    } else {
        assert_eq!(&readme[start..stop], text, "README.md is not what the code says; UPDATE_README=1 writes it anew");
    }
}
