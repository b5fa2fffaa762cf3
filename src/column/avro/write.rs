//! Bound writers: one per place in the schema, bound to the arrays of a batch. Writing a value costs one match;
//! nothing is allocated per cell. `write` writes any value, or says what is wrong with it; [`fast`] the usual ones.

mod columns;
mod decimal;
mod fast;
mod fault;
mod symbols;

use std::cell::Cell;

use arrow_array::{BooleanArray, FixedSizeBinaryArray};
use arrow_buffer::{ArrowNativeType, NullBuffer, OffsetBuffer, i256};

pub(crate) use self::columns::{Decimals, Integers, Intervals, Ranges, Texts};
use self::decimal::{push_text, write_decimal, write_unscaled};
use self::fault::{
    date_range, int_range, not_a_symbol, not_a_uuid, not_text, null_in_branch, null_value, outside_day, precision,
    timestamp_range, wrong_length,
};
pub(crate) use self::symbols::{Symbols, UnknownSymbol};
use super::column::Context;
use super::{json, numeric, put};
use crate::code::Code;
use crate::column::json::DEPTH_LIMIT;
use crate::column::number::width::{f32_of_f16, f64_of_f16, f64_of_f32};
use crate::error::{Error, Result};
use crate::schema::avsc::model::{Document, Node};

/// A place in the schema, bound to a column.
pub(crate) struct Place<'a> {
    pub(crate) nulls: Option<NullBuffer>,
    pub(crate) branch: Branch,
    pub(crate) value: Value<'a>,
    /// Where text that is no symbol of the enum becomes null: how often it did.
    pub(crate) nulled: Option<Cell<u64>>,
}

/// What goes in front of a value.
#[derive(Clone, Copy)]
pub(crate) enum Branch {
    /// Nothing: the place cannot be null.
    None,
    /// The number of the only branch.
    Single,
    /// The encoded numbers of the null branch and of the other.
    Optional { null: u8, value: u8 },
}

