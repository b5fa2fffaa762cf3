//! Damaged and failing input: an error, never a panic, never fewer records without a word.

use crate::error::ErrorKind;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, read, rows, write};
use crate::formats::testing_batches::{Random, random_batch};
use crate::source::Source;

fn sample() -> (Vec<u8>, usize) {
    let batch = random_batch(&mut Random(12345), 3, 1, 20);
    let mut options = WriteOptions::default();
    options.settings.set("row-group-rows", "10");
    (write(&FORMAT, &batch.schema(), &[batch], &options, 1).unwrap().0, 20)
}

#[test]
fn truncated_at_every_byte() {
    let (file, _) = sample();
    for end in 0..file.len() {
        let outcome = read(&FORMAT, bytes(file[..end].to_vec()), &ReadOptions::default(), 1);
        assert!(outcome.is_err(), "cut at {end} of {}", file.len());
    }
}

#[test]
fn every_byte_changed() {
    let (file, all) = sample();
    for place in 0..file.len() {
        let mut file = file.clone();
        file[place] ^= 0x55;
        match read(&FORMAT, bytes(file), &ReadOptions::default(), 1) {
            Ok((_, batches)) => assert_eq!(rows(&batches), all, "byte {place}"),
            Err(error) => assert_ne!(error.kind(), ErrorKind::Internal, "byte {place}: {error:?}"),
        }
    }
}

struct Fails(std::io::Cursor<Vec<u8>>);

impl std::io::Read for Fails {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(std::io::Error::other("the disk is gone")),
            n => Ok(n),
        }
    }
}

#[test]
fn failing_reads() {
    let (file, _) = sample();
    let source = Source::reader("pipe", Fails(std::io::Cursor::new(file)));
    let error = read(&FORMAT, source, &ReadOptions::default(), 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
}

#[test]
fn counts_and_outlines() {
    let (file, all) = sample();
    let source = bytes(file);
    assert_eq!(FORMAT.count(&source, &ReadOptions::default()).unwrap(), Some(all as u64));
    let outline = FORMAT.inspect(&source, &ReadOptions::default()).unwrap();
    assert_eq!(outline["rows"], all);
    assert_eq!(outline["row_groups"].as_array().unwrap().len(), 2);
}
