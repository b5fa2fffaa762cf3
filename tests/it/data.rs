//! Records to convert: any that every format can hold, with nulls, and fixed samples.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

/// Which nulls may occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Everywhere: null lists, null items.
    Everywhere,
    /// Not for lists and maps and not in them: what Protobuf can tell apart.
    NotInLists,
}

type Column = (FieldRef, ArrayRef);

/// Batches of two to seven columns with the same number of rows.
pub fn batches(nulls: Nulls) -> impl Strategy<Value = RecordBatch> {
    (0..24_usize, prop::collection::vec(0..KINDS, 2..7)).prop_flat_map(move |(rows, kinds)| {
        let columns: Vec<_> =
            kinds.into_iter().enumerate().map(|(at, kind)| column(&format!("c{at}"), kind, rows, nulls)).collect();
        columns.prop_map(|columns| {
            let fields: Vec<FieldRef> = columns.iter().map(|(field, _)| field.clone()).collect();
            let arrays = columns.into_iter().map(|(_, array)| array).collect();
            RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("columns fit their fields")
        })
    })
}

const KINDS: usize = 17;

/// As near to one as a weight may come.
const ALWAYS: f64 = 1.0 - 1e-9;

fn column(name: &str, kind: usize, rows: usize, nulls: Nulls) -> BoxedStrategy<Column> {
    let name = name.to_owned();
    macro_rules! flat {
        ($array:ty, $values:expr) => {
            flat!($array, $values, |array: $array| array)
        };
        ($array:ty, $values:expr, $finish:expr) => {
            prop::collection::vec(prop::option::weighted(0.8, $values), rows)
                .prop_map(move |values| {
                    let array: ArrayRef = Arc::new(($finish)(values.into_iter().collect::<$array>()));
                    (Arc::new(Field::new(&name, array.data_type().clone(), true)), array)
                })
                .boxed()
        };
    }
    match kind {
        0 => flat!(BooleanArray, any::<bool>()),
        1 => flat!(Int32Array, any::<i32>()),
        2 => flat!(Int64Array, any::<i64>()),
        3 => flat!(UInt32Array, any::<u32>()),
        4 => flat!(Float32Array, any::<f32>()),
        5 => flat!(Float64Array, any::<f64>()),
        6 | 7 => flat!(StringArray, text()),
        8 => flat!(BinaryArray, prop::collection::vec(any::<u8>(), 0..6)),
        9 => flat!(Date32Array, -719_162..2_932_896_i32),
        10 => flat!(
            TimestampMicrosecondArray,
            -8_000_000_000_000_000..8_000_000_000_000_000_i64,
            |array: TimestampMicrosecondArray| { array.with_timezone("UTC") }
        ),
        11 => flat!(
            Decimal128Array,
            -99_999_999_999_999_999_999..=99_999_999_999_999_999_999_i128,
            |array: Decimal128Array| { array.with_precision_and_scale(20, 4).expect("20 digits") }
        ),
        12 => int_list(rows, nulls).prop_map(move |array| named(&name, array, nulls)).boxed(),
        13 => structs(rows, nulls, true)
            .prop_map(move |array| (Arc::new(Field::new(&name, array.data_type().clone(), true)), array))
            .boxed(),
        14 => map(rows, nulls).prop_map(move |array| named(&name, array, nulls)).boxed(),
        15 => prop::collection::vec(0..4_usize, rows)
            .prop_flat_map(move |lengths| {
                let total = lengths.iter().sum();
                structs(total, nulls, nulls == Nulls::Everywhere)
                    .prop_map(move |items| list_of(&lengths, items, nulls == Nulls::Everywhere))
            })
            .prop_map(move |array| named(&name, array, nulls))
            .boxed(),
        _ => flat!(
            StringArray,
            prop_oneof![Just("00123".to_owned()), Just("null".into()), Just("1e3".into()), Just("".into())]
        ),
    }
}

