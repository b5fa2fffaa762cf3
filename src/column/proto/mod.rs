//! Protobuf messages and Arrow columns: both ways, whatever stands around the messages.
//!
//! * [`wire`]: varints, tags, lengths. [`decode`]: messages into columns. [`encode`]: columns into messages.
//! * [`json`]: messages as ProtoJSON text, and that text as messages.
//!
//! What a file of messages adds (framing, where a message ends, which schema) is with the formats.

pub mod decode;
pub mod encode;
pub mod fault;
pub mod json;
pub mod wire;
