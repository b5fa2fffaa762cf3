//! The promises to programs: a panic is an error, a reader that is let go stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow::datatypes::SchemaRef;
use fmtconv::ErrorKind;
use fmtconv::error::{Origin, Result};
use fmtconv::format::WriteOptions;
use fmtconv::pipeline::adapter::BatchReader;
use fmtconv::pipeline::{Batch, Batches, Chunk, Reader};

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
