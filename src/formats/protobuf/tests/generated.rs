//! The numbered cases of the type mapping: generated schemas.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema, SchemaRef, UnionFields, UnionMode};

use super::restored::{bare, equal};
use super::{FORMAT, exec};
use crate::code::Code;
use crate::convert::{Convert, Target};
use crate::error::Result;
use crate::format::{Format, ReadOptions, Settings, WriteOptions};
use crate::formats::testing;
use crate::input::Input;
use crate::output::Output;
use crate::pipeline::adapter::Memory;
use crate::report::Report;
use crate::schema::project::Selection;
use crate::source::Source;

fn options(settings: &[(&str, &str)]) -> WriteOptions {
    let mut options = WriteOptions::default();
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    options
}

/// Writes to `row.pb` in a folder, with the schema beside it; the schema and the report.
fn write(folder: &Path, batch: &RecordBatch, settings: &[(&str, &str)]) -> Result<(String, Report)> {
    let output = Output::path(folder.join("row.pb")).overwrite(true);
    let sink = FORMAT.create(output, batch.schema(), &options(settings))?;
    let reader = Memory::new(batch.schema(), vec![Ok(batch.clone())].into_iter());
    let report = sink.drain(Box::new(reader), Vec::new(), &exec())?;
    Ok((std::fs::read_to_string(folder.join("row.proto")).expect("schema"), report))
}

fn read(folder: &Path, settings: &[(&str, &str)]) -> Result<RecordBatch> {
    let mut options = ReadOptions::default();
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    let (schema, batches) = testing::read(&FORMAT, Source::path(folder.join("row.pb")), &options, 1)?;
    Ok(testing::concat(&schema, &batches))
}

/// Written and read with the schema that was written: the schema's text and what came back.
#[track_caller]
fn through(batch: &RecordBatch, settings: &[(&str, &str)]) -> (String, RecordBatch) {
    let folder = tempfile::tempdir().expect("folder");
    let (text, _) = write(folder.path(), batch, settings).unwrap_or_else(|error| panic!("{error}"));
    let back = read(folder.path(), &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
    (text, back)
}

/// Types and values are the same.
#[track_caller]
fn returns(batch: &RecordBatch, settings: &[(&str, &str)]) -> String {
    let (text, back) = through(batch, settings);
    assert_eq!(bare(back.schema().fields()), bare(batch.schema().fields()), "{text}");
    assert_eq!(back.num_rows(), batch.num_rows(), "{text}");
    for (left, right) in batch.columns().iter().zip(back.columns()) {
        for row in 0..batch.num_rows() {
            assert!(equal(left, row, right, row), "row {row}: {left:?} {right:?}\n{text}");
        }
    }
    text
}

fn batch(columns: Vec<(&str, ArrayRef, bool)>) -> RecordBatch {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array, nullable)| Field::new(*name, array.data_type().clone(), *nullable)).collect();
    let arrays = columns.into_iter().map(|(_, array, _)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("batch")
}

/// What the plan tells of the first column.
fn losses(batch: &RecordBatch, settings: &[(&str, &str)]) -> Vec<Code> {
    FORMAT.fit(batch.schema().field(0), &[], &options(settings)).losses().collect()
}

fn ints(rows: Vec<Option<Vec<Option<i32>>>>) -> ArrayRef {
    Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(rows))
}

#[test]
fn case_76_null_elements_are_refused_or_wrapped() {
    let batch = batch(vec![("n", ints(vec![Some(vec![Some(1), None, Some(0)])]), false)]);
    let folder = tempfile::tempdir().expect("folder");
    let error = write(folder.path(), &batch, &[]).expect_err("a null element");
    assert_eq!(error.code(), Some(Code::NullElement));
    assert!(error.hint().is_some_and(|hint| hint.contains("--proto-nulls=wrap")), "{error:?}");
    assert!(!folder.path().join("row.pb").exists());
    let text = returns(&batch, &[("nulls", "wrap")]);
    assert!(text.contains("optional int32 value = 1"), "{text}");
    assert!(text.contains("repeated .Row.NItem n = 1"), "{text}");
}

