//! Random batches of random types: written, read with their schema, equal. And text read by another JSON library.

use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::*;
use arrow_buffer::{
    BooleanBuffer, IntervalDayTime, IntervalMonthDayNano, NullBuffer, OffsetBuffer, ScalarBuffer, i256,
};
use arrow_schema::{DataType, Field, FieldRef, Fields, IntervalUnit, Schema, TimeUnit};
use half::f16;
use proptest::prelude::*;

use super::{lines, read, text, with_schema};
use crate::format::ReadOptions;

/// Numbers without pattern (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
    fn chance(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
    /// Of any magnitude.
    fn wide(&mut self) -> u64 {
        let bits = self.below(65);
        if bits == 0 { 0 } else { self.next() >> (64 - bits) }
    }
    fn text(&mut self) -> String {
        const CHARS: [char; 16] =
            ['a', 'b', ' ', '"', '\\', '\n', '\u{1}', '\u{7f}', 'é', '漢', '😀', '{', ']', ',', ':', '0'];
        (0..self.below(20)).map(|_| CHARS[self.below(16) as usize]).collect()
    }
    fn nulls(&mut self, rows: usize) -> Option<NullBuffer> {
        match self.below(3) {
            0 => None,
            1 => Some((0..rows).map(|_| !self.chance(3)).collect()),
            _ => Some((0..rows).map(|_| !self.chance(20)).collect()),
        }
    }
}

fn unit(random: &mut Random) -> TimeUnit {
    [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond][random.below(4) as usize]
}

fn leaf(random: &mut Random) -> DataType {
    match random.below(32) {
        0 => DataType::Null,
        1 => DataType::Boolean,
        2 => DataType::Int8,
        3 => DataType::Int16,
        4 => DataType::Int32,
        5 => DataType::Int64,
        6 => DataType::UInt8,
        7 => DataType::UInt16,
        8 => DataType::UInt32,
        9 => DataType::UInt64,
        10 => DataType::Float16,
        11 => DataType::Float32,
        12 => DataType::Float64,
        13 => DataType::Decimal32(9, 3),
        14 => DataType::Decimal64(18, -2),
        15 => DataType::Decimal128(38, 10),
        16 => DataType::Decimal256(76, 40),
        17 => DataType::Date32,
        18 => DataType::Date64,
        19 => DataType::Time32(TimeUnit::Millisecond),
        20 => DataType::Time64(TimeUnit::Nanosecond),
        21 => DataType::Timestamp(unit(random), None),
        22 => DataType::Timestamp(unit(random), Some("UTC".into())),
        23 => DataType::Timestamp(TimeUnit::Second, Some("+05:30".into())),
        24 => DataType::Duration(unit(random)),
        25 => DataType::Interval(IntervalUnit::MonthDayNano),
        26 => DataType::Interval(IntervalUnit::DayTime),
        27 => DataType::LargeUtf8,
        28 => DataType::Utf8View,
        29 => DataType::Binary,
        30 => DataType::FixedSizeBinary(3),
        _ => DataType::Utf8,
    }
}

fn any_type(random: &mut Random, depth: usize) -> DataType {
    if depth == 0 {
        return leaf(random);
    }
    let child = |random: &mut Random| Arc::new(Field::new("item", any_type(random, depth - 1), true));
    match random.below(14) {
        0 => DataType::List(child(random)),
        1 => DataType::LargeList(child(random)),
        2 => DataType::ListView(child(random)),
        3 => DataType::FixedSizeList(child(random), 2),
        4..=6 => {
            let fields = (0..random.below(4)).map(|n| Field::new(format!("f\"{n}"), any_type(random, depth - 1), true));
            DataType::Struct(fields.collect())
        }
        7 => {
            let keys = [DataType::Utf8, DataType::Int64, DataType::Boolean, DataType::Float64]
                [random.below(4) as usize]
                .clone();
            let value = Field::new("value", any_type(random, depth - 1), true);
            let entries = Fields::from(vec![Field::new("key", keys, false), value]);
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
        }
        8 => DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8)),
        _ => leaf(random),
    }
}

fn primitive<T: ArrowPrimitiveType>(
    random: &mut Random,
    rows: usize,
    data_type: &DataType,
    mut value: impl FnMut(&mut Random) -> T::Native,
) -> ArrayRef {
    let values: Vec<T::Native> = (0..rows).map(|_| value(random)).collect();
    let array = PrimitiveArray::<T>::new(values.into(), random.nulls(rows));
    Arc::new(array.with_data_type(data_type.clone()))
}

fn lengths(random: &mut Random, rows: usize) -> Vec<usize> {
    (0..rows).map(|_| random.below(4) as usize).collect()
}

