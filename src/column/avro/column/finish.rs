//! From what was read to arrays: the natural type of each Avro type, children first.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, DictionaryArray,
    FixedSizeBinaryArray, Float32Array, Float64Array, Int32Array, Int64Array, IntervalMonthDayNanoArray, ListArray,
    MapArray, NullArray, StructArray, Time32MillisecondArray, Time64MicrosecondArray, TimestampMicrosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, UnionArray, new_empty_array,
};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, FieldRef, Fields, UnionFields, UnionMode};

use super::{Column, IntMeaning, Kind, LongMeaning, mismatch};
use crate::code::Code;
use crate::column::avro::restore::{locate_bad_text, union_of_columns};
use crate::column::nesting::unencoded;
use crate::column::strings;
use crate::error::{Error, Result};
use crate::schema::avsc::model::Unit;

impl Column {
    /// Which values are there, if it is a union that may be left out.
    fn present(&self) -> Option<NullBuffer> {
        let is_union = matches!(self.target.data_type(), DataType::Union(..));
        self.validity.as_ref().filter(|_| is_union).map(|validity| NullBuffer::new(validity.finish_cloned()))
    }
}

impl Kind {
    /// The array of the natural type: children are of their target types already.
    pub(super) fn finish(&mut self, len: usize, nulls: Option<NullBuffer>, target: &FieldRef) -> Result<ArrayRef> {
        let inner = unencoded(target.data_type());
        Ok(match self {
            Kind::Null => Arc::new(NullArray::new(len)),
            Kind::Boolean(values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Kind::Int(values, meaning) => {
                let values = ScalarBuffer::from(std::mem::take(values));
                match meaning {
                    IntMeaning::Number => Arc::new(Int32Array::new(values, nulls)),
                    IntMeaning::Date => Arc::new(Date32Array::new(values, nulls)),
                    IntMeaning::TimeMillis => {
                        check_time(values.iter().map(|value| i64::from(*value)), 86_400_000, "ms", nulls.as_ref())?;
                        Arc::new(Time32MillisecondArray::new(values, nulls))
                    }
                }
            }
            Kind::Long(values, meaning) => {
                let values = ScalarBuffer::from(std::mem::take(values));
                match meaning {
                    LongMeaning::Number => Arc::new(Int64Array::new(values, nulls)),
                    LongMeaning::TimeMicros => {
                        check_time(values.iter().copied(), 86_400_000_000, "us", nulls.as_ref())?;
                        Arc::new(Time64MicrosecondArray::new(values, nulls))
                    }
                    LongMeaning::Timestamp(unit, utc) => {
                        let zone = utc.then(|| Arc::<str>::from("UTC"));
                        match unit {
                            Unit::Millis => {
                                Arc::new(TimestampMillisecondArray::new(values, nulls).with_timezone_opt(zone))
                            }
                            Unit::Micros => {
                                Arc::new(TimestampMicrosecondArray::new(values, nulls).with_timezone_opt(zone))
                            }
                            Unit::Nanos => {
                                Arc::new(TimestampNanosecondArray::new(values, nulls).with_timezone_opt(zone))
                            }
                        }
                    }
                }
            }
            Kind::Float(values) => Arc::new(Float32Array::new(std::mem::take(values).into(), nulls)),
            Kind::Double(values) => Arc::new(Float64Array::new(std::mem::take(values).into(), nulls)),
            Kind::Text(text) | Kind::DecimalText { text, .. } | Kind::BigDecimal(text) | Kind::Json(text, ..) => {
                let (offsets, values) = text.take();
                match strings::array(offsets.clone(), values.clone(), nulls) {
                    Ok(array) => Arc::new(array),
                    Err(error) => return Err(locate_bad_text(&offsets, &values, error)),
                }
            }
            Kind::Binary(bytes) | Kind::Raw(bytes, _) => {
                let (offsets, values) = bytes.take();
                Arc::new(BinaryArray::try_new(offsets, values, nulls)?)
            }
            Kind::Fixed(values, size) => fixed(std::mem::take(values), *size, len, nulls)?,
            Kind::UuidText(values, _) => fixed(std::mem::take(values), 16, len, nulls)?,
            Kind::Decimal128 { values, precision, scale, .. } => Arc::new(
                Decimal128Array::new(std::mem::take(values).into(), nulls)
                    .with_precision_and_scale(*precision, *scale)?,
            ),
            Kind::Decimal256 { values, precision, scale, .. } => Arc::new(
                Decimal256Array::new(std::mem::take(values).into(), nulls)
                    .with_precision_and_scale(*precision, *scale)?,
            ),
            Kind::Duration(values) => Arc::new(IntervalMonthDayNanoArray::new(std::mem::take(values).into(), nulls)),
            Kind::Enum { keys, symbols } => {
                let keys = std::mem::take(keys);
                if symbols.is_empty() && !keys.is_empty() {
                    // An enum without symbols: only nulls can stand here.
                    let keys = Int32Array::new_null(keys.len());
                    Arc::new(DictionaryArray::try_new(keys, symbols.clone())?)
                } else {
                    Arc::new(DictionaryArray::try_new(Int32Array::new(keys.into(), nulls), symbols.clone())?)
                }
            }
            Kind::List { offsets, item, .. } => {
                let offsets = OffsetBuffer::new(std::mem::replace(offsets, vec![0]).into());
                let field = item.target.clone();
                let items = item.finish().map_err(|error| outer(error, &offsets).in_column("[]"))?;
                Arc::new(ListArray::try_new(field, offsets, items, nulls)?)
            }
            Kind::Map { offsets, keys, values, .. } => {
                let offsets = OffsetBuffer::new(std::mem::replace(offsets, vec![0]).into());
                let DataType::Map(entries, sorted) = inner else { return Err(mismatch("a map", inner)) };
                let fields: Fields = vec![keys.target.clone(), values.target.clone()].into();
                let keys = keys.finish().map_err(|error| outer(error, &offsets))?;
                let columns = vec![keys, values.finish().map_err(|error| outer(error, &offsets).in_column("{}"))?];
                let pairs = StructArray::try_new(fields, columns, None)?;
                Arc::new(MapArray::try_new(entries.clone(), offsets, pairs, nulls, *sorted)?)
            }
            Kind::Pairs { offsets, entry, .. } => {
                let offsets = OffsetBuffer::new(std::mem::replace(offsets, vec![0]).into());
                let DataType::Map(entries, sorted) = inner else { return Err(mismatch("a map", inner)) };
                let array = entry.finish().map_err(|error| outer(error, &offsets))?;
                let pairs = arrow_array::cast::AsArray::as_struct(&array).clone();
                Arc::new(MapArray::try_new(entries.clone(), offsets, pairs, nulls, *sorted)?)
            }
            Kind::Record { names, fields } => {
                let targets: Fields = fields.iter().map(|field| field.target.clone()).collect();
                // A union has no nulls: whether it is there at all is known only before it is one.
                let present: Vec<_> = fields.iter().map(Column::present).collect();
                let mut columns = Vec::with_capacity(fields.len());
                for (field, name) in fields.iter_mut().zip(names) {
                    columns.push(field.finish().map_err(|error| error.in_column(name))?);
                }
                if let DataType::Union(fields, mode) = inner {
                    let present = present.into_iter().zip(&columns);
                    let present: Vec<_> =
                        present.map(|(known, column)| known.or_else(|| column.logical_nulls())).collect();
                    return union_of_columns(&columns, len, nulls.as_ref(), &present, fields, *mode);
                }
                Arc::new(StructArray::try_new_with_length(targets, columns, nulls, len)?)
            }
            Kind::Union { ids, offsets, branches } => {
                if matches!(inner, DataType::Union(_, UnionMode::Sparse)) && !ids.is_empty() {
                    // The children become as long as the union: each needs a value to repeat.
                    branches.iter_mut().filter(|branch| branch.len == 0).try_for_each(Column::push_placeholder)?;
                }
                let targets = branches.iter().map(|branch| branch.target.as_ref().clone());
                let fields = UnionFields::try_new(0..branches.len() as i8, targets)?;
                let (ids, offsets) = (std::mem::take(ids), std::mem::take(offsets));
                let children = branches.iter_mut().enumerate().map(|(branch, column)| {
                    column.finish().map_err(|error| match error.origin().record {
                        None => error,
                        Some(record) => {
                            let row = ids.iter().zip(&offsets).position(|(id, offset)| {
                                usize::try_from(*id) == Ok(branch) && u64::try_from(*offset) == Ok(record)
                            });
                            error.at_record(row.unwrap_or_default() as u64)
                        }
                    })
                });
                let children = children.collect::<Result<Vec<_>>>()?;
                Arc::new(UnionArray::try_new(fields, ids.into(), Some(offsets.into()), children)?)
            }
        })
    }
}

fn fixed(values: Vec<u8>, size: usize, len: usize, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let width = i32::try_from(size).map_err(|_| Error::unsupported(format!("a fixed of {size} bytes")))?;
    if len == 0 {
        return Ok(new_empty_array(&DataType::FixedSizeBinary(width)));
    }
    Ok(Arc::new(FixedSizeBinaryArray::try_new_with_len(width, Buffer::from_vec(values), nulls, len)?))
}

/// An error whose record counts items, made to count the lists that hold them.
fn outer(error: Error, offsets: &[i32]) -> Error {
    match error.origin().record {
        None => error,
        Some(item) => {
            let ends = offsets.get(1..).unwrap_or_default();
            let row = ends.partition_point(|end| u64::try_from(*end).unwrap_or_default() <= item);
            error.at_record(row as u64)
        }
    }
}

fn check_time(values: impl Iterator<Item = i64>, day: i64, unit: &str, nulls: Option<&NullBuffer>) -> Result<()> {
    let mut rows = values.enumerate();
    match rows.find(|(row, value)| !(0..day).contains(value) && nulls.is_none_or(|nulls| nulls.is_valid(*row))) {
        None => Ok(()),
        Some((row, value)) => {
            Err(Error::value(Code::DateRange, format!("time of day {value} {unit} is outside the day"))
                .at_record(row as u64))
        }
    }
}
