//! What each kind of table allows, as data.

use super::super::cross::logical::{Type, whole_digits};
use super::super::rules::RuleSet;

/// Columns that may be new, so that older files lack them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    Any,
    Optional,
    OptionalOrDefault,
}

/// What becomes of decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimals {
    /// Nothing.
    Stay,
    /// More digits, the same scale.
    MoreDigits,
    /// The same scale; the larger precision of both is taken.
    Merged,
    /// More digits before and after the point; integers become decimals that hold all of them.
    Wider,
}

/// A kind of table.
pub(super) struct Profile {
    /// Types and what they may become, by class.
    promotions: &'static [(&'static str, &'static str)],
    decimals: Decimals,
    /// A column without a type may get one.
    unknown: bool,
    /// Both ways: two schemas are merged into one that has room for both.
    pub merged: bool,
    /// Columns are the same if their ids are.
    pub ids: bool,
    pub added: Added,
    /// Columns that were never null may get nulls and the other way round.
    pub takes_nulls: bool,
    /// Types in memory count, and those inside of lists and maps.
    pub physical: bool,
    /// Why a type does not fit.
    pub about: &'static str,
    /// Why a column cannot be added.
    pub required: &'static str,
    /// What is to be known of a column that goes.
    pub dropped: &'static str,
}

/// Iceberg specification, section Schema Evolution: int to long, float to double, decimals of more digits.
const ICEBERG_V2: Profile = Profile {
    promotions: &[
        // Iceberg has one type for integers of up to 32 bits.
        ("int8", "int16"),
        ("int8", "int32"),
        ("int16", "int8"),
        ("int16", "int32"),
        ("int32", "int8"),
        ("int32", "int16"),
        ("int8", "int64"),
        ("int16", "int64"),
        ("int32", "int64"),
        ("float32", "float64"),
    ],
    decimals: Decimals::MoreDigits,
    unknown: false,
    merged: false,
    ids: true,
    added: Added::Optional,
    takes_nulls: false,
    physical: false,
    about: "Iceberg promotes int to long, float to double and decimals to more digits of the same scale",
    required: "Iceberg v2 adds optional columns only",
    dropped: ": it is no longer read",
};

/// Version 3 adds: unknown to any type, date to timestamp without zone, defaults of columns that are new.
const ICEBERG_V3: Profile = Profile {
    promotions: &[
        ("int8", "int16"),
        ("int8", "int32"),
        ("int16", "int8"),
        ("int16", "int32"),
        ("int32", "int8"),
        ("int32", "int16"),
        ("int8", "int64"),
        ("int16", "int64"),
        ("int32", "int64"),
        ("float32", "float64"),
        ("date", "timestamp6"),
        ("date", "timestamp9"),
    ],
    unknown: true,
    added: Added::OptionalOrDefault,
    about: "Iceberg v3 promotes int to long, float to double, date to timestamp, and decimals to more digits of the \
            same scale",
    required: "has neither nulls nor a default for the files that lack it",
    ..ICEBERG_V2
};

/// Delta Lake 4.0, type widening. Changes of integers to double or decimal are made by hand
/// (`ALTER TABLE ... ALTER COLUMN TYPE`); those are allowed here.
const DELTA: Profile = Profile {
    promotions: &[
        ("int8", "int16"),
        ("int8", "int32"),
        ("int8", "int64"),
        ("int8", "float64"),
        ("int16", "int32"),
        ("int16", "int64"),
        ("int16", "float64"),
        ("int32", "int64"),
        ("int32", "float64"),
        ("float32", "float64"),
        ("date", "timestamp6"),
    ],
    decimals: Decimals::Wider,
    unknown: true,
    merged: false,
    ids: true,
    added: Added::Optional,
    takes_nulls: false,
    physical: false,
    about: "Delta widens integers, float to double, integers to double and decimal, decimals in all digits, and date \
            to timestamp without zone",
    required: "a Delta table adds columns that may be null only",
    dropped: ": to drop or rename a column, a Delta table needs column mapping",
};

