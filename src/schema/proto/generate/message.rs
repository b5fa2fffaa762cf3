//! Columns as the fields of a message.

use std::collections::{BTreeSet, HashMap, HashSet};

use arrow_schema::{DataType, Field as Column, Fields};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, MessageOptions, OneofDescriptorProto};

use super::names::{camel, entry_name, folded, is_legal, legal};
use super::numbers::{Before, Numbers};
use super::symbols::{Wanted, enumeration};
use super::{Choices, Decimals, Integers, Naive, element, is_text, is_unknown, is_uuid, unencoded};
use crate::error::{Error, Result};
use crate::schema::proto::arrow::carried_enum;
use crate::schema::proto::hint;
use crate::schema::proto::pool::{Scalar, default_json_name, join};

/// Levels of nesting of a schema at most.
const DEPTH_MAX: usize = 60;

/// Makes messages and remembers which column each field is.
pub(super) struct Generator<'a> {
    pub choices: &'a Choices,
    pub imports: BTreeSet<&'static str>,
    pub notes: HashMap<String, Notes>,
    pub renamed: Vec<String>,
}

/// What the fields of a message were made for.
#[derive(Default)]
pub(super) struct Notes {
    pub columns: Vec<Note>,
    pub wrapper: bool,
}

/// What a column became.
pub(super) enum Note {
    Number(u32),
    Oneof(String),
    Unknown,
}

/// A message being made: its nested types and the names taken in its scope.
pub(super) struct Scope {
    full: String,
    pub message: DescriptorProto,
    taken: HashSet<String>,
    /// Field names without underscores and case: those must differ as well.
    folded: HashSet<String>,
    depth: usize,
}

impl Scope {
    fn new(name: &str, full: &str, depth: usize) -> Result<Scope> {
        if depth > DEPTH_MAX {
            return Err(Error::limit(format!("the schema is nested more than {DEPTH_MAX} deep")));
        }
        let message = DescriptorProto { name: Some(name.to_owned()), ..DescriptorProto::default() };
        Ok(Scope { full: full.to_owned(), message, taken: HashSet::new(), folded: HashSet::new(), depth })
    }

    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    pub(super) fn take(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
    }

    /// The wanted name, or with `_2`, `_3`... behind it; it is not taken yet.
    pub(super) fn free(&self, wanted: String) -> String {
        let mut name = wanted.clone();
        let mut count = 1;
        while self.taken.contains(&name) {
            count += 1;
            name = format!("{wanted}_{count}");
        }
        name
    }

    fn unique(&mut self, wanted: String) -> String {
        let name = self.free(wanted);
        self.take(&name);
        name
    }

    /// The wanted name of a field, or with a number behind it.
    fn unique_field(&mut self, wanted: &str) -> String {
        loop {
            let name = self.unique(wanted.to_owned());
            if self.folded.insert(folded(&name)) {
                return name;
            }
        }
    }

    pub(super) fn full_type(&self, name: &str) -> String {
        join(&self.full, name)
    }
}

/// A field type: scalar, or a name.
#[derive(Clone)]
struct Typed {
    kind: Type,
    name: Option<String>,
}

impl Typed {
    fn scalar(kind: Type) -> Typed {
        Typed { kind, name: None }
    }
    fn named(kind: Type, name: &str) -> Typed {
        Typed { kind, name: Some(format!(".{name}")) }
    }
    fn field(self, name: &str, number: u32) -> FieldDescriptorProto {
        FieldDescriptorProto {
            name: Some(name.to_owned()),
            number: i32::try_from(number).ok(),
            label: Some(Label::Optional.into()),
            r#type: Some(self.kind.into()),
            type_name: self.name,
            ..FieldDescriptorProto::default()
        }
    }
}

/// A message of the schema that was written before.
type Old<'a> = Option<(&'a Before, usize)>;

