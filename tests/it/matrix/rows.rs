//! One row for each Arrow type of the fidelity matrix: a field, values that every target holds, and values at the
//! edges of the type, which a target may refuse.

use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::*;
use half::f16;

/// A type of the matrix.
pub struct Row {
    pub name: &'static str,
    pub field: Field,
    pub good: ArrayRef,
    pub edges: Vec<ArrayRef>,
}

/// How the targets stand in a line of the table.
pub const TARGETS: [&str; 6] = ["avro", "protobuf", "parquet", "json", "csv", "arrow"];

fn row(name: &'static str, good: impl Array + 'static) -> Row {
    let good: ArrayRef = Arc::new(good);
    let nullable = good.logical_null_count() > 0;
    let field = Field::new("c", good.data_type().clone(), nullable);
    Row { name, field, good, edges: Vec::new() }
}

impl Row {
    fn edge(mut self, edge: impl Array + 'static) -> Row {
        self.edges.push(Arc::new(edge));
        self
    }
    fn with(mut self, key: &str, value: &str) -> Row {
        self.field.metadata_mut().insert(key, value);
        self
    }
    fn nullable(mut self) -> Row {
        self.field.set_nullable(true);
        self
    }
}

fn list_of(item: Field, lengths: &[usize], items: ArrayRef, nulls: Option<NullBuffer>) -> ListArray {
    ListArray::new(Arc::new(item), OffsetBuffer::from_lengths(lengths.iter().copied()), items, nulls)
}

fn numbers() -> ArrayRef {
    Arc::new(Int32Array::from(vec![1, -2, 3]))
}

fn plain_list() -> ListArray {
    list_of(Field::new("item", DataType::Int32, false), &[2, 0, 1], numbers(), None)
}

fn map_of(keys: ArrayRef, values: ArrayRef, lengths: &[usize], nullable: bool) -> MapArray {
    let fields = Fields::from(vec![
        Field::new("key", keys.data_type().clone(), false),
        Field::new("value", values.data_type().clone(), nullable),
    ]);
    let entries = StructArray::new(fields.clone(), vec![keys, values], None);
    let field = Arc::new(Field::new("entries", DataType::Struct(fields), false));
    MapArray::new(field, OffsetBuffer::from_lengths(lengths.iter().copied()), entries, None, false)
}

fn union_of(fields: Vec<Field>, ids: Vec<i8>, offsets: Vec<i32>, children: Vec<ArrayRef>) -> UnionArray {
    let type_ids: Vec<i8> = (0..fields.len() as i8).collect();
    let fields = UnionFields::try_new(type_ids, fields).unwrap();
    UnionArray::try_new(fields, ScalarBuffer::from(ids), Some(ScalarBuffer::from(offsets)), children).unwrap()
}

fn decimals(precision: u8, scale: i8) -> Decimal128Array {
    Decimal128Array::from(vec![Some(12345), None, Some(-1), Some(0)])
        .with_precision_and_scale(precision, scale)
        .unwrap()
}

const DAY: i64 = 86_400_000;
/// 0001-01-01 in seconds, the first second that Protobuf has.
const YEAR_1: i64 = -62_135_596_800;
const YEAR_10_000: i64 = 253_402_300_800;

/// All rows, in the order of the table.
pub fn rows() -> Vec<Row> {
    let mut rows = scalars();
    rows.extend(temporals());
    rows.extend(nested());
    rows.extend(encodings());
    rows
}

