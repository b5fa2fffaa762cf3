//! The columns that hints describe: what reading gives, in the types, names and nullability that the hints name.
//!
//! A hint is taken where an exact rule leads from the field to it. Everything else is ignored, and told.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, IntervalUnit, Schema, UnionFields, UnionMode};

use super::hint::Hint;
use super::pool::{Many, Pool};
use super::shape::{DecimalAs, Known, ReadAs, Record, Slot, Value};
use crate::column::restore::{Part, Step, restorable};
use crate::schema::type_text::parse_field;

/// What hints make of a record.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The schema.
    pub schema: Schema,
    /// How its columns come from those of the record; `None`: they are the same.
    pub parts: Option<Vec<Part>>,
    /// Paths of fields whose hints do not fit.
    pub ignored: Vec<String>,
}

/// Applies the hints of a pool to the columns of a record; `natural` is what reading gives without. What `read` asks of
/// oneofs and decimals holds where no hint says something.
pub fn restored(pool: &Pool, record: &Record, natural: Schema, read: ReadAs) -> Restored {
    let mut restoring = Restoring { pool, read, path: Vec::new(), ignored: Vec::new() };
    let (fields, parts) = restoring.columns(record, natural.fields());
    let mut metadata: BTreeMap<String, String> = BTreeMap::new();
    if let Some(text) = pool.hints.of_message(&record.name).and_then(|hint| hint.metadata.as_deref()) {
        metadata = object(text).unwrap_or_default();
        metadata.retain(|key, _| is_foreign(key));
    }
    let ignored = restoring.ignored;
    if is_natural(&parts) && fields[..] == natural.fields()[..] && metadata.is_empty() {
        return Restored { schema: natural, parts: None, ignored };
    }
    metadata.extend(natural.metadata().iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
    let schema = Schema::new(fields).with_metadata(metadata);
    Restored { schema, parts: Some(parts), ignored }
}

fn is_natural(parts: &[Part]) -> bool {
    parts
        .iter()
        .enumerate()
        .all(|(at, part)| matches!(part, Part::One { index, step: Step::Keep, required: false, .. } if *index == at))
}

/// Keys that may come from a file's word: all but those that the field itself tells.
pub(super) fn is_foreign(key: &str) -> bool {
    !key.starts_with("proto.") && !matches!(key, "fmtconv.v" | "fmtconv.source" | "fmtconv.fp")
}

/// A JSON object of strings.
fn object(text: &str) -> Option<BTreeMap<String, String>> {
    serde_json::from_str(text).ok()
}

/// What to do where the decimals that a setting asks for do not hold a value.
const OTHER_DECIMALS: &str = "ask for decimals that hold it: --from-opt 'decimal=decimal(P,S)'; or for their digits: \
                              --from-opt decimal=text";

struct Restoring<'a> {
    pool: &'a Pool,
    read: ReadAs,
    path: Vec<String>,
    ignored: Vec<String>,
}

/// A type, how it is made, and metadata that comes with it.
struct Made {
    data_type: DataType,
    step: Step,
    metadata: Vec<(String, String)>,
}

impl Made {
    fn kept(data_type: &DataType) -> Made {
        Made { data_type: data_type.clone(), step: Step::Keep, metadata: Vec::new() }
    }
}