fn named(name: &str, array: ArrayRef, nulls: Nulls) -> Column {
    (Arc::new(Field::new(name, array.data_type().clone(), nulls == Nulls::Everywhere)), array)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z0-9 ,;\"'\\\\\n\r\t{}\\[\\]:|#.é漢😀-]{0,12}",
        1 => ".{0,8}",
        1 => prop::sample::select(vec!["", "null", "NaN", "0012", "1.50", "true", "\\N", "2024-02-29", "\u{0}", "\u{feff}x", "=1+1"])
            .prop_map(str::to_owned),
    ]
}

fn list_of(lengths: &[usize], items: ArrayRef, nullable: bool) -> ArrayRef {
    let item = Arc::new(Field::new("item", items.data_type().clone(), nullable));
    Arc::new(ListArray::new(item, OffsetBuffer::from_lengths(lengths.iter().copied()), items, None))
}

/// A value in place of a null, where none may be.
fn present(item: Option<i64>, nulls: Nulls) -> Option<i64> {
    if nulls == Nulls::Everywhere { item } else { item.or(Some(0)) }
}

fn int_list(rows: usize, nulls: Nulls) -> BoxedStrategy<ArrayRef> {
    let (null_list, null_item) = if nulls == Nulls::Everywhere { (0.8, 0.8) } else { (ALWAYS, ALWAYS) };
    let item = prop::option::weighted(null_item, any::<i64>());
    prop::collection::vec(prop::option::weighted(null_list, prop::collection::vec(item, 0..4)), rows)
        .prop_map(move |values| {
            let items: Int64Array =
                values.iter().flatten().flatten().copied().map(|item| present(item, nulls)).collect();
            let lengths = values.iter().map(|value| value.as_ref().map_or(0, Vec::len));
            let validity: NullBuffer = values.iter().map(Option::is_some).collect();
            let field = Arc::new(Field::new("item", DataType::Int64, nulls == Nulls::Everywhere));
            let offsets = OffsetBuffer::from_lengths(lengths);
            let validity = (nulls == Nulls::Everywhere).then_some(validity);
            Arc::new(ListArray::new(field, offsets, Arc::new(items), validity)) as ArrayRef
        })
        .boxed()
}

fn structs(rows: usize, nulls: Nulls, nullable: bool) -> BoxedStrategy<ArrayRef> {
    let validity = prop::collection::vec(prop::bool::weighted(0.8), rows);
    let members = (
        prop::collection::vec(prop::option::weighted(0.8, any::<i32>()), rows),
        prop::collection::vec(prop::option::weighted(0.8, text()), rows),
        int_list(rows, nulls),
        validity,
    );
    members
        .prop_map(move |(numbers, texts, lists, validity)| {
            let fields = Fields::from(vec![
                Field::new("n", DataType::Int32, true),
                Field::new("t", DataType::Utf8, true),
                Field::new("l", lists.data_type().clone(), nulls == Nulls::Everywhere),
            ]);
            let numbers: ArrayRef = Arc::new(numbers.into_iter().collect::<Int32Array>());
            let texts: ArrayRef = Arc::new(texts.into_iter().collect::<StringArray>());
            let validity = nullable.then(|| NullBuffer::from(validity));
            Arc::new(StructArray::new(fields, vec![numbers, texts, lists], validity)) as ArrayRef
        })
        .boxed()
}

fn map(rows: usize, nulls: Nulls) -> BoxedStrategy<ArrayRef> {
    let (null_map, null_value) = if nulls == Nulls::Everywhere { (0.8, 0.8) } else { (ALWAYS, ALWAYS) };
    let entries = prop::collection::btree_map("[a-z\"é]{1,4}", prop::option::weighted(null_value, any::<i64>()), 0..4);
    prop::collection::vec(prop::option::weighted(null_map, entries), rows)
        .prop_map(move |values: Vec<Option<BTreeMap<String, Option<i64>>>>| {
            let keys: StringArray = values.iter().flatten().flat_map(|map| map.keys().map(Some)).collect();
            let items = values.iter().flatten().flat_map(|map| map.values().copied());
            let items: Int64Array = items.map(|item| present(item, nulls)).collect();
            let fields = Fields::from(vec![
                Field::new("key", DataType::Utf8, false),
                Field::new("value", DataType::Int64, nulls == Nulls::Everywhere),
            ]);
            let entries = StructArray::new(fields.clone(), vec![Arc::new(keys), Arc::new(items)], None);
            let offsets = OffsetBuffer::from_lengths(values.iter().map(|map| map.as_ref().map_or(0, BTreeMap::len)));
            let validity: NullBuffer = values.iter().map(Option::is_some).collect();
            let validity = (nulls == Nulls::Everywhere).then_some(validity);
            let field = Arc::new(Field::new("entries", DataType::Struct(fields), false));
            Arc::new(MapArray::new(field, offsets, entries, validity, false)) as ArrayRef
        })
        .boxed()
}