impl<'a> Generator<'a> {
    pub(super) fn message(
        &mut self,
        name: &str,
        full: &str,
        columns: &Fields,
        depth: usize,
        before: Old<'a>,
    ) -> Result<DescriptorProto> {
        let mut scope = Scope::new(name, full, depth)?;
        let names = self.names(&mut scope, columns);
        let mut numbers = Numbers::new(columns, before, self.choices.field_ids);
        let mut notes = Notes::default();
        for (index, column) in columns.iter().enumerate() {
            if is_unknown(column) {
                notes.columns.push(Note::Unknown);
                continue;
            }
            if let DataType::Union(..) = unencoded(column.data_type()) {
                self.union(&mut scope, column, &names[index], &mut numbers)
                    .map_err(|error| error.in_column(column.name()))?;
                notes.columns.push(Note::Oneof(names[index].clone()));
                continue;
            }
            let number = numbers.of(index)?;
            let mut field = self
                .field(&mut scope, column, &names[index], number, numbers.message_of(index))
                .map_err(|error| error.in_column(column.name()))?;
            let entry = map_entry(&scope.message, &field);
            numbers.settle(&mut field, entry).map_err(|error| error.in_column(column.name()))?;
            field.json_name = json_name(column, &names[index]);
            notes.columns.push(Note::Number(u32::try_from(field.number()).unwrap_or_default()));
            scope.message.field.push(field);
        }
        restore_oneofs(&mut scope, columns, &notes);
        settle_json_names(&mut scope.message);
        numbers.reserve(&mut scope.message);
        self.notes.insert(full.to_owned(), notes);
        Ok(scope.message)
    }

    /// Legal, unique names in column order; legal ones first, so that they never change.
    fn names(&mut self, scope: &mut Scope, columns: &Fields) -> Vec<String> {
        let mut names = vec![None; columns.len()];
        for (name, column) in names.iter_mut().zip(columns) {
            let entry = entry_of(column, column.name());
            let free = |name: &String| !scope.taken.contains(name);
            if is_legal(column.name())
                && free(column.name())
                && entry.as_ref().is_none_or(free)
                && scope.folded.insert(folded(column.name()))
            {
                scope.taken.insert(column.name().clone());
                scope.taken.extend(entry);
                *name = Some(column.name().clone());
            }
        }
        for (name, column) in names.iter_mut().zip(columns) {
            if name.is_none() && !is_unknown(column) {
                *name = loop {
                    let wanted = scope.unique_field(&legal(column.name()));
                    if entry_of(column, &wanted).is_none_or(|entry| scope.taken.insert(entry)) {
                        break Some(wanted);
                    }
                };
                self.renamed.push(column.name().clone());
            }
        }
        names.into_iter().map(Option::unwrap_or_default).collect()
    }

    fn field(
        &mut self,
        scope: &mut Scope,
        column: &Column,
        name: &str,
        number: u32,
        before: Old<'a>,
    ) -> Result<FieldDescriptorProto> {
        let plain = unencoded(column.data_type());
        let wrap = self.choices.wrap_nulls;
        if let Some(item) = element(plain) {
            if column.metadata().get("proto.wkt").is_some_and(|wkt| wkt == "google.protobuf.FieldMask")
                && is_text(unencoded(item.data_type()))
            {
                return Ok(self
                    .google("google.protobuf.FieldMask", "google/protobuf/field_mask.proto")
                    .field(name, number));
            }
            if wrap && column.is_nullable() {
                let items = Column::new("items", plain.clone(), false);
                return Ok(self.wrapper(scope, name, "List", &items, before)?.field(name, number));
            }
            let mut described = item.as_ref().clone();
            if !matches!(unencoded(item.data_type()), DataType::List(_) | DataType::Map(..)) {
                // What is known about the column is about its elements: enum names, wire types.
                let mut metadata = column.metadata().clone();
                metadata.extend(item.metadata().clone());
                described = described.with_metadata(metadata);
            }
            let typed = self.element(scope, &described, name, "Item", before).map_err(|error| error.in_column("[]"))?;
            let mut field = typed.field(name, number);
            field.label = Some(Label::Repeated.into());
            if column.metadata().get("proto.packed").is_some_and(|packed| packed == "false") {
                field.options = Some(prost_types::FieldOptions { packed: Some(false), ..Default::default() });
            }
            return Ok(field);
        }
        if let DataType::Map(entries, _) = plain {
            if wrap && column.is_nullable() {
                let items = Column::new("items", plain.clone(), false);
                return Ok(self.wrapper(scope, name, "Map", &items, before)?.field(name, number));
            }
            return self.map(scope, entries, name, number, before);
        }
        let typed = self.single(scope, column, name, "", before)?;
        let message = typed.kind == Type::Message;
        let mut field = typed.field(name, number);
        // What was required is written also where it is zero: readers of the schema before expect it.
        let required = column.metadata().get("proto.presence").is_some_and(|presence| presence == "required");
        if (column.is_nullable() || plain == &DataType::Null || required) && !message {
            field.proto3_optional = Some(true);
        }
        Ok(field)
    }

