//! Schemas: reading, inferring and printing them in the schema languages of the formats.

#[cfg(feature = "protobuf")]
pub mod proto;
