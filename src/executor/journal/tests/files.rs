//! Real files: locks, permissions, devices, folders, and files of the user's.

use super::*;
use std::path::PathBuf;
use std::process::Command;

fn open_file(path: &Path) -> Result<(Log, Opened, Vec<Vec<u8>>), JournalError> {
    let mut records = Vec::new();
    let (log, opened) = Log::open(path, HEADER, |_, json| {
        records.push(json.to_vec());
        Ok(())
    })?;
    Ok((log, opened, records))
}

fn refused(path: &Path) -> JournalError {
    open_file(path).err().unwrap_or_else(|| panic!("{} was opened", path.display()))
}

/// A folder for a test's files, removed afterwards, and the name of a journal in it.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("batch.journal");
    (folder, path)
}

#[test]
fn a_file_is_created_written_torn_and_opened_again_as_any_storage_is() {
    let (_folder, path) = folder();
    let given: Vec<_> = (0..5).map(record).collect();
    let (log, opened, _) = open_file(&path).unwrap();
    assert_eq!(opened, Opened { created: true, repaired: None });
    let positions = append_all(&log, &given).unwrap();
    assert!(positions.iter().zip(&given).all(|(position, text)| log.read(*position).unwrap() == *text));
    drop(log);
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes, written(5).1);
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let (log, opened, records) = open_file(&path).unwrap();
    assert!(!opened.created && opened.repaired.is_some());
    assert_eq!(records[1..], given[..4]);
    append_all(&log, &given[4..]).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[cfg(unix)]
#[test]
fn a_journal_is_for_its_owners_eyes_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    let _log = open_file(&path).unwrap();
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_empty_file_becomes_a_journal() {
    let (_folder, path) = folder();
    std::fs::write(&path, "").unwrap();
    assert!(open_file(&path).unwrap().1.created);
    assert_eq!(std::fs::read(path).unwrap(), written(0).1);
}

#[test]
fn a_file_of_the_users_is_refused_untouched_and_unquoted() {
    let (_folder, path) = folder();
    for content in
        ["{\"qubits\": 2, \"circuit\": []}", "OPENQASM 3.0;\n", "IONQ_API_KEY=secret\n", "#", "7", "# paultrap's notes\n", "\0\0\0\0"]
    {
        std::fs::write(&path, content).unwrap();
        if content == "#" {
            continue; // the one text of which nothing is lost: a journal begins with it
        }
        let error = refused(&path);
        assert!(matches!(error, JournalError::NotAJournal { .. }), "{content:?}: {error}");
        assert!(error.to_string().contains("it was not changed") && !format!("{error:?}{error}").contains("secret"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn a_second_opener_is_refused_until_the_last_copy_of_the_first_is_gone() {
    let (_folder, path) = folder();
    let (log, ..) = open_file(&path).unwrap();
    let copy = log.clone();
    assert!(matches!(refused(&path), JournalError::Locked { path: named } if named == path));
    drop(log);
    assert!(matches!(refused(&path), JournalError::Locked { .. }));
    append_all(&copy, &[record(0)]).unwrap();
    drop(copy);
    assert_eq!(open_file(&path).unwrap().2.len(), 2);
}

/// The second process is this test once more, in the journal's folder and told by a variable that it is the second.
#[test]
fn a_second_process_is_refused_too_and_gets_it_afterwards() {
    const VARIABLE: &str = "PAULTRAP_TEST_JOURNAL";
    const NAME: &str = "executor::journal::tests::files::a_second_process_is_refused_too_and_gets_it_afterwards";
    if let Some(path) = std::env::var_os(VARIABLE) {
        match open_file(Path::new(&path)) {
            Ok((_, _, records)) => println!("second process: {} records", records.len()),
            Err(error) => println!("second process: {error}"),
        }
        return;
    }
    let (folder, path) = folder();
    let name = path.file_name().unwrap();
    let second = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output = command.args([NAME, "--exact", "--nocapture"]).current_dir(folder.path()).env(VARIABLE, name).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().find_map(|line| line.split_once("second process: ")).unwrap_or_else(|| panic!("{text}")).1.to_owned()
    };
    let (log, ..) = open_file(&path).unwrap();
    append_all(&log, &[record(0)]).unwrap();
    assert_eq!(second(), "journal batch.journal is in use by another run: wait until that has ended, or give another file");
    drop(log);
    assert_eq!(second(), "2 records");
}

#[test]
fn a_folder_a_device_and_a_place_that_is_none_are_refused_by_name() {
    let (folder, path) = folder();
    let error = refused(folder.path());
    assert!(error.to_string().contains("is no journal: it is a folder"), "{error}");
    let error = refused(&path.join("below"));
    assert!(error.to_string().contains("below: could not open or create the file"), "{error}");
    std::fs::write(&path, "").unwrap();
    let error = refused(&path.join("below"));
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
    #[cfg(unix)]
    for device in ["/dev/full", "/dev/null", "/dev/zero"] {
        let error = refused(Path::new(device));
        assert_eq!(
            error.to_string(),
            format!(
                "{device} is no journal: it is a device, a pipe or a socket; it was not changed: \
                 give the name of a journal or of a file that does not exist yet"
            )
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_may_not_be_written_to_is_refused_by_the_files_name() {
    // Not even root may create a file there.
    let error = refused(Path::new("/sys/batch.journal"));
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
    assert!(error.to_string().starts_with("journal /sys/batch.journal: could not open or create the file: "), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_journal_is_that_journal_and_a_link_to_nothing_creates_nothing() {
    let (folder, path) = folder();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(refused(&link), JournalError::Io { .. }));
    assert!(!path.exists());
    let (log, ..) = open_file(&path).unwrap();
    assert!(matches!(refused(&link), JournalError::Locked { .. }));
    drop(log);
    assert!(!open_file(&link).unwrap().1.created);
}
