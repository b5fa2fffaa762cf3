//! The Arrow schema that a writer left in the file (`ARROW:schema`): a hint that never wins over the data.
//!
//! A hinted type is taken where the stored values have it exactly: another layout of the same values (large, view,
//! dictionary), a unit that Parquet has no name for, the name of a zone. Everything else is ignored with a note,
//! because the crate would reinterpret the values without checking.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::extension::{EXTENSION_TYPE_METADATA_KEY, EXTENSION_TYPE_NAME_KEY, ExtensionType, Json};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::logical::{Kind, Step};
use super::schema::{LOGICAL_KEY, Rule};
use crate::schema::flatbuffer;

pub(super) use crate::column::json::{VARIANT, is_variant_layout as is_variant};

/// A column as the crate is asked for it, as it becomes, and how.
pub(super) struct Shape {
    /// What the crate is told to decode.
    pub plain: Field,
    /// What it means.
    pub logical: Field,
    /// From the one to the other.
    pub step: Step,
}

/// Pairs the columns of the crate with the rules of their leaves and with the hint.
pub(super) struct Shapes<'a> {
    /// One for each leaf.
    pub rules: &'a [Rule],
    /// The next leaf.
    pub next: usize,
    /// The first leaf of every group that is a VARIANT.
    pub variants: &'a [usize],
    /// Annotations that say more than their rule, by leaf.
    pub named: &'a BTreeMap<usize, String>,
    /// Unit of INT96 columns.
    pub int96: TimeUnit,
    /// Paths of columns whose hint was ignored.
    pub ignored: Vec<String>,
}