impl Restoring<'_> {
    fn ignore(&mut self) {
        self.ignored.push(self.path.join("."));
    }

    fn columns(&mut self, record: &Record, natural: &Fields) -> (Vec<FieldRef>, Vec<Part>) {
        let (mut fields, mut parts) = (Vec::new(), Vec::new());
        let mut done = vec![false; record.slots.len()];
        for (index, slot) in record.slots.iter().enumerate() {
            let Some(field) = natural.get(index) else { break };
            if done[index] {
                continue;
            }
            if let Some(oneof) = slot.oneof {
                let members: Vec<usize> =
                    (index..record.slots.len()).filter(|other| record.slots[*other].oneof == Some(oneof)).collect();
                if let Some((field, part)) = self.union(record, oneof as usize, &members, natural) {
                    members.iter().for_each(|member| done[*member] = true);
                    fields.push(Arc::new(field));
                    parts.push(part);
                    continue;
                }
            }
            let hint = self.pool.hints.field(&record.name, slot.number);
            self.path.push(slot.name.clone());
            let made = self.column(slot, field, hint);
            self.path.pop();
            let field = described(field, hint, &made);
            parts.push(Part::One {
                index,
                required: !field.is_nullable() && natural[index].is_nullable(),
                name: field.name().clone(),
                step: made.step,
            });
            fields.push(Arc::new(field));
        }
        for (index, field) in natural.iter().enumerate().skip(record.slots.len()) {
            parts.push(Part::One { index, step: Step::Keep, required: false, name: field.name().clone() });
            fields.push(field.clone());
        }
        (fields, parts)
    }

    fn column(&mut self, slot: &Slot, natural: &Field, hint: Option<&Hint>) -> Made {
        match (slot.many, natural.data_type()) {
            (Many::List, DataType::List(item)) => self.list(&slot.value, item, hint),
            (Many::Map, DataType::Map(entries, _)) => self.map(&slot.value, entries, hint),
            _ => self.value(&slot.value, natural.data_type(), hint),
        }
    }

    fn list(&mut self, value: &Value, item: &FieldRef, hint: Option<&Hint>) -> Made {
        let kind = hint.and_then(|hint| hint.kind.as_deref());
        if let (Some("map" | "sorted_map"), Value::Message(record), DataType::Struct(natural)) =
            (kind, value, item.data_type())
        {
            return match self.pairs(record, natural, hint, kind == Some("sorted_map")) {
                Some(made) => made,
                None => {
                    self.ignore();
                    Made::kept(&DataType::List(item.clone()))
                }
            };
        }
        let inner = hint.and_then(|hint| hint.item.as_deref());
        self.path.push("[]".to_owned());
        let made = self.value(value, item.data_type(), inner);
        self.path.pop();
        let child = Arc::new(described(item, inner, &made));
        let sized = |kind: &str| kind.strip_prefix("fixed_size_list[")?.strip_suffix(']')?.parse::<i32>().ok();
        let target = match kind {
            None => DataType::List(child.clone()),
            Some("large_list") => DataType::LargeList(child.clone()),
            Some("list_view") => DataType::ListView(child.clone()),
            Some("large_list_view") => DataType::LargeListView(child.clone()),
            Some(kind) => match sized(kind).filter(|size| *size >= 0) {
                Some(size) => DataType::FixedSizeList(child.clone(), size),
                None => {
                    self.ignore();
                    DataType::List(child.clone())
                }
            },
        };
        if matches!(made.step, Step::Keep) && child == *item && matches!(target, DataType::List(_)) {
            return Made::kept(&target);
        }
        Made { data_type: target.clone(), step: Step::List(Box::new(made.step), target), metadata: Vec::new() }
    }

    fn map(&mut self, value: &Value, entries: &FieldRef, hint: Option<&Hint>) -> Made {
        let natural = DataType::Map(entries.clone(), false);
        let DataType::Struct(pair) = entries.data_type() else { return Made::kept(&natural) };
        let [key, val] = &pair[..] else { return Made::kept(&natural) };
        let hints = |part: fn(&Hint) -> &Option<Box<Hint>>| hint.and_then(|hint| part(hint).as_deref());
        let (key_hint, value_hint, entry_hint) = (hints(|h| &h.key), hints(|h| &h.value), hints(|h| &h.item));
        self.path.push("key".to_owned());
        let made_key = self.scalar(key.data_type(), key_hint);
        self.path.pop();
        self.path.push("value".to_owned());
        let made_value = self.value(value, val.data_type(), value_hint);
        self.path.pop();
        let new_key = described(key, key_hint, &made_key).with_nullable(false);
        let new_value = described(val, value_hint, &made_value);
        let sorted = match hint.and_then(|hint| hint.kind.as_deref()) {
            None => false,
            Some("sorted_map") => true,
            Some(_) => {
                self.ignore();
                false
            }
        };
        let fields = Fields::from(vec![new_key, new_value]);
        let inside = Made::kept(&DataType::Struct(fields));
        let target = DataType::Map(Arc::new(described(entries, entry_hint, &inside).with_nullable(false)), sorted);
        if target == natural {
            return Made::kept(&natural);
        }
        let step = Step::Map(Box::new(made_key.step), Box::new(made_value.step), target.clone());
        Made { data_type: target, step, metadata: Vec::new() }
    }

    /// A list of pairs as a map: its keys are of a type that a map of the language cannot have.
    fn pairs(&mut self, record: &Record, natural: &Fields, hint: Option<&Hint>, sorted: bool) -> Option<Made> {
        let (mut fields, mut parts) = self.columns(record, natural);
        let [key, _] = &mut fields[..] else { return None };
        *key = Arc::new(key.as_ref().clone().with_nullable(false));
        match parts.first_mut()? {
            Part::One { required, .. } => *required = true,
            Part::Union { .. } => {}
        }
        let inside = Made::kept(&DataType::Struct(fields.into()));
        let entries = Field::new("entries", inside.data_type.clone(), false);
        let entries = described(&entries, hint.and_then(|hint| hint.item.as_deref()), &inside).with_nullable(false);
        let target = DataType::Map(Arc::new(entries), sorted);
        Some(Made { data_type: target.clone(), step: Step::Pairs(parts, target), metadata: Vec::new() })
    }

    fn value(&mut self, value: &Value, natural: &DataType, hint: Option<&Hint>) -> Made {
        let kind = hint.and_then(|hint| hint.kind.as_deref());
        if let (Value::Message(record) | Value::Group(record), DataType::Struct(fields)) = (value, natural) {
            if self.pool.messages[record.message].wrapper {
                let (mut columns, parts) = self.columns(record, fields);
                if let (1, Some(inner)) = (columns.len(), columns.pop()) {
                    let (data_type, step) = (inner.data_type().clone(), Step::Unwrap(parts));
                    return self.encoded(Made { data_type, step, metadata: Vec::new() }, hint);
                }
            }
            if kind.is_some() {
                return self.scalar(natural, hint);
            }
            let (columns, parts) = self.columns(record, fields);
            let columns = Fields::from(columns);
            if is_natural(&parts) && columns == *fields {
                return Made::kept(natural);
            }
            let step = Step::Struct(parts, columns.clone());
            return Made { data_type: DataType::Struct(columns), step, metadata: Vec::new() };
        }
        if let (Value::Enum(names) | Value::EnumInt(names), Some("null")) = (value, kind) {
            if names.name == "google.protobuf.NullValue" {
                return Made { data_type: DataType::Null, step: Step::Nulls, metadata: Vec::new() };
            }
            self.ignore();
            return Made::kept(natural);
        }
        if let (Value::Known(Known::Decimal | Known::ConfluentDecimal), None, DecimalAs::Decimal(precision, scale)) =
            (value, kind, self.read.decimal)
        {
            let width = if precision <= 38 { 128 } else { 256 };
            let mut asked = hint.cloned().unwrap_or_default();
            asked.kind = Some(format!("decimal{width}({precision},{scale})"));
            let Made { data_type, step, metadata } = self.scalar(natural, Some(&asked));
            return Made { data_type, step: Step::Asked(Box::new(step), OTHER_DECIMALS), metadata };
        }
        self.scalar(natural, hint)
    }

    /// A value without children, and encodings around it.
    fn scalar(&mut self, natural: &DataType, hint: Option<&Hint>) -> Made {
        let mut made = Made::kept(natural);
        let Some(hint) = hint else { return made };
        if let Some(text) = &hint.kind {
            match parse_field("", text) {
                Ok(field) if fits(natural, field.data_type()) => {
                    let extension = field.metadata().iter();
                    made.metadata = extension.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
                    if field.data_type() != natural {
                        made.data_type = field.data_type().clone();
                        made.step = Step::Leaf(made.data_type.clone());
                    }
                }
                _ => self.ignore(),
            }
        }
        self.encoded(made, Some(hint))
    }

    /// Encodings around values.
    fn encoded(&mut self, mut made: Made, hint: Option<&Hint>) -> Made {
        let Some(hint) = hint else { return made };
        if let Some(text) = &hint.dictionary {
            match parse_field("", text) {
                Ok(key) if key.data_type().is_dictionary_key_type() && !made.data_type.is_nested() => {
                    let values = match &made.data_type {
                        DataType::Dictionary(_, values) => values.clone(),
                        other => Box::new(other.clone()),
                    };
                    made.data_type = DataType::Dictionary(Box::new(key.data_type().clone()), values);
                    made.step = Step::Dictionary(Box::new(made.step), made.data_type.clone());
                }
                _ => self.ignore(),
            }
        }
        if let Some(text) = &hint.run_ends {
            match parse_field("", text).map(|ends| ends.data_type().clone()) {
                Ok(ends @ (DataType::Int16 | DataType::Int32 | DataType::Int64)) if !made.data_type.is_nested() => {
                    let mut inside: BTreeMap<String, String> = made.metadata.drain(..).collect();
                    let said = hint.value.as_deref().and_then(|values| values.metadata.as_deref()).and_then(object);
                    inside.extend(said.into_iter().flatten().filter(|(key, _)| is_foreign(key)));
                    drop_unsuited(&mut inside, &made.data_type);
                    let values = Field::new("values", made.data_type.clone(), true).with_metadata(inside);
                    let values = Arc::new(values);
                    made.data_type = DataType::RunEndEncoded(Arc::new(Field::new("run_ends", ends, false)), values);
                    made.step = Step::RunEnds(Box::new(made.step), made.data_type.clone());
                }
                _ => self.ignore(),
            }
        }
        made
    }

    /// The members of a oneof as a union, if its hint says so and fits.
    fn union(&mut self, record: &Record, oneof: usize, members: &[usize], natural: &Fields) -> Option<(Field, Part)> {
        let plain = || self.read.oneof_union.then(|| plain_union(members.len())).flatten();
        let hinted = self.pool.hints.oneof(&record.name, oneof);
        let hint = &hinted.cloned().or_else(plain)?;
        let name = self.pool.messages[record.message].oneofs.get(oneof)?.clone();
        let mode = match hint.kind.as_deref() {
            Some("union") => UnionMode::Dense,
            Some("sparse_union") => UnionMode::Sparse,
            _ => return None,
        };
        self.path.push(name.clone());
        let made = self.branches(record, hint, members, natural, mode);
        if made.is_none() {
            self.ignore();
        }
        self.path.pop();
        let (data_type, steps) = made?;
        // A oneof that is not set is null, unless a hint says otherwise.
        let field = Field::new(name, data_type.clone(), hinted.is_none());
        let field = described(&field, Some(hint), &Made::kept(&data_type));
        let name = field.name().clone();
        Some((field, Part::Union { members: steps, target: data_type, name }))
    }

    #[allow(clippy::type_complexity)]
    fn branches(
        &mut self,
        record: &Record,
        hint: &Hint,
        members: &[usize],
        natural: &Fields,
        mode: UnionMode,
    ) -> Option<(DataType, Vec<Option<(usize, Step)>>)> {
        let (mut ids, mut fields, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = members.iter();
        for branch in branches_of(hint.branches.as_deref()?)? {
            ids.push(branch.id);
            if let Some(name) = branch.null {
                fields.push(Field::new(name, DataType::Null, true));
                steps.push(None);
                continue;
            }
            let index = *rest.next()?;
            let slot = &record.slots[index];
            let inner = self.pool.hints.field(&record.name, slot.number);
            let made = self.column(slot, &natural[index], inner);
            // A member that is not set is no null of the branch.
            let field = described(&natural[index].as_ref().clone().with_nullable(false), inner, &made);
            fields.push(field);
            steps.push(Some((index, made.step)));
        }
        rest.next().is_none().then_some(())?;
        let fields = UnionFields::try_new(ids, fields).ok()?;
        Some((DataType::Union(fields, mode), steps))
    }
}

