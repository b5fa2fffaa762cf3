//! Settings of reading and writing, on bytes written by hand.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema as Columns, UnionMode};

use super::cases::Schema;
use super::{definition, read, read_options, write};
use crate::code::Code;
use crate::format::WriteOptions;
use crate::schema::proto::arrow::{carried, schema_of};
use crate::schema::proto::generate::{Choices, generate};
use crate::schema::proto::load::load;
use crate::schema::proto::shape::ReadAs;

#[test]
fn a_oneof_is_one_union_both_ways() {
    let schema = Schema::proto3("message M { int32 a = 1; oneof o { int32 oi = 2; string os = 3; M om = 4; } }");
    let given = || definition(&schema.0.path().join("m.proto"), Some("M"), &[]);
    // A number, a text, nothing, an empty message.
    let bytes = [&[4, 8, 1, 0x10, 5][..], &[3, 0x1a, 1, b'x'], &[2, 8, 7], &[2, 0x22, 0]].concat();
    let batches = read(bytes.clone(), &read_options(given(), &[("oneof", "union")])).expect("read");
    let column = batches[0].column_by_name("o").expect("a union");
    let DataType::Union(fields, UnionMode::Dense) = column.data_type() else { panic!("{:?}", column.data_type()) };
    let names: Vec<&str> = fields.iter().map(|(_, field)| field.name().as_str()).collect();
    assert_eq!(names, ["oi", "os", "om", "null"]);
    let union = column.as_union();
    assert_eq!(union.type_ids()[..], [0, 1, 3, 2]);
    assert_eq!(union.value(0).as_primitive::<Int32Type>().value(0), 5);
    assert_eq!(union.value(1).as_string::<i32>().value(0), "x");
    let options = WriteOptions { definition: Some(given()), ..WriteOptions::default() };
    assert_eq!(write(batches.clone(), batches[0].schema(), &options).expect("written"), bytes);
    // Without the schema file the one that came with the records is found.
    let carried = crate::schema::proto::original(&batches[0].schema());
    assert!(carried.is_some_and(|(pool, message)| pool.messages[message].name == "M"));
}

#[test]
fn a_oneof_that_is_not_set_is_null_inside_messages_too() {
    let schema = Schema::proto3(
        "message B { oneof o { int32 x = 1; string y = 2; } }
        message M { B b = 1; repeated B l = 2; map<int32, B> m = 3; oneof p { B q = 4; int32 r = 5; } }",
    );
    let union = [("oneof", "union")];
    // Each of them without a member set, then with one.
    for bytes in ["0a00\n", "1200120208 05\n", "1a0408011200\n", "2200\n", "0a0208051200120312 0178\n", "\n"] {
        let bytes = bytes.replace(' ', "");
        assert_eq!(schema.again(&bytes, &union), bytes);
        schema.json(&bytes, &union);
    }
}

