//! Cases from `testdata/cases/<area>/<name>/`: `case.json` says what is done with `input.*`, and either `expected.*`
//! is the output to the byte, or `error` is what must be said.
//!
//! ```json
//! {"from": {"header": "true"}, "to": "ndjson", "columns": {"a": "int64"}, "error": {"exit": 4, "says": ["V-FRACTION"]}}
//! ```

use std::path::{Path, PathBuf};

use fmtconv::{Convert, Input, Output, Target};
use serde_json::Value;

use super::files::exec;

fn case_folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let folders = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
    };
    let mut cases: Vec<_> = folders(&root).iter().flat_map(|area| folders(area)).collect();
    cases.sort();
    cases
}

fn file(folder: &Path, stem: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries.into_iter().find(|path| path.file_stem().is_some_and(|found| found == stem))
}

fn pairs(value: &Value) -> impl Iterator<Item = (&str, &str)> {
    value.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

fn check(folder: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(folder.join("case.json")).map_err(|error| error.to_string())?;
    let case: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let input = file(folder, "input").ok_or("there is no input")?;
    for (threads, chunk_bytes) in [(1, 1 << 20), (2, 16)] {
        let mut source = Input::from(input.as_path());
        if let Some(format) = case["from_format"].as_str() {
            source.format = Some(format.to_owned());
        }
        for (name, value) in pairs(&case["from"]) {
            source = source.option(name, value);
        }
        for (name, text) in pairs(&case["columns"]) {
            let data_type = fmtconv::schema::type_text::parse_type(text).map_err(|error| error.to_string())?;
            source = source.column(name, data_type);
        }
        source.options.limits.chunk_bytes = chunk_bytes;
        if let Some(definition) = case["definition"].as_str() {
            source.options.definition = Some(fmtconv::format::Definition {
                path: folder.join(definition),
                message: None,
                includes: Vec::new(),
                content: None,
            });
        }
        let (output, memory) = Output::memory();
        let mut target = Target::with_format(output, case["to"].as_str().ok_or("\"to\" names no format")?);
        for (name, value) in pairs(&case["to_options"]) {
            target = target.option(name, value);
        }
        let outcome = Convert::new(source).to(target).exec(exec(threads)).run();
        match (outcome, case.get("error")) {
            (Ok(_), Some(_)) => return Err("there is no error".into()),
            (Err(error), None) => return Err(error.to_string()),
            (Err(error), Some(expected)) => {
                let exit = u64::from(error.kind().exit_code());
                if expected["exit"].as_u64() != Some(exit) {
                    return Err(format!("exit code {exit}: {error}"));
                }
                let said = error.to_string();
                let mut missing = expected["says"].as_array().into_iter().flatten().filter_map(Value::as_str);
                if let Some(missing) = missing.find(|word| !said.contains(word)) {
                    return Err(format!("{missing:?} is not said: {said}"));
                }
            }
            (Ok(report), None) => {
                let expected = file(folder, "expected").ok_or("there is no expected output")?;
                let expected = std::fs::read(expected).map_err(|error| error.to_string())?;
                let found = memory.take().unwrap_or_default();
                if found != expected {
                    return Err(format!("the output is {}", String::from_utf8_lossy(&found)));
                }
                for (code, count) in case["losses"].as_object().into_iter().flatten() {
                    let found: u64 =
                        report.losses.iter().filter(|((found, _), _)| found.as_str() == code).map(|(_, n)| n).sum();
                    if Some(found) != count.as_u64() {
                        return Err(format!("{code} is counted {found} times"));
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn cases_give_what_they_say() {
    let mut cases = case_folders();
    // A build without a format has nothing to say about its cases.
    cases.retain(|case| {
        let area = case.parent().and_then(Path::file_name).map(|area| area.to_string_lossy().into_owned());
        let known = area.is_some_and(|area| fmtconv::Registry::builtin().by_name(&area).is_ok());
        if !known {
            println!("SKIPPED, no such format in this build: {}", case.display());
        }
        known
    });
    assert!(!cases.is_empty(), "there are no cases");
    let failures: Vec<_> =
        cases.iter().filter_map(|case| Some(format!("{}: {}", case.display(), check(case).err()?))).collect();
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}
