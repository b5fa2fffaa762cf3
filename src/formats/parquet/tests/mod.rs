//! Tests of the format, from outside: files in, records out, and back.

mod round_trip;

use super::FORMAT;
use crate::formats::testing::check_corpora;

#[test]
fn files_of_other_projects() {
    check_corpora(&FORMAT, &["parquet"], &[]);
}
