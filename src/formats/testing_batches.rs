//! Random record batches of every Arrow type.

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, StringViewBuilder};
use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, DictionaryArray, FixedSizeBinaryArray, FixedSizeListArray,
    GenericListArray, GenericListViewArray, Int32Array, LargeBinaryArray, LargeStringArray, MapArray, NullArray,
    OffsetSizeTrait, PrimitiveArray, RecordBatch, RecordBatchOptions, RunArray, StringArray, StructArray, UnionArray,
};
use arrow_buffer::{Buffer, IntervalDayTime, IntervalMonthDayNano, NullBuffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{
    DataType, Field, FieldRef, Fields, IntervalUnit, Schema, SchemaRef, TimeUnit, UnionFields, UnionMode,
};

/// Where generated records come from: numbers, of which 0 stands for the simplest choice.
pub(crate) trait Draw {
    /// The next number.
    fn next(&mut self) -> u64;
}

/// xorshift: small, and the same everywhere.
pub(crate) struct Random(pub u64);

impl Draw for Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        Draw::next(self)
    }
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

impl dyn Draw + '_ {
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
    fn nulls(&mut self, len: usize, nullable: bool) -> Option<NullBuffer> {
        (nullable && self.below(4) > 0).then(|| (0..len).map(|_| self.below(3) > 0).collect::<Vec<_>>().into())
    }
    fn text(&mut self) -> String {
        const PARTS: [&str; 8] = ["", "a", "Ω", "naïve", "\u{0}", "𝄞", "0123456789abcdef", "\n\""];
        (0..self.below(4)).map(|_| PARTS[self.below(PARTS.len())]).collect()
    }
}

fn field(name: &str, data_type: DataType, nullable: bool) -> FieldRef {
    // Types without validity of their own may hold nulls all the same.
    let nullable =
        nullable || matches!(data_type, DataType::Null | DataType::Union(_, _) | DataType::RunEndEncoded(_, _));
    Arc::new(Field::new(name, data_type, nullable))
}

/// Types without children.
pub(crate) fn leaf_types() -> Vec<DataType> {
    use DataType::*;
    use TimeUnit::*;
    let mut types = vec![
        Null,
        Boolean,
        Int8,
        Int16,
        Int32,
        Int64,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        Float16,
        Float32,
        Float64,
        Utf8,
        LargeUtf8,
        Utf8View,
        Binary,
        LargeBinary,
        BinaryView,
        FixedSizeBinary(3),
        FixedSizeBinary(16),
        FixedSizeBinary(0),
        Date32,
        Date64,
        Time32(Second),
        Time32(Millisecond),
        Time64(Microsecond),
        Time64(Nanosecond),
        Interval(IntervalUnit::YearMonth),
        Interval(IntervalUnit::DayTime),
        Interval(IntervalUnit::MonthDayNano),
        Decimal32(9, 2),
        Decimal64(18, 3),
        Decimal64(5, 0),
        Decimal128(38, 10),
        Decimal128(5, 2),
        Decimal128(12, 2),
        Decimal256(76, 20),
        Decimal256(20, 0),
        Decimal128(5, -2),
        Decimal128(38, -5),
        Decimal256(76, -3),
        Decimal32(4, -1),
    ];
    for unit in [Second, Millisecond, Microsecond, Nanosecond] {
        types.push(Duration(unit));
        for zone in [None, Some("UTC"), Some("Europe/Paris"), Some("+01:30")] {
            types.push(Timestamp(unit, zone.map(Into::into)));
        }
    }
    types
}

