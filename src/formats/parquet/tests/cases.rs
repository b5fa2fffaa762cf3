//! Values and shapes that Parquet has no type for, or that others write in an older way.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, Decimal128Array, Float16Array, Float32Array, Float64Array, Int32Array, IntervalDayTimeArray,
    IntervalMonthDayNanoArray, IntervalYearMonthArray, ListArray, RecordBatch, StringArray, StructArray, UnionArray,
};
use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields, Schema, UnionFields};
use half::f16;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::code::Code;
use crate::error::Result;
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, concat, read, write};

fn options(pairs: &[(&str, &str)]) -> WriteOptions {
    let mut options = WriteOptions::default();
    for (name, value) in pairs {
        options.settings.set(*name, *value);
    }
    options
}

fn batch(array: ArrayRef) -> RecordBatch {
    let field = Field::new("c", array.data_type().clone(), true);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array]).unwrap()
}

/// The file, its schema in the words of Parquet, and what comes back.
fn through(batch: &RecordBatch, options: &WriteOptions) -> Result<(String, RecordBatch)> {
    let (data, _) = write(&FORMAT, &batch.schema(), std::slice::from_ref(batch), options, 1)?;
    let outline = FORMAT.inspect(&bytes(data.clone()), &ReadOptions::default())?;
    let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1)?;
    Ok((outline["schema"].as_str().unwrap().to_owned(), concat(&schema, &batches)))
}

#[test]
fn case_91_a_union_is_a_group_and_comes_back() {
    let fields = [Field::new("int", DataType::Int32, false), Field::new("string", DataType::Utf8, false)];
    let fields = UnionFields::try_new([3, 5], fields).unwrap();
    let children: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![1, 2])), Arc::new(StringArray::from(vec!["x"]))];
    let union = UnionArray::try_new(
        fields,
        ScalarBuffer::from(vec![3, 5, 3]),
        Some(ScalarBuffer::from(vec![0, 0, 1])),
        children,
    );
    let sent = batch(Arc::new(union.unwrap()));
    let (words, back) = through(&sent, &WriteOptions::default()).unwrap();
    assert!(words.contains("group c {") && words.contains("INT32 int") && words.contains("string (STRING)"), "{words}");
    assert_eq!(back.schema(), sent.schema());
    assert!(back.column(0).to_data() == sent.column(0).to_data());
}

#[test]
fn case_92_intervals_of_any_sign_come_back() {
    let sent = batch(Arc::new(IntervalMonthDayNanoArray::from(vec![
        Some(IntervalMonthDayNano::new(-1, 2, 3)),
        None,
        Some(IntervalMonthDayNano::new(i32::MIN, i32::MAX, i64::MIN)),
    ])));
    let (words, back) = through(&sent, &WriteOptions::default()).unwrap();
    assert!(words.contains("INT32 months") && words.contains("INT64 nanos"), "{words}");
    assert_eq!(back, sent);
    let error = through(&sent, &options(&[("interval", "parquet")])).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Interval), Some(0)), "{error:?}");
    assert_eq!(error.origin().column.as_deref(), Some("c"));
}

#[test]
fn case_92_intervals_as_parquet_has_them() {
    let native = options(&[("interval", "parquet")]);
    let bare = options(&[("interval", "parquet"), ("hints", "false")]);
    let whole = IntervalMonthDayNanoArray::from(vec![
        Some(IntervalMonthDayNano::new(1, 2, 3_000_000)),
        None,
        Some(IntervalMonthDayNano::new(i32::MAX, 0, i64::from(u32::MAX) * 1_000_000)),
    ]);
    for options in [&native, &bare] {
        let (words, back) = through(&batch(Arc::new(whole.clone())), options).unwrap();
        assert!(words.contains("FIXED_LEN_BYTE_ARRAY (12) c (INTERVAL)"), "{words}");
        assert!(back.column(0).to_data() == whole.to_data());
    }
    // Other units, and intervals inside lists and structs, come back through the hint.
    let days: ArrayRef = Arc::new(IntervalDayTimeArray::from(vec![
        Some(IntervalDayTime::new(3, 4)),
        None,
        Some(IntervalDayTime::new(0, 0)),
    ]));
    let months: ArrayRef = Arc::new(IntervalYearMonthArray::from(vec![Some(14), Some(0), None]));
    let item = Arc::new(Field::new("item", days.data_type().clone(), true));
    let list: ArrayRef = Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([2, 0, 1]), days.clone(), None));
    let fields = Fields::from(vec![Field::new("m", months.data_type().clone(), true)]);
    let group: ArrayRef =
        Arc::new(StructArray::new(fields, vec![months.clone()], Some(vec![true, false, true].into())));
    for array in [days, months, list, group] {
        let sent = batch(array);
        let (words, back) = through(&sent, &native).unwrap();
        assert!(words.contains("(INTERVAL)"), "{words}");
        assert_eq!(back.schema(), sent.schema());
        assert_eq!(back, sent);
    }
    let parts = [(-1, 0, 0), (0, -1, 0), (0, 0, -1_000_000), (0, 0, 1), (0, 0, (i64::from(u32::MAX) + 1) * 1_000_000)];
    for (months, days, nanos) in parts {
        let value = IntervalMonthDayNano::new(months, days, nanos);
        let error = through(&batch(Arc::new(IntervalMonthDayNanoArray::from(vec![value]))), &native).unwrap_err();
        assert_eq!(error.code(), Some(Code::Interval), "{value:?}");
    }
}

