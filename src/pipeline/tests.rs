//! The driver with a toy format: one decimal number a line.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch, RecordBatchReader};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use proptest::prelude::*;

use super::adapter::BatchReader;
use super::stream::{StreamReader, StreamWriter};
use super::*;
use crate::ErrorKind;
use crate::error::Error;
use crate::format::Limits;
use crate::output::Output;
use crate::report::Report;
use stage::{Slice, Unit};

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]))
}

/// A record a line.
pub(super) struct Lines;

impl Split for Lines {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        Ok(if end { Some(buf.len()) } else { memchr::memrchr(b'\n', buf).map(|at| at + 1) })
    }
}

struct Numbers;

impl Decode for Numbers {
    fn schema(&self) -> SchemaRef {
        schema()
    }
    fn decode(&self, slice: Slice) -> Result<Batches> {
        let text = String::from_utf8(slice.bytes.to_vec()).unwrap();
        let mut values = Vec::new();
        let mut byte = 0;
        for (index, line) in text.lines().enumerate() {
            if line == "panic" {
                panic!("a line said so");
            }
            let value = line.parse().map_err(|_| {
                Error::malformed(format!("{line:?} is not a number"))
                    .at_record(index as u64)
                    .at_line(index as u64)
                    .at_byte(byte)
            })?;
            values.push(value);
            byte += line.len() as u64 + 1;
        }
        // Two batches a chunk, so that positions over batches are tried too.
        let cut = values.len() / 2;
        let rest = values.split_off(cut);
        let batches = [values, rest].map(|values: Vec<i64>| {
            let lines = values.len() as u64;
            let mut batch = Batch::new(RecordBatch::try_new(schema(), vec![Arc::new(Int64Array::from(values))])?);
            batch.report.lines = lines;
            Ok(batch)
        });
        Ok(Box::new(batches.into_iter()))
    }
}

/// Writes numbers, one a line, and `--` after each piece if pieces have a number of rows. Cannot write 666.
struct Print {
    unit: Unit,
}

impl Encode for Print {
    type Piece = Vec<u8>;
    fn unit(&self) -> Unit {
        self.unit
    }
    fn encode_into(
        &self,
        mut piece: Vec<u8>,
        batches: &mut dyn Iterator<Item = Result<Batch>>,
    ) -> Result<Encoded<Vec<u8>>> {
        let mut report = Report::default();
        for batch in batches {
            let batch = batch?;
            for value in batch.records.column(0).as_primitive::<Int64Type>().values() {
                if *value == 666 {
                    return Err(
                        Error::value(crate::Code::IntRange, "666 cannot be written").at_record(report.records_out)
                    );
                }
                piece.extend_from_slice(format!("{value}\n").as_bytes());
                report.records_out += 1;
            }
            report.merge(&batch.report);
        }
        if matches!(self.unit, Unit::Rows(_)) {
            piece.extend_from_slice(b"--\n");
        }
        Ok(Encoded { piece, report })
    }
}

fn reader(text: &str, chunk_bytes: usize) -> Box<dyn Reader> {
    let limits = Limits { chunk_bytes, ..Limits::default() };
    let input = Box::new(std::io::Cursor::new(text.to_owned().into_bytes()));
    Box::new(StreamReader::new("numbers".into(), input, Box::new(Lines), Arc::new(Numbers), limits))
}

/// A reader whose chunks are those of a file with an index: small ones go to workers together. Counts the chunks that were
/// cut when the first was decoded.
struct Indexed {
    reader: Box<dyn Reader>,
    cut: Arc<AtomicUsize>,
    first: Arc<AtomicUsize>,
}

impl Indexed {
    fn new(reader: Box<dyn Reader>) -> Self {
        Indexed { reader, cut: Arc::default(), first: Arc::default() }
    }
}

