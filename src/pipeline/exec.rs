//! How much of the machine a run may use, and how it is watched and stopped.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::ThreadPool;

use super::budget::Budget;
use crate::error::{Error, ErrorKind, Result};

/// Bytes of input that are read by one worker sooner than others are started.
const SMALL_BYTES: u64 = 64 << 10;
/// Bytes of a regrouped unit at most, unless a bound for the memory makes it less.
const GROUP_BYTES: usize = 48 << 20;

/// Bytes that are made of a chunk in one go, unless a bound for the memory makes it less.
const PART_BYTES: usize = 64 << 20;

/// Threads, memory, progress and cancellation of a run. Cheap to clone; clones share everything, but that each run has
/// the bound for the memory to itself. Steps, readers and writers of a run must not start another one on the same
/// `Exec` and wait for it: the workers that it needs may all be waiting.
///
/// ```
/// use fmtconv::pipeline::Exec;
/// use fmtconv::{Convert, Output, Source, Target};
///
/// # #[cfg(all(feature = "csv", feature = "json"))] {
/// let exec = Exec::new(None)?;
/// let run = |exec: &Exec| {
///     let input = fmtconv::formats::csv::read(Source::bytes("in.csv", "id\n1\n2\n"));
///     let target = Target::with_format(Output::memory().0, "ndjson");
///     Convert::new(input).to(target).exec(exec.clone()).run()
/// };
/// run(&exec)?;
/// assert_eq!(exec.progress().records(), 2);
/// // From any thread; for good.
/// exec.cancel();
/// assert!(run(&exec).is_err());
/// # }
/// # Ok::<(), fmtconv::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exec(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    threads: usize,
    /// All workers, started when there is work for more than one.
    all: OnceLock<ThreadPool>,
    /// One worker, for runs that end with it.
    one: OnceLock<ThreadPool>,
    memory: Option<usize>,
    progress: Progress,
    cancelled: Arc<AtomicBool>,
}

impl Exec {
    /// With `threads` workers; `None`: as many as the machine has cores for this process.
    ///
    /// # Errors
    /// None for now. The workers are started when there is work for them; a run whose workers cannot be started fails with
    /// [`ErrorKind::Io`].
    pub fn new(threads: Option<NonZeroUsize>) -> Result<Self> {
        Self::with_memory(threads, None)
    }

    /// With a bound for the memory of buffered data, in bytes: an eighth of it is the most that a row group or record
    /// batch of the output takes as records, so many of those are alive as make half of it with
    /// what is encoded of them, and a quarter is for chunks on their way from the source. The smallest unit of each kind is
    /// always let through: one chunk, one group of 1 MiB, one record however long (`Limits::record_bytes_max`).
    ///
    /// # Errors
    /// See [`Exec::new`].
    pub fn with_memory(threads: Option<NonZeroUsize>, memory: Option<usize>) -> Result<Self> {
        let threads = threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let exec = Exec(Arc::new(Inner {
            threads,
            all: OnceLock::new(),
            one: OnceLock::new(),
            memory,
            progress: Progress::default(),
            cancelled: Arc::default(),
        }));
        Ok(exec)
    }