#[test]
fn declared_defaults_stand_in_for_absent_values_only_when_asked() {
    let schema = Schema::proto2(
        "enum E { A = 0; B = 5; }
        message M {
          optional int32 i = 1 [default = -7]; optional uint64 u = 2 [default = 18446744073709551615];
          optional double d = 3 [default = -inf]; optional bool b = 4 [default = true];
          optional string s = 5 [default = \"a\\\"b\"]; optional E e = 6 [default = B]; optional int32 n = 7;
          oneof o { int32 x = 8 [default = 3]; int32 y = 9; }
        }",
    );
    let absent =
        "{\"i\":null,\"u\":null,\"d\":null,\"b\":null,\"s\":null,\"e\":null,\"n\":null,\"x\":null,\"y\":null}\n";
    assert_eq!(schema.json("\n", &[]), absent);
    let filled = schema.json("\n0801\n", &[("apply-defaults", "true")]);
    let rest = "\"u\":18446744073709551615,\"d\":\"-Infinity\",\"b\":true,\"s\":\"a\\\"b\",\"e\":\"B\",\"n\":null,\"x\":null,\"y\":null}";
    assert_eq!(filled, format!("{{\"i\":-7,{rest}\n{{\"i\":1,{rest}\n"));
    let numbers = schema.json("\n", &[("apply-defaults", "true"), ("enum", "int")]);
    assert!(numbers.contains("\"e\":5"), "{numbers}");
    let bytes = Schema::proto2("message M { optional bytes b = 1 [default = \"\\001x\\377\"]; }");
    let given = definition(&bytes.0.path().join("m.proto"), Some("M"), &[]);
    let batches = read(vec![0], &read_options(given, &[("apply-defaults", "true")])).expect("read");
    assert_eq!(batches[0].column(0).as_binary::<i32>().value(0), [1, b'x', 0xff]);
}

#[test]
fn a_default_may_be_an_alias() {
    let schema = Schema::proto2(
        "enum E { option allow_alias = true; A = 0; B = 1; C = 1; } message M { optional E e = 1 [default = C]; }",
    );
    assert_eq!(schema.json("\n", &[("apply-defaults", "true")]), "{\"e\":\"B\"}\n");
    assert_eq!(schema.json("\n", &[("apply-defaults", "true"), ("enum", "int")]), "{\"e\":1}\n");
}

#[test]
fn text_that_is_not_utf_8_is_replaced_by_setting_or_by_policy() {
    let by_policy = Schema::proto3("message M { string s = 1; }").allowing("V-UTF8=replace");
    let by_setting = Schema::proto3("message M { string s = 1; }");
    let (text, report) = by_policy.run("protobuf", "0a02ff41\n", &[], "ndjson", &[]).expect("read");
    assert_eq!(text, "{\"s\":\"\u{fffd}A\"}\n");
    assert_eq!(report.losses.get(&(Code::Utf8, "s".to_owned())), Some(&1));
    assert_eq!(by_setting.json("0a02ff41\n", &[("invalid-utf8", "replace")]), text);
    let error = by_policy.run("protobuf", "0a02ff41\n", &[("invalid-utf8", "error")], "ndjson", &[]);
    assert_eq!(error.expect_err("the setting goes before").code(), Some(Code::Utf8));
}

#[test]
fn field_ids_are_numbers_when_asked() {
    let field = |name: &str, id: Option<&str>| {
        let id = id.map(|id| ("PARQUET:field_id".to_owned(), id.to_owned()));
        Field::new(name, DataType::Int64, true).with_metadata(HashMap::from_iter(id))
    };
    let schema = Columns::new(vec![field("a", Some("12")), field("b", None), field("c", Some("3"))]);
    let text = |field_ids| {
        let choices = Choices { field_ids, ..Choices::named("M") };
        generate(&schema, &choices).expect("generated").text
    };
    let (plain, by_id) = (text(false), text(true));
    assert!(["a = 1", "b = 2", "c = 3"].iter().all(|field| plain.contains(field)), "{plain}");
    assert!(["a = 12", "b = 13", "c = 3"].iter().all(|field| by_id.contains(field)), "{by_id}");
}

#[test]
fn carried_schemas_leave_out_what_every_reader_has() {
    let schema = Schema::proto3(
        "import \"google/protobuf/timestamp.proto\"; import \"google/protobuf/descriptor.proto\";
        extend google.protobuf.FieldOptions { int32 mine = 50000; }
        message M { google.protobuf.Timestamp t = 1 [(mine) = 3]; }",
    );
    let loaded = load(&definition(&schema.0.path().join("m.proto"), Some("M"), &[])).expect("schema");
    let (_, columns) = schema_of(&loaded.pool, loaded.message, ReadAs::default()).expect("columns");
    let length = columns.metadata().get("proto.descriptor_set").map_or(0, String::len);
    assert!((1..1000).contains(&length), "{length}");
    let (pool, message) = carried(&columns).expect("carried");
    assert_eq!(pool.messages[message].name, "M");
    let names: Vec<&str> = pool.set.file.iter().map(|file| file.name()).collect();
    assert!(names.contains(&"google/protobuf/timestamp.proto") && names.contains(&"google/protobuf/descriptor.proto"));
    // What is written to a .protoset is whole.
    let set = prost_reflect::DescriptorPool::decode(pool.encoded().as_slice()).expect("a whole set");
    assert!(set.get_message_by_name("M").is_some_and(|message| message.get_field(1).is_some()));
}

#[test]
fn moments_in_parts_merge_and_only_the_last_counts() {
    let schema =
        Schema::proto3("import \"google/protobuf/timestamp.proto\"; message M { google.protobuf.Timestamp t = 1; }");
    // Seconds in one part, nanos in the next, in two orders.
    let merged = "{\"t\":\"1970-01-01T00:00:01.000000007Z\"}\n";
    assert_eq!(schema.json("0a0208010a021007\n", &[]), merged);
    assert_eq!(schema.json("0a0210070a020801\n", &[]), merged);
    assert_eq!(schema.json("0a0410070801\n", &[]), merged);
    // Before 1970 the nanos still go forward.
    let before = "{\"t\":\"1969-12-31T23:59:59.000000007Z\"}\n";
    assert_eq!(schema.json("0a0b08ffffffffffffffffff010a021007\n", &[]), before);
    // What is not legal is wrong, unless a later part makes it legal.
    let illegal = "0a0b10ffffffffffffffffff01";
    assert_eq!(schema.code(&format!("{illegal}\n"), &[]), Some(Code::TimestampRange));
    assert_eq!(schema.json(&format!("{illegal}0a0208010a021007\n"), &[]), merged);
}
