//! Arrow schemas as messages of proto3, or of an edition that says the same by features.
//!
//! Numbers: see [`Before`]. Names: a legal name stays, others are made legal and unique. Lists, maps and unions inside
//! lists and maps get a message around them. What the language has no types for is remembered in options
//! ([`super::hint`]), so that reading gives the same schema again.

mod edition;
mod hints;
mod message;
mod names;
mod numbers;
mod restored;
mod scope;
mod symbols;
mod types;

use std::collections::{BTreeSet, HashMap};

use arrow_schema::{DataType, Field as Column, Fields, Schema, UnionFields};
use prost_types::{DescriptorProto, FieldOptions, FileDescriptorProto, MessageOptions, OneofOptions};

use super::arrow::{UNKNOWN_COLUMN, restored_schema, schema_of};
use super::load::parse_text;
use super::pool::{Pool, Target, join};
use super::restore::is_foreign;
use super::shape::ReadAs;
use super::{foreign, hint};
use super::{same, text};
use crate::column::nesting::extension_of;
use crate::error::{Error, Result};
use hints::Found;
use message::{Generator, Note};

pub(crate) use names::{check_name, is_legal};
pub use numbers::Before;

/// What a generated schema looks like.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Name of the root message, or of what is written.
    pub name: String,
    /// Whether options remember what reading alone would not tell.
    pub hints: bool,
    /// Whether lists that are null, and nulls in lists and maps, get messages around them; else they are refused.
    pub wrap_nulls: bool,
    /// How integers are written.
    pub integers: Integers,
    /// What decimals become.
    pub decimals: Decimals,
    /// UUIDs as 16 bytes, not as text.
    pub uuid_bytes: bool,
    /// Dates as days since 1970, not as `google.type.Date`.
    pub date_numbers: bool,
    /// What local timestamps become.
    pub naive: Naive,
    /// JSON as `google.protobuf.Value`, not as text.
    pub json_values: bool,
    /// Field ids of Parquet as numbers of fields that have none.
    pub field_ids: bool,
    /// The syntax; `None`: proto3.
    pub syntax: Option<Syntax>,
    /// The schema that was written before.
    pub before: Option<Before>,
}

impl Choices {
    /// The usual choices.
    pub fn named(name: &str) -> Choices {
        Choices {
            name: name.to_owned(),
            hints: true,
            wrap_nulls: false,
            integers: Integers::Varint,
            decimals: Decimals::Google,
            uuid_bytes: false,
            date_numbers: false,
            naive: Naive::Timestamp,
            json_values: false,
            field_ids: false,
            syntax: None,
            before: None,
        }
    }
}

/// The syntax of a generated file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `syntax = "proto3"`
    Proto3,
    /// An edition, by its number: `EDITION_2023` is 1000.
    Edition(i32),
}

/// How integers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integers {
    /// `int32`, `uint64`: small numbers in few bytes, negative ones in ten.
    Varint,
    /// `sint32`, `sint64`: small numbers of both signs in few bytes.
    Zigzag,
    /// `sfixed32`, `fixed64`: four or eight bytes.
    Fixed,
}

/// What decimals become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimals {
    /// `google.type.Decimal`
    Google,
    /// `confluent.type.Decimal`
    Confluent,
    /// `string`, all digits.
    Text,
    /// `bytes`, the unscaled number in two's complement, big-endian.
    Bytes,
}

/// What local timestamps become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naive {
    /// `google.protobuf.Timestamp`, which others read as an instant.
    Timestamp,
    /// `google.type.DateTime` without an offset.
    DateTime,
    /// `int64`, in the unit of the column.
    Number,
}

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
    /// Columns whose types are not those that reading gives.
    pub retyped: Vec<String>,
}

