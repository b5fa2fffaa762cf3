//! What a schema is written in: by the extension of its file, else by what is in it.
//!
//! Whoever is given a schema asks here, so that one file is the same schema for every option and every command.

use std::path::Path;

use serde_json::Value;

use super::json_schema;
use super::load::holds_proto;
use crate::format::{Definition, Registry};
use crate::input::data_extension;

/// What a schema file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// An Avro schema: .avsc.
    Avro,
    /// Protobuf: .proto, a folder of such files, or a descriptor set (.desc, .fds, .protoset, .pb, .bin, .binpb, or what
    /// begins as one).
    Protobuf,
    /// JSON Schema: .jsonschema, .json that holds one.
    JsonSchema,
    /// `CREATE TABLE`: .sql, .ddl.
    Sql,
    /// A Parquet message type: text that begins with `message NAME {` and has no extension of another language.
    Parquet,
    /// A data file: its schema counts.
    Data,
}

/// JSON that is longer is not looked at to see whether it is a schema.
pub(crate) const JSON_BYTES_MAX: u64 = 16 << 20;

/// Bytes of other text that are looked at: what stands in front of the first declaration is no longer.
const TEXT_BYTES: u64 = 64 << 10;

impl Language {
    /// By the extension of the file; if that says nothing of schemas, by what is in it. Files with the extension of a data
    /// format are data, but .json with a schema in it.
    pub fn of(definition: &Definition) -> Self {
        let path = &definition.path;
        match extension(path).as_deref() {
            Some("avsc") => Language::Avro,
            Some("proto" | "desc" | "fds" | "protoset" | "pb" | "bin" | "binpb") => Language::Protobuf,
            Some("sql" | "ddl") => Language::Sql,
            Some("jsonschema") => Language::JsonSchema,
            Some("json") => of_start(definition).filter(|found| is_json(*found)).unwrap_or(Language::Data),
            _ if definition.content.is_none() && path.is_dir() => Language::Protobuf,
            _ => match of_start(definition) {
                Some(found) if found == Language::Parquet || !is_data_file(path) => found,
                _ => Language::Data,
            },
        }
    }

    /// Whether a file can only be a schema: .avsc, .proto, .desc, .fds, .protoset, .sql, .ddl, .jsonschema, a folder of
    /// .proto files, what holds the text of a schema. (A .pb, .bin or .binpb file can hold data as well.)
    pub fn is_schema(definition: &Definition) -> bool {
        match extension(&definition.path).as_deref() {
            Some("pb" | "bin" | "binpb") => false,
            _ if definition.content.is_none() && definition.path.is_dir() => holds_proto(&definition.path),
            _ => Language::of(definition) != Language::Data,
        }
    }
}

/// Whether the name of a file says that it holds data.
pub(crate) fn is_data_file(path: &Path) -> bool {
    data_extension(path).is_some_and(|extension| Registry::builtin().by_extension(&extension).is_some())
}

pub(crate) fn extension(path: &Path) -> Option<String> {
    path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase())
}

fn is_json(language: Language) -> bool {
    matches!(language, Language::Avro | Language::JsonSchema)
}

/// Whether a file is a compiled schema of Protobuf: by its extension; if that says nothing, by what is in it.
pub(crate) fn is_descriptor_set(definition: &Definition) -> bool {
    let path = &definition.path;
    match extension(path).as_deref() {
        Some("desc" | "fds" | "protoset" | "pb" | "bin" | "binpb") => true,
        Some("avsc" | "proto" | "sql" | "ddl" | "jsonschema" | "json") => false,
        _ => !is_data_file(path) && begins_set(&definition.start(TEXT_BYTES)),
    }
}

