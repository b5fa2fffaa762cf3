use arrow_schema::{UnionFields, UnionMode};

use super::*;
use crate::{Code, ErrorKind};

fn text_rows(input: &str, columns: &[&str], pairs: &[(&str, &str)]) -> Result<Vec<Vec<Option<String>>>> {
    let options = ReadOptions { schema: Some(texts(columns)), ..options(pairs) };
    Ok(cells(&read_with(input.as_bytes(), &options, 2)?.0))
}

#[test]
fn null_and_empty_are_two_things() {
    let found = text_rows("a,b\n\"\",x\n,y\n", &["a", "b"], &[]).unwrap();
    assert_eq!(found, [row(&["", "x"]), row(&["NULL", "y"])]);
    let found = text_rows("a,b\nNA,\"NA\"\n,\"\"\n", &["a", "b"], &[("null-token", "NA")]).unwrap();
    assert_eq!(found, [row(&["NULL", "NA"]), row(&["", ""])]);
    let found = text_rows("a,b\nNA,-\n,\"-\"\n", &["a", "b"], &[("null-token", "|NA|-")]).unwrap();
    assert_eq!(found, [row(&["NULL", "NULL"]), row(&["NULL", "-"])]);
}

#[test]
fn line_ends_marks_and_quotes() {
    for input in [
        "a,b\n1,2\n3,4\n",
        "a,b\n1,2\n3,4",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\r\n1,2\r\n3,4\r",
        "\u{feff}a,b\n1,2\n3,4\n",
        "\"a\",\"b\"\r\n\"1\",\"2\"\r\n\"3\",\"4\"",
        "a,b\n\n1,2\r\n\r\n3,4\n\n\n",
        "a,b\r1,2\r3,4\r",
        "a,b\r1,2\r\r3,4",
    ] {
        let found = text_rows(input, &["a", "b"], &[]).unwrap();
        assert_eq!(found, [row(&["1", "2"]), row(&["3", "4"])], "{input:?}");
    }
    let found = text_rows("a,b\n\"x\ny\r\n\",\"say \"\"hi\"\"\"\n \"\u{0}\r,é\n", &["a", "b"], &[("lenient", "true")]);
    assert_eq!(found.unwrap(), [row(&["x\ny\r\n", "say \"hi\""]), row(&[" \"\u{0}\r", "é"])]);
}

