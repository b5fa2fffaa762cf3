//! What is told before anything is written into a message that the user gave.

use std::sync::Arc;

use arrow_array::*;
use arrow_schema::{DataType, Field, Schema, TimeUnit};

use super::{definition, write};
use crate::code::Code;
use crate::error::ErrorKind;
use crate::fit::{Fit, Returns};
use crate::format::WriteOptions;
use crate::formats::protobuf::FORMAT;
use crate::schema::plan::{Plan, plan};

fn options(folder: &tempfile::TempDir, text: &str) -> WriteOptions {
    let path = folder.path().join("row.proto");
    std::fs::write(&path, text).expect("schema file");
    WriteOptions { definition: Some(definition(&path, Some("Row"), &[])), ..WriteOptions::default() }
}

fn planned(text: &str, fields: Vec<Field>) -> Plan {
    let folder = tempfile::tempdir().expect("folder");
    plan(&Schema::new(fields), &FORMAT, &options(&folder, text))
}

#[track_caller]
fn fit<'a>(plan: &'a Plan, path: &str) -> &'a Fit {
    &plan.columns.iter().find(|column| column.path == path).unwrap_or_else(|| panic!("no {path}: {plan:?}")).fit
}

#[test]
fn nulls_in_fields_without_presence_are_a_loss_that_is_told_before() {
    let plan = planned(
        "syntax = \"proto3\"; message Row { int64 a = 1; optional int64 b = 2; string c = 3; }",
        vec![
            Field::new("a", DataType::Int64, true),
            Field::new("b", DataType::Int64, true),
            Field::new("c", DataType::Utf8, false),
        ],
    );
    assert_eq!(fit(&plan, "a"), &Fit::exact("int64").with(&[Code::Presence]));
    assert_eq!(fit(&plan, "b"), &Fit::exact("int64"));
    assert_eq!(fit(&plan, "c"), &Fit::exact("string"));
    let error = plan.refuse_losses(&Default::default()).expect_err("a loss");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Loss, Some(Code::Presence)));
}

#[test]
fn floats_are_the_doubles_that_they_are_in_messages_of_json() {
    let text = "syntax = \"proto3\"; import \"google/protobuf/struct.proto\"; message Row {
        google.protobuf.Value v = 1; google.protobuf.ListValue l = 2; google.protobuf.Struct s = 3; }";
    let folder = tempfile::tempdir().expect("folder");
    let options = options(&folder, text);
    let float: ArrayRef = Arc::new(Float32Array::from(vec![0.1]));
    let list = ListArray::from_iter_primitive::<arrow_array::types::Float16Type, _, _>([Some([Some(half::f16::ONE)])]);
    let member = Arc::new(Field::new("x", DataType::Float32, true));
    let records = RecordBatch::try_from_iter([
        ("v", float.clone()),
        ("l", Arc::new(list) as ArrayRef),
        ("s", Arc::new(StructArray::from(vec![(member, float)])) as ArrayRef),
    ]);
    let records = records.expect("records");
    let bytes = write(vec![records.clone()], records.schema(), &options).expect("messages");
    let double = [&[0x11][..], &f64::from(0.1_f32).to_le_bytes()].concat();
    let found = bytes.windows(9).filter(|window| *window == double).count();
    assert_eq!(found, 2, "{bytes:?}");
}

#[test]
fn case_101_strict_refuses_what_the_given_message_loses_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let options = options(&folder, "syntax = \"proto3\"; message Row { int64 a = 1; }");
    let input = folder.path().join("in.ndjson");
    std::fs::write(&input, "{\"a\":1}\n{\"a\":null}\n").expect("input");
    let output = folder.path().join("out.pb");
    let convert = |strict: bool| {
        let mut target = crate::convert::Target::with_format(crate::output::Output::path(&output), "protobuf");
        target.options.definition = options.definition.clone();
        crate::convert::Convert::new(crate::source::Source::path(&input)).to(target).strict(strict).run()
    };
    let error = convert(true).expect_err("nulls become zeros");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Loss, Some(Code::Presence)));
    assert!(!output.exists());
    let report = convert(false).expect("written");
    assert_eq!(report.losses.get(&(Code::Presence, "a".to_owned())), Some(&1));
    assert_eq!(std::fs::read(&output).expect("output"), [2, 8, 1, 0]);
}

