//! Protobuf.
mod decode;
mod encode;
mod fault;
mod split;
mod wire;
