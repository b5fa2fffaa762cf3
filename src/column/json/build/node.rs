//! One node of the tree: which builder a type has, and nulls, which all types treat alike.

mod settle;

use arrow_array::types::*;
use arrow_array::{ArrayRef, BooleanArray, NullArray};
use arrow_buffer::{BooleanBufferBuilder, IntervalDayTime, IntervalMonthDayNano, NullBufferBuilder, i256};
use arrow_schema::{DataType, FieldRef, IntervalUnit, TimeUnit};
use half::f16;
use std::sync::Arc;

#[cfg(all(doc, feature = "json"))]
use super::super::ABSENT;
use super::super::cursor::Cursor;
use super::super::text::push_minified;
use super::super::{is_json_text, is_raw_text, is_uuid, is_variant};
use super::choice::Choice;
use super::encoded::{Dictionary, Runs};
use super::leaf::{self, Fixed};
use super::members::Struct;
use super::nested::{FixedList, List, Map};
use super::text::{Bytes, FixedBytes};
use super::variant::Variant;
use super::{Rest, Work};
use crate::code::Code;
use crate::column::repair::Repair;
use crate::column::temporal::Zone;
use crate::error::{Error, Result};

/// Takes the values of one column, one after the other.
#[derive(Debug)]
pub struct Node {
    data_type: DataType,
    pub(super) nullable: bool,
    field: FieldRef,
    /// Path of the column, for counts.
    path: String,
    pub(super) kind: Kind,
}

/// The path of member `name` of `path`.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[derive(Debug)]
pub(super) enum Kind {
    Null(usize),
    Boolean(BooleanBufferBuilder, NullBufferBuilder),
    Int8(Fixed<i8>),
    Int16(Fixed<i16>),
    Int32(Fixed<i32>),
    Int64(Fixed<i64>),
    UInt8(Fixed<u8>),
    UInt16(Fixed<u16>),
    UInt32(Fixed<u32>),
    UInt64(Fixed<u64>),
    Float16(Fixed<f16>),
    Float32(Fixed<f32>),
    Float64(Fixed<f64>),
    Decimal32(Fixed<i32>, (u8, i8)),
    Decimal64(Fixed<i64>, (u8, i8)),
    Decimal128(Fixed<i128>, (u8, i8)),
    Decimal256(Fixed<i256>, (u8, i8)),
    Date32(Fixed<i32>),
    Date64(Fixed<i64>),
    Time32(Fixed<i32>, TimeUnit),
    Time64(Fixed<i64>, TimeUnit),
    Timestamp(Fixed<i64>, TimeUnit, Zone),
    Duration(Fixed<i64>, TimeUnit),
    IntervalMonths(Fixed<i32>),
    IntervalDays(Fixed<IntervalDayTime>),
    Interval(Fixed<IntervalMonthDayNano>),
    Text(Bytes),
    Binary(Bytes),
    Json(Bytes),
    /// The bytes of strings that need not be UTF-8.
    Raw(Bytes),
    FixedBinary(FixedBytes),
    Uuid(FixedBytes),
    List(List),
    FixedList(FixedList),
    Struct(Struct),
    Map(Map),
    Choice(Box<Choice>),
    Dictionary(Box<Dictionary>),
    Runs(Box<Runs>),
    Variant(Box<Variant>),
}

