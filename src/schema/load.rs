//! Schema files: which language a file is in, its Arrow schema, and what it means for a source and a target.

use std::path::Path;

use arrow_schema::SchemaRef;

use crate::error::{Error, Result};
use crate::format::{Definition, Format, Registry, WriteOptions};
use crate::input::{Input, Resolved};
use crate::pipeline::Exec;
use crate::source::Source;

/// What a schema file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// An Avro schema: .avsc.
    Avro,
    /// Protobuf: .proto, or a descriptor set (.desc, .fds, .protoset, .pb, .bin, .binpb).
    Protobuf,
    /// A data file: its schema counts.
    Data,
}

impl Language {
    /// By the extension of the file.
    pub fn of(path: &Path) -> Self {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("avsc") => Language::Avro,
            Some("proto" | "desc" | "fds" | "protoset" | "pb" | "bin" | "binpb") => Language::Protobuf,
            _ => Language::Data,
        }
    }

    /// Whether the extension can only mean a schema: .avsc, .proto, .desc, .fds, .protoset. (A .pb, .bin or .binpb
    /// file can hold data as well.)
    pub fn is_schema_file(path: &Path) -> bool {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        matches!(extension.as_deref(), Some("avsc" | "proto" | "desc" | "fds" | "protoset"))
    }
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
}

/// Reads a schema file. A data file is opened: one without a schema of its own is inferred from all its records.
///
/// # Errors
/// `Io`, `Malformed`; `Unsupported` if the language is not part of this build; `Usage` if the file holds several
/// types and none is named.
pub fn load(definition: Definition, registry: &Registry, exec: &Exec) -> Result<SchemaFile> {
    let path = &definition.path;
    if let Err(error) = std::fs::metadata(path) {
        return Err(Error::io("cannot read the schema", error).in_source(path.to_string_lossy()));
    }
    let language = Language::of(path);
    let schema = match language {
        Language::Avro => avro(&definition)?,
        Language::Protobuf => protobuf(&definition)?,
        Language::Data => {
            let input = Input::from(Source::path(path)).resolve(registry).map_err(|error| {
                error.with_hint("a schema is an .avsc or .proto file, a descriptor set, or a data file")
            })?;
            input.open(exec)?.schema()
        }
    };
    Ok(SchemaFile { definition, language, schema })
}

#[cfg(feature = "avro")]
fn avro(definition: &Definition) -> Result<SchemaRef> {
    let name = definition.path.to_string_lossy();
    let text = std::fs::read_to_string(&definition.path)
        .map_err(|error| Error::io("cannot read the schema", error).in_source(name.clone()))?;
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
            Language::Data => return false,
        };
        let messages = own == "protobuf" && options.settings.get("dialect") == Some("protojson");
        if format.info().name != own && !messages {
            return false;
        }
        options.definition = Some(self.definition.clone());
        true
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

/// The fingerprints of an .avsc file.
///
/// # Errors
/// `Io`; `Malformed` if the schema breaks the specification.
#[cfg(feature = "avro")]
pub fn avro_file_fingerprints(path: &Path) -> Result<AvroFingerprints> {
    let name = path.to_string_lossy();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::io("cannot read the schema", error).in_source(name.clone()))?;
    fingerprints(&text, super::avsc::Names::Strict).map_err(|error| error.in_source(name))
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
pub fn avro_file_fingerprints(_path: &Path) -> Result<AvroFingerprints> {
    Err(Error::unsupported("avro is not part of this build").with_hint("install with --features avro"))
}

/// Without the feature: refused.
#[cfg(not(feature = "avro"))]
pub fn avro_fingerprints(_schema: &SchemaRef, _name: &str) -> Result<AvroFingerprints> {
    Err(Error::unsupported("avro is not part of this build").with_hint("install with --features avro"))
}

/// The schema as a .proto file, with `name` as the name of the message.
///
/// # Errors
/// `Unsupported` if a column has no Protobuf type, or Protobuf is not part of this build.
#[cfg(feature = "protobuf")]
pub fn protobuf_text(schema: &SchemaRef, name: &str) -> Result<String> {
    super::proto::from_arrow(schema, name)
}

/// Without the feature: refused.
#[cfg(not(feature = "protobuf"))]
pub fn protobuf_text(_schema: &SchemaRef, _name: &str) -> Result<String> {
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
