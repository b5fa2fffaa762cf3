//! Logical types and their rules (Avro specification, section Logical Types; Iceberg, appendix A: Avro).

use serde_json::Value;

use super::model::{Attributes, Kind, Logical, Unit};

/// The logical type that the attributes of a type declare, if its rules hold; `size` is that of a fixed, `pairs` says
/// that the items of an array are records of two fields.
pub(crate) fn logical(kind: &Kind, size: Option<usize>, pairs: bool, attributes: &Attributes) -> Logical {
    let Some(Value::String(name)) = attributes.get("logicalType") else { return Logical::None };
    let utc = attributes.get("adjust-to-utc") != Some(&Value::Bool(false));
    let instant = |unit| Logical::Timestamp { unit, utc, local: false };
    let local = |unit| Logical::Timestamp { unit, utc: false, local: true };
    let found = match (name.as_str(), kind, size) {
        ("date", Kind::Int, _) => Some(Logical::Date),
        ("time-millis", Kind::Int, _) => Some(Logical::Time(Unit::Millis)),
        ("time-micros", Kind::Long, _) => Some(Logical::Time(Unit::Micros)),
        ("timestamp-millis", Kind::Long, _) => Some(instant(Unit::Millis)),
        ("timestamp-micros", Kind::Long, _) => Some(instant(Unit::Micros)),
        ("timestamp-nanos", Kind::Long, _) => Some(instant(Unit::Nanos)),
        ("local-timestamp-millis", Kind::Long, _) => Some(local(Unit::Millis)),
        ("local-timestamp-micros", Kind::Long, _) => Some(local(Unit::Micros)),
        ("local-timestamp-nanos", Kind::Long, _) => Some(local(Unit::Nanos)),
        ("uuid", Kind::String, _) | ("uuid", Kind::Named(_), Some(16)) => Some(Logical::Uuid),
        ("duration", Kind::Named(_), Some(12)) => Some(Logical::Duration),
        ("big-decimal", Kind::Bytes, _) => Some(Logical::BigDecimal),
        ("map", Kind::Array(_), _) if pairs => Some(Logical::Map),
        ("decimal", Kind::Bytes, _) => decimal(attributes, None),
        ("decimal", Kind::Named(_), Some(size)) => decimal(attributes, Some(size)),
        _ => None,
    };
    found.unwrap_or_else(|| Logical::Ignored(name.clone()))
}

fn decimal(attributes: &Attributes, size: Option<usize>) -> Option<Logical> {
    let whole = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    let precision = whole(attributes.get("precision")?)?;
    let scale = match attributes.get("scale") {
        None => 0,
        Some(scale) => whole(scale)?,
    };
    let fits = size.is_none_or(|size| precision <= fixed_precision_max(size));
    (precision > 0 && scale <= precision && fits).then_some(Logical::Decimal { precision, scale })
}

/// Digits that `size` bytes of two's complement always hold: ⌊log10(2^(8·size−1) − 1)⌋.
pub(crate) fn fixed_precision_max(size: usize) -> usize {
    if size == 0 {
        return 0;
    }
    // The logarithm is nowhere near a whole number for any size below 2^31, so rounding cannot cross one.
    ((8.0 * size as f64 - 1.0) * std::f64::consts::LOG10_2).floor() as usize
}
