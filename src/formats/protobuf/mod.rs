//! Protobuf.
mod calendar;
mod decode;
mod split;
mod wire;
