//! What is known of the values at one path, over any part of a text. Parts merge in order; where the text was cut
//! does not matter.

use arrow_schema::{DataType, Field, Fields};
use hashbrown::HashMap;
use std::sync::Arc;

use super::schema::json_text;
use crate::code::Code;
use crate::column::json::Cursor;
use crate::column::json::string::push_string;
use crate::column::json::text::too_deep;
use crate::error::{Error, Result};
use crate::schema::infer::NumberShape;

/// Keys of one object above which it is a map, if all values have one type.
const STRUCT_KEYS: usize = 512;
/// Keys of one object that are told apart at all; more make a map in any case.
const KEYS_MAX: usize = 16_384;
/// Paths of all objects together that are told apart.
pub(super) const PATHS_MAX: usize = 1 << 20;

/// The values at one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    nulls: bool,
    booleans: bool,
    strings: bool,
    numbers: NumberShape,
    list: Option<Box<Shape>>,
    object: Option<Box<Object>>,
}

/// The objects at one path.
#[derive(Clone, Debug, Default)]
struct Object {
    /// In the order in which keys were first seen. Empty if there are too many to tell apart.
    members: Vec<Member>,
    by_name: HashMap<Box<[u8]>, usize>,
    /// The values of all keys together, once there are too many keys.
    any: Option<Box<Shape>>,
    /// Objects seen: a member that saw the current one has the same number.
    seen: u64,
}

#[derive(Clone, Debug)]
struct Member {
    name: Box<[u8]>,
    /// `"name":` as most writers write it.
    blob: Vec<u8>,
    shape: Shape,
    seen: u64,
}

/// What a pass over values needs.
pub(super) struct Pass {
    pub depth_max: usize,
    pub scratch: Vec<u8>,
    /// Paths so far.
    pub paths: usize,
}

