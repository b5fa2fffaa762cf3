//! What other programs alter without a word: each case ends exact, refused, or counted, by default.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::files::{kinds, write};

/// How a case ends.
#[derive(Debug)]
enum Ends {
    /// Standard output is this.
    With(&'static str),
    /// The run fails with the exit code, names the code, and leaves no output.
    Refused(i32, &'static str),
    /// The run succeeds, and says this on standard error.
    Counted(&'static str),
}
use Ends::{Counted, Refused, With};

struct Case {
    what: &'static str,
    /// A file name and its text.
    input: (&'static str, &'static str),
    arguments: &'static [&'static str],
    ends: Ends,
}

const fn case(
    what: &'static str,
    input: (&'static str, &'static str),
    arguments: &'static [&'static str],
    ends: Ends,
) -> Case {
    Case { what, input, arguments, ends }
}

const PROTO: &str = "syntax = \"proto3\"; message M { int32 a = 1; oneof k { string s = 2; int32 i = 3; } }";
const AVSC: &str = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"long"}]}"#;

const CASES: &[Case] = &[
    case(
        "decimals beyond a double",
        ("a.ndjson", "{\"a\":0.12345678901234567890123}\n"),
        &["cat", "a.ndjson"],
        With("{\"a\":0.12345678901234567890123}\n"),
    ),
    case(
        "integers of 30 digits",
        ("a.ndjson", "{\"a\":123456789012345678901234567890}\n"),
        &["cat", "a.ndjson"],
        With("{\"a\":123456789012345678901234567890}\n"),
    ),
    case(
        "integers above 2^53 beside a fraction",
        ("a.ndjson", "{\"a\":18446744073709551615}\n{\"a\":9007199254740993}\n{\"a\":1.5}\n"),
        &["cat", "a.ndjson"],
        With("{\"a\":18446744073709551615.0}\n{\"a\":9007199254740993.0}\n{\"a\":1.5}\n"),
    ),
    case("duplicate keys", ("a.ndjson", "{\"a\":1,\"a\":2}\n"), &["cat", "a.ndjson"], Refused(4, "V-DUP-KEY")),
    case("half a surrogate pair", ("a.ndjson", "{\"a\":\"\\ud800\"}\n"), &["cat", "a.ndjson"], Refused(4, "V-UTF8")),
    case("NaN in JSON", ("a.ndjson", "{\"a\":NaN}\n"), &["cat", "a.ndjson"], Refused(3, "expected a JSON value")),
    case(
        "NaN as a word, into Parquet and back",
        ("a.ndjson", "{\"a\":\"NaN\"}\n{\"a\":\"-Infinity\"}\n"),
        &["through", "parquet", "--columns", "a=float64"],
        With("{\"a\":\"NaN\"}\n{\"a\":\"-Infinity\"}\n"),
    ),
    case("a zip code", ("a.csv", "z\n00501\n"), &["cat", "a.csv"], With("{\"z\":\"00501\"}\n")),
    case("a telephone number", ("a.csv", "t\n+14155550100\n"), &["cat", "a.csv"], With("{\"t\":\"+14155550100\"}\n")),
    case("an exponent", ("a.csv", "e\n1e5\n"), &["cat", "a.csv"], With("{\"e\":\"1e5\"}\n")),
    case("a number beyond a double", ("a.csv", "e\n1E400\n"), &["cat", "a.csv"], With("{\"e\":\"1E400\"}\n")),
    case(
        "a number beyond a double as a double",
        ("a.csv", "e\n1E400\n"),
        &["convert", "a.csv", "-o", "out.parquet", "--columns", "e=float64"],
        Refused(4, "V-FLOAT-RANGE"),
    ),
    case("a day and a month", ("a.csv", "d\n01/02\n"), &["cat", "a.csv"], With("{\"d\":\"01/02\"}\n")),
    case(
        "a day and a month as a date",
        ("a.csv", "d\n01/02/2024\n"),
        &["convert", "a.csv", "-o", "out.parquet", "--columns", "d=date32"],
        Refused(4, "V-TYPE"),
    ),
    case(
        "a leap second of JSON as a timestamp",
        ("a.ndjson", "{\"a\":\"2016-12-31T23:59:60Z\"}\n"),
        &["convert", "a.ndjson", "-o", "out.parquet", "--columns", "a=timestamp[s, UTC]"],
        Refused(4, "V-DATE-RANGE"),
    ),
    case(
        "numbers and text in one column",
        ("a.ndjson", "{\"a\":1}\n{\"a\":\"1\"}\n"),
        &["cat", "a.ndjson"],
        With("{\"a\":1}\n{\"a\":\"1\"}\n"),
    ),
    case(
        "zip codes, telephone numbers, exponents, dates",
        (
            "a.csv",
            "zip,tel,e,big,date\n00501,+14155550100,1e5,1E400,01/02/2024\n10001,+442071838750,2e5,1,02/01/2024\n",
        ),
        &["cat", "a.csv", "--to", "csv"],
        With("zip,tel,e,big,date\n00501,+14155550100,1e5,1E400,01/02/2024\n10001,+442071838750,2e5,1,02/01/2024\n"),
    ),
    case(
        "an empty text beside nothing",
        ("a.csv", "a,b\n\"\",1\n,2\n"),
        &["cat", "a.csv"],
        With("{\"a\":\"\",\"b\":1}\n{\"a\":null,\"b\":2}\n"),
    ),
    case(
        "a leap second is text",
        ("a.csv", "t\n2016-12-31T23:59:60Z\n"),
        &["cat", "a.csv"],
        With("{\"t\":\"2016-12-31T23:59:60Z\"}\n"),
    ),
    case(
        "a leap second as a timestamp",
        ("a.csv", "t\n2016-12-31T23:59:60Z\n"),
        &["convert", "a.csv", "-o", "out.parquet", "--columns", "t=timestamp[s, UTC]"],
        Refused(4, "V-DATE-RANGE"),
    ),
    case(
        "1.239 as a decimal of two places",
        ("a.ndjson", "{\"a\":1.239}\n"),
        &["convert", "a.ndjson", "-o", "out.parquet", "--columns", "a=decimal128(10,2)"],
        Refused(4, "V-DEC-SCALE"),
    ),
    case(
        "1.5 as an integer",
        ("a.ndjson", "{\"a\":1.5}\n"),
        &["convert", "a.ndjson", "-o", "out.parquet", "--columns", "a=int64"],
        Refused(4, "V-FRACTION"),
    ),
    case(
        "300 as int8",
        ("a.csv", "a\n300\n"),
        &["convert", "a.csv", "-o", "out.avro", "--columns", "a=int8"],
        Refused(4, "V-INT-RANGE"),
    ),
    case(
        "2^64-1 through Avro",
        ("a.ndjson", "{\"a\":18446744073709551615}\n"),
        &["through", "avro"],
        With("{\"a\":18446744073709551615}\n"),
    ),
    case(
        "2^64-1 as a long of Avro",
        ("a.ndjson", "{\"a\":18446744073709551615}\n"),
        &["convert", "a.ndjson", "-o", "out.avro", "--to-schema", "l.avsc"],
        Refused(4, "V-INT-RANGE"),
    ),
    case(
        "1.5 as a long of Avro",
        ("a.ndjson", "{\"a\":1.5}\n"),
        &["convert", "a.ndjson", "-o", "out.avro", "--to-schema", "l.avsc"],
        Refused(5, "float64 cannot be written as long"),
    ),
    case(
        "a null where a schema has none",
        ("a.ndjson", "{\"a\":1}\n{\"a\":null}\n"),
        &["convert", "a.ndjson", "-o", "out.parquet", "--schema", "l.avsc"],
        Refused(4, "V-NULL"),
    ),
    case(
        "a missing key where a schema has no null",
        ("a.ndjson", "{\"a\":1}\n{}\n"),
        &["convert", "a.ndjson", "-o", "out.parquet", "--schema", "l.avsc"],
        Refused(4, "V-NULL"),
    ),
    case(
        "a null in a field of Protobuf that has none",
        ("a.ndjson", "{\"a\":1}\n{\"a\":null}\n"),
        &["convert", "a.ndjson", "-o", "out.pb", "--to-schema", "m.proto"],
        Counted("S-PRESENCE"),
    ),
    case(
        "a null map through Protobuf",
        ("a.ndjson", "{\"m\":{\"k\":1}}\n{\"m\":null}\n"),
        &["convert", "a.ndjson", "-o", "out.pb", "--columns", "m=map<utf8, int32>"],
        Counted("S-NULL-LIST"),
    ),
    case(
        "a null in a map through Protobuf",
        ("a.ndjson", "{\"m\":{\"k\":null}}\n"),
        &["convert", "a.ndjson", "-o", "out.pb", "--columns", "m=map<utf8, int32>"],
        Refused(4, "V-NULL"),
    ),
    case(
        "3000000000 as int32 of Protobuf",
        ("a.ndjson", "{\"a\":3000000000}\n"),
        &["convert", "a.ndjson", "-o", "out.pb", "--to-schema", "m.proto"],
        Refused(4, "V-INT-RANGE"),
    ),
    case(
        "two members of a oneof",
        ("a.ndjson", "{\"s\":\"x\",\"i\":3}\n"),
        &["convert", "a.ndjson", "-o", "out.pb", "--to-schema", "m.proto"],
        Refused(4, "V-ONEOF"),
    ),
    case(
        "a column that the message does not have",
        ("a.ndjson", "{\"a\":1,\"zz\":3}\n"),
        &["convert", "a.ndjson", "-o", "out.pb", "--to-schema", "m.proto"],
        Refused(5, "\"zz\""),
    ),
    case(
        "a null list through Protobuf",
        ("a.ndjson", "{\"a\":[1]}\n{\"a\":null}\n"),
        &["convert", "a.ndjson", "-o", "out.pb"],
        Counted("S-NULL-LIST"),
    ),
    case(
        "a null element through Protobuf",
        ("a.ndjson", "{\"a\":[1,null]}\n"),
        &["convert", "a.ndjson", "-o", "out.pb"],
        Refused(4, "V-NULL-ELEM"),
    ),
    case(
        "a zone name through JSON",
        ("a.csv", "t\n2024-07-01T12:00:00+02:00\n"),
        &["convert", "a.csv", "-o", "out.ndjson", "--columns", "t=timestamp[s, Europe/Paris]"],
        Counted("S-TZ"),
    ),
    case(
        "exact types through Parquet",
        (
            "a.ndjson",
            "{\"d\":\"1234567890123456789012345678901234567890.12\",\"u\":\"1.5s\",\"f\":0.5,\"t\":\"2024-07-01T12:00:00+02:00\",\"m\":null}\n",
        ),
        &[
            "through",
            "parquet",
            "--columns",
            "d=decimal256(50,2),u=duration[ms],f=float16,t=timestamp[s, Europe/Paris],m=map<utf8, int32>",
        ],
        With(
            "{\"d\":1234567890123456789012345678901234567890.12,\"u\":\"1.5s\",\"f\":0.5,\"t\":\"2024-07-01T12:00:00+02:00\",\"m\":null}\n",
        ),
    ),
];

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fmtconv"));
    let output = command.current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn written(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("out") || name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn nothing_is_altered_in_silence() {
    let mut failures = Vec::new();
    for Case { what, input, arguments, ends } in CASES {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::write(folder.join(input.0), input.1).unwrap();
        std::fs::write(folder.join("m.proto"), PROTO).unwrap();
        std::fs::write(folder.join("l.avsc"), AVSC).unwrap();
        let ran = match arguments {
            ["through", format, more @ ..] => {
                let out = format!("out.{format}");
                let ran = run(folder, &[&["convert", input.0, "-o", &out][..], more].concat());
                if ran.code == Some(0) { run(folder, &["cat", &out]) } else { ran }
            }
            arguments => run(folder, arguments),
        };
        let fine = match ends {
            With(text) => ran.code == Some(0) && ran.out == *text,
            Refused(code, text) => ran.code == Some(*code) && ran.err.contains(text) && written(folder).is_empty(),
            Counted(text) => ran.code == Some(0) && ran.err.lines().last().is_some_and(|line| line.contains(text)),
        };
        if !fine {
            failures.push(format!("{what}: expected {ends:?}, found {:?}\n{}\n{}", ran.code, ran.out, ran.err));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), CASES.len(), failures.join("\n"));
}

/// The types that other programs lose in a container, each by itself: value and type come back, and a null map stays
/// apart from an empty one.
#[test]
fn types_come_back_from_containers() {
    let columns = [
        ("decimal256(50,2)", "1234567890123456789012345678901234567890.12"),
        ("decimal128(10,2)", "1.20"),
        ("duration[ns]", "\"1.000000001s\""),
        ("float16", "0.5"),
        ("timestamp[ns, Europe/Paris]", "\"2024-07-01T12:00:00.000000001+02:00\""),
        ("timestamp[s]", "\"2024-07-01T12:00:00\""),
        ("uint64", "18446744073709551615"),
        ("int8", "-128"),
        ("map<utf8, int32>", "null"),
        ("map<utf8, int32>", "{}"),
    ];
    for (data_type, value) in columns {
        for target in ["out.parquet", "out.avro", "out.arrow", "out.pb"] {
            // The case above counts what becomes of a null map there.
            if target == "out.pb" && value == "null" {
                continue;
            }
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path();
            let line = format!("{{\"c\":{value}}}\n");
            std::fs::write(folder.join("a.ndjson"), &line).unwrap();
            let ran = run(folder, &["convert", "a.ndjson", "-o", target, "--columns", &format!("c={data_type}")]);
            assert_eq!(ran.code, Some(0), "{data_type} to {target}: {}", ran.err);
            assert_eq!(run(folder, &["cat", target]).out, line, "{data_type} to {target}");
            let shown = run(folder, &["schema", "show", target, "--as", "arrow"]).out;
            assert!(shown.contains(data_type), "{data_type} to {target}: {shown}");
        }
    }
}

#[test]
fn what_is_first_seen_at_record_100_001_is_seen() {
    for (late, expected) in [("{\"a\":1,\"late\":7}", ",\"late\":7}"), ("{\"a\":\"x\"}", "{\"a\":\"x\"}")] {
        let folder = tempfile::tempdir().unwrap();
        let mut text = String::new();
        for _ in 0..100_000 {
            text.push_str("{\"a\":1}\n");
        }
        let _ = writeln!(text, "{late}");
        std::fs::write(folder.path().join("a.ndjson"), text).unwrap();
        let ran = run(folder.path(), &["convert", "a.ndjson", "-o", "out.parquet"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let out = run(folder.path(), &["cat", "out.parquet"]).out;
        assert_eq!(out.lines().count(), 100_001);
        let last = out.lines().last().unwrap();
        assert!(last.ends_with(expected), "{last}");
    }
}

#[test]
fn files_of_different_widths_are_widened_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("a.csv"), "n\n1\n").unwrap();
    std::fs::write(folder.join("b.csv"), "n\n9007199254740993\n").unwrap();
    let small = run(folder, &["convert", "a.csv", "-o", "p1.parquet", "--columns", "n=int32"]);
    let large = run(folder, &["convert", "b.csv", "-o", "p2.parquet"]);
    assert_eq!((small.code, large.code), (Some(0), Some(0)), "{}{}", small.err, large.err);
    assert_eq!(run(folder, &["cat", "p*.parquet"]).out, "{\"n\":1}\n{\"n\":9007199254740993}\n");
    // A double has no place for all of them: refused, both files named.
    std::fs::write(folder.join("c.csv"), "n\n0.5\n").unwrap();
    run(folder, &["convert", "c.csv", "-o", "p3.parquet"]);
    let ran = run(folder, &["convert", "p*.parquet", "-o", "out.parquet"]);
    assert_eq!((ran.code, written(folder).len()), (Some(5), 0), "{}", ran.err);
    assert!(ran.err.contains("p3.parquet"), "{}", ran.err);
}

#[test]
fn damaged_avro_is_not_read_in_part() {
    let avro = kinds().into_iter().find(|kind| kind.format.info().name == "avro").unwrap();
    let whole = write(avro, &super::data::sample(50)).unwrap().bytes;
    let mut bad_sync = whole.clone();
    *bad_sync.last_mut().unwrap() ^= 1;
    for (name, bytes) in [("cut.avro", &whole[..whole.len() - 40]), ("sync.avro", &bad_sync[..])] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let ran = run(folder.path(), &["convert", name, "-o", "out.parquet"]);
        assert_eq!((ran.code, written(folder.path()).len()), (Some(3), 0), "{name}: {}", ran.err);
    }
}

