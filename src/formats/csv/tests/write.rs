use arrow_array::types::Int8Type;
use arrow_array::{
    BinaryArray, BooleanArray, Date64Array, DictionaryArray, Float64Array, Int64Array, StringArray, StructArray,
};

use super::*;
use crate::formats::csv::FORMAT;
use crate::{Code, ErrorKind};

fn strings(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn quotes_where_needed() {
    let column =
        strings(&[Some("plain"), Some(""), None, Some("a,b"), Some("\"q\""), Some("l\nm"), Some("c\rd"), Some(" s ")]);
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5, 6, 7, 8]));
    let records = batch(vec![("a", column), ("b,c", numbers)]);
    assert_eq!(
        write(&records, &[]).unwrap(),
        "a,\"b,c\"\nplain,1\n\"\",2\n,3\n\"a,b\",4\n\"\"\"q\"\"\",5\n\"l\nm\",6\n\"c\rd\",7\n s ,8\n"
    );
    assert!(write(&records, &[("line-end", "crlf")]).unwrap().starts_with("a,\"b,c\"\r\nplain,1\r\n"));
    assert!(write(&records, &[("delimiter", "\\t")]).unwrap().contains("a,b\t4\n"));
    assert!(write(&records, &[("quoting", "all")]).unwrap().contains("\"plain\",\"1\"\n\"\",\"2\"\n,\"3\"\n"));
    assert!(write(&records, &[("escape", "\\\\")]).unwrap().contains("\"\\\"q\\\"\",5\n"));
    assert!(write(&records, &[("header", "false")]).unwrap().starts_with("plain,1\n"));
    let error = write(&records, &[("quote", "none"), ("null-token", "-")]).unwrap_err();
    assert_eq!((error.kind(), error.origin().column.as_deref()), (ErrorKind::Value, Some("b,c")));
}

#[test]
fn one_nullable_column_has_a_visible_null() {
    let records = batch(vec![("a", strings(&[Some("x"), None, Some(""), Some("\\N")]))]);
    let (bytes, report) = write_all(std::slice::from_ref(&records), &[], 2).unwrap();
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), "a\nx\n\\N\n\"\"\n\"\\N\"\n");
    assert_eq!(report.losses.keys().collect::<Vec<_>>(), [&(Code::Dialect, "a".to_owned())]);
    let options = ReadOptions { schema: Some(records.schema()), ..options(&[]) };
    assert_eq!(read_with(&bytes, &options, 1).unwrap().0, records);
}

#[test]
fn a_value_like_the_null_is_quoted() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(f64::NAN), None, Some(1.0)]));
    let records = batch(vec![("a", strings(&[Some("NaN"), None, Some("x")])), ("b", floats)]);
    let text = write(&records, &[("null-token", "NaN")]).unwrap();
    assert_eq!(text, "a,b\n\"NaN\",\"NaN\"\nNaN,NaN\nx,1.0\n");
    let options = ReadOptions { schema: Some(records.schema()), ..options(&[("null-token", "NaN")]) };
    let back = read_with(text.as_bytes(), &options, 1).unwrap().0;
    assert_eq!(back.column(0), records.column(0));
    assert!(back.column(1).is_valid(0) && back.column(1).is_null(1));
    for null in ["a,b", "\"", "x\ny"] {
        assert_eq!(write(&records, &[("null-token", null)]).unwrap_err().kind(), ErrorKind::Usage, "{null:?}");
    }
    // A delimiter that occurs in numbers.
    assert!(write(&records, &[("delimiter", ".")]).unwrap().contains("x.\"1.0\"\n"));
}

#[test]
fn what_cannot_be_written_is_refused_before_the_first_byte() {
    let options = WriteOptions::default();
    let error = |schema: SchemaRef| super::super::FORMAT.create(Output::memory().0, schema, &options).err().unwrap();
    let zone = DataType::Timestamp(arrow_schema::TimeUnit::Second, Some("Mars/Olympus".into()));
    let error = error(Arc::new(Schema::new(vec![Field::new("t", zone, true)])));
    assert_eq!((error.kind(), error.origin().column.as_deref()), (ErrorKind::Unsupported, Some("t")));
}

