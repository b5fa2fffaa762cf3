//! The canonical bytes of a value: two values are equal in the record model exactly if their bytes are.
//!
//! A value is what a text of it says, whatever holds it: `5` is one number as `int8`, `int64`, `decimal(10, 2)` or
//! `float64`; `0.1` is one number as `float32` and `float64` (each prints it so, and reads it back so); an instant is
//! one instant in any unit and zone; a string is one string in any layout. So equal records have equal bytes after
//! every conversion that changes no value, and a value that changes changes the bytes.
//!
//! | value | bytes |
//! |---|---|
//! | null | `00` |
//! | false, true | `01`, `02` |
//! | integer within 64 bits | `03`, 8 bytes, little-endian |
//! | any other number | `04`, sign (0, 1), exponent (8 bytes), count of digits (8 bytes), decimal digits without zeros at either end; −0 has none |
//! | text | `05`, length (8 bytes), UTF-8 |
//! | list | `06`, count (8 bytes), values |
//! | record, map | `07`, count (8 bytes), then name (length, UTF-8) and value, sorted by name |
//! | branch of a union whose value does not tell the branch | `08`, name (length, UTF-8), value |
//! | what is no value of its type | `09`, length, bytes |
//!
//! Text are strings; binary in base64; UUIDs; dates, times, timestamps (an instant in UTC, with `Z`; local time
//! without), durations and intervals as ISO 8601, fractions of 3, 6 or 9 digits; and `NaN`, `Infinity`, `-Infinity`.
//! Keys of maps are text; a map with keys that are no JSON keys (floats, binary, nested) is a list of entries `key`,
//! `value`. JSON text (`arrow.json`) is the value that it spells, text of decimals that no decimal type holds
//! (`fmtconv.logical`) is the number. Names are sorted because no format promises an
//! order of fields or map entries to its readers; duplicates keep theirs.
//!
//! Not part of a value: widths and layouts of types, units and zones, dictionaries, names of list items, nullability,
//! metadata.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, FixedSizeListArray, MapArray, RecordBatch, UnionArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, FieldRef, Fields, SchemaRef};

use super::scalar::Scalar;
use crate::code::Code;
use crate::column::json::{Cursor, is_json_text};
use crate::error::{Error, Result};

pub(super) const NULL: u8 = 0;
pub(super) const FALSE: u8 = 1;
pub(super) const TRUE: u8 = 2;
pub(super) const INTEGER: u8 = 3;
pub(super) const NUMBER: u8 = 4;
pub(super) const TEXT: u8 = 5;
pub(super) const LIST: u8 = 6;
pub(super) const OBJECT: u8 = 7;
pub(super) const BRANCH: u8 = 8;
pub(super) const INVALID: u8 = 9;

/// Levels of JSON text at most.
const JSON_DEPTH_MAX: usize = 1024;

/// What does not count when records are compared, beyond what the model leaves out anyway: the losses known from
/// schemas that a conversion had to accept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relaxed {
    /// Column path (`order.items[].price`) and the losses there.
    columns: BTreeMap<String, Vec<Code>>,
    /// Fields are matched by position, since names were changed.
    by_position: bool,
    /// NaNs are equal whatever their payloads.
    any_nan: bool,
    /// Columns in which text of decimals is text.
    text: BTreeSet<String>,
}

impl Relaxed {
    /// Leaves the payloads of NaNs out of the comparison: no text has them.
    pub fn allow_any_nan(&mut self) {
        self.any_nan = true;
    }

    /// Text of decimals in columns of `fields` is compared as text: a format may keep it without keeping what it means.
    pub(super) fn keep_text(&mut self, fields: &Fields, parent: &str) {
        for field in fields {
            let path = format!("{parent}{}", field.name());
            self.keep_text_of(field, path);
        }
    }

