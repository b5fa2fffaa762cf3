//! Types guessed from the first records: what comes out is what a look at all records gives, byte by byte, for text in
//! which types, keys and digits change early, late or not at all.

use std::cell::Cell;

use fmtconv::output::Memory;
use fmtconv::{Convert, Error, Input, Output, Report, Source, Target};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// What a run makes: the bytes and the report, or the error as it is shown.
type Made = Result<(Vec<u8>, Report), String>;

/// The same text in the same format, guessed or not. Says how many plans were told: one more than was needed if the
/// guess was wrong.
fn run(text: &[u8], from: &str, to: &str, settings: &[(&str, &str)], chunk_bytes: usize, guess: bool) -> (Made, usize) {
    let (output, memory): (Output, Memory) = Output::memory();
    let source = Source::bytes("text", text.to_vec());
    let mut input =
        settings.iter().fold(Input::with_format(source, from), |input, (name, value)| input.option(name, value));
    input.options.limits.chunk_bytes = chunk_bytes;
    input.options.limits.batch_rows = 7;
    let mut told = 0;
    let mut guessed = false;
    let convert = Convert::new(input).to(Target::with_format(output, to)).threads(2).guess(guess);
    let made = convert.run_telling(|prepared| {
        told += 1;
        guessed |= prepared.is_guess();
    });
    let made = made.map(|report| (memory.take().expect("an output"), report)).map_err(|error| shown(&error));
    assert!(guess || !guessed);
    (made, if guessed { told } else { 0 })
}

fn shown(error: &Error) -> String {
    format!("{error}; {:?}; {:?}; {:?}", error.kind(), error.code(), error.hint())
}

/// Tokens of one kind, as a column begins with them.
const KINDS: &[&[&str]] = &[
    &["", ""],
    &["1", "-2", "300", "40", "0"],
    &["9223372036854775807", "1", "-9223372036854775808"],
    &["9223372036854775808", "18446744073709551615"],
    &["18446744073709551616", "-5", "123456789012345678901234567890"],
    &["1.5", "2.25", "-0.125", "3.0", "10.5"],
    &["1.50", "2.25", "3.75", "-4.00"],
    &["0.1234567890123456", "0.2009470515343450", "0.30000000000000004", "123.45678901234567"],
    &["7.49858549976257e-07", "2.5e10", "1e300", "1.5"],
    &["12345678901234567.5", "0.12345678901234567890", "2.5"],
    &["true", "false"],
    &["true", "FALSE", "False"],
    &["2024-02-29", "1999-12-31"],
    &["2024-02-29T00:00:00Z", "2024-02-29T12:30:00.125Z", "2024-02-29T12:30:00.123456Z"],
    &["2024-02-29T00:00:00.5Z", "2024-02-29T12:30:00.25Z"],
    &["2024-02-29 00:00:00", "2024-03-01 10:00:00.5"],
    &["2024-02-29T00:00:00.123456789", "2024-02-29T00:00:01.000000001"],
    &["2024-02-29T00:00:00+05:30", "2025-02-28T00:00:00+05:30"],
    &["x", "", "y z", "\"\"", "\"a,b\""],
    &["NaN", "1.5"],
    &["00123", "00456"],
];

/// What may stand further down.
const LATE: &[&str] = &[
    "",
    "\"\"",
    "0",
    "-0",
    "-0.0",
    "007",
    "7",
    "1000000",
    "9223372036854775807",
    "9223372036854775808",
    "-1",
    "1e3",
    "12E5",
    "1.0",
    "1.5",
    "1.50",
    "1.125",
    "100.25",
    "12345.25",
    "0.00001",
    "0.1000000000000000055511151231257827",
    "1e400",
    "1.",
    ".5",
    "+5",
    "123456789012345678901234567890123456789012345678901234567890123456789012345678",
    "0.30000000000000004",
    "12345678901234567",
    "9007199254740993",
    "123456.123456789012",
    "true",
    "True",
    "2024-02-30",
    "2024-02-28",
    "+12024-02-28",
    "2024-02-29T00:00:00Z",
    "2024-02-29T00:00:00",
    "2024-02-29T00:00:00.5Z",
    "2024-02-29T00:00:00.1234567Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00",
    "2024-02-29T00:00:00+05:30",
    "2024-02-29T00:00:00+00:00",
    "2024-02-29T00:00Z",
    "NaN",
    "x",
    "null",
    "12 ",
];

