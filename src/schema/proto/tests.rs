//! Generated schemas: names, numbers, text; and the way from `.proto` to Arrow and back.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, IntervalUnit, Schema};

use super::generate::{Choices, Generated, generate};
use super::pool::Target;
use super::{from_arrow, original, to_arrow};
use crate::format::Definition;
use crate::schema::proto::shape::ReadAs;

/// The Arrow schema of `.proto` text.
fn arrow_of(text: &str, message: Option<&str>) -> Schema {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("given.proto");
    std::fs::write(&path, text).expect("file");
    let definition = Definition { path, message: message.map(str::to_owned), includes: Vec::new(), content: None };
    to_arrow(&definition, ReadAs::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn made(fields: Vec<Field>) -> Generated {
    let choices = Choices { hints: false, ..Choices::named("row") };
    generate(&Schema::new(fields), &choices).expect("generated")
}

#[test]
fn messages_in_too_many_levels_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("chain.proto");
    let message = |n: usize| format!("message M{n} {{ M{} a = 1; }}\n", n + 1);
    let links: String = (0..3000).map(message).collect();
    std::fs::write(&path, format!("syntax = \"proto3\";\n{links}message M3000 {{ int32 a = 1; }}\n")).expect("file");
    let read = |message: &str| {
        let message = Some(message.to_owned());
        let definition = Definition { path: path.clone(), message, includes: Vec::new(), content: None };
        to_arrow(&definition, ReadAs::default())
    };
    assert_eq!(read("M0").expect_err("too deep").kind(), crate::ErrorKind::Limit);
    assert_eq!(read("M2900").expect("a hundred levels").fields().len(), 1);
}

#[test]
fn text_of_a_generated_schema() {
    let item = Arc::new(Field::new("item", DataType::Int64, false));
    let list = DataType::List(item);
    let entries = |value: DataType| {
        let pair = vec![Field::new("key", DataType::Utf8, false), Field::new("value", value, false)];
        DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair.into()), false)), false)
    };
    let generated = made(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("name", DataType::Utf8, true),
        Field::new("lists", DataType::List(Arc::new(Field::new("item", list.clone(), false))), false),
        Field::new("by", entries(list), false),
        Field::new("span", DataType::Interval(IntervalUnit::MonthDayNano), true),
        Field::new("price", DataType::Decimal128(10, 2), true),
        Field::new("order id", DataType::UInt8, false),
    ]);
    let expected = r#"syntax = "proto3";

import "google/type/decimal.proto";

message Row {
  message ListsItem {
    repeated int64 value = 1;
  }
  message ByValue {
    repeated int64 items = 1;
  }
  message Interval {
    sint32 months = 1;
    sint32 days = 2;
    sint64 nanos = 3;
  }
  int64 id = 1;
  optional string name = 2;
  repeated .Row.ListsItem lists = 3;
  map<string, .Row.ByValue> by = 4;
  .Row.Interval span = 5;
  .google.type.Decimal price = 6;
  uint32 order_id = 7 [json_name = "order id"];
}
"#;
    assert_eq!(generated.text, expected);
    assert_eq!(generated.renamed, ["order id"]);
}