impl Shapes<'_> {
    /// The shape of a column. `hint` must be of the same name, or stand at the same place in a list or map.
    pub fn of(&mut self, plain: &Field, hint: Option<&Field>, path: &str) -> Shape {
        let mut hint = hint;
        let first = self.next;
        let nested = |shapes: &mut Self, field: &Field, hint: Option<&Field>, name: &str| {
            let shape = shapes.of(field, hint, &format!("{path}{name}"));
            let named = hint.map_or_else(|| name_of(name, field), |hint| hint.name().clone());
            (Arc::new(shape.plain), Arc::new(shape.logical.with_name(named)), shape.step)
        };
        let (plain_type, logical, kind) = match plain.data_type() {
            DataType::Struct(fields) => {
                let hints = match hint.map(Field::data_type) {
                    Some(DataType::Struct(hints)) if same_names(fields, hints) => Some(hints.clone()),
                    Some(_) => {
                        self.ignored.push(path.to_owned());
                        hint = None;
                        None
                    }
                    None => None,
                };
                let (mut plains, mut logicals, mut steps) = (Vec::new(), Vec::new(), Vec::new());
                for (index, field) in fields.iter().enumerate() {
                    let child = hints.as_ref().map(|hints| hints[index].as_ref());
                    let (plain, logical, step) = nested(self, field, child, &format!(".{}", field.name()));
                    plains.push(plain);
                    logicals.push(Arc::new(logical.as_ref().clone().with_name(field.name().clone())));
                    steps.push(step);
                }
                (DataType::Struct(plains.into()), DataType::Struct(logicals.into()), nested_kind(steps))
            }
            DataType::List(item) => {
                let kind_of = hint.map(Field::data_type);
                let child = match kind_of {
                    Some(
                        DataType::List(child)
                        | DataType::LargeList(child)
                        | DataType::FixedSizeList(child, 1..)
                        | DataType::ListView(child)
                        | DataType::LargeListView(child),
                    ) => Some(child.clone()),
                    Some(_) => {
                        self.ignored.push(path.to_owned());
                        None
                    }
                    None => None,
                };
                let container = child.as_ref().and(kind_of).cloned();
                if child.is_none() {
                    hint = None;
                }
                let (plain, logical, step) = nested(self, item, child.as_deref(), "[]");
                (like(container.as_ref(), plain), like(container.as_ref(), logical), nested_kind(vec![step]))
            }
            DataType::Map(entries, _) => {
                let DataType::Struct(pair) = entries.data_type() else {
                    return kept(plain);
                };
                let (hinted, sorted) = match hint.map(Field::data_type) {
                    Some(DataType::Map(hinted, sorted)) => (Some(hinted.clone()), *sorted),
                    Some(_) => {
                        self.ignored.push(path.to_owned());
                        hint = None;
                        (None, false)
                    }
                    None => (None, false),
                };
                let hints = hinted.as_ref().and_then(|hinted| match hinted.data_type() {
                    DataType::Struct(fields) if fields.len() == 2 => Some(fields.clone()),
                    _ => None,
                });
                let (mut plains, mut logicals, mut steps) = (Vec::new(), Vec::new(), Vec::new());
                for (index, field) in pair.iter().enumerate() {
                    let child = hints.as_ref().map(|hints| hints[index].as_ref());
                    let place = if index == 0 { "{key}" } else { "{value}" };
                    let (plain, logical, step) = nested(self, field, child, place);
                    plains.push(plain);
                    logicals.push(logical);
                    steps.push(step);
                }
                let name = hinted.as_ref().map_or("entries", |hinted| hinted.name());
                let metadata = hinted.as_ref().map(|hinted| hinted.metadata().clone()).unwrap_or_default();
                let group = |name: &str, fields: Vec<FieldRef>| {
                    Arc::new(Field::new(name, DataType::Struct(fields.into()), false))
                };
                let entries = group(name, logicals).as_ref().clone().with_metadata(metadata);
                (
                    DataType::Map(group("key_value", plains), sorted),
                    DataType::Map(Arc::new(entries), sorted),
                    Kind::Map(steps),
                )
            }
            _ => return self.leaf(plain, hint, path),
        };
        let mut merged = plain.metadata().clone();
        if is_variant(plain.data_type()) && self.variants.contains(&first) {
            merged.insert(EXTENSION_TYPE_NAME_KEY, VARIANT);
            merged.insert(EXTENSION_TYPE_METADATA_KEY, "");
        }
        if let Some(hint) = hint {
            merged.extend(hint.metadata().iter());
        }
        Shape {
            plain: plain.clone().with_data_type(plain_type).with_metadata(merged.clone()),
            logical: plain.clone().with_data_type(logical.clone()).with_metadata(merged),
            step: Step { target: logical, kind },
        }
    }

    fn leaf(&mut self, plain: &Field, hint: Option<&Field>, path: &str) -> Shape {
        let rule = self.rules.get(self.next).copied().unwrap_or(Rule::Keep);
        let named = self.named.get(&self.next);
        self.next += 1;
        let natural = logical_type(rule, plain.data_type(), self.int96);
        let hinted = hint.map(Field::data_type);
        let (plain_type, logical, known) = match (rule, hinted) {
            (_, None) => (plain.data_type().clone(), natural, false),
            (Rule::Int96, Some(DataType::Timestamp(_, zone))) => {
                let DataType::Timestamp(unit, _) = natural else { return kept(plain) };
                let nanos = DataType::Timestamp(TimeUnit::Nanosecond, zone.clone());
                (nanos, DataType::Timestamp(unit, zone.clone()), true)
            }
            (_, Some(hinted)) if *hinted == natural => (plain.data_type().clone(), natural, true),
            (Rule::Keep | Rule::Named(_) | Rule::Json | Rule::Decimal { .. }, Some(hinted))
                if relayouts(plain.data_type(), hinted) =>
            {
                (hinted.clone(), hinted.clone(), true)
            }
            _ => {
                self.ignored.push(path.to_owned());
                // Writers name a unit that Parquet lacks, and store another: the zone is that of the values still.
                let zoned = (rule == Rule::Keep).then(|| in_zone_of(&natural, hinted)).flatten();
                (zoned.clone().unwrap_or_else(|| plain.data_type().clone()), zoned.unwrap_or(natural), false)
            }
        };
        let mut metadata = plain.metadata().clone();
        match rule {
            Rule::Named(name) => drop(metadata.insert(LOGICAL_KEY, named.map_or(name, String::as_str))),
            // A hint that knows of it says how it was noted.
            Rule::Json if hint.is_some_and(|hint| known && hint.extension_type_name() == Some(Json::NAME)) => {}
            Rule::Json => {
                metadata.insert(EXTENSION_TYPE_NAME_KEY, Json::NAME);
                if let Some(value) = Json::default().serialize_metadata() {
                    metadata.insert(EXTENSION_TYPE_METADATA_KEY, value);
                }
            }
            Rule::DecimalBytes { precision, scale } if precision > 76 => {
                metadata.insert("fmtconv.logical", format!("decimal({precision},{scale})"));
            }
            _ => {}
        }
        if let (Some(hint), true) = (hint, known) {
            metadata.extend(hint.metadata().iter());
        }
        let kind = match rule {
            Rule::Keep | Rule::Named(_) | Rule::Json => Kind::Keep,
            rule => Kind::Leaf(rule),
        };
        Shape {
            plain: plain.clone().with_data_type(plain_type).with_metadata(metadata.clone()),
            logical: plain.clone().with_data_type(logical.clone()).with_metadata(metadata),
            step: Step { target: logical, kind },
        }
    }
}

fn kept(plain: &Field) -> Shape {
    let step = Step { target: plain.data_type().clone(), kind: Kind::Keep };
    Shape { plain: plain.clone(), logical: plain.clone(), step }
}

