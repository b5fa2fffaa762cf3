//! Annotations that Arrow has no type for are kept from file to file.

use std::sync::Arc;

use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::basic::{EdgeInterpolationAlgorithm, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use crate::format::{ReadOptions, WriteOptions};
use crate::formats::parquet::FORMAT;
use crate::formats::parquet::schema::LOGICAL_KEY;
use crate::formats::testing::{bytes, concat, read, write};

fn leaf(name: &str, annotation: Option<LogicalType>) -> TypePtr {
    let leaf = Type::primitive_type_builder(name, Physical::BYTE_ARRAY).with_repetition(Repetition::REQUIRED);
    Arc::new(leaf.with_logical_type(annotation).build().unwrap())
}

fn group(name: &str, fields: Vec<TypePtr>, annotation: Option<LogicalType>) -> TypePtr {
    let group = Type::group_type_builder(name).with_fields(fields).with_repetition(Repetition::REQUIRED);
    Arc::new(group.with_logical_type(annotation).build().unwrap())
}

/// A file with one row, `x` in every column.
fn file(fields: Vec<TypePtr>) -> Vec<u8> {
    let root = Arc::new(Type::group_type_builder("root").with_fields(fields).build().unwrap());
    let mut data = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut data, root, Arc::new(WriterProperties::new())).unwrap();
    let mut row_group = writer.next_row_group().unwrap();
    while let Some(mut column) = row_group.next_column().unwrap() {
        column.typed::<ByteArrayType>().write_batch(&[ByteArray::from("x")], None, None).unwrap();
        column.close().unwrap();
    }
    row_group.close().unwrap();
    writer.close().unwrap();
    data
}

/// The Arrow fields of a file, and the Parquet fields of the file that is written of it.
fn through(data: Vec<u8>, hints: &str) -> (Vec<Field>, Vec<TypePtr>) {
    let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
    let batch = concat(&schema, &batches);
    assert_eq!(batch.num_rows(), 1);
    let mut options = WriteOptions::default();
    options.settings.set("hints", hints);
    let (again, _) = write(&FORMAT, &schema, std::slice::from_ref(&batch), &options, 1).unwrap();
    let (schema_again, batches_again) = read(&FORMAT, bytes(again.clone()), &ReadOptions::default(), 1).unwrap();
    assert_eq!(schema_again.fields(), schema.fields());
    assert_eq!(concat(&schema_again, &batches_again).columns(), batch.columns());
    let footer = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(again)).unwrap();
    let fields = footer.file_metadata().schema_descr().root_schema().get_fields().to_vec();
    (schema.fields().iter().map(|field| field.as_ref().clone()).collect(), fields)
}

#[test]
fn a_variant_stays_one() {
    let variant = Some(LogicalType::variant(Some(1)));
    let plain = vec![leaf("metadata", None), leaf("value", None)];
    let shredded = vec![leaf("metadata", None), leaf("value", None), leaf("typed_value", Some(LogicalType::String))];
    for hints in ["true", "false"] {
        let (arrow, stored) = through(
            file(vec![
                group("one", plain.clone(), variant.clone()),
                group("outer", vec![group("metadata", plain.clone(), variant.clone()), leaf("other", None)], None),
                group("two", shredded.clone(), variant.clone()),
                group("none", plain.clone(), None),
            ]),
            hints,
        );
        let extension = |field: &Field| field.metadata().get(EXTENSION_TYPE_NAME_KEY).map(|name| name.to_string());
        let expected = Some("arrow.parquet.variant".to_owned());
        assert_eq!(arrow.iter().map(extension).collect::<Vec<_>>(), [expected.clone(), None, expected.clone(), None]);
        let DataType::Struct(inner) = arrow[1].data_type() else { panic!("{arrow:?}") };
        assert_eq!(extension(&inner[0]), expected);

        let annotation = |field: &TypePtr| field.get_basic_info().logical_type_ref().cloned();
        let found: Vec<_> = stored.iter().map(annotation).collect();
        assert_eq!(found, [variant.clone(), None, variant.clone(), None]);
        assert_eq!(annotation(&stored[1].get_fields()[0]), variant);
    }
}

