//! Arrow values as wire values: exact, or an error that names the row.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, BinaryViewArray, FixedSizeBinaryArray, StringViewArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field as Column, IntervalUnit, TimeUnit};

use super::json;
use super::plan::is_uuid;
use super::write::Values;
use crate::code::Code;
use crate::column::number::width::{f32_of_f16, f32_of_f64, f64_of_f16, f64_of_f32};
use crate::column::proto::decode::known::{DURATION_SECONDS_MAX, SECONDS_MAX, SECONDS_MIN};
use crate::column::proto::fault::Fault;
use crate::column::proto::wire::zigzag;
use crate::column::proto::{confluent, date_time};
use crate::column::{bytes, decimal, temporal};
use crate::error::{Error, Result};
use crate::schema::proto::pool::{Enum, Scalar};
use crate::schema::proto::shape::Known;

/// Byte strings of any Arrow layout. Clones buffers' handles, not their bytes.
pub enum Texts {
    Small(OffsetBuffer<i32>, Buffer),
    Large(OffsetBuffer<i64>, Buffer),
    TextView(StringViewArray),
    BinaryView(BinaryViewArray),
    Fixed(FixedSizeBinaryArray),
    /// Made here: where each ends, and the bytes.
    Made(Vec<usize>, Vec<u8>),
}

impl Texts {
    /// The byte strings of an array, if it holds such.
    pub fn of(array: &ArrayRef) -> Option<Texts> {
        Some(match array.data_type() {
            DataType::Utf8 => {
                let array = array.as_string::<i32>();
                Texts::Small(array.offsets().clone(), array.values().clone())
            }
            DataType::Binary => {
                let array = array.as_binary::<i32>();
                Texts::Small(array.offsets().clone(), array.values().clone())
            }
            DataType::LargeUtf8 => {
                let array = array.as_string::<i64>();
                Texts::Large(array.offsets().clone(), array.values().clone())
            }
            DataType::LargeBinary => {
                let array = array.as_binary::<i64>();
                Texts::Large(array.offsets().clone(), array.values().clone())
            }
            DataType::Utf8View => Texts::TextView(array.as_string_view().clone()),
            DataType::BinaryView => Texts::BinaryView(array.as_binary_view().clone()),
            DataType::FixedSizeBinary(_) => Texts::Fixed(array.as_fixed_size_binary().clone()),
            _ => return None,
        })
    }

    /// The bytes of a row.
    #[inline]
    pub fn get(&self, row: usize) -> &[u8] {
        match self {
            Texts::Small(offsets, bytes) => &bytes[offsets[row] as usize..offsets[row + 1] as usize],
            Texts::Large(offsets, bytes) => &bytes[offsets[row] as usize..offsets[row + 1] as usize],
            Texts::TextView(array) => array.value(row).as_bytes(),
            Texts::BinaryView(array) => array.value(row),
            Texts::Fixed(array) => array.value(row),
            Texts::Made(ends, bytes) => &bytes[if row == 0 { 0 } else { ends[row - 1] }..ends[row]],
        }
    }
}

/// Integers of any width.
enum Integers {
    Signed(ScalarBuffer<i64>),
    Unsigned(ScalarBuffer<u64>),
}

fn integers(array: &ArrayRef) -> Option<Integers> {
    macro_rules! widened {
        ($type:ty) => {
            Integers::Signed(array.as_primitive::<$type>().values().iter().map(|value| i64::from(*value)).collect())
        };
    }
    Some(match array.data_type() {
        DataType::Int8 => widened!(Int8Type),
        DataType::Int16 => widened!(Int16Type),
        DataType::Int32 => widened!(Int32Type),
        DataType::Int64 => Integers::Signed(array.as_primitive::<Int64Type>().values().clone()),
        DataType::Date32 => widened!(Date32Type),
        DataType::Timestamp(unit, _) => Integers::Signed(moments(array, *unit).ok()?),
        DataType::UInt8 => widened!(UInt8Type),
        DataType::UInt16 => widened!(UInt16Type),
        DataType::UInt32 => widened!(UInt32Type),
        DataType::UInt64 => Integers::Unsigned(array.as_primitive::<UInt64Type>().values().clone()),
        _ => return None,
    })
}

