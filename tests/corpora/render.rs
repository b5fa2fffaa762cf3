//! Arrow rows as JSON values by the rules of the reference files (`expected/README.md` of the corpora).

use arrow::array::cast::AsArray;
use arrow::array::types::*;
use arrow::array::{Array, ArrayRef, RecordBatch, RunArray, UnionArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit, UnionMode};

use super::text::Json;

/// What kind of file the rows came from: a few types are written down differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Avro,
    Parquet,
    Arrow,
    /// Text formats: the value that was read, whatever carries it.
    Text,
}

/// All rows of a batch.
pub fn rows(batch: &RecordBatch, origin: Origin) -> Vec<Json> {
    let schema = batch.schema();
    let root_is_value = schema.metadata().get("fmtconv.root").is_some_and(|root| root == "value");
    (0..batch.num_rows())
        .map(|row| {
            if root_is_value && batch.num_columns() == 1 {
                return cell(schema.field(0), batch.column(0), row, origin);
            }
            object(schema.fields(), batch.columns(), row, origin)
        })
        .collect()
}

fn object(fields: &Fields, columns: &[ArrayRef], row: usize, origin: Origin) -> Json {
    let members: Vec<(String, Json)> = fields
        .iter()
        .zip(columns)
        .map(|(field, column)| (field.name().clone(), cell(field, column, row, origin)))
        .collect();
    let mut names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Json::Array(
            members.into_iter().map(|(name, value)| Json::Array(vec![Json::Text(name), value])).collect(),
        );
    }
    Json::Object(members)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn extension(field: &Field) -> &str {
    field.metadata().get("ARROW:extension:name").map_or("", String::as_str)
}

fn logical<'a>(field: &'a Field, key: &str) -> &'a str {
    field.metadata().get(key).map_or("", String::as_str)
}