impl Reader for Indexed {
    fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        self.cut.fetch_add(1, Ordering::SeqCst);
        let chunk = self.reader.next_chunk()?;
        let (cut, first) = (self.cut.clone(), self.first.clone());
        Ok(chunk.map(|chunk| Box::new(IndexedChunk { chunk, cut, first }) as Box<dyn Chunk>))
    }
}

struct IndexedChunk {
    chunk: Box<dyn Chunk>,
    cut: Arc<AtomicUsize>,
    first: Arc<AtomicUsize>,
}

impl Chunk for IndexedChunk {
    fn size(&self) -> usize {
        self.chunk.size()
    }
    fn origin(&self) -> Origin {
        self.chunk.origin()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        let cut = self.cut.load(Ordering::SeqCst);
        let _ = self.first.compare_exchange(0, cut, Ordering::SeqCst, Ordering::SeqCst);
        self.chunk.decode()
    }
    fn is_indexed(&self) -> bool {
        true
    }
}

fn exec(threads: usize) -> Exec {
    Exec::new(NonZeroUsize::new(threads)).unwrap()
}

fn run(text: &str, chunk_bytes: usize, threads: usize, unit: Unit) -> Result<(String, Report)> {
    let (output, memory) = Output::memory();
    let writer = StreamWriter::new(output, Print { unit }, Vec::new())?;
    let reader = reader(text, chunk_bytes);
    let reader = if chunk_bytes.is_multiple_of(2) { Box::new(Indexed::new(reader)) } else { reader };
    let report = Sink::drain(Box::new(writer), reader, Vec::new(), &exec(threads))?;
    Ok((String::from_utf8(memory.take().expect("committed")).unwrap(), report))
}

fn rows(n: usize) -> Unit {
    Unit::Rows(NonZeroUsize::new(n).unwrap())
}

fn numbers(n: usize) -> String {
    (0..n).map(|value| format!("{value}\n")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn order_is_kept_for_any_threads_and_chunks(n in 0usize..600, chunk in 1usize..300, threads in 1usize..5) {
        let text = numbers(n);
        let (out, report) = run(&text, chunk, threads, Unit::Any).unwrap();
        prop_assert_eq!(&out, &text);
        prop_assert_eq!((report.records_in, report.records_out, report.lines), (n as u64, n as u64, n as u64));
    }

    #[test]
    fn groups_have_exactly_so_many_rows(n in 1usize..600, chunk in 1usize..300, threads in 1usize..5, group in 1usize..90) {
        let (out, _) = run(&numbers(n), chunk, threads, rows(group)).unwrap();
        let sizes: Vec<usize> = out.split("--\n").map(|part| part.lines().count()).collect();
        let (last, whole) = sizes[..sizes.len() - 1].split_last().unwrap();
        prop_assert!(whole.iter().all(|size| *size == group));
        prop_assert!(*last > 0 && *last <= group);
    }

    #[test]
    fn the_first_error_is_reported_where_it_is(
        n in 10usize..500, first in 0usize..10, second in 0usize..500, chunk in 1usize..200, threads in 1usize..5, grouped: bool,
    ) {
        let mut lines: Vec<String> = (0..n).map(|value| value.to_string()).collect();
        lines[second % n] = "later".into();
        let bad = first.min(second % n);
        lines[bad] = "bad".into();
        let unit = if grouped { rows(7) } else { Unit::Any };
        let error = run(&lines.join("\n"), chunk, threads, unit).unwrap_err();
        let byte: usize = lines[..bad].iter().map(|line| line.len() + 1).sum();
        prop_assert_eq!(
            error.to_string(),
            format!("numbers:{}: record {}, byte {byte}: \"bad\" is not a number", bad + 1, bad + 1)
        );
    }

    #[test]
    fn errors_of_encoding_name_the_record_of_the_source(at in 0usize..400, chunk in 1usize..200, threads in 1usize..4, grouped: bool) {
        let mut lines: Vec<String> = (0..400).map(|value| (value + 1000).to_string()).collect();
        lines[at] = "666".into();
        let unit = if grouped { rows(33) } else { Unit::Any };
        let error = run(&lines.join("\n"), chunk, threads, unit).unwrap_err();
        prop_assert_eq!(error.to_string(), format!("numbers: record {}: 666 cannot be written [V-INT-RANGE]", at + 1));
        prop_assert_eq!(error.kind().exit_code(), 4);
    }
}

#[test]
fn small_chunks_of_an_indexed_file_go_together() {
    let cut_before_the_first = |memory| {
        let exec = Exec::with_memory(NonZeroUsize::new(1), memory).unwrap();
        let reader = Indexed::new(reader(&numbers(1000), 8));
        let first = reader.first.clone();
        let rows: usize = BatchReader::new(Box::new(reader), &exec).map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(rows, 1000);
        first.load(Ordering::SeqCst)
    };
    assert!((2..=64).contains(&cut_before_the_first(None)));
    // Chunks that wait would hold what the next one waits for.
    assert_eq!(cut_before_the_first(Some(1 << 20)), 1);
}

#[test]
fn a_panic_in_a_worker_is_an_error() {
    for threads in [1, 3] {
        let error = run("1\n2\npanic\n4\n", 2, threads, Unit::Any).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.message().contains("a line said so"), "{error}");
    }
}

