//! What is known of the values at one path, over any part of a text. Parts merge in order; where the text was cut
//! does not matter.

mod object;
mod types;

use std::sync::Arc;

use self::object::Object;
pub(super) use self::types::{Found, STRUCT_KEYS};
use super::options::Inference;
use crate::code::Code;
use crate::column::json::scan::{plain_number, plain_word, skip_plain};
use crate::column::json::text::too_deep;
use crate::column::json::{Cursor, ReadRules};
use crate::column::repair::Repair;
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::schema::infer::NumberShape;
use crate::schema::infer::temporal::TemporalShape;

/// Paths of all objects together that are told apart.
pub(super) const PATHS_MAX: usize = 1 << 20;

/// The values at one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    nulls: bool,
    booleans: bool,
    strings: bool,
    /// A string that is not UTF-8, where its bytes are kept.
    invalid: bool,
    temporal: TemporalShape,
    numbers: NumberShape,
    list: Option<Box<Shape>>,
    object: Option<Box<Object>>,
}

/// What a pass over values needs.
pub(super) struct Pass {
    pub rules: Arc<ReadRules>,
    pub infer: Inference,
    pub scratch: Vec<u8>,
    /// Paths so far.
    pub paths: usize,
    /// Whether any string is as good as another.
    texts_alike: bool,
    duplicates: Option<Policy>,
}

impl Pass {
    /// At its start.
    pub fn new(rules: Arc<ReadRules>, infer: Inference) -> Self {
        let texts_alike = rules.null_values.is_empty() && !infer.temporal;
        let duplicates = rules.policies.get(Code::DuplicateKey);
        Pass { rules, infer, scratch: Vec::new(), paths: 0, texts_alike, duplicates }
    }

    /// Whether any string without escapes is as good as another.
    #[inline]
    fn takes_as_is(&self, cursor: &Cursor<'_>) -> bool {
        self.texts_alike && cursor.takes_as_is()
    }
}

impl Shape {
    /// Looks at the value at the cursor and steps over it.
    #[inline]
    pub fn observe(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass, depth: usize) -> Result<()> {
        let plain = self.observe_plain(cursor.ahead(), cursor.position(), pass.takes_as_is(cursor));
        if let Some(end) = plain {
            cursor.jump(end);
            return Ok(());
        }
        self.observe_closely(cursor, pass, depth)
    }

    /// Looks at the value at `at` in `text`; returns where it ends, or `None` if it takes a closer look. `strings`:
    /// whether any string is as good as another.
    #[inline(always)]
    fn observe_plain(&mut self, text: &[u8], at: usize, strings: bool) -> Option<usize> {
        match text.get(at)? {
            b'"' if strings => {
                let end = skip_plain(text, at + 1)?;
                self.strings = true;
                Some(end)
            }
            b'-' | b'0'..=b'9' => {
                let plain = plain_number(text, at)?;
                let known = self.numbers.knows(plain.negative, plain.digits, plain.whole, plain.scale);
                known.then_some(plain.end)
            }
            b't' => {
                let end = plain_word(text, at, b"true")?;
                self.booleans = true;
                Some(end)
            }
            b'f' => {
                let end = plain_word(text, at, b"false")?;
                self.booleans = true;
                Some(end)
            }
            b'n' => {
                let end = plain_word(text, at, b"null")?;
                self.nulls = true;
                Some(end)
            }
            _ => None,
        }
    }

