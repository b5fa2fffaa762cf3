//! Structs: objects with known keys.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Int32Array, RunArray, StructArray};
use arrow_buffer::{NullBuffer, NullBufferBuilder};
use arrow_schema::{DataType, Fields};
use hashbrown::HashMap;

#[cfg(feature = "json")]
use super::super::ABSENT;
use super::super::cursor::Cursor;
use super::super::is_json_text;
use super::super::members::{self, Member, Members};
use super::super::scan::Key;
use super::super::string::push_string;
use super::super::text::{push_minified, skip_value};
use super::leaf::mismatch;
use super::nested::Seen;
use super::node::{Node, join};
use super::{EXTRA, ExtraKeys, Rest, Work};
use crate::code::Code;
use crate::column::repair::Repair;
use crate::error::{Error, Result};
use crate::policy::Policy;

/// An object with known keys. Fields that are absent are filled with nulls later, many at once.
#[derive(Debug)]
pub(super) struct Struct {
    fields: Fields,
    children: Vec<Child>,
    by_name: HashMap<Box<[u8]>, usize>,
    rows: usize,
    /// How many children must be there.
    required: usize,
    /// The member that came first last time.
    first: usize,
    nulls: NullBufferBuilder,
    path: String,
    /// The member that takes keys that are not in the schema, if there is one.
    extra: Option<Extra>,
}

/// Keys of the current object that are not in the schema.
#[derive(Debug)]
struct Extra {
    /// Index of the member.
    child: usize,
    keys: Seen,
    /// `"key":value` for each.
    entries: Vec<Vec<u8>>,
}

/// The row at hand.
pub(super) struct Row {
    number: usize,
    /// Members so far that must be there.
    required: usize,
}

#[derive(Debug)]
pub(super) struct Child {
    node: Node,
    name: String,
    key: Key,
    /// Whether its key must be there: it has no nulls, or the types were guessed from objects that all have it.
    required: bool,
    /// The member that came behind it last.
    next: usize,
    /// Rows that the child has; one more than the current row means that its key was there already.
    filled: usize,
    /// Where the runs of its rows end, if it has runs: each value is one, and so are the nulls between two.
    runs: Option<Vec<i32>>,
}