fn scalars() -> Vec<Row> {
    vec![
        row("Null", NullArray::new(3)).nullable(),
        row("Boolean", BooleanArray::from(vec![Some(true), None, Some(false)])),
        row("Int8", Int8Array::from(vec![Some(i8::MIN), None, Some(i8::MAX)])),
        row("Int16", Int16Array::from(vec![Some(i16::MIN), None, Some(i16::MAX)])),
        row("Int32", Int32Array::from(vec![Some(i32::MIN), None, Some(i32::MAX)])),
        row("Int64", Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX), Some(9_007_199_254_740_993)])),
        row("UInt8", UInt8Array::from(vec![Some(0), None, Some(u8::MAX)])),
        row("UInt16", UInt16Array::from(vec![Some(0), None, Some(u16::MAX)])),
        row("UInt32", UInt32Array::from(vec![Some(0), None, Some(u32::MAX)])),
        row("UInt64", UInt64Array::from(vec![Some(0), None, Some(u64::MAX), Some(9_007_199_254_740_993)])),
        row("Float16", Float16Array::from(vec![Some(f16::from_f32(1.5)), None, Some(f16::NEG_ZERO), Some(f16::MAX)]))
            .edge(Float16Array::from(vec![f16::NAN, f16::INFINITY])),
        row("Float32", Float32Array::from(vec![Some(0.1), None, Some(-0.0), Some(f32::MAX), Some(f32::MIN_POSITIVE)]))
            .edge(Float32Array::from(vec![f32::NAN, f32::NEG_INFINITY])),
        row("Float64", Float64Array::from(vec![Some(0.1), None, Some(-0.0), Some(f64::MAX), Some(5e-324)]))
            .edge(Float64Array::from(vec![f64::NAN, f64::INFINITY])),
        row(
            "Decimal32",
            Decimal32Array::from(vec![Some(12345), None, Some(-999_999_999)]).with_precision_and_scale(9, 2).unwrap(),
        ),
        row(
            "Decimal64",
            Decimal64Array::from(vec![Some(12345), None, Some(-1)]).with_precision_and_scale(18, 3).unwrap(),
        ),
        row("Decimal128", decimals(20, 4)),
        row(
            "Decimal256",
            Decimal256Array::from_iter(decimals(38, 4).iter().map(|value| value.map(i256::from_i128)))
                .with_precision_and_scale(76, 10)
                .unwrap(),
        ),
        row(
            "Decimal256 of few digits",
            Decimal256Array::from_iter(decimals(38, 4).iter().map(|value| value.map(i256::from_i128)))
                .with_precision_and_scale(20, 0)
                .unwrap(),
        ),
        row("Decimal, scale < 0", decimals(5, -2)),
        row("Utf8", StringArray::from(vec![Some("a,\"b\"\n"), None, Some(""), Some("naïve 😀"), Some("00501")])),
        row("LargeUtf8", LargeStringArray::from(vec![Some("a"), None, Some("")])),
        row("Utf8View", StringViewArray::from(vec![Some("a"), None, Some("a text of more than twelve bytes")])),
        row("Binary", BinaryArray::from_opt_vec(vec![Some(b"\x00\xff"), None, Some(b"")])),
        row("LargeBinary", LargeBinaryArray::from_opt_vec(vec![Some(b"\x00\xff"), None, Some(b"")])),
        row("BinaryView", BinaryViewArray::from_iter(vec![Some(b"\x00\xff".as_slice()), None, Some(b"")])),
        row(
            "FixedSizeBinary",
            FixedSizeBinaryArray::try_from_sparse_iter_with_size([Some([1u8, 2, 255]), None].into_iter(), 3).unwrap(),
        ),
        row(
            "arrow.uuid",
            FixedSizeBinaryArray::try_from_sparse_iter_with_size([Some([7u8; 16]), None].into_iter(), 16).unwrap(),
        )
        .with("ARROW:extension:name", "arrow.uuid"),
        row("arrow.json", StringArray::from(vec![Some("{\"a\":[1,null]}"), None, Some("12345678901234567890")]))
            .with("ARROW:extension:name", "arrow.json")
            .edge(StringArray::from(vec!["{"]))
            .edge(StringArray::from(vec!["[".repeat(300) + &"]".repeat(300)])),
        row("arrow.bool8", Int8Array::from(vec![Some(0), None, Some(1)])).with("ARROW:extension:name", "arrow.bool8"),
        row("arrow.opaque", BinaryArray::from_opt_vec(vec![Some(b"\x01"), None]))
            .with("ARROW:extension:name", "arrow.opaque")
            .with("ARROW:extension:metadata", "{\"type_name\":\"geo\",\"vendor_name\":\"us\"}"),
    ]
}

