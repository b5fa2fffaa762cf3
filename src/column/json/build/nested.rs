//! Lists, structs and maps.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, FixedSizeListArray, GenericListArray, GenericListViewArray, MapArray, OffsetSizeTrait, StructArray,
};
use arrow_buffer::{NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, FieldRef, Fields};
use hashbrown::{HashMap, HashSet};

use super::super::cursor::Cursor;
use super::super::string::push_string;
use super::super::text::skip_value;
use super::leaf::mismatch;
use super::node::Node;
use super::text::offsets;
use super::{ExtraKeys, Work};
use crate::code::Code;
use crate::error::{Error, Result};

/// A list of any length.
#[derive(Debug)]
pub(super) struct List {
    item: Box<Node>,
    items: usize,
    ends: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl List {
    pub fn new(item: &FieldRef) -> Result<Self> {
        let item = Box::new(Node::new(item)?);
        Ok(List { item, items: 0, ends: Vec::new(), nulls: NullBufferBuilder::new(0) })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        self.items += elements(&mut self.item, cursor, work, data_type)?;
        self.ends.push(self.items);
        self.nulls.append_non_null();
        Ok(())
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
    let mut count = 0;
    let mut more = !cursor.eat(b']');
    while more {
        item.append(cursor, work).map_err(|error| error.in_column("[]"))?;
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
    pub fn new(item: &FieldRef, size: i32) -> Result<Self> {
        let size = usize::try_from(size).map_err(|_| Error::schema("a list of negative length"))?;
        Ok(FixedList { item: Box::new(Node::new(item)?), size, rows: 0, nulls: NullBufferBuilder::new(0) })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        let at = cursor.position();
        let count = elements(&mut self.item, cursor, work, data_type)?;
        if count != self.size {
            let message = format!("a list of {count} elements, expected {}", self.size);
            return Err(Error::value(Code::Length, message).at_byte(at as u64));
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

/// An object with known keys. Fields that are absent are filled with nulls later, many at once.
#[derive(Debug)]
pub(super) struct Struct {
    fields: Fields,
    children: Vec<Child>,
    by_name: HashMap<Box<[u8]>, usize>,
    rows: usize,
    required: bool,
    nulls: NullBufferBuilder,
}

#[derive(Debug)]
struct Child {
    node: Node,
    name: String,
    /// `"name":` as most writers write it.
    blob: Vec<u8>,
    /// Rows that the child has; one more than the current row means that its key was there already.
    filled: usize,
}

impl Struct {
    pub fn new(fields: &Fields) -> Result<Self> {
        let mut children = Vec::with_capacity(fields.len());
        let mut by_name = HashMap::with_capacity(fields.len());
        for field in fields {
            let name = field.name().clone();
            if by_name.insert(name.as_bytes().into(), children.len()).is_some() {
                return Err(Error::schema(format!("two fields are named {name:?}; keys of a JSON object are unique")));
            }
            let mut blob = Vec::new();
            push_string(&mut blob, name.as_bytes());
            blob.push(b':');
            let node = Node::new(field).map_err(|error| error.in_column(&name))?;
            children.push(Child { node, name, blob, filled: 0 });
        }
        let required = fields.iter().any(|field| !field.is_nullable());
        let nulls = NullBufferBuilder::new(0);
        Ok(Struct { fields: fields.clone(), children, by_name, rows: 0, required, nulls })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        if cursor.peek() != Some(b'{') {
            return Err(mismatch(cursor, work, data_type));
        }
        let start = cursor.position();
        cursor.step();
        let row = self.rows;
        let mut next = 0;
        let mut more = !cursor.eat(b'}');
        while more {
            cursor.peek();
            let at = cursor.position();
            let predicted = match self.children.get(next) {
                Some(child) => cursor.eat_bytes(&child.blob),
                None => false,
            };
            let index = if predicted { Some(next) } else { self.find(cursor, work)? };
            match index.and_then(|index| self.children.get_mut(index)) {
                Some(child) => {
                    if child.filled > row {
                        return Err(duplicate_key(&child.name, at));
                    }
                    if child.filled < row {
                        child.node.append_nulls(row - child.filled);
                    }
                    child.node.append(cursor, work).map_err(|error| error.in_column(&child.name))?;
                    child.filled = row + 1;
                }
                None => extra_key(cursor, work, at)?,
            }
            next = index.map_or(next, |index| index + 1);
            more = cursor.comma_or(b'}')?;
        }
        if self.required {
            self.check_required(row, start)?;
        }
        self.rows += 1;
        self.nulls.append_non_null();
        Ok(())
    }

    /// Reads a key and the colon; which field it names.
    fn find(&self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<Option<usize>> {
        if cursor.peek() != Some(b'"') {
            return Err(cursor.unexpected("a key in double quotes"));
        }
        let index = self.by_name.get(cursor.string(&mut work.scratch)?).copied();
        cursor.expect(b':', "':' after the key")?;
        Ok(index)
    }

    fn check_required(&self, row: usize, at: usize) -> Result<()> {
        for (child, field) in self.children.iter().zip(&self.fields) {
            if !field.is_nullable() && child.filled <= row {
                return Err(Error::value(Code::Null, "the key is missing and the column has no nulls")
                    .at_byte(at as u64)
                    .in_column(&child.name));
            }
        }
        Ok(())
    }

    pub fn append_nulls(&mut self, count: usize) {
        self.rows += count;
        self.nulls.append_n_nulls(count);
    }

    /// The columns, the nulls, the number of rows.
    pub fn take(&mut self) -> Result<(Vec<ArrayRef>, Option<NullBuffer>, usize)> {
        let rows = std::mem::take(&mut self.rows);
        let mut columns = Vec::with_capacity(self.children.len());
        for child in &mut self.children {
            let missing = rows - std::mem::take(&mut child.filled);
            if missing > 0 {
                child.node.append_nulls(missing);
            }
            columns.push(child.node.finish().map_err(|error| error.in_column(&child.name))?);
        }
        Ok((columns, self.nulls.finish(), rows))
    }

    pub fn finish(&mut self) -> Result<ArrayRef> {
        let (columns, nulls, rows) = self.take()?;
        Ok(Arc::new(StructArray::try_new_with_length(self.fields.clone(), columns, nulls, rows)?))
    }
}

#[cold]
fn duplicate_key(name: &str, at: usize) -> Error {
    Error::value(Code::DuplicateKey, format!("the key {name:?} stands twice in one object")).at_byte(at as u64)
}

/// The key at `at` is not in the schema; the cursor stands behind its colon.
#[cold]
fn extra_key(cursor: &mut Cursor<'_>, work: &mut Work, at: usize) -> Result<()> {
    let mut key = cursor.moved(at);
    let name = String::from_utf8_lossy(key.string(&mut work.scratch)?).into_owned();
    match work.rules.extra_keys {
        ExtraKeys::Error => Err(Error::value(Code::ExtraKey, format!("the key {name:?} is not in the schema"))
            .at_byte(at as u64)
            .with_hint("add the column to the schema, or ignore such keys with extra-keys=ignore")),
        ExtraKeys::Ignore => {
            skip_value(cursor, work.rules.depth_max, &mut work.scratch)?;
            *work.ignored.entry(name).or_default() += 1;
            Ok(())
        }
    }
}

/// An object with any keys, or an array of objects of `key` and `value`.
#[derive(Debug)]
pub(super) struct Map {
    key: Box<Node>,
    value: Box<Node>,
    key_name: String,
    value_name: String,
    entries: usize,
    ends: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl Map {
    pub fn new(entries: &FieldRef) -> Result<Self> {
        let DataType::Struct(fields) = entries.data_type() else {
            return Err(Error::schema("the entries of a map are not a struct"));
        };
        let [key, value] = fields.as_ref() else {
            return Err(Error::schema("the entries of a map are not pairs"));
        };
        Ok(Map {
            key: Box::new(Node::new(key)?),
            value: Box::new(Node::new(value)?),
            key_name: key.name().clone(),
            value_name: value.name().clone(),
            entries: 0,
            ends: Vec::new(),
            nulls: NullBufferBuilder::new(0),
        })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        match cursor.peek() {
            Some(b'{') => self.object(cursor, work)?,
            Some(b'[') => self.pairs(cursor, work, data_type)?,
            _ => return Err(mismatch(cursor, work, data_type)),
        }
        self.ends.push(self.entries);
        self.nulls.append_non_null();
        Ok(())
    }

    fn object(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
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
                return Err(duplicate_key(&String::from_utf8_lossy(text), at));
            }
            self.key.append_key(cursor, work).map_err(|error| error.in_column(&self.key_name))?;
            cursor.expect(b':', "':' after the key")?;
            self.value.append(cursor, work).map_err(|error| error.in_column(&self.value_name))?;
            self.entries += 1;
            more = cursor.comma_or(b'}')?;
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
                    return Err(Error::value(Code::ExtraKey, message).at_byte(at as u64));
                }
                cursor.expect(b':', "':' after the key")?;
                if std::mem::replace(&mut have[usize::from(is_value)], true) {
                    return Err(duplicate_key(if is_value { "value" } else { "key" }, at));
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
