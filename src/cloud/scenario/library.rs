//! The built-in scenarios, one file each in `fixtures/scenarios`.

use super::{Scenario, ScenarioError};

/// Name and text of each file.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../fixtures/scenarios/", $name, ".toml")))),*]
    };
}

/// In the order of their names.
#[rustfmt::skip]
const FILES: &[(&str, &str)] = files![
    "A-01", "A-02", "A-03", "A-04", "A-05", "A-05-silent", "A-06", "A-07", "A-08", "A-08-infinity", "A-09", "A-10", "A-11", "A-13",
    "A-14", "A-16", "A-17", "A-18", "A-18-html", "A-18-null", "A-18-strings", "A-18-wrapped", "A-19", "A-21", "B-01", "B-02",
    "B-03", "B-04", "B-05", "B-06", "C-01", "C-02", "C-03", "C-04", "C-07", "C-08", "C-10", "D-01", "D-01-status", "D-02",
    "D-02-get", "D-03", "D-03-create", "D-04", "D-04-500", "D-04-520", "D-05", "D-06", "D-08", "D-08-quota", "D-09", "D-09-html",
    "D-10", "D-10-null", "D-11", "D-12", "D-12-stats", "D-13", "E-01", "E-02", "E-03", "E-03-null", "E-05", "F-01", "F-02", "F-03",
    "F-04", "F-07", "G-04", "chaos", "flaky", "lost-answers", "noisy-network", "slow",
];

pub(super) fn named(name: &str) -> Result<Scenario, ScenarioError> {
    let found = FILES.iter().find(|(known, _)| *known == name);
    let unknown = || ScenarioError::Unknown { given: name.chars().take(64).collect() };
    found.map(|&(name, text)| read(name, text)).ok_or_else(unknown)
}

pub(super) fn all() -> impl Iterator<Item = Scenario> {
    FILES.iter().map(|&(name, text)| read(name, text))
}

/// The names, for messages.
pub(super) fn names() -> String {
    FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn read(name: &str, text: &str) -> Scenario {
    let read = Scenario::parse(text).expect("built-in scenarios parse, see the test below");
    Scenario { name: Some(name.to_owned()), ..read }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_of_the_folder_is_built_in_and_parses() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/scenarios")).unwrap();
        let names = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = names.filter(|name| name.ends_with(".toml")).collect();
        let built_in: BTreeSet<String> = FILES.iter().map(|(name, _)| format!("{name}.toml")).collect();
        assert_eq!(files, built_in);
        assert!(FILES.is_sorted());
        for (name, text) in FILES {
            assert_eq!(Scenario::parse(text).err(), None, "{name}");
        }
        assert_eq!(all().count(), FILES.len());
    }
}
