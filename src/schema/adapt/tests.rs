mod floats;
mod parts;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Fields, TimeUnit};
use proptest::prelude::*;

use super::fit::{Fit, leaf};
use super::*;
use crate::error::ErrorKind;
use crate::policy::{Allowance, Policy};
use crate::report::Report;
use crate::schema::avsc::keys;

fn schema(fields: Vec<Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}

fn batch(fields: Vec<Field>, columns: Vec<ArrayRef>) -> Batch {
    Batch::new(RecordBatch::try_new(schema(fields), columns).unwrap())
}

fn adapted(batch: Batch, target: &SchemaRef) -> Result<Batch> {
    Adapt::new(&batch.records.schema(), target)?.apply(batch)
}

/// One column of one type, read as another.
fn column(array: ArrayRef, to: DataType) -> Result<ArrayRef> {
    let from = Field::new("a", array.data_type().clone(), true);
    let target = schema(vec![Field::new("a", to, true)]);
    Ok(adapted(batch(vec![from], vec![array]), &target)?.records.column(0).clone())
}

/// The code with which a value is refused.
fn refused(array: ArrayRef, to: DataType) -> Code {
    let error = column(array, to).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Value, "{error}");
    assert_eq!(error.origin().column.as_deref(), Some("a"));
    error.code().unwrap()
}

#[test]
fn widens_by_name_and_fills_nulls() {
    let source = vec![Field::new("b", DataType::Int32, false)];
    let target = schema(vec![Field::new("a", DataType::Utf8, true), Field::new("b", DataType::Int64, false)]);
    let records = adapted(batch(source, vec![Arc::new(Int32Array::from(vec![1, -2]))]), &target).unwrap().records;
    assert_eq!(records.column(0).null_count(), 2);
    assert_eq!(records.column(1).as_primitive::<Int64Type>(), &Int64Array::from(vec![1, -2]));
}

#[test]
fn integers_become_decimals_without_floats() {
    let array: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let wide = column(array, DataType::Decimal128(22, 2)).unwrap();
    let expected = Decimal128Array::from(vec![1_844_674_407_370_955_161_500]).with_precision_and_scale(22, 2).unwrap();
    assert_eq!(wide.as_primitive::<Decimal128Type>(), &expected);
}

#[test]
fn case_113_no_narrowing_is_silent() {
    let int = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as ArrayRef;
    let float = |values: Vec<f64>| Arc::new(Float64Array::from(values)) as ArrayRef;
    let decimal =
        |value: i128| Arc::new(Decimal128Array::from(vec![value]).with_precision_and_scale(10, 3).unwrap()) as ArrayRef;
    assert_eq!(refused(int(vec![1, 1 << 31]), DataType::Int32), Code::IntRange);
    assert_eq!(refused(int(vec![-1]), DataType::UInt64), Code::IntRange);
    assert_eq!(refused(int(vec![(1 << 53) + 1]), DataType::Float64), Code::FloatDigits);
    assert_eq!(refused(float(vec![1.5]), DataType::Int64), Code::Fraction);
    assert_eq!(refused(float(vec![1e20]), DataType::Int64), Code::IntRange);
    assert_eq!(refused(float(vec![f64::NAN]), DataType::Int64), Code::NonFinite);
    assert_eq!(refused(float(vec![0.1]), DataType::Float32), Code::FloatDigits);
    assert_eq!(refused(float(vec![1e300]), DataType::Float32), Code::FloatRange);
    assert_eq!(refused(decimal(1239), DataType::Decimal128(10, 2)), Code::DecimalScale);
    assert_eq!(refused(decimal(1_234_567_000), DataType::Decimal128(5, 3)), Code::DecimalPrecision);
    assert_eq!(refused(decimal(1500), DataType::Int8), Code::Fraction);
    let micros = |value: i64| Arc::new(TimestampMicrosecondArray::from(vec![value])) as ArrayRef;
    assert_eq!(refused(micros(1), DataType::Timestamp(TimeUnit::Millisecond, None)), Code::TimePrecision);
    let far = micros(i64::MAX / 2);
    assert_eq!(refused(far, DataType::Timestamp(TimeUnit::Nanosecond, None)), Code::TimestampRange);
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"\xff"[..]]));
    assert_eq!(refused(bytes.clone(), DataType::Utf8), Code::Utf8);
    assert_eq!(refused(bytes, DataType::FixedSizeBinary(2)), Code::Length);
}

