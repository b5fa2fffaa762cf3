//! Arrow types as short text in hints: `uint32`, `timestamp[us,Europe/Paris]`, `fixed_size_list[3]`.

use arrow_schema::{DataType, IntervalUnit, TimeUnit};

fn unit(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

/// The text of a type without children; `None` for nested and encoded types.
pub(crate) fn leaf_token(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Null => "null".into(),
        DataType::Boolean => "bool".into(),
        DataType::Int8 => "int8".into(),
        DataType::Int16 => "int16".into(),
        DataType::Int32 => "int32".into(),
        DataType::Int64 => "int64".into(),
        DataType::UInt8 => "uint8".into(),
        DataType::UInt16 => "uint16".into(),
        DataType::UInt32 => "uint32".into(),
        DataType::UInt64 => "uint64".into(),
        DataType::Float16 => "float16".into(),
        DataType::Float32 => "float32".into(),
        DataType::Float64 => "float64".into(),
        DataType::Utf8 => "utf8".into(),
        DataType::LargeUtf8 => "large_utf8".into(),
        DataType::Utf8View => "utf8_view".into(),
        DataType::Binary => "binary".into(),
        DataType::LargeBinary => "large_binary".into(),
        DataType::BinaryView => "binary_view".into(),
        DataType::FixedSizeBinary(size) => format!("fixed_size_binary[{size}]"),
        DataType::Date32 => "date32".into(),
        DataType::Date64 => "date64".into(),
        DataType::Time32(u) => format!("time32[{}]", unit(*u)),
        DataType::Time64(u) => format!("time64[{}]", unit(*u)),
        DataType::Timestamp(u, None) => format!("timestamp[{}]", unit(*u)),
        DataType::Timestamp(u, Some(zone)) => format!("timestamp[{},{zone}]", unit(*u)),
        DataType::Duration(u) => format!("duration[{}]", unit(*u)),
        DataType::Interval(IntervalUnit::YearMonth) => "interval[year_month]".into(),
        DataType::Interval(IntervalUnit::DayTime) => "interval[day_time]".into(),
        DataType::Interval(IntervalUnit::MonthDayNano) => "interval[month_day_nano]".into(),
        DataType::Decimal32(p, s) => format!("decimal32[{p},{s}]"),
        DataType::Decimal64(p, s) => format!("decimal64[{p},{s}]"),
        DataType::Decimal128(p, s) => format!("decimal128[{p},{s}]"),
        DataType::Decimal256(p, s) => format!("decimal256[{p},{s}]"),
        _ => return None,
    })
}

/// The type that a text names; `None` if there is none.
pub(crate) fn leaf_type(token: &str) -> Option<DataType> {
    let (name, parameters) = match token.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((name, parameters)) => (name, Some(parameters)),
        None => (token, None),
    };
    let time_unit = |text: &str| {
        Some(match text {
            "s" => TimeUnit::Second,
            "ms" => TimeUnit::Millisecond,
            "us" => TimeUnit::Microsecond,
            "ns" => TimeUnit::Nanosecond,
            _ => return None,
        })
    };
    let decimal = |text: &str, digits: u8| {
        let (precision, scale) = text.split_once(',')?;
        let (precision, scale) = (precision.parse::<u8>().ok()?, scale.parse::<i8>().ok()?);
        let fits = (1..=digits).contains(&precision) && i16::from(scale) <= i16::from(precision);
        fits.then_some((precision, scale))
    };
    Some(match (name, parameters) {
        ("null", None) => DataType::Null,
        ("bool", None) => DataType::Boolean,
        ("int8", None) => DataType::Int8,
        ("int16", None) => DataType::Int16,
        ("int32", None) => DataType::Int32,
        ("int64", None) => DataType::Int64,
        ("uint8", None) => DataType::UInt8,
        ("uint16", None) => DataType::UInt16,
        ("uint32", None) => DataType::UInt32,
        ("uint64", None) => DataType::UInt64,
        ("float16", None) => DataType::Float16,
        ("float32", None) => DataType::Float32,
        ("float64", None) => DataType::Float64,
        ("utf8", None) => DataType::Utf8,
        ("large_utf8", None) => DataType::LargeUtf8,
        ("utf8_view", None) => DataType::Utf8View,
        ("binary", None) => DataType::Binary,
        ("large_binary", None) => DataType::LargeBinary,
        ("binary_view", None) => DataType::BinaryView,
        ("fixed_size_binary", Some(size)) => DataType::FixedSizeBinary(size.parse().ok()?),
        ("date32", None) => DataType::Date32,
        ("date64", None) => DataType::Date64,
        ("time32", Some(unit @ ("s" | "ms"))) => DataType::Time32(time_unit(unit)?),
        ("time64", Some(unit @ ("us" | "ns"))) => DataType::Time64(time_unit(unit)?),
        ("timestamp", Some(text)) => match text.split_once(',') {
            None => DataType::Timestamp(time_unit(text)?, None),
            Some((unit, zone)) => DataType::Timestamp(time_unit(unit)?, Some(zone.into())),
        },
        ("duration", Some(unit)) => DataType::Duration(time_unit(unit)?),
        ("interval", Some("year_month")) => DataType::Interval(IntervalUnit::YearMonth),
        ("interval", Some("day_time")) => DataType::Interval(IntervalUnit::DayTime),
        ("interval", Some("month_day_nano")) => DataType::Interval(IntervalUnit::MonthDayNano),
        ("decimal32", Some(text)) => decimal(text, 9).map(|(p, s)| DataType::Decimal32(p, s))?,
        ("decimal64", Some(text)) => decimal(text, 18).map(|(p, s)| DataType::Decimal64(p, s))?,
        ("decimal128", Some(text)) => decimal(text, 38).map(|(p, s)| DataType::Decimal128(p, s))?,
        ("decimal256", Some(text)) => decimal(text, 76).map(|(p, s)| DataType::Decimal256(p, s))?,
        _ => return None,
    })
}
