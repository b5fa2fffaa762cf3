//! Damaged and failing input: an error, never a panic, never fewer records without a word.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, ListArray, RecordBatch, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};

use crate::code::Code;
use crate::error::ErrorKind;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::formats::ipc::FORMAT;
use crate::formats::testing::{bytes, exec, read, rows, write};
use crate::formats::testing_batches::{Random, random_batch};
use crate::source::Source;

fn sample(layout: &str) -> (Vec<u8>, usize) {
    let batch = random_batch(&mut Random(12345), 3, 1, 20);
    let mut options = WriteOptions::default();
    options.settings.set("layout", layout).set("batch-rows", "10");
    (write(&FORMAT, &batch.schema(), &[batch], &options, 1).unwrap().0, 20)
}

#[test]
fn truncated_at_every_byte() {
    let (file, _) = sample("file");
    for end in 0..file.len() {
        let outcome = read(&FORMAT, bytes(file[..end].to_vec()), &ReadOptions::default(), 1);
        assert!(outcome.is_err(), "file cut at {end} of {}", file.len());
    }
    let (stream, all) = sample("stream");
    let mut quiet = Vec::new();
    for end in 0..stream.len() {
        if let Ok((_, batches)) = read(&FORMAT, bytes(stream[..end].to_vec()), &ReadOptions::default(), 1) {
            quiet.push(rows(&batches));
        }
    }
    // A stream may end between two messages, by the specification: after the schema and after each batch.
    quiet.dedup();
    assert_eq!(quiet, [0, all / 2, all]);
}

#[test]
fn nulls_that_cannot_be_and_buffers_that_begin_anywhere() {
    let array: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3), None, Some(5)]));
    let batch = RecordBatch::try_from_iter_with_nullable([("n", array, true)]).unwrap();
    for layout in ["file", "stream"] {
        let mut options = WriteOptions::default();
        options.settings.set("layout", layout);
        let (data, _) = write(&FORMAT, &batch.schema(), std::slice::from_ref(&batch), &options, 1).unwrap();
        // An array: its length, its nulls. A buffer: where it begins, its length.
        let place = |pair: [i64; 2]| {
            let wanted = pair.map(i64::to_le_bytes).concat();
            data.windows(16).position(|bytes| bytes == wanted)
        };
        let changed = |at: usize, value: i64| {
            let mut data = data.clone();
            data[at..at + 8].copy_from_slice(&value.to_le_bytes());
            read(&FORMAT, bytes(data), &ReadOptions::default(), 1)
        };
        let nulls = place([5, 2]).unwrap() + 8;
        assert_eq!(changed(nulls, 2).unwrap().1, std::slice::from_ref(&batch));
        for other in [-1, -5, i64::MIN, 6] {
            assert_eq!(changed(nulls, other).unwrap_err().kind(), ErrorKind::Malformed, "{other} nulls");
        }
        let (begin, buffer) = [8, 64].into_iter().find_map(|begin| Some((begin, place([begin, 20])?))).unwrap();
        for other in [begin - 1, begin - 4] {
            assert_eq!(changed(buffer, other).unwrap_err().kind(), ErrorKind::Malformed, "at {other}");
        }
    }
}

#[test]
fn every_byte_changed() {
    for layout in ["file", "stream"] {
        let (data, _) = sample(layout);
        for place in 0..data.len() {
            let mut data = data.clone();
            data[place] ^= 0x55;
            if let Err(error) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1) {
                assert_ne!(error.kind(), ErrorKind::Internal, "byte {place}: {error:?}");
            }
        }
    }
}

