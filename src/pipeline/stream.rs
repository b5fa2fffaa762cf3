//! From `Split` + `Decode` to a [`Reader`], and from `Encode` + head, between and tail to a [`Writer`]: all that a
//! stream format (CSV, JSON, Avro, delimited Protobuf, Arrow stream) needs.

use std::io::{Read, Write};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;

use super::spare::{Lent, Spare};
use super::stage::{
    Again, Batch, Batches, Chunk, Cut, CutRecord, Decode, Encode, Encoded, Lookup, Original, Reader, Records, Slice,
    Split, Unit, Writer,
};
use crate::error::{Error, Origin, Result};
use crate::format::Limits;
use crate::output::{Output, OutputFile, compress::OuterCompression};
use crate::report::Report;
use crate::schema::infer::evidence::Evidence;

/// Cuts a byte stream with a [`Split`]; its chunks decode with a [`Decode`].
///
/// Reads blocks of `limits.chunk_bytes`, always filled, so that cuts depend on the bytes alone and never on how
/// `read()` returned. Holds one block, or one record if that is longer (at most `limits.record_bytes_max`).
pub struct StreamReader {
    input: Box<dyn Read + Send>,
    split: Box<dyn Split>,
    decode: Arc<dyn Decode>,
    limits: Limits,
    source: Arc<str>,
    /// Windows that were decoded, to be filled again.
    windows: Arc<Spare>,
    /// Bytes read and not cut yet are its first `have`; behind them stands what was there before.
    window: Vec<u8>,
    have: usize,
    byte: u64,
    line: Option<u64>,
    first: bool,
    end: bool,
    finished: bool,
    /// What reading one byte ahead met.
    failed: Option<Error>,
    report: Report,
    guess: bool,
    evidence: Option<Box<dyn Evidence>>,
}

/// How much larger chunks are of which columns become runs: each column costs as much as many values in each chunk.
const RUNS_CHUNK: usize = 4;

/// Bytes of a window before anything is known of the source.
const SMALL_WINDOW: usize = 64 << 10;

impl StreamReader {
    /// Reads `input`, which stands behind the header, if the format has one.
    pub fn new(
        source: Arc<str>,
        input: Box<dyn Read + Send>,
        split: Box<dyn Split>,
        decode: Arc<dyn Decode>,
        limits: Limits,
    ) -> Self {
        StreamReader {
            input,
            split,
            decode,
            limits,
            source,
            windows: Arc::new(Spare::new(limits.chunk_bytes.saturating_mul(2))),
            window: Vec::new(),
            have: 0,
            byte: 0,
            line: Some(0),
            first: true,
            end: false,
            finished: false,
            failed: None,
            report: Report::default(),
            guess: false,
            evidence: None,
        }
    }

    /// Says whether the schema is a guess ([`Reader::is_guess`]).
    pub fn guessing(mut self, guess: bool) -> Self {
        self.guess = guess;
        self
    }

    /// Adds what inference saw ([`Reader::take_evidence`]).
    pub fn with_evidence(mut self, evidence: Option<Box<dyn Evidence>>) -> Self {
        self.evidence = evidence;
        self
    }

    /// Says how many bytes and lines the header took, for positions in messages.
    pub fn after_header(mut self, bytes: u64, lines: u64) -> Self {
        self.byte = bytes;
        self.line = Some(lines);
        self
    }

    /// Adds notes on how the source was opened.
    pub fn with_report(mut self, report: Report) -> Self {
        self.report = report;
        self
    }

    fn fill(&mut self, target: usize) -> Result<()> {
        while self.have < target {
            if self.have >= self.window.len() {
                // A small source gets a small window.
                let grown = self.window.len().saturating_mul(4).max(SMALL_WINDOW);
                self.window.resize(grown.min(target), 0);
            }
            let room = self.window.len().min(target);
            match self.input.read(&mut self.window[self.have..room]) {
                Ok(0) => {
                    self.end = true;
                    break;
                }
                Ok(n) => self.have += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(crate::source::read_error(error, self.have as u64)),
            }
        }
        Ok(())
    }

