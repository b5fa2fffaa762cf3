//! Protobuf: delimited streams and single messages.
