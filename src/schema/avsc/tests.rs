use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, TimeUnit};

use super::*;
use crate::error::ErrorKind;

fn columns(text: &str) -> Schema {
    to_arrow(text).unwrap()
}

#[test]
fn a_schema_from_avro_is_given_back_byte_for_byte() {
    let text = r#"{ "type" : "record", "name":"R",  "fields":[{"name":"a","type":["int","null"],"x":[1]}] }"#;
    assert_eq!(from_arrow(&columns(text), &Naming::default()).unwrap(), text);
}

#[test]
fn a_column_taken_out_leaves_the_rest() {
    let text = r#"{"type":"record","name":"R","fields":[
        {"name":"a","type":{"type":"fixed","name":"F","size":4}},{"name":"b","type":"F","doc":"d"},{"name":"c","type":"int"}]}"#;
    let schema = columns(text);
    let rest = from_arrow(&schema.project(&[1, 2]).unwrap(), &Naming::default()).unwrap();
    let document = parse(&rest, Names::Strict).unwrap();
    assert_eq!(document.types.len(), 2, "the fixed is defined where it is used now: {rest}");
    let both = from_arrow(&schema.project(&[0, 1]).unwrap(), &Naming::default()).unwrap();
    assert_eq!(both.matches("\"size\"").count(), 1, "defined once, then referred to: {both}");
}

#[test]
fn types_that_avro_lacks_come_back() {
    let item = Arc::new(Field::new("el", DataType::UInt16, false));
    let types = [
        DataType::UInt64,
        DataType::Duration(TimeUnit::Nanosecond),
        DataType::Timestamp(TimeUnit::Second, Some("Europe/Paris".into())),
        DataType::FixedSizeList(item.clone(), 3),
        DataType::LargeListView(item),
        DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::LargeUtf8)),
        DataType::Decimal128(5, -2),
        DataType::Decimal64(5, 2),
    ];
    let fields: Vec<Field> =
        types.iter().enumerate().map(|(n, t)| Field::new(format!("c {n}"), t.clone(), n % 2 == 0)).collect();
    let schema = Schema::new(fields);
    let text = from_arrow(&schema, &Naming::default()).unwrap();
    let found = columns(&text);
    for (found, given) in found.fields().iter().zip(schema.fields()) {
        assert_eq!((found.name(), found.data_type()), (given.name(), given.data_type()));
        assert_eq!(found.is_nullable(), given.is_nullable());
    }
    let bare = from_arrow(&schema, &Naming { hints: false, ..Naming::default() }).unwrap();
    assert!(!bare.contains("fmtconv"), "{bare}");
    assert!(apache_avro::Schema::parse_str(&text).is_ok(), "{text}");
}

#[test]
fn types_that_avro_lacks_come_back_at_the_root() {
    let json = Field::new("value", DataType::Utf8, true)
        .with_metadata([("ARROW:extension:name".to_owned(), "arrow.json".to_owned())]);
    let plain = |data_type: DataType| Field::new("value", data_type, true);
    let branches = [Field::new("int32", DataType::Int32, true), Field::new("utf8", DataType::Utf8, true)];
    let union = DataType::Union((3..5).zip(branches.map(Arc::new)).collect(), arrow_schema::UnionMode::Sparse);
    let fields = [
        json,
        plain(DataType::UInt64),
        plain(DataType::UInt8),
        plain(DataType::Timestamp(TimeUnit::Second, Some("Europe/Paris".into()))),
        plain(DataType::FixedSizeBinary(3)),
        plain(DataType::Decimal64(5, 2)),
        plain(DataType::LargeList(Arc::new(Field::new("el", DataType::Int8, false)))),
        plain(DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::Utf8))),
        plain(union),
    ];
    for field in fields.iter().flat_map(|field| [field.clone(), field.clone().with_nullable(false)]) {
        let root = [(keys::ROOT.to_owned(), "value".to_owned())];
        let schema = Schema::new_with_metadata(vec![field.clone()], root);
        let text = from_arrow(&schema, &Naming::default()).unwrap();
        let found = columns(&text);
        assert_eq!(found.metadata().get(keys::ROOT).map(String::as_str), Some("value"), "{text}");
        let found = found.field(0);
        assert_eq!((found.data_type(), found.is_nullable()), (field.data_type(), field.is_nullable()), "{text}");
        assert_eq!(found.extension_type_name(), field.extension_type_name(), "{text}");
        assert!(apache_avro::Schema::parse_str(&text).is_ok(), "{text}");
        let bare = from_arrow(&schema, &Naming { hints: false, ..Naming::default() }).unwrap();
        assert!(!bare.contains("fmtconv"), "{bare}");
    }
}

#[test]
fn what_avro_cannot_hold_is_said_with_the_column() {
    let inner = Field::new("d", DataType::Decimal128(5, 9), false);
    let schema = Schema::new(vec![Field::new("s", DataType::Struct(vec![inner].into()), false)]);
    let error = from_arrow(&schema, &Naming::default()).unwrap_err();
    assert_eq!((error.kind(), error.origin().column.as_deref()), (ErrorKind::Unsupported, Some("s.d")));
}

