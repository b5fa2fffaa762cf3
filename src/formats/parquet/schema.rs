//! Parquet types ↔ Arrow types: which annotation of a leaf the crate may act on, and which we act on ourselves.
//!
//! The crate converts some annotated values without looking (8 and 16-bit integers are cut off, INT96 wraps, INTERVAL
//! loses its months, JSON is not checked to be UTF-8). Such leaves are read by their physical type, under a [`Rule`]
//! that [`super::logical`] applies with checks. Source: parquet-format `LogicalTypes.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use parquet::arrow::parquet_to_arrow_schema;
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use super::geo;
use super::interval::INTERVAL;
use crate::error::{Error, Result};

/// Field metadata: the Parquet annotation that Arrow has no type for (`ENUM`, `BSON`, `TIME_UTC`, `GEOMETRY`).
pub(super) const LOGICAL_KEY: &str = "parquet.logical";

/// What is done with the values of a leaf after the crate decoded them by their physical type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The crate's conversion is exact.
    Keep,
    /// The same, and `parquet.logical` says this.
    Named(&'static str),
    /// JSON text.
    Json,
    /// INT32 that must fit fewer bits.
    Narrow {
        /// 8 or 16.
        bits: u8,
        /// Whether it is signed.
        signed: bool,
    },
    /// Twelve bytes: months, days, milliseconds.
    Interval,
    /// Nanoseconds of the day and Julian day.
    Int96,
    /// A decimal that the crate decodes; its digits are counted.
    Decimal {
        /// Digits.
        precision: u8,
    },
    /// Big-endian two's complement of any length.
    DecimalBytes {
        /// Digits.
        precision: u32,
        /// Digits after the point.
        scale: u32,
    },
}

/// A Parquet schema as the crate may see it, and what to do with each leaf.
pub(super) struct Physicals {
    /// The schema without the annotations that have a rule.
    pub schema: SchemaDescriptor,
    /// One for each leaf, in column order.
    pub rules: Vec<Rule>,
    /// Leaves whose annotation is unknown or does not fit their physical type; the annotation is ignored.
    pub ignored: Vec<String>,
    /// Groups without columns: nothing of them is stored, not even whether they are null.
    pub empty: Vec<String>,
    /// The first leaf of every group that is a VARIANT.
    pub variants: Vec<usize>,
    /// Annotations that say more than their name, by leaf.
    pub named: BTreeMap<usize, String>,
}

/// What the crate does with text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Text {
    /// It checks that it is UTF-8.
    #[default]
    Checked,
    /// It is bytes to it.
    Bytes,
}

/// Takes the annotations off that have a rule.
pub(super) fn physicals(schema: &SchemaDescriptor, depth_max: usize, text: Text) -> Result<Physicals> {
    let mut walk = Walk { text, ..Walk::default() };
    let root = walk.group(schema.root_schema(), depth_max)?;
    let Walk { rules, ignored, empty, variants, named, .. } = walk;
    Ok(Physicals { schema: SchemaDescriptor::new(root), rules, ignored, empty, variants, named })
}

#[derive(Default)]
struct Walk {
    text: Text,
    rules: Vec<Rule>,
    ignored: Vec<String>,
    empty: Vec<String>,
    variants: Vec<usize>,
    named: BTreeMap<usize, String>,
}

/// Whether the group has a column anywhere inside.
fn has_leaf(group: &Type) -> bool {
    group.get_fields().iter().any(|field| !field.is_group() || has_leaf(field))
}

/// Whether a group is no level of the records, but how a list or map is stored: the repeated group inside it. One that
/// is the element of a list itself, as older writers have it, is a level.
fn is_layer(outer: &Type, group: &Type) -> bool {
    let info = outer.get_basic_info();
    let repeats = |group: &Type| {
        let info = group.get_basic_info();
        info.has_repetition() && info.repetition() == Repetition::REPEATED
    };
    // A list is not repeated itself, or a chain of them would have no level at all, however deep.
    let is_repeated = repeats(group) && !repeats(outer) && outer.get_fields().len() == 1;
    let is_map = matches!(info.logical_type_ref(), Some(LogicalType::Map))
        || matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE);
    let is_list =
        matches!(info.logical_type_ref(), Some(LogicalType::List)) || info.converted_type() == ConvertedType::LIST;
    let is_element = || group.get_fields().len() != 1 || group.name() == "array" || group.name().ends_with("_tuple");
    is_repeated && (is_map || is_list && !is_element())
}

