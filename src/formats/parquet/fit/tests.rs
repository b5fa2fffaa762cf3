use std::sync::Arc;

use arrow_schema::Fields;

use super::*;

fn list(depth: usize) -> Field {
    let leaf = Field::new("item", DataType::Int64, true);
    (0..depth).fold(leaf, |item, _| Field::new("item", DataType::List(Arc::new(item)), true))
}

#[test]
fn a_type_is_told_without_what_is_in_it() {
    let pair = Fields::from(vec![Field::new("key", DataType::Utf8, false), list(2).with_name("value")]);
    let entries = Field::new("entries", DataType::Struct(pair.clone()), false);
    for (data_type, told) in [
        (DataType::Struct(pair), "group"),
        (DataType::Map(Arc::new(entries), false), "group MAP"),
        (list(3).data_type().clone(), "group LIST"),
        (DataType::Utf8, "BYTE_ARRAY STRING"),
        (DataType::Decimal128(20, 2), "FIXED_LEN_BYTE_ARRAY(9)DECIMAL(20,2)"),
        (DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, None), "INT64 TIMESTAMP(MICROS,false)"),
    ] {
        assert_eq!(words(&Field::new("x", data_type, true)).unwrap().replace(") ", ")"), told);
    }
    let Ok((_, root)) = stored_schema(Schema::new(vec![list(200)]), "m") else { panic!("a schema") };
    assert_eq!(printed(&childless(&root.get_fields()[0])).lines().count(), 2);
}
