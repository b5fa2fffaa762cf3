//! In front of the writer: arrays of types that Parquet does not have become arrays of types that it has, exactly.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, RunEndIndexType, Time32MillisecondType, Time32SecondType, TimestampMillisecondType,
    TimestampSecondType,
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, Decimal128Array, Decimal256Array, DictionaryArray, Int8Array,
    Int32Array, Int64Array, NullArray, PrimitiveArray, StringArray, StructArray, UnionArray, downcast_integer,
    downcast_run_array,
};
use arrow_buffer::{BooleanBuffer, i256};
use arrow_schema::{DataType, IntervalUnit};
use arrow_select::take::take;

use super::change::{Change, ChangeKind, UnionChange};
use super::nested::rebuilt_once;
use super::shown::shown;
use crate::code::Code;
use crate::column::precision::{too_wide, unscaled};
use crate::error::{Error, ErrorKind, Result};

const DAY_MILLIS: i64 = 86_400_000;

/// A column, of type `change.arrow`, as `change.stored`.
pub(super) fn column(change: &Change, array: &ArrayRef) -> Result<ArrayRef> {
    match lower(change, array) {
        // What no row shows is nothing that could be lost. It is left out only now: it hardly ever stands in the way.
        Err(error) if error.kind() == ErrorKind::Value && array.data_type().is_nested() => match shown(array) {
            Ok(shown) => lower(change, &shown),
            Err(_) => Err(error),
        },
        lowered => lowered,
    }
}

/// `array`, of type `change.arrow`, as `change.stored`.
fn lower(change: &Change, array: &ArrayRef) -> Result<ArrayRef> {
    match &change.kind {
        ChangeKind::Keep => Ok(array.clone()),
        ChangeKind::Children(changes) => {
            if let DataType::Map(_, _) = change.arrow
                && let Some(row) = null_key(array)
            {
                return Err(Error::value(Code::Null, "a map has a null key").at_record(row));
            }
            rebuilt_once(array, &change.stored, &|index, child| match changes.get(index) {
                Some(change) => lower(change, child),
                None => Err(Error::internal("more children than changes")),
            })
        }
        ChangeKind::TimestampSeconds => {
            let zone = match &change.arrow {
                DataType::Timestamp(_, zone) => zone.clone(),
                _ => None,
            };
            let millis = checked::<TimestampSecondType, TimestampMillisecondType>(array, |seconds| {
                seconds.checked_mul(1000).ok_or(Code::TimestampRange)
            })?;
            Ok(Arc::new(millis.with_timezone_opt(zone)))
        }
        ChangeKind::TimeSeconds => {
            let millis = checked::<Time32SecondType, Time32MillisecondType>(array, |seconds| {
                seconds.checked_mul(1000).ok_or(Code::DateRange)
            })?;
            Ok(Arc::new(millis))
        }
        ChangeKind::Date64 => {
            let days = checked::<Date64Type, Date32Type>(array, |millis| {
                if millis % DAY_MILLIS != 0 {
                    return Err(Code::TimePrecision);
                }
                i32::try_from(millis / DAY_MILLIS).map_err(|_| Code::DateRange)
            })?;
            Ok(Arc::new(days))
        }
        ChangeKind::NegativeScale | ChangeKind::NegativeScaleText => negative_scale(change, array),
        ChangeKind::Interval(unit) => interval(change, *unit, array),
        ChangeKind::NativeInterval(unit) => Ok(super::interval::widened(*unit, array)),
        ChangeKind::Union(union) => union_group(change, union, array),
        ChangeKind::EmptyStruct => {
            let DataType::Struct(fields) = &change.stored else { return Err(not_of(change)) };
            let nothing: ArrayRef = Arc::new(NullArray::new(array.len()));
            let nulls = array.nulls().cloned();
            Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), vec![nothing], nulls, array.len())?))
        }
        ChangeKind::EmptyList | ChangeKind::EmptyBytes => {
            let values = BooleanBuffer::new_unset(array.len());
            Ok(Arc::new(BooleanArray::new(values, array.nulls().cloned())))
        }
        ChangeKind::DictionaryKeys => int32_keys(array),
        ChangeKind::DictionaryValues(value) => {
            let dictionary = array.as_any_dictionary();
            let values = take(dictionary.values(), dictionary.keys(), None)?;
            lower(value, &values)
        }
        ChangeKind::RunEnds(value) => lower(value, &expanded(array)?),
    }
}

