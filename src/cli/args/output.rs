//! How outputs are written.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::format::Compression;

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
    /// Name of the record or message when one must be invented: Order, com.example.Order [default: name of the output]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Write the schema that was generated for the output (.avsc, .proto) to a file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub emit_schema: Option<PathBuf>,
}