fn temporals() -> Vec<Row> {
    macro_rules! stamps {
        ($name:literal, $array:ty, $per:expr, $zone:expr) => {{
            let per: i64 = $per;
            let good: $array = vec![Some(per), None, Some(1_700_000_000 * per), Some(-per)].into();
            let edge = |values: Vec<i64>| <$array>::from(values).with_timezone_opt($zone);
            let row = row($name, good.with_timezone_opt($zone)).edge(edge(vec![i64::MAX])).edge(edge(vec![i64::MIN]));
            match (YEAR_10_000.checked_mul(per), YEAR_1.checked_mul(per)) {
                (Some(late), Some(first)) => {
                    row.edge(edge(vec![late])).edge(edge(vec![first - 1])).edge(edge(vec![first]))
                }
                _ => row,
            }
        }};
    }
    vec![
        row("Date32", Date32Array::from(vec![Some(0), None, Some(-719_162), Some(2_932_896)]))
            .edge(Date32Array::from(vec![2_932_897]))
            .edge(Date32Array::from(vec![-719_163]))
            .edge(Date32Array::from(vec![i32::MIN, i32::MAX])),
        row("Date64", Date64Array::from(vec![Some(0), None, Some(-DAY), Some(19_000 * DAY)]))
            .edge(Date64Array::from(vec![1]))
            .edge(Date64Array::from(vec![2_932_897 * DAY]))
            .edge(Date64Array::from(vec![3_000_000_000 * DAY])),
        row("Time32(s)", Time32SecondArray::from(vec![Some(0), None, Some(86_399)]))
            .edge(Time32SecondArray::from(vec![86_400]))
            .edge(Time32SecondArray::from(vec![i32::MAX])),
        row("Time32(ms)", Time32MillisecondArray::from(vec![Some(0), None, Some(86_399_999)]))
            .edge(Time32MillisecondArray::from(vec![86_400_000]))
            .edge(Time32MillisecondArray::from(vec![-1])),
        row("Time64(us)", Time64MicrosecondArray::from(vec![Some(0), None, Some(86_399_999_999)]))
            .edge(Time64MicrosecondArray::from(vec![86_400_000_000])),
        row("Time64(ns)", Time64NanosecondArray::from(vec![Some(0), None, Some(86_399_999_999_000)]))
            .edge(Time64NanosecondArray::from(vec![1_234_567_891]))
            .edge(Time64NanosecondArray::from(vec![86_400_000_000_000])),
        stamps!("Timestamp(s, UTC)", TimestampSecondArray, 1, Some("UTC")),
        stamps!("Timestamp(ms, UTC)", TimestampMillisecondArray, 1_000, Some("UTC")),
        stamps!("Timestamp(us, UTC)", TimestampMicrosecondArray, 1_000_000, Some("UTC")),
        stamps!("Timestamp(ns, UTC)", TimestampNanosecondArray, 1_000_000_000, Some("UTC")),
        stamps!("Timestamp(us, +02:00)", TimestampMicrosecondArray, 1_000_000, Some("+02:00")),
        stamps!("Timestamp(us, region)", TimestampMicrosecondArray, 1_000_000, Some("Europe/Paris")),
        stamps!("Timestamp(s, region)", TimestampSecondArray, 1, Some("Europe/Paris")),
        stamps!("Timestamp(s, none)", TimestampSecondArray, 1, None::<&str>),
        stamps!("Timestamp(us, none)", TimestampMicrosecondArray, 1_000_000, None::<&str>),
        stamps!("Timestamp(ns, none)", TimestampNanosecondArray, 1_000_000_000, None::<&str>),
        row("Duration(s)", DurationSecondArray::from(vec![Some(1), None, Some(-1)]))
            .edge(DurationSecondArray::from(vec![i64::MAX])),
        row("Duration(us)", DurationMicrosecondArray::from(vec![Some(1), None, Some(-1)]))
            .edge(DurationMicrosecondArray::from(vec![i64::MIN])),
        row("Duration(ns)", DurationNanosecondArray::from(vec![Some(1), None, Some(-1)]))
            .edge(DurationNanosecondArray::from(vec![i64::MIN])),
        row("Interval(months)", IntervalYearMonthArray::from(vec![Some(14), None, Some(0)]))
            .edge(IntervalYearMonthArray::from(vec![-1])),
        row("Interval(days, ms)", IntervalDayTimeArray::from(vec![Some(IntervalDayTime::new(3, 4)), None]))
            .edge(IntervalDayTimeArray::from(vec![IntervalDayTime::new(-3, 4)])),
        row(
            "Interval(months, days, ns)",
            IntervalMonthDayNanoArray::from(vec![Some(IntervalMonthDayNano::new(1, 2, 3_000_000)), None]),
        )
        .edge(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(1, 2, 3)]))
        .edge(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(-1, 2, 3_000_000)])),
    ]
}

