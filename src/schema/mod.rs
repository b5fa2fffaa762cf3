//! Schemas: type names, plans, adapters, inference, and the schema languages.

pub mod adapt;
pub mod json_schema;
pub mod load;
pub mod plan;
pub mod project;
pub mod type_text;
pub mod unify;
//! Schemas: inference, plans, adapters, and the schema languages.

pub mod avsc;