#[derive(Clone, Debug)]
struct Column {
    kind: usize,
    /// Rows at which something else stands, in thousandths of all, and what.
    late: Vec<(usize, usize)>,
}

fn columns() -> impl Strategy<Value = Vec<Column>> {
    let late = prop::collection::vec((0..1000_usize, 0..LATE.len()), 0..2);
    let column = (0..KINDS.len(), late).prop_map(|(kind, late)| Column { kind, late });
    prop::collection::vec(column, 1..5)
}

fn token(column: &Column, row: usize, rows: usize) -> &'static str {
    match column.late.iter().find(|(at, _)| at * rows / 1000 == row) {
        Some((_, late)) => LATE[*late],
        None => KINDS[column.kind][row * 7 % KINDS[column.kind].len()],
    }
}

fn csv(columns: &[Column], rows: usize, broken: bool) -> Vec<u8> {
    let mut text = (0..columns.len()).map(|index| format!("c{index}")).collect::<Vec<_>>().join(",");
    text.push_str(",end\n");
    for row in 0..rows {
        for column in columns {
            text.push_str(token(column, row, rows));
            text.push(',');
        }
        text.push_str(if broken && row + 1 == rows { "x,y\n" } else { "x\n" });
    }
    text.into_bytes()
}

/// What a value of a JSON text may be, beside the tokens that are numbers.
fn json_value(token: &str, nested: usize) -> String {
    let number = serde_json::from_str::<serde_json::Number>(token).is_ok();
    let plain = match token {
        "" => "null".to_owned(),
        "true" | "false" | "null" => token.to_owned(),
        token if number => token.to_owned(),
        token => serde_json::to_string(token).expect("a string"),
    };
    match nested {
        1 => format!("[{plain}]"),
        2 => format!("{{\"m\":{plain}}}"),
        3 => format!("[{{\"m\":{plain},\"n\":[]}},{{\"n\":[null]}}]"),
        _ => plain,
    }
}

/// Extra members of single records: a new key, a key twice, a value of another kind.
const EXTRAS: &[&str] = &[
    "\"new\":1,",
    "\"c0\":1,",
    "\"c\\u0030\":null,",
    "\"o\":{},",
    "\"o\":{\"a\":1,\"a\":2},",
    "\"s\":\"5\",",
    "\"s\":[],",
];

#[derive(Clone, Debug)]
struct Odd {
    /// Rows that lack the first column.
    lacking: Vec<usize>,
    extra: Vec<(usize, usize)>,
    nested: Vec<usize>,
    last: usize,
}

fn odd() -> impl Strategy<Value = Odd> {
    let places = || prop::collection::vec(0..1000_usize, 0..2);
    let extra = prop::collection::vec((0..1000_usize, 0..EXTRAS.len()), 0..2);
    (places(), extra, prop::collection::vec(0..4_usize, 5), 0..12_usize)
        .prop_map(|(lacking, extra, nested, last)| Odd { lacking, extra, nested, last })
}

fn ndjson(columns: &[Column], odd: &Odd, rows: usize) -> Vec<u8> {
    let mut text = String::new();
    for row in 0..rows {
        let at = |place: &usize| place * rows / 1000 == row;
        text.push('{');
        for (_, extra) in odd.extra.iter().filter(|(place, _)| at(place)) {
            text.push_str(EXTRAS[*extra]);
        }
        for (index, column) in columns.iter().enumerate() {
            if index > 0 || !odd.lacking.iter().any(at) {
                let value = json_value(token(column, row, rows), odd.nested[index]);
                text.push_str(&format!("\"c{index}\":{value},"));
            }
        }
        text.push_str("\"end\":\"x\"}\n");
    }
    text.push_str(["", "", "", "", "", "", "", "null\n", "5\n", "[]\n", "{\"end\"\n", "{}\n"][odd.last]);
    text.into_bytes()
}

const TARGETS: &[(&str, &[(&str, &str)])] = &[("avro", &[]), ("json", &[]), ("parquet", &[]), ("csv", &[])];

/// Guesses that held, and guesses that did not, over all cases of a test.
#[derive(Default)]
struct Count {
    right: Cell<usize>,
    wrong: Cell<usize>,
}

