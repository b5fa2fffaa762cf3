//! What the plan says of every type in every target, as a table: a change of the matrix is a change of this file.
//!
//! A cell is a letter and codes: `E` values and type come back, `M` the type through a hint, `W` the values in a wider
//! type, `X` not written; `V-` codes stop the run at a value outside, `S-` codes are losses told before writing.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit, UnionFields, UnionMode};
use fmtconv::format::{Returns, WriteOptions};
use fmtconv::schema::plan::{Plan, plan};
use fmtconv::{Code, Registry};

use super::rows::{TARGETS, rows};

/// The plan for records of one field.
pub fn plan_of(field: &Field, target: &str, options: &WriteOptions) -> Plan {
    let (format, _) = Registry::builtin().by_name(target).unwrap();
    plan(&Schema::new(vec![Arc::new(field.clone())]), format, options)
}

/// A column with everything in it as one cell: the worst letter, and all codes.
pub fn cell(plan: &Plan) -> String {
    let returns = plan.columns.iter().map(|column| column.fit.returns).max().unwrap_or(Returns::Exact);
    let letter = match returns {
        Returns::Exact => "E",
        Returns::Hinted => "M",
        Returns::Wider => "W",
        Returns::Nothing => "X",
    };
    let mut codes: Vec<_> = plan.columns.iter().flat_map(|column| column.fit.codes.iter()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.iter().fold(letter.to_owned(), |cell, code| format!("{cell} {code}"))
}

#[test]
fn case_99_the_plan_says_what_the_matrix_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/matrix/matrix.txt");
    let mut text = String::from("# type | ") + &TARGETS.join(" | ") + "\n";
    for row in rows() {
        let cells = TARGETS.map(|target| cell(&plan_of(&row.field, target, &WriteOptions::default())));
        text += &format!("{} | {}\n", row.name, cells.join(" | "));
    }
    if std::env::var_os("FMTCONV_REWRITE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap();
    for (found, expected) in text.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(text.lines().count(), expected.lines().count());
}

/// The options of the target are known to the plan.
fn codes(field: &Field, target: &str, settings: &[(&str, &str)]) -> String {
    let mut options = WriteOptions::default();
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    cell(&plan_of(field, target, &options))
}

#[test]
fn case_31_flattened_nullable_structs_are_told() {
    let inner = Field::new("s", DataType::Struct(vec![Field::new("x", DataType::Int32, true)].into()), true);
    let fields = vec![inner.clone(), Field::new("l", DataType::List(Arc::new(inner.clone())), false)];
    let outer = Field::new("o", DataType::Struct(fields.into()), false);
    assert_eq!(codes(&inner, "csv", &[]), "W");
    assert_eq!(codes(&inner, "csv", &[("nested", "flatten")]), "W S-NULL-STRUCT");
    let mut options = WriteOptions::default();
    options.settings.set("nested", "flatten");
    let plan = plan_of(&outer, "csv", &options);
    // Structs in lists stay JSON text, in which null is not a struct of nulls.
    assert_eq!(plan.losses().collect::<Vec<_>>(), [(Code::NullStruct, "o.s")]);
}

#[test]
fn case_53_without_hints_what_they_restored_is_lost() {
    let paris = Field::new("c", DataType::Timestamp(TimeUnit::Microsecond, Some("Europe/Paris".into())), true);
    let bare = &[("hints", "false")];
    for target in ["avro", "parquet"] {
        assert_eq!(codes(&paris, target, &[]), "M");
        assert_eq!(codes(&paris, target, bare), "W S-TZ");
        assert_eq!(codes(&Field::new("c", DataType::LargeUtf8, true), target, bare), "W S-TYPE");
        assert_eq!(codes(&Field::new("c", DataType::Int64, true), target, bare), "E");
        let named = Field::new("c", DataType::Int64, true).with_metadata([("owner", "sales")]);
        assert_eq!(codes(&named, target, bare), "E S-META");
    }
    let blank = Field::new("order id", DataType::Int64, true);
    assert_eq!((codes(&blank, "avro", &[]), codes(&blank, "avro", bare)), ("M N-NAME".into(), "W S-NAME".into()));
}

#[test]
fn settings_of_json_change_what_fits() {
    let float = Field::new("c", DataType::Float64, true);
    assert_eq!(codes(&float, "json", &[("nonfinite", "null")]), "W V-NONFINITE");
    let branch = |name| Field::new(name, DataType::Int32, false);
    let union = UnionFields::try_new([0, 1], [branch("a"), branch("b")]).unwrap();
    let union = Field::new("c", DataType::Union(union, UnionMode::Dense), false);
    assert_eq!(codes(&union, "json", &[]), "W S-UNION-TAG");
    assert_eq!(codes(&union, "json", &[("union", "tagged")]), "W");
}

#[test]
fn no_columns_are_no_reason_to_refuse_before_there_is_a_record() {
    for target in TARGETS {
        let (format, _) = Registry::builtin().by_name(target).unwrap();
        plan(&Schema::empty(), format, &WriteOptions::default()).check().unwrap();
    }
}
