//! Finds the writer for a column and an Avro type: the pairs that Avro can hold. The same walk over an empty batch
//! tells, before any byte is written, what cannot be.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, RecordBatch, UnionArray, downcast_run_array};
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, Fields, IntervalUnit, TimeUnit};

use super::numeric::power256;
use super::restore::branch_of_nulls;
use super::write::{Branch, BranchNull, Decimals, Integers, Intervals, Place, Ranges, Symbols, Texts, Value};
use crate::column::decimal::{PRECISION_256, is_decimal_text};
use crate::error::{Error, ErrorKind, Result};
use crate::report::named;
use crate::schema::avsc::hint::Hint;
use crate::schema::avsc::model::{Document, Field as AvroField, Kind, Logical, Node, Shape, Unit};
use crate::schema::avsc::{keys, legal_names};
use crate::schema::type_text::type_text;

/// The writers for the columns of a batch, in the order of the Avro fields.
pub(crate) fn bind<'a>(document: &'a Document, batch: &'a RecordBatch) -> Result<Vec<(&'a str, Place<'a>)>> {
    let fields = batch.schema_ref().fields();
    match document.fields(&document.root) {
        Some(avro) => record(document, avro, fields, batch.columns()).map_err(|error| with_way(error, avro, fields)),
        None => match (&fields[..], batch.columns()) {
            ([field], [array]) => {
                let place = place(document, &document.root, field, array);
                Ok(vec![(field.name().as_str(), place.map_err(|error| error.in_column(field.name()))?)])
            }
            _ => Err(Error::schema("the Avro schema is not a record, so there must be one column, \"value\"")),
        },
    }
}

/// The name of the column that a field is: its own, or the one that a hint gives.
pub(super) fn column_name(avro: &AvroField) -> &str {
    Hint::new(avro.attributes.get(keys::HINT)).text("name").unwrap_or(&avro.name)
}

/// Whether a column is one of these fields.
fn is_known(avro: &[AvroField], field: &Field) -> bool {
    avro.iter().any(|a| column_name(a) == field.name() || a.name == *field.name())
}

/// The error of a record that lacks a field of its schema, or has others, with what to do about it.
fn with_way(error: Error, avro: &[AvroField], fields: &Fields) -> Error {
    if error.kind() != ErrorKind::Schema || error.origin().column.is_some() {
        return error;
    }
    let extra: Vec<&str> =
        fields.iter().filter(|field| !is_known(avro, field)).map(|field| named(field.name())).collect();
    let there = |a: &AvroField| fields.iter().any(|f| column_name(a) == f.name() || a.name == *f.name());
    match avro.iter().find(|a| !there(a)) {
        Some(missing) => error.with_hint(format!(
            "give a column that name: --rename OLD={}; columns that the schema has not: {}",
            column_name(missing),
            if extra.is_empty() { "none".to_owned() } else { extra.join(", ") }
        )),
        None => error.with_hint(format!("leave out what it has not: --exclude {}", extra.join(","))),
    }
}

/// For each field the column that it is written from. Data follows the place of a column where every name agrees;
/// otherwise the name.
pub(super) fn columns_of(avro: &[AvroField], fields: &Fields) -> Vec<Option<usize>> {
    if is_in_order(avro, fields) {
        return (0..avro.len()).map(Some).collect();
    }
    let found = avro.iter().map(|wanted| {
        let name = column_name(wanted);
        fields.iter().position(|field| field.name() == name || *field.name() == wanted.name)
    });
    found.collect()
}

/// Whether each field is the column at its place. Without hints the name of a column that Avro does not allow is known
/// only by what a schema that is made for these columns calls it.
fn is_in_order(avro: &[AvroField], fields: &Fields) -> bool {
    if avro.len() != fields.len() {
        return false;
    }
    avro.iter().zip(fields).all(|(a, field)| column_name(a) == field.name())
        || legal_names(fields.iter().map(|field| field.name().as_str())).iter().eq(avro.iter().map(|a| &a.name))
}

