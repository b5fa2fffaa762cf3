//! A plan and a batch: everything that can fail is done here, column by column; what remains is to write rows.

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, UInt32Array, UInt64Array};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field as Column, Fields};

use super::messages;
use super::plan::{FieldPlan, ManyPlan, MessagePlan, ValuePlan};
use super::values::{self, Texts};
use super::write::{Field, Many, Message, Tag, Value, Values};
use crate::code::Code;
use crate::column::json::Cursor as Text;
use crate::column::proto::decode::message::check;
use crate::column::proto::fault::Fault;
use crate::column::proto::json::read::{Reader, Work};
use crate::column::proto::wire::{self, Cursor};
use crate::error::{Error, Result};
use crate::report::Report;
use crate::schema::proto::pool::{Pool, Presence, Scalar};

/// Binds plans to arrays; counts what is merged on the way.
pub struct Bind<'a> {
    /// The types of the messages.
    pub pool: &'a Pool,
    /// Reads columns of ProtoJSON text.
    pub reader: Option<&'a Reader>,
    /// Counts of nulls that become something else.
    pub report: &'a mut Report,
    /// Names of the columns above.
    pub path: Vec<String>,
}

/// Rows that are there and set.
fn combined(nulls: Option<&NullBuffer>, live: Option<&NullBuffer>) -> Option<NullBuffer> {
    NullBuffer::union(nulls, live)
}