impl Struct {
    pub fn new(fields: &Fields, path: &str) -> Result<Self> {
        let mut children = Vec::with_capacity(fields.len());
        let mut by_name = HashMap::with_capacity(fields.len());
        for field in fields {
            let name = field.name().clone();
            if by_name.insert(name.as_bytes().into(), children.len()).is_some() {
                return Err(Error::schema(format!("two fields are named {name:?}; keys of a JSON object are unique")));
            }
            let key = Key::new(name.as_bytes());
            let node = Node::new(field, &join(path, &name)).map_err(|error| error.in_column(&name))?;
            let (required, next) = (!field.is_nullable(), children.len() + 1);
            children.push(Child { node, name, key, required, next, filled: 0, runs: None });
        }
        let required = children.iter().filter(|child| child.required).count();
        let extra = fields.iter().position(|field| field.name() == EXTRA && is_json_text(field));
        Ok(Struct {
            fields: fields.clone(),
            children,
            by_name,
            rows: 0,
            required,
            first: 0,
            nulls: NullBufferBuilder::new(0),
            path: path.to_owned(),
            extra: extra.map(|child| Extra { child, keys: Seen::default(), entries: Vec::new() }),
        })
    }

    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        if cursor.peek() != Some(b'{') {
            return Err(mismatch(cursor, work, data_type));
        }
        let start = cursor.position();
        let required = if work.policy(Code::DuplicateKey) == Some(Policy::Last) {
            self.last_members(cursor, work)?
        } else {
            self.read_members(cursor, work)?
        };
        if self.extra.as_ref().is_some_and(|extra| !extra.entries.is_empty()) {
            self.close_extra(start)?;
        }
        if required < self.required {
            self.check_required(self.rows, start)?;
        }
        self.rows += 1;
        self.nulls.append_non_null();
        Ok(())
    }

    /// Reads the members. Returns how many of them are such that must be there.
    fn read_members(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<usize> {
        cursor.step();
        let mut row = Row { number: self.rows, required: 0 };
        members::read(self, true, &mut row, cursor, work)?;
        Ok(row.required)
    }

    /// The members of an object of which the last value of each key counts: first where it stands is found, then it is
    /// read. So text inside `n` objects is looked at `n` times.
    fn last_members(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<usize> {
        cursor.step();
        let mut places = vec![None; self.children.len()];
        let mut more = !cursor.eat(b'}');
        while more {
            cursor.peek();
            let at = cursor.position();
            match self.find(cursor, work)? {
                Some(index) => {
                    cursor.peek();
                    let value = cursor.position();
                    skip_value(cursor, work.rules.depth_max, &mut work.scratch)?;
                    if places[index].replace(value).is_some() {
                        work.count(Code::DuplicateKey, &join(&self.path, &self.children[index].name));
                    }
                }
                None => self.extra_key(cursor, work, at)?,
            }
            more = cursor.comma_or(b'}')?;
        }
        let mut required = 0;
        for (child, place) in self.children.iter_mut().zip(places) {
            if let Some(at) = place {
                child.append(&mut cursor.moved(at), work, self.rows)?;
                required += usize::from(child.required);
            }
        }
        Ok(required)
    }

    /// Appends an array of the members, all and in order.
    #[cfg(feature = "json")]
    pub fn append_elements(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, data_type: &DataType) -> Result<()> {
        if cursor.peek() != Some(b'[') {
            return Err(mismatch(cursor, work, data_type));
        }
        let start = cursor.position();
        cursor.step();
        let mut count = 0;
        let mut more = !cursor.eat(b']');
        while more {
            match self.children.get_mut(count) {
                Some(child) => child.append(cursor, work, self.rows)?,
                None => {
                    skip_value(cursor, work.rules.depth_max, &mut work.scratch)?;
                }
            }
            count += 1;
            more = cursor.comma_or(b']')?;
        }
        if count != self.children.len() {
            let message = format!("an array of {count} elements, but there are {} columns", self.children.len());
            return Err(Error::value(Code::Length, message).at_byte(start as u64).as_it_stands());
        }
        self.rows += 1;
        self.nulls.append_non_null();
        Ok(())
    }

    fn check_required(&self, row: usize, at: usize) -> Result<()> {
        for child in &self.children {
            if child.required && child.filled <= row {
                return Err(Error::value(Code::Null, "the key is missing and the column has no nulls")
                    .at_byte(at as u64)
                    .in_column(&child.name)
                    .with_hint("--reader-schema FILE in place of --schema takes defaults for what is missing"));
            }
        }
        Ok(())
    }

    /// See [`Node::insist`].
    #[cfg(feature = "json")]
    pub fn insist(&mut self) {
        for (child, field) in self.children.iter_mut().zip(&self.fields) {
            child.required |= !field.metadata().contains_key(ABSENT);
            child.node.insist();
        }
        self.required = self.children.iter().filter(|child| child.required).count();
    }

    /// Makes room for what is to come.
    pub fn expect(&mut self, rest: Rest) {
        let rows = self.rows;
        for child in self.children.iter_mut().filter(|child| child.runs.is_none()) {
            // Rows that are to be null need room, too.
            child.reach(rows);
            child.node.expect(rest);
        }
    }

    /// Members for which `sparse` holds become columns of runs from here on, if their types allow it. No row is there yet.
    #[cfg(feature = "json")]
    pub fn keep_runs(&mut self, sparse: impl Fn(usize) -> bool) {
        for (index, (child, field)) in self.children.iter_mut().zip(&self.fields).enumerate() {
            child.runs = (field.is_nullable() && has_runs(field.data_type()) && sparse(index)).then(Vec::new);
        }
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
            // More than there are rows if an object was given up half-way.
            child.reach(rows);
            child.filled = 0;
            columns.push(child.finish().map_err(|error| error.in_column(&child.name))?);
        }
        Ok((columns, self.nulls.finish(), rows))
    }

    pub fn finish(&mut self) -> Result<ArrayRef> {
        let (columns, nulls, rows) = self.take()?;
        Ok(Arc::new(StructArray::try_new_with_length(self.fields.clone(), columns, nulls, rows)?))
    }
}

impl Child {
    /// Appends the value at the cursor for `row`.
    #[inline]
    fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, row: usize) -> Result<()> {
        self.reach(row);
        self.node.append(cursor, work).map_err(|error| error.in_column(&self.name))?;
        self.close_row(row);
        Ok(())
    }

    /// Appends nulls up to `row`, if there are fewer rows.
    #[inline]
    fn reach(&mut self, row: usize) {
        if self.filled < row {
            match &mut self.runs {
                None => self.node.append_nulls(row - self.filled),
                Some(ends) => {
                    self.node.append_nulls(1);
                    ends.push(row as i32);
                }
            }
            self.filled = row;
        }
    }

    /// A value was appended for `row`.
    #[inline]
    fn close_row(&mut self, row: usize) {
        self.filled = row + 1;
        if let Some(ends) = &mut self.runs {
            ends.push(self.filled as i32);
        }
    }

    /// The column of what was appended since the last call.
    fn finish(&mut self) -> Result<ArrayRef> {
        let column = self.node.finish()?;
        match &mut self.runs {
            Some(ends) if !ends.is_empty() => {
                let ends = Int32Array::from(std::mem::take(ends));
                Ok(Arc::new(RunArray::<Int32Type>::try_new(&ends, &column)?))
            }
            _ => Ok(column),
        }
    }
}

impl Member for Child {
    type Object = Row;

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
    fn is_there(&self, row: &Row) -> bool {
        self.filled > row.number
    }

    #[inline]
    fn read_plain(&mut self, row: &mut Row, text: &[u8], at: usize, strings: bool) -> Option<usize> {
        self.reach(row.number);
        let end = self.node.append_plain(text, at, strings)?;
        self.close_row(row.number);
        row.required += usize::from(self.required);
        Some(end)
    }
}