/// A fixed table with a column for each kind of value that every format can hold, nulls among them.
pub fn sample(rows: usize) -> RecordBatch {
    let every = |step: usize, row: usize| !row.is_multiple_of(step);
    let words = ["plain", "with, comma", "two\nlines", "say \"hi\"", "naïve 漢字 😀", "", "null", "007", "-1.50"];
    let pick = |row: usize| words[row * 7 % words.len()];
    let id: Int64Array = (0..rows).map(|row| Some(9_007_199_254_740_993 + row as i64)).collect();
    let flag: BooleanArray = (0..rows).map(|row| every(5, row).then_some(row.is_multiple_of(2))).collect();
    let small: Int32Array = (0..rows).map(|row| every(4, row).then_some(row as i32 - 50)).collect();
    let share: Float64Array = (0..rows).map(|row| every(6, row).then_some(row as f64 / 7.0)).collect();
    let word: StringArray = (0..rows).map(|row| every(8, row).then(|| pick(row))).collect();
    let price: Decimal128Array = (0..rows).map(|row| every(9, row).then_some(row as i128 * 125 - 1000)).collect();
    let price = price.with_precision_and_scale(12, 2).expect("12 digits");
    let when: TimestampMicrosecondArray =
        (0..rows).map(|row| every(7, row).then_some(1_700_000_000_123_456 + row as i64 * 1_000_003)).collect();
    let when = when.with_timezone("UTC");
    let day: Date32Array = (0..rows).map(|row| every(3, row).then_some(19_000 + row as i32)).collect();
    let tags = {
        let lengths: Vec<usize> = (0..rows).map(|row| row % 3).collect();
        let items: StringArray = (0..lengths.iter().sum()).map(|at| Some(pick(at))).collect();
        list_of(&lengths, Arc::new(items), false)
    };
    let place = {
        let city: StringArray = (0..rows).map(|row| every(3, row).then(|| pick(row + 1))).collect();
        let code: Int32Array = (0..rows).map(|row| every(5, row).then_some(row as i32)).collect();
        let fields =
            Fields::from(vec![Field::new("city", DataType::Utf8, true), Field::new("code", DataType::Int32, true)]);
        let validity: NullBuffer = (0..rows).map(|row| every(10, row)).collect();
        StructArray::new(fields, vec![Arc::new(city), Arc::new(code)], Some(validity))
    };
    let columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("id", Arc::new(id), false),
        ("flag", Arc::new(flag), true),
        ("small", Arc::new(small), true),
        ("share", Arc::new(share), true),
        ("word", Arc::new(word), true),
        ("price", Arc::new(price), true),
        ("when", Arc::new(when), true),
        ("day", Arc::new(day), true),
        ("tags", tags, false),
        ("place", Arc::new(place), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns are of one length")
}

/// Runs so many cases, the same on each run; or as many as `PROPTEST_CASES` says, others on each run.
pub fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4000, ..Config::default() };
    match std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()) {
        Some(cases) => TestRunner::new(Config { cases, ..config }),
        None => {
            let numbers = TestRng::deterministic_rng(config.rng_algorithm);
            TestRunner::new_with_rng(config, numbers)
        }
    }
}

/// The unit of timestamps may come back finer where a format has only one.
pub fn is_instant(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(TimeUnit::Microsecond | TimeUnit::Nanosecond | TimeUnit::Millisecond, _))
}