/// `f` of every row that is set, the default elsewhere.
pub(super) fn each<O: Clone + Default>(
    len: usize,
    set: Option<&NullBuffer>,
    mut f: impl FnMut(usize) -> Result<O>,
) -> Result<Vec<O>, Fault> {
    let mut out = Vec::with_capacity(len);
    for row in 0..len {
        let value = if set.is_none_or(|set| set.is_valid(row)) {
            f(row).map_err(|error| Fault::new(row, error))?
        } else {
            O::default()
        };
        out.push(value);
    }
    Ok(out)
}

pub(super) fn wrong(array: &ArrayRef) -> Fault {
    Fault::new(0, Error::internal(format!("type {} was not judged", array.data_type())))
}

fn int_range(value: impl std::fmt::Display, scalar: Scalar) -> Error {
    Error::value(Code::IntRange, format!("{value} is outside the range of {}", scalar.name()))
}

/// The values of a scalar field.
pub fn scalar(scalar: Scalar, array: &ArrayRef, column: &Column, set: Option<&NullBuffer>) -> Result<Values, Fault> {
    match scalar {
        Scalar::Bool => {
            let values = array.as_boolean_opt().ok_or_else(|| wrong(array))?.values();
            Ok(Values::Varint(values.iter().map(u64::from).collect::<Vec<_>>().into()))
        }
        Scalar::String => {
            let values = texts(array, column, set)?;
            if matches!(array.data_type(), DataType::Binary | DataType::LargeBinary | DataType::BinaryView) {
                check_utf8(&values, array.len(), set)?;
            }
            Ok(Values::Bytes(values))
        }
        Scalar::Bytes if array.data_type().is_decimal() => unscaled(array, set).map(Values::Bytes),
        Scalar::Bytes => Texts::of(array).map(Values::Bytes).ok_or_else(|| wrong(array)),
        Scalar::Double => match array.as_primitive_opt::<Float64Type>() {
            // The bits are the wire form.
            Some(array) => Ok(Values::Eight(same_bits(array.values()))),
            None => doubles(array, set).map(|values| Values::Eight(values.into())),
        },
        Scalar::Float => floats(array, set).map(Values::Four),
        _ => {
            match (scalar, array.data_type()) {
                (Scalar::Int64, DataType::Int64) => {
                    return Ok(Values::Varint(same_bits(array.as_primitive::<Int64Type>().values())));
                }
                (Scalar::Uint64, DataType::UInt64) => {
                    return Ok(Values::Varint(array.as_primitive::<UInt64Type>().values().clone()));
                }
                _ => {}
            }
            let values = integers(array).ok_or_else(|| wrong(array))?;
            let checked = match &values {
                Integers::Signed(values) => each(values.len(), set, |row| signed(values[row], scalar))?,
                Integers::Unsigned(values) => each(values.len(), set, |row| {
                    let value = values[row];
                    if matches!(scalar, Scalar::Uint64 | Scalar::Fixed64) {
                        return Ok(value);
                    }
                    signed(i64::try_from(value).map_err(|_| int_range(value, scalar))?, scalar)
                })?,
            };
            Ok(match scalar.wire() {
                5 => Values::Four(checked.into_iter().map(|value| value as u32).collect()),
                1 => Values::Eight(checked.into()),
                _ => Values::Varint(checked.into()),
            })
        }
    }
}

/// The same buffer as 64 unsigned bits a value.
fn same_bits<T: arrow_buffer::ArrowNativeType>(values: &ScalarBuffer<T>) -> ScalarBuffer<u64> {
    ScalarBuffer::from(values.inner().clone())
}

/// The wire form of an integer: sign-extended, zigzagged, or its low bits.
#[inline]
fn signed(value: i64, scalar: Scalar) -> Result<u64> {
    let fits = match scalar {
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => i32::try_from(value).is_ok(),
        Scalar::Uint32 | Scalar::Fixed32 => u32::try_from(value).is_ok(),
        Scalar::Uint64 | Scalar::Fixed64 => value >= 0,
        _ => true,
    };
    if !fits {
        return Err(int_range(value, scalar));
    }
    Ok(match scalar {
        Scalar::Sint32 | Scalar::Sint64 => zigzag(value),
        _ => value as u64,
    })
}

fn not_exact(value: impl std::fmt::Display, target: &str) -> Error {
    Error::value(Code::FloatDigits, format!("{value} has more digits than a {target} holds"))
}

