//! What is known of the values at one path, over any part of a text. Parts merge in order; where the text was cut
//! does not matter.

use arrow_schema::{DataType, Field, Fields, UnionMode};
use hashbrown::HashMap;
use std::sync::Arc;

use super::options::{Inference, Mixed};
use super::schema::json_text;
use crate::code::Code;
use crate::column::json::build::duplicate_key;
use crate::column::json::members::{self, Members};
use crate::column::json::scan::{Key, plain_number, plain_word, skip_plain};
use crate::column::json::text::{skip_value, too_deep};
use crate::column::json::{ABSENT, Cursor, ReadRules, raw_text};
use crate::column::repair::Repair;
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::schema::infer::NumberShape;
use crate::schema::infer::temporal::TemporalShape;

/// Keys of one object above which it is a map, if all values have one type.
pub(super) const STRUCT_KEYS: usize = 512;
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
    /// A string that is not UTF-8, where its bytes are kept.
    invalid: bool,
    temporal: TemporalShape,
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
    /// The member that came first last time.
    first: usize,
}

#[derive(Clone, Debug)]
struct Member {
    name: Box<[u8]>,
    key: Key,
    /// The member that came behind it last.
    next: usize,
    shape: Shape,
    /// Number of the last object that has it.
    seen: u64,
    /// Objects that have it.
    count: u64,
}

/// The object at hand.
struct Current {
    /// Its number.
    number: u64,
    depth: usize,
    /// Where the values of keys stand, if the last one of each is the one that counts.
    last: Option<Vec<(usize, usize)>>,
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

    /// The column of that shape: a type that gives every value back, JSON text if there is no other.
    ///
    /// # Errors
    /// `Schema`: values of several kinds, if that is an error.
    pub fn field(self, name: &str, path: &str, found: &mut Found) -> Result<Field> {
        if self.strings && self.invalid && self.kinds() == 1 {
            return Ok(raw_text(name));
        }
        if self.kinds() > 1 {
            return match found.infer.mixed {
                Mixed::Json => Ok(json_text(name)),
                Mixed::Union => Ok(Field::new(name, self.union(path, found)?, true)),
                Mixed::Error => Err(self.mixed(path)),
            };
        }
        Ok(match self.data_type(path, found)? {
            Some(data_type) => Field::new(name, data_type, true),
            None => json_text(name),
        })
    }

    /// The type of values of one kind; `None` if only JSON text holds them.
    fn data_type(self, path: &str, found: &mut Found) -> Result<Option<DataType>> {
        if self.kinds() == 0 {
            return Ok(Some(DataType::Null));
        }
        if self.booleans {
            return Ok(Some(DataType::Boolean));
        }
        if self.strings {
            return Ok(self.temporal.data_type().or(Some(DataType::Utf8)));
        }
        if let Some(list) = self.list {
            let item = list.field(Field::LIST_FIELD_DEFAULT_NAME, &format!("{path}[]"), found)?;
            return Ok(Some(DataType::List(Arc::new(item))));
        }
        match self.object {
            Some(object) => object.data_type(path, found).map(Some),
            None => Ok(self.numbers.json_type()),
        }
    }

    /// A branch for each kind; null is null in the first.
    fn union(self, path: &str, found: &mut Found) -> Result<DataType> {
        let Shape { booleans, strings, invalid, temporal, numbers, list, object, .. } = self;
        let none = Shape::default;
        let branches = [
            ("boolean", booleans.then(|| Shape { booleans, ..none() })),
            ("number", (!numbers.is_empty()).then(|| Shape { numbers, ..none() })),
            ("string", strings.then(|| Shape { strings, invalid, temporal, ..none() })),
            ("array", list.is_some().then(|| Shape { list, ..none() })),
            ("object", object.is_some().then(|| Shape { object, ..none() })),
        ];
        let mut fields = Vec::new();
        for (id, (name, shape)) in (0_i8..).zip(branches.into_iter().filter_map(|(name, shape)| Some((name, shape?)))) {
            let field = shape.field(name, &format!("{path}.{name}"), found)?.with_nullable(id == 0);
            fields.push((id, Arc::new(field)));
        }
        Ok(DataType::Union(fields.into_iter().collect(), UnionMode::Dense))
    }