impl Bind<'_> {
    /// Binds a message to its columns. `live` tells which rows are written at all.
    pub fn message(
        &mut self,
        plan: &MessagePlan,
        columns: &[ArrayRef],
        fields: &Fields,
        live: Option<&NullBuffer>,
    ) -> Result<Message, Fault> {
        for (name, members) in &plan.exclusive {
            check_exclusive(name, members, columns, fields, live)?;
        }
        let mut bound = Vec::with_capacity(plan.fields.len());
        let mut first: Option<Fault> = None;
        for field in &plan.fields {
            let Some(index) = field.column else { continue };
            let (Some(array), Some(column)) = (columns.get(index), fields.get(index)) else { continue };
            self.path.push(field.name.clone());
            let result = self.field(field, array, column, live);
            self.path.pop();
            match result {
                Ok(field) => bound.push(field),
                Err(fault) => {
                    if first.as_ref().is_none_or(|first| fault.row < first.row) {
                        first = Some(fault.in_column(&field.name));
                    }
                }
            }
        }
        if let Some(fault) = first {
            return Err(fault);
        }
        for (index, code, name) in &plan.nulls {
            let rows = columns.get(*index).map_or(0, |column| column.len());
            let count = rows - live.map_or(0, NullBuffer::null_count);
            if count > 0 {
                self.path.push(name.clone());
                *self.report.losses.entry((*code, self.path.join("."))).or_default() += count as u64;
                self.path.pop();
            }
        }
        let unknown = match plan.unknown.and_then(|index| columns.get(index)) {
            None => None,
            Some(array) => {
                let array = flat(array)?;
                let nulls = array.logical_nulls();
                let texts = Texts::of(&array).ok_or_else(|| Fault::new(0, not_bytes(array.data_type())))?;
                Some((nulls, texts))
            }
        };
        Ok(Message { fields: bound, unknown })
    }

    fn field(
        &mut self,
        plan: &FieldPlan,
        array: &ArrayRef,
        column: &Column,
        live: Option<&NullBuffer>,
    ) -> Result<Field, Fault> {
        let (many, wire) = match &plan.many {
            ManyPlan::One(value) => {
                let bound = self.value(value, array, column, live)?;
                self.check_nulls(plan.presence, &bound, live)?;
                (Many::One(bound), value.wire())
            }
            ManyPlan::List { item, packed } => {
                let array = flat(array)?;
                let rows = self.ranges(&array, live)?;
                let bound = self.items(item, &rows)?;
                let wire = if *packed { wire::LENGTH } else { item.wire() };
                (Many::List { ranges: rows.ranges, item: bound, packed: *packed }, wire)
            }
            ManyPlan::Map { key, value } => {
                let array = flat(array)?;
                let rows = self.ranges(&array, live)?;
                (self.map(*key, value, rows)?, wire::LENGTH)
            }
            ManyPlan::Branch { id, value } => {
                let array = flat(array)?;
                let Some(union) = array.as_any().downcast_ref::<arrow_array::UnionArray>() else {
                    return Err(Fault::new(0, Error::internal("a union column is no union")));
                };
                let DataType::Union(branches, _) = array.data_type() else {
                    return Err(Fault::new(0, Error::internal("a union column is no union")));
                };
                let branch = branches.iter().find(|(branch, _)| branch == id).map(|(_, field)| field.clone());
                let Some(branch) = branch else { return Err(Fault::new(0, Error::internal("a branch is gone"))) };
                let child = union.child(*id);
                let ids = union.type_ids().clone();
                let offsets: Option<ScalarBuffer<i32>> = union.offsets().cloned();
                // Which slots of the child are used, and by which row.
                let mut users: Vec<Option<usize>> = vec![None; child.len()];
                for (row, branch) in ids.iter().enumerate() {
                    if branch == id && live.is_none_or(|live| live.is_valid(row)) {
                        let slot = offsets.as_ref().map_or(row, |offsets| offsets[row] as usize);
                        if let Some(user) = users.get_mut(slot) {
                            user.get_or_insert(row);
                        }
                    }
                }
                let up = |fault: Fault| {
                    let row = users.get(fault.row).copied().flatten().unwrap_or(0);
                    Fault::new(row, fault.error).in_column(branch.name())
                };
                let used = NullBuffer::from_iter(users.iter().map(Option::is_some));
                let bound = match child.data_type() {
                    // A member that is set, whatever it holds.
                    DataType::Null => Value { nulls: None, values: Values::Varint(vec![0; child.len()].into()) },
                    _ => self.value(value, child, &branch, Some(&used)).map_err(up)?,
                };
                if let Some(slot) = first_null(&bound, Some(&used)) {
                    let error = Error::value(Code::Null, "a null inside a branch of a union").as_it_stands();
                    return Err(up(Fault::new(slot, error)));
                }
                (Many::Branch { ids, offsets, id: *id, value: bound }, value.wire())
            }
        };
        Ok(Field { tag: Tag::new(plan.number, wire), implicit: plan.presence == Presence::Implicit, many })
    }

    /// A null where the field has none is an error, or it becomes the zero value and is counted.
    fn check_nulls(&mut self, presence: Presence, bound: &Value, live: Option<&NullBuffer>) -> Result<(), Fault> {
        let Some(row) = first_null(bound, live) else { return Ok(()) };
        match presence {
            Presence::Explicit => Ok(()),
            Presence::Required => Err(Fault::new(row, Error::value(Code::Null, "a null, but the field is required"))),
            Presence::Implicit => {
                self.count_nulls(Code::Presence, bound.nulls.as_ref(), live);
                Ok(())
            }
        }
    }

    fn count_nulls(&mut self, code: Code, nulls: Option<&NullBuffer>, live: Option<&NullBuffer>) {
        let Some(nulls) = nulls else { return };
        let dead = live.map_or(0, NullBuffer::null_count);
        let count = combined(Some(nulls), live).map_or(0, |all| all.null_count()) - dead;
        if count > 0 {
            *self.report.losses.entry((code, self.path.join("."))).or_default() += count as u64;
        }
    }

    fn value(
        &mut self,
        plan: &ValuePlan,
        array: &ArrayRef,
        column: &Column,
        live: Option<&NullBuffer>,
    ) -> Result<Value, Fault> {
        if let (ValuePlan::Enum(names), DataType::Dictionary(..)) = (plan, array.data_type()) {
            let nulls = array.logical_nulls();
            let set = combined(nulls.as_ref(), live);
            let numbers = values::dictionary_numbers(names, array, set.as_ref())?;
            return Ok(Value { nulls, values: Values::Varint(numbers.into()) });
        }
        let array = &flat(array)?;
        let nulls = nulls(array).filter(|nulls| nulls.null_count() > 0);
        if array.data_type() == &DataType::Null && !matches!(plan, ValuePlan::Around(_)) {
            return Ok(Value { nulls: Some(NullBuffer::new_null(array.len())), values: Values::Nothing });
        }
        let set = combined(nulls.as_ref(), live);
        let set = set.as_ref();
        let values = match plan {
            ValuePlan::Scalar(scalar) => values::scalar(*scalar, array, column, set)?,
            ValuePlan::Enum(names) => Values::Varint(values::numbers(names, array, set)?.into()),
            ValuePlan::Message { plan, group } => {
                let Some(structs) = array.as_struct_opt() else {
                    return Err(Fault::new(0, Error::internal("a struct column is no struct")));
                };
                let message = self.message(plan, structs.columns(), structs.fields(), set)?;
                Values::Message { message, group: *group }
            }
            ValuePlan::Around(plan) => {
                let mut fields = Vec::with_capacity(plan.fields.len());
                for field in &plan.fields {
                    fields.push(self.field(field, array, column, set)?);
                }
                let values = Values::Message { message: Message { fields, unknown: None }, group: false };
                // A message around one optional value is there even where that is not.
                let holds_null = matches!(
                    &plan.fields[..],
                    [FieldPlan { presence: Presence::Explicit, many: ManyPlan::One(_), .. }]
                );
                return Ok(Value { nulls: nulls.filter(|_| !holds_null), values });
            }
            ValuePlan::Raw { message, group, json: true } => {
                let texts = Texts::of(array).ok_or_else(|| Fault::new(0, not_bytes(array.data_type())))?;
                Values::Raw { texts: self.encoded(*message, &texts, array.len(), set)?, group: *group }
            }
            ValuePlan::Raw { message, group, json: false } => {
                let texts = Texts::of(array).ok_or_else(|| Fault::new(0, not_bytes(array.data_type())))?;
                for row in (0..array.len()).filter(|row| set.is_none_or(|set| set.is_valid(*row))) {
                    check(self.pool, *message, None, &mut Cursor::new(texts.get(row)), 1000).map_err(|cause| {
                        let name = &self.pool.messages[*message].name;
                        let message = format!("bytes that are not a message {name}: {}", cause.message());
                        Fault::new(row, Error::value(Code::Token, message))
                    })?;
                }
                Values::Raw { texts, group: *group }
            }
            ValuePlan::Known(known) => values::known(*known, array, column, set)?,
            ValuePlan::StringValue => messages::strings(array, set)?,
            ValuePlan::Json(known) => messages::in_json(*known, array, column, set)?,
            ValuePlan::DecimalText { empty } => messages::decimal_texts(array, *empty, set)?,
            ValuePlan::Interval => values::interval(array)?,
        };
        Ok(Value { nulls, values })
    }

    /// The messages that ProtoJSON texts are.
    fn encoded(&self, message: usize, texts: &Texts, rows: usize, set: Option<&NullBuffer>) -> Result<Texts, Fault> {
        let Some(reader) = self.reader else { return Err(Fault::new(0, Error::internal("no reader of ProtoJSON"))) };
        let (mut ends, mut bytes, mut work) = (Vec::with_capacity(rows), Vec::new(), Work::default());
        for row in 0..rows {
            if set.is_none_or(|set| set.is_valid(row)) {
                let mut cursor = Text::new(texts.get(row));
                let read = reader.message(message, &mut cursor, &mut bytes, &mut work);
                let read = read.and_then(|()| match cursor.peek() {
                    None => Ok(()),
                    Some(_) => Err(cursor.unexpected("nothing after the value")),
                });
                read.map_err(|cause| {
                    let name = &self.pool.messages[message].name;
                    let code = cause.code().unwrap_or(Code::Token);
                    let text = format!("text that is not ProtoJSON of message {name}: {}", cause.message());
                    Fault::new(row, Error::value(code, text))
                })?;
            }
            ends.push(bytes.len());
        }
        Ok(Texts::Made(ends, bytes))
    }

    /// The elements of lists.
    fn items(&mut self, plan: &ValuePlan, rows: &Rows) -> Result<Value, Fault> {
        self.path.push("[]".to_owned());
        let bound = self.value(plan, &rows.items, &rows.column, rows.live.as_ref());
        self.path.pop();
        let bound = bound.map_err(|fault| rows.up(fault).in_column("[]"))?;
        if let Some(item) = first_null(&bound, rows.live.as_ref()) {
            let error = Error::value(Code::NullElement, "a null element, but a repeated field has none")
                .with_hint("--proto-nulls=wrap writes them in a generated schema");
            return Err(rows.up(Fault::new(item, error)).in_column("[]"));
        }
        Ok(bound)
    }

    fn map(&mut self, key: Scalar, value: &ValuePlan, rows: Rows) -> Result<Many, Fault> {
        let entries = rows.items.as_struct();
        let (DataType::Struct(fields), [keys, vals]) = (rows.items.data_type(), entries.columns()) else {
            return Err(Fault::new(0, Error::internal("map entries are no pairs")));
        };
        let bound_keys = self
            .value(&ValuePlan::Scalar(key), keys, &fields[0], rows.live.as_ref())
            .map_err(|fault| rows.up(fault).in_column("key"))?;
        let bound_values = self
            .value(value, vals, &fields[1], rows.live.as_ref())
            .map_err(|fault| rows.up(fault).in_column("value"))?;
        for (bound, what) in [(&bound_keys, "key"), (&bound_values, "value")] {
            if let Some(entry) = first_null(bound, rows.live.as_ref()) {
                let error = Error::value(Code::Null, format!("a null {what}, but a map has none"));
                return Err(rows.up(Fault::new(entry, error)).in_column(what));
            }
        }
        let mut order: Vec<usize> = (0..rows.items.len()).collect();
        for (row, &(start, end)) in rows.ranges.iter().enumerate() {
            let Some(part) = order.get_mut(start..end) else { continue };
            let rising = part.windows(2).all(|pair| bound_keys.compare(pair[0], pair[1], key).is_lt());
            if rising {
                continue;
            }
            part.sort_by(|left, right| bound_keys.compare(*left, *right, key));
            if part.windows(2).any(|pair| bound_keys.compare(pair[0], pair[1], key).is_eq()) {
                let error = Error::value(Code::DuplicateKey, "a map with two equal keys");
                return Err(Fault::new(row, error));
            }
        }
        let value_wire = value.wire();
        Ok(Many::Map {
            ranges: rows.ranges,
            order,
            key: bound_keys,
            key_tag: Tag::new(1, key.wire()),
            value: bound_values,
            value_tag: Tag::new(2, value_wire),
        })
    }

    /// Where the elements of each row are; the elements are cut to those in use.
    fn ranges(&mut self, array: &ArrayRef, live: Option<&NullBuffer>) -> Result<Rows, Fault> {
        let nulls = array.logical_nulls();
        self.count_nulls(Code::NullList, nulls.as_ref(), live);
        let set = combined(nulls.as_ref(), live);
        let len = array.len();
        let (mut ranges, items, column): (Vec<(usize, usize)>, ArrayRef, _) = match array.data_type() {
            DataType::List(column) => {
                let list = array.as_list::<i32>();
                let offsets = list.value_offsets();
                let ranges = offsets.windows(2).map(|pair| (pair[0] as usize, pair[1] as usize)).collect();
                (ranges, list.values().clone(), column.clone())
            }
            DataType::LargeList(column) => {
                let list = array.as_list::<i64>();
                let offsets = list.value_offsets();
                let ranges = offsets.windows(2).map(|pair| (pair[0] as usize, pair[1] as usize)).collect();
                (ranges, list.values().clone(), column.clone())
            }
            DataType::ListView(column) => {
                let list = array.as_list_view::<i32>();
                let pairs = list.value_offsets().iter().zip(list.value_sizes());
                let ranges = pairs.map(|(start, size)| (*start as usize, (*start + *size) as usize)).collect();
                (ranges, list.values().clone(), column.clone())
            }
            DataType::LargeListView(column) => {
                let list = array.as_list_view::<i64>();
                let pairs = list.value_offsets().iter().zip(list.value_sizes());
                let ranges = pairs.map(|(start, size)| (*start as usize, (*start + *size) as usize)).collect();
                (ranges, list.values().clone(), column.clone())
            }
            DataType::FixedSizeList(column, size) => {
                let list = array.as_fixed_size_list();
                let size = *size as usize;
                let ranges = (0..len).map(|row| (row * size, row * size + size)).collect();
                (ranges, list.values().clone(), column.clone())
            }
            DataType::Map(column, _) => {
                let map = array.as_map();
                let offsets = map.value_offsets();
                let ranges = offsets.windows(2).map(|pair| (pair[0] as usize, pair[1] as usize)).collect();
                (ranges, std::sync::Arc::new(map.entries().clone()) as ArrayRef, column.clone())
            }
            other => return Err(Fault::new(0, Error::internal(format!("type {other} is no list")))),
        };
        let mut dead_elements = false;
        if let Some(set) = &set {
            for (row, range) in ranges.iter_mut().enumerate() {
                if set.is_null(row) {
                    dead_elements |= range.0 < range.1;
                    *range = (range.0, range.0);
                }
            }
        }
        let used = ranges.iter().filter(|(start, end)| start < end);
        let (low, high) = used.fold((usize::MAX, 0), |(low, high), (start, end)| (low.min(*start), high.max(*end)));
        let (low, high) = if low > high { (0, 0) } else { (low, high) };
        for range in &mut ranges {
            *range = if range.0 < range.1 { (range.0 - low, range.1 - low) } else { (0, 0) };
        }
        let items = items.slice(low, high - low);
        // Views may leave elements out, and null rows may hide some.
        let views = matches!(array.data_type(), DataType::ListView(_) | DataType::LargeListView(_));
        let live = (dead_elements || views).then(|| {
            let mut bits = BooleanBufferBuilder::new(items.len());
            bits.append_n(items.len(), false);
            for &(start, end) in &ranges {
                for item in start..end {
                    bits.set_bit(item, true);
                }
            }
            NullBuffer::new(bits.finish())
        });
        let written: usize = ranges.iter().map(|(start, end)| end - start).sum();
        if views && live.as_ref().is_some_and(|live| live.len() - live.null_count() < written) {
            // Views that share elements: each is written, and counted, as often as it is seen.
            let indices = ranges.iter().flat_map(|(start, end)| *start as u64..*end as u64);
            let indices = UInt64Array::from_iter_values(indices);
            let items = arrow_select::take::take(&items, &indices, None).map_err(Fault::arrow)?;
            let mut next = 0;
            for range in &mut ranges {
                let start = next;
                next += range.1 - range.0;
                *range = (start, next);
            }
            return Ok(Rows { ranges, items, column, live: None });
        }
        Ok(Rows { ranges, items, column, live })
    }
}

