//! Commands that bring records elsewhere: `convert`, `replay`, `plan`, `cat`, `head`, `count`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{InputArguments, LossArguments, ReadArguments, RejectArguments, SelectionArguments, WriteArguments};

/// `convert`
#[derive(Debug, Args)]
pub struct ConvertArguments {
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// The output file; `-` is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "out_dir")]
    pub output: Option<PathBuf>,
    /// Convert file by file into this folder, keeping relative paths
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "to")]
    pub out_dir: Option<PathBuf>,
    /// With --out-dir: leave out files whose output is there, not older than the input, and begins and ends as it should
    ///
    /// An output appears only when it is complete. Of Avro, Parquet and Arrow files the head and the end are looked at, of
    /// CSV and JSON the end of the last line. Not looked at are the records (fmtconv verify does that; --verify is for the
    /// files that are converted). An output that was made with other options or schemas, or by another version, is
    /// refused: a run that resumes, fails or is broken off leaves the file .fmtconv-made.ndjson in the folder, which knows
    /// of those that it made. Others are told. What is refused, or older than its input, needs --overwrite, too.
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
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
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
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
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
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
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
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
    /// Reading.
    #[command(flatten)]
    pub read: ReadArguments,
}
