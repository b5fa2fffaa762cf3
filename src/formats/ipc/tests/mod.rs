//! Tests of the format, from outside: files in, records out, and back.

mod damage;
mod dictionaries;
mod nulls;
mod range;
mod relaid;
mod round_trip;
mod settled;

use super::FORMAT;
use crate::formats::testing::check_corpora;

/// Files whose outcome differs from the reference reader's.
const KNOWN: &[&str] = &[
    // A unit of time that does not exist; the reference reads it as another.
    "clusterfuzz-testcase-minimized-arrow-ipc-stream-fuzz-5718685113384960",
    // Flatbuffers with unaligned numbers, which the verifier of the crate refuses.
    "qsv/NYC311-5.arrow",
    // Compression as in Arrow 0.17, before it was part of the format.
    "feather/v0.17.0.version.2-compression.lz4.feather",
];

#[test]
fn files_of_other_projects() {
    check_corpora(&FORMAT, &["arrow-file", "arrow-stream"], KNOWN);
}