    /// The type of an element of a list, or of a value of a map: one that may be null gets a message around it, if
    /// that is wanted.
    fn element(
        &mut self,
        scope: &mut Scope,
        column: &Column,
        name: &str,
        suffix: &str,
        before: Old<'a>,
    ) -> Result<Typed> {
        let union = matches!(unencoded(column.data_type()), DataType::Union(..));
        if self.choices.wrap_nulls && column.is_nullable() && !union {
            return self.wrapper(scope, name, suffix, &column.clone().with_name("value"), before);
        }
        self.single(scope, column, name, suffix, before)
    }

    fn map(
        &mut self,
        scope: &mut Scope,
        entries: &Column,
        name: &str,
        number: u32,
        before: Old<'a>,
    ) -> Result<FieldDescriptorProto> {
        let DataType::Struct(pair) = entries.data_type() else {
            return Err(Error::unsupported("map entries that are no struct"));
        };
        let [key, value] = &pair[..] else { return Err(Error::unsupported("map entries that are no pairs")) };
        if !is_map_key(unencoded(key.data_type())) {
            // Keys that a map cannot have: a list of pairs.
            let typed = self.nested(scope, name, "Pair", pair, before)?;
            let mut field = typed.field(name, number);
            field.label = Some(Label::Repeated.into());
            return Ok(field);
        }
        let inside = before.and_then(|(before, entry)| Some((before, before.message_of_value(entry)?)));
        let key = self.single(scope, key, name, "Key", None).map_err(|error| error.in_column("key"))?;
        let value = self.element(scope, value, name, "Value", inside).map_err(|error| error.in_column("value"))?;
        let entry = entry_name(name);
        scope.take(&entry);
        let full = scope.full_type(&entry);
        scope.message.nested_type.push(DescriptorProto {
            name: Some(entry),
            field: vec![key.field("key", 1), value.field("value", 2)],
            options: Some(MessageOptions { map_entry: Some(true), ..MessageOptions::default() }),
            ..DescriptorProto::default()
        });
        let mut field = Typed::named(Type::Message, &full).field(name, number);
        field.label = Some(Label::Repeated.into());
        Ok(field)
    }

    /// The branches of a union as members of a oneof. The first branch of nulls is the oneof that is not set, if
    /// there is another branch.
    fn union(&mut self, scope: &mut Scope, column: &Column, name: &str, numbers: &mut Numbers<'a>) -> Result<()> {
        let DataType::Union(branches, _) = unencoded(column.data_type()) else {
            return Err(Error::internal("a union column is no union"));
        };
        let oneof = i32::try_from(scope.message.oneof_decl.len()).ok();
        scope.message.oneof_decl.push(OneofDescriptorProto { name: Some(name.to_owned()), options: None });
        let unset = super::unset_branch(branches);
        for (_, branch) in branches.iter().filter(|(id, _)| Some(*id) != unset) {
            let member = scope.unique_field(&legal(&format!("{name}_{}", branch.name())));
            let typed = self.single(scope, branch, &member, "List", numbers.message_of_member(&member));
            let typed = typed.map_err(|error| error.in_column(branch.name()))?;
            let mut field = typed.field(&member, numbers.member(&member)?);
            field.oneof_index = oneof;
            numbers.settle(&mut field, None).map_err(|error| error.in_column(branch.name()))?;
            scope.message.field.push(field);
        }
        if branches.is_empty() {
            return Err(Error::unsupported("a union without branches"));
        }
        Ok(())
    }

