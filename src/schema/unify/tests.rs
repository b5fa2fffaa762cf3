use arrow_schema::Metadata;

use super::*;

fn schema(fields: &[(&str, DataType)]) -> SchemaRef {
    Arc::new(Schema::new(fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), false)).collect::<Vec<_>>()))
}

#[test]
fn integers_widen_and_missing_columns_become_nullable() {
    let one = ("one".into(), schema(&[("a", DataType::Int32), ("b", DataType::Utf8)]));
    let two = ("two".into(), schema(&[("a", DataType::Int64), ("c", DataType::Boolean)]));
    let both = unify(&[one, two]).unwrap();
    assert_eq!(both.field(0), &Field::new("a", DataType::Int64, false));
    assert_eq!(both.field(1), &Field::new("b", DataType::Utf8, true));
    assert_eq!(both.field(2), &Field::new("c", DataType::Boolean, true));
}

#[test]
fn what_would_change_values_is_refused_with_both_names() {
    let one = ("one.csv".into(), schema(&[("a", DataType::Int64)]));
    let two = ("two.csv".into(), schema(&[("a", DataType::Float64)]));
    let error = unify(&[one, two]).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Schema);
    assert!(error.message().contains("one.csv") && error.message().contains("two.csv"), "{error}");
}

#[test]
fn signed_and_unsigned_meet_in_a_type_that_holds_both() {
    assert_eq!(widen(&DataType::UInt32, &DataType::Int32), Some(DataType::Int64));
    assert_eq!(widen(&DataType::UInt64, &DataType::Int8), Some(DataType::Decimal128(20, 0)));
    assert_eq!(widen(&DataType::Decimal128(10, 2), &DataType::Int64), Some(DataType::Decimal128(22, 2)));
    assert_eq!(widen(&DataType::Utf8, &DataType::Int64), None);
}

#[test]
fn nested_fields_widen_and_those_of_one_input_may_be_null() {
    let point = |x: DataType, more: Option<&str>| {
        let mut fields = vec![Field::new("x", x, false)];
        fields.extend(more.map(|name| Field::new(name, DataType::Utf8, false)));
        let item = Field::new("item", DataType::Struct(fields.into()), false);
        DataType::List(Arc::new(item))
    };
    let one = ("one".into(), schema(&[("p", point(DataType::Int32, None))]));
    let two = ("two".into(), schema(&[("p", point(DataType::Int64, Some("y")))]));
    let both = unify(&[one.clone(), two]).unwrap();
    let shown = super::super::type_text::field_text(both.field(0));
    assert_eq!(shown, "list<struct<x: int64 not null, y: utf8> not null>");
    let three = ("three".into(), schema(&[("p", point(DataType::Utf8, None))]));
    let error = unify(&[one, three]).unwrap_err();
    assert_eq!(error.message(), "column \"p[].x\" is int32 in one but utf8 in three");
}

#[test]
fn small_integers_meet_floats_and_large_ones_do_not() {
    assert_eq!(widen(&DataType::Int32, &DataType::Float64), Some(DataType::Float64));
    assert_eq!(widen(&DataType::Float32, &DataType::UInt16), Some(DataType::Float32));
    assert_eq!(widen(&DataType::Int64, &DataType::Float64), None);
    assert_eq!(widen(&DataType::Int32, &DataType::Float32), None);
    assert_eq!(widen(&DataType::Date32, &DataType::Timestamp(arrow_schema::TimeUnit::Second, None)), None);
}