/// A type, nested at most `depth` deep.
pub(crate) fn random_type(random: &mut dyn Draw, depth: usize) -> DataType {
    let leaves = leaf_types();
    if depth == 0 || random.below(3) == 0 {
        return leaves[random.below(leaves.len())].clone();
    }
    let nullable = random.below(2) == 0;
    let child = |random: &mut dyn Draw| random_type(random, depth - 1);
    match random.below(13) {
        0 => DataType::List(field("item", child(random), nullable)),
        1 => DataType::LargeList(field("element", child(random), nullable)),
        2 => DataType::FixedSizeList(field("x", child(random), nullable), random.below(4) as i32),
        3 => DataType::ListView(field("item", child(random), nullable)),
        4 => DataType::LargeListView(field("item", child(random), nullable)),
        5 | 6 => {
            let fields: Vec<FieldRef> = (0..random.below(4))
                .map(|index| {
                    let nullable = random.below(2) == 0;
                    field(&format!("f{index}"), child(random), nullable)
                })
                .collect();
            DataType::Struct(fields.into())
        }
        7 => {
            let keys = [DataType::Utf8, DataType::Int32, DataType::Date32, DataType::Timestamp(TimeUnit::Second, None)];
            let pair = vec![
                Field::new("keys", keys[random.below(4)].clone(), false),
                field("values", child(random), nullable).as_ref().clone(),
            ];
            DataType::Map(field("entries", DataType::Struct(pair.into()), false), random.below(2) == 0)
        }
        8 | 9 => {
            let fields: Vec<Field> = (0..1 + random.below(3))
                .map(|index| {
                    let nullable = random.below(2) == 0;
                    field(&format!("u{index}"), child(random), nullable).as_ref().clone()
                })
                .collect();
            let ids: Vec<i8> = (0..fields.len() as i8).map(|id| id * 3).collect();
            let mode = if random.below(2) == 0 { UnionMode::Dense } else { UnionMode::Sparse };
            DataType::Union(UnionFields::try_new(ids, fields).unwrap(), mode)
        }
        10 | 11 => {
            let keys = [DataType::Int8, DataType::UInt8, DataType::Int32, DataType::UInt32, DataType::Int64];
            let key = Box::new(keys[random.below(keys.len())].clone());
            // The first is the type of nothing.
            let value = leaves[1 + random.below(leaves.len() - 1)].clone();
            DataType::Dictionary(key, Box::new(value))
        }
        _ => {
            let value = leaves[1 + random.below(leaves.len() - 1)].clone();
            DataType::RunEndEncoded(field("run_ends", DataType::Int32, false), field("values", value, true))
        }
    }
}

/// A batch of random columns.
pub(crate) fn random_batch(random: &mut dyn Draw, columns: usize, depth: usize, rows: usize) -> RecordBatch {
    let schema = random_schema(random, columns, depth);
    random_records(random, Arc::new(schema), rows)
}

/// A schema of random columns, nested at most `depth` deep.
pub(crate) fn random_schema(random: &mut dyn Draw, columns: usize, depth: usize) -> Schema {
    let fields: Vec<Field> = (0..columns)
        .map(|index| {
            let data_type = random_type(random, depth);
            let nullable = field("", data_type.clone(), random.below(2) == 0).is_nullable();
            let mut field = Field::new(format!("c{index}"), data_type, nullable);
            if random.below(3) == 0 {
                field = field.with_metadata([("note", "kept"), ("type", "\"string\"")]);
            }
            field
        })
        .collect();
    Schema::new_with_metadata(
        fields,
        [("owner".to_owned(), "tests".to_owned())].into_iter().collect::<std::collections::HashMap<_, _>>(),
    )
}

/// Records of a schema with random values.
pub(crate) fn random_records(random: &mut dyn Draw, schema: SchemaRef, rows: usize) -> RecordBatch {
    let array = |field: &FieldRef| random_array(random, field.data_type(), rows, field.is_nullable());
    let arrays = schema.fields().iter().map(array).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, arrays, &options).unwrap()
}