fn doubles(array: &ArrayRef, set: Option<&NullBuffer>) -> Result<Vec<u64>, Fault> {
    Ok(match array.data_type() {
        DataType::Float64 => array.as_primitive::<Float64Type>().values().iter().map(|v| v.to_bits()).collect(),
        DataType::Float32 => {
            array.as_primitive::<Float32Type>().values().iter().map(|v| f64_of_f32(*v).to_bits()).collect()
        }
        DataType::Float16 => {
            array.as_primitive::<Float16Type>().values().iter().map(|v| f64_of_f16(*v).to_bits()).collect()
        }
        _ => match integers(array).ok_or_else(|| wrong(array))? {
            Integers::Signed(values) => each(values.len(), set, |row| {
                let float = values[row] as f64;
                if float as i128 == i128::from(values[row]) {
                    Ok(float.to_bits())
                } else {
                    Err(not_exact(values[row], "double"))
                }
            })?,
            Integers::Unsigned(values) => each(values.len(), set, |row| {
                let float = values[row] as f64;
                if float as u128 == u128::from(values[row]) {
                    Ok(float.to_bits())
                } else {
                    Err(not_exact(values[row], "double"))
                }
            })?,
        },
    })
}

fn floats(array: &ArrayRef, set: Option<&NullBuffer>) -> Result<Vec<u32>, Fault> {
    Ok(match array.data_type() {
        DataType::Float32 => array.as_primitive::<Float32Type>().values().iter().map(|v| v.to_bits()).collect(),
        DataType::Float16 => {
            array.as_primitive::<Float16Type>().values().iter().map(|v| f32_of_f16(*v).to_bits()).collect()
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().values();
            each(values.len(), set, |row| {
                let value = values[row];
                if value.is_finite() && (value as f32).is_infinite() {
                    return Err(Error::value(Code::FloatRange, format!("{value} is too large for a float")));
                }
                f32_of_f64(value).map(f32::to_bits).ok_or_else(|| not_exact(value, "float"))
            })?
        }
        _ => match integers(array).ok_or_else(|| wrong(array))? {
            Integers::Signed(values) => each(values.len(), set, |row| {
                let float = values[row] as f32;
                if float as i128 == i128::from(values[row]) {
                    Ok(float.to_bits())
                } else {
                    Err(not_exact(values[row], "float"))
                }
            })?,
            Integers::Unsigned(values) => each(values.len(), set, |row| {
                let float = values[row] as f32;
                if float as u128 == u128::from(values[row]) {
                    Ok(float.to_bits())
                } else {
                    Err(not_exact(values[row], "float"))
                }
            })?,
        },
    })
}

fn check_utf8(texts: &Texts, rows: usize, set: Option<&NullBuffer>) -> Result<(), Fault> {
    let set = |row: &usize| set.is_none_or(|set| set.is_valid(*row));
    match (0..rows).filter(set).find(|row| simdutf8::basic::from_utf8(texts.get(*row)).is_err()) {
        None => Ok(()),
        Some(row) => {
            Err(Fault::new(row, Error::value(Code::Utf8, "bytes that are not UTF-8, but the field is a string")))
        }
    }
}

fn texts(array: &ArrayRef, column: &Column, set: Option<&NullBuffer>) -> Result<Texts, Fault> {
    if is_uuid(column) {
        let array = array.as_fixed_size_binary();
        return made(array.len(), set, |row, out| {
            if let Ok(uuid) = <&[u8; 16]>::try_from(array.value(row)) {
                bytes::push_uuid(out, uuid);
            }
            Ok(())
        });
    }
    let len = array.len();
    match array.data_type() {
        DataType::Decimal32(_, scale) => {
            let array = array.as_primitive::<Decimal32Type>();
            made(len, set, |row, out| {
                decimal::push_i128(out, i128::from(array.value(row)), *scale);
                Ok(())
            })
        }
        DataType::Decimal64(_, scale) => {
            let array = array.as_primitive::<Decimal64Type>();
            made(len, set, |row, out| {
                decimal::push_i128(out, i128::from(array.value(row)), *scale);
                Ok(())
            })
        }
        DataType::Decimal128(_, scale) => {
            let array = array.as_primitive::<Decimal128Type>();
            made(len, set, |row, out| {
                decimal::push_i128(out, array.value(row), *scale);
                Ok(())
            })
        }
        DataType::Decimal256(_, scale) => {
            let array = array.as_primitive::<Decimal256Type>();
            made(len, set, |row, out| {
                decimal::push_i256(out, array.value(row), *scale);
                Ok(())
            })
        }
        _ => Texts::of(array).ok_or_else(|| wrong(array)),
    }
}