/// Makes a message for records of a schema.
///
/// # Errors
/// `Schema` or `Unsupported` if a column has no place in a message, or cannot become what it was before; `Limit` if it
/// is nested too deep.
pub fn generate(schema: &Schema, choices: &Choices) -> Result<Generated> {
    let mut generator = Generator { choices, imports: BTreeSet::new(), notes: HashMap::new(), renamed: Vec::new() };
    let annotated = foreign::annotated(schema);
    let root = match &choices.before {
        Some(before) if before.pool.messages[before.message].top_level => {
            before.pool.messages[before.message].name.clone()
        }
        _ if annotated.as_ref().is_some_and(|(_, told)| *told == choices.name) => choices.name.clone(),
        _ => names::type_name(&choices.name, "Record"),
    };
    let (package, short) = root.rsplit_once('.').unwrap_or(("", &root));
    let before = choices.before.as_ref().map(|before| (before, before.message));
    let described = annotated.as_ref().map_or(schema, |(schema, _)| schema);
    let message = generator.message(short, &root, described.fields(), 0, before)?;
    let mut file = FileDescriptorProto {
        name: Some("generated.proto".to_owned()),
        package: (!package.is_empty()).then(|| package.to_owned()),
        syntax: Some("proto3".to_owned()),
        message_type: vec![message],
        ..FileDescriptorProto::default()
    };
    set_imports(&mut file, &generator.imports);
    let mut made = compiled(&file, &generator, &root)?;
    let confluent = choices.decimals == Decimals::Confluent;
    if choices.hints || confluent {
        let (record, natural) = schema_of(&made.pool, made.message, ReadAs::default())?;
        let found = Found::of(&made.pool, &record, natural.fields(), schema.fields());
        let metadata = foreign(schema).filter(|_| choices.hints);
        if !found.is_empty() || metadata.is_some() {
            let mut scope = file.package().to_owned();
            let mut inserted = Inserted { found: &found, ours: choices.hints, imports: &mut generator.imports };
            for message in &mut file.message_type {
                inserted.insert(message, &mut scope);
            }
            if let Some(metadata) = metadata {
                let options = file.message_type[0].options.get_or_insert_default();
                options.uninterpreted_option.push(hint::text_option("fmtconv.message", "metadata", &metadata));
                generator.imports.insert(hint::FILE);
            }
            set_imports(&mut file, &generator.imports);
            made = compiled(&file, &generator, &root)?;
        }
    }
    let read = restored_schema(&made.pool, made.message, ReadAs::default())?.schema;
    made.retyped = retyped(schema.fields(), read.fields());
    Ok(made)
}

fn set_imports(file: &mut FileDescriptorProto, imports: &BTreeSet<&'static str>) {
    file.dependency = imports.iter().map(|import| (*import).to_owned()).collect();
}

/// The types of a file, with what each field was made for.
fn compiled(file: &FileDescriptorProto, generator: &Generator, root: &str) -> Result<Generated> {
    let text = match generator.choices.syntax {
        Some(Syntax::Edition(number)) => {
            let mut file = file.clone();
            let edition = edition::of_proto3(&mut file, number);
            text::file(&file, Some(&edition))
        }
        _ => text::file(file, None),
    };
    let mut pool = parse_text("generated.proto", &text)
        .map_err(|error| Error::internal(format!("a generated schema is wrong: {}", error.message())))?;
    for message in &mut pool.messages {
        let Some(notes) = generator.notes.get(&message.name) else { continue };
        message.wrapper = notes.wrapper;
        let mut targets = Vec::with_capacity(notes.columns.len());
        for column in &notes.columns {
            let target = match column {
                Note::Number(number) => {
                    message.fields.iter().position(|field| field.number == *number).map(Target::Field)
                }
                Note::Oneof(name) => message.oneofs.iter().position(|oneof| oneof == name).map(Target::Oneof),
                Note::Unknown => Some(Target::Unknown),
            };
            targets.push(target.ok_or_else(|| Error::internal("a generated field is missing"))?);
        }
        for field in &mut message.fields {
            field.hinted = true;
        }
        if !notes.wrapper {
            message.columns = Some(targets);
        }
    }
    let message = pool.message(root).ok_or_else(|| Error::internal("the generated message is missing"))?;
    Ok(Generated { text, pool, message, renamed: generator.renamed.clone(), retyped: Vec::new() })
}

