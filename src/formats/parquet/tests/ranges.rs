//! Row groups are read in ranges that share their columns: the same rows on however many threads, and in whatever order
//! they are decoded.

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::format::{Format, ReadOptions, WriteOptions};
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, concat, exec, read, write};
use crate::pipeline::Chunk;

const ROWS: usize = 40_000;

/// Texts of a kilobyte, lists of any length, and numbers with nulls: 40 MB in one row group.
fn large() -> (SchemaRef, RecordBatch, Vec<u8>) {
    let texts: StringArray = (0..ROWS).map(|row| Some(format!("{row:01000}"))).collect();
    let numbers: Int64Array = (0..ROWS as i64).map(|row| (row % 5 != 0).then_some(row)).collect();
    let mut lists = ListBuilder::new(Int32Builder::new());
    for row in 0..ROWS {
        (0..row % 4).for_each(|at| lists.values().append_value((row * 4 + at) as i32));
        lists.append(row % 7 != 0);
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(texts), Arc::new(numbers), Arc::new(lists.finish())];
    let fields: Vec<Field> = columns
        .iter()
        .zip(["t", "n", "l"])
        .map(|(array, name)| Field::new(name, array.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
    let mut options = WriteOptions::default();
    options.settings.set("row-group-rows", "100000");
    let (data, _) = write(&FORMAT, &schema, std::slice::from_ref(&batch), &options, 2).unwrap();
    (schema, batch, data)
}

fn chunks(data: Vec<u8>, options: &ReadOptions) -> Vec<Box<dyn Chunk>> {
    let mut reader = FORMAT.open(bytes(data), options, &exec(1)).unwrap();
    std::iter::from_fn(|| reader.next_chunk().unwrap()).collect()
}

#[test]
fn the_same_rows_on_any_number_of_threads() {
    let (schema, batch, data) = large();
    for threads in [1, 2, 3, 8] {
        let (_, batches) = read(&FORMAT, bytes(data.clone()), &ReadOptions::default(), threads).unwrap();
        assert_eq!(concat(&schema, &batches), batch, "{threads} threads");
    }
}

#[test]
fn the_same_rows_in_any_order() {
    let (schema, batch, data) = large();
    for batch_rows in [8192, 1000] {
        let mut options = ReadOptions::default();
        options.limits.batch_rows = batch_rows;
        let mut chunks = chunks(data.clone(), &options);
        assert!(chunks.len() >= 3, "{} chunks", chunks.len());
        let first = chunks.remove(0);
        let mut parts: Vec<Vec<RecordBatch>> = Vec::new();
        // The last one first, and the first one last.
        for chunk in chunks.into_iter().rev().chain(std::iter::once(first)) {
            parts.push(chunk.decode().unwrap().map(|batch| batch.unwrap().records).collect());
        }
        parts.reverse();
        let batches: Vec<RecordBatch> = parts.into_iter().flatten().collect();
        assert_eq!(concat(&schema, &batches), batch);
    }
}

/// Dictionaries of unique values take more memory than the values: such columns are decoded at once.
fn large_dictionaries() -> (RecordBatch, Vec<u8>) {
    let rows = 100_000i64;
    let columns = (0..40).map(|column| {
        let values: ArrayRef = Arc::new(Int64Array::from_iter_values((0..rows).map(|row| row * 40 + column)));
        (format!("c{column}"), values)
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut options = WriteOptions::default();
    options.settings.set("dictionary", "true");
    options.compression = Some("none".parse().unwrap());
    let (data, _) = write(&FORMAT, &batch.schema(), std::slice::from_ref(&batch), &options, 2).unwrap();
    (batch, data)
}

#[test]
fn damage_in_columns_that_are_decoded_at_once_has_its_place() {
    let (batch, mut data) = large_dictionaries();
    let file = SerializedFileReader::new(::bytes::Bytes::from(data.clone())).unwrap();
    let (start, length) = file.metadata().row_group(0).column(7).byte_range();
    // Places in the dictionary that it does not have, in the last rows.
    let end = (start + length) as usize;
    data[end - 200..end - 100].fill(0xff);
    let (mut rows, mut columns) = (0, Vec::new());
    for chunk in chunks(data, &ReadOptions::default()) {
        for part in chunk.decode().unwrap() {
            match part {
                Ok(part) => {
                    let expected = batch.slice(rows, part.records.num_rows());
                    assert!(part.records.columns() == expected.columns());
                    rows += part.records.num_rows();
                }
                Err(error) => columns.extend(error.origin().column.clone()),
            }
        }
    }
    assert!(rows > 90_000 && rows < 100_000, "{rows}");
    assert_eq!(columns.iter().map(|column| &**column).collect::<Vec<_>>(), ["c7"]);
}

#[test]
fn the_same_rows_of_many_columns_with_large_dictionaries() {
    let (batch, data) = large_dictionaries();
    for threads in [1, 3] {
        let (schema, batches) = read(&FORMAT, bytes(data.clone()), &ReadOptions::default(), threads).unwrap();
        assert!(batches.len() > 10, "{} batches", batches.len());
        assert!(concat(&schema, &batches).columns() == batch.columns(), "{threads} threads");
    }
}

#[test]
fn damage_ends_its_range_alone() {
    let rows = 8000;
    let text = |row: usize| format!("{row:01000}");
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(text)));
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows as i64));
    let batch = RecordBatch::try_from_iter([("n", numbers), ("t", texts)]).unwrap();
    let mut options = WriteOptions::default();
    for (name, value) in [("encoding", "plain"), ("dictionary", "false"), ("data-page-size", "100000")] {
        options.settings.set(name, value);
    }
    options.compression = Some("none".parse().unwrap());
    let (mut data, _) = write(&FORMAT, &batch.schema(), std::slice::from_ref(&batch), &options, 1).unwrap();
    let bad = 1123;
    let end = format!("{bad:010}");
    let place = data.windows(10).position(|window| window == end.as_bytes()).unwrap();
    data[place] = 0xff;

    let mut options = ReadOptions::default();
    options.limits.batch_rows = 500;
    let chunks = chunks(data, &options);
    assert!(chunks.len() > 2, "{} ranges", chunks.len());
    let mut seen = Vec::new();
    let mut damaged = Vec::new();
    for chunk in chunks {
        for batch in chunk.decode().unwrap() {
            match batch {
                Ok(batch) => {
                    let numbers = batch.records.column(0).as_primitive::<Int64Type>();
                    let texts = batch.records.column(1).as_string::<i32>();
                    assert!(numbers.values().iter().zip(texts).all(|(row, found)| found == Some(&text(*row as usize))));
                    seen.extend(numbers.values());
                }
                Err(error) => {
                    assert_eq!(error.origin().column.as_deref(), Some("t"), "{error:?}");
                    damaged.push(seen.last().copied());
                }
            }
        }
    }
    // Of the range with the damage, what comes before its batch.
    assert_eq!(damaged, [Some(999)]);
    assert_eq!(seen[..1000], (0..1000).collect::<Vec<i64>>());
    let behind = *seen.get(1000).unwrap();
    assert!((1500..5000).contains(&behind) && behind % 500 == 0, "{behind}");
    assert_eq!(seen[1000..], (behind..rows as i64).collect::<Vec<i64>>());
}

