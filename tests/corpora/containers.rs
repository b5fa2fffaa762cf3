//! Parquet, Avro and Arrow files: the rows must be those of the reference reader; what it rejects must be refused.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::child::{self, Outcome};
use super::render::{self, Origin};
use super::text::{self, Json};
use super::verdict::{Job, Verdict, known};

/// One job for each entry of the manifests `expected/*/manifest.json`.
pub fn jobs(root: &Path) -> Vec<Job> {
    let mut jobs = Vec::new();
    for folder in super::folders(&root.join("expected")) {
        let Ok(manifest) = super::manifest(&folder.join("manifest.json")) else { continue };
        for entry in manifest.get("entries").map_or(&[][..], Json::items) {
            let entry = Arc::new(entry.clone());
            let (Some(suite), Some(path), Some(format)) =
                (entry.text("suite"), entry.text("path"), entry.text("format"))
            else {
                continue;
            };
            let (suite, name, format) = (suite.to_owned(), path.to_owned(), format.to_owned());
            let root = root.to_owned();
            jobs.push(Job {
                suite: format!("{suite} {format}"),
                name: name.clone(),
                judge: Box::new(move |folder| judge(&entry, &root, &suite, &name, &format, &folder)),
            });
        }
    }
    jobs
}

fn judge(entry: &Json, root: &Path, suite: &str, name: &str, format: &str, folder: &Path) -> Verdict {
    let input = root.join(suite).join(name);
    let output = folder.join("out.arrow");
    let mut arguments: Vec<String> = vec!["convert".into(), input.to_string_lossy().into_owned()];
    let (from, origin) = match format {
        "avro" => ("avro", Origin::Avro),
        "parquet" => ("parquet", Origin::Parquet),
        _ => ("arrow", Origin::Arrow),
    };
    arguments.extend(["--from".into(), from.into(), "--to".into(), "arrow".into()]);
    arguments.extend(["-o".into(), output.to_string_lossy().into_owned(), "--overwrite".into()]);
    if entry.get("int96_unit").is_some() {
        arguments.extend(["--from-opt".into(), "int96=us".into()]);
    }
    let outcome = match child::run(&arguments, folder) {
        Ok(outcome) => outcome,
        Err(error) => return Verdict::Crash(error.to_string()),
    };
    if let Some(crash) = outcome.crashed() {
        return Verdict::Crash(crash);
    }
    if !outcome.done()
        && let Some(problem) = refusal_problem(&outcome, folder, &input)
    {
        return Verdict::Wrong(problem);
    }
    match entry.text("status") {
        Some("ok") if outcome.done() => match compare(entry, root, &output, origin) {
            Ok(()) => Verdict::Pass,
            Err(difference) => Verdict::Wrong(difference),
        },
        Some("ok") => match known(&outcome) {
            Some(feature) => Verdict::Known(feature),
            None => Verdict::Refused(outcome.first_line()),
        },
        Some("invalid") if outcome.done() => match compare(entry, root, &output, origin) {
            // The raw values, with the text that is not UTF-8 as bytes.
            Ok(()) => Verdict::Pass,
            Err(difference) => Verdict::Accepted(format!("invalid values were read as something else: {difference}")),
        },
        Some("rejected") if outcome.done() => {
            let error = entry.text("error").unwrap_or("").chars().take(120).collect::<String>();
            match other_reader(entry) {
                Some(rows) => match rows_of(&output) {
                    Ok(ours) if rows.is_none_or(|rows| rows == ours) => Verdict::Pass,
                    Ok(ours) => Verdict::Wrong(format!("{ours} rows; another reader finds {rows:?}")),
                    Err(error) => Verdict::Wrong(error),
                },
                None => Verdict::Accepted(format!("every reference reader refuses: {error}")),
            }
        }
        _ => Verdict::Pass,
    }
}

/// What is wrong with a refusal: no single clear message that names the file, or an output that looks complete.
pub fn refusal_problem(outcome: &Outcome, folder: &Path, input: &Path) -> Option<String> {
    let left: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name()).collect();
    if !left.is_empty() {
        return Some(format!("a refused file left {left:?}"));
    }
    let name = input.file_name()?.to_string_lossy();
    if !outcome.message.contains(name.as_ref()) {
        return Some(format!("the message does not name the file: {}", outcome.first_line()));
    }
    None
}

/// Whether a reader besides the reference reads a rejected file, and how many rows it finds.
fn other_reader(entry: &Json) -> Option<Option<u64>> {
    let readers = entry.get("cross").map_or(&[][..], Json::members);
    readers.iter().find(|(_, reader)| reader.text("status") == Some("ok")).map(|(_, reader)| reader.number("rows"))
}

fn rows_of(output: &Path) -> Result<u64, String> {
    Ok(child::read_arrow(output)?.iter().map(|batch| batch.num_rows() as u64).sum())
}

/// Compares an Arrow file with the reference rows of an entry.
pub fn compare(entry: &Json, root: &Path, output: &Path, origin: Origin) -> Result<(), String> {
    let batches = child::read_arrow(output)?;
    let rows: u64 = batches.iter().map(|batch| batch.num_rows() as u64).sum();
    if let Some(expected) = entry.number("rows")
        && rows != expected
    {
        return Err(format!("{rows} rows instead of {expected}"));
    }
    let Some(twin) = entry.text("twin") else { return Ok(()) };
    let lines = twin_lines(&root.join("expected").join(twin))?;
    let expected_rows = entry.number("twin_rows").unwrap_or(lines.len() as u64);
    if lines.len() as u64 != expected_rows {
        return Err(format!("the reference has {} rows instead of {expected_rows}", lines.len()));
    }
    let mut found = batches.iter().flat_map(|batch| render::rows(batch, origin));
    for (row, expected) in lines.iter().enumerate() {
        let Some(found) = found.next() else { return Err(format!("no row {row}")) };
        let expected = text::parse(expected.as_bytes())?;
        same(&expected, &found, origin).map_err(|difference| format!("row {row}: {difference}"))?;
    }
    Ok(())
}

