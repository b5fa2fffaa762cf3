//! Equality of the record model, digests, and conversions that are read back.

mod back;
mod canonical;
mod digests;
#[cfg(feature = "avro")]
mod verified;