/// The elements of a list column, row by row.
struct Rows {
    ranges: Vec<(usize, usize)>,
    items: ArrayRef,
    column: arrow_schema::FieldRef,
    live: Option<NullBuffer>,
}

impl Rows {
    fn up(&self, fault: Fault) -> Fault {
        let row = self.ranges.iter().position(|(start, end)| (*start..*end).contains(&fault.row)).unwrap_or(0);
        Fault::new(row, fault.error)
    }
}

/// Rows that are null. A union has none: its null branch is an unset oneof, nulls in other branches are their own.
fn nulls(array: &ArrayRef) -> Option<NullBuffer> {
    match array.data_type() {
        DataType::Union(..) => None,
        _ => array.logical_nulls(),
    }
}

fn first_null(bound: &Value, live: Option<&NullBuffer>) -> Option<usize> {
    let nulls = bound.nulls.as_ref().filter(|nulls| nulls.null_count() > 0)?;
    (0..nulls.len()).find(|row| nulls.is_null(*row) && live.is_none_or(|live| live.is_valid(*row)))
}

fn check_exclusive(
    name: &str,
    members: &[usize],
    columns: &[ArrayRef],
    fields: &Fields,
    live: Option<&NullBuffer>,
) -> Result<(), Fault> {
    let members: Vec<(&ArrayRef, &str)> =
        members.iter().filter_map(|index| Some((columns.get(*index)?, fields.get(*index)?.name().as_str()))).collect();
    let nulls: Vec<Option<NullBuffer>> = members.iter().map(|(array, _)| array.logical_nulls()).collect();
    let rows = members.first().map_or(0, |(array, _)| array.len());
    for row in (0..rows).filter(|row| live.is_none_or(|live| live.is_valid(*row))) {
        let is_set = |nulls: &Option<NullBuffer>| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let set = nulls.iter().filter(|nulls| is_set(nulls)).count();
        if set > 1 {
            let error = Error::value(Code::OneOf, format!("{set} members of oneof {name} are set; one at most can be"));
            // On the wire the last one would win: it is the first one that is too many.
            let first = nulls.iter().position(is_set).and_then(|at| members.get(at)).map_or("", |(_, name)| name);
            return Err(Fault::new(row, error).in_column(first));
        }
    }
    Ok(())
}

