//! Avro's binary encoding ⇄ values of Arrow columns (specification, section Binary Encoding): one datum at a time.
//!
//! The schema is walked once and compiled into columns ([`column`]) and, for writing, into bound writers ([`bind`],
//! [`mod@write`]); bytes go straight into column vectors and back. [`json`] is the same datum in Avro's JSON
//! encoding; nothing here knows of files, blocks or messages.

pub(crate) mod bind;
pub(crate) mod column;
pub(crate) mod cursor;
pub(crate) mod fit;
pub(crate) mod json;
pub(crate) mod numeric;
pub(crate) mod put;
pub(crate) mod raw;
pub(crate) mod renamed;
pub(crate) mod resolve;
pub(crate) mod restore;
pub(crate) mod skip;
pub(crate) mod write;
