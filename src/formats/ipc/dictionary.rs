//! One dictionary for each column of a file.
//!
//! In a file a dictionary cannot be replaced, while records come with one dictionary after another. So the keys are
//! written as they come, in terms of one growing dictionary for each column, and the dictionaries at the end: "in the
//! file format, there is no requirement that dictionary keys should be defined in a DictionaryBatch before they are
//! used in a RecordBatch" (Arrow columnar format, "File Format"). Keys are dealt out in the order of first use.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::ArrowDictionaryKeyType;
use arrow_array::{
    Array, ArrayRef, PrimitiveArray, RecordBatch, RecordBatchOptions, UInt32Array, downcast_integer, make_array,
    new_empty_array,
};
use arrow_buffer::{ArrowNativeType, Buffer, NullBufferBuilder};
use arrow_data::ArrayData;
use arrow_ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow_select::concat::concat;
use arrow_select::take::take;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::settled;
use crate::code::Code;
use crate::column::nesting::parts;
use crate::error::{Error, Result};

/// Whether a dictionary is somewhere in the schema.
pub(super) fn has_dictionaries(schema: &Schema) -> bool {
    schema.fields().iter().any(|field| holds_dictionary(field.data_type()))
}

fn holds_dictionary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Dictionary(_, _)) || parts(data_type).into_iter().any(holds_dictionary)
}

/// The child fields, in the order of the child data of an array.
pub(super) fn children(data_type: &DataType) -> Vec<FieldRef> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => vec![item.clone()],
        DataType::Struct(fields) => fields.iter().cloned().collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, field)| field.clone()).collect(),
        DataType::RunEndEncoded(ends, values) => vec![ends.clone(), values.clone()],
        _ => Vec::new(),
    }
}