fn nested() -> Vec<Row> {
    let text = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
    let ints = |values: Vec<i32>| Arc::new(Int32Array::from(values)) as ArrayRef;
    let optional = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)])) as ArrayRef;
    let lists = list_of(Field::new("item", DataType::Int32, false), &[1, 0, 2], numbers(), None);
    let of_lists = {
        let item = Field::new("item", lists.data_type().clone(), false);
        list_of(item, &[2, 0, 1], Arc::new(lists.clone()), None)
    };
    let large = LargeListArray::new(
        Arc::new(Field::new("item", DataType::Int32, false)),
        OffsetBuffer::from_lengths([2, 0, 1]),
        numbers(),
        None,
    );
    let view = ListViewArray::new(
        Arc::new(Field::new("item", DataType::Int32, false)),
        ScalarBuffer::from(vec![0, 0, 2]),
        ScalarBuffer::from(vec![2, 0, 1]),
        numbers(),
        None,
    );
    let fixed = FixedSizeListArray::new(Arc::new(Field::new("item", DataType::Int32, false)), 1, numbers(), None);
    let members = Fields::from(vec![Field::new("x", DataType::Int32, false), Field::new("y", DataType::Utf8, true)]);
    let texts = Arc::new(StringArray::from(vec![Some("a"), None, Some("")])) as ArrayRef;
    let pair = StructArray::new(members, vec![numbers(), texts], Some(NullBuffer::from(vec![true, false, true])));
    let empty = StructArray::new_empty_fields(3, None);
    let clear = union_of(
        vec![Field::new("int", DataType::Int32, false), Field::new("string", DataType::Utf8, false)],
        vec![0, 1, 0],
        vec![0, 0, 1],
        vec![ints(vec![1, 2]), text(vec!["x"])],
    );
    let clash = union_of(
        vec![Field::new("a", DataType::Int32, false), Field::new("b", DataType::Int32, false)],
        vec![0, 1, 0],
        vec![0, 0, 1],
        vec![ints(vec![1, 2]), ints(vec![3])],
    );
    vec![
        row("List", plain_list()),
        row(
            "List, nullable",
            list_of(
                Field::new("item", DataType::Int32, false),
                &[2, 0, 1],
                numbers(),
                Some(vec![true, false, true].into()),
            ),
        ),
        row("List of nullable", list_of(Field::new("item", DataType::Int32, true), &[1, 0], ints(vec![1]), None))
            .edge(list_of(Field::new("item", DataType::Int32, true), &[2, 0, 1], optional.clone(), None)),
        row("List of List", of_lists),
        row("LargeList", large),
        row("ListView", view),
        row("FixedSizeList", fixed),
        row("Map(Utf8, Int32)", map_of(text(vec!["a", "b", "c"]), numbers(), &[2, 0, 1], false))
            .edge(map_of(text(vec!["a", "a"]), ints(vec![1, 2]), &[2], false))
            .edge(map_of(text(vec!["b", "a"]), ints(vec![1, 2]), &[2], false)),
        row("Map(Utf8, nullable Int32)", map_of(text(vec!["a"]), ints(vec![1]), &[1], true))
            .edge(map_of(text(vec!["a", "b", "c"]), optional, &[2, 0, 1], true))
            .edge(map_of(text(vec!["a", "a"]), ints(vec![1, 2]), &[2], true)),
        row("Map(Int32, Int32)", map_of(ints(vec![-1, 1, 3]), numbers(), &[2, 0, 1], false)).edge(map_of(
            ints(vec![1, 1]),
            ints(vec![1, 2]),
            &[2],
            false,
        )),
        row(
            "Map(Float64, Int32)",
            map_of(Arc::new(Float64Array::from(vec![0.5, 1.5, 2.0])), numbers(), &[2, 0, 1], false),
        ),
        row("Struct", pair),
        row("Struct, empty", empty),
        row("Union of kinds", clear),
        row("Union of one kind", clash),
    ]
}

