use std::sync::Arc;

use arrow::compute::cast;
use arrow_array::types::Int8Type;
use arrow_array::{ArrayRef, DictionaryArray, Int8Array, ListArray, RecordBatch, StringArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};

use crate::code::Code;
use crate::convert::{Convert, Target};
use crate::format::{Settings, WriteOptions};
use crate::formats::testing::{concat, write};
use crate::output::Output;

/// A hundred texts, other ones in each batch.
fn words(batch: usize) -> DictionaryArray<Int8Type> {
    let words: StringArray = (0..100).map(|word| Some(format!("w{}", batch * 100 + word))).collect();
    DictionaryArray::new((0..100).collect::<Int8Array>(), Arc::new(words))
}

/// Batches of which each has a dictionary of its own: as a column, in a struct and in a list.
fn batches() -> (SchemaRef, Vec<RecordBatch>) {
    let batch = |batch: usize| {
        let words: ArrayRef = Arc::new(words(batch));
        let field = Field::new("item", words.data_type().clone(), true);
        let group = StructArray::new(Fields::from(vec![field.clone().with_name("d")]), vec![words.clone()], None);
        let list = ListArray::new(Arc::new(field), OffsetBuffer::from_lengths([1; 100]), words.clone(), None);
        let columns: [(&str, ArrayRef); 3] = [("d", words), ("s", Arc::new(group)), ("l", Arc::new(list))];
        let fields = columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true));
        let schema = Schema::new(fields.collect::<Fields>());
        RecordBatch::try_new(schema.into(), columns.into_iter().map(|(_, column)| column).collect()).unwrap()
    };
    let batches: Vec<_> = (0..3).map(batch).collect();
    (batches[0].schema(), batches)
}

/// The column with all texts.
fn texts(batches: &[RecordBatch]) -> Vec<String> {
    let plain = batches.iter().map(|batch| {
        let group = batch.column(1).as_any().downcast_ref::<StructArray>().unwrap();
        let list = batch.column(2).as_any().downcast_ref::<ListArray>().unwrap();
        let columns = [batch.column(0).clone(), group.column(0).clone(), list.values().clone()];
        let columns = columns.map(|column| cast(&column, &DataType::Utf8).unwrap());
        RecordBatch::try_from_iter(["d", "s", "l"].into_iter().zip(columns)).unwrap()
    });
    let plain: Vec<_> = plain.collect();
    let all = concat(&plain[0].schema(), &plain);
    let texts = |column: &ArrayRef| {
        let texts = column.as_any().downcast_ref::<StringArray>().unwrap();
        texts.iter().map(|text| text.unwrap().to_owned()).collect::<Vec<_>>()
    };
    all.columns().iter().flat_map(texts).collect()
}

#[test]
fn dictionaries_that_changed_come_back() {
    let (schema, batches) = batches();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut settings = Settings::default();
    settings.set("layout", "stream");
    let options = WriteOptions { settings, ..WriteOptions::default() };
    let (stream, _) = write(&crate::formats::ipc::FORMAT, &schema, &batches, &options, 1).unwrap();
    std::fs::write(path("in.arrows"), stream).unwrap();
    for name in ["out.parquet", "out.avro", "out.pb", "out.csv", "out.ndjson"] {
        let mut settings = Settings::default();
        if matches!(name, "out.csv" | "out.ndjson") {
            settings.set("side-car", "true");
        }
        let target = Target { options: WriteOptions { settings, ..WriteOptions::default() }, ..path(name).into() };
        crate::convert(path("in.arrows"), target).expect(name);
        let mut reader = crate::open(path(name)).expect(name);
        let found: Vec<_> = reader.by_ref().map(|batch| batch.expect(name)).collect();
        assert!(found.len() > 1 && found.iter().all(|batch| batch.schema() == found[0].schema()));
        let of_first = found[0].schema();
        for (found, field) in of_first.fields().iter().zip(schema.fields()) {
            assert!(found.data_type().equals_datatype(field.data_type()), "{name}: {found}");
        }
        assert_eq!(texts(&found), texts(&batches), "{name}");
        // To a stream of Arrow, on all ways: a dictionary may follow another there.
        crate::convert(path(name), path("back.arrows")).expect(name);
        std::fs::remove_file(path("back.arrows")).unwrap();
        // Records are told apart where some are set aside: none is.
        let aside =
            Convert::new(path(name)).to(path("aside.arrows")).rejects(Output::path(path("rejects.ndjson"))).run();
        assert_eq!(aside.expect(name).records_out, 300);
        std::fs::remove_file(path("aside.arrows")).unwrap();
        std::fs::remove_file(path("rejects.ndjson")).unwrap();
    }
    let error = crate::convert(path("in.arrows"), path("out.arrow")).unwrap_err();
    assert_eq!(error.code(), Some(Code::IntRange));
}
