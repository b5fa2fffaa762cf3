//! Values that the crate would change silently, written with its low-level writer, and what we write ourselves.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{IntervalMonthDayNanoType, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, Date64Array, Int32Array, Int64Array, LargeListArray, NullArray, RecordBatch, RecordBatchOptions,
    StringArray,
};
use arrow_buffer::{IntervalMonthDayNano, OffsetBuffer};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType as Physical, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int96,
    Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::code::Code;
use crate::error::{ErrorKind, Result};
use crate::format::{Format, ReadOptions, WriteOptions};
use crate::formats::parquet::FORMAT;
use crate::formats::testing::{bytes, concat, exec, read, rows, write};
use crate::formats::testing_batches::{Random, random_batch};

/// A file with one column.
fn file<T: Physical>(schema: &str, values: &[T::T]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut data = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut data, schema, Arc::new(WriterProperties::new())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    data
}

fn column(data: Vec<u8>, settings: &[(&str, &str)]) -> Result<(Field, ArrayRef)> {
    let mut options = ReadOptions::default();
    for (name, value) in settings {
        options.settings.set(*name, *value);
    }
    let (schema, batches) = read(&FORMAT, bytes(data), &options, 1)?;
    Ok((schema.field(0).clone(), concat(&schema, &batches).column(0).clone()))
}

#[test]
fn case_88_int96_does_not_wrap() {
    let mut value = Int96::new();
    value.set_data(1_000, 0, 2_816_788); // 3000-01-01 and one microsecond
    let data = file::<Int96Type>("message m { required int96 t; }", &[value]);
    let error = column(data.clone(), &[]).unwrap_err();
    assert_eq!(error.code(), Some(Code::TimestampRange), "{error:?}");
    assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(0), Some("t")));
    let (field, array) = column(data, &[("int96", "us")]).unwrap();
    assert_eq!(field.data_type(), &DataType::Timestamp(TimeUnit::Microsecond, None));
    assert_eq!(array.as_primitive::<TimestampMicrosecondType>().value(0), 32_503_680_000_000_001);

    value.set_data(1, 0, 2_816_788);
    let data = file::<Int96Type>("message m { required int96 t; }", &[value]);
    assert_eq!(column(data, &[("int96", "us")]).unwrap_err().code(), Some(Code::TimePrecision));
}

#[test]
fn case_89_interval_keeps_its_months() {
    let mut bytes = Vec::new();
    for part in [1u32, 2, 3] {
        bytes.extend(part.to_le_bytes());
    }
    let values = [FixedLenByteArray::from(ByteArray::from(bytes))];
    let schema = "message m { required fixed_len_byte_array(12) i (INTERVAL); }";
    let (_, array) = column(file::<FixedLenByteArrayType>(schema, &values), &[]).unwrap();
    let expected = IntervalMonthDayNano::new(1, 2, 3_000_000);
    assert_eq!(array.as_primitive::<IntervalMonthDayNanoType>().value(0), expected);
}

#[test]
fn integers_beyond_their_width() {
    let data = file::<Int32Type>("message m { required int32 i (INTEGER(8,true)); }", &[1, 300]);
    let error = column(data, &[]).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::IntRange), Some(1)));
}

#[test]
fn text_is_checked() {
    for annotation in ["UTF8", "JSON", "ENUM"] {
        let schema = format!("message m {{ required binary s ({annotation}); }}");
        let data = file::<ByteArrayType>(&schema, &[ByteArray::from(vec![0xffu8])]);
        let error = column(data, &[]).unwrap_err();
        assert_eq!(error.code(), Some(Code::Utf8), "{annotation}: {error:?}");
    }
}

#[test]
fn case_90_enum_is_text_and_stays_enum() {
    let schema = "message m { required binary e (ENUM); }";
    let data = file::<ByteArrayType>(schema, &[ByteArray::from("RED")]);
    let (field, array) = column(data, &[]).unwrap();
    assert_eq!(array.as_string::<i32>().value(0), "RED");
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array]).unwrap();
    let (data, _) = write(&FORMAT, &batch.schema(), &[batch], &WriteOptions::default(), 1).unwrap();
    let outline = FORMAT.inspect(&bytes(data), &ReadOptions::default()).unwrap();
    assert!(outline["schema"].as_str().unwrap().contains("(ENUM)"), "{outline}");
}

