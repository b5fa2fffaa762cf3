//! Arrow schemas as flatbuffers: how deep they may be nested.

use flatbuffers::VerifierOptions;

/// Fields in fields, at most. The 64 of the library are fewer than a record of JSON may have.
pub const LEVELS_MAX: usize = 1000;
/// What stands around the fields: the message or the footer, the schema.
const AROUND: usize = 8;

/// How a flatbuffer is checked before anything of it is believed.
pub fn verifier() -> VerifierOptions {
    VerifierOptions { max_depth: LEVELS_MAX + AROUND, ..VerifierOptions::default() }
}