/// One value.
pub fn cell(field: &Field, array: &ArrayRef, row: usize, origin: Origin) -> Json {
    if array.is_null(row) {
        return Json::Null;
    }
    macro_rules! number {
        ($kind:ty) => {
            Json::Number(array.as_primitive::<$kind>().value(row).to_string())
        };
    }
    macro_rules! raw {
        ($kind:ty) => {
            array.as_primitive::<$kind>().value(row)
        };
    }
    match array.data_type() {
        DataType::Null => Json::Null,
        DataType::Boolean => Json::Bool(array.as_boolean().value(row)),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float16 => float(raw!(Float16Type).to_f64()),
        DataType::Float32 => {
            let value = raw!(Float32Type);
            if value.is_finite() { Json::Number(format!("{value:?}")) } else { float(f64::from(value)) }
        }
        DataType::Float64 => float(raw!(Float64Type)),
        DataType::Decimal32(_, scale) => decimal(&raw!(Decimal32Type).to_string(), *scale, origin),
        DataType::Decimal64(_, scale) => decimal(&raw!(Decimal64Type).to_string(), *scale, origin),
        DataType::Decimal128(_, scale) => decimal(&raw!(Decimal128Type).to_string(), *scale, origin),
        DataType::Decimal256(_, scale) => decimal(&raw!(Decimal256Type).to_string(), *scale, origin),
        DataType::Utf8 => text(field, array.as_string::<i32>().value(row), origin),
        DataType::LargeUtf8 => text(field, array.as_string::<i64>().value(row), origin),
        DataType::Utf8View => text(field, array.as_string_view().value(row), origin),
        DataType::Binary => Json::Text(hex(array.as_binary::<i32>().value(row))),
        DataType::LargeBinary => Json::Text(hex(array.as_binary::<i64>().value(row))),
        DataType::BinaryView => Json::Text(hex(array.as_binary_view().value(row))),
        DataType::FixedSizeBinary(size) => {
            let digits = hex(array.as_fixed_size_binary().value(row));
            if extension(field) == "arrow.uuid" && *size == 16 {
                let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
                return Json::Text(parts.join("-"));
            }
            Json::Text(digits)
        }
        DataType::Date32 => Json::Text(date(i64::from(raw!(Date32Type)))),
        DataType::Date64 => {
            let value = raw!(Date64Type);
            match value % 86_400_000 {
                0 => Json::Text(date(value / 86_400_000)),
                _ => Json::Text(timestamp(value, TimeUnit::Millisecond)),
            }
        }
        DataType::Time32(TimeUnit::Second) => time(i64::from(raw!(Time32SecondType)), TimeUnit::Second),
        DataType::Time32(_) => time(i64::from(raw!(Time32MillisecondType)), TimeUnit::Millisecond),
        DataType::Time64(TimeUnit::Nanosecond) => time(raw!(Time64NanosecondType), TimeUnit::Nanosecond),
        DataType::Time64(_) => time(raw!(Time64MicrosecondType), TimeUnit::Microsecond),
        DataType::Timestamp(unit, zone) => {
            let value = match unit {
                TimeUnit::Second => raw!(TimestampSecondType),
                TimeUnit::Millisecond => raw!(TimestampMillisecondType),
                TimeUnit::Microsecond => raw!(TimestampMicrosecondType),
                TimeUnit::Nanosecond => raw!(TimestampNanosecondType),
            };
            let mut shown = timestamp(value, *unit);
            if zone.is_some() {
                shown.push('Z');
            }
            Json::Text(shown)
        }
        DataType::Duration(TimeUnit::Second) => number!(DurationSecondType),
        DataType::Duration(TimeUnit::Millisecond) => number!(DurationMillisecondType),
        DataType::Duration(TimeUnit::Microsecond) => number!(DurationMicrosecondType),
        DataType::Duration(TimeUnit::Nanosecond) => number!(DurationNanosecondType),
        DataType::Interval(IntervalUnit::YearMonth) => number!(IntervalYearMonthType),
        DataType::Interval(IntervalUnit::DayTime) => {
            let value = raw!(IntervalDayTimeType);
            parts(&[("days", i64::from(value.days)), ("milliseconds", i64::from(value.milliseconds))])
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = raw!(IntervalMonthDayNanoType);
            let (months, days) = (i64::from(value.months), i64::from(value.days));
            match origin {
                Origin::Avro if value.nanoseconds % 1_000_000 == 0 => {
                    parts(&[("months", months), ("days", days), ("milliseconds", value.nanoseconds / 1_000_000)])
                }
                _ => parts(&[("months", months), ("days", days), ("nanoseconds", value.nanoseconds)]),
            }
        }
        DataType::List(item) => list(item, &array.as_list::<i32>().value(row), origin),
        DataType::LargeList(item) => list(item, &array.as_list::<i64>().value(row), origin),
        DataType::ListView(item) => list(item, &array.as_list_view::<i32>().value(row), origin),
        DataType::LargeListView(item) => list(item, &array.as_list_view::<i64>().value(row), origin),
        DataType::FixedSizeList(item, _) => list(item, &array.as_fixed_size_list().value(row), origin),
        DataType::Map(entries, _) => {
            let value = array.as_map().value(row);
            let DataType::Struct(fields) = entries.data_type() else { return Json::Null };
            let columns = value.columns();
            Json::Array(
                (0..value.len())
                    .map(|entry| {
                        Json::Array(vec![
                            cell(&fields[0], &columns[0], entry, origin),
                            cell(&fields[1], &columns[1], entry, origin),
                        ])
                    })
                    .collect(),
            )
        }
        DataType::Struct(fields) => object(fields, array.as_struct().columns(), row, origin),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let keys = dictionary.normalized_keys();
            let value_field =
                Field::new("", dictionary.values().data_type().clone(), true).with_metadata(field.metadata().clone());
            cell(&value_field, dictionary.values(), keys[row], origin)
        }
        DataType::RunEndEncoded(ends, values) => {
            macro_rules! run {
                ($kind:ty) => {{
                    let runs: &RunArray<$kind> = array.as_run();
                    cell(values, runs.values(), runs.get_physical_index(row), origin)
                }};
            }
            match ends.data_type() {
                DataType::Int16 => run!(Int16Type),
                DataType::Int32 => run!(Int32Type),
                _ => run!(Int64Type),
            }
        }
        DataType::Union(fields, mode) => {
            let union: &UnionArray = array.as_union();
            let id = union.type_id(row);
            let at = match mode {
                UnionMode::Dense => union.value_offset(row),
                UnionMode::Sparse => row,
            };
            let Some((_, child)) = fields.iter().find(|(known, _)| *known == id) else { return Json::Null };
            let value = cell(child, union.child(id), at, origin);
            if origin == Origin::Avro && child.data_type() == &DataType::Null {
                return Json::Null;
            }
            Json::Object(vec![("$union".into(), Json::Text(child.name().clone())), ("value".into(), value)])
        }
    }
}