#[test]
fn a_failed_run_leaves_no_output_and_keeps_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.txt");
    for old in [None, Some("old")] {
        if let Some(old) = old {
            std::fs::write(&path, old).unwrap();
        }
        let output = Output::path(&path).overwrite(true);
        let writer = StreamWriter::new(output, Print { unit: Unit::Any }, b"head\n".to_vec()).unwrap();
        let text = numbers(1000) + "bad\n";
        Sink::drain(Box::new(writer), reader(&text, 64), Vec::new(), &exec(2)).unwrap_err();
        assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), old);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), old.iter().count());
    }
}

#[test]
fn a_writer_that_fails_is_an_io_error() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0 == 0 {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            let n = bytes.len().min(self.0);
            self.0 -= n;
            Ok(n)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let text = numbers(100);
    for room in 0..text.len() {
        let writer =
            StreamWriter::new(Output::writer("full", Full(room)), Print { unit: Unit::Any }, Vec::new()).unwrap();
        let error = Sink::drain(Box::new(writer), reader(&text, 16), Vec::new(), &exec(2)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }
}

#[test]
fn a_reader_that_fails_is_an_io_error_at_its_byte() {
    struct Broken(usize);
    impl std::io::Read for Broken {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.0 == 0 {
                return Err(std::io::Error::other("the disk is gone"));
            }
            let n = into.len().min(self.0).min(3);
            into[..n].copy_from_slice(&b"1\n1\n"[..n]);
            self.0 -= n;
            Ok(n)
        }
    }
    for bytes in [0, 1, 7, 100] {
        let input = Box::new(Broken(bytes));
        let limits = Limits { chunk_bytes: 32, ..Limits::default() };
        let reader = StreamReader::new("broken".into(), input, Box::new(Lines), Arc::new(Numbers), limits);
        let (output, memory) = Output::memory();
        let writer = StreamWriter::new(output, Print { unit: Unit::Any }, Vec::new()).unwrap();
        let error = Sink::drain(Box::new(writer), Box::new(reader), Vec::new(), &exec(2)).unwrap_err();
        assert_eq!((error.kind(), error.origin().byte), (ErrorKind::Io, Some(bytes as u64)));
        assert!(memory.take().is_none());
    }
}

#[test]
fn dropping_the_consumer_stops_the_reader() {
    struct Endless(Arc<AtomicUsize>);
    impl Reader for Endless {
        fn schema(&self) -> SchemaRef {
            schema()
        }
        fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            reader("1\n", 10).next_chunk()
        }
    }
    let count = Arc::new(AtomicUsize::new(0));
    let exec = exec(2);
    let mut batches = BatchReader::new(Box::new(Endless(count.clone())), &exec);
    assert_eq!(batches.schema(), schema());
    batches.next().unwrap().unwrap();
    drop(batches);
    let after = count.load(Ordering::SeqCst);
    assert!(after <= 2 + exec.window(), "{after} chunks were cut for one batch");
    std::thread::sleep(std::time::Duration::from_millis(20));
    assert_eq!(count.load(Ordering::SeqCst), after, "the reader went on");
}

