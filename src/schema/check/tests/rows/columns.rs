//! Columns of tables. Behind `$` stand the id of a column (a number), `d` for a default, or the value of a metadata key.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema as ArrowSchema};

use super::super::{Mode, Options, Rules, Schema, check_with};
use super::{Row, judge};
use crate::schema::adapt::Adapt;
use crate::schema::diff::{Kind, diff};
use crate::schema::type_text::parse_type;

const RULES: &str = "iceberg-v2 iceberg-v3 delta spark arrow fmtconv";

pub(super) const ROWS: &[Row] = &[
    (1, "", "a: int32 not null", "-+ -+ -+ ++ ++ -+"),
    (2, "", "a: int32", "++ ++ ++ ++ ++ ++"),
    // Iceberg: version 3 has defaults that files are read with.
    (2, "", "a$d: int32 not null", "-+ ++ -+ ++ ++ ++"),
    (3, "a: int32 not null", "", "+- +- +- ++ ++ +-"),
    (4, "a: int32", "", "++ ++ ++ ++ ++ ++"),
    // With ids a new name is a new name; without, Spark and Arrow make two columns of it.
    (6, "a$1: int32 not null", "b$1: int32 not null", "++ ++ ++ ++ ++ ++"),
    (6, "a: int32 not null", "b: int32 not null", "-- -- -- ++ ++ --"),
    (8, "a: int32, b: utf8", "b: utf8, a: int32", "++ ++ ++ ++ ++ ++"),
    (9, "a$1: int32", "a$2: int32", "-- -- .. .. -- ++"),
    (10, "a$1: int32", "b$1: utf8", "-- -- -- .. .. --"),
    (11, "a: int32", "a: int64", "+- +- +- -- -- ++"),
    (12, "a: int64", "a: int32", "-+ -+ -+ -- -- ++"),
    (13, "a: int32", "a: uint32", "-- -- -- -- -- ++"),
    (14, "a: int32", "a: bool", "-- -- -- -- -- --"),
    // Delta: by hand. int64 has too many digits for a double.
    (17, "a: int32", "a: float64", "-- -- +- -- -- ++"),
    (17, "a: int64", "a: float64", "-- -- -- -- -- ++"),
    (17, "a: int32", "a: float32", "-- -- -- -- -- ++"),
    (18, "a: float32", "a: float64", "+- +- +- -- -- ++"),
    (19, "a: utf8", "a: binary", "-- -- -- -- -- ++"),
    (20, "a: decimal128(10, 2)", "a: decimal128(12, 2)", "+- +- +- ++ -- ++"),
    (21, "a: decimal128(10, 2)", "a: decimal128(12, 4)", "-- -- +- -- -- ++"),
    (21, "a: decimal128(10, 2)", "a: decimal128(10, 4)", "-- -- -- -- -- ++"),
    (22, "a: timestamp[ms, UTC]", "a: timestamp[us, UTC]", "-- -- -- -- -- ++"),
    (22, "a: date32", "a: timestamp[us]", "-- +- +- -- -- --"),
    (22, "a: date32", "a: timestamp[ns]", "-- +- -- -- -- --"),
    (23, "a: int64", "a: timestamp[us, UTC]", "-- -- -- -- -- --"),
    (29, "a: fixed_size_binary[4]", "a: fixed_size_binary[5]", "-- -- -- -- -- --"),
    (32, "a: int32 not null", "a: int32", "+- +- +- ++ ++ +-"),
    (33, "a: int32", "a: int32 not null", "-+ -+ -+ ++ ++ -+"),
    (35, "a: int32", "a: list<int32>", "-- -- -- -- -- --"),
    (36, "a: union<x: int32, y: utf8>", "a: union<x: int32, y: utf8, z: bool>", ".. .. .. .. ++ +-"),
    (37, "a: union<x: int32, y: utf8, z: bool>", "a: union<x: int32, y: utf8>", ".. .. .. .. ++ -+"),
    (40, "a: map<utf8, int32>", "a: list<struct<key: utf8 not null, value: int32>>", "-- -- -- -- -- ++"),
    // Arrow: keys that both have must agree.
    (45, "a$x: int32", "a$y: int32", "++ ++ ++ ++ -- ++"),
    (50, "a: map<int32, int32>", "a: map<utf8, int32>", "-- -- -- -- -- --"),
    (50, "a: map<int32, int32>", "a: map<int64, int32>", "-- -- -- -- -- ++"),
    // Spark and Arrow: as in row 6, the old columns and a new one.
    (
        51,
        "a: int32 not null, b: int32 not null",
        "s: struct<a: int32 not null, b: int32 not null> not null",
        "-- -- -- ++ ++ --",
    ),
    (52, "a: timestamp[us, UTC]", "a: timestamp[us, Europe/Paris]", "++ ++ ++ ++ -- ++"),
    (52, "a: utf8", "a: large_utf8", "++ ++ ++ ++ -- ++"),
    (52, "a: utf8", "a: dictionary<int32, utf8>", "++ ++ ++ ++ -- ++"),
    (53, "a: timestamp[us]", "a: timestamp[us, UTC]", "-- -- -- -- -- --"),
    (54, "a: null", "a: int32", ".. +- +- .. ++ +-"),
];

fn schema(name: &str, text: &str, rules: &Rules) -> Schema {
    Schema::of_columns(name, &Arc::new(columns(text)), rules).unwrap()
}

