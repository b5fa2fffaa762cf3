//! Field numbers: those of the metadata, those of the schema before, then the next that was never used.

use std::collections::{HashMap, HashSet};

use arrow_schema::{Field as Column, Fields};
use prost_types::descriptor_proto::ReservedRange;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto};

use crate::error::{Error, Result};
use crate::schema::proto::pool::{Field, Kind, Many, Pool, Scalar};

const NUMBER_MAX: u32 = 536_870_911;
/// Numbers that belong to implementations of Protobuf.
const RESERVED: std::ops::RangeInclusive<u32> = 19_000..=19_999;

/// The schema that was written before: its numbers stay, and none is used again.
#[derive(Clone, Debug)]
pub struct Before {
    /// Its types.
    pub pool: Pool,
    /// Its root message.
    pub message: usize,
    /// Columns that have another name now: old and new.
    pub renames: Vec<(String, String)>,
    /// Whether a field whose type cannot stay compatible gets a new number; else it is refused.
    pub renumber: bool,
    /// Whether the columns were read with it, and say which field each of them was.
    pub is_of_columns: bool,
}

impl Before {
    /// The name of the column that a field was made for.
    fn column_name<'a>(&'a self, message: &str, field: &'a Field) -> &'a str {
        self.pool.hints.field(message, field.number).and_then(|hint| hint.name.as_deref()).unwrap_or(&field.name)
    }

    /// The field of message `index` that a column was written to.
    fn field(&self, index: usize, column: &Column) -> Option<&Field> {
        let message = &self.pool.messages[index];
        let named = |name: &str| message.fields.iter().find(|field| self.column_name(&message.name, field) == name);
        let renamed = || {
            let old = self.renames.iter().find(|(_, new)| new == column.name()).map(|(old, _)| old.as_str())?;
            named(old)
        };
        let aliases = || -> Option<&Field> {
            let aliases: Vec<String> = serde_json::from_str(column.metadata().get("fmtconv.aliases")?).ok()?;
            aliases.iter().find_map(|alias| named(alias))
        };
        let numbered = || -> Option<&Field> {
            let number: u32 = column.metadata().get("proto.number")?.parse().ok()?;
            message.fields.iter().find(|field| field.number == number)
        };
        // What was said of a column comes before its name: that may be the one of a column which is left out.
        let said = renamed().filter(|_| index == self.message);
        let said = said.or_else(|| numbered().filter(|_| self.is_of_columns));
        said.or_else(|| named(column.name())).or_else(renamed).or_else(aliases)
    }

    /// The message that the values of a map are.
    pub(super) fn message_of_value(&self, entry: usize) -> Option<usize> {
        let value = self.pool.messages[entry].fields.iter().find(|field| field.number == 2)?;
        self.message_in(value.kind).filter(|_| self.pool.messages[entry].map_entry)
    }

    /// The message inside a wrapper.
    pub(super) fn message_of_wrapper(&self, index: usize) -> Option<usize> {
        match &self.pool.messages[index].fields[..] {
            [only] => self.message_in(only.kind),
            _ => None,
        }
    }

    /// The message type of a field, if it is one that was made for columns: those of Google are never written anew.
    fn message_in(&self, kind: Kind) -> Option<usize> {
        match kind {
            Kind::Message(inner) | Kind::Group(inner) => {
                Some(inner).filter(|inner| !self.pool.messages[*inner].name.starts_with("google."))
            }
            _ => None,
        }
    }

    /// The number of the one field of message `index`, now that it has one: what it was, or the first that is free.
    fn number_of_one(&self, index: usize, name: &str) -> u32 {
        let fields = &self.pool.messages[index].fields;
        let reserved = |number: i32| {
            let ranges = self.descriptor(index).into_iter().flat_map(|descriptor| &descriptor.reserved_range);
            ranges.into_iter().any(|range| (range.start()..range.end()).contains(&number))
        };
        match fields.iter().find(|field| field.name == name) {
            Some(field) => field.number,
            None if reserved(1) => self.unused(index),
            None => 1,
        }
    }

