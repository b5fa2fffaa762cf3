//! Schema compatibility: verdicts of other projects' test suites, and the places that buf's suite names.
//!
//! Every line becomes files in an empty folder, which are opened and compared as the command line does it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fmtconv::schema::check::{Finding, Mode, Rules, Schema, check, compatible};

use super::text::Json;
use super::verdict::{Job, Verdict};

/// One job for each line of `compat/*.jsonl`.
pub fn jobs(root: &Path) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (file, extension) in [("avro", "avsc"), ("json-schema", "json"), ("protobuf", "proto")] {
        let text = std::fs::read(root.join(format!("compat/{file}.jsonl"))).unwrap_or_default();
        let cases = super::text::parse_sequence(&text).unwrap_or_default();
        let folders: BTreeSet<String> = cases
            .iter()
            .filter(|case| is_folder(case))
            .filter_map(|case| case.text("name"))
            .map(str::to_owned)
            .collect();
        for case in cases {
            let name = case.text("name").unwrap_or_default().to_owned();
            let part = !is_folder(&case) && folders.iter().any(|folder| name.starts_with(&format!("{folder}/")));
            jobs.push(Job {
                suite: format!("compat {file}"),
                name,
                judge: Box::new(move |folder| match judge(&case, extension, &folder) {
                    Verdict::Wrong(_) if part => Verdict::Known(PART),
                    verdict => verdict,
                }),
            });
        }
    }
    jobs
}

/// One file of a folder that is a case itself: what it says of declarations that moved to or from other files of the
/// folder cannot be seen in the file alone.
const PART: &str = "file cut out of a folder of which the whole is a case; its declarations moved between files";

fn is_folder(case: &Json) -> bool {
    matches!(case.get("reader"), Some(Json::Null))
}

fn judge(case: &Json, extension: &str, folder: &Path) -> Verdict {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| findings(case, extension, folder)));
    let findings = match outcome {
        Err(_) => return Verdict::Crash("panic".to_owned()),
        Ok(Err(error)) => return Verdict::Refused(error),
        Ok(Ok(findings)) => findings,
    };
    let wanted = case.flag("compatible").unwrap_or_default();
    if compatible(&findings) != wanted {
        let reasons: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
        return Verdict::Wrong(format!("expected compatible = {wanted}; reasons: {}", reasons.join("; ")));
    }
    if case.text("policy") == Some("buf") {
        let (found, wanted) = (found_at(&findings, case), wanted_at(case));
        if found != wanted {
            let more: Vec<_> = found.iter().filter(|place| !wanted.contains(place)).collect();
            let missing: Vec<_> = wanted.iter().filter(|place| !found.contains(place)).collect();
            return Verdict::Wrong(format!("places: not expected {more:?}, missing {missing:?}"));
        }
    }
    Verdict::Pass
}

