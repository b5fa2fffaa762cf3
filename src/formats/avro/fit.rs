//! What becomes of each Arrow type in Avro.

use arrow_schema::{DataType, Field, TimeUnit};

use crate::code::Code;
use crate::format::Fit;
use crate::schema::avsc::keys;

/// What becomes of a field's own type; children are asked for one by one.
pub(super) fn fit(field: &Field) -> Fit {
    use DataType as T;
    let hinted = |seen: &str| Fit::Hinted(seen.to_owned());
    let enumeration = field.metadata().contains_key(keys::ENUM);
    match field.data_type() {
        T::Null | T::Boolean | T::Int32 | T::Int64 | T::Float32 | T::Float64 | T::Utf8 | T::Binary | T::Date32 => {
            Fit::Exact
        }
        T::Int8 | T::Int16 | T::UInt8 | T::UInt16 => hinted("int"),
        T::UInt32 | T::Duration(_) => hinted("long"),
        T::UInt64 => hinted("decimal(20,0)"),
        T::Float16 => hinted("float"),
        T::LargeUtf8 | T::Utf8View => hinted("string"),
        T::LargeBinary | T::BinaryView => hinted("bytes"),
        T::FixedSizeBinary(size) if *size < 0 => Fit::Unsupported("a size below zero".to_owned()),
        T::FixedSizeBinary(_) => Fit::Exact,
        T::Date64 => Fit::Checked("date".to_owned(), &[Code::TimePrecision, Code::IntRange]),
        T::Time32(TimeUnit::Millisecond) | T::Time64(TimeUnit::Microsecond) => Fit::Exact,
        T::Time32(_) => hinted("time-millis"),
        T::Time64(_) => Fit::Checked("time-micros".to_owned(), &[Code::TimePrecision]),
        T::Timestamp(TimeUnit::Second, _) => Fit::Checked("timestamp-millis".to_owned(), &[Code::TimestampRange]),
        T::Timestamp(_, None) => Fit::Exact,
        T::Timestamp(_, Some(zone)) if &**zone == "UTC" => Fit::Exact,
        T::Timestamp(..) => hinted("timestamp in UTC"),
        T::Interval(_) => Fit::Checked("duration".to_owned(), &[Code::Interval]),
        T::Decimal32(p, s) | T::Decimal64(p, s) | T::Decimal128(p, s) | T::Decimal256(p, s) => {
            let digits = i16::from(*p) - i16::from((*s).min(0));
            if digits > 76 || i16::from(*s) > i16::from(*p) {
                return Fit::Unsupported(format!("a decimal of {p} digits and scale {s}"));
            }
            let natural = match field.data_type() {
                T::Decimal128(..) => *s >= 0,
                T::Decimal256(..) => *s >= 0 && *p > 38,
                _ => false,
            };
            if natural { Fit::Exact } else { Fit::Hinted(format!("decimal({digits},{})", (*s).max(0))) }
        }
        T::List(_) | T::Struct(_) => Fit::Exact,
        T::LargeList(_) | T::ListView(_) | T::LargeListView(_) | T::FixedSizeList(..) => hinted("array"),
        T::Map(entries, sorted) => {
            let key = match entries.data_type() {
                T::Struct(fields) => fields.first().map(|key| key.data_type()),
                _ => None,
            };
            match key {
                Some(T::Utf8 | T::LargeUtf8 | T::Utf8View) if !sorted => Fit::Exact,
                Some(T::Utf8 | T::LargeUtf8 | T::Utf8View) => hinted("map"),
                Some(_) => hinted("array of key-value records"),
                None => Fit::Unsupported("a map without key and value".to_owned()),
            }
        }
        T::Union(..) => hinted("union, or a record where branches are of one Avro type"),
        T::Dictionary(_, _) if enumeration => Fit::Exact,
        T::Dictionary(_, value) => Fit::Hinted(format!("{value}")),
        T::RunEndEncoded(_, values) => Fit::Hinted(format!("{}", values.data_type())),
    }
}