impl Shape {
    /// Looks at the value at the cursor and steps over it.
    #[inline]
    pub fn observe(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass, depth: usize) -> Result<()> {
        match cursor.peek() {
            Some(b'"') => {
                self.strings = true;
                cursor.string(&mut pass.scratch)?;
            }
            Some(b'-' | b'0'..=b'9') => {
                let token = cursor.number()?;
                self.numbers.observe(token);
            }
            Some(b'{') => {
                if depth >= pass.depth_max {
                    return Err(too_deep(pass.depth_max, cursor.position()));
                }
                self.object.get_or_insert_default().observe(cursor, pass, depth + 1)?;
            }
            Some(b'[') => {
                if depth >= pass.depth_max {
                    return Err(too_deep(pass.depth_max, cursor.position()));
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

    /// The column of that shape: a type that gives every value back, JSON text if there is no other.
    pub fn field(self, name: &str) -> Field {
        match self.data_type() {
            Some(data_type) => Field::new(name, data_type, true),
            None => json_text(name),
        }
    }

    fn data_type(self) -> Option<DataType> {
        match self.kinds() {
            0 => return Some(DataType::Null),
            1 => {}
            _ => return None,
        }
        if self.booleans {
            return Some(DataType::Boolean);
        }
        if self.strings {
            return Some(DataType::Utf8);
        }
        if let Some(list) = self.list {
            return Some(DataType::List(Arc::new(list.field(Field::LIST_FIELD_DEFAULT_NAME))));
        }
        if let Some(object) = self.object {
            return Some(object.data_type());
        }
        self.numbers.json_type()
    }

    /// The columns of records, if keys can be told apart.
    pub fn into_columns(self) -> Result<Fields, Shape> {
        match self.object {
            Some(object) if object.any.is_none() => Ok(object.fields()),
            object => Err(Shape { object, ..self }),
        }
    }
}

impl Object {
    fn observe(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass, depth: usize) -> Result<()> {
        cursor.step();
        self.seen += 1;
        let mut next = 0;
        let mut more = !cursor.eat(b'}');
        if self.any.is_some() {
            return self.observe_any(cursor, pass, depth, more);
        }
        while more {
            cursor.peek();
            let at = cursor.position();
            let predicted = match self.members.get(next) {
                Some(member) => cursor.eat_bytes(&member.blob),
                None => false,
            };
            let index = if predicted { next } else { self.find(cursor, pass)? };
            let seen = self.seen;
            if let Some(member) = self.members.get_mut(index) {
                if std::mem::replace(&mut member.seen, seen) == seen {
                    return Err(duplicate_key(&member.name, at));
                }
                let observed = member.shape.observe(cursor, pass, depth);
                observed.map_err(|error| error.in_column(&String::from_utf8_lossy(&member.name)))?;
            }
            next = index + 1;
            more = cursor.comma_or(b'}')?;
        }
        if self.members.len() > KEYS_MAX {
            self.collapse();
        }
        Ok(())
    }

    /// The same once keys are not told apart. Duplicate keys are left to the decoder.
    fn observe_any(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass, depth: usize, more: bool) -> Result<()> {
        let any = self.any.get_or_insert_default();
        let mut more = more;
        while more {
            if cursor.peek() != Some(b'"') {
                return Err(cursor.unexpected("a key in double quotes"));
            }
            cursor.string(&mut pass.scratch)?;
            cursor.expect(b':', "':' after the key")?;
            any.observe(cursor, pass, depth)?;
            more = cursor.comma_or(b'}')?;
        }
        Ok(())
    }

    /// Reads a key and the colon; the member of that name, made if it is new.
    fn find(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass) -> Result<usize> {
        if cursor.peek() != Some(b'"') {
            return Err(cursor.unexpected("a key in double quotes"));
        }
        let at = cursor.position();
        let name = cursor.string(&mut pass.scratch)?;
        let index = match self.by_name.get(name) {
            Some(index) => *index,
            None => {
                pass.paths += 1;
                if pass.paths > PATHS_MAX {
                    return Err(too_many_paths().at_byte(at as u64));
                }
                self.insert(name.into(), Shape::default())
            }
        };
        cursor.expect(b':', "':' after the key")?;
        Ok(index)
    }

    fn insert(&mut self, name: Box<[u8]>, shape: Shape) -> usize {
        let index = self.members.len();
        let mut blob = Vec::with_capacity(name.len() + 3);
        push_string(&mut blob, &name);
        blob.push(b':');
        self.by_name.insert(name.clone(), index);
        self.members.push(Member { name, blob, shape, seen: 0 });
        index
    }

    fn collapse(&mut self) {
        let mut any = self.any.take().unwrap_or_default();
        for member in std::mem::take(&mut self.members) {
            any.merge(member.shape);
        }
        self.by_name.clear();
        self.any = Some(any);
    }

    fn merge(&mut self, mut other: Object) {
        if self.any.is_some() || other.any.is_some() {
            self.collapse();
            other.collapse();
            if let (Some(mine), Some(theirs)) = (&mut self.any, other.any) {
                mine.merge(*theirs);
            }
            return;
        }
        for member in other.members {
            match self.by_name.get(&member.name).and_then(|index| self.members.get_mut(*index)) {
                Some(mine) => mine.shape.merge(member.shape),
                None => {
                    self.insert(member.name, member.shape);
                }
            }
        }
        // Numbers of other parts mean nothing here.
        self.seen = 0;
        self.members.iter_mut().for_each(|member| member.seen = 0);
        if self.members.len() > KEYS_MAX {
            self.collapse();
        }
    }

    fn paths(&self) -> usize {
        let members = self.members.iter().map(|member| member.shape.paths());
        self.any.as_ref().map_or(0, |any| any.paths()) + members.sum::<usize>()
    }

    fn fields(self) -> Fields {
        let fields = self.members.into_iter();
        fields.map(|member| member.shape.field(&String::from_utf8_lossy(&member.name))).collect()
    }

    /// A struct; a map if there are many keys and all values have one type.
    fn data_type(self) -> DataType {
        if let Some(any) = self.any {
            return map_of(any.field("value"));
        }
        if self.members.len() > STRUCT_KEYS {
            let mut all = Shape::default();
            for member in &self.members {
                all.merge(member.shape.clone());
            }
            if let Some(data_type) = all.data_type() {
                return map_of(Field::new("value", data_type, true));
            }
        }
        DataType::Struct(self.fields())
    }
}

fn map_of(value: Field) -> DataType {
    let entries = Fields::from(vec![Field::new("key", DataType::Utf8, false), value]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

#[cold]
fn duplicate_key(name: &[u8], at: usize) -> Error {
    let name = String::from_utf8_lossy(name);
    Error::value(Code::DuplicateKey, format!("the key {name:?} stands twice in one object")).at_byte(at as u64)
}

/// The error for text with ever new keys.
#[cold]
pub(super) fn too_many_paths() -> Error {
    Error::limit(format!("more than {PATHS_MAX} different paths of keys"))
        .with_hint("give a schema with --schema, in which such objects are maps")
}