/// A column and how its values are written.
pub(crate) enum Value<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    /// Any integers as `int`, checked.
    Int(Integers<'a>),
    /// Any integers as `long`, checked.
    Long(Integers<'a>),
    Float16(&'a [half::f16]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
    /// Floats of 32 or 16 bits as `double`.
    WideFloat32(&'a [f32]),
    WideFloat16(&'a [half::f16]),
    /// Integers of 16 bits at most: a float holds them all.
    FloatOf(Integers<'a>),
    /// Integers of 32 bits at most: a double holds them all.
    DoubleOf(Integers<'a>),
    Bytes(Texts<'a>),
    /// Byte strings as text: checked.
    CheckedText(Texts<'a>),
    Fixed(Texts<'a>, usize),
    UuidText(&'a FixedSizeBinaryArray),
    /// Text or bytes that have to be the text of a UUID.
    CheckedUuid(Texts<'a>),
    /// Milliseconds that are whole days.
    Date64(&'a [i64]),
    /// Seconds of a day as milliseconds.
    TimeSecond(&'a [i32]),
    TimeMillis(&'a [i32]),
    TimeMicros(&'a [i64]),
    /// Nanoseconds that are whole microseconds.
    TimeNanos(&'a [i64]),
    /// Nanoseconds of a day as they are.
    NanosOfDay(&'a [i64]),
    /// Seconds as milliseconds.
    TimestampSecond(&'a [i64]),
    Decimal {
        values: Decimals<'a>,
        times: i256,
        precision: usize,
        fixed: Option<usize>,
    },
    DecimalText {
        text: Texts<'a>,
        precision: usize,
        scale: usize,
        fixed: Option<usize>,
        /// It is a number, which other digits say as well; else the same text must come back.
        number: bool,
    },
    /// Decimals of a scale below zero as their digits.
    Digits(Decimals<'a>, i8),
    BigDecimal {
        text: Texts<'a>,
        /// As that of `DecimalText`.
        number: bool,
    },
    Interval(Intervals<'a>),
    /// Intervals as a record of months, days and nanoseconds.
    IntervalParts(Intervals<'a>),
    Enum(Texts<'a>, Symbols<'a>),
    /// A dictionary or run-end encoding: where each row's value stands.
    Indexed(Vec<usize>, Box<Place<'a>>),
    List(Ranges<'a>, Box<Place<'a>>),
    Map(&'a OffsetBuffer<i32>, Box<Place<'a>>, Box<Place<'a>>),
    Record(Vec<(&'a str, Place<'a>)>),
    Union {
        ids: &'a [i8],
        offsets: Option<&'a [i32]>,
        /// By type id: the number of the branch and the child.
        branches: Vec<Option<(i64, Place<'a>)>>,
    },
    /// A union as a record with one optional field per branch: type id, what a null is in it, the child.
    UnionRecord {
        ids: &'a [i8],
        offsets: Option<&'a [i32]>,
        fields: Vec<(i8, BranchNull, Place<'a>)>,
    },
    /// The datum of a recursive type as JSON.
    Json(Texts<'a>, &'a Document, &'a Node),
    /// The bytes of the datum of a recursive type.
    Raw(Texts<'a>),
}

/// What a null is in a branch of a union that is written as a record (`branch_of_nulls`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BranchNull {
    /// All there is: the branch is of type null.
    Type,
    /// Read as a null of this branch.
    Own,
    /// Read as a null of another branch.
    OfAnother,
}

impl Place<'_> {
    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Writes the value of a row.
    #[inline]
    pub(crate) fn write(&self, row: usize, out: &mut Vec<u8>) -> Result<()> {
        let null = self.is_null(row);
        match self.branch {
            Branch::None if null => return Err(null_value()),
            Branch::None => {}
            Branch::Single if null => return Err(null_value()),
            Branch::Single => out.push(0),
            Branch::Optional { null: branch, .. } if null => {
                out.push(branch);
                return Ok(());
            }
            Branch::Optional { null, value } => {
                if let Some(count) = self.nulled.as_ref().filter(|_| self.value.is_unknown(row)) {
                    count.set(count.get() + 1);
                    out.push(null);
                    return Ok(());
                }
                out.push(value);
            }
        }
        self.value.write(row, out)
    }
}

impl Value<'_> {
    #[inline]
    fn write(&self, row: usize, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Value::Null => {}
            Value::Boolean(array) => out.push(u8::from(array.value(row))),
            Value::Int32(values) => put::long(out, i64::from(values[row])),
            Value::Int64(values) => put::long(out, values[row]),
            Value::Int(values) => {
                let value = values.get(row);
                put::long(out, i64::from(i32::try_from(value).map_err(|_| int_range(value, "an int of 32 bits"))?));
            }
            Value::Long(values) => {
                let value = values.get(row);
                put::long(out, i64::try_from(value).map_err(|_| int_range(value, "a long of 64 bits"))?);
            }
            Value::Float16(values) => out.extend_from_slice(&f32_of_f16(values[row]).to_le_bytes()),
            Value::Float32(values) => out.extend_from_slice(&values[row].to_bits().to_le_bytes()),
            Value::Float64(values) => out.extend_from_slice(&values[row].to_bits().to_le_bytes()),
            Value::FloatOf(values) => out.extend_from_slice(&(values.get(row) as f32).to_le_bytes()),
            Value::DoubleOf(values) => out.extend_from_slice(&(values.get(row) as f64).to_le_bytes()),
            Value::WideFloat32(values) => out.extend_from_slice(&f64_of_f32(values[row]).to_le_bytes()),
            Value::WideFloat16(values) => out.extend_from_slice(&f64_of_f16(values[row]).to_le_bytes()),
            Value::Bytes(texts) => put::bytes(out, texts.get(row)),
            Value::CheckedText(texts) => {
                let bytes = texts.get(row);
                if let Err(bad) = std::str::from_utf8(bytes) {
                    return Err(not_text(bad.valid_up_to()));
                }
                put::bytes(out, bytes);
            }
            Value::Fixed(texts, size) => {
                let bytes = texts.get(row);
                if bytes.len() != *size {
                    return Err(wrong_length(bytes.len(), *size));
                }
                out.extend_from_slice(bytes);
            }
            Value::UuidText(array) => {
                let bytes = array.value(row).first_chunk().ok_or_else(|| wrong_length(0, 16))?;
                put::bytes(out, &numeric::uuid_text(bytes));
            }
            Value::CheckedUuid(texts) => {
                let bytes = texts.get(row);
                if numeric::parse_uuid(bytes).is_none() {
                    return Err(not_a_uuid(bytes));
                }
                put::bytes(out, bytes);
            }
            Value::Date64(values) => {
                let value = values[row];
                if value % 86_400_000 != 0 {
                    return Err(precision(value, "ms", "a whole day"));
                }
                let days = i32::try_from(value / 86_400_000).map_err(|_| date_range(value))?;
                put::long(out, i64::from(days));
            }
            Value::TimeSecond(values) => put::long(out, of_day(i64::from(values[row]), 86_400, "s")? * 1000),
            Value::TimeMillis(values) => put::long(out, of_day(i64::from(values[row]), 86_400_000, "ms")?),
            Value::TimeMicros(values) => put::long(out, of_day(values[row], 86_400_000_000, "us")?),
            Value::TimeNanos(values) => {
                let value = of_day(values[row], 86_400_000_000_000, "ns")?;
                if value % 1000 != 0 {
                    return Err(precision(value, "ns", "a whole microsecond"));
                }
                put::long(out, value / 1000);
            }
            Value::NanosOfDay(values) => put::long(out, of_day(values[row], 86_400_000_000_000, "ns")?),
            Value::TimestampSecond(values) => {
                let value = values[row];
                put::long(out, value.checked_mul(1000).ok_or_else(|| timestamp_range(value))?);
            }
            Value::Decimal { values, times, precision, fixed } => {
                write_decimal(values, row, *times, *precision, *fixed, out)?;
            }
            Value::DecimalText { text, precision, scale, fixed, number } => {
                let (bytes, fraction, digits) = numeric::parse_text(text.get(row), *number)?;
                if fraction != *scale {
                    return Err(Error::value(
                        Code::DecimalScale,
                        format!("{fraction} digits behind the point, the type has {scale}"),
                    ));
                }
                if digits > *precision {
                    let message = format!("a decimal of {digits} digits, the type has {precision}");
                    return Err(Error::value(Code::DecimalPrecision, message));
                }
                write_unscaled(&bytes, *fixed, out)?;
            }
            Value::Digits(values, scale) => {
                let mut digits = Vec::new();
                push_text(values, row, *scale, &mut digits);
                put::bytes(out, &digits);
            }
            Value::BigDecimal { text, number } => {
                let (bytes, fraction, _) = numeric::parse_text(text.get(row), *number)?;
                let mut inner = Vec::with_capacity(bytes.len() + 4);
                put::bytes(&mut inner, &bytes);
                put::long(&mut inner, fraction as i64);
                put::bytes(out, &inner);
            }
            Value::Interval(values) => {
                let (months, days, nanos) = values.get(row);
                out.extend_from_slice(&numeric::duration_bytes(months, days, nanos)?);
            }
            Value::IntervalParts(values) => {
                let (months, days, nanos) = values.get(row);
                put::long(out, months);
                put::long(out, days);
                put::long(out, nanos);
            }
            Value::Enum(texts, symbols) => {
                let symbol = texts.get(row);
                let place = match (symbols.places.get(symbol), &symbols.defaulted, symbols.default) {
                    (Some(place), _, _) => *place,
                    (None, Some(count), Some(default)) => {
                        count.set(count.get() + 1);
                        default
                    }
                    _ => return Err(not_a_symbol(symbol)),
                };
                put::long(out, place as i64);
            }
            Value::Indexed(indices, values) => values.write(indices[row], out)?,
            Value::List(ranges, item) => {
                let (start, end) = ranges.get(row);
                if start < end {
                    put::long(out, (end - start) as i64);
                    for index in start..end {
                        if let Err(error) = item.write(index, out) {
                            return Err(error.in_column("[]"));
                        }
                    }
                }
                out.push(0);
            }
            Value::Map(offsets, keys, values) => {
                let (start, end) = (offsets[row].as_usize(), offsets[row + 1].as_usize());
                if start < end {
                    put::long(out, (end - start) as i64);
                    for index in start..end {
                        keys.write(index, out)?;
                        if let Err(error) = values.write(index, out) {
                            return Err(error.in_column("{}"));
                        }
                    }
                }
                out.push(0);
            }
            Value::Record(fields) => {
                for (name, field) in fields {
                    if let Err(error) = field.write(row, out) {
                        return Err(error.in_column(name));
                    }
                }
            }
            Value::Union { ids, offsets, branches } => {
                let id = usize::try_from(ids[row]).unwrap_or_default();
                let Some(Some((number, child))) = branches.get(id) else {
                    return Err(Error::internal("a union value of no branch"));
                };
                let at = offsets.map_or(row, |offsets| offsets[row].as_usize());
                if child.is_null(at) {
                    return Err(null_in_branch());
                }
                put::long(out, *number);
                child.write(at, out)?;
            }
            Value::UnionRecord { ids, offsets, fields } => {
                let at = offsets.map_or(row, |offsets| offsets[row].as_usize());
                for (id, of_null, child) in fields {
                    match (*id == ids[row], of_null) {
                        (_, BranchNull::Type) => {}
                        (true, BranchNull::OfAnother) if child.is_null(at) => return Err(null_in_branch()),
                        (true, _) => child.write(at, out)?,
                        (false, _) => match child.branch {
                            Branch::Optional { null, .. } => out.push(null),
                            _ => return Err(Error::internal("a branch that cannot be left out")),
                        },
                    }
                }
            }
            Value::Json(texts, document, node) => {
                let text = std::str::from_utf8(texts.get(row)).map_err(|_| Error::internal("JSON is not UTF-8"))?;
                let context = Context { document, depth_max: DEPTH_LIMIT };
                json::encode(&context, node, text, out, 0)?;
            }
            Value::Raw(texts) => out.extend_from_slice(texts.get(row)),
        }
        Ok(())
    }
}

impl<'a> Place<'a> {
    /// A value and what goes in front of it.
    pub(crate) fn new(nulls: Option<NullBuffer>, branch: Branch, value: Value<'a>) -> Self {
        Place { nulls, branch, value, nulled: None }
    }

    /// A value without null.
    pub(crate) fn bare(value: Value<'a>) -> Self {
        Place::new(None, Branch::None, value)
    }
}

#[inline]
fn of_day(value: i64, day: i64, unit: &str) -> Result<i64> {
    if (0..day).contains(&value) { Ok(value) } else { Err(outside_day(value, unit)) }
}
