//! Random batches of every Arrow type: generated schema, bytes, and back. What cannot be written must be refused,
//! and nothing else: an independent walk over the values tells which rows that is.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ListArray, ListViewArray, RecordBatch, StructArray, UnionArray};
use arrow_schema::{DataType, Field, Fields, IntervalUnit, Schema, TimeUnit};

use super::{definition, read, read_options};
use crate::code::Code;
use crate::column::proto::encode::plan;
use crate::format::Limits;
use crate::formats::protobuf::encode::Encoder;
use crate::formats::protobuf::framing::Framing;
use crate::formats::testing_batches::{Random, leaf_types, random_array, random_batch};
use crate::pipeline::{Batch, Encode};
use crate::schema::proto::generate::{Choices, generate, unset_branch};

#[test]
fn every_type_comes_back() {
    let mut random = Random(0x1234_5678_9abc);
    let (mut written, mut refused) = (0, 0);
    for round in 0..260 {
        let depth = round % 4;
        let columns = 1 + random.below(3);
        let batch = random_batch(&mut random, columns, depth, 12);
        check(&batch, &format!("round {round}"), &mut written, &mut refused);
    }
    assert!(written > 600, "{written} rows written");
    assert!(refused > 200, "{refused} rows refused");
}

#[test]
fn every_leaf_type_comes_back() {
    let mut random = Random(99);
    let (mut written, mut refused) = (0, 0);
    for data_type in leaf_types() {
        let array = random_array(&mut random, &data_type, 24, true);
        let field = Field::new("leaf", data_type.clone(), true);
        let schema = Schema::new(vec![field]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![array]).expect("batch");
        let before = written;
        check(&batch, &data_type.to_string(), &mut written, &mut refused);
        assert!(written > before, "no value of {data_type} was written");
    }
}

#[test]
fn views_may_share_elements() {
    let lists = ListArray::new_null(Arc::new(Field::new("item", DataType::Int32, false)), 1);
    let fields = Fields::from(vec![Field::new("list", lists.data_type().clone(), true)]);
    let structs = StructArray::new(fields, vec![Arc::new(lists)], None);
    let item = Arc::new(Field::new("item", structs.data_type().clone(), false));
    let views = ListViewArray::new(item, vec![0, 0, 0].into(), vec![1, 0, 1].into(), Arc::new(structs), None);
    let schema = Schema::new(vec![Field::new("views", views.data_type().clone(), false)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(views)]).expect("batch");
    let (mut written, mut refused) = (0, 0);
    check(&batch, "shared", &mut written, &mut refused);
    assert_eq!((written, refused), (3, 0));
}