#[test]
fn what_fits_is_exact() {
    let int: ArrayRef = Arc::new(Int64Array::from(vec![Some(1 << 60), None, Some(-7)]));
    let float = column(int.clone(), DataType::Float64).unwrap();
    assert_eq!(float.as_primitive::<Float64Type>(), &Float64Array::from(vec![Some(2_f64.powi(60)), None, Some(-7.0)]));
    let float: ArrayRef = Arc::new(Float64Array::from(vec![0.5, -2.25, f64::INFINITY]));
    assert_eq!(column(float, DataType::Float32).unwrap().as_primitive::<Float32Type>().values()[1], -2.25);
    let days: ArrayRef = Arc::new(Date32Array::from(vec![i32::MIN, 19_000]));
    let millis = column(days.clone(), DataType::Date64).unwrap();
    assert_eq!(&column(millis, DataType::Date32).unwrap(), &days);
    let text: ArrayRef = Arc::new(StringArray::from(vec!["é", ""]));
    for kind in [DataType::Binary, DataType::LargeBinary, DataType::BinaryView, DataType::LargeUtf8, DataType::Utf8View]
    {
        let there = column(text.clone(), kind.clone()).unwrap();
        assert_eq!(there.data_type(), &kind);
        assert_eq!(&column(there, DataType::Utf8).unwrap(), &text, "{kind}");
    }
    let fixed: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([[1_u8, 2], [255, 0]].iter()).unwrap());
    let bytes = column(fixed.clone(), DataType::Binary).unwrap();
    assert_eq!(&column(bytes, DataType::FixedSizeBinary(2)).unwrap(), &fixed);
}

#[test]
fn other_meanings_are_refused_before_any_value() {
    let pairs = [
        (DataType::Utf8, DataType::Int64),
        (DataType::Int64, DataType::Utf8),
        (DataType::Boolean, DataType::Int8),
        (DataType::Date32, DataType::Timestamp(TimeUnit::Second, None)),
        (DataType::Timestamp(TimeUnit::Second, None), DataType::Timestamp(TimeUnit::Second, Some("UTC".into()))),
        (DataType::Decimal128(5, 2), DataType::Float64),
        (DataType::Int32, DataType::List(Arc::new(Field::new("item", DataType::Int32, true)))),
    ];
    for (from, to) in pairs {
        let source = Schema::new(vec![Field::new("a", from.clone(), true)]);
        let error = Adapt::new(&source, &schema(vec![Field::new("a", to.clone(), true)])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Schema, "{from} {to}");
    }
}

