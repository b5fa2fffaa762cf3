//! JSON: newline-delimited, one array, or concatenated values; strict RFC 8259.
