//! Files of other projects.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float16Type, Float32Type, Float64Type};
use arrow_schema::{DataType, Field};
use serde_json::Value;

use super::{corpus, inferred, lines, options, read, text};
use crate::code::Code;
use crate::column::json::{ReadRules, ValueDecoder, ValueWriter, WriteRules};
use crate::format::ReadOptions;
use crate::policy::Policies;

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Whether what was read from one document prints the same values as another parser sees.
fn prints_the_same(source: &[u8], options: &ReadOptions) -> Result<(), String> {
    let batch = read(source, options).map_err(|error| format!("{error}"))?;
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    let expected: Value = serde_json::from_slice(source).map_err(|error| format!("serde_json: {error}"))?;
    let expected = match expected {
        Value::Array(records) => records,
        other => vec![other],
    };
    let printed: Vec<Value> =
        serde_json::Deserializer::from_str(&lines(&batch)).into_iter().collect::<Result<_, _>>().unwrap();
    if printed.len() != expected.len() {
        return Err(format!("{} records, expected {}", printed.len(), expected.len()));
    }
    match printed.iter().zip(&expected).find(|(a, b)| !same(a, b)) {
        None => Ok(()),
        Some((a, b)) => Err(format!("{a} is not {b}")),
    }
}

/// Equal values; a missing member is as good as null, and numbers may be written in another style.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys = a.keys().chain(b.keys());
            keys.all(|key| same(a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

#[test]
fn json_testsuite() {
    let Some(suite) = corpus("json-testsuite") else { return };
    let document = options(&[("layout", "array")]);
    let mut wrong = Vec::new();
    for (name, source) in files(&suite.join("test_parsing")) {
        for chunk_bytes in [1 << 20, 3] {
            let mut options = document.clone();
            options.limits.chunk_bytes = chunk_bytes;
            let outcome = read(source.clone(), &options);
            match name.as_bytes()[0] {
                // Duplicate keys are valid grammar, but no two readers agree on what they mean.
                b'y' if name.contains("duplicated_key") => {
                    let code = outcome.as_ref().err().and_then(|error| error.code());
                    assert_eq!(code, Some(Code::DuplicateKey), "{name}");
                }
                b'y' => {
                    if let Err(why) = prints_the_same(&source, &options) {
                        wrong.push(format!("{name}: {why}"));
                    }
                }
                b'n' if outcome.is_ok() => wrong.push(format!("{name}: accepted")),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn json_checker() {
    let Some(suite) = corpus("json-benchmark") else { return };
    let document = options(&[("layout", "array")]);
    for (name, source) in files(&suite.join("jsonchecker")) {
        // Two of the files are valid by today's standard: a bare string is a document, and depth 20 is allowed.
        let valid = serde_json::from_slice::<Value>(&source).is_ok();
        if name.ends_with(".json") && !valid {
            assert!(read(source.clone(), &document).is_err(), "{name}");
        } else if name.ends_with(".json") {
            prints_the_same(&source, &document).unwrap_or_else(|why| panic!("{name}: {why}"));
        }
    }
    for (name, source) in files(&suite.join("roundtrip")) {
        prints_the_same(&source, &document).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

#[test]
fn vega() {
    let Some(suite) = corpus("vega") else { return };
    let mut seen = 0;
    for (name, source) in files(&suite) {
        if name.ends_with(".json") && name != "manifest.json" {
            let auto = ReadOptions::default();
            prints_the_same(&source, &auto).unwrap_or_else(|why| panic!("{name}: {why}"));
            // Written as one array and read again: the same records.
            let batch = read(source, &auto).unwrap();
            for settings in [&[("layout", "array")][..], &[("layout", "array"), ("pretty", "true")]] {
                let again = inferred(&text(&batch, settings)).unwrap();
                // But that keys which were absent are there now, with null.
                assert_eq!(again.columns(), batch.columns(), "{name}");
            }
            seen += 1;
        }
    }
    assert!(seen > 3);
}

#[test]
fn naughty_strings() {
    let Some(suite) = corpus("naughty-strings") else { return };
    for name in ["blns.json", "blns.base64.json"] {
        let source = std::fs::read(suite.join(name)).unwrap();
        prints_the_same(&source, &ReadOptions::default()).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

#[test]
fn numbers_to_the_bit() {
    let Some(suite) = corpus("parse-number-fxx") else { return };
    let (mut exact, mut refused) = (0, 0);
    for (name, source) in files(&suite.join("data")) {
        let source = String::from_utf8(source).unwrap();
        let field = Arc::new(Field::new("a", DataType::Float64, true));
        for line in source.lines() {
            let [_, _, bits, token] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{name}: {line}") };
            let valid = serde_json::from_str::<Box<serde_json::value::RawValue>>(token).is_ok();
            let mut decoder = ValueDecoder::new(&field, Arc::new(ReadRules::default())).unwrap();
            match decoder.append(token.as_bytes()) {
                Ok(()) => {
                    let value = decoder.finish().unwrap().as_primitive::<Float64Type>().value(0);
                    assert_eq!(value.to_bits(), u64::from_str_radix(bits, 16).unwrap(), "{token}");
                    assert!(valid, "{token}");
                    exact += 1;
                }
                Err(error) if valid => {
                    // A refusal is for digits that would be lost, or for range.
                    assert!(matches!(error.code(), Some(Code::FloatDigits | Code::FloatRange)), "{error}");
                    let digits =
                        token.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).filter(u8::is_ascii_digit);
                    let normal = !matches!(&bits[..3], "000" | "800" | "7FF" | "FFF");
                    assert!(digits.count() > 15 || !normal, "{error}");
                    refused += 1;
                }
                Err(_) => {}
            }
        }
    }
    assert!(exact > 1000, "{exact} exact, {refused} refused");
}

/// The bits of the value that a column of floats reads from `token` if digits may be rounded, and its text again.
fn rounded(token: &str, width: &DataType) -> Option<(u64, u64)> {
    let mut policies = Policies::default();
    policies.set("V-FLOAT-DIGITS=round".parse().unwrap());
    let rules = Arc::new(ReadRules { policies, ..ReadRules::default() });
    let field = Arc::new(Field::new("a", width.clone(), true));
    let bits = |token: &[u8]| {
        let mut decoder = ValueDecoder::new(&field, rules.clone()).unwrap();
        decoder.append(token).ok()?;
        let array = decoder.finish().unwrap();
        let mut text = Vec::new();
        ValueWriter::new(&field, &array, &WriteRules::default()).unwrap().push(&mut text, 0).unwrap();
        let bits = match width {
            DataType::Float16 => array.as_primitive::<Float16Type>().value(0).to_bits().into(),
            DataType::Float32 => array.as_primitive::<Float32Type>().value(0).to_bits().into(),
            _ => array.as_primitive::<Float64Type>().value(0).to_bits(),
        };
        Some((bits, text))
    };
    let (first, text) = bits(token.as_bytes())?;
    Some((first, bits(&text)?.0))
}

#[test]
fn rounded_numbers_to_the_bit_in_every_width_and_both_ways() {
    let Some(suite) = corpus("parse-number-fxx") else { return };
    let mut seen = 0;
    for (name, source) in files(&suite.join("data")) {
        for line in String::from_utf8(source).unwrap().lines() {
            let [half, single, double, token] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{name}: {line}")
            };
            if serde_json::from_str::<Box<serde_json::value::RawValue>>(token).is_err() {
                continue;
            }
            for (width, expected, infinite) in [
                (DataType::Float16, half, 0x7C00_u64),
                (DataType::Float32, single, 0x7F80_0000),
                (DataType::Float64, double, 0x7FF0_0000_0000_0000),
            ] {
                let expected = u64::from_str_radix(expected, 16).unwrap();
                match rounded(token, &width) {
                    Some((bits, again)) => assert_eq!((bits, again), (expected, expected), "{token} as {width}"),
                    // Too large, and never an infinity.
                    None => assert_eq!(expected & infinite, infinite, "{token} as {width}"),
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 10_000, "{seen}");
}

#[test]
fn manifest_of_all_json_files() {
    let Some(expected) = corpus("expected/json") else { return };
    let manifest: Vec<Value> = serde_json::from_slice(&std::fs::read(expected.join("manifest.json")).unwrap()).unwrap();
    let root = expected.parent().unwrap().parent().unwrap().to_owned();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in &manifest {
        let path = format!("{}/{}", entry["suite"].as_str().unwrap(), entry["path"].as_str().unwrap());
        let Ok(source) = std::fs::read(root.join(&path)) else { continue };
        seen += 1;
        let duplicate = entry.get("duplicate_key").is_some_and(|key| !key.is_null());
        let counts = [
            ("array", &entry["document"], if entry["document"]["kind"] == "array" { "elements" } else { "" }),
            ("concatenated", &entry["value_sequence"], "values"),
            ("ndjson", &entry["ndjson"], "good_lines"),
        ];
        for (layout, outcome, count) in counts {
            let bad = outcome.get("error").is_some() || outcome.get("first_bad_line").is_some();
            let found = read(source.clone(), &options(&[("layout", layout)]));
            let expected = if count.is_empty() { Some(1) } else { outcome[count].as_u64() };
            match found {
                Ok(_) if bad => wrong.push(format!("{path} as {layout}: accepted; expected {outcome}")),
                Ok(batch) if expected.is_some_and(|rows| rows != batch.num_rows() as u64) => {
                    wrong.push(format!("{path} as {layout}: {} rows; expected {outcome}", batch.num_rows()));
                }
                // Duplicate keys, lone surrogates and depth are ours to refuse.
                Err(error)
                    if !bad
                        && !duplicate
                        && !matches!(error.code(), Some(Code::Utf8 | Code::Depth | Code::DuplicateKey)) =>
                {
                    wrong.push(format!("{path} as {layout}: {error}; expected {outcome}"));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "{seen} files");
}
