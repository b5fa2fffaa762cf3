//! Which column goes into which field, and how: judged once, before any byte is written.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field as Column, Fields};

use super::pair::{Names, take};
use crate::code::Code;
use crate::column::json::is_json_text;
use crate::column::nesting::{element, extension_of, unencoded};
use crate::column::proto::wire;
use crate::error::{Error, Result};
use crate::schema::proto::arrow::known_name;
use crate::schema::proto::generate::unset_branch;
use crate::schema::proto::pool::{Enum, Field, Kind, Many, Message, Pool, Presence, Scalar, Target};
use crate::schema::proto::shape::Known;
use crate::schema::symbols::{Symbols, of_item, renamed};
use crate::schema::type_text::type_text as arrow_text;

/// Levels of nesting of a schema at most.
const DEPTH_MAX: usize = 128;

/// A message type: what is written for each row, in field order.
#[derive(Debug, Default)]
pub struct MessagePlan {
    /// Fields with a column, by number.
    pub fields: Vec<FieldPlan>,
    /// The column of raw unknown fields.
    pub unknown: Option<usize>,
    /// Columns of which one at most may be set in a row, by number of their fields.
    pub exclusive: Vec<(String, Vec<usize>)>,
    /// Columns of nothing but nulls for fields that have no null: what is lost, and the name of the field.
    pub nulls: Vec<(usize, Code, String)>,
}

impl MessagePlan {
    /// Whether a column of ProtoJSON text is written as a message.
    pub fn has_text(&self) -> bool {
        self.fields.iter().any(|field| match &field.many {
            ManyPlan::One(value)
            | ManyPlan::List { item: value, .. }
            | ManyPlan::Map { value, .. }
            | ManyPlan::Branch { value, .. } => match value {
                ValuePlan::Raw { json, .. } => *json,
                ValuePlan::Message { plan, .. } | ValuePlan::Around(plan) => plan.has_text(),
                _ => false,
            },
        })
    }
}

/// A field.
#[derive(Debug)]
pub struct FieldPlan {
    /// Name of the column, for messages.
    pub name: String,
    /// The type of the field: `repeated int64`.
    pub text: String,
    /// Index of the column; `None`: the array at hand itself.
    pub column: Option<usize>,
    /// Field number.
    pub number: u32,
    /// What absence means.
    pub presence: Presence,
    /// The shape of the column.
    pub many: ManyPlan,
}

/// One value, or several.
#[derive(Debug)]
pub enum ManyPlan {
    /// One.
    One(ValuePlan),
    /// A list.
    List {
        /// Its elements.
        item: ValuePlan,
        /// All in one length-delimited field.
        packed: bool,
    },
    /// A map.
    Map {
        /// Its keys.
        key: Scalar,
        /// Its values.
        value: ValuePlan,
    },
    /// A branch of a union.
    Branch {
        /// The type id.
        id: i8,
        /// Its values.
        value: ValuePlan,
    },
}

/// One value.
#[derive(Debug)]
pub enum ValuePlan {
    /// A scalar.
    Scalar(Scalar),
    /// The number of a symbol.
    Enum(Arc<Enum>),
    /// A struct.
    Message {
        /// Its fields.
        plan: MessagePlan,
        /// Between tags instead of behind a length.
        group: bool,
    },
    /// A message that holds the array at hand in its fields.
    Around(MessagePlan),
    /// A message that is already encoded.
    Raw {
        /// Index in the pool, to check the bytes.
        message: usize,
        /// Between tags instead of behind a length.
        group: bool,
        /// The column holds ProtoJSON text.
        json: bool,
    },
    /// A well-known type.
    Known(Known),
    /// Text as the string of a `google.protobuf.Value`.
    StringValue,
    /// Values of any type as what they are in JSON.
    Json(Known),
    /// The text of a `google.type.Decimal`.
    DecimalText {
        /// Text of nothing is one: it was read from a message without its field.
        empty: bool,
    },
    /// Months, days, nanoseconds.
    Interval,
}

