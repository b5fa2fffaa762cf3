//! Columns as the fields of a message.

use std::collections::{BTreeSet, HashMap};

use arrow_schema::{DataType, Field as Column, Fields};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, MessageOptions, OneofDescriptorProto};

use super::names::{camel, entry_name, folded, is_legal, legal};
use super::numbers::{Before, Numbers};
use super::restored::{json_name, restore_oneofs, settle_json_names};
use super::scope::Scope;
use super::types::Typed;
use super::{Choices, is_text, is_unknown};
use crate::column::nesting::{element, unencoded};
use crate::error::{Error, Result};
use crate::schema::proto::hint;

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

/// A message of the schema that was written before.
pub(super) type Old<'a> = Option<(&'a Before, usize)>;

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

    pub(super) fn nested(
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
    pub(super) fn wrapper(
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
            let (number, mut numbers) = Numbers::of_one(before, inner.name());
            let mut field = self.field(&mut around, inner, inner.name(), number, inside)?;
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