#[test]
fn enums_get_the_symbols_of_both() {
    let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let with = |symbols: &str| {
        let facts = format!("{{\"name\": \"E\", \"symbols\": {symbols}, \"closed\": true}}");
        Arc::new(Schema::new(vec![Field::new("e", kind.clone(), false).with_metadata([(ENUM, facts)])]))
    };
    let both = unify(&[("one".into(), with(r#"["A", "B"]"#)), ("two".into(), with(r#"["B", "C"]"#))]).unwrap();
    let facts: Value = serde_json::from_str(&both.field(0).metadata()[ENUM]).unwrap();
    assert_eq!(facts["symbols"], serde_json::json!(["A", "B", "C"]));
}

#[test]
fn layouts_meet_in_one_that_holds_the_values_of_both() {
    use crate::schema::type_text::{field_text, parse_type};
    let one_of = |text: &str| schema(&[("a", parse_type(text).unwrap())]);
    let met = |left: &str, right: &str| {
        let both = unify(&[("left".into(), one_of(left)), ("right".into(), one_of(right))]);
        both.map(|both| field_text(both.field(0)).trim_end_matches(" not null").to_owned())
    };
    for (left, right, wanted) in [
        ("utf8", "large_utf8", "large_utf8"),
        ("utf8", "utf8_view", "utf8_view"),
        ("utf8_view", "large_utf8", "large_utf8"),
        ("binary", "large_binary", "large_binary"),
        ("binary", "binary_view", "binary_view"),
        ("fixed_size_binary[2]", "binary", "binary"),
        ("fixed_size_binary[2]", "fixed_size_binary[3]", "binary"),
        ("list<int32>", "large_list<int32>", "large_list<int32>"),
        ("list<int32>", "list_view<int64>", "large_list<int64>"),
        ("list<utf8>", "list<large_utf8>", "list<large_utf8>"),
        ("fixed_size_list[2]<int8>", "fixed_size_list[2]<int16>", "fixed_size_list[2]<int16>"),
        ("fixed_size_list[2]<int8>", "fixed_size_list[3]<int8>", "list<int8>"),
        ("utf8", "dictionary<int32, utf8>", "utf8"),
        ("dictionary<int8, utf8>", "dictionary<uint16, large_utf8>", "dictionary<int32, large_utf8>"),
        ("dictionary<int64, utf8>", "dictionary<uint64, utf8>", "dictionary<int64, utf8>"),
        ("dictionary<int32, int64>", "int32", "int64"),
        ("decimal32(5,2)", "decimal128(5,1)", "decimal128(6,2)"),
    ] {
        assert_eq!(met(left, right).unwrap(), wanted, "{left} and {right}");
        assert_eq!(met(right, left).unwrap(), wanted, "{right} and {left}");
    }
    for (left, right) in [
        ("utf8", "binary"),
        ("utf8", "dictionary<int32, binary>"),
        ("list<int32>", "int32"),
        ("dictionary<int32, int64>", "dictionary<int32, utf8>"),
    ] {
        let error = met(left, right).unwrap_err();
        assert!(error.message().contains("left") && error.message().contains("right"), "{error}");
    }
}

#[test]
fn runs_meet_other_layouts_in_their_values() {
    let runs = |ends: DataType, metadata: Metadata| {
        let values = Field::new("values", DataType::Utf8, true).with_metadata(metadata);
        DataType::RunEndEncoded(Field::new("run_ends", ends, false).into(), values.into())
    };
    let (int32, int64) = (DataType::Int32, DataType::Int64);
    let dictionary = DataType::Dictionary(Box::new(int32.clone()), Box::new(DataType::LargeUtf8));
    let one = ("one".into(), schema(&[("a", runs(int32.clone(), Metadata::default()))]));
    for (other, wanted) in [
        (runs(int64.clone(), Metadata::default()), DataType::Utf8),
        (runs(int32.clone(), Metadata::default()), runs(int32.clone(), Metadata::default())),
        (DataType::Utf8, DataType::Utf8),
        (dictionary, DataType::LargeUtf8),
    ] {
        let both = unify(&[one.clone(), ("two".into(), schema(&[("a", other)]))]).unwrap();
        assert_eq!(both.field(0).data_type(), &wanted);
    }
    // JSON is no text.
    let json = runs(int32, Metadata::from([("ARROW:extension:name", "arrow.json")]));
    assert!(unify(&[one, ("two".into(), schema(&[("a", json)]))]).is_err());
}

#[test]
fn extension_types_with_other_parameters_are_not_one_column() {
    let point = |crs: Option<&str>| {
        let mut metadata = HashMap::from([("ARROW:extension:name".to_owned(), "geoarrow.wkb".to_owned())]);
        metadata.extend(crs.map(|crs| ("ARROW:extension:metadata".to_owned(), crs.to_owned())));
        let field = Field::new("at", DataType::Binary, true).with_metadata(metadata);
        Arc::new(Schema::new(vec![field]))
    };
    let met = |left, right| unify(&[("left".into(), point(left)), ("right".into(), point(right))]);
    let (degrees, metres) = (Some(r#"{"crs":"EPSG:4326"}"#), Some(r#"{"crs":"EPSG:3857"}"#));
    assert_eq!(met(degrees, degrees).expect("one column"), point(degrees));
    let error = met(degrees, metres).expect_err("other coordinates");
    let wanted = r#"the extension type of column "at" is {"crs":"EPSG:4326"} in left but {"crs":"EPSG:3857"} in right"#;
    assert_eq!(error.message(), wanted);
    met(degrees, None).expect_err("coordinates of no known system");
    met(None, Some("{}")).expect("nothing is said on either side");
}

#[test]
fn times_meet_in_the_finer_unit_and_zones_stay_apart() {
    use crate::schema::type_text::parse_type;
    let of = |text: &str| parse_type(text).unwrap();
    let met = |one: &str, other: &str| {
        let both = widen(&of(one), &of(other));
        assert_eq!(both, widen(&of(other), &of(one)));
        both
    };
    assert_eq!(met("timestamp[ms, UTC]", "timestamp[us, UTC]"), Some(of("timestamp[us, UTC]")));
    assert_eq!(met("timestamp[s]", "timestamp[ns]"), Some(of("timestamp[ns]")));
    assert_eq!(met("timestamp[ms, UTC]", "timestamp[us]"), None);
    assert_eq!(met("timestamp[ms, UTC]", "timestamp[us, Europe/Berlin]"), None);
    assert_eq!(met("time32[s]", "time32[ms]"), Some(of("time32[ms]")));
    assert_eq!(met("time32[ms]", "time64[us]"), Some(of("time64[us]")));
    assert_eq!(met("duration[s]", "duration[us]"), Some(of("duration[us]")));
    assert_eq!(met("date32", "date64"), Some(of("date64")));
}

#[test]
fn fields_of_one_name_are_not_merged() {
    let inside = |names: &[&str]| {
        let fields: Fields = names.iter().map(|name| Field::new(*name, DataType::Int64, false)).collect();
        schema(&[("s", DataType::Struct(fields))])
    };
    let both = |one: SchemaRef, other: SchemaRef| unify(&[("one".into(), one), ("two".into(), other)]);
    let twins = schema(&[("a", DataType::Int64), ("b", DataType::Utf8), ("a", DataType::Int64)]);
    assert_eq!(both(twins.clone(), twins.clone()).unwrap(), twins);
    let error = both(schema(&[("a", DataType::Int64)]), twins).unwrap_err();
    assert_eq!(error.origin().source.as_deref(), Some("two"));
    assert!(error.message().starts_with("several columns are called \"a\""), "{error}");
    assert!(both(inside(&["x", "x"]), inside(&["x", "x"])).is_ok());
    assert!(both(inside(&["x", "x"]), inside(&["x"])).is_err());
    assert!(both(inside(&["x", "y"]), inside(&["x"])).is_ok());
}
