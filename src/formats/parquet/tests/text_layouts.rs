//! Text stays the dictionary that it is in the file, or where it is in its page, on its way to encoders that take
//! that, and nothing shows of it.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{WriterProperties, WriterVersion};

use crate::error::Result;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, concat, exec};
use crate::output::Output;
use crate::pipeline::{Chunk, Reader};
use crate::report::Report;

const ROWS: usize = 30_000;

fn schema() -> SchemaRef {
    let json: HashMap<String, String> = [("ARROW:extension:name".to_owned(), "arrow.json".to_owned())].into();
    Arc::new(Schema::new(vec![
        Field::new("few", DataType::Utf8, false),
        Field::new("nulls", DataType::Utf8, true),
        Field::new("odd", DataType::Utf8, true),
        Field::new("n", DataType::Int32, false),
        Field::new("unique", DataType::Utf8, true),
        Field::new("none", DataType::Utf8, true),
        Field::new("json", DataType::Utf8, true).with_metadata(json),
    ]))
}

/// Texts that repeat, some of which no format writes as they are; texts that do not repeat; nothing at all.
fn records() -> RecordBatch {
    let odd = ["", "a,b", "say \"so\"", "two\nlines", "naïve \u{1}", "NULL", "\\N", "#", "plain", "\u{feff}"];
    let rows = || 0..ROWS;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows().map(|row| Some(["x", "yy", "zzz"][row % 3])).collect::<StringArray>()),
        Arc::new(rows().map(|row| (row % 5 > 1).then(|| format!("value {}", row * 7 % 400))).collect::<StringArray>()),
        Arc::new(rows().map(|row| (row % 11 != 3).then(|| odd[row % odd.len()])).collect::<StringArray>()),
        Arc::new(Int32Array::from_iter_values(rows().map(|row| row as i32))),
        Arc::new(rows().map(|row| Some(format!("{row:x} of many"))).collect::<StringArray>()),
        Arc::new(StringArray::new_null(ROWS)),
        Arc::new(rows().map(|row| Some(["[1, 2]", "{\"a\": null}"][row % 2])).collect::<StringArray>()),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

fn file(records: &RecordBatch, properties: WriterProperties) -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), records.schema(), Some(properties)).unwrap();
    writer.write(records).unwrap();
    writer.into_inner().unwrap()
}

fn files() -> Vec<Vec<u8>> {
    let usual = || WriterProperties::builder().set_max_row_group_row_count(Some(12_000));
    vec![
        file(&records(), usual().build()),
        file(&records(), usual().set_writer_version(WriterVersion::PARQUET_2_0).build()),
        // Most dictionaries are full after some pages.
        file(&records(), usual().set_dictionary_page_size_limit(600).set_data_page_row_count_limit(500).build()),
        file(&records(), usual().set_dictionary_enabled(false).build()),
    ]
}

fn open(data: &[u8]) -> Box<dyn Reader> {
    FORMAT.open(bytes(data.to_vec()), &ReadOptions::default(), &exec(1)).unwrap()
}

/// A reader that is not asked for other layouts.
pub(super) struct Plain(pub Box<dyn Reader>);

impl Reader for Plain {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>> {
        self.0.next_chunk()
    }
    fn report(&self) -> Report {
        self.0.report()
    }
}

/// For each file and column whether it comes in another layout when `keep` was asked for; its values are the same.
fn kept(keep: fn(&mut dyn Reader)) -> Vec<[bool; 7]> {
    let mut kept = Vec::new();
    for data in files() {
        let mut reader = open(&data);
        keep(&mut *reader);
        assert_eq!(reader.schema().field(0).data_type(), &DataType::Utf8);
        let mut batches = Vec::new();
        let mut columns = [false; 7];
        while let Some(chunk) = reader.next_chunk().unwrap() {
            for batch in chunk.decode().unwrap() {
                let batch = batch.unwrap().records;
                let schema = reader.schema();
                let plain = batch.columns().iter().zip(schema.fields()).enumerate().map(|(at, (array, field))| {
                    columns[at] |= array.data_type() != field.data_type();
                    arrow::compute::cast(array, field.data_type()).unwrap()
                });
                batches.push(RecordBatch::try_new(schema.clone(), plain.collect()).unwrap());
            }
        }
        assert_eq!(concat(&reader.schema(), &batches).columns(), records().columns());
        kept.push(columns);
    }
    kept
}

#[test]
fn the_values_are_those_of_the_text() {
    let dictionaries = kept(|reader| reader.keep_dictionaries());
    let usual = [true, true, true, false, false, true, false];
    assert_eq!(dictionaries[..2], [usual; 2]);
    assert_eq!(dictionaries[2..], [[true, false, true, false, false, true, false], [false; 7]]);
    let text = [true, true, true, false, true, true, false];
    assert_eq!(kept(|reader| reader.keep_views()), [text; 4]);
}

/// What a format makes of a file, with and without other layouts of text.
fn compare(format: &'static dyn Format, settings: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    for (index, data) in files().into_iter().enumerate() {
        let written = |reader: Box<dyn Reader>, threads| {
            let emit_schema = (format.info().name == "protobuf").then(|| folder.path().join("row.proto"));
            let mut options = WriteOptions { emit_schema, ..WriteOptions::default() };
            for (key, value) in settings {
                options.settings.set(*key, *value);
            }
            let (output, memory) = Output::memory();
            let sink = format.create(output, reader.schema(), &options).unwrap();
            let report = sink.drain(reader, Vec::new(), &exec(threads)).unwrap();
            (memory.take().unwrap(), report)
        };
        let (expected, plain) = written(Box::new(Plain(open(&data))), 1);
        for threads in [1, 3] {
            let (found, report) = written(open(&data), threads);
            assert!(found == expected, "{} {settings:?}, file {index}, {threads} threads", format.info().name);
            assert_eq!(report, plain);
        }
    }
}

#[test]
fn parquet_of_dictionaries_is_parquet_of_text() {
    compare(&FORMAT, &[]);
    compare(&FORMAT, &[("row-group-rows", "7000"), ("bloom", "true")]);
    compare(&FORMAT, &[("dictionary", "false")]);
}

#[cfg(feature = "csv")]
#[test]
fn csv_of_dictionaries_is_csv_of_text() {
    let csv = &crate::formats::csv::FORMAT;
    compare(csv, &[]);
    compare(csv, &[("null-token", "NULL"), ("comment", "#"), ("delimiter", "v")]);
    compare(csv, &[("quoting", "all"), ("escape", "\\")]);
}

#[cfg(feature = "json")]
#[test]
fn json_of_dictionaries_is_json_of_text() {
    let json = &crate::formats::json::FORMAT;
    compare(json, &[]);
    compare(json, &[("nulls", "omit"), ("layout", "array")]);
    compare(json, &[("pretty", "true"), ("rows", "arrays")]);
}

#[cfg(feature = "ipc")]
#[test]
fn arrow_is_given_the_types_of_the_schema() {
    compare(&crate::formats::ipc::FORMAT, &[]);
}

#[cfg(feature = "avro")]
#[test]
fn avro_of_views_is_avro_of_text() {
    let avro = &crate::formats::avro::FORMAT;
    compare(avro, &[]);
    compare(avro, &[("block-bytes", "100")]);
}

#[cfg(feature = "protobuf")]
#[test]
fn protobuf_of_views_is_protobuf_of_text() {
    let protobuf = &crate::formats::protobuf::FORMAT;
    compare(protobuf, &[]);
    compare(protobuf, &[("framing", "text-lines")]);
}