/// Decimals as unscaled numbers: two's complement, big-endian, as short as it goes.
fn unscaled(array: &ArrayRef, set: Option<&NullBuffer>) -> Result<Texts, Fault> {
    macro_rules! narrow {
        ($type:ty) => {{
            let values = array.as_primitive::<$type>().values();
            made(values.len(), set, |row, out| {
                decimal::to_be_bytes_i128(out, i128::from(values[row]));
                Ok(())
            })
        }};
    }
    match array.data_type() {
        DataType::Decimal32(..) => narrow!(Decimal32Type),
        DataType::Decimal64(..) => narrow!(Decimal64Type),
        DataType::Decimal128(..) => narrow!(Decimal128Type),
        _ => {
            let values = array.as_primitive::<Decimal256Type>().values();
            made(values.len(), set, |row, out| {
                decimal::to_be_bytes_i256(out, values[row]);
                Ok(())
            })
        }
    }
}

/// Decimals as messages of their unscaled numbers.
fn decimals(array: &ArrayRef, scale: i8, set: Option<&NullBuffer>) -> Result<Values, Fault> {
    let unscaled = unscaled(array, set)?;
    made(array.len(), set, |row, out| confluent::push(out, unscaled.get(row), i64::from(scale))).map(Values::Bytes)
}

/// Byte strings that `f` appends for every row that is set.
pub(super) fn made(
    len: usize,
    set: Option<&NullBuffer>,
    mut f: impl FnMut(usize, &mut Vec<u8>) -> Result<()>,
) -> Result<Texts, Fault> {
    let mut bytes = Vec::new();
    let ends = each(len, None, |row| {
        if set.is_none_or(|set| set.is_valid(row)) {
            f(row, &mut bytes)?;
        }
        Ok(bytes.len())
    })?;
    Ok(Texts::Made(ends, bytes))
}

/// Numbers of enum symbols.
pub fn numbers(names: &Enum, array: &ArrayRef, set: Option<&NullBuffer>) -> Result<Vec<u64>, Fault> {
    if let Some(values) = integers(array) {
        return match values {
            Integers::Signed(values) => each(values.len(), set, |row| signed(values[row], Scalar::Int32)),
            Integers::Unsigned(values) => {
                each(values.len(), set, |row| signed(i64::try_from(values[row]).unwrap_or(i64::MAX), Scalar::Int32))
            }
        };
    }
    let texts = Texts::of(array).ok_or_else(|| wrong(array))?;
    let symbols = symbols(names);
    each(array.len(), set, |row| number(names, &symbols, texts.get(row)))
}

/// Numbers of the symbols in a dictionary, looked up once a symbol.
pub fn dictionary_numbers(names: &Enum, array: &ArrayRef, set: Option<&NullBuffer>) -> Result<Vec<u64>, Fault> {
    let dictionary = array.as_any_dictionary();
    let values = dictionary.values();
    if values.is_empty() {
        return Ok(vec![0; array.len()]);
    }
    let keys = dictionary.normalized_keys();
    let mut used = vec![false; values.len()];
    for (row, key) in keys.iter().enumerate() {
        used[*key] |= set.is_none_or(|set| set.is_valid(row));
    }
    let used = NullBuffer::from(used);
    let numbers = numbers(names, values, Some(&used)).map_err(|fault| {
        let row =
            keys.iter().enumerate().position(|(row, key)| *key == fault.row && set.is_none_or(|set| set.is_valid(row)));
        Fault::new(row.unwrap_or(0), fault.error)
    })?;
    Ok(keys.into_iter().map(|key| numbers[key]).collect())
}

fn symbols(names: &Enum) -> HashMap<&[u8], i32> {
    // Of equal names the first counts.
    names.values.iter().rev().map(|(name, number)| (name.as_bytes(), *number)).collect()
}

