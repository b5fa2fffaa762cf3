//! The lock file: the text of every version of some schemas, so that a new one is compared with all that were in use.
//!
//! One JSON file, to be committed beside the schemas: for each schema, by its path from the folder of the lock file, the
//! versions in the order in which they were added. A version is one text, or the texts of several files: those of a
//! folder of .proto files or of a descriptor set.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::output::{Output, hex};

/// The usual name of a lock file.
pub const FILE: &str = "fmtconv.lock";
/// A lock file is no longer.
const BYTES_MAX: u64 = 256 << 20;
/// The version of the text.
const VERSION: u64 = 1;

/// A version of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Counted from one.
    pub number: usize,
    /// The schema.
    pub content: Content,
}

/// What a version says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The text of one file.
    Text(String),
    /// The texts of several files, by name.
    Files(BTreeMap<String, String>),
}

impl Content {
    /// SHA-256 of the text, or of all names and texts, each behind its length.
    fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        match self {
            Content::Text(text) => digest.update(text),
            Content::Files(files) => {
                for part in files.iter().flat_map(|(name, text)| [name, text]) {
                    digest.update((part.len() as u64).to_le_bytes());
                    digest.update(part);
                }
            }
        }
        hex(&digest.finalize())
    }

    /// As it stands in a version of a lock file.
    fn parse(version: &Value) -> Option<Content> {
        if let Some(text) = version.get("text").and_then(Value::as_str) {
            return Some(Content::Text(text.to_owned()));
        }
        let files = version.get("files")?.as_object()?;
        let file = |(name, text): (&String, &Value)| Some((name.clone(), text.as_str()?.to_owned()));
        files.iter().map(file).collect::<Option<_>>().map(Content::Files)
    }
}

/// The history of some schemas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    schemas: BTreeMap<String, Vec<Version>>,
}

impl Lock {
    /// Reads a lock file.
    ///
    /// # Errors
    /// `Io`; `Malformed` if it cannot be understood, or a text is not the one that was noted.
    pub fn read(path: &Path) -> Result<Lock> {
        let shown = path.to_string_lossy();
        Self::parse(path).map_err(|error| error.in_source(shown))
    }

    fn parse(path: &Path) -> Result<Lock> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::io("cannot read the lock file", error).with_hint("make one: fmtconv schema lock SCHEMA")
            }
            _ => Error::io("cannot read the lock file", error),
        };
        if std::fs::metadata(path).map_err(failed)?.len() > BYTES_MAX {
            return Err(Error::limit(format!("the lock file is longer than {BYTES_MAX} bytes")));
        }
        let value: Value = serde_json::from_str(&std::fs::read_to_string(path).map_err(failed)?)
            .map_err(|error| Error::malformed("the lock file is not JSON").with_cause(error))?;
        if value.get("fmtconv").and_then(Value::as_u64) != Some(VERSION) {
            return Err(Error::malformed(format!("not a lock file of version {VERSION} of fmtconv"))
                .with_hint("make one: fmtconv schema lock SCHEMA; two schemas are compared by schema check OLD NEW"));
        }
        let mut lock = Lock::default();
        for (name, versions) in value.get("schemas").and_then(Value::as_object).into_iter().flatten() {
            for version in versions.as_array().into_iter().flatten() {
                let digest = version.get("sha256").and_then(Value::as_str);
                let (Some(content), Some(digest)) = (Content::parse(version), digest) else {
                    return Err(Error::malformed(format!("a version of {name:?} lacks its text or its digest")));
                };
                let known = lock.schemas.entry(name.clone()).or_default();
                let number = known.len() + 1;
                if digest != content.sha256() {
                    return Err(Error::malformed(format!(
                        "version {number} of {name:?} is not the text that was noted"
                    ))
                    .with_hint("take the lock file back from version control: it is not to be edited"));
                }
                known.push(Version { number, content });
            }
        }
        Ok(lock)
    }

    /// The names of all schemas.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(String::as_str)
    }

    /// The versions of a schema, oldest first.
    pub fn versions(&self, name: &str) -> &[Version] {
        self.schemas.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Adds a version, unless the last one has the same text. Gives its number if it is new.
    pub fn add(&mut self, name: &str, content: Content) -> Option<usize> {
        let versions = self.schemas.entry(name.to_owned()).or_default();
        if versions.last().is_some_and(|last| last.content == content) {
            return None;
        }
        let number = versions.len() + 1;
        versions.push(Version { number, content });
        Some(number)
    }

    /// Writes the file: as a whole, or not at all.
    ///
    /// # Errors
    /// `Io`.
    pub fn write(&self, path: &Path) -> Result<()> {
        let version = |Version { number, content }: &Version| match content {
            Content::Text(text) => json!({"version": number, "sha256": content.sha256(), "text": text}),
            Content::Files(files) => json!({"version": number, "sha256": content.sha256(), "files": files}),
        };
        let schemas: serde_json::Map<String, Value> = self
            .schemas
            .iter()
            .map(|(name, versions)| (name.clone(), Value::Array(versions.iter().map(version).collect())))
            .collect();
        let text = format!("{:#}\n", json!({"fmtconv": VERSION, "schemas": schemas}));
        let mut file = Output::path(path).overwrite(true).open()?;
        file.write_all(text.as_bytes()).map_err(|error| file.error(error))?;
        file.commit().map(drop)
    }
}

/// The name of a schema in a lock file: its path from the folder of that file, with slashes.
pub fn name_of(schema: &Path, lock: &Path) -> String {
    let absolute = |path: &Path| std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    let folder = lock.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let relative = match (absolute(schema), absolute(folder)) {
        (Ok(schema), Ok(folder)) => schema.strip_prefix(&folder).map(Path::to_path_buf).unwrap_or(schema),
        _ => schema.to_path_buf(),
    };
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_back_and_edits_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut lock = Lock::default();
        let text = |text: &str| Content::Text(text.to_owned());
        assert_eq!(lock.add("a.avsc", text("\"int\"")), Some(1));
        assert_eq!(lock.add("a.avsc", text("\"int\"")), None);
        assert_eq!(lock.add("a.avsc", text("\"long\"")), Some(2));
        let files = |a: &str| Content::Files(BTreeMap::from([("a.proto".to_owned(), a.to_owned())]));
        assert_eq!(lock.add("protos", files("message A {}")), Some(1));
        assert_eq!(lock.add("protos", files("message A {}")), None);
        assert_eq!(lock.add("protos", files("message B {}")), Some(2));
        lock.write(&path).unwrap();
        let back = Lock::read(&path).unwrap();
        assert_eq!(back, lock);
        assert_eq!(back.versions("a.avsc")[1].content, text("\"long\""));
        assert!(back.versions("b.avsc").is_empty());
        let written = std::fs::read_to_string(&path).unwrap();
        // SHA-256 of `"int"`, by another tool: the digests of texts stay what they were.
        assert!(written.contains("3f2b87a9fe7cc9b13835598c3981cd45"), "{written}");
        for (one, other) in [("long", "bool"), ("message B", "message C")] {
            std::fs::write(&path, written.replace(one, other)).unwrap();
            assert!(Lock::read(&path).unwrap_err().message().contains("version 2"), "{one}");
        }
    }

    #[test]
    fn names_are_paths_from_the_lock_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("schemas")).unwrap();
        let schema = folder.path().join("schemas/a.avsc");
        std::fs::write(&schema, "\"int\"").unwrap();
        assert_eq!(name_of(&schema, &folder.path().join(FILE)), "schemas/a.avsc");
    }
}
