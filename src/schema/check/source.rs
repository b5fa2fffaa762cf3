//! Schemas as they are compared: the language of a text, and what is in it.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::SchemaRef;

use super::rules::{RuleSet, Rules};
use super::{avro, json_schema, json_text, proto};
use crate::error::{Error, Result};
use crate::format::{Definition, Registry};
use crate::pipeline::Exec;
use crate::schema::avsc::keys;
use crate::schema::language::{self, extension};
use crate::schema::load::load;

/// Files of a folder at most.
const FILES_MAX: usize = 100_000;

/// What a schema is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Avro.
    Avro,
    /// JSON Schema, draft-04 to 2020-12.
    JsonSchema,
    /// Protobuf: proto2, proto3, editions.
    Protobuf,
    /// The columns of a data file (Parquet, Arrow), of a `CREATE TABLE` or of a Parquet message type.
    Columns,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::Avro => "Avro",
            Language::JsonSchema => "JSON Schema",
            Language::Protobuf => "Protobuf",
            Language::Columns => "Arrow columns",
        })
    }
}

impl Language {
    /// By extension, by rules that know one language only, by content: what is certain first, then what is likely, for
    /// this text is a schema.
    fn of(name: &str, text: &str, rules: &Rules) -> Language {
        let extension = extension(Path::new(name));
        match (extension.as_deref(), &rules.set) {
            (Some("proto"), _) => Language::Protobuf,
            (Some("avsc"), _) => Language::Avro,
            (_, RuleSet::Buf(_) | RuleSet::ProtoWire | RuleSet::ProtoJson) => Language::Protobuf,
            (_, RuleSet::Avro) => Language::Avro,
            (_, RuleSet::JsonSchemaStrict | RuleSet::JsonSchemaLenient) => Language::JsonSchema,
            _ if language::of_text(text) == Some(language::Language::Avro) => Language::Avro,
            _ if text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with(['{', '[', '"']) => {
                match json_text::Json::parse(text) {
                    Ok(json) if avro::looks_like(&json) => Language::Avro,
                    _ => Language::JsonSchema,
                }
            }
            _ if matches!(text.trim(), "true" | "false") => Language::JsonSchema,
            _ if extension.as_deref() == Some("json") => Language::JsonSchema,
            _ => Language::Protobuf,
        }
    }
}

/// A named text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Name of the file, as messages show it; imports are looked up by it.
    pub name: Arc<str>,
    /// What is in it.
    pub text: Arc<str>,
}

impl SourceText {
    /// A text with a name.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceText {
        SourceText { name: name.into(), text: text.into() }
    }
}

/// A schema that was read, ready to be compared.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Name of its file or folder.
    pub name: Arc<str>,
    pub(super) parsed: Parsed,
    /// The texts of its own files, and of those that they may import.
    pub(super) files: Vec<SourceText>,
    pub(super) imports: Vec<SourceText>,
}

#[derive(Clone, Debug)]
pub(super) enum Parsed {
    Avro(avro::Schema),
    JsonSchema(json_schema::Schema),
    Protobuf(proto::Schema),
    Columns(SchemaRef),
}

impl Schema {
    /// Parses one text. The language follows from the extension of `name`, from the rules or from the content.
    ///
    /// # Errors
    /// `Malformed` or `Schema` with file and line.
    pub fn parse(name: &str, text: &str, rules: &Rules) -> Result<Schema> {
        Schema::parse_all(name, vec![SourceText::new(name, text)], Vec::new(), rules)
    }

    /// Parses the files of a schema, and files that they may import.
    ///
    /// # Errors
    /// As [`Schema::parse`]; `Usage` if a language other than Protobuf comes in several files.
    pub fn parse_all(name: &str, files: Vec<SourceText>, imports: Vec<SourceText>, rules: &Rules) -> Result<Schema> {
        let language = match files.first() {
            Some(file) => Language::of(&file.name, &file.text, rules),
            None => Language::Protobuf,
        };
        Schema::parse_as(name, files, imports, rules, language)
    }

