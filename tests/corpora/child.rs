//! Runs the command line on one file in a process of its own, with a limit of memory and of time.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Address space of a child in KiB (`ulimit -v`): a file that lies about its lengths must not take the machine.
const MEMORY_KIB: u64 = 8 << 20;

/// What a run left behind.
pub struct Outcome {
    pub end: End,
    pub message: String,
    pub took: Duration,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exit(i32),
    /// Killed by a signal: out of stack, out of memory, abort.
    Signal,
    /// Still running at the time limit.
    Timeout,
}

impl Outcome {
    pub fn done(&self) -> bool {
        self.end == End::Exit(0)
    }
    /// Neither done nor refused with an exit code that the command line documents.
    pub fn crashed(&self) -> Option<String> {
        match self.end {
            End::Exit(101 | 70) => Some(format!("internal error: {}", self.first_line())),
            End::Exit(_) if self.message.contains("panicked at") => Some(format!("panic: {}", self.first_line())),
            End::Exit(_) => None,
            End::Signal => Some(format!("killed by a signal: {}", self.first_line())),
            End::Timeout => Some(format!("no end after {} s", self.took.as_secs())),
        }
    }
    pub fn first_line(&self) -> String {
        self.message.lines().find(|line| !line.trim().is_empty()).unwrap_or("(no message)").chars().take(300).collect()
    }
}

/// The binary under test: `FMTCONV_BIN`, or the one that Cargo built for this test.
pub fn binary() -> PathBuf {
    std::env::var_os("FMTCONV_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_fmtconv")), PathBuf::from)
}

/// Seconds that one run may take: `FMTCONV_CORPORA_SECONDS`, 60 by default.
fn limit() -> Duration {
    let seconds = std::env::var("FMTCONV_CORPORA_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(60))
}

/// Runs `fmtconv ARGUMENTS` in `folder`, which takes the messages too.
pub fn run<S: AsRef<OsStr>>(arguments: &[S], folder: &Path) -> std::io::Result<Outcome> {
    let message_path = folder.join("stderr");
    let messages = File::create(&message_path)?;
    let mut command = if cfg!(unix) {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("ulimit -v {MEMORY_KIB}; ulimit -c 0; exec \"$0\" \"$@\"")).arg(binary());
        shell
    } else {
        Command::new(binary())
    };
    let started = Instant::now();
    let mut child =
        command.args(arguments).stdin(Stdio::null()).stdout(messages.try_clone()?).stderr(messages).spawn()?;
    let limit = limit();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let end = match status {
        None => End::Timeout,
        Some(status) => status.code().map_or(End::Signal, End::Exit),
    };
    let message = String::from_utf8_lossy(&std::fs::read(&message_path)?).into_owned();
    std::fs::remove_file(&message_path)?;
    Ok(Outcome { end, message, took: started.elapsed() })
}

/// The rows of an Arrow IPC file or stream.
pub fn read_arrow(path: &Path) -> Result<Vec<arrow::array::RecordBatch>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let head = std::fs::read(path).map_err(|error| error.to_string())?;
    if head.starts_with(b"ARROW1") {
        let reader = arrow::ipc::reader::FileReader::try_new(file, None).map_err(|error| error.to_string())?;
        return with_schema(reader.schema(), reader);
    }
    let reader = arrow::ipc::reader::StreamReader::try_new(file, None).map_err(|error| error.to_string())?;
    with_schema(reader.schema(), reader)
}

/// Batches, or an empty one that carries the schema.
fn with_schema(
    schema: arrow::datatypes::SchemaRef,
    batches: impl Iterator<Item = Result<arrow::array::RecordBatch, arrow::error::ArrowError>>,
) -> Result<Vec<arrow::array::RecordBatch>, String> {
    let mut all = batches.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    if all.is_empty() {
        all.push(arrow::array::RecordBatch::new_empty(schema));
    }
    Ok(all)
}
