//! Tests of the format, from outside: files in, records out, and back.

mod annotations;
mod aside;
mod cases;
mod damage;
mod encodings;
mod fences;
mod levels;
mod ranges;
mod round_trip;
#[cfg(feature = "json")]
mod runs;
mod text_layouts;

use super::FORMAT;
use crate::formats::testing::check_corpora;

/// Files whose outcome differs from the reference reader's.
const KNOWN: &[&str] = &[
    // INT96 beyond the range of nanoseconds is refused unless it is read as microseconds (see `fences`).
    "part-00000-a9dd181d-61aa-491d-b3c9-3eea548de6cb-c000.snappy.parquet",
    "part-00001-f804d355-db40-4e13-a624-ddd50ce7f5c4-c000.snappy.parquet",
    // The checksum of a page is wrong, and the reference does not look at it.
    "rle-dict-uncompressed-corrupt-checksum.parquet",
    // The crate: converted type 24, once written for columns of nulls.
    "parquet-testing/empty.parquet",
    // The crate: page and dictionary headers that contradict their sizes, for which the reference has workarounds.
    "ARROW-17100.parquet",
    "nation.dict-malformed.parquet",
    "num_values_exceeds_data.parquet",
    // The crate: a decimal whose bytes cannot hold its precision.
    "clusterfuzz-testcase-minimized-parquet-arrow-fuzz-5068991573000192",
];

#[test]
fn files_of_other_projects() {
    check_corpora(&FORMAT, &["parquet"], KNOWN);
}