    /// A number of message `index` from which on none was ever used.
    fn unused(&self, index: usize) -> u32 {
        let fields = self.pool.messages[index].fields.iter().map(|field| field.number + 1);
        let reserved = self.descriptor(index).into_iter().flat_map(|descriptor| &descriptor.reserved_range);
        // `to max` leaves no number; those in between are still free.
        let ends = reserved.map(|range| u32::try_from(range.end()).unwrap_or(1)).filter(|end| *end <= NUMBER_MAX);
        fields.chain(ends).max().unwrap_or(1)
    }

    fn descriptor(&self, index: usize) -> Option<&DescriptorProto> {
        let name = self.pool.messages[index].name.as_str();
        self.pool.set.file.iter().find_map(|file| {
            let rest = match file.package() {
                "" => Some(name),
                package => name.strip_prefix(package)?.strip_prefix('.'),
            };
            let mut parts = rest?.split('.');
            let first = parts.next()?;
            let top = file.message_type.iter().find(|message| message.name() == first)?;
            parts.try_fold(top, |message, part| message.nested_type.iter().find(|nested| nested.name() == part))
        })
    }
}

/// Field numbers of a message.
pub(super) struct Numbers<'a> {
    given: Vec<Option<u32>>,
    next: u32,
    before: Option<(&'a Before, usize)>,
    /// Numbers of fields of before that live on.
    kept: HashSet<u32>,
    /// The message of before that a column was written to.
    messages: HashMap<usize, usize>,
}