#[test]
fn aliases_defaults_and_drops() {
    let source = vec![Field::new("old", DataType::Int32, false), Field::new("extra", DataType::Utf8, true)];
    let target = schema(vec![
        Field::new("new", DataType::Int64, false).with_metadata([(keys::ALIASES, r#"["old"]"#)]),
        Field::new("n", DataType::Int32, false).with_metadata([(keys::DEFAULT, "42")]),
        Field::new("t", DataType::Utf8, false).with_metadata([(keys::DEFAULT, "\"x\"")]),
        Field::new("d", DataType::Date32, false).with_metadata([(keys::DEFAULT, "19000")]),
        Field::new("b", DataType::Binary, false).with_metadata([(keys::DEFAULT, "\"\u{ff}\"")]),
        Field::new("p", DataType::Decimal128(5, 2), false).with_metadata([(keys::DEFAULT, "\"\\u0001\\u0002\"")]),
        Field::new("l", DataType::List(Arc::new(Field::new("item", DataType::Int32, false))), false)
            .with_metadata([(keys::DEFAULT, "[1, 2]")]),
    ]);
    let columns: Vec<ArrayRef> =
        vec![Arc::new(Int32Array::from(vec![5, 6])), Arc::new(StringArray::from(vec!["", ""]))];
    let given = batch(source, columns);
    let adapt = Adapt::new(&given.records.schema(), &target).unwrap();
    assert_eq!(adapt.losses(), [(Code::Dropped, "extra".to_owned())]);
    let records = adapt.apply(given).unwrap().records;
    assert_eq!(records.column(0).as_primitive::<Int64Type>().values(), &[5, 6]);
    assert_eq!(records.column(1).as_primitive::<Int32Type>().values(), &[42, 42]);
    assert_eq!(records.column(2).as_string::<i32>().value(1), "x");
    assert_eq!(records.column(3).as_primitive::<Date32Type>().values(), &[19_000, 19_000]);
    assert_eq!(records.column(4).as_binary::<i32>().value(1), b"\xff");
    assert_eq!(records.column(5).as_primitive::<Decimal128Type>().value(0), 258);
    assert_eq!(records.column(6).as_list::<i32>().value(1).as_primitive::<Int32Type>().values(), &[1, 2]);
}

#[test]
fn a_field_that_is_nowhere_is_refused() {
    let source = Schema::new(vec![Field::new("a", DataType::Int32, true)]);
    let error = Adapt::new(&source, &schema(vec![Field::new("b", DataType::Int32, false)])).unwrap_err();
    assert_eq!((error.kind(), error.origin().column.as_deref()), (ErrorKind::Schema, Some("b")));
}

#[test]
fn nulls_that_must_not_be_are_found_with_their_record() {
    let source = vec![Field::new("a", DataType::Int32, true)];
    let target = schema(vec![Field::new("a", DataType::Int32, false)]);
    let given = batch(source, vec![Arc::new(Int32Array::from(vec![Some(1), None]))]);
    let error = adapted(given.clone(), &target).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Null), Some(1)));
    let target = schema(vec![Field::new("a", DataType::Int32, false).with_metadata([(keys::DEFAULT, "9")])]);
    assert_eq!(adapted(given.clone(), &target).unwrap_err().code(), Some(Code::Null));
    let mut policies = Policies::default();
    policies.set(Allowance { code: Code::Null, policy: Policy::Default });
    let adapt = Adapt::new(&given.records.schema(), &target).unwrap().with_policies(policies);
    let done = adapt.apply(given).unwrap();
    assert_eq!(done.records.column(0).as_primitive::<Int32Type>().values(), &[1, 9]);
    assert_eq!(done.report.losses[&(Code::Null, "a".to_owned())], 1);
}

#[test]
fn values_that_are_let_through_are_counted() {
    let array: ArrayRef = Arc::new(Float64Array::from(vec![1.5, 2.0, 2.5]));
    let target = schema(vec![Field::new("a", DataType::Int64, true)]);
    let given = batch(vec![Field::new("a", DataType::Float64, true)], vec![array]);
    let with = |policy| {
        let mut policies = Policies::default();
        policies.set(Allowance { code: Code::Fraction, policy });
        let adapt = Adapt::new(&given.records.schema(), &target).unwrap().with_policies(policies);
        adapt.apply(given.clone()).unwrap()
    };
    let rounded = with(Policy::Round);
    assert_eq!(rounded.records.column(0).as_primitive::<Int64Type>().values(), &[2, 2, 2]);
    assert_eq!(rounded.report.losses[&(Code::Fraction, "a".to_owned())], 2);
    let nulls = with(Policy::Null);
    assert_eq!(nulls.records.column(0).as_primitive::<Int64Type>(), &Int64Array::from(vec![None, Some(2), None]));
}

fn point(x: DataType) -> Fields {
    vec![Field::new("x", x, true), Field::new("y", DataType::Utf8, true)].into()
}