    fn mixed(&self, path: &str) -> Error {
        let kinds = [
            ("booleans", self.booleans),
            ("numbers", !self.numbers.is_empty()),
            ("strings", self.strings),
            ("arrays", self.list.is_some()),
            ("objects", self.object.is_some()),
        ];
        let kinds: Vec<_> = kinds.into_iter().filter(|(_, seen)| *seen).map(|(kind, _)| kind).collect();
        Error::schema(format!("values of several kinds: {}", kinds.join(", ")))
            .in_column(path)
            .with_hint("mixed=json keeps them as JSON text, mixed=union makes a branch for each kind")
    }

    /// The columns of records, if keys can be told apart.
    ///
    /// # Errors
    /// As [`Shape::field`].
    pub fn into_columns(self, found: &mut Found) -> Result<Result<Fields, Shape>> {
        match self.object {
            Some(object) if object.any.is_none() => object.fields("", found).map(Ok),
            object => Ok(Err(Shape { object, ..self })),
        }
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

impl Object {
    fn observe(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass, depth: usize) -> Result<()> {
        cursor.step();
        self.seen += 1;
        if self.any.is_some() {
            let more = !cursor.eat(b'}');
            return self.observe_any(cursor, pass, depth, more);
        }
        let last = (pass.duplicates == Some(Policy::Last)).then(Vec::new);
        let mut object = Current { number: self.seen, depth, last };
        members::read(self, object.last.is_none(), &mut object, cursor, pass)?;
        for (index, at) in last_of_each(object.last.unwrap_or_default()) {
            if let Some(member) = self.members.get_mut(index) {
                let observed = member.shape.observe(&mut cursor.moved(at), pass, depth);
                observed.map_err(|error| error.in_column(&String::from_utf8_lossy(&member.name)))?;
            }
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

    fn insert(&mut self, name: Box<[u8]>, shape: Shape) -> usize {
        let index = self.members.len();
        self.by_name.insert(name.clone(), index);
        let key = Key::new(&name);
        self.members.push(Member { name, key, next: index + 1, shape, seen: 0, count: 0 });
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
                Some(mine) => {
                    mine.shape.merge(member.shape);
                    mine.count += member.count;
                }
                None => {
                    let index = self.insert(member.name, member.shape);
                    self.members[index].count = member.count;
                }
            }
        }
        // Objects of both parts; from here on none of them is the current one.
        self.seen += other.seen;
        self.members.iter_mut().for_each(|member| member.seen = 0);
        if self.members.len() > KEYS_MAX {
            self.collapse();
        }
    }

    fn paths(&self) -> usize {
        let members = self.members.iter().map(|member| member.shape.paths());
        self.any.as_ref().map_or(0, |any| any.paths()) + members.sum::<usize>()
    }

    fn fields(self, path: &str, found: &mut Found) -> Result<Fields> {
        let mut fields = Vec::with_capacity(self.members.len());
        for member in self.members {
            let name = String::from_utf8_lossy(&member.name).into_owned();
            let path = join(path, &name);
            let mut field = member.shape.field(&name, &path, found)?;
            if member.count < self.seen {
                let mut metadata = field.metadata().clone();
                metadata.insert(ABSENT.to_owned(), "true".to_owned());
                field.set_metadata(metadata);
            }
            fields.push(field);
        }
        Ok(fields.into())
    }

    /// A struct; a map if there are many keys (or maps are wanted) and all values have one type.
    fn data_type(self, path: &str, found: &mut Found) -> Result<DataType> {
        let value = join(path, "value");
        if let Some(any) = self.any {
            found.maps.push(path.to_owned());
            return any.field("value", &value, found).map(map_of);
        }
        if self.members.len() > STRUCT_KEYS || (found.infer.maps && !self.members.is_empty()) {
            let mut all = Shape::default();
            for member in &self.members {
                all.merge(member.shape.clone());
            }
            if all.kinds() <= 1
                && let Ok(Some(data_type)) = all.data_type(&value, found)
            {
                found.maps.push(path.to_owned());
                return Ok(map_of(Field::new("value", data_type, true)));
            }
        }
        Ok(DataType::Struct(self.fields(path, found)?))
    }
}

impl members::Member for Member {
    type Object = Current;

    #[inline]
    fn key(&self) -> &Key {
        &self.key
    }

    #[inline]
    fn next(&self) -> usize {
        self.next
    }

    fn expect(&mut self, next: usize) {
        self.next = next;
    }

    #[inline]
    fn is_there(&self, object: &Current) -> bool {
        self.seen == object.number
    }

    #[inline]
    fn read_plain(&mut self, object: &mut Current, text: &[u8], at: usize, strings: bool) -> Option<usize> {
        let end = self.shape.observe_plain(text, at, strings)?;
        self.seen = object.number;
        self.count += 1;
        Some(end)
    }
}

impl Members for Object {
    type Member = Member;
    type Work = Pass;

    #[inline]
    fn members(&mut self) -> &mut [Member] {
        &mut self.members
    }

    #[inline]
    fn first(&mut self) -> &mut usize {
        &mut self.first
    }

    #[inline]
    fn takes_as_is(pass: &Pass, cursor: &Cursor<'_>) -> bool {
        pass.takes_as_is(cursor)
    }

    /// The member is made if it is new.
    fn find(&mut self, cursor: &mut Cursor<'_>, pass: &mut Pass) -> Result<Option<usize>> {
        if cursor.peek() != Some(b'"') {
            return Err(cursor.unexpected("a key in double quotes"));
        }
        let at = cursor.position();
        let before = cursor.repaired();
        let name = cursor.string(&mut pass.scratch)?;
        if cursor.repaired() != before && cursor.leniency().repair == Some(Repair::Keep) {
            return Err(Error::value(Code::Utf8, "the key is not valid UTF-8").at_byte(at as u64));
        }
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
        Ok(Some(index))
    }

    fn read(
        &mut self,
        member: Option<usize>,
        object: &mut Current,
        at: usize,
        cursor: &mut Cursor<'_>,
        pass: &mut Pass,
    ) -> Result<()> {
        let Some((index, member)) = member.and_then(|index| Some((index, self.members.get_mut(index)?))) else {
            return Ok(());
        };
        let again = std::mem::replace(&mut member.seen, object.number) == object.number;
        member.count += u64::from(!again);
        if let Some(last) = &mut object.last {
            cursor.peek();
            last.push((index, cursor.position()));
            skip_value(cursor, pass.rules.depth_max, &mut pass.scratch)?;
        } else if !again {
            let observed = member.shape.observe(cursor, pass, object.depth);
            observed.map_err(|error| error.in_column(&String::from_utf8_lossy(&member.name)))?;
        } else if pass.duplicates == Some(Policy::First) {
            skip_value(cursor, pass.rules.depth_max, &mut pass.scratch)?;
        } else {
            return Err(duplicate_key(&String::from_utf8_lossy(&member.name), at));
        }
        Ok(())
    }
}

/// What was found besides types.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How types are found.
    pub infer: Inference,
    /// Paths of maps.
    pub maps: Vec<String>,
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The last entry of each index, ordered by index.
fn last_of_each(mut entries: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    entries.sort_unstable();
    entries.reverse();
    entries.dedup_by_key(|(index, _)| *index);
    entries.reverse();
    entries
}

fn map_of(value: Field) -> DataType {
    let entries = Fields::from(vec![Field::new("key", DataType::Utf8, false), value]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

/// The error for text with ever new keys.
#[cold]
pub(super) fn too_many_paths() -> Error {
    Error::limit(format!("more than {PATHS_MAX} different paths of keys"))
        .with_hint("give a schema with --schema, in which such objects are maps")
}
