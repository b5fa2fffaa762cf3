//! The arguments: what clap parses, from which help, man page and completions are made.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::format::Compression;
use crate::pipeline::aside::RejectLimit;
use crate::policy::Allowance;
use crate::schema::check::{Mode, Renamed, Rules};

pub mod settings;

/// Options of every command, which a subcommand does not list among its own.
const GLOBAL: &[&str] =
    &["threads", "memory", "quiet", "verbose", "progress", "color", "log-format", "help", "version"];

/// Converts records between CSV, JSON, Avro, Protobuf, Parquet and Arrow IPC: exact, or it says so.
#[derive(Debug, Parser)]
#[command(
    name = "fmtconv",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "\
Examples:
  fmtconv convert sales.csv -o sales.parquet         formats by extension
  fmtconv convert 'logs/*.ndjson.gz' -o logs.avro    many files, one output
  fmtconv convert raw/ --out-dir lake --to parquet   a folder, file by file
  fmtconv plan orders.avro -o orders.csv             what each column becomes; writes nothing
  fmtconv head -n 3 orders.parquet                   the first records
  curl -s $URL | fmtconv cat - --to csv              pipes work as well

Exit status: 0 done, 1 the answer is no, 2 usage, 3 malformed input, 4 a value does not fit,
5 schemas do not unify, 6 loss refused, 7 limit reached, 8 not supported, 9 I/O failed, 70 bug."
)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub common: CommonArguments,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Convert files into another format
    #[command(after_help = "\
Examples:
  fmtconv convert in.csv -o out.parquet
  fmtconv convert in.csv -o out.avro --columns id=int64,zip=utf8 --exclude notes
  fmtconv convert events.binpb -o events.ndjson --schema events.proto --message shop.Event
  fmtconv convert old.avro new.avro -o all.parquet --reader-schema order.avsc
  fmtconv convert a.csv b.csv c.avro -o all.parquet --strict
  fmtconv convert raw/ --out-dir lake --to parquet --resume
  fmtconv convert - --from ndjson -o - --to csv < in.ndjson

The output appears only when it is complete. An existing file is not replaced without --overwrite.
Standard error ends with one line: records in = records out + rejected, bytes, time, losses.")]
    Convert(ConvertArguments),
    /// Convert the records of a reject file, after a schema or an option was corrected
    #[command(after_help = "\
Examples:
  fmtconv convert in.csv -o out.parquet --columns qty=int64 --rejects rejects.ndjson
  fmtconv replay rejects.ndjson -o rest.parquet --columns qty=utf8
  fmtconv replay rejects.ndjson -o rest.parquet --columns qty=int64 --rejects still.ndjson

Give the options of the run that rejected the records, but for what was wrong. The format, the dialect and the header
come from the reject file. What fails again can be rejected again.")]
    Replay(ConvertArguments),
    /// Show what each column becomes and every loss known from schemas; writes nothing
    #[command(after_help = "\
Examples:
  fmtconv plan orders.avro -o orders.csv
  fmtconv plan orders.parquet --to protobuf")]
    Plan(PlanArguments),
    /// Print records: a table on a terminal, NDJSON in a pipe, or any format with --to
    #[command(after_help = "\
Examples:
  fmtconv cat orders.parquet | jq .total
  fmtconv cat jan.avro feb.avro --to csv")]
    Cat(CatArguments),
    /// Print the first records
    #[command(after_help = "\
Examples:
  fmtconv head orders.parquet
  fmtconv head -n 3 --to json huge.csv.gz

Stops reading early. Types of CSV and JSON are inferred from the records shown.")]
    Head(HeadArguments),
    /// Print the number of records
    #[command(after_help = "\
Examples:
  fmtconv count orders.parquet
  fmtconv count 'logs/*.ndjson' -v")]
    Count(CountArguments),
    /// Print a digest of the records: equal for equal records, whatever format holds them
    #[command(after_help = "\
Examples:
  fmtconv digest orders.parquet orders.avro
  fmtconv digest --any-order part-1.csv
  fmtconv digest orders.csv --schema orders.parquet     text, read with the types of a file