fn not_of(change: &Change) -> Error {
    Error::internal(format!("a column is not of type {}", change.arrow))
}

fn null_key(array: &ArrayRef) -> Option<u64> {
    let map = array.as_map();
    let nulls = map.keys().logical_nulls().filter(|nulls| nulls.null_count() > 0)?;
    let holds = |row: &usize| {
        let offsets = map.value_offsets();
        (offsets[*row]..offsets[*row + 1]).any(|index| nulls.is_null(index as usize))
    };
    (0..map.len()).find(holds).map(|row| row as u64)
}

/// Values through `convert`; null slots are not looked at.
fn checked<S: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    array: &ArrayRef,
    convert: impl Fn(S::Native) -> Result<T::Native, Code>,
) -> Result<PrimitiveArray<T>> {
    let array = array.as_primitive::<S>();
    let mut values = Vec::with_capacity(array.len());
    for (row, value) in array.values().iter().enumerate() {
        if array.is_null(row) {
            values.push(T::default_value());
            continue;
        }
        values.push(convert(*value).map_err(|code| {
            Error::value(code, format!("{value:?} of type {} does not fit {}", S::DATA_TYPE, T::DATA_TYPE))
                .at_record(row as u64)
        })?);
    }
    Ok(PrimitiveArray::new(values.into(), array.nulls().cloned()))
}

/// 10 to the power of `exponent`, if it fits.
pub(super) fn power_of_ten(exponent: u32) -> Option<i256> {
    (0..exponent).try_fold(i256::ONE, |power, _| power.checked_mul(i256::from_i128(10)))
}

fn negative_scale(change: &Change, array: &ArrayRef) -> Result<ArrayRef> {
    let (DataType::Decimal32(_, scale)
    | DataType::Decimal64(_, scale)
    | DataType::Decimal128(_, scale)
    | DataType::Decimal256(_, scale)) = change.arrow
    else {
        return Err(not_of(change));
    };
    let zeros = u32::from(scale.unsigned_abs());
    let numbers = unscaled(array);
    let too_wide = |row: usize| too_wide(numbers[row].unwrap_or_default(), scale, &change.arrow).at_record(row as u64);
    if change.stored == DataType::Utf8 {
        let text = numbers.iter().map(|value| {
            value.map(|value| match value {
                i256::ZERO => "0".to_owned(),
                value => format!("{value}{}", "0".repeat(zeros as usize)),
            })
        });
        return Ok(Arc::new(text.collect::<StringArray>()));
    }
    let power = power_of_ten(zeros).ok_or_else(|| not_of(change))?;
    let mut values = Vec::with_capacity(array.len());
    for (row, value) in numbers.iter().enumerate() {
        let scaled = value.map(|value| value.checked_mul(power).ok_or_else(|| too_wide(row))).transpose()?;
        values.push(scaled);
    }
    match change.stored {
        DataType::Decimal128(digits, _) => {
            let narrow = values
                .into_iter()
                .enumerate()
                .map(|(row, value)| value.map(|value| value.to_i128().ok_or_else(|| too_wide(row))).transpose());
            let narrow: Decimal128Array = narrow.collect::<Result<Vec<_>>>()?.into();
            Ok(Arc::new(narrow.with_precision_and_scale(digits, 0)?))
        }
        DataType::Decimal256(digits, _) => {
            Ok(Arc::new(Decimal256Array::from(values).with_precision_and_scale(digits, 0)?))
        }
        _ => Err(not_of(change)),
    }
}

