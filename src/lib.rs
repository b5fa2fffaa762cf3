//! Converts records between CSV, JSON, Avro, Protobuf, Parquet and Arrow IPC: exact, or it says so.
#![warn(missing_docs)]

pub mod code;
pub mod column;
pub mod error;
pub mod format;
pub mod formats;
pub mod output;
pub mod pipeline;
pub mod report;
pub mod schema;
pub mod source;

pub use code::Code;
pub use error::{Error, ErrorKind, Result};