    /// Gives away the first `cut` bytes; the rest begins the next window.
    fn take(&mut self, cut: usize) -> Bytes {
        let rest = &self.window[cut..self.have];
        let mut next = if self.end && rest.is_empty() { Vec::new() } else { self.windows.take() };
        if next.len() < rest.len() {
            next.resize(rest.len(), 0);
        }
        next[..rest.len()].copy_from_slice(rest);
        self.have = rest.len();
        Lent::new(std::mem::replace(&mut self.window, next), cut, self.windows.clone()).into()
    }

    fn origin(&self) -> Origin {
        Origin { source: Some(self.source.clone()), byte: Some(self.byte), line: self.line, ..Origin::default() }
    }

    /// The next bytes that decode alone, and where they begin; `None` at the end. An error is the last item.
    ///
    /// For passes that do not decode to batches: inference, counting.
    pub fn next_slice(&mut self) -> Option<(Origin, Result<Slice>)> {
        let origin = self.origin();
        match self.cut() {
            Ok(slice) => slice.map(|slice| (origin, Ok(slice))),
            Err(error) => {
                self.finished = true;
                Some((origin, Err(error)))
            }
        }
    }

    fn cut(&mut self) -> Result<Option<Slice>> {
        if self.finished {
            return Ok(None);
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut target = self.limits.chunk_bytes.max(1);
        let cut = loop {
            self.fill(target)?;
            if self.end && self.have == 0 && !self.first {
                self.finished = true;
                return Ok(None);
            }
            match self.split.split(&self.window[..self.have], self.end)? {
                Some(cut) => break cut,
                None if self.end => {
                    return Err(Error::malformed("the input ends in the middle of a record")
                        .at_byte(self.have as u64)
                        .with_hint("the file may be cut off"));
                }
                None if target >= self.limits.record_bytes_max => {
                    return Err(Error::limit(format!(
                        "a record is longer than {} bytes",
                        self.limits.record_bytes_max
                    ))
                    .at_record(0)
                    .at_byte(0)
                    .with_hint("raise the limit with --max-record-bytes"));
                }
                None => target = (target * 2).min(self.limits.record_bytes_max),
            }
        };
        let bytes = self.take(cut);
        if self.have == 0 && !self.end {
            // Whether this was all is known only by trying to read on; a failure belongs to the next cut.
            self.failed = self.fill(1).err();
        }
        let last = self.end && self.have == 0;
        let slice = Slice { bytes, first: self.first, last };
        self.byte += cut as u64;
        self.line = None;
        self.first = false;
        self.finished = last;
        Ok(Some(slice))
    }
}

impl Reader for StreamReader {
    fn schema(&self) -> SchemaRef {
        self.decode.schema()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        // An error of reading or cutting travels as a chunk, so that the ordered point knows records and lines before it.
        Ok(self.next_slice().map(|(origin, slice)| match slice {
            Ok(slice) => Box::new(StreamChunk { slice, origin, decode: self.decode.clone() }) as Box<dyn Chunk>,
            Err(error) => Box::new(Failed { origin, error }),
        }))
    }

    fn report(&self) -> Report {
        self.report.clone()
    }

    fn keep_runs(&mut self) {
        if let Some((decode, split)) = self.decode.with_runs() {
            (self.decode, self.split) = (decode, split);
            self.limits.chunk_bytes = self.limits.chunk_bytes.saturating_mul(RUNS_CHUNK);
            self.windows = Arc::new(Spare::new(self.limits.chunk_bytes.saturating_mul(2)));
        }
    }

    fn is_guess(&self) -> bool {
        self.guess
    }

