//! What becomes of each Arrow type in Avro.

use arrow_schema::{DataType, Field, Schema, TimeUnit};

use crate::code::Code;
use crate::column::decimal::PRECISION_256;
use crate::fit::{Fit, Returns};
use crate::schema::avsc::{self, Names, Naming, ToArrow, Types, keys};

/// What becomes of a field's own type; children are asked for one by one. Without `hints`, what came back through
/// them is lost.
pub(super) fn fit(field: &Field, parents: &[&Field], hints: bool, types: Types) -> Fit {
    let mut fit = of_type(field, field.data_type(), types);
    if fit.is_refused() {
        return fit;
    }
    let zone_is_lost = matches!(field.data_type(), DataType::Timestamp(_, Some(zone)) if &**zone != "UTC");
    if field.extension_type_name().is_some_and(|name| name != "arrow.uuid") {
        fit = fit.at_best(Returns::Hinted);
    }
    if !hints {
        fit = fit.without_hints(if zone_is_lost { Code::Zone } else { Code::Type });
    }
    let named = parents.last().is_none_or(|parent| matches!(parent.data_type(), DataType::Struct(_)));
    if named && !avsc::is_legal_name(field.name()) {
        fit = match hints {
            true => fit.at_best(Returns::Hinted).with(&[Code::Renamed]),
            false => fit.at_best(Returns::Wider).with(&[Code::Name]),
        };
    }
    if !hints && avsc::has_foreign_metadata(field) {
        fit = fit.with(&[Code::Meta]);
    }
    fit
}