fn record<'a>(
    document: &'a Document,
    avro: &'a [AvroField],
    fields: &'a Fields,
    arrays: &'a [ArrayRef],
) -> Result<Vec<(&'a str, Place<'a>)>> {
    let mut places = Vec::with_capacity(avro.len());
    for (wanted, found) in avro.iter().zip(columns_of(avro, fields)) {
        let name = column_name(wanted);
        let (field, array) = found
            .and_then(|found| Some((fields.get(found)?, arrays.get(found)?)))
            .ok_or_else(|| Error::schema(format!("the Avro schema has the field {name:?}, the data has not")))?;
        let place = place(document, &wanted.node, field, array).map_err(|error| error.in_column(field.name()))?;
        places.push((field.name().as_str(), place));
    }
    if places.len() != fields.len() {
        let extra = fields.iter().find(|field| !is_known(avro, field)).map_or("", |field| field.name().as_str());
        return Err(Error::schema(format!("the data has the column {extra:?}, the Avro schema has not")));
    }
    Ok(places)
}

/// The writer for a place in the schema and a column.
pub(super) fn place<'a>(
    document: &'a Document,
    node: &'a Node,
    field: &'a Field,
    array: &'a ArrayRef,
) -> Result<Place<'a>> {
    let nulls = || array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    let Kind::Union(branches) = &node.kind else {
        let value = value(document, node, field, array)?;
        let bare = node.kind == Kind::Null || matches!(value, Value::Union { .. } | Value::UnionRecord { .. });
        let nulls = if bare { None } else { nulls() };
        return Ok(Place::new(nulls, Branch::None, value));
    };
    let null = branches.iter().position(|branch| branch.kind == Kind::Null);
    let others: Vec<&Node> = branches.iter().filter(|branch| branch.kind != Kind::Null).collect();
    match (others.as_slice(), null, array.data_type()) {
        ([], Some(0), DataType::Null) => Ok(Place::new(None, Branch::Single, Value::Null)),
        ([only], None, _) => Ok(Place::new(nulls(), Branch::Single, value(document, only, field, array)?)),
        ([only], Some(null @ (0 | 1)), data_type)
            if !matches!(data_type, DataType::Union(..)) || is_record(document, only) =>
        {
            let numbers = if null == 0 { (0, 2) } else { (2, 0) };
            let branch = Branch::Optional { null: numbers.0, value: numbers.1 };
            let nulls = match data_type {
                DataType::Union(..) => None,
                _ => nulls(),
            };
            Ok(Place::new(nulls, branch, value(document, only, field, array)?))
        }
        (_, _, DataType::Union(..)) => Ok(Place::bare(union(document, branches, array.as_union())?)),
        _ => Err(refused(array.data_type(), "a union")),
    }
}

fn is_record(document: &Document, node: &Node) -> bool {
    document.fields(node).is_some()
}

fn refused(data_type: &DataType, what: &str) -> Error {
    Error::schema(format!("{} cannot be written as {what}", type_text(data_type)))
        .with_hint("leave the Avro schema out, and one that fits is made")
}

fn union<'a>(document: &'a Document, branches: &'a [Node], array: &'a UnionArray) -> Result<Value<'a>> {
    let DataType::Union(fields, _) = array.data_type() else { return Err(Error::internal("not a union")) };
    if fields.len() != branches.len() {
        return Err(Error::schema(format!(
            "a union of {} branches cannot be written as one of {}",
            fields.len(),
            branches.len()
        )));
    }
    let mut places: Vec<Option<(i64, Place<'a>)>> = Vec::new();
    for (number, ((id, field), branch)) in fields.iter().zip(branches).enumerate() {
        let slot = usize::try_from(id).map_err(|_| Error::internal("a type id below zero"))?;
        let place = place(document, branch, field, array.child(id)).map_err(|error| error.in_column(field.name()))?;
        if places.len() <= slot {
            places.resize_with(slot + 1, || None);
        }
        places[slot] = Some((number as i64, place));
    }
    Ok(Value::Union { ids: array.type_ids(), offsets: array.offsets().map(|offsets| &offsets[..]), branches: places })
}

fn texts(array: &ArrayRef) -> Option<Texts<'_>> {
    Some(match array.data_type() {
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            Texts::Offsets(array.offsets(), array.values())
        }
        DataType::LargeUtf8 => {
            let array = array.as_string::<i64>();
            Texts::LargeOffsets(array.offsets(), array.values())
        }
        DataType::Utf8View => Texts::TextView(array.as_string_view()),
        _ => return None,
    })
}

fn binaries(array: &ArrayRef) -> Option<Texts<'_>> {
    Some(match array.data_type() {
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            Texts::Offsets(array.offsets(), array.values())
        }
        DataType::LargeBinary => {
            let array = array.as_binary::<i64>();
            Texts::LargeOffsets(array.offsets(), array.values())
        }
        DataType::BinaryView => Texts::BinaryView(array.as_binary_view()),
        DataType::FixedSizeBinary(_) => Texts::Fixed(array.as_fixed_size_binary()),
        _ => return None,
    })
}