/// Children that are all kept differ at most in name.
fn nested_kind(steps: Vec<Step>) -> Kind {
    if steps.iter().all(|step| matches!(step.kind, Kind::Keep)) { Kind::Keep } else { Kind::Nested(steps) }
}

/// The canonical name of the child of a list or map when no hint names it.
fn name_of(place: &str, field: &Field) -> String {
    match place {
        "[]" => "item".to_owned(),
        "{key}" => "key".to_owned(),
        "{value}" => "value".to_owned(),
        _ => field.name().clone(),
    }
}

fn same_names(fields: &Fields, hints: &Fields) -> bool {
    fields.len() == hints.len() && fields.iter().zip(hints).all(|(field, hint)| field.name() == hint.name())
}

fn like(container: Option<&DataType>, item: FieldRef) -> DataType {
    match container {
        Some(DataType::LargeList(_)) => DataType::LargeList(item),
        Some(DataType::FixedSizeList(_, size)) => DataType::FixedSizeList(item, *size),
        Some(DataType::ListView(_)) => DataType::ListView(item),
        Some(DataType::LargeListView(_)) => DataType::LargeListView(item),
        _ => DataType::List(item),
    }
}

fn logical_type(rule: Rule, plain: &DataType, int96: TimeUnit) -> DataType {
    match rule {
        Rule::Narrow { bits: 8, signed: true } => DataType::Int8,
        Rule::Narrow { bits: 8, signed: false } => DataType::UInt8,
        Rule::Narrow { signed: true, .. } => DataType::Int16,
        Rule::Narrow { signed: false, .. } => DataType::UInt16,
        Rule::Interval => DataType::Interval(arrow_schema::IntervalUnit::MonthDayNano),
        Rule::Int96 => DataType::Timestamp(int96, None),
        Rule::DecimalBytes { precision, scale } => match precision {
            1..=38 => DataType::Decimal128(precision as u8, scale as i8),
            39..=76 => DataType::Decimal256(precision as u8, scale as i8),
            _ => DataType::Utf8,
        },
        Rule::Keep | Rule::Named(_) | Rule::Json | Rule::Decimal { .. } => plain.clone(),
    }
}

/// Whether the values of `plain` are values of `hint` unchanged, and the crate decodes them so.
fn relayouts(plain: &DataType, hint: &DataType) -> bool {
    use DataType::{
        Binary, BinaryView, Decimal32, Decimal64, Decimal128, Decimal256, Dictionary, Duration, Int32, Int64,
        LargeBinary, LargeUtf8, Time32, Timestamp, Utf8, Utf8View,
    };
    match (plain, hint) {
        (Utf8, LargeUtf8 | Utf8View) | (Binary, LargeBinary | BinaryView) | (Int64, Duration(_)) => true,
        (Int64, Timestamp(TimeUnit::Second, _)) | (Int32, Time32(TimeUnit::Second)) => true,
        (Timestamp(unit, stored), Timestamp(hinted, zone)) if unit == hinted => {
            let is_instant = |zone: &Option<Arc<str>>| zone.as_deref().is_some_and(|zone| !zone.is_empty());
            is_instant(stored) == is_instant(zone)
        }
        (Decimal128(digits, scale), Decimal32(p, s) | Decimal64(p, s) | Decimal256(p, s)) => digits == p && scale == s,
        (Utf8, Dictionary(_, value)) => matches!(**value, Utf8 | LargeUtf8 | Utf8View),
        (Binary, Dictionary(_, value)) => matches!(**value, Binary | LargeBinary | BinaryView),
        _ => false,
    }
}

/// Instants of the stored unit, in the zone that a hint of another unit names.
fn in_zone_of(natural: &DataType, hinted: Option<&DataType>) -> Option<DataType> {
    let (DataType::Timestamp(unit, Some(_)), Some(DataType::Timestamp(_, zone))) = (natural, hinted) else {
        return None;
    };
    let zoned = DataType::Timestamp(*unit, zone.clone());
    relayouts(natural, &zoned).then_some(zoned)
}

/// An Arrow schema as `ARROW:schema` holds it; `None` if it is damaged.
pub(super) fn decode_schema(text: &str) -> Option<Schema> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    let message = match bytes.get(..4) {
        Some([0xff, 0xff, 0xff, 0xff]) => bytes.get(8..)?,
        _ => bytes.as_slice(),
    };
    // The flatbuffer is verified first, but its values are not.
    let schema = crate::guard::guarded(|| {
        let message = arrow_ipc::root_as_message_with_opts(&flatbuffer::verifier(), message).ok()?;
        arrow_ipc::convert::try_fb_to_schema(message.header_as_schema()?).ok()
    });
    schema.ok().flatten()
}
