//! Batches written and read back: equal values and equal types, for every Arrow type, sliced and not.

use std::sync::Arc;

use arrow_array::builder::*;
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano, NullBuffer, OffsetBuffer, i256};
use arrow_schema::{DataType, Field, Fields, Schema, UnionFields};
use half::f16;
use proptest::prelude::*;

use super::{joined, read, read_with, write, write_with};
use crate::code::Code;
use crate::format::{Compression, ReadOptions, WriteOptions};

fn column(array: ArrayRef) -> RecordBatch {
    let field = Field::new("c", array.data_type().clone(), true);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array]).unwrap()
}

/// Written and read back, the whole and a slice of it.
#[track_caller]
fn same(array: ArrayRef) {
    let batch = column(array);
    for batch in [batch.clone(), batch.slice(1, batch.num_rows() - 1)] {
        let bytes = write(&batch).unwrap();
        let (schema, batches) = read(bytes).unwrap();
        let found = joined(&schema, &batches);
        assert_eq!(found.schema().field(0).data_type(), batch.schema().field(0).data_type());
        assert_eq!(found.schema().field(0).is_nullable(), batch.schema().field(0).is_nullable());
        let (found, given) = (found.column(0), batch.column(0));
        // Unions and encodings may be laid out differently: each row is compared by value.
        for row in 0..batch.num_rows() {
            assert_eq!(&found.slice(row, 1), &given.slice(row, 1), "row {row}");
        }
    }
}

#[test]
fn numbers() {
    same(Arc::new(Int8Array::from(vec![Some(i8::MIN), None, Some(i8::MAX)])));
    same(Arc::new(Int16Array::from(vec![Some(i16::MIN), None, Some(i16::MAX)])));
    same(Arc::new(Int32Array::from(vec![Some(i32::MIN), None, Some(i32::MAX), Some(-1), Some(64)])));
    same(Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX), Some(0)])));
    same(Arc::new(UInt8Array::from(vec![Some(0), None, Some(u8::MAX)])));
    same(Arc::new(UInt16Array::from(vec![Some(0), None, Some(u16::MAX)])));
    same(Arc::new(UInt32Array::from(vec![Some(0), None, Some(u32::MAX)])));
    same(Arc::new(UInt64Array::from(vec![Some(0), None, Some(u64::MAX), Some(1 << 63)])));
    same(Arc::new(Float16Array::from(vec![Some(f16::MIN), None, Some(f16::NEG_ZERO), Some(f16::INFINITY)])));
    same(Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])));
    same(Arc::new(NullArray::new(3)));
}

#[test]
fn float_bits() {
    let floats = [f32::from_bits(0x7fc0_1234), f32::from_bits(0xff80_0001), -0.0, f32::INFINITY, 1e-45];
    let doubles = [f64::from_bits(0x7ff8_0000_0000_1234), f64::from_bits(0xfff0_0000_0000_0001), -0.0, 5e-324];
    let batch = column(Arc::new(Float32Array::from(floats.to_vec())));
    let (_, found) = read(write(&batch).unwrap()).unwrap();
    let bits: Vec<u32> = found[0]
        .column(0)
        .as_any()
        .downcast_ref::<Float32Array>()
        .unwrap()
        .values()
        .iter()
        .map(|v| v.to_bits())
        .collect();
    assert_eq!(bits, floats.map(f32::to_bits));
    let batch = column(Arc::new(Float64Array::from(doubles.to_vec())));
    let (_, found) = read(write(&batch).unwrap()).unwrap();
    let bits: Vec<u64> = found[0]
        .column(0)
        .as_any()
        .downcast_ref::<Float64Array>()
        .unwrap()
        .values()
        .iter()
        .map(|v| v.to_bits())
        .collect();
    assert_eq!(bits, doubles.map(f64::to_bits));
    let halves = [0x7c01_u16, 0xfe01, 0x8000, 0x0001];
    let batch = column(Arc::new(Float16Array::from_iter_values(halves.map(f16::from_bits))));
    let (_, found) = read(write(&batch).unwrap()).unwrap();
    let bits = found[0].column(0).as_primitive::<Float16Type>().values().iter().map(|v| v.to_bits());
    assert_eq!(bits.collect::<Vec<_>>(), halves);
}

