//! A conversion that is read back: what was written is compared with what was read, before the output appears.
//!
//! While the conversion runs, each record is hashed after all steps and before it is encoded (`Watch`). The complete
//! output, which has not appeared yet, is read back and hashed too. Only if the digests differ is anything read again:
//! to say where.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::{DataType, Field, SchemaRef};

use super::canon::Relaxed;
use super::diff::{Difference, Side, Value, first_difference, left_out};
use super::digest::{Hasher, Order, RecordHash, Sum};
use super::records::Records;
use super::Digest;
use crate::code::Code;
use crate::error::{Error, ErrorKind, Origin, Result};
use crate::format::{Fit, Format};
use crate::pipeline::{Batch, Batches, Chunk, Exec, Reader, Steps, decoded};
use crate::report::{Report, Verified};

/// What the losses known from schemas leave of a comparison.
pub(crate) struct Terms {
    relaxed: Relaxed,
    /// Columns that cannot be compared at all.
    without: Vec<String>,
    not_compared: BTreeSet<(Code, String)>,
}

impl Terms {
    /// For a conversion to `format` with these losses, by column path.
    pub fn new(format: &dyn Format, losses: &[(Code, String)]) -> Self {
        let mut terms = Terms { relaxed: Relaxed::default(), without: Vec::new(), not_compared: BTreeSet::new() };
        let float = Field::new("", DataType::Float64, true);
        if !matches!(format.fit(&float), Fit::Exact | Fit::Hinted(_)) {
            terms.relaxed.allow_any_nan();
        }
        for (code, path) in losses {
            let compared = terms.relaxed.allow(*code, path);
            if !compared {
                terms.without.push(top(path).to_owned());
            }
            let no_value = [Code::Zone, Code::Type, Code::Meta, Code::Missing, Code::MapOrder, Code::EnumSet];
            if !no_value.contains(code) {
                terms.not_compared.insert((*code, path.clone()));
            }
        }
        terms
    }
}

/// The column that a path begins with.
fn top(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// Puts the hashes of chunks, which are finished in any order, together in theirs.
struct Watched {
    next: u64,
    waiting: BTreeMap<u64, Vec<RecordHash>>,
    sum: Sum,
}

/// The digest of the records that a reader gives, while something else reads them.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Mutex<Watched>>);

impl Watch {
    /// Applies `steps` to the batches of `reader` and watches what comes out.
    pub fn new(reader: Box<dyn Reader>, steps: Steps, terms: &Terms) -> (Self, Box<dyn Reader>) {
        let schema = steps.last().map_or_else(|| reader.schema(), |step| step.schema());
        let hasher = Hasher::new(&schema, Arc::new(terms.relaxed.clone()), &left_out(&schema, &terms.without));
        let watched = Watched { next: 0, waiting: BTreeMap::new(), sum: Sum::new(Order::Kept) };
        let watch = Watch(Arc::new(Mutex::new(watched)));
        let reader = WatchedReader { inner: reader, steps, schema, hasher, watch: watch.clone(), chunks: 0 };
        (watch, Box::new(reader))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Watched) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The chunk was read to its end. No more chunks wait than are alive in the pipeline.
    fn done(&self, chunk: u64, hashes: Vec<RecordHash>) {
        self.with(|watched| {
            watched.waiting.insert(chunk, hashes);
            while let Some(hashes) = watched.waiting.remove(&watched.next) {
                watched.sum.add(&hashes);
                watched.next += 1;
            }
        });
    }

    fn finish(&self) -> Result<Digest> {
        self.with(|watched| match watched.waiting.is_empty() {
            true => Ok(watched.sum.clone().finish()),
            false => Err(Error::internal("a chunk was not read to its end")),
        })
    }
}

struct WatchedReader {
    inner: Box<dyn Reader>,
    steps: Steps,
    schema: SchemaRef,
    hasher: Hasher,
    watch: Watch,
    chunks: u64,
}

impl Reader for WatchedReader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        let Some(inner) = self.inner.next_chunk()? else { return Ok(None) };
        let number = self.chunks;
        self.chunks += 1;
        let (steps, hasher, watch) = (self.steps.clone(), self.hasher.clone(), self.watch.clone());
        Ok(Some(Box::new(WatchedChunk { inner, steps, hasher, watch, number })))
    }
    fn report(&self) -> Report {
        self.inner.report()
    }
}

struct WatchedChunk {
    inner: Box<dyn Chunk>,
    steps: Steps,
    hasher: Hasher,
    watch: Watch,
    number: u64,
}

