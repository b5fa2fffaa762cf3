//! What reading a generated schema does not tell of the columns it was made for, as hints: the difference between the
//! two schemas, found by reading the generated one.

use std::collections::{BTreeMap, HashMap};

use arrow_schema::{DataType, Field, Fields, UnionMode};

use super::unset_branch;
use crate::column::nesting::{element, field_of_runs};
use crate::column::restore::restorable;
use crate::schema::proto::hint::Hint;
use crate::schema::proto::pool::{Many, Pool, Target};
use crate::schema::proto::restore::{branches_text, is_foreign};
use crate::schema::proto::shape::{Record, Slot, Value};
use crate::schema::type_text::{field_text, parse_field, type_text};

/// Hints by the full name of the message and the number of the field, or the index of the oneof.
#[derive(Default)]
pub(super) struct Found {
    pub fields: HashMap<String, HashMap<u32, Hint>>,
    pub oneofs: HashMap<String, HashMap<usize, Hint>>,
}

impl Found {
    /// The hints that make `wanted` of what reading gives.
    pub(super) fn of(pool: &Pool, record: &Record, natural: &Fields, wanted: &Fields) -> Found {
        let mut found = Found::default();
        Difference { pool, found: &mut found }.message(record, natural, wanted);
        found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.oneofs.is_empty()
    }
}

struct Difference<'a> {
    pool: &'a Pool,
    found: &'a mut Found,
}