fn check(batch: &RecordBatch, name: &str, written: &mut usize, refused: &mut usize) {
    let schema = batch.schema();
    let choices = Choices { hints: false, ..Choices::named("Row") };
    let made = generate(&schema, &choices).unwrap_or_else(|error| panic!("{name}: {error}: {schema:?}"));
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("row.proto");
    std::fs::write(&path, &made.text).expect("schema file");
    let plan = plan::message(&made.pool, made.message, schema.fields())
        .unwrap_or_else(|error| panic!("{name}: {error}: {schema:?}"));
    let encoder = Encoder::new(made.pool, made.message, plan, Framing::Delimited, None);
    let encode = |batch: RecordBatch| encoder.encode(&mut std::iter::once(Ok(Batch::new(batch))));
    let (mut good, mut bytes, mut null_lists) = (Vec::new(), Vec::new(), 0);
    for row in 0..batch.num_rows() {
        let mut facts = Facts::default();
        for column in batch.columns() {
            facts.walk(column, row, Place::Field);
        }
        match encode(batch.slice(row, 1)) {
            Ok(encoded) => {
                assert!(facts.faults.is_empty(), "{name}, row {row}: {:?} was written\n{}", facts.faults, made.text);
                let counted: u64 = encoded.report.losses.values().sum();
                assert_eq!(counted, facts.null_lists, "{name}, row {row}: {:?}", encoded.report.losses);
                if !facts.unreadable {
                    good.push(row as u32);
                    null_lists += facts.null_lists;
                    bytes.extend_from_slice(&encoded.piece);
                }
            }
            Err(error) => {
                let code = error.code();
                assert!(
                    code.is_some_and(|code| facts.faults.contains(&code)),
                    "{name}, row {row}: {error}, expected {:?}\n{}{:?}",
                    facts.faults,
                    made.text,
                    batch.slice(row, 1)
                );
                *refused += 1;
            }
        }
    }
    *written += good.len();
    // All good rows at once: the same bytes as one by one.
    let indices = arrow_array::UInt32Array::from(good.clone());
    let all = arrow_select::take::take_record_batch(batch, &indices).expect("taken");
    let encoded = encode(all).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(encoded.piece, bytes, "{name}");
    assert_eq!(encoded.report.losses.values().sum::<u64>(), null_lists, "{name}");
    assert!(encoded.report.losses.keys().all(|(code, _)| *code == Code::NullList), "{name}");
    let options = read_options(definition(&path, None, &[]), &[("timestamp", "struct")]);
    let options = crate::format::ReadOptions { limits: Limits { depth_max: 128, ..options.limits }, ..options };
    let back = read(bytes, &options).unwrap_or_else(|error| panic!("{name}: {error}\n{}{batch:?}", made.text));
    let rows: usize = back.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, good.len(), "{name}");
    if let Some(first) = back.first() {
        let back = arrow_select::concat::concat_batches(&first.schema(), &back).expect("one batch");
        for (right, left) in good.iter().enumerate() {
            let trail = format!("{name}, row {left}\n{}", made.text);
            same_columns(batch.columns(), *left as usize, back.columns(), right, &trail);
        }
    }
}

pub(super) fn element(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item.data_type()),
        _ => None,
    }
}

/// Where a value stands, as far as nulls go.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Field,
    Element,
    /// Of a map or a union.
    Inside,
}

/// What is known about a row before it is written.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) faults: HashSet<Code>,
    pub(super) null_lists: u64,
    /// Written exactly, but outside what the reader's Arrow type holds.
    unreadable: bool,
}

impl Facts {
    pub(super) fn walk(&mut self, array: &ArrayRef, row: usize, place: Place) {
        let (array, row) = plain(array, row);
        if is_null(&array, row) {
            let list = element(array.data_type()).is_some() || matches!(array.data_type(), DataType::Map(..));
            match place {
                Place::Field if list => self.null_lists += 1,
                Place::Field => {}
                Place::Element => drop(self.faults.insert(Code::NullElement)),
                Place::Inside => drop(self.faults.insert(Code::Null)),
            }
            return;
        }
        if let Some((items, start, end)) = items(&array, row) {
            return (start..end).for_each(|item| self.walk(&items, item, Place::Element));
        }
        match array.data_type() {
            DataType::Struct(_) => {
                array.as_struct().columns().iter().for_each(|column| self.walk(column, row, Place::Field))
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let (start, end) = (map.value_offsets()[row] as usize, map.value_offsets()[row + 1] as usize);
                let place = if pairs(map.keys().data_type()) { Place::Field } else { Place::Inside };
                let mut seen = HashSet::new();
                for entry in start..end {
                    self.walk(map.keys(), entry, place);
                    self.walk(map.values(), entry, place);
                    if place == Place::Inside && !seen.insert(leaf(map.keys(), entry)) {
                        self.faults.insert(Code::DuplicateKey);
                    }
                }
            }
            DataType::Union(..) => {
                let (child, slot) = branch(array.as_union(), row);
                if child.data_type() != &DataType::Null {
                    self.walk(&child, slot, Place::Inside);
                }
            }
            // 0001-01-01 to 9999-12-31.
            DataType::Date32 | DataType::Date64 if !(-719_162..=2_932_896).contains(&days(&array, row)) => {
                self.faults.insert(Code::DateRange);
            }
            DataType::Timestamp(..) => {
                let seconds = nanoseconds(&array, row).div_euclid(1_000_000_000);
                if !(-62_135_596_800..=253_402_300_799).contains(&seconds) {
                    self.faults.insert(Code::TimestampRange);
                }
            }
            DataType::Duration(_) => {
                let value = nanoseconds(&array, row);
                if (value / 1_000_000_000).abs() > 315_576_000_000 {
                    self.faults.insert(Code::TimestampRange);
                }
                self.unreadable |= i64::try_from(value).is_err();
            }
            _ => {}
        }
    }
}