    fn keep_text_of(&mut self, field: &Field, path: String) {
        match field.data_type() {
            DataType::Struct(fields) => self.keep_text(fields, &format!("{path}.")),
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _) => self.keep_text_of(item, format!("{path}[]")),
            DataType::Map(entries, _) => {
                if let DataType::Struct(fields) = entries.data_type() {
                    self.keep_text(fields, &format!("{path}."));
                }
            }
            DataType::Union(fields, _) => {
                for (_, field) in fields.iter() {
                    self.keep_text_of(field, format!("{path}.{}", field.name()));
                }
            }
            _ if is_decimal_text(field) => {
                self.text.insert(path);
            }
            _ => {}
        }
    }

    /// Whether columns are matched by position.
    pub(super) fn by_position(&self) -> bool {
        self.by_position
    }

    /// Leaves out of the comparison what `code` loses in the column at `path`. False if the model cannot: the column
    /// cannot be compared.
    pub fn allow(&mut self, code: Code, path: &str) -> bool {
        match code {
            Code::NullList | Code::NullStruct | Code::Presence | Code::UnionTag | Code::Naive => {
                self.columns.entry(path.to_owned()).or_default().push(code);
                true
            }
            Code::Name => {
                self.by_position = true;
                true
            }
            // Not part of a value, or not visible in one.
            Code::Zone | Code::Type | Code::Meta | Code::Missing | Code::MapOrder | Code::EnumSet => true,
            _ => false,
        }
    }

    fn of(&self, path: &str) -> Rules {
        let codes = self.columns.get(path).map(Vec::as_slice).unwrap_or_default();
        Rules {
            null_list: codes.contains(&Code::NullList),
            null_struct: codes.contains(&Code::NullStruct),
            presence: codes.contains(&Code::Presence),
            untagged: codes.contains(&Code::UnionTag),
            naive: codes.contains(&Code::Naive),
        }
    }
}

/// What is relaxed for one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Rules {
    null_list: bool,
    null_struct: bool,
    presence: bool,
    untagged: bool,
    naive: bool,
}

/// The columns of a schema in canonical order, with their names.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// Index of the column and its name, sorted by name.
    pub order: Vec<(usize, String)>,
}

impl Columns {
    /// Of all columns of `schema` but those at `without`.
    pub fn new(schema: &SchemaRef, relaxed: &Relaxed, without: &[usize]) -> Self {
        let order = sorted(schema.fields(), relaxed.by_position);
        Columns { order: order.into_iter().filter(|(index, _)| !without.contains(index)).collect() }
    }

    /// The names as bytes: what a record begins with.
    pub fn names(&self) -> Vec<u8> {
        let mut out = Vec::new();
        push_len(&mut out, self.order.len());
        for (_, name) in &self.order {
            push_name(&mut out, name.as_bytes());
        }
        out
    }
}

/// The fields in canonical order, and what they are called.
fn sorted(fields: &Fields, by_position: bool) -> Vec<(usize, String)> {
    let named = fields.iter().enumerate();
    if by_position {
        return named.map(|(index, _)| (index, format!("{index}"))).collect();
    }
    let mut order: Vec<_> = named.map(|(index, field)| (index, field.name().clone())).collect();
    order.sort_by(|(_, a), (_, b)| a.as_bytes().cmp(b.as_bytes()));
    order
}

/// Writes the rows of a batch, one after the other. Cost: once per batch for the tree, then a match for each value.
pub(super) struct RecordBytes<'a> {
    columns: Vec<Bytes<'a>>,
}

impl<'a> RecordBytes<'a> {
    /// For the rows of `records`.
    ///
    /// # Errors
    /// `Unsupported` for a type without a text form.
    pub fn new(records: &'a RecordBatch, columns: &Columns, relaxed: &Relaxed) -> Result<Self> {
        let schema = records.schema_ref();
        let columns = columns.order.iter().map(|(index, _)| {
            let field = schema.field(*index);
            let bytes = Bytes::new(field, records.column(*index), field.name(), relaxed);
            bytes.map_err(|error| error.in_column(field.name()))
        });
        Ok(RecordBytes { columns: columns.collect::<Result<_>>()? })
    }

    /// Appends the values of a row, in canonical order.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>, row: usize) -> Result<()> {
        self.columns.iter().try_for_each(|column| column.push(out, row))
    }
}