impl Members for Struct {
    type Member = Child;
    type Work = Work;

    #[inline]
    fn members(&mut self) -> &mut [Child] {
        &mut self.children
    }

    #[inline]
    fn first(&mut self) -> &mut usize {
        &mut self.first
    }

    #[inline]
    fn takes_as_is(work: &Work, cursor: &Cursor<'_>) -> bool {
        work.takes_as_is(cursor)
    }

    fn find(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<Option<usize>> {
        if cursor.peek() != Some(b'"') {
            return Err(cursor.unexpected("a key in double quotes"));
        }
        let before = cursor.repaired();
        let index = self.by_name.get(cursor.string(&mut work.scratch)?).copied();
        if cursor.repaired() != before {
            if cursor.leniency().repair == Some(Repair::Keep) {
                return Err(Error::value(Code::Utf8, "the key is not valid UTF-8").at_byte(cursor.position() as u64));
            }
            work.count(Code::Utf8, &self.path);
        }
        cursor.expect(b':', "':' after the key")?;
        Ok(index)
    }

    fn read(
        &mut self,
        member: Option<usize>,
        row: &mut Row,
        at: usize,
        cursor: &mut Cursor<'_>,
        work: &mut Work,
    ) -> Result<()> {
        let Some(child) = member.and_then(|index| self.children.get_mut(index)) else {
            return self.extra_key(cursor, work, at);
        };
        if !child.is_there(row) {
            child.append(cursor, work, row.number)?;
            row.required += usize::from(child.required);
            return Ok(());
        }
        if work.policy(Code::DuplicateKey) != Some(Policy::First) {
            return Err(duplicate_key(&child.name, at));
        }
        skip_value(cursor, work.rules.depth_max, &mut work.scratch)?;
        work.count(Code::DuplicateKey, &join(&self.path, &child.name));
        Ok(())
    }
}

/// Whether columns of a type may be columns of runs: numbers, times, text and bytes.
#[cfg(feature = "json")]
fn has_runs(data_type: &DataType) -> bool {
    use DataType as T;
    match data_type {
        T::Interval(_) => false,
        T::Boolean | T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Binary | T::LargeBinary | T::BinaryView => true,
        other => other.is_primitive(),
    }
}

/// The error for a key that stands twice.
#[cold]
pub(crate) fn duplicate_key(name: &str, at: usize) -> Error {
    Error::value(Code::DuplicateKey, format!("the key {name:?} stands twice in one object")).at_byte(at as u64)
}

impl Struct {
    /// The key at `at` is not in the schema; the cursor stands behind its colon.
    #[cold]
    fn extra_key(&mut self, cursor: &mut Cursor<'_>, work: &mut Work, at: usize) -> Result<()> {
        let mut key = cursor.moved(at);
        let name = key.string(&mut work.scratch)?.to_vec();
        let shown = String::from_utf8_lossy(&name).into_owned();
        if let (ExtraKeys::Column, Some(extra)) = (work.rules.extra_keys, &mut self.extra) {
            let mut entry = Vec::new();
            push_string(&mut entry, &name);
            let key_len = entry.len();
            entry.push(b':');
            push_minified(cursor, work.rules.depth_max, &mut work.scratch, &mut entry)?;
            if extra.keys.insert(&name) {
                extra.entries.push(entry);
                return Ok(());
            }
            match work.policy(Code::DuplicateKey) {
                Some(Policy::First) => {}
                Some(Policy::Last) => {
                    let same = extra.entries.iter_mut().find(|other| {
                        other.get(..key_len) == entry.get(..key_len) && other.get(key_len) == Some(&b':')
                    });
                    if let Some(same) = same {
                        *same = entry;
                    }
                }
                _ => return Err(duplicate_key(&shown, at)),
            }
            work.count(Code::DuplicateKey, &join(&self.path, EXTRA));
            return Ok(());
        }
        if work.rules.extra_keys == ExtraKeys::Ignore || work.policy(Code::ExtraKey) == Some(Policy::Ignore) {
            skip_value(cursor, work.rules.depth_max, &mut work.scratch)?;
            work.count(Code::ExtraKey, &join(&self.path, &shown));
            return Ok(());
        }
        Err(Error::value(Code::ExtraKey, format!("the key {shown:?} is not in the schema"))
            .at_byte(at as u64)
            .with_hint("add it to the schema, or keep such keys with --extra-keys=column"))
    }

    /// Puts the keys that are not in the schema into their member.
    fn close_extra(&mut self, at: usize) -> Result<()> {
        let row = self.rows;
        let Some(extra) = &mut self.extra else { return Ok(()) };
        let Some(child) = self.children.get_mut(extra.child) else { return Ok(()) };
        if child.filled > row {
            return Err(duplicate_key(EXTRA, at));
        }
        child.reach(row);
        let mut object = vec![b'{'];
        object.extend_from_slice(&extra.entries.join(&b','));
        object.push(b'}');
        child.node.append_json(&object)?;
        child.close_row(row);
        extra.entries.clear();
        extra.keys = Seen::default();
        Ok(())
    }
}
