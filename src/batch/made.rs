//! What a folder of outputs knows of how they were made: in a hidden file beside them, a line of JSON for each.
//!
//! A line counts as long as the output is the file that it was written for. Lines are appended as outputs appear, so
//! that a run that is broken off leaves those of what it made. Who needs none of them any more says so ([`Made::forget`]).

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use crate::error::{Error, Result};

/// The name of the file.
pub const FILE: &str = ".fmtconv-made.ndjson";
/// Lines that are out of date and may stay before the file is written anew.
const IDLE_MAX: usize = 1000;

/// How the outputs in a folder were made.
#[derive(Debug)]
pub struct Made {
    folder: PathBuf,
    /// Of this run.
    options: String,
    known: BTreeMap<String, Value>,
    /// Whether there were lines before this run.
    was_there: bool,
    /// The file, once a line was appended.
    file: Mutex<Option<File>>,
}

/// What is known of the options that an output was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Options {
    /// They are those of this run.
    Same,
    /// They are others, or of another version of the program.
    Other,
    /// Nothing is known: it was made by something else, or changed since.
    Unknown,
}

impl Made {
    /// Of the outputs in `folder`. `options`: those of this run, as a digest of all that shapes an output.
    ///
    /// # Errors
    /// `Io` if the file is there and cannot be read, or not be written anew.
    pub fn open(folder: &Path, options: impl Into<String>) -> Result<Self> {
        let path = folder.join(FILE);
        let failed =
            |error| Error::io("cannot read how the outputs were made", error).in_source(path.to_string_lossy());
        let (text, was_there) = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (Vec::new(), false),
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                return Err(Error::io("a file stands where a folder is wanted", error)
                    .in_source(folder.to_string_lossy())
                    .with_hint("name another folder"));
            }
            read => (read.map_err(failed)?, true),
        };
        let mut known = BTreeMap::new();
        // What is no line of ours says nothing: a run may have been broken off in the middle of one.
        let values = text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
        let mut lines = 0;
        for value in values {
            lines += 1;
            if let Some(output) = value.get("output").and_then(Value::as_str) {
                known.insert(output.to_owned(), value);
            }
        }
        let made =
            Made { folder: folder.to_owned(), options: options.into(), known, was_there, file: Mutex::default() };
        if lines > made.known.len() + IDLE_MAX || text.last().is_some_and(|last| *last != b'\n') {
            made.write_anew().map_err(failed)?;
        }
        Ok(made)
    }

    /// What is known of an output.
    pub fn options_of(&self, output: &Path) -> Options {
        let (Some(line), Ok(facts)) = (self.known.get(&self.name(output)), std::fs::metadata(output)) else {
            return Options::Unknown;
        };
        match line.get("options").and_then(Value::as_str) {
            Some(_) if !is_of(line, &facts) => Options::Unknown,
            Some(options) if options == self.options => Options::Same,
            Some(_) => Options::Other,
            None => Options::Unknown,
        }
    }

    /// Notes that an output was made by this run.
    ///
    /// # Errors
    /// `Io`.
    pub fn add(&self, output: &Path) -> Result<()> {
        let path = self.folder.join(FILE);
        let add = || {
            let facts = std::fs::metadata(output)?;
            let line = json!({"output": self.name(output), "options": self.options, "bytes": facts.len(),
                "modified": modified(&facts)});
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            let file = match &mut *file {
                Some(file) => file,
                none => none.insert(File::options().append(true).create(true).open(&path)?),
            };
            file.write_all(format!("{line}\n").as_bytes())
        };
        add().map_err(|error| Error::io("cannot note how the output was made", error).in_source(path.to_string_lossy()))
    }

    /// Takes the lines of this run away, if there were none before it: for a run that left nothing to do.
    ///
    /// # Errors
    /// `Io`.
    pub fn forget(self) -> Result<()> {
        let noted = self.file.into_inner().unwrap_or_else(PoisonError::into_inner).is_some();
        if self.was_there || !noted {
            return Ok(());
        }
        let path = self.folder.join(FILE);
        let failed = |error| Error::io("cannot take away how the outputs were made", error);
        std::fs::remove_file(&path).map_err(|error| failed(error).in_source(path.to_string_lossy()))
    }

    /// The path of an output from the folder.
    fn name(&self, output: &Path) -> String {
        output.strip_prefix(&self.folder).unwrap_or(output).to_string_lossy().into_owned()
    }

    fn write_anew(&self) -> std::io::Result<()> {
        let lines: String = self.known.values().map(|line| format!("{line}\n")).collect();
        let part = self.folder.join(format!("{FILE}.{}.part", std::process::id()));
        std::fs::write(&part, lines)?;
        std::fs::rename(part, self.folder.join(FILE))
    }
}

/// Whether a file is the one that a line was written for.
fn is_of(line: &Value, facts: &Metadata) -> bool {
    line.get("bytes").and_then(Value::as_u64) == Some(facts.len())
        && line.get("modified").and_then(Value::as_str) == Some(modified(facts).as_str())
}

/// When a file was changed last, to the nanosecond.
fn modified(facts: &Metadata) -> String {
    let since = facts.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{}.{:09}", since.as_secs(), since.subsec_nanos())
}

#[cfg(test)]
mod tests;
