//! A column under construction. Rows are filled as their fields are met: a row that was not met is padded when a
//! later one is, so that absent fields cost nothing; a row that is met again is overwritten or merged, as the wire
//! format demands.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};

use super::bits::Bits;
use super::message::{Context, Messages};
use super::moments::Moments;
use crate::column::proto::wire::{self, Cursor};
use crate::error::Result;
use crate::schema::proto::pool::{Enum, Many, Presence, Scalar};
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

/// Byte strings behind each other.
pub struct Texts {
    /// Where each begins, and where the last one ends.
    pub offsets: Vec<i32>,
    /// All bytes.
    pub bytes: Vec<u8>,
}

impl Default for Texts {
    fn default() -> Self {
        Texts { offsets: vec![0], bytes: Vec::new() }
    }
}

impl Texts {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }
    /// The bytes of a row.
    pub fn get(&self, row: usize) -> &[u8] {
        &self.bytes[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }
    /// Adds the length-delimited bytes at the cursor. Sums of bytes taken from a slice stay below `i32::MAX`: the
    /// decoder takes no longer slice.
    #[inline]
    fn read(&mut self, cursor: &mut Cursor) -> Result<()> {
        cursor.push_delimited(&mut self.bytes)?;
        self.offsets.push(self.bytes.len() as i32);
        Ok(())
    }
    /// Replaces the last row.
    fn replace(&mut self, row: usize, bytes: &[u8]) {
        self.bytes.truncate(self.offsets[row] as usize);
        self.append(row, bytes);
    }
    /// Adds to the last row.
    pub fn append(&mut self, row: usize, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.offsets[row + 1] = self.bytes.len() as i32;
    }
    fn resize(&mut self, rows: usize) {
        self.offsets.resize(rows + 1, self.bytes.len() as i32);
    }
    fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows + 1);
        self.bytes.truncate(self.offsets[rows] as usize);
    }
}

/// Dictionary keys of enum numbers.
pub struct Enums {
    names: Arc<Names>,
    keys: Vec<i32>,
    extra: Vec<i32>,
    extra_keys: HashMap<i32, i32>,
}

/// The declared names of an enum, made once for all batches.
pub struct Names {
    texts: Vec<String>,
    array: ArrayRef,
    keys: HashMap<i32, i32>,
    /// Keys of numbers from zero up, where they are dense.
    dense: Vec<i32>,
    /// The key of what stands for absence.
    default: i32,
}

impl Names {
    /// Names in declaration order; of aliases the first.
    pub fn new(names: &Enum) -> Self {
        let mut texts = Vec::new();
        let mut keys = HashMap::new();
        for (name, number) in &names.values {
            keys.entry(*number).or_insert_with(|| {
                texts.push(name.clone());
                texts.len() as i32 - 1
            });
        }
        let dense = (0..256).map_while(|number| keys.get(&number).copied()).collect();
        // Absent is the first declared value (proto3 demands that it is zero).
        Names { array: Arc::new(StringArray::from_iter_values(&texts)), texts, keys, dense, default: 0 }
    }
}

impl Enums {
    #[inline]
    fn key(&mut self, number: i32) -> i32 {
        if let Some(key) = usize::try_from(number).ok().and_then(|number| self.names.dense.get(number)) {
            return *key;
        }
        if let Some(key) = self.names.keys.get(&number) {
            return *key;
        }
        let next = (self.names.texts.len() + self.extra.len()) as i32;
        *self.extra_keys.entry(number).or_insert_with(|| {
            self.extra.push(number);
            next
        })
    }

    /// Keys, and the dictionary: declared names, then the decimal text of numbers that have none.
    pub fn finish(self) -> (Vec<i32>, ArrayRef) {
        let values = if self.extra.is_empty() {
            self.names.array.clone()
        } else {
            let extra = self.extra.iter().map(i32::to_string);
            Arc::new(StringArray::from_iter_values(self.names.texts.iter().cloned().chain(extra)))
        };
        (self.keys, values)
    }
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
                let enums = Enums {
                    names: context.names(names),
                    keys: Vec::new(),
                    extra: Vec::new(),
                    extra_keys: HashMap::new(),
                };
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
            Store::Enum(enums) => enums.keys.resize(rows, enums.names.default),
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