#[test]
fn what_is_not_laid_out_as_a_variant_is_not_called_one() {
    let mut field = Field::new("v", DataType::Struct(vec![Field::new("value", DataType::Binary, true)].into()), true);
    field.metadata_mut().insert(EXTENSION_TYPE_NAME_KEY, "arrow.parquet.variant");
    let schema = Arc::new(Schema::new(vec![field]));
    let (data, _) = write(&FORMAT, &schema, &[], &WriteOptions::default(), 1).unwrap();
    let footer = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(data)).unwrap();
    let stored = &footer.file_metadata().schema_descr().root_schema().get_fields()[0];
    assert_eq!(stored.get_basic_info().logical_type_ref(), None);
}

#[test]
fn geometries_keep_their_reference_system() {
    let annotations = [
        LogicalType::geometry(None),
        LogicalType::geometry(Some("srid:5070".into())),
        LogicalType::geography(None, None),
        LogicalType::geography(None, Some(EdgeInterpolationAlgorithm::KARNEY)),
        LogicalType::geography(Some("a (b), c".into()), Some(EdgeInterpolationAlgorithm::SPHERICAL)),
    ];
    let fields = annotations.iter().enumerate().map(|(at, kind)| leaf(&format!("g{at}"), Some(kind.clone()))).collect();
    let (arrow, stored) = through(file(fields), "true");
    let text = |field: &Field| field.metadata().get(LOGICAL_KEY).map(|text| text.to_string()).unwrap_or_default();
    assert_eq!(
        arrow.iter().map(text).collect::<Vec<_>>(),
        ["GEOMETRY", "GEOMETRY(srid:5070)", "GEOGRAPHY", "GEOGRAPHY(,KARNEY)", "GEOGRAPHY(a (b), c,SPHERICAL)"]
    );
    let found = stored.iter().map(|field| field.get_basic_info().logical_type_ref().cloned());
    assert_eq!(found.collect::<Vec<_>>(), annotations.map(Some));
}

/// The metadata of the extension type is empty, and may be missing.
#[test]
fn json_text_is_json_at_any_depth_whoever_made_the_column() {
    let json = |metadata: &[(&str, &str)]| {
        let pairs = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Field::new("item", DataType::Utf8, true).with_metadata(pairs.collect::<std::collections::HashMap<_, _>>())
    };
    let bare = json(&[(EXTENSION_TYPE_NAME_KEY, "arrow.json")]);
    let full = json(&[(EXTENSION_TYPE_NAME_KEY, "arrow.json"), ("ARROW:extension:metadata", "")]);
    let list = DataType::List(Arc::new(bare.clone()));
    let inside = DataType::Struct(vec![bare.clone().with_name("a")].into());
    let fields =
        [bare.clone().with_name("b"), full.with_name("f"), Field::new("l", list, true), Field::new("s", inside, true)];
    let schema = Arc::new(Schema::new(fields.to_vec()));
    for hints in ["true", "false"] {
        let mut options = WriteOptions::default();
        options.settings.set("hints", hints);
        let batch = arrow_array::RecordBatch::new_empty(schema.clone());
        let (data, _) = write(&FORMAT, &schema, &[batch], &options, 1).unwrap();
        let footer = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(data.clone())).unwrap();
        let leaves = footer.file_metadata().schema_descr().columns().to_vec();
        let found: Vec<_> = leaves.iter().map(|leaf| leaf.logical_type_ref().cloned()).collect();
        assert_eq!(found, vec![Some(LogicalType::Json); 4], "hints {hints}");
        let (again, _) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
        match hints {
            "true" => assert_eq!(again.fields(), schema.fields()),
            _ => assert_eq!(again.field(0).extension_type_name(), Some("arrow.json")),
        }
    }
}