    fn take_evidence(&mut self) -> Option<Box<dyn Evidence>> {
        self.evidence.take()
    }
}

struct StreamChunk {
    slice: Slice,
    origin: Origin,
    decode: Arc<dyn Decode>,
}

impl Chunk for StreamChunk {
    fn size(&self) -> usize {
        self.slice.bytes.len()
    }
    fn origin(&self) -> Origin {
        self.origin.clone()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        self.decode.decode(self.slice)
    }
    fn records(&self) -> Option<Lookup> {
        let cutter = self.decode.cutter()?;
        let slice = self.slice.clone();
        Some(Box::new(move || Ok(Box::new(cutter.cut(&slice)?) as Box<dyn Records>)))
    }
}

impl Records for Cut {
    fn schema(&self) -> SchemaRef {
        self.decode.schema()
    }
    fn count(&self) -> usize {
        self.records.len()
    }
    fn lines(&self) -> u64 {
        self.lines
    }
    fn decode(&self, records: Range<usize>) -> Result<Batches> {
        let start = self.records.get(records.start).map_or(self.bytes.len(), |record| record.start);
        let end = self.records.get(records.end).map_or(self.bytes.len(), |record| record.start);
        self.decode.decode(Slice { bytes: self.bytes.slice(start..end), first: false, last: false })
    }
    fn get(&self, record: usize) -> Original {
        let Some(CutRecord { start, end, place, line }) = self.records.get(record).copied() else {
            return Original::default();
        };
        Original { bytes: self.bytes.slice(start..end), place: place.0..place.1, line, json: None }
    }
    fn malformed_ends(&self) -> bool {
        self.malformed_ends
    }
    fn again(&self) -> Again {
        self.again.clone()
    }
}

/// A chunk that could not be cut.
struct Failed {
    origin: Origin,
    error: Error,
}

impl Chunk for Failed {
    fn size(&self) -> usize {
        0
    }
    fn origin(&self) -> Origin {
        self.origin.clone()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        Err(self.error)
    }
}

/// Appends pieces of bytes behind a head, with something between them, before a tail. Compresses pieces on the
/// workers if the output has outer compression: the file is then a sequence of compressed members.
pub struct StreamWriter<E> {
    encoder: Arc<Compressed<E>>,
    file: OutputFile,
    head: Vec<u8>,
    between: Vec<u8>,
    tail: Vec<u8>,
    any: bool,
    /// A file that appears together with the output: its schema.
    companion: Option<OutputFile>,
    /// What ends that file, made from the bytes of the output.
    companion_end: Option<fn(u64, &str) -> Vec<u8>>,
    report: Report,
}

impl<E: Encode<Piece = Vec<u8>>> StreamWriter<E> {
    /// Writes to `output` with `encoder`; `head` goes before the first piece.
    pub fn new(output: Output, encoder: E, head: Vec<u8>) -> Result<Self> {
        let outer = output.compression();
        Ok(StreamWriter {
            encoder: Arc::new(Compressed { inner: encoder, outer, pieces: Spare::new(PIECE_BYTES_KEPT) }),
            file: output.open()?,
            head,
            between: Vec::new(),
            tail: Vec::new(),
            any: false,
            companion: None,
            companion_end: None,
            report: Report::default(),
        })
    }
    /// Adds notes on how the output is written.
    pub fn with_report(mut self, report: Report) -> Self {
        self.report = report;
        self
    }
    /// Writes `bytes` to another file, which appears together with the output, or not at all.
    pub fn with_companion(mut self, companion: Output, bytes: &[u8]) -> Result<Self> {
        let mut file = companion.held_with(&self.file).open()?;
        file.write_all(bytes).map_err(|error| file.error(error))?;
        self.companion = Some(file);
        Ok(self)
    }
    /// Says whether the head holds a record: then `between` goes before the first piece as well.
    pub fn begun(mut self, begun: bool) -> Self {
        self.any = begun;
        self
    }
    /// Ends the other file with what `end` makes of the output: its bytes, and their SHA-256.
    pub fn with_companion_end(mut self, end: fn(u64, &str) -> Vec<u8>) -> Self {
        self.file.hashing();
        self.companion_end = Some(end);
        self
    }
    /// Puts `between` between non-empty pieces and `tail` at the end.
    pub fn with_frame(mut self, between: Vec<u8>, tail: Vec<u8>) -> Self {
        self.between = between;
        self.tail = tail;
        self
    }