#[test]
fn nested_fields_are_adapted_where_they_are() {
    let values: ArrayRef = Arc::new(
        StructArray::try_new(
            point(DataType::Int32),
            vec![Arc::new(Int32Array::from(vec![1, 2, 3])), Arc::new(StringArray::from(vec!["a", "b", "c"]))],
            None,
        )
        .unwrap(),
    );
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths([2, 0, 1]);
    let list: ArrayRef = Arc::new(ListArray::try_new(item, offsets, values, None).unwrap());
    let wanted: Fields = vec![Field::new("z", DataType::Boolean, true), Field::new("x", DataType::Int64, true)].into();
    let wanted = DataType::LargeList(Arc::new(Field::new("item", DataType::Struct(wanted), true)));
    let given = batch(vec![Field::new("l", list.data_type().clone(), true)], vec![list.slice(0, 3)]);
    let target = schema(vec![Field::new("l", wanted, true)]);
    let adapt = Adapt::new(&given.records.schema(), &target).unwrap();
    assert_eq!(adapt.losses(), [(Code::Dropped, "l[].y".to_owned())]);
    let records = adapt.apply(given.clone()).unwrap().records;
    let first = records.column(0).as_list::<i64>().value(0);
    assert_eq!(first.as_struct().column(1).as_primitive::<Int64Type>().values(), &[1, 2]);
    assert_eq!(first.as_struct().column(0).null_count(), 2);
    // A slice begins somewhere else.
    let sliced = Batch { records: given.records.slice(2, 1), report: Report::read(1) };
    let last = adapt.apply(sliced).unwrap().records.column(0).as_list::<i64>().value(0);
    assert_eq!(last.as_struct().column(1).as_primitive::<Int64Type>().values(), &[3]);
    // The record is named, not the item.
    let narrow: Fields = vec![Field::new("x", DataType::Int8, true), Field::new("y", DataType::Utf8, true)].into();
    let narrow = DataType::List(Arc::new(Field::new("item", DataType::Struct(narrow), true)));
    let values: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 300]));
    let members = vec![values, Arc::new(StringArray::from(vec!["a", "b", "c"])) as ArrayRef];
    let structs = StructArray::try_new(point(DataType::Int32), members, None).unwrap();
    let item = Arc::new(Field::new("item", structs.data_type().clone(), true));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths([2, 0, 1]);
    let list: ArrayRef = Arc::new(ListArray::try_new(item, offsets, Arc::new(structs), None).unwrap());
    let given = batch(vec![Field::new("l", list.data_type().clone(), true)], vec![list]);
    let error = adapted(given, &schema(vec![Field::new("l", narrow, true)])).unwrap_err();
    assert_eq!(error.origin().column.as_deref(), Some("l[].x"));
    assert_eq!((error.code(), error.origin().record), (Some(Code::IntRange), Some(2)));
}

#[test]
fn what_stands_below_a_null_is_no_value() {
    let nulls = arrow_buffer::NullBuffer::from(vec![true, false]);
    let x: ArrayRef = Arc::new(Int32Array::from(vec![1, 1000]));
    let y: ArrayRef = Arc::new(StringArray::from(vec!["", ""]));
    let given: ArrayRef = Arc::new(StructArray::try_new(point(DataType::Int32), vec![x, y], Some(nulls)).unwrap());
    let narrow = column(given, DataType::Struct(point(DataType::Int8))).unwrap();
    assert!(narrow.is_null(1));
    assert_eq!(narrow.as_struct().column(0).as_primitive::<Int8Type>().value(0), 1);
}

fn with_enum(name: &str, kind: DataType, facts: &str) -> Field {
    Field::new(name, kind, true).with_metadata([(keys::ENUM, facts)])
}

