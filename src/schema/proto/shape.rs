//! A message as a finite tree of columns: what the wire decoder is compiled from, and what the Arrow schema prints.
//!
//! Messages are unfolded; where a message would contain itself, the field is cut and holds raw bytes.

use std::sync::Arc;

use super::hint::Hint;
use super::pool::{Enum, Field, Kind, Many, Pool, Presence, Scalar};
use crate::error::{Error, Result};

/// Columns of one schema at most: nested types can multiply without end.
const COLUMNS_MAX: usize = 1 << 17;
/// Messages inside one another at most: each is on the stack of all who walk the columns.
const DEPTH_MAX: usize = 256;

/// How messages become columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ReadAs {
    /// What `google.protobuf.Timestamp` becomes.
    pub timestamp: TimestampAs,
    /// `google.protobuf.Duration` as a plain struct.
    pub duration_struct: bool,
    /// `google.type.Date` and `TimeOfDay` as plain structs.
    pub date_struct: bool,
    /// What `google.type.DateTime` becomes.
    pub datetime: DateTimeAs,
    /// What decimals become.
    pub decimal: DecimalAs,
    /// Enums as their numbers.
    pub enum_int: bool,
    /// What text becomes.
    pub text: TextAs,
    /// Whether messages get an `_unknown` column.
    pub keep_unknown: bool,
    /// Whether a message that contains itself is ProtoJSON text there, instead of its bytes.
    pub recursion_json: bool,
    /// How often a message is unfolded inside itself before that.
    pub unroll: u8,
    /// Whether `google.protobuf.Any` is ProtoJSON text.
    pub any_json: bool,
    /// `google.protobuf.Struct`, `Value` and `ListValue` as their bytes, not as JSON text.
    pub struct_bytes: bool,
    /// Whether a oneof is a union, instead of a column for each member.
    pub oneof_union: bool,
    /// Whether absent values are the declared defaults of their fields.
    pub apply_defaults: bool,
    /// Whether hints in the options of the schema are passed over.
    pub ignore_hints: bool,
}

/// What text becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TextAs {
    /// Text, which must be UTF-8.
    #[default]
    Utf8,
    /// Text, with U+FFFD for what is not UTF-8.
    Replaced,
    /// Text, each byte of a value that is not UTF-8 taken as a character of ISO 8859-1.
    Latin1,
    /// Bytes.
    Binary,
}

/// What `google.protobuf.Timestamp` becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TimestampAs {
    /// Nanoseconds: 1677 to 2262.
    #[default]
    Nanoseconds,
    /// Microseconds: all years, no nanoseconds.
    Microseconds,
    /// A struct of seconds and nanos: always exact.
    Struct,
}

/// What `google.type.DateTime` becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DateTimeAs {
    /// A struct of its parts, which may have an offset, or lack a year.
    #[default]
    Struct,
    /// A local timestamp in nanoseconds: 1677 to 2262.
    Nanoseconds,
    /// A local timestamp in microseconds: years 1 to 9999.
    Microseconds,
}

/// What `google.type.Decimal` and `confluent.type.Decimal` become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DecimalAs {
    /// Text with all digits.
    #[default]
    Text,
    /// A struct of its parts.
    Struct,
    /// A decimal of so many digits, of them so many behind the point.
    Decimal(u8, i8),
}

