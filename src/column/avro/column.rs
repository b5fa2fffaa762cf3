//! Columns that grow as records are read: one per place in the schema, compiled once per chunk. Reading a value costs
//! one match; nothing is allocated per cell. [`take`] reads the usual values; the rest reads any, or says what is wrong.

mod finish;
mod kind;
mod root;
mod take;

use std::sync::Arc;

use arrow_array::builder::BooleanBufferBuilder;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_buffer::{Buffer, IntervalMonthDayNano, NullBuffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{DataType, FieldRef};

use self::kind::kind;
pub(crate) use self::root::Root;
use super::cursor::Cursor;
use super::numeric;
use super::restore::{HINTS_OFF, restore};
use super::{json, skip};
use crate::code::Code;
use crate::column::bytes::is_restyled_uuid;
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::schema::avsc::model::{Document, Kind as AvroKind, Node, Unit};

/// What every column needs to know about the file.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) document: &'a Document,
    pub(crate) depth_max: usize,
}

/// A place in the schema and the values read for it since the last batch.
pub(crate) struct Column {
    branch: Branch,
    /// Present values, if the place may hold null.
    validity: Option<BooleanBufferBuilder>,
    len: usize,
    kind: Kind,
    target: FieldRef,
    /// How many texts that are not UTF-8 were replaced since that was asked; `None`: they are refused.
    replaced: Option<u64>,
    /// How many texts that are no UUIDs became null since that was asked; `None`: they are refused.
    nulled: Option<u64>,
}

/// What becomes of values that are not what their type says: altered and counted, or refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Repairs {
    /// U+FFFD is put into text that is not UTF-8.
    pub(crate) replace_text: bool,
    /// Text that is no UUID becomes null, where null can stand.
    pub(crate) null_uuids: bool,
}

/// What stands in front of a value.
#[derive(Clone, Copy)]
enum Branch {
    /// Nothing.
    None,
    /// The number of the only branch.
    Single,
    /// The number of a branch; this one is null, the other the value.
    Null(i64),
}

enum Kind {
    Null,
    Boolean(BooleanBufferBuilder),
    Int(Vec<i32>, IntMeaning),
    Long(Vec<i64>, LongMeaning),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Text(Variable),
    Binary(Variable),
    Fixed(Vec<u8>, usize),
    /// UUIDs written as text, and how many of them are in another form than is written, since that was asked.
    UuidText(Vec<u8>, u64),
    Decimal128 {
        values: Vec<i128>,
        fixed: Option<usize>,
        precision: u8,
        scale: i8,
    },
    Decimal256 {
        values: Vec<i256>,
        fixed: Option<usize>,
        precision: u8,
        scale: i8,
    },
    /// Decimals with more digits than Arrow holds, as text.
    DecimalText {
        text: Variable,
        fixed: Option<usize>,
        precision: usize,
        scale: usize,
    },
    BigDecimal(Variable),
    Duration(Vec<IntervalMonthDayNano>),
    Enum {
        keys: Vec<i32>,
        symbols: Arc<StringArray>,
    },
    List {
        offsets: Vec<i32>,
        item: Box<Column>,
        least_size: usize,
        /// Items of a slot without a value: in Arrow, lists of a fixed size take their room there too.
        room: usize,
    },
    Map {
        offsets: Vec<i32>,
        keys: Box<Column>,
        values: Box<Column>,
        least_size: usize,
    },
    /// A map written as an array of key-value records.
    Pairs {
        offsets: Vec<i32>,
        entry: Box<Column>,
        least_size: usize,
    },
    Record {
        names: Vec<String>,
        fields: Vec<Column>,
    },
    Union {
        ids: Vec<i8>,
        offsets: Vec<i32>,
        branches: Vec<Column>,
    },
    /// A recursion cut here: the datum as JSON, and how many NaNs it had whose bits text does not tell, since that was
    /// asked.
    Json(Variable, Node, u64),
    /// A recursion cut here: the bytes of the datum.
    Raw(Variable, Node),
}

#[derive(Clone, Copy)]
enum IntMeaning {
    Number,
    Date,
    TimeMillis,
}

