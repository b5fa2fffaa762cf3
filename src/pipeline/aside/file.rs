//! The reject file: NDJSON, a line for each record, in input order.

use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::sift::{Reject, has_bytes};
use crate::error::{Error, Origin, Result};
use crate::output::{Output, OutputFile};

/// An open reject file. It appears when it is committed; dropped before, it leaves nothing behind.
///
/// Each line is an object: `file`, `record` and `line` (from one), `bytes` (first and behind the last, from zero),
/// `column`, `code`, `message`, `hint`, `format`, and the record as it stands in the source: `raw` if it is text, or
/// `base64`. The first such line of each source has `source` as well: the settings and the head (`head` or
/// `head_base64`) with which its records can be read again. A record of a columnar file has no bytes of its own: it is
/// shown as `json`, and kept as a row of an Arrow stream in `base64`, unless it is one that cannot be decoded; such a
/// line has no `format`.
pub struct RejectFile {
    name: Arc<str>,
    path: Option<PathBuf>,
    file: OutputFile,
    /// Sources whose head was written.
    described: HashSet<(Option<Arc<str>>, &'static str)>,
    committed: bool,
}

impl RejectFile {
    /// Opens the file.
    ///
    /// # Errors
    /// Of [`Output::open`].
    pub fn open(output: Output) -> Result<Self> {
        let (name, path) = (output.name(), output.as_path().map(PathBuf::from));
        Ok(RejectFile { name, path, file: output.open()?, described: HashSet::new(), committed: false })
    }

    pub(super) fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// Writes the rejects of a chunk that begins at `base`.
    pub(super) fn write(&mut self, base: &Origin, rejects: &[Reject]) -> Result<()> {
        let mut lines = Vec::new();
        for reject in rejects {
            let again = reject.original.as_ref().is_some_and(has_bytes);
            let first = again && self.described.insert((base.source.clone(), reject.again.format));
            serde_json::to_writer(&mut lines, &line(base, reject, first))
                .map_err(|error| Error::internal("a reject cannot be written").with_cause(error))?;
            // JSON text stands as it is: parsed, numbers would not keep all their digits.
            if let Some(json) = reject.original.as_ref().and_then(|original| original.json.as_ref()) {
                lines.pop();
                lines.extend_from_slice(b",\"json\":");
                lines.extend_from_slice(json.as_bytes());
                lines.push(b'}');
            }
            lines.push(b'\n');
        }
        self.file.write_all(&lines).map_err(|error| self.file.error(error))
    }

    pub(super) fn commit(&mut self) -> Result<()> {
        self.file.commit()?;
        self.committed = true;
        Ok(())
    }

    pub(super) fn retract(&mut self) {
        let regular = |path: &&PathBuf| std::fs::metadata(path).is_ok_and(|meta| meta.is_file());
        if let (true, Some(path)) = (self.committed, self.path.as_ref().filter(regular)) {
            // Whoever reads the error of the output knows that nothing was written.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn line(base: &Origin, reject: &Reject, first: bool) -> Value {
    let Reject { record, original, again, column, code, message, hint } = reject;
    let mut facts = Map::new();
    facts.insert("file".into(), json!(base.source.as_deref()));
    facts.insert("record".into(), json!(base.record.unwrap_or(0) + record + 1));
    if let Some(original) = original {
        if let (Some(start), Some(line)) = (base.line, original.line) {
            facts.insert("line".into(), json!(start + line + 1));
        }
        if !original.place.is_empty() {
            let start = base.byte.unwrap_or(0);
            facts.insert("bytes".into(), json!([start + original.place.start, start + original.place.end]));
        }
    }
    facts.insert("column".into(), json!(column));
    facts.insert("code".into(), json!(code.map(|code| code.as_str())));
    facts.insert("message".into(), json!(message));
    facts.insert("hint".into(), json!(hint));
    if let Some(original) = original.as_ref().filter(|original| has_bytes(original)) {
        facts.insert("format".into(), json!(again.format));
        put(&mut facts, "raw", "base64", &original.bytes);
        if first {
            let mut source = Map::new();
            let settings: Map<String, Value> =
                again.settings.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            source.insert("settings".into(), Value::Object(settings));
            put(&mut source, "head", "head_base64", &again.head);
            put(&mut source, "end", "end_base64", &again.end);
            facts.insert("source".into(), Value::Object(source));
        }
    }
    Value::Object(facts)
}

/// Bytes as text if they are text for people, else as base64.
fn put(facts: &mut Map<String, Value>, text: &str, binary: &str, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(plain) if !plain.contains('\0') => facts.insert(text.to_owned(), json!(plain)),
        _ => facts.insert(binary.to_owned(), json!(STANDARD.encode(bytes))),
    };
}
