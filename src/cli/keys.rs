//! The file of `--keys`: whose keys a server takes, and what they open.
//!
//! Messages name the file, the entry and the field, and repeat nothing of what stands there: it may be a key.

use super::Stop;
use crate::api::ApiKey;
use crate::cloud::Credential;
use crate::device::{Catalog, canonical};
use std::path::Path;
use toml::{Table, Value};

/// The fields of an entry.
const FIELDS: [&str; 8] = ["env", "key", "name", "project", "organization", "revoked", "admin", "backends"];

/// What is wrong with a key that can never arrive.
const UNSENDABLE: &str = "the key is not of visible ASCII characters, and no header can carry it";

/// Those whose keys a server takes: of arguments, and of a file. Every key once.
pub(super) fn all(arguments: Vec<ApiKey>, file: Option<&Path>, catalog: &Catalog) -> Result<Vec<Credential>, Stop> {
    for (index, key) in arguments.iter().enumerate() {
        let number = index + 1;
        if !key.is_sendable() {
            return Err(Stop::Input(format!("--api-key {number}: {UNSENDABLE}")));
        }
        if let Some(same) = arguments[..index].iter().position(|other| other.matches(key)) {
            return Err(Stop::Input(format!("--api-key {number}: it is the same as --api-key {}", same + 1)));
        }
    }
    let entries = file.map(|file| read(file, catalog)).transpose()?.unwrap_or_default();
    for (index, entry) in entries.iter().enumerate() {
        if let (Some(file), Some(same)) = (file, arguments.iter().position(|key| key.matches(&entry.key))) {
            return Err(Stop::Input(format!("{}: key {}: it is the same as --api-key {}", file.display(), index + 1, same + 1)));
        }
    }
    let of_file = entries.into_iter().map(|entry| entry.credential);
    Ok(arguments.into_iter().map(Credential::new).chain(of_file).collect())
}

/// Reads a file of `[[key]]` entries.
fn read(file: &Path, catalog: &Catalog) -> Result<Vec<Entry>, Stop> {
    let fail = |problem: String| Stop::Input(format!("{}: {problem}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
    let keys = parse(&text, catalog, |name| std::env::var(name).ok()).map_err(fail)?;
    if keys.iter().any(|key| key.written) && is_open_to_others(file) {
        return Err(fail("it has keys in it and others may read it: chmod 600, or name environment variables with env".to_owned()));
    }
    Ok(keys)
}

/// An entry.
struct Entry {
    key: ApiKey,
    credential: Credential,
    /// Whether the key itself stands in the file.
    written: bool,
}

fn parse(text: &str, catalog: &Catalog, env: impl Fn(&str) -> Option<String>) -> Result<Vec<Entry>, String> {
    // What toml says about a file quotes its lines.
    let table: Table = toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        format!("line {line} is no TOML")
    })?;
    let list = table.get("key").and_then(Value::as_array).filter(|list| !list.is_empty() && table.len() == 1);
    let list = list.ok_or("a file of keys has one [[key]] for each key, and nothing else")?;
    let mut entries: Vec<Entry> = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let number = index + 1;
        let table = value.as_table().ok_or_else(|| format!("key {number} is no table, write [[key]]"))?;
        let entry = entry(table, catalog, &env).map_err(|problem| format!("key {number}: {problem}"))?;
        if let Some(same) = entries.iter().position(|other| other.key.matches(&entry.key)) {
            return Err(format!("key {number}: it is the same as key {}", same + 1));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(table: &Table, catalog: &Catalog, env: impl Fn(&str) -> Option<String>) -> Result<Entry, String> {
    if table.keys().any(|field| !FIELDS.contains(&field.as_str())) {
        return Err(format!("there is a field that is none of {}", FIELDS.join(", ")));
    }
    let text = |field: &'static str| match table.get(field) {
        None => Ok(None),
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.trim())),
        Some(_) => Err(format!("{field} is not a text")),
    };
    let (key, written) = match (text("key")?, text("env")?) {
        (Some(key), None) => (key.to_owned(), true),
        (None, Some(name)) => (env(name).ok_or_else(|| format!("the environment has no {}", shown(name)))?.trim().to_owned(), false),
        (None, None) => return Err("env with the name of an environment variable is needed, or key".to_owned()),
        (Some(_), Some(_)) => return Err("env and key are both there, one is needed".to_owned()),
    };
    let key = ApiKey::new(key);
    if !key.is_sendable() {
        return Err(UNSENDABLE.to_owned());
    }
    let mut credential = Credential::new(key.clone());
    if let Some(name) = text("name")? {
        credential = credential.named(name);
    }
    if let Some(project) = text("project")? {
        credential = credential.project(project);
    }
    if let Some(organization) = text("organization")? {
        credential = credential.organization(organization);
    }
    if let Some(value) = table.get("backends") {
        credential = credential.backends(backends(value, catalog)?);
    }
    match table.get("admin") {
        None | Some(Value::Boolean(false)) => {}
        Some(Value::Boolean(true)) => credential = credential.admin(),
        Some(_) => return Err("admin is neither true nor false".to_owned()),
    }
    match table.get("revoked") {
        None | Some(Value::Boolean(false)) => {}
        Some(Value::Boolean(true)) => credential = credential.revoked(),
        Some(_) => return Err("revoked is neither true nor false".to_owned()),
    }
    Ok(Entry { key, credential, written })
}