/// The type with the keys in place of every dictionary: what a record batch message holds.
fn keys_type(data_type: &DataType) -> DataType {
    let keys = |field: &FieldRef| -> FieldRef {
        Arc::new(field.as_ref().clone().with_data_type(keys_type(field.data_type())))
    };
    match data_type {
        DataType::Dictionary(key, _) => key.as_ref().clone(),
        DataType::List(item) => DataType::List(keys(item)),
        DataType::LargeList(item) => DataType::LargeList(keys(item)),
        DataType::ListView(item) => DataType::ListView(keys(item)),
        DataType::LargeListView(item) => DataType::LargeListView(keys(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(keys(item), *size),
        DataType::Map(entries, sorted) => DataType::Map(keys(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(keys).collect()),
        DataType::Union(fields, mode) => {
            DataType::Union(fields.iter().map(|(id, field)| (id, keys(field))).collect(), *mode)
        }
        DataType::RunEndEncoded(ends, values) => DataType::RunEndEncoded(ends.clone(), keys(values)),
        other => other.clone(),
    }
}

/// The dictionaries of a file that is being written.
pub(super) struct Unified {
    schema: SchemaRef,
    keys_schema: SchemaRef,
    tables: Vec<Table>,
}

impl Unified {
    /// Empty dictionaries for a schema.
    pub fn new(schema: &SchemaRef) -> Self {
        let fields: Vec<Field> = (schema.fields().iter())
            .map(|field| field.as_ref().clone().with_data_type(keys_type(field.data_type())))
            .collect();
        Unified { schema: schema.clone(), keys_schema: Arc::new(Schema::new(fields)), tables: Vec::new() }
    }

    /// The records with keys of the unified dictionaries in place of the dictionary columns.
    ///
    /// # Errors
    /// `V-INT-RANGE` if a dictionary gets more values than its keys can count.
    pub fn keys(&mut self, records: &RecordBatch) -> Result<RecordBatch> {
        let mut next = 0;
        let mut columns = Vec::with_capacity(records.num_columns());
        for (column, field) in records.columns().iter().zip(self.schema.clone().fields()) {
            let data =
                self.keys_of(&column.to_data(), true, &mut next).map_err(|error| error.in_column(field.name()))?;
            columns.push(make_array(data));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(records.num_rows()));
        Ok(RecordBatch::try_new_with_options(self.keys_schema.clone(), columns, &options)?)
    }

    /// `by_record`: whether each row is a record.
    fn keys_of(&mut self, data: &ArrayData, by_record: bool, next: &mut usize) -> Result<ArrayData> {
        if let DataType::Dictionary(key, _) = data.data_type() {
            let place = *next;
            *next += 1;
            if self.tables.len() <= place {
                self.tables.resize_with(place + 1, Table::default);
            }
            let array = make_array(data.clone());
            let dictionary = array.as_any_dictionary();
            let table = &mut self.tables[place];
            macro_rules! keys {
                ($type:ty) => {
                    table.keys::<$type>(dictionary.keys().as_primitive(), dictionary.values(), by_record)
                };
            }
            return downcast_integer! {
                key.as_ref() => (keys),
                other => Err(Error::internal(format!("dictionary keys of type {other}"))),
            };
        }
        if !holds_dictionary(data.data_type()) {
            return Ok(data.clone());
        }
        let mut changed = Vec::with_capacity(data.child_data().len());
        let by_record = by_record && matches!(data.data_type(), DataType::Struct(_));
        for child in data.child_data() {
            changed.push(self.keys_of(child, by_record, next)?);
        }
        let keys = keys_type(data.data_type());
        Ok(data.clone().into_builder().data_type(keys).child_data(changed).build()?)
    }

    /// No records, but the whole dictionaries.
    pub fn carrier(&self) -> Result<RecordBatch> {
        let mut next = 0;
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            columns.push(make_array(self.carrier_of(field.data_type(), &mut next)?));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(0));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }

    fn carrier_of(&self, data_type: &DataType, next: &mut usize) -> Result<ArrayData> {
        if let DataType::Dictionary(_, value) = data_type {
            let values = match self.tables.get(*next) {
                Some(table) => settled::column(&table.values(value)?)?,
                None => new_empty_array(value),
            };
            *next += 1;
            let builder = ArrayData::builder(data_type.clone()).len(0).add_buffer(Buffer::default());
            return Ok(builder.add_child_data(values.to_data()).build()?);
        }
        let empty = ArrayData::new_empty(data_type);
        if !holds_dictionary(data_type) {
            return Ok(empty);
        }
        let mut parts = Vec::new();
        for child in children(data_type) {
            parts.push(self.carrier_of(child.data_type(), next)?);
        }
        Ok(empty.into_builder().child_data(parts).build()?)
    }
}

/// The distinct values of one dictionary, and where each stands.
#[derive(Default)]
struct Table {
    chunks: Vec<ArrayRef>,
    places: HashMap<Vec<u8>, usize, RandomState>,
    last: Last,
}

/// The dictionary that came last, as the next one is often the same.
#[derive(Default)]
struct Last {
    values: Option<ArrayData>,
    /// Where each of its values stands, or [`UNKNOWN`].
    places: Vec<usize>,
    /// How many of its values stand where they stand in the unified one.
    in_place: usize,
}

/// The place of a value that no key led to yet.
const UNKNOWN: usize = usize::MAX;

impl Table {
    fn keys<K: ArrowDictionaryKeyType>(
        &mut self,
        keys: &PrimitiveArray<K>,
        values: &ArrayRef,
        by_record: bool,
    ) -> Result<ArrayData> {
        let data = values.to_data();
        if !self.last.values.as_ref().is_some_and(|last| last.ptr_eq(&data)) {
            self.last = Last { values: Some(data), places: vec![UNKNOWN; values.len()], in_place: 0 };
        }
        // A dictionary that all records share: its keys hold as they are. (What lies beneath a null would be a key
        // that nobody gave, so nulls take the long way, where it becomes zero.)
        if self.last.in_place == values.len() && keys.null_count() == 0 {
            return Ok(PrimitiveArray::<K>::new(keys.values().clone(), None).into_data());
        }
        let nulls = values.logical_nulls();
        let is_null = |key: usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(key));
        let mut fresh = Vec::new();
        let mut mapped = Vec::with_capacity(keys.len());
        let mut present = NullBufferBuilder::new(keys.len());
        for (row, key) in keys.values().iter().enumerate() {
            let key = key.as_usize();
            if keys.is_null(row) || is_null(key) {
                mapped.push(K::default_value());
                present.append_null();
                continue;
            }
            let mut place = self.last.places[key];
            if place == UNKNOWN {
                let count = self.places.len();
                place = *self.places.entry(value_bytes(values, key)?).or_insert(count);
                if place == count {
                    fresh.push(key as u32);
                }
                self.last.places[key] = place;
                self.last.in_place += usize::from(place == key);
            }
            mapped.push(K::Native::from_usize(place).ok_or_else(|| {
                let what = format!("a dictionary with {} values needs keys wider than {}", place + 1, K::DATA_TYPE);
                let error = Error::value(Code::IntRange, what).as_it_stands();
                let error = error.with_hint("a stream may replace dictionaries: --to-opt layout=stream");
                if by_record { error.at_record(row as u64) } else { error }
            })?);
            present.append_non_null();
        }
        if !fresh.is_empty() {
            self.chunks.push(take(values, &UInt32Array::from(fresh), None)?);
        }
        Ok(PrimitiveArray::<K>::try_new(mapped.into(), present.finish())?.into_data())
    }

    fn values(&self, value: &DataType) -> Result<ArrayRef> {
        match self.chunks.as_slice() {
            [] => Ok(new_empty_array(value)),
            [one] => Ok(one.clone()),
            many => {
                let arrays: Vec<&dyn Array> = many.iter().map(|array| array.as_ref()).collect();
                Ok(concat(&arrays)?)
            }
        }
    }
}

/// Bytes that are equal only for equal values of one type.
fn value_bytes(values: &ArrayRef, row: usize) -> Result<Vec<u8>> {
    let bytes = match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().value(row).as_bytes().to_vec(),
        DataType::LargeUtf8 => values.as_string::<i64>().value(row).as_bytes().to_vec(),
        DataType::Utf8View => values.as_string_view().value(row).as_bytes().to_vec(),
        DataType::Binary => values.as_binary::<i32>().value(row).to_vec(),
        DataType::LargeBinary => values.as_binary::<i64>().value(row).to_vec(),
        DataType::BinaryView => values.as_binary_view().value(row).to_vec(),
        DataType::FixedSizeBinary(_) => values.as_fixed_size_binary().value(row).to_vec(),
        DataType::Boolean => vec![u8::from(values.as_boolean().value(row))],
        other => match other.primitive_width() {
            Some(width) => {
                let data = values.to_data();
                let begin = (data.offset() + row) * width;
                data.buffers()[0].as_slice()[begin..begin + width].to_vec()
            }
            None => message_bytes(&values.slice(row, 1))?,
        },
    };
    Ok(bytes)
}

/// Nested values: the bytes of a message that holds the value alone.
fn message_bytes(value: &ArrayRef) -> Result<Vec<u8>> {
    let schema = Arc::new(Schema::new(vec![Field::new("", value.data_type().clone(), true)]));
    let records = RecordBatch::try_new(schema.clone(), vec![value.clone()])?;
    let options = IpcWriteOptions::default();
    let mut tracker = DictionaryTracker::new(false);
    let generator = IpcDataGenerator::default();
    generator.schema_to_bytes_with_dictionary_tracker(&schema, &mut tracker, &options);
    let (dictionaries, batch) = generator.encode(&records, &mut tracker, &options, &mut IpcWriteContext::default())?;
    let mut bytes = Vec::new();
    for data in dictionaries.iter().chain([&batch]) {
        bytes.extend_from_slice(&data.ipc_message);
        bytes.extend_from_slice(&data.arrow_data);
    }
    Ok(bytes)
}