fn twin_lines(path: &PathBuf) -> Result<Vec<String>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1F, 0x8B]) {
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .map_err(|error| error.to_string())?;
    } else {
        text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    }
    // Only \n ends a line here: values may hold other separators.
    Ok(text.split_terminator('\n').map(str::to_owned).collect())
}

/// Compares a reference value with a rendered one; the error is the path and both values.
pub fn same(expected: &Json, found: &Json, origin: Origin) -> Result<(), String> {
    let differ = || Err(format!("expected {}, found {}", short(expected), short(found)));
    match (expected, found) {
        (Json::Number(a), Json::Number(b)) => {
            let floating = |token: &str| token.contains(['.', 'e', 'E']);
            if text::same_number(a, b) && floating(a) == floating(b) { Ok(()) } else { differ() }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                same(a, b, origin).map_err(|rest| format!("[{index}] {rest}"))?;
            }
            Ok(())
        }
        // An array of records marked as a map: the reference reader shows the records.
        (Json::Object(_), Json::Array(pair)) if origin == Origin::Avro => match (expected.members(), pair.as_slice()) {
            ([(key, a), (value, b)], [c, d]) if key == "key" && value == "value" => {
                same(a, c, origin).and_then(|()| same(b, d, origin))
            }
            _ => differ(),
        },
        // For a null in a union the reference reader names the first branch, whichever was set.
        (Json::Object(_), Json::Object(_)) if null_in_union(expected) && null_in_union(found) => Ok(()),
        (Json::Object(a), Json::Object(b)) if a.len() == b.len() => {
            for ((name, a), (found_name, b)) in a.iter().zip(b) {
                if name != found_name {
                    return Err(format!("expected field {name:?}, found {found_name:?}"));
                }
                same(a, b, origin).map_err(|rest| format!(".{name} {rest}"))?;
            }
            Ok(())
        }
        // An array of key and value records with `logicalType: map` is a map; the reference shows the records.
        (Json::Object(record), Json::Array(entry))
            if origin == Origin::Avro
                && entry.len() == 2
                && record.iter().map(|(name, _)| name).eq(["key", "value"]) =>
        {
            for ((name, expected), found) in record.iter().zip(entry) {
                same(expected, found, origin).map_err(|rest| format!(".{name} {rest}"))?;
            }
            Ok(())
        }
        // Text that is not UTF-8 may come as bytes.
        (Json::Object(members), Json::Text(found))
            if expected.text("$invalid_utf8_hex") == Some(found) && members.len() == 1 =>
        {
            Ok(())
        }
        // A type that contains itself is cut, and goes on as JSON text.
        (Json::Object(_) | Json::Array(_), Json::Text(cut)) if origin == Origin::Avro => {
            match text::parse(cut.as_bytes()) {
                Ok(value) if same_untagged(expected, &value) => Ok(()),
                _ => differ(),
            }
        }
        // The reference shows an Avro big-decimal as the bytes that it is stored as.
        (Json::Text(stored), Json::Text(shown)) if origin == Origin::Avro && stored != shown => {
            if big_decimal(stored).is_some_and(|value| value == *shown) { Ok(()) } else { differ() }
        }
        _ if expected == found => Ok(()),
        _ => differ(),
    }
}

fn null_in_union(value: &Json) -> bool {
    matches!(value.members(), [(tag, _), (_, Json::Null)] if tag == "$union")
}

/// Compares with a value in the JSON encoding of Avro, in which the branch of a union is named.
fn same_untagged(expected: &Json, found: &Json) -> bool {
    let bare = match expected.members() {
        [(tag, _), (_, value)] if tag == "$union" => value,
        _ => expected,
    };
    let plain = match (bare, found) {
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| found.get(name).is_some_and(|b| same_untagged(a, b)))
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_untagged(a, b)),
        (Json::Number(a), Json::Number(b)) => text::same_number(a, b),
        _ => bare == found,
    };
    plain || matches!(found.members(), [(_, inner)] if same_untagged(expected, inner))
}

/// Text of an Avro big-decimal from the hexadecimal digits of its bytes: length and bytes of the unscaled value, scale.
fn big_decimal(hex: &str) -> Option<String> {
    if !hex.len().is_multiple_of(2) || hex.is_empty() || !hex.is_ascii() {
        return None;
    }
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16)).collect::<Result<_, _>>().ok()?;
    let zigzag = |byte: u8| (i64::from(byte) >> 1) ^ -(i64::from(byte) & 1);
    let (length, rest) = bytes.split_first()?;
    let length = usize::try_from(zigzag(*length)).ok()?;
    let (unscaled, scale) = (rest.get(..length)?, rest.get(length..)?);
    let [scale] = scale else { return None };
    let mut value = i128::from(unscaled.first()? >> 7).checked_neg()?;
    for byte in unscaled {
        value = value << 8 | i128::from(*byte);
    }
    let scale = usize::try_from(zigzag(*scale)).ok()?;
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    Some(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn short(value: &Json) -> String {
    format!("{value:?}").chars().take(160).collect()
}