/// Whether a map with such keys is a list of pairs.
fn pairs(key: &DataType) -> bool {
    !matches!(key, DataType::Utf8 | DataType::Boolean) && !key.is_integer()
}

/// Without dictionary or run-end encoding.
pub(super) fn plain(array: &ArrayRef, row: usize) -> (ArrayRef, usize) {
    match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            if dictionary.keys().is_null(row) {
                return (arrow_array::new_null_array(dictionary.values().data_type(), 1), 0);
            }
            plain(dictionary.values(), dictionary.normalized_keys()[row])
        }
        DataType::RunEndEncoded(..) => {
            let runs = array.as_run::<Int32Type>();
            plain(runs.values(), runs.get_physical_index(row))
        }
        _ => (array.clone(), row),
    }
}

pub(super) fn is_null(array: &ArrayRef, row: usize) -> bool {
    array.data_type() == &DataType::Null || array.is_null(row)
}

pub(super) fn branch(union: &UnionArray, row: usize) -> (ArrayRef, usize) {
    (union.child(union.type_id(row)).clone(), union.value_offset(row))
}

/// The elements of a list.
pub(super) fn items(array: &ArrayRef, row: usize) -> Option<(ArrayRef, usize, usize)> {
    macro_rules! list {
        ($list:expr) => {{
            let list = $list;
            (list.values().clone(), list.value_offsets()[row] as usize, list.value_offsets()[row + 1] as usize)
        }};
    }
    macro_rules! view {
        ($list:expr) => {{
            let list = $list;
            let start = list.value_offsets()[row] as usize;
            (list.values().clone(), start, start + list.value_sizes()[row] as usize)
        }};
    }
    Some(match array.data_type() {
        DataType::List(_) => list!(array.as_list::<i32>()),
        DataType::LargeList(_) => list!(array.as_list::<i64>()),
        DataType::ListView(_) => view!(array.as_list_view::<i32>()),
        DataType::LargeListView(_) => view!(array.as_list_view::<i64>()),
        DataType::FixedSizeList(_, size) => {
            let (list, size) = (array.as_fixed_size_list(), *size as usize);
            (list.values().clone(), row * size, row * size + size)
        }
        _ => return None,
    })
}

fn days(array: &ArrayRef, row: usize) -> i64 {
    match array.data_type() {
        DataType::Date32 => i64::from(array.as_primitive::<Date32Type>().value(row)),
        _ => array.as_primitive::<Date64Type>().value(row) / 86_400_000,
    }
}

pub(super) fn nanoseconds(array: &ArrayRef, row: usize) -> i128 {
    macro_rules! value {
        ($type:ty) => {
            i128::from(array.as_primitive::<$type>().value(row))
        };
    }
    use DataType::{Duration, Time32, Time64, Timestamp};
    let (value, unit) = match array.data_type() {
        Timestamp(TimeUnit::Second, _) => (value!(TimestampSecondType), TimeUnit::Second),
        Timestamp(TimeUnit::Millisecond, _) => (value!(TimestampMillisecondType), TimeUnit::Millisecond),
        Timestamp(TimeUnit::Microsecond, _) => (value!(TimestampMicrosecondType), TimeUnit::Microsecond),
        Timestamp(TimeUnit::Nanosecond, _) => (value!(TimestampNanosecondType), TimeUnit::Nanosecond),
        Duration(TimeUnit::Second) => (value!(DurationSecondType), TimeUnit::Second),
        Duration(TimeUnit::Millisecond) => (value!(DurationMillisecondType), TimeUnit::Millisecond),
        Duration(TimeUnit::Microsecond) => (value!(DurationMicrosecondType), TimeUnit::Microsecond),
        Duration(TimeUnit::Nanosecond) => (value!(DurationNanosecondType), TimeUnit::Nanosecond),
        Time32(TimeUnit::Second) => (value!(Time32SecondType), TimeUnit::Second),
        Time32(_) => (value!(Time32MillisecondType), TimeUnit::Millisecond),
        Time64(TimeUnit::Microsecond) => (value!(Time64MicrosecondType), TimeUnit::Microsecond),
        Time64(_) => (value!(Time64NanosecondType), TimeUnit::Nanosecond),
        other => panic!("{other} has no unit"),
    };
    let scale = match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1000,
        TimeUnit::Nanosecond => 1,
    };
    value * scale
}