#[derive(Clone, Copy)]
enum LongMeaning {
    Number,
    TimeMicros,
    Timestamp(Unit, bool),
}

/// Texts or byte strings one after another.
struct Variable {
    offsets: Vec<i32>,
    values: Vec<u8>,
}

impl Variable {
    fn new() -> Self {
        Variable { offsets: vec![0], values: Vec::new() }
    }
    #[inline]
    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.values.extend_from_slice(bytes);
        self.end()
    }
    /// Ends the value whose bytes were appended.
    #[inline]
    fn end(&mut self) -> Result<()> {
        self.offsets.push(offset(self.values.len())?);
        Ok(())
    }
    /// Puts U+FFFD where a text is not UTF-8, and says how many texts it changed.
    fn replace_invalid(&mut self) -> Result<u64> {
        let range = |pair: &[i32]| self.values.get(pair[0] as usize..pair[1] as usize).unwrap_or_default();
        let invalid = |pair: &&[i32]| simdutf8::basic::from_utf8(range(pair)).is_err();
        let count = self.offsets.windows(2).filter(invalid).count();
        if count > 0 {
            let mut valid = Variable::new();
            for pair in self.offsets.windows(2) {
                valid.push(String::from_utf8_lossy(range(pair)).as_bytes())?;
            }
            *self = valid;
        }
        Ok(count as u64)
    }
    fn take(&mut self) -> (OffsetBuffer<i32>, Buffer) {
        let offsets = std::mem::replace(&mut self.offsets, vec![0]);
        let room = self.values.len();
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(room));
        (OffsetBuffer::new(ScalarBuffer::from(offsets)), Buffer::from_vec(values))
    }
}

/// Items of a column in a batch from which on lists without a value get no room: no data stands for it.
const ROOM_MAX: usize = 1 << 26;
/// Bytes of a column that room is made for before they are there, at most.
const EXPECTED_BYTES_MAX: usize = 1 << 20;

#[inline]
fn offset(len: usize) -> Result<i32> {
    i32::try_from(len).map_err(|_| Error::limit("more than 2147483647 bytes or items in one batch of a column"))
}

impl Column {
    /// The column for `node` whose array has the type of `target`, which reading the schema gave.
    pub(crate) fn new(document: &Document, sizes: &[usize], node: &Node, target: &FieldRef) -> Result<Column> {
        let mut branch = Branch::None;
        let mut value = node;
        if let AvroKind::Union(branches) = &node.kind {
            let others: Vec<&Node> = branches.iter().filter(|branch| branch.kind != AvroKind::Null).collect();
            let null = branches.iter().position(|branch| branch.kind == AvroKind::Null);
            match (others.as_slice(), null) {
                ([], None) => return Err(Error::unsupported("a union without branches holds no value")),
                ([], Some(_)) => {
                    branch = Branch::Single;
                    value = branches.first().unwrap_or(node);
                }
                ([only], None) => {
                    branch = Branch::Single;
                    value = only;
                }
                ([only], Some(null)) => {
                    branch = Branch::Null(null as i64);
                    value = only;
                }
                _ => {}
            }
        }
        let kind = kind(document, sizes, value, target)?;
        let validity = matches!(branch, Branch::Null(_)).then(|| BooleanBufferBuilder::new(0));
        Ok(Column { branch, validity, len: 0, kind, target: target.clone(), replaced: None, nulled: None })
    }

    /// Makes room for more rows.
    pub(crate) fn reserve(&mut self, rows: usize) {
        match &mut self.kind {
            Kind::Int(values, _) => values.reserve(rows),
            Kind::Long(values, _) => values.reserve(rows),
            Kind::Float(values) => values.reserve(rows),
            Kind::Double(values) => values.reserve(rows),
            Kind::Text(text) | Kind::Binary(text) => text.offsets.reserve(rows),
            Kind::Record { fields, .. } => fields.iter_mut().for_each(|field| field.reserve(rows)),
            _ => {}
        }
    }