fn findings(case: &Json, extension: &str, folder: &Path) -> Result<Vec<Finding>, String> {
    let rules: Rules = rules(case).parse().map_err(|error: fmtconv::Error| error.to_string())?;
    let mode: Mode = match case.text("mode").unwrap_or_default() {
        mode if ["can_read", "buf-rules"].contains(&mode) || mode.starts_with("table-evolution") => Mode::BACKWARD,
        mode => mode.parse().map_err(|error: fmtconv::Error| error.to_string())?,
    };
    let writers: Vec<&Json> = match case.get("writer") {
        Some(Json::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let references = case.get("old_reference_files").map_or(&[][..], Json::items);
    let mut paths = Vec::new();
    for (at, writer) in writers.into_iter().enumerate() {
        let place = folder.join(format!("writer{at}"));
        paths.push(put(&place, writer, case.get("writer_files"), references.get(at), extension)?);
    }
    let reader = case.get("reader").unwrap_or(&Json::Null);
    let place = folder.join("reader");
    paths.push(put(&place, reader, case.get("reader_files"), case.get("new_reference_files"), extension)?);
    let schemas = Schema::open_all(&paths, &[], &rules).map_err(|error| error.to_string())?;
    let (new, old) = schemas.split_last().ok_or("no schema")?;
    check(old, new, mode, &rules).map_err(|error| error.to_string())
}

/// The policy as `--rules` takes it. What buf's own suite sets in its configuration is part of the list.
fn rules(case: &Json) -> String {
    let policy = case.text("policy").unwrap_or_default();
    if policy != "buf" {
        return policy.to_owned();
    }
    let named = case.get("rules").map_or(&[][..], Json::items).iter().filter_map(|rule| match rule {
        Json::Text(rule) => Some(rule.as_str()),
        _ => None,
    });
    let annotations = case.get("annotations").map_or(&[][..], Json::items);
    let configuration = case.text("buf_yaml").unwrap_or_default();
    let excepted = configuration.contains("except:");
    let mut list: BTreeSet<&str> = named.filter(|_| !excepted).collect();
    list.extend(annotations.iter().filter_map(|annotation| annotation.text("rule")));
    if list.is_empty() {
        list.insert("FILE");
    }
    if configuration.contains("ignore_unstable_packages: true")
        || case.text("name").is_some_and(|name| name.contains("ignore_unstable_packages_true"))
    {
        list.insert("IGNORE_UNSTABLE_PACKAGES");
    }
    format!("buf:{}", list.into_iter().collect::<Vec<_>>().join(","))
}

/// Writes a schema: one text with the files it may import, or a folder of files.
fn put(
    folder: &Path,
    text: &Json,
    files: Option<&Json>,
    references: Option<&Json>,
    extension: &str,
) -> Result<PathBuf, String> {
    let write = |name: &str, text: &Json| -> Result<PathBuf, String> {
        let path = folder.join(name);
        let Json::Text(text) = text else { return Err(format!("{name} is no text")) };
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| error.to_string())?;
        Ok(path)
    };
    if let Json::Null = text {
        for (name, text) in files.map_or(&[][..], Json::members) {
            write(name, text)?;
        }
        return Ok(folder.to_owned());
    }
    for (name, text) in references.map_or(&[][..], Json::members) {
        write(name, text)?;
    }
    write(&format!("schema.{extension}"), text)
}

/// Rule, file, line and column of each finding; cases of one file do not call it by its name.
fn found_at(findings: &[Finding], case: &Json) -> Vec<(String, String, u64, u64)> {
    let single = case.get("reader_files").is_none_or(|files| files.members().is_empty());
    let name = case.get("annotations").and_then(|list| list.items().first()?.text("file")).unwrap_or_default();
    let annotations = case.get("annotations").map_or(&[][..], Json::items);
    let unnamed: BTreeSet<&str> = annotations
        .iter()
        .filter(|wanted| wanted.text("file").is_none())
        .filter_map(|wanted| wanted.text("rule"))
        .collect();
    // What the configuration of the case leaves out: the lines below `ignore:`.
    let configuration = case.text("buf_yaml").unwrap_or_default();
    let below = configuration.split_once("ignore:\n").map_or("", |(_, below)| below);
    let ignored: Vec<&str> = below.lines().map_while(|line| line.trim_start().strip_prefix("- ")).collect();
    let mut places: Vec<_> = findings
        .iter()
        .filter(|finding| !ignored.iter().any(|path| finding.place.file.trim_start_matches("root/").starts_with(path)))
        .map(|finding| {
            let file = if unnamed.contains(finding.rule.as_ref()) {
                String::new()
            } else if single {
                name.to_owned()
            } else {
                finding.place.file.to_string()
            };
            let (line, column) = finding.place.start.unwrap_or_default();
            (finding.rule.to_string(), file, line.into(), column.into())
        })
        .collect();
    places.sort();
    places
}

fn wanted_at(case: &Json) -> Vec<(String, String, u64, u64)> {
    let mut places: Vec<_> = case
        .get("annotations")
        .map_or(&[][..], Json::items)
        .iter()
        .map(|wanted| {
            let text = |key: &str| wanted.text(key).unwrap_or_default().to_owned();
            let number = |key: &str| wanted.number(key).unwrap_or(0);
            (text("rule"), text("file"), number("start_line"), number("start_column"))
        })
        .collect();
    places.sort();
    places
}
