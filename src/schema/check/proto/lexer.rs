//! Tokens, with errors that name the file.

use std::sync::Arc;

use super::super::finding::Place;
use crate::error::{Error, Result};
use crate::schema::proto_token;
pub(in super::super) use crate::schema::proto_token::{Span, Token};

impl Span {
    pub(in super::super) fn place(self, file: &Arc<str>) -> Place {
        Place { file: file.clone(), start: Some(self.start), end: Some(self.end) }
    }
}

/// All tokens of a text; the last is [`Token::End`].
pub(super) fn tokens(file: &Arc<str>, text: &str) -> Result<Vec<(Token, Span)>> {
    proto_token::tokens(text)
        .map_err(|fault| Error::schema(fault.message).in_source(file.clone()).at_line(u64::from(fault.at.0 - 1)))
}