fn integers(array: &ArrayRef) -> Option<Integers<'_>> {
    Some(match array.data_type() {
        DataType::Int8 => Integers::I8(array.as_primitive::<Int8Type>().values()),
        DataType::Int16 => Integers::I16(array.as_primitive::<Int16Type>().values()),
        DataType::Int32 => Integers::I32(array.as_primitive::<Int32Type>().values()),
        DataType::Int64 => Integers::I64(array.as_primitive::<Int64Type>().values()),
        DataType::UInt8 => Integers::U8(array.as_primitive::<UInt8Type>().values()),
        DataType::UInt16 => Integers::U16(array.as_primitive::<UInt16Type>().values()),
        DataType::UInt32 => Integers::U32(array.as_primitive::<UInt32Type>().values()),
        DataType::UInt64 => Integers::U64(array.as_primitive::<UInt64Type>().values()),
        _ => return None,
    })
}

fn value<'a>(document: &'a Document, node: &'a Node, field: &'a Field, array: &'a ArrayRef) -> Result<Value<'a>> {
    let data_type = array.data_type();
    if field.metadata().get(keys::LOWERED).is_some_and(|text| text.starts_with("recursion:"))
        && is_record(document, node)
    {
        if let Some(texts) = texts(array) {
            return Ok(Value::Json(texts, document, node));
        }
        if let Some(bytes) = binaries(array) {
            return Ok(Value::Raw(bytes));
        }
    }
    match data_type {
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let values = value(document, node, field, dictionary.values())?;
            // Without values every row is null, and no index is looked at.
            let keys = if dictionary.values().is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
            return Ok(Value::Indexed(keys, Box::new(Place::bare(values))));
        }
        DataType::RunEndEncoded(_, values) => {
            let indices: Vec<usize> = downcast_run_array!(
                array => (0..array.len()).map(|row| array.get_physical_index(row)).collect(),
                other => return Err(Error::internal(format!("{other} is not run-end encoded"))),
            );
            let stored = run_values(array)?;
            let values = value(document, node, values, stored)?;
            return Ok(Value::Indexed(indices, Box::new(Place::bare(values))));
        }
        _ => {}
    }
    let bound = match bound(document, node, array)? {
        // Text that was let through for a UUID goes back as it came.
        Some(Value::CheckedUuid(texts)) if is_uuid_text(field) => Some(Value::Bytes(texts)),
        Some(Value::BigDecimal { text, .. }) => Some(Value::BigDecimal { text, number: is_decimal_text(field) }),
        Some(Value::DecimalText { text, precision, scale, fixed, number }) => {
            Some(Value::DecimalText { text, precision, scale, fixed, number: number || is_decimal_text(field) })
        }
        bound => bound,
    };
    bound.ok_or_else(|| {
        let name = document.branch_name(node);
        refused(
            data_type,
            &match document.logical(node) {
                Logical::None | Logical::Ignored(_) => name,
                logical => format!("{} ({name})", logical.name()),
            },
        )
    })
}

/// Whether a column holds what stood in the data for UUIDs, whether it was one or not.
pub(super) fn is_uuid_text(field: &Field) -> bool {
    field.metadata().get(keys::LOGICAL).is_some_and(|text| text == "uuid-text")
}

fn run_values(array: &ArrayRef) -> Result<&ArrayRef> {
    let any = array.as_any();
    if let Some(array) = any.downcast_ref::<arrow_array::RunArray<Int16Type>>() {
        return Ok(array.values());
    }
    if let Some(array) = any.downcast_ref::<arrow_array::RunArray<Int32Type>>() {
        return Ok(array.values());
    }
    if let Some(array) = any.downcast_ref::<arrow_array::RunArray<Int64Type>>() {
        return Ok(array.values());
    }
    Err(Error::internal("run ends of an unknown type"))
}