#[test]
fn case_77_null_lists_are_counted_or_wrapped() {
    let item = Arc::new(Field::new("item", DataType::Int32, false));
    let lists = ListArray::new(
        item,
        arrow_buffer::OffsetBuffer::from_lengths([1, 0, 0]),
        Arc::new(Int32Array::from(vec![7])),
        Some(vec![true, false, true].into()),
    );
    let batch = batch(vec![("n", Arc::new(lists), true)]);
    assert_eq!(losses(&batch, &[]), [Code::NullList]);
    assert_eq!(losses(&batch, &[("nulls", "wrap")]), []);
    let folder = tempfile::tempdir().expect("folder");
    let (_, report) = write(folder.path(), &batch, &[]).expect("written");
    assert_eq!(report.losses.get(&(Code::NullList, "n".to_owned())), Some(&1));
    assert_eq!(read(folder.path(), &[]).expect("read").column(0).as_list::<i32>().value_length(1), 0);
    returns(&batch, &[("nulls", "wrap")]);
}

#[test]
fn case_78_lists_of_lists_get_messages_around_them() {
    let inner = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1)]),
        Some(vec![]),
        Some(vec![Some(2), Some(3)]),
    ]);
    let inner = {
        let item = Arc::new(Field::new("item", DataType::Int32, false));
        ListArray::new(item, inner.offsets().clone(), inner.values().clone(), None)
    };
    let item = Arc::new(Field::new("item", inner.data_type().clone(), false));
    let outer = ListArray::new(item, arrow_buffer::OffsetBuffer::from_lengths([3]), Arc::new(inner), None);
    let batch = batch(vec![("x", Arc::new(outer), false)]);
    let text = returns(&batch, &[]);
    assert!(text.contains("message XItem {\n    option (fmtconv.message).wrapper = true;"), "{text}");
    assert!(text.contains("    repeated int32 value = 1;\n"), "{text}");
    assert!(text.contains("  repeated .Row.XItem x = 1;\n"), "{text}");
    // Without hints the message is there to be seen.
    let (_, back) = through(&batch, &[("hints", "false")]);
    assert!(matches!(back.schema().field(0).data_type(), DataType::List(item) if item.data_type().is_nested()));
}

fn map(key: ArrayRef, value: ArrayRef, lengths: &[usize]) -> ArrayRef {
    let pair =
        vec![Field::new("key", key.data_type().clone(), false), Field::new("value", value.data_type().clone(), false)];
    let entries = StructArray::new(pair.clone().into(), vec![key, value], None);
    let field = Arc::new(Field::new("entries", DataType::Struct(pair.into()), false));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths(lengths.iter().copied());
    Arc::new(MapArray::new(field, offsets, entries, None, false))
}

#[test]
fn case_79_maps_of_lists_and_maps_with_other_keys() {
    let item = Arc::new(Field::new("item", DataType::Int32, false));
    let lists = ListArray::new(
        item,
        arrow_buffer::OffsetBuffer::from_lengths([2, 0]),
        Arc::new(Int32Array::from(vec![5, 6])),
        None,
    );
    let of_lists = map(Arc::new(StringArray::from(vec!["a", "b"])), Arc::new(lists), &[2]);
    let by_float = map(Arc::new(Float64Array::from(vec![-0.0, 1.5])), Arc::new(Int32Array::from(vec![1, 2])), &[2]);
    let batch = batch(vec![("x", of_lists, false), ("f", by_float, false)]);
    let text = returns(&batch, &[]);
    assert!(text.contains("map<string, .Row.XValue> x = 1"), "{text}");
    assert!(text.contains("repeated .Row.FPair f = 2 [(fmtconv.field).type = \"map\"]"), "{text}");
}

#[test]
fn case_80_unions_are_oneofs_with_the_same_type_ids() {
    let fields = UnionFields::try_new(
        [5, 9],
        [Field::new("int", DataType::Int32, false), Field::new("string", DataType::Utf8, false)],
    )
    .expect("union");
    let ints: ArrayRef = Arc::new(Int32Array::from(vec![0, 3]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![""]));
    let union = UnionArray::try_new(fields, vec![5, 9, 5].into(), Some(vec![0, 0, 1].into()), vec![ints, texts])
        .expect("union");
    let batch = batch(vec![("u", Arc::new(union), false)]);
    let text = returns(&batch, &[]);
    for part in ["oneof u {", "    int32 u_int = 1", "    string u_string = 2", "branches = \"5,9\""] {
        assert!(text.contains(part), "{text}");
    }
    assert!(matches!(batch.column(0).data_type(), DataType::Union(_, UnionMode::Dense)));
}

fn three(names: [&str; 3]) -> RecordBatch {
    let [id, name, tags] = names;
    batch(vec![
        (id, Arc::new(Int64Array::from(vec![1])), false),
        (name, Arc::new(StringArray::from(vec!["n"])), true),
        (tags, Arc::new(StringArray::from(vec!["t"])), true),
    ])
}

