//! Kinds of changes, each with what rule sets make of it: `+` compatible, `-` not; first backward, then forward.
//!
//! The numbers are those of the table of changes in the reference of schema evolution, and every number has a row in
//! one of the languages. A number may have several: the change with and without a default, open and closed.
//!
//! Every sign was set from the table. Where the table and the rules of the relation in the same reference disagree, or the
//! specification of a format says otherwise, those count:
//!
//! * 3, 4, 6: fields of Protobuf are the same by number, whatever their names, and one that goes is zero for who still
//!   has it; bytes stay readable whether the number is reserved or not (its second use is row 10).
//! * 6: behind defaults on both sides nothing is invented but the default: a warning.
//! * 11, 12, 13, 17, 18: narrower types are checked value by value, so they are compatible in both directions wherever a
//!   converter stands between. Avro's own resolution has no narrowing, and in Protobuf floats, doubles and integers are
//!   written in different ways (15 as well), so that one is never read as another.
//! * 14, 41: between two schemas of Protobuf, booleans, enums and messages are no numbers and bytes: what the wire lets
//!   pass would be read as something else.
//! * 19: text is bytes; bytes are text if they are UTF-8, which is checked.
//! * 21: between two schemas of Avro another scale only declares the same bytes anew, as in row 22: each value would be
//!   read as another one. Between columns values are rescaled.
//! * 23: Avro's numbers keep their bytes, which is told; columns of integers are no times.
//! * 26: Protobuf tells enum values apart by number: a new name is a warning.
//! * 28, 30: Avro's resolution reads no enum as text, and no record of another name; Protobuf writes enums as numbers.
//! * 40: Avro's resolution reads no map as a list; columns are converted, with a check that no key stands twice.
//! * 46: no stored value changes when a reservation goes; the use of the number is row 10.
//! * 50: keys of a map are text in ProtoJSON, so that a wider integer reads them.
//! * 54: nulls become anything that may be null; other values do not become nulls.
//!
//! A table has one sign where the change as such is allowed or not: that is the backward verdict. Forward is the
//! verdict of the reverse change: row 33 is row 32 read from right to left.

mod avro;
mod columns;
mod json_schema;
mod protobuf;

use std::collections::BTreeSet;

use super::{compatible, findings};

/// One change: its number, both declarations, and verdicts in the order of the rules of its table.
type Row = (u8, &'static str, &'static str, &'static str);

fn judge(rules: &str, rows: &[Row], verdict: impl Fn(&str, &str, &str, &str) -> bool) {
    let mut wrong = Vec::new();
    for (number, old, new, verdicts) in rows {
        assert_eq!(rules.split(' ').count(), verdicts.split(' ').count(), "row {number}: {verdicts}");
        for (rules, wanted) in rules.split(' ').zip(verdicts.split(' ')) {
            let sign = |mode| if verdict(old, new, mode, rules) { '+' } else { '-' };
            let found: String = [sign("backward"), sign("forward")].iter().collect();
            // A point stands where the rules have no word on the change.
            if wanted.chars().zip(found.chars()).any(|(wanted, found)| wanted != '.' && wanted != found) {
                wrong.push(format!("row {number}, {rules}: {found}, not {wanted}: {old} -> {new}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn judge_texts(rules: &str, rows: &[Row], extension: &str, wrap: impl Fn(&str) -> String) {
    judge(rules, rows, |old, new, mode, rules| compatible(&findings(&wrap(old), &wrap(new), mode, rules, extension)));
}

#[test]
fn case_102_every_row_of_the_table_has_a_fixture() {
    let tables = [avro::ROWS, protobuf::ROWS, protobuf::PROTO2, json_schema::ROWS, columns::ROWS];
    let found: BTreeSet<u8> = tables.into_iter().flatten().map(|(number, ..)| *number).collect();
    assert_eq!(found, (1..=54).collect());
}