    /// The type of one value. Where the value is itself a list, map or union, a message is put around it, with
    /// `suffix` in its name.
    fn single(
        &mut self,
        scope: &mut Scope,
        column: &Column,
        name: &str,
        suffix: &str,
        before: Old<'a>,
    ) -> Result<Typed> {
        let metadata = column.metadata();
        let plain = unencoded(column.data_type());
        if let Some(typed) = self.restored(column, plain) {
            return Ok(typed);
        }
        let from_proto = metadata.contains_key("proto.enum");
        if (matches!(column.data_type(), DataType::Dictionary(..)) || from_proto)
            && is_text(plain)
            && let Some(names) = carried_enum(column)
        {
            let wanted = Wanted { names: &names, column: name, from_proto, hints: self.choices.hints };
            if let Some(full) = enumeration(scope, &wanted) {
                let made = scope.message.enum_type.last();
                if made.is_some_and(|made| made.value.iter().any(|value| value.options.is_some())) {
                    self.imports.insert(hint::FILE);
                }
                return Ok(Typed::named(Type::Enum, &full));
            }
        }
        let choices = self.choices;
        Ok(match plain {
            DataType::Null => self.google_enum("google.protobuf.NullValue", "google/protobuf/struct.proto"),
            DataType::Boolean => Typed::scalar(Type::Bool),
            DataType::Int8 | DataType::Int16 | DataType::Int32 => Typed::scalar(match choices.integers {
                Integers::Varint => Type::Int32,
                Integers::Zigzag => Type::Sint32,
                Integers::Fixed => Type::Sfixed32,
            }),
            DataType::Int64 => Typed::scalar(match choices.integers {
                Integers::Varint => Type::Int64,
                Integers::Zigzag => Type::Sint64,
                Integers::Fixed => Type::Sfixed64,
            }),
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => Typed::scalar(match choices.integers {
                Integers::Fixed => Type::Fixed32,
                _ => Type::Uint32,
            }),
            DataType::UInt64 => Typed::scalar(match choices.integers {
                Integers::Fixed => Type::Fixed64,
                _ => Type::Uint64,
            }),
            DataType::Float16 | DataType::Float32 => Typed::scalar(Type::Float),
            DataType::Float64 => Typed::scalar(Type::Double),
            text if is_text(text) && choices.json_values && super::is_json(column) => {
                self.google("google.protobuf.Value", "google/protobuf/struct.proto")
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Typed::scalar(Type::String),
            DataType::FixedSizeBinary(16) if is_uuid(column) && !choices.uuid_bytes => Typed::scalar(Type::String),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Typed::scalar(Type::Bytes)
            }
            DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
                match choices.decimals {
                    Decimals::Google => self.google("google.type.Decimal", "google/type/decimal.proto"),
                    Decimals::Confluent => self.google("confluent.type.Decimal", "confluent/type/decimal.proto"),
                    Decimals::Text => Typed::scalar(Type::String),
                    Decimals::Bytes => Typed::scalar(Type::Bytes),
                }
            }
            DataType::Date32 if choices.date_numbers => Typed::scalar(Type::Int32),
            DataType::Date32 | DataType::Date64 => self.google("google.type.Date", "google/type/date.proto"),
            DataType::Time32(_) | DataType::Time64(_) => {
                self.google("google.type.TimeOfDay", "google/type/timeofday.proto")
            }
            DataType::Timestamp(_, None) if choices.naive == Naive::Number => Typed::scalar(Type::Int64),
            DataType::Timestamp(_, None) if choices.naive == Naive::DateTime => {
                self.google("google.type.DateTime", "google/type/datetime.proto")
            }
            DataType::Timestamp(..) => self.google("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"),
            DataType::Duration(_) => self.google("google.protobuf.Duration", "google/protobuf/duration.proto"),
            DataType::Interval(_) => interval(scope),
            DataType::Struct(columns) => self.nested(scope, name, "", columns, before)?,
            DataType::Union(..) => {
                self.wrapper(scope, name, "Oneof", &Column::new("value", plain.clone(), true), before)?
            }
            DataType::Map(..) => {
                let suffix = if suffix == "List" { "Map" } else { suffix };
                self.wrapper(scope, name, suffix, &Column::new("items", plain.clone(), false), before)?
            }
            other if element(other).is_some() => {
                let inner = if suffix == "Item" { "value" } else { "items" };
                self.wrapper(scope, name, suffix, &Column::new(inner, plain.clone(), false), before)?
            }
            other => return Err(Error::unsupported(format!("type {other} cannot be written to Protobuf"))),
        })
    }

    /// The original type, where metadata tells it and it fits.
    fn restored(&mut self, column: &Column, plain: &DataType) -> Option<Typed> {
        let metadata = column.metadata();
        if let Some(wkt) = metadata.get("proto.wkt") {
            let json = is_text(plain);
            return match wkt.as_str() {
                name @ ("google.protobuf.Struct" | "google.protobuf.Value" | "google.protobuf.ListValue") if json => {
                    Some(self.google(name, "google/protobuf/struct.proto"))
                }
                "google.type.Decimal" if json => Some(self.google("google.type.Decimal", "google/type/decimal.proto")),
                "confluent.type.Decimal" if json => {
                    Some(self.google("confluent.type.Decimal", "confluent/type/decimal.proto"))
                }
                name => {
                    let fits = matches!(
                        (name, plain),
                        ("google.protobuf.DoubleValue", DataType::Float64)
                            | ("google.protobuf.FloatValue", DataType::Float32)
                            | ("google.protobuf.Int64Value", DataType::Int64)
                            | ("google.protobuf.UInt64Value", DataType::UInt64)
                            | ("google.protobuf.Int32Value", DataType::Int32)
                            | ("google.protobuf.UInt32Value", DataType::UInt32)
                            | ("google.protobuf.BoolValue", DataType::Boolean)
                            | ("google.protobuf.StringValue", DataType::Utf8)
                            | ("google.protobuf.BytesValue", DataType::Binary)
                    );
                    fits.then(|| self.google(name, "google/protobuf/wrappers.proto"))
                }
            };
        }
        let scalar = Scalar::from_name(metadata.get("proto.type")?)?;
        let (kind, expected) = match scalar {
            Scalar::Sint32 => (Type::Sint32, DataType::Int32),
            Scalar::Sfixed32 => (Type::Sfixed32, DataType::Int32),
            Scalar::Sint64 => (Type::Sint64, DataType::Int64),
            Scalar::Sfixed64 => (Type::Sfixed64, DataType::Int64),
            Scalar::Fixed32 => (Type::Fixed32, DataType::UInt32),
            Scalar::Fixed64 => (Type::Fixed64, DataType::UInt64),
            _ => return None,
        };
        (plain == &expected).then(|| Typed::scalar(kind))
    }

    fn google(&mut self, name: &str, file: &'static str) -> Typed {
        self.imports.insert(file);
        Typed::named(Type::Message, name)
    }

    fn google_enum(&mut self, name: &str, file: &'static str) -> Typed {
        self.imports.insert(file);
        Typed::named(Type::Enum, name)
    }

    fn nested(
        &mut self,
        scope: &mut Scope,
        name: &str,
        suffix: &str,
        columns: &Fields,
        before: Old<'a>,
    ) -> Result<Typed> {
        let nested = scope.unique(format!("{}{suffix}", camel(name)));
        let full = scope.full_type(&nested);
        let message = self.message(&nested, &full, columns, scope.depth + 1, before)?;
        scope.message.nested_type.push(message);
        Ok(Typed::named(Type::Message, &full))
    }

    /// A message with one column.
    fn wrapper(
        &mut self,
        scope: &mut Scope,
        name: &str,
        suffix: &str,
        inner: &Column,
        before: Old<'a>,
    ) -> Result<Typed> {
        let nested = scope.unique(format!("{}{suffix}", camel(name)));
        let full = scope.full_type(&nested);
        let mut around = Scope::new(&nested, &full, scope.depth + 1)?;
        around.take(inner.name());
        if let DataType::Union(..) = unencoded(inner.data_type()) {
            let mut numbers = Numbers::new(&Fields::empty(), before, false);
            self.union(&mut around, inner, inner.name(), &mut numbers)?;
            numbers.reserve(&mut around.message);
        } else {
            // What was inside the message before.
            let inside = before.and_then(|(before, index)| Some((before, before.message_of_wrapper(index)?)));
            let mut field = self.field(&mut around, inner, inner.name(), 1, inside)?;
            let mut numbers = Numbers::of_one(before);
            let entry = map_entry(&around.message, &field);
            numbers.settle(&mut field, entry)?;
            around.message.field.push(field);
            numbers.reserve(&mut around.message);
        }
        if self.choices.hints {
            let options = around.message.options.get_or_insert_default();
            options.uninterpreted_option.push(hint::flag_option("fmtconv.message", "wrapper"));
            self.imports.insert(hint::FILE);
        }
        scope.message.nested_type.push(around.message);
        self.notes.insert(full.clone(), Notes { columns: Vec::new(), wrapper: true });
        Ok(Typed::named(Type::Message, &full))
    }
}

