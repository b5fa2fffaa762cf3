//! The values of a chunk without its nulls, side by side, in their physical type.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ByteArrayType, ByteViewType, Decimal128Type, Decimal256Type, Int8Type, Int16Type, Int32Type, UInt8Type, UInt16Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, GenericByteArray, GenericByteViewArray};
use arrow_buffer::{ArrowNativeType, i256};
use arrow_schema::{DataType, TimeUnit};
use parquet::basic::{Encoding, Type as Physical};

use super::delta;
use super::leaf::Part;
use crate::error::{Error, Result};

/// Values in their physical type.
pub(super) enum Values<'a> {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<&'a [u8]>),
    /// Each of as many bytes as the column says, one behind the other: at least one.
    Fixed(Vec<u8>, usize),
}

impl<'a> Values<'a> {
    /// Whether arrays of `data_type` are gathered as `physical`.
    pub fn holds(data_type: &DataType, physical: Physical) -> bool {
        use DataType as T;
        match physical {
            Physical::BOOLEAN => matches!(data_type, T::Boolean),
            Physical::INT32 => matches!(
                data_type,
                T::Int8
                    | T::Int16
                    | T::Int32
                    | T::UInt8
                    | T::UInt16
                    | T::UInt32
                    | T::Date32
                    | T::Time32(TimeUnit::Millisecond)
                    | T::Decimal32(_, _)
                    | T::Decimal128(_, _)
            ),
            Physical::INT64 => matches!(
                data_type,
                T::Int64
                    | T::UInt64
                    | T::Time64(_)
                    | T::Timestamp(_, _)
                    | T::Duration(_)
                    | T::Decimal64(_, _)
                    | T::Decimal128(_, _)
            ),
            Physical::FLOAT => matches!(data_type, T::Float32),
            Physical::DOUBLE => matches!(data_type, T::Float64),
            Physical::BYTE_ARRAY => match data_type {
                T::Dictionary(key, value) => **key == T::Int32 && is_bytes(value),
                other => is_bytes(other),
            },
            Physical::FIXED_LEN_BYTE_ARRAY => match data_type {
                T::FixedSizeBinary(width) => *width > 0,
                other => matches!(other, T::Decimal128(_, _) | T::Decimal256(_, _)),
            },
            Physical::INT96 => false,
        }
    }

