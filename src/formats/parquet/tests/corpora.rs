//! Files of other projects: rows and columns as their reference reader sees them, bad files refused.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::read;
use crate::format::ReadOptions;
use crate::source::Source;

pub(crate) fn root() -> Option<PathBuf> {
    let root = std::env::var_os("FMTCONV_CORPORA")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"));
    if root.join("expected").is_dir() {
        return Some(root);
    }
    eprintln!("SKIPPED: no corpora at {} (set FMTCONV_CORPORA)", root.display());
    None
}

/// Entries of all manifests of files of `formats`, with their path.
pub(crate) fn entries(root: &Path, formats: &[&str]) -> Vec<(PathBuf, Value)> {
    let mut all = Vec::new();
    let mut suites: Vec<_> = std::fs::read_dir(root.join("expected")).unwrap().map(|entry| entry.unwrap()).collect();
    suites.sort_by_key(|entry| entry.file_name());
    for suite in suites {
        let Ok(text) = std::fs::read_to_string(suite.path().join("manifest.json")) else { continue };
        let manifest: Value = serde_json::from_str(&text).unwrap();
        for entry in manifest["entries"].as_array().into_iter().flatten() {
            if formats.contains(&entry["format"].as_str().unwrap_or("")) {
                let path = root.join(suite.file_name()).join(entry["path"].as_str().unwrap());
                all.push((path, entry.clone()));
            }
        }
    }
    all
}

#[test]
fn files_of_other_projects() {
    let Some(root) = root() else { return };
    let (mut equal, mut wrong) = (0, Vec::new());
    for (path, entry) in entries(&root, &["parquet"]) {
        let outcome = read(Source::path(&path), &ReadOptions::default(), 2);
        let status = entry["status"].as_str().unwrap();
        let shown = path.strip_prefix(&root).unwrap().display().to_string();
        match (status, outcome) {
            ("ok", Ok((_, batches))) => {
                let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
                if Some(rows as u64) == entry["rows"].as_u64() {
                    equal += 1;
                } else {
                    wrong.push(format!("{shown}: {rows} rows, expected {}", entry["rows"]));
                }
            }
            ("ok", Err(error)) => wrong.push(format!("{shown}: refused: {error:?}")),
            (status, Ok(_)) => wrong.push(format!("{shown}: accepted though {status}: {}", entry["error"])),
            (_, Err(error)) => {
                eprintln!("refused {shown}: {error:?}");
                equal += 1
            }
        }
    }
    panic!("{equal} as expected; {} not:\n{}", wrong.len(), wrong.join("\n"));
}