/// Whether a map of the language can have such keys.
pub(super) fn is_map_key(plain: &DataType) -> bool {
    plain.is_integer() || plain == &DataType::Boolean || is_text(plain)
}

/// The name that a column takes besides its own, as field `name`.
fn entry_of(column: &Column, name: &str) -> Option<String> {
    matches!(unencoded(column.data_type()), DataType::Map(..)).then(|| entry_name(name))
}

/// The type of the entries, if a field is a map.
fn map_entry<'m>(message: &'m DescriptorProto, field: &FieldDescriptorProto) -> Option<&'m DescriptorProto> {
    let name = field.type_name().rsplit('.').next()?;
    let entry = message.nested_type.iter().find(|nested| nested.name() == name)?;
    entry.options.as_ref().is_some_and(MessageOptions::map_entry).then_some(entry)
}

/// `Interval { sint32 months; sint32 days; sint64 nanos }`, once a message.
fn interval(scope: &mut Scope) -> Typed {
    let is_interval = |message: &&DescriptorProto| {
        message.field.len() == 3
            && message.field[0].name() == "months"
            && message.field[2].name() == "nanos"
            && message.field[0].r#type() == Type::Sint32
            && message.name().starts_with("Interval")
    };
    if let Some(found) = scope.message.nested_type.iter().find(is_interval) {
        return Typed::named(Type::Message, &scope.full_type(found.name()));
    }
    let name = scope.unique("Interval".to_owned());
    scope.message.nested_type.push(DescriptorProto {
        name: Some(name.clone()),
        field: vec![
            Typed::scalar(Type::Sint32).field("months", 1),
            Typed::scalar(Type::Sint32).field("days", 2),
            Typed::scalar(Type::Sint64).field("nanos", 3),
        ],
        ..DescriptorProto::default()
    });
    Typed::named(Type::Message, &scope.full_type(&name))
}

