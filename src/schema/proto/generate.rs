//! Arrow schemas as proto3 messages.
//!
//! Numbers: `proto.number` metadata, else the next free one in column order, never 19000–19999. Names: a legal name
//! stays, others are made legal and unique, and keep the original as `json_name`. Lists, maps and unions inside
//! lists and maps get a message around them.

use std::collections::{BTreeSet, HashMap, HashSet};

use arrow_schema::{DataType, Field as Column, Fields};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    MessageOptions, OneofDescriptorProto,
};

use super::arrow::{UNKNOWN_COLUMN, carried_enum};
use super::load::compile_text;
use super::pool::{Enum, Pool, Scalar, Target, default_json_name, join};
use super::text;
use crate::error::{Error, Result};

const NUMBER_MAX: u32 = 536_870_911;
/// Numbers that belong to implementations of Protobuf.
const RESERVED: std::ops::RangeInclusive<u32> = 19_000..=19_999;
/// Levels of nesting of a schema at most.
const DEPTH_MAX: usize = 60;

/// A generated schema.
pub struct Generated {
    /// The `.proto` file.
    pub text: String,
    /// Its types; messages know which column each field is.
    pub pool: Pool,
    /// The root message.
    pub message: usize,
    /// Columns whose names were changed.
    pub renamed: Vec<String>,
}

/// Makes a message for records of these columns.
///
/// # Errors
/// `Schema` or `Unsupported` if a column has no place in a message; `Limit` if it is nested too deep.
pub fn generate(columns: &Fields, name: &str) -> Result<Generated> {
    let mut generator = Generator::default();
    let root = type_name(name, "Record");
    let message = generator.message(&root, &root, columns, 0)?;
    let file = FileDescriptorProto {
        name: Some("generated.proto".to_owned()),
        syntax: Some("proto3".to_owned()),
        dependency: generator.imports.iter().map(|import| (*import).to_owned()).collect(),
        message_type: vec![message],
        ..FileDescriptorProto::default()
    };
    let text = text::file(&file);
    let set = compile_text("generated.proto", &text)
        .map_err(|error| Error::internal(format!("a generated schema is wrong: {}", error.message())))?;
    let mut pool = Pool::new(set)?;
    for message in &mut pool.messages {
        let Some(notes) = generator.notes.remove(&message.name) else { continue };
        message.wrapper = notes.wrapper;
        let mut targets = Vec::with_capacity(notes.columns.len());
        for column in notes.columns {
            let target = match &column {
                Note::Number(number) => {
                    message.fields.iter().position(|field| field.number == *number).map(Target::Field)
                }
                Note::Oneof(name) => message.oneofs.iter().position(|oneof| oneof == name).map(Target::Oneof),
                Note::Unknown => Some(Target::Unknown),
            };
            targets.push(target.ok_or_else(|| Error::internal("a generated field is missing"))?);
        }
        message.columns = Some(targets);
    }
    let message = pool.message(&root).ok_or_else(|| Error::internal("the generated message is missing"))?;
    Ok(Generated { text, pool, message, renamed: generator.renamed })
}

#[derive(Default)]
struct Generator {
    imports: BTreeSet<&'static str>,
    notes: HashMap<String, Notes>,
    renamed: Vec<String>,
}

#[derive(Default)]
struct Notes {
    columns: Vec<Note>,
    wrapper: bool,
}

enum Note {
    Number(u32),
    Oneof(String),
    Unknown,
}

/// A message being made: its nested types and the names taken in its scope.
struct Scope {
    full: String,
    message: DescriptorProto,
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

