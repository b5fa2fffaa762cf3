//! Equality of the record model, and digests.

mod canonical;
mod digests;