impl Chunk for WatchedChunk {
    fn size(&self) -> usize {
        self.inner.size()
    }
    fn origin(&self) -> Origin {
        self.inner.origin()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        let batches = Box::new(decoded(self.inner, &self.steps)?);
        let (hasher, watch, number) = (self.hasher, self.watch, self.number);
        Ok(Box::new(WatchedBatches { batches, hasher, watch, number, hashes: Some(Vec::new()), records: 0 }))
    }
}

struct WatchedBatches {
    batches: Batches,
    hasher: Hasher,
    watch: Watch,
    number: u64,
    /// `None` once the chunk is done.
    hashes: Option<Vec<RecordHash>>,
    records: u64,
}

impl Iterator for WatchedBatches {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
        let batch = match self.batches.next() {
            Some(Ok(batch)) => batch,
            Some(Err(error)) => return Some(Err(error)),
            None => {
                if let Some(hashes) = self.hashes.take() {
                    self.watch.done(self.number, hashes);
                }
                return None;
            }
        };
        match self.hasher.hash(&batch.records) {
            Ok(hashes) => self.hashes.get_or_insert_default().extend(hashes),
            Err(error) => return Some(Err(error.shifted(self.records, 0, 0))),
        }
        self.records += batch.report.records_in;
        Some(Ok(batch))
    }
}

/// Compares what was read with what was written. `written` opens the output, `again` the inputs (`None` if they can be
/// read only once).
///
/// # Errors
/// `Differs`, with the first record and column that is not what was read; and what reading the output gives.
pub(crate) fn check(
    watch: &Watch,
    terms: Terms,
    report: &Report,
    written: &dyn Fn() -> Result<Box<dyn Reader>>,
    again: Option<&dyn Fn() -> Result<Side>>,
    exec: &Exec,
) -> Result<Verified> {
    let expected = watch.finish()?;
    let found = digest_of(written()?, &terms, exec)?;
    let mut verified = Verified { records: found.records, not_compared: terms.not_compared };
    if found == expected {
        return Ok(verified);
    }
    if found.records != expected.records && found.records == report.records_out && report.rejected > 0 {
        // Records were left out on the way, as the user allowed: which ones, nobody has written down.
        let altered = report.losses.keys().filter(|(code, _)| is_altering(*code));
        verified.not_compared.extend(altered.cloned());
        return Ok(verified);
    }
    let mut without = terms.without;
    let altered: Vec<_> = report.losses.keys().filter(|(code, _)| is_altering(*code)).cloned().collect();
    without.extend(altered.iter().map(|(_, path)| top(path).to_owned()));
    let Some(again) = again else {
        let message = format!("{} records were read, and {} come back, not the same", expected.records, found.records);
        return Err(differs(message));
    };
    let output = Side { reader: written()?, steps: Vec::new() };
    match first_difference(again()?, output, &terms.relaxed, &without, exec)? {
        None if altered.is_empty() => Err(differs("the inputs changed while they were read".to_owned())),
        None => {
            verified.not_compared.extend(altered);
            Ok(verified)
        }
        Some(difference) => Err(told(difference)),
    }
}

/// Whether values of the column were altered, as the user allowed.
fn is_altering(code: Code) -> bool {
    code.as_str().starts_with("V-")
}

fn digest_of(reader: Box<dyn Reader>, terms: &Terms, exec: &Exec) -> Result<Digest> {
    let schema = reader.schema();
    let hasher = Hasher::new(&schema, Arc::new(terms.relaxed.clone()), &left_out(&schema, &terms.without));
    let mut sum = Sum::new(Order::Kept);
    for hashes in Records::new(reader, Vec::new(), exec, move |batch| hasher.hash(batch)) {
        sum.add(&hashes?);
    }
    Ok(sum.finish())
}

fn differs(message: String) -> Error {
    Error::new(ErrorKind::Differs, format!("the output does not hold what was read: {message}"))
        .with_hint("no output was written; this is a bug in fmtconv, or a fault of memory or disk: please report it")
}

fn told(difference: Difference) -> Error {
    match difference {
        Difference::Changed { right, changes, .. } => match changes.first() {
            None => differs("a record differs".to_owned()).at_record(right),
            Some(change) => {
                let shown = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), shortened);
                let message = format!("{} was read, {} comes back", shown(&change.left), shown(&change.right));
                differs(message).at_record(right).in_column(&change.path)
            }
        },
        Difference::Removed { left, .. } => {
            differs("it ends before this record".to_owned()).at_record(left)
        }
        Difference::Added { right, .. } => differs("it has more records".to_owned()).at_record(right),
        Difference::Column { left, right, .. } => {
            let list = |names: Option<String>| names.unwrap_or_default();
            differs(format!("columns {} were read, {} come back", list(left), list(right)))
        }
        Difference::Type { name, left, right } => differs(format!("{left} was read, {right} comes back")).in_column(&name),
    }
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(100) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