/// Writes the values of one array.
struct Bytes<'a> {
    nulls: Option<NullBuffer>,
    rules: Rules,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Null,
    Scalar(Scalar<'a>),
    Json(Scalar<'a>),
    Decimal(Scalar<'a>),
    List(Extents<'a>, Box<Bytes<'a>>),
    Struct(Vec<(String, Bytes<'a>)>),
    Map {
        array: &'a MapArray,
        keys: Keys<'a>,
        values: Box<Bytes<'a>>,
    },
    Union {
        array: &'a UnionArray,
        branches: Vec<(i8, Branch<'a>)>,
    },
    /// Row → row of the values.
    Indirect(Vec<usize>, Box<Bytes<'a>>),
}

enum Keys<'a> {
    /// Text: the members of an object.
    Text(Scalar<'a>, Option<NullBuffer>),
    /// Entries of a list.
    Any(Box<Bytes<'a>>),
}

struct Branch<'a> {
    name: &'a str,
    tag: Tag,
    bytes: Bytes<'a>,
}

/// When the branch of a union is part of the value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Never,
    Always,
    /// For text: a float beside strings, whose `NaN` is none.
    Text,
}

/// Where the elements of a row are.
enum Extents<'a> {
    Small(&'a [i32]),
    Large(&'a [i64]),
    SmallView(&'a [i32], &'a [i32]),
    LargeView(&'a [i64], &'a [i64]),
    Fixed(&'a FixedSizeListArray),
}

impl Extents<'_> {
    /// Offsets of an Arrow array are not negative.
    fn get(&self, row: usize) -> std::ops::Range<usize> {
        match self {
            Extents::Small(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Extents::Large(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Extents::SmallView(offsets, sizes) => {
                let start = offsets[row] as usize;
                start..start + sizes[row] as usize
            }
            Extents::LargeView(offsets, sizes) => {
                let start = offsets[row] as usize;
                start..start + sizes[row] as usize
            }
            Extents::Fixed(array) => {
                let start = array.value_offset_at(row);
                start..start + array.value_length() as usize
            }
        }
    }
}

impl<'a> Bytes<'a> {
    fn new(field: &'a Field, array: &'a dyn Array, path: &str, relaxed: &Relaxed) -> Result<Self> {
        let rules = relaxed.of(path);
        let kind = Self::kind(field, array, path, relaxed, rules)?;
        let nulls = match kind {
            // The values know.
            Kind::Indirect(..) | Kind::Union { .. } => array.nulls().cloned(),
            _ => array.logical_nulls(),
        };
        Ok(Bytes { nulls: nulls.filter(|nulls| nulls.null_count() > 0), rules, kind })
    }

    fn kind(field: &'a Field, array: &'a dyn Array, path: &str, relaxed: &Relaxed, rules: Rules) -> Result<Kind<'a>> {
        if let Some(scalar) = Scalar::new(field, array, rules.naive, !relaxed.any_nan) {
            return Ok(match scalar.is_text() {
                true if is_json_text(field) => Kind::Json(scalar),
                true if is_decimal_text(field) && !relaxed.text.contains(path) => Kind::Decimal(scalar),
                _ => Kind::Scalar(scalar),
            });
        }
        let items = |item: &'a FieldRef, values: &'a ArrayRef| {
            let bytes = Bytes::new(item, values, &format!("{path}[]"), relaxed);
            bytes.map(Box::new).map_err(|error| error.in_column("[]"))
        };
        Ok(match array.data_type() {
            DataType::Null => Kind::Null,
            DataType::List(item) => {
                let list = array.as_list::<i32>();
                Kind::List(Extents::Small(list.value_offsets()), items(item, list.values())?)
            }
            DataType::LargeList(item) => {
                let list = array.as_list::<i64>();
                Kind::List(Extents::Large(list.value_offsets()), items(item, list.values())?)
            }
            DataType::ListView(item) => {
                let list = array.as_list_view::<i32>();
                Kind::List(Extents::SmallView(list.value_offsets(), list.value_sizes()), items(item, list.values())?)
            }
            DataType::LargeListView(item) => {
                let list = array.as_list_view::<i64>();
                Kind::List(Extents::LargeView(list.value_offsets(), list.value_sizes()), items(item, list.values())?)
            }
            DataType::FixedSizeList(item, _) => {
                let list = array.as_fixed_size_list();
                Kind::List(Extents::Fixed(list), items(item, list.values())?)
            }
            DataType::Struct(fields) => {
                let columns = array.as_struct().columns();
                let members = sorted(fields, relaxed.by_position).into_iter().map(|(index, name)| {
                    let field = &fields[index];
                    let path = format!("{path}.{}", field.name());
                    let bytes = Bytes::new(field, &columns[index], &path, relaxed);
                    Ok((name, bytes.map_err(|error| error.in_column(field.name()))?))
                });
                Kind::Struct(members.collect::<Result<_>>()?)
            }
            DataType::Map(entries, _) => {
                let DataType::Struct(pair) = entries.data_type() else { return Err(bad_type(array)) };
                let [key, value] = pair.as_ref() else { return Err(bad_type(array)) };
                let map = array.as_map();
                let values = Bytes::new(value, map.values(), &format!("{path}.{}", value.name()), relaxed)?;
                let keys: &'a dyn Array = map.keys();
                let keys = match Scalar::new(key, keys, false, true) {
                    Some(scalar) if scalar.is_key() => Keys::Text(scalar, keys.logical_nulls()),
                    _ => Keys::Any(Box::new(Bytes::new(key, keys, &format!("{path}.{}", key.name()), relaxed)?)),
                };
                Kind::Map { array: map, keys, values: Box::new(values) }
            }
            DataType::Union(fields, _) => {
                let union = array.as_union();
                let tags = match rules.untagged {
                    true => vec![Tag::Never; fields.len()],
                    false => tags(&fields.iter().map(|(_, field)| field.as_ref()).collect::<Vec<_>>()),
                };
                let branches = fields.iter().zip(tags).map(|((id, field), tag)| {
                    let bytes = Bytes::new(field, union.child(id), &format!("{path}.{}", field.name()), relaxed);
                    let bytes = bytes.map_err(|error| error.in_column(field.name()))?;
                    Ok((id, Branch { name: field.name(), tag, bytes }))
                });
                Kind::Union { array: union, branches: branches.collect::<Result<_>>()? }
            }
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                let values = dictionary.values();
                let rows = if values.is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
                Kind::Indirect(rows, Box::new(Bytes::new(field, values, path, relaxed)?))
            }
            DataType::RunEndEncoded(ends, _) => {
                macro_rules! runs {
                    ($type:ty) => {{
                        let runs = array.as_run_opt::<$type>().ok_or_else(|| bad_type(array))?;
                        let rows = (0..runs.len()).map(|row| runs.get_physical_index(row)).collect();
                        Kind::Indirect(rows, Box::new(Bytes::new(field, runs.values(), path, relaxed)?))
                    }};
                }
                match ends.data_type() {
                    DataType::Int16 => runs!(Int16Type),
                    DataType::Int32 => runs!(Int32Type),
                    _ => runs!(Int64Type),
                }
            }
            _ => return Err(bad_type(array)),
        })
    }

    fn push(&self, out: &mut Vec<u8>, row: usize) -> Result<()> {
        let start = out.len();
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            match self.kind {
                Kind::List(..) | Kind::Map { keys: Keys::Any(_), .. } if self.rules.null_list => {
                    push_head(out, LIST, 0)
                }
                Kind::Map { .. } if self.rules.null_list => push_head(out, OBJECT, 0),
                _ => out.push(NULL),
            }
            return Ok(());
        }
        match &self.kind {
            Kind::Null => out.push(NULL),
            Kind::Scalar(scalar) => scalar.push(out, row),
            Kind::Json(scalar) => push_json(out, scalar.text(row)),
            Kind::Decimal(scalar) => match decimal_token(scalar.text(row)) {
                Some(token) => push_number(out, token),
                None => scalar.push(out, row),
            },
            Kind::List(extents, items) => {
                let extent = extents.get(row);
                push_head(out, LIST, extent.len());
                for item in extent {
                    items.push(out, item)?;
                }
            }
            Kind::Struct(members) => {
                push_head(out, OBJECT, members.len());
                let mut present = members.is_empty();
                for (name, bytes) in members {
                    push_name(out, name.as_bytes());
                    let value = out.len();
                    bytes.push(out, row)?;
                    present |= out[value] != NULL;
                }
                if self.rules.null_struct && !present {
                    out.truncate(start);
                    out.push(NULL);
                }
            }
            Kind::Map { array, keys, values } => push_map(array, keys, values, out, row)?,
            Kind::Union { array, branches } => push_union(array, branches, out, row)?,
            Kind::Indirect(rows, values) => match rows.get(row) {
                Some(row) => values.push(out, *row)?,
                None => return Err(Error::internal("a row beyond the column")),
            },
        }
        if self.rules.presence && is_default(&out[start..]) {
            out.truncate(start);
            out.push(NULL);
        }
        Ok(())
    }
}

fn bad_type(array: &dyn Array) -> Error {
    Error::unsupported(format!("values of type {} cannot be compared", array.data_type()))
}

/// Whether the text of a column is that of decimals, which no decimal type of Arrow holds.
fn is_decimal_text(field: &Field) -> bool {
    let logical = field.metadata().get("fmtconv.logical");
    logical.is_some_and(|logical| logical == "big-decimal" || logical == "decimal" || logical.starts_with("decimal("))
}

/// The text, if it is a number as JSON writes it.
fn decimal_token(text: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(text);
    let token = cursor.number().ok()?;
    (token.len() == text.len()).then_some(token)
}

/// Zero, false, or nothing in it.
fn is_default(value: &[u8]) -> bool {
    match value {
        [FALSE] => true,
        [INTEGER | TEXT | LIST | OBJECT, rest @ ..] => rest.len() == 8 && rest.iter().all(|byte| *byte == 0),
        _ => false,
    }
}

fn push_map(array: &MapArray, keys: &Keys<'_>, values: &Bytes<'_>, out: &mut Vec<u8>, row: usize) -> Result<()> {
    let offsets = array.value_offsets();
    // Offsets of an Arrow array are not negative.
    let entries = offsets[row] as usize..offsets[row + 1] as usize;
    match keys {
        Keys::Any(keys) => {
            push_head(out, LIST, entries.len());
            for entry in entries {
                push_head(out, OBJECT, 2);
                push_name(out, b"key");
                keys.push(out, entry)?;
                push_name(out, b"value");
                values.push(out, entry)?;
            }
        }
        Keys::Text(keys, nulls) => {
            let mut pairs = Vec::with_capacity(entries.len());
            for entry in entries {
                // No map has null keys by its specification; where one does, it is its own key.
                let null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(entry));
                let mut key = Vec::new();
                if !null {
                    keys.push_text(&mut key, entry);
                }
                let mut value = Vec::new();
                values.push(&mut value, entry)?;
                pairs.push((!null, key, value));
            }
            // Stable: duplicates keep their order.
            pairs.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            push_head(out, OBJECT, pairs.len());
            for (valid, key, value) in pairs {
                if valid {
                    push_name(out, &key);
                } else {
                    out.extend_from_slice(&u64::MAX.to_le_bytes());
                }
                out.extend_from_slice(&value);
            }
        }
    }
    Ok(())
}

fn push_union(array: &UnionArray, branches: &[(i8, Branch<'_>)], out: &mut Vec<u8>, row: usize) -> Result<()> {
    let id = array.type_id(row);
    let Some((_, branch)) = branches.iter().find(|(branch, _)| *branch == id) else {
        return Err(Error::internal("a union row without branch"));
    };
    let start = out.len();
    let tag = |out: &mut Vec<u8>| {
        out.push(BRANCH);
        push_name(out, branch.name.as_bytes());
    };
    if branch.tag == Tag::Always {
        tag(out);
    }
    branch.bytes.push(out, array.value_offset(row)).map_err(|error| error.in_column(branch.name))?;
    if branch.tag == Tag::Text && out.get(start) == Some(&TEXT) {
        let value = out.split_off(start);
        tag(out);
        out.extend_from_slice(&value);
    }
    Ok(())
}

/// For each branch, whether its values do not show that they are of it.
fn tags(fields: &[&Field]) -> Vec<Tag> {
    let shapes: Vec<Shape> = fields.iter().map(|field| shape(field.data_type(), is_json_text(field))).collect();
    let clash = shapes
        .iter()
        .enumerate()
        .any(|(at, one)| shapes[..at].iter().any(|other| one == other || *one == Shape::Any || *other == Shape::Any));
    let floats = |field: &&Field| match field.data_type() {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Tag::Text,
        _ => Tag::Never,
    };
    match clash {
        true => vec![Tag::Always; fields.len()],
        false => fields.iter().map(floats).collect(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
    Any,
}

fn shape(data_type: &DataType, json: bool) -> Shape {
    match data_type {
        _ if json => Shape::Any,
        DataType::Null => Shape::Null,
        DataType::Boolean => Shape::Boolean,
        data_type if data_type.is_numeric() => Shape::Number,
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => Shape::List,
        DataType::Struct(_) => Shape::Object,
        // An object or a list, by its keys.
        DataType::Map(..) | DataType::Union(..) => Shape::Any,
        DataType::Dictionary(_, values) => shape(values, false),
        DataType::RunEndEncoded(_, values) => shape(values.data_type(), false),
        _ => Shape::Text,
    }
}

pub(super) fn push_len(out: &mut Vec<u8>, len: usize) {
    out.extend_from_slice(&(len as u64).to_le_bytes());
}

pub(super) fn push_head(out: &mut Vec<u8>, tag: u8, len: usize) {
    out.push(tag);
    push_len(out, len);
}

fn push_name(out: &mut Vec<u8>, name: &[u8]) {
    push_len(out, name.len());
    out.extend_from_slice(name);
}

/// The value that a JSON text spells; text that is not JSON is itself.
fn push_json(out: &mut Vec<u8>, text: &[u8]) {
    let start = out.len();
    let mut cursor = Cursor::new(text);
    if push_json_value(out, &mut cursor, 0).is_err() || cursor.peek().is_some() {
        out.truncate(start);
        push_head(out, INVALID, text.len());
        out.extend_from_slice(text);
    }
}

fn push_json_value(out: &mut Vec<u8>, cursor: &mut Cursor<'_>, depth: usize) -> Result<()> {
    if depth > JSON_DEPTH_MAX {
        return Err(Error::limit("nested too deep"));
    }
    match cursor.peek() {
        Some(b'n') => {
            cursor.literal("null")?;
            out.push(NULL);
        }
        Some(b't') => {
            cursor.literal("true")?;
            out.push(TRUE);
        }
        Some(b'f') => {
            cursor.literal("false")?;
            out.push(FALSE);
        }
        Some(b'"') => {
            let mut text = Vec::new();
            cursor.string_into(&mut text)?;
            push_head(out, TEXT, text.len());
            out.extend_from_slice(&text);
        }
        Some(b'[') => {
            cursor.step();
            push_head(out, LIST, 0);
            let head = out.len() - 8;
            let mut count = 0_u64;
            if !cursor.eat(b']') {
                loop {
                    push_json_value(out, cursor, depth + 1)?;
                    count += 1;
                    if !cursor.comma_or(b']')? {
                        break;
                    }
                }
            }
            out[head..head + 8].copy_from_slice(&count.to_le_bytes());
        }
        Some(b'{') => {
            cursor.step();
            let mut pairs = Vec::new();
            if !cursor.eat(b'}') {
                loop {
                    cursor.peek();
                    let (mut name, mut value) = (Vec::new(), Vec::new());
                    cursor.string_into(&mut name)?;
                    cursor.expect(b':', "':'")?;
                    push_json_value(&mut value, cursor, depth + 1)?;
                    pairs.push((name, value));
                    if !cursor.comma_or(b'}')? {
                        break;
                    }
                }
            }
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            push_head(out, OBJECT, pairs.len());
            for (name, value) in pairs {
                push_name(out, &name);
                out.extend_from_slice(&value);
            }
        }
        _ => push_number(out, cursor.number()?),
    }
    Ok(())
}

/// A number from its decimal text: `-12.50e3`. What is no number is kept as it is.
pub(super) fn push_number(out: &mut Vec<u8>, text: &[u8]) {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (mantissa, exponent) = match rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        None => (rest, Some(0)),
        Some(at) => (&rest[..at], parse_exponent(&rest[at + 1..])),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.');
    let fraction = point.map_or(0, |at| mantissa.len() - at - 1);
    let mut digits: Vec<u8> = mantissa.iter().copied().filter(|byte| *byte != b'.').collect();
    let mut exponent = exponent.and_then(|exponent: i64| exponent.checked_sub(fraction as i64));
    while digits.last() == Some(&b'0') {
        digits.pop();
        exponent = exponent.and_then(|exponent| exponent.checked_add(1));
    }
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    let digits = &digits[zeros..];
    let Some(exponent) = exponent.or(digits.is_empty().then_some(0)) else {
        push_head(out, INVALID, text.len());
        out.extend_from_slice(text);
        return;
    };
    if let Some(integer) = small_integer(negative, digits, exponent) {
        push_integer(out, integer);
        return;
    }
    out.push(NUMBER);
    out.push(u8::from(negative));
    out.extend_from_slice(&(if digits.is_empty() { 0 } else { exponent }).to_le_bytes());
    push_len(out, digits.len());
    out.extend_from_slice(digits);
}

fn parse_exponent(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The integer, if it is one of 64 bits; −0 is not.
fn small_integer(negative: bool, digits: &[u8], exponent: i64) -> Option<i64> {
    if digits.is_empty() {
        return (!negative).then_some(0);
    }
    let zeros = u32::try_from(exponent).ok().filter(|zeros| *zeros < 19)?;
    if digits.len() > 19 {
        return None;
    }
    let value = digits.iter().fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
    let value = value * 10_i128.pow(zeros);
    i64::try_from(if negative { -value } else { value }).ok()
}

pub(super) fn push_integer(out: &mut Vec<u8>, value: i64) {
    out.push(INTEGER);
    out.extend_from_slice(&value.to_le_bytes());
}