fn not_bytes(data_type: &DataType) -> Error {
    Error::internal(format!("type {data_type} holds no bytes"))
}

/// Without dictionary or run-end encoding.
fn flat(array: &ArrayRef) -> Result<ArrayRef, Fault> {
    let taken = match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            arrow_select::take::take(dictionary.values(), dictionary.keys(), None).map_err(Fault::arrow)?
        }
        DataType::RunEndEncoded(ends, _) => {
            let rows: Vec<u32> = (0..array.len() as u32).collect();
            let (values, indices) = match ends.data_type() {
                DataType::Int16 => {
                    let runs = array.as_run::<Int16Type>();
                    (runs.values(), runs.get_physical_indices(&rows))
                }
                DataType::Int32 => {
                    let runs = array.as_run::<Int32Type>();
                    (runs.values(), runs.get_physical_indices(&rows))
                }
                _ => {
                    let runs = array.as_run::<Int64Type>();
                    (runs.values(), runs.get_physical_indices(&rows))
                }
            };
            let indices = indices.map_err(Fault::arrow)?;
            let indices = UInt32Array::from_iter_values(indices.into_iter().map(|index| index as u32));
            arrow_select::take::take(values, &indices, None).map_err(Fault::arrow)?
        }
        _ => return Ok(array.clone()),
    };
    flat(&taken)
}