/// An array of random values.
pub(crate) fn random_array(random: &mut dyn Draw, data_type: &DataType, len: usize, nullable: bool) -> ArrayRef {
    macro_rules! primitive {
        ($type:ty, $value:expr) => {{
            let value = $value;
            let values: Vec<_> = (0..len).map(|_| value(random)).collect();
            let nulls = random.nulls(len, nullable);
            Arc::new(PrimitiveArray::<$type>::new(values.into(), nulls).with_data_type(data_type.clone()))
        }};
    }
    macro_rules! of {
        ($array:ty, $value:expr) => {{
            let value = $value;
            let nulls = random.nulls(len, nullable);
            let item = |row: usize, random: &mut dyn Draw| {
                nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)).then(|| value(random))
            };
            Arc::new((0..len).map(|row| item(row, random)).collect::<$array>())
        }};
    }
    let small = |random: &mut dyn Draw| random.next() as i64 >> (1 + random.below(62));
    match data_type {
        DataType::Null => Arc::new(NullArray::new(len)),
        DataType::Boolean => of!(BooleanArray, |random: &mut dyn Draw| random.below(2) == 0),
        DataType::Int8 => primitive!(Int8Type, |random: &mut dyn Draw| random.next() as i8),
        DataType::Int16 => primitive!(Int16Type, |random: &mut dyn Draw| random.next() as i16),
        DataType::Int32 => primitive!(Int32Type, |random: &mut dyn Draw| random.next() as i32),
        DataType::Int64 => primitive!(Int64Type, |random: &mut dyn Draw| random.next() as i64),
        DataType::UInt8 => primitive!(UInt8Type, |random: &mut dyn Draw| random.next() as u8),
        DataType::UInt16 => primitive!(UInt16Type, |random: &mut dyn Draw| random.next() as u16),
        DataType::UInt32 => primitive!(UInt32Type, |random: &mut dyn Draw| random.next() as u32),
        DataType::UInt64 => primitive!(UInt64Type, |random: &mut dyn Draw| random.next()),
        DataType::Float16 => {
            primitive!(Float16Type, |random: &mut dyn Draw| half::f16::from_bits(random.next() as u16))
        }
        DataType::Float32 => primitive!(Float32Type, |random: &mut dyn Draw| f32::from_bits(random.next() as u32)),
        DataType::Float64 => primitive!(Float64Type, |random: &mut dyn Draw| f64::from_bits(random.next())),
        DataType::Date32 => primitive!(Date32Type, |random: &mut dyn Draw| random.next() as i32 >> random.below(24)),
        DataType::Date64 => {
            primitive!(Date64Type, |random: &mut dyn Draw| {
                i64::from(random.next() as i32 >> random.below(24)) * 86_400_000
            })
        }
        DataType::Time32(TimeUnit::Second) => {
            primitive!(Time32SecondType, |random: &mut dyn Draw| random.below(86_400) as i32)
        }
        DataType::Time32(_) => {
            primitive!(Time32MillisecondType, |random: &mut dyn Draw| random.below(86_400_000) as i32)
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            primitive!(Time64MicrosecondType, |random: &mut dyn Draw| random.below(86_400_000_000) as i64)
        }
        DataType::Time64(_) => {
            primitive!(Time64NanosecondType, |random: &mut dyn Draw| random.below(86_400_000_000_000) as i64)
        }
        DataType::Timestamp(TimeUnit::Second, _) => primitive!(TimestampSecondType, |r: &mut dyn Draw| small(r) / 1024),
        DataType::Timestamp(TimeUnit::Millisecond, _) => primitive!(TimestampMillisecondType, small),
        DataType::Timestamp(TimeUnit::Microsecond, _) => primitive!(TimestampMicrosecondType, small),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => primitive!(TimestampNanosecondType, small),
        DataType::Duration(TimeUnit::Second) => primitive!(DurationSecondType, small),
        DataType::Duration(TimeUnit::Millisecond) => primitive!(DurationMillisecondType, small),
        DataType::Duration(TimeUnit::Microsecond) => primitive!(DurationMicrosecondType, small),
        DataType::Duration(TimeUnit::Nanosecond) => primitive!(DurationNanosecondType, small),
        DataType::Interval(IntervalUnit::YearMonth) => {
            primitive!(IntervalYearMonthType, |random: &mut dyn Draw| random.next() as i32)
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            primitive!(IntervalDayTimeType, |random: &mut dyn Draw| {
                IntervalDayTime::new(random.next() as i32, random.next() as i32)
            })
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            primitive!(IntervalMonthDayNanoType, |random: &mut dyn Draw| {
                IntervalMonthDayNano::new(random.next() as i32, random.next() as i32, random.next() as i64)
            })
        }
        DataType::Decimal32(digits, _) => {
            let limit = 10i32.pow(u32::from(*digits));
            primitive!(Decimal32Type, |random: &mut dyn Draw| random.next() as i32 % limit)
        }
        DataType::Decimal64(digits, _) => {
            let limit = 10i64.pow(u32::from(*digits));
            primitive!(Decimal64Type, |random: &mut dyn Draw| random.next() as i64 % limit)
        }
        DataType::Decimal128(digits, _) => {
            let limit = 10i128.pow(u32::from(*digits));
            primitive!(Decimal128Type, |random: &mut dyn Draw| {
                (i128::from(random.next() as i64) << 64 | i128::from(random.next())) % limit
            })
        }
        DataType::Decimal256(digits, _) => {
            let limit = (0..*digits).fold(i256::ONE, |power, _| power.wrapping_mul(i256::from_i128(10)));
            primitive!(Decimal256Type, |random: &mut dyn Draw| {
                let bytes: Vec<u8> = (0..4).flat_map(|_| random.next().to_le_bytes()).collect();
                i256::from_le_bytes(bytes.try_into().unwrap()).wrapping_rem(limit)
            })
        }
        DataType::Utf8 => of!(StringArray, |random: &mut dyn Draw| random.text()),
        DataType::LargeUtf8 => of!(LargeStringArray, |random: &mut dyn Draw| random.text()),
        DataType::Utf8View => {
            let text: StringArray = (0..len).map(|_| Some(random.text())).collect();
            let nulls = random.nulls(len, nullable);
            let mut builder = StringViewBuilder::new();
            for row in 0..len {
                let valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
                builder.append_option(valid.then(|| text.value(row)));
            }
            Arc::new(builder.finish())
        }
        DataType::Binary => {
            of!(BinaryArray, |random: &mut dyn Draw| random.next().to_le_bytes()[..random.below(8)].to_vec())
        }
        DataType::LargeBinary => {
            of!(LargeBinaryArray, |random: &mut dyn Draw| random.next().to_le_bytes()[..random.below(8)].to_vec())
        }
        DataType::BinaryView => {
            let nulls = random.nulls(len, nullable);
            let mut builder = BinaryViewBuilder::new();
            for row in 0..len {
                let valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
                builder.append_option(valid.then(|| random.text().into_bytes()));
            }
            Arc::new(builder.finish())
        }
        DataType::FixedSizeBinary(width) => {
            let bytes: Vec<u8> = (0..len * *width as usize).map(|_| random.next() as u8).collect();
            let nulls = random.nulls(len, nullable);
            Arc::new(FixedSizeBinaryArray::try_new_with_len(*width, Buffer::from(bytes), nulls, len).unwrap())
        }
        DataType::List(item) => list::<i32>(random, item, len, nullable),
        DataType::LargeList(item) => list::<i64>(random, item, len, nullable),
        DataType::ListView(item) => view::<i32>(random, item, len, nullable),
        DataType::LargeListView(item) => view::<i64>(random, item, len, nullable),
        DataType::FixedSizeList(item, size) => {
            let values = random_array(random, item.data_type(), len * *size as usize, item.is_nullable());
            let nulls = random.nulls(len, nullable);
            Arc::new(FixedSizeListArray::try_new_with_length(item.clone(), *size, values, nulls, len).unwrap())
        }
        DataType::Struct(fields) => Arc::new(group(random, fields, len, nullable)),
        DataType::Map(entries, sorted) => {
            let DataType::Struct(pair) = entries.data_type() else { unreachable!() };
            let (offsets, count) = offsets::<i32>(random, len);
            let pairs = group(random, pair, count, false);
            let nulls = random.nulls(len, nullable);
            Arc::new(MapArray::try_new(entries.clone(), offsets, pairs, nulls, *sorted).unwrap())
        }
        DataType::Union(fields, mode) => {
            let ids: Vec<i8> = fields.iter().map(|(id, _)| id).collect();
            let rows: Vec<i8> = (0..len).map(|_| ids[random.below(ids.len())]).collect();
            let dense = *mode == UnionMode::Dense;
            let mut offsets = vec![0; len];
            let mut children = Vec::new();
            for (id, field) in fields.iter() {
                let mut count = 0;
                for (offset, row) in offsets.iter_mut().zip(&rows) {
                    if *row == id {
                        *offset = count;
                        count += 1;
                    }
                }
                let rows = if dense { count as usize } else { len };
                children.push(random_array(random, field.data_type(), rows, field.is_nullable()));
            }
            let offsets = dense.then(|| ScalarBuffer::from(offsets));
            Arc::new(UnionArray::try_new(fields.clone(), rows.into(), offsets, children).unwrap())
        }
        DataType::Dictionary(key, value) => {
            let count = 1 + random.below(20);
            let values = random_array(random, value, count, false);
            let keys: Vec<usize> = (0..len).map(|_| random.below(count)).collect();
            let nulls = random.nulls(len, nullable);
            macro_rules! dictionary {
                ($type:ty) => {{
                    let keys: Vec<_> =
                        keys.into_iter().map(|key| key as <$type as ArrowPrimitiveType>::Native).collect();
                    Arc::new(
                        DictionaryArray::try_new(PrimitiveArray::<$type>::new(keys.into(), nulls), values).unwrap(),
                    )
                }};
            }
            match **key {
                DataType::Int8 => dictionary!(Int8Type),
                DataType::UInt8 => dictionary!(UInt8Type),
                DataType::UInt32 => dictionary!(UInt32Type),
                DataType::Int64 => dictionary!(Int64Type),
                _ => dictionary!(Int32Type),
            }
        }
        DataType::RunEndEncoded(_, value) => {
            let mut ends = Vec::new();
            while ends.last().copied().unwrap_or(0) < len as i32 {
                ends.push((ends.last().copied().unwrap_or(0) + 1 + random.below(4) as i32).min(len as i32));
            }
            let values = random_array(random, value.data_type(), ends.len(), nullable);
            let array = RunArray::<Int32Type>::try_new(&Int32Array::from(ends), &values).unwrap();
            let data = array.to_data().into_builder().data_type(data_type.clone()).build().unwrap();
            Arc::new(RunArray::<Int32Type>::from(data))
        }
    }
}