/// Spark, `mergeSchema` of Parquet (`StructType.merge`): types are equal but for decimals, which have the same scale.
const SPARK: Profile = Profile {
    promotions: &[],
    decimals: Decimals::Merged,
    unknown: false,
    merged: true,
    ids: false,
    added: Added::Any,
    takes_nulls: true,
    physical: false,
    about: "Spark merges columns of the same type, and decimals of the same scale",
    required: "",
    dropped: ": its values are null where files lack it",
};

/// Arrow, `Field::try_merge`: types are equal but for null, which any type absorbs; structs and unions are merged.
const ARROW: Profile = Profile {
    promotions: &[],
    decimals: Decimals::Stay,
    unknown: true,
    merged: true,
    ids: false,
    added: Added::Any,
    takes_nulls: true,
    physical: true,
    about: "Arrow merges columns of exactly the same type",
    required: "",
    dropped: ": its values are null where files lack it",
};

/// The table of a rule set; none for those of other things.
pub(super) fn profile(rules: &RuleSet) -> Option<&'static Profile> {
    Some(match rules {
        RuleSet::IcebergV2 => &ICEBERG_V2,
        RuleSet::IcebergV3 => &ICEBERG_V3,
        RuleSet::Delta => &DELTA,
        RuleSet::Spark => &SPARK,
        RuleSet::Arrow => &ARROW,
        _ => return None,
    })
}

/// Types as tables tell them apart: symbols of enums are text.
fn class(kind: &Type) -> String {
    match kind {
        Type::Null => "unknown".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::Int { bits, signed: true } => format!("int{bits}"),
        Type::Int { bits, .. } => format!("uint{bits}"),
        Type::Float { bits } => format!("float{bits}"),
        Type::Decimal { .. } => "decimal".to_owned(),
        Type::Text | Type::Enum { .. } => "text".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Fixed(size) => format!("fixed{size}"),
        Type::Uuid => "uuid".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Time { digits } => format!("time{digits}"),
        Type::Timestamp { digits, instant: true } => format!("timestamp{digits} with zone"),
        Type::Timestamp { digits, .. } => format!("timestamp{digits}"),
        Type::Duration { .. } => "duration".to_owned(),
        Type::Interval => "interval".to_owned(),
        Type::Json => "json".to_owned(),
        Type::List(_) | Type::Tuple(..) => "list".to_owned(),
        Type::Map(..) => "map".to_owned(),
        Type::Union(_) => "union".to_owned(),
        Type::Struct(_) | Type::Open => "struct".to_owned(),
    }
}

impl Profile {
    /// Whether a column of `writer` may be read as one of `reader`; types with parts only if they are of one kind.
    pub fn fits(&self, reader: &Type, writer: &Type) -> bool {
        self.becomes(reader, writer) || self.merged && self.becomes(writer, reader)
    }

    fn becomes(&self, reader: &Type, writer: &Type) -> bool {
        if *writer == Type::Null {
            return self.unknown || *reader == Type::Null;
        }
        match (writer, reader) {
            (Type::Decimal { digits, scale }, Type::Decimal { digits: more, scale: finer }) => match self.decimals {
                Decimals::Stay => (digits, scale) == (more, finer),
                Decimals::MoreDigits | Decimals::Merged => scale == finer && digits <= more,
                Decimals::Wider => scale <= finer && whole_digits(*digits, *scale) <= whole_digits(*more, *finer),
            },
            (Type::Int { bits, signed: true }, Type::Decimal { digits, scale }) => {
                let needed = if *bits <= 32 { 10 } else { 20 };
                self.decimals == Decimals::Wider && whole_digits(*digits, *scale) >= needed
            }
            _ => {
                let (old, new) = (class(writer), class(reader));
                old == new || self.promotions.contains(&(old.as_str(), new.as_str()))
            }
        }
    }
}