#[test]
fn decimals_of_any_width() {
    let schema = "message m { required binary d (DECIMAL(80,2)); }";
    let (field, array) = column(file::<ByteArrayType>(schema, &[ByteArray::from(vec![0xffu8, 0x01])]), &[]).unwrap();
    assert_eq!(field.data_type(), &DataType::Utf8);
    assert_eq!(array.as_string::<i32>().value(0), "-2.55");
}

#[test]
fn case_114_hints_that_do_not_fit_are_ignored() {
    let wrong = Schema::new(vec![Field::new("i", DataType::Utf8, false)]);
    let hint = parquet::arrow::encode_arrow_schema(&wrong);
    let schema = Arc::new(parse_message_type("message m { required int32 i; }").unwrap());
    let pair = parquet::file::metadata::KeyValue::new("ARROW:schema".to_owned(), hint);
    let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![pair])).build();
    let mut data = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut data, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut leaf = group.next_column().unwrap().unwrap();
    leaf.typed::<Int32Type>().write_batch(&[7], None, None).unwrap();
    leaf.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let reader = FORMAT.open(bytes(data.clone()), &ReadOptions::default(), &exec(1)).unwrap();
    assert_eq!(reader.report().losses.get(&(Code::Hint, "i".to_owned())), Some(&1));
    let (field, _) = column(data, &[]).unwrap();
    assert_eq!(field.data_type(), &DataType::Int32);
}

#[test]
fn case_93_rows_without_columns() {
    let schema = Arc::new(Schema::empty());
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let batch = RecordBatch::try_new_with_options(schema.clone(), Vec::new(), &options).unwrap();
    let (data, _) = write(&FORMAT, &schema, &[batch], &WriteOptions::default(), 1).unwrap();
    let (back, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
    assert_eq!(back, schema);
    assert_eq!(rows(&batches), 3);
}

#[test]
fn dates_with_a_time_are_refused() {
    let values: ArrayRef = Arc::new(Date64Array::from(vec![Some(0), None, Some(86_400_001)]));
    let schema = Arc::new(Schema::new(vec![Field::new("d", DataType::Date64, true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![values]).unwrap();
    let error = write(&FORMAT, &schema, &[batch], &WriteOptions::default(), 2).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::TimePrecision), Some(2)));
    assert_eq!(error.origin().column.as_deref(), Some("d"));
}

#[test]
fn same_bytes_for_any_number_of_threads() {
    let batch = random_batch(&mut Random(99), 6, 2, 500);
    let parts: Vec<RecordBatch> = (0..10).map(|part| batch.slice(part * 50, 50)).collect();
    let mut options = WriteOptions::default();
    options.settings.set("row-group-rows", "64");
    let of = |threads| write(&FORMAT, &batch.schema(), &parts, &options, threads).unwrap().0;
    let one = of(1);
    assert!(one == of(2) && one == of(8));
}

#[test]
fn lists_of_more_nulls_than_fit_are_refused() {
    let item = Arc::new(Field::new("item", DataType::Null, true));
    for (nulls, fits) in [(1 << 12, true), (1 << 30, false), (1 << 40, false)] {
        let offsets = OffsetBuffer::new(vec![0, 1, nulls as i64].into());
        let list = LargeListArray::new(item.clone(), offsets, Arc::new(NullArray::new(nulls)), None);
        let batch = RecordBatch::try_from_iter([("l", Arc::new(list) as ArrayRef)]).unwrap();
        let outcome = write(&FORMAT, &batch.schema(), std::slice::from_ref(&batch), &WriteOptions::default(), 1);
        assert_eq!(outcome.is_ok(), fits, "{nulls} nulls");
        match outcome {
            Ok((data, _)) => {
                let (_, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 1).unwrap();
                assert_eq!(batches[0].column(0).as_list::<i64>().value(1).len(), nulls - 1);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Limit, "{error:?}");
                assert_eq!(error.origin().column.as_deref(), Some("l"));
            }
        }
    }
}

#[test]
fn pages_hold_no_more_than_the_footer_says() {
    let schema = Arc::new(parse_message_type("message m { repeated int32 n; }").unwrap());
    let mut data = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut data, schema, Arc::new(WriterProperties::new())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&[7; 100], Some(&[1; 100]), Some(&[0; 100])).unwrap();
    column.close().unwrap();
    let rows = group.close().unwrap();
    assert_eq!((rows.num_rows(), rows.column(0).num_values()), (100, 100));
    writer.close().unwrap();
    assert!(column_of(&data).is_ok());
    // The header of the only data page: field 1 of the data page header, a zigzag varint of two bytes (200, 1).
    let pages: Vec<usize> = (0..data.len()).filter(|at| data[*at..].starts_with(&[0x15, 200, 1])).collect();
    data[pages[0] + 1] = 202;
    let error = column_of(&data).unwrap_err();
    assert!(error.to_string().contains("101 values, the footer says that 100 are left"), "{error:?}");
}

