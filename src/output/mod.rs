//! Where bytes go: a file that appears only when it is complete, standard output, memory, or any writer.

pub mod compress;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};
use compress::OuterCompression;

/// A place for output. Nothing is touched before [`Output::open`].
pub struct Output {
    name: Arc<str>,
    target: Target,
    overwrite: bool,
    compression: Option<OuterCompression>,
}

enum Target {
    Path(PathBuf),
    Memory(Memory),
    Writer(Box<dyn Write + Send>),
}

/// Shared bytes: what an [`Output::memory`] wrote, filled when the output is committed.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Option<Vec<u8>>>>);

impl Memory {
    /// The bytes, once committed.
    pub fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Output {
    /// A file: written under a temporary name beside it and renamed when complete. A path that exists and is not
    /// a regular file (a pipe, a device) is written directly.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Output { name: path.to_string_lossy().into(), target: Target::Path(path), overwrite: false, compression: None }
    }
    /// Standard output: what was written before a failure stays written.
    pub fn stdout() -> Self {
        Self::writer("-", io::stdout())
    }
    /// Any writer, with a name for messages.
    pub fn writer(name: &str, writer: impl Write + Send + 'static) -> Self {
        Output { name: name.into(), target: Target::Writer(Box::new(writer)), overwrite: true, compression: None }
    }
    /// Bytes in memory.
    pub fn memory() -> (Self, Memory) {
        let memory = Memory::default();
        let output = Output {
            name: "memory".into(),
            target: Target::Memory(memory.clone()),
            overwrite: true,
            compression: None,
        };
        (output, memory)
    }
    /// Allows replacing an existing file.
    pub fn overwrite(mut self, allowed: bool) -> Self {
        self.overwrite = allowed;
        self
    }
    /// Puts compression around the whole output.
    pub fn compressed(mut self, compression: Option<OuterCompression>) -> Self {
        self.compression = compression;
        self
    }
    /// The compression around the whole output.
    pub fn compression(&self) -> Option<OuterCompression> {
        self.compression
    }
    /// The name for messages.
    pub fn name(&self) -> Arc<str> {
        self.name.clone()
    }
    /// The path, if it is a file.
    pub fn as_path(&self) -> Option<&Path> {
        match &self.target {
            Target::Path(path) => Some(path),
            _ => None,
        }
    }

    /// A file beside this one, called the same with `suffix` behind; `None` if this is no file.
    pub fn companion(&self, suffix: &str) -> Option<Output> {
        let mut path = self.as_path()?.as_os_str().to_owned();
        path.push(suffix);
        Some(Output::path(PathBuf::from(path)).overwrite(self.overwrite))
    }

    /// Fails if [`Output::open`] would refuse: the path is a folder, or a file that may not be replaced. Asked before
    /// anything is read, so that nobody waits for a refusal.
    pub fn check(&self) -> Result<()> {
        let Target::Path(path) = &self.target else { return Ok(()) };
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => Err(Error::usage("the output is a folder").in_source(self.name.clone())),
            Ok(meta) if meta.is_file() && !self.overwrite => Err(Error::usage("the output exists")
                .in_source(self.name.clone())
                .with_hint("add --overwrite to replace it")),
            _ => Ok(()),
        }
    }

    /// Opens for writing.
    ///
    /// # Errors
    /// `Usage` if the file exists and may not be replaced; `Io`.
    pub fn open(self) -> Result<OutputFile> {
        self.check()?;
        let name = self.name.clone();
        let failed = |error| Error::io("cannot create", error).in_source(name.clone());
        let state = match self.target {
            Target::Memory(memory) => State::Memory(Vec::new(), memory),
            Target::Writer(writer) => State::Writer(writer),
            Target::Path(path) => match std::fs::metadata(&path) {
                Ok(meta) if !meta.is_file() => {
                    State::Writer(Box::new(std::fs::OpenOptions::new().write(true).open(&path).map_err(failed)?))
                }
                meta => {
                    // A link keeps pointing where it points.
                    let path = if meta.is_ok() { std::fs::canonicalize(&path).map_err(failed)? } else { path };
                    let folder =
                        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                    let mut builder = tempfile::Builder::new();
                    builder.prefix(".fmtconv-").suffix(".part");
                    #[cfg(unix)]
                    {
                        use std::os::unix::fs::PermissionsExt;
                        let mode = meta.map_or(0o666, |meta| meta.permissions().mode() & 0o7777);
                        builder.permissions(std::fs::Permissions::from_mode(mode));
                    }
                    // Without the temporary name, which means nothing to anyone.
                    let file = builder.tempfile_in(folder).map_err(|error| match error.kind() {
                        io::ErrorKind::NotFound => failed(io::ErrorKind::NotFound.into())
                            .with_hint(format!("make the folder first: mkdir -p {}", folder.display())),
                        kind => failed(error.raw_os_error().map_or(kind.into(), io::Error::from_raw_os_error)),
                    })?;
                    State::File { file, path, overwrite: self.overwrite }
                }
            },
        };
        Ok(OutputFile { name: self.name, state: Some(state), written: 0 })
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Output({})", self.name)
    }
}

/// An open output. Dropping it without [`OutputFile::commit`] leaves nothing behind (except on a pipe).
pub struct OutputFile {
    name: Arc<str>,
    state: Option<State>,
    written: u64,
}

enum State {
    File { file: tempfile::NamedTempFile, path: PathBuf, overwrite: bool },
    Memory(Vec<u8>, Memory),
    Writer(Box<dyn Write + Send>),
}

impl OutputFile {
    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Makes the output appear. Returns its bytes.
    pub fn commit(&mut self) -> Result<u64> {
        let state = self.state.take().ok_or_else(|| Error::internal("an output was committed twice"))?;
        match state {
            State::Memory(bytes, memory) => {
                *memory.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes);
            }
            State::Writer(mut writer) => writer.flush().map_err(|error| self.error(error))?,
            State::File { mut file, path, overwrite } => {
                file.flush().map_err(|error| self.error(error))?;
                if overwrite {
                    file.persist(&path).map_err(|error| self.error(error.error))?;
                } else {
                    file.persist_noclobber(&path).map_err(|error| self.error(error.error))?;
                }
            }
        }
        Ok(self.written)
    }

    /// An error met while writing this output.
    pub fn error(&self, error: io::Error) -> Error {
        Error::io("cannot write", error).in_source(self.name.clone())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = match &mut self.state {
            Some(State::File { file, .. }) => file.write(bytes)?,
            Some(State::Memory(memory, _)) => memory.write(bytes)?,
            Some(State::Writer(writer)) => writer.write(bytes)?,
            None => return Err(io::Error::other("the output is committed")),
        };
        self.written += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.state {
            Some(State::File { file, .. }) => file.flush(),
            Some(State::Writer(writer)) => writer.flush(),
            _ => Ok(()),
        }
    }
}