impl ValuePlan {
    /// The wire type.
    pub fn wire(&self) -> u8 {
        match self {
            ValuePlan::Scalar(scalar) => scalar.wire(),
            ValuePlan::Enum(_) => wire::VARINT,
            ValuePlan::Message { group: true, .. } | ValuePlan::Raw { group: true, .. } => wire::START,
            _ => wire::LENGTH,
        }
    }
}

/// Pairs the columns with the fields of a message.
///
/// # Errors
/// `Schema`: a column has no field, a pair of types cannot hold the same values, a required field has no column.
pub fn message(pool: &Pool, index: usize, columns: &Fields) -> Result<MessagePlan> {
    Planner { pool, depth: 0 }.message(index, columns)
}

/// The same for each column alone, so that what is wrong with one hides no other; and the required field that has none,
/// if there is one.
pub fn columns(pool: &Pool, index: usize, columns: &Fields) -> (Vec<Result<MessagePlan>>, Result<()>) {
    let message = &pool.messages[index];
    let mut taken = vec![false; message.fields.len()];
    let names = Names::of(pool, message);
    let plans = columns.iter().enumerate().map(|(index, column)| {
        let mut plan = MessagePlan::default();
        let target = names.target(index, column)?;
        Planner { pool, depth: 1 }.column(message, (index, target), column, &mut taken, &mut plan)?;
        Ok(plan)
    });
    let plans = plans.collect();
    (plans, required(message, &taken))
}

/// Fails if a required field is not taken.
fn required(message: &Message, taken: &[bool]) -> Result<()> {
    let mut open =
        message.fields.iter().zip(taken).filter(|(field, taken)| field.presence == Presence::Required && !**taken);
    match open.next() {
        None => Ok(()),
        Some((field, _)) => Err(Error::schema(format!(
            "field {} of message {} is required, but there is no such column",
            field.name, message.name
        ))),
    }
}

struct Planner<'a> {
    pool: &'a Pool,
    depth: usize,
}