#[test]
fn any_column_name_has_a_place() {
    const NAMES: [&str; 48] = [
        "",
        "_",
        "__",
        "a",
        "A",
        "a_",
        "_a",
        "a__b",
        "aB",
        "a_b",
        "a b",
        "a-b",
        "1",
        "1a",
        "é",
        "日本",
        "Interval",
        "interval",
        "Row",
        "row",
        "message",
        "Message",
        "option",
        "oneof",
        "map",
        "repeated",
        "reserved",
        "extensions",
        "group",
        "string",
        "int32",
        "true",
        "inf",
        "google",
        "Google",
        "syntax",
        "to",
        "max",
        "[x]",
        "a\0b",
        "a\"b",
        "a\nb",
        "c_entry",
        "CEntry",
        "c",
        "value",
        "value_2",
        "VALUE",
    ];
    let pair = vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Int32, false)];
    let map = DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair.into()), false)), false);
    let nested = DataType::List(Arc::new(Field::new("item", map.clone(), false)));
    let inner =
        DataType::Struct(vec![Field::new("a b", DataType::Int32, true), Field::new("a_b", map.clone(), true)].into());
    let branches = [Field::new("a b", DataType::Int32, true), Field::new("a_b", nested.clone(), true)];
    let union = arrow_schema::UnionFields::try_new([0, 1], branches).expect("union");
    let union = DataType::Union(union, arrow_schema::UnionMode::Dense);
    let symbols = r#"{"name":"value","symbols":["a","RED","row"],"closed":true}"#;
    let kinds = [
        Field::new("", DataType::Int32, true),
        Field::new("", map, false),
        Field::new("", nested, false),
        Field::new("", inner, true),
        Field::new("", union, true),
        Field::new("", DataType::Interval(IntervalUnit::YearMonth), true),
        Field::new("", DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)), true)
            .with_metadata([("fmtconv.enum", symbols)]),
    ];
    for shift in 0..kinds.len() {
        for step in [1, 5, 7, 11] {
            let columns: Vec<Field> = (0..NAMES.len())
                .map(|index| {
                    let kind = &kinds[(index * step + index / kinds.len() + shift) % kinds.len()];
                    kind.clone().with_name(NAMES[(index * step) % NAMES.len()])
                })
                .collect();
            let columns = Fields::from(columns);
            let schema = Schema::new(columns.clone());
            let made = generate(&schema, &Choices::named("row")).unwrap_or_else(|error| panic!("{error}"));
            assert!(made.retyped.is_empty(), "{:?}\n{}", made.retyped, made.text);
            let message = &made.pool.messages[made.message];
            let targets = message.columns.as_ref().expect("targets");
            assert_eq!(targets.len(), columns.len());
            let mut seen = HashSet::new();
            for (target, column) in targets.iter().zip(&columns) {
                match target {
                    Target::Field(field) => {
                        assert!(seen.insert(*field), "two columns in one field");
                        let field = &message.fields[*field];
                        let kept = field.name == *column.name() || field.json_name == *column.name();
                        assert!(kept || made.renamed.contains(column.name()), "{:?} is lost", column.name());
                    }
                    Target::Oneof(_) => assert!(matches!(column.data_type(), DataType::Union(..))),
                    Target::Unknown => panic!("{:?} is no unknown field", column.name()),
                }
            }
        }
    }
}

#[test]
fn numbers_stay() {
    let number =
        |name: &str, number: &str| Field::new(name, DataType::Int32, false).with_metadata([("proto.number", number)]);
    let fields = |generated: &Generated| -> Vec<(String, u32)> {
        let message = &generated.pool.messages[generated.message];
        message.fields.iter().map(|field| (field.name.clone(), field.number)).collect()
    };
    let generated = made(vec![
        number("seven", "7"),
        Field::new("next", DataType::Int32, false),
        number("same", "7"),
        number("reserved", "19500"),
        number("three", "3"),
        number("zero", "0"),
    ]);
    let expected = [("seven", 7), ("next", 8), ("same", 9), ("reserved", 10), ("three", 3), ("zero", 11)];
    assert_eq!(fields(&generated), expected.map(|(name, number)| (name.to_owned(), number)));
    let generated = made(vec![number("high", "18999"), Field::new("next", DataType::Int32, false)]);
    assert_eq!(fields(&generated)[1].1, 20_000);
    let full = Schema::new(vec![number("last", "536870911"), Field::new("a", DataType::Int8, true)]);
    assert!(generate(&full, &Choices::named("r")).is_err());
}

const GIVEN: &str = r#"syntax = "proto2";

package shop.v1;

enum Size {
  SMALL = 1;
  LARGE = 4;
  BIG = 4;
  option allow_alias = true;
}

message Order {
  enum State { OPEN = 0; PAID = -2; }
  message Line {
    required string sku = 1;
    optional Order parent = 2;
    reserved 5, 7 to 9, 100 to max;
    reserved "old";
  }
  required sint64 id = 4;
  optional fixed32 count = 2 [default = 7, json_name = "Count!"];
  optional string note = 3 [default = "a\"\\\n\x01é"];
  optional bytes raw = 12 [default = "\000\xff\""];
  optional double rate = 13 [default = -inf];
  repeated int32 small = 5 [packed = true];
  repeated State states = 6;
  map<string, Line> lines = 7;
  oneof way { string road = 8; Line line = 9; Size size = 10; }
  optional group Box = 11 { repeated uint64 side = 1 [deprecated = true]; }
  extensions 200 to 299;
}

