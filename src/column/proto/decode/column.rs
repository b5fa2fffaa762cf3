//! A column under construction. Rows are filled as their fields are met: a row that was not met is padded when a
//! later one is, so that absent fields cost nothing; a row that is met again is overwritten or merged, as the wire
//! format demands.

mod enums;
mod known;
mod plain;
mod texts;

use self::enums::Enums;
pub use self::enums::Names;
use self::known::read_entry;
pub use self::texts::Texts;
use super::bits::Bits;
use super::message::{Context, Messages};
use super::moments::Moments;
use crate::column::proto::wire::{self, Cursor};
use crate::error::Result;
use crate::schema::proto::pool::{Many, Presence, Scalar};
use crate::schema::proto::shape::{Known, Slot, Value};

/// A column under construction.
pub struct Column {
    /// Rows that are there.
    pub len: usize,
    /// Which rows are set; only where a row can be unset.
    pub valid: Option<Bits>,
    /// Whether an unset row is an error.
    pub required: bool,
    /// The wire type of one value.
    pub wire: u8,
    /// Whether the value is field 1 of a message of its own.
    pub wrapped: bool,
    /// The values.
    pub store: Store,
}

/// Values of a column, as many as [`Column::len`].
pub enum Store {
    I32(Scalar, Vec<i32>),
    I64(Scalar, Vec<i64>),
    U32(Scalar, Vec<u32>),
    U64(Scalar, Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bool(Bits),
    Text(Texts),
    Binary(Texts),
    Enum(Enums),
    Message(Box<Messages>),
    /// Bytes of a message, kept encoded.
    Raw {
        bytes: Texts,
        message: usize,
        group: Option<u32>,
        /// Made ProtoJSON text at the end.
        json: bool,
    },
    /// Bytes of a message that is read at the end, when no part of it can follow.
    Whole(Known, Texts),
    /// Seconds and nanos.
    Moment(Moments),
    /// Year, month, day, or hours, minutes, seconds, nanos.
    Parts(Known, Vec<[i32; 4]>),
    List {
        ends: Vec<i32>,
        item: Box<Column>,
    },
    Map {
        ends: Vec<i32>,
        key: Box<Column>,
        value: Box<Column>,
    },
}

impl Column {
    /// The column of a slot.
    pub fn new(slot: &Slot, context: &Context) -> Column {
        match slot.many {
            Many::One => {
                let mut column = Column::of(&slot.value, slot.number, context);
                column.required = slot.presence == Presence::Required;
                if slot.presence != Presence::Implicit {
                    column.valid = Some(Bits::default());
                }
                column
            }
            Many::List => {
                let item = Column::of(&slot.value, slot.number, context);
                let wire = item.wire;
                Column { wire, ..Column::plain(Store::List { ends: Vec::new(), item: Box::new(item) }) }
            }
            Many::Map => {
                let key = Column::of(&Value::Scalar(slot.key.unwrap_or(Scalar::String)), 1, context);
                let value = Column::of(&slot.value, 2, context);
                Column::plain(Store::Map { ends: Vec::new(), key: Box::new(key), value: Box::new(value) })
            }
        }
    }

    fn plain(store: Store) -> Column {
        Column { len: 0, valid: None, required: false, wire: wire::LENGTH, wrapped: false, store }
    }

    /// A column for raw unknown fields.
    pub fn unknown() -> Column {
        Column { valid: Some(Bits::default()), ..Column::plain(Store::Binary(Texts::default())) }
    }

