//! Proof that records are what they were: digests, differences, verified conversions, damage in files.
//!
//! * [`canon`]: when two values are equal, and the bytes that say so. Read this first.
//! * [`digest`]: one number for all records, independent of the format.

pub mod canon;
pub mod digest;
mod lattice;
mod records;
mod scalar;

#[cfg(test)]
mod tests;

pub use canon::Relaxed;
pub use digest::{Digest, Order, digest};
