//! Commands on schemas: `fmtconv schema …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::value::parse_with_hint;
use super::{Called, InputArguments, ReadArguments, SelectionArguments};
use crate::schema::check::{Mode, Renamed, Rules};

/// Commands on schemas.
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Print the schema of an input, in any schema language
    #[command(after_help = "\
Examples:
  fmtconv schema show orders.csv
  fmtconv schema show orders.csv --as avro > orders.avsc
  fmtconv schema show orders.parquet --as proto --name Order > order.proto
  fmtconv schema show orders.avsc --as json-schema")]
    Show(Called<Box<SchemaShowArguments>>),
    /// Print the canonical form and the fingerprints of Avro schemas
    #[command(after_help = "\
Examples:
  fmtconv schema fingerprint order.avsc
  fmtconv schema fingerprint --json orders.avro | jq -r '.[0].sha256'

The fingerprints are of the Parsing Canonical Form (Avro specification). Of other data files, the Avro schema that \
they would be written with counts. CRC-64-AVRO is shown as its bytes stand in single-object encoding.")]
    Fingerprint(Called<SchemaFingerprintArguments>),
    /// Check whether a schema reads what earlier versions wrote, or the other way round
    #[command(after_help = "\
Examples:
  fmtconv schema check old.avsc new.avsc
  fmtconv schema check v1.avsc v2.avsc v3.avsc --mode full --rules confluent
  fmtconv schema check protos.old/ protos/ --rules buf-wire-json --format github
  fmtconv schema check old.proto new.proto --rules buf:WIRE,FIELD_NO_DELETE
  fmtconv schema check 2025.parquet 2026.parquet --rules iceberg-v3
  fmtconv schema check old.avsc new.avsc --witness --map price=cost
  fmtconv schema check order.avsc --against fmtconv.lock --mode full-transitive
  fmtconv schema check old.avsc new.avsc --data 'lake/*.parquet'

Rules: fmtconv, avro (or avro-spec), confluent, karapace, apicurio, jsonschema-strict, jsonschema-lenient, proto-wire, \
protojson, buf-file, buf-package, buf-wire-json, buf-wire, buf:RULE,RULE with rules and categories of buf (FILE, PACKAGE, \
CSR, WIRE_JSON, WIRE); for the columns of tables in Avro, Protobuf, Parquet and Arrow: iceberg-v2, iceberg-v3, delta, \
spark, arrow; for the columns that Confluent derives from Avro, JSON Schema and Protobuf: confluent-logical-types.

Exit status: 0 compatible, 1 incompatible, 2 usage, 3 a schema that cannot be read.")]
    Check(Called<SchemaCheckArguments>),
    /// Print what differs between two schemas, field by field: exit status 0 if nothing does, 1 if something
    #[command(after_help = "\
Examples:
  fmtconv schema diff old.avsc new.avsc
  fmtconv schema diff orders.parquet order.proto
  fmtconv schema diff v1.sql v2.sql --json | jq -r '.changes[].path'

Schema files in any language, and data files of any format. Fields are found by name, by alias, and by number between \
versions of a Protobuf message.")]
    Diff(Called<Box<SchemaDiffArguments>>),
    /// Note schemas as new versions in a lock file, for `schema check --against`
    #[command(after_help = "\
Examples:
  fmtconv schema lock order.avsc
  fmtconv schema check order.avsc --against fmtconv.lock --mode full-transitive

The lock file holds the text of every version: commit it beside the schemas. A schema that has not changed adds nothing.")]
    Lock(Called<SchemaLockArguments>),
}

/// What may be named where a schema counts.
const SCHEMAS_TOO: &str = "Files, folders, globs, schema files; `-` is standard input";

/// `schema show`
#[derive(Debug, Args)]
#[command(mut_arg("inputs", |arg| arg.help(SCHEMAS_TOO)))]
pub struct SchemaShowArguments {
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Schema language
    #[arg(long = "as", value_name = "LANGUAGE", default_value = "arrow")]
    pub language: SchemaLanguage,
    /// Name of the record or message [default: name of the input]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
    /// Columns.
    #[command(flatten)]
    pub selection: SelectionArguments,
}

