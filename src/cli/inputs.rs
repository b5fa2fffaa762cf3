//! From what the user typed to sources: files, folders, globs, lists of names, standard input.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use globset::GlobBuilder;
use walkdir::{DirEntry, WalkDir};

use super::pipes::Pipes;
use crate::error::{Error, Result};
use crate::format::Registry;
use crate::input::data_extension;
use crate::schema::side_car::is_side_car;
use crate::source::Source;

/// A source, and the path that its output keeps below `--out-dir`.
pub struct Found {
    pub source: Source,
    pub relative: PathBuf,
}

/// What is looked for in folders.
pub struct Search<'a> {
    pub registry: &'a Registry,
    /// Whether files with an unknown extension count: when the format was named.
    pub any_extension: bool,
    /// A folder that is not looked into: where the outputs go.
    pub leave_out: Option<&'a Path>,
    /// Who has read standard input.
    pub pipes: &'a Pipes,
    /// Set when the run is to stop.
    pub cancelled: Arc<AtomicBool>,
}

/// Standard input that ends with an error once the run is to stop: whoever waits for it, or copies an endless stream to
/// a temporary file, looks at nothing else.
pub struct Stdin(pub Arc<AtomicBool>);

impl Read for Stdin {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.0.load(Ordering::Relaxed) {
                return Err(io::Error::other("interrupted"));
            }
            if is_ready()? {
                return read_stdin(into);
            }
        }
    }
}

/// Waits for standard input, but not for long: a signal may have come before the wait began.
#[cfg(unix)]
fn is_ready() -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    const WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
    let stdin = io::stdin();
    match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&WAIT)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Reads without the buffer of the standard library: of what is in there, waiting knows nothing.
#[cfg(unix)]
fn read_stdin(into: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(io::stdin(), into)?)
}

#[cfg(not(unix))]
fn is_ready() -> io::Result<bool> {
    Ok(true)
}

#[cfg(not(unix))]
fn read_stdin(into: &mut [u8]) -> io::Result<usize> {
    io::stdin().read(into)
}

/// Where a path came from.
enum Item {
    Stdin,
    /// Typed, or from a list.
    Plain(PathBuf),
    /// Found below the folder.
    Below(PathBuf, PathBuf),
}

impl Search<'_> {
    /// Everything that `typed` and the list name, in the order typed; what a folder or a glob gives is sorted.
    pub fn find(&self, typed: &[PathBuf], files_from: Option<&Path>) -> Result<Vec<Found>> {
        let mut items = Vec::new();
        for path in typed {
            if path.as_os_str() == "-" {
                items.push(Item::Stdin);
            } else if path.is_dir() {
                self.folder(path, &mut items)?;
            } else if let (false, Some(pattern)) = (path.exists(), path.to_str().filter(|text| is_glob(text))) {
                glob(pattern, &mut items)?;
            } else {
                items.push(Item::Plain(path.clone()));
            }
        }
        if let Some(list) = files_from {
            if list.as_os_str() == "-" {
                self.pipes.take_stdin()?;
            }
            items.extend(names(list)?);
        }
        if items.is_empty() {
            return Err(Error::usage("the list of inputs is empty"));
        }
        for _ in items.iter().filter(|item| matches!(item, Item::Stdin)) {
            self.pipes.take_stdin()?;
        }
        let plain = items.iter().filter_map(|item| match item {
            Item::Plain(path) => Some(path.as_path()),
            _ => None,
        });
        let ancestor = common_ancestor(plain);
        Ok(items
            .into_iter()
            .map(|item| match item {
                Item::Stdin => {
                    Found { source: Source::reader("-", Stdin(self.cancelled.clone())), relative: "stdin".into() }
                }
                Item::Plain(path) => {
                    let relative = path.strip_prefix(&ancestor).unwrap_or(&path).to_path_buf();
                    Found { source: Source::path(path), relative }
                }
                Item::Below(folder, path) => {
                    let relative = path.strip_prefix(&folder).unwrap_or(&path).to_path_buf();
                    Found { source: Source::path(path), relative }
                }
            })
            .collect())
    }

    fn folder(&self, folder: &Path, items: &mut Vec<Item>) -> Result<()> {
        let leave_out = self.leave_out.and_then(|path| path.canonicalize().ok());
        let is_left_out = |path: &Path| leave_out.is_some() && path.canonicalize().ok() == leave_out;
        let before = items.len();
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().filter_entry(|entry| {
            entry.depth() == 0 || !(is_hidden(entry) || entry.file_type().is_dir() && is_left_out(entry.path()))
        });
        for entry in walk {
            let Some(path) = file_of(entry, folder, false)? else { continue };
            let known = || data_extension(&path).is_some_and(|ext| self.registry.by_extension(&ext).is_some());
            if !is_side_car(&path) && (self.any_extension || known()) {
                items.push(Item::Below(folder.to_path_buf(), path));
            }
        }
        if items.len() > before {
            return Ok(());
        }
        let extensions: Vec<_> =
            self.registry.iter().flat_map(|format| format.info().extensions.iter().map(|(ext, _)| *ext)).collect();
        Err(Error::usage("no file in this folder has the extension of a format")
            .in_source(folder.to_string_lossy())
            .with_hint(format!("extensions: {}; or name the format with --from", extensions.join(", "))))
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    is_hidden_name(entry.file_name())
}

