//! Rows as JSON by the rules of the corpora's twins.

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields, TimeUnit};
use serde_json::{Map, Value, json};

use crate::schema::avsc::keys;

pub(super) fn rows(batch: &RecordBatch) -> Vec<Value> {
    let schema = batch.schema();
    (0..batch.num_rows()).map(|row| object(schema.fields(), batch.columns(), row)).collect()
}

fn object(fields: &Fields, columns: &[ArrayRef], row: usize) -> Value {
    let mut object = Map::new();
    for (field, column) in fields.iter().zip(columns) {
        object.insert(field.name().clone(), cell(field, column, row));
    }
    Value::Object(object)
}

fn hex(bytes: &[u8]) -> Value {
    json!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn float(text: &str) -> Value {
    match text {
        "NaN" => json!("NaN"),
        "inf" => json!("Infinity"),
        "-inf" => json!("-Infinity"),
        text => serde_json::from_str(text).unwrap(),
    }
}

fn civil(days: i64) -> String {
    // Howard Hinnant's days_from_civil, backwards.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        10_000.. => format!("+{year}-{month:02}-{day:02}"),
        _ => format!("-{:04}-{month:02}-{day:02}", -year),
    }
}

fn clock(value: i64, unit: TimeUnit) -> String {
    let (per_second, digits) = match unit {
        TimeUnit::Second => (1, 0),
        TimeUnit::Millisecond => (1000, 3),
        TimeUnit::Microsecond => (1_000_000, 6),
        TimeUnit::Nanosecond => (1_000_000_000, 9),
    };
    let (seconds, part) = (value / per_second, value % per_second);
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if digits == 0 { text } else { format!("{text}.{part:0digits$}") }
}

fn timestamp(value: i64, unit: TimeUnit, zone: bool) -> Value {
    let day = match unit {
        TimeUnit::Second => 86_400,
        TimeUnit::Millisecond => 86_400_000,
        TimeUnit::Microsecond => 86_400_000_000,
        TimeUnit::Nanosecond => 86_400_000_000_000,
    };
    let end = if zone { "Z" } else { "" };
    json!(format!("{}T{}{end}", civil(value.div_euclid(day)), clock(value.rem_euclid(day), unit)))
}

fn cell(field: &Field, array: &ArrayRef, row: usize) -> Value {
    if array.logical_nulls().is_some_and(|nulls| nulls.is_null(row))
        && !matches!(array.data_type(), DataType::Union(..))
    {
        return Value::Null;
    }
    let uuid = field.metadata().get(keys::EXTENSION_NAME).is_some_and(|name| name == "arrow.uuid");
    match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => json!(array.as_boolean().value(row)),
        DataType::Int32 => json!(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float32 => float(&format!("{:?}", array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => float(&format!("{:?}", array.as_primitive::<Float64Type>().value(row))),
        DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
        DataType::Binary => hex(array.as_binary::<i32>().value(row)),
        DataType::FixedSizeBinary(16) if uuid => {
            let text =
                crate::column::avro::numeric::uuid_text(array.as_fixed_size_binary().value(row).try_into().unwrap());
            json!(std::str::from_utf8(&text).unwrap())
        }
        DataType::FixedSizeBinary(_) => hex(array.as_fixed_size_binary().value(row)),
        DataType::Date32 => json!(civil(i64::from(array.as_primitive::<Date32Type>().value(row)))),
        DataType::Time32(unit) => {
            json!(clock(i64::from(array.as_primitive::<Time32MillisecondType>().value(row)), *unit))
        }
        DataType::Time64(unit) => json!(clock(array.as_primitive::<Time64MicrosecondType>().value(row), *unit)),
        DataType::Timestamp(unit, zone) => {
            let value = match unit {
                TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row),
                TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row),
                _ => array.as_primitive::<TimestampNanosecondType>().value(row),
            };
            timestamp(value, *unit, zone.is_some())
        }
        DataType::Decimal128(..) => json!(array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Decimal256(..) => json!(array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Interval(_) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            json!({"months": value.months, "days": value.days, "milliseconds": value.nanoseconds / 1_000_000})
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let key = dictionary.keys().value(row) as usize;
            json!(dictionary.values().as_string::<i32>().value(key))
        }
        DataType::List(item) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|index| cell(item, &items, index)).collect()
        }
        DataType::Map(entries, _) => {
            let pairs = array.as_map().value(row);
            let DataType::Struct(fields) = entries.data_type() else { panic!() };
            if entries.metadata().contains_key(keys::AVRO_NAME) {
                // An array of key-value records.
                return (0..pairs.len()).map(|index| object(fields, pairs.columns(), index)).collect();
            }
            (0..pairs.len())
                .map(|index| {
                    json!([cell(&fields[0], pairs.column(0), index), cell(&fields[1], pairs.column(1), index)])
                })
                .collect()
        }
        DataType::Struct(fields) => object(fields, array.as_struct().columns(), row),
        DataType::Union(fields, _) => {
            let union = array.as_union();
            let id = union.type_id(row);
            let (_, child) = fields.iter().find(|(known, _)| *known == id).unwrap();
            if child.data_type().is_null() {
                return Value::Null;
            }
            let value = cell(child, union.child(id), union.value_offset(row));
            json!({"$union": child.name(), "value": value})
        }
        other => panic!("no rule for {other}"),
    }
}