impl Node {
    /// For values of the type of `field`, the column at `path`.
    ///
    /// # Errors
    /// `Unsupported` if JSON cannot be read into the type, `Schema` if the type contradicts itself.
    pub fn new(field: &FieldRef, path: &str) -> Result<Self> {
        let items = || format!("{path}[]");
        let data_type = field.data_type();
        let kind = match data_type {
            DataType::Null => Kind::Null(0),
            DataType::Boolean => Kind::Boolean(BooleanBufferBuilder::new(0), NullBufferBuilder::new(0)),
            DataType::Int8 => Kind::Int8(Fixed::new()),
            DataType::Int16 => Kind::Int16(Fixed::new()),
            DataType::Int32 => Kind::Int32(Fixed::new()),
            DataType::Int64 => Kind::Int64(Fixed::new()),
            DataType::UInt8 => Kind::UInt8(Fixed::new()),
            DataType::UInt16 => Kind::UInt16(Fixed::new()),
            DataType::UInt32 => Kind::UInt32(Fixed::new()),
            DataType::UInt64 => Kind::UInt64(Fixed::new()),
            DataType::Float16 => Kind::Float16(Fixed::new()),
            DataType::Float32 => Kind::Float32(Fixed::new()),
            DataType::Float64 => Kind::Float64(Fixed::new()),
            DataType::Decimal32(p, s) => Kind::Decimal32(Fixed::new(), (*p, *s)),
            DataType::Decimal64(p, s) => Kind::Decimal64(Fixed::new(), (*p, *s)),
            DataType::Decimal128(p, s) => Kind::Decimal128(Fixed::new(), (*p, *s)),
            DataType::Decimal256(p, s) => Kind::Decimal256(Fixed::new(), (*p, *s)),
            DataType::Date32 => Kind::Date32(Fixed::new()),
            DataType::Date64 => Kind::Date64(Fixed::new()),
            DataType::Time32(unit) => Kind::Time32(Fixed::new(), *unit),
            DataType::Time64(unit) => Kind::Time64(Fixed::new(), *unit),
            DataType::Timestamp(unit, zone) => {
                let zone = Zone::of(zone.as_deref()).ok_or_else(|| {
                    Error::unsupported(format!("unknown time zone {:?}", zone.as_deref().unwrap_or_default()))
                })?;
                Kind::Timestamp(Fixed::new(), *unit, zone)
            }
            DataType::Duration(unit) => Kind::Duration(Fixed::new(), *unit),
            DataType::Interval(IntervalUnit::YearMonth) => Kind::IntervalMonths(Fixed::new()),
            DataType::Interval(IntervalUnit::DayTime) => Kind::IntervalDays(Fixed::new()),
            DataType::Interval(IntervalUnit::MonthDayNano) => Kind::Interval(Fixed::new()),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View if is_json_text(field) => {
                Kind::Json(Bytes::new())
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text(Bytes::new()),
            DataType::Binary if is_raw_text(field) => Kind::Raw(Bytes::new()),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Kind::Binary(Bytes::new()),
            DataType::FixedSizeBinary(16) if is_uuid(field) => Kind::Uuid(FixedBytes::new(16)),
            DataType::FixedSizeBinary(size) => Kind::FixedBinary(FixedBytes::new(*size)),
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item) => {
                Kind::List(List::new(item, &items()).map_err(|error| error.in_column("[]"))?)
            }
            DataType::FixedSizeList(item, size) => {
                Kind::FixedList(FixedList::new(item, *size, &items()).map_err(|error| error.in_column("[]"))?)
            }
            DataType::Struct(fields) if is_variant(field) => {
                if fields.iter().any(|field| field.name() == "typed_value") {
                    return Err(Error::unsupported("JSON is not read into a shredded variant")
                        .with_hint("give the column the type variant, in one piece"));
                }
                Kind::Variant(Box::new(Variant::new()))
            }
            DataType::Struct(fields) => Kind::Struct(Struct::new(fields, path)?),
            DataType::Map(entries, _) => Kind::Map(Map::new(entries, path)?),
            DataType::Union(fields, mode) => Kind::Choice(Box::new(Choice::new(fields, *mode, path)?)),
            DataType::Dictionary(key, value) => Kind::Dictionary(Box::new(Dictionary::new(key, value, field, path)?)),
            DataType::RunEndEncoded(ends, values) => Kind::Runs(Box::new(Runs::new(ends, values, path)?)),
        };
        let (nullable, path) = (field.is_nullable(), path.to_owned());
        Ok(Node { data_type: data_type.clone(), nullable, field: field.clone(), path, kind })
    }

    /// Appends the value at the cursor.
    ///
    /// # Errors
    /// Malformed text, a value that does not fit (with position and column path). The column is of no use then.
    #[inline]
    pub fn append(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        match self.append_plain(cursor.ahead(), cursor.position(), work.takes_as_is(cursor)) {
            Some(end) => {
                cursor.jump(end);
                Ok(())
            }
            None => self.append_settled(cursor, work).map(|_| ()),
        }
    }

    /// Appends a struct that is written as an array of its members.
    ///
    /// # Errors
    /// As [`Node::append`]; `V-LENGTH` if there are fewer or more elements than members.
    #[cfg(feature = "json")]
    pub(crate) fn append_row(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        match &mut self.kind {
            Kind::Struct(column) => column.append_elements(cursor, work, &self.data_type),
            _ => self.append(cursor, work),
        }
    }

