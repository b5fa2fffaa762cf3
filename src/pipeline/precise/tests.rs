use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Decimal128Array, Decimal256Array, Int32Array, ListArray, RecordBatch, RunArray, UInt64Array,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{Field, Schema};

use crate::code::Code;
use crate::convert::Convert;
use crate::error::Error;
use crate::format::{Definition, Format, Registry, WriteOptions};
use crate::formats::testing::{read, write};
use crate::source::Source;

/// Numbers of three digits, and those of `values` whatever they are.
fn decimals(values: &[i128]) -> ArrayRef {
    Arc::new(Decimal128Array::from(values.to_vec()).with_precision_and_scale(3, 1).unwrap())
}

/// Of what Protobuf writes, the schema is a file of its own.
fn options(format: &dyn Format, folder: &Path) -> WriteOptions {
    let emit_schema = (format.info().name == "protobuf").then(|| folder.join("out.proto"));
    WriteOptions { emit_schema, ..WriteOptions::default() }
}

/// Writes batches of one record type to every format, each of which must refuse them with the same words.
#[track_caller]
fn refused(batches: &[RecordBatch]) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let errors: Vec<(&str, Error)> = Registry::builtin()
        .iter()
        .map(|format| {
            let written = write(format, &batches[0].schema(), batches, &options(format, folder.path()), 2);
            (format.info().name, written.expect_err(format.info().name))
        })
        .collect();
    for (format, error) in &errors {
        assert_eq!(error.to_string(), errors[0].1.to_string(), "{format}");
    }
    errors.into_iter().next().unwrap().1
}

#[test]
fn no_format_is_given_decimals_beyond_their_type() {
    let batch = |values: &[i128]| RecordBatch::try_from_iter([("price", decimals(values))]).unwrap();
    let error = refused(&[batch(&[1, 999]), batch(&[-999, 0, 12_345])]);
    assert_eq!(error.code(), Some(Code::DecimalPrecision));
    assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(4), Some("price")));
    assert!(error.to_string().contains("1234.5 has more digits than Decimal128(3, 1)"), "{error}");
}

#[test]
fn at_any_depth() {
    let item = Arc::new(Field::new("item", decimals(&[]).data_type().clone(), true));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, 1, 3]));
    let list: ArrayRef = Arc::new(ListArray::new(item, offsets, decimals(&[1, 2, -1000]), None));
    let error = refused(&[RecordBatch::try_from_iter([("prices", list)]).unwrap()]);
    assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(1), Some("prices[]")));
    let wide = Decimal256Array::from(vec![i256::ONE, i256::from_i128(10_i128.pow(38))]);
    let wide: ArrayRef = Arc::new(wide.with_precision_and_scale(38, 2).unwrap());
    let ends = Int32Array::from(vec![3, 4]);
    let runs: ArrayRef = Arc::new(RunArray::<Int32Type>::try_new(&ends, &wide).unwrap());
    let error = refused(&[RecordBatch::try_from_iter([("amount", runs)]).unwrap()]);
    assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(3), Some("amount")));
}

#[test]
fn the_first_fault_of_the_records_is_told() {
    let formats = Registry::builtin();
    let (avro, _) = formats.by_name("avro").unwrap();
    let counts: ArrayRef = Arc::new(UInt64Array::from(vec![1, u64::MAX, 3]));
    let schema = r#"{"type":"record","name":"r","fields":[
        {"name":"n","type":{"type":"bytes","logicalType":"decimal","precision":3}},
        {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":1}}]}"#;
    let definition = Definition { content: Some(schema.into()), ..Definition::new("r.avsc") };
    let options = WriteOptions { definition: Some(definition), ..WriteOptions::default() };
    let written = |wide: [i128; 3]| {
        let batch = RecordBatch::try_from_iter([("n", counts.clone()), ("price", decimals(&wide))]).unwrap();
        let error = write(avro, &batch.schema(), &[batch], &options, 1).unwrap_err();
        (error.origin().record, error.origin().column.clone())
    };
    assert_eq!(written([1, 2, 12_345]), (Some(1), Some("n".to_owned())));
    assert_eq!(written([12_345, 2, 3]), (Some(0), Some("price".to_owned())));
}

#[test]
fn other_columns_are_written_as_they_are() {
    let schema = Arc::new(Schema::new(vec![Field::new("price", decimals(&[]).data_type().clone(), true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![decimals(&[999, -999, 0])]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for format in Registry::builtin().iter() {
        let options = options(format, folder.path());
        let (data, report) = write(format, &schema, std::slice::from_ref(&batch), &options, 1).unwrap();
        assert_eq!((report.records_out, data.is_empty()), (3, false));
        if format.info().name == "ipc" {
            let (_, back) = read(format, Source::bytes("test", data), &Default::default(), 1).unwrap();
            assert_eq!(back[0], batch);
        }
    }
}

#[test]
fn what_is_let_through_is_altered_and_counted_for_every_target() {
    let schema = Arc::new(Schema::new(vec![Field::new("price", decimals(&[]).data_type().clone(), true)]));
    let batch = RecordBatch::try_new(schema, vec![decimals(&[12_345, -999, -12_345])]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let file = std::fs::File::create(path("in.arrow")).unwrap();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    for name in ["csv", "ndjson", "avro", "pb", "parquet", "arrow"].map(|extension| format!("out.{extension}")) {
        for (policy, expected) in [("clamp", ["99.9", "-99.9", "-99.9"]), ("null", ["null", "-99.9", "null"])] {
            let _ = std::fs::remove_file(path(&name));
            let allowed = format!("V-DEC-PRECISION={policy}").parse().unwrap();
            let report = Convert::new(path("in.arrow")).to(path(&name)).allow(allowed).run().expect(&name);
            assert_eq!(report.losses.get(&(Code::DecimalPrecision, "price".to_owned())), Some(&2), "{name}");
            let json = format!("{name}.ndjson");
            let _ = std::fs::remove_file(path(&json));
            crate::convert(path(&name), path(&json)).expect(&name);
            let lines = expected.map(|price| format!("{{\"price\":{price}}}\n"));
            assert_eq!(std::fs::read_to_string(path(&json)).unwrap(), lines.concat(), "{name}");
        }
    }
}
