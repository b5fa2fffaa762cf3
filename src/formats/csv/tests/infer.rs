use super::*;
use crate::{Code, ErrorKind};
use arrow_schema::TimeUnit;

fn kind(values: &[&str]) -> DataType {
    let input = values.iter().fold("a,b\n".to_owned(), |text, value| format!("{text}{value},x\n"));
    read(&input, &[]).unwrap().schema().field(0).data_type().clone()
}

#[test]
fn types_give_every_value_back() {
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let forty = "1".repeat(40);
    for (values, expected) in [
        (&["00123", "00456"][..], DataType::Utf8),
        (&["12345678901234567890"], DataType::UInt64),
        (&[forty.as_str()], DataType::Decimal256(76, 0)),
        (&["+5"], DataType::Utf8),
        (&["0x1F"], DataType::Utf8),
        (&["1.50", "2.5"], DataType::Float64),
        (&["1.50", "2.25"], DataType::Decimal128(3, 2)),
        (&["1.0", "2.5"], DataType::Float64),
        (&["", "5"], DataType::Int64),
        (&["", ""], DataType::Utf8),
        (&["\"\"", "5"], DataType::Utf8),
        (&["\"5\"", "6"], DataType::Int64),
        (&["true", "FALSE"], DataType::Boolean),
        (&["true", "1"], DataType::Utf8),
        (&["NaN", "1"], DataType::Utf8),
        (&["2024-02-29", "2023-01-01"], DataType::Date32),
        (&["2024-02-29", "2023-02-29"], DataType::Utf8),
        (&["2024-02-29", "2024-02-29T00:00:00"], DataType::Utf8),
        (&["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.5Z"], utc.clone()),
        (&["2024-02-29T00:00:00Z", "2024-02-29T00:00:00"], DataType::Utf8),
        (&["2024-02-29T00:00:00Z", "2024-02-29 00:00:00Z"], DataType::Utf8),
        (&["2024-02-29 00:00:00"], DataType::Timestamp(TimeUnit::Microsecond, None)),
        (&["2024-02-29T00:00:00.1234567Z"], DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))),
        (&["2024-02-29T00:00:00.1234567Z", "0001-01-01T00:00:00Z"], DataType::Utf8),
        (&["2024-02-29T00:00:00+05:30"], DataType::Timestamp(TimeUnit::Microsecond, Some("+05:30".into()))),
        (&["2024-02-29T00:00:00+05:30", "2024-02-29T00:00:00+05:00"], DataType::Utf8),
        (&["2024-02-29T00:00:00.1234567891Z"], DataType::Utf8),
        (&["12:00:00"], DataType::Utf8),
    ] {
        assert_eq!(kind(values), expected, "{values:?}");
        let mut reversed = values.to_vec();
        reversed.reverse();
        assert_eq!(kind(&reversed), expected, "reversed {values:?}");
    }
}

#[test]
fn numbers_written_in_another_form_are_told() {
    let (_, report) = read_with(b"a,b\n1.50,1.0\n2.5,2.5\n", &options(&[]), 1).unwrap();
    let told: Vec<_> = report.losses.keys().collect();
    assert_eq!(told, [&(Code::Restyled, "a".to_owned())]);
}

#[test]
fn a_misfit_in_the_last_record_widens_the_type() {
    let mut input = "a,b\n".to_owned();
    for number in 0..20_000 {
        input.push_str(&format!("{number},{number}.5\n"));
    }
    input.push_str("x,0.125\n");
    let mut found = Vec::new();
    for threads in [1, 2, 8] {
        for chunk in [100, 4096, 1 << 20] {
            let options = ReadOptions { limits: small_chunks(chunk, 1000), ..options(&[]) };
            found.push(read_with(input.as_bytes(), &options, threads).unwrap());
        }
    }
    assert_eq!(found[0].0.schema().field(0).data_type(), &DataType::Utf8);
    assert_eq!(found[0].0.schema().field(1).data_type(), &DataType::Float64);
    assert_eq!(found[0].0.num_rows(), 20_001);
    for other in &found[1..] {
        assert_eq!(other, &found[0]);
    }
}

#[test]
fn from_a_few_records_a_misfit_is_an_error() {
    let options = ReadOptions { infer_records: Some(2), ..options(&[]) };
    let error = read_with(b"a,b\n1,2\n3,4\nx,5\n", &options, 1).unwrap_err();
    assert_eq!((error.kind(), error.origin().line), (ErrorKind::Value, Some(3)));
    assert!(error.hint().is_some_and(|hint| hint.contains("inferred")));
    let three = ReadOptions { infer_records: Some(3), ..options };
    assert_eq!(read_with(b"a,b\n1,2\n3,4\nx,5\n", &three, 1).unwrap().0.num_rows(), 3);
}

#[test]
fn given_types_replace_inferred_ones() {
    let with = |name: &str| ReadOptions { columns: vec![Field::new(name, DataType::Utf8, true)], ..options(&[]) };
    let (found, _) = read_with(b"a,b\n1,2\n", &with("a"), 1).unwrap();
    assert_eq!(found.schema().field(0).data_type(), &DataType::Utf8);
    assert_eq!(found.schema().field(1).data_type(), &DataType::Int64);
    assert_eq!(read_with(b"a,b\n1,2\n", &with("z"), 1).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn types_in_the_header_restore_the_columns() {
    use arrow_array::{Decimal128Array, Int8Array, StringArray, TimestampMillisecondArray};
    let decimals = Decimal128Array::from(vec![Some(150), None]).with_precision_and_scale(9, 2).unwrap();
    let times = TimestampMillisecondArray::from(vec![Some(0), None]).with_timezone("+05:30");
    let records = batch(vec![
        ("zip:code", Arc::new(StringArray::from(vec!["1", "2"])) as ArrayRef),
        ("n", Arc::new(Int8Array::from(vec![1, 2]))),
        ("d", Arc::new(decimals)),
        ("t", Arc::new(times)),
    ]);
    let pairs = [("header-types", "true")];
    let text = write(&records, &pairs).unwrap();
    assert!(text.starts_with("zip:code:Utf8,n:Int8,\"d:Decimal128(9, 2)\","), "{text}");
    let (found, _) = read_with(text.as_bytes(), &options(&pairs), 1).unwrap();
    assert_eq!(found, records);
    assert_eq!(read("a,b\n1,2\n", &pairs).unwrap_err().kind(), ErrorKind::Malformed);
}

#[test]
fn a_stream_is_kept_for_the_second_pass_and_told() {
    let exec = exec(2);
    let source = Source::reader("-", std::io::Cursor::new(b"a,b\n1,2\n".to_vec()));
    let reader = super::super::FORMAT.open(source, &options(&[]), &exec).unwrap();
    assert!(reader.report().losses.keys().any(|(code, _)| *code == Code::Spooled));
    let rows: usize = BatchReader::new(reader, &exec).map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 1);
    // With a schema it is read once.
    let source = Source::reader("-", std::io::Cursor::new(b"a,b\n1,2\n".to_vec()));
    let with_schema = ReadOptions { schema: Some(texts(&["a", "b"])), ..options(&[]) };
    let reader = super::super::FORMAT.open(source, &with_schema, &exec).unwrap();
    assert!(reader.report().losses.is_empty());
}
