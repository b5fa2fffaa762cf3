//! The stages of a conversion: split → chunk, decode → batch, encode → piece, append → output.
//!
//! Cutting and appending own the I/O and run on one thread each; decoding and encoding are pure functions and
//! own the CPU, but that chunks of indexed files (Parquet, Arrow) read their own bytes. A format implements these traits; the driver in [`super`] runs every reader with every writer.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;

use super::Exec;
use super::aside::Aside;
use super::watch::Watch;
use crate::error::{Origin, Result};
use crate::report::Report;
use crate::schema::infer::evidence::Evidence;

/// Records and what is known about them: counts, losses and rejects ride with the data.
///
/// `report.records_in` counts the records that were read to make this batch, and `report.lines` the line breaks
/// (text formats): the sums over a chunk's batches must cover the chunk.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The records, in the schema of their stage.
    pub records: RecordBatch,
    /// Counts and losses since the previous batch of the same chunk.
    pub report: Report,
}

impl Batch {
    /// A batch in which every record read became a row.
    pub fn new(records: RecordBatch) -> Self {
        let report = Report::read(records.num_rows() as u64);
        Batch { records, report }
    }
    /// Other rows made of this batch: what it knows stays, and rows that are fewer count as [skipped](Report::skipped).
    pub fn with_records(self, records: RecordBatch) -> Self {
        let left_out = self.records.num_rows().saturating_sub(records.num_rows());
        let mut report = self.report;
        report.skipped += left_out as u64;
        Batch { records, report }
    }
}

/// The batches of a chunk, made as they are asked for.
pub type Batches = Box<dyn Iterator<Item = Result<Batch>> + Send>;

/// Cuts one source into chunks, in order. Runs on one thread; reads, but does not parse.
pub trait Reader: Send {
    /// The schema of every batch that the chunks decode to.
    fn schema(&self) -> SchemaRef;
    /// The next chunk; `None` at the end. Cost: I/O and a search for the cut.
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>>;
    /// Whether [`Reader::next_chunk`] goes on behind what it gave an error for, and so comes to an end.
    fn resumes(&self) -> bool {
        false
    }
    /// Asks for columns of text as `Dictionary(Int32, Utf8)` wherever the source holds them so, although the schema says
    /// `Utf8`: batches of all chunks from now on may have them. For encoders that [take](Encode::takes_dictionaries) both.
    fn keep_dictionaries(&mut self) {}
    /// Asks for columns of text as `Utf8View` wherever they need not be copied then, although the schema says `Utf8`:
    /// batches of all chunks from now on may have them. For encoders that [take](Encode::takes_views) both.
    fn keep_views(&mut self) {}
    /// Asks for columns in which nearly all records are null as `RunEndEncoded(Int32, …)` of the type that the schema says:
    /// batches of all chunks may have them. For encoders that [take](Encode::takes_runs) both; before the first chunk. So
    /// records of a few keys out of thousands cost what their values cost.
    fn keep_runs(&mut self) {}
    /// What is known when all chunks were read and before: notes on how the source was read, bytes of the source.
    fn report(&self) -> Report {
        Report::default()
    }
    /// Whether the schema is a guess from the first records. If so, any error may mean that it is wrong, and no more:
    /// the source is to be opened again without leave to guess. Where all chunks decode it is right.
    fn is_guess(&self) -> bool {
        false
    }
    /// What inference saw, once, of a source that is one of [several](crate::format::ReadOptions::is_part): their types are
    /// found together. `None` if none were inferred.
    fn take_evidence(&mut self) -> Option<Box<dyn Evidence>> {
        None
    }
}

/// Part of a source that can be decoded on its own, on any thread.
pub trait Chunk: Send {
    /// Bytes held, about.
    fn size(&self) -> usize;
    /// Where the chunk begins. `record` and `line` are set only where the reader knows them (the first chunk of
    /// a source); otherwise the driver goes on counting from the chunk before.
    fn origin(&self) -> Origin;
    /// Decodes. CPU-bound, and no I/O, but for files with an index, of which each chunk reads its own part where it is
    /// decoded (Parquet, Arrow).
    /// Positions in errors are relative to the chunk.
    fn decode(self: Box<Self>) -> Result<Batches>;
    /// Whether it is part of a file with an index: the next chunk is there at once, so it may wait for that. Only if
    /// what is made of it takes little memory, too.
    fn is_indexed(&self) -> bool {
        false
    }
    /// A second look at the chunk, record by record, for a run that sets records aside. Costs nothing before the
    /// lookup is called. `None`: its records cannot be told apart before they are decoded.
    fn records(&self) -> Option<Lookup> {
        None
    }
}

/// Finds the records of a chunk. CPU-bound.
pub type Lookup = Box<dyn FnOnce() -> Result<Box<dyn Records>> + Send>;