    /// The values of `parts`, whose arrays it [`holds`](Values::holds); `width` is that of values of a fixed number of bytes.
    ///
    /// # Errors
    /// `Internal` for other arrays, and for decimals with more digits than their type, which come no further than here.
    pub fn gather(parts: &'a [Part], physical: Physical, width: usize) -> Result<Self> {
        let count = parts.iter().flat_map(|part| &part.runs).map(Range::len).sum();
        let unknown = |array: &ArrayRef| Error::internal(format!("no plain values in {}", array.data_type()));
        let mut values = match physical {
            Physical::BOOLEAN => Values::Boolean(Vec::with_capacity(count)),
            Physical::INT32 => Values::Int32(Vec::with_capacity(count)),
            Physical::INT64 => Values::Int64(Vec::with_capacity(count)),
            Physical::FLOAT => Values::Float(Vec::with_capacity(count)),
            Physical::DOUBLE => Values::Double(Vec::with_capacity(count)),
            Physical::FIXED_LEN_BYTE_ARRAY => Values::Fixed(Vec::with_capacity(count * width), width),
            _ => Values::Bytes(Vec::with_capacity(count)),
        };
        for Part { array, runs } in parts {
            match (&mut values, array.data_type()) {
                (Values::Boolean(out), DataType::Boolean) => {
                    let bits = array.as_boolean().values();
                    out.extend(runs.iter().cloned().flatten().map(|row| bits.value(row)));
                }
                (Values::Int32(out), DataType::Int8) => widened::<Int8Type>(array, runs, out),
                (Values::Int32(out), DataType::Int16) => widened::<Int16Type>(array, runs, out),
                (Values::Int32(out), DataType::UInt8) => widened::<UInt8Type>(array, runs, out),
                (Values::Int32(out), DataType::UInt16) => widened::<UInt16Type>(array, runs, out),
                (Values::Int32(out), DataType::Decimal128(_, _)) => {
                    decimals(array, runs, out, |value| i32::try_from(value).ok())?;
                }
                (Values::Int64(out), DataType::Decimal128(_, _)) => {
                    decimals(array, runs, out, |value| i64::try_from(value).ok())?;
                }
                (Values::Int32(out), _) => same_width(array, runs, out),
                (Values::Int64(out), _) => same_width(array, runs, out),
                (Values::Float(out), DataType::Float32) => same_width(array, runs, out),
                (Values::Double(out), DataType::Float64) => same_width(array, runs, out),
                (Values::Bytes(out), _) => bytes(array, runs, out).ok_or_else(|| unknown(array))?,
                (Values::Fixed(out, width), DataType::FixedSizeBinary(size))
                    if usize::try_from(*size) == Ok(*width) =>
                {
                    let bytes = array.as_fixed_size_binary();
                    runs.iter().cloned().flatten().for_each(|row| out.extend_from_slice(bytes.value(row)));
                }
                (Values::Fixed(out, width), DataType::Decimal128(_, _)) => {
                    let values = array.as_primitive::<Decimal128Type>().values();
                    big_endian(values, runs, i128::to_be_bytes, *width, out)?;
                }
                (Values::Fixed(out, width), DataType::Decimal256(_, _)) => {
                    let values = array.as_primitive::<Decimal256Type>().values();
                    big_endian(values, runs, i256::to_be_bytes, *width, out)?;
                }
                _ => return Err(unknown(array)),
            }
        }
        Ok(values)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Values::Boolean(values) => values.len(),
            Values::Int32(values) => values.len(),
            Values::Int64(values) => values.len(),
            Values::Float(values) => values.len(),
            Values::Double(values) => values.len(),
            Values::Bytes(values) => values.len(),
            Values::Fixed(bytes, width) => bytes.len() / width,
        }
    }

    /// Some of them.
    pub fn part(&self, ranges: &[Range<usize>]) -> Values<'a> {
        fn pick<T: Copy>(values: &[T], ranges: &[Range<usize>]) -> Vec<T> {
            ranges.iter().flat_map(|range| &values[range.clone()]).copied().collect()
        }
        match self {
            Values::Boolean(values) => Values::Boolean(pick(values, ranges)),
            Values::Int32(values) => Values::Int32(pick(values, ranges)),
            Values::Int64(values) => Values::Int64(pick(values, ranges)),
            Values::Float(values) => Values::Float(pick(values, ranges)),
            Values::Double(values) => Values::Double(pick(values, ranges)),
            Values::Bytes(values) => Values::Bytes(pick(values, ranges)),
            Values::Fixed(bytes, width) => {
                let ranges: Vec<_> = ranges.iter().map(|range| range.start * width..range.end * width).collect();
                Values::Fixed(pick(bytes, &ranges), *width)
            }
        }
    }

    /// Bytes of texts, without their lengths; `None` for values of fixed width.
    pub fn text_bytes(&self) -> Option<usize> {
        match self {
            Values::Bytes(values) => Some(values.iter().map(|value| value.len()).sum()),
            _ => None,
        }
    }

    /// Bytes of some values in the encoding `PLAIN`.
    pub fn plain_bytes(&self, range: Range<usize>) -> usize {
        match self {
            Values::Boolean(_) => range.len().div_ceil(8),
            Values::Int32(_) | Values::Float(_) => range.len() * 4,
            Values::Int64(_) | Values::Double(_) => range.len() * 8,
            Values::Bytes(values) => values[range].iter().map(|value| value.len() + 4).sum(),
            Values::Fixed(_, width) => range.len() * width,
        }
    }

    /// Writes some values; an encoding that their type does not have is `PLAIN`, see [`Values::encodings`].
    pub fn write(&self, range: Range<usize>, encoding: Encoding, out: &mut Vec<u8>) {
        match (self, encoding) {
            (Values::Int32(values), Encoding::DELTA_BINARY_PACKED) => delta::write(&values[range], out),
            (Values::Int64(values), Encoding::DELTA_BINARY_PACKED) => delta::write(&values[range], out),
            // The first bytes of all values, then the second ones, and so on.
            (Values::Float(values), Encoding::BYTE_STREAM_SPLIT) => {
                let values = &values[range];
                (0..4).for_each(|byte| out.extend(values.iter().map(|value| (value.to_bits() >> (8 * byte)) as u8)));
            }
            (Values::Double(values), Encoding::BYTE_STREAM_SPLIT) => {
                let values = &values[range];
                (0..8).for_each(|byte| out.extend(values.iter().map(|value| (value.to_bits() >> (8 * byte)) as u8)));
            }
            (Values::Bytes(values), Encoding::DELTA_LENGTH_BYTE_ARRAY) => delta::write_texts(&values[range], out),
            (Values::Bytes(values), Encoding::DELTA_BYTE_ARRAY) => delta::write_prefixed(&values[range], out),
            _ => self.write_plain(range, out),
        }
    }

    /// Writes some values as they are: booleans as bits, numbers little-endian, texts behind their length.
    fn write_plain(&self, range: Range<usize>, out: &mut Vec<u8>) {
        out.reserve(self.plain_bytes(range.clone()));
        match self {
            Values::Boolean(values) => out.extend(
                values[range]
                    .chunks(8)
                    .map(|bits| bits.iter().enumerate().fold(0, |byte, (place, bit)| byte | u8::from(*bit) << place)),
            ),
            Values::Int32(values) => little_endian(&values[range], i32::to_le_bytes, out),
            Values::Int64(values) => little_endian(&values[range], i64::to_le_bytes, out),
            Values::Float(values) => little_endian(&values[range], f32::to_le_bytes, out),
            Values::Double(values) => little_endian(&values[range], f64::to_le_bytes, out),
            Values::Bytes(values) => {
                for value in &values[range] {
                    out.extend_from_slice(&(value.len() as u32).to_le_bytes());
                    out.extend_from_slice(value);
                }
            }
            Values::Fixed(bytes, width) => out.extend_from_slice(&bytes[range.start * width..range.end * width]),
        }
    }

    /// Writes the values at `places` as a dictionary page has them.
    pub fn write_picked(&self, places: &[u32], out: &mut Vec<u8>) {
        let ranges: Vec<Range<usize>> = places.iter().map(|place| *place as usize..*place as usize + 1).collect();
        let picked = self.part(&ranges);
        picked.write_plain(0..picked.len(), out);
    }

    /// Encodings beside dictionaries that may pay for such values, the plainest first.
    pub fn encodings(&self) -> &'static [Encoding] {
        match self {
            Values::Boolean(_) | Values::Fixed(..) => &[Encoding::PLAIN],
            Values::Int32(_) | Values::Int64(_) => &[Encoding::PLAIN, Encoding::DELTA_BINARY_PACKED],
            Values::Float(_) | Values::Double(_) => &[Encoding::PLAIN, Encoding::BYTE_STREAM_SPLIT],
            Values::Bytes(_) => &[Encoding::PLAIN, Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY],
        }
    }
}