#[test]
fn texts_and_bytes() {
    let texts = vec![Some("a"), None, Some(""), Some("a longer text than twelve bytes"), Some("ü€😀")];
    same(Arc::new(StringArray::from(texts.clone())));
    same(Arc::new(LargeStringArray::from(texts.clone())));
    same(Arc::new(StringViewArray::from(texts.clone())));
    let bytes: Vec<Option<&[u8]>> = texts.iter().map(|text| text.map(str::as_bytes)).collect();
    same(Arc::new(BinaryArray::from(bytes.clone())));
    same(Arc::new(LargeBinaryArray::from(bytes.clone())));
    same(Arc::new(BinaryViewArray::from(bytes)));
    let fixed = vec![Some([1u8, 2, 3]), None, Some([255, 0, 7])];
    same(Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(fixed.into_iter(), 3).unwrap()));
}

#[test]
fn a_null_that_would_be_read_as_one_of_another_branch_is_refused() {
    let fields = [(0, Field::new("none", DataType::Null, true)), (3, Field::new("some", DataType::Int8, true))];
    let fields: UnionFields = fields.into_iter().map(|(id, field)| (id, Arc::new(field))).collect();
    let union = |some: Int8Array, ids: Vec<i8>| {
        let children: Vec<ArrayRef> = vec![Arc::new(NullArray::new(ids.len())), Arc::new(some)];
        Arc::new(UnionArray::try_new(fields.clone(), ids.into(), None, children).unwrap())
    };
    same(union(vec![None, Some(7)].into(), vec![0, 3]));
    let error = write(&column(union(vec![Some(7), None].into(), vec![3, 3]))).unwrap_err();
    assert_eq!(error.code(), Some(Code::Null), "{error}");
}

/// Lists of one size take their room where there is none: under nulls, and in branches of unions that no row takes.
#[test]
fn lists_of_a_fixed_size_where_there_is_no_value() {
    let list = |items: ArrayRef, size: i32, nulls: Option<Vec<bool>>| -> ArrayRef {
        let item = Arc::new(Field::new("item", items.data_type().clone(), items.is_nullable()));
        Arc::new(FixedSizeListArray::new(item, size, items, nulls.map(NullBuffer::from)))
    };
    let group = |member: ArrayRef, nulls: Option<Vec<bool>>| -> ArrayRef {
        let fields = Fields::from(vec![Field::new("b", member.data_type().clone(), false)]);
        Arc::new(StructArray::new(fields, vec![member], nulls.map(NullBuffer::from)))
    };
    let numbers = || -> ArrayRef { Arc::new(Int32Array::from(vec![1, 2, 3, 4])) };
    let words = |keys: Vec<Option<i32>>| -> ArrayRef {
        let values: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
        Arc::new(DictionaryArray::new(Int32Array::from(keys), values))
    };
    let some = || words(vec![Some(0), Some(1), Some(1), Some(0)]);
    let first_null = || Some(vec![false, true]);
    for items in [numbers(), some(), words(vec![None, None, Some(1), None])] {
        same(list(items.clone(), 2, None));
        same(list(items.clone(), 2, first_null()));
        same(list(items.clone(), 2, Some(vec![false, false])));
        same(group(list(items.clone(), 2, None), first_null()));
        same(group(group(list(items.clone(), 2, None), None), Some(vec![false, false])));
        same(list(list(items.clone(), 1, None), 2, first_null()));
    }
    for nulls in [first_null(), Some(vec![false, false])] {
        same(list(group(some(), None), 2, nulls));
    }
    // A union of which no row takes the lists.
    let lists = list(some(), 2, None);
    let fields: UnionFields = [
        (0, Arc::new(Field::new("l", lists.data_type().clone(), true))),
        (1, Arc::new(Field::new("n", DataType::Int32, true))),
        (2, Arc::new(Field::new("d", some().data_type().clone(), true))),
    ]
    .into_iter()
    .collect();
    let children = vec![lists, Arc::new(Int32Array::from(vec![7, 8])) as ArrayRef, words(vec![Some(0), Some(1)])];
    for ids in [vec![1i8, 1], vec![0, 1], vec![2, 0]] {
        same(Arc::new(UnionArray::try_new(fields.clone(), ids.into(), None, children.clone()).unwrap()));
    }
}