impl Walk {
    fn group(&mut self, group: &Type, depth_left: usize) -> Result<TypePtr> {
        if depth_left == 0 {
            return Err(Error::limit("the schema is nested too deep").with_hint("raise the limit with --max-depth"));
        }
        if let Some(LogicalType::Variant(_)) = group.get_basic_info().logical_type_ref() {
            self.variants.push(self.rules.len());
        }
        let mut fields = Vec::with_capacity(group.get_fields().len());
        for field in group.get_fields() {
            if !field.is_group() {
                fields.push(self.leaf(field)?);
            } else if has_leaf(field) {
                let inner = self.group(field, depth_left - usize::from(!is_layer(group, field)));
                fields.push(inner.map_err(|error| error.in_column(field.name()))?);
            } else {
                self.empty.push(field.name().to_owned());
            }
        }
        let info = group.get_basic_info();
        let mut builder = Type::group_type_builder(group.name())
            .with_fields(fields)
            .with_converted_type(info.converted_type())
            .with_logical_type(info.logical_type_ref().cloned())
            .with_id(info.has_id().then(|| info.id()));
        if info.has_repetition() {
            builder = builder.with_repetition(info.repetition());
        }
        builder.build().map(Arc::new).map_err(|error| Error::malformed("bad schema").with_cause(error))
    }

    fn leaf(&mut self, leaf: &TypePtr) -> Result<TypePtr> {
        let rule = rule_of(leaf);
        if let Some(text) = leaf.get_basic_info().logical_type_ref().and_then(geo::text) {
            self.named.insert(self.rules.len(), text);
        }
        let plain = match rule {
            Rule::Keep | Rule::Decimal { .. } | Rule::Named("TIME_UTC" | "GEOMETRY" | "GEOGRAPHY") => leaf.clone(),
            Rule::Json | Rule::Named("ENUM") => bare(leaf, Some(LogicalType::String))?,
            _ => bare(leaf, None)?,
        };
        if converts(&plain) {
            self.rules.push(rule);
            let is_text = plain.get_basic_info().logical_type_ref() == Some(&LogicalType::String)
                || plain.get_basic_info().converted_type() == ConvertedType::UTF8;
            return if self.text == Text::Bytes && is_text { bare(&plain, None) } else { Ok(plain) };
        }
        // R34: an annotation that means nothing for this physical type is no reason not to read the values.
        self.ignored.push(leaf.name().to_owned());
        self.rules.push(if leaf.get_physical_type() == Physical::INT96 { Rule::Int96 } else { Rule::Keep });
        bare(leaf, None)
    }
}

/// The leaf with another annotation.
fn bare(leaf: &Type, logical: Option<LogicalType>) -> Result<TypePtr> {
    let info = leaf.get_basic_info();
    let Type::PrimitiveType { type_length, .. } = leaf else {
        return Err(Error::internal("a leaf is a group"));
    };
    Type::primitive_type_builder(leaf.name(), leaf.get_physical_type())
        .with_repetition(if info.has_repetition() { info.repetition() } else { Repetition::REQUIRED })
        .with_logical_type(logical)
        .with_length(*type_length)
        .with_id(info.has_id().then(|| info.id()))
        .build()
        .map(Arc::new)
        .map_err(|error| Error::malformed("bad type of a column").with_cause(error).in_column(leaf.name()))
}

/// Twelve bytes as INTERVAL, which has no logical type, only the older annotation.
fn interval(leaf: &Type) -> Result<TypePtr> {
    let info = leaf.get_basic_info();
    Type::primitive_type_builder(leaf.name(), Physical::FIXED_LEN_BYTE_ARRAY)
        .with_repetition(info.repetition())
        .with_converted_type(ConvertedType::INTERVAL)
        .with_length(12)
        .with_id(info.has_id().then(|| info.id()))
        .build()
        .map(Arc::new)
        .map_err(|error| Error::internal("bad type of an interval").with_cause(error))
}

/// Whether the crate has an Arrow type for the leaf.
fn converts(leaf: &TypePtr) -> bool {
    let root = Type::group_type_builder("root").with_fields(vec![leaf.clone()]).build();
    root.is_ok_and(|root| parquet_to_arrow_schema(&SchemaDescriptor::new(Arc::new(root)), None).is_ok())
}

