//! `.proto` text → descriptors, with the place of every declaration: proto2, proto3 and editions.
//!
//! [`lexer`]: tokens. `grammar`: declarations. [`link`]: type names are resolved over all files. What a compiler
//! checks beyond that (ranges, clashes of JSON names) is not checked here.

mod grammar;
pub mod lexer;
pub mod link;
mod options;
#[cfg(test)]
mod tests;

use prost_types::FileDescriptorProto;

use super::editions::Edition;
use crate::error::Result;
use lexer::Place;

/// A file that was read; type names are as written.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its descriptor.
    pub file: FileDescriptorProto,
    /// Its edition, unless it is proto2 or proto3.
    pub edition: Option<Edition>,
    /// Full names of what it declares, fields and enum values included, with their places.
    pub places: Vec<(String, Place)>,
    /// Fields whose type is a name, by the full name of the field: where the type stands.
    pub types: Vec<(String, Place)>,
}

/// The bytes that a default of type `bytes` stands for: in descriptors they are escaped as in C.
pub fn unescaped(text: &str) -> Option<Vec<u8>> {
    match lexer::tokens(&format!("\"{text}\"")).ok()?.as_slice() {
        [(lexer::Token::Text(bytes), _), (lexer::Token::End, _)] => Some(bytes.clone()),
        _ => None,
    }
}

/// Reads the text of the file that imports call `name`.
///
/// # Errors
/// `Schema`, with line and column; `Unsupported` for an edition that is not known.
pub fn parse(name: &str, text: &str) -> Result<Parsed> {
    grammar::Parser::new(lexer::tokens(text)?).file(name)
}