fn interval(change: &Change, unit: IntervalUnit, array: &ArrayRef) -> Result<ArrayRef> {
    let DataType::Struct(fields) = &change.stored else { return Err(not_of(change)) };
    let values = super::interval::parts(unit, array);
    let months = values.iter().map(|value| value.months).collect::<Vec<_>>();
    let days = values.iter().map(|value| value.days).collect::<Vec<_>>();
    let nanos = values.iter().map(|value| value.nanoseconds).collect::<Vec<_>>();
    let parts: Vec<ArrayRef> =
        vec![Arc::new(Int32Array::from(months)), Arc::new(Int32Array::from(days)), Arc::new(Int64Array::from(nanos))];
    Ok(Arc::new(StructArray::try_new(fields.clone(), parts, array.nulls().cloned())?))
}

fn union_group(change: &Change, union: &UnionChange, array: &ArrayRef) -> Result<ArrayRef> {
    let DataType::Struct(members) = &change.stored else { return Err(not_of(change)) };
    let array = array.as_any().downcast_ref::<UnionArray>().ok_or_else(|| not_of(change))?;
    let ids = array.type_ids();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(members.len());
    if union.tagged {
        columns.push(Arc::new(Int8Array::from(ids.to_vec())));
    }
    for (id, branch) in &union.branches {
        if branch.stored == DataType::Null {
            continue;
        }
        // Only the rows of the branch are lowered: elsewhere anything may stand.
        let rows: Vec<usize> = (0..array.len()).filter(|row| ids[*row] == *id).collect();
        let chosen: Int32Array = rows.iter().map(|row| Some(array.value_offset(*row) as i32)).collect();
        let name = union.fields.iter().find(|(other, _)| other == id).map_or("", |(_, field)| field.name());
        let lowered = lower(branch, &take(array.child(*id), &chosen, None)?).map_err(|error| {
            let row = error.origin().record.and_then(|place| rows.get(place as usize).copied());
            let error = error.in_column(name);
            row.map(|row| row as u64).into_iter().fold(error, Error::at_record)
        })?;
        let mut places = vec![None; array.len()];
        for (place, row) in rows.into_iter().enumerate() {
            places[row] = Some(place as i32);
        }
        columns.push(take(&lowered, &Int32Array::from(places), None)?);
    }
    // A row of the null branch is a null group, which is what other readers expect.
    let nulls = match (union.tagged, union.null_branch) {
        (false, Some(_)) => {
            let set: Vec<_> = columns.iter().map(|column| column.logical_nulls()).collect();
            let valid = |row: usize| set.iter().any(|nulls| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)));
            Some(BooleanBuffer::collect_bool(array.len(), valid).into())
                .filter(|nulls: &arrow_buffer::NullBuffer| nulls.null_count() > 0)
        }
        _ => None,
    };
    Ok(Arc::new(StructArray::try_new_with_length(members.clone(), columns, nulls, array.len())?))
}

fn int32_keys(array: &ArrayRef) -> Result<ArrayRef> {
    let dictionary = array.as_any_dictionary();
    macro_rules! keys {
        ($type:ty) => {
            dictionary
                .keys()
                .as_primitive::<$type>()
                .iter()
                .map(|key| key.map(i32::try_from).transpose())
                .collect::<std::result::Result<Int32Array, _>>()
                .map_err(|_| Error::value(Code::IntRange, "a dictionary has more than 2^31 values"))?
        };
    }
    let keys: Int32Array = downcast_integer! {
        dictionary.keys().data_type() => (keys),
        other => return Err(Error::internal(format!("dictionary keys of type {other}"))),
    };
    Ok(Arc::new(DictionaryArray::try_new(keys, dictionary.values().clone())?))
}

/// One value for each row of a run-end encoded array.
pub(super) fn expanded(array: &ArrayRef) -> Result<ArrayRef> {
    fn indices<R: RunEndIndexType>(array: &arrow_array::RunArray<R>) -> Int32Array {
        let ends = array.run_ends();
        (0..array.len()).map(|row| ends.get_physical_index(row) as i32).collect()
    }
    downcast_run_array!(
        array => Ok(take(array.values(), &indices(array), None)?),
        other => Err(Error::internal(format!("{other} is not run-end encoded"))),
    )
}