    fn of(value: &Value, number: u32, context: &Context) -> Column {
        match value {
            Value::Scalar(scalar) => Column { wire: scalar.wire(), ..Column::plain(scalar_store(*scalar)) },
            Value::EnumInt(_) => Column { wire: wire::VARINT, ..Column::plain(Store::I32(Scalar::Int32, Vec::new())) },
            Value::Enum(names) => {
                let enums = Enums::new(context.names(names));
                Column { wire: wire::VARINT, ..Column::plain(Store::Enum(enums)) }
            }
            Value::Message(record) => Column::plain(Store::Message(Box::new(Messages::new(record, context)))),
            Value::Group(record) => {
                Column { wire: wire::START, ..Column::plain(Store::Message(Box::new(Messages::new(record, context)))) }
            }
            Value::Raw { message, group, json } => Column {
                wire: if *group { wire::START } else { wire::LENGTH },
                ..Column::plain(Store::Raw {
                    bytes: Texts::default(),
                    message: *message,
                    group: group.then_some(number),
                    json: *json,
                })
            },
            Value::Known(known) => match known {
                Known::Wrapper(scalar) => Column { wrapped: true, ..Column::plain(scalar_store(*scalar)) },
                Known::Decimal => Column { wrapped: true, ..Column::plain(Store::Text(Texts::default())) },
                Known::FieldMask => {
                    let item = Box::new(Column::plain(Store::Text(Texts::default())));
                    Column { wrapped: true, ..Column::plain(Store::List { ends: Vec::new(), item }) }
                }
                Known::TimestampNanoseconds
                | Known::TimestampMicroseconds
                | Known::Duration
                | Known::DurationMicroseconds => Column::plain(Store::Moment(Moments::new(*known))),
                Known::Date | Known::TimeOfDay => Column::plain(Store::Parts(*known, Vec::new())),
                Known::Struct
                | Known::Value
                | Known::ListValue
                | Known::DateTimeNanoseconds
                | Known::DateTimeMicroseconds
                | Known::ConfluentDecimal => Column::plain(Store::Whole(*known, Texts::default())),
            },
        }
    }

    /// Makes `row` there, unset rows before it padded. Rows after it are never there yet.
    #[inline]
    pub fn open(&mut self, row: usize) {
        if self.len <= row {
            self.pad(row);
            self.resize(row + 1);
            if let Some(valid) = &mut self.valid {
                valid.push(true);
            }
            self.len = row + 1;
        }
    }

    /// Makes room for `rows` rows with `bytes` bytes.
    pub fn reserve(&mut self, rows: usize, bytes: usize) {
        if let Some(valid) = &mut self.valid {
            valid.reserve(rows);
        }
        match &mut self.store {
            Store::I32(_, values) => values.reserve(rows),
            Store::I64(_, values) => values.reserve(rows),
            Store::U32(_, values) => values.reserve(rows),
            Store::U64(_, values) => values.reserve(rows),
            Store::F32(values) => values.reserve(rows),
            Store::F64(values) => values.reserve(rows),
            Store::Bool(values) => values.reserve(rows),
            Store::Text(texts) | Store::Binary(texts) => {
                texts.offsets.reserve(rows);
                texts.bytes.reserve(bytes);
            }
            Store::Enum(enums) => enums.keys.reserve(rows),
            Store::Moment(moments) => moments.values.reserve(rows),
            _ => {}
        }
    }

    /// Bytes of text, which [`Column::reserve`] makes room for.
    pub fn bytes(&self) -> usize {
        match &self.store {
            Store::Text(texts) | Store::Binary(texts) => texts.bytes.len(),
            _ => 0,
        }
    }

    /// Fills up to `rows` with unset rows.
    pub fn pad(&mut self, rows: usize) {
        if self.len < rows {
            self.resize(rows);
            if let Some(valid) = &mut self.valid {
                valid.grow(rows);
            }
            self.len = rows;
        }
    }

    fn resize(&mut self, rows: usize) {
        match &mut self.store {
            Store::I32(_, values) => values.resize(rows, 0),
            Store::I64(_, values) => values.resize(rows, 0),
            Store::U32(_, values) => values.resize(rows, 0),
            Store::U64(_, values) => values.resize(rows, 0),
            Store::F32(values) => values.resize(rows, 0.0),
            Store::F64(values) => values.resize(rows, 0.0),
            Store::Bool(values) => values.grow(rows),
            Store::Text(texts) | Store::Binary(texts) | Store::Whole(_, texts) => texts.resize(rows),
            Store::Raw { bytes, .. } => bytes.resize(rows),
            Store::Enum(enums) => enums.resize(rows),
            // Its columns are padded when they are next met, or at the end.
            Store::Message(_) => {}
            Store::Moment(moments) => moments.values.resize(rows, 0),
            Store::Parts(_, parts) => parts.resize(rows, [0; 4]),
            Store::List { ends, item } => ends.resize(rows, item.len as i32),
            Store::Map { ends, key, .. } => ends.resize(rows, key.len as i32),
        }
    }

