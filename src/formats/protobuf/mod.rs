//! Protobuf.
mod decode;
mod split;
mod wire;