impl Planner<'_> {
    fn message(&mut self, index: usize, columns: &Fields) -> Result<MessagePlan> {
        if self.depth >= DEPTH_MAX {
            return Err(Error::limit(format!("the schema is nested more than {DEPTH_MAX} deep")));
        }
        self.depth += 1;
        let message = &self.pool.messages[index];
        let mut plan = MessagePlan::default();
        let mut taken = vec![false; message.fields.len()];
        let names = Names::of(self.pool, message);
        for (column_index, column) in columns.iter().enumerate() {
            let target = names.target(column_index, column)?;
            self.column(message, (column_index, target), column, &mut taken, &mut plan)?;
        }
        required(message, &taken)?;
        plan.fields.sort_by_key(|field| field.number);
        // Every optional field is a oneof of its own, so this must be one pass.
        let oneof_of: HashMap<u32, u32> =
            message.fields.iter().filter_map(|field| Some((field.number, field.oneof?))).collect();
        let mut members = vec![Vec::new(); message.oneofs.len()];
        for field in plan.fields.iter().filter(|field| matches!(field.many, ManyPlan::One(_))) {
            if let (Some(oneof), Some(column)) = (oneof_of.get(&field.number), field.column) {
                members[*oneof as usize].push(column);
            }
        }
        for (name, members) in message.oneofs.iter().zip(members) {
            if members.len() > 1 {
                plan.exclusive.push((name.clone(), members));
            }
        }
        self.depth -= 1;
        Ok(plan)
    }

    /// Pairs one column with its field; `taken` tells the fields that have a column.
    fn column(
        &mut self,
        message: &Message,
        (index, target): (usize, Target),
        column: &Column,
        taken: &mut [bool],
        plan: &mut MessagePlan,
    ) -> Result<()> {
        match target {
            Target::Unknown => plan.unknown = Some(index),
            Target::Oneof(oneof) => {
                for (field, taken) in message.fields.iter().zip(taken) {
                    if field.oneof == Some(oneof as u32) {
                        take(message, field, taken, column)?;
                    }
                }
                plan.fields.extend(self.union(message, oneof, column, Some(index))?);
            }
            Target::Field(at) => {
                let field = &message.fields[at];
                take(message, field, &mut taken[at], column)?;
                if column.data_type() == &DataType::Null && field.presence != Presence::Required {
                    let lost = match (field.many, field.presence) {
                        (Many::List | Many::Map, _) => Some(Code::NullList),
                        (_, Presence::Implicit) => Some(Code::Presence),
                        _ => None,
                    };
                    plan.nulls.extend(lost.map(|code| (index, code, field.name.clone())));
                    return Ok(());
                }
                let field = self.field(field, column, Some(index));
                plan.fields.push(field.map_err(|error| error.in_column(column.name()))?);
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &Field, column: &Column, index: Option<usize>) -> Result<FieldPlan> {
        let plain = unencoded(column.data_type());
        let many = match (field.many, plain) {
            (Many::One, _) => ManyPlan::One(self.value(field, field.kind, column, plain)?),
            (Many::List, DataType::Map(entries, _)) => {
                ManyPlan::List { item: self.value(field, field.kind, entries, entries.data_type())?, packed: false }
            }
            (Many::List, plain) => {
                let item = element(plain).ok_or_else(|| mismatch(field, column, self.pool))?;
                let item = &of_item(column, item);
                let value = self
                    .value(field, field.kind, item, unencoded(item.data_type()))
                    .map_err(|error| error.in_column("[]"))?;
                ManyPlan::List { item: value, packed: field.packed }
            }
            (Many::Map, DataType::Map(entries, _)) => {
                let DataType::Struct(pair) = entries.data_type() else {
                    return Err(mismatch(field, column, self.pool));
                };
                let (Kind::Message(entry), [key_column, value_column]) = (field.kind, &pair[..]) else {
                    return Err(mismatch(field, column, self.pool));
                };
                let inner = |number| self.pool.messages[entry].fields.iter().find(|field| field.number == number);
                let (Some(key), Some(value)) = (inner(1), inner(2)) else {
                    return Err(mismatch(field, column, self.pool));
                };
                // What a hint says, it says of the field: the entry is of no one's making.
                let of_map = |part: &Field| Field { hinted: part.hinted || field.hinted, ..part.clone() };
                let (key, value) = (of_map(key), of_map(value));
                let Kind::Scalar(key_scalar) = key.kind else { return Err(mismatch(field, column, self.pool)) };
                self.value(&key, key.kind, key_column, unencoded(key_column.data_type()))
                    .map_err(|error| error.in_column("key"))?;
                let value_column = &of_item(column, value_column);
                let value = self
                    .value(&value, value.kind, value_column, unencoded(value_column.data_type()))
                    .map_err(|error| error.in_column("value"))?;
                ManyPlan::Map { key: key_scalar, value }
            }
            (Many::Map, _) => return Err(mismatch(field, column, self.pool)),
        };
        Ok(FieldPlan {
            name: column.name().clone(),
            text: type_text(field, self.pool),
            column: index,
            number: field.number,
            presence: field.presence,
            many,
        })
    }

    /// Branches of a union and members of a oneof, paired in order; a null branch is the unset oneof.
    fn union(
        &mut self,
        message: &Message,
        oneof: usize,
        column: &Column,
        index: Option<usize>,
    ) -> Result<Vec<FieldPlan>> {
        let DataType::Union(branches, _) = column.data_type() else {
            return Err(Error::schema(format!(
                "type {} cannot be written to oneof {}",
                arrow_text(column.data_type()),
                message.oneofs[oneof]
            ))
            .in_column(column.name()));
        };
        let members: Vec<&Field> = message.fields.iter().filter(|field| field.oneof == Some(oneof as u32)).collect();
        let unset = unset_branch(branches);
        let branches: Vec<_> = branches.iter().filter(|(id, _)| Some(*id) != unset).collect();
        if members.len() != branches.len() {
            return Err(Error::schema(format!(
                "a union of {} branches cannot be written to oneof {} with {} members",
                branches.len(),
                message.oneofs[oneof],
                members.len()
            ))
            .in_column(column.name()));
        }
        let mut plans = Vec::new();
        for (member, (id, branch)) in members.into_iter().zip(branches) {
            let value = self
                .value(member, member.kind, branch, unencoded(branch.data_type()))
                .map_err(|error| error.in_column(branch.name()).in_column(column.name()))?;
            plans.push(FieldPlan {
                name: column.name().clone(),
                text: type_text(member, self.pool),
                column: index,
                number: member.number,
                presence: Presence::Explicit,
                many: ManyPlan::Branch { id, value },
            });
        }
        Ok(plans)
    }

    /// The symbols of an enum; those that the enum of the column calls otherwise as well, under their names there.
    fn symbols(&self, index: usize, column: &Column) -> Arc<Enum> {
        let names = &self.pool.symbols[index];
        let Some(from) = Symbols::of(column) else { return names.clone() };
        let to = Symbols {
            name: Some(names.name.clone()),
            symbols: names.values.iter().map(|(name, _)| name.clone()).collect(),
            numbers: Some(names.values.iter().map(|(_, number)| *number).collect()),
            closed: Some(names.closed),
        };
        let mut more: Vec<(String, i32)> =
            renamed(&from, &to).into_iter().filter_map(|(symbol, name)| Some((symbol, names.number(&name)?))).collect();
        if more.is_empty() {
            return names.clone();
        }
        more.sort();
        let mut both = Enum::clone(names);
        both.values.append(&mut more);
        Arc::new(both)
    }

    fn value(&mut self, field: &Field, kind: Kind, column: &Column, plain: &DataType) -> Result<ValuePlan> {
        let fail = || Err(mismatch(field, column, self.pool));
        let (index, group) = match kind {
            Kind::Scalar(Scalar::String) if is_encoded(column) && is_bytes(plain) => return fail(),
            Kind::Scalar(scalar) if holds(scalar, plain, column, field.hinted) => return Ok(ValuePlan::Scalar(scalar)),
            Kind::Enum(index) if plain.is_integer() || is_text(plain) || plain == &DataType::Null => {
                return Ok(ValuePlan::Enum(self.symbols(index, column)));
            }
            Kind::Scalar(_) | Kind::Enum(_) => return fail(),
            Kind::Message(index) => (index, false),
            Kind::Group(index) => (index, true),
        };
        let message = &self.pool.messages[index];
        if let Some(known) = Known::written(&message.name).filter(|_| !group) {
            match (known, plain) {
                (Known::Wrapper(scalar), _) if holds(scalar, plain, column, false) => {
                    return Ok(ValuePlan::Around(around(Presence::Implicit, ManyPlan::One(ValuePlan::Scalar(scalar)))));
                }
                (Known::FieldMask, plain)
                    if element(plain).is_some_and(|item| is_text(unencoded(item.data_type()))) =>
                {
                    let item = ValuePlan::Scalar(Scalar::String);
                    return Ok(ValuePlan::Around(around(Presence::Explicit, ManyPlan::List { item, packed: false })));
                }
                (Known::TimestampNanoseconds, DataType::Timestamp(..))
                | (Known::Duration, DataType::Duration(_))
                | (Known::Date, DataType::Date32 | DataType::Date64)
                | (Known::TimeOfDay, DataType::Time32(_) | DataType::Time64(_)) => return Ok(ValuePlan::Known(known)),
                (Known::DateTimeNanoseconds, DataType::Timestamp(_, None)) => return Ok(ValuePlan::Known(known)),
                (Known::ConfluentDecimal, plain) if is_text(plain) || plain.is_decimal() => {
                    return Ok(ValuePlan::Known(known));
                }
                (known, plain) if is_message_of_json(known) && is_text(plain) && is_json(column) => {
                    return Ok(ValuePlan::Known(known));
                }
                // It is a string, whatever it looks like.
                (Known::Value, plain) if is_text(plain) => return Ok(ValuePlan::StringValue),
                // The members of a struct are those of an object, not the fields of the message.
                (known, plain) if is_of_json(known, plain) => return Ok(ValuePlan::Json(known)),
                (Known::Decimal, plain) if is_text(plain) || plain.is_decimal() => {
                    let text = match is_text(plain) {
                        true => ValuePlan::DecimalText { empty: was(known, column) },
                        false => ValuePlan::Scalar(Scalar::String),
                    };
                    return Ok(ValuePlan::Around(around(Presence::Implicit, ManyPlan::One(text))));
                }
                // As a struct, or as raw bytes.
                _ => {}
            }
        }
        match plain {
            _ if message.wrapper => {
                let message = message.clone();
                match (&message.fields[..], plain) {
                    (_, DataType::Union(..)) => {
                        let fields = self.union(&message, 0, &column.clone().with_data_type(plain.clone()), None)?;
                        Ok(ValuePlan::Around(MessagePlan { fields, ..MessagePlan::default() }))
                    }
                    ([only], _) => {
                        let inner = self.field(only, column, None)?;
                        Ok(ValuePlan::Around(MessagePlan { fields: vec![inner], ..MessagePlan::default() }))
                    }
                    _ => fail(),
                }
            }
            DataType::Struct(columns) => Ok(ValuePlan::Message { plan: self.message(index, columns)?, group }),
            plain if is_bytes(plain) && is_of_another(column, message) => fail(),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
                Ok(ValuePlan::Raw { message: index, group, json: false })
            }
            plain if is_text(plain) && is_json_text(column) => Ok(ValuePlan::Raw { message: index, group, json: true }),
            DataType::Interval(_) if is_interval(message) => Ok(ValuePlan::Interval),
            _ => fail(),
        }
    }
}