fn backends(value: &Value, catalog: &Catalog) -> Result<Vec<String>, String> {
    let known = || catalog.all().map(|device| device.name.as_str()).collect::<Vec<_>>().join(", ");
    let name = |value: &Value| {
        let found = value.as_str().map(canonical).and_then(|name| catalog.find(name));
        found.map(|device| device.name.clone()).ok_or_else(|| format!("backends has a name that is none of {}", known()))
    };
    value.as_array().ok_or("backends is no list")?.iter().map(name).collect()
}

/// The name of a variable, or nothing if it does not look like one: somebody may have written the key itself there.
fn shown(name: &str) -> &str {
    let is_name = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if is_name { name } else { "variable of the name that env gives" }
}

/// Whether anybody but its owner may read or write a file.
#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "CANARY-9f";

    fn parsed(text: &str) -> Result<Vec<Entry>, String> {
        let env = |name: &str| (name == "ALICE_KEY").then(|| format!("{SECRET}-alice"));
        parse(&text.replace("SECRET", SECRET), Catalog::built_in(), env)
    }

    #[test]
    fn an_entry_takes_its_key_from_the_environment_or_from_the_file() {
        let entries = parsed(
            "[[key]]\nenv = \"ALICE_KEY\"\nname = \"alice\"\nproject = \"p\"\norganization = \"o\"\nbackends = [\"simulator\", \"qpu\"]\n\
             [[key]]\nkey = \"SECRET-bob\"\nrevoked = true",
        )
        .ok()
        .unwrap();
        assert!(entries[0].key.matches(&ApiKey::new(format!("{SECRET}-alice"))) && !entries[0].written);
        assert!(entries[1].key.matches(&ApiKey::new(format!("{SECRET}-bob"))) && entries[1].written);
        let shown = format!("{:?}", entries[0].credential);
        assert!(shown.contains("alice") && shown.contains("qpu.aria-1") && !shown.contains(SECRET), "{shown}");
    }

    #[test]
    fn whatever_is_wrong_is_named_and_no_key_is_repeated() {
        for (text, problem) in [
            ("", "a file of keys has one [[key]] for each key, and nothing else"),
            ("[keys]\nSECRET = true", "a file of keys has one [[key]] for each key, and nothing else"),
            ("[[key]]\nkey = \"SECRET\"\n[SECRET]", "a file of keys has one [[key]] for each key, and nothing else"),
            ("key = [\"SECRET\"]", "key 1 is no table, write [[key]]"),
            ("[[key]]\nname = \"a\"\nkey = \"SECRET", "line 3 is no TOML"),
            ("[[key]]\nkey = SECRET", "line 2 is no TOML"),
            ("[[key]]\nkey = \"SECRET\"\nSECRET = 1", "key 1: there is a field that is none of env, key, name"),
            ("[[key]]\nname = \"a\"", "key 1: env with the name of an environment variable is needed, or key"),
            ("[[key]]\nkey = \"SECRET\"\nenv = \"ALICE_KEY\"", "key 1: env and key are both there"),
            ("[[key]]\nkey = \"SECRET\"\n[[key]]\nkey = 5", "key 2: key is not a text"),
            ("[[key]]\nkey = \" \"", "key 1: key is not a text"),
            ("[[key]]\nkey = \"SECRET ü\"", "key 1: the key is not of visible ASCII characters"),
            ("[[key]]\nenv = \"NOBODYS_KEY\"", "key 1: the environment has no NOBODYS_KEY"),
            ("[[key]]\nenv = \"SECRET\"", "key 1: the environment has no variable of the name that env gives"),
            ("[[key]]\nkey = \"SECRET\"\nrevoked = \"SECRET\"", "key 1: revoked is neither true nor false"),
            ("[[key]]\nkey = \"SECRET\"\nbackends = \"SECRET\"", "key 1: backends is no list"),
            ("[[key]]\nkey = \"SECRET\"\nbackends = [\"qpu.SECRET\"]", "key 1: backends has a name that is none of simulator, "),
            ("[[key]]\nkey = \"SECRET\"\n[[key]]\nkey = \"SECRET\"", "key 2: it is the same as key 1"),
        ] {
            let error = parsed(text).err().unwrap_or_else(|| panic!("{text} is taken"));
            assert!(error.starts_with(problem), "{text}: {error}");
            assert!(!error.contains(SECRET), "{text}: {error}");
        }
    }
}
