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

#[cfg(all(test, feature = "parquet", feature = "ipc"))]
pub(crate) mod testing;
#[cfg(all(test, feature = "parquet", feature = "ipc"))]
pub(crate) mod testing_batches;

use crate::format::Format;

/// In the order in which they are listed and asked.
pub(crate) const BUILTIN: &[&dyn Format] = &[
    #[cfg(feature = "csv")]
    &csv::FORMAT,
    #[cfg(feature = "json")]
    &json::FORMAT,
    #[cfg(feature = "avro")]
    &avro::FORMAT,
    #[cfg(feature = "protobuf")]
    &protobuf::FORMAT,
    #[cfg(feature = "parquet")]
    &parquet::FORMAT,
    #[cfg(feature = "ipc")]
    &ipc::FORMAT,
];
