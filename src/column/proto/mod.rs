//! Protobuf messages and Arrow columns: both ways, whatever stands around the messages.
//!
//! * [`wire`]: varints, tags, lengths. [`decode`]: messages into columns. [`encode`]: columns into messages.
//! * [`confluent`], [`date_time`]: messages that are one value.
//! * [`json`]: messages as ProtoJSON text, and that text as messages.
//! * [`text`]: messages in the text format of Protobuf, both ways.
//!
//! What a file of messages adds (framing, where a message ends, which schema) is with the formats.

mod confluent;
mod date_time;
pub mod decode;
pub mod encode;
pub mod fault;
mod flags;
mod integer;
pub mod json;
mod oneofs;
pub mod text;
pub mod wire;

/// What messages themselves are called in reports, where what stands in them has the paths of columns.
pub const ROOT: &str = "(root)";