fn number(names: &Enum, symbols: &HashMap<&[u8], i32>, text: &[u8]) -> Result<u64> {
    if let Some(number) = symbols.get(text) {
        return Ok(i64::from(*number) as u64);
    }
    let text = String::from_utf8_lossy(text);
    match names.number(&text) {
        Some(number) => Ok(i64::from(number) as u64),
        None => Err(Error::value(Code::Enum, format!("{text:?} is not a symbol of enum {}", names.name))),
    }
}

/// Values of well-known types.
pub fn known(known: Known, array: &ArrayRef, column: &Column, set: Option<&NullBuffer>) -> Result<Values, Fault> {
    let len = array.len();
    match (known, array.data_type()) {
        (Known::TimestampNanoseconds | Known::TimestampMicroseconds, DataType::Timestamp(unit, _)) => {
            let values = moments(array, *unit)?;
            let per_second = temporal::per_second(*unit);
            let in_range = |seconds: i64| (SECONDS_MIN..=SECONDS_MAX).contains(&seconds);
            // Nanoseconds reach from 1677 to 2262 only.
            if *unit != TimeUnit::Nanosecond {
                each(len, set, |row| match values[row].div_euclid(per_second) {
                    seconds if in_range(seconds) => Ok(()),
                    seconds => Err(Error::value(
                        Code::TimestampRange,
                        format!("{seconds} s since 1970 is outside the years 1 to 9999 of google.protobuf.Timestamp"),
                    )),
                })?;
            }
            Ok(Values::Moment { values, unit: *unit, duration: false })
        }
        (Known::Duration | Known::DurationMicroseconds, DataType::Duration(unit)) => {
            let values = moments(array, *unit)?;
            let per_second = temporal::per_second(*unit);
            if *unit != TimeUnit::Nanosecond {
                each(len, set, |row| match values[row] / per_second {
                    seconds if seconds.unsigned_abs() <= DURATION_SECONDS_MAX as u64 => Ok(()),
                    seconds => Err(Error::value(
                        Code::TimestampRange,
                        format!("{seconds} s is longer than google.protobuf.Duration allows (315576000000 s)"),
                    )),
                })?;
            }
            Ok(Values::Moment { values, unit: *unit, duration: true })
        }
        (Known::Date, DataType::Date32) => {
            let values = array.as_primitive::<Date32Type>().values();
            each(len, set, |row| date(i64::from(values[row]))).map(Values::Parts)
        }
        (Known::Date, DataType::Date64) => {
            let values = array.as_primitive::<Date64Type>().values();
            let dates = each(len, set, |row| {
                if values[row] % 86_400_000 != 0 {
                    return Err(Error::value(Code::TimePrecision, format!("{} ms is not a whole day", values[row])));
                }
                date(values[row] / 86_400_000)
            });
            dates.map(Values::Parts)
        }
        (Known::TimeOfDay, DataType::Time32(unit) | DataType::Time64(unit)) => {
            let values = moments(array, *unit)?;
            let per_second = temporal::per_second(*unit);
            each(len, set, |row| time_of_day(values[row], per_second)).map(Values::Parts)
        }
        (Known::DateTimeNanoseconds | Known::DateTimeMicroseconds, DataType::Timestamp(unit, None)) => {
            let values = moments(array, *unit)?;
            let per_second = temporal::per_second(*unit);
            made(len, set, |row, out| date_time::push(out, values[row], per_second)).map(Values::Bytes)
        }
        (Known::ConfluentDecimal, DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale)) => {
            decimals(array, *scale, set)
        }
        (Known::ConfluentDecimal, DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale)) => {
            decimals(array, *scale, set)
        }
        (Known::ConfluentDecimal, _) => {
            let texts = Texts::of(array).ok_or_else(|| wrong(array))?;
            let number = decimal::is_decimal_text(column);
            made(len, set, |row, out| confluent::push_text(out, texts.get(row), number)).map(Values::Bytes)
        }
        (Known::Struct | Known::Value | Known::ListValue, _) => {
            let texts = Texts::of(array).ok_or_else(|| wrong(array))?;
            made(len, set, |row, out| json::push(out, known, texts.get(row))).map(Values::Bytes)
        }
        _ => Err(wrong(array)),
    }
}

