//! Conformance: reads the test files of other projects with the built command line and compares every value with
//! what independent reference readers found.
//!
//! The files are not part of the repository: `FMTCONV_CORPORA` names their folder (default `../shared/corpora`), and
//! without it everything here is skipped, loudly. What is checked comes from the manifests in that folder, never from
//! a list here, so that another collection of the same structure can be checked too.
//!
//! * `FMTCONV_BIN`: another binary, such as a release build.
//! * `FMTCONV_CORPORA_SECONDS`: time limit of one run.
//! * `cargo test --test corpora -- WORD...`: only files whose suite or path contains one of the words.

mod corpora {
    pub mod avro_cases;
    pub mod child;
    pub mod compat;
    pub mod containers;
    pub mod csv_cases;
    pub mod csv_files;
    pub mod json_files;
    pub mod protobuf_cases;
    pub mod reference;
    pub mod render;
    pub mod text;
    pub mod verdict;

    use std::path::{Path, PathBuf};

    /// Folders in a folder, in order.
    pub fn folders(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    }

    /// A manifest.
    pub fn manifest(path: &Path) -> Result<text::Json, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        text::parse(&bytes).map_err(|error| format!("{}: {error}", path.display()))
    }
}

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use corpora::verdict::{Job, Verdict, report};
use corpora::{avro_cases, compat, containers, csv_cases, csv_files, json_files, protobuf_cases, reference};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("corpora: test");
        return ExitCode::SUCCESS;
    }
    let words: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let root = std::env::var_os("FMTCONV_CORPORA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    if !root.join("expected").is_dir() {
        println!("SKIPPED: no conformance files at {}; set FMTCONV_CORPORA to their folder", root.display());
        return ExitCode::SUCCESS;
    }
    let mut jobs = match std::env::var_os("FMTCONV_CORPORA_REFERENCE") {
        Some(folder) => reference::jobs(&root, &PathBuf::from(folder)),
        None => [
            containers::jobs(&root),
            json_files::jobs(&root),
            csv_files::jobs(&root),
            csv_cases::jobs(&root),
            protobuf_cases::jobs(&root),
            compat::jobs(&root),
            avro_cases::jobs(&root),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    jobs.retain(|job| {
        let name = format!("{}/{}", job.suite, job.name);
        words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
    });
    println!("{} files of {} with {}", jobs.len(), root.display(), corpora::child::binary().display());
    let results = run(&jobs);
    if report(&results) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Judges the files, two at a time, each in an empty folder of its own.
fn run(jobs: &[Job]) -> Vec<(String, String, Verdict)> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let judge = || {
                while let Some((at, job)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(at).map(|job| (at, job))
                } {
                    let verdict = match tempfile::tempdir() {
                        Ok(folder) => (job.judge)(folder.path().to_owned()),
                        Err(error) => Verdict::Crash(error.to_string()),
                    };
                    let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    results.push((at, job.suite.clone(), job.name.clone(), verdict));
                }
            };
            // Documents of some suites are nested 100,000 deep, and what reads them here is recursive.
            let thread = std::thread::Builder::new().stack_size(1 << 30);
            thread.spawn_scoped(scope, judge).expect("a thread can be started");
        }
    });
    let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|(at, ..)| *at);
    results.into_iter().map(|(_, suite, name, verdict)| (suite, name, verdict)).collect()
}