    /// Makes room for about `times` as many values as were read since the last batch: vectors that grow value by value
    /// are copied again and again.
    fn expect(&mut self, times: usize) {
        fn more<T>(values: &mut Vec<T>, times: usize) {
            // What one value is long says little of the others.
            let most = EXPECTED_BYTES_MAX / size_of::<T>();
            values.reserve(values.len().saturating_mul(times).min(most));
        }
        match &mut self.kind {
            Kind::Int(values, _) => more(values, times),
            Kind::Long(values, _) => more(values, times),
            Kind::Float(values) => more(values, times),
            Kind::Double(values) => more(values, times),
            Kind::Decimal128 { values, .. } => more(values, times),
            Kind::Fixed(values, _) | Kind::UuidText(values, _) => more(values, times),
            Kind::Enum { keys, .. } => more(keys, times),
            Kind::Text(text) | Kind::Binary(text) => {
                more(&mut text.offsets, times);
                more(&mut text.values, times);
            }
            Kind::Record { fields, .. } => fields.iter_mut().for_each(|field| field.expect(times)),
            Kind::List { offsets, item, .. } => {
                more(offsets, times);
                item.expect(times);
            }
            Kind::Map { offsets, keys, values, .. } => {
                more(offsets, times);
                keys.expect(times);
                values.expect(times);
            }
            _ => {}
        }
    }

    /// Reads one value.
    #[inline(always)]
    pub(crate) fn read(&mut self, cursor: &mut Cursor<'_>, context: &Context<'_>) -> Result<()> {
        if let Some(len) = self.take(cursor.rest()) {
            cursor.advance(len);
            return Ok(());
        }
        self.read_any(cursor, context)
    }

    fn read_any(&mut self, cursor: &mut Cursor<'_>, context: &Context<'_>) -> Result<()> {
        self.len += 1;
        match self.branch {
            Branch::None => {}
            Branch::Single => {
                let found = cursor.long()?;
                if found != 0 {
                    return Err(no_branch(found, 1));
                }
            }
            Branch::Null(null) => {
                let found = cursor.long()?;
                let present = found != null;
                if found != 0 && found != 1 {
                    return Err(no_branch(found, 2));
                }
                if let Some(validity) = &mut self.validity {
                    validity.append(present);
                }
                if !present {
                    return self.kind.push_placeholder();
                }
            }
        }
        match self.kind.read(cursor, context) {
            Err(error) if self.nulled.is_some() => self.null_instead(error),
            Err(error) if self.validity.is_none() && matches!(self.kind, Kind::UuidText(..)) => {
                Err(error.with_ways(&[Policy::Text]))
            }
            outcome => outcome,
        }
    }

    /// Null instead of the text that was just read and is no UUID.
    #[cold]
    fn null_instead(&mut self, error: Error) -> Result<()> {
        match (&self.kind, &mut self.validity, &mut self.nulled) {
            (Kind::UuidText(..), Some(validity), Some(count)) if error.code() == Some(Code::Uuid) => {
                *count += 1;
                validity.set_bit(self.len - 1, false);
                self.kind.push_placeholder()
            }
            _ => Err(error),
        }
    }

    /// A slot without a value: null, or nothing that will be looked at.
    fn push_placeholder(&mut self) -> Result<()> {
        self.len += 1;
        if let Some(validity) = &mut self.validity {
            validity.append(false);
        }
        self.kind.push_placeholder()
    }

    /// The values read so far as an array of the target type; the column is empty after.
    pub(crate) fn finish(&mut self) -> Result<ArrayRef> {
        let len = std::mem::take(&mut self.len);
        let nulls = self.validity.as_mut().map(|validity| NullBuffer::new(validity.finish()));
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        if let (Kind::Text(text), Some(count)) = (&mut self.kind, &mut self.replaced) {
            *count += text.replace_invalid()?;
        }
        let array = self.kind.finish(len, nulls, &self.target)?;
        restore(array, &self.target)
    }
}