#[test]
fn columns_that_the_message_lacks_are_refused_each() {
    let plan = planned(
        "syntax = \"proto3\"; message Row { int64 a = 1; message In { int32 x = 1; } In m = 2; }",
        vec![
            Field::new("a", DataType::Int64, false),
            Field::new("zz", DataType::Int64, true),
            Field::new("m", DataType::Struct(vec![Field::new("y", DataType::Int32, true)].into()), true),
        ],
    );
    assert!(!fit(&plan, "a").is_refused());
    assert!(fit(&plan, "zz").target.contains("has no field of this name"), "{plan:?}");
    assert!(fit(&plan, "m").target.contains("m.y"), "{plan:?}");
    let error = plan.check().expect_err("no such field");
    assert_eq!((error.kind(), error.origin().column.as_deref()), (ErrorKind::Schema, Some("zz")));
    assert!(error.hint().is_some_and(|hint| hint.contains("--exclude")), "{error:?}");
}

#[test]
fn required_fields_without_a_column_are_refused() {
    let plan = planned(
        "syntax = \"proto2\"; message Row { required int64 a = 1; optional int64 b = 2; }",
        vec![Field::new("b", DataType::Int64, true)],
    );
    let error = plan.check().expect_err("a is required");
    assert!(error.message().contains("field a of message Row is required"), "{error:?}");
    let plan = planned(
        "syntax = \"proto2\"; message Row { required int64 a = 1; }",
        vec![Field::new("a", DataType::Int64, true)],
    );
    assert_eq!(fit(&plan, "a").codes, [Code::Null]);
}

#[test]
fn narrower_fields_are_checked_value_by_value_and_told() {
    let text = "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\"; import \"google/type/date.proto\";
        enum Color { RED = 0; BLUE = 1; }
        message In { int32 x = 1; }
        message Row {
          int32 a = 1; uint64 b = 2; float c = 3; double d = 4; string e = 5; Color f = 6; repeated int32 g = 7;
          map<string, uint32> h = 8; google.protobuf.Timestamp i = 9; google.protobuf.Timestamp j = 10;
          google.type.Date k = 11; In m = 12; sint32 n = 13;
          oneof o { int32 p = 14; int32 q = 15; }
        }";
    let list = |item: DataType| DataType::List(Arc::new(Field::new("item", item, true)));
    let map = |value: DataType| {
        let pair = vec![Field::new("key", DataType::Utf8, false), Field::new("value", value, true)];
        DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair.into()), false)), false)
    };
    let plan = planned(
        text,
        vec![
            Field::new("a", DataType::Int64, false),
            Field::new("b", DataType::Int8, false),
            Field::new("c", DataType::Float64, false),
            Field::new("d", DataType::UInt64, false),
            Field::new("e", DataType::Binary, false),
            Field::new("f", DataType::Utf8, false),
            Field::new("g", list(DataType::UInt32), true),
            Field::new("h", map(DataType::Int32), false),
            Field::new("i", DataType::Timestamp(TimeUnit::Microsecond, None), true),
            Field::new("j", DataType::Timestamp(TimeUnit::Nanosecond, Some("Europe/Paris".into())), true),
            Field::new("k", DataType::Date32, true),
            Field::new("m", DataType::Struct(vec![Field::new("x", DataType::Int64, true)].into()), true),
            Field::new("n", DataType::Int16, false),
            Field::new("p", DataType::Int32, true),
            Field::new("q", DataType::Int32, true),
        ],
    );
    let codes = |path: &str| fit(&plan, path).codes.clone();
    assert_eq!(codes("a"), [Code::Type, Code::IntRange]);
    assert_eq!(codes("b"), [Code::Type, Code::IntRange]);
    assert_eq!(codes("c"), [Code::Type, Code::FloatRange, Code::FloatDigits]);
    assert_eq!(codes("d"), [Code::Type, Code::FloatDigits]);
    assert_eq!(codes("e"), [Code::Type, Code::Utf8]);
    assert_eq!(codes("f"), [Code::Type, Code::Enum]);
    assert_eq!(codes("g"), [Code::NullList]);
    assert_eq!(codes("g[]"), [Code::Type, Code::IntRange, Code::NullElement]);
    assert_eq!(codes("h"), [Code::MapOrder, Code::DuplicateKey]);
    assert_eq!(codes("h.value"), [Code::Type, Code::IntRange, Code::Null]);
    assert_eq!(codes("i"), [Code::Naive, Code::TimestampRange]);
    assert_eq!(codes("j"), [Code::Zone]);
    assert_eq!(codes("k"), [Code::DateRange]);
    assert_eq!(codes("m"), []);
    assert_eq!(codes("m.x"), [Code::Presence, Code::Type, Code::IntRange]);
    assert_eq!(codes("n"), [Code::Type]);
    assert_eq!(codes("p"), [Code::OneOf]);
    assert_eq!(fit(&plan, "g").target, "repeated int32");
    assert_eq!(fit(&plan, "h").target, "map<string, uint32>");
    assert_eq!(fit(&plan, "k").returns, Returns::Exact);
}

