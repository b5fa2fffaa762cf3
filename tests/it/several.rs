//! Several files as one table: their types are those that one file with all their records gets, in any order.

use fmtconv::output::Memory;
use fmtconv::{Code, Convert, Input, Output, Report, Source, Target};
use proptest::prelude::*;

/// The columns with their types, the bytes, and what was told of values that are written in another form.
type Made = (Vec<String>, Vec<u8>, Vec<String>);

fn run(texts: &[String], from: &str, to: &str) -> Result<Made, String> {
    let input = |text: &String| {
        let input = Input::with_format(Source::bytes("text", text.clone().into_bytes()), from);
        if from == "json" { input.option("infer-temporal", "true") } else { input }
    };
    let (output, memory): (Output, Memory) = Output::memory();
    let convert = Convert::many(texts.iter().map(input)).to(Target::with_format(output, to)).threads(1);
    let prepared = convert.prepare().map_err(|error| error.to_string())?;
    let columns = prepared.plan().columns.iter().map(|column| format!("{}: {}", column.path, column.source)).collect();
    let report: Report = prepared.run().map_err(|error| error.to_string())?;
    let restyled = report.losses.keys().filter(|(code, _)| *code == Code::Restyled);
    let restyled = restyled.map(|(_, path)| path.clone()).collect();
    Ok((columns, memory.take().expect("an output"), restyled))
}

/// Values as they are in CSV; between two of them anything may stand in one file.
const TOKENS: &[&str] = &[
    "",
    "1",
    "1",
    "-2",
    "300",
    "1.5",
    "1.50",
    "2.125",
    "-0",
    "-0.0",
    "9007199254740993",
    "9223372036854775808",
    "123456789012345678901234567890",
    "0.1234567890123456789",
    "1e300",
    "12E5",
    "2024-02-29",
    "2024-02-29T00:00:00Z",
    "2024-02-29T00:00:00.123456789Z",
    "2024-02-29 00:00:00",
    "true",
    "FALSE",
    "007",
    "x",
];

/// The tokens of `TOKENS` that are numbers in JSON.
const NUMBERS: std::ops::Range<usize> = 1..16;

/// The tokens of several files, from a part of [`TOKENS`], so that they often have much in common.
fn files(within: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<&'static str>>> {
    (within.clone(), 1..within.len()).prop_flat_map(move |(from, count)| {
        let some: Vec<_> = TOKENS[from..within.end.min(from + count)].to_vec();
        prop::collection::vec(prop::collection::vec(prop::sample::select(some), 1..4), 2..4)
    })
}

/// Several files, and one with the same records.
fn check(head: &str, files: &[Vec<String>], from: &str) -> Result<(), TestCaseError> {
    let text = |records: &[String]| format!("{head}{}", records.concat());
    let one = [text(&files.concat())];
    let several: Vec<String> = files.iter().map(|records| text(records)).collect();
    for to in ["json", "csv"] {
        let (several, one) = (run(&several, from, to), run(&one, from, to));
        // Numbers that no type holds together are JSON text in one file, and refused in several.
        if from == "json" && several.is_err() {
            prop_assert!(one.is_ok_and(|(columns, ..)| columns[0] == "x: json"));
            continue;
        }
        prop_assert_eq!(several, one);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn several_csv_files_are_typed_as_one(files in files(0..TOKENS.len())) {
        let record = |token: &&str| format!("{token},a\n");
        let files: Vec<Vec<String>> = files.iter().map(|tokens| tokens.iter().map(record).collect()).collect();
        check("x,y\n", &files, "csv")?;
    }

    #[test]
    fn numbers_in_several_json_files_are_typed_as_in_one(files in files(NUMBERS)) {
        let record = |token: &&str| format!("{{\"x\":{token},\"l\":[{token}],\"s\":{{\"m\":{{\"x\":{token}}}}}}}\n");
        let files: Vec<Vec<String>> = files.iter().map(|tokens| tokens.iter().map(record).collect()).collect();
        check("", &files, "json")?;
    }

    #[test]
    fn times_in_several_json_files_are_typed_as_in_one(files in files(NUMBERS.end..NUMBERS.end + 4)) {
        let record = |token: &&str| format!("{{\"x\":\"{token}\",\"l\":[\"{token}\"]}}\n");
        let files: Vec<Vec<String>> = files.iter().map(|tokens| tokens.iter().map(record).collect()).collect();
        check("", &files, "json")?;
    }
}