/// Languages in which a schema is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaLanguage {
    /// A readable listing of the Arrow schema.
    Arrow,
    /// Avro schema (.avsc).
    Avro,
    /// Protobuf (.proto).
    Proto,
    /// JSON Schema 2020-12.
    JsonSchema,
    /// Parquet message type.
    Parquet,
    /// SQL: CREATE TABLE, in the types of DuckDB.
    Ddl,
}

/// `schema fingerprint`
#[derive(Debug, Args)]
#[command(mut_arg("inputs", |arg| arg.help(SCHEMAS_TOO)))]
pub struct SchemaFingerprintArguments {
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Name of the record where one must be invented [default: name of the input]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
}

/// `schema check`
#[derive(Debug, Args)]
pub struct SchemaCheckArguments {
    /// Schemas, oldest first; the last one is the new one. A folder stands for the .proto files in it, a Parquet, Arrow
    /// or Avro file for its schema
    #[arg(value_name = "SCHEMA", value_hint = ValueHint::AnyPath, required = true, num_args = 1..)]
    pub schemas: Vec<PathBuf>,
    /// Earlier versions: a folder of them (files like the new one; for a folder of .proto files or a descriptor set both of
    /// these), in the natural order of their names, or a lock file (`schema lock`)
    #[arg(long, value_name = "DIR|LOCK", value_hint = ValueHint::AnyPath)]
    pub against: Option<PathBuf>,
    /// Data to be read with the new schema: counts the values that do not fit, and decides what schemas leave open
    #[arg(long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub data: Vec<PathBuf>,
    /// Who must read what: backward (new reads old), forward, full; with -transitive, against all versions
    #[arg(long, value_name = "MODE", default_value = "backward", value_parser = parse_with_hint::<Mode>)]
    pub mode: Mode,
    /// For each error a record that the writer can write and the reader cannot read, tried with both codecs
    #[arg(long)]
    pub witness: bool,
    /// Renamed field: OLD=NEW, or RECORD.OLD=NEW; may be given more than once
    #[arg(long, value_name = "OLD=NEW", value_parser = parse_with_hint::<Renamed>)]
    pub map: Vec<Renamed>,
    /// The message that counts, where .proto files have several: for --data, and against schemas in other languages
    #[arg(long, value_name = "NAME")]
    pub message: Option<String>,
    /// Warnings make it incompatible as well: what fits some data only is not enough
    #[arg(long)]
    pub strict: bool,
    /// Fields that the reader has not make it incompatible: no value may be dropped
    #[arg(long)]
    pub no_drop: bool,
    /// Columns that may be null are known to hold no nulls
    #[arg(long)]
    pub assume_no_nulls: bool,
    /// Whose rules decide
    #[arg(long, value_name = "RULES", default_value = "fmtconv", value_parser = parse_with_hint::<Rules>)]
    pub rules: Rules,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: CheckFormat,
    /// Folder where imports of .proto files are searched; may be given more than once
    #[arg(short = 'I', long = "include", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub include: Vec<PathBuf>,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    Text,
    /// One object: compatible, findings.
    Json,
    /// Annotations of GitHub Actions.
    Github,
    /// JUnit XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
}

/// `schema diff`
#[derive(Debug, Args)]
pub struct SchemaDiffArguments {
    /// The first schema: a schema file, a folder of .proto files, or a data file
    #[arg(value_name = "A", value_hint = ValueHint::AnyPath)]
    pub left: PathBuf,
    /// The second schema
    #[arg(value_name = "B", value_hint = ValueHint::AnyPath)]
    pub right: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
}

/// `schema lock`
#[derive(Debug, Args)]
pub struct SchemaLockArguments {
    /// Schema files, descriptor sets, folders of .proto files
    #[arg(value_name = "SCHEMA", value_hint = ValueHint::AnyPath, required = true)]
    pub schemas: Vec<PathBuf>,
    /// The lock file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = crate::schema::lock::FILE)]
    pub lock: PathBuf,
}