    /// Reads the field into a row that it was not met in before, as fast as it goes. False, and nothing is read, where
    /// that has to be left to [`Column::read`]: of columns that are not plain, of rows that are met again, of values
    /// that are not as usual.
    #[inline]
    pub fn append(&mut self, row: usize, cursor: &mut Cursor) -> Result<bool> {
        if self.len != row {
            if self.len > row {
                return Ok(false);
            }
            self.pad(row);
        }
        match &mut self.store {
            Store::Text(texts) | Store::Binary(texts) => texts.read(cursor)?,
            Store::I64(Scalar::Int64, values) => values.push(cursor.varint()? as i64),
            Store::I32(Scalar::Int32, values) => values.push(cursor.varint()? as i32),
            Store::U64(Scalar::Uint64, values) => values.push(cursor.varint()?),
            Store::U32(Scalar::Uint32, values) => values.push(cursor.varint()? as u32),
            Store::F64(values) => values.push(f64::from_bits(cursor.eight()?)),
            Store::F32(values) => values.push(f32::from_bits(cursor.four()?)),
            Store::Bool(values) => values.push(cursor.varint()? != 0),
            Store::Enum(enums) => {
                let key = enums.key(cursor.varint()? as i32);
                enums.keys.push(key);
            }
            Store::Moment(moments) => {
                if !moments.push(cursor) {
                    return Ok(false);
                }
            }
            _ => return Ok(false),
        }
        if let Some(valid) = &mut self.valid {
            valid.push(true);
        }
        self.len = row + 1;
        Ok(true)
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
                    if wire == wire::LENGTH && is_packable(item.wire) {
                        let length = cursor.length()?;
                        let end = cursor.enter(length);
                        item.read_packed(number, cursor, context)?;
                        cursor.leave(end);
                    } else {
                        item.read(item.len, wire, number, cursor, context).map_err(|error| error.in_column("[]"))?;
                    }
                    ends[row] = item.len as i32;
                }
            }
            Store::Map { .. } => {
                self.open(row);
                if let Store::Map { ends, key, value } = &mut self.store {
                    read_entry(key, value, cursor, context)?;
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

    /// Reads a message whose field 1 is the value.
    fn read_wrapped(&mut self, row: usize, cursor: &mut Cursor, context: &mut Context) -> Result<()> {
        let (wire, repeated) = match &self.store {
            Store::List { .. } => (wire::LENGTH, true),
            store => (store_wire(store), false),
        };
        self.open(row);
        let length = cursor.length()?;
        let end = cursor.enter(length);
        while !cursor.is_done() {
            let start = cursor.position();
            let (number, found) = cursor.tag()?;
            if number == 1 && found == wire {
                debug_assert!(!repeated || wire == wire::LENGTH);
                self.read_value(row, found, number, cursor, context)?;
            } else {
                context.unknown_inside(number, found, start, cursor)?;
            }
        }
        cursor.leave(end);
        Ok(())
    }

    fn read_moment(&mut self, row: usize, cursor: &mut Cursor, context: &mut Context) -> Result<()> {
        let Store::Moment(moments) = &mut self.store else { return Ok(()) };
        // Parts of a message merge.
        let (mut seconds, mut nanos) = moments.get(row);
        let length = cursor.length()?;
        let end = cursor.enter(length);
        while !cursor.is_done() {
            let start = cursor.position();
            match cursor.tag()? {
                (1, wire::VARINT) => seconds = cursor.varint()? as i64,
                (2, wire::VARINT) => nanos = cursor.varint()? as i32,
                (number, wire) => context.unknown_inside(number, wire, start, cursor)?,
            }
        }
        cursor.leave(end);
        moments.set(row, seconds, nanos);
        Ok(())
    }

    fn read_parts(&mut self, row: usize, cursor: &mut Cursor, context: &mut Context) -> Result<()> {
        let Store::Parts(known, parts) = &mut self.store else { return Ok(()) };
        let count = if *known == Known::Date { 3 } else { 4 };
        let length = cursor.length()?;
        let end = cursor.enter(length);
        while !cursor.is_done() {
            let start = cursor.position();
            match cursor.tag()? {
                (number @ 1..=4, wire::VARINT) if number <= count => {
                    parts[row][number as usize - 1] = cursor.varint()? as i32;
                }
                (number, wire) => context.unknown_inside(number, wire, start, cursor)?,
            }
        }
        cursor.leave(end);
        Ok(())
    }
}

fn read_entry(key: &mut Column, value: &mut Column, cursor: &mut Cursor, context: &mut Context) -> Result<()> {
    let row = key.len;
    let length = cursor.length()?;
    let end = cursor.enter(length);
    key.open(row);
    value.open(row);
    while !cursor.is_done() {
        let start = cursor.position();
        let (number, wire) = cursor.tag()?;
        match number {
            1 if key.accepts(wire) => {
                key.read(row, wire, number, cursor, context).map_err(|error| error.in_column("key"))?;
            }
            2 if value.accepts(wire) => {
                value.read(row, wire, number, cursor, context).map_err(|error| error.in_column("value"))?;
            }
            _ => context.unknown_inside(number, wire, start, cursor)?,
        }
    }
    cursor.leave(end);
    Ok(())
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