#[test]
fn a_value_outside_its_type_stops_the_run() {
    let dates: ArrayRef = Arc::new(Date64Array::from(vec![0, 86_400_000, 0, 1]));
    let error = write_all(&[batch(vec![("d", dates)])], &[], 2).unwrap_err();
    assert_eq!((error.code(), error.origin().column.as_deref()), (Some(Code::TimePrecision), Some("d")));
    assert_eq!(error.origin().record, Some(3));
}

fn nested() -> RecordBatch {
    let x: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(2), None]));
    let y: ArrayRef = strings(&[None, Some("p\"q"), Some("")]);
    let fields = vec![Field::new("x", DataType::Int64, true), Field::new("y.z", DataType::Utf8, true)];
    let nulls = arrow_buffer::NullBuffer::from(vec![true, true, false]);
    let structs = StructArray::new(fields.into(), vec![x, y], Some(nulls));
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true]));
    batch(vec![("s", Arc::new(structs) as ArrayRef), ("f", flags)])
}

#[test]
fn nested_columns_are_json_text_or_flattened() {
    let records = nested();
    let text = write(&records, &[]).unwrap();
    let expected =
        "s,f\n\"{\"\"x\"\":1,\"\"y.z\"\":null}\",true\n\"{\"\"x\"\":2,\"\"y.z\"\":\"\"p\\\"\"q\"\"}\",false\n,true\n";
    assert_eq!(text, expected);
    let options = ReadOptions { schema: Some(records.schema()), ..options(&[]) };
    assert_eq!(read_with(text.as_bytes(), &options, 1).unwrap().0, records);
    // A slice begins elsewhere in its buffers.
    let slice = records.slice(1, 2);
    assert_eq!(read_with(write(&slice, &[]).unwrap().as_bytes(), &options, 1).unwrap().0, slice);

    let schema = records.schema();
    let (bytes, _) = write_all(&[records], &[("nested", "flatten")], 1).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), "s.x,s.y\\.z,f\n1,,true\n2,\"p\"\"q\",false\n,,true\n");
    let lost = |pairs| {
        let options = WriteOptions { settings: settings(pairs), ..WriteOptions::default() };
        crate::formats::csv::FORMAT.fit(schema.field(0), &[], &options).codes
    };
    assert_eq!(lost(&[("nested", "flatten")]), [Code::NullStruct]);
    assert_eq!(lost(&[]), []);
}

#[test]
fn bad_json_in_a_cell_names_record_and_column() {
    let options = ReadOptions { schema: Some(nested().schema()), ..options(&[]) };
    let error = read_with(b"s,f\n,true\n\"{\"\"x\"\":1.5}\",true\n", &options, 1).unwrap_err();
    assert_eq!((error.code(), error.origin().line, error.origin().record), (Some(Code::Fraction), Some(2), Some(1)));
    assert_eq!(error.origin().column.as_deref(), Some("s.x"));
}

#[test]
fn encoded_binary_and_empty_columns() {
    let dictionary: DictionaryArray<Int8Type> = vec![Some("x,y"), None, Some("")].into_iter().collect();
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![Some(&b"\x01\xff"[..]), Some(b""), None]));
    let records = batch(vec![("d", Arc::new(dictionary) as ArrayRef), ("b", bytes)]);
    assert_eq!(write(&records, &[]).unwrap(), "d,b\n\"x,y\",Af8=\n,\"\"\n\"\",\n");
    assert_eq!(write(&records.slice(2, 1), &[("bytes", "hex")]).unwrap(), "d,b\n\"\",\n");
    assert_eq!(write(&records.slice(0, 0), &[]).unwrap(), "d,b\n");
    assert_eq!(write(&records.slice(0, 0), &[("bom", "true")]).unwrap(), "\u{feff}d,b\n");
}

#[test]
fn the_csv_crate_and_arrow_read_what_is_written() {
    let a = strings(&[Some("x"), Some("a,\"b\"\r\nc"), Some("é")]);
    let b: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.1), None, Some(-1e300)]));
    let records = batch(vec![("a", a.clone()), ("b", b)]);
    let text = write(&records, &[]).unwrap();
    let rows: Vec<Vec<String>> = csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect();
    let expected: Vec<&str> = a.as_string::<i32>().iter().flatten().collect();
    assert_eq!(rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), expected);
    let mut reader = arrow::csv::ReaderBuilder::new(records.schema()).with_header(true).build(text.as_bytes()).unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), records);
}

