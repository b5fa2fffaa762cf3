//! Schemas: type names, plans, adapters, inference, and the schema languages.

pub mod adapt;
pub mod plan;
pub mod project;
pub mod type_text;
pub mod unify;
