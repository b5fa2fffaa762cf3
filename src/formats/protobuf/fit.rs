//! What becomes of each Arrow type in Protobuf, in a generated message.

use arrow_schema::{DataType, Field, TimeUnit};

use crate::code::Code;
use crate::column::json::is_json_text;
use crate::column::temporal::Zone;
use crate::fit::{Fit, Returns};
use crate::schema::annotations;
use crate::schema::proto::generate::is_legal;

/// What becomes of a field's own type; children are asked for one by one.
pub(super) fn fit(field: &Field, parents: &[&Field]) -> Fit {
    let mut fit = of_type(field, field.data_type());
    if fit.is_refused() {
        return fit;
    }
    if field.extension_type_name().is_some() {
        fit = fit.at_best(Returns::Wider);
    }
    let named = parents.last().is_none_or(|parent| matches!(parent.data_type(), DataType::Struct(_)));
    if named && !is_legal(field.name()) {
        fit = fit.at_best(Returns::Wider).with(&[Code::Name]);
    }
    if annotations::says_something(field.metadata()) { fit.with(&[Code::Meta]) } else { fit }
}

fn of_type(field: &Field, data_type: &DataType) -> Fit {
    use DataType as T;
    match data_type {
        T::Boolean => Fit::exact("bool"),
        T::Int32 => Fit::exact("int32"),
        T::Int64 => Fit::exact("int64"),
        T::UInt32 => Fit::exact("uint32"),
        T::UInt64 => Fit::exact("uint64"),
        T::Float32 => Fit::exact("float"),
        T::Float64 => Fit::exact("double"),
        T::Utf8 if is_json_text(field) => Fit::wider("string"),
        T::Utf8 => Fit::exact("string"),
        T::Binary => Fit::exact("bytes"),
        T::Struct(_) if field.is_nullable() => Fit::exact("message"),
        // A message can always be absent.
        T::Struct(_) => Fit::wider("message"),
        T::Null => Fit::wider("google.protobuf.NullValue"),
        T::Int8 | T::Int16 => Fit::wider("int32"),
        T::UInt8 | T::UInt16 => Fit::wider("uint32"),
        T::Float16 => Fit::wider("float"),
        T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..) => {
            Fit::wider("google.type.Decimal")
        }
        T::LargeUtf8 | T::Utf8View => Fit::wider("string"),
        T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => Fit::wider("bytes"),
        T::Date32 => Fit::exact("google.type.Date").with(&[Code::DateRange]),
        T::Date64 => Fit::wider("google.type.Date").with(&[Code::DateRange, Code::TimePrecision]),
        T::Time64(TimeUnit::Nanosecond) => Fit::exact("google.type.TimeOfDay").with(&[Code::DateRange]),
        T::Time32(_) | T::Time64(_) => Fit::wider("google.type.TimeOfDay").with(&[Code::DateRange]),
        T::Timestamp(unit, zone) => {
            let fit = match (Zone::of(zone.as_deref()), unit) {
                (Some(Zone::Utc), TimeUnit::Nanosecond) => Fit::exact("google.protobuf.Timestamp"),
                (Some(Zone::Utc), _) => Fit::wider("google.protobuf.Timestamp"),
                (_, _) if zone.is_none() => Fit::wider("google.protobuf.Timestamp").with(&[Code::Naive]),
                (_, _) => Fit::wider("google.protobuf.Timestamp").with(&[Code::Zone]),
            };
            if *unit == TimeUnit::Nanosecond { fit } else { fit.with(&[Code::TimestampRange]) }
        }
        T::Duration(TimeUnit::Nanosecond) => Fit::exact("google.protobuf.Duration"),
        T::Duration(_) => Fit::wider("google.protobuf.Duration").with(&[Code::TimestampRange]),
        T::Interval(_) => Fit::wider("message of months, days and nanos"),
        T::List(item) | T::LargeList(item) | T::ListView(item) | T::LargeListView(item) | T::FixedSizeList(item, _) => {
            let fit = match (data_type, item.data_type()) {
                (_, inner) if is_repeated(inner) => Fit::wider("repeated messages around the inner lists"),
                (T::List(_), _) => Fit::exact("repeated"),
                _ => Fit::wider("repeated"),
            };
            nulls(fit, field, item)
        }
        T::Map(entries, _) => match entries.data_type() {
            T::Struct(pair) if pair.len() == 2 => {
                let fit = match is_map_key(pair[0].data_type()) {
                    false => Fit::wider("repeated messages of key and value"),
                    true if pair[1].is_nullable() || is_repeated(pair[1].data_type()) => Fit::wider("map"),
                    true => Fit::exact("map"),
                };
                let fit = match is_map_key(pair[0].data_type()) {
                    true => fit.with(&[Code::DuplicateKey, Code::MapOrder]),
                    false => fit,
                };
                let fit = if field.is_nullable() { fit.with(&[Code::NullList]) } else { fit };
                if pair[1].is_nullable() { fit.with(&[Code::Null]) } else { fit }
            }
            _ => Fit::refused("a map without key and value"),
        },
        T::Union(..) => Fit::wider("oneof"),
        T::Dictionary(_, value) => of_type(field, value).at_best(Returns::Wider),
        T::RunEndEncoded(_, values) => of_type(values, values.data_type()).at_best(Returns::Wider),
    }
}

/// Types that are keys of a Protobuf map.
fn is_map_key(data_type: &DataType) -> bool {
    use DataType as T;
    matches!(data_type, T::Boolean | T::Utf8 | T::LargeUtf8 | T::Utf8View) || data_type.is_integer()
}

/// Types that cannot stand inside a repeated field without a message around them.
fn is_repeated(data_type: &DataType) -> bool {
    use DataType as T;
    matches!(
        data_type,
        T::List(_) | T::LargeList(_) | T::ListView(_) | T::LargeListView(_) | T::FixedSizeList(..) | T::Map(..)
    )
}

/// A repeated field knows neither null lists nor null elements.
fn nulls(fit: Fit, list: &Field, item: &Field) -> Fit {
    let fit = if list.is_nullable() { fit.with(&[Code::NullList]) } else { fit };
    if item.is_nullable() { fit.at_best(Returns::Wider).with(&[Code::NullElement]) } else { fit }
}