fn offsets<O: OffsetSizeTrait>(random: &mut dyn Draw, len: usize) -> (OffsetBuffer<O>, usize) {
    let lengths: Vec<usize> = (0..len).map(|_| random.below(4)).collect();
    let count = lengths.iter().sum();
    (OffsetBuffer::from_lengths(lengths), count)
}

fn list<O: OffsetSizeTrait>(random: &mut dyn Draw, item: &FieldRef, len: usize, nullable: bool) -> ArrayRef {
    let (offsets, count) = offsets::<O>(random, len);
    let values = random_array(random, item.data_type(), count, item.is_nullable());
    let nulls = random.nulls(len, nullable);
    Arc::new(GenericListArray::<O>::try_new(item.clone(), offsets, values, nulls).unwrap())
}

fn view<O: OffsetSizeTrait>(random: &mut dyn Draw, item: &FieldRef, len: usize, nullable: bool) -> ArrayRef {
    let count = len + 3;
    let values = random_array(random, item.data_type(), count, item.is_nullable());
    let (mut offsets, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..len {
        let offset = random.below(count);
        offsets.push(O::usize_as(offset));
        sizes.push(O::usize_as(random.below((count - offset).min(4) + 1)));
    }
    let nulls = random.nulls(len, nullable);
    Arc::new(GenericListViewArray::<O>::try_new(item.clone(), offsets.into(), sizes.into(), values, nulls).unwrap())
}

fn group(random: &mut dyn Draw, fields: &Fields, len: usize, nullable: bool) -> StructArray {
    let columns =
        fields.iter().map(|field| random_array(random, field.data_type(), len, field.is_nullable())).collect();
    let nulls = random.nulls(len, nullable);
    StructArray::try_new_with_length(fields.clone(), columns, nulls, len).unwrap()
}