/// What is said of a oneof that is a union though no hint says so: a branch for each member, and one of nulls for the
/// oneof that is not set. `None`: there are too many members.
fn plain_union(members: usize) -> Option<Hint> {
    let unset = i8::try_from(members).ok()?;
    let ids: Vec<String> = (0..unset).map(|id| id.to_string()).collect();
    let branches = format!("{},{unset},\"null\"", ids.join(","));
    Some(Hint { kind: Some("union".to_owned()), branches: Some(branches), ..Hint::default() })
}

/// A branch of a union, as a hint names it.
pub(super) struct Branch {
    id: i8,
    /// The name, if it is the one that an unset oneof stands for.
    null: Option<String>,
}

/// `0,3 "null",6`: type ids in order, with the name of the branch that has no member.
fn branches_of(text: &str) -> Option<Vec<Branch>> {
    let list: Vec<serde_json::Value> = serde_json::from_str(&format!("[{text}]")).ok()?;
    let mut branches: Vec<Branch> = Vec::new();
    for value in list {
        match value {
            serde_json::Value::String(name) => {
                let last = branches.last_mut()?;
                last.null = Some(name);
            }
            value => {
                let id = i8::try_from(value.as_i64()?).ok().filter(|id| *id >= 0)?;
                branches.push(Branch { id, null: None });
            }
        }
    }
    (branches.iter().filter(|branch| branch.null.is_some()).count() <= 1).then_some(branches)
}