#[test]
fn rows_with_text_that_is_not_utf8_are_rejected_alone() {
    use arrow_array::{RecordBatch, StringArray};
    use arrow_schema::{DataType, Field, Schema};
    let schema = std::sync::Arc::new(Schema::new(vec![Field::new("s", DataType::Utf8, true)]));
    // In one message of a file, 2.5 MB are read at once and 9 MB in parts.
    for (layout, length, batch_rows) in
        [("file", 6, "2000"), ("stream", 6, "2000"), ("file", 750, "5000"), ("file", 2700, "5000")]
    {
        let text = |row| format!("<{row:04}>{}", "x".repeat(length - 6));
        let texts = StringArray::from_iter((0..5000).map(|row| (row % 3 != 1).then(|| text(row))));
        let batch = RecordBatch::try_new(schema.clone(), vec![std::sync::Arc::new(texts)]).unwrap();
        let mut options = WriteOptions::default();
        options.settings.set("layout", layout).set("batch-rows", batch_rows);
        let (mut data, _) = write(&FORMAT, &schema, std::slice::from_ref(&batch), &options, 1).unwrap();
        for bad in ["<0002>", "<1998>", "<4500>"] {
            let at = data.windows(6).position(|window| window == bad.as_bytes()).unwrap();
            data[at] = 0xff;
        }
        let ((output, written), (file, rejects)) = (crate::Output::memory(), crate::Output::memory());
        let input = crate::Input::with_format(Source::bytes("in.arrow", data.clone()), "arrow");
        let convert = crate::Convert::new(input).to(crate::Target::with_format(output, "ndjson")).rejects(file);
        let report = convert.threads(2).run().unwrap();
        assert_eq!((report.records_in, report.records_out, report.rejected), (5000, 4997, 3));
        assert_eq!(written.take().unwrap().iter().filter(|byte| **byte == b'\n').count(), 4997);
        let rejects = String::from_utf8(rejects.take().unwrap()).unwrap();
        let lines: Vec<serde_json::Value> = rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let records: Vec<_> = lines.iter().map(|line| line["record"].as_u64().unwrap()).collect();
        assert_eq!(records, [3, 1999, 4501], "{layout}");
        assert!(
            lines.iter().all(|line| line["code"] == "V-UTF8" && line["column"] == "s" && line["json"]["s"].is_string())
        );
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
    let (stream, _) = sample("stream");
    let half = stream[..stream.len() / 2].to_vec();
    let source = Source::reader("pipe", Fails(std::io::Cursor::new(half)));
    let error = read(&FORMAT, source, &ReadOptions::default(), 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
}

#[test]
fn more_after_the_end() {
    let (mut stream, _) = sample("stream");
    stream.extend(stream.clone());
    let error = read(&FORMAT, bytes(stream), &ReadOptions::default(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn counts_and_outlines() {
    for layout in ["file", "stream"] {
        let (data, all) = sample(layout);
        let source = bytes(data);
        assert_eq!(FORMAT.count(&source, &ReadOptions::default()).unwrap(), Some(all as u64));
        let outline = FORMAT.inspect(&source, &ReadOptions::default()).unwrap();
        assert_eq!(outline["layout"], layout);
        assert_eq!(outline["record_batches"].as_array().unwrap().len(), 2);
    }
    assert_eq!(
        read(&FORMAT, bytes(b"FEA1abcd".to_vec()), &ReadOptions::default(), 1).unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}

/// What stands under a null may be anything, and is no text.
#[test]
fn bytes_under_nulls_need_not_be_text() {
    let texts = StringArray::new(
        OffsetBuffer::new(vec![0, 7, 14, 21].into()),
        Buffer::from_slice_ref(b"visiblehidden!shown!!"),
        Some(NullBuffer::from(vec![true, false, true])),
    );
    let item = Arc::new(Field::new("item", DataType::Utf8, true));
    let list = ListArray::new(item, OffsetBuffer::new(vec![0, 1, 3, 3].into()), Arc::new(texts.clone()), None);
    for column in [Arc::new(texts) as ArrayRef, Arc::new(list)] {
        let batch = RecordBatch::try_from_iter([("c", column)]).unwrap();
        for layout in ["file", "stream"] {
            let mut options = WriteOptions::default();
            options.settings.set("layout", layout);
            let (data, _) = write(&FORMAT, &batch.schema(), std::slice::from_ref(&batch), &options, 1).unwrap();
            let place = |part: &[u8]| data.windows(part.len()).position(|found| found == part).unwrap();
            let (hidden, shown) = (place(b"hidden!"), place(b"shown!!"));
            let mut file = data.clone();
            file[hidden..hidden + 7].fill(0xff);
            let (_, batches) = read(&FORMAT, bytes(file.clone()), &ReadOptions::default(), 1).unwrap();
            assert_eq!(batches[0].columns(), batch.columns(), "{layout}");
            file[shown] = 0xff;
            let error = read(&FORMAT, bytes(file), &ReadOptions::default(), 1).unwrap_err();
            assert_eq!(error.code(), Some(Code::Utf8), "{error:?}");
        }
    }
}

/// What takes no bytes in a message may take some for each row where it is written to.
#[test]
fn columns_without_bytes_come_in_parts() {
    const ROWS: usize = 3_000_000;
    let none: ArrayRef = Arc::new(arrow_array::NullArray::new(ROWS));
    let batch = RecordBatch::try_from_iter([("n", none)]).unwrap();
    for layout in ["file", "stream"] {
        let mut options = WriteOptions::default();
        options.settings.set("layout", layout).set("batch-rows", "10000000");
        let (data, _) = write(&FORMAT, &batch.schema(), std::slice::from_ref(&batch), &options, 1).unwrap();
        assert!(data.len() < 1000);
        let mut reader = FORMAT.open(bytes(data), &ReadOptions::default(), &exec(1)).unwrap();
        let mut parts = Vec::new();
        while let Some(chunk) = reader.next_chunk().unwrap() {
            parts.push(chunk.decode().unwrap().map(|batch| batch.unwrap().records.num_rows()).sum::<usize>());
        }
        assert_eq!(parts.iter().sum::<usize>(), ROWS, "{layout}");
        assert!(parts.iter().all(|rows| *rows <= 2 << 20), "{layout}: {parts:?}");
    }
}