impl std::fmt::Display for ReadAs {
    /// `timestamp=us,date=struct`: what is not the default.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let timestamp = match self.timestamp {
            TimestampAs::Nanoseconds => "",
            TimestampAs::Microseconds => "timestamp=us",
            TimestampAs::Struct => "timestamp=struct",
        };
        let duration = if self.duration_struct { "duration=struct" } else { "" };
        let date = if self.date_struct { "date=struct" } else { "" };
        let datetime = match self.datetime {
            DateTimeAs::Struct => "",
            DateTimeAs::Nanoseconds => "datetime=ns",
            DateTimeAs::Microseconds => "datetime=us",
        };
        let decimal = match self.decimal {
            DecimalAs::Text => String::new(),
            DecimalAs::Struct => "decimal=struct".to_owned(),
            DecimalAs::Decimal(precision, scale) => format!("decimal={precision}:{scale}"),
        };
        let enums = if self.enum_int { "enum=int" } else { "" };
        let text = match self.text {
            TextAs::Utf8 => "",
            TextAs::Replaced => "invalid-utf8=replace",
            TextAs::Latin1 => "invalid-utf8=latin1",
            TextAs::Binary => "invalid-utf8=binary",
        };
        let unknown = if self.keep_unknown { "unknown=keep" } else { "" };
        let recursion = match (self.recursion_json, self.unroll) {
            (false, _) => String::new(),
            (true, 0) => "recursion=json".to_owned(),
            (true, levels) => format!("recursion=unroll:{levels}"),
        };
        let any = if self.any_json { "any=json" } else { "" };
        let json = if self.struct_bytes { "struct=bytes" } else { "" };
        let oneof = if self.oneof_union { "oneof=union" } else { "" };
        let defaults = if self.apply_defaults { "apply-defaults=true" } else { "" };
        let hints = if self.ignore_hints { "hints=false" } else { "" };
        let parts = [timestamp, duration, date, datetime, &decimal, enums, text, unknown, &recursion, any, oneof];
        let parts = parts.into_iter().chain([json, defaults, hints]);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        f.write_str(&parts.join(","))
    }
}

impl std::str::FromStr for ReadAs {
    type Err = ();

    /// What [`Display`](std::fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut read = ReadAs::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            match part {
                "timestamp=us" => read.timestamp = TimestampAs::Microseconds,
                "timestamp=struct" => read.timestamp = TimestampAs::Struct,
                "duration=struct" => read.duration_struct = true,
                "date=struct" => read.date_struct = true,
                "datetime=ns" => read.datetime = DateTimeAs::Nanoseconds,
                "datetime=us" => read.datetime = DateTimeAs::Microseconds,
                "decimal=struct" => read.decimal = DecimalAs::Struct,
                "enum=int" => read.enum_int = true,
                "invalid-utf8=replace" => read.text = TextAs::Replaced,
                "invalid-utf8=latin1" => read.text = TextAs::Latin1,
                "invalid-utf8=binary" => read.text = TextAs::Binary,
                "unknown=keep" => read.keep_unknown = true,
                "recursion=json" => read.recursion_json = true,
                "any=json" => read.any_json = true,
                "struct=bytes" => read.struct_bytes = true,
                "oneof=union" => read.oneof_union = true,
                "apply-defaults=true" => read.apply_defaults = true,
                "hints=false" => read.ignore_hints = true,
                _ if part.starts_with("decimal=") => {
                    let (precision, scale) = part["decimal=".len()..].split_once(':').ok_or(())?;
                    let (precision, scale) = (precision.parse().map_err(drop)?, scale.parse().map_err(drop)?);
                    read.decimal = DecimalAs::Decimal(precision, scale);
                }
                _ => {
                    let levels = part.strip_prefix("recursion=unroll:").ok_or(())?;
                    read.unroll = levels.parse().map_err(|_| ())?;
                    read.recursion_json = true;
                }
            }
        }
        Ok(read)
    }
}

/// A message: one slot a field.
#[derive(Clone, Debug)]
pub struct Record {
    /// Index in the pool.
    pub message: usize,
    /// Full name.
    pub name: String,
    /// Fields, in declaration order.
    pub slots: Vec<Slot>,
    /// How many oneofs the message declares.
    pub oneofs: usize,
    /// Whether unknown fields are kept in a last column. Not in messages that become one value: it has no such column.
    pub keep_unknown: bool,
}

/// A field with the type of its column.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Column name.
    pub name: String,
    /// Field number.
    pub number: u32,
    /// One, list or map.
    pub many: Many,
    /// The key of a map.
    pub key: Option<Scalar>,
    /// A single value, the element of a list, the value of a map.
    pub value: Value,
    /// What absence means; for a map or list: `Implicit`.
    pub presence: Presence,
    /// Index of the oneof.
    pub oneof: Option<u32>,
    /// The descriptor of the field.
    pub field: Field,
    /// Name of the oneof.
    pub oneof_name: Option<String>,
}