fn columns(text: &str) -> ArrowSchema {
    let fields: Vec<Field> = match parse_type(&format!("struct<{text}>")) {
        Ok(DataType::Struct(fields)) => fields.iter().map(|field| tagged(field)).collect(),
        _ if text.is_empty() => Vec::new(),
        other => panic!("{text}: {other:?}"),
    };
    ArrowSchema::new(fields)
}

fn tagged(field: &Field) -> Field {
    if let DataType::Struct(fields) = field.data_type() {
        let fields = fields.iter().map(|field| tagged(field)).collect();
        return field.clone().with_data_type(DataType::Struct(fields));
    }
    let Some((name, tag)) = field.name().split_once('$') else { return field.clone() };
    let (key, value) = match tag {
        "d" => ("fmtconv.default", "0"),
        id if id.parse::<u32>().is_ok() => ("PARQUET:field_id", id),
        other => ("comment", other),
    };
    field.clone().with_name(name).with_metadata([(key.to_owned(), value.to_owned())])
}

fn fits(old: &str, new: &str, mode: &str, rules: &str, options: &Options) -> bool {
    let rules: Rules = rules.parse().unwrap();
    let (old, new) = (schema("old", old, &rules), schema("new", new, &rules));
    let mode: Mode = mode.parse().unwrap();
    options.compatible(&check_with(&[old], &new, mode, &rules, options).unwrap())
}

#[test]
fn case_102_changes_of_tables() {
    judge(RULES, ROWS, |old, new, mode, rules| fits(old, new, mode, rules, &Options::default()));
}

/// What is checked is what a conversion does, and a diff tells: the same fields are pairs.
#[test]
fn columns_are_known_by_their_ids() {
    let cases = [
        ("a$1: int32, b$2: utf8", "b$1: int32, a$2: utf8", true),
        ("a$1: int32 not null", "z$1: int32 not null", true),
        ("a$1: int32 not null", "z$1: int32 not null, a$9: int32 not null", false),
        ("a$1: int32 not null", "z$1: int32 not null, a$9: int32", true),
        ("a$1: int32 not null", "a$2: int32 not null", true),
        ("a$1: int32, z: utf8", "z$1: int32, a: int32", true),
        ("s: struct<a$1: int32, b$2: utf8>", "s: struct<b$1: int32, a$2: utf8>", true),
        ("s: struct<a$1: int32 not null>", "s: struct<z$2: int32 not null>", false),
    ];
    for (old, new, expected) in cases {
        assert_eq!(fits(old, new, "backward", "fmtconv", &Options::default()), expected, "{old} -> {new}");
        let (old, new) = (columns(old), Arc::new(columns(new)));
        assert_eq!(Adapt::new(&old, &new).is_ok(), expected, "{old} -> {new}");
    }
    let changes = diff(&columns("a$1: int32, b$2: utf8"), &columns("b$1: int32, a$2: utf8"));
    let told: Vec<_> = changes.iter().map(|change| (change.path.as_str(), &change.kind)).collect();
    let from = |name: &str| Kind::Renamed { from: name.to_owned(), sure: true };
    assert_eq!(told, [("b", &from("a")), ("a", &from("b"))]);
}

#[test]
fn tables_look_into_structs_lists_and_maps() {
    let fits = |old: &str, new: &str, rules| fits(old, new, "backward", rules, &Options::default());
    let nested = |inner: &str| format!("s: struct<l: list<struct<m: map<utf8, {inner}>>>>");
    assert!(fits(&nested("int32"), &nested("int64"), "iceberg-v2"));
    assert!(!fits(&nested("int64"), &nested("int32"), "iceberg-v2"));
    assert!(!fits(&nested("int32"), &nested("int64"), "spark"));
    // Arrow merges structs, but compares lists as they are.
    assert!(fits("s: struct<a: int32>", "s: struct<b: int32>", "arrow"));
    assert!(!fits("s: list<struct<a: int32>>", "s: list<struct<a: int32, b: int32>>", "arrow"));
    assert!(fits("s: list<struct<a: int32>>", "s: list<struct<a: int32, b: int32>>", "spark"));
}

#[test]
fn options_say_what_is_known_of_the_data() {
    let with = |options: Options| move |old: &str, new: &str, rules: &str| fits(old, new, "backward", rules, &options);
    let strict = with(Options { strict: true, ..Options::default() });
    assert!(strict("a: int32", "a: int64", "fmtconv") && !strict("a: int64", "a: int32", "fmtconv"));
    let no_drop = with(Options { no_drop: true, ..Options::default() });
    assert!(!no_drop("a: int32", "", "fmtconv") && !no_drop("a: int32", "", "iceberg-v2"));
    let no_nulls = with(Options { assume_no_nulls: true, ..Options::default() });
    for rules in ["fmtconv", "iceberg-v3", "delta"] {
        assert!(no_nulls("a: int32", "a: int32 not null", rules), "{rules}");
        assert!(!no_nulls("a: utf8", "a: int32 not null", rules), "{rules}");
    }
    let map = with(Options { map: vec!["a=b".parse().unwrap()], ..Options::default() });
    assert!(map("a: int32 not null", "b: int32 not null", "iceberg-v2"));
    assert!(map("a: int32 not null", "b: int32 not null", "fmtconv"));
    assert!("a".parse::<super::super::Renamed>().is_err());
}