#[test]
fn a_run_that_fails_at_the_last_record_leaves_the_output_of_before() {
    for target in ["out.parquet", "out.avro", "out.csv", "out.ndjson", "out.arrow", "out.pb", "out.csv.gz"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut text = "n\n".to_owned();
        for row in 0..20_000 {
            let _ = writeln!(text, "{}", row % 100);
        }
        text.push_str("300\n");
        std::fs::write(folder.join("a.csv"), text).unwrap();
        std::fs::write(folder.join(target), "what was there").unwrap();
        let ran = run(folder, &["convert", "a.csv", "-o", target, "--overwrite", "--columns", "n=int8"]);
        assert_eq!(ran.code, Some(4), "{target}: {}", ran.err);
        assert!(ran.err.contains("record 20001") && ran.err.contains("V-INT-RANGE"), "{target}: {}", ran.err);
        assert_eq!(std::fs::read_to_string(folder.join(target)).unwrap(), "what was there", "{target}");
        assert_eq!(written(folder), [target], "{target}");
    }
}

/// Values that only Arrow data can have: a null where there is none.
#[test]
fn a_null_in_a_column_that_has_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("s.avsc"), r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#)
        .unwrap();
    std::fs::write(folder.join("a.ndjson"), "{\"a\":1}\n{\"a\":null}\n").unwrap();
    let ran = run(folder, &["convert", "a.ndjson", "-o", "out.avro", "--to-schema", "s.avsc"]);
    assert_eq!((ran.code, written(folder).len()), (Some(4), 0), "{}", ran.err);
    assert!(ran.err.contains("V-NULL"), "{}", ran.err);
}