#[test]
fn case_81_the_schema_beside_the_output_keeps_the_numbers() {
    let folder = tempfile::tempdir().expect("folder");
    write(folder.path(), &three(["id", "name", "tags"]), &[]).expect("written");
    let changed = three(["id", "email", "tags"]);
    let changed = changed.project(&[1, 0, 2]).expect("projected");
    let (text, _) = write(folder.path(), &changed, &[]).expect("written again");
    for part in [
        "  optional string email = 4;\n",
        "  int64 id = 1;\n",
        "  optional string tags = 3;\n",
        "  reserved 2;\n",
        "  reserved \"name\";\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let back = read(folder.path(), &[]).expect("read");
    assert_eq!(back.column(1).as_primitive::<Int64Type>().values(), &[1]);
    // The same again is the same.
    let (again, _) = write(folder.path(), &changed, &[]).expect("written again");
    assert_eq!(again, text);
    // A number is never used a second time, also not by the name that had it.
    let (text, _) = write(folder.path(), &three(["id", "name", "tags"]), &[]).expect("written again");
    assert!(text.contains("  optional string name = 5;\n"), "{text}");
    assert!(text.contains("  reserved 2;\n  reserved 4;\n  reserved \"email\";\n"), "{text}");
}

#[test]
fn case_81_a_type_that_cannot_be_read_as_before_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    write(folder.path(), &three(["id", "name", "tags"]), &[]).expect("written");
    let other = batch(vec![("id", Arc::new(StringArray::from(vec!["x"])), true)]);
    let error = write(folder.path(), &other, &[]).expect_err("refused");
    assert!(error.hint().is_some_and(|hint| hint.contains("--renumber")), "{error:?}");
    let narrower = batch(vec![("id", Arc::new(Int32Array::from(vec![1])), true)]);
    assert!(write(folder.path(), &narrower, &[]).is_err());
    let (text, _) = write(folder.path(), &other, &[("renumber", "true")]).expect("written");
    assert!(text.contains("optional string id = 4;"), "{text}");
    assert!(text.contains("reserved 1;"), "{text}");
}