/// Whether bytes begin as those of a `FileDescriptorSet` do: with a file, which begins with its name.
fn begins_set(bytes: &[u8]) -> bool {
    const NAME_BYTES_MAX: usize = 4096;
    // Field 1, of a length: the first file of a set, the name of a file.
    let field = |bytes: &mut &[u8]| -> Option<usize> {
        *bytes = bytes.strip_prefix(&[0x0a])?;
        let end = bytes.iter().take(5).position(|byte| *byte < 0x80)?;
        let (length, rest) = bytes.split_at(end + 1);
        *bytes = rest;
        Some(length.iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f)))
    };
    let mut rest = bytes;
    let (Some(file), Some(name)) = (field(&mut rest), field(&mut rest)) else { return false };
    let text = rest.get(..name).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default();
    file > name && name <= NAME_BYTES_MAX && text.ends_with(".proto") && !text.contains(char::is_control)
}

fn of_start(definition: &Definition) -> Option<Language> {
    let start = definition.start(TEXT_BYTES);
    if begins_set(&start) {
        return Some(Language::Protobuf);
    }
    let whole = (start.len() as u64) < TEXT_BYTES;
    if whole || !begins_json(&String::from_utf8_lossy(&start)) {
        return of_text(&String::from_utf8_lossy(&start));
    }
    let all = definition.start(JSON_BYTES_MAX + 1);
    of_text(std::str::from_utf8(&all).ok().filter(|text| text.len() as u64 <= JSON_BYTES_MAX)?)
}

/// The language of a text that can only be a schema; `None` for all else.
pub(crate) fn of_text(text: &str) -> Option<Language> {
    let text = text.trim_start_matches('\u{feff}');
    if begins_json(text) {
        let value: Value = serde_json::from_str(text).ok()?;
        return match &value {
            value if json_schema::looks_like(value) => Some(Language::JsonSchema),
            value if is_avro(value) => Some(Language::Avro),
            _ => None,
        };
    }
    if is_message_type(text) {
        return Some(Language::Parquet);
    }
    let words = first_words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if is_table(&words) {
        return Some(Language::Sql);
    }
    is_proto(&words).then_some(Language::Protobuf)
}

fn begins_json(text: &str) -> bool {
    text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with(['{', '[', '"'])
}