/// Columns of a struct, or of a batch: a union stands as one column for each branch.
fn same_columns(left: &[ArrayRef], row: usize, right: &[ArrayRef], back: usize, trail: &str) {
    let mut rest = right.iter();
    for left in left {
        let DataType::Union(branches, _) = left.data_type() else {
            same(left, row, rest.next().expect("a column is missing"), back, trail);
            continue;
        };
        let chosen = left.as_union().type_id(row);
        for (id, field) in branches.iter().filter(|(id, _)| Some(*id) != unset_branch(branches)) {
            let member = rest.next().expect("a member is missing");
            if id == chosen {
                assert!(!member.is_null(back), "{} is not set: {trail}", field.name());
                let (child, slot) = branch(left.as_union(), row);
                if child.data_type() != &DataType::Null {
                    same(&child, slot, member, back, trail);
                }
            } else {
                assert!(member.is_null(back), "{} is set: {trail}", field.name());
            }
        }
    }
    assert!(rest.next().is_none(), "too many columns: {trail}");
}

fn same(left: &ArrayRef, row: usize, right: &ArrayRef, back: usize, trail: &str) {
    let (left, row) = &plain(left, row);
    let row = *row;
    if let DataType::Union(..) = left.data_type() {
        assert!(!right.is_null(back), "{trail}");
        return same_columns(std::slice::from_ref(left), row, right.as_struct().columns(), back, trail);
    }
    let is_map = matches!(left.data_type(), DataType::Map(..));
    if is_map || element(left.data_type()).is_some() {
        // A message around it.
        if let DataType::Struct(_) = right.data_type() {
            assert!(!right.is_null(back), "{trail}");
            return same(left, row, right.as_struct().column(0), back, trail);
        }
        assert!(!right.is_null(back), "{trail}");
        if is_null(left, row) {
            let empty = if let Some(map) = right.as_map_opt() {
                map.value_length(back) == 0
            } else {
                right.as_list::<i32>().value_length(back) == 0
            };
            assert!(empty, "a null list is not empty: {trail}");
            return;
        }
    }
    if is_null(left, row) {
        assert!(right.is_null(back), "a null of {} is set: {trail}", left.data_type());
        return;
    }
    assert!(!right.is_null(back), "a value of {} is not set: {trail}", left.data_type());
    if let Some((values, start, end)) = items(left, row) {
        let (right, first, last) = items(right, back).expect("a list");
        assert_eq!(end - start, last - first, "{trail}");
        (start..end).zip(first..last).for_each(|(item, back)| same(&values, item, &right, back, trail));
        return;
    }
    match left.data_type() {
        DataType::Struct(_) => same_columns(left.as_struct().columns(), row, right.as_struct().columns(), back, trail),
        DataType::Map(..) => {
            let map = left.as_map();
            let entries = map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize;
            if pairs(map.keys().data_type()) {
                let (right, first, last) = items(right, back).expect("a list of pairs");
                assert_eq!(entries.len(), last - first, "{trail}");
                for (entry, back) in entries.zip(first..last) {
                    same_columns(map.entries().columns(), entry, right.as_struct().columns(), back, trail);
                }
                return;
            }
            let back_map = right.as_map();
            let backs = back_map.value_offsets()[back] as usize..back_map.value_offsets()[back + 1] as usize;
            assert_eq!(entries.len(), backs.len(), "{trail}");
            for entry in entries {
                let key = leaf(map.keys(), entry);
                let back = backs.clone().find(|back| leaf(back_map.keys(), *back) == key);
                same(map.values(), entry, back_map.values(), back.expect("a key is gone"), trail);
            }
        }
        DataType::Timestamp(..) => {
            let parts = right.as_struct();
            let seconds = i128::from(parts.column(0).as_primitive::<Int64Type>().value(back));
            let nanos = i128::from(parts.column(1).as_primitive::<Int32Type>().value(back));
            assert!((0..1_000_000_000).contains(&nanos), "{trail}");
            assert_eq!(nanoseconds(left, row), seconds * 1_000_000_000 + nanos, "{trail}");
        }
        DataType::Interval(_) => {
            let parts = right.as_struct();
            let months = parts.column(0).as_primitive::<Int32Type>().value(back);
            let days = parts.column(1).as_primitive::<Int32Type>().value(back);
            let nanos = parts.column(2).as_primitive::<Int64Type>().value(back);
            assert_eq!(interval(left, row), (months, days, nanos), "{trail}");
        }
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            assert_eq!(decimal(left, row), canonical(right.as_string::<i32>().value(back), 0), "{trail}");
        }
        _ => assert_eq!(leaf(left, row), leaf(right, back), "{}: {trail}", left.data_type()),
    }
}