extend Order { optional Order.State extra = 200; }
"#;

#[test]
fn a_definition_comes_back() {
    let schema = arrow_of(GIVEN, Some("shop.v1.Order"));
    let text = from_arrow(&schema, &Choices::named("ignored")).expect("text");
    assert!(text.contains("package shop.v1;"), "{text}");
    let again = arrow_of(&text, Some("shop.v1.Order"));
    assert_eq!(again.fields(), schema.fields(), "{text}");
    // The types themselves, not only what Arrow shows of them.
    let (pool, _) = original(&schema).expect("carried");
    let (back, _) = original(&again).expect("carried");
    let names = |pool: &super::pool::Pool| -> Vec<String> {
        pool.messages.iter().map(|message| message.name.clone()).collect()
    };
    assert_eq!(names(&pool), names(&back));
    assert_eq!(pool.set.file[0].message_type, back.set.file[0].message_type);
    assert_eq!(pool.set.file[0].enum_type, back.set.file[0].enum_type);
    assert_eq!(pool.set.file[0].extension, back.set.file[0].extension);
}

#[test]
fn a_changed_schema_is_not_the_original() {
    let schema = arrow_of(GIVEN, Some("shop.v1.Order"));
    assert!(original(&schema).is_some());
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    fields.pop();
    let fewer = Schema::new_with_metadata(fields, schema.metadata().clone());
    assert!(original(&fewer).is_none());
    // Names, numbers and wire types stay all the same.
    let text = from_arrow(&fewer, &Choices::named("Less")).expect("text");
    let again = arrow_of(&text, None);
    for field in fewer.fields() {
        let back = again.field_with_name(field.name()).expect("field");
        assert_eq!(back.metadata().get("proto.number"), field.metadata().get("proto.number"), "{text}");
        if !field.metadata().contains_key("proto.enum")
            && matches!(field.data_type(), DataType::Int64 | DataType::UInt32)
        {
            assert_eq!(back.metadata().get("proto.type"), field.metadata().get("proto.type"), "{text}");
        }
    }
}

#[test]
fn a_compiled_set_is_as_the_compiler_writes_it_without_positions() {
    const TEXT: &str = r#"
        // A comment on the syntax.
        syntax = "proto2";
        package a.b;
        import "google/protobuf/timestamp.proto";
        import "google/protobuf/descriptor.proto";
        extend google.protobuf.FieldOptions { optional string unit = 50001; repeated Scale scales = 50002; }
        message Scale { optional double by = 1 [default = 2.5]; }
        /* A comment on the message. */
        message Order {
            option deprecated = true;
            reserved 7 to 9, 12;
            reserved "old";
            extensions 100 to 199;
            required int64 id = 1 [(unit) = "m", (scales) = { by: 3 }, (scales) = {}];
            optional google.protobuf.Timestamp at = 2; // behind
            map<string, Scale> scale = 3;
            oneof choice { string text = 4; bytes data = 5; }
            repeated group Line = 6 { optional Kind kind = 1 [default = SECOND]; }
            enum Kind { option allow_alias = true; FIRST = 1; SECOND = 2; ALSO = 2 [deprecated = true]; }
        }
        extend Order { repeated sint32 more = 100 [packed = true]; }
    "#;
    let ours = super::load::compile_text("order.proto", TEXT).unwrap();
    let mut compiler = protox::Compiler::with_file_resolver({
        let mut resolver = protox::file::ChainFileResolver::new();
        resolver.add(Text(TEXT));
        resolver.add(protox::file::GoogleFileResolver::new());
        resolver
    });
    compiler.include_imports(true).open_file("order.proto").unwrap();
    assert_eq!(ours, compiler.encode_file_descriptor_set());

    struct Text(&'static str);
    impl protox::file::FileResolver for Text {
        fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
            match name {
                "order.proto" => protox::file::File::from_source(name, self.0),
                _ => Err(protox::Error::file_not_found(name)),
            }
        }
    }
}
