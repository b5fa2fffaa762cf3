//! Values of Arrow columns as text, numbers, bytes: shared by the formats.
//!
//! * [`number`], [`decimal`], [`temporal`], [`bytes`]: kernels between one value and its text, exact or a fault; `digits`:
//!   eight digits at a time.
//! * [`text`], [`parse`]: scalar columns to text, text to scalar columns; [`settle`]: what stands in for text that
//!   does not fit, when that was let through.
//! * [`repair`]: text that is not UTF-8; `raw`: text as bytes, to find it; [`encoded`]: dictionaries and runs.
//! * [`json`]: values of any type and JSON text. `proto`: columns and Protobuf messages.
//! * `avro`: values of any type and Avro's binary and JSON encodings.
//! * [`mend`]: values that a target refuses, altered as the user allowed.
//! * `doubles`: floats as doubles.
//! * `keys`: dictionaries whose keys can number few values, as they are read.
//! * `nesting`: lists, dictionaries and runs of any layout, for those who walk through columns.
//! * `notes`: values that are written exactly, but that some readers do not take so.
//! * `placeholder`: slots that nobody looks at.
//! * `precision`: decimals that have more digits than their type.
//! * [`restore`]: columns in the types that hints name.
//! * `strings`: arrays of text, from bytes that may be none.
//!
//! A fault is a small enum without a message: it names the loss [`Code`](crate::Code), and the caller, who knows the
//! column and the place, makes the error.

#[cfg(feature = "avro")]
pub(crate) mod avro;
pub mod bytes;
pub mod decimal;
pub(crate) mod digits;
pub(crate) mod doubles;
pub mod encoded;
pub mod json;
#[cfg(any(feature = "avro", feature = "csv", feature = "json", feature = "parquet", feature = "protobuf"))]
pub(crate) mod keys;
pub mod mend;
pub(crate) mod nesting;
#[cfg(any(feature = "csv", feature = "json"))]
pub(crate) mod notes;
pub mod number;
pub mod parse;
pub(crate) mod placeholder;
pub(crate) mod precision;
#[cfg(feature = "protobuf")]
pub(crate) mod proto;
#[cfg(any(feature = "ipc", feature = "parquet"))]
pub(crate) mod raw;
pub mod repair;
pub mod restore;
pub mod settle;
pub(crate) mod strings;
pub mod temporal;
pub mod text;
pub(crate) mod views;