fn rule_of(leaf: &Type) -> Rule {
    let Type::PrimitiveType { basic_info: info, physical_type, type_length, scale, precision } = leaf else {
        return Rule::Keep;
    };
    let narrow = |bits: i8, signed: bool| match (bits, physical_type) {
        (8 | 16, Physical::INT32) => Rule::Narrow { bits: bits as u8, signed },
        _ => Rule::Keep,
    };
    match (info.logical_type_ref(), info.converted_type()) {
        _ if *physical_type == Physical::INT96 => Rule::Int96,
        (Some(LogicalType::Json), _) | (None, ConvertedType::JSON) => Rule::Json,
        (Some(LogicalType::Enum), _) | (None, ConvertedType::ENUM) => Rule::Named("ENUM"),
        (Some(LogicalType::Bson), _) | (None, ConvertedType::BSON) => Rule::Named("BSON"),
        (Some(LogicalType::Geometry(_)), _) => Rule::Named("GEOMETRY"),
        (Some(LogicalType::Geography(_)), _) => Rule::Named("GEOGRAPHY"),
        (Some(LogicalType::Time(time)), _) if time.is_adjusted_to_u_t_c => Rule::Named("TIME_UTC"),
        (Some(LogicalType::Integer(int)), _) => narrow(int.bit_width, int.is_signed),
        (None, ConvertedType::INT_8) => narrow(8, true),
        (None, ConvertedType::INT_16) => narrow(16, true),
        (None, ConvertedType::UINT_8) => narrow(8, false),
        (None, ConvertedType::UINT_16) => narrow(16, false),
        (None, ConvertedType::INTERVAL) if *type_length == 12 => Rule::Interval,
        (Some(LogicalType::Decimal(decimal)), _) => {
            decimal_rule(*physical_type, *type_length, decimal.precision, decimal.scale)
        }
        (None, ConvertedType::DECIMAL) => decimal_rule(*physical_type, *type_length, *precision, *scale),
        _ => Rule::Keep,
    }
}

/// By precision, not by byte length: the crate goes by length for fixed-length decimals.
fn decimal_rule(physical: Physical, length: i32, precision: i32, scale: i32) -> Rule {
    let (Ok(digits), Ok(fraction)) = (u32::try_from(precision), u32::try_from(scale)) else { return Rule::Keep };
    if digits == 0 || fraction > digits {
        return Rule::Keep;
    }
    let natural = match physical {
        Physical::INT32 | Physical::INT64 => digits <= 38,
        Physical::FIXED_LEN_BYTE_ARRAY => match length {
            1..=16 => digits <= 38,
            17..=32 => (39..=76).contains(&digits),
            _ => false,
        },
        Physical::BYTE_ARRAY => false,
        _ => return Rule::Keep,
    };
    match u8::try_from(digits) {
        Ok(precision) if natural => Rule::Decimal { precision },
        _ => Rule::DecimalBytes { precision: digits, scale: fraction },
    }
}

/// What is to be said about the columns of a file beside their types.
#[derive(Default)]
pub(super) struct Annotations {
    /// `parquet.logical` of each leaf.
    pub leaves: Vec<Option<String>>,
    /// The first leaf of every struct that is a VARIANT.
    pub variants: Vec<usize>,
}

/// Puts annotations on a schema that is about to be written.
pub(super) fn annotated(schema: &SchemaDescriptor, annotations: &Annotations) -> Result<TypePtr> {
    annotated_group(schema.root_schema(), annotations, &mut 0)
}

fn annotated_group(group: &Type, annotations: &Annotations, next: &mut usize) -> Result<TypePtr> {
    let first_is_leaf = group.get_fields().first().is_some_and(|field| !field.is_group());
    let is_variant = first_is_leaf && group.get_basic_info().has_repetition() && annotations.variants.contains(next);
    let mut fields = Vec::with_capacity(group.get_fields().len());
    for field in group.get_fields() {
        if field.is_group() {
            fields.push(annotated_group(field, annotations, next)?);
            continue;
        }
        let name = annotations.leaves.get(*next).and_then(Option::as_deref);
        *next += 1;
        if let (Some(INTERVAL), None, Type::PrimitiveType { type_length: 12, .. }) =
            (name, field.get_basic_info().logical_type_ref(), field.as_ref())
        {
            fields.push(interval(field)?);
            continue;
        }
        let utc = LogicalType::time;
        let annotation = match (name, field.get_basic_info().logical_type_ref(), field.get_physical_type()) {
            (Some("ENUM"), Some(LogicalType::String), Physical::BYTE_ARRAY) => Some(LogicalType::Enum),
            (Some("BSON"), None, Physical::BYTE_ARRAY) => Some(LogicalType::Bson),
            (Some("TIME_UTC"), Some(LogicalType::Time(time)), _) => Some(utc(true, time.unit)),
            (Some(name), None, Physical::BYTE_ARRAY) => geo::parse(name),
            _ => None,
        };
        fields.push(match annotation {
            Some(annotation) => bare(field, Some(annotation))?,
            None => field.clone(),
        });
    }
    let info = group.get_basic_info();
    let mut builder = Type::group_type_builder(group.name())
        .with_fields(fields)
        .with_converted_type(info.converted_type())
        .with_logical_type(match is_variant {
            true => Some(LogicalType::variant(Some(1))),
            false => info.logical_type_ref().cloned(),
        })
        .with_id(info.has_id().then(|| info.id()));
    if info.has_repetition() {
        builder = builder.with_repetition(info.repetition());
    }
    builder.build().map(Arc::new).map_err(|error| Error::internal("bad schema").with_cause(error))
}
