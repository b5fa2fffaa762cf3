//! The promises to programs: a panic is an error, a reader that is let go stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow::array::{RecordBatch, RecordBatchWriter};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use fmtconv::code::Code;
use fmtconv::error::{Origin, Result};
use fmtconv::format::{Definition, WriteOptions};
use fmtconv::pipeline::adapter::{BatchReader, Memory};
use fmtconv::pipeline::{Batch, Batches, Chunk, Reader};
use fmtconv::{Convert, ErrorKind, Output, Source, Target};

use super::data::sample;
use super::files::{exec, kinds};

/// Chunks without end; one of them panics.
struct Endless {
    made: Arc<AtomicUsize>,
    gone: Arc<AtomicBool>,
    panics_at: Option<usize>,
}

struct Piece {
    panics: bool,
}

impl Reader for Endless {
    fn schema(&self) -> SchemaRef {
        sample(1).schema()
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        let at = self.made.fetch_add(1, Ordering::SeqCst);
        Ok(Some(Box::new(Piece { panics: self.panics_at == Some(at) })))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
    }
}

impl Chunk for Piece {
    fn size(&self) -> usize {
        100
    }
    fn origin(&self) -> Origin {
        Origin::default()
    }
    fn decode(self: Box<Self>) -> Result<Batches> {
        assert!(!self.panics, "a chunk that panics");
        Ok(Box::new(std::iter::once(Ok(Batch::new(sample(5))))))
    }
}

#[test]
fn panic_in_a_chunk_is_an_internal_error() {
    for kind in kinds() {
        for threads in [1, 2, 8] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let output = fmtconv::Output::path(folder.path().join("out"));
            let mut options = WriteOptions { name: Some("record".into()), ..WriteOptions::default() };
            if let Some(layout) = kind.layout {
                options.settings.set("layout", layout);
            }
            let sink = kind.format.create(output, sample(1).schema(), &options).expect("the sample can be written");
            let reader = Endless { made: Arc::default(), gone: Arc::default(), panics_at: Some(20) };
            let error = sink.drain(Box::new(reader), Vec::new(), &exec(threads)).expect_err("a chunk panics");
            assert_eq!(error.kind(), ErrorKind::Internal, "{}: {error}", kind.name);
            assert!(error.to_string().contains("a chunk that panics"), "{error}");
            let left = std::fs::read_dir(folder.path()).expect("the folder is there").count();
            assert_eq!(left, 0, "{}: an output is left", kind.name);
        }
    }
}

#[test]
fn reader_that_is_let_go_stops() {
    for threads in [1, 2, 8] {
        let (made, gone) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let endless = Endless { made: made.clone(), gone: gone.clone(), panics_at: None };
        let mut reader = BatchReader::new(Box::new(endless), &exec(threads));
        for _ in 0..3 {
            assert_eq!(reader.next_batch().expect("there is no end").expect("no chunk fails").records.num_rows(), 5);
        }
        drop(reader);
        assert!(gone.load(Ordering::SeqCst), "{threads} threads: the source is still open");
        let read = made.load(Ordering::SeqCst);
        assert!(read <= 3 + 2 * (2 * threads + 2), "{threads} threads: {read} chunks were read ahead");
    }
}

#[test]
fn writer_that_is_dropped_leaves_nothing() {
    for format in ["csv", "ndjson", "avro", "parquet", "arrow"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let target = Target::with_format(Output::path(folder.path().join("out")), format);
        let mut writer = fmtconv::create(target, sample(1).schema()).expect("created");
        writer.write(&sample(5)).expect("written");
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0, "{format}");
    }
}

#[test]
fn reports_of_open_and_create_tell_what_those_of_conversions_tell() {
    let (input, moments) = ("a,a\n1,2\n", DataType::Timestamp(TimeUnit::Second, Some("Europe/Paris".into())));
    let mut reader = fmtconv::open(fmtconv::formats::csv::read(Source::bytes("in.csv", input))).expect("opened");
    assert_eq!(reader.by_ref().map(|batch| batch.expect("a batch").num_rows()).sum::<usize>(), 1);
    let report = reader.report();
    assert!(report.losses.contains_key(&(Code::Renamed, "a_2".to_owned())), "{report:?}");
    assert_eq!((report.records_in, report.bytes_in), (1, input.len() as u64));

    let schema = Arc::new(Schema::new(vec![Field::new("t", moments, true)]));
    let target = || Target::with_format(Output::memory().0, "ndjson");
    let mut writer = fmtconv::create(target(), schema.clone()).expect("created");
    let batch = RecordBatch::new_empty(schema.clone());
    writer.write(&batch).expect("written");
    let created = writer.close_report().expect("closed");
    let converted = Convert::reader(Box::new(Memory::new(schema, [Ok(batch)].into_iter()))).to(target()).run();
    assert_eq!(created.losses, converted.expect("converted").losses);
    assert!(!created.losses.is_empty());
}

#[test]
fn failed_write_is_told_again_when_the_writer_is_closed() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let target = Target::with_format(Output::writer("full", Full), "csv");
    let mut writer = fmtconv::create(target, sample(1).schema()).expect("created");
    let first = (0..1000).find_map(|_| writer.write(&sample(500)).err()).expect("a full disk");
    let again = writer.close_report().expect_err("the same");
    let first = fmtconv::Error::from(first);
    assert_eq!(first.kind(), ErrorKind::Io);
    assert!(again.text().contains(first.message()), "{again}");
}

#[test]
fn a_schema_to_read_with_is_refused_where_records_are_made_elsewhere() {
    let reader = Memory::new(sample(1).schema(), [Ok(sample(1))].into_iter());
    let definition = Definition { path: "any.avsc".into(), ..Definition::default() };
    let target = Target::with_format(Output::memory().0, "csv");
    let error = Convert::reader(Box::new(reader)).to(target).reader_schema(definition).run().expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn policies_on_the_options_of_an_input_hold() {
    let input = || {
        let input = fmtconv::formats::csv::read(Source::bytes("in.csv", "n\n300\n")).column("n", DataType::Int8);
        let mut input = input;
        input.options.policies.set("V-INT-RANGE=clamp".parse().expect("a policy"));
        input
    };
    let (output, memory) = Output::memory();
    Convert::new(input()).to(Target::with_format(output, "csv")).run().expect("converted");
    assert_eq!(memory.take().expect("written"), b"n\n127\n");
    let mut aside = input();
    aside.options.policies.set("V-INT-RANGE=skip".parse().expect("a policy"));
    assert_eq!(fmtconv::open(aside).expect_err("refused").kind(), ErrorKind::Usage);
}

/// Compressed Parquet from a pipe is Parquet, also where it is read twice.
#[test]
fn compressed_streams_of_files_with_an_index_are_verified() {
    let (output, memory) = Output::memory();
    let csv = || fmtconv::formats::csv::read(Source::bytes("in.csv", "id\n1\n2\n"));
    Convert::new(csv()).to(Target::with_format(output, "parquet")).run().expect("converted");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &memory.take().expect("written")).expect("compressed");
    let gzip = gzip.finish().expect("compressed");
    let input = || fmtconv::Input::from(Source::reader("pipe", std::io::Cursor::new(gzip.clone())));
    let target = || Target::with_format(Output::memory().0, "csv");
    let report = Convert::new(input()).to(target()).verify(true).run().expect("verified");
    assert_eq!(report.verified.expect("verified").records, 2);
    assert_eq!(Convert::many([input(), input()]).to(target()).run().expect("converted").records_in, 4);
}