fn bound<'a>(document: &'a Document, node: &'a Node, array: &'a ArrayRef) -> Result<Option<Value<'a>>> {
    use DataType as T;
    let logical = document.logical(node);
    let plain = matches!(logical, Logical::None | Logical::Ignored(_));
    Ok(match (&node.kind, array.data_type()) {
        (Kind::Null, T::Null) => Some(Value::Null),
        (Kind::Boolean, T::Boolean) => Some(Value::Boolean(array.as_boolean())),
        (Kind::Int, data_type) => match (logical, data_type) {
            (Logical::Date, T::Date32) => Some(Value::Int32(array.as_primitive::<Date32Type>().values())),
            (Logical::Date, T::Date64) => Some(Value::Date64(array.as_primitive::<Date64Type>().values())),
            (Logical::Time(_), T::Time32(TimeUnit::Millisecond)) => {
                Some(Value::TimeMillis(array.as_primitive::<Time32MillisecondType>().values()))
            }
            (Logical::Time(_), T::Time32(TimeUnit::Second)) => {
                Some(Value::TimeSecond(array.as_primitive::<Time32SecondType>().values()))
            }
            (_, T::Int32) if plain => Some(Value::Int32(array.as_primitive::<Int32Type>().values())),
            _ if plain => integers(array).map(Value::Int),
            _ => None,
        },
        (Kind::Long, data_type) => match (logical, data_type) {
            (Logical::Time(_), T::Time64(TimeUnit::Microsecond)) => {
                Some(Value::TimeMicros(array.as_primitive::<Time64MicrosecondType>().values()))
            }
            (Logical::Time(_), T::Time64(TimeUnit::Nanosecond)) => {
                Some(Value::TimeNanos(array.as_primitive::<Time64NanosecondType>().values()))
            }
            (Logical::Timestamp { unit, utc, .. }, T::Timestamp(of, zone)) if *utc == zone.is_some() => {
                timestamp(*unit, *of, array)
            }
            (Logical::Timestamp { unit: Unit::Millis, utc: false, .. }, T::Date64) => {
                Some(Value::Int64(array.as_primitive::<Date64Type>().values()))
            }
            (_, T::Time64(TimeUnit::Nanosecond)) if plain => {
                Some(Value::NanosOfDay(array.as_primitive::<Time64NanosecondType>().values()))
            }
            (_, T::Duration(unit)) if plain => Some(Value::Int64(match unit {
                TimeUnit::Second => array.as_primitive::<DurationSecondType>().values(),
                TimeUnit::Millisecond => array.as_primitive::<DurationMillisecondType>().values(),
                TimeUnit::Microsecond => array.as_primitive::<DurationMicrosecondType>().values(),
                TimeUnit::Nanosecond => array.as_primitive::<DurationNanosecondType>().values(),
            })),
            (_, T::Int64) if plain => Some(Value::Int64(array.as_primitive::<Int64Type>().values())),
            _ if plain => integers(array).map(Value::Long),
            _ => None,
        },
        (Kind::Float, T::Float32) => Some(Value::Float32(array.as_primitive::<Float32Type>().values())),
        (Kind::Float, T::Float16) => Some(Value::Float16(array.as_primitive::<Float16Type>().values())),
        (Kind::Double, T::Float64) => Some(Value::Float64(array.as_primitive::<Float64Type>().values())),
        (Kind::Double, T::Float32) => Some(Value::WideFloat32(array.as_primitive::<Float32Type>().values())),
        (Kind::Double, T::Float16) => Some(Value::WideFloat16(array.as_primitive::<Float16Type>().values())),
        (Kind::Float, T::Int8 | T::Int16 | T::UInt8 | T::UInt16) => integers(array).map(Value::FloatOf),
        (Kind::Double, T::Int8 | T::Int16 | T::Int32 | T::UInt8 | T::UInt16 | T::UInt32) => {
            integers(array).map(Value::DoubleOf)
        }
        (Kind::Bytes, _) => match logical {
            Logical::Decimal { precision, scale } => decimal(*precision, *scale, None, array),
            Logical::BigDecimal => texts(array).map(|text| Value::BigDecimal { text, number: false }),
            // Text is stored as the same bytes in both, and a reader takes them one for the other (Avro, Schema Resolution).
            _ => binaries(array).or_else(|| texts(array)).map(Value::Bytes),
        },
        (Kind::String, T::FixedSizeBinary(16)) if *logical == Logical::Uuid => {
            Some(Value::UuidText(array.as_fixed_size_binary()))
        }
        (Kind::String, data_type)
            if plain && whole_digits(data_type).is_some_and(|digits| digits > PRECISION_256.into()) =>
        {
            decimals(array).map(|(values, scale)| Value::Digits(values, scale))
        }
        (Kind::String, data_type) => match (texts(array), *logical == Logical::Uuid) {
            (Some(texts), true) => Some(Value::CheckedUuid(texts)),
            (Some(texts), false) => Some(Value::Bytes(texts)),
            // Bytes of a fixed size are something else than text.
            (None, _) if matches!(data_type, T::FixedSizeBinary(_)) => None,
            (None, true) => binaries(array).map(Value::CheckedUuid),
            (None, false) => binaries(array).map(Value::CheckedText),
        },
        (Kind::Array(items), T::Map(..)) if *logical == Logical::Map => {
            let map = array.as_map();
            let pairs = record(
                document,
                document.fields(items).unwrap_or_default(),
                map.entries().fields(),
                map.entries().columns(),
            )?;
            Some(Value::List(Ranges::Offsets(map.offsets()), Box::new(Place::bare(Value::Record(pairs)))))
        }
        (Kind::Array(items), data_type) => {
            let (ranges, item, values) = match data_type {
                T::List(item) => {
                    let list = array.as_list::<i32>();
                    (Ranges::Offsets(list.offsets()), item, list.values())
                }
                T::LargeList(item) => {
                    let list = array.as_list::<i64>();
                    (Ranges::LargeOffsets(list.offsets()), item, list.values())
                }
                T::ListView(item) => {
                    let list = array.as_list_view::<i32>();
                    (Ranges::Views(list.offsets(), list.sizes()), item, list.values())
                }
                T::LargeListView(item) => {
                    let list = array.as_list_view::<i64>();
                    (Ranges::LargeViews(list.offsets(), list.sizes()), item, list.values())
                }
                T::FixedSizeList(item, size) => {
                    let list = array.as_fixed_size_list();
                    let size = usize::try_from(*size).map_err(|_| Error::internal("a list of a size below zero"))?;
                    (Ranges::Fixed(size), item, list.values())
                }
                _ => return Ok(None),
            };
            let item = place(document, items, item, values).map_err(|error| error.in_column("[]"))?;
            Some(Value::List(ranges, Box::new(item)))
        }
        (Kind::Map(values), T::Map(entries, _)) => {
            let map = array.as_map();
            let T::Struct(fields) = entries.data_type() else { return Ok(None) };
            let [_, value_field] = &fields[..] else { return Ok(None) };
            let Some(keys) = texts(map.keys()) else { return Ok(None) };
            let nulls = map.keys().logical_nulls().filter(|nulls| nulls.null_count() > 0);
            let keys = Place::new(nulls, Branch::None, Value::Bytes(keys));
            let values = place(document, values, value_field, map.values());
            let values = values.map_err(|error| error.in_column(value_field.name()))?;
            Some(Value::Map(map.offsets(), Box::new(keys), Box::new(values)))
        }
        (Kind::Named(id), data_type) => {
            let named = document.types.get(*id).ok_or_else(|| Error::internal("a type that is not there"))?;
            match (&named.shape, logical, data_type) {
                (Shape::Fixed(_), Logical::Duration, T::Interval(unit)) => {
                    Some(Value::Interval(intervals(*unit, array)))
                }
                (Shape::Record { fields, .. }, _, T::Interval(unit)) if is_interval(fields) => {
                    Some(Value::IntervalParts(intervals(*unit, array)))
                }
                (Shape::Fixed(size), Logical::Decimal { precision, scale }, _) => {
                    decimal(*precision, *scale, Some(*size), array)
                }
                (Shape::Fixed(size), _, T::FixedSizeBinary(width)) if usize::try_from(*width) != Ok(*size) => None,
                (Shape::Fixed(size), _, _) => binaries(array).map(|bytes| Value::Fixed(bytes, *size)),
                (Shape::Enum { symbols, default }, _, _) => texts(array).map(|texts| {
                    let numbered = symbols.iter().enumerate().map(|(number, symbol)| (symbol.as_bytes(), number));
                    let places: HashMap<_, _> = numbered.collect();
                    let default = default.as_ref().and_then(|default| places.get(default.as_bytes()).copied());
                    Value::Enum(texts, Symbols { places, default, defaulted: None })
                }),
                (Shape::Record { fields: avro, .. }, _, T::Struct(fields)) => {
                    Some(Value::Record(record(document, avro, fields, array.as_struct().columns())?))
                }
                (Shape::Record { fields: avro, .. }, _, T::Union(fields, _)) if avro.len() == fields.len() => {
                    let union = array.as_union();
                    let mut places = Vec::with_capacity(avro.len());
                    let of_nulls = branch_of_nulls(fields);
                    for (wanted, (id, field)) in avro.iter().zip(fields.iter()) {
                        let child = place(document, &wanted.node, field, union.child(id));
                        let child = child.map_err(|error| error.in_column(field.name()))?;
                        let of_null = match field.data_type() {
                            T::Null => BranchNull::Type,
                            _ if of_nulls == Some(places.len()) => BranchNull::Own,
                            _ => BranchNull::OfAnother,
                        };
                        places.push((id, of_null, child));
                    }
                    let offsets = union.offsets().map(|offsets| &offsets[..]);
                    Some(Value::UnionRecord { ids: union.type_ids(), offsets, fields: places })
                }
                _ => None,
            }
        }
        _ => None,
    })
}