#[test]
fn case_93_structs_without_fields() {
    let sent = batch(Arc::new(StructArray::new_empty_fields(3, Some(vec![true, false, true].into()))));
    let (words, back) = through(&sent, &WriteOptions::default()).unwrap();
    assert!(words.contains("_empty (UNKNOWN)"), "{words}");
    assert_eq!(back, sent);
}

#[test]
fn case_94_a_negative_scale_is_multiplied_out() {
    let values = Decimal128Array::from(vec![Some(12), None, Some(-99_999)]).with_precision_and_scale(5, -2).unwrap();
    let sent = batch(Arc::new(values));
    let (words, back) = through(&sent, &WriteOptions::default()).unwrap();
    assert!(words.contains("DECIMAL(7,0)"), "{words}");
    assert_eq!(back, sent);
    let (_, bare) = through(&sent, &options(&[("hints", "false")])).unwrap();
    let bare = bare.column(0).as_primitive::<arrow_array::types::Decimal128Type>().clone();
    assert_eq!(
        bare,
        Decimal128Array::from(vec![Some(1200), None, Some(-9_999_900)]).with_precision_and_scale(7, 0).unwrap()
    );
}

/// Values of a leaf, with their definition and repetition levels.
type Leaf<'a, T> = (&'a [T], &'a [i16], &'a [i16]);