fn array(random: &mut Random, data_type: &DataType, rows: usize) -> ArrayRef {
    let t = data_type;
    let signed = |bits: u32| move |random: &mut Random| (random.wide() as i64) >> (64 - bits);
    match t {
        DataType::Null => Arc::new(NullArray::new(rows)),
        DataType::Boolean => {
            let values: BooleanBuffer = (0..rows).map(|_| random.chance(2)).collect();
            Arc::new(BooleanArray::new(values, random.nulls(rows)))
        }
        DataType::Int8 => primitive::<Int8Type>(random, rows, t, |r| r.next() as i8),
        DataType::Int16 => primitive::<Int16Type>(random, rows, t, |r| r.next() as i16),
        DataType::Int32 => primitive::<Int32Type>(random, rows, t, |r| r.wide() as i32),
        DataType::Int64 => primitive::<Int64Type>(random, rows, t, |r| r.wide() as i64),
        DataType::UInt8 => primitive::<UInt8Type>(random, rows, t, |r| r.next() as u8),
        DataType::UInt16 => primitive::<UInt16Type>(random, rows, t, |r| r.next() as u16),
        DataType::UInt32 => primitive::<UInt32Type>(random, rows, t, |r| r.wide() as u32),
        DataType::UInt64 => primitive::<UInt64Type>(random, rows, t, Random::wide),
        DataType::Float16 => primitive::<Float16Type>(random, rows, t, |r| {
            let value = f16::from_bits(r.next() as u16);
            if value.is_nan() { f16::NAN } else { value }
        }),
        DataType::Float32 => primitive::<Float32Type>(random, rows, t, |r| {
            let value = f32::from_bits(r.next() as u32);
            if value.is_nan() { f32::NAN } else { value }
        }),
        DataType::Float64 => primitive::<Float64Type>(random, rows, t, |r| {
            let value = f64::from_bits(r.next());
            if value.is_nan() { f64::NAN } else { value }
        }),
        DataType::Decimal32(..) => {
            primitive::<Decimal32Type>(random, rows, t, |r| r.below(1_999_999_999) as i32 % 1_000_000_000)
        }
        DataType::Decimal64(..) => primitive::<Decimal64Type>(random, rows, t, |r| r.wide() as i64 % 10i64.pow(18)),
        DataType::Decimal128(..) => primitive::<Decimal128Type>(random, rows, t, |r| {
            (i128::from(r.wide()) * i128::from(r.next() as i64)) % 10i128.pow(38)
        }),
        DataType::Decimal256(..) => primitive::<Decimal256Type>(random, rows, t, |r| {
            i256::from_parts(u128::from(r.next()) << 64 | u128::from(r.next()), (r.next() as i128 - (1 << 63)) << 40)
        }),
        DataType::Date32 => primitive::<Date32Type>(random, rows, t, |r| r.wide() as i32),
        DataType::Date64 => primitive::<Date64Type>(random, rows, t, |r| i64::from(r.wide() as i32) * 86_400_000),
        DataType::Time32(_) => primitive::<Time32MillisecondType>(random, rows, t, |r| r.below(86_400_000) as i32),
        DataType::Time64(_) => {
            primitive::<Time64NanosecondType>(random, rows, t, |r| r.below(86_400_000_000_000) as i64)
        }
        DataType::Timestamp(unit, _) => match unit {
            // Years that the text can hold.
            TimeUnit::Second => primitive::<TimestampSecondType>(random, rows, t, signed(40)),
            TimeUnit::Millisecond => primitive::<TimestampMillisecondType>(random, rows, t, signed(50)),
            TimeUnit::Microsecond => primitive::<TimestampMicrosecondType>(random, rows, t, signed(60)),
            TimeUnit::Nanosecond => primitive::<TimestampNanosecondType>(random, rows, t, |r| r.wide() as i64),
        },
        DataType::Duration(unit) => match unit {
            TimeUnit::Second => primitive::<DurationSecondType>(random, rows, t, |r| r.wide() as i64),
            TimeUnit::Millisecond => primitive::<DurationMillisecondType>(random, rows, t, |r| r.wide() as i64),
            TimeUnit::Microsecond => primitive::<DurationMicrosecondType>(random, rows, t, |r| r.wide() as i64),
            TimeUnit::Nanosecond => primitive::<DurationNanosecondType>(random, rows, t, |r| r.wide() as i64),
        },
        DataType::Interval(IntervalUnit::DayTime) => primitive::<IntervalDayTimeType>(random, rows, t, |r| {
            IntervalDayTime::new(r.wide() as i32, r.wide() as i32)
        }),
        DataType::Interval(_) => primitive::<IntervalMonthDayNanoType>(random, rows, t, |r| {
            IntervalMonthDayNano::new(r.wide() as i32, r.wide() as i32, r.wide() as i64)
        }),
        DataType::Utf8 => Arc::new((0..rows).map(|_| maybe_text(random)).collect::<StringArray>()),
        DataType::LargeUtf8 => Arc::new((0..rows).map(|_| maybe_text(random)).collect::<LargeStringArray>()),
        DataType::Utf8View => Arc::new((0..rows).map(|_| maybe_text(random)).collect::<StringViewArray>()),
        DataType::Binary => Arc::new((0..rows).map(|_| maybe_text(random)).collect::<BinaryArray>()),
        DataType::FixedSizeBinary(_) => {
            let values = (0..rows).map(|_| if random.chance(4) { None } else { Some([random.next() as u8; 3]) });
            let values: Vec<_> = values.collect();
            Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.into_iter(), 3).unwrap())
        }
        DataType::List(item) => {
            let offsets = OffsetBuffer::<i32>::from_lengths(lengths(random, rows));
            let values = array(random, item.data_type(), offsets.last() as usize);
            Arc::new(ListArray::new(item.clone(), offsets, values, random.nulls(rows)))
        }
        DataType::LargeList(item) => {
            let offsets = OffsetBuffer::<i64>::from_lengths(lengths(random, rows));
            let values = array(random, item.data_type(), offsets.last() as usize);
            Arc::new(LargeListArray::new(item.clone(), offsets, values, random.nulls(rows)))
        }
        DataType::ListView(item) => {
            let values = array(random, item.data_type(), 5);
            let offsets: ScalarBuffer<i32> = (0..rows).map(|_| random.below(3) as i32).collect();
            let sizes: ScalarBuffer<i32> = (0..rows).map(|_| random.below(3) as i32).collect();
            Arc::new(ListViewArray::new(item.clone(), offsets, sizes, values, random.nulls(rows)))
        }
        DataType::FixedSizeList(item, size) => {
            let values = array(random, item.data_type(), rows * *size as usize);
            Arc::new(FixedSizeListArray::new(item.clone(), *size, values, random.nulls(rows)))
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().map(|field| array(random, field.data_type(), rows)).collect();
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, random.nulls(rows), rows).unwrap())
        }
        DataType::Map(entries, _) => map(random, entries, rows),
        DataType::Dictionary(..) => Arc::new(
            (0..rows)
                .map(|_| ["x", "yy", ""].get(random.below(4) as usize).copied())
                .collect::<DictionaryArray<Int16Type>>(),
        ),
        other => panic!("{other}"),
    }
}

