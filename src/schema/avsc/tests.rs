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
fn what_avro_cannot_hold_is_said_with_the_column() {
    let inner = Field::new("d", DataType::Decimal256(76, -3), false);
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
