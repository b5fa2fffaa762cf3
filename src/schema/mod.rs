//! Schemas: type names, plans, adapters, inference, and the schema languages.

pub mod adapt;
pub mod avsc;
pub mod infer;
pub mod json_schema;
pub mod load;
pub mod plan;
pub mod project;
pub mod type_text;
pub mod unify;
#[cfg(feature = "protobuf")]
pub mod proto;