#[test]
fn exactly_the_last_slice_is_marked_last() {
    let text = numbers(40);
    for chunk_bytes in 1..text.len() + 2 {
        let limits = Limits { chunk_bytes, ..Limits::default() };
        let input = Box::new(std::io::Cursor::new(text.clone()));
        let mut reader = StreamReader::new("n".into(), input, Box::new(Lines), Arc::new(Numbers), limits);
        let mut slices = Vec::new();
        while let Some((_, slice)) = reader.next_slice() {
            slices.push(slice.unwrap());
        }
        let (last, others) = slices.split_last().unwrap();
        assert!(last.last && others.iter().all(|slice| !slice.last), "chunks of {chunk_bytes}");
    }
}

#[test]
fn a_record_longer_than_the_limit_is_refused() {
    let limits = Limits { chunk_bytes: 8, record_bytes_max: 64, ..Limits::default() };
    let input = Box::new(std::io::repeat(b'1'));
    let reader = StreamReader::new("long".into(), input, Box::new(Lines), Arc::new(Numbers), limits);
    let (output, _) = Output::memory();
    let writer = StreamWriter::new(output, Print { unit: Unit::Any }, Vec::new()).unwrap();
    let error = Sink::drain(Box::new(writer), Box::new(reader), Vec::new(), &exec(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn cancelling_fails_the_run() {
    let exec = exec(2);
    exec.cancel();
    let (output, memory) = Output::memory();
    let writer = StreamWriter::new(output, Print { unit: Unit::Any }, Vec::new()).unwrap();
    Sink::drain(Box::new(writer), reader("1\n2\n", 2), Vec::new(), &exec).unwrap_err();
    assert!(memory.take().is_none());
}

#[test]
fn memory_bounds_the_chunks_in_flight() {
    /// Gives chunks that say they are large, and looks how many are on their way.
    struct Large {
        left: usize,
        given: usize,
        written: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }
    impl Reader for Large {
        fn schema(&self) -> SchemaRef {
            schema()
        }
        fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
            let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
            self.left = left;
            self.given += 1;
            self.most.fetch_max(self.given - self.written.load(Ordering::SeqCst), Ordering::SeqCst);
            Ok(reader("1\n", 10).next_chunk()?.map(|chunk| Box::new(Sized(chunk)) as Box<dyn Chunk>))
        }
    }
    struct Sized(Box<dyn Chunk>);
    impl Chunk for Sized {
        fn size(&self) -> usize {
            1000
        }
        fn origin(&self) -> crate::error::Origin {
            self.0.origin()
        }
        fn decode(self: Box<Self>) -> Result<Batches> {
            self.0.decode()
        }
    }
    struct Slow(Arc<AtomicUsize>);
    impl std::io::Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            std::thread::sleep(std::time::Duration::from_millis(1));
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let in_flight = |memory| {
        let exec = Exec::with_memory(NonZeroUsize::new(4), memory).unwrap();
        let (written, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let reader = Large { left: 60, given: 0, written: written.clone(), most: most.clone() };
        let output = Output::writer("slow", Slow(written.clone()));
        let writer = StreamWriter::new(output, Print { unit: Unit::Any }, Vec::new()).unwrap();
        Sink::drain(Box::new(writer), Box::new(reader), Vec::new(), &exec).unwrap();
        assert_eq!(written.load(Ordering::SeqCst), 60);
        most.load(Ordering::SeqCst)
    };
    // A quarter of the memory is for chunks, each counted four times: three of them, and one that waits.
    assert!(in_flight(Some(48_000)) <= 4);
    assert!(in_flight(None) > 4, "a slow output fills the window");
}