#[test]
fn the_null_branch_of_a_union_that_is_a_record_stays_it() {
    // Two branches of one Avro type make a record of nullable fields.
    for of_nulls in [0, 1, 2] {
        let mut fields = vec![Field::new("a", DataType::Int32, true), Field::new("b", DataType::Int32, true)];
        let mut children: Vec<ArrayRef> = (0..2).map(|_| Arc::new(Int32Array::from(vec![Some(1); 4])) as _).collect();
        fields.insert(of_nulls, Field::new("n", DataType::Null, true));
        children.insert(of_nulls, Arc::new(NullArray::new(4)));
        let fields = UnionFields::try_new(0..3, fields).unwrap();
        same(Arc::new(UnionArray::try_new(fields, vec![0, 1, 2, 0].into(), None, children).unwrap()));
    }
}

#[test]
fn decimals() {
    let nines = 10i128.pow(38) - 1;
    let d128 = |values: Vec<Option<i128>>, p, s| Decimal128Array::from(values).with_precision_and_scale(p, s).unwrap();
    same(Arc::new(d128(vec![Some(-12_345), None, Some(0), Some(127), Some(128), Some(-128), Some(-129)], 9, 2)));
    same(Arc::new(d128(vec![Some(nines), None, Some(-nines)], 38, 0)));
    same(Arc::new(d128(vec![Some(12), None, Some(-99_999)], 5, -2)));
    same(Arc::new(Decimal32Array::from(vec![Some(9_999), None, Some(-7)]).with_precision_and_scale(4, -1).unwrap()));
    same(Arc::new(Decimal64Array::from(vec![Some(99), None, Some(-7)]).with_precision_and_scale(12, -3).unwrap()));
    same(Arc::new(Decimal32Array::from(vec![Some(99), None, Some(-7)]).with_precision_and_scale(4, 1).unwrap()));
    same(Arc::new(Decimal64Array::from(vec![Some(99), None, Some(-7)]).with_precision_and_scale(14, 1).unwrap()));
    let wide = i256::from_i128(nines).wrapping_mul(i256::from_i128(nines));
    let d256 = Decimal256Array::from(vec![Some(wide), None, Some(wide.wrapping_neg()), Some(i256::ZERO)]);
    same(Arc::new(d256.with_precision_and_scale(76, 10).unwrap()));
    same(Arc::new(Decimal256Array::from(vec![Some(i256::ONE), None]).with_precision_and_scale(20, 3).unwrap()));
    same(Arc::new(Decimal256Array::from(vec![Some(wide), None]).with_precision_and_scale(76, -0).unwrap()));
}

#[test]
fn times() {
    same(Arc::new(Date32Array::from(vec![Some(i32::MIN), None, Some(i32::MAX), Some(0)])));
    same(Arc::new(Date64Array::from(vec![Some(-86_400_000), None, Some(0)])));
    same(Arc::new(Time32SecondArray::from(vec![Some(0), None, Some(86_399)])));
    same(Arc::new(Time32MillisecondArray::from(vec![Some(0), None, Some(86_399_999)])));
    same(Arc::new(Time64MicrosecondArray::from(vec![Some(0), None, Some(86_399_999_999)])));
    same(Arc::new(Time64NanosecondArray::from(vec![Some(0), None, Some(86_399_999_999_000)])));
    for zone in [None, Some("UTC"), Some("Europe/Paris"), Some("+02:00")] {
        let values = vec![Some(i64::MIN / 1000), None, Some(0), Some(i64::MAX / 1000)];
        same(Arc::new(TimestampSecondArray::from(values.clone()).with_timezone_opt(zone)));
        same(Arc::new(TimestampMillisecondArray::from(values.clone()).with_timezone_opt(zone)));
        same(Arc::new(TimestampMicrosecondArray::from(values.clone()).with_timezone_opt(zone)));
        same(Arc::new(TimestampNanosecondArray::from(values).with_timezone_opt(zone)));
    }
    same(Arc::new(DurationSecondArray::from(vec![Some(i64::MIN), None, Some(1)])));
    same(Arc::new(DurationNanosecondArray::from(vec![Some(i64::MIN), None, Some(1)])));
    same(Arc::new(IntervalYearMonthArray::from(vec![Some(0), None, Some(i32::MAX)])));
    same(Arc::new(IntervalDayTimeArray::from(vec![Some(IntervalDayTime::new(3, 4)), None])));
    let intervals = vec![Some(IntervalMonthDayNano::new(1, 2, 3_000_000)), None];
    same(Arc::new(IntervalMonthDayNanoArray::from(intervals)));
}

