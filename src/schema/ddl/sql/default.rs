//! `DEFAULT` of a column: a literal in any spelling that the type takes, or an expression, which has no value here.

use arrow_schema::Field;

use super::super::token::{Kind, Token};
use super::Parser;
use super::types::with;
use crate::schema::adapt::default_of_text;
use crate::schema::avsc::keys;

/// What stands behind `DEFAULT`.
pub(super) enum Default {
    /// The text of a number, a string or a truth value.
    Literal(String),
    /// Anything else, as it is written.
    Expression(String),
}

/// Words that a string may have in front of it.
const TYPED: &[&str] = &["DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "N"];

impl Parser<'_> {
    /// None: null. An expression is left to be read over, but for a first token that is no bracket.
    pub(super) fn default(&mut self) -> Option<Default> {
        let start = self.at;
        if let Some(found) = self.literal() {
            return found;
        }
        self.at = start;
        let text = self.peek(0).map(as_written).unwrap_or_default();
        let call = matches!(self.peek(1).map(|token| &token.kind), Some(Kind::Sign('(')));
        let is_sign = matches!(self.peek(0).map(|token| &token.kind), Some(Kind::Sign(_)));
        self.at += usize::from(!is_sign);
        Some(Default::Expression(match (is_sign, call) {
            (true, _) => self.in_brackets(),
            (false, true) => format!("{text}(...)"),
            (false, false) => text,
        }))
    }

    /// What stands from the next token to the end of its brackets.
    fn in_brackets(&self) -> String {
        let mut text = String::new();
        let mut depth = 0_usize;
        let mut before: Option<&Kind> = None;
        for token in (0..).map_while(|ahead| self.peek(ahead)) {
            let is_sign = |kind: &Kind| matches!(kind, Kind::Sign(_));
            // Only signs tell where a word ends.
            if before.is_some_and(|before| !is_sign(before)) && !is_sign(&token.kind) {
                text.push(' ');
            }
            text.push_str(&as_written(token));
            match token.kind {
                Kind::Sign('(') => depth += 1,
                Kind::Sign(')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
            before = Some(&token.kind);
        }
        text
    }

    /// A literal, maybe in brackets and with a cast. `Some(None)`: null.
    fn literal(&mut self) -> Option<Option<Default>> {
        let mut depth = 0;
        while self.take_sign('(') {
            depth += 1;
        }
        let negative = self.take_sign('-');
        self.take_sign('+');
        if TYPED.iter().any(|word| self.is_word(0, word))
            && matches!(self.peek(1).map(|token| &token.kind), Some(Kind::Text(_)))
        {
            self.at += 1;
        }
        let token = self.peek(0)?;
        self.at += 1;
        let found = match &token.kind {
            Kind::Number(text) if negative => Some(Default::Literal(format!("-{text}"))),
            _ if negative => return None,
            Kind::Number(text) | Kind::Text(text) => Some(Default::Literal(text.clone())),
            Kind::Word(word) if word.eq_ignore_ascii_case("null") => None,
            Kind::Word(word) if ["true", "false"].iter().any(|known| word.eq_ignore_ascii_case(known)) => {
                Some(Default::Literal(word.to_ascii_lowercase()))
            }
            _ => return None,
        };
        self.cast()?;
        for _ in 0..depth {
            self.take_sign(')').then_some(())?;
            self.cast()?;
        }
        match self.peek(0).map(|token| &token.kind) {
            None | Some(Kind::Sign(',' | ')') | Kind::Word(_)) => Some(found),
            Some(_) => None,
        }
    }

    /// `::numeric(5, 2)`, which PostgreSQL writes behind literals.
    fn cast(&mut self) -> Option<()> {
        while self.take_sign(':') {
            self.take_sign(':').then_some(())?;
            while matches!(self.peek(0).map(|token| &token.kind), Some(Kind::Word(_))) && !self.ends_a_type() {
                self.at += 1;
            }
            if self.is_sign('(') {
                self.skip_brackets().ok()?;
            }
        }
        Some(())
    }

    /// Whether a word is one of what follows in a column.
    fn ends_a_type(&self) -> bool {
        ["NOT", "NULL", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "COLLATE", "COMMENT", "CONSTRAINT", "GENERATED"]
            .iter()
            .any(|word| self.is_word(0, word))
    }
}

/// The field with its default. What is no literal of its type is kept as text: it is an error where it is needed.
pub(super) fn with_default(field: Field, default: Default) -> Field {
    let text = match default {
        Default::Literal(text) => match default_of_text(&field, &text) {
            Some(value) => return with(field, keys::DEFAULT, value.to_string()),
            None => text,
        },
        Default::Expression(text) => text,
    };
    with(field, keys::DEFAULT_EXPRESSION, text)
}

fn as_written(token: &Token) -> String {
    match &token.kind {
        Kind::Word(text) | Kind::Number(text) | Kind::Name(text) => text.clone(),
        Kind::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Kind::Sign(sign) => sign.to_string(),
    }
}