    fn parse_as(
        name: &str,
        files: Vec<SourceText>,
        imports: Vec<SourceText>,
        rules: &Rules,
        language: Language,
    ) -> Result<Schema> {
        let name: Arc<str> = name.into();
        rules.check_language(language).map_err(|error| error.in_source(name.clone()))?;
        let parsed = match (language, files.as_slice()) {
            (Language::Protobuf, _) => Parsed::Protobuf(proto::Schema::parse(&name, &files, &imports)?),
            (Language::Avro, [file]) => Parsed::Avro(avro::Schema::parse(file)?),
            (Language::JsonSchema, [file]) => Parsed::JsonSchema(json_schema::Schema::parse(file)?),
            _ => return Err(Error::usage(format!("a schema in {language} is one file")).in_source(name)),
        };
        Ok(Schema { name, parsed, files, imports })
    }

    /// The schema of a data file, or any other Arrow schema. What an Avro file was written with is compared as Avro.
    ///
    /// # Errors
    /// `Usage` if the rules say nothing about columns; those of [`Schema::parse`] for the schema of an Avro file.
    pub fn of_columns(name: &str, schema: &SchemaRef, rules: &Rules) -> Result<Schema> {
        if let Some(text) = schema.metadata().get(keys::AVRO_SCHEMA)
            && schema.metadata().get(keys::SOURCE).is_some_and(|source| source == "avro")
        {
            let file = SourceText::new(name, text.as_str());
            return Schema::parse_as(name, vec![file], Vec::new(), rules, Language::Avro);
        }
        let name: Arc<str> = name.into();
        rules.check_language(Language::Columns).map_err(|error| error.in_source(name.clone()))?;
        let parsed = Parsed::Columns(schema.clone());
        Ok(Schema { name, parsed, files: Vec::new(), imports: Vec::new() })
    }

    /// Reads a schema file, a descriptor set, a folder of `.proto` files, a `CREATE TABLE`, a Parquet message type, or the
    /// schema of a Parquet, Arrow or Avro data file. Imports of a single `.proto` file are looked for in its folder and in `includes`.
    ///
    /// # Errors
    /// `Io`; those of [`Schema::parse_all`].
    pub fn open(path: &Path, includes: &[PathBuf], rules: &Rules) -> Result<Schema> {
        Schema::open_definition(&Definition { includes: includes.to_vec(), ..Definition::new(path) }, rules)
    }

    /// The same, of a file whose content may be known.
    ///
    /// # Errors
    /// Those of [`Schema::open`].
    pub fn open_definition(definition: &Definition, rules: &Rules) -> Result<Schema> {
        Schema::open_as(&definition.clone().kept()?, rules, None)
    }

    /// Reads schemas that belong together. `{"type": "string"}` is a schema in Avro and in JSON Schema: it is taken as
    /// Avro beside one that can only be Avro.
    ///
    /// # Errors
    /// Those of [`Schema::open`], of the first file that cannot be read.
    pub fn open_all(paths: &[PathBuf], includes: &[PathBuf], rules: &Rules) -> Result<Vec<Schema>> {
        let of = |path| Definition { includes: includes.to_vec(), ..Definition::new(path) };
        Schema::open_definitions(&paths.iter().map(of).collect::<Vec<_>>(), rules)
    }

    /// The same, of files whose content may be known.
    ///
    /// # Errors
    /// Those of [`Schema::open_all`].
    pub fn open_definitions(definitions: &[Definition], rules: &Rules) -> Result<Vec<Schema>> {
        let kept = definitions.iter().cloned().map(Definition::kept).collect::<Result<Vec<_>>>()?;
        let mut schemas = kept.iter().map(|one| Schema::open_as(one, rules, None)).collect::<Result<Vec<_>>>()?;
        if schemas.iter().any(|schema| schema.language() == Language::Avro) {
            for (schema, definition) in schemas.iter_mut().zip(&kept) {
                if schema.language() == Language::JsonSchema
                    && let Ok(avro) = Schema::open_as(definition, rules, Some(Language::Avro))
                {
                    *schema = avro;
                }
            }
        }
        Ok(schemas)
    }

