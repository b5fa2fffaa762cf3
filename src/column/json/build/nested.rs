//! Lists and maps.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, FixedSizeListArray, GenericListArray, GenericListViewArray, MapArray, OffsetSizeTrait, StructArray,
};
use arrow_buffer::{NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, FieldRef};
use hashbrown::{HashMap, HashSet};

use super::super::cursor::Cursor;
use super::super::fit::has_object_keys;
use super::super::scan::behind_blank;
use super::super::text::skip_value;
use super::leaf::mismatch;
use super::members::duplicate_key;
use super::node::{Node, join};
use super::text::offsets;
use super::{Rest, Work};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::policy::Policy;

/// A list of any length.
#[derive(Debug)]
pub(super) struct List {
    item: Box<Node>,
    items: usize,
    ends: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl List {
    /// `path`: that of the items.
    pub fn new(item: &FieldRef, path: &str) -> Result<Self> {
        let item = Box::new(Node::new(item, path)?);
        Ok(List { item, items: 0, ends: Vec::new(), nulls: NullBufferBuilder::new(0) })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        self.items += elements(&mut self.item, cursor, work, data_type)?;
        self.ends.push(self.items);
        self.nulls.append_non_null();
        Ok(())
    }

    /// See [`Node::insist`].
    #[cfg(feature = "json")]
    pub fn insist(&mut self) {
        self.item.insist();
    }

    /// Makes room for what is to come.
    pub fn expect(&mut self, rest: Rest) {
        self.ends.reserve_exact(rest.of(self.ends.len()));
        self.item.expect(rest);
    }

    pub fn append_nulls(&mut self, count: usize) {
        self.ends.resize(self.ends.len() + count, self.items);
        self.nulls.append_n_nulls(count);
    }

    pub fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef> {
        let items = self.item.finish()?;
        self.items = 0;
        let ends = std::mem::take(&mut self.ends);
        let nulls = self.nulls.finish();
        match data_type {
            DataType::List(field) => list::<i32>(field, &ends, items, nulls),
            DataType::LargeList(field) => list::<i64>(field, &ends, items, nulls),
            DataType::ListView(field) => list_view::<i32>(field, &ends, items, nulls),
            DataType::LargeListView(field) => list_view::<i64>(field, &ends, items, nulls),
            other => Err(Error::internal(format!("a list as {other}"))),
        }
    }
}

fn list<O: OffsetSizeTrait>(
    field: &FieldRef,
    ends: &[usize],
    items: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    Ok(Arc::new(GenericListArray::<O>::try_new(field.clone(), offsets(ends)?, items, nulls)?))
}

fn list_view<O: OffsetSizeTrait>(
    field: &FieldRef,
    ends: &[usize],
    items: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let offsets: OffsetBuffer<O> = offsets(ends)?;
    let sizes: ScalarBuffer<O> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let starts = offsets.inner().slice(0, ends.len());
    Ok(Arc::new(GenericListViewArray::<O>::try_new(field.clone(), starts, sizes, items, nulls)?))
}

/// Appends the elements of an array; returns how many.
fn elements(item: &mut Node, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<usize> {
    if cursor.peek() != Some(b'[') {
        return Err(mismatch(cursor, work, data_type));
    }
    cursor.step();
    if cursor.eat(b']') {
        return Ok(0);
    }
    let mut count = 0;
    loop {
        let (read, stop) = plain_elements(item, cursor, work);
        count += read;
        match stop {
            Stop::Close => return Ok(count),
            Stop::Value if cursor.comma_or(b']')? => continue,
            Stop::Value => return Ok(count),
            Stop::Element if read > 0 && cursor.peek() == Some(b']') => {
                return Err(cursor.unexpected("a value after the comma"));
            }
            Stop::Element => {}
        }
        item.append(cursor, work).map_err(|error| error.in_column("[]"))?;
        count += 1;
        if !cursor.comma_or(b']')? {
            return Ok(count);
        }
    }
}

/// Where [`plain_elements`] stopped.
enum Stop {
    /// Where an element should stand that takes a closer look.
    Element,
    /// Behind an element.
    Value,
    /// Behind the closing bracket.
    Close,
}

/// Appends elements as long as they are plain; returns how many. The cursor is moved behind what was read: this loop
/// keeps its place in a register.
#[inline]
fn plain_elements(item: &mut Node, cursor: &mut Cursor<'_>, work: &Work) -> (usize, Stop) {
    let strings = work.takes_as_is(cursor);
    let text = cursor.ahead();
    let mut at = cursor.position();
    let mut count = 0;
    let stop = loop {
        let Some(end) = item.append_plain(text, behind_blank(text, at), strings) else { break Stop::Element };
        count += 1;
        at = end;
        match text.get(end) {
            Some(b',') => at = end + 1,
            Some(b']') => {
                at = end + 1;
                break Stop::Close;
            }
            _ => break Stop::Value,
        }
    };
    cursor.jump(at);
    (count, stop)
}

/// How many elements the array at the cursor has.
fn count_elements(mut cursor: Cursor<'_>, work: &mut Work) -> Result<usize> {
    cursor.step();
    let mut count = 0;
    let mut more = !cursor.eat(b']');
    while more {
        skip_value(&mut cursor, work.rules.depth_max, &mut work.scratch)?;
        count += 1;
        more = cursor.comma_or(b']')?;
    }
    Ok(count)
}

/// A list of one length.
#[derive(Debug)]
pub(super) struct FixedList {
    item: Box<Node>,
    size: usize,
    rows: usize,
    nulls: NullBufferBuilder,
}

impl FixedList {
    /// `path`: that of the items.
    pub fn new(item: &FieldRef, size: i32, path: &str) -> Result<Self> {
        let size = usize::try_from(size).map_err(|_| Error::schema("a list of negative length"))?;
        Ok(FixedList { item: Box::new(Node::new(item, path)?), size, rows: 0, nulls: NullBufferBuilder::new(0) })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        let at = cursor.position();
        let wrong = |count: usize| {
            let message = format!("a list of {count} elements, expected {}", self.size);
            Error::value(Code::Length, message).at_byte(at as u64)
        };
        // What takes the place of a list must be known before its elements are read.
        if work.policy(Code::Length).is_some() && cursor.byte() == Some(b'[') {
            let count = count_elements(*cursor, work)?;
            if count != self.size {
                return Err(wrong(count));
            }
        }
        let count = elements(&mut self.item, cursor, work, data_type)?;
        if count != self.size {
            return Err(wrong(count));
        }
        self.rows += 1;
        self.nulls.append_non_null();
        Ok(())
    }

    pub fn append_nulls(&mut self, count: usize) {
        self.item.append_nulls(count * self.size);
        self.rows += count;
        self.nulls.append_n_nulls(count);
    }

    pub fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef> {
        let DataType::FixedSizeList(field, size) = data_type else {
            return Err(Error::internal(format!("a list as {data_type}")));
        };
        let rows = std::mem::take(&mut self.rows);
        let items = self.item.finish()?;
        let nulls = self.nulls.finish();
        Ok(Arc::new(FixedSizeListArray::try_new_with_length(field.clone(), *size, items, nulls, rows)?))
    }
}

/// An object with any keys, or an array of objects of `key` and `value`.
#[derive(Debug)]
pub(super) struct Map {
    key: Box<Node>,
    value: Box<Node>,
    key_name: String,
    value_name: String,
    path: String,
    /// Whether it is written as an object: in a union the other form belongs to another branch.
    as_object: bool,
    entries: usize,
    ends: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl Map {
    pub fn new(entries: &FieldRef, path: &str) -> Result<Self> {
        let DataType::Struct(fields) = entries.data_type() else {
            return Err(Error::schema("the entries of a map are not a struct"));
        };
        let [key, value] = fields.as_ref() else {
            return Err(Error::schema("the entries of a map are not pairs"));
        };
        Ok(Map {
            key: Box::new(Node::new(key, &join(path, key.name()))?),
            value: Box::new(Node::new(value, &join(path, value.name()))?),
            path: path.to_owned(),
            as_object: has_object_keys(entries),
            key_name: key.name().clone(),
            value_name: value.name().clone(),
            entries: 0,
            ends: Vec::new(),
            nulls: NullBufferBuilder::new(0),
        })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        match cursor.peek() {
            Some(b'{') if self.as_object || !work.exact => self.object(cursor, work)?,
            Some(b'[') if !self.as_object || !work.exact => self.pairs(cursor, work, data_type)?,
            _ => return Err(mismatch(cursor, work, data_type)),
        }
        self.ends.push(self.entries);
        self.nulls.append_non_null();
        Ok(())
    }

    fn object(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        if work.policy(Code::DuplicateKey) == Some(Policy::Last) {
            return self.last_entries(cursor, work);
        }
        cursor.step();
        let mut seen = Seen::default();
        let mut more = !cursor.eat(b'}');
        while more {
            if cursor.peek() != Some(b'"') {
                return Err(cursor.unexpected("a key in double quotes"));
            }
            let at = cursor.position();
            let mut key = *cursor;
            let text = key.string(&mut work.scratch)?;
            if !seen.insert(text) {
                let error = duplicate_key(&String::from_utf8_lossy(text), at);
                if work.policy(Code::DuplicateKey) != Some(Policy::First) {
                    return Err(error);
                }
                work.count(Code::DuplicateKey, &self.path);
                *cursor = key;
                cursor.expect(b':', "':' after the key")?;
                skip_value(cursor, work.rules.depth_max, &mut work.scratch)?;
                more = cursor.comma_or(b'}')?;
                continue;
            }
            self.key.append_key(cursor, work).map_err(|error| error.in_column(&self.key_name))?;
            cursor.expect(b':', "':' after the key")?;
            self.value.append(cursor, work).map_err(|error| error.in_column(&self.value_name))?;
            self.entries += 1;
            more = cursor.comma_or(b'}')?;
        }
        Ok(())
    }

    /// An object of which the last value of each key counts: first where it stands is found, then it is read.
    fn last_entries(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        cursor.step();
        let mut places: Vec<(usize, usize)> = Vec::new();
        let mut by_key: HashMap<Box<[u8]>, usize> = HashMap::new();
        let mut more = !cursor.eat(b'}');
        while more {
            if cursor.peek() != Some(b'"') {
                return Err(cursor.unexpected("a key in double quotes"));
            }
            let at = cursor.position();
            let key: Box<[u8]> = cursor.string(&mut work.scratch)?.into();
            cursor.expect(b':', "':' after the key")?;
            cursor.peek();
            let value = cursor.position();
            skip_value(cursor, work.rules.depth_max, &mut work.scratch)?;
            match by_key.get(&key).and_then(|index| places.get_mut(*index)) {
                Some(place) => {
                    place.1 = value;
                    work.count(Code::DuplicateKey, &self.path);
                }
                None => {
                    by_key.insert(key, places.len());
                    places.push((at, value));
                }
            }
            more = cursor.comma_or(b'}')?;
        }
        for (key, value) in places {
            let key = self.key.append_key(&mut cursor.moved(key), work);
            key.map_err(|error| error.in_column(&self.key_name))?;
            let value = self.value.append(&mut cursor.moved(value), work);
            value.map_err(|error| error.in_column(&self.value_name))?;
            self.entries += 1;
        }
        Ok(())
    }

    fn pairs(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        cursor.step();
        let mut more = !cursor.eat(b']');
        while more {
            if cursor.peek() != Some(b'{') {
                return Err(mismatch(cursor, work, data_type));
            }
            let start = cursor.position();
            cursor.step();
            let mut have = [false; 2];
            let mut more_parts = !cursor.eat(b'}');
            while more_parts {
                cursor.peek();
                let at = cursor.position();
                let name = cursor.string(&mut work.scratch)?;
                let is_value = name == b"value";
                if !is_value && name != b"key" {
                    let message = format!("the key {:?} is not part of a map entry", String::from_utf8_lossy(name));
                    return Err(Error::value(Code::ExtraKey, message).at_byte(at as u64).as_it_stands());
                }
                cursor.expect(b':', "':' after the key")?;
                if std::mem::replace(&mut have[usize::from(is_value)], true) {
                    return Err(duplicate_key(if is_value { "value" } else { "key" }, at).as_it_stands());
                }
                let (node, name) =
                    if is_value { (&mut self.value, &self.value_name) } else { (&mut self.key, &self.key_name) };
                node.append(cursor, work).map_err(|error| error.in_column(name))?;
                more_parts = cursor.comma_or(b'}')?;
            }
            if !have[0] {
                return Err(Error::value(Code::Null, "a map entry without key").at_byte(start as u64));
            }
            if !have[1] {
                self.value.append_missing(start).map_err(|error| error.in_column(&self.value_name))?;
            }
            self.entries += 1;
            more = cursor.comma_or(b']')?;
        }
        Ok(())
    }

    pub fn append_nulls(&mut self, count: usize) {
        self.ends.resize(self.ends.len() + count, self.entries);
        self.nulls.append_n_nulls(count);
    }

    pub fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef> {
        let DataType::Map(field, ordered) = data_type else {
            return Err(Error::internal(format!("a map as {data_type}")));
        };
        let DataType::Struct(fields) = field.data_type() else {
            return Err(Error::internal("the entries of a map are not a struct"));
        };
        let rows = std::mem::take(&mut self.entries);
        let columns = vec![self.key.finish()?, self.value.finish()?];
        let entries = StructArray::try_new_with_length(fields.clone(), columns, None, rows)?;
        let ends = std::mem::take(&mut self.ends);
        Ok(Arc::new(MapArray::try_new(field.clone(), offsets(&ends)?, entries, self.nulls.finish(), *ordered)?))
    }
}

/// Keys of one object: searched one by one while they are few.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    text: Vec<u8>,
    ends: Vec<usize>,
    many: HashSet<Box<[u8]>>,
}

impl Seen {
    const FEW: usize = 16;

    /// False if the key was there.
    pub fn insert(&mut self, key: &[u8]) -> bool {
        if self.ends.len() < Self::FEW {
            if self.few().any(|seen| seen == key) {
                return false;
            }
            self.text.extend_from_slice(key);
            self.ends.push(self.text.len());
            return true;
        }
        if self.many.is_empty() {
            self.many = self.few().map(Box::from).collect();
        }
        self.many.insert(key.into())
    }

    fn few(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let key = &self.text[start..end];
            start = end;
            key
        })
    }
}
