use arrow_array::{
    BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int8Array, Int64Array, LargeStringArray,
    ListArray, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use proptest::option::of;
use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
struct Row {
    text: Option<String>,
    large: Option<String>,
    flag: Option<bool>,
    tiny: Option<i8>,
    long: Option<i64>,
    unsigned: Option<u64>,
    float: Option<f32>,
    double: Option<f64>,
    decimal: Option<i64>,
    date: Option<i32>,
    time: Option<i64>,
    list: Option<Vec<Option<i64>>>,
}

fn any_row() -> impl Strategy<Value = Row> {
    let text = || of("[a-c,\"\n\r\\\\é ]{0,6}");
    let first = (text(), text(), of(any::<bool>()), of(any::<i8>()), of(any::<i64>()), of(any::<u64>()));
    let second = (
        of(any::<f32>()),
        of(any::<f64>()),
        of(any::<i64>()),
        of(any::<i32>()),
        of(any::<i64>()),
        of(proptest::collection::vec(of(any::<i64>()), 0..3)),
    );
    (first, second).prop_map(|(first, second)| {
        let (text, large, flag, tiny, long, unsigned) = first;
        let (float, double, decimal, date, time, list) = second;
        Row { text, large, flag, tiny, long, unsigned, float, double, decimal, date, time, list }
    })
}

fn table(rows: &[Row]) -> RecordBatch {
    let decimals = rows.iter().map(|row| row.decimal.map(i128::from)).collect::<Decimal128Array>();
    let times: TimestampMicrosecondArray = rows.iter().map(|row| row.time).collect();
    let lists =
        ListArray::from_iter_primitive::<arrow_array::types::Int64Type, _, _>(rows.iter().map(|row| row.list.clone()));
    batch(vec![
        ("text", Arc::new(rows.iter().map(|row| row.text.clone()).collect::<StringArray>()) as ArrayRef),
        ("large", Arc::new(rows.iter().map(|row| row.large.clone()).collect::<LargeStringArray>())),
        ("flag", Arc::new(rows.iter().map(|row| row.flag).collect::<BooleanArray>())),
        ("tiny", Arc::new(rows.iter().map(|row| row.tiny).collect::<Int8Array>())),
        ("long", Arc::new(rows.iter().map(|row| row.long).collect::<Int64Array>())),
        ("unsigned", Arc::new(rows.iter().map(|row| row.unsigned).collect::<UInt64Array>())),
        ("float", Arc::new(rows.iter().map(|row| row.float.filter(|v| v.is_finite())).collect::<Float32Array>())),
        ("double", Arc::new(rows.iter().map(|row| row.double.filter(|v| v.is_finite())).collect::<Float64Array>())),
        ("decimal", Arc::new(decimals.with_precision_and_scale(38, 3).unwrap())),
        ("date", Arc::new(rows.iter().map(|row| row.date).collect::<Date32Array>())),
        ("time", Arc::new(times.with_timezone("Europe/Paris"))),
        ("list", Arc::new(lists)),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn records_come_back(rows in proptest::collection::vec(any_row(), 1..30), offset in 0_usize..5, dialect in 0_usize..4, chunk in 1_usize..300) {
        let whole = table(&rows);
        let offset = offset.min(whole.num_rows());
        let records = whole.slice(offset, whole.num_rows() - offset);
        let pairs = [
            &[][..],
            &[("delimiter", ";"), ("quote", "'")],
            &[("escape", "\\\\"), ("null-token", "\\N"), ("delimiter", "\\t")],
            &[("null-token", "a"), ("delimiter", "b")],
        ][dialect];
        let (bytes, report) = write_all(&[records.slice(0, records.num_rows() / 2), records.slice(records.num_rows() / 2, records.num_rows().div_ceil(2))], pairs, 2).unwrap();
        prop_assert_eq!(report.records_out, records.num_rows() as u64);
        let options = ReadOptions { schema: Some(records.schema()), limits: small_chunks(chunk, 7), ..options(pairs) };
        let (back, _) = read_with(&bytes, &options, 2).unwrap();
        prop_assert_eq!(&back, &records, "{}", String::from_utf8_lossy(&bytes));
        let (again, _) = write_all(&[back], pairs, 1).unwrap();
        prop_assert_eq!(again, bytes);
    }

    /// Text is typed, written, and the text is the same, unless a note says otherwise.
    #[test]
    fn inferred_columns_are_written_back(values in proptest::collection::vec("|-?[0-9]{1,3}(\\.[0-9]{1,3})?|true|True|2024-0[1-9]-[0-3][0-9]|2024-01-0[1-9][T ]0[0-9]:00(:00(\\.[0-2]{1,9})?)?(Z|\\+00:00|\\+05:30)?|[0-9]{17,22}|1e-[0-9]", 1..4)) {
        let input = values.iter().fold("a,b\n".to_owned(), |text, value| format!("{text}{value},x\n"));
        let (records, report) = read_with(input.as_bytes(), &options(&[]), 1).unwrap();
        let text = write(&records, &[]).unwrap();
        if report.losses.is_empty() {
            prop_assert_eq!(text, input);
        } else {
            prop_assert_ne!(text, input);
        }
    }

    #[test]
    fn no_input_panics_and_no_cut_changes_the_outcome(
        noise in proptest::collection::vec(any::<u8>(), 0..40),
        parts in proptest::collection::vec(proptest::sample::select(vec!["a", "1", ",", "\n", "\r\n", "\"", "\"\"", "\\", "é", "-"]), 0..20),
        chunk in 1_usize..12,
        threads in 1_usize..3,
    ) {
        for input in [noise, parts.concat().into_bytes()] {
            let whole = read_with(&input, &options(&[]), 1);
            let cut = ReadOptions { limits: small_chunks(chunk, 2), ..options(&[]) };
            let cut = read_with(&input, &cut, threads);
            match (whole, cut) {
                (Ok(whole), Ok(cut)) => prop_assert_eq!(whole, cut),
                (Err(whole), Err(cut)) => prop_assert_eq!(whole.to_string(), cut.to_string()),
                (whole, cut) => prop_assert!(false, "{:?} {:?} for {:?}", whole, cut, input),
            }
        }
    }
}

#[test]
fn every_truncation_is_an_error_or_whole_records() {
    let input = b"id,name,note\n1,\"a,b\",x\n2,\"c\n\"\"d\",\n3,,\"\"\n";
    let schema = texts(&["id", "name", "note"]);
    let all = ReadOptions { schema: Some(schema), ..options(&[]) };
    let full = cells(&read_with(input, &all, 1).unwrap().0);
    for cut in 0..input.len() {
        match read_with(&input[..cut], &all, 1) {
            Ok((found, _)) => {
                let found = cells(&found);
                // Only the last record can be shorter than it was, and only in its last field.
                for (index, (found_row, row)) in found.iter().zip(&full).enumerate() {
                    if index + 1 < found.len() {
                        assert_eq!(found_row, row);
                    } else {
                        assert_eq!(found_row[..2], row[..2], "cut at {cut}");
                    }
                }
            }
            Err(error) => assert_ne!(error.kind(), crate::ErrorKind::Internal, "{error}"),
        }
    }
}

#[test]
fn case_31_flattened_structs_are_made_again() {
    use arrow::util::display::{ArrayFormatter, FormatOptions};

    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let inner = DataType::Struct(vec![text("y.z", false)].into());
    let outer = DataType::Struct(vec![text("x", true), Field::new("in", inner, false)].into());
    let always = DataType::Struct(vec![text("w", true)].into());
    let schema = Schema::new(vec![Field::new("s", outer, true), Field::new("n", always, false), text("t", true)]);
    let options = ReadOptions { schema: Some(Arc::new(schema.clone())), ..options(&[("nested", "flatten")]) };
    let header = "s.x,s.in.y\\.z,n.w,t\n";
    let input = format!("{header}1,a,2,b\n,,,\n,c,,\"\"\n");
    let (records, _) = read_with(input.as_bytes(), &options, 1).unwrap();
    let shown: Vec<Vec<String>> = records
        .columns()
        .iter()
        .map(|column| {
            let format = FormatOptions::default().with_null("null");
            let column = ArrayFormatter::try_new(column, &format).unwrap();
            (0..3).map(|row| column.value(row).to_string()).collect()
        })
        .collect();
    assert_eq!(shown[0], ["{x: 1, in: {y.z: a}}", "null", "{x: null, in: {y.z: c}}"]);
    assert_eq!(shown[1], ["{w: 2}", "{w: null}", "{w: null}"]);
    assert_eq!(shown[2], ["b", "null", ""]);
    assert_eq!(records.schema().as_ref(), &schema);
    let written = write_all(&[records], &[("nested", "flatten")], 1).unwrap().0;
    assert_eq!(String::from_utf8(written).unwrap(), input);

    // A member that cannot be null, in a struct that is there.
    let error = read_with(format!("{header}1,a,2,b\n1,,2,b\n").as_bytes(), &options, 1).unwrap_err();
    assert_eq!(error.code(), Some(crate::Code::Null));
    assert_eq!((error.origin().record, error.origin().column.as_deref()), (Some(1), Some("s.in.y.z")));
}