fn is_bytes(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
    )
}

/// Values whose layout in memory is that of the physical type.
fn same_width<T: ArrowNativeType>(array: &ArrayRef, runs: &[Range<usize>], out: &mut Vec<T>) {
    let data = array.to_data();
    let values = data.buffer::<T>(0);
    runs.iter().for_each(|run| out.extend_from_slice(&values[run.clone()]));
}

fn widened<T: ArrowPrimitiveType>(array: &ArrayRef, runs: &[Range<usize>], out: &mut Vec<i32>)
where
    T::Native: Into<i32>,
{
    let values = array.as_primitive::<T>().values();
    runs.iter().for_each(|run| out.extend(values[run.clone()].iter().map(|value| (*value).into())));
}

fn decimals<T>(
    array: &ArrayRef,
    runs: &[Range<usize>],
    out: &mut Vec<T>,
    narrow: impl Fn(i128) -> Option<T>,
) -> Result<()> {
    let values = array.as_primitive::<Decimal128Type>().values();
    for row in runs.iter().cloned().flatten() {
        out.push(narrow(values[row]).ok_or_else(|| Error::internal("a decimal was not checked"))?);
    }
    Ok(())
}

/// The last `width` bytes of numbers, their highest first.
fn big_endian<T: Copy, const N: usize>(
    values: &[T],
    runs: &[Range<usize>],
    bytes: impl Fn(T) -> [u8; N],
    width: usize,
    out: &mut Vec<u8>,
) -> Result<()> {
    let cut = N.checked_sub(width).ok_or_else(|| Error::internal("a column of wider decimals"))?;
    for row in runs.iter().cloned().flatten() {
        let bytes = bytes(values[row]);
        let (above, below) = bytes.split_at(cut);
        let sign = if below.first().is_some_and(|first| *first >= 0x80) { 0xff } else { 0 };
        if above.iter().any(|byte| *byte != sign) {
            return Err(Error::internal("a decimal was not checked"));
        }
        out.extend_from_slice(below);
    }
    Ok(())
}

