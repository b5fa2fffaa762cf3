//! Fields: labels, types, maps and groups; extensions are fields too.

use super::{Field, Label, Message, OptionValue, Options, Parser, Scope, Span, Token};
use crate::error::Result;

impl Parser {
    pub(super) fn field(&mut self, scope: Scope, oneof: Option<usize>, extended: Option<&str>) -> Result<()> {
        let start = self.span();
        let mut label = Label::None;
        if !self.is_field() {
            for (word, found) in
                [("optional", Label::Optional), ("required", Label::Required), ("repeated", Label::Repeated)]
            {
                if self.is_word(word) {
                    self.next();
                    label = found;
                    break;
                }
            }
        }
        let kind_start = self.span();
        let group = self.is_word("group") && !matches!(self.ahead(2), Token::Symbol('.')) && {
            // `group Name = 1 {`: a type of this name would be followed by a semicolon or an option.
            let mut at = self.at;
            loop {
                match self.tokens.get(at).map(|(token, _)| token) {
                    Some(Token::Symbol('{')) => break true,
                    Some(Token::Symbol(';')) | Some(Token::End) | None => break false,
                    _ => at += 1,
                }
            }
        };
        let is_map = self.is_word("map") && *self.ahead(1) == Token::Symbol('<');
        let mut map = None;
        let mut kind = String::new();
        if is_map {
            self.next();
            self.expect('<')?;
            let key = self.name()?;
            self.expect(',')?;
            let value = self.name()?;
            self.expect('>')?;
            map = Some((key, value));
        } else if group {
            self.next();
        } else {
            kind = self.name()?;
        }
        let mut kind_span = kind_start.to(self.last());
        let mut name_span = self.span();
        let mut name = self.word("the name of a field")?;
        self.expect('=')?;
        let number = self.number()?;
        let mut options = Vec::new();
        if self.is_symbol('[') {
            options = self.bracketed()?;
        }
        if group {
            kind = name.clone();
            kind_span = name_span;
            name = name.to_ascii_lowercase();
            self.message(kind.clone(), start, scope)?;
        } else {
            self.expect(';')?;
        }
        if let Some((key, value)) = &map {
            kind = entry_name(&name);
            self.entry(&kind, (key, value), kind_span, &options, scope);
        }
        if group {
            name_span = kind_span;
        }
        let field = Field {
            extension: extended.map(|extended| (extended.to_owned(), self.nested(scope, &name))),
            name,
            name_span,
            number,
            label,
            kind,
            kind_span,
            map,
            group,
            oneof,
            options,
            span: start.to(self.last()),
            parent: scope.message,
        };
        match (extended, scope.message) {
            (None, Some(message)) => self.file.messages[message].fields.push(field),
            _ => self.file.extensions.push(field),
        }
        Ok(())
    }

    /// The message that a map field stands for. Its parts are where the map's type is, and have the map's features.
    fn entry(&mut self, name: &str, types: (&str, &str), span: Span, options: &[OptionValue], scope: Scope) {
        let parent = self.file.messages.len();
        let features = options.iter().filter(|option| option.name.starts_with("features."));
        let features: Options = features.map(|option| OptionValue { span, ..option.clone() }).collect();
        let field = |name: &str, kind: &str, number: i64| Field {
            name: name.to_owned(),
            name_span: span,
            number,
            label: Label::None,
            kind: kind.to_owned(),
            kind_span: span,
            map: None,
            group: false,
            oneof: None,
            options: features.clone(),
            span,
            extension: None,
            parent: Some(parent),
        };
        let entry = Message {
            nested: self.nested(scope, name),
            name: name.to_owned(),
            parent: scope.message,
            span,
            fields: vec![field("key", types.0, 1), field("value", types.1, 2)],
            oneofs: Vec::new(),
            reserved: Vec::new(),
            reserved_names: Vec::new(),
            extension_ranges: Vec::new(),
            options: Vec::new(),
            map_entry: true,
        };
        self.file.messages.push(entry);
    }
}

/// The name of the entry message of a map field: `my_map` becomes `MyMapEntry`.
fn entry_name(field: &str) -> String {
    let mut out = String::new();
    let mut upper = true;
    for c in field.chars() {
        match c {
            '_' => upper = true,
            c if std::mem::take(&mut upper) => out.push(c.to_ascii_uppercase()),
            c => out.push(c),
        }
    }
    out + "Entry"
}