#[test]
fn schemas_that_unfold_without_bound_meet_a_limit() {
    let mut text = r#"{"type":"record","name":"T0","fields":[{"name":"a","type":"int"}]}"#.to_owned();
    for level in 1..40 {
        let inner = format!("T{}", level - 1);
        text = format!(
            r#"{{"type":"record","name":"T{level}","fields":[{{"name":"a","type":{text}}},{{"name":"b","type":"{inner}"}}]}}"#
        );
    }
    assert_eq!(to_arrow(&text).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn names_are_made_legal_in_column_order() {
    let given = ["order id", "order_id", "order-id", "1st", "", "ü"];
    let legal = names::legal_names(given.iter().copied());
    assert_eq!(legal, ["order_id_2", "order_id", "order_id_3", "_1st", "_", "__2"]);
}

#[test]
fn names_of_built_in_types_are_given_away() {
    let inner = Field::new("x", DataType::Struct(vec![Field::new("y", DataType::Int32, false)].into()), false);
    let inner = inner.with_metadata([(keys::AVRO_NAME.to_owned(), "union".to_owned())]);
    let schema = Schema::new(vec![inner]);
    let naming = Naming { name: Some("int".to_owned()), ..Naming::default() };
    let text = from_arrow(&schema, &naming).unwrap();
    let document = parse(&text, Names::Strict).unwrap();
    let names: Vec<String> = document.types.iter().map(|named| named.name.full()).collect();
    assert_eq!(names, ["int_", "union_"]);
    assert!(apache_avro::Schema::parse_str(&text).is_ok(), "{text}");
}

/// What other programs put into metadata is never trusted further than the columns bear it out.
#[test]
fn metadata_of_others_cannot_make_a_schema_that_is_none() {
    let hostile = [
        (keys::AVRO_NAME, "a b"),
        (keys::AVRO_NAMESPACE, "..x"),
        (keys::AVRO_TYPE_ALIASES, r#"["9"]"#),
        (keys::AVRO_PROPS, r#"{"fields":[],"symbols":1,"size":-1,"items":"x"}"#),
        (keys::AVRO_KIND, "enum"),
        (keys::AVRO_ORDER, "sideways"),
        (keys::AVRO_NULL_INDEX, "7"),
        (keys::AVRO_PHYSICAL, "fixed:99999999999"),
        (keys::AVRO_PHYSICAL_UNION, "union9"),
        (keys::AVRO_LOGICAL, "adjust-to-utc:maybe"),
        (keys::AVRO_FIELD_PROPS, r#"{"type":"null","default":{}}"#),
        (keys::DEFAULT, "{]"),
        (keys::ALIASES, "7"),
        (keys::ENUM, r#"{"closed":true,"symbols":["a b","a b"],"default":"c"}"#),
        (keys::LOGICAL, "decimal(9999,99999)"),
        (keys::LOWERED, "recursion:Nowhere"),
        (keys::AVRO_SCHEMA, r#"{"type":"record","name":"R","fields":[{"name":"other","type":"int"}]}"#),
        (keys::PARQUET_AVRO_SCHEMA, "[["),
    ];
    let metadata: arrow_schema::Metadata =
        hostile.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let types = [
        DataType::Utf8,
        DataType::Binary,
        DataType::Int32,
        DataType::FixedSizeBinary(16),
        DataType::Timestamp(TimeUnit::Millisecond, None),
        DataType::Decimal128(10, 2),
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        DataType::Struct(vec![Field::new("y", DataType::Int32, true)].into()),
        DataType::List(Arc::new(Field::new("item", DataType::Utf8, true).with_metadata(metadata.clone()))),
    ];
    let fields: Vec<Field> = types
        .iter()
        .enumerate()
        .map(|(n, t)| Field::new(format!("c{n}"), t.clone(), n % 2 == 0).with_metadata(metadata.clone()))
        .collect();
    let schema = Schema::new(fields).with_metadata(metadata);
    let text = from_arrow(&schema, &Naming::default()).unwrap();
    assert!(apache_avro::Schema::parse_str(&text).is_ok(), "{text}");
    let found = columns(&text);
    for (found, given) in found.fields().iter().zip(schema.fields()) {
        assert_eq!((found.name(), found.is_nullable()), (given.name(), given.is_nullable()));
        assert_eq!(found.data_type().is_nested(), given.data_type().is_nested(), "{text}");
    }
}

/// Of a column a hint says it. In lists and structs the data does: Arrow takes none of runs with nulls there.
#[test]
fn runs_that_are_never_null_come_back_as_such() {
    let ends = Field::new("run_ends", DataType::Int32, false);
    let runs = DataType::RunEndEncoded(ends.into(), Field::new("values", DataType::Int32, true).into());
    let column = Field::new("r", runs.clone(), false);
    let list = |nullable: bool| DataType::List(Field::new("item", runs.clone(), nullable).into());
    let member = |nullable: bool| DataType::Struct(vec![Field::new("m", runs.clone(), nullable)].into());
    let fields = [list(false), list(true), member(false), member(true)].into_iter().enumerate();
    let fields = fields.map(|(n, kind)| Field::new(format!("c{n}"), kind, true));
    let schema = Schema::new(std::iter::once(column).chain(fields).collect::<Vec<_>>());
    let text = from_arrow(&schema, &Naming::default()).unwrap();
    assert_eq!(to_arrow(&text).unwrap().fields(), schema.fields());
    // Values without nulls have no place for one.
    let full = DataType::RunEndEncoded(
        Field::new("run_ends", DataType::Int32, false).into(),
        Field::new("values", DataType::Int32, false).into(),
    );
    let schema = Schema::new(vec![Field::new("r", full, false)]);
    let text = from_arrow(&schema, &Naming::default()).unwrap();
    assert!(!text.contains("null"), "{text}");
    assert_eq!(to_arrow(&text).unwrap().fields(), schema.fields());
}
