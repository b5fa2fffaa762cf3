//! The grammar: recursive descent over tokens, straight into descriptors.
//!
//! `file` comes first; then `message`, `field`, `enumeration`, `option`, `service`; `tokens`: what stands ahead.

mod enumeration;
mod field;
mod file;
mod message;
mod option;
mod service;
mod tokens;

use prost_types::DescriptorProto;

use super::lexer::{Place, Token};
use crate::schema::proto::editions::Node;

/// Levels of nesting at most.
const DEPTH_MAX: usize = 64;
/// The largest field number.
const NUMBER_MAX: i32 = 536_870_911;

/// Reads tokens.
pub struct Parser {
    tokens: Vec<(Token, Place)>,
    at: usize,
    syntax: Syntax,
    places: Vec<(String, Place)>,
    types: Vec<(String, Place)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Proto2,
    Proto3,
    Editions,
}

/// A message under construction, with its features.
#[derive(Default)]
struct Message {
    descriptor: DescriptorProto,
    node: Node,
}

impl Parser {
    /// At the first of `tokens`.
    pub fn new(tokens: Vec<(Token, Place)>) -> Self {
        Parser { tokens, at: 0, syntax: Syntax::Proto2, places: Vec::new(), types: Vec::new() }
    }
}
