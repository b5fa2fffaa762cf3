use std::path::PathBuf;

use super::*;

/// Test data of other projects, by `FMTCONV_CORPORA`.
fn corpora() -> Option<PathBuf> {
    let root = std::env::var_os("FMTCONV_CORPORA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    if root.join("expected/csv/manifest.json").exists() {
        return Some(root);
    }
    eprintln!("SKIPPED: no corpora at {}; set FMTCONV_CORPORA", root.display());
    None
}

fn json_lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn string_rows(value: &serde_json::Value) -> Vec<Vec<String>> {
    let rows = value.as_array().unwrap();
    rows.iter()
        .map(|row| row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap().to_owned()).collect())
        .collect()
}

/// All cells as text, null as the empty text; short records end early where `ragged=pad` made nulls of nothing.
fn read_texts(input: &[u8], columns: usize, pairs: &[(&str, &str)]) -> Result<Vec<Vec<String>>> {
    let names: Vec<String> = (1..=columns).map(|number| format!("c{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut options = ReadOptions { schema: Some(texts(&names)), ..options(&[("header", "false")]) };
    for (name, value) in pairs {
        options.settings.set(*name, *value);
    }
    let (batch, _) = read_with(input, &options, 1)?;
    Ok(cells(&batch).into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect())
}

/// Files on which Python and two other readers agree: the same cells.
#[test]
fn files_of_other_projects() {
    let Some(root) = corpora() else { return };
    let manifest = std::fs::read_to_string(root.join("expected/csv/manifest.json")).unwrap();
    let manifest: Vec<serde_json::Value> = serde_json::from_str(&manifest).unwrap();
    let (mut equal, mut refused, mut wrong, mut cleanly) = (0, Vec::new(), Vec::new(), 0);
    for entry in &manifest {
        let path = format!("{}/{}", entry["suite"].as_str().unwrap(), entry["path"].as_str().unwrap());
        let input = std::fs::read(root.join(&path)).unwrap();
        let delimiter = entry["delimiter"].as_str().unwrap();
        if entry["consensus"] != true {
            // Broken or in need of options: whatever comes out, no panic and no internal error.
            match read_with(&input, &options(&[]), 1) {
                Err(error) if error.kind() == crate::ErrorKind::Internal => wrong.push(format!("{path}: {error}")),
                _ => cleanly += 1,
            }
            continue;
        }
        if std::str::from_utf8(&input).is_err() {
            // Another encoding: refused, never guessed.
            match read_texts(&input, 1, &[("ragged", "truncate"), ("lenient", "true")]) {
                Err(_) => cleanly += 1,
                Ok(_) => wrong.push(format!("{path}: read although it is not UTF-8")),
            }
            continue;
        }
        let Some(twin) = entry["twin"].as_str() else { continue };
        // Large twins are compressed.
        let stored = std::fs::read(root.join("expected/csv").join(twin)).unwrap();
        let mut twin = String::new();
        std::io::Read::read_to_string(&mut Source::bytes("twin", stored).open().unwrap(), &mut twin).unwrap();
        let expected = string_rows(&serde_json::Value::Array(json_lines(&twin)));
        let columns = expected.first().map_or(0, Vec::len);
        let pairs = [("delimiter", delimiter), ("blank-lines", "skip"), ("null-token", "")];
        match read_texts(&input, columns, &pairs) {
            Ok(found) if found == expected => equal += 1,
            Ok(found) => {
                let at = found.iter().zip(&expected).position(|(found, expected)| found != expected);
                wrong.push(format!("{path}: {} rows for {}, first difference {at:?}", found.len(), expected.len()));
            }
            Err(error) => refused.push(format!("{path}: {error}")),
        }
    }
    eprintln!("equal {equal}, clean {cleanly}, refused {}, wrong {}", refused.len(), wrong.len());
    for line in refused.iter().chain(&wrong) {
        eprintln!("  {line}");
    }
    assert!(wrong.is_empty());
    assert!(refused.is_empty());
    assert!(equal > 0);
}

/// Tables read out of the tests of rust-csv, Go and PapaParse, with the settings that make our dialect theirs.
#[test]
fn tables_of_other_readers() {
    let Some(root) = corpora() else { return };
    let cases = json_lines(&std::fs::read_to_string(root.join("cases/csv-cases.jsonl")).unwrap());
    let (mut equal, mut wrong, mut skipped) = (0, Vec::new(), 0);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let Some(pairs) = dialect_of(case) else {
            skipped += 1;
            continue;
        };
        let Some(input) = case["input"].as_str() else {
            skipped += 1;
            continue;
        };
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if case["error"].is_object() {
            let columns = input.split(['\n', '\r']).next().unwrap_or_default().split(',').count();
            match read_texts(input.as_bytes(), columns, &pairs) {
                Err(_) => equal += 1,
                Ok(found) => wrong.push(format!("{name}: {found:?} instead of an error")),
            }
            continue;
        }
        let expected = string_rows(&case["rows"]);
        let columns = expected.iter().map(Vec::len).max().unwrap_or(0);
        let mut pairs = pairs;
        if expected.iter().any(|row| row.len() != columns) {
            pairs.push(("ragged", "pad"));
        }
        let padded: Vec<Vec<String>> = expected
            .into_iter()
            .map(|mut row| {
                if let (Some(last), true) = (row.last_mut(), name.starts_with("go-") && input.ends_with('\r')) {
                    // Go keeps a CR at the end of the file; here it is a line end that was cut.
                    last.truncate(last.trim_end_matches('\r').len());
                }
                row.resize(columns, String::new());
                row
            })
            .collect();
        let found = read_texts(input.as_bytes(), columns, &pairs).map(|mut found| {
            if name.starts_with("go-") {
                // Go takes CRLF inside quotes as LF; here the bytes are kept.
                found.iter_mut().flatten().for_each(|cell| *cell = cell.replace("\r\n", "\n"));
            }
            found
        });
        match found {
            Ok(found) if found == padded => equal += 1,
            // rust-csv drops a quote in the middle of a quoted field; Go keeps it, and so do we.
            Ok(_) if name.starts_with("rust-csv/") && pairs.contains(&("lenient", "true")) => skipped += 1,
            Ok(found) => wrong.push(format!("{name}: {input:?} {pairs:?}\n    {found:?}\n    {padded:?}")),
            // Bytes with two meanings at once: refused here.
            Err(error) if error.kind() == crate::ErrorKind::Usage => skipped += 1,
            Err(error) => wrong.push(format!("{name}: {input:?} {pairs:?} {error}")),
        }
    }
    eprintln!("equal {equal}, skipped {skipped}, wrong {}", wrong.len());
    for line in &wrong {
        eprintln!("  {line}");
    }
    assert!(wrong.is_empty());
    assert!(equal > 0);
}

/// Our settings for a case; `None` if it needs what CSV here does not have (listed below), or tests writing.
fn dialect_of(case: &serde_json::Value) -> Option<Vec<(&'static str, String)>> {
    if case["direction"] == "write" {
        return None;
    }
    let name = case["name"].as_str()?;
    let mut pairs =
        vec![("delimiter", ",".to_owned()), ("null-token", String::new()), ("blank-lines", "skip".to_owned())];
    let rust = name.starts_with("rust-csv/");
    if rust {
        pairs.push(("line-end", "any".to_owned()));
    }
    if !name.starts_with("go-") {
        pairs.push(("lenient", "true".to_owned()));
    } else {
        pairs.push(("strict", "true".to_owned()));
    }
    // PapaParse keeps blank lines as records of one empty cell, guesses delimiters and converts types.
    if name.starts_with("papaparse/") {
        return None;
    }
    for (option, value) in case["options"].as_object()? {
        let text = value.as_str().map(str::to_owned);
        let ascii = text.as_ref().is_some_and(|text| text.len() == 1);
        match option.as_str() {
            "delimiter" | "quote" | "escape" | "comment" if ascii => {
                let name = ["delimiter", "quote", "escape", "comment"].into_iter().find(|name| name == option)?;
                pairs.push((name, text?));
            }
            "terminator" if text.as_deref() == Some("lf_or_crlf") => {}
            "terminator" if ascii => pairs.push(("line-end", text?)),
            "quoting" if value == false => pairs.push(("quote", "none".to_owned())),
            // A number of fields given beforehand; characters beyond ASCII, blanks before fields, quotes as data inside quotes, quotes that are not doubled.
            _ => return None,
        }
    }
    Some(pairs)
}
