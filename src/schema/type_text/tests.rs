use super::*;

#[test]
fn every_text_parses_back() {
    for text in [
        "null",
        "bool",
        "int8",
        "uint64",
        "float16",
        "decimal128(10,2)",
        "decimal256(76,-3)",
        "utf8",
        "fixed_size_binary[16]",
        "date32",
        "time32[s]",
        "time64[ns]",
        "timestamp[us]",
        "timestamp[ns, Europe/Paris]",
        "duration[ms]",
        "interval[month_day_nano]",
        "list<int64>",
        "list<list<utf8 not null> not null>",
        "fixed_size_list[3]<float32>",
        "struct<a: int64, \"odd name\": struct<> not null>",
        "map<utf8, list<int32>>",
        "union<a: int32, b: utf8>",
        "union<5=a: int32, b: utf8 not null>",
        "sparse_union<>",
        "map<uuid, json>",
        "run_end_encoded<int32, utf8 not null>",
        "struct<\"a\\\\b\": int64, \"\u{200b}\": json, \"5=a\": bool>",
        "dictionary<int32, utf8>",
    ] {
        assert_eq!(type_text(&parse_type(text).unwrap()), text);
    }
}

#[test]
fn short_names_and_extensions() {
    assert_eq!(parse_type("decimal(10, 2)").unwrap(), DataType::Decimal128(10, 2));
    assert_eq!(parse_type("timestamp").unwrap(), DataType::Timestamp(TimeUnit::Microsecond, None));
    assert_eq!(field_text(&parse_field("a", "json").unwrap()), "json");
    assert_eq!(field_text(&parse_field("a", "uuid").unwrap()), "uuid");
}

#[test]
fn wrong_types_are_usage_errors() {
    for text in [
        "",
        "itn64",
        "list<int64",
        "decimal(0,0)",
        "decimal128(39,0)",
        "int64 x",
        "timestamp[x]",
        "dictionary<utf8, utf8>",
        "run_end_encoded<utf8, utf8>",
        "union<a: int8,>",
        "union<0=a: int8, 0=b: int8>",
    ] {
        assert_eq!(parse_type(text).unwrap_err().kind(), crate::ErrorKind::Usage, "{text}");
    }
    assert!(parse_type(&"list<".repeat(10_000)).is_err());
}

#[test]
fn types_are_the_same_whatever_their_parts_are_called() {
    let field = |text: &str| parse_field("a", text).unwrap();
    let same = |one: &str, other: &str| same_type(&field(one), &field(other));
    let all = [
        "utf8",
        "json",
        "list<utf8>",
        "list<utf8 not null>",
        "list<json>",
        "struct<a: int8>",
        "struct<b: int8>",
        "map<utf8, int8>",
        "map<utf8, json>",
        "union<a: int8, b: utf8>",
        "union<5=a: int8, b: utf8>",
        "run_end_encoded<int32, utf8>",
        "fixed_size_list[2]<int8>",
        "fixed_size_list[3]<int8>",
    ];
    for (at, one) in all.iter().enumerate() {
        for (other_at, other) in all.iter().enumerate() {
            assert_eq!(same(one, other), at == other_at, "{one} {other}");
        }
    }
    let named = |name: &str| Field::new("a", DataType::List(Arc::new(Field::new(name, DataType::Utf8, true))), true);
    assert!(same_type(&named("item"), &named("element")));
}