#[test]
fn dialects() {
    let rows = |input, pairs: &[(&str, &str)]| text_rows(input, &["a", "b"], pairs).unwrap();
    assert_eq!(rows("a;b\n1,5;2\n", &[("delimiter", ";")]), [row(&["1,5", "2"])]);
    assert_eq!(rows("a\tb\n1\t2\n", &[("delimiter", "\\t")]), [row(&["1", "2"])]);
    assert_eq!(rows("a,b\n'x,''y',\"\n", &[("quote", "'")]), [row(&["x,'y", "\""])]);
    assert_eq!(rows("a,b\n\"x\",y\"z\n", &[("quote", "none")]), [row(&["\"x\"", "y\"z"])]);
    assert_eq!(rows("a,b\n\"x\\\"y\\\\\",\"p\"\"q\"\n", &[("escape", "\\\\")]), [row(&["x\"y\\", "p\"q"])]);
    assert_eq!(rows("#,\"\n#c\na,b\n#\"x\n1,#2\n#", &[("comment", "#")]), [row(&["1", "#2"])]);
    assert_eq!(rows("junk\n\"junk\na,b\n1,2\n", &[("skip-lines", "2")]), [row(&["1", "2"])]);
    assert_eq!(rows("1,2\n3,4", &[("header", "false")]), [row(&["1", "2"]), row(&["3", "4"])]);
    assert_eq!(rows("a,bx1,2x", &[("line-end", "x")]), [row(&["1", "2"])]);
    for pairs in [
        [("delimiter", ","), ("quote", ",")],
        [("delimiter", "é"), ("quote", "\"")],
        [("delimiter", "\\n"), ("quote", "\"")],
    ] {
        assert_eq!(text_rows("a,b\n", &["a", "b"], &pairs).unwrap_err().kind(), ErrorKind::Usage, "{pairs:?}");
    }
    assert_eq!(read("a,b\n", &[("delimeter", ",")]).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn blanks_around_fields_are_data_unless_they_are_trimmed() {
    let input = "a, b \n \"x, y\" ,\t z \n";
    let read = |input: &str, trim: &str| text_rows(input, &["a", "b"], &[("header", "false"), ("trim", trim)]);
    let rows = |rows: [[&str; 2]; 2]| rows.map(|row| super::row(&row)).to_vec();
    assert_eq!(read("a, b \n x,\t z \n", "none").unwrap(), rows([["a", " b "], [" x", "\t z "]]));
    assert_eq!(read("a, b \n x,\t z \n", "leading").unwrap(), rows([["a", "b "], ["x", "z "]]));
    assert_eq!(read(input, "both").unwrap(), rows([["a", "b"], ["x, y", "z"]]));
    // Behind a closing quote only `both` passes over blanks.
    assert!(read(input, "leading").is_err());
    assert_eq!(read("a,b\n  \"x\ny\",z\n", "leading").unwrap(), rows([["a", "b"], ["x\ny", "z"]]));
}

#[test]
fn the_delimiter_is_found_and_told() {
    for (input, expected) in
        [("a;b\n1;2\n", 2), ("a\tb\tc\n1\t2\t3\n", 3), ("a|b\n1|2\n", 2), ("a;b,c\n1,2\n", 2), ("a;b\n1\n", 1)]
    {
        let (batch, report) = read_with(input.as_bytes(), &options(&[]), 1).unwrap();
        assert_eq!(batch.num_columns(), expected, "{input:?}");
        let told = report.losses.keys().any(|(code, _)| *code == Code::Dialect);
        assert_eq!(told, !input.contains(',') && expected > 1, "{input:?}");
    }
}

#[test]
fn names_are_made_unique_and_told() {
    let (batch, report) = read_with(b"a,a,,a_2\n1,2,3,4\n", &options(&[]), 1).unwrap();
    let names: Vec<_> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["a", "a_3", "column_3", "a_2"]);
    let renamed: Vec<_> =
        report.losses.keys().filter(|(code, _)| *code == Code::Renamed).map(|(_, name)| name.as_str()).collect();
    assert_eq!(renamed, ["a_3", "column_3"]);
    let batch = read("1,2\n", &[("header", "false")]).unwrap();
    assert_eq!(batch.schema().field(1).name(), "column_2");
}

#[test]
fn a_schema_gives_back_names_that_a_header_cannot_hold() {
    let field = |name: &str, kind: DataType| Field::new(name, kind, true);
    let fields = [field("a", DataType::Int8), field("a", DataType::Utf8), field("", DataType::Int16)];
    let schema = |fields: &[Field]| Some(Arc::new(Schema::new(fields.to_vec())));
    let given = ReadOptions { schema: schema(&fields), ..options(&[]) };
    let (batch, report) = read_with(b"a,a,\n1,02,3\n", &given, 1).unwrap();
    assert_eq!(batch.schema().fields()[..], fields.map(Arc::new)[..]);
    assert_eq!(batch.column(1).as_string::<i32>().value(0), "02");
    assert!(report.losses.is_empty(), "{report:?}");
    // A schema of the names that were made up is one as well.
    let made_up = [field("a", DataType::Int8), field("a_2", DataType::Utf8), field("column_3", DataType::Int16)];
    let given = ReadOptions { schema: schema(&made_up), ..options(&[]) };
    let (batch, report) = read_with(b"a,a,\n1,02,3\n", &given, 1).unwrap();
    assert_eq!(batch.column(1).as_string::<i32>().value(0), "02");
    assert_eq!(report.losses.keys().filter(|(code, _)| *code == Code::Renamed).count(), 2);
    // What the file has not, it has not.
    let missing = [field("a", DataType::Int8), field("a", DataType::Utf8).with_nullable(false)];
    let given = ReadOptions { schema: schema(&missing), ..options(&[]) };
    assert!(read_with(b"a,b\n1,02\n", &given, 1).is_err());
}

#[test]
fn a_union_without_nulls_may_have_them_in_its_branches() {
    let input = b"c\n\"{\"\"v\"\":true}\"\n\"{\"\"v\"\":null}\"\n\"{\"\"s\"\":\"\"x\"\"}\"\n";
    let read = |nullable: bool| {
        let branches = [Field::new("v", DataType::Boolean, nullable), Field::new("s", DataType::Utf8, false)];
        let kind = DataType::Union(UnionFields::try_new([0, 1], branches).unwrap(), UnionMode::Sparse);
        let schema = Some(Arc::new(Schema::new(vec![Field::new("c", kind, false)])));
        read_with(input, &ReadOptions { schema, ..options(&[("union", "tagged")]) }, 1)
    };
    let (batch, _) = read(true).unwrap();
    let union = batch.column(0).as_union();
    assert_eq!(&union.type_ids()[..], [0, 0, 1]);
    assert!(union.value(1).is_null(0) && union.value(0).is_valid(0));
    let error = read(false).unwrap_err();
    assert_eq!((error.code(), error.origin().record), (Some(Code::Null), Some(1)), "{error}");
}

#[test]
fn one_column_keeps_blank_lines_and_its_null() {
    let found = text_rows("a\nx\n\n\\N\n\"\"\n\"\\N\"\ny", &["a"], &[]).unwrap();
    assert_eq!(found, [row(&["x"]), row(&["NULL"]), row(&["NULL"]), row(&[""]), row(&["\\N"]), row(&["y"])]);
    assert_eq!(text_rows("a\nx\n\ny\n", &["a"], &[("blank-lines", "skip")]).unwrap().len(), 2);
    let error = text_rows("a,b\n1,2\n\n", &["a", "b"], &[("blank-lines", "record")]).unwrap_err();
    assert_eq!(error.origin().line, Some(2));
}

#[test]
fn nothing_to_read() {
    for input in ["", "\u{feff}", "\n\n"] {
        let (batch, _) = read_with(input.as_bytes(), &options(&[]), 2).unwrap();
        assert_eq!((batch.num_columns(), batch.num_rows()), (0, 0), "{input:?}");
    }
    let batch = read("a,b", &[]).unwrap();
    assert_eq!((batch.num_columns(), batch.num_rows()), (2, 0));
    assert_eq!(text_rows("", &["a"], &[]).unwrap(), [] as [Vec<Option<String>>; 0]);
}

#[test]
fn broken_records_are_errors_with_their_place() {
    for (input, kind, line, record, byte) in [
        ("a,b\n1,2\n3\n", ErrorKind::Malformed, 2, 1, 8),
        ("a,b\n1,2\n3,4,5\n", ErrorKind::Malformed, 2, 1, 8),
        ("a,b\n1,2\n3,x\"y\n", ErrorKind::Malformed, 2, 1, 11),
        ("a,b\n1,2\n3,\"x\"y\n", ErrorKind::Malformed, 2, 1, 13),
        ("a,b\n1,2\n\"x\ny\",4\n5\n", ErrorKind::Malformed, 4, 2, 16),
        ("a,b\n1,2\n3,\"x\n\n", ErrorKind::Malformed, 2, 1, 10),
        ("a,b\n1,2\n3,\"x\"\"", ErrorKind::Malformed, 2, 1, 10),
    ] {
        for chunk in [1, 7, 1 << 20] {
            let strict = options(&[("strict", "true")]);
            let options = ReadOptions { schema: Some(texts(&["a", "b"])), limits: small_chunks(chunk, 1), ..strict };
            let error = read_with(input.as_bytes(), &options, 2).unwrap_err();
            let origin = error.origin();
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(
                (origin.line, origin.record, origin.byte),
                (Some(line), Some(record), Some(byte)),
                "{input:?} {error}"
            );
            assert_eq!(origin.source.as_deref(), Some("in.csv"));
            // Inference meets the same error.
            let inferred = ReadOptions { schema: None, ..options };
            let again = read_with(input.as_bytes(), &inferred, 2).unwrap_err();
            assert_eq!(again.to_string(), error.to_string());
        }
    }
    let error = read_with(b"a,b\n1,2\n3,\xff4\n", &options(&[]), 1).unwrap_err();
    assert_eq!((error.code(), error.origin().byte, error.origin().line), (Some(Code::Utf8), Some(10), Some(2)));
}

#[test]
fn ragged_records_can_be_taken_and_are_counted() {
    let pairs = [("ragged", "pad,truncate")];
    let options = ReadOptions { schema: Some(texts(&["a", "b", "c"])), ..options(&pairs) };
    let (found, report) = read_with(b"a,b,c\n1\n1,2,3,4\n1,2\n", &options, 1).unwrap();
    assert_eq!(cells(&found), [row(&["1", "NULL", "NULL"]), row(&["1", "2", "3"]), row(&["1", "2", "NULL"])]);
    assert_eq!(report.losses[&(Code::Missing, "b".into())], 1);
    assert_eq!(report.losses[&(Code::Missing, "c".into())], 1);
    assert_eq!(report.losses[&(Code::ExtraKey, "column_4".into())], 1);
}

#[test]
fn the_first_value_that_does_not_fit_is_reported() {
    let schema =
        Arc::new(Schema::new(vec![Field::new("a", DataType::Int8, true), Field::new("b", DataType::Boolean, false)]));
    for threads in [1, 2] {
        for (chunk, rows) in [(1, 1), (9, 2), (1 << 20, 8192)] {
            let read = |input: &str| {
                let options =
                    ReadOptions { schema: Some(schema.clone()), limits: small_chunks(chunk, rows), ..options(&[]) };
                read_with(input.as_bytes(), &options, threads).unwrap_err()
            };
            let error = read("a,b\n1,true\n2,yes\n300,false\n");
            assert_eq!(error.origin().column.as_deref(), Some("b"), "{error}");
            assert_eq!(
                (error.code(), error.origin().line, error.origin().record),
                (Some(Code::Token), Some(2), Some(1))
            );
            let error = read("a,b\n1,true\n300,yes\n300,false\n");
            assert_eq!((error.code(), error.origin().column.as_deref()), (Some(Code::IntRange), Some("a")));
            let error = read("a,b\n1,true\n2,\n3\n");
            assert_eq!((error.code(), error.origin().line), (Some(Code::Null), Some(2)), "{error}");
        }
    }
}

#[test]
fn a_schema_is_matched_by_name() {
    let schema = Arc::new(Schema::new(vec![
        Field::new("b", DataType::Int64, true),
        Field::new("late", DataType::Utf8, true),
        Field::new("a", DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)), true),
    ]));
    let options = ReadOptions { schema: Some(schema.clone()), ..options(&[]) };
    let (found, _) = read_with(b"a,b\nx,1\n", &options, 1).unwrap();
    assert_eq!(found.column(0).as_primitive::<arrow_array::types::Int64Type>().value(0), 1);
    assert!(found.column(1).is_null(0));
    assert_eq!(found.schema(), schema);
    let encoded = found.column(2).as_any_dictionary();
    assert_eq!(encoded.values().as_string::<i32>().value(encoded.normalized_keys()[0]), "x");
    let error = read_with(b"a,b,c\nx,1,2\n", &options, 1).unwrap_err();
    assert_eq!((error.kind(), error.origin().column.as_deref()), (ErrorKind::Schema, Some("c")));
    let ignoring = ReadOptions { settings: settings(&[("extra-columns", "ignore")]), ..options.clone() };
    assert_eq!(read_with(b"a,b,c\nx,1,2\n", &ignoring, 1).unwrap().0.num_columns(), 3);
    let required = Arc::new(Schema::new(vec![Field::new("z", DataType::Utf8, false)]));
    let error = read_with(b"a\nx\n", &ReadOptions { schema: Some(required), ..options }, 1).unwrap_err();
    assert_eq!((error.kind(), error.origin().column.as_deref()), (ErrorKind::Schema, Some("z")));
}