fn around(presence: Presence, many: ManyPlan) -> MessagePlan {
    let field = FieldPlan { name: String::new(), text: String::new(), column: None, number: 1, presence, many };
    MessagePlan { fields: vec![field], ..MessagePlan::default() }
}

fn is_interval(message: &Message) -> bool {
    let expected = [("months", Scalar::Sint32), ("days", Scalar::Sint32), ("nanos", Scalar::Sint64)];
    message.fields.len() == expected.len()
        && message.fields.iter().zip(expected).enumerate().all(|(index, (field, (name, scalar)))| {
            field.name == name && field.kind == Kind::Scalar(scalar) && field.number as usize == index + 1
        })
}

/// Whether it is text.
pub fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether it is bytes, which can be text: each value is checked.
pub fn is_bytes(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

/// Whether a column holds encoded messages.
fn is_encoded(column: &Column) -> bool {
    column.metadata().get("fmtconv.logical").is_some_and(|logical| logical == "proto:message")
}

/// Whether messages of a well-known type hold JSON.
fn is_message_of_json(known: Known) -> bool {
    matches!(known, Known::Struct | Known::Value | Known::ListValue)
}

/// Whether the text of a column is JSON: it says so, or it was read from such a message.
fn is_json(column: &Column) -> bool {
    is_json_text(column) || [Known::Struct, Known::Value, Known::ListValue].iter().any(|known| was(*known, column))
}

/// Whether JSON has such values, and a message of JSON holds them.
fn is_of_json(known: Known, plain: &DataType) -> bool {
    let object = match plain {
        DataType::Struct(_) => true,
        DataType::Map(entries, _) => matches!(entries.data_type(), DataType::Struct(pair)
            if pair.first().is_some_and(|key| is_text(unencoded(key.data_type())))),
        _ => false,
    };
    match known {
        Known::Struct => object,
        Known::ListValue => element(plain).is_some(),
        Known::Value => {
            let single = plain == &DataType::Boolean || plain.is_integer() || plain.is_floating();
            single || object || element(plain).is_some()
        }
        _ => false,
    }
}

/// Whether a column was read from messages of a well-known type.
fn was(known: Known, column: &Column) -> bool {
    column.metadata().get("proto.wkt").is_some_and(|wkt| wkt == known_name(known))
}

/// Whether a column holds encoded messages of a well-known type, and the message is another.
fn is_of_another(column: &Column, message: &Message) -> bool {
    let name = column.metadata().get("proto.message").filter(|_| is_encoded(column));
    let known = |name: &str| name.starts_with("google.protobuf.");
    name.is_some_and(|name| *name != message.name && (known(name) || known(&message.name)))
}

/// Whether a column is of the extension type `arrow.uuid`.
pub fn is_uuid(column: &Column) -> bool {
    unencoded(column.data_type()) == &DataType::FixedSizeBinary(16) && extension_of(column) == Some("arrow.uuid")
}

/// Whether a scalar field can hold values of a type, each exactly or refused; with a hint that says what they are, also
/// those whose meaning the field itself does not tell.
fn holds(scalar: Scalar, plain: &DataType, column: &Column, hinted: bool) -> bool {
    if plain == &DataType::Null {
        return true;
    }
    match scalar {
        Scalar::Double | Scalar::Float => plain.is_floating() || plain.is_integer(),
        Scalar::Bool => plain == &DataType::Boolean,
        Scalar::String => is_text(plain) || is_bytes(plain) || plain.is_decimal() || is_uuid(column),
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => plain.is_integer() || hinted && plain == &DataType::Date32,
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => {
            plain.is_integer() || hinted && matches!(plain, DataType::Timestamp(_, None))
        }
        Scalar::Bytes => {
            is_text(plain)
                || hinted && plain.is_decimal()
                || matches!(
                    plain,
                    DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_)
                )
        }
        _ => plain.is_integer(),
    }
}