/// The text that [`branches_of`] reads: type ids, each null branch followed by its name.
pub(super) fn branches_text(branches: &UnionFields, unset: Option<i8>) -> String {
    let texts = branches.iter().map(|(id, field)| match Some(id) == unset {
        true => format!("{id},{}", serde_json::Value::from(field.name().as_str())),
        false => id.to_string(),
    });
    texts.collect::<Vec<_>>().join(",")
}

/// Whether an enum's texts or a leaf can be the hinted type.
fn fits(natural: &DataType, target: &DataType) -> bool {
    match target {
        DataType::Interval(unit) => {
            let known = matches!(unit, IntervalUnit::YearMonth | IntervalUnit::DayTime | IntervalUnit::MonthDayNano);
            known && restorable(natural, target)
        }
        target => restorable(natural, target),
    }
}

/// `natural` with the type that was made, and what the hint says besides.
fn described(natural: &Field, hint: Option<&Hint>, made: &Made) -> Field {
    let mut field = natural.clone().with_data_type(made.data_type.clone());
    let mut metadata: BTreeMap<String, String> = BTreeMap::new();
    if let Some(hint) = hint {
        if let Some(name) = &hint.name {
            field = field.with_name(name.clone());
        }
        if let Some(nullable) = hint.nullable {
            field = field.with_nullable(nullable);
        }
        if let Some(found) = hint.metadata.as_deref().and_then(object) {
            metadata = found;
            metadata.retain(|key, _| is_foreign(key));
        }
    }
    metadata.extend(made.metadata.iter().cloned());
    let symbols = metadata.remove("fmtconv.enum");
    metadata.extend(natural.metadata().iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
    if leaf_of(natural.data_type()) != leaf_of(&made.data_type) {
        // What it said of another type.
        for key in ["fmtconv.logical", "fmtconv.enum"] {
            if metadata.get(key) == natural.metadata().get(key) {
                metadata.remove(key);
            }
        }
    }
    if let Some(found) = symbols.filter(|found| is_subset(found, natural.metadata().get("fmtconv.enum"))) {
        metadata.insert("fmtconv.enum".to_owned(), found);
    }
    drop_unsuited(&mut metadata, &made.data_type);
    field.with_metadata(metadata)
}

/// Leaves out an extension type that values of the type cannot be of.
fn drop_unsuited(metadata: &mut BTreeMap<String, String>, data_type: &DataType) {
    if metadata.get("ARROW:extension:name").is_some_and(|name| !suits(name, data_type)) {
        metadata.retain(|key, _| !key.starts_with("ARROW:extension:"));
    }
}

/// The type inside lists, maps and encodings.
fn leaf_of(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => leaf_of(item.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => leaf_of(pair[1].data_type()),
            other => other,
        },
        DataType::Dictionary(_, values) => leaf_of(values),
        DataType::RunEndEncoded(_, values) => leaf_of(values.data_type()),
        other => other,
    }
}

/// Whether all symbols of an enum are symbols of the one that the field has.
fn is_subset(hinted: &str, natural: Option<&String>) -> bool {
    #[derive(serde::Deserialize)]
    struct Facts {
        symbols: Vec<String>,
    }
    let symbols = |text: &str| serde_json::from_str::<Facts>(text).ok().map(|facts| facts.symbols);
    match (symbols(hinted), natural.and_then(|text| symbols(text))) {
        (Some(hinted), Some(natural)) => hinted.iter().all(|symbol| natural.contains(symbol)),
        _ => false,
    }
}

/// Whether values of a type can be of an extension type; what is not known here can.
fn suits(extension: &str, data_type: &DataType) -> bool {
    match (extension, data_type) {
        (_, DataType::Dictionary(_, values)) => suits(extension, values),
        (_, DataType::RunEndEncoded(_, values)) => suits(extension, values.data_type()),
        ("arrow.json", found) => matches!(found, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
        ("arrow.uuid", found) => found == &DataType::FixedSizeBinary(16),
        ("arrow.bool8", found) => found == &DataType::Int8,
        ("arrow.parquet.variant", found) => matches!(found, DataType::Struct(_)),
        _ => true,
    }
}