#[test]
fn a_record_that_is_too_long_is_refused() {
    let limits = Limits { chunk_bytes: 16, record_bytes_max: 64, ..Limits::default() };
    let input = format!("a,b\n1,\"{}\n", "x".repeat(200));
    let options = ReadOptions { schema: Some(texts(&["a", "b"])), limits, ..options(&[]) };
    assert_eq!(read_with(input.as_bytes(), &options, 1).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn the_csv_crate_reads_the_same() {
    use proptest::prelude::*;
    let any = proptest::collection::vec(
        proptest::sample::select(vec![
            "a",
            "bc",
            ",",
            ",",
            "\n",
            "\r\n",
            "\"",
            "\"x,y\"",
            "\"q\"\"q\"",
            "\"l\nm\"",
            "é",
        ]),
        1..30,
    );
    proptest!(|(parts in any)| {
        let input = parts.concat();
        let Ok(found) = text_rows(&input, &["x", "y", "z"], &[("header", "false"), ("delimiter", ","), ("ragged", "pad"), ("blank-lines", "skip")]) else {
            return Ok(());
        };
        let mut oracle = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input.as_bytes());
        let expected: Vec<Vec<String>> = oracle.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
        prop_assert_eq!(found.len(), expected.len(), "{:?}", input);
        for (found, expected) in found.iter().zip(&expected) {
            for index in 0..3 {
                let found = found[index].clone().unwrap_or_default();
                prop_assert_eq!(&found, expected.get(index).map_or("", String::as_str), "{:?}", &input);
            }
        }
    });
}