/// A field as RFC 4180 wants it, and an empty text in quotes beside an empty null.
fn field(value: Option<&str>) -> String {
    match value {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains([',', '"', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Some(text) => text.to_owned(),
    }
}

proptest::proptest! {
    #[test]
    fn records_of_any_text(
        rows in proptest::collection::vec(
            (proptest::option::of("[a-c,\"\n\r]{0,4}|[a-zé]{20,80}|[a-z ]{0,40}\"[a-z]{0,3}"), proptest::option::of(proptest::num::i64::ANY)),
            0..200,
        ),
    ) {
        let texts: Vec<Option<&str>> = rows.iter().map(|(text, _)| text.as_deref()).collect();
        let numbers: Int64Array = rows.iter().map(|(_, number)| *number).collect();
        let encoded: DictionaryArray<arrow_array::types::Int16Type> = texts.iter().copied().collect();
        let records = batch(vec![
            ("t", strings(&texts)),
            ("n", Arc::new(numbers) as ArrayRef),
            ("v", Arc::new(arrow_array::StringViewArray::from(texts.clone()))),
            ("d", Arc::new(encoded)),
        ]);
        let mut expected = String::from("t,n,v,d\n");
        for (text, number) in &rows {
            let text = field(text.as_deref());
            let number = number.map(|number| number.to_string()).unwrap_or_default();
            expected.push_str(&format!("{text},{number},{text},{text}\n"));
        }
        proptest::prop_assert_eq!(write(&records, &[]).unwrap(), expected);
    }
}

#[test]
fn records_longer_than_any_room() {
    let long = "x".repeat(100_000);
    let quoted = "\"".repeat(50_000);
    let texts = [Some("a"), Some(&long), None, Some(&quoted), Some("b")];
    let records = batch(vec![("t", strings(&texts)), ("u", strings(&texts))]);
    let mut expected = String::from("t,u\n");
    for text in texts {
        let text = field(text);
        expected.push_str(&format!("{text},{text}\n"));
    }
    assert!(write(&records, &[]).unwrap() == expected);
}

#[test]
fn nan_and_infinities_are_words() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]));
    assert_eq!(write(&batch(vec![("f", floats)]), &[]).unwrap(), "f\nNaN\ninf\n-inf\n-0.0\n");
}

#[test]
fn types_that_no_header_has_are_told() {
    let told = |extension: &str, pairs: &[(&str, &str)]| {
        let metadata: std::collections::HashMap<String, String> =
            [(crate::column::json::EXTENSION_NAME.to_owned(), extension.to_owned())].into_iter().collect();
        let field = Field::new("c", DataType::Utf8, true).with_metadata(metadata);
        let options = WriteOptions { settings: settings(pairs), ..WriteOptions::default() };
        let told = FORMAT.fit(&field, &[], &options).codes.contains(&Code::Type);
        let inside = Field::new("c", DataType::List(Arc::new(field.with_name("item"))), true);
        assert_eq!(FORMAT.fit(&inside, &[], &options).codes.contains(&Code::Type), told);
        told
    };
    assert!(told("someone.else", &[("header-types", "true")]));
    assert!(!told("someone.else", &[]));
    assert!(!told("someone.else", &[("header-types", "true"), ("side-car", "true")]));
    assert!(!told("arrow.json", &[("header-types", "true")]));
    // The header can be read all the same.
    let metadata: std::collections::HashMap<String, String> =
        [(crate::column::json::EXTENSION_NAME.to_owned(), "someone.else".to_owned())].into_iter().collect();
    let schema = Schema::new(vec![Field::new("a:b", DataType::Utf8, true).with_metadata(metadata)]);
    let records = RecordBatch::try_new(Arc::new(schema), vec![strings(&[Some("x")])]).unwrap();
    let text = write(&records, &[("header-types", "true")]).unwrap();
    assert_eq!(text, "a:b:Utf8\nx\n");
    assert_eq!(read(&text, &[("header-types", "true")]).unwrap().schema().field(0).name(), "a:b");
}
