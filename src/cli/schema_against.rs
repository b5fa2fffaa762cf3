//! The earlier versions that `fmtconv schema check --against` names: a folder of them, or a lock file.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use arrow_schema::SchemaRef;

use super::args::SchemaCheckArguments;
use crate::error::{Error, Result};
use crate::format::Definition;
use crate::schema::check::{Schema, SourceText};
use crate::schema::language::is_descriptor_set;
use crate::schema::lock::{Content, Lock, name_of};
use crate::schema::{ddl, load};

/// All schemas to compare, oldest first, the new one last.
pub fn schemas(arguments: &SchemaCheckArguments, schemas: &[Definition]) -> Result<Vec<Schema>> {
    let SchemaCheckArguments { include, rules, .. } = arguments;
    let (Some(against), Some(named)) = (&arguments.against, schemas.last()) else {
        return Schema::open_definitions(schemas, rules);
    };
    let new = named.path.as_path();
    if against.is_dir() {
        let of = |path| Definition { includes: include.clone(), ..Definition::new(path) };
        let mut versions: Vec<Definition> = versions_in(against, new)?.into_iter().map(of).collect();
        versions.extend(schemas.iter().cloned());
        return Schema::open_definitions(&versions, rules);
    }
    let lock = Lock::read(against)?;
    let name = name_of(new, against);
    let versions = lock.versions(&name);
    if versions.is_empty() {
        let names: Vec<&str> = lock.names().collect();
        return Err(Error::usage(format!("the lock file has no schema {name:?}, but {}", names.join(", ")))
            .in_source(against.to_string_lossy())
            .with_hint(format!("note it: fmtconv schema lock {} --lock {}", new.display(), against.display())));
    }
    let language = load::Language::of(named);
    let imports = match language {
        load::Language::Protobuf if !is_compiled_or_folder(new) => imports(new, include)?,
        _ => Vec::new(),
    };
    let mut found = Vec::with_capacity(versions.len() + schemas.len());
    for version in versions {
        // The name ends like the file, which says its language.
        let shown = format!("{}@{}/{name}", against.display(), version.number);
        found.push(match &version.content {
            Content::Files(files) => {
                let files = files.iter().map(|(name, text)| SourceText::new(name.as_str(), text.as_str()));
                Schema::parse_all(&shown, files.collect(), Vec::new(), rules)?
            }
            Content::Text(text) => {
                let columns = match language {
                    load::Language::Sql => Some(ddl::to_arrow(text, None).map(SchemaRef::new)),
                    load::Language::Parquet => Some(load::parquet_columns(text)),
                    _ => None,
                };
                match columns.transpose().map_err(|error| error.in_source(shown.as_str()))? {
                    Some(columns) => Schema::of_columns(&shown, &columns, rules)?,
                    None => {
                        let file = SourceText::new(shown.as_str(), text.as_str());
                        Schema::parse_all(&shown, vec![file], imports.clone(), rules)?
                    }
                }
            }
        });
    }
    found.extend(Schema::open_definitions(schemas, rules)?);
    Ok(found)
}

/// Files of a folder at most.
const FILES_MAX: usize = 10_000;

/// The versions in a folder, by natural order of their names: files like the new one. A folder of .proto files and a
/// descriptor set are alike.
fn versions_in(folder: &Path, new: &Path) -> Result<Vec<PathBuf>> {
    let shown = folder.to_string_lossy().into_owned();
    let failed = |error| Error::io("cannot read the folder", error).in_source(shown.clone());
    let same = |path: &Path| match (std::fs::canonicalize(path), std::fs::canonicalize(new)) {
        (Ok(one), Ok(other)) => one == other,
        _ => path == new,
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let like = match is_compiled_or_folder(new) {
            true => is_compiled_or_folder(&path),
            false => path.is_file() && path.extension() == new.extension(),
        };
        if like && !same(&path) {
            found.push(path);
        }
        if found.len() > FILES_MAX {
            return Err(Error::limit(format!("more than {FILES_MAX} files")).in_source(shown));
        }
    }
    if found.is_empty() {
        let kind = match new.extension().filter(|_| !is_compiled_or_folder(new)) {
            Some(kind) => format!(".{} file", kind.to_string_lossy()),
            None => "folder of .proto files or descriptor set".to_owned(),
        };
        return Err(Error::usage(format!("there is no other {kind} in the folder")).in_source(shown));
    }
    found.sort_by(|one, other| natural(&one.to_string_lossy(), &other.to_string_lossy()));
    Ok(found)
}

/// Whether a path is a schema of Protobuf in several files: a folder that has some, or a descriptor set.
fn is_compiled_or_folder(path: &Path) -> bool {
    match path.is_dir() {
        true => load::Language::is_schema(&Definition::new(path)),
        false => is_descriptor_set(&Definition::new(path)),
    }
}

/// The .proto files that a version in a lock file may import.
fn imports(new: &Path, includes: &[PathBuf]) -> Result<Vec<SourceText>> {
    let folder = new.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found: Vec<SourceText> = Vec::new();
    for root in std::iter::once(folder).chain(includes.iter().map(PathBuf::as_path)) {
        let files = walkdir::WalkDir::new(root).max_depth(8).into_iter().flatten();
        let protos = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "proto"));
        for file in protos.take(FILES_MAX) {
            let parts = file.path().strip_prefix(root).unwrap_or(file.path()).components();
            let name = parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            if let Ok(text) = std::fs::read_to_string(file.path())
                && !found.iter().any(|known| *known.name == *name)
            {
                found.push(SourceText::new(name, text));
            }
        }
    }
    Ok(found)
}

/// `v2` before `v10`.
fn natural(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one.as_bytes(), other.as_bytes());
    let number = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    loop {
        match (left.first(), right.first()) {
            (None, None) => return one.cmp(other),
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(a), Some(b)) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let (a, b) = (number(left), number(right));
                let digits = |text: &[u8]| text.iter().skip_while(|byte| **byte == b'0').copied().collect::<Vec<_>>();
                let (one, other) = (digits(&left[..a]), digits(&right[..b]));
                let order = one.len().cmp(&other.len()).then_with(|| one.cmp(&other));
                if order.is_ne() {
                    return order;
                }
                (left, right) = (&left[a..], &right[b..]);
            }
            (Some(a), Some(b)) if a != b => return a.cmp(b),
            _ => (left, right) = (&left[1..], &right[1..]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_their_numbers() {
        let mut names = vec!["v10.avsc", "v2.avsc", "v1.avsc", "v02b.avsc", "a.avsc", "v2.1.avsc"];
        names.sort_by(|one, other| natural(one, other));
        assert_eq!(names, ["a.avsc", "v1.avsc", "v2.1.avsc", "v2.avsc", "v02b.avsc", "v10.avsc"]);
    }
}