Numbers are equal if their digits are, whatever type holds them; instants in any unit and zone; fields in any
order. CSV and JSON carry no types: where inference sees others (text of digits, zoned times, maps), name the schema.")]
    Digest(DigestArguments),
    /// Check files end to end: every block, checksum, count and value; exit status 1 if anything is damaged
    #[command(after_help = "\
Examples:
  fmtconv verify orders.parquet
  fmtconv verify lake/ --json | jq 'select(.status != \"ok\")'

Reading goes on behind damage wherever the format allows it: at the next record, Avro block, Parquet column or
Arrow batch. Protobuf is checked against its schema: --schema FILE.proto.")]
    Verify(VerifyArguments),
    /// Compare the records of two inputs, across formats: exit status 0 if they are equal, 1 if not
    #[command(after_help = "\
Examples:
  fmtconv diff old.parquet new.avro
  fmtconv diff old.csv new.parquet --key id --limit 20
  fmtconv diff a.csv b.parquet --schema b.parquet        text, read with the types of a file

Without --key, records are compared in order, and brought in step again after insertions and deletions. With it,
records with the same key are compared, wherever they stand. Columns of one side only are told once and left out.")]
    Diff(DiffArguments),
    /// Read, infer and print schemas
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Schema {
        /// What to do with the schema.
        #[command(subcommand)]
        command: SchemaCommand,
    },
    /// Show container facts: blocks, row groups, codecs, sizes, statistics, metadata
    #[command(after_help = "\
Examples:
  fmtconv inspect orders.parquet
  fmtconv inspect --json orders.avro | jq .codec")]
    Inspect(InspectArguments),
    /// Measure the same records in every format and codec: bytes, speed, best trade-offs
    #[command(after_help = "\
Examples:
  fmtconv sizes orders.csv
  fmtconv sizes orders.parquet --csv > sizes.csv

Nothing is left on disk. Rows marked with * are not beaten in both size and time by another row.")]
    Sizes(SizesArguments),
    /// List the formats of this build, or the settings of one
    #[command(after_help = "\
Examples:
  fmtconv formats
  fmtconv formats csv")]
    Formats(FormatsArguments),
    /// Print a completion script for a shell
    #[command(after_help = "\
Examples:
  fmtconv completions bash > ~/.local/share/bash-completion/completions/fmtconv
  fmtconv completions zsh > ~/.zfunc/_fmtconv
  fmtconv completions fish > ~/.config/fish/completions/fmtconv.fish")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of one command if it is named
    #[command(after_help = "\
Examples:
  fmtconv man | man -l -
  fmtconv man convert > fmtconv-convert.1")]
    Man {
        /// A command: `convert`, `schema show`.
        command: Vec<String>,
    },
}

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
    Show(Box<SchemaShowArguments>),
    /// Print the canonical form and the fingerprints of Avro schemas
    #[command(after_help = "\
Examples:
  fmtconv schema fingerprint order.avsc
  fmtconv schema fingerprint --json orders.avro | jq -r '.[0].sha256'

The fingerprints are of the Parsing Canonical Form (Avro specification). Of other data files, the Avro schema that
they would be written with counts. CRC-64-AVRO is shown as its bytes stand in single-object encoding.")]
    Fingerprint(SchemaFingerprintArguments),
    /// Check whether a schema reads what earlier versions wrote, or the other way round
    #[command(after_help = "\
Examples:
  fmtconv schema check old.avsc new.avsc
  fmtconv schema check v1.avsc v2.avsc v3.avsc --mode full-transitive --rules confluent
  fmtconv schema check protos.old/ protos/ --rules buf-wire-json --format github
  fmtconv schema check old.proto new.proto --rules buf:FIELD_NO_DELETE,FIELD_SAME_TYPE
  fmtconv schema check 2025.parquet 2026.parquet --rules iceberg-v3
  fmtconv schema check old.avsc new.avsc --witness --map price=cost
  fmtconv schema check order.avsc --against fmtconv.lock --mode full-transitive
  fmtconv schema check old.avsc new.avsc --data 'lake/*.parquet'

Rules: fmtconv, avro, confluent, karapace, apicurio, jsonschema-strict, jsonschema-lenient, proto-wire, protojson,
buf-file, buf-package, buf-wire-json, buf-wire, buf:RULE,RULE; for the columns of tables in Avro, Protobuf, Parquet and
Arrow: iceberg-v2, iceberg-v3, delta, spark, arrow.