    /// The wanted name, or with `_2`, `_3`... behind it.
    fn unique(&mut self, wanted: String) -> String {
        let mut name = wanted.clone();
        let mut count = 1;
        while !self.taken.insert(name.clone()) {
            count += 1;
            name = format!("{wanted}_{count}");
        }
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

    fn full_type(&self, name: &str) -> String {
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

impl Generator {
    fn message(&mut self, name: &str, full: &str, columns: &Fields, depth: usize) -> Result<DescriptorProto> {
        let mut scope = Scope::new(name, full, depth)?;
        let names = self.names(&mut scope, columns);
        let mut numbers = Numbers::new(columns)?;
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
                .field(&mut scope, column, &names[index], number)
                .map_err(|error| error.in_column(column.name()))?;
            field.json_name = json_name(column, &names[index]);
            scope.message.field.push(field);
            notes.columns.push(Note::Number(number));
        }
        restore_oneofs(&mut scope, columns, &notes);
        settle_json_names(&mut scope.message);
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

    fn field(&mut self, scope: &mut Scope, column: &Column, name: &str, number: u32) -> Result<FieldDescriptorProto> {
        let plain = unencoded(column.data_type());
        if let Some(item) = element(plain) {
            if column.metadata().get("proto.wkt").is_some_and(|wkt| wkt == "google.protobuf.FieldMask")
                && is_text(unencoded(item.data_type()))
            {
                return Ok(self
                    .google("google.protobuf.FieldMask", "google/protobuf/field_mask.proto")
                    .field(name, number));
            }
            let mut described = item.as_ref().clone();
            if !matches!(unencoded(item.data_type()), DataType::List(_) | DataType::Map(..)) {
                // What is known about the column is about its elements: enum names, wire types.
                let mut metadata = column.metadata().clone();
                metadata.extend(item.metadata().clone());
                described = described.with_metadata(metadata);
            }
            let typed = self.single(scope, &described, name, "Item").map_err(|error| error.in_column("[]"))?;
            let mut field = typed.field(name, number);
            field.label = Some(Label::Repeated.into());
            if column.metadata().get("proto.packed").is_some_and(|packed| packed == "false") {
                field.options = Some(prost_types::FieldOptions { packed: Some(false), ..Default::default() });
            }
            return Ok(field);
        }
        if let DataType::Map(entries, _) = plain {
            return self.map(scope, entries, name, number);
        }
        let typed = self.single(scope, column, name, "")?;
        let message = typed.kind == Type::Message;
        let mut field = typed.field(name, number);
        if (column.is_nullable() || plain == &DataType::Null) && !message {
            field.proto3_optional = Some(true);
        }
        Ok(field)
    }

    fn map(&mut self, scope: &mut Scope, entries: &Column, name: &str, number: u32) -> Result<FieldDescriptorProto> {
        let DataType::Struct(pair) = entries.data_type() else {
            return Err(Error::unsupported("map entries that are no struct"));
        };
        let [key, value] = &pair[..] else { return Err(Error::unsupported("map entries that are no pairs")) };
        let integral = unencoded(key.data_type()).is_integer() || unencoded(key.data_type()) == &DataType::Boolean;
        if !integral && !is_text(unencoded(key.data_type())) {
            // Keys that a map cannot have: a list of pairs.
            let typed = self.nested(scope, name, "Pair", pair)?;
            let mut field = typed.field(name, number);
            field.label = Some(Label::Repeated.into());
            return Ok(field);
        }
        let key = self.single(scope, key, name, "Key").map_err(|error| error.in_column("key"))?;
        let value = self.single(scope, value, name, "Value").map_err(|error| error.in_column("value"))?;
        let entry = entry_name(name);
        scope.taken.insert(entry.clone());
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

    /// The branches of a union as members of a oneof.
    fn union(&mut self, scope: &mut Scope, column: &Column, name: &str, numbers: &mut Numbers) -> Result<()> {
        let DataType::Union(branches, _) = unencoded(column.data_type()) else {
            return Err(Error::internal("a union column is no union"));
        };
        let oneof = i32::try_from(scope.message.oneof_decl.len()).ok();
        scope.message.oneof_decl.push(OneofDescriptorProto { name: Some(name.to_owned()), options: None });
        let mut members = 0;
        for (_, branch) in branches.iter() {
            if branch.data_type() == &DataType::Null {
                continue;
            }
            members += 1;
            let member = scope.unique_field(&legal(&format!("{name}_{}", branch.name())));
            let typed = self.single(scope, branch, &member, "List").map_err(|error| error.in_column(branch.name()))?;
            let mut field = typed.field(&member, numbers.next()?);
            field.oneof_index = oneof;
            scope.message.field.push(field);
        }
        if members == 0 {
            return Err(Error::unsupported("a union without branches that hold values"));
        }
        Ok(())
    }

    /// The type of one value. Where the value is itself a list, map or union, a message is put around it, with
    /// `suffix` in its name.
    fn single(&mut self, scope: &mut Scope, column: &Column, name: &str, suffix: &str) -> Result<Typed> {
        let metadata = column.metadata();
        let plain = unencoded(column.data_type());
        if let Some(typed) = self.restored(column, plain) {
            return Ok(typed);
        }
        if matches!(column.data_type(), DataType::Dictionary(..))
            && is_text(plain)
            && let Some(names) = carried_enum(column)
            && let Some(typed) = enumeration(scope, &names, name, metadata.contains_key("proto.enum"))
        {
            return Ok(typed);
        }
        Ok(match plain {
            DataType::Null => self.google_enum("google.protobuf.NullValue", "google/protobuf/struct.proto"),
            DataType::Boolean => Typed::scalar(Type::Bool),
            DataType::Int8 | DataType::Int16 | DataType::Int32 => Typed::scalar(Type::Int32),
            DataType::Int64 => Typed::scalar(Type::Int64),
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => Typed::scalar(Type::Uint32),
            DataType::UInt64 => Typed::scalar(Type::Uint64),
            DataType::Float16 | DataType::Float32 => Typed::scalar(Type::Float),
            DataType::Float64 => Typed::scalar(Type::Double),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Typed::scalar(Type::String),
            DataType::FixedSizeBinary(16) if is_uuid(column) => Typed::scalar(Type::String),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Typed::scalar(Type::Bytes)
            }
            DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
                self.google("google.type.Decimal", "google/type/decimal.proto")
            }
            DataType::Date32 | DataType::Date64 => self.google("google.type.Date", "google/type/date.proto"),
            DataType::Time32(_) | DataType::Time64(_) => {
                self.google("google.type.TimeOfDay", "google/type/timeofday.proto")
            }
            DataType::Timestamp(..) => self.google("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"),
            DataType::Duration(_) => self.google("google.protobuf.Duration", "google/protobuf/duration.proto"),
            DataType::Interval(_) => interval(scope),
            DataType::Struct(columns) => self.nested(scope, name, "", columns)?,
            DataType::Union(..) => {
                self.wrapper(scope, name, "Oneof", &Column::new("value", plain.clone(), true), true)?
            }
            DataType::Map(..) => {
                let suffix = if suffix == "List" { "Map" } else { suffix };
                self.wrapper(scope, name, suffix, &Column::new("items", plain.clone(), false), false)?
            }
            other if element(other).is_some() => {
                let inner = if suffix == "Item" { "value" } else { "items" };
                self.wrapper(scope, name, suffix, &Column::new(inner, plain.clone(), false), false)?
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

    fn nested(&mut self, scope: &mut Scope, name: &str, suffix: &str, columns: &Fields) -> Result<Typed> {
        let nested = scope.unique(format!("{}{suffix}", camel(name)));
        let full = scope.full_type(&nested);
        let message = self.message(&nested, &full, columns, scope.depth + 1)?;
        scope.message.nested_type.push(message);
        Ok(Typed::named(Type::Message, &full))
    }

    fn wrapper(&mut self, scope: &mut Scope, name: &str, suffix: &str, inner: &Column, union: bool) -> Result<Typed> {
        let nested = scope.unique(format!("{}{suffix}", camel(name)));
        let full = scope.full_type(&nested);
        let mut around = Scope::new(&nested, &full, scope.depth + 1)?;
        around.taken.insert(inner.name().clone());
        if union {
            let columns = Fields::from(vec![inner.clone()]);
            self.union(&mut around, inner, inner.name(), &mut Numbers::new(&columns)?)?;
        } else {
            let field = self.field(&mut around, inner, inner.name(), 1)?;
            around.message.field.push(field);
        }
        scope.message.nested_type.push(around.message);
        self.notes.insert(full.clone(), Notes { columns: Vec::new(), wrapper: true });
        Ok(Typed::named(Type::Message, &full))
    }
}

/// The type of the entries of a map field: its name is not free to choose.
fn entry_name(field: &str) -> String {
    format!("{}Entry", camel(field))
}

/// The name that a column takes besides its own, as field `name`.
fn entry_of(column: &Column, name: &str) -> Option<String> {
    matches!(unencoded(column.data_type()), DataType::Map(..)).then(|| entry_name(name))
}

/// An enum of its own, if all symbols are legal and free in the scope; numbers of Protobuf stay, a zero value is
/// added where there is none.
fn enumeration(scope: &mut Scope, names: &Enum, column: &str, from_proto: bool) -> Option<Typed> {
    let legal = names.values.iter().all(|(symbol, _)| is_legal(symbol) && !scope.taken.contains(symbol));
    let distinct: HashSet<&str> = names.values.iter().map(|(symbol, _)| symbol.as_str()).collect();
    if !legal || distinct.len() != names.values.len() || names.values.is_empty() || !(names.closed || from_proto) {
        return None;
    }
    let short = names.name.rsplit('.').next().unwrap_or_default();
    let wanted = if is_legal(short) { short.to_owned() } else { camel(column) };
    if distinct.contains(wanted.as_str()) {
        return None;
    }
    let mut values: Vec<(String, i32)> = names.values.clone();
    scope.taken.extend(values.iter().map(|(symbol, _)| symbol.clone()));
    let name = scope.unique(wanted);
    // The first value of a proto3 enum is zero.
    match values.iter().position(|(_, number)| *number == 0) {
        Some(zero) => values[..=zero].rotate_right(1),
        None => values.insert(0, (scope.unique(format!("{}_UNSPECIFIED", shout(&name))), 0)),
    }
    let numbers: HashSet<i32> = values.iter().map(|(_, number)| *number).collect();
    let alias = numbers.len() < values.len();
    scope.message.enum_type.push(EnumDescriptorProto {
        name: Some(name.clone()),
        value: values
            .into_iter()
            .map(|(symbol, number)| EnumValueDescriptorProto {
                name: Some(symbol),
                number: Some(number),
                options: None,
            })
            .collect(),
        options: alias.then(|| prost_types::EnumOptions { allow_alias: Some(true), ..Default::default() }),
        ..EnumDescriptorProto::default()
    });
    Some(Typed::named(Type::Enum, &scope.full_type(&name)))
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

/// Field numbers of a message.
struct Numbers {
    given: Vec<Option<u32>>,
    next: u32,
}

impl Numbers {
    fn new(columns: &Fields) -> Result<Numbers> {
        let mut taken = HashSet::new();
        let given: Vec<Option<u32>> = columns
            .iter()
            .map(|column| {
                let number = column.metadata().get("proto.number")?.parse().ok()?;
                let legal = (1..=NUMBER_MAX).contains(&number) && !RESERVED.contains(&number);
                (legal && taken.insert(number)).then_some(number)
            })
            .collect();
        let next = taken.into_iter().max().map_or(1, |highest| highest + 1);
        Ok(Numbers { given, next })
    }

    fn of(&mut self, column: usize) -> Result<u32> {
        match self.given.get(column) {
            Some(Some(number)) => Ok(*number),
            _ => self.next(),
        }
    }

    fn next(&mut self) -> Result<u32> {
        if RESERVED.contains(&self.next) {
            self.next = RESERVED.end() + 1;
        }
        if self.next > NUMBER_MAX {
            return Err(Error::limit("no field number is left"));
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}

fn is_unknown(column: &Column) -> bool {
    column.name() == UNKNOWN_COLUMN && column.metadata().contains_key("proto.unknown")
}

fn is_uuid(column: &Column) -> bool {
    column.metadata().get("ARROW:extension:name").is_some_and(|name| name == "arrow.uuid")
}

fn unencoded(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => unencoded(values),
        DataType::RunEndEncoded(_, values) => unencoded(values.data_type()),
        other => other,
    }
}

fn element(data_type: &DataType) -> Option<&arrow_schema::FieldRef> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item),
        _ => None,
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

pub(crate) fn is_legal(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Names that are equal in this form (`order_id`, `orderId`, `OrderID`) are not legal beside each other.
fn folded(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Every other letter becomes `_`; a leading digit gets one before it.
fn legal(name: &str) -> String {
    let mut out: String =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if out.is_empty() || out.starts_with(|first: char| first.is_ascii_digit()) {
        out.insert(0, '_');
    }
    out
}

/// `order_item` → `OrderItem`: how Protobuf names the entry type of a map.
fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut upper = true;
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            out.push(letter.to_ascii_uppercase());
        } else {
            out.push(letter);
        }
    }
    if out.is_empty() || out.starts_with(|first: char| first.is_ascii_digit()) {
        out.insert(0, 'X');
    }
    out
}

/// `OrderStatus` → `ORDER_STATUS`
fn shout(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && lower {
            out.push('_');
        }
        lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        out.push(letter.to_ascii_uppercase());
    }
    out
}

fn type_name(name: &str, default: &str) -> String {
    let legal = legal(name);
    let camel = camel(&legal);
    if name.chars().any(|letter| letter.is_ascii_alphanumeric()) { camel } else { default.to_owned() }
}