fn column_of(data: &[u8]) -> Result<(Field, ArrayRef)> {
    column(data.to_vec(), &[])
}

#[test]
fn large_groups_are_read_in_ranges() {
    let rows = 3_000_000i64;
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let text: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|row| (row % 1000).to_string())));
    let small: ArrayRef = Arc::new(Int32Array::from_iter_values(0..rows as i32));
    let batch = RecordBatch::try_from_iter([("n", numbers), ("t", text), ("s", small)]).unwrap();
    let mut data = Vec::new();
    let properties = WriterProperties::builder().set_max_row_group_row_count(None).build();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut data, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let mut reader = FORMAT.open(bytes(data.clone()), &ReadOptions::default(), &exec(1)).unwrap();
    let mut chunks = 0;
    while reader.next_chunk().unwrap().is_some() {
        chunks += 1;
    }
    assert!(chunks > 1, "one chunk would hold all of it decoded");
    let (schema, batches) = read(&FORMAT, bytes(data), &ReadOptions::default(), 2).unwrap();
    assert!(concat(&schema, &batches).columns() == batch.columns());
}

#[test]
fn case_95_readers_without_hints_see_the_meaning() {
    let item = Arc::new(Field::new("item", DataType::Int32, true));
    let fields = vec![
        Field::new("t", DataType::Timestamp(TimeUnit::Second, None), true),
        Field::new("u", DataType::Time32(TimeUnit::Second), true),
        Field::new("d", DataType::Date64, true),
        Field::new("n", DataType::Decimal128(5, -2), true),
        Field::new("l", DataType::List(item), true),
    ];
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::new_empty(schema.clone());
    let (data, _) = write(&FORMAT, &schema, &[batch], &WriteOptions::default(), 1).unwrap();
    let outline = FORMAT.inspect(&bytes(data), &ReadOptions::default()).unwrap();
    let text = outline["schema"].as_str().unwrap();
    for part in [
        "TIMESTAMP(MILLIS,false)",
        "TIME(MILLIS,false)",
        "DATE",
        "DECIMAL(7,0)",
        "REPEATED group list",
        "INT32 element",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

/// pyarrow keeps the schema with seconds, and stores milliseconds.
#[test]
fn a_hint_of_another_unit_still_names_the_zone() {
    use arrow_schema::TimeUnit::{Millisecond, Second};
    let of = |unit, zone: &str| DataType::Timestamp(unit, Some(zone.into()));
    let list_of = |item: DataType| DataType::List(Arc::new(Field::new("item", item, true)));
    let schema = |unit, zone: &str| {
        let at = of(unit, zone);
        Schema::new(vec![Field::new("at", at.clone(), true), Field::new("all", list_of(at), true)])
    };
    let stored = Arc::new(schema(Millisecond, "UTC"));
    let hint = parquet::arrow::encode_arrow_schema(&schema(Second, "Europe/Berlin"));
    let pair = parquet::file::metadata::KeyValue::new("ARROW:schema".to_owned(), hint);
    let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![pair])).build();
    let options = parquet::arrow::arrow_writer::ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let mut data = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new_with_options(&mut data, stored.clone(), options).unwrap();
    let columns = stored.fields().iter().map(|field| arrow_array::new_null_array(field.data_type(), 1)).collect();
    writer.write(&RecordBatch::try_new(stored.clone(), columns).unwrap()).unwrap();
    writer.close().unwrap();
    let reader = FORMAT.open(bytes(data), &ReadOptions::default(), &exec(1)).unwrap();
    let types: Vec<_> = reader.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    let zoned = of(Millisecond, "Europe/Berlin");
    assert_eq!(types, [zoned.clone(), list_of(zoned)]);
    assert_eq!(reader.report().losses.get(&(Code::Hint, "at".to_owned())), Some(&1));
    // It is not said that all of the hint is ignored.
    assert!(Code::Hint.meaning().ends_with("what does not fit is ignored"), "{}", Code::Hint.meaning());
}
