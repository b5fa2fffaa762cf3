//! JSON files: the values that come out are those of the text, and text that is not JSON is refused at its line.

use std::path::Path;

use super::child::{self, Outcome};
use super::containers::refusal_problem;
use super::render::{self, Origin};
use super::text::{self, Json};
use super::verdict::{Job, Verdict, known};

/// What must become of a file.
enum Demand {
    /// Read: the file is values one after the other, or one array of records.
    Read,
    /// Refused; the line of the first fault, where it is sure.
    Refuse(Option<u64>),
    /// Either, but nothing may change in silence.
    Either,
}

/// Files of `expected/json/manifest.json`, and the parsing suite that names its files `y_` (accept), `n_` (refuse)
/// and `i_` (either).
pub fn jobs(root: &Path) -> Vec<Job> {
    let mut jobs = Vec::new();
    let entries = super::manifest(&root.join("expected/json/manifest.json")).unwrap_or(Json::Null);
    for entry in entries.items() {
        let (Some(suite), Some(path)) = (entry.text("suite"), entry.text("path")) else { continue };
        let demand = if entry.text("duplicate_key").is_some() { Demand::Either } else { of_entry(entry) };
        jobs.push(job(root, suite, path, demand));
    }
    for suite in super::folders(root) {
        let Ok(manifest) = super::manifest(&suite.join("manifest.json")) else { continue };
        let Some(name) = manifest.text("suite") else { continue };
        for file in manifest.get("files").map_or(&[][..], Json::items) {
            let Some(path) = file.text("path") else { continue };
            let demand = match path.strip_prefix("test_parsing/").map(|rest| rest.split('_').next().unwrap_or("")) {
                Some("y") => Demand::Read,
                Some("n") => Demand::Refuse(None),
                Some("i") => Demand::Either,
                _ if path.starts_with("test_transform/") => Demand::Either,
                _ => continue,
            };
            jobs.push(job(root, name, path, demand));
        }
    }
    jobs
}

fn of_entry(entry: &Json) -> Demand {
    let sequence = entry.get("value_sequence");
    if let Some(error) = sequence.and_then(|sequence| sequence.text("error")) {
        let bad = entry.get("ndjson").and_then(|lines| lines.get("first_bad_line")).map_or(&[][..], Json::items);
        let line = match bad {
            // Lines and values agree on where the fault is.
            [Json::Number(line), _] if error.contains(&format!(" line {line} ")) => line.parse().ok(),
            _ => None,
        };
        return Demand::Refuse(line);
    }
    Demand::Read
}

fn job(root: &Path, suite: &str, path: &str, demand: Demand) -> Job {
    let input = root.join(suite).join(path);
    // The parsing suite is about one document a file.
    let one_document = path.starts_with("test_");
    Job {
        suite: format!("{suite} json"),
        name: path.to_owned(),
        judge: Box::new(move |folder| judge(&input, one_document, &demand, &folder)),
    }
}

fn judge(input: &Path, one_document: bool, demand: &Demand, folder: &Path) -> Verdict {
    let output = folder.join("out.arrow");
    let outcome = match convert(input, one_document, "arrow", &output, folder) {
        Ok(outcome) => outcome,
        Err(error) => return Verdict::Crash(error.to_string()),
    };
    if let Some(crash) = outcome.crashed() {
        return Verdict::Crash(crash);
    }
    let Ok(bytes) = std::fs::read(input) else { return Verdict::Crash("the file is gone".into()) };
    let records = records(&bytes);
    if !outcome.done() {
        let verdict = refused(&outcome, demand, records.is_ok(), folder, input);
        return match (verdict, records) {
            (Verdict::Known(_), Ok(records)) if outcome.message.contains("V-DUP-KEY") => {
                last_of_duplicates(&records, input, one_document, &output, folder)
            }
            (verdict, _) => verdict,
        };
    }
    let records = match (records, demand) {
        (_, Demand::Refuse(_)) if one_document => return Verdict::Accepted("it is no JSON document".into()),
        (Ok(records), _) => records,
        (Err(error), _) => return Verdict::Accepted(error),
    };
    if let Err(difference) = compare_arrow(&records, &output) {
        return Verdict::Wrong(difference);
    }
    let lines = folder.join("out.ndjson");
    match convert(&output, false, "ndjson", &lines, folder) {
        Err(error) => Verdict::Crash(error.to_string()),
        Ok(again) => match again.crashed() {
            Some(crash) => Verdict::Crash(crash),
            None if !again.done() => Verdict::Wrong(format!("cannot be written back: {}", again.first_line())),
            None => match compare_lines(&records, &lines) {
                Ok(()) => Verdict::Pass,
                Err(difference) => Verdict::Wrong(format!("written back: {difference}")),
            },
        },
    }
}