    /// Forgets rows from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        if self.len <= rows {
            return;
        }
        self.len = rows;
        if let Some(valid) = &mut self.valid {
            valid.truncate(rows);
        }
        match &mut self.store {
            Store::I32(_, values) => values.truncate(rows),
            Store::I64(_, values) => values.truncate(rows),
            Store::U32(_, values) => values.truncate(rows),
            Store::U64(_, values) => values.truncate(rows),
            Store::F32(values) => values.truncate(rows),
            Store::F64(values) => values.truncate(rows),
            Store::Bool(values) => values.truncate(rows),
            Store::Text(texts) | Store::Binary(texts) | Store::Whole(_, texts) => texts.truncate(rows),
            Store::Raw { bytes, .. } => bytes.truncate(rows),
            Store::Enum(enums) => enums.keys.truncate(rows),
            Store::Message(messages) => messages.truncate(rows),
            Store::Moment(moments) => moments.truncate(rows),
            Store::Parts(_, parts) => parts.truncate(rows),
            Store::List { ends, item } => {
                ends.truncate(rows);
                item.truncate(ends.last().map_or(0, |end| *end as usize));
            }
            Store::Map { ends, key, value } => {
                ends.truncate(rows);
                let entries = ends.last().map_or(0, |end| *end as usize);
                key.truncate(entries);
                value.truncate(entries);
            }
        }
    }

    /// Whether a field of wire type `wire` is a value (or packed values) of this column.
    #[inline]
    pub fn accepts(&self, wire: u8) -> bool {
        wire == self.wire || wire == wire::LENGTH && matches!(self.store, Store::List { .. }) && is_packable(self.wire)
    }

    /// Reads one occurrence of the field into `row`.
    pub fn read(
        &mut self,
        row: usize,
        wire: u8,
        number: u32,
        cursor: &mut Cursor,
        context: &mut Context,
    ) -> Result<()> {
        if self.wrapped {
            return self.read_wrapped(row, cursor, context);
        }
        self.read_value(row, wire, number, cursor, context)
    }

    #[inline]
    fn read_value(
        &mut self,
        row: usize,
        wire: u8,
        number: u32,
        cursor: &mut Cursor,
        context: &mut Context,
    ) -> Result<()> {
        // The value is read before the row is opened: an error leaves no half row.
        match &mut self.store {
            Store::I32(kind, _) => {
                let value = read_i32(*kind, cursor)?;
                self.open(row);
                if let Store::I32(_, values) = &mut self.store {
                    values[row] = value;
                }
            }
            Store::I64(kind, _) => {
                let value = read_i64(*kind, cursor)?;
                self.open(row);
                if let Store::I64(_, values) = &mut self.store {
                    values[row] = value;
                }
            }
            Store::U32(kind, _) => {
                let value = if *kind == Scalar::Fixed32 { cursor.four()? } else { cursor.varint()? as u32 };
                self.open(row);
                if let Store::U32(_, values) = &mut self.store {
                    values[row] = value;
                }
            }
            Store::U64(kind, _) => {
                let value = if *kind == Scalar::Fixed64 { cursor.eight()? } else { cursor.varint()? };
                self.open(row);
                if let Store::U64(_, values) = &mut self.store {
                    values[row] = value;
                }
            }
            Store::F32(_) => {
                let value = f32::from_bits(cursor.four()?);
                self.open(row);
                if let Store::F32(values) = &mut self.store {
                    values[row] = value;
                }
            }
            Store::F64(_) => {
                let value = f64::from_bits(cursor.eight()?);
                self.open(row);
                if let Store::F64(values) = &mut self.store {
                    values[row] = value;
                }
            }
            Store::Bool(_) => {
                let value = cursor.varint()? != 0;
                self.open(row);
                if let Store::Bool(values) = &mut self.store {
                    values.set(row, value);
                }
            }
            Store::Enum(enums) => {
                let key = enums.key(cursor.varint()? as i32);
                self.open(row);
                if let Store::Enum(enums) = &mut self.store {
                    enums.keys[row] = key;
                }
            }
            Store::Text(texts) | Store::Binary(texts) => {
                if self.len == row {
                    texts.read(cursor)?;
                    if let Some(valid) = &mut self.valid {
                        valid.push(true);
                    }
                    self.len = row + 1;
                } else {
                    let bytes = cursor.delimited()?;
                    self.open(row);
                    if let Store::Text(texts) | Store::Binary(texts) = &mut self.store {
                        texts.replace(row, bytes);
                    }
                }
            }
            Store::Message(_) => {
                self.open(row);
                if let Store::Message(messages) = &mut self.store {
                    messages.read_nested(row, wire, number, cursor, context)?;
                }
            }
            Store::Raw { message, group, .. } => {
                let bytes = context.raw(*message, *group, cursor)?;
                self.open(row);
                if let Store::Raw { bytes: texts, .. } = &mut self.store {
                    texts.append(row, bytes);
                }
            }
            Store::Whole(..) => {
                let bytes = cursor.delimited()?;
                self.open(row);
                if let Store::Whole(_, texts) = &mut self.store {
                    texts.append(row, bytes);
                }
            }
            Store::Moment(..) => {
                self.open(row);
                self.read_moment(row, cursor, context)?;
            }
            Store::Parts(..) => {
                self.open(row);
                self.read_parts(row, cursor, context)?;
            }
            Store::List { .. } => {
                self.open(row);
                if let Store::List { ends, item } = &mut self.store {
                    context.deeper(cursor.position(), |context| {
                        if wire == wire::LENGTH && is_packable(item.wire) {
                            let length = cursor.length()?;
                            let end = cursor.enter(length);
                            item.read_packed(number, cursor, context)?;
                            cursor.leave(end);
                            return Ok(());
                        }
                        item.read(item.len, wire, number, cursor, context).map_err(|error| error.in_column("[]"))
                    })?;
                    ends[row] = item.len as i32;
                }
            }
            Store::Map { .. } => {
                self.open(row);
                if let Store::Map { ends, key, value } = &mut self.store {
                    context.deeper(cursor.position(), |context| read_entry(key, value, cursor, context))?;
                    ends[row] = key.len as i32;
                }
            }
        }
        Ok(())
    }

    /// Appends values up to the end of the cursor.
    fn read_packed(&mut self, number: u32, cursor: &mut Cursor, context: &mut Context) -> Result<()> {
        match &mut self.store {
            Store::F64(values) => {
                values.reserve(cursor.left() / 8);
                while !cursor.is_done() {
                    values.push(f64::from_bits(cursor.eight()?));
                }
                self.len = values.len();
            }
            Store::F32(values) => {
                values.reserve(cursor.left() / 4);
                while !cursor.is_done() {
                    values.push(f32::from_bits(cursor.four()?));
                }
                self.len = values.len();
            }
            Store::I32(kind, values) => {
                while !cursor.is_done() {
                    values.push(read_i32(*kind, cursor)?);
                }
                self.len = values.len();
            }
            Store::I64(kind, values) => {
                while !cursor.is_done() {
                    values.push(read_i64(*kind, cursor)?);
                }
                self.len = values.len();
            }
            _ => {
                while !cursor.is_done() {
                    self.read_value(self.len, self.wire, number, cursor, context)?;
                }
            }
        }
        Ok(())
    }
}