impl Column {
    /// Calls `f` on this column and every column inside, with their paths.
    fn visit(&mut self, path: &str, f: &mut impl FnMut(&mut Column, &str)) {
        f(self, path);
        match &mut self.kind {
            Kind::List { item, .. } => item.visit(&format!("{path}[]"), f),
            Kind::Pairs { entry, .. } => entry.visit(path, f),
            Kind::Map { keys, values, .. } => {
                keys.visit(path, f);
                values.visit(&format!("{path}.{{}}"), f);
            }
            Kind::Record { names, fields } => {
                for (name, field) in names.iter().zip(fields) {
                    field.visit(&format!("{path}.{name}"), f);
                }
            }
            Kind::Union { branches, .. } => branches.iter_mut().for_each(|branch| branch.visit(path, f)),
            _ => {}
        }
    }
}

fn mismatch(what: &str, data_type: &DataType) -> Error {
    Error::internal(format!("{what} is to be read as {data_type}"))
}

#[inline]
fn sized<'a>(cursor: &mut Cursor<'a>, fixed: Option<usize>) -> Result<&'a [u8]> {
    match fixed {
        Some(size) => cursor.take(size),
        None => cursor.bytes(),
    }
}

impl Kind {
    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>, context: &Context<'_>) -> Result<()> {
        match self {
            Kind::Null => {}
            Kind::Boolean(values) => values.append(cursor.boolean()?),
            Kind::Int(values, _) => values.push(cursor.int()?),
            Kind::Long(values, _) => values.push(cursor.long()?),
            Kind::Float(values) => values.push(f32::from_bits(u32::from_le_bytes(cursor.array()?))),
            Kind::Double(values) => values.push(f64::from_bits(u64::from_le_bytes(cursor.array()?))),
            Kind::Text(text) | Kind::Binary(text) => text.push(cursor.bytes()?)?,
            Kind::Fixed(values, size) => values.extend_from_slice(cursor.take(*size)?),
            Kind::UuidText(values, restyled) => {
                let text = cursor.bytes()?;
                let bytes = numeric::parse_uuid(text).ok_or_else(|| bad_uuid(text))?;
                *restyled += u64::from(is_restyled_uuid(text));
                values.extend_from_slice(&bytes);
            }
            Kind::Decimal128 { values, fixed, precision, .. } => {
                let bytes = sized(cursor, *fixed)?;
                values.push(numeric::decimal128(bytes, *precision)?);
            }
            Kind::Decimal256 { values, fixed, precision, .. } => {
                let bytes = sized(cursor, *fixed)?;
                values.push(numeric::decimal256(bytes, *precision)?);
            }
            Kind::DecimalText { text, fixed, precision, scale } => {
                let bytes = sized(cursor, *fixed)?;
                numeric::push_decimal_text(&mut text.values, bytes, *scale as i64, Some(*precision))?;
                text.end()?;
            }
            Kind::BigDecimal(text) => {
                let mut inner = Cursor::new(cursor.bytes()?);
                let unscaled = inner.bytes()?;
                let scale = inner.long()?;
                if inner.remaining() > 0 {
                    return Err(Error::malformed("bytes are left behind a big-decimal"));
                }
                numeric::push_decimal_text(&mut text.values, unscaled, scale, None)?;
                text.end()?;
            }
            Kind::Duration(values) => values.push(numeric::duration(cursor.array()?)?),
            Kind::Enum { keys, symbols } => {
                let key = cursor.int()?;
                match usize::try_from(key) {
                    Ok(index) if index < symbols.len() => keys.push(key),
                    _ => return Err(bad_symbol(key, symbols.len())),
                }
            }
            Kind::List { offsets, item, least_size, .. } => {
                while let Some(items) = cursor.items(*least_size)? {
                    for _ in 0..items.count {
                        if let Err(error) = item.read(cursor, context) {
                            return Err(error.in_column("[]"));
                        }
                    }
                    cursor.end_items(&items)?;
                    offset(item.len)?;
                }
                offsets.push(offset(item.len)?);
            }
            Kind::Map { offsets, keys, values, least_size } => {
                while let Some(items) = cursor.items(*least_size)? {
                    for _ in 0..items.count {
                        keys.read(cursor, context)?;
                        if let Err(error) = values.read(cursor, context) {
                            return Err(error.in_column("{}"));
                        }
                    }
                    cursor.end_items(&items)?;
                }
                offsets.push(offset(values.len)?);
            }
            Kind::Pairs { offsets, entry, least_size } => {
                while let Some(items) = cursor.items(*least_size)? {
                    for _ in 0..items.count {
                        entry.read(cursor, context)?;
                    }
                    cursor.end_items(&items)?;
                }
                offsets.push(offset(entry.len)?);
            }
            Kind::Record { names, fields } => {
                for (index, field) in fields.iter_mut().enumerate() {
                    if let Err(error) = field.read(cursor, context) {
                        return Err(error.in_column(names.get(index).map(String::as_str).unwrap_or_default()));
                    }
                }
            }
            Kind::Union { ids, offsets, branches } => {
                let found = cursor.long()?;
                let count = branches.len();
                let branch = usize::try_from(found).ok().and_then(|index| branches.get_mut(index));
                let Some(branch) = branch else { return Err(no_branch(found, count)) };
                // There are at most 127 branches.
                ids.push(found as i8);
                offsets.push(offset(branch.len)?);
                branch.read(cursor, context)?;
            }
            Kind::Json(text, node, payloads) => {
                json::push_datum(context, node, cursor, &mut text.values, payloads, 0)?;
                text.end()?;
            }
            Kind::Raw(bytes, node) => {
                let start = cursor.position();
                skip::skip(context, node, cursor, 0)?;
                bytes.push(cursor.since(start))?;
            }
        }
        Ok(())
    }

    fn push_placeholder(&mut self) -> Result<()> {
        match self {
            Kind::Null => {}
            Kind::Boolean(values) => values.append(false),
            Kind::Int(values, _) => values.push(0),
            Kind::Long(values, _) => values.push(0),
            Kind::Float(values) => values.push(0.0),
            Kind::Double(values) => values.push(0.0),
            Kind::Text(text)
            | Kind::Binary(text)
            | Kind::DecimalText { text, .. }
            | Kind::BigDecimal(text)
            | Kind::Json(text, ..)
            | Kind::Raw(text, _) => text.end()?,
            Kind::Fixed(values, size) => values.resize(values.len() + *size, 0),
            Kind::UuidText(values, _) => values.resize(values.len() + 16, 0),
            Kind::Decimal128 { values, .. } => values.push(0),
            Kind::Decimal256 { values, .. } => values.push(i256::ZERO),
            Kind::Duration(values) => values.push(IntervalMonthDayNano::ZERO),
            Kind::Enum { keys, .. } => keys.push(0),
            Kind::List { offsets, item, room, .. } => {
                if *room > ROOM_MAX.saturating_sub(item.len) {
                    let message = format!("a hint names lists of {room} items, more than a batch can hold");
                    return Err(Error::limit(message).with_hint(HINTS_OFF));
                }
                for _ in 0..*room {
                    item.push_placeholder()?;
                }
                offsets.push(offset(item.len)?);
            }
            Kind::Map { offsets, values, .. } => offsets.push(offset(values.len)?),
            Kind::Pairs { offsets, entry, .. } => offsets.push(offset(entry.len)?),
            Kind::Record { fields, .. } => {
                for field in fields {
                    field.push_placeholder()?;
                }
            }
            Kind::Union { ids, offsets, branches } => {
                if let Some(first) = branches.first_mut() {
                    ids.push(0);
                    offsets.push(offset(first.len)?);
                    first.push_placeholder()?;
                }
            }
        }
        Ok(())
    }
}

#[cold]
fn no_branch(found: i64, count: usize) -> Error {
    Error::malformed(format!("branch {found} of a union of {count}"))
}
#[cold]
fn bad_symbol(key: i32, count: usize) -> Error {
    Error::malformed(format!("symbol {key} of an enum of {count}"))
}
#[cold]
fn bad_uuid(text: &[u8]) -> Error {
    let text = String::from_utf8_lossy(&text[..text.len().min(60)]);
    Error::value(Code::Uuid, format!("{text:?} is not a UUID of 36 characters"))
}