impl<'a> Numbers<'a> {
    /// For the columns of a message that was `before`; `field_ids`: those of Parquet are numbers.
    pub(super) fn new(columns: &Fields, before: Option<(&'a Before, usize)>, field_ids: bool) -> Numbers<'a> {
        let mut numbers = Numbers { given: vec![None; columns.len()], next: 1, before, ..Numbers::empty() };
        let mut taken = HashSet::new();
        if let Some((old, index)) = before {
            let message = &old.pool.messages[index];
            numbers.next = old.unused(index);
            for (given, (at, column)) in numbers.given.iter_mut().zip(columns.iter().enumerate()) {
                let Some(field) = old.field(index, column).filter(|field| taken.insert(field.number)) else { continue };
                *given = Some(field.number);
                if let Some(inner) = old.message_in(field.kind) {
                    numbers.messages.insert(at, inner);
                }
            }
            numbers.kept.extend(&taken);
            taken.extend(message.fields.iter().map(|field| field.number));
        }
        for (given, column) in numbers.given.iter_mut().zip(columns) {
            let said = column.metadata().get("proto.number");
            let id = || column.metadata().get("PARQUET:field_id").filter(|_| field_ids);
            let number = said.or_else(id).and_then(|number| number.parse().ok());
            let legal = number.filter(|number| (1..=NUMBER_MAX).contains(number) && !RESERVED.contains(number));
            if given.is_none() {
                *given = legal.filter(|number| taken.insert(*number));
            }
        }
        let highest = taken.into_iter().max().map_or(1, |highest| highest + 1);
        numbers.next = numbers.next.max(highest);
        numbers
    }

    fn empty() -> Numbers<'a> {
        Numbers { given: Vec::new(), next: 1, before: None, kept: HashSet::new(), messages: HashMap::new() }
    }

    /// Of a message with one field of this name, and the number of that field.
    pub(super) fn of_one(before: Option<(&'a Before, usize)>, name: &str) -> (u32, Numbers<'a>) {
        let number = before.map_or(1, |(old, index)| old.number_of_one(index, name));
        // Where it was a message of several fields, the others are gone, and their numbers with them.
        let next = before.map_or(1, |(old, index)| old.unused(index)).max(number + 1);
        (number, Numbers { before, kept: HashSet::from([number]), next, ..Numbers::empty() })
    }

    /// The number of a column.
    pub(super) fn of(&mut self, column: usize) -> Result<u32> {
        match self.given.get(column) {
            Some(Some(number)) => Ok(*number),
            _ => self.next(),
        }
    }

    /// The message of before that the column of this index was written to.
    pub(super) fn message_of(&self, column: usize) -> Option<(&'a Before, usize)> {
        let (before, _) = self.before?;
        self.messages.get(&column).map(|message| (before, *message))
    }

    /// The field of before that a union's member of this name was, if it was.
    pub(super) fn member(&mut self, name: &str) -> Result<u32> {
        if let Some((before, index)) = self.before
            && let Some(field) = before.pool.messages[index].fields.iter().find(|field| field.name == name)
            && self.kept.insert(field.number)
        {
            return Ok(field.number);
        }
        self.next()
    }

    /// The message of before that a union's member of this name held.
    pub(super) fn message_of_member(&self, name: &str) -> Option<(&'a Before, usize)> {
        let (before, index) = self.before?;
        let field = before.pool.messages[index].fields.iter().find(|field| field.name == name)?;
        before.message_in(field.kind).map(|inner| (before, inner))
    }

    /// The next number that was never used.
    pub(super) fn next(&mut self) -> Result<u32> {
        if RESERVED.contains(&self.next) {
            self.next = RESERVED.end() + 1;
        }
        if self.next > NUMBER_MAX {
            return Err(Error::limit("no field number is left"));
        }
        self.next += 1;
        Ok(self.next - 1)
    }

    /// A field that keeps its number must be readable as what it was.
    ///
    /// # Errors
    /// `Schema`, unless the field may get a new number.
    pub(super) fn settle(&mut self, field: &mut FieldDescriptorProto, entry: Option<&DescriptorProto>) -> Result<()> {
        let Some((before, index)) = self.before else { return Ok(()) };
        let number = u32::try_from(field.number()).unwrap_or_default();
        if !self.kept.contains(&number) {
            return Ok(());
        }
        let message = &before.pool.messages[index];
        let Some(old) = message.fields.iter().find(|old| old.number == number) else { return Ok(()) };
        if is_compatible(&before.pool, old, field, entry) {
            return Ok(());
        }
        if !before.renumber {
            return Err(Error::schema(format!(
                "field {} = {number} was {}, and is to be {}: messages written before could not be read",
                old.name,
                kind_text(&before.pool, old),
                new_text(field, entry),
            ))
            .with_hint("--renumber gives it a new number and reserves the old one"));
        }
        self.kept.remove(&number);
        field.number = i32::try_from(self.next()?).ok();
        Ok(())
    }

    /// Reserves what is gone.
    pub(super) fn reserve(&self, message: &mut DescriptorProto) {
        let Some((before, index)) = self.before else { return };
        let old = &before.pool.messages[index];
        let names: HashSet<&str> =
            message.field.iter().map(|field| field.name.as_deref().unwrap_or_default()).collect();
        let mut ranges: Vec<(i32, i32)> = Vec::new();
        let mut reserved: Vec<String> = Vec::new();
        if let Some(descriptor) = before.descriptor(index) {
            ranges.extend(descriptor.reserved_range.iter().map(|range| (range.start(), range.end())));
            reserved.extend(descriptor.reserved_name.iter().filter(|name| !names.contains(name.as_str())).cloned());
        }
        for field in old.fields.iter().filter(|field| !field.name.starts_with('[')) {
            if self.kept.contains(&field.number) {
                continue;
            }
            let number = field.number as i32;
            ranges.push((number, number + 1));
            if !names.contains(field.name.as_str()) && !reserved.contains(&field.name) {
                reserved.push(field.name.clone());
            }
        }
        ranges.sort_unstable();
        ranges.dedup();
        message.reserved_range =
            ranges.into_iter().map(|(start, end)| ReservedRange { start: Some(start), end: Some(end) }).collect();
        message.reserved_name = reserved;
    }
}

/// Whether messages of before can be read with the new field: one wire form, one meaning
/// (<https://protobuf.dev/programming-guides/proto3/#updating>).
fn is_compatible(pool: &Pool, old: &Field, new: &FieldDescriptorProto, entry: Option<&DescriptorProto>) -> bool {
    let repeated = new.label() == Label::Repeated;
    let many = match (repeated, entry) {
        (_, Some(_)) => Many::Map,
        (true, None) => Many::List,
        (false, None) => Many::One,
    };
    if old.many != many {
        return false;
    }
    if let (Some(entry), Kind::Message(index)) = (entry, old.kind) {
        let field = |number: u32| pool.messages[index].fields.iter().find(|field| field.number == number);
        return [field(1), field(2)]
            .into_iter()
            .zip(&entry.field)
            .all(|(old, new)| old.is_some_and(|old| is_compatible(pool, old, new, None)));
    }
    match old.kind {
        Kind::Scalar(scalar) => group_of(new.r#type()) == scalar_group(scalar) && holds(new.r#type(), scalar),
        Kind::Enum(_) => matches!(new.r#type(), Type::Enum | Type::Int32 | Type::Int64),
        Kind::Message(index) => {
            let name = &pool.messages[index].name;
            let google = |name: &str| name.trim_start_matches('.').starts_with("google.");
            new.r#type() == Type::Message
                && match (google(name), google(new.type_name())) {
                    (false, false) => true,
                    _ => new.type_name().trim_start_matches('.') == name,
                }
        }
        Kind::Group(_) => new.r#type() == Type::Group,
    }
}

/// Whether a type of the same wire form holds all values of the old one: a narrower one would cut them.
fn holds(new: Type, old: Scalar) -> bool {
    match old {
        Scalar::Bool => true,
        Scalar::Int32 => matches!(new, Type::Int32 | Type::Int64 | Type::Enum),
        Scalar::Uint32 => matches!(new, Type::Uint32 | Type::Uint64 | Type::Int64),
        Scalar::Int64 => new == Type::Int64,
        Scalar::Uint64 => new == Type::Uint64,
        Scalar::Sint64 => new == Type::Sint64,
        Scalar::Fixed32 => new == Type::Fixed32,
        Scalar::Sfixed32 => new == Type::Sfixed32,
        Scalar::Fixed64 => new == Type::Fixed64,
        Scalar::Sfixed64 => new == Type::Sfixed64,
        _ => true,
    }
}

/// Types whose values are read from each other's bytes.
#[derive(PartialEq, Eq)]
enum Group {
    Varint,
    Zigzag,
    Four,
    Eight,
    Float,
    Double,
    Text,
    Bytes,
    Message,
    Delimited,
}

fn group_of(kind: Type) -> Group {
    match kind {
        Type::Int32 | Type::Int64 | Type::Uint32 | Type::Uint64 | Type::Bool | Type::Enum => Group::Varint,
        Type::Sint32 | Type::Sint64 => Group::Zigzag,
        Type::Fixed32 | Type::Sfixed32 => Group::Four,
        Type::Fixed64 | Type::Sfixed64 => Group::Eight,
        Type::Float => Group::Float,
        Type::Double => Group::Double,
        Type::String => Group::Text,
        Type::Bytes => Group::Bytes,
        Type::Message => Group::Message,
        Type::Group => Group::Delimited,
    }
}

fn scalar_group(scalar: Scalar) -> Group {
    match scalar {
        Scalar::Double => Group::Double,
        Scalar::Float => Group::Float,
        Scalar::Int32 | Scalar::Int64 | Scalar::Uint32 | Scalar::Uint64 | Scalar::Bool => Group::Varint,
        Scalar::Sint32 | Scalar::Sint64 => Group::Zigzag,
        Scalar::Fixed32 | Scalar::Sfixed32 => Group::Four,
        Scalar::Fixed64 | Scalar::Sfixed64 => Group::Eight,
        Scalar::String => Group::Text,
        Scalar::Bytes => Group::Bytes,
    }
}

fn kind_text(pool: &Pool, field: &Field) -> String {
    let many = match field.many {
        Many::One => "",
        Many::List => "repeated ",
        Many::Map => "map ",
    };
    let name = match field.kind {
        Kind::Scalar(scalar) => scalar.name(),
        Kind::Enum(index) => &pool.enums[index].name,
        Kind::Message(index) | Kind::Group(index) => &pool.messages[index].name,
    };
    format!("{many}{name}")
}

fn new_text(field: &FieldDescriptorProto, entry: Option<&DescriptorProto>) -> String {
    let many = match (field.label() == Label::Repeated, entry) {
        (_, Some(_)) => "map ",
        (true, None) => "repeated ",
        (false, None) => "",
    };
    let name = match &field.type_name {
        Some(name) => name.trim_start_matches('.').to_owned(),
        None => field.r#type().as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    format!("{many}{name}")
}