#[test]
fn enums_take_known_symbols_and_their_default() {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let text: ArrayRef = Arc::new(StringArray::from(vec![Some("B"), None, Some("C")]));
    let given = batch(vec![Field::new("e", DataType::Utf8, true)], vec![text]);
    let closed = schema(vec![with_enum("e", dictionary.clone(), r#"{"symbols": ["A", "B"], "closed": true}"#)]);
    let error = adapted(given.clone(), &closed).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Enum), Some(2)));
    let facts = r#"{"symbols": ["A", "B"], "closed": true, "default": "A"}"#;
    let done = adapted(given, &schema(vec![with_enum("e", dictionary, facts)])).unwrap();
    let array = done.records.column(0).as_dictionary::<Int32Type>();
    assert_eq!(array.values().as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(array.keys(), &Int32Array::from(vec![Some(1), None, Some(0)]));
    assert_eq!(done.report.losses[&(Code::Enum, "e".to_owned())], 1);
}

#[test]
fn protobuf_fields_are_found_by_number_within_a_message_and_by_name_between_messages() {
    let number = |name: &str, number: &str| {
        Field::new(name, DataType::Int32, false)
            .with_metadata([("proto.number", number), ("proto.presence", "implicit")])
    };
    let message = |name: &str, fields: Vec<Field>| {
        Arc::new(Schema::new_with_metadata(
            fields,
            std::collections::HashMap::from([("proto.message".to_owned(), name.to_owned())]),
        ))
    };
    let source = message("m.A", vec![number("a", "1"), number("b", "2")]);
    let values: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![1])), Arc::new(Int32Array::from(vec![2]))];
    let given = Batch::new(RecordBatch::try_new(source, values).unwrap());
    let first = |target: &SchemaRef| {
        let records = adapted(given.clone(), target).unwrap().records;
        records.columns().iter().map(|column| column.as_primitive::<Int32Type>().value(0)).collect::<Vec<_>>()
    };
    // Renamed, and one more that is zero.
    assert_eq!(first(&message("m.A", vec![number("z", "2"), number("a", "1"), number("c", "3")])), [2, 1, 0]);
    // The number of a field that is gone, for another one of the same name.
    assert_eq!(first(&message("m.A", vec![number("a", "7"), number("b", "2")])), [0, 2]);
    assert_eq!(first(&message("m.B", vec![number("b", "1"), number("a", "2")])), [2, 1]);
}

#[test]
fn columns_are_found_by_id_before_they_are_by_name() {
    let id = |name: &str, id: &str| Field::new(name, DataType::Int32, false).with_metadata([("PARQUET:field_id", id)]);
    let values: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![1])), Arc::new(Int32Array::from(vec![2]))];
    let given = batch(vec![id("a", "1"), id("b", "2")], values);
    let target = schema(vec![id("b", "1"), id("a", "2")]);
    let first = |batch: Batch| -> Vec<i32> {
        batch.records.columns().iter().map(|column| column.as_primitive::<Int32Type>().value(0)).collect()
    };
    assert_eq!(first(adapted(given.clone(), &target).unwrap()), [1, 2]);
    let by_name = Adapt::without_ids(&given.records.schema(), &target).unwrap();
    assert_eq!(first(by_name.apply(given).unwrap()), [2, 1]);
}

