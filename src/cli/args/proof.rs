//! Commands that say whether records are the same and files are whole: `digest`, `verify`, `diff`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{InputArguments, ReadArguments, SelectionArguments};

/// `digest`
#[derive(Debug, Args)]
pub struct DigestArguments {
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
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
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
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
    /// Columns that say which records belong together. Numbers are equal if their digits are: 1.50 and 1.5, and 0.1 of
    /// four bytes and of eight
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
