//! From vectors to Arrow arrays.

use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{
    ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, GenericBinaryArray, LargeBinaryArray,
    NullArray, PrimitiveArray, StringArray, StringViewArray,
};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, TimeUnit};

use super::Values;
use super::fill::Strings;
use crate::column::strings;

impl Values {
    pub(super) fn finish(
        self,
        nulls: Option<NullBuffer>,
        kind: &DataType,
        rows: usize,
    ) -> Result<ArrayRef, ArrowError> {
        macro_rules! primitive {
            ($arrow:ty, $values:expr) => {
                Arc::new(PrimitiveArray::<$arrow>::try_new($values.into(), nulls)?.with_data_type(kind.clone()))
            };
        }
        Ok(match self {
            Values::Null(count) => Arc::new(NullArray::new(count)),
            Values::Boolean(values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Values::Int8(values) => primitive!(Int8Type, values),
            Values::Int16(values) => primitive!(Int16Type, values),
            Values::Int32(values) => primitive!(Int32Type, values),
            Values::Int64(values) => primitive!(Int64Type, values),
            Values::UInt8(values) => primitive!(UInt8Type, values),
            Values::UInt16(values) => primitive!(UInt16Type, values),
            Values::UInt32(values) => primitive!(UInt32Type, values),
            Values::UInt64(values) => primitive!(UInt64Type, values),
            Values::Float16(values) => primitive!(Float16Type, values),
            Values::Float32(values) => primitive!(Float32Type, values),
            Values::Float64(values) => primitive!(Float64Type, values),
            Values::Decimal32(values, ..) => primitive!(Decimal32Type, values),
            Values::Decimal64(values, ..) => primitive!(Decimal64Type, values),
            Values::Decimal128(values, ..) => primitive!(Decimal128Type, values),
            Values::Decimal256(values, ..) => primitive!(Decimal256Type, values),
            Values::Date32(values) => primitive!(Date32Type, values),
            Values::Date64(values) => primitive!(Date64Type, values),
            Values::Time32(values, TimeUnit::Second) => primitive!(Time32SecondType, values),
            Values::Time32(values, _) => primitive!(Time32MillisecondType, values),
            Values::Time64(values, TimeUnit::Microsecond) => primitive!(Time64MicrosecondType, values),
            Values::Time64(values, _) => primitive!(Time64NanosecondType, values),
            Values::Timestamp(values, TimeUnit::Second, _) => primitive!(TimestampSecondType, values),
            Values::Timestamp(values, TimeUnit::Millisecond, _) => primitive!(TimestampMillisecondType, values),
            Values::Timestamp(values, TimeUnit::Microsecond, _) => primitive!(TimestampMicrosecondType, values),
            Values::Timestamp(values, TimeUnit::Nanosecond, _) => primitive!(TimestampNanosecondType, values),
            Values::Duration(values, TimeUnit::Second) => primitive!(DurationSecondType, values),
            Values::Duration(values, TimeUnit::Millisecond) => primitive!(DurationMillisecondType, values),
            Values::Duration(values, TimeUnit::Microsecond) => primitive!(DurationMicrosecondType, values),
            Values::Duration(values, TimeUnit::Nanosecond) => primitive!(DurationNanosecondType, values),
            Values::Months(values) => primitive!(IntervalYearMonthType, values),
            Values::DayTime(values) => primitive!(IntervalDayTimeType, values),
            Values::MonthDayNano(values) => primitive!(IntervalMonthDayNanoType, values),
            Values::Text(Strings { offsets, data }) => {
                let array: StringArray = strings::array(ends(offsets), Buffer::from_vec(data), nulls)?;
                if *kind == DataType::Utf8View { Arc::new(StringViewArray::from(&array)) } else { Arc::new(array) }
            }
            Values::LargeText(Strings { offsets, data }) => {
                Arc::new(strings::array::<i64>(ends(offsets), Buffer::from_vec(data), nulls)?)
            }
            Values::Bytes(Strings { offsets, data }) => {
                let array: BinaryArray = GenericBinaryArray::try_new(ends(offsets), Buffer::from_vec(data), nulls)?;
                if *kind == DataType::BinaryView { Arc::new(BinaryViewArray::from(&array)) } else { Arc::new(array) }
            }
            Values::LargeBytes(Strings { offsets, data }) => {
                Arc::new(LargeBinaryArray::try_new(ends(offsets), Buffer::from_vec(data), nulls)?)
            }
            Values::FixedBytes(data, size) => {
                let size = i32::try_from(size).map_err(|error| ArrowError::SchemaError(error.to_string()))?;
                // Values of no bytes are counted all the same.
                Arc::new(FixedSizeBinaryArray::try_new_with_len(size, Buffer::from_vec(data), nulls, rows)?)
            }
            Values::Uuid(data) => Arc::new(FixedSizeBinaryArray::try_new(16, Buffer::from_vec(data), nulls)?),
        })
    }
}

fn ends<O: arrow_array::OffsetSizeTrait>(offsets: Vec<O>) -> OffsetBuffer<O> {
    OffsetBuffer::new(ScalarBuffer::from(offsets))
}
