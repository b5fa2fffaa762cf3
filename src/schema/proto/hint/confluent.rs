//! The digits of a decimal in the options of Confluent's schema registry:
//! `(confluent.field_meta) = { params: [{ key: "precision", value: "10" }, { key: "scale", value: "2" }] }`.

use std::collections::HashMap;

use prost_types::UninterpretedOption;
use prost_types::uninterpreted_option::NamePart;

use super::{Hint, part};
use crate::schema::proto::parse::lexer::{Token, tokens};

/// Levels of nesting in an option.
const DEPTH_MAX: usize = 32;

/// The name of the option.
pub(super) const NAME: &str = "confluent.field_meta";

/// `confluent.Meta`
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Meta {
    #[prost(map = "string, string", tag = "2")]
    params: HashMap<String, String>,
}

impl Meta {
    /// The type of a decimal.
    pub fn decimal(&self) -> Option<String> {
        let precision: u8 = self.params.get("precision")?.parse().ok()?;
        let scale: i8 = self.params.get("scale").map_or(Ok(0), |scale| scale.parse()).ok()?;
        let width = if precision <= 38 { 128 } else { 256 };
        Some(format!("decimal{width}({precision},{scale})"))
    }

    /// Adds what an option says whose meaning was left to others: all of the message, or one parameter.
    pub fn set(&mut self, path: &[NamePart], option: &UninterpretedOption) -> Option<()> {
        let tokens = tokens(option.aggregate_value.as_deref()?).ok()?;
        let tokens = tokens.into_iter().map(|(token, _)| token).collect::<Vec<_>>();
        let members = Aggregate { tokens: &tokens, at: 0 }.members(&Token::End, DEPTH_MAX)?;
        match path {
            [] => members.iter().filter(|(name, _)| name == "params").try_for_each(|(_, entry)| match entry {
                Node::Message(entry) => self.parameter(entry),
                Node::Text(_) => None,
            }),
            [one] if one.name_part == "params" => self.parameter(&members),
            _ => None,
        }
    }

    fn parameter(&mut self, entry: &[(String, Node)]) -> Option<()> {
        let text = |wanted: &str| match entry.iter().find(|(name, _)| name == wanted) {
            Some((_, Node::Text(text))) => Some(text.clone()),
            Some((_, Node::Message(_))) => None,
            None => Some(String::new()),
        };
        self.params.insert(text("key")?, text("value")?);
        Some(())
    }
}

impl Hint {
    /// The digits of a decimal, or of the elements of a list of them, as an option of Confluent.
    pub(in super::super) fn confluent_option(&self) -> Option<UninterpretedOption> {
        let kind = self.item.as_ref().and_then(|item| item.kind.as_deref()).or(self.kind.as_deref())?;
        let digits = kind.strip_prefix("decimal")?.split_once('(')?.1.strip_suffix(')')?;
        let (precision, scale) = digits.split_once(',')?;
        let (precision, scale): (u8, i8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
        let text = format!(
            "params: [{{ key: \"precision\", value: \"{precision}\" }}, {{ key: \"scale\", value: \"{scale}\" }}]"
        );
        Some(UninterpretedOption {
            name: vec![part(NAME, true)],
            aggregate_value: Some(text),
            ..UninterpretedOption::default()
        })
    }
}

/// A value in an option.
enum Node {
    Text(String),
    Message(Vec<(String, Node)>),
}

/// The tokens of a message in the text format.
struct Aggregate<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Aggregate<'_> {
    fn take(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    fn eat(&mut self, sign: char) -> bool {
        let found = self.tokens.get(self.at) == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    /// Members up to what closes them; a list is a member for each of its elements.
    fn members(&mut self, close: &Token, depth: usize) -> Option<Vec<(String, Node)>> {
        let depth = depth.checked_sub(1)?;
        let mut members = Vec::new();
        loop {
            if self.eat(',') || self.eat(';') {
                continue;
            }
            let name = match self.take()? {
                token if token == close => return Some(members),
                Token::Name(name) => name.clone(),
                _ => return None,
            };
            self.eat(':');
            if !self.eat('[') {
                members.push((name, self.value(depth)?));
                continue;
            }
            while !self.eat(']') {
                members.push((name.clone(), self.value(depth)?));
                self.eat(',');
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        if self.eat('{') {
            return self.members(&Token::Sign('}'), depth).map(Node::Message);
        }
        if self.eat('<') {
            return self.members(&Token::Sign('>'), depth).map(Node::Message);
        }
        let negative = self.eat('-');
        let mut text = match self.take()? {
            Token::Text(bytes) => bytes.clone(),
            Token::Name(text) | Token::Float(text) => text.clone().into_bytes(),
            Token::Integer(value) => value.to_string().into_bytes(),
            Token::Sign(_) | Token::End => return None,
        };
        // Strings that stand side by side are one.
        while let Some(Token::Text(bytes)) = self.tokens.get(self.at) {
            text.extend_from_slice(bytes);
            self.at += 1;
        }
        let text = String::from_utf8(text).ok()?;
        Some(Node::Text(if negative { format!("-{text}") } else { text }))
    }
}