Exit status: 0 compatible, 1 incompatible, 2 usage, 3 a schema that cannot be read.")]
    Check(SchemaCheckArguments),
    /// Print what differs between two schemas, field by field: exit status 0 if nothing does, 1 if something
    #[command(after_help = "\
Examples:
  fmtconv schema diff old.avsc new.avsc
  fmtconv schema diff orders.parquet order.proto
  fmtconv schema diff v1.sql v2.sql --json | jq -r '.changes[].path'

Schema files in any language, and data files of any format. Fields are found by name, by alias, and by number between
versions of a Protobuf message.")]
    Diff(Box<SchemaDiffArguments>),
    /// Note schemas as new versions in a lock file, for `schema check --against`
    #[command(after_help = "\
Examples:
  fmtconv schema lock order.avsc
  fmtconv schema check order.avsc --against fmtconv.lock --mode full-transitive

The lock file holds the text of every version: commit it beside the schemas. A schema that has not changed adds nothing.")]
    Lock(SchemaLockArguments),
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct CommonArguments {
    /// Worker threads [default: one for each core]
    #[arg(short = 'j', long, value_name = "N", global = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Bound for the memory of buffered data: 512M, 2G
    #[arg(long, value_name = "BYTES", global = true, value_parser = parse_bytes)]
    pub memory: Option<usize>,
    /// Print nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print more: the plan as a table, a line for each file
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Show a progress bar on a terminal
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto", hide_possible_values = false)]
    pub progress: ProgressWhen,
    /// Colours in messages; NO_COLOR is honoured
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub color: ColorWhen,
    /// How errors and the closing facts are printed on standard error
    #[arg(long, value_name = "FORMAT", global = true, default_value = "text")]
    pub log_format: LogFormat,
}

/// When to show progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressWhen {
    /// On a terminal.
    Auto,
    /// Never.
    Never,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How messages are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How inputs are found and read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadArguments {
    /// Format of the input [default: by extension, then by content]
    #[arg(long, value_name = "FORMAT")]
    pub from: Option<String>,
    /// Schema: .avsc, .proto, a descriptor set, or any data file (its schema)
    ///
    /// CSV, JSON and Protobuf are read with it. A Protobuf or Avro target is written with it, unless --to-schema
    /// says otherwise.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub schema: Option<PathBuf>,
    /// Full name of the message or record in the schema file
    #[arg(long, value_name = "NAME")]
    pub message: Option<String>,
    /// Schema that records are brought to, whatever they were written with: .avsc, .proto, SQL, JSON Schema, a data file
    ///
    /// Fields are found by name and alias; missing ones take their default or null; types are widened, and where a value
    /// may not fit it is checked. Columns that the schema does not have are left out, and told (S-DROP). Avro data with
    /// an .avsc file goes by Avro's rules of schema resolution.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub reader_schema: Option<PathBuf>,
    /// Full name of the message in the file of --reader-schema [default: that of --message]
    #[arg(long, value_name = "NAME", requires = "reader_schema")]
    pub reader_message: Option<String>,
    /// Field that has another name in the data than in the file of --reader-schema: OLD=NEW, or RECORD.OLD=NEW
    #[arg(long, value_name = "OLD=NEW", requires = "reader_schema", value_parser = parse_with_hint::<Renamed>)]
    pub map: Vec<Renamed>,
    /// Folder where imports of .proto files are searched; may be given more than once
    #[arg(short = 'I', long = "include", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub include: Vec<PathBuf>,
    /// Types that replace inferred ones: `id=int64,at=timestamp[us]`
    #[arg(long, value_name = "NAME=TYPE,...")]
    pub columns: Vec<String>,
    /// Setting of the input format; `fmtconv formats FORMAT` lists them
    #[arg(long, value_name = "KEY=VALUE")]
    pub from_opt: Vec<String>,
    /// Infer types from the first N records only; a later record that does not fit stops the run
    #[arg(long, value_name = "N")]
    pub infer_rows: Option<u64>,
    /// Look at all records for their types before the first is converted, instead of beginning anew if they change
    #[arg(long)]
    pub no_guess: bool,
    /// Longest record: 64M, 1G
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub max_record_bytes: Option<usize>,
    /// Deepest nesting
    #[arg(long, value_name = "N")]
    pub max_depth: Option<usize>,
    /// Read the names of the inputs from a file, one a line; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files_from: Option<PathBuf>,
    /// Bytes of a chunk.
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes, hide = true)]
    pub chunk_bytes: Option<usize>,
}

