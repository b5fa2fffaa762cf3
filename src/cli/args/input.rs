//! Which inputs, how they are read, and which of their columns count.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::value::{parse_bytes, parse_with_hint};
use crate::schema::check::Renamed;

/// What is read, where that is one list of inputs.
#[derive(Debug, Default, Args)]
pub struct InputArguments {
    /// Files, folders, globs; `-` is standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Read the names of the inputs from a file, one a line; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Reading")]
    pub files_from: Option<PathBuf>,
}

impl InputArguments {
    /// These, and no list in a file.
    pub fn of(inputs: impl IntoIterator<Item = PathBuf>) -> Self {
        InputArguments { inputs: inputs.into_iter().collect(), files_from: None }
    }
}

/// How inputs are read.
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
    /// Types that replace those inferred from CSV and JSON: `id=int64,at=timestamp[us]`
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
    /// Memory for one record, beyond which reading stops: 64M, 1G. Shorter records share chunks, which may be larger
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub max_record_bytes: Option<usize>,
    /// Deepest nesting
    #[arg(long, value_name = "N")]
    pub max_depth: Option<usize>,
    /// Bytes of a chunk.
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes, hide = true)]
    pub chunk_bytes: Option<usize>,
}

/// Which columns, under which names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Columns")]
pub struct SelectionArguments {
    /// Keep only these columns, in this order
    ///
    /// A name with a comma or an equals sign stands in double quotes, and a double quote in it is doubled: '"a ""b"", c"'.
    /// So it is for all lists of columns.
    #[arg(long, value_name = "NAME,...")]
    pub select: Vec<String>,
    /// Leave these columns out
    #[arg(long, value_name = "NAME,...")]
    pub exclude: Vec<String>,
    /// Give columns other names
    #[arg(long, value_name = "OLD=NEW,...")]
    pub rename: Vec<String>,
}
