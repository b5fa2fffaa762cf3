//! Converts records between CSV, JSON, Avro, Protobuf, Parquet and Arrow IPC: exact, or it says so.
#![warn(missing_docs)]

pub mod batch;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod code;
pub mod column;
pub mod convert;
pub mod error;
pub mod format;
pub mod formats;
pub mod input;
pub mod output;
pub mod pipeline;
pub mod report;
pub mod schema;
pub mod source;

pub use code::Code;
pub use convert::{Convert, Target, convert, create, open};
pub use error::{Error, ErrorKind, Result};
pub use format::{Format, Registry};
pub use input::Input;
pub use output::Output;
pub use pipeline::Exec;
pub use report::Report;
pub use source::Source;