fn intervals(unit: IntervalUnit, array: &ArrayRef) -> Intervals<'_> {
    match unit {
        IntervalUnit::YearMonth => Intervals::YearMonth(array.as_primitive::<IntervalYearMonthType>().values()),
        IntervalUnit::DayTime => Intervals::DayTime(array.as_primitive::<IntervalDayTimeType>().values()),
        IntervalUnit::MonthDayNano => {
            Intervals::MonthDayNano(array.as_primitive::<IntervalMonthDayNanoType>().values())
        }
    }
}

/// Whether a record has the parts of an interval.
fn is_interval(fields: &[AvroField]) -> bool {
    let parts = [("months", Kind::Int), ("days", Kind::Int), ("nanos", Kind::Long)];
    fields.len() == parts.len()
        && fields.iter().zip(&parts).all(|(field, (name, kind))| {
            field.name == *name && field.node.kind == *kind && field.node.logical == Logical::None
        })
}

fn timestamp<'a>(unit: Unit, of: TimeUnit, array: &'a ArrayRef) -> Option<Value<'a>> {
    Some(match (unit, of) {
        (Unit::Millis, TimeUnit::Millisecond) => {
            Value::Int64(array.as_primitive::<TimestampMillisecondType>().values())
        }
        (Unit::Micros, TimeUnit::Microsecond) => {
            Value::Int64(array.as_primitive::<TimestampMicrosecondType>().values())
        }
        (Unit::Nanos, TimeUnit::Nanosecond) => Value::Int64(array.as_primitive::<TimestampNanosecondType>().values()),
        (Unit::Millis, TimeUnit::Second) => {
            Value::TimestampSecond(array.as_primitive::<TimestampSecondType>().values())
        }
        _ => return None,
    })
}