#[test]
fn every_planned_check_is_one_that_writing_makes() {
    let folder = tempfile::tempdir().expect("folder");
    let text = "syntax = \"proto3\"; message Row { int32 a = 1; float c = 2; string e = 3; uint32 u = 4; }";
    let options = options(&folder, text);
    let columns: [(&str, ArrayRef); 4] = [
        ("a", Arc::new(Int64Array::from(vec![1 << 40]))),
        ("c", Arc::new(Float64Array::from(vec![0.1]))),
        ("e", Arc::new(BinaryArray::from_vec(vec![&[0xff]]))),
        ("u", Arc::new(Int32Array::from(vec![-1]))),
    ];
    for (name, array) in columns {
        let batch = RecordBatch::try_from_iter_with_nullable([(name, array, false)]).expect("batch");
        let plan = plan(&batch.schema(), &FORMAT, &options);
        let error = write(vec![batch.clone()], batch.schema(), &options).expect_err(name);
        let code = error.code().expect("a code");
        assert!(fit(&plan, name).codes.contains(&code), "{name}: {code} in {plan:?}");
    }
}

const JSON_MESSAGES: &str = "syntax = \"proto3\"; import \"google/protobuf/struct.proto\";
    message Row { google.protobuf.Value v = 1; repeated google.protobuf.Value r = 2; google.protobuf.Struct s = 3;
    google.protobuf.ListValue l = 4; }";

/// The same column, its text JSON.
fn json(field: Field) -> Field {
    field.with_metadata([("ARROW:extension:name".to_owned(), "arrow.json".to_owned())])
}

#[test]
fn text_is_a_string_in_a_message_of_json_unless_it_says_that_it_is_json() {
    let texts = ["1e5", "[1, 2 ]", "", "null"];
    let written = |field: Field| texts_into(JSON_MESSAGES, field, &texts);
    let expected: Vec<u8> = texts
        .iter()
        .flat_map(|text| {
            let value = [&[0x1a, text.len() as u8], text.as_bytes()].concat();
            [vec![value.len() as u8 + 2, 0x0a, value.len() as u8], value].concat()
        })
        .collect();
    assert_eq!(written(Field::new("v", DataType::Utf8, false)).expect("strings"), expected);
    let error = written(json(Field::new("v", DataType::Utf8, false))).expect_err("an empty text is not JSON");
    assert_eq!((error.code(), error.origin().record), (Some(Code::Token), Some(2)));
    for name in ["s", "l"] {
        let error = written(Field::new(name, DataType::Utf8, false)).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Schema);
        assert!(error.hint().is_some_and(|hint| hint.contains("--schema")), "{error:?}");
    }
}

#[test]
fn text_that_comes_back_as_json_is_told() {
    let list = |item: Field| DataType::List(Arc::new(item));
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let columns = vec![text("v"), Field::new("r", list(text("item")), false), text("s")];
    let plan = planned(JSON_MESSAGES, columns);
    assert_eq!(fit(&plan, "v"), &Fit::wider("google.protobuf.Value").with(&[Code::Type]));
    assert_eq!(fit(&plan, "r[]"), &Fit::wider("google.protobuf.Value").with(&[Code::Type]));
    assert!(fit(&plan, "s").is_refused());
    let columns = vec![json(text("v")), Field::new("r", list(json(text("item"))), false), json(text("s"))];
    let plan = planned(JSON_MESSAGES, columns);
    for path in ["v", "r[]", "s"] {
        assert!(!fit(&plan, path).codes.contains(&Code::Type), "{plan:?}");
    }
    // What a message of JSON was read as.
    let wkt = [("proto.wkt".to_owned(), "google.protobuf.Struct".to_owned())];
    assert!(!fit(&planned(JSON_MESSAGES, vec![text("s").with_metadata(wkt)]), "s").is_refused());
}

/// What writing texts into the message gives, each in a record of its own.
fn texts_into(text: &str, field: Field, texts: &[&str]) -> crate::error::Result<Vec<u8>> {
    let folder = tempfile::tempdir().expect("folder");
    let array: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array]).expect("batch");
    write(vec![batch.clone()], batch.schema(), &options(&folder, text))
}

