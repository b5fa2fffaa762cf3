//! Tables of Avro schemas and data (`cases/avro-*.jsonl`): canonical form and fingerprints, which schemas are valid,
//! schema resolution.

use std::path::{Path, PathBuf};

use super::child::{self, Outcome};
use super::render::{self, Origin};
use super::text::{self, Json};
use super::verdict::{Job, Verdict};

/// Judges a case in an empty folder.
type Judge = fn(&Json, &Path) -> Verdict;

/// One job for each case of each table.
pub fn jobs(root: &Path) -> Vec<Job> {
    let tables: [(&str, Judge); 3] =
        [("avro-canonical", canonical), ("avro-schema-validity", validity), ("avro-resolution", resolution)];
    let mut jobs = Vec::new();
    for (table, judge) in tables {
        let cases = std::fs::read(root.join(format!("cases/{table}.jsonl"))).ok();
        let cases = cases.and_then(|text| text::parse_sequence(&text).ok()).unwrap_or_default();
        for case in cases {
            let Some(name) = case.text("name").map(str::to_owned) else { continue };
            let judge = move |folder: PathBuf| judge(&case, &folder);
            jobs.push(Job { suite: table.into(), name, judge: Box::new(judge) });
        }
    }
    jobs
}

/// Runs the command line on a schema, and gives back what it prints.
fn fingerprint(case: &Json, folder: &Path) -> Result<(Outcome, PathBuf), String> {
    let path = folder.join("schema.avsc");
    std::fs::write(&path, case.text("schema").unwrap_or_default()).map_err(|error| error.to_string())?;
    let file = path.to_string_lossy();
    let outcome = child::run(&["schema", "fingerprint", "--json", &file], folder).map_err(|error| error.to_string())?;
    match outcome.crashed() {
        Some(crash) => Err(crash),
        None => Ok((outcome, path)),
    }
}

fn canonical(case: &Json, folder: &Path) -> Verdict {
    let (outcome, _) = match fingerprint(case, folder) {
        Ok(ran) => ran,
        Err(crash) => return Verdict::Crash(crash),
    };
    if !outcome.done() {
        return Verdict::Refused(outcome.first_line());
    }
    let Ok(Json::Array(found)) = text::parse(outcome.message.as_bytes()) else {
        return Verdict::Wrong(format!("no JSON: {}", outcome.first_line()));
    };
    let found = found.first().unwrap_or(&Json::Null);
    let other = case.get("cross_check").and_then(|check| check.get("fastavro"));
    let expected = [
        ("canonical", case.get("canonical")),
        ("crc64_avro_i64", case.get("fingerprint_crc64_avro_i64").filter(|number| **number != Json::Null)),
        ("crc64_avro", case.get("fingerprint_hex_le")),
        ("sha256", other.and_then(|other| other.get("sha256"))),
    ];
    for (key, expected) in expected {
        if let Some(expected) = expected
            && found.get(key) != Some(expected)
        {
            return Verdict::Wrong(format!("{key} is {:?} instead of {expected:?}", found.get(key)));
        }
    }
    Verdict::Pass
}

fn validity(case: &Json, folder: &Path) -> Verdict {
    let (outcome, path) = match fingerprint(case, folder) {
        Ok(ran) => ran,
        Err(crash) => return Verdict::Crash(crash),
    };
    match (case.get("valid"), outcome.done()) {
        (Some(Json::Bool(true)), true) => Verdict::Pass,
        (Some(Json::Bool(true)), false) => Verdict::Refused(outcome.first_line()),
        (_, true) => Verdict::Accepted(case.text("comment").unwrap_or_default().to_owned()),
        (_, false) if !outcome.message.contains(&*path.to_string_lossy()) => {
            Verdict::Wrong(format!("the message does not name the file: {}", outcome.first_line()))
        }
        (_, false) => Verdict::Pass,
    }
}

fn resolution(case: &Json, folder: &Path) -> Verdict {
    let (input, reader, output) = (folder.join("in.avro"), folder.join("reader.avsc"), folder.join("out.arrow"));
    let bytes = case.text("ocf_b64").and_then(decode_base64);
    let (Some(bytes), Some(schema)) = (bytes, case.text("reader")) else {
        return Verdict::Wrong("a case without a file or a reader's schema".into());
    };
    if let Err(error) = std::fs::write(&input, bytes).and_then(|()| std::fs::write(&reader, schema)) {
        return Verdict::Crash(error.to_string());
    }
    let [input, reader, to] = [&input, &reader, &output].map(|path| path.to_string_lossy().into_owned());
    let arguments = ["convert", &input, "--reader-schema", &reader, "-o", &to];
    let outcome = match child::run(&arguments, folder) {
        Ok(outcome) => outcome,
        Err(error) => return Verdict::Crash(error.to_string()),
    };
    if let Some(crash) = outcome.crashed() {
        return Verdict::Crash(crash);
    }
    match (case.get("expected"), outcome.done()) {
        (Some(expected), true) => {
            let batches = match child::read_arrow(&output) {
                Ok(batches) => batches,
                Err(error) => return Verdict::Wrong(error),
            };
            let rows: Vec<Json> = batches.iter().flat_map(|batch| render::rows(batch, Origin::Avro)).collect();
            match rows.as_slice() {
                [row] if equal(row, expected) => Verdict::Pass,
                rows => Verdict::Wrong(format!("{rows:?} instead of {expected:?}")),
            }
        }
        (Some(_), false) => Verdict::Refused(outcome.first_line()),
        (None, true) => Verdict::Accepted("the case expects an error".into()),
        (None, false) => Verdict::Pass,
    }
}

/// A rendered value and what the case expects: unions bare, bytes as `{"$bytes_hex": …}`, maps as objects.
fn equal(found: &Json, expected: &Json) -> bool {
    if let Json::Object(members) = found
        && let [(tag, _), (_, value)] = members.as_slice()
        && tag == "$union"
    {
        return equal(value, expected);
    }
    match (found, expected) {
        (Json::Text(hex), Json::Object(members)) => {
            matches!(members.as_slice(), [(key, Json::Text(bytes))] if key == "$bytes_hex" && bytes == hex)
        }
        (Json::Array(pairs), Json::Object(members)) => {
            let pair = |(pair, (key, value)): (&Json, &(String, Json))| {
                matches!(pair, Json::Array(pair) if matches!(pair.as_slice(),
                    [Json::Text(name), found] if name == key && equal(found, value)))
            };
            pairs.len() == members.len() && pairs.iter().zip(members).all(pair)
        }
        (Json::Object(found), Json::Object(expected)) => {
            let member =
                |((name, found), (key, value)): (&(String, Json), &(String, Json))| name == key && equal(found, value);
            found.len() == expected.len() && found.iter().zip(expected).all(member)
        }
        (Json::Array(found), Json::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(found, value)| equal(found, value))
        }
        (Json::Number(found), Json::Number(expected)) => {
            found == expected || matches!((found.parse::<f64>(), expected.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
        }
        (found, expected) => found == expected,
    }
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let value = digits.iter().position(|digit| *digit == byte)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    Some(bytes)
}