/// The column type of one value.
#[derive(Clone, Debug)]
pub enum Value {
    /// Number, boolean, text, bytes.
    Scalar(Scalar),
    /// Names of an enum.
    Enum(Arc<Enum>),
    /// Numbers of an enum.
    EnumInt(Arc<Enum>),
    /// A struct.
    Message(Box<Record>),
    /// A struct between start and end tags.
    Group(Box<Record>),
    /// A message that is not unfolded: one that contains itself.
    Raw {
        /// Index in the pool.
        message: usize,
        /// Whether it stands between start and end tags.
        group: bool,
        /// As ProtoJSON text, instead of its bytes.
        json: bool,
    },
    /// A well-known type that is a column of its own.
    Known(Known),
}

/// Well-known types that do not become structs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// `google.protobuf.Timestamp`, in nanoseconds.
    TimestampNanoseconds,
    /// `google.protobuf.Timestamp`, in microseconds.
    TimestampMicroseconds,
    /// `google.protobuf.Duration`, in nanoseconds.
    Duration,
    /// `google.protobuf.Duration`, in microseconds: all that is legal.
    DurationMicroseconds,
    /// `google.protobuf.Int32Value` and its siblings.
    Wrapper(Scalar),
    /// `google.protobuf.Struct`
    Struct,
    /// `google.protobuf.Value`
    Value,
    /// `google.protobuf.ListValue`
    ListValue,
    /// `google.protobuf.FieldMask`
    FieldMask,
    /// `google.type.Date`
    Date,
    /// `google.type.TimeOfDay`
    TimeOfDay,
    /// `google.type.DateTime` without an offset, in nanoseconds.
    DateTimeNanoseconds,
    /// The same in microseconds: all that is legal.
    DateTimeMicroseconds,
    /// `google.type.Decimal`
    Decimal,
    /// `confluent.type.Decimal`
    ConfluentDecimal,
}

impl Known {
    /// The type of this full name, read as `read` says.
    pub fn of(name: &str, read: ReadAs) -> Option<Known> {
        Some(match name {
            "google.protobuf.Timestamp" => match read.timestamp {
                TimestampAs::Nanoseconds => Known::TimestampNanoseconds,
                TimestampAs::Microseconds => Known::TimestampMicroseconds,
                TimestampAs::Struct => return None,
            },
            "google.protobuf.Duration" if !read.duration_struct => Known::Duration,
            "google.protobuf.DoubleValue" => Known::Wrapper(Scalar::Double),
            "google.protobuf.FloatValue" => Known::Wrapper(Scalar::Float),
            "google.protobuf.Int64Value" => Known::Wrapper(Scalar::Int64),
            "google.protobuf.UInt64Value" => Known::Wrapper(Scalar::Uint64),
            "google.protobuf.Int32Value" => Known::Wrapper(Scalar::Int32),
            "google.protobuf.UInt32Value" => Known::Wrapper(Scalar::Uint32),
            "google.protobuf.BoolValue" => Known::Wrapper(Scalar::Bool),
            "google.protobuf.StringValue" => Known::Wrapper(Scalar::String),
            "google.protobuf.BytesValue" => Known::Wrapper(Scalar::Bytes),
            "google.protobuf.Struct" => Known::Struct,
            "google.protobuf.Value" => Known::Value,
            "google.protobuf.ListValue" => Known::ListValue,
            "google.protobuf.FieldMask" => Known::FieldMask,
            "google.type.Date" if !read.date_struct => Known::Date,
            "google.type.TimeOfDay" if !read.date_struct => Known::TimeOfDay,
            "google.type.DateTime" => match read.datetime {
                DateTimeAs::Struct => return None,
                DateTimeAs::Nanoseconds => Known::DateTimeNanoseconds,
                DateTimeAs::Microseconds => Known::DateTimeMicroseconds,
            },
            "google.type.Decimal" if read.decimal != DecimalAs::Struct => Known::Decimal,
            "confluent.type.Decimal" if read.decimal != DecimalAs::Struct => Known::ConfluentDecimal,
            _ => return None,
        })
    }