fn maybe_text(random: &mut Random) -> Option<String> {
    if random.chance(5) { None } else { Some(random.text()) }
}

/// Keys are distinct within each map: there are no more than two entries.
fn map(random: &mut Random, entries: &FieldRef, rows: usize) -> ArrayRef {
    let DataType::Struct(fields) = entries.data_type() else { panic!() };
    let lengths: Vec<usize> = (0..rows).map(|_| random.below(3) as usize).collect();
    let order: Vec<usize> = lengths.iter().flat_map(|length| 0..*length).collect();
    let keys: ArrayRef = match fields[0].data_type() {
        DataType::Utf8 => Arc::new(order.iter().map(|n| Some(format!("k\n{n}"))).collect::<StringArray>()),
        DataType::Int64 => Arc::new(order.iter().map(|n| Some(-(*n as i64))).collect::<Int64Array>()),
        DataType::Boolean => Arc::new(order.iter().map(|n| Some(*n == 1)).collect::<BooleanArray>()),
        _ => Arc::new(order.iter().map(|n| Some(*n as f64 / 2.0)).collect::<Float64Array>()),
    };
    let values = array(random, fields[1].data_type(), order.len());
    let pairs = StructArray::new(fields.clone(), vec![keys, values], None);
    let offsets = OffsetBuffer::from_lengths(lengths);
    Arc::new(MapArray::new(entries.clone(), offsets, pairs, random.nulls(rows), false))
}

fn records(seed: u64) -> RecordBatch {
    let random = &mut Random(seed);
    let rows = random.below(20) as usize;
    let fields: Vec<Field> =
        (0..1 + random.below(4)).map(|n| Field::new(format!("c{n}"), any_type(random, 3), true)).collect();
    let columns = fields.iter().map(|field| array(random, field.data_type(), rows + 2).slice(1, rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_written_is_read(seed: u64) {
        let records = records(seed);
        for settings in [&[][..], &[("layout", "array")], &[("layout", "array"), ("pretty", "true")], &[("pretty", "true")]] {
            let text = text(&records, settings);
            let mut options = with_schema(&records.schema());
            options.limits.chunk_bytes = 64;
            options.limits.batch_rows = 7;
            let again = read(text.clone(), &options);
            prop_assert!(again.is_ok(), "{:?}\n{text}", again);
            prop_assert_eq!(&again.unwrap(), &records, "{}", text);
        }
    }

    #[test]
    fn another_library_reads_the_same(seed: u64) {
        let records = records(seed);
        let text = lines(&records);
        let values: Vec<serde_json::Value> =
            serde_json::Deserializer::from_str(&text).into_iter().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(values.len(), records.num_rows());
        // What is inferred from it prints the same values.
        let inferred = read(text.clone(), &ReadOptions::default()).unwrap();
        let again: Vec<serde_json::Value> =
            serde_json::Deserializer::from_str(&lines(&inferred)).into_iter().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(again.len(), values.len());
        for (mine, theirs) in again.iter().zip(&values) {
            prop_assert!(same(mine, theirs), "{mine}\n{theirs}");
        }
    }
}

/// Equal values; a missing member is as good as null, and numbers may be written in another style.
fn same(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys());
            keys.into_iter().all(|key| same(a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}
