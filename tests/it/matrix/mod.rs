//! The fidelity matrix: every Arrow type × every target, what the plan says and that it is true.

#[path = "../../../src/formats/testing_batches.rs"]
#[allow(dead_code, reason = "the formats' own tests use the rest")]
mod generated;
mod page;
mod proof;
mod random;
mod rows;
mod table;
