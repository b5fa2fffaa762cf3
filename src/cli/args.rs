//! The arguments: what clap parses, from which help, man page and completions are made. Here the list of commands;
//! their options by what they are about, in a file each.

mod called;
mod common;
mod facts;
mod input;
mod loss;
mod output;
mod proof;
mod records;
mod schema;
pub mod settings;
mod value;

use clap::{Parser, Subcommand};

pub use self::called::{Called, definition_for};
pub use self::common::{ColorWhen, CommonArguments, LogFormat, ProgressWhen};
pub use self::facts::{FormatsArguments, InspectArguments, SizesArguments};
pub use self::input::{InputArguments, ReadArguments, SelectionArguments};
pub use self::loss::{LossArguments, RejectArguments};
pub use self::output::WriteArguments;
pub use self::proof::{DiffArguments, DigestArguments, VerifyArguments};
pub use self::records::{CatArguments, ConvertArguments, CountArguments, HeadArguments, PlanArguments};
pub use self::schema::{
    CheckFormat, SchemaCheckArguments, SchemaCommand, SchemaDiffArguments, SchemaFingerprintArguments, SchemaLanguage,
    SchemaLockArguments, SchemaShowArguments,
};

/// Options of every command, which a subcommand does not list among its own.
pub const GLOBAL: &[&str] =
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
  fmtconv plan orders.avro -o orders.csv             what columns become
  fmtconv head -n 3 orders.parquet                   the first records
  curl -s $URL | fmtconv cat - --to csv              pipes work as well

Exit status: 0 done, 1 the answer is no, 2 usage, 3 malformed input, 4 a value does not fit, \
5 schemas do not unify, 6 loss refused, 7 limit reached, 8 not supported, 9 I/O failed, 70 bug, \
130 interrupted, 143 terminated, 129 hung up."
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
  fmtconv convert ev.binpb -o ev.ndjson --schema ev.proto --message shop.Event
  fmtconv convert old.avro new.avro -o all.parquet --reader-schema order.avsc
  fmtconv convert a.csv b.csv c.avro -o all.parquet --strict
  fmtconv convert raw/ --out-dir lake --to parquet --resume
  fmtconv convert - --from ndjson -o - --to csv < in.ndjson

The output appears only when it is complete. An existing file is not replaced without --overwrite. \
Standard error ends with one line: records in = records out + rejected, bytes, time, losses.")]
    Convert(Called<ConvertArguments>),
    /// Convert the records of a reject file, after a schema or an option was corrected
    #[command(after_help = "\
Examples:
  fmtconv convert in.csv -o out.avro --columns qty=int64 --rejects r1.ndjson
  fmtconv replay r1.ndjson -o rest.avro --columns qty=utf8
  fmtconv replay r1.ndjson -o rest.avro --columns qty=int64 --rejects r2.ndjson

Give the options of the run that rejected the records, but for what was wrong. The format, the dialect and the header \
come from the reject file. What fails again can be rejected again.")]
    Replay(Called<ConvertArguments>),
    /// Show what each column becomes and every loss known from schemas; writes nothing
    #[command(after_help = "\
Examples:
  fmtconv plan orders.avro -o orders.csv
  fmtconv plan orders.parquet --to protobuf")]
    Plan(Called<PlanArguments>),
    /// Print records: a table on a terminal, NDJSON in a pipe, or any format with --to
    #[command(after_help = "\
Examples:
  fmtconv cat orders.parquet | jq .total
  fmtconv cat jan.avro feb.avro --to csv")]
    Cat(Called<CatArguments>),
    /// Print the first records
    #[command(after_help = "\
Examples:
  fmtconv head orders.parquet
  fmtconv head -n 3 --to json huge.csv.gz

Stops reading early. Types of CSV and JSON are inferred from the records shown.")]
    Head(Called<HeadArguments>),
    /// Print the number of records
    #[command(after_help = "\
Examples:
  fmtconv count orders.parquet
  fmtconv count 'logs/*.ndjson' -v")]
    Count(Called<CountArguments>),
    /// Print a digest of the records: equal for equal records, whatever format holds them
    #[command(after_help = "\
Examples:
  fmtconv digest orders.parquet orders.avro
  fmtconv digest --any-order part-1.csv
  fmtconv digest orders.csv --schema orders.parquet    text, typed as a file

Numbers are equal if their digits are, whatever type holds them; instants in any unit and zone; fields in any \
order. CSV and JSON carry no types: where inference sees others (text of digits, zoned times, maps), name the schema.")]
    Digest(Called<DigestArguments>),
    /// Check files end to end: every block, checksum, count and value; exit status 1 if anything is damaged
    #[command(after_help = "\
Examples:
  fmtconv verify orders.parquet
  fmtconv verify lake/ --json | jq 'select(.status != \"ok\")'

Reading goes on behind damage wherever the format allows it: at the next record, Avro block, Parquet column or \
Arrow batch. Protobuf is checked against its schema: --schema FILE.proto.")]
    Verify(Called<VerifyArguments>),
    /// Compare the records of two inputs, across formats: exit status 0 if they are equal, 1 if not
    #[command(after_help = "\
Examples:
  fmtconv diff old.parquet new.avro
  fmtconv diff old.csv new.parquet --key id --limit 20
  fmtconv diff a.csv b.parquet --schema b.parquet    text, typed as a file

Without --key, records are compared in order, and brought in step again after insertions and deletions. With it, \
records with the same key are compared, wherever they stand. Columns of one side only are told once and left out.")]
    Diff(Called<DiffArguments>),
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
  fmtconv inspect --json orders.avro | jq .codec

JSON has no container to tell of: `fmtconv schema show` prints its types, `fmtconv count` its records.")]
    Inspect(Called<InspectArguments>),
    /// Measure the same records in every format and codec: bytes, speed, best trade-offs
    #[command(after_help = "\
Examples:
  fmtconv sizes orders.csv
  fmtconv sizes orders.parquet --csv > sizes.csv

Nothing is left on disk. Rows marked with * are not beaten in both size and time by another row.")]
    Sizes(Called<SizesArguments>),
    /// List the formats of this build, or the settings of one
    #[command(after_help = "\
Examples:
  fmtconv formats
  fmtconv formats csv")]
    Formats(Called<FormatsArguments>),
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

#[cfg(test)]
mod tests;