/// Which columns, under which names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Columns")]
pub struct SelectionArguments {
    /// Keep only these columns, in this order
    #[arg(long, value_name = "NAME,...")]
    pub select: Vec<String>,
    /// Leave these columns out
    #[arg(long, value_name = "NAME,...")]
    pub exclude: Vec<String>,
    /// Give columns other names
    #[arg(long, value_name = "OLD=NEW,...")]
    pub rename: Vec<String>,
}

/// How the output is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Writing")]
pub struct WriteArguments {
    /// Format of the output [default: by extension]
    #[arg(long, value_name = "FORMAT")]
    pub to: Option<String>,
    /// Schema to write a Protobuf or Avro target with: .proto, a descriptor set, .avsc
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub to_schema: Option<PathBuf>,
    /// Setting of the output format; `fmtconv formats FORMAT` lists them
    #[arg(long, value_name = "KEY=VALUE")]
    pub to_opt: Vec<String>,
    /// Codec and level: zstd, zstd:9, snappy, gzip, none
    #[arg(long, value_name = "CODEC[:LEVEL]")]
    pub compression: Option<Compression>,
    /// Name of the record or message when one must be invented [default: name of the output]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Write the schema that was generated for the output (.avsc, .proto) to a file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub emit_schema: Option<PathBuf>,
}

/// What may be lost.
#[derive(Debug, Args)]
#[command(next_help_heading = "Losses")]
pub struct LossArguments {
    /// Refuse every loss known from schemas (exit status 6)
    #[arg(long)]
    pub strict: bool,
    /// Let a loss through: S-META with --strict; V-DEC-SCALE=round for values; may be given more than once
    ///
    /// What a code takes: null, clamp, round, truncate, default and so on, as a wrong one says; for every V-code also
    /// skip (the record is left out) and reject (it goes to the file of --rejects). Every value that is altered and
    /// every record that is left out is counted, by code and column.
    #[arg(long, value_name = "CODE[=POLICY]", value_delimiter = ',', value_parser = parse_allowance)]
    pub allow: Vec<Allowance>,
}

/// What becomes of records that do not fit.
#[derive(Debug, Args)]
#[command(next_help_heading = "Losses")]
pub struct RejectArguments {
    /// Fail if more records are rejected: a number, or a percentage of all [default: no limit]
    #[arg(long, value_name = "N|P%", requires = "rejects")]
    pub max_rejects: Option<RejectLimit>,
    /// Set records aside that do not fit, and go on; with --out-dir, a folder with a file for each input
    ///
    /// One line of JSON for each: where it stands, what is wrong, and the record as it is. All values that do not fit
    /// are meant, and records that are malformed where the next one can be found; or only the codes named with
    /// --allow CODE=reject. The file appears together with the output.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rejects: Option<PathBuf>,
}

/// `convert`
#[derive(Debug, Args)]
pub struct ConvertArguments {
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// The output file; `-` is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "out_dir")]
    pub output: Option<PathBuf>,
    /// Convert file by file into this folder, keeping relative paths
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "to")]
    pub out_dir: Option<PathBuf>,
    /// With --out-dir: leave out files whose output is complete and newer than the input
    #[arg(long, requires = "out_dir")]
    pub resume: bool,
    /// Replace existing outputs
    #[arg(long)]
    pub overwrite: bool,
    /// Read the output back before it appears, and compare its records with those that were read
    #[arg(long)]
    pub verify: bool,
    /// Write counts, losses and notes to a JSON file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
    /// Columns.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Writing.
    #[command(flatten)]
    pub write: WriteArguments,
    /// Losses.
    #[command(flatten)]
    pub loss: LossArguments,
    /// Rejects.
    #[command(flatten)]
    pub reject: RejectArguments,
}

/// `plan`
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// The output that would be written
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "to")]
    pub output: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
    /// Columns.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Writing.
    #[command(flatten)]
    pub write: WriteArguments,
    /// Losses.
    #[command(flatten)]
    pub loss: LossArguments,
}