    /// Number of workers.
    pub fn threads(&self) -> usize {
        self.0.threads
    }
    /// All workers.
    pub(crate) fn workers(&self) -> Result<&ThreadPool> {
        started(&self.0.all, self.0.threads)
    }
    /// The workers for the only piece of work that there is: one of them if that is a small one, and no others were
    /// started, which takes longer than the work.
    pub(crate) fn workers_for_one(&self) -> Result<&ThreadPool> {
        match self.0.all.get() {
            Some(all) => Ok(all),
            None if self.0.threads > 1 && self.progress().bytes_in() <= SMALL_BYTES => started(&self.0.one, 1),
            None => self.workers(),
        }
    }
    /// Chunks in flight: enough that no worker waits for the cutter.
    pub(crate) fn window(&self) -> usize {
        self.0.threads * 2 + 1
    }
    /// Row groups in flight: each is large, and its columns are encoded in parallel. One more than workers can make, so that
    /// none of them waits while a group is written.
    pub(crate) fn group_window(&self) -> usize {
        let wanted = self.0.threads.div_ceil(2) + 1;
        match self.0.memory {
            // One more than the window is alive, each as records and as what is encoded of them.
            Some(memory) => wanted.min((memory / 2 / (self.group_bytes() * 2)).max(2) - 1),
            None => wanted,
        }
    }
    /// Bytes of chunks in flight, as they are stored, decoded and encoded; `None`: as many as the window holds.
    pub(crate) fn budget(&self) -> Option<Arc<Budget>> {
        self.0.memory.map(|memory| Budget::new(memory / 4))
    }
    /// Bytes of a regrouped unit at most, so that very wide or long records do not fill the memory, unless so many rows were
    /// asked for.
    /// A function of the options alone: it decides where row groups end.
    pub(crate) fn group_bytes(&self) -> usize {
        self.0.memory.map_or(GROUP_BYTES, |memory| (memory / 8).clamp(1 << 20, GROUP_BYTES))
    }
    /// Bytes that are made of a chunk in one go, about: few chunks become so much. A function of the options alone: it may
    /// decide where blocks of the output end.
    pub(crate) fn part_bytes(&self) -> usize {
        self.0.memory.map_or(PART_BYTES, |memory| (memory / 32).clamp(1 << 20, PART_BYTES))
    }
    /// The bound for the memory of buffered data, if one was given.
    pub(crate) fn memory(&self) -> Option<usize> {
        self.0.memory
    }
    /// Counters for a progress bar.
    pub fn progress(&self) -> &Progress {
        &self.0.progress
    }
    /// Asks all runs to stop, now and later: they fail with "interrupted" at the next chunk, and leave no output. A source
    /// that keeps a read waiting keeps the run waiting.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }
    /// What [`Exec::cancel`] sets: for a signal handler, which may set it and nothing more.
    pub fn cancel_flag(&self) -> Arc<AtomicBool> {
        self.0.cancelled.clone()
    }
    /// Whether [`Exec::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }
    /// Fails if [`Exec::cancel`] was called.
    ///
    /// # Errors
    /// `Io`: interrupted.
    pub fn check(&self) -> Result<()> {
        if self.0.cancelled.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Io, "interrupted"));
        }
        Ok(())
    }
}

/// The workers of a pool, started when they are needed.
fn started(pool: &OnceLock<ThreadPool>, threads: usize) -> Result<&ThreadPool> {
    if pool.get().is_none() {
        let workers = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("fmtconv-{index}"))
            .stack_size(16 << 20)
            .build()
            .map_err(|error| Error::new(ErrorKind::Io, "cannot start threads").with_cause(error))?;
        // Those of another thread, which was faster, are as good.
        let _ = pool.set(workers);
    }
    pool.get().ok_or_else(|| Error::internal("no workers"))
}

/// Counters that a progress bar reads while a run goes on.
#[derive(Debug, Default)]
pub struct Progress {
    bytes_in: AtomicU64,
    records: AtomicU64,
}

impl Progress {
    /// Bytes cut from the sources so far (after outer decompression).
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in.load(Ordering::Relaxed)
    }
    /// Records written so far.
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }
    /// From the start again: what was done so far was thrown away.
    pub fn restart(&self) {
        self.bytes_in.store(0, Ordering::Relaxed);
        self.records.store(0, Ordering::Relaxed);
    }
    pub(crate) fn add_bytes_in(&self, bytes: u64) {
        self.bytes_in.fetch_add(bytes, Ordering::Relaxed);
    }
    pub(crate) fn add_records(&self, records: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
    }
}

/// A value that one thread leaves for another.
#[derive(Debug)]
pub(crate) struct Slot<T>(Mutex<Option<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(Mutex::new(None))
    }
}

impl<T> Slot<T> {
    pub(crate) fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }
    pub(crate) fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