/// Puts columns that came from one oneof into one again.
fn restore_oneofs(scope: &mut Scope, columns: &Fields, notes: &Notes) {
    for (column, note) in columns.iter().zip(&notes.columns) {
        let (Some(wanted), Note::Number(number)) = (column.metadata().get("proto.oneof"), note) else { continue };
        let found = scope.message.field.iter().position(|field| u32::try_from(field.number()) == Ok(*number));
        let Some(index) = found else { continue };
        let singular = scope.message.field[index].label() == Label::Optional;
        let explicit = column.is_nullable();
        if !singular || !explicit || !is_legal(wanted) {
            continue;
        }
        let oneof = match scope.message.oneof_decl.iter().position(|oneof| oneof.name() == wanted) {
            Some(oneof) => oneof,
            None => {
                if !scope.taken.insert(wanted.clone()) {
                    continue;
                }
                scope.message.oneof_decl.push(OneofDescriptorProto { name: Some(wanted.clone()), options: None });
                scope.message.oneof_decl.len() - 1
            }
        };
        let field = &mut scope.message.field[index];
        field.proto3_optional = None;
        field.oneof_index = i32::try_from(oneof).ok();
    }
}

/// The original name, where it is not the field's own.
fn json_name(column: &Column, name: &str) -> Option<String> {
    let wanted = match column.metadata().get("proto.json_name") {
        Some(wanted) => wanted,
        None if column.name() != name => column.name(),
        None => return None,
    };
    let illegal = wanted.is_empty() || wanted.contains('\0') || wanted.starts_with('[') && wanted.ends_with(']');
    (!illegal).then(|| wanted.clone())
}

/// JSON names must differ: one that another field has already is left out.
fn settle_json_names(message: &mut DescriptorProto) {
    let defaults: HashSet<String> = message.field.iter().map(|field| default_json_name(field.name())).collect();
    let mut taken = HashSet::new();
    for field in &mut message.field {
        if let Some(name) = &field.json_name
            && (defaults.contains(name) || !taken.insert(name.clone()))
        {
            field.json_name = None;
        }
    }
}