    fn put(&mut self, which: fn(&mut Self) -> Vec<u8>) -> Result<()> {
        let bytes = which(self);
        if bytes.is_empty() {
            return Ok(());
        }
        let bytes = match &self.encoder.outer {
            Some(outer) => outer.compress(&bytes)?,
            None => bytes,
        };
        self.file.write_all(&bytes).map_err(|error| self.file.error(error))
    }
}

impl<E: Encode<Piece = Vec<u8>>> Writer for StreamWriter<E> {
    type Encoder = Compressed<E>;

    fn encoder(&self) -> Arc<Compressed<E>> {
        self.encoder.clone()
    }

    fn report(&self) -> Report {
        self.report.clone()
    }

    fn append(&mut self, piece: Vec<u8>) -> Result<()> {
        self.put(|writer| std::mem::take(&mut writer.head))?;
        if piece.is_empty() {
            return Ok(());
        }
        if self.any {
            self.put(|writer| writer.between.clone())?;
        }
        self.any = true;
        self.file.write_all(&piece).map_err(|error| self.file.error(error))?;
        self.encoder.pieces.put(piece);
        Ok(())
    }

    fn finish(&mut self) -> Result<u64> {
        self.put(|writer| std::mem::take(&mut writer.head))?;
        self.put(|writer| std::mem::take(&mut writer.tail))?;
        if let (Some(outer), 0) = (&self.encoder.outer, self.file.written()) {
            // An empty file is not a compressed file of nothing.
            let bytes = outer.compress(&[])?;
            self.file.write_all(&bytes).map_err(|error| self.file.error(error))?;
        }
        if let Some(companion) = &mut self.companion {
            // What a writer cannot take shows here at the latest.
            self.file.flush().map_err(|error| self.file.error(error))?;
            if let Some(end) = self.companion_end {
                let hash = self.file.hash().unwrap_or_default();
                companion.write_all(&end(self.file.written(), &hash)).map_err(|error| companion.error(error))?;
            }
            companion.commit()?;
        }
        self.file.commit()
    }
}

/// Compresses the pieces of another encoder.
pub struct Compressed<E> {
    inner: E,
    outer: Option<OuterCompression>,
    /// Pieces that were written, to be filled again.
    pieces: Spare,
}

/// Bytes of a piece that is kept to be filled again, at most.
const PIECE_BYTES_KEPT: usize = 16 << 20;

impl<E: Encode<Piece = Vec<u8>>> Encode for Compressed<E> {
    type Piece = Vec<u8>;

    fn unit(&self) -> Unit {
        self.inner.unit()
    }

    fn takes_dictionaries(&self) -> bool {
        self.inner.takes_dictionaries()
    }

    fn takes_views(&self) -> bool {
        self.inner.takes_views()
    }

    fn takes_runs(&self) -> bool {
        self.inner.takes_runs()
    }

    fn encode_into(
        &self,
        _piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let mut piece = self.pieces.take();
        if !self.inner.writes_over() {
            piece.clear();
        }
        let mut encoded = self.inner.encode_into(piece, batches)?;
        if let (Some(outer), false) = (&self.outer, encoded.piece.is_empty()) {
            let compressed = outer.compress(&encoded.piece)?;
            self.pieces.put(std::mem::replace(&mut encoded.piece, compressed));
        }
        Ok(encoded)
    }

    fn check(&self, records: &RecordBatch) -> Result<()> {
        self.inner.check(records)
    }
}

/// Bytes given whole: for tests, and for pushing a buffer through a reader.
pub fn whole(bytes: impl Into<Bytes>) -> Slice {
    Slice { bytes: bytes.into(), first: true, last: true }
}
