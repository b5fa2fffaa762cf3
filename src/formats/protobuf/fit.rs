//! What becomes of each Arrow type in Protobuf, in a generated message.

pub(super) mod given;

use arrow_schema::{DataType, Field, Schema, TimeUnit};

use super::schema::choices;
use crate::code::Code;
use crate::column::json::is_json_text;
use crate::column::nesting::unencoded;
use crate::column::temporal::Zone;
use crate::fit::{Fit, Returns};
use crate::format::WriteOptions;
use crate::schema::annotations;
use crate::schema::proto::arrow::carried_enum;
use crate::schema::proto::generate::{Choices, Decimals, Naive, is_legal};

/// What becomes of a field's own type; children are asked for one by one.
pub(super) fn fit(field: &Field, parents: &[&Field], options: &WriteOptions) -> Fit {
    // What is wrong with the settings is said when the output is made.
    let choices = choices(options).unwrap_or_else(|_| Choices::named(""));
    let place = Place::of(parents);
    let mut fit = of_type(field, field.data_type(), &choices, place);
    if fit.is_refused() {
        return fit;
    }
    if is_text(options) && field.data_type().is_floating() {
        fit = fit.with(&[Code::NaNPayload]);
    }
    let extension = field.extension_type_name().is_some();
    if extension || fit.target == "repeated" && !is_plain_list(field.data_type()) {
        fit = fit.at_best(Returns::Hinted);
    }
    if place == Place::Field && is_message(&fit.target) && !field.is_nullable() {
        // A message can always be absent.
        fit = fit.at_best(Returns::Hinted);
    }
    if place == Place::Branch && field.is_nullable() && field.data_type() != &DataType::Null {
        fit = fit.with(&[Code::Null]);
    }
    let zone = fit.codes.contains(&Code::Zone);
    if !choices.hints && !zone {
        fit = fit.without_hints(Code::Type);
    }
    if zone {
        fit = match choices.hints {
            true => without(fit, Code::Zone),
            false => fit.at_best(Returns::Wider),
        };
    }
    if place == Place::Field && !is_legal(field.name()) {
        fit = match choices.hints {
            true => fit.at_best(Returns::Hinted).with(&[Code::Renamed]),
            false => fit.at_best(Returns::Wider).with(&[Code::Name]),
        };
    }
    match annotations::says_something(field.metadata()) {
        true if choices.hints => fit.at_best(Returns::Hinted),
        true => fit.with(&[Code::Meta]),
        false => fit,
    }
}

/// Whether messages are written in the text format, which has one NaN.
fn is_text(options: &WriteOptions) -> bool {
    options.settings.get("framing").is_some_and(|framing| framing.starts_with("text"))
}

/// What becomes of the schema's own metadata.
pub(super) fn fit_schema(schema: &Schema, options: &WriteOptions) -> Fit {
    let hints = choices(options).map_or(true, |choices| choices.hints);
    match annotations::says_something(schema.metadata()) {
        true if hints => Fit::hinted("messages"),
        _ => Fit::exact("messages").with(&annotations::schema_lost_in_text(schema)),
    }
}

/// Where a field stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a message.
    Field,
    /// In a list, or as the key or value of a map.
    Element,
    /// In a union.
    Branch,
}

impl Place {
    fn of(parents: &[&Field]) -> Place {
        match parents.last().map(|parent| parent.data_type()) {
            None | Some(DataType::Struct(_)) => Place::Field,
            Some(DataType::Union(..)) => Place::Branch,
            Some(DataType::Map(entries, _)) if !has_map_key(entries) => Place::Field,
            Some(_) => Place::Element,
        }
    }
}

fn without(fit: Fit, code: Code) -> Fit {
    let codes = fit.codes.into_iter().filter(|other| *other != code).collect();
    Fit { codes, ..fit }
}

/// Whether a value is a message of its own.
fn is_message(target: &str) -> bool {
    target.starts_with("google.protobuf.") && target != "google.protobuf.NullValue"
        || target.starts_with("google.type.")
        || target.starts_with("confluent.type.")
        || target.starts_with("message")
}