fn scalar_store(scalar: Scalar) -> Store {
    match scalar {
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => Store::I32(scalar, Vec::new()),
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => Store::I64(scalar, Vec::new()),
        Scalar::Uint32 | Scalar::Fixed32 => Store::U32(scalar, Vec::new()),
        Scalar::Uint64 | Scalar::Fixed64 => Store::U64(scalar, Vec::new()),
        Scalar::Float => Store::F32(Vec::new()),
        Scalar::Double => Store::F64(Vec::new()),
        Scalar::Bool => Store::Bool(Bits::default()),
        Scalar::String => Store::Text(Texts::default()),
        Scalar::Bytes => Store::Binary(Texts::default()),
    }
}

/// The wire type of the value inside a wrapper.
fn store_wire(store: &Store) -> u8 {
    match store {
        Store::I32(kind, _) | Store::I64(kind, _) | Store::U32(kind, _) | Store::U64(kind, _) => kind.wire(),
        Store::F32(_) => wire::FOUR,
        Store::F64(_) => wire::EIGHT,
        Store::Bool(_) => wire::VARINT,
        _ => wire::LENGTH,
    }
}

#[inline]
fn is_packable(wire: u8) -> bool {
    matches!(wire, wire::VARINT | wire::EIGHT | wire::FOUR)
}

#[inline]
fn read_i32(kind: Scalar, cursor: &mut Cursor) -> Result<i32> {
    Ok(match kind {
        Scalar::Sfixed32 => cursor.four()? as i32,
        // A longer varint is cut to 32 bits, as the format demands.
        Scalar::Sint32 => wire::unzigzag(u64::from(cursor.varint()? as u32)) as i32,
        _ => cursor.varint()? as i32,
    })
}

#[inline]
fn read_i64(kind: Scalar, cursor: &mut Cursor) -> Result<i64> {
    Ok(match kind {
        Scalar::Sfixed64 => cursor.eight()? as i64,
        Scalar::Sint64 => wire::unzigzag(cursor.varint()?),
        _ => cursor.varint()? as i64,
    })
}