/// Duplicate keys are refused; when the last of them is asked for, it is what comes out.
fn last_of_duplicates(records: &[Json], input: &Path, one_document: bool, output: &Path, folder: &Path) -> Verdict {
    let allowed = ["--allow", "V-DUP-KEY=last"];
    match convert_with(input, one_document, "arrow", output, folder, &allowed) {
        Ok(outcome) if outcome.done() => {
            let records: Vec<Json> = records.iter().map(without_duplicates).collect();
            compare_arrow(&records, output).map_or_else(Verdict::Wrong, |()| Verdict::Pass)
        }
        Ok(outcome) => Verdict::Refused(outcome.first_line()),
        Err(error) => Verdict::Crash(error.to_string()),
    }
}

/// The value with one member for each key: where the first stands, with the value of the last.
fn without_duplicates(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(without_duplicates).collect()),
        Json::Object(members) => {
            let mut kept: Vec<(String, Json)> = Vec::new();
            for (key, value) in members {
                let value = without_duplicates(value);
                match kept.iter_mut().find(|(known, _)| known == key) {
                    Some(member) => member.1 = value,
                    None => kept.push((key.clone(), value)),
                }
            }
            Json::Object(kept)
        }
        other => other.clone(),
    }
}

fn refused(outcome: &Outcome, demand: &Demand, valid: bool, folder: &Path, input: &Path) -> Verdict {
    if let Some(problem) = refusal_problem(outcome, folder, input) {
        return Verdict::Wrong(problem);
    }
    match demand {
        Demand::Read => known(outcome).map_or_else(|| Verdict::Refused(outcome.first_line()), Verdict::Known),
        Demand::Either if valid => known(outcome).map_or(Verdict::Pass, Verdict::Known),
        Demand::Refuse(Some(line)) if !outcome.message.contains(&format!(":{line}:")) => {
            Verdict::Wrong(format!("the fault is in line {line}: {}", outcome.first_line()))
        }
        Demand::Either | Demand::Refuse(_) => Verdict::Pass,
    }
}

fn convert(input: &Path, one_document: bool, to: &str, output: &Path, folder: &Path) -> std::io::Result<Outcome> {
    convert_with(input, one_document, to, output, folder, &[])
}

fn convert_with(
    input: &Path,
    one_document: bool,
    to: &str,
    output: &Path,
    folder: &Path,
    more: &[&str],
) -> std::io::Result<Outcome> {
    let from = if input.extension().is_some_and(|extension| extension == "arrow") { "arrow" } else { "json" };
    let layout: &[&str] = if one_document { &["--from-opt", "layout=array"] } else { &[] };
    let (input, output) = (input.to_string_lossy(), output.to_string_lossy());
    let arguments = ["convert", &*input, "--from", from, "--to", to, "-o", &*output, "--overwrite"];
    child::run(&[&arguments, layout, more].concat(), folder)
}

/// The records of a text: the elements of the one array that it is, or its values.
fn records(bytes: &[u8]) -> Result<Vec<Json>, String> {
    let values = text::parse_sequence(bytes)?;
    match values.as_slice() {
        [Json::Array(items)] => Ok(items.clone()),
        _ => Ok(values),
    }
}

fn compare_arrow(records: &[Json], output: &Path) -> Result<(), String> {
    let batches = child::read_arrow(output)?;
    let found: Vec<Json> = batches.iter().flat_map(|batch| render::rows(batch, Origin::Text)).collect();
    compare(records, &found)
}

fn compare_lines(records: &[Json], output: &Path) -> Result<(), String> {
    let bytes = std::fs::read(output).map_err(|error| error.to_string())?;
    compare(records, &text::parse_sequence(&bytes)?)
}

fn compare(records: &[Json], found: &[Json]) -> Result<(), String> {
    if records.len() != found.len() {
        return Err(format!("{} records instead of {}", found.len(), records.len()));
    }
    for (row, (expected, found)) in records.iter().zip(found).enumerate() {
        same(expected, found).map_err(|difference| format!("record {row}: {difference}"))?;
    }
    Ok(())
}

/// Equal as JSON values, where an absent member and a null one are the same (Arrow has one null), and a map may come
/// as pairs.
fn same(expected: &Json, found: &Json) -> Result<(), String> {
    let differ = || {
        let short = |value: &Json| format!("{value:?}").chars().take(160).collect::<String>();
        Err(format!("expected {}, found {}", short(expected), short(found)))
    };
    match (expected, found) {
        (Json::Number(a), Json::Number(b)) if text::same_number(a, b) => Ok(()),
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .try_for_each(|(index, (a, b))| same(a, b).map_err(|rest| format!("[{index}] {rest}"))),
        (Json::Object(_), Json::Object(members)) => {
            let absent = Json::Null;
            for (name, value) in expected.members() {
                same(value, found.get(name).unwrap_or(&absent)).map_err(|rest| format!(".{name} {rest}"))?;
            }
            match members.iter().find(|(name, value)| *value != Json::Null && expected.get(name).is_none()) {
                Some((name, _)) => Err(format!("member {name:?} came from nowhere")),
                None => Ok(()),
            }
        }
        (Json::Object(members), Json::Array(pairs)) if members.len() == pairs.len() => {
            members.iter().zip(pairs).try_for_each(|((name, value), pair)| match pair.items() {
                [Json::Text(key), found] if key == name => same(value, found),
                _ => differ(),
            })
        }
        _ if expected == found => Ok(()),
        _ => differ(),
    }
}
