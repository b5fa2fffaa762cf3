//! Schemas: type names, plans, adapters, inference, and the schema languages.

pub mod adapt;
pub mod annotations;
pub mod avsc;
pub mod check;
pub mod ddl;
pub(crate) mod definition;
pub mod diff;
#[cfg(any(feature = "ipc", feature = "parquet"))]
pub(crate) mod flatbuffer;
pub(crate) mod identity;
pub mod infer;
pub mod json_schema;
pub mod language;
pub mod load;
pub mod lock;
pub mod plan;
pub mod project;
#[cfg(feature = "protobuf")]
pub mod proto;
mod proto_token;
pub(crate) mod rebuilt;
pub mod renamed;
pub mod side_car;
pub(crate) mod symbols;
pub mod type_text;
pub mod unify;
#[cfg(any(feature = "csv", feature = "ipc", feature = "json", feature = "protobuf"))]
pub(crate) mod width;