fn moments(array: &ArrayRef, unit: TimeUnit) -> Result<ScalarBuffer<i64>, Fault> {
    macro_rules! values {
        ($type:ty) => {
            array.as_primitive::<$type>().values().clone()
        };
    }
    Ok(match (array.data_type(), unit) {
        (DataType::Timestamp(..), TimeUnit::Second) => values!(TimestampSecondType),
        (DataType::Timestamp(..), TimeUnit::Millisecond) => values!(TimestampMillisecondType),
        (DataType::Timestamp(..), TimeUnit::Microsecond) => values!(TimestampMicrosecondType),
        (DataType::Timestamp(..), TimeUnit::Nanosecond) => values!(TimestampNanosecondType),
        (DataType::Duration(_), TimeUnit::Second) => values!(DurationSecondType),
        (DataType::Duration(_), TimeUnit::Millisecond) => values!(DurationMillisecondType),
        (DataType::Duration(_), TimeUnit::Microsecond) => values!(DurationMicrosecondType),
        (DataType::Duration(_), TimeUnit::Nanosecond) => values!(DurationNanosecondType),
        (DataType::Time64(_), TimeUnit::Microsecond) => values!(Time64MicrosecondType),
        (DataType::Time64(_), TimeUnit::Nanosecond) => values!(Time64NanosecondType),
        (DataType::Time32(_), TimeUnit::Second) => {
            array.as_primitive::<Time32SecondType>().values().iter().map(|value| i64::from(*value)).collect()
        }
        (DataType::Time32(_), TimeUnit::Millisecond) => {
            array.as_primitive::<Time32MillisecondType>().values().iter().map(|value| i64::from(*value)).collect()
        }
        _ => return Err(wrong(array)),
    })
}

fn date(days: i64) -> Result<[i32; 4]> {
    let (year, month, day) = temporal::civil_from_days(days);
    match i32::try_from(year) {
        Ok(year @ 1..=9999) => Ok([year, month as i32, day as i32, 0]),
        _ => Err(Error::value(
            Code::DateRange,
            format!("the year {year} is outside the years 1 to 9999 of google.type.Date"),
        )),
    }
}

fn time_of_day(value: i64, per_second: i64) -> Result<[i32; 4]> {
    let (seconds, rest) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    if !(0..86_400).contains(&seconds) {
        return Err(Error::value(Code::DateRange, format!("{seconds} s is not a time of day below 24:00")));
    }
    let nanos = rest * (1_000_000_000 / per_second);
    Ok([(seconds / 3600) as i32, (seconds / 60 % 60) as i32, (seconds % 60) as i32, nanos as i32])
}

/// Months, days, nanoseconds.
pub fn interval(array: &ArrayRef) -> Result<Values, Fault> {
    let parts = match array.data_type() {
        DataType::Interval(IntervalUnit::YearMonth) => {
            let values = array.as_primitive::<IntervalYearMonthType>().values();
            values.iter().map(|months| [i64::from(*months), 0, 0]).collect()
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let values = array.as_primitive::<IntervalDayTimeType>().values();
            values.iter().map(|value| [0, i64::from(value.days), i64::from(value.milliseconds) * 1_000_000]).collect()
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let values = array.as_primitive::<IntervalMonthDayNanoType>().values();
            values.iter().map(|value| [i64::from(value.months), i64::from(value.days), value.nanoseconds]).collect()
        }
        _ => return Err(wrong(array)),
    };
    Ok(Values::Interval(parts))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Float16Array, Float32Array, Float64Array};
    use half::f16;

    use super::*;

    #[test]
    fn signalling_nan_stays_so_in_wider_floats() {
        let half: ArrayRef = Arc::new(Float16Array::from(vec![f16::from_bits(0x7c01)]));
        assert!(matches!(floats(&half, None), Ok(bits) if bits == [0x7f80_2000]));
        assert!(matches!(doubles(&half, None), Ok(bits) if bits == [0x7ff0_0400_0000_0000]));
        let float: ArrayRef = Arc::new(Float32Array::from(vec![f32::from_bits(0xff80_0001)]));
        assert!(matches!(doubles(&float, None), Ok(bits) if bits == [0xfff0_0000_2000_0000]));
    }

    #[test]
    fn nan_with_more_bits_than_a_float_has_is_refused() {
        let double = |bits| Arc::new(Float64Array::from(vec![f64::from_bits(bits)])) as ArrayRef;
        assert!(matches!(floats(&double(0x7ff0_0400_0000_0000), None), Ok(bits) if bits == [0x7f80_2000]));
        assert!(floats(&double(0x7ff0_0000_0000_07a2), None).is_err());
    }
}