/// `cat`
#[derive(Debug, Args)]
pub struct CatArguments {
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
    /// Columns.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Writing.
    #[command(flatten)]
    pub write: WriteArguments,
}

/// `head`
#[derive(Debug, Args)]
pub struct HeadArguments {
    /// Number of records
    #[arg(short = 'n', long = "records", value_name = "N", default_value_t = 10)]
    pub records: u64,
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
    /// Columns.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Writing.
    #[command(flatten)]
    pub write: WriteArguments,
}

/// `count`
#[derive(Debug, Args)]
pub struct CountArguments {
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
}

/// `digest`
#[derive(Debug, Args)]
pub struct DigestArguments {
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Leave the order of the records out: the same records, each as often, give the same digest
    #[arg(long)]
    pub any_order: bool,
    /// Read all inputs as one table, one after the other, instead of one digest for each
    #[arg(long)]
    pub together: bool,
    /// Print JSON, one object a line
    #[arg(long)]
    pub json: bool,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
    /// Columns.
    #[command(flatten)]
    pub selection: SelectionArguments,
}

/// `verify`
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Print at most so many faults of a file
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: usize,
    /// Print JSON, one object a file
    #[arg(long)]
    pub json: bool,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
}

/// `diff`
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The first input: a file, a folder, a glob; `-` is standard input
    #[arg(value_name = "A", value_hint = ValueHint::AnyPath)]
    pub left: PathBuf,
    /// The second input
    #[arg(value_name = "B", value_hint = ValueHint::AnyPath)]
    pub right: PathBuf,
    /// Columns that say which records belong together
    #[arg(short, long, value_name = "NAME,...")]
    pub key: Vec<String>,
    /// Print at most so many differences; all are counted
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Records that are looked ahead to bring the inputs in step again
    #[arg(long, value_name = "N", default_value_t = crate::proof::diff::WINDOW, conflicts_with = "key")]
    pub window: usize,
    /// Print JSON, one object a line, the last one a summary
    #[arg(long)]
    pub json: bool,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
    /// Columns.
    #[command(flatten)]
    pub selection: SelectionArguments,
}

/// `schema show`
#[derive(Debug, Args)]
pub struct SchemaShowArguments {
    /// Files, folders, globs, schema files; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
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

/// `schema fingerprint`
#[derive(Debug, Args)]
pub struct SchemaFingerprintArguments {
    /// Files, folders, globs, schema files; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
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

/// `inspect`
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
}

/// `sizes`
#[derive(Debug, Args)]
pub struct SizesArguments {
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Only these formats
    #[arg(long, value_name = "FORMAT,...", value_delimiter = ',')]
    pub formats: Vec<String>,
    /// Print JSON
    #[arg(long, group = "form")]
    pub json: bool,
    /// Print CSV
    #[arg(long, group = "form")]
    pub csv: bool,
    /// Print a page with a picture and the tables
    #[arg(long, group = "form")]
    pub html: bool,
    /// Print the picture alone
    #[arg(long, group = "form")]
    pub svg: bool,
    /// Also what each column takes, written alone with the usual compression of each format
    #[arg(long, conflicts_with_all = ["csv", "svg"])]
    pub by_column: bool,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
    /// Columns.
    #[command(flatten)]
    pub selection: SelectionArguments,
}

/// `formats`
#[derive(Debug, Args)]
pub struct FormatsArguments {
    /// Name of a format: lists its settings
    pub format: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

fn parse_allowance(text: &str) -> Result<Allowance, String> {
    parse_with_hint(text)
}

fn parse_with_hint<T: std::str::FromStr<Err = crate::Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: crate::Error| match error.hint() {
        None => error.message().to_owned(),
        Some(hint) => format!("{}; {hint}", error.message()),
    })
}

/// `4096`, `64k`, `512M`, `2G`, `2GiB`: multiples of 1024.
fn parse_bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err("expected a number of bytes such as 4096, 64k, 512M, 2G".to_owned()),
    };
    let number: usize = digits.parse().map_err(|_| "expected a number of bytes such as 64k, 512M, 2G".to_owned())?;
    match number.checked_mul(1 << shift) {
        Some(0) => Err("must be more than 0".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err("is too large".to_owned()),
    }
}

#[cfg(test)]
mod tests;