#[test]
fn json_takes_any_scalar_with_its_quotes() {
    let json = |name: &str| {
        Field::new(name, DataType::Utf8, true).with_extension_type(arrow_schema::extension::Json::default())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["say \"hi\""])),
        Arc::new(Int64Array::from(vec![5])),
        Arc::new(Date32Array::from(vec![0])),
    ];
    let fields =
        ["t", "n", "d"].iter().zip(&columns).map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
    let given = batch(fields.collect(), columns.clone());
    let done = adapted(given, &schema(vec![json("t"), json("n"), json("d")])).unwrap().records;
    let texts: Vec<&str> = done.columns().iter().map(|column| column.as_string::<i32>().value(0)).collect();
    assert_eq!(texts, [r#""say \"hi\"""#, "5", "\"1970-01-01\""]);
}

#[test]
fn a_tally_counts_what_a_conversion_would_refuse() {
    let given = batch(
        vec![Field::new("a", DataType::Int64, true), Field::new("b", DataType::Int64, true)],
        vec![
            Arc::new(Int64Array::from(vec![Some(1), Some(1 << 40), None])),
            Arc::new(Int64Array::from(vec![Some(3), Some(41_022), Some(-5)])),
        ],
    );
    let target = schema(vec![Field::new("a", DataType::Int32, false), Field::new("b", DataType::Int32, true)]);
    let mut tally = tally::Tally::new(&given.records.schema(), &target).unwrap();
    tally.add(&given).unwrap();
    tally.add(&given).unwrap();
    assert_eq!(tally.failed[&(Code::IntRange, "a".to_owned())], 2);
    assert_eq!(tally.failed[&(Code::Null, "a".to_owned())], 2);
    assert_eq!(tally.failed.len(), 2);
    assert_eq!(tally.ranges["b"], (-5, 41_022));
    assert_eq!(tally.records, 6);
    assert_eq!(tally.first.as_ref().unwrap().origin().record, Some(1));
}

/// Types of numbers and times, with a value of each.
fn scalars() -> impl Strategy<Value = ArrayRef> {
    prop_oneof![
        any::<i8>().prop_map(|value| Arc::new(Int8Array::from(vec![value])) as ArrayRef),
        any::<i32>().prop_map(|value| Arc::new(Int32Array::from(vec![value])) as ArrayRef),
        prop_oneof![any::<i64>(), -300..300_i64].prop_map(|value| Arc::new(Int64Array::from(vec![value])) as ArrayRef),
        prop_oneof![any::<u64>(), 0..300_u64].prop_map(|value| Arc::new(UInt64Array::from(vec![value])) as ArrayRef),
        prop_oneof![any::<f64>(), (-300..300_i64).prop_map(|value| value as f64 / 4.0)]
            .prop_map(|value| Arc::new(Float64Array::from(vec![value])) as ArrayRef),
        any::<f32>().prop_map(|value| Arc::new(Float32Array::from(vec![value])) as ArrayRef),
        (-99_999_i128..99_999).prop_map(|value| {
            Arc::new(Decimal128Array::from(vec![value]).with_precision_and_scale(5, 2).unwrap()) as ArrayRef
        }),
        any::<i64>().prop_map(|value| Arc::new(TimestampMillisecondArray::from(vec![value])) as ArrayRef),
        any::<i64>().prop_map(|value| Arc::new(TimestampNanosecondArray::from(vec![value])) as ArrayRef),
        any::<i64>().prop_map(|value| Arc::new(DurationMicrosecondArray::from(vec![value])) as ArrayRef),
    ]
}

proptest! {
    /// What comes out reads back as what went in; what a type promises to hold is never refused.
    #[test]
    fn every_value_that_passes_has_an_inverse(array in scalars(), other in scalars()) {
        let (from, to) = (array.data_type().clone(), other.data_type().clone());
        let (source, target) = (Field::new("a", from.clone(), true), Field::new("a", to.clone(), true));
        let fit = leaf(&source, &target);
        let done = column(array.clone(), to.clone());
        match (fit, done) {
            (None, Err(error)) => prop_assert_eq!(error.kind(), ErrorKind::Schema),
            (None, Ok(_)) => prop_assert!(false, "{} is not to be read as {}", from, to),
            (Some(Fit::Same | Fit::Widened), Err(error)) => prop_assert!(false, "{}", error),
            (Some(Fit::Checked), Err(error)) => prop_assert_eq!(error.kind(), ErrorKind::Value),
            (Some(_), Ok(there)) => {
                prop_assert_eq!(there.data_type(), &to);
                if leaf(&target, &source).is_some() {
                    let back = column(there, from);
                    let nan = array.as_primitive_opt::<Float64Type>().is_some_and(|array| array.value(0).is_nan())
                        || array.as_primitive_opt::<Float32Type>().is_some_and(|array| array.value(0).is_nan());
                    match back {
                        Ok(back) => prop_assert!(nan || *back == *array, "{:?} {:?}", back, array),
                        Err(error) => prop_assert!(false, "{} of {:?}", error, array),
                    }
                }
            }
        }
    }
}
