//! Tables of CSV dialects (`cases/csv-cases.jsonl`), as far as our settings can say the dialect.

use std::path::Path;

use super::child::Outcome;
use super::csv_files::{PLAIN, read};
use super::text::{self, Json};
use super::verdict::{Job, Verdict};

/// What a case asks for that no setting says.
const FORGIVING: &str =
    "CSV: what misplaced quotes mean differs between forgiving dialects; ours is strict, or keeps them";
const UNSAID: &[(&str, &str)] = &[
    ("dynamicTyping", "CSV: typing rules of PapaParse"),
    ("preview", "CSV: no limit of records when converting"),
    ("escapeFormulae", "CSV: spreadsheet formulas are data"),
    ("double_quote", "CSV: quotes that are never doubled"),
    ("columns", "CSV: cells by name"),
];

/// One job for each case.
pub fn jobs(root: &Path) -> Vec<Job> {
    let cases =
        std::fs::read(root.join("cases/csv-cases.jsonl")).ok().and_then(|text| text::parse_sequence(&text).ok());
    let cases = cases.unwrap_or_default().into_iter().filter_map(|case| {
        let name = case.text("name")?.to_owned();
        let dialect = name.split('/').next()?.to_owned();
        let judge = move |folder: std::path::PathBuf| judge(&case, &dialect, &folder);
        Some(Job { suite: "csv-cases".into(), name, judge: Box::new(judge) })
    });
    cases.collect()
}

/// Our settings for a case, and whether its first record is names; or the reason why there are none.
fn settings(case: &Json, dialect: &str) -> Result<(Vec<String>, bool), &'static str> {
    let mut settings = vec!["null-token=".to_owned()];
    let mut header = false;
    let mut line_end = match dialect {
        "go-encoding-csv" => "lf",
        "papaparse" => "auto",
        _ => "any",
    }
    .to_owned();
    let mut delimiter =
        Some(",".to_owned()).filter(|_| !case.text("name").is_some_and(|name| name.contains("/parse/")));
    for (name, value) in case.get("options").map_or(&[][..], Json::members) {
        if let Some((_, reason)) = UNSAID.iter().find(|(known, _)| known == name) {
            return Err(reason);
        }
        let letter = match value {
            Json::Text(text) if text.len() == 1 && text.is_ascii() => Ok(text.as_str()),
            Json::Text(_) => Err("CSV: separators of one ASCII character only"),
            _ => Ok("#"),
        };
        match (name.as_str(), value) {
            ("delimiter", _) if letter? == "\n" => return Err("CSV: a line end cannot separate fields"),
            ("delimiter", _) => delimiter = Some(letter?.to_owned()),
            ("quote" | "quoteChar", _) => settings.push(format!("quote={}", letter?)),
            ("escape" | "escapeChar", _) => settings.push(format!("escape={}", letter?)),
            ("quoting", Json::Bool(false)) => settings.push("quote=none".into()),
            ("comment" | "comments", Json::Text(_) | Json::Bool(true)) => settings.push(format!("comment={}", letter?)),
            ("terminator", Json::Text(text)) if text == "lf_or_crlf" => line_end = "lf".into(),
            ("newline", Json::Text(text)) if text == "\r\n" || text == "\n" => line_end = "lf".into(),
            ("newline", Json::Text(text)) if text == "\r" => line_end = "cr".into(),
            ("terminator" | "newline", _) => line_end = letter?.to_owned(),
            ("header", Json::Bool(value)) => header = *value,
            ("skipFirstNLines", Json::Number(lines)) => settings.push(format!("skip-lines={lines}")),
            ("skipEmptyLines", Json::Text(_)) => return Err("CSV: a record of blanks is a record"),
            ("fields_per_record", Json::Number(count)) if count != "0" => {
                return Err("CSV: the first record says how many fields there are");
            }
            ("trim_leading_space", Json::Bool(true)) => settings.push("trim=leading".into()),
            ("lazy_quotes", _) => settings.push("lenient=true".into()),
            _ => {}
        }
    }
    if dialect == "go-encoding-csv" && !settings.contains(&"lenient=true".to_owned()) {
        settings.push("strict=true".into());
    }
    settings.extend(delimiter.map(|delimiter| format!("delimiter={delimiter}")));
    settings.push(format!("line-end={line_end}"));
    settings.push(format!("header={header}"));
    Ok((settings, header))
}

fn cells(row: &Json) -> Option<Vec<String>> {
    let values: Vec<&Json> = match row {
        Json::Array(items) => items.iter().collect(),
        Json::Object(members) => members.iter().map(|(_, value)| value).collect(),
        _ => return None,
    };
    let text = |value: &Json| match value {
        Json::Text(text) => Some(text.clone()),
        Json::Null => Some(String::new()),
        _ => None,
    };
    values.into_iter().map(text).collect()
}