impl Count {
    fn check(
        &self,
        text: &[u8],
        from: &str,
        to: &str,
        settings: &[(&str, &str)],
        chunk: usize,
    ) -> Result<(), TestCaseError> {
        let (wanted, _) = run(text, from, to, settings, chunk, false);
        let (made, told) = run(text, from, to, settings, chunk, true);
        prop_assert_eq!(&made, &wanted, "{} to {}, chunks of {}:\n{}", from, to, chunk, String::from_utf8_lossy(text));
        match told {
            0 => {}
            1 => self.right.set(self.right.get() + 1),
            _ => self.wrong.set(self.wrong.get() + 1),
        }
        Ok(())
    }
}

#[test]
fn guessed_types_of_csv_give_what_a_look_at_all_records_gives() {
    let count = Count::default();
    let settings: &[&[(&str, &str)]] =
        &[&[], &[("infer", "decimal")], &[("infer", "float")], &[("null-token", "null|")]];
    let case =
        (columns(), 1..120_usize, 40..400_usize, 0..settings.len(), 0..TARGETS.len(), prop::bool::weighted(0.05));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(300));
    let outcome = runner.run(&case, |(columns, rows, chunk, setting, target, broken)| {
        let text = csv(&columns, rows, broken);
        count.check(&text, "csv", TARGETS[target].0, settings[setting], chunk)
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        count.right.get() > 20 && count.wrong.get() > 20,
        "{} held, {} did not",
        count.right.get(),
        count.wrong.get()
    );
}

#[test]
fn guessed_types_of_json_give_what_a_look_at_all_records_gives() {
    let count = Count::default();
    let settings: &[&[(&str, &str)]] = &[
        &[],
        &[],
        &[("mixed", "error")],
        &[("mixed", "union")],
        &[("infer-temporal", "true")],
        &[("null-values", "x")],
    ];
    let case = (columns(), odd(), 1..120_usize, 40..400_usize, 0..settings.len(), 0..TARGETS.len());
    let mut runner = TestRunner::new(ProptestConfig::with_cases(300));
    let outcome = runner.run(&case, |(columns, odd, rows, chunk, setting, target)| {
        let text = ndjson(&columns, &odd, rows);
        count.check(&text, "ndjson", TARGETS[target].0, settings[setting], chunk)
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        count.right.get() > 20 && count.wrong.get() > 20,
        "{} held, {} did not",
        count.right.get(),
        count.wrong.get()
    );
}

/// A text of 2 MB is looked at here and there before its types are guessed.
#[test]
fn a_change_at_the_end_is_seen_before_anything_is_converted() {
    let text = |odd: usize| {
        let row = |row: usize| format!("{},{}\n", if row == odd { "x" } else { "12345" }, "abcdefgh".repeat(9));
        format!("a,b\n{}", (0..25_000).map(row).collect::<String>())
    };
    let lines = |odd: usize| {
        let row = |row: usize| {
            format!("{{\"a\":{},\"b\":\"{}\"}}\n", if row == odd { "[]" } else { "1" }, "abcdefgh".repeat(9))
        };
        (0..25_000).map(row).collect::<String>()
    };
    // The last record; one between the places that are looked at; none.
    for (odd, plans) in [(24_999, 0), (5_200, 2), (usize::MAX, 1)] {
        for (text, from) in [(text(odd), "csv"), (lines(odd), "ndjson")] {
            let (wanted, _) = run(text.as_bytes(), from, "json", &[], 64 << 10, false);
            let (made, told) = run(text.as_bytes(), from, "json", &[], 64 << 10, true);
            assert!(made == wanted, "{from}, {odd}");
            assert_eq!(told, plans, "{from}, {odd}");
        }
    }
}

/// Every late token below every kind, alone: no case is left to chance.
#[test]
fn one_late_value_of_any_form_makes_the_types_that_a_look_at_all_records_makes() {
    let count = Count::default();
    for kind in 0..KINDS.len() {
        for late in 0..LATE.len() {
            let columns = [Column { kind, late: vec![(900, late)] }];
            let text = csv(&columns, 60, false);
            count.check(&text, "csv", "json", &[], 48).unwrap_or_else(|error| panic!("{error}"));
            let odd = Odd { lacking: Vec::new(), extra: Vec::new(), nested: vec![0; 5], last: 0 };
            let text = ndjson(&columns, &odd, 60);
            count.check(&text, "ndjson", "avro", &[], 48).unwrap_or_else(|error| panic!("{error}"));
        }
    }
    assert!(
        count.right.get() > 200 && count.wrong.get() > 200,
        "{} held, {} did not",
        count.right.get(),
        count.wrong.get()
    );
}