    fn open_as(definition: &Definition, rules: &Rules, language: Option<Language>) -> Result<Schema> {
        let path = &definition.path;
        let shown = path.to_string_lossy();
        if definition.content.is_none() && path.is_dir() {
            let mut files = Vec::new();
            proto_files(path, path, &mut files)?;
            if files.is_empty() {
                return Err(Error::usage("there is no .proto file in the folder").in_source(shown.clone()));
            }
            files.sort_by(|a, b| a.name.cmp(&b.name));
            Schema::parse_as(&shown, files, Vec::new(), rules, Language::Protobuf)
        } else if language::is_descriptor_set(definition) {
            let files = crate::schema::load::descriptor_texts(definition)?;
            let files = files.into_iter().map(|(name, text)| SourceText::new(name, text)).collect();
            Schema::parse_as(&shown, files, Vec::new(), rules, Language::Protobuf)
        } else if is_columns(definition) || is_data(definition) {
            let loaded = load(definition.clone(), &Registry::builtin(), &Exec::new(NonZeroUsize::new(1))?)?;
            Schema::of_columns(&shown, &loaded.schema, rules)
        } else {
            let file = SourceText::new(&*shown, definition.text()?);
            let language = language.unwrap_or_else(|| Language::of(&shown, &file.text, rules));
            let imports = match language {
                Language::Protobuf => imports(path, &file, &definition.includes)?,
                _ => Vec::new(),
            };
            Schema::parse_as(&shown, vec![file], imports, rules, language)
        }
    }

    /// Names and texts of its own files, without those that it imports: none for the columns of a data file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|file| (&*file.name, &*file.text))
    }

    /// The language.
    pub fn language(&self) -> Language {
        match self.parsed {
            Parsed::Avro(_) => Language::Avro,
            Parsed::JsonSchema(_) => Language::JsonSchema,
            Parsed::Protobuf(_) => Language::Protobuf,
            Parsed::Columns(_) => Language::Columns,
        }
    }
}

/// Whether a file is the text of columns: a `CREATE TABLE`, a Parquet message type.
fn is_columns(definition: &Definition) -> bool {
    matches!(language::Language::of(definition), language::Language::Sql | language::Language::Parquet)
}

/// Whether a file holds data: behind a schema of its own (Parquet, Arrow, Avro), or text whose types are inferred and that
/// no schema is called like.
fn is_data(definition: &Definition) -> bool {
    let path = &definition.path;
    let is_text = extension(path).is_none_or(|extension| extension != "json") && language::is_data_file(path);
    if definition.content.is_none() && is_text && language::Language::of(definition) == language::Language::Data {
        return true;
    }
    // The last one is a stream of Arrow: the mark of a message.
    let marks: [&[u8]; 4] = [b"PAR1", b"ARROW1", b"Obj\x01", &[0xff; 4]];
    let start = definition.start(6);
    marks.iter().any(|mark| start.starts_with(mark))
}

fn read(path: &Path, name: &str) -> Result<SourceText> {
    Ok(SourceText::new(name, Definition::new(path).text()?))
}

/// All `.proto` files below a folder, named relative to it.
fn proto_files(root: &Path, folder: &Path, files: &mut Vec<SourceText>) -> Result<()> {
    let failed = |error| Error::io("cannot read the folder", error).in_source(folder.to_string_lossy());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        // Links are followed to files only: a folder that contains itself must not be walked for ever.
        if entry.file_type().map_err(failed)?.is_dir() {
            proto_files(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            if files.len() == FILES_MAX {
                return Err(Error::limit(format!("more than {FILES_MAX} files")).in_source(root.to_string_lossy()));
            }
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            files.push(read(&path, &parts.join("/"))?);
        }
    }
    Ok(())
}

/// The files that a `.proto` file imports, as far as they are found; what is missing is told when a type is.
fn imports(path: &Path, file: &SourceText, includes: &[PathBuf]) -> Result<Vec<SourceText>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut found: Vec<SourceText> = Vec::new();
    let mut wanted = proto::imports(file)?;
    while let Some(name) = wanted.pop() {
        if found.iter().any(|known| *known.name == *name) {
            continue;
        }
        let roots = std::iter::once(folder).chain(includes.iter().map(PathBuf::as_path));
        if let Some(path) = roots.map(|root| root.join(&name)).find(|path| path.is_file()) {
            let file = read(&path, &name)?;
            wanted.extend(proto::imports(&file)?);
            found.push(file);
        }
    }
    Ok(found)
}