/// Nine conversions that a cast makes in silence, or into null: each stops with its code.
#[test]
fn case_113_no_cast_is_silent() {
    let casts = [
        ("1.7", "int64", "V-FRACTION"),
        ("1e300", "float32", "V-FLOAT-RANGE"),
        ("9007199254740993", "float64", "V-FLOAT-DIGITS"),
        ("1.239", "decimal128(10,2)", "V-DEC-SCALE"),
        ("12345.5", "decimal128(3,1)", "V-DEC-PRECISION"),
        ("2024-01-01T00:00:00.123456789Z", "timestamp[us, UTC]", "V-TIME-PRECISION"),
        ("3000-01-01T00:00:00Z", "timestamp[ns, UTC]", "V-TS-RANGE"),
        ("300", "uint8", "V-INT-RANGE"),
        ("x", "int32", "V-TYPE"),
    ];
    for (text, data_type, code) in casts {
        let is_number = text.parse::<f64>().is_ok();
        let value = if is_number { text.to_owned() } else { format!("\"{text}\"") };
        for (name, text) in [("a.csv", format!("c\n{text}\n")), ("a.ndjson", format!("{{\"c\":{value}}}\n"))] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(name), &text).unwrap();
            let ran =
                run(folder.path(), &["convert", name, "-o", "out.parquet", "--columns", &format!("c={data_type}")]);
            assert_eq!((ran.code, written(folder.path()).len()), (Some(4), 0), "{text} as {data_type}: {}", ran.err);
            assert!(ran.err.contains(code), "{text} as {data_type}: {}", ran.err);
        }
    }
}