impl Difference<'_> {
    fn message(&mut self, record: &Record, natural: &Fields, wanted: &Fields) {
        let Some(columns) = &self.pool.messages[record.message].columns else { return };
        for (target, wanted) in columns.iter().zip(wanted) {
            match target {
                Target::Field(index) => {
                    if let (Some(slot), Some(natural)) = (record.slots.get(*index), natural.get(*index)) {
                        let hint = self.column(slot, natural, wanted);
                        self.put(record, slot.number, hint);
                    }
                }
                Target::Oneof(oneof) => self.union(record, *oneof, natural, wanted),
                Target::Unknown => {}
            }
        }
    }

    fn put(&mut self, record: &Record, number: u32, hint: Hint) {
        if !hint.is_empty() {
            self.found.fields.entry(record.name.clone()).or_default().insert(number, hint);
        }
    }

    fn union(&mut self, record: &Record, oneof: usize, natural: &Fields, wanted: &Field) {
        let DataType::Union(branches, mode) = wanted.data_type() else { return };
        let unset = unset_branch(branches);
        let name = self.pool.messages[record.message].oneofs.get(oneof).map(String::as_str).unwrap_or_default();
        let mut hint = described(&Field::new(name, wanted.data_type().clone(), false), wanted, &[]);
        hint.kind = Some(if *mode == UnionMode::Dense { "union" } else { "sparse_union" }.to_owned());
        hint.branches = Some(branches_text(branches, unset));
        self.found.oneofs.entry(record.name.clone()).or_default().insert(oneof, hint);
        let members = record.slots.iter().enumerate().filter(|(_, slot)| slot.oneof == Some(oneof as u32));
        let branches = branches.iter().filter(|(id, _)| Some(*id) != unset);
        for ((index, slot), (_, branch)) in members.zip(branches) {
            if let Some(natural) = natural.get(index) {
                let hint = self.column(slot, &natural.as_ref().clone().with_nullable(false), branch);
                self.put(record, slot.number, hint);
            }
        }
    }

    fn column(&mut self, slot: &Slot, natural: &Field, wanted: &Field) -> Hint {
        match (slot.many, natural.data_type()) {
            (Many::List, DataType::List(item)) => {
                let mut hint = described(natural, wanted, &[]);
                self.list(&slot.value, item, wanted.data_type(), &mut hint);
                hint
            }
            (Many::Map, DataType::Map(entries, _)) => {
                let mut hint = described(natural, wanted, &[]);
                self.map(&slot.value, entries, wanted.data_type(), &mut hint);
                hint
            }
            _ => self.single(&slot.value, natural, wanted),
        }
    }

    fn list(&mut self, value: &Value, item: &Field, wanted: &DataType, hint: &mut Hint) {
        if let DataType::Map(entries, sorted) = wanted {
            hint.kind = Some(if *sorted { "sorted_map" } else { "map" }.to_owned());
            let found = described(&Field::new("entries", entries.data_type().clone(), false), entries, &[]);
            hint.item = boxed(found);
            if let (Value::Message(record), DataType::Struct(natural), DataType::Struct(pair)) =
                (value, item.data_type(), entries.data_type())
            {
                self.message(record, natural, pair);
            }
            return;
        }
        let Some(child) = element(wanted) else { return };
        hint.kind = match wanted {
            DataType::LargeList(_) => Some("large_list".to_owned()),
            DataType::ListView(_) => Some("list_view".to_owned()),
            DataType::LargeListView(_) => Some("large_list_view".to_owned()),
            DataType::FixedSizeList(_, size) => Some(format!("fixed_size_list[{size}]")),
            _ => None,
        };
        hint.item = boxed(self.single(value, item, child));
    }

    fn map(&mut self, value: &Value, natural: &Field, wanted: &DataType, hint: &mut Hint) {
        let DataType::Map(entries, sorted) = wanted else { return };
        if *sorted {
            hint.kind = Some("sorted_map".to_owned());
        }
        let (DataType::Struct(found), DataType::Struct(pair)) = (natural.data_type(), entries.data_type()) else {
            return;
        };
        if let ([found_key, found_value], [key, val]) = (&found[..], &pair[..]) {
            let scalar = Value::Scalar(crate::schema::proto::pool::Scalar::String);
            let mut hinted = self.single(&scalar, found_key, key);
            // The keys of a map are never null.
            hinted.nullable = None;
            hint.key = boxed(hinted);
            hint.value = boxed(self.single(value, found_value, val));
        }
        let same = Field::new(natural.name(), entries.data_type().clone(), false);
        hint.item = boxed(described(&same, &entries.as_ref().clone().with_nullable(false), &[]));
    }

    /// One value: its type, and what stands around it.
    fn single(&mut self, value: &Value, natural: &Field, wanted: &Field) -> Hint {
        let mut kind = None;
        let mut known: Vec<String> = Vec::new();
        let mut encodings = Hint::default();
        let mut wanted_type = wanted.data_type();
        // The field that says what the values are.
        let mut said = wanted;
        loop {
            match wanted_type {
                DataType::Dictionary(key, values) if encodings.dictionary.is_none() => {
                    let same = matches!(natural.data_type(), DataType::Dictionary(found, _) if found == key);
                    if !same {
                        encodings.dictionary = Some(type_text(key));
                    }
                    wanted_type = values;
                    if matches!(natural.data_type(), DataType::Dictionary(..)) {
                        // The symbols of an enum.
                        wanted_type = natural.data_type();
                        break;
                    }
                }
                DataType::RunEndEncoded(ends, values)
                    if encodings.run_ends.is_none() && encodings.dictionary.is_none() =>
                {
                    encodings.run_ends = Some(type_text(ends.data_type()));
                    said = field_of_runs(said, values);
                    wanted_type = values.data_type();
                }
                _ => break,
            }
        }
        match (value, natural.data_type()) {
            (Value::Message(record) | Value::Group(record), DataType::Struct(fields))
                if self.pool.messages[record.message].wrapper =>
            {
                self.wrapped(record, fields, wanted_type);
            }
            (Value::Message(record) | Value::Group(record), DataType::Struct(fields)) => match wanted_type {
                DataType::Struct(columns) => self.message(record, fields, columns),
                DataType::Interval(_) => kind = Some(type_text(wanted_type)),
                DataType::Timestamp(_, None) if record.name == "google.type.DateTime" => {
                    kind = Some(type_text(wanted_type));
                }
                _ => {}
            },
            (Value::Enum(_) | Value::EnumInt(_), _) if wanted_type == &DataType::Null => {
                kind = Some("null".to_owned());
            }
            (_, found) => {
                let leaf = Field::new("", wanted_type.clone(), true).with_metadata(said.metadata().clone());
                let text = field_text(&leaf);
                let parsed = parse_field("", &text).ok().filter(|parsed| parsed.data_type() == wanted_type);
                let extended = parsed.as_ref().filter(|parsed| {
                    !parsed.metadata().is_empty()
                        && parsed.metadata().iter().all(|(key, value)| said.metadata().get(key) == Some(value))
                        && natural.metadata().get("ARROW:extension:name").is_none()
                });
                if let Some(extended) = extended {
                    known.extend(extended.metadata().iter().map(|(key, _)| key.to_owned()));
                    kind = Some(text);
                } else if found != wanted_type {
                    let text = type_text(wanted_type);
                    let parsed = parse_field("", &text).ok();
                    let exact = parsed.is_some_and(|parsed| parsed.data_type() == wanted_type);
                    if exact && restorable(found, wanted_type) {
                        kind = Some(text);
                    }
                }
            }
        }
        let mut hint = if std::ptr::eq(said, wanted) {
            described(natural, wanted, &known)
        } else {
            let metadata = described(natural, said, &known).metadata;
            let value = boxed(Hint { metadata, ..Hint::default() });
            Hint { value, ..described(natural, wanted, &[]) }
        };
        hint.kind = kind;
        hint.dictionary = encodings.dictionary;
        hint.run_ends = encodings.run_ends;
        hint
    }

    /// The column inside a message that is only there to hold it.
    fn wrapped(&mut self, record: &Record, natural: &Fields, wanted: &DataType) {
        let Some(first) = natural.first() else { return };
        if let DataType::Union(..) = wanted {
            let name = self.pool.messages[record.message].oneofs.first().map(String::as_str).unwrap_or_default();
            return self.union(record, 0, natural, &Field::new(name, wanted.clone(), false));
        }
        if let Some(slot) = record.slots.first() {
            // Name, nullability and metadata are said outside.
            let inner = Field::new(first.name(), wanted.clone(), first.is_nullable());
            let inner = inner.with_metadata(first.metadata().clone());
            let hint = self.column(slot, first, &inner);
            self.put(record, slot.number, hint);
        }
    }
}

fn boxed(hint: Hint) -> Option<Box<Hint>> {
    (!hint.is_empty()).then(|| Box::new(hint))
}

/// Name, nullability and metadata, where they differ; `known` are keys that the type says already.
fn described(natural: &Field, wanted: &Field, known: &[String]) -> Hint {
    let metadata: BTreeMap<&str, &str> = wanted
        .metadata()
        .iter()
        .filter(|(key, value)| is_foreign(key) && natural.metadata().get(key) != Some(value) && !known.contains(key))
        .map(|(key, value)| (key.as_ref(), value.as_ref()))
        .collect();
    Hint {
        name: (natural.name() != wanted.name()).then(|| wanted.name().clone()),
        nullable: (natural.is_nullable() != wanted.is_nullable()).then(|| wanted.is_nullable()),
        metadata: (!metadata.is_empty()).then(|| serde_json::json!(metadata).to_string()),
        ..Hint::default()
    }
}
