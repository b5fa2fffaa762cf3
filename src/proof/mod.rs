//! Proof that records are what they were: digests, differences, verified conversions, damage in files.
//!
//! * [`canon`]: when two values are equal, and the bytes that say so. Read this first.
//! * [`mod@digest`]: one number for all records, independent of the format.
//! * [`mod@diff`]: which records differ, and where.
//! * `check`: a conversion that reads its output back before it appears.
//! * [`damage`]: everything that is wrong with a file.

mod back;
pub mod canon;
pub(crate) mod check;
pub mod damage;
pub mod diff;
pub mod digest;
mod lattice;
mod records;
mod scalar;
mod value;

#[cfg(test)]
mod tests;

pub use canon::Relaxed;
pub use diff::{diff, diff_counted};
pub use digest::{Digest, Order, digest, digest_counted};