/// Whether a list is as a repeated field gives it.
fn is_plain_list(data_type: &DataType) -> bool {
    matches!(data_type, DataType::List(item) if item.name() == "item" && !item.is_nullable())
}

fn of_type(field: &Field, data_type: &DataType, choices: &Choices, place: Place) -> Fit {
    use DataType as T;
    match data_type {
        T::Boolean => Fit::exact("bool"),
        T::Int32 => Fit::exact("int32"),
        T::Int64 => Fit::exact("int64"),
        T::UInt32 => Fit::exact("uint32"),
        T::UInt64 => Fit::exact("uint64"),
        T::Float32 => Fit::exact("float"),
        T::Float64 => Fit::exact("double"),
        T::Utf8 | T::LargeUtf8 | T::Utf8View if is_json_text(field) && choices.json_values => {
            Fit::hinted("google.protobuf.Value").with(&[Code::FloatDigits, Code::FloatRange])
        }
        T::Utf8 if is_json_text(field) => Fit::hinted("string"),
        T::Utf8 => Fit::exact("string"),
        T::Binary => Fit::exact("bytes"),
        T::Struct(_) => Fit::exact("message"),
        T::Null => Fit::hinted("google.protobuf.NullValue"),
        T::Int8 | T::Int16 => Fit::hinted("int32"),
        T::UInt8 | T::UInt16 => Fit::hinted("uint32"),
        T::Float16 => Fit::hinted("float"),
        T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..) => {
            Fit::hinted(match choices.decimals {
                Decimals::Google => "google.type.Decimal",
                Decimals::Confluent => "confluent.type.Decimal",
                Decimals::Text => "string",
                Decimals::Bytes => "bytes",
            })
        }
        T::LargeUtf8 | T::Utf8View => Fit::hinted("string"),
        T::FixedSizeBinary(16) if field.extension_type_name() == Some("arrow.uuid") && !choices.uuid_bytes => {
            Fit::hinted("string")
        }
        T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => Fit::hinted("bytes"),
        T::Date32 if choices.date_numbers => Fit::hinted("int32"),
        T::Date32 => Fit::exact("google.type.Date").with(&[Code::DateRange]),
        T::Date64 => Fit::hinted("google.type.Date").with(&[Code::DateRange, Code::TimePrecision]),
        T::Time64(TimeUnit::Nanosecond) => Fit::exact("google.type.TimeOfDay").with(&[Code::DateRange]),
        T::Time32(_) | T::Time64(_) => Fit::hinted("google.type.TimeOfDay").with(&[Code::DateRange]),
        T::Timestamp(_, None) if choices.naive == Naive::Number => Fit::hinted("int64"),
        T::Timestamp(unit, None) if choices.naive == Naive::DateTime => {
            let fit = Fit::hinted("google.type.DateTime");
            if *unit == TimeUnit::Nanosecond { fit } else { fit.with(&[Code::TimestampRange]) }
        }
        T::Timestamp(unit, zone) => {
            let fit = match (Zone::of(zone.as_deref()), unit) {
                (Some(Zone::Utc), TimeUnit::Nanosecond) if zone.as_deref() == Some("UTC") => {
                    Fit::exact("google.protobuf.Timestamp")
                }
                (Some(Zone::Utc), _) => Fit::hinted("google.protobuf.Timestamp"),
                (_, _) if zone.is_none() => Fit::hinted("google.protobuf.Timestamp").with(&[Code::Naive]),
                (_, _) => Fit::hinted("google.protobuf.Timestamp").with(&[Code::Zone]),
            };
            if *unit == TimeUnit::Nanosecond { fit } else { fit.with(&[Code::TimestampRange]) }
        }
        T::Duration(TimeUnit::Nanosecond) => Fit::exact("google.protobuf.Duration"),
        T::Duration(_) => Fit::hinted("google.protobuf.Duration").with(&[Code::TimestampRange]),
        T::Interval(_) => Fit::hinted("message of months, days and nanos"),
        // A message around the list: one that is not there is no empty list.
        T::List(item) if is_field_mask(field, item) => Fit::exact("google.protobuf.FieldMask"),
        T::List(item) | T::LargeList(item) | T::ListView(item) | T::LargeListView(item) | T::FixedSizeList(item, _) => {
            let target = match is_repeated(item.data_type()) {
                true => "repeated messages around the inner lists",
                false => "repeated",
            };
            let fit = if is_repeated(item.data_type()) { Fit::hinted(target) } else { Fit::exact(target) };
            let fit = null_list(fit, field, choices, place);
            match item.is_nullable() {
                true if choices.wrap_nulls => Fit { target: "messages around elements".into(), ..fit },
                true => fit.with(&[Code::NullElement]),
                false => fit,
            }
            .at_best(if item.is_nullable() { Returns::Hinted } else { Returns::Exact })
        }
        T::Map(entries, sorted) => match entries.data_type() {
            T::Struct(pair) if pair.len() == 2 => {
                let plain = pair[0].name() == "key"
                    && pair[1].name() == "value"
                    && entries.name() == "entries"
                    && !sorted
                    && !pair[1].is_nullable()
                    && !is_repeated(pair[1].data_type())
                    && (matches!(pair[0].data_type(), T::Utf8 | T::Boolean) || is_wire_integer(pair[0].data_type()));
                let fit = match has_map_key(entries) {
                    false => Fit::hinted("repeated messages of key and value"),
                    true if plain => Fit::exact("map").with(&[Code::DuplicateKey, Code::MapOrder]),
                    true => Fit::hinted("map").with(&[Code::DuplicateKey, Code::MapOrder]),
                };
                let fit = null_list(fit, field, choices, place);
                let nulls = pair[1].is_nullable() && has_map_key(entries) && !choices.wrap_nulls;
                if nulls { fit.at_best(Returns::Hinted).with(&[Code::Null]) } else { fit }
            }
            _ => Fit::refused("a map without key and value"),
        },
        T::Union(branches, _) if branches.is_empty() => Fit::refused("a union without branches"),
        T::Union(..) => Fit::hinted("oneof"),
        T::Dictionary(..) if carried_enum(field).is_some_and(|names| names.closed) => Fit::hinted("enum"),
        T::Dictionary(_, value) => of_type(field, value, choices, place).at_best(Returns::Hinted),
        T::RunEndEncoded(_, values) => of_type(values, values.data_type(), choices, place).at_best(Returns::Hinted),
    }
}