/// Texts and bytes of any layout; `None` if the array holds something else.
fn bytes<'a>(array: &'a ArrayRef, runs: &[Range<usize>], out: &mut Vec<&'a [u8]>) -> Option<()> {
    fn offsets<'a, T: ByteArrayType>(array: &'a GenericByteArray<T>, runs: &[Range<usize>], out: &mut Vec<&'a [u8]>) {
        let (places, data) = (array.value_offsets(), array.value_data());
        for run in runs {
            let places = &places[run.start..=run.end];
            out.extend(places.windows(2).map(|place| &data[place[0].as_usize()..place[1].as_usize()]));
        }
    }
    fn views<'a, T: ByteViewType>(array: &'a GenericByteViewArray<T>, runs: &[Range<usize>], out: &mut Vec<&'a [u8]>) {
        for row in runs.iter().cloned().flatten() {
            let value: &'a T::Native = array.value(row);
            out.push(value.as_ref());
        }
    }
    match array.data_type() {
        DataType::Utf8 => offsets(array.as_string::<i32>(), runs, out),
        DataType::LargeUtf8 => offsets(array.as_string::<i64>(), runs, out),
        DataType::Binary => offsets(array.as_binary::<i32>(), runs, out),
        DataType::LargeBinary => offsets(array.as_binary::<i64>(), runs, out),
        DataType::Utf8View => views(array.as_string_view(), runs, out),
        DataType::BinaryView => views(array.as_binary_view(), runs, out),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_dictionary_opt::<Int32Type>()?;
            let entries = dictionary.values();
            let mut texts = Vec::with_capacity(entries.len());
            bytes(entries, std::slice::from_ref(&(0..entries.len())), &mut texts)?;
            let keys = dictionary.keys().values();
            for row in runs.iter().cloned().flatten() {
                out.push(texts.get(keys[row].as_usize())?);
            }
        }
        _ => return None,
    }
    Some(())
}

fn little_endian<T: Copy, const N: usize>(values: &[T], bytes: impl Fn(T) -> [u8; N], out: &mut Vec<u8>) {
    out.extend(values.iter().flat_map(|value| bytes(*value)));
}
