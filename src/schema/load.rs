//! Schema files: which language a file is in, its Arrow schema, and what it means for a source and a target.

use std::path::Path;

use arrow_schema::{DataType, Fields, SchemaRef};

use crate::error::{Error, Result};
use crate::format::{Definition, Format, Registry, Settings, Sniff, WriteOptions};
use crate::input::{Input, Resolved, data_extension};
use crate::pipeline::Exec;
pub use crate::schema::language::Language;
use crate::schema::language::extension;
use crate::schema::renamed::Renamed;
use crate::source::Source;

/// Whether there is a .proto file in a folder, or in one below it.
pub(super) fn holds_proto(folder: &Path) -> bool {
    !proto_files(folder).unwrap_or_default().is_empty()
}

/// Files of a folder at most.
const FILES_MAX: usize = 10_000;

/// All .proto files in a folder and those below it, sorted.
fn proto_files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let failed = |error| Error::io("cannot read the folder", error).in_source(folder.to_string_lossy());
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // Links to folders are not followed: one that contains itself must not be walked for ever.
            if entry.file_type().map_err(failed)?.is_dir() {
                open.push(entry.path());
            } else if extension(&entry.path()).as_deref() == Some("proto") {
                found.push(entry.path());
            }
            if found.len() + open.len() > FILES_MAX {
                return Err(Error::limit(format!("more than {FILES_MAX} files")).in_source(folder.to_string_lossy()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A schema file that was read.
#[derive(Clone, Debug)]
pub struct SchemaFile {
    /// Where it is and which of its types counts.
    pub definition: Definition,
    /// Its language.
    pub language: Language,
    /// Its Arrow schema.
    pub schema: SchemaRef,
    /// Fields that have another name in data that is brought to this schema.
    pub renamed: Vec<Renamed>,
}

/// Reads a schema file. A data file is opened: one without a schema of its own is inferred from all its records.
///
/// # Errors
/// `Io`, `Malformed`; `Unsupported` if the language is not part of this build; `Usage` if the file holds several
/// types and none is named, or if it is text that is neither a schema nor named like data.
pub fn load(definition: Definition, registry: &Registry, exec: &Exec) -> Result<SchemaFile> {
    let definition = definition.kept()?;
    if definition.content.is_none()
        && let Err(error) = std::fs::metadata(&definition.path)
    {
        return Err(Error::io("cannot read the schema", error).in_source(definition.path.to_string_lossy()));
    }
    let in_folder_of = definition.content.is_none() && definition.path.is_dir();
    let definition = if in_folder_of { in_folder(definition)? } else { definition };
    let named = |error: Error| error.in_source(definition.path.to_string_lossy());
    let language = Language::of(&definition);
    let schema = match language {
        Language::Avro => avro(&definition)?,
        Language::Protobuf => protobuf(&definition)?,
        Language::JsonSchema => json_schema(&definition)?,
        Language::Sql => {
            let schema = super::ddl::to_arrow(&definition.text()?, definition.message.as_deref());
            std::sync::Arc::new(schema.map_err(named)?)
        }
        Language::Parquet => parquet_columns(&definition.text()?).map_err(named)?,
        Language::Data => of_data(&definition, registry, exec)?,
    };
    Ok(SchemaFile { definition, language, schema, renamed: Vec::new() })
}

/// Whether `name` may mean something in a schema file: a message or table in it, or the record that it is of.
#[cfg(feature = "cli")]
pub(crate) fn may_have(definition: &Definition, name: &str) -> bool {
    use crate::schema::avsc::keys;
    match Language::of(definition) {
        Language::Protobuf | Language::Sql => true,
        // What is wrong with the file is told when it is loaded.
        Language::Avro => avro(definition).map_or(true, |schema| {
            let said = |key: &str| schema.metadata().get(key).map_or("", String::as_str);
            let (short, namespace) = (said(keys::AVRO_NAME), said(keys::AVRO_NAMESPACE));
            name == short || name.rsplit_once('.') == Some((namespace, short))
        }),
        Language::JsonSchema | Language::Parquet | Language::Data => false,
    }
}

/// What counts as a schema.
const KINDS: &str =
    "a schema is an .avsc, .proto, .sql or JSON Schema file, a descriptor set, a Parquet message type, or a data file";

/// The schema of a data file. Text whose name does not say that it is data may be a schema that is not understood: its
/// words would be taken for columns, and every record for one without values.
fn of_data(definition: &Definition, registry: &Registry, exec: &Exec) -> Result<SchemaRef> {
    let path = &definition.path;
    let source = match &definition.content {
        Some(bytes) => Source::bytes(&path.to_string_lossy(), bytes.clone()),
        None => Source::path(path),
    };
    let input = Input::from(source).resolve(registry).map_err(|error| error.with_hint(KINDS))?;
    let is_named = data_extension(path).is_some_and(|extension| registry.by_extension(&extension).is_some());
    if !is_named && input.format.sniff(&input.source.head()?) < Sniff::Magic {
        return Err(Error::usage("cannot tell what language this schema is in")
            .in_source(path.to_string_lossy())
            .with_hint("name a schema .avsc, .proto, .sql or .jsonschema, and data like its format: .csv, .ndjson"));
    }
    Ok(input.open(exec)?.schema())
}

/// The file in a folder of .proto files that has the message which is meant.
fn in_folder(definition: Definition) -> Result<Definition> {
    let folder = &definition.path;
    let shown = folder.to_string_lossy().into_owned();
    let files = proto_files(folder)?;
    let mut includes = definition.includes.clone();
    includes.insert(0, folder.clone());
    let of_file = |path: &std::path::PathBuf| Definition {
        path: path.clone(),
        includes: includes.clone(),
        message: definition.message.clone(),
        content: None,
    };
    match files.as_slice() {
        [] => Err(Error::usage("there is no .proto file in the folder").in_source(shown)),
        [one] => Ok(of_file(one)),
        several => {
            if definition.message.is_some() {
                let found = several.iter().map(of_file).find(declares);
                return found
                    .ok_or_else(|| Error::usage("no .proto file in the folder has this message").in_source(shown));
            }
            Err(Error::usage("there are several .proto files in the folder")
                .in_source(shown)
                .with_hint("name the message with --message PACKAGE.NAME"))
        }
    }
}

/// Whether the message of a definition is declared by its file itself, not by one that it imports.
fn declares(definition: &Definition) -> bool {
    let Some(name) = &definition.message else { return false };
    let short = name.rsplit('.').next().unwrap_or(name);
    let text = std::fs::read_to_string(&definition.path).unwrap_or_default();
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    words.windows(2).any(|pair| pair == ["message", short]) && protobuf(definition).is_ok()
}

fn json_schema(definition: &Definition) -> Result<SchemaRef> {
    let name = definition.path.to_string_lossy();
    let value: serde_json::Value = serde_json::from_str(definition.text()?.trim_start_matches('\u{feff}'))
        .map_err(|error| Error::malformed("the schema is not JSON").with_cause(error).in_source(name.clone()))?;
    let schema = super::json_schema::to_arrow(&value).map_err(|error| error.in_source(name))?;
    Ok(std::sync::Arc::new(schema))
}

#[cfg(feature = "avro")]
fn avro(definition: &Definition) -> Result<SchemaRef> {
    let name = definition.path.to_string_lossy();
    let text = definition.text()?;
    let schema = super::avsc::to_arrow(&text).map_err(|error| error.in_source(name))?;
    Ok(std::sync::Arc::new(schema))
}

#[cfg(not(feature = "avro"))]
fn avro(definition: &Definition) -> Result<SchemaRef> {
    Err(missing(definition, "avro"))
}

#[cfg(feature = "protobuf")]
fn protobuf(definition: &Definition) -> Result<SchemaRef> {
    // Text formats hold a message that contains itself as text.
    let read = super::proto::shape::ReadAs { recursion_json: true, ..Default::default() };
    let schema = super::proto::to_arrow(definition, read).map_err(|error| {
        if error.origin().source.is_some() { error } else { error.in_source(definition.path.to_string_lossy()) }
    })?;
    Ok(std::sync::Arc::new(schema))
}

#[cfg(not(feature = "protobuf"))]
fn protobuf(definition: &Definition) -> Result<SchemaRef> {
    Err(missing(definition, "protobuf"))
}

#[cfg(not(all(feature = "avro", feature = "protobuf")))]
fn missing(definition: &Definition, feature: &str) -> Error {
    Error::unsupported("not part of this build")
        .in_source(definition.path.to_string_lossy())
        .with_hint(format!("install with --features {feature}"))
}

impl SchemaFile {
    /// The same, with fields that were said to be renamed.
    ///
    /// # Errors
    /// `Usage` if the schema has no field of the new name.
    pub fn with_renamed(mut self, renamed: Vec<Renamed>) -> Result<Self> {
        if let Some(unknown) = renamed.iter().find(|one| !has_field(self.schema.fields(), &one.new)) {
            return Err(Error::usage(format!("no field is called {:?}: it cannot have been renamed", unknown.new))
                .in_source(self.definition.path.to_string_lossy())
                .with_hint("--map OLD=NEW: the name in the data, the name in the schema of --reader-schema"));
        }
        let again = renamed.iter().enumerate().find(|(at, one)| {
            renamed[..*at].iter().any(|two| one.record == two.record && (one.old == two.old || one.new == two.new))
        });
        if let Some((_, Renamed { old, new, .. })) = again {
            return Err(Error::usage(format!("--map {old}={new}: another --map names one of these fields as well"))
                .with_hint("one field of the data is one field of the schema"));
        }
        self.renamed = renamed;
        Ok(self)
    }

    /// Makes `input` be read with this schema. False if its format carries a schema of its own, and is read with
    /// that.
    ///
    /// # Errors
    /// `Usage` if the input needs a schema in another language.
    pub fn apply_to_source(&self, input: &mut Resolved) -> Result<bool> {
        match (input.format.info().name, self.language) {
            (format @ ("csv" | "json"), language) => {
                input.options.schema = Some(self.schema.clone());
                if (format, language) == ("json", Language::Protobuf) {
                    // What its dialect of messages needs; nothing else asks for it.
                    input.options.definition = Some(self.definition.clone());
                }
                Ok(true)
            }
            // Messages have no schema of their own; container files have.
            ("avro", Language::Avro) if input.options.settings.get("framing").is_some_and(|text| text != "file") => {
                input.options.definition = Some(self.definition.clone());
                Ok(true)
            }
            ("protobuf", Language::Protobuf) => {
                input.options.definition = Some(self.definition.clone());
                Ok(true)
            }
            ("protobuf", _) => Err(Error::usage("protobuf is read with a .proto file or a descriptor set")
                .in_source(self.definition.path.to_string_lossy())
                .with_hint("give one with --schema; for the target use --to-schema")),
            _ => Ok(false),
        }
    }

    /// Makes a target of `format` be written with this schema. False if that is not possible.
    pub fn apply_to_target(&self, format: &dyn Format, options: &mut WriteOptions) -> bool {
        let avro_text = format.info().name == "json" && options.settings.get("dialect") == Some("avro");
        let own = match self.language {
            Language::Avro if avro_text => "json",
            Language::Avro => "avro",
            Language::Protobuf => "protobuf",
            Language::JsonSchema | Language::Sql | Language::Parquet | Language::Data => return false,
        };
        let messages = own == "protobuf" && options.settings.get("dialect") == Some("protojson");
        if format.info().name != own && !messages {
            return false;
        }
        options.definition = Some(self.definition.clone());
        true
    }
}

/// Whether there is a field of this name, at any depth.
pub(crate) fn has_field(fields: &Fields, name: &str) -> bool {
    fields.iter().any(|field| field.name() == name || inside(field.data_type(), name))
}

fn inside(data_type: &DataType, name: &str) -> bool {
    match data_type {
        DataType::Struct(fields) => has_field(fields, name),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => inside(item.data_type(), name),
        DataType::Union(branches, _) => branches.iter().any(|(_, branch)| inside(branch.data_type(), name)),
        _ => false,
    }
}

/// The schema as Avro JSON (.avsc), with `name` as the name of the record.
///
/// # Errors
/// `Unsupported` if a column has no Avro type, or Avro is not part of this build.
#[cfg(feature = "avro")]
pub fn avro_text(schema: &SchemaRef, name: &str) -> Result<String> {
    let naming = super::avsc::Naming { name: Some(name.to_owned()), ..super::avsc::Naming::default() };
    super::avsc::from_arrow(schema, &naming)
}

/// Without the feature: refused.
#[cfg(not(feature = "avro"))]
pub fn avro_text(_schema: &SchemaRef, _name: &str) -> Result<String> {
    Err(Error::unsupported("avro is not part of this build").with_hint("install with --features avro"))
}

/// Canonical form and fingerprints of an Avro schema, ready to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvroFingerprints {
    /// The Parsing Canonical Form.
    pub canonical: String,
    /// CRC-64-AVRO, its bytes lowest first, as single-object encoding has them.
    pub crc64_hex: String,
    /// CRC-64-AVRO as a signed number of 64 bits.
    pub crc64_number: i64,
    /// MD5.
    pub md5_hex: String,
    /// SHA-256.
    pub sha256_hex: String,
}

#[cfg(feature = "avro")]
fn fingerprints(text: &str, names: super::avsc::Names) -> Result<AvroFingerprints> {
    use super::avsc::fingerprint::{Fingerprints, hex};
    let Fingerprints { canonical, crc64, md5, sha256 } = Fingerprints::of(&super::avsc::parse(text, names)?);
    Ok(AvroFingerprints {
        canonical,
        crc64_hex: hex(&crc64.to_le_bytes()),
        crc64_number: crc64 as i64,
        md5_hex: hex(&md5),
        sha256_hex: hex(&sha256),
    })
}

/// The fingerprints of an Avro schema file.
///
/// # Errors
/// `Io`; `Malformed` if the schema breaks the specification.
#[cfg(feature = "avro")]
pub fn avro_file_fingerprints(definition: &Definition) -> Result<AvroFingerprints> {
    let name = definition.path.to_string_lossy();
    fingerprints(&definition.text()?, super::avsc::Names::Strict).map_err(|error| error.in_source(name))
}

/// The fingerprints of the Avro schema of `schema`, with `name` as the name of the record if it needs one.
///
/// # Errors
/// `Unsupported` if a column has no Avro type.
#[cfg(feature = "avro")]
pub fn avro_fingerprints(schema: &SchemaRef, name: &str) -> Result<AvroFingerprints> {
    fingerprints(&avro_text(schema, name)?, super::avsc::Names::Lenient)
}

/// Without the feature: refused.
#[cfg(not(feature = "avro"))]
pub fn avro_file_fingerprints(_definition: &Definition) -> Result<AvroFingerprints> {
    Err(Error::unsupported("avro is not part of this build").with_hint("install with --features avro"))
}

/// Without the feature: refused.
#[cfg(not(feature = "avro"))]
pub fn avro_fingerprints(_schema: &SchemaRef, _name: &str) -> Result<AvroFingerprints> {
    Err(Error::unsupported("avro is not part of this build").with_hint("install with --features avro"))
}

/// The schema as a .proto file, with `name` as the name of the message, as `settings` of the format say.
///
/// # Errors
/// `Unsupported` if a column has no Protobuf type, or Protobuf is not part of this build; `Usage` for a setting.
#[cfg(feature = "protobuf")]
pub fn protobuf_text(schema: &SchemaRef, name: &str, settings: &Settings) -> Result<String> {
    crate::formats::protobuf::proto_text(schema, name, settings)
}

/// Without the feature: refused.
#[cfg(not(feature = "protobuf"))]
pub fn protobuf_text(_schema: &SchemaRef, _name: &str, _settings: &Settings) -> Result<String> {
    Err(Error::unsupported("protobuf is not part of this build").with_hint("install with --features protobuf"))
}

/// The text of each file in a descriptor set, by its name.
///
/// # Errors
/// `Schema` if it is none.
#[cfg(feature = "protobuf")]
pub fn descriptor_texts(definition: &Definition) -> Result<Vec<(String, String)>> {
    let pool = super::proto::load::pool_of(definition)?;
    Ok(super::proto::texts(&pool))
}

/// Without the feature: refused.
#[cfg(not(feature = "protobuf"))]
pub fn descriptor_texts(_definition: &Definition) -> Result<Vec<(String, String)>> {
    Err(Error::unsupported("protobuf is not part of this build").with_hint("install with --features protobuf"))
}

/// The schema as a Parquet message type, with `name` as the name of the message.
///
/// # Errors
/// `Unsupported` if a column has no Parquet type, or Parquet is not part of this build.
#[cfg(feature = "parquet")]
pub fn parquet_text(schema: &SchemaRef, name: &str) -> Result<String> {
    crate::formats::parquet::message_type(schema, name)
}

/// Without the feature: refused.
#[cfg(not(feature = "parquet"))]
pub fn parquet_text(_schema: &SchemaRef, _name: &str) -> Result<String> {
    Err(Error::unsupported("parquet is not part of this build").with_hint("install with --features parquet"))
}

/// The columns of a Parquet file with a message type.
///
/// # Errors
/// `Malformed` if the text is no message type; `Unsupported` if Parquet is not part of this build.
#[cfg(feature = "parquet")]
pub fn parquet_columns(text: &str) -> Result<SchemaRef> {
    crate::formats::parquet::message_columns(text)
}

/// Without the feature: refused.
#[cfg(not(feature = "parquet"))]
pub fn parquet_columns(_text: &str) -> Result<SchemaRef> {
    Err(Error::unsupported("parquet is not part of this build").with_hint("install with --features parquet"))
}
