//! Files of other projects' test suites.

use std::path::Path;

use serde_json::{Value, json};

use super::{corpora, read, twin};
use crate::schema::avsc::fingerprint::hex;
use crate::schema::avsc::{self, Fingerprints, Names, keys};
use crate::source::Source;

fn manifests(root: &Path) -> Vec<(String, Vec<Value>)> {
    let mut found = Vec::new();
    let mut suites: Vec<_> =
        std::fs::read_dir(root.join("expected")).unwrap().map(|entry| entry.unwrap().path()).collect();
    suites.sort();
    for suite in suites {
        let Ok(text) = std::fs::read_to_string(suite.join("manifest.json")) else { continue };
        let manifest: Value = serde_json::from_str(&text).unwrap();
        let Some(entries) = manifest.get("entries").and_then(Value::as_array) else { continue };
        let avro = entries.iter().filter(|entry| entry["format"] == "avro").cloned().collect();
        found.push((suite.file_name().unwrap().to_string_lossy().into_owned(), avro));
    }
    found
}

#[test]
fn rows_equal_those_of_reference_readers() {
    let Some(root) = corpora() else { return };
    let (mut passed, mut failures) = (0, Vec::new());
    for (suite, entries) in manifests(&root) {
        for entry in entries {
            let path = entry["path"].as_str().unwrap();
            let Ok(bytes) = std::fs::read(root.join(&suite).join(path)) else { continue };
            let outcome = read(bytes);
            let checked = match (entry["status"].as_str().unwrap(), outcome) {
                ("ok", Ok((schema, batches))) => {
                    let twin = Source::path(root.join("expected").join(entry["twin"].as_str().unwrap()));
                    let expected = std::io::read_to_string(twin.open().unwrap()).unwrap();
                    compare(&schema, &batches, &entry, &expected)
                }
                ("ok", Err(error)) => Err(format!("refused: {error}")),
                ("rejected", Err(_)) => Ok(()),
                ("rejected", Ok((_, batches))) => {
                    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
                    let others = entry["cross"].as_object().into_iter().flat_map(|cross| cross.values());
                    let mut others = others.filter(|other| other["status"] == "ok");
                    match others.any(|other| other["rows"] == json!(rows)) {
                        true => Ok(()),
                        false => Err(format!("{rows} rows of a file that nobody reads")),
                    }
                }
                (status, _) => Err(format!("unknown status {status}")),
            };
            match checked {
                Ok(()) => passed += 1,
                Err(why) => failures.push(format!("{suite}/{path}: {why}")),
            }
        }
    }
    assert!(failures.is_empty(), "{passed} passed, {} failed:\n{}", failures.len(), failures.join("\n"));
    assert!(passed > 50, "only {passed} files found");
}

fn compare(
    schema: &arrow_schema::SchemaRef,
    batches: &[arrow_array::RecordBatch],
    entry: &Value,
    expected: &str,
) -> Result<(), String> {
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    if json!(rows) != entry["rows"] {
        return Err(format!("{rows} rows, expected {}", entry["rows"]));
    }
    let text = |key: &str| schema.fields().iter().any(|field| field.metadata().contains_key(key));
    // Twins show big-decimals as raw bytes, and the inner part of a recursion unfolded.
    if text(keys::LOGICAL) || schema_cut(schema.fields()) {
        return Ok(());
    }
    let found = batches.iter().flat_map(twin::rows);
    for (row, (found, line)) in found.zip(expected.lines()).enumerate() {
        let expected: Value = serde_json::from_str(line).unwrap();
        let rooted = schema.metadata().contains_key(keys::ROOT) && expected.get("value").is_none();
        let found = if rooted { found["value"].clone() } else { found };
        if found != expected {
            let cut = |value: &Value| value.to_string().chars().take(600).collect::<String>();
            return Err(format!("row {row}: {} expected {}", cut(&found), cut(&expected)));
        }
    }
    Ok(())
}

fn schema_cut(fields: &arrow_schema::Fields) -> bool {
    format!("{fields:?}").contains("recursion:")
}

#[test]
fn canonical_forms_and_fingerprints() {
    let Some(root) = corpora() else { return };
    let text = std::fs::read_to_string(root.join("cases/avro-canonical.jsonl")).unwrap();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let document = avsc::parse(case["schema"].as_str().unwrap(), Names::Strict).unwrap();
        let prints = Fingerprints::of(&document);
        assert_eq!(prints.canonical, case["canonical"].as_str().unwrap(), "{}", case["name"]);
        let sha256 = case["cross_check"]["fastavro"]["sha256"].as_str().unwrap();
        assert_eq!(hex(&prints.sha256), sha256, "{}", case["name"]);
        if let Some(number) = case["fingerprint_crc64_avro_i64"].as_i64() {
            assert_eq!(prints.crc64 as i64, number, "{}", case["name"]);
        }
    }
}

#[test]
fn schemas_are_valid_where_the_references_say_so() {
    let Some(root) = corpora() else { return };
    let text = std::fs::read_to_string(root.join("cases/avro-schema-validity.jsonl")).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let outcome = crate::schema::avsc::to_arrow(case["schema"].as_str().unwrap());
        if outcome.is_ok() != case["valid"].as_bool().unwrap() {
            wrong.push(format!("{} {} {:?}", case["name"], case["schema"], outcome.err()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