#[test]
fn row_groups_have_the_rows_asked_for_or_take_little_memory() {
    let (schema, batch, _) = large();
    let batches: Vec<RecordBatch> = (0..2 * ROWS).step_by(5000).map(|first| batch.slice(first % ROWS, 5000)).collect();
    let groups = |rows: Option<&str>| -> Vec<i64> {
        let mut options = WriteOptions::default();
        if let Some(rows) = rows {
            options.settings.set("row-group-rows", rows);
        }
        let (data, _) = write(&FORMAT, &schema, &batches, &options, 2).unwrap();
        let file = SerializedFileReader::new(::bytes::Bytes::from(data)).unwrap();
        file.metadata().row_groups().iter().map(|group| group.num_rows()).collect()
    };
    assert_eq!(groups(Some("80000")), [80_000]);
    assert_eq!(groups(Some("30000")), [30_000, 30_000, 20_000]);
    // 48 MiB, of a kilobyte and a little more.
    assert_eq!(groups(None), [50_000, 30_000]);
}

/// The crate opens what follows a page header that it has looked at before, and does not read a header there.
#[test]
fn lists_in_many_pages_are_read() {
    let word = |at: u64| format!("{:016x}", at.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(at as u32));
    let mut lists = ListBuilder::new(arrow_array::builder::StringBuilder::new());
    for row in 0..20_000 {
        (0..row % 4).for_each(|at| lists.values().append_value(word(row * 4 + at)));
        lists.append(true);
    }
    let batch = RecordBatch::try_from_iter([("l", Arc::new(lists.finish()) as ArrayRef)]).unwrap();
    for codec in [Compression::ZSTD(ZstdLevel::default()), Compression::SNAPPY, Compression::UNCOMPRESSED] {
        let properties = WriterProperties::builder()
            .set_compression(codec)
            .set_dictionary_enabled(false)
            .set_write_batch_size(50)
            .set_data_page_size_limit(2000)
            .build();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        let data = writer.into_inner().unwrap();
        let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
        assert_eq!(concat(&schema, &batches).column(0), batch.column(0), "{codec:?}");
    }
}