/// The type of a field, as it stands in a schema: `repeated pkg.Color`.
fn type_text(field: &Field, pool: &Pool) -> String {
    let name = |kind: Kind| match kind {
        Kind::Scalar(scalar) => scalar.name(),
        Kind::Enum(index) => &pool.enums[index].name,
        Kind::Message(index) | Kind::Group(index) => &pool.messages[index].name,
    };
    match (field.many, field.kind) {
        (Many::Map, Kind::Message(entry)) => {
            let inner = |number| pool.messages[entry].fields.iter().find(|field| field.number == number);
            let inner = |number| inner(number).map_or("", |field| name(field.kind));
            format!("map<{}, {}>", inner(1), inner(2))
        }
        (Many::List, kind) => format!("repeated {}", name(kind)),
        (_, kind) => name(kind).to_owned(),
    }
}

fn mismatch(field: &Field, column: &Column, pool: &Pool) -> Error {
    let field_text = format!("`{} {}`", type_text(field, pool), field.name);
    let text = arrow_text(column.data_type());
    let error = Error::schema(format!("type {text} cannot be written to field {field_text}"));
    if is_encoded(column) {
        return error.with_hint("the column holds encoded messages: read them with --from-opt struct=json");
    }
    if is_text(unencoded(column.data_type())) {
        return error.with_hint("read CSV or JSON with the types of the target: --schema FILE.proto");
    }
    if let Kind::Message(index) = field.kind
        && Known::written(&pool.messages[index].name).is_some_and(is_message_of_json)
    {
        return error.with_hint("read the column as JSON: --reader-schema FILE.proto");
    }
    error.with_hint(
        "the column must have a type that the field holds: see both with fmtconv schema show; without --schema, one is made \
         for the columns",
    )
}