fn list(item: &FieldRef, values: &ArrayRef, origin: Origin) -> Json {
    Json::Array((0..values.len()).map(|row| cell(item, values, row, origin)).collect())
}

fn parts(parts: &[(&str, i64)]) -> Json {
    Json::Object(parts.iter().map(|(name, value)| ((*name).to_owned(), Json::Number(value.to_string()))).collect())
}

fn text(field: &Field, value: &str, origin: Origin) -> Json {
    // Values of mixed kinds come as JSON text.
    if origin == Origin::Text && extension(field) == "arrow.json" {
        return super::text::parse(value.as_bytes()).unwrap_or_else(|_| Json::Text(value.to_owned()));
    }
    // The reference shows an ENUM of Parquet as the bytes that it is stored as.
    if origin == Origin::Parquet && logical(field, "parquet.logical") == "ENUM" {
        return Json::Text(hex(value.as_bytes()));
    }
    Json::Text(value.to_owned())
}

fn float(value: f64) -> Json {
    if value.is_nan() {
        Json::Text("NaN".into())
    } else if value.is_infinite() {
        Json::Text(if value > 0.0 { "Infinity" } else { "-Infinity" }.into())
    } else {
        Json::Number(format!("{value:?}"))
    }
}

/// Plain notation with exactly `scale` fraction digits; a negative scale is multiplied out.
fn decimal(unscaled: &str, scale: i8, origin: Origin) -> Json {
    let (sign, digits) = match unscaled.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", unscaled),
    };
    let shown = match usize::try_from(scale) {
        Ok(0) => digits.to_owned(),
        Ok(scale) => {
            let padded = format!("{digits:0>width$}", width = scale + 1);
            format!("{}.{}", &padded[..padded.len() - scale], &padded[padded.len() - scale..])
        }
        Err(_) if digits == "0" => "0".to_owned(),
        Err(_) => format!("{digits}{}", "0".repeat(usize::from(scale.unsigned_abs()))),
    };
    if origin == Origin::Text { Json::Number(format!("{sign}{shown}")) } else { Json::Text(format!("{sign}{shown}")) }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in cycles of 400 years.
fn date(days: i64) -> String {
    let shifted = days + 719_468;
    let (cycle, day_of_cycle) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_cycle + cycle * 400 + i64::from(month <= 2);
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        10_000.. => format!("+{year}-{month:02}-{day:02}"),
        _ => format!("-{:04}-{month:02}-{day:02}", -year),
    }
}

fn per_second(unit: TimeUnit) -> (i64, usize) {
    match unit {
        TimeUnit::Second => (1, 0),
        TimeUnit::Millisecond => (1_000, 3),
        TimeUnit::Microsecond => (1_000_000, 6),
        TimeUnit::Nanosecond => (1_000_000_000, 9),
    }
}

fn clock(value: i64, unit: TimeUnit) -> String {
    let (per_second, digits) = per_second(unit);
    let (seconds, fraction) = (value / per_second, value % per_second);
    let shown = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if digits == 0 { shown } else { format!("{shown}.{fraction:0digits$}") }
}

fn time(value: i64, unit: TimeUnit) -> Json {
    if !(0..86_400 * per_second(unit).0).contains(&value) {
        return parts(&[("$time_out_of_range", value)]);
    }
    Json::Text(clock(value, unit))
}

fn timestamp(value: i64, unit: TimeUnit) -> String {
    let per_day = 86_400 * per_second(unit).0;
    format!("{}T{}", date(value.div_euclid(per_day)), clock(value.rem_euclid(per_day), unit))
}