    fn observe_closely(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass, depth: usize) -> Result<()> {
        match cursor.peek() {
            Some(b'"') => {
                let before = cursor.repaired();
                let text = cursor.string(&mut pass.scratch)?;
                if pass.rules.null_values.iter().any(|null| null == text) {
                    self.nulls = true;
                    return Ok(());
                }
                self.strings = true;
                self.invalid |= cursor.repaired() != before && cursor.leniency().repair == Some(Repair::Keep);
                if pass.infer.temporal {
                    self.temporal.observe(text);
                }
            }
            Some(b'-' | b'N' | b'I') if cursor.leniency().non_finite => match cursor.non_finite() {
                Some(_) => self.numbers.observe_non_finite(),
                None => {
                    let token = cursor.number()?;
                    self.numbers.observe(token);
                }
            },
            Some(b'-' | b'0'..=b'9') => {
                let token = cursor.number()?;
                self.numbers.observe(token);
            }
            Some(b'{') => {
                if depth >= pass.rules.depth_max {
                    return Err(too_deep(pass.rules.depth_max, cursor.position()));
                }
                self.object.get_or_insert_default().observe(cursor, pass, depth + 1)?;
            }
            Some(b'[') => {
                if depth >= pass.rules.depth_max {
                    return Err(too_deep(pass.rules.depth_max, cursor.position()));
                }
                cursor.step();
                let item = self.list.get_or_insert_default();
                let mut more = !cursor.eat(b']');
                while more {
                    item.observe(cursor, pass, depth + 1).map_err(|error| error.in_column("[]"))?;
                    more = cursor.comma_or(b']')?;
                }
            }
            Some(b't') => {
                cursor.literal("true")?;
                self.booleans = true;
            }
            Some(b'f') => {
                cursor.literal("false")?;
                self.booleans = true;
            }
            Some(b'n') => {
                cursor.literal("null")?;
                self.nulls = true;
            }
            _ => return Err(cursor.unexpected("a JSON value")),
        }
        Ok(())
    }

    /// Adds what a later part showed.
    pub fn merge(&mut self, other: Shape) {
        self.nulls |= other.nulls;
        self.booleans |= other.booleans;
        self.strings |= other.strings;
        self.invalid |= other.invalid;
        self.temporal.merge(&other.temporal);
        self.numbers.merge(&other.numbers);
        if let Some(list) = other.list {
            match &mut self.list {
                Some(mine) => mine.merge(*list),
                None => self.list = Some(list),
            }
        }
        if let Some(object) = other.object {
            match &mut self.object {
                Some(mine) => mine.merge(*object),
                None => self.object = Some(object),
            }
        }
    }

    /// Paths in it.
    pub fn paths(&self) -> usize {
        let list = self.list.as_ref().map_or(0, |list| list.paths());
        let object = self.object.as_ref().map_or(0, |object| object.paths());
        1 + list + object
    }

    /// Whether every value seen was an object.
    pub fn is_record(&self) -> bool {
        self.object.is_some() && self.kinds() == 1 && !self.nulls
    }

    fn kinds(&self) -> usize {
        [self.booleans, self.strings, !self.numbers.is_empty(), self.list.is_some(), self.object.is_some()]
            .into_iter()
            .filter(|seen| *seen)
            .count()
    }

    /// Looks at the elements of the array at the cursor, each the value of one column; columns are called by number.
    pub fn observe_row(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass) -> Result<()> {
        cursor.expect(b'[', "an array of the columns")?;
        let object = self.object.get_or_insert_default();
        object.seen += 1;
        let mut index = 0;
        let mut more = !cursor.eat(b']');
        while more {
            if index == object.members.len() {
                pass.paths += 1;
                if pass.paths > PATHS_MAX {
                    return Err(too_many_paths().at_byte(cursor.position() as u64));
                }
                object.insert(index.to_string().into_bytes().into(), Shape::default());
            }
            if let Some(member) = object.members.get_mut(index) {
                member.count += 1;
                member.shape.observe(cursor, pass, 1)?;
            }
            index += 1;
            more = cursor.comma_or(b']')?;
        }
        Ok(())
    }

    /// Gives the columns of [`Shape::observe_row`] names, as far as there are names.
    pub fn rename(&mut self, names: &[String]) {
        let object = self.object.get_or_insert_default();
        for (index, name) in names.iter().enumerate() {
            match object.members.get_mut(index) {
                Some(member) => member.name = name.as_bytes().into(),
                None => {
                    object.insert(name.as_bytes().into(), Shape::default());
                }
            }
        }
    }
}

/// The error for text with ever new keys.
#[cold]
pub(super) fn too_many_paths() -> Error {
    Error::limit(format!("more than {PATHS_MAX} different paths of keys"))
        .with_hint("give a schema with --schema, in which such objects are maps")
}
