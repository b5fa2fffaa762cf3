//! Converts records between CSV, JSON, Avro, Protobuf, Parquet and Arrow IPC: exact, or it says so.
//!
//! Four ways in, from the shortest to the closest:
//!
//! * [`convert()`]: one call, from file to file.
//! * [`Convert`]: inputs, output, columns, threads and losses, step by step; [`Convert::plan`] says what becomes of
//!   each column before a byte moves.
//! * [`open()`] and [`create`]: record batches in and out, decoded and encoded in parallel.
//! * [`Format::push`]: bytes pushed in, batches out, without any I/O (JSON, Avro messages).
//!
//! ```
//! let folder = tempfile::tempdir()?;
//! let (csv, parquet) = (folder.path().join("a.csv"), folder.path().join("a.parquet"));
//! std::fs::write(&csv, "id,zip\n9007199254740993,00501\n")?;
//! # #[cfg(all(feature = "csv", feature = "parquet"))]
//! assert_eq!(fmtconv::convert(csv, parquet)?.records_out, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How it works: [`pipeline`] (read [`pipeline::stage`] first), then [`format`](mod@format) and [`formats`].
#![warn(missing_docs)]

pub mod batch;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod code;
pub mod column;
pub mod convert;
pub mod error;
pub mod fit;
pub mod format;
pub mod formats;
#[cfg(any(feature = "ipc", feature = "parquet", feature = "cli"))]
pub(crate) mod guard;
pub mod input;
pub mod output;
pub mod pipeline;
pub mod policy;
pub mod proof;
pub mod replay;
pub mod report;
pub mod schema;
pub mod simd;
pub mod source;

pub use code::Code;
pub use convert::{Convert, Target, convert, create, open};
pub use error::{Error, ErrorKind, Result};
pub use format::{Format, Registry};
pub use input::Input;
pub use output::Output;
pub use pipeline::Exec;
pub use policy::{Allowance, Policies, Policy};
pub use report::Report;
pub use source::Source;

// Types of these are in signatures.
pub use {arrow_array, arrow_schema, bytes};

#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../README.md")]
struct Readme;
