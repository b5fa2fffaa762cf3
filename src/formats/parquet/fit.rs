//! What becomes of each Arrow type in Parquet.

use arrow_schema::{DataType, Field, IntervalUnit, Schema};
use parquet::schema::printer::print_schema;
use parquet::schema::types::Type;

use super::change::{Change, ChangeKind, Intervals};
use super::lower_schema::lower_schema;
use super::options::{hints, intervals};
use super::write::stored_schema;
use crate::code::Code;
use crate::error::Result;
use crate::fit::{Fit, Returns};
use crate::format::Settings;
use crate::schema::annotations;

/// What becomes of a field's own type; children are asked for one by one.
pub(super) fn fit(field: &Field, settings: &Settings) -> Fit {
    let (change, stored) = match intervals(settings).and_then(|intervals| Change::of(field, intervals)) {
        Ok(change) => change,
        Err(error) => return Fit::refused(error.message()),
    };
    let target = match words(&stored) {
        Ok(words) => words,
        Err(error) => return Fit::refused(error.message()),
    };
    let fit = of_change(field, &change, target);
    if hints(settings).unwrap_or(true) {
        return fit;
    }
    let zoned = matches!(field.data_type(), DataType::Timestamp(_, Some(zone)) if &**zone != "UTC");
    let seconds = matches!(change.kind, ChangeKind::TimestampSeconds);
    let fit = match (zoned, seconds) {
        (true, false) => fit.without_hints(Code::Zone),
        (true, true) => fit.without_hints(Code::Type).with(&[Code::Zone]),
        _ => fit.without_hints(Code::Type),
    };
    if annotations::says_something(field.metadata()) { fit.with(&[Code::Meta]) } else { fit }
}

fn of_change(field: &Field, change: &Change, target: String) -> Fit {
    use DataType as T;
    match &change.kind {
        ChangeKind::Keep | ChangeKind::Children(_) => match field.data_type() {
            T::Timestamp(_, Some(zone)) if &**zone != "UTC" => Fit::hinted(target),
            T::Decimal256(p, _) if *p <= 38 => Fit::hinted(target),
            T::Duration(_)
            | T::LargeUtf8
            | T::Utf8View
            | T::LargeBinary
            | T::BinaryView
            | T::Dictionary(_, _)
            | T::Decimal32(_, _)
            | T::Decimal64(_, _)
            | T::LargeList(_)
            | T::ListView(_)
            | T::LargeListView(_)
            | T::FixedSizeList(_, _) => Fit::hinted(target),
            T::Map(entries, sorted) => {
                let fit = if *sorted { Fit::hinted(target) } else { Fit::exact(target) };
                match entries.data_type() {
                    T::Struct(pair) if pair.first().is_some_and(|key| key.is_nullable()) => fit.with(&[Code::Null]),
                    _ => fit,
                }
            }
            _ if is_extension_without_annotation(field) => Fit::hinted(target),
            _ => Fit::exact(target),
        },
        ChangeKind::TimestampSeconds => Fit::hinted(target).with(&[Code::TimestampRange]),
        ChangeKind::TimeSeconds => Fit::hinted(target).with(&[Code::DateRange]),
        ChangeKind::Date64 => Fit::hinted(target).with(&[Code::TimePrecision, Code::DateRange]),
        ChangeKind::DictionaryValues(value) => {
            of_change(&with_type(field, &value.arrow), value, target).at_best(Returns::Hinted)
        }
        ChangeKind::RunEnds(value) => {
            of_change(&with_type(field, &value.arrow), value, target).at_best(Returns::Hinted)
        }
        ChangeKind::NativeInterval(IntervalUnit::MonthDayNano) => Fit::exact(target).with(&[Code::Interval]),
        ChangeKind::NativeInterval(_) => Fit::hinted(target).with(&[Code::Interval]),
        ChangeKind::NegativeScale
        | ChangeKind::NegativeScaleText
        | ChangeKind::Interval(_)
        | ChangeKind::Union(_)
        | ChangeKind::EmptyStruct
        | ChangeKind::EmptyList
        | ChangeKind::EmptyBytes
        | ChangeKind::DictionaryKeys => Fit::hinted(target),
    }
}

fn with_type(field: &Field, data_type: &DataType) -> Field {
    field.clone().with_data_type(data_type.clone())
}

/// Extension types that Parquet has an annotation for come back without a hint; others are a name in the hint.
fn is_extension_without_annotation(field: &Field) -> bool {
    field.extension_type_name().is_some_and(|name| !matches!(name, "arrow.json" | "arrow.uuid"))
}

/// The Parquet type of a field that is to be written: `INT64 TIMESTAMP(MICROS,true)`, `group LIST`.
fn words(stored: &Field) -> Result<String> {
    let schema = Schema::new(vec![stored.clone().with_name("c")]);
    let (_, root) = stored_schema(schema, "m")?;
    let text = root.get_fields().first().map(|column| printed(&childless(column))).unwrap_or_default();
    // The first line: `OPTIONAL INT64 c (TIMESTAMP(MICROS,true));`
    let line = text.lines().next().unwrap_or_default().trim_end_matches([';', '{', ' ']);
    let (_, line) = line.split_once(' ').unwrap_or_default();
    let (kind, annotation) = line.split_once(" c").unwrap_or((line, ""));
    let annotation = annotation.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or_default();
    Ok(format!("{} {annotation}", kind.replace(' ', "")).trim_end().to_owned())
}

/// A type without what is in it: each level is asked for alone, and to print all below it every time would take the cube
/// of their number.
fn childless(stored: &Type) -> Type {
    match stored {
        Type::GroupType { basic_info, .. } => Type::GroupType { basic_info: basic_info.clone(), fields: Vec::new() },
        leaf => leaf.clone(),
    }
}

/// The message type that a file of these columns has.
pub(super) fn message_type(schema: &Schema, name: &str) -> Result<String> {
    let (_, root) = stored_schema(lower_schema(schema, Intervals::Group)?.schema, name)?;
    Ok(printed(&root))
}

/// A schema as the message type that it is.
pub(super) fn printed(root: &Type) -> String {
    let mut text = Vec::new();
    print_schema(&mut text, root);
    // The version of the specification is printed as it stands in memory.
    String::from_utf8_lossy(&text).replace("VARIANT(Some(1))", "VARIANT(1)").replace("VARIANT(None)", "VARIANT")
}

#[cfg(test)]
mod tests;