fn is_hidden_name(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// The path of a file, or of a link that leads nowhere: it fails alone, where it is opened. `None` for all else.
fn file_of(entry: walkdir::Result<DirEntry>, folder: &Path, hidden: bool) -> Result<Option<PathBuf>> {
    let error = match entry {
        Ok(entry) => return Ok(entry.file_type().is_file().then(|| entry.into_path())),
        Err(error) => error,
    };
    // What may be a folder is not passed over.
    let leads_nowhere = |path: &Path| {
        let found = std::fs::metadata(path).map_err(|error| error.kind());
        path.is_symlink() && found.is_err_and(|kind| kind != io::ErrorKind::PermissionDenied)
    };
    match error.path().filter(|path| leads_nowhere(path)) {
        Some(path) if !hidden && path.file_name().is_some_and(is_hidden_name) => Ok(None),
        Some(path) => Ok(Some(path.to_path_buf())),
        None => Err(walk_error(error, folder)),
    }
}

fn walk_error(error: walkdir::Error, folder: &Path) -> Error {
    let place = error.path().unwrap_or(folder).to_string_lossy().into_owned();
    let cause = error.into_io_error().unwrap_or_else(|| std::io::Error::other("a link leads back to a folder above"));
    Error::io("cannot read the folder", cause).in_source(place)
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// Files that match `pattern`; `*` stays within a folder, `**` does not.
fn glob(pattern: &str, items: &mut Vec<Item>) -> Result<()> {
    let bad = |error: globset::Error| Error::usage(format!("glob {pattern:?}: {}", error.kind()));
    let matcher = GlobBuilder::new(pattern).literal_separator(true).build().map_err(bad)?.compile_matcher();
    let path = Path::new(pattern);
    let literal = path.components().take_while(|part| !is_glob(&part.as_os_str().to_string_lossy()));
    let base: PathBuf = literal.collect();
    let rest = path.components().count() - base.components().count();
    let hidden_wanted = path.components().skip(base.components().count()).any(|part| match part {
        Component::Normal(name) => name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    });
    let start = if base.as_os_str().is_empty() { Path::new(".") } else { &base };
    let depth = if pattern.contains("**") { usize::MAX } else { rest };
    let walk = WalkDir::new(start).follow_links(true).max_depth(depth).sort_by_file_name();
    let walk = walk.into_iter().filter_entry(|entry| entry.depth() == 0 || hidden_wanted || !is_hidden(entry));
    let before = items.len();
    for entry in walk {
        // A pattern below a folder that does not exist matches nothing.
        if entry.as_ref().is_err_and(|error| error.depth() == 0) {
            break;
        }
        let Some(path) = file_of(entry, start, hidden_wanted)? else { continue };
        let shown = if base.as_os_str().is_empty() { path.strip_prefix(".").unwrap_or(&path) } else { &path };
        if matcher.is_match(shown) && !is_side_car(&path) {
            items.push(Item::Below(base.clone(), shown.to_path_buf()));
        }
    }
    match items.len() > before {
        true => Ok(()),
        false => Err(Error::usage("no file matches").in_source(pattern)),
    }
}

/// One name a line; bytes that are not UTF-8 are kept.
fn names(list: &Path) -> Result<Vec<Item>> {
    let mut bytes = Vec::new();
    let read = match list.as_os_str() == "-" {
        true => std::io::stdin().read_to_end(&mut bytes).map(|_| ()),
        false => std::fs::read(list).map(|read| bytes = read),
    };
    read.map_err(|error| Error::io("cannot read the list of inputs", error).in_source(list.to_string_lossy()))?;
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Ok(lines.filter(|line| !line.is_empty()).map(|line| Item::Plain(path_of(line))).collect())
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// The folder that all paths are in.
fn common_ancestor<'a>(paths: impl Iterator<Item = &'a Path>) -> PathBuf {
    let folders = paths.map(|path| path.parent().unwrap_or(Path::new("")));
    let common = folders.map(Path::to_path_buf).reduce(|left, right| {
        left.components().zip(right.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    });
    common.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_ancestor_is_a_folder_of_all() {
        let of = |paths: &[&str]| common_ancestor(paths.iter().map(Path::new));
        assert_eq!(of(&["a/b/c.csv"]), Path::new("a/b"));
        assert_eq!(of(&["a/b/c.csv", "a/d/c.csv"]), Path::new("a"));
        assert_eq!(of(&["c.csv", "a/d.csv"]), Path::new(""));
        assert_eq!(of(&["/x/a.csv", "/x/b.csv"]), Path::new("/x"));
        assert_eq!(of(&[]), Path::new(""));
    }
}
