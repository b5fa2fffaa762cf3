//! Schemas: inference, plans, adapters, and the schema languages.

pub mod infer;
#[cfg(feature = "protobuf")]
pub mod proto;