fn is_field_mask(field: &Field, item: &Field) -> bool {
    field.metadata().get("proto.wkt").is_some_and(|wkt| wkt == "google.protobuf.FieldMask")
        && item.data_type() == &DataType::Utf8
        && !item.is_nullable()
}

/// A repeated field knows no null list.
fn null_list(fit: Fit, field: &Field, choices: &Choices, place: Place) -> Fit {
    match (field.is_nullable(), place) {
        (false, _) => fit,
        // Told by what is around it.
        (true, Place::Element | Place::Branch) => fit.at_best(Returns::Hinted),
        (true, Place::Field) if choices.wrap_nulls => {
            Fit { target: format!("message around {}", fit.target), ..fit }.at_best(Returns::Hinted)
        }
        (true, Place::Field) => fit.at_best(Returns::Hinted).with(&[Code::NullList]),
    }
}

fn is_wire_integer(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int32 | DataType::Int64 | DataType::UInt32 | DataType::UInt64)
}

/// Whether the keys of these entries can be keys of a Protobuf map.
fn has_map_key(entries: &Field) -> bool {
    use DataType as T;
    let key = match entries.data_type() {
        T::Struct(pair) => pair.first().map(|key| unencoded(key.data_type())),
        _ => None,
    };
    key.is_some_and(|key| matches!(key, T::Boolean | T::Utf8 | T::LargeUtf8 | T::Utf8View) || key.is_integer())
}

/// Types that cannot stand inside a repeated field without a message around them.
fn is_repeated(data_type: &DataType) -> bool {
    use DataType as T;
    matches!(
        unencoded(data_type),
        T::List(_)
            | T::LargeList(_)
            | T::ListView(_)
            | T::LargeListView(_)
            | T::FixedSizeList(..)
            | T::Map(..)
            | T::Union(..)
    )
}
