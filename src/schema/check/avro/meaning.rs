//! What a change of logical type does to values that are read.

use crate::schema::avsc::model::{Document, Kind, Logical, Node, Unit};

/// Whether two logical types on types that resolve keep the meaning of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The same value is read.
    Kept,
    /// One side gives the number or text no meaning: worth knowing.
    Annotated(String),
    /// The value would be read as another one.
    Changed(String),
}

pub(super) fn compare(reader: &Document, r: &Node, writer: &Document, w: &Node) -> Meaning {
    let plain = |logical: &Logical| matches!(logical, Logical::None | Logical::Ignored(_) | Logical::Map);
    let (new, old) = (reader.logical(r), writer.logical(w));
    match (new, old) {
        (new, old) if new == old || plain(new) && plain(old) => Meaning::Kept,
        // A local timestamp has two names: its own, and Iceberg's.
        (Logical::Timestamp { unit, utc: false, .. }, Logical::Timestamp { unit: of, utc: false, .. })
            if unit == of =>
        {
            Meaning::Kept
        }
        (Logical::Decimal { precision, scale }, Logical::Decimal { precision: old_precision, scale: old_scale }) => {
            if scale != old_scale {
                Meaning::Changed(format!(
                    "decimals of scale {old_scale} are read with scale {scale}: values would be read ×{}",
                    power(*old_scale as i64 - *scale as i64)
                ))
            } else if precision < old_precision {
                Meaning::Changed(format!("decimals of {old_precision} digits do not fit into {precision}"))
            } else {
                Meaning::Kept
            }
        }
        (new, old) if plain(old) => Meaning::Annotated(format!("{} is now read as {}", base(&w.kind), name(new))),
        (new, old) if plain(new) => Meaning::Annotated(format!("{} is now read as plain {}", name(old), base(&r.kind))),
        (new, old) => Meaning::Changed(format!("{} would be read as {}", name(old), name(new))),
    }
}

/// `10^power`, in decimal notation.
fn power(power: i64) -> String {
    let zeros = usize::try_from(power.unsigned_abs()).unwrap_or(0).min(64);
    if power >= 0 { format!("1{}", "0".repeat(zeros)) } else { format!("0.{}1", "0".repeat(zeros - 1)) }
}

/// How a logical type is written.
pub(super) fn name(logical: &Logical) -> String {
    let unit = |unit: &Unit| match unit {
        Unit::Millis => "millis",
        Unit::Micros => "micros",
        Unit::Nanos => "nanos",
    };
    match logical {
        Logical::None | Logical::Ignored(_) => String::new(),
        Logical::Date => "date".to_owned(),
        Logical::Time(of) => format!("time-{}", unit(of)),
        Logical::Timestamp { unit: of, local: true, .. } => format!("local-timestamp-{}", unit(of)),
        Logical::Timestamp { unit: of, utc: true, .. } => format!("timestamp-{}", unit(of)),
        Logical::Timestamp { unit: of, .. } => format!("timestamp-{} without zone", unit(of)),
        Logical::Decimal { precision, scale } => format!("decimal({precision}, {scale})"),
        Logical::BigDecimal => "big-decimal".to_owned(),
        Logical::Uuid => "uuid".to_owned(),
        Logical::Duration => "duration".to_owned(),
        Logical::Map => "map".to_owned(),
    }
}

/// The name of a type without its declaration.
pub(super) fn base(kind: &Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Boolean => "boolean",
        Kind::Int => "int",
        Kind::Long => "long",
        Kind::Float => "float",
        Kind::Double => "double",
        Kind::Bytes => "bytes",
        Kind::String => "string",
        Kind::Array(_) => "array",
        Kind::Map(_) => "map",
        Kind::Union(_) => "union",
        Kind::Named(_) => "named type",
    }
}