#[test]
fn case_82_a_renamed_column_keeps_its_number_only_when_told() {
    let renamed = three(["id", "name", "labels"]);
    let folder = tempfile::tempdir().expect("folder");
    write(folder.path(), &three(["id", "name", "tags"]), &[]).expect("written");
    let (text, _) = write(folder.path(), &renamed, &[]).expect("written");
    assert!(text.contains("labels = 4;") && text.contains("reserved \"tags\";"), "{text}");
    let folder = tempfile::tempdir().expect("folder");
    write(folder.path(), &three(["id", "name", "tags"]), &[]).expect("written");
    let (text, _) = write(folder.path(), &renamed, &[("rename", "tags=labels")]).expect("written");
    assert!(text.contains("labels = 3;") && !text.contains("reserved"), "{text}");
    let folder = tempfile::tempdir().expect("folder");
    write(folder.path(), &three(["id", "name", "tags"]), &[]).expect("written");
    let mut fields: Vec<Field> = renamed.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    fields[2] = fields[2].clone().with_metadata([("fmtconv.aliases", r#"["tags"]"#)]);
    let aliased = RecordBatch::try_new(Arc::new(Schema::new(fields)), renamed.columns().to_vec()).expect("batch");
    let (text, _) = write(folder.path(), &aliased, &[]).expect("written");
    assert!(text.contains("labels = 3 ["), "{text}");
}

#[test]
fn case_82_columns_that_are_renamed_on_the_way_keep_their_numbers() {
    let folder = tempfile::tempdir().expect("folder");
    write(folder.path(), &three(["id", "name", "tags"]), &[]).expect("written");
    let source = testing::write(
        &crate::formats::ipc::FORMAT,
        &three(["id", "name", "tags"]).schema(),
        &[three(["id", "name", "tags"])],
        &WriteOptions::default(),
        1,
    );
    let input = Input::with_format(Source::bytes("in", source.expect("written").0), "arrow");
    let rename = vec![("tags".to_owned(), "labels".to_owned())];
    let target = Output::path(folder.path().join("row.pb")).overwrite(true);
    let selection = Selection { rename, ..Selection::default() };
    Convert::new(input).to(target).selection(selection).run().expect("converted");
    let text = std::fs::read_to_string(folder.path().join("row.proto")).expect("schema");
    assert!(text.contains("labels = 3;") && !text.contains("reserved"), "{text}");
}

#[test]
fn a_column_that_gets_the_name_of_one_that_is_left_out_keeps_its_own_number() {
    let folder = tempfile::tempdir().expect("folder");
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    let columns = ["a", "b", "c"].map(|name| (name, numbers.clone(), true));
    write(folder.path(), &batch(columns.to_vec()), &[]).expect("written");
    let chosen = || Selection {
        select: vec!["b".to_owned()],
        rename: vec![("b".to_owned(), "a".to_owned())],
        ..Selection::default()
    };
    let schema_of = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("schema");
    // The numbers are those of the schema that the columns came with.
    let middle = folder.path().join("row.parquet");
    Convert::new(Input::from(folder.path().join("row.pb"))).to(Output::path(&middle)).run().expect("converted");
    let renamed = folder.path().join("renamed.parquet");
    let convert = Convert::new(Input::from(middle.as_path())).to(Output::path(&renamed));
    convert.selection(chosen()).run().expect("converted");
    for (input, selection) in [(&middle, chosen()), (&renamed, Selection::default())] {
        let target = Output::path(folder.path().join("came.pb")).overwrite(true);
        Convert::new(Input::from(input.as_path())).to(target).selection(selection).run().expect("converted");
        let text = schema_of("came.proto");
        assert!(text.contains("optional int64 a = 2;") && text.contains("reserved 1;"), "{text}");
        std::fs::remove_file(folder.path().join("came.proto")).expect("removed");
    }
    // Those of the schema that is beside the output; and once more, when it is there.
    for _ in 0..2 {
        let target = Output::path(folder.path().join("row.pb")).overwrite(true);
        Convert::new(Input::from(middle.as_path())).to(target).selection(chosen()).run().expect("converted");
        let text = schema_of("row.proto");
        assert!(text.contains("optional int64 a = 2;") && text.contains("reserved 1;"), "{text}");
    }
}

const GIVEN: &str = r#"// Orders, as the shop writes them.
syntax = "proto2";
package shop.v1;

message Order {
  enum State { OPEN = 0; PAID = -2; }   // oddly numbered
  reserved 5, 7 to 9;
  reserved "old";
  required sint64 id = 4;
  optional fixed32 count = 2 [default = 7, json_name = "Count!"];
  repeated int32 small = 11 [packed = true];
  repeated int32 wide = 12;
  optional State state = 6;
  map<string, int32> by = 10;
  oneof way { string road = 20; int64 line = 21; }
}
"#;

/// Reads what it is given from `from.pb` with its schema, through `format`, into `row.pb`.
fn around(folder: &Path, format: &str, exclude: &[&str]) -> Result<String> {
    let middle = folder.join(format!("middle.{format}"));
    let input = Input::from(folder.join("from.pb")).option("unknown", "error");
    Convert::new(input).to(Target::with_format(Output::path(&middle).overwrite(true), format)).run()?;
    let target = Output::path(folder.join("row.pb")).overwrite(true);
    let exclude = exclude.iter().map(|name| (*name).to_owned()).collect();
    let selection = Selection { exclude, ..Selection::default() };
    Convert::new(Input::with_format(middle.as_path(), format)).to(target).selection(selection).run()?;
    Ok(std::fs::read_to_string(folder.join("row.proto")).expect("schema"))
}

fn given() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("from.proto"), GIVEN).expect("schema");
    // id -1, count 3, small [1, 2], wide [3], by {"a": 1}, road "r"; then only the required field.
    let one = [
        &[0x20, 0x01, 0x15, 3, 0, 0, 0, 0x5a, 2, 1, 2, 0x60, 3, 0x52, 5, 0x0a, 1, b'a', 0x10, 1][..],
        &[0xa2, 0x01, 1, b'r'],
    ]
    .concat();
    let mut sorted = [&[0x15, 3, 0, 0, 0, 0x20, 0x01][..], &[0x52, 5, 0x0a, 1, b'a', 0x10, 1]].concat();
    sorted.extend([0x5a, 2, 1, 2, 0x60, 3, 0xa2, 0x01, 1, b'r']);
    assert_eq!(one.len(), sorted.len());
    let mut bytes = vec![sorted.len() as u8];
    bytes.extend(sorted);
    bytes.extend([2, 0x20, 0x00]);
    std::fs::write(folder.path().join("from.pb"), bytes).expect("messages");
    folder
}

#[test]
#[cfg(feature = "avro")]
fn a_given_schema_comes_back_as_it_was_written() {
    for format in ["parquet", "arrow", "avro"] {
        let folder = given();
        let text = around(folder.path(), format, &[]).unwrap_or_else(|error| panic!("{format}: {error}"));
        assert_eq!(text, GIVEN, "{format}");
        let bytes = |name: &str| std::fs::read(folder.path().join(name)).expect("messages");
        assert_eq!(bytes("row.pb"), bytes("from.pb"), "{format}");
    }
}

#[test]
#[cfg(feature = "avro")]
fn what_is_left_of_a_given_schema_keeps_its_numbers() {
    for format in ["parquet", "arrow", "avro"] {
        let folder = given();
        let text = around(folder.path(), format, &["count"]).unwrap_or_else(|error| panic!("{format}: {error}"));
        for part in [
            "package shop.v1;\n",
            "message Order {\n",
            "  optional sint64 id = 4 [(fmtconv.field).nullable = false];\n",
            "  repeated int32 small = 11",
            "  repeated int32 wide = 12 [packed = false",
            "  map<string, int32> by = 10",
            "    string road = 20",
            "  reserved 2;\n",
            "  reserved 5;\n",
            "  reserved 7 to 9;\n",
            "  reserved \"old\";\n",
            "  reserved \"count\";\n",
        ] {
            assert!(text.contains(part), "{format}: {part:?} is not in\n{text}");
        }
        // All but field 2, in the same bytes.
        let bytes = std::fs::read(folder.path().join("row.pb")).expect("messages");
        let from = std::fs::read(folder.path().join("from.pb")).expect("messages");
        assert_eq!(bytes[1..], from[6..], "{format}");
    }
}

#[test]
fn text_in_metadata_that_says_something_else_is_not_written() {
    let folder = given();
    let input = Input::from(folder.path().join("from.pb"));
    let middle = folder.path().join("middle.arrow");
    Convert::new(input).to(Target::with_format(Output::path(&middle), "arrow")).run().expect("converted");
    let read = testing::read(&crate::formats::ipc::FORMAT, Source::path(&middle), &ReadOptions::default(), 1);
    let (schema, batches) = read.expect("read");
    let mut metadata = schema.metadata().clone();
    let other = std::fs::read(folder.path().join("from.proto")).expect("schema");
    let other = String::from_utf8(other).expect("text").replace("id = 4", "id = 3");
    std::fs::write(folder.path().join("from.proto"), other).expect("schema");
    let load = |path: &Path| {
        let definition =
            crate::format::Definition { path: path.to_owned(), message: None, includes: Vec::new(), content: None };
        crate::schema::proto::to_arrow(&definition, Default::default()).expect("schema")
    };
    let lie = load(&folder.path().join("from.proto")).metadata().get("proto.source").cloned().expect("text");
    metadata.insert("proto.source".to_owned(), lie);
    let schema = Arc::new(Schema::new(schema.fields().clone()).with_metadata(metadata));
    let batch = RecordBatch::try_new(schema, batches[0].columns().to_vec()).expect("batch");
    let (text, _) = write(folder.path(), &batch, &[]).expect("written");
    assert!(text.contains("required sint64 id = 4;"), "{text}");
}

#[test]
fn case_83_numbers_of_implementations_are_left_out() {
    let fields: Vec<Field> = (0..20_000).map(|i| Field::new(format!("c{i}"), DataType::Boolean, false)).collect();
    let choices = crate::schema::proto::generate::Choices::named("row");
    let made = crate::schema::proto::generate::generate(&Schema::new(fields), &choices).expect("generated");
    let numbers: Vec<u32> = made.pool.messages[made.message].fields.iter().map(|field| field.number).collect();
    assert_eq!(numbers.len(), 20_000);
    assert_eq!(numbers[18_998..19_000], [18_999, 20_000]);
    assert!(numbers.iter().all(|number| !(19_000..20_000).contains(number)));
}

#[test]
fn case_84_names_are_made_legal_and_come_back() {
    let column = |value: i32| -> ArrayRef { Arc::new(Int32Array::from(vec![value])) };
    let batch = batch(vec![("order id", column(1), false), ("order-id", column(2), false), ("1st", column(3), false)]);
    let text = returns(&batch, &[]);
    for part in [
        "int32 order_id = 1 [json_name = \"order id\"",
        "int32 order_id_2 = 2 [json_name = \"order-id\"",
        // The JSON name that it has by itself.
        "int32 _1st = 3 [(fmtconv.field).name = \"1st\"",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let folder = tempfile::tempdir().expect("folder");
    let (_, report) = write(folder.path(), &batch, &[]).expect("written");
    assert!(report.losses.keys().all(|(code, _)| *code == Code::Renamed) && report.losses.len() == 3);
    let folder = tempfile::tempdir().expect("folder");
    let (_, report) = write(folder.path(), &batch, &[("hints", "false")]).expect("written");
    assert!(report.losses.keys().all(|(code, _)| *code == Code::Name) && report.losses.len() == 3);
}

#[test]
fn case_85_decimals_keep_their_digits_and_scale() {
    let decimals = Decimal128Array::from(vec![1_234_567_890_123_456_789_010, -5])
        .with_precision_and_scale(38, 2)
        .expect("decimals");
    let batch = batch(vec![("d", Arc::new(decimals), true)]);
    for settings in [&[][..], &[("decimal", "confluent")], &[("decimal", "string")], &[("decimal", "bytes")]] {
        returns(&batch, settings);
    }
    let (_, back) = through(&batch, &[("hints", "false")]);
    assert_eq!(back.column(0).as_string::<i32>().value(0), "12345678901234567890.10");
    assert_eq!(back.column(0).as_string::<i32>().value(1), "-0.05");
}

#[test]
fn units_are_said_of_values_and_keys_of_maps_too() {
    let decimals = Decimal128Array::from(vec![5, -1]).with_precision_and_scale(9, 2).expect("decimals");
    for (setting, values) in [
        ("naive=int64", Arc::new(TimestampMicrosecondArray::from(vec![5, -1])) as ArrayRef),
        ("date=int32", Arc::new(Date32Array::from(vec![5, -1]))),
        ("decimal=bytes", Arc::new(decimals)),
    ] {
        let keys: ArrayRef = match values.data_type() {
            DataType::Decimal128(..) => Arc::new(Int32Array::from(vec![1, 2])),
            _ => values.clone(),
        };
        let pair =
            [Field::new("key", keys.data_type().clone(), false), Field::new("value", values.data_type().clone(), true)];
        let entries = StructArray::new(pair.to_vec().into(), vec![keys, values], None);
        let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
        let map = MapArray::new(field, arrow_buffer::OffsetBuffer::from_lengths([1, 1]), entries, None, false);
        let setting = setting.split_once('=').expect("a value");
        returns(&batch(vec![("m", Arc::new(map), true)]), &[setting]);
    }
}

#[test]
fn case_86_local_timestamps_are_marked() {
    let times = TimestampMicrosecondArray::from(vec![Some(-62_135_596_800_000_000), None, Some(1)]);
    let batch = batch(vec![("t", Arc::new(times), true)]);
    assert_eq!(losses(&batch, &[]), [Code::Naive]);
    assert_eq!(losses(&batch, &[("naive", "int64")]), []);
    assert_eq!(losses(&batch, &[("naive", "datetime")]), []);
    let text = returns(&batch, &[("naive", "datetime")]);
    assert!(text.contains(".google.type.DateTime t = 1 [(fmtconv.field).type = \"timestamp[us]\"]"), "{text}");
    let text = returns(&batch, &[]);
    assert!(text.contains(".google.protobuf.Timestamp t = 1 [(fmtconv.field).type = \"timestamp[us]\"]"), "{text}");
    let text = returns(&batch, &[("naive", "int64")]);
    assert!(text.contains("optional int64 t = 1"), "{text}");
    let late = TimestampSecondArray::from(vec![253_402_300_800]);
    let folder = tempfile::tempdir().expect("folder");
    let late = self::batch(vec![("t", Arc::new(late), true)]);
    let error = write(folder.path(), &late, &[]).expect_err("refused");
    assert_eq!(error.code(), Some(Code::TimestampRange));
}

#[test]
fn a_generated_schema_can_be_of_an_edition() {
    let numbers = Int32Array::from(vec![Some(0), Some(-1)]);
    let maybe = Int32Array::from(vec![None, Some(0)]);
    let ids = DictionaryArray::<Int8Type>::from_iter([Some("a"), Some("b")]);
    let batch =
        batch(vec![("sure", Arc::new(numbers), false), ("maybe", Arc::new(maybe), true), ("d", Arc::new(ids), true)]);
    for (syntax, first) in [("editions", "2023"), ("2023", "2023"), ("2024", "2024")] {
        let text = returns(&batch, &[("syntax", syntax)]);
        let expected = format!(
            "edition = \"{first}\";\n\nimport \"fmtconv/options.proto\";\n\noption features.field_presence = IMPLICIT;\n"
        );
        assert!(text.contains(&expected), "{text}");
        assert!(
            text.contains("  int32 sure = 1;\n  int32 maybe = 2 [features.field_presence = EXPLICIT];\n"),
            "{text}"
        );
    }
    assert!(returns(&batch, &[("syntax", "proto3")]).contains("optional int32 maybe = 2;"));
    let folder = tempfile::tempdir().expect("folder");
    for syntax in ["proto2", "1999", "Proto3"] {
        let error = write(folder.path(), &batch, &[("syntax", syntax)]).expect_err(syntax);
        assert_eq!(error.kind(), crate::ErrorKind::Usage, "{error}");
    }
}

/// What parquet-protobuf writes beside its columns.
#[test]
fn columns_of_parquet_protobuf_keep_their_numbers_types_and_enums() {
    let descriptor = "name: \"Span\" field { name: \"id\" number: 7 label: LABEL_OPTIONAL type: TYPE_SINT64 }
        field { name: \"kind\" number: 3 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: \".trace.Span.Kind\" }
        field { name: \"inner\" number: 9 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: \".trace.Span.Tag\" }
        field { name: \"far\" number: 11 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: \".other.Far\" }
        nested_type { name: \"Tag\" field { name: \"v\" number: 5 label: LABEL_OPTIONAL type: TYPE_FIXED32 } }
        enum_type { name: \"Kind\" }";
    let with = |field: Field, id: &str| {
        field.with_metadata(std::collections::HashMap::from([("PARQUET:field_id".to_owned(), id.to_owned())]))
    };
    let tag = DataType::Struct(vec![Field::new("v", DataType::UInt32, true)].into());
    let far = DataType::Struct(vec![with(Field::new("x", DataType::Int32, true), "4")].into());
    let fields = vec![
        Field::new("kind", DataType::Utf8, true),
        Field::new("id", DataType::Int64, true),
        Field::new("inner", DataType::List(Arc::new(Field::new("item", tag, false))), false),
        with(Field::new("far", far, true), "11"),
    ];
    let metadata = [
        ("parquet.proto.descriptor".to_owned(), descriptor.to_owned()),
        ("parquet.proto.enum.trace.Span.Kind".to_owned(), "FAST:2,SLOW:0".to_owned()),
    ];
    let schema = Schema::new(fields).with_metadata(metadata.into_iter().collect::<std::collections::HashMap<_, _>>());
    let text = crate::formats::protobuf::proto_text(&schema, "x", &Settings::default()).expect("text");
    for part in [
        "SLOW = 0;\n    FAST = 2;",
        "Kind kind = 3;",
        "optional sint64 id = 7;",
        "inner = 9",
        "optional fixed32 v = 5;",
        "far = 11",
        "optional int32 x = 4 [",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let folder = tempfile::tempdir().expect("folder");
    let batch = RecordBatch::new_empty(Arc::new(schema.clone()));
    let (text, _) = write(folder.path(), &batch, &[("hints", "false")]).expect("written");
    assert!(text.contains("package trace;") && text.contains("message Span {"), "{text}");
    // What cannot be read says nothing.
    for damaged in ["name: 5", "name: \"Span\" field {", ""] {
        let metadata = [("parquet.proto.descriptor".to_owned(), damaged.to_owned())];
        let schema = schema.clone().with_metadata(metadata.into_iter().collect::<std::collections::HashMap<_, _>>());
        let text = crate::formats::protobuf::proto_text(&schema, "x", &Settings::default()).expect("text");
        assert!(text.contains("optional string kind = 1;"), "{text}");
    }
}

#[test]
fn every_unit_and_zone_comes_back() {
    let far = -62_135_596_800;
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for zone in [None, Some("UTC"), Some("Europe/Paris"), Some("+01:30")] {
        let zone = zone.map(Arc::<str>::from);
        let name = |unit: &str| format!("{unit} {zone:?}");
        let second = TimestampSecondArray::from(vec![Some(far), None, Some(253_402_300_799)]);
        columns.push((name("s"), Arc::new(second.with_timezone_opt(zone.clone()))));
        let milli = TimestampMillisecondArray::from(vec![Some(far * 1000), None, Some(1)]);
        columns.push((name("ms"), Arc::new(milli.with_timezone_opt(zone.clone()))));
        let nano = TimestampNanosecondArray::from(vec![Some(i64::MIN), None, Some(i64::MAX)]);
        columns.push((name("ns"), Arc::new(nano.with_timezone_opt(zone.clone()))));
    }
    let long = 315_576_000_000;
    columns.push(("ds".to_owned(), Arc::new(DurationSecondArray::from(vec![Some(long), None, Some(-long)]))));
    columns.push(("dns".to_owned(), Arc::new(DurationNanosecondArray::from(vec![Some(i64::MIN), None, Some(1)]))));
    let columns = columns.iter().map(|(name, array)| (name.as_str(), array.clone(), true)).collect();
    returns(&batch(columns), &[]);
}

#[test]
fn closed_sets_of_symbols_are_enums_with_prefixes() {
    let symbols: DictionaryArray<Int32Type> = [Some("RED"), None, Some("BLUE")].into_iter().collect();
    let facts = r#"{"name":"shop.Color","symbols":["RED","BLUE","dark"],"closed":true}"#;
    let field = Field::new("paint", symbols.data_type().clone(), true).with_metadata([("fmtconv.enum", facts)]);
    let schema: SchemaRef = Arc::new(Schema::new(vec![field]));
    let batch = RecordBatch::try_new(schema, vec![Arc::new(symbols)]).expect("batch");
    let (text, back) = through(&batch, &[]);
    for part in [
        "    COLOR_UNSPECIFIED = 0;\n",
        "    COLOR_RED = 1 [(fmtconv.enum_value).symbol = \"RED\"];\n",
        "    COLOR_dark = 3 [(fmtconv.enum_value).symbol = \"dark\"];\n",
        "  optional .Row.Color paint = 1",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(back.column(0).to_data(), batch.column(0).to_data());
    assert_eq!(back.schema().field(0).metadata().get("fmtconv.enum").map(String::as_str), Some(facts));
    let unknown: DictionaryArray<Int32Type> = [Some("GREEN")].into_iter().collect();
    let unknown = RecordBatch::try_new(batch.schema(), vec![Arc::new(unknown)]).expect("batch");
    let folder = tempfile::tempdir().expect("folder");
    assert_eq!(write(folder.path(), &unknown, &[]).expect_err("refused").code(), Some(Code::Enum));
}

#[test]
fn a_schema_that_is_not_ours_is_left_alone() {
    let folder = tempfile::tempdir().expect("folder");
    let text = "syntax = \"proto3\";\nmessage Mine { int64 id = 9; }\n";
    std::fs::write(folder.path().join("row.proto"), text).expect("schema");
    let error = write(folder.path(), &three(["id", "name", "tags"]), &[]).expect_err("refused");
    assert!(error.hint().is_some_and(|hint| hint.contains("--schema")), "{error:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("row.proto")).expect("schema"), text);
    // Its numbers can be kept elsewhere.
    let mine = folder.path().join("row.proto").display().to_string();
    let other = tempfile::tempdir().expect("folder");
    let (text, _) = write(other.path(), &three(["id", "name", "tags"]), &[("evolve", &mine)]).expect("written");
    assert!(text.contains("message Mine {\n  int64 id = 9;\n  optional string name = 10;"), "{text}");
}

#[test]
fn a_hint_never_wins_over_data() {
    let folder = tempfile::tempdir().expect("folder");
    let numbers = batch(vec![("n", Arc::new(Int32Array::from(vec![300])), false)]);
    write(folder.path(), &numbers, &[]).expect("written");
    let hinted = |kind: &str| {
        let text = format!(
            "syntax = \"proto3\";\nimport \"fmtconv/options.proto\";\nmessage Row {{ int32 n = 1 \
             [(fmtconv.field).type = \"{kind}\"]; }}\n"
        );
        std::fs::write(folder.path().join("row.proto"), text).expect("schema");
        read(folder.path(), &[])
    };
    // One that cannot follow from the field is passed over.
    for kind in ["utf8", "timestamp[us]", "nonsense", "int64", "large_list", "map"] {
        let back = hinted(kind).expect("read");
        assert_eq!(back.column(0).as_primitive::<Int32Type>().values(), &[300], "{kind}");
    }
    // One that could is checked value by value.
    assert_eq!(hinted("int16").expect("read").column(0).as_primitive::<Int16Type>().values(), &[300]);
    let error = hinted("int8").expect_err("too large");
    assert_eq!(error.code(), Some(Code::IntRange));
    assert!(error.hint().is_some_and(|hint| hint.contains("--no-hints")));
    assert_eq!(read(folder.path(), &[("hints", "false")]).expect("read").num_rows(), 1);
}
