//! Options: features apart, those that change messages where they belong, all others as they were written.

use prost_types::UninterpretedOption;
use prost_types::uninterpreted_option::NamePart;

use super::lexer::{Place, Token, fail};
use crate::error::Result;
use crate::schema::proto::editions::{FEATURES, Node};

/// An option as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Parts of its name, and whether each stands in parentheses.
    pub name: Vec<(String, bool)>,
    /// Its value.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
}

/// The value of an option.
#[derive(Clone, Debug)]
pub enum Value {
    /// A name: an enum value, `true`, `inf`.
    Name(String),
    /// A number, with its sign.
    Number(bool, Token),
    /// A string.
    Text(Vec<u8>),
    /// What stands in braces.
    Message(Vec<Token>),
}

impl Written {
    /// Its name, if that is one plain word.
    pub fn plain(&self) -> Option<&str> {
        match &self.name[..] {
            [(name, false)] => Some(name),
            _ => None,
        }
    }

    /// A boolean.
    ///
    /// # Errors
    /// `Schema` if it is none.
    pub fn flag(&self) -> Result<bool> {
        match &self.value {
            Value::Name(name) if name == "true" => Ok(true),
            Value::Name(name) if name == "false" => Ok(false),
            _ => Err(fail(self.place, "expected true or false")),
        }
    }

    /// Text.
    ///
    /// # Errors
    /// `Schema` if it is none.
    pub fn text(&self) -> Result<String> {
        match &self.value {
            Value::Text(bytes) => {
                String::from_utf8(bytes.clone()).map_err(|_| fail(self.place, "the string is not valid UTF-8"))
            }
            _ => Err(fail(self.place, "expected a string")),
        }
    }

    /// The default of a field, as descriptors hold it: that of `bytes` is escaped as in C.
    ///
    /// # Errors
    /// `Schema` if it is a message.
    pub fn default(&self, bytes: bool) -> Result<String> {
        Ok(match &self.value {
            Value::Name(name) => name.clone(),
            Value::Number(negative, number) => format!("{}{number}", if *negative { "-" } else { "" }),
            Value::Text(text) if bytes => escaped(text),
            Value::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => escaped(bytes),
            },
            Value::Message(_) => return Err(fail(self.place, "a default is one value")),
        })
    }

    /// As an option whose meaning is left to others.
    pub fn uninterpreted(&self) -> UninterpretedOption {
        let part = |(name, extension): &(String, bool)| NamePart { name_part: name.clone(), is_extension: *extension };
        let mut option = UninterpretedOption { name: self.name.iter().map(part).collect(), ..Default::default() };
        match &self.value {
            Value::Name(name) => option.identifier_value = Some(name.clone()),
            Value::Number(false, Token::Integer(value)) => option.positive_int_value = Some(*value),
            Value::Number(true, Token::Integer(value)) if i64::try_from(-i128::from(*value)).is_ok() => {
                option.negative_int_value = i64::try_from(-i128::from(*value)).ok();
            }
            Value::Number(negative, number) => {
                let value: f64 = number.to_string().parse().unwrap_or_default();
                option.double_value = Some(if *negative { -value } else { value });
            }
            Value::Text(bytes) => option.string_value = Some(bytes.clone()),
            Value::Message(tokens) => {
                let words: Vec<String> = tokens.iter().map(token_text).collect();
                option.aggregate_value = Some(words.join(" "));
            }
        }
        option
    }

    /// Sets the features that it names. False if it is not about features of the language itself.
    ///
    /// # Errors
    /// `Schema` for a feature or value that is not known.
    pub fn feature(&self, node: &mut Node) -> Result<bool> {
        match (&self.name[..], &self.value) {
            ([(first, false), (name, false)], Value::Name(value)) if first == "features" => {
                self.set_feature(node, name, value)?;
                Ok(true)
            }
            ([(first, false)], Value::Message(tokens)) if first == "features" => {
                let plain: Vec<&Token> =
                    tokens.iter().filter(|token| !matches!(token, Token::Sign(',' | ';'))).collect();
                for part in plain.chunks(3) {
                    let [Token::Name(name), Token::Sign(':'), Token::Name(value)] = part else {
                        return Err(fail(self.place, "expected features as NAME: VALUE"));
                    };
                    self.set_feature(node, name, value)?;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn set_feature(&self, node: &mut Node, name: &str, value: &str) -> Result<()> {
        let Some((_, number, values)) = FEATURES.iter().find(|(known, ..)| *known == name) else {
            return Err(fail(self.place, format!("there is no feature {name:?}")));
        };
        let Some((_, value)) = values.iter().find(|(known, _)| *known == value) else {
            let known: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
            return Err(fail(self.place, format!("features.{name} is one of {}, not {value}", known.join(", "))));
        };
        node.set(*number, *value);
        Ok(())
    }
}

/// A token in the text of an aggregate.
fn token_text(token: &Token) -> String {
    match token {
        Token::Name(name) => name.clone(),
        Token::Text(bytes) => format!("\"{}\"", escaped(bytes)),
        Token::Sign(sign) => sign.to_string(),
        other => other.to_string(),
    }
}

/// Escaped as in C: three octal digits for what cannot be printed, since `\x80` would go on with hex digits behind it.
fn escaped(bytes: &[u8]) -> String {
    let escape = |byte: &u8| match byte {
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'"' | b'\'' | b'\\' => format!("\\{}", char::from(*byte)),
        0x20..=0x7e => char::from(*byte).to_string(),
        _ => format!("\\{byte:03o}"),
    };
    bytes.iter().map(escape).collect()
}
