//! Intervals as INTERVAL of Parquet (`interval=parquet`): twelve bytes, three little-endian unsigned numbers, months,
//! days, milliseconds (parquet-format `LogicalTypes.md`, "INTERVAL"). Negative parts and parts of a millisecond have no
//! place there: `V-INTERVAL`. The crate cannot write them, so they are put into bytes in front of it.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{IntervalDayTimeType, IntervalMonthDayNanoType, IntervalYearMonthType};
use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, IntervalMonthDayNanoArray};
use arrow_buffer::{Buffer, IntervalMonthDayNano};
use arrow_schema::{DataType, Field, IntervalUnit};

use super::nested::rebuilt;
use super::schema::LOGICAL_KEY;
use crate::code::Code;
use crate::column::nesting::with_fields;
use crate::error::{Error, Result};

/// Annotation of a leaf that holds intervals.
pub(super) const INTERVAL: &str = "INTERVAL";
const MONTH_DAY_NANO: DataType = DataType::Interval(IntervalUnit::MonthDayNano);
const BYTES: i32 = 12;
const NANOS: i64 = 1_000_000;

/// Months, days and nanoseconds of each row; null slots hold anything.
pub(super) fn parts(unit: IntervalUnit, array: &ArrayRef) -> Vec<IntervalMonthDayNano> {
    match unit {
        IntervalUnit::YearMonth => {
            let values = array.as_primitive::<IntervalYearMonthType>().values();
            values.iter().map(|months| IntervalMonthDayNano::new(*months, 0, 0)).collect()
        }
        IntervalUnit::DayTime => {
            let values = array.as_primitive::<IntervalDayTimeType>().values();
            let of = |days: i32, millis: i32| IntervalMonthDayNano::new(0, days, i64::from(millis) * NANOS);
            values.iter().map(|value| of(value.days, value.milliseconds)).collect()
        }
        IntervalUnit::MonthDayNano => array.as_primitive::<IntervalMonthDayNanoType>().values().to_vec(),
    }
}

/// Intervals of any unit as months, days and nanoseconds.
pub(super) fn widened(unit: IntervalUnit, array: &ArrayRef) -> ArrayRef {
    Arc::new(IntervalMonthDayNanoArray::new(parts(unit, array).into(), array.nulls().cloned()))
}

/// The field as it is stored: intervals as annotated bytes.
pub(super) fn physical(field: &Field) -> Field {
    if *field.data_type() == MONTH_DAY_NANO {
        let mut bytes = field.clone().with_data_type(DataType::FixedSizeBinary(BYTES));
        bytes.metadata_mut().insert(LOGICAL_KEY, INTERVAL);
        return bytes;
    }
    let data_type = with_fields(field.data_type(), |_, child| Arc::new(physical(child)));
    field.clone().with_data_type(data_type)
}

/// `array` as `physical` says.
pub(super) fn stored(array: &ArrayRef, physical: &DataType) -> Result<ArrayRef> {
    if *array.data_type() == MONTH_DAY_NANO {
        return bytes(array);
    }
    if !array.data_type().is_nested() {
        return Ok(array.clone());
    }
    rebuilt(array, physical, &|index, child| match physical {
        DataType::Struct(fields) => stored(child, fields[index].data_type()),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => stored(child, item.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => stored(child, pair[index].data_type()),
            _ => Ok(child.clone()),
        },
        _ => Ok(child.clone()),
    })
}

fn bytes(array: &ArrayRef) -> Result<ArrayRef> {
    let mut out: Vec<u8> = Vec::with_capacity(array.len() * BYTES as usize);
    for (row, value) in array.as_primitive::<IntervalMonthDayNanoType>().values().iter().enumerate() {
        let value = if array.is_null(row) { IntervalMonthDayNano::default() } else { *value };
        let millis = (value.nanoseconds % NANOS == 0).then_some(value.nanoseconds / NANOS);
        let parts = (
            u32::try_from(value.months),
            u32::try_from(value.days),
            millis.and_then(|millis| u32::try_from(millis).ok()),
        );
        let (Ok(months), Ok(days), Some(millis)) = parts else {
            let message = format!(
                "an interval of {} months, {} days and {} ns is no INTERVAL, which has no negative parts and whole \
                 milliseconds",
                value.months, value.days, value.nanoseconds
            );
            return Err(Error::value(Code::Interval, message)
                .at_record(row as u64)
                .with_hint("leave out interval=parquet: a group of three numbers holds every interval"));
        };
        for part in [months, days, millis] {
            out.extend_from_slice(&part.to_le_bytes());
        }
    }
    let rows = array.len();
    Ok(Arc::new(FixedSizeBinaryArray::try_new_with_len(BYTES, Buffer::from_vec(out), array.nulls().cloned(), rows)?))
}