fn lists() -> ListArray {
    ListArray::from_iter_primitive::<Int32Type, _, _>(vec![
        Some(vec![Some(1), None, Some(3)]),
        None,
        Some(vec![]),
        Some(vec![Some(-5)]),
    ])
}

#[test]
fn nested() {
    same(Arc::new(lists()));
    let large =
        LargeListArray::from_iter_primitive::<UInt8Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
    same(Arc::new(large));
    let list_of_lists = ListArray::new(
        Arc::new(Field::new("inner name", lists().data_type().clone(), true)),
        OffsetBuffer::from_lengths([2, 0, 2]),
        Arc::new(lists()),
        Some(NullBuffer::from(vec![true, false, true])),
    );
    same(Arc::new(list_of_lists));
    let mut fixed = FixedSizeListBuilder::new(Int16Builder::new(), 2);
    for row in [Some([1, 2]), None, Some([3, 4])] {
        for value in row.unwrap_or_default() {
            fixed.values().append_value(value);
        }
        fixed.append(row.is_some());
    }
    same(Arc::new(fixed.finish()));
    let item = Arc::new(Field::new("item", DataType::Int32, true));
    let values: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 4, 5]));
    same(Arc::new(ListViewArray::new(item.clone(), vec![3, 0, 0].into(), vec![2, 3, 0].into(), values.clone(), None)));
    same(Arc::new(LargeListViewArray::new(item, vec![1i64, 1].into(), vec![1i64, 1].into(), values, None)));
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    map.keys().append_value("k");
    map.values().append_value(1);
    map.keys().append_value("k");
    map.values().append_null();
    map.append(true).unwrap();
    map.append(false).unwrap();
    map.append(true).unwrap();
    same(Arc::new(map.finish()));
    let mut map = MapBuilder::new(None, Int32Builder::new(), Int64Builder::new());
    map.keys().append_value(7);
    map.values().append_value(1);
    map.append(true).unwrap();
    map.append(true).unwrap();
    same(Arc::new(map.finish()));
    let fields: Fields =
        vec![Field::new("a b", DataType::Int32, false), Field::new("1st", lists().data_type().clone(), true)].into();
    let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![1, 2, 3, 4])), Arc::new(lists())];
    same(Arc::new(StructArray::new(fields, columns, Some(NullBuffer::from(vec![true, false, true, true])))));
    same(Arc::new(StructArray::new_empty_fields(3, Some(NullBuffer::from(vec![true, false, true])))));
}

