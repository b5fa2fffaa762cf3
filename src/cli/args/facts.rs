//! Commands that tell of files and formats: `inspect`, `sizes`, `formats`.

use clap::Args;

use super::{InputArguments, ReadArguments, SelectionArguments};

/// `inspect`
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
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
    /// Inputs.
    #[command(flatten)]
    pub inputs: InputArguments,
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
