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
    ] {
        assert_eq!(parse_type(text).unwrap_err().kind(), crate::ErrorKind::Usage, "{text}");
    }
    assert!(parse_type(&"list<".repeat(10_000)).is_err());
}
