//! The formats of this build. A further format is one folder and two lines here.

#[cfg(feature = "avro")]
pub mod avro;
#[cfg(feature = "csv")]
pub mod csv;
#[cfg(feature = "ipc")]
pub mod ipc;
#[cfg(feature = "json")]
pub mod json;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(feature = "protobuf")]
pub mod protobuf;

use crate::format::Format;

/// In the order in which they are listed and asked.
pub(crate) const BUILTIN: &[&dyn Format] = &[
    #[cfg(feature = "protobuf")]
    &protobuf::FORMAT,
];
