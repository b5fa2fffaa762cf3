//! Schema compatibility: verdicts of other projects' test suites, and the places that buf's suite names.
//!
//! Every line becomes files in an empty folder, which are opened and compared as the command line does it.

use std::collections::{BTreeMap, BTreeSet};
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
        // A file of a folder is judged with the configuration of the folder.
        let configurations: BTreeMap<String, String> = cases
            .iter()
            .filter(|case| is_folder(case))
            .filter_map(|case| Some((case.text("name")?.to_owned(), case.text("buf_yaml").unwrap_or("").to_owned())))
            .collect();
        for case in cases {
            let name = case.text("name").unwrap_or_default().to_owned();
            let of_folder = configurations.iter().find(|(folder, _)| name.starts_with(&format!("{folder}/")));
            let configuration = match (case.text("buf_yaml"), of_folder) {
                (Some(own), _) => own.to_owned(),
                (None, Some((_, of_folder))) => of_folder.clone(),
                (None, None) => String::new(),
            };
            jobs.push(Job {
                suite: format!("compat {file}"),
                name,
                judge: Box::new(move |folder| judge(&case, &configuration, extension, &folder)),
            });
        }
    }
    jobs
}

/// Files cut out of folders of which the whole is a case. What is recorded for them was found with all files of the
/// folder: it names declarations that came from another file of it, which the pair alone knows nothing about (rules of
/// buf compare declarations of the same full name, and skip those that only one side has). Each is held by its exact
/// verdict on the pair: whether it is compatible, and how many of the recorded places are missing.
const CUT_OUT: &[(&str, bool, usize)] = &[
    ("buf/breaking_enum_same_type/1.proto", true, 2),
    ("buf/breaking_enum_same_type/2.proto", true, 2),
    ("buf/breaking_enum_same_type/3.proto", true, 3),
    ("buf/breaking_enum_same_type/4.proto", true, 2),
    ("buf/breaking_enum_value_no_delete_unless_name_reserved/2.proto", true, 1),
    ("buf/breaking_enum_value_same_name/2.proto", true, 1),
    ("buf/breaking_field_no_delete/2.proto", true, 1),
    ("buf/breaking_field_no_delete_unless_name_reserved/2.proto", true, 1),
    ("buf/breaking_field_same_ctype/2.proto", false, 2),
    ("buf/breaking_field_same_name/2.proto", false, 1),
    ("buf/breaking_field_same_oneof/2.proto", true, 3),
    ("buf/breaking_field_same_utf8_validation/1.proto", true, 12),
    ("buf/breaking_field_same_utf8_validation/2.proto", true, 12),
    ("buf/breaking_field_same_utf8_validation/3.proto", true, 18),
    ("buf/breaking_field_same_utf8_validation/4.proto", true, 12),
    ("buf/breaking_message_same_json_format/1.proto", true, 2),
    ("buf/breaking_message_same_json_format/3.proto", true, 1),
    ("buf/breaking_message_same_json_format/4.proto", true, 1),
    ("buf/breaking_oneof_no_delete/2.proto", true, 1),
    ("buf/breaking_reserved_enum_no_delete/2.proto", true, 5),
    ("buf/breaking_rpc_same_values/2.proto", false, 10),
];
/// Why a verdict of [`CUT_OUT`] is not the recorded one.
const MOVED: &str = "file cut out of a folder: recorded places are in declarations that another file of it had before";

fn is_folder(case: &Json) -> bool {
    matches!(case.get("reader"), Some(Json::Null))
}

fn judge(case: &Json, configuration: &str, extension: &str, folder: &Path) -> Verdict {
    let run = || findings(case, configuration, extension, folder);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let findings = match outcome {
        Err(_) => return Verdict::Crash("panic".to_owned()),
        Ok(Err(error)) => return Verdict::Refused(error),
        Ok(Ok(findings)) => findings,
    };
    let name = case.text("name").unwrap_or_default();
    if let Some((_, fits, missing)) = CUT_OUT.iter().find(|(cut_out, ..)| *cut_out == name) {
        let (found, wanted) = (found_at(&findings, case, configuration), wanted_at(case));
        let more: Vec<_> = found.iter().filter(|place| !wanted.contains(place)).collect();
        let lacking = wanted.iter().filter(|place| !found.contains(place)).count();
        if more.is_empty() && lacking == *missing && compatible(&findings) == *fits {
            return Verdict::Known(MOVED);
        }
        return Verdict::Wrong(format!("the verdict that is held changed: missing {lacking}, not expected {more:?}"));
    }
    let wanted = case.flag("compatible").unwrap_or_default();
    if compatible(&findings) != wanted {
        let reasons: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
        return Verdict::Wrong(format!("expected compatible = {wanted}; reasons: {}", reasons.join("; ")));
    }
    if case.text("policy") == Some("buf") {
        let (found, wanted) = (found_at(&findings, case, configuration), wanted_at(case));
        if found != wanted {
            let more: Vec<_> = found.iter().filter(|place| !wanted.contains(place)).collect();
            let missing: Vec<_> = wanted.iter().filter(|place| !found.contains(place)).collect();
            return Verdict::Wrong(format!("places: not expected {more:?}, missing {missing:?}"));
        }
    }
    Verdict::Pass
}

fn findings(case: &Json, configuration: &str, extension: &str, folder: &Path) -> Result<Vec<Finding>, String> {
    let rules: Rules = rules(case, configuration).parse().map_err(|error: fmtconv::Error| error.to_string())?;
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
fn rules(case: &Json, configuration: &str) -> String {
    let policy = case.text("policy").unwrap_or_default();
    if policy != "buf" {
        return policy.to_owned();
    }
    let named = case.get("rules").map_or(&[][..], Json::items).iter().filter_map(|rule| match rule {
        Json::Text(rule) => Some(rule.as_str()),
        _ => None,
    });
    let annotations = case.get("annotations").map_or(&[][..], Json::items);
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
fn found_at(findings: &[Finding], case: &Json, configuration: &str) -> Vec<(String, String, u64, u64)> {
    let single = case.get("reader_files").is_none_or(|files| files.members().is_empty());
    let name = case.get("annotations").and_then(|list| list.items().first()?.text("file")).unwrap_or_default();
    let annotations = case.get("annotations").map_or(&[][..], Json::items);
    let unnamed: BTreeSet<&str> = annotations
        .iter()
        .filter(|wanted| wanted.text("file").is_none())
        .filter_map(|wanted| wanted.text("rule"))
        .collect();
    // What the configuration of the case leaves out: the lines below `ignore:`.
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