fn encodings() -> Vec<Row> {
    let dictionary = |keys: Vec<Option<i32>>| {
        DictionaryArray::<Int32Type>::new(keys.into(), Arc::new(StringArray::from(vec!["RED", "GREEN"])))
    };
    let runs =
        RunArray::<Int32Type>::try_new(&Int32Array::from(vec![2, 3]), &StringArray::from(vec!["a", "b"])).unwrap();
    let tensors = FixedSizeListArray::new(
        Arc::new(Field::new("item", DataType::Int32, false)),
        3,
        Arc::new(Int32Array::from(vec![1, -2, 3, 4, 5, 6])),
        None,
    );
    let with_offset = |instants: [i64; 2]| {
        let instants: TimestampMicrosecondArray = instants.to_vec().into();
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        StructArray::from(vec![
            (Arc::new(Field::new("timestamp", utc, false)), Arc::new(instants.with_timezone("UTC")) as ArrayRef),
            (
                Arc::new(Field::new("offset_minutes", DataType::Int16, false)),
                Arc::new(Int16Array::from(vec![-90, 330])),
            ),
        ])
    };
    // The integers 7 and null, in the encoding of the Parquet specification of variants.
    let variant = StructArray::from(vec![
        (
            Arc::new(Field::new("metadata", DataType::Binary, false)),
            Arc::new(BinaryArray::from_vec(vec![b"\x01\x00\x00", b"\x01\x00\x00"])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("value", DataType::Binary, false)),
            Arc::new(BinaryArray::from_vec(vec![b"\x0c\x07", b"\x00"])),
        ),
    ]);
    let one_value = |value: Vec<u8>| {
        StructArray::from(vec![
            (
                Arc::new(Field::new("metadata", DataType::Binary, false)),
                Arc::new(BinaryArray::from_vec(vec![b"\x01\x00\x00"])) as ArrayRef,
            ),
            (Arc::new(Field::new("value", DataType::Binary, false)), Arc::new(BinaryArray::from_vec(vec![&value]))),
        ])
    };
    // An array of one value, with offsets of four bytes, again and again.
    let deep = (0..300).fold(vec![0], |inner: Vec<u8>, _| {
        let end = (inner.len() as u32).to_le_bytes();
        [&[0x0f, 1, 0, 0, 0, 0][..], &end, &inner].concat()
    });
    vec![
        row("Dictionary(Int32, Utf8)", dictionary(vec![Some(0), None, Some(1), Some(0)])),
        row("Dictionary, closed enum", dictionary(vec![Some(0), None, Some(1), Some(0)]))
            .with("fmtconv.enum", "{\"name\":\"Color\",\"symbols\":[\"RED\",\"GREEN\"],\"closed\":true}"),
        row(
            "Dictionary(UInt8, Int64)",
            DictionaryArray::<UInt8Type>::new(vec![0, 1, 0].into(), Arc::new(Int64Array::from(vec![7, -7]))),
        ),
        row("RunEndEncoded", runs).nullable(),
        row("arrow.fixed_shape_tensor", tensors)
            .with("ARROW:extension:name", "arrow.fixed_shape_tensor")
            .with("ARROW:extension:metadata", "{\"shape\":[1,3]}"),
        row("arrow.timestamp_with_offset", with_offset([0, 1_700_000_000_000_000]))
            .with("ARROW:extension:name", "arrow.timestamp_with_offset")
            .edge(with_offset([i64::MIN, i64::MAX])),
        row("arrow.parquet.variant", variant)
            .with("ARROW:extension:name", "arrow.parquet.variant")
            .edge(one_value(vec![0x0c]))
            .edge(one_value(deep)),
        row("Field with documentation", Int32Array::from(vec![1, 2])).with("fmtconv.doc", "how many"),
        row("Field with other metadata", Int32Array::from(vec![1, 2])).with("owner", "sales"),
        row("Name with a blank", Int32Array::from(vec![1, 2])).named("order id"),
    ]
}

impl Row {
    fn named(mut self, name: &str) -> Row {
        self.field.set_name(name);
        self
    }
}