/// Metadata of the schema that is not of Protobuf itself, as JSON.
fn foreign(schema: &Schema) -> Option<String> {
    let kept: std::collections::BTreeMap<&str, &str> = schema
        .metadata()
        .iter()
        .filter(|(key, _)| is_foreign(key))
        .map(|(key, value)| (key.as_ref(), value.as_ref()))
        .collect();
    (!kept.is_empty()).then(|| serde_json::json!(kept).to_string())
}

/// Hints on their way into options.
struct Inserted<'a> {
    found: &'a Found,
    /// Whether our own options are written, and not only those of Confluent.
    ours: bool,
    imports: &'a mut BTreeSet<&'static str>,
}

impl Inserted<'_> {
    /// Writes hints into the options of a message and those inside it.
    fn insert(&mut self, message: &mut DescriptorProto, scope: &mut String) {
        let full = join(scope, message.name());
        let fields = self.found.fields.get(&full);
        for field in &mut message.field {
            let number = u32::try_from(field.number()).ok();
            let Some(hint) = number.and_then(|number| fields?.get(&number)) else { continue };
            let mut options = Vec::new();
            if self.ours {
                options = hint.options("fmtconv.field");
                self.imports.insert(hint::FILE);
            }
            let is_theirs = field.type_name().trim_start_matches('.') == "confluent.type.Decimal";
            if let Some(option) = hint.confluent_option().filter(|_| is_theirs) {
                options.push(option);
                self.imports.insert(hint::CONFLUENT_META);
            }
            if !options.is_empty() {
                let known: &mut FieldOptions = field.options.get_or_insert_default();
                known.uninterpreted_option.extend(options);
            }
        }
        if let Some(hints) = self.found.oneofs.get(&full).filter(|_| self.ours) {
            for (index, oneof) in message.oneof_decl.iter_mut().enumerate() {
                if let Some(hint) = hints.get(&index) {
                    let options: &mut OneofOptions = oneof.options.get_or_insert_default();
                    options.uninterpreted_option.extend(hint.options("fmtconv.oneof"));
                    self.imports.insert(hint::FILE);
                }
            }
        }
        let outer = std::mem::replace(scope, full);
        for nested in &mut message.nested_type {
            if !nested.options.as_ref().is_some_and(MessageOptions::map_entry) {
                self.insert(nested, scope);
            }
        }
        *scope = outer;
    }
}

/// Columns that come back as something else.
fn retyped(wanted: &Fields, read: &Fields) -> Vec<String> {
    let wanted: Vec<&Column> = wanted.iter().map(AsRef::as_ref).filter(|column| !is_unknown(column)).collect();
    if wanted.len() == read.len() {
        let pairs = wanted.iter().zip(read);
        let differ = pairs.filter(|(wanted, read)| {
            let (wanted, read) = (Column::clone(wanted).with_name(""), read.as_ref().clone().with_name(""));
            !same(&Fields::from(vec![wanted]), &Fields::from(vec![read]))
        });
        return differ.map(|(wanted, _)| wanted.name().clone()).collect();
    }
    // A union is several columns.
    let comes_back = |column: &&&Column| {
        read.iter().any(|read| same(&Fields::from(vec![(**column).clone()]), &Fields::from(vec![read.clone()])))
    };
    wanted.iter().filter(|column| !comes_back(column)).map(|column| column.name().clone()).collect()
}

/// The branch of a union that an unset oneof stands for: the first of nulls, if there is another.
pub(crate) fn unset_branch(branches: &UnionFields) -> Option<i8> {
    let nulls = branches.iter().find(|(_, branch)| branch.data_type() == &DataType::Null);
    nulls.map(|(id, _)| id).filter(|_| branches.len() > 1)
}

fn is_unknown(column: &Column) -> bool {
    column.name() == UNKNOWN_COLUMN && column.metadata().contains_key("proto.unknown")
}

fn is_uuid(column: &Column) -> bool {
    extension_of(column) == Some("arrow.uuid")
}

fn is_json(column: &Column) -> bool {
    extension_of(column) == Some("arrow.json")
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}