    /// The type of this full name as a column can be written to it, however it is read.
    pub fn written(name: &str) -> Option<Known> {
        Known::of(name, ReadAs { datetime: DateTimeAs::Nanoseconds, ..ReadAs::default() })
    }
}

/// Unfolds a message.
///
/// # Errors
/// `Unsupported` for message sets; `Schema` if the descriptor makes no sense; `Limit` for too many columns.
pub fn record(pool: &Pool, message: usize, read: ReadAs) -> Result<Record> {
    Unfold { pool, read, path: Vec::new(), columns: 0 }.record(message)
}

struct Unfold<'a> {
    pool: &'a Pool,
    read: ReadAs,
    /// The messages that contain the one being unfolded.
    path: Vec<usize>,
    columns: usize,
}

impl Unfold<'_> {
    fn record(&mut self, index: usize) -> Result<Record> {
        let pool = self.pool;
        let message = &pool.messages[index];
        if message.message_set {
            return Err(Error::unsupported(format!("message {} uses the message set encoding", message.name))
                .with_hint("a message that has it as a field can be read"));
        }
        let mut numbers: Vec<u32> = message.fields.iter().map(|field| field.number).collect();
        numbers.sort_unstable();
        if let Some(pair) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::schema(format!("message {} has two fields with number {}", message.name, pair[0])));
        }
        if self.path.len() == DEPTH_MAX {
            let outermost = &pool.messages[self.path[0]].name;
            return Err(Error::limit(format!("message {outermost} holds messages in more than {DEPTH_MAX} levels"))
                .with_hint("read a message that is further inside"));
        }
        self.path.push(index);
        let slots = message.fields.iter().map(|field| self.slot(index, field)).collect::<Result<Vec<_>>>()?;
        self.path.pop();
        Ok(Record {
            message: index,
            name: message.name.clone(),
            slots,
            oneofs: message.oneofs.len(),
            keep_unknown: self.read.keep_unknown,
        })
    }

    fn slot(&mut self, message: usize, field: &Field) -> Result<Slot> {
        self.columns += 1;
        if self.columns > COLUMNS_MAX {
            return Err(Error::limit(format!(
                "message {} unfolds to more than {COLUMNS_MAX} columns",
                self.pool.messages[self.path[0]].name
            ))
            .with_hint("use a message with fewer nested types"));
        }
        let fail = |what: &str| {
            Err(Error::schema(format!("message {}, field {}: {what}", self.pool.messages[message].name, field.name)))
        };
        let oneof_name = match field.oneof {
            None => None,
            Some(index) => match self.pool.messages[message].oneofs.get(index as usize) {
                Some(name) => Some(name.clone()),
                None => return fail("its oneof does not exist"),
            },
        };
        let (key, kind) = match (field.many, field.kind) {
            (Many::Map, Kind::Message(entry)) => {
                let fields = &self.pool.messages[entry].fields;
                let find = |number| fields.iter().find(|field| field.number == number).map(|field| field.kind);
                match (find(1), find(2)) {
                    (Some(Kind::Scalar(key)), Some(value)) if fields.len() == 2 => (Some(key), value),
                    _ => return fail("its map entry is broken"),
                }
            }
            (_, kind) => (None, kind),
        };
        Ok(Slot {
            name: field.name.clone(),
            number: field.number,
            many: field.many,
            key,
            value: self.hinted_value(kind, message, field)?,
            presence: if field.many == Many::One { field.presence } else { Presence::Implicit },
            oneof: field.oneof,
            field: field.clone(),
            oneof_name,
        })
    }

    /// A value whose hint may name a unit that reaches further than nanoseconds.
    fn hinted_value(&mut self, kind: Kind, message: usize, field: &Field) -> Result<Value> {
        let value = self.value(kind)?;
        let name = &self.pool.messages[message].name;
        let hint = self.pool.hints.field(name, field.number).filter(|_| !self.read.ignore_hints);
        let hint = match field.many {
            Many::One => hint,
            Many::List => hint.and_then(|hint| hint.item.as_deref()),
            Many::Map => hint.and_then(|hint| hint.value.as_deref()),
        };
        let local = hint.and_then(|hint| hint.kind.as_deref()).is_some_and(|kind| kind.starts_with("timestamp["));
        let coarse = |of: &str| {
            let unit = hint.and_then(|hint| hint.kind.as_deref()?.strip_prefix(of)?.strip_prefix('['));
            unit.is_some_and(|unit| !unit.starts_with("ns"))
        };
        Ok(match value {
            Value::Known(Known::TimestampNanoseconds) if coarse("timestamp") => {
                Value::Known(Known::TimestampMicroseconds)
            }
            Value::Known(Known::Duration) if coarse("duration") => Value::Known(Known::DurationMicroseconds),
            Value::Message(record) if record.name == "google.type.DateTime" && local => {
                Value::Known(if coarse("timestamp") { Known::DateTimeMicroseconds } else { Known::DateTimeNanoseconds })
            }
            Value::Message(record) if self.is_one_value(message, field, hint) => {
                Value::Message(Box::new(Record { keep_unknown: false, ..*record }))
            }
            other => other,
        })
    }

    /// Whether hints make an interval of the messages of a field, or entries of a map.
    fn is_one_value(&self, message: usize, field: &Field, hint: Option<&Hint>) -> bool {
        if hint.and_then(|hint| hint.kind.as_deref()).is_some_and(|kind| kind.starts_with("interval[")) {
            return true;
        }
        let whole = self.pool.hints.field(&self.pool.messages[message].name, field.number);
        let kind = whole.filter(|_| !self.read.ignore_hints).and_then(|hint| hint.kind.as_deref());
        field.many == Many::List && matches!(kind, Some("map" | "sorted_map"))
    }

    /// Whether a message goes, and only what it holds stays.
    fn is_unwrapped(&self, record: &Record) -> bool {
        if !self.pool.messages[record.message].wrapper || self.read.ignore_hints {
            return false;
        }
        let union = |oneof: u32| {
            let hint = self.pool.hints.oneof(&record.name, oneof as usize);
            self.read.oneof_union
                || hint.and_then(|hint| hint.kind.as_deref()).is_some_and(|kind| kind.contains("union"))
        };
        match &record.slots[..] {
            [_] => true,
            [first, rest @ ..] => first.oneof.is_some_and(union) && rest.iter().all(|other| other.oneof == first.oneof),
            [] => false,
        }
    }

    fn value(&mut self, kind: Kind) -> Result<Value> {
        let (index, group) = match kind {
            Kind::Scalar(Scalar::String) if self.read.text == TextAs::Binary => {
                return Ok(Value::Scalar(Scalar::Bytes));
            }
            Kind::Scalar(scalar) => return Ok(Value::Scalar(scalar)),
            Kind::Enum(index) if self.read.enum_int => return Ok(Value::EnumInt(self.pool.enums[index].clone())),
            Kind::Enum(index) => {
                let names = if self.read.ignore_hints { &self.pool.enums } else { &self.pool.symbols };
                return Ok(Value::Enum(names[index].clone()));
            }
            Kind::Message(index) => (index, false),
            Kind::Group(index) => (index, true),
        };
        match Known::of(&self.pool.messages[index].name, self.read) {
            Some(Known::Struct | Known::Value | Known::ListValue) if self.read.struct_bytes => {
                return Ok(Value::Raw { message: index, group, json: false });
            }
            Some(known) if !group => return Ok(Value::Known(known)),
            _ => {}
        }
        // A message set is kept as it is: its encoding is its own.
        let inside = self.path.iter().filter(|outer| **outer == index).count();
        if inside > usize::from(self.read.unroll) || self.pool.messages[index].message_set {
            return Ok(Value::Raw { message: index, group, json: self.read.recursion_json });
        }
        if self.read.any_json && self.pool.messages[index].name == "google.protobuf.Any" {
            return Ok(Value::Raw { message: index, group, json: true });
        }
        let mut record = Box::new(self.record(index)?);
        record.keep_unknown &= !self.is_unwrapped(&record);
        Ok(if group { Value::Group(record) } else { Value::Message(record) })
    }
}