pub(super) fn interval(array: &ArrayRef, row: usize) -> (i32, i32, i64) {
    match array.data_type() {
        DataType::Interval(IntervalUnit::YearMonth) => (array.as_primitive::<IntervalYearMonthType>().value(row), 0, 0),
        DataType::Interval(IntervalUnit::DayTime) => {
            let value = array.as_primitive::<IntervalDayTimeType>().value(row);
            (0, value.days, i64::from(value.milliseconds) * 1_000_000)
        }
        _ => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            (value.months, value.days, value.nanoseconds)
        }
    }
}

/// Sign and digits without zeros at the ends, and how many digits are behind the point.
fn canonical(text: &str, scale: i64) -> (bool, String, i64) {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return (false, String::new(), 0);
    }
    (negative, kept.to_owned(), scale + fraction.len() as i64 - (digits.len() - kept.len()) as i64)
}

pub(super) fn decimal(array: &ArrayRef, row: usize) -> (bool, String, i64) {
    let (text, scale) = match array.data_type() {
        DataType::Decimal32(_, scale) => (array.as_primitive::<Decimal32Type>().value(row).to_string(), scale),
        DataType::Decimal64(_, scale) => (array.as_primitive::<Decimal64Type>().value(row).to_string(), scale),
        DataType::Decimal128(_, scale) => (array.as_primitive::<Decimal128Type>().value(row).to_string(), scale),
        DataType::Decimal256(_, scale) => (array.as_primitive::<Decimal256Type>().value(row).to_string(), scale),
        other => panic!("{other} is no decimal"),
    };
    canonical(&text, i64::from(*scale))
}

/// Values whose Arrow types may differ in width or layout, in one form.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Leaf {
    Number(i128),
    Float(u64),
    Bytes(Vec<u8>),
}

pub(super) fn leaf(array: &ArrayRef, row: usize) -> Leaf {
    macro_rules! number {
        ($type:ty) => {
            Leaf::Number(i128::from(array.as_primitive::<$type>().value(row)))
        };
    }
    let float = |value: f64| Leaf::Float(if value.is_nan() { u64::MAX } else { value.to_bits() });
    let bytes = |bytes: &[u8]| Leaf::Bytes(bytes.to_vec());
    match array.data_type() {
        DataType::Boolean => Leaf::Number(i128::from(array.as_boolean().value(row))),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Date32 | DataType::Date64 => Leaf::Number(i128::from(days(array, row))),
        DataType::Time32(_) | DataType::Time64(_) | DataType::Duration(_) => Leaf::Number(nanoseconds(array, row)),
        DataType::Float16 => float(array.as_primitive::<Float16Type>().value(row).to_f64()),
        DataType::Float32 => float(f64::from(array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => bytes(array.as_string::<i32>().value(row).as_bytes()),
        DataType::LargeUtf8 => bytes(array.as_string::<i64>().value(row).as_bytes()),
        DataType::Utf8View => bytes(array.as_string_view().value(row).as_bytes()),
        DataType::Binary => bytes(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => bytes(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => bytes(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => bytes(array.as_fixed_size_binary().value(row)),
        other => panic!("{other} is no leaf"),
    }
}