/// The same column, as it is read from a message that stands for a value.
fn read_as(field: Field, wkt: &str) -> Field {
    let entries = [("proto.wkt", wkt), ("fmtconv.logical", "decimal")];
    field.with_metadata(entries.map(|(key, value)| (key.to_owned(), value.to_owned())))
}

#[test]
fn text_that_is_no_number_is_no_decimal() {
    const MESSAGE: &str = "syntax = \"proto3\"; import \"google/type/decimal.proto\";
        message Row { google.type.Decimal d = 1; }";
    let field = Field::new("d", DataType::Utf8, false);
    let legal = ["1", "-1.50", "+007.", ".5", "2e9", "2.5E-07", "0e+0"];
    assert!(texts_into(MESSAGE, field.clone(), &legal).is_ok());
    let illegal = ["x", "", " 1", "1 ", "1,5", "NaN", "Infinity", ".", "-", "e5", "1e", "1e+", "1e5.0", "1.2.3", "--1"];
    for text in illegal {
        let error = texts_into(MESSAGE, field.clone(), &["1", text]).expect_err(text);
        assert_eq!((error.code(), error.origin().record), (Some(Code::Token), Some(1)), "{text}");
    }
    // A message without its field is read so.
    let read = read_as(field.clone(), "google.type.Decimal");
    assert_eq!(texts_into(MESSAGE, read.clone(), &[""]).expect("empty"), [2, 0x0a, 0]);
    assert_eq!(texts_into(MESSAGE, read, &["x"]).expect_err("no number").code(), Some(Code::Token));
    assert_eq!(fit(&planned(MESSAGE, vec![field]), "d").codes, [Code::Token]);
}

#[test]
fn text_that_would_come_back_as_other_digits_is_no_decimal_of_confluent() {
    const MESSAGE: &str = "syntax = \"proto3\"; import \"confluent/type/decimal.proto\";
        message Row { confluent.type.Decimal d = 1; }";
    let field = Field::new("d", DataType::Utf8, false);
    assert!(texts_into(MESSAGE, field.clone(), &["0", "0.00", "-0.05", "7.10"]).is_ok());
    for text in ["-0", "007.10", "00", "+1", "1e5", "x"] {
        let error = texts_into(MESSAGE, field.clone(), &["1", text]).expect_err(text);
        assert_eq!((error.code(), error.origin().record), (Some(Code::Token), Some(1)), "{text}");
    }
    assert!(texts_into(MESSAGE, read_as(field, "confluent.type.Decimal"), &["007.10"]).is_ok());
}