/// The records of a chunk, one by one.
pub trait Records {
    /// The schema of the batches.
    fn schema(&self) -> SchemaRef;
    /// How many there are.
    fn count(&self) -> usize;
    /// Line breaks of the chunk (text formats).
    fn lines(&self) -> u64;
    /// Decodes some of them. Positions in errors are relative to the first.
    fn decode(&self, records: Range<usize>) -> Result<Batches>;
    /// One of them, as it stands in the source.
    fn get(&self, record: usize) -> Original;
    /// Whether the next record is found behind one that breaks the rules of the format.
    fn malformed_ends(&self) -> bool;
    /// How originals are read again.
    fn again(&self) -> Again;
}

/// A record as it stands in its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Original {
    /// Its bytes, without the end of its line; none where a record has no bytes of its own and cannot be decoded.
    pub bytes: Bytes,
    /// Where it stands, in bytes of the chunk.
    pub place: Range<u64>,
    /// Line breaks of the chunk before it; `None` for formats without lines.
    pub line: Option<u64>,
    /// The record as JSON, as far as it can be shown, where its bytes are not those of the source.
    pub json: Option<String>,
}

/// How originals become a source again: `head`, then each original with `end` behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// Name of the format.
    pub format: &'static str,
    /// Settings that such a source is read with, beside those that the run was given.
    pub settings: Vec<(&'static str, String)>,
    /// What stands before the first record.
    pub head: Vec<u8>,
    /// What stands behind each.
    pub end: Vec<u8>,
}

/// A stateless step between decoding and encoding: projection, schema adapter, lowering, validation rule.
pub trait Transform: Send + Sync {
    /// The schema of the batches that come out.
    fn schema(&self) -> SchemaRef;
    /// Changes a batch: [`Batch::with_records`] keeps the counts. The columns must be those of [`Transform::schema`], and no
    /// record may come in addition; behind a step that leaves records out, numbers in errors count those that are left.
    ///
    /// # Errors
    /// What the step finds wrong; the record number counts in the batch.
    fn apply(&self, batch: Batch) -> Result<Batch>;
}

/// Steps applied to each batch, in order.
pub type Steps = Vec<Arc<dyn Transform>>;

/// How many records belong in one piece of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// As many as a chunk happens to hold: decoding and encoding are one task.
    Any,
    /// Exactly this many but for the last piece: batches are regrouped in between. Fewer only where a bound for the memory
    /// was given and they take more.
    Rows(NonZeroUsize),
    /// This many, or as many as take about so many bytes in memory, or fewer where little memory may be used
    /// ([`Exec::with_memory`](super::Exec::with_memory)).
    AtMost {
        /// Rows.
        rows: NonZeroUsize,
        /// Bytes of their values.
        bytes: usize,
    },
}

/// A piece of output and the report of the batches in it.
pub struct Encoded<P> {
    /// What the writer appends.
    pub piece: P,
    /// The merged reports of the batches, with `records_out` set to the rows written.
    pub report: Report,
}

/// Turns records into one piece of output, on any thread. Equal records and options give equal pieces.
pub trait Encode: Send + Sync + 'static {
    /// `Vec<u8>` for byte formats, finished column chunks for Parquet.
    type Piece: Default + Send + 'static;
    /// How many records belong in one piece.
    fn unit(&self) -> Unit {
        Unit::Any
    }
    /// Whether columns of text may come as dictionaries ([`Reader::keep_dictionaries`]). What is made of them must not
    /// depend on it.
    fn takes_dictionaries(&self) -> bool {
        false
    }
    /// Whether columns of text may come as views ([`Reader::keep_views`]). What is made of them must not depend on it.
    fn takes_views(&self) -> bool {
        false
    }
    /// Whether columns without columns inside may come as runs ([`Reader::keep_runs`]). Records made of them are the same.
    fn takes_runs(&self) -> bool {
        false
    }
    /// How many times their own bytes columns of lists and structs take while they are encoded: fewer of their records make
    /// a unit.
    fn nested_cost(&self) -> usize {
        1
    }
    /// Whether [`Encode::encode_into`] takes pieces with what was in them, and writes over it: room that is there already
    /// need not be cleared. Otherwise they come empty.
    fn writes_over(&self) -> bool {
        false
    }
    /// Encodes all batches into one piece, in the memory of `piece`, whose content means nothing: where pieces are bytes
    /// it is one that was written before, as memory that was touched before costs less than fresh memory. The record
    /// number in an error counts over the batches of this call.
    fn encode_into(
        &self,
        piece: Self::Piece,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Self::Piece>>;
    /// The same, in fresh memory.
    fn encode(&self, batches: &mut dyn Iterator<Item = Result<Batch>>) -> Result<Encoded<Self::Piece>> {
        self.encode_into(Self::Piece::default(), batches)
    }
    /// Fails where [`Encode::encode`] would fail for a value of these records, and leaves no trace. Asked only by runs
    /// that set records aside; worth overriding where values can be checked without the rest of the encoding, and
    /// needed where a call to `encode` is remembered.
    fn check(&self, records: &RecordBatch) -> Result<()> {
        self.encode(&mut std::iter::once(Ok(Batch::new(records.clone())))).map(drop)
    }
}

