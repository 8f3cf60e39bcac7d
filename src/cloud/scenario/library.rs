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
    "A-01", "D-10",
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
        let files: BTreeSet<String> = folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        let built_in: BTreeSet<String> = FILES.iter().map(|(name, _)| format!("{name}.toml")).collect();
        assert_eq!(files, built_in);
        assert!(FILES.is_sorted());
        for (name, text) in FILES {
            assert_eq!(Scenario::parse(text).err(), None, "{name}");
        }
        assert_eq!(all().count(), FILES.len());
    }
}
