//! CSV files: the cells are those on which independent readers agree; where they do not, a clear error or all rows.

use std::path::Path;

use super::child;
use super::containers::refusal_problem;
use super::render::{self, Origin};
use super::text::{self, Json};
use super::verdict::{Job, Verdict, known};

/// Reads every row as data and every cell as text, and no row from a blank line.
pub const PLAIN: &[&str] = &["header=false", "infer=false", "blank-lines=skip"];

/// One job for each entry of `expected/csv/manifest.json`.
pub fn jobs(root: &Path) -> Vec<Job> {
    let entries = super::manifest(&root.join("expected/csv/manifest.json")).unwrap_or(Json::Null);
    let entries = entries.items().iter().filter_map(|entry| {
        let (suite, path) = (entry.text("suite")?.to_owned(), entry.text("path")?.to_owned());
        let (entry, root) = (entry.clone(), root.to_owned());
        Some(Job {
            suite: format!("{suite} csv"),
            name: path.clone(),
            judge: Box::new(move |folder| judge(&entry, &root, &root.join(&suite).join(&path), &folder)),
        })
    });
    entries.collect()
}

fn judge(entry: &Json, root: &Path, input: &Path, folder: &Path) -> Verdict {
    let delimiter = if entry.text("delimiter") == Some("\t") { "delimiter=\\t" } else { "delimiter=," };
    let found = match read(input, &[PLAIN, &[delimiter]].concat(), folder) {
        Ok(Ok(found)) => found,
        Ok(Err(outcome)) => {
            if let Some(crash) = outcome.crashed() {
                return Verdict::Crash(crash);
            }
            if let Some(problem) = refusal_problem(&outcome, folder, input) {
                return Verdict::Wrong(problem);
            }
            return match entry.flag("consensus") {
                Some(true) => known(&outcome).map_or_else(|| Verdict::Refused(outcome.first_line()), Verdict::Known),
                _ => Verdict::Pass,
            };
        }
        Err(error) => return Verdict::Wrong(error),
    };
    let readers = entry.get("readers").map_or(&[][..], Json::members);
    let digest = digest(&found);
    if readers.iter().any(|(_, reader)| reader.text("sha256") == Some(&digest)) {
        return Verdict::Pass;
    }
    if entry.flag("consensus") != Some(true) {
        let counts: Vec<_> = readers.iter().filter_map(|(_, reader)| reader.number("rows")).collect();
        if counts.is_empty() {
            return Verdict::Accepted(format!("no reader reads it; we find {} rows", found.len()));
        }
        return match counts.contains(&(found.len() as u64)) {
            true => Verdict::Pass,
            false => Verdict::Wrong(format!("{} rows; other readers find {counts:?}", found.len())),
        };
    }
    let Some(twin) = entry.text("twin") else { return Verdict::Wrong("other cells than all readers".into()) };
    match first_difference(&found, &root.join("expected").join("csv").join(twin), &root.join("expected").join(twin)) {
        Some(difference) => Verdict::Wrong(difference),
        None => Verdict::Wrong("other cells than all readers, the same as the reference rows".into()),
    }
}

/// Reads a file into rows of text. A null is an empty cell here: the reference readers know no difference.
pub fn read(
    input: &Path,
    settings: &[&str],
    folder: &Path,
) -> Result<Result<Vec<Vec<String>>, child::Outcome>, String> {
    let output = folder.join("out.arrow");
    let (shown, out) = (input.to_string_lossy(), output.to_string_lossy());
    let mut arguments = vec!["convert", &shown, "--from", "csv", "--to", "arrow", "-o", &out, "--overwrite"];
    for setting in settings {
        arguments.extend(["--from-opt", setting]);
    }
    let outcome = child::run(&arguments, folder).map_err(|error| error.to_string())?;
    if !outcome.done() {
        return Ok(Err(outcome));
    }
    let mut rows = Vec::new();
    for batch in child::read_arrow(&output)? {
        for row in render::rows(&batch, Origin::Arrow) {
            let cells = match row {
                Json::Object(members) => members.into_iter().map(|(_, value)| value).collect(),
                Json::Array(pairs) => pairs.into_iter().filter_map(|pair| pair.items().get(1).cloned()).collect(),
                other => vec![other],
            };
            let cells = cells.into_iter().map(|value| match value {
                Json::Text(text) => Ok(text),
                Json::Null => Ok(String::new()),
                other => Err(format!("a cell is not text: {other:?}")),
            });
            rows.push(cells.collect::<Result<Vec<_>, _>>()?);
        }
    }
    Ok(Ok(rows))
}

/// SHA-256 of the rows as the reference writes them: a JSON array a line.
fn digest(rows: &[Vec<String>]) -> String {
    use sha2::Digest;
    let lines: Vec<String> = rows.iter().map(|row| array(row)).collect();
    sha2::Sha256::digest(lines.join("\n").as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn array(row: &[String]) -> String {
    let mut out = String::from("[");
    for (index, cell) in row.iter().enumerate() {
        out.push_str(if index > 0 { ", \"" } else { "\"" });
        for char in cell.chars() {
            match char {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", char as u32)),
                _ => out.push(char),
            }
        }
        out.push('"');
    }
    out.push(']');
    out
}

fn first_difference(found: &[Vec<String>], twin: &Path, other: &Path) -> Option<String> {
    let bytes = std::fs::read(other).or_else(|_| std::fs::read(twin)).ok()?;
    let expected = text::parse_sequence(&bytes).ok()?;
    if expected.len() != found.len() {
        return Some(format!("{} rows instead of {}", found.len(), expected.len()));
    }
    for (row, (expected, found)) in expected.iter().zip(found).enumerate() {
        let cells: Vec<String> = expected
            .items()
            .iter()
            .map(|cell| if let Json::Text(text) = cell { text.clone() } else { String::new() })
            .collect();
        if cells != *found {
            return Some(format!("row {row}: {found:?} instead of {cells:?}").chars().take(300).collect());
        }
    }
    None
}