#[test]
fn encodings() {
    let dictionary: DictionaryArray<Int8Type> = vec![Some("a"), None, Some("b"), Some("a")].into_iter().collect();
    let batch = column(Arc::new(dictionary.clone()));
    let (schema, found) = read(write(&batch).unwrap()).unwrap();
    assert_eq!(schema.field(0).data_type(), dictionary.data_type());
    assert_eq!(found[0].column(0).as_ref(), &dictionary as &dyn Array);
    let runs: RunArray<Int32Type> = vec![Some("a"), Some("a"), None, Some("b")].into_iter().collect();
    let batch = column(Arc::new(runs.clone()));
    for batch in [batch.clone(), batch.slice(1, 2)] {
        let (schema, found) = read(write(&batch).unwrap()).unwrap();
        assert_eq!(schema.field(0).data_type(), runs.data_type());
        let text = |array: &ArrayRef| {
            let runs = array.as_any().downcast_ref::<RunArray<Int32Type>>().unwrap().downcast::<StringArray>().unwrap();
            runs.into_iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(text(found[0].column(0)), text(batch.column(0)));
    }
    let empty =
        DictionaryArray::<Int32Type>::new(Int32Array::new_null(3), Arc::new(StringArray::from(Vec::<&str>::new())));
    let (_, found) = read(write(&column(Arc::new(empty))).unwrap()).unwrap();
    assert_eq!(found[0].column(0).logical_null_count(), 3);
}

fn union_array(types: Vec<DataType>, ids: Vec<i8>, offsets: Option<Vec<i32>>, children: Vec<ArrayRef>) -> UnionArray {
    let fields = types.into_iter().enumerate().map(|(n, data_type)| Field::new(format!("f{n}"), data_type, false));
    let fields = UnionFields::try_new((0..children.len() as i8).map(|n| n * 3), fields).unwrap();
    UnionArray::try_new(fields, ids.into(), offsets.map(Into::into), children).unwrap()
}

#[test]
fn unions() {
    let dense = union_array(
        vec![DataType::Int32, DataType::Utf8],
        vec![0, 3, 0, 3],
        Some(vec![0, 0, 1, 1]),
        vec![Arc::new(Int32Array::from(vec![1, 2])), Arc::new(StringArray::from(vec!["x", ""]))],
    );
    let sparse = union_array(
        vec![DataType::Int32, DataType::Utf8],
        vec![0, 3, 3],
        None,
        vec![Arc::new(Int32Array::from(vec![1, 2, 3])), Arc::new(StringArray::from(vec!["a", "b", "c"]))],
    );
    // Two branches that are one Avro type: written as a record.
    let clash = union_array(
        vec![DataType::Int32, DataType::UInt16],
        vec![0, 3, 3],
        Some(vec![0, 0, 1]),
        vec![Arc::new(Int32Array::from(vec![1])), Arc::new(UInt16Array::from(vec![7, 8]))],
    );
    for union in [dense, sparse, clash] {
        let field = Field::new("u", union.data_type().clone(), false);
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![Arc::new(union)]).unwrap();
        for batch in [batch.clone(), batch.slice(1, 2)] {
            let (schema, found) = read(write(&batch).unwrap()).unwrap();
            let found = found[0].column(0).as_any().downcast_ref::<UnionArray>().unwrap().clone();
            let given = batch.column(0).as_any().downcast_ref::<UnionArray>().unwrap();
            for row in 0..batch.num_rows() {
                assert_eq!(found.type_id(row), given.type_id(row));
                assert_eq!(&found.value(row), &given.value(row));
            }
            let (DataType::Union(found, mode), DataType::Union(given, given_mode)) =
                (schema.field(0).data_type(), given.data_type())
            else {
                panic!()
            };
            assert_eq!(mode, given_mode);
            let names = |fields: &UnionFields| {
                fields.iter().map(|(id, f)| (id, f.name().clone(), f.data_type().clone())).collect::<Vec<_>>()
            };
            assert_eq!(names(found), names(given));
        }
    }
}

#[test]
fn rows_without_columns() {
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).unwrap();
    let (_, found) = read(write(&batch).unwrap()).unwrap();
    assert_eq!(found.iter().map(RecordBatch::num_rows).sum::<usize>(), 3);
}

#[test]
fn every_codec_and_the_same_bytes_each_time() {
    let batch = column(Arc::new(Int64Array::from_iter_values((0..50_000).map(|n| n * 37 % 1001))));
    for text in ["none", "snappy", "deflate", "deflate:1", "zstd", "zstd:19", "bzip2:1", "xz:0"] {
        let compression: Compression = text.parse().unwrap();
        let options = WriteOptions { compression: Some(compression), ..Default::default() };
        let bytes = write_with(&batch.schema(), std::slice::from_ref(&batch), &options).unwrap();
        assert_eq!(bytes, write_with(&batch.schema(), std::slice::from_ref(&batch), &options).unwrap());
        let (schema, found) = read(bytes).unwrap();
        assert_eq!(joined(&schema, &found).columns(), batch.columns(), "{text}");
    }
    for text in ["lz4", "zstd:99", "snappy:1"] {
        let options = WriteOptions { compression: Some(text.parse().unwrap()), ..Default::default() };
        assert!(write_with(&batch.schema(), std::slice::from_ref(&batch), &options).is_err(), "{text}");
    }
}

