//! `--timeline`: where the picture goes.

use crate::cli::Stop;
use crate::executor::Timeline;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file for the timeline, and what it is to be.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Svg,
    Html,
    Json,
}

/// A place by the ending of its name.
pub(super) fn place(name: &str) -> Result<Place, String> {
    let path = PathBuf::from(name);
    let kind = match path.extension().and_then(|ending| ending.to_str()) {
        Some("svg") => Kind::Svg,
        Some("html") => Kind::Html,
        Some("json") => Kind::Json,
        _ => return Err("its ending says what is drawn: .svg is a picture, .html a page, .json a trace".to_owned()),
    };
    Ok(Place { path, kind })
}

/// The open file. What was there before stays until there is something new; a new file that nothing was written to is removed.
pub(super) struct Picture<'a> {
    place: &'a Place,
    file: File,
    is_new: bool,
}

impl Place {
    /// Refuses to draw over a file that the run reads or writes itself.
    pub(super) fn keep_off<'a>(&self, others: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Stop> {
        let same = |other: &&PathBuf| match (self.path.canonicalize(), other.canonicalize()) {
            (Ok(own), Ok(other)) => own == other,
            _ => self.path == **other,
        };
        match others.into_iter().find(same) {
            Some(other) => Err(Stop::Input(format!("--timeline {}: this run needs that file itself, give another", other.display()))),
            None => Ok(()),
        }
    }

    /// Opens the file, so that what cannot be written is known beforehand.
    pub(super) fn open(&self) -> Result<Picture<'_>, Stop> {
        let is_new = !self.path.exists();
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&self.path);
        let file = file.map_err(|error| Stop::Input(format!("--timeline {}: {error}", self.path.display())))?;
        Ok(Picture { place: self, file, is_new })
    }
}

impl Picture<'_> {
    pub(super) fn write(mut self, timeline: &Timeline) -> Result<(), Stop> {
        let text = match self.place.kind {
            Kind::Svg => timeline.svg(),
            Kind::Html => timeline.html(),
            Kind::Json => timeline.trace(),
        };
        let written = replace(&mut self.file, text.as_bytes());
        self.is_new &= written.is_err();
        written.map_err(|error| Stop::Trouble(format!("cannot write the timeline to {}: {error}", self.path().display())))
    }

    fn path(&self) -> &Path {
        &self.place.path
    }
}

fn replace(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    file.write_all(bytes)
}

impl Drop for Picture<'_> {
    fn drop(&mut self) {
        if self.is_new {
            let _ = std::fs::remove_file(self.path()); // an empty file is no harm
        }
    }
}