#[test]
fn values_that_json_has_are_written_into_messages_of_json() {
    use arrow_array::builder::{Int64Builder, MapBuilder, StringBuilder};

    let folder = tempfile::tempdir().expect("folder");
    let text = JSON_MESSAGES.replace("l = 4;", "l = 4; google.protobuf.Value w = 5; google.protobuf.Struct m = 6;");
    let options = options(&folder, &text);
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    map.keys().append_value("k");
    map.values().append_value(-3);
    map.append(true).expect("an entry");
    map.append(false).expect("no map");
    let object = StructArray::from(vec![
        (
            Arc::new(Field::new("string_value", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec![Some("1e5"), None])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("b", DataType::Boolean, true)),
            Arc::new(BooleanArray::from(vec![Some(true), None])) as ArrayRef,
        ),
    ]);
    let list = |rows: [Option<Vec<Option<i32>>>; 2]| {
        Arc::new(ListArray::from_iter_primitive::<arrow_array::types::Int32Type, _, _>(rows)) as ArrayRef
    };
    let columns: [(&str, ArrayRef); 5] = [
        ("v", Arc::new(Float64Array::from(vec![Some(-0.0), None]))),
        ("s", Arc::new(object)),
        ("l", list([Some(vec![Some(1), None]), Some(vec![])])),
        ("w", list([Some(vec![]), None])),
        ("m", Arc::new(map.finish())),
    ];
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).expect("batch");
    let plan = plan(&batch.schema(), &FORMAT, &options);
    assert!(!plan.columns.iter().any(|column| column.fit.is_refused()), "{plan:?}");
    assert_eq!(fit(&plan, "v").codes, [Code::Type, Code::NonFinite]);
    assert_eq!(fit(&plan, "s.b"), &Fit::exact("JSON"));
    let bytes = write(vec![batch.clone()], batch.schema(), &options).expect("written");
    let definition = definition(&folder.path().join("row.proto"), Some("Row"), &[]);
    let read = super::read(bytes, &super::read_options(definition, &[])).expect("read");
    let cell = |name: &str, row: usize| {
        let texts = read[0].column_by_name(name).expect(name).as_any().downcast_ref::<StringArray>().expect("JSON");
        texts.is_valid(row).then(|| texts.value(row).to_owned())
    };
    let row = |row: usize| ["v", "s", "l", "w", "m"].map(|name| cell(name, row));
    let expected = ["-0.0", "{\"b\":true,\"string_value\":\"1e5\"}", "[1,null]", "[]", "{\"k\":-3}"];
    assert_eq!(row(0), expected.map(|text| Some(text.to_owned())));
    let expected = [None, Some("{\"b\":null,\"string_value\":null}"), Some("[]"), None, None];
    assert_eq!(row(1), expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn numbers_that_json_messages_do_not_hold_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let options = options(&folder, JSON_MESSAGES);
    let columns: [(&str, ArrayRef, Code); 3] = [
        ("v", Arc::new(Int64Array::from(vec![1, (1 << 53) + 1])), Code::FloatDigits),
        ("v", Arc::new(UInt64Array::from(vec![1, u64::MAX])), Code::FloatDigits),
        ("v", Arc::new(Float32Array::from(vec![1.0, f32::NAN])), Code::NonFinite),
    ];
    for (name, array, code) in columns {
        let batch = RecordBatch::try_from_iter_with_nullable([(name, array, false)]).expect("batch");
        let plan = plan(&batch.schema(), &FORMAT, &options);
        assert!(fit(&plan, name).codes.contains(&code), "{plan:?}");
        let error = write(vec![batch.clone()], batch.schema(), &options).expect_err(name);
        assert_eq!((error.code(), error.origin().record), (Some(code), Some(1)));
    }
    let refused =
        planned(JSON_MESSAGES, vec![Field::new("v", DataType::Date32, true), Field::new("l", DataType::Int8, true)]);
    for name in ["v", "l"] {
        assert!(fit(&refused, name).is_refused());
    }
    assert!(refused.check().expect_err("no JSON").hint().is_some_and(|hint| hint.contains("--reader-schema")));
}

/// A column `b`, and a union of two branches of which one is called so too.
fn beside_a_union(columns: [&str; 2]) -> RecordBatch {
    let branches = [Field::new("a", DataType::Int64, false), Field::new("b", DataType::Int64, false)];
    let fields = arrow_schema::UnionFields::try_new([0, 1], branches).expect("fields");
    let children: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(vec![1, 2])), Arc::new(Int64Array::from(vec![10]))];
    let offsets = vec![0, 0, 1].into();
    let union = UnionArray::try_new(fields, vec![0, 1, 0].into(), Some(offsets), children).expect("union");
    let columns = columns.map(|name| -> (Field, ArrayRef) {
        match name {
            "u" => (Field::new("u", union.data_type().clone(), false), Arc::new(union.clone())),
            _ => (Field::new(name, DataType::Int64, false), Arc::new(Int64Array::from(vec![100, 200, 300]))),
        }
    });
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("batch")
}

#[test]
fn columns_that_are_called_as_a_branch_keep_their_field() {
    for columns in [["b", "u"], ["u", "b"]] {
        let batch = beside_a_union(columns);
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("row.proto");
        let emit = WriteOptions { emit_schema: Some(path.clone()), ..WriteOptions::default() };
        let generated = write(vec![batch.clone()], batch.schema(), &emit).expect("generated");
        let given = WriteOptions { definition: Some(definition(&path, None, &[])), ..WriteOptions::default() };
        assert_eq!(write(vec![batch.clone()], batch.schema(), &given).expect("given"), generated, "{columns:?}");
    }
}

#[test]
fn a_member_of_a_oneof_has_no_column_beside_the_union() {
    let text = "syntax = \"proto3\"; message Row { optional int64 b = 1; oneof u { int64 a = 2; int64 c = 3; } }";
    for columns in [["a", "u"], ["u", "a"]] {
        let batch = beside_a_union(columns);
        let folder = tempfile::tempdir().expect("folder");
        let error = write(vec![batch.clone()], batch.schema(), &options(&folder, text)).expect_err("two columns");
        assert_eq!(error.kind(), ErrorKind::Schema);
        assert!(error.message().contains("two columns for field a"), "{error}");
    }
}