/// A file of `schema`, each leaf with its values and levels.
fn file(schema: &str, numbers: &[Option<Leaf<i32>>], texts: &[Leaf<&str>]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut data = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut data, schema, Arc::new(WriterProperties::new())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut texts = texts.iter();
    for leaf in numbers {
        let mut column = group.next_column().unwrap().unwrap();
        match leaf {
            Some((values, definition, repetition)) => {
                column.typed::<Int32Type>().write_batch(values, Some(definition), Some(repetition)).unwrap();
            }
            None => {
                let (values, definition, repetition) = texts.next().unwrap();
                let values: Vec<ByteArray> = values.iter().map(|text| ByteArray::from(*text)).collect();
                column.typed::<ByteArrayType>().write_batch(&values, Some(definition), Some(repetition)).unwrap();
            }
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    data
}

fn type_of(data: Vec<u8>) -> (DataType, ArrayRef) {
    let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
    (schema.field(0).data_type().clone(), concat(&schema, &batches).column(0).clone())
}

fn list(item: DataType, nullable: bool) -> DataType {
    DataType::List(Arc::new(Field::new("item", item, nullable)))
}

/// The shapes of lists in `LogicalTypes.md`, "Lists", in its order, and what each means. Rows: `[1, 2]`, `[]`.
#[test]
fn case_96_older_shapes_of_lists_and_maps() {
    let pair = |fields: &[&str]| {
        let fields = fields.iter().map(|name| Field::new(*name, DataType::Int32, false));
        DataType::Struct(fields.collect())
    };
    let rows: (&[i32], &[i16], &[i16]) = (&[1, 2], &[1, 1, 0], &[0, 1, 0]);
    let optional: (&[i32], &[i16], &[i16]) = (&[1, 2], &[2, 2, 1], &[0, 1, 0]);
    let cases = [
        // A repeated field that stands alone: a required list of required elements.
        ("repeated int32 c;", vec![rows], list(DataType::Int32, false)),
        // 1. A repeated field that is not a group is the element.
        ("optional group c (LIST) { repeated int32 element; }", vec![optional], list(DataType::Int32, false)),
        // 2. A repeated group of many fields is the element.
        (
            "optional group c (LIST) { repeated group element { required int32 a; required int32 b; } }",
            vec![optional, optional],
            list(pair(&["a", "b"]), false),
        ),
        // 4. A repeated group of one field called `array` or like the list with `_tuple` is the element.
        (
            "optional group c (LIST) { repeated group array { required int32 a; } }",
            vec![optional],
            list(pair(&["a"]), false),
        ),
        (
            "optional group c (LIST) { repeated group c_tuple { required int32 a; } }",
            vec![optional],
            list(pair(&["a"]), false),
        ),
        // 5. Otherwise the field of the repeated group is the element.
        (
            "optional group c (LIST) { repeated group bag { required int32 a; } }",
            vec![optional],
            list(DataType::Int32, false),
        ),
        (
            "required group c (LIST) { repeated group list { required int32 element; } }",
            vec![rows],
            list(DataType::Int32, false),
        ),
    ];
    for (shape, leaves, expected) in cases {
        let leaves: Vec<_> = leaves.into_iter().map(Some).collect();
        let (found, array) = type_of(file(&format!("message m {{ {shape} }}"), &leaves, &[]));
        let bare = bare(&found);
        assert_eq!(bare, expected, "{shape}");
        let lists = array.as_list::<i32>();
        assert_eq!((lists.value_length(0), lists.value_length(1)), (2, 0), "{shape}");
    }
}

/// The type without metadata of children.
fn bare(data_type: &DataType) -> DataType {
    let child = |field: &Arc<Field>| Arc::new(Field::new(field.name(), bare(field.data_type()), field.is_nullable()));
    match data_type {
        DataType::List(item) => DataType::List(child(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(child).collect()),
        other => other.clone(),
    }
}

#[test]
fn case_96_older_maps() {
    for annotation in ["MAP", "MAP_KEY_VALUE"] {
        let schema = format!(
            "message m {{ optional group c ({annotation}) {{ repeated group map {{ required binary str (UTF8); \
             required int32 num; }} }} }}"
        );
        let levels: (&[i16], &[i16]) = (&[2, 2, 1], &[0, 1, 0]);
        let data = file(&schema, &[None, Some((&[1, 2], levels.0, levels.1))], &[(&["a", "b"], levels.0, levels.1)]);
        let (found, array) = type_of(data);
        assert!(matches!(found, DataType::Map(..)), "{annotation}: {found}");
        let maps = array.as_map();
        assert_eq!(maps.keys().as_string::<i32>(), &StringArray::from(vec!["a", "b"]), "{annotation}");
        assert_eq!((maps.value_length(0), maps.value_length(1)), (2, 0), "{annotation}");
    }
}

#[test]
fn case_97_floats_keep_their_bits() {
    let doubles = [0x7ff8_0000_0000_0001_u64, 0xfff4_dead_beef_0000, 0x8000_0000_0000_0000, f64::INFINITY.to_bits()];
    let singles = [0x7fc0_0001_u32, 0xffa0_0bad, 0x8000_0000, f32::NEG_INFINITY.to_bits()];
    let halves = [0x7e01_u16, 0xfd00, 0x8000, f16::INFINITY.to_bits()];
    let batch = RecordBatch::try_from_iter([
        ("d", Arc::new(Float64Array::from_iter_values(doubles.map(f64::from_bits))) as ArrayRef),
        ("s", Arc::new(Float32Array::from_iter_values(singles.map(f32::from_bits)))),
        ("h", Arc::new(Float16Array::from_iter_values(halves.map(f16::from_bits)))),
    ])
    .unwrap();
    for settings in [&[][..], &[("dictionary", "false")], &[("version", "2")]] {
        let (_, back) = through(&batch, &options(settings)).unwrap();
        let of = |index: usize| back.column(index);
        let found: Vec<u64> =
            of(0).as_primitive::<arrow_array::types::Float64Type>().values().iter().map(|v| v.to_bits()).collect();
        assert_eq!(found, doubles);
        let found: Vec<u32> =
            of(1).as_primitive::<arrow_array::types::Float32Type>().values().iter().map(|v| v.to_bits()).collect();
        assert_eq!(found, singles);
        let found: Vec<u16> =
            of(2).as_primitive::<arrow_array::types::Float16Type>().values().iter().map(|v| v.to_bits()).collect();
        assert_eq!(found, halves);
    }
}

/// What parquet-avro writes: its own key, and columns that are as the Avro schema says.
#[test]
fn case_98_the_schema_of_parquet_avro_is_kept_for_avro() {
    let text = r#"{"type":"record","name":"User","namespace":"com.example","doc":"who","fields":[{"name":"id","type":"int","doc":"a number"},{"name":"n","type":["null","int"],"default":null}]}"#;
    let schema =
        Arc::new(parse_message_type("message com.example.User { required int32 id; optional int32 n; }").unwrap());
    let pair = parquet::file::metadata::KeyValue::new("parquet.avro.schema".to_owned(), text.to_owned());
    let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![pair])).build();
    let mut data = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut data, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for levels in [None, Some(&[1i16, 1][..])] {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&[7, 8], levels, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    let (schema, _) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
    assert_eq!(schema.metadata().get("parquet.avro.schema").map(String::as_str), Some(text));
    let naming = crate::schema::avsc::Naming::default();
    assert_eq!(crate::schema::avsc::from_arrow(&schema, &naming).unwrap(), text);
    // Where the columns are others, it is not used.
    let fewer = schema.project(&[0]).unwrap();
    assert_ne!(crate::schema::avsc::from_arrow(&fewer, &naming).unwrap(), text);
}
