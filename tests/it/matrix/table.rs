//! What the plan says of every type in every target, as a table: a change of the matrix is a change of this file.
//!
//! A cell is a letter and codes: `E` values and type come back, `M` the type through a hint, `W` the values in a wider
//! type, `X` not written; `V-` codes stop the run at a value outside, `S-` codes are losses told before writing.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use fmtconv::Registry;
use fmtconv::format::{Returns, WriteOptions};
use fmtconv::schema::plan::{Plan, plan};

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