fn of_type(field: &Field, data_type: &DataType, types: Types) -> Fit {
    use DataType as T;
    let metadata = field.metadata();
    let zoned = |unit: &TimeUnit| match unit {
        TimeUnit::Second | TimeUnit::Millisecond => "timestamp-millis",
        TimeUnit::Microsecond => "timestamp-micros",
        TimeUnit::Nanosecond => "timestamp-nanos",
    };
    match data_type {
        T::Null => Fit::exact("null"),
        T::Boolean => Fit::exact("boolean"),
        T::Int32 => Fit::exact("int"),
        T::Int64 => Fit::exact("long"),
        T::Float32 => Fit::exact("float"),
        T::Float64 => Fit::exact("double"),
        T::Utf8 => Fit::exact("string"),
        T::Binary => Fit::exact("bytes"),
        T::Int8 | T::Int16 | T::UInt8 | T::UInt16 => Fit::hinted("int"),
        T::UInt32 | T::Duration(_) => Fit::hinted("long"),
        T::UInt64 if types.uint64_long => Fit::hinted("long").with(&[Code::IntRange]),
        T::UInt64 => Fit::hinted("decimal(20,0)"),
        T::Float16 => Fit::hinted("float"),
        T::LargeUtf8 | T::Utf8View => Fit::hinted("string"),
        T::LargeBinary | T::BinaryView => Fit::hinted("bytes"),
        T::FixedSizeBinary(size) if *size < 0 => Fit::refused("a size below zero"),
        T::FixedSizeBinary(16) if metadata.get(keys::EXTENSION_NAME).is_some_and(|name| name == "arrow.uuid") => {
            match metadata.get(keys::AVRO_PHYSICAL) {
                Some(physical) if physical == "fixed:16" => Fit::exact("fixed(16), uuid"),
                _ if types.uuid_fixed => Fit::exact("fixed(16), uuid"),
                _ => Fit::exact("string, uuid"),
            }
        }
        T::FixedSizeBinary(size) => Fit::exact(format!("fixed({size})")),
        T::Date32 => Fit::exact("date"),
        T::Date64 if types.date64_timestamp => Fit::hinted("local-timestamp-millis"),
        T::Date64 => Fit::hinted("date").with(&[Code::TimePrecision, Code::DateRange]),
        T::Time32(TimeUnit::Millisecond) => Fit::exact("time-millis").with(&[Code::DateRange]),
        T::Time32(_) => Fit::hinted("time-millis").with(&[Code::DateRange]),
        T::Time64(TimeUnit::Microsecond) => Fit::exact("time-micros").with(&[Code::DateRange]),
        T::Time64(_) if types.time_ns_long => Fit::hinted("long").with(&[Code::DateRange]),
        T::Time64(_) => Fit::hinted("time-micros").with(&[Code::TimePrecision, Code::DateRange]),
        T::Timestamp(TimeUnit::Second, Some(_)) => Fit::hinted("timestamp-millis").with(&[Code::TimestampRange]),
        T::Timestamp(TimeUnit::Second, None) => Fit::hinted("local-timestamp-millis").with(&[Code::TimestampRange]),
        T::Timestamp(unit, None) => Fit::exact(format!("local-{}", zoned(unit))),
        T::Timestamp(unit, Some(zone)) if &**zone == "UTC" => Fit::exact(zoned(unit)),
        T::Timestamp(unit, Some(_)) => Fit::hinted(zoned(unit)),
        T::Interval(_) if types.interval_record => Fit::hinted("record of months, days and nanos"),
        T::Interval(unit) => match unit {
            arrow_schema::IntervalUnit::MonthDayNano => Fit::exact("duration").with(&[Code::Interval]),
            _ => Fit::hinted("duration").with(&[Code::Interval]),
        },
        T::Decimal32(p, s) | T::Decimal64(p, s) | T::Decimal128(p, s) | T::Decimal256(p, s) => {
            let digits = i16::from(*p) - i16::from((*s).min(0));
            if i16::from(*s) > i16::from(*p) {
                return Fit::refused(format!("a decimal of {p} digits and scale {s}"));
            }
            if digits > i16::from(PRECISION_256) {
                return Fit::hinted("string");
            }
            let natural = match data_type {
                T::Decimal128(..) => *s >= 0,
                T::Decimal256(..) => *s >= 0 && *p > 38,
                _ => false,
            };
            let target = format!("decimal({digits},{})", (*s).max(0));
            if natural { Fit::exact(target) } else { Fit::hinted(target) }
        }
        T::List(_) => Fit::exact("array"),
        T::Struct(_) => Fit::exact("record"),
        T::LargeList(_) | T::ListView(_) | T::LargeListView(_) | T::FixedSizeList(..) => Fit::hinted("array"),
        T::Map(entries, sorted) => {
            let key = match entries.data_type() {
                T::Struct(fields) => fields.first().map(|key| key.data_type()),
                _ => None,
            };
            match key {
                Some(T::Utf8) if !sorted => Fit::exact("map"),
                Some(T::Utf8 | T::LargeUtf8 | T::Utf8View) => Fit::hinted("map"),
                Some(_) => Fit::hinted("array of key-value records, map"),
                None => Fit::refused("a map without key and value"),
            }
        }
        T::Union(fields, _) => {
            let is_null = |child: &Field| child.data_type().is_null();
            let mut fit = union(field);
            // A null inside a branch is not the null branch: Avro cannot tell them apart.
            // A union has no nulls but those of its own branches.
            let is_union = |child: &Field| matches!(child.data_type(), T::Union(..));
            if fields.iter().any(|(_, child)| child.is_nullable() && !is_null(child) && !is_union(child)) {
                fit = fit.with(&[Code::Null]);
            }
            // Of several branches without a value there is one in Avro.
            if fields.iter().filter(|(_, child)| is_null(child)).count() > 1 {
                fit = fit.with(&[Code::UnionTag]);
            }
            fit
        }
        T::Dictionary(key, value) if metadata.contains_key(keys::ENUM) => match (&**key, &**value) {
            (T::Int32, T::Utf8) => Fit::exact("enum"),
            _ => Fit::hinted("enum"),
        },
        T::Dictionary(_, value) => of_type(field, value, types).at_best(Returns::Hinted),
        T::RunEndEncoded(_, values) => of_type(values, values.data_type(), types).at_best(Returns::Hinted),
    }
}

fn union(field: &Field) -> Fit {
    match (comes_back(field, false), comes_back(field, true)) {
        (true, _) => Fit::exact("union"),
        (_, true) => Fit::hinted("union, or a record of its branches"),
        // The record's fields are optional, and the branches come back so.
        _ => Fit::wider("record with an optional field for each branch"),
    }
}

/// Whether the type of a field comes back from the schema that is written for it.
fn comes_back(field: &Field, hints: bool) -> bool {
    let schema = Schema::new(vec![field.clone()]);
    let back = avsc::from_arrow(&schema, &Naming { hints, ..Naming::default() })
        .and_then(|text| avsc::parse(&text, Names::Strict))
        .and_then(|document| avsc::document_to_arrow(&document, &ToArrow { hints, ..ToArrow::default() }));
    back.is_ok_and(|(back, _)| back.fields().len() == 1 && back.field(0).data_type() == field.data_type())
}