fn decimal(precision: usize, scale: usize, fixed: Option<usize>, array: &ArrayRef) -> Option<Value<'_>> {
    let (values, of_scale) = match (decimals(array), array.data_type()) {
        (Some(found), _) => found,
        (None, DataType::UInt64) if scale == 0 => (Decimals::U64(array.as_primitive::<UInt64Type>().values()), 0),
        // A decimal of more digits than Arrow's is read as text, any other as the number that it is.
        _ => {
            let number = precision <= usize::from(PRECISION_256);
            return texts(array).map(|text| Value::DecimalText { text, precision, scale, fixed, number });
        }
    };
    // More digits behind the point can be given exactly; fewer cannot.
    let more = i64::try_from(scale).ok()? - i64::from(of_scale);
    let times = if more == 0 { i256::ONE } else { power256(u8::try_from(more).ok()?) };
    (precision <= 76).then_some(Value::Decimal { values, times, precision, fixed })
}

/// The numbers of a column of decimals, and its scale.
fn decimals(array: &ArrayRef) -> Option<(Decimals<'_>, i8)> {
    Some(match array.data_type() {
        DataType::Decimal32(_, s) => (Decimals::D32(array.as_primitive::<Decimal32Type>().values()), *s),
        DataType::Decimal64(_, s) => (Decimals::D64(array.as_primitive::<Decimal64Type>().values()), *s),
        DataType::Decimal128(_, s) => (Decimals::D128(array.as_primitive::<Decimal128Type>().values()), *s),
        DataType::Decimal256(_, s) => (Decimals::D256(array.as_primitive::<Decimal256Type>().values()), *s),
        _ => return None,
    })
}

/// Digits in front of the point of a decimal whose scale is below zero.
fn whole_digits(data_type: &DataType) -> Option<i16> {
    match data_type {
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s)
            if *s < 0 =>
        {
            Some(i16::from(*p) - i16::from(*s))
        }
        _ => None,
    }
}