/// Types that Avro names.
const PRIMITIVES: &[&str] = &["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// Whether JSON is an Avro schema and no record that happens to have such a key: with what its type needs.
fn is_avro(value: &Value) -> bool {
    let is_primitive = |value: &Value| value.as_str().is_some_and(|name| PRIMITIVES.contains(&name));
    match value {
        Value::String(_) => is_primitive(value),
        Value::Array(branches) => {
            !branches.is_empty() && branches.iter().all(|branch| is_primitive(branch) || is_avro(branch))
        }
        Value::Object(map) => {
            let is_array = |key: &str| map.get(key).is_some_and(Value::is_array);
            match map.get("type").and_then(Value::as_str) {
                Some("record" | "error") => is_array("fields"),
                Some("enum") => is_array("symbols"),
                Some("fixed") => map.get("size").is_some_and(Value::is_number),
                Some("map") => map.get("values").is_some_and(|values| is_primitive(values) || is_avro(values)),
                // Items of JSON Schema are objects too.
                Some("array") => map.get("items").is_some_and(|items| is_primitive(items) || is_avro(items)),
                Some(name) => PRIMITIVES.contains(&name) && map.get("logicalType").is_some_and(Value::is_string),
                None => false,
            }
        }
        _ => false,
    }
}

/// Whether a text begins like a Parquet message type, and not like a .proto file or data.
fn is_message_type(text: &str) -> bool {
    let start = text.char_indices().nth(4096).map_or(text, |(end, _)| &text[..end]);
    let text = start.replace('{', " { ").replace('}', " } ");
    let words: Vec<&str> = text.split_ascii_whitespace().take(4).collect();
    let first = ["required", "optional", "repeated", "}"];
    matches!(words.as_slice(), ["message", _, "{", word] if first.contains(&word.to_ascii_lowercase().as_str()))
        && !text.contains('=')
}

/// The first words and signs of a text, without the comments of SQL and .proto files.
fn first_words(text: &str) -> Vec<String> {
    const WORDS: usize = 6;
    let mut words: Vec<String> = Vec::new();
    let mut rest = text.trim_start();
    while words.len() < WORDS && !rest.is_empty() {
        let skipped = if rest.starts_with("//") || rest.starts_with("--") {
            rest.split_once('\n').map_or("", |(_, after)| after)
        } else if rest.starts_with("/*") {
            rest.split_once("*/").map_or("", |(_, after)| after)
        } else {
            let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let name = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let end = if name > 0 { name } else { rest.chars().next().map_or(0, char::len_utf8) };
            words.push(rest[..end].to_owned());
            &rest[end..]
        };
        rest = skipped.trim_start();
    }
    words
}

/// `CREATE TABLE`, also `CREATE OR REPLACE TABLE`, `CREATE TEMPORARY TABLE`.
fn is_table(words: &[&str]) -> bool {
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    let between = ["or", "replace", "temp", "temporary", "external", "unlogged"];
    let Some((first, rest)) = words.split_first() else { return false };
    let next = rest.iter().find(|word| !between.iter().any(|known| is(word, known)));
    is(first, "create") && next.is_some_and(|word| is(word, "table"))
}

/// Whether a text begins with a statement of a .proto file.
fn is_proto(words: &[&str]) -> bool {
    let is_name = |word: &str| word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    match words {
        ["syntax" | "edition", "=", "\"" | "'", ..] => true,
        ["import", "\"" | "'", ..] | ["import", "public" | "weak", "\"" | "'", ..] => true,
        ["package", name, ";", ..] => is_name(name),
        ["option", "(", name, ..] => is_name(name),
        ["option", name, "=", ..] => is_name(name),
        ["message" | "enum" | "service" | "extend", name, "{", ..] => is_name(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_known_by_its_text_and_data_is_none() {
        let record = r#"{"type": "record", "name": "R", "fields": []}"#;
        for (text, wanted) in [
            (record, Language::Avro),
            ("\u{feff}\n [\"null\", {\"type\": \"fixed\", \"name\": \"F\", \"size\": 2}]", Language::Avro),
            (r#""string""#, Language::Avro),
            (r#"{"type": "array", "items": "long"}"#, Language::Avro),
            (r#"{"type": "long", "logicalType": "timestamp-millis"}"#, Language::Avro),
            (r#"{"type": "array", "items": {"type": "object"}}"#, Language::JsonSchema),
            (r#"{"type": "object", "properties": {}}"#, Language::JsonSchema),
            ("message m { required int32 a; }", Language::Parquet),
            ("// Licence\n/* more */ syntax = \"proto3\";", Language::Protobuf),
            ("package a.b;", Language::Protobuf),
            ("message M {\n  int32 a = 1;\n}", Language::Protobuf),
            ("-- made by hand\ncreate or replace table t (a int)", Language::Sql),
        ] {
            assert_eq!(of_text(text), Some(wanted), "{text}");
        }
        for data in [
            "",
            "a,b\n1,2\n",
            "message,level\nhello,1\n",
            "package,weight\na,1\n",
            "create,table\n1,2\n",
            r#"{"type": "record", "id": 1}"#,
            r#"{"type": "string"}"#,
            r#"[{"a": 1}]"#,
            "[]",
            "{\"type\":\"record\",\"fields\":[]}\n{\"type\":\"record\",\"fields\":[]}\n",
        ] {
            assert_eq!(of_text(data), None, "{data}");
        }
    }

    #[test]
    fn extensions_go_before_content() {
        let folder = tempfile::tempdir().unwrap();
        let record = r#"{"type": "record", "name": "R", "fields": []}"#;
        let of = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Language::of(&Definition::new(path))
        };
        for name in ["r.avsc", "r.json", "r.bak", "r"] {
            assert_eq!(of(name, record), Language::Avro, "{name}");
        }
        for name in ["r.ndjson", "r.csv", "r.csv.gz"] {
            assert_eq!(of(name, record), Language::Data, "{name}");
        }
        // Longer than what is looked at of other text.
        let long = format!(r#"{{"type": "record", "name": "R", "doc": "{}", "fields": []}}"#, "x".repeat(70_000));
        assert_eq!(of("long.txt", &long), Language::Avro);
        assert_eq!(of("m.json", "message M { required int32 a; }"), Language::Data);
    }
}
