//! What the footer says about the values of a chunk.

use parquet::basic::{ConvertedType, LogicalType, SortOrder};
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescriptor;

use super::dictionary::Dictionary;
use super::extremes::extremes;
use super::values::Values;

/// Smallest and largest value, and the number of nulls. Texts longer than `truncate` bytes are bounded by shorter ones.
pub(super) fn of(
    column: &ColumnDescriptor,
    values: &Values<'_>,
    nulls: u64,
    dictionary: Option<&Dictionary>,
    truncate: Option<usize>,
) -> Statistics {
    let order = column.sort_order();
    let signed = order.is_signed();
    let unsigned = order == SortOrder::UNSIGNED;
    macro_rules! with {
        ($bounds:expr) => {{
            let (least, most) = $bounds.unzip();
            ValueStatistics::new(least, most, None, Some(nulls), false).with_backwards_compatible_min_max(signed)
        }};
    }
    // NaN is no bound; a zero stands for both of them.
    macro_rules! floats {
        ($values:expr) => {{
            let nans = $values.iter().filter(|value| value.is_nan()).count() as u64;
            let mut numbers = $values.iter().copied().filter(|value| !value.is_nan());
            let bounds = numbers.next().map(|first| {
                let (least, most) =
                    numbers.fold((first, first), |(least, most), value| (least.min(value), most.max(value)));
                (if least == 0.0 { -0.0 } else { least }, if most == 0.0 { 0.0 } else { most })
            });
            with!(bounds).with_nan_count(Some(nans))
        }};
    }
    match values {
        Values::Boolean(values) => Statistics::Boolean(with!(bounds(values.iter().copied()))),
        Values::Int32(values) if unsigned => {
            let bounds = bounds(values.iter().map(|value| *value as u32));
            Statistics::Int32(with!(bounds.map(|(least, most)| (least as i32, most as i32))))
        }
        Values::Int32(values) => Statistics::Int32(with!(bounds(values.iter().copied()))),
        Values::Int64(values) if unsigned => {
            let bounds = bounds(values.iter().map(|value| *value as u64));
            Statistics::Int64(with!(bounds.map(|(least, most)| (least as i64, most as i64))))
        }
        Values::Int64(values) => Statistics::Int64(with!(bounds(values.iter().copied()))),
        Values::Float(values) => Statistics::Float(floats!(values)),
        Values::Double(values) => Statistics::Double(floats!(values)),
        Values::Bytes(values) => {
            // All values are in the dictionary.
            let bounds = match dictionary {
                Some(dictionary) => extremes(dictionary.firsts.iter().map(|first| values[*first as usize])),
                None => extremes(values.iter().copied()),
            };
            let bounds = bounds.filter(|_| order != SortOrder::UNDEFINED);
            let text = is_text(column);
            let bounds = bounds.map(|(least, most)| (below(least, truncate, text), above(most, truncate, text)));
            let exact = bounds.as_ref().map(|((_, least), (_, most))| (*least, *most));
            let bounds = bounds.map(|((least, _), (most, _))| (ByteArray::from(least), ByteArray::from(most)));
            let (least_exact, most_exact) = exact.unwrap_or_default();
            Statistics::ByteArray(with!(bounds).with_min_is_exact(least_exact).with_max_is_exact(most_exact))
        }
        Values::Fixed(bytes, width) => {
            // A bound that was cut is no value of the type.
            let known = order != SortOrder::UNDEFINED && truncate.is_none_or(|most| *width <= most);
            // Decimals are numbers whose highest bit is their sign.
            let flipped = if signed { 0x80 } else { 0 };
            let high = |value: &[u8]| value.first().map(|byte| byte ^ flipped);
            let compare = |one: &&[u8], other: &&[u8]| high(one).cmp(&high(other)).then_with(|| one.cmp(other));
            let values = bytes.chunks_exact(*width).filter(|_| known);
            let bounds = values.clone().min_by(compare).zip(values.max_by(compare));
            let fixed = |value: &[u8]| FixedLenByteArray::from(value.to_vec());
            Statistics::FixedLenByteArray(with!(bounds.map(|(least, most)| (fixed(least), fixed(most)))))
        }
    }
}

fn bounds<T: Ord + Copy>(mut values: impl Iterator<Item = T>) -> Option<(T, T)> {
    let first = values.next()?;
    Some(values.fold((first, first), |(least, most), value| (least.min(value), most.max(value))))
}

fn is_text(column: &ColumnDescriptor) -> bool {
    column.logical_type_ref() == Some(&LogicalType::String) || column.converted_type() == ConvertedType::UTF8
}

/// The beginning of `value`, of `truncate` bytes at most and without part of a character.
fn prefix(value: &[u8], truncate: Option<usize>, text: bool) -> Option<&[u8]> {
    let limit = truncate.filter(|limit| *limit < value.len())?;
    if !text {
        return Some(&value[..limit]);
    }
    let text = std::str::from_utf8(value).ok()?;
    let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end))?;
    Some(&value[..end])
}

/// A short value that is not above `value`, and whether it is the value itself.
fn below(value: &[u8], truncate: Option<usize>, text: bool) -> (Vec<u8>, bool) {
    match prefix(value, truncate, text) {
        Some(prefix) => (prefix.to_vec(), false),
        None => (value.to_vec(), true),
    }
}

/// A short value that is not below `value`, and whether it is the value itself.
fn above(value: &[u8], truncate: Option<usize>, text: bool) -> (Vec<u8>, bool) {
    let raised = prefix(value, truncate, text).and_then(|prefix| match text {
        true => std::str::from_utf8(prefix).ok().and_then(next_text),
        false => next_bytes(prefix),
    });
    raised.map_or_else(|| (value.to_vec(), true), |raised| (raised, false))
}

/// The shortest text above all texts that begin with `prefix`, no longer than it.
fn next_text(prefix: &str) -> Option<Vec<u8>> {
    prefix.char_indices().rev().find_map(|(place, last)| {
        let next = char::from_u32(last as u32 + 1).filter(|next| next.len_utf8() == last.len_utf8())?;
        Some([&prefix.as_bytes()[..place], next.encode_utf8(&mut [0; 4]).as_bytes()].concat())
    })
}

/// The shortest bytes above all that begin with `prefix`.
fn next_bytes(prefix: &[u8]) -> Option<Vec<u8>> {
    let place = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut raised = prefix[..=place].to_vec();
    raised[place] += 1;
    Some(raised)
}