fn judge(case: &Json, dialect: &str, folder: &Path) -> Verdict {
    let (mut settings, header) = match settings(case, dialect) {
        Ok(settings) => settings,
        Err(reason) => return Verdict::Known(reason),
    };
    let writes = case.text("direction") == Some("write");
    let Some(input) = case.text(if writes { "text" } else { "input" }) else {
        // Bytes that are no text.
        return Verdict::Known("CSV: UTF-8 only");
    };
    if dialect == "go-encoding-csv" && input.ends_with('\r') {
        return Verdict::Known("CSV: a carriage return at the end of the file ends the last record");
    }
    let rows = case.get(if writes { "value" } else { "rows" }).map_or(&[][..], Json::items);
    let Some(mut expected) = rows.iter().map(cells).collect::<Option<Vec<_>>>() else {
        return Verdict::Known("CSV: typing rules of PapaParse");
    };
    let by_name = matches!(case.get("value"), Some(Json::Object(_)));
    if writes && (by_name || rows.iter().any(|row| matches!(row, Json::Object(_)))) {
        return Verdict::Known("CSV: cells by name");
    }
    if header && rows.iter().all(|row| matches!(row, Json::Array(_))) && !expected.is_empty() {
        expected.remove(0);
    }
    // No setting keeps blank lines in files of many columns: such records are left out on both sides.
    expected.retain(|row| row.len() > 1 || row.first().is_some_and(|cell| !cell.is_empty()));
    let ragged = expected.windows(2).any(|pair| pair[0].len() != pair[1].len());
    let path = folder.join("case.csv");
    if let Err(error) = std::fs::write(&path, input) {
        return Verdict::Crash(error.to_string());
    }
    let run = |settings: &[String]| {
        let all: Vec<&str> = PLAIN
            .iter()
            .copied()
            .filter(|plain| !plain.starts_with("header"))
            .chain(settings.iter().map(String::as_str))
            .collect();
        read(&path, &all, folder)
    };
    let error = case.get("error");
    let strict = match run(&settings) {
        Err(error) => return Verdict::Wrong(error),
        Ok(outcome) => outcome,
    };
    let found = match (strict, error) {
        (Err(outcome), _) if outcome.crashed().is_some() => return Verdict::Crash(outcome.first_line()),
        (Err(outcome), Some(error)) => return names_line(&outcome, error),
        (Ok(found), Some(error)) => {
            return Verdict::Accepted(format!("{:?} was read as {found:?}", error.text("kind").unwrap_or("")));
        }
        (Err(outcome), None) if outcome.message.contains(" is both ") => {
            return Verdict::Known("CSV: one character with two meanings");
        }
        (Err(_), None) if ragged || case.get("warnings").is_some() => return Verdict::Pass,
        (Err(refusal), None) => {
            settings.push("lenient=true".into());
            match run(&settings) {
                Ok(Ok(found)) if same(&expected, &found, dialect) => found,
                Ok(_) if input.contains('"') || input.contains('\'') => return Verdict::Known(FORGIVING),
                _ => return Verdict::Refused(refusal.first_line()),
            }
        }
        (Ok(found), None) => found,
    };
    match same(&expected, &found, dialect) {
        true => Verdict::Pass,
        false if case.get("warnings").is_some() => Verdict::Known(FORGIVING),
        false => Verdict::Wrong(format!("{input:?} was read as {found:?} instead of {expected:?}")),
    }
}

fn same(expected: &[Vec<String>], found: &[Vec<String>], dialect: &str) -> bool {
    // encoding/csv turns CRLF in quotes into LF; RFC 4180 does not, and so neither do we.
    let plain = |cell: &String| if dialect == "go-encoding-csv" { cell.replace("\r\n", "\n") } else { cell.clone() };
    let found: Vec<Vec<String>> = found
        .iter()
        .map(|row| row.iter().map(plain).collect::<Vec<_>>())
        .filter(|row| row.len() > 1 || row.first().is_some_and(|cell| !cell.is_empty()))
        .collect();
    expected == found
}

/// The message must name the line of the fault, or the one on which its record begins.
fn names_line(outcome: &Outcome, error: &Json) -> Verdict {
    let lines = [error.number("line"), error.number("start_line")];
    match lines.iter().flatten().any(|line| outcome.message.contains(&format!(":{line}:"))) {
        true => Verdict::Pass,
        false => Verdict::Wrong(format!("line {lines:?} is not named: {}", outcome.first_line())),
    }
}