/// Appends pieces, in order. Dropping a writer without `finish` leaves no output behind.
pub trait Writer: Send + 'static {
    /// Makes the pieces.
    type Encoder: Encode;
    /// The encoder, shared by all workers.
    fn encoder(&self) -> Arc<Self::Encoder>;
    /// What is to be told about how the output is written: names that were changed, choices that were made.
    fn report(&self) -> Report {
        Report::default()
    }
    /// Appends a piece.
    fn append(&mut self, piece: <Self::Encoder as Encode>::Piece) -> Result<()>;
    /// Writes what stands at the end and commits the output. Returns the bytes written.
    fn finish(&mut self) -> Result<u64>;
}

/// A writer with its piece type erased; implemented for every [`Writer`]. What a format's `create` returns.
pub trait Sink: Send {
    /// Runs the whole conversion into this output.
    fn drain(self: Box<Self>, reader: Box<dyn Reader>, steps: Steps, exec: &Exec) -> Result<Report> {
        self.drain_aside(reader, steps, None, exec)
    }
    /// The same, with the records that do not fit set aside.
    fn drain_aside(
        self: Box<Self>,
        reader: Box<dyn Reader>,
        steps: Steps,
        aside: Option<Aside>,
        exec: &Exec,
    ) -> Result<Report>;
    /// The same, with an eye on all that is written.
    fn drain_watched(
        self: Box<Self>,
        reader: Box<dyn Reader>,
        steps: Steps,
        aside: Option<Aside>,
        watch: Watch,
        exec: &Exec,
    ) -> Result<Report>;
}

/// Finds where the last whole record in a buffer ends. No I/O.
///
/// `buf` begins where the last cut was made. When the answer is `None` the same bytes come again with more behind
/// them, so a splitter keeps how far it has looked. A returned cut resets that. With `end`, `buf` is all that is
/// left: the answer is `Some`, or an error if the last record is not whole and that can be seen here. A cut before the end
/// of all is followed by others, until one is `buf.len()`.
pub trait Split: Send {
    /// Bytes up to the end of the last whole record, if there is one.
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>>;
}

/// Bytes cut from a stream: whole records.
#[derive(Clone, Debug)]
pub struct Slice {
    /// The bytes.
    pub bytes: Bytes,
    /// Whether nothing came before (after the header).
    pub first: bool,
    /// Whether nothing follows.
    pub last: bool,
}

/// Parses whole records. Knows nothing of files, threads or neighbours.
pub trait Decode: Send + Sync + 'static {
    /// The schema of the batches.
    fn schema(&self) -> SchemaRef;
    /// Parses. Positions in errors are relative to the slice.
    fn decode(&self, slice: Slice) -> Result<Batches>;
    /// Tells the records of a slice apart without decoding them, if the format can.
    fn cutter(&self) -> Option<Arc<dyn Cutter>> {
        None
    }
    /// The same with columns of runs ([`Reader::keep_runs`]), and what cuts for it, if the format has use for them.
    fn with_runs(&self) -> Option<(Arc<dyn Decode>, Box<dyn Split>)> {
        None
    }
}

/// Tells records apart.
pub trait Cutter: Send + Sync {
    /// The records of a slice.
    ///
    /// # Errors
    /// Where a record does not end: none of them can be set aside then.
    fn cut(&self, slice: &Slice) -> Result<Cut>;
}

/// The records of a slice.
pub struct Cut {
    /// The slice, or what its records look like to `decode`.
    pub bytes: Bytes,
    /// Decodes any run of records: the bytes from the start of the first to the start of the one behind the last.
    pub decode: Arc<dyn Decode>,
    /// In order, without gaps that hold records.
    pub records: Vec<CutRecord>,
    /// Line breaks of the slice.
    pub lines: u64,
    /// Whether this holds also behind a record that breaks the rules of the format.
    pub malformed_ends: bool,
    /// How the records are read again.
    pub again: Again,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
pub struct CutRecord {
    /// Its first byte in the bytes of the [`Cut`].
    pub start: usize,
    /// Behind its last byte, without the end of its line.
    pub end: usize,
    /// The same in the slice.
    pub place: (u64, u64),
    /// Line breaks of the slice before it; `None` for formats without lines.
    pub line: Option<u64>,
}