#[test]
fn chunks_and_batches_of_any_size_give_the_same_rows() {
    let texts = StringArray::from_iter((0..5000).map(|n| (n % 7 > 0).then(|| format!("text {n}"))));
    let batch = column(Arc::new(texts));
    let mut options = WriteOptions::default();
    options.settings.set("block-bytes", "500");
    let bytes = write_with(&batch.schema(), std::slice::from_ref(&batch), &options).unwrap();
    for chunk_bytes in [1, 100, 1000, 1 << 20] {
        for batch_rows in [1, 7, 8192] {
            let mut options = ReadOptions::default();
            options.limits.chunk_bytes = chunk_bytes;
            options.limits.batch_rows = batch_rows;
            let (schema, found) = read_with(bytes.clone(), &options).unwrap();
            assert_eq!(joined(&schema, &found).columns(), batch.columns());
        }
    }
}

/// A column of random values of one of many types, nulls everywhere.
fn random_column(rows: usize) -> BoxedStrategy<ArrayRef> {
    let leaf = proptest::strategy::Union::new([
        prop::collection::vec(any::<Option<i32>>(), rows)
            .prop_map(|v| Arc::new(Int32Array::from(v)) as ArrayRef)
            .boxed(),
        prop::collection::vec(any::<Option<u64>>(), rows)
            .prop_map(|v| Arc::new(UInt64Array::from(v)) as ArrayRef)
            .boxed(),
        prop::collection::vec(any::<Option<i64>>(), rows)
            .prop_map(|v| Arc::new(TimestampMicrosecondArray::from(v).with_timezone("UTC")) as ArrayRef)
            .boxed(),
        prop::collection::vec(any::<Option<bool>>(), rows)
            .prop_map(|v| Arc::new(BooleanArray::from(v)) as ArrayRef)
            .boxed(),
        prop::collection::vec(prop::option::of(".{0,9}"), rows)
            .prop_map(|v| Arc::new(StringArray::from(v)) as ArrayRef)
            .boxed(),
        prop::collection::vec(prop::option::of(".{0,20}"), rows)
            .prop_map(|v| Arc::new(v.into_iter().collect::<StringViewArray>()) as ArrayRef)
            .boxed(),
    ]);
    leaf.prop_recursive(3, 64, 4, move |inner| {
        proptest::strategy::Union::new([
            (inner.clone(), prop::collection::vec(any::<bool>(), rows))
                .prop_map(move |(child, valid)| {
                    let fields: Fields = vec![Field::new("x y", child.data_type().clone(), true)].into();
                    Arc::new(StructArray::new(fields, vec![child], Some(NullBuffer::from(valid)))) as ArrayRef
                })
                .boxed(),
            (inner, prop::collection::vec(any::<bool>(), rows), prop::collection::vec(0usize..3, rows))
                .prop_map(move |(child, valid, lengths)| {
                    let mut left = rows;
                    let lengths = lengths.into_iter().map(|n| {
                        let n = n.min(left);
                        left -= n;
                        n
                    });
                    let offsets = OffsetBuffer::from_lengths(lengths.collect::<Vec<_>>());
                    let item = Arc::new(Field::new("item", child.data_type().clone(), true));
                    Arc::new(ListArray::new(item, offsets, child, Some(NullBuffer::from(valid)))) as ArrayRef
                })
                .boxed(),
        ])
    })
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn random_batches(columns in (1usize..20).prop_flat_map(|rows| prop::collection::vec(random_column(rows), 1..4)), cut in 0usize..5) {
        let fields: Vec<Field> =
            columns.iter().enumerate().map(|(n, c)| Field::new(format!("c{n}"), c.data_type().clone(), true)).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
        let batch = batch.slice(cut.min(batch.num_rows() - 1), batch.num_rows() - cut.min(batch.num_rows() - 1));
        let (schema, found) = read(write(&batch).unwrap()).unwrap();
        let found = joined(&schema, &found);
        for (found, given) in found.columns().iter().zip(batch.columns()) {
            prop_assert_eq!(found.data_type(), given.data_type());
            prop_assert_eq!(found.as_ref(), given.as_ref());
        }
    }
}