    /// As [`Node::append`]; says whether the value became null because the user let that through.
    pub(super) fn append_settled(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<bool> {
        match cursor.peek() {
            Some(b'n') => return self.append_null_token(cursor).map(|()| false),
            Some(b'"') if !work.rules.null_values.is_empty() && is_null_value(cursor, work)? => {
                return self.append_missing(cursor.position()).map(|()| false);
            }
            _ => {}
        }
        let start = *cursor;
        match self.append_value(cursor, work) {
            Ok(()) => Ok(false),
            Err(error) => self.settle(start, cursor, work, error),
        }
    }

    #[inline]
    fn append_value(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        let data_type = &self.data_type;
        match &mut self.kind {
            Kind::Null(_) => return Err(leaf::mismatch(cursor, work, data_type)),
            Kind::Boolean(values, nulls) => {
                values.append(leaf::boolean(cursor, work, data_type)?);
                nulls.append_non_null();
            }
            Kind::Int8(column) => column.push(leaf::narrow(cursor, work, data_type)?),
            Kind::Int16(column) => column.push(leaf::narrow(cursor, work, data_type)?),
            Kind::Int32(column) => column.push(leaf::narrow(cursor, work, data_type)?),
            Kind::Int64(column) => column.push(leaf::signed(cursor, work, data_type)?),
            Kind::UInt8(column) => column.push(leaf::narrow(cursor, work, data_type)?),
            Kind::UInt16(column) => column.push(leaf::narrow(cursor, work, data_type)?),
            Kind::UInt32(column) => column.push(leaf::narrow(cursor, work, data_type)?),
            Kind::UInt64(column) => column.push(leaf::unsigned(cursor, work, data_type)?),
            Kind::Float16(column) => column.push(leaf::float(cursor, work, data_type)?),
            Kind::Float32(column) => column.push(leaf::float(cursor, work, data_type)?),
            Kind::Float64(column) => column.push(leaf::float(cursor, work, data_type)?),
            Kind::Decimal32(column, shape) => column.push(leaf::decimal_narrow(cursor, work, data_type, *shape)?),
            Kind::Decimal64(column, shape) => column.push(leaf::decimal_narrow(cursor, work, data_type, *shape)?),
            Kind::Decimal128(column, shape) => column.push(leaf::decimal128(cursor, work, data_type, *shape)?),
            Kind::Decimal256(column, shape) => column.push(leaf::decimal256(cursor, work, data_type, *shape)?),
            Kind::Date32(column) => column.push(leaf::date32(cursor, work, data_type)?),
            Kind::Date64(column) => column.push(leaf::date64(cursor, work, data_type)?),
            Kind::Time32(column, unit) => column.push(leaf::time32(cursor, work, data_type, *unit)?),
            Kind::Time64(column, unit) => column.push(leaf::time(cursor, work, data_type, *unit)?),
            Kind::Timestamp(column, unit, zone) => {
                column.push(leaf::timestamp(cursor, work, data_type, *unit, *zone)?);
            }
            Kind::Duration(column, unit) => column.push(leaf::duration(cursor, work, data_type, *unit)?),
            Kind::IntervalMonths(column) => column.push(leaf::interval_months(cursor, work, data_type)?),
            Kind::IntervalDays(column) => column.push(leaf::interval_days(cursor, work, data_type)?),
            Kind::Interval(column) => column.push(leaf::interval(cursor, work, data_type)?),
            Kind::Text(column) => {
                if cursor.byte() != Some(b'"') {
                    return Err(leaf::mismatch(cursor, work, data_type));
                }
                let (at, before) = (cursor.position(), cursor.repaired());
                cursor.string_into(&mut column.data)?;
                if cursor.repaired() != before {
                    repaired(cursor, work, &self.path, at)?;
                }
                column.close_row();
            }
            Kind::Binary(column) => {
                leaf::binary(cursor, work, data_type, &mut column.data)?;
                column.close_row();
            }
            Kind::Json(column) => {
                let (at, before) = (cursor.position(), cursor.repaired());
                push_minified(cursor, work.rules.depth_max, &mut work.scratch, &mut column.data)?;
                if cursor.repaired() != before {
                    repaired(cursor, work, &self.path, at)?;
                }
                column.close_row();
            }
            // As they are written, if they do not stand there as they are.
            Kind::Raw(column) if work.rules.lenient.repair != Some(Repair::Keep) => {
                leaf::binary(cursor, work, data_type, &mut column.data)?;
                column.close_row();
            }
            Kind::Raw(column) => {
                if cursor.byte() != Some(b'"') {
                    return Err(leaf::mismatch(cursor, work, data_type));
                }
                cursor.string_into(&mut column.data)?;
                column.close_row();
            }
            Kind::FixedBinary(column) => {
                let at = cursor.position();
                leaf::binary(cursor, work, data_type, &mut column.data)?;
                column.close_row().map_err(|error| error.at_byte(at as u64))?;
            }
            Kind::Uuid(column) => {
                leaf::uuid(cursor, work, &self.path, &mut column.data)?;
                column.close_row()?;
            }
            Kind::List(column) => column.append(cursor, work, data_type)?,
            Kind::FixedList(column) => column.append(cursor, work, data_type)?,
            Kind::Struct(column) => column.append(cursor, work, data_type)?,
            Kind::Map(column) => column.append(cursor, work, data_type)?,
            Kind::Choice(column) => column.append(cursor, work, data_type)?,
            Kind::Dictionary(column) => column.append(cursor, work)?,
            Kind::Runs(column) => column.append(cursor, work)?,
            Kind::Variant(column) => {
                let (at, before) = (cursor.position(), cursor.repaired());
                column.append(cursor, work, &self.path)?;
                if cursor.repaired() != before {
                    repaired(cursor, work, &self.path, at)?;
                }
            }
        }
        Ok(())
    }

    /// Appends the object key at the cursor: text of a value that is not text.
    pub(super) fn append_key(&mut self, cursor: &mut Cursor<'_>, work: &mut Work) -> Result<()> {
        // Keys are texts whatever their type: that of a branch of a union, too.
        let outer = std::mem::replace(&mut work.exact, false);
        let appended = match &mut self.kind {
            Kind::Boolean(values, nulls) => {
                leaf::boolean_key(cursor, work, &self.data_type).map_err(Error::as_it_stands).map(|value| {
                    values.append(value);
                    nulls.append_non_null();
                })
            }
            _ => self.append(cursor, work),
        };
        work.exact = outer;
        appended
    }

    /// Appends `text`, which must be one JSON value, to a column of JSON text.
    pub(super) fn append_json(&mut self, text: &[u8]) -> Result<()> {
        let Kind::Json(column) = &mut self.kind else { return Err(Error::internal("JSON text in another column")) };
        column.data.extend_from_slice(text);
        column.close_row();
        Ok(())
    }

    fn append_null_token(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let at = cursor.position();
        if let (Kind::Json(_), false) = (&self.kind, self.nullable) {
            // A column of JSON text without nulls holds the text `null`.
            let Kind::Json(column) = &mut self.kind else { return Ok(()) };
            cursor.literal("null")?;
            column.data.extend_from_slice(b"null");
            column.close_row();
            return Ok(());
        }
        if let (Kind::Variant(column), false) = (&mut self.kind, self.nullable) {
            // As is a variant that is null.
            cursor.literal("null")?;
            return column.append_variant_null();
        }
        cursor.literal("null")?;
        self.append_missing(at)
    }

    /// Whether null is a value of the column.
    fn takes_null(&self) -> bool {
        match &self.kind {
            Kind::Null(_) => true,
            Kind::Choice(choice) => self.nullable || choice.takes_null(),
            _ => self.nullable,
        }
    }

    /// Appends a null where a value is absent or null.
    pub(super) fn append_missing(&mut self, at: usize) -> Result<()> {
        if !self.takes_null() {
            return Err(Error::value(Code::Null, "null, but the column has no nulls").at_byte(at as u64));
        }
        self.append_nulls(1);
        Ok(())
    }

    /// Appends `count` nulls; in a column without nulls they must be hidden by a null around it.
    pub fn append_nulls(&mut self, count: usize) {
        match &mut self.kind {
            Kind::Null(rows) => *rows += count,
            Kind::Boolean(values, nulls) => {
                values.append_n(count, false);
                nulls.append_n_nulls(count);
            }
            Kind::Int8(column) => column.append_nulls(count),
            Kind::Int16(column) => column.append_nulls(count),
            Kind::Int32(column) | Kind::Date32(column) | Kind::IntervalMonths(column) => column.append_nulls(count),
            Kind::Decimal32(column, _) => column.append_nulls(count),
            Kind::Time32(column, _) => column.append_nulls(count),
            Kind::Int64(column) | Kind::Date64(column) => column.append_nulls(count),
            Kind::Decimal64(column, _) => column.append_nulls(count),
            Kind::Time64(column, _) | Kind::Timestamp(column, _, _) | Kind::Duration(column, _) => {
                column.append_nulls(count);
            }
            Kind::UInt8(column) => column.append_nulls(count),
            Kind::UInt16(column) => column.append_nulls(count),
            Kind::UInt32(column) => column.append_nulls(count),
            Kind::UInt64(column) => column.append_nulls(count),
            Kind::Float16(column) => column.append_nulls(count),
            Kind::Float32(column) => column.append_nulls(count),
            Kind::Float64(column) => column.append_nulls(count),
            Kind::Decimal128(column, _) => column.append_nulls(count),
            Kind::Decimal256(column, _) => column.append_nulls(count),
            Kind::IntervalDays(column) => column.append_nulls(count),
            Kind::Interval(column) => column.append_nulls(count),
            Kind::Text(column) | Kind::Binary(column) | Kind::Json(column) | Kind::Raw(column) => {
                column.append_nulls(count);
            }
            Kind::FixedBinary(column) | Kind::Uuid(column) => column.append_nulls(count),
            Kind::List(column) => column.append_nulls(count),
            Kind::FixedList(column) => column.append_nulls(count),
            Kind::Struct(column) => column.append_nulls(count),
            Kind::Map(column) => column.append_nulls(count),
            Kind::Choice(column) => column.append_nulls(count),
            Kind::Dictionary(column) => column.append_nulls(count),
            Kind::Runs(column) => column.append_nulls(count),
            Kind::Variant(column) => column.append_nulls(count),
        }
    }

    /// Refuses objects from here on that lack a key which none is said to lack ([`ABSENT`]).
    #[cfg(feature = "json")]
    pub(crate) fn insist(&mut self) {
        match &mut self.kind {
            Kind::List(column) => column.insist(),
            Kind::Struct(column) => column.insist(),
            _ => {}
        }
    }

    /// Makes room for what is to come, in columns of the usual types.
    pub fn expect(&mut self, rest: Rest) {
        match &mut self.kind {
            Kind::Int64(column) | Kind::Timestamp(column, ..) => column.expect(rest),
            Kind::Int32(column) | Kind::Date32(column) => column.expect(rest),
            Kind::Float64(column) => column.expect(rest),
            Kind::Decimal128(column, _) => column.expect(rest),
            Kind::Text(column) | Kind::Binary(column) | Kind::Json(column) | Kind::Raw(column) => column.expect(rest),
            Kind::List(column) => column.expect(rest),
            Kind::Struct(column) => column.expect(rest),
            _ => {}
        }
    }

    /// Members of a struct for which `sparse` holds become columns of runs from here on, if their types allow it; nothing
    /// was appended yet, or all that was is finished.
    #[cfg(feature = "json")]
    pub(crate) fn keep_runs(&mut self, sparse: impl Fn(usize) -> bool) {
        if let Kind::Struct(column) = &mut self.kind {
            column.keep_runs(sparse);
        }
    }

    /// The columns of a struct, whose own nulls are dropped: records. Any other type is one column.
    #[cfg(feature = "json")]
    pub(crate) fn finish_columns(&mut self) -> Result<Vec<ArrayRef>> {
        match &mut self.kind {
            Kind::Struct(column) => column.take().map(|(columns, _, _)| columns),
            _ => Ok(vec![self.finish()?]),
        }
    }

    /// The column of what was appended since the last call.
    pub fn finish(&mut self) -> Result<ArrayRef> {
        let t = &self.data_type;
        match &mut self.kind {
            Kind::Null(rows) => Ok(Arc::new(NullArray::new(std::mem::take(rows)))),
            Kind::Boolean(values, nulls) => {
                let values = values.finish();
                Ok(Arc::new(BooleanArray::new(values, nulls.finish())))
            }
            Kind::Int8(column) => column.finish::<Int8Type>(t),
            Kind::Int16(column) => column.finish::<Int16Type>(t),
            Kind::Int32(column) => column.finish::<Int32Type>(t),
            Kind::Int64(column) => column.finish::<Int64Type>(t),
            Kind::UInt8(column) => column.finish::<UInt8Type>(t),
            Kind::UInt16(column) => column.finish::<UInt16Type>(t),
            Kind::UInt32(column) => column.finish::<UInt32Type>(t),
            Kind::UInt64(column) => column.finish::<UInt64Type>(t),
            Kind::Float16(column) => column.finish::<Float16Type>(t),
            Kind::Float32(column) => column.finish::<Float32Type>(t),
            Kind::Float64(column) => column.finish::<Float64Type>(t),
            Kind::Decimal32(column, _) => column.finish::<Decimal32Type>(t),
            Kind::Decimal64(column, _) => column.finish::<Decimal64Type>(t),
            Kind::Decimal128(column, _) => column.finish::<Decimal128Type>(t),
            Kind::Decimal256(column, _) => column.finish::<Decimal256Type>(t),
            Kind::Date32(column) => column.finish::<Date32Type>(t),
            Kind::Date64(column) => column.finish::<Date64Type>(t),
            Kind::Time32(column, TimeUnit::Second) => column.finish::<Time32SecondType>(t),
            Kind::Time32(column, _) => column.finish::<Time32MillisecondType>(t),
            Kind::Time64(column, TimeUnit::Nanosecond) => column.finish::<Time64NanosecondType>(t),
            Kind::Time64(column, _) => column.finish::<Time64MicrosecondType>(t),
            Kind::Timestamp(column, unit, _) => match unit {
                TimeUnit::Second => column.finish::<TimestampSecondType>(t),
                TimeUnit::Millisecond => column.finish::<TimestampMillisecondType>(t),
                TimeUnit::Microsecond => column.finish::<TimestampMicrosecondType>(t),
                TimeUnit::Nanosecond => column.finish::<TimestampNanosecondType>(t),
            },
            Kind::Duration(column, unit) => match unit {
                TimeUnit::Second => column.finish::<DurationSecondType>(t),
                TimeUnit::Millisecond => column.finish::<DurationMillisecondType>(t),
                TimeUnit::Microsecond => column.finish::<DurationMicrosecondType>(t),
                TimeUnit::Nanosecond => column.finish::<DurationNanosecondType>(t),
            },
            Kind::IntervalMonths(column) => column.finish::<IntervalYearMonthType>(t),
            Kind::IntervalDays(column) => column.finish::<IntervalDayTimeType>(t),
            Kind::Interval(column) => column.finish::<IntervalMonthDayNanoType>(t),
            Kind::Text(column) | Kind::Binary(column) | Kind::Json(column) | Kind::Raw(column) => column.finish(t),
            Kind::FixedBinary(column) | Kind::Uuid(column) => column.finish(),
            Kind::List(column) => column.finish(t),
            Kind::FixedList(column) => column.finish(t),
            Kind::Struct(column) => column.finish(),
            Kind::Map(column) => column.finish(t),
            Kind::Choice(column) => column.finish(),
            Kind::Dictionary(column) => column.finish(),
            Kind::Runs(column) => column.finish(),
            Kind::Variant(column) => column.finish(t),
        }
    }
}

/// Whether the string at the cursor is one of those that are null; the cursor then stands behind it.
#[cold]
fn is_null_value(cursor: &mut Cursor<'_>, work: &mut Work) -> Result<bool> {
    let mut behind = *cursor;
    let text = behind.string(&mut work.scratch)?;
    let found = work.rules.null_values.iter().any(|null| null == text);
    if found {
        *cursor = behind;
    }
    Ok(found)
}

/// The string that began at `at` was not Unicode: counted if it was repaired, refused if its bytes were kept.
#[cold]
fn repaired(cursor: &Cursor<'_>, work: &mut Work, path: &str, at: usize) -> Result<()> {
    if cursor.leniency().repair == Some(Repair::Keep) {
        return Err(Error::value(Code::Utf8, "the text is not valid UTF-8, and the column is text")
            .at_byte(at as u64)
            .with_hint("read the column as binary, or with --invalid-utf8=replace or --invalid-utf8=latin1"));
    }
    work.count(Code::Utf8, path);
    Ok(())
}
